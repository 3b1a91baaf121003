"""Filters against the closed-form response of a double-pass Butterworth filter."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfreqz

from biomech.errors import TrialError
from biomech.signals.filters import cutoff_corrected, lowpass, runs


def gain(cutoff_hz, rate_hz, order, correction, at_hz):
    sos = butter(order // 2, cutoff_corrected(cutoff_hz, rate_hz, order, correction), fs=rate_hz, output="sos")
    return np.abs(sosfreqz(sos, [at_hz], fs=rate_hz)[1][0]) ** 2


@pytest.mark.parametrize("order", [2, 4, 6, 8])
@pytest.mark.parametrize(("cutoff", "rate"), [(6, 100), (12, 200), (15, 100), (15, 1000), (40, 100)])
def test_gain_at_the_cutoff(order, cutoff, rate):
    assert gain(cutoff, rate, order, "prewarped", cutoff) == pytest.approx(1 / np.sqrt(2), abs=1e-6)


def test_factor_of_a_fourth_order_filter():
    # Winter 2009 and Robertson & Dowling 2003 print 0.802.
    assert 10 / cutoff_corrected(10, 1000, 4, "plain") == pytest.approx(0.802, abs=5e-4)


def test_plain_and_no_correction_differ_as_known():
    # Dividing 15 Hz itself at 100 Hz leaves a gain of 0.745; no correction leaves 1/2.
    assert gain(15, 100, 4, "plain", 15) == pytest.approx(0.745, abs=5e-4)
    assert gain(15, 100, 4, "none", 15) == pytest.approx(0.5, abs=1e-9)


def test_long_sine_keeps_phase_and_loses_the_known_amplitude():
    t = np.arange(4000) / 200
    x = np.sin(2 * np.pi * 12 * t)
    middle = slice(1000, 3000)
    assert np.allclose(lowpass(x, 200, 12)[middle], x[middle] / np.sqrt(2), atol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 17, 400])
@pytest.mark.parametrize(("rate", "cutoff"), [(100, 6), (1000, 6), (100, 15)])
def test_constants_and_ramps_pass_up_to_the_edges(n, rate, cutoff):
    t = np.arange(n) / rate
    x = np.stack([np.full(n, 3.2), 1.5 - 40 * t], axis=1)
    assert np.allclose(lowpass(x, rate, cutoff), x, rtol=0, atol=1e-9)


def test_missing_stays_missing_and_runs_do_not_touch_each_other():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2, 3)).cumsum(axis=0)
    x[100:140, 0] = np.nan
    x[:5, 1, 2] = np.nan
    y = lowpass(x, 100, 6)
    assert np.array_equal(np.isnan(x), np.isnan(y))
    assert np.allclose(y[:100, 0], lowpass(x[:100, 0], 100, 6), rtol=0, atol=1e-12)
    assert np.allclose(y[140:, 0], lowpass(x[140:, 0], 100, 6), rtol=0, atol=1e-12)
    assert np.allclose(y[5:, 1, 2], lowpass(x[5:, 1, 2], 100, 6), rtol=0, atol=1e-12)


def test_axis_and_input_unchanged():
    x = np.random.default_rng(1).normal(size=(2, 3, 200))
    before = x.copy()
    y = lowpass(x, 100, 10, axis=-1)
    assert np.allclose(y[1, 2], lowpass(x[1, 2], 100, 10))
    assert np.array_equal(x, before)


def test_time_reversal_makes_no_difference():
    x = np.random.default_rng(2).normal(size=500).cumsum()
    assert np.allclose(lowpass(x[::-1], 100, 6)[::-1], lowpass(x, 100, 6), atol=2e-6)


def test_off_is_a_copy():
    x = np.array([1.0, np.nan, 2.0])
    y = lowpass(x, 100, None)
    assert np.array_equal(x, y, equal_nan=True)
    assert y is not x


def test_cutoff_above_nyquist_is_refused():
    with pytest.raises(TrialError, match="half of the sampling rate"):
        lowpass(np.zeros(100), 25, 15)


def test_runs():
    assert runs([True, True, False, True]).tolist() == [[0, 2], [3, 4]]
    assert runs([False]).tolist() == []
