"""Permutation tests of curves against enumeration of the definitions, spm1d, and the error rate that they promise."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from biomech.statistics.spm import curve_test
from biomech.statistics.spm_permutation import (
    clusters,
    n_permutations,
    permutation_distribution,
    permuted_inference,
    smallest_p,
)

spm1d = pytest.importorskip("spm1d")


def smooth(random: np.random.Generator, n: int, components: int = 1, correlation: float = 0.0) -> np.ndarray:
    """Curves of 21 points, of vectors whose components have one correlation."""
    basis = np.stack([np.cos(k * np.pi * np.linspace(0, 1, 21)) for k in range(4)])
    own, shared = random.normal(size=(n, components, 4)), random.normal(size=(n, 1, 4))
    curves = np.sqrt(1 - correlation) * own + np.sqrt(correlation) * shared
    return np.swapaxes(curves @ basis, 1, 2) if components > 1 else (curves @ basis)[:, 0]


def t_paired(d: np.ndarray) -> np.ndarray:
    return d.mean(0) / (d.std(0, ddof=1) / np.sqrt(len(d)))


def t2_paired(d: np.ndarray) -> np.ndarray:
    return np.array([len(d) * x.mean(0) @ np.linalg.solve(np.cov(x.T), x.mean(0)) for x in np.swapaxes(d, 0, 1)])


def t_groups(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, float]:
    """Welch's t, and its degrees of freedom from variances averaged along the curve as shares of their sum."""
    va, vb = a.var(0, ddof=1) / len(a), b.var(0, ddof=1) / len(b)
    share = (va / (va + vb)).mean()
    return (a.mean(0) - b.mean(0)) / np.sqrt(va + vb), 1 / (share**2 / (len(a) - 1) + (1 - share) ** 2 / (len(b) - 1))


def t2_groups(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, float]:
    """T² without a common covariance (James 1954), and its degrees of freedom (Krishnamoorthy & Yu 2004, eq. 2.1)."""
    c, t2, uncertain = a.shape[2], [], []
    for x, y in zip(np.swapaxes(a, 0, 1), np.swapaxes(b, 0, 1), strict=True):
        parts = [np.cov(x.T) / len(x), np.cov(y.T) / len(y)]
        d = x.mean(0) - y.mean(0)
        t2.append(d @ np.linalg.solve(sum(parts), d))
        shares = [part @ np.linalg.inv(sum(parts)) for part in parts]
        traces = [np.trace(share @ share) + np.trace(share) ** 2 for share in shares]
        uncertain.append(traces[0] / (len(x) - 1) + traces[1] / (len(y) - 1))
    return np.array(t2), (c + c**2) / np.mean(uncertain)


def f_groups(parts: list[np.ndarray]) -> np.ndarray:
    n, k = sum(map(len, parts)), len(parts)
    grand = np.concatenate(parts).mean(0)
    between = sum(len(part) * (part.mean(0) - grand) ** 2 for part in parts)
    within = sum(((part - part.mean(0)) ** 2).sum(0) for part in parts)
    return between / (k - 1) / (within / (n - k))


def f_repeated(y: np.ndarray) -> np.ndarray:
    """Of (participants, conditions, points)."""
    n, k = y.shape[:2]
    between = n * ((y.mean(0) - y.mean((0, 1))) ** 2).sum(0)
    rest = ((y - y.mean(0) - y.mean(1, keepdims=True) + y.mean((0, 1))) ** 2).sum((0, 1))
    return between / (k - 1) / (rest / ((n - 1) * (k - 1)))


def alike(found: np.ndarray, wanted: list[np.ndarray]) -> None:
    """The first is the data as they are; the others in any order."""
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-8, atol=1e-10)
    assert len(found) == len(wanted)
    np.testing.assert_allclose(
        np.sort(np.abs(found).max(1)), np.sort([np.abs(field).max() for field in wanted]), rtol=1e-8
    )


@pytest.mark.parametrize("components", [1, 3])
def test_signs_of_whole_participants(components: int) -> None:
    random = np.random.default_rng(3)
    a, b = smooth(random, 6, components), smooth(random, 6, components) + 0.4
    statistic = t_paired if components == 1 else t2_paired
    test = "paired" if components == 1 else "hotelling_paired"
    signs = np.array(list(itertools.product((1, -1), repeat=6))).reshape(64, 6, *[1] * (a.ndim - 1))
    alike(permutation_distribution(test, [a, b], None, 100, 0), [statistic(s * (a - b)) for s in signs])


@pytest.mark.parametrize("components", [1, 2])
def test_signs_of_deviations_from_the_common_mean_of_two_groups(components: int) -> None:
    random = np.random.default_rng(4)
    a, b = smooth(random, 4, components), 2 * smooth(random, 6, components) + 1
    va, vb = a.var(0, ddof=1) / 4, b.var(0, ddof=1) / 6
    share = (va / (va + vb)).mean()
    common = (1 - share) * a.mean(0) + share * b.mean(0)
    rest = np.concatenate([a - common, b - common])
    statistic = t_groups if components == 1 else t2_groups
    wanted = []
    for signs in itertools.product((1, -1), repeat=10):
        turned = np.reshape(signs, (10, *[1] * (a.ndim - 1))) * rest
        wanted.append(statistic(turned[:4], turned[4:])[0])
    np.testing.assert_allclose(wanted[0], statistic(a, b)[0])  # no sign turned: the data as they are
    alike(permutation_distribution("group" if components == 1 else "hotelling_group", [a, b], None, 2000, 0), wanted)


def test_several_groups() -> None:
    random = np.random.default_rng(5)
    parts = [smooth(random, n) + n / 4 for n in (2, 3, 3)]
    joined, wanted = np.concatenate(parts), []
    for first in itertools.combinations(range(8), 2):
        left = [i for i in range(8) if i not in first]
        for second in itertools.combinations(left, 3):
            third = [i for i in left if i not in second]
            wanted.append(f_groups([joined[list(x)] for x in (first, second, third)]))
    alike(permutation_distribution("anova", parts, None, 1000, 0), wanted)


def test_conditions_within_participants() -> None:
    random = np.random.default_rng(6)
    y = np.stack([smooth(random, 3) + k / 3 for k in range(4)], axis=1)[:3] + 5 * random.normal(size=(3, 1, 1))
    y = y[:, :3]
    orders = itertools.product(itertools.permutations(range(3)), repeat=3)
    wanted = [f_repeated(np.stack([y[i, list(order)] for i, order in enumerate(one)])) for one in orders]
    alike(permutation_distribution("anova_repeated", [y[:, k] for k in range(3)], None, 1000, 0), wanted)


def test_who_has_which_covariate() -> None:
    random = np.random.default_rng(7)
    y, x = smooth(random, 5), random.normal(size=5)
    wanted = []
    for order in itertools.permutations(range(5)):
        r = np.array([np.corrcoef(x[list(order)], column)[0, 1] for column in y.T])
        wanted.append(r * np.sqrt(3 / (1 - r**2)))
    alike(permutation_distribution("regression", [y], x, 1000, 0), wanted)


def test_vectors_of_groups_of_one_size_have_the_statistic_of_spm1d() -> None:
    """There a common covariance gives the same T²; its permutations have other degrees of freedom."""
    random = np.random.default_rng(4)
    a, b = smooth(random, 4, 2), smooth(random, 4, 2) + 1.5
    theirs = spm1d.stats.hotellings2(a, b)
    fields = permutation_distribution("hotelling_group", [a, b], None, 1000, 0)
    np.testing.assert_allclose(fields[0], theirs.z, rtol=1e-6)


def test_centre_of_pressure_of_pataky_2014() -> None:
    """spm1d's data set: two clusters by random fields, 0 to 0.6 % and 62.6 to 87.7 %, threshold 38.4; and by permutation."""
    a, b = spm1d.data.mv1d.hotellings_paired.Pataky2014cop().get_data()[:2]
    field = curve_test("hotelling_paired", [a, b], alpha=0.05)
    free = curve_test("hotelling_paired", [a, b], alpha=0.05, permutations=2000)
    assert field.threshold == pytest.approx(38.41, abs=0.01)
    assert [(round(c["start"], 1), round(c["end"], 1)) for c in field.clusters] == [(0.0, 0.6), (62.6, 87.7)]
    np.testing.assert_allclose(free.statistic, field.statistic, rtol=1e-9)
    assert free.df == "2, 9" and free.smallest_p == 2 / 1024
    assert free.threshold == pytest.approx(field.threshold, rel=0.2)
    assert len(free.clusters) == 2 and free.clusters[1]["p"] == 2 / 1024
    for mine, theirs in zip(free.clusters, field.clusters, strict=True):
        assert (mine["start"], mine["end"]) == pytest.approx((theirs["start"], theirs["end"]), abs=1.5)


def test_muscle_forces_of_besier_2009() -> None:
    """Three of the muscles, 15 and 26 persons: random fields and permutations find the same."""
    a, b = (x[:, :, [0, 3, 6]] for x in spm1d.data.mv1d.hotellings2.Besier2009muscleforces().get_data()[:2])
    field = curve_test("hotelling_group", [a, b], alpha=0.05)
    free = curve_test("hotelling_group", [a, b], alpha=0.05, permutations=2000, seed=1)
    t2, df = t2_groups(a, b)
    np.testing.assert_allclose(field.statistic, t2, rtol=1e-9)
    np.testing.assert_allclose(free.statistic, field.statistic, rtol=1e-9)
    assert free.df == field.df == f"3, {df:.4g}" and free.threshold == pytest.approx(field.threshold, rel=0.2)
    again = curve_test("hotelling_group", [a, b], alpha=0.05, permutations=2000, seed=1)
    assert (again.threshold, again.clusters) == (free.threshold, free.clusters)


CASES = [
    ("paired", (8, 8), 1),
    ("group", (4, 7), 1),
    ("regression", (6,), 1),
    ("anova", (3, 4, 4), 1),
    ("anova_repeated", (5, 5, 5), 1),
    ("hotelling_paired", (8, 8), 3),
    ("hotelling_group", (6, 5), 3),
]


@pytest.mark.parametrize(("test", "sizes", "components"), CASES)
def test_false_positives(test: str, sizes: tuple[int, ...], components: int) -> None:
    """1,000 studies without an effect, components correlated at .95, participants far apart: 5 % within binomial limits of
    99 % (3.2 to 6.8 %)."""
    random = np.random.default_rng(11)
    found = 0
    for _ in range(1000):
        samples = [smooth(random, n, components, 0.95 if components > 1 else 0.0) for n in sizes]
        if test in ("paired", "anova_repeated", "hotelling_paired"):
            level = 5 * random.normal(size=(sizes[0], *[1] * (samples[0].ndim - 1)))
            samples = [sample + level for sample in samples]
        x = random.normal(size=sizes[0]) if test == "regression" else None
        fields = permutation_distribution(test, samples, x, 400, int(random.integers(2**31)))
        found += bool(permuted_inference(fields, 0.05)[1])
    assert 32 <= found <= 68


@pytest.mark.parametrize(("sizes", "spreads"), [((6, 18), (2, 1)), ((18, 6), (2, 1)), ((6, 18), (1, 1))])
def test_groups_of_other_spread_and_size_keep_the_level(sizes: tuple[int, int], spreads: tuple[int, int]) -> None:
    """With 6 of twice the spread, exchanging participants finds something in 10 % of null studies and more."""
    random, found, studies = np.random.default_rng(2027), 0, 1000
    for _ in range(studies):
        samples = [spread * smooth(random, n) for n, spread in zip(sizes, spreads, strict=True)]
        found += bool(
            permuted_inference(
                permutation_distribution("group", samples, None, 400, int(random.integers(2**31))), 0.05
            )[1]
        )
    low, high = stats.binom.interval(0.99, studies, 0.05)
    assert low <= found <= high


def test_signs_find_a_difference_as_often_as_random_fields() -> None:
    """Planted difference of 1.6 SD with 6 and 18: what keeps the level must not do so by finding nothing."""
    random, found = np.random.default_rng(2028), np.zeros(2)
    for i in range(150):
        a, b = smooth(random, 6) + 1.6 * np.sqrt(2), smooth(random, 18)
        found += [bool(curve_test("group", [a, b], alpha=0.05, permutations=n, seed=i).clusters) for n in (0, 400)]
    assert found[1] >= 0.9 * found[0] > 90


@pytest.mark.parametrize("permutations", [0, 200])
def test_vectors_of_groups_of_other_spread_and_size_keep_the_level(permutations: int) -> None:
    """8 of twice the spread and 16, two components: a common covariance finds something in more than 15 % of null studies."""
    random, found, studies = np.random.default_rng(21), 0, 200
    for i in range(studies):
        samples = [2 * smooth(random, 8, 2), smooth(random, 16, 2)]
        found += bool(curve_test("hotelling_group", samples, alpha=0.05, permutations=permutations, seed=i).clusters)
    low, high = stats.binom.interval(0.999, studies, 0.05)
    assert (low if permutations else 0) <= found <= high  # random fields of vectors lie on the safe side


def test_the_smallest_p_counts_what_is_always_alike() -> None:
    assert smallest_p("paired", [8, 8], 1000) == 2 / 256
    assert smallest_p("paired", [20, 20], 1000) == 1 / 1000
    assert smallest_p("group", [4, 4], 1000) == 2 / 256 and smallest_p("group", [4, 5], 1000) == 2 / 512
    assert smallest_p("anova", [4, 4], 1000) == 2 / 70 and smallest_p("anova", [4, 5], 1000) == 1 / 126
    assert smallest_p("anova_repeated", [3, 3, 3], 1000) == 6 / 216
    assert n_permutations("anova", [2, 3, 3]) == math.factorial(8) / (2 * 6 * 6)


def test_clusters_have_interpolated_ends_and_integrals() -> None:
    """Height 1 above the threshold; trapezoids of 1/8, 3/4, 3/4 and 1/8 (ends half a point away)."""
    (one,) = clusters(np.array([0.0, 0.5, 1.5, 2.0, 1.5, 0.5, 0.0]), 1.0)
    assert (one["start"], one["end"]) == (1.5, 4.5)
    assert one["integral"] == pytest.approx(0.125 + 0.75 + 0.75 + 0.125)
    (edge,) = clusters(np.array([3.0, 3.0, 0.0]), 1.0)
    assert edge["start"] == 0 and edge["end"] == pytest.approx(1 + 2 / 3)
    assert clusters(np.zeros(5), 1.0) == []


def test_what_cannot_be_tested_says_why() -> None:
    random = np.random.default_rng(0)
    a, b = smooth(random, 6, 3), smooth(random, 6, 3)
    copied = [np.concatenate([x, x[..., :1] + x[..., 1:2]], axis=-1) for x in (a, b)]
    assert "linearly dependent" in curve_test("hotelling_paired", copied, alpha=0.05, permutations=100).problem
    assert "too few" in curve_test("hotelling_paired", [a[:3], b[:3]], alpha=0.5, permutations=100).problem
    five = curve_test("hotelling_paired", [a[:5], b[:5]], alpha=0.05, permutations=100)
    assert "smallest attainable p is 0.0625" in five.problem
