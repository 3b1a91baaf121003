"""Planted orders of hip and foot, read from the true curves by code that the simulator does not use."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from biomech.errors import BiomechError
from biomech_simulation.order import Order
from biomech_simulation.participant import Participant, Pattern
from biomech_simulation.squat import squat

SIZES = Pattern(6.0, 4.0, 5.0, 5.0, 3.0)
PERSON = Participant(patterns={"right": SIZES, "left": SIZES})


@cache
def truth_of(order: Order | None, task: str = "single_leg_squat", side: str = "right") -> xr.Dataset:
    person = replace(PERSON, patterns={s: replace(SIZES, order=order) for s in ("left", "right")})
    motion = squat(person, task, side, repetitions=2, repetition_s=2.2, rate_hz=100.0, analog_rate_hz=200.0, seed=3)  # type: ignore[arg-type]
    return motion.truth


def crossings(truth: xr.Dataset, quantity: str, side: str = "right") -> np.ndarray:
    """Times at 10 and 50 % of the rise, of the peak, and at 50 % of the fall of the first repetition, s."""
    named = dict(zip(truth["event_name"].values[::-1], truth["event_time"].values[::-1], strict=True))
    start, end = named["squat_start"] - 0.2, named["squat_end"] + 0.2
    time = np.arange(start, end, 0.0005)
    angle = np.interp(time, truth["time"].values, truth["angle"].sel(side=side, quantity=quantity).values)
    peak = int(angle.argmax())
    low = angle[:peak].min()
    up = [float(time[np.flatnonzero(angle[:peak] < low + p * (angle[peak] - low))[-1]]) for p in (0.1, 0.5)]
    end_low = angle[peak:].min()
    down = time[peak + np.flatnonzero(angle[peak:] < end_low + 0.5 * (angle[peak] - end_low))[0]]
    flat = time[angle > angle[peak] - 0.02 * (angle[peak] - low)].mean()
    return np.array([*up, flat, down])


@pytest.mark.parametrize("task", ["single_leg_squat", "double_leg_squat"])
@pytest.mark.parametrize("lead", [0.06, -0.06, 0.0])
def test_onset_half_and_peak_of_the_descent_have_the_lead(lead: float, task: str) -> None:
    for side in ("right", "left"):
        truth = truth_of(Order(lead), task, side)
        hip, foot = (crossings(truth, q, side) for q in ("hip_adduction", "rearfoot_eversion_floor"))
        assert_allclose(foot - hip, lead, atol=0.006)


def test_the_way_back_may_have_another_order() -> None:
    for lead, back in ((0.06, -0.12), (-0.06, 0.12), (0.0, 0.12)):
        truth = truth_of(Order(lead, back))
        hip, foot = (crossings(truth, q) for q in ("hip_adduction", "rearfoot_eversion_floor"))
        assert_allclose((foot - hip)[:2], lead, atol=0.006)
        assert abs(back) + 0.02 > np.sign(back) * (foot - hip)[3] > 0.5 * abs(back)


def test_other_forms_keep_the_half_and_the_peak() -> None:
    plain, formed = (crossings(truth_of(Order(0.06, shape=s)), "rearfoot_eversion_floor") for s in (0.0, 0.4))
    assert_allclose((formed - plain)[1:3], 0.0, atol=0.012)
    assert formed[0] - plain[0] < -0.01


def test_coupling_takes_its_share_of_the_lead_and_the_events_say_what_is_left() -> None:
    truth = truth_of(Order(0.08, coupling=0.5))
    hip, foot = (crossings(truth, q) for q in ("hip_adduction", "rearfoot_eversion_floor"))
    assert_allclose((foot - hip)[:3], 0.04, atol=0.008)
    named = dict(zip(truth["event_name"].values[::-1], truth["event_time"].values[::-1], strict=True))
    for k, name in enumerate(("onset", "half")):
        assert named[f"hip_rise_{name}"] == pytest.approx(hip[k], abs=0.004)
        assert named[f"foot_rise_{name}"] == pytest.approx(foot[k], abs=0.004)
    assert named["foot_rise_peak"] - named["hip_rise_peak"] == pytest.approx(0.04, abs=0.004)


def test_an_order_moves_the_rearfoot_only() -> None:
    plain, led = truth_of(None), truth_of(Order(0.1))
    for quantity in ("hip_adduction", "contralateral_pelvic_drop", "knee_abduction", "knee_flexion", "fppa"):
        assert_allclose(*(t["angle"].sel(side="right", quantity=quantity).values for t in (plain, led)), atol=1e-9)
    size = [
        float(np.ptp(t["angle"].sel(side="right", quantity="rearfoot_eversion_floor").values)) for t in (plain, led)
    ]
    assert size[1] == pytest.approx(size[0], rel=0.05)


def test_impossible_orders_are_refused() -> None:
    for wrong in ({"lead_s": 0.3}, {"lead_s": 0.0, "return_lead_s": -0.2}, {"lead_s": 0.0, "shape": 2.0}):
        with pytest.raises(BiomechError, match="expected leads within"):
            Order(**wrong)
    with pytest.raises(BiomechError, match="coupling"):
        Order(0.0, coupling=1.5)
