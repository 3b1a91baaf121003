"""What every column of the tables of statistics and every variable of their curves means; one text for each quantity."""

from __future__ import annotations

from biomech.columns import CYCLE_COLUMNS, Described

_OWN_UNIT = "see column unit"
_OF_OUTCOME = "of the outcome"

_ANALYSIS = Described("name of the analysis in the config")
_OUTCOME = Described("the metric, or the curve as variable.quantity; of profile scores also the score of all curves")
_SIDE = Described("left, right, both, or average (mean of a participant's two legs) or each as a factor")
_UNIT = Described("unit of the numbers of the row that are in the outcome's unit; 1 for ratios and counts")
_TASK = CYCLE_COLUMNS["task"]
_CONTRAST = Described("the contrast in words, level_a - level_b; empty for estimates that are none")
_KIND = Described("descriptives, reliability, comparison, association, mixed_model, spm or profile_score")
_LABELS = {"analysis": _ANALYSIS, "outcome": _OUTCOME, "side": _SIDE, "task": _TASK}

EFFECT_NAMES = (
    *("hedges_g", "hedges_g_av", "d_total_sd", "partial_r2"),
    *("rank_biserial", "pearson_r", "spearman_rho"),
)
RESULT_COLUMNS: dict[str, Described] = {
    "analysis": _ANALYSIS,
    "kind": _KIND,
    "outcome": _OUTCOME,
    "unit": _UNIT,
    "side": _SIDE,
    "task": _TASK,
    "term": Described("what is estimated: mean, icc_2_1, sem, mdc95, difference, a term of a model, a cluster, ..."),
    "contrast": _CONTRAST,
    "level_a": Described("the first level of a contrast, or the level that a mean belongs to"),
    "level_b": Described("the second level of a contrast: the reference"),
    "estimate": Described("the estimate", _OWN_UNIT),
    "low": Described("lower end of the estimate's interval", _OWN_UNIT),
    "high": Described("upper end of the estimate's interval", _OWN_UNIT),
    "confidence": Described("of the intervals of the estimate and of the effect, 0 to 1", "1"),
    "test": Described("name of the test; empty for estimates without one"),
    "statistic": Described("the test's statistic, of curves the value farthest from zero: t, F, V, U, W or T²", "1"),
    "df": Described("degrees of freedom; two of them separated by a comma"),
    "p": Described("p value of this test alone, of a curve or its cluster that of the cluster", "1"),
    "p_adjusted": Described("p value adjusted within its family", "1"),
    "adjustment": Described("holm, fdr or none, with the family's size and name"),
    "effect": Described("effect size, the one that effect_name names", "1"),
    "effect_name": Described(f"which effect size: {', '.join(EFFECT_NAMES)}"),
    "effect_low": Described("lower end of the effect's interval", "1"),
    "effect_high": Described("upper end of the effect's interval", "1"),
    "n_participants": Described("participants in the estimate", "1", whole=True),
    "n_sessions": Described("sessions in the estimate", "1", whole=True),
    "n_cycles": Described("cycles in the estimate", "1", whole=True),
    "status": Described("done; warned: see the reason; skipped: no estimate, see the reason"),
    "reason": Described("why skipped or warned, and how the test was made (method, averaging rule)"),
}
# suprathreshold clusters of a curve
CLUSTER_COLUMNS: dict[str, Described] = _LABELS | {
    "contrast": _CONTRAST,
    "start_percent": Described("where the cluster begins in the cycle", "%"),
    "end_percent": Described("where the cluster ends in the cycle", "%"),
    "extreme": Described("the statistic farthest from zero in the cluster", "1"),
    "threshold": Described("critical value of the statistic along the curve", "1"),
    "p": RESULT_COLUMNS["p"],
}
# what the estimates and the figures of single values are made from
VALUE_COLUMNS: dict[str, Described] = {
    **{name: RESULT_COLUMNS[name] for name in ("analysis", "kind", "outcome", "unit", "side", "task", "contrast")},
    "factor": Described("the column that `level` is of"),
    "design": Described("within: levels of the same participants; between: of different ones; empty: neither"),
    "level": Described("level of the factor"),
    "participant": CYCLE_COLUMNS["participant"],
    "value": Described("the participant's value that went into the estimate", _OWN_UNIT),
}
SCORE_COLUMNS: dict[str, Described] = {
    "analysis": _ANALYSIS,
    "participant": CYCLE_COLUMNS["participant"],
    "session": CYCLE_COLUMNS["session"],
    "side": _SIDE,
    "task": _TASK,
    "outcome": _OUTCOME,
    "score": Described("root mean square distance from the reference", _OWN_UNIT),
    "unit": _UNIT,
}
# reliability of a curve, one row per point
POINT_COLUMNS: dict[str, Described] = _LABELS | {
    "unit": _UNIT,
    "percent": CYCLE_COLUMNS["percent"],
    "mean": Described("mean of all participants and measurements at this point", _OWN_UNIT),
    "icc_2_1": Described("ICC(2,1) at this point", "1"),
    "icc_low": Described("lower end of the interval of icc_2_1, of this point by itself", "1"),
    "icc_high": Described("upper end of the interval of icc_2_1, of this point by itself", "1"),
    "sem": Described("standard error of measurement at this point", _OWN_UNIT),
    "sem_low": Described("lower end of the interval of sem, of this point by itself", _OWN_UNIT),
    "sem_high": Described("upper end of the interval of sem, of this point by itself", _OWN_UNIT),
    "mdc95": Described("minimal detectable change at this point, 1.96 sqrt(2) sem", _OWN_UNIT),
}
# tables for a manuscript: every cell is text, rounded and with its unit
PRINTED_COLUMNS: dict[str, Described] = {
    "Analysis": _ANALYSIS,
    "Outcome": Described("metric or curve in words"),
    "Side": Described("leg in words"),
    "Task": Described("task in words"),
    "Estimate of": Described("what is estimated, in words: term, contrast or level"),
    "Estimate": Described("estimate with its unit"),
    "95 % CI": Described("confidence interval of the estimate; its level is 1 - alpha of the analysis"),
    "Interval": Described("confidence interval of the estimate, where intervals of several levels are in one table"),
    "Test": RESULT_COLUMNS["test"],
    "Statistic": Described("letter and value of the test's statistic"),
    "df": RESULT_COLUMNS["df"],
    "p": Described("p value of this test alone, as printed"),
    "Adjusted p": Described("p value adjusted within its family, as printed"),
    "Effect size": Described("name, value and confidence interval of the effect size"),
    "Participants": Described("number of participants in the estimate"),
    "Sessions": Described("number of sessions in the estimate"),
    "Cycles": Described("number of cycles in the estimate"),
    "Note": Described("why an estimate is doubtful; of curves the threshold and the clusters"),
    "Reason": Described("why an analysis was skipped"),
}
STATISTICS_FIGURE_COLUMNS: dict[str, Described] = {
    "file": Described("file name of the figure in its first format"),
    "kind": Described("forest, raincloud, scatter, bland-altman, curve-reliability or curves"),
    **_LABELS,
    "contrast": Described("the contrast that is shown; of forest plots the unit of the estimates"),
}
STATISTICS_TABLES: dict[str, dict[str, Described]] = {
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
CURVE_FIELDS: dict[str, Described] = {
    "mean": Described("difference of the levels' mean curves, level_a minus level_b", _OF_OUTCOME),
    "low": Described("lower end of its pointwise interval", _OF_OUTCOME),
    "high": Described("upper end of its pointwise interval", _OF_OUTCOME),
    "mean_a": Described("mean curve of level_a", _OF_OUTCOME),
    "mean_b": Described("mean curve of level_b", _OF_OUTCOME),
    "spm": Described("test statistic along the curve", "1"),
}
CURVE_NUMBERS: dict[str, Described] = {
    "threshold": Described("critical value of spm", "1"),
    "p": Described("smallest p of a suprathreshold cluster", "1"),
}
CURVE_LEVELS: dict[str, Described] = {
    "level_mean": Described("mean curve of a level, of the participants that were tested", _OF_OUTCOME),
    "level_low": Described("lower end of its pointwise interval", _OF_OUTCOME),
    "level_high": Described("upper end of its pointwise interval", _OF_OUTCOME),
}
CURVE_LABELS = ("analysis", "outcome", "side", "task", "contrast", "level_a", "level_b")
CURVE_COORDINATES: dict[str, Described] = {
    **{name: RESULT_COLUMNS[name] for name in CURVE_LABELS},
    "percent": Described("position in the cycle", "%"),
    "statistic": Described("name of spm, with its degrees of freedom"),
    "design": Described("test in the config: paired, group, anova, ..."),
    "confidence": Described("of the intervals, 0 to 1", "1"),
    "level_test": Described("place of its test, from 0", "1"),
    "level_name": Described("level of the factor"),
    "level_n": Described("participants", "1"),
}
