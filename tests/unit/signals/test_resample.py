"""From analog to marker rate."""

from __future__ import annotations

import numpy as np

from biomech.signals.resample import to_marker_rate


def test_whole_ratio_reads_the_samples():
    x = np.random.default_rng(0).normal(size=(1000, 2, 3))
    assert np.array_equal(to_marker_rate(x, 1000, 100, 100), x[::10])
    assert np.array_equal(to_marker_rate(x, 1000, 1000, 1000), x)


def test_broken_ratio_is_linear_between_samples():
    t = np.arange(1080) / 1080
    y = to_marker_rate(3 * t - 1, 1080, 250, 250)
    assert np.allclose(y, 3 * np.arange(250) / 250 - 1, atol=1e-12)


def test_mean_over_the_frame():
    x = np.random.default_rng(1).normal(size=1000)
    y = to_marker_rate(x, 1000, 100, 100, average=True)
    assert np.isclose(y[50], x[495:506].mean())
    assert np.isclose(y[0], x[:6].mean())


def test_missing_samples_and_frames_beyond_the_end():
    x = np.ones(500)
    x[100] = np.nan
    y = to_marker_rate(x, 1000, 100, 60)
    assert np.isnan(y[10]) and np.isfinite(y[[9, 11]]).all()
    assert np.isfinite(y[:50]).sum() == 49 and np.isnan(y[51:]).all()
    assert np.isnan(to_marker_rate(x, 1000, 100, 60, average=True)[10])
    assert np.isnan(to_marker_rate(np.empty((0, 3)), 1000, 100, 5)).all()
