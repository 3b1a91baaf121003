"""Datasets that share their labels, one beside the other in one file, written a block at a time.

The files are those that xarray reads. The new dimension comes first; a chunk holds some rows of one label of every
further dimension, so that one curve of one of the datasets is read without the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.io.flat_file import ROWS_A_CHUNK, Curve
from biomech.io.netcdf import attributes, is_text, name_coordinates, plain_text
from biomech.io.whole_files import WholeFile


class StackedWriter(WholeFile):
    """Write curves of several datasets into one file, which appears, complete, when the block ends without an error.

    Parameters
    ----------
    path : Path
    curves : mapping
        Name to `Curve`, whose dimensions are those of one dataset: the rows first, then the points.
    small : xr.Dataset
        Everything else, with all labels: coordinates and variables that fit into memory.
    over : str
        The dimension that the datasets lie along, a coordinate of `small`.
    """

    def __init__(self, path: Path | str, curves: Mapping[str, Curve], small: xr.Dataset, over: str) -> None:
        super().__init__(path)
        self._curves, self._small, self._over = dict(curves), small, over

    def __enter__(self) -> StackedWriter:
        """Open a temporary file beside the path, and write everything small."""
        self._file = netCDF4.Dataset(self._whole.__enter__(), "w")
        for dim, size in self._small.sizes.items():
            self._file.createDimension(str(dim), size)
        for name, variable in self._small.variables.items():
            self._write_small(str(name), variable)
        for name, curve in self._curves.items():
            self._create(name, curve)
        self._file.setncatts(attributes(self._small.attrs))
        coords = self._small.coords
        further = {str(name): tuple(map(str, c.dims)) for name, c in coords.items() if name not in coords.dims}
        name_coordinates(self._file, further)
        return self

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
            Where its rows stand in the whole, rising.
        labels : (m,) array, optional
            Where the labels of its third dimension stand in the whole; None for a curve without one.
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

    def _create(self, name: str, curve: Curve) -> None:
        sizes = [max(self._small.sizes[dim], 1) for dim in curve.dims]
        chunk = [1, min(sizes[0], ROWS_A_CHUNK), sizes[1], *(1 for _ in sizes[2:])]
        stored = self._file.createVariable(
            name,
            "f8",
            (self._over, *curve.dims),
            compression="zlib",
            complevel=1,
            chunksizes=chunk,
            fill_value=np.nan,
            chunk_cache=1 << 20,
        )
        stored.set_auto_maskandscale(False)
        stored.setncatts(attributes(curve.attrs))

    def _write_small(self, name: str, variable: xr.Variable) -> None:
        values = plain_text(variable.values) if is_text(variable.dtype) else variable.values
        kind: Any = values.dtype
        if kind.kind == "U":
            values, kind = values.astype(object), str
        fill: Any = np.nan if kind is not str and kind.kind == "f" and name not in variable.dims else None
        stored: Any = self._file.createVariable(name, kind, tuple(map(str, variable.dims)), fill_value=fill)
        stored.set_auto_maskandscale(False)
        stored.setncatts(attributes(variable.attrs))
        if values.size:
            stored[...] = values
