"""The values behind a statistical result, for its figures: one number a participant and level."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

FACTORS = ("session", "label", "group", "condition", "footwear", "side", "sex", "dominant_side")
_NEVER = {"participant", "trial", "task", "cycle", "metric", "unit", "reason", "event_source", "moment_reason"}


def levels_factor(table: pd.DataFrame, levels: tuple[str, ...]) -> str | None:
    """Return the column that holds all levels; those of the sheets that people mean first."""
    texts = [name for name in table.columns if name not in _NEVER and not pd.api.types.is_numeric_dtype(table[name])]
    for name in sorted(texts, key=lambda n: FACTORS.index(n) if n in FACTORS else len(FACTORS)):
        if set(levels) <= set(table[name].astype(str)):
            return name
    return None


def metric_rows(metrics: pd.DataFrame, outcome: str, task: str, side: str) -> pd.DataFrame:
    """Return the rows of a metric that an analysis of this task and side uses; `average` and `each` take both legs."""
    chosen = (metrics["metric"] == outcome) & metrics["value"].notna()
    if task:
        chosen &= metrics["task"] == task
    if side in ("left", "right", "both"):
        chosen &= metrics["side"] == side
    return metrics[chosen]


def participant_levels(rows: pd.DataFrame, factor: str, levels: tuple[str, str]) -> pd.DataFrame:
    """Return one row per participant and one column per level: means over cycles, then sides, then sessions."""
    mine = rows[rows[factor].astype(str).isin(levels)]
    keys = list(dict.fromkeys(["participant", factor, "session", "side"]))
    by_side = mine.groupby(keys, sort=False, observed=True)["value"].mean().reset_index()
    keys = list(dict.fromkeys(["participant", factor, "session"]))
    by_session = by_side.groupby(keys, sort=False)["value"].mean().reset_index()
    wide = by_session.pivot_table(index="participant", columns=factor, values="value", aggfunc="mean", sort=False)
    wide.columns = [str(name) for name in wide.columns]
    return wide.reindex(columns=[level for level in levels if level in wide.columns])


def curve_rows(study: xr.Dataset, outcome: str) -> xr.DataArray | None:
    """Return the curves of an outcome ``variable.quantity`` (or ``variable.quantity.frame``), cycle x percent."""
    variable, _, rest = outcome.partition(".")
    quantity, _, frame = rest.partition(".")
    if variable not in study:
        return None
    data = study[variable]
    for dim in data.dims:
        if dim in ("cycle", "percent"):
            continue
        wanted = (frame or "jcs") if dim == "frame" else quantity
        if wanted not in data[dim].to_numpy():
            return None
        data = data.sel({dim: wanted})
    return data.transpose("cycle", "percent")


def participant_curves(
    curves: xr.DataArray, task: str, side: str, factor: str, levels: tuple[str, ...]
) -> dict[str, pd.DataFrame]:
    """Return, per level, one mean curve per participant (rows) over percent (columns); incomplete curves are left out."""
    names = list(dict.fromkeys(["participant", "session", "side", "task", factor]))
    about = pd.DataFrame({name: curves[name].to_numpy().astype(str) for name in names})
    mine = np.ones(len(about), dtype=bool)
    if task:
        mine &= (about["task"] == task).to_numpy()
    if side in ("left", "right", "both"):
        mine &= (about["side"] == side).to_numpy()
    out = {}
    for level in levels:
        rows = np.flatnonzero(mine & (about[factor] == level).to_numpy())
        table = pd.DataFrame(curves.isel(cycle=rows).to_numpy(), columns=curves["percent"].to_numpy())
        table = table[table.notna().all(axis=1)]
        keys = [
            about.iloc[rows].reset_index(drop=True).loc[table.index, name]
            for name in ("participant", "session", "side")
        ]
        by_side = table.groupby(keys, sort=False).mean()
        out[level] = by_side.groupby(level=[0, 1], sort=False).mean().groupby(level=0, sort=False).mean()
    return out
