"""Attributes and text in the forms that NetCDF stores."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

BOOL: Final = "bool"  # xarray's mark of truth values stored as bytes


def attributes(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Return attributes in forms that NetCDF takes."""
    return {str(key): _attribute(value) for key, value in attrs.items()}


def plain_text(values: Any) -> np.ndarray:
    """Return text in any array type as fixed-width strings; what is missing is empty."""
    return np.asarray(text_cells(values).astype(str))


def text_cells(values: Any) -> np.ndarray:
    """Return text in any array type as an array of strings, one object for all cells that are alike."""
    cells = np.asarray(values, dtype=object)
    known: dict[str, str] = {}
    out = np.empty(cells.size, dtype=object)
    for i, cell in enumerate(cells.ravel()):
        text = cell if type(cell) is str else _one_text(cell)
        out[i] = known.setdefault(text, text)
    return out.reshape(cells.shape)


def is_text(dtype: Any) -> bool:
    """Whether an array of this type holds text that NumPy does not store by itself."""
    return not isinstance(dtype, np.dtype) or dtype.kind == "O"


def storable_values(variable: xr.Variable) -> np.ndarray:
    """Return the values of a variable, text of any kind as fixed-width strings."""
    values: np.ndarray = variable.values
    return plain_text(values) if is_text(variable.dtype) else values


def read_variable(stored: Any) -> tuple[tuple[str, ...], np.ndarray, dict[str, Any]]:
    """Return dims, values and attributes of a `netCDF4.Variable`; truth values as such."""
    stored.set_auto_maskandscale(False)
    attrs = attributes_of(stored)
    kind = object if stored.dtype is str else stored.dtype
    values = np.asarray(stored[...]) if stored.size else np.empty(stored.shape, kind)
    attrs.pop("_FillValue", None)
    if attrs.pop("dtype", "") == BOOL:
        values = values.astype(bool)
    return stored.dimensions, values, attrs


def attributes_of(owner: Any, *, plain: bool = False) -> dict[str, Any]:
    """Return the attributes of a file, group or variable; `plain` leaves out those that say how values are stored."""
    hidden = {"_FillValue", "dtype", "coordinates"} if plain else set()
    return {name: owner.getncattr(name) for name in owner.ncattrs() if name not in hidden}


def name_coordinates(file: Any, coords: Mapping[str, tuple[str, ...]]) -> None:
    """Name coordinates that are not dimensions at the variables that they belong to (CF conventions, section 5).

    Parameters
    ----------
    file : netCDF4.Dataset
        With all its variables.
    coords : mapping
        Name to dimensions. One that belongs to no variable is named by the file itself, as xarray does.
    """
    named: set[str] = set()
    for name, stored in file.variables.items():
        if name in coords or name in file.dimensions:
            continue
        own = [other for other, dims in coords.items() if dims and set(dims) <= set(stored.dimensions)]
        if own:
            stored.setncattr("coordinates", " ".join(own))
            named.update(own)
    if rest := [name for name in coords if name not in named]:
        file.setncattr("coordinates", " ".join(rest))


def _one_text(cell: Any) -> str:
    return "" if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)) else str(cell)


def _attribute(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return int(value)
    if isinstance(value, Mapping):
        return json.dumps(dict(value), sort_keys=True)
    if isinstance(value, list | tuple) and not value:
        return ""
    return value
