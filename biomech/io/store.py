"""Datasets, quality tables and provenance on disk: same input, same bytes, never half a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import netCDF4
import numpy as np
import pandas as pd
import xarray as xr

from biomech.io.file_hash import sha256
from biomech.io.software import version
from biomech.io.whole_files import whole_file
from biomech.quality import COLUMNS

ENGINE: Final = "netcdf4"  # reads and writes many small variables eight times faster than h5netcdf
# A block is written, and a chunk is read, once: the library's 64 MB a variable would only be kept.
CACHE_BYTES: Final = 1 << 20

_CYCLES_A_CHUNK: Final = 64

# Once for all files of the process: the order of chunks in a file that is written depends on it.
netCDF4.set_chunk_cache(CACHE_BYTES)


def write_dataset(dataset: xr.Dataset, path: Path | str, *, compress: bool = False) -> None:
    """Write a dataset as NetCDF; the file appears complete or not at all.

    Parameters
    ----------
    dataset : xr.Dataset
        Attributes may hold strings, numbers, lists, mappings (stored as JSON) and None.
    path : Path
    compress : bool
        Suits many cycles with missing parts.
    """
    clean = storable(dataset)
    encoding: dict[Any, dict[str, Any]] = {}
    for name, data in clean.data_vars.items():
        if compress and data.dtype.kind in "fiu" and data.size:
            # One quantity of some cycles a chunk: quantities that a variable lacks vanish, one alone is read quickly.
            whole = ("percent", "time")
            chunk = [
                1 if dim == "quantity" else size if dim in whole else min(size, _CYCLES_A_CHUNK)
                for dim, size in data.sizes.items()
            ]
            encoding[name] = {"zlib": True, "complevel": 1, "chunksizes": chunk}
    with whole_file(path) as temporary:
        clean.to_netcdf(temporary, engine=ENGINE, encoding=encoding)


def read_dataset(path: Path | str) -> xr.Dataset:
    """Read a whole flat dataset into memory; the file is closed again."""
    return xr.load_dataset(path, engine=ENGINE)


def open_dataset(path: Path | str, without: str | None = None) -> xr.Dataset:
    """Open a flat dataset: coordinates in memory, data read when they are used and not kept. Close it after use.

    `without` names a variable to leave out: xarray reads variables of text as it opens a file.
    """
    opened = xr.open_dataset(path, engine=ENGINE, cache=False, drop_variables=without)
    for name in opened.coords:
        opened.variables[name].load()
    return opened


def write_quality(table: pd.DataFrame, path: Path | str) -> None:
    """Write a quality table (columns of `biomech.quality.COLUMNS`) as tab-separated text, atomically."""
    text = table.reindex(columns=list(COLUMNS))
    for column in text.columns:
        if column != "value":  # a tab or line break inside a message would break the row
            text[column] = [_one_line(cell) for cell in text[column]]
    with whole_file(path) as temporary:
        text.to_csv(temporary, sep="\t", index=False, lineterminator="\n", float_format="%.6g")


def write_text(text: str, path: Path | str) -> None:
    """Write UTF-8 text, atomically, with the line ends of every system alike."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def read_quality(path: Path | str) -> pd.DataFrame:
    """Read a quality table; empty cells are empty strings, `value` is a float (NaN where empty)."""
    text = {column: str for column in COLUMNS if column != "value"}
    table = pd.read_csv(
        path, sep="\t", dtype={**text, "value": float}, keep_default_na=False, na_values={"value": [""]}, quotechar='"'
    )
    return table.reindex(columns=list(COLUMNS))


def provenance(
    stage: str, sections: Mapping[str, Any], inputs: Iterable[Path | str] = (), root: Path | str | None = None
) -> dict[str, str]:
    """Return the attributes that say how a file came about: version, stage, config and input hashes.

    Parameters
    ----------
    stage : str
        Name of the stage.
    sections : mapping
        JSON-able config sections (`model_dump(mode="json")`) that the stage used.
    inputs : iterable of Path
        Files that were read; absent ones are named as ``absent``.
    root : Path, optional
        Inputs are named relative to it (default: the working directory), those outside by their file name alone, so
        that the same study gives the same bytes wherever it lies.
    """
    base = Path.cwd() if root is None else Path(root)
    hashes = {_relative(Path(path), base): sha256(Path(path)) for path in inputs}
    return {
        "biomech_version": version(),
        "stage": stage,
        "config": json.dumps(dict(sections), sort_keys=True),
        "input_sha256": json.dumps(hashes, sort_keys=True),
    }


def _one_line(cell: Any) -> str:
    return "" if pd.isna(cell) else " ".join(str(cell).split())


def _relative(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name


def shared_config(attributes: Iterable[Mapping[Any, Any]]) -> dict[str, Any]:
    """Return the config sections that files name in their provenance attributes, joined."""
    sections: dict[str, Any] = {}
    for attrs in attributes:
        sections |= json.loads(str(attrs.get("config") or "{}"))
    return sections


def storable(dataset: xr.Dataset) -> xr.Dataset:
    """Return the dataset with attributes and text in forms that NetCDF takes, and no encoding left from another file."""
    variables = {
        name: xr.Variable(v.dims, plain_text(v.values) if _is_object(v.dtype) else v.values, attributes(v.attrs))
        for name, v in dataset.variables.items()
    }
    coords = {name: variables.pop(name) for name in dataset.coords}
    return xr.Dataset(variables, xr.Coordinates(coords, indexes={}), attributes(dataset.attrs))


def attributes(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Return attributes in forms that NetCDF takes."""
    return {str(key): _attribute(value) for key, value in attrs.items()}


def plain_text(values: Any) -> np.ndarray:
    """Return text in any array type as fixed-width strings; what is missing is empty."""
    cells = np.asarray(values, dtype=object)
    return np.array(["" if _is_missing(cell) else str(cell) for cell in cells.ravel()], dtype=str).reshape(cells.shape)


def _is_object(dtype: Any) -> bool:
    return not isinstance(dtype, np.dtype) or dtype.kind == "O"


def _is_missing(cell: Any) -> bool:
    return cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell))


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
