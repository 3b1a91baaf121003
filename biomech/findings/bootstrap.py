"""Intervals over the repetitions of one person."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]

_CONFIDENCE = 0.95


def bootstrap(
    values: Array, draws: int, seed: int, name: str, statistic: Callable[..., Array] = np.mean
) -> tuple[float, float, float]:
    """Return a statistic of repetitions and its 95 % interval.

    Student's t around the value with the bootstrap standard error, that times ``sqrt(n / (n - 1))``: percentiles of
    resamples cannot leave the range of the data, which for five repetitions holds the mean in 94 % of cases at best.

    Parameters
    ----------
    values : (n, ...) array
        One a repetition, none missing.
    draws : int
    seed : int
        Of the config.
    name : str
        What the interval is of: every one gets random numbers of its own, the same in every run.
    statistic : callable
        From an array and ``axis`` to the statistic along that axis.

    Returns
    -------
    value, low, high : float
        The interval is NaN for fewer than three repetitions.

    References
    ----------
    Hesterberg 2015, The American Statistician 69:371 (t with bootstrap standard error; the factor for narrowness bias).
    """
    n = len(values)
    if not n:
        return np.nan, np.nan, np.nan
    value = float(statistic(values, axis=0))
    if n < 3:
        return value, np.nan, np.nan
    random = np.random.default_rng([seed, zlib.crc32(name.encode())])
    drawn = statistic(values[random.integers(0, n, (draws, n))], axis=1)
    half = float(stdtrit(n - 1, (1 + _CONFIDENCE) / 2) * np.std(drawn) * np.sqrt(n / (n - 1)))
    return value, value - half, value + half
