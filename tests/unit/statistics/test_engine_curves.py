"""Analyses of curves as the config asks for them: what each says of itself, and its level."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from biomech.statistics.engine import run_analyses
from biomech.statistics.result_rows import table_of
from biomech.statistics.scores import GPS_CURVES
from tests.unit.statistics.test_engine import analyses, cycles, study_of

CURVE = {"kind": "spm", "task": "single_leg_squat", "outcomes": ["angle.hip_adduction"]}


def _two_curves(table: pd.DataFrame) -> xr.Dataset:
    one = study_of(table)
    random = np.random.default_rng(3)
    other = one.assign_coords(quantity=["knee_abduction"]) + random.normal(size=(len(table), 1, 1))
    both = xr.concat([one, other], "quantity", join="override")
    return both.assign(angle=both["angle"].assign_attrs(units="degree"))


def test_every_test_of_curves_says_what_it_is_and_has_a_figure() -> None:
    """Name and degrees of freedom on the axis: t(11), F(1, 11), t(10) of a slope, T²(2, 11)."""
    from biomech.report.statistics_report import statistics_figures
    from biomech.statistics.write_statistics import curves_dataset
    from biomech.study.statistics_columns import CLUSTER_COLUMNS

    table = cycles(12)
    study = _two_curves(table)
    both = ["angle.hip_adduction", "angle.knee_abduction"]
    found = run_analyses(
        analyses(
            {**CURVE, "name": "t", "test": "paired", "factor": "session", "reference": "pre"},
            {**CURVE, "name": "F", "test": "anova_repeated", "factor": "session"},
            {**CURVE, "name": "slope", "test": "regression", "covariate": "age"},
            {
                **CURVE,
                "name": "T2",
                "test": "hotelling_paired",
                "factor": "session",
                "reference": "pre",
                "outcomes": both,
            }
            | {"nonparametric": True},
        ),
        table,
        study,
    )
    names = {curve.labels["analysis"]: curve.test for curve in found.curves}
    assert names == {"t": "t(11)", "F": "F(1, 11)", "slope": "t(10)", "T2": "T²(2, 11)"}
    tests = curves_dataset(found.curves)
    assert tests["statistic"].to_numpy().tolist() == list(names.values())
    clusters = table_of(found.clusters, CLUSTER_COLUMNS)
    figures = list(statistics_figures(table_of(found.rows), pd.DataFrame(), clusters, tests))
    assert [row["analysis"] for _, row in figures] == list(names)
    for figure, row in figures:
        assert figure.axes[-1].get_ylabel() == names[row["analysis"]]
        # means and, of two levels, their difference above the statistic; vectors have the statistic alone
        assert len(figure.axes) == {"t": 3, "F": 2, "slope": 2, "T2": 1}[row["analysis"]]
        critical = "±" in " ".join(text.get_text() for text in figure.legends[0].get_texts())
        assert critical == names[row["analysis"]].startswith("t("), "only t has two thresholds"


@pytest.mark.parametrize(
    ("adjustment", "words"),
    [
        ("holm", "bonferroni, 2 curves of n"),
        ("fdr", "bonferroni, 2 curves of n, as a field within its threshold has no p for fdr"),
        ("none", "none, 2 curves of n"),
    ],
)
def test_the_level_of_curves_is_told_as_it_was_shared(adjustment: str, words: str) -> None:
    table = cycles(12, change=6.0)
    given = {**CURVE, "name": "n", "test": "paired", "factor": "session", "adjustment": adjustment}
    given["outcomes"] = ["angle.hip_adduction", "angle.knee_abduction"]
    rows = run_analyses(analyses(given), table, _two_curves(table)).rows
    assert [row["adjustment"] for row in rows] == [words] * 2
    for row in rows:
        assert ("alpha 0.05 " if adjustment == "none" else "alpha 0.025 ") in row["reason"]
        factor = 1 if adjustment == "none" else 2
        assert "1 suprathreshold cluster" in row["reason"] and row["p_adjusted"] == pytest.approx(factor * row["p"])


def test_the_gait_profile_score_of_the_controls_is_run_as_documented() -> None:
    """Six controls c above the mean of all: 6/5 |c| from the others'. A patient 1 to 9 degrees above: sqrt(285/9)."""
    page = (Path(__file__).parents[3] / "docs" / "statistics.md").read_text(encoding="utf-8")
    (listed,) = [
        item
        for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
        for item in yaml.safe_load(block)["statistics"]
        if item["kind"] == "profile_score"
    ]
    percent = np.linspace(0, 100, 101)
    controls = {"C1": -1.0, "C2": 1.0, "C3": -2.0, "C4": 2.0, "C5": -0.5, "C6": 0.5}
    people = [*controls, "P1"]
    values = np.empty((len(people), 101, 9))
    for i, person in enumerate(people):
        for j in range(9):
            values[i, :, j] = 20 * np.sin(percent / 20 + j) + controls.get(person, j + 1.0)
    columns = {
        "participant": people,
        "group": ["control"] * 6 + ["patient"],
        "session": "1",
        "side": "left",
        "task": "walking",
        "dominant_side": "",
    }
    coords = {name: ("cycle", np.broadcast_to(cell, len(people))) for name, cell in columns.items()}
    quantities = [name.removeprefix("angle.") for name in GPS_CURVES]
    angle = xr.DataArray(
        values,
        dims=("cycle", "percent", "quantity"),
        coords={"percent": percent, "quantity": quantities} | coords,
        attrs={"units": "degree"},
    )
    found = run_analyses(analyses(listed), cycles(2), xr.Dataset({"angle": angle}))
    gps = {row["participant"]: row["score"] for row in found.scores if row["outcome"] == "gps"}
    assert gps == pytest.approx({p: 1.2 * abs(c) for p, c in controls.items()} | {"P1": np.sqrt(285 / 9)})
    means = {row["level_a"]: row["estimate"] for row in found.rows if row["outcome"] == "gps"}
    assert means == pytest.approx({"control": 1.2 * 7 / 6, "patient": np.sqrt(285 / 9)})
