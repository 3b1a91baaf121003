"""The second C3D reader (PyPI package `c3d`), for SGI/MIPS files and other files that ezc3d refuses."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import c3d
import numpy as np

from biomech.io.c3d_raw import RawC3d


def read_with_c3d(path: Path) -> RawC3d:
    """Read a C3D file with the package `c3d` (slower: it goes frame by frame, and turns parameter names to capitals).

    Raises
    ------
    Exception
        Whatever the package raises on a file that it cannot read either.
    """
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its remarks on missing parameters are checked by us
        reader = c3d.Reader(file)
        frames = list(reader.read_frames())
        if len(frames) != reader.frame_count:
            raise ValueError(f"expected {reader.frame_count} frames, found {len(frames)}")
        parameters = _parameters(reader)
        events = [(float(time), str(label).strip()) for time, label in reader.header.events if np.isfinite(time)]
    points = np.stack([frame[1] for frame in frames]).astype(float)  # frame, point, (x, y, z, residual, cameras)
    points[points[..., 3] < 0] = np.nan
    n_channels = int(reader.analog_used)
    analog = np.concatenate([frame[2] for frame in frames], axis=1) if n_channels else np.zeros((0, 0))
    rate = float(reader.point_rate)
    return RawC3d(
        points=points[..., :3].transpose(2, 1, 0),
        analog=analog,
        rate_hz=rate,
        analog_rate_hz=rate * analog.shape[1] / len(frames) if n_channels else 0.0,
        first_frame=int(reader.first_frame),
        parameters=parameters,
        header_events=events,
        reader="c3d",
    )


def _parameters(reader: c3d.Reader) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for group_name, group in reader.group_items():
        if isinstance(group_name, str):
            found[group_name.upper()] = {name: _value(parameter) for name, parameter in group.param_items()}
    return found


def _value(parameter: c3d.Param) -> Any:
    if parameter.bytes_per_element == -1:
        if not parameter.dimensions:
            return [parameter.string_value]
        return [str(text) for text in np.ravel(parameter.string_array)]
    if parameter.bytes_per_element == 4:
        array = parameter.float_array if parameter.dimensions else parameter.float_value
    elif parameter.bytes_per_element == 2:
        array = parameter.int16_array if parameter.dimensions else parameter.int16_value
    else:
        array = parameter.int8_array if parameter.dimensions else parameter.int8_value
    return np.atleast_1d(np.asarray(array)).T  # the package reverses the dimensions
