"""Tables and figures of statistical results: what is printed and drawn is what was estimated."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from biomech.io.store import write_dataset
from biomech.io.table_files import write_parquet
from biomech.report.statistics_data import curve_rows, levels_factor, participant_curves, participant_levels
from biomech.report.statistics_figures import bland_altman, curves_with_clusters, forest, raincloud
from biomech.report.statistics_outputs import write_statistics
from biomech.report.statistics_tables import analysis_table, outcome_title, skipped_table, term_title
from biomech.report.text_tables import escape, interval, latex, markdown, number, p_value
from biomech.statistics.curve_analyses import CurveResult
from biomech.statistics.outputs import curves_dataset
from biomech.study.dataset import collect_study, metrics_long
from tests.made_up_study import session_cycles, session_metrics

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
        "Outcome": "knee abduction, peak, stance",
        "Side": "left",
        "Task": "walking",
        "Estimate of": "post − pre",
        "Estimate": "−2.3°",
        "Interval": "−4.1 to −0.6",
        "Statistic": "−2.80",
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
    assert term_title(RELIABLE) == "ICC(2,1)" and outcome_title("angle.hip_adduction") == "angle, hip adduction"
    assert term_title({"term": "session:group", "contrast": "a - b"}) == "session:group: a − b"


def test_latex_prints_every_character():
    assert escape("5 % of a_b & {c} −2 °") == r"5 \% of a\_b \& \{c\} $-$2 \textdegree{}"
    text = latex(pd.DataFrame({"A_b": ["x"], "n": ["−1.2"]}), "100 %", "tab:a")
    assert r"\begin{tabular}{lr}" in text and r"A\_b & n \\" in text and r"\caption{100 \%}" in text


@pytest.fixture
def people():
    rows = [
        {"participant": p, "session": s, "side": side, "group": "g1" if p == "P1" else "g2", "value": float(v)}
        for p, s, side, v in [
            ("P1", "pre", "left", 1),
            ("P1", "pre", "left", 3),
            ("P1", "pre", "right", 6),
            ("P1", "post", "left", 5),
            ("P2", "pre", "left", 8),
        ]
    ]
    return pd.DataFrame(rows)


def test_participants_are_means_of_sides_then_sessions(people):
    table = participant_levels(people, "session", ("pre", "post"))
    assert table.loc["P1", "pre"] == 4.0 and table.loc["P1", "post"] == 5.0 and np.isnan(table.loc["P2", "post"])
    assert list(table.columns) == ["pre", "post"]
    assert levels_factor(people, ("g1", "g2")) == "group" and levels_factor(people, ("g1", "g9")) is None


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


def test_a_raincloud_joins_pairs_only_and_draws_no_cloud_of_few():
    values = pd.DataFrame({"pre": [1.0, 2.0, np.nan], "post": [2.0, 4.0, 9.0]}, index=["a", "b", "c"])
    (axes,) = raincloud(values, "degree", "t", "s", "knee").axes
    joined = [xy.tolist() for xy in _lines(axes) if len(xy) == 2 and xy[0, 0] == 0 and xy[1, 0] == 1]
    assert joined == [[[0, 1.0], [1, 2.0]], [[0, 2.0], [1, 4.0]]]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["pre\nn = 2", "post\nn = 3"]
    assert axes.get_ylabel() == "knee (°)" and not axes.collections
    many = pd.DataFrame({"pre": np.linspace(0, 1, 8), "post": np.linspace(1, 3, 8)})
    assert len(raincloud(many, "degree", "t", "s", "knee").axes[0].collections) == 2


def test_bland_altman_limits_are_those_of_the_definition():
    a, b = np.array([1.0, 2, 3, 4]), np.array([0.5, 2.5, 2.0, 3.0])
    (axes,) = bland_altman(pd.DataFrame({"pre": a, "post": b}), "degree", "t", "s").axes
    (points,) = _lines(axes, "o")
    np.testing.assert_allclose(points, np.column_stack([(a + b) / 2, a - b]))
    bias, sd = (a - b).mean(), (a - b).std(ddof=1)
    drawn = sorted(
        line.get_ydata()[0] for line in axes.lines if len(set(line.get_ydata())) == 1 and line.get_marker() != "o"
    )
    np.testing.assert_allclose(drawn, sorted([0, bias - 1.96 * sd, bias, bias + 1.96 * sd]))
    assert axes.get_ylabel() == "pre − post (°)"


def test_curves_show_means_intervals_and_clusters():
    percent = np.arange(101.0)
    a = pd.DataFrame(np.vstack([percent * 0 + v for v in (1, 2, 3)]), columns=percent)
    clusters = pd.DataFrame({"start_percent": [20.0], "end_percent": [35.0], "p": [0.012]})
    figure = curves_with_clusters({"pre": a, "post": a + 2}, clusters, "degree", "t", "s", ("Gait cycle (%)", "knee"))
    (axes,) = figure.axes
    assert [line.get_ydata()[0] for line in axes.lines[:2]] == [2, 4]
    band = axes.collections[0].get_paths()[0].get_extents()
    assert band.y1 - 2 == pytest.approx(4.302652729 * 1 / np.sqrt(3), rel=1e-6)
    spans = [p.get_extents() for p in axes.patches]
    assert [(s.x0, s.x1) for s in spans] and axes.texts[0].get_text() == "p = 0.012"
    (span,) = axes.patches
    assert (span.get_x(), span.get_x() + span.get_width()) == (20.0, 35.0)


@pytest.mark.parametrize(("lowest", "thresholds"), [(-1.0, {2.5, -2.5}), (0.0, {2.5})])
def test_the_statistic_stands_below_its_curves_with_its_threshold(lowest, thresholds):
    percent = np.arange(101.0)
    a = pd.DataFrame(np.vstack([percent * 0 + v for v in (1, 2, 3)]), columns=percent)
    clusters = pd.DataFrame({"start_percent": [60.0], "end_percent": [100.0], "p": [0.012]})
    field = pd.DataFrame({"percent": percent, "statistic": lowest + percent / 20, "threshold": 2.5})
    figure = curves_with_clusters(
        {"pre": a, "post": a}, clusters, "degree", "t", "s", ("Gait cycle (%)", "knee"), field
    )
    above, below = figure.axes
    statistic, *critical = [line for line in below.lines if len(line.get_ydata()) != 2 or line.get_linestyle() != "-"]
    np.testing.assert_array_equal(statistic.get_ydata(), field["statistic"])
    assert {float(line.get_ydata()[0]) for line in critical} == thresholds  # F and T² are never negative
    for axes in (above, below):
        (span,) = axes.patches
        assert (span.get_x(), span.get_x() + span.get_width()) == (60.0, 100.0)
    assert above.texts[0].get_text() == "p = 0.012" and below.get_ylabel() == "test statistic"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("statistics")
    sessions = [
        session_cycles(f"P{i:02}", s, seed=10 * i + len(s), n_cycles=2) for i in range(12) for s in ("pre", "post")
    ]
    study = collect_study(sessions)
    write_dataset(study, folder / "study.nc", compress=True)
    write_parquet(metrics_long([session_metrics(s) for s in sessions]), folder / "metrics.parquet")
    write_parquet(RESULTS, folder / "results.parquet")
    clusters = {name: [SPM[name]] for name in ("analysis", "outcome", "side", "task", "contrast")}
    pd.DataFrame(clusters | {"start_percent": [20.0], "end_percent": [31.0], "p": [0.02]}).to_csv(
        folder / "clusters.csv", index=False
    )
    arguments = (folder / "results.parquet", folder / "clusters.csv", folder / "metrics.parquet", folder / "study.nc")
    percent = np.arange(101.0)
    spm = 2 + 3 * np.sin(2 * np.pi * percent / 100)
    labels = {name: SPM[name] for name in ("analysis", "outcome", "side", "task", "contrast", "level_a", "level_b")}
    write_dataset(curves_dataset([CurveResult(labels, percent, *[spm] * 6, 3.4, 0.02, "t(9)")]), folder / "curves.nc")
    write_statistics(*arguments, folder / "out", ["svg", "png", "pdf"], folder, folder / "curves.nc")
    return folder, arguments


def test_every_analysis_has_its_tables_and_figures(written):
    out = written[0] / "out"
    assert {p.name for p in (out / "tables").iterdir()} == {
        f"{n}.{k}" for n in ("training", "curve-test", "retest", "skipped") for k in ("csv", "md", "tex")
    }
    index = pd.read_csv(out / "figures" / "index.tsv", sep="\t", keep_default_na=False)
    kinds = index.groupby("analysis")["kind"].agg(list).to_dict()
    assert kinds == {
        "training": ["forest", "raincloud"],
        "curve_test": ["curves"],
        "retest": ["forest", "bland-altman"],
    }
    for name in index["file"]:
        for kind in ("svg", "png", "pdf"):
            assert (out / "figures" / name).with_suffix(f".{kind}").stat().st_size > 1000
    assert json.loads(json.dumps(index["contrast"].tolist()))[1] == "post - pre"


def test_the_same_files_give_the_same_bytes(written, tmp_path):
    folder, arguments = written
    write_statistics(*arguments, tmp_path / "again", ["svg", "png", "pdf"], folder, folder / "curves.nc")
    for path in (folder / "out").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(folder / "out")).read_bytes(), path.name


def test_text_of_figures_is_searchable(written):
    (figure,) = (written[0] / "out" / "figures").glob("raincloud_*.svg")
    text = " ".join(re.findall(r">([^<>]+)</text>", figure.read_text()))
    assert "n = 12" in text and "knee abduction, peak, stance (°)" in text


def test_curves_of_participants_are_means_of_whole_curves():
    cycles = session_cycles("P01", "pre", n_cycles=2)
    angle = cycles["angle"].to_numpy().copy()
    angle[0, 5] = np.nan
    study = collect_study([cycles.assign(angle=(cycles["angle"].dims, angle))])
    curves = curve_rows(study, "angle.knee_abduction")
    found = participant_curves(curves, "walking", "left", "session", ("pre",))["pre"]
    left = curves.to_numpy()[(study["side"] == "left").values]
    whole = left[~np.isnan(left).any(axis=1)]
    assert len(whole) == 1 and found.shape == (1, 101)
    np.testing.assert_array_equal(found.to_numpy()[0], whole[0])
    assert curve_rows(study, "angle.nothing") is None and curve_rows(study, "torque.knee_abduction") is None
