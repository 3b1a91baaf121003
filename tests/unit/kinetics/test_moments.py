"""Clinical components of moments and powers."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.geometry.mirror import mirror_axial, mirror_rotations, to_right
from biomech.geometry.rotations import cardan, from_cardan
from biomech.joints import KINETIC_JOINTS
from biomech.kinetics.moments import (
    clinical_moments,
    joint_axes,
    joint_power,
)
from biomech.quantities import MOMENT_QUANTITIES, POWER_QUANTITIES
from biomech.schema import MOMENT_FRAMES

HIP, KNEE, ANKLE = KINETIC_JOINTS
EYE = np.eye(3)


def poses(n=200, seed=0):
    rng = np.random.default_rng(seed)
    proximal, relative = from_cardan(rng.uniform(-1, 1, (n, 3)), "ZXY"), from_cardan(rng.uniform(-1, 1, (n, 3)), "ZXY")
    return rng, proximal, proximal @ relative


def test_names():
    assert MOMENT_QUANTITIES[3:6] == ("knee_flexion", "knee_abduction", "knee_internal_rotation")
    assert len(MOMENT_QUANTITIES) == 9 and POWER_QUANTITIES[-3:] == ("hip_total", "knee_total", "ankle_total")


@pytest.mark.parametrize(
    ("joint", "moment", "expected"),
    [
        # A moment on the distal segment about +z swings a downward-pointing segment forwards.
        (HIP, [0, 0, 5], [5, 0, 0]),
        (KNEE, [0, 0, 5], [-5, 0, 0]),
        (ANKLE, [0, 0, 5], [5, 0, 0]),
        # About +x it swings the distal end to -z: medially on a right leg.
        (HIP, [5, 0, 0], [0, 5, 0]),
        (KNEE, [5, 0, 0], [0, -5, 0]),
        (ANKLE, [5, 0, 0], [0, 5, 0]),
        # About +y it turns the front to -z: inwards on a right leg.
        (HIP, [0, 5, 0], [0, 0, 5]),
        (KNEE, [0, 5, 0], [0, 0, 5]),
        (ANKLE, [0, 5, 0], [0, 0, 5]),
    ],
)
def test_signs(joint, moment, expected):
    result = clinical_moments(np.array(moment, float), EYE, EYE, EYE, joint)
    assert result.shape == (3, len(MOMENT_FRAMES))
    assert np.allclose(result, np.array(expected, float)[:, None])


def test_moment_moves_the_joint_in_the_direction_of_its_name():
    # Turn the distal segment a little about the moment vector: the angle of that name must grow.
    _, proximal, distal = poses()
    for joint in KINETIC_JOINTS:
        signs = np.array([c.sign for c in joint.components])
        for axis in range(3):
            axes = joint_axes(proximal, distal)
            # Dual vector: projects on this joint axis alone.
            others = [axes[:, (axis + 1) % 3], axes[:, (axis + 2) % 3]]
            moment = np.cross(*others)
            moment *= np.sign((moment * axes[:, axis]).sum(-1))[:, None] * signs[axis]
            value = clinical_moments(moment, proximal, distal, proximal, joint)[:, :, 0]
            assert (value[:, axis] > 0).all() and np.allclose(np.delete(value, axis, 1), 0, atol=1e-12)
            h = 1e-6
            x, y, z = np.moveaxis(moment, -1, 0)
            skew = np.array([[0 * x, -z, y], [z, 0 * x, -x], [-y, x, 0 * x]]).transpose(2, 0, 1)
            turned = EYE + h * skew
            before = cardan(np.swapaxes(proximal, 1, 2) @ distal, "ZXY")
            after = cardan(np.swapaxes(proximal, 1, 2) @ turned @ distal, "ZXY")
            # Virtual work: moment . rotation = sum of value_k dq_k, and only one value differs from zero.
            work = h * (moment**2).sum(-1)
            assert np.allclose(((after - before) * signs * value).sum(-1), work, rtol=1e-4)


def test_cartesian_frames_keep_the_length():
    rng, proximal, distal = poses()
    moment = rng.normal(size=(200, 3))
    result = clinical_moments(moment, proximal, distal, EYE, KNEE)
    for k, frame in enumerate(MOMENT_FRAMES):
        if frame != "jcs":
            assert np.allclose(np.linalg.norm(result[..., k], axis=-1), np.linalg.norm(moment, axis=-1))
    lab = result[..., MOMENT_FRAMES.index("lab")]
    assert np.allclose(lab, moment[:, [2, 0, 1]] * [-1, -1, 1])


def test_jcs_shares_axes_with_both_segments():
    rng, proximal, distal = poses()
    result = clinical_moments(rng.normal(size=(200, 3)), proximal, distal, EYE, HIP)
    jcs, prox, dist = (result[..., MOMENT_FRAMES.index(f)] for f in ("jcs", "proximal", "distal"))
    assert np.allclose(jcs[:, 0], prox[:, 0]) and np.allclose(jcs[:, 2], dist[:, 2])


def test_left_by_mirroring_equals_right():
    rng, proximal, distal = poses()
    moment = rng.normal(size=(200, 3))
    right = clinical_moments(moment, proximal, distal, EYE, KNEE)
    left_lab = mirror_axial(moment), mirror_rotations(proximal), mirror_rotations(distal)
    left = clinical_moments(
        to_right("left", left_lab[0], "axial"),
        to_right("left", left_lab[1], "rotation"),
        to_right("left", left_lab[2], "rotation"),
        EYE,
        KNEE,
    )
    assert np.allclose(left, right, rtol=0, atol=1e-12)


def test_powers_add_up():
    rng, proximal, distal = poses()
    moment, velocity = rng.normal(size=(2, 200, 3))
    power = joint_power(moment, proximal, distal, velocity)
    assert np.allclose(power[:, :3].sum(-1), power[:, 3], rtol=0, atol=1e-11)
    assert np.allclose(power[:, 3], (moment * velocity).sum(-1))


def test_power_of_one_joint_angle():
    # Turning at 2 rad/s about the flexion axis only: all power lies in flexion.
    rng, proximal, distal = poses()
    moment = rng.normal(size=(200, 3))
    power = joint_power(moment, proximal, distal, 2.0 * proximal[..., 2])
    assert np.allclose(power[:, 1:3], 0, atol=1e-12)
    hip = clinical_moments(moment, proximal, distal, EYE, HIP)[:, 0, 0]
    assert np.allclose(power[:, 0], 2.0 * hip)


def test_gimbal_lock_is_missing_not_infinite():
    distal = from_cardan(np.array([0.0, np.pi / 2, 0.0]), "ZXY")
    power = joint_power(np.ones(3), EYE, distal, np.ones(3))
    assert np.isnan(power[:3]).all() and power[3] == pytest.approx(3.0)
