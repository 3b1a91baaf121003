"""The page of results says what was processed, what is doubtful, and leads to everything else."""

import re

import numpy as np
import pandas as pd

from biomech.io.csv_parquet import write_parquet
from biomech.io.store import write_dataset, write_quality
from biomech.report.figures import curve_figures
from biomech.report.page import headline_text, processed, quality_text, write_report
from biomech.report.statistics_report import write_statistics
from biomech.report.write_figures import write_overview
from biomech.statistics.write_statistics import curves_dataset
from biomech.study.dataset import collect_study, metrics_long
from biomech.study.statistics_columns import CLUSTER_COLUMNS, VALUE_COLUMNS
from tests.made_up_study import session_cycles, session_metrics
from tests.unit.report.test_statistics_report import RESULTS


def _write(folder):
    sessions = [session_cycles(p, s, n_cycles=3, seed=i) for i, p in enumerate(("P01", "P02")) for s in ("pre", "post")]
    study, metrics = collect_study(sessions), metrics_long([session_metrics(s) for s in sessions])
    study = study.assign_coords(moment_valid=("cycle", np.arange(study.sizes["cycle"]) % 2))
    results = folder / "results"
    write_dataset(study, results / "study.nc", compress=True)
    write_parquet(metrics, results / "metrics.parquet")
    rows = {"participant": "P01", "session": "pre", "level": ["warning", "warning", "error", "info"]}
    rows |= {"code": ["gap", "gap", "unreadable", "note"], "message": ["a long gap", "b", "not a C3D | file", "x"]}
    write_quality(pd.DataFrame(rows | {"action": "look"}), results / "quality.tsv")
    figures = results / "figures"
    curve_figures([study], figures / "participants" / "P01", ["svg"])
    people, listed = [figures / "participants" / "P01"], figures / "index.tsv"
    write_overview(results / "metrics.parquet", people, figures / "overview", listed, {"formats": ["svg"]})
    tests = results / "statistics"
    write_parquet(RESULTS, tests / "results.parquet")
    for name, columns in (("values", VALUE_COLUMNS), ("clusters", CLUSTER_COLUMNS)):
        pd.DataFrame(columns=list(columns)).to_csv(tests / f"{name}.csv", index=False)
    write_dataset(curves_dataset([]), tests / "curves.nc")
    write_statistics(*(tests / f for f in ("results.parquet", "values.csv", "clusters.csv", "curves.nc")), tests)
    for name in ("methods.md", "variants/comparison.md", "sessions/P01/pre/findings/base.md"):
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).write_text("x")
    return results


def _inputs(results):
    inputs = {
        "dataset": "study.nc",
        "metrics": "metrics.parquet",
        "quality": "quality.tsv",
        "figures": "figures/index.tsv",
    }
    inputs |= {"methods": "methods.md", "comparison": "variants/comparison.md"}
    inputs |= {"results": "statistics/results.parquet", "statistics": "statistics"}
    paths = {name: results / path for name, path in inputs.items()}
    return paths | {"findings": [results / "sessions/P01/pre/findings/base.md"]}


def test_every_link_and_picture_of_the_page_exists(tmp_path):
    results = _write(tmp_path)
    write_report(_inputs(results), results / "report.md")
    page = (results / "report.md").read_text()
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert len(links) > 8 and all((results / link).exists() for link in links)
    for part in ("forest_training", "overview", "sessions/P01/pre/findings/base.md", "methods.md", "comparison.md"):
        assert any(part in link for link in links), part
    chapters = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert chapters[:4] == ["What was processed", "Quality", "Headline outcomes", "Statistics"]
    assert "3 are needed" in page.split("### Skipped")[1] and "*" not in page.split("## Statistics")[1].split("## ")[0]
    first = (results / "report.md").read_bytes()
    write_report(_inputs(results), results / "report.md")
    assert (results / "report.md").read_bytes() == first


def test_a_study_without_statistics_or_cycles_has_a_page_too(tmp_path):
    empty = collect_study([session_cycles(n_cycles=0)])
    write_dataset(empty, tmp_path / "study.nc")
    write_parquet(metrics_long([session_metrics(session_cycles(n_cycles=0))]), tmp_path / "metrics.parquet")
    write_quality(pd.DataFrame(), tmp_path / "quality.tsv")
    inputs = {
        name: tmp_path / file
        for name, file in (("dataset", "study.nc"), ("metrics", "metrics.parquet"), ("quality", "quality.tsv"))
    }
    write_report(inputs, tmp_path / "report.md")
    page = (tmp_path / "report.md").read_text()
    assert "No cycle was found" in page and "names no analyses" in page and "No headline outcome" in page


def test_counts_are_those_of_the_study():
    about = pd.DataFrame(
        {
            "task": ["walking"] * 3,
            "condition": "",
            "footwear": "",
            "participant": ["P01", "P01", "P02"],
            "session": "pre",
            "trial": ["w1", "w1", "w1"],
            "side": ["left", "right", "right"],
            "moment_valid": [1, 0, 1],
        }
    )
    assert "| walking | 2 | 2 | 2 | 3 | 1 | 2 | 2 |" in processed(about)[0]


def test_quality_is_counted_by_kind_errors_first():
    rows = {"participant": ["P01", "P02", "P01"], "session": "pre", "level": ["warning", "warning", "error"]}
    rows |= {"code": ["gap", "gap", "unreadable"], "message": ["m", "n", "not | a file"], "action": "look"}
    text = quality_text(pd.DataFrame(rows))
    assert text[0].startswith("1 error, 2 warnings:")
    lines = text[1].splitlines()
    assert lines[2].startswith("| error | unreadable | 1 | 1 | not \\| a file |") and lines[3].startswith(
        "| warning | gap | 2 | 2 |"
    )


def test_figures_of_a_participant_and_task_stand_in_one_line(tmp_path):
    results = _write(tmp_path)
    write_report(_inputs(results), results / "report.md")
    text = (results / "report.md").read_text(encoding="utf-8")
    lines = text.split("## Curves")[1].split("##")[0].strip().splitlines()
    assert len(lines) == 2  # two participants, one task
    stem = "figures/participants/P01/P01_pre_walking_preferred_barefoot"
    assert lines[0].startswith(
        f"- P01, walking, preferred, barefoot: pre: [kinematics]({stem}_kinematics.svg) [kinetics]("
    )
    assert lines[0].count("](") == 5 and lines[0].endswith("sessions.svg)")


def test_headlines_are_means_of_participants_not_of_cycles():
    rows = [("P01", 1.0), ("P01", 3.0), ("P02", 8.0)]
    base = {"task": "walking", "condition": "", "footwear": "", "session": "pre", "side": "left", "unit": "degree"}
    table = pd.DataFrame(
        [{**base, "metric": "hip_adduction__peak__stance", "participant": p, "value": v} for p, v in rows]
    )
    assert "| 5.0 (2.0 to 8.0; 2, 3) |" in headline_text(table)[1]


def test_sessions_stand_next_to_each_other_and_left_before_right_whichever_came_first() -> None:
    table = metrics_long([session_metrics(session_cycles("P01", s, n_cycles=4, seed=1)) for s in ("pre", "post")])
    head, _, *lines = headline_text(table.iloc[::-1])[1].splitlines()
    assert [cell.strip() for cell in head.split("|")[5:7]] == ["post", "pre"]
    found = [tuple(cell.strip() for cell in line.split("|")[2:4]) for line in lines]
    for outcome in {outcome for outcome, _ in found}:
        assert [side for name, side in found if name == outcome] == ["left", "right"], outcome
