"""The workflow as a user meets it: one run, and what a change makes run again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.io.store import read_quality
from biomech.io.trial_files import TrialFolder
from biomech.pipeline.stages import STAGES
from tests.unit.pipeline.small_study import ANALYSES, ROOT, Workflow

SESSION_STAGES = ("ingest", "model", "kinematics", "kinetics", "muscles", "cycles", "metrics")


def jobs(*stages: str, sessions: int = 2) -> dict[str, int]:
    # a page of findings reads all visits of its participant, a report those up to its own and the findings
    once = (
        "study",
        "provenance",
        "outcomes",
        "statistics",
        "statistics_report",
        "figures",
        "overview",
        "methods",
        "report",
        "study_report",
    )
    return dict.fromkeys(stages, sessions) | {"findings": 2, "session_report": 2} | dict.fromkeys(once, 1)


def swing_flexion(metrics: Path) -> pd.Series:
    """Mean knee flexion peak of the swings of each side, from one file of metrics of one session."""
    with xr.open_dataset(metrics) as data:
        walking = data.isel(cycle=(data["task"] == "walking").to_numpy())
        peak = walking["value"].sel(metric="knee_flexion__peak__swing").to_series()
        return peak.groupby(walking["side"].to_series()).mean()


def test_lint_is_clean() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"], cwd=ROOT, text=True, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "default" in done.stderr, "profiles/default is found"


def test_the_rules_are_those_of_the_design(workflow: Workflow) -> None:
    listed = workflow.run("--list-rules").stdout
    for rule in (
        *SESSION_STAGES,
        "findings",
        "study",
        "provenance",
        "outcomes",
        "statistics",
        "statistics_report",
        "figures",
        "overview",
        "methods",
        "report",
        "session_report",
        "study_report",
        "variants",
        "comparison",
        "all",
    ):
        assert f"\n{rule}\n" in f"\n{listed}\n", rule
    assert workflow.would_run("--forceall", "--config", 'report={"figures": false}').keys() == {
        *SESSION_STAGES,
        "findings",
        "study",
        "provenance",
        "outcomes",
        "statistics",
        "statistics_report",
        "methods",
        "report",
        "session_report",
        "study_report",
    }


def test_one_command_gives_every_result(finished: tuple[Workflow, str]) -> None:
    workflow, printed = finished
    results = workflow.study / "results"
    for name in ("study.nc", "metrics.csv", "metrics.parquet", "quality.tsv", "data_dictionary.csv", "provenance.json"):
        assert (results / name).stat().st_size > 0, name
        assert name in printed or name == "metrics.parquet"
    assert list((results / "figures").rglob("*.svg")) and list((results / "figures").rglob("*.png"))
    assert str(results) in printed and "session pre: poses and joint angles" in printed
    for stage in SESSION_STAGES:
        logs = list((workflow.study / "logs").rglob(f"{stage}.base.log"))
        assert len(logs) == 2 and len(list((workflow.study / "logs").rglob(f"{stage}.base.benchmark.tsv"))) == 2
        assert not [log for log in logs if "Traceback" in log.read_text()], stage
    for session in ("pre", "post"):
        (page,) = results.glob(f"sessions/*/{session}/findings/base.md")
        found = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
        assert found["session"] == session and found["findings"], "a page says something"
        assert "not diagnoses" in page.read_text(encoding="utf-8")
        report = (results / "sessions" / "P01" / session / "report.html").read_text(encoding="utf-8")
        assert 'id="scene-a"' in report and 'id="panels"' in report
        assert ("absent.c3d" in report) == (session == "pre"), (
            "a recording that is not there is in its own session's quality"
        )
    whole = (results / "report.html").read_text(encoding="utf-8")
    assert 'href="sessions/P01/pre/report.html"' in whole and "at least 5 are needed" in whole
    contrasts = pd.read_parquet(results / "contrasts.parquet")
    assert {"metric", "contrast", "difference", "unit", "mdc95"} <= set(contrasts.columns)
    assert len(pd.read_csv(results / "contrasts.csv")) == len(contrasts)
    outcomes = pd.read_excel(results / "outcomes.xlsx", sheet_name=None)
    assert outcomes["dictionary"]["name"].tolist() == outcomes["outcomes"].columns.tolist()
    for table in [results / "outcomes.csv", *(results / "outcomes").glob("*.csv")]:
        assert pd.read_csv(table).notna().any().all(), table
    about = json.loads((results / "provenance.json").read_text(encoding="utf-8"))
    read = {f"P01/{session}/{trial}" for session in ("pre", "post") for trial in ("static", "walk1")}
    assert read <= set(about["recording_sha256"]) and about["recording_sha256"]["P01/pre/absent"] == "absent"
    (recording,) = workflow.study.rglob("pre/walk1.c3d")
    assert about["recording_sha256"]["P01/pre/walk1"] == hashlib.sha256(recording.read_bytes()).hexdigest()
    sheet = workflow.study / "config" / "trials.tsv"
    assert about["config_sha256"]["config/trials.tsv"] == hashlib.sha256(sheet.read_bytes()).hexdigest()
    assert about["config"]["statistics"] and "folder" not in json.dumps(about["config"])
    assert {"methods_supplement.md", "outcomes.csv", "statistics/results.parquet"} <= set(about["file_sha256"])
    with xr.open_dataset(results / "study.nc") as study:
        assert study.sizes["cycle"] > 0 and set(study["session"].values.tolist()) == {"pre", "post"}


def test_bad_trials_are_reported_and_the_rest_goes_on(finished: tuple[Workflow, str]) -> None:
    quality = read_quality(finished[0].study / "results" / "quality.tsv")
    errors = quality[quality["level"] == "error"]
    assert set(errors["trial"]) == {"absent", "damaged"}, errors
    assert "internal_error" not in set(quality["code"])
    for trial, file in (("absent", "absent.c3d"), ("damaged", "damaged.c3d")):
        row = errors[(errors["trial"] == trial) & (errors["stage"] == "ingest")]
        assert len(row) == 1 and file in row["message"].item() and row["action"].item()
    with xr.open_dataset(finished[0].study / "results" / "study.nc") as study:
        assert not {"absent", "damaged"} & set(study["trial"].values.tolist())


def test_a_second_run_does_nothing(finished: tuple[Workflow, str]) -> None:
    assert finished[0].would_run() == {}


def test_touched_files_and_comments_rerun_nothing(finished: tuple[Workflow, str]) -> None:
    workflow = finished[0]
    for path in (workflow.study / "data").rglob("*.c3d"):
        os.utime(path, (time.time(), time.time()))
    with workflow.edited("config/trials.tsv", "a remark", "another remark"):
        assert workflow.would_run() == {}


def test_a_changed_cutoff_reruns_what_it_filters(finished: tuple[Workflow, str]) -> None:
    changed = finished[0].would_run("--config", 'signals={"cutoff_hz": {"walking": 11}}')
    assert changed == jobs("kinematics", "kinetics", "cycles", "metrics")


def test_a_variant_computes_only_what_depends_on_it(finished: tuple[Workflow, str]) -> None:
    early = {"early-50": {"metrics": {"windows_ms": 50}}}
    slow = {"cutoff-6": {"signals": {"cutoff_hz": {"walking": 6}}}}
    both = {"both": slow["cutoff-6"] | early["early-50"]}

    def would_run(variants: dict) -> dict[str, int]:
        return finished[0].would_run("--config", f"variants={json.dumps(variants)}")

    def studies(count: int) -> dict[str, int]:
        return dict.fromkeys(("study", "outcomes", "statistics"), count) | {"provenance": count + 1}

    filtered = dict.fromkeys(("kinematics", "kinetics", "cycles"), 2)
    once = dict.fromkeys(("variants", "comparison", "methods", "report", "study_report"), 1)
    assert would_run(early) == {"metrics": 2, "findings": 2} | studies(1) | once
    assert would_run(slow) == filtered | {"metrics": 2, "findings": 2} | studies(1) | once
    # the third variant shares the curves of the second, and nothing is read or modelled again
    assert would_run(early | slow | both) == filtered | {"metrics": 6, "findings": 6} | studies(3) | once
    assert would_run({"same": {"signals": {"gap_max_s": 0.1}}}) == studies(1) | once


def test_variants_stand_beside_each_other(finished: tuple[Workflow, str], tmp_path: Path) -> None:
    """The variant runs in a copy, so that the finished study stays as it is."""
    workflow, study = finished[0], tmp_path / "study"
    shutil.copytree(workflow.study, study, symlinks=True)
    early = {"early-50": {"metrics": {"windows_ms": 50}}, "slow": {"signals": {"cutoff_hz": {"walking": 4}}}}
    done = workflow.run("--config", f"variants={json.dumps(early)}", study=study)
    assert done.returncode == 0, done.stdout
    results = study / "results"
    with xr.open_dataset(results / "variants.nc") as both, xr.open_dataset(results / "study.nc") as base:
        assert both["variant"].values.tolist() == ["base", "early-50", "slow"]
        assert both["present"].sel(variant="base").sum() == base.sizes["cycle"]
        mine = both["angle"].sel(variant="base", cycle=base["cycle"].values).transpose(*base["angle"].dims)
        assert mine.identical(base["angle"].drop_attrs()) or (mine.fillna(0) == base["angle"].fillna(0)).all()
        # curves do not depend on the window of metrics, but on the cutoff
        knee = both["angle"].sel(quantity="knee_flexion")
        assert float(abs(knee.sel(variant="early-50") - knee.sel(variant="base")).max()) == 0
        assert 0.1 < float(abs(knee.sel(variant="slow") - knee.sel(variant="base")).max()) < 30
    page = (results / "variants" / "comparison.md").read_text()
    assert "| metrics.windows_ms | 100 | 50 | 100 |" in page
    assert list((results / "variants" / "comparison_figures").glob("*.png"))
    # each variant has its own statistics: the window moves none of these, the cutoff does
    folders = {"base": results} | {name: results / "variants" / name for name in early}
    tables = {name: pd.read_parquet(folder / "statistics" / "results.parquet") for name, folder in folders.items()}
    medians = {name: table.loc[table["term"] == "median", "estimate"].to_numpy() for name, table in tables.items()}
    assert medians["early-50"].tolist() == medians["base"].tolist()
    # how far the cutoff moves them follows from the two files of metrics of each session
    peak = {
        (visit, name): swing_flexion(results / "sessions" / "P01" / visit / "metrics" / f"{name}.nc")
        for visit in ("pre", "post")
        for name in ("base", "slow")
    }
    by_visit = tables["base"].loc[tables["base"]["term"] == "median", "level_a"].tolist()
    assert set(by_visit) == {"pre", "post"}
    moved = [peak[visit, "slow"].mean() - peak[visit, "base"].mean() for visit in by_visit]
    assert medians["slow"] - medians["base"] == pytest.approx(moved, abs=1e-9)
    assert (np.abs(moved) > 1e-3).all(), "the cutoff moves something"
    shifts = pd.read_csv(results / "variants" / "comparison_metrics.csv")
    shifts = shifts[(shifts["metric"] == "knee_flexion__peak__swing") & (shifts["variant"] == "slow")]
    assert len(shifts) == 2
    for side, shift in shifts.set_index("side")["difference"].items():
        each = [peak[visit, "slow"][side] - peak[visit, "base"][side] for visit in ("pre", "post")]
        assert shift == pytest.approx(np.mean(each), abs=1e-9)
    reported = pd.read_csv(results / "variants" / "comparison_conclusions.csv")
    assert set(reported["variant"]) == {"base", "early-50", "slow"}
    assert set(reported["analysis"]) == {"swing-flexion", "change"}
    assert "## Statistical conclusions" in page


def test_an_analysis_without_support_is_skipped_and_the_others_run(finished: tuple[Workflow, str]) -> None:
    results = finished[0].study / "results"
    table = pd.read_csv(results / "statistics" / "results.csv")
    pd.testing.assert_frame_equal(
        table[["analysis", "estimate", "status"]],
        pd.read_parquet(results / "statistics" / "results.parquet")[["analysis", "estimate", "status"]],
        check_dtype=False,
    )
    change = table[table["analysis"] == "change"]
    assert change["status"].tolist() == ["skipped"] and change[["estimate", "p"]].isna().all(axis=None)
    reason = change["reason"].item()
    assert "1 participants with both conditions; at least 5 are needed" in reason
    assert reason in (results / "report.md").read_text(encoding="utf-8"), "the page says it"
    # what the table holds is the mean of cycles, then of legs, of the metrics of the study
    metrics = pd.read_parquet(results / "metrics.parquet")
    mine = metrics[(metrics["metric"] == "knee_flexion__peak__swing") & (metrics["task"] == "walking")]
    expected = mine.groupby(["session", "side"], observed=True)["value"].mean().groupby("session").mean()
    medians = table[(table["analysis"] == "swing-flexion") & (table["term"] == "median")].set_index("level_a")
    assert set(medians.index) == {"pre", "post"}
    for session, row in medians.iterrows():
        assert row["unit"] == "degree" and row["estimate"] == pytest.approx(expected[session], abs=1e-9)
    assert list((results / "statistics_report" / "tables").iterdir())


def test_a_changed_analysis_reruns_statistics_and_its_readers_only(finished: tuple[Workflow, str]) -> None:
    fewer = [ANALYSES[0], ANALYSES[1] | {"min_participants": 4}]
    readers = ("statistics", "statistics_report", "methods", "report", "study_report", "provenance")
    after = dict.fromkeys(readers, 1)
    assert finished[0].would_run("--config", f"statistics={json.dumps(fewer)}") == after


def test_an_unknown_name_in_an_analysis_stops_before_any_job(workflow: Workflow) -> None:
    wrong = [
        ANALYSES[0] | {"outcomes": ["knee_flexion__peak__swin"]},
        ANALYSES[1] | {"factor": "sesion"},
        ANALYSES[1] | {"name": "levels", "reference": "pree"},
    ]
    done = workflow.run("--config", f"statistics={json.dumps(wrong)}")
    assert done.returncode == 1 and "Job" not in done.stdout and "Traceback" not in done.stdout
    for name, nearest in (
        ("knee_flexion__peak__swin", "knee_flexion__peak__swing"),
        ("sesion", "session"),
        ("pree", "pre"),
    ):
        (line,) = [text for text in done.stdout.splitlines() if f"{name}'" in text or f"{name}`" in text]
        assert f"'{nearest}'" in line, line


def test_files_for_other_programs_are_written_where_the_config_asks(finished: tuple[Workflow, str]) -> None:
    assert finished[0].would_run("--config", 'export={"formats": ["c3d", "bids"]}') == {"export": 2, "bids": 1}
    assert finished[0].would_run("--config", 'export={"formats": []}') == {}


def test_a_fault_of_a_variant_stops_before_any_job(workflow: Workflow) -> None:
    done = workflow.run(
        "--config", 'variants={"slow": {"signals": {"cutof_hz": {"walking": 6}}}, "other": {"data": {}}}'
    )
    assert done.returncode == 1 and "Job" not in done.stdout
    assert "variants.other.data" in done.stdout
    done = workflow.run("--config", 'variants={"slow": {"signals": {"cutof_hz": {"walking": 6}}}}')
    assert "variant slow: unknown key `signals.cutof_hz` (did you mean 'cutoff_hz'?)" in done.stdout


def test_a_default_written_out_reruns_nothing(finished: tuple[Workflow, str]) -> None:
    assert finished[0].would_run("--config", 'signals={"gap_max_s": 0.1, "cutoff_hz": {"static": 6}}') == {}


def test_a_changed_figure_option_redraws_only(finished: tuple[Workflow, str]) -> None:
    pages = {"figures": 1, "overview": 1, "report": 1, "session_report": 2, "study_report": 1}
    assert finished[0].would_run("--config", 'report={"norms": false}') == pages


def test_a_changed_recording_reruns_its_session_only(finished: tuple[Workflow, str]) -> None:
    workflow = finished[0]
    path = next(p for p in sorted((workflow.study / "data").rglob("*.c3d")) if p.name != "damaged.c3d")
    before = path.read_bytes()
    try:
        path.write_bytes(before + b"\0" * 512)
        assert workflow.would_run() == jobs(*SESSION_STAGES, sessions=1)
    finally:
        path.write_bytes(before)


def test_a_recording_that_turns_up_is_taken_in(finished: tuple[Workflow, str]) -> None:
    workflow = finished[0]
    path = workflow.study / "data" / "absent.c3d"
    shutil.copy(next(p for p in (workflow.study / "data").rglob("*.c3d") if p.name != "damaged.c3d"), path)
    try:
        assert workflow.would_run() == jobs(*SESSION_STAGES, sessions=1)
    finally:
        path.unlink()


def test_a_changed_condition_reruns_the_tidy_stages_only(finished: tuple[Workflow, str]) -> None:
    with finished[0].edited("config/trials.tsv", "usual", "fast"):
        assert finished[0].would_run() == jobs("cycles", "metrics")


def test_an_edited_package_reruns_itself_and_what_follows(finished: tuple[Workflow, str]) -> None:
    with finished[0].edited("biomech/outcomes/__init__.py", '"""', '# edited\n"""'):
        assert finished[0].would_run() == jobs("metrics")


def test_a_misspelt_key_stops_before_any_job(workflow: Workflow) -> None:
    done = workflow.run("--config", 'signals={"cutof_hz": {"walking": 6}}')
    assert done.returncode == 1
    assert "`signals.cutof_hz` (did you mean 'cutoff_hz'?)" in done.stdout
    assert "Traceback" not in done.stdout and "Job" not in done.stdout


def test_on_error_stop_names_an_absent_recording_before_any_job(workflow: Workflow) -> None:
    done = workflow.run("--config", 'data={"on_error": "stop"}')
    assert done.returncode == 1
    assert "absent.c3d" in done.stdout and "Job" not in done.stdout


def test_on_error_stop_ends_the_run_at_a_damaged_recording(workflow: Workflow, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(workflow.study, study, ignore=shutil.ignore_patterns("results", "logs", ".snakemake"))
    trials = study / "config" / "trials.tsv"
    trials.write_text("".join(line for line in trials.read_text().splitlines(True) if "absent.c3d" not in line))
    done = workflow.run("--config", 'data={"on_error": "stop"}', "--until", "ingest", study=study)
    assert done.returncode == 1
    assert "damaged.c3d" in done.stdout and "run the same command again" in done.stdout


def test_the_same_input_gives_the_same_bytes_in_another_place(finished: tuple[Workflow, str], tmp_path: Path) -> None:
    workflow, other = finished[0], tmp_path / "elsewhere"
    shutil.copytree(workflow.study, other, ignore=shutil.ignore_patterns("results", "logs", ".snakemake"))
    done = workflow.run("--quiet", "all", study=other)
    assert done.returncode == 0, done.stdout
    files = sorted(path.relative_to(other) for path in (other / "results").rglob("*") if path.is_file())
    assert len(files) > 25
    assert files == sorted(
        p.relative_to(workflow.study) for p in (workflow.study / "results").rglob("*") if p.is_file()
    )
    differing = [str(f) for f in files if (other / f).read_bytes() != (workflow.study / f).read_bytes()]
    assert differing == []


@pytest.mark.parametrize("stage", SESSION_STAGES)
def test_outputs_carry_their_provenance(finished: tuple[Workflow, str], stage: str) -> None:
    found = list((finished[0].study / "results" / "sessions").glob(f"*/*/{STAGES[stage].path.format(key='base')}"))
    assert found
    for path in found:
        attrs = xr.load_dataset(path).attrs if STAGES[stage].flat else TrialFolder(path).attrs
        assert attrs["stage"] == stage and attrs["biomech_version"]
        assert attrs["config"].startswith("{") and "sha256" not in attrs["config"]
        assert len(attrs["input_sha256"]) > 20
