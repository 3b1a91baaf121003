"""A job's edges: what is caught, what stops it, what is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from biomech.errors import TrialError
from biomech.io import store
from biomech.io.sheets import Session
from biomech.io.trial_files import TrialFolder, write_trials
from biomech.pipeline.messages import ending, logged
from biomech.pipeline.run import run_stage
from biomech.pipeline.session_jobs import run_figures
from biomech.pipeline.stages import STAGES
from biomech.pipeline.study_jobs import run_overview, run_study
from biomech.quality import Quality


def run(tmp_path: Path, patch: pytest.MonkeyPatch, fails: Exception | None, on_error: str = "skip") -> Any:
    def call(**_: Any) -> xr.Dataset:
        if fails:
            raise fails
        return xr.Dataset({"value": ("cycle", [1.0])})

    patch.setattr("biomech.outcomes.session.metrics_session", call)
    inputs = {name: tmp_path / (f"{name}.nc" if STAGES[name].flat else name) for name in STAGES["metrics"].reads}
    for name, path in inputs.items():
        if STAGES[name].flat:
            store.write_dataset(xr.Dataset(), path)
        else:
            write_trials(path, ())
    run_stage(
        "metrics",
        inputs,
        {"data": tmp_path / "out.nc", "quality": tmp_path / "out.tsv"},
        {
            "config": {"data": {"on_error": on_error}},
            "session": Session(participant="P01", session="1").model_dump(mode="json"),
        },
        tmp_path,
    )
    return store.read_dataset(tmp_path / "out.nc"), store.read_quality(tmp_path / "out.tsv")


def test_results_carry_provenance_and_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, quality = run(tmp_path, monkeypatch, None)
    assert data["value"].item() == 1.0 and not len(quality)
    assert data.attrs["stage"] == "metrics" and "cycles.nc" in data.attrs["input_sha256"]
    first = (tmp_path / "out.nc").read_bytes()
    run(tmp_path, monkeypatch, None)
    assert (tmp_path / "out.nc").read_bytes() == first


@pytest.mark.parametrize(
    ("error", "code"),
    [(TrialError("no cycle", code="no_cycle", action="look"), "no_cycle"), (ValueError("odd"), "internal_error")],
)
def test_what_cannot_be_computed_is_a_quality_row_and_a_valid_empty_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    data, quality = run(tmp_path, monkeypatch, error)
    assert not data.variables and data.attrs["stage"] == "metrics"
    assert quality[["level", "code", "participant"]].to_numpy().tolist() == [["error", code, "P01"]]
    assert str(error) in quality["message"].item() and quality["action"].item()


@pytest.mark.parametrize("error", [TrialError("no cycle", code="no_cycle"), ValueError("odd")])
def test_on_error_stop_lets_every_error_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with pytest.raises(type(error)):
        run(tmp_path, monkeypatch, error, on_error="stop")
    assert not (tmp_path / "out.nc").exists()


@pytest.mark.parametrize("error", [MemoryError(), OSError("disk full"), ImportError("gone")])
def test_a_fault_of_the_machine_is_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    with pytest.raises(type(error)):
        run(tmp_path, monkeypatch, error)


def test_the_log_holds_what_is_printed_and_the_message_alone_of_a_user_error(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "a.log"
    with logged(path):
        print("hello")
    assert path.read_text() == "hello\n"
    with pytest.raises(SystemExit) as exit, logged(path):
        raise TrialError("expected a C3D file", code="no_c3d", action="look at the path")
    assert exit.value.code == 1 and path.read_text() == "expected a C3D file (look at the path)\n"
    with pytest.raises(SystemExit), logged(path):
        raise ValueError("odd")
    assert "Traceback" in path.read_text() and "odd" in path.read_text()


def test_a_study_without_a_single_cycle_still_has_every_file(tmp_path: Path) -> None:
    quality = Quality("P01", "1", "ingest")
    quality.add("info", "note", "a note")
    quality.add("error", "no_c3d", "an error")
    store.write_quality(quality.table(), tmp_path / "q.tsv")
    store.write_dataset(xr.Dataset(), tmp_path / "empty.nc")
    results = tmp_path / "results"
    outputs = {
        "dataset": results / "study.nc",
        "metrics_parquet": results / "metrics.parquet",
        "metrics_csv": results / "metrics.csv",
        "quality": results / "quality.tsv",
        "dictionary": results / "data_dictionary.csv",
    }
    empty = [tmp_path / "empty.nc"]
    run_study(
        {"cycles": empty, "metrics": empty, "quality": [tmp_path / "q.tsv"]}, outputs, {"sheet_notes": []}, tmp_path
    )
    assert all(path.stat().st_size for path in outputs.values())
    assert store.read_quality(outputs["quality"])["level"].tolist() == ["error", "info"]
    figures, report = results / "figures", {"formats": ["svg"], "norms": True}
    drawn = figures / "participants" / "P01"
    run_figures({"visits": empty}, {"folder": drawn}, {"config": report}, tmp_path)
    made = {"metrics": [outputs["metrics_parquet"]], "figures": [drawn]}
    places = {"folder": figures / "overview", "index": figures / "index.tsv"}
    run_overview(made, places, {"config": report}, tmp_path)
    assert (figures / "overview").is_dir() and (figures / "index.tsv").is_file()
    printed = ending(tmp_path)
    assert "1 error, 0 warnings, 1 note" in printed and str(results) in printed


def test_trials_before_a_fault_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def call(**_: Any) -> Any:
        yield "one", xr.Dataset({"value": ("time", [1.0])})
        raise ValueError("odd")

    monkeypatch.setattr("biomech.io.ingest.ingest_trials", call)
    session = Session(participant="P01", session="1").model_dump(mode="json")
    params = {"config": {}, "session": session, "data": {"folder": str(tmp_path), "sha256": {}}}
    outputs = {"data": tmp_path / "out", "quality": tmp_path / "out.tsv"}
    run_stage("ingest", {}, outputs, params, tmp_path)
    trials = TrialFolder(outputs["data"])
    assert list(trials) == ["one"] and trials.attrs["participant"] == "P01" and trials.attrs["stage"] == "ingest"
    assert store.read_quality(outputs["quality"])["code"].tolist() == ["internal_error"]
    with pytest.raises(ValueError, match="odd"):
        run_stage("ingest", {}, outputs, params | {"config": {"data": {"on_error": "stop"}}}, tmp_path)
