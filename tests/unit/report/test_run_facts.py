"""What a run used is read from its files."""

import pandas as pd

from biomech.io.csv_parquet import write_parquet
from biomech.io.store import write_dataset, write_quality
from biomech.report.run_facts import run_facts, write_methods
from biomech.statistics.result_rows import table_of
from biomech.study.dataset import collect_study
from tests.made_up_study import session_cycles


def _files(folder):
    sessions = [session_cycles("P01", "pre", n_cycles=3), session_cycles("P02", "pre", n_cycles=2, task="running")]
    study = collect_study(sessions)
    source = ["force"] * 4 + ["kinematic"] * 6
    study = study.assign_coords(event_source=("cycle", source), cutoff_hz=("cycle", [12.0] * 6 + [15.0] * 4))
    write_dataset(study, folder / "study.nc", compress=True)
    codes = ["functional_hip", "functional_hip", "functional_hip_fallback", "knee_axis_fallback", "other"]
    rows = [{"code": code, "level": "info", "stage": "model"} for code in codes]
    rows += [{"code": "level_stride", "level": "info", "stage": "cycles", "trial": "t"}] * 2
    error = {"code": "not_c3d", "level": "error", "stage": "ingest", "participant": "P01", "session": "pre"}
    kept = {name: str(study[name].to_numpy()[0]) for name in ("participant", "session", "trial")}
    rows += [error | {"trial": "lost"}, error | {"trial": "lost", "code": "again"}, error | kept | {"code": "plate"}]
    write_quality(pd.DataFrame(rows), folder / "quality.tsv")
    done = {"analysis": "a", "kind": "spm", "contrast": "post - pre", "adjustment": "bonferroni, 2 curves of a"}
    mixed = {"analysis": "m", "kind": "mixed_model", "outcome": "z", "n_participants": 4}
    rows = [
        done | {"outcome": "x", "n_participants": 4, "status": "done"},
        done | {"outcome": "y", "n_participants": 5, "status": "warned"},
        {"analysis": "b", "kind": "comparison", "outcome": "z", "status": "skipped", "reason": "no values of z"},
        mixed | {"term": "session", "effect_name": "partial_r2", "reason": "REML; 2 values without a level left out"},
        mixed | {"term": "sd_participant"},
        mixed | {"term": "sd_session_within_participant"},
        mixed | {"term": "sd_residual"},
    ]
    write_parquet(table_of([{"status": "done", **row} for row in rows]), folder / "results.parquet")
    return folder / "study.nc", folder / "quality.tsv", folder / "results.parquet"


def test_facts_are_counted(tmp_path):
    dataset, quality, results = _files(tmp_path)
    facts = run_facts(dataset, quality, {}, results)
    walking, running = facts.tasks
    assert (walking.name, walking.participants, walking.sessions, walking.cycles) == ("walking", 1, 1, 6)
    assert walking.cutoffs_hz == [12.0] and walking.sources == {"force": 4, "kinematic": 2}
    assert running.cutoffs_hz == [15.0] and running.cycles == 4
    assert facts.hips == (2, 1) and facts.knees == (0, 1)
    spm, model = facts.analyses
    assert spm["outcomes"] == ["x", "y"] and spm["contrasts"] == ["post - pre"] and spm["n_participants"] == 5
    assert spm["families"] == ["bonferroni, 2 curves of a"] and not spm["effects"] and not spm["random"]
    assert model["random"] == [("participant", "session_within_participant")] and model["effects"] == ["partial_r2"]
    assert model["left_out"] == ["2 values without a level left out"]
    assert facts.not_done == {"b": "no values of z"}
    assert facts.lost_trials == {"not_c3d": 1}, "each recording once, and none that gave cycles"
    assert facts.lost_cycles == {"level_stride": 2}


def test_only_packages_that_made_numbers_are_named(tmp_path):
    dataset, quality, results = _files(tmp_path)
    facts = run_facts(dataset, quality, {}, results)
    assert facts.versions["biomech"] and facts.versions["numpy"] and facts.versions["spm1d"]
    assert not {"statsmodels", "pingouin", "pyomeca"} & set(facts.versions), "no Holm, no EMG in this run"
    permuted = {"statistics": [{"name": "a", "nonparametric": True}]}
    assert "spm1d" not in run_facts(dataset, quality, {}, results, permuted).versions
    assert "spm1d" not in run_facts(dataset, quality, {}).versions


def test_the_section_is_written_three_times(tmp_path):
    from biomech.config import parse_config

    dataset, quality, _ = _files(tmp_path)
    outputs = {
        "markdown": tmp_path / "methods.md",
        "latex": tmp_path / "methods.tex",
        "bibtex": tmp_path / "methods.bib",
        "supplement": tmp_path / "methods_supplement.md",
    }
    config = parse_config({}).model_dump(mode="json")
    about = {"hip_centre": "harrington", "title": "x", "tracking": {"thigh": ["cluster", 4]}}
    write_methods(dataset, quality, config, about, outputs)
    first = {name: path.read_bytes() for name, path in outputs.items()}
    page = outputs["markdown"].read_text()
    assert (
        "walking (1 participant, 1 session, 1 trial, 6 cycles; 3 per leg and session) and running (1 participant"
        in page
    )
    assert "vertical force (4 cycles), else foot and pelvis kinematics" in page
    assert "1 recording gave no cycle (not c3d: 1)" in page and "2 cycles were rejected (level stride: 2)" in page
    assert "| signals.gap_max_s | 0.1 s |" in outputs["supplement"].read_text()
    assert outputs["bibtex"].read_text().startswith("@") and r"\cite{" in outputs["latex"].read_text()
    write_methods(dataset, quality, config, about, outputs)
    assert first == {name: path.read_bytes() for name, path in outputs.items()}
