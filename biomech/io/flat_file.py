"""Flat datasets on disk, appended row by row of one dimension, so that memory holds a block of rows and no more.

The files are those that xarray writes and reads. Curves are stored in chunks of some cycles of one quantity: one curve
is read without the others, and what a variable lacks takes no space.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import netCDF4
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.io.netcdf import attributes, attributes_of, is_text, name_coordinates, plain_text, read_variable
from biomech.io.whole_files import WholeFile

Array = NDArray[np.float64]

ROWS_A_CHUNK: Final = 64
# A block is written, and a chunk is read, once: the library's 64 MB a variable would only be kept.
CACHE_BYTES: Final = 1 << 20
_TEXT_ROWS_A_CHUNK: Final = 1024


@dataclass(frozen=True)
class Curve:
    """A variable to be appended to: float64, with the dimension of the rows first and that of the points second."""

    dims: tuple[str, ...]
    attrs: Mapping[Any, Any]


@dataclass(frozen=True)
class Packed:
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


def pack(values: Array) -> Packed:
    """Leave out the labels (of all dimensions after the second) that are missing in every row."""
    rows, points, *rest = values.shape
    flat = values.reshape(rows, points, math.prod(rest))
    present = np.flatnonzero(np.isfinite(flat).any(axis=(0, 1)))
    return Packed(flat[..., present], present)


def unpack(parts: Sequence[Packed], shape: Sequence[int]) -> Array:
    """Return the whole variable, rows of the parts after each other, missing where no part has a value."""
    out = np.full((shape[0], shape[1], math.prod(shape[2:])), np.nan)
    start = 0
    for part in parts:
        out[start : start + len(part.values)][..., part.present] = part.values
        start += len(part.values)
    return out.reshape(tuple(shape))


class FlatWriter(WholeFile):
    """Write a flat dataset block by block; the file appears, complete, when the `with` block ends without an error.

    Parameters
    ----------
    path : Path
    curves : mapping
        Name to `Curve`; all have the dimension of the rows first, which is unlimited.
    sizes : mapping
        Length of every other dimension.
    rows : str
        Name of the dimension of the rows.

    Examples
    --------
    >>> with FlatWriter(path, curves, {"percent": 101, "quantity": 60}) as file:
    ...     for session in sessions:
    ...         file.append({"angle": pack(session)})
    ...     file.finish(coordinates)
    """

    def __init__(
        self, path: Path | str, curves: Mapping[str, Curve], sizes: Mapping[str, int], rows: str = "cycle"
    ) -> None:
        super().__init__(path)
        self._curves, self._sizes, self._rows = dict(curves), dict(sizes), rows
        self._waiting: dict[str, list[Packed]] = {name: [] for name in curves}
        self._n_waiting = self._n_written = 0

    def __enter__(self) -> FlatWriter:
        """Open a temporary file beside the path."""
        self._file = netCDF4.Dataset(self._whole.__enter__(), "w")
        self._file.createDimension(self._rows, None)
        for dim, size in self._sizes.items():
            self._file.createDimension(dim, size)
        for name, curve in self._curves.items():
            self._create(name, curve)
        return self

    def append(self, rows: Mapping[str, Packed]) -> None:
        """Append rows of every curve."""
        (count,) = {len(packed.values) for packed in rows.values()}
        if not count:
            return
        for name in self._curves:
            self._waiting[name].append(rows[name])
        self._n_waiting += count
        while self._n_waiting >= ROWS_A_CHUNK:
            self._write_block(ROWS_A_CHUNK)

    def finish(self, others: xr.Dataset) -> None:
        """Write what waits, then everything that is no curve: coordinates and attributes.

        Raises
        ------
        ValueError
            If coordinates and curves differ in the number of rows.
        """
        n = others.sizes[self._rows]
        if n != self._n_written + self._n_waiting:
            raise ValueError(f"expected {self._n_written + self._n_waiting} rows of {self._rows}, found {n}")
        if self._n_waiting:
            self._write_block(self._n_waiting)
        for name, variable in others.variables.items():
            self._write_small(str(name), variable)
        self._file.setncatts(attributes(others.attrs))
        further = {str(name): tuple(map(str, c.dims)) for name, c in others.coords.items() if name not in others.dims}
        name_coordinates(self._file, further)

    def _create(self, name: str, curve: Curve) -> None:
        _, *rest = curve.dims
        # whole curves of one label of the first further dimension (a quantity), in all its frames
        chunk = [ROWS_A_CHUNK, *(1 if place == 1 else max(self._sizes[dim], 1) for place, dim in enumerate(rest))]
        stored = self._file.createVariable(
            name,
            "f8",
            curve.dims,
            compression="zlib",
            complevel=1,
            chunksizes=chunk,
            fill_value=np.nan,
            chunk_cache=CACHE_BYTES,
        )
        stored.set_auto_maskandscale(False)
        stored.setncatts(attributes(curve.attrs))

    def _write_block(self, count: int) -> None:
        start = self._n_written
        for name, curve in self._curves.items():
            parts = _taken(self._waiting[name], count)
            points, *rest = (self._sizes[dim] for dim in curve.dims[1:])
            block = unpack(parts, (count, points, *rest))
            stored = self._file.variables[name]
            if not rest:
                stored[start : start + count] = block
                continue
            tail = tuple(range(3, block.ndim))
            some = np.atleast_1d(np.isfinite(block).any(axis=(0, 1, *tail)))
            some[:1] = True  # or a variable without any value would end before the last row
            for label in np.flatnonzero(some):
                stored[start : start + count, :, label] = block[:, :, label]
        self._n_written += count
        self._n_waiting -= count

    def _write_small(self, name: str, variable: xr.Variable) -> None:
        values = plain_text(variable.values) if is_text(variable.dtype) else variable.values
        kind: Any = values.dtype
        if kind.kind == "U":
            values, kind = values.astype(object), str
        elif kind.kind == "b":
            raise ValueError(f"{name}: truth values are not kept by flat files; use 0 and 1")
        dims = tuple(map(str, variable.dims))
        chunk = None
        if self._rows in dims:
            chunk = [_TEXT_ROWS_A_CHUNK if dim == self._rows else max(self._sizes[dim], 1) for dim in dims]
        # labels of a dimension are never missing (CF conventions, 2.5.1)
        fill: Any = np.nan if kind is not str and kind.kind == "f" and name not in dims else None
        stored: Any = self._file.createVariable(name, kind, dims, chunksizes=chunk, fill_value=fill)
        stored.set_auto_maskandscale(False)
        stored.setncatts(attributes(variable.attrs))
        if values.size:
            stored[...] = values


def _taken(parts: list[Packed], count: int) -> list[Packed]:
    """Take the first `count` rows out of a list of parts; the list keeps the others."""
    out = []
    while count:
        part = parts.pop(0)
        rows = len(part.values)
        if rows > count:
            parts.insert(0, Packed(part.values[count:].copy(), part.present))
            part = Packed(part.values[:count], part.present)
            rows = count
        out.append(part)
        count -= rows
    return out


def _no_names(n: int) -> NDArray[np.str_]:
    return np.full(n, "", dtype="U1")


class FlatFile:
    """A flat dataset on disk of which rows are read as they are needed. To be used in a ``with`` block.

    Parameters
    ----------
    path : Path
    rows : str
        Name of the dimension of the rows.
    """

    def __init__(self, path: Path | str, rows: str = "cycle") -> None:
        self._file = netCDF4.Dataset(path)
        self._dim = rows
        for variable in self._file.variables.values():
            variable.set_auto_maskandscale(False)
            if variable.chunking() not in (None, "contiguous"):
                variable.set_var_chunk_cache(CACHE_BYTES)

    @property
    def attrs(self) -> dict[str, Any]:
        """Attributes of the dataset."""
        return {name: value for name, value in attributes_of(self._file).items() if name != "coordinates"}

    def curves(self) -> dict[str, Curve]:
        """Return the variables of numbers with rows and another dimension."""
        return {
            name: Curve(
                (self._dim, *(d for d in stored.dimensions if d != self._dim)), attributes_of(stored, plain=True)
            )
            for name, stored in self._file.variables.items()
            if self._dim in stored.dimensions and len(stored.dimensions) > 1 and stored.dtype is not str
        }

    def head(self, without: Sequence[str]) -> xr.Dataset:
        """Read everything but some variables; every dimension gets labels."""
        # xarray names them at the variables that they belong to, and at the file where they belong to none
        owners = [self._file, *self._file.variables.values()]
        others = {name for o in owners for name in str(attributes_of(o).get("coordinates", "")).split()}
        data: dict[str, Any] = {}
        coords: dict[str, Any] = {}
        for name, stored in self._file.variables.items():
            if name not in without:
                dims, values, attrs = read_variable(stored)
                attrs.pop("coordinates", None)
                (coords if name in dims or name in others else data)[name] = (dims, values, attrs)
        for dim, size in self._file.dimensions.items():
            if dim != self._dim and dim not in coords:
                coords[dim] = ((dim,), np.arange(len(size)), {})
        out = xr.Dataset(data, coords, self.attrs)
        if self._dim in self._file.dimensions and self._dim not in out.coords:
            out = out.assign_coords({self._dim: _no_names(len(self._file.dimensions[self._dim]))})
        return out

    def labels(self, dim: str) -> list[Any]:
        """Return the labels of a dimension."""
        if dim in self._file.variables:
            return np.asarray(self._file.variables[dim][...]).tolist() if len(self._file.dimensions[dim]) else []
        return list(range(len(self._file.dimensions[dim])))

    def rows(self, name: str, rows: NDArray[np.intp]) -> NDArray:
        """Read some rows, in the order asked for; their dimension comes first."""
        stored = self._file.variables[name]
        axis = stored.dimensions.index(self._dim)
        before = (slice(None),) * axis
        first, last = int(rows.min()), int(rows.max()) + 1
        if last - first <= 4 * ROWS_A_CHUNK:  # one reading and some rows too many
            values = np.asarray(stored[(*before, slice(first, last))])
            return np.moveaxis(values, axis, 0)[rows - first]
        order = np.argsort(rows, kind="stable")
        runs = np.split(rows[order], np.flatnonzero(np.diff(rows[order]) != 1) + 1)
        parts = [np.asarray(stored[(*before, slice(int(run[0]), int(run[-1]) + 1))]) for run in runs]
        return np.moveaxis(np.concatenate(parts, axis=axis), axis, 0)[np.argsort(order, kind="stable")]

    def __contains__(self, name: object) -> bool:
        """Whether the dataset has the variable."""
        return name in self._file.variables

    def __enter__(self) -> FlatFile:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()


class MemoryFile:
    """A dataset in memory with the interface of `FlatFile`."""

    def __init__(self, dataset: xr.Dataset, rows: str = "cycle") -> None:
        self._data, self._dim = dataset, rows

    @property
    def attrs(self) -> dict[str, Any]:
        """Attributes of the dataset."""
        return {str(name): value for name, value in self._data.attrs.items()}

    def curves(self) -> dict[str, Curve]:
        """Return the variables of numbers with rows and another dimension."""
        return {
            str(name): Curve((self._dim, *(str(d) for d in v.dims if d != self._dim)), dict(v.attrs))
            for name, v in self._data.data_vars.items()
            if self._dim in v.dims and v.ndim > 1 and v.dtype.kind in "fiub"
        }

    def head(self, without: Sequence[str]) -> xr.Dataset:
        """Return everything but some variables; every dimension gets labels."""
        out = self._data.drop_vars([name for name in without if name in self._data])
        missing: dict[Any, NDArray] = {
            d: np.arange(n) for d, n in self._data.sizes.items() if d != self._dim and d not in out.coords
        }
        if self._dim in self._data.dims and self._dim not in out.coords:
            missing[self._dim] = _no_names(self._data.sizes[self._dim])
        return out.assign_coords(missing)

    def labels(self, dim: str) -> list[Any]:
        """Return the labels of a dimension."""
        return self._data[dim].to_numpy().tolist() if dim in self._data.coords else list(range(self._data.sizes[dim]))

    def rows(self, name: str, rows: NDArray[np.intp]) -> NDArray:
        """Return some rows, in the order asked for; their dimension comes first."""
        return self._data[name].transpose(self._dim, ...).to_numpy()[rows]

    def __contains__(self, name: object) -> bool:
        """Whether the dataset has the variable."""
        return name in self._data.variables
