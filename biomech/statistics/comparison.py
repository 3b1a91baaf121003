"""Paired and group comparisons of one value per participant and condition.

References
----------
Hedges 1981, J Educ Stat 6:107 (small-sample factor); Algina & Keselman 2003, Educ Psychol Meas 63:537 (interval of a paired
effect from the noncentral t distribution); Welch 1947, Biometrika 34:28; Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9:39
(p of sampled permutations is never zero); Holm 1979, Scand J Stat 6:65; Benjamini & Hochberg 1995, J R Stat Soc B 57:289.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from biomech.statistics.effects import noncentral_interval, small_sample_factor

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
        Greater than 0: p from signs of differences turned round, all of them if there are no more than this.
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
    """Compare two groups of different participants; parameters as of `paired`."""
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
    n = len(d)
    exact = n <= 30 and 2**n <= most
    if exact:
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=n)))
    else:
        signs = np.random.default_rng(seed).choice([1.0, -1.0], size=(most, n))
    extreme = np.abs(signs @ d) >= abs(d.sum()) * (1 - 1e-12)
    return _p(extreme, exact, f"signs of {n} differences", 2 / 2**n if exact else 1 / (most + 1))


def _group_test(a: Array, b: Array, most: int, seed: int) -> tuple[float, str]:
    """P of Welch's t among all (or sampled) ways to deal participants to the groups."""
    pool, na, n = np.concatenate([a, b]), len(a), len(a) + len(b)
    ways = math.comb(n, na)
    exact = ways <= most
    chosen = np.zeros((ways if exact else most, n), dtype=bool)
    if exact:
        members = np.array(list(itertools.combinations(range(n), na)))
        np.put_along_axis(chosen, members, True, axis=1)
    else:
        random = np.random.default_rng(seed)
        np.put_along_axis(chosen, random.permuted(np.tile(np.arange(n), (most, 1)), axis=1)[:, :na], True, axis=1)

    def welch(mask: NDArray[np.bool_]) -> Array:
        one, two = (np.where(side, pool, 0).sum(axis=1) for side in (mask, ~mask))
        one, two = one / na, two / (n - na)
        v1 = (np.where(mask, (pool - one[:, None]) ** 2, 0).sum(axis=1)) / (na - 1) / na
        v2 = (np.where(~mask, (pool - two[:, None]) ** 2, 0).sum(axis=1)) / (n - na - 1) / (n - na)
        return np.abs(one - two) / np.sqrt(np.maximum(v1 + v2, 1e-300))

    observed = welch((np.arange(n) < na)[None])[0]
    extreme = welch(chosen) >= observed * (1 - 1e-12)
    smallest = (2 if na == n - na else 1) / ways if exact else 1 / (most + 1)
    return _p(extreme, exact, f"participants in groups of {na} and {n - na}", smallest)


def _p(extreme: NDArray[np.bool_], exact: bool, what: str, smallest: float) -> tuple[float, str]:
    count, total = int(extreme.sum()), len(extreme)
    p = count / total if exact else (count + 1) / (total + 1)
    how = f"all {total}" if exact else f"{total} random"
    return p, f"{how} permutations of {what}; smallest p {smallest:.3g}; interval of the t distribution"
