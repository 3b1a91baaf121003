"""Noise-free synthetic stairs, up and down, through C3D against their truth: plates that stand on steps.

Unfiltered: angles 1e-3 degree, joint centres 1e-6 m (C3D holds float32 mm), moments 0.005 N m/kg RMS.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.errors import BiomechError
from biomech.io.sheets import Trial
from biomech.schema import FOOT_OFF, FOOT_STRIKE
from biomech_simulation.motion import Motion
from biomech_simulation.stairs import stairs
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static
from tests.pipeline import Results, run_session, session_of

TASKS = ("stairs_up", "stairs_down")
RISE_M = 0.16
UNFILTERED = {
    "signals": {"cutoff_hz": {task: None for task in ("static", *TASKS)}},
    "force_plates": {"zero": "none"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, dict[str, Motion]]:
    folder = Path(tmp_path_factory.mktemp("stairs"))
    person = example_participant(1)
    motions = {task: stairs(person, task, rise_m=RISE_M, rate_hz=200.0) for task in TASKS}  # type: ignore[arg-type]
    for name, motion in (motions | {"static": static(person)}).items():
        motion.write(folder / f"{name}.c3d")
    rows = [Trial(trial=t, file=f"{t}.c3d", role="dynamic", task=t, progression="0-20:+x") for t in TASKS]
    return run_session(session_of(person, *rows), parse_config(UNFILTERED), folder), motions


@pytest.mark.parametrize("task", TASKS)
def test_angles_centres_and_moments_equal_truth(made: tuple[Results, dict[str, Motion]], task: str) -> None:
    results, motions = made
    truth, ours, kinetics = motions[task].truth, results.kinematics[task], results.kinetics[task]
    error = np.abs((ours["angle"].sel(quantity=truth["quantity"], side=truth["side"]) - truth["angle"]).values)
    assert np.isfinite(error).all()
    assert error.max() < 1e-3
    centres = ours["joint_centre"].sel(joint=truth["joint"], side=truth["side"]) - truth["joint_centre"]
    assert np.abs(centres.values).max() < 1e-6
    named = [q for q in truth["quantity"].values if np.isfinite(truth["moment"].sel(quantity=q)).all()]
    assert len(named) == 9
    on = (truth["contact"] == 1).values & (kinetics["contact"].sel(side=truth["side"]) == 1).values
    assert on.sum(axis=0).min() > 0.9 * (truth["contact"] == 1).values.sum(axis=0).min()
    moments = (kinetics["moment"] - truth["moment"]).sel(quantity=named, side=truth["side"], frame=truth["frame"])
    rms = np.sqrt(np.mean(moments.transpose("time", "side", ...).values[on] ** 2, axis=0))
    assert rms.max() < 0.005


@pytest.mark.parametrize("task", TASKS)
def test_plates_lie_on_their_steps(made: tuple[Results, dict[str, Motion]], task: str) -> None:
    """Corners and centres of pressure at the height of the first or second step from where the body starts."""
    results, motions = made
    steps = {"stairs_up": {"right": 1, "left": 2}, "stairs_down": {"right": 4, "left": 3}}[task]
    truth, kinetics = motions[task].truth, results.kinetics[task]
    corners = results.raw[task]["plate_corner"]
    assert sorted(corners.sel(axis="y").values.mean(axis=1)) == pytest.approx(
        sorted(RISE_M * n for n in steps.values())
    )
    for side, step in steps.items():
        on = (kinetics["contact"].sel(side=side) == 1).values
        pressure = (kinetics["centre_of_pressure"] - truth["centre_of_pressure"]).sel(side=side).values[on][2:-2]
        assert np.nanmax(np.abs(pressure)) < 1e-3
        assert kinetics["centre_of_pressure"].sel(side=side, axis="y").values[on][5:-5] == pytest.approx(RISE_M * step)


@pytest.mark.parametrize("task", TASKS)
def test_cycles_go_from_step_to_step(made: tuple[Results, dict[str, Motion]], task: str) -> None:
    """Two strides a leg; strikes from force within 5 ms of the true 20 N, offs within 10; strikes from markers within 40."""
    results, motions = made
    cycles = results.cycles.isel(cycle=np.flatnonzero(results.cycles["trial"].values == task))
    truth, sign = motions[task].truth, 1 if task == "stairs_up" else -1
    assert sorted(cycles["side"].values.tolist()) == ["left", "left", "right", "right"]
    rises = {side: cycles["stride_rise_m"].values[cycles["side"].values == side].tolist() for side in ("left", "right")}
    assert rises["right"] == pytest.approx([sign * 2 * RISE_M] * 2, abs=0.002)
    assert rises["left"] == pytest.approx(
        [sign * 2 * RISE_M, sign * RISE_M], abs=0.002
    )  # the last foot comes next to the other
    for side in ("left", "right"):  # the first stride of each leg has a plate
        own = np.flatnonzero(cycles["side"].values == side)
        assert cycles["moment_valid"].values[own[cycles["start"].values[own].argsort()]].tolist() == [1, 0]
    offs = cycles["start"] + cycles["foot_off_percent"] / 100 * (cycles["end"] - cycles["start"])
    for name, times, near in ((FOOT_STRIKE, cycles["start"], 0.005), (FOOT_OFF, offs, 0.010)):
        for side, time, source in zip(cycles["side"].values, times.values, cycles["event_source"].values, strict=True):
            mine = (truth["event_name"].values == name) & (truth["event_side"].values == side)
            forced = str(source).startswith("force")
            if forced or name == FOOT_STRIKE:
                assert np.abs(truth["event_time"].values[mine] - time).min() < (near if forced else 0.04)


@pytest.mark.parametrize("task", TASKS)
def test_it_looks_like_stairs(made: tuple[Results, dict[str, Motion]], task: str) -> None:
    """Knees bend by 70 to 105 degrees, a step takes 1.1 to 1.6 body weights, nobody is drawn along by the plates."""
    motion = made[1][task]
    truth, weight = motion.truth, 9.81 * motion.participant.mass_kg
    knee = truth["angle"].sel(quantity="knee_flexion")
    assert 70 < float(knee.max()) < 105
    assert float(knee.min()) > 5
    up = truth["ground_reaction"].sel(axis="y")
    assert 1.1 < float(up.sum("side").max()) / weight < 1.6
    assert float(up.sum("side").mean()) / weight == pytest.approx(1.0, abs=0.01)
    codes = set(made[0].quality.loc[made[0].quality["trial"] == task, "code"])
    assert codes <= {"implausible"}, "the last foot only comes next to the other, and its knee bends less"


def test_impossible_stairs_are_refused() -> None:
    with pytest.raises(BiomechError, match=r"rise of 0.10 to 0.20 m"):
        stairs(example_participant(1), rise_m=0.4)


def test_truth_is_that_of_a_body_that_carries_its_weight(made: tuple[Results, dict[str, Motion]]) -> None:
    """Newton: the mean force over the whole trial, from rest to rest, is the weight, and pushes nowhere."""
    for motion in made[1].values():
        force: xr.DataArray = motion.truth["ground_reaction"].sum("side").mean("time")
        assert force.values / motion.participant.mass_kg == pytest.approx([0.0, 9.81, 0.0], abs=0.15)
