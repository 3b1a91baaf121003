"""A second decoder and encoder of C3D files, plain and slow, which shares no code with the project.

Written from the C3D format user guide (Motion Lab Systems, 2008) with `struct` alone, number by number. It checks nothing:
what it gives is what a file says if the header is believed.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

INTEL, DEC, MIPS = 84, 85, 86


@dataclass
class Decoded:
    points: np.ndarray  # frame, point, axis
    analog: np.ndarray  # sample, channel
    rate: float
    first: int
    values: dict[tuple[str, str], list]  # numbers or texts, names in capitals


def number(data: bytes, processor: int) -> float:
    """One floating-point number of four bytes."""
    if processor != DEC:
        return struct.unpack(">f" if processor == MIPS else "<f", data)[0]
    high, low = struct.unpack("<HH", data)  # sign, exponent of 128 and the upper mantissa; the lower one
    exponent, mantissa = high >> 7 & 255, (high & 127) << 16 | low
    return 0.0 if exponent == 0 else math.copysign((1 + mantissa / 2**23) * 2.0 ** (exponent - 129), 0.5 - (high >> 15))


def decode(data: bytes) -> Decoded:
    section = (data[0] - 1) * 512
    processor = data[section + 3]
    order = ">" if processor == MIPS else "<"

    def word(at: int) -> int:
        return struct.unpack_from(order + "H", data, at)[0]

    end = section + 512 * max(data[section + 2], word(16) - data[0])
    values = parameters(data[section:end], processor)
    n_points, per_frame, first, last = word(2), word(4), word(6), word(8)
    scale = number(data[12:16], processor)
    start = (word(16) - 1) * 512
    channels = int(numeric(values, "ANALOG", "USED", per_frame / max(word(18), 1))) % 65536 if per_frame else 0
    n_frames = last - first + 1
    if 65535 in (first, last):
        ends = [values["TRIAL", f"ACTUAL_{name}_FIELD"] for name in ("START", "END")]
        first, last = (low % 65536 + 65536 * (high % 65536) for low, high in ends)
        n_frames = last - first + 1
    size, width = (4, 4 * n_points + per_frame) if scale < 0 else (2, 4 * n_points + per_frame)
    points = np.full((n_frames, n_points, 3), np.nan)
    samples = per_frame // channels if channels else 0
    analog = np.full((n_frames * samples, channels), np.nan)
    factor = abs(numeric(values, "POINT", "SCALE", scale))
    unsigned = "".join(map(str, values.get(("ANALOG", "FORMAT"), []))).upper().startswith("UNSIGNED")
    lists = {name: listed(values, name)[:channels] for name in ("OFFSET", "SCALE")} if channels else {}
    general = numeric(values, "ANALOG", "GEN_SCALE", 1) if channels else 1.0
    if unsigned and channels:
        lists["OFFSET"] = [value % 65536 for value in lists["OFFSET"]]
    for frame in range(n_frames):
        at = start + frame * width * size
        stored = data[at : at + width * size]
        if size == 2:
            numbers = list(struct.unpack(f"{order}{width}h", stored))
            seen = [numbers[4 * i + 3] >= 0 for i in range(n_points)]
        else:
            numbers = [number(stored[4 * i : 4 * i + 4], processor) for i in range(width)]
            seen = [not numbers[4 * i + 3] < 0 for i in range(n_points)]
        for point in range(n_points):
            if seen[point]:
                points[frame, point] = [value * (factor if size == 2 else 1) for value in numbers[4 * point :][:3]]
        for i, value in enumerate(numbers[4 * n_points :][: samples * channels]):
            sample, channel = divmod(i, channels)
            value = value % 65536 if unsigned and size == 2 else value
            analog[frame * samples + sample, channel] = (
                (value - lists["OFFSET"][channel]) * lists["SCALE"][channel] * general
            )
    rate = numeric(values, "POINT", "RATE", 0)
    return Decoded(points, analog, rate if rate > 0 else number(data[20:24], processor), first, values)


def numeric(values: dict[tuple[str, str], list], group: str, name: str, otherwise: float) -> float:
    """First value of a parameter that holds numbers."""
    found = values.get((group, name), [])
    return found[0] if found and not isinstance(found[0], str) and found[0] == found[0] else otherwise


def listed(values: dict[tuple[str, str], list], name: str) -> list:
    """Values of an analog parameter with its continuations."""
    found, count = list(values["ANALOG", name]), 2
    while ("ANALOG", f"{name}{count}") in values:
        found += values["ANALOG", f"{name}{count}"]
        count += 1
    return found


def parameters(section: bytes, processor: int) -> dict[tuple[str, str], list]:
    order = ">" if processor == MIPS else "<"
    groups: dict[int, str] = {}
    found: dict[tuple[int, str], list] = {}
    at = 4
    while at < len(section) and section[at]:
        length, number_of = struct.unpack_from("bb", section, at)
        name = section[at + 2 : at + 2 + abs(length)].decode("latin-1").upper()
        at += 2 + abs(length)
        step = struct.unpack_from(order + "H", section, at)[0]
        if number_of < 0:
            groups[-number_of] = name
        else:
            kind, n_dims = struct.unpack_from("bB", section, at + 2)
            dims = section[at + 4 : at + 4 + n_dims]
            stored = section[at + 4 + n_dims :][: math.prod(dims) * abs(kind)]
            if kind == -1:
                width = dims[0] if dims else 1
                count = math.prod(dims[1:])
                found[number_of, name] = [stored[i * width : (i + 1) * width].decode("latin-1") for i in range(count)]
            elif kind == 4:
                found[number_of, name] = [number(stored[i : i + 4], processor) for i in range(0, len(stored), 4)]
            else:
                letter = "b" if kind == 1 else "h"
                found[number_of, name] = list(struct.unpack(f"{order}{len(stored) // kind}{letter}", stored))
        if not step:
            break
        at += step
    return {(groups.get(number_of, ""), name): value for (number_of, name), value in found.items()}


def encode(
    points: np.ndarray,
    analog: np.ndarray,
    groups: Mapping[str, Mapping[str, Any]],
    processor: int = INTEL,
    real: bool = True,
    first: int = 1,
    rate: float = 100.0,
    scale: float = 0.1,
    header: Mapping[int, int] | None = None,
) -> bytes:
    """A file of any processor; `groups` add to its parameters or replace them, None takes one out; `header` replaces words.

    Points (frames, points, 3) and analog (samples, channels), stored with a scale of 0.1 and 0.01 where they are whole numbers.
    A list of texts, an array or a number is stored as such, a bare text without dimensions.
    """
    (n_frames, n_points), (n_samples, channels) = points.shape[:2], analog.shape
    ratio, last = n_samples // n_frames, first + n_frames - 1
    gain = 0.01
    all_groups: dict[str, dict[str, Any]] = {
        "POINT": {
            "USED": n_points,
            "SCALE": -scale if real else scale,
            "RATE": rate,
            "DATA_START": "auto",
            "FRAMES": min(n_frames, 65535),
            "UNITS": ["mm"],
            "LABELS": [f"M{i}" for i in range(n_points)],
        },
        "ANALOG": {
            "USED": channels,
            "RATE": rate * ratio,
            "GEN_SCALE": 1.0,
            "SCALE": np.full(channels, gain),
            "OFFSET": np.zeros(channels, dtype=int),
            "UNITS": ["V"] * channels,
            "LABELS": [f"c{i}" for i in range(channels)],
        },
    }
    for group, values in groups.items():
        all_groups[group] = {**all_groups.get(group, {}), **values}
    blocks = len(_section({**all_groups, "POINT": {**all_groups["POINT"], "DATA_START": 0}}, processor)) // 512
    if isinstance(all_groups["POINT"]["DATA_START"], str) and all_groups["POINT"]["DATA_START"] == "auto":
        all_groups["POINT"]["DATA_START"] = 2 + blocks
    words = [n_points, channels * ratio, min(first, 65535), min(last, 65535), 0]
    order = ">" if processor == MIPS else "<"
    head = bytes([2, 0x50]) + struct.pack(order + "5H", *words) + _number(-scale if real else scale, processor)
    head += struct.pack(order + "2H", 2 + blocks, ratio if channels else 0) + _number(rate, processor)
    for place, value in (header or {}).items():
        head = head[: 2 * place] + struct.pack(order + "H", value) + head[2 * place + 2 :]
    seen = np.isfinite(points).all(axis=2)
    cells = np.concatenate([np.where(seen[..., None], points, 0), np.where(seen, 0, -1)[..., None]], axis=2)
    if not real:
        cells[..., :3] = np.round(cells[..., :3] / scale)
    frames = np.concatenate([cells.reshape(n_frames, -1), np.round(analog / gain).reshape(n_frames, -1)], axis=1)
    if real and processor == DEC:
        body = (frames.astype("<f4") * 4).astype("<f4").view("<u2").reshape(-1, 2)[:, ::-1].astype("<u2").tobytes()
    else:
        body = frames.astype(f"{order}{'f4' if real else 'i2'}").tobytes()
    return head.ljust(512, b"\0") + _section(all_groups, processor) + body + bytes(-len(body) % 512)


def _number(value: float, processor: int) -> bytes:
    if processor == DEC:
        stored = struct.pack("<f", 4 * value)
        return stored[2:] + stored[:2]
    return struct.pack(">f" if processor == MIPS else "<f", value)


def _section(groups: Mapping[str, Mapping[str, Any]], processor: int) -> bytes:
    order = ">" if processor == MIPS else "<"
    out = b""
    for count, (group, values) in enumerate(groups.items(), 1):
        out += struct.pack("bb", len(group), -count) + group.encode() + struct.pack(order + "H", 3) + b"\0"
        for name, value in values.items():
            if value is not None:
                body = _value(value, processor) + b"\0"
                out += (
                    struct.pack("bb", len(name), count) + name.encode() + struct.pack(order + "H", len(body) + 2) + body
                )
    blocks = -(-(len(out) + 6) // 512)
    return (bytes([1, 0x50, blocks, processor]) + out).ljust(512 * blocks, b"\0")


def _value(value: Any, processor: int) -> bytes:
    order = ">" if processor == MIPS else "<"
    if isinstance(value, str):
        return struct.pack("bB", -1, 0) + value.encode()[:1]
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        width = max([len(text) for text in value], default=0)
        return struct.pack("bBBB", -1, 2, width, len(value)) + "".join(text.ljust(width) for text in value).encode()
    array = np.asarray(value)
    flat = array.ravel(order="F")
    if array.dtype.kind == "f":
        head, body = 4, b"".join(_number(float(x), processor) for x in flat)
    else:
        head, body = 2, b"".join(struct.pack(order + "H", int(x) % 65536) for x in flat)
    return struct.pack(f"bB{array.ndim}B", head, array.ndim, *array.shape) + body
