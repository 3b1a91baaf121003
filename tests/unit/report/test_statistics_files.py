"""Tables and figures of statistics as files: which there are, what they show, and that they repeat."""

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.io.csv_parquet import write_parquet
from biomech.io.store import write_dataset
from biomech.report.statistics_report import statistics_figures, write_statistics
from biomech.statistics.write_statistics import write_statistics as run_statistics
from tests.unit.report.test_statistics_report import lines_of
from tests.unit.statistics.test_engine import METRIC as HIP
from tests.unit.statistics.test_engine import cycles, study_of

CURVE = "angle.hip_adduction"
ANALYSES = [
    {"name": "training", "kind": "comparison", "design": "paired", "outcomes": [HIP], "factor": "session"}
    | {"reference": "pre", "where": {"footwear": "barefoot"}, "sides": "dominant"},
    {"name": "insoles", "kind": "comparison", "design": "paired", "outcomes": [HIP], "factor": "insole"}
    | {"where": {"footwear": "barefoot"}},
    {"name": "retest", "kind": "reliability", "outcomes": [HIP], "where": {"footwear": "barefoot"}},
    {"name": "model", "kind": "mixed_model", "outcomes": [HIP], "factors": ["group", "session"]}
    | {"where": {"footwear": "barefoot"}, "references": {"session": "pre"}},
    {"name": "described", "kind": "descriptives", "outcomes": [HIP], "by": "group", "where": {"footwear": "barefoot"}},
    {"name": "curve", "kind": "spm", "test": "paired", "outcomes": [CURVE], "factor": "session", "reference": "pre"}
    | {"where": {"footwear": "barefoot"}, "sides": "left"},
    {"name": "scores", "kind": "association", "outcomes": [HIP], "against": ["age"], "method": "regression"}
    | {"where": {"footwear": "barefoot", "session": "post"}},
    {"name": "few", "kind": "comparison", "design": "group", "outcomes": [HIP], "factor": "group", "levels": ["x"]},
]


def measured() -> pd.DataFrame:
    """12 people; shod is 5 higher at pre and 9 lower at post; insole `left` and `right` are worn under both feet."""
    parts, random = [], np.random.default_rng(8)
    for insole, more in (("left", 0.0), ("right", 1.0)):
        for footwear in ("barefoot", "shod"):
            table = cycles(12).assign(footwear=footwear, insole=insole, trial=f"{footwear}_{insole}")
            shod = np.where(table["session"] == "pre", 5.0, -9.0) if footwear == "shod" else 0.0
            parts.append(
                table.assign(
                    value=table["value"] + shod + more * random.normal(1, 0.3, len(table)),
                    dominant_side="left",
                    unit="degree",
                )
            )
    return pd.concat(parts, ignore_index=True)


def write_all(folder, table, listed):
    config = parse_config({"statistics": listed})
    write_parquet(table, folder / "metrics.parquet")
    write_dataset(study_of(table), folder / "study.nc")
    names = {"results": "results.parquet", "results_csv": "results.csv", "values": "values.csv"}
    names |= {"clusters": "clusters.csv", "scores": "profile_scores.csv", "curves": "curves.nc"}
    outputs = {name: folder / file for name, file in names.items()}
    run_statistics(folder / "metrics.parquet", folder / "study.nc", outputs, config.statistics, {}, None, folder)
    arguments = [outputs[name] for name in ("results", "values", "clusters", "curves")]
    write_statistics(*arguments, folder / "out", ["svg", "png"], folder)
    return arguments


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("statistics")
    return folder, write_all(folder, measured(), ANALYSES)


def test_every_analysis_has_its_tables_and_figures(written):
    out = written[0] / "out"
    stems = ("training", "insoles", "retest", "model", "described", "curve", "scores", "skipped")
    assert {p.name for p in (out / "tables").iterdir()} == {f"{n}.{k}" for n in stems for k in ("csv", "md", "tex")}
    index = pd.read_csv(out / "figures" / "index.tsv", sep="\t", keep_default_na=False)
    kinds = index.groupby("analysis")["kind"].agg(set).to_dict()
    assert kinds == {
        "training": {"forest", "raincloud"},
        "insoles": {"forest", "raincloud"},
        "retest": {"forest", "bland-altman"},
        "model": {"forest", "raincloud"},
        "described": {"forest"},
        "curve": {"curves"},
        "scores": {"forest", "scatter"},
    }
    for name in index["file"]:
        for kind in ("svg", "png"):
            assert (out / "figures" / name).with_suffix(f".{kind}").stat().st_size > 1000


def _figures(written):
    results, values, clusters, curves = written[1]
    table = pd.read_parquet(results)
    with xr.open_dataset(curves) as tests:
        loaded = tests.load()
    found = statistics_figures(
        table, pd.read_csv(values, dtype={"participant": str}, keep_default_na=False), _read(clusters), loaded
    )
    return table, {(row["kind"], row["analysis"], row["contrast"]): figure for figure, row in found}


def _read(path):
    return pd.read_csv(path, keep_default_na=False)


def test_figures_show_the_rows_and_the_numbers_of_the_test(written):
    table, figures = _figures(written)
    cells = measured()
    bare = cells[cells["footwear"] == "barefoot"]
    left = bare[bare["side"] == "left"].pivot_table(index="participant", columns="session", values="value")
    main, nearby = figures["raincloud", "training", "post - pre"].axes
    dots = [xy[:, 1] for xy in lines_of(main, "o")]
    np.testing.assert_allclose(dots[0], left["pre"])  # the dominant leg, barefoot only
    np.testing.assert_allclose(dots[1], left["post"])
    row = table[(table["analysis"] == "training")].iloc[0]
    assert lines_of(nearby, "s")[0][0, 1] == row["estimate"] == pytest.approx((left["post"] - left["pre"]).mean())
    main, nearby = figures["raincloud", "insoles", "right - left"].axes
    insole = bare.pivot_table(index="participant", columns="insole", values="value")
    np.testing.assert_allclose(lines_of(main, "o")[1][:, 1], insole["right"])
    np.testing.assert_allclose(lines_of(nearby, "o")[0][:, 1], insole["right"] - insole["left"])  # not the leg
    (axes,) = figures["bland-altman", "retest", "post - pre"].axes
    both = bare.pivot_table(index="participant", columns="session", values="value")
    np.testing.assert_allclose(
        lines_of(axes, "o")[0], np.stack([both.mean(axis=1), both["post"] - both["pre"]], axis=1)
    )
    limits = table[
        (table["analysis"] == "retest")
        & table["term"].isin(["bias", "limit_of_agreement_low", "limit_of_agreement_high"])
    ]
    drawn = {line.get_ydata()[0] for line in axes.lines if line.get_marker() != "o"}
    assert drawn == {0.0, *limits["estimate"]} and axes.get_ylabel() == "post − pre (°)"
    spans = sorted((p.get_y(), p.get_y() + p.get_height()) for p in axes.patches)
    np.testing.assert_allclose(spans, sorted(zip(limits["low"], limits["high"], strict=True)))


def test_a_scatter_plot_shows_the_participants_and_the_fitted_line(written):
    table, figures = _figures(written)
    (axes,) = figures["scatter", "scores", "with age"].axes
    cells = measured()
    mine = cells[(cells["footwear"] == "barefoot") & (cells["session"] == "post")].groupby("participant", sort=False)
    np.testing.assert_allclose(lines_of(axes, "o")[0], np.stack([mine["age"].mean(), mine["value"].mean()], axis=1))
    assert axes.get_ylabel() == "hip adduction, peak (the cycle) (°)" and axes.get_xlabel() == "age"
    rows = table[table["analysis"] == "scores"].set_index("term")["estimate"]
    ends = axes.lines[1].get_xydata()
    np.testing.assert_allclose(ends[:, 1], rows["intercept"] + rows["slope"] * ends[:, 0])


def test_curves_of_a_figure_are_those_of_the_test(written):
    _, figures = _figures(written)
    above, middle, _ = figures["curves", "curve", "post - pre"].axes
    cells = measured()
    keep = ((cells["footwear"] == "barefoot") & (cells["side"] == "left")).to_numpy()
    whole = study_of(cells)["angle"].isel(quantity=0).to_numpy()[keep]
    people = pd.DataFrame(whole).groupby([cells.loc[keep, n].to_numpy() for n in ("session", "participant")]).mean()
    mean = {session: people.loc[session].mean().to_numpy() for session in ("pre", "post")}
    np.testing.assert_allclose(above.lines[0].get_ydata(), mean["pre"], rtol=1e-6)
    np.testing.assert_allclose(above.lines[1].get_ydata(), mean["post"], rtol=1e-6)
    np.testing.assert_allclose(middle.lines[0].get_ydata(), mean["post"] - mean["pre"], atol=1e-9)
    assert not above.collections and len(middle.collections) == 1


def test_titles_say_the_outcome(written):
    _, figures = _figures(written)
    for figure in figures.values():
        assert "hip adduction" in figure.texts[0].get_text()


def test_levels_that_are_numbers_blank_or_called_none_are_drawn(tmp_path):
    """Group 1.0 and 2.0 with an empty cell; condition `None` and blank, the normal trial."""
    plain = cycles(14).assign(dominant_side="right", condition="", trial="b", unit="degree")
    noise = np.random.default_rng(3).normal(3, 0.5, len(plain))
    named = plain.assign(condition="None", trial="n", value=plain["value"] + noise)
    table = pd.concat([plain, named], ignore_index=True)
    number = table["participant"].str[1:].astype(int).to_numpy()
    table = table.assign(group=np.where(number == 13, np.nan, 1.0 + number % 2))
    blank = {"where": {"condition": ""}}
    by_condition = {"factor": "condition", "reference": "(blank)"}
    one, curve = {"outcomes": [HIP]}, {"outcomes": [CURVE], "kind": "spm"}
    listed = [
        one | {"name": "a", "kind": "comparison", "design": "group", "factor": "group", "reference": "1"} | blank,
        one | {"name": "b", "kind": "comparison", "design": "paired"} | by_condition,
        one | {"name": "c", "kind": "descriptives", "by": "condition"},
        one | {"name": "d", "kind": "mixed_model", "factors": ["group", "condition"], "references": {"group": "1"}},
        one | {"name": "e", "kind": "reliability"} | blank,
        one | {"name": "f", "kind": "reliability", "between": "repetition"} | blank,
        curve | {"name": "g", "test": "group", "factor": "group"} | blank,
        curve | {"name": "h", "test": "paired"} | by_condition,
        curve | {"name": "i", "test": "anova_repeated", "factor": "condition"},
        curve | {"name": "j", "test": "anova", "factor": "group"} | blank,
        {"outcomes": [CURVE], "name": "k", "kind": "profile_score", "reference": "controls", "by": "group"}
        | {"controls": {"group": "1"}}
        | blank,
    ]
    write_all(tmp_path, table, listed)
    results = pd.read_csv(tmp_path / "results.csv", keep_default_na=False)
    assert set(results["status"]) == {"done"}, results.loc[
        results["status"] != "done", ["analysis", "reason"]
    ].to_string()
    contrasts = {name: set(rows["contrast"]) - {""} for name, rows in results.groupby("analysis")}
    assert contrasts["a"] == {"2 - 1"} and contrasts["b"] == {"None - (blank)"} and contrasts["g"] == {"2 - 1"}
    index = pd.read_csv(tmp_path / "out" / "figures" / "index.tsv", sep="\t", keep_default_na=False)
    drawn = index.groupby("analysis")["kind"].agg(set)
    assert all("raincloud" in drawn[name] for name in "abd") and all("curves" in drawn[name] for name in "ghij")
    assert "bland-altman" in drawn["e"]
    estimate = results.loc[results["analysis"] == "b", "estimate"].astype(float)
    assert estimate.item() == pytest.approx(noise.mean())


def test_the_same_files_give_the_same_bytes(written, tmp_path):
    folder, arguments = written
    write_statistics(*arguments, tmp_path / "again", ["svg", "png"], folder)
    for path in (folder / "out").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(folder / "out")).read_bytes(), path.name


def test_text_of_figures_is_searchable(written):
    figure = next((written[0] / "out" / "figures").glob("raincloud_training*.svg"))
    text = " ".join(re.findall(r">([^<>]+)</text>", figure.read_text()))
    assert "n = 12" in text and "hip adduction, peak (the cycle) (°)" in text
