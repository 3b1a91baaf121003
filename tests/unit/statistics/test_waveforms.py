"""Reliability of curves against closed forms and, at every point, against the tables of single values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.errors import StudyError
from biomech.statistics.engine import run_analyses
from biomech.statistics.result_rows import table_of
from biomech.statistics.waveforms import cmc, pointwise
from biomech.study.statistics_columns import POINT_COLUMNS

PERCENT = np.linspace(0, 100, 101)
SINE = np.sin(2 * np.pi * np.arange(100) / 100)  # mean 0, mean square 1/2
# Shrout & Fleiss 1979, table 2
RATINGS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)


@pytest.mark.parametrize("offset", [0.0, 0.1, 0.3, 0.6])
def test_cmc_of_a_sine_with_an_offset(offset: float) -> None:
    """Two curves sin(t) +- d: the variance about their mean is 2 d**2, about the grand mean 2 T (1/2 + d**2) / (2 T - 1)."""
    curves = np.stack([SINE + offset, SINE - offset]) + 7.0
    total = 200 * (0.5 + offset**2) / 199
    assert cmc(curves) == pytest.approx(np.sqrt(1 - 2 * offset**2 / total), abs=1e-12)


def test_cmc_of_noise_is_the_share_of_the_shape() -> None:
    """Of many points and strides: the square is the variance of the shape over that of shape and noise."""
    random = np.random.default_rng(8)
    shape = 3.0 * np.sin(2 * np.pi * np.arange(4000) / 4000)
    found = cmc(shape + random.normal(0, 2.0, (5, 40, 4000)))
    assert found == pytest.approx(np.full(5, np.sqrt(4.5 / 8.5)), abs=0.01)


def test_curves_without_a_root_or_shape_have_no_cmc() -> None:
    assert np.isnan(cmc(np.stack([SINE + 2, SINE - 2]))) and np.isnan(cmc(np.full((3, 50), 4.0)))
    mixed = cmc(np.stack([[SINE, SINE], [SINE + 2, SINE - 2]]))
    assert mixed[0] == pytest.approx(1) and np.isnan(mixed[1])


def test_every_point_is_the_table_of_shrout_and_fleiss() -> None:
    """Scaled and shifted differently at every point: the ICC stays, the error scales."""
    scale = np.linspace(0.5, 3, 7)
    found = pointwise(RATINGS[:, :, None] * scale + np.arange(7))
    assert found.icc == pytest.approx(np.full(7, 0.29), abs=0.005)
    assert found.icc_low == pytest.approx(np.full(7, 0.02), abs=0.005)
    assert found.sem == pytest.approx(np.sqrt(1.02) * scale, rel=2e-3)  # MSE of the published table: 1.02
    assert found.curve_sem == pytest.approx(np.sqrt(1.02 * np.mean(scale**2)), rel=2e-3)
    assert (found.sem_low < found.sem).all() and (found.sem < found.sem_high).all()


def study(people: int = 8, *, lost: bool = False) -> tuple[xr.Dataset, np.ndarray]:
    """Cycles of two sessions, two trials of each; return them and the curve of every participant and session."""
    random = np.random.default_rng(2)
    bump = 20 + 15 * np.sin(2 * np.pi * PERCENT / 100)
    truth = bump + random.normal(0, 4, (people, 1, 1)) + random.normal(0, 1, (people, 2, 1)) * np.cos(PERCENT / 20)
    rows, curves = [], []
    for i in range(people):
        for j, session in enumerate(("pre", "post")):
            if lost and i == 0 and j == 1:
                continue
            for trial, wobble in (("a", 0.5), ("a", -0.5), ("b", 0.0)):
                rows.append({"participant": f"P{i}", "session": session, "trial": trial, "side": "left"})
                curves.append(truth[i, j] + wobble)
    about = pd.DataFrame(rows).assign(task="walking", condition="", footwear="shod", group="control")
    angle = xr.DataArray(
        np.array(curves)[:, :, None],
        dims=("cycle", "percent", "quantity"),
        coords={"percent": PERCENT, "quantity": ["knee_flexion"]}
        | {name: ("cycle", about[name].to_numpy(dtype=object)) for name in about},
        attrs={"units": "degree"},
    )
    return xr.Dataset({"angle": angle}), truth


def analysis(**more: object) -> list:
    base = {"name": "retest", "kind": "reliability", "outcomes": ["angle.knee_flexion"], "task": "walking"}
    return parse_config({"statistics": [base | more]}).statistics


def run(data: xr.Dataset, **more: object):
    return run_analyses(analysis(**more), pd.DataFrame({"metric": [], "participant": []}), data)


def test_an_analysis_of_curves_gives_every_point_and_its_summaries() -> None:
    data, truth = study()
    found = run(data)
    rows = {row["term"]: row for row in table_of(found.rows).to_dict("records")}
    assert set(rows) == {"cmc", "curve_icc_2_1_mean", "curve_icc_2_1_lowest", "curve_sem", "curve_mdc95"}
    points = table_of(found.points, POINT_COLUMNS)
    error = (truth[:, 1] - truth[:, 0]).std(axis=0, ddof=1) / np.sqrt(2)
    assert points["percent"].tolist() == PERCENT.tolist()
    assert points["sem"].to_numpy() == pytest.approx(error) and points["mean"].to_numpy() == pytest.approx(
        truth.mean(axis=(0, 1))
    )
    assert rows["curve_sem"]["estimate"] == pytest.approx(np.sqrt((error**2).mean()))
    assert rows["curve_mdc95"]["estimate"] == pytest.approx(1.96 * np.sqrt(2) * rows["curve_sem"]["estimate"], rel=1e-4)
    assert rows["curve_icc_2_1_lowest"]["estimate"] == pytest.approx(points["icc_2_1"].min())
    assert rows["cmc"]["estimate"] == pytest.approx(cmc(truth).mean()) and rows["cmc"]["unit"] == "1"
    assert (rows["cmc"]["n_participants"], rows["cmc"]["n_sessions"], rows["cmc"]["n_cycles"]) == (8, 16, 48)
    assert {row["status"] for row in rows.values()} == {"done"} and rows["curve_sem"]["unit"] == "degree"


def test_who_lacks_a_measurement_is_named_and_not_counted() -> None:
    rows = table_of(run(study(lost=True)[0]).rows)
    assert set(rows["n_participants"]) == {7} and rows["reason"].str.contains("lack of a measurement: P0").all()
    (few,) = run(study(3, lost=True)[0]).rows
    assert few["status"] == "skipped" and "2 participants with curves of all of pre, post" in few["reason"]


def repetitions(people: int = 8, *, short: int = 0) -> tuple[xr.Dataset, np.ndarray]:
    """Cycles of one session: three or four right ones of everybody (two of those who are short), two left ones; return the right."""
    random = np.random.default_rng(9)
    truth = 20 + random.normal(0, 4, (people, 1, 1)) + random.normal(0, 1, (people, 4, 1)) * np.cos(PERCENT / 20)
    rows, curves = [], []
    for i in range(people):
        for side, count in (("left", 2), ("right", 2 if i < short else 3 + i % 2)):
            for rep in range(count):
                rows.append({"participant": f"P{i}", "session": "pre", "trial": "a", "side": side})
                curves.append(truth[i, rep] + 50 * (side == "left"))
    about = pd.DataFrame(rows).assign(task="walking", condition="", footwear="shod", group="control")
    coords = {"percent": PERCENT, "quantity": ["knee_flexion"]}
    coords |= {name: ("cycle", about[name].to_numpy(dtype=object)) for name in about}
    angle = xr.DataArray(np.array(curves)[:, :, None], dims=("cycle", "percent", "quantity"), coords=coords)
    return xr.Dataset({"angle": angle.assign_attrs(units="degree")}), truth


def test_repetitions_of_one_session_are_measurements_of_one_leg() -> None:
    """The first three curves of the right leg, which has more: error of measurement by the definition of its mean square."""
    data, truth = repetitions()
    found = run(data, between="repetition", repetitions=3)
    points, first = table_of(found.points, POINT_COLUMNS), truth[:, :3]
    rest = first - first.mean(axis=1, keepdims=True) - first.mean(axis=0) + first.mean(axis=(0, 1))
    error = np.sqrt((rest**2).sum(axis=(0, 1)) / (7 * 2))
    assert points["sem"].to_numpy() == pytest.approx(error)
    assert points["mean"].to_numpy() == pytest.approx(first.mean(axis=(0, 1)))
    rows = table_of(found.rows)
    assert set(rows["n_participants"]) == {8} and set(rows["n_cycles"]) == {24}
    assert rows["reason"].str.contains("first 3 curves of session pre, one leg of each participant").all()


def test_who_has_too_few_repetitions_is_named() -> None:
    rows = table_of(run(repetitions(short=2)[0], between="repetition", repetitions=3).rows)
    assert set(rows["n_participants"]) == {6} and rows["reason"].str.contains("lack of a repetition: P0, P1").all()
    (few,) = run(repetitions(short=5)[0], between="repetition", repetitions=3).rows
    assert few["status"] == "skipped" and "3 participants with curves of 3 repetitions in session pre" in few["reason"]


def test_the_reliability_of_a_curve_has_a_figure_of_its_points() -> None:
    from biomech.report.statistics_report import statistics_figures
    from biomech.statistics.write_statistics import curves_dataset

    found = run(study()[0])
    points = table_of(found.points, POINT_COLUMNS)
    drawn = list(statistics_figures(table_of(found.rows), pd.DataFrame(), pd.DataFrame(), curves_dataset([]), points))
    ((figure, row),) = [one for one in drawn if one[1]["kind"] == "curve-reliability"]
    assert row["outcome"] == "angle.knee_flexion" and len(figure.axes) == 3
    for axes, name in zip(figure.axes, ("mean", "sem", "icc_2_1"), strict=True):
        assert axes.lines[0].get_ydata() == pytest.approx(points[name].to_numpy())
    summary = {one["term"]: one["estimate"] for one in found.rows}
    legend = " ".join(text.get_text() for text in figure.legends[0].get_texts())
    assert f"CMC {summary['cmc']:.3f}" in legend and f"{summary['curve_sem']:.2g} degree" in legend


def test_repeated_pairs_of_curves_are_refused_before_any_job() -> None:
    with pytest.raises(StudyError, match="reliability of curves has no limits of agreement"):
        analysis(between="device", repeated_pairs=True)
