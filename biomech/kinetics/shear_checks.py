"""Checks of the plate forces of walking: size of the force, and direction of the shear."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from biomech.kinetics.feet import HORIZONTAL
from biomech.kinetics.plate_checks import PlateView, frames_of, median, on_same_plates, unit, whole, wrong_axes
from biomech.kinetics.whole_steps import Step, plates_of
from biomech.quality import Quality
from biomech.task_groups import LEVEL_WALKING

Array = NDArray[np.float64]

_SHEAR = 0.03  # of body weight; real braking and propulsion are 0.04 to 0.2
_ACROSS = 2.0  # shear across the path against shear along it; up to 1.2 in real turns
_OUTWARDS = 0.015  # of body weight; real feet push outwards, so the mean of the force on each is 0.01 to 0.07 inwards
_TURN_DEG, _ALONG_DEG = 15.0, 40.0
# mean vertical force of a whole step over body weight; 0.72 to 0.91 in 50 real steps, since a step takes 55 to 70 % of a stride
_STEP = (0.55, 1.15)


def report(view: PlateView, steps: list[Step], trial: str, quality: Quality) -> None:
    """Add a row for forces that no walking person makes; only for level walking.

    Parameters
    ----------
    view : PlateView
    steps : list of Step
    trial : str
    quality : Quality
    """
    if view.task not in LEVEL_WALKING or not np.isfinite(view.weight_n):
        return
    inner = [step for step in steps if whole(view, step)]
    for plates, mine in on_same_plates(inner):
        item = plates_of(plates, view.numbers)
        _size(view, item, mine, trial, quality)
        _shear(view, item, mine, trial, quality)
    _outwards(view, inner, trial, quality)


def _size(view: PlateView, item: str, steps: list[Step], trial: str, quality: Quality) -> None:
    means = [step.force[frames, 1].mean() / view.weight_n for step, frames in frames_of(view, steps)]
    if not means:
        return
    ratio = median(np.array(means))
    if not _STEP[0] < ratio < _STEP[1]:
        quality.add(
            "warning",
            "force_size",
            f"the mean vertical force of a step is {100 * ratio:.0f} % of body weight ({view.weight_n:.0f} N); in walking it is "
            f"{100 * _STEP[0]:.0f} to {100 * _STEP[1]:.0f} %",
            trial=trial,
            item=item,
            action="check the unit and the amplification of the plate's channels (ANALOG:UNITS, SCALE), and mass_kg in the sheet",
            value=100 * ratio,
            unit="%",
        )


def _shear(view: PlateView, item: str, steps: list[Step], trial: str, quality: Quality) -> None:
    """Horizontal force of whole steps of straight walking: it brakes before it propels, and acts mostly along the path."""
    reversed_, across, n = 0, 0, 0
    for step, frames in frames_of(view, steps):
        path = view.progression[frames][:, HORIZONTAL]
        heel, toe = (view.feet[step.foot].sole[frames, k][:, HORIZONTAL] for k in (0, 1))
        forwards = unit(toe - heel)
        straight = _angle(path[0], path[-1]) < _TURN_DEG and median(_angle(path, forwards)) < _ALONG_DEG
        if not straight:
            continue
        shear = step.force[frames][:, HORIZONTAL] / view.weight_n
        along = (shear * path).sum(axis=1)
        sideways = shear[:, 1] * path[:, 0] - shear[:, 0] * path[:, 1]
        if not np.isfinite(along).all():
            continue
        n += 1
        early, late = along[: int(0.45 * len(along))].mean(), along[int(0.55 * len(along)) :].mean()
        reversed_ += bool(early > _SHEAR and late < -_SHEAR)
        across += bool(sideways.std() > _ACROSS * along.std() and sideways.std() > _SHEAR)
    if n and reversed_ > n / 2:
        wrong_axes(item, f"the shear propels before it brakes in {reversed_} of {n} contacts", trial, quality)
    elif n and across > n / 2:
        wrong_axes(item, f"the shear acts across the path in {across} of {n} contacts", trial, quality)


def _outwards(view: PlateView, steps: list[Step], trial: str, quality: Quality) -> None:
    """Both feet are pushed outwards: no curve does that, the lateral force has the wrong sign."""
    found: dict[str, list[float]] = {"left": [], "right": []}
    for step, frames in frames_of(view, steps):
        path = view.progression[frames][:, HORIZONTAL]
        shear = step.force[frames][:, HORIZONTAL] / view.weight_n
        rightwards = shear[:, 1] * path[:, 0] - shear[:, 0] * path[:, 1]
        middle = rightwards[int(0.2 * len(path)) : int(0.8 * len(path))].mean()
        found[step.foot].append(float(middle if step.foot == "right" else -middle))
    if all(values and np.mean(values) > _OUTWARDS for values in found.values()):
        what = "both feet are pushed outwards in the middle of their steps, walking pushes them inwards"
        wrong_axes(plates_of(sorted({k for step in steps for k in step.plates}), view.numbers), what, trial, quality)


def _angle(a: Array, b: Array) -> Array:
    """Angle between unit vectors, degrees."""
    return np.asarray(np.degrees(np.arccos(np.clip((a * b).sum(axis=-1), -1.0, 1.0))))
