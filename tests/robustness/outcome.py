"""Runs a draft through the stages and compares its key outcomes and its quality rows with those of the clean run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
import xarray as xr

from biomech.errors import StudyError
from biomech.pipeline.preflight import load_study
from biomech.pipeline.stages import STAGES
from biomech.study_check.files import same_files
from tests.robustness.draft import Draft
from validation.run_stages import run_session

Row = tuple[str, str, str, str, str]  # trial, level, code, item, message and action
# the metrics of a trial are not compared: they follow from the cycles, and their plausibility rows name no cause
_STAGES = tuple(name for name in STAGES if name != "metrics")
# largest difference that is not a fault: what filling a gap of 0.05 s or 10 N of threshold makes
TOLERANCE = {"degree": 1.0, "N m/kg": 0.05, "s": 0.015, "%": 1.5, "share": 0.10}
SAME_CYCLE_S = 0.35
# a figure of every session, in words that change with its sign; as a warning it says something
_ABOUT_NOTHING = (("info", "knee_axis"),)
_ANGLES = (
    "pelvis_anterior_tilt",
    "contralateral_pelvic_drop",
    "hip_flexion",
    "hip_adduction",
    "hip_internal_rotation",
    "knee_flexion",
    "knee_abduction",
    "knee_internal_rotation",
    "ankle_dorsiflexion",
    "rearfoot_eversion",
    "foot_progression_in",
)
_MOMENTS = ("hip_flexion", "hip_adduction", "knee_flexion", "knee_abduction", "ankle_dorsiflexion")

Kind = Literal[
    "read rightly",
    "repaired and named",
    "warned",
    "refused with reason",
    "noticed",
    "cause not named",
    "noted only",
    "lost without reason",
    "wrong in silence",
    "in silence",
    "process died",
    "internal error",
    "refused without need",
]
GOOD: tuple[Kind, ...] = ("read rightly", "repaired and named", "warned", "refused with reason")


@dataclass
class Result:
    """What a run gave.

    Parameters
    ----------
    values : dict
        (trial, side) to a list of cycles, each (start, {name of an outcome: (value, unit)}).
    rows : list of Row
        Of the quality table.
    faults : list of str
        Of a study that was refused as a whole.
    """

    values: dict[tuple[str, str], list[tuple[float, dict[str, tuple[float, str]]]]]
    rows: list[Row]
    faults: list[str]
    log: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a situation.

    Parameters
    ----------
    kind : Kind
    codes : tuple of str
        Of the rows that name the cause.
    detail : str
        The largest difference, or what was lost, or the first fault.
    """

    kind: Kind
    codes: tuple[str, ...] = ()
    detail: str = ""


def run_draft(draft: Draft) -> Result:
    """Write a draft into a folder that is thrown away and run it."""
    with TemporaryDirectory(prefix="biomech-") as folder:
        study = Path(folder, "study")
        draft.write(study)
        try:
            loaded = load_study(study, {})
        except StudyError as error:
            return Result({}, [], list(error.faults))
        result = Result({}, [], [])
        # the command `check` comes before the run (README); only it sees all sessions together
        result.rows += [("", "warning", "biomech check", "", line) for line in same_files(loaded)]
        # a row of quality.tsv, written with the study's tables
        result.rows += [("", "info", "sheet_words", "", note) for note in loaded.notes]
        for session in loaded.sessions:
            run = run_session(loaded, session, _STAGES)
            result.values |= key_outcomes(run.cycles)
            result.log += run.log
            result.rows += [
                (row.trial, row.level, row.code, row.item, f"{row.message} {row.action}")
                for row in run.quality.itertuples(index=False)
            ]
        return result


def key_outcomes(cycles: xr.Dataset) -> dict:
    """Return the outcomes that are compared, cycle by cycle; see `Result.values`."""
    found: dict = {}
    n = cycles.sizes.get("cycle", 0)
    if n == 0:
        return found
    quantities = [str(name) for name in cycles["quantity"].to_numpy()]
    angle = cycles["angle"].transpose("cycle", "quantity", "percent").to_numpy()
    moment = emg = None
    if "moment" in cycles:
        moment = cycles["moment"].sel(frame="jcs").transpose("cycle", "quantity", "percent").to_numpy()
    if "emg" in cycles:
        emg = cycles["emg"].transpose("cycle", "muscle", "percent").to_numpy()
    one = {name: cycles[name].to_numpy() for name in ("trial", "side", "start", "end", "foot_off_percent")}
    for i in range(n):
        out = {"end": (float(one["end"][i]), "s"), "foot off": (float(one["foot_off_percent"][i]), "%")}
        for name in (name for name in _ANGLES if name in quantities):
            for word, value in _extremes(angle[i, quantities.index(name)]):
                out[f"{word} {name}"] = (value, "degree")
        for name in (name for name in _MOMENTS if moment is not None and name in quantities):
            curve = moment[i, quantities.index(name)]
            whole = np.isfinite(curve).mean() > 0.55  # a cycle whose stance has no plate: nothing to compare
            for word, value in _extremes(curve):
                out[f"{word} moment {name}"] = (value if whole else np.nan, "N m/kg")
        for k, muscle in enumerate(cycles["muscle"].to_numpy() if emg is not None else ()):
            out[f"EMG {muscle}"] = (_extremes(emg[i, k])[0][1], "share")
        found.setdefault((str(one["trial"][i]), str(one["side"][i])), []).append((float(one["start"][i]), out))
    return found


def _extremes(curve: np.ndarray) -> list[tuple[str, float]]:
    if not np.isfinite(curve).any():
        return [("peak", np.nan), ("minimum", np.nan)]
    return [("peak", float(np.nanmax(curve))), ("minimum", float(np.nanmin(curve)))]


def differences(clean: Result, now: Result, shift_s: float = 0.0) -> tuple[list[str], list[str]]:
    """Return what differs beyond its tolerance (largest first) and what the clean run has and this one lacks."""
    wrong: list[tuple[float, str]] = []
    lost: list[str] = []
    for key, cycles in clean.values.items():
        theirs = list(now.values.get(key, []))
        for start, outcomes in cycles:
            near = min(theirs, key=lambda other: abs(other[0] - start - shift_s), default=None)
            if near is None or abs(near[0] - start - shift_s) > SAME_CYCLE_S:
                lost.append(f"{key[0]} {key[1]} cycle at {start:.2f} s")
                continue
            theirs.remove(near)
            pairs = {"start": ((start + shift_s, "s"), (near[0], "s"))}
            for name, (value, unit) in outcomes.items():
                other = near[1].get(name, (np.nan, unit))
                pairs[name] = ((value + (shift_s if name == "end" else 0), unit), other)
            for name, ((value, unit), (other, _)) in pairs.items():
                if np.isnan(value):
                    continue
                where = f"{key[0]} {key[1]} {name}"
                if np.isnan(other):
                    lost.append(where)
                    continue
                size = abs(other - value) / (abs(value) if unit == "share" else 1.0) / TOLERANCE[unit]
                if size > 1:
                    wrong.append((size, f"{where} {other:.3g} for {value:.3g} {unit}"))
        wrong += [(9.0, f"{key[0]} {key[1]} a cycle at {start:.2f} s that is not one") for start, _ in theirs]
    wrong += [(9.0, f"{trial} {side} cycles that are none") for trial, side in set(now.values) - set(clean.values)]
    return [text for _, text in sorted(wrong, key=lambda pair: -pair[0])], lost


def judge(
    clean: Result,
    now: Result,
    names: str,
    *,
    must_name: bool = False,
    accept: tuple[Kind, ...] = GOOD,
    shift_s: float = 0.0,
    ignore: str = "",
) -> Outcome:
    """Say what became of a situation.

    Parameters
    ----------
    clean, now : Result
    names : str
        Pattern, without case, of `level|code|trial|item|message` of a row that names the cause, and of a fault.
    must_name : bool
        Right numbers are not enough: the fault must be reported.
    accept : tuple of Kind
        What is right for the user.
    shift_s : float
        By how much later all times lie than in the clean run.
    ignore : str
        Pattern of outcomes that may differ.
    """
    pattern = re.compile(names, re.IGNORECASE | re.DOTALL)
    if now.faults:
        named = [fault for fault in now.faults if pattern.search(fault)]
        kind: Kind = "refused with reason" if named else "cause not named"
        return _accepted(kind, ("fault of the study",), (named or now.faults)[0], accept)
    if any(row[2] == "internal_error" for row in now.rows):
        return Outcome("internal error", (), next(row[4] for row in now.rows if row[2] == "internal_error"))
    known = {_without_numbers(row) for row in clean.rows}
    rows = [row for row in now.rows if _without_numbers(row) not in known and row[1:3] not in _ABOUT_NOTHING]
    named_rows = [r for r in rows if pattern.search(f"{r[1]}|{r[2]}|{r[0]}|{r[3]}|{r[4]}")]
    codes = tuple(dict.fromkeys(row[2] for row in named_rows))
    loud = [row for row in named_rows if row[1] != "info"]
    wrong, lost = differences(clean, now, shift_s)
    if ignore:
        wrong = [text for text in wrong if not re.search(ignore, text)]
        lost = [text for text in lost if not re.search(ignore, text)]
    detail = wrong[0] if wrong else f"lost: {lost[0]}, {len(lost)} in all" if lost else ""
    if wrong:
        others = tuple(dict.fromkeys(row[2] for row in rows if row[1] != "info"))
        silent: Kind = "cause not named" if others else "wrong in silence"
        kind = "warned" if loud else "noted only" if named_rows else silent
        return _accepted(kind, codes or others, detail, accept)
    if lost:
        return _accepted("refused with reason" if named_rows else "lost without reason", codes, detail, accept)
    if named_rows:
        return _accepted("warned" if loud else "repaired and named", codes, detail, accept)
    return _accepted("in silence" if must_name else "read rightly", (), detail, accept)


def _without_numbers(row: Row) -> Row:
    """A row that the clean run has with another number says nothing about the situation."""
    return (*row[:4], re.sub(r"[-+]?\d[\d.,]*", "#", row[4]))


def _accepted(kind: Kind, codes: tuple[str, ...], detail: str, accept: tuple[Kind, ...]) -> Outcome:
    if kind in GOOD and kind not in accept:
        kind = "refused without need" if kind == "refused with reason" else "cause not named"
    return Outcome(kind, codes, detail)
