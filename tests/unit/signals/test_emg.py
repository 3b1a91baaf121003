"""EMG: every step against its closed form, pyomeca's filters against SciPy, onsets against planted ones."""

from __future__ import annotations

import numpy as np
import pyomeca
import pytest
from scipy.signal import butter, filtfilt

from biomech.signals import emg
from biomech.simulate.emg import Burst, _coloured, _frequencies, envelope, muscle_noise

RATE = 1000.0
TIME = np.arange(4000) / RATE


@pytest.mark.parametrize(
    ("name", "cutoff", "kind"),
    [("low_pass", 6.0, "low"), ("band_pass", [20.0, 450.0], "band"), ("band_stop", [48.0, 52.0], "bandstop")],
)
def test_pyomecas_filters_are_the_zero_lag_butterworth_that_they_are_taken_for(name, cutoff, kind) -> None:
    x = np.random.default_rng(1).standard_normal((2, 3000))
    analogs = pyomeca.Analogs(x, channels=["a", "b"], time=np.arange(3000) / RATE)
    found = getattr(analogs.meca, name)(order=2, cutoff=cutoff, freq=RATE)
    assert found.dims == ("channel", "time")
    b, a = butter(2, np.array(cutoff) / (RATE / 2), kind)
    np.testing.assert_allclose(found.to_numpy(), filtfilt(b, a, x), atol=1e-12)


def test_pyomecas_centre_and_absolute_value() -> None:
    analogs = pyomeca.Analogs(np.array([[1.0, -2.0, 7.0], [0.0, 3.0, -3.0]]), channels=["a", "b"], time=[0, 1, 2])
    np.testing.assert_allclose(analogs.meca.center().to_numpy(), [[-1, -4, 5], [0, 3, -3]])
    np.testing.assert_allclose(analogs.meca.abs().to_numpy(), [[1, 2, 7], [0, 3, 3]])


@pytest.mark.parametrize(("frequency", "gain"), [(100.0, 1.0), (20.0, 0.5), (450.0, 0.5), (2.0, 0.0)])
def test_the_band_passes_what_it_should_and_the_offset_goes(frequency: float, gain: float) -> None:
    found = emg.band_passed(3.0 + np.sin(2 * np.pi * frequency * TIME), RATE, (20.0, 450.0))[1000:3000]
    assert np.sqrt(2) * found.std() == pytest.approx(gain, abs=0.003)
    assert abs(found.mean()) < 1e-4


def test_the_notch_takes_the_mains_and_little_else() -> None:
    mains, other = np.sin(2 * np.pi * 50 * TIME), np.sin(2 * np.pi * 70 * TIME)
    assert emg.band_passed(mains, RATE, (20.0, 450.0), 50.0)[1000:3000].std() < 0.001
    assert emg.band_passed(other, RATE, (20.0, 450.0), 50.0)[1000:3000].std() == pytest.approx(0.707, abs=0.02)


def test_the_envelope_of_a_sine_is_its_mean_rectified_value_up_to_the_ends() -> None:
    found = emg.linear_envelope(5 * np.sin(2 * np.pi * 101.3 * TIME), RATE, 6.0)
    np.testing.assert_allclose(found[100:-100], 5 * 2 / np.pi, rtol=0.01)
    np.testing.assert_allclose(found, 5 * 2 / np.pi, rtol=0.03)  # at the ends a part of one wave is reflected


def test_the_envelopes_cutoff_is_that_of_both_passes() -> None:
    """Rectified, a carrier that swells at 6 Hz keeps its mean, and 1/sqrt(2) of the swelling."""
    swell = 1 + 0.5 * np.sin(2 * np.pi * 6 * TIME)
    found = emg.linear_envelope(swell * np.sign(np.sin(2 * np.pi * 250 * TIME + 0.3)), RATE, 6.0)[1000:3000]
    assert found.mean() == pytest.approx(1.0, abs=1e-3)
    assert (found.max() - found.min()) / 2 == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_moving_rms_and_means_of_known_signals() -> None:
    assert emg.moving_rms(np.full(100, -3.0), RATE, 0.05) == pytest.approx(np.full(100, 3.0))
    assert emg.moving_rms(5 * np.sin(2 * np.pi * 100 * TIME), RATE, 0.05)[2000] == pytest.approx(
        5 / np.sqrt(2), rel=0.03
    )
    ramp = np.arange(1000.0)
    assert emg.moving_mean(ramp, RATE, 0.1)[500] == pytest.approx(500)
    assert emg.largest_mean(ramp, RATE, 0.5) == pytest.approx(ramp[500:].mean())
    assert np.isnan(emg.largest_mean(ramp, RATE, 1.5))


def test_missing_samples_stay_missing_and_harm_no_others() -> None:
    x = np.sin(2 * np.pi * 100 * TIME)
    whole = emg.linear_envelope(emg.band_passed(x, RATE, (20.0, 450.0)), RATE, 6.0)
    x[2000:2100] = np.nan
    holed = emg.linear_envelope(emg.band_passed(x, RATE, (20.0, 450.0)), RATE, 6.0)
    assert np.array_equal(np.isnan(holed), np.isnan(x))
    np.testing.assert_allclose(holed[~np.isnan(x)], whole[~np.isnan(x)], rtol=0.05)


def test_teager_kaiser_of_a_cosine_is_amplitude_times_frequency_squared() -> None:
    found = emg.teager_kaiser(3 * np.cos(0.7 * np.arange(50) + 0.2))
    assert np.isnan(found[[0, -1]]).all()
    np.testing.assert_allclose(found[1:-1], 9 * np.sin(0.7) ** 2, rtol=1e-9)


def test_bursts_by_hand() -> None:
    x = np.zeros(1000)
    x[200:240], x[260:300] = 10, 10  # a gap of 20 ms: one burst
    x[500:530] = 10  # 30 ms: too short
    x[690:700], x[700:800] = 2, 10  # a rise: the onset is where it leaves the baseline
    x[900:] = 10  # cut off by the end
    found = emg.bursts(x, RATE, emg.Baseline(0.0, 1.0, 0.0), 3.0, 1.0, 0.05, 0.03)
    np.testing.assert_allclose(found, [[0.2, 0.3], [0.69, 0.8], [0.9, np.nan]])


def test_the_quietest_stretch_is_found() -> None:
    x = np.concatenate([np.full(500, 5.0), np.tile([1.0, 3.0], 200), np.full(300, 4.0)])
    found = emg.quietest(x, RATE, 0.3)
    assert found is not None and found.mean == pytest.approx(2.0) and found.sd == pytest.approx(1.0, rel=0.01)
    assert 0.5 <= found.start_s <= 0.6
    assert emg.quietest(x, RATE, 5.0) is None


def test_co_contraction_by_hand() -> None:
    found = emg.co_contraction([10.0, 40.0, 0.0, 0.0, np.nan], [20.0, 20.0, 30.0, 0.0, 1.0])
    np.testing.assert_allclose(found, [0.5 * 30, 0.5 * 60, 0, 0, np.nan])


def planted(seed: int, snr_db: float, rise_s: float) -> np.ndarray:
    """A burst from 1 to 2 s over a baseline, without any of the pipeline's code."""
    random, n = np.random.default_rng(seed), 3000
    frequency = _frequencies(n, RATE)
    active = envelope(np.arange(n) / RATE, [Burst(1.0, 2.0, rise_s=rise_s)]) * muscle_noise(n, RATE, random)
    return active + 10 ** (-snr_db / 20) * _coloured(n, np.ones_like(frequency), frequency, random)


@pytest.mark.parametrize("method", ["hodges_bui", "teager_kaiser_bursts"])
def test_a_planted_onset_is_found_within_15_ms_at_10_db(method: str) -> None:
    """Of 60 bursts that rise within 20 ms the middle error is within 15 ms, and at least four in five onsets are."""
    errors = []
    for seed in range(60):
        found = getattr(emg, method)(emg.band_passed(planted(seed, 10.0, 0.02), RATE, (20.0, 450.0)), RATE)
        assert len(found), "no burst found"
        longest = found[np.nanargmax(found[:, 1] - found[:, 0])]
        errors.append(longest[0] - 1.0)
    assert abs(np.median(errors)) < 0.010
    assert np.mean(np.abs(errors) <= 0.015) >= 0.8


@pytest.mark.parametrize(("method", "most"), [("hodges_bui", 0.12), ("teager_kaiser_bursts", 0.05)])
def test_noise_alone_has_few_bursts(method: str, most: float) -> None:
    """Per second; the baseline is the quietest stretch, so that its mean is a little small (0.085 and fewer measured)."""
    random, frequency = np.random.default_rng(7), _frequencies(10000, RATE)
    count = 0
    for _ in range(20):
        noise = _coloured(10000, np.ones_like(frequency), frequency, random)
        count += len(getattr(emg, method)(emg.band_passed(noise, RATE, (20.0, 450.0)), RATE))
    assert count / 200.0 < most
