"""Names of statistical tests as journals print them, for the table of results and the methods section.

Citations stand as keys with an at sign, in braces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

# of design and method
COMPARISON_TESTS: Final[dict[tuple[str, str], str]] = {
    ("paired", "t"): "paired-samples t test",
    ("group", "t"): "Welch's t test (equal variances not assumed) {@welch1947}",
    ("paired", "rank"): "Wilcoxon signed-rank test",
    ("group", "rank"): "Wilcoxon rank-sum (Mann-Whitney) test",
    ("paired", "permutation"): "permutation test of the signs of paired differences {@phipson2010}",
    (
        "group",
        "permutation",
    ): "permutation test of Welch's t (signs of deviations from the common mean) {@phipson2010,winkler2014}",
}
CURVE_TESTS: Final[dict[str, str]] = {
    "paired": "paired-samples t test",
    "group": "Welch's t test (equal variances not assumed)",
    "anova": "one-way analysis of variance between groups (equal variances assumed)",
    "anova_repeated": "repeated-measures analysis of variance (sphericity assumed)",
    "anova_mixed": "two-way analysis of variance with one between-participants and one within-participants factor (equal variances "
    "and sphericity assumed)",
    "anova_two_repeated": "two-way repeated-measures analysis of variance (sphericity assumed)",
    "regression": "linear regression",
    "hotelling_paired": "paired Hotelling's T² test of all outcomes as one vector {@pataky2013}",
    "hotelling_group": "two-sample Hotelling's T² test of all outcomes as one vector, equal covariances not assumed "
    "{@pataky2013,krishnamoorthy2004}",
}
_TERMS: Final = {
    "equivalence": "two one-sided t tests",
    "shapiro_wilk": "Shapiro-Wilk test",
    "brown_forsythe": "Brown-Forsythe test",
}
_ASSOCIATIONS: Final = {
    "pearson": "t test of Pearson's r",
    "spearman": "t test of Spearman's ρ",
    "regression": "t test of the slope",
}
# of the statistic, by what its test's name holds; the first that fits
_SYMBOLS: Final = (
    ("Hotelling", "T²"),
    ("variance", "F"),
    ("F test", "F"),
    ("Brown-Forsythe", "F"),
    ("Shapiro", "W"),
    ("signed-rank", "V"),
    ("rank-sum", "U"),
)


def plain(name: str) -> str:
    """Return the name of a test without its citations and what is in parentheses."""
    return re.sub(r" \{@[\w,]+\}| \((?!Mann)[^)]*\)", "", name)


def name_of_test(analysis: Any, row: Mapping[str, Any]) -> str:
    """Return the name of the test behind a row of the table of results; empty if it is of none.

    Parameters
    ----------
    analysis : Analysis
        Of the config.
    row : mapping
        Cells of the row.
    """
    if not np.isfinite(row.get("statistic", np.nan)):
        return ""
    kind, term = getattr(analysis, "kind", ""), str(row.get("term", ""))
    if term in _TERMS:
        return _TERMS[term]
    if kind == "comparison":
        return plain(COMPARISON_TESTS.get((analysis.design, analysis.method), f"{analysis.method} test"))
    if kind == "association":
        exact = analysis.method == "spearman" and "p of all orders" in str(row.get("reason", ""))
        return "permutation test of Spearman's ρ" if exact else _ASSOCIATIONS.get(analysis.method, "")
    if kind == "spm":
        how = "permutation" if analysis.nonparametric else "random field theory"
        return f"{plain(CURVE_TESTS.get(analysis.test, analysis.test.replace('_', ' ')))}, {how}"
    return "F test" if "," in str(row.get("df", "")) else "t test"


def symbol(test: str) -> str:
    """Return the letter of a test's statistic; ``t`` for all whose name says nothing else."""
    return next((letter for words, letter in _SYMBOLS if words in test), "t")
