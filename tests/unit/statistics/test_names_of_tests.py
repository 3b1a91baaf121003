"""Each test has its usual name and the letter of its statistic."""

from types import SimpleNamespace as Analysis

import pytest

from biomech.config.statistics import Comparison, Spm
from biomech.statistics.names_of_tests import COMPARISON_TESTS, CURVE_TESTS, name_of_test, plain, symbol


@pytest.mark.parametrize(
    ("analysis", "row", "name", "letter"),
    [
        (Analysis(kind="comparison", design="paired", method="t"), {"df": "9"}, "paired-samples t test", "t"),
        (Analysis(kind="comparison", design="group", method="t"), {"df": "9.4"}, "Welch's t test", "t"),
        (Analysis(kind="comparison", design="paired", method="rank"), {}, "Wilcoxon signed-rank test", "V"),
        (Analysis(kind="comparison", design="group", method="rank"), {}, "Wilcoxon rank-sum (Mann-Whitney) test", "U"),
        (Analysis(kind="comparison", design="group", method="t"), {"term": "shapiro_wilk"}, "Shapiro-Wilk test", "W"),
        (
            Analysis(kind="comparison", design="group", method="t"),
            {"term": "brown_forsythe"},
            "Brown-Forsythe test",
            "F",
        ),
        (Analysis(kind="mixed_model"), {"df": "1, 22"}, "F test", "F"),
        (Analysis(kind="mixed_model"), {"df": "22"}, "t test", "t"),
        (
            Analysis(kind="spm", test="anova", nonparametric=True),
            {},
            "one-way analysis of variance between groups, permutation",
            "F",
        ),
        (
            Analysis(kind="spm", test="hotelling_paired", nonparametric=False),
            {},
            "paired Hotelling's T² test of all outcomes as one vector, random field theory",
            "T²",
        ),
        (Analysis(kind="association", method="pearson"), {"df": "8"}, "t test of Pearson's r", "t"),
    ],
)
def test_names(analysis, row, name, letter):
    assert name_of_test(analysis, {"statistic": 2.0, **row}) == name and symbol(name) == letter
    assert name_of_test(analysis, row) == "", "no statistic, no test"


def test_every_test_of_the_config_has_a_name():
    designs = Comparison.model_fields["design"].annotation.__args__
    methods = Comparison.model_fields["method"].annotation.__args__
    assert {(design, method) for design in designs for method in methods} <= set(COMPARISON_TESTS)
    assert set(Spm.model_fields["test"].annotation.__args__) <= set(CURVE_TESTS)
    for name in (*COMPARISON_TESTS.values(), *CURVE_TESTS.values()):
        assert "{" not in plain(name) and "assumed)" not in plain(name)
