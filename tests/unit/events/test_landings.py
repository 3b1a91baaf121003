"""Which landing is the first one, cuts whose path turns by a known angle, and the rules of one and two feet."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import Cycles
from biomech.config.detection import Detection
from biomech.events.events import event_table
from biomech.events.landings import after_flight, cut_contact, landings
from biomech.events.trajectories import turns
from tests.moves import SIDES, bump, cycles_of, recorded

RATE = 200.0
TIME = np.arange(round(4 * RATE)) / RATE


def events(*rows):
    return pd.concat(
        [event_table([time], name, side, source) for time, name, side, source in rows], ignore_index=True
    ).sort_values("time", ignore_index=True)


def jump(rows, *, loaded=(), take_off=True):
    flexion = 15.0 + 70.0 * bump(TIME, 1.3, 0.6) + 70.0 * bump(TIME, 2.3, 0.6)
    return landings(
        events(*rows),
        dict.fromkeys(SIDES, flexion),
        np.ones(len(TIME)),
        RATE,
        SIDES,
        Cycles(),
        take_off=take_off,
        bilateral=True,
        loaded=loaded,
    )


FIRST = [(1.0, "foot_strike", "right", "force"), (1.6, "foot_off", "right", "force")]
SECOND = [(2.0, "foot_strike", "left", "force"), (2.0, "foot_strike", "right", "force")]
ESTIMATES = [(1.01, "foot_strike", "left", "kinematic"), (1.58, "foot_off", "left", "kinematic")]


def test_a_foot_without_plate_in_the_first_landing_does_not_take_the_second():
    found = jump([*FIRST, *SECOND, *ESTIMATES])
    assert [(c.side, c.rep, c.start, c.end, c.source) for c in found.cycles] == [
        ("right", 1, 1.0, 1.6, "force"),
        ("left", 1, 1.01, 1.58, "kinematic"),
    ]
    assert [c.side for c in jump([*FIRST, *SECOND]).cycles] == ["right"]


def test_a_first_landing_on_one_plate_is_known_by_that_plate():
    estimates = [(time, name, side, "kinematic") for time, name, side, _ in [*FIRST, *ESTIMATES]]
    found = jump([*SECOND, *estimates], loaded=[1.0, 2.0])
    assert [(c.side, c.start, c.source) for c in found.cycles] == [
        ("right", 1.0, "kinematic"),
        ("left", 1.01, "kinematic"),
    ]
    assert not jump(SECOND, loaded=[1.0, 2.0]).cycles


def test_only_one_foot_of_two_is_reported():
    knee = dict.fromkeys(SIDES, 15.0 + 70.0 * bump(TIME, 1.3, 0.6))
    still = {side: np.zeros((len(TIME), 3)) for side in SIDES}
    motion = recorded(RATE, still, np.tile([0.0, 0.9, 0.0], (len(TIME), 1)), knee=knee)
    data, reported = cycles_of(
        "double_leg_drop_landing", {"drop": motion}, kinetics={"drop": plates([(1.0, 2.5, "left")])}
    )
    assert data["side"].values.tolist() == ["left"]
    assert "no landing of the right foot" in reported["one_foot_only"][0]


def plates(contacts):
    start, end, foot = zip(*contacts, strict=True)
    contact = np.zeros((len(TIME), 2))
    for a, b, side in contacts:
        contact[(a <= TIME) & (b >= TIME), SIDES.index(side)] = 1
    return xr.Dataset(
        {
            "contact": (("time", "side"), contact),
            "contact_start": ("plate_contact", np.array(start, float)),
            "contact_end": ("plate_contact", np.array(end, float)),
            "contact_plate_number": ("plate_contact", np.arange(1, len(start) + 1)),
            "contact_foot": ("plate_contact", np.array(foot)),
            "contact_valid": ("plate_contact", np.ones(len(start), bool)),
            "contact_reason": ("plate_contact", np.array([""] * len(start))),
        },
        coords={"time": TIME, "side": list(SIDES)},
    )


@pytest.mark.parametrize(("other", "expected"), [((1.2, 1.25), False), ((1.15, 1.4), True)])
def test_a_landing_on_one_leg_says_if_the_other_foot_stood(other, expected):
    knee = dict.fromkeys(SIDES, 15.0 + 50.0 * bump(TIME, 1.3, 0.6))
    still = {side: np.zeros((len(TIME), 3)) for side in SIDES}
    motion = recorded(RATE, still, np.tile([0.0, 0.9, 0.0], (len(TIME), 1)), knee=knee)
    kinetics = plates([(1.0, 2.5, "left"), (*other, "right")])
    data, reported = cycles_of("single_leg_drop_landing", {"drop": motion}, side="left", kinetics={"drop": kinetics})
    assert data["side"].values.tolist() == ["left"] and ("other_foot_down" in reported) == expected


def cut(angle_deg, speed=3.0, contact=(1.5, 1.75)):
    """Path of a pelvis that runs along +X, turns to the left by an angle at an even rate during the contact, and runs on."""
    heading = np.radians(angle_deg) * np.clip((TIME - contact[0]) / (contact[1] - contact[0]), 0, 1)
    velocity = speed * np.stack([np.cos(heading), 0 * TIME, -np.sin(heading)], axis=-1)  # left is -Z
    return np.cumsum(velocity, axis=0) / RATE + [0.0, 0.9, 0.0]


@pytest.mark.parametrize("angle", [-60.0, -5.0, 45.0, 120.0])
def test_turns_to_the_left_are_positive(angle):
    found = turns(cut(angle), RATE, [(1.5, 1.75)], Detection())
    # each bound's direction is a mean over ± 50 ms, half of it turning at angle/250 ms: 12.5 ms x rate is lost at each
    lost = 2 * 0.0125 / 0.25
    assert found[0] == pytest.approx(angle * (1 - lost), abs=abs(angle) * 0.02)
    assert np.isnan(turns(np.full((100, 3), np.nan), RATE, [(0.1, 0.3)], Detection())[0])


@pytest.mark.parametrize(
    ("side", "angle", "expected"), [("right", 45.0, False), ("left", -45.0, False), ("left", 45.0, True)]
)
def test_a_cut_leads_away_from_the_foot_that_makes_it(side, angle, expected):
    knee = dict.fromkeys(SIDES, 20.0 + 35.0 * bump(TIME, 1.6, 0.3))
    still = {s: np.zeros((len(TIME), 3)) for s in SIDES}
    motion = recorded(RATE, still, cut(angle), knee=knee)
    data, reported = cycles_of("side_cut", {"cut": motion}, side=side, kinetics={"cut": plates([(1.5, 1.75, side)])})
    np.testing.assert_allclose([data["start"][0], data["end"][0]], [1.5, 1.75])
    assert float(data["cut_angle_deg"][0]) == pytest.approx(40.5 * (-1 if expected else 1), abs=1.0)
    assert ("no_cut" in reported) == expected and float(data["foot_off_percent"][0]) == 100.0


@pytest.mark.parametrize(("stride_s", "expected"), [(0.7, False), (1.0, True)])
def test_running_with_the_cadence_of_walking_is_reported(stride_s, expected):
    pelvis = np.stack([3 * TIME, 0.9 + 0.05 * np.cos(4 * np.pi * TIME / stride_s), 0 * TIME], axis=-1)
    feet, knee = {}, {}
    for k, side in enumerate(SIDES):
        phase = 2 * np.pi * (TIME / stride_s + k / 2)
        feet[side] = np.stack([3 * TIME + 0.4 * np.cos(phase), 0.15 + 0.12 * np.sin(phase), 0 * TIME], axis=-1)
        knee[side] = 30 - 20 * np.cos(phase - 2.0)
    data, reported = cycles_of("running", {"run": recorded(RATE, feet, pelvis, knee=knee)})
    assert data.sizes["cycle"] >= 4
    np.testing.assert_allclose(data["end"] - data["start"], stride_s, atol=1e-3)
    assert ("implausible_cadence" in reported) == expected
    assert not expected or f"found {120 / stride_s:.0f}" in reported["implausible_cadence"][0]


def test_steps_on_the_way_to_the_box_are_no_landing():
    """Two steps over the plates, the other foot on the ground; then 0.25 s in the air and both feet come down."""
    rows = [(0.2, "foot_strike", "left", "force"), (0.7, "foot_strike", "right", "force"), *FIRST]
    rows += [(1.01, "foot_strike", "left", "force"), (1.59, "foot_off", "left", "force")]
    rows += [(0.8, "foot_off", "left", "force"), (0.75, "foot_off", "right", "force")]
    contact = np.ones((len(TIME), 2))
    contact[(TIME >= 0.75) & (TIME < 1.0)] = 0
    kept, loaded, notes = after_flight(events(*rows), contact, RATE, Cycles(), [0.2, 0.7, 1.0])
    strikes = kept[kept["name"] == "foot_strike"]
    assert strikes["time"].tolist() == [1.0, 1.01] and loaded == [1.0] and not notes
    assert [c.start for c in jump([tuple(row) for row in kept.to_numpy()], loaded=loaded).cycles] == [1.0, 1.01]
    never, loaded, notes = after_flight(events(*rows), np.ones((len(TIME), 2)), RATE, Cycles(), [0.2])
    assert len(never) == len(rows) and loaded == [0.2] and [n.code for n in notes] == ["no_flight"]
    unknown, _, notes = after_flight(events(*rows), np.full((len(TIME), 2), np.nan), RATE, Cycles())
    assert len(unknown) == len(rows) and not notes


@pytest.mark.parametrize("named", [("right",), SIDES])
def test_the_cut_is_the_contact_that_turns_and_not_a_step_before_it(named):
    rows = []
    for side, start, off in (("right", 0.9, 1.1), ("left", 1.2, 1.4), ("right", 1.5, 1.75), ("left", 1.85, 2.05)):
        rows += [(start, "foot_strike", side, "force"), (off, "foot_off", side, "force")]
    table = events(*rows)
    assert cut_contact(table, cut(45.0), RATE, named, Cycles()) == ("right", 1.5)
    assert cut_contact(table, np.full((len(TIME), 3), np.nan), RATE, named, Cycles()) is None
    knee = dict.fromkeys(SIDES, 20.0 + 35.0 * bump(TIME, 1.6, 0.3))
    still = {s: np.zeros((len(TIME), 3)) for s in SIDES}
    kinetics = plates([(0.9, 1.1, "right"), (1.2, 1.4, "left"), (1.5, 1.75, "right"), (1.85, 2.05, "left")])
    data, reported = cycles_of(
        "side_cut",
        {"cut": recorded(RATE, still, cut(45.0), knee=knee)},
        side="right" if len(named) == 1 else "both",
        kinetics={"cut": kinetics},
    )
    assert list(zip(data["side"].values, data["rep"].values, data["start"].values, strict=True)) == [("right", 1, 1.5)]
    assert not reported
