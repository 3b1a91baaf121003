"""Stage 1, ingest: every C3D file of a session, read once, in SI units and lab axes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from biomech.c3d.check import EXPORT_AGAIN
from biomech.c3d.force_plates import PlateNote, PlateWrench, plate_wrench
from biomech.c3d.plate_geometry import checked_corners
from biomech.c3d.plate_signals import beyond_people, channel_notes
from biomech.c3d.recording_file import Recording
from biomech.config import Config
from biomech.errors import TrialError
from biomech.io.child_process import run_apart
from biomech.io.recordings import read_recording
from biomech.io.roles import is_mvc
from biomech.io.sheets import Session, Trial
from biomech.quality import Quality
from biomech.schema import VARIABLES, with_contract_attrs

_AXES = np.array(["x", "y", "z"])
_SECONDS = {"units": "s", "long_name": "time from the first stored frame"}


def ingest_session(
    session: Session,
    data_folder: Path,
    config: Config,
    quality: Quality,
    on_error: Literal["skip", "stop"] = "skip",
) -> dict[str, xr.Dataset]:
    """Read the trials of a session.

    Parameters
    ----------
    session : Session
        The session with its rows of trials.tsv.
    data_folder : Path
        The `file` column is relative to it.
    config : Config
        Sections `lab` and `force_plates` are used.
    quality : Quality
        Gets a row for everything left out, renamed or doubtful.
    on_error : {"skip", "stop"}
        What happens to a trial that cannot be read: an error row and the trial is left out, or the error is raised.

    Returns
    -------
    dict of str to xr.Dataset
        One dataset per trial, as `biomech.schema.VARIABLES` says for stage ingest; parts that a file lacks have size 0.

    Raises
    ------
    TrialError
        Only with ``on_error="stop"``.
    """
    return dict(ingest_trials(session, data_folder, config, quality, on_error))


def ingest_trials(
    session: Session,
    data_folder: Path,
    config: Config,
    quality: Quality,
    on_error: Literal["skip", "stop"] = "skip",
    each_apart: bool = False,
) -> Iterator[tuple[str, xr.Dataset]]:
    """Read the trials of a session one by one; see `ingest_session`. Yields name and dataset of every trial.

    With `each_apart`, a recording is read in a process of its own first, and left out with an error row if that process
    is ended by it.
    """
    rates: dict[float, list[str]] = {}
    for trial in session.trials:
        dataset = None
        with quality.guard(trial.trial, item=Path(trial.file).name, on_error=on_error):
            if each_apart:
                _try_apart(trial, data_folder, config)
            dataset = ingest_trial(trial, data_folder, config, quality)
        if dataset is None:
            continue
        rates.setdefault(float(dataset.attrs["rate_hz"]), []).append(trial.trial)
        yield trial.trial, dataset
    if not rates:
        quality.add(
            "error",
            "no_trials",
            f"none of the session's {len(session.trials)} trials could be read",
            action="see the rows of the single trials; nothing is computed for this session",
        )
    _note_rates(rates, quality)


def ingest_trial(trial: Trial, data_folder: Path, config: Config, quality: Quality) -> xr.Dataset:
    """Read one trial as a dataset of the contract; see `ingest_session`."""
    recording = read_recording(
        Path(data_folder) / trial.file, config.lab, trial.relabel, needs_markers=not is_mvc(trial)
    )
    both = [(plate, plate_wrench(plate, config.force_plates)) for plate in recording.plates]
    refused = [beyond_people(plate, wrench.force) for plate, wrench in both]
    both = [pair for pair, why in zip(both, refused, strict=True) if why is None]
    plates, wrenches, found = checked_corners(
        [plate for plate, _ in both],
        [wrench for _, wrench in both],
        recording.position,
        recording.rate_hz,
        config.force_plates,
    )
    recording = replace(recording, plates=plates)
    notes = [PlateNote(*note) for note in recording.notes] + [why for why in refused if why is not None]
    notes += found + [note for wrench in wrenches for note in wrench.notes]
    for plate, wrench in zip(plates, wrenches, strict=True):
        notes += channel_notes(plate, wrench.force[:, 1])
    for level, code, item, message, action, value, unit in notes:
        quality.add(level, code, message, trial=trial.trial, item=item, action=action, value=value, unit=unit)  # type: ignore[arg-type]
    if trial.role == "dynamic" and not recording.plates:
        quality.add(
            "info",
            "no_plates",
            "no usable force plate: angles are computed, moments in stance are not",
            trial=trial.trial,
        )
    dataset = recording_dataset(recording, wrenches)
    dataset.attrs |= {"role": trial.role, "task": trial.task}
    return dataset


def _try_apart(trial: Trial, data_folder: Path, config: Config) -> None:
    """Refuse a recording that takes the process down."""

    def read() -> None:
        with contextlib.suppress(Exception):  # faults are reported when it is read here
            read_recording(Path(data_folder) / trial.file, config.lab, trial.relabel, needs_markers=not is_mvc(trial))

    if ended := run_apart(read):
        raise TrialError(
            f"{Path(trial.file).name}: expected a readable C3D file; reading it ended the program ({ended})",
            code="reader_crashed",
            action=EXPORT_AGAIN,
        )


def recording_dataset(recording: Recording, wrenches: list[PlateWrench]) -> xr.Dataset:
    """Return a recording as the raw dataset of the contract."""
    markers, analog = recording.position, recording.analog
    n_samples, n_plates = len(analog), len(wrenches)
    force, moment = np.empty((2, n_samples, n_plates, 3))
    for column, wrench in enumerate(wrenches):
        force[:, column], moment[:, column] = wrench.force, wrench.moment
    corners = np.array([plate.corners for plate in recording.plates]).reshape(n_plates, 4, 3)
    outputs, events = recording.outputs, recording.event_rows
    values = {
        "marker_position": markers,
        "analog": analog,
        "channel_unit": _text(recording.analog_units),
        "plate_force": force,
        "plate_moment": moment,
        "plate_corner": corners,
        "plate_type": np.array([plate.type for plate in recording.plates], dtype="int32"),
        "event_time": np.array([time for time, _, _ in events], dtype=float),
        "event_name": _text([name for _, name, _ in events]),
        "event_side": _text([side for _, _, side in events]),
        "reference_output": outputs.values,
        "reference_group": _text(outputs.groups),
        "reference_unit": _text(outputs.units),
    }
    variables = {
        name: with_contract_attrs(xr.DataArray(value, dims=VARIABLES[name].dims), name)
        for name, value in values.items()
    }
    along = {
        "time": (recording.time, _SECONDS),
        "marker": (_text(recording.marker_names), {}),
        "axis": (_AXES, {}),
        "analog_time": (recording.analog_time, _SECONDS),
        "channel": (_text(recording.analog_names), {}),
        "plate": (np.array([plate.number for plate in recording.plates], dtype="int32"), {}),
        "output": (_text(outputs.names), {}),
        "component": (_AXES, {}),
    }
    attrs = {
        "rate_hz": recording.rate_hz,
        "analog_rate_hz": recording.analog_rate_hz,
        "first_frame": recording.first_frame,
        "storage": recording.storage,
        "reader": recording.reader,
        "parameters": json.dumps(recording.parameters, sort_keys=True),
    }
    return xr.Dataset(variables, coords={dim: (dim, *labels) for dim, labels in along.items()}, attrs=attrs)


def _text(values: list[str]) -> np.ndarray:
    return np.array(values, dtype=str) if values else np.zeros(0, dtype="U1")


def _note_rates(rates: dict[float, list[str]], quality: Quality) -> None:
    if len(rates) > 1:
        text = "; ".join(f"{rate:g} Hz: {', '.join(names)}" for rate, names in sorted(rates.items()))
        quality.add(
            "info", "mixed_rates", f"trials were recorded at different rates, each is computed at its own ({text})"
        )
