"""Analyses of the reliability of curves: one mean curve per participant and measurement, or the first repetitions of a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.config.statistics import Reliability
from biomech.statistics.common import joined_notes
from biomech.statistics.mean_curves import chosen_curves, curve_means
from biomech.statistics.participant_means import RULE, levels_of
from biomech.statistics.pooling import free_columns, pooled
from biomech.statistics.reliability import mdc95
from biomech.statistics.waveforms import cmc, pointwise

Array = NDArray[np.float64]
Rows = list[dict[str, Any]]


def waveform_rows(analysis: Reliability, study: xr.Dataset, points: Rows) -> Rows:
    """Return the rows of the reliability of curves; what holds at single points is added to `points`."""
    rows: Rows = []
    for outcome in dict.fromkeys(analysis.outcomes):
        rows += [{"outcome": outcome} | row for row in _of_curve(analysis, study, outcome, points)]
    return rows


def _of_curve(analysis: Reliability, study: xr.Dataset, outcome: str, points: Rows) -> Rows:
    loaded = (_repetitions if analysis.between == "repetition" else _measurements)(analysis, study, outcome)
    if isinstance(loaded, str):
        return [{"status": "skipped", "reason": loaded}]
    own = loaded
    cells: dict[str, Any] = {"task": own.task, "unit": own.unit, "n_participants": len(own.curves)}
    cells |= {"n_cycles": own.n_cycles, "n_sessions": own.n_sessions}
    if len(own.curves) < max(analysis.min_participants, 3) or own.measurements < 2:
        lack = f"{len(own.curves)} participants with curves of {own.lack}; at least "
        lack += f"{max(analysis.min_participants, 3)} and two measurements are needed"
        return [cells | {"status": "skipped", "reason": joined_notes(lack, own.how)}]
    found = pointwise(own.curves, 1 - analysis.alpha)
    labels = {"analysis": analysis.name, "outcome": outcome, "side": analysis.sides, "task": own.task, "unit": own.unit}
    columns = {"percent": own.percent, "mean": own.curves.mean(axis=(0, 1)), "mdc95": mdc95(1.0) * found.sem}
    columns |= {"icc_2_1": found.icc, "icc_low": found.icc_low, "icc_high": found.icc_high}
    columns |= {"sem": found.sem, "sem_low": found.sem_low, "sem_high": found.sem_high}
    points += [labels | {key: float(values[i]) for key, values in columns.items()} for i in range(len(own.percent))]
    rows = _summaries(own.curves, found, own.percent)
    return [cells | row | {"reason": joined_notes(row.get("reason", ""), own.how)} for row in rows]


@dataclass(frozen=True)
class _Loaded:
    """Curves (participants, measurements, points) of those who have all measurements, and what they are of."""

    curves: Array
    percent: Array
    unit: str
    task: str
    n_sessions: int
    n_cycles: int
    measurements: int
    lack: str
    how: str


def _measurements(analysis: Reliability, study: xr.Dataset, outcome: str) -> _Loaded | str:
    """Return mean curves of sessions, or of the levels of another column."""
    name = analysis.between
    loaded = curve_means(analysis, study, outcome, [name], within=True)
    if isinstance(loaded, str):
        return loaded
    means, percent, unit, task = loaded
    levels = levels_of(means.keys, name, "", analysis.levels)
    levels = [level for level in analysis.levels if level in levels] or levels
    of_level = [
        dict(zip(part.keys["participant"], part.values, strict=True))
        for part in (means.where((means.keys[name] == level).to_numpy()) for level in levels)
    ]
    everybody = list(dict.fromkeys(means.keys.loc[means.keys[name].isin(levels), "participant"]))
    people = [person for person in everybody if all(person in curves for curves in of_level)]
    left = [person for person in everybody if person not in people]
    used = means.where((means.keys[name].isin(levels) & means.keys["participant"].isin(people)).to_numpy())
    how = f"mean curves of {name}s {', '.join(levels)} are the measurements"
    how = joined_notes(how, f"left out for lack of a measurement: {', '.join(left)}" if left else "", RULE)
    curves = np.array([[of[person] for of in of_level] for person in people])
    counts = int(used.n_sessions.sum()), int(used.n_cycles.sum())
    return _Loaded(curves, percent, unit, task, *counts, len(levels), f"all of {', '.join(levels)}", how)


def _repetitions(analysis: Reliability, study: xr.Dataset, outcome: str) -> _Loaded | str:
    """Return the first curves of one session, of one leg of each participant: the one with more of them, the right one if equal."""
    loaded = chosen_curves(analysis, study, outcome, [])
    if isinstance(loaded, str):
        return loaded
    about, values, percent, unit, task = loaded
    session = (analysis.levels or levels_of(about, "session"))[:1]
    chosen = about["session"].isin(session).to_numpy(bool) & np.isfinite(values).all(axis=1)
    about, values = about[chosen].reset_index(drop=True), values[chosen]
    if problem := pooled(about, [], analysis.where, free=free_columns(about)):
        return problem
    counts = pd.crosstab(about["participant"], about["side"])
    leg = counts[sorted(counts.columns, reverse=True)].idxmax(axis=1) if len(counts) else pd.Series(dtype=str)
    order = about.groupby(["participant", "side"], sort=False).cumcount().to_numpy()
    most = analysis.repetitions
    first = (about["side"] == about["participant"].map(leg)).to_numpy(bool) & (order < most)
    rows: dict[str, list[int]] = {}
    for place in np.flatnonzero(first):
        rows.setdefault(str(about["participant"].iloc[place]), []).append(int(place))
    whole = {person: own for person, own in rows.items() if len(own) == most}
    left = [person for person in dict.fromkeys(about["participant"].astype(str)) if person not in whole]
    how = f"first {most} curves of session {', '.join(session)}, one leg of each participant"
    how = joined_notes(how, f"left out for lack of a repetition: {', '.join(left)}" if left else "")
    curves = values[np.array(list(whole.values()), dtype=int).reshape(-1, most)]
    lack = f"{most} repetitions in session {', '.join(session)}"
    return _Loaded(curves, percent, unit, task, len(whole), len(whole) * most, most, lack, how)


def _summaries(curves: np.ndarray, found: Any, percent: np.ndarray) -> Rows:
    own = cmc(curves)
    known = own[np.isfinite(own)]
    lost = len(own) - len(known)
    note = f"mean of {len(known)} participants' coefficients" if len(known) else "no participant has a coefficient"
    if len(known):
        spread = f", SD {known.std(ddof=1):.3f}" if len(known) > 1 else ""
        note += f"{spread}, lowest {known.min():.3f}"
    more = f"{lost} without: their curves differ more than they vary along the cycle" if lost else ""
    rows: Rows = [{"term": "cmc", "unit": "1", "estimate": known.mean() if len(known) else np.nan}]
    rows[0] |= {"reason": joined_notes(note, more)} | ({"status": "warned"} if lost else {})
    there = np.isfinite(found.icc)
    if there.any():
        low = int(np.nanargmin(found.icc))
        where = f"at {percent[low]:g} % of the cycle"
        rows.append(
            {"term": "curve_icc_2_1_mean", "unit": "1", "estimate": found.icc[there].mean()}
            | {"reason": "mean over the points of the cycle"}
        )
        rows.append({"term": "curve_icc_2_1_lowest", "unit": "1", "estimate": found.icc[low], "reason": where})
    error = found.curve_sem
    rows.append({"term": "curve_sem", "estimate": error, "reason": "root mean square over the points of the cycle"})
    rows.append(
        {"term": "curve_mdc95", "estimate": mdc95(1.0) * error, "reason": "of a single point: 1.96 sqrt(2) SEM"}
    )
    return rows
