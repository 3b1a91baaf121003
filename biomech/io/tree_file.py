"""NetCDF trees, one group per trial, written and read trial by trial in memory that does not grow with their number.

The files are NetCDF-4 as its own library and xarray write them (`ncdump -h` shows them). They go through h5py, because the
NetCDF library holds every variable of an open file, some 40 KB each, until the file is closed: 60 trials of 20 variables
were 50 MB a file. What makes an HDF5 file a NetCDF one is in the NetCDF-4 format specification (NetCDF User's Guide,
"File Format Specifications: NetCDF-4"): creation order is kept, dimensions are HDF5 dimension scales.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import xarray as xr
from xarray.indexes import PandasIndex

from biomech.io.coordinates import indexed
from biomech.io.netcdf import BOOL, attributes, storable_values
from biomech.io.whole_files import WholeFile

# the format's own attributes
_DIMS: Final = "_Netcdf4Coordinates"  # of a variable: numbers of its dimensions
_DIM: Final = "_Netcdf4Dimid"  # of a dimension: its number
_HIDDEN: Final = {_DIMS, _DIM, "CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST", "_NCProperties", "_FillValue"}
_NO_VARIABLE: Final = "This is a netCDF dimension but not a netCDF variable.%10d"
# of HDF5's memory for what a file says of its contents: on disk; in memory it is some 25 times as much
_CACHE_BYTES: Final = 1 << 16
_ORDER: Final = h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED


class TreeWriter(WholeFile):
    """Write a tree trial by trial; the file appears, complete, when the block ends without an error.

    Examples
    --------
    >>> with TreeWriter(path) as file:
    ...     for name, dataset in trials:
    ...         file.write(name, dataset)
    ...     file.set_attributes(attrs)
    """

    def __init__(self, path: Path | str) -> None:
        super().__init__(path)

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
        group = h5py.h5g.create(self._file.id, name.encode(), gcpl=created)
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
                    h5py.h5ds.attach_scale(stored, scales[dim], i)
        for dim, number in numbers.items():
            _new_attribute(scales[dim], _DIM, np.array(number, np.int32))
        attrs = attributes(dataset.attrs)
        others = [str(key) for key in dataset.coords if key not in dataset.sizes]
        _set_attributes(group, attrs | ({"coordinates": " ".join(others)} if others else {}))

    def set_attributes(self, attrs: Mapping[Any, Any]) -> None:
        """Set attributes of the file itself."""
        _set_attributes(self._file.id, attributes(attrs))


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
        return _attributes(self._file.id)

    def __enter__(self) -> TreeFile:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()


class Group:
    """One trial of a `TreeFile`, with the part of a DataTree node's interface that stages use."""

    def __init__(self, group: h5py.Group) -> None:
        self._attrs = _attributes(group.id)
        members = {name: h5py.h5d.open(group.id, name.encode()) for name in group}
        number = {name: _whole_numbers(stored, _DIM) for name, stored in members.items()}
        scales = {n[0]: name for name, n in number.items() if n}
        self.sizes: dict[str, int] = {name: members[name].shape[0] for name in scales.values()}
        """Length of every dimension."""
        self._stored = {
            name: stored
            for name, stored in members.items()
            if name not in self.sizes or not h5py.h5ds.get_scale_name(stored).startswith(_NO_VARIABLE[:30].encode())
        }
        self._dims: dict[str, tuple[str, ...]] = {
            name: tuple(scales[n] for n in _whole_numbers(stored, _DIMS)) for name, stored in self._stored.items()
        }

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

    def only(self, names: Iterable[str]) -> xr.Dataset:
        """Read these variables, as far as they are there, and all coordinates."""
        own = set(names) | set(self._coordinates())
        return self._read(name for name in self._dims if name in own)

    def _coordinates(self) -> list[str]:
        others = str(self._attrs.get("coordinates", "")).split()
        return [name for name, dims in self._dims.items() if name in dims or name in others]

    def _read(self, names: Iterable[str]) -> xr.Dataset:
        coordinates = set(self._coordinates())
        data: dict[str, Any] = {}
        coords: dict[str, Any] = {}
        indexes: dict[str, PandasIndex] = {}
        for name in names:
            attrs = _attributes(self._stored[name])
            values = _values(self._stored[name])
            if attrs.pop("dtype", "") == BOOL:
                values = values.astype(bool)
            dims = self._dims[name]
            if name not in coordinates:
                data[name] = dims, values, attrs
            elif dims == (name,):
                indexes[name], coords[name] = indexed(name, values, attrs)
            else:
                coords[name] = xr.Variable(dims, values, attrs)
        return xr.Dataset(data, xr.Coordinates(coords, indexes), self.attrs)


def read_only(group: Any, names: Iterable[str]) -> xr.Dataset:
    """Return these variables of a trial, as far as they are there, and all coordinates.

    Parameters
    ----------
    group : Group or xr.DataTree
    names : iterable of str
    """
    if isinstance(group, Group):
        return group.only(names)
    whole, own = group.to_dataset(), set(names)
    return whole.drop_vars([name for name in whole.data_vars if name not in own])


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


def _write_dimension(group: Any, dim: str, size: int, dataset: xr.Dataset) -> Any:
    """Write a dimension: its coordinate variable, or a placeholder without values."""
    if dim in dataset.variables:
        scale = _write_values(group, dim, dataset.variables[dim])
        h5py.h5ds.set_scale(scale, dim.encode())
    else:
        scale = h5py.h5d.create(group, dim.encode(), h5py.h5t.IEEE_F32BE, h5py.h5s.create_simple((size,)), _creation())
        h5py.h5ds.set_scale(scale, (_NO_VARIABLE % size).encode())
    return scale


def _write_values(group: Any, name: str, variable: xr.Variable) -> Any:
    """Write a variable without attributes; h5py's own way round takes twice as long for the many small ones."""
    values = storable_values(variable)
    if values.dtype.kind == "U":
        values = values.astype(h5py.string_dtype())
    elif values.dtype.kind == "b":
        values = values.astype(np.int8)
    values = np.require(values, requirements="C")
    stored = h5py.h5d.create(group, name.encode(), _kind(values.dtype.str), _space(values.shape), _creation())
    if values.size:
        stored.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
    return stored


@cache
def _creation() -> Any:
    """How variables are made: attributes in order, no times, values not filled before they are written."""
    created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    created.set_attr_creation_order(_ORDER)
    created.set_obj_track_times(False)
    created.set_fill_time(h5py.h5d.FILL_TIME_IFSET)
    return created


def _attributes_of_variable(variable: xr.Variable) -> dict[str, Any]:
    attrs = attributes(variable.attrs)
    return attrs | {"dtype": BOOL} if variable.dtype.kind == "b" else attrs


def _set_attributes(owner: Any, attrs: Mapping[str, Any]) -> None:
    """Set new attributes in the forms of the NetCDF library: text of fixed length, numbers as lists."""
    for name, value in attrs.items():
        if isinstance(value, str):
            text = value.encode()
            kind = _text_of(max(len(text), 1))
            if text:
                h5py.h5a.create(owner, name.encode(), kind, _space(())).write(np.array(text), kind)
            else:
                h5py.h5a.create(owner, name.encode(), kind, h5py.h5s.create(h5py.h5s.NULL))
        else:
            values = np.atleast_1d(np.asarray(value))
            _new_attribute(owner, name, values.astype(h5py.string_dtype()) if values.dtype.kind in "UO" else values)


def _new_attribute(owner: Any, name: str, values: np.ndarray) -> None:
    """Set an attribute that is not there yet; `attrs.create` looks for an old one first, which takes most of its time."""
    h5py.h5a.create(owner, name.encode(), _kind(values.dtype.str), _space(values.shape)).write(values)


@lru_cache(maxsize=256)
def _text_of(length: int) -> Any:
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(length)
    kind.set_cset(h5py.h5t.CSET_UTF8)
    return kind


@cache
def _kind(code: str) -> Any:
    """Return the HDF5 type of a `numpy.dtype.str`; objects are text."""
    return h5py.h5t.py_create(h5py.string_dtype() if code == "|O" else np.dtype(code), logical=True)


@lru_cache(maxsize=256)
def _space(shape: tuple[int, ...]) -> Any:
    return h5py.h5s.create_simple(shape)


def _attributes(owner: Any) -> dict[str, Any]:
    """Return the attributes of an object of the file, without those that are the format's own."""
    out = {}
    for place in range(h5py.h5a.get_num_attrs(owner)):
        stored = h5py.h5a.open(owner, index=place, index_type=h5py.h5.INDEX_CRT_ORDER)
        name = stored.name.decode()
        if name not in _HIDDEN:
            out[name] = _attribute(stored, owner)
    return out


def _whole_numbers(owner: Any, name: str) -> list[int]:
    """Return an attribute of the format itself; empty where the object lacks it."""
    key = name.encode()
    if not h5py.h5a.exists(owner, key):
        return []
    stored = h5py.h5a.open(owner, key)
    values = np.empty(stored.shape, np.int32)
    stored.read(values)
    return [int(n) for n in values.ravel()]


def _attribute(stored: Any, owner: Any) -> Any:
    """Return an attribute as the NetCDF library gives it: text, a number, a list of texts, an array of numbers."""
    kind, space = stored.get_type(), stored.get_space()
    simple = kind.get_class() in (h5py.h5t.INTEGER, h5py.h5t.FLOAT) or (
        kind.get_class() == h5py.h5t.STRING and not kind.is_variable_str()
    )
    if not simple or space.get_simple_extent_type() == h5py.h5s.NULL:
        return _plain(h5py.AttributeManager(_Owner(owner))[stored.name])
    values = np.empty(space.shape, kind.dtype)
    stored.read(values, kind)
    return _plain(values)


@dataclass(frozen=True)
class _Owner:
    """What h5py's attributes ask of their owner."""

    id: Any


def _plain(value: Any) -> Any:
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


def _values(stored: Any) -> np.ndarray:
    """Return the values of a variable; h5py's own way round takes as long as the reading."""
    values = np.empty(stored.shape, stored.dtype)
    if values.size:
        stored.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
    if values.dtype.kind == "O":
        texts = [cell.decode() for cell in values.ravel()]
        values = np.array(texts, dtype=object).reshape(values.shape)
    return values


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
