"""Noise-free synthetic step-downs and single-leg stance through C3D against the truth that the simulator wrote.

Unfiltered: angles 1e-3 degree; joint centres 1e-6 m (C3D holds float32 mm); moments 0.003 N m/kg RMS.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.io.sheets import Trial
from biomech_simulation.squat import STEP_M, squat
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static
from tests.pipeline import Results, run_session, session_of

TASKS = {
    "down": ("step_down", "right", {"repetitions": 2, "seed": 1}),
    "stand": ("single_leg_stance", "left", {"repetitions": 1, "repetition_s": 6.0, "seed": 2}),
}
UNFILTERED = {
    "signals": {"cutoff_hz": {task: None for task in ("static", "step_down", "single_leg_stance")}},
    "force_plates": {"zero": "none"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, dict[str, xr.Dataset]]:
    folder = Path(tmp_path_factory.mktemp("steps"))
    person = example_participant(1)
    motions = {"static": static(person)}
    rows = [Trial(trial="static", file="static.c3d", role="static", task="static")]
    for name, (task, side, options) in TASKS.items():
        motions[name] = squat(person, task, side, rate_hz=100.0, **options)  # type: ignore[arg-type]
        rows.append(Trial(trial=name, file=f"{name}.c3d", role="dynamic", task=task, side=side))  # type: ignore[arg-type]
    for name, motion in motions.items():
        motion.write(folder / f"{name}.c3d")
    results = run_session(session_of(person, *rows), parse_config(UNFILTERED), folder)
    return results, {name: motion.truth for name, motion in motions.items()}


@pytest.mark.parametrize("trial", list(TASKS))
def test_angles_centres_and_moments_equal_truth(made: tuple[Results, dict[str, xr.Dataset]], trial: str) -> None:
    results, truths = made
    truth, ours, kinetics = truths[trial], results.kinematics[trial], results.kinetics[trial]
    error = np.abs((ours["angle"].sel(quantity=truth["quantity"], side=truth["side"]) - truth["angle"]).values)
    assert np.isfinite(error).all()
    assert error.max() < 1e-3
    centres = ours["joint_centre"].sel(joint=truth["joint"], side=truth["side"]) - truth["joint_centre"]
    assert np.abs(centres.values).max() < 1e-6
    standing = (truth["contact"] == 1).values
    assert standing.any(axis=1).all()
    named = [q for q in truth["quantity"].values if np.isfinite(truth["moment"].sel(quantity=q)).all()]
    assert len(named) == 9
    moments = (kinetics["moment"] - truth["moment"]).sel(quantity=named, side=truth["side"], frame=truth["frame"])
    rms = np.sqrt(np.mean(moments.transpose("time", "side", ...).values[standing] ** 2, axis=0))
    assert rms.max() < 0.003


def test_step_downs_are_repetitions_whose_heel_taps_the_floor(made: tuple[Results, dict[str, xr.Dataset]]) -> None:
    results, truths = made
    cycles = results.cycles
    mine = cycles.isel(cycle=np.flatnonzero(cycles["trial"].values == "down"))
    assert mine["side"].values.tolist() == ["right", "right"]
    truth = truths["down"]
    bottoms = np.sort(truth["event_time"].values[truth["event_name"].values == "squat_bottom"])
    assert ((mine["start"].values < bottoms) & (mine["end"].values > bottoms)).all()
    np.testing.assert_allclose(mine["box_height_m"], STEP_M, atol=0.002)
    np.testing.assert_allclose(mine["other_heel_height_m"], 0.0, atol=0.002)
    assert not {"no_heel_touch", "other_foot_down", "incomplete_repetition"} & set(results.quality["code"])


def test_single_leg_stance_is_one_steady_window(made: tuple[Results, dict[str, xr.Dataset]]) -> None:
    results, truths = made
    cycles = results.cycles
    mine = cycles.isel(cycle=np.flatnonzero(cycles["trial"].values == "stand"))
    assert mine["side"].values.tolist() == ["left"]
    assert float(mine["end"][0] - mine["start"][0]) > 5.0
    assert (truths["stand"]["contact"].sel(side="right") == 0).all()
