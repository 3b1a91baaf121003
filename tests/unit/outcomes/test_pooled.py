"""Leads of averaged curves against shifts that were put in, and their error against that of the repetitions."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.outcomes.pooled import pooled


def hump(time: np.ndarray, centre: np.ndarray) -> np.ndarray:
    return 8.0 * np.exp(-(((time - centre) / 0.35) ** 2))


def repetitions(leads_s: np.ndarray, durations_s: np.ndarray) -> tuple[np.ndarray, ...]:
    """Movements that are largest at the lowest point, every millisecond, each on a time of its own."""
    place = np.arange(2400)
    interval = durations_s[:, None] / durations_s.mean()
    time = place[None] * 0.001 / interval
    hip, foot = hump(time, 1.0), hump(time, 1.0 + leads_s[:, None])
    bottom = np.round(1000 * interval[:, 0]).astype(int)
    return hip, foot, bottom, bottom + 150


@pytest.mark.parametrize("lead", [0.06, -0.06, 0.0])
def test_lag_beginning_half_and_peak_are_the_shift(lead: float) -> None:
    found = pooled(*repetitions(np.full(5, lead), np.array([1.0, 1.05, 0.95, 1.1, 0.9])))
    assert found.mean(axis=1) == pytest.approx(1000 * lead, abs=1.5)


def test_the_scatter_is_that_of_the_repetitions() -> None:
    """Leads that differ by 10 ms between repetitions: the standard error of the mean of five is 10 / sqrt(5)."""
    errors, own = [], []
    for seed in range(40):
        leads = 0.05 + 0.010 * np.random.default_rng(seed).standard_normal(5)
        lag = pooled(*repetitions(leads, np.ones(5)))[0]
        errors.append(lag.mean() - 50.0)
        own.append(lag.std(ddof=1) / np.sqrt(5))
    assert np.std(errors) == pytest.approx(10 / np.sqrt(5), rel=0.3)
    assert np.sqrt(np.mean(np.square(own))) == pytest.approx(10 / np.sqrt(5), rel=0.2)


def test_a_gap_costs_its_repetition_only() -> None:
    hip, foot, bottom, last = repetitions(np.full(4, 0.04), np.ones(4))
    foot[2, 700] = np.nan
    hip[1, 2000] = np.nan  # long after the lowest point
    found = pooled(hip, foot, bottom, last)
    assert np.isnan(found[:, 2]).all() and np.isfinite(found[:, [0, 1, 3]]).all()
    assert np.isnan(pooled(hip * np.nan, foot, bottom, last)).all()
    (alone,) = pooled(hip[:1], foot[:1], bottom[:1], last[:1])[0]
    assert alone == pytest.approx(40.0, abs=1.0)


def test_a_way_back_of_another_order_has_no_part() -> None:
    hip, foot, bottom, last = repetitions(np.full(4, 0.06), np.ones(4))
    time = np.arange(2400) * 0.001
    earlier = hump(time, 1.0 - 0.16)
    back = np.clip((time - 1.06) / 0.1, 0.0, 1.0)
    returned = (1 - back) * foot + back * np.minimum(foot, earlier)
    found = pooled(hip, returned, bottom, last).mean(axis=1)
    assert found == pytest.approx(60.0, abs=8.0)
