"""The planted order of hip and foot is named; where the data do not tell, so is that."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config
from biomech.findings.material import Material
from biomech.findings.sequence import judge, sequence
from biomech.io.sheets import Session
from biomech.metrics.sequence import course_lag_ms, of_pairs, onset_lead_ms
from biomech.quality import Quality
from biomech.simulate.coupling import coupled_squats

PAIR = ("hip_adduction", "rearfoot_eversion")
CONFIG = Config()


def found_in(cycles: xr.Dataset):
    quality = Quality("P01", "1", "findings")
    empty = xr.DataTree()
    material = Material(Session(participant="P01", session="1"), CONFIG, quality, cycles, cycles, empty, empty, empty)
    return sequence(material), quality


@pytest.mark.parametrize(
    ("planted", "lead_ms"), [("top_down", (30, 80)), ("bottom_up", (-80, -30)), ("simultaneous", (-5, 5))]
)
def test_the_planted_order_is_named(planted: str, lead_ms: tuple[float, float]) -> None:
    """20 of each class here; 100 in docs/sequence_table.py, whose figures stand in docs/findings.md."""
    names = []
    for number in range(20):
        lead = np.random.default_rng([number, 11]).uniform(*lead_ms)
        (one,), _ = found_in(coupled_squats(lead / 1000, 500 + number))
        names.append(one.evidence["verdict"])
        assert one.value == pytest.approx(lead, abs=10) and one.low < one.value < one.high and one.unit == "ms"
    assert names.count(planted) >= 18 and set(names) <= {planted, "indeterminate"}


def test_without_noise_onset_and_lag_give_the_planted_lead_to_a_few_ms() -> None:
    cycles = coupled_squats(0.05, 1, noise=0.0, jitter_s=0.0)
    assert np.abs(of_pairs(cycles, *PAIR, "cycle", course_lag_ms) - 50).max() < 1
    assert np.abs(of_pairs(cycles, *PAIR, "cycle", onset_lead_ms) - 50).max() < 2


def test_a_page_without_a_rearfoot_says_nothing_of_its_sequence() -> None:
    cycles = coupled_squats(0.05, 1)
    cycles["angle"].loc[{"quantity": "rearfoot_eversion"}] = np.nan
    assert found_in(cycles)[0] == [] and found_in(cycles.isel(quantity=[0]))[0] == []


def test_what_cannot_be_told_is_indeterminate_with_the_reason() -> None:
    findings, quality = found_in(coupled_squats(0.05, 1).isel(cycle=slice(3)))
    assert findings[0].evidence["verdict"] == "indeterminate" and "3 repetitions" in findings[0].sentence
    assert [row["code"] for row in quality.rows] == ["sequence_indeterminate"]


@pytest.mark.parametrize(
    ("lag", "onset", "expected"),
    [
        ([30, 34, 32, 31], [25, 26, 27, 28], "top_down"),
        ([-30, -34, -32, -31], [], "bottom_up"),
        ([1, -2, 3, 0], [40, 41, 42, 43], "simultaneous"),
        ([18, 40, -20, 60], [], "indeterminate"),  # holds 0
        ([12, 13, 14, 17.9], [], "indeterminate"),  # a lead, but no larger than the bounds
        ([30, 34, 32, 31], [-25, -26, -27, -28], "indeterminate"),  # lag and onset contradict
        ([30, 34, np.nan, np.nan, 31], [], "indeterminate"),  # too few
    ],
)
def test_the_rules_of_the_verdict(lag: list[float], onset: list[float], expected: str) -> None:
    settings = CONFIG.findings.sequence
    assert judge(np.array(lag, float), np.array(onset, float), settings, 500, 0, "x").name == expected


def test_gait_has_lags_but_no_verdict() -> None:
    """The same curves that are called a lead in squats are none in walking, where lags belong to the form of the curves."""
    squats = coupled_squats(0.06, 3)
    strides = squats.assign_coords(
        task=("cycle", np.full(squats.sizes["cycle"], "walking", dtype="U30")),
        foot_off_percent=("cycle", np.full(squats.sizes["cycle"], 100.0)),
    )
    ((lead,), _), ((gait,), _) = found_in(squats), found_in(strides)
    assert lead.evidence["verdict"] == "top_down"
    assert gait.evidence["verdict"] == "indeterminate" and "course of their own" in gait.sentence
    assert gait.value == pytest.approx(lead.value, abs=10.0)
