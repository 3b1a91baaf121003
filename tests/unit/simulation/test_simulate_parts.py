"""Building blocks of the synthetic participant against closed forms and published equations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import BSpline

from biomech.model.anthropometry import segment_inertia
from biomech_simulation.curves import INTERVALS, PAD, differentiate, fit_fourier, fourier, free_coefficients, spline
from biomech_simulation.gait import contact_x, foot_path, solve_leg
from biomech_simulation.participant import Participant, Posture, anatomy, landmarks
from biomech_simulation.particles import body_particles
from biomech_simulation.turns import rot_x, rot_y, rot_z

PEOPLE = [
    Participant(),
    Participant("tall", "male", 1.86, 84.0, tibial_torsion_deg=25.0, posture=Posture(rearfoot_eversion=3.0)),
]


def test_spline_equals_scipy() -> None:
    coefficients = np.random.default_rng(1).standard_normal(INTERVALS)
    knots = np.arange(-5, INTERVALS + 6) / INTERVALS
    reference = BSpline(knots, np.concatenate([coefficients[-5:], coefficients]), 5)
    phase = np.linspace(0, 0.999, 333)
    assert np.allclose(spline(phase, coefficients), reference(phase), atol=1e-13)
    assert np.allclose(spline(phase + 3, coefficients, jump=2.0) - spline(phase, coefficients, jump=2.0), 6.0)


def test_free_coefficients_act_only_between_their_phases() -> None:
    for start, end in ((0.62, 1.0), (0.375, 1.09)):
        coefficients = np.zeros(INTERVALS)
        coefficients[free_coefficients(start, end) % INTERVALS] = 1.0
        outside = np.linspace(end, start + 1.0, 101)
        assert np.abs(spline(outside, coefficients)).max() < 1e-15


def test_derivatives_of_a_sine() -> None:
    """Eighth order: error of 5 rad/s at 1 kHz is far below rounding of the second derivative."""
    t = np.arange(500) * 1e-3
    x = np.sin(5 * t)
    assert np.allclose(differentiate(x, 1e-3, 1), 5 * np.cos(5 * t[PAD:-PAD]), atol=1e-10)
    assert np.allclose(differentiate(x, 1e-3, 2), -25 * x[PAD:-PAD], atol=1e-7)


def test_fourier_fit_is_the_inverse_of_its_sum() -> None:
    coefficients = np.random.default_rng(2).standard_normal((6, 2))
    phase = np.arange(64) / 64
    assert np.allclose(fit_fourier(fourier(phase, coefficients), 6), coefficients, atol=1e-13)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda p: p.name)
def test_hip_centre_obeys_the_regression_of_its_own_markers(person: Participant) -> None:
    """Harrington et al. 2007, regressions of one variable each (mm)."""
    points = landmarks(person)["pelvis"]
    mirror = np.array([1, 1, -1])
    asis, asis_left, psis, psis_left = points["ASI"], points["ASI"] * mirror, points["PSI"], points["PSI"] * mirror
    width = 1000 * np.linalg.norm(asis - asis_left)
    depth = 1000 * np.linalg.norm((asis + asis_left - psis - psis_left) / 2)
    expected = [-0.24 * depth - 9.9, -0.30 * width - 10.9, 0.33 * width + 7.3]
    assert np.allclose(1000 * person.hip, expected, atol=1e-9)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda p: p.name)
def test_joint_centres_lie_midway_and_frames_are_rotations(person: Participant) -> None:
    points = landmarks(person)
    assert np.allclose((points["thigh"]["LFE"] + points["thigh"]["MFE"]) / 2, [0, -person.thigh, 0])
    assert np.allclose((points["shank"]["LM"] + points["shank"]["MM"]) / 2, [0, -person.shank, 0])
    frames = anatomy(person)
    for name in ("shank_distal", "foot", "rearfoot", "forefoot"):
        frame = getattr(frames, name)
        assert np.allclose(frame.T @ frame, np.eye(3), atol=1e-14)
        assert np.linalg.det(frame) == pytest.approx(1.0)
        assert np.diag(frame).min() > 0.7, "x forward, y up, z lateral"
    lateral = frames.shank_distal[:, 2]
    torsion = -np.degrees(np.arctan2(lateral[0], lateral[2]))
    assert torsion == pytest.approx(person.tibial_torsion_deg, abs=0.1)  # the axis also dips by 3 degrees
    assert frames.foot[1, 0] == pytest.approx(0.0, abs=1e-14), "flat in standing"


@pytest.mark.parametrize("person", PEOPLE, ids=lambda p: p.name)
def test_particles_have_the_mass_centre_and_tensor_of_their_segment(person: Participant) -> None:
    bodies = body_particles(person)
    for segment, length in (("thigh", person.thigh), ("shank", person.shank)):
        table = segment_inertia(segment, person.sex, person.mass_kg, length, "dumas")
        mass, place = bodies[segment].mass, bodies[segment].place
        assert mass.sum() == pytest.approx(table.mass, rel=1e-12)
        assert np.allclose(mass @ place / mass.sum(), table.com, atol=1e-14)
        arm = place - table.com
        tensor = np.einsum(
            "k,kij->ij", mass, (arm**2).sum(1)[:, None, None] * np.eye(3) - arm[:, :, None] * arm[:, None]
        )
        assert np.allclose(tensor, table.tensor, atol=1e-12)
    twice = ("arm", "thigh", "shank", "foot")
    total = sum(b.mass.sum() * (2 if name in twice else 1) for name, b in bodies.items())
    assert total == pytest.approx(person.mass_kg, rel=1e-12)


def test_leg_solved_backwards_reaches_the_ankle() -> None:
    random = np.random.default_rng(3)
    n = 200
    hip = np.radians(random.uniform([-20, -15, -15], [60, 15, 15], (n, 3)))
    knee = np.radians(random.uniform([5, -10, -15], [90, 10, 15], (n, 3)))
    thigh, shank = 0.41, 0.40
    upper = rot_z(hip[:, 0]) @ rot_x(hip[:, 1]) @ rot_y(hip[:, 2])
    lower = upper @ rot_z(-knee[:, 0]) @ rot_x(knee[:, 1]) @ rot_y(knee[:, 2])
    reach = -thigh * upper[:, :, 1] - shank * lower[:, :, 1]
    flexion, adduction, bend, excess = solve_leg(reach, thigh, shank, hip[:, 2], knee[:, 1], knee[:, 2])
    assert np.allclose(flexion, hip[:, 0], atol=1e-9)
    assert np.allclose(adduction, hip[:, 1], atol=1e-9)
    assert np.allclose(bend, knee[:, 0], atol=1e-9)
    assert (excess == 0).all()


def test_rolling_foot_does_not_slide() -> None:
    """The material point in contact stands still: its velocity, by differences over the pitch, is zero."""
    sole = Participant().sole
    step = 1e-5
    for blend, progress, pitches in ((0.0, 1.0, np.radians([-70, -30, -5])), (1.0, 0.0, np.radians([25, 10, 2]))):
        for pitch in pitches:
            at = np.array([contact_x(sole, pitch, progress), 0.0])
            ankle, later = (foot_path(sole, np.array([p]), np.array([blend]))[0] for p in (pitch - step, pitch + step))
            middle = foot_path(sole, np.array([pitch]), np.array([blend]))[0]
            arm = at - middle
            turn = np.array([-arm[1], arm[0]])  # z cross arm, per rad of pitch
            velocity = (later - ankle) / (2 * step) + turn
            assert np.abs(velocity).max() < 1e-9
