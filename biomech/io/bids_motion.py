"""Reader of a Motion-BIDS recording: markers, and events, force plates and EMG of the same trial if present.

Specification: Brain Imaging Data Structure 1.11, "Motion", "Electromyography", "Events". The recording is brought into the form of
a C3D file's content, so that everything after it (labels, missing values, checks, plates, events) is the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biomech.c3d.force_plates import Note
from biomech.c3d.raw import RawC3d
from biomech.c3d.recording_file import Recording, recording_of
from biomech.config import Lab
from biomech.errors import TrialError
from biomech.io.bids_analog import Analog, read_emg, read_plate_system
from biomech.io.bids_files import read_sidecar, with_suffix
from biomech.units import unit_of

Array = NDArray[np.float64]

_COLUMNS = ("name", "component", "type", "tracked_point", "units")
_MISSING = ["n/a", "N/A", "NaN", "nan", ""]
_AXES = ("x", "y", "z")
# lab axis (X forward, Y up, Z right) and sign of each letter of SpatialAxes
_LETTERS = {"A": (0, 1.0), "P": (0, -1.0), "S": (1, 1.0), "I": (1, -1.0), "R": (2, 1.0), "L": (2, -1.0)}
_OWN_AXES = {"axes": "config", "up": "+y", "forward": "+x"}  # after the letters were followed
_UNEVEN = 0.5  # of a sample: latencies that deviate more are not evenly sampled
_SAME_RATE = 1e-5  # rates of EMG and force plates
_VALIDATE = "check the dataset with the BIDS validator"


def read_motion(
    path: Path | str, lab: Lab | None = None, relabel: dict[str, str] | None = None, needs_markers: bool = True
) -> Recording:
    """Read one ``…_motion.tsv``.

    Markers are the channels of type POS, three for each tracked point. Their axes are those of ``SpatialAxes`` in
    ``_channels.json``; without it those of the config's section `lab`, as in a C3D file. The sampling rate is
    ``SamplingFrequencyEffective`` or ``SamplingFrequency`` of ``_motion.json``. Sidecars may be higher up in the dataset.

    Parameters
    ----------
    path : Path
        The file.
    lab, relabel, needs_markers
        See `biomech.c3d.recording_file.read_c3d`.

    Raises
    ------
    TrialError
        ``bids_files``, ``bids_channels``, ``bids_rate``, ``no_points``, and those of `biomech.c3d.recording_file.read_c3d` about markers and labels.
    """
    path, lab = Path(path), lab or Lab()
    if not path.is_file():
        raise TrialError(
            f"{path.name}: the file does not exist", code="file_missing", action="correct the `file` cell of trials.tsv"
        )
    notes: list[Note] = []
    sidecar = read_sidecar(path, "_motion.json")
    rate = _rate(path, sidecar)
    channels = _channels(path)
    values = _values(path, channels, notes)
    _check_latency(path, channels, values, rate)
    points, labels = _points(path, channels, values, lab, notes)
    if needs_markers and not (labels and len(values)):
        raise TrialError(
            f"{path.name}: expected channels of type POS (positions of markers), found none with samples",
            code="no_points",
            action="name the file of the tracking system that holds the markers in the `file` cell of trials.tsv",
        )
    axes = _spatial_axes(path, channels)
    if axes is not None:
        points = np.einsum("ij,jmn->imn", axes, points)
        lab = lab.model_copy(update=_OWN_AXES)
    parameters: dict[str, dict[str, Any]] = {
        "POINT": {"LABELS": labels, "UNITS": ["m"]},
        "EVENT": _events(path),
    }
    analog = _analog(path, np.eye(3) if axes is None else axes, notes)
    parameters |= analog.parameters
    raw = RawC3d(
        points=points,
        analog=analog.values.T,
        rate_hz=rate,
        analog_rate_hz=analog.rate_hz,
        first_frame=1,
        parameters=parameters,
        storage="Motion-BIDS",
        reader="Motion-BIDS",
        notes=notes,
    )
    return recording_of(path, raw, lab, relabel)


def _rate(path: Path, sidecar: dict[str, Any]) -> float:
    for key in ("SamplingFrequencyEffective", "SamplingFrequency"):
        value = sidecar.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value) and value > 0:
            return float(value)
    found = repr(sidecar["SamplingFrequency"]) if "SamplingFrequency" in sidecar else "nothing"
    raise TrialError(
        f"{path.name}: expected SamplingFrequency (Hz) in its _motion.json, found {found}",
        code="bids_rate",
        action=f"write the sampling frequency of the tracking system into the sidecar; {_VALIDATE}",
    )


def _channels(path: Path) -> pd.DataFrame:
    files = with_suffix(path, "_channels.tsv")
    if not files:
        raise TrialError(
            f"{path.name}: expected its _channels.tsv, which says what the columns are, found none",
            code="bids_files",
            action=f"put it next to the recording; {_VALIDATE}",
        )
    table = _table(files[0]).rename(columns=str.strip)
    if absent := [name for name in _COLUMNS if name not in table.columns]:
        raise TrialError(
            f"{files[0].name}: expected the columns {', '.join(_COLUMNS)}, found none named {', '.join(absent)}",
            code="bids_channels",
            action=f"add the columns that BIDS requires; {_VALIDATE}",
        )
    return table.apply(lambda column: column.str.strip())


def _table(file: Path) -> pd.DataFrame:
    """Return a table with a header, all cells as text."""
    try:
        return pd.read_csv(file, sep="\t", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError) as error:  # of pandas' reader and of what is not UTF-8
        raise TrialError(
            f"{file.name}: expected a table separated by tabs in UTF-8, found: {' '.join(str(error).split())[:200]}",
            code="bids_files",
            action=f"correct the file; {_VALIDATE}",
        ) from None


def _values(path: Path, channels: pd.DataFrame, notes: list[Note]) -> Array:
    """Return the samples, shape (n, channels), NaN where missing."""
    how: dict[str, Any] = {"sep": "\t", "header": None, "na_values": _MISSING, "keep_default_na": False}
    numbers_alone = True
    try:
        cells = pd.read_csv(path, dtype=float, **how)
    except pd.errors.EmptyDataError:
        return np.zeros((0, len(channels)))
    except pd.errors.ParserError as error:
        raise _wrong_table(path, f"lines of different lengths ({' '.join(str(error).split())[:120]})") from None
    except UnicodeDecodeError:
        raise _wrong_table(path, "bytes that are not text") from None
    except ValueError:  # a cell that is not a number: find it
        numbers_alone, cells = False, pd.read_csv(path, dtype=str, **how)
    if cells.shape[1] != len(channels):
        raise _wrong_table(path, f"{cells.shape[1]} columns for {len(channels)} channels")
    if numbers_alone:
        return np.asarray(cells.to_numpy(dtype=float))
    if cells.iloc[0].tolist() == channels["name"].tolist():
        text = "the file begins with the names of its channels, which BIDS forbids: the line was left out"
        notes.append(("warning", "bids_header", "", text))
        cells = cells.iloc[1:]
    numbers = cells.apply(pd.to_numeric, errors="coerce")
    if (wrong := numbers.isna() & cells.notna()).to_numpy().any():
        row, column = (int(place[0]) for place in np.nonzero(wrong.to_numpy()))
        raise _wrong_table(path, f"{cells.iloc[row, column]!r} in line {cells.index[row] + 1}, column {column + 1}")
    return np.asarray(numbers.to_numpy(dtype=float))


def _wrong_table(path: Path, found: str) -> TrialError:
    return TrialError(
        f"{path.name}: expected numbers or n/a without a header, one column per row of _channels.tsv; found {found}",
        code="bids_channels",
        action=f"correct the recording or its _channels.tsv; {_VALIDATE}",
    )


def _check_latency(path: Path, channels: pd.DataFrame, values: Array, rate: float) -> None:
    """Refuse a recording whose own times are not those of its sampling rate."""
    for place in np.flatnonzero(channels["type"].str.upper() == "LATENCY").tolist():
        time = values[:, place]
        off = np.abs(time - time[:1] - np.arange(len(time)) / rate) * rate if len(time) else np.zeros(0)
        if (worst := float(np.nanmax(off, initial=0.0))) > _UNEVEN:
            raise TrialError(
                f"{path.name}: expected samples {1000 / rate:.3g} ms apart ({rate:g} Hz), found a channel LATENCY that deviates by "
                f"{worst:.3g} samples",
                code="bids_rate",
                action="resample the recording at an even rate, or correct SamplingFrequency",
            )


def _points(path: Path, channels: pd.DataFrame, values: Array, lab: Lab, notes: list[Note]) -> tuple[Array, list[str]]:
    """Return positions in m, stored axes, shape (3, points, n), and the tracked points."""
    positions = channels["type"].str.upper() == "POS"
    if others := sorted(set(channels["type"][~positions])):
        text = f"{int((~positions).sum())} channels that are not positions ({', '.join(others)}) were left out"
        notes.append(("info", "bids_channels_unused", "", text))
    labels = list(dict.fromkeys(channels["tracked_point"][positions]))
    where = np.full((3, len(labels)), -1)
    factor = np.ones((3, len(labels)))
    numbers = {label: number for number, label in enumerate(labels)}
    for place in np.flatnonzero(positions).tolist():
        row = channels.iloc[place]
        axis, point = str(row["component"]).lower(), numbers[row["tracked_point"]]
        if axis not in _AXES or where[_AXES.index(axis), point] >= 0:
            raise _wrong_point(
                path, str(row["tracked_point"]), f"component {row['component']!r} in channel {row['name']!r}"
            )
        at = _AXES.index(axis), point
        where[at] = place
        unit = unit_of(str(row["units"]) if lab.point_unit == "c3d" else lab.point_unit)
        if unit is None or unit.kind != "length":
            raise TrialError(
                f"{path.name}: expected a length as unit of the positions (m, cm, mm), found {str(row['units'])!r} in channel "
                f"{row['name']!r}",
                code="bad_unit",
                action="correct the column units of _channels.tsv, or set lab.point_unit in config.yaml",
            )
        factor[at] = unit.si
    if (lacking := np.flatnonzero((where < 0).any(axis=0))).size:
        raise _wrong_point(
            path,
            labels[lacking[0]],
            f"only {', '.join(a for a, w in zip(_AXES, where[:, lacking[0]], strict=True) if w >= 0)}",
        )
    points = values.T[where] * factor[..., None] if labels else np.zeros((3, 0, len(values)))
    return points, labels


def _wrong_point(path: Path, point: str, found: str) -> TrialError:
    return TrialError(
        f"{path.name}: expected one channel for each of x, y and z of the tracked point {point!r}, found {found}",
        code="bids_channels",
        action=f"correct component and tracked_point in _channels.tsv; {_VALIDATE}",
    )


def _spatial_axes(path: Path, channels: pd.DataFrame) -> Array | None:
    """Return the rows of lab axes in stored ones (3, 3), None where the dataset does not name its axes."""
    positions = channels[channels["type"].str.upper() == "POS"]
    frames = set(positions["reference_frame"]) if "reference_frame" in positions else set()
    about = read_sidecar(path, "_channels.json").get("reference_frame", {})
    levels = about.get("Levels", {}) if isinstance(about, dict) else {}
    named = [levels.get(frame) for frame in frames] if isinstance(levels, dict) else []
    texts = {str(frame.get("SpatialAxes", "")) for frame in named if isinstance(frame, dict)}
    if len(frames) != 1 or len(texts) != 1 or "" in texts:
        return None
    letters = texts.pop().upper()
    found = [_LETTERS.get(letter) for letter in letters]
    if len(found) != 3 or None in found or len({pair[0] for pair in found if pair}) != 3:
        raise TrialError(
            f"{path.name}: expected SpatialAxes of three letters, one of A P, one of S I, one of R L, found {letters!r}",
            code="bids_channels",
            action="correct SpatialAxes in _channels.json, or take it out: then lab.up and lab.forward of config.yaml count",
        )
    matrix = np.zeros((3, 3))
    for stored, pair in enumerate(found):
        if pair is not None:
            matrix[pair[0], stored] = pair[1]
    return matrix


def _events(path: Path) -> dict[str, Any]:
    """Return the events of the trial as a group EVENT: those of its tracking system, or else of the trial."""
    files = with_suffix(path, "_events.tsv")
    if not files:
        return {}
    table = _table(files[0])
    times = pd.to_numeric(table["onset"], errors="coerce") if "onset" in table else pd.Series(dtype=float)
    kept = np.isfinite(times.to_numpy(dtype=float))
    names, sides = (
        table[name].to_numpy()[kept].tolist() if name in table else [""] * int(kept.sum())
        for name in ("trial_type", "side")
    )
    seconds = times.to_numpy(dtype=float)[kept]
    return {
        "USED": np.array([float(len(seconds))]),
        "TIMES": np.stack([np.zeros(len(seconds)), seconds]),
        "LABELS": names,
        "CONTEXTS": sides,
    }


def _analog(path: Path, axes: Array, notes: list[Note]) -> Analog:
    """Return force plates and EMG of the same trial, which share a rate; plates come first."""
    plates, emg = read_plate_system(path, axes), read_emg(path, notes)
    if not len(emg.labels):
        return plates
    if not len(plates.labels):
        return emg
    if abs(emg.rate_hz / plates.rate_hz - 1) > _SAME_RATE:
        text = f"EMG at {emg.rate_hz:g} Hz next to force plates at {plates.rate_hz:g} Hz: expected one rate; the EMG was left out"
        notes.append(("warning", "bids_emg", "", text))
        return plates
    return plates.with_channels(emg)
