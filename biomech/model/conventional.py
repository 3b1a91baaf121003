"""Calibration of the conventional gait model: wand rotations, torsion and foot offsets of one side from the static trial."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from biomech.geometry.rotations import frame, unit
from biomech.model import plug_in_gait
from biomech.model.frames import Built, build
from biomech.model.markersets import MarkerSet
from biomech.model.parameters import Parameters

Array = NDArray[np.float64]
Pose = tuple[Array, Array]


def calibrate_conventional(
    markerset: MarkerSet,
    mean: Mapping[str, Array],
    points: Mapping[str, Array],
    parameters: Parameters,
    flat_foot: bool = True,
    foot_offsets: str = "static",
    difference_deg: float = 1.0,
) -> list[tuple[str, str, str, str, str]]:
    """Find wand rotations, torsion and foot offsets of the conventional gait model, in place.

    What the sheets give stays, zero included; what a C3D gives stays unless it is zero, which Nexus stores where it never
    calibrated. A knee alignment device or medial markers of knee and malleolus in the static give the rest; without either
    it is zero. The foot's offsets come from the sheets, else from the static trial or the C3D as `foot_offsets` says. All
    that is measured is a mean over the static's frames, and noted next to what is used.

    Parameters
    ----------
    markerset : MarkerSet
    mean : mapping
        Mean static markers, arrays (1, 3).
    points : mapping
        Static markers, arrays (n, 3).
    parameters : Parameters
    flat_foot : bool
        Take the heel at the toe's height.
    foot_offsets : {"static", "file"}
        What goes before the other: this static trial, or the C3D.
    difference_deg : float
        A knee axis that differs by more about the thigh is reported.

    Returns
    -------
    list
        Notes for the quality table.
    """
    notes: list[tuple[str, str, str, str, str]] = []
    device = {"KAX", "KD1", "KD2", "THI"} <= set(mean) and "KNE" not in mean
    medial_knee = {"KNE", "MKN", "THI"} <= set(mean)
    value, source = parameters.value, parameters.source
    kept = _entered(parameters)
    if (device or medial_knee) and "knee_width" in value:
        turn_seen, by = _measured_knee(markerset, points, value, "MKN" if medial_knee else "KAX")
        if np.isfinite(turn_seen):
            if "thigh_rotation" not in kept:
                parameters.put("thigh_rotation", turn_seen, by)
            else:
                notes += _knee_alignment(
                    value["thigh_rotation"], source["thigh_rotation"], turn_seen, by, difference_deg
                )
    for name in ("thigh_rotation", "tibial_torsion"):
        parameters.offer(name, 0.0, "default")
    measurable = {"MED", "ANK", "TIB"} <= set(mean) and (device or medial_knee) and "ankle_width" in value
    ankle = _measured_ankle(markerset, points, parameters, kept) if measurable else None
    if source.get("shank_rotation") == "sheet" or not value.get("shank_rotation"):
        ankle = None  # the ankle's axis is the one that was entered, in the static as in movement
    for name in ("shank_rotation", "ankle_abadd"):
        parameters.offer(name, 0.0, "default")

    names = ("static_plantar_flexion", "static_rotation_offset")
    stored = {name: (value.pop(name), source[name]) for name in names if name in value}
    if not any(number for number, where in stored.values() if where == "C3D"):
        stored = {name: one for name, one in stored.items() if one[1] == "sheet"}
    for name in names:
        parameters.put(name, 0.0, "default")
    measured = _measured_foot(build(markerset, points, value), points, ankle, flat_foot)
    for name in names:
        if np.isfinite(measured.get(name, np.nan)):
            parameters.note(name, measured[name], "static")
            parameters.put(name, measured[name], "static")
        if name in stored and (stored[name][1] == "sheet" or foot_offsets == "file" or name not in measured):
            parameters.put(name, *stored[name])
    return notes


def _entered(parameters: Parameters) -> set[str]:
    """Rotations that a sheet or a C3D gives, so that the static trial does not.

    A zero of a C3D counts where a rotation above it in the leg was entered there: it was entered with it.
    """
    value, source = parameters.value, parameters.source

    def given(name: str) -> bool:
        return source.get(name) == "sheet" or (source.get(name) == "C3D" and value[name] != 0)

    kept = {name for name in ("thigh_rotation", "shank_rotation", "tibial_torsion", "ankle_abadd") if given(name)}
    from_file = {name for name in kept if source[name] == "C3D"}
    if source.get("shank_rotation") == "C3D" and from_file & {"thigh_rotation", "shank_rotation"}:
        kept |= {
            name for name in ("shank_rotation", "tibial_torsion", "ankle_abadd") if source.get(name, "C3D") == "C3D"
        }
    return kept


def _measured_foot(raw: Built, points: Mapping[str, Array], ankle: Pose | None, flat: bool) -> dict[str, float]:
    """Foot offsets of the static (rad), means over its frames; empty where the foot or the shank is not there."""
    if "shank_distal" not in raw.frames or not {"HEE", "TOE"} <= set(points):
        return {}
    # The standing foot is read against the malleolar axis: the torsion is not taken out, as it is in movement.
    axes, centre = raw.frames["shank_distal"] if ankle is None else ankle
    uncorrected = frame(points["TOE"] - centre, axes[..., :, 2], "xz")
    pitch, turn = plug_in_gait.foot_offsets(uncorrected, points["HEE"], points["TOE"], flat=flat)
    found = {"static_plantar_flexion": pitch, "static_rotation_offset": turn}
    return {name: float(np.nanmean(angle)) for name, angle in found.items() if np.isfinite(angle).any()}


def _measured_knee(
    markerset: MarkerSet, points: Mapping[str, Array], value: Mapping[str, float], by: str
) -> tuple[float, str]:
    """ThighRotation (rad) by a device's axis marker or a medial marker of the knee, mean over the frames; and which it was."""
    source = "static" if by == "MKN" else "knee alignment device"
    marks = build(markerset, points, {**value, "thigh_rotation": 0.0}).landmarks
    if not {"hip", "lateral_knee", by, "THI"} <= set(marks):
        return np.nan, source
    lateral = marks["lateral_knee"]
    offset = value["knee_width"] / 2 + value["marker_radius"]
    if by == "KAX":
        knee = plug_in_gait.chord(marks["hip"], lateral, marks["KAX"], offset)
    else:
        knee = lateral + offset * unit(marks[by] - lateral)
    rotation = plug_in_gait.wand_rotation(marks["hip"], knee, lateral, marks["THI"])
    return (float(np.nanmean(rotation)) if np.isfinite(rotation).any() else np.nan), source


def _knee_alignment(
    used: float, source: str, measured: float, by: str, difference_deg: float
) -> list[tuple[str, str, str, str, str]]:
    """Report how far the knee's axis in use lies from the one that the static shows, about the thigh's long axis."""
    offset = np.degrees(used - measured)
    if abs(offset) <= difference_deg:
        return []
    shown = {"static": "the medial knee marker", "knee alignment device": "the knee alignment device"}[by]
    return [(
        "warning", "knee_alignment_differs", "thigh_rotation",
        f"thigh_rotation {np.degrees(used):+.1f} degrees ({source}) is used; {shown} of the static trial gives "
        f"{np.degrees(measured):+.1f}: the knee's axis is turned by {offset:+.1f} degrees about the thigh, and with it hip rotation "
        "(by as much) and knee rotation (by as much the other way)",
        "nothing to do if the value was corrected on purpose; else empty the cell of thigh_rotation_deg in participants.tsv, or look "
        "which static trial the value in the C3D comes from",
    )]  # fmt: skip


def _measured_ankle(
    markerset: MarkerSet, points: Mapping[str, Array], parameters: Parameters, kept: set[str]
) -> Pose | None:
    """Malleolar shank frame of the static, its ankle centre on the line of the malleoli.

    ShankRotation, AnkleAbAdd and TibialTorsion follow from it, means over the frames: they are used unless `kept`, and noted
    in any case.
    """
    built = build(markerset, points, parameters.value | {"shank_rotation": 0.0, "ankle_abadd": 0.0})
    if "thigh" not in built.frames or not {"knee", "ANK", "MED", "TIB"} <= set(built.landmarks):
        return None
    knee, lateral = built.landmarks["knee"], points["ANK"]
    offset = parameters.value["ankle_width"] / 2 + parameters.value["marker_radius"]
    ankle = lateral + offset * unit(points["MED"] - lateral)
    shank = frame(knee - ankle, lateral - ankle, "yz")
    if not np.isfinite(shank).any():
        return None
    for name, angle in (
        ("shank_rotation", plug_in_gait.wand_rotation(knee, ankle, lateral, points["TIB"])),
        ("ankle_abadd", plug_in_gait.angle_abadd(knee, ankle, lateral)),
        ("tibial_torsion", plug_in_gait.tibial_torsion(shank, built.frames["thigh"][0][..., :, 2])),
    ):
        if np.isfinite(angle).any():
            parameters.note(name, float(np.nanmean(angle)), "static")
            if name not in kept:
                parameters.put(name, float(np.nanmean(angle)), "static")
    return shank, ankle
