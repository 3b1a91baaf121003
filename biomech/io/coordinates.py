"""Coordinates of datasets: the labels of all trials are the same few, and xarray makes an index anew each time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr
from xarray.indexes import PandasIndex


def coordinates(along: Mapping[str, tuple[np.ndarray, Mapping[str, Any]]]) -> xr.Coordinates:
    """Return coordinates with their indexes.

    Parameters
    ----------
    along : mapping
        Dimension to its values (n,), numbers or text, and their attributes.
    """
    found = {dim: indexed(dim, values, attrs) for dim, (values, attrs) in along.items()}
    return xr.Coordinates(
        {dim: variable for dim, (_, variable) in found.items()}, {dim: index for dim, (index, _) in found.items()}
    )


def indexed(dim: str, values: np.ndarray, attrs: Mapping[str, Any]) -> tuple[PandasIndex, xr.Variable]:
    """Return the index of a dimension and its variable."""
    text = values.dtype.kind in "OU"
    index = _index_of_labels(dim, tuple(values.tolist())) if text else PandasIndex(values, dim)
    variable = index.create_variables()[dim]  # given a variable of objects, xarray would look at each of them
    variable.attrs = dict(attrs)
    return index, variable


@lru_cache(maxsize=256)
def _index_of_labels(dim: str, labels: tuple[str, ...]) -> PandasIndex:
    return PandasIndex(np.array(labels, dtype=object), dim)
