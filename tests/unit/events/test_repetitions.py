import numpy as np
import pandas as pd
import pytest

from biomech.config import Cycles
from biomech.config.detection import Detection
from biomech.events.events import event_table
from biomech.events.landings import landings, lowest_point
from biomech.events.repetitions import strides
from biomech.events.squats import squats
from biomech.events.stance import steady_window

RATE = 100.0
SETTINGS = Cycles()


def gait(strikes, offs, side="left", source="force"):
    return pd.concat(
        [event_table(strikes, "foot_strike", side, source), event_table(offs, "foot_off", side, source)],
        ignore_index=True,
    )


def test_strides_run_from_strike_to_strike_of_one_side():
    events = pd.concat(
        [gait([0.5, 1.6, 2.7], [1.2, 2.3]), gait([1.05, 2.15], [0.65, 1.7], "right", "kinematic")], ignore_index=True
    )
    events.loc[events["time"] == 2.3, "source"] = "kinematic"
    found = strides(events, ("left", "right"), SETTINGS)
    assert [(c.side, c.rep, c.start, c.end, c.foot_off, c.source) for c in found.cycles] == [
        ("left", 1, 0.5, 1.6, 1.2, "force"),
        ("left", 2, 1.6, 2.7, 2.3, "force+kinematic"),
        ("right", 1, 1.05, 2.15, 1.7, "kinematic"),
    ]
    assert not found.notes
    assert [c.side for c in strides(events, ("right",), SETTINGS).cycles] == ["right"]


def test_implausible_strides_are_named_and_a_missing_foot_off_is_missing():
    found = strides(gait([0.5, 1.6, 6.0, 6.2], [1.2]), ("left",), SETTINGS)
    assert [(c.start, c.end) for c in found.cycles] == [(0.5, 1.6)]
    assert [n.code for n in found.notes] == ["implausible_stride"] * 2
    found = strides(gait([0.5, 1.6], [0.55]), ("left",), SETTINGS)  # 4.5 % of the stride: no foot off
    assert np.isnan(found.cycles[0].foot_off) and found.notes[0].code == "no_foot_off"


def test_two_foot_offs_between_strikes_mean_a_missing_strike():
    found = strides(gait([0.5, 2.7, 3.8], [1.2, 2.3, 3.4]), ("left",), SETTINGS)
    assert [(c.start, c.rep) for c in found.cycles] == [(2.7, 1)] and found.notes[0].code == "missing_foot_strike"


def knee(bumps, standing=8.0, seconds=20.0):
    """Flexion that rises from standing as (1 - cos) bumps of given centre, duration and depth."""
    t = np.arange(int(seconds * RATE)) / RATE
    y = np.full(len(t), standing)
    for centre, duration, depth in bumps:
        inside = np.abs(t - centre) < duration / 2
        y[inside] += (depth - standing) * (1 + np.cos(2 * np.pi * (t[inside] - centre) / duration)) / 2
    return y


def test_squats_start_and_end_ten_degrees_above_standing():
    found = squats(knee([(4.0, 3.0, 90.0), (9.0, 3.0, 70.0)]), RATE, ("left", "right"), SETTINGS)
    assert [(c.side, c.rep) for c in found.cycles] == [("left", 1), ("right", 1), ("left", 2), ("right", 2)]
    for cycle, (centre, depth) in zip(found.cycles[::2], [(4.0, 90.0), (9.0, 70.0)], strict=True):
        half = 3.0 / (2 * np.pi) * np.arccos(2 * 10.0 / (depth - 8.0) - 1)  # (1 + cos x)/2 = 10/(depth - 8)
        # the 3 Hz filter moves a 0.33 Hz curve by less than a frame
        np.testing.assert_allclose(
            [cycle.start, cycle.bottom, cycle.end], [centre - half, centre, centre + half], atol=0.01
        )
        assert np.isnan(cycle.foot_off)
    assert found.cycles[0].start == found.cycles[1].start


@pytest.mark.parametrize(
    ("bumps", "reason"),
    [
        ([(5.0, 3.0, 35.0)], "40 degrees"),
        ([(0.5, 3.0, 90.0)], "beginning"),
        ([(19.5, 3.0, 90.0)], "end"),
        ([(5.0, 0.6, 90.0)], "0.5 s"),
        ([(5.0, 3.0, 90.0), (7.0, 3.0, 90.0)], "2 bottoms"),
    ],
)
def test_incomplete_squats_are_rejected_with_the_reason(bumps, reason):
    found = squats(knee([(12.0, 3.0, 80.0), *bumps]), RATE, ("left",), SETTINGS)
    assert len(found.cycles) == 1 and abs(found.cycles[0].bottom - 12.0) < 0.02
    assert [n.code for n in found.notes] == ["incomplete_repetition"] and reason in found.notes[0].message


def test_a_gap_in_a_squat_rejects_it_and_fidgeting_is_nothing():
    y = knee([(4.0, 3.0, 80.0), (9.0, 3.0, 80.0), (14.0, 2.0, 24.0)])
    y[410:420] = np.nan
    found = squats(y, RATE, ("left",), SETTINGS)
    assert [round(c.bottom, 1) for c in found.cycles] == [9.0]
    assert {n.code for n in found.notes} == {"incomplete_repetition"}
    assert squats(np.full(300, np.nan), RATE, ("left",), SETTINGS).notes[0].code == "no_knee_flexion"


def landing_knee(contact, bottom, end=10.0, deep=80.0):
    t = np.arange(int(end * RATE)) / RATE
    y = np.full(len(t), 20.0)
    down = (t >= contact) & (t < bottom)
    y[down] = 20 + (deep - 20) * np.sin(np.pi / 2 * (t[down] - contact) / (bottom - contact))
    y[t >= bottom] = 20 + (deep - 20) * np.exp(-(t[t >= bottom] - bottom))
    return y


def test_a_landing_ends_at_its_lowest_point():
    events = pd.concat([gait([1.0, 4.0], [3.2], "left"), gait([1.02], [3.3], "right")], ignore_index=True)
    flexion = {"left": landing_knee(1.0, 1.3), "right": landing_knee(1.02, 1.35)}
    found = landings(events, flexion, np.ones(1000), RATE, ("left", "right"), SETTINGS, take_off=False, bilateral=True)
    assert [(c.side, c.rep, c.start, c.end) for c in found.cycles] == [
        ("left", 1, 1.0, pytest.approx(1.3, abs=0.01)),
        ("right", 1, 1.02, pytest.approx(1.35, abs=0.01)),
    ]
    assert all(np.isnan(c.foot_off) and c.bottom == c.end for c in found.cycles)


def test_a_jump_ends_at_take_off_and_later_landings_count_only_if_asked():
    events = pd.concat([gait([1.0, 2.5], [1.6], "left"), gait([1.02, 2.51], [1.61], "right")], ignore_index=True)
    flexion = {"left": landing_knee(1.0, 1.3), "right": landing_knee(1.02, 1.35)}
    kwargs = {"take_off": True, "bilateral": True}
    found = landings(events, flexion, np.ones(1000), RATE, ("left", "right"), SETTINGS, **kwargs)
    assert [(c.side, c.rep, c.start, c.end, c.foot_off) for c in found.cycles] == [
        ("left", 1, 1.0, 1.6, 1.6),
        ("right", 1, 1.02, 1.61, 1.61),
    ]
    np.testing.assert_allclose([c.bottom for c in found.cycles], [1.3, 1.35], atol=0.01)
    every = landings(
        events, flexion, np.ones(1000), RATE, ("left", "right"), Cycles(first_landing_only=False), **kwargs
    )
    assert [(c.side, c.rep) for c in every.cycles] == [("left", 1), ("right", 1)]
    assert [n.code for n in every.notes] == ["second_landing"] * 2  # 0.9 s after take-off
    events["time"] = events["time"].replace({2.5: 4.5, 2.51: 4.51})  # another jump from the box
    again = landings(
        events, flexion, np.ones(1000), RATE, ("left", "right"), Cycles(first_landing_only=False), **kwargs
    )
    assert [(c.side, c.rep) for c in again.cycles] == [("left", 1), ("right", 1)]  # these knees never bend again
    assert {n.code for n in again.notes} == {"no_take_off", "no_lowest_point"}


def test_contacts_of_a_side_come_from_one_source():
    """A kinematic estimate before the plate contact is a step off the box, no landing."""
    events = pd.concat([gait([1.0], [], "left"), gait([0.4], [], "left", "kinematic")], ignore_index=True)
    found = landings(
        events,
        {"left": landing_knee(1.0, 1.3)},
        np.ones(1000),
        RATE,
        ("left",),
        SETTINGS,
        take_off=False,
        bilateral=False,
    )
    assert [c.start for c in found.cycles] == [1.0]


def test_a_one_leg_landing_without_a_side_is_the_leg_on_the_plate():
    events = pd.concat([gait([1.0], [], "right"), gait([0.6], [], "left", "kinematic")], ignore_index=True)
    flexion = {"left": landing_knee(0.6, 0.9), "right": landing_knee(1.0, 1.3)}
    found = landings(events, flexion, np.ones(1000), RATE, ("left", "right"), SETTINGS, take_off=False, bilateral=False)
    assert [c.side for c in found.cycles] == ["right"]


def test_the_pelvis_stands_in_for_a_missing_knee():
    t = np.arange(300) / RATE
    height = 1.0 - 0.2 * np.sin(np.pi * np.clip(t - 1.0, 0, 1.0))
    assert lowest_point(np.full(300, np.nan), height, RATE, 1.0, 2.5, Detection()) == pytest.approx(1.5, abs=0.01)
    assert np.isnan(lowest_point(np.full(300, np.nan), np.full(300, np.nan), RATE, 1.0, 2.5, Detection()))


def test_the_steady_window_is_the_longest_calm_stretch_on_one_leg():
    t = np.arange(1500) / RATE
    other = np.where((t > 2) & (t < 12), 0.3, 0.08)
    pelvis = np.stack([0.2 * np.exp(-(((t - 6.0) / 0.15) ** 2)), 0 * t + 0.9, 0 * t], axis=-1)  # a lurch at 6 s
    found = steady_window({"left": np.full(1500, 0.08), "right": other}, pelvis, RATE, ("left",), SETTINGS)
    cycle = found.cycles[0]
    # speed 0.4/0.15^2 x exp(-(x/0.15)^2) of the lurch falls below 0.1 m/s at 0.33 s, the filter spreads it
    assert cycle.side == "left" and 6.25 < cycle.start < 6.6 and cycle.end == pytest.approx(11.99, abs=0.011)
    short = steady_window({"left": other * 0, "right": other * 0}, pelvis, RATE, ("left",), SETTINGS)
    assert not short.cycles and short.notes[0].code == "no_steady_window"
