"""A small version of `benchmarks/statistics_simulations.py`: error rates, power and coverage within binomial limits."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from scipy import stats

_PATH = Path(__file__).parents[3] / "benchmarks" / "statistics_simulations.py"
_SPEC = importlib.util.spec_from_file_location("statistics_simulations", _PATH)
assert _SPEC and _SPEC.loader
simulations = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(simulations)

STUDIES = 80


def limits(share: float) -> tuple[float, float]:
    """Return what 99.9 % of simulations lie between: these tests hold for other seeds too."""
    low, high = stats.binom.interval(0.999, STUDIES, share)
    return low / STUDIES, high / STUDIES


@pytest.mark.parametrize(("change", "group"), [(0.0, 0.0), (simulations.CHANGE, 0.0), (0.0, simulations.GROUP)])
def test_rejections_and_coverage_are_nominal(change: float, group: float) -> None:
    rows = simulations.simulate(STUDIES, change, group, seed=11, models=False, permutations=(0,))
    found = simulations.summary(rows).set_index("analysis")
    for name, power in simulations.expected_power(change, group).items():
        low, high = limits(power)
        assert low <= found.loc[name, "rejected"] <= high, name
        low, high = limits(simulations.CONFIDENCE)
        assert low <= found.loc[name, "covered"] <= high, name
        if name == "group" or not group:  # a difference of groups widens the spread that g of pairs is divided by
            assert low <= found.loc[name, "effect_covered"] <= high, name


@pytest.mark.parametrize(("permutations", "points"), [(0, 101), (150, 21)])
def test_curves_of_groups_of_other_spread_and_size_keep_the_level(permutations: int, points: int) -> None:
    """8 of twice the spread and 16: a pooled variance finds something in 13.5 (random fields) and 17 % (permutations)."""
    studies = 200
    share = simulations.simulate_curves(studies, (8, 16), (2, 1), seed=900, permutations=permutations, points=points)
    low, high = stats.binom.interval(0.999, studies, 0.05)
    assert low <= share * studies <= high
