"""Noise-free synthetic squats through C3D against the truth that the simulator wrote.

Unfiltered: angles 1e-3 degree, joint centres 1e-6 m (C3D holds float32 mm). Default filters: stance moments 0.02 N m/kg RMS in
every component and frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.events.knee_angle import over_knee_flexion
from biomech.io.sheets import Trial
from biomech_simulation.participant import Participant
from biomech_simulation.squat import squat
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static
from tests.pipeline import Results, run_session, session_of

TASKS = {
    "sls_right": ("single_leg_squat", "right"),
    "sls_left": ("single_leg_squat", "left"),
    "dls": ("double_leg_squat", "both"),
}
UNFILTERED = {
    "signals": {"cutoff_hz": {task: None for task in ("static", "single_leg_squat", "double_leg_squat")}},
    "force_plates": {"zero": "none"},
}
DEFAULT: dict[str, Any] = {"force_plates": {"zero": "none"}}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Participant, dict[str, xr.Dataset]]:
    folder = tmp_path_factory.mktemp("squats")
    person = example_participant(1)
    motions = {"static": static(person)}
    for seed, (name, (task, side)) in enumerate(TASKS.items()):
        motions[name] = squat(
            person, task, "left" if side == "left" else "right", repetitions=2, rate_hz=100.0, seed=seed
        )  # type: ignore[arg-type]
    for name, motion in motions.items():
        motion.write(folder / f"{name}.c3d")
    return folder, person, {name: motion.truth for name, motion in motions.items()}


def _run(recorded: tuple[Path, Participant, dict[str, xr.Dataset]], config: dict[str, Any]) -> Results:
    folder, person, _ = recorded
    rows = [Trial(trial="static", file="static.c3d", role="static", task="static")]
    rows += [
        Trial(trial=name, file=f"{name}.c3d", role="dynamic", task=task, side=side)  # type: ignore[arg-type]
        for name, (task, side) in TASKS.items()
    ]
    session = session_of(person, *rows)
    return run_session(session, parse_config(config), folder)


@pytest.fixture(scope="module")
def unfiltered(recorded: tuple[Path, Participant, dict[str, xr.Dataset]]) -> Results:
    return _run(recorded, UNFILTERED)


@pytest.fixture(scope="module")
def filtered(recorded: tuple[Path, Participant, dict[str, xr.Dataset]]) -> Results:
    return _run(recorded, DEFAULT)


@pytest.mark.parametrize("trial", list(TASKS))
def test_angles_and_joint_centres_equal_truth(recorded, unfiltered: Results, trial: str) -> None:  # type: ignore[no-untyped-def]
    truth = recorded[2][trial]
    ours = unfiltered.kinematics[trial]
    error = np.abs((ours["angle"].sel(quantity=truth["quantity"], side=truth["side"]) - truth["angle"]).values)
    assert error.shape == truth["angle"].shape
    assert np.isfinite(error).all()
    worst = str(truth["quantity"].values[np.unravel_index(error.argmax(), error.shape)[2]])
    assert error.max() < 1e-3, f"{worst} is off by {error.max():.2e} degrees"
    centres = ours["joint_centre"].sel(joint=truth["joint"], side=truth["side"]) - truth["joint_centre"]
    assert np.abs(centres.values).max() < 1e-6


@pytest.mark.parametrize("trial", list(TASKS))
@pytest.mark.parametrize("config", ["unfiltered", "filtered"])
def test_stance_moments_equal_truth(recorded, request: pytest.FixtureRequest, config: str, trial: str) -> None:  # type: ignore[no-untyped-def]
    truth = recorded[2][trial]
    kinetics = request.getfixturevalue(config).kinetics[trial]
    assert (kinetics["contact"].sel(side=truth["side"]).values == truth["contact"].values).all(), "foot on its plate"
    standing = (truth["contact"] == 1).values
    assert standing.any(axis=1).all()
    quantities = [q for q in kinetics["quantity"].values if np.isfinite(kinetics["moment"].sel(quantity=q)).any()]
    assert len(quantities) == 9
    for quantity in quantities:
        ours = kinetics["moment"].sel(quantity=quantity, side=truth["side"], frame=truth["frame"])
        error = (ours - truth["moment"].sel(quantity=quantity)).values[standing]
        rms = np.sqrt(np.mean(error**2, axis=0))
        assert rms.max() < 0.02, f"{quantity}: RMS per frame {dict(zip(truth['frame'].values, rms, strict=True))}"


@pytest.mark.parametrize("trial", list(TASKS))
def test_powers_equal_truth(recorded, unfiltered: Results, trial: str) -> None:  # type: ignore[no-untyped-def]
    """Moments to 1 % times rates of some 3 rad/s: 0.02 W/kg RMS."""
    truth = recorded[2][trial]
    named = [q for q in truth["quantity"].values if np.isfinite(truth["power"].sel(quantity=q)).all()]
    assert len(named) == 9
    error = (
        unfiltered.kinetics[trial]["power"].sel(quantity=named, side=truth["side"]) - truth["power"].sel(quantity=named)
    ).values
    rms = np.sqrt(np.nanmean(error**2, axis=0))
    assert rms.max() < 0.02, dict(zip(named, rms.max(axis=0), strict=True))


@pytest.mark.parametrize("trial", list(TASKS))
def test_repetitions_equal_truth(recorded, filtered: Results, trial: str) -> None:  # type: ignore[no-untyped-def]
    """Both squats are found on the right sides, between the true beginning and end of the bending."""
    truth, cycles = recorded[2][trial], filtered.cycles
    mine = cycles.isel(cycle=np.flatnonzero(cycles["trial"].values == trial))
    sides = ("left", "right") if TASKS[trial][1] == "both" else (TASKS[trial][1],)
    assert sorted(zip(mine["side"].values, mine["rep"].values.astype(int), strict=True)) == [
        (s, r) for s in sides for r in (1, 2)
    ]

    def times(name: str, side: str) -> np.ndarray:
        chosen = (truth["event_name"].values == name) & (truth["event_side"].values == side)
        return np.sort(truth["event_time"].values[chosen])

    for side in sides:
        own = mine.isel(cycle=np.flatnonzero(mine["side"].values == side))
        starts, ends = np.sort(own["start"].values), np.sort(own["end"].values)
        assert ((starts > times("squat_start", side)) & (starts < times("squat_start", side) + 0.8)).all()
        assert ((ends < times("squat_end", side)) & (ends > times("squat_end", side) - 0.8)).all()


@pytest.mark.parametrize("trial", list(TASKS))
def test_curves_over_knee_flexion_equal_truth(recorded, unfiltered: Results, trial: str) -> None:  # type: ignore[no-untyped-def]
    """Knee abduction where truth's own knee passes 20 to 60 degrees, going down and coming up: 0.1 degree."""
    truth = recorded[2][trial]
    bent = over_knee_flexion(unfiltered.cycles)
    assert not {"other_foot_down", "incomplete_repetition"} & set(unfiltered.quality["code"])
    compared = 0
    for i in np.flatnonzero(bent["trial"].values == trial):
        cycle = bent.isel(cycle=i)
        angle = truth["angle"].sel(side=str(cycle["side"].values))
        time = truth["time"].values
        inside = (time >= float(cycle["start"])) & (time <= float(cycle["end"]))
        knee, abduction = (angle.sel(quantity=q).values[inside] for q in ("knee_flexion", "knee_abduction"))
        top = int(knee.argmax())
        for level in (20.0, 40.0, 60.0):
            down = np.interp(level, knee[: top + 1], abduction[: top + 1])  # both halves are monotonous
            up = np.interp(level, knee[top:][::-1], abduction[top:][::-1])
            ours = cycle.sel(quantity="knee_abduction", knee_flexion=level)
            assert float(ours.sel(phase="descent")) == pytest.approx(down, abs=0.1)
            assert float(ours.sel(phase="ascent")) == pytest.approx(up, abs=0.1)
            compared += 1
    assert compared >= 6
