"""Distances of medial collapse: knee from the hip-ankle line, knee over second toe, arch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.outcomes import Metrics
from biomech.outcomes.families import WHOLE, bounds, curve_of, peak_knee_flexion, stored
from biomech.outcomes.registry import Function, metric
from biomech.outcomes.windows import slice_window, value_at
from biomech.quantities import CITATIONS
from biomech.task_groups import SQUATS

Array = NDArray[np.float64]

_POINTS = "needs heel and toe markers"
_HEADS = "needs heel, toe and first metatarsal markers"


LINE = curve_of("distance", "knee_medial_to_hip_ankle_line")
SECOND_TOE = curve_of("distance", "knee_medial_to_second_toe", _POINTS)
FIRST_METATARSAL = curve_of("distance", "knee_medial_to_first_metatarsal", _HEADS)
HIP = curve_of("distance", "knee_medial_to_hip")
NAVICULAR = curve_of("distance", "navicular_height", "needs a navicular marker, which moves on its skin")
NAVICULAR_DROP = replace(
    NAVICULAR,
    name="navicular_drop",
    title="navicular drop from standing",
    positive="the arch is lower than in standing",
    source=f"{CITATIONS['nielsen2009']} (dynamic navicular drop), against the loaded standing foot",
    sign=-1,
    from_standing=True,
    note="navicular height in the static trial less that in movement",
    validity=f"{NAVICULAR.validity} and the static trial of the same footwear",
)


def _in_foot_widths(window: str) -> Function:
    def at_peak_flexion(cycles: xr.Dataset, options: Metrics) -> Array:
        at = peak_knee_flexion(cycles, window, options)
        width = slice_window(stored(cycles, "distance", "foot_width"), *bounds(cycles, window, options)).mean()
        return 100.0 * value_at(SECOND_TOE.of(cycles), at) / np.where(width > 0, width, np.nan)

    return at_peak_flexion


for _window in WHOLE:
    metric(
        f"knee_medial_to_second_toe_foot_width__at_peak_knee_flexion__{_window}",
        _in_foot_widths(_window),
        unit="%",
        title="knee over second toe in foot widths, at peak knee flexion",
        definition="distance of the knee centre from the foot's line when the knee is most flexed, as a share of the mean "
        "distance between first and fifth metatarsal head",
        positive=SECOND_TOE.positive,
        frame=SECOND_TOE.frame,
        source=SECOND_TOE.source,
        needs="distance",
        curve="knee_medial_to_second_toe",
        tasks=SQUATS if _window == "cycle" else None,
        validity="needs heel, toe, first and fifth metatarsal markers",
    )
