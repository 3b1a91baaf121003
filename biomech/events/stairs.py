"""Events of stair walking: foot contact and foot off at any height, and the step of each contact."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.config import Cycles
from biomech.events.trajectories import Motion, facing
from biomech.signals.derivatives import derivative
from biomech.signals.filters import runs

Array = NDArray[np.float64]


def stairs_events(motion: Motion, settings: Cycles) -> tuple[Array, Array]:
    """Foot strikes and foot offs on stairs, from the speed of heel and toe in the sagittal plane.

    Strike: the slower of heel and toe (either may land first) comes to rest; off: both move again. Heights do not count,
    so every step is found.

    Parameters
    ----------
    motion : Motion
    settings : biomech.config.Cycles
        ``stairs_foot_speed_m_s``: slower is at rest; ``detection``.

    Returns
    -------
    strikes, offs : ndarray
        s, to a fraction of a frame.

    References
    ----------
    Ghoussayni S, Stevens C, Durham S, Ewins D (2004). Assessment and validation of a simple automated method for the
    detection of gait events and intervals. Gait Posture 20:266-272.
    """
    rate, rest_m_s, how = motion.rate_hz, settings.stairs_foot_speed_m_s, settings.detection
    forward = facing(motion, how)
    speeds = []
    for point in (motion.heel, motion.toe):
        velocity = derivative(point, rate)
        speeds.append(np.hypot((velocity * forward).sum(axis=-1), velocity[:, 1]))
    speed = np.fmin(*speeds)
    with np.errstate(invalid="ignore"):
        rest = speed < rest_m_s
    known = np.isfinite(speed)
    for first, end in runs(~rest & known):
        inside = first > 0 and end < len(rest) and rest[first - 1] and rest[end]
        if inside and (end - first) / rate < how.stairs_move_min_s:
            rest[first:end] = True
    strikes, offs = [], []
    for first, end in runs(rest):
        # a rest at an end of the recording or next to a gap may be the rest of a long one, but only its inner bound is seen
        begins, ends = first > 0 and bool(known[first - 1]), end < len(rest) and bool(known[end])
        if begins and ends and (end - first) / rate < how.stairs_rest_min_s:
            continue
        if begins:
            strikes.append(_crossing(speed, first, rest_m_s, rate))
        if ends:
            offs.append(_crossing(speed, end, rest_m_s, rate))
    return np.array(strikes), np.array(offs)


def standing_height(foot: Array, rate_hz: float, strike: float, off: float, flat: tuple[float, float]) -> float:
    """Return the median height of a foot while it lies flat between strike and off, m; NaN where it is not recorded.

    Parameters
    ----------
    foot : ndarray, shape (n, 3)
        A point of the foot.
    rate_hz : float
    strike, off : float
        s; a stance that the recording cuts counts as far as it was recorded.
    flat : tuple of float
        Shares of stance between which the foot lies flat.
    """
    if not np.isfinite([strike, off]).all():
        return np.nan
    first, last = (strike + share * (off - strike) for share in flat)
    height = foot[max(round(first * rate_hz), 0) : round(last * rate_hz) + 1, 1]
    height = height[np.isfinite(height)]
    return float(np.median(height)) if len(height) else np.nan


def step_numbers(heights: ArrayLike, step_min_m: float) -> Array:
    """Number the steps on which feet stand.

    Parameters
    ----------
    heights : array_like, any shape
        Heights of standing places, m.
    step_min_m : float
        Sorted by height, places nearer to each other than this are one step.

    Returns
    -------
    ndarray, same shape
        0 for the lowest; NaN where the height is.
    """
    heights = np.asarray(heights, dtype=float)
    out = np.full(heights.shape, np.nan)
    known = np.isfinite(heights)
    if known.any():
        order = np.sort(heights[known])
        edges = (order[1:] + order[:-1])[np.diff(order) > step_min_m] / 2
        out[known] = np.searchsorted(edges, heights[known])
    return out


def _crossing(speed: Array, index: int, level: float, rate_hz: float) -> float:
    before, after = speed[index - 1], speed[index]
    return float((index - 1 + (level - before) / (after - before)) / rate_hz)
