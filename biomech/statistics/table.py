"""The table of results: one row per estimate, the same columns for every kind of analysis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Effect:
    """An effect size: its name in print, its formula (empty where the name says it), its interval, and where they come from.

    `corrected` ones are multiplied by Hedges' exact small-sample factor of their degrees of freedom.
    """

    title: str
    formula: str = ""
    corrected: bool = False
    source: str = ""
    interval: str = ""


EFFECTS: dict[str, Effect] = {
    "hedges_g": Effect("Hedges' g", "difference / pooled SD", True, "hedges1981", "noncentral t distribution"),
    "hedges_g_av": Effect(
        "Hedges' g_av",
        "difference / root mean square of both SDs",
        True,
        "hedges1981,algina2003",
        "noncentral t distribution",
    ),
    "d_total_sd": Effect(
        "d",
        "contrast / root of the summed variance components",
        True,
        "donner2012",
        "intervals of the contrast (t) and of the SD (chi-squared) joined",
    ),
    "partial_r2": Effect("partial R²", "F df1 / (F df1 + df2)", False, "steiger2004", "noncentral F distribution"),
    "rank_biserial": Effect(
        "rank-biserial correlation",
        "difference of favourable and unfavourable rank shares",
        False,
        "kerby2014",
        "Fisher's z, with the variance of the rank statistic under the null hypothesis",
    ),
    "pearson_r": Effect("Pearson's r", interval="Fisher's z"),
    "spearman_rho": Effect(
        "Spearman's ρ", source="bonett2000", interval="Fisher's z, with the variance of Bonett and Wright"
    ),
}

# column: (type, what it holds)
RESULT_COLUMNS: dict[str, tuple[str, str]] = {
    "analysis": ("text", "name of the analysis in the config"),
    "kind": ("text", "descriptives, reliability, comparison, association, mixed_model, spm or profile_score"),
    "outcome": ("text", "the metric, or the curve as variable.quantity"),
    "unit": ("text", "of estimate, low and high where the estimate is in the outcome's unit; 1 for ratios"),
    "side": ("text", "left, right, both, or average (mean of a participant's two legs) or each as a factor"),
    "task": ("text", "task"),
    "term": ("text", "what is estimated: mean, icc_2_1, sem, mdc95, difference, a term of a model, a cluster, ..."),
    "contrast": ("text", "the contrast in words, level_a - level_b; empty for estimates that are none"),
    "level_a": ("text", "the first level of a contrast, or the level that a mean belongs to"),
    "level_b": ("text", "the second level of a contrast: the reference"),
    "estimate": ("number", "the estimate"),
    "low": ("number", "lower end of its interval"),
    "high": ("number", "upper end of its interval"),
    "confidence": ("number", "of the interval and of the effect's, 0 to 1"),
    "test": ("text", "name of the test; empty for estimates without one"),
    "statistic": ("number", "the test's statistic, of curves the value farthest from zero: t, F, V, U, W or T²"),
    "df": ("text", "degrees of freedom; two of them separated by a comma"),
    "p": ("number", "p value of this test alone"),
    "p_adjusted": ("number", "p value adjusted within its family"),
    "adjustment": ("text", "holm, fdr or none, with the family's size and name"),
    "effect": ("number", "effect size"),
    "effect_name": ("text", f"which one: {', '.join(EFFECTS)}"),
    "effect_low": ("number", "lower end of the effect's interval"),
    "effect_high": ("number", "upper end of the effect's interval"),
    "n_participants": ("count", "participants in the estimate"),
    "n_sessions": ("count", "their sessions"),
    "n_cycles": ("count", "their cycles"),
    "status": ("text", "done; warned: see the reason; skipped: no estimate, see the reason"),
    "reason": ("text", "why skipped or warned, and how the test was made (method, averaging rule)"),
}

# of `clusters.csv`: suprathreshold clusters of a curve
CLUSTER_COLUMNS: dict[str, tuple[str, str]] = {
    "analysis": ("text", "name of the analysis in the config"),
    "outcome": ("text", "the curve as variable.quantity"),
    "side": ("text", "as in the table of results"),
    "task": ("text", "task"),
    "contrast": ("text", "as in the table of results"),
    "start_percent": ("number", "where the cluster begins, % of the cycle"),
    "end_percent": ("number", "where it ends"),
    "extreme": ("number", "the statistic farthest from zero in it"),
    "threshold": ("number", "the critical value that it exceeds"),
    "p": ("number", "p value of the cluster"),
}
# of `values.csv`: what the estimates and the figures of single values are made from
VALUE_COLUMNS: dict[str, tuple[str, str]] = {
    "analysis": ("text", "name of the analysis in the config"),
    "kind": ("text", "as in the table of results"),
    "outcome": ("text", "the metric"),
    "unit": ("text", "of the outcome"),
    "side": ("text", "as in the table of results"),
    "task": ("text", "task"),
    "contrast": ("text", "as in the table of results; empty for what is no contrast"),
    "factor": ("text", "the column that `level` is of"),
    "design": ("text", "within: levels of the same participants; between: of different ones; empty: neither"),
    "level": ("text", "level of the factor"),
    "participant": ("text", "participant"),
    "value": ("number", "the participant's value that went into the estimate"),
}
# of `profile_scores.csv`
SCORE_COLUMNS: dict[str, tuple[str, str]] = {
    "analysis": ("text", "name of the analysis in the config"),
    "participant": ("text", "participant"),
    "session": ("text", "session"),
    "side": ("text", "as in the table of results"),
    "task": ("text", "task"),
    "outcome": ("text", "the curve as variable.quantity, or the score of all curves together"),
    "score": ("number", "root mean square distance from the reference"),
    "unit": ("text", "of the score"),
}
# of `curve_reliability.csv`
POINT_COLUMNS: dict[str, tuple[str, str]] = {
    "analysis": ("text", "name of the analysis in the config"),
    "outcome": ("text", "the curve as variable.quantity"),
    "side": ("text", "as in the table of results"),
    "task": ("text", "task"),
    "unit": ("text", "of mean, sem and mdc95"),
    "percent": ("number", "point of the cycle"),
    "mean": ("number", "mean of all participants and measurements"),
    "icc_2_1": ("number", "ICC(2,1) at this point"),
    "icc_low": ("number", "lower end of its interval, of this point by itself"),
    "icc_high": ("number", "upper end of its interval"),
    "sem": ("number", "standard error of measurement at this point"),
    "sem_low": ("number", "lower end of its interval, of this point by itself"),
    "sem_high": ("number", "upper end of its interval"),
    "mdc95": ("number", "minimal detectable change at this point, 1.96 sqrt(2) SEM"),
}
_EMPTY: dict[str, Any] = {"text": "", "number": np.nan, "count": 0}


def table_of(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, tuple[str, str]] = RESULT_COLUMNS
) -> pd.DataFrame:
    """Return rows as a table with all columns, missing text empty and missing numbers NaN.

    Raises
    ------
    KeyError
        For a cell that no column holds.
    """
    listed = list(rows)
    unknown = sorted({name for row in listed for name in row} - set(columns))
    if unknown:
        raise KeyError(f"no such column of results: {', '.join(unknown)}")
    out = {}
    for name, (kind, _) in columns.items():
        cells = [row.get(name, _EMPTY[kind]) for row in listed]
        dtype = {"text": "str", "number": "float64", "count": "int64"}[kind]
        out[name] = pd.Series(cells, dtype=dtype)
    return pd.DataFrame(out)
