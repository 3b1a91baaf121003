"""The second reader of a C3D file's data section: whole or floating-point numbers of every processor.

Layout: C3D format user guide (Motion Lab Systems, 2008), chapters "3D point data" and "analog data".
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from biomech.c3d.header import truncated
from biomech.c3d.layout import Layout
from biomech.c3d.parameters import DEC, MIPS, floats


def read_data(path: Path, layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Return points and analog values.

    Parameters
    ----------
    path : Path
        The file.
    layout : Layout
        Of `biomech.c3d.check.check_file`.

    Returns
    -------
    points : (3, n_points, n_frames) array
        float32 of a floating-point file, float64 of one with whole numbers; stored units, NaN where the residual is negative. A
        view that runs fastest along the axes.
    analog : (n_channels, n_samples) array
        Scaled: (stored − OFFSET) · SCALE · GEN_SCALE.
    """
    frames = _frames(path, layout)
    n_frames, n_points, n_channels = layout.n_frames, layout.n_points, layout.n_channels
    stored = frames[:, : 4 * n_points].reshape(n_frames, n_points, 4)
    # the fourth value is a word of residual above a word of cameras; negative, it says that the point was not seen
    if layout.real:
        points = stored
        unseen = points[..., 3] < 0
    else:
        points = stored[..., :3] * layout.point_scale
        unseen = stored[..., 3] < 0
    points[np.nonzero(unseen)] = np.nan
    values = frames[:, 4 * n_points :].reshape(n_frames * layout.samples, n_channels)
    if layout.unsigned and not layout.real:
        values = values.view(np.uint16)
    offset = layout.offset.astype(np.float32) if layout.real else layout.offset
    with np.errstate(over="ignore", invalid="ignore"):  # of values that are not numbers, which stay so
        analog = (values - offset) * layout.scale
        analog *= layout.general
    return points[..., :3].T, analog.T


def _frames(path: Path, layout: Layout) -> np.ndarray:
    """Return (n_frames, width) values in the byte order of this machine."""
    count, size = layout.n_frames * layout.width, 4 if layout.real else 2
    kind = f"{'>' if layout.processor == MIPS else '<'}{'f' if layout.real else 'i'}{size}"
    if layout.real and layout.processor == DEC:
        stored = floats(np.fromfile(path, np.uint8, count=4 * count, offset=layout.start).tobytes(), DEC)
    else:
        stored = np.fromfile(path, kind, count=count, offset=layout.start)
        stored = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if len(stored) < count:  # the file has become shorter since it was checked
        raise truncated(path, layout.start + count * size, path.stat().st_size)
    return stored.reshape(layout.n_frames, layout.width)
