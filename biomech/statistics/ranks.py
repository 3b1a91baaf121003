"""Rank tests of paired conditions and of groups, with the Hodges-Lehmann estimate and the rank-biserial correlation.

References
----------
Wilcoxon 1945, Biometrics Bull 1:80; Mann & Whitney 1947, Ann Math Stat 18:50; Hodges & Lehmann 1963, Ann Math Stat 34:598; Hollander,
Wolfe & Chicken 2014, Nonparametric Statistical Methods, sections 3.3 and 4.3 (intervals); Kerby 2014, Compr Psychol 3:11.IT.3.1
(rank-biserial correlation; its interval by Fisher's z with the variance of the statistic under the null hypothesis).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from biomech.statistics.comparison import Difference

Array = NDArray[np.float64]
_EXACT = 50  # fewer in a sample, and no ties: exact, as in R


def signed_rank(a: Array, b: Array, confidence: float = 0.95) -> Difference:
    """Compare two conditions of the same participants by Wilcoxon's signed ranks; zero differences are left out."""
    d = np.asarray(a, float) - np.asarray(b, float)
    d = d[d != 0]
    n = len(d)
    if n < 2:
        return Difference(np.nan, *(np.nan,) * 8, len(a), f"{n} differences other than zero: no test")
    ranks = stats.rankdata(np.abs(d))
    v, most = float(ranks[d > 0].sum()), n * (n + 1) / 2
    averages = np.sort(((d[:, None] + d[None]) / 2)[np.triu_indices(n)])
    tied = len(np.unique(ranks)) < n
    _, repeats = np.unique(ranks, return_counts=True)
    variance = n * (n + 1) * (2 * n + 1) / 24 - float((repeats**3 - repeats).sum()) / 48
    pmf = None if tied or n >= _EXACT else _subset_sums(np.arange(1, n + 1))
    p, low, high, how = _inference(v, most, variance, pmf, averages, confidence)
    effect = _biserial(2 * v / most - 1, most, float(np.sqrt((2 * n**3 + 3 * n**2 + n) / 6)) / most, confidence)
    left = f", {len(a) - n} zero differences left out" if n < len(a) else ""
    note = f"Wilcoxon signed-rank test ({how}{left}); estimate: Hodges-Lehmann"
    return Difference(float(np.median(averages)), low, high, v, np.nan, p, *effect, len(a), note)


def rank_sum(a: Array, b: Array, confidence: float = 0.95) -> Difference:
    """Compare two groups by Wilcoxon's rank sum (Mann-Whitney); the statistic is U of the first one."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    na, nb = len(a), len(b)
    joined = np.concatenate([a, b])
    if min(na, nb) < 2 or np.ptp(joined) == 0:
        return Difference(np.nan, *(np.nan,) * 8, na + nb, "all values are the same or a group has one: no test")
    ranks = stats.rankdata(joined)
    u, most = float(ranks[:na].sum() - na * (na + 1) / 2), float(na * nb)
    differences = np.sort((a[:, None] - b[None]).ravel())
    _, repeats = np.unique(ranks, return_counts=True)
    n = na + nb
    variance = na * nb / 12 * (n + 1 - float((repeats**3 - repeats).sum()) / (n * (n - 1)))
    exact = len(np.unique(ranks)) == n and max(na, nb) < _EXACT
    p, low, high, how = _inference(u, most, variance, _rank_sums(na, nb) if exact else None, differences, confidence)
    effect = _biserial(2 * u / most - 1, most, float(np.sqrt((n + 1) / (3 * na * nb))), confidence)
    note = f"Wilcoxon rank-sum (Mann-Whitney) test ({how}); estimate: Hodges-Lehmann"
    return Difference(float(np.median(differences)), low, high, u, np.nan, p, *effect, n, note)


def _inference(
    statistic: float, most: float, variance: float, pmf: Array | None, pairwise: Array, confidence: float
) -> tuple[float, float, float, str]:
    """Return p, the interval from the ordered pairwise values, and how both were made."""
    tail = (1 - confidence) / 2
    if pmf is not None:
        cdf = np.cumsum(pmf)
        k = round(statistic)
        p = min(1.0, 2 * float(min(cdf[k], 1 - (cdf[k - 1] if k else 0.0))))
        place = max(int(np.searchsorted(cdf, tail)), 1)
        how = "exact"
    else:
        z = max(abs(statistic - most / 2) - 0.5, 0) / np.sqrt(variance)
        p = float(2 * stats.norm.sf(z))
        place = max(int(np.floor(most / 2 + stats.norm.ppf(tail) * np.sqrt(variance))), 1)
        how = "normal approximation with continuity correction"
    return p, float(pairwise[place - 1]), float(pairwise[len(pairwise) - place]), how


def _subset_sums(items: NDArray[np.intp]) -> Array:
    """Return the distribution of the sum of a random subset."""
    out = np.zeros(int(items.sum()) + 1)
    out[0] = 1
    for item in items:
        shifted = np.zeros_like(out)
        shifted[item:] = out[: len(out) - item]
        out = (out + shifted) / 2
    return out


def _rank_sums(na: int, nb: int) -> Array:
    """Return the distribution of U of groups of these sizes."""
    n = na + nb
    counts = np.zeros((na + 1, na * n + 1))
    counts[0, 0] = 1
    for rank in range(1, n + 1):
        for size in range(min(rank, na), 0, -1):
            counts[size, rank:] += counts[size - 1, : counts.shape[1] - rank]
    least = na * (na + 1) // 2
    out = counts[na, least : least + na * nb + 1]
    return out / out.sum()


def _biserial(r: float, most: float, error: float, confidence: float) -> tuple[float, float, float]:
    """Return a rank-biserial correlation with its interval; that of -1 or 1 starts half a step of the statistic from there."""
    half = stats.norm.ppf(0.5 + confidence / 2) * error
    z = np.arctanh(np.clip(r, 1 / most - 1, 1 - 1 / most))
    low, high = float(np.tanh(z - half)), float(np.tanh(z + half))
    return r, -1.0 if r <= -1 else low, 1.0 if r >= 1 else high
