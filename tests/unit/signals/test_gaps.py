"""Spline filling against a cubic, which a cubic spline must restore exactly."""

from __future__ import annotations

import numpy as np

from biomech.signals.gaps import fill_spline

RATE = 100.0


def cubic(n=100):
    t = np.arange(n) / RATE
    return np.stack([t**3 - t, 2 * t**2, 1 - t], axis=-1)[:, None].repeat(2, axis=1)


def test_cubic_is_restored_and_flagged():
    truth = cubic()
    x = truth.copy()
    x[40:50, 0] = np.nan
    filled, flags = fill_spline(x, RATE, 0.1)
    assert np.allclose(filled, truth, rtol=0, atol=1e-12)
    assert flags.sum() == 10 and flags[40:50, 0].all()
    assert np.isnan(x[40:50, 0]).all()


def test_long_gaps_and_ends_stay_missing():
    x = cubic()
    x[:3, 0] = x[40:51, 0] = x[98:, 0] = np.nan
    filled, flags = fill_spline(x, RATE, 0.1)
    assert not flags.any()
    assert np.array_equal(np.isnan(filled), np.isnan(x))


def test_one_missing_coordinate_is_a_missing_sample():
    truth = cubic()
    x = truth.copy()
    x[10, 1, 2] = np.nan
    filled, flags = fill_spline(x, RATE, 0.1)
    assert flags[10, 1] and np.allclose(filled, truth, atol=1e-12)
    x[0, 1, 2] = np.nan
    assert np.isnan(fill_spline(x, RATE, 0.1)[0][0, 1]).all()


def test_nothing_recorded_and_nothing_allowed():
    x = np.full((20, 1, 3), np.nan)
    assert np.isnan(fill_spline(x, RATE, 0.1)[0]).all()
    y = cubic()
    y[5] = np.nan
    assert not fill_spline(y, RATE, 0.0)[1].any()
