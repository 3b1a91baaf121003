"""Variance components with missing measurements: lme4, mean squares where nothing is missing, intervals by repeated sampling."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from biomech.config import parse_config
from biomech.errors import StudyError
from biomech.statistics.engine import run_analyses
from biomech.statistics.reliability import icc, sem
from biomech.statistics.variance_components import variance_components

METRIC = "hip_adduction__peak__cycle"
# twelve people, three sessions; made with numpy's default_rng(5) and rounded, five cells taken out
TABLE = np.array(
    [
        [float(cell) if cell != "-" else np.nan for cell in line.split()]
        for line in """
-3.36 - -0.70
-5.71 -3.26 -3.64
-1.37 -0.43 0.04
1.81 2.00 -
3.82 5.04 3.27
- 0.15 1.66
-2.95 -0.84 -0.20
- - -1.25
1.15 1.69 3.97
3.79 6.87 7.12
-1.18 1.89 1.22
-3.67 -2.86 -4.19
""".strip().splitlines()
    ]
)
# R 4.2.2, lme4 1.1-31: d <- data.frame(value, p, s) of the cells above;
# m <- lmer(value ~ 1 + (1 | p) + (1 | s), d); print(VarCorr(m), digits = 8); REMLcrit(m)
LME4 = (2.98787608, 0.93351199, 0.90665693, 124.0904474)


def test_components_are_those_of_lme4() -> None:
    found = variance_components(TABLE)
    participant, measurement, residual, deviance = LME4
    assert found.participant == pytest.approx(participant, rel=1e-4)
    assert found.measurement == pytest.approx(measurement, rel=1e-4)
    assert found.residual == pytest.approx(residual, rel=1e-4)
    assert found.deviance == pytest.approx(deviance, abs=1e-6)
    total = participant**2 + measurement**2 + residual**2
    assert found.agreement.value == pytest.approx(participant**2 / total, rel=1e-4)
    assert found.consistency.value == pytest.approx(participant**2 / (participant**2 + residual**2), rel=1e-4)


def test_without_missing_measurements_they_are_those_of_mean_squares() -> None:
    random = np.random.default_rng(2)
    table = 3 * random.normal(size=(15, 1)) + np.array([0.0, 1.0, 2.0, 0.5]) + random.normal(size=(15, 4))
    found = variance_components(table)
    assert found.agreement.value == pytest.approx(icc(table, "2,1").value, rel=1e-5)
    assert found.consistency.value == pytest.approx(icc(table, "3,1").value, rel=1e-5)
    known = sem(table)
    assert (found.sem.value, found.sem.low, found.sem.high) == pytest.approx(
        (known.value, known.low, known.high), rel=1e-4
    )


def test_units_scale_and_shifts_do_not_matter() -> None:
    found, other = variance_components(TABLE), variance_components(1e4 + 1e-3 * TABLE)
    assert other.sem.value == pytest.approx(1e-3 * found.sem.value, rel=1e-4)
    assert other.agreement.value == pytest.approx(found.agreement.value, rel=1e-4)


def test_intervals_cover_with_a_quarter_of_the_values_missing() -> None:
    """14 people, three sessions, SD 3 between people, 1 of the residual: ICC(3,1) 0.9, SEM 1."""
    random, studies, covered = np.random.default_rng(77), 40, np.zeros(2)
    for _ in range(studies):
        table = 3 * random.normal(size=(14, 1)) + random.normal(size=(1, 3)) + random.normal(size=(14, 3))
        table[random.random(table.shape) < 0.25] = np.nan
        found = variance_components(table)
        covered += [found.consistency.low <= 0.9 <= found.consistency.high, found.sem.low <= 1 <= found.sem.high]
    low, high = stats.binom.interval(0.999, studies, 0.95)
    assert (low <= covered).all() and (covered <= high).all()


def test_a_variance_at_zero_is_named_and_has_no_interval() -> None:
    random = np.random.default_rng(4)
    values = random.normal(size=(8, 3))
    values -= values.mean(axis=1, keepdims=True)  # people without any difference
    found = variance_components(values)
    assert found.participant == 0 and found.agreement.value == 0 and np.isnan(found.agreement.low)
    assert "variance of participants estimated at zero" in found.notes and np.isfinite(found.sem.high)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (np.array([[1.0, np.nan], [np.nan, 2.0], [3.0, 4.0]]), "1 participants with two measurements or more"),
        (np.ones((5, 2)), "zero variance"),
        (np.arange(5.0)[:, None] + np.array([0.0, 1.0]), "zero residual variance"),
    ],
)
def test_tables_without_components_say_why(table: np.ndarray, expected: str) -> None:
    assert expected in variance_components(table).problem


def cycles() -> pd.DataFrame:
    rows = [
        {"participant": f"P{i:02d}", "session": f"s{j}", "value": value}
        for i, line in enumerate(TABLE)
        for j, value in enumerate(line)
        if np.isfinite(value)
    ]
    shared = {"side": "both", "task": "single_leg_squat", "trial": "a", "rep": 1, "metric": METRIC}
    return pd.DataFrame(rows).assign(footwear="", condition="", dominant_side="right", **shared)


def run(**more: object) -> dict[str, dict]:
    given = {"name": "r", "kind": "reliability", "outcomes": [METRIC]} | more
    rows = run_analyses(parse_config({"statistics": [given]}).statistics, cycles(), xr.Dataset()).rows
    return {row["term"]: row for row in rows}


def test_participants_who_lack_a_session_are_kept_where_asked() -> None:
    rows, found = run(incomplete="keep"), variance_components(TABLE)
    assert set(rows) == {"icc_2_1", "icc_3_1", "sem", "mdc95", "sd_participant", "sd_session", "sd_residual"}
    assert rows["icc_2_1"]["estimate"] == pytest.approx(found.agreement.value)
    assert rows["mdc95"]["high"] == pytest.approx(1.959964 * np.sqrt(2) * found.sem.high, rel=1e-6)
    assert (rows["sem"]["n_participants"], rows["sem"]["n_sessions"]) == (12, 31)
    assert "kept without all measurements: P00, P03, P05, P07" in rows["sem"]["reason"]
    assert run()["sem"]["n_participants"] == 8, "left out by default"


@pytest.mark.parametrize("more", [{"between": "repetition"}, {"outcomes": ["angle.hip_adduction"]}])
def test_keep_is_for_means_of_metrics(more: dict) -> None:
    given = {"name": "r", "kind": "reliability", "outcomes": [METRIC], "incomplete": "keep"} | more
    with pytest.raises(StudyError, match="incomplete: `keep` is for means of metrics"):
        parse_config({"statistics": [given]})
