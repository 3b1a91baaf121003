"""Stacking of the sessions' cycle coordinates: the union of labels and columns, one type each, in one order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from biomech.columns import CYCLE_COLUMNS, describe_column
from biomech.io.csv_parquet import cell_text

ID_COLUMNS = ("participant", "session", "label", "group", "trial", "task", "condition", "footwear", "side", "rep")
TIMING_COLUMNS = ("start", "end", "foot_off_percent")


def people_together(parts: Sequence[xr.Dataset]) -> list[int]:
    """Return the places of the sessions in the order given, those of one participant together."""
    people: dict[str, list[int]] = {}
    for place, part in enumerate(parts):
        named = "participant" in part.variables and part["participant"].size
        people.setdefault(str(part["participant"].to_numpy().flat[0]) if named else "", []).append(place)
    return [place for places in people.values() for place in places]


def stack_cycles(parts: Sequence[xr.Dataset]) -> tuple[xr.Dataset, list[np.ndarray]]:
    """Stack flat session datasets along ``cycle`` with the union of their variables, coordinates and labels.

    Parameters
    ----------
    parts : sequence of xr.Dataset
        All with dimension ``cycle``, in memory.

    Returns
    -------
    dataset : xr.Dataset
        Sessions in the order given, cycles of each in the natural order of trial, start and side.
    rows : list of ndarray
        For every part, its rows in this order.

    Raises
    ------
    ValueError
        If one variable has different dimensions in two sessions.
    """
    sizes = [part.sizes["cycle"] for part in parts]
    labels = {
        dim: _union(dim, parts) for dim in dict.fromkeys(dim for part in parts for dim in part.dims if dim != "cycle")
    }
    out = xr.Dataset(coords={dim: (dim, values) for dim, values in labels.items()})
    dims: dict[str, tuple[str, ...]] = {}
    for part in parts:
        for name, variable in part.variables.items():
            if name in part.dims or not variable.dims:
                continue
            order = tuple(sorted(map(str, variable.dims), key=lambda dim: (dim != "cycle",)))
            if dims.setdefault(str(name), order) != order:
                raise ValueError(f"{name}: dims {dims[str(name)]} in one session and {order} in another")
    ids = _column_values([part["cycle"].to_numpy() if "cycle" in part.coords else None for part in parts], sizes)
    for name, order in dims.items():
        attrs = next(dict(part.variables[name].attrs) for part in parts if name in part.variables)
        if order == ("cycle",):
            columns = [part.variables[name].to_numpy() if name in part.variables else None for part in parts]
            values = _column_values(columns, sizes)
        else:
            variables = [part[name].transpose(*order) if name in part.variables else None for part in parts]
            values = _stacked(variables, order, labels, sizes)
        is_coord = any(name in part.coords for part in parts) or (order == ("cycle",) and name in CYCLE_COLUMNS)
        stacked = xr.Variable(order, values, attrs)
        out = out.assign_coords({name: stacked}) if is_coord else out.assign({name: stacked})
    for dim in labels:
        out[dim].attrs = next((dict(part[dim].attrs) for part in parts if dim in part.coords), {})
    n = sum(sizes)
    for name in (*ID_COLUMNS, *TIMING_COLUMNS):
        if name not in out.variables:
            missing = np.full(n, np.nan) if describe_column(name).unit != "text" else np.full(n, "", dtype="U1")
            out = out.assign_coords({name: ("cycle", missing)})
    order_of_cycles = _cycle_order(out, sizes)
    if (np.diff(order_of_cycles) != 1).any():
        for name, variable in list(out.variables.items()):  # one by one: a second copy of everything may not fit
            if "cycle" in variable.dims:
                out[name] = variable.isel(cycle=order_of_cycles)
    ids = np.asarray(ids)[order_of_cycles] if n else np.array([], dtype="U1")
    if ids.dtype.kind not in "U" or len(set(ids)) < n or "" in ids:
        ids = _cycle_names(out, n)
    starts = np.cumsum([0, *sizes])
    places = np.array(order_of_cycles, dtype=int)
    rows = [places[starts[i] : starts[i + 1]] - starts[i] for i in range(len(sizes))]
    return out.assign_coords(cycle=("cycle", ids)), rows


def natural(text: object) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts P2 before P10."""
    parts = re.findall(r"\d+|\D+", str(text))
    return tuple((0, int(part), part) if part.isdigit() else (1, 0, part) for part in parts)


def _union(dim: Any, parts: Sequence[xr.Dataset]) -> np.ndarray:
    """Return the labels of `dim` over all parts, in the order in which they first appear."""
    seen: dict[Any, None] = {}
    for part in parts:
        if dim in part.dims:
            seen.update(dict.fromkeys(_labels(part, dim)))
    found = list(seen)
    return np.array(sorted(found) if found and not isinstance(found[0], str) else found)


def _labels(part: xr.Dataset, dim: Any) -> list:
    return part[dim].to_numpy().tolist() if dim in part.coords else list(range(part.sizes[dim]))


def _stacked(
    variables: Sequence[xr.DataArray | None], order: tuple[str, ...], labels: dict[Any, np.ndarray], sizes: list[int]
) -> np.ndarray:
    """Fill one array of the union's shape; cells that no session has stay missing."""
    has_cycle = order[0] == "cycle"
    rest = order[1:] if has_cycle else order
    kinds = {v.dtype.kind for v in variables if v is not None}
    is_text = bool(kinds & set("UOS"))
    shape = (*((sum(sizes),) if has_cycle else ()), *(len(labels[dim]) for dim in rest))
    out = np.full(shape, "" if is_text else np.nan, dtype=object if is_text else float)
    position = {dim: {label: i for i, label in enumerate(labels[dim].tolist())} for dim in rest}
    start = 0
    for variable, size in zip(variables, sizes, strict=True):
        if variable is not None:
            wanted = {
                dim: variable[dim].to_numpy().tolist() if dim in variable.coords else range(variable.sizes[dim])
                for dim in rest
            }
            index = [np.array([position[dim][label] for label in wanted[dim]], dtype=int) for dim in rest]
            rows = [np.arange(start, start + size)] if has_cycle else []
            out[np.ix_(*rows, *index)] = variable.to_numpy()
        start += size
    if is_text:
        texts = np.array([cell_text(cell) for cell in out.ravel()], dtype=str)
        return (texts if texts.size else np.array([], dtype="U1")).reshape(shape)
    return out


def _column_values(columns: Sequence[np.ndarray | None], sizes: list[int]) -> np.ndarray:
    """Join one column of several sessions: numbers if every filled cell is one, else text."""
    parts = [np.asarray(values) for values in columns if values is not None]
    filled = [values for values in parts if values.size and not _all_missing(values)]
    numeric = bool(parts) and all(values.dtype.kind in "fiub" for values in (filled or parts))
    cells: list[np.ndarray] = []
    for values, size in zip(columns, sizes, strict=True):
        if values is None or (numeric and np.asarray(values).dtype.kind not in "fiub"):
            cells.append(np.full(size, np.nan) if numeric else np.full(size, "", dtype="U1"))
        elif numeric:
            cells.append(np.asarray(values))
        else:
            text = [cell_text(cell) for cell in np.asarray(values).tolist()]
            cells.append(np.array(text, dtype=str) if text else np.array([], dtype="U1"))
    if not cells:
        return np.array([], dtype="U1")
    joined = np.concatenate(cells)
    return joined.astype(float) if joined.dtype.kind == "f" else joined


def _all_missing(values: np.ndarray) -> bool:
    if values.dtype.kind == "f":
        return bool(np.isnan(values).all())
    return values.dtype.kind in "UO" and all(cell_text(cell) == "" for cell in values.tolist())


def _cycle_order(data: xr.Dataset, sizes: list[int]) -> list[int]:
    n = sum(sizes)
    session = np.repeat(np.arange(len(sizes)), sizes)
    trial, side, rep = (data[name].to_numpy() for name in ("trial", "side", "rep"))
    start = data["start"].to_numpy()
    first = start.astype(float) if start.dtype.kind in "fiu" else np.zeros(n)
    first = np.where(np.isnan(first), np.inf, first)

    def key(i: int) -> tuple:
        return (session[i], natural(trial[i]), first[i], str(side[i]), natural(cell_text(rep[i])))

    return sorted(range(n), key=key)


def _cycle_names(data: xr.Dataset, n: int) -> np.ndarray:
    parts = [data[name].to_numpy().tolist() for name in ("participant", "session", "trial", "side", "rep")]
    seen: dict[str, int] = {}
    names = []
    for i in range(n):
        name = "_".join(cell_text(values[i]) for values in parts)
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return np.array(names, dtype=str) if names else np.array([], dtype="U1")
