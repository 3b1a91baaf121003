"""Steps of strides, from footprints and events whose right values are known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.events.repetitions import Repetition
from biomech.events.steps import footprints, opposite_events, step_values, toe_clearance

RATE = 100.0
SHARE = (0.2, 0.7)


def events(rows):
    return pd.DataFrame(rows, columns=["time", "side", "name"])


def test_footprints_on_a_straight_line():
    stride, step, width = footprints([[0, 0, 0.1]], [[1.3, 0.02, 0.1]], [[0.7, 0, -0.05]], side="right")
    np.testing.assert_allclose([stride[0], step[0], width[0]], [1.3, 0.6, 0.15], atol=1e-12)
    stride, step, width = footprints([[0, 0, -0.1]], [[1.2, 0, -0.1]], [[0.5, 0, 0.02]], side="left")
    np.testing.assert_allclose([stride[0], step[0], width[0]], [1.2, 0.7, 0.12], atol=1e-12)
    assert footprints([[0, 0, 0.1]], [[1, 0, 0.1]], [[0.5, 0, 0.15]], side="right")[2] == pytest.approx(-0.05)


@pytest.mark.parametrize("heading", [30.0, 135.0, -90.0])
def test_footprints_do_not_depend_on_the_direction_of_walking(heading):
    c, s = np.cos(np.radians(heading)), np.sin(np.radians(heading))
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    places = np.array([[0, 0, 0.1], [1.3, 0, 0.1], [0.7, 0, -0.05]]) @ turn.T
    found = footprints(*(p[None] for p in places), side="right")
    np.testing.assert_allclose([v[0] for v in found], [1.3, 0.6, 0.15], atol=1e-12)


def test_the_other_foot_must_strike_once():
    stride = Repetition("left", 1, 1.0, 2.0, 1.6)
    rows = [
        (1.1, "right", "foot_off"),
        (1.5, "right", "foot_strike"),
        (1.6, "left", "foot_off"),
        (0.5, "right", "foot_strike"),
    ]
    assert opposite_events(stride, events(rows)) == (1.1, 1.5)
    # running: the other foot has left the ground before the stride begins, and leaves it again after its own strike
    assert np.isnan(opposite_events(stride, events([(1.5, "right", "foot_strike"), (1.8, "right", "foot_off")]))[0])
    assert np.isnan(opposite_events(stride, events([*rows, (1.8, "right", "foot_strike")]))).all()
    assert np.isnan(opposite_events(stride, None)).all()


def walk(belt=0.0, speed=1.2):
    """Two feet that stand still and swing by turns: strides of 1 s and 1.2 m, steps of 0.5 (left) and 0.7 m, 0.16 m apart."""
    time = np.arange(0, 401) / RATE

    def foot(phase, ahead, lateral):
        place = np.floor((time - phase) / 1.0)
        within = (time - phase) - place
        swing = np.clip((within - 0.6) / 0.4, 0, 1)
        smooth = 10 * swing**3 - 15 * swing**4 + 6 * swing**5
        lift = np.where(swing > 0, 0.05 * np.sin(np.pi * swing) ** 2 * (1 - 0.8 * np.sin(np.pi * swing) ** 4), 0.0)
        x = ahead + speed * (place + smooth)
        return np.stack([x - belt * time, 0.03 + lift, np.full_like(x, lateral)], axis=-1)

    left, right = foot(0.0, 0.0, -0.08), foot(0.5, 0.7, 0.08)
    landmarks = np.stack([np.stack([left, right], 1)] * 2, axis=2)  # heel and toe alike
    kinematics = xr.Dataset(
        {"landmark_position": (("time", "side", "landmark", "axis"), landmarks)},
        coords={"time": time, "side": ["left", "right"], "landmark": ["heel", "toe"], "axis": list("xyz")},
        attrs={"rate_hz": RATE},
    )
    rows = [(k + 0.0, "left", "foot_strike") for k in range(1, 4)] + [(k + 0.6, "left", "foot_off") for k in range(4)]
    rows += [(k + 0.5, "right", "foot_strike") for k in range(4)] + [
        (k + 0.1, "right", "foot_off") for k in range(1, 4)
    ]
    cycles = [Repetition("left", 1, 1.0, 2.0, 1.6), Repetition("right", 1, 1.5, 2.5, 2.1)]
    return step_values(kinematics, cycles, events(rows), SHARE, 0.1)


@pytest.mark.parametrize("belt", [0.0, 1.2, 0.3])
def test_overground_and_on_a_belt_of_any_speed_the_steps_are_the_same(belt):
    found = walk(belt)
    np.testing.assert_allclose(found["stride_length_m"], [1.2, 1.2], atol=1e-9)
    np.testing.assert_allclose(found["step_length_m"], [0.5, 0.7], atol=1e-9)
    np.testing.assert_allclose(found["step_width_m"], [0.16, 0.16], atol=1e-9)
    np.testing.assert_allclose(found["opposite_strike_percent"], [50, 50], atol=1e-9)
    np.testing.assert_allclose(found["opposite_off_percent"], [10, 10], atol=1e-9)
    # the lift is 0.05 (sin^2 - 0.8 sin^6): 0.01 at mid-swing, between two higher points
    np.testing.assert_allclose(found["toe_clearance_m"], [0.01, 0.01], atol=1e-6)


def test_a_toe_without_a_dip_has_no_clearance():
    cycle = Repetition("left", 1, 0.0, 1.0, 0.6)
    time = np.arange(101) / RATE
    swing = np.clip((time - 0.6) / 0.4, 0, 1)
    assert np.isnan(toe_clearance(0.02 + 0.05 * np.sin(np.pi * swing), RATE, cycle, SHARE))
    height = 0.02 + 0.05 * np.sin(2 * np.pi * swing) ** 2
    assert toe_clearance(height, RATE, cycle, SHARE) == pytest.approx(0.0, abs=1e-9)
    height[70] = np.nan
    assert np.isnan(toe_clearance(height, RATE, cycle, SHARE))


def test_without_landmarks_times_are_left():
    kinematics = xr.Dataset(coords={"time": np.arange(300) / RATE}, attrs={"rate_hz": RATE})
    rows = events([(1.1, "right", "foot_off"), (1.5, "right", "foot_strike")])
    found = step_values(kinematics, [Repetition("left", 1, 1.0, 2.0, 1.6)], rows, SHARE, 0.1)
    assert found["opposite_strike_percent"][0] == pytest.approx(50)
    assert np.isnan(found["stride_length_m"]).all() and np.isnan(found["step_width_m"]).all()
