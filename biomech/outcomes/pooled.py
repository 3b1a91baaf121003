"""The lead of one movement over another from the averaged curves of all repetitions.

The crossings and lags of single repetitions of a slow movement scatter by 30 to 70 ms; those of their mean curve do not, and
leaving out one repetition after the other says by how much they may be off (Efron & Tibshirani 1993, An Introduction to the
Bootstrap, ch. 11).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.config.outcomes import Coordination
from biomech.outcomes.onset_lag import COARSE, STEP_S, correlation, rise_times

Array = NDArray[np.float64]
Whole = NDArray[np.int_]

# shares of the rise around its half over which the lead is averaged: one crossing alone is as noisy as the curve there
HALF = tuple(np.round(np.arange(0.25, 0.751, 0.05), 2))
LATE = 0.9  # the top of a smooth curve is flat: it has no time to the millisecond, its last tenth has
BEYOND = 0.15  # of the way in: how far past its end the curves are compared
_RETURNS_APART_S = 0.18


def pooled(
    proximal: ArrayLike, distal: ArrayLike, bottom: Whole, last: Whole, settings: Coordination | None = None
) -> Array:
    """Return what each repetition contributes to the leads of the averaged curves.

    The repetitions are averaged over a way in that is stretched to its mean duration. Where both curves stand still, near the
    lowest point, what skin and misplaced markers add stands as well, so the time of the peak is known best: the lag is that of
    the way in and `BEYOND` of it more. Where the way back differs by more than 0.18 s from the way in, which would reach
    into that, the lag is that of the way in alone; where there is none, the lead at half of the rise.

    Parameters
    ----------
    proximal, distal : (repetition, n) array
        degree, every millisecond (`biomech.outcomes.onset_lag.in_time`).
    bottom : (repetition,) array
        Last sample of the way in.
    last : (repetition,) array
        Last sample at which a peak may lie.
    settings : Coordination, optional

    Returns
    -------
    (4, repetition) array
        Lag, leads at the beginning (``onset_share`` of the rise), half and peak (`HALF`, `LATE`), ms, positive where the proximal
        comes first: jackknife pseudo-values about what the averaged curves give, so that their mean is that and their scatter its
        error. NaN for repetitions with a gap or a way in shorter than 40 ms.
    """
    settings = settings or Coordination()
    a, b = (np.asarray(v, dtype=float) for v in (proximal, distal))
    place = np.arange(a.shape[1])
    out = np.full((4, len(a)), np.nan)
    own = place <= last[:, None]
    use = np.flatnonzero((np.isfinite(a + b) | ~own).all(axis=1) & (bottom >= 10 * COARSE))
    if not len(use):
        return out
    mean = round(float(bottom[use].mean()))
    one, other = (_stretched(curve[use], bottom[use], mean) for curve in (a, b))
    end = int(min(np.min(last[use] * mean / bottom[use]), one.shape[1] - 1))
    compared = _compared(one.mean(axis=0), other.mean(axis=0), mean, end, settings)
    whole = _leads(one.mean(axis=0), other.mean(axis=0), compared, end, settings)
    out[:, use] = whole[:, None]
    n = len(use)
    if n > 1:
        without = [np.delete(np.arange(n), k) for k in range(n)]
        left = [_leads(one[w].mean(axis=0), other[w].mean(axis=0), compared, end, settings) for w in without]
        kept = np.where(np.isfinite(left), left, whole).T
        out[:, use] += (n - 1) * (kept.mean(axis=1, keepdims=True) - kept)
    return out


def _stretched(curve: Array, bottom: Whole, mean: int) -> Array:
    """Each row on a time at which its lowest point is at sample `mean`."""
    samples = np.arange(round(curve.shape[1] * mean / float(np.max(bottom))))
    return np.stack(
        [np.interp(samples * low / mean, np.arange(len(y)), y) for y, low in zip(curve, bottom, strict=True)]
    )


def _compared(a: Array, b: Array, bottom: int, end: int, settings: Coordination) -> int:
    """Samples of the averaged curves that the lag is sought in, 0 where no lag is found."""
    beyond = int(min(bottom + BEYOND * bottom, end, len(a) - 1)) + 1
    wide = settings.model_copy(update={"largest_lag_s": 2 * settings.largest_lag_s, "least_correlation": 0.0})
    lag, back = _lag(a[:beyond], b[:beyond], settings), _lag(a[bottom:], b[bottom:], wide)
    if np.isfinite(lag) and not abs(back - lag) > 1000.0 * _RETURNS_APART_S:
        return beyond
    return bottom + 1 if np.isfinite(_lag(a[: bottom + 1], b[: bottom + 1], settings)) else 0


def _leads(a: Array, b: Array, compared: int, end: int, settings: Coordination) -> Array:
    """Lag and leads at beginning, half and peak of one pair of curves, ms."""
    shares = (settings.onset_share, *HALF, LATE)
    lead = 1000.0 * np.subtract(*(rise_times(c[None], shares, np.array([end]))[0] for c in (b, a)))
    half = float(lead[1:-1].mean())
    lag = _lag(a[:compared], b[:compared], settings) if compared else half
    return np.array([lag, lead[0], half, lead[-1]])


def _lag(a: Array, b: Array, settings: Coordination) -> float:
    """Lag at which two curves agree best, ms."""
    return float(1000.0 * correlation(a[None, ::COARSE], b[None, ::COARSE], settings, COARSE * STEP_S).lag[0])
