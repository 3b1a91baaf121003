"""The study's curves as a Zarr store, for tools that read chunks over a network or in parallel."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any, Final

import xarray as xr

from biomech.io.store import open_dataset

# A block is in memory at once, and is a chunk: 60 MB for the moments of a full study.
CYCLES_A_CHUNK: Final = 256
# Format 2 is what readers outside Python know; it has one fixed way to store text.
_FORMAT: Final = 2


def zarr_is_missing() -> str:
    """Return the message for a Zarr store asked for without the package; empty if it is there."""
    if importlib.util.find_spec("zarr"):
        return ""
    return (
        "config: `export.formats` asks for `zarr`, whose package is not installed: "
        'run `pip install "biomech[zarr]"`, or leave `zarr` out'
    )


def write_zarr(source: Path | str, folder: Path | str) -> None:
    """Write ``study.nc`` as a Zarr store, some cycles in memory at a time.

    Parameters
    ----------
    source : Path
        ``study.nc``.
    folder : Path
        The store; it takes the place of one that is there, and appears complete or not at all.
    """
    import zarr

    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        with open_dataset(source) as study:
            for start in range(0, max(study.sizes["cycle"], 1), CYCLES_A_CHUNK):
                block = _storable(study.isel(cycle=slice(start, start + CYCLES_A_CHUNK)).load())
                how: dict[str, Any] = {"append_dim": "cycle"} if start else {"mode": "w", "encoding": _chunks(study)}
                block.to_zarr(temporary, zarr_format=_FORMAT, consolidated=False, **how)
        zarr.consolidate_metadata(str(temporary), zarr_format=_FORMAT)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _storable(block: xr.Dataset) -> xr.Dataset:
    """Return a block without what belongs to the file it came from, text of any length."""
    out = block.copy()
    for name, variable in block.variables.items():
        plain = variable.astype(object) if variable.dtype.kind in "UT" else variable.copy(deep=False)
        plain.encoding = {}
        out[name] = plain
    return out


def _chunks(study: xr.Dataset) -> dict[str, dict[str, Any]]:
    """Return chunks like those of the file: whole curves of one quantity."""
    out = {}
    for name, variable in study.variables.items():
        sizes = []
        for dim in variable.dims:
            whole = max(study.sizes[dim], 1)
            sizes.append(CYCLES_A_CHUNK if dim == "cycle" else 1 if dim in ("quantity", "measure") else whole)
        out[str(name)] = {"chunks": tuple(sizes)}
    return out
