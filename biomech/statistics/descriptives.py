"""Descriptions of outcomes and of participants, by one factor or by combinations of levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from biomech.config.statistics import Descriptives
from biomech.statistics.common import Held, Rows, joined_notes, means_of, outcome_table, sizes_of, skipped
from biomech.statistics.participant_means import RULE

Array = NDArray[np.float64]


def descriptive_rows(analysis: Descriptives, table: pd.DataFrame) -> Rows:
    """Return mean, SD, median and range of participants, for each combination of the levels of `by`."""
    by = analysis.by_factors
    means = means_of(analysis, table, by)
    if isinstance(means, str):
        return [skipped(means)]
    labels = _labels(means.keys, by)
    rows: Rows = []
    for level in dict.fromkeys(labels[labels != ""]) if by else [""]:
        part = means.where((labels == level).to_numpy()) if by else means
        cells = {"level_a": level, "reason": joined_notes(RULE, *means.notes)} | sizes_of(part)
        rows += _numbers(part.values[:, 0], part.keys["participant"], analysis, level, cells)
    return rows or [skipped("no values")]


def characteristic_rows(analysis: Descriptives, metrics: pd.DataFrame) -> Rows:
    """Return what the participants of the first outcome are: one value of each, for each combination of the levels of `by`."""
    found = outcome_table(analysis, analysis.outcomes[0], metrics, analysis.where)
    if isinstance(found, str):
        return [{"outcome": name} | skipped(found) for name in analysis.characteristics]
    table, task = found
    table, by = table[np.isfinite(table["value"])], analysis.by_factors
    labels = _labels(table, by)
    rows: Rows = []
    for name in analysis.characteristics:
        for level in dict.fromkeys(labels[labels != ""]) if by else [""]:
            part = table[(labels == level).to_numpy()] if by else table
            sizes = {"n_participants": int(part["participant"].nunique())}
            sizes["n_sessions"] = int(part.groupby(["participant", "session"]).ngroups)
            cells: dict[str, Any] = {
                "level_a": level,
                "reason": "one value of each participant, from the sheets",
            } | sizes
            known = part[part[name] != ""]
            missing = sizes["n_participants"] - int(known["participant"].nunique())
            if missing:
                cells["reason"] = f"{cells['reason']}; {missing} participants without {name}"
            numbers = pd.to_numeric(known[name], errors="coerce")
            about = {"outcome": name, "unit": _UNITS.get(name, ""), "task": task}
            if len(known) and numbers.notna().all():
                own = numbers.groupby(known["participant"], sort=False).mean()
                new = _numbers(own.to_numpy(float), own.index.to_series(), analysis, level, cells)
            else:
                first = known.drop_duplicates(["participant", name])
                new = [
                    cells | {"term": f"count_{text}", "estimate": float(count), "unit": "1"}
                    for text, count in first[name].value_counts(sort=False).items()
                ] or [skipped(f"no values of {name}", **cells)]
            rows += [about | row for row in new]
    return rows


_UNITS = {"mass_kg": "kg", "height_m": "m"}


def _labels(keys: pd.DataFrame, by: list[str]) -> pd.Series:
    """Return the combination of levels of every row in words; empty where one of them is."""
    if not by:
        return pd.Series("", index=keys.index)
    known = np.logical_and.reduce([(keys[name] != "").to_numpy() for name in by])
    return keys[by].astype(str).agg(", ".join, axis=1).where(known, "")


def _numbers(x: Array, people: pd.Series, analysis: Descriptives, level: str, cells: dict[str, Any]) -> Rows:
    if not len(x):
        return [skipped("no values", **cells)]
    enough = len(x) >= 2
    half = (
        float(stats.t.ppf(1 - analysis.alpha / 2, len(x) - 1) * x.std(ddof=1) / np.sqrt(len(x))) if enough else np.nan
    )
    warned = {} if enough else {"status": "warned", "reason": "one participant: no spread between participants"}
    mean = float(x.mean())
    held = Held(", ".join(analysis.by_factors), "", pd.DataFrame({level: x}, index=people.to_numpy()))
    row = {"term": "mean", "estimate": mean, "low": mean - half, "high": mean + half, "values": held}
    rows = [row | cells | warned]
    rows.append({"term": "sd", "estimate": float(x.std(ddof=1)) if enough else np.nan} | cells | warned)
    for term, value in {"median": np.median(x), "minimum": x.min(), "maximum": x.max()}.items():
        rows.append({"term": term, "estimate": float(value)} | cells)
    return rows
