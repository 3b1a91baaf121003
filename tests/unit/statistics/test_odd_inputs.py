"""Odd inputs through every kind of analysis: each says what it lacks, none fails, none stops the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from biomech.config import parse_config
from biomech.statistics.engine import run_analyses
from biomech.statistics.table import table_of
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
