"""A noise-free synthetic drop landing (off a box, onto both feet, and stand) through C3D against its truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from biomech.config import parse_config
from biomech.io.sheets import Trial
from biomech.schema import FOOT_OFF, FOOT_STRIKE
from biomech_simulation import jump as jump_module
from biomech_simulation.dynamics import Momentum, ground_wrench
from biomech_simulation.jump import drop_landing
from biomech_simulation.motion import Motion
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static
from tests.pipeline import Results, run_session, session_of

UNFILTERED: dict[str, Any] = {
    "force_plates": {"zero": "none"},
    "signals": {"cutoff_hz": {"static": None, "double_leg_drop_landing": None}},
}
ANALOG_RATE = 1000.0


@dataclass
class Recorded:
    """The trial, the particles it was made from, and what the pipeline makes of it."""

    motion: Motion
    state: Momentum
    results: Results

    def touch(self, name: str) -> float:
        """First strike, or the leaving of the box, without load, s."""
        truth = self.motion.truth
        return float(truth["event_contact_time"].values[truth["event_name"].values == name].min())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder = tmp_path_factory.mktemp("landing")
    person = example_participant(1)
    made: dict[str, Any] = {}
    original = jump_module.on_the_spot
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jump_module, "on_the_spot", lambda *a: (made.update(state=a[2]), original(*a))[1])
        motion = drop_landing(person, rate_hz=200.0, analog_rate_hz=ANALOG_RATE)
    motion.write(folder / "landing.c3d")
    static(person).write(folder / "static.c3d")
    trial = Trial(trial="landing", file="landing.c3d", role="dynamic", task="double_leg_drop_landing")
    return Recorded(motion, made["state"], run_session(session_of(person, trial), parse_config(UNFILTERED), folder))


def test_nothing_but_gravity_acts_in_flight(recorded: Recorded) -> None:
    force, _ = ground_wrench(recorded.state)
    time = np.arange(len(force)) / ANALOG_RATE
    flight = (time > recorded.touch(FOOT_OFF) + 0.004) & (time < recorded.touch(FOOT_STRIKE) - 0.004)
    assert flight.sum() > 150
    assert np.abs(force[flight]).max() < 0.01


def test_it_looks_like_a_landing(recorded: Recorded) -> None:
    """Toes first with knees bent by 18 to 25 degrees, 1.5 to 2.5 body weights a leg, then standing on both plates."""
    truth, motion = recorded.motion.truth, recorded.motion
    time, strike = truth["time"].values, recorded.touch(FOOT_STRIKE)
    weight = 9.81 * motion.participant.mass_kg
    for number, side in enumerate(truth["side"].values):
        own = truth["angle"].sel(side=side)
        knee, ankle = (own.sel(quantity=q).values for q in ("knee_flexion", "ankle_dorsiflexion"))
        assert 18 < np.interp(strike, time, knee) < 25
        assert -26 < np.interp(strike, time, ankle) < -15
        assert 50 < knee[time > strike].max() < 100
        up = motion.plate_force[:, number, 1] / weight
        assert 1.5 < up.max() < 2.5
        assert up[-100:] == pytest.approx(0.5, abs=0.02)
        assert (up[: round(strike * ANALOG_RATE)] == 0).all(), "the box is not a plate"
        hip = truth["moment"].sel(side=side, quantity="hip_flexion", frame="jcs").values
        assert np.abs(hip[np.abs(time - strike) < 0.07]).max() < 2.5, "N m/kg: the foot is stopped before it touches"


def test_angles_centres_and_moments_equal_truth(recorded: Recorded) -> None:
    truth, ours = recorded.motion.truth, recorded.results.kinematics["landing"]
    error = (ours["angle"].sel(quantity=truth["quantity"], side=truth["side"]) - truth["angle"]).values
    assert np.isfinite(error).all()
    assert np.abs(error).max() < 1e-3
    centres = ours["joint_centre"].sel(joint=truth["joint"], side=truth["side"]) - truth["joint_centre"]
    assert np.abs(centres.values).max() < 1e-6
    moment = recorded.results.kinetics["landing"]["moment"]
    quantities = [q for q in truth["quantity"].values if np.isfinite(truth["moment"].sel(quantity=q)).all()]
    assert len(quantities) == 9
    mine = moment.sel(quantity=quantities, side=truth["side"], frame=truth["frame"])
    order = ("time", "side", "quantity", "frame")
    on = (truth["contact"] == 1).values & np.isfinite(mine.transpose(*order).values).all(axis=(2, 3))
    assert on.sum(axis=0).min() > 100
    difference = (mine - truth["moment"].sel(quantity=quantities)).transpose(*order).values[on]
    assert np.sqrt(np.mean(difference**2, axis=0)).max() < 0.02


def test_the_landing_is_one_cycle_a_leg(recorded: Recorded) -> None:
    """From the true strike (20 N, within 5 ms) to the lowest point of the pelvis."""
    truth, cycles = recorded.motion.truth, recorded.results.cycles
    assert sorted(cycles["side"].values.tolist()) == ["left", "right"]
    for side, start in zip(cycles["side"].values, cycles["start"].values, strict=True):
        mine = (truth["event_side"].values == side) & (truth["event_name"].values == FOOT_STRIKE)
        assert start == pytest.approx(truth["event_time"].values[mine].min(), abs=0.005)
