"""Analysis of variance of curves with two factors, one value per participant and cell: main effects and interaction.

Every F has an error term of its own, the differences between participants in the same contrasts of cells, as in the
univariate analysis of repeated measures. In designs with groups of one size it is that of spm1d's `anova2onerm` and `anova2rm`; with
groups of other sizes, which spm1d weighs by their size, every group counts the same (sums of squares of type III), so that
the effect of the second factor is the mean of its effects in the groups.

References
----------
Winer, Brown & Michels 1991, Statistical Principles in Experimental Design, 3rd ed., chapter 7; Pataky 2010, J Biomech 43:1976.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """An F along the curve.

    Attributes
    ----------
    statistic : (points,) array
    df : (float, float)
        Of the effect and of its error.
    residuals : (rows, points) array
        Of its error.
    """

    statistic: Array
    df: tuple[float, float]
    residuals: Array


def mixed_effects(curves: Array, groups: NDArray[np.intp]) -> tuple[Effect, Effect, Effect]:
    """Return group, condition and group by condition of participants in groups under several conditions.

    Parameters
    ----------
    curves : (participants, conditions, points) array
    groups : (participants,) array of int
        0, 1, ...: the group of every participant.
    """
    k = curves.shape[1]
    whole = np.full((1, k), 1 / np.sqrt(k))
    within = _contrasts(k)
    return (
        _effect(_of(whole, curves), groups, between=True),
        _effect(_of(within, curves), groups, between=False),
        _effect(_of(within, curves), groups, between=True),
    )


def repeated_effects(curves: Array) -> tuple[Effect, Effect, Effect]:
    """Return first factor, second factor and their interaction of participants under all combinations.

    Parameters
    ----------
    curves : (participants, first, second, points) array
    """
    n, a, b, points = curves.shape
    cells = curves.reshape(n, a * b, points)
    one = np.zeros(n, dtype=np.intp)
    mean_a, mean_b = np.full((1, a), 1 / np.sqrt(a)), np.full((1, b), 1 / np.sqrt(b))
    pairs = ((_contrasts(a), mean_b), (mean_a, _contrasts(b)), (_contrasts(a), _contrasts(b)))
    weights: list[Array] = [np.asarray(np.kron(*pair), dtype=float) for pair in pairs]
    first, second, both = (_effect(_of(own, cells), one, between=False) for own in weights)
    return first, second, both


def _contrasts(k: int) -> Array:
    """Return k - 1 orthonormal contrasts of k cells."""
    return np.linalg.svd(np.eye(k) - 1 / k)[2][: k - 1]


def _of(weights: Array, cells: Array) -> Array:
    return np.einsum("ck,nkp->ncp", weights, cells)


def _effect(values: Array, groups: NDArray[np.intp], between: bool) -> Effect:
    """Return the F of equal means of the groups (`between`), or of a mean of the groups' means of zero."""
    n, c, points = values.shape
    sizes = np.bincount(groups)
    means = np.stack([values[groups == g].mean(axis=0) for g in range(len(sizes))])
    rest = values - means[groups]
    df_error = (n - len(sizes)) * c
    if between:
        grand = np.einsum("g,gcp->cp", sizes, means) / n
        squares, df = np.einsum("g,gcp->p", sizes, (means - grand) ** 2), (len(sizes) - 1) * c
    else:
        squares, df = (means.sum(axis=0) ** 2).sum(axis=0) / (1 / sizes).sum(), c
    error = (rest**2).sum(axis=(0, 1)) / df_error
    return Effect(squares / df / error, (float(df), float(df_error)), rest.reshape(n * c, points))
