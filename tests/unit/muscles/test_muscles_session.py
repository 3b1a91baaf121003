"""The stage of muscle activity: references, units, bursts, and rows about what is missing."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config, config_faults, parse_config
from biomech.io.sheets import Session, Trial
from biomech.muscles.session import muscles_trials
from biomech.quality import Quality

RATE = 1000.0
TIME = np.arange(4000) / RATE
CHANNELS = {"left": {"gluteus_medius": "L"}, "right": {"gluteus_medius": "R"}}


def carrier(amplitude: np.ndarray | float, seed: int = 0, noise_v: float = 1e-7) -> np.ndarray:
    """A sine whose mean rectified value is `amplitude`, over a little noise."""
    noise = noise_v * np.random.default_rng(seed).standard_normal(len(TIME))
    return amplitude * np.pi / 2 * np.sin(2 * np.pi * 101.3 * TIME) + noise


def raw(values: dict[str, np.ndarray], rate: float = RATE, unit: str = "V") -> xr.Dataset:
    analog = np.stack(list(values.values()), axis=1)
    data = xr.Dataset(
        {
            "analog": (("analog_time", "channel"), analog),
            "channel_unit": ("channel", np.array([unit] * len(values))),
        },
        coords={"channel": list(values)},
        attrs={"analog_rate_hz": rate},
    )
    return data


def run(trials: dict[str, tuple[Trial, xr.Dataset]], **options: object) -> tuple[dict[str, xr.Dataset], Quality]:
    session = Session(participant="P1", session="1", trials=tuple(t for t, _ in trials.values()))
    config = parse_config({"muscles": {"channels": CHANNELS, **options}})
    quality = Quality("P1", "1", "muscles")
    tree = {name: group for name, (_, group) in trials.items()}
    return dict(muscles_trials(tree, session, config, quality)), quality


def trial(name: str, role: str = "dynamic", task: str = "single_leg_squat", **cells: str) -> Trial:
    return Trial(trial=name, file=f"{name}.c3d", role=role, task=task, **cells)


def codes(quality: Quality) -> list[str]:
    return [row["code"] for row in quality.rows]


def test_the_envelope_is_in_per_cent_of_the_mvc() -> None:
    swing = 3e-5 * (1 + np.sin(2 * np.pi * 0.25 * TIME))
    strong = np.where((TIME > 1) & (TIME < 2), 2e-4, 1e-4)
    found, quality = run(
        {
            "squat": (trial("squat"), raw({"L": carrier(swing), "R": carrier(5e-5)})),
            "mvc": (
                trial("mvc", "functional", "functional", condition="mvc"),
                raw({"L": carrier(strong), "R": carrier(2e-4)}),
            ),
        }
    )
    assert list(found) == ["squat"]
    left = found["squat"]["emg"].sel(side="left", muscle="gluteus_medius")
    assert float(left.sel(emg_time=1.0)) == pytest.approx(30.0, abs=0.7)
    assert float(found["squat"]["emg"].sel(side="right").mean()) == pytest.approx(25.0, abs=0.2)
    assert found["squat"]["emg_unit"].values.tolist() == [["%MVC"], ["%MVC"]]
    assert float(found["squat"]["emg_reference"].sel(side="left")[0]) == pytest.approx(2e-4, rel=0.01)
    assert not quality.rows


@pytest.mark.parametrize(("unit", "factor"), [("mV", 1e3), ("uV", 1e6), ("V", 1.0)])
def test_volts_are_volts_whatever_the_file_stores(unit: str, factor: float) -> None:
    data = raw({"L": factor * carrier(5e-5), "R": factor * carrier(5e-5)}, unit=unit)
    found, _ = run({"a": (trial("a"), data)}, normalisation="none")
    assert found["a"]["emg_unit"].values.tolist() == [["V"], ["V"]]
    assert float(found["a"]["emg"].mean()) == pytest.approx(5e-5, rel=0.01)


def test_without_an_mvc_the_reference_is_the_sessions_peak_and_says_so() -> None:
    one, two = raw({"L": carrier(2e-5), "R": carrier(2e-5)}), raw({"L": carrier(4e-5), "R": carrier(2e-5)})
    found, quality = run({"a": (trial("a"), one), "b": (trial("b"), two)})
    assert found["a"]["emg_unit"].values.tolist() == [["%peak"], ["%peak"]]
    assert float(found["a"]["emg"].sel(side="left").mean()) == pytest.approx(50.0, abs=1.0)
    assert codes(quality) == ["emg_without_mvc", "emg_without_mvc"]


def test_missing_slow_and_dead_channels_are_reported() -> None:
    found, quality = run(
        {
            "a": (trial("a"), raw({"L": carrier(2e-5), "r": carrier(2e-5)})),
            "b": (trial("b"), raw({"x": carrier(2e-5)})),
            "c": (trial("c"), raw({"L": np.zeros(4000)})),
        }
    )
    assert list(found) == ["a", "c"] and np.isnan(found["a"]["emg"].sel(side="right")).all()
    assert codes(quality).count("emg_channel_missing") == 2 and "emg_flat" in codes(quality)
    absent = quality.rows[0]
    assert absent["level"] == "warning" and "right gluteus_medius" in absent["message"] and "'R'" in absent["message"]
    _, slow = run({"a": (trial("a"), raw({"L": carrier(2e-5), "R": carrier(2e-5)}, rate=500.0))})
    assert "emg_rate" in codes(slow)


def test_bursts_of_both_methods_are_kept() -> None:
    swell = np.where((TIME > 1.0) & (TIME < 2.0), 1e-4, 0.0)
    found, _ = run({"a": (trial("a"), raw({"L": carrier(swell), "R": carrier(swell)}))})
    data = found["a"]
    for method in ("hodges_bui", "teager_kaiser"):
        here = (data["burst_method"] == method) & (data["burst_side"] == "left")
        assert data["burst_onset"].values[here] == pytest.approx([1.0], abs=0.02)
        assert data["burst_offset"].values[here] == pytest.approx([2.0], abs=0.02)


def test_no_channels_no_emg() -> None:
    session = Session(participant="P1", session="1", trials=(trial("a"),))
    tree = {"a": raw({"L": carrier(1.0)})}
    assert not list(muscles_trials(tree, session, Config(), Quality("P1", "1", "muscles")))


@pytest.mark.parametrize(
    ("channels", "message"),
    [
        ({"left": {"gluteus_medus": "A"}}, "did you mean 'gluteus_medius'?"),
        ({"left": {"gluteus_medius": "A"}, "right": {"gluteus_medius": "A"}}, "named twice"),
        ({"left": {"gluteus_medius": " "}}, "empty"),
    ],
)
def test_faults_of_the_channels_stop_before_any_job(channels: dict, message: str) -> None:
    faults = config_faults({"muscles": {"channels": channels}})
    assert len(faults) == 1 and message in faults[0]


def test_samples_without_a_value_are_counted() -> None:
    signal = carrier(1e-4)
    signal[500:600] = np.nan
    _, quality = run({"squat": (trial("squat"), raw({"L": signal, "R": carrier(1e-4)}))})
    (row,) = [row for row in quality.rows if row["code"] == "emg_samples_missing"]
    assert row["level"] == "warning" and "'L'" in row["message"] and "100 samples" in row["message"]
    assert row["value"] == pytest.approx(100 / RATE)
