"""The data section of a C3D file as one array: a fifth of the time of ezc3d's getters, and right where they are not.

ezc3d 1.7.2 holds an object for every point of every frame, and its getters walk them all. It takes the samples a frame from the
ratio of ANALOG:RATE and POINT:RATE, rounded down: 29 instead of 30 at 59.94 Hz, none where the rate is missing; then every frame
after the first begins at a wrong place (its issue 294 shows what that looks like). This module is for the storage of nearly all
files of today: floating point, Intel byte order. Everything else stays with the getters.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ezc3d
import numpy as np

from biomech.io.c3d_check import BLOCK, Layout


def read_data(path: Path, file: Any, layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Return points and analog values of a file that ezc3d has opened.

    Parameters
    ----------
    path : Path
        The file.
    file : ezc3d.ezc3d.c3d
        The same file as ezc3d's own object.
    layout : Layout
        Of `biomech.io.c3d_check.check_file`.

    Returns
    -------
    points : (3, n_points, n_frames) array
        float32 or float64, stored units; NaN where the residual is negative. A view that runs fastest along the axes.
    analog : (n_channels, n_samples) array
        Scaled: (stored − OFFSET) · SCALE · GEN_SCALE.

    Raises
    ------
    ValueError
        If ezc3d takes another number of samples a frame, and the file is not one that is read here.

    References
    ----------
    C3D format user guide (Motion Lab Systems, 2008), chapters "3D point data" and "analog data".
    """
    header = file.header()
    n_points, samples, n_channels = header.nb3dPoints(), layout.samples, layout.n_channels
    agreed = samples * n_channels == header.nbAnalogByFrame() * header.nbAnalogs()
    n_frames = header.nbFrames() if agreed else layout.n_frames
    width = 4 * n_points + samples * n_channels
    start = (header.dataStart() - 1) * BLOCK
    scaling = _scaling(file, n_channels)
    whole = start > 0 and n_points * n_frames and start + 4 * n_frames * width <= path.stat().st_size
    if scaling is None or not whole:
        if not agreed:
            raise ValueError(f"it takes {header.nbAnalogByFrame()} analog samples a frame, not {samples}")
        return file.get_points()[:3], file.get_analogs()[0]
    frames = np.fromfile(path, dtype="<f4", count=n_frames * width, offset=start).reshape(n_frames, width)
    points = frames[:, : 4 * n_points].reshape(n_frames, n_points, 4)
    # the fourth value is a word of residual above a word of cameras; its sign says that the point was not seen
    points[np.nonzero(points.view("<i4")[..., 3] < 0)] = np.nan
    offsets, scales, general = scaling
    with np.errstate(over="ignore", invalid="ignore"):  # of values that are no numbers, which stay so
        values = (frames[:, 4 * n_points :].reshape(n_frames * samples, n_channels) - offsets) * scales
        values *= general
    return points[..., :3].T, values.T


def _scaling(file: Any, n_channels: int) -> tuple[np.ndarray, np.ndarray, float] | None:
    """Return OFFSET, SCALE and GEN_SCALE of the channels; None for a file that is left to ezc3d's getters."""
    parameters = file.parameters()
    scales = [file.header().scaleFactor(), *_continued(parameters, "POINT", "SCALE")]
    if parameters.processorType() != ezc3d.ezc3d.INTEL or not all(scale < 0 for scale in scales):
        return None
    if not n_channels:
        return np.zeros(0), np.zeros(0), 1.0
    offsets = np.abs(_continued(parameters, "ANALOG", "OFFSET"))  # ezc3d takes them without their sign
    factors = np.array(_continued(parameters, "ANALOG", "SCALE"))
    general = parameters.group("ANALOG").parameter("GEN_SCALE").valuesAsDouble()[0]
    return offsets[:n_channels].astype(np.float32), factors[:n_channels], general


def _continued(parameters: Any, group: str, name: str) -> list[float]:
    """Return the values of a numeric parameter with its continuations (SCALE2, SCALE3, …)."""
    found = parameters.group(group)
    values: list[float] = []
    number = 1
    while found.isParameter(part := name if number == 1 else f"{name}{number}"):
        parameter = found.parameter(part)
        values += parameter.valuesAsDouble() if parameter.type() == ezc3d.ezc3d.FLOAT else parameter.valuesAsInt()
        number += 1
    return values
