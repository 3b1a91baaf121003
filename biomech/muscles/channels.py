"""Assignment of analog channels to muscles; quality rows for channels that a recording lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biomech.config.muscles import Muscles
from biomech.config.section import did_you_mean
from biomech.quality import Quality
from biomech.units import unit_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Channel:
    """The recorded EMG of one muscle in one trial; `values` in volts, or as stored where the file names no known `unit`."""

    side: str
    muscle: str
    name: str
    rate_hz: float
    values: Array
    unit: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Side and muscle."""
        return self.side, self.muscle


def volts_of(unit: str) -> float | None:
    """Return how many volts a unit is under its usual spellings; None for one that is not a known voltage."""
    found = unit_of(unit)
    return found.si if found is not None and found.kind == "voltage" else None


def channels_of(raw: Any, settings: Muscles) -> list[Channel]:
    """Return the channels of the config that a trial has, in the order of the config."""
    if "analog" not in raw or "channel" not in raw.coords:
        return []
    names = raw["channel"].to_numpy().astype(str).tolist()
    wanted = [
        (side, muscle, name)
        for side, table in settings.channels.items()
        for muscle, name in table.items()
        if name in names
    ]
    if not wanted:
        return []
    analog = raw["analog"].transpose("analog_time", "channel").to_numpy()
    units = raw["channel_unit"].to_numpy().astype(str).tolist() if "channel_unit" in raw else [""] * len(names)
    rate = float(raw.attrs["analog_rate_hz"])
    out = []
    for side, muscle, name in wanted:
        place = names.index(name)
        values = analog[:, place].astype(float) * (volts_of(units[place]) or 1.0)
        out.append(Channel(side, muscle, name, rate, values, units[place].strip()))
    return out


def report_channels(trials: Mapping[str, Any], settings: Muscles, quality: Quality) -> None:
    """Add a quality row for every channel of the config that no trial has, and for every trial that lacks some.

    Parameters
    ----------
    trials : mapping
        Name to raw dataset.
    """
    have = {name: set(_names(raw)) for name, raw in trials.items()}
    known = set().union(*have.values()) if have else set()
    wanted = {name: f"{side} {muscle}" for side, table in settings.channels.items() for muscle, name in table.items()}
    for name, owner in wanted.items():
        if have and name not in known:
            quality.add(
                "warning",
                "emg_channel_missing",
                f"{owner}: no recording has the analog channel {name!r}{did_you_mean(name, known)}",
                item=name,
                action="write the channel's name as `biomech labels` prints it into `muscles.channels`",
            )
    for trial, names in have.items():
        absent = [name for name in wanted if name in known and name not in names]
        if absent:
            quality.add(
                "info",
                "emg_channel_missing",
                f"no EMG of {', '.join(wanted[name] for name in absent)}: the recording lacks {', '.join(absent)}",
                trial=trial,
                item=", ".join(absent),
            )


def report_units(trials: Mapping[str, Any], settings: Muscles, quality: Quality) -> None:
    """Add a quality row for every channel of the config whose unit is not known: its size is taken for volts.

    Parameters
    ----------
    trials : mapping
        Name to raw dataset.
    """
    wanted = {name for table in settings.channels.values() for name in table.values()}
    stored: dict[str, set[str]] = {}
    for raw in trials.values():
        if "channel_unit" in raw:
            units = raw["channel_unit"].to_numpy().astype(str).tolist()
            for name, unit in zip(_names(raw), units, strict=True):
                if name in wanted:
                    stored.setdefault(name, set()).add(unit.strip())
    for name, units_of in stored.items():
        unknown = sorted(unit for unit in units_of if volts_of(unit) is None)
        if unknown and (len(units_of) > 1 or settings.normalisation == "none"):
            quality.add(
                "warning",
                "emg_unit",
                f"channel {name!r}: expected the unit V, mV or uV, found {', '.join(map(repr, unknown))}; the values are taken for volts",
                item=name,
                action="name the unit of the channel in the recording software and export again",
            )


def _names(raw: Any) -> list[str]:
    return raw["channel"].to_numpy().astype(str).tolist() if "channel" in raw.coords else []
