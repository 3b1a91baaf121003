"""Kernels of kinematic events: when feet strike and leave the ground, from trajectories alone."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import find_peaks

from biomech.signals.derivatives import derivative
from biomech.signals.filters import lowpass, runs

Array = NDArray[np.float64]

# Swing of the heel against the pelvis (half a step and more) against ripples of the same curve in stance.
_MIN_SWING_M = 0.1
# Milner & Paquette 2015 (J Biomech 48:3502): strike 15 ms before the pelvis falls fastest, whatever the strike pattern;
# 22 to 27 ms at 11 to 15 km/h in a later comparison (J Biomech 2021, doi 10.1016/j.jbiomech.2021.110419).
_RUNNING_STRIKE_LEAD_S = 0.02
_MIN_PELVIS_FALL_M_S = 0.3
_MIN_STEP_S = 0.2
# A trial whose pelvis faces this far away from the direction of progression for this share of its frames is a turn.
_TURNED_DEG, _TURNED_SHARE = 25.0, 0.1
_HEADING_CUTOFF_HZ = 1.0
_MIN_KNEE_EXTENSION_DEG = 3.0
_MIN_FOOT_FALL_M_S = 0.8
_MIN_LANDING_GAP_S = 0.3
# heel and toe of one foot are stopped within this of the middle's fastest fall
_STOP_S = 0.06
# the pelvis's direction at a bound is its mean over this long before and after
_DIRECTION_S = 0.05


@dataclass(frozen=True)
class Motion:
    """What kinematic events are found from, in lab axes (Y up): one side of a trial, and the pelvis.

    Attributes
    ----------
    heel, toe, pelvis : ndarray, shape (n, 3)
        Positions, m.
    progression : ndarray, shape (n, 3)
        Horizontal unit vector of the direction of progression.
    knee_flexion : ndarray, shape (n,)
        Degrees.
    rate_hz : float
    heading : ndarray, shape (n, 3), optional
        Anterior axis of the pelvis.
    """

    heel: Array
    toe: Array
    pelvis: Array
    progression: Array
    knee_flexion: Array
    rate_hz: float
    heading: Array | None = None


def local_maxima(x: ArrayLike, rate_hz: float, *, prominence: float, distance_s: float) -> Array:
    """Return the times of the peaks of a curve, to a fraction of a frame.

    Parameters
    ----------
    x : array_like, shape (n,)
        NaN splits the curve; a peak beside a gap or at the curve's end is none.
    rate_hz : float
    prominence : float
        Least height above the higher of the two valleys beside the peak, unit of `x`.
    distance_s : float
        Least distance of two peaks, s; the lower one goes.

    Returns
    -------
    ndarray, shape (k,)
        s; vertex of the parabola through the three samples around each peak.
    """
    x = np.asarray(x, dtype=float)
    times = []
    for first, end in runs(np.isfinite(x)):
        piece = x[first:end]
        peaks, _ = find_peaks(piece, prominence=prominence, distance=max(1, round(distance_s * rate_hz)))
        left, mid, right = piece[peaks - 1], piece[peaks], piece[peaks + 1]
        bend = left - 2 * mid + right
        shift = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, 1.0), 0.0)
        times.append((first + peaks + shift) / rate_hz)
    return np.concatenate(times) if times else np.array([])


def walking_events(motion: Motion, min_stride_s: float = 0.4) -> tuple[Array, Array]:
    """Foot strikes and foot offs of walking.

    Strike: the heel is farthest ahead of the pelvis; off: the toe is farthest behind it, both along the direction of
    progression, which serves overground and on a treadmill. Stretches of different direction are taken one by one; in a
    turn that no direction of progression follows, the pelvis's own smoothed heading serves.

    Parameters
    ----------
    motion : Motion
    min_stride_s : float
        Least time between two strikes of a foot.

    Returns
    -------
    strikes, offs : ndarray
        s.

    References
    ----------
    Zeni JA, Richards JG, Higginson JS (2008). Two simple methods for determining gait events during treadmill and
    overground walking using kinematic data. Gait Posture 27:710-714.
    """
    forward = facing(motion)
    ahead = ((motion.heel - motion.pelvis) * forward).sum(axis=-1)
    behind = ((motion.pelvis - motion.toe) * forward).sum(axis=-1)
    found: list[list[Array]] = [[], []]
    for first, end in _same_direction(forward):
        for curve, times in zip((ahead, behind), found, strict=True):
            peaks = local_maxima(curve[first:end], motion.rate_hz, prominence=_MIN_SWING_M, distance_s=min_stride_s)
            times.append(peaks + first / motion.rate_hz)
    return _joined(found[0]), _joined(found[1])


def facing(motion: Motion) -> Array:
    """Direction of progression of every frame, or the pelvis's smoothed heading in a trial that turns.

    A trial turns if its direction of progression changes, or if the pelvis does not follow it.

    Returns
    -------
    ndarray, shape (n, 3)
        Horizontal unit vectors; NaN where unknown.
    """
    if motion.heading is None:
        return motion.progression
    level = np.array([1.0, 0.0, 1.0])
    cutoff = _HEADING_CUTOFF_HZ if motion.rate_hz > 4 * _HEADING_CUTOFF_HZ else None
    heading = lowpass(motion.heading * level, motion.rate_hz, cutoff)
    length = np.linalg.norm(heading, axis=-1, keepdims=True)
    heading = heading / np.where(length > 0.1, length, np.nan)
    cosine = (heading * motion.progression).sum(axis=-1)
    known = np.isfinite(cosine)
    turned = cosine[known] < np.cos(np.radians(_TURNED_DEG))
    if len(_same_direction(motion.progression)) > 1 or (known.any() and turned.mean() > _TURNED_SHARE):
        return heading
    return motion.progression


def running_events(motion: Motion, other_foot_height: ArrayLike, min_stride_s: float = 0.4) -> tuple[Array, Array]:
    """Foot strikes and foot offs of running.

    The heel's and foot's own curves lead the strike by a time that depends on the strike pattern, so the strike is taken
    from the pelvis: shortly before it falls fastest; it belongs to the foot that is lower then. Off: the knee's first
    fullest extension after mid-stance.

    Parameters
    ----------
    motion : Motion
    other_foot_height : array_like, shape (n,)
        Height of the middle of the other foot, m.
    min_stride_s : float
        Least time between two strikes of a foot.

    Returns
    -------
    strikes, offs : ndarray
        s.

    References
    ----------
    Milner CE, Paquette MR (2015). A kinematic method to detect foot contact during running for all foot strike patterns.
    J Biomech 48:3502-3505. Fellin RE et al. (2010). Comparison of methods for kinematic identification of footstrike and
    toe-off during overground and treadmill running. J Sci Med Sport 13:646-650.
    """
    rate = motion.rate_hz
    fall = -derivative(motion.pelvis[:, 1], rate)
    steps = local_maxima(fall, rate, prominence=_MIN_PELVIS_FALL_M_S, distance_s=_MIN_STEP_S)
    frame = np.clip(np.round(steps * rate).astype(int), 0, len(fall) - 1)
    height = (motion.heel[:, 1] + motion.toe[:, 1]) / 2
    with np.errstate(invalid="ignore"):
        strikes = steps[height[frame] < np.asarray(other_foot_height)[frame]] - _RUNNING_STRIKE_LEAD_S
    strikes = strikes[strikes >= 0]
    straight = local_maxima(-motion.knee_flexion, rate, prominence=_MIN_KNEE_EXTENSION_DEG, distance_s=0.0)
    latest = np.minimum(np.append(strikes[1:], np.inf) - 0.3 * min_stride_s, strikes + 0.6)
    return strikes, _first_after(straight, strikes + 0.1, latest)


def landing_events(motion: Motion) -> tuple[Array, Array]:
    """Foot strikes and foot offs of landings and cuts without a plate.

    Strike: heel or toe, whichever is first, has lost half of its fastest fall (a falling foot is stopped by the ground
    alone; a low-pass filter spreads the stop evenly before and after the contact); off: the knee's first fullest extension
    after it has bent.

    Returns
    -------
    strikes, offs : ndarray
        s.
    """
    rate = motion.rate_hz
    falls = [-derivative(point[:, 1], rate) for point in (motion.heel, motion.toe)]
    middle = (falls[0] + falls[1]) / 2
    landings = local_maxima(
        np.where(middle > 0, middle, 0.0) + np.where(np.isfinite(middle), 0.0, np.nan),
        rate,
        prominence=_MIN_FOOT_FALL_M_S,
        distance_s=_MIN_LANDING_GAP_S,
    )
    strikes = np.array([min(_stopped(fall, rate, landing) for fall in falls) for landing in landings])
    strikes = strikes[np.isfinite(strikes)]
    straight = local_maxima(-motion.knee_flexion, rate, prominence=_MIN_KNEE_EXTENSION_DEG, distance_s=0.0)
    return strikes, _first_after(straight, strikes + 0.1, np.append(strikes[1:], np.inf))


def turns(pelvis: Array, rate_hz: float, bounds: Sequence[tuple[float, float]]) -> Array:
    """Return by how much the horizontal path of the pelvis turns to the left between two times.

    Parameters
    ----------
    pelvis : ndarray, shape (n, 3)
        m, Y up.
    rate_hz : float
    bounds : sequence of (float, float)
        From when to when, s; the direction at each is that of the mean velocity over 50 ms before and after.

    Returns
    -------
    ndarray, shape (len(bounds),)
        Degrees, -180 to 180; NaN where the pelvis was not recorded about a bound.
    """
    velocity = derivative(pelvis, rate_hz)
    out = np.full(len(bounds), np.nan)
    for i, pair in enumerate(bounds):
        if not np.isfinite(pair).all():
            continue
        before, after = (
            velocity[max(round((t - _DIRECTION_S) * rate_hz), 0) : round((t + _DIRECTION_S) * rate_hz) + 1, [0, 2]]
            for t in pair
        )
        before, after = before[np.isfinite(before).all(axis=1)], after[np.isfinite(after).all(axis=1)]
        if len(before) and len(after):
            (x0, z0), (x1, z1) = before.mean(axis=0), after.mean(axis=0)
            # with Y up and Z to the right of X, left is -Z
            out[i] = np.degrees(np.arctan2(z0 * x1 - x0 * z1, x0 * x1 + z0 * z1))
    return out


def _stopped(fall: Array, rate_hz: float, about: float) -> float:
    """Return when a point of the foot has lost half of its fastest fall about a landing, s; infinite if it does not."""
    first, end = max(round((about - _STOP_S) * rate_hz), 0), round((about + _STOP_S) * rate_hz) + 1
    piece = fall[first:end]
    if len(piece) < 2 or not np.isfinite(piece).all():
        return np.inf
    fastest = first + int(piece.argmax())
    half = fall[fastest] / 2
    if 2 * half < _MIN_FOOT_FALL_M_S / 2:
        return np.inf
    with np.errstate(invalid="ignore"):
        slower = np.flatnonzero(fall[fastest + 1 : fastest + 1 + round(2 * _STOP_S * rate_hz)] <= half)
    if not len(slower):
        return np.inf
    after = fastest + 1 + int(slower[0])
    return float((after - 1 + (fall[after - 1] - half) / (fall[after - 1] - fall[after])) / rate_hz)


def _same_direction(progression: Array) -> NDArray[np.intp]:
    """Return the runs of frames (first, one past last) over which the direction of progression does not change."""
    known = np.isfinite(progression).all(axis=-1)
    out = []
    for first, end in runs(known):
        turns = np.flatnonzero(np.abs(np.diff(progression[first:end], axis=0)).max(axis=-1) > 1e-6) + 1
        # a direction that turns all the time is one curve, not as many as there are frames
        edges = np.concatenate(([0], turns if len(turns) < (end - first) / 10 else [], [end - first])).astype(int)
        out += [(first + a, first + b) for a, b in itertools.pairwise(edges)]
    return np.array(out, dtype=np.intp).reshape(-1, 2)


def _first_after(candidates: Array, earliest: Array, latest: Array) -> Array:
    """Return the first candidate inside each (earliest, latest), where there is one."""
    index = np.searchsorted(candidates, earliest)
    found = np.append(candidates, np.inf)[index]
    return found[(found <= latest) & np.isfinite(found)]


def _joined(parts: list[Array]) -> Array:
    return np.concatenate(parts) if parts else np.array([])
