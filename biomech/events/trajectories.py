"""Kernels of kinematic events: foot strikes and foot offs from trajectories alone."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.config import Cycles
from biomech.config.detection import Detection
from biomech.signals.derivatives import derivative
from biomech.signals.filters import lowpass, runs

Array = NDArray[np.float64]


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
        NaN splits the curve; a peak next to a gap or at the curve's end is none.
    rate_hz : float
    prominence : float
        Least height above the higher of the two valleys next to the peak, unit of `x`.
    distance_s : float
        Least distance of two peaks, s; the lower one goes.

    Returns
    -------
    ndarray, shape (k,)
        s; vertex of the parabola through the three samples around each peak.
    """
    from scipy.signal import find_peaks  # here: its import takes half a second

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


def walking_events(motion: Motion, settings: Cycles) -> tuple[Array, Array]:
    """Foot strikes and foot offs of walking.

    Strike: the heel is farthest ahead of the pelvis; off: the toe is farthest behind it, both along the direction of
    progression, which serves overground and on a treadmill. Intervals of different direction are taken one by one; in a
    turn that no direction of progression follows, the pelvis's own smoothed heading serves.

    Parameters
    ----------
    motion : Motion
    settings : biomech.config.Cycles
        ``stride_min_s`` and ``detection``.

    Returns
    -------
    strikes, offs : ndarray
        s.

    References
    ----------
    Zeni JA, Richards JG, Higginson JS (2008). Two simple methods for determining gait events during treadmill and
    overground walking using kinematic data. Gait Posture 27:710-714.
    """
    how = settings.detection
    forward = facing(motion, how)
    ahead = ((motion.heel - motion.pelvis) * forward).sum(axis=-1)
    behind = ((motion.pelvis - motion.toe) * forward).sum(axis=-1)
    found: list[list[Array]] = [[], []]
    for first, end in _same_direction(forward):
        for curve, times in zip((ahead, behind), found, strict=True):
            piece = curve[first:end]
            peaks = local_maxima(piece, motion.rate_hz, prominence=how.swing_min_m, distance_s=settings.stride_min_s)
            times.append(peaks + first / motion.rate_hz)
    return _joined(found[0]), _joined(found[1])


def facing(motion: Motion, how: Detection) -> Array:
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
    cutoff = how.heading_cutoff_hz if motion.rate_hz > 4 * how.heading_cutoff_hz else None
    heading = lowpass(motion.heading * level, motion.rate_hz, cutoff)
    length = np.linalg.norm(heading, axis=-1, keepdims=True)
    heading = heading / np.where(length > 0.1, length, np.nan)  # a pelvis that lies has no heading
    cosine = (heading * motion.progression).sum(axis=-1)
    known = np.isfinite(cosine)
    turned = cosine[known] < np.cos(np.radians(how.turned_deg))
    if len(_same_direction(motion.progression)) > 1 or (known.any() and turned.mean() > how.turned_share):
        return heading
    return motion.progression


def running_events(motion: Motion, other_foot_height: ArrayLike, settings: Cycles) -> tuple[Array, Array]:
    """Foot strikes and foot offs of running.

    The heel's and foot's own curves lead the strike by a time that depends on the strike pattern, so the strike is taken
    from the pelvis: shortly before it falls fastest; it belongs to the foot that is lower then. Off: the knee's first
    fullest extension after mid-stance.

    Parameters
    ----------
    motion : Motion
    other_foot_height : array_like, shape (n,)
        Height of the middle of the other foot, m.
    settings : biomech.config.Cycles
        ``stride_min_s`` and ``detection``.

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
    rate, how = motion.rate_hz, settings.detection
    fall = -derivative(motion.pelvis[:, 1], rate)
    steps = local_maxima(fall, rate, prominence=how.pelvis_fall_m_s, distance_s=how.running_step_min_s)
    frame = np.clip(np.round(steps * rate).astype(int), 0, len(fall) - 1)
    height = (motion.heel[:, 1] + motion.toe[:, 1]) / 2
    with np.errstate(invalid="ignore"):
        strikes = steps[height[frame] < np.asarray(other_foot_height)[frame]] - how.running_strike_lead_s
    strikes = strikes[strikes >= 0]
    straight = local_maxima(-motion.knee_flexion, rate, prominence=how.knee_extension_deg, distance_s=0.0)
    before_next = np.append(strikes[1:], np.inf) - how.swing_min_share * settings.stride_min_s
    latest = np.minimum(before_next, strikes + how.contact_max_s)
    return strikes, _first_after(straight, strikes + how.contact_min_s, latest)


def landing_events(motion: Motion, how: Detection) -> tuple[Array, Array]:
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
        prominence=how.foot_fall_m_s,
        distance_s=how.landing_gap_s,
    )
    strikes = np.array([min(_stopped(fall, rate, landing, how) for fall in falls) for landing in landings])
    strikes = strikes[np.isfinite(strikes)]
    straight = local_maxima(-motion.knee_flexion, rate, prominence=how.knee_extension_deg, distance_s=0.0)
    return strikes, _first_after(straight, strikes + how.contact_min_s, np.append(strikes[1:], np.inf))


def turns(pelvis: Array, rate_hz: float, bounds: Sequence[tuple[float, float]], how: Detection) -> Array:
    """Return by how much the horizontal path of the pelvis turns to the left between two times.

    Parameters
    ----------
    pelvis : ndarray, shape (n, 3)
        m, Y up.
    rate_hz : float
    bounds : sequence of (float, float)
        From when to when, s; the direction at each is that of the mean velocity over `path_direction_s` before and after.

    how : Detection

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
            velocity[
                max(round((t - how.path_direction_s) * rate_hz), 0) : round((t + how.path_direction_s) * rate_hz) + 1,
                [0, 2],
            ]
            for t in pair
        )
        before, after = before[np.isfinite(before).all(axis=1)], after[np.isfinite(after).all(axis=1)]
        if len(before) and len(after):
            (x0, z0), (x1, z1) = before.mean(axis=0), after.mean(axis=0)
            # with Y up and Z to the right of X, left is -Z
            out[i] = np.degrees(np.arctan2(z0 * x1 - x0 * z1, x0 * x1 + z0 * z1))
    return out


def _stopped(fall: Array, rate_hz: float, about: float, how: Detection) -> float:
    """Return when a point of the foot has lost half of its fastest fall about a landing, s; infinite if it does not."""
    first, end = max(round((about - how.foot_stop_s) * rate_hz), 0), round((about + how.foot_stop_s) * rate_hz) + 1
    piece = fall[first:end]
    if len(piece) < 2 or not np.isfinite(piece).all():
        return np.inf
    fastest = first + int(piece.argmax())
    half = fall[fastest] / 2
    if 2 * half < how.foot_fall_m_s / 2:
        return np.inf
    with np.errstate(invalid="ignore"):
        slower = np.flatnonzero(fall[fastest + 1 : fastest + 1 + round(2 * how.foot_stop_s * rate_hz)] <= half)
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
