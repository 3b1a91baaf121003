"""Arrays from the bytes of a C3D file: checks, then ezc3d, or the second reader where ezc3d is known to fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from biomech.c3d.check import check_file
from biomech.c3d.header import EVENTS_MARK, Note, read_header
from biomech.c3d.parameters import DEC, INTEL, MIPS, byte_order, floats
from biomech.c3d.second_reader import read_data
from biomech.c3d.with_ezc3d import read_with_ezc3d, reason_against
from biomech.errors import TrialError

_MOST_EVENTS = 18
_PROCESSORS = {INTEL: "Intel", DEC: "DEC", MIPS: "SGI/MIPS"}


@dataclass
class RawC3d:
    """A C3D file as stored: raw lab axes, stored units.

    Parameters
    ----------
    points : (3, n_points, n_frames) array
        float32 or float64 positions; NaN where the residual is negative.
    analog : (n_channels, n_samples) array
        Scaled analog values.
    rate_hz, analog_rate_hz : float
        Sampling rates; the second is 0 without analog channels.
    first_frame : int
        Number of the first stored frame, counted from 1.
    parameters : dict
        Group -> name -> list of str, or an array with dimensions as in the C3D format. Names as stored; they compare without case.
    header_events : list of (float, str)
        Old style events of the header: seconds and a label of up to four characters.
    point_step : float
        Smallest step that the file can store, in its unit; 0 for floating-point numbers.
    storage : str
        Processor and kind of numbers, for example ``Intel, floating-point``.
    reader : str
        ``ezc3d``, or ``second reader: `` and why.
    notes : list of (level, code, item, message)
        What header and parameters deny each other in.
    """

    points: np.ndarray
    analog: np.ndarray
    rate_hz: float
    analog_rate_hz: float
    first_frame: int
    parameters: dict[str, dict[str, Any]]
    header_events: list[tuple[float, str]] = field(default_factory=list)
    point_step: float = 0.0
    storage: str = ""
    reader: str = ""
    notes: list[Note] = field(default_factory=list)

    def group(self, group: str) -> dict[str, Any]:
        """Return the parameters of a group; empty if it is absent."""
        found: dict[str, Any] = {}
        for name, values in self.parameters.items():
            if name.upper() == group.upper():
                found |= values
        return found

    def numbers(self, group: str, name: str) -> np.ndarray:
        """Return a numeric parameter; empty if it is absent or text."""
        value = _capitals(self.group(group)).get(name.upper())
        return np.zeros(0) if value is None or isinstance(value, list) else np.asarray(value, dtype=float)

    def texts(self, group: str, name: str) -> list[str]:
        """Return a text parameter with its continuations (LABELS2, LABELS3, …), blanks at the ends removed."""
        values, name = _capitals(self.group(group)), name.upper()
        found: list[str] = []
        number = 1
        while isinstance(part := values.get(name if number == 1 else f"{name}{number}"), list):
            found += [_clean(text) for text in part]
            number += 1
        return found


def read_raw(path: Path, needs_markers: bool = True) -> RawC3d:
    """Read a C3D file.

    Parameters
    ----------
    path : Path
        The file.
    needs_markers : bool
        Whether a file without points is refused; without it, analog channels suffice.

    Raises
    ------
    TrialError
        Codes of `biomech.c3d.check.check_file`, and ``no_points``.
    """
    layout, section, header = check_file(path)
    if not layout.n_frames or not (layout.n_points or (layout.n_channels and not needs_markers)):
        raise TrialError(
            f"{path.name}: expected markers, found a C3D file without any point or frame",
            code="no_points",
            action="check that the trial was reconstructed and labelled before the export; a trial of maximal contractions (EMG) needs "
            "no markers: give it the role `functional` and the condition `mvc`",
        )
    notes = list(layout.notes)
    refusal = reason_against(layout, section, read_header(header, layout.processor))
    if not refusal:
        try:
            points, analog, events = read_with_ezc3d(path, layout)
        except Exception as error:  # ezc3d raises whatever its C++ code throws
            refusal = f"ezc3d gives up: {' '.join(str(error).split())}"[:200]
    if refusal:
        points, analog = read_data(path, layout)
        events = _header_events(header, layout.processor)
        notes.append(
            (
                "info",
                "second_reader",
                "",
                f"ezc3d does not read this file rightly ({refusal}); the second reader read it",
            )
        )
    if unscaled := np.flatnonzero(layout.scale == 0).tolist():
        analog[unscaled] = 0.0  # also where such a channel holds no number
    return RawC3d(
        points=points,
        analog=analog,
        rate_hz=layout.rate_hz,
        analog_rate_hz=layout.rate_hz * layout.samples if layout.n_channels else 0.0,
        first_frame=layout.first_frame,
        parameters=section.values(),
        header_events=[(time, name) for time, label in events if (name := _clean(label)) and np.isfinite(time)],
        point_step=0.0 if layout.real else layout.point_scale,
        storage=f"{_PROCESSORS[layout.processor]}, {'floating-point' if layout.real else 'integer'}",
        reader=f"second reader: {refusal}" if refusal else "ezc3d",
        notes=notes,
    )


def _header_events(header: bytes, processor: int) -> list[tuple[float, str]]:
    order = byte_order(processor)
    if int.from_bytes(header[298:300], order) != EVENTS_MARK:
        return []
    count = min(int.from_bytes(header[300:302], order), _MOST_EVENTS)
    times = floats(header[304 : 304 + 4 * count], processor).astype(float).tolist()
    labels = [header[396 + 4 * i : 400 + 4 * i].decode("utf-8", "surrogateescape") for i in range(count)]
    return list(zip(times, labels, strict=True))


def _capitals(values: dict[str, Any]) -> dict[str, Any]:
    return {name.upper(): value for name, value in values.items()}


def _clean(text: str) -> str:
    """Remove padding; bytes that are not UTF-8 are Latin-1, as Western recording systems write it."""
    if not text.isascii():
        text = text.encode("utf-8", "surrogateescape").decode("latin-1") if not _is_utf8(text) else text
    return text.replace("\0", " ").strip()


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
