"""Metrics of muscle activity against closed forms, and the example's gluteus medius against its truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config, parse_config
from biomech.config.outcomes import Metrics
from biomech.io.ingest import ingest_trials
from biomech.io.sheets import read_study
from biomech.muscles.session import muscles_trials
from biomech.outcomes import METRICS
from biomech.outcomes.emg_bursts import around, with_activity
from biomech.outcomes.emg_metrics import has_muscles
from biomech.quality import Quality
from biomech.schema import SIDES
from tests.stage_results import evaluate

ROOT = Path(__file__).parents[3]
SETTINGS = Config().muscles
MUSCLES = ["gluteus_medius", "adductor_longus"]


def cycles(
    start: list[float], side: list[str], trial: str = "t", task: str = "walking", length: float = 1.0
) -> xr.Dataset:
    n = len(start)
    text = lambda value: ("cycle", np.array([value] * n))  # noqa: E731
    return xr.Dataset(
        coords={
            "cycle": [f"c{i}" for i in range(n)],
            "percent": np.arange(101.0),
            "muscle": MUSCLES,
            "task": text(task),
            "trial": text(trial),
            "side": ("cycle", np.array(side)),
            "start": ("cycle", np.array(start)),
            "end": ("cycle", np.array(start) + length),
            "foot_off_percent": ("cycle", np.full(n, 60.0)),
            "bottom_percent": ("cycle", np.full(n, 50.0)),
        }
    )


def muscles(
    values: np.ndarray, bursts: list[tuple[float, float, str, str]], unit: str = "%MVC"
) -> dict[str, xr.Dataset]:
    """Envelopes (emg_time, muscle) at 200 Hz, the same on both sides."""
    rate = 200.0
    data = xr.Dataset(
        {
            "emg": (("emg_time", "side", "muscle"), np.repeat(values[:, None], 2, axis=1)),
            "emg_unit": (("side", "muscle"), np.full((2, 2), unit)),
            **{
                f"burst_{name}": ("burst", np.array([b[k] for b in bursts]))
                for k, name in enumerate(("onset", "offset", "side", "muscle"))
            },
            "burst_method": ("burst", np.array([SETTINGS.onset_method] * len(bursts))),
        },
        coords={"emg_time": np.arange(len(values)) / rate, "side": list(SIDES), "muscle": MUSCLES},
        attrs={"emg_rate_hz": rate},
    )
    return {"t": data}


def value(name: str, data: xr.Dataset) -> tuple[np.ndarray, list[str]]:
    found, reason = evaluate(METRICS[name], data, Metrics())
    return found, reason.tolist()


@pytest.fixture
def data() -> xr.Dataset:
    """Gluteus medius rises by 10 % per s, adductor longus is 20 %; two right strides from 1 and 3 s."""
    time = np.arange(1000) / 200.0
    tree = muscles(
        np.stack([10 * time, np.full(1000, 20.0)], axis=1),
        [
            (0.85, 1.4, "right", "gluteus_medius"),
            (0.80, 0.82, "right", "gluteus_medius"),
            (0.95, 2.0, "left", "gluteus_medius"),
            (2.0, 3.5, "right", "gluteus_medius"),
        ],
    )
    given = cycles([1.0, 3.0], ["right", "right"])
    percent = given["percent"].to_numpy() / 100
    curves = np.stack([10 * (given["start"].to_numpy()[:, None] + percent), np.full((2, 101), 20.0)], axis=-1)
    return with_activity(given.assign(emg=(("cycle", "percent", "muscle"), curves)), tree, SETTINGS)


def test_onset_and_duration_are_those_of_the_longest_burst_of_its_leg_around_contact(data: xr.Dataset) -> None:
    onset, reason = value("gluteus_medius_emg__onset__cycle", data)
    assert onset[0] == pytest.approx(-0.15) and np.isnan(onset[1])
    assert reason[0] == "" and "active from earlier on" in reason[1]
    assert value("gluteus_medius_emg__duration__cycle", data)[0][0] == pytest.approx(0.55)


def test_a_burst_that_the_recording_cuts_off_has_an_onset_and_no_duration() -> None:
    table = np.array([(1.1, np.nan, "m")], dtype=[("onset", float), ("offset", float), ("muscle", "U8")])
    onset, offset = around(table, 1.0, SETTINGS)
    assert onset == pytest.approx(0.1) and np.isnan(offset)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gluteus_medius_emg__mean__pre_activation", [9.5, 29.5]),
        ("gluteus_medius_emg__peak__pre_activation", [10, 30]),
        ("gluteus_medius_emg__mean__first_100_ms", [10.5, 30.5]),
        ("gluteus_medius_emg__peak__first_100_ms", [11, 31]),
        ("gluteus_medius_emg__mean__stance", [13, 33]),
        ("gluteus_medius_emg__peak__stance", [16, 36]),
        ("adductor_longus_emg__mean__stance", [20, 20]),
        ("gluteus_medius_to_adductor_longus_emg__ratio__stance", [13 / 20, 33 / 20]),
        ("gluteus_medius_to_adductor_longus_emg__ratio__pre_activation", [9.5 / 20, 29.5 / 20]),
        # low / high (low + high): x/20 (x + 20) over 10..16, and 20/x (x + 20) over 30..36
        (
            "gluteus_medius_and_adductor_longus_emg__co_contraction__stance",
            [(16**3 - 10**3) / (3 * 20 * 6) + 13, 20 + 400 * np.log(36 / 30) / 6],
        ),
    ],
)
def test_amplitudes_ratios_and_co_contraction_by_hand(name: str, expected: list[float], data: xr.Dataset) -> None:
    assert value(name, data)[0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("window", "mean", "peak"), [("descent", 12.5, 15.0), ("ascent", 17.5, 20.0)])
def test_descent_and_ascent(window: str, mean: float, peak: float, data: xr.Dataset) -> None:
    squats = data.assign_coords(task=("cycle", np.array(["single_leg_squat"] * 2)))
    assert value(f"gluteus_medius_emg__mean__{window}", squats)[0][0] == pytest.approx(mean)
    assert value(f"gluteus_medius_emg__peak__{window}", squats)[0][0] == pytest.approx(peak)


def test_volts_are_no_per_cent() -> None:
    tree = muscles(np.full((1000, 2), 1e-4), [], unit="V")
    given = cycles([1.0], ["right"]).assign(emg=(("cycle", "percent", "muscle"), np.full((1, 101, 2), 1e-4)))
    found = with_activity(given, tree, SETTINGS)
    values, reason = value("gluteus_medius_emg__mean__stance", found)
    assert np.isnan(values[0]) and "not normalised" in reason[0]
    assert value("gluteus_medius_to_adductor_longus_emg__ratio__stance", found)[0][0] == pytest.approx(1.0)


def test_muscles_that_were_not_recorded_have_no_metrics(data: xr.Dataset) -> None:
    assert has_muscles(METRICS["gluteus_medius_to_adductor_longus_emg__ratio__stance"], data)
    assert not has_muscles(METRICS["gluteus_medius_to_tensor_fasciae_latae_emg__ratio__stance"], data)
    assert not has_muscles(METRICS["vastus_medialis_emg__onset__cycle"], data)


@pytest.mark.parametrize("method", ["hodges_bui", "teager_kaiser"])
@pytest.mark.parametrize("person", ["P01", "P03"])
def test_the_examples_gluteus_medius_comes_on_when_it_truly_does(method: str, person: str) -> None:
    """Single-leg squats and landings at 20 dB: the middle error within 15 ms, all within 40 ms."""
    study = read_study(ROOT)
    session = next(s for s in study.sessions if s.participant == person and s.session == "pre")
    wanted = [t for t in session.trials if t.task in ("single_leg_squat", "drop_vertical_jump")]
    session = session.model_copy(update={"trials": tuple(wanted)})
    config = parse_config(
        study.config.model_dump(mode="json") | {"muscles": study.config.muscles.model_dump(mode="json")}
    )
    quality = Quality(person, "pre", "muscles")
    raw = {n: d for n, d in ingest_trials(session, study.data_folder, config, quality)}

    errors, found = [], dict(muscles_trials(raw, session, config, quality))
    for trial in wanted:
        truth = xr.load_dataset(study.data_folder / trial.file.replace(".c3d", ".truth.nc"))
        data = found[trial.trial]
        for side, onset in zip(truth["emg_side"].values, truth["emg_onset"].values, strict=True):
            mine = (data["burst_side"] == str(side)) & (data["burst_method"] == method)
            lags = data["burst_onset"].values[mine] - onset
            errors.append(lags[np.nanargmin(np.abs(lags))])
    assert len(errors) >= 14
    assert abs(np.median(errors)) <= 0.015
    assert np.max(np.abs(errors)) <= 0.040, np.round(1000 * np.array(errors))
