"""Simulated studies of the kinds of analyses that `statistics_simulations.py` does not have; one section of the table each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.statistics_rows import noise, row
from biomech.config.statistics import Association
from biomech.statistics.associations import of_pairs
from biomech.statistics.comparison import Difference
from biomech.statistics.ranks import rank_sum, signed_rank
from biomech.statistics.reliability import bland_altman, icc, sem
from biomech.statistics.spm import curve_test, field_of_f
from biomech.statistics.two_way import mixed_effects, repeated_effects
from biomech.statistics.variance_components import variance_components

Rows = list[dict[str, object]]
FALSE, COVERED, POWER = "false positives", "interval", "power"
_ASSOCIATION: dict[str, Any] = {"name": "a", "kind": "association", "outcomes": ["o"], "against": ["x"]}


def single_values(studies: int) -> Rows:
    """Rank tests, correlation and regression, without an effect and with planted ones: 9 and 15 people, or 12, or 20 of them."""
    random, found = np.random.default_rng(51), Counter[tuple[str, str, str]]()
    methods = ("pearson", "regression", "spearman")
    given = {name: Association(**_ASSOCIATION | {"method": name}) for name in methods}
    for _ in range(studies):
        a, b = random.normal(size=9), random.normal(size=15)
        x, y = random.normal(size=(2, 12))
        for shift in (0.0, 1.0):
            for spread in (1, 2):
                name = f"9 and 15 people, of SD {spread} : 1, difference {shift:g}"
                _count(found, name, "rank sum", rank_sum(spread * a + shift, b), shift)
                name = f"12 pairs, of SD {spread} : 1, difference {shift:g}"
                _count(found, name, "signed ranks", signed_rank(spread * x + shift, y), shift)
        x, y = random.normal(size=(2, 20))
        for rho, name in ((0.0, "20 people, no association"), (0.5, "20 people, rho 0.5")):
            z = rho * x + np.sqrt(1 - rho**2) * y
            for method, analysis in given.items():
                one = of_pairs(analysis, x, z)[0]
                truth = 6 / np.pi * np.arcsin(rho / 2) if method == "spearman" else rho
                found[name, method, COVERED] += one["low"] <= truth <= one["high"]
                found[name, method, POWER if rho else FALSE] += one["p"] < 0.05
    return _rows("single values", found, studies)


def reliability(studies: int) -> Rows:
    """12 participants, three sessions of different means, SD 3 between participants, 1 between sessions, 1 of the residual."""
    random, found = np.random.default_rng(62), Counter[tuple[str, str, str]]()
    truth = {"2,1": 9 / 11, "3,1": 9 / 10}
    whole, gaps = "12 people, 3 sessions", "20 people, 4 sessions, a quarter of the values missing"
    for _ in range(studies):
        table = 3 * random.normal(size=(12, 1)) + random.normal(size=(1, 3)) + random.normal(size=(12, 3))
        for form, value in truth.items():
            one = icc(table, form)
            found[whole, f"ICC({form})", COVERED] += one.low <= value <= one.high
        error = sem(table)
        found[whole, "SEM", COVERED] += error.low <= 1 <= error.high
        agreement = bland_altman(random.normal(size=12), random.normal(size=12))
        limit = 1.959964 * np.sqrt(2)
        found["12 pairs", "limit of agreement", COVERED] += agreement.upper.low <= limit <= agreement.upper.high
        found["12 pairs", "bias", COVERED] += agreement.bias.low <= 0 <= agreement.bias.high
        table = 3 * random.normal(size=(20, 1)) + random.normal(size=(1, 4)) + random.normal(size=(20, 4))
        table[random.random(table.shape) < 0.25] = np.nan
        parts = variance_components(table)
        for name, estimate, value in (
            ("ICC(2,1) by REML", parts.agreement, truth["2,1"]),
            ("ICC(3,1) by REML", parts.consistency, truth["3,1"]),
            ("SEM by REML", parts.sem, 1.0),
        ):
            found[gaps, name, COVERED] += estimate.low <= value <= estimate.high
    return _rows("reliability", found, studies)


def curves(studies: int, permutations: int = 0, planted: float = 0.0) -> Rows:
    """Every other test of curves, smooth noise of 101 points with a full width at half maximum of a fifth of the cycle.

    `planted` is the height of a bump of a tenth of the cycle (SD) in the middle, which one sample or cell of every test has (a
    regression: its slope).
    """
    random, found = np.random.default_rng(53 + permutations), Counter[tuple[str, str, str]]()
    section = "curves, permutations" if permutations else "curves, random fields"
    section += ", planted" if planted else ""
    what = POWER if planted else FALSE
    bump = planted * np.exp(-0.5 * ((np.arange(101) / 101 - 0.5) / 0.1) ** 2)
    twice = np.stack([bump, 0 * bump], axis=1)

    def of(n: int, parts: int = 1) -> np.ndarray:
        smooth = np.stack([noise(random, n, 101, 0.2) for _ in range(parts)], axis=-1)
        return smooth[..., 0] if parts == 1 else smooth

    for i in range(studies):
        people = 3 * of(12)
        three = [people + of(12) for _ in range(3)]
        order, x = np.tile(np.arange(12), 3), random.normal(size=12)
        slope = three[0] - people + x[:, None] * bump if planted else three[0]
        three[0] = three[0] + bump
        tests: list[tuple[str, str, list[np.ndarray], dict[str, np.ndarray]]] = [
            ("paired", "12 people", three[:2], {}),
            ("regression", "12 people", [slope], {"covariate": x}),
            ("anova", "7, 9 and 11 people", [of(7) + bump, of(9), of(11)], {}),
            ("anova_repeated", "12 people, 3 conditions", three, {"subjects": order}),
            ("hotelling_paired", "12 people, 2 curves", [of(12, 2) + twice, of(12, 2)], {}),
            ("hotelling_group", "8 and 16 people, 2 curves, SD 2 : 1", [2 * (of(8, 2) + twice), of(16, 2)], {}),
            ("hotelling_group", "6 and 18 people, 2 curves, SD 2 : 1", [2 * (of(6, 2) + twice), of(18, 2)], {}),
        ]
        for test, design, samples, more in tests:
            one = curve_test(test, samples, alpha=0.05, permutations=permutations, seed=i, **more)
            found[design, test, what] += bool(one.clusters)
        if permutations:
            continue
        group = np.repeat([0, 1], [5, 7])
        visits = np.stack([three[1], three[2] + 2 * bump * group[:, None]], axis=1)
        mixed = mixed_effects(visits, group)
        cells = np.stack([people + of(12) for _ in range(4)], axis=1).reshape(12, 2, 2, 101)
        cells[:, 1, 1] += 2 * bump
        names = ("first factor", "second factor", "interaction")
        for test, effects in (("anova_mixed", mixed), ("anova_two_repeated", repeated_effects(cells))):
            for name, effect in zip(names, effects, strict=True):
                one = field_of_f(effect.statistic, effect.df, effect.residuals, 0.05)
                design = "5 and 7 people, 2 sessions" if test == "anova_mixed" else "12 people, 2 × 2 conditions"
                found[design, f"{test}, {name}", what] += bool(one.clusters)
    return _rows(section, found, studies)


def _count(found: Counter[tuple[str, str, str]], design: str, analysis: str, one: Difference, truth: float) -> None:
    """Count a difference whose truth is known: its interval, and its test."""
    found[design, analysis, COVERED] += one.low <= truth <= one.high
    found[design, analysis, POWER if truth else FALSE] += one.p < 0.05


def _rows(section: str, found: Counter[tuple[str, str, str]], studies: int) -> Rows:
    nominal = {FALSE: 0.05, COVERED: 0.95, POWER: np.nan}
    return [
        row(section, design, analysis, measure, nominal[measure], studies, count / studies)
        for (design, analysis, measure), count in found.items()
    ]


KINDS: dict[str, Callable[[int], Rows]] = {
    "single values": single_values,
    "reliability": reliability,
    "curves, random fields": curves,
    "curves, random fields, planted": partial(curves, planted=1.5),
    "curves, permutations": partial(curves, permutations=400),
}
