"""Inverse dynamics against energy balance, statics and free fall."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.geometry.mirror import mirror_axial, mirror_points, mirror_rotations, mirror_tensor
from biomech.geometry.rotations import angular_velocity, from_cardan, rotate
from biomech.kinetics.dynamics import inverse_dynamics
from biomech.model.anthropometry import segment_inertia

G = 9.81
LENGTHS = {"foot": 0.13, "shank": 0.40, "thigh": 0.42}
SEGMENTS = ("foot", "shank", "thigh")
MASS = np.array([segment_inertia(s, "female", 60, LENGTHS[s]).mass for s in SEGMENTS])
COM = np.array([segment_inertia(s, "female", 60, LENGTHS[s]).com for s in SEGMENTS])
TENSOR = np.array([segment_inertia(s, "female", 60, LENGTHS[s]).tensor for s in SEGMENTS])


def swinging_leg(rate=2000.0, seed=0):
    """A leg whose hip moves and whose segments turn about all axes; closed-form angles, so any rate can be had."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(rate)) / rate
    angles = sum(
        rng.normal(size=(1, 3, 3)) * 0.4 * np.sin(w * t[:, None, None] + rng.uniform(0, 6, (1, 3, 3))) for w in (2, 5)
    )
    rotation = from_cardan(angles, "ZXY")
    hip = np.stack([1.2 * t, 0.9 + 0.03 * np.sin(9 * t), 0.1 * np.cos(4 * t)], axis=-1)
    knee = hip + rotate(rotation[:, 2], [0, -LENGTHS["thigh"], 0])
    ankle = knee + rotate(rotation[:, 1], [0, -LENGTHS["shank"], 0])
    joint = np.stack([ankle, knee, hip], axis=1)
    foot_point = ankle + rotate(rotation[:, 0], [0.08, -0.06, 0.01])
    force = np.stack([50 * np.sin(5 * t), 600 * np.sin(np.pi * t), 20 * np.cos(3 * t)], axis=-1)
    free = np.stack([np.sin(t), 4 * np.cos(6 * t), t], axis=-1)
    return rate, rotation, joint, foot_point, force, free


def loads(rate, rotation, joint, foot_point, force, free):
    spin = angular_velocity(rotation, rate)
    moment = np.cross(foot_point, force) + free
    return spin, inverse_dynamics(rotation, joint, spin, joint, MASS, COM, TENSOR, force, moment, rate, G)


def test_joint_and_external_powers_are_the_rate_of_energy():
    leg = swinging_leg()
    rate, rotation, joint, foot_point, force, free = leg
    spin, result = loads(*leg)
    velocity = np.gradient(joint[:, 2], 1 / rate, axis=0, edge_order=2)
    # Joint moments act on the difference of the two segments' turning; the hip's proximal side is outside the chain.
    power = (result.force[:, 2] * velocity).sum(-1) + (result.moment[:, 2] * spin[:, 2]).sum(-1)
    for k in (0, 1):
        power += (result.moment[:, k] * (spin[:, k] - spin[:, k + 1])).sum(-1)
    power += (force * np.gradient(foot_point, 1 / rate, axis=0, edge_order=2)).sum(-1) + (free * spin[:, 0]).sum(-1)

    centre = joint + rotate(rotation, COM)
    speed = np.gradient(centre, 1 / rate, axis=0, edge_order=2)
    local = np.einsum("nsji,nsj->nsi", rotation, spin)
    energy = (
        0.5 * MASS * (speed**2).sum(-1)
        + 0.5 * np.einsum("nsi,sij,nsj->ns", local, TENSOR, local)
        + MASS * G * centre[..., 1]
    ).sum(-1)
    inside = slice(10, -10)
    change = np.gradient(energy, 1 / rate, edge_order=2)
    assert np.abs(change[inside]).max() > 50
    assert np.allclose(power[inside], change[inside], rtol=0, atol=5e-3)


def test_no_force_in_free_fall():
    rate, n = 100.0, 60
    t = np.arange(n) / rate
    rotation = np.broadcast_to(np.eye(3), (n, 3, 3, 3))
    offset = np.array([[0, 0.1, 0], [0, 0.5, 0], [0, 0.9, 0]])
    joint = offset + np.stack([2 * t, 3 * t - G / 2 * t**2, 0 * t], axis=-1)[:, None]
    zero = np.zeros((n, 3))
    result = inverse_dynamics(rotation, joint, np.zeros((n, 3, 3)), joint, MASS, COM, TENSOR, zero, zero, rate, G)
    assert np.allclose(result.force, 0, atol=1e-8) and np.allclose(result.moment, 0, atol=1e-8)


def static_leg(lever_z, weightless=True, n=20):
    joint = np.broadcast_to([[0, 0.05, 0], [0, 0.45, 0], [0, 0.87, 0]], (n, 3, 3)).astype(float)
    rotation = np.broadcast_to(np.eye(3), (n, 3, 3, 3))
    force = np.broadcast_to([0.0, 700.0, 0.0], (n, 3))
    moment = np.cross([0.0, 0.0, lever_z], force)
    factor = 0.0 if weightless else 1.0
    return inverse_dynamics(
        rotation, joint, np.zeros((n, 3, 3)), joint, factor * MASS, COM, factor * TENSOR, force, moment, 100.0, G
    )


def test_force_medial_of_a_right_knee():
    # 700 N passing 20 mm medial (-z) of a right knee: external adduction +14 N m, so internal abduction +14 (= -Mx).
    result = static_leg(-0.02)
    assert np.allclose(result.moment[:, 1], [-14.0, 0, 0], atol=1e-9)
    assert np.allclose(result.force[:, 1], [0, -700, 0])


def test_hip_carries_the_weight_of_the_leg():
    result = static_leg(0.0, weightless=False)
    assert result.force[5, 2, 1] == pytest.approx(-700 + MASS.sum() * G, abs=1e-8)
    # Moment about the hip: each weight at its own centre of mass.
    weights = np.cross(COM, np.stack([0 * MASS, MASS * G, 0 * MASS], axis=-1)).sum(0)
    assert np.allclose(result.moment[5, 2], weights, atol=1e-8)


def test_left_leg_by_mirroring():
    leg = swinging_leg(rate=200.0, seed=3)
    _, right = loads(*leg)
    rate, rotation, joint, foot_point, force, free = leg
    # The same leg as a left one, in the real lab, computed without mirroring from its mirrored tensor.
    rotation, joint = mirror_rotations(rotation), mirror_points(joint)
    moment = np.cross(mirror_points(foot_point), mirror_points(force)) + mirror_axial(free)
    spin = angular_velocity(rotation, rate)
    left = inverse_dynamics(
        rotation,
        joint,
        spin,
        joint,
        MASS,
        mirror_points(COM),
        mirror_tensor(TENSOR),
        mirror_points(force),
        moment,
        rate,
        G,
    )
    assert np.allclose(mirror_points(left.force), right.force, rtol=0, atol=1e-9)
    assert np.allclose(mirror_axial(left.moment), right.moment, rtol=0, atol=1e-9)


def test_where_something_is_missing():
    rate, rotation, joint, foot_point, force, free = swinging_leg(rate=200.0)
    force, rotation = force.copy(), rotation.copy()
    force[50:60] = np.nan
    rotation[100:120, 1] = np.nan
    _, result = loads(rate, rotation, joint, foot_point, force, free)
    missing = np.isnan(result.moment).any(-1)
    assert missing[50:60].all() and not missing[60:100].any() and not missing[120:].any()
    assert missing[100:120].tolist() == [[False, True, True]] * 20


def test_leading_dims_pass_through():
    rate, rotation, joint, foot_point, force, free = swinging_leg(rate=100.0)
    _, one = loads(rate, rotation, joint, foot_point, force, free)
    two = [np.stack([v, v], axis=1) for v in (rotation, joint, foot_point, force, free)]
    _, both = loads(rate, *two)
    assert both.moment.shape == (100, 2, 3, 3)
    assert np.allclose(both.moment[:, 1], one.moment, atol=1e-12)


def test_smoothing_is_of_accelerations_only():
    """A leg at rest whose poses shake: the inertial part goes, the lever arms keep following the poses."""
    rng = np.random.default_rng(3)
    n, rate = 400, 100.0
    rotation = np.broadcast_to(np.eye(3), (n, 3, 3, 3))
    still = np.array([[0, 0.08, 0.1], [0, 0.48, 0.1], [0, 0.9, 0.1]])
    shaken = still + rng.normal(scale=1e-3, size=(n, 1, 3))
    spin, force = np.zeros((n, 3, 3)), np.broadcast_to([0.0, 600.0, 0.0], (n, 3))
    moment = np.cross([0.02, 0, 0.08], force)
    given = (rotation, shaken, spin, shaken, MASS, COM, TENSOR, force, moment, rate, G)
    plain = inverse_dynamics(*given)
    calm = inverse_dynamics(*given, lambda x: np.broadcast_to(x.mean(axis=0), x.shape))
    statics = -np.cross(np.array([0.02, 0, 0.08]) - shaken[:, 0], force) - np.cross(COM[0], [0, -MASS[0] * G, 0])
    np.testing.assert_allclose(calm.moment[:, 0], statics, atol=1e-9)
    np.testing.assert_allclose(
        calm.force[:, 2], (MASS.sum() * G - 600) * np.array([0, 1, 0]) * np.ones((n, 1)), atol=1e-9
    )
    assert np.nanstd(plain.force[:, 2, 1]) > 20  # 1 mm at 100 frames/s, differentiated twice
    same = inverse_dynamics(*given, lambda x: x)
    np.testing.assert_array_equal(same.moment, plain.moment)
