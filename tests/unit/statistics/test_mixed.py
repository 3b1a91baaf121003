"""Mixed models against closed forms and another estimation of the same model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks import mixed_models_lmertest
from biomech.config import parse_config
from biomech.errors import BiomechError
from biomech.statistics.degrees import Satterthwaite
from biomech.statistics.mixed import fit
from tests.unit.statistics import lmertest_designs

SLEEP = Path(__file__).with_name("sleepstudy.csv")
LEFT_OUT = [3, 4, 5, 17, 18, 19, 20, 41, 42, 60, 88, 89, 90, 120, 121, 122, 123, 150, 171]  # counted from 1


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
    assert "cannot be distinguished" in same.problem


def sleep() -> pd.DataFrame:
    """Reaction time (ms) of 18 participants over ten days: Belenky et al. 2003, J Sleep Res 12:1, as in lme4."""
    table = pd.read_csv(SLEEP).rename(columns={"Reaction": "value", "Days": "days"})
    labels = {"participant": table["Subject"].astype(str), "session": table["days"].astype(str), "side": "average"}
    return table.assign(**labels)


def at_day_0(rows: list[dict], mean: float) -> tuple[float, float]:
    """SD of the participants' levels at day 0 and their correlation with the slopes; ours is of centred days."""
    level, slope = row(rows, "sd_participant")["estimate"], row(rows, "sd_slope_days")["estimate"]
    shared = row(rows, "correlation_level_slope_days")["estimate"] * level * slope
    sd = np.sqrt(level**2 - 2 * mean * shared + mean**2 * slope**2)
    return sd, (shared - mean * slope**2) / (sd * slope)


def test_random_slopes_of_the_sleep_study() -> None:
    """Bates et al. 2015, J Stat Softw 67(1), and pbkrtest's page of SATmodcomp: F 45.853 with 1 and 17 df, p 3.264e-06."""
    table = sleep()
    found = fit(table, {}, ["days"], slopes=["days"])
    slope = row(found.rows, "days")
    assert slope["estimate"] == pytest.approx(10.467, abs=5e-4)
    assert slope["estimate"] / slope["statistic"] == pytest.approx(1.546, abs=5e-4)
    assert slope["statistic"] ** 2 == pytest.approx(45.853, abs=5e-4)
    assert slope["df"] == "17" and slope["p"] == pytest.approx(3.264e-6, rel=2e-4)
    assert row(found.rows, "sd_slope_days")["estimate"] == pytest.approx(5.922, abs=1e-3)
    assert row(found.rows, "sd_residual")["estimate"] == pytest.approx(25.592, abs=1e-3)
    assert at_day_0(found.rows, table["days"].mean()) == pytest.approx((24.741, 0.066), abs=1e-3)
    contained = row(fit(table, {}, ["days"], slopes=["days"], degrees="containment").rows, "days")
    assert contained["df"] == "17"


def test_random_slopes_with_missing_days_are_those_of_lme4() -> None:
    """lme4 1.1 with 19 of the 180 values left out, and Satterthwaite's df from REML's curvature, worked out numerically."""
    table = sleep().drop(index=[i - 1 for i in LEFT_OUT]).reset_index(drop=True)
    found = fit(table, {}, ["days"], slopes=["days"])
    slope = row(found.rows, "days")
    assert slope["estimate"] == pytest.approx(11.4265730, rel=1e-5)
    assert slope["estimate"] / slope["statistic"] == pytest.approx(1.4916164, rel=1e-4)
    assert row(found.rows, "sd_slope_days")["estimate"] == pytest.approx(5.4568211, rel=1e-4)
    assert row(found.rows, "sd_residual")["estimate"] == pytest.approx(24.5985873, rel=1e-4)
    assert at_day_0(found.rows, table["days"].mean()) == pytest.approx((24.7382459, 0.13249755), rel=5e-4)
    days, person = table["days"].to_numpy(float), table["participant"].to_numpy()
    same = person[:, None] == person[None]
    parts = [same * 1.0, same * np.add.outer(days, days), same * np.outer(days, days), np.eye(len(days))]
    theta = np.array([611.9808113, 17.8861334, 29.7768965, 605.0904980])
    design, y = np.column_stack([np.ones_like(days), days]), table["value"].to_numpy()
    numeric = degrees_of_reml(design, parts, theta, y, np.array([0.0, 1.0]))
    assert float(slope["df"]) == pytest.approx(numeric, rel=0.02)


def degrees_of_reml(design, parts, theta, y, weights) -> float:
    """Satterthwaite's df from the observed information: second differences of REML's deviance."""

    def pieces(at):
        whole = sum(t * part for t, part in zip(at, parts, strict=True))
        inverse = np.linalg.inv(whole)
        return whole, inverse, np.linalg.inv(design.T @ inverse @ design)

    def deviance(at):
        whole, inverse, cov = pieces(at)
        rest = y - design @ (cov @ design.T @ inverse @ y)
        return np.linalg.slogdet(whole)[1] - np.linalg.slogdet(cov)[1] + rest @ inverse @ rest

    def variance(at):
        return weights @ pieces(at)[2] @ weights

    steps = np.diag(1e-3 * np.maximum(np.abs(theta), 1))
    gradient = np.array([(variance(theta + s) - variance(theta - s)) / (2 * s.max()) for s in steps])
    curvature = np.empty((len(theta), len(theta)))
    for i, a in enumerate(steps):
        for j, b in enumerate(steps):
            mixed = (
                deviance(theta + a + b) - deviance(theta + a - b) - deviance(theta - a + b) + deviance(theta - a - b)
            )
            curvature[i, j] = mixed / (4 * a.max() * b.max())
    return 2 * variance(theta) ** 2 / (gradient @ (2 * np.linalg.inv(curvature)) @ gradient)


def test_satterthwaite_of_two_unequal_variances_is_welch() -> None:
    """Two groups with a variance each: Welch's degrees of freedom, in closed form."""
    n = np.array([6, 11])
    group = np.repeat([0, 1], n)
    variances = np.array([4.0, 0.7])
    parts = [np.diag((group == g).astype(float)) for g in (0, 1)]
    design = np.column_stack([group == 0, group == 1]).astype(float)
    found = Satterthwaite(design, parts, np.diag(variances[group]))  # what is expected of variances that are known
    share = variances / n
    welch = share.sum() ** 2 / (share**2 / (n - 1)).sum()
    assert found.contrast(np.array([1.0, -1.0])) == pytest.approx(welch)
    # both means together: t with 5 and 10, so E = 5/3 + 10/8 and df = 2 E / (E - 2)
    expected = 5 / 3 + 10 / 8
    assert found.together(slice(0, 2)) == pytest.approx(2 * expected / (expected - 2))


def test_unbalanced_groups_take_the_df_between_those_of_the_strata() -> None:
    """Half of the people have one leg only: the contrast of groups is of people, with fewer df than there are legs."""
    table = study(5, n=16)
    number = table["participant"].str[1:].astype(int)
    table = table[(number % 4 < 2) | (table["side"] == "left")].reset_index(drop=True)
    factors = {"group": ["control", "case"], "session": ["pre", "post"]}
    found = {m: fit(table, factors, degrees=m).rows for m in ("satterthwaite", "containment")}
    between = {m: row(rows, "group", "case - control") for m, rows in found.items()}
    assert between["containment"]["df"] == "14"
    assert 11 < float(between["satterthwaite"]["df"]) < 18 and between["satterthwaite"]["df"] != "14"
    assert between["satterthwaite"]["statistic"] == between["containment"]["statistic"]


def test_a_factor_within_participants_differs_between_them() -> None:
    """Two conditions in each of three sessions, balanced: the t test of participants' differences, as their size differs."""
    random = np.random.default_rng(8)
    rows = []
    for i in range(10):
        level, own = random.normal(0, 3), random.normal(0, 2, 2)
        for session, visit in zip("123", random.normal(0, 1, 3), strict=True):
            for k, condition in enumerate(("barefoot", "shod")):
                value = level + own[k] + visit + random.normal(0, 0.5) + k
                rows.append((f"P{i}", session, condition, "average", value))
    table = pd.DataFrame(rows, columns=["participant", "session", "condition", "side", "value"])
    factors = {"condition": ["barefoot", "shod"]}
    wide = table.pivot_table(index="participant", columns="condition", values="value")
    expected = stats.ttest_rel(wide["shod"], wide["barefoot"])
    found = fit(table, factors)
    contrast = row(found.rows, "condition", "shod - barefoot")
    assert found.random == ("participant", "session:participant", "condition:participant")
    assert contrast["df"] == "9" and contrast["p"] == pytest.approx(expected.pvalue, rel=1e-3)
    asked = fit(table, factors, slopes=["condition"])
    assert asked.rows == found.rows, "it is there without being asked for"


def reference() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).with_name("lmertest_reference.csv"))


@pytest.mark.parametrize("design", list(lmertest_designs.DESIGNS))
def test_the_model_is_that_of_lmertest(design: str) -> None:
    """The first 25 of 200 studies of a design (`benchmarks/mixed_models_lmertest.py` takes all)."""
    rows = reference()
    found = mixed_models_lmertest.compare(rows[(rows["design"] == design) & (rows["study"] < 25)])
    assert found["study"].nunique() == 25 and (found["problem"] == "").all()
    # our criterion is nowhere higher than that of R's best of three optimisers
    assert (found["deviance"] - found["deviance_r"]).max() < 1e-4
    same = found[found["deviance_r"] - found["deviance"] < 1e-3]
    assert same["study"].nunique() >= 24
    for name in ("f", "df2", "estimate"):
        off = (same[name] - same[f"{name}_r"]).abs() / same[f"{name}_r"].abs()
        assert off.dropna().max() < 0.01, f"{name}: {same[off > 0.01]}"


@pytest.mark.parametrize("spread", [1.0, 10.0, 1000.0])
def test_the_gradient_of_the_criterion_is_zero_at_the_fit(spread: float) -> None:
    """By differences of the criterion in its textbook form, whatever the spread between people is."""
    random = np.random.default_rng(4)
    table = study(3, n=14)
    table["value"] += spread * random.normal(size=14)[table["participant"].str[1:].astype(int)]
    rows = fit(table, {"session": ["pre", "post"]}).rows
    names = ("participant", "session_within_participant", "side_within_participant", "residual")
    theta = np.array([row(rows, f"sd_{name}")["estimate"] ** 2 for name in names])
    keys = [table["participant"], table["participant"] + table["session"], table["participant"] + table["side"]]
    parts = [(key.to_numpy()[:, None] == key.to_numpy()[None]).astype(float) for key in keys] + [np.eye(len(table))]
    design = np.column_stack([np.ones(len(table)), np.where(table["session"] == "post", 1.0, -1.0)])
    y = table["value"].to_numpy()

    def deviance(at: np.ndarray) -> float:
        whole = sum(t * part for t, part in zip(at, parts, strict=True))
        inverse = np.linalg.inv(whole)
        cross = design.T @ inverse @ design
        rest = y - design @ np.linalg.solve(cross, design.T @ inverse @ y)
        return np.linalg.slogdet(whole)[1] + np.linalg.slogdet(cross)[1] + rest @ inverse @ rest

    for i in range(4):  # of the logarithm of each variance
        up, down = (theta * np.exp(s * np.eye(4)[i]) for s in (1e-3, -1e-3))
        assert abs(deviance(up) - deviance(down)) / 2e-3 < 2e-3


def test_one_value_of_each_participant_is_the_analysis_of_covariance() -> None:
    import statsmodels.formula.api as smf

    random = np.random.default_rng(2)
    n = 20
    table = pd.DataFrame({"participant": [f"P{i}" for i in range(n)], "session": "1", "side": "average"})
    table["group"], table["age"] = np.where(np.arange(n) % 3 == 0, "case", "control"), random.normal(30, 5, n)
    table["value"] = 0.2 * table["age"] + (table["group"] == "case") + random.normal(size=n)
    found = fit(table, {"group": ["control", "case"]}, ["age"])
    theirs = smf.ols("value ~ C(group, Treatment('control')) + age", table).fit()
    contrast, slope = row(found.rows, "group", "case - control"), row(found.rows, "age")
    assert (contrast["estimate"], slope["estimate"]) == pytest.approx(tuple(theirs.params.iloc[1:]))
    assert (contrast["p"], slope["p"]) == pytest.approx(tuple(theirs.pvalues.iloc[1:]))
    assert contrast["df"] == slope["df"] == "17" and found.random == ()
    assert row(found.rows, "sd_residual")["estimate"] == pytest.approx(np.sqrt(theirs.scale))


def test_a_variance_that_rounding_leaves_above_zero_is_zero() -> None:
    """Study 42 of the unequal design has a start that ends at a ratio of 1e-23; lmerTest: F of session 0.263335, 26.02 df."""
    found = fit(lmertest_designs.study("unequal", 42), {"group": ["case", "control"], "session": ["post", "pre"]})
    (term,) = [r for r in found.rows if r["term"] == "session" and "contrast" not in r]
    assert found.problem == "" and term["statistic"] == pytest.approx(0.263335, rel=0.01)
    assert row(found.rows, "sd_participant")["estimate"] == 0.0 and "participant estimated at zero" in found.notes[0]


def test_values_without_a_residual_are_refused() -> None:
    table = study(1)
    person, visit = table["participant"].str[1:].astype(float), (table["session"] == "post") * 1.0
    exact = table.assign(value=person + visit)
    assert "zero residual variance" in fit(exact, {"session": ["pre", "post"]}).problem


def test_a_slope_needs_something_that_varies_within_participants() -> None:
    table = sleep().assign(age=lambda t: t["Subject"].astype(float))
    assert "does not vary within any participant" in fit(table, {}, ["age"], slopes=["age"]).problem


def test_a_random_slope_of_a_factor_is_refused_by_name() -> None:
    given = {"name": "a", "kind": "mixed_model", "outcomes": ["hip_adduction__peak__cycle"], "factors": ["condition"]}
    with pytest.raises(BiomechError, match="'condition' is a factor: it has a random effect of each of its levels"):
        parse_config({"statistics": [given | {"random_slopes": ["condition"]}]})
    with pytest.raises(BiomechError, match="'days' is none of `covariates`"):
        parse_config({"statistics": [given | {"random_slopes": ["days"]}]})
    parse_config({"statistics": [given | {"covariates": ["days"], "random_slopes": ["days"]}]})
