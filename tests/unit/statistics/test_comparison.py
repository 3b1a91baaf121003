"""Comparisons against SciPy, pingouin and exact counts."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from biomech.statistics.comparison import adjusted, groups, noncentral_interval, paired, small_sample_factor

# Student 1908, Biometrika 6:1: hours of sleep gained by two drugs, the same ten patients
A = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
B = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def test_students_sleep_data() -> None:
    """Student's table: mean difference 1.58 h, t = 4.06 with 9 degrees of freedom, p = 0.0028."""
    found = paired(B, A)
    assert found.estimate == pytest.approx(1.58)
    assert (found.statistic, found.p) == (pytest.approx(4.0621, abs=1e-4), pytest.approx(0.002833, abs=1e-6))
    assert (found.low, found.high) == (pytest.approx(0.7001, abs=1e-4), pytest.approx(2.4599, abs=1e-4))


def test_groups_are_welch_and_hedges_of_pingouin() -> None:
    import pingouin

    found = groups(B, A)
    expected = stats.ttest_ind(B, A, equal_var=False)
    interval = expected.confidence_interval()
    assert (found.p, found.low, found.high) == pytest.approx((expected.pvalue, interval.low, interval.high))
    # pingouin takes the approximation 1 - 3 / (4 df - 1) of the small-sample factor
    assert found.effect == pytest.approx(pingouin.compute_effsize(B, A, eftype="hedges"), rel=2e-3)


def test_the_small_sample_factor_and_noncentral_interval_are_those_published() -> None:
    assert small_sample_factor(10) == pytest.approx(0.9228, abs=1e-4)  # Hedges 1981, table 1
    low, high = noncentral_interval(-2.0, 22, 0.95)
    assert stats.nct.cdf(2.0, 22, -low) == pytest.approx(0.025, abs=1e-6)
    assert stats.nct.cdf(2.0, 22, -high) == pytest.approx(0.975, abs=1e-6)


def test_permutation_counts_all_ways() -> None:
    """Eight positive differences of one: only all plus and all minus are as extreme."""
    a = np.arange(8.0) * 2 + 1.5
    found = paired(a, np.arange(8.0), permutations=256)
    assert found.p == 2 / 256
    assert "smallest p 0.00781" in found.note
    apart = groups(np.array([10.0, 11, 12, 13]), np.array([1.0, 2, 3, 4]), permutations=256)
    assert apart.p == 2 / 256
    expected = stats.permutation_test((B, A), lambda x, y, axis: (x - y).mean(axis), permutation_type="samples").pvalue
    assert paired(B, A, permutations=2000).p == pytest.approx(expected)


def test_permutations_of_groups_turn_signs_of_deviations_from_the_common_mean() -> None:
    """Every way, by SciPy's Welch t of the deviations with their signs turned."""
    a, b = B[:3] * 2, A[:7]
    va, vb = a.var(ddof=1) / 3, b.var(ddof=1) / 7
    common = (a.mean() / va + b.mean() / vb) / (1 / va + 1 / vb)
    signs = np.array(list(itertools.product((1.0, -1.0), repeat=10)))
    turned = signs * (np.concatenate([a, b]) - common)
    t = np.abs(stats.ttest_ind(turned[:, :3], turned[:, 3:], axis=1, equal_var=False).statistic)
    found = groups(a, b, permutations=1024)
    assert 0.05 < found.p < 0.95 and found.p == pytest.approx(np.mean(t >= t[0] * (1 - 1e-9)))
    assert "all 1024 permutations of signs of 10 deviations from the common mean; smallest p 0.00195" in found.note


def test_permutations_of_groups_of_other_size_and_spread_keep_the_level() -> None:
    """6 of twice the spread and 18: signs find something in 5.6 % of studies; 99.9 % limits, for other seeds too."""
    random, studies = np.random.default_rng(77), 600
    p = [groups(2 * random.normal(size=6), random.normal(size=18), 0.95, 300, seed=i).p for i in range(studies)]
    low, high = stats.binom.interval(0.999, studies, 0.05)
    assert low <= np.sum(np.array(p) <= 0.05) <= high


def test_sampled_permutations_are_the_same_in_every_run_and_never_zero() -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(9, 1, 30), random.normal(0, 1, 30)
    first = [test(a, b, permutations=500, seed=3).p for test in (paired, groups)]
    assert first == [test(a, b, permutations=500, seed=3).p for test in (paired, groups)] == [1 / 501, 1 / 501]


@pytest.mark.parametrize("test", [paired, groups])
def test_zero_variance_gives_a_reason_and_no_number(test) -> None:
    found = test(np.full(6, 2.0), np.full(6, 1.0))
    assert found.estimate == 1.0 and np.isnan([found.low, found.p, found.effect]).all()
    assert "zero variance" in found.note


def test_adjusted_p_values_are_those_of_r() -> None:
    """``p.adjust(c(.01, .02, .03, .04, .05), "holm")`` and ``"BH"``; a missing one does not count."""
    p = np.array([0.01, 0.02, np.nan, 0.03, 0.04, 0.05])
    assert adjusted(p, "holm") == pytest.approx([0.05, 0.08, np.nan, 0.09, 0.09, 0.09], nan_ok=True)
    assert adjusted(p, "fdr") == pytest.approx([0.05, 0.05, np.nan, 0.05, 0.05, 0.05], nan_ok=True)
    assert pd.Series(adjusted(p, "none")).equals(pd.Series(p))
