"""Curves of cycles over knee flexion instead of time, such as knee abduction at 30 degrees of flexion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from biomech.config.section import did_you_mean
from biomech.events.normalise import over_angle
from biomech.tasks import TASKS

# phase, its bounds, and whether the knee bends in it
_PHASES = (("descent", "start", "bottom_percent", True), ("ascent", "bottom_percent", "end", False))
# cycles read at a time
_BLOCK = 500
_TEXT = ("participant", "session", "trial", "task", "condition", "footwear", "side", "rep")


def over_knee_flexion(cycles: xr.Dataset, variable: str = "angle", step_deg: float = 5.0) -> xr.DataArray:
    """Return curves at every few degrees of knee flexion, descent and ascent apart.

    Parameters
    ----------
    cycles : xr.Dataset
        ``study.nc`` or the cycles of a session; squats, step-downs, landings and cuts count, other cycles are left out.
    variable : str
        Any variable with dims ``(cycle, percent, ...)``, such as ``angle``, ``moment`` or ``distance``.
    step_deg : float
        Knee flexion from one level to the next, degrees; levels begin at 0.

    Returns
    -------
    xr.DataArray
        ``{variable}_by_knee_flexion(cycle, phase, knee_flexion, ...)`` in the unit of the variable; `phase` is descent or
        ascent. NaN where the knee does not pass the angle in that phase (a landing begins bent; one that ends at its lowest
        point has no ascent).

    Raises
    ------
    ValueError
        If the variable has no such dims or the step is not positive.
    """
    if variable not in cycles or tuple(cycles[variable].dims[:2]) != ("cycle", "percent"):
        known = [str(name) for name in cycles.data_vars if tuple(cycles[name].dims[:2]) == ("cycle", "percent")]
        raise ValueError(f"expected a variable with dims (cycle, percent, ...), one of {known}, found {variable!r}")
    if not step_deg > 0:
        raise ValueError(f"expected a step above 0 degrees, found {step_deg:g}")
    bends = [t in TASKS and TASKS[t].cycle in ("squat", "landing") for t in cycles["task"].values]
    chosen = cycles.isel(cycle=np.flatnonzero(bends))
    flexion = _flexion(chosen)
    highest = float(np.nanmax(flexion)) if np.isfinite(flexion).any() else 0.0
    levels = step_deg * np.arange(int(max(highest, 0.0) // step_deg) + 1)
    n = chosen.sizes["cycle"]
    bounds = {"start": np.zeros(n), "end": np.full(n, 100.0), "bottom_percent": chosen["bottom_percent"].to_numpy()}
    data = chosen[variable]
    parts = [
        over_angle(data.to_numpy(), flexion, bounds[first], bounds[last], levels, rising=rising)
        for _, first, last, rising in _PHASES
    ]
    rest = [str(dim) for dim in data.dims[2:]]
    coords = {str(name): coord for name, coord in data.coords.items() if "percent" not in coord.dims}
    out = xr.DataArray(
        np.stack(parts, axis=1),
        dims=("cycle", "phase", "knee_flexion", *rest),
        coords=coords | {"phase": [name for name, *_ in _PHASES], "knee_flexion": levels},
        name=f"{variable}_by_knee_flexion",
        attrs=dict(data.attrs),
    )
    out["knee_flexion"].attrs = {"units": "degree", "long_name": "knee flexion"}
    return out


def knee_flexion_table(
    cycles: xr.Dataset, variable: str = "angle", step_deg: float = 5.0, quantities: Sequence[str] = ()
) -> pd.DataFrame:
    """Return `over_knee_flexion` as a long table: one row per cycle, phase, level and label, without missing values.

    Parameters
    ----------
    cycles : xr.Dataset
        May be open only: some cycles at a time are read.
    variable, step_deg
        As in `over_knee_flexion`.
    quantities : sequence of str
        Quantities wanted; all of them if empty.

    Returns
    -------
    pd.DataFrame
        The cycle and its participant, session, trial, task, condition, footwear, side and rep; phase, knee_flexion
        (degrees), the variable's own dims, value and unit.

    Raises
    ------
    ValueError
        As `over_knee_flexion`, and if there is no such quantity.
    """
    known = cycles["quantity"].to_numpy().tolist() if "quantity" in cycles.coords else []
    unknown = [name for name in quantities if name not in known]
    if unknown:
        raise ValueError("; ".join(f"no quantity {name!r}{did_you_mean(name, known)}" for name in unknown))
    parts = []
    for start in range(0, max(cycles.sizes["cycle"], 1), _BLOCK):
        data = over_knee_flexion(cycles.isel(cycle=slice(start, start + _BLOCK)), variable, step_deg)
        if quantities and "quantity" in data.dims:
            data = data.sel(quantity=list(quantities))
        kept = [name for name in _TEXT if name in data.coords]
        table = data.drop_vars([n for n in data.coords if n not in {*kept, *data.dims}]).to_dataframe(name="value")
        order = ["cycle", *kept, "phase", "knee_flexion", *(str(dim) for dim in data.dims[3:]), "value"]
        parts.append(table.reset_index().dropna(subset=["value"])[order])
    return pd.concat(parts, ignore_index=True).assign(unit=str(cycles[variable].attrs.get("units", "")))


def _flexion(cycles: xr.Dataset) -> np.ndarray:
    if "angle" not in cycles or "knee_flexion" not in cycles["quantity"].to_numpy():
        return np.full((cycles.sizes["cycle"], cycles.sizes["percent"]), np.nan)
    return cycles["angle"].sel(quantity="knee_flexion").transpose("cycle", "percent").to_numpy()
