"""Selection of the cycles for an analysis of curves, and mean curves per participant and condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.config.statistics import Analysis
from biomech.errors import BiomechError
from biomech.schema import VARIABLES
from biomech.statistics.matching import by_pair
from biomech.statistics.participant_means import BLANK, INJURY, Means, chosen_cycles, participant_means, with_levels
from biomech.statistics.pooling import free_columns, pooled, sessions_differ
from biomech.study.reading import curve

Array = NDArray[np.float64]
FRAME = "jcs"  # of moments


def chosen_curves(
    analysis: Analysis, study: xr.Dataset, outcome: str, by: Sequence[str]
) -> tuple[pd.DataFrame, Array, Array, str, str] | str:
    """Return the columns and curves of the cycles that an analysis uses, the percents, unit and task; or why there are none."""
    variable, _, quantity = outcome.partition(".")
    try:
        data = curve(study, variable, quantity, **({"frame": FRAME} if variable == "moment" else {}))
    except BiomechError as error:
        return str(error)
    about = pd.DataFrame({str(n): c.to_numpy() for n, c in data.coords.items() if c.dims == ("cycle",)})
    about = with_levels(about)
    matched = getattr(analysis, "matched_by", "")
    needed = {*by, *analysis.where, *([matched] if matched else [])}
    needed |= {INJURY} if analysis.sides in ("injured", "uninjured") else set()
    if missing := sorted(needed - set(about.columns)):
        return f"no column {', '.join(missing)} in the study"
    present = np.isfinite(data.values).any(axis=1)
    tasks = list(dict.fromkeys(about["task"][present].astype(str)))
    if not analysis.task and len(tasks) > 1:
        return f"several tasks have {outcome} ({', '.join(tasks)}): name one in `task`"
    keep = chosen_cycles(about, analysis.task, analysis.sides, analysis.where)
    named = [level or BLANK for level in getattr(analysis, "levels", [])]
    if named and by:
        keep &= about[by[0]].isin([*named, getattr(analysis, "reference", "")]).to_numpy()
    if not (keep & np.isfinite(data.values).all(axis=1)).any():
        return f"no whole curves of {outcome} are left by `task`, `sides` and `where`"
    unit = str(data.attrs.get("units") or (VARIABLES[variable].units if variable in VARIABLES else ""))
    percent = data["percent"].to_numpy().astype(float)
    return about[keep].reset_index(drop=True), data.values[keep], percent, unit, analysis.task or "".join(tasks[:1])


def curve_means(
    analysis: Analysis,
    study: xr.Dataset,
    outcome: str,
    by: Sequence[str],
    compared: Sequence[str] | None = None,
    within: bool = False,
) -> tuple[Means, Array, str, str] | str:
    """Return one mean curve per participant and condition, the percents, unit and task; or why there is none.

    `compared` are the columns that the analysis names, if they are not those of the means (see `pooled`).
    """
    chosen = chosen_curves(analysis, study, outcome, by)
    if isinstance(chosen, str):
        return chosen
    about, values, percent, unit, task = chosen
    compared = list(by if compared is None else compared)
    known: pd.DataFrame = about.loc[np.flatnonzero(np.isfinite(values).all(axis=1))]
    for name in compared:  # without a level it is not in the analysis
        known = known.loc[known[name] != ""]
    if problem := pooled(known, compared, analysis.where, within=within, free=free_columns(known)):
        return problem
    over = [name for name, wanted in analysis.where.items() if not isinstance(wanted, str) and len(wanted) > 1]
    means = participant_means(about, values, by, over=over)
    if note := sessions_differ(known, compared):
        means = replace(means, notes=(*means.notes, note))
    if matched := getattr(analysis, "matched_by", ""):
        pairs = by_pair(means, about, matched, by[0])
        if isinstance(pairs, str):
            return pairs
        means = pairs
    return means, percent, unit, task
