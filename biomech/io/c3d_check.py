"""What can be told from the bytes of a C3D file before a reader sees it: is it one, is it whole, is it damaged.

ezc3d 1.7.2 takes the whole process down on some damaged files, or never comes back, so it is not given those. Layout of
header and parameter section: C3D format user guide (Motion Lab Systems, 2008).
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from biomech.errors import TrialError

BLOCK = 512
_INTEL, _DEC, _MIPS = 84, 85, 86
# ezc3d takes the first value of these without looking whether there is one of that type
_EXPECTED: dict[tuple[str, str], Literal["number", "text"]] = {
    **{("POINT", name): "number" for name in ("USED", "SCALE", "RATE", "FRAMES", "DATA_START")},
    **{("ANALOG", name): "number" for name in ("USED", "RATE", "GEN_SCALE", "SCALE", "OFFSET", "BITS")},
    **{("ROTATION", name): "number" for name in ("USED", "RATE", "RATIO", "DATA_START")},
    **{("TRIAL", name): "number" for name in ("ACTUAL_START_FIELD", "ACTUAL_END_FIELD")},
    **{(group, name): "text" for group in ("POINT", "ANALOG") for name in ("LABELS", "DESCRIPTIONS", "UNITS")},
    ("ANALOG", "FORMAT"): "text",
}
_LISTS = {("ANALOG", "SCALE"), ("ANALOG", "OFFSET")}  # empty in files without analog channels
EXPORT_AGAIN = "copy the file again from the recording system, or export it again"


@dataclass(frozen=True)
class Layout:
    """How the data section of a file is laid out.

    Parameters
    ----------
    n_points, n_frames : int
        Points a frame, and frames; 0 frames where the header cannot say.
    samples, n_channels : int
        Analog samples a frame, and channels; both 0 if there are none.
    """

    n_points: int
    n_frames: int
    samples: int
    n_channels: int


def check_file(path: Path) -> tuple[Layout, str]:
    """Check magic number, size and parameter section of a C3D file before any reader sees it.

    Returns
    -------
    layout : Layout
        What header, parameters and size of the file say together.
    damage : str
        What is wrong with the parameter section, empty if nothing: ezc3d takes the whole process down on some damaged
        files, so it is not given those.

    Raises
    ------
    TrialError
        Codes ``file_missing``, ``file_empty``, ``not_c3d``, ``truncated``, ``unscaled_channels``,
        ``mixed_rates``.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(BLOCK)
            if len(header) == BLOCK and header[1] == 0x50:
                file.seek(max(header[0] - 1, 0) * BLOCK)
                section = file.read(4)
                section += file.read(max(section[2] if len(section) == 4 else 0, 1) * BLOCK - 4)
    except OSError as error:
        reason = "it does not exist" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise TrialError(
            f"{path.name}: expected a C3D file, but {reason}",
            code="file_missing",
            action="check the `file` column of trials.tsv and the data folder",
        ) from None
    if size == 0:
        raise TrialError(f"{path.name}: expected a C3D file, found 0 bytes", code="file_empty", action=EXPORT_AGAIN)
    if len(header) < 2 or header[1] != 0x50:
        found = header[1:2].hex() or "nothing"
        raise TrialError(
            f"{path.name}: expected a C3D file (second byte 50), found {found}",
            code="not_c3d",
            action="give the path of a C3D file",
        )
    if len(header) < BLOCK or len(section) < 4:
        raise _truncated(path, 2 * BLOCK, size)
    processor = section[3]
    stated = _stated(header, processor)
    if size < stated.end:
        raise _truncated(path, stated.end, size)
    records, damage = _records(section)
    damage = damage or _damage(stated, processor, records)
    samples = n_channels = 0
    if not damage:
        samples, n_channels = _analog_layout(path, stated, processor, size, records)
        _check_scaling(path, n_channels, records)
    return Layout(stated.n_points, stated.n_frames, samples, n_channels), damage


@dataclass(frozen=True)
class _Stated:
    """What the header says of the data: points and analog values a frame, frames, first block, bytes a value."""

    n_points: int
    per_frame: int
    first: int
    last: int
    data_start: int
    samples: int
    width: int

    @property
    def n_frames(self) -> int:
        """Number of frames; 0 where the header cannot say."""
        return self.last - self.first + 1 if self.first <= self.last < 65535 else 0

    @property
    def end(self) -> int:
        """Bytes up to the end of the last frame; 0 where the header cannot say."""
        if self.data_start < 1 or not self.n_frames:
            return 0
        return (self.data_start - 1) * BLOCK + self.n_frames * (4 * self.n_points + self.per_frame) * self.width


def _stated(header: bytes, processor: int) -> _Stated:
    words = struct.unpack(f"{'>' if processor == _MIPS else '<'}10H", header[:20])
    # the scale is negative in floating-point files; its sign bit lies where the processor puts it
    sign = header[{_DEC: 13, _MIPS: 12}.get(processor, 15)]
    return _Stated(words[1], words[2], words[3], words[4], words[8], words[9], 4 if sign & 0x80 else 2)


@dataclass(frozen=True)
class _Parameter:
    """One record of the parameter section: type (-1 text, 1, 2, 4 bytes), dimensions and the bytes of its values."""

    kind: int
    dims: tuple[int, ...]
    values: bytes


_Records = dict[tuple[str, str], _Parameter]


def _damage(stated: _Stated, processor: int, records: _Records) -> str:
    """Return the first thing in the parameter section that cannot be; empty if there is none."""
    for name, parameter in records.items():
        known = _EXPECTED.get(name) or _EXPECTED.get((name[0], name[1].rstrip("23456789")))
        if known == "text" and (parameter.kind != -1 or not parameter.dims):
            return f"{':'.join(name)} is no list of texts"
        if known == "number" and parameter.kind == -1:
            return f"{':'.join(name)} is no number"
        if known == "number" and not parameter.values and name not in _LISTS:
            return f"{':'.join(name)} is empty"
    n_points, per_frame = stated.n_points, stated.per_frame
    points, channels = (_number(records.get((group, "USED")), processor) for group in ("POINT", "ANALOG"))
    if points != n_points and not math.isnan(points):
        return f"POINT:USED says {points:g} points, the header {n_points}"
    if per_frame and not math.isnan(channels) and (channels <= 0 or per_frame % channels):
        return f"the header's {per_frame} analog values a frame do not fit ANALOG:USED {channels:g}"
    wanted = [("POINT", "USED"), ("POINT", "SCALE")] + [("ANALOG", n) for n in ("SCALE", "OFFSET") if per_frame]
    if missing := [":".join(name) for name in wanted if name not in records or not records[name].values]:
        return f"{', '.join(missing)} is missing"
    return ""


def _check_scaling(path: Path, n_channels: int, records: _Records) -> None:
    """Refuse a file that lacks the scale or offset of a channel: ezc3d reads on in its memory, the other reader guesses."""
    for name in ("SCALE", "OFFSET"):
        given = _length(records, "ANALOG", name)
        if given < n_channels:
            raise TrialError(
                f"{path.name}: expected ANALOG:{name} of each of the {n_channels} analog channels, found {given}",
                code="unscaled_channels",
                action="export again with scale and offset of every channel, or without those that have none",
            )


def _length(records: _Records, group: str, name: str) -> int:
    """Return how many values a parameter has with its continuations (SCALE2, SCALE3, …)."""
    count, number = 0, 1
    while parameter := records.get((group, name if number == 1 else f"{name}{number}")):
        count += len(parameter.values) // abs(parameter.kind)
        number += 1
    return count


def _analog_layout(path: Path, stated: _Stated, processor: int, size: int, records: _Records) -> tuple[int, int]:
    """Return analog samples a frame and channels; refuse a file whose ANALOG:RATE denies how its data are laid out."""
    wanted = (("POINT", "RATE"), ("ANALOG", "RATE"), ("ANALOG", "USED"))
    rate, analog_rate, channels = (_number(records.get(name), processor) for name in wanted)
    if math.isnan(channels):
        channels = stated.per_frame / max(stated.samples, 1)
    if not channels > 0:
        return 0, 0
    samples = stated.per_frame / channels
    if rate > 0 and analog_rate > 0:
        # some software writes the samples a frame right and the values a frame wrong; then the size of the file tells
        other = replace(stated, per_frame=round(stated.samples * channels))
        if abs(analog_rate - stated.samples * rate) <= 1e-3 * analog_rate < math.inf and size >= other.end:
            samples = stated.samples
        elif not samples:
            promised = replace(stated, per_frame=round(min(analog_rate / rate, size)) * round(channels))
            if promised.per_frame * stated.width <= size < promised.end:
                return 0, 0  # the group ANALOG is left over from a file with channels: they would not fit into this one
            raise TrialError(
                f"{path.name}: expected {channels:g} analog channels at {analog_rate:g} Hz, as the group ANALOG says, found a "
                "header without analog values",
                code="mixed_rates",
                action="export again with the analog channels, or with ANALOG:USED 0",
            )
        elif math.isinf(analog_rate) or abs(analog_rate - samples * rate) > 1e-3 * analog_rate:
            raise TrialError(
                f"{path.name}: expected an analog rate of {samples * rate:g} Hz ({samples:g} samples a frame at {rate:g} Hz), "
                f"found ANALOG:RATE {analog_rate:g} Hz",
                code="mixed_rates",
                action="export with an analog rate that is a whole multiple of the marker rate",
            )
    return (int(samples), int(channels)) if samples >= 1 else (0, 0)


def _number(parameter: _Parameter | None, processor: int) -> float:
    """Return the first value of a parameter, NaN where there is none."""
    if parameter is None or parameter.kind < 1 or len(parameter.values) < parameter.kind:
        return math.nan
    first = parameter.values[: parameter.kind]
    if parameter.kind < 4:
        return float(int.from_bytes(first, _order(processor)))
    if processor == _DEC:  # words swapped, exponent larger by 2
        return float(struct.unpack("<f", first[2:] + first[:2])[0]) / 4
    return float(struct.unpack(">f" if processor == _MIPS else "<f", first)[0])


def _order(processor: int) -> Literal["big", "little"]:
    return "big" if processor == _MIPS else "little"


def _records(section: bytes) -> tuple[_Records, str]:
    """Walk the parameter section; return its parameters by group and name, and the first record that cannot be."""
    order = _order(section[3])
    groups: dict[int, str] = {}
    found: dict[tuple[int, str], _Parameter] = {}
    at = 4
    while at + 4 <= len(section) and section[at]:
        name_length, number = struct.unpack("bb", section[at : at + 2])
        after_name = at + 2 + abs(name_length)
        if number == 0 or after_name + 3 > len(section):
            return {}, f"damaged parameter record at byte {at}"
        name = section[at + 2 : after_name].decode("latin-1").upper()
        step = int.from_bytes(section[after_name : after_name + 2], order)
        data = after_name + 2
        if not re.fullmatch(r"[\x20-\x7e]+", name):
            return {}, f"damaged name of the parameter at byte {at}"
        if number < 0:
            if step != 3 + section[data]:  # its own two bytes, a length and the description
                return {}, f"damaged group {name!r}"
            groups[-number] = name
        else:
            kind, n_dims = struct.unpack("bB", section[data : data + 2].ljust(2, b"\0"))
            dims = tuple(section[data + 2 : data + 2 + n_dims])
            start = data + 2 + n_dims
            end = start + math.prod(dims) * abs(kind)  # of the values; a length and the description follow
            described = end + 1 + (section[end] if end < len(section) else 0)
            if kind not in (-1, 1, 2, 4) or n_dims > 7 or (step and described > after_name + step):
                return {}, f"damaged parameter {name!r}"
            found[number, name] = _Parameter(kind, dims, section[start:end])
        if step == 0:
            break
        at = after_name + step
        if at > len(section) and number < 0:  # the last parameter may point anywhere
            return {}, f"group {name!r} points past the end of its section"
    return {(groups.get(number, ""), name): parameter for (number, name), parameter in found.items()}, ""


def _truncated(path: Path, expected: int, found: int) -> TrialError:
    return TrialError(
        f"{path.name}: the file is cut off: expected at least {expected} bytes, found {found}",
        code="truncated",
        action=EXPORT_AGAIN,
    )
