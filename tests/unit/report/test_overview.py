"""The overview of headline outcomes: scales that noise cannot fill, norms of people that they fit, detectable change."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.container import ErrorbarContainer

from biomech.config import Config
from biomech.io.csv_parquet import write_parquet
from biomech.report.overview import Yardsticks, overview_figures, read_headlines, span, yardsticks
from biomech.report.panels import HEADLINES
from biomech.report.style import SIDE_COLOURS, style

METRIC = "hip_adduction__peak__cycle"


def _rows(values, task="single_leg_squat", unit="degree", **people):
    """Cycles of one metric: participant -> age."""
    rows = [
        {
            "participant": person,
            "side": side,
            "session": session,
            "value": value,
            "cycle": f"{person}{side}{session}{i}",
        }
        for person in people
        for side in ("left", "right")
        for session in ("pre", "post")
        for i, value in enumerate(values)
    ]
    same = {"label": "", "task": task, "condition": "", "footwear": "barefoot", "metric": METRIC, "unit": unit}
    return pd.DataFrame(rows).assign(**same, age_years=lambda t: t["participant"].map(people), sex="female")


def _drawn(table, held):
    with style():
        ((figure, _, row),) = overview_figures(table, held)
    return figure, row


def _norms():
    """Norms as a config without words about them has them."""
    return {"metric_norms": Config().findings.model_dump(mode="json")["norms"]}


@pytest.mark.parametrize(
    ("values", "unit", "mdc", "least"),
    [
        ([10.0, 10.2], "degree", np.nan, 20.0),
        ([10.0, 10.2], "degree", 12.0, 30.0),
        ([0.40, 0.42], "N m kg-1", np.nan, 0.5),
    ],
)
def test_noise_does_not_fill_the_panel(values, unit, mdc, least):
    low, high = span(np.array(values), unit, mdc)
    assert high - low == pytest.approx(least) and low + high == pytest.approx(sum(values))


def test_the_span_holds_what_is_larger():
    low, high = span(np.array([-40.0, 10.0]), "degree", 3.0)
    assert low < -40 and high > 10 and high - low < 60


def test_norm_bands_are_drawn_for_those_whom_they_fit():
    table = _rows([10.0, 11.0, 12.0], A=9.0, B=25.0, C=np.nan)
    figure, row = _drawn(table, yardsticks(_norms()))
    axes = figure.axes[0]
    bands = [one.get_paths()[0].vertices for one in axes.collections if isinstance(one, FillBetweenPolyCollection)]
    assert len(bands) == 1  # B alone is an adult
    assert (bands[0][:, 0].min(), bands[0][:, 0].max()) == (0.5, 1.5)
    # Nakagawa et al. 2012: 10.8, SD 5.6
    np.testing.assert_allclose([bands[0][:, 1].min(), bands[0][:, 1].max()], [5.2, 16.4])
    assert "40 healthy men and women" in row["reference"]
    assert any("Nakagawa" in text.get_text() for text in figure.texts)
    figure, row = _drawn(table, yardsticks({**_norms(), "norms": False}))
    assert row["reference"] == "" and not any("Nakagawa" in text.get_text() for text in figure.texts)


def test_the_detectable_change_is_a_bar_of_its_length(tmp_path):
    visits = {"task": "single_leg_squat", "metric": METRIC, "contrast": "visits"}
    rows = [{**visits, "mdc95": mdc} for mdc in (7.0, 8.0, 30.0, np.nan)] + [
        {**visits, "contrast": "legs", "mdc95": 99.0}
    ]
    write_parquet(pd.DataFrame(rows), tmp_path / "contrasts.parquet")
    held = yardsticks({}, tmp_path / "contrasts.parquet")
    assert held.mdc("single_leg_squat", METRIC) == 8.0 and np.isnan(held.mdc("walking", METRIC))
    figure, _ = _drawn(_rows([10.0, 11.0], A=25.0), held)
    (bar,) = [one for one in figure.axes[0].containers if isinstance(one, ErrorbarContainer)]
    segment = bar[2][0].get_segments()[0]
    assert segment[1, 1] - segment[0, 1] == pytest.approx(8.0)
    figure, _ = _drawn(_rows([10.0, 11.0], A=25.0), Yardsticks())
    assert not figure.axes[0].containers and not any("MDC95" in text.get_text() for text in figure.texts)


def test_sides_have_the_colours_of_the_config():
    figure, _ = _drawn(_rows([10.0, 11.0], A=25.0), yardsticks({"side_colours": "orange_blue"}))
    drawn = {line.get_markerfacecolor() for line in figure.axes[0].lines if line.get_markersize() == 6}
    assert set(SIDE_COLOURS["orange_blue"].values()) >= drawn and len(drawn - {"none"}) >= 2


def test_both_ends_of_every_headline_are_named():
    ends = {headline.title: tuple(headline.ends) for headline in HEADLINES}
    assert ends["External knee adduction moment, first peak"] == ("adduction", "abduction")
    assert ends["External knee abduction moment, peak"] == ("abduction", "adduction")
    assert ends["Knee abduction, peak"] == ("valgus", "varus")
    assert all(positive and negative for positive, negative in ends.values())


def test_a_table_without_age_is_read(tmp_path):
    table = _rows([10.0], A=25.0).drop(columns=["age_years", "sex"])
    write_parquet(table, tmp_path / "metrics.parquet")
    _, row = _drawn(read_headlines(tmp_path / "metrics.parquet"), yardsticks(_norms()))
    assert row["reference"] == ""  # no norm for an unknown age
