"""A noise-free synthetic single-leg drop landing through C3D against its truth.

Unfiltered: angles 1e-3 degree; joint centres 1e-6 m (C3D holds float32 mm); moments 0.02 N m/kg RMS of all frames on the plate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from biomech.config import parse_config
from biomech.errors import BiomechError
from biomech.io.sheets import Trial
from biomech.schema import FOOT_OFF, FOOT_STRIKE
from biomech_simulation import jump as jump_module
from biomech_simulation.dynamics import Momentum, ground_wrench
from biomech_simulation.jump import single_leg_landing
from biomech_simulation.motion import Motion
from biomech_simulation.participant import Participant, Pattern
from biomech_simulation.walking import static
from tests.pipeline import Results, run_session, session_of

TASK = "single_leg_drop_landing"
UNFILTERED: dict[str, Any] = {
    "force_plates": {"zero": "none"},
    "signals": {"cutoff_hz": {"static": None, TASK: None}},
}
ANALOG_RATE = 1000.0
PERSON = Participant(name="P01", patterns={"left": Pattern(2.0, 2.0, 2.0, 2.0)})


@dataclass
class Recorded:
    """The trial, the particles it was made from, and what the pipeline makes of it."""

    motion: Motion
    state: Momentum
    results: Results

    def touch(self, name: str) -> float:
        """Strike, or the leaving of the box, without load, s."""
        truth = self.motion.truth
        return float(truth["event_contact_time"].values[truth["event_name"].values == name].min())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder = tmp_path_factory.mktemp("single_leg_landing")
    made: dict[str, Any] = {}
    original = jump_module.on_the_spot
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jump_module, "on_the_spot", lambda *a: (made.update(state=a[2]), original(*a))[1])
        motion = single_leg_landing(PERSON, "left", rate_hz=200.0, analog_rate_hz=ANALOG_RATE)
    motion.write(folder / "landing.c3d")
    static(PERSON).write(folder / "static.c3d")
    trial = Trial(trial="landing", file="landing.c3d", role="dynamic", task=TASK, side="left")
    return Recorded(motion, made["state"], run_session(session_of(PERSON, trial), parse_config(UNFILTERED), folder))


def test_nothing_but_gravity_acts_in_flight(recorded: Recorded) -> None:
    force, moment = ground_wrench(recorded.state)
    time = np.arange(len(force)) / ANALOG_RATE
    flight = (time > recorded.touch(FOOT_OFF) + 0.004) & (time < recorded.touch(FOOT_STRIKE) - 0.004)
    assert flight.sum() > 150
    assert np.abs(force[flight]).max() < 0.01
    assert np.sqrt(np.mean(moment[flight] ** 2)) < 0.02 * PERSON.mass_kg


def test_it_looks_like_a_landing_on_one_leg(recorded: Recorded) -> None:
    """Toes first with a knee bent by 15 to 25 degrees, 3 to 4 body weights, then the whole weight; the other foot hangs."""
    truth, motion = recorded.motion.truth, recorded.motion
    time, strike = truth["time"].values, recorded.touch(FOOT_STRIKE)
    own = truth["angle"].sel(side="left")
    assert 15 < np.interp(strike, time, own.sel(quantity="knee_flexion").values) < 25
    assert np.interp(strike, time, own.sel(quantity="ankle_dorsiflexion").values) < -15
    assert 50 < float(own.sel(quantity="knee_flexion").max()) < 90
    up = motion.plate_force[:, :, 1] / (9.81 * PERSON.mass_kg)
    assert 3.0 < up[:, 0].max() < 4.0
    assert up[-100:, 0] == pytest.approx(1.0, abs=0.02)
    assert (up[:, 1] == 0).all(), "the right foot touches nothing"
    assert (truth["contact"].sel(side="right") == 0).all()


def test_angles_centres_and_moments_equal_truth(recorded: Recorded) -> None:
    truth, ours = recorded.motion.truth, recorded.results.kinematics["landing"]
    assert truth["side"].values.tolist() == ["left", "right"]
    error = (ours["angle"].sel(quantity=truth["quantity"], side=truth["side"]) - truth["angle"]).values
    assert np.isfinite(error).all()
    error[:, 1, truth["quantity"].values.tolist().index("fppa")] = (
        0.0  # of a shank that hangs level: float32 tells it to 0.006
    )
    assert np.abs(error).max() < 1e-3
    centres = ours["joint_centre"].sel(joint=truth["joint"], side=truth["side"]) - truth["joint_centre"]
    assert np.abs(centres.values).max() < 1e-6
    named = [q for q in truth["quantity"].values if np.isfinite(truth["moment"].sel(quantity=q)).all()]
    assert len(named) == 9
    kinetics = recorded.results.kinetics["landing"]
    on = (truth["contact"].sel(side="left") == 1).values & (kinetics["contact"].sel(side="left") == 1).values
    assert on.sum() > 0.95 * (truth["contact"].sel(side="left") == 1).values.sum()
    moments = (kinetics["moment"] - truth["moment"]).sel(quantity=named, side="left", frame=truth["frame"])
    assert np.sqrt(np.mean(moments.transpose("time", ...).values[on] ** 2, axis=0)).max() < 0.02


def test_the_landing_is_one_cycle_of_that_leg(recorded: Recorded) -> None:
    """From the true strike (20 N, within 5 ms) on; no row is written about a clean trial."""
    truth, cycles = recorded.motion.truth, recorded.results.cycles
    assert cycles["side"].values.tolist() == ["left"]
    strike = truth["event_time"].values[truth["event_name"].values == FOOT_STRIKE].min()
    assert float(cycles["start"][0]) == pytest.approx(strike, abs=0.005)
    quality = recorded.results.quality
    assert set(quality.loc[quality["trial"] == "landing", "code"]) == set()


def test_a_side_that_is_none_is_refused() -> None:
    with pytest.raises(BiomechError, match="side left or right"):
        single_leg_landing(PERSON, "both")  # type: ignore[arg-type]
