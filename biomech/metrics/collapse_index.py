"""Dynamic valgus index: the sum of the components of medial collapse at hip and knee, and the share of each."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.outcomes import Metrics
from biomech.metrics.families import CYCLE_TASKS, WHOLE, stored
from biomech.metrics.registry import Function, metric
from biomech.metrics.windows import WINDOWS, cut, option, value_at

Array = NDArray[np.float64]

# component: sign of the stored angle
COMPONENTS: dict[str, int] = {
    "hip_adduction": 1,
    "hip_internal_rotation": 1,
    "knee_abduction": 1,
    "knee_external_rotation": -1,
}
_STORED = {"knee_external_rotation": "knee_internal_rotation"}
# their zero is a convention of the frames (30 degrees of a straight leg's knee are no collapse): always from standing
_FROM_STANDING = ("hip_internal_rotation", "knee_external_rotation")
_LEAST_DEG = Metrics().least_index_deg
_FRAME = "joint coordinate systems of hip and knee (Grood & Suntay 1983, J Biomech Eng 105:136)"
_SOURCE = (
    "three-dimensional form of the index of Scholtes & Salsich 2017, Int J Sports Phys Ther 12:351; the plain sum of the "
    "four components is this software's"
)
_CARE = "a sum of angles about different axes is no angle; transverse components carry soft-tissue error as large as the motion"


def index_curve(cycles: xr.Dataset, ending: str = "") -> dict[str, Array]:
    """Return the components of every cycle, shape (cycle, percent) each, degrees; `ending` takes them from standing."""
    return {name: sign * stored(cycles, "angle", stored_name(name, ending)) for name, sign in COMPONENTS.items()}


def stored_name(component: str, ending: str = "") -> str:
    """Return the angle that a component is read from."""
    return _STORED.get(component, component) + ("__static" if component in _FROM_STANDING else ending)


def _peak(ending: str, window: str) -> Function:
    def peak(cycles: xr.Dataset, windows_ms: float) -> Array:
        bounds = WINDOWS[window].bounds(cycles, windows_ms)
        return cut(sum(index_curve(cycles, ending).values()), *bounds).peak()

    return peak


def _share(component: str, ending: str, window: str) -> Function:
    def share(cycles: xr.Dataset, windows_ms: float) -> Array:
        bounds = WINDOWS[window].bounds(cycles, windows_ms)
        curves = index_curve(cycles, ending)
        total = cut(sum(curves.values()), *bounds)
        size = total.peak()
        part = value_at(curves[component], total.peak_position())
        return 100.0 * part / np.where(size >= option(cycles, "least_index_deg"), size, np.nan)

    return share


for _ending, _words in (("", ""), ("__static", " from standing")):
    for _window in WHOLE:
        metric(
            f"dynamic_valgus_index{_ending}__peak__{_window}",
            unit="degree",
            title=f"dynamic valgus index{_words}, peak",
            definition="largest sum of hip adduction, hip internal rotation, knee abduction and knee external rotation in "
            + WINDOWS[_window].short
            + (
                ""
                if _ending
                else "; both rotations count from the static trial, since their zero is a convention of the frames"
            ),
            positive="hip and knee collapse medially" + (", more than in the static trial" if _ending else ""),
            frame=_FRAME,
            source=_SOURCE,
            needs="angle",
            curve=f"hip_adduction{_ending}",
            tasks=CYCLE_TASKS if _window == "cycle" else None,
            validity=_CARE,
        )(_peak(_ending, _window))
        for _component in COMPONENTS:
            _title = _component.replace("_", " ")
            metric(
                f"dynamic_valgus_index_{_component}_share{_ending}__at_peak__{_window}",
                unit="%",
                title=f"share of {_title} in the dynamic valgus index{_words}",
                definition=f"{_title} when the index is largest in {WINDOWS[_window].short}, as a share of the index; shares of "
                "the four components sum to 100 % and may be negative",
                positive=f"{_title} adds to the index",
                frame=_FRAME,
                source=_SOURCE,
                needs="angle",
                curve=stored_name(_component, _ending),
                tasks=CYCLE_TASKS if _window == "cycle" else None,
                validity=f"missing where the index is below {_LEAST_DEG:g} degrees (`metrics.least_index_deg`); {_CARE}",
            )(_share(_component, _ending, _window))
