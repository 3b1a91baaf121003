"""Odd inputs through every kind of analysis: each says what it lacks, none fails, none stops the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from biomech.config import parse_config
from biomech.statistics.engine import run_analyses
from biomech.statistics.result_rows import table_of
from tests.unit.statistics.test_engine import METRIC, cycles, study_of

ANALYSES = [
    {"kind": "descriptives", "by": ["group", "session"], "characteristics": ["age", "sex", "group"]},
    {"kind": "comparison", "design": "paired", "factor": "session", "method": "rank", "checks": True, "pairs": "all"}
    | {"equivalence_margin": 1.0, "smallest_effect": 1.0},
    {"kind": "comparison", "design": "group", "factor": "group", "method": "rank", "checks": True}
    | {"equivalence_margin": 1.0, "smallest_effect": 1.0},
    {"kind": "comparison", "design": "paired", "factor": "injury", "symmetry_index": True},
    {"kind": "comparison", "design": "group", "factor": "group", "sides": "injured", "method": "permutation"},
    {"kind": "association", "against": ["age", METRIC], "method": "spearman"},
    {"kind": "association", "against": ["age", METRIC], "method": "regression", "change": ["pre", "post"]}
    | {"against_where": {"session": "pre"}},
    {"kind": "mixed_model", "factors": ["group", "session"], "marginal_means": True, "simple_effects": True}
    | {"pairs": "all", "covariates": ["age"], "covariate_by": {"age": "group"}},
    {"kind": "mixed_model", "factors": ["group"], "baseline": "pre", "covariate_by": {"baseline": "group"}},
    {"kind": "reliability", "between": "footwear"},
    {"kind": "reliability", "repeated_pairs": True},
    {"kind": "reliability", "between": "repetition"},
]


def inputs() -> dict[str, pd.DataFrame]:
    base = cycles(14).assign(trial="t", condition="", sex="female")
    number = base["participant"].str[1:].astype(int).to_numpy()
    side = np.where(number % 3 == 0, "left", np.where(number % 3 == 1, "right", ""))
    base["injured_side"] = side
    return {
        "as it should be": base,
        "no injured sides": base.drop(columns="injured_side"),
        "numeric groups, one empty": base.assign(group=np.where(number == 3, np.nan, 1.0 + number % 2)),
        "groups None and empty": base.assign(group=np.where(number % 2 == 0, "None", None)),
        "one participant": base[number == 0],
        "nobody": base.iloc[:0],
        "no values": base.assign(value=np.nan),
        "all the same": base.assign(value=1.0),
        "described exactly": base.assign(value=number + 1.0 * (base["session"] == "post")),
        "negative": base.assign(value=-base["value"]),
        "a missing visit and age": base.assign(age=base["age"].where(number > 2))[
            ~((number == 2) & (base["session"] == "post"))
        ],
    }


@pytest.mark.parametrize("name", list(inputs()))
@pytest.mark.filterwarnings("error")
def test_no_analysis_fails_on_odd_inputs(name: str) -> None:
    shared = {"outcomes": [METRIC]}
    config = parse_config({"statistics": [shared | given | {"name": f"a{i}"} for i, given in enumerate(ANALYSES)]})
    table = inputs()[name].reset_index(drop=True)
    found = table_of(run_analyses(config.statistics, table, study_of(cycles(6))).rows)
    assert found["analysis"].nunique() == len(ANALYSES)
    assert not found["reason"].str.contains("internal error").any(), found.loc[
        found["reason"].str.contains("internal error"), ["analysis", "reason"]
    ].to_string()
    skipped = found[found["status"] == "skipped"]
    assert (skipped["reason"].str.len() > 10).all() and skipped["p"].isna().all()
    if name == "as it should be":
        assert set(skipped["analysis"]) == {"a9"}, "footwear has one level"
    estimates = found[(found["status"] == "done") & found["p"].notna() & found["estimate"].notna()]
    with_effect = estimates[~estimates["term"].isin(["equivalence", "shapiro_wilk", "brown_forsythe"])]
    assert (with_effect["effect_low"] <= with_effect["effect"]).all(), (
        "every tested estimate has an effect with interval"
    )
    assert (with_effect["effect"] <= with_effect["effect_high"]).all()


SHORT = {
    "no level": {"kind": "comparison", "design": "paired", "factor": "condition", "outcomes": [METRIC]},
    "one leg": {"kind": "comparison", "design": "paired", "factor": "side", "sides": "left", "outcomes": [METRIC]},
    "same people": {"kind": "comparison", "design": "group", "factor": "session", "outcomes": [METRIC]},
    "few": {
        "kind": "comparison",
        "design": "paired",
        "factor": "session",
        "outcomes": [METRIC],
        "min_participants": 90,
    },
    "one rater": {"kind": "reliability", "between": "footwear", "outcomes": [METRIC]},
    "many repetitions": {"kind": "reliability", "between": "repetition", "repetitions": 50, "outcomes": [METRIC]},
    "nobody": {"kind": "descriptives", "outcomes": [METRIC], "where": {"session": "none"}},
    "no column": {"kind": "comparison", "design": "paired", "factor": "shoe", "outcomes": [METRIC]},
    "a text": {"kind": "association", "against": ["group"], "outcomes": [METRIC]},
    "one level": {"kind": "mixed_model", "factors": ["footwear"], "outcomes": [METRIC]},
    "no such session": {"kind": "association", "against": [METRIC], "change": ["pre", "later"], "outcomes": [METRIC]},
    "no curve": {"kind": "spm", "test": "paired", "factor": "session", "outcomes": ["emg.gluteus_medius"]},
    "groups of one": {"kind": "spm", "test": "anova", "factor": "session", "outcomes": ["angle.hip_adduction"]},
    "no norm": {"kind": "profile_score", "outcomes": ["angle.hip_adduction"]},
    "no controls": {
        "kind": "profile_score",
        "reference": "controls",
        "controls": {"group": "none"},
        "outcomes": ["angle.hip_adduction"],
    },
    "few for permutations": {
        "kind": "spm",
        "test": "paired",
        "factor": "session",
        "nonparametric": True,
        "alpha": 0.001,
        "outcomes": ["angle.hip_adduction"],
    },
}


def test_an_analysis_that_cannot_be_done_says_in_a_sentence_what_it_lacks() -> None:
    """All of them run together with one that can be done, which none of them stops."""
    table = cycles(6)
    given = [{"name": f"a{i}", **one} for i, one in enumerate(SHORT.values())]
    given.append({"name": "last", "kind": "descriptives", "outcomes": [METRIC]})
    results = table_of(run_analyses(parse_config({"statistics": given}).statistics, table, study_of(table)).rows)
    for (what, _), (_, rows) in zip(SHORT.items(), results.groupby("analysis", sort=False), strict=False):
        assert (rows["status"] == "skipped").all() and rows["estimate"].isna().all(), what
        for reason in rows["reason"]:
            assert len(reason) < 200 and "internal error" not in reason and "()" not in reason, f"{what}: {reason}"
            assert "\n" not in reason and ". " not in reason.rstrip("."), f"{what}: {reason}"
    last = results[results["analysis"] == "last"]
    assert (last["status"] == "done").all() and len(last) == 5
