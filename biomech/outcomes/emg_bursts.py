"""EMG bursts and envelope around the start of a cycle, whose curves begin there: an input of the metrics next to the curves."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.muscles import Muscles
from biomech.events.normalise import N_POINTS, normalise
from biomech.io.trial_files import Trials

BEFORE, ONSET, OFFSET, UNIT = "emg_before", "emg_onset", "emg_offset", "emg_unit_of"


def with_activity(cycles: xr.Dataset, muscles: Trials | None, settings: Muscles) -> xr.Dataset:
    """Add activity before the cycles and the bursts that begin around their start.

    Parameters
    ----------
    cycles : xr.Dataset
        With ``emg(cycle, percent, muscle)``.
    muscles : mapping of str to xr.Dataset, or None
        As `biomech.muscles.session.muscles_trials` gives it.
    settings : biomech.config.muscles.Muscles

    Returns
    -------
    xr.Dataset
        With ``emg_before(cycle, percent, muscle)``, the envelope over `pre_activation_s` before the start;
        ``emg_onset(cycle, muscle)`` and ``emg_offset(cycle, muscle)``, s from the start; ``emg_unit_of(cycle, muscle)``. The
        burst of a cycle is the longest of those that begin within the search window around the start.
    """
    if muscles is None or not cycles.sizes.get("cycle") or not cycles.sizes.get("muscle"):
        return cycles
    names = cycles["muscle"].to_numpy().astype(str).tolist()
    n = cycles.sizes["cycle"]
    before = np.full((n, N_POINTS, len(names)), np.nan)
    onset, offset = np.full((n, len(names)), np.nan), np.full((n, len(names)), np.nan)
    unit = np.full((n, len(names)), "", dtype="U8")
    start, trial, side = (cycles[name].to_numpy() for name in ("start", "trial", "side"))
    for one in dict.fromkeys(trial.tolist()):
        if one not in muscles:
            continue
        group = muscles[one]
        for leg in ("left", "right"):
            mine = np.flatnonzero((trial == one) & (side == leg))
            if not len(mine):
                continue
            place = [names.index(str(m)) for m in group["muscle"].values]
            series = group["emg"].sel(side=leg).transpose("emg_time", "muscle").to_numpy()
            rate = float(group.attrs["emg_rate_hz"])
            first = start[mine] - settings.pre_activation_s
            known = first >= 0
            if known.any():
                curves = normalise(series, rate, first[known], start[mine][known])
                before[np.ix_(mine[known], np.arange(N_POINTS), place)] = curves
            unit[np.ix_(mine, place)] = group["emg_unit"].sel(side=leg).values.astype(str)
            table = _bursts(group, leg, settings.onset_method)
            for m, muscle in zip(place, group["muscle"].values, strict=True):
                for i in mine:
                    onset[i, m], offset[i, m] = around(table[table["muscle"] == str(muscle)], float(start[i]), settings)
    return cycles.assign(
        {
            BEFORE: (("cycle", "percent", "muscle"), before),
            ONSET: (("cycle", "muscle"), onset),
            OFFSET: (("cycle", "muscle"), offset),
            UNIT: (("cycle", "muscle"), unit),
        }
    )


def around(bursts: NDArray, start: float, settings: Muscles) -> tuple[float, float]:
    """Return onset and offset, s from `start`, of the longest burst that begins around it; NaN where none does."""
    lag = bursts["onset"] - start
    inside = (lag >= -settings.onset_before_s) & (lag <= settings.onset_after_s)
    if not inside.any():
        return np.nan, np.nan
    found = bursts[inside]
    length = np.where(np.isnan(found["offset"]), np.inf, found["offset"]) - found["onset"]
    best = found[int(length.argmax())]
    return float(best["onset"] - start), float(best["offset"] - start)


def _bursts(group: xr.Dataset, side: str, method: str) -> NDArray:
    table = np.zeros(group.sizes.get("burst", 0), dtype=[("onset", float), ("offset", float), ("muscle", "U32")])
    for name in ("onset", "offset", "muscle"):
        table[name] = group[f"burst_{name}"].to_numpy()
    chosen = (group["burst_side"].to_numpy().astype(str) == side) & (
        group["burst_method"].to_numpy().astype(str) == method
    )
    return table[chosen]
