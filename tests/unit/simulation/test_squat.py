"""Synthetic squats: physics that must hold exactly, and curves that must look like squats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from biomech.errors import BiomechError
from biomech.schema import SIDES
from biomech_simulation.balance import bell, ease, lean
from biomech_simulation.motion import Motion
from biomech_simulation.participant import Participant, Pattern, Posture
from biomech_simulation.squat import squat

PERSON = Participant(posture=Posture(rearfoot_eversion=1.0))
SIZES = Pattern(3.0, 3.0, 4.0, 3.0, 2.0)
WEIGHT = PERSON.mass_kg * 9.81
FAST = {"rate_hz": 100.0, "analog_rate_hz": 200.0}


@pytest.fixture(scope="module")
def single() -> Motion:
    return squat(PERSON, "single_leg_squat", "left", repetitions=2, seed=3, **FAST)


@pytest.fixture(scope="module")
def double() -> Motion:
    return squat(PERSON, "double_leg_squat", repetitions=2, asymmetry=0.05, seed=4, **FAST)


def test_leaning_puts_the_zero_moment_point_where_it_should_be() -> None:
    """x - x''/w2 = p by central differences; straight in flight; a constant target is where the body stays."""
    step = 0.002
    time = np.arange(0, 4, step)
    stiffness = np.where((time > 2.0) & (time < 2.4), 0.0, 10.0 + 3 * np.sin(time))
    target = 0.05 * np.sin(2 * np.pi * time)
    path = lean(target, stiffness, step)
    acceleration = np.diff(path, 2) / step**2
    inner = slice(1, -1)
    assert np.allclose(acceleration, stiffness[inner] * (path - target)[inner], atol=1e-9)
    flight = (time > 2.01) & (time < 2.39)
    assert np.allclose(acceleration[flight[inner]], 0.0, atol=1e-9)
    assert np.allclose(lean(np.full_like(time, 0.3), stiffness, step), 0.3, atol=1e-9)


def test_humps_are_smooth() -> None:
    """Four derivatives vanish at the ends: near 0 they grow with the fifth power."""
    u = np.array([1e-2, 2e-2])
    for curve in (bell, ease):
        low, high = curve(u)
        assert high / low == pytest.approx(32.0, rel=0.1)
    assert bell(np.array([0.5]))[0] == ease(np.array([1.0]))[0] == 1.0
    assert np.allclose(ease(u) + ease(1 - u), 1.0)


def test_one_foot_bears_all(single: Motion) -> None:
    force = single.truth["ground_reaction"]
    assert (force.sel(side="right") == 0).all()
    assert float(force.sel(side="left", axis="y").min()) > 0.6 * WEIGHT
    assert float(force.sel(side="left", axis="y").mean()) == pytest.approx(WEIGHT, rel=0.01)
    assert np.allclose(single.plate_force[:, 0], force_at_analog(single), atol=1e-9)
    assert (single.plate_force[:, 1] == 0).all()
    assert (single.truth["contact"].sel(side="left") == 1).all()
    assert (single.truth["contact"].sel(side="right") == 0).all()


def force_at_analog(motion: Motion) -> np.ndarray:
    """Left plate, which only the frames' samples can be compared with; the others are returned as they are."""
    expected = motion.plate_force[:, 0].copy()
    expected[:: round(motion.analog_rate_hz / motion.rate_hz)] = motion.truth["ground_reaction"].sel(side="left").values
    return expected


def test_both_plates_share_the_load(double: Motion) -> None:
    vertical = double.truth["ground_reaction"].sel(axis="y")
    total = vertical.sum("side")
    assert float(total.mean()) == pytest.approx(WEIGHT, rel=0.01)
    share = (vertical.sel(side="right") / total).values
    assert share.min() == pytest.approx(0.5, abs=1e-9)
    assert share.max() == pytest.approx(0.55, abs=1e-3)
    sideways = double.truth["ground_reaction"].sel(axis="z")
    assert (sideways.sel(side="left") > 0).all(), "each foot is pushed inwards"
    assert (sideways.sel(side="right") < 0).all()


@pytest.mark.parametrize("name", ["single", "double"])
def test_pressure_stays_under_the_feet_and_feet_stay(name: str, request: pytest.FixtureRequest) -> None:
    motion: Motion = request.getfixturevalue(name)
    truth, sole = motion.truth, PERSON.sole
    for side in ("left",) if name == "single" else SIDES:
        ankle = truth["joint_centre"].sel(side=side, joint="ankle").values
        assert np.ptp(ankle, axis=0).max() < 1e-12
        letter = side[0].upper()
        heads = [motion.labels.index(letter + label) for label in ("M1", "M2", "M5")]
        assert np.ptp(motion.markers[:, heads], axis=0).max() < 1e-12
        offset = truth["centre_of_pressure"].sel(side=side).values - ankle
        mirror = 1.0 if side == "right" else -1.0
        toe = np.radians(6.0 if name == "single" else 14.0)
        along = np.cos(toe) * offset[:, 0] + np.sin(toe) * mirror * offset[:, 2]
        across = -np.sin(toe) * offset[:, 0] + np.cos(toe) * mirror * offset[:, 2]
        assert along.min() > sole.heel
        assert along.max() < sole.ball
        assert np.abs(across).max() < 0.8 * sole.half_width
        inside = motion.plates[SIDES.index(side)].contains(
            *truth["centre_of_pressure"].sel(side=side).values[:, [0, 2]].T
        )
        assert inside.all()


def test_squats_look_like_squats(single: Motion, double: Motion) -> None:
    """Single-leg: within one standard deviation of Nakagawa et al. 2012 (controls); double-leg: parallel thighs."""
    top = single.truth["angle"].sel(side="left").max("time")
    assert 60 < top.sel(quantity="knee_flexion") < 76
    assert 5.2 < top.sel(quantity="hip_adduction") < 16.4
    assert 3.6 < top.sel(quantity="contralateral_pelvic_drop") < 11.2
    assert 3.7 < top.sel(quantity="trunk_ipsilateral_lean") < 9.7
    assert abs(top.sel(quantity="fppa")) < 20
    moment = single.truth["moment"].sel(side="left", frame="jcs").min("time")
    assert -2.2 < moment.sel(quantity="knee_flexion") < -1.0, "extensor"
    assert -1.2 < moment.sel(quantity="hip_adduction") < -0.4, "abductor"
    lifted = single.truth["joint_centre"].sel(side="right", joint="ankle", axis="y")
    assert float(lifted.min()) > 0.1
    both = double.truth["angle"].max("time")
    for side in SIDES:
        assert 90 < both.sel(side=side, quantity="knee_flexion") < 110
        assert 80 < both.sel(side=side, quantity="hip_flexion") < 110
        assert 25 < both.sel(side=side, quantity="ankle_dorsiflexion") < 40


def test_pattern_has_its_size_side_and_growth() -> None:
    """Against the same squat without it, at the bottom: prescribed angles to 0.3 degree, 20 % more in the second one."""
    pattern = replace(SIZES, fatigue=0.2)
    patterned = replace(PERSON, patterns={"right": pattern})
    plain, valgus = (squat(p, "single_leg_squat", "right", repetitions=2, **FAST).truth for p in (PERSON, patterned))
    more = (valgus["angle"] - plain["angle"]).sel(side="right")
    half = plain.sizes["time"] // 2
    for quantity, size in {
        "hip_internal_rotation": pattern.hip_internal_rotation_deg,
        "knee_abduction": pattern.knee_abduction_deg,
        "contralateral_pelvic_drop": pattern.drop_deg,
        "trunk_ipsilateral_lean": pattern.trunk_lean_deg,
    }.items():
        first, second = (float(more.sel(quantity=quantity)[part].max()) for part in (slice(half), slice(half, None)))
        assert first == pytest.approx(size, abs=0.3), quantity
        assert second == pytest.approx(1.2 * size, abs=0.36), quantity
    assert float(more.sel(quantity="hip_adduction").max()) > pattern.hip_adduction_deg
    assert float(more.sel(quantity="fppa").max()) > 5
    drop = replace(PERSON, patterns={"right": Pattern(pelvic_drop_deg=5.0)})
    only = squat(drop, "single_leg_squat", "right", repetitions=1, **FAST).truth["angle"].sel(side="right")
    alone = plain["angle"].sel(side="right", quantity="contralateral_pelvic_drop").max()
    assert float(only.sel(quantity="contralateral_pelvic_drop").max() - alone) == pytest.approx(5.0, abs=0.1)


@pytest.mark.parametrize("lead", [0.15, -0.15])
def test_hip_leads_or_lags_the_foot(lead: float) -> None:
    """The lead moves the whole course of the heel's eversion in time and nothing else: exactly, 0.15 s are 15 frames."""
    both = replace(SIZES, rearfoot_eversion_deg=5.0)
    plain, led = (
        squat(
            replace(PERSON, patterns={"right": replace(both, hip_lead_s=s)}),
            "single_leg_squat",
            "right",
            repetitions=1,
            **FAST,
        ).truth
        for s in (0.0, lead)
    )
    shift = round(lead * 100)
    eversion = [t["angle"].sel(side="right", quantity="rearfoot_eversion_floor").values for t in (plain, led)]
    assert np.ptp(eversion[0]) > 8
    assert_allclose(np.roll(eversion[0], shift)[20:-20], eversion[1][20:-20], atol=1e-6)
    for quantity in ("hip_adduction", "contralateral_pelvic_drop", "knee_abduction", "knee_flexion"):
        assert_allclose(*(t["angle"].sel(side="right", quantity=quantity).values for t in (plain, led)), atol=1e-9)
    named = dict(zip(led["event_name"].values, led["event_time"].values, strict=True))
    assert named["foot_pattern_onset"] - named["hip_pattern_onset"] == pytest.approx(lead, abs=1e-12)


def test_hip_and_foot_may_come_later_than_the_knee_bends() -> None:
    plain, late = (
        squat(
            replace(PERSON, patterns={"right": replace(SIZES, hip_late_s=s)}),
            "single_leg_squat",
            "right",
            repetitions=1,
            **FAST,
        )
        .truth["angle"]
        .sel(side="right")
        for s in (0.0, 0.1)
    )
    for quantity, shift in (("contralateral_pelvic_drop", 10), ("rearfoot_eversion_floor", 10), ("knee_flexion", 0)):
        curves = [t.sel(quantity=quantity).values for t in (plain, late)]
        assert_allclose(np.roll(curves[0], shift)[20:-20], curves[1][20:-20], atol=0.01)


def test_mirror_images_squat_alike() -> None:
    """Left as right, within 0.1 degree: the inertia tables' trunk is not symmetric itself."""
    person = replace(PERSON, posture=replace(PERSON.posture, pelvis_internal_rotation=0.0, pelvis_drop=0.0))
    left, right = (squat(person, "single_leg_squat", side, repetitions=1, **FAST).truth["angle"] for side in SIDES)  # type: ignore[arg-type]
    for one, other in (("left", "right"), ("right", "left")):
        assert np.abs(left.sel(side=one).values - right.sel(side=other).values).max() < 0.1


def test_impossible_squats_say_what_to_do() -> None:
    with pytest.raises(BiomechError, match="single_leg_squat or double_leg_squat"):
        squat(PERSON, "hop")  # type: ignore[arg-type]
    with pytest.raises(BiomechError, match="multiple of 150"):
        squat(PERSON, rate_hz=150.0)
