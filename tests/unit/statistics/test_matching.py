"""Matched pairs count as one unit: the tests of pairs, worked out by hand, and designs that are not matched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from biomech.config import parse_config
from biomech.errors import StudyError
from biomech.io.sheets import Session, Study, Trial
from biomech.statistics.checks import statistics_faults
from biomech.statistics.engine import run_analyses

METRIC = "hip_adduction__peak__cycle"
GIVEN = {"name": "m", "kind": "comparison", "design": "paired", "outcomes": [METRIC], "factor": "group"}
GIVEN |= {"reference": "control", "matched_by": "twin"}
CURVE = {"name": "c", "kind": "spm", "test": "paired", "outcomes": ["angle.hip_adduction"], "factor": "group"}
CURVE |= {"reference": "control", "matched_by": "twin"}


def table(n: int = 10) -> pd.DataFrame:
    """Cases and controls, who resemble their partner; two cycles of each."""
    random = np.random.default_rng(3)
    rows = []
    for pair in range(n):
        shared = random.normal(10, 3)
        for group, effect in (("case", 1.0), ("control", 0.0)):
            own = shared + random.normal(0, 0.5) + effect
            rows += [{"participant": f"{group}{pair}", "group": group, "twin": f"t{pair}", "value": own}] * 2
    shared_columns = {"session": "1", "side": "both", "task": "single_leg_squat", "trial": "a", "rep": 1}
    return pd.DataFrame(rows).assign(metric=METRIC, footwear="", condition="", dominant_side="right", **shared_columns)


def curves_of(data: pd.DataFrame) -> xr.Dataset:
    percent = np.linspace(0, 100, 21)
    noise = np.random.default_rng(1).normal(size=(len(data) // 2, 4)) @ np.cos(np.outer(range(4), percent / 40))
    values = data["value"].to_numpy()[:, None] + 0.3 * np.repeat(noise, 2, axis=0)
    names = [name for name in data.columns if name not in ("value", "metric")]
    coords = {"percent": percent, "quantity": ["hip_adduction"]} | {n: ("cycle", data[n].to_numpy()) for n in names}
    angle = xr.DataArray(values[:, :, None], dims=("cycle", "percent", "quantity"), coords=coords)
    return xr.Dataset({"angle": angle.assign_attrs(units="degree")})


def run(data: pd.DataFrame, given: dict | None = None, study: xr.Dataset | None = None) -> dict:
    analyses = parse_config({"statistics": [given or GIVEN]}).statistics
    return run_analyses(analyses, data, xr.Dataset() if study is None else study).rows[0]


def sides(data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    wide = data.drop_duplicates("participant").pivot_table(index="twin", columns="group", values="value").dropna()
    return wide["case"].to_numpy(), wide["control"].to_numpy()


def test_pairs_of_participants_are_tested_as_paired() -> None:
    data = table()
    row = run(data)
    known = stats.ttest_rel(*sides(data))
    assert row["p"] == pytest.approx(known.pvalue) and row["statistic"] == pytest.approx(known.statistic)
    assert (row["df"], row["n_participants"], row["n_cycles"]) == ("9", 20, 40)
    assert "matched by twin" in row["reason"]
    unmatched = run(data, GIVEN | {"design": "group", "matched_by": ""})
    assert row["p"] < 0.01 < unmatched["p"], "what partners share is not an error of the difference"


def test_who_has_no_partner_or_entry_is_left_out_and_counted() -> None:
    data = table()
    data = data[data["participant"] != "case2"]
    data.loc[data["participant"] == "case3", "twin"] = ""
    row = run(data)
    known = stats.ttest_rel(*(values[[0, 1, 4, 5, 6, 7, 8, 9]] for values in sides(table())))
    assert row["p"] == pytest.approx(known.pvalue) and row["n_participants"] == 16
    assert "2 pairs of which one participant has no value left out" in row["reason"]
    assert "1 participants without an entry of it left out" in row["reason"]


def test_curves_of_pairs() -> None:
    pytest.importorskip("spm1d")
    data = table()
    study = curves_of(data)
    row = run(data.iloc[:0], CURVE, study)
    values = study["angle"].values[::2, :, 0]
    known = stats.ttest_rel(values[0::2], values[1::2]).statistic
    assert row["statistic"] == pytest.approx(known[np.abs(known).argmax()])
    assert (row["df"], row["n_participants"]) == ("9", 20) and "matched by twin" in row["reason"]


def crowded(data: pd.DataFrame) -> pd.DataFrame:
    data.loc[data["participant"] == "case1", "twin"] = "t0"
    return data


def moved(data: pd.DataFrame) -> pd.DataFrame:
    data.loc[data.index[0], "twin"] = "t5"
    return data


def both_groups(data: pd.DataFrame) -> pd.DataFrame:
    data.loc[data.index[0], "group"] = "control"
    return data


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (crowded, "a pair has one participant of each level of group; of twin found t0 (case: 2)"),
        (moved, "case0 has several entries of twin"),
        (both_groups, "case0 has values of several levels of group"),
        (lambda data: data[data["twin"].isin(["t0", "t1", "t2"])], "3 matched pairs; at least 5 are needed"),
    ],
)
def test_groups_that_are_not_matched_say_so(change, expected: str) -> None:
    data = change(table())
    for row in (run(data), run(data.iloc[:0], CURVE, curves_of(data))):
        assert row["status"] == "skipped"
        assert expected in row["reason"] or (
            expected.startswith("3 matched") and "3 participants (matched pairs)" in row["reason"]
        )


def test_the_column_of_pairs_is_checked_before_any_job(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="needs `design: paired`"):
        parse_config({"statistics": [GIVEN | {"design": "group"}]})
    with pytest.raises(StudyError, match="needs `test: paired`"):
        parse_config({"statistics": [CURVE | {"test": "group"}]})
    trial = Trial(trial="t", file="t.c3d", role="dynamic", task="single_leg_squat")
    sessions = tuple(
        Session(participant=g, session="1", group=g, covariates={"twin": "t1"}, trials=(trial,))
        for g in ("case", "control")
    )
    study = Study(tmp_path, parse_config({"statistics": [GIVEN]}), sessions, tmp_path)
    assert statistics_faults(study) == []
    wrong = parse_config({"statistics": [GIVEN | {"matched_by": "twins"}]})
    (fault,) = statistics_faults(replace(study, config=wrong))
    assert "unknown factor 'twins' (did you mean 'twin'?)" in fault
