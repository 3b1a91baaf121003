"""Synthetic studies of chosen tasks, sessions and errors; EMG timed by the movement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.cli import main
from biomech.errors import BiomechError
from biomech.io.sheets import read_study
from biomech_simulation.emg import DELAY_S_PER_DEG, LEAD_S
from biomech_simulation.study import RECORDERS, Options, example_participant, write_study


def test_command_writes_the_tasks_that_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "study"
    options = [
        "--participants",
        "1",
        "--sessions",
        "pre",
        "post",
        "--tasks",
        "functional",
        "--errors",
        "all",
        "--seed",
        "4",
    ]
    assert main(["simulate", str(folder), *options]) == 0
    assert "biomech run" in capsys.readouterr().out
    sessions = read_study(folder).sessions
    assert [s.session for s in sessions] == ["pre", "post"]
    for session in sessions:
        assert [t.trial for t in session.trials] == ["static", "hip-left", "hip-right", "knee-left", "knee-right"]
        assert {t.role for t in session.trials[1:]} == {"functional"}
        assert [t.side for t in session.trials] == ["both", "left", "right", "left", "right"]
    true = example_participant(1, seed=4).mass_kg
    masses = [s.mass_kg for s in sessions]
    assert masses[0] != masses[1]
    assert masses == pytest.approx([true, true], abs=1.5)
    assert main(["simulate", str(folder), "--tasks", "flying"]) == 1
    assert "walking" in capsys.readouterr().err


def test_some_tasks_in_some_sessions_only(tmp_path: Path) -> None:
    write_study(tmp_path, participants=1, tasks=("functional",), only={"functional": ("pre",)})
    sheet = pd.read_csv(tmp_path / "config" / "trials.tsv", sep="\t")
    assert list(sheet[sheet["session"] == "post"]["trial"]) == ["static"]
    assert len(sheet[sheet["session"] == "pre"]) == 5
    with pytest.raises(BiomechError, match="expected tasks among"):
        write_study(tmp_path, participants=1, only={"swimming": ("pre",)})


def test_single_leg_squats_carry_emg_of_the_working_leg(tmp_path: Path) -> None:
    """On 100 ms before the knee bends, later by 8 ms per degree of the leg's hip pattern; the free leg is silent."""
    person = example_participant(1)
    recorded = RECORDERS["single_leg_squat"](person, Options(1, 1, 100.0, 1000.0, repetitions=2), lambda k: k)
    assert [r.side for r in recorded] == ["left", "right"]
    for trial in recorded:
        truth = trial.motion.truth
        starts = np.sort(truth["event_time"].values[truth["event_name"].values == "squat_start"])
        planted = trial.motion.participant.pattern(trial.side)  # less than in walking: a bent knee shows more
        late = DELAY_S_PER_DEG * planted.hip_internal_rotation_deg
        assert truth["emg_onset"].values == pytest.approx(starts - LEAD_S + late)
        assert set(truth["emg_side"].values) == {trial.side}
        working = list(trial.motion.analog_labels).index(f"{trial.side[0].upper()}GMED")
        size = trial.motion.analog.std(axis=0)
        assert size[working] > 4 * size[1 - working]
    recorded[0].motion.write(tmp_path / "s.c3d", tmp_path / "s.truth.nc", compact=True)
    with xr.open_dataset(tmp_path / "s.truth.nc") as stored:
        assert stored["emg_onset"].values == pytest.approx(recorded[0].motion.truth["emg_onset"].values, abs=1e-12)
