"""Outlines, distances, belts and stance without plates."""

from __future__ import annotations

import numpy as np

from biomech.kinetics.feet import FootMotion, belt_velocity, distance_to_line, kinematic_stance, outside

RATE = 100.0


def test_outside_of_an_outline_in_any_order():
    corners = np.array([[0, 0, 0], [2, 0, 0], [2, 0, 1], [0, 0, 1]], float)
    points = np.array([[1, 5, 0.5], [2.3, 0, 0.5], [1, 0, -0.1], [2, 0, 1], [np.nan, 0, 0]])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
        assert np.allclose(outside(points, corners[order]), [-0.5, 0.3, 0.1, 0.0, np.nan], equal_nan=True)


def test_distance_to_a_piece_of_line():
    start, end = np.array([0.0, 0, 0]), np.array([2.0, 7, 0])
    points = np.array([[1, 3, 0.5], [-3, 0, 4], [2, 0, 1]], float)
    assert np.allclose(distance_to_line(points, start, end), [0.5, 5.0, 1.0])
    assert np.allclose(distance_to_line(points, start, start), [np.hypot(1, 0.5), 5.0, np.hypot(2, 1)])


def test_belt():
    rng = np.random.default_rng(0)
    low = np.array([-3.5, 0.1]) + 0.2 * rng.normal(size=(100, 2))
    low[:30] = rng.normal(size=(30, 2)) * 3
    still = np.zeros((100, 2))
    assert np.linalg.norm(belt_velocity(low, still, 0.5) - [-3.5, 0.1]) < 0.3
    # Feet at rest, or a pelvis that travels: firm ground.
    assert not belt_velocity(0.02 * low, still, 0.5).any()
    assert not belt_velocity(low, still + np.array([1.3, 0]), 0.5).any()
    assert not belt_velocity(np.empty((0, 2)), still, 0.5).any()


def motion(lift, speed):
    n = len(lift)
    points = np.zeros((n, 1, 3))
    return FootMotion(
        np.concatenate([points, points], 1), points[:, 0], np.stack([lift, lift], 1), np.stack([speed, speed], 1)
    )


def test_stance_is_low_and_slow():
    lift, speed = np.zeros(300), np.full(300, 2.0)
    speed[50:150] = 0.1
    speed[90:92] = 0.7  # a blink
    speed[200:203] = 0.1  # too short
    lift[250:], speed[250:] = 0.2, 0.1  # held in the air
    stance = kinematic_stance(motion(lift, speed), RATE, 0.04, 0.5, 0.05, level=True)
    assert np.flatnonzero(stance).tolist() == list(range(50, 150))
    on_stairs = kinematic_stance(motion(lift, speed), RATE, 0.04, 0.5, 0.05, level=False)
    assert np.flatnonzero(on_stairs).tolist() == [*range(50, 150), *range(250, 300)]


def test_stance_is_unknown_without_markers():
    lift, speed = np.zeros(100), np.full(100, 0.1)
    speed[40:60] = np.nan
    stance = kinematic_stance(motion(lift, speed), RATE, 0.04, 0.5, 0.05, level=True)
    assert not stance[40:60].any() and stance[:40].all() and stance[60:].all()
