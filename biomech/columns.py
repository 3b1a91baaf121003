"""Meaning and unit of every column of the study's tables and every coordinate of its datasets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from biomech import schema
from biomech.schema import CYCLE_NUMBERS, CYCLE_VALUES, VARIABLES

TEXT = "text"


@dataclass(frozen=True)
class ColumnSpec:
    """Meaning and unit of a column or coordinate; unit ``text`` where it holds text, ``1`` for plain numbers.


    Attributes
    ----------
    meaning, unit, positive : str
    whole : bool
        Counts: whole numbers, none of which is missing.
    from_sheet : bool
        A cell of the sheets; else found by the pipeline.
    """

    meaning: str
    unit: str = TEXT
    positive: str = ""
    whole: bool = False
    from_sheet: bool = False


def _number(name: str, *, from_sheet: bool = False) -> ColumnSpec:
    unit, meaning = CYCLE_NUMBERS[name]
    return ColumnSpec(meaning, unit, from_sheet=from_sheet)


def _cell(meaning: str) -> ColumnSpec:
    return ColumnSpec(meaning, from_sheet=True)


# the text cells are in the order of the coordinates of a session's cycles
CYCLE_COLUMNS: dict[str, ColumnSpec] = {
    "participant": _cell("label of the participant (participants.tsv)"),
    "session": _cell("label of the session (sessions.tsv; 1 without it)"),
    "label": _cell("date-free label of the session, such as pre or post"),
    "group": _cell("group of the participant"),
    "sex": _cell("sex of the participant: female, male or unknown"),
    "dominant_side": _cell("dominant side of the participant: left or right"),
    "trial": _cell("label of the trial (trials.tsv)"),
    "task": _cell("task of the trial, one of biomech.tasks.TASKS"),
    "condition": _cell("condition of the trial"),
    "footwear": _cell("footwear of the trial"),
    "mass_kg": _number("mass_kg", from_sheet=True),
    "height_m": _number("height_m", from_sheet=True),
    "side": ColumnSpec("side that the cycle belongs to: left, right, or both for bilateral metrics"),
    "rep": _number("rep"),
    "start": _number("start"),
    "end": _number("end"),
    "foot_off_percent": _number("foot_off_percent"),
    "cycle": ColumnSpec("name of the cycle: participant_session_trial_side_rep"),
    "percent": ColumnSpec("position in the time-normalised cycle", "%"),
    "bottom_percent": _number("bottom_percent"),
    **{name: _number(name) for name in CYCLE_VALUES},
    "cutoff_hz": _number("cutoff_hz"),
    "moment_valid": _number("moment_valid"),
    "moment_reason": ColumnSpec("why the moments of the cycle are not valid; empty where they are"),
    "emg_unit": ColumnSpec(VARIABLES["emg_unit"].long_name),
    "event_source": ColumnSpec("where the events of the cycle come from: force, c3d or kinematic"),
}
#: Cells of the sheets that every cycle has: text, and numbers.
TEXT_CELLS: tuple[str, ...] = tuple(n for n, own in CYCLE_COLUMNS.items() if own.from_sheet and own.unit == TEXT)
NUMBER_CELLS: tuple[str, ...] = tuple(n for n, own in CYCLE_COLUMNS.items() if own.from_sheet and own.unit != TEXT)

DIMENSIONS: dict[str, ColumnSpec] = {
    "time": ColumnSpec("time from the first stored frame", "s"),
    "analog_time": ColumnSpec("time of the analog samples from the first stored frame", "s"),
    "marker": ColumnSpec("marker: its label in the raw file, its name in the marker set from kinematics on"),
    "axis": ColumnSpec("axis: x forward, y up, z to the subject's right (segment frames of the model: z lateral)"),
    "channel": ColumnSpec("analog channel"),
    "plate": ColumnSpec("force plate, as numbered in the C3D file"),
    "corner": ColumnSpec("corner of a force plate, in the order of the C3D file"),
    "event": ColumnSpec("number of the event in its trial", "1"),
    "output": ColumnSpec("model output stored in the C3D file"),
    "component": ColumnSpec("component of a stored model output"),
    "side": ColumnSpec("left or right leg; pelvis and trunk are listed under each side with that side's signs"),
    "segment": ColumnSpec("body segment"),
    "landmark": ColumnSpec("anatomical landmark or joint centre"),
    "joint": ColumnSpec("joint: hip, knee or ankle"),
    "row": ColumnSpec("row of a matrix"),
    "column": ColumnSpec("column of a matrix"),
    "name": ColumnSpec("name of a subject parameter"),
    "quantity": ColumnSpec("angle, moment or power; its name is its positive direction (rows of kind quantity)"),
    "measure": ColumnSpec("distance or position; its name is its positive direction (rows of kind quantity)"),
    "muscle": ColumnSpec("muscle, as config.muscles.channels names it"),
    "emg_time": ColumnSpec("time of the EMG samples from the first stored frame", "s"),
    "burst": ColumnSpec("number of the burst of muscle activity in its trial", "1"),
    "frame": ColumnSpec("frame that a moment is expressed in: jcs, proximal, distal or lab"),
    "metric": ColumnSpec("metric: quantity__statistic__window (rows of kind metric)"),
    "plate_contact": ColumnSpec("number of the plate contact in its trial", "1"),
}

METRIC_VALUES: dict[str, ColumnSpec] = {
    "metric": DIMENSIONS["metric"],
    **{name: ColumnSpec(meaning, unit) for name, (unit, meaning) in schema.METRIC_VALUES.items()},
}

QUALITY_COLUMNS: dict[str, ColumnSpec] = {
    "participant": CYCLE_COLUMNS["participant"],
    "session": CYCLE_COLUMNS["session"],
    "trial": ColumnSpec("label of the trial concerned; empty for the whole session"),
    "stage": ColumnSpec("stage that reports: ingest, model, kinematics, kinetics, muscles, cycles or metrics"),
    "level": ColumnSpec("info, warning or error (what the row names was given up)"),
    "code": ColumnSpec("short name of the finding, the same for all its rows"),
    "item": ColumnSpec("marker, plate, segment, joint or metric concerned"),
    "message": ColumnSpec("what was expected and what was found"),
    "action": ColumnSpec("what can be done about it"),
    "value": ColumnSpec("number behind the finding, in the unit of its row", "see column unit"),
    "unit": ColumnSpec("unit of the value"),
}

CONTRAST_COLUMNS: dict[str, ColumnSpec] = {
    **{name: CYCLE_COLUMNS[name] for name in ("participant", "session", "label", "task", "condition", "footwear")},
    "side": ColumnSpec("leg that is compared with itself: left or right; both where the two legs are compared"),
    "metric": DIMENSIONS["metric"],
    "unit": ColumnSpec("unit of means, difference, interval and mdc95"),
    "contrast": ColumnSpec("what is compared, all else equal: legs, condition, footwear or visits"),
    "of": ColumnSpec("the one of the two that the difference is of; legs: left"),
    "against": ColumnSpec("the other one, which is taken away; legs: right"),
    "mean_of": ColumnSpec("mean over the repetitions of `of`", "see column unit"),
    "mean_against": ColumnSpec("mean over the repetitions of `against`", "see column unit"),
    "difference": ColumnSpec(
        "`of` less `against`; with three trials or more that do not hold both, of the means of trials",
        "see column unit",
    ),
    "low": ColumnSpec("lower end of the 95 % interval of the difference over repetitions or trials", "see column unit"),
    "high": ColumnSpec("its upper end", "see column unit"),
    "mdc95": ColumnSpec(
        "minimal detectable change at 95 %, 1.96 sqrt(2) SEM; missing where the error between sessions is not known",
        "see column unit",
    ),
    "beyond_mdc95": ColumnSpec("whether the size of the difference is larger than mdc95; empty where that is missing"),
    "n_of": ColumnSpec("repetitions of `of`", "1"),
    "n_against": ColumnSpec("repetitions of `against`", "1"),
    "trials_of": ColumnSpec("trials of `of`", "1"),
    "trials_against": ColumnSpec("trials of `against`", "1"),
    "positive": ColumnSpec("positive direction of the metric; a positive difference is more of it in `of`"),
    "source": ColumnSpec("formula of the error, and where the error between sessions comes from"),
}

SYMMETRY_COLUMNS: dict[str, ColumnSpec] = {
    **{name: CYCLE_COLUMNS[name] for name in ("participant", "session", "label", "task", "condition", "footwear")},
    "metric": DIMENSIONS["metric"],
    "unit": ColumnSpec("unit of the means and their difference"),
    "mean_left": ColumnSpec("mean of the left leg's cycles", "see column unit"),
    "mean_right": ColumnSpec("mean of the right leg's cycles", "see column unit"),
    "difference": ColumnSpec(
        "left less right; for angles, whose zero is a convention, read this and no per cent", "see column unit"
    ),
    "limb_symmetry_percent": ColumnSpec(
        "limb symmetry index, 100 left / right (100: alike); 10000 over it is right against left; missing where the means have "
        "different signs",
        "%",
    ),
    "symmetry_index_percent": ColumnSpec(
        "symmetry index, 100 (left - right) / mean of both (0: alike); missing where the means have different signs",
        "%",
    ),
    "n_left": ColumnSpec("cycles of the left leg", "1"),
    "n_right": ColumnSpec("cycles of the right leg", "1"),
}

# free columns of the sheets that give the age in years; the first that a person has
AGE_COLUMNS = ("age_years", "age")

_DISTANCE = "root mean square distance of the leg's mean curve from that of the reference (Gait Variable Score)"
PROFILE_VARIABLES = (
    *("pelvis_anterior_tilt", "contralateral_pelvic_drop", "pelvis_internal_rotation"),
    *("hip_flexion", "hip_adduction", "hip_internal_rotation"),
    *("knee_flexion", "ankle_dorsiflexion", "foot_progression_in_cardan"),
)
_USUAL = "root mean square over the people of the reference: controls, each against the others, or from the SD of published curves"
PROFILE_COLUMNS: dict[str, ColumnSpec] = {
    **{name: CYCLE_COLUMNS[name] for name in ("participant", "session", "label", "task", "condition", "footwear")},
    "side": ColumnSpec("left or right leg, or both"),
    "control": ColumnSpec("yes where the leg is one of the controls"),
    **{name: ColumnSpec(f"{name.replace('_', ' ')}: {_DISTANCE}", "degree") for name in PROFILE_VARIABLES},
    "gps": ColumnSpec(
        "Gait Profile Score: root mean square of the nine; both: the pelvis counts once, of the left side (Baker 2009)",
        "degree",
    ),
    "gdi": ColumnSpec(
        "Gait Deviation Index (Schwartz & Rozumalski 2008) against the study's controls, whose mean is 100 and SD 10; both: mean of the legs",
        "1",
    ),
    "gdi_features_percent": ColumnSpec(
        "how much of the sum of squares of all strides the 15 features of gdi hold; the article has 98", "%"
    ),
    **{f"usual_{name}": ColumnSpec(f"`{name}`: {_USUAL}", "degree") for name in (*PROFILE_VARIABLES, "gps")},
    "n_cycles": ColumnSpec("whole strides that the leg's mean curves are of", "1"),
    "n_controls": ColumnSpec("control participants in the reference", "1"),
    "reference": ColumnSpec("who the reference curves are of"),
    "reason": ColumnSpec("why a score is missing or doubtful; empty where all are there and none is"),
}

FIGURE_COLUMNS: dict[str, ColumnSpec] = {
    "file": ColumnSpec("file name of the figure in its first format"),
    "kind": ColumnSpec("curves of one session, sessions over each other, or overview of headline outcomes"),
    "participant": CYCLE_COLUMNS["participant"],
    "session": ColumnSpec("sessions shown"),
    "task": CYCLE_COLUMNS["task"],
    "condition": CYCLE_COLUMNS["condition"],
    "footwear": CYCLE_COLUMNS["footwear"],
    "n_cycles": ColumnSpec("number of cycles shown", "1"),
    "reference": ColumnSpec("population and source of the reference band; empty without one"),
}

DICTIONARY: dict[str, ColumnSpec] = {
    "name": ColumnSpec("name as it is in the file"),
    "short_name": ColumnSpec("metrics: name of the column in metrics_wide, at most 32 characters"),
    "label": ColumnSpec("metrics: in words, with window and unit, for axes and tables"),
    "kind": ColumnSpec("variable, coordinate, quantity (value of the coordinate quantity), metric or column"),
    "meaning": ColumnSpec("what it is"),
    "unit": ColumnSpec("unit; text for text, 1 for plain numbers"),
    "levels": ColumnSpec("codes or levels of a factor that occur, with their meaning: code = meaning; code = meaning"),
    "positive": ColumnSpec("direction that is positive"),
    "frame": ColumnSpec("frame that it is expressed in, or sequence of rotations"),
    "source": ColumnSpec("where it is read from, or the publication that defines it"),
    "file": ColumnSpec("files that hold it, relative to results"),
}

_SUFFIXES = {
    "_kg": "kg",
    "_m": "m",
    "_mm": "mm",
    "_cm": "cm",
    "_deg": "degree",
    "_hz": "Hz",
    "_s": "s",
    "_ms": "ms",
    "_n": "N",
    "_nm": "N m",
    "_nm_kg": "N m kg-1",
    "_m_s": "m s-1",
    "_years": "year",
    "_percent": "%",
}


def describe_column(name: str, *, numeric: bool | None = None) -> ColumnSpec:
    """Return meaning and unit of a column or coordinate; a column of the sheets takes its unit from its name.

    Parameters
    ----------
    name : str
        Name of the column.
    numeric : bool, optional
        Whether a column that is not in the tables holds numbers.
    """
    known = CYCLE_COLUMNS.get(name) or METRIC_VALUES.get(name) or DIMENSIONS.get(name)
    if known:
        return known
    if numeric is False:
        return ColumnSpec(f"column `{name}` of the study's sheets")
    return ColumnSpec(f"column `{name}` of the study's sheets", unit_of_name(name))


def unit_of_name(name: str) -> str:
    """Return the unit that a name ends with (``age_years``: year), ``1`` if it ends with none."""
    for suffix in sorted(_SUFFIXES, key=len, reverse=True):
        if re.search(rf".{suffix}$", name):
            return _SUFFIXES[suffix]
    return "1"
