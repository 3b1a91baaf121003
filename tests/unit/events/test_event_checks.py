"""Events that somebody stored in the C3D file of an example walk: wrong ones are repaired or not used, and a row says why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import Config, parse_config
from biomech.events.session import cycles_session
from biomech.io.sheets import Session, Trial
from biomech.quality import Quality
from tests.pipeline import Results, run_session

FOLDER = Path(__file__).parents[3] / "data_example" / "P01" / "pre"
OTHER = {"left": "right", "right": "left", "foot_strike": "foot_off", "foot_off": "foot_strike"}
STATIC = Trial(trial="static", file="static.c3d", role="static", task="static")
WALK = Trial(trial="walk", file="walk1.c3d", role="dynamic", task="walking")
SESSION = Session(participant="P01", session="pre", sex="female", mass_kg=65.5, height_m=1.7, trials=(STATIC, WALK))
TRUE_STRIDE_S, TRUE_FOOT_OFF_PERCENT = 1.12, 58.9


@pytest.fixture(scope="module")
def walk() -> Results:
    return run_session(SESSION, Config(), FOLDER)


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    """When the simulated feet strike and leave the ground."""
    with xr.open_dataset(FOLDER / "walk1.truth.nc") as data:
        return pd.DataFrame({name: data[f"event_{name}"].to_numpy() for name in ("time", "name", "side")})


def cycles(
    walk: Results, events: pd.DataFrame, first_frame: int = 1, plates: bool = True, **options: object
) -> tuple[xr.Dataset, list[dict]]:
    """Cycles of the walk with these events in its C3D file, trusted most, and the quality rows."""
    raw = walk.raw["walk"].drop_dims("event")
    for name in ("time", "name", "side"):
        kind = float if name == "time" else str
        raw[f"event_{name}"] = ("event", events[name].to_numpy().astype(kind))
    raw = raw.assign_attrs(first_frame=first_frame)
    trees = [{"walk": group} for group in (raw, walk.kinematics["walk"], walk.kinetics["walk"])]
    quality = Quality("P01", "pre", "cycles")
    config = parse_config({"cycles": {"event_sources": ["c3d", "kinematic"], **options}})
    kinetics = trees[2] if plates else {}
    data = cycles_session(trees[0], trees[1], kinetics, SESSION, config, quality)
    return data, [row for row in quality.rows if str(row["code"]).startswith("events_")]


def assert_true(data: xr.Dataset) -> None:
    """Strides of the simulation: from true events to 1 ms, from markers to 5 ms."""
    np.testing.assert_allclose(data["end"] - data["start"], TRUE_STRIDE_S, atol=0.005)
    assert data.sizes["cycle"] >= 3


@pytest.mark.parametrize("plates", [True, False])
def test_right_events_are_used_without_a_word(walk: Results, truth: pd.DataFrame, plates: bool) -> None:
    data, rows = cycles(walk, truth, plates=plates)
    assert not rows
    assert_true(data)
    assert set(data["event_source"].to_numpy()) == {"c3d"}
    strikes = truth[truth["name"] == "foot_strike"]
    for side in ("left", "right"):
        mine = data["start"].to_numpy()[data["side"].to_numpy() == side]
        np.testing.assert_allclose(mine, strikes["time"][strikes["side"] == side].to_numpy()[: len(mine)], atol=1e-9)
    np.testing.assert_allclose(data["foot_off_percent"], TRUE_FOOT_OFF_PERCENT, atol=0.1)


@pytest.mark.parametrize(("column", "words"), [("side", "other foot"), ("name", "foot strike for a foot off")])
@pytest.mark.parametrize("plates", [True, False])
def test_exchanged_feet_and_names_are_not_used(
    walk: Results, truth: pd.DataFrame, column: str, words: str, plates: bool
) -> None:
    data, rows = cycles(walk, truth.assign(**{column: truth[column].map(OTHER)}), plates=plates)
    assert_true(data)
    assert set(data["event_source"].to_numpy()) == {"kinematic"}
    assert {row["code"] for row in rows} == {"events_denied"} and sum(row["value"] for row in rows) == len(truth)
    assert any(words in row["message"] for row in rows) and all(row["level"] == "warning" for row in rows)


def test_one_wrong_event_is_not_used_and_named(walk: Results, truth: pd.DataFrame) -> None:
    place = int(np.flatnonzero((truth["name"] == "foot_strike") & (truth["side"] == "left"))[1])
    wrong = truth.copy()
    wrong.loc[place, "time"] += 0.25
    data, rows = cycles(walk, wrong)
    assert_true(data)
    ((code, message, value),) = [(row["code"], row["message"], row["value"]) for row in rows]
    assert code == "events_denied" and value == 1
    assert f"left foot strike at {wrong.loc[place, 'time']:.2f} s" in message and "at another time" in message
    flipped = truth.copy()
    flipped.loc[place, "side"] = "right"
    _, rows = cycles(walk, flipped)
    assert [row["code"] for row in rows] == ["events_denied"] and "other foot" in rows[0]["message"]


@pytest.mark.parametrize(("late_s", "plates"), [(0.06, True), (-0.12, True), (0.12, False), (-0.2, False)])
def test_events_that_are_all_late_are_not_used(walk: Results, truth: pd.DataFrame, late_s: float, plates: bool) -> None:
    data, rows = cycles(walk, truth.assign(time=truth["time"] + late_s), plates=plates)
    assert_true(data)
    assert set(data["event_source"].to_numpy()) == {"kinematic"}
    ((code, level, value),) = [(row["code"], row["level"], row["value"]) for row in rows]
    assert (code, level) == ("events_late", "warning") and value == pytest.approx(late_s, abs=0.03)


@pytest.mark.parametrize("first_frame", [13, 35, 101])
def test_times_from_the_first_stored_frame_are_repaired(walk: Results, truth: pd.DataFrame, first_frame: int) -> None:
    """All lie in the stored frames either way, so that the file alone does not show it; plates and markers do."""
    shift = (first_frame - 1) / 100.0
    wrong = truth.assign(time=truth["time"] - shift)
    data, rows = cycles(walk, wrong[wrong["time"] >= 0].reset_index(drop=True), first_frame)
    assert_true(data)
    ((code, value),) = [(row["code"], row["value"]) for row in rows]
    assert code == "events_from_first_frame" and value == pytest.approx(shift)
    assert "c3d" in set(data["event_source"].to_numpy())
    assert not cycles(walk, truth, first_frame)[1]


def test_of_two_events_within_a_step_the_better_one_is_used(walk: Results, truth: pd.DataFrame) -> None:
    double = truth[truth["name"] == "foot_strike"].iloc[1:3]
    both = pd.concat([truth, double.assign(time=double["time"] - 0.1), double.iloc[:1]], ignore_index=True)
    data, rows = cycles(walk, both)
    assert_true(data)
    np.testing.assert_allclose(data["foot_off_percent"], TRUE_FOOT_OFF_PERCENT, atol=0.1)
    ((code, level, value),) = [(row["code"], row["level"], row["value"]) for row in rows]
    assert (code, level, value) == ("events_duplicate", "info", 3)


def test_markers_judge_where_only_the_file_is_asked_for_events(walk: Results, truth: pd.DataFrame) -> None:
    only = {"event_sources": ["c3d"]}
    data, rows = cycles(walk, truth, **only)
    assert not rows and data.sizes["cycle"] == 4
    wrong, rows = cycles(walk, truth.assign(side=truth["side"].map(OTHER)), **only)
    assert wrong.sizes["cycle"] == 0 and rows[0]["code"] == "events_denied"


@pytest.mark.parametrize(("factor", "code"), [(2.0, "implausible_cadence"), (0.5, "implausible_step_length")])
def test_a_walk_with_a_wrong_rate_is_reported(walk: Results, factor: float, code: str) -> None:
    """The rate in the file is twice or half the true one: 214 steps a minute, or steps of adults at 54."""
    motion = walk.kinematics["walk"]
    motion = motion.assign_coords(time=motion["time"] / factor)
    motion = motion.assign_attrs(rate_hz=motion.attrs["rate_hz"] * factor)
    quality = Quality("P01", "pre", "cycles")
    trees = [{}, {"walk": motion}, {}]
    data = cycles_session(*trees, SESSION, parse_config({"cycles": {"stride_max_s": 4.0}}), quality)
    assert data.sizes["cycle"]
    rows = [row for row in quality.rows if row["code"] == code]
    assert rows and rows[0]["level"] == "warning" and "marker rate" in rows[0]["message"]


def test_running_called_walking_is_reported(walk: Results, truth: pd.DataFrame) -> None:
    """Foot offs at 40 % of the stride: no marker or plate is asked here, the events alone show it."""
    early = truth.copy()
    early.loc[early["name"] == "foot_off", "time"] -= 0.2
    motion = walk.kinematics["walk"].drop_vars("landmark_position")
    raw = walk.raw["walk"].drop_dims("event")
    for name in ("time", "name", "side"):
        raw[f"event_{name}"] = ("event", early[name].to_numpy().astype(float if name == "time" else str))
    quality = Quality("P01", "pre", "cycles")
    trees = [{"walk": group} for group in (raw, motion)]
    cycles_session(*trees, {}, SESSION, Config(), quality)
    rows = [row for row in quality.rows if row["code"] == "implausible_duty_factor"]
    assert [row["item"] for row in rows] == ["left", "right"] and "41 %" in rows[0]["message"]
