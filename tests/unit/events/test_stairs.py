"""Stairs: a walker whose feet stand still on known steps between known instants."""

import numpy as np
import pytest
import xarray as xr

from biomech.config import Cycles
from biomech.events.stairs import standing_height, step_numbers
from tests.moves import cycles_of, recorded, stepping

FLAT = Cycles().detection.flat_foot_share
RISE, RUN, STEP_S = 0.17, 0.28, 0.6
STANCE = 0.62  # of a stride


def staircase(rate, levels=(0, 0, 1, 2, 3, 4, 5, 6, 6), down=False, noise_m=0.0, heading=(1.0, 0.0, 0.0)):
    """One foot after the other on the step of each level; returns kinematics and the true strikes and offs by side."""
    levels = np.array(levels[::-1] if down else levels)
    strike = 0.5 + STEP_S * np.arange(len(levels))
    time = np.arange(round((strike[-1] + 1.0) * rate)) / rate
    ahead = np.asarray(heading)
    feet, truth = {}, {}
    for k, side in enumerate(("left", "right")):
        mine = np.arange(k, len(levels), 2)
        start = np.concatenate([[mine[0] - 2], mine])  # where it stood before
        places = (RUN * start)[:, None] * ahead + np.outer(
            RISE * np.concatenate([[levels[0]], levels[mine]]), [0.0, 1.0, 0.0]
        )
        arrive = strike[mine]
        leave = arrive - (1 - STANCE) * 2 * STEP_S
        feet[side] = stepping(time, places, arrive, leave)
        truth[side] = (arrive, leave[1:], levels[mine])
    middle = (feet["left"] + feet["right"]) / 2
    pelvis = middle + np.array([0.0, 0.9, 0.0])
    return recorded(rate, feet, pelvis, forward=ahead, noise_m=noise_m), truth


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize(("rate", "noise_m"), [(100.0, 0.0), (200.0, 0.0), (100.0, 0.0005)])
def test_strides_on_stairs_begin_and_end_where_feet_come_to_rest(rate, noise_m, down):
    """Within 15 ms (1.5 frames of 100 Hz: a difference of neighbours sees a stop one frame early or late)."""
    motion, truth = staircase(rate, down=down, noise_m=noise_m, heading=(0.0, 0.0, -1.0))
    task = "stairs_down" if down else "stairs_up"
    data, reported = cycles_of(task, {"walk": motion})
    assert set(data["event_source"].values) == {"kinematic"}
    counted = 0
    for side, (strikes, offs, levels) in truth.items():
        mine = data.isel(cycle=(data["side"] == side).values)
        climbs = np.abs(np.diff(levels)) > 0
        np.testing.assert_allclose(mine["start"], strikes[:-1][climbs], atol=0.015)
        np.testing.assert_allclose(mine["end"], strikes[1:][climbs], atol=0.015)
        off = mine["start"] + (mine["end"] - mine["start"]) * mine["foot_off_percent"] / 100
        np.testing.assert_allclose(off, offs[climbs], atol=0.015)
        np.testing.assert_allclose(mine["stride_rise_m"], RISE * np.diff(levels)[climbs], atol=0.002)
        assert mine["step_number"].values.tolist() == levels[:-1][climbs].tolist()
        counted += int(climbs.sum())
    assert data.sizes["cycle"] == counted >= 6
    assert set(reported) <= {"level_stride"}


def test_plates_in_the_steps_are_trusted_more_than_markers():
    """Two instrumented steps, the fourth and fifth: their strikes are exact, and the others move with them."""
    motion, truth = staircase(100.0)
    rows = [(truth["left"][0][1], truth["left"][1][1], "left"), (truth["right"][0][1], truth["right"][1][1], "right")]
    n = motion.sizes["time"]
    kinetics = xr.Dataset(
        {
            "contact": (("time", "side"), np.ones((n, 2))),
            "contact_start": ("plate_contact", np.array([a for a, _, _ in rows])),
            "contact_end": ("plate_contact", np.array([b for _, b, _ in rows])),
            "contact_plate_number": ("plate_contact", np.array([1, 2])),
            "contact_foot": ("plate_contact", np.array([side for _, _, side in rows])),
            "contact_valid": ("plate_contact", np.array([True, True])),
            "contact_reason": ("plate_contact", np.array(["", ""])),
        },
        coords={"time": motion["time"], "side": ["left", "right"]},
    )
    data, reported = cycles_of("stairs_up", {"walk": motion}, kinetics={"walk": kinetics})
    for strike, _, side in rows:
        mine = data.isel(cycle=((data["side"] == side) & (np.abs(data["start"] - strike) < 0.1)).values)
        assert float(mine["start"][0]) == strike and str(mine["event_source"].values[0]) == "force+kinematic"
    assert len(reported["kinematic_events_aligned"]) == 2
    for side, (strikes, _, levels) in truth.items():
        mine = data.isel(cycle=(data["side"] == side).values)
        np.testing.assert_allclose(mine["start"], strikes[:-1][np.diff(levels) > 0], atol=0.005)


def test_strides_the_other_way_are_rejected():
    motion, _ = staircase(100.0)
    data, reported = cycles_of("stairs_down", {"walk": motion})
    assert data.sizes["cycle"] == 0
    assert (
        "expected a stride down, found one up by 0.340 m" in reported["other_direction"][-1] and "no_cycles" in reported
    )


def test_level_strides_are_no_stairs():
    motion, truth = staircase(100.0, levels=(0, 0, 0, 0, 1, 2, 3, 4))
    data, reported = cycles_of("stairs_up", {"walk": motion})
    level = sum(int((np.diff(levels) == 0).sum()) for _, _, levels in truth.values())
    assert len(reported["level_stride"]) == level >= 2 and (data["stride_rise_m"] > 0.16).all()


def test_the_pelvis_tells_the_direction_where_the_foot_is_missing():
    motion, _ = staircase(100.0)
    motion["landmark_position"].loc[{"landmark": "toe", "side": "left"}] = np.nan
    data, reported = cycles_of("stairs_down", {"walk": motion})
    assert data.sizes["cycle"] == 0 and any("left cycle" in text for text in reported["other_direction"])


def test_steps_are_numbered_from_the_lowest():
    heights = [[0.0, 0.34], [0.18, 0.51], [0.345, np.nan]]
    np.testing.assert_array_equal(step_numbers(heights, 0.08), [[0, 2], [1, 3], [2, np.nan]])
    assert step_numbers(np.zeros((0, 2)), 0.08).shape == (0, 2)


def test_the_standing_height_is_that_of_the_flat_foot():
    foot = np.zeros((100, 3))
    foot[:, 1] = np.where(np.arange(100) < 70, 0.4, 0.9)
    assert standing_height(foot, 100.0, 0.0, 1.0, FLAT) == 0.4
    assert np.isnan(standing_height(foot, 100.0, 0.0, np.nan, FLAT)) and np.isnan(
        standing_height(foot, 100.0, 2.0, 3.0, FLAT)
    )
