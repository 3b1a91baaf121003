"""One C3D file as a library user reads it: markers and analog channels for pyomeca, force plates, events, quality."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from pyomeca import Analogs, Markers

from biomech.config import Config, parse_config, read_config
from biomech.io.ingest import ingest_trial
from biomech.io.sheets import Trial
from biomech.quality import COLUMNS, Quality

ConfigLike = Config | Mapping[str, Any] | Path | str | None
Side = Literal["left", "right", "both"]


@dataclass(frozen=True)
class Recording:
    """What one file holds, in SI units and lab axes (x forward, y up, z right).

    Attributes
    ----------
    dataset : xr.Dataset
        As the pipeline stores it; variables of the stage ``ingest`` in `biomech.schema.VARIABLES`.
    quality : DataFrame
        One row for everything that was repaired, left out or is doubtful; columns of `biomech.quality.COLUMNS`.
    """

    dataset: xr.Dataset
    quality: pd.DataFrame

    @property
    def markers(self) -> xr.DataArray:
        """Markers for pyomeca, dims (axis, channel, time), m; NaN where a marker was not seen; the axis ``ones`` is 1."""
        data = self.dataset["marker_position"].transpose("axis", "marker", "time")
        found: xr.DataArray = Markers(
            data.to_numpy(),
            channels=data["marker"].to_numpy().tolist(),
            time=data["time"].to_numpy(),
            attrs={"units": "m", "rate": float(self.dataset.attrs["rate_hz"])},
        )
        return found

    @property
    def analogs(self) -> xr.DataArray:
        """Analog channels for pyomeca, dims (channel, time), in the units of the coordinate ``unit``."""
        data = self.dataset["analog"].transpose("channel", "analog_time")
        found: xr.DataArray = Analogs(
            data.to_numpy().astype(float),
            channels=data["channel"].to_numpy(),
            time=data["analog_time"].to_numpy(),
            attrs={"rate": float(self.dataset.attrs["analog_rate_hz"])},
        )
        return found.assign_coords(unit=("channel", self.dataset["channel_unit"].to_numpy()))

    @property
    def force_plates(self) -> xr.Dataset:
        """Force (N) and moment about the lab origin (N m) of every plate on the person, with type and corners (m)."""
        names = ["plate_force", "plate_moment", "plate_corner", "plate_type"]
        return self.dataset[names].assign_attrs(rate_hz=self.dataset.attrs["analog_rate_hz"])

    @property
    def events(self) -> pd.DataFrame:
        """Events that the file stores: ``time`` (s from the first stored frame), ``name`` and ``side``."""
        columns = {name: self.dataset[f"event_{name}"].to_numpy() for name in ("time", "name", "side")}
        return pd.DataFrame(columns)


def read_c3d(file: Path | str, config: ConfigLike = None) -> Recording:
    """Read a C3D file.

    Parameters
    ----------
    file : Path or str
    config : mapping, Path, Config or None
        Options as in `config/config.yaml`, that file, or the checked config; sections `lab` and `force_plates` are used.

    Returns
    -------
    Recording

    Raises
    ------
    TrialError
        If the file cannot be read as a recording of markers; it says what was expected and what to do.
    StudyError
        For a fault of `config`.

    Examples
    --------
    >>> import biomech
    >>> recording = biomech.read_c3d(biomech.example_files()["walk1"])
    >>> recording.markers.sel(channel="LASI").dims
    ('axis', 'time')
    >>> smooth = recording.markers.meca.low_pass(order=2, cutoff=6, freq=recording.markers.rate)
    >>> recording.force_plates.plate_force.dims
    ('analog_time', 'plate', 'axis')
    """
    quality = Quality("", "", "ingest")
    trial = Trial(trial=label_of(file), file=str(file), role="functional", task="functional")
    dataset = ingest_trial(trial, Path(), as_config(config), quality)
    return Recording(dataset, quality.table())


def as_config(config: ConfigLike) -> Config:
    """Return a checked config from a mapping of sections, a YAML file, a config, or nothing (all defaults).

    Raises
    ------
    StudyError
        With every fault at once.
    """
    if isinstance(config, Config):
        return config
    if isinstance(config, Path | str):
        return parse_config(read_config(Path(config)))
    return parse_config(dict(config or {}))


def label_of(file: Path | str) -> str:
    """Return the name of a file as a trial's label: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", Path(file).stem).strip("-") or "trial"


def quality_text(table: pd.DataFrame) -> str:
    """Return a quality table as text for an attribute."""
    return str(table.to_json(orient="records"))


@xr.register_dataset_accessor("biomech")
class Tables:
    """Tables of a processed trial or of its cycles, as ``dataset.biomech``.

    Parameters
    ----------
    dataset : xr.Dataset
        Of `Subject.process`, `cycles` or `metrics`.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    @property
    def quality(self) -> pd.DataFrame:
        """What was dropped, filled, repaired or is doubtful; columns of `biomech.quality.COLUMNS`."""
        text = str(self._dataset.attrs.get("quality", "[]"))
        return pd.read_json(io.StringIO(text), orient="records", dtype=False).reindex(columns=list(COLUMNS))

    @property
    def events(self) -> pd.DataFrame:
        """Foot strikes and foot offs that cycles are cut at: ``time`` (s), ``name``, ``side`` and ``source``."""
        if "gait_event_time" not in self._dataset:
            return pd.DataFrame({"time": np.array([], float), "name": [], "side": [], "source": []})
        names = ("time", "name", "side", "source")
        return pd.DataFrame({name: self._dataset[f"gait_event_{name}"].to_numpy() for name in names})
