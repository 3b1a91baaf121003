"""A recorded walk as Motion-BIDS and as OpenSim files: what is read from them are the recorded markers and forces.

Source: a child's straight walk and turn of `walking_pig_ofm`, two plates of type 2; markers are missing in some frames.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.config import Config
from biomech.export.bids import write_bids
from biomech.export.session import cycle_table, export_session
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, read_study
from biomech.io.trial_files import Trials
from biomech.quality import Quality
from tests.pipeline import Results, run_session
from tests.unit.export.test_bids import validated

pytestmark = pytest.mark.realdata
STUDY = Path(__file__).parents[1] / "studies" / "children"
WALKS = ("straight", "turn")
Walked = tuple[Session, Results, Config]


@pytest.fixture(scope="module")
def walked(realdata: Path) -> Walked:
    study = read_study(STUDY, environ={"BIOMECH_DATA": str(realdata)})
    session = study.sessions[0]
    return session, run_session(session, study.config, realdata), study.config


@pytest.fixture(scope="module")
def dataset(walked: Walked, tmp_path_factory: pytest.TempPathFactory) -> Path:
    session, results, config = walked
    root = tmp_path_factory.mktemp("bids") / "bids"
    write_bids([session], root, [(results.raw, results.kinematics, cycle_table(results.cycles))], config.muscles)
    return root


@pytest.fixture(scope="module")
def opensim_files(walked: Walked, tmp_path_factory: pytest.TempPathFactory) -> Path:
    session, results, config = walked
    folder = tmp_path_factory.mktemp("opensim")
    asked = Config.model_validate(config.model_dump(mode="json") | {"export": {"formats": ["opensim"]}})
    trees = results.raw, results.kinematics, results.kinetics
    export_session(*trees, results.cycles, session, asked, folder, results.model)
    return folder


def read_again(dataset: Path, session: Session, config: Config) -> tuple[Trials, Quality]:
    """Return the session as the reader of Motion-BIDS finds it; trials of one task are numbered in the order of the sheet."""
    runs: dict[str, int] = {}
    trials = []
    for trial in session.trials:
        runs[trial.task] = runs.get(trial.task, 0) + 1
        label = "".join(filter(str.isalnum, trial.task))
        name = f"sub-*/ses-*/motion/*_task-{label}_tracksys-optical_run-{runs[trial.task]}_motion.tsv"
        (file,) = dataset.glob(name)
        trials.append(trial.model_copy(update={"file": file.relative_to(dataset).as_posix()}))
    quality = Quality(session.participant, session.session, "ingest")
    return ingest_session(
        session.model_copy(update={"trials": tuple(trials)}), dataset, config, quality, "stop"
    ), quality


def test_motion_bids_holds_the_recorded_markers_forces_and_events(dataset: Path, walked: Walked) -> None:
    session, results, config = walked
    again, quality = read_again(dataset, session, config)
    assert not [row for row in quality.rows if row["level"] == "error"]
    missing = 0
    for name in WALKS:
        before, after = (trials[name] for trials in (results.raw, again))
        assert after.attrs["reader"] == "Motion-BIDS" and after.attrs["rate_hz"] == before.attrs["rate_hz"]
        assert after["marker"].to_numpy().tolist() == before["marker"].to_numpy().tolist()
        np.testing.assert_allclose(after["marker_position"], before["marker_position"], atol=1e-8)
        missing += int(np.isnan(before["marker_position"]).any("axis").sum())
        for quantity, peak in (("plate_force", 200.0), ("plate_moment", 50.0)):
            assert np.abs(before[quantity]).max() > peak
            np.testing.assert_allclose(after[quantity], before[quantity], atol=1e-3, err_msg=f"{name} {quantity}")
        np.testing.assert_allclose(after["plate_corner"], before["plate_corner"], atol=1e-6)
        np.testing.assert_allclose(after["event_time"], before["event_time"], atol=1e-6)
        assert after["event_name"].to_numpy().tolist() == before["event_name"].to_numpy().tolist()
        assert after["event_side"].to_numpy().tolist() == before["event_side"].to_numpy().tolist()
    assert missing, "missing samples are written as n/a and read as missing"


def test_the_bids_validator_finds_no_error(dataset: Path) -> None:
    assert validated(dataset) == []


def test_opensim_files_hold_the_markers_and_forces(opensim_files: Path, walked: Walked) -> None:
    pyomeca = pytest.importorskip("pyomeca", reason="pyomeca is not installed (extra `exports`)")
    session, results, _ = walked
    tabs = {"sep": "\t"}
    for name in WALKS:
        stem = opensim_files / f"{session.participant}_{session.session}_{name}"
        kinematics, kinetics = (trials[name] for trials in (results.kinematics, results.kinetics))
        ours = kinematics["marker_clean"].transpose("time", "marker", "axis")
        trc = pyomeca.Markers.from_trc(f"{stem}.trc", pandas_kwargs=tabs)
        assert trc.channel.to_numpy().tolist() == ours["marker"].to_numpy().tolist()
        assert float(trc.rate) == kinematics.attrs["rate_hz"]
        theirs = trc.isel(axis=slice(3)).transpose("time", "channel", "axis").to_numpy()
        np.testing.assert_allclose(theirs, ours.to_numpy(), atol=1e-6)
        forces = pyomeca.Analogs.from_mot(f"{stem}_forces.mot", pandas_kwargs=tabs)
        measured = 0
        for side in ("left", "right"):
            force, point, free = (
                np.stack([forces.sel(channel=f"ground_force_{side[0]}_{kind}{axis}") for axis in "xyz"], axis=1)
                for kind in "vpm"
            )
            assert np.isfinite([force, point, free]).all()
            reaction, moment = (
                kinetics[quantity].sel(side=side).transpose("time", "axis").to_numpy()
                for quantity in ("ground_reaction", "ground_reaction_moment")
            )
            known = np.isfinite(reaction).all(axis=1)
            np.testing.assert_allclose(force, np.where(known[:, None], reaction, 0), atol=1e-6)
            about_origin = np.cross(point, force) + free
            # points are written with six decimals: 1 micrometre under 1 kN
            np.testing.assert_allclose(about_origin[known], moment[known], atol=3e-3)
            measured += int((reaction[known, 1] > 100).sum())
        assert measured > 20, f"{name}: no force to compare"
