"""Loads: external joint moments, in three units and three frames, and the vertical ground reaction."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.metrics.families import REPEATED, STRIDES, WHOLE, Curve, register, statistic
from biomech.metrics.registry import metric
from biomech.metrics.windows import WINDOWS, cut

Array = NDArray[np.float64]

GRAVITY_M_S2 = 9.81
WALKING = tuple(task for task in STRIDES if task != "running")

_FRAMES = {
    "jcs": "projected on the axes of the joint coordinate system ({axis})",
    "proximal": "resolved in the proximal segment's frame",
    "distal": "resolved in the distal segment's frame",
}
_SOURCE = "external = minus the internal net moment of inverse dynamics (Dumas 2004, CMBBE 7:159)"
_PLATE = "missing where the foot stands without a valid force plate"


def _moment(name: str, title: str, quantity: str, sign: int, axis: str, positive: str, frame: str = "jcs") -> Curve:
    return Curve(
        f"external_{name}_moment" + ("" if frame == "jcs" else f"_{frame}"),
        f"external {title} moment" + ("" if frame == "jcs" else f" ({frame} frame)"),
        f"{positive}; a peak below zero: it never does",
        _FRAMES[frame].format(axis=axis),
        _SOURCE,
        quantity,
        variable="moment",
        sign=sign,
        moment_frame=frame,
        unit="N m kg-1",
        validity=_PLATE,
    )


def _knee_adduction(frame: str = "jcs") -> Curve:
    # the internal abduction moment resists an external adduction moment of the same size
    words = "the load tends to adduct the knee (varus)"
    return _moment("knee_adduction", "knee adduction", "knee_abduction", 1, "floating axis", words, frame)


def _knee_abduction(frame: str = "jcs") -> Curve:
    words = "the load tends to abduct the knee (valgus)"
    return _moment("knee_abduction", "knee abduction", "knee_abduction", -1, "floating axis", words, frame)


HIP_ADDUCTION = _moment(
    "hip_adduction", "hip adduction", "hip_adduction", -1, "floating axis", "the load tends to adduct the hip"
)
KNEE_FLEXION = _moment(
    "knee_flexion", "knee flexion", "knee_flexion", -1, "medial-lateral axis", "the load tends to flex the knee"
)
ANKLE_DORSIFLEXION = _moment(
    "ankle_dorsiflexion",
    "ankle dorsiflexion",
    "ankle_dorsiflexion",
    -1,
    "medial-lateral axis",
    "the load tends to dorsiflex the ankle",
)

HIP_FLEXION, HIP_EXTENSION, HIP_INTERNAL, HIP_EXTERNAL, KNEE_EXTENSION, KNEE_INTERNAL, KNEE_EXTERNAL, PLANTARFLEXION = (
    _moment(
        f"{joint}_{movement}",
        f"{joint} {movement}".replace("_", " "),
        quantity,
        sign,
        axis,
        f"the load tends to {words} the {joint}",
    )
    for joint, movement, quantity, sign, axis, words in (
        ("hip", "flexion", "hip_flexion", -1, "medial-lateral axis", "flex"),
        ("hip", "extension", "hip_flexion", 1, "medial-lateral axis", "extend"),
        ("hip", "internal_rotation", "hip_internal_rotation", -1, "long axis", "rotate internally"),
        ("hip", "external_rotation", "hip_internal_rotation", 1, "long axis", "rotate externally"),
        ("knee", "extension", "knee_flexion", 1, "medial-lateral axis", "extend"),
        ("knee", "internal_rotation", "knee_internal_rotation", -1, "long axis", "rotate internally"),
        ("knee", "external_rotation", "knee_internal_rotation", 1, "long axis", "rotate externally"),
        ("ankle", "plantarflexion", "ankle_dorsiflexion", 1, "medial-lateral axis", "plantarflex"),
    )
)
SAGITTAL = (HIP_FLEXION, HIP_EXTENSION, KNEE_FLEXION, KNEE_EXTENSION, ANKLE_DORSIFLEXION)
ANKLE_INVERSION = _moment(
    "ankle_inversion", "ankle inversion", "ankle_inversion", -1, "floating axis", "the load tends to invert the ankle"
)
ANKLE_EVERSION = _moment(
    "ankle_eversion", "ankle eversion", "ankle_inversion", 1, "floating axis", "the load tends to evert the ankle"
)
LEVER_ARM = Curve(
    "knee_adduction_lever_arm",
    "frontal lever arm of the ground reaction at the knee",
    "the force passes inside of the knee centre and tends to adduct the knee",
    "frontal plane of progression",
    "moment of the ground reaction about the knee, per frontal force: Hunt 2006, J Biomech 39:2213",
    "",
    variable="lever_arm",
    unit="m",
    validity=f"{_PLATE}, or with less than `contacts.cop_threshold_n`",
)

_UNITS = {
    "bwh": ("%BW·height", "per cent of body weight times height", "100 M / (m g h)", ("mass_kg", "height_m")),
    "nm": ("N m", "not normalised", "M of the whole leg, not per kg", ("mass_kg",)),
}


def scale(cycles: xr.Dataset, unit: str) -> Array:
    """Factor from N m kg-1 to another unit for every cycle, shape (cycle,).

    Parameters
    ----------
    cycles : xr.Dataset
        With ``mass_kg`` and ``height_m`` on ``cycle``.
    unit : {"bwh", "nm"}
        Per cent of body weight times height (g = 9.81 m/s2), or N m; NaN where mass or height is unknown.
    """
    mass = cycles["mass_kg"].to_numpy().astype(float)
    if unit == "nm":
        return mass
    return np.where(np.isfinite(mass), 100.0, np.nan) / (GRAVITY_M_S2 * cycles["height_m"].to_numpy().astype(float))


def _register_in_unit(curve: Curve, suffix: str, name: str, window: str, tasks: tuple[str, ...] | None) -> None:
    unit, words, formula, person = _UNITS[suffix]
    plain = statistic(curve, name, window)
    short = name.replace("_", " ")

    def scaled(cycles: xr.Dataset, windows_ms: float) -> Array:
        return plain(cycles, windows_ms) * scale(cycles, suffix)

    metric(
        f"{curve.name}_{suffix}__{name}__{window}",
        unit=unit,
        title=f"{curve.title}, {short} ({unit})",
        definition=f"`{curve.name}__{name}__{window}`, {words}: {formula}",
        positive=curve.positive,
        frame=curve.frame,
        source=curve.source,
        needs="moment",
        curve=curve.quantity,
        tasks=tasks,
        person=person,
        validity=f"{curve.validity}; missing without {' and '.join(cell.split('_')[0] for cell in person)}",
    )(scaled)


for _frame in ("jcs", "proximal", "distal"):
    for _curve in (_knee_adduction(_frame), _knee_abduction(_frame)):
        register(_curve, [("peak", window) for window in (*WHOLE, "first_100_ms")])
    register(_knee_adduction(_frame), [("first_peak", "stance"), ("second_peak", "stance")], WALKING)
# one number, one name: at an event the adduction moment would be the same number with its sign turned
register(_knee_abduction(), [("at_peak_knee_flexion", window) for window in ("stance", "contact")])
for _curve in (HIP_ADDUCTION, KNEE_FLEXION, ANKLE_DORSIFLEXION):
    register(_curve, [("peak", window) for window in WHOLE])
register(HIP_ADDUCTION, [("first_peak", "stance"), ("second_peak", "stance")], WALKING)
register(_knee_adduction(), [("minimum_between_peaks", "stance")], WALKING)
for _curve in (_knee_adduction(), _knee_abduction(), HIP_ADDUCTION):
    register(_curve, [("impulse", window) for window in WHOLE])
for _curve in (HIP_FLEXION, HIP_EXTENSION, KNEE_EXTENSION, PLANTARFLEXION):
    register(_curve, [("peak", window) for window in WHOLE])
for _curve in SAGITTAL:
    register(_curve, [("impulse", window) for window in WHOLE])
for _curve in (HIP_INTERNAL, HIP_EXTERNAL, KNEE_INTERNAL, KNEE_EXTERNAL):
    register(_curve, [("peak", window) for window in WHOLE])
for _curve in (ANKLE_INVERSION, ANKLE_EVERSION):
    register(_curve, [("peak", window) for window in WHOLE])
register(LEVER_ARM, [("at_peak_knee_flexion", window) for window in ("stance", "contact")])
register(LEVER_ARM, [("at_peak_knee_flexion", "cycle")], REPEATED)
for _suffix in _UNITS:
    for _curve in (_knee_adduction(), _knee_abduction(), HIP_ADDUCTION):
        for _window in ("stance", "contact"):
            _register_in_unit(_curve, _suffix, "peak", _window, None)
    for _curve in (_knee_adduction(), HIP_ADDUCTION):
        _register_in_unit(_curve, _suffix, "first_peak", "stance", WALKING)


def _register_vertical(window: str, name: str, title: str, tasks: tuple[str, ...] | None) -> None:
    def vertical(cycles: xr.Dataset, windows_ms: float) -> Array:
        first, last = WINDOWS[window].bounds(cycles, windows_ms)
        if name != "peak":
            half = (first + last) / 2
            first, last = (first, half) if name == "first_peak" else (half, last)
        force = cycles["ground_reaction"].sel(axis="y").transpose("cycle", "percent").to_numpy()
        return cut(force / GRAVITY_M_S2, first, last).peak()

    part = {"peak": "", "first_peak": "the first half of ", "second_peak": "the second half of "}[name]
    metric(
        f"vertical_ground_reaction__{name}__{window}",
        unit="BW",
        title=f"vertical ground reaction, {title}",
        definition=f"largest filtered vertical force in {part}{WINDOWS[window].short}, in body weights (g = 9.81 m/s2)",
        positive="the ground pushes up",
        frame="lab, vertical",
        source="body weight normalisation as in Schwartz 2008, J Biomech 41:1639",
        needs="ground_reaction",
        tasks=tasks,
        person=("mass_kg",),
        validity=f"{_PLATE}; low-pass filtered, so impact peaks are blunted: no loading rate",
    )(vertical)


for _window in ("stance", "contact"):
    _register_vertical(_window, "peak", "peak", None)
_register_vertical("stance", "first_peak", "first peak", WALKING)
_register_vertical("stance", "second_peak", "second peak", WALKING)


def _register_rate(statistic_: str, coordinate: str, window: str, words: str) -> None:
    def rate(cycles: xr.Dataset, _: float) -> Array:
        return cycles[coordinate].to_numpy().astype(float) / GRAVITY_M_S2

    metric(
        f"vertical_loading_rate__{statistic_}__{window}",
        unit="BW s-1",
        title=f"vertical loading rate, {words}",
        definition=f"{words} of the unfiltered vertical force between 20 and 80 % of its impact peak, in body weights "
        "(g = 9.81 m/s2) per second",
        positive="the force rises",
        frame="lab, vertical",
        source="Crowell & Davis 2011, Clin Biomech 26:78, without their filter",
        needs="events",
        person=("mass_kg",),
        validity="missing without an impact peak, or where the cycle does not begin with a valid contact",
    )(rate)


for _window in ("stance", "contact"):
    _register_rate("peak", "vertical_loading_rate", _window, "steepest rise")
    _register_rate("mean", "vertical_loading_rate_average", _window, "mean rise")
