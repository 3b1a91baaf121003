"""Analyses of the reliability of curves: one mean curve per participant and measurement."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from biomech.config.statistics import Reliability
from biomech.statistics.common import said
from biomech.statistics.curve_analyses import curve_means
from biomech.statistics.reliability import mdc95
from biomech.statistics.values import RULE, levels_of
from biomech.statistics.waveforms import cmc, pointwise

Rows = list[dict[str, Any]]


def waveform_rows(analysis: Reliability, study: xr.Dataset, points: Rows) -> Rows:
    """Return the rows of the reliability of curves; what holds at single points is added to `points`."""
    rows: Rows = []
    for outcome in dict.fromkeys(analysis.outcomes):
        rows += [{"outcome": outcome} | row for row in _of_curve(analysis, study, outcome, points)]
    return rows


def _of_curve(analysis: Reliability, study: xr.Dataset, outcome: str, points: Rows) -> Rows:
    name = analysis.between
    loaded = curve_means(analysis, study, outcome, [name], within=True)
    if isinstance(loaded, str):
        return [{"status": "skipped", "reason": loaded}]
    means, percent, unit, task = loaded
    levels = levels_of(means.keys, name, "", analysis.levels)
    levels = [level for level in analysis.levels if level in levels] or levels
    cells: dict[str, Any] = {"task": task, "unit": unit}
    of_level = [
        dict(zip(part.keys["participant"], part.values, strict=True))
        for part in (means.where((means.keys[name] == level).to_numpy()) for level in levels)
    ]
    everybody = list(dict.fromkeys(means.keys.loc[means.keys[name].isin(levels), "participant"]))
    people = [person for person in everybody if all(person in curves for curves in of_level)]
    left = [person for person in everybody if person not in people]
    used = means.where((means.keys[name].isin(levels) & means.keys["participant"].isin(people)).to_numpy())
    cells |= {"n_participants": len(people), "n_cycles": int(used.n_cycles.sum())}
    cells["n_sessions"] = int(used.n_sessions.sum())
    how = f"mean curves of {name}s {', '.join(levels)} are the measurements"
    how = said(how, f"left out for lack of a measurement: {', '.join(left)}" if left else "", RULE)
    if len(people) < max(analysis.min_participants, 3) or len(levels) < 2:
        lack = f"{len(people)} participants with curves of all of {', '.join(levels)}; at least "
        lack += f"{max(analysis.min_participants, 3)} and two measurements are needed"
        return [cells | {"status": "skipped", "reason": said(lack, how)}]
    curves = np.stack([[of[person] for of in of_level] for person in people])
    found = pointwise(curves, 1 - analysis.alpha)
    labels = {"analysis": analysis.name, "outcome": outcome, "side": analysis.sides, "task": task, "unit": unit}
    columns = {"percent": percent, "mean": curves.mean(axis=(0, 1)), "mdc95": mdc95(1.0) * found.sem}
    columns |= {"icc_2_1": found.icc, "icc_low": found.icc_low, "icc_high": found.icc_high}
    columns |= {"sem": found.sem, "sem_low": found.sem_low, "sem_high": found.sem_high}
    points += [labels | {key: float(values[i]) for key, values in columns.items()} for i in range(len(percent))]
    return [cells | row | {"reason": said(row.get("reason", ""), how)} for row in _summaries(curves, found, percent)]


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
    rows[0] |= {"reason": said(note, more)} | ({"status": "warned"} if lost else {})
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
