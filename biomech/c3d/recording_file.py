"""A C3D recording in metres, seconds and lab axes: the one place that knows millimetres and raw lab axes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from biomech.c3d import labels
from biomech.c3d.force_plates import Note, PlateRecord, plate_frame, read_plates
from biomech.c3d.missing import find_held, find_lost_frames, find_placeholders
from biomech.c3d.raw import RawC3d, read_raw
from biomech.c3d.stored_events import read_events
from biomech.config import Lab
from biomech.errors import TrialError

_HEIGHT_SAMPLES = 40  # frames looked at for plausibility
# median distance of the markers of a frame from their middle: 0.26 to 0.65 m in recordings of whole bodies and legs alone (adults
# and children, 26 laboratories and sample files), so that a unit wrong by 10 falls outside
_BODY_M = 0.1, 2.2
_WIDE_M = 1.3  # beyond, the markers are hardly one person's alone
_BODY_MARKERS = 12  # fewer may be a foot, or a wand and the corners of a plate
_FEW_LEAST_M = 0.02
_TYPICAL_M = 0.35
_UNITS = {"mm": 1e-3, "cm": 1e-2, "m": 1.0}
_JUMP = 0.1, 20.0  # m from frame to frame and m/s; no person's markers move so, those of frames cut at wrong places do
_EVENT_COLUMNS = ["time", "name", "side"]


@dataclass
class ReferenceOutputs:
    """Model outputs stored among the points (angles, moments, …), unchanged: own units, axes as stored.

    Parameters
    ----------
    values : (n, outputs, 3) array
        float32, as in the file; NaN where the output is invalid.
    names, groups, units : list of str
        One an output.
    """

    values: np.ndarray
    names: list[str]
    groups: list[str]
    units: list[str]


@dataclass
class Recording:
    """One trial as recorded.

    Parameters
    ----------
    position : (n, markers, 3) array
        m, lab axes (X forward, Y up, Z right); NaN where missing.
    marker_names : list of str
    time : (n,) array
        s from the first stored frame.
    analog : (samples, channels) array
        float32; units in `analog_units`.
    analog_names : list of str
    analog_time : (samples,) array
        s.
    rate_hz, analog_rate_hz : float
        Sampling rates; the second is 0 without analog channels.
    first_frame : int
        Number of the first stored frame, counted from 1; time 0 is that frame.
    event_rows : list of (float, str, str)
        Time (s from the first stored frame), name (foot_strike, foot_off or as stored) and side of every event, by time.
    outputs : ReferenceOutputs
        Results of other software.
    parameters : dict
        Groups PROCESSING, SUBJECTS (numbers only) and ANALYSIS; never a name of a person.
    plates : list of PlateRecord
        Usable force plates.
    storage : str
        Processor and kind of numbers, for example ``Intel, floating-point``.
    reader : str
        ``ezc3d``, or ``second reader: `` and why.
    notes : list of (level, code, item, message)
        What was left out, renamed or doubtful.
    screen : (str, str)
        Axes that X_SCREEN (forward) and Y_SCREEN (up) name, such as ``("+x", "+z")``; empty where they name none.
    """

    position: np.ndarray
    marker_names: list[str]
    time: np.ndarray
    analog: np.ndarray
    analog_names: list[str]
    analog_time: np.ndarray
    analog_units: list[str]
    rate_hz: float
    analog_rate_hz: float
    first_frame: int
    event_rows: list[tuple[float, str, str]]
    outputs: ReferenceOutputs
    parameters: dict[str, dict[str, list]]
    plates: list[PlateRecord]
    storage: str
    reader: str
    notes: list[Note] = field(default_factory=list)
    screen: tuple[str, str] = ("", "")

    @property
    def events(self) -> pd.DataFrame:
        """Return the events as a table with columns time, name and side."""
        return pd.DataFrame(self.event_rows, columns=_EVENT_COLUMNS)

    @property
    def markers(self) -> xr.DataArray:
        """Return the markers as pyomeca's Markers (axis 4, channel, time)."""
        import pyomeca  # here: ingest does not need it, and its import takes a second

        ones = np.ones((1, len(self.marker_names), len(self.time)))
        position = np.concatenate([self.position.transpose(2, 1, 0), ones])
        return pyomeca.Markers(position, channels=self.marker_names, time=self.time)

    @property
    def analogs(self) -> xr.DataArray:
        """Return the analog channels as pyomeca's Analogs (channel, time)."""
        import pyomeca

        return pyomeca.Analogs(self.analog.T, channels=self.analog_names, time=self.analog_time)


def read_c3d(
    path: Path | str, lab: Lab | None = None, relabel: dict[str, str] | None = None, needs_markers: bool = True
) -> Recording:
    """Read one C3D file.

    Parameters
    ----------
    path : Path
        The file.
    lab : Lab
        Which stored axes point up and forward, and the unit where the file's own is missing or wrong.
    relabel : dict, optional
        File label -> label to use instead, without subject prefix; renamed all at once, so two labels can be swapped.
    needs_markers : bool
        Whether a file without points is refused; without it, analog channels suffice.

    Returns
    -------
    Recording
        In m, s and lab axes; reference outputs and analog channels keep their own units.

    Raises
    ------
    TrialError
        Codes of `biomech.c3d.raw.read_raw`, and ``bad_unit``, ``mixed_frames``, ``no_screen``,
        ``several_subjects``, ``relabel_unknown``, ``relabel_double``.
    """
    path = Path(path)
    return recording_of(path, read_raw(path, needs_markers), lab or Lab(), relabel)


def recording_of(path: Path, raw: RawC3d, lab: Lab, relabel: dict[str, str] | None = None) -> Recording:
    """Return what was stored in m, s and lab axes; see `read_c3d`. `path` is named in messages only."""
    notes = raw.notes
    to_metres = _point_unit(path, raw, lab) if raw.points.shape[1] else 1e-3
    to_lab = lab_rotation(lab, raw, path)
    points = labels.sort_points(path, raw, relabel or {}, notes)

    every = list(points.marker_index) == list(range(raw.points.shape[1]))  # as a rule: then nothing is copied
    stored = raw.points if every else raw.points[:, points.marker_index, :]
    position = _positions(stored, to_lab * to_metres, raw.point_step, raw.rate_hz, points.markers, notes)
    _check_extent(path, position, to_metres, notes)
    _check_order(path, position, raw.rate_hz)
    time = np.arange(raw.points.shape[2]) / raw.rate_hz
    analog_names, analog_units = labels.analog_channels(raw, notes)
    with np.errstate(over="ignore", invalid="ignore"):  # of values that are not numbers, which stay so
        analog = np.ascontiguousarray(raw.analog.T, dtype=np.float32)
    analog_time = np.arange(len(analog)) / raw.analog_rate_hz if len(analog_names) else np.zeros(0)

    plates, plate_notes = read_plates(raw, to_lab, to_metres, analog_units)
    notes += plate_notes
    _check_axes(position, plates, notes)
    return Recording(
        position=position,
        marker_names=points.markers,
        time=time,
        analog=analog[: len(analog_time), : len(analog_names)],
        analog_names=analog_names,
        analog_time=analog_time,
        analog_units=analog_units,
        rate_hz=raw.rate_hz,
        analog_rate_hz=raw.analog_rate_hz,
        first_frame=raw.first_frame,
        event_rows=read_events(raw, float(time[-1]) if len(time) else 0.0, notes, lab.event_labels),
        outputs=ReferenceOutputs(
            np.ascontiguousarray(raw.points[:, points.output_index, :].astype(np.float32).transpose(2, 1, 0)),
            points.outputs,
            points.output_groups,
            points.output_units,
        ),
        parameters=_parameters(raw),
        plates=plates,
        storage=raw.storage,
        reader=raw.reader,
        notes=notes,
        screen=_screen(raw),
    )


def lab_rotation(lab: Lab, raw: RawC3d | None = None, path: Path | None = None) -> np.ndarray:
    """Return the rotation (3, 3) from stored axes to lab axes (X forward, Y up, Z right); a signed permutation."""
    up, forward = lab.up, lab.forward
    if lab.axes == "screen":
        forward_text, up_text = _screen_texts(raw) if raw else ("", "")
        if not _are_axes(forward_text, up_text):
            raise TrialError(
                f"{path.name if path else 'file'}: lab.axes is `screen`: expected X_SCREEN and Y_SCREEN such as +X and +Z, "
                f"found {forward_text or 'nothing'} and {up_text or 'nothing'}",
                code="no_screen",
                action="set lab.axes: config with lab.up and lab.forward",
            )
        up, forward = up_text, forward_text  # type: ignore[assignment]
    x, y = _axis(forward), _axis(up)
    return np.stack([x, y, np.cross(x, y)])


def _screen(raw: RawC3d) -> tuple[str, str]:
    """Return the axes of X_SCREEN and Y_SCREEN; empty texts where they are not two different axes."""
    texts = _screen_texts(raw)
    return texts if _are_axes(*texts) else ("", "")


def _screen_texts(raw: RawC3d) -> tuple[str, str]:
    forward, up = ((raw.texts("POINT", name) or [""])[0].lower().replace(" ", "") for name in ("X_SCREEN", "Y_SCREEN"))
    return forward, up


def _are_axes(forward: str, up: str) -> bool:
    return all(re.fullmatch(r"[+-][xyz]", text) for text in (forward, up)) and forward[1] != up[1]


def _axis(name: str) -> np.ndarray:
    axis = np.zeros(3)
    axis["xyz".index(name[1])] = -1.0 if name[0] == "-" else 1.0
    return axis


def _point_unit(path: Path, raw: RawC3d, lab: Lab) -> float:
    stored = (raw.texts("POINT", "UNITS") or [""])[0]
    unit = stored if lab.point_unit == "c3d" else lab.point_unit
    letters = re.sub(r"[^a-z]", "", unit.lower())
    for pattern, name in (("mm|milli.*", "mm"), ("cm|centi.*", "cm"), ("m|met.*", "m")):
        if re.fullmatch(pattern, letters):
            return _UNITS[name]
    raise TrialError(
        f"{path.name}: expected POINT:UNITS mm, cm or m, found {repr(stored) if stored else 'nothing'}",
        code="bad_unit",
        action="set lab.point_unit in config.yaml if you know the unit, or export again with it",
    )


def _positions(
    points: np.ndarray, matrix: np.ndarray, step: float, rate_hz: float, names: list[str], notes: list[Note]
) -> np.ndarray:
    """Return (n, markers, 3): lab axes, metres; NaN where the file holds no position, however it says so."""
    stored = points.T  # frame, marker, axis
    out = np.empty(stored.shape)
    for axis in range(3):  # `matrix` is a scaled signed permutation: one stored axis for each lab axis
        source = int(np.flatnonzero(matrix[axis])[0])
        np.multiply(stored[..., source], matrix[axis, source], out=out[..., axis], dtype=float)
    to_metres = float(np.abs(matrix).max())
    missing = find_placeholders(stored, to_metres, names, notes)
    summed = out[..., 0] + out[..., 1]
    summed += out[..., 2]
    out[np.nonzero(~np.isfinite(summed) | missing)] = np.nan
    held = find_held(out, step * to_metres, names, notes)
    if held.any():
        out[held] = np.nan
    repeated = find_lost_frames(out, rate_hz, notes)
    if repeated.any():
        out[repeated] = np.nan
    return out


def _check_extent(path: Path, position: np.ndarray, to_metres: float, notes: list[Note]) -> None:
    """Refuse a recording whose markers are too near to each other or too far apart for a person: its unit is wrong."""
    sample = position[:: max(1, len(position) // _HEIGHT_SAMPLES)]
    count = np.isfinite(sample[..., 0]).sum(axis=1)
    sample = sample[count >= 3]
    if not len(sample):
        return
    # in a frame, not over the trial, whose walkway may be long; medians, because files also hold forces and other
    # virtual points among the markers
    extent = float(np.nanmedian(np.linalg.norm(sample - _middle(sample), axis=2)))
    least, most = _BODY_M if np.median(count[count >= 3]) >= _BODY_MARKERS else (_FEW_LEAST_M, _BODY_M[1])
    if least <= extent <= most:
        if extent > _WIDE_M:
            text = (
                f"markers lie {extent:.1f} m from the middle of all (median in a frame), expected at most {_WIDE_M:g} m in a person: "
                "check the unit of the file, and whether it holds markers of other objects"
            )
            notes.append(("warning", "wide_markers", "", text))
        return
    misfit = {unit: abs(np.log(extent / to_metres * factor / _TYPICAL_M)) for unit, factor in _UNITS.items()}
    likely = min(misfit, key=lambda unit: misfit[unit])
    fits = extent > 0 and likely != _unit_name(to_metres) and least <= extent / to_metres * _UNITS[likely] <= most
    raise TrialError(
        f"{path.name}: expected markers {least:g} to {most:g} m from the middle of the body (median), found {extent:.3g} m with "
        f"the unit {_unit_name(to_metres)}: the unit of the file is wrong"
        + (f"; it is likely {likely}" if fits else ""),
        code="bad_unit",
        action=f"set lab.point_unit: {likely} in config.yaml if that is the true unit, or export again with the right one"
        if fits
        else "set lab.point_unit in config.yaml to the true unit (mm, cm or m)",
    )


def _unit_name(to_metres: float) -> str:
    return next(unit for unit, factor in _UNITS.items() if factor == to_metres)


def _check_order(path: Path, position: np.ndarray, rate_hz: float) -> None:
    """Refuse a recording whose markers jump about from frame to frame: its frames were not cut where they begin."""
    every = max(1, (len(position) - 1) // _HEIGHT_SAMPLES)
    way = np.linalg.norm(position[1::every] - position[:-1:every], axis=2)
    way = way[np.isfinite(way)]
    jump = float(np.median(way)) if way.size else 0.0
    if jump > _JUMP[0] and jump * rate_hz > _JUMP[1]:
        raise TrialError(
            f"{path.name}: expected markers that move, found markers that jump {jump:.2g} m from one frame to the next "
            f"({jump * rate_hz:.0f} m/s): its frames are mixed up",
            code="mixed_frames",
            action="open the file in the software that wrote it: if it is whole there, export it again",
        )


def _middle(points: np.ndarray) -> np.ndarray:
    """Median over markers of (n, markers, 3), (n, 1, 3); `numpy.nanmedian` takes ten times as long for so few."""
    ordered = np.sort(points, axis=1)  # missing ones last
    count = np.isfinite(points).sum(axis=1, keepdims=True)
    low, high = (np.take_along_axis(ordered, np.maximum(place, 0), axis=1) for place in ((count - 1) // 2, count // 2))
    return np.asarray((low + high) / 2)


def _check_axes(position: np.ndarray, plates: list[PlateRecord], notes: list[Note]) -> None:
    """Say so if the plates stand upright or the markers lie below the floor: the lab axes are set wrongly."""
    normals = [abs(plate_frame(plate.corners)[0][1, 2]) for plate in plates]
    if normals and max(normals) < 0.5:
        notes.append(("warning", "lab_axes", "", "every force plate stands upright: check lab.up and lab.forward"))
        return
    floor = float(np.median([plate.corners[:, 1].mean() for plate in plates])) if plates else 0.0
    height = position[:: max(1, len(position) // _HEIGHT_SAMPLES), :, 1]
    height = height[np.isfinite(height)]
    if height.size and np.mean(height < floor - 0.1) > 0.5:
        notes.append(("warning", "lab_axes", "", "most markers lie below the floor: check lab.up"))


def _parameters(raw: RawC3d) -> dict[str, dict[str, list]]:
    """Return subject parameters: numbers only, so that no name of a person travels on."""
    out: dict[str, dict[str, list]] = {}
    for group in ("PROCESSING", "SUBJECTS"):
        values = {name: raw.numbers(group, name).ravel().tolist() for name in raw.group(group)}
        out[group] = {name: numbers for name, numbers in values.items() if numbers}
    analysis = raw.numbers("ANALYSIS", "VALUES").ravel().tolist()
    if analysis:
        texts = {name: raw.texts("ANALYSIS", name)[: len(analysis)] for name in ("NAMES", "CONTEXTS", "UNITS")}
        out["ANALYSIS"] = {"VALUES": analysis, **texts}
    return {group: values for group, values in out.items() if values}
