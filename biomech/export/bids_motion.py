"""The recordings of a session as Motion-BIDS and EMG-BIDS, and its joint angles as a derivative (BIDS 1.11).

Specification: Brain Imaging Data Structure 1.11, "Motion" (Jeung et al. 2024, Sci Data 11:716), "Electromyography", "Events",
"Scans file". Axes and units are this software's: X forward, Y up, Z right, m; `_channels.json` says so (``ASR``).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.config.muscles import Muscles
from biomech.export.bids_emg import write_emg
from biomech.export.c3d import events_of, plate_channels
from biomech.io.bids_names import FORCE_PLATES, FRAME, MISSING, OPTICAL, PLATES_KEY, SPATIAL_AXES, alphanumeric, written
from biomech.io.csv_parquet import write_bytes
from biomech.io.sheets import Session, Trial
from biomech.io.trial_files import Trials
from biomech.schema import AXES, JOINT_CENTRES, SIDES

Array = NDArray[np.float64]

ANGLES = "biomech"
_DIGITS = "%.9g"
_SCAN_COLUMNS: dict[str, str] = {
    "trial": "trial of the study's sheet",
    "role": "static (standing), functional (joint centre, joint axis or maximal contraction) or dynamic (movement)",
    "condition": "condition of the trial",
    "footwear": "footwear",
    "side": "leg that the trial is about, or both",
}
_CHANNELS = ["name", "component", "type", "tracked_point", "units", "reference_frame"]
_PARTS = ("pelvis", "trunk", "hip", "knee", "ankle", "foot", "rearfoot", "forefoot", "thigh", "shank")
_EVENT_COLUMNS: dict[str, dict[str, Any]] = {
    "onset": {"Description": "time from the first sample of the motion file", "Units": "s"},
    "duration": {"Description": "0: an instant", "Units": "s"},
    "trial_type": {"Description": "foot_strike, foot_off, start or end of a repetition, or as the recording calls it"},
    "side": {"Description": "foot: left, right or general"},
}


@dataclass(frozen=True)
class _Place:
    """Where the files of one trial go: `folder` of the session, and ``sub-…_ses-…_task-…``, with the number of the run."""

    folder: Path
    start: str
    run: int
    task: str

    def motion(self, system: str, suffix: str) -> Path:
        return self.folder / "motion" / f"{self.start}_tracksys-{system}_run-{self.run}_{suffix}"

    def emg(self, suffix: str) -> Path:
        return self.folder / "emg" / f"{self.start}_run-{self.run}_{suffix}"


def write_raw(root: Path, raw: Trials, session: Session, muscles: Muscles) -> None:
    """Write markers, forces, events and EMG of a session as recorded, and its ``_scans.tsv``.

    Parameters
    ----------
    root : Path
        Of the raw dataset.
    raw : mapping of str to xr.Dataset
        Of the stage ingest.
    session : Session
    muscles : Muscles
        Says which analog channels are EMG.
    """
    scans: list[list[str]] = []
    folder = session_folder(root, session)
    for trial, place in _places(root, session):
        if trial.trial not in raw:
            continue
        one = raw[trial.trial]
        made = []
        if one.sizes.get("marker", 0):
            made.append(_write_markers(place, one))
        if one.sizes.get("plate", 0):
            made.append(_write_plates(place, one))
        if one.sizes.get("event", 0) and made:
            names, sides = (one[name].to_numpy().astype(str).tolist() for name in ("event_name", "event_side"))
            times = one["event_time"].to_numpy().tolist()
            write_events(place.motion(OPTICAL, "events.tsv"), list(zip(times, names, sides, strict=True)))
        if emg := write_emg(place.emg("emg.bdf"), one, muscles, place.task):
            made.append(emg)
        about = [str(getattr(trial, name)) or MISSING for name in _SCAN_COLUMNS]
        scans += [[path.relative_to(folder).as_posix(), *about] for path in made]
    if scans:
        stem = f"sub-{alphanumeric(session.participant)}_ses-{alphanumeric(session.session)}_scans"
        write_tsv(folder / f"{stem}.tsv", ["filename", *_SCAN_COLUMNS], scans)
        write_json(folder / f"{stem}.json", {name: {"Description": text} for name, text in _SCAN_COLUMNS.items()})


def write_angles(root: Path, kinematics: Trials, cycles: pd.DataFrame, session: Session) -> None:
    """Write joint angles, joint centres and events of a session's movements as a tracking system of the derivative dataset.

    Parameters
    ----------
    root : Path
        Of the derivative dataset.
    kinematics : mapping of str to xr.Dataset
    cycles : DataFrame
        Of the session, for `biomech.export.c3d.events_of`, with ``trial``.
    session : Session
    """
    for trial, place in _places(root, session):
        if trial.role != "dynamic" or trial.trial not in kinematics:
            continue
        one = kinematics[trial.trial]
        channels, columns = [], []
        angle = one["angle"].transpose("time", "side", "quantity")
        for side in SIDES:
            for quantity in angle["quantity"].to_numpy().astype(str).tolist():
                values = angle.sel(side=side, quantity=quantity).to_numpy()
                if not quantity.endswith("__static") and np.isfinite(values).any():
                    part = quantity.split("_")[0]
                    point = f"{side}_{part if part in _PARTS else 'leg'}"
                    channels.append([f"{side}_{quantity}", MISSING, "JNTANG", point, "deg", "joint"])
                    columns.append(values)
        for side in SIDES:
            for joint in JOINT_CENTRES:
                centre = one["joint_centre"].sel(side=side, joint=joint).transpose("time", "axis").to_numpy()
                point = f"{side}_{joint}_centre"
                channels += [[f"{point}_{axis}", axis, "POS", point, "m", FRAME] for axis in AXES]
                columns += list(centre.T)
        frames = {
            FRAME: _GLOBAL,
            "joint": {"Description": "angle of a joint or segment; positive in the direction that the channel names"},
        }
        about = {"TrackingSystemName": "biomech", "RecordingType": "continuous"}
        rate = float(one.attrs["rate_hz"])
        _write_system(place, ANGLES, np.stack(columns, axis=1), rate, channels, frames, about)
        own = cycles[cycles["trial"] == trial.trial] if len(cycles) else cycles
        found = [(time, "_".join(label.lower().split()), side.lower()) for time, label, side in events_of(own)]
        if found:
            write_events(place.motion(ANGLES, "events.tsv"), found)


def write_events(path: Path, events: Sequence[tuple[float, str, str]]) -> None:
    """Write ``_events.tsv`` and ``.json``: time (s), name and side of every event."""
    rows = [[_DIGITS % time, "0", name or MISSING, side or MISSING] for time, name, side in sorted(events)]
    write_tsv(path, list(_EVENT_COLUMNS), rows)
    write_json(path.with_suffix(".json"), _EVENT_COLUMNS)


def write_tsv(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table of text cells with one header line."""
    write_bytes("".join("\t".join(cells) + "\n" for cells in [head, *rows]).encode(), path)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a sidecar."""
    write_bytes((json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode(), path)


_GLOBAL = {
    "SpatialAxes": SPATIAL_AXES,
    "RotationRule": "right-hand",
    "Description": "laboratory: X forward, Y up, Z right",
}


def _write_markers(place: _Place, one: xr.Dataset) -> Path:
    position = one["marker_position"].transpose("time", "marker", "axis").to_numpy()
    names = one["marker"].to_numpy().astype(str).tolist()
    channels = [[f"{name}_{axis}", axis, "POS", name, "m", FRAME] for name in names for axis in AXES]
    about = {"TrackingSystemName": "optical motion capture", "TrackedPointsCount": len(names)}
    rate = float(one.attrs["rate_hz"])
    return _write_system(place, OPTICAL, position.reshape(len(position), -1), rate, channels, {FRAME: _GLOBAL}, about)


def _write_plates(place: _Place, one: xr.Dataset) -> Path:
    values, names, plates = plate_channels(one)
    rate = float(one.attrs["analog_rate_hz"])
    channels = [
        [name, name[-1].lower(), "MISC", name.split(".")[0], "N" if name[-2] == "F" else "Nm", "plate"]
        for name in names
    ]
    frames = {"plate": {"Description": "force plate: z down, centre of its corners as origin; reaction on the subject"}}
    about = {
        "TrackingSystemName": "force plates",
        PLATES_KEY: [{"Number": number, "CornersMetres": np.round(corners, 9).tolist()} for number, corners in plates],
    }
    return _write_system(place, FORCE_PLATES, values, rate, channels, frames, about)


def _write_system(
    place: _Place,
    system: str,
    values: Array,
    rate_hz: float,
    channels: list[list[str]],
    frames: Mapping[str, Any],
    about: Mapping[str, Any],
) -> Path:
    """Write the four files of one tracking system; return the motion file."""
    path = place.motion(system, "motion.tsv")
    text = pd.DataFrame(values).to_csv(sep="\t", header=False, index=False, float_format=_DIGITS, na_rep=MISSING)
    write_bytes(text.replace("\r\n", "\n").encode(), path)
    kinds = Counter(channel[2] for channel in channels)
    sidecar = {
        "TaskName": place.task,
        "SamplingFrequency": rate_hz,
        "SamplingFrequencyEffective": rate_hz,
        "RecordingDuration": len(values) / rate_hz,
        "MotionChannelCount": len(channels),
        **{f"{kind}ChannelCount": kinds.get(kind, 0) for kind in ("POS", "JNTANG", "MISC")},
        "MissingValues": MISSING,
        **about,
    }
    write_json(path.with_suffix(".json"), sidecar)
    write_tsv(place.motion(system, "channels.tsv"), _CHANNELS, channels)
    write_json(place.motion(system, "channels.json"), {"reference_frame": {"Levels": dict(frames)}})
    return path


def session_folder(root: Path, session: Session) -> Path:
    """Return the folder of a session in a dataset."""
    return root / f"sub-{alphanumeric(session.participant)}" / f"ses-{alphanumeric(session.session)}"


def _places(root: Path, session: Session) -> list[tuple[Trial, _Place]]:
    """Return every trial with its place: trials of one task are numbered in the order of the sheet."""
    runs: Counter[str] = Counter()
    out = []
    for trial in session.trials:
        runs[trial.task] += 1
        start = f"sub-{alphanumeric(session.participant)}_ses-{alphanumeric(session.session)}_task-{alphanumeric(trial.task)}"
        out.append((trial, _Place(session_folder(root, session), start, runs[trial.task], written(trial.task))))
    return out
