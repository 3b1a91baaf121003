"""All analyses of a study: each gives rows of the table of results, or the reason why it cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.config.statistics import (
    Analysis,
    Association,
    Comparison,
    Descriptives,
    MixedModel,
    ProfileScore,
    Reliability,
    Spm,
)
from biomech.outcomes import METRICS
from biomech.statistics.associations import association_rows
from biomech.statistics.cells import of_cells, with_baseline
from biomech.statistics.common import (
    Held,
    Rows,
    joined_notes,
    means_of,
    outcome_table,
    pooling_problem,
    sizes_of,
    skipped,
    values_of,
)
from biomech.statistics.comparison import adjusted
from biomech.statistics.comparison_analyses import comparison_rows, too_few
from biomech.statistics.descriptives import characteristic_rows, descriptive_rows
from biomech.statistics.marginal import Wanted
from biomech.statistics.mixed import fit
from biomech.statistics.names_of_tests import name_of_test
from biomech.statistics.participant_means import BLANK, levels_of, one_level, with_levels
from biomech.statistics.profile_analyses import profile_rows
from biomech.statistics.reliability_analyses import reliability_rows
from biomech.statistics.spm_analyses import CurveResult, spm_rows
from biomech.statistics.two_way_analyses import two_way_rows
from biomech.statistics.waveform_analyses import waveform_rows

Array = NDArray[np.float64]
Norm = Callable[[str, str, str, Array], tuple[Array, str] | None]


@dataclass
class Results:
    """What all analyses gave.

    Attributes
    ----------
    rows : list of dict
        Of the table of results.
    clusters : list of dict
        Of its table.
    curves : list of CurveResult
    scores : list of dict
        Profile scores of single participants.
    points : list of dict
        Reliability of curves, one row per point of the cycle.
    values : list of dict
        What every estimate of single values is of, one row per participant and level.
    """

    rows: Rows = field(default_factory=list)
    clusters: Rows = field(default_factory=list)
    curves: list[CurveResult] = field(default_factory=list)
    scores: Rows = field(default_factory=list)
    points: Rows = field(default_factory=list)
    values: Rows = field(default_factory=list)


def run_analyses(
    analyses: Sequence[Analysis], metrics: pd.DataFrame, study: xr.Dataset, norm: Norm | None = None
) -> Results:
    """Run analyses one after the other; what fails on the data is a row with its reason, and the others run.

    Parameters
    ----------
    analyses : sequence of Analysis
        Of the config.
    metrics : DataFrame
        The long table (`biomech.study.dataset.metrics_long`).
    study : xr.Dataset
        The study's cycles.
    norm : callable
        From task, variable, quantity and percents to the mean curve of a reference and its source, or None.
    """
    out = Results()
    metrics = with_levels(metrics)
    for analysis in analyses:
        rows: Rows = []
        try:
            if isinstance(analysis, Spm) and analysis.two_way:
                rows = two_way_rows(analysis, study, out.curves, out.clusters)
            elif isinstance(analysis, Spm):
                rows = spm_rows(analysis, study, out.curves, out.clusters)
            elif isinstance(analysis, ProfileScore):
                rows = profile_rows(analysis, study, norm, out.scores)
            elif isinstance(analysis, Reliability) and analysis.curves:
                rows = waveform_rows(analysis, study, out.points)
            else:
                if isinstance(analysis, Descriptives) and analysis.characteristics:
                    rows += characteristic_rows(analysis, metrics)
                for outcome in dict.fromkeys(analysis.outcomes):
                    if isinstance(analysis, Association):
                        rows += association_rows(analysis, outcome, metrics)
                        continue
                    rows += _about(analysis, outcome, metrics)
        except (MemoryError, ImportError, OSError):
            raise  # the machine or the installation, not the data
        except Exception as error:
            rows.append({"status": "skipped", "reason": f"internal error: {type(error).__name__}: {error}"})
        rows = _finished(analysis, rows)
        for row in rows:
            out.values += values_of(row, row.pop("values", None))
        out.rows += rows
    return out


def _finished(analysis: Analysis, rows: Rows) -> Rows:
    """Adjust p values within the analysis and fill in what all rows share."""
    p = np.array([row.get("p", np.nan) for row in rows], dtype=float)
    families = [str(row.pop("family", "")) for row in rows]
    together, sizes = p.copy(), np.zeros(len(rows), dtype=int)
    if not any(row.get("adjustment") for row in rows):
        for family in dict.fromkeys(families):
            mine = np.array([i for i, own in enumerate(families) if own == family])
            together[mine], sizes[mine] = _within_family([rows[i] for i in mine], p[mine], analysis.adjustment)
    for row, value, n_tests, family in zip(rows, together, sizes, families, strict=True):
        row.setdefault("status", "done")
        row.setdefault("test", name_of_test(analysis, row))
        if np.isfinite(value):
            row.setdefault("p_adjusted", float(value))
            row.setdefault(
                "adjustment",
                f"{analysis.adjustment}, {n_tests} {'hypothesis' if n_tests == 1 else 'hypotheses'} of {analysis.name}"
                f"{f' ({family})' if family else ''}",
            )
        if np.isfinite(row.get("low", np.nan)) or np.isfinite(row.get("effect_low", np.nan)):
            row.setdefault("confidence", 1 - analysis.alpha)
        row |= {"analysis": analysis.name, "kind": getattr(analysis, "kind", "")}
        row.setdefault("task", analysis.task)
        row.setdefault("side", analysis.sides)
    return rows


def _within_family(rows: Rows, p: Array, method: str) -> tuple[Array, int]:
    """Return p values adjusted within one family, each hypothesis counted once, and how many there are."""
    names = _hypotheses(rows)
    once = {name: value for name, value in zip(names, p, strict=True) if np.isfinite(value)}
    within = dict(zip(once, adjusted(np.array(list(once.values()), dtype=float), method), strict=True))
    return np.array([within[n] if np.isfinite(x) else np.nan for n, x in zip(names, p, strict=True)]), len(once)


def _hypotheses(rows: Rows) -> list[tuple[str, ...]]:
    """Return what each row tests: the F of one degree of freedom and the t of its only contrast are the same hypothesis."""
    terms = [(str(row.get("outcome", "")), str(row.get("term", ""))) for row in rows]
    df = [str(row.get("df", "")) for row in rows]
    single = {term for term, own in zip(terms, df, strict=True) if own.startswith("1,")}
    return [
        term if term in single else (*term, "F" if "," in own else str(row.get("contrast", "")))
        for row, term, own in zip(rows, terms, df, strict=True)
    ]


def _about(analysis: Analysis, outcome: str, metrics: pd.DataFrame) -> Rows:
    item = METRICS[outcome]
    shared = {"outcome": outcome, "unit": item.unit, "side": "both" if item.both_sides else analysis.sides}
    found = outcome_table(analysis, outcome, metrics, analysis.where)
    if isinstance(found, str):
        rows = [skipped(found)]
    else:
        table, shared["task"] = found
        rows = _RUN[type(analysis)](analysis, table)
    return [shared | row for row in rows]


def _mixed(analysis: MixedModel, table: pd.DataFrame) -> Rows:
    by = list(dict.fromkeys([*analysis.factors, "session"]))
    both = set(table["side"].astype(str)) == {"both"}
    outcome = table[table["session"] != analysis.baseline] if analysis.baseline else table
    if problem := _pooled_factors(analysis, outcome):
        return [skipped(problem)]
    means = means_of(analysis, table, by, each_leg=analysis.sides == "each" and not both)
    if isinstance(means, str):
        return [skipped(means)]
    frame = means.keys.assign(value=means.values[:, 0])
    if "side" not in frame:
        frame["side"] = "average"
    for name in analysis.covariates:
        frame[name] = of_cells(table, frame, name, by)
    covariates = [*analysis.covariates, *(["baseline"] if analysis.baseline else [])]
    if analysis.baseline:
        means, frame = with_baseline(means, frame, analysis.baseline)
        if not len(frame):
            return [skipped(f"no values in other sessions than the baseline {analysis.baseline}")]
    factors = {name: levels_of(frame, name, analysis.references.get(name, "")) for name in analysis.factors}
    known = np.logical_and.reduce(
        [np.isin(frame[name], levels) for name, levels in factors.items()]
        + [np.isfinite(frame[name].to_numpy(float)) for name in covariates]
    )
    note = f"{int((~known).sum())} values without a level or covariate left out" if not known.all() else ""
    used, frame = means.where(known), frame[known].reset_index(drop=True)
    sizes = sizes_of(used) | {"n_sessions": int(frame.groupby(["participant", "session"]).ngroups)}
    for name, levels in factors.items():
        if len(levels) < 2:
            return [skipped(one_level(name, levels), **sizes)]
        least = min(int(frame.loc[frame[name] == level, "participant"].nunique()) for level in levels)
        if least < analysis.min_participants:
            return [skipped(too_few(least, analysis, f"in a level of {name}"), **sizes)]
    trend = {name: [level or BLANK for level in levels] for name, levels in analysis.trend.items()}
    if lost := [level for name, levels in trend.items() for level in levels if level not in factors[name]]:
        return [skipped(f"no values of {', '.join(lost)}, which the trend needs", **sizes)]
    asked = Wanted(analysis.marginal_means, analysis.simple_effects, analysis.pairs == "all", trend)
    found = fit(
        frame,
        factors,
        covariates,
        analysis.interactions,
        1 - analysis.alpha,
        analysis.random_slopes,
        analysis.degrees_of_freedom,
        asked,
        analysis.covariate_by,
        analysis.unequal_spread,
    )
    if found.problem:
        return [skipped(found.problem, **sizes)]
    degrees = (
        "Satterthwaite's df"
        if analysis.degrees_of_freedom == "satterthwaite"
        else "df of the stratum in which the effect varies"
    )
    random = (
        f"random effects: {', '.join(found.random)}" if found.random else "no random effects: one value per participant"
    )
    if analysis.unequal_spread:
        random += f"; variances of each level of {analysis.unequal_spread}"
    if analysis.baseline:
        random += f"; baseline is the value of session {analysis.baseline}"
    how = f"REML; {random}; {degrees}; cycles averaged within trial, then trials within participant, session and leg"
    warned = {"status": "warned"} if found.notes else {}
    reason = joined_notes(*found.notes, note, how)
    rows = [row | sizes | warned | {"reason": joined_notes(row.get("reason", ""), reason)} for row in found.rows]
    return [row | _behind(row, frame) for row in rows]


def _behind(row: dict[str, Any], frame: pd.DataFrame) -> dict[str, Any]:
    """Return what a contrast of one factor is of: means of each participant over the other factors' levels."""
    if not row.get("level_a") or not row.get("level_b"):
        return {}
    name, levels = row["term"], [row["level_b"], row["level_a"]]
    here = frame[frame[name].isin(levels)]
    wide = here.pivot_table(index="participant", columns=name, values="value", sort=False).reindex(columns=levels)
    return {"values": Held(name, "within" if len(wide.dropna()) else "between", wide)}


def _pooled_factors(analysis: MixedModel, table: pd.DataFrame) -> str:
    """Return what the model would pool: sessions that are not a factor must be the same for all levels that are compared."""
    if "session" in analysis.factors:
        return pooling_problem(analysis, table, analysis.factors)
    for name in analysis.factors:
        several = table[table[name] != ""].groupby("participant")[name].nunique()
        others = table.drop(columns=[other for other in analysis.factors if other not in (name, "side")])
        if problem := pooling_problem(analysis, others, [name], within=bool(len(several)) and several.max() > 1):
            return problem
    return ""


_RUN: dict[type, Callable[[Any, pd.DataFrame], Rows]] = {
    Descriptives: descriptive_rows,
    Reliability: reliability_rows,
    Comparison: comparison_rows,
    MixedModel: _mixed,
}
