"""Force plates and EMG that a BIDS dataset holds of a trial, as the analog channels of a C3D file."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biomech.c3d.force_plates import Note
from biomech.io.bids_files import read_sidecar, with_suffix
from biomech.io.bids_names import FORCE_PLATES, PLATES_KEY

Array = NDArray[np.float64]

_HEADER_RATE = (
    1e-4  # the header states a rate by seconds of six decimals; the sidecar, where it says the same, is exact
)


@dataclass(frozen=True)
class Analog:
    """Channels of one rate: values (samples, channels), their labels and units, and the group of the force plates."""

    values: Array = field(default_factory=lambda: np.zeros((0, 0)))
    rate_hz: float = 0.0
    labels: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    plates: dict[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Return the groups ANALOG and FORCE_PLATFORM."""
        return {"ANALOG": {"LABELS": list(self.labels), "UNITS": list(self.units)}, "FORCE_PLATFORM": self.plates}

    def with_channels(self, other: Analog) -> Analog:
        """Return these channels and then another's, over the samples that both have."""
        n = min(len(self.values), len(other.values))
        values = np.concatenate([self.values[:n], other.values[:n]], axis=1)
        return Analog(values, self.rate_hz, self.labels + other.labels, self.units + other.units, self.plates)


def read_plate_system(path: Path, axes: Array) -> Analog:
    """Return the force plates next to a recording, as this software writes them; nothing where there are none.

    Parameters
    ----------
    path : Path
        The recording of the markers.
    axes : (3, 3) array
        Rows of lab axes in those of the dataset.
    """
    files = with_suffix(path, "_motion.tsv", tracksys=FORCE_PLATES)
    about = read_sidecar(path, "_motion.json", tracksys=FORCE_PLATES)
    tables = with_suffix(path, "_channels.tsv", tracksys=FORCE_PLATES)
    corners = [np.array(plate["CornersMetres"], dtype=float) for plate in about.get(PLATES_KEY, [])]
    if not files or not tables or not corners:
        return Analog()
    channels = pd.read_csv(tables[0], sep="\t", dtype=str, keep_default_na=False)
    values = pd.read_csv(files[0], sep="\t", header=None, na_values=["n/a"]).to_numpy(dtype=float)
    n = len(corners)
    plates = {
        "USED": np.array([float(n)]),
        "TYPE": np.full(n, 2.0),
        "CHANNEL": np.arange(1.0, 6 * n + 1).reshape(6, n, order="F"),
        "CORNERS": np.stack([axes @ each.T for each in corners], axis=2),
        "ORIGIN": np.zeros((3, n)),
        "ZERO": np.zeros(2),
    }
    labels, units = (tuple(channels[name].tolist()) for name in ("name", "units"))
    return Analog(values, float(about["SamplingFrequency"]), labels, units, plates)


def read_emg(path: Path, notes: list[Note]) -> Analog:
    """Return the EMG of the same trial (``emg/…_emg.bdf`` or ``.edf``); channels of another rate than the first are left out."""
    session = path.parent.parent
    sidecar = read_sidecar(session / "emg" / path.name, "_emg.json", tracksys=None)
    files = [
        file
        for ending in ("_emg.bdf", "_emg.edf")
        for file in with_suffix(session / "emg" / path.name, ending, tracksys=None)
    ]
    if not files:
        return Analog()
    if not importlib.util.find_spec("edfio"):
        text = f'the EMG in {files[0].name} was not read: the package edfio is not installed (`pip install "biomech[bids]"`)'
        notes.append(("warning", "bids_emg", "", text))
        return Analog()
    import edfio

    try:
        stored: Any = (edfio.read_bdf if files[0].suffix == ".bdf" else edfio.read_edf)(files[0])
        columns = [signal.data for signal in stored.signals]
    except Exception as error:  # of a damaged file the package raises whatever it comes upon
        text = f"expected EMG in {files[0].name}, found a file that cannot be read ({' '.join(str(error).split())[:120]}): left out"
        notes.append(("warning", "bids_emg", "", text))
        return Analog()
    rate = float(stored.signals[0].sampling_frequency) if stored.signals else 0.0
    kept = [i for i, signal in enumerate(stored.signals) if signal.sampling_frequency == rate]
    signals = [stored.signals[i] for i in kept]
    if others := len(stored.signals) - len(signals):
        notes.append(("warning", "bids_emg", "", f"{others} EMG channels have another rate than {rate:g} Hz: left out"))
    if not signals:
        return Analog()
    stated = sidecar.get("SamplingFrequency")
    if isinstance(stated, int | float) and abs(stated - rate) < _HEADER_RATE * rate:
        rate = float(stated)
    values = np.stack([columns[i] for i in kept], axis=1)
    if isinstance(duration := sidecar.get("RecordingDuration"), int | float):
        values = values[: round(duration * rate)]  # the last record is filled up
    labels, units = (tuple(getattr(signal, name) for signal in signals) for name in ("label", "physical_dimension"))
    return Analog(values, rate, labels, units)
