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
