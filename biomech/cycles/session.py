"""The cycles of a session: one flat dataset of time-normalised curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Config
from biomech.cycles.curves import angle_of, ankle_height_of, cut, pelvis_of, plate_validity, quantities_of
from biomech.cycles.dataset import TrialCycles, assemble
from biomech.cycles.events import trial_events
from biomech.cycles.repetitions import Found, landings, squats, steady_window, strides
from biomech.errors import TrialError
from biomech.io.sheets import Session, Trial
from biomech.quality import Quality
from biomech.schema import SIDES, TASKS

Array = NDArray[np.float64]


def cycles_session(
    raw: xr.DataTree,
    kinematics: xr.DataTree,
    kinetics: xr.DataTree,
    session: Session,
    config: Config,
    quality: Quality,
    on_error: str = "skip",
) -> xr.Dataset:
    """Cut all movement trials of a session into cycles.

    Parameters
    ----------
    raw, kinematics, kinetics : xr.DataTree
        One group per trial; a trial without kinematics gives no cycles, one without kinetics NaN moments.
    session : Session
    config : Config
        Section `cycles` is used.
    quality : Quality
        Gets a row for every rejected repetition and every trial without cycles.
    on_error : {"skip", "stop"}
        Whether a trial that cannot be cut ends the run.

    Returns
    -------
    xr.Dataset
        Flat on ``cycle`` (text, ``participant_session_trial_side_rep``): ``angle(cycle, percent, quantity)`` degree,
        ``moment(cycle, percent, quantity, frame)`` N m kg-1, ``power(cycle, percent, quantity)`` W kg-1,
        ``ground_reaction(cycle, percent, axis)`` N kg-1 in the progression frame (x forward, y up, z lateral),
        ``contact(cycle, percent)``, and everything of the sheets as coordinates. Without cycles it has the same
        variables and dims with ``cycle`` of size 0.
    """
    quantities = quantities_of([kinematics, kinetics])
    parts: list[TrialCycles] = []
    for trial in session.trials:
        if trial.role != "dynamic" or TASKS[trial.task].cycle == "none" or trial.trial not in kinematics.children:
            continue
        groups = [
            tree[trial.trial].to_dataset() if trial.trial in tree.children else None
            for tree in (raw, kinematics, kinetics)
        ]
        motion = groups[1]
        if motion is None or "angle" not in motion or not motion.sizes.get("time"):
            continue
        try:
            found = find_repetitions(trial, groups[0], motion, groups[2], config)
            curves = cut(motion, groups[2], found.cycles, session.mass_kg, quantities, config.cycles.interpolation)
        except TrialError as error:
            if on_error == "stop":
                raise
            quality.add_error(error, trial=trial.trial)
            continue
        for note in found.notes:
            quality.add(note.level, note.code, note.message, trial=trial.trial, item=note.item)
        seen = np.isfinite(curves["angle"]).any(axis=(1, 2)).reshape(-1)
        for rep in (r for r, ok in zip(found.cycles, seen.tolist(), strict=True) if not ok):
            message = f"{rep.side} cycle at {rep.start:.2f} s: no angle could be computed in it; it is left out"
            quality.add("info", "untracked_cycle", message, trial=trial.trial, item=rep.side)
        kept = [r for r, ok in zip(found.cycles, seen.tolist(), strict=True) if ok]
        if not kept:
            quality.add(
                "warning",
                "no_cycles",
                f"no complete {TASKS[trial.task].cycle} of {trial.task} was found",
                trial=trial.trial,
                action="check the task and side in trials.tsv, and the events or force plates of the recording",
            )
        curves = {name: values[seen] for name, values in curves.items()}
        validity = plate_validity(groups[2], kept, curves)
        parts.append(TrialCycles(trial, kept, curves, validity, _number(motion.attrs.get("cutoff_hz"))))
    return assemble(session, parts, quantities)


def find_repetitions(
    trial: Trial, raw: xr.Dataset | None, kinematics: xr.Dataset, kinetics: xr.Dataset | None, config: Config
) -> Found:
    """Find the cycles of one trial by the rule of its task.

    Raises
    ------
    TrialError
        If a task of one leg does not say, and the recording does not show, which leg it is.
    """
    settings, task = config.cycles, TASKS[trial.task]
    sides: tuple[str, ...] = SIDES if trial.side == "both" else (trial.side,)
    rate = float(kinematics.attrs["rate_hz"])
    if task.cycle == "stride":
        return strides(trial_events(raw, kinematics, kinetics, trial.task, settings), sides, settings)
    if task.cycle == "landing":
        events = trial_events(raw, kinematics, kinetics, trial.task, settings)
        flexion = {side: angle_of(kinematics, side, "knee_flexion") for side in SIDES}
        pelvis = pelvis_of(kinematics)[:, 1]
        return landings(
            events, flexion, pelvis, rate, sides, settings, take_off=task.take_off, bilateral=task.bilateral
        )
    ankles = {side: ankle_height_of(kinematics, side) for side in SIDES}
    if task.cycle == "steady":
        return steady_window(ankles, pelvis_of(kinematics), rate, sides, settings)
    if task.bilateral:
        both = [angle_of(kinematics, side, "knee_flexion") for side in SIDES]
        return squats(_mean_of_both(*both), rate, sides, settings)
    if len(sides) > 1:
        sides = (_standing_side(ankles, settings.steady_foot_height_m),)
    return squats(angle_of(kinematics, sides[0], "knee_flexion"), rate, sides, settings)


def _mean_of_both(left: Array, right: Array) -> Array:
    """Mean of two curves; where one is missing, the other moved by half their usual difference."""
    difference = left - right
    usual = float(np.median(difference[np.isfinite(difference)])) if np.isfinite(difference).any() else 0.0
    moved = np.stack([left - usual / 2, right + usual / 2])
    present = np.isfinite(moved)
    count = present.sum(axis=0)
    return np.where(count > 0, np.where(present, moved, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _standing_side(ankle_height: dict[str, Array], least_m: float) -> str:
    difference = ankle_height["left"] - ankle_height["right"]
    known = difference[np.isfinite(difference)]
    middle = float(np.median(known)) if len(known) else 0.0
    if abs(middle) < least_m:
        raise TrialError(
            f"expected one standing leg, found both ankles at the same height (median difference {1000 * middle:.0f} mm)",
            code="side_unknown",
            action="fill the `side` column of trials.tsv for this trial",
        )
    return "right" if middle > 0 else "left"


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan
