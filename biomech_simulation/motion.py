"""A synthetic recording in memory: markers, plates and truth, and its conversion to a C3D file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.c3d.writer import PlateDefinition, write_c3d
from biomech.io.store import write_dataset
from biomech.schema import SIDES
from biomech_simulation.gait import Body
from biomech_simulation.participant import Participant, landmarks

Array = NDArray[np.float64]

STATIC_ONLY = ("MFE", "MM")  # markers that are taken off after the standing trial
# stored axes of the files: X forward, Y left, Z up
_TO_STORED = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
# a full sensitivity matrix of a type-4 plate, N and N·mm per V: cross-talk of up to 2 %
_CALIBRATION = np.diag([150.0, 150.0, 600.0, 60_000.0, 40_000.0, 30_000.0]) @ (
    np.eye(6) + 0.02 * np.sin(np.arange(36).reshape(6, 6))
)


@dataclass(frozen=True)
class Plate:
    """A force plate in the floor, or in a step, and what acted on it.

    Parameters
    ----------
    centre : (float, float)
        Lab X and Z of the middle of its surface, m.
    size : (float, float)
        Extent along lab X and Z, m.
    type : 2 or 4
        C3D type.
    turned : bool
        Whether its own x axis points along lab -X.
    origin_mm : (3,)
        From the sensors to the middle of the surface, plate axes.
    height_m : float
        Of its surface above the floor: that of the step it stands on.
    """

    centre: tuple[float, float]
    size: tuple[float, float] = (0.60, 0.50)
    type: int = 2
    turned: bool = False
    origin_mm: tuple[float, float, float] = (0.8, -1.5, -41.0)
    height_m: float = 0.0

    def contains(self, x: Array, z: Array) -> NDArray[np.bool_]:
        """Whether points of the floor lie on it."""
        return (np.abs(x - self.centre[0]) <= self.size[0] / 2) & (np.abs(z - self.centre[1]) <= self.size[1] / 2)

    @property
    def middle(self) -> Array:
        """Middle of its surface in lab axes, m."""
        return np.array([self.centre[0], self.height_m, self.centre[1]])

    @property
    def axes(self) -> Array:
        """Its x, y, z (down) as columns in stored axes."""
        sign = -1.0 if self.turned else 1.0
        return np.diag([sign, -sign, -1.0])

    def corners_mm(self) -> Array:
        """Corners +x+y, -x+y, -x-y, +x-y of its own axes, in stored axes, mm."""
        centre = _TO_STORED @ self.middle
        signs = np.array([[1, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]])
        half = np.array([self.size[0] / 2, self.size[1] / 2, 0.0])
        return 1000.0 * (centre + (signs * half) @ self.axes.T)

    def channels(self, force: Array, moment: Array) -> Array:
        """Six channels for a force (N) on the subject and its moment (N·m) about the lab origin, lab axes.

        C3D format: force and moment about the sensors in plate axes, so that turned into lab axes they are the
        reaction on the subject; moment at the surface = moment + force x ORIGIN.
        """
        turn = self.axes.T @ _TO_STORED
        own_force = force @ turn.T
        own_moment = 1000.0 * (moment - np.cross(self.middle, force)) @ turn.T
        six = np.concatenate([own_force, own_moment - np.cross(own_force, self.origin_mm)], axis=1)
        return six if self.type == 2 else six @ np.linalg.inv(_CALIBRATION).T


@dataclass(frozen=True)
class Motion:
    """One synthetic trial.

    Parameters
    ----------
    labels : tuple of str
        Markers.
    markers : (n, m, 3) array
        Lab axes (X forward, Y up, Z right), m; NaN where hidden.
    rate_hz, analog_rate_hz : float
        Of markers and plates.
    plates : tuple of Plate
    plate_force, plate_moment : (samples, plate, 3) arrays
        On the subject, the moment about the lab origin, lab axes, N and N·m.
    truth : xr.Dataset
        Names of the data contract; quantities of moments and powers on dims of their own.
    analog : (samples, channels) array
        Further channels, such as EMG, in `analog_units`.
    """

    participant: Participant
    labels: tuple[str, ...]
    markers: Array
    rate_hz: float
    analog_rate_hz: float
    plates: tuple[Plate, ...]
    plate_force: Array
    plate_moment: Array
    truth: xr.Dataset
    events: tuple[tuple[float, str, str], ...] = field(default=())
    analog: Array = field(default_factory=lambda: np.zeros((0, 0)))
    analog_labels: tuple[str, ...] = ()
    analog_units: tuple[str, ...] = ()

    def write(self, path: Path, truth_path: Path | None = None, compact: bool = False, events: bool = False) -> None:
        """Write the C3D file and, next to it, the truth as NetCDF.

        Parameters
        ----------
        compact : bool
            Truth as compressed 32-bit floats.
        events : bool
            Store foot strikes and foot offs in the C3D too.
        """
        write_c3d(path, **self.contents(events))
        if truth_path is not None:
            write_dataset(compacted(self.truth) if compact else self.truth, truth_path, compress=compact)

    def contents(self, events: bool = False) -> dict[str, Any]:
        """Return what the C3D file holds, as arguments of `biomech.c3d.writer.write_c3d`."""
        n_plates = len(self.plates)
        channels = [p.channels(self.plate_force[:, i], self.plate_moment[:, i]) for i, p in enumerate(self.plates)]
        names = [f"{name}{i + 1}" for i in range(n_plates) for name in ("Fx", "Fy", "Fz", "Mx", "My", "Mz")]
        units = [u for p in self.plates for u in (["N"] * 3 + ["Nmm"] * 3 if p.type == 2 else ["V"] * 6)]
        if self.analog_labels:
            channels.append(self.analog)
        words = {"foot_strike": "Foot Strike", "foot_off": "Foot Off"}
        return {
            "labels": list(self.labels),
            "points_mm": 1000.0 * self.markers @ _TO_STORED.T,
            "rate_hz": self.rate_hz,
            "analog": np.concatenate(channels, axis=1) if channels else None,
            "analog_labels": [*names, *self.analog_labels],
            "analog_units": [*units, *self.analog_units],
            "analog_rate_hz": self.analog_rate_hz if channels else None,
            "plates": [
                PlateDefinition(
                    p.type,
                    range(6 * i + 1, 6 * i + 7),
                    p.corners_mm(),
                    p.origin_mm,
                    _CALIBRATION if p.type == 4 else None,
                )
                for i, p in enumerate(self.plates)
            ],
            "events": [(t, words[name], side.title()) for t, name, side in self.events] if events else (),
            "parameters": {"SUBJECTS": {"USED": 1, "NAMES": [self.participant.name]}},
        }


# of the 23 fraction bits of a 32-bit float: angles keep 8e-6 of their value, moments 1e-4, powers 5e-4
_KEPT_BITS = {"angle": 16, "joint_centre": 18, "centre_of_pressure": 16}
_LEFT_OUT = ("power", "joint_force", "ground_reaction_moment")  # follow from the rest


def compacted(truth: xr.Dataset) -> xr.Dataset:
    """Truth as rounded 32-bit floats that compress well (moments in the joint coordinate system only); events stay precise."""
    small = truth.drop_vars([name for name in _LEFT_OUT if name in truth])
    if "frame" in small.dims:
        small = small.sel(frame=["jcs"])
    for name, variable in small.data_vars.items():
        if variable.dtype == "f8" and not {"event", "emg_burst"} & set(variable.dims):
            small[name] = variable.copy(data=_rounded(variable.values, _KEPT_BITS.get(str(name), 12)))
    return small


def _rounded(values: Array, bits: int) -> NDArray[np.float32]:
    """Round the fraction to so many bits; the zeros that follow compress well. NaN stays NaN."""
    drop = 23 - bits
    whole = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = ((whole + np.uint32(1 << (drop - 1))) >> np.uint32(drop)) << np.uint32(drop)
    return np.where(np.isfinite(values), rounded.view(np.float32), np.float32(np.nan))


def place_markers(
    participant: Participant, body: Body, leave_out: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], Array]:
    """Labels and positions (n, m, 3) of all markers in lab axes, m."""
    labels: list[str] = []
    columns: list[Array] = []
    for segment, points in landmarks(participant).items():
        kept = {name: point for name, point in points.items() if name not in leave_out}
        carrier = "foot" if segment == "forefoot" else segment
        for side in ("right",) if segment == "trunk" else SIDES:
            columns.append(body.place(carrier, side, np.stack(list(kept.values()))))
            labels += list(kept) if segment == "trunk" else [side[0].upper() + name for name in kept]
    return tuple(labels), np.concatenate(columns, axis=1)


def turned(body: Body, heading_deg: float, offset: Array) -> Body:
    """The same motion in another place: turned to the left about the lab origin, then shifted by `offset`."""
    angle = np.radians(heading_deg)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1.0, 0], [-np.sin(angle), 0, np.cos(angle)]])
    rotation, origin = {}, {}
    for key, value in body.rotation.items():
        mirror = np.array([1.0, 1.0, -1.0]) if key[0] == "left" else np.ones(3)
        own = turn * np.outer(mirror, mirror)
        rotation[key] = own @ value
        origin[key] = body.origin[key] @ own.T + offset * mirror
    return Body(rotation, origin)
