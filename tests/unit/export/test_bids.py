"""A study as BIDS datasets: the BIDS validator finds no error, and what is read back gives the same results."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech import stages
from biomech.config import Config, parse_config
from biomech.errors import StudyError
from biomech.export import bids_emg
from biomech.export.bids import DERIVATIVE, bids_tables, write_bids
from biomech.export.bids_emg import write_emg
from biomech.export.session import cycle_table
from biomech.io.sheets import Session, Trial
from tests.pipeline import Results, run_session
from tests.walks import recorded_session


@pytest.fixture(scope="module")
def config() -> Config:
    channels = {"left": {"gluteus_medius": "LGMED"}, "right": {"gluteus_medius": "RGMED, a label of the amplifier"}}
    return parse_config({"muscles": {"channels": channels, "notch_hz": 50, "normalisation": "peak"}})


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, Results]:
    folder = tmp_path_factory.mktemp("walk")
    session = recorded_session(0, folder)
    covariates = {"age_years": 25.0, "remark": "left\tknee"}
    return session.model_copy(update={"covariates": covariates}), run_session(session, parse_config({}), folder)


@pytest.fixture(scope="module")
def dataset(walked: tuple[Session, Results], config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The walk with EMG in mV and one missing marker, written as BIDS."""
    pytest.importorskip("edfio", reason="edfio is not installed (extra `bids`): EMG cannot be written")
    session, results = walked
    root = tmp_path_factory.mktemp("bids") / "bids"
    raw = {name: results.raw[name] for name in results.raw}
    raw["walk"] = with_emg(raw["walk"])
    raw["walk"]["marker_position"][10:14, 3] = np.nan
    tree = raw
    write_bids([session], root, [(tree, results.kinematics, cycle_table(results.cycles))], config.muscles)
    return root


def with_emg(one: xr.Dataset) -> xr.Dataset:
    """A trial with two EMG channels instead of its analog ones: a sine of 2 mV and noise."""
    n = one.sizes["analog_time"]
    time = np.arange(n) / float(one.attrs["analog_rate_hz"])
    values = np.stack([2.0 * np.sin(2 * np.pi * 80 * time), np.random.default_rng(0).normal(size=n)], axis=1)
    labels = ["LGMED", "RGMED, a label of the amplifier"]
    rest = one.drop_vars(["analog", "channel", "channel_unit"], errors="ignore")
    return rest.assign(
        analog=(("analog_time", "channel"), values.astype(np.float32)), channel_unit=("channel", ["mV", "mV"])
    ).assign_coords(channel=labels)


def validated(root: Path) -> list[dict]:
    """Every error that the BIDS validator finds in a dataset and its derivatives."""
    if not (importlib.util.find_spec("bids_validator_deno") and importlib.util.find_spec("deno")):
        pytest.skip("the BIDS validator is not installed (extra `exports`)")
    command = "from bids_validator_deno import cli; cli()"
    call = [sys.executable, "-c", command, "-r", "--format", "json", "--max-rows", "-1", str(root)]
    answer = subprocess.run(call, capture_output=True, text=True, timeout=300, check=False)
    found = json.loads(answer.stdout)
    assert DERIVATIVE.as_posix() in str(list(found["derivativesSummary"]))
    every = [found, *found["derivativesSummary"].values()]
    return [issue for one in every for issue in one["issues"]["issues"] if issue["severity"] == "error"]


def test_the_bids_validator_finds_no_error(dataset: Path) -> None:
    assert validated(dataset) == []


def test_the_bids_validator_reads_what_is_written(dataset: Path, tmp_path: Path) -> None:
    """A column too few, and a sidecar without the sampling frequency: it does look into these files."""
    import shutil

    broken = tmp_path / "bids"
    shutil.copytree(dataset, broken)
    channels = next(broken.glob("sub-*/**/*task-walking*optical*_channels.tsv"))
    channels.write_text("".join(line.rsplit("\t", 2)[0] + "\n" for line in channels.read_text().splitlines()))
    sidecar = next(broken.glob("sub-*/**/*_emg.json"))
    about = json.loads(sidecar.read_text())
    del about["SamplingFrequency"]
    sidecar.write_text(json.dumps(about))
    codes = {(issue["code"], issue.get("subCode")) for issue in validated(broken)}
    assert ("TSV_COLUMN_MISSING", "units") in codes and ("SIDECAR_KEY_REQUIRED", "SamplingFrequency") in codes


def test_motion_files_hold_the_markers(dataset: Path, walked: tuple[Session, Results]) -> None:
    motion = next(dataset.glob("sub-*/ses-*/motion/*task-walking_tracksys-optical_run-1_motion.tsv"))
    channels = pd.read_csv(str(motion).replace("_motion.tsv", "_channels.tsv"), sep="\t")
    table = pd.read_csv(motion, sep="\t", header=None, na_values=["n/a"]).to_numpy()
    raw = walked[1].raw["walk"]["marker_position"].transpose("time", "marker", "axis")
    assert channels["tracked_point"][::3].tolist() == raw["marker"].to_numpy().tolist()
    assert set(channels["type"]) == {"POS"} and set(channels["units"]) == {"m"}
    found, ours = table.reshape(len(table), -1, 3), raw.to_numpy().copy()
    ours[10:14, 3] = np.nan
    np.testing.assert_allclose(found, ours, atol=1e-8)
    sidecar = json.loads(motion.with_suffix(".json").read_text())
    assert sidecar["SamplingFrequency"] == walked[1].raw["walk"].attrs["rate_hz"]
    scans = pd.read_csv(next(dataset.glob("sub-*/ses-*/*_scans.tsv")), sep="\t", keep_default_na=False)
    assert f"motion/{motion.name}" in scans["filename"].tolist() and set(scans["trial"]) == {"static", "walk"}


def test_emg_is_in_microvolts(dataset: Path) -> None:
    edfio = pytest.importorskip("edfio", reason="edfio is not installed (extra `bids`)")
    (path,) = dataset.glob("sub-*/ses-*/emg/*_emg.bdf")
    left, right = edfio.read_bdf(path).signals
    channels = pd.read_csv(str(path).replace("_emg.bdf", "_channels.tsv"), sep="\t")
    assert [left.label, right.label] == channels["name"].tolist() and set(channels["units"]) == {"uV"}
    sine = 2000.0 * np.sin(2 * np.pi * 80 * np.arange(len(left.data)) / left.sampling_frequency)
    assert left.physical_dimension == "uV"
    np.testing.assert_allclose(left.data, sine, atol=0.01)
    assert channels["target_muscle"].tolist() == ["left gluteus medius", "right gluteus medius"]


def test_the_derivative_holds_angles_and_events(dataset: Path, walked: tuple[Session, Results]) -> None:
    (motion,) = (dataset / DERIVATIVE).glob("sub-*/ses-*/motion/*_motion.tsv")
    names = pd.read_csv(str(motion).replace("_motion.tsv", "_channels.tsv"), sep="\t")["name"].tolist()
    table = pd.read_csv(motion, sep="\t", header=None, na_values=["n/a"]).to_numpy()
    angle = walked[1].kinematics["walk"]["angle"]
    for side in ("left", "right"):
        ours = angle.sel(side=side, quantity="hip_adduction").to_numpy()
        np.testing.assert_allclose(table[:, names.index(f"{side}_hip_adduction")], ours, atol=1e-6)
    events = pd.read_csv(str(motion).replace("_motion.tsv", "_events.tsv"), sep="\t")
    strikes = events[(events["side"] == "left") & (events["trial_type"] == "foot_strike")]["onset"]
    cycles = walked[1].cycles
    mine = cycles.isel(cycle=np.flatnonzero(cycles["side"].to_numpy() == "left"))
    np.testing.assert_allclose(strikes, np.unique(np.round([*mine["start"].values, *mine["end"].values], 6)), atol=1e-6)


def test_what_is_read_back_gives_the_same_angles_and_moments(dataset: Path, walked: tuple[Session, Results]) -> None:
    session, results = walked
    files = {
        name: next(dataset.glob(f"sub-*/ses-*/motion/*task-{task}_tracksys-optical_run-1_motion.tsv")).relative_to(
            dataset
        )
        for name, task in (("static", "static"), ("walk", "walking"))
    }
    trials = tuple(trial.model_copy(update={"file": files[trial.trial].as_posix()}) for trial in session.trials)
    # up and forward of the C3D files: the dataset names its own axes
    again = run_session(session.model_copy(update={"trials": trials}), parse_config({}), dataset)
    before, after = (one.raw["walk"] for one in (results, again))
    assert after.attrs["rate_hz"] == before.attrs["rate_hz"] and after.attrs["reader"] == "Motion-BIDS"
    assert after["marker"].to_numpy().tolist() == before["marker"].to_numpy().tolist()
    assert np.isnan(after["marker_position"][10:14, 3]).all()
    for side in ("left", "right"):
        for quantity in ("hip_adduction", "knee_flexion", "ankle_dorsiflexion"):
            pair = [one.kinematics["walk"]["angle"].sel(side=side, quantity=quantity) for one in (results, again)]
            np.testing.assert_allclose(pair[1], pair[0], atol=0.05)  # one marker is filled over four frames
            np.testing.assert_allclose(pair[1][60:], pair[0][60:], atol=1e-4)
        moments = [
            one.kinetics["walk"]["moment"].sel(side=side, frame="jcs", quantity="knee_abduction")
            for one in (results, again)
        ]
        assert np.isfinite(moments[0]).any()
        np.testing.assert_allclose(moments[1], moments[0], atol=2e-3)
    emg = after["analog"].sel(channel="LGMED").to_numpy()
    np.testing.assert_allclose(emg, 1000 * with_emg(before)["analog"].sel(channel="LGMED").to_numpy(), atol=0.01)


def test_trials_of_one_task_are_numbered(walked: tuple[Session, Results], tmp_path: Path) -> None:
    session, results = walked
    trials = (
        *session.trials,
        Trial(trial="walk-2", file="walk.c3d", role="dynamic", task="walking", condition="brace"),
    )
    raw = {"walk": results.raw["walk"], "walk-2": results.raw["walk"]}
    both = session.model_copy(update={"trials": trials})
    write_bids([both], tmp_path, [(raw, results.kinematics, cycle_table(results.cycles))], parse_config({}).muscles)
    scans = pd.read_csv(next(tmp_path.glob("sub-*/ses-*/*_scans.tsv")), sep="\t", keep_default_na=False)
    optical = scans[scans["filename"].str.contains("tracksys-optical_run-2")]
    assert optical["trial"].tolist() == ["walk-2"] and optical["condition"].tolist() == ["brace"]


@pytest.mark.parametrize(
    ("samples", "rate"), [(9290, 1000.0), (3370, 1000.0), (7919, 1200.0), (4999, 2148.1481), (1, 1000.0)]
)
def test_records_of_emg_hold_every_sample(samples: int, rate: float, tmp_path: Path) -> None:
    """Whatever number of samples: records of a length that the header can say, and the true duration in the sidecar."""
    edfio = pytest.importorskip("edfio", reason="edfio is not installed (extra `bids`)")
    values = np.random.default_rng(0).normal(size=(samples, 1)).astype(np.float32)
    one = xr.Dataset(
        {"analog": (("analog_time", "channel"), values), "channel_unit": ("channel", ["uV"])},
        coords={"channel": ["EMG1"], "analog_time": np.arange(samples) / rate},
        attrs={"analog_rate_hz": rate},
    )
    muscles = parse_config({"muscles": {"channels": {"left": {"gluteus_medius": "EMG1"}}}}).muscles
    path = write_emg(tmp_path / "sub-1_task-a_run-1_emg.bdf", one, muscles, "a")
    assert path is not None
    (signal,) = edfio.read_bdf(path).signals
    sidecar = json.loads(path.with_suffix(".json").read_text())
    assert signal.sampling_frequency == pytest.approx(rate, rel=1e-6)
    assert round(sidecar["RecordingDuration"] * rate) == samples <= len(signal.data) < samples + rate + 1
    np.testing.assert_allclose(signal.data[:samples], values[:, 0], atol=1e-5)


def test_without_the_package_for_emg_the_study_says_so_before_any_job(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(bids_emg.importlib.util, "find_spec", lambda name: None if name == "edfio" else real(name))
    example = Path(__file__).parents[3]
    with pytest.raises(StudyError, match=r"pip install \"biomech\[bids\]\""):
        stages.load_study(example, {}, overrides={"export": {"formats": ["bids"]}})


def test_people_are_named_alike_or_refused() -> None:
    people = [Session(participant=name, session="1") for name in ("P-1", "P1")]
    with pytest.raises(StudyError, match="same label"):
        bids_tables(people)
