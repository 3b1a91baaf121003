"""Checks of a session's recordings against the person in the sheet and each other: size, weight, posture, owner of the static."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from biomech.errors import TrialError
from biomech.io.sheets import Trial
from biomech.model.calibration import SideModel
from biomech.model.markerset_parts import BENDING
from biomech.model.markersets import MarkerSet
from biomech.model.posture import UPSIDE_DOWN_DEG, Posture
from biomech.model.swaps import Lengths, body_of
from biomech.quality import Quality
from biomech.schema import SIDES

#: Rows that say that recordings and person do not belong together; what `biomech check` shows of them.
CODES = ("marker_unit", "height_differs", "mass_differs", "static_not_upright", "another_person", "cluster_slid")
#: Thigh and shank between joint centres, share of the stature: 0.446 to 0.502 in 14 real people, 0.49 in Winter (2009).
LEG_PER_STATURE = 0.475
#: Anterior spine to malleolus, share of the stature (Winter 2009, fig. 4.1: 0.530 - 0.039).
SPINE_TO_ANKLE_PER_STATURE = 0.49
#: Markers so many times too large or small are in a wrong unit, however the person is built.
_UNIT_FACTOR = 1.6
#: Difference of the logarithms within which a factor is that of a unit.
_UNIT_NEAR = 0.2
#: Factor by which markers are too large, to the mistake that makes it.
_UNITS = {
    1000.0: "millimetres labelled as metres",
    100.0: "centimetres labelled as metres",
    25.4: "millimetres labelled as inches",
    10.0: "millimetres labelled as centimetres",
    1 / 0.0254: "inches labelled as metres",
    1 / 0.3048: "feet labelled as metres",
    2.54: "centimetres labelled as inches",
    1 / 2.54: "inches labelled as centimetres",
    0.3048: "metres labelled as feet",
    0.1: "centimetres labelled as millimetres",
    1 / 25.4: "inches labelled as millimetres",
    0.01: "metres labelled as centimetres",
    0.001: "metres labelled as millimetres",
}
_SHORTEST_M = 0.05  # distances below it are mostly skin and noise
_FEWEST_BODIES = 3


def check_unit(measured: Mapping[str, Mapping[str, float]], height_m: float, where: str) -> None:
    """Refuse markers in a wrong unit.

    Parameters
    ----------
    measured : mapping
        Side to lengths by the markers alone (`parameters.measure`), m.
    height_m : float
        NaN where nobody gave it.
    where : str
        The trial and its file.

    Raises
    ------
    TrialError
        The distance from the anterior spine to the malleolus, against the stature, is off by the factor of a unit.
    """
    lengths = [one["leg_length"] for one in measured.values() if np.isfinite(one.get("leg_length", np.nan))]
    if not lengths or not np.isfinite(height_m):
        return
    found = float(np.median(lengths))
    factor = found / (SPINE_TO_ANKLE_PER_STATURE * height_m)
    if 1 / _UNIT_FACTOR < factor < _UNIT_FACTOR:
        return
    near = min(_UNITS, key=lambda unit: abs(np.log(unit / factor)))
    if abs(np.log(near / factor)) > _UNIT_NEAR:
        return
    raise TrialError(
        f"{where}: expected about {SPINE_TO_ANKLE_PER_STATURE * height_m:.2f} m from the anterior spine to the malleolus of a person "
        f"{height_m:.2f} m tall (height_m), found {found:.3g} m, {_times(factor)}: the markers are probably {_UNITS[near]}",
        code="marker_unit",
        action="correct the unit (POINT:UNITS) where the C3D file was exported, or height_m in participants.tsv",
    )


def _times(factor: float) -> str:
    return f"{factor:.3g} times as much" if factor > 1 else f"{1 / factor:.3g} times less"


def check_height(
    sides: Mapping[str, SideModel], height_m: float, trial: str, tolerance: float, quality: Quality
) -> None:
    """Warn where the legs of the static trial belong to a person of another stature.

    Parameters
    ----------
    sides : mapping
        Side to SideModel.
    height_m : float
        NaN where nobody gave it.
    trial : str
    tolerance : float
        Relative difference that is not reported.
    quality : Quality
    """
    legs = [length for side in SIDES if np.isfinite(length := _leg(sides[side]))]
    if not legs or not np.isfinite(height_m):
        return
    stature = float(np.mean(legs)) / LEG_PER_STATURE
    if abs(stature / height_m - 1) > tolerance:
        quality.add(
            "warning",
            "height_differs",
            f"height_m says {height_m:.2f} m; thigh and shank of static trial {trial}, {np.mean(legs):.2f} m together, are those "
            f"of a person about {stature:.2f} m tall ({100 * (stature / height_m - 1):+.0f} %, expected within {100 * tolerance:.0f} %)",
            trial=trial,
            item="height_m",
            action="look whether height_m is right in participants.tsv, whether the static trial is this person's, and whether "
            "its markers are where the marker set expects them",
            value=stature - height_m,
            unit="m",
        )


def _leg(side: SideModel) -> float:
    nowhere = np.full(3, np.nan)
    ends = ((side.landmark.get("thigh", {}), "hip", "knee"), (side.landmark.get("shank_proximal", {}), "knee", "ankle"))
    return float(sum(np.linalg.norm(marks.get(a, nowhere) - marks.get(b, nowhere)) for marks, a, b in ends))


def check_posture(postures: Mapping[str, Posture], trial: str, limit_deg: float, quality: Quality) -> None:
    """Warn where the person does not stand upright: knees bent, trunk leaning, sitting or lying.

    Parameters
    ----------
    postures : mapping
        Side to Posture.
    trial : str
    limit_deg : float
    quality : Quality
    """
    found: dict[str, float] = {}
    for side, posture in postures.items():
        for name, angle in posture.beyond(limit_deg).items():
            if angle <= UPSIDE_DOWN_DEG or name == "knee bent":
                found["trunk inclined" if name == "trunk inclined" else f"{side} {name}"] = angle
    if found:
        details = ", ".join(f"{name} {angle:.0f} degrees" for name, angle in found.items())
        quality.add(
            "warning",
            "static_not_upright",
            f"static trial {trial}: expected a person who stands upright, within {limit_deg:.0f} degrees, found {details}. Foot offsets "
            "and angles relative to standing count from this posture",
            trial=trial,
            action="record a static trial with straight knees, or ignore this if the person cannot stand straighter",
            value=max(found.values()),
            unit="degree",
        )


def body_differences(markerset: MarkerSet, static: Lengths, movement: Lengths) -> dict[tuple[str, str], float]:
    """Return how much each rigid body differs between two trials.

    Parameters
    ----------
    markerset : MarkerSet
    static, movement : Lengths

    Returns
    -------
    dict
        (body, side) to the median over its distances of at least 50 mm of the relative difference; without trunk and arms, which bend.
    """
    bodies = body_of(markerset)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.abs(np.log(movement.distance / static.distance))
        usable = np.isfinite(relative) & (np.minimum(static.distance, movement.distance) > _SHORTEST_M)
    out = {}
    for body in dict.fromkeys(bodies):
        inside = [i for i, other in enumerate(bodies) if other == body]
        values = [relative[i, j] for i, j in itertools.combinations(inside, 2) if usable[i, j]]
        if values and body[0] not in BENDING:
            out[body] = float(np.median(values))
    return out


def another_person(differences: Mapping[tuple[str, str], float], tolerance: float) -> float:
    """Return the median difference of the bodies, three at least, if it is more than the tolerance; else 0."""
    values = np.array(list(differences.values()))
    if len(values) < _FEWEST_BODIES or np.median(values) <= tolerance:
        return 0.0
    return float(np.median(values))


def report_another_person(found: Mapping[str, float], compared: int, static: str, quality: Quality) -> None:
    """Write the row of a static (or of single trials) whose segments belong to somebody else.

    Parameters
    ----------
    found : mapping
        Movement trial to `another_person`, those that differ.
    compared : int
        Number of movement trials compared.
    static : str
        The static trial.
    quality : Quality
    """
    if not found:
        return
    percent = 100 * float(np.median(list(found.values())))
    whole = 2 * len(found) > compared
    for trial in [static] if whole else list(found):
        what = f"static trial {static} and {', '.join(found) if whole else trial}"
        whose = "the static trial is probably another person's" if whole else f"{trial} is probably another person's"
        quality.add(
            "warning",
            "another_person",
            f"the distances within pelvis, thighs, shanks and feet differ by {percent:.0f} % on average between {what}: {whose}, or all "
            "markers were placed again in between",
            trial=trial,
            item=static if whole else trial,
            action="look whether the files of this session are mixed up; angles and moments computed with this static trial are "
            "not to be used",
            value=percent / 100,
            unit="1",
        )


def same_recordings(sampled: Mapping[str, tuple[list[str], Any]], trials: Iterable[Trial], quality: Quality) -> None:
    """Warn of trials of a session that hold the same recording.

    Parameters
    ----------
    sampled : mapping
        Trial to its labels and a sample of its positions (n, m, 3).
    trials : iterable of Trial
        Rows of the sheet. One file given as several functional trials is meant so and not reported.
    quality : Quality
    """
    rows = {trial.trial: trial for trial in trials}
    groups: dict[bytes, list[str]] = {}
    for name, (labels, position) in sampled.items():
        if np.isfinite(position).any():
            groups.setdefault("\n".join(labels).encode() + np.ascontiguousarray(position).tobytes(), []).append(name)
    for names in groups.values():
        if len(names) < 2 or (
            len({rows[n].file for n in names}) == 1 and any(rows[n].role == "functional" for n in names)
        ):
            continue
        quality.add(
            "warning",
            "same_recording",
            f"trials {', '.join(names)} hold the same recording ({', '.join(dict.fromkeys(rows[n].file for n in names))}): it counts "
            "as several in means and statistics",
            trial=names[-1],
            item=", ".join(names),
            action="correct the column file in trials.tsv, or write `no` into include of all but one",
        )


def several_statics(trials: Iterable[Trial], recorded: Iterable[str], quality: Quality) -> None:
    """Warn of static trials beyond the first of a footwear: trials of that footwear use the first alone."""
    there, by_footwear = set(recorded), dict[str, list[str]]()
    for trial in trials:
        if trial.role == "static" and trial.trial in there:
            by_footwear.setdefault(trial.footwear, []).append(trial.trial)
    for footwear, names in by_footwear.items():
        if len(names) > 1:
            quality.add(
                "warning",
                "several_statics",
                f"expected one static trial for footwear {footwear or '(empty)'}, found {', '.join(names)}; the movement trials use "
                f"{names[0]}",
                trial=names[1],
                item=", ".join(names),
                action="write `no` into include of those not wanted, or their footwear into trials.tsv",
            )
