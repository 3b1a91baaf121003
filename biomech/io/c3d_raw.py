"""From the bytes of a C3D file to plain arrays: ezc3d first, the second reader after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ezc3d
import numpy as np

from biomech.errors import TrialError
from biomech.io.c3d_check import EXPORT_AGAIN, Layout, check_file
from biomech.io.c3d_data import read_data


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
        Group -> name -> list of str, or an array with dimensions as in the C3D format.
    header_events : list of (float, str)
        Old style events of the header: seconds and a label of up to four characters.
    reader : str
        Name of the package that read the file.
    """

    points: np.ndarray
    analog: np.ndarray
    rate_hz: float
    analog_rate_hz: float
    first_frame: int
    parameters: dict[str, dict[str, Any]]
    header_events: list[tuple[float, str]] = field(default_factory=list)
    reader: str = ""

    def numbers(self, group: str, name: str) -> np.ndarray:
        """Return a numeric parameter; empty if it is absent or text."""
        value = self.parameters.get(group, {}).get(name)
        return np.zeros(0) if value is None or isinstance(value, list) else np.asarray(value, dtype=float)

    def texts(self, group: str, name: str) -> list[str]:
        """Return a text parameter with its continuations (LABELS2, LABELS3, …), blanks at the ends removed."""
        values = self.parameters.get(group, {})
        found: list[str] = []
        number = 1
        while isinstance(part := values.get(name if number == 1 else f"{name}{number}"), list):
            found += [_clean(text) for text in part]
            number += 1
        return found


def _clean(text: str) -> str:
    """Remove padding; bytes that are no UTF-8 are Latin-1, as Western recording systems write it."""
    if not text.isascii():
        text = text.encode("utf-8", "surrogateescape").decode("latin-1") if not _is_utf8(text) else text
    return text.replace("\0", " ").strip()


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def read_raw(path: Path, needs_markers: bool = True) -> RawC3d:
    """Read a C3D file, with the second reader if ezc3d refuses it.

    Parameters
    ----------
    path : Path
        The file.
    needs_markers : bool
        Whether a file without points is refused; without it, analog channels suffice.

    Raises
    ------
    TrialError
        Codes ``file_missing``, ``file_empty``, ``not_c3d``, ``truncated``, ``unreadable``, ``no_points``, ``bad_rate``,
        ``unscaled_channels``, ``mixed_rates``.
    """
    layout, refusal = check_file(path)
    raw: RawC3d | None = None
    if not refusal:
        try:
            raw = _read_with_ezc3d(path, layout)
            refusal = "it found no points" if layout.n_points and raw.points.shape[1] == 0 else ""
        except Exception as error:  # ezc3d raises whatever its C++ code throws
            refusal = _short(error)
    # ezc3d 1.7.2 subtracts the magnitude of an offset, and takes unsigned ones above 32767 for negative
    wrong_analog = raw is not None and not refusal and (raw.numbers("ANALOG", "OFFSET") < 0).any()
    if refusal or wrong_analog:
        refusal = refusal or "it misreads a negative ANALOG:OFFSET"
        from biomech.io.c3d_fallback import read_with_c3d

        try:
            second = read_with_c3d(path)
            if raw is not None and wrong_analog:
                raw.analog, raw.reader = second.analog, "ezc3d, c3d"
            else:
                raw = second
        except Exception as error:
            raise TrialError(
                f"{path.name}: expected a readable C3D file; ezc3d does not read it ({refusal}), nor does the second reader "
                f"({_short(error)})",
                code="unreadable",
                action=EXPORT_AGAIN,
            ) from None
    empty = raw is None or raw.points.shape[1] == 0 or raw.points.shape[2] == 0
    if raw is None or (empty and (needs_markers or not raw.analog.size)):
        raise TrialError(
            f"{path.name}: expected markers, found a C3D file without any point or frame",
            code="no_points",
            action="check that the trial was reconstructed and labelled before the export; a trial of maximal contractions (EMG) needs "
            "no markers: give it the role `functional` and the condition `mvc`",
        )
    _check_rates(path, raw)
    return raw


def _read_with_ezc3d(path: Path, layout: Layout) -> RawC3d:
    # The wrapper class `ezc3d.c3d` does the same and also fetches residuals, camera masks and descriptions, which cost a
    # tenth of the whole: invisible points are NaN already.
    file = ezc3d.ezc3d.c3d(str(path), ezc3d.ezc3d.Options())
    header = file.header()
    points, analog = read_data(path, file, layout)
    rate = float(header.frameRate())
    times, labels = header.eventsTime(), header.eventsLabel()
    return RawC3d(
        points=points,
        analog=analog,
        rate_hz=rate,
        analog_rate_hz=rate * layout.samples if len(analog) else 0.0,
        first_frame=int(header.firstFrame()) + 1,
        parameters=_parameters(file),
        header_events=[
            (float(t), name) for t, label in zip(times, labels, strict=False) if (name := _clean(str(label)))
        ],
        reader="ezc3d",
    )


def _parameters(file: Any) -> dict[str, dict[str, Any]]:
    """Return the parameters of ezc3d's own object as `RawC3d` holds them; of a double name the last one counts."""
    out: dict[str, dict[str, Any]] = {}
    for group in file.parameters().groups():
        values = out.setdefault(group.name(), {})
        for parameter in group.parameters():
            values[parameter.name()] = _value(parameter)
    return out


def _value(parameter: Any) -> Any:
    kind = parameter.type()
    if kind == ezc3d.ezc3d.CHAR:
        return list(parameter.valuesAsString())
    if kind == ezc3d.ezc3d.FLOAT:
        values = np.array(parameter.valuesAsDouble())
    elif kind in (ezc3d.ezc3d.BYTE, ezc3d.ezc3d.INT):
        values = np.array(parameter.valuesAsByte() if kind == ezc3d.ezc3d.BYTE else parameter.valuesAsInt(), dtype=int)
    else:
        raise RuntimeError(f"parameter {parameter.name()} has a type that C3D does not know")
    return values.reshape(parameter.dimension(), order="F")


def _check_rates(path: Path, raw: RawC3d) -> None:
    stored = raw.numbers("POINT", "RATE")
    if stored.size and stored.flat[0] > 0:
        ratio = raw.analog_rate_hz / raw.rate_hz if raw.rate_hz > 0 else raw.analog.shape[1] / raw.points.shape[2]
        raw.rate_hz = float(stored.flat[0])
        raw.analog_rate_hz = ratio * raw.rate_hz
    if not raw.rate_hz > 0:
        raise TrialError(
            f"{path.name}: expected a marker rate above 0 Hz, found {raw.rate_hz:g}",
            code="bad_rate",
            action="set POINT:RATE in the recording software and export again",
        )
    declared = raw.numbers("ANALOG", "RATE")
    if len(raw.analog) and declared.size and declared.flat[0] > 0:
        analog_rate = float(declared.flat[0])
        if abs(analog_rate - raw.analog_rate_hz) > 1e-3 * analog_rate:
            raise TrialError(
                f"{path.name}: expected an analog rate of {raw.analog_rate_hz:g} Hz ({raw.analog_rate_hz / raw.rate_hz:g} "
                f"samples a frame at {raw.rate_hz:g} Hz), found ANALOG:RATE {analog_rate:g} Hz",
                code="mixed_rates",
                action="export with an analog rate that is a whole multiple of the marker rate",
            )


def _short(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:160]
