"""Real walking, running, landings and a cut against plausible ranges, and every outlier against an independent witness.

Ranges: `metrics.plausible` where the task has them; for landings and the cut those of the drop jump. An outlier is explained
if something that shares no code with the value says the same: the body did it, not the software.

- Children (ranges are of adults and of straight walking): the Plug-in Gait outputs in their files, within 0.5 degrees and
  0.05 N m/kg; the raw plates for vertical force. Of 44 outliers in 12 trials, 37 are of turns, where the pelvis tilts into
  the curve; of the 7 in straight walking, three are small knee moments or pelvic drops of a child, three the known
  cross-talk of the knee axis (abduction of 15 degrees or adduction of 12), one a hard step (1.36 body weights).
- Landings of a child of 37.5 kg, jumping down some 0.4 m on two legs and 0.25 m on one: 3.2 and 4.2 body weights a leg. The
  impulse of the raw plates is the change of the pelvis's speed, so neither force nor mass is wrong: the landings are stiff.
  The right foot of the one on two legs is loaded by 777 body weights a second, as its raw plate shows.
  The knee bends by 56 degrees on one leg and by 59 in the cut, which is less than in drop jumps, but what hip, knee and ankle
  centres say as well.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config
from biomech.conventions.convert import angles_from, moments_from, quantities_of
from biomech.events.session import cycles_session
from biomech.io.sheets import read_study
from biomech.quality import Quality
from tests.pipeline import Results, run_session

pytestmark = pytest.mark.realdata
STUDIES = Path(__file__).parents[1] / "studies"
RANGES = Config().metrics.plausible
GRAVITY = 9.81
STAT = {"peak": np.nanmax, "minimum": np.nanmin, "first_peak": np.nanmax}


def run(name: str, realdata: Path) -> dict[str, Results]:
    study = read_study(STUDIES / name, environ={"BIOMECH_DATA": str(realdata)})
    return {s.participant: run_session(s, study.config, realdata) for s in study.sessions}


def outliers(result: Results, task: str, ranges: str | None = None) -> list[tuple[str, xr.Dataset, float]]:
    """Metric, cycle and value of everything outside its range."""
    found = []
    metrics = result.metrics.isel(cycle=(result.metrics["task"] == task).values)
    for name, limits in RANGES[ranges or task].items():
        if limits is None or name not in metrics["metric"].values:
            continue
        low, high = (x if x is not None else np.inf * sign for x, sign in ((limits.low, -1), (limits.high, 1)))
        for i, value in enumerate(metrics["value"].sel(metric=name).values):
            if value < low or value > high:
                found.append((name, metrics.isel(cycle=i), float(value)))
    return found


@pytest.fixture(scope="module")
def children(realdata: Path) -> dict[str, Results]:
    return run("children", realdata)


def plug_in_gait(result: Results, name: str, cycle: xr.Dataset) -> float:
    """The same statistic of the same stance from the Plug-in Gait outputs stored in the file."""
    quantity, statistic, window = name.rsplit("__", 2)
    side, raw = str(cycle["side"].values), result.raw[str(cycle["trial"].values)]
    rate, start, end = raw.attrs["rate_hz"], float(cycle["start"]), float(cycle["end"])
    off = start + (end - start) * float(cycle["foot_off_percent"]) / 100
    bounds = {"stance": (start, off), "swing": (off, end)}[window]
    if statistic == "first_peak":
        bounds = (start, (start + off) / 2)
    frames = slice(round(bounds[0] * rate), round(bounds[1] * rate) + 1)
    stored = {str(o): raw["reference_output"].sel(output=o).values for o in raw["output"].values}
    letter = side[0].upper()
    if quantity == "vertical_ground_reaction":
        # the raw plates: the highest load of the plate on which this foot stood
        kinetics = result.kinetics[str(cycle["trial"].values)]
        mine = (kinetics["contact_foot"].values == side) & (np.abs(kinetics["contact_start"].values - start) < 0.1)
        number = int(kinetics["contact_plate_number"].values[mine][0])
        analog = raw["analog_time"].values
        inside = (analog >= start) & (analog <= off)
        up = raw["plate_force"].sel(axis="y").values[inside][:, raw["plate"].values == number]
        return float(up.max() / (float(cycle["mass_kg"]) * GRAVITY))
    if quantity.startswith("external_"):
        inner = quantity.removeprefix("external_").removesuffix("_moment")
        joint = inner.split("_")[0]
        internal = moments_from("plug_in_gait", joint, stored[f"{letter}{joint.title()}Moment"], side)
        names = quantities_of(joint)
        # external adduction is internal abduction
        opposite = inner.replace("adduction", "abduction")
        curve = -internal[:, names.index(inner)] if inner in names else internal[:, names.index(opposite)]
    else:
        joint = "pelvis" if "pelvi" in quantity else quantity.split("_")[0]
        ours = angles_from("plug_in_gait", joint, stored[f"{letter}{joint.title()}Angles"], side)
        curve = ours[:, quantities_of(joint).index(quantity)]
    return float(STAT[statistic](curve[frames]))


def test_outliers_of_walking_children_stand_in_their_files_too(children: dict[str, Results]) -> None:
    count = {"straight": 0, "turn": 0}
    for result in children.values():
        for name, cycle, value in outliers(result, "walking"):
            tolerance = 0.05 if "moment" in name else 0.02 if "ground_reaction" in name else 0.5
            witness = plug_in_gait(result, name, cycle)
            assert value == pytest.approx(witness, abs=tolerance), (str(cycle["cycle"].values), name)
            count[str(cycle["trial"].values)] += 1
    assert count == {"straight": 7, "turn": 37}


def test_running_is_that_of_a_runner(realdata: Path) -> None:
    """Means within two standard deviations of recreational runners (Heiderscheit 2011, Med Sci Sports Exerc 43:296)."""
    result = run("running", realdata)["RBDS001"]
    assert not outliers(result, "running")
    published = {
        "hip_adduction__peak__stance": (10.4, 3.3),
        "hip_internal_rotation__peak__stance": (0.4, 4.3),
        "knee_flexion__peak__stance": (46.3, 4.5),
        "external_hip_adduction_moment__peak__stance": (1.8, 0.4),
        "external_knee_flexion_moment__peak__stance": (2.5, 0.6),
    }
    for name, (mean, deviation) in published.items():
        ours = float(np.nanmean(result.metrics["value"].sel(metric=name)))
        assert abs(ours - mean) < 2 * deviation, (name, ours)
    cadence = 120 / float((result.cycles["end"] - result.cycles["start"]).median())
    assert 150 < cadence < 190 and "implausible_cadence" not in set(result.quality["code"])
    # body weights a second; wide bounds of our own for shod running at 3.5 m/s
    steepest, average = (
        result.cycles[name].values / GRAVITY for name in ("vertical_loading_rate", "vertical_loading_rate_average")
    )
    assert 30 < np.nanmean(average) < 90 and 30 < np.nanmean(steepest) < 120
    assert np.isfinite(steepest).mean() > 0.95


@pytest.fixture(scope="module")
def landing(realdata: Path) -> Results:
    return run("landing", realdata)["L01"]


def test_outliers_of_landings_are_those_of_stiff_landings(landing: Results) -> None:
    found = {
        (str(cycle["trial"].values), str(cycle["side"].values), name.split("__")[0])
        for task in ("double_leg_drop_landing", "single_leg_drop_landing", "side_cut")
        for name, cycle, _ in outliers(landing, task, "drop_vertical_jump")
    }
    assert found == {
        ("doubleleg", "right", "vertical_ground_reaction"),
        ("doubleleg", "right", "vertical_loading_rate"),
        ("singleleg", "left", "vertical_ground_reaction"),
        ("singleleg", "left", "knee_flexion"),
        ("cut", "right", "knee_flexion"),
    }
    # the raw plate itself: more than a body weight within 3 ms
    raw = landing.raw["doubleleg"]
    up = raw["plate_force"].sel(axis="y").transpose("analog_time", "plate").to_numpy() / (37.5 * GRAVITY)
    span = round(0.003 * float(raw.attrs["analog_rate_hz"]))
    assert np.nanmax(up[span:] - up[:-span]) > 1.0


@pytest.mark.parametrize(("trial", "fall"), [("doubleleg", (0.3, 0.5)), ("singleleg", (0.2, 0.3)), ("cut", (0.0, 0.1))])
def test_the_plates_stop_the_fall_of_the_pelvis(landing: Results, trial: str, fall: tuple[float, float]) -> None:
    """Impulse of the raw plates less weight against the change of the pelvis's speed, contact to lowest point: 0.2 m/s."""
    cycle = landing.cycles.isel(cycle=int(np.flatnonzero(landing.cycles["trial"].values == trial)[0]))
    raw, motion = landing.raw[trial], landing.kinematics[trial]
    start = float(cycle["start"]) - 0.01
    bottom = float(cycle["start"]) + float(cycle["end"] - cycle["start"]) * float(cycle["bottom_percent"]) / 100
    rate, frames = raw.attrs["analog_rate_hz"], raw.attrs["rate_hz"]
    up = raw["plate_force"].sel(axis="y").values.sum(axis=1)[round(start * rate) : round(bottom * rate) + 1]
    gained = np.trapezoid(up / 37.5 - GRAVITY, dx=1 / rate)
    height = motion["origin"].sel(segment="pelvis", side=str(cycle["side"].values), axis="y").values
    speed = np.gradient(height, 1 / frames)
    before, after = speed[round(start * frames)], speed[round(bottom * frames)]
    assert gained == pytest.approx(after - before, abs=0.2)
    assert fall[0] < before**2 / (2 * GRAVITY) < fall[1]  # height of free fall, m


def test_knees_bend_as_the_joint_centres_say(landing: Results) -> None:
    """Angle between the lines hip to knee and knee to ankle: no frame and no Cardan sequence; within 5 degrees."""
    peak = landing.cycles["angle"].sel(quantity="knee_flexion").max("percent")
    for i, trial in enumerate(landing.cycles["trial"].values):
        side = str(landing.cycles["side"].values[i])
        centre = landing.kinematics[str(trial)]["joint_centre"].sel(side=side)
        hip, knee, ankle = (centre.sel(joint=joint).values for joint in ("hip", "knee", "ankle"))
        thigh, shank = knee - hip, ankle - knee
        cosine = (thigh * shank).sum(-1) / np.linalg.norm(thigh, axis=-1) / np.linalg.norm(shank, axis=-1)
        frames = landing.raw[str(trial)].attrs["rate_hz"]
        a, b = (round(float(landing.cycles[name][i]) * frames) for name in ("start", "end"))
        assert np.degrees(np.arccos(cosine[a : b + 1])).max() == pytest.approx(float(peak[i]), abs=5.0)


def test_the_cut_leads_away_from_the_right_foot(landing: Results) -> None:
    cut = landing.cycles.isel(cycle=(landing.cycles["trial"] == "cut").values)
    assert cut["side"].values.tolist() == ["right"] and 10 < float(cut["cut_angle_deg"][0]) < 60
    contact = float((cut["end"] - cut["start"])[0])
    assert 0.15 < contact < 0.4 and float(cut["foot_off_percent"][0]) == 100.0
    assert not {"no_cut", "other_foot_down", "one_foot_only"} & set(landing.quality["code"])


def test_a_real_jump_flies_as_long_as_its_pelvis_rises_and_falls(landing: Results, realdata: Path) -> None:
    """The landing on two legs goes over into a jump: flight from the plates against the ballistic rise of the pelvis.

    A body that flies for t rises by g t² / 8; the pelvis, whose legs fold a little, by that within 40 mm. The second landing
    is not a cycle.
    """
    session = read_study(STUDIES / "landing", environ={"BIOMECH_DATA": str(realdata)}).sessions[0]
    rows = [row.model_copy(update={"task": "drop_vertical_jump"}) for row in session.trials if row.trial == "doubleleg"]
    quality = Quality("L01", "1", "cycles")
    cycles = cycles_session(
        landing.raw,
        landing.kinematics,
        landing.kinetics,
        session.model_copy(update={"trials": tuple(rows)}),
        Config(),
        quality,
    )
    assert list(zip(cycles["side"].values, cycles["rep"].values, strict=True)) == [("left", 1), ("right", 1)]
    flight = cycles["flight_time"].values
    assert flight[0] == flight[1] and 0.3 < flight[0] < 0.5
    motion = landing.kinematics["doubleleg"]
    height = motion["origin"].sel(segment="pelvis", side="left", axis="y").values
    rate = landing.raw["doubleleg"].attrs["rate_hz"]
    off = round(float(cycles["end"].max()) * rate)
    rise = height[off : off + round(flight[0] * rate)].max() - height[off]
    assert rise == pytest.approx(GRAVITY * flight[0] ** 2 / 8, abs=0.04)
    assert np.isfinite(cycles["bottom_percent"]).all() and not quality.rows
