"""Analyses of curves by statistical parametric mapping: selection of the curves, and rows of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

from biomech.config.statistics import Spm
from biomech.statistics.common import joined_notes
from biomech.statistics.mean_curves import curve_means
from biomech.statistics.participant_means import (
    RULE,
    Means,
    levels_of,
    one_level,
)
from biomech.statistics.spm import SpmResult, curve_test

Array = NDArray[np.float64]
Rows = list[dict[str, Any]]
_WITHIN = ("paired", "anova_repeated", "hotelling_paired")


@dataclass(frozen=True)
class LevelCurve:
    """The mean curve of a level with its pointwise interval between participants, of the curves that were tested."""

    name: str
    n: int
    mean: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class CurveResult:
    """A test along a curve, ready for `curves.nc`.

    Attributes
    ----------
    labels : dict
        analysis, outcome, side, task, contrast, level_a, level_b.
    percent, mean, low, high, mean_a, mean_b, spm : (points,) array
        Difference with its pointwise interval, means of both levels, statistic.
    threshold, p : float
    test : str
        Name of the statistic with its degrees of freedom: ``t(9)``, ``F(2, 18)``, ``T²(3, 7)``.
    design : str
        The test of the config: ``paired``, ``group``, ``anova``, ...
    confidence : float
        Of all intervals.
    levels : tuple of LevelCurve
        Of a test of single curves, the reference first.
    """

    labels: dict[str, str]
    percent: Array
    mean: Array
    low: Array
    high: Array
    mean_a: Array
    mean_b: Array
    spm: Array
    threshold: float
    p: float
    test: str
    design: str = ""
    confidence: float = 0.95
    levels: tuple[LevelCurve, ...] = ()


def spm_rows(analysis: Spm, study: xr.Dataset, curves: list[CurveResult], clusters: Rows) -> Rows:
    """Return the rows of an analysis; curves and clusters are added to the lists given."""
    vector = analysis.test.startswith("hotelling")
    by = [analysis.factor] if analysis.factor else []
    jobs: list[tuple[str, list[Means], Array, str, str]] = []
    rows: Rows = []
    loaded: list[tuple[Means, Array, str, str]] = []
    for outcome in dict.fromkeys(analysis.outcomes):
        found = curve_means(analysis, study, outcome, by, within=analysis.test in _WITHIN and not analysis.matched_by)
        if isinstance(found, str):
            rows.append({"outcome": outcome, "status": "skipped", "reason": found})
            continue
        loaded.append(found)
        if not vector:
            jobs.append((outcome, [found[0]], *found[1:]))
    if vector:
        if rows:
            return rows
        jobs = [("+".join(analysis.outcomes), [found[0] for found in loaded], *loaded[0][1:])]
    pairs: list[tuple[str, list[Means], Array, str, str, tuple[str, ...]]] = []
    for outcome, means, percent, unit, task in jobs:
        levels = levels_of(means[0].keys, analysis.factor, analysis.reference, analysis.levels) if by else []
        cells = {"outcome": outcome, "unit": unit, "task": task}
        if by and len(levels) < 2:
            rows.append(cells | {"status": "skipped", "reason": one_level(analysis.factor, levels)})
        elif not by or analysis.test.startswith("anova"):
            pairs.append((outcome, means, percent, unit, task, tuple(levels)))
        else:
            pairs += [(outcome, means, percent, unit, task, (level, levels[0])) for level in levels[1:]]
    # one level for every curve: Bonferroni, as a field gives no p where it stays within its threshold
    n_tests = len(pairs)
    for outcome, means, percent, unit, task, compared in pairs:
        alpha = analysis.alpha / (n_tests if analysis.adjustment != "none" else 1)
        row = {"outcome": outcome, "unit": unit, "task": task, "side": analysis.sides}
        rows.append(row | _one_test(analysis, study, means, percent, compared, alpha, n_tests, row, curves, clusters))
    return rows


def _one_test(
    analysis: Spm,
    study: xr.Dataset,
    means: list[Means],
    percent: Array,
    levels: tuple[str, ...],
    alpha: float,
    n_tests: int,
    row: dict[str, str],
    curves: list[CurveResult],
    clusters: Rows,
) -> dict[str, Any]:
    two = len(levels) == 2 and not analysis.test.startswith("anova")
    contrast = " - ".join(levels) if two else (" = ".join(levels) or f"slope of {analysis.covariate}")
    cells: dict[str, Any] = {
        "contrast": contrast,
        "level_a": levels[0] if two else "",
        "level_b": levels[1] if two else "",
    }
    samples, people, problem, sizes = _samples(analysis, means, levels)
    covariate = None
    if not problem and analysis.test == "regression":
        covariate = _covariate(study, people[0], analysis.covariate)
        known = np.isfinite(covariate)
        samples, covariate = [samples[0][known]], covariate[known]
        if len(covariate) < max(analysis.min_participants, 3):
            problem = f"{len(covariate)} participants with {analysis.covariate}; at least {max(analysis.min_participants, 3)} are needed"
        elif np.ptp(covariate) == 0:
            problem = f"zero variance of {analysis.covariate}"
    cells |= sizes
    if problem:
        return cells | {"status": "skipped", "reason": problem}
    subjects = np.concatenate([np.arange(len(sample)) for sample in samples])
    found = curve_test(
        analysis.test,
        [sample if len(means) > 1 else sample[:, :, 0] for sample in samples],
        alpha=alpha,
        subjects=subjects,
        covariate=covariate,
        permutations=analysis.iterations if analysis.nonparametric else 0,
        seed=analysis.seed,
    )
    if found.problem:
        return cells | {"status": "skipped", "reason": found.problem}
    labels = {name: str(row[name]) for name in ("outcome", "side", "task")} | {"analysis": analysis.name}
    labels |= {name: str(cells[name]) for name in ("contrast", "level_a", "level_b")}
    names = (levels or ("",)) if len(means) == 1 else ()
    curves.append(_curve(analysis, labels, percent, samples, found, two and len(means) == 1, names))
    shared = {name: labels[name] for name in ("analysis", "outcome", "side", "task", "contrast")}
    for item in found.clusters:
        start, end = np.interp([item["start"], item["end"]], np.arange(len(percent)), percent)
        clusters.append(
            shared
            | {"start_percent": start, "end_percent": end, "extreme": item["extreme"]}
            | {"threshold": found.threshold, "p": item["p"]}
        )
    result = _result_cells(found, alpha, n_tests, analysis)
    return cells | result | {"reason": joined_notes(result["reason"], *(means[0].notes if analysis.matched_by else ()))}


def _result_cells(found: SpmResult, alpha: float, n_tests: int, analysis: Spm) -> dict[str, Any]:
    clusters = len(found.clusters)
    how = "random field theory" if np.isnan(found.smallest_p) else f"permutations, smallest p {found.smallest_p:.3g}"
    name = found.name.replace("T2", "T²")
    parts = [f"{name} along the curve, threshold {found.threshold:.3g} at alpha {alpha:.3g} ({how})"]
    counted = f"{clusters} suprathreshold cluster{'s' if clusters > 1 else ''}"
    parts.append(counted if clusters else "no suprathreshold cluster, so no p below alpha")
    if analysis.test == "group":
        parts.append("Welch's t, variances may differ")
        if analysis.nonparametric:
            parts.append("signs of whole participants' deviations from the common mean, each group with its own spread")
    if analysis.test == "hotelling_group":
        parts.append("T² without a common covariance, degrees of freedom of Krishnamoorthy and Yu")
    shared = analysis.adjustment != "none"
    of = f"{n_tests} curve{'s' if n_tests > 1 else ''} of {analysis.name}"
    asked = ", as a field within its threshold has no p for fdr" if analysis.adjustment == "fdr" else ""
    if analysis.test in ("anova", "anova_repeated"):
        parts.append("equal variances assumed" if analysis.test == "anova" else "sphericity assumed")
    out: dict[str, Any] = {
        "term": "curve",
        "statistic": float(found.statistic[np.nanargmax(np.abs(found.statistic))]),
        "df": found.df,
        "p": found.p,
        "adjustment": f"bonferroni, {of}{asked}" if shared else f"none, {of}",
        "reason": "; ".join([*parts, RULE]),
    }
    if np.isfinite(found.p):
        out["p_adjusted"] = min(1.0, found.p * (n_tests if shared else 1))
    return out


def _samples(
    analysis: Spm, means: list[Means], levels: tuple[str, ...]
) -> tuple[list[Array], list[list[str]], str, dict[str, int]]:
    """Return (participants, points, components) of each level, those participants, and what is wrong."""
    by_level: list[dict[str, Array]] = []
    for level in levels or ("",):
        component: list[dict[str, Array]] = []
        for one in means:
            mask = (one.keys[analysis.factor] == level).to_numpy() if level else np.ones(len(one.keys), dtype=bool)
            part = one.where(mask)
            component.append(dict(zip(part.keys["participant"], part.values, strict=True)))
        whole = [name for name in component[0] if all(name in other for other in component)]
        by_level.append({name: np.stack([c[name] for c in component], axis=-1) for name in whole})
    repeated = analysis.test in _WITHIN
    everywhere = [name for name in by_level[0] if all(name in other for other in by_level)]
    people = [everywhere] * len(by_level) if repeated else [list(part) for part in by_level]
    problem = ""
    if not repeated and len(by_level) > 1:
        seen = [name for names in people for name in names]
        if len(seen) > len(set(seen)):
            problem = (
                "participants are in several groups: they are not independent groups; use a paired or repeated test"
            )
    least = min(len(names) for names in people)
    if not problem and least < analysis.min_participants:
        where = "with all conditions" if repeated else ("in the smallest group" if len(people) > 1 else "with curves")
        where = "(matched pairs) with both levels" if analysis.matched_by else where
        problem = f"{least} participants {where}; at least {analysis.min_participants} are needed (`min_participants`)"
    used = {name for names in people for name in names}
    chosen: pd.Series = means[0].keys["participant"].isin(used)
    if levels:
        chosen = chosen & means[0].keys[analysis.factor].isin(levels)
    part = means[0].where(chosen.to_numpy())
    sizes = {
        "n_participants": len(used) * (2 if analysis.matched_by else 1),
        "n_sessions": int(part.n_sessions.sum()),
        "n_cycles": int(part.n_cycles.sum()),
    }
    samples = [np.stack([part[name] for name in names]) for part, names in zip(by_level, people, strict=True) if names]
    return samples, people, problem, sizes


def _covariate(study: xr.Dataset, people: Sequence[str], name: str) -> Array:
    if name not in study.coords:
        return np.full(len(people), np.nan)
    numbers = pd.to_numeric(pd.Series(study[name].to_numpy()), errors="coerce")
    mean = numbers.groupby(study["participant"].to_numpy().astype(str)).mean()
    return mean.reindex(list(people)).to_numpy(float)


def _curve(
    analysis: Spm,
    labels: dict[str, str],
    percent: Array,
    samples: list[Array],
    found: SpmResult,
    difference: bool,
    names: Sequence[str],
) -> CurveResult:
    nothing = np.full(len(percent), np.nan)
    mean = low = high = mean_a = mean_b = nothing
    if difference:
        a, b = samples[0][:, :, 0], samples[1][:, :, 0]
        mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
        mean = mean_a - mean_b
        if analysis.test == "paired":
            error, df = (a - b).std(axis=0, ddof=1) / np.sqrt(len(a)), np.full(len(percent), len(a) - 1.0)
        else:
            va, vb = a.var(axis=0, ddof=1) / len(a), b.var(axis=0, ddof=1) / len(b)
            error, df = np.sqrt(va + vb), (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
        half = stats.t.ppf(1 - analysis.alpha / 2, df) * error
        low, high = mean - half, mean + half
    own = [
        level_curve(name, sample[:, :, 0], analysis.alpha)
        for name, sample in zip(names, samples if names else (), strict=True)
    ]
    values = (mean, low, high, mean_a, mean_b, found.statistic, found.threshold, found.p, _name(found))
    return CurveResult(
        labels, percent, *values, analysis.test, 1 - analysis.alpha, tuple(own[::-1] if difference else own)
    )


def level_curve(name: str, curves: Array, alpha: float) -> LevelCurve:
    """Return the mean of (participants, points) curves of a level, with its pointwise interval of 1 - alpha."""
    mean, n = curves.mean(axis=0), len(curves)
    half = stats.t.ppf(1 - alpha / 2, n - 1) * curves.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.nan * mean
    return LevelCurve(name, n, mean, mean - half, mean + half)


def _name(found: SpmResult) -> str:
    return found.name.replace("T2", "T²") + (f"({found.df})" if found.df else "")
