"""Angles of the foot: rearfoot eversion, forefoot abduction, pronation with its components, and foot progression."""

from __future__ import annotations

import xarray as xr

from biomech.config.outcomes import Metrics
from biomech.outcomes.families import WHOLE, Array, MetricSource, Phase, curve_of, stored, turned
from biomech.outcomes.registry import Function, metric
from biomech.outcomes.windows import WINDOWS, value_at
from biomech.task_groups import CYCLE_TASKS

REARFOOT_EVERSION = curve_of(
    "angle",
    "rearfoot_eversion",
    "the reference pose shifts it by several degrees: compare only within one marker set; needs rearfoot markers",
    loaded=True,
)
FOOT_PROGRESSION = curve_of("angle", "foot_progression_in")
FOREFOOT_ABDUCTION = turned(
    curve_of("angle", "forefoot_adduction", "needs rearfoot and forefoot markers", loaded=True),
    "forefoot_abduction",
    "forefoot abduction",
)
PRONATION = MetricSource(
    "rearfoot_pronation",
    "rearfoot pronation",
    "pronation: the rearfoot is everted and turned outward against the shank",
    f"sum of the frontal and transverse angle: {REARFOOT_EVERSION.frame}",
    "components of pronation; dorsiflexion is left out of the sum, since the ankle takes part in it (in squats it is most of it)",
    "rearfoot_eversion",
    plus=(("rearfoot_internal_rotation", -1.0),),
    loaded=True,
    validity="a sum of angles about two axes; the reference pose shifts it by several degrees; needs rearfoot markers",
)

# components of pronation: metric's name, stored quantity, sign, in words
_COMPONENTS = (
    ("rearfoot_eversion", "rearfoot_eversion", 1, "rearfoot eversion"),
    ("rearfoot_external_rotation", "rearfoot_internal_rotation", -1, "rearfoot abduction (external rotation)"),
    ("rearfoot_dorsiflexion", "rearfoot_dorsiflexion", 1, "rearfoot dorsiflexion"),
)


def _at_peak_pronation(quantity: str, sign: int, window: str) -> Function:
    def component(cycles: xr.Dataset, options: Metrics) -> Array:
        peak = Phase(PRONATION, cycles, window, options).whole.peak_position()
        return value_at(sign * stored(cycles, "angle", quantity), peak)

    return component


for _name, _quantity, _sign, _title in _COMPONENTS:
    for _window in WHOLE:
        metric(
            f"{_name}__at_peak_pronation__{_window}",
            _at_peak_pronation(_quantity, _sign, _window),
            unit="degree",
            title=f"{_title}, at peak pronation",
            definition=f"{_title} when rearfoot pronation is largest in {WINDOWS[_window].short}",
            positive=f"{_title} adds to pronation",
            frame=REARFOOT_EVERSION.frame,
            source=PRONATION.source,
            needs="angle",
            curve=_quantity,
            tasks=CYCLE_TASKS if _window == "cycle" else None,
            validity=REARFOOT_EVERSION.validity,
        )
