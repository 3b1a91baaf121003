"""Which movement comes first: closed forms and planted leads."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from biomech.config.outcomes import Coordination
from biomech.outcomes import onset_lag as c

TIME = np.arange(0, 1.0, c.STEP_S)


def hump(time: np.ndarray, start: float, duration: float, size: float) -> np.ndarray:
    u = np.clip((time - start) / duration, 0, 1)
    return size * np.sin(np.pi * u) ** 2


def test_onset_of_a_squared_sine_is_where_algebra_puts_it() -> None:
    """sin²(pi u) = 0.1 at u = asin(sqrt(0.1)) / pi."""
    expected = 0.1 + 0.6 * np.arcsin(np.sqrt(0.1)) / np.pi
    np.testing.assert_allclose(c.onset(3 + hump(TIME, 0.1, 0.6, 8)), expected, atol=2e-5)


def test_another_share_of_the_excursion_is_passed_where_algebra_puts_it() -> None:
    """sin²(pi u) = 1/2 at u = 1/4; the curve stays beyond for half of 0.36 s, which is not 0.2 s."""
    half = Coordination(onset_share=0.5)
    np.testing.assert_allclose(c.onset(hump(TIME, 0.1, 0.6, 8), half), 0.25, atol=2e-5)
    assert np.isfinite(c.onset(hump(TIME, 0.1, 0.36, 8), half))
    assert np.isnan(c.onset(hump(TIME, 0.1, 0.36, 8), Coordination(onset_share=0.5, onset_hold_s=0.2)))


def test_onset_by_velocity_is_where_algebra_puts_it() -> None:
    """The derivative is pi sin(2 pi u): 10 % of its largest at u = asin(0.1) / (2 pi)."""
    expected = 0.1 + 0.6 * np.arcsin(0.1) / (2 * np.pi)
    np.testing.assert_allclose(c.velocity_onset(hump(TIME, 0.1, 0.6, 8)), expected, atol=6e-4)


def test_a_short_jerk_is_no_onset_and_one_that_stays_is() -> None:
    curve = hump(TIME, 0.4, 0.5, 10)
    expected = c.onset(curve)
    short, long_ = curve.copy(), curve.copy()
    short[200:215] += 2.0
    long_[200:230] += 2.0
    assert c.onset(short) == expected and c.onset(long_) == pytest.approx(0.2, abs=1.1e-3)


def test_small_and_missing_movements_have_no_onset() -> None:
    missing = hump(TIME, 0.1, 0.6, 8)
    missing[500] = np.nan
    assert np.isnan(c.onset([hump(TIME, 0.1, 0.6, 1.9), missing])).all()
    assert np.isnan(c.velocity_onset([hump(TIME, 0.1, 0.6, 1.9), missing])).all()


@pytest.mark.parametrize("lead", [-0.12, -0.03, 0.0, 0.0105, 0.08])
@pytest.mark.parametrize("duration", [0.35, 0.7])
def test_a_planted_lead_comes_back_by_every_measure(lead: float, duration: float) -> None:
    proximal, distal = hump(TIME, 0.14, duration, 9), hump(TIME, 0.14 + lead, duration, 5)
    assert c.onset(distal) - c.onset(proximal) == pytest.approx(lead, abs=1e-4)
    assert c.velocity_onset(distal) - c.velocity_onset(proximal) == pytest.approx(lead, abs=2e-4)
    for a, b in ((proximal, distal), (c.velocity(proximal), c.velocity(distal))):
        assert c.correlation(a, b).lag == pytest.approx(lead, abs=1e-3)
    assert c.correlation(proximal, distal).r > 0.999
    fast = c.velocity(proximal), c.velocity(distal)
    assert c.chance(*fast, c.correlation(*fast)) < 0.01


def test_curves_that_hardly_agree_have_no_lag() -> None:
    a, b = hump(TIME, 0.1, 0.6, 8), hump(TIME, 0.3, 0.2, 8)
    r = float(c.correlation(a, b).r)
    assert 0.3 < r < 0.95
    assert np.isnan(c.correlation(a, b, Coordination(least_correlation=r + 0.01)).lag)
    assert np.isfinite(c.correlation(a, b, Coordination(least_correlation=r - 0.01)).lag)


def test_a_lag_beyond_those_tried_is_not_reported() -> None:
    assert np.isnan(c.correlation(hump(TIME, 0.05, 0.3, 9), hump(TIME, 0.55, 0.3, 9)).lag)


def test_movements_without_relation_correlate_by_chance_only() -> None:
    a, b = np.random.default_rng(1).standard_normal((2, 200, 400))
    p = c.chance(a, b, c.correlation(a, b, Coordination(largest_lag_s=0.05)))
    # the best of 101 lags: as good as the best of those beyond it in one case of four
    assert np.mean(p < 0.005) < 0.4 and np.all(p > 0)


def test_101_points_keep_an_onset_to_a_millisecond() -> None:
    """A curve filtered at 6 Hz over 2.6 s and one filtered at 15 Hz over 0.35 s, as squats and landings are."""
    for duration, start, length in ((2.6, 0.3, 1.8), (0.35, 0.06, 0.25)):
        fine = np.arange(0, duration + 1e-9, c.STEP_S)
        points = hump(np.linspace(0, duration, 101), start, length, 8)
        (again,), (n,) = c.in_time([points], [0], [100], [duration])
        assert n == len(again) == len(fine)
        assert c.onset(again) == pytest.approx(float(c.onset(hump(fine, start, length, 8))), abs=1e-3)
        (part,), (n,) = c.in_time([points], [20], [80], [duration])
        np.testing.assert_allclose(part, hump(0.2 * duration + c.STEP_S * np.arange(n), start, length, 8), atol=0.01)


def test_the_correlation_of_overlaps_by_running_sums_is_that_of_the_overlaps_themselves() -> None:
    random = np.random.default_rng(4)
    a = np.cumsum(random.standard_normal((3, 120)), axis=-1) + 200.0  # far from zero, as angles may be
    b = np.roll(a, 6, axis=-1) + 0.3 * random.standard_normal((3, 120))
    found = c.correlation(a, b, Coordination(largest_lag_s=0.03))
    shifts = np.arange(-30, 31)
    for i in range(3):
        direct = [
            np.corrcoef(a[i, max(0, -k) : 120 - max(0, k)], b[i, max(0, k) : 120 - max(0, -k)])[0, 1] for k in shifts
        ]
        assert found.r[i] == pytest.approx(max(direct), abs=1e-12)
        assert 1000 * found.lag[i] == pytest.approx(shifts[int(np.argmax(direct))], abs=0.5)


def test_splines_of_all_cycles_at_once_are_those_of_each() -> None:
    random = np.random.default_rng(5)
    curves = random.normal(size=(6, 101)).cumsum(axis=1)
    curves[4, 50] = np.nan
    first, last = np.array([0.0, 10, 0, 33.3, 0, 0]), np.array([100.0, 60, np.nan, 99.7, 100, 0])
    duration = np.array([0.4, 1.1, 1.0, 2.3, 0.5, 1.0])
    found, length = c.in_time(curves, first, last, duration)
    assert length.tolist() == [401, 551, 3, 1528, 501, 3] and found.shape == (6, 1528)
    for i in (0, 1, 3):
        time = first[i] / 100 * duration[i] + c.STEP_S * np.arange(length[i])
        alone = CubicSpline(np.linspace(0, duration[i], 101), curves[i])(time)
        np.testing.assert_allclose(found[i, : length[i]], alone, rtol=0, atol=1e-9)
        assert (found[i, length[i] :] == found[i, length[i] - 1]).all()
    assert np.isnan(found[[2, 4, 5]]).all()


def test_rows_of_different_length_give_what_each_gives_alone() -> None:
    """The samples behind a row's own length must not count: onset, velocity, lag and correlation."""
    random = np.random.default_rng(8)
    lengths = np.array([240, 700, 355, 12])
    lag = np.array([0.03, -0.02, 0.0, 0.0])
    rows = []
    for n, shift in zip(lengths, lag, strict=True):
        time = np.arange(n) * c.STEP_S
        noise = 0.02 * random.standard_normal((2, n)).cumsum(axis=-1)
        rows.append([hump(time, 0.1 * n * c.STEP_S + s, 0.6 * n * c.STEP_S, 8) for s in (0.0, shift)] + noise)
    padded = np.stack([np.pad(row, ((0, 0), (0, 700 - row.shape[1])), mode="edge") for row in rows])
    a, b = padded[:, 0], padded[:, 1]
    found = c.correlation(a, b, length=lengths)
    for i, n in enumerate(lengths):
        for y in (padded[i, 0], padded[i, 1]):
            np.testing.assert_array_equal(c.onset(y), c.onset(y[:n]))
            np.testing.assert_array_equal(c.velocity(y, length=n)[:n], c.velocity(y[:n]))
            np.testing.assert_array_equal(c.velocity_onset(y, length=n), c.velocity_onset(y[:n]))
        alone = c.correlation(a[i, :n], b[i, :n])
        np.testing.assert_allclose([found.lag[i], found.r[i]], [alone.lag, alone.r], rtol=1e-9, atol=1e-12)
        assert found.reach[i] == alone.reach == min(150, n // 3)
    assert np.isfinite(found.lag[:3]).all()
