"""Marginal means, simple effects, all pairs, trends and covariance with a baseline, against lmerTest 3.1-3 and R's lm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.errors import BiomechError
from biomech.statistics.engine import run_analyses
from tests.unit.statistics import lmertest_designs

METRIC = "hip_adduction__peak__cycle"
MODEL = {
    "name": "m",
    "kind": "mixed_model",
    "outcomes": [METRIC],
    "factors": ["group", "session"],
    "adjustment": "none",
}
GROUPS = {"group": "control", "session": "pre"}


def run(table: pd.DataFrame, **options: object) -> list[dict]:
    shared = {"metric": METRIC, "task": "single_leg_squat", "footwear": "barefoot", "condition": "", "rep": 1}
    table = table.assign(**shared, dominant_side="right", trial="t")
    given = MODEL | {"references": GROUPS} | options
    return run_analyses(parse_config({"statistics": [given]}).statistics, table, xr.Dataset()).rows


def found(rows: list[dict], term: str, **cells: str) -> dict:
    (row,) = [r for r in rows if r["term"] == term and all(r.get(n, "") == v for n, v in cells.items())]
    return row


def test_marginal_means_and_simple_effects_are_those_of_lmertest() -> None:
    """ls_means and difflsmeans; unequal groups, missing visits and legs."""
    table = lmertest_designs.study("unequal", 5)
    rows = run(table, sides="each", marginal_means=True, simple_effects=True, min_participants=2)
    expected = {
        "case": (-3.3688707, -7.05260394, 18.01598),
        "control": (2.1942039, -0.21554510, 17.94311),
        "post": (-0.4186896, -2.63672243, 18.72660),
        "case, post": (-3.1758116, -6.89391177, 18.88956),
        "control, pre": (2.0499752, -0.37928128, 18.69982),
    }
    for level, (estimate, low, df) in expected.items():
        (row,) = [r for r in rows if r["term"].startswith("marginal_mean") and r["level_a"] == level]
        assert (row["estimate"], row["low"], float(row["df"])) == pytest.approx((estimate, low, df), rel=2e-3)
        assert "p" not in row
    simple = {
        ("session", "post - pre in case"): (0.3861181, 0.8882490, 9.866463),
        ("session", "post - pre in control"): (0.2884573, 0.9703461, 10.488341),
        ("group", "case - control in post"): (-5.5142442, -2.6043033, 18.726600),
        ("group", "case - control in pre"): (-5.6119049, -2.6647966, 18.352230),
    }
    for (name, contrast), (estimate, t, df) in simple.items():
        row = found(rows, f"simple_effect_{name}", contrast=contrast)
        assert (row["estimate"], row["statistic"], float(row["df"])) == pytest.approx((estimate, t, df), rel=2e-3)
        assert row["adjustment"] == "none, 4 hypotheses of m (simple effects)"
        assert row["effect_low"] < row["effect"] < row["effect_high"]
    assert found(rows, "session", contrast="post - pre")["adjustment"] == "none, 3 hypotheses of m"


def test_all_pairs_and_a_trend_are_those_of_lmertest() -> None:
    table = lmertest_designs.study("three_sessions", 5)
    order = {"session": ["pre", "mid", "post"]}
    rows = run(table, sides="each", pairs="all", trend=order, adjustment="holm")
    pairs = {"mid - pre": -0.03281313, "post - pre": 0.71399981, "post - mid": 0.74681294}
    for contrast, estimate in pairs.items():
        row = found(rows, "session", contrast=contrast)
        assert row["estimate"] == pytest.approx(estimate, rel=1e-3) and row["df"] == "38"
    assert found(rows, "session", contrast="post - mid")["statistic"] == pytest.approx(2.32268064, rel=1e-3)
    trend = found(rows, "trend_session")
    assert trend["contrast"] == "linear, per step of pre, mid, post" and trend["df"] == "38"
    assert trend["estimate"] == pytest.approx(0.5048741 / np.sqrt(2), rel=1e-3)  # contr.poly has unit length
    assert trend["statistic"] == pytest.approx(2.2206277, rel=1e-3) and trend["p"] == pytest.approx(
        0.03241353, rel=5e-3
    )
    p = sorted(
        {row["p"] for row in rows if row.get("p") is not None and row["term"] == "session" and row.get("contrast")}
    )
    assert len(p) == 3 and all(row["p_adjusted"] >= row["p"] for row in rows if "p" in row)


def test_a_baseline_as_covariate_is_the_analysis_of_covariance_of_r() -> None:
    """lm(post ~ group + b) and lm(post ~ group * b), b the centred value before; contrasts in sum coding."""
    table = lmertest_designs.study("no_legs", 7).assign(side="both")
    options = {"factors": ["group"], "references": {"group": "control"}, "baseline": "pre"}
    rows = run(table, **options, marginal_means=True)
    row = found(rows, "group", contrast="case - control")
    assert row["estimate"] == pytest.approx(-0.6116854, rel=1e-5) and row["p"] == pytest.approx(0.2578302, rel=1e-4)
    slope = found(rows, "baseline")
    assert slope["estimate"] == pytest.approx(1.0139770, rel=1e-5)
    assert (slope["low"], slope["high"]) == pytest.approx((0.88065398, 1.1473001), rel=1e-5)
    mean = found(rows, "marginal_mean_group", level_a="case")
    assert (mean["estimate"], mean["low"], mean["high"]) == pytest.approx((0.2232820, -0.58560609, 1.032170), rel=1e-5)
    assert row["df"] == "14" and "baseline is the value of session pre" in row["reason"]
    rows = run(table, **options, covariate_by={"baseline": "group"})
    assert found(rows, "baseline:group", contrast="")["p"] == pytest.approx(0.6962158, rel=1e-4)
    assert found(rows, "baseline:group", contrast="case - control")["estimate"] == pytest.approx(0.05119264, rel=1e-4)
    own = {level: found(rows, "slope_baseline", level_a=level) for level in ("case", "control")}
    assert own["case"]["estimate"] == pytest.approx(1.0394714) and own["control"]["low"] == pytest.approx(0.7919981)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"covariate_by": {"age": "group"}}, "'age' is none of `covariates`"),
        ({"covariates": ["age"], "covariate_by": {"age": "sex"}}, "'sex' is none of `factors`"),
        ({"trend": {"age": ["1", "2", "3"]}}, "'age' is none of `factors`"),
        ({"trend": {"session": ["pre", "post"]}}, "needs three levels of 'session'"),
        ({"factors": ["group"], "simple_effects": True}, "needs two factors"),
    ],
)
def test_what_does_not_fit_together_is_refused_before_any_job(options: dict, words: str) -> None:
    with pytest.raises(BiomechError, match=words):
        parse_config({"statistics": [MODEL | options]})


def test_a_trend_without_a_level_and_a_baseline_alone_say_what_they_lack() -> None:
    table = lmertest_designs.study("no_legs", 7).assign(side="both")
    (row,) = run(table, trend={"session": ["pre", "mid", "post"]})
    assert row["status"] == "skipped" and row["reason"] == "no values of mid, which the trend needs"
    alone = table[table["session"] == "pre"]
    (row,) = run(alone, factors=["group"], references={}, baseline="pre")
    assert row["status"] == "skipped" and "no values in other sessions" in row["reason"]
