"""Checks of the plates against the feet: place, unit of moments, direction of shear, missing load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from biomech.kinetics.contacts import Contact, Interval
from biomech.kinetics.feet import HORIZONTAL, FootMotion, outside
from biomech.kinetics.stances import stance_of
from biomech.kinetics.whole_steps import Step, plates_of
from biomech.quality import Quality
from biomech.signals.filters import runs
from biomech.task_groups import LEVEL_WALKING
from biomech.tasks import TASKS

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_EDGE_S = 0.02  # a contact that begins or ends this near the recording's ends is not whole
_MIN_FRAMES = 8
# where the lowest marker of a foot stands on the ground of the static trial, m: else that ground is not the lab's zero
_STANDS_M = (-0.01, 0.1)
_BEHIND_HEEL_M, _BEYOND_TOE_M = 0.04, 0.1  # toes reach beyond the toe marker
_STILL_M, _STILL_SHARE = 0.03, 0.25  # of the distance from heel to toe
_NO_LOAD_S = 0.1
_EXCHANGED = 0.6  # share of a contact without a foot that must fall into a stance without load
_LEVEL_M = 0.04  # from the plate's surface to the sole of a foot that stands on it


@dataclass(frozen=True)
class PlateView:
    """What the checks look at, for one trial.

    Parameters
    ----------
    time : ndarray, (n,)
        s.
    numbers : ndarray of int, (plates,)
        Numbers in the file.
    corners : ndarray, (plates, 4, 3)
        m, lab.
    force : ndarray, (n, plates, 3)
        Filtered, at the frames, N.
    cop : ndarray, (n, plates, 3)
        m; NaN where hardly loaded.
    feet : dict of str to FootMotion
    stances : dict of str to ndarray of bool, (n,)
        Stance seen from the foot's motion.
    progression : ndarray, (n, 3)
        Direction of progression, unit vector.
    task : str
    weight_n : float
        Body weight; NaN skips the check of shear.
    """

    time: Array
    numbers: NDArray[np.int64]
    corners: Array
    force: Array
    cop: Array
    feet: dict[str, FootMotion]
    stances: dict[str, Mask]
    progression: Array
    task: str
    weight_n: float

    @cached_property
    def tracked(self) -> dict[str, Mask]:
        """Frames in which heel, toe and ankle are known, (n,) for each foot."""
        return {side: foot.tracked for side, foot in self.feet.items()}


def without_missing(contacts: list[Contact], force: Array, rate_hz: float) -> list[Contact]:
    """Make contacts invalid in which samples of the plate are missing, and what the foot loads of other plates at the time.

    Parameters
    ----------
    contacts : list of Contact
    force : ndarray, (n_samples, plates, 3)
        NaN where missing.
    rate_hz : float
        Analog rate.

    Returns
    -------
    list of Contact
    """
    lost = ~np.isfinite(force[..., 1])
    if not lost.any():
        return contacts
    gone = []
    for contact in contacts:
        # one sample more on each side: what begins or ends with a gap may be longer than it looks
        first, last = round(contact.start * rate_hz) - 1, round(contact.end * rate_hz) + 2
        if lost[max(first, 0) : last, contact.plate].any():
            gone.append(contact)
    parts: list[Contact] = []
    for other in [c for c in gone if c.valid]:
        parts += [c for c in stance_of(other, contacts) if c not in (*gone, *parts)]
    reasons = dict.fromkeys(parts, "part") | dict.fromkeys(gone, "force_missing")
    return [replace(c, valid=False, reason=reasons[c]) if c in reasons else c for c in contacts]


def report(
    view: PlateView,
    contacts: list[Contact],
    steps: list[Step],
    intervals: list[Interval],
    tolerance_m: float,
    trial: str,
    quality: Quality,
) -> None:
    """Add a row for every plate that does not fit the feet.

    Parameters
    ----------
    view : PlateView
    contacts : list of Contact
        As assigned.
    steps : list of Step
        Of the valid contacts.
    intervals : list of Interval
        Loaded intervals of the plates.
    tolerance_m : float
        How far a plate's surface or middle may be off, m.
    trial : str
    quality : Quality
    """
    stepped = TASKS[view.task].stepped
    for plate in range(len(view.numbers)):
        if not stepped:
            mine = [step for step in steps if plate in step.plates]
            _height(view, plate, mine, tolerance_m, trial, quality)
    for plates, mine in on_same_plates(steps):
        _place(view, plates, mine, tolerance_m, trial, quality)
        if TASKS[view.task].cycle == "stride" and not stepped:
            _pressure_path(view, plates, mine, trial, quality)
    _no_load(view, contacts, steps, intervals, trial, quality)


def _height(view: PlateView, plate: int, steps: list[Step], tolerance_m: float, trial: str, quality: Quality) -> None:
    surface = float(view.corners[plate, :, 1].mean())
    lowest = {side: _lowest(foot.lift) for side, foot in view.feet.items()}
    standing = {side: median(_lowest(foot.sole[..., 1]) - lowest[side]) for side, foot in view.feet.items()}
    found = [
        surface - median(lowest[step.foot][frames])
        for step, frames in frames_of(view, steps)
        if _STANDS_M[0] < standing[step.foot] < _STANDS_M[1]
    ]
    off = median(np.array(found)) if found else 0.0
    if abs(off) > tolerance_m:
        side = "above" if off > 0 else "below"
        quality.add(
            "warning",
            "plate_height",
            f"the corners of the plate lie {abs(off) * 1e3:.0f} mm {side} the soles that stand on it (at most "
            f"{tolerance_m * 1e3:.0f} expected): moments are wrong by shear times that",
            trial=trial,
            item=f"plate {view.numbers[plate]}",
            action="measure the plate's corners again (FORCE_PLATFORM:CORNERS), or check the floor height of the static trial",
            value=off,
            unit="m",
        )


def _place(
    view: PlateView, plates: tuple[int, ...], steps: list[Step], tolerance_m: float, trial: str, quality: Quality
) -> None:
    """Centre of pressure against the line from heel to toe: next to it, behind the heel or beyond the toes."""
    sideways_offsets, along = [], []
    for _, foot_axis, pressure, length in _pressure(view, steps):
        ahead = (pressure * foot_axis).sum(axis=1)
        across = pressure[:, 1] * foot_axis[:, 0] - pressure[:, 0] * foot_axis[:, 1]
        sideways_offsets.append(median(across))
        low, high = np.nanquantile(ahead, [0.05, 0.95])
        along.append(min(low + _BEHIND_HEEL_M, 0.0) + max(high - length - _BEYOND_TOE_M, 0.0))
    if not sideways_offsets:
        return
    sideways, lengthwise = median(np.array(sideways_offsets)), median(np.array(along))
    if abs(sideways) > tolerance_m:
        where, off = f"{abs(sideways) * 1e3:.0f} mm to the {'right' if sideways > 0 else 'left'} of", sideways
    elif lengthwise:
        where, off = ("behind the heel of" if lengthwise < 0 else "beyond the toes of"), lengthwise
    else:
        return
    quality.add(
        "warning",
        "plate_displaced",
        f"the centre of pressure lies {where} the foot that stands on the plate (median of {len(sideways_offsets)} contacts): the "
        "plate lies elsewhere than its corners say",
        trial=trial,
        item=plates_of(plates, view.numbers),
        action="measure the plate's corners again (FORCE_PLATFORM:CORNERS), check ORIGIN and the offsets of its moments",
        value=off,
        unit="m",
    )


def _pressure_path(view: PlateView, plates: tuple[int, ...], steps: list[Step], trial: str, quality: Quality) -> None:
    """Centre of pressure of whole steps: it must move forwards along the foot."""
    still, backwards, n = 0, 0, 0
    for step, foot_axis, pressure, length in _pressure(view, steps):
        if not whole(view, step):
            continue
        n += 1
        ahead = (pressure * foot_axis).sum(axis=1)
        known = np.isfinite(ahead)
        middle = view.corners[plates[0]].mean(axis=0)[HORIZONTAL]
        from_middle = np.linalg.norm(step.cop[during(view, step)][:, HORIZONTAL] - middle, axis=1)
        low, high = np.nanquantile(ahead, [0.05, 0.95])
        # a part of a plate is crossed in a short time, its middle says nothing
        if len(plates) == 1 and high - low < _STILL_SHARE * length and np.nanquantile(from_middle, 0.9) < _STILL_M:
            still += 1
        third = max(known.sum() // 3, 1)
        if ahead[known][-third:].mean() - ahead[known][:third].mean() < -_STILL_SHARE * length:
            backwards += 1
    item = plates_of(plates, view.numbers)
    if n and still > n / 2:
        quality.add(
            "warning",
            "plate_cop_still",
            f"the centre of pressure stays within {_STILL_M * 1e3:.0f} mm of the plate's middle while the foot rolls over it, "
            f"in {still} of {n} contacts: the moments have a wrong unit or are missing",
            trial=trial,
            item=item,
            action="check ANALOG:UNITS (N·m or N·mm) and the calibration matrix of the plate; do not use its moments",
            value=float(still),
            unit="1",
        )
    elif n and backwards > n / 2 and view.task in LEVEL_WALKING:
        what = f"the centre of pressure runs from toe to heel in {backwards} of {n} contacts"
        wrong_axes(item, what, trial, quality)


def wrong_axes(item: str, what: str, trial: str, quality: Quality) -> None:
    """Add the row of a plate whose horizontal axes are wrong; `what` was seen."""
    quality.add(
        "warning",
        "plate_axes",
        f"{what}: the plate is turned about the vertical, or its horizontal axes are exchanged or reversed",
        trial=trial,
        item=item,
        action="check the order of the corners and the signs of Fx and Fy of this plate; do not use its moments",
    )


def _no_load(
    view: PlateView,
    contacts: list[Contact],
    steps: list[Step],
    intervals: list[Interval],
    trial: str,
    quality: Quality,
) -> None:
    """A foot that stands on a plate by its markers while the plate shows no load."""
    rate = (len(view.time) - 1) / (view.time[-1] - view.time[0]) if len(view.time) > 1 else 0.0
    nobody = [c for c in contacts if not c.valid and c.reason in ("no_foot", "cop_off_foot", "edge")]
    loaded = ~np.isfinite(view.force[..., 1])
    for interval in intervals:
        near = (view.time >= interval.start - _NO_LOAD_S) & (view.time <= interval.end + _NO_LOAD_S)
        loaded[near, interval.plate] = True
    points = {s: np.concatenate([f.sole[:, :2], f.ankle[:, None]], axis=1) for s, f in view.feet.items()}
    inside = {
        side: np.stack([(outside(three, outline) <= 0).all(axis=1) for outline in view.corners], axis=1)
        for side, three in points.items()
    }
    carried = {side: np.zeros(len(view.time), dtype=bool) for side in view.feet}
    for step in steps:
        carried[step.foot] |= during(view, step)
    for plate, number in enumerate(view.numbers):
        surface = float(view.corners[plate, :, 1].mean())
        found = []
        for side, foot in view.feet.items():
            # a foot next to an edge may press on the other plate alone;
            # where outlines overlap, another plate may carry the foot
            stands = (
                inside[side][:, plate]
                & view.stances[side]
                & ~carried[side]
                & ~(inside[side] & loaded).any(axis=1)
                & ~loaded[:, plate]
            )
            if not TASKS[view.task].stepped:
                stands &= np.abs(_lowest(foot.lift) - surface) < _LEVEL_M
            found += [(start, stop, side) for start, stop in runs(stands) if (stop - start) > _NO_LOAD_S * rate]
        if not found:
            continue
        start, stop, side = found[0]
        from_s, to_s = view.time[start], view.time[stop - 1]
        other = [
            c.number
            for c in nobody
            if c.plate != plate and min(c.end, to_s) - max(c.start, from_s) > _EXCHANGED * (c.end - c.start)
        ]
        text = f"the {side} foot stands on the plate at {from_s:.2f}-{to_s:.2f} s by its markers, but the plate shows no load"
        action = (
            "check that the plate was switched on and its channels (FORCE_PLATFORM:CHANNEL); contacts there are lost"
        )
        if other:
            text += f"; plate {other[0]} is loaded then without that foot: the two are exchanged"
            action = "exchange the channels or the corners of the two plates in the file"
        quality.add(
            "warning",
            "plates_exchanged" if other else "plate_no_load",
            text,
            trial=trial,
            item=f"plate {number}",
            action=action,
            value=float(sum(stop - start for start, stop, _ in found) / rate),
            unit="s",
        )


def on_same_plates(steps: list[Step]) -> list[tuple[tuple[int, ...], list[Step]]]:
    """Plates, and the steps on just these."""
    return [(plates, [s for s in steps if s.plates == plates]) for plates in sorted({s.plates for s in steps})]


def during(view: PlateView, step: Step) -> Mask:
    """Return the frames of a step, (n,)."""
    return np.asarray((view.time >= step.start) & (view.time <= step.end))


def frames_of(view: PlateView, steps: list[Step]) -> Iterator[tuple[Step, Mask]]:
    """Steps with enough frames in which the foot is tracked."""
    for step in steps:
        frames = during(view, step) & view.tracked[step.foot]
        if frames.sum() >= _MIN_FRAMES:
            yield step, frames


def _pressure(view: PlateView, steps: list[Step]) -> Iterator[tuple[Step, Array, Array, float]]:
    """Step, horizontal direction from heel to toe, centre of pressure from the heel (m) and heel-toe length of each."""
    for step, _ in frames_of(view, steps):
        frames = during(view, step)
        sole = view.feet[step.foot].sole[frames]
        heel, toe = sole[:, 0][:, HORIZONTAL], sole[:, 1][:, HORIZONTAL]
        pressure = step.cop[frames][:, HORIZONTAL] - heel
        if np.isfinite(pressure).all(axis=1).sum() >= _MIN_FRAMES:
            yield step, unit(toe - heel), pressure, median(np.linalg.norm(toe - heel, axis=1))


def whole(view: PlateView, step: Step) -> bool:
    """Whether a step begins and ends within the recording."""
    return bool(step.start > view.time[0] + _EDGE_S and step.end < view.time[-1] - _EDGE_S)


def _lowest(points: Array) -> Array:
    """Lowest of each row, ignoring missing ones; NaN where all are missing."""
    return np.fmin.reduce(points, axis=1)


def median(values: Array) -> float:
    """Return the median of the finite values; NaN if there is none."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def unit(vectors: Array) -> Array:
    """Return vectors (..., k) of length 1; NaN for one of length 0."""
    size = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(size > 0, size, np.nan))
