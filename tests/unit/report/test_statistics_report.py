"""Tables and figures of statistical results: what is printed and drawn is what was estimated."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.io.csv_parquet import write_parquet
from biomech.io.store import write_dataset
from biomech.report.formatting import escape, interval, latex, markdown, number, p_value
from biomech.report.statistics_clouds import raincloud
from biomech.report.statistics_data import CurveTest, Line
from biomech.report.statistics_figures import curves_with_clusters, forest
from biomech.report.statistics_report import statistics_figures, write_statistics
from biomech.report.statistics_tables import analysis_table, analysis_title, outcome_title, skipped_table, term_title
from biomech.statistics.participant_means import RULE
from biomech.statistics.write_statistics import write_statistics as run_statistics
from tests.unit.statistics.test_engine import METRIC as HIP
from tests.unit.statistics.test_engine import cycles, study_of

METRIC = "knee_abduction__peak__stance"


def row(**cells):
    words = "analysis kind outcome unit side task term contrast level_a level_b df adjustment effect_name status reason"
    base = dict.fromkeys(words.split(), "")
    numbers = (
        "estimate",
        "low",
        "high",
        "confidence",
        "statistic",
        "p",
        "p_adjusted",
        "effect",
        "effect_low",
        "effect_high",
    )
    counts = dict.fromkeys(("n_participants", "n_sessions", "n_cycles"), 0)
    return base | dict.fromkeys(numbers, np.nan) | counts | {"status": "done"} | cells


TRAINING = row(
    analysis="training",
    kind="comparison",
    outcome=METRIC,
    unit="degree",
    side="left",
    task="walking",
    term="difference",
    contrast="post - pre",
    level_a="post",
    level_b="pre",
    estimate=-2.345,
    low=-4.1,
    high=-0.62,
    confidence=0.95,
    statistic=-2.8,
    df="11",
    p=0.00004,
    p_adjusted=0.041,
    adjustment="holm: training",
    effect=-0.8,
    effect_name="hedges_g",
    effect_low=-1.4,
    effect_high=-0.2,
    n_participants=12,
    n_sessions=24,
    n_cycles=120,
)
SPM = TRAINING | {
    "analysis": "curve_test",
    "kind": "spm",
    "outcome": "angle.knee_abduction",
    "estimate": np.nan,
    "low": np.nan,
}
RELIABLE = row(
    analysis="retest", kind="reliability", outcome=METRIC, unit="1", side="left", task="walking", term="icc_2_1",
    estimate=0.81, low=0.5, high=0.93, confidence=0.95, n_participants=12,
)  # fmt: skip
LEFT_OUT = row(
    analysis="groups",
    kind="comparison",
    outcome=METRIC,
    side="left",
    task="walking",
    status="skipped",
    reason="2 participants in group valgus; 3 are needed",
)
RESULTS = pd.DataFrame([TRAINING, SPM, RELIABLE, LEFT_OUT])


def test_numbers_have_the_places_of_their_unit_and_a_true_minus():
    assert number(-2.345, "degree") == "−2.3" and number(0.456, "N m kg-1") == "0.46"
    assert number(0.004, "1") == "0.004" and number(-0.01, "degree") == "0.0" and number(np.nan) == ""
    assert interval(-4.1, -0.62, "degree") == "−4.1 to −0.6" and interval(np.nan, 1) == ""
    assert (p_value(0.00004), p_value(0.0416), p_value(np.nan), p_value(1.0)) == ("<0.001", "0.042", "", "1.000")


def test_a_table_has_estimate_unit_interval_n_and_adjusted_p_and_no_stars():
    table = analysis_table(RESULTS[RESULTS["analysis"] == "training"])
    assert table.iloc[0].to_dict() == {
        "Outcome": "knee abduction, peak (stance)",
        "Side": "left",
        "Task": "walking",
        "Estimate of": "post − pre",
        "Estimate": "−2.3°",
        "95 % CI": "−4.1 to −0.6",
        "Statistic": "t = −2.80",
        "df": "11",
        "p": "<0.001",
        "Adjusted p": "0.041",
        "Effect size": "Hedges' g −0.80 (−1.40 to −0.20)",
        "Participants": "12",
        "Sessions": "24",
        "Cycles": "120",
    }
    assert "*" not in markdown(table) + latex(table, "c", "l").replace("\\", "")


def test_a_skipped_analysis_has_its_reason():
    table = skipped_table(RESULTS)
    assert table["Analysis"].tolist() == ["groups"] and "3 are needed" in table["Reason"].item()
    assert analysis_table(RESULTS[RESULTS["analysis"] == "groups"]).empty


def test_a_warning_stands_beside_its_estimate():
    warned = pd.DataFrame([TRAINING | {"status": "warned", "reason": "unbalanced"}, TRAINING])
    assert analysis_table(warned)["Note"].tolist() == ["unbalanced", ""]


def test_terms_and_outcomes_in_words():
    assert term_title(RELIABLE) == "ICC(2,1)" and outcome_title("angle.hip_adduction") == "hip adduction angle"
    assert term_title({"term": "session:group", "contrast": "a - b"}) == "session:group: a − b"
    for term, words in {
        "sd": "SD",
        "sd_participant": "SD of the random effect participant",
        "sd_session_within_participant": "SD of the random effect session within participant",
        "sd_residual": "SD, residual",
        "marginal_mean_group:session": "estimated marginal mean group:session",
        "slope_age_years": "slope on age years",
    }.items():
        assert term_title({"term": term}) == words
    assert outcome_title("moment.knee_flexion+emg.gluteus_medius") == "knee flexion moment and gluteus medius EMG"


def test_titles_name_the_outcome_before_the_analysis():
    rows = pd.DataFrame([TRAINING])
    assert analysis_title(rows) == "Knee abduction, peak (stance): comparison (training)"
    many = pd.DataFrame([TRAINING | {"outcome": f"angle.a{i}"} for i in range(5)])
    assert analysis_title(many) == "A0 angle; a1 angle; a2 angle and 2 more: comparison (training)"


def test_a_statistic_has_its_letter_and_a_curve_its_threshold():
    tests = {"one-way analysis of variance": "F", "Wilcoxon signed-rank test": "V", "Shapiro-Wilk test": "W"}
    rows = pd.DataFrame([TRAINING | {"test": test} for test in tests])
    table = analysis_table(rows)
    assert table["Test"].tolist() == list(tests)
    assert table["Statistic"].tolist() == [f"{letter} = −2.80" for letter in tests.values()]
    reported = "t along the curve, threshold 3.1 at alpha 0.05 (random field theory); no suprathreshold cluster"
    curve = analysis_table(pd.DataFrame([SPM | {"reason": f"{reported}; {RULE}"}]))
    assert curve["Note"].item() == reported


def test_latex_prints_every_character():
    assert escape("5 % of a_b & {c} −2 °") == r"5 \% of a\_b \& \{c\} $-$2 \textdegree{}"
    text = latex(pd.DataFrame({"A_b": ["x"], "n": ["−1.2"]}), "100 %", "tab:a")
    assert r"\begin{tabular}{lr}" in text and r"A\_b & n \\" in text and r"\caption{100 \%}" in text


def _lines(axes, marker=None):
    return [line.get_xydata() for line in axes.lines if marker is None or line.get_marker() == marker]


def test_a_forest_plot_draws_estimate_and_interval():
    figure = forest(pd.DataFrame([TRAINING, TRAINING | {"estimate": 1.0, "low": 0.5, "high": 1.5}]), "t", "s")
    (axes,) = figure.axes
    (points,) = _lines(axes, "s")
    assert points.tolist() == [[-2.345, 0], [1.0, 1]]
    segments = [np.ravel(s).tolist() for s in axes.collections[0].get_segments()]
    assert segments == [[-4.1, 0, -0.62, 0], [0.5, 1, 1.5, 1]]
    assert [text.get_text() for text in axes.texts] == ["−2.3° (−4.1 to −0.6)", "1.0° (0.5 to 1.5)"]
    assert axes.get_xlabel() == "estimate (°)"


def test_a_raincloud_shows_dots_cloud_and_the_mean_difference_of_the_table():
    values = pd.DataFrame({"pre": [1.0, 2.0, np.nan], "post": [2.0, 4.0, 9.0]}, index=["a", "b", "c"])
    main, nearby = raincloud(values, TRAINING, "within", "degree", "t", "s", "knee").axes
    joined = [xy.tolist() for xy in _lines(main) if len(xy) == 2 and xy[0, 0] == 0 and xy[1, 0] == 1]
    assert joined == [[[0, 1.0], [1, 2.0]], [[0, 2.0], [1, 4.0]]]
    assert [t.get_text() for t in main.get_xticklabels()] == ["pre\nn = 2", "post\nn = 3"]
    assert main.get_ylabel() == "knee (°)" and not main.collections, "no cloud of few"
    bars = [xy[:, 1].tolist() for xy in _lines(main) if len(xy) == 2 and 0 < xy[1, 0] - xy[0, 0] < 0.5]
    assert bars == [[1.5, 1.5], [5.0, 5.0]], "means"
    assert [xy[:, 1].tolist() for xy in _lines(nearby, "o")] == [[1.0, 2.0]], "differences, post minus pre"
    assert [xy[:, 1].tolist() for xy in _lines(nearby, "s")] == [[-2.345]]
    assert any(xy[:, 1].tolist() == [-4.1, -0.62] for xy in _lines(nearby))
    assert nearby.get_ylabel() == "post − pre (°)"
    many = pd.DataFrame({"pre": np.linspace(0, 1, 8), "post": np.linspace(1, 3, 8)})
    main, nearby = raincloud(many, TRAINING, "between", "degree", "t", "s", "knee").axes
    assert len(main.collections) == 2 and not [xy for xy in _lines(nearby, "o") if len(xy)]


def curve_of(percent, design="paired", low=-1.0):
    def line(name, at):
        return Line(name, 9, np.full(101, at), np.full(101, at - 0.5), np.full(101, at + 0.5))

    statistic = low + percent / 20
    difference = line("post - pre", 2.0)
    return CurveTest(percent, statistic, 2.5, 0.95, "t(9)", design, difference, [line("pre", 1.0), line("post", 3.0)])


@pytest.mark.parametrize(("design", "bands"), [("paired", 0), ("group", 2)])
def test_curves_show_what_was_tested_and_the_difference_with_its_band(design, bands):
    percent = np.arange(101.0)
    clusters = pd.DataFrame({"start_percent": [60.0], "end_percent": [100.0], "p": [0.012]})
    test = curve_of(percent, design)
    figure = curves_with_clusters(test, clusters, "degree", "t", "s", ("Gait cycle (%)", "knee"))
    above, middle, below = figure.axes
    assert [line.get_ydata()[0] for line in above.lines[:2]] == [1, 3]
    assert len(above.collections) == bands, "bands between participants mislead where they are the same"
    band = middle.collections[0].get_paths()[0].get_extents()
    assert (band.y0, band.y1) == (1.5, 2.5) and middle.lines[0].get_ydata()[0] == 2.0
    statistic, *critical = below.lines[:3]
    np.testing.assert_array_equal(statistic.get_ydata(), test.statistic)
    assert {float(line.get_ydata()[0]) for line in critical} == {2.5, -2.5}
    for axes in figure.axes:
        (span,) = axes.patches
        assert (span.get_x(), span.get_x() + span.get_width()) == (60.0, 100.0)
    assert above.texts[0].get_text() == "p = 0.012" and below.get_ylabel() == "t(9)"


def test_f_and_t2_have_one_threshold():
    test = replace(curve_of(np.arange(101.0)), name="F(2, 18)", design="anova_repeated", difference=None)
    above, below = curves_with_clusters(test, pd.DataFrame(), "degree", "t", "s", ("x", "y")).axes
    assert {float(line.get_ydata()[0]) for line in below.lines[1:]} - {0.0} == {2.5} and len(above.lines) >= 2


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
    dots = [xy[:, 1] for xy in _lines(main, "o")]
    np.testing.assert_allclose(dots[0], left["pre"])  # the dominant leg, barefoot only
    np.testing.assert_allclose(dots[1], left["post"])
    row = table[(table["analysis"] == "training")].iloc[0]
    assert _lines(nearby, "s")[0][0, 1] == row["estimate"] == pytest.approx((left["post"] - left["pre"]).mean())
    main, nearby = figures["raincloud", "insoles", "right - left"].axes
    insole = bare.pivot_table(index="participant", columns="insole", values="value")
    np.testing.assert_allclose(_lines(main, "o")[1][:, 1], insole["right"])
    np.testing.assert_allclose(_lines(nearby, "o")[0][:, 1], insole["right"] - insole["left"])  # not the leg
    (axes,) = figures["bland-altman", "retest", "post - pre"].axes
    both = bare.pivot_table(index="participant", columns="session", values="value")
    np.testing.assert_allclose(_lines(axes, "o")[0], np.stack([both.mean(axis=1), both["post"] - both["pre"]], axis=1))
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
    np.testing.assert_allclose(_lines(axes, "o")[0], np.stack([mine["age"].mean(), mine["value"].mean()], axis=1))
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
