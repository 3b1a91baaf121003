"""Motion-BIDS as input: the markers of an example recording, written as other laboratories may write them, come back the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from biomech.c3d.recording_file import read_c3d
from biomech.config import Lab, parse_config
from biomech.errors import TrialError
from biomech.io.bids_files import companions
from biomech.io.ingest import ingest_session
from biomech.io.recordings import read_recording
from biomech.io.sheets import Session, Study, Trial
from biomech.pipeline.narrowing import trial_hashes
from biomech.quality import Quality

EXAMPLE = Path(__file__).resolve().parents[3] / "data_example" / "P01" / "pre" / "static.c3d"
LAB = Lab(up="+z", forward="+x")
STEM = "sub-01_task-standing_tracksys-omc"


@pytest.fixture(scope="module")
def markers() -> tuple[list[str], np.ndarray, float]:
    """Names, positions (n, markers, 3) in m, lab axes, and rate of the example's static trial, some of it missing."""
    recording = read_c3d(EXAMPLE, LAB)
    position = recording.position[:60].copy()
    position[5:9, 2] = np.nan
    return recording.marker_names, position, recording.rate_hz


def write(folder: Path, markers: tuple[list[str], np.ndarray, float], **how: Any) -> Path:
    """Write a dataset: `axes` as SpatialAxes (None: not given), `unit`, text of what is missing, place of the sidecars."""
    names, position, rate = markers
    axes, scale = how.get("axes", "ASR"), {"m": 1.0, "mm": 1e3, "cm": 1e2}[how.get("unit", "m")]
    own = {"A": (0, 1), "P": (0, -1), "S": (1, 1), "I": (1, -1), "R": (2, 1), "L": (2, -1)}
    stored = np.stack([own[letter][1] * position[..., own[letter][0]] for letter in axes or how["stored"]], axis=-1)
    motion, above = folder / "sub-01" / "motion", folder if how.get("inherited") else folder / "sub-01" / "motion"
    motion.mkdir(parents=True)
    (folder / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.11.1"}')
    path = motion / f"{STEM}_motion.tsv"
    table = pd.DataFrame(scale * stored.reshape(len(stored), -1))
    table.to_csv(path, sep="\t", header=False, index=False, na_rep=how.get("missing", "n/a"), float_format="%.9g")
    stem = STEM.split("_", 1)[1] if how.get("inherited") else STEM
    (above / f"{stem}_motion.json").write_text(
        json.dumps({"TaskName": "standing", "SamplingFrequency": rate, "TrackingSystemName": "omc"})
    )
    rows = [[f"{name}_{axis}", axis, "POS", name, how.get("unit", "m"), "global"] for name in names for axis in "xyz"]
    columns = ["name", "component", "type", "tracked_point", "units", "reference_frame"]
    pd.DataFrame(rows, columns=columns).to_csv(above / f"{stem}_channels.tsv", sep="\t", index=False)
    if axes:
        levels = {"reference_frame": {"Levels": {"global": {"SpatialAxes": axes}}}}
        (above / f"{stem}_channels.json").write_text(json.dumps(levels))
    return path


def same(path: Path, markers: tuple[list[str], np.ndarray, float], lab: Lab = LAB) -> Any:
    names, position, rate = markers
    found = read_recording(path, lab)
    assert found.marker_names == names and found.rate_hz == rate
    np.testing.assert_allclose(found.position, position, atol=1e-7)
    return found


@pytest.mark.parametrize("axes", ["ASR", "ALS", "PRS", "LAS", "RSP", "ARS"])
def test_axes_are_those_that_the_dataset_names(tmp_path: Path, markers, axes: str) -> None:
    same(write(tmp_path, markers, axes=axes), markers)


def test_without_named_axes_those_of_the_config_count(tmp_path: Path, markers) -> None:
    same(write(tmp_path, markers, axes=None, stored="ALS"), markers, Lab(up="+z", forward="+x"))
    same(write(tmp_path / "b", markers, axes=None, stored="SAL"), markers, Lab(up="+x", forward="+y"))


@pytest.mark.parametrize("unit", ["m", "mm", "cm"])
@pytest.mark.parametrize("missing", ["n/a", "NaN", ""])
def test_units_and_missing_values(tmp_path: Path, markers, unit: str, missing: str) -> None:
    same(write(tmp_path, markers, unit=unit, missing=missing), markers)


def test_sidecars_may_stand_at_the_top_of_the_dataset(tmp_path: Path, markers) -> None:
    path = write(tmp_path, markers, inherited=True)
    same(path, markers)
    # the nearer one counts
    path.with_name("sub-01_task-standing_motion.json").write_text(json.dumps({"SamplingFrequency": 50}))
    assert read_recording(path, LAB).rate_hz == 50


def test_an_edited_sidecar_is_another_recording(tmp_path: Path, markers) -> None:
    path = write(tmp_path, markers)
    assert {file.name.removeprefix(f"{STEM}_") for file in companions(path)} == {
        "motion.tsv", "motion.json", "channels.tsv", "channels.json"
    }  # fmt: skip
    assert companions(EXAMPLE) == [EXAMPLE]


def test_other_channels_and_events_of_the_trial(tmp_path: Path, markers) -> None:
    path = write(tmp_path, markers)
    table, channels = pd.read_csv(path, sep="\t", header=None), path.with_name(f"{STEM}_channels.tsv")
    rows = pd.read_csv(channels, sep="\t")
    rows.loc[len(rows)] = ["time", "n/a", "LATENCY", "n/a", "s", "n/a"]
    rows.loc[len(rows)] = ["knee", "n/a", "JNTANG", "knee", "deg", "n/a"]
    rows.to_csv(channels, sep="\t", index=False, na_rep="n/a")
    table = pd.concat([table, pd.DataFrame({"time": np.arange(len(table)) / markers[2], "knee": 1.0})], axis=1)
    table.to_csv(path, sep="\t", header=False, index=False, na_rep="n/a")
    path.with_name(f"{STEM}_events.tsv").write_text(
        "onset\tduration\ttrial_type\tside\n0.1\t0\tfoot_strike\tleft\n0.3\t0\tToe Off\tright\nn/a\t0\tcue\tn/a\n"
    )
    found = same(path, markers)
    assert found.event_rows == [(0.1, "foot_strike", "left"), (0.3, "foot_off", "right")]
    assert [note[1] for note in found.notes] == ["bids_channels_unused"]


def test_damaged_emg_is_left_out_with_a_warning(tmp_path: Path, markers) -> None:
    pytest.importorskip("edfio", reason="edfio is not installed (extra `bids`)")
    path = write(tmp_path, markers)
    emg = path.parent.parent / "emg"
    emg.mkdir()
    (emg / "sub-01_task-standing_emg.bdf").write_bytes(b"no header")
    assert [note[:2] for note in same(path, markers).notes] == [("warning", "bids_emg")]


def test_a_header_is_left_out_with_a_warning(tmp_path: Path, markers) -> None:
    path = write(tmp_path, markers)
    names = pd.read_csv(path.with_name(f"{STEM}_channels.tsv"), sep="\t")["name"]
    path.write_text("\t".join(names) + "\n" + path.read_text())
    assert [note[:2] for note in same(path, markers).notes] == [("warning", "bids_header")]


def edit(ending: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        file = path.with_name(f"{STEM}_{ending}")
        file.write_text(change(file.read_text()))

    return spoil


def remove(ending: str) -> Callable[[Path], None]:
    return lambda path: path.with_name(f"{STEM}_{ending}").unlink()


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        (remove("channels.tsv"), "bids_files", "_channels.tsv"),
        (remove("motion.json"), "bids_rate", "SamplingFrequency"),
        (edit("motion.json", lambda t: "{" + t), "bids_files", "JSON"),
        (edit("motion.json", lambda t: t.replace('"SamplingFrequency": 100', '"SamplingFrequency": "n/a", "x": 1')), "bids_rate", "n/a"),
        (edit("channels.tsv", lambda t: t.replace("tracked_point", "point")), "bids_channels", "tracked_point"),
        (edit("channels.tsv", lambda t: t[: t.rstrip().rindex("\n") + 1]), "bids_channels", "columns for"),
        (edit("channels.tsv", lambda t: t.replace("LASI_y\ty", "LASI_y\tx")), "bids_channels", "'LASI'"),
        (edit("channels.tsv", lambda t: t.replace("\tm\t", "\tfurlong\t")), "bad_unit", "furlong"),
        (edit("channels.tsv", lambda t: t.replace("\tm\t", "\tmm\t")), "bad_unit", "unit of the file is wrong"),
        (edit("channels.tsv", lambda t: t.replace("POS", "MISC")), "no_points", "POS"),
        (edit("channels.json", lambda t: t.replace("ASR", "AAR")), "bids_channels", "SpatialAxes"),
        (edit("motion.tsv", lambda t: "lost\t" + t.split("\t", 1)[1]), "bids_channels", "'lost' in line 1, column 1"),
        (lambda path: path.write_bytes(bytes(range(128, 256)) * 20), "bids_channels", "not text"),
        (lambda path: path.with_name(f"{STEM}_channels.tsv").write_bytes(b"name\xff\t\n"), "bids_files", "UTF-8"),
        (lambda path: path.with_name(f"{STEM}_channels.tsv").write_bytes(b""), "bids_files", "table"),
        (lambda path: path.write_bytes(b""), "no_points", "POS"),
        (edit("motion.tsv", lambda t: t.rstrip() + "\t1\n"), "bids_channels", "lines of different lengths"),
    ],
)  # fmt: skip
def test_a_wrong_dataset_is_refused_with_the_reason(tmp_path: Path, markers, spoil, code: str, says: str) -> None:
    path = write(tmp_path, markers)
    spoil(path)
    with pytest.raises(TrialError) as error:
        read_recording(path, LAB)
    assert error.value.code == code and says in str(error.value) and error.value.action


def test_uneven_samples_are_refused(tmp_path: Path, markers) -> None:
    path = write(tmp_path, markers)
    table, channels = pd.read_csv(path, sep="\t", header=None), path.with_name(f"{STEM}_channels.tsv")
    rows = pd.read_csv(channels, sep="\t")
    rows.loc[len(rows)] = ["time", "n/a", "LATENCY", "n/a", "s", "n/a"]
    rows.to_csv(channels, sep="\t", index=False, na_rep="n/a")
    table = pd.concat([table, pd.Series(np.arange(len(table)) / markers[2] * 1.1)], axis=1)
    table.to_csv(path, sep="\t", header=False, index=False, na_rep="n/a")
    with pytest.raises(TrialError, match="LATENCY"):
        read_recording(path, LAB)


def test_a_trial_of_the_sheet_is_ingested_and_a_wrong_one_gets_a_row(tmp_path: Path, markers) -> None:
    path = write(tmp_path, markers, unit="mm")
    relabel = {markers[0][0]: "renamed"}
    trials = (
        Trial(trial="a", file=str(path.relative_to(tmp_path)), role="static", task="static", relabel=relabel),
        Trial(trial="b", file="sub-01/motion/absent_motion.tsv", role="static", task="static"),
    )
    session, quality = Session(participant="01", session="1", trials=trials), Quality("01", "1", "ingest")
    raw = ingest_session(session, tmp_path, parse_config({}), quality)
    assert list(raw) == ["a"]
    assert raw["a"]["marker"].to_numpy().tolist() == ["renamed", *markers[0][1:]]
    assert [(row["trial"], row["code"]) for row in quality.rows] == [("b", "file_missing")]


def test_the_hash_of_a_trial_covers_its_sidecars(tmp_path: Path, markers) -> None:
    path = write(tmp_path, markers)
    trial = Trial(trial="a", file=str(path.relative_to(tmp_path)), role="static", task="static")
    session = Session(participant="01", session="1", trials=(trial,))
    study = Study(tmp_path, parse_config({}), (session,), tmp_path)
    before = trial_hashes(study, session)
    path.with_name(f"{STEM}_motion.json").write_text(json.dumps({"SamplingFrequency": 50}))
    assert trial_hashes(study, session) != before
