"""Which of two movements comes first, and how they go together: NumPy over repetitions.

Curves are angles in degrees whose positive direction is that of the medial collapse. A lead is the time of the distal
movement less that of the proximal one: positive where the proximal (hip) comes first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

Array = NDArray[np.float64]

ONSET_SHARE = 0.1  # of the excursion, and of the largest velocity
HOLD_S = 0.02
LEAST_EXCURSION_DEG = 2.0  # a smaller movement has no onset: it is the size of the error of the angles
LARGEST_LAG_S = 0.15
LEAST_CORRELATION = 0.5  # curves that agree less at every lag are not the same movement at two times
STILL_DEG_S = 5.0  # slower coupled movements have no direction: 0.05 degrees a frame at 100 Hz
STEP_S = 0.001
COARSE = 4  # milliseconds: lags are refined between steps by a parabola
# Chang et al. 2008, J Biomech 41:3101: bins of 45 degrees about the axes and diagonals of the angle-angle plot
PHASES = ("proximal", "in_phase", "distal", "anti_phase")


def in_time(curve: ArrayLike, first: float, last: float, duration_s: float) -> Array:
    """Return one cycle's curve between two percents, every millisecond.

    A cubic spline through the 101 points: they are a filtered curve sampled 30 to 300 times a second, far above twice
    its cutoff, so the spline gives back what lay between them.

    Parameters
    ----------
    curve : (..., 101) array
        Points at equal steps over the cycle.
    first, last : float
        %, within 0 to 100.
    duration_s : float
        Of the whole cycle.

    Returns
    -------
    (..., n) array
        NaN throughout where a point of the curve is missing.
    """
    y = np.asarray(curve, dtype=float)
    span = (last - first) / 100.0 * duration_s
    time = first / 100.0 * duration_s + STEP_S * np.arange(int(np.floor(span / STEP_S + 1e-9)) + 1)
    whole = np.isfinite(y).all(axis=-1, keepdims=True)
    spline = CubicSpline(np.linspace(0.0, duration_s, y.shape[-1]), np.where(whole, y, 0.0), axis=-1)
    return np.where(whole, spline(time), np.nan)


def each_in_time(curves: Array, first: Array, last: Array, duration_s: Array) -> list[Array]:
    """Return every cycle's curve as `in_time` does, each with bounds and length of its own.

    The splines of all cycles are fitted at once, over percent: one by one they were half the time of a session's metrics.

    Parameters
    ----------
    curves : (cycle, 101) array
    first, last : (cycle,) array
        %, within 0 to 100.
    duration_s : (cycle,) array

    Returns
    -------
    list of (n,) arrays
        NaN throughout where a point of the curve is missing; three NaN where a bound is, or nothing lies between them.
    """
    whole = np.asarray(np.isfinite(curves).all(axis=-1))
    usable = np.isfinite([first, last, duration_s]).all(axis=0) & (np.minimum(last - first, duration_s) > 0)
    pieces = curves.shape[-1] - 1
    parts = CubicSpline(np.linspace(0.0, 100.0, pieces + 1), np.where(whole[:, None], curves, 0.0).T).c
    out = []
    for i in range(len(curves)):
        if not usable[i]:
            out.append(np.full(3, np.nan))
            continue
        span = (last[i] - first[i]) / 100.0 * duration_s[i]
        n = int(np.floor(span / STEP_S + 1e-9)) + 1
        if not whole[i]:
            out.append(np.full(n, np.nan))
            continue
        place = first[i] + 100.0 * STEP_S / duration_s[i] * np.arange(n)
        piece = np.minimum(place * (pieces / 100.0), pieces - 1).astype(int)
        a, b, c, d = parts[:, piece, i]
        x = place - piece * (100.0 / pieces)
        out.append(((a * x + b) * x + c) * x + d)
    return out


def onset(curve: ArrayLike, share: float = ONSET_SHARE, hold_s: float = HOLD_S, step_s: float = STEP_S) -> Array:
    """When a movement begins: it passes a share of its excursion and stays beyond it.

    The excursion reaches from the lowest point before the peak to the peak.

    Parameters
    ----------
    curve : (..., n) array
        degree, at equal steps.
    share : float
        Of the excursion.
    hold_s, step_s : float
        How long the curve must stay beyond; time between its samples.

    Returns
    -------
    (...,) array
        s after the first sample, linear between samples; NaN where a sample is missing or the excursion is smaller than
        `LEAST_EXCURSION_DEG`.
    """
    y = np.asarray(curve, dtype=float)
    seen = np.isfinite(y).all(axis=-1)
    y = np.where(seen[..., None], y, 0.0)
    place = np.arange(y.shape[-1])
    peak = y.argmax(axis=-1)
    before = place <= peak[..., None]
    low = np.where(before, y, np.inf).argmin(axis=-1)
    bottom, top = (np.take_along_axis(y, at[..., None], axis=-1)[..., 0] for at in (low, peak))
    level = bottom + share * (top - bottom)
    crossed = _held(y >= level[..., None], hold_s, step_s) & (place > low[..., None])
    found = _crossing(y, level, crossed, step_s)
    return np.where(seen & (top - bottom >= LEAST_EXCURSION_DEG), found, np.nan)


def velocity_onset(
    curve: ArrayLike, share: float = ONSET_SHARE, hold_s: float = HOLD_S, step_s: float = STEP_S
) -> Array:
    """When a movement begins by its velocity: it passes a share of its largest velocity on the way to the peak.

    Parameters and result as of `onset`.
    """
    y = np.asarray(curve, dtype=float)
    enough = np.isfinite(onset(y, share, hold_s, step_s))
    rate = velocity(np.where(enough[..., None], y, 0.0), step_s)
    rising = np.arange(y.shape[-1]) <= y.argmax(axis=-1)[..., None]
    level = share * np.where(rising, rate, -np.inf).max(axis=-1)
    fast = rate >= level[..., None]
    # the stretch of fast movement that holds the largest velocity: earlier jerks are not its beginning
    fastest = np.where(rising, rate, -np.inf).argmax(axis=-1)
    place = np.arange(y.shape[-1])
    slow_before = np.where(~fast & (place <= fastest[..., None]), place, -1).max(axis=-1)
    crossed = fast & (place > slow_before[..., None]) & _held(fast, hold_s, step_s)
    return np.where(enough, _crossing(rate, level, crossed, step_s), np.nan)


def velocity(curve: ArrayLike, step_s: float = STEP_S) -> Array:
    """Angular velocity by central differences, degree/s."""
    return np.asarray(np.gradient(np.asarray(curve, dtype=float), step_s, axis=-1))


@dataclass(frozen=True)
class Correlation:
    """Lagged cross-correlation of two curves.

    Attributes
    ----------
    lag : (...,) array
        s, at which they agree best; positive where the proximal comes first.
    r : (...,) array
        Their correlation there.
    p : (...,) array
        Share of circular shifts beyond the largest lag that correlate as well.
    """

    lag: Array
    r: Array
    p: Array


def correlation(
    proximal: ArrayLike, distal: ArrayLike, largest_lag_s: float = LARGEST_LAG_S, step_s: float = STEP_S
) -> Correlation:
    """Lag at which two z-scored curves agree best.

    Of angular velocities (`velocity`) as most studies do, or of the angles themselves, whose lag is three to six times as
    precise in slow movements: differentiation spends what the camera's noise leaves.

    Parameters
    ----------
    proximal, distal : (..., n) array
        degree or degree/s, at equal steps.
    largest_lag_s : float
        Lags up to this are tried, less in windows shorter than three times as long.

    Returns
    -------
    Correlation
        NaN where a sample is missing or nothing moves. The lag is refined by a parabola, and NaN where the best one is
        the largest that was tried or the correlation there is below `LEAST_CORRELATION`.
    """
    a, b = np.asarray(proximal, dtype=float), np.asarray(distal, dtype=float)
    n = a.shape[-1]
    reach = min(round(largest_lag_s / step_s), n // 3)
    if reach < 1:
        missing = np.full(a.shape[:-1], np.nan)
        return Correlation(missing, missing, missing)
    shifts = np.arange(-reach, reach + 1)
    r = _pearson(a, b, reach)
    known = np.asarray(np.isfinite(r).all(axis=-1))
    safe = np.where(known[..., None], r, -1.0)
    best = safe.argmax(axis=-1)
    inner = np.clip(best, 1, len(shifts) - 2)
    left, middle, right = (np.take_along_axis(safe, (inner + k)[..., None], -1)[..., 0] for k in (-1, 0, 1))
    bend = left - 2 * middle + right
    with np.errstate(invalid="ignore", divide="ignore"):
        fraction = np.where(bend < 0, 0.5 * (left - right) / bend, 0.0)
    top = np.take_along_axis(safe, best[..., None], -1)[..., 0]
    lag = np.where(known & (best == inner) & (top >= LEAST_CORRELATION), (shifts[inner] + fraction) * step_s, np.nan)
    return Correlation(lag, np.where(known, top, np.nan), np.where(known, _chance(a, b, top, reach), np.nan))


def coupling_angle(proximal: ArrayLike, distal: ArrayLike, step_s: float | ArrayLike) -> Array:
    """Direction of the angle-angle plot from each sample to the next.

    Parameters
    ----------
    proximal, distal : (..., n) array
        degree.
    step_s : float or (...,) array
        Time between samples.

    Returns
    -------
    (..., n - 1) array
        degree, 0 to 360: 0 proximal alone, 90 distal alone; NaN where both together are slower than `STILL_DEG_S`.

    References
    ----------
    Chang et al. 2008, J Biomech 41:3101, with the arctangent of two arguments: that of the quotient, as printed, cannot
    tell opposite directions apart.
    """
    x, y = (np.diff(np.asarray(v, dtype=float), axis=-1) for v in (proximal, distal))
    still = np.hypot(x, y) < STILL_DEG_S * np.asarray(step_s, dtype=float)[..., None]
    return np.where(still, np.nan, np.mod(np.degrees(np.arctan2(y, x)), 360.0))


def phase_shares(angle: ArrayLike) -> dict[str, Array]:
    """Share of each coordination phase in the samples that move, %.

    Parameters
    ----------
    angle : (..., n) array
        Of `coupling_angle`.

    Returns
    -------
    dict of str to (...,) array
        Keys of `PHASES`; NaN where nothing moves.
    """
    gamma = np.asarray(angle, dtype=float)
    seen = np.isfinite(gamma)
    sector = np.floor(np.mod(np.where(seen, gamma, 0.0) + 22.5, 180.0) / 45.0)
    with np.errstate(invalid="ignore"):
        return {
            name: 100.0 * ((sector == k) & seen).sum(axis=-1) / np.where(seen.any(axis=-1), seen.sum(axis=-1), np.nan)
            for k, name in enumerate(PHASES)
        }


def circular_mean(angle: ArrayLike, axis: int = 0) -> Array:
    """Mean direction, degrees 0 to 360, over what is not missing."""
    resultant = _resultant(angle, axis)
    return np.mod(np.degrees(np.angle(resultant)), 360.0)


def coupling_variability(angle: ArrayLike, axis: int = 0) -> Array:
    """Variability of coupling angles over repetitions, degrees: ``(180 / pi) sqrt(2 (1 - |mean direction|))``.

    References
    ----------
    Batschelet 1981, Circular Statistics in Biology (angular deviation); Hamill et al. 2000, Clin Biomech 15:45.
    """
    return np.degrees(np.sqrt(2.0 * (1.0 - np.minimum(np.abs(_resultant(angle, axis)), 1.0))))


def relative_phase(proximal: ArrayLike, distal: ArrayLike) -> Array:
    """Continuous relative phase, proximal less distal, degrees within +-180; positive where the proximal is ahead.

    Both curves are centred on the middle of their range; the phase is that of the analytic signal, computed over a curve
    continued by its mirror image on both sides.

    Parameters
    ----------
    proximal, distal : (..., n) array
        degree; a missing sample makes the repetition missing.

    References
    ----------
    Lamb & Stöckl 2014, Clin Biomech 29:484.
    """
    difference = _phase(np.asarray(proximal, float)) - _phase(np.asarray(distal, float))
    return np.degrees(np.angle(np.exp(1j * difference)))


def mean_relative_phase(crp: ArrayLike) -> Array:
    """Mean absolute relative phase of the mean over repetitions (axis 0), degrees (Stergiou 2004, ch. 4)."""
    resultant = _resultant(crp, 0)
    return np.asarray(np.mean(np.abs(np.degrees(np.angle(resultant))), axis=-1))


def deviation_phase(crp: ArrayLike) -> Array:
    """Mean over the window of the circular standard deviation over repetitions (axis 0), degrees (Stergiou 2004, ch. 4)."""
    length = np.clip(np.abs(_resultant(crp, 0)), 1e-12, 1.0)
    return np.asarray(np.mean(np.degrees(np.sqrt(-2.0 * np.log(length))), axis=-1))


def _held(beyond: NDArray[np.bool_], hold_s: float, step_s: float) -> NDArray[np.bool_]:
    """Samples from which on the condition holds for `hold_s`, or to the end of the window."""
    samples = max(1, round(hold_s / step_s))
    padded = np.concatenate([beyond, np.ones((*beyond.shape[:-1], samples), dtype=bool)], axis=-1)
    total = np.cumsum(padded, axis=-1)
    total = np.concatenate([np.zeros((*beyond.shape[:-1], 1), dtype=int), total], axis=-1)
    return beyond & (total[..., samples:][..., : beyond.shape[-1]] - total[..., : beyond.shape[-1]] == samples)


def _crossing(y: Array, level: Array, crossed: NDArray[np.bool_], step_s: float) -> Array:
    """Time of the first crossing, linear between the sample before it and it; NaN where there is none."""
    first = np.asarray(crossed.argmax(axis=-1))
    previous = np.maximum(first - 1, 0)
    after, before = (np.take_along_axis(y, at[..., None], axis=-1)[..., 0] for at in (first, previous))
    rise = after - before
    with np.errstate(invalid="ignore", divide="ignore"):
        back = np.where(rise > 0, np.clip((after - level) / rise, 0.0, 1.0), 0.0) * (first > 0)
    return np.where(crossed.any(axis=-1), (first - back) * step_s, np.nan)


def _pearson(a: Array, b: Array, reach: int) -> Array:
    """Correlation of the overlapping parts at every shift of `b` against `a` from ``-reach`` to ``reach``, (..., 2 reach + 1).

    From running sums, so that no overlap is cut out; the mean is taken away first, or rounding would eat the variance.
    """
    n = a.shape[-1]
    shifts = np.arange(-reach, reach + 1)
    a, b = (v - v.mean(axis=-1, keepdims=True) for v in (a, b))
    # sum of a[i] b[i + k]: zeros behind both keep the ends from meeting
    size = 2 * n
    product = np.fft.irfft(np.conj(np.fft.rfft(a, size)) * np.fft.rfft(b, size), size)[..., shifts % size]
    first, last = np.maximum(0, -shifts), n - np.maximum(0, shifts)
    count = last - first

    def sums(v: Array, start: NDArray[np.int_], end: NDArray[np.int_]) -> tuple[Array, Array]:
        running = [np.concatenate([np.zeros((*w.shape[:-1], 1)), np.cumsum(w, axis=-1)], axis=-1) for w in (v, v * v)]
        return running[0][..., end] - running[0][..., start], running[1][..., end] - running[1][..., start]

    a_sum, a_square = sums(a, first, last)
    b_sum, b_square = sums(b, first + shifts, last + shifts)
    spread = [np.maximum(square - total**2 / count, 0.0) for total, square in ((a_sum, a_square), (b_sum, b_square))]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((product - a_sum * b_sum / count) / np.sqrt(spread[0] * spread[1]))


def _chance(a: Array, b: Array, top: Array, reach: int) -> Array:
    """Share of circular shifts beyond the lags that were tried whose correlation is at least `top`."""
    n = a.shape[-1]
    a, b = (np.where(np.isfinite(v).all(axis=-1, keepdims=True), v, 0.0) for v in (a, b))
    a, b = (v - v.mean(axis=-1, keepdims=True) for v in (a, b))
    scale = np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))
    circular = np.fft.irfft(np.conj(np.fft.rfft(a)) * np.fft.rfft(b), n) / np.where(scale > 0, scale, np.nan)[..., None]
    beyond = circular[..., reach + 1 : n - reach]
    return (1.0 + (beyond >= top[..., None]).sum(axis=-1)) / (1.0 + beyond.shape[-1])


def _resultant(angle: ArrayLike, axis: int) -> NDArray[np.complex128]:
    """Mean of unit vectors along an axis, over what is not missing; NaN where all is."""
    gamma = np.asarray(angle, dtype=float)
    seen = np.isfinite(gamma)
    vectors = np.where(seen, np.exp(1j * np.radians(np.where(seen, gamma, 0.0))), 0.0)
    count = seen.sum(axis=axis)
    return np.asarray(np.where(count > 0, vectors.sum(axis=axis) / np.maximum(count, 1), np.nan + 0j))


def _phase(y: Array) -> Array:
    from scipy.signal import hilbert

    n = y.shape[-1]
    whole = np.isfinite(y).all(axis=-1, keepdims=True)
    safe = np.where(whole, y, 0.0)
    centred = safe - (safe.max(axis=-1, keepdims=True) + safe.min(axis=-1, keepdims=True)) / 2
    # with its mirror image it is periodic without a jump, and stays centred
    phase = np.angle(hilbert(np.concatenate([centred, centred[..., -2:0:-1]], axis=-1), axis=-1))[..., :n]
    return np.where(whole, phase, np.nan)
