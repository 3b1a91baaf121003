"""What every column of the study's tables and every coordinate of its datasets means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from biomech import schema
from biomech.schema import CYCLE_NUMBERS, CYCLE_VALUES, VARIABLES

TEXT = "text"


@dataclass(frozen=True)
class Described:
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


def _number(name: str, *, from_sheet: bool = False) -> Described:
    unit, meaning = CYCLE_NUMBERS[name]
    return Described(meaning, unit, from_sheet=from_sheet)


def _cell(meaning: str) -> Described:
    return Described(meaning, from_sheet=True)


# the text cells stand in the order of the coordinates of a session's cycles
CYCLE_COLUMNS: dict[str, Described] = {
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
    "side": Described("side that the cycle belongs to: left, right, or both for bilateral metrics"),
    "rep": _number("rep"),
    "start": _number("start"),
    "end": _number("end"),
    "foot_off_percent": _number("foot_off_percent"),
    "cycle": Described("name of the cycle: participant_session_trial_side_rep"),
    "percent": Described("position in the time-normalised cycle", "%"),
    "bottom_percent": _number("bottom_percent"),
    **{name: _number(name) for name in CYCLE_VALUES},
    "cutoff_hz": _number("cutoff_hz"),
    "moment_valid": _number("moment_valid"),
    "moment_reason": Described("why the moments of the cycle are not valid; empty where they are"),
    "emg_unit": Described(VARIABLES["emg_unit"].long_name),
    "event_source": Described("where the events of the cycle come from: force, c3d or kinematic"),
}
#: Cells of the sheets that every cycle has: text, and numbers.
TEXT_CELLS: tuple[str, ...] = tuple(n for n, own in CYCLE_COLUMNS.items() if own.from_sheet and own.unit == TEXT)
NUMBER_CELLS: tuple[str, ...] = tuple(n for n, own in CYCLE_COLUMNS.items() if own.from_sheet and own.unit != TEXT)

DIMENSIONS: dict[str, Described] = {
    "time": Described("time from the first stored frame", "s"),
    "analog_time": Described("time of the analog samples from the first stored frame", "s"),
    "marker": Described("marker: its label in the raw file, its name in the marker set from kinematics on"),
    "axis": Described("axis: x forward, y up, z to the subject's right (segment frames of the model: z lateral)"),
    "channel": Described("analog channel"),
    "plate": Described("force plate, as numbered in the C3D file"),
    "corner": Described("corner of a force plate, in the order of the C3D file"),
    "event": Described("number of the event in its trial", "1"),
    "output": Described("model output stored in the C3D file"),
    "component": Described("component of a stored model output"),
    "side": Described("left or right leg; pelvis and trunk stand under each side with that side's signs"),
    "segment": Described("body segment"),
    "landmark": Described("anatomical landmark or joint centre"),
    "joint": Described("joint: hip, knee or ankle"),
    "row": Described("row of a matrix"),
    "column": Described("column of a matrix"),
    "name": Described("name of a subject parameter"),
    "quantity": Described("angle, moment or power; its name is its positive direction (rows of kind quantity)"),
    "measure": Described("distance or position; its name is its positive direction (rows of kind quantity)"),
    "muscle": Described("muscle, as config.muscles.channels names it"),
    "emg_time": Described("time of the EMG samples from the first stored frame", "s"),
    "burst": Described("number of the burst of muscle activity in its trial", "1"),
    "frame": Described("frame that a moment is expressed in: jcs, proximal, distal or lab"),
    "metric": Described("metric: quantity__statistic__window (rows of kind metric)"),
    "plate_contact": Described("number of the plate contact in its trial", "1"),
}

METRIC_VALUES: dict[str, Described] = {
    "metric": DIMENSIONS["metric"],
    **{name: Described(meaning, unit) for name, (unit, meaning) in schema.METRIC_VALUES.items()},
}

QUALITY_COLUMNS: dict[str, Described] = {
    "participant": CYCLE_COLUMNS["participant"],
    "session": CYCLE_COLUMNS["session"],
    "trial": Described("label of the trial concerned; empty for the whole session"),
    "stage": Described("stage that reports: ingest, model, kinematics, kinetics, muscles, cycles or metrics"),
    "level": Described("info, warning or error (what the row names was given up)"),
    "code": Described("short name of the finding, the same for all its rows"),
    "item": Described("marker, plate, segment, joint or metric concerned"),
    "message": Described("what was expected and what was found"),
    "action": Described("what can be done about it"),
    "value": Described("number behind the finding, in the unit of its row", "see column unit"),
    "unit": Described("unit of the value"),
}

CONTRAST_COLUMNS: dict[str, Described] = {
    **{name: CYCLE_COLUMNS[name] for name in ("participant", "session", "label", "task", "condition", "footwear")},
    "side": Described("leg that is compared with itself: left or right; both where the two legs are compared"),
    "metric": DIMENSIONS["metric"],
    "unit": Described("unit of means, difference, interval and mdc95"),
    "contrast": Described("what is compared, all else equal: legs, condition, footwear or visits"),
    "of": Described("the one of the two that the difference is of; legs: left"),
    "against": Described("the other one, which is taken away; legs: right"),
    "mean_of": Described("mean over the repetitions of `of`", "see column unit"),
    "mean_against": Described("mean over the repetitions of `against`", "see column unit"),
    "difference": Described(
        "`of` less `against`; with three trials or more that do not hold both, of the means of trials",
        "see column unit",
    ),
    "low": Described("lower end of the 95 % interval of the difference over repetitions or trials", "see column unit"),
    "high": Described("its upper end", "see column unit"),
    "mdc95": Described(
        "minimal detectable change at 95 %, 1.96 sqrt(2) SEM; missing where the error between sessions is not known",
        "see column unit",
    ),
    "beyond_mdc95": Described("whether the size of the difference is larger than mdc95; empty where that is missing"),
    "n_of": Described("repetitions of `of`", "1"),
    "n_against": Described("repetitions of `against`", "1"),
    "trials_of": Described("trials of `of`", "1"),
    "trials_against": Described("trials of `against`", "1"),
    "positive": Described("positive direction of the metric; a positive difference is more of it in `of`"),
    "source": Described("formula of the error, and where the error between sessions comes from"),
}

SYMMETRY_COLUMNS: dict[str, Described] = {
    **{name: CYCLE_COLUMNS[name] for name in ("participant", "session", "label", "task", "condition", "footwear")},
    "metric": DIMENSIONS["metric"],
    "unit": Described("unit of the means and their difference"),
    "mean_left": Described("mean of the left leg's cycles", "see column unit"),
    "mean_right": Described("mean of the right leg's cycles", "see column unit"),
    "difference": Described(
        "left less right; for angles, whose zero is a convention, read this and no per cent", "see column unit"
    ),
    "limb_symmetry_percent": Described(
        "limb symmetry index, 100 left / right (100: alike); 10000 over it is right against left; missing where the means have "
        "different signs",
        "%",
    ),
    "symmetry_index_percent": Described(
        "symmetry index, 100 (left - right) / mean of both (0: alike); missing where the means have different signs",
        "%",
    ),
    "n_left": Described("cycles of the left leg", "1"),
    "n_right": Described("cycles of the right leg", "1"),
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
PROFILE_COLUMNS: dict[str, Described] = {
    **{name: CYCLE_COLUMNS[name] for name in ("participant", "session", "label", "task", "condition", "footwear")},
    "side": Described("left or right leg, or both"),
    "control": Described("yes where the leg is one of the controls"),
    **{name: Described(f"{name.replace('_', ' ')}: {_DISTANCE}", "degree") for name in PROFILE_VARIABLES},
    "gps": Described(
        "Gait Profile Score: root mean square of the nine; both: the pelvis counts once, of the left side (Baker 2009)",
        "degree",
    ),
    "gdi": Described(
        "Gait Deviation Index (Schwartz & Rozumalski 2008) against the study's controls, whose mean is 100 and SD 10; both: mean of the legs",
        "1",
    ),
    "gdi_features_percent": Described(
        "how much of the sum of squares of all strides the 15 features of gdi hold; the article has 98", "%"
    ),
    **{f"usual_{name}": Described(f"`{name}`: {_USUAL}", "degree") for name in (*PROFILE_VARIABLES, "gps")},
    "n_cycles": Described("whole strides that the leg's mean curves are of", "1"),
    "n_controls": Described("control participants in the reference", "1"),
    "reference": Described("who the reference curves are of"),
    "reason": Described("why a score is missing or doubtful; empty where all are there and none is"),
}

FIGURE_COLUMNS: dict[str, Described] = {
    "file": Described("file name of the figure in its first format"),
    "kind": Described("curves of one session, sessions over each other, or overview of headline outcomes"),
    "participant": CYCLE_COLUMNS["participant"],
    "session": Described("sessions shown"),
    "task": CYCLE_COLUMNS["task"],
    "condition": CYCLE_COLUMNS["condition"],
    "footwear": CYCLE_COLUMNS["footwear"],
    "n_cycles": Described("number of cycles shown", "1"),
    "reference": Described("population and source of the reference band; empty without one"),
}

DICTIONARY: dict[str, Described] = {
    "name": Described("name as it stands in the file"),
    "short_name": Described("metrics: name of the column in metrics_wide, at most 32 characters"),
    "label": Described("metrics: in words, with window and unit, for axes and tables"),
    "kind": Described("variable, coordinate, quantity (value of the coordinate quantity), metric or column"),
    "meaning": Described("what it is"),
    "unit": Described("unit; text for text, 1 for plain numbers"),
    "levels": Described("codes or levels of a factor that occur, with their meaning: code = meaning; code = meaning"),
    "positive": Described("direction that is positive"),
    "frame": Described("frame that it is expressed in, or sequence of rotations"),
    "source": Described("where it is read from, or the publication that defines it"),
    "file": Described("files that hold it, relative to results"),
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


def describe_column(name: str, *, numeric: bool | None = None) -> Described:
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
        return Described(f"column `{name}` of the study's sheets")
    return Described(f"column `{name}` of the study's sheets", unit_of_name(name))


def unit_of_name(name: str) -> str:
    """Return the unit that a name ends with (``age_years``: year), ``1`` if it ends with none."""
    for suffix in sorted(_SUFFIXES, key=len, reverse=True):
        if re.search(rf".{suffix}$", name):
            return _SUFFIXES[suffix]
    return "1"
