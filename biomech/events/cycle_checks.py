"""Validity rules of a task that are checked on the cycles found; the finders themselves apply the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Cycles
from biomech.events.repetitions import Note, Repetition
from biomech.events.series import get_landmark, get_pelvis_origin, get_stance_state, other_side
from biomech.schema import SIDES
from biomech.tasks import Task

Array = NDArray[np.float64]
_G = 9.81  # m s-2


@dataclass(frozen=True)
class Checked:
    """What a rule sees: the cycles of a trial with their numbers, and the series that they were cut from.

    Attributes
    ----------
    cycles : sequence of Repetition
    values : mapping
        Of `biomech.events.cycle_scalars.cycle_values`.
    sides : tuple of str
        Sides wanted of the trial.
    kinematics, kinetics : xr.Dataset
        The trial's groups; `kinetics` may be missing.
    task : biomech.tasks.Task
    settings : biomech.config.Cycles
    """

    cycles: Sequence[Repetition]
    values: Mapping[str, Array]
    sides: tuple[str, ...]
    kinematics: xr.Dataset
    kinetics: xr.Dataset | None
    task: Task
    settings: Cycles


Breaks = Iterator[tuple[int, str]]  # which cycle breaks the rule, and what was expected and found


def check_cycles(checked: Checked) -> tuple[NDArray[np.bool_], list[Note]]:
    """Apply the rules of the task to its cycles.

    Returns
    -------
    kept : ndarray of bool, shape (cycle,)
        False where a rule rejects the cycle.
    notes : list of Note
    """
    kept = np.ones(len(checked.cycles), dtype=bool)
    notes = []
    for rule in checked.task.rules:
        for i, message in RULES[rule.code](checked) if rule.code in RULES else ():
            cycle = checked.cycles[i]
            if not kept[i]:
                continue
            kept[i] = not rule.rejects
            message = f"{cycle.side} cycle at {cycle.start:.2f} s: {message}"
            notes.append(Note("info" if rule.rejects else "warning", rule.code, message, cycle.side))
    return kept, notes


def _cadence(checked: Checked) -> Breaks:
    task = checked.task.events
    limits = {"running": checked.settings.running_steps_per_min, "walking": checked.settings.walking_steps_per_min}
    low, high = limits[task]
    steps = _steps_per_min(checked)
    if not low <= steps <= high and np.isfinite(steps):
        text = f"expected {low:g} to {high:g} steps a minute of this {task} trial, found {steps:.0f}"
        yield 0, text + (": check the marker rate of the recording" if task == "walking" else "")


def _duty_factor(checked: Checked) -> Breaks:
    low, high = checked.settings.walking_foot_off_percent
    for side in checked.sides:
        mine = [i for i, cycle in enumerate(checked.cycles) if cycle.side == side and np.isfinite(cycle.foot_off)]
        if not mine:
            continue
        cycles = [checked.cycles[i] for i in mine]
        share = float(np.median([100.0 * (c.foot_off - c.start) / (c.end - c.start) for c in cycles]))
        if not low <= share <= high:
            yield (
                mine[0],
                f"expected the foot off of walking at {low:g} to {high:g} % of the stride, found it at {share:.0f} % (median of "
                f"{len(mine)} strides): check the task, and whether foot strikes and foot offs are right",
            )


def _step_length(checked: Checked) -> Breaks:
    """A wrong marker rate changes the cadence and leaves the length of a step as it is."""
    most, kinematics = checked.settings.walking_step_ratio_max, checked.kinematics
    heights = get_pelvis_origin(kinematics)[:, 1] - np.fmin(
        *(get_landmark(kinematics, side, "toe")[:, 1] for side in SIDES)
    )
    speeds = checked.values["speed_m_s"]
    known = np.isfinite(heights)
    if not known.any() or not np.isfinite(speeds).any():
        return
    height, cadence_hz = float(np.median(heights[known])), _steps_per_min(checked) / 60.0
    step = abs(float(np.median(speeds[np.isfinite(speeds)]))) / cadence_hz
    if height <= 0:
        return
    ratio = step / height / (cadence_hz * np.sqrt(height / _G))
    if ratio > most:
        yield (
            0,
            f"expected steps as long as people take them at this cadence (step length in pelvis heights over cadence in pendulum units "
            f"at most {most:g}), found {step:.2f} m at {60 * cadence_hz:.0f} steps a minute ({ratio:.1f}): check the marker rate of the "
            "recording",
        )


def _steps_per_min(checked: Checked) -> float:
    strides = [cycle.end - cycle.start for cycle in checked.cycles]
    return 2 * 60.0 / float(np.median(strides)) if strides else np.nan


def _level_stride(checked: Checked) -> Breaks:
    least = checked.settings.step_min_m
    for i, rise in enumerate(_rises(checked)):
        if abs(rise) < least:
            yield i, f"expected a step of at least {least:g} m up or down, found {rise:.3f} m"


def _other_direction(checked: Checked) -> Breaks:
    climb = checked.task.climb
    for i, rise in enumerate(_rises(checked)):
        if abs(rise) >= checked.settings.step_min_m and rise * climb < 0:
            wanted, found = ("up", "down") if climb > 0 else ("down", "up")
            yield i, f"expected a stride {wanted}, found one {found} by {abs(rise):.3f} m"


def _rises(checked: Checked) -> Array:
    """Rise of each stride's foot, or of the pelvis where the foot was not recorded, m."""
    time = checked.kinematics["time"].to_numpy()
    height = get_pelvis_origin(checked.kinematics)[:, 1]
    bounds = np.array([(cycle.start, cycle.end) for cycle in checked.cycles]).reshape(-1, 2)
    known = np.isfinite(height)
    pelvis = np.interp(bounds, time[known], height[known]) if known.any() else np.full(bounds.shape, np.nan)
    foot = checked.values["stride_rise_m"]
    return np.where(np.isfinite(foot), foot, pelvis[:, 1] - pelvis[:, 0])


def _other_foot(checked: Checked) -> Breaks:
    rate = float(checked.kinematics.attrs["rate_hz"])
    longest = checked.settings.other_foot_max_s
    for i, cycle in enumerate(checked.cycles):
        other = other_side(cycle.side)
        contact = get_stance_state(checked.kinetics, other, checked.kinematics.sizes["time"])
        down = contact[round(cycle.start * rate) : round(cycle.end * rate) + 1] > 0
        if down.sum() / rate > longest:
            yield i, f"expected one leg, found the {other} foot on the ground for {down.sum() / rate:.2f} s"


def _no_touch(checked: Checked) -> Breaks:
    near = checked.settings.heel_touch_m
    for i, height in enumerate(checked.values["other_heel_height_m"]):
        if height > near:
            yield (
                i,
                f"expected a touch of the floor by the other heel (within {near:g} m), found it {height:.3f} m above",
            )


def _one_foot(checked: Checked) -> Breaks:
    for i, cycle in enumerate(checked.cycles):
        if len(checked.sides) > 1 and not any(o.rep == cycle.rep and o.side != cycle.side for o in checked.cycles):
            yield i, f"no landing of the {other_side(cycle.side)} foot belongs to it"


def _no_cut(checked: Checked) -> Breaks:
    least = checked.settings.cut_min_angle_deg
    for i, angle in enumerate(checked.values["cut_angle_deg"]):
        if angle < least:
            yield i, f"expected a turn of at least {least:g} degrees away from the foot, found {angle:.0f} degrees"


RULES: dict[str, Callable[[Checked], Breaks]] = {
    "implausible_cadence": _cadence,
    "implausible_duty_factor": _duty_factor,
    "implausible_step_length": _step_length,
    "level_stride": _level_stride,
    "other_direction": _other_direction,
    "other_foot_down": _other_foot,
    "no_heel_touch": _no_touch,
    "one_foot_only": _one_foot,
    "no_cut": _no_cut,
}
