"""Reliability of a measure: intraclass correlations, standard error of measurement, minimal detectable change, agreement.

A table has one row per participant and one column per measurement (session, or repetition). Participants with a missing
measurement are left out whole, and the number that remains is reported.

References
----------
Shrout & Fleiss 1979, Psychol Bull 86:420; McGraw & Wong 1996, Psychol Methods 1:30 (correction 1:390), table 7, for the
intervals; Weir 2005, J Strength Cond Res 19:231, for SEM and MDC; Bland & Altman 1999, Stat Methods Med Res 8:135;
Carkeet 2015, Optom Vis Sci 92:e71, for exact intervals of limits of agreement; Zou 2013, Stat Methods Med Res 22:630, for those of
repeated pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

FORMS = ("2,1", "2,k", "3,1", "3,k")


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; all three NaN where the data do not give it.

    Attributes
    ----------
    value, low, high : float
        In the unit of what is estimated.
    reason : str
        Why it is missing; empty if it is not.
    """

    value: float
    low: float
    high: float
    reason: str = ""


@dataclass(frozen=True)
class TwoWay:
    """Mean squares of a table of participants by measurements (two-way analysis of variance, one value a cell).

    Attributes
    ----------
    rows, columns, error : float
        Mean squares between participants (MSR), between measurements (MSC) and residual (MSE).
    n, k : int
        Participants and measurements.
    """

    rows: float
    columns: float
    error: float
    n: int
    k: int


def complete(table: np.ndarray) -> np.ndarray:
    """Return the rows of a table (participants, measurements) without a missing value."""
    values = np.asarray(table, dtype=float)
    return values[np.isfinite(values).all(axis=1)]


def two_way(table: np.ndarray) -> TwoWay:
    """Return the mean squares of a complete table (participants, measurements) of at least 2 by 2.

    Those of a table without any residual are exactly zero, not what is left of rounding.
    """
    values = np.asarray(table, dtype=float)
    n, k = values.shape
    centred = values - values.mean()
    rows, columns = centred.mean(axis=1), centred.mean(axis=0)
    error = centred - rows[:, None] - columns
    scale = np.abs(values).max()
    squares = [
        k * (rows**2).sum() / (n - 1),
        n * (columns**2).sum() / (k - 1),
        (error**2).sum() / ((n - 1) * (k - 1)),
    ]
    msr, msc, mse = (float(square) if square > (1e-12 * scale) ** 2 else 0.0 for square in squares)
    return TwoWay(msr, msc, mse, n, k)


def icc(table: np.ndarray, form: str = "2,1", confidence: float = 0.95) -> Estimate:
    """Return an intraclass correlation with its interval from F distributions.

    Parameters
    ----------
    table : (n, k) array
        Participants by measurements; rows with NaN are left out.
    form : {'2,1', '2,k', '3,1', '3,k'}
        Two-way random, absolute agreement, of one measurement or of the mean of k; two-way mixed, consistency, of one or of the
        mean of k.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        At most 1; it can be negative (participants differ less than repeated measurements do).
    """
    if form not in FORMS:
        raise ValueError(f"expected one of {FORMS}, found {form!r}")
    values = complete(table)
    if (reason := _unsupported(values)) != "":
        return Estimate(np.nan, np.nan, np.nan, reason)
    ms = two_way(values)
    if ms.rows == 0 and ms.error == 0:
        return Estimate(np.nan, np.nan, np.nan, "zero variance: all participants have the same value")
    if ms.error == 0:
        # a perfect repetition but for a shift common to all: the F intervals do not exist
        shift = ms.columns * (ms.k if form == "2,1" else 1) / ms.n if form.startswith("2") else 0.0
        return Estimate(ms.rows / (ms.rows + shift), np.nan, np.nan, "zero residual variance: no interval")
    tail = 0.5 + confidence / 2
    if form.startswith("3"):
        one = _consistency(ms, tail)
        if form == "3,1":
            return one
        return Estimate(_of_mean(one.value, ms.k), _of_mean(one.low, ms.k), _of_mean(one.high, ms.k))
    low, value, high = _agreement(ms, tail)
    if form == "2,k":
        low, value, high = (_of_mean(rho, ms.k) for rho in (low, value, high))
    return Estimate(value, low, high)


def _consistency(ms: TwoWay, tail: float) -> Estimate:
    df = ms.n - 1, (ms.n - 1) * (ms.k - 1)
    observed = ms.rows / ms.error
    low = observed / special.fdtri(*df, tail)
    high = observed * special.fdtri(*df[::-1], tail)
    value, low, high = ((f - 1) / (f + ms.k - 1) for f in (observed, low, high))
    return Estimate(float(value), float(low), float(high))


def _agreement(ms: TwoWay, tail: float) -> tuple[float, float, float]:
    """Limits and value of ICC(2,1); degrees of freedom after Satterthwaite (McGraw & Wong 1996, table 7)."""
    n, k = ms.n, ms.k
    rho = (ms.rows - ms.error) / (ms.rows + (k - 1) * ms.error + k * (ms.columns - ms.error) / n)
    a = k * rho / (n * (1 - rho))
    b = 1 + k * rho * (n - 1) / (n * (1 - rho))
    spread = a * ms.columns + b * ms.error
    v = spread**2 / ((a * ms.columns) ** 2 / (k - 1) + (b * ms.error) ** 2 / ((n - 1) * (k - 1)))
    upper, lower = special.fdtri(n - 1, v, tail), special.fdtri(v, n - 1, tail)
    rest = k * ms.columns + (k * n - k - n) * ms.error
    low = n * (ms.rows - upper * ms.error) / (upper * rest + n * ms.rows)
    high = n * (lower * ms.rows - ms.error) / (rest + n * lower * ms.rows)
    return float(low), float(rho), float(high)


def _of_mean(rho: float, k: int) -> float:
    """Step a correlation of one measurement up to that of the mean of k (Spearman-Brown)."""
    return k * rho / (1 + (k - 1) * rho)


def sem(table: np.ndarray, confidence: float = 0.95, agreement: bool = False) -> Estimate:
    """Return the standard error of measurement of one measurement, in the unit of the table.

    Parameters
    ----------
    table : (n, k) array
        Participants by measurements; rows with NaN are left out. A column that is the mean of several repetitions gives the
        error of such a mean.
    confidence : float
        Of the interval, from the chi-squared distribution of the residual.
    agreement : bool
        Add the variance between the measurements' means (practice, another tester). Its interval is Satterthwaite's.

    Notes
    -----
    ``sqrt(MSE)``, which unlike ``SD * sqrt(1 - ICC)`` does not depend on the participants chosen (Weir 2005).
    """
    from scipy import stats  # most of a second that findings, which want `mdc95` alone, need not wait

    values = complete(table)
    if (reason := _unsupported(values)) != "":
        return Estimate(np.nan, np.nan, np.nan, reason)
    ms = two_way(values)
    df_error = (ms.n - 1) * (ms.k - 1)
    variance, df = ms.error, float(df_error)
    if agreement and ms.columns > ms.error:
        parts = ms.columns / ms.n, (1 - 1 / ms.n) * ms.error
        variance = sum(parts)
        df = variance**2 / (parts[0] ** 2 / (ms.k - 1) + parts[1] ** 2 / df_error)
    if variance == 0:
        return Estimate(0.0, np.nan, np.nan, "zero residual variance: no interval")
    low, high = df * variance / stats.chi2.ppf([0.5 + confidence / 2, 0.5 - confidence / 2], df)
    return Estimate(float(np.sqrt(variance)), float(np.sqrt(low)), float(np.sqrt(high)))


def mdc95(standard_error: float) -> float:
    """Return the smallest change of one participant that exceeds measurement error with 95 % confidence.

    Parameters
    ----------
    standard_error : float
        Of one measurement, see `sem`; both measurements of a change carry it: ``1.96 * sqrt(2) * SEM``.
    """
    return float(special.ndtri(0.975) * np.sqrt(2) * standard_error)


@dataclass(frozen=True)
class Agreement:
    """Bland–Altman agreement of two measurements, second minus first.

    Attributes
    ----------
    bias, lower, upper : Estimate
        Mean difference and the limits between which 95 % of differences lie, each with its interval.
    sd : float
        Standard deviation of the differences.
    slope : Estimate
        Change of the difference per unit of the mean of both: not zero where error grows with size.
    n : int
        Participants.
    """

    bias: Estimate
    lower: Estimate
    upper: Estimate
    sd: float
    slope: Estimate
    n: int


def bland_altman(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> Agreement:
    """Return bias and 95 % limits of agreement, with exact intervals from the noncentral t distribution (Carkeet 2015).

    Parameters
    ----------
    first, second : (n,) arrays
        One value per participant each; pairs with NaN are left out.
    confidence : float
        Of the intervals; the limits themselves are always those of 95 % of differences.
    """
    from scipy import stats

    pairs = complete(np.stack([first, second], axis=1))
    n = len(pairs)
    difference = pairs[:, 1] - pairs[:, 0]
    if n < 3:
        none = Estimate(np.nan, np.nan, np.nan, f"{n} complete pairs; at least 3 are needed")
        return Agreement(none, none, none, np.nan, none, n)
    mean, sd = float(difference.mean()), float(difference.std(ddof=1))
    tail, z = 0.5 + confidence / 2, special.ndtri(0.975)
    half = special.stdtrit(n - 1, tail) * sd / np.sqrt(n)
    if sd == 0:
        fixed = Estimate(mean, np.nan, np.nan, "zero variance of differences: no interval")
        return Agreement(fixed, fixed, fixed, sd, Estimate(np.nan, np.nan, np.nan, fixed.reason), n)
    # the limit mean + z sd is estimated with an error that follows a noncentral t
    near, far = stats.nct.ppf([1 - tail, tail], n - 1, z * np.sqrt(n)) / np.sqrt(n) * sd
    upper = Estimate(mean + z * sd, float(mean + near), float(mean + far))
    lower = Estimate(mean - z * sd, float(mean - far), float(mean - near))
    return Agreement(Estimate(mean, mean - half, mean + half), lower, upper, sd, _slope(pairs, difference, tail), n)


def repeated_agreement(differences: np.ndarray, people: np.ndarray, confidence: float = 0.95) -> dict[str, Estimate]:
    """Return bias and limits of agreement where each participant has several pairs of measurements (Zou 2013).

    Parameters
    ----------
    differences : (pairs,) array
        Second minus first.
    people : (pairs,) array
        The participant of every pair.
    confidence : float
        Of the intervals; the limits are those of 95 % of single differences.

    Returns
    -------
    dict
        ``bias`` (mean of the participants' means), ``lower``, ``upper``, ``sd_between`` and ``sd_within`` participants; the last two
        without interval.

    Notes
    -----
    The variance of a difference is that of the participants' means plus ``(1 - 1/m)`` times that within participants, with ``m`` the
    harmonic mean of the numbers of pairs; its interval, and those of the limits, join the intervals of the parts by the sum of
    squared distances.
    """
    from scipy import stats

    _, place, counts = np.unique(people, return_inverse=True, return_counts=True)
    n, total = len(counts), len(differences)
    if n < 3 or total <= n:
        lack = f"{total} pairs of {n} participants; at least 3 participants and several pairs of one are needed"
        return dict.fromkeys(
            ("bias", "lower", "upper", "sd_between", "sd_within"), Estimate(np.nan, np.nan, np.nan, lack)
        )
    means = np.bincount(place, differences) / counts
    within = float(((differences - means[place]) ** 2).sum() / (total - n))
    of_means, share = float(means.var(ddof=1)), 1 - float((1 / counts).mean())
    variance = of_means + share * within
    tail = np.array([0.5 + confidence / 2, 0.5 - confidence / 2])
    parts = ((of_means, n - 1), (share * within, total - n))
    low, high = (
        variance + sign * np.sqrt(sum((part * (df / stats.chi2.ppf(q, df) - 1)) ** 2 for part, df in parts))
        for q, sign in zip(tail, (-1, 1), strict=True)
    )
    bias, z = float(means.mean()), special.ndtri(tail[0])
    error = z**2 * of_means / n
    k = special.ndtri(0.975)
    near = np.sqrt(error + k**2 * (np.sqrt(variance) - np.sqrt(max(low, 0))) ** 2)
    far = np.sqrt(error + k**2 * (np.sqrt(high) - np.sqrt(variance)) ** 2)
    half = special.stdtrit(n - 1, tail[0]) * np.sqrt(of_means / n)
    up, down = bias + k * np.sqrt(variance), bias - k * np.sqrt(variance)
    between = max(of_means - within * float((1 / counts).mean()), 0.0)
    return {
        "bias": Estimate(bias, bias - half, bias + half),
        "lower": Estimate(float(down), float(down - far), float(down + near)),
        "upper": Estimate(float(up), float(up - near), float(up + far)),
        "sd_between": Estimate(float(np.sqrt(between)), np.nan, np.nan),
        "sd_within": Estimate(float(np.sqrt(within)), np.nan, np.nan),
    }


def _slope(pairs: np.ndarray, difference: np.ndarray, tail: float) -> Estimate:
    from scipy import stats

    level = pairs.mean(axis=1)
    if np.ptp(level) == 0:
        return Estimate(np.nan, np.nan, np.nan, "all participants have the same mean")
    fit = stats.linregress(level, difference)
    half = special.stdtrit(len(level) - 2, tail) * fit.stderr
    return Estimate(float(fit.slope), float(fit.slope - half), float(fit.slope + half))


def _unsupported(values: np.ndarray) -> str:
    n, k = values.shape
    if k < 2:
        return f"{k} measurement of each participant; at least 2 are needed"
    return f"{n} participants with all {k} measurements; at least 3 are needed" if n < 3 else ""
