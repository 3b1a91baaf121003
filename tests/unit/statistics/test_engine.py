"""Analyses from config to rows: what data cannot support is reported, legs and trials never are participants."""

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
from biomech.report.statistics_tables import analysis_table, skipped_table
from biomech.statistics.checks import statistics_faults
from biomech.statistics.engine import run_analyses
from biomech.statistics.mean_curves import curve_means
from biomech.statistics.participant_means import participant_means
from biomech.statistics.result_rows import table_of
from biomech.statistics.scores import GPS_CURVES

METRIC = "hip_adduction__peak__cycle"


def analyses(*items: dict) -> list:
    return parse_config({"statistics": list(items)}).statistics


def cycles(n: int, seed: int = 0, change: float = 2.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        person = random.normal(10, 3)
        for session in ("pre", "post"):
            visit = random.normal(0, 0.5)
            for side in ("left", "right"):
                for rep in range(1, 4):
                    value = person + visit + random.normal(0, 0.5) + change * (session == "post") + (side == "left")
                    rows.append(
                        {
                            "participant": f"P{i:02d}",
                            "session": session,
                            "group": ("control", "valgus")[i % 2],
                            "side": side,
                            "rep": rep,
                            "task": "single_leg_squat",
                            "dominant_side": "right",
                            "footwear": "barefoot",
                            "age": 20.0 + i,
                            "value": value,
                        }
                    )
    return pd.DataFrame(rows).assign(metric=METRIC)


def study_of(table: pd.DataFrame) -> xr.Dataset:
    """Return cycles whose curve has the table's value as height of a bump in the middle."""
    percent = np.linspace(0, 100, 101)
    random = np.random.default_rng(5)
    noise = random.normal(size=(len(table), 5)) @ np.stack([np.cos(k * np.pi * percent / 100) for k in range(5)])
    bump = table["value"].to_numpy()[:, None] * np.exp(-(((percent - 50) / 12) ** 2))
    angle = xr.DataArray(
        (bump + 0.3 * noise)[:, :, None],
        dims=("cycle", "percent", "quantity"),
        coords={"percent": percent, "quantity": ["hip_adduction"]}
        | {name: ("cycle", table[name].to_numpy()) for name in table.columns if name not in ("value", "metric")},
        attrs={"units": "degree"},
    )
    return xr.Dataset({"angle": angle})


PAIRED = {"name": "change", "kind": "comparison", "design": "paired", "outcomes": [METRIC], "factor": "session"}


def test_more_cycles_or_legs_do_not_make_more_participants() -> None:
    table = cycles(8)
    (row,) = run_analyses(analyses(PAIRED), table, xr.Dataset()).rows
    (again,) = run_analyses(analyses(PAIRED), pd.concat([table] * 5, ignore_index=True), xr.Dataset()).rows
    assert row["df"] == again["df"] == "7" and row["p"] == pytest.approx(again["p"])
    assert (row["n_participants"], row["n_sessions"], row["n_cycles"]) == (8, 16, 96)
    wide = table.pivot_table(index="participant", columns="session", values="value")
    assert row["estimate"] == pytest.approx((wide["post"] - wide["pre"]).mean())


def test_a_leg_missing_under_one_condition_makes_no_difference() -> None:
    """Left values are 1 higher: dropping the left leg after training must not look like an effect."""
    table = cycles(8, change=0.0)
    lost = table[~((table["side"] == "left") & (table["session"] == "post"))].reset_index(drop=True)
    means = participant_means(lost, lost["value"].to_numpy(), ["session"])
    right = table[table["side"] == "right"]
    expected = right.groupby(["participant", "session"], sort=False)["value"].mean().to_numpy()
    assert means.values[:, 0] == pytest.approx(expected)
    assert "legs without values" in means.notes[0]


def test_the_same_people_in_both_groups_are_refused_and_the_others_run() -> None:
    wrong = PAIRED | {"name": "wrong", "design": "group"}
    first, second = run_analyses(analyses(wrong, PAIRED), cycles(8), xr.Dataset()).rows
    assert first["status"] == "skipped" and "not independent groups" in first["reason"]
    assert second["status"] == "done" and second["p_adjusted"] < 0.05


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kind": "reliability", "outcomes": [METRIC]}, "at least 5 are needed (`min_participants`)"),
        ({"kind": "mixed_model", "outcomes": [METRIC], "factors": ["group", "session"]}, "in a level of group"),
        (PAIRED, "with both conditions"),
        (PAIRED | {"factor": "group", "design": "group"}, "in the smaller group"),
        (PAIRED | {"factor": "footwear"}, "has 1 level"),
        ({"kind": "spm", "test": "paired", "outcomes": ["angle.hip_adduction"], "factor": "session"}, "all conditions"),
        ({"kind": "spm", "test": "paired", "outcomes": ["angle.hip_flexion"], "factor": "session"}, "hip_flexion"),
        ({"kind": "profile_score", "outcomes": ["angle.hip_adduction"]}, "no reference curve"),
    ],
)
def test_few_participants_give_a_reason_and_no_p(change: dict, expected: str) -> None:
    table = cycles(3)
    rows = run_analyses(analyses({"name": "few"} | change), table, study_of(table)).rows
    assert rows and all(row["status"] == "skipped" and "p" not in row for row in rows)
    assert expected in rows[0]["reason"]


def test_every_kind_runs_without_an_internal_error() -> None:
    table = cycles(12)
    curve = {"kind": "spm", "outcomes": ["angle.hip_adduction"]}
    listed = analyses(
        {"name": "a", "kind": "descriptives", "outcomes": [METRIC], "by": "group"},
        {"name": "b", "kind": "reliability", "outcomes": [METRIC]},
        {"name": "c", "kind": "reliability", "outcomes": [METRIC], "between": "repetition"},
        PAIRED | {"name": "d", "method": "permutation"},
        PAIRED | {"name": "e", "factor": "side"},
        PAIRED | {"name": "f", "factor": "dominance", "reference": "non_dominant"},
        {
            "name": "g",
            "kind": "mixed_model",
            "outcomes": [METRIC],
            "factors": ["group", "session"],
            "covariates": ["age"],
        },
        {"name": "h", "kind": "mixed_model", "outcomes": [METRIC], "factors": ["side", "session"], "sides": "each"},
        curve | {"name": "i", "test": "paired", "factor": "session", "reference": "pre"},
        curve | {"name": "j", "test": "group", "factor": "group", "nonparametric": True, "iterations": 200},
        curve | {"name": "k", "test": "anova_repeated", "factor": "session"},
        curve | {"name": "l", "test": "regression", "covariate": "age"},
        {"name": "m", "kind": "profile_score", "outcomes": ["angle.hip_adduction"], "reference": "controls"}
        | {"controls": {"group": "control"}, "by": "group"},
    )
    found = run_analyses(listed, table, study_of(table))
    assert {row["analysis"] for row in found.rows} == set("abcdefghijklm")
    assert [row["reason"] for row in found.rows if row["status"] == "skipped"] == []
    (bump,) = [item for item in found.clusters if item["analysis"] == "i"]
    assert bump["start_percent"] < 50 < bump["end_percent"] and bump["extreme"] > 0
    assert {item["analysis"] for item in found.scores} == {"m"}
    again = run_analyses(listed, table, study_of(table))
    assert pd.DataFrame(found.rows).equals(pd.DataFrame(again.rows))


def test_curves_are_one_mean_per_participant_and_condition() -> None:
    table = cycles(6)
    (item,) = analyses(
        {"name": "i", "kind": "spm", "test": "paired", "outcomes": ["angle.hip_adduction"], "factor": "session"}
    )
    means = curve_means(item, study_of(table), "angle.hip_adduction", ["session"])
    assert not isinstance(means, str)
    assert means[0].values.shape == (12, 101)


def _retest(noise: float) -> tuple[pd.DataFrame, np.ndarray]:
    """Return cycles of 20 participants and their sessions' means: second = 1 + 1.5 first, but for noise."""
    random = np.random.default_rng(11)
    first = random.normal(10, 3, 20)
    pairs = np.stack([first, 1 + 1.5 * first + noise * random.normal(size=20)], axis=1)
    table = cycles(20).drop(columns="value")
    person = table["participant"].str[1:].astype(int).to_numpy()
    return table.assign(value=pairs[person, (table["session"] == "post").astype(int)]), pairs


def _proportional_bias(table: pd.DataFrame, **options: object) -> dict:
    given = analyses({"name": "r", "kind": "reliability", "outcomes": [METRIC], **options})
    (row,) = [row for row in run_analyses(given, table, xr.Dataset()).rows if row["term"] == "proportional_bias"]
    return row


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_the_proportional_bias_is_the_regression_of_differences_on_means(alpha: float) -> None:
    table, pairs = _retest(noise=1.0)
    row = _proportional_bias(table, alpha=alpha)
    expected = stats.linregress(pairs.mean(axis=1), pairs[:, 1] - pairs[:, 0])
    half = stats.t.ppf(1 - alpha / 2, 18) * expected.stderr
    assert row["estimate"] == pytest.approx(expected.slope)
    assert (row["low"], row["high"]) == pytest.approx((expected.slope - half, expected.slope + half))
    assert row["low"] < 0.4 < row["high"] and row["confidence"] == pytest.approx(1 - alpha)
    assert (row["unit"], row["n_participants"], row["contrast"]) == ("1", 20, "post - pre")


def test_the_proportional_bias_of_measures_with_a_known_slope() -> None:
    """Second = a + b first: the difference grows by 2 (b - 1) / (b + 1) per unit of the mean, 0.4 with b = 1.5."""
    table, _ = _retest(noise=0.0)
    assert _proportional_bias(table)["estimate"] == pytest.approx(0.4)
    swapped = _proportional_bias(table, levels=["post", "pre"])
    assert swapped["estimate"] == pytest.approx(-0.4) and swapped["contrast"] == "pre - post"
    shifted = table.assign(value=10.0 + table["participant"].str[1:].astype(int) + 3.0 * (table["session"] == "post"))
    row = _proportional_bias(shifted)
    assert np.isnan(row["estimate"]) and row["status"] == "warned" and "zero variance of differences" in row["reason"]


def test_a_mixed_model_that_does_not_converge_gives_a_reason_and_no_p(monkeypatch: pytest.MonkeyPatch) -> None:
    """The optimiser and the steps after it get one iteration, which is not enough; the analyses next to it run."""
    from biomech.statistics import reml

    whole = reml.minimize

    def cut_short(*given: object, **options: object) -> object:
        return whole(*given, **(options | {"options": {"maxiter": 1}}))

    model = {"name": "model", "kind": "mixed_model", "outcomes": [METRIC], "factors": ["group", "session"]}
    table = cycles(12)
    listed = analyses(model | {"sides": "each"}, PAIRED)
    fitted = run_analyses(listed, table, xr.Dataset()).rows
    assert all(row["status"] != "skipped" for row in fitted) and "p" in fitted[0], "it converges with its iterations"
    monkeypatch.setattr(reml, "minimize", cut_short)
    monkeypatch.setattr(reml, "_STEPS", 1)
    row, other = run_analyses(listed, table, xr.Dataset()).rows
    assert row["status"] == "skipped" and "its deviance still falls by" in row["reason"]
    assert not {"p", "p_adjusted", "estimate", "statistic", "effect", "low", "adjustment"} & set(row)
    assert row["n_participants"] == 12 and other["status"] == "done" and other["p"] < 0.05
    results = table_of([row, other])
    assert analysis_table(results[results["analysis"] == "model"]).empty
    assert "still falls by" in skipped_table(results).to_string() and "*" not in skipped_table(results).to_string()


def _profile(curves: list[str], known: list[str], title: str = "") -> tuple[list[dict], list[dict]]:
    """Score curves that lie 1, 2, 3, ... degrees above a reference of zero, which is there for the known ones only."""
    table = cycles(6)
    one = study_of(table)["angle"].isel(quantity=0, drop=True)
    parts = [xr.full_like(one, i + 1.0) for i in range(len(curves))]
    names = [name.removeprefix("angle.") for name in curves]
    study = xr.concat(parts, pd.Index(names, name="quantity")).transpose("cycle", "percent", "quantity")

    def norm(task: str, variable: str, quantity: str, percent: np.ndarray) -> tuple[np.ndarray, str] | None:
        return (np.zeros(len(percent)), "made up") if f"{variable}.{quantity}" in known else None

    given = {"name": "p", "kind": "profile_score", "outcomes": curves} | ({"title": title} if title else {})
    found = run_analyses(analyses(given), table, xr.Dataset({"angle": study.assign_attrs(units="degree")}), norm)
    return [row for row in found.rows if row.get("term") == "profile_score"], found.scores


def test_only_the_nine_curves_are_called_gait_profile_score() -> None:
    """Root mean square of 1 to 9: sqrt(285 / 9) = 5.627 degrees."""
    nine = list(GPS_CURVES)
    (row,), scores = _profile(nine, nine)
    assert row["outcome"] == "gps" and row["estimate"] == pytest.approx(np.sqrt(285 / 9))
    assert "all 9 variables" in row["reason"]
    assert {item["outcome"] for item in scores} == {*nine, "gps"}


@pytest.mark.parametrize("title", ["", "gps"])
def test_a_score_of_other_curves_says_which_of_the_nine_lack(title: str) -> None:
    nine = list(GPS_CURVES)
    (row,), scores = _profile(nine, nine[:7], title)  # two lack a reference
    assert row["outcome"] == "profile_score" and row["estimate"] == pytest.approx(np.sqrt(140 / 7))
    assert "7 of its 9 variables" in row["reason"]
    assert "without angle.ankle_dorsiflexion, angle.foot_progression_in_cardan" in row["reason"]
    assert "gps" not in {item["outcome"] for item in scores}
    (row,), _ = _profile(nine[3:5], nine, title)  # seven were not asked for
    assert row["outcome"] == "profile_score" and "2 of its 9 variables" in row["reason"]
    ten = [*nine, "angle.knee_abduction"]
    (row,), _ = _profile(ten, ten, title)
    assert row["outcome"] == "profile_score" and "in addition angle.knee_abduction" in row["reason"]


def test_a_score_has_the_name_that_the_config_gives_it() -> None:
    (row,), _ = _profile(["angle.hip_adduction"], ["angle.hip_adduction"], "valgus_profile_score")
    assert row["outcome"] == "valgus_profile_score" and "Gait Profile" not in row["reason"]


@pytest.fixture
def sheets(tmp_path: Path) -> Study:
    trial = Trial(trial="t", file="t.c3d", role="dynamic", task="single_leg_squat", footwear="barefoot")
    sessions = tuple(
        Session(participant=p, session=s, group=g, covariates={"pain": 2.0}, trials=(trial,))
        for p, g in (("P1", "control"), ("P2", "valgus"))
        for s in ("pre", "post")
    )
    return Study(tmp_path, parse_config({}), sessions, tmp_path)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"outcomes": ["hip_adductoin__peak__cycle"]},
            "unknown metric 'hip_adductoin__peak__cycle' (did you mean 'hip_add",
        ),
        ({"factor": "sesion"}, "unknown factor 'sesion' (did you mean 'session'?)"),
        ({"reference": "prae"}, "unknown level 'prae' of session (did you mean 'pre'?)"),
        ({"where": {"footwear": "barefot"}}, "unknown level 'barefot' of footwear (did you mean 'barefoot'?)"),
        ({"task": "single_leg_squad"}, "unknown task 'single_leg_squad' (did you mean 'single_leg_squat'?)"),
        ({"sides": "each"}, "counts legs as participants"),
    ],
)
def test_unknown_names_fail_before_any_job(sheets: Study, change: dict, expected: str) -> None:
    study = replace(sheets, config=parse_config({"statistics": [PAIRED | change]}))
    (fault,) = statistics_faults(study)
    assert expected in fault
    assert statistics_faults(replace(sheets, config=parse_config({"statistics": [PAIRED]}))) == []


@pytest.mark.parametrize(
    ("controls", "expected"),
    [
        ({"grup": "control"}, "unknown factor 'grup'"),
        ({"session": "prae"}, "unknown level 'prae' of session (did you mean 'pre'?)"),
    ],
)
def test_unknown_controls_of_profile_scores_fail_before_any_job(sheets: Study, controls: dict, expected: str) -> None:
    config = parse_config({"profile_scores": {"reference": "controls", "controls": controls}})
    (fault,) = statistics_faults(replace(sheets, config=config))
    assert fault.startswith("config: profile_scores: ") and expected in fault
    config = parse_config({"profile_scores": {"reference": "controls", "controls": {"session": "pre"}}})
    assert statistics_faults(replace(sheets, config=config)) == []


def test_reliability_takes_metrics_or_curves_not_both(sheets: Study) -> None:
    def faults(*outcomes: str) -> list[str]:
        retest = {"name": "retest", "kind": "reliability", "outcomes": list(outcomes)}
        return statistics_faults(replace(sheets, config=parse_config({"statistics": [retest]})))

    assert faults(METRIC) == faults("angle.hip_adduction", "moment.knee_abduction") == []
    (fault,) = faults("emg.left")
    assert "unknown curve 'emg.left'" in fault
    recorded = {"muscles": {"channels": {"left": {"gluteus_medius": "L1"}, "right": {"gluteus_medius": "R1"}}}}
    retest = {"name": "retest", "kind": "reliability", "outcomes": ["emg.gluteus_medius"]}
    assert statistics_faults(replace(sheets, config=parse_config({"statistics": [retest], **recorded}))) == []
    (fault,) = faults("angle.hip_adductoin")
    assert "unknown curve 'angle.hip_adductoin' (did you mean 'angle.hip_adduction'?)" in fault
    (fault,) = faults(METRIC, "angle.hip_adduction")
    assert "unknown metric 'angle.hip_adduction'" in fault


def test_faults_of_the_section_are_found_by_the_config() -> None:
    with pytest.raises(StudyError, match="kind"):
        analyses({"name": "x", "kind": "anova", "outcomes": [METRIC]})
    with pytest.raises(StudyError, match="covariate"):
        analyses({"name": "x", "kind": "spm", "test": "regression", "outcomes": ["angle.hip_adduction"]})


def test_curve_analyses_without_spm1d_fail_before_any_job(sheets: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    curve = {"name": "i", "kind": "spm", "test": "paired", "outcomes": ["angle.hip_adduction"], "factor": "session"}
    (fault,) = statistics_faults(replace(sheets, config=parse_config({"statistics": [curve]})))
    assert "pip install 'biomech[statistics]'" in fault
