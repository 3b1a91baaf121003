"""Statistical parametric mapping of one mean curve per participant and condition: random fields by the package spm1d.

References
----------
Pataky 2010, J Biomech 43:1976 (random field theory on curves); Pataky, Robinson & Vanrenterghem 2013, J Biomech 46:2394
(vectors).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biomech.statistics.spm_permutation import (
    degrees_of_freedom,
    permutation_distribution,
    permuted_inference,
    smallest_p,
    vector_problem,
)
from biomech.statistics.welch import vector_field, welch_field

Array = NDArray[np.float64]

_CALLS = {
    "paired": "ttest_paired",
    "anova": "anova1",
    "anova_repeated": "anova1rm",
    "regression": "regress",
    "hotelling_paired": "hotellings_paired",
}
_STATISTIC = {"anova": "F", "anova_repeated": "F", "hotelling_paired": "T2", "hotelling_group": "T2"}


@dataclass(frozen=True)
class SpmResult:
    """Outcome of a test along a curve.

    Attributes
    ----------
    statistic : (points,) array
    threshold : float
        Critical value; for t tests its negative holds too.
    clusters : list of dict
        ``start``, ``end`` (positions in points), ``extreme`` and ``p``.
    p : float
        Smallest p of a cluster; NaN if the statistic stays within the threshold everywhere.
    df : str
    name : str
        t, F or T2.
    smallest_p : float
        Of a permutation test; NaN for random field theory.
    problem : str
        Why there is no test.
    """

    statistic: Array
    threshold: float
    clusters: list[dict[str, float]] = field(default_factory=list)
    p: float = np.nan
    df: str = ""
    name: str = "t"
    smallest_p: float = np.nan
    problem: str = ""


def curve_test(
    test: str,
    samples: Sequence[Array],
    *,
    alpha: float,
    subjects: Array | None = None,
    covariate: Array | None = None,
    permutations: int = 0,
    seed: int = 0,
) -> SpmResult:
    """Test curves.

    Parameters
    ----------
    test : str
        A key of `_CALLS`, or `group` and `hotelling_group` for two groups without a common variance.
    samples : sequence of (n, points) or (n, points, components) array
        Of paired tests and repeated conditions in the same order of participants.
    alpha : float
        Two-sided level over the whole curve.
    subjects : array, optional
        Not used but by `anova_repeated`: the participant of every row of the joined samples.
    covariate : (n,) array, optional
        Of a regression.
    permutations : int
        Greater than 0: threshold and p from at most so many permutations.
    seed : int
        Of random permutations.
    """
    joined = np.concatenate(samples) if len(samples) > 1 else samples[0]
    nothing = np.full(joined.shape[1], np.nan)
    scale = max(float(np.abs(joined).max()), 1e-300)
    spread = (samples[0] - samples[1]) if test.endswith("paired") else joined
    if (spread.std(axis=0) <= 1e-9 * scale).any():
        return SpmResult(nothing, np.nan, problem="zero variance at some percent of the cycle: no test")
    if permutations:
        return _permuted(test, samples, covariate, alpha, permutations, seed)
    if test == "hotelling_group" and (problem := vector_problem(samples)):
        return SpmResult(nothing, np.nan, problem=problem)
    import spm1d

    arguments, options = _arguments(test, samples, joined, subjects, covariate)
    two_tailed = {} if test in _STATISTIC else {"two_tailed": True}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if test in _GROUPS:
                found = _GROUPS[test](*samples)
            else:
                found = getattr(spm1d.stats, _CALLS[test])(*arguments, **options)
            inference = found.inference(alpha, **two_tailed)
    except Exception as error:  # a package's failure on these data is a reason, not the end of the study
        return SpmResult(nothing, np.nan, problem=f"spm1d could not compute it: {type(error).__name__}: {error}")
    clusters = [_cluster(item, np.asarray(inference.z, float)) for item in inference.clusters]
    df = getattr(found, "df", None)
    return SpmResult(
        np.asarray(inference.z, float),
        float(np.max(inference.zstar)),
        clusters,
        min((item["p"] for item in clusters), default=np.nan),
        "" if df is None else ", ".join(f"{float(x):.4g}" for x in df if test in _STATISTIC or x != 1),
        _STATISTIC.get(test, "t"),
    )


def field_of_f(statistic: Array, df: tuple[float, float], residuals: Array, alpha: float) -> SpmResult:
    """Return the inference of an F along the curve by random fields.

    Parameters
    ----------
    statistic : (points,) array
    df : (float, float)
        Of the effect and of its error.
    residuals : (rows, points) array
        Of the error of this F; the smoothness of the field is theirs.
    alpha : float
    """
    import spm1d
    from spm1d import rft1d

    nothing = np.full(len(statistic), np.nan)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fwhm = rft1d.geom.estimate_fwhm(residuals)
            resels = rft1d.geom.resel_counts(residuals, fwhm, element_based=False)
            found = spm1d.stats._spm.SPM_F(statistic, df, fwhm, resels, residuals=residuals)
            inference = found.inference(alpha)
    except Exception as error:  # a package's failure on these data is a reason, not the end of the study
        return SpmResult(nothing, np.nan, problem=f"spm1d could not compute it: {type(error).__name__}: {error}")
    clusters = [_cluster(item, statistic) for item in inference.clusters]
    p = min((item["p"] for item in clusters), default=np.nan)
    return SpmResult(statistic, float(np.max(inference.zstar)), clusters, p, f"{df[0]:.4g}, {df[1]:.4g}", "F")


def _permuted(
    test: str, samples: Sequence[Array], covariate: Array | None, alpha: float, permutations: int, seed: int
) -> SpmResult:
    sizes = [len(sample) for sample in samples]
    nothing = np.full(samples[0].shape[1], np.nan)
    smallest = smallest_p(test, sizes, permutations)
    if smallest > alpha:
        problem = f"smallest attainable p is {smallest:.3g}, above the level {alpha:.3g}"
        return SpmResult(nothing, np.nan, problem=problem)
    try:
        fields = permutation_distribution(test, samples, covariate, permutations, seed)
    except ValueError as error:
        return SpmResult(nothing, np.nan, problem=str(error))
    threshold, clusters = permuted_inference(fields, alpha)
    components = samples[0].shape[2] if samples[0].ndim == 3 else 1
    return SpmResult(
        fields[0],
        threshold,
        clusters,
        min((item["p"] for item in clusters), default=np.nan),
        _df_of(test, samples, components),
        _STATISTIC.get(test, "t"),
        smallest,
    )


def _df_of(test: str, samples: Sequence[Array], components: int) -> str:
    if test == "group":
        return f"{welch_field(*samples)[1]:.4g}"
    if test == "hotelling_group":
        return f"{components}, {vector_field(*samples)[1]:.4g}"
    return degrees_of_freedom(test, [len(sample) for sample in samples], components)


def _arguments(
    test: str, samples: Sequence[Array], joined: Array, subjects: Array | None, covariate: Array | None
) -> tuple[list[Any], dict[str, Any]]:
    if test == "regression":
        return [joined, covariate], {}
    if test.startswith("anova"):
        conditions = np.repeat(np.arange(len(samples)), [len(sample) for sample in samples])
        repeated = [subjects] if test == "anova_repeated" else []
        return [joined, conditions, *repeated], ({} if repeated else {"equal_var": True})
    return list(samples), {}


def _welch(a: Array, b: Array) -> Any:
    """Return Welch's t as a field of spm1d, whose `ttest2` has a pooled variance in the statistic whatever is asked."""
    from spm1d import rft1d
    from spm1d.stats._spm import SPM_T

    t, df, residuals = welch_field(a, b)
    fwhm = rft1d.geom.estimate_fwhm(residuals)
    resels = rft1d.geom.resel_counts(residuals, fwhm, element_based=False)
    return SPM_T(t, (1, df), fwhm, resels, residuals=residuals)


def _vectors(a: Array, b: Array) -> Any:
    """Return T² of two groups as a field of spm1d, whose `hotellings2` assumes one covariance."""
    from spm1d import rft1d
    from spm1d.stats._spm import SPM_T2

    t2, df, residuals = vector_field(a, b)
    parts = [residuals[:, :, i] for i in range(residuals.shape[2])]
    fwhm = float(np.mean([rft1d.geom.estimate_fwhm(part) for part in parts]))
    resels = rft1d.geom.resel_counts(parts[0], fwhm, element_based=False)
    return SPM_T2(t2, (float(len(parts)), df), fwhm, resels, residuals=residuals)


_GROUPS = {"group": _welch, "hotelling_group": _vectors}


def _cluster(item: Any, z: Array) -> dict[str, float]:
    start, end = (float(x) for x in item.endpoints)
    within = z[math.ceil(start) : math.floor(end) + 1]
    extreme = within[np.argmax(np.abs(within))] if len(within) else np.nan
    return {"start": start, "end": end, "extreme": float(extreme), "p": float(item.P)}
