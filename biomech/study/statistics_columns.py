"""Meaning of every column of the tables of statistics and every variable of their curves; one text for each quantity."""

from __future__ import annotations

from biomech.columns import CYCLE_COLUMNS, ColumnSpec

_OWN_UNIT = "see column unit"
_OF_OUTCOME = "of the outcome"

_ANALYSIS = ColumnSpec("name of the analysis in the config")
_OUTCOME = ColumnSpec("the metric, or the curve as variable.quantity; of profile scores also the score of all curves")
_SIDE = ColumnSpec("left, right, both, or average (mean of a participant's two legs) or each as a factor")
_UNIT = ColumnSpec("unit of the numbers of the row that are in the outcome's unit; 1 for ratios and counts")
_TASK = CYCLE_COLUMNS["task"]
_CONTRAST = ColumnSpec("the contrast in words, level_a - level_b; empty for estimates that are none")
_KIND = ColumnSpec("descriptives, reliability, comparison, association, mixed_model, spm or profile_score")
_LABELS = {"analysis": _ANALYSIS, "outcome": _OUTCOME, "side": _SIDE, "task": _TASK}

EFFECT_NAMES = (
    *("hedges_g", "hedges_g_av", "d_total_sd", "partial_r2"),
    *("rank_biserial", "pearson_r", "spearman_rho"),
)
RESULT_COLUMNS: dict[str, ColumnSpec] = {
    "analysis": _ANALYSIS,
    "kind": _KIND,
    "outcome": _OUTCOME,
    "unit": _UNIT,
    "side": _SIDE,
    "task": _TASK,
    "term": ColumnSpec("what is estimated: mean, icc_2_1, sem, mdc95, difference, a term of a model, a cluster, ..."),
    "contrast": _CONTRAST,
    "level_a": ColumnSpec("the first level of a contrast, or the level that a mean belongs to"),
    "level_b": ColumnSpec("the second level of a contrast: the reference"),
    "estimate": ColumnSpec("the estimate", _OWN_UNIT),
    "low": ColumnSpec("lower end of the estimate's interval", _OWN_UNIT),
    "high": ColumnSpec("upper end of the estimate's interval", _OWN_UNIT),
    "confidence": ColumnSpec("of the intervals of the estimate and of the effect, 0 to 1", "1"),
    "test": ColumnSpec("name of the test; empty for estimates without one"),
    "statistic": ColumnSpec("the test's statistic, of curves the value farthest from zero: t, F, V, U, W or T²", "1"),
    "df": ColumnSpec("degrees of freedom; two of them separated by a comma"),
    "p": ColumnSpec("p value of this test alone, of a curve or its cluster that of the cluster", "1"),
    "p_adjusted": ColumnSpec("p value adjusted within its family", "1"),
    "adjustment": ColumnSpec("holm, fdr or none, with the family's size and name"),
    "effect": ColumnSpec("effect size, the one that effect_name names", "1"),
    "effect_name": ColumnSpec(f"which effect size: {', '.join(EFFECT_NAMES)}"),
    "effect_low": ColumnSpec("lower end of the effect's interval", "1"),
    "effect_high": ColumnSpec("upper end of the effect's interval", "1"),
    "n_participants": ColumnSpec("participants in the estimate", "1", whole=True),
    "n_sessions": ColumnSpec("sessions in the estimate", "1", whole=True),
    "n_cycles": ColumnSpec("cycles in the estimate", "1", whole=True),
    "status": ColumnSpec("done; warned: see the reason; skipped: no estimate, see the reason"),
    "reason": ColumnSpec("why skipped or warned, and how the test was made (method, averaging rule)"),
}
# suprathreshold clusters of a curve
CLUSTER_COLUMNS: dict[str, ColumnSpec] = _LABELS | {
    "contrast": _CONTRAST,
    "start_percent": ColumnSpec("where the cluster begins in the cycle", "%"),
    "end_percent": ColumnSpec("where the cluster ends in the cycle", "%"),
    "extreme": ColumnSpec("the statistic farthest from zero in the cluster", "1"),
    "threshold": ColumnSpec("critical value of the statistic along the curve", "1"),
    "p": RESULT_COLUMNS["p"],
}
# what the estimates and the figures of single values are made from
VALUE_COLUMNS: dict[str, ColumnSpec] = {
    **{name: RESULT_COLUMNS[name] for name in ("analysis", "kind", "outcome", "unit", "side", "task", "contrast")},
    "factor": ColumnSpec("the column that `level` is of"),
    "design": ColumnSpec("within: levels of the same participants; between: of different ones; empty: neither"),
    "level": ColumnSpec("level of the factor"),
    "participant": CYCLE_COLUMNS["participant"],
    "value": ColumnSpec("the participant's value that went into the estimate", _OWN_UNIT),
}
SCORE_COLUMNS: dict[str, ColumnSpec] = {
    "analysis": _ANALYSIS,
    "participant": CYCLE_COLUMNS["participant"],
    "session": CYCLE_COLUMNS["session"],
    "side": _SIDE,
    "task": _TASK,
    "outcome": _OUTCOME,
    "score": ColumnSpec("root mean square distance from the reference", _OWN_UNIT),
    "unit": _UNIT,
}
# reliability of a curve, one row per point
POINT_COLUMNS: dict[str, ColumnSpec] = _LABELS | {
    "unit": _UNIT,
    "percent": CYCLE_COLUMNS["percent"],
    "mean": ColumnSpec("mean of all participants and measurements at this point", _OWN_UNIT),
    "icc_2_1": ColumnSpec("ICC(2,1) at this point", "1"),
    "icc_low": ColumnSpec("lower end of the interval of icc_2_1, of this point by itself", "1"),
    "icc_high": ColumnSpec("upper end of the interval of icc_2_1, of this point by itself", "1"),
    "sem": ColumnSpec("standard error of measurement at this point", _OWN_UNIT),
    "sem_low": ColumnSpec("lower end of the interval of sem, of this point by itself", _OWN_UNIT),
    "sem_high": ColumnSpec("upper end of the interval of sem, of this point by itself", _OWN_UNIT),
    "mdc95": ColumnSpec("minimal detectable change at this point, 1.96 sqrt(2) sem", _OWN_UNIT),
}
# tables for a manuscript: every cell is text, rounded and with its unit
PRINTED_COLUMNS: dict[str, ColumnSpec] = {
    "Analysis": _ANALYSIS,
    "Outcome": ColumnSpec("metric or curve in words"),
    "Side": ColumnSpec("leg in words"),
    "Task": ColumnSpec("task in words"),
    "Estimate of": ColumnSpec("what is estimated, in words: term, contrast or level"),
    "Estimate": ColumnSpec("estimate with its unit"),
    "95 % CI": ColumnSpec("confidence interval of the estimate; its level is 1 - alpha of the analysis"),
    "Interval": ColumnSpec("confidence interval of the estimate, where intervals of several levels are in one table"),
    "Test": RESULT_COLUMNS["test"],
    "Statistic": ColumnSpec("letter and value of the test's statistic"),
    "df": RESULT_COLUMNS["df"],
    "p": ColumnSpec("p value of this test alone, as printed"),
    "Adjusted p": ColumnSpec("p value adjusted within its family, as printed"),
    "Effect size": ColumnSpec("name, value and confidence interval of the effect size"),
    "Participants": ColumnSpec("number of participants in the estimate"),
    "Sessions": ColumnSpec("number of sessions in the estimate"),
    "Cycles": ColumnSpec("number of cycles in the estimate"),
    "Note": ColumnSpec("why an estimate is doubtful; of curves the threshold and the clusters"),
    "Reason": ColumnSpec("why an analysis was skipped"),
}
STATISTICS_FIGURE_COLUMNS: dict[str, ColumnSpec] = {
    "file": ColumnSpec("file name of the figure in its first format"),
    "kind": ColumnSpec("forest, raincloud, scatter, bland-altman, curve-reliability or curves"),
    **_LABELS,
    "contrast": ColumnSpec("the contrast that is shown; of forest plots the unit of the estimates"),
}
STATISTICS_TABLES: dict[str, dict[str, ColumnSpec]] = {
    "statistics/results.csv": RESULT_COLUMNS,
    "statistics/results.parquet": RESULT_COLUMNS,
    "statistics/values.csv": VALUE_COLUMNS,
    "statistics/clusters.csv": CLUSTER_COLUMNS,
    "statistics/profile_scores.csv": SCORE_COLUMNS,
    "statistics/curve_reliability.csv": POINT_COLUMNS,
    "statistics_report/tables/*.csv": PRINTED_COLUMNS,
    "statistics_report/figures/index.tsv": STATISTICS_FIGURE_COLUMNS,
}
CURVES_FILE = "statistics/curves.nc"
# of `CURVES_FILE`, by test and percent, by test, and by level and percent
CURVE_FIELDS: dict[str, ColumnSpec] = {
    "mean": ColumnSpec("difference of the levels' mean curves, level_a minus level_b", _OF_OUTCOME),
    "low": ColumnSpec("lower end of its pointwise interval", _OF_OUTCOME),
    "high": ColumnSpec("upper end of its pointwise interval", _OF_OUTCOME),
    "mean_a": ColumnSpec("mean curve of level_a", _OF_OUTCOME),
    "mean_b": ColumnSpec("mean curve of level_b", _OF_OUTCOME),
    "spm": ColumnSpec("test statistic along the curve", "1"),
}
CURVE_NUMBERS: dict[str, ColumnSpec] = {
    "threshold": ColumnSpec("critical value of spm", "1"),
    "p": ColumnSpec("smallest p of a suprathreshold cluster", "1"),
}
CURVE_LEVELS: dict[str, ColumnSpec] = {
    "level_mean": ColumnSpec("mean curve of a level, of the participants that were tested", _OF_OUTCOME),
    "level_low": ColumnSpec("lower end of its pointwise interval", _OF_OUTCOME),
    "level_high": ColumnSpec("upper end of its pointwise interval", _OF_OUTCOME),
}
CURVE_LABELS = ("analysis", "outcome", "side", "task", "contrast", "level_a", "level_b")
CURVE_COORDINATES: dict[str, ColumnSpec] = {
    **{name: RESULT_COLUMNS[name] for name in CURVE_LABELS},
    "percent": ColumnSpec("position in the cycle", "%"),
    "statistic": ColumnSpec("name of spm, with its degrees of freedom"),
    "design": ColumnSpec("test in the config: paired, group, anova, ..."),
    "confidence": ColumnSpec("of the intervals, 0 to 1", "1"),
    "level_test": ColumnSpec("place of its test, from 0", "1"),
    "level_name": ColumnSpec("level of the factor"),
    "level_n": ColumnSpec("participants", "1"),
}
