"""Force platforms as a C3D file describes them: every faulty one is left out with the reason, the others go on."""

from __future__ import annotations

import numpy as np

from biomech.c3d.plate_types import CHANNELS, Note, PlateRecord
from biomech.c3d.raw import RawC3d
from biomech.units import unit_of

_MIN_AREA_M2 = 1e-3
# what each channel of a type measures
_MEASURED = {
    1: ["force"] * 3 + ["length"] * 2 + ["moment"],
    2: ["force"] * 3 + ["moment"] * 3,
    3: ["force"] * 8,
    4: ["force"] * 3 + ["moment"] * 3,
}
_EXAMPLES = {"force": "N, kN or lbf", "moment": "N·m, N·mm or in·lbf", "length": "mm, cm or m"}
_SKEW = 0.1  # of the longer side, by which four corners may differ from a parallelogram
_SIDE_M = (0.1, 10.0)  # of any plate or belt; a unit wrong by 10 or more falls outside


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
    # a count beyond the types that are given is reported once
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
        plate = _read_plate(raw, i, types, to_lab, length_to_m, units, notes)
        if isinstance(plate, PlateRecord):
            plates.append(plate)
        else:
            code, message = plate
            notes.append(("warning", code, f"plate {i + 1}", f"plate left out: {message}"))
    return plates, notes


def _read_plate(
    raw: RawC3d,
    i: int,
    types: np.ndarray,
    to_lab: np.ndarray,
    length_to_m: float,
    units: list[str],
    notes: list[Note],
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
    if np.linalg.norm(corners[0] - corners[1] + corners[2] - corners[3]) > _SKEW * np.ptp(corners, axis=0).max():
        return "plate_corners", "its corners are not those of a rectangle in the order around its outline"
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    if sides.min() < _SIDE_M[0] or sides.max() > _SIDE_M[1]:
        found = f"{sides.min():.3g} to {sides.max():.3g} m"
        return (
            "plate_corners",
            f"expected sides of {_SIDE_M[0]:g} to {_SIDE_M[1]:g} m, found {found}; check the unit of CORNERS and POINT:UNITS",
        )
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
    labels = raw.texts("ANALOG", "LABELS")
    names = tuple(labels[c] if c < len(labels) and labels[c] else f"channel {c + 1}" for c in columns)
    of_plate = [units[c] if c < len(units) else "" for c in columns]
    found = _factors(kind, of_plate, names, matrix, length_to_m, f"plate {i + 1}", notes)
    if isinstance(found, str):
        return "plate_unit", found
    to_si, per_column = found
    channels = raw.analog[columns].T
    return PlateRecord(
        number=i + 1,
        type=kind,
        channels=channels if per_column is None else channels * per_column,
        corners=corners,
        origin=origin * length_to_m,
        cal_matrix=matrix,
        force_to_n=to_si["force"],
        moment_to_nm=to_si["moment"],
        cop_to_m=to_si["length"],
        length_to_m=length_to_m,
        zero_window=_zero_window(raw),
        rate_hz=raw.analog_rate_hz,
        names=names,
    )


def _factors(
    kind: int,
    units: list[str],
    names: tuple[str, ...],
    matrix: np.ndarray | None,
    length_to_m: float,
    item: str,
    notes: list[Note],
) -> tuple[dict[str, float], np.ndarray | None] | str:
    """Return the SI factors of a plate's channels by what they measure, or why its units refuse it.

    The second value holds a factor per channel where channels that measure the same have different units. A calibration
    matrix other than the identity turns channels of any unit into N and N times the file's unit of length.
    """
    defaults = {"force": 1.0, "moment": length_to_m, "length": length_to_m}
    if kind == 4 and not (matrix is not None and np.array_equal(matrix, np.eye(6))):
        return defaults, None
    measured = _MEASURED[kind]
    missing, odd, factors = [], [], []
    for quantity, name, text in zip(measured, names, units, strict=True):
        unit = unit_of(text)
        if unit is not None and unit.kind == quantity:
            factors.append(unit.si)
        elif not text.strip():
            missing.append(name)
            factors.append(defaults[quantity])
        elif quantity != "force" and unit is not None and unit.kind == "force":
            # seen in files of type 1: every channel of the plate is labelled N
            odd.append(f"{name} ({text})")
            factors.append(unit.si * defaults[quantity])
        else:
            return (
                f"channel {name}: expected a unit of {quantity} ({_EXAMPLES[quantity]}), found unit {text!r}; correct "
                "ANALOG:UNITS or export calibrated channels"
            )
    length = {1e-3: "mm", 1e-2: "cm", 1.0: "m"}.get(length_to_m, "the file's unit of length")
    if missing:
        text = (
            f"no unit is stored for {', '.join(missing)}: read as N, N·{length} and {length}, as the C3D format has it"
        )
        notes.append(("info", "plate_unit_missing", item, text))
    if odd:
        text = f"expected a unit of moment or length for {', '.join(odd)}: read as N·{length} and {length}"
        notes.append(("warning", "plate_unit_doubtful", item, text))
    first = {quantity: factors[measured.index(quantity)] for quantity in set(measured)}
    per_column = np.array([factor / first[quantity] for factor, quantity in zip(factors, measured, strict=True)])
    return defaults | first, None if (per_column == 1).all() else per_column


def _whole_numbers(values: np.ndarray) -> np.ndarray:
    """Return integers; what is none becomes 0."""
    return np.where(np.isfinite(values) & (np.abs(values) < 2**31), values, 0).astype(int).ravel()


def _last(values: np.ndarray, index: int, ndim: int) -> np.ndarray | None:
    """Return entry `index` of the last dimension; a file with one plate may leave that dimension out."""
    if values.ndim == ndim and index == 0:
        return values
    return values[..., index] if values.ndim == ndim + 1 and index < values.shape[-1] else None


def _zero_window(raw: RawC3d) -> slice | None:
    frames = raw.numbers("FORCE_PLATFORM", "ZERO").ravel()
    n_frames = raw.points.shape[2]
    if len(frames) != 2 or frames[1] < 1 or frames[0] > frames[1] or frames[1] > n_frames:
        return None
    ratio = raw.analog.shape[1] // n_frames
    return slice(int(max(frames[0], 1) - 1) * ratio, int(frames[1]) * ratio)
