"""Trends and contrasts: against other packages and textbooks, coverage of planted ones, and nothing pooled silently."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config, parse_config
from biomech.config.findings import Findings
from biomech.findings.conditions import conditions, fatigue
from biomech.findings.inputs import FindingInputs
from biomech.findings.mixed import difference, mixed_slope
from biomech.findings.muscles import muscles
from biomech.findings.page import json_text, markdown
from biomech.io.sheets import Session
from biomech.outcomes import METRICS
from biomech.quality import Quality
from biomech.study.contrasts import contrast_table

ROOT = Path(__file__).parents[3]


def simulation() -> ModuleType:
    spec = importlib.util.spec_from_file_location("conditions_benchmark", ROOT / "benchmarks" / "conditions.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", [3, 4, 5, 6, 7])
def test_the_mixed_slope_is_that_of_statsmodels(seed: int) -> None:
    """To 1e-6 with statsmodels' optimiser run to its end; its defaults stop where the variance of trials is 5e-5 off.

    The error is that of the fixed effects' block of its Hessian. What it prints, `bse`, comes from the inverse of the whole observed
    Hessian, with the variances in it: larger by 0.3 to 2.3 % here, where the expected information has no such terms.
    """
    import statsmodels.api as sm

    random = np.random.default_rng(seed)
    trial = np.repeat(np.arange(8), [3, 5, 4, 6, 3, 5, 4, 2])
    x = random.uniform(0, 10, len(trial))
    y = 2 + 0.3 * x + random.standard_normal(8)[trial] + random.standard_normal(len(x))
    found = mixed_slope(y, x, trial, 6)
    model = sm.MixedLM(y, sm.add_constant(x), groups=trial)
    fit = model.fit(reml=True, method="bfgs", gtol=1e-12)
    assert found.value == pytest.approx(fit.params[1], rel=1e-6)
    assert found.sd_trial**2 == pytest.approx(fit.cov_re[0, 0], rel=1e-6)
    assert found.sd_repetition**2 == pytest.approx(fit.scale, rel=1e-6)
    hessian, _ = model.hessian(fit.params_object)
    assert found.se == pytest.approx(np.sqrt(np.linalg.inv(-hessian[:2, :2])[1, 1]), rel=1e-6)
    assert found.se < fit.bse[1] < 1.03 * found.se


def test_degrees_of_freedom_are_those_of_the_whole_matrices() -> None:
    """Giesbrecht & Burns 1985: 2 v^2 / (g' F^-1 g), with every matrix of repetitions by repetitions written out."""
    random = np.random.default_rng(4)
    trial = np.repeat(np.arange(7), [3, 5, 4, 6, 3, 5, 9])
    x, n = random.uniform(0, 10, len(trial)), len(trial)
    y = 0.3 * x + 2 * random.standard_normal(7)[trial] + random.standard_normal(n)
    found = mixed_slope(y, x, trial, 6)
    same, one, design = (trial[:, None] == trial).astype(float), np.eye(n), np.stack([np.ones(n), x], axis=1)
    inverse = np.linalg.inv(found.sd_trial**2 * same + found.sd_repetition**2 * one)
    covariance = np.linalg.inv(design.T @ inverse @ design)
    p = inverse - inverse @ design @ covariance @ design.T @ inverse
    fisher = [[0.5 * np.trace(p @ a @ p @ b) for b in (same, one)] for a in (same, one)]
    rows = (covariance @ design.T @ inverse)[1]
    gradient = np.array([rows @ same @ rows, rows @ rows])
    assert found.se**2 == pytest.approx(covariance[1, 1])
    assert found.df == pytest.approx(
        2 * covariance[1, 1] ** 2 / (gradient @ np.linalg.solve(fisher, gradient)), rel=1e-9
    )


def test_few_trials_are_fixed_levels_from_a_number_of_ones_choice() -> None:
    """Fixed: the slope within trials, n - k - 1 degrees of freedom; random: between them as well."""
    random = np.random.default_rng(6)
    trial = np.repeat(np.arange(4), 5)
    x = np.tile(np.arange(5.0), 4) + trial
    y = 0.5 * x + random.standard_normal(20)
    fixed, drawn = (mixed_slope(y, x, trial, random_from) for random_from in (6, 4))
    within = [v - np.repeat(v.reshape(4, 5).mean(axis=1), 5) for v in (x, y)]
    assert fixed.df == 15 and fixed.value == pytest.approx(within[0] @ within[1] / (within[0] @ within[0]))
    assert mixed_slope(y, x, trial, Findings().trend_random_trials) == fixed and drawn.df > 15


def test_one_trial_is_ordinary_least_squares() -> None:
    from scipy.stats import linregress, t

    y, x = np.array([3.0, 4, 4.5, 6, 6.1, 7.4]), np.arange(6.0)
    found, known = mixed_slope(y, x, ["a"] * 6, 6), linregress(x, y)
    assert found.value == pytest.approx(known.slope)
    assert found.high - found.value == pytest.approx(t.ppf(0.975, 4) * known.stderr)


def test_a_straight_line_and_too_little_give_no_error() -> None:
    assert np.isnan(mixed_slope([1.0, 2.0], [0, 1], ["a", "a"], 6).value)
    assert np.isnan(mixed_slope([1.0, 2.0, 3.0], [1, 1, 1], ["a"] * 3, 6).value)


def test_a_difference_is_students_and_the_mdc_the_published_formula() -> None:
    from scipy.stats import t, ttest_ind

    random = np.random.default_rng(5)
    a, b = random.standard_normal(40), 1 + random.standard_normal(40)
    trial = np.repeat(["x"], 40)
    found = difference(a, b, trial, trial, 2.0, False)
    interval = ttest_ind(b, a).confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    sem = np.sqrt(2.0**2 + found.sd_repetition**2 / 40)
    assert difference(a, b, trial, trial, 2.0, True).mdc == pytest.approx(1.96 * np.sqrt(2) * sem, rel=0.003)
    assert t.ppf(0.975, 78) == pytest.approx(1.99, abs=0.002)


def test_trials_are_the_units_where_there_are_several() -> None:
    from scipy.stats import ttest_ind

    a, b = np.array([1.0, 1.2, 3.0, 3.2]), np.array([4.0, 4.2, 7.0, 7.2])
    found = difference(a, b, list("ppqq"), list("rrss"), np.nan, False)
    known = ttest_ind([4.1, 7.1], [1.1, 3.1]).confidence_interval()
    assert (found.low, found.high, found.df) == pytest.approx((known.low, known.high, 2))


def test_one_trial_each_with_unknown_error_is_not_judged() -> None:
    found = difference([1.0, 1.1, 0.9], [9.0, 9.1, 8.9], ["a"] * 3, ["b"] * 3, np.nan, False)
    assert np.isnan(found.mdc) and not found.detected


@pytest.mark.parametrize(("trials", "repetitions", "sd_trial"), [(1, 8, 0.0), (3, 5, 1.5), (3, 5, 0.5)])
def test_the_interval_holds_a_planted_slope_in_95_of_100(trials: int, repetitions: int, sd_trial: float) -> None:
    assert 0.93 <= simulation().trend_coverage(trials, repetitions, sd_trial, 1000) <= 0.97


def test_contrasts_of_nothing_alarm_at_their_nominal_rate() -> None:
    assert 0.03 <= simulation().alarms(3, 5, 1.0, 1.0, False, 1000) <= 0.07
    assert simulation().alarms(3, 5, 0.5, 1.0, True, 500) <= 0.07


NAME = "hip_adduction__peak__cycle"
# a laboratory's own error of squats: the one that comes with the software is of gait
CONFIG = parse_config(
    {"findings": {"session_sem": {"hip_adduction": {"sem": 3.0, "source": "own study", "tasks": ["single_leg_squat"]}}}}
)


def material(rows: list[tuple], visits: dict[str, list[tuple]] | None = None, session: str = "pre") -> FindingInputs:
    def data(own: list[tuple]) -> xr.Dataset:
        keys = ("condition", "footwear", "side", "trial")
        return xr.Dataset(
            {"value": (("cycle", "metric"), np.array([[r[4]] for r in own], dtype=float))},
            coords={
                "metric": [NAME],
                "task": ("cycle", np.array(["single_leg_squat"] * len(own))),
                "start": ("cycle", 3.0 * np.arange(len(own))),
                "emg_unit": ("cycle", np.array([""] * len(own))),
                **{k: ("cycle", np.array([r[i] for r in own])) for i, k in enumerate(keys)},
            },
        )

    known = {name: data(own) for name, own in (visits or {session: rows}).items()}
    person = Session(participant="P1", session=session, trials=())
    empty = {}
    return FindingInputs(
        person, CONFIG, Quality("P1", session, "findings"), known[session], known[session], empty, empty, empty, known
    )


def reps(condition: str, footwear: str, side: str, trial: str, values: list[float]) -> list[tuple]:
    return [(condition, footwear, side, trial, v) for v in values]


NEAR = [0.0, 0.3, -0.3, 0.2, -0.2, 0.1]


def around(mean: float) -> list[float]:
    return [mean + x for x in NEAR]


def test_footwear_and_conditions_are_never_pooled() -> None:
    """Shoes 20 degrees above barefoot: no trend, and no scatter, comes from the step between them."""
    found = material(
        reps("", "barefoot", "left", "a", around(10))
        + reps("", "shod", "left", "b", around(30))
        + reps("cued", "shod", "left", "c", around(5))
    )
    trends = fatigue(found)
    assert [(f.condition, f.footwear, f.n) for f in trends] == [
        ("", "barefoot", 6),
        ("", "shod", 6),
        ("cued", "shod", 6),
    ]
    assert all(abs(f.value) < 0.1 for f in trends)
    contrasts = {(f.evidence["contrast"], f.condition, f.footwear): f for f in conditions(found)}
    assert set(contrasts) == {("footwear", "", "shod"), ("condition", "cued", "shod")}
    shoes = contrasts["footwear", "", "shod"]
    assert shoes.value == pytest.approx(20) and shoes.n == 12 and "shod against barefoot" in shoes.sentence
    assert shoes.evidence["beyond_mdc95"] and shoes.evidence["sd_of_repetitions"] < 0.3
    assert contrasts["condition", "cued", "shod"].value == pytest.approx(-25)


@pytest.mark.parametrize(("change", "flagged"), [(5.0, False), (9.0, True)])
def test_a_visit_is_flagged_only_beyond_the_mdc(change: float, flagged: bool) -> None:
    """SEM 3 degrees between sessions: 8.3 degrees."""
    visits = {"pre": reps("", "", "left", "a", around(10)), "post": reps("", "", "left", "a", around(10 + change))}
    assert not conditions(material([], visits, "pre"))
    (found,) = conditions(material([], visits, "post"))
    assert found.value == pytest.approx(change) and found.evidence["beyond_mdc95"] is flagged
    assert found.evidence["mdc95"] == pytest.approx(1.96 * np.sqrt(2) * 3, rel=0.02)
    assert ("beyond" in found.sentence) and ("no difference" in found.sentence) is not flagged


def test_legs_are_left_less_right_as_in_metrics_of_both_sides() -> None:
    assert "left_minus_right" in "".join(METRICS)
    (found,) = conditions(material(reps("", "", "left", "a", around(10)) + reps("", "", "right", "b", around(4))))
    assert found.side == "both" and found.value == pytest.approx(6) and not found.evidence["beyond_mdc95"]


@pytest.mark.parametrize(("right", "beyond"), [(4.0, False), (-2.0, True)])
def test_a_program_reads_how_legs_differ(right: float, beyond: bool) -> None:
    """SEM 3 degrees where markers are placed again: 8.3 degrees."""
    given = material(reps("", "", "left", "a", around(10)) + reps("", "", "right", "b", around(right)))
    (row,) = json.loads(json_text(conditions(given), {}))["findings"]
    reported = row["evidence"]
    assert row["side"] == "both" and row["unit"] == "degree" and row["value"] == pytest.approx(10 - right)
    assert (reported["contrast"], reported["of"], reported["against"], reported["metric"]) == (
        "legs",
        "left",
        "right",
        NAME,
    )
    assert reported["second"] - reported["first"] == pytest.approx(row["value"])
    assert reported["mdc95"] == pytest.approx(1.96 * np.sqrt(2) * 3, rel=0.02) and reported["beyond_mdc95"] is beyond


def test_the_table_of_contrasts_is_in_closed_form(tmp_path: Path) -> None:
    """Six repetitions a leg whose squares about the mean sum to 0.268; the error between sessions of hip adduction is 3 degrees.

    Then the interval is t(10) s sqrt(2 / 6), s^2 = 2 x 0.268 / 10, and MDC95 that and 1.96 sqrt(2) 3 in quadrature.
    """
    from scipy.stats import t

    given = material(reps("", "", "left", "a", around(12)) + reps("", "", "right", "b", around(2)))
    about = {"participant": "P1", "session": "pre", "label": ""}
    for name, findings in (("a", conditions(given)), ("b", [])):
        (tmp_path / name).write_text(json_text(findings, about), encoding="utf-8")
    (row,) = contrast_table([tmp_path / "a", tmp_path / "b"]).to_dict("records")
    mean = np.mean(NEAR)
    half = t.ppf(0.975, 10) * np.sqrt((np.sum(np.square(NEAR)) - 6 * mean**2) * 2 / 10 * 2 / 6)
    assert (row["difference"], row["mean_of"], row["mean_against"]) == pytest.approx((10, 12 + mean, 2 + mean))
    assert (row["low"], row["high"]) == pytest.approx((10 - half, 10 + half), rel=1e-9)
    assert row["mdc95"] == pytest.approx(np.hypot(half, 1.959964 * np.sqrt(2) * 3), rel=1e-6)
    assert row["beyond_mdc95"] == "yes" and row["positive"] == METRICS[NAME].positive and "Weir 2005" in row["source"]
    assert (row["contrast"], row["of"], row["against"], row["side"]) == ("legs", "left", "right", "both")
    assert (row["metric"], row["unit"], row["n_of"], row["trials_against"]) == (NAME, "degree", 6, 1)


def test_where_the_error_is_unknown_nothing_is_said_to_be_within_it() -> None:
    given = material(reps("", "", "left", "a", around(10)) + reps("", "", "right", "b", around(-20)))
    findings = given.config.findings.model_copy(update={"session_sem": {}})
    given = replace(given, config=given.config.model_copy(update={"findings": findings}))
    found = conditions(given)
    (row,) = json.loads(json_text(found, {}))["findings"]
    assert row["evidence"]["mdc95"] is None and row["evidence"]["beyond_mdc95"] is None
    page = markdown(found, "P1", "pre")
    assert "not judged" in row["sentence"] and "1 cannot be judged" in page and "nearest" not in page


def test_an_error_between_sessions_is_used_only_for_the_tasks_that_it_was_measured_in() -> None:
    """McGinley's review is of gait: in squats a difference of hip adduction of 30 degrees between the legs is not judged."""
    rows = reps("", "", "left", "a", around(20)) + reps("", "", "right", "b", around(-10))
    squats = replace(material(rows), config=Config())
    walks = squats.metrics.assign_coords(task=("cycle", ["walking"] * 12), metric=["hip_adduction__peak__stance"])
    for given, beyond in ((squats, None), (replace(squats, metrics=walks), True)):
        (row,) = json.loads(json_text(conditions(given), {}))["findings"]
        assert row["evidence"]["beyond_mdc95"] is beyond
        assert ("McGinley" in row["source"]) == bool(beyond)


def test_a_planted_trend_is_told() -> None:
    (found,) = fatigue(material(reps("", "", "left", "a", [x + 2.0 * i for i, x in enumerate(around(10))])))
    assert found.low <= 2.0 <= found.high and "rises" in found.sentence
    assert found.evidence["per_minute_degree"] == pytest.approx(20 * found.value, rel=1e-6)


def test_muscle_timing_is_told_with_its_interval() -> None:
    given = material(reps("", "", "left", "a", [-0.10, -0.08, -0.09, -0.11, -0.10]))
    given.metrics.coords["metric"] = ["gluteus_medius_emg__onset__cycle"]
    (found,) = muscles(given)
    assert found.value == pytest.approx(-0.096) and found.high < 0 and "pre-activation" in found.sentence
    assert found.unit == "s" and found.n == 5
