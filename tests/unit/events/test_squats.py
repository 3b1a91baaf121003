"""Squats without knees, and step-downs whose other heel touches the floor at known instants."""

import numpy as np
import pytest

from biomech.config import Cycles
from biomech.events.squats import squats
from tests.moves import bump, cycles_of, recorded

RATE = 100.0
THIGH = SHANK = 0.42


def legs(seconds=20.0, bumps=((4.0, 3.0, 90.0), (9.0, 3.0, 70.0), (14.0, 3.0, 37.5)), standing=8.0):
    """Knee flexion, degrees, and the height of a pelvis over thigh and shank that lean alike."""
    time = np.arange(round(seconds * RATE)) / RATE
    flexion = standing + sum((depth - standing) * bump(time, centre, length) for centre, length, depth in bumps)
    return flexion, 0.1 + (THIGH + SHANK) * np.cos(np.radians(flexion / 2))


def test_the_pelvis_counts_where_the_knee_is_missing_throughout():
    flexion, height = legs()
    found = squats(np.full(len(flexion), np.nan), RATE, ("left",), Cycles(), height)
    by_knee = squats(flexion, RATE, ("left",), Cycles(), height)
    assert [round(c.bottom, 1) for c in found.cycles] == [round(c.bottom, 1) for c in by_knee.cycles] == [4.0, 9.0]
    # the drop that starts it (0.02 m) corresponds to 18 degrees above these 8: later down and earlier up than 10 degrees
    for mine, knee in zip(found.cycles, by_knee.cycles, strict=True):
        assert 0 < mine.start - knee.start < 0.2 and 0 < knee.end - mine.end < 0.2
    assert [n.code for n in found.notes].count("pelvis_height_used") == 2
    shallow = next(n for n in found.notes if n.code == "incomplete_repetition")
    # knees of 37.5 and 8 degrees: 0.84 m x (cos 4° - cos 18.75°) = 0.0425 m, a little less after smoothing
    assert "expected at least 0.05 m of fall of the pelvis, found 0.042" in shallow.message


def test_the_pelvis_fills_one_gap_and_the_knee_keeps_the_rest():
    flexion, height = legs(bumps=((4.0, 3.0, 90.0), (9.0, 3.0, 70.0), (14.0, 3.0, 80.0)))
    flexion[860:900] = np.nan
    found = squats(flexion, RATE, ("left", "right"), Cycles(), height)
    assert [(c.side, c.rep, round(c.bottom)) for c in found.cycles] == [
        (side, rep, bottom) for rep, bottom in ((1, 4), (2, 9), (3, 14)) for side in ("left", "right")
    ]
    assert [n.code for n in found.notes] == ["pelvis_height_used"]
    alone = squats(flexion, RATE, ("left",), Cycles())
    assert [round(c.bottom) for c in alone.cycles] == [4, 14]
    nothing = squats(np.full(300, np.nan), RATE, ("left",), Cycles(), np.full(300, np.nan))
    assert [n.code for n in nothing.notes] == ["no_knee_flexion"]


BOX = 0.2
FLOOR = 0.04  # heel landmark in standing


def step_downs(lowest=(0.0, 0.01, 0.06), side="right"):
    """Three repetitions on a box; the other heel comes down to `lowest` above the floor 0.1 s after the knee's bottom."""
    time = np.arange(round(18 * RATE)) / RATE
    centres = (4.0, 9.0, 14.0)
    flexion = 8.0 + sum(62.0 * bump(time, centre, 3.0) for centre in centres)
    free = np.full(len(time), FLOOR + BOX) - sum(
        (BOX - low) * bump(time, centre + 0.1, 1.6) for centre, low in zip(centres, lowest, strict=True)
    )
    own = {side: np.full(len(time), FLOOR + BOX), "left" if side == "right" else "right": free}
    feet = {s: np.stack([0 * time, own[s], 0 * time + (0.1 if s == "right" else -0.1)], axis=-1) for s in own}
    pelvis = np.stack([0 * time, 0.9 + BOX - 0.08 * (flexion - 8) / 62, 0 * time], axis=-1)
    knee = {side: flexion, "left" if side == "right" else "right": np.full(len(time), 10.0)}
    flat = {s: np.tile([0.0, FLOOR, 0.1 if s == "right" else -0.1], (50, 1)) for s in ("left", "right")}
    standing = recorded(RATE, flat, np.tile([0.0, 0.9, 0.0], (50, 1)))
    return {"static": standing, "down": recorded(RATE, feet, pelvis, knee=knee, static="static")}


@pytest.mark.parametrize("side", ["left", "right"])
def test_step_downs_touch_the_floor_or_say_how_high_the_heel_stayed(side):
    data, reported = cycles_of("step_down", step_downs(side=side), side=side)
    assert data["rep"].values.tolist() == [1, 2, 3] and set(data["side"].values) == {side}
    np.testing.assert_allclose(data["box_height_m"], BOX, atol=1e-9)
    np.testing.assert_allclose(data["other_heel_height_m"], [0.0, 0.01, 0.06], atol=1e-9)
    touch = data["start"] + (data["end"] - data["start"]) * data["heel_touch_percent"] / 100
    np.testing.assert_allclose(touch, [4.1, 9.1, np.nan], atol=0.5 / RATE + 1e-9)
    bottom = data["start"] + (data["end"] - data["start"]) * data["bottom_percent"] / 100
    np.testing.assert_allclose(bottom, [4.0, 9.0, 14.0], atol=0.5 / RATE + 1e-9)
    assert len(reported["no_heel_touch"]) == 1 and "0.060 m above" in reported["no_heel_touch"][0]


def test_without_a_static_trial_no_touch_is_claimed_or_denied():
    data, reported = cycles_of("step_down", {"down": step_downs()["down"]}, side="right")
    assert data.sizes["cycle"] == 3 and "no_heel_touch" not in reported
    assert np.isnan(data["heel_touch_percent"]).all() and np.isnan(data["box_height_m"]).all()


def test_the_bottom_is_within_five_degrees_of_the_deepest():
    data, _ = cycles_of("step_down", step_downs(), side="right")
    first, last = (
        (data["start"] + (data["end"] - data["start"]) / 100 * data[name]).values
        for name in ("bottom_start_percent", "bottom_end_percent")
    )
    # 62 (1 - cos²(x/2)) = 5 about the middle of a bump of 3 s
    half = 3.0 / np.pi * np.arcsin(np.sqrt(5 / 62))
    np.testing.assert_allclose(first, np.array([4.0, 9.0, 14.0]) - half, atol=0.006)
    np.testing.assert_allclose(last, np.array([4.0, 9.0, 14.0]) + half, atol=0.006)
