"""The conventional gait model's constructions on points placed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from biomech.model import plug_in_gait as pig

RNG = np.random.default_rng(7)
HIP, KNEE_MARKER, WAND = np.array([0.01, 0.9, 0.08]), np.array([0.02, 0.5, 0.14]), np.array([0.05, 0.7, 0.16])
OFFSET = 0.06


def angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.arccos(np.sum(a * b, -1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1))


def test_plain_chord_is_a_right_angle_in_the_wand_plane_on_the_far_side() -> None:
    joint = pig.chord(HIP, KNEE_MARKER, WAND, OFFSET)
    assert np.linalg.norm(joint - KNEE_MARKER) == pytest.approx(OFFSET, abs=1e-12)
    assert angle(HIP - joint, KNEE_MARKER - joint) == pytest.approx(np.pi / 2, abs=1e-12)
    normal = np.cross(HIP - KNEE_MARKER, WAND - KNEE_MARKER)
    assert np.dot(joint - KNEE_MARKER, normal) == pytest.approx(0, abs=1e-12)
    assert joint[2] < KNEE_MARKER[2]


def test_plain_chord_equals_the_closed_form_of_davis() -> None:
    """J = K + X l d + E d sqrt(1 - d l), X = P - K, l = d / |X|^2, E across X in the plane, away from the wand."""
    X = HIP - KNEE_MARKER
    E = np.cross(X, np.cross(X, WAND - KNEE_MARKER))
    E /= np.linalg.norm(E)
    l = OFFSET / np.dot(X, X)
    expected = KNEE_MARKER + X * l * OFFSET + E * OFFSET * np.sqrt(1 - OFFSET * l)
    np.testing.assert_allclose(pig.chord(HIP, KNEE_MARKER, WAND, OFFSET), expected, atol=1e-14)


@pytest.mark.parametrize("rotation_deg", [-25.0, -6.7, 0.0, 4.0, 18.0])
@pytest.mark.parametrize("abadd_deg", [-10.0, 0.0, 12.6])
def test_chord_meets_its_three_conditions(rotation_deg: float, abadd_deg: float) -> None:
    rotation, abadd = np.radians([rotation_deg, abadd_deg])
    # anywhere in space, many frames at once
    turn = Rotation.random(20, rng=RNG)
    P, K, T = (turn.apply(v) + 1.0 for v in (HIP, KNEE_MARKER, WAND))
    J = pig.chord(P, K, T, OFFSET, rotation, abadd)
    np.testing.assert_allclose(np.linalg.norm(J - K, axis=-1), OFFSET, atol=1e-12)
    # turned back by abadd about K in the plane of P, J, K the arm meets the line to P at a right angle
    axis = np.cross(P - K, J - K)
    square = K + Rotation.from_rotvec(abadd * axis / np.linalg.norm(axis, axis=-1, keepdims=True)).apply(J - K)
    np.testing.assert_allclose(angle(P - square, K - square), np.pi / 2, atol=1e-10)
    axis = (P - square) / np.linalg.norm(P - square, axis=-1, keepdims=True)
    flat_k, flat_t = (v - np.sum(v * axis, -1, keepdims=True) * axis for v in (K - square, T - square))
    signed = np.arctan2(np.sum(axis * np.cross(flat_k, flat_t), -1), np.sum(flat_k * flat_t, -1))
    np.testing.assert_allclose(signed, -rotation, atol=1e-10)
    # and back again
    np.testing.assert_allclose(pig.wand_rotation(P, square, K, T), rotation, atol=1e-10)
    np.testing.assert_allclose(pig.angle_abadd(P, J, K), angle(P - J, K - J) - np.pi / 2, atol=1e-10)


def test_chord_leaves_gaps_missing() -> None:
    K = np.stack([KNEE_MARKER, np.full(3, np.nan), HIP + 0.01])
    joint = pig.chord(HIP, K, WAND, OFFSET)
    assert (
        np.isfinite(joint[0]).all() and np.isnan(joint[1:]).all()
    )  # the last: marker closer to the hip than the offset


def test_knee_device_finds_the_corner_of_its_three_arms() -> None:
    """Three equal arms at right angles meet at the virtual marker, whatever the device's tilt in the sagittal plane."""
    arm, tilt = 0.16, np.radians(37)
    corner = np.array([0.02, 0.5, 0.14])
    kax = corner + arm * np.array([0, 0, 1.0])
    kd1 = corner + arm * np.array([np.sin(tilt), np.cos(tilt), 0])
    kd2 = corner + arm * np.array([np.cos(tilt), -np.sin(tilt), 0])
    np.testing.assert_allclose(pig.knee_device(kax, kd1, kd2, np.array([0.1, 0, 1.0])), corner, atol=1e-12)
    np.testing.assert_allclose(pig.knee_device(kax, kd2, kd1, np.array([-0.1, 0, 1.0])), corner, atol=1e-12)


def test_torsion_is_negative_where_the_malleoli_point_backwards() -> None:
    external = np.radians(17.0)
    # malleolar axis turned backwards from the knee axis (z) about the long axis (y)
    shank = Rotation.from_euler("y", -external).as_matrix()
    assert pig.tibial_torsion(shank, np.array([0, 0, 1.0])) == pytest.approx(-external)


def test_foot_offsets_of_a_foot_that_stands_flat_and_turned() -> None:
    """Uncorrected x points down by 12 and inwards by 5 degrees against the flat line from heel to toe."""
    pitch, turn = np.radians([12.0, 5.0])
    heel, toe = np.array([-0.05, 0.06, 0.0]), np.array([0.15, 0.02, 0.0])
    # true = raw * Rz(pitch) * Ry(turn), and the true x is the flat line
    raw = (Rotation.from_euler("z", pitch) * Rotation.from_euler("y", turn)).inv().as_matrix()
    np.testing.assert_allclose(pig.foot_offsets(raw, heel, toe), (pitch, turn), atol=1e-12)
