"""Mixed models against closed forms and another estimation of the same model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from biomech.statistics.mixed import fit


def study(seed: int, n: int = 12, effect: float = 0.0, sides: tuple[str, ...] = ("left", "right")) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        person, group = random.normal(0, 2), "case" if i % 2 else "control"
        leg = {side: random.normal(0, 1) for side in sides}
        for session in ("pre", "post"):
            visit = random.normal(0, 0.7)
            for side in sides:
                value = 10 + person + leg[side] + visit + random.normal(0, 0.5) + effect * (session == "post")
                rows.append((f"P{i}", group, session, side, value))
    return pd.DataFrame(rows, columns=["participant", "group", "session", "side", "value"])


def row(rows: list[dict], term: str, contrast: str | None = None) -> dict:
    (found,) = [r for r in rows if r["term"] == term and (contrast is None or r.get("contrast", "") == contrast)]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_balanced_model_is_the_split_plot_analysis_of_variance(seed: int) -> None:
    """Balanced data have closed forms: the t tests of participants' differences and of participants' means."""
    table = study(seed, effect=0.8)
    factors = {"group": ["control", "case"], "session": ["pre", "post"]}
    rows = fit(table, factors).rows
    cells = table.pivot_table(index=["participant", "group"], columns="session", values="value")
    change, level = cells["post"] - cells["pre"], cells.mean(axis=1)
    by_group = [level.xs(name, level="group") for name in ("case", "control")]
    expected = stats.ttest_ind(*by_group)
    between = row(rows, "group", "case - control")
    assert between["df"] == "10"
    assert between["p"] == pytest.approx(expected.pvalue, rel=1e-3)
    expected = stats.ttest_ind(*[change.xs(name, level="group") for name in ("case", "control")])
    both = row(rows, "group:session", "(case - control) × (post - pre)")
    assert both["df"] == "10"
    assert both["p"] == pytest.approx(expected.pvalue, rel=1e-3)
    assert row(rows, "session", "post - pre")["estimate"] == pytest.approx(change.mean())


def test_unbalanced_data_agree_with_statsmodels() -> None:
    import statsmodels.formula.api as smf

    table = study(5, n=15, effect=1.0).drop(index=[3, 17, 40]).reset_index(drop=True)
    ours = fit(table, {"session": ["pre", "post"]})
    theirs = smf.mixedlm(
        "value ~ C(session, Treatment('pre'))",
        table,
        groups="participant",
        vc_formula={"session": "0 + C(session)", "side": "0 + C(side)"},
        re_formula="1",
    ).fit()
    contrast = row(ours.rows, "session", "post - pre")
    assert contrast["estimate"] == pytest.approx(theirs.params.iloc[1], rel=1e-3)
    assert contrast["estimate"] / contrast["statistic"] == pytest.approx(theirs.bse.iloc[1], rel=1e-3)
    assert row(ours.rows, "sd_residual")["estimate"] == pytest.approx(np.sqrt(theirs.scale), rel=1e-3)


def test_what_cannot_be_fitted_says_why() -> None:
    table = study(1)
    assert "zero variance" in fit(table.assign(value=1.0), {"session": ["pre", "post"]}).problem
    one = table[~((table["group"] == "case") & (table["session"] == "post"))]
    factors = {"group": ["control", "case"], "session": ["pre", "post"]}
    assert "no values for case and post" in fit(one.reset_index(drop=True), factors).problem
    twice = table.assign(arm=table["group"])
    same = fit(twice, {"group": ["control", "case"], "arm": ["control", "case"]}, interactions=False)
    assert "cannot be told apart" in same.problem
