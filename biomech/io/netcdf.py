"""NetCDF groups one by one, so that a session's file is written and read with one trial in memory.

The files are those that xarray writes and reads; going through netCDF4 itself costs a tenth of the time for the many
small variables of a trial.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import netCDF4
import numpy as np
import pandas as pd
import xarray as xr

from biomech.io.whole_files import whole_file

_BOOL: Final = "bool"  # xarray's mark of truth values stored as bytes
# Groups that are defined before their values are written: going from definitions to values costs time with every group
# that the file has.
_BATCH: Final = 4


class TreeWriter:
    """Write a tree trial by trial; the file appears, complete, when the block ends without an error.

    Examples
    --------
    >>> with TreeWriter(path) as file:
    ...     for name, dataset in trials:
    ...         file.write(name, dataset)
    ...     file.set_attributes(attrs)
    """

    def __init__(self, path: Path | str) -> None:
        self._whole = whole_file(path)

    def __enter__(self) -> TreeWriter:
        """Open a temporary file beside the path."""
        self._file = netCDF4.Dataset(self._whole.__enter__(), "w")
        self._file.set_fill_off()  # every value is written
        self._defined: list[tuple[netCDF4.Variable, np.ndarray]] = []
        self._groups = 0
        return self

    def write(self, name: str, dataset: xr.Dataset) -> None:
        """Write one group. Text, numbers and truth values; attributes may also be lists, mappings (as JSON) and None."""
        self._defined += _define(self._file.createGroup(name), dataset)
        self._groups += 1
        if self._groups % _BATCH == 0:
            self._write_values()

    def _write_values(self) -> None:
        for stored, values in self._defined:
            stored[...] = values
        self._defined = []

    def set_attributes(self, attrs: Mapping[Any, Any]) -> None:
        """Set attributes of the file itself."""
        self._file.setncatts(attributes(attrs))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file and put it in its place, or remove it after an error."""
        try:
            if error is None:
                self._write_values()
            self._file.close()
        except BaseException as failed:
            self._whole.__exit__(type(failed), failed, failed.__traceback__)
            raise
        self._whole.__exit__(kind, error, trace)


class TreeFile:
    """A tree on disk of which a stage reads one trial at a time, as it would take it from an `xarray.DataTree`.

    Nothing is kept: asking twice reads twice. To be used in a ``with`` block, and the only reader of its file there.
    """

    def __init__(self, path: Path | str) -> None:
        self._file = netCDF4.Dataset(path)
        self.children: Mapping[str, Group] = _Groups(self._file)

    def __getitem__(self, name: str) -> Group:
        """Return a trial."""
        return self.children[name]

    @property
    def attrs(self) -> dict[str, Any]:
        """Attributes of the file itself."""
        return attributes_of(self._file)

    def __enter__(self) -> TreeFile:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()


class Group:
    """One trial of a `TreeFile`, with the part of a DataTree node's interface that stages use."""

    def __init__(self, group: netCDF4.Group) -> None:
        self._group = group

    @property
    def attrs(self) -> dict[str, Any]:
        """Attributes of the trial."""
        return {name: value for name, value in attributes_of(self._group).items() if name != "coordinates"}

    @property
    def sizes(self) -> dict[str, int]:
        """Length of every dimension."""
        return {name: len(dimension) for name, dimension in self._group.dimensions.items()}

    @property
    def coords(self) -> Mapping[Any, xr.DataArray]:
        """Coordinates alone."""
        return self._read(self._coordinates()).coords

    def __contains__(self, name: object) -> bool:
        """Whether the trial has the variable."""
        return name in self._group.variables

    def __getitem__(self, name: str) -> xr.DataArray:
        """Read one variable and its coordinates."""
        dims = set(self._group.variables[name].dimensions)
        own = [c for c in self._coordinates() if dims.issuperset(self._group.variables[c].dimensions)]
        return self._read([name, *(c for c in own if c != name)])[name]

    def to_dataset(self) -> xr.Dataset:
        """Read everything."""
        return self._read(self._group.variables)

    def _coordinates(self) -> list[str]:
        others = str(attributes_of(self._group).get("coordinates", "")).split()
        return [name for name, stored in self._group.variables.items() if name in stored.dimensions or name in others]

    def _read(self, names: Iterable[str]) -> xr.Dataset:
        coordinates = set(self._coordinates())
        data: dict[str, Any] = {}
        coords: dict[str, Any] = {}
        for name in names:
            (coords if name in coordinates else data)[name] = read_variable(self._group.variables[name])
        return xr.Dataset(data, coords, self.attrs)


class _Groups(Mapping[str, Group]):
    def __init__(self, file: netCDF4.Dataset) -> None:
        self._file = file

    def __getitem__(self, name: str) -> Group:
        return Group(self._file.groups[name])

    def __contains__(self, name: object) -> bool:
        return name in self._file.groups

    def __iter__(self) -> Iterator[str]:
        return iter(self._file.groups)

    def __len__(self) -> int:
        return len(self._file.groups)


def attributes(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Return attributes in forms that NetCDF takes."""
    return {str(key): _attribute(value) for key, value in attrs.items()}


def plain_text(values: Any) -> np.ndarray:
    """Return text in any array type as fixed-width strings; what is missing is empty."""
    cells = np.asarray(values, dtype=object)
    return np.array([_one_text(cell) for cell in cells.ravel()], dtype=str).reshape(cells.shape)


def is_text(dtype: Any) -> bool:
    """Whether an array of this type holds text that NumPy does not store by itself."""
    return not isinstance(dtype, np.dtype) or dtype.kind == "O"


def _define(group: netCDF4.Group, dataset: xr.Dataset) -> list[tuple[netCDF4.Variable, np.ndarray]]:
    """Define dimensions, variables and attributes of a group; return the variables with the values to write."""
    for dim, size in dataset.sizes.items():
        group.createDimension(str(dim), size)
    written = []
    for name, variable in dataset.variables.items():
        values, attrs = variable.values, attributes(variable.attrs)
        if is_text(variable.dtype):
            values = plain_text(values)
        kind: Any = values.dtype
        if values.dtype.kind == "U":
            values, kind = values.astype(object), str
        elif values.dtype.kind == "b":
            values, kind = values.astype(np.int8), np.dtype("i1")
            attrs["dtype"] = _BOOL
        dims = [str(dim) for dim in variable.dims]
        stored: Any = group.createVariable(str(name), kind, dims, fill_value=None if kind is str else False)
        stored.set_auto_maskandscale(False)
        stored.setncatts(attrs)
        if values.size:
            written.append((stored, values))
    attrs = attributes(dataset.attrs)
    others = [str(name) for name in dataset.coords if name not in dataset.sizes]
    if others:
        attrs["coordinates"] = " ".join(others)
    group.setncatts(attrs)
    return written


def read_variable(stored: netCDF4.Variable) -> tuple[tuple[str, ...], np.ndarray, dict[str, Any]]:
    """Return dims, values and attributes of a variable; truth values as such."""
    stored.set_auto_maskandscale(False)
    attrs = attributes_of(stored)
    kind = object if stored.dtype is str else stored.dtype
    values = np.asarray(stored[...]) if stored.size else np.empty(stored.shape, kind)
    attrs.pop("_FillValue", None)
    if attrs.pop("dtype", "") == _BOOL:
        values = values.astype(bool)
    return stored.dimensions, values, attrs


def attributes_of(owner: Any, *, plain: bool = False) -> dict[str, Any]:
    """Return the attributes of a file, group or variable; `plain` leaves out those that say how values are stored."""
    hidden = {"_FillValue", "dtype", "coordinates"} if plain else set()
    return {name: owner.getncattr(name) for name in owner.ncattrs() if name not in hidden}


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
