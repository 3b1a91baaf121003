"""Time lag between the onsets of two movements: NumPy over repetitions whose windows may differ in length.

Curves are angles in degrees whose positive direction is that of the medial collapse. A lead is the time of the distal
movement less that of the proximal one: positive where the proximal (hip) comes first. Rows of different length are in
one array, shorter ones continued by their last sample (`in_time`); `length` says how many samples of each are its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import next_fast_len

from biomech.config.outcomes import Coordination

Array = NDArray[np.float64]
Whole = NDArray[np.int_]

STEP_S = 0.001
COARSE = 4  # milliseconds: lags are refined between steps by a parabola


def in_time(curves: ArrayLike, first: ArrayLike, last: ArrayLike, duration_s: ArrayLike) -> tuple[Array, Whole]:
    """Return each cycle's curve between two percents, every millisecond.

    A cubic spline through the 101 points: they are a filtered curve sampled 30 to 300 times a second, far above twice
    its cutoff, so the spline gives back what lay between them.

    Parameters
    ----------
    curves : (cycle, 101) array
        Points at equal steps over the cycle.
    first, last : (cycle,) array
        %, within 0 to 100.
    duration_s : (cycle,) array
        Of the whole cycle.

    Returns
    -------
    curve : (cycle, n) array
        Continued by its last sample; NaN throughout where a point of the cycle or a bound is missing, or the window is
        shorter than 3 samples.
    length : (cycle,) array
        Samples within the window; 3 where there is none.
    """
    from scipy.interpolate import CubicSpline  # here: its import takes a third of a second

    y = np.asarray(curves, dtype=float)
    start, end, duration = (np.broadcast_to(np.asarray(v, float), len(y)) for v in (first, last, duration_s))
    bounded = np.isfinite([start, end, duration]).all(axis=0) & (duration > 0)
    start, end, duration = (np.where(bounded, v, usual) for v, usual in ((start, 0.0), (end, 0.0), (duration, 1.0)))
    length = np.floor((end - start) / 100.0 * duration / STEP_S + 1e-9).astype(int) + 1
    usable = bounded & (length >= 3)
    length = np.where(usable, length, 3)
    whole = usable & np.asarray(np.isfinite(y).all(axis=-1))
    pieces = y.shape[-1] - 1
    parts = CubicSpline(np.linspace(0.0, 100.0, pieces + 1), np.where(whole[:, None], y, 0.0).T).c
    sample = np.minimum(np.arange(length.max(initial=3)), length[:, None] - 1)
    place = start[:, None] + 100.0 * STEP_S / duration[:, None] * sample
    piece = np.clip(place * (pieces / 100.0), 0, pieces - 1).astype(int)
    row = np.arange(len(y))[:, None]
    x = place - piece * (100.0 / pieces)
    out = parts[0, piece, row]
    for part in parts[1:]:
        out = out * x + part[piece, row]
    return np.where(whole[:, None], out, np.nan), length


def onset(curve: ArrayLike, settings: Coordination | None = None, step_s: float = STEP_S) -> Array:
    """When a movement begins: it passes a share of its excursion and stays beyond it.

    The excursion reaches from the lowest point before the peak to the peak.

    Parameters
    ----------
    curve : (..., n) array
        degree, at equal steps.
    settings : Coordination, optional
        ``onset_share`` of the excursion, ``onset_hold_s``, ``least_excursion_deg``.
    step_s : float
        Time between samples.

    Returns
    -------
    (...,) array
        s after the first sample, linear between samples; NaN where a sample is missing or the excursion is too small.
    """
    settings = settings or Coordination()
    y = np.asarray(curve, dtype=float)
    seen = np.isfinite(y).all(axis=-1)
    y = np.where(seen[..., None], y, 0.0)
    place = np.arange(y.shape[-1])
    peak = y.argmax(axis=-1)
    before = place <= peak[..., None]
    low = np.where(before, y, np.inf).argmin(axis=-1)
    bottom, top = (_at(y, where) for where in (low, peak))
    level = bottom + settings.onset_share * (top - bottom)
    crossed = _held(y >= level[..., None], settings.onset_hold_s, step_s) & (place > low[..., None])
    found = _crossing(y, level, crossed, step_s)
    return np.where(seen & (top - bottom >= settings.least_excursion_deg), found, np.nan)


def rise_times(curve: ArrayLike, shares: ArrayLike, last: ArrayLike, step_s: float = STEP_S) -> Array:
    """When a movement has made given shares of its rise: of the way up only, whatever it does after its peak.

    The rise reaches from the lowest point before the peak to the peak; the time of a share is that from which on the curve stays
    beyond it up to the peak.

    Parameters
    ----------
    curve : (..., n) array
        degree, at equal steps.
    shares : (k,) array
        0 to 1, both excluded.
    last : (...,) int array
        Last sample at which the peak may lie.
    step_s : float
        Time between samples.

    Returns
    -------
    (..., k) array
        s after the first sample, linear between samples; NaN where a sample up to `last` is missing or nothing rises.
    """
    y, end = np.asarray(curve, dtype=float), np.asarray(last)
    place = np.arange(y.shape[-1])
    own = place <= end[..., None]
    seen = np.asarray((np.isfinite(y) | ~own).all(axis=-1))
    y = np.where(own & seen[..., None], y, 0.0)
    peak = np.where(own, y, -np.inf).argmax(axis=-1)
    low = np.where(place <= peak[..., None], y, np.inf).argmin(axis=-1)
    bottom, top = _at(y, low), _at(y, peak)
    out = []
    for share in np.asarray(shares, dtype=float):
        level = bottom + share * (top - bottom)
        below = (y < level[..., None]) & (place < peak[..., None]) & (place >= low[..., None])
        before = np.where(below, place, -1).max(axis=-1)
        known = seen & (before >= 0)
        before = np.maximum(before, 0)
        first, second = _at(y, before), _at(y, np.minimum(before + 1, y.shape[-1] - 1))
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.where(second > first, (level - first) / (second - first), 0.0)
        out.append(np.where(known, (before + part) * step_s, np.nan))
    return np.stack(out, axis=-1)


def velocity_onset(
    curve: ArrayLike,
    settings: Coordination | None = None,
    step_s: float = STEP_S,
    length: Whole | None = None,
    known: ArrayLike | None = None,
) -> Array:
    """When a movement begins by its velocity: it passes a share of its largest velocity on the way to the peak.

    Parameters and result as of `onset`, whose result may be given as `known`.
    """
    settings = settings or Coordination()
    y = np.asarray(curve, dtype=float)
    enough = np.isfinite(onset(y, settings, step_s) if known is None else known)
    rate = velocity(np.where(enough[..., None], y, 0.0), step_s, length)
    place = np.arange(y.shape[-1])
    rising = np.where(place <= y.argmax(axis=-1)[..., None], rate, -np.inf)
    level = settings.onset_share * rising.max(axis=-1)
    fast = rate >= level[..., None]
    # the interval of fast movement that holds the largest velocity: earlier jerks are not its beginning
    slow_before = np.where(~fast & (place <= rising.argmax(axis=-1)[..., None]), place, -1).max(axis=-1)
    crossed = fast & (place > slow_before[..., None]) & _held(fast, settings.onset_hold_s, step_s)
    return np.where(enough, _crossing(rate, level, crossed, step_s), np.nan)


def velocity(curve: ArrayLike, step_s: float = STEP_S, length: Whole | None = None) -> Array:
    """Angular velocity by central differences, one-sided at both ends, degree/s."""
    y = np.asarray(curve, dtype=float)
    rate = np.asarray(np.gradient(y, step_s, axis=-1))
    if length is None:
        return rate
    last = (_at(y, length - 1) - _at(y, length - 2)) / step_s
    return np.where(np.arange(y.shape[-1]) < length[..., None] - 1, rate, last[..., None])


@dataclass(frozen=True)
class Correlation:
    """Lagged cross-correlation of two curves.

    Attributes
    ----------
    lag : (...,) array
        s, at which they agree best; positive where the proximal comes first.
    r : (...,) array
        Their correlation there.
    reach : (...,) array
        Samples of the largest lag that was tried.
    """

    lag: Array
    r: Array
    reach: Whole


def correlation(
    proximal: ArrayLike,
    distal: ArrayLike,
    settings: Coordination | None = None,
    step_s: float = STEP_S,
    length: Whole | None = None,
) -> Correlation:
    """Lag at which two z-scored curves agree best.

    Of angular velocities (`velocity`) as most studies do, or of the angles themselves, whose lag is three to six times as
    precise in slow movements: differentiation spends what the camera's noise leaves.

    Parameters
    ----------
    proximal, distal : (..., n) array
        degree or degree/s, at equal steps.
    settings : Coordination, optional
        Lags up to ``largest_lag_s`` are tried, less in windows shorter than three times as long; ``least_correlation``.
    step_s : float
        Time between samples.
    length : (...,) array, optional
        Samples of every row that are its own; all of them by default.

    Returns
    -------
    Correlation
        NaN where a sample is missing or nothing moves. The lag is refined by a parabola, and NaN where the best one is
        the largest that was tried or the correlation there is below ``least_correlation``.
    """
    settings = settings or Coordination()
    a, b = np.asarray(proximal, dtype=float), np.asarray(distal, dtype=float)
    own = np.full(a.shape[:-1], a.shape[-1]) if length is None else np.asarray(length)
    reach = np.minimum(round(settings.largest_lag_s / step_s), own // 3)
    widest = int(reach.max(initial=0))
    if widest < 1:
        missing = np.full(a.shape[:-1], np.nan)
        return Correlation(missing, missing, reach)
    shifts = np.arange(-widest, widest + 1)
    tried = np.abs(shifts) <= reach[..., None]
    r = _pearson(a, b, shifts, own)
    known = np.asarray((np.isfinite(r) | ~tried).all(axis=-1)) & (reach > 0)
    safe = np.where(known[..., None] & tried, r, -1.0)
    best = safe.argmax(axis=-1)
    inner = np.clip(best, widest - reach + 1, widest + reach - 1)
    left, middle, right = (_at(safe, inner + k) for k in (-1, 0, 1))
    bend = left - 2 * middle + right
    with np.errstate(invalid="ignore", divide="ignore"):
        fraction = np.where(bend < 0, 0.5 * (left - right) / bend, 0.0)
    top = _at(safe, best)
    clear = known & (best == inner) & (top >= settings.least_correlation)
    lag = np.where(clear, (shifts[inner] + fraction) * step_s, np.nan)
    return Correlation(lag, np.where(known, top, np.nan), reach)


def chance(proximal: ArrayLike, distal: ArrayLike, found: Correlation) -> Array:
    """Share of circular shifts beyond the lags that were tried whose correlation is at least the one found.

    Parameters
    ----------
    proximal, distal : (..., n) array
        Of rows of one length.
    found : Correlation
        Theirs.

    Returns
    -------
    (...,) array
        0 to 1, never 0; NaN where there is no correlation.
    """
    a, b = (np.asarray(v, dtype=float) for v in (proximal, distal))
    n = a.shape[-1]
    reach = int(found.reach.max(initial=0))
    known = np.isfinite(found.r)
    a, b = (np.where(known[..., None], v, 0.0) for v in (a, b))
    a, b = (v - v.mean(axis=-1, keepdims=True) for v in (a, b))
    scale = np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))
    circular = np.fft.irfft(np.conj(np.fft.rfft(a)) * np.fft.rfft(b), n) / np.where(scale > 0, scale, np.nan)[..., None]
    beyond = circular[..., reach + 1 : n - reach]
    share = (1.0 + (beyond >= np.where(known, found.r, 0.0)[..., None]).sum(axis=-1)) / (1.0 + beyond.shape[-1])
    return np.where(known, share, np.nan)


def _at(values: Array, place: Whole) -> Array:
    """Return the sample of every row at its own place."""
    return np.asarray(np.take_along_axis(values, np.asarray(place)[..., None], axis=-1)[..., 0])


def _held(beyond: NDArray[np.bool_], hold_s: float, step_s: float) -> NDArray[np.bool_]:
    """Samples from which on the condition holds for `hold_s`, or to the end of the window."""
    samples = max(1, round(hold_s / step_s))
    place = np.arange(beyond.shape[-1])
    # of every sample the next one at which the condition fails
    failing = np.where(beyond, place[-1] + samples + 1, place)
    following = np.minimum.accumulate(failing[..., ::-1], axis=-1)[..., ::-1]
    return np.asarray(following - place >= samples)


def _crossing(y: Array, level: Array, crossed: NDArray[np.bool_], step_s: float) -> Array:
    """Time of the first crossing, linear between the sample before it and it; NaN where there is none."""
    first = np.asarray(crossed.argmax(axis=-1))
    after, before = _at(y, first), _at(y, np.maximum(first - 1, 0))
    rise = after - before
    with np.errstate(invalid="ignore", divide="ignore"):
        back = np.where(rise > 0, np.clip((after - level) / rise, 0.0, 1.0), 0.0) * (first > 0)
    return np.where(crossed.any(axis=-1), (first - back) * step_s, np.nan)


def _pearson(a: Array, b: Array, shifts: Whole, length: Whole) -> Array:
    """Correlation of the overlapping parts at every shift of `b` against `a`, (..., shifts).

    From running sums, so that no overlap is cut out; the mean is taken away first, or rounding would eat the variance.
    """
    n = a.shape[-1]
    own = np.arange(n) < length[..., None]
    a, b = (np.where(own, v - np.where(own, v, 0.0).sum(-1, keepdims=True) / length[..., None], 0.0) for v in (a, b))
    # sum of a[i] b[i + k]: zeros behind both keep the ends from meeting
    size = next_fast_len(n + int(np.abs(shifts).max()), real=True)
    product = np.fft.irfft(np.conj(np.fft.rfft(a, size)) * np.fft.rfft(b, size), size)[..., shifts % size]
    first = np.maximum(0, -shifts)
    last = np.maximum(length[..., None] - np.maximum(0, shifts), first)
    count = np.maximum(last - first, 1)

    def sums(v: Array, start: Whole, end: Whole) -> tuple[Array, Array]:
        running = [np.concatenate([np.zeros((*w.shape[:-1], 1)), np.cumsum(w, axis=-1)], axis=-1) for w in (v, v * v)]
        start = np.broadcast_to(start, end.shape)
        one, two = (np.take_along_axis(w, end, -1) - np.take_along_axis(w, start, -1) for w in running)
        return one, two

    a_sum, a_square = sums(a, first, last)
    b_sum, b_square = sums(b, first + shifts, np.clip(last + shifts, 0, n))
    spread = [np.maximum(square - total**2 / count, 0.0) for total, square in ((a_sum, a_square), (b_sum, b_square))]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((product - a_sum * b_sum / count) / np.sqrt(spread[0] * spread[1]))
