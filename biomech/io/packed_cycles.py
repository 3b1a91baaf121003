"""Curves of cycles in memory, without the labels that none of them has."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CurveVariable:
    """A variable to be appended to: float64, with the dimension of the rows first and that of the points second."""

    dims: tuple[str, ...]
    attrs: Mapping[Any, Any]


@dataclass(frozen=True)
class SparseCurves:
    """Rows of a curve without labels that are missing in all of them.

    Parameters
    ----------
    values : (rows, points, present) array
        Labels of all dimensions after the second one in one axis.
    present : (present,) array
        Places of these labels on that axis of the whole variable.
    """

    values: Array
    present: NDArray[np.intp]


def pack(values: Array) -> SparseCurves:
    """Leave out the labels (of all dimensions after the second) that are missing in every row."""
    rows, points, *rest = values.shape
    flat = values.reshape(rows, points, math.prod(rest))
    present = np.flatnonzero(np.isfinite(flat).any(axis=(0, 1)))
    return SparseCurves(flat[..., present], present)


def unpack(parts: Sequence[SparseCurves], shape: Sequence[int]) -> Array:
    """Return the whole variable, rows of the parts after each other, missing where no part has a value."""
    out = np.full((shape[0], shape[1], math.prod(shape[2:])), np.nan)
    start = 0
    for part in parts:
        out[start : start + len(part.values)][..., part.present] = part.values
        start += len(part.values)
    return out.reshape(tuple(shape))


def taken(parts: list[SparseCurves], count: int) -> list[SparseCurves]:
    """Take the first `count` rows out of a list of parts; the list keeps the others."""
    out = []
    while count:
        part = parts.pop(0)
        rows = len(part.values)
        if rows > count:
            parts.insert(0, SparseCurves(part.values[count:].copy(), part.present))
            part = SparseCurves(part.values[:count], part.present)
            rows = count
        out.append(part)
        count -= rows
    return out
