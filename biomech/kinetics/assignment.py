"""Assignment of a plate's load to a foot, from the positions of the feet and the centre of pressure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from biomech.config import Contacts
from biomech.kinetics.feet import FootMotion, distance_to_line, outside

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# The sole of a foot for the question which plates are beneath it: from heel to toe marker, so far on to the tips of the
# toes, and so far to both sides, m.
_TIP_M = 0.07
_HALF_WIDTH_M = 0.05
_ROW_POINTS = 10
_TOES = 3  # of them
# A foot that presses on a plate next to its own for this share of the shortest contact has a part in the plate's force.
_PRESSING = 0.5
# Plates whose stored heights differ by more are steps, not one floor, m.
_SAME_HEIGHT_M = 0.02


class Judgement(NamedTuple):
    """What stands on a loaded interval of a plate.

    Attributes
    ----------
    foot : str
        The foot that loads it alone, or ``none``.
    valid : bool
    reason : str
        A key of `biomech.kinetics.contacts.REASONS`.
    involved : tuple of str
        Feet on the plate.
    on : dict of str to ndarray of bool, (n,)
        Frames of the interval in which each foot is on the plate.
    """

    foot: str
    valid: bool
    reason: str
    involved: tuple[str, ...]
    on: dict[str, Mask]


def connected(plate: int, others: set[int], corners: Array, gap_m: float) -> list[int]:
    """Return the plates that lie next to a plate, or to one that does, in one floor.

    Parameters
    ----------
    plate : int
        Index of the plate.
    others : set of int
        Indices of the plates that may belong to it.
    corners : ndarray, (plates, 4, 3)
        m, lab.
    gap_m : float
        Largest distance between outlines.

    Returns
    -------
    list of int
        In rising order, `plate` itself included.
    """
    found, left = {plate}, set(others) - {plate}
    while near := {k for k in left if any(_next_to(corners[k], corners[j], gap_m) for j in found)}:
        found |= near
        left -= near
    return sorted(found)


def loading_foot(
    plate: int,
    frames: Mask,
    corners: Array,
    cop: Array,
    feet: dict[str, FootMotion],
    options: Contacts,
    level: bool,
    floor: list[int],
    shortest: float,
) -> Judgement:
    """Say which foot loads an interval of a plate.

    A foot loads it if heel, toe and ankle lie inside the plate in most of the frames and no other foot stands on the
    plate. If no foot lies on it wholly, one loads it that lies on this plate and its loaded neighbours together. The
    centre of pressure must lie along the foot.

    Parameters
    ----------
    plate : int
        Index of the plate.
    frames : ndarray of bool, (n,)
        Marker frames of the interval.
    corners : ndarray, (plates, 4, 3)
        m, lab.
    cop : ndarray, (n, 3)
        Centre of pressure on this plate, m; NaN where it is hardly loaded.
    feet : dict of str to FootMotion
    options : Contacts
    level : bool
        See `biomech.kinetics.contacts.assign_contacts`.
    floor : list of int
        The plate and the plates next to it that are loaded at the time, see `connected`.
    shortest : float
        Frames of the shortest contact.
    """
    outline = corners[plate]
    usable = {side: frames & foot.tracked for side, foot in feet.items()}
    seen = {side: bool(mask.sum() >= 0.5 * max(frames.sum(), 1)) for side, mask in usable.items()}
    height = float(np.mean(outline[:, 1])) if level else _step_height(usable, outline, feet, options)
    candidates, standing = [], []
    on = {side: np.zeros(len(frames), dtype=bool) for side in feet}
    for side, foot in feet.items():
        mask = usable[side]
        if not seen[side]:
            continue
        low = foot.low(options.max_foot_height_m, height)
        if not level:
            # The other foot may stand one step lower.
            low &= foot.lift - height > -options.max_foot_height_m
        inside = np.logical_and(_wholly_on(foot, outline[None], options.plate_margin_m), low.any(axis=1))
        still = low & foot.slow(options.stance_speed_m_s)
        here = np.any((outside(foot.sole, outline) <= 0) & still, axis=1)
        on[side] = mask & here
        if inside[mask].mean() >= options.min_inside:
            candidates.append(side)
        if here[mask].mean() > 1 - options.min_inside:
            standing.append(side)
    resting = [side for side in candidates if side in standing]
    if len(candidates) > 1 and len(resting) == 1:
        # The other one swings low over the plate.
        candidates = resting
    pressing, across = _across_plates(outline, usable, corners[floor], cop, feet, options, height, shortest)
    press = [side for side in feet if pressing[side].sum() >= _PRESSING * shortest]
    if press:
        # Who neither stands nor presses swings over the plate.
        candidates = [side for side in candidates if side in standing + press]
    involved = tuple(dict.fromkeys(candidates + standing + press))
    on = {side: on[side] | pressing[side] for side in feet}
    if not candidates and len(across) == 1 and set(involved) <= set(across):
        candidates, involved = across, tuple(across)
    if len(candidates) == 1 and len(involved) == 1:
        foot = feet[candidates[0]]
        loaded = usable[candidates[0]] & np.isfinite(cop).all(axis=1)
        # One plate of several may be pressed by the tips of the toes only.
        end = foot.sole[:, 1] if len(floor) < 2 else _sole(foot, 0.0)[:, -1]
        away = distance_to_line(cop[loaded], foot.sole[loaded, 0], end[loaded])
        if len(away) and np.median(away) > options.cop_margin_m:
            return Judgement("none", False, "cop_off_foot", involved, on)
        return Judgement(candidates[0], True, "", involved, on)
    if len(involved) > 1:
        reason = "double"
    elif involved:
        reason = "edge"
    else:
        reason = "no_foot" if all(seen.values()) else "foot_not_tracked"
    return Judgement("none", False, reason, involved, on)


def _across_plates(
    outline: Array,
    usable: dict[str, Mask],
    floor: Array,
    cop: Array,
    feet: dict[str, FootMotion],
    options: Contacts,
    height: float,
    shortest: float,
) -> tuple[dict[str, Mask], list[str]]:
    """Return when each foot presses on the plate, and which feet lie on it and its neighbours.

    A foot presses on the plate while its toes stand on it, or the centre of pressure lies along this foot alone.
    """
    if len(floor) < 2:
        return {side: np.zeros(len(cop), dtype=bool) for side in feet}, []
    along, whole, touching = {}, {}, {}
    for side, foot in feet.items():
        mask = usable[side]
        low = foot.low(options.max_foot_height_m, height)
        line = _sole(foot, 0.0)
        near = mask & (distance_to_line(cop, line[:, 0], line[:, -1]) <= options.cop_margin_m)
        above = mask & (outside(_sole(foot, _HALF_WIDTH_M), outline).min(axis=1) <= 0)
        over = above & low.any(axis=1)
        along[side] = near & above
        on_all = mask & _wholly_on(foot, floor, options.plate_margin_m)
        whole[side] = on_all.sum() >= max(options.min_inside * mask.sum(), 1) and (over | near).sum() > 0.5 * mask.sum()
        toes = low[:, 1] & foot.slow(options.stance_speed_m_s)[:, 1]
        touching[side] = mask & toes & (outside(line[:, -_TOES:], outline).min(axis=1) <= 0)
    pressing = {s: touching[s] | along[s] & (np.sum([along[o] for o in feet], axis=0) == 1) for s in feet}
    sure = [side for side in feet if pressing[side].sum() >= _PRESSING * shortest]
    across = [side for side in feet if whole[side]]
    if len(across) > 1 and len(sure) == 1:
        # The other one swings low over the plates.
        across = [side for side in across if side in sure]
    return pressing, across


def _wholly_on(foot: FootMotion, outlines: Array, margin_m: float) -> Mask:
    """Frames in which heel, toe and ankle each lie on one of several plates, (n,)."""
    three = np.concatenate([foot.sole[:, :2], foot.ankle[:, None]], axis=1)
    distance = np.min([outside(three, outline) for outline in outlines], axis=0)
    on: Mask = (distance <= margin_m).all(axis=1)
    return on


def _sole(foot: FootMotion, half_width_m: float) -> Array:
    """Points of the sole from the heel to the tips of the toes, in three rows, (n, points, 3)."""
    heel, along = foot.sole[:, :1], foot.sole[:, 1:2] - foot.sole[:, :1]
    along = along * [1.0, 0.0, 1.0]
    length = np.linalg.norm(along, axis=-1, keepdims=True)
    forward = along / np.where(length > 0, length, 1.0)
    across = half_width_m * np.cross(forward, [0.0, 1.0, 0.0])
    line = heel + np.linspace(0.0, 1.0, _ROW_POINTS)[:, None] * (along + _TIP_M * forward)
    return np.concatenate([line - across, line, line + across], axis=1)


def distance_to_sole(foot: FootMotion, points: Array) -> Array:
    """Return the horizontal distance of points (n, 3) from the line heel to tips of the toes, (n,), m."""
    line = _sole(foot, 0.0)
    return distance_to_line(points, line[:, 0], line[:, -1])


def sole_beside(foot: FootMotion, outline: Array) -> Array:
    """Return how far the line heel to tips of the toes is from a plate, (n,), m.

    At least half the width of a sole: of two soles on the plate none is nearer than the other.
    """
    return np.maximum(outside(_sole(foot, 0.0), outline).min(axis=1), _HALF_WIDTH_M)


def _next_to(one: Array, other: Array, gap_m: float) -> bool:
    """Return whether the outlines (4, 3) of two plates are at most `gap_m` apart, at one height."""
    if abs(one[:, 1].mean() - other[:, 1].mean()) > _SAME_HEIGHT_M:
        return False
    # The distance of convex outlines is one from a corner to an edge.
    distances = [distance_to_line(a[:, None], b, np.roll(b, -1, axis=0)).min() for a, b in ((one, other), (other, one))]
    return min(distances) <= gap_m or bool((outside(one, other) <= 0).any())


def _step_height(usable: dict[str, Mask], corners: Array, feet: dict[str, FootMotion], options: Contacts) -> float:
    """Return how high above the floor the foot stands that rests most on the plate, or the plate's stored height."""
    most, height = 0, float(np.mean(corners[:, 1]))
    for side, foot in feet.items():
        on_plate = outside(foot.sole[:, :2], corners) <= options.plate_margin_m
        still = usable[side] & foot.slow(options.stance_speed_m_s).any(axis=1)
        # Heel and toe count: a foot of which only the toes reach over the next step counts half.
        count = int(on_plate[still].sum())
        if count > most:
            lowest = np.fmin.reduce(foot.lift, axis=1)
            most, height = count, float(np.median(lowest[still & on_plate.any(axis=1)]))
    return height
