"""What an analysis does not name is not pooled: each case has an effect that is known to be zero or planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.statistics.engine import run_analyses
from biomech.statistics.participant_means import BLANK, participant_means, with_levels

METRIC = "hip_adduction__peak__cycle"
PAIRED = {"name": "a", "kind": "comparison", "design": "paired", "outcomes": [METRIC], "factor": "session"}
GROUP = {"name": "a", "kind": "comparison", "design": "group", "outcomes": [METRIC], "factor": "group"}
MIXED = {"name": "a", "kind": "mixed_model", "outcomes": [METRIC], "factors": ["group", "session"]}
DESCRIBED = {"name": "a", "kind": "descriptives", "outcomes": [METRIC], "by": "group"}
RELIABLE = {"name": "a", "kind": "reliability", "outcomes": [METRIC]}


def cycles(n: int = 12, seed: int = 0, shoes: float = 5.0) -> pd.DataFrame:
    """Trials barefoot and shod (+5), 8 and 2 cycles at pre, 2 and 8 at post; no effect of the session."""
    random, rows = np.random.default_rng(seed), []
    for i in range(n):
        level = random.normal(10, 3)
        for session, numbers in (("pre", (8, 2)), ("post", (2, 8))):
            for side in ("left", "right"):
                for footwear, number in zip(("barefoot", "shod"), numbers, strict=True):
                    for rep in range(number):
                        value = level + shoes * (footwear == "shod") + random.normal(0, 0.3)
                        rows.append(
                            (f"P{i:02d}", session, ("control", "case")[i % 2], side, footwear, footwear, rep, value)
                        )
    names = ["participant", "session", "group", "side", "footwear", "trial", "rep", "value"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(metric=METRIC, task="single_leg_squat", condition="", dominant_side="right")


def run(given: dict, table: pd.DataFrame) -> list[dict]:
    return run_analyses(parse_config({"statistics": [given]}).statistics, table, xr.Dataset()).rows


@pytest.mark.parametrize("given", [PAIRED, GROUP, MIXED, DESCRIBED, RELIABLE])
@pytest.mark.parametrize("column", ["footwear", "condition"])
def test_shoes_or_conditions_that_are_not_named_are_refused(given: dict, column: str) -> None:
    table = cycles().rename(columns={"footwear": column} if column == "condition" else {})
    table = table.loc[:, ~table.columns.duplicated(keep="first")]
    (row,) = run(given, table)
    assert row["status"] == "skipped" and "p" not in row
    assert f"several levels of {column} (barefoot, shod)" in row["reason"]
    assert f"add `where: {{{column}: barefoot}}`" in row["reason"]
    rows = run(given | {"where": {column: "barefoot"}}, table)
    assert {item["status"] for item in rows} <= {"done", "warned"}


def test_levels_asked_for_together_have_the_same_weight() -> None:
    """Both shoes named: 5 / 2 above barefoot at both visits, whatever the numbers of cycles (pooled: post - pre is 3)."""
    (row,) = run(PAIRED | {"where": {"footwear": ["barefoot", "shod"]}}, cycles())
    assert row["status"] == "done" and abs(row["estimate"]) < 0.2 and row["n_cycles"] == 12 * 40


def test_trials_have_the_same_weight() -> None:
    """Trial a: one cycle of 0; trial b: nine of 1. Their mean is 0.5."""
    table = pd.DataFrame({"participant": "P", "session": "1", "side": "left", "trial": ["a"] + ["b"] * 9})
    means = participant_means(table, np.array([0.0] + [1.0] * 9), [])
    assert means.values[0, 0] == 0.5 and means.n_cycles[0] == 10 and means.n_sessions[0] == 1


def one_shoe(**columns: object) -> pd.DataFrame:
    table = cycles(shoes=0.0)
    return table[table["trial"] == "barefoot"].reset_index(drop=True).assign(footwear="barefoot", **columns)


def test_a_brace_worn_at_one_visit_is_no_difference_of_visits() -> None:
    table = one_shoe()
    post = (table["session"] == "post").to_numpy()
    table = table.assign(condition=np.where(post, "brace", ""), value=table["value"] + 2.0 * post)
    (row,) = run(PAIRED, table)
    assert row["status"] == "skipped" and "no level of condition occurs under every level of session" in row["reason"]


def test_a_free_column_that_not_all_sessions_have_is_refused() -> None:
    """Half of the trials of post are taped (+2), none of pre."""
    table = pd.concat([one_shoe(trial="one"), one_shoe(trial="two")], ignore_index=True)
    taped = ((table["session"] == "post") & (table["trial"] == "two")).to_numpy()
    table = table.assign(tape=np.where(taped, "yes", "no"), value=table["value"] + 2.0 * taped)
    (row,) = run(PAIRED, table)
    assert row["status"] == "skipped" and "add `where: {tape: no}`" in row["reason"]
    (row,) = run(PAIRED | {"where": {"tape": "no"}}, table)
    assert row["status"] == "done" and abs(row["estimate"]) < 0.3


@pytest.mark.parametrize("given", [GROUP, DESCRIBED, MIXED | {"factors": ["group"]}])
def test_groups_that_have_not_the_same_sessions_are_refused(given: dict) -> None:
    """Post is 4 higher and half of the cases miss it: the groups do not differ."""
    table = one_shoe()
    case = table["participant"].isin(["P01", "P03", "P05"])
    post = table["session"] == "post"
    table = table.assign(value=table["value"] + 4.0 * post)[~(case & post)].reset_index(drop=True)
    (row,) = run(given, table)
    assert row["status"] == "skipped" and "P01, P03, P05" in row["reason"]
    assert "add `where: {session: pre}`" in row["reason"]
    assert all(item["status"] == "done" for item in run(given | {"where": {"session": "pre"}}, table) if "p" in item)


def test_sessions_as_a_factor_may_be_missing() -> None:
    table = one_shoe()
    table = table[~((table["participant"] == "P01") & (table["session"] == "post"))].reset_index(drop=True)
    assert all(row["status"] != "skipped" for row in run(MIXED, table))
    (row,) = run(PAIRED, table)
    assert row["status"] == "done" and row["n_participants"] == 11


def test_numeric_groups_with_an_empty_cell_are_levels() -> None:
    table = one_shoe()
    number = table["participant"].str[1:].astype(int).to_numpy()
    table = table.assign(group=np.where(number == 11, np.nan, 1.0 + number % 2))
    (row,) = run(GROUP | {"reference": "1"}, table)
    assert row["status"] == "done" and row["contrast"] == "2 - 1" and row["n_participants"] == 11
    for given in (MIXED | {"references": {"group": "1"}}, DESCRIBED):
        assert not any("internal" in item.get("reason", "") for item in run(given, table))


def test_none_and_blank_are_levels() -> None:
    """Condition `None` is a name; a blank one is the normal trial, 3 lower."""
    table = pd.concat([one_shoe(condition="None", trial="n"), one_shoe(condition="", trial="b")], ignore_index=True)
    table = table.assign(value=table["value"] - 3.0 * (table["condition"] == ""))
    (row,) = run(PAIRED | {"factor": "condition", "reference": BLANK}, table)
    assert row["contrast"] == "None - (blank)" and row["estimate"] == pytest.approx(3.0)
    (row,) = run(PAIRED | {"where": {"condition": ""}}, table)
    assert row["status"] == "done"
    missing = table.assign(condition=table["condition"].where(table["condition"] != "", None))
    assert set(with_levels(missing)["condition"]) == {"None", BLANK}


@pytest.mark.parametrize("given", [PAIRED, GROUP, MIXED, DESCRIBED, RELIABLE, RELIABLE | {"between": "repetition"}])
def test_nothing_left_and_one_participant_say_so(given: dict) -> None:
    table = one_shoe()
    for left in (
        run(given | {"where": {"group": "nobody"}}, table),
        run(given, table.assign(value=np.nan)),
        run(given, table[table["participant"] == "P00"].reset_index(drop=True)),
        run(given, table.iloc[:0]),
    ):
        assert left and not any("internal" in row.get("reason", "") for row in left)
        assert all(row["status"] != "done" or row["term"] in ("median", "minimum", "maximum") for row in left)


def test_a_hypothesis_counts_once_in_its_family() -> None:
    """Two factors of two levels and their interaction are three hypotheses, each with an F and a t."""
    table = one_shoe()
    table = table.assign(value=table["value"] + 0.1 * (table["session"] == "post"))
    rows = [row for row in run(MIXED, table) if "p" in row]
    p = {row["term"]: row["p"] for row in rows}
    assert len(rows) == 6 and len(p) == 3
    order = sorted(p, key=p.__getitem__)
    holm = np.minimum(1, np.maximum.accumulate([p[name] * (3 - i) for i, name in enumerate(order)]))
    for row in rows:
        assert row["p_adjusted"] == pytest.approx(holm[order.index(row["term"])])
        assert row["adjustment"] == "holm, 3 hypotheses of a"
        assert row["effect_low"] <= row["effect_high"]


def test_reliability_names_whom_it_left_out_and_counts_the_others() -> None:
    table = one_shoe()
    table = table[~((table["participant"] == "P03") & (table["session"] == "post"))].reset_index(drop=True)
    for row in run(RELIABLE, table):
        assert "left out for lack of a measurement: P03" in row["reason"]
        assert (row["n_participants"], row["n_sessions"], row["n_cycles"]) == (11, 22, 11 * 20)
