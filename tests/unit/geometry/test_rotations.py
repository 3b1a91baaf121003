"""Rotations against SciPy and closed forms."""

from itertools import permutations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from biomech.geometry import rotations as rot

RNG = np.random.default_rng(2)
SEQUENCES = ["".join(p) for p in permutations("XYZ")]


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_cardan_equals_scipy(sequence):
    R = Rotation.random(500, random_state=np.random.default_rng(3))
    assert_allclose(rot.cardan(R.as_matrix(), sequence), R.as_euler(sequence), atol=1e-12)


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_from_cardan_equals_scipy_and_inverts(sequence):
    angles = RNG.uniform([-3, -1.5, -3], [3, 1.5, 3], size=(10, 20, 3))
    R = rot.from_cardan(angles, sequence)
    expected = Rotation.from_euler(sequence, angles.reshape(-1, 3)).as_matrix().reshape(10, 20, 3, 3)
    assert_allclose(R, expected, atol=1e-14)
    assert_allclose(rot.cardan(R, sequence), angles, atol=1e-12)


def test_cardan_keeps_the_other_frames_when_one_is_missing():
    R = rot.from_cardan(RNG.uniform(-1, 1, (5, 3)), "ZXY")
    broken = R.copy()
    broken[2, 0, 1] = np.nan
    angles = rot.cardan(broken, "ZXY")
    assert np.isnan(angles[2]).all()
    assert_allclose(np.delete(angles, 2, 0), np.delete(rot.cardan(R, "ZXY"), 2, 0))


def test_cardan_near_gimbal_lock_stays_precise():
    middle = np.pi / 2 - np.array([1e-7, 1e-4])
    angles = np.stack([[0.2, 0.2], middle, [0.1, 0.1]], axis=-1)
    assert_allclose(rot.cardan(rot.from_cardan(angles, "ZXY"), "ZXY")[:, 1], middle, atol=1e-12)


def test_unknown_sequence_is_refused():
    with pytest.raises(ValueError, match="ZXZ"):
        rot.cardan(np.eye(3), "ZXZ")


@pytest.mark.parametrize("order", ["xy", "xz", "yx", "yz", "zx", "zy"])
def test_frame_is_a_rotation_with_its_first_axis_exact_and_its_second_nearest(order):
    first, second = RNG.normal(size=(2, 100, 3))
    R = rot.frame(first, second, order)
    assert_allclose(R @ rot.transpose(R), np.broadcast_to(np.eye(3), R.shape), atol=1e-12)
    assert_allclose(np.linalg.det(R), 1.0)
    a, b = ("xyz".index(letter) for letter in order)
    assert_allclose(R[..., a], first / np.linalg.norm(first, axis=-1, keepdims=True))
    # nearest: no component of `second` along the remaining axis, and a positive one along its own
    c = 3 - a - b
    assert_allclose((second * R[..., c]).sum(-1), 0, atol=1e-12)
    assert ((second * R[..., b]).sum(-1) > 0).all()


def test_frame_of_parallel_zero_or_missing_vectors_is_missing():
    x = np.array([1.0, 0, 0])
    for first, second in ((x, 2 * x), (np.zeros(3), x), (x, np.full(3, np.nan))):
        assert np.isnan(rot.frame(first, second, "yz")).all()


def test_rotation_vector_equals_scipy():
    R = Rotation.from_rotvec(RNG.uniform(-1.5, 1.5, (300, 3)))
    assert_allclose(rot.rotation_vector(R.as_matrix()), R.as_rotvec(), atol=1e-10)
    assert_allclose(rot.rotation_vector(np.eye(3)), 0)
    tiny = np.array([1e-12, -2e-11, 0])
    assert_allclose(rot.rotation_vector(Rotation.from_rotvec(tiny).as_matrix()), tiny, atol=1e-17)


def test_angular_velocity_of_a_constant_turn_is_exact_up_to_the_ends():
    w = np.array([3.0, -8.0, 5.0])
    R = Rotation.from_rotvec(np.arange(30)[:, None] / 100 * w).as_matrix()
    assert_allclose(rot.angular_velocity(R, 100.0), np.broadcast_to(w, (30, 3)), atol=1e-10)


def test_angular_velocity_of_changing_cardan_angles_equals_its_closed_form():
    # omega = a' z + b' Rz x + c' Rz Rx y for R = Rz(a) Rx(b) Ry(c)
    rate, t = 200.0, np.arange(201) / 200.0
    a, b, c = 0.6 * np.sin(6 * t), 0.2 * np.cos(5 * t), 0.3 * np.sin(4 * t + 1)
    ad, bd, cd = 3.6 * np.cos(6 * t), -1.0 * np.sin(5 * t), 1.2 * np.cos(4 * t + 1)
    R = rot.from_cardan(np.stack([a, b, c], -1), "ZXY")
    zx = rot.rotation_z(a) @ rot.rotation_x(b)
    expected = ad[:, None] * [0, 0, 1] + bd[:, None] * rot.rotation_z(a)[..., 0] + cd[:, None] * zx[..., 1]
    found = rot.angular_velocity(R, rate)
    # truncation of fourth-order differences: (6 rad/s)^5 * 0.6 * dt^4 / 30 = 1e-7; second order at the two ends
    assert_allclose(found[2:-2], expected[2:-2], atol=1e-6)
    assert_allclose(found, expected, atol=2e-2)
    skew = np.gradient(R, 1 / rate, axis=0) @ rot.transpose(R)
    plain = np.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], -1)
    assert np.abs(plain - expected)[2:-2].max() > 100 * np.abs(found - expected)[2:-2].max()


def test_angular_velocity_beside_a_gap_and_with_extra_dims():
    w = np.array([0.0, 2.0, 0.0])
    R = Rotation.from_rotvec(np.arange(12)[:, None] / 50 * w).as_matrix()
    R = np.stack([R, R], axis=1)
    R[5, 0] = np.nan
    found = rot.angular_velocity(R, 50.0)
    assert found.shape == (12, 2, 3)
    assert np.isnan(found[5, 0]).all()
    assert_allclose(np.delete(found[:, 0], 5, 0), np.broadcast_to(w, (11, 3)), atol=1e-10)


def test_angular_velocity_of_a_single_frame_is_missing():
    assert np.isnan(rot.angular_velocity(np.eye(3)[None], 100.0)).all()


def test_unwrap_passes_over_gaps_and_centres_each_curve():
    truth = np.linspace(150, 230, 41)
    wrapped = (truth + 180) % 360 - 180
    wrapped[[0, 1, 15, 16, 40]] = np.nan
    found = rot.unwrap_nan(np.stack([wrapped, np.full(41, np.nan)], -1), period=360.0)
    # the median, 190, is brought back by a whole turn
    assert_allclose(found[:, 0], np.where(np.isnan(wrapped), np.nan, truth - 360))
    assert np.isnan(found[:, 1]).all()


def test_rotate_broadcasts_over_leading_dims():
    R = rot.rotation_z(np.full((4, 1), np.pi / 2))
    assert_allclose(
        rot.rotate(R, np.broadcast_to([1.0, 0, 0], (5, 3))), np.broadcast_to([0, 1.0, 0], (4, 5, 3)), atol=1e-15
    )
