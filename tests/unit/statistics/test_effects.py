"""Noncentral distributions and intervals of effect sizes, against R and repeated sampling."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from biomech.statistics.comparison import groups, paired
from biomech.statistics.effects import noncentral_interval, noncentral_t_cdf, partial_r2, standardised


def test_the_noncentral_t_is_that_of_its_definition() -> None:
    """(Z + nc) / sqrt(chi² / df): its mirror image, the central t, and SciPy where that is sound."""
    for t, df, nc in [(2.0, 9, 1.0), (0.3, 39, 4.0), (6.3, 39, 5.0), (1.0, 5.5, 0.2)]:
        assert noncentral_t_cdf(t, df, nc) == pytest.approx(stats.nct.cdf(t, df, nc), abs=1e-9)
        assert noncentral_t_cdf(-t, df, -nc) == pytest.approx(1 - noncentral_t_cdf(t, df, nc), abs=1e-12)
    assert noncentral_t_cdf(-1.3, 7, 0.0) == pytest.approx(stats.t.cdf(-1.3, 7), abs=1e-10)
    draws = np.random.default_rng(1)
    sample = (draws.normal(-2.0, 1, 400_000)) / np.sqrt(draws.chisquare(12, 400_000) / 12)
    assert noncentral_t_cdf(1.0, 12, -2.0) == pytest.approx((sample < 1.0).mean(), abs=0.001)


@pytest.mark.parametrize("t", [0.0, 0.2, 3.0, 6.3, 12.6, 80.0, -0.2, -40.0])
@pytest.mark.parametrize("df", [3, 39, 78])
def test_every_t_has_an_interval(t: float, df: int) -> None:
    low, high = noncentral_interval(t, df, 0.95)
    assert low < t < high
    assert noncentral_t_cdf(t, df, low) == pytest.approx(0.975, abs=1e-6)
    assert noncentral_t_cdf(t, df, high) == pytest.approx(0.025, abs=1e-6)


def test_no_interval_is_missing_with_forty_people() -> None:
    """At d of 1 and 2 a fifth of them was."""
    random = np.random.default_rng(6)
    for _ in range(100):
        a, b = random.normal(1, 1, 40), random.normal(0, 1, 40)
        for found in (paired(a, b), groups(a + 1, b)):
            assert found.effect_low < found.effect < found.effect_high


def test_partial_r2_has_the_interval_of_the_noncentral_f() -> None:
    """R, effectsize: ``F_to_eta2(4.5, 2, 30, ci = 0.95, alternative = "two.sided")``: 0.23, 0.00 to 0.44."""
    cells = partial_r2(4.5, 2, 30, 0.95)
    assert cells["effect"] == pytest.approx(9 / 39)
    for name, tail in (("effect_low", 0.975), ("effect_high", 0.025)):
        nc = cells[name] * 30 / (1 - cells[name])
        if nc > 0:
            assert stats.ncf.cdf(4.5, 2, 30, nc) == pytest.approx(tail, abs=1e-6)
    small = partial_r2(0.5, 2, 30, 0.95)
    assert small["effect_low"] == 0.0 and small["effect_high"] > small["effect"]


@pytest.mark.parametrize("delta", [0.0, 0.5, 2.0])
def test_a_standardised_difference_covers_with_an_estimated_sd(delta: float) -> None:
    """Two groups of 12, total SD estimated with 22 degrees of freedom: 95 % within binomial limits (99.9 %), no bias."""
    random, draws, n = np.random.default_rng(8), 1500, 12
    covered, effects = 0, []
    for _ in range(draws):
        a, b = random.normal(delta, 1, n), random.normal(0, 1, n)
        sd = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
        half = stats.t.ppf(0.975, 22) * sd * np.sqrt(2 / n)
        estimate = a.mean() - b.mean()
        cells = standardised(estimate, estimate - half, estimate + half, sd, 22, 0.95)
        covered += cells["effect_low"] <= delta <= cells["effect_high"]
        effects.append(cells["effect"])
    low, high = stats.binom.interval(0.999, draws, 0.95)
    assert low <= covered <= high
    assert np.mean(effects) == pytest.approx(delta, abs=4 * np.std(effects) / np.sqrt(draws))
