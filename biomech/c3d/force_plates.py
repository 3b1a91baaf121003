"""From the channels of a force platform (C3D types 1 to 4) to the wrench on the subject, in lab axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from biomech.c3d.plate_offsets import zeroed
from biomech.c3d.plate_reading import read_plates
from biomech.c3d.plate_signals import bridged, without_spikes
from biomech.c3d.plate_types import (
    Note,
    PlateNote,
    PlateRecord,
    PlateWrench,
    crossed,
    plate_frame,
    points_up,
    sensor_wrench,
)
from biomech.config import ForcePlates

__all__ = [
    "Note",
    "PlateNote",
    "PlateRecord",
    "PlateWrench",
    "centre_of_pressure",
    "plate_frame",
    "plate_wrench",
    "read_plates",
]

_LOADED_N = 50.0  # beyond this a sample surely carries load; only for the guards
_MARGIN_M = 0.05
_MIN_WINDOW_S = 0.05
_MIN_WINDOW = 10
_DEPTH_M = (0.2, 2e-4)  # sensors lie at most so far below the surface; a depth of less is stored in a larger unit
_PINNED_M = (
    0.05  # a centre of pressure never farther from the plate's middle may come from moments 1000 times too small
)
_MOVES_M = 0.02


def plate_wrench(plate: PlateRecord, options: ForcePlates | None = None) -> PlateWrench:
    """Return the wrench that a plate exerts on the subject.

    Short intervals without a value are filled, spikes and offsets removed, a force that would pull the subject down is turned, an
    ORIGIN that lies above the surface is turned; moments (or the ORIGIN) whose unit is wrong by 1000 are put right where
    the centre of pressure proves it. Each is noted. The force is neither filtered nor thresholded.

    Parameters
    ----------
    plate : PlateRecord
        Type 1 to 4.
    options : ForcePlates
        How offsets are found, the longest interval to fill, and the delay to take out.

    Returns
    -------
    PlateWrench
        Force (n, 3) in N, moment (n, 3) in N·m about the lab origin, lab axes; NaN where samples are missing.

    References
    ----------
    C3D user guide, Motion Lab Systems 2008, FORCE_PLATFORM:TYPE, ORIGIN, CAL_MATRIX; Kistler 9281 manual for type 3.
    """
    options = options or ForcePlates()
    notes: list[PlateNote] = []
    item = f"plate {plate.number}"
    plate = _origin_in_metres(bridged(plate, options, notes), notes)
    force, moment = _surface_wrench(plate, options, notes)
    axes, centre = plate_frame(plate.corners)
    inside = _share_inside(force, moment, plate, axes)
    found = _moment_unit(plate, force, moment, inside, axes, options)
    if found is not None:
        factor, force, moment, inside = found
        notes.append(_moment_unit_note(plate, factor))
    if inside < 0.5:
        text = f"the centre of pressure lies off the plate in {100 * (1 - inside):.0f} % of its loaded samples"
        action = "check the unit of the moments, ORIGIN and CORNERS in the file"
        notes.append(PlateNote("warning", "plate_cop_outside", item, text, action, 100 * (1 - inside), "%"))
    force, moment = axes @ force, axes @ moment
    if abs(axes[1, 2]) > 0.5:  # a horizontal plate: only then is "up" a test of the sign
        loaded = np.abs(force[1]) > _LOADED_N
        if loaded.sum() >= max(_MIN_WINDOW, _MIN_WINDOW_S * plate.rate_hz) and np.median(force[1, loaded]) < 0:
            force, moment = -force, -moment
            text = "stored force pointed down on the subject; force and moment turned"
            notes.append(PlateNote("info", "plate_sign", item, text))
    moment -= crossed(force, centre)
    if options.delay_s:
        force, moment = (_moved_earlier(part, options.delay_s, plate.rate_hz) for part in (force, moment))
    return PlateWrench(force.T, moment.T, notes)


def _moved_earlier(signal: np.ndarray, delay_s: float, rate_hz: float) -> np.ndarray:
    """Return rows of a signal as they would be without a delay; NaN beyond the recording's ends."""
    at = np.round(np.arange(signal.shape[1]) + delay_s * rate_hz, 9)
    low = np.floor(at).astype(int)
    part = at - low
    inside = (low >= 0) & (np.ceil(at) < signal.shape[1])
    low, high = (np.clip(index, 0, signal.shape[1] - 1) for index in (low, low + 1))
    # weights of exactly zero must not spread a missing neighbour
    moved = np.where(part == 0, signal[:, low], (1 - part) * signal[:, low] + part * signal[:, high])
    return np.where(inside, moved, np.nan)


def _surface_wrench(plate: PlateRecord, options: ForcePlates, notes: list[PlateNote]) -> tuple[np.ndarray, np.ndarray]:
    """Return force and moment (3, n) about the centre of the surface in plate axes, offsets removed.

    A component a row, as files hold channels: half the time of one a column.
    """
    origin = _guarded_origin(plate, notes)
    wrench = zeroed(without_spikes(sensor_wrench(plate), plate, notes), plate, options, notes)
    if plate.type == 1:  # centre of pressure and free moment are stored
        fx, fy, fz, free = wrench
        x, y = plate.channels.T[3:5] * (plate.length_to_m if plate.cop_to_m is None else plate.cop_to_m)
        return np.stack([fx, fy, fz]), np.stack([y * fz, -x * fz, x * fy - y * fx + free])
    if plate.type == 3:
        origin = np.array([0.0, 0.0, origin[2]])
    return wrench[:3], wrench[3:] + crossed(wrench[:3], origin)


def _guarded_origin(plate: PlateRecord, notes: list[PlateNote]) -> np.ndarray:
    """Turn an ORIGIN that lies above the surface: sensors lie below it, so z is negative where it points down."""
    origin = plate.origin
    if plate.type == 1 or not origin[2] > 0 or points_up(plate.corners):
        return origin
    # the x and y of type 3 are sensor distances, not coordinates
    turned = origin * [1.0, 1.0, -1.0] if plate.type == 3 else -origin
    which = "its z" if plate.type == 3 else "it"
    text = f"stored ORIGIN lies above the surface; {which} was turned"
    notes.append(PlateNote("info", "plate_origin_sign", f"plate {plate.number}", text))
    return turned


def _origin_in_metres(plate: PlateRecord, notes: list[PlateNote]) -> PlateRecord:
    """Put an ORIGIN right that is stored in another unit than POINT:UNITS, where the size of a plate proves it."""
    if plate.type == 1:
        return plate
    depth = abs(plate.origin[2])
    if depth > _DEPTH_M[0] and depth * 1e-3 < _DEPTH_M[0]:
        factor = 1e-3
    elif 0 < depth < _DEPTH_M[1] and (plate.type == 3 or np.abs(plate.origin).max() * 1e3 < _DEPTH_M[0]):
        factor = 1e3
    else:
        factor = 1.0
    scale = np.full(3, factor)
    if plate.type == 3:
        # half distances of the sensors: inside the plate, and not in its middle
        axes, centre = plate_frame(plate.corners)
        half = np.abs((plate.corners - centre) @ axes)[:, :2].max()
        share = np.abs(plate.origin[:2]).max() / half
        scale[:2] = next((f for f in (1.0, 1e-3, 1e3) if 0.1 < share * f < 1.5), 1.0)
        if scale[0] == 1.0 and depth < _DEPTH_M[0]:
            scale[2] = 1.0
    if (scale == 1.0).all():
        return plate
    text = (
        f"ORIGIN {np.round(plate.origin, 6).tolist()} m cannot be the place of its sensors; read as "
        f"{np.round(plate.origin * scale, 4).tolist()} m: it is stored in another unit than POINT:UNITS"
    )
    action = "write ORIGIN in the unit of POINT:UNITS"
    ratio = float(scale[scale != 1.0][0])
    notes.append(PlateNote("warning", "plate_origin_unit", f"plate {plate.number}", text, action, ratio, "1"))
    return replace(plate, origin=plate.origin * scale)


def _moment_unit(
    plate: PlateRecord, force: np.ndarray, moment: np.ndarray, inside: float, axes: np.ndarray, options: ForcePlates
) -> tuple[float, np.ndarray, np.ndarray, float] | None:
    """Find moments (type 1: a centre of pressure) that are wrong by 1000; None if they are not, or not surely.

    With the right factor the centre of pressure lies on the plate and moves about. With one 1000 times too large it lies
    far off; with one 1000 times too small it stays at the middle, and with the right one it is smooth, not noise.
    """
    x, y = _local_cop(force, moment)
    if len(x) < _MIN_WINDOW:
        return None
    spread = max(float(np.quantile(part, 0.95) - np.quantile(part, 0.05)) for part in (x, y))
    for factor in (1e-3, 1e3):
        if (inside >= 0.5 or plate.type == 3) if factor < 1 else spread > _PINNED_M:
            continue
        other = _scaled(plate, factor)
        other_force, other_moment = _surface_wrench(other, options, [])
        other_inside = _share_inside(other_force, other_moment, plate, axes)
        cop = np.stack(_local_cop(other_force, other_moment, every=True))
        moves = float(np.quantile(np.hypot(*cop), 0.9))
        jumps = np.median(np.linalg.norm(np.diff(cop, axis=1), axis=0))
        if other_inside > 0.8 and moves > _MOVES_M and jumps < 0.2 * moves:
            return factor, other_force, other_moment, other_inside
    return None


def _scaled(plate: PlateRecord, factor: float) -> PlateRecord:
    if plate.type == 1:
        return replace(plate, cop_to_m=factor * (plate.length_to_m if plate.cop_to_m is None else plate.cop_to_m))
    if plate.type == 3:
        return replace(plate, origin=plate.origin * [factor, factor, 1.0])
    return replace(plate, moment_to_nm=factor * plate.moment_to_nm)


def _moment_unit_note(plate: PlateRecord, factor: float) -> PlateNote:
    what = {1: "centre of pressure", 3: "ORIGIN"}.get(plate.type, "moments")
    place = "off the plate" if factor < 1 else "at its middle all the time"
    text = f"the declared unit of its {what} puts the centre of pressure {place}; multiplied by {factor:g}"
    if plate.type == 2 and np.isclose(plate.moment_to_nm * factor, 1e-3):
        text += ": read as N·mm"
    elif plate.type == 2 and np.isclose(plate.moment_to_nm * factor, 1.0):
        text += ": read as N·m"
    action = "correct the unit in the file (ANALOG:UNITS, ORIGIN or CAL_MATRIX)"
    return PlateNote("warning", "plate_moment_unit", f"plate {plate.number}", text, action, factor, "1")


def _local_cop(force: np.ndarray, moment: np.ndarray, every: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the centre of pressure in plate axes for all or at most some 500 loaded samples."""
    loaded = np.flatnonzero(np.abs(force[2]) > _LOADED_N)
    if not every:
        loaded = loaded[:: max(1, len(loaded) // 500)]
    return -moment[1, loaded] / force[2, loaded], moment[0, loaded] / force[2, loaded]


def _share_inside(force: np.ndarray, moment: np.ndarray, plate: PlateRecord, axes: np.ndarray) -> float:
    """Return the share of loaded samples whose centre of pressure lies on the plate; 1 if it is hardly loaded."""
    x, y = _local_cop(force, moment)
    if len(x) < _MIN_WINDOW:
        return 1.0
    half = np.abs((plate.corners - plate.corners.mean(axis=0)) @ axes)[:, :2].max(axis=0) + _MARGIN_M
    return float(np.mean((np.abs(x) < half[0]) & (np.abs(y) < half[1])))


def centre_of_pressure(
    force: np.ndarray, moment: np.ndarray, corners: np.ndarray, threshold_n: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the force meets the plate's surface, and the free moment about the plate's upward normal.

    Parameters
    ----------
    force, moment : (..., 3) array
        N and N·m about the lab origin, lab axes, on the subject.
    corners : (4, 3) array
        m, lab axes.
    threshold_n : float
        NaN where the force normal to the plate is smaller.

    Returns
    -------
    centre : (..., 3) array
        m, lab axes.
    free_moment : (...,) array
        N·m, positive counter-clockwise seen from above.
    """
    axes, centre = plate_frame(corners)
    f, m = force @ axes, (moment - np.cross(centre, force)) @ axes
    normal = np.where(np.abs(f[..., 2]) >= threshold_n, f[..., 2], np.nan)
    x, y = -m[..., 1] / normal, m[..., 0] / normal
    free = m[..., 2] - x * f[..., 1] + y * f[..., 0]
    return centre + np.stack([x, y, np.zeros_like(x)], axis=-1) @ axes.T, free * np.sign(axes[1, 2])
