"""Reading a study without loading it: coordinates in memory, one curve at a time from the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from biomech.config import did_you_mean
from biomech.errors import BiomechError
from biomech.io.store import open_dataset

Where = str | float | Sequence[str] | Sequence[float]


def open_study(path: Path | str) -> xr.Dataset:
    """Open ``study.nc`` (or a session's ``cycles``): coordinates are in memory, curves are read when they are used.

    Nothing that is read is kept, so memory is that of the curves in use. To be used in a ``with`` block, or closed.

    Parameters
    ----------
    path : Path
        The file.
    """
    return open_dataset(path)


def cycles_where(study: xr.Dataset, **where: Where) -> xr.Dataset:
    """Choose cycles by their coordinates, for example ``task="walking", side=["left", "right"]``; reads no curve.

    Parameters
    ----------
    study : xr.Dataset
        Of `open_study`, or any dataset of cycles.
    **where
        Coordinate on ``cycle`` to a value, or to several of which one must match.

    Raises
    ------
    BiomechError
        For a coordinate that the study does not have.
    """
    on_cycle = [str(name) for name, coord in study.coords.items() if coord.dims == ("cycle",)]
    chosen = np.ones(study.sizes["cycle"], dtype=bool)
    for name, wanted in where.items():
        if name not in on_cycle:
            raise BiomechError(f"cycles have no coordinate {name!r}{did_you_mean(name, on_cycle)}")
        several = list(wanted) if isinstance(wanted, Sequence) and not isinstance(wanted, str) else [wanted]
        chosen &= np.isin(study[name].to_numpy(), np.array(several))
    place = np.flatnonzero(chosen)
    if len(place) and place[-1] - place[0] + 1 == len(place):
        return study.isel(cycle=slice(int(place[0]), int(place[-1]) + 1))  # an interval of the file
    return study.isel(cycle=place)


def variable_of(name: str) -> tuple[str, str]:
    """Return variable and quantity of a curve's name: ``moment.knee_abduction``; a quantity alone is that of an angle."""
    variable, _, quantity = name.rpartition(".")
    return variable or "angle", quantity


def curve(
    study: xr.Dataset, variable: str, quantity: str | None = None, frame: str | None = None, **where: Where
) -> xr.DataArray:
    """Read one curve of some cycles.

    Parameters
    ----------
    study : xr.Dataset
        Of `open_study`.
    variable : str
        ``angle``, ``moment``, ``power``, ``ground_reaction``, ...
    quantity : str, optional
        Label of the variable's own dimension: quantity, axis, measure or muscle.
    frame : str, optional
        Of a moment.
    **where
        See `cycles_where`.

    Returns
    -------
    xr.DataArray, dims (cycle, percent)
        In memory, with the coordinates of the cycles; NaN where missing.

    Raises
    ------
    BiomechError
        For a name that the study does not have, with those that are near.
    """
    if variable not in study.data_vars:
        raise BiomechError(f"the study has no variable {variable!r}{did_you_mean(variable, map(str, study.data_vars))}")
    data = cycles_where(study[[variable]], **where)[variable]
    own = [str(dim) for dim in data.dims if dim not in ("cycle", "percent", "frame")]
    wanted = {dim: quantity for dim in own} | ({"frame": frame} if "frame" in data.dims else {})
    for dim, label in wanted.items():
        known = data[dim].to_numpy().tolist()
        if label not in known:
            raise BiomechError(
                f"{variable}: expected a {dim} of the study, found {label!r}{did_you_mean(str(label), known)}"
            )
        data = data.sel({dim: label})
    return data.load()


def curve_table(data: xr.DataArray) -> pd.DataFrame:
    """Return a curve as a long table: one row per cycle and percent, with the coordinates of the cycle as columns.

    Parameters
    ----------
    data : xr.DataArray, dims (cycle, percent)
        Of `curve`.
    """
    n_points = data.sizes["percent"]
    on_cycle = [str(name) for name, coord in data.coords.items() if coord.dims == ("cycle",)]
    table = {name: np.repeat(data[name].to_numpy(), n_points) for name in on_cycle}
    table["percent"] = np.tile(data["percent"].to_numpy(), data.sizes["cycle"])
    table["value"] = data.transpose("cycle", "percent").to_numpy().ravel()
    return pd.DataFrame(table)
