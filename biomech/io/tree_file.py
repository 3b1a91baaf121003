"""NetCDF trees, one group per trial, written and read trial by trial in memory that does not grow with their number.

The files are NetCDF-4 as its own library and xarray write them (`ncdump -h` shows them). They go through h5py, because the
NetCDF library holds every variable of an open file, some 40 KB each, until the file is closed: 60 trials of 20 variables
were 50 MB a file. What makes an HDF5 file a NetCDF one is in the NetCDF-4 format specification (NetCDF User's Guide,
"File Format Specifications: NetCDF-4"): creation order is kept, dimensions are HDF5 dimension scales.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import h5py
import numpy as np
import xarray as xr

from biomech.io.netcdf import BOOL, attributes, storable_values
from biomech.io.whole_files import whole_file

# the format's own attributes
_DIMS: Final = "_Netcdf4Coordinates"  # of a variable: numbers of its dimensions
_DIM: Final = "_Netcdf4Dimid"  # of a dimension: its number
_HIDDEN: Final = {_DIMS, _DIM, "CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST", "_NCProperties", "_FillValue"}
_NO_VARIABLE: Final = "This is a netCDF dimension but not a netCDF variable.%10d"
# of HDF5's memory for what a file says of its contents: on disk; in memory it is some 25 times as much
_CACHE_BYTES: Final = 1 << 16
_ORDER: Final = h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED


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
        path = self._whole.__enter__()
        created = h5py.h5p.create(h5py.h5p.FILE_CREATE)
        _in_order(created)
        access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
        access.set_libver_bounds(h5py.h5f.LIBVER_V18, h5py.h5f.LIBVER_V18)  # attributes of more than 64 KB
        self._file = h5py.File(h5py.h5f.create(os.fsencode(path), h5py.h5f.ACC_TRUNC, fcpl=created, fapl=access))
        _bound_cache(self._file)
        self._dimensions = 0
        return self

    def write(self, name: str, dataset: xr.Dataset) -> None:
        """Write one group. Text, numbers and truth values; attributes may also be lists, mappings (as JSON) and None."""
        created = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
        _in_order(created)
        group = h5py.Group(h5py.h5g.create(self._file.id, name.encode(), gcpl=created))
        numbers = {str(dim): self._dimensions + i for i, dim in enumerate(dataset.sizes)}
        self._dimensions += len(numbers)
        scales = {str(dim): _write_dimension(group, str(dim), size, dataset) for dim, size in dataset.sizes.items()}
        for key, variable in dataset.variables.items():
            dims = [str(dim) for dim in variable.dims]
            stored = scales[str(key)] if str(key) in scales else _write_values(group, str(key), variable)
            _set_attributes(stored, _attributes_of_variable(variable))
            if dims:
                _new_attribute(stored, _DIMS, np.array([numbers[dim] for dim in dims], np.int32))
            if str(key) not in scales:
                for i, dim in enumerate(dims):
                    stored.dims[i].attach_scale(scales[dim])
        for dim, number in numbers.items():
            _new_attribute(scales[dim], _DIM, np.array(number, np.int32))
        attrs = attributes(dataset.attrs)
        others = [str(key) for key in dataset.coords if key not in dataset.sizes]
        _set_attributes(group, attrs | ({"coordinates": " ".join(others)} if others else {}))

    def set_attributes(self, attrs: Mapping[Any, Any]) -> None:
        """Set attributes of the file itself."""
        _set_attributes(self._file, attributes(attrs))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file and put it in its place, or remove it after an error."""
        try:
            self._file.close()
        except BaseException as failed:
            self._whole.__exit__(type(failed), failed, failed.__traceback__)
            raise
        self._whole.__exit__(kind, error, trace)


class TreeFile:
    """A tree on disk of which a stage reads one trial at a time, as it would take it from an `xarray.DataTree`.

    Nothing is kept: asking twice reads twice. To be used in a ``with`` block.
    """

    def __init__(self, path: Path | str) -> None:
        self._file = h5py.File(path, "r")
        _bound_cache(self._file)
        self.children: Mapping[str, Group] = _Groups(self._file)

    def __getitem__(self, name: str) -> Group:
        """Return a trial."""
        return self.children[name]

    @property
    def attrs(self) -> dict[str, Any]:
        """Attributes of the file itself."""
        return _attributes(self._file)

    def __enter__(self) -> TreeFile:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()


class Group:
    """One trial of a `TreeFile`, with the part of a DataTree node's interface that stages use."""

    def __init__(self, group: h5py.Group) -> None:
        self._group = group
        self._attrs = _attributes(group)
        self._dims: dict[str, tuple[str, ...]] = {}  # of every variable
        self.sizes: dict[str, int] = {}
        """Length of every dimension."""
        numbered: dict[int, str] = {}
        of_variables: dict[str, list[int]] = {}
        for name, stored in group.items():
            if _DIM in stored.attrs and stored.is_scale:
                numbered[int(stored.attrs[_DIM])] = name
                self.sizes[name] = len(stored)
            if not _is_dimension_alone(stored):
                of_variables[name] = [int(number) for number in stored.attrs.get(_DIMS, ())]
        self._dims = {name: tuple(numbered[n] for n in numbers) for name, numbers in of_variables.items()}

    @property
    def attrs(self) -> dict[str, Any]:
        """Attributes of the trial."""
        return {name: value for name, value in self._attrs.items() if name != "coordinates"}

    @property
    def coords(self) -> Mapping[Any, xr.DataArray]:
        """Coordinates alone."""
        return self._read(self._coordinates()).coords

    def __contains__(self, name: object) -> bool:
        """Whether the trial has the variable."""
        return name in self._dims

    def __getitem__(self, name: str) -> xr.DataArray:
        """Read one variable and its coordinates."""
        dims = set(self._dims[name])
        own = [c for c in self._coordinates() if dims.issuperset(self._dims[c])]
        return self._read([name, *(c for c in own if c != name)])[name]

    def to_dataset(self) -> xr.Dataset:
        """Read everything."""
        return self._read(self._dims)

    def _coordinates(self) -> list[str]:
        others = str(self._attrs.get("coordinates", "")).split()
        return [name for name, dims in self._dims.items() if name in dims or name in others]

    def _read(self, names: Iterable[str]) -> xr.Dataset:
        coordinates = set(self._coordinates())
        data: dict[str, Any] = {}
        coords: dict[str, Any] = {}
        for name in names:
            stored = self._group[name]
            attrs = _attributes(stored)
            values = stored.asstr()[...] if h5py.check_string_dtype(stored.dtype) else stored[...]
            if attrs.pop("dtype", "") == BOOL:
                values = values.astype(bool)
            (coords if name in coordinates else data)[name] = self._dims[name], np.asarray(values), attrs
        return xr.Dataset(data, coords, self.attrs)


class _Groups(Mapping[str, Group]):
    def __init__(self, file: h5py.File) -> None:
        self._file = file

    def __getitem__(self, name: str) -> Group:
        return Group(self._file[name])

    def __contains__(self, name: object) -> bool:
        return name in self._file

    def __iter__(self) -> Iterator[str]:
        return iter(self._file)

    def __len__(self) -> int:
        return len(self._file)


def _write_dimension(group: h5py.Group, dim: str, size: int, dataset: xr.Dataset) -> h5py.Dataset:
    """Write a dimension: its coordinate variable, or a placeholder without values."""
    if dim in dataset.variables:
        scale = _write_values(group, dim, dataset.variables[dim])
        scale.make_scale(dim)
    else:
        scale = group.create_dataset(dim, (size,), ">f4", track_order=True, fill_time="never")
        scale.make_scale(_NO_VARIABLE % size)
    return scale


def _write_values(group: h5py.Group, name: str, variable: xr.Variable) -> h5py.Dataset:
    values = storable_values(variable)
    kind: Any = values.dtype
    if values.dtype.kind == "U":
        values, kind = values.astype(object), h5py.string_dtype()
    elif values.dtype.kind == "b":
        values, kind = values.astype(np.int8), np.dtype("i1")
    fill = "ifset" if kind == h5py.string_dtype() else "never"  # HDF5 fills text in any case
    return group.create_dataset(name, data=values, dtype=kind, track_order=True, fill_time=fill)


def _attributes_of_variable(variable: xr.Variable) -> dict[str, Any]:
    attrs = attributes(variable.attrs)
    return attrs | {"dtype": BOOL} if variable.dtype.kind == "b" else attrs


def _set_attributes(owner: h5py.HLObject, attrs: Mapping[str, Any]) -> None:
    """Set new attributes in the forms of the NetCDF library: text of fixed length, numbers as lists."""
    for name, value in attrs.items():
        if isinstance(value, str) and value:
            text = value.encode()
            kind = h5py.h5t.C_S1.copy()
            kind.set_size(len(text))
            kind.set_cset(h5py.h5t.CSET_UTF8)
            _new_attribute(owner, name, np.array(text), kind)
        elif isinstance(value, str):
            owner.attrs[name] = h5py.Empty(h5py.string_dtype("utf-8", 1))
        else:
            values = np.atleast_1d(np.asarray(value))
            if values.dtype.kind in "UO":
                owner.attrs.create(name, values.astype(object), dtype=h5py.string_dtype())
            else:
                _new_attribute(owner, name, values)


def _new_attribute(owner: h5py.HLObject, name: str, values: np.ndarray, kind: Any = None) -> None:
    """Set an attribute that is not there yet; `attrs.create` looks for an old one first, which takes most of its time."""
    kind = h5py.h5t.py_create(values.dtype) if kind is None else kind
    h5py.h5a.create(owner.id, name.encode(), kind, h5py.h5s.create_simple(values.shape)).write(values, kind)


def _attributes(owner: h5py.HLObject) -> dict[str, Any]:
    return {name: _plain(owner.attrs[name]) for name in owner.attrs if name not in _HIDDEN}


def _plain(value: Any) -> Any:
    """Return an attribute as the NetCDF library gives it: text, a number, a list of texts, an array of numbers."""
    if isinstance(value, h5py.Empty):
        return ""
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype.kind in "OS":
        texts = [cell.decode() if isinstance(cell, bytes) else str(cell) for cell in value.ravel()]
        return texts[0] if len(texts) == 1 else texts
    return value.ravel()[0] if value.size == 1 else value


def _is_dimension_alone(stored: h5py.Dataset) -> bool:
    name = stored.attrs.get("NAME", b"")
    return stored.is_scale and bytes(name).startswith(_NO_VARIABLE[:30].encode())


def _in_order(created: Any) -> None:
    """Keep the order of what is made, and no times: the same content gives the same bytes."""
    created.set_link_creation_order(_ORDER)
    created.set_attr_creation_order(_ORDER)
    created.set_obj_track_times(False)


def _bound_cache(file: h5py.File) -> None:
    config = file.id.get_mdc_config()
    config.set_initial_size = True
    config.initial_size = config.min_size = config.max_size = _CACHE_BYTES
    file.id.set_mdc_config(config)
