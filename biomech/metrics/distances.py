"""Distances of medial collapse: knee from the hip-ankle line, knee over second toe, arch, depth of a squat."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.kinematics.measures import MEASURES
from biomech.metrics.families import REPEATED, SQUATS, WHOLE, Curve, peak_knee_flexion, register, stored
from biomech.metrics.registry import Function, metric
from biomech.metrics.windows import WINDOWS, cut, value_at

Array = NDArray[np.float64]

_POINTS = "needs heel and toe markers"
_HEADS = "needs heel, toe and first metatarsal markers"


def _curve(name: str, title: str, validity: str = "") -> Curve:
    measure = MEASURES[name]
    return Curve(
        name,
        title,
        measure.positive,
        measure.frame,
        measure.source,
        name,
        variable="distance",
        unit="m",
        validity=validity,
    )


LINE = _curve("knee_medial_to_hip_ankle_line", "medial knee displacement from the hip-ankle line")
SECOND_TOE = _curve("knee_medial_to_second_toe", "knee over second toe, distance", _POINTS)
FIRST_METATARSAL = _curve("knee_medial_to_first_metatarsal", "knee medial to the first metatarsal head", _HEADS)
HIP = _curve("knee_medial_to_hip", "medial knee position against the hip")
NAVICULAR = _curve("navicular_height", "navicular height", "needs a navicular marker, which moves on its skin")

_AT_EVENTS = (
    ("at_foot_strike", "stance"),
    ("at_foot_strike", "contact"),
    ("at_peak_knee_flexion", "stance"),
    ("at_peak_knee_flexion", "contact"),
)
for _distance in (LINE, SECOND_TOE, HIP):
    # the excursion is the medial knee displacement from contact: in the foot's, the pelvis's or the frontal plane
    register(_distance, [(name, window) for name in ("peak", "excursion") for window in WHOLE])
    register(_distance, _AT_EVENTS)
    register(_distance, [("at_peak_knee_flexion", "cycle")], REPEATED)
    register(_distance, [("mean", "bottom")])
register(FIRST_METATARSAL, [(name, window) for name in ("peak", "share_positive") for window in WHOLE])
register(NAVICULAR, [("minimum", window) for window in WHOLE])


def _in_foot_widths(window: str) -> Function:
    def at_peak_flexion(cycles: xr.Dataset, windows_ms: float) -> Array:
        first, last = WINDOWS[window].bounds(cycles, windows_ms)
        at = peak_knee_flexion(cycles, first, last, window)
        width = cut(stored(cycles, "distance", "foot_width"), first, last).mean()
        return 100.0 * value_at(SECOND_TOE.of(cycles), at) / np.where(width > 0, width, np.nan)

    return at_peak_flexion


def _navicular_drop(window: str) -> Function:
    def drop(cycles: xr.Dataset, windows_ms: float) -> Array:
        lowest = cut(NAVICULAR.of(cycles), *WINDOWS[window].bounds(cycles, windows_ms)).minimum()
        if "distance_standing" not in cycles or "navicular_height" not in cycles["measure"].to_numpy():
            return np.full(len(lowest), np.nan)
        return cycles["distance_standing"].sel(measure="navicular_height").to_numpy() - lowest

    return drop


for _window in WHOLE:
    _tasks = SQUATS if _window == "cycle" else None
    metric(
        f"knee_medial_to_second_toe_foot_width__at_peak_knee_flexion__{_window}",
        unit="%",
        title="knee over second toe in foot widths, at peak knee flexion",
        definition="distance of the knee centre from the foot's line when the knee is most flexed, as a share of the mean "
        "distance between first and fifth metatarsal head",
        positive=SECOND_TOE.positive,
        frame=SECOND_TOE.frame,
        source=SECOND_TOE.source,
        needs="distance",
        curve="knee_medial_to_second_toe",
        tasks=_tasks,
        validity="needs heel, toe, first and fifth metatarsal markers",
    )(_in_foot_widths(_window))
    metric(
        f"navicular_drop__peak__{_window}",
        unit="m",
        title="navicular drop from standing, peak",
        definition=f"navicular height in the static trial less the smallest one in {WINDOWS[_window].short}",
        positive="the arch is lower than in standing",
        frame=NAVICULAR.frame,
        source="Nielsen 2009, J Foot Ankle Res 2:12 (dynamic navicular drop), against the loaded standing foot",
        needs="distance",
        curve="navicular_height",
        tasks=None if _window != "cycle" else (*SQUATS, "single_leg_stance"),
        validity=NAVICULAR.validity + " and the static trial of the same footwear",
    )(_navicular_drop(_window))


@metric(
    "squat_depth__value__cycle",
    unit="m",
    title="squat depth",
    definition="height of the pelvis origin at the start of the repetition less its smallest height",
    positive="the pelvis sinks",
    frame="lab, vertical",
    source="travel of the pelvis; the depth in degrees is `knee_flexion__peak__cycle`",
    needs="distance",
    curve="pelvis_height",
    tasks=SQUATS,
)
def squat_depth(cycles: xr.Dataset, windows_ms: float) -> Array:
    """How far the pelvis sinks in a squat, m."""
    height = stored(cycles, "distance", "pelvis_height")
    return height[:, 0] - cut(height, *WINDOWS["cycle"].bounds(cycles, windows_ms)).minimum()
