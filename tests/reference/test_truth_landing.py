"""A noise-free synthetic drop jump through C3D against its truth; for the default filter, its share of the error apart.

Unfiltered: angles 1e-3 degree, joint centres 1e-6 m. Filtered, a landing loses what lies above 15 Hz: so the filtered pipeline
is also compared with moments that the simulator's particles need when they and the plates are filtered alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from biomech.config import parse_config
from biomech.io.sheets import Trial
from biomech.schema import JOINT_CENTRES, SIDES
from biomech.signals.filters import lowpass
from biomech.tasks import TASKS
from biomech_simulation import jump as jump_module
from biomech_simulation.curves import PAD, differentiate
from biomech_simulation.dynamics import GRAVITY, Momentum, joint_moments
from biomech_simulation.jump import drop_jump
from biomech_simulation.motion import Motion
from biomech_simulation.study import example_participant
from biomech_simulation.truth import joint_centres
from biomech_simulation.walking import static
from tests.pipeline import Results, run_session, session_of

Array = NDArray[np.float64]
RATE, ANALOG_RATE, CUTOFF = 200.0, 1000.0, 15.0
NO_ZERO: dict[str, Any] = {"force_plates": {"zero": "none"}}
UNFILTERED: dict[str, Any] = NO_ZERO | {"signals": {"cutoff_hz": {"static": None, "drop_vertical_jump": None}}}


@dataclass
class Recorded:
    """The trial, what it was made from, and both runs of the pipeline."""

    motion: Motion
    state: Momentum
    centres: dict[str, dict[str, Array]]
    unfiltered: Results
    filtered: Results


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder = tmp_path_factory.mktemp("landing")
    person = example_participant(1)
    made: dict[str, Any] = {}
    original = jump_module.on_the_spot
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jump_module, "on_the_spot", lambda *a: (made.update(body=a[1], state=a[2]), original(*a))[1])
        motion = drop_jump(person, rate_hz=RATE, analog_rate_hz=ANALOG_RATE)
    motion.write(folder / "jump.c3d")
    static(person).write(folder / "static.c3d")
    session = session_of(
        person,
        Trial(trial="jump", file="jump.c3d", role="dynamic", task="drop_vertical_jump"),
    )
    runs = [run_session(session, parse_config(config), Path(folder)) for config in (UNFILTERED, NO_ZERO)]
    centres = {
        side: {joint: path[PAD:-PAD] for joint, path in paths.items()}
        for side, paths in joint_centres(made["body"]).items()
    }
    return Recorded(motion, made["state"], centres, *runs)


def test_angles_and_joint_centres_equal_truth(recorded: Recorded) -> None:
    truth, ours = recorded.motion.truth, recorded.unfiltered.kinematics["jump"]
    error = np.abs((ours["angle"].sel(quantity=truth["quantity"], side=truth["side"]) - truth["angle"]).values)
    assert error.shape == truth["angle"].shape
    assert np.isfinite(error).all()
    worst = str(truth["quantity"].values[np.unravel_index(error.argmax(), error.shape)[2]])
    assert error.max() < 1e-3, f"{worst} is off by {error.max():.2e} degrees"
    centres = ours["joint_centre"].sel(joint=truth["joint"], side=truth["side"]) - truth["joint_centre"]
    assert np.abs(centres.values).max() < 1e-6


def test_contacts_are_found(recorded: Recorded) -> None:
    """Off the box, on the plates and in flight as in truth, but for the frames around a touch (20 N) and a foot in the air."""
    truth, kinetics = recorded.motion.truth, recorded.unfiltered.kinetics["jump"]
    ours, true = kinetics["contact"].sel(side=truth["side"]).values, truth["contact"].values
    assert ((ours == 1) == (true == 1)).mean() > 0.98
    box = truth["time"].values < 1.0
    assert (true[box] == 2).all()
    assert (ours[box] == 2).all(), "stands on what is not a plate"


def test_unfiltered_moments_equal_truth(recorded: Recorded) -> None:
    """Moments per frame and component within 0.02 N m/kg RMS of all frames on the plates."""
    rms = _rms(recorded, recorded.unfiltered.kinetics["jump"]["moment"])
    assert max(rms.values()) < 0.02, rms


def test_filtered_moments_differ_from_truth_by_the_filter(recorded: Recorded, record_property) -> None:  # type: ignore[no-untyped-def]
    """In lab axes: what is left once truth is filtered alike is a small part of the whole difference."""
    truth = recorded.motion.truth
    ours = recorded.filtered.kinetics["jump"]["moment"].sel(frame="lab")
    alike = _filtered_alike(recorded)
    whole, share, rest = {}, {}, {}
    for s, side in enumerate(truth["side"].values):
        on = (recorded.filtered.kinetics["jump"]["contact"].sel(side=side) == 1).values & (
            truth["contact"].values[:, s] == 1
        )
        on[: PAD + 1] = on[-PAD - 1 :] = False
        for quantity, expected in alike[str(side)].items():
            true = truth["moment"].sel(side=side, quantity=quantity, frame="lab").values
            mine = ours.sel(side=side, quantity=quantity).values
            key = f"{side} {quantity}"
            whole[key], share[key], rest[key] = (
                float(np.sqrt(np.mean((a - b)[on] ** 2))) for a, b in ((mine, true), (expected, true), (mine, expected))
            )
    record_property("rms_whole_filter_rest", {k: (whole[k], share[k], rest[k]) for k in whole})
    assert max(rest.values()) < 0.02, rest
    assert max(share.values()) > 5 * max(rest.values()), (share, rest)


def test_the_first_landing_is_the_cycle(recorded: Recorded) -> None:
    """One cycle per side from the first strike to the take-off, at the true times (20 N threshold) within 5 ms."""
    truth, cycles = recorded.motion.truth, recorded.filtered.cycles
    assert sorted(cycles["side"].values.tolist()) == ["left", "right"]
    for side, start, end in zip(cycles["side"].values, cycles["start"].values, cycles["end"].values, strict=True):
        mine = truth["event_side"].values == side
        strikes = truth["event_time"].values[mine & (truth["event_name"].values == "foot_strike")]
        offs = truth["event_time"].values[mine & (truth["event_name"].values == "foot_off")]
        assert start == pytest.approx(strikes.min(), abs=0.005)
        assert end == pytest.approx(offs.max(), abs=0.005)


def _rms(recorded: Recorded, moment: xr.DataArray) -> dict[str, float]:
    truth = recorded.motion.truth
    on = (truth["contact"] == 1).values & np.isfinite(
        moment.sel(side=truth["side"], quantity="knee_flexion", frame="jcs").values
    )
    assert on.sum(axis=0).min() > 100
    quantities = [q for q in truth["quantity"].values if np.isfinite(truth["moment"].sel(quantity=q)).all()]
    assert len(quantities) == 9
    ours = moment.sel(quantity=quantities, side=truth["side"], frame=truth["frame"])
    error = (ours - truth["moment"].sel(quantity=quantities)).transpose("time", "side", "quantity", "frame").values[on]
    return dict(zip(quantities, np.sqrt(np.mean(error**2, axis=0)).max(axis=1), strict=True))


def _filtered_alike(recorded: Recorded) -> dict[str, dict[str, Array]]:
    """Moments in the progression frame from particles, joint centres and plates that are all filtered at the cutoff."""
    motion, state = recorded.motion, recorded.state
    ratio = round(ANALOG_RATE / RATE)
    n, mass = len(motion.markers), motion.participant.mass_kg
    place = lowpass(state.place[::ratio], RATE, CUTOFF)
    acceleration = np.full_like(place, np.nan)
    acceleration[PAD:-PAD] = differentiate(place, 1 / RATE, 2)
    slow = Momentum(state.mass, place, state.mass[:, None] * (acceleration - GRAVITY), state.segment)
    centres = {
        side: {joint: lowpass(path[::ratio], RATE, CUTOFF) for joint, path in paths.items()}
        for side, paths in recorded.centres.items()
    }
    feet = {}
    for number, side in enumerate(SIDES):  # the left foot is on the first plate
        wrench = np.concatenate([motion.plate_force[:, number], motion.plate_moment[:, number]], axis=1)
        loaded = motion.plate_force[:, number, 1] > 15.0
        smooth = np.where(loaded[:, None], lowpass(wrench, ANALOG_RATE, CUTOFF), 0.0)[::ratio]
        feet[side] = {"force": smooth[:, :3], "moment": smooth[:, 3:]}
    ahead = motion.truth["progression"].values[0]
    up = np.array([0.0, 1.0, 0.0])
    lab = np.stack([ahead, up, np.cross(ahead, up)])
    names = {
        "hip": ("hip_flexion", "hip_adduction", "hip_internal_rotation"),
        "knee": ("knee_flexion", "knee_abduction", "knee_internal_rotation"),
        "ankle": ("ankle_dorsiflexion", "ankle_inversion", "ankle_internal_rotation"),
    }
    signs = {"hip": (1, 1, 1), "knee": (-1, -1, 1), "ankle": (1, 1, 1)}
    moments = joint_moments(slow, feet, centres)
    out: dict[str, dict[str, Array]] = {}
    for side in SIDES:
        mirror = np.array([-1.0, -1.0, 1.0]) if side == "left" else np.ones(3)
        out[side] = {}
        for joint in JOINT_CENTRES:
            own = (moments[side][joint][1] / mass) @ lab.T * mirror
            for k, axis in enumerate((2, 0, 1)):
                out[side][names[joint][k]] = signs[joint][k] * own[:n, axis]
    return out


def test_the_flight_time_is_that_of_the_planned_force(recorded: Recorded) -> None:
    """Between 10 N after the first landing and 20 N in the second, read off the simulator's plates: within two samples."""
    cycles, up = recorded.unfiltered.cycles, recorded.motion.plate_force[:, :, 1]
    start = round(float(cycles["start"].max()) * ANALOG_RATE) + 1
    off = max(start + int(np.argmax(plate[start:] < 10.0)) for plate in up.T)
    strike = min(off + int(np.argmax(plate[off:] > 20.0)) for plate in up.T)
    assert strike - off > 0.2 * ANALOG_RATE
    np.testing.assert_allclose(cycles["flight_time"], [(strike - off) / ANALOG_RATE] * 2, atol=2 / ANALOG_RATE)
    assert cycles["side"].values.tolist() == ["left", "right"] and cycles["rep"].values.tolist() == [1, 1]
    assert float(cycles["end"].max()) < (off + 2) / ANALOG_RATE  # the second landing is not a cycle
    rules = {rule.code for rule in TASKS["drop_vertical_jump"].rules}
    assert not rules & set(recorded.unfiltered.quality["code"])  # from the box, through the air, on both feet
