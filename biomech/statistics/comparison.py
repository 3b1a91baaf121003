"""Paired and group comparisons of one value per participant and condition.

References
----------
Hedges 1981, J Educ Stat 6:107 (small-sample factor); Algina & Keselman 2003, Educ Psychol Meas 63:537 (interval of a paired
effect from the noncentral t distribution); Welch 1947, Biometrika 34:28; Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9:39
(p of sampled permutations is never zero); Holm 1979, Scand J Stat 6:65; Benjamini & Hochberg 1995, J R Stat Soc B 57:289.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from biomech.statistics.effects import noncentral_interval, small_sample_factor
from biomech.statistics.welch import flipped_welch

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """A difference of means, a minus b, with its test and effect size; NaN where the data do not give them.

    Attributes
    ----------
    estimate, low, high : float
        In the unit of the values.
    statistic, df, p : float
        Student's t of pairs, Welch's t of groups.
    effect, effect_low, effect_high : float
        Hedges g: of pairs by the mean of both variances (g_av), of groups by the pooled one.
    n : int
        Participants.
    note : str
        How it was made, and what is missing.
    """

    estimate: float
    low: float
    high: float
    statistic: float
    df: float
    p: float
    effect: float
    effect_low: float
    effect_high: float
    n: int
    note: str = ""


def paired(a: Array, b: Array, confidence: float = 0.95, permutations: int = 0, seed: int = 0) -> Difference:
    """Compare two conditions of the same participants.

    Parameters
    ----------
    a, b : (n,) array
        One value per participant each, none missing.
    confidence : float
        Of both intervals.
    permutations : int
        Greater than 0: p from signs of differences turned, all of them if there are no more than this.
    seed : int
        Of random permutations.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    d, n = a - b, len(a)
    if n < 2:
        return _none(float(d.mean()) if n else np.nan, n, "one pair gives no interval")
    sd = float(d.std(ddof=1))
    if sd <= 1e-12 * max(np.abs([*a, *b]).max(), 1e-300):
        return _none(float(d.mean()), n, "zero variance of differences: no test")
    error, df = sd / np.sqrt(n), n - 1
    t = float(d.mean() / error)
    half = stats.t.ppf(0.5 + confidence / 2, df) * error
    p, note = float(2 * stats.t.sf(abs(t), df)), "paired t"
    if permutations:
        p, note = _sign_test(d, permutations, seed)
    scale = float(np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2))
    effect = (np.nan,) * 3
    if scale > 0:
        low, high = noncentral_interval(t, df, confidence)
        j, unit = small_sample_factor(df), sd / scale / np.sqrt(n)
        effect = (j * t * unit, j * low * unit, j * high * unit)
    mean = float(d.mean())
    return Difference(mean, mean - half, mean + half, t, df, p, *effect, n, note)


def groups(a: Array, b: Array, confidence: float = 0.95, permutations: int = 0, seed: int = 0) -> Difference:
    """Compare two groups of different participants, whose spread may differ.

    Parameters
    ----------
    a, b : (n,) array
        One value per participant each, none missing.
    confidence, seed
        As of `paired`.
    permutations : int
        Greater than 0: p from signs of deviations from the common mean turned (see `biomech.statistics.welch.flipped_welch`), all
        of them if there are no more than this.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    na, nb = len(a), len(b)
    if min(na, nb) < 2:
        return _none(float(a.mean() - b.mean()) if min(na, nb) else np.nan, na + nb, "a group of one gives no interval")
    va, vb = a.var(ddof=1) / na, b.var(ddof=1) / nb
    mean = float(a.mean() - b.mean())
    if va + vb <= (1e-12 * max(np.abs([*a, *b]).max(), 1e-300)) ** 2:
        return _none(mean, na + nb, "zero variance in both groups: no test")
    error = np.sqrt(va + vb)
    df = float((va + vb) ** 2 / (va**2 / (na - 1) + vb**2 / (nb - 1)))
    t = float(mean / error)
    half = stats.t.ppf(0.5 + confidence / 2, df) * error
    p, note = float(2 * stats.t.sf(abs(t), df)), "Welch t"
    if permutations:
        p, note = _group_test(a, b, permutations, seed)
    pooled = np.sqrt(((na - 1) * a.var(ddof=1) + (nb - 1) * b.var(ddof=1)) / (na + nb - 2))
    unit = np.sqrt(1 / na + 1 / nb)
    low, high = noncentral_interval(float(mean / pooled / unit), na + nb - 2, confidence)
    j = small_sample_factor(na + nb - 2)
    effect = (float(j * mean / pooled), j * low * unit, j * high * unit)
    return Difference(mean, mean - half, mean + half, t, df, p, *effect, na + nb, note)


def adjusted(p: Array, method: str) -> Array:
    """Return p values adjusted within their family (``holm``, ``fdr`` or ``none``); missing ones do not count."""
    p = np.asarray(p, dtype=float)
    out, known = p.copy(), np.isfinite(p)
    if method == "none" or not known.any():
        return out
    from statsmodels.stats.multitest import multipletests

    out[known] = multipletests(p[known], method={"holm": "holm", "fdr": "fdr_bh"}[method])[1]
    return out


def _none(mean: float, n: int, note: str) -> Difference:
    return Difference(mean, *(np.nan,) * 8, n, note)


def _sign_test(d: Array, most: int, seed: int) -> tuple[float, str]:
    """P of the mean difference among all (or sampled) ways to turn signs."""
    signs, exact = _signs(len(d), most, seed)
    extreme = np.abs(signs @ d) >= abs(d.sum()) * (1 - 1e-12)
    return _p(extreme, exact, f"signs of {len(d)} differences")


def _group_test(a: Array, b: Array, most: int, seed: int) -> tuple[float, str]:
    """P of Welch's t among all (or sampled) ways to turn the signs of deviations from the common mean, as of curves."""
    n = len(a) + len(b)
    signs, exact = _signs(n, most, seed)
    size = np.abs(flipped_welch(np.vstack([np.ones(n), signs]), a[:, None], b[:, None])[:, 0])
    return _p(size[1:] >= size[0] * (1 - 1e-12), exact, f"signs of {n} deviations from the common mean")


def _signs(n: int, most: int, seed: int) -> tuple[Array, bool]:
    """Return all ways to turn n signs, or as many random ones as are wanted at most, and whether these are all."""
    if n <= 30 and 2**n <= most:
        return np.array(list(itertools.product((1.0, -1.0), repeat=n))), True
    return np.random.default_rng(seed).choice([1.0, -1.0], size=(most, n)), False


def _p(extreme: NDArray[np.bool_], exact: bool, what: str) -> tuple[float, str]:
    """Return p and how it was made; all signs turned give the same size of the statistic, so 2 is the least count."""
    count, total = int(extreme.sum()), len(extreme)
    p, smallest = (count / total, 2 / total) if exact else ((count + 1) / (total + 1), 1 / (total + 1))
    how = f"all {total}" if exact else f"{total} random"
    return p, f"{how} permutations of {what}; smallest p {smallest:.3g}; interval of the t distribution"
