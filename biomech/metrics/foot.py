"""Angles of the foot: rearfoot eversion, forefoot abduction, pronation with its components, and foot progression."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.metrics.families import ANGLE_STATISTICS, COLLAPSE, CYCLE_TASKS, REPEATED, WHOLE, Curve, register, stored
from biomech.metrics.registry import Function, metric
from biomech.metrics.valgus import relative
from biomech.metrics.windows import WINDOWS, value_at

Array = NDArray[np.float64]

REARFOOT_EVERSION = Curve(
    "rearfoot_eversion",
    "rearfoot eversion",
    "the rearfoot is everted against the shank",
    "floating axis of the joint coordinate system of the rearfoot and the distal shank frame",
    "Leardini 2007, Gait Posture 25:453 (rearfoot against shank); Grood & Suntay 1983, J Biomech Eng 105:136",
    "rearfoot_eversion",
    loaded=True,
    validity="the reference pose shifts it by several degrees: compare only within one marker set; needs rearfoot markers",
)
FOOT_PROGRESSION = Curve(
    "foot_progression_in",
    "foot progression",
    "toe-in: the foot's long axis points towards the other leg",
    "horizontal plane, against the direction of progression",
    "Schwartz 2008, J Biomech 41:1639 (internal positive)",
    "foot_progression_in",
)

FOREFOOT_ABDUCTION = Curve(
    "forefoot_abduction",
    "forefoot abduction",
    "the forefoot turns outward against the rearfoot",
    "transverse plane of the rearfoot, joint coordinate system of rearfoot and forefoot",
    "Leardini 2007, Gait Posture 25:453; one of the components of pronation",
    "forefoot_adduction",
    sign=-1,
    loaded=True,
    validity="needs rearfoot and forefoot markers",
)
PRONATION = Curve(
    "rearfoot_pronation",
    "rearfoot pronation",
    "pronation: the rearfoot is everted and turned outward against the shank",
    "sum of the frontal and transverse angle of the joint coordinate system of the rearfoot and the distal shank frame",
    "components of pronation; dorsiflexion is left out of the sum, since the ankle takes part in it (in squats it is most of it)",
    "rearfoot_eversion",
    plus=(("rearfoot_internal_rotation", -1.0),),
    loaded=True,
    validity="a sum of angles about two axes; the reference pose shifts it by several degrees; needs rearfoot markers",
)
# components of pronation: metric's name, stored quantity, sign, in words
PRONATION_COMPONENTS = (
    ("rearfoot_eversion", "rearfoot_eversion", 1, "rearfoot eversion"),
    ("rearfoot_external_rotation", "rearfoot_internal_rotation", -1, "rearfoot abduction (external rotation)"),
    ("rearfoot_dorsiflexion", "rearfoot_dorsiflexion", 1, "rearfoot dorsiflexion"),
)

register(REARFOOT_EVERSION, (*ANGLE_STATISTICS, *COLLAPSE, *(("peak_velocity", window) for window in WHOLE)))
register(relative(REARFOOT_EVERSION), [("share_positive", window) for window in WHOLE])
for _curve in (FOREFOOT_ABDUCTION, PRONATION):
    register(_curve, [(name, window) for name in ("peak", "excursion", "time_to_peak") for window in WHOLE])
    register(relative(_curve), [("peak", window) for window in WHOLE])
register(REARFOOT_EVERSION, [("at_peak_knee_flexion", "cycle")], REPEATED)
register(REARFOOT_EVERSION, [("mean", "cycle")], ("single_leg_stance",))
register(relative(REARFOOT_EVERSION), [("peak", window) for window in WHOLE])
register(FOOT_PROGRESSION, [("mean", window) for window in WHOLE])


def _at_peak_pronation(quantity: str, sign: int, window: str) -> Function:
    def component(cycles: xr.Dataset, windows_ms: float) -> Array:
        index = PRONATION.cut(cycles, window, windows_ms)
        return value_at(sign * stored(cycles, "angle", quantity), index.peak_position())

    return component


for _name, _quantity, _sign, _title in PRONATION_COMPONENTS:
    for _window in WHOLE:
        metric(
            f"{_name}__at_peak_pronation__{_window}",
            unit="degree",
            title=f"{_title}, at peak pronation",
            definition=f"{_title} when rearfoot pronation is largest in {WINDOWS[_window].short}",
            positive=f"{_title} adds to pronation",
            frame="joint coordinate system of the rearfoot and the distal shank frame",
            source=PRONATION.source,
            needs="angle",
            curve=_quantity,
            tasks=CYCLE_TASKS if _window == "cycle" else None,
            validity=REARFOOT_EVERSION.validity,
        )(_at_peak_pronation(_quantity, _sign, _window))
