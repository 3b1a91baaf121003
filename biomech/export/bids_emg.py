"""Surface EMG of a trial as EMG-BIDS (BIDS 1.11): BioSemi data format (BDF, 24 bit) with its sidecar and channels."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import xarray as xr

from biomech.config.muscles import Muscles
from biomech.io.bids_names import MISSING
from biomech.io.csv_parquet import write_bytes
from biomech.schema import MUSCLES
from biomech.units import unit_of

_MICROVOLTS = 1e6
_LABEL_LENGTH = 16  # of the format
_DECIMALS = 6  # of a duration below 10 s in the eight characters of the header


def edfio_is_missing() -> str:
    """Return the message for an export of EMG without the package; empty if it is there."""
    if importlib.util.find_spec("edfio"):
        return ""
    return (
        "config: `export.formats` asks for `bids`, and `muscles.channels` names EMG, whose format needs the package edfio: "
        'run `pip install "biomech[bids]"`, or leave `bids` out'
    )


def write_emg(path: Path, raw: xr.Dataset, muscles: Muscles, task: str) -> Path | None:
    """Write the channels that the config names, as recorded, with ``_emg.json`` and ``_channels.tsv``.

    Parameters
    ----------
    path : Path
        ``…_emg.bdf``.
    raw : Dataset
        One trial of the stage ingest.
    muscles : Muscles
        Channel of every muscle.
    task : str
        In words.

    Returns
    -------
    Path or None
        None where the trial has none of the channels.
    """
    names = raw["channel"].to_numpy().astype(str).tolist() if "channel" in raw.coords else []
    wanted = {
        name: f"{side} {MUSCLES.get(muscle, muscle)}"
        for side, table in muscles.channels.items()
        for muscle, name in table.items()
        if name in names
    }
    if not wanted or not raw.sizes.get("analog_time", 0):
        return None
    from edfio import Bdf, BdfSignal

    analog = raw["analog"].transpose("analog_time", "channel").to_numpy().astype(float)
    units = raw["channel_unit"].to_numpy().astype(str).tolist()
    rate = float(raw.attrs["analog_rate_hz"])
    duration, number, length = _record(len(analog), rate)
    signals, rows = [], []
    for name, muscle in wanted.items():
        at = names.index(name)
        unit = unit_of(units[at])
        volts = unit is not None and unit.kind == "voltage"
        values = np.nan_to_num(analog[:, at]) * (unit.si * _MICROVOLTS if unit is not None and volts else 1.0)
        padded = np.concatenate([values, np.repeat(values[-1:], length - len(values))])
        label = name[:_LABEL_LENGTH]
        shown = "uV" if volts else MISSING
        low, high = float(padded.min()), float(padded.max())
        reach = (low, high) if high > low else (low - 1.0, low + 1.0)
        signals.append(
            BdfSignal(
                padded, number / duration, label=label, physical_dimension="uV" if volts else "", physical_range=reach
            )
        )
        rows.append([label, "EMG", shown, muscle])
    path.parent.mkdir(parents=True, exist_ok=True)
    Bdf(signals, data_record_duration=duration).write(path)
    sidecar = {
        "TaskName": task,
        "SamplingFrequency": rate,
        "PowerLineFrequency": muscles.notch_hz or MISSING,
        "SoftwareFilters": MISSING,
        "EMGPlacementScheme": "Other",
        "EMGPlacementSchemeDescription": "not known: the recording does not say how the electrodes were placed",
        "EMGReference": MISSING,
        "EMGChannelCount": len(rows),
        "RecordingDuration": len(analog) / rate,
        "RecordingType": "continuous",
    }
    write_bytes((json.dumps(sidecar, indent=2) + "\n").encode(), path.with_suffix(".json"))
    table = [["name", "type", "units", "target_muscle"], *rows]
    text = "".join("\t".join(row) + "\n" for row in table)
    write_bytes(text.encode(), path.with_name(path.name.replace("_emg.bdf", "_channels.tsv")))
    return path


def _record(samples: int, rate_hz: float) -> tuple[float, int, int]:
    """Return duration (s) and number of samples of a data record, and the number of samples in whole records.

    The records of the format are of one length, of which the header holds eight characters. Chosen is one of about a second
    or less that fits the number of samples and states the rate best; with none the last record is filled up.
    """
    most = max(round(rate_hz), 1)
    lengths = np.arange(most, max(most // 10, 1) - 1, -1)
    fits = lengths[samples % lengths == 0]
    each = np.array(fits if len(fits) else lengths)
    seconds = np.round(each / rate_hz, _DECIMALS)
    best = int(np.argmin(np.abs(seconds * rate_hz / each - 1)))
    number = int(each[best])
    return float(seconds[best]), number, -(-samples // number) * number
