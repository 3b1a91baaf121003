"""The page that compares variants, and its figures: what is printed and drawn is what was computed."""

import json

import numpy as np
import pandas as pd
import pytest

from biomech.io.csv_parquet import write_parquet
from biomech.io.store import write_dataset
from biomech.report.specification import BASE_COLOUR, specification_curve
from biomech.report.variant_report import write_comparison
from biomech.study.dataset import collect_study, metrics_long
from biomech.study.variants import write_variant_metrics, write_variants
from tests.made_up_study import session_cycles, session_metrics

METRIC = "knee_abduction__peak__stance"
OPTIONS = pd.DataFrame(
    {"base": ["12", "harrington"], "cutoff-6": ["6", "harrington"], "hara": ["12", "hara"]},
    index=["signals.cutoff_hz.walking", "subject.hip_centre"],
)
CUTOFF = {"base": 12.0, "cutoff-6": 6.0, "hara": 12.0}


def _result(estimate, half, **cells):
    row = {"analysis": "training", "kind": "mixed_model", "outcome": METRIC, "unit": "degree", "side": "left"}
    row |= {"task": "walking", "term": "session", "contrast": "post - pre", "level_a": "post", "level_b": "pre"}
    row |= {"estimate": estimate, "low": estimate - half, "high": estimate + half, "confidence": 0.95, "p": 0.04}
    row |= {"p_adjusted": 0.04, "n_participants": 4, "status": "done", "reason": ""}
    return row | cells


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparison")
    sessions = [session_cycles(f"P0{i}", s, seed=10 * i + len(s)) for i in range(1, 5) for s in ("pre", "post")]
    study, metrics = collect_study(sessions), metrics_long([session_metrics(s) for s in sessions])
    studies, tables, results = {}, {}, {}
    for k, variant in enumerate(("base", "cutoff-6", "hara")):
        own = study.isel(cycle=slice(k, None)) if variant == "hara" else study
        config = {"signals": {"cutoff_hz": {"walking": CUTOFF[variant]}}}
        config["subject"] = {"hip_centre": "hara" if variant == "hara" else "harrington"}
        studies[variant] = folder / f"{variant}.nc"
        write_dataset(own.assign_attrs(config=json.dumps(config)), studies[variant], compress=True)
        moved = metrics.copy()
        moved.loc[(moved["metric"] == METRIC) & (moved["session"] == "post"), "value"] += 2.5 * k
        tables[variant] = folder / f"{variant}.parquet"
        write_parquet(moved, tables[variant])
        results[variant] = folder / f"{variant}.results.parquet"
        write_parquet(pd.DataFrame([_result(1.0 - k, 0.5), _result(5.0 + k, 1, term="side")]), results[variant])
    joined = write_variants(studies, folder / "variants.nc", {})
    write_variant_metrics(tables, folder / "metrics.parquet", joined, {})
    outputs = {name: folder / "out" / f"{name}.csv" for name in ("shifts", "changes", "conclusions")}
    outputs |= {"page": folder / "out" / "comparison.md", "figures": folder / "out" / "comparison_figures"}
    arguments = (folder / "variants.nc", folder / "metrics.parquet", studies, results)
    write_comparison(*arguments, outputs, ["svg", "png"], folder)
    return folder, outputs, arguments


def test_the_page_names_what_the_variants_change_and_the_cycles_they_lose(written):
    page = written[1]["page"].read_text()
    assert "| signals.cutoff_hz.walking | 12 | 6 | 12 |" in page
    assert "| subject.hip_centre | harrington | harrington | hara |" in page
    assert "| hara | 78 | 0 | 2 |" in page


def test_shifts_and_changes_are_the_planted_ones(written):
    shifts = pd.read_csv(written[1]["shifts"])
    moved = shifts[shifts["metric"] == METRIC].groupby("variant")["difference"].mean()
    # one of two sessions moved by 2.5 and 5 degrees
    assert moved.to_dict() == pytest.approx({"cutoff-6": 1.25, "hara": 2.5})
    assert (shifts.loc[shifts["metric"] != METRIC, "difference"] == 0).all()
    changes = pd.read_csv(written[1]["changes"])
    mine = changes[changes["metric"] == METRIC].groupby("variant")["difference"]
    assert mine.mean().to_dict() == pytest.approx({"cutoff-6": 2.5, "hara": 5.0}) and (mine.size() == 8).all()
    page = written[1]["page"].read_text()
    assert "| Knee abduction, peak | left | ° | 4 |" in page and "| +1.2 | +2.5 |" in page


def test_conclusions_that_move_are_listed_and_those_that_stay_are_not(written):
    page = written[1]["page"].read_text()
    assert "| cutoff-6 | 2 | 1 | 1 | 0 | 0 |" in page
    assert "1.0 ° (0.5 to 1.5): above 0 | 0.0 ° (−0.5 to 0.5): includes 0 |" in page
    assert "| −1.0 ° (−1.5 to −0.5): below 0 |" in page
    assert "side, post" not in page.split("These change:")[1].split("![")[0]


def test_every_picture_of_the_page_exists(written):
    page = written[1]["page"]
    pictures = [line.split("](")[1].rstrip(")") for line in page.read_text().splitlines() if line.startswith("![")]
    assert any("conclusions" in name for name in pictures) and any("changes" in name for name in pictures)
    for name in pictures:
        assert (page.parent / name).is_file() and (page.parent / name).with_suffix(".png").is_file()


def test_the_same_files_give_the_same_bytes(written, tmp_path):
    _, outputs, arguments = written
    again = {name: tmp_path / path.name for name, path in outputs.items()}
    write_comparison(*arguments, again, ["svg", "png"], written[0])
    for name, path in outputs.items():
        pairs = [(path, again[name])] if path.is_file() else [(p, again[name] / p.name) for p in path.iterdir()]
        assert all(one.read_bytes() == other.read_bytes() for one, other in pairs), name


def _curve(points, people=None):
    return specification_curve(pd.DataFrame(points), OPTIONS, "title", "subtitle", "change (°)", people)


def test_a_specification_curve_is_sorted_and_marks_its_options():
    figure = _curve(
        [
            {"variant": "base", "estimate": 2.0, "low": 1.0, "high": 3.0},
            {"variant": "hara", "estimate": -1.0, "low": -2.0, "high": 0.5},
            {"variant": "cutoff-6", "estimate": 4.0, "low": 3.0, "high": 5.0},
        ]
    )
    top, bottom = figure.axes
    assert [label.get_text() for label in bottom.get_xticklabels()] == ["hara", "base", "cutoff-6"]
    drawn = {line.get_color(): line.get_xydata().tolist() for line in top.lines if line.get_linestyle() == "None"}
    assert drawn[BASE_COLOUR] == [[1, 2.0]]
    bars = sorted(tuple(np.ravel(segment)) for part in top.collections for segment in part.get_segments())
    assert bars == [(0, -2, 0, 0.5), (1, 1, 1, 3), (2, 3, 2, 5)]
    rows = [label.get_text() for label in bottom.get_yticklabels()]
    assert rows == [
        "cutoff_hz.walking = 12",
        "cutoff_hz.walking = 6",
        "subject.hip_centre = hara",
        "subject.hip_centre = harrington",
    ]
    filled = {(x, y) for line in bottom.lines if line.get_color() != "#DADADA" for x, y in line.get_xydata()}
    assert {(0, 0), (1, 0), (2, 1), (0, 2), (1, 3), (2, 3)} <= filled


@pytest.mark.parametrize("sign", [1, -1])
def test_zero_is_always_in_view(sign):
    rows = [
        {"variant": v, "estimate": sign * x, "low": np.nan, "high": np.nan} for v, x in (("base", 1.24), ("hara", 1.22))
    ]
    low, high = _curve(rows).axes[0].get_ylim()
    assert low < 0 < high and max(abs(low), abs(high)) > 1.24


def test_single_participants_are_joined_over_the_variants():
    people = pd.DataFrame({"base": [1.0, 3.0], "hara": [0.0, 1.0]}, index=["P01", "P02"])
    points = [{"variant": "base", "estimate": 2.0, "low": np.nan, "high": np.nan}]
    points.append({"variant": "hara", "estimate": 0.5, "low": np.nan, "high": np.nan})
    top = _curve(points, people).axes[0]
    lines = [line.get_ydata().tolist() for line in top.lines if len(line.get_xdata()) == 2 and line.get_marker() == "."]
    assert lines == [[0.0, 1.0], [1.0, 3.0]] and not top.collections
