"""Write C3D files (little-endian, floating point), byte by byte, so that the same input gives the same bytes.

The layout follows the C3D format user guide (Motion Lab Systems, 2008): header, parameter section, interleaved data.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

BLOCK = 512
_CHAR, _INT, _FLOAT = -1, 2, 4
_MAX_LABELS = 255  # a parameter dimension is one byte: longer lists go on in LABELS2, LABELS3, …


@dataclass(frozen=True)
class PlateDefinition:
    """One force platform as C3D parameters describe it.

    Parameters
    ----------
    type : int
        C3D type of the platform.
    channels : sequence of int
        Columns of `analog`, counted from 1.
    corners : (4, 3) array
        Corners in stored lab axes and `point_units`, ordered +x+y, −x+y, −x−y, +x−y of the plate's own axes.
    origin : (3,) array
        Types 2 and 4: from sensor origin to the centre of the surface in plate axes (z negative); type 3: a, b, z.
    cal_matrix : (6, 6) array, optional
        Type 4: channels times this matrix (rows: Fx Fy Fz Mx My Mz) give forces and moments.
    """

    type: int
    channels: Sequence[int]
    corners: Any
    origin: Any
    cal_matrix: Any = None


def write_c3d(
    path: Path | str,
    *,
    labels: Sequence[str],
    points_mm: np.ndarray,
    rate_hz: float,
    analog: np.ndarray | None = None,
    analog_labels: Sequence[str] = (),
    analog_units: Sequence[str] = (),
    analog_rate_hz: float | None = None,
    analog_scale: Sequence[float] | None = None,
    analog_offset: Sequence[int] | None = None,
    plates: Sequence[PlateDefinition] = (),
    plate_zero_frames: tuple[int, int] = (1, 0),
    events: Sequence[tuple[float, str, str]] = (),
    point_groups: Mapping[str, Sequence[str]] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    first_frame: int = 1,
    point_units: str = "mm",
    screen: tuple[str, str] = ("+X", "+Z"),
) -> None:
    """Write one recording as C3D.

    Parameters
    ----------
    path : Path
        File to write; its folder is made if needed.
    labels : sequence of str
        Names of the points; any number of them.
    points_mm : (n, m, 3) array
        Positions in stored lab axes and `point_units` (mm by default); NaN becomes an invisible point (residual −1).
    rate_hz : float
        Frames per second.
    analog : (n * ratio, channels) array, optional
        Values in physical units; with `analog_scale` and `analog_offset` they are stored as
        ``value / scale + offset``.
    analog_labels, analog_units : sequence of str
        One a channel.
    analog_rate_hz : float, optional
        An integer multiple of `rate_hz`; the same as `rate_hz` if left out.
    plates : sequence of PlateDefinition
        Force platforms.
    plate_zero_frames : (int, int)
        FORCE_PLATFORM:ZERO, frames counted from 1; the default says that there are none.
    events : sequence of (time, label, context)
        Time in s from the first stored frame, for example ``(0.52, "Foot Strike", "Right")``.
    point_groups : mapping, optional
        Model outputs among the points, for example ``{"ANGLES": ["LKneeAngles"]}``.
    parameters : mapping, optional
        Further groups, for example ``{"PROCESSING": {"Bodymass": 70.0}}``; replaces what this function writes itself.
    first_frame : int
        Number of the first stored frame, counted from 1.
    screen : (str, str)
        X_SCREEN and Y_SCREEN: forward and up.

    Raises
    ------
    ValueError
        If shapes, rates or channel numbers do not fit each other.
    """
    points = np.asarray(points_mm, dtype=float)
    if points.ndim != 3 or points.shape[1:] != (len(labels), 3):
        raise ValueError(f"points_mm: expected shape (frames, {len(labels)}, 3), found {points.shape}")
    n_frames = len(points)
    ratio = _ratio(rate_hz, analog_rate_hz or rate_hz)
    samples = np.zeros((n_frames * ratio, 0)) if analog is None else np.asarray(analog, dtype=float)
    n_channels = samples.shape[1]
    if samples.shape[0] != n_frames * ratio or len(analog_labels) != n_channels or len(analog_units) != n_channels:
        raise ValueError(
            f"analog: expected shape ({n_frames * ratio}, {len(analog_labels)}) with a label and unit for each channel, "
            f"found {samples.shape}, {len(analog_labels)} labels, {len(analog_units)} units"
        )
    scale = np.ones(n_channels) if analog_scale is None else np.asarray(analog_scale, dtype=float)
    offset = np.zeros(n_channels) if analog_offset is None else np.asarray(analog_offset, dtype=float)
    for number, plate in enumerate(plates, 1):
        if not set(plate.channels) <= set(range(1, n_channels + 1)):
            raise ValueError(f"plate {number}: channels {list(plate.channels)} are not among 1 to {n_channels}")

    groups: dict[str, dict[str, Any]] = {
        "POINT": {
            "USED": len(labels),
            "SCALE": -0.01,  # negative: the data are floating point
            "RATE": float(rate_hz),
            "DATA_START": 0,
            "FRAMES": min(n_frames, 65535),
            "UNITS": [point_units],
            "X_SCREEN": [screen[0]],
            "Y_SCREEN": [screen[1]],
            **_numbered("LABELS", list(labels)),
            **_numbered("DESCRIPTIONS", [""] * len(labels)),
        },
        "ANALOG": {
            "USED": n_channels,
            "RATE": float(rate_hz * ratio),
            "GEN_SCALE": 1.0,
            "SCALE": scale,
            "OFFSET": offset.astype(int),
            "UNITS": list(analog_units),
            "LABELS": list(analog_labels),
            "DESCRIPTIONS": [""] * n_channels,
        },
        "FORCE_PLATFORM": _plate_group(plates, plate_zero_frames),
        "TRIAL": {
            "ACTUAL_START_FIELD": [first_frame % 65536, first_frame // 65536],
            "ACTUAL_END_FIELD": [(first_frame + n_frames - 1) % 65536, (first_frame + n_frames - 1) // 65536],
        },
    }
    if point_groups:
        groups["POINT"]["TYPE_GROUPS"] = [name for group in point_groups for name in (group, group.rstrip("S"))]
        groups["POINT"].update({group: list(names) for group, names in point_groups.items()})
    if events:
        groups["EVENT"] = _event_group(events, (first_frame - 1) / rate_hz)
    for group, values in (parameters or {}).items():
        groups.setdefault(group, {}).update(values)

    n_blocks = len(_parameter_section(groups)) // BLOCK
    data_start = 2 + n_blocks
    groups["POINT"]["DATA_START"] = data_start
    header = _header(len(labels), n_channels, ratio, n_frames, first_frame, data_start, rate_hz)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(header + _parameter_section(groups) + _data(points, samples / scale + offset, ratio))


def _ratio(rate_hz: float, analog_rate_hz: float) -> int:
    ratio = round(analog_rate_hz / rate_hz)
    if ratio < 1 or abs(ratio * rate_hz - analog_rate_hz) > 1e-6 * analog_rate_hz:
        raise ValueError(f"analog_rate_hz: expected an integer multiple of {rate_hz:g} Hz, found {analog_rate_hz:g} Hz")
    return ratio


def _numbered(name: str, values: list[str]) -> dict[str, list[str]]:
    chunks = [values[start : start + _MAX_LABELS] for start in range(0, max(len(values), 1), _MAX_LABELS)]
    return {name if i == 1 else f"{name}{i}": chunk for i, chunk in enumerate(chunks, 1)}


def _plate_group(plates: Sequence[PlateDefinition], zero: tuple[int, int]) -> dict[str, Any]:
    group: dict[str, Any] = {"USED": len(plates), "ZERO": list(zero)}
    if not plates:
        return group
    width = max(len(plate.channels) for plate in plates)
    channels = np.zeros((width, len(plates)), dtype=int)
    for column, plate in enumerate(plates):
        channels[: len(plate.channels), column] = plate.channels
    group["TYPE"] = [plate.type for plate in plates]
    group["CHANNEL"] = channels
    group["CORNERS"] = np.stack([np.asarray(plate.corners, dtype=float).T for plate in plates], axis=-1)
    group["ORIGIN"] = np.stack([np.asarray(plate.origin, dtype=float) for plate in plates], axis=-1)
    if any(plate.cal_matrix is not None for plate in plates):
        matrices = [np.eye(6) if plate.cal_matrix is None else np.asarray(plate.cal_matrix, float) for plate in plates]
        group["CAL_MATRIX"] = np.stack(matrices, axis=-1)
    return group


def _event_group(events: Sequence[tuple[float, str, str]], start: float) -> dict[str, Any]:
    times = np.array([time + start for time, _, _ in events])
    return {
        "USED": len(events),
        "CONTEXTS": [context for _, _, context in events],
        "LABELS": [label for _, label, _ in events],
        "TIMES": np.stack([times // 60, times % 60]),  # whole minutes and seconds
    }


def _header(
    n_points: int, n_channels: int, ratio: int, n_frames: int, first_frame: int, data_start: int, rate_hz: float
) -> bytes:
    last = first_frame + n_frames - 1
    words = struct.pack(
        "<BBHHHHHfHHf",
        2,
        0x50,
        n_points,
        n_channels * ratio,
        min(first_frame, 65535),
        min(last, 65535),
        0,
        -0.01,
        data_start,
        ratio if n_channels else 0,
        rate_hz,
    )
    return words.ljust(BLOCK, b"\0")


def _parameter_section(groups: Mapping[str, Mapping[str, Any]]) -> bytes:
    records = []
    for number, (group, values) in enumerate(groups.items(), 1):
        records.append((_name(group, -number), b"\0"))  # length of the description: none
        records += [(_name(name, number), _value(value) + b"\0") for name, value in values.items()]
    body = b"".join(head + struct.pack("<H", len(rest) + 2) + rest for head, rest in records) + b"\0\0"
    n_blocks = -(-(len(body) + 4) // BLOCK)
    if n_blocks > 255:
        raise ValueError(f"the parameters need {n_blocks} blocks; a C3D file holds at most 255")
    return (struct.pack("<BBBB", 1, 0x50, n_blocks, 84) + body).ljust(n_blocks * BLOCK, b"\0")  # 84: Intel


def _name(name: str, number: int) -> bytes:
    text = name.encode("ascii")
    return struct.pack("<bb", len(text), number) + text


def _value(value: Any) -> bytes:
    """Return type, dimensions and data of a parameter; whole numbers stay integers (readers insist on it)."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        texts = [item.encode("utf-8") for item in value]
        width = max([len(text) for text in texts], default=0)
        return struct.pack("<bBBB", _CHAR, 2, width, len(texts)) + b"".join(text.ljust(width) for text in texts)
    array = np.asarray(value)
    kind, dtype = (_INT, "<u2") if array.dtype.kind in "iu" else (_FLOAT, "<f4")
    stored = array.astype("<i4").astype("<u2") if kind == _INT else array.astype(dtype)
    return struct.pack(f"<bB{array.ndim}B", kind, array.ndim, *array.shape) + stored.tobytes(order="F")


def _data(points: np.ndarray, samples: np.ndarray, ratio: int) -> bytes:
    n_frames, n_points = points.shape[:2]
    frames = np.zeros((n_frames, 4 * n_points + ratio * samples.shape[1]), dtype="<f4")
    cells = frames[:, : 4 * n_points].reshape(n_frames, n_points, 4)
    visible = np.isfinite(points).all(axis=2)
    cells[..., :3] = np.where(visible[..., None], points, 0.0)
    cells[..., 3] = np.where(visible, 0.0, -1.0)
    frames[:, : 4 * n_points] = cells.reshape(n_frames, -1)  # the slice above may be a copy
    frames[:, 4 * n_points :] = samples.reshape(n_frames, -1)
    payload = frames.tobytes()
    return payload.ljust(-(-len(payload) // BLOCK) * BLOCK, b"\0")
