"""Correlation and regression with another outcome, a score and a baseline, against R 4.2."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.errors import BiomechError
from biomech.statistics.engine import run_analyses
from tests.unit.statistics.test_comparison_designs import FIRST, SECOND

HIP, KNEE = "hip_adduction__peak__cycle", "knee_abduction__peak__cycle"
GIVEN = {"name": "a", "kind": "association", "outcomes": [HIP], "where": {"session": "post"}}


def study() -> pd.DataFrame:
    """The outcome is FIRST at post and SECOND at pre, the knee is SECOND at post; pain is twice SECOND."""
    parts = []
    for metric, session, values in ((HIP, "post", FIRST), (HIP, "pre", SECOND), (KNEE, "post", SECOND)):
        for side, more in (("left", -0.1), ("right", 0.1)):
            part = pd.DataFrame(
                {"participant": [f"P{i}" for i in range(9)], "value": values + more, "pain": 2 * SECOND}
            )
            parts.append(part.assign(metric=metric, session=session, side=side))
    shared = {"task": "single_leg_squat", "footwear": "barefoot", "condition": "", "trial": "t", "rep": 1}
    return pd.concat(parts, ignore_index=True).assign(**shared, dominant_side="right")


def run(given: dict, table: pd.DataFrame | None = None) -> list[dict]:
    table = study() if table is None else table
    return run_analyses(parse_config({"statistics": [GIVEN | given]}).statistics, table, xr.Dataset()).rows


@pytest.mark.parametrize(
    "given", [{"against": [KNEE]}, {"against": ["pain"]}, {"against": [HIP], "against_where": {"session": "pre"}}]
)
def test_pearson_with_another_outcome_a_score_and_the_baseline(given: dict) -> None:
    """cor.test: 0.8479 (0.4206 to 0.9673), t = 4.2310 with 7 df, p = .003883."""
    (row,) = run(given)
    assert (row["estimate"], row["low"], row["high"]) == pytest.approx((0.84787652, 0.42058126, 0.96731163), rel=1e-6)
    assert (row["statistic"], row["p"]) == pytest.approx((4.23104, 0.0038831), rel=1e-5) and row["df"] == "7"
    assert (row["effect_name"], row["n_participants"], row["unit"]) == ("pearson_r", 9, "1")


def test_spearman_has_ties_and_an_exact_p_where_participants_are_few() -> None:
    (row,) = run({"against": [KNEE], "method": "spearman"})
    assert (row["estimate"], row["p"]) == pytest.approx((0.64708167, 0.059592), rel=1e-5)
    few = study()
    few = few[~few["participant"].isin(["P3", "P4", "P5", "P6"])]  # 5 left
    (row,) = run({"against": [KNEE], "method": "spearman"}, few)
    assert "p of all orders" in row["reason"] and row["p"] * 120 == pytest.approx(round(row["p"] * 120))


def test_a_regression_has_slope_intercept_and_r2() -> None:
    """lm(a ~ b): 0.75621 (0.33358 to 1.17884), intercept 0.75729 (0.10888 to 1.40570), R² 0.71889."""
    slope, intercept = run({"against": [KNEE], "method": "regression"})
    assert (slope["estimate"], slope["low"], slope["high"]) == pytest.approx((0.75621, 0.33358432, 1.1788429), rel=1e-5)
    assert (intercept["low"], intercept["high"]) == pytest.approx(
        (0.10888136, 1.4056977), rel=1e-5
    ) and "p" not in intercept
    assert slope["effect"] == pytest.approx(0.71889, rel=1e-5) and slope["effect_low"] < 0.71889 < slope["effect_high"]
    (per_pain, _) = run({"against": ["pain"], "method": "regression"})
    assert per_pain["estimate"] == pytest.approx(slope["estimate"] / 2)


def test_a_change_is_the_second_session_minus_the_first() -> None:
    (row,) = run({"against": ["pain"], "change": ["pre", "post"], "where": {}})
    assert row["estimate"] == pytest.approx(np.corrcoef(FIRST - SECOND, SECOND)[0, 1])
    assert "the outcome is post - pre" in row["reason"] and row["n_participants"] == 9
    with pytest.raises(BiomechError, match="two different sessions"):
        run({"against": ["pain"], "change": ["pre"]})


def test_what_cannot_be_done_says_what_it_lacks() -> None:
    table = study()
    (row,) = run({"against": ["height"]}, table)
    assert row["status"] == "skipped" and row["reason"] == "no column height in the study"
    (row,) = run({"against": ["pain"]}, table.assign(pain=1.0))
    assert "zero variance" in row["reason"]
    (row,) = run({"against": ["pain"]}, table.assign(pain=np.where(table["participant"] < "P3", 1.0, np.nan)))
    assert "3 participants with" in row["reason"]
    rows = run({"against": [HIP], "method": "regression"})
    assert all(row["status"] == "skipped" and "exactly" in row["reason"] for row in rows)
