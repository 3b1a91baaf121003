"""Analyses of curves with two factors: selection of the curves, and rows of the three results."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.config.statistics import Spm
from biomech.statistics.common import Rows, joined_notes
from biomech.statistics.mean_curves import curve_means
from biomech.statistics.participant_means import RULE, Means, levels_of
from biomech.statistics.spm import SpmResult, field_of_f
from biomech.statistics.spm_analyses import CurveResult, level_curve
from biomech.statistics.two_way import Effect, mixed_effects, repeated_effects

Array = NDArray[np.float64]
_EFFECTS = 3  # first factor, second factor, interaction
_SHOWN = 5


def two_way_rows(analysis: Spm, study: xr.Dataset, curves: list[CurveResult], clusters: Rows) -> Rows:
    """Return three rows per outcome (first factor, second factor, interaction); curves and clusters are added to the lists given."""
    rows: Rows = []
    outcomes = list(dict.fromkeys(analysis.outcomes))
    tests = _EFFECTS * len(outcomes)
    factors, within = [analysis.factor, analysis.second_factor], analysis.test == "anova_two_repeated"
    alpha = analysis.alpha / (tests if analysis.adjustment != "none" else 1)
    for outcome in outcomes:
        loaded = curve_means(analysis, study, outcome, factors, within=within)
        if isinstance(loaded, str):
            rows.append({"outcome": outcome, "status": "skipped", "reason": loaded})
            continue
        means, percent, unit, task = loaded
        cells = {"outcome": outcome, "unit": unit, "task": task, "side": analysis.sides}
        found = _effects(analysis, means)
        if isinstance(found, str):
            rows.append(cells | {"status": "skipped", "reason": found})
            continue
        effects, levels, note, sizes = found
        for name, effect in effects.items():
            field = field_of_f(effect.statistic, effect.df, effect.residuals, alpha)
            if field.problem:
                rows.append(cells | {"term": name, "status": "skipped", "reason": field.problem})
                continue
            labels = {"analysis": analysis.name, "outcome": outcome, "side": analysis.sides, "task": task}
            labels |= {"contrast": name, "level_a": "", "level_b": ""}
            nothing = np.full(len(percent), np.nan)
            drawn = tuple(level_curve(level, own, analysis.alpha) for level, own in levels[name].items())
            values = (*(nothing,) * 5, field.statistic, field.threshold, field.p, f"F({field.df})")
            curves.append(CurveResult(labels, percent, *values, analysis.test, 1 - analysis.alpha, drawn))
            shown = {key: labels[key] for key in ("analysis", "outcome", "side", "task", "contrast")}
            for item in field.clusters:
                ends = np.interp([item["start"], item["end"]], np.arange(len(percent)), percent)
                place = {"start_percent": ends[0], "end_percent": ends[1], "extreme": item["extreme"]}
                clusters.append({**shown, **place, "threshold": field.threshold, "p": item["p"]})
            said_of = _reported(analysis, name, field, alpha, tests, joined_notes(note, *means.notes))
            rows.append(cells | sizes | {"contrast": name} | said_of)
    return rows


def _effects(
    analysis: Spm, means: Means
) -> tuple[dict[str, Effect], dict[str, dict[str, Array]], str, dict[str, int]] | str:
    """Return the three effects, the curves behind each, who was left out, and counts; or why there are none."""
    first, second = analysis.factor, analysis.second_factor
    means = means.where(((means.keys[first] != "") & (means.keys[second] != "")).to_numpy())
    names = levels_of(means.keys, first, analysis.reference, analysis.levels), levels_of(means.keys, second)
    for factor, levels in zip((first, second), names, strict=True):
        if len(levels) < 2:
            return f"{factor} has {len(levels)} level with values ({', '.join(levels)}); two are needed"
    place = {key: i for i, key in enumerate(zip(*(means.keys[n] for n in ("participant", first, second)), strict=True))}
    people = list(dict.fromkeys(means.keys["participant"]))
    mixed = analysis.test == "anova_mixed"
    if mixed:
        own: pd.Series = means.keys.groupby("participant", sort=False)[first].nunique()
        if several := [str(name) for name in own.index[own > 1]]:
            return (
                f"{first} varies within participants ({_listed(several)}); take `test: anova_two_repeated`, or a factor of "
                "participants"
            )
        group = dict(zip(means.keys["participant"], means.keys[first], strict=True))
        wanted = {person: [(group[person], level) for level in names[1]] for person in people}
    else:
        wanted = {person: list(itertools.product(*names)) for person in people}
    whole = [person for person in people if all((person, *cell) in place for cell in wanted[person])]
    left = [person for person in people if person not in whole]
    note = f"left out for lack of a curve under every level: {_listed(left)}" if left else ""
    at = [[place[(person, *cell)] for cell in wanted[person]] for person in whole]
    rows = np.array(at, dtype=int).reshape(len(whole), -1)
    groups = np.array([names[0].index(group[person]) for person in whole], dtype=np.intp) if mixed else None
    counts = np.bincount(groups, minlength=len(names[0])) if groups is not None else np.array([len(whole)])
    if counts.min() < max(analysis.min_participants, 2):
        where = f"in the smallest group of {first}" if mixed else "under all levels"
        lack = (
            f"{counts.min()} participants with curves {where}; at least {max(analysis.min_participants, 2)} are needed"
        )
        return joined_notes(f"{lack} (`min_participants`)", note)
    values = means.values[rows]
    scale = max(float(np.abs(values).max()), 1e-300)
    cells = values if groups is not None else values.reshape(len(whole), len(names[0]), len(names[1]), -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = mixed_effects(values, groups) if groups is not None else repeated_effects(cells)
    if any((effect.residuals.std(axis=0) <= 1e-9 * scale).any() for effect in found):
        return "zero variance at some percent of the cycle: no test"
    if groups is not None:
        of_first = {name: values[groups == i].mean(axis=1) for i, name in enumerate(names[0])}
        of_second = {name: values[:, j] for j, name in enumerate(names[1])}
        of_both = {f"{a}, {b}": values[groups == i, j] for i, a in enumerate(names[0]) for j, b in enumerate(names[1])}
    else:
        of_first = {name: cells[:, i].mean(axis=1) for i, name in enumerate(names[0])}
        of_second = {name: cells[:, :, j].mean(axis=1) for j, name in enumerate(names[1])}
        of_both = {f"{a}, {b}": cells[:, i, j] for i, a in enumerate(names[0]) for j, b in enumerate(names[1])}
    terms = (first, second, f"{first}:{second}")
    sizes = {
        "n_participants": len(whole),
        "n_sessions": int(means.n_sessions[rows].sum()),
        "n_cycles": int(means.n_cycles[rows].sum()),
    }
    effects = dict(zip(terms, found, strict=True))
    return effects, dict(zip(terms, (of_first, of_second, of_both), strict=True)), note, sizes


def _reported(analysis: Spm, name: str, field: SpmResult, alpha: float, tests: int, note: str) -> dict[str, Any]:
    count = len(field.clusters)
    beyond = f"{count} cluster{'s' * (count > 1)} beyond it" if count else "no cluster beyond it, so no p below alpha"
    shared = analysis.adjustment != "none"
    assumed = "every group with the same weight; equal variances and sphericity assumed"
    out: dict[str, Any] = {
        "term": name,
        "statistic": float(field.statistic.max()),
        "df": field.df,
        "p": field.p,
        "adjustment": f"{'bonferroni' if shared else 'none'}, {tests} fields of {analysis.name}",
        "reason": joined_notes(
            f"F along the curve, threshold {field.threshold:.3g} at alpha {alpha:.3g} (random field theory)",
            beyond,
            assumed if analysis.test == "anova_mixed" else "sphericity assumed",
            note,
            RULE,
        ),
    }
    if np.isfinite(field.p):
        out["p_adjusted"] = min(1.0, field.p * (tests if shared else 1))
    return out


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
