import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import Cycles
from biomech.config.detection import Detection
from biomech.events.events import (
    c3d_events,
    empty_events,
    event_table,
    force_events,
    kinematic_bias,
    kinematic_events,
    merge_events,
    shifted,
    trial_events,
)
from biomech.events.trajectories import Motion, landing_events, local_maxima, running_events, walking_events

RATE = 100.0


def walker(direction=(1.0, 0.0, 0.0), speed=1.3, n=600, stride=1.1, phase=0.0, treadmill=False):
    """Heel and toe swing as a sine about a travelling pelvis: strikes and offs are the sine's extremes, known exactly."""
    t = np.arange(n) / RATE
    d = np.asarray(direction)
    pelvis = (0.0 if treadmill else speed) * t[:, None] * d + [0.0, 0.95, 0.0]
    swing = np.sin(2 * np.pi * (t - phase) / stride)
    lag = np.sin(2 * np.pi * (t - phase + 0.08) / stride)
    heel = pelvis + (0.35 * swing)[:, None] * d - [0.0, 0.9, 0.0]
    toe = pelvis + (0.1 + 0.35 * lag)[:, None] * d - [0.0, 0.9, 0.0]
    strikes = phase + stride * (0.25 + np.arange(-2, 8))
    offs = phase - 0.08 + stride * (0.75 + np.arange(-2, 8))
    inside = lambda x: x[(x > 0.02) & (x < t[-1] - 0.02)]  # noqa: E731
    motion = Motion(heel, toe, pelvis, np.tile(d, (n, 1)), np.zeros(n), RATE)
    return motion, inside(strikes), inside(offs)


@pytest.mark.parametrize("direction", [(1.0, 0, 0), (-1.0, 0, 0), (0, 0, 1.0), (0.6, 0, -0.8)])
@pytest.mark.parametrize("treadmill", [False, True])
def test_heel_farthest_ahead_and_toe_farthest_behind(direction, treadmill):
    motion, strikes, offs = walker(direction, phase=0.237, treadmill=treadmill)
    found = walking_events(motion, Cycles())
    for mine, truth in zip(found, (strikes, offs), strict=True):
        assert len(mine) == len(truth)
        np.testing.assert_allclose(mine, truth, atol=2e-4)  # parabola through a sine: far below a frame of 10 ms


def test_a_gap_takes_only_the_event_inside_it():
    motion, strikes, _ = walker()
    motion.heel[int(strikes[2] * RATE) - 3 : int(strikes[2] * RATE) + 4] = np.nan
    np.testing.assert_allclose(walking_events(motion, Cycles())[0], np.delete(strikes, 2), atol=2e-4)


def test_windows_of_a_turn_are_taken_one_by_one():
    first, strikes, _ = walker((1.0, 0, 0), n=300)
    second, later, _ = walker((0, 0, -1.0), n=300, phase=0.1)
    both = Motion(
        *(
            np.concatenate([getattr(first, name), getattr(second, name)])
            for name in ("heel", "toe", "pelvis", "progression", "knee_flexion")
        ),
        RATE,
    )
    np.testing.assert_allclose(walking_events(both, Cycles())[0], np.concatenate([strikes, later + 3.0]), atol=2e-4)


def test_peaks_fall_between_frames_and_never_on_an_edge():
    t = np.arange(200) / RATE
    np.testing.assert_allclose(
        local_maxima(1 - 9 * (t - 0.7537) ** 2, RATE, prominence=0.1, distance_s=0.1), [0.7537], atol=1e-9
    )
    assert local_maxima(t, RATE, prominence=0.01, distance_s=0.1).size == 0
    assert local_maxima(np.full(20, np.nan), RATE, prominence=0.01, distance_s=0.1).size == 0


def test_running_strikes_belong_to_the_lower_foot():
    """Pelvis height and feet as sines: it falls fastest every half stride, one foot up while the other is down."""
    t = np.arange(450) / 150.0
    stride = 0.7
    pelvis = np.stack([0 * t, 0.9 + 0.05 * np.cos(2 * np.pi * t / (stride / 2)), 0 * t], axis=-1)
    falls = stride / 2 * (0.25 + np.arange(10))
    height = {"left": 0.1 + 0.1 * np.sin(2 * np.pi * t / stride), "right": 0.1 - 0.1 * np.sin(2 * np.pi * t / stride)}
    flexion = 25 - 20 * np.cos(2 * np.pi * (t - 0.3) / stride)  # straightest at 0.3 s of every stride
    got = {}
    for side, other in (("left", "right"), ("right", "left")):
        point = np.stack([0 * t, height[side], 0 * t], axis=-1)
        motion = Motion(point, point, pelvis, np.tile([1.0, 0, 0], (450, 1)), flexion, 150.0)
        got[side] = running_events(motion, height[other], Cycles())
    even, odd = falls[::2], falls[1::2]  # at the even ones the left foot is up
    np.testing.assert_allclose(got["right"][0], even[even < t[-1]] - 0.02, atol=1e-3)
    np.testing.assert_allclose(got["left"][0], odd[odd < t[-1]] - 0.02, atol=1e-3)
    straight = 0.3 + stride * np.arange(5)
    for off in got["right"][1]:
        assert np.abs(straight - off).min() < 1e-3


def test_a_falling_foot_lands_where_it_is_stopped():
    t = np.arange(200) / 200.0
    drop = 0.3 - 0.5 * 9.81 * np.clip(t - 0.2, 0, None) ** 2
    ground = 0.2 + np.sqrt(2 * 0.25 / 9.81)
    foot = np.maximum(drop, 0.05)
    point = np.stack([0 * t, foot, 0 * t], axis=-1)
    motion = Motion(
        point, point, point + np.array([0, 1, 0]), np.tile([1.0, 0, 0], (200, 1)), np.full(200, np.nan), 200.0
    )
    strikes, offs = landing_events(motion, Cycles().detection)
    np.testing.assert_allclose(strikes, [ground], atol=1 / 200)
    assert offs.size == 0


def contacts(rows):
    start, end, foot, valid = zip(*rows, strict=True)
    return xr.Dataset(
        {
            "contact_start": ("plate_contact", np.array(start, float)),
            "contact_end": ("plate_contact", np.array(end, float)),
            "contact_foot": ("plate_contact", np.array(foot)),
            "contact_valid": ("plate_contact", np.array(valid)),
        }
    )


def test_force_events_leave_out_invalid_and_cut_contacts_and_join_plates():
    table = force_events(
        contacts(
            [
                (0.0, 0.4, "left", True),  # begins with the recording
                (0.5, 1.1, "right", True),
                (1.0, 1.3, "right", True),  # same foot, next plate
                (1.4, 2.0, "left", False),
                (1.5, 2.1, "none", True),
                (2.2, 2.999, "left", True),  # ends with the recording
            ]
        ),
        last_time=2.99,
        rate_hz=RATE,
        merge_s=0.08,
    )
    rows = [tuple(row) for row in table[["time", "name", "side"]].to_numpy()]
    assert rows == [
        (0.4, "foot_off", "left"),
        (0.5, "foot_strike", "right"),
        (1.3, "foot_off", "right"),
        (2.2, "foot_strike", "left"),
    ]
    assert set(table["source"]) == {"force"}
    assert force_events(xr.Dataset(), 1.0, RATE, 0.08).empty


def test_trusted_events_win_and_others_fill():
    force = event_table([1.0, 2.1], "foot_strike", "left", "force")
    c3d = event_table([0.95, 3.2], "foot_strike", "left", "c3d")
    kinematic = pd.concat(
        [
            event_table([1.05, 2.02, 3.5, 4.3], "foot_strike", "left", "kinematic"),
            event_table([1.02], "foot_strike", "right", "kinematic"),
        ]
    )
    merged = merge_events([force, c3d, kinematic], 0.08, 0.4)
    left = merged[merged["side"] == "left"]
    assert left[["time", "source"]].to_numpy().tolist() == [
        [1.0, "force"],
        [2.1, "force"],
        [3.2, "c3d"],
        [4.3, "kinematic"],
    ]
    assert merged[merged["side"] == "right"]["time"].tolist() == [1.02]
    assert merge_events([empty_events()], 0.08).empty


def test_a_source_that_doubles_its_own_events_counts_once():
    assert merge_events([event_table([1.0, 1.01, 2.0], "foot_off", "left", "c3d")], 0.08)["time"].tolist() == [1.0, 2.0]


def test_c3d_events_need_a_side_and_a_known_name():
    raw = xr.Dataset(
        {
            "event_time": ("event", [0.5, 0.6, 0.7]),
            "event_name": ("event", ["foot_strike", "foot_off", "jump"]),
            "event_side": ("event", ["left", "general", "right"]),
        }
    )
    assert c3d_events(raw)[["time", "name", "side", "source"]].to_numpy().tolist() == [
        [0.5, "foot_strike", "left", "c3d"]
    ]
    assert c3d_events(xr.Dataset()).empty


def kinematics(motions):
    n = len(motions["left"].pelvis)
    both = lambda name: np.stack([getattr(motions[s], name) for s in ("left", "right")], axis=1)  # noqa: E731
    return xr.Dataset(
        {
            "landmark_position": (
                ("time", "side", "landmark", "axis"),
                np.stack([both("heel"), both("toe")], axis=2),
            ),
            "origin": (("time", "side", "segment", "axis"), both("pelvis")[:, :, None]),
            "progression": (("time", "axis"), motions["left"].progression),
            "angle": (("time", "side", "quantity"), both("knee_flexion")[:, :, None]),
        },
        coords={
            "time": np.arange(n) / RATE,
            "side": ["left", "right"],
            "landmark": ["heel", "toe"],
            "segment": ["pelvis"],
            "axis": list("xyz"),
            "quantity": ["knee_flexion"],
        },
        attrs={"rate_hz": RATE},
    )


def test_sources_follow_the_order_of_the_config():
    left, strikes, _ = walker()
    right, _, _ = walker(phase=0.55)
    data = kinematics({"left": left, "right": right})
    plate = contacts([(strikes[1] - 0.03, strikes[1] + 0.6, "left", True)])
    table = merge_events(list(trial_events(None, data, plate, "walking", Cycles()).values()), 0.08, 0.4)
    mine = table[(table["side"] == "left") & (table["name"] == "foot_strike")]
    expected = strikes.copy()
    expected[1] -= 0.03
    np.testing.assert_allclose(mine["time"], expected, atol=2e-4)
    assert mine["source"].tolist() == ["kinematic", "force"] + ["kinematic"] * (len(strikes) - 2)
    only = trial_events(None, data, plate, "walking", Cycles(event_sources=["force"]))
    assert list(only) == ["force"] and len(only["force"]) == 2
    assert kinematic_events(data, "double_leg_squat", RATE, Cycles()).empty


def test_kinematic_events_take_the_median_lead_of_those_that_force_saw_too():
    trials = []
    for lead in (0.04, 0.05, 0.03):
        strikes = np.array([1.0, 2.0, 3.0])
        trials.append(
            {
                "force": event_table(strikes[:1], "foot_strike", "left", "force"),
                "kinematic": pd.concat(
                    [
                        event_table(strikes - lead, "foot_strike", "left", "kinematic"),
                        event_table(strikes + 0.02, "foot_strike", "right", "kinematic"),
                        event_table(strikes + 0.6, "foot_off", "left", "kinematic"),
                    ],
                    ignore_index=True,
                ),
            }
        )
    bias = kinematic_bias(trials, Detection())
    assert bias == {"foot_strike": pytest.approx(-0.04)}
    moved = shifted(trials[0], bias)
    left = moved["kinematic"].query("side == 'left' and name == 'foot_strike'")["time"]
    np.testing.assert_allclose(left, [1.0, 2.0, 3.0])
    assert moved["kinematic"].query("name == 'foot_off'")["time"].tolist() == [1.6, 2.6, 3.6]
    assert moved["force"] is trials[0]["force"] and kinematic_bias(trials[:1], Detection()) == {}
    assert kinematic_bias(trials, Detection(pair_max_s=0.035)) == {}, "one pair is nearer than that"
    assert kinematic_bias(trials, Detection(pair_max_s=0.035, pairs_min=1)) == {"foot_strike": pytest.approx(-0.03)}


def test_a_turn_without_a_declared_direction_follows_the_pelvis():
    """The same gait on a quarter circle: along one fixed direction the last swings would be lost."""
    straight, strikes, offs = walker(n=600)
    yaw = np.pi / 2 * np.arange(600) / 600
    forward = np.stack([np.cos(yaw), 0 * yaw, np.sin(yaw)], axis=-1)
    turn = lambda v: (v[:, :1]) * forward + v[:, 1:2] * [0, 1, 0]  # noqa: E731
    pelvis = straight.pelvis
    fixed = np.tile([1.0, 0, 0], (600, 1))
    motion = Motion(
        pelvis + turn(straight.heel - pelvis),
        pelvis + turn(straight.toe - pelvis),
        pelvis,
        fixed,
        np.zeros(600),
        RATE,
        forward,
    )
    found = walking_events(motion, Cycles())
    np.testing.assert_allclose(found[0], strikes, atol=0.01)
    np.testing.assert_allclose(found[1], offs, atol=0.01)
