"""Force platforms of C3D types 1 to 4: plate, axes, and wrench from the channels.

Definitions: C3D user guide (Motion Lab Systems, 2008), chapter FORCE_PLATFORM. Plate axes follow from the corners, which
are numbered by quadrant (+x+y, −x+y, −x−y, +x−y); z points down on a standard plate, so that the stored force turns
into the reaction on the subject.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

CHANNELS = {1: 6, 2: 6, 3: 8, 4: 6}  # supported types and how many channels each has

Note = tuple[str, str, str, str]  # level, code, item, message


class PlateNote(NamedTuple):
    """One row of the quality table about a plate."""

    level: str
    code: str
    item: str
    message: str
    action: str = ""
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class PlateRecord:
    """One force platform as recorded.

    Parameters
    ----------
    number : int
        Number of the plate in the file, counted from 1.
    type : int
        1 to 4.
    channels : (n_samples, n_channels) array
        Channels in their stored units.
    corners : (4, 3) array
        m, lab axes.
    origin : (3,) array
        m, plate axes; types 2 and 4: sensor origin to centre of the surface; type 3: a, b, z.
    cal_matrix : (6, 6) array or None
        Type 4.
    force_to_n, moment_to_nm, length_to_m : float
        Factors from stored units to SI (after calibration for type 4).
    zero_window : slice or None
        Samples of FORCE_PLATFORM:ZERO.
    rate_hz : float
        Sampling rate of the channels.
    names : tuple of str
        Labels of the channels.
    cop_to_m : float or None
        Type 1: factor from the stored centre of pressure to m; None: `length_to_m`.
    """

    number: int
    type: int
    channels: np.ndarray
    corners: np.ndarray
    origin: np.ndarray
    cal_matrix: np.ndarray | None = None
    force_to_n: float = 1.0
    moment_to_nm: float = 1.0
    length_to_m: float = 1.0
    zero_window: slice | None = None
    rate_hz: float = 1000.0
    names: tuple[str, ...] = ()
    cop_to_m: float | None = None


@dataclass(frozen=True)
class PlateWrench:
    """Force (n, 3) in N and moment (n, 3) in N·m about the lab origin, both on the subject, in lab axes."""

    force: np.ndarray
    moment: np.ndarray
    notes: list[PlateNote] = field(default_factory=list)


def plate_frame(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the plate's axes as columns (3, 3) and its centre (3,), from its corners (4, 3), in the corners' axes."""
    x = corners[0] - corners[1]
    z = np.cross(x, corners[0] - corners[3])
    x, z = x / np.linalg.norm(x), z / np.linalg.norm(z)
    return np.stack([x, np.cross(z, x), z], axis=1), corners.mean(axis=0)


def points_up(corners: np.ndarray) -> bool:
    """Whether the z axis that follows from the corners (4, 3), in lab axes, points up; it points down on a standard plate."""
    return bool(plate_frame(corners)[0][1, 2] > 0.5)


def sensor_wrench(plate: PlateRecord) -> np.ndarray:
    """Return force and moment at the sensors' origin in plate axes, SI units, offsets included.

    A component a row, as files hold channels: half the time of one a column.

    Parameters
    ----------
    plate : PlateRecord

    Returns
    -------
    ndarray, (6, n), or (4, n) for type 1
        Force and moment; of type 1 force and free moment, since it stores the centre of pressure.

    References
    ----------
    C3D user guide, Motion Lab Systems 2008, FORCE_PLATFORM:TYPE, ORIGIN, CAL_MATRIX; Kistler 9281 manual for type 3.
    """
    ch = plate.channels.T
    if plate.type == 1:
        return np.vstack([ch[:3] * plate.force_to_n, ch[5:6] * plate.moment_to_nm])
    if plate.type == 3:
        return _piezo_wrench(ch[:8] * plate.force_to_n, *plate.origin[:2])
    wrench = plate.cal_matrix @ ch[:6] if plate.cal_matrix is not None else ch[:6].copy()
    wrench[:3] *= plate.force_to_n
    wrench[3:] *= plate.moment_to_nm
    return np.asarray(wrench)


def crossed(vectors: np.ndarray, one: np.ndarray) -> np.ndarray:
    """Cross product of (3, n) vectors with one; `numpy.cross` takes ten times as long."""
    x, y, z = one
    return np.asarray(np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]]) @ vectors)


def _piezo_wrench(ch: np.ndarray, a: float, b: float) -> np.ndarray:
    """Type 3: four sensors at (±a, ±b); channels fx12 fx34 fy14 fy23 fz1 fz2 fz3 fz4 (Kistler)."""
    fx12, fx34, fy14, fy23, fz1, fz2, fz3, fz4 = ch
    return np.stack(
        [
            fx12 + fx34,
            fy14 + fy23,
            fz1 + fz2 + fz3 + fz4,
            b * (fz1 + fz2 - fz3 - fz4),
            a * (-fz1 + fz2 + fz3 - fz4),
            b * (-fx12 + fx34) + a * (fy14 - fy23),
        ]
    )
