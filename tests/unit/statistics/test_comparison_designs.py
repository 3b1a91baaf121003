"""Rank tests, equivalence, sample size, assumption checks, injured legs and raters, against R 4.2 and published values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from biomech.config import parse_config
from biomech.errors import BiomechError
from biomech.io.sheets import Session, Study, Trial
from biomech.statistics.checks import statistics_faults
from biomech.statistics.engine import run_analyses
from biomech.statistics.ranks import rank_sum, signed_rank
from biomech.statistics.reliability import repeated_agreement

METRIC = "hip_adduction__peak__cycle"
# depression scores and permeability constants: Hollander & Wolfe 1973, p. 29 and 69, as in R's help of wilcox.test
FIRST = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
SECOND = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
TERM = np.array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
EARLY = np.array([1.15, 0.88, 0.90, 0.74, 1.21])
PAIRED = {"name": "a", "kind": "comparison", "design": "paired", "outcomes": [METRIC], "factor": "session"}
GROUP = {"name": "a", "kind": "comparison", "design": "group", "outcomes": [METRIC], "factor": "group"}


def table_of(values: dict[str, np.ndarray], within: bool, **columns: object) -> pd.DataFrame:
    rows = []
    for level, numbers in values.items():
        for i, value in enumerate(numbers):
            person = f"P{i:02d}" if within else f"{level}{i:02d}"
            rows.append((person, level if within else "1", "" if within else level, value))
    table = pd.DataFrame(rows, columns=["participant", "session", "group", "value"])
    shared = {"metric": METRIC, "task": "single_leg_squat", "side": "both", "footwear": "barefoot", "condition": ""}
    return table.assign(**shared, rep=1, trial="t", dominant_side="right", **columns)


def run(given: dict, table: pd.DataFrame) -> dict[str, dict]:
    rows = run_analyses(parse_config({"statistics": [given]}).statistics, table, xr.Dataset()).rows
    return {
        row.get("term", row["status"]) + row.get("reason", "")[:5] * (row.get("term") == "shapiro_wilk"): row
        for row in rows
    }


def test_rank_tests_are_those_of_r() -> None:
    found = signed_rank(FIRST, SECOND)
    assert (found.statistic, found.p) == pytest.approx((40, 0.0390625))
    assert (found.estimate, found.low, found.high) == pytest.approx((0.46, 0.010, 0.786))
    assert found.effect == pytest.approx(2 * 40 / 45 - 1) and found.effect_low < found.effect < found.effect_high
    found = rank_sum(TERM, EARLY)
    assert (found.statistic, found.p) == pytest.approx((35, 0.25441), rel=1e-4)
    assert (found.estimate, found.low, found.high) == pytest.approx((0.305, -0.15, 0.76))
    tied = rank_sum(np.array([1, 2, 2, 3, 5, 6, 7, 7, 8, 9.0]), np.array([2, 3, 3, 4, 4, 1, 0, 5.0]))
    assert tied.p == pytest.approx(0.11766872) and "normal approximation" in tied.note
    zero = signed_rank(np.array([1, 2, 2, 3, -1, 4, 0, 5.0]), np.zeros(8))
    assert zero.p == pytest.approx(0.041785168) and "1 zero differences left out" in zero.note
    assert np.isnan(rank_sum(np.ones(5), np.ones(4)).p) and np.isnan(signed_rank(np.ones(4), np.ones(4)).p)


def test_a_rank_comparison_has_estimate_interval_and_effect() -> None:
    rows = run(PAIRED | {"method": "rank", "reference": "pre"}, table_of({"pre": SECOND, "post": FIRST}, within=True))
    row = rows["difference"]
    assert (row["estimate"], row["p"]) == pytest.approx((0.46, 0.0390625)) and row["effect_name"] == "rank_biserial"
    rows = run(GROUP | {"method": "rank", "reference": "e"}, table_of({"t": TERM, "e": EARLY}, within=False))
    assert rows["difference"]["p"] == pytest.approx(0.25441, rel=1e-4)


def test_equivalence_sample_size_and_checks_are_those_of_r() -> None:
    """t.test twice, power.t.test and shapiro.test; the absolute deviations from medians by lm."""
    more = {"equivalence_margin": 0.8, "smallest_effect": 0.3, "checks": True, "reference": "pre"}
    rows = run(PAIRED | more, table_of({"pre": SECOND, "post": FIRST}, within=True))
    row = rows["equivalence"]
    assert row["p"] == pytest.approx(0.0161282, rel=1e-5) and row["confidence"] == pytest.approx(0.9)
    assert (row["low"], row["high"]) == pytest.approx((0.16730279, 0.69647499))
    assert rows["sample_size"]["estimate"] == 18  # 17.905532
    assert rows["shapiro_wilkW of "]["statistic"] == pytest.approx(0.921392, rel=1e-5)
    assert rows["shapiro_wilkW of "]["p"] == pytest.approx(0.40389, rel=1e-4)
    assert rows["difference"]["p_adjusted"] == rows["difference"]["p"], "checks are a family of their own"
    more = {"smallest_effect": 0.3, "power": 0.9, "checks": True, "reference": "e"}
    rows = run(GROUP | more, table_of({"t": TERM, "e": EARLY}, within=False))
    assert rows["sample_size"]["estimate"] == 36  # 35.25
    assert rows["brown_forsythe"]["statistic"] == pytest.approx(2.88262, rel=1e-5)
    assert rows["brown_forsythe"]["p"] == pytest.approx(0.11333, rel=1e-4)


def test_all_pairs_share_one_family() -> None:
    random = np.random.default_rng(1)
    table = table_of({name: random.normal(i, 1, 8) for i, name in enumerate("xyz")}, within=False)
    found = run_analyses(parse_config({"statistics": [GROUP | {"pairs": "all"}]}).statistics, table, xr.Dataset()).rows
    assert [row["contrast"] for row in found] == ["y - x", "z - x", "z - y"]
    assert all("3 hypotheses" in row["adjustment"] for row in found)
    p = sorted(row["p"] for row in found)
    assert min(row["p_adjusted"] for row in found) == pytest.approx(3 * p[0])


def injured(n: int = 10) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Half of the people have the left leg injured; the injured one is lower; a control has none."""
    random = np.random.default_rng(4)
    well, ill = random.normal(20, 2, n), random.normal(17, 2, n)
    rows = []
    for i in range(n):
        side = ("left", "right")[i % 2]
        for leg in ("left", "right"):
            rows.append((f"P{i:02d}", leg, side, (ill if leg == side else well)[i]))
    rows += [("C1", leg, "", 30.0) for leg in ("left", "right")]
    table = pd.DataFrame(rows, columns=["participant", "side", "injured_side", "value"])
    shared = {"metric": METRIC, "task": "single_leg_squat", "session": "1", "footwear": "barefoot", "condition": ""}
    return table.assign(**shared, rep=1, trial="t", dominant_side="right", group="g"), ill, well


def test_injured_and_uninjured_legs_with_their_symmetry_index() -> None:
    table, ill, well = injured()
    rows = run(PAIRED | {"factor": "injury", "symmetry_index": True}, table)
    row, index = rows["difference"], rows["symmetry_index"]
    assert row["contrast"] == "injured - uninjured" and row["n_participants"] == 10
    assert row["estimate"] == pytest.approx((ill - well).mean())
    assert index["estimate"] == pytest.approx((100 * ill / well).mean()) and index["unit"] == "%"
    described = {"name": "d", "kind": "descriptives", "outcomes": [METRIC], "sides": "injured"}
    assert run(described, table)["mean"]["estimate"] == pytest.approx(ill.mean())
    assert run(described | {"sides": "uninjured"}, table)["mean"]["estimate"] == pytest.approx(well.mean())
    rows = run(PAIRED | {"factor": "injury", "symmetry_index": True}, table.assign(value=table["value"] - 19))
    assert rows["symmetry_index"]["status"] == "skipped" and "no symmetry index" in rows["symmetry_index"]["reason"]
    without = run(PAIRED | {"factor": "injury"}, table.drop(columns="injured_side"))
    assert without["skipped"]["reason"] == "no column injury in the study"


def test_the_column_of_injured_sides_is_checked_before_any_job(tmp_path: Path) -> None:
    trial = Trial(trial="t", file="t.c3d", role="dynamic", task="single_leg_squat", footwear="barefoot")
    config = parse_config({"statistics": [PAIRED | {"factor": "injury"}]})

    def faults(*sides: str) -> list[str]:
        covariates = [{"injured_side": side} for side in sides] or [{}, {}]
        sessions = [
            Session(participant=p, session="1", covariates=c, trials=(trial,))
            for p, c in zip("AB", covariates, strict=True)
        ]
        return statistics_faults(Study(tmp_path, config, tuple(sessions), tmp_path))

    assert "need the column `injured_side`" in faults()[0]
    assert "must be left, right or empty; found L" in faults("L", "right")[0]
    assert faults("left", "") == []
    with pytest.raises(BiomechError, match="needs `design: paired` and the factor injury"):
        parse_config({"statistics": [PAIRED | {"symmetry_index": True}]})


def test_reliability_between_raters_is_that_of_shrout_and_fleiss() -> None:
    """Their 6 targets by 4 judges: .29, .71, .62 and ICC(3,4) .91 as published."""
    judges = np.array(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
    )
    table = table_of({f"r{i}": judges[:, i] for i in range(4)}, within=True).rename(columns={"session": "rater"})
    table["trial"] = table["rater"]
    rows = run(
        {"name": "a", "kind": "reliability", "outcomes": [METRIC], "between": "rater"}, table.assign(session="1")
    )
    values = [round(rows[f"icc_{form}"]["estimate"], 2) for form in ("2_1", "3_1", "3_k")]
    assert values == [0.29, 0.71, 0.91] and "means of raters are the measurements" in rows["icc_3_k"]["reason"]
    assert rows["icc_3_k"]["low"] < 0.91 < rows["icc_3_k"]["high"]


def test_table_1_by_group_and_session() -> None:
    """Age and sex of each participant once, whatever the number of legs; the outcome by group and session."""
    random, rows = np.random.default_rng(2), []
    for i in range(9):
        for session in ("pre", "post") if i else ("pre",):
            for side in ("left", "right"):
                about = (f"P{i}", session, ("case", "control")[i % 2], side, 20.0 + i, ("female", "male")[i % 3 == 0])
                rows.append((*about, random.normal()))
    names = ["participant", "session", "group", "side", "age", "sex", "value"]
    shared = {
        "metric": METRIC,
        "task": "single_leg_squat",
        "footwear": "barefoot",
        "condition": "",
        "rep": 1,
        "trial": "t",
    }
    table = pd.DataFrame(rows, columns=names).assign(**shared, dominant_side="right")
    given = {"name": "a", "kind": "descriptives", "outcomes": [METRIC], "by": ["group", "session"]}
    config = parse_config({"statistics": [given | {"characteristics": ["age", "sex"]}]})
    found = pd.DataFrame(run_analyses(config.statistics, table, xr.Dataset()).rows)

    def cell(outcome: str, term: str, level: str) -> float:
        one = found[(found["outcome"] == outcome) & (found["term"] == term) & (found["level_a"] == level)]
        return float(one["estimate"].item())

    assert cell("age", "mean", "case, pre") == 24.0 and cell("age", "mean", "case, post") == 25.0
    assert cell("age", "sd", "control, pre") == pytest.approx(np.std([21, 23, 25, 27], ddof=1))
    assert cell("sex", "count_male", "case, pre") == 2 and cell("sex", "count_female", "case, post") == 3
    mine = table[(table["group"] == "control") & (table["session"] == "post")]
    assert cell(METRIC, "mean", "control, post") == pytest.approx(mine["value"].mean())
    assert set(found["status"]) == {"done"}


def repeated(random: np.random.Generator, counts: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Differences with a bias of 0.5, an SD of 1 between participants and of 0.6 within."""
    people = np.repeat(np.arange(len(counts)), counts)
    own = random.normal(0.5, 1.0, len(counts))
    return own[people] + random.normal(0, 0.6, len(people)), people


def test_limits_of_agreement_of_repeated_pairs_cover() -> None:
    """Zou 2013: intervals of both limits, 0.5 ± 1.96 sqrt(1 + 0.36), within binomial limits of 99.9 % of 400 studies."""
    random, counts = np.random.default_rng(6), [2, 3, 3, 4, 4, 5, 5, 6, 2, 3, 4, 6, 3, 5, 4]
    inside = {"lower": 0, "upper": 0, "bias": 0}
    true = {"lower": 0.5 - 1.959964 * np.sqrt(1.36), "upper": 0.5 + 1.959964 * np.sqrt(1.36), "bias": 0.5}
    for _ in range(400):
        found = repeated_agreement(*repeated(random, counts))
        for name, value in true.items():
            inside[name] += found[name].low <= value <= found[name].high
    low, high = stats.binom.interval(0.999, 400, 0.95)
    assert all(low <= count <= high for count in inside.values()), inside


def test_repeated_pairs_of_two_devices() -> None:
    """Equal numbers of pairs: SD within and between from the one-way analysis of variance of the differences."""
    d, people = repeated(np.random.default_rng(7), [4] * 10)
    rows = []
    for i, (more, person) in enumerate(zip(d, people, strict=True)):
        level = 20 + 3 * np.sin(i)
        rows += [(f"P{person}", "old", i, level), (f"P{person}", "new", i, level + more)]
    table = pd.DataFrame(rows, columns=["participant", "device", "rep", "value"])
    shared = {"metric": METRIC, "task": "single_leg_squat", "footwear": "barefoot", "condition": "", "session": "1"}
    table = table.assign(**shared, trial=table["device"], side="left", dominant_side="right")
    given = {"name": "a", "kind": "reliability", "outcomes": [METRIC], "between": "device", "repeated_pairs": True}
    found = run(given | {"levels": ["old", "new"]}, table)
    means = d.reshape(10, 4).mean(axis=1)
    within = ((d.reshape(10, 4) - means[:, None]) ** 2).sum() / 30
    between = means.var(ddof=1) - within / 4
    assert found["sd_within_of_differences"]["estimate"] == pytest.approx(np.sqrt(within))
    assert found["sd_between_of_differences"]["estimate"] == pytest.approx(np.sqrt(between))
    half = 1.959964 * np.sqrt(within + between)
    limits = [found[f"limit_of_agreement_{end}"]["estimate"] for end in ("low", "high")]
    assert limits == pytest.approx([d.mean() - half, d.mean() + half])
    assert found["bias"]["contrast"] == "new - old" and found["bias"]["n_cycles"] == 80
    with pytest.raises(BiomechError, match="needs `between` a column"):
        run(given | {"between": "repetition"}, table)
