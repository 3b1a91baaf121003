"""A trial as a C3D file that other programs open: markers, joint centres, angles, moments, powers, plates and events."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.c3d.force_plates import plate_frame
from biomech.c3d.recording_file import lab_rotation
from biomech.c3d.writer import PlateDefinition, write_c3d
from biomech.config import Export, Lab
from biomech.conventions.as_other_system import angle_outputs, moment_outputs
from biomech.joints import JOINTS, SEGMENT_ANGLES
from biomech.schema import FOOT_OFF, FOOT_STRIKE, JOINT_CENTRES, SIDES

Array = NDArray[np.float64]

_TRIPLES = {joint.name: joint.quantities for joint in (*SEGMENT_ANGLES, *JOINTS)}
_TRIPLES |= {"foot_and_knee": ("foot_progression_in", "fppa", "foot_pronation_index")}
_MOMENT_JOINTS = ("hip", "knee", "ankle")
_EVENTS = {FOOT_STRIKE: "Foot Strike", FOOT_OFF: "Foot Off"}
_PLATE_CHANNELS = ("Fx", "Fy", "Fz", "Mx", "My", "Mz")
_PLATE_UNITS = ("N", "N", "N", "Nmm", "Nmm", "Nmm")


@dataclass(frozen=True)
class Output:
    """A model output: three components per frame under one name."""

    name: str
    group: str
    values: Array
    meaning: str


def write_trial(
    path: Path,
    raw: xr.Dataset,
    kinematics: xr.Dataset,
    kinetics: xr.Dataset | None,
    cycles: pd.DataFrame,
    lab: Lab,
    settings: Export,
    ankle_sequence: str = "ZXY",
) -> None:
    """Write one trial with everything that was computed of it.

    Markers, plates and events are in the axes that the lab's files have (`lab.up`, `lab.forward`; with `lab.axes: screen`
    in this software's: X forward, Y up, Z right), in mm. Force platforms are type 2 with the offsets already removed; the
    other analog channels stand as they were recorded. What is missing is an invisible point (residual -1).

    Parameters
    ----------
    path : Path
    raw, kinematics, kinetics : Dataset
        The trial's groups; `kinetics` may be missing.
    cycles : DataFrame
        The trial's cycles: ``side``, ``start``, ``end``, ``foot_off_percent``, ``task``; s from the first stored frame.
    lab : Lab
    settings : Export
    ankle_sequence : str
        `kinematics.ankle_sequence` of the config.
    """
    to_lab = lab_rotation(lab) if lab.axes == "config" else np.eye(3)
    outputs = model_outputs(kinematics, kinetics, settings, ankle_sequence)
    names, positions = _points(kinematics)
    stored = [1000.0 * positions @ to_lab, *(output.values[:, None] for output in outputs)]
    labels = [*names, *(output.name for output in outputs)]
    groups: dict[str, list[str]] = {}
    for output in outputs:
        groups.setdefault(output.group, []).append(output.name)
    analog, channel_labels, channel_units, plates = _analog(raw, to_lab)
    meanings = [""] * len(names) + [output.meaning for output in outputs]
    write_c3d(
        path,
        labels=labels,
        points_mm=np.concatenate(stored, axis=1),
        rate_hz=float(raw.attrs["rate_hz"]),
        analog=analog if analog.shape[1] else None,
        analog_labels=channel_labels,
        analog_units=channel_units,
        analog_rate_hz=float(raw.attrs["analog_rate_hz"]) if analog.shape[1] else None,
        plates=plates,
        events=events_of(cycles),
        point_groups=groups,
        parameters={"POINT": {**_descriptions(meanings), **_units(settings)}},
        first_frame=int(raw.attrs.get("first_frame", 1)),
        screen=_screen(lab),
    )


def model_outputs(
    kinematics: xr.Dataset, kinetics: xr.Dataset | None, settings: Export, ankle_sequence: str = "ZXY"
) -> list[Output]:
    """Return angles, moments and powers as named triples, in the order sagittal, frontal, transverse.

    Parameters
    ----------
    kinematics, kinetics : Dataset
        One trial; `kinetics` may be missing.
    settings : Export
        ``convention`` says whose signs, order and units.
    ankle_sequence : str
        `kinematics.ankle_sequence` of the config, which the other conventions' ankle needs.
    """
    out: list[Output] = []
    if settings.convention == "biomech":
        out += _triples(kinematics["angle"], "Angles", "ANGLES", _TRIPLES)
    else:
        theirs = angle_outputs(kinematics, settings.convention, ankle_sequence)
        out += [_theirs(theirs, name, "ANGLES", settings.convention) for name in theirs["output"].to_numpy()]
    if kinetics is None or "moment" not in kinetics:
        return out
    joints = {name: _TRIPLES[name] for name in _MOMENT_JOINTS}
    if settings.convention == "biomech":
        own = kinetics["moment"].sel(frame=settings.moment_frame)
        out += _triples(own, "Moment", "MOMENTS", joints, f"internal, {settings.moment_frame} frame: ")
    else:
        moments = moment_outputs(kinetics, settings.convention)
        out += [_theirs(moments, name, "MOMENTS", settings.convention) for name in moments["output"].to_numpy()]
    return out + _triples(kinetics["power"], "Power", "POWERS", joints)


def events_of(cycles: pd.DataFrame) -> list[tuple[float, str, str]]:
    """Return the events of a trial's cycles: time in s from the first stored frame, label, context; each once, in order."""
    found: set[tuple[float, str, str]] = set()
    for row in cycles.to_dict("records"):
        side, start, end = str(row["side"]).capitalize(), float(row["start"]), float(row["end"])
        off = start + float(row["foot_off_percent"]) / 100.0 * (end - start)
        kind = str(row["kind"])
        if kind in ("stride", "landing"):
            found.add((round(start, 6), _EVENTS[FOOT_STRIKE], side))
            if kind == "stride":
                found.add((round(end, 6), _EVENTS[FOOT_STRIKE], side))
            if np.isfinite(off):
                found.add((round(off, 6), _EVENTS[FOOT_OFF], side))
        else:
            found |= {(round(start, 6), "Repetition Start", side), (round(end, 6), "Repetition End", side)}
    return sorted(found)


def _triples(
    data: xr.DataArray, suffix: str, group: str, triples: dict[str, tuple[str, str, str]], before: str = ""
) -> list[Output]:
    known = set(data["quantity"].to_numpy().tolist())
    out = []
    for side in SIDES:
        one = data.sel(side=side)
        for stem, quantities in triples.items():
            have = [quantity for quantity in quantities if quantity in known]
            if not have:
                continue
            values = np.full((data.sizes["time"], 3), np.nan)
            for column, quantity in enumerate(quantities):
                if quantity in known:
                    values[:, column] = one.sel(quantity=quantity).transpose("time").to_numpy()
            if not np.isfinite(values).any():
                continue
            name = side[0].upper() + "".join(word.capitalize() for word in stem.split("_")) + suffix
            # a point with one component missing counts as missing whole, so those that nothing has are written as zero
            empty = ~np.isfinite(values).any(axis=0)
            values[:, empty] = np.where(np.isfinite(values[:, ~empty]).all(axis=1, keepdims=True), 0.0, np.nan)
            words = [q if not gone else "none" for q, gone in zip(quantities, empty.tolist(), strict=True)]
            out.append(Output(name, group, values, f"{before}{' | '.join(words)}"))
    return out


def _theirs(data: xr.DataArray, name: str, group: str, convention: str) -> Output:
    values = data.sel(output=name).transpose("time", "component").to_numpy()
    empty = ~np.isfinite(values).any(axis=0)
    values = np.where(empty, np.where(np.isfinite(values[:, ~empty]).all(axis=1, keepdims=True), 0.0, np.nan), values)
    return Output(str(name), group, values, f"convention {convention}, {data.attrs['units']}")


def _points(kinematics: xr.Dataset) -> tuple[list[str], Array]:
    """Return the clean markers, then the joint centres, m in lab axes, shape (n, points, 3)."""
    markers = kinematics["marker_clean"].transpose("time", "marker", "axis")
    names, parts = markers["marker"].to_numpy().astype(str).tolist(), [markers.to_numpy()]
    centres = kinematics["joint_centre"]
    for side in SIDES:
        for joint in JOINT_CENTRES:
            names.append(f"{side[0].upper()}{joint.capitalize()}Centre")
            parts.append(centres.sel(side=side, joint=joint).transpose("time", "axis").to_numpy()[:, None])
    return names, np.concatenate(parts, axis=1)


def _analog(raw: xr.Dataset, to_lab: Array) -> tuple[Array, list[str], list[str], list[PlateDefinition]]:
    """Return channels (samples, channels) with labels and units, and the plates; six channels a plate come first."""
    wrench, labels, corners_of = plate_channels(raw)
    columns = [wrench * np.tile(np.where(np.arange(6) < 3, 1.0, 1000.0), len(corners_of))] if corners_of else []
    units = list(_PLATE_UNITS) * len(corners_of)
    plates = [
        PlateDefinition(2, range(6 * i + 1, 6 * i + 7), 1000.0 * corners @ to_lab, np.zeros(3))
        for i, (_, corners) in enumerate(corners_of)
    ]
    recorded = raw["analog"].transpose("analog_time", "channel").to_numpy() if "analog" in raw else np.zeros((0, 0))
    if recorded.size:
        columns.append(recorded)
        labels += raw["channel"].to_numpy().astype(str).tolist()
        units += raw["channel_unit"].to_numpy().astype(str).tolist()
    samples = raw.sizes.get("analog_time", 0)
    values = np.concatenate(columns, axis=1) if columns else np.zeros((samples, 0))
    return np.where(np.isfinite(values), values, 0.0), labels, units, plates


def plate_channels(raw: xr.Dataset) -> tuple[Array, list[str], list[tuple[int, Array]]]:
    """Return the force plates of a trial as channels of type 2: six a plate, in its own axes about the centre of its corners.

    Parameters
    ----------
    raw : Dataset
        One trial of the stage ingest.

    Returns
    -------
    values : (samples, 6 plates) array
        N and N m, offsets removed; the reaction on the subject.
    names : list of str
        ``Plate1.Fx`` and so on.
    plates : list of (int, (4, 3) array)
        Number of each plate and its corners, m, lab axes.
    """
    columns, names, plates = [], [], []
    for i in range(raw.sizes.get("plate", 0)):
        one = raw.isel(plate=i)
        corners = one["plate_corner"].transpose("corner", "axis").to_numpy()
        axes, centre = plate_frame(corners)
        force = one["plate_force"].transpose("analog_time", "axis").to_numpy()
        moment = one["plate_moment"].transpose("analog_time", "axis").to_numpy() - np.cross(centre, force)
        # plates store the reaction on the subject in their own axes, of which z points down
        columns += [force @ axes, moment @ axes]
        number = int(one["plate"])
        names += [f"Plate{number}.{name}" for name in _PLATE_CHANNELS]
        plates.append((number, corners))
    values = np.concatenate(columns, axis=1) if columns else np.zeros((raw.sizes.get("analog_time", 0), 0))
    return values, names, plates


def _descriptions(meanings: list[str]) -> dict[str, Any]:
    chunks = [meanings[start : start + 255] for start in range(0, max(len(meanings), 1), 255)]
    return {"DESCRIPTIONS" if i == 1 else f"DESCRIPTIONS{i}": chunk for i, chunk in enumerate(chunks, 1)}


def _units(settings: Export) -> dict[str, list[str]]:
    moment = "Nmm/kg" if settings.convention == "plug_in_gait" else "Nm/kg"
    return {"ANGLE_UNITS": ["deg"], "MOMENT_UNITS": [moment], "POWER_UNITS": ["W/kg"]}


def _screen(lab: Lab) -> tuple[str, str]:
    return (lab.forward.upper(), lab.up.upper()) if lab.axes == "config" else ("+X", "+Y")
