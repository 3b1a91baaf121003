"""Effect sizes with intervals, from noncentral distributions.

References
----------
Smithson 2003, Confidence Intervals (interval of a partial R² from the noncentral F distribution); Steiger 2004, Psychol Methods
9:164; Hedges 1981, J Educ Stat 6:107 (small-sample factor); Donner & Zou 2012, Stat Methods Med Res 21:347 (limits of a function
of two parameters from the limits of each).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats
from scipy.optimize import brentq

Array = NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(400)


def small_sample_factor(df: float) -> float:
    """Return Hedges' exact factor J that takes the bias out of a standardised difference."""
    if df > 1e6:
        return 1.0
    return (
        float(np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2)) if df > 1 else np.nan
    )


def noncentral_t_cdf(t: float, df: float, noncentrality: float) -> float:
    """Return the probability of a noncentral t below a value, for either sign of both.

    It is the mean of the normal probability ``Phi(t s - noncentrality)`` over the distribution of ``s = sqrt(chi² / df)``, by
    Gauss-Legendre quadrature: SciPy's `nct.cdf` gives NaN or loses digits where the noncentrality is negative.
    """
    s, weights = _spread(float(df))
    return float(weights @ special.ndtr(t * s - noncentrality))


@lru_cache(maxsize=64)
def _spread(df: float) -> tuple[Array, Array]:
    """Return nodes of ``sqrt(chi² / df)`` and their probabilities."""
    low, high = (float(np.sqrt(stats.chi2.ppf(q, df) / df)) for q in (1e-15, 1 - 1e-15))
    s = low + (high - low) * (_NODES + 1) / 2
    log_density = np.log(2 * s * df) + stats.chi2.logpdf(df * s**2, df)
    return s, _WEIGHTS * (high - low) / 2 * np.exp(log_density)


def noncentral_interval(t: float, df: float, confidence: float) -> tuple[float, float]:
    """Return the interval of the noncentrality of an observed t."""
    if t < 0:
        low, high = noncentral_interval(-t, df, confidence)
        return -high, -low
    tail = (1 - confidence) / 2
    return _limit(lambda nc: noncentral_t_cdf(t, df, nc), 1 - tail), _limit(
        lambda nc: noncentral_t_cdf(t, df, nc), tail
    )


def _limit(falling: Callable[[float], float], wanted: float) -> float:
    """Return where a falling function has a value; the bracket grows from 0 to the side where it lies."""
    side = 1.0 if falling(0.0) > wanted else -1.0
    near, far = 0.0, side
    while (falling(far) - wanted) * side > 0:
        near, far = far, 2 * far
        if abs(far) > 1e9:
            return np.nan
    return float(brentq(lambda nc: falling(nc) - wanted, min(near, far), max(near, far), xtol=1e-9))


def noncentral_f_interval(f: float, df: float, df_error: float, confidence: float) -> tuple[float, float]:
    """Return the interval of the noncentrality of an observed F; a limit is 0 where no noncentrality gives it."""
    tail = (1 - confidence) / 2

    def below(nc: float) -> float:
        return float(special.ncfdtr(df, df_error, nc, f) if nc > 0 else special.fdtr(df, df_error, f))

    low, high = (_limit(below, wanted) if below(0.0) > wanted else 0.0 for wanted in (1 - tail, tail))
    return low, high


def partial_r2(f: float, df: float, df_error: float, confidence: float) -> dict[str, Any]:
    """Return the share of variance that a term explains of what others leave, with its interval, as cells of a row.

    ``F df / (F df + df_error)``, and the same of the limits of the noncentrality; as effectsize's partial eta squared.
    """
    low, high = noncentral_f_interval(f, df, df_error, confidence)
    return {
        "effect": f * df / (f * df + df_error),
        "effect_low": low / (low + df_error),
        "effect_high": high / (high + df_error),
        "effect_name": "partial_r2",
    }


def standardised(estimate: float, low: float, high: float, sd: float, df: float, confidence: float) -> dict[str, Any]:
    """Return a difference in units of an estimated standard deviation, with its interval, as cells of a row.

    Parameters
    ----------
    estimate, low, high : float
        The difference and its interval.
    sd : float
        Standard deviation of single values, all components of variance together.
    df : float
        Its degrees of freedom.
    confidence : float
        Of the interval.

    Notes
    -----
    Multiplied by Hedges' factor of `df`. The limits join those of the difference and those of the standard deviation (chi
    squared) by the sum of their squared distances (Donner & Zou 2012).
    """
    tail = (1 - confidence) / 2
    d = estimate / sd
    smaller, larger = (float(np.sqrt(stats.chi2.ppf(q, df) / df)) if np.isfinite(df) else 1.0 for q in (tail, 1 - tail))
    less, more = sorted((d * smaller, d * larger))
    factor = small_sample_factor(df)
    return {
        "effect": factor * d,
        "effect_low": factor * (d - np.hypot((estimate - low) / sd, d - less)),
        "effect_high": factor * (d + np.hypot((high - estimate) / sd, more - d)),
        "effect_name": "d_total_sd",
    }
