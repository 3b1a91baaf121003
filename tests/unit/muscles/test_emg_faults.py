"""EMG that cannot be right is reported, each fault made from a clean signal; clean signals are not."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.signals.emg_faults import clipped_share, hum_share, levels, still_seconds
from tests.unit.muscles.test_muscles_session import codes, raw, run, trial

RATE = 1000.0
BAND = (20.0, 450.0)
MVC = trial("mvc", "functional", "functional", condition="mvc")


def emg(rms: float, seconds: float = 4.0, seed: int = 1, rate: float = RATE) -> np.ndarray:
    """Noise with the spectrum of a muscle's signal (20 to 450 Hz, most of it about 90 Hz), in bursts of half a second."""
    n = round(seconds * rate)
    frequency = np.fft.rfftfreq(n, 1 / rate)
    shape = frequency**2 / (frequency**2 + 60.0**2) / (frequency**2 + 120.0**2)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(n)) * shape
    noise = np.fft.irfft(spectrum, n)
    bursts = 0.2 + np.abs(np.sin(np.pi * np.arange(n) / rate))
    signal = noise * bursts
    return rms * signal / signal.std()


def hum(rms: float, mains: float, n: int = 4000, rate: float = RATE) -> np.ndarray:
    """Hum of the mains with its third and fifth harmonic."""
    time = np.arange(n) / rate
    lines = sum(a * np.sin(2 * np.pi * k * mains * time + k) for k, a in ((1, 1.0), (3, 0.5), (5, 0.3)))
    return rms * lines / np.std(lines)


def found(walk: np.ndarray, mvc: np.ndarray | None = None, unit: str = "V", mvc_unit: str = "V", **options: object):
    """Rows for one channel of a movement trial with its MVC (four times as strong unless given)."""
    other = emg(1e-4, seed=9)
    trials = {
        "squat": (trial("squat"), raw({"L": walk, "R": other[: len(walk)]}, unit=unit)),
        "mvc": (MVC, raw({"L": emg(4e-4, seed=2) if mvc is None else mvc, "R": 4 * other}, unit=mvc_unit)),
    }
    data, quality = run(trials, **options)
    return data, quality


@pytest.mark.parametrize("seconds", [1.2, 4.0, 20.0])
def test_clean_signals_are_not_reported(seconds: float) -> None:
    for seed in range(8):
        signal = emg(1e-4, seconds, seed)
        assert max(hum_share(signal, RATE, BAND, mains) for mains in (50, 60)) < 0.06
        assert clipped_share(signal) == 0.0 and still_seconds(signal, RATE, 0.1) == 0.0
    assert not found(emg(1e-4, seed=3))[1].rows


@pytest.mark.parametrize("mains", [50.0, 60.0])
@pytest.mark.parametrize("share", [0.15, 0.5, 0.9])
@pytest.mark.parametrize("seconds", [1.2, 4.0])
def test_the_share_of_hum_is_found(mains: float, share: float, seconds: float) -> None:
    clean = emg(1.0, seconds)
    noisy = np.sqrt(1 - share) * clean + np.sqrt(share) * hum(1.0, mains, len(clean))
    assert hum_share(noisy, RATE, BAND, mains) == pytest.approx(share, abs=0.06 if seconds > 2 else 0.1)
    assert hum_share(noisy, RATE, BAND, 110.0 - mains) < 0.06


def test_hum_is_reported_in_movements_and_in_the_mvc() -> None:
    _, quality = found(emg(1e-4) + hum(2e-4, 50.0))
    ((code, level, message, item, value),) = [
        tuple(row[k] for k in ("code", "level", "message", "item", "value")) for row in quality.rows
    ]
    assert (code, level, item) == ("emg_hum", "warning", "L") and value == pytest.approx(0.8, abs=0.05)
    assert "50 Hz" in message and "left gluteus_medius" in message
    _, quality = found(emg(1e-4), emg(4e-4) + hum(4e-4, 60.0))
    assert [(row["code"], row["trial"]) for row in quality.rows] == [("emg_hum", "mvc")]


def test_a_line_that_is_no_hum_is_not_called_so() -> None:
    assert hum_share(emg(1.0) + hum(1.0, 57.3), RATE, BAND, 60) < 0.06
    assert hum_share(emg(1.0) + hum(1.0, 51.7), RATE, BAND, 50) < 0.06


@pytest.mark.parametrize("offset", [0.0, 1.5e-4])
def test_a_clipped_amplifier_is_reported(offset: float) -> None:
    """Both ends, or one alone where the signal has an offset."""
    whole = emg(1e-4) + offset
    cut = np.clip(whole, -2.5e-4, 2.5e-4)
    share = float(np.mean(cut != whole))
    assert share > 0.005 and clipped_share(cut) == pytest.approx(share, rel=0.1)
    _, quality = found(cut)
    assert [(row["code"], row["level"]) for row in quality.rows] == [("emg_clipped", "warning")]
    assert quality.rows[0]["value"] == pytest.approx(share, rel=0.1)
    coarse = np.round(emg(1e-4) / 1e-5) * 1e-5  # 60 steps from end to end
    assert clipped_share(coarse) == 0.0


def test_lost_and_coarse_signals_are_reported() -> None:
    lost = emg(1e-4)
    lost[1000:1400] = lost[1000]
    lost[2000:2050] = 0.0  # too short to count
    assert still_seconds(lost, RATE, 0.1) == pytest.approx(0.4)
    _, quality = found(lost)
    assert [(row["code"], row["value"]) for row in quality.rows] == [("emg_dropout", pytest.approx(0.4))]
    steps = np.round(emg(1.0))
    assert levels(steps) < 16
    assert codes(found(1e-4 * steps)[1]) == ["emg_coarse"]


def test_amplitudes_that_no_muscle_reaches_are_reported() -> None:
    _, quality = found(emg(2e-3), emg(4e-4, seed=2))
    ((code, level, value),) = [(row["code"], row["level"], row["value"]) for row in quality.rows]
    assert (code, level) == ("emg_beyond_mvc", "warning") and value > 300
    assert not found(emg(5e-4), emg(4e-4, seed=2))[1].rows


@pytest.mark.parametrize(
    ("walk", "mvc", "code"),
    [(1.0, 1e-3, "emg_beyond_mvc"), (1e-3, 1.0, "emg_below_mvc")],
    ids=["mvc in V", "walk in V"],
)
def test_a_unit_that_differs_between_mvc_and_movement_is_noticed(walk: float, mvc: float, code: str) -> None:
    """One of both files holds millivolts and says volts."""
    _, quality = found(walk * emg(1e-4), mvc * emg(4e-4, seed=2))
    assert [row["code"] for row in quality.rows if "right" not in str(row["message"])] == [code]


@pytest.mark.parametrize("unit", ["mV", "millivolt", "mVolt", "milliVolts", "MV", " mv "])
def test_units_under_their_usual_spellings(unit: str) -> None:
    data, quality = found(1e3 * emg(1e-4), unit=unit)
    reference, _ = found(emg(1e-4))
    left = {"side": "left", "muscle": "gluteus_medius"}
    np.testing.assert_allclose(data["squat"]["emg"].sel(left), reference["squat"]["emg"].sel(left), rtol=1e-9)
    assert not [row for row in quality.rows if row["item"] == "L"]


def test_an_unknown_unit_and_volts_behind_an_amplifier_are_reported() -> None:
    assert not found(emg(1e-4), unit="digits", mvc_unit="digits")[1].rows, "the same in both: per cent are right"
    assert set(codes(found(emg(1e-4), unit="digits")[1])) == {"emg_unit"}
    assert set(codes(found(emg(1e-4), unit="digits", normalisation="none")[1])) == {"emg_unit"}
    assert set(codes(found(emg(1e-1), normalisation="none")[1])) == {"emg_volts"}
    assert not found(emg(1e-4), normalisation="none")[1].rows
