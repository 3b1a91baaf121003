"""Analyses of profile scores: each leg of each session is scored, then they are averaged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

from biomech.config.statistics import ProfileScore
from biomech.statistics.mean_curves import curve_means
from biomech.statistics.participant_means import Means, levels_of
from biomech.statistics.scores import profile_score, score_name, variable_scores

Array = NDArray[np.float64]
Rows = list[dict[str, Any]]


def profile_rows(
    analysis: ProfileScore,
    study: xr.Dataset,
    norm: Callable[[str, str, str, Array], tuple[Array, str] | None] | None,
    scores: Rows,
) -> Rows:
    """Return rows of variable scores and of the profile score; those of single participants are added to `scores`.

    Each leg of each session is scored, and then legs and sessions are averaged: the mean curve of two legs would lie nearer to
    the reference than either of them.
    """
    rows: Rows = []
    counted = pd.Series(dtype=float)
    by = list(dict.fromkeys([*([analysis.by] if analysis.by else []), "session", "side", *analysis.controls]))
    of_variable: dict[str, pd.Series] = {}
    source, unit, task = "", "", analysis.task
    for outcome in analysis.outcomes:
        loaded = curve_means(analysis, study, outcome, by, [analysis.by] if analysis.by else [])
        if isinstance(loaded, str):
            rows.append({"outcome": outcome, "status": "skipped", "reason": loaded})
            continue
        means, percent, unit, task = loaded
        keys = list(dict.fromkeys(["participant", *by]))
        index = pd.MultiIndex.from_frame(means.keys[keys])
        # of several curves, the most cycles that any of them has
        counted = pd.Series(means.n_cycles, index=index, dtype=float).combine(counted, max, 0)
        if analysis.reference == "norms":
            found = norm(task, outcome.split(".")[0], outcome.split(".")[1], percent) if norm else None
            if found is None:
                reason = (
                    f"no reference curve of {outcome} in {task}; use `reference: controls` or `report.reference_curves`"
                )
                rows.append({"outcome": outcome, "task": task, "status": "skipped", "reason": reason})
                continue
            reference, source = found
            values = variable_scores(means.values, reference)
        else:
            held = _against_controls(analysis, means)
            if isinstance(held, str):
                rows.append({"outcome": outcome, "task": task, "status": "skipped", "reason": held})
                continue
            values, source = held
        of_variable[outcome] = pd.Series(values, index=index)
    if not of_variable:
        return rows
    table = pd.DataFrame(of_variable)
    left_out = f"; without {', '.join(row['outcome'] for row in rows)}" if rows else ""
    reason = f"root mean square distance from: {source}{left_out}; every leg of every session is scored, then averaged per participant"
    total, note = score_name(analysis.title, [name for name, scored in of_variable.items() if scored.notna().any()])
    table[total] = profile_score(table.to_numpy(float))
    flat = table.reset_index()
    n_cycles = counted.reindex(table.index).to_numpy()
    about = {"analysis": analysis.name, "task": task, "unit": unit}
    for name in table.columns:
        for key, value in zip(flat[["participant", "session", "side"]].to_numpy(), flat[name], strict=True):
            cells = dict(zip(("participant", "session", "side"), map(str, key), strict=True))
            scores.append(about | cells | {"outcome": name, "score": value})
        # sessions of one participant are one value
        person = (
            flat.groupby(["participant", *([analysis.by] if analysis.by else [])], sort=False)[name].mean().dropna()
        )
        grouped = person.reset_index()
        for level in levels_of(grouped, analysis.by) if analysis.by else [""]:
            x = (grouped[grouped[analysis.by] == level] if level else grouped)[name].to_numpy(float)
            term, text = (
                ("profile_score", "; ".join(filter(None, (note, reason))))
                if name == total
                else ("variable_score", reason)
            )
            row = about_row(x, name, level, analysis, flat, text)
            here = (flat[analysis.by] == level).to_numpy() if level else np.ones(len(flat), dtype=bool)
            row["n_cycles"] = int(np.nansum(n_cycles[here & flat[name].notna().to_numpy()]))
            rows.append(row | {"term": term, "unit": unit, "task": task})
    return rows


def about_row(
    x: Array, name: str, level: str, analysis: ProfileScore, flat: pd.DataFrame, reason: str
) -> dict[str, Any]:
    """Return the mean of participants' scores with its interval."""
    here = flat[flat[analysis.by] == level] if level else flat
    n = len(x)
    half = float(stats.t.ppf(1 - analysis.alpha / 2, n - 1) * x.std(ddof=1) / np.sqrt(n)) if n >= 2 else np.nan
    mean = float(x.mean()) if n else np.nan
    row = {
        "outcome": name,
        "level_a": level,
        "estimate": mean,
        "low": mean - half,
        "high": mean + half,
        "n_participants": n,
        "n_sessions": int(here.groupby(["participant", "session"]).ngroups),
        "reason": reason,
    }
    return row if n >= 2 else row | {"status": "warned", "reason": f"{n} participants: no interval; {reason}"}


def _against_controls(analysis: ProfileScore, means: Means) -> tuple[Array, str] | str:
    """Score against the mean curve of the controls; a control is scored against the others only."""
    control = np.logical_and.reduce(
        [(means.keys[name].astype(str) == level).to_numpy() for name, level in analysis.controls.items()]
    )
    people = list(dict.fromkeys(means.keys["participant"][control]))
    if len(people) < max(analysis.min_participants, 2):
        return f"{len(people)} controls; at least {analysis.min_participants} are needed (`min_participants`)"
    own = np.stack([means.values[control & (means.keys["participant"] == p).to_numpy()].mean(axis=0) for p in people])
    total = own.sum(axis=0)
    values = np.empty(len(means.keys))
    for i, person in enumerate(means.keys["participant"]):
        others = (total - own[people.index(person)]) / (len(people) - 1) if person in people else total / len(people)
        values[i] = variable_scores(means.values[i], others)
    return values, f"mean of {len(people)} controls of the study (a control: of the others)"
