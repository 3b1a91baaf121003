"""Simulated studies of designs with missing sessions and legs and unequal spread, through the analyses as a config names them.

Sections: permutations of single values, matched pairs, equivalence, a baseline as covariate, trends over three and more
levels, and mixed models of groups that differ in spread. Every study has participants, legs within participants, sessions within participants and a residual; by chance 15 % of
the visits are missing, and one leg of 20 % of the others (`draw`). `statistics_simulations.py` runs the sections.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from benchmarks.statistics_rows import row
from biomech.config import parse_config
from biomech.statistics.comparison import groups, paired
from biomech.statistics.engine import run_analyses
from biomech.statistics.ranks import rank_sum

Rows = list[dict[str, object]]
Found = Counter[tuple[str, str, str]]
METRIC = "hip_adduction__peak__cycle"
FALSE, POWER = "false positives", "power"
AT_MARGIN, EQUIVALENT = "false positives at the margin", "found equivalent"
COVERED, COVERED_90 = "interval", "interval of 90 %"
NOMINAL = {FALSE: 0.05, AT_MARGIN: 0.05, COVERED: 0.95, COVERED_90: 0.9, POWER: np.nan, EQUIVALENT: np.nan}
SD = {"participant": 2.0, "leg": 0.8, "session": 0.8, "residual": 0.6}
MISSING_VISITS, MISSING_LEGS = 0.15, 0.2
SHARED: dict[str, Any] = {
    "metric": METRIC,
    "task": "single_leg_squat",
    "footwear": "barefoot",
    "condition": "",
    "rep": 1,
}


def draw(
    random: np.random.Generator,
    sizes: Sequence[int],
    sessions: Sequence[str] = ("1",),
    *,
    spreads: Sequence[float] = (1.0, 1.0),
    session_spreads: Sequence[float] | None = None,
    shifts: NDArray[np.float64] | None = None,
    pairs: float = 0.0,
) -> pd.DataFrame:
    """Return one row per participant, session and leg of a study with visits and legs missing by chance.

    Parameters
    ----------
    random : Generator
    sizes : sequence of int
        Participants in each group, the controls first.
    sessions : sequence of str
    spreads : sequence of float
        Of each group: factor of all deviations from its mean.
    session_spreads : sequence of float, optional
        Of each session: factor of the participants' deviations in it from their own level.
    shifts : (groups, sessions) array, optional
        Planted means.
    pairs : float
        SD of what the first participants of both groups, the second ones, and so on have in common.
    """
    people, visits = sum(sizes), len(sessions)
    group = np.repeat(np.arange(len(sizes)), sizes)
    place = np.concatenate([np.arange(size) for size in sizes])
    visit = random.normal(0, SD["session"], (people, visits, 1)) + random.normal(0, SD["residual"], (people, visits, 2))
    value = random.normal(0, SD["participant"], (people, 1, 1)) + random.normal(0, SD["leg"], (people, 1, 2))
    value = value + visit * np.reshape(session_spreads or (1.0,) * visits, (1, visits, 1))
    value *= np.array(spreads)[group][:, None, None]
    value += random.normal(0, pairs, max(sizes))[place][:, None, None]
    if shifts is not None:
        value += shifts[group][:, :, None]
    person, session, leg = np.nonzero(_kept(random, group, visits))
    kept = person, session, leg
    names = np.array(["control", "case"])[: len(sizes)]
    return pd.DataFrame(
        {
            "participant": np.char.add("P", np.char.zfill(person.astype(str), 2)),
            "group": names[group[person]],
            "pair": np.char.add("T", place[person].astype(str)),
            "session": np.array(sessions)[session],
            "side": np.array(["left", "right"])[leg],
            "value": value[kept],
        }
    ).assign(**SHARED, dominant_side="right", trial="t")


def _kept(random: np.random.Generator, group: NDArray[np.intp], visits: int) -> NDArray[np.bool_]:
    """Return which legs of which visits there are, by chance; at least 5 people of each group came to all visits."""
    while True:
        came = random.random((len(group), visits)) >= MISSING_VISITS
        if np.bincount(group, weights=came.all(axis=1)).min() >= 5:
            break
    one_leg = random.random((len(group), visits)) < MISSING_LEGS
    lost = random.integers(0, 2, (len(group), visits))[:, :, None] == np.arange(2)
    kept: NDArray[np.bool_] = came[:, :, None] & ~(one_leg[:, :, None] & lost)
    return kept


class Analysis:
    """An analysis of a config, run on tables."""

    def __init__(self, **given: Any) -> None:
        shared = {"name": "a", "outcomes": [METRIC], "adjustment": "none", "min_participants": 3}
        self._analyses = parse_config({"statistics": [shared | given]}).statistics

    def rows(self, table: pd.DataFrame, terms: Sequence[str]) -> list[dict[str, Any]]:
        """Return the rows of results with an interval of these terms, one each."""
        found = run_analyses(self._analyses, table, xr.Dataset()).rows
        chosen = [x for term in terms for x in found if x.get("term") == term and np.isfinite(x.get("low", np.nan))]
        if [x["term"] for x in chosen] != list(terms):
            raise ValueError(f"the analysis gave no interval: {[x.get('reason') for x in found]}")
        return chosen

    def row(self, table: pd.DataFrame, term: str) -> dict[str, Any]:
        """Return the row of results with an interval of this term."""
        return self.rows(table, [term])[0]


def _count(found: Found, design: str, analysis: str, one: Mapping[str, Any], truth: float) -> None:
    """Count an estimate whose truth is known: its interval, and its test."""
    found[design, analysis, COVERED] += one["low"] <= truth <= one["high"]
    found[design, analysis, POWER if truth else FALSE] += one["p"] < 0.05


def permutations(studies: int) -> Rows:
    """Single values of groups and pairs by permutation of signs, and by t, normal and skewed; twice as many studies."""
    random, skewed, found = np.random.default_rng(81), np.random.default_rng(86), Found()
    designs = [((6, 18), (1, 1)), ((6, 18), (2, 1)), ((6, 18), (1, 2)), ((12, 12), (1, 1)), ((12, 12), (2, 1))]
    designs += [((8, 24), (2, 1)), ((5, 15), (2, 1))]
    for i in range(2 * studies):
        for sizes, spreads in designs:
            a, b = (spread * random.normal(size=n) for n, spread in zip(sizes, spreads, strict=True))
            title = f"{sizes[0]} and {sizes[1]} people, SD {spreads[0]} : {spreads[1]}"
            one = groups(a, b, permutations=400, seed=i)
            found[title, "groups, signs", FALSE] += one.p <= 0.05
            found[title, "Welch t", FALSE] += groups(a, b).p < 0.05
            found[title, "Welch t", COVERED] += one.low <= 0 <= one.high
        for spread in (1, 2):
            a, b = spread * (skewed.exponential(size=6) - 1), skewed.exponential(size=18) - 1
            title = f"6 and 18 people, SD {spread} : 1, exponential (skewness 2)"
            found[title, "groups, signs", FALSE] += groups(a, b, permutations=400, seed=i).p <= 0.05
            found[title, "Welch t", FALSE] += groups(a, b).p < 0.05
            found[title, "rank sum", FALSE] += rank_sum(a, b).p < 0.05
        a, b = random.normal(size=12), 2 * random.normal(size=12)
        found["12 people, conditions of SD 1 : 2", "pairs, signs", FALSE] += (
            paired(a, b, permutations=400, seed=i).p <= 0.05
        )
    return _rows("permutations of single values", found, 2 * studies)


def matched(studies: int) -> Rows:
    """15 pairs of participants, cases of twice the spread, participants and legs missing; without and with a difference of 3."""
    random, found = np.random.default_rng(82), Found()
    shared = {"kind": "comparison", "design": "paired", "factor": "group", "reference": "control", "matched_by": "pair"}
    tests = {method: Analysis(**shared, method=method, iterations=400) for method in ("t", "permutation", "rank")}
    for truth in (0.0, 3.0):
        design = f"15 pairs, SD 1 : 2; legs and people missing, difference {truth:g}"
        for _ in range(studies):
            table = draw(random, (15, 15), spreads=(1, 2), pairs=2.0, shifts=np.array([[0.0], [truth]]))
            for method, analysis in tests.items():
                one = analysis.row(table, "difference")
                _count(found, design, f"matched pairs, {method}", one, truth)
    return _rows("matched pairs", found, studies)


def equivalence(studies: int) -> Rows:
    """Two one-sided t tests at the margin, where they may err in 5 %, and at no difference; groups and paired sessions."""
    random, found = np.random.default_rng(83), Found()
    margin = 6.0
    shared = {"kind": "comparison", "equivalence_margin": margin, "reference": "control", "factor": "group"}
    of_groups = Analysis(**shared, design="group")
    of_pairs = Analysis(
        **shared | {"factor": "session", "reference": "pre", "equivalence_margin": 1.5}, design="paired"
    )
    cases = (
        ("8 and 16 people, SD 2 : 1; legs and people missing", of_groups, margin, (16, 8), ("1",), (1.0, 2.0), None),
        (
            "16 people, sessions of SD 1 : 2; visits and legs missing",
            of_pairs,
            1.5,
            (16,),
            ("pre", "post"),
            (1.0,),
            (1.0, 2.0),
        ),
    )
    for design, analysis, limit, sizes, sessions, spreads, of_sessions in cases:
        for truth in (limit, -limit, 0.0):
            shifts = np.zeros((len(sizes), len(sessions)))
            shifts[-1, -1] = truth
            at = f"{design}, difference {truth:g}, margin {limit:g}"
            for _ in range(studies):
                table = draw(random, sizes, sessions, spreads=spreads, session_spreads=of_sessions, shifts=shifts)
                one = analysis.row(table, "equivalence")
                found[at, "two one-sided t", AT_MARGIN if truth else EQUIVALENT] += one["p"] < 0.05
                found[at, "two one-sided t", COVERED_90] += one["low"] <= truth <= one["high"]
    return _rows("equivalence", found, studies)


def baseline(studies: int) -> Rows:
    """Analysis of covariance: group effects of 0 and 2 on one follow-up, and on two follow-ups of both legs with gaps."""
    random, found = np.random.default_rng(84), Found()
    shared = {"kind": "mixed_model", "baseline": "pre", "references": {"group": "control", "session": "post"}}
    one_visit = Analysis(**shared, factors=["group"])
    two_visits = Analysis(**shared, factors=["group", "session"], sides="each")
    followed = ("pre", "post", "later")
    cases: tuple[tuple[str, Analysis, Sequence[int], Sequence[str], Sequence[float]], ...] = (
        ("8 and 16 people, one follow-up", one_visit, (16, 8), followed[:2], (1, 1)),
        ("12 and 12 people, SD 2 : 1, one follow-up", one_visit, (12, 12), followed[:2], (1, 2)),
        ("8 and 16 people, SD 2 : 1, one follow-up", one_visit, (16, 8), followed[:2], (1, 2)),
        ("8 and 16 people, two follow-ups, each leg", two_visits, (16, 8), followed, (1, 1)),
    )
    for design, analysis, sizes, sessions, spreads in cases:
        for truth in (0.0, 2.0):
            shifts = np.zeros((2, len(sessions)))
            shifts[1, 1:] = truth
            at = f"{design}; visits and legs missing, effect {truth:g}"
            for _ in range(studies):
                table = draw(random, sizes, sessions, spreads=spreads, shifts=shifts)
                one = analysis.row(table, "group")
                _count(found, at, "baseline as covariate, group", one, truth)
    return _rows("baseline", found, studies)


def trend(studies: int) -> Rows:
    """Linear trends of 0 and 0.4 per session, of three and four sessions."""
    random, found = np.random.default_rng(85), Found()
    names = ("s1", "s2", "s3", "s4")
    three = Analysis(kind="mixed_model", factors=["session"], trend={"session": list(names[:3])})
    legs = {"factors": ["group", "session"], "trend": {"session": list(names)}, "sides": "each"}
    four = Analysis(kind="mixed_model", **legs)
    cases: tuple[tuple[str, Analysis, Sequence[int], Sequence[str], Sequence[float] | None], ...] = (
        ("16 people, 3 sessions", three, (16,), names[:3], None),
        ("16 people, 3 sessions of SD 1 : 1.5 : 2", three, (16,), names[:3], (1, 1.5, 2)),
        ("8 and 16 people, 4 sessions, each leg", four, (16, 8), names, None),
    )
    for design, analysis, sizes, sessions, spreads in cases:
        for truth in (0.0, 0.4):
            shifts = np.tile(truth * np.arange(len(sessions)), (len(sizes), 1))
            at = f"{design}; visits and legs missing, {truth:g} per session"
            for _ in range(studies):
                table = draw(random, sizes, sessions, spreads=(1,) * len(sizes), session_spreads=spreads, shifts=shifts)
                one = analysis.row(table, "trend_session")
                _count(found, at, "trend", one, truth)
    return _rows("trend", found, studies)


def unequal_spread(studies: int) -> Rows:
    """Mixed models of group and session, which take one spread for granted, of groups that differ in it."""
    random, found = np.random.default_rng(87), Found()
    shared = {"kind": "mixed_model", "references": {"group": "control", "session": "pre"}, "sides": "each"}
    analysis = Analysis(**shared, factors=["group", "session"])
    terms = ("group", "session", "group:session")
    for sizes in ((12, 12), (16, 8)):
        for change in (0.0, 1.0):
            shifts = np.array([[0.0, 0.0], [change, 3 * change]])  # effects: 2, 1 and 2 times the change
            truths = (2 * change, change, 2 * change)
            at = f"{sizes[1]} and {sizes[0]} people, SD 2 : 1; visits and legs missing, interaction {2 * change:g}"
            for _ in range(studies):
                table = draw(random, sizes, ("pre", "post"), spreads=(1, 2), shifts=shifts)
                for term, one, truth in zip(terms, analysis.rows(table, terms), truths, strict=True):
                    _count(found, at, f"mixed model, {term}", one, truth)
    return _rows("mixed models, unequal spread", found, studies)


def own_spread(studies: int, changes: Sequence[float] = (0.0, 1.0)) -> Rows:
    """The same with `unequal_spread: group`, 8 of twice the spread and 16."""
    found = Found()
    shared = {"kind": "mixed_model", "references": {"group": "control", "session": "pre"}, "unequal_spread": "group"}
    analysis = Analysis(**shared, factors=["group", "session"], sides="each")
    terms = ("group", "session", "group:session")
    for change in changes:
        random = np.random.default_rng(88 + int(change))
        shifts = np.array([[0.0, 0.0], [change, 3 * change]])  # effects: 2, 1 and 2 times the change
        truths = (2 * change, change, 2 * change)
        at = f"8 and 16 people, SD 2 : 1, unequal_spread; visits and legs missing, interaction {2 * change:g}"
        for _ in range(studies):
            table = draw(random, (16, 8), ("pre", "post"), spreads=(1, 2), shifts=shifts)
            for term, one, truth in zip(terms, analysis.rows(table, terms), truths, strict=True):
                _count(found, at, f"mixed model, {term}", one, truth)
    return _rows("mixed models, own spread", found, studies)


def baseline_own_spread(studies: int) -> Rows:
    """Analysis of covariance with `unequal_spread: group`: one follow-up, 8 of twice the spread and 16."""
    random, found = np.random.default_rng(89), Found()
    shared = {"kind": "mixed_model", "baseline": "pre", "references": {"group": "control"}, "unequal_spread": "group"}
    analysis = Analysis(**shared, factors=["group"])
    for truth in (0.0, 2.0):
        at = f"8 and 16 people, SD 2 : 1, one follow-up, unequal_spread; visits and legs missing, effect {truth:g}"
        for _ in range(studies):
            shifts = np.array([[0.0, 0.0], [0.0, truth]])
            table = draw(random, (16, 8), ("pre", "post"), spreads=(1, 2), shifts=shifts)
            _count(found, at, "baseline as covariate, group", analysis.row(table, "group"), truth)
    return _rows("baseline, own spread", found, studies)


def _rows(section: str, found: Found, studies: int) -> Rows:
    return [
        row(section, design, analysis, measure, NOMINAL[measure], studies, count / studies)
        for (design, analysis, measure), count in found.items()
    ]


DESIGNS: dict[str, Callable[[int], Rows]] = {
    "permutations of single values": permutations,
    "matched pairs": matched,
    "equivalence": equivalence,
    "baseline": baseline,
    "trend": trend,
    "mixed models, unequal spread": unequal_spread,
    "baseline, own spread": baseline_own_spread,
    "mixed models, own spread": own_spread,
}
