"""Cache of curves and windows while the metrics of some cycles are evaluated: each is read once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import xarray as xr

T = TypeVar("T")

_KEPT: dict[
    int, tuple[xr.Dataset, dict[Hashable, Any]]
] = {}  # by identity; the dataset is held, so no other one has it


@contextmanager
def kept(*datasets: xr.Dataset) -> Iterator[None]:
    """Keep what `once` computes of these datasets; none of them may be changed meanwhile."""
    for one in datasets:
        _KEPT[id(one)] = (one, {})
    try:
        yield
    finally:
        for one in datasets:
            _KEPT.pop(id(one), None)


def once(cycles: xr.Dataset, key: Hashable, compute: Callable[[], T]) -> T:
    """Return what was computed of the cycles under this key inside `kept`; else compute it."""
    known = _KEPT.get(id(cycles))
    if known is None:
        return compute()
    if key not in known[1]:
        known[1][key] = compute()
    found: T = known[1][key]
    return found
