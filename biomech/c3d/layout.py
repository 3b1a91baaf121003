"""Layout of a C3D file's data section, from header, parameters and file size.

A file says most things twice. Where the two differ, the size of the file decides if it can, and a note names the other;
where it cannot, the file is refused. Layout: C3D format user guide (Motion Lab Systems, 2008).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from biomech.c3d.frames import read_frames
from biomech.c3d.header import BLOCK, EXPORT_AGAIN, FULL, Header, Note
from biomech.c3d.parameters import Section
from biomech.errors import TrialError

_RATES_HZ = (1.0, 50_000.0)
_SAME = 1e-3  # relative difference below which two rates or scales are the same in single precision


@dataclass(frozen=True)
class Layout:
    """How the data section of a file is laid out.

    Parameters
    ----------
    processor : int
        84 Intel, 85 DEC, 86 SGI/MIPS.
    start : int
        Bytes before the first frame.
    real : bool
        Whether values are floating-point numbers of four bytes, not whole numbers of two.
    n_points, n_frames : int
        Points a frame, and frames.
    samples, n_channels : int
        Analog samples a frame, and channels; both 0 if there are none.
    first_frame : int
        Number of the first stored frame, counted from 1.
    rate_hz : float
        Marker rate.
    point_scale : float
        Factor of whole numbers; 1 for floating-point ones.
    offset, scale : (n_channels,) arrays
        Value of a channel: (stored − offset) · scale · general.
    general : float
        ANALOG:GEN_SCALE.
    unsigned : bool
        Whether whole analog numbers have no sign.
    notes : list of (level, code, item, message)
        What header and parameters deny each other in.
    """

    processor: int
    start: int
    real: bool
    n_points: int
    n_frames: int
    samples: int
    n_channels: int
    first_frame: int
    rate_hz: float
    point_scale: float = 1.0
    offset: np.ndarray = field(default_factory=lambda: np.zeros(0))
    scale: np.ndarray = field(default_factory=lambda: np.zeros(0))
    general: float = 1.0
    unsigned: bool = False
    notes: list[Note] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Values a frame."""
        return 4 * self.n_points + self.samples * self.n_channels


def read_layout(path: Path, header: Header, section: Section, size: int) -> Layout:
    """Return the layout of a file.

    Parameters
    ----------
    path : Path
        Only its name is used, for messages.
    header, section : Header, Section
        What the file says.
    size : int
        Bytes of the file.

    Raises
    ------
    TrialError
        ``truncated``, ``frames_disagree``, ``data_start``, ``points_disagree``, ``point_scale``, ``mixed_rates``,
        ``bad_rate``, ``unscaled_channels``.
    """
    notes: list[Note] = []
    start = _data_start(path, header, section)
    rate_hz = _rate(path, header, section, notes)
    _check_points(path, header, section)
    stated = section.number("POINT", "SCALE")
    # negative in a file of floating-point numbers, in the header and again in the parameters
    scales = [scale for scale in (header.scale, stated) if scale != 0 and not math.isnan(scale)] or [header.scale]
    storages = list(dict.fromkeys(scale < 0 for scale in scales))
    agreed = len(storages) == 1 and len(scales) == 1 + (("POINT", "SCALE") in section.records)
    refusal: TrialError | None = None
    for real in storages:  # as a rule one
        found: list[Note] = []
        try:
            samples, channels = _analog_layout(path, header, section, rate_hz, size - start, 4 if real else 2)
            if samples * channels != header.per_frame:
                text = (
                    f"the header says {header.per_frame} analog values a frame; {samples} samples of {channels} channels, as the rates "
                    "say, fill the file and are read"
                )
                found.append(("info", "analog_layout", "", text))
            width = (4 * header.n_points + samples * channels) * (4 if real else 2)
            first, n_frames = read_frames(path, header, section, start, size, width, found)
        except TrialError as error:
            refusal = refusal or _with_channels(error, header, section)
            continue
        if not agreed:
            kind = "floating-point" if real else "whole"
            text = (
                f"header and POINT:SCALE disagree whether the file holds whole or floating-point numbers ({header.scale:g} and "
                f"{stated:g}); the size of the file fits {kind} numbers"
            )
            found.append(("warning", "scale_disagrees", "POINT:SCALE", text))
        notes += found
        offset, scale, general = _scaling(path, section, channels, notes)
        return Layout(
            processor=section.processor,
            start=start,
            real=real,
            n_points=header.n_points,
            n_frames=n_frames,
            samples=samples,
            n_channels=channels,
            first_frame=first,
            rate_hz=rate_hz,
            point_scale=1.0 if real else _point_scale(path, header, stated),
            offset=offset,
            scale=scale,
            general=general,
            unsigned=section.text("ANALOG", "FORMAT").upper().startswith("UNSIGNED"),
            notes=notes,
        )
    assert refusal is not None
    raise refusal


def _with_channels(error: TrialError, header: Header, section: Section) -> TrialError:
    """Return the error with the number of analog channels where two places deny each other: then no number of frames fits."""
    used, values = section.word("ANALOG", "USED"), header.samples * section.word("ANALOG", "USED")
    if error.code not in ("frames_disagree", "truncated") or math.isnan(values) or values == header.per_frame:
        return error
    stated = f"{header.per_frame} analog values a frame in the header"
    text = f"{error}; ANALOG:USED says {used:g} analog channels of {header.samples} samples a frame, but there are {stated}"
    return TrialError(text, code=error.code, action=error.action)


def _data_start(path: Path, header: Header, section: Section) -> int:
    """Return the byte at which the data begin; header and parameters must agree, since nothing else gives it."""
    stated = section.word("POINT", "DATA_START")
    free = header.parameter_start + -(-section.length // BLOCK)
    if stated == header.data_start < free:
        raise TrialError(
            f"{path.name}: expected the data to begin after the parameters, in block {free} or later, found block "
            f"{header.data_start} in the header and in POINT:DATA_START",
            code="data_start",
            action=EXPORT_AGAIN,
        )
    if header.data_start < free or (stated > 0 and stated != header.data_start):
        other = f", POINT:DATA_START block {stated:g}" if stated > 0 else ""
        raise TrialError(
            f"{path.name}: expected header and parameters to name the same first block of the data, found block "
            f"{header.data_start} in the header{other}",
            code="data_start",
            action=EXPORT_AGAIN,
        )
    return (header.data_start - 1) * BLOCK


def _rate(path: Path, header: Header, section: Section, notes: list[Note]) -> float:
    stated = section.number("POINT", "RATE")
    rate = header.rate_hz if math.isnan(stated) or stated == 0 else stated
    if not _RATES_HZ[0] <= rate <= _RATES_HZ[1]:
        raise TrialError(
            f"{path.name}: expected a marker rate of {_RATES_HZ[0]:g} to {_RATES_HZ[1]:g} Hz, found {rate:g}",
            code="bad_rate",
            action="set POINT:RATE in the recording software and export again",
        )
    if header.rate_hz > 0 and not abs(rate - header.rate_hz) <= _SAME * rate:
        text = (
            f"POINT:RATE says {rate:g} Hz, which is used; the header says {header.rate_hz:g} Hz. If the header is right, all "
            "times and speeds are wrong: check the rate in the recording software"
        )
        notes.append(("warning", "rate_disagrees", "POINT:RATE", text))
    return rate


def _check_points(path: Path, header: Header, section: Section) -> None:
    used = section.word("POINT", "USED")
    if not math.isnan(used) and used != header.n_points:
        raise TrialError(
            f"{path.name}: expected header and parameters to name the same number of markers, found {header.n_points} in the "
            f"header and {used:g} in POINT:USED",
            code="points_disagree",
            action=EXPORT_AGAIN,
        )


def _point_scale(path: Path, header: Header, stated: float) -> float:
    """Return the factor of whole numbers; without it, or with two, a marker could lie anywhere."""
    scale = header.scale if math.isnan(stated) else stated
    both = abs(abs(scale) - abs(header.scale)) <= _SAME * abs(scale) or header.scale == 0
    if not (math.isfinite(scale) and scale != 0 and both):
        raise TrialError(
            f"{path.name}: expected the same scale of markers in header and POINT:SCALE, found {header.scale:g} and {stated:g}",
            code="point_scale",
            action="export again, as floating-point numbers if the software can",
        )
    return abs(scale)


def _analog_layout(
    path: Path, header: Header, section: Section, rate: float, room: int, size_of: int
) -> tuple[int, int]:
    """Return analog samples a frame and channels; refuse a file whose statements on them deny each other."""
    analog_rate = section.number("ANALOG", "RATE")
    channels = section.word("ANALOG", "USED")
    if math.isnan(channels):
        channels = header.per_frame / max(header.samples, 1)
    if not header.per_frame and not channels > 0:
        return 0, 0
    if not 0 < channels <= FULL or channels % 1 or header.per_frame % channels:
        raise _mixed(
            path,
            f"a whole number of samples of the {channels:g} analog channels of ANALOG:USED",
            f"{header.per_frame} analog values a frame in the header",
        )
    samples = int(header.per_frame // channels)
    if not analog_rate > 0:
        if header.samples and header.samples != samples:
            raise _mixed(
                path,
                f"{samples} analog samples a frame",
                f"{header.samples} in the header and no ANALOG:RATE to decide",
            )
        return (samples, int(channels)) if samples else (0, 0)
    if math.isfinite(analog_rate) and abs(analog_rate - header.samples * rate) <= _SAME * analog_rate:
        # some software writes the samples a frame right and the values a frame wrong; then the size of the file decides
        frames = header.last - header.first + 1
        if room >= frames * (4 * header.n_points + header.samples * channels) * size_of:
            samples = header.samples
    if not samples:
        frames, ratio = max(header.last - header.first + 1, 0), min(analog_rate / rate, room)
        points = frames * 4 * header.n_points * size_of
        if points <= room < points + frames * round(ratio) * round(channels) * size_of:
            return 0, 0  # the group ANALOG is left over from a file with channels: they would not fit into this one
        raise _mixed(
            path,
            f"{channels:g} analog channels at {analog_rate:g} Hz, as the group ANALOG says",
            "a header without analog values",
            "export again with the analog channels, or with ANALOG:USED 0",
        )
    if not abs(analog_rate - samples * rate) <= _SAME * min(analog_rate, _RATES_HZ[1]):
        raise _mixed(
            path,
            f"an analog rate of {samples * rate:g} Hz ({samples:g} samples a frame at {rate:g} Hz)",
            f"ANALOG:RATE {analog_rate:g} Hz",
        )
    if not analog_rate <= _RATES_HZ[1]:
        raise TrialError(
            f"{path.name}: expected an analog rate of at most {_RATES_HZ[1]:g} Hz, found {analog_rate:g}",
            code="bad_rate",
            action="set ANALOG:RATE in the recording software and export again",
        )
    return samples, int(channels)


def _mixed(path: Path, expected: str, found: str, action: str = "") -> TrialError:
    action = action or "export with an analog rate that is a whole multiple of the marker rate"
    return TrialError(f"{path.name}: expected {expected}, found {found}", code="mixed_rates", action=action)


def _scaling(path: Path, section: Section, n_channels: int, notes: list[Note]) -> tuple[np.ndarray, np.ndarray, float]:
    """Return OFFSET, SCALE and GEN_SCALE; refuse a file that lacks one of them: a value without scale is not a force."""
    if not n_channels:
        return np.zeros(0), np.zeros(0), 1.0
    lists = {name: section.numbers("ANALOG", name) for name in ("SCALE", "OFFSET")}
    general = section.number("ANALOG", "GEN_SCALE")
    for name, values in lists.items():
        if len(values) < n_channels or not np.isfinite(values[:n_channels]).all():
            good = int(np.isfinite(values[:n_channels]).sum())
            raise _unscaled(path, f"ANALOG:{name} of each of the {n_channels} analog channels", f"{good}")
    if not math.isfinite(general) or general == 0:
        raise _unscaled(path, "ANALOG:GEN_SCALE", "nothing" if math.isnan(general) else f"{general:g}")
    offset, scale = lists["OFFSET"][:n_channels], lists["SCALE"][:n_channels]
    parameter = section.records.get(("ANALOG", "OFFSET"))
    if (
        parameter is not None
        and parameter.kind == 2
        and section.text("ANALOG", "FORMAT").upper().startswith("UNSIGNED")
    ):
        offset = np.where(offset < 0, offset + FULL + 1, offset)
    if dead := (np.flatnonzero(scale == 0) + 1).tolist():
        text = f"ANALOG:SCALE is 0 for {len(dead)} analog channels: whatever they recorded is read as 0"
        lost = sorted(set(dead) & set(section.numbers("FORCE_PLATFORM", "CHANNEL").ravel().tolist()))
        if lost:
            text += f"; {len(lost)} of them belong to force plates, whose force is lost: export again with their scale"
        item = f"channels {', '.join(map(str, dead[:8]))}"
        notes.append(("warning" if lost else "info", "channel_scale", item, text))
    return offset, scale, general


def _unscaled(path: Path, expected: str, found: str) -> TrialError:
    return TrialError(
        f"{path.name}: expected {expected}, found {found}",
        code="unscaled_channels",
        action="export again with scale and offset of every channel, or without those that have none",
    )
