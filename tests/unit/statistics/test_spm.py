"""Statistical parametric mapping against the data sets and published answers of spm1d."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.statistics.scores import profile_score, variable_scores
from biomech.statistics.spm import curve_test

spm1d = pytest.importorskip("spm1d")


def test_plantar_arch_angle_paired() -> None:
    """Caravaggi et al. 2010: the arch angle of 10 participants at two speeds differs at the end of stance only."""
    a, b = spm1d.data.uv1d.tpaired.PlantarArchAngle().get_data()[:2]
    found = curve_test("paired", [a, b], alpha=0.05)
    assert found.statistic == pytest.approx((a - b).mean(0) / ((a - b).std(0, ddof=1) / np.sqrt(10)))
    assert found.threshold == pytest.approx(3.94, abs=0.01)
    (cluster,) = found.clusters
    assert cluster["start"] == pytest.approx(95.6, abs=0.1) and cluster["p"] == pytest.approx(0.037, abs=0.001)
    exact = curve_test("paired", [a, b], alpha=0.05, permutations=2000)
    largest = []
    for signs in np.array(np.meshgrid(*[[1, -1]] * 10)).reshape(10, -1).T:
        d = signs[:, None] * (a - b)
        largest.append(np.abs(d.mean(0) / (d.std(0, ddof=1) / np.sqrt(10))).max())
    assert exact.threshold == pytest.approx(np.percentile(largest, 95), rel=0.01)
    assert exact.smallest_p == 2 / 1024


@pytest.mark.parametrize(
    ("test", "data", "df"),
    [
        ("anova", spm1d.data.uv1d.anova1.SpeedGRFcategorical, "2, 57"),
        ("anova_repeated", spm1d.data.uv1d.anova1rm.SpeedGRFcategoricalRM, "2, 18"),
    ],
)
def test_f_fields_are_those_of_spm1d_and_of_the_analysis_of_variance(test: str, data: type, df: str) -> None:
    y, condition, *person = data().get_data()
    parts = [y[condition == level] for level in np.unique(condition)]
    subjects = np.concatenate([person[0][condition == level] for level in np.unique(condition)]) if person else None
    found = curve_test(test, parts, alpha=0.05, subjects=subjects)
    n, k = len(parts[0]), len(parts)
    means, grand = np.stack([part.mean(0) for part in parts]), y.mean(0)
    rest = sum(((part - part.mean(0)) ** 2).sum(0) for part in parts)
    if person:
        rest = rest - k * ((np.mean(parts, axis=0) - grand) ** 2).sum(0)
    numerator, denominator = (int(x) for x in df.split(", "))
    f = (n * ((means - grand) ** 2).sum(0) / numerator) / (rest / denominator)
    assert found.df == df
    assert found.statistic == pytest.approx(f, rel=1e-6)


def test_regression_and_vectors_run_on_published_data() -> None:
    y, x = spm1d.data.uv1d.regress.SpeedGRF().get_data()
    found = curve_test("regression", [y], covariate=x, alpha=0.05)
    r = np.array([np.corrcoef(x, y[:, i])[0, 1] for i in range(y.shape[1])])
    assert found.statistic == pytest.approx(r * np.sqrt(58 / (1 - r**2)), rel=1e-5)
    a, b = spm1d.data.mv1d.hotellings_paired.Neptune1999kneekin().get_data()[:2]
    found = curve_test("hotelling_paired", [a, b], alpha=0.05)
    d = a - b
    i = 40
    t2 = len(d) * d[:, i].mean(0) @ np.linalg.solve(np.cov(d[:, i].T), d[:, i].mean(0))
    assert found.statistic[i] == pytest.approx(t2, rel=1e-5)


@pytest.mark.parametrize("test", ["group", "anova", "anova_repeated", "regression"])
def test_permutation_has_the_threshold_of_random_fields_where_curves_are_smooth(test: str) -> None:
    random = np.random.default_rng(2)
    x = np.linspace(0, 1, 101)
    curves = [random.normal(size=(9, 4)) @ np.stack([np.cos(k * np.pi * x) for k in range(4)]) for _ in range(2)]
    curves[1] = curves[1] + 4 * np.exp(-((x - 0.5) ** 2) / 0.02)
    joined = [np.concatenate(curves)] if test == "regression" else curves
    options = {"covariate": np.repeat([0.0, 1.0], 9) + random.normal(size=18) / 9} if test == "regression" else {}
    options |= {"subjects": np.tile(np.arange(9), 2)} if test == "anova_repeated" else {}
    field = curve_test(test, joined, alpha=0.05, **options)
    free = curve_test(test, joined, alpha=0.05, permutations=400, seed=1, **options)
    assert free.problem == "" and free.statistic == pytest.approx(field.statistic, rel=0.02)
    assert free.threshold == pytest.approx(field.threshold, rel=0.3)
    again = curve_test(test, joined, alpha=0.05, permutations=400, seed=1, **options)
    assert (again.threshold, again.clusters) == (free.threshold, free.clusters)


def test_what_cannot_be_tested_says_why() -> None:
    random = np.random.default_rng(0)
    a = random.normal(size=(4, 101))
    assert "smallest attainable p is 0.125" in curve_test("paired", [a, a * 1.3], alpha=0.05, permutations=500).problem
    assert "zero variance" in curve_test("paired", [a + 1, a], alpha=0.05).problem


def test_profile_scores_are_root_mean_squares() -> None:
    """A curve 3 off everywhere scores 3; scores of 3 and 4 together sqrt(12.5)."""
    reference = np.sin(np.linspace(0, 6, 101))
    scores = np.stack([variable_scores(reference + 3, reference), variable_scores(reference - 4, reference)])
    assert scores == pytest.approx([3, 4])
    assert profile_score(scores) == pytest.approx(np.sqrt(12.5))
