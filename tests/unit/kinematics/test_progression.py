"""Direction of progression on paths known in closed form."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from biomech.errors import TrialError
from biomech.kinematics.progression import parse_windows, progression, seconds_off_course

RATE = 100.0


def pelvis(yaw_deg, n=300):
    """Pelvis facing `yaw` (about y, positive turns x towards -z), tilted forward; obliquity would turn its x axis."""
    yaw = np.broadcast_to(yaw_deg, n)
    return Rotation.from_euler("YXZ", np.stack([yaw, 0 * yaw, 0 * yaw - 12], -1), degrees=True).as_matrix()


def path(velocity, n=300):
    origin = np.arange(n)[:, None] / RATE * np.asarray(velocity)
    return origin + np.stack([0 * origin[:, 0], 0.95 + 0.02 * np.sin(np.arange(n) / 8), 0 * origin[:, 0]], -1)


TIME = np.arange(300) / RATE


def test_walking_follows_the_displacement_not_the_pelvis():
    found = progression(TIME, path([0.6, 0, -0.8]), pelvis(40.0), RATE, "walking", [])
    assert_allclose(found, np.tile([0.6, 0, -0.8], (300, 1)), atol=1e-12)


def test_missing_first_and_last_frames_do_not_matter():
    origin = path([-1.2, 0, 0])
    origin[:40], origin[250:] = np.nan, np.nan
    assert_allclose(progression(TIME, origin, pelvis(180.0), RATE, "walking", []), np.tile([-1.0, 0, 0], (300, 1)))


@pytest.mark.parametrize("task", ["running", "static", "double_leg_squat", "side_cut"])
def test_without_travel_the_pelvis_decides(task):
    drift = path([0.01, 0, 0.02])
    yaw = 30 + 5 * np.sin(2 * np.pi * TIME)
    found = progression(TIME, drift, pelvis(yaw), RATE, task, [])
    expected = [np.cos(np.radians(30)), 0, -np.sin(np.radians(30))]
    assert_allclose(found, np.tile(expected, (300, 1)), atol=1e-9)


def test_a_slow_drift_over_a_long_treadmill_run_is_no_travel():
    time = np.arange(3000) / RATE
    origin = np.stack([0 * time, 0 * time + 1, 0.03 * time], -1)
    found = progression(time, origin, pelvis(0.0, 3000), RATE, "running", [])
    assert_allclose(found[0], [1, 0, 0], atol=1e-9)


def test_windows_are_constant_directions_and_auto_finds_its_own():
    origin = np.concatenate([path([1.0, 0, 0], 100), path([0, 0, -1.0], 200) + np.array([1.0, 0, 0])])
    windows = parse_windows("0-1:+x 1-3:auto")
    found = progression(TIME, origin, pelvis(0.0), RATE, "walking", windows)
    assert_allclose(found[:100], np.tile([1.0, 0, 0], (100, 1)))
    assert_allclose(found[100:], np.tile([0, 0, -1.0], (200, 1)), atol=1e-12)


def test_outside_the_windows_there_is_no_direction():
    found = progression(TIME, path([1.0, 0, 0]), pelvis(0.0), RATE, "walking", parse_windows("1-2:-z"))
    known = np.isfinite(found).all(-1)
    # the end of the last window belongs to it
    assert known.tolist() == ((TIME >= 1) & (TIME <= 2)).tolist()
    assert_allclose(found[known], np.tile([0, 0, -1.0], (101, 1)))


def test_a_pelvis_never_seen_gives_no_direction():
    nothing = np.full((300, 3, 3), np.nan)
    assert np.isnan(progression(TIME, nothing[..., 0], nothing, RATE, "walking", [])).all()


def test_windows_are_sorted_and_read_in_lab_axes():
    windows = parse_windows("1.5-3:-z 0-1.5:+X")
    assert [w.start for w in windows] == [0, 1.5]
    assert windows[0].direction == (1, 0, 0)
    assert windows[1].direction == (0, 0, -1)
    assert parse_windows("") == []


@pytest.mark.parametrize("text", ["0-1", "1-0:+x", "0-2:+y", "0-2:+x 1-3:-x", "a-b:+x"])
def test_bad_windows_say_what_was_expected(text):
    with pytest.raises(TrialError, match="expected windows such as") as caught:
        parse_windows(text)
    assert caught.value.code == "bad_progression"


def test_seconds_off_course_of_a_turn():
    # faces +x for 1 s, then turns steadily to 90 degrees over 2 s: beyond 30 degrees for 2 s * 60 / 90
    yaw = np.concatenate([np.zeros(100), np.linspace(0, 90, 200)])
    direction = np.tile([1.0, 0, 0], (300, 1))
    assert seconds_off_course(pelvis(yaw), direction, RATE, 30.0) == pytest.approx(2 * 60 / 90, abs=0.02)
