"""A synthetic drop jump: physics that must hold exactly, and curves that must look like a drop jump."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from biomech.errors import BiomechError
from biomech.schema import SIDES
from biomech_simulation import jump as jump_module
from biomech_simulation.curves import PAD, differentiate
from biomech_simulation.dynamics import ground_wrench
from biomech_simulation.jump import drop_jump, drop_landing, single_leg_landing
from biomech_simulation.jump_plan import Pulse, Step
from biomech_simulation.motion import Motion
from biomech_simulation.participant import Participant, Pattern

PERSON = Participant(patterns={"right": Pattern(3.0, 3.0, 4.0, 3.0, 1.0, hip_lead_s=0.05)})
WEIGHT = PERSON.mass_kg * 9.81
RATE = 1000.0


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """The trial with its body and particles at 1 kHz, as they were before it was written down."""
    out: dict[str, Any] = {}
    original = jump_module.on_the_spot
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            jump_module,
            "on_the_spot",
            lambda *a: (out.update(body=a[1], state=a[2], feet=a[3]), original(*a))[1],
        )
        out["motion"] = drop_jump(PERSON, seed=2)
    truth = out["motion"].truth
    for name, key in (("event_contact_time", "touch"), ("event_time", "by_force")):
        mine = truth["event_side"].values == "right"
        names = truth["event_name"].values[mine]
        out[key] = {n: truth[name].values[mine][names == n] for n in ("foot_off", "foot_strike")}
    return out


def _flights(made: dict[str, Any]) -> list[np.ndarray]:
    time = np.arange(len(made["state"].place)) / RATE
    return [
        (time > off + 0.004) & (time < on - 0.004)
        for off, on in zip(made["touch"]["foot_off"], made["touch"]["foot_strike"], strict=True)
    ]


@pytest.mark.parametrize("pulse", [Pulse(0.3, 0.5, 3, 4), Step(0.3, 0.5, 3, 3)])
def test_pulses_are_the_derivatives_of_their_integrals(pulse: Pulse) -> None:
    """Eighth-order differences of the integrals, within the pulse and after it; height 1."""
    time = np.arange(0.32, 0.78, 1e-3)
    value, once, twice = pulse.integrals(time)
    assert np.allclose(differentiate(once, 1e-3, 1), value[PAD:-PAD], atol=1e-9)
    assert np.allclose(differentiate(twice, 1e-3, 2), value[PAD:-PAD], atol=1e-6)
    assert pulse.integrals(np.linspace(0, 2, 20001))[0].max() == pytest.approx(1.0, abs=1e-6)
    later = np.arange(1.0, 1.2, 1e-3)
    value, once, twice = pulse.integrals(later)
    assert np.allclose(differentiate(twice, 1e-3, 1), once[PAD:-PAD], atol=1e-9)


def test_flight_is_ballistic(made: dict[str, Any]) -> None:
    """Nothing but gravity acts: 0.01 N on the whole body; the moment about its centre stays below 0.03 N m/kg RMS.

    The centre of mass is placed exactly, the spin found by iteration; feet bear exactly nothing.
    """
    state = made["state"]
    force, moment = ground_wrench(state)
    centre = np.einsum("k,nki->ni", state.mass, state.place) / state.mass.sum()
    about = moment - np.cross(centre, force)
    for flight in _flights(made):
        assert np.abs(force[flight]).max() < 0.01
        assert np.sqrt(np.mean(about[flight] ** 2, axis=0)).max() < 0.03 * PERSON.mass_kg
        fall = np.polyfit(np.flatnonzero(flight) / RATE, centre[flight, 1], 2)
        assert fall[0] == pytest.approx(-9.81 / 2, abs=1e-6)
        for side in SIDES:
            assert (made["feet"][side]["force"][flight] == 0).all()
            assert (made["feet"][side]["moment"][flight] == 0).all()


def test_angular_momentum_is_kept_in_flight(made: dict[str, Any]) -> None:
    """Within 0.5 % of what each flight's rotation would be worth: sum over particles, 0.02 kg m2/s."""
    state = made["state"]
    velocity = differentiate(state.place, 1 / RATE, 1)
    inner = state.place[PAD:-PAD]
    centre = np.einsum("k,nki->ni", state.mass, inner) / state.mass.sum()
    spin = np.einsum("k,nki->ni", state.mass, np.cross(inner - centre[:, None], velocity))
    for flight in _flights(made):
        assert np.ptp(spin[flight[PAD:-PAD]], axis=0).max() < 0.02


def test_force_is_continuous_and_of_usual_size(made: dict[str, Any]) -> None:
    vertical = {side: made["feet"][side]["force"][:, 1] for side in SIDES}
    total = vertical["left"] + vertical["right"]
    assert total.min() > -0.5
    assert np.abs(np.diff(total)).max() < 0.2 * WEIGHT, "per millisecond"
    strike, off = made["by_force"]["foot_strike"][0], made["by_force"]["foot_off"][1]
    assert 0.25 < off - strike < 0.45
    first = total[round(strike * RATE) : round(off * RATE)]
    assert 2.0 * WEIGHT < first.max() < 4.0 * WEIGHT
    assert total[:100].mean() == pytest.approx(WEIGHT, rel=1e-3)
    assert total[-100:].mean() == pytest.approx(WEIGHT, rel=1e-3)


def test_box_is_no_plate_and_landings_are_on_both(made: dict[str, Any]) -> None:
    motion: Motion = made["motion"]
    off = made["touch"]["foot_off"][0]
    before = np.arange(len(motion.plate_force)) / RATE < made["touch"]["foot_strike"][0]
    assert (motion.plate_force[before] == 0).all()
    assert ((motion.truth["contact"] == 2).values == (motion.truth["ground_reaction"].sel(axis="y") > 0).values)[
        motion.truth["time"].values < off
    ].all()
    assert motion.plate_force[:, :, 1].max(axis=0).min() > WEIGHT
    for side, plate in zip(SIDES, motion.plates, strict=True):
        pressure = made["feet"][side]["pressure"][~before]
        seen = np.isfinite(pressure[:, 0])
        assert plate.contains(pressure[seen, 0], pressure[seen, 2]).all()


def test_pressure_is_under_the_feet_which_do_not_slide(made: dict[str, Any]) -> None:
    """While a foot bears 20 N: pressure inside the sole; its forefoot, rolled or flat, keeps its place to 1e-9 m."""
    body, sole = made["body"], PERSON.sole
    time = np.arange(len(made["state"].place)) / RATE
    spans = [
        (0.0, made["touch"]["foot_off"][0]),
        (made["touch"]["foot_strike"][0], made["touch"]["foot_off"][1]),
        (made["touch"]["foot_strike"][1], time[-1]),
    ]
    for side in SIDES:
        mirror = np.array([1, 1, -1.0 if side == "left" else 1.0])
        rotation = body.rotation[(side, "foot")][PAD:-PAD]
        ankle = body.origin[(side, "foot")][PAD:-PAD]
        pitch = np.arcsin(rotation[:, 1, 0])
        # the centre of the forefoot's circle rolls without sliding: it advances by the arc
        circle = ankle + rotation @ np.array([sole.ball, sole.ball_radius - sole.ankle_height, 0.0])
        heading = rotation[:, :, 0] * [1, 0, 1]
        heading = heading / np.linalg.norm(heading, axis=1, keepdims=True)
        place = circle + sole.ball_radius * pitch[:, None] * heading
        force = made["feet"][side]["force"][:, 1]
        for start, end in spans:
            touching = (time > start) & (time < end)
            assert np.ptp(place[touching], axis=0).max() < 1e-9
            loaded = touching & (force > 20.0)
            local = np.einsum("nji,nj->ni", rotation, made["feet"][side]["pressure"] * mirror - ankle)[loaded]
            assert local[:, 0].min() > sole.heel
            assert local[:, 0].max() < sole.tip
            assert np.abs(local[:, 2]).max() < sole.half_width


def test_jump_looks_like_a_drop_jump(made: dict[str, Any]) -> None:
    """Ranges of landing studies: peak knee flexion 60 to 100 degrees; jump height; forefoot first."""
    motion: Motion = made["motion"]
    truth = motion.truth
    time = truth["time"].values
    contact = (time > made["by_force"]["foot_strike"][0]) & (time < made["by_force"]["foot_off"][1])
    angle = truth["angle"]
    for side in SIDES:
        own = angle.sel(side=side)
        knee = own.sel(quantity="knee_flexion").values
        assert 60 < knee[contact].max() < 100
        assert 15 < knee[contact][0] < 45
        assert knee.min() > 5
        ankle = own.sel(quantity="ankle_dorsiflexion").values
        assert ankle[contact][0] < -10
        assert 20 < ankle[contact].max() < 45
        assert ankle.min() > -60
        assert 15 < own.sel(quantity="trunk_flexion").values[contact].max() < 50
        moment = truth["moment"].sel(side=side, frame="jcs")[contact]
        assert -4.0 < moment.sel(quantity="knee_flexion").min() < -1.5
        assert -3.0 < moment.sel(quantity="ankle_dorsiflexion").min() < -1.0
    peak = (angle.sel(side="right") - angle.sel(side="left"))[contact]
    assert float(peak.sel(quantity="knee_abduction").max()) == pytest.approx(4.0, abs=0.5)
    assert float(peak.sel(quantity="hip_internal_rotation").max()) > 2.0
    assert float(peak.sel(quantity="fppa").max()) > 5.0
    hips = truth["joint_centre"].sel(joint="hip", axis="y").mean("side").values
    flight = (time > made["touch"]["foot_off"][1]) & (time < made["touch"]["foot_strike"][1])
    assert 0.10 < hips[flight].max() - hips[-1] < 0.40


def test_landings_are_toes_first_and_soft(made: dict[str, Any]) -> None:
    """At both touches: knees bent by 18 to 25 degrees, ankles plantarflexed by 15 to 25, no spike of the hip's moment."""
    motion: Motion = made["motion"]
    truth = motion.truth
    time = truth["time"].values
    for touch in made["touch"]["foot_strike"]:
        around = np.abs(time - touch) < 0.07
        for side in SIDES:
            angle = truth["angle"].sel(side=side)
            assert 18 < np.interp(touch, time, angle.sel(quantity="knee_flexion").values) < 25
            assert -25 < np.interp(touch, time, angle.sel(quantity="ankle_dorsiflexion").values) < -15
            hip = truth["moment"].sel(side=side, quantity="hip_flexion", frame="jcs").values
            assert np.abs(hip[around]).max() < 2.5
    first = np.abs(np.arange(len(motion.plate_force)) / RATE - made["touch"]["foot_strike"][0] - 0.1) < 0.1
    peaks = motion.plate_force[first, :, 1].max(axis=0) / WEIGHT
    assert ((peaks > 1.5) & (peaks < 2.5)).all()


def test_pattern_onsets_are_told(made: dict[str, Any]) -> None:
    truth = made["motion"].truth
    named = dict(zip(truth["event_name"].values, truth["event_time"].values, strict=True))
    assert named["foot_pattern_onset"] - named["hip_pattern_onset"] == pytest.approx(0.05, abs=1e-12)


@pytest.mark.parametrize("height_m", [0.15, 1.0])
@pytest.mark.parametrize("task", [drop_jump, drop_landing, single_leg_landing])
def test_impossible_boxes_say_what_to_do(task: Callable[..., Motion], height_m: float) -> None:
    """Off a box of 0.15 m the flight is shorter than the feet need to get ready to land."""
    with pytest.raises(BiomechError, match=r"box of 0\.20 to 0\.40 m"):
        task(PERSON, box_height_m=height_m)


def test_the_feet_get_ready_in_time_off_the_lowest_box() -> None:
    """Of the pitch of the feet, nothing is left of the way up from the box once the way to the touch has begun."""
    plan = jump_module._plan(PERSON, 0.20, 0.37, 1.8, 0.0, None)
    pitch = np.degrees(plan.pitch(plan.times["first_on"] + np.array([-0.12, 0.0, 0.07])))
    assert pitch == pytest.approx([-36.0, -28.4, 0.0], abs=4.0)


def test_impossible_rates_say_what_to_do() -> None:
    with pytest.raises(BiomechError, match="at least 500 Hz"):
        drop_jump(PERSON, rate_hz=100.0, analog_rate_hz=100.0)
