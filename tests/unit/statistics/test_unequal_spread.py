"""Mixed models of groups that differ in spread: Welch's t in closed form, each group by itself, and the level of the test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from biomech.config import parse_config
from biomech.errors import StudyError
from biomech.report.statistics_tables import analysis_table
from biomech.statistics.engine import run_analyses
from biomech.statistics.mixed import Fit, fit
from biomech.statistics.result_rows import table_of

METRIC = "hip_adduction__peak__cycle"
LEVELS = {"group": ["control", "case"]}


def one_value(a: np.ndarray, b: np.ndarray) -> pd.DataFrame:
    """Return one value per participant: controls `a`, cases `b`."""
    value = np.concatenate([a, b])
    people = [f"P{i:02d}" for i in range(len(value))]
    group = ["control"] * len(a) + ["case"] * len(b)
    return pd.DataFrame({"participant": people, "group": group, "session": "1", "side": "both", "value": value})


def row(found: Fit, term: str, level: str = "") -> dict:
    mine = [x for x in found.rows if x["term"] == term and (x.get("contrast") or term.startswith("sd_"))]
    (one,) = [x for x in mine if not level or x["level_a"] == level]
    return one


@pytest.mark.parametrize(("sizes", "spreads"), [((16, 8), (1, 3)), ((6, 18), (4, 1))])
def test_of_one_value_per_participant_it_is_welch(sizes: tuple[int, int], spreads: tuple[int, int]) -> None:
    random = np.random.default_rng(2)
    a, b = (spread * random.normal(size=n) for n, spread in zip(sizes, spreads, strict=True))
    found = fit(one_value(a, b), LEVELS, spread_by="group")
    welch = stats.ttest_ind(b, a, equal_var=False)
    one = row(found, "group")
    assert (one["statistic"], one["p"]) == (
        pytest.approx(welch.statistic, rel=1e-4),
        pytest.approx(welch.pvalue, rel=1e-3),
    )
    assert float(one["df"]) == pytest.approx(welch.df, rel=1e-3)
    for level, values in (("control", a), ("case", b)):
        assert row(found, "sd_residual", level)["estimate"] == pytest.approx(values.std(ddof=1), rel=1e-4)


def visits(spread: float, seed: int, sizes: tuple[int, int] = (9, 7)) -> pd.DataFrame:
    """Return values of two sessions and two legs, whose deviations are `spread` times as large in cases."""
    random, n = np.random.default_rng(seed), sum(sizes)
    value = random.normal(0, 3, (n, 1, 1)) + random.normal(0, 1, (n, 2, 1)) + random.normal(0, 1, (n, 2, 2))
    case = np.arange(n) >= sizes[0]
    value[case] *= spread
    person, session, side = (axis.ravel() for axis in np.indices(value.shape))
    return pd.DataFrame(
        {
            "participant": np.char.add("P", np.char.zfill(person.astype(str), 2)),
            "group": np.where(case[person], "case", "control"),
            "session": np.where(session == 0, "pre", "post"),
            "side": np.where(side == 0, "left", "right"),
            "value": value.ravel(),
        }
    )


def test_change_within_a_group_is_that_of_the_group_by_itself() -> None:
    """With all interactions nothing is shared between groups: variances are those of two models, one of each group."""
    table = visits(3.0, seed=4)
    factors = {**LEVELS, "session": ["pre", "post"]}
    whole = fit(table, factors, spread_by="group")
    deviance = 0.0
    for level in ("control", "case"):
        own = fit(table[table["group"] == level].reset_index(drop=True), {"session": ["pre", "post"]})
        deviance += own.deviance
        sd = row(own, "sd_participant")["estimate"]
        assert row(whole, "sd_participant", level)["estimate"] == pytest.approx(sd, rel=1e-3, abs=1e-6)
    # sum coding of group and session has another determinant than coding of each group by itself: four columns of 2
    assert whole.deviance == pytest.approx(deviance + 2 * np.log(4), abs=1e-4)


def test_groups_of_other_size_and_spread_keep_the_level() -> None:
    """5 of three times the spread and 15: one spread for all finds something in about 20 % of null studies."""
    random, studies = np.random.default_rng(9), 150
    p = np.array(
        [
            [
                row(fit(one_value(random.normal(size=15), 3 * random.normal(size=5)), LEVELS, spread_by=by), "group")[
                    "p"
                ]
                for by in ("group", "")
            ]
            for _ in range(studies)
        ]
    )
    low, high = stats.binom.interval(0.999, studies, 0.05)
    own, shared = (p < 0.05).sum(axis=0)
    assert low <= own <= high < shared


def test_what_has_no_variances_of_its_own_is_refused() -> None:
    table = visits(1.0, seed=1)
    found = fit(table, {"session": ["pre", "post"]}, spread_by="session")
    assert "session varies within participants" in found.problem
    given = {"name": "m", "kind": "mixed_model", "outcomes": [METRIC], "factors": ["session"]}
    for more, words in (
        ({"unequal_spread": "group"}, "none of `factors`"),
        ({"unequal_spread": "session", "degrees_of_freedom": "containment"}, "containment"),
    ):
        with pytest.raises(StudyError, match=words):
            parse_config({"statistics": [given | more]})


def test_a_config_asks_for_it() -> None:
    shared = {"metric": METRIC, "task": "single_leg_squat", "footwear": "", "condition": "", "rep": 1, "trial": "t"}
    table = visits(3.0, seed=5).assign(**shared, dominant_side="right")
    given = {"name": "m", "kind": "mixed_model", "outcomes": [METRIC], "factors": ["group", "session"], "sides": "each"}
    asked = [given, given | {"name": "own", "unequal_spread": "group"}]
    results = table_of(run_analyses(parse_config({"statistics": asked}).statistics, table, xr.Dataset()).rows)
    one, own = (results[results["analysis"] == name] for name in ("m", "own"))
    assert "variances of each level of group" in own["reason"].iloc[0] and "variances of" not in one["reason"].iloc[0]
    spread = own[own["term"] == "sd_residual"].set_index("level_a")["estimate"]
    assert 2 < spread["case"] / spread["control"] < 4.5 and (one["term"] == "sd_residual").sum() == 1
    printed = analysis_table(own)["Estimate of"].tolist()
    assert "SD, residual: case" in printed and "SD of the random effect participant: control" in printed
