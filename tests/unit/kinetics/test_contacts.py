"""Contact intervals and plate-to-foot assignment on constructed cases."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.config import Contacts
from biomech.errors import TrialError
from biomech.io import sheets
from biomech.kinetics.contacts import (
    REASONS,
    Contact,
    Interval,
    ManualContact,
    assign_contacts,
    contact_intervals,
    parse_contacts,
    stance_state,
)
from biomech.kinetics.feet import FootMotion
from biomech.kinetics.plate_checks import without_missing

RATE, N = 100.0, 200
TIME = np.arange(N) / RATE
OPTIONS = Contacts()


def plate(x, z, length=0.6, width=0.4):
    return np.array([[x, 0, z], [x + length, 0, z], [x + length, 0, z + width], [x, 0, z + width]])


def foot(x, z, lift=0.0, speed=0.0):
    """A foot 0.2 m long pointing forward with its heel at (x, z); each argument a number or one per frame."""
    x, z, lift, speed = (np.broadcast_to(np.asarray(v, float), (N,)) for v in (x, z, lift, speed))
    sole = np.stack([np.stack([x + dx, lift, z], -1) for dx in (0.0, 0.2)], axis=1)
    both = np.ones((N, 2))
    ankle = np.stack([x + 0.06, 0.08 + lift, z], axis=-1)
    return FootMotion(sole, ankle, lift[:, None] * both, speed[:, None] * both)


def away():
    return foot(-2.0, 0.0, lift=0.2, speed=3.0)


def assign(feet, plates=None, intervals=((0, 0.5, 1.0),), manual="", cop=None):
    plates = np.array([plate(0, 0)] if plates is None else plates)
    if cop is None:
        cop = np.full((N, len(plates), 3), np.nan)
    found = [Interval(k, k + 1, start, end) for k, start, end in intervals]
    return assign_contacts(found, TIME, plates, cop, feet, parse_contacts(manual), OPTIONS)


def test_hysteresis():
    force = np.zeros(1000)
    force[100:400] = 500
    force[200:205] = 15  # between release and threshold: still on
    force[400:420] = 12
    force[600:700] = 15  # never above the threshold
    force[800:830] = 300  # 30 ms: too short
    force[900:] = 25
    assert contact_intervals(force, 1000, 20, 10, 0.05).tolist() == [[100, 420], [900, 1000]]


def test_intervals_of_nothing():
    assert contact_intervals(np.full(100, np.nan), 1000, 20, 10, 0.05).shape == (0, 2)
    assert contact_intervals(np.zeros(0), 1000, 20, 10, 0.05).shape == (0, 2)


def test_one_foot_wholly_on_the_plate():
    (contact,) = assign({"left": away(), "right": foot(0.2, 0.2)})
    assert (contact.foot, contact.valid, contact.reason) == ("right", True, "")


def test_marker_a_little_beside_the_plate_is_within_the_margin():
    assert assign({"left": away(), "right": foot(-0.02, 0.2)})[0].valid
    contact = assign({"left": away(), "right": foot(-0.1, 0.2)})[0]
    assert (contact.foot, contact.valid, contact.reason) == ("none", False, "edge")


def test_both_feet_on_one_plate():
    contact = assign({"left": foot(0.2, 0.1), "right": foot(0.2, 0.3)})[0]
    assert (contact.foot, contact.reason, set(contact.involved)) == ("none", "double", {"left", "right"})


def test_other_foot_partly_on_the_plate_spoils_it():
    assert assign({"left": foot(-0.15, 0.1), "right": foot(0.3, 0.3)})[0].reason == "double"


def test_swinging_foot_above_the_plate_does_not_count():
    # It passes low but fast, or slowly but high.
    for other in (foot(0.2, 0.1, lift=0.01, speed=3.0), foot(0.2, 0.1, lift=0.15, speed=0.1)):
        assert assign({"left": other, "right": foot(0.2, 0.3)})[0].foot == "right"


def test_landing_with_one_foot_on_each_plate():
    feet = {"left": foot(0.2, -0.2), "right": foot(0.2, 0.2)}
    plates = (plate(0, 0), plate(0, -0.4))
    found = assign(feet, plates, [(0, 0.5, 1.0), (1, 0.51, 1.0)])
    assert [(c.number, c.foot, c.valid) for c in found] == [(1, "right", True), (2, "left", True)]


def test_alternating_feet_on_a_treadmill():
    # Running on one plate: each contact has one foot on the belt, the other behind in the air.
    phase = (TIME * 2) % 1
    right_on = phase < 0.4
    left_on = (phase >= 0.5) & (phase < 0.9)
    feet = {
        "right": foot(0.2, 0.3, lift=np.where(right_on, 0, 0.15), speed=np.where(right_on, 0.1, 4)),
        "left": foot(0.2, 0.1, lift=np.where(left_on, 0, 0.15), speed=np.where(left_on, 0.1, 4)),
    }
    intervals = [(0, s, s + 0.19) for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    found = assign(feet, intervals=intervals)
    assert [c.foot for c in found] == ["right", "left", "right", "left", "right"]
    assert all(c.valid for c in found)


def test_two_feet_in_succession_on_one_plate():
    # First the left foot, then, after the plate was free, the right one.
    left_on = TIME < 0.8
    feet = {
        "left": foot(0.1, 0.1, lift=np.where(left_on, 0, 0.2), speed=np.where(left_on, 0, 2)),
        "right": foot(0.3, 0.3, lift=np.where(left_on, 0.2, 0), speed=np.where(left_on, 2, 0)),
    }
    found = assign(feet, intervals=[(0, 0.2, 0.7), (0, 0.9, 1.4)])
    assert [(c.foot, c.valid) for c in found] == [("left", True), ("right", True)]


def test_centre_of_pressure_away_from_the_foot():
    cop = np.full((N, 1, 3), np.nan)
    cop[:, 0] = [0.3, 0.0, 0.22]
    feet = {"left": away(), "right": foot(0.2, 0.2)}
    assert assign(feet, cop=cop)[0].valid
    cop[:, 0, 2] = 0.35
    assert assign(feet, cop=cop)[0].reason == "cop_off_foot"


def test_nobody_near_and_nobody_seen():
    assert assign({"left": away(), "right": away()})[0].reason == "no_foot"
    lost = foot(np.nan, np.nan)
    assert assign({"left": away(), "right": lost})[0].reason == "foot_not_tracked"
    # The other foot's absence from the plate cannot be shown, yet its presence is not claimed either.
    assert assign({"left": lost, "right": foot(0.2, 0.2)})[0].foot == "right"


def test_raised_plate():
    # A step 0.3 m high: the foot stands 0.3 m above its standing height.
    high = plate(0, 0) + np.array([0, 0.3, 0])
    feet = {"left": away(), "right": foot(0.2, 0.2, lift=0.3)}
    assert assign(feet, (high,))[0].foot == "right"
    assert assign(feet)[0].reason == "no_foot"


def test_stairs_whose_plates_are_stored_at_another_height():
    # The right foot stands 0.2 m up, the left one a step lower, its toes below the same outline.
    feet = {"left": foot(-0.15, 0.1), "right": foot(0.2, 0.2, lift=0.2)}
    outlines, cop = np.array([plate(0, 0)]), np.full((N, 1, 3), np.nan)
    whole = [Interval(0, 1, 0.5, 1.0)]
    found = {
        level: assign_contacts(whole, TIME, outlines, cop, feet, [], OPTIONS, level=level)[0] for level in (True, False)
    }
    assert found[False].foot == "right" and found[False].valid
    assert not found[True].valid


def test_declared_contacts_prevail():
    feet = {"left": foot(0.2, 0.1), "right": foot(0.2, 0.3)}
    assert assign(feet, manual="1:left")[0] == Contact(0, 1, 0.5, 1.0, "left", True, "manual", ("left",))
    none = assign({"left": away(), "right": foot(0.2, 0.2)}, manual="1:none 2:left")[0]
    assert (none.foot, none.valid, none.reason) == ("none", False, "manual")


def test_window_cuts_a_contact():
    found = assign({"left": foot(0.2, 0.1), "right": foot(0.2, 0.3)}, manual="1@0.4-0.7:left 1@0.8-2:right")
    assert [(round(c.start, 9), round(c.end, 9), c.foot, c.reason) for c in found] == [
        (0.5, 0.7, "left", "manual"),
        (0.7, 0.8, "none", "double"),
        (0.8, 1.0, "right", "manual"),
    ]


def test_parsing():
    assert parse_contacts(" 1:right  2@0.2-.9:left 3:none ") == [
        ManualContact(1, "right"),
        ManualContact(2, "left", 0.2, 0.9),
        ManualContact(3, "none"),
    ]
    assert str(ManualContact(2, "left", 0.2, 0.9)) == "2@0.2-0.9:left"
    with pytest.raises(TrialError, match=r"`1-right`, `2@0\.9-0\.2:left`"):
        parse_contacts("1-right 2@0.9-0.2:left 3:none")


def test_code_of_swing_plate_and_floor():
    right = foot(0.2, 0.2)
    stance = np.zeros(N, bool)
    stance[45:105] = True  # sees a little more than the plate
    stance[150:] = True  # and a second stance on the floor
    contact = Contact(0, 1, 0.5, 1.0, "right", True, "", ("right",))
    state = stance_state(TIME, "right", [contact], stance, right, 0.04)
    assert (
        (state[50:101] == 1).all()
        and (state[:50] == 0).all()
        and (state[101:150] == 0).all()
        and (state[150:] == 2).all()
    )
    other = stance_state(TIME, "left", [contact], stance, right, 0.04)
    assert (other[45:105] == 2).all()


@pytest.mark.parametrize(("level", "before"), [(True, 2), (False, 0)])
def test_a_foot_that_comes_down_slowly_onto_a_step_stands_from_its_load_on(level: bool, before: int) -> None:
    """150 ms of rest before the plate is loaded: on the floor a stance next to the plate, on stairs the end of a swing."""
    stance = np.zeros(N, bool)
    stance[35:101] = True
    contact = Contact(0, 1, 0.5, 1.0, "right", True, "", ("right",))
    state = stance_state(TIME, "right", [contact], stance, foot(0.2, 0.2), 0.04, level)
    assert (state[35:50] == before).all() and (state[50:101] == 1).all()


def test_code_of_an_unusable_contact():
    # Rolling over the plate's edge: too fast for kinematic stance, but low and on the plate.
    contact = Contact(0, 1, 0.5, 1.0, "none", False, "edge", ("right",))
    state = stance_state(TIME, "right", [contact], np.zeros(N, bool), foot(0.2, 0.2, speed=1.0), 0.04)
    assert (state[50:101] == 2).all() and (state[:50] == 0).all()


def test_code_of_an_unseen_foot():
    lost = foot(np.nan, np.nan, np.nan, np.nan)
    contact = Contact(0, 1, 0.5, 1.0, "right", True, "manual", ("right",))
    state = stance_state(TIME, "right", [contact], np.zeros(N, bool), lost, 0.04)
    assert np.isnan(state[:50]).all() and (state[50:101] == 1).all()


def test_missing_samples_keep_a_plate_loaded_and_make_its_contact_invalid():
    force = np.zeros((1000, 2, 3))
    force[300:700, 0, 1] = 700.0
    force[650:800, 1, 1] = 700.0
    force[450:500, 0] = np.nan
    found = contact_intervals(force[:, 0, 1], 1000, 20, 10, 0.05)
    assert found.tolist() == [[300, 700]]
    for foot, expected in (("left", (True, "")), ("right", (False, "part"))):  # the other foot, or the same one on both
        contacts = [
            Contact(k, k + 1, a, b, side, True, "", (side,))
            for k, a, b, side in ((0, 0.3, 0.699, "right"), (1, 0.65, 0.799, foot))
        ]
        kept = without_missing(contacts, force, 1000.0)
        assert [(c.valid, c.reason) for c in kept] == [(False, "force_missing"), expected]


def test_every_reason_has_words():
    assert set(REASONS) == {
        "",
        "manual",
        "double",
        "edge",
        "no_foot",
        "foot_not_tracked",
        "cop_off_foot",
        "force_missing",
        "part",
    }


@pytest.mark.parametrize(
    "entry", ["1:right", "12:none", "2@0.2-0.9:left", "2@0-3:left", "1:rigth", "1-right", "@1-2:left", "1@2:left"]
)
def test_the_sheet_takes_what_this_stage_understands(entry):
    try:
        understood = bool(parse_contacts(entry))
    except TrialError:
        understood = False
    assert understood == bool(sheets._CONTACTS.fullmatch(entry))
