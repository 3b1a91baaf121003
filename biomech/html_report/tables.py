"""Tables of a session: time and distance of steps, all outcomes, profile scores; numbers as text with their unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from biomech.outcomes import METRICS
from biomech.report.formatting import number, unit_text
from biomech.report.panels import task_title
from biomech.schema import SIDES

#: Beginnings of the metrics of the first table, in its order.
SPATIOTEMPORAL = (
    *("speed", "cadence", "stride_length", "step_length", "step_width", "stride_time", "step_time"),
    *("stance_share", "swing_share", "double_support", "single_support", "contact_time", "toe_clearance"),
)
_PLACE = ("task", "condition", "footwear", "side")


def outcome_rows(metrics: xr.Dataset) -> list[dict[str, Any]]:
    """Return mean, SD and number of cycles of every metric that has values, by task, condition, footwear and side.

    Parameters
    ----------
    metrics : xr.Dataset
        ``metrics`` of one session.
    """
    if not metrics.sizes.get("cycle") or "value" not in metrics:
        return []
    values = metrics["value"].transpose("cycle", "metric").to_numpy()
    names, units = metrics["metric"].to_numpy().astype(str), metrics["unit"].to_numpy().astype(str)
    keys = list(zip(*(metrics[name].to_numpy().astype(str) for name in _PLACE), strict=True))
    out = []
    for key in dict.fromkeys(keys):
        rows = values[[other == key for other in keys]]
        place = dict(zip(_PLACE, key, strict=True))
        counted = np.isfinite(rows).sum(axis=0)
        for at in np.flatnonzero(counted):
            known = rows[np.isfinite(rows[:, at]), at]
            spread = float(known.std(ddof=1)) if len(known) > 1 else None
            about = METRICS.get(names[at])
            out.append(
                {
                    **place,
                    "where": ", ".join(
                        filter(None, (task_title(place["task"]), place["condition"], place["footwear"]))
                    ),
                    "metric": names[at],
                    "title": about.title if about else names[at].replace("_", " "),
                    "positive": about.positive if about else "",
                    "definition": about.definition if about else "",
                    "frame": about.frame if about else "",
                    "unit": unit_text(units[at]),
                    "value": float(known.mean()),
                    "mean": number(known.mean(), units[at]),
                    "sd": number(spread, units[at]),
                    "n": len(known),
                }
            )
    return out


def spatiotemporal(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the table of steps of every task that has one: both sides of a measure next to each other.

    Parameters
    ----------
    rows : list of dict
        Of `outcome_rows`.
    """
    out = []
    for where in dict.fromkeys(row["where"] for row in rows):
        mine = [row for row in rows if row["where"] == where]
        lines = []
        for start in SPATIOTEMPORAL:
            found = [row for row in mine if row["metric"].split("__")[0] == start]
            for metric in dict.fromkeys(row["metric"] for row in found):
                sides = {row["side"]: row for row in found if row["metric"] == metric}
                some = next(iter(sides.values()))
                lines.append(
                    {"title": some["title"], "unit": some["unit"], "cells": {s: _cell(sides, s) for s in SIDES}}
                )
        if len(lines) > 1:
            out.append({"title": where, "lines": lines})
    return out


def _cell(sides: dict[str, dict[str, Any]], side: str) -> str:
    row = sides.get(side) or sides.get("both")
    if row is None:
        return ""
    return f"{row['mean']} (SD {row['sd']}; {row['n']})" if row["sd"] else f"{row['mean']} ({row['n']})"


def profile_rows(scores: pd.DataFrame) -> list[dict[str, str]]:
    """Return Gait Profile Score and Gait Deviation Index of each leg, with those of the reference and remarks.

    Parameters
    ----------
    scores : pd.DataFrame
        Of `biomech.statistics.session_profiles.session_profiles`.
    """
    return [
        {
            "where": ", ".join(filter(None, (task_title(str(row.task)), str(row.condition), str(row.footwear)))),
            "side": str(row.side),
            "gps": number(row.gps, places=1),
            "usual_gps": number(row.usual_gps, places=1),
            "gdi": number(row.gdi, places=1),
            "n": str(row.n_cycles),
            "reference": str(row.reference),
            "reason": str(row.reason),
        }
        for row in scores.itertuples(index=False)
    ]
