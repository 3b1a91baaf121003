"""Subject parameters: from the sheets, the config, the C3D, the markers of the static trial, in this order of trust.

Every source's value is kept next to the one that is used, so that `model.sources` can name those that disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from biomech.model.frames import build
from biomech.model.joint_centres import asis_trochanter_distance
from biomech.model.markerset_parts import OPPOSITE, PARAMETERS
from biomech.model.markersets import MarkerSet
from biomech.schema import SIDES

Array = NDArray[np.float64]

#: C3D group PROCESSING: name without the side's letter, lower case -> parameter and factor to m or rad.
_PROCESSING_SIDE = {
    "leglength": ("leg_length", 1e-3),
    "kneewidth": ("knee_width", 1e-3),
    "anklewidth": ("ankle_width", 1e-3),
    "asistrocanterdistance": ("asis_trochanter_distance", 1e-3),  # so spelt in the files
    "asistrochanterdistance": ("asis_trochanter_distance", 1e-3),
    "thighrotation": ("thigh_rotation", 1.0),
    "shankrotation": ("shank_rotation", 1.0),
    "tibialtorsion": ("tibial_torsion", 1.0),
    "ankleabadd": ("ankle_abadd", 1.0),
    "staticplantflex": ("static_plantar_flexion", 1.0),
    "staticrotoff": ("static_rotation_offset", 1.0),
    "footlength": ("oxford_foot_length", 1e-3),
}
_PROCESSING_BODY = {
    "interasisdistance": ("pelvis_width", 1e-3),
    "markerdiameter": ("marker_radius", 0.5e-3),
    "bodymass": ("mass", 1.0),
    "height": ("height", 1e-3),
}
#: Sheet columns without their side and unit that are called otherwise here, or have another sign or size: name and factor.
_SHEET = {
    "inter_asis_distance": ("pelvis_width", 1.0),
    "asis_trochanter": ("asis_trochanter_distance", 1.0),
    "marker_diameter": ("marker_radius", 0.5),
    # external positive in the sheet, as clinics write it; negative in the conventional gait model
    "tibial_torsion": ("tibial_torsion", -1.0),
}
#: Parameters to the sheet columns that are called otherwise.
COLUMNS = {name: column for column, (name, _) in _SHEET.items()}
#: Diameter of markers that nothing names.
ASSUMED_DIAMETER_M = 0.014


@dataclass
class Parameters:
    """Values of one side with where each came from.

    Parameters
    ----------
    value : dict
        Parameter name to m or rad.
    source : dict
        Parameter name to ``sheet``, ``config``, ``C3D``, ``static``, ``default``, ``assumed`` (a marker's radius).
    offers : dict
        Parameter name to every ``(source, place, value)`` that was found, the most trusted first; the place is the trial
        whose C3D stores it, else empty.
    """

    value: dict[str, float] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)
    offers: dict[str, list[tuple[str, str, float]]] = field(default_factory=dict)

    def offer(self, name: str, value: float, source: str, place: str = "") -> None:
        """Take a value unless a better source gave one before; note it in any case."""
        if not np.isfinite(value):
            return
        self.note(name, value, source, place)
        if name not in self.value:
            self.value[name], self.source[name] = float(value), source

    def note(self, name: str, value: float, source: str, place: str = "") -> None:
        """Note what a source says without taking it."""
        self.offers.setdefault(name, []).append((source, place, float(value)))

    def put(self, name: str, value: float, source: str) -> None:
        """Take a value, whatever was there."""
        if np.isfinite(value):
            self.value[name], self.source[name] = float(value), source


def from_processing(group: Mapping[str, object] | None, letters: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Read the C3D group PROCESSING.

    Parameters
    ----------
    group : mapping or None
        Parameter name to number or list of numbers, as stored (mm, rad, kg).
    letters : mapping
        Side to the letter that precedes its parameters.

    Returns
    -------
    dict
        ``left``, ``right`` and ``body`` to parameter name to value in m, rad, kg. Lengths and masses of zero were
        never entered and are left out.
    """
    out: dict[str, dict[str, float]] = {side: {} for side in (*SIDES, "body")}
    for key, raw in (group or {}).items():
        flat = np.ravel(np.asarray(raw, dtype=object))
        try:
            number = float(flat[0]) if len(flat) == 1 else np.nan
        except (TypeError, ValueError):
            continue
        if not np.isfinite(number):
            continue
        name = key.casefold()
        if name.startswith("%"):
            _foot_landmark(name[1:], number, letters, out)
            continue
        targets = [("body", _PROCESSING_BODY.get(name))]
        targets += [
            (side, _PROCESSING_SIDE.get(name[len(letter) :]))
            for side, letter in letters.items()
            if name.startswith(letter.casefold())
        ]
        for owner, target in targets:
            if target is None:
                continue
            parameter, factor = target
            if number != 0.0 or (factor == 1.0 and parameter != "mass"):
                out[owner][parameter] = number * factor
    return out


def _foot_landmark(name: str, number: float, letters: Mapping[str, str], out: Mapping[str, dict[str, float]]) -> None:
    """Take a landmark of the Oxford Foot Model (``%LPCAX``); the y axis of its technical frames is mirrored on the left."""
    for side, letter in letters.items():
        parameter = f"oxford_{name[len(letter) : -1]}_{name[-1]}"
        if name.startswith(letter.casefold()) and parameter in PARAMETERS:
            mirrored = side == "left" and name.endswith("y")
            out[side][parameter] = (-1e-3 if mirrored else 1e-3) * number


def collect(
    anthropometry: Mapping[str, float],
    groups: Mapping[str, Mapping[str, object] | None],
    marker_radius_m: float | None = None,
) -> tuple[dict[str, Parameters], dict[str, float]]:
    """Put together what is known of both sides before any marker is looked at.

    Parameters
    ----------
    anthropometry : mapping
        Cells of the sheets, for example ``left_leg_length_m``, ``inter_asis_distance_m``, ``left_thigh_rotation_deg``.
    groups : mapping
        Trial to its group PROCESSING, in order of trust (a movement file's before that of the static).
    marker_radius_m : float, optional
        From the config; it goes before the C3D's. Half of `ASSUMED_DIAMETER_M` where nothing names one.

    Returns
    -------
    parameters : dict
        Side to `Parameters`.
    body : dict
        ``mass`` (kg) and ``height`` (m) where a C3D stores them.
    """
    sides = {side: Parameters() for side in SIDES}
    for column, number in anthropometry.items():
        name, unit = column.rsplit("_", 1)
        for side in SIDES:
            bare = name.removeprefix(f"{side}_")
            if bare == name and any(name.startswith(f"{other}_") for other in SIDES):
                continue
            parameter, factor = _SHEET.get(bare, (bare, 1.0))
            sides[side].offer(parameter, factor * (np.radians(number) if unit == "deg" else number), "sheet")
    body: dict[str, float] = {}
    for side in SIDES:
        sides[side].offer("marker_radius", np.nan if marker_radius_m is None else marker_radius_m, "config")
    for trial, group in groups.items():
        stored = from_processing(group, {"left": "L", "right": "R"})
        for side in SIDES:
            for name, number in stored[side].items():
                sides[side].offer(name, number, "C3D", trial)
            for name in ("pelvis_width", "marker_radius"):
                sides[side].offer(name, stored["body"].get(name, np.nan), "C3D", trial)
        for name in ("mass", "height"):
            if name in stored["body"]:
                body.setdefault(name, stored["body"][name])
    for side in SIDES:
        sides[side].offer("marker_radius", ASSUMED_DIAMETER_M / 2, "assumed")
    return sides, body


def disagreeing(groups: Mapping[str, Mapping[str, object] | None]) -> dict[str, list[str]]:
    """Return the parameters that PROCESSING groups of several trials store differently.

    Parameters
    ----------
    groups : mapping
        Trial to its PROCESSING group.

    Returns
    -------
    dict
        ``side parameter`` to one ``trial value`` a trial, in m, rad or kg.
    """
    stored = {trial: from_processing(group, {"left": "L", "right": "R"}) for trial, group in groups.items()}
    keys = dict.fromkeys((side, name) for one in stored.values() for side in one for name in one[side])
    out = {}
    for side, name in keys:
        values = {trial: one[side][name] for trial, one in stored.items() if name in one[side]}
        if np.ptp(list(values.values())) > 1e-6:
            out[f"{side} {name}"] = [f"{trial} {number:g}" for trial, number in values.items()]
    return out


def measure(
    markerset: MarkerSet, points: Mapping[str, Array], landmarks: Mapping[str, Array], marker_radius_m: float = 0.0
) -> dict[str, float]:
    """Measure one side's lengths on the mean static posture.

    Parameters
    ----------
    markerset : MarkerSet
    points, landmarks : mapping
        Name to array (1, 3), m.
    marker_radius_m : float
        Two radii lie between the centres of a medial and a lateral marker in addition to the joint's width.

    Returns
    -------
    dict
        ``pelvis_width``, ``pelvis_depth``, ``leg_length`` (ASIS to medial malleolus, else to the ankle centre or
        the lateral malleolus), ``knee_width`` and ``ankle_width`` (between the surfaces of medial and lateral marker); only
        those that the markers allow.
    """
    known = {**landmarks, **points}

    def place(segment: str, landmark: str) -> tuple[Array | None, Array | None]:
        spec = markerset.segments.get(segment)
        name = spec.landmarks.get(landmark, "") if spec else ""
        midline = name in markerset.markers and markerset.markers[name].midline
        return known.get(name), known.get(name if midline else name + OPPOSITE)

    out: dict[str, float] = {}
    asis, asis_opposite = place("pelvis", "asis")
    psis, psis_opposite = place("pelvis", "psis")
    if asis is not None and asis_opposite is not None:
        out["pelvis_width"] = _distance(asis, asis_opposite)
        back = (psis + psis_opposite) / 2 if psis is not None and psis_opposite is not None else known.get("sacrum")
        if back is not None:
            out["pelvis_depth"] = _distance((asis + asis_opposite) / 2, back)
    ends = [place("shank_proximal", name)[0] for name in ("medial_malleolus", "ankle", "lateral_malleolus")]
    end = next((point for point in ends if point is not None), None)
    if asis is not None and end is not None:
        out["leg_length"] = _distance(asis, end)
    for width, segment, joint in (
        ("knee_width", "thigh", "epicondyle"),
        ("ankle_width", "shank_proximal", "malleolus"),
    ):
        lateral, medial = place(segment, f"lateral_{joint}")[0], place(segment, f"medial_{joint}")[0]
        if lateral is not None and medial is not None:
            out[width] = _distance(lateral, medial) - 2 * marker_radius_m
    return out


def measure_sides(
    markerset: MarkerSet, means: Mapping[str, dict[str, Array]], parameters: Mapping[str, Parameters]
) -> dict[str, dict[str, float]]:
    """Measure both sides by `measure`, with the marker radius that is known of each.

    Parameters
    ----------
    markerset : MarkerSet
    means : mapping
        Side to its mean static markers, arrays (1, 3), mirrored-right world.
    parameters : mapping
        Side to what is known before.

    Returns
    -------
    dict
        Side to the lengths that its markers show, m.
    """
    out = {}
    for side in SIDES:
        # hip and chords need parameters that are not known yet; what rests on markers alone is enough here
        marks = build(markerset, means[side], parameters[side].value).landmarks
        out[side] = measure(markerset, means[side], marks, parameters[side].value["marker_radius"])
    return out


def complete(sides: Mapping[str, Parameters], measured: Mapping[str, Mapping[str, float]]) -> None:
    """Add the measured values and those that follow from others, in place."""
    for side in SIDES:
        for name, number in measured.get(side, {}).items():
            sides[side].offer(name, number, "static")
    lengths = [sides[side].value["leg_length"] for side in SIDES if "leg_length" in sides[side].value]
    for side in SIDES:
        if lengths:
            sides[side].offer("leg_length_mean", float(np.mean(lengths)), "both legs")
        if "leg_length" in sides[side].value:
            length = sides[side].value["leg_length"]
            sides[side].offer("asis_trochanter_distance", float(asis_trochanter_distance(length)), "leg length")


def _distance(a: Array, b: Array) -> float:
    return float(np.linalg.norm(np.nanmean(a - b, axis=0))) if np.isfinite(a - b).any() else float("nan")
