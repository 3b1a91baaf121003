"""Tables and figures of statistical results: what is printed and drawn is what was estimated."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from biomech.report.formatting import escape, interval, latex, markdown, number, p_value
from biomech.report.statistics_clouds import raincloud
from biomech.report.statistics_data import CurveTest, Line
from biomech.report.statistics_figures import curves_with_clusters, forest
from biomech.report.statistics_tables import analysis_table, analysis_title, outcome_title, skipped_table, term_title
from biomech.statistics.participant_means import RULE

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


def lines_of(axes, marker=None):
    return [line.get_xydata() for line in axes.lines if marker is None or line.get_marker() == marker]


def test_a_forest_plot_draws_estimate_and_interval():
    figure = forest(pd.DataFrame([TRAINING, TRAINING | {"estimate": 1.0, "low": 0.5, "high": 1.5}]), "t", "s")
    (axes,) = figure.axes
    (points,) = lines_of(axes, "s")
    assert points.tolist() == [[-2.345, 0], [1.0, 1]]
    segments = [np.ravel(s).tolist() for s in axes.collections[0].get_segments()]
    assert segments == [[-4.1, 0, -0.62, 0], [0.5, 1, 1.5, 1]]
    assert [text.get_text() for text in axes.texts] == ["−2.3° (−4.1 to −0.6)", "1.0° (0.5 to 1.5)"]
    assert axes.get_xlabel() == "estimate (°)"


def test_a_raincloud_shows_dots_cloud_and_the_mean_difference_of_the_table():
    values = pd.DataFrame({"pre": [1.0, 2.0, np.nan], "post": [2.0, 4.0, 9.0]}, index=["a", "b", "c"])
    main, nearby = raincloud(values, TRAINING, "within", "degree", "t", "s", "knee").axes
    joined = [xy.tolist() for xy in lines_of(main) if len(xy) == 2 and xy[0, 0] == 0 and xy[1, 0] == 1]
    assert joined == [[[0, 1.0], [1, 2.0]], [[0, 2.0], [1, 4.0]]]
    assert [t.get_text() for t in main.get_xticklabels()] == ["pre\nn = 2", "post\nn = 3"]
    assert main.get_ylabel() == "knee (°)" and not main.collections, "no cloud of few"
    bars = [xy[:, 1].tolist() for xy in lines_of(main) if len(xy) == 2 and 0 < xy[1, 0] - xy[0, 0] < 0.5]
    assert bars == [[1.5, 1.5], [5.0, 5.0]], "means"
    assert [xy[:, 1].tolist() for xy in lines_of(nearby, "o")] == [[1.0, 2.0]], "differences, post minus pre"
    assert [xy[:, 1].tolist() for xy in lines_of(nearby, "s")] == [[-2.345]]
    assert any(xy[:, 1].tolist() == [-4.1, -0.62] for xy in lines_of(nearby))
    assert nearby.get_ylabel() == "post − pre (°)"
    many = pd.DataFrame({"pre": np.linspace(0, 1, 8), "post": np.linspace(1, 3, 8)})
    main, nearby = raincloud(many, TRAINING, "between", "degree", "t", "s", "knee").axes
    assert len(main.collections) == 2 and not [xy for xy in lines_of(nearby, "o") if len(xy)]


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
