"""Datasets of cycles on disk, written and read some rows at a time, so that memory holds a block of rows and no more.

The files are those that xarray writes and reads. Curves are stored in chunks of some cycles of one quantity: one curve
is read without the others, and what a variable lacks takes no space.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import netCDF4
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.io.packed_cycles import CurveVariable, SparseCurves, taken, unpack
from biomech.io.store import CACHE_BYTES, attributes, plain_text
from biomech.io.whole_files import whole_file

ROWS_A_CHUNK: Final = 64
_TEXT_ROWS_A_CHUNK: Final = 1024
_OF_STORAGE: Final = {"_FillValue", "dtype", "coordinates"}


class CyclesWriter:
    """Write a dataset of cycles block by block; the file appears, complete, when the `with` block ends without an error.

    Parameters
    ----------
    path : Path
    curves : mapping
        Name to `CurveVariable`; all have the dimension of the rows first, which is unlimited.
    sizes : mapping
        Length of every other dimension.
    rows : str
        Name of the dimension of the rows.

    Examples
    --------
    >>> with CyclesWriter(path, curves, {"percent": 101, "quantity": 60}) as file:
    ...     for session in sessions:
    ...         file.append({"angle": pack(session)})
    ...     file.finish(coordinates)
    """

    def __init__(
        self, path: Path | str, curves: Mapping[str, CurveVariable], sizes: Mapping[str, int], rows: str = "cycle"
    ) -> None:
        self._whole = whole_file(path)
        self._curves, self._sizes, self._rows = dict(curves), dict(sizes), rows
        self._waiting: dict[str, list[SparseCurves]] = {name: [] for name in curves}
        self._n_waiting = self._n_written = 0

    def __enter__(self) -> CyclesWriter:
        """Open a temporary file next to the path."""
        self._file = netCDF4.Dataset(self._whole.__enter__(), "w")
        self._file.createDimension(self._rows, None)
        for dim, size in self._sizes.items():
            self._file.createDimension(dim, size)
        for name, curve in self._curves.items():
            # whole curves of one label of the first further dimension (a quantity), in all its frames
            rest = [1 if place == 1 else max(self._sizes[dim], 1) for place, dim in enumerate(curve.dims[1:])]
            _create_curve(self._file, name, curve.dims, [ROWS_A_CHUNK, *rest], curve.attrs)
        return self

    def __exit__(self, *error: Any) -> None:
        """Close the file and put it in its place, or remove it after an error."""
        _close(self._file, self._whole, error)

    def append(self, rows: Mapping[str, SparseCurves]) -> None:
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
        """Write what waits, then everything that is not a curve: coordinates and attributes.

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
            _write_small(self._file, str(name), variable)
        _write_attributes(self._file, others)

    def _write_block(self, count: int) -> None:
        start = self._n_written
        for name, curve in self._curves.items():
            parts = taken(self._waiting[name], count)
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


class VariantsWriter:
    """Write curves of several datasets into one file, next to each other along a new first dimension.

    The file appears, complete, when the `with` block ends without an error.

    Parameters
    ----------
    path : Path
    curves : mapping
        Name to `CurveVariable`, whose dimensions are those of one dataset: the rows first, then the points.
    small : xr.Dataset
        Everything else, with all labels: coordinates and variables that fit into memory.
    over : str
        The dimension that the datasets lie along, a coordinate of `small`.
    """

    def __init__(self, path: Path | str, curves: Mapping[str, CurveVariable], small: xr.Dataset, over: str) -> None:
        self._whole = whole_file(path)
        self._curves, self._small, self._over = dict(curves), small, over

    def __enter__(self) -> VariantsWriter:
        """Open a temporary file next to the path, and write everything small."""
        self._file = netCDF4.Dataset(self._whole.__enter__(), "w")
        for dim, size in self._small.sizes.items():
            self._file.createDimension(str(dim), size)
        for name, variable in self._small.variables.items():
            _write_small(self._file, str(name), variable)
        for name, curve in self._curves.items():
            rows, points, *rest = (max(self._small.sizes[dim], 1) for dim in curve.dims)
            chunk = [1, min(rows, ROWS_A_CHUNK), points, *(1 for _ in rest)]
            _create_curve(self._file, name, (self._over, *curve.dims), chunk, curve.attrs)
        _write_attributes(self._file, self._small)
        return self

    def __exit__(self, *error: Any) -> None:
        """Close the file and put it in its place, or remove it after an error."""
        _close(self._file, self._whole, error)

    def write(
        self,
        place: int,
        name: str,
        rows: NDArray[np.intp],
        labels: NDArray[np.intp] | None,
        values: NDArray[np.float64],
    ) -> None:
        """Write rows of one curve of one dataset.

        Parameters
        ----------
        place : int
            Which of the datasets.
        name : str
            The curve.
        rows : (n,) array
            Where its rows are in the whole, rising.
        labels : (m,) array, optional
            Where the labels of its third dimension are in the whole; None for a curve without one.
        values : (n, points, m, ...) array
            What no block gives stays missing; labels without any value are not written.
        """
        stored, first, last = self._file.variables[name], int(rows[0]), int(rows[-1]) + 1
        for own, label in enumerate([None] if labels is None else labels):
            block = values if label is None else values[:, :, own]
            if np.isfinite(block).any():
                there: Any = (place, slice(first, last), slice(None), *([] if label is None else [label]))
                whole = np.asarray(stored[there])
                whole[rows - first] = block
                stored[there] = whole


def _close(file: netCDF4.Dataset, whole: Any, error: Sequence[Any]) -> None:
    try:
        file.close()
    except BaseException as failed:
        whole.__exit__(type(failed), failed, failed.__traceback__)
        raise
    whole.__exit__(*error)


def _create_curve(
    file: netCDF4.Dataset, name: str, dims: Sequence[str], chunk: Sequence[int], attrs: Mapping[Any, Any]
) -> None:
    stored = file.createVariable(
        name,
        "f8",
        tuple(dims),
        compression="zlib",
        complevel=1,
        chunksizes=chunk,
        fill_value=np.nan,
        chunk_cache=CACHE_BYTES,
    )
    stored.set_auto_maskandscale(False)
    stored.setncatts(attributes(attrs))


def _write_small(file: netCDF4.Dataset, name: str, variable: xr.Variable) -> None:
    """Write a variable that fits into memory."""
    values: Any = variable.values
    if not isinstance(variable.dtype, np.dtype) or variable.dtype.kind == "O":
        values = plain_text(values)
    kind: Any = values.dtype
    if kind.kind == "U":
        values, kind = values.astype(object), str
    elif kind.kind == "b":
        raise ValueError(f"{name}: truth values are not kept by files of cycles; use 0 and 1")
    dims, chunk = tuple(map(str, variable.dims)), None
    if any(file.dimensions[dim].isunlimited() for dim in dims):
        lengths = [file.dimensions[dim] for dim in dims]
        chunk = [_TEXT_ROWS_A_CHUNK if dim.isunlimited() else max(len(dim), 1) for dim in lengths]
    # labels of a dimension are never missing (CF conventions, 2.5.1)
    fill: Any = np.nan if kind is not str and kind.kind == "f" and name not in dims else None
    stored: Any = file.createVariable(name, kind, dims, chunksizes=chunk, fill_value=fill)
    stored.set_auto_maskandscale(False)
    stored.setncatts(attributes(variable.attrs))
    if values.size:
        stored[...] = values


def _write_attributes(file: netCDF4.Dataset, dataset: xr.Dataset) -> None:
    """Write the attributes of a file that has all its variables, and name coordinates that are not dimensions.

    They are named at the variables that they belong to (CF conventions, section 5); one that belongs to none by the file
    itself, as xarray does.
    """
    file.setncatts(attributes(dataset.attrs))
    coords = {str(name): set(map(str, c.dims)) for name, c in dataset.coords.items() if name not in dataset.dims}
    named: set[str] = set()
    for name, stored in file.variables.items():
        if name in coords or name in file.dimensions:
            continue
        own = [other for other, dims in coords.items() if dims and dims <= set(stored.dimensions)]
        if own:
            stored.setncattr("coordinates", " ".join(own))
            named.update(own)
    if rest := [name for name in coords if name not in named]:
        file.setncattr("coordinates", " ".join(rest))


def _attributes_of(owner: Any) -> dict[str, Any]:
    """Return the attributes of a file or variable, without those that say how values are stored."""
    return {name: owner.getncattr(name) for name in owner.ncattrs() if name not in _OF_STORAGE}


def _kind(stored: netCDF4.Variable) -> Any:
    return object if stored.dtype is str else stored.dtype


def _no_names(n: int) -> NDArray[np.str_]:
    return np.full(n, "", dtype="U1")


class CyclesFile:
    """A dataset of cycles on disk of which rows are read as they are needed. To be used in a ``with`` block.

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
        return _attributes_of(self._file)

    def curves(self) -> dict[str, CurveVariable]:
        """Return the variables of numbers with rows and another dimension."""
        return {
            name: CurveVariable((self._dim, *(d for d in stored.dimensions if d != self._dim)), _attributes_of(stored))
            for name, stored in self._file.variables.items()
            if self._dim in stored.dimensions and len(stored.dimensions) > 1 and stored.dtype is not str
        }

    def head(self, without: Sequence[str]) -> xr.Dataset:
        """Read everything but some variables; every dimension gets labels."""
        # xarray names them at the variables that they belong to, and at the file where they belong to none
        owners: list[Any] = [self._file, *self._file.variables.values()]
        others = {name for o in owners if "coordinates" in o.ncattrs() for name in o.getncattr("coordinates").split()}
        data: dict[str, Any] = {}
        coords: dict[str, Any] = {}
        for name, stored in self._file.variables.items():
            if name not in without:
                values = np.asarray(stored[...]) if stored.size else np.empty(stored.shape, _kind(stored))
                (coords if name in stored.dimensions or name in others else data)[name] = (
                    stored.dimensions,
                    values,
                    _attributes_of(stored),
                )
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

    def __enter__(self) -> CyclesFile:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()


class CyclesInMemory:
    """A dataset in memory with the interface of `CyclesFile`."""

    def __init__(self, dataset: xr.Dataset, rows: str = "cycle") -> None:
        self._data, self._dim = dataset, rows

    @property
    def attrs(self) -> dict[str, Any]:
        """Attributes of the dataset."""
        return {str(name): value for name, value in self._data.attrs.items()}

    def curves(self) -> dict[str, CurveVariable]:
        """Return the variables of numbers with rows and another dimension."""
        return {
            str(name): CurveVariable((self._dim, *(str(d) for d in v.dims if d != self._dim)), dict(v.attrs))
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
