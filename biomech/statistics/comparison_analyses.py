"""Analyses that compare paired conditions or groups: selection of the values, and their quality notes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from biomech.config.statistics import Analysis, Comparison
from biomech.statistics.common import Held, Rows, joined_notes, means_of, sizes_of, skipped
from biomech.statistics.comparison import Difference, groups, paired
from biomech.statistics.matching import by_pair
from biomech.statistics.participant_means import BLANK, INJURY, RULE, Means, levels_of, one_level
from biomech.statistics.ranks import rank_sum, signed_rank

Array = NDArray[np.float64]
_DESIGNS = {"paired": "within", "group": "between"}
CHECKS = "assumption checks"  # the family of their p values


def comparison_rows(analysis: Comparison, table: pd.DataFrame) -> Rows:
    """Return the rows of a comparison of one outcome."""
    reference = analysis.reference or ("uninjured" if analysis.factor == INJURY else "")
    if analysis.levels:
        named = [level or BLANK for level in analysis.levels]
        table = table[table[analysis.factor].isin([*named, reference])].reset_index(drop=True)
    within = analysis.design == "paired" and not analysis.matched_by
    means = means_of(analysis, table, [analysis.factor], within=within)
    if analysis.matched_by and not isinstance(means, str):
        means = by_pair(means, table, analysis.matched_by, analysis.factor)
    if isinstance(means, str):
        return [skipped(means)]
    levels = levels_of(means.keys, analysis.factor, reference, analysis.levels)
    if len(levels) < 2:
        return [skipped(one_level(analysis.factor, levels))]
    pairs = [(level, levels[0]) for level in levels[1:]]
    if analysis.pairs == "all":
        pairs = [(b, a) for a, b in itertools.combinations(levels, 2)]
    rows = []
    for level, other in pairs:
        rows += _contrast(analysis, means, level, other)
    return rows


def _contrast(analysis: Comparison, means: Means, level: str, reference: str) -> Rows:
    cells: dict[str, Any] = {
        "term": "difference",
        "contrast": f"{level} - {reference}",
        "level_a": level,
        "level_b": reference,
    }
    here = means.where(means.keys[analysis.factor].isin([level, reference]).to_numpy())
    value = here.keys.assign(value=here.values[:, 0]).pivot_table(
        index="participant", columns=analysis.factor, values="value"
    )
    both = value.dropna()
    confidence = 1 - analysis.alpha
    permutations = analysis.iterations if analysis.method == "permutation" else 0
    if analysis.design == "paired":
        left_out = len(value) - len(both)
        used = here.where(here.keys["participant"].isin(both.index).to_numpy())
        cells |= sizes_of(used)
        what = "participants without both conditions"
        if analysis.matched_by:
            cells["n_participants"], what = 2 * len(both), "pairs of which one participant has no value"
        note = f"{left_out} {what} left out" if left_out else ""
        if len(both) < analysis.min_participants:
            matched = f"{len(both)} matched pairs; at least {analysis.min_participants} are needed (`min_participants`)"
            few = matched if analysis.matched_by else too_few(len(both), analysis, "with both conditions")
            return [skipped(joined_notes(few, note, *means.notes), **cells)]
        a, b = both[level].to_numpy(), both[reference].to_numpy()
        found = paired(a, b, confidence, permutations, analysis.seed)
        name = "hedges_g_av"
    else:
        cells |= sizes_of(here)
        if len(both):
            reason = (
                f"{len(both)} participants are in both {level} and {reference}: they are not independent groups; "
                "use `design: paired` or a mixed model"
            )
            return [skipped(reason, **cells)]
        sizes = [int(value[name].notna().sum()) for name in (level, reference)]
        if min(sizes) < analysis.min_participants:
            return [skipped(too_few(min(sizes), analysis, "in the smaller group"), **cells)]
        a, b = (value[name].dropna().to_numpy() for name in (level, reference))
        found, note, name = groups(a, b, confidence, permutations, analysis.seed), "", "hedges_g"
    usual = found
    if analysis.method == "rank":
        found = (signed_rank if analysis.design == "paired" else rank_sum)(a, b, confidence)
        name = "rank_biserial"
    row = cells | {
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "statistic": found.statistic,
        "df": f"{found.df:.4g}" if np.isfinite(found.df) else "",
        "p": found.p,
        "effect": found.effect,
        "effect_low": found.effect_low,
        "effect_high": found.effect_high,
        "effect_name": name if np.isfinite(found.effect) else "",
        "reason": joined_notes(found.note, note, *means.notes, RULE),
        "values": Held(analysis.factor, _DESIGNS[analysis.design], both if analysis.design == "paired" else value),
    }
    rows = [row if np.isfinite(found.p) else row | {"status": "warned"}]
    return rows + [cells | more for more in _further(analysis, a, b, usual)]


def too_few(n: int, analysis: Analysis, where: str) -> str:
    """Return that participants are too few."""
    return f"{n} participants {where}; at least {analysis.min_participants} are needed (`min_participants`)"


def _further(analysis: Comparison, a: Array, b: Array, usual: Difference) -> Rows:
    """Return what is asked for apart from the difference."""
    rows: Rows = []
    if analysis.equivalence_margin is not None:
        rows.append(_equivalence(analysis.equivalence_margin, usual, analysis.alpha))
    if analysis.symmetry_index:
        rows.append(_symmetry(a, b, analysis.alpha))
    if analysis.smallest_effect is not None:
        rows.append(_sample_size(analysis, a, b))
    if analysis.checks:
        rows += _checks(a, b, analysis.design == "paired")
    return rows


def _equivalence(margin: float, found: Difference, alpha: float) -> dict[str, Any]:
    """Two one-sided tests (Schuirmann 1987, J Pharmacokinet Biopharm 15:657): the larger p, and the interval of 1 - 2 alpha."""
    if not np.isfinite(found.p):
        return skipped(found.note, term="equivalence")
    error = (
        found.estimate / found.statistic
        if found.statistic
        else (found.high - found.estimate) / stats.t.ppf(1 - alpha / 2, found.df)
    )
    t_low, t_high = (found.estimate + margin) / error, (found.estimate - margin) / error
    half = stats.t.ppf(1 - alpha, found.df) * error
    return {
        "term": "equivalence",
        "estimate": found.estimate,
        "low": found.estimate - half,
        "high": found.estimate + half,
        "confidence": 1 - 2 * alpha,
        "statistic": t_low if abs(t_low) < abs(t_high) else t_high,
        "df": f"{found.df:.4g}",
        "p": float(max(stats.t.sf(t_low, found.df), stats.t.cdf(t_high, found.df))),
        "family": "equivalence",
        "reason": f"two one-sided t tests against a difference of {margin:g}; equivalent if p is below alpha",
    }


def _symmetry(a: Array, b: Array, alpha: float) -> dict[str, Any]:
    """Limb symmetry index of every participant, first level as a share of the second."""
    if (b <= 0).any() or (a < 0).any():
        return skipped("values that are zero or negative have no symmetry index", term="symmetry_index", unit="%")
    index = 100 * a / b
    half = stats.t.ppf(1 - alpha / 2, len(a) - 1) * index.std(ddof=1) / np.sqrt(len(a))
    mean = float(index.mean())
    reason = f"mean of participants' 100 × first / second level; SD {index.std(ddof=1):.3g} %"
    return {
        "term": "symmetry_index",
        "unit": "%",
        "estimate": mean,
        "low": mean - half,
        "high": mean + half,
        "reason": reason,
    }


def _sample_size(analysis: Comparison, a: Array, b: Array) -> dict[str, Any]:
    """Participants (in each group) whose t test finds the smallest effect of interest with the power asked for."""
    assert analysis.smallest_effect is not None
    if analysis.design == "paired":
        sd = float((a - b).std(ddof=1))
    else:
        sd = float(np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2)))
    if not sd > 0:
        return skipped("zero variance: no sample size", term="sample_size", unit="1")
    n = 2
    while (
        _power(n, analysis.smallest_effect / sd, analysis.alpha, analysis.design == "paired") < analysis.power
        and n < 100_000
    ):
        n += 1
    what = "participants" if analysis.design == "paired" else "participants in each of two groups of one size"
    reason = (
        f"{what} for a difference of {analysis.smallest_effect:g} with power {analysis.power:g} at alpha {analysis.alpha:g}, from this "
        f"study's SD {'of differences ' if analysis.design == 'paired' else ''}of {sd:.3g}, taken as known"
    )
    return {"term": "sample_size", "unit": "1", "estimate": float(n), "reason": reason}


def _power(n: int, d: float, alpha: float, within: bool) -> float:
    df, nc = (n - 1, d * np.sqrt(n)) if within else (2 * n - 2, d * np.sqrt(n / 2))
    limit = stats.t.ppf(1 - alpha / 2, df)
    return float(stats.nct.sf(limit, df, abs(nc)))


def _checks(a: Array, b: Array, within: bool) -> Rows:
    """Shapiro-Wilk of differences, or of each group, and Brown-Forsythe of groups: descriptive, they choose no test."""
    rows: Rows = []
    samples = {"differences": a - b} if within else {"first level": a, "second level": b}
    for name, sample in samples.items():
        if len(sample) >= 3 and np.ptp(sample) > 0:
            found = stats.shapiro(sample)
            cells = {"statistic": float(found.statistic), "p": float(found.pvalue), "family": CHECKS}
            rows.append({"term": "shapiro_wilk", "unit": "1", "reason": f"W of {name}; normality", **cells})
    if not within and min(len(a), len(b)) >= 3 and (np.ptp(a) > 0 or np.ptp(b) > 0):
        found = stats.levene(a, b, center="median")
        df = f"1, {len(a) + len(b) - 2}"
        cells = {"statistic": float(found.statistic), "p": float(found.pvalue), "df": df, "family": CHECKS}
        rows.append({"term": "brown_forsythe", "unit": "1", "reason": "F of absolute deviations from medians", **cells})
    return rows
