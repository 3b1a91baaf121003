"""Force platforms of C3D types 1 to 4: from channels to the wrench on the subject, in lab axes.

Definitions: C3D user guide (Motion Lab Systems, 2008), chapter FORCE_PLATFORM. Plate axes follow from the corners, which
are numbered by quadrant (+x+y, −x+y, −x−y, +x−y); z points down on a standard plate, so that the stored force turns
into the reaction on the subject.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np

from biomech.config import ForcePlates
from biomech.io.c3d_raw import RawC3d

CHANNELS = {1: 6, 2: 6, 3: 8, 4: 6}  # supported types and how many channels each has
_LOADED_N = 50.0  # beyond this a sample surely carries load; only for the guards
_MARGIN_M = 0.05
_MIN_WINDOW_S = 0.02
_MIN_WINDOW = 10
_MIN_AREA_M2 = 1e-3
_MOMENT_UNITS = {"nmm": 1e-3, "ntmm": 1e-3, "newtonmm": 1e-3, "ncm": 1e-2, "nm": 1.0, "ntm": 1.0, "newtonm": 1.0}
_FORCE_UNITS = {"kn": 1e3}

Note = tuple[str, str, str, str]  # level, code, item, message


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


@dataclass(frozen=True)
class PlateWrench:
    """Force (n, 3) in N and moment (n, 3) in N·m about the lab origin, both on the subject, in lab axes."""

    force: np.ndarray
    moment: np.ndarray
    notes: list[Note] = field(default_factory=list)


def plate_frame(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the plate's axes as columns (3, 3) and its centre (3,), from its corners (4, 3), in the corners' axes."""
    x = corners[0] - corners[1]
    z = np.cross(x, corners[0] - corners[3])
    x, z = x / np.linalg.norm(x), z / np.linalg.norm(z)
    return np.stack([x, np.cross(z, x), z], axis=1), corners.mean(axis=0)


def plate_wrench(plate: PlateRecord, options: ForcePlates | None = None) -> PlateWrench:
    """Return the wrench that a plate exerts on the subject.

    Offsets are removed, a force that would pull the subject down is turned, an ORIGIN that lies above the surface is
    turned; each is noted. The force is neither filtered nor thresholded.

    Parameters
    ----------
    plate : PlateRecord
        Type 1 to 4.
    options : ForcePlates
        How offsets are found.

    Returns
    -------
    PlateWrench
        Force (n, 3) in N, moment (n, 3) in N·m about the lab origin, lab axes.

    References
    ----------
    C3D user guide, Motion Lab Systems 2008, FORCE_PLATFORM:TYPE, ORIGIN, CAL_MATRIX; Kistler 9281 manual for type 3.
    """
    options = options or ForcePlates()
    notes: list[Note] = []
    item = f"plate {plate.number}"
    force, moment = _surface_wrench(plate, options, notes)
    axes, centre = plate_frame(plate.corners)
    inside = _share_inside(force, moment, plate, axes)
    if inside < 0.5 and plate.type in (1, 2) and plate.moment_to_nm > plate.length_to_m:
        # seen in recordings: channels labelled N·m that hold N·mm
        other = replace(plate, moment_to_nm=plate.length_to_m)
        other_force, other_moment = _surface_wrench(other, options, [])
        if (other_inside := _share_inside(other_force, other_moment, plate, axes)) > 0.8:
            force, moment, inside = other_force, other_moment, other_inside
            text = "the declared unit of its moments puts the centre of pressure off the plate; read as N·mm"
            notes.append(("warning", "plate_moment_unit", item, text))
    if inside < 0.5:
        text = f"the centre of pressure lies off the plate in {100 * (1 - inside):.0f} % of its loaded samples"
        notes.append(("warning", "plate_cop_outside", item, text))
    force, moment = axes @ force, axes @ moment
    if abs(axes[1, 2]) > 0.5:  # a horizontal plate: only then is "up" a test of the sign
        loaded = np.abs(force[1]) > _LOADED_N
        if loaded.sum() >= max(_MIN_WINDOW, 0.05 * plate.rate_hz) and np.median(force[1, loaded]) < 0:
            force, moment = -force, -moment
            notes.append(
                ("info", "plate_sign", item, "stored force pointed down on the subject; force and moment turned")
            )
    moment -= _crossed(force, centre)
    return PlateWrench(force.T, moment.T, notes)


def _share_inside(force: np.ndarray, moment: np.ndarray, plate: PlateRecord, axes: np.ndarray) -> float:
    """Return the share of loaded samples whose centre of pressure lies on the plate; 1 if it is hardly loaded. Rows x, y, z."""
    loaded = np.flatnonzero(np.abs(force[2]) > _LOADED_N)
    if len(loaded) < _MIN_WINDOW:
        return 1.0
    loaded = loaded[:: max(1, len(loaded) // 500)]
    half = np.abs((plate.corners - plate.corners.mean(axis=0)) @ axes)[:, :2].max(axis=0) + _MARGIN_M
    x, y = -moment[1, loaded] / force[2, loaded], moment[0, loaded] / force[2, loaded]
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


def read_plates(
    raw: RawC3d, to_lab: np.ndarray, length_to_m: float, units: list[str]
) -> tuple[list[PlateRecord], list[Note]]:
    """Return the usable plates of a file; an unusable one is named in the notes and the others go on.

    Parameters
    ----------
    raw : RawC3d
        The file.
    to_lab : (3, 3) array
        Rotation from stored to lab axes.
    length_to_m : float
        Metres per unit of POINT:UNITS.
    units : list of str
        Units of the analog channels.
    """
    types, used = (_whole_numbers(raw.numbers("FORCE_PLATFORM", name)) for name in ("TYPE", "USED"))
    # a count beyond the types that are given is told once
    n_plates = min(int(used[0]), len(types) + 1) if used.size else len(types)
    if n_plates and not len(raw.analog):
        return [], [
            (
                "info",
                "plates_without_channels",
                "",
                f"{n_plates} force plates are described but no analog channel is stored",
            )
        ]
    plates: list[PlateRecord] = []
    notes: list[Note] = []
    for i in range(n_plates):
        plate = _read_plate(raw, i, types, to_lab, length_to_m, units)
        if isinstance(plate, PlateRecord):
            plates.append(plate)
        else:
            code, message = plate
            notes.append(("warning", code, f"plate {i + 1}", f"plate left out: {message}"))
    return plates, notes


def _read_plate(
    raw: RawC3d, i: int, types: np.ndarray, to_lab: np.ndarray, length_to_m: float, units: list[str]
) -> PlateRecord | tuple[str, str]:
    kind = int(types[i]) if i < len(types) else 0
    if kind not in CHANNELS:
        return "plate_unsupported", f"expected type 1, 2, 3 or 4, found {kind if i < len(types) else 'no type'}"
    rows = _last(raw.numbers("FORCE_PLATFORM", "CHANNEL"), i, 1)
    need = CHANNELS[kind]
    if rows is None or len(rows) < need or not all(1 <= row <= len(raw.analog) for row in rows[:need]):
        found = "none" if rows is None else _whole_numbers(rows[:need]).tolist()
        return "plate_channels", f"expected {need} channels among 1 to {len(raw.analog)}, found {found}"
    corners = _last(raw.numbers("FORCE_PLATFORM", "CORNERS"), i, 2)
    if corners is None or corners.shape != (3, 4) or not np.isfinite(corners).all():
        return "plate_corners", "FORCE_PLATFORM:CORNERS is missing or not 3 × 4 numbers"
    corners = corners.T @ to_lab.T * length_to_m
    if np.linalg.norm(np.cross(corners[0] - corners[1], corners[0] - corners[3])) < _MIN_AREA_M2:
        return "plate_corners", "its corners span no area"
    origin = _last(raw.numbers("FORCE_PLATFORM", "ORIGIN"), i, 1)
    if origin is None or origin.shape != (3,) or not np.isfinite(origin).all():
        return "plate_origin", "FORCE_PLATFORM:ORIGIN is missing or not 3 numbers"
    if kind == 3 and (origin[0] == 0 or origin[1] == 0):
        return "plate_origin", f"a type 3 plate needs the sensor distances a and b, found ORIGIN {origin.tolist()}"
    matrix = _last(raw.numbers("FORCE_PLATFORM", "CAL_MATRIX"), i, 2) if kind == 4 else None
    if kind == 4 and (matrix is None or matrix.shape != (6, 6) or not np.isfinite(matrix).all()):
        return "plate_cal_matrix", "a type 4 plate needs a CAL_MATRIX of 6 × 6 numbers"
    if matrix is not None and np.linalg.matrix_rank(matrix) < 6:
        return "plate_cal_matrix", "its CAL_MATRIX is singular"
    columns = rows[:need].astype(int) - 1
    of_plate = [units[c] if c < len(units) else "" for c in columns]
    moment_unit = of_plate[5] if kind in (1, 2) else ""
    return PlateRecord(
        number=i + 1,
        type=kind,
        channels=raw.analog[columns].T,
        corners=corners,
        origin=origin * length_to_m,
        cal_matrix=matrix,
        force_to_n=_FORCE_UNITS.get(_letters(of_plate[0]), 1.0) if kind != 4 else 1.0,
        # channels and calibrations without a moment unit go with the length unit of the file
        moment_to_nm=_MOMENT_UNITS.get(_letters(moment_unit), length_to_m),
        length_to_m=length_to_m,
        zero_window=_zero_window(raw),
        rate_hz=raw.analog_rate_hz,
    )


def _whole_numbers(values: np.ndarray) -> np.ndarray:
    """Return integers; what is none becomes 0."""
    return np.where(np.isfinite(values) & (np.abs(values) < 2**31), values, 0).astype(int).ravel()


def _last(values: np.ndarray, index: int, ndim: int) -> np.ndarray | None:
    """Return entry `index` of the last dimension; a file with one plate may leave that dimension out."""
    if values.ndim == ndim and index == 0:
        return values
    return values[..., index] if values.ndim == ndim + 1 and index < values.shape[-1] else None


def _letters(unit: str) -> str:
    return re.sub(r"[^a-z]", "", unit.lower()).replace("newtons", "newton")


def _zero_window(raw: RawC3d) -> slice | None:
    frames = raw.numbers("FORCE_PLATFORM", "ZERO").ravel()
    n_frames = raw.points.shape[2]
    if len(frames) != 2 or frames[1] < 1 or frames[0] > frames[1] or frames[1] > n_frames:
        return None
    ratio = raw.analog.shape[1] // n_frames
    return slice(int(max(frames[0], 1) - 1) * ratio, int(frames[1]) * ratio)


def _surface_wrench(plate: PlateRecord, options: ForcePlates, notes: list[Note]) -> tuple[np.ndarray, np.ndarray]:
    """Return force and moment (3, n) about the centre of the surface in plate axes, offsets removed.

    A component a row, as files hold channels: half the time of one a column.
    """
    ch, origin = plate.channels.T, _guarded_origin(plate, notes)
    if plate.type == 1:  # centre of pressure and free moment are stored
        wrench = np.vstack([ch[:3] * plate.force_to_n, ch[5:6] * plate.moment_to_nm])
        fx, fy, fz, free = _zeroed(wrench, plate, options, notes)
        x, y = ch[3:5] * plate.length_to_m
        return np.stack([fx, fy, fz]), np.stack([y * fz, -x * fz, x * fy - y * fx + free])
    if plate.type == 3:
        wrench = _piezo_wrench(ch[:8] * plate.force_to_n, origin[0], origin[1])
        origin = np.array([0.0, 0.0, origin[2]])
    else:
        wrench = plate.cal_matrix @ ch[:6] if plate.cal_matrix is not None else ch[:6].copy()
        wrench[:3] *= plate.force_to_n
        wrench[3:] *= plate.moment_to_nm
    wrench = _zeroed(wrench, plate, options, notes)
    return wrench[:3], wrench[3:] + _crossed(wrench[:3], origin)


def _crossed(vectors: np.ndarray, one: np.ndarray) -> np.ndarray:
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


def _guarded_origin(plate: PlateRecord, notes: list[Note]) -> np.ndarray:
    """Turn an ORIGIN that lies above the surface: sensors lie below it, so z is negative in plate axes."""
    origin = plate.origin
    if plate.type == 1 or not origin[2] > 0:
        return origin
    # the x and y of type 3 are sensor distances, not coordinates
    turned = origin * [1.0, 1.0, -1.0] if plate.type == 3 else -origin
    which = "its z" if plate.type == 3 else "it"
    notes.append(
        (
            "info",
            "plate_origin_sign",
            f"plate {plate.number}",
            f"stored ORIGIN lies above the surface; {which} was turned",
        )
    )
    return turned


def _zeroed(wrench: np.ndarray, plate: PlateRecord, options: ForcePlates, notes: list[Note]) -> np.ndarray:
    """Subtract the mean of an unloaded window from every row (force first, its normal part third)."""
    if options.zero == "none" or not wrench.size:
        return wrench
    window = _offset_window(wrench[2], plate, options)
    if window is None:
        notes.append(
            (
                "info",
                "plate_not_zeroed",
                f"plate {plate.number}",
                "no unloaded window found; its offset was left as stored",
            )
        )
        return wrench
    return np.asarray(wrench - wrench[:, window].mean(axis=1, keepdims=True))


def _offset_window(normal: np.ndarray, plate: PlateRecord, options: ForcePlates) -> slice | None:
    stored = plate.zero_window
    if options.zero == "c3d":
        return stored
    unloaded = _longest_unloaded(normal, plate.rate_hz, options)
    if options.zero == "auto" and stored is not None:
        mean, steady = normal[stored].mean(), normal[stored].std() < options.unloaded_std_n
        # A large mean is an offset only if the plate is never near zero and is loaded at some other time; otherwise
        # somebody stood on it during those frames.
        offset = unloaded is None and np.ptp(normal) > 10 * options.unloaded_force_n
        if steady and (abs(mean) < options.unloaded_force_n or offset):
            return stored
    return unloaded


def _longest_unloaded(normal: np.ndarray, rate_hz: float, options: ForcePlates) -> slice | None:
    quiet = np.concatenate([[False], np.abs(normal) < options.unloaded_force_n, [False]])
    edges = np.flatnonzero(quiet[1:] != quiet[:-1])
    if not len(edges):
        return None
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    start, end = int(starts[longest]), int(ends[longest])
    trim = (end - start) // 10  # the flanks already carry a little load
    start, end = start + trim, end - trim
    if end - start < max(_MIN_WINDOW, _MIN_WINDOW_S * rate_hz) or normal[start:end].std() >= options.unloaded_std_n:
        return None
    return slice(start, end)
