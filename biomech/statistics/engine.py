"""All analyses of a study: each gives rows of the table of results, or the reason why it cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.config.statistics import Analysis, Comparison, Descriptives, MixedModel, ProfileScore, Reliability, Spm
from biomech.metrics import METRICS
from biomech.statistics.comparison import adjusted, groups, paired
from biomech.statistics.curve_analyses import CurveResult, profile_rows, spm_rows
from biomech.statistics.mixed import fit
from biomech.statistics.reliability import bland_altman, complete, icc, mdc95, sem
from biomech.statistics.values import RULE, Means, chosen_cycles, levels_of, participant_means, with_dominance

Array = NDArray[np.float64]
Rows = list[dict[str, Any]]
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
    """

    rows: Rows = field(default_factory=list)
    clusters: Rows = field(default_factory=list)
    curves: list[CurveResult] = field(default_factory=list)
    scores: Rows = field(default_factory=list)


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
    metrics = with_dominance(metrics)
    for analysis in analyses:
        rows: Rows = []
        try:
            if isinstance(analysis, Spm):
                rows = spm_rows(analysis, study, out.curves, out.clusters)
            elif isinstance(analysis, ProfileScore):
                rows = profile_rows(analysis, study, norm, out.scores)
            else:
                for outcome in analysis.outcomes:
                    rows += _about(analysis, outcome, metrics)
        except (MemoryError, ImportError, OSError):
            raise  # the machine or the installation, not the data
        except Exception as error:
            rows.append({"status": "skipped", "reason": f"internal error: {type(error).__name__}: {error}"})
        out.rows += _finished(analysis, rows)
    return out


def _finished(analysis: Analysis, rows: Rows) -> Rows:
    """Adjust p values within the analysis and fill in what all rows share."""
    p = np.array([row.get("p", np.nan) for row in rows], dtype=float)
    n_tests = int(np.isfinite(p).sum())
    already = [row.get("adjustment") for row in rows]
    together = adjusted(p, analysis.adjustment) if not any(already) else p
    for row, value in zip(rows, together, strict=True):
        row.setdefault("status", "done")
        if np.isfinite(value):
            row.setdefault("p_adjusted", float(value))
            row.setdefault("adjustment", f"{analysis.adjustment}, {n_tests} tests of {analysis.name}")
        if np.isfinite(row.get("low", np.nan)) or np.isfinite(row.get("effect_low", np.nan)):
            row.setdefault("confidence", 1 - analysis.alpha)
        row |= {"analysis": analysis.name, "kind": getattr(analysis, "kind", "")}
        row.setdefault("task", analysis.task)
        row.setdefault("side", analysis.sides)
    return rows


def _about(analysis: Analysis, outcome: str, metrics: pd.DataFrame) -> Rows:
    item = METRICS[outcome]
    shared = {"outcome": outcome, "unit": item.unit, "side": "both" if item.both_sides else analysis.sides}
    table = metrics[(metrics["metric"] == outcome).to_numpy()]
    missing = sorted(set(analysis.factors_used + list(analysis.where)) - set(table.columns))
    tasks = list(dict.fromkeys(table["task"].astype(str)))
    if missing or not len(table):
        rows = [_skipped(f"no values of {outcome}" if not missing else f"no column {', '.join(missing)} in the study")]
    elif not analysis.task and len(tasks) > 1:
        rows = [_skipped(f"several tasks have {outcome} ({', '.join(tasks)}): name one in `task`")]
    else:
        table = table[chosen_cycles(table, analysis.task, analysis.sides, analysis.where)].reset_index(drop=True)
        rows = _RUN[type(analysis)](analysis, table)
        shared["task"] = analysis.task or tasks[0]
    return [shared | row for row in rows]


def _skipped(reason: str, **cells: Any) -> dict[str, Any]:
    return {"status": "skipped", "reason": reason, **cells}


def _sizes(means: Means) -> dict[str, int]:
    return {
        "n_participants": int(means.keys["participant"].nunique()),
        "n_sessions": int(means.n_sessions.sum()),
        "n_cycles": int(means.n_cycles.sum()),
    }


def _said(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _descriptives(analysis: Descriptives, table: pd.DataFrame) -> Rows:
    means = participant_means(table, table["value"].to_numpy(float), [analysis.by] if analysis.by else [])
    levels = levels_of(means.keys, analysis.by) if analysis.by else [""]
    rows: Rows = []
    for level in levels:
        part = means.where((means.keys[analysis.by] == level).to_numpy()) if level else means
        x = part.values[:, 0]
        cells = {"level_a": level, "reason": _said(RULE, *means.notes)} | _sizes(part)
        if not len(x):
            rows.append(_skipped("no values", **cells))
            continue
        enough = len(x) >= 2
        half = _t_half(x, analysis.alpha) if enough else np.nan
        warned = {} if enough else {"status": "warned", "reason": "one participant: no spread between participants"}
        mean = float(x.mean())
        rows.append({"term": "mean", "estimate": mean, "low": mean - half, "high": mean + half} | cells | warned)
        rows.append({"term": "sd", "estimate": float(x.std(ddof=1)) if enough else np.nan} | cells | warned)
        for term, value in {"median": np.median(x), "minimum": x.min(), "maximum": x.max()}.items():
            rows.append({"term": term, "estimate": float(value)} | cells)
    return rows or [_skipped("no values")]


def _t_half(x: Array, alpha: float) -> float:
    from scipy import stats

    return float(stats.t.ppf(1 - alpha / 2, len(x) - 1) * x.std(ddof=1) / np.sqrt(len(x)))


def _reliability(analysis: Reliability, table: pd.DataFrame) -> Rows:
    if analysis.between == "session":
        means = participant_means(table, table["value"].to_numpy(float), ["session"])
        levels = analysis.levels or levels_of(means.keys, "session")
        wide = means.keys.assign(value=means.values[:, 0]).pivot_table(
            index="participant", columns="session", values="value"
        )
        matrix = wide.reindex(columns=levels).to_numpy(float)
        how, names = "means of sessions are the measurements", levels
        kept = means.where(means.keys["session"].isin(levels).to_numpy())
        sizes = _sizes(kept)
    else:
        session = (analysis.levels or levels_of(table, "session"))[:1]
        one = table[table["session"].isin(session) & np.isfinite(table["value"])]
        # legs never are participants: of both, the one with more cycles (the right one if equal) stands for each
        counts = pd.crosstab(one["participant"], one["side"])
        leg = counts[sorted(counts.columns, reverse=True)].idxmax(axis=1) if len(counts) else pd.Series(dtype=str)
        one = one[one["side"] == one["participant"].map(leg)]
        order = one.groupby("participant").cumcount()
        first = one.assign(number=order)[order < analysis.repetitions]
        wide = first.pivot_table(index="participant", columns="number", values="value")
        matrix = wide.reindex(columns=range(analysis.repetitions)).to_numpy(float)
        names = [f"repetition {i + 1}" for i in range(analysis.repetitions)]
        how = f"first {analysis.repetitions} repetitions of session {', '.join(session)}, one leg of each participant"
        sizes = {"n_participants": len(wide), "n_sessions": len(wide), "n_cycles": len(first)}
    n = len(complete(matrix)) if matrix.size else 0
    sizes["n_participants"] = n
    if n < analysis.min_participants or matrix.shape[1] < 2:
        reason = f"{n} participants with all of {', '.join(names)}; at least {analysis.min_participants} and two measurements are needed"
        return [_skipped(reason, **sizes)]
    confidence, rows = 1 - analysis.alpha, []
    error = sem(matrix, confidence)
    found = {f"icc_{form.replace(',', '_')}": icc(matrix, form, confidence) for form in ("2,1", "2,k", "3,1")}
    for term, estimate in found.items():
        rows.append(_estimate(term, estimate, how, unit="1") | sizes)
    rows.append(_estimate("sem", error, how) | sizes)
    rows.append(_estimate("sem_agreement", sem(matrix, confidence, agreement=True), how) | sizes)
    factor = mdc95(1.0)
    scaled = {"estimate": factor * error.value, "low": factor * error.low, "high": factor * error.high}
    rows.append(_estimate("mdc95", error, how) | scaled | sizes)
    if matrix.shape[1] == 2:
        agreement = bland_altman(matrix[:, 0], matrix[:, 1], confidence)
        contrast = {"contrast": f"{names[1]} - {names[0]}", "level_a": names[1], "level_b": names[0]}
        for term in ("bias", "lower", "upper"):
            label = {"bias": "bias", "lower": "limit_of_agreement_low", "upper": "limit_of_agreement_high"}[term]
            rows.append(_estimate(label, getattr(agreement, term), how) | contrast | sizes)
        # a difference that grows with the size of what is measured makes the limits too wide for some, too narrow for others
        rows.append(_estimate("proportional_bias", agreement.slope, how, unit="1") | contrast | sizes)
    return rows


def _estimate(term: str, found: Any, how: str, **cells: Any) -> dict[str, Any]:
    status = {"status": "warned"} if found.reason else {}
    return {
        "term": term,
        "estimate": found.value,
        "low": found.low,
        "high": found.high,
        "reason": _said(found.reason, how),
        **status,
        **cells,
    }


def _comparison(analysis: Comparison, table: pd.DataFrame) -> Rows:
    means = participant_means(table, table["value"].to_numpy(float), [analysis.factor])
    levels = levels_of(means.keys, analysis.factor, analysis.reference, analysis.levels)
    if len(levels) < 2:
        return [
            _skipped(f"{analysis.factor} has {len(levels)} level with values ({', '.join(levels)}); two are needed")
        ]
    rows = []
    for level in levels[1:]:
        rows.append(_contrast(analysis, means, level, levels[0]))
    return rows


def _contrast(analysis: Comparison, means: Means, level: str, reference: str) -> dict[str, Any]:
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
        cells |= _sizes(used)
        note = f"{left_out} participants without both conditions left out" if left_out else ""
        if len(both) < analysis.min_participants:
            return _skipped(_said(_too_few(len(both), analysis, "with both conditions"), note), **cells)
        found = paired(both[level].to_numpy(), both[reference].to_numpy(), confidence, permutations, analysis.seed)
        name = "hedges_g_av"
    else:
        cells |= _sizes(here)
        if len(both):
            reason = (
                f"{len(both)} participants are in both {level} and {reference}: they are no independent groups; "
                "use `design: paired` or a mixed model"
            )
            return _skipped(reason, **cells)
        sizes = [int(value[name].notna().sum()) for name in (level, reference)]
        if min(sizes) < analysis.min_participants:
            return _skipped(_too_few(min(sizes), analysis, "in the smaller group"), **cells)
        a, b = (value[name].dropna().to_numpy() for name in (level, reference))
        found, note, name = groups(a, b, confidence, permutations, analysis.seed), "", "hedges_g"
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
        "reason": _said(found.note, note, *means.notes, RULE),
    }
    return row if np.isfinite(found.p) else row | {"status": "warned"}


def _too_few(n: int, analysis: Analysis, where: str) -> str:
    return f"{n} participants {where}; at least {analysis.min_participants} are needed (`min_participants`)"


def _mixed(analysis: MixedModel, table: pd.DataFrame) -> Rows:
    by = list(dict.fromkeys([*analysis.factors, "session"]))
    both = set(table["side"].astype(str)) == {"both"}
    means = participant_means(table, table["value"].to_numpy(float), by, each_leg=analysis.sides == "each" and not both)
    frame = means.keys.assign(value=means.values[:, 0])
    if "side" not in frame:
        frame["side"] = "average"
    for name in analysis.covariates:
        frame[name] = _of_cells(table, frame, name, by)
    factors = {name: levels_of(frame, name, analysis.references.get(name, "")) for name in analysis.factors}
    known = np.logical_and.reduce(
        [np.isin(frame[name], levels) for name, levels in factors.items()]
        + [np.isfinite(frame[name].to_numpy(float)) for name in analysis.covariates]
    )
    note = f"{int((~known).sum())} values without a level or covariate left out" if not known.all() else ""
    used, frame = means.where(known), frame[known].reset_index(drop=True)
    sizes = _sizes(used) | {"n_sessions": int(frame.groupby(["participant", "session"]).ngroups)}
    for name, levels in factors.items():
        if len(levels) < 2:
            return [
                _skipped(f"{name} has {len(levels)} level with values ({', '.join(levels)}); two are needed", **sizes)
            ]
        least = min(int(frame.loc[frame[name] == level, "participant"].nunique()) for level in levels)
        if least < analysis.min_participants:
            return [_skipped(_too_few(least, analysis, f"in a level of {name}"), **sizes)]
    found = fit(
        frame,
        factors,
        analysis.covariates,
        analysis.interactions,
        1 - analysis.alpha,
        analysis.random_slopes,
        analysis.degrees_of_freedom,
    )
    if found.problem:
        return [_skipped(found.problem, **sizes)]
    degrees = (
        "Satterthwaite's df"
        if analysis.degrees_of_freedom == "satterthwaite"
        else "df of the stratum in which the effect varies"
    )
    how = f"REML; {degrees}; cycles averaged per participant, session and leg"
    warned = {"status": "warned"} if found.notes else {}
    reason = _said(*found.notes, note, how)
    return [row | sizes | warned | {"reason": _said(row.get("reason", ""), reason)} for row in found.rows]


def _of_cells(table: pd.DataFrame, frame: pd.DataFrame, name: str, by: Sequence[str]) -> Array:
    """Return the mean of a covariate over the cycles behind every value."""
    keys = ["participant", *by, *(["side"] if set(frame["side"]) <= set(table["side"].astype(str)) else [])]
    numbers = pd.to_numeric(table[name], errors="coerce")
    means = numbers.groupby([table[key].astype(str) for key in keys]).mean()
    return means.reindex(pd.MultiIndex.from_frame(frame[keys].astype(str))).to_numpy(float)


_RUN: dict[type, Callable[[Any, pd.DataFrame], Rows]] = {
    Descriptives: _descriptives,
    Reliability: _reliability,
    Comparison: _comparison,
    MixedModel: _mixed,
}
