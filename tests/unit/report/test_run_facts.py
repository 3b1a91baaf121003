"""What a run used is read from its files."""

import pandas as pd

from biomech.io.store import write_dataset, write_quality
from biomech.io.table_files import write_parquet
from biomech.report.run_facts import run_facts, write_methods
from biomech.study.dataset import collect_study
from tests.made_up_study import session_cycles


def _files(folder):
    sessions = [session_cycles("P01", "pre", n_cycles=3), session_cycles("P02", "pre", n_cycles=2, task="running")]
    study = collect_study(sessions)
    source = ["force"] * 4 + ["kinematic"] * 6
    study = study.assign_coords(event_source=("cycle", source), cutoff_hz=("cycle", [12.0] * 6 + [15.0] * 4))
    write_dataset(study, folder / "study.nc", compress=True)
    codes = ["functional_hip", "functional_hip", "functional_hip_fallback", "knee_axis_fallback", "other"]
    write_quality(pd.DataFrame({"code": codes}), folder / "quality.tsv")
    rows = {"analysis": ["a", "a", "b"], "kind": ["spm", "spm", "comparison"], "outcome": ["x", "y", "z"]}
    rows |= {
        "status": ["done", "warned", "skipped"],
        "contrast": ["post - pre", "post - pre", ""],
        "n_participants": [4, 5, 0],
    }
    write_parquet(pd.DataFrame(rows), folder / "results.parquet")
    return folder / "study.nc", folder / "quality.tsv", folder / "results.parquet"


def test_facts_are_counted(tmp_path):
    dataset, quality, results = _files(tmp_path)
    facts = run_facts(dataset, quality, {}, results)
    walking, running = facts.tasks
    assert (walking.name, walking.participants, walking.sessions, walking.cycles) == ("walking", 1, 1, 6)
    assert walking.cutoffs_hz == [12.0] and walking.sources == {"force": 4, "kinematic": 2}
    assert running.cutoffs_hz == [15.0] and running.cycles == 4
    assert facts.hips == (2, 1) and facts.knees == (0, 1)
    assert facts.versions["biomech"] and facts.versions["numpy"] and "statsmodels" in facts.versions
    assert facts.analyses == [
        {"analysis": "a", "kind": "spm", "outcomes": ["x", "y"], "contrasts": ["post - pre"], "n_participants": 5}
    ]


def test_the_section_is_written_three_times(tmp_path):
    from biomech.config import parse_config

    dataset, quality, _ = _files(tmp_path)
    outputs = {
        "markdown": tmp_path / "methods.md",
        "latex": tmp_path / "methods.tex",
        "bibtex": tmp_path / "methods.bib",
    }
    config = parse_config({}).model_dump(mode="json")
    write_methods(dataset, quality, config, {"hip_centre": "harrington", "title": "x"}, outputs)
    first = {name: path.read_bytes() for name, path in outputs.items()}
    page = outputs["markdown"].read_text()
    assert "walking (1 participant, 1 session, 6 cycles) and running (1 participant" in page
    assert "(cycles: 4 by force, 6 by kinematic)" in page
    assert outputs["bibtex"].read_text().startswith("@") and r"\cite{" in outputs["latex"].read_text()
    write_methods(dataset, quality, config, {"hip_centre": "harrington", "title": "x"}, outputs)
    assert first == {name: path.read_bytes() for name, path in outputs.items()}
