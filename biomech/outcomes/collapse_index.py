"""Dynamic valgus index: the sum of the components of medial collapse at hip and knee, and the share of each."""

from __future__ import annotations

import numpy as np
import xarray as xr

from biomech.config.outcomes import Metrics
from biomech.outcomes.families import WHOLE, Array, MetricSource, Phase, stored
from biomech.outcomes.option_text import option
from biomech.outcomes.registry import Function, metric
from biomech.outcomes.windows import WINDOWS, value_at
from biomech.quantities import CITATIONS
from biomech.task_groups import CYCLE_TASKS

# component: stored angle, its sign
_STORED: dict[str, tuple[str, int]] = {
    "hip_adduction": ("hip_adduction", 1),
    "hip_internal_rotation": ("hip_internal_rotation", 1),
    "knee_abduction": ("knee_abduction", 1),
    "knee_external_rotation": ("knee_internal_rotation", -1),
}
# their zero is a convention of the frames (30 degrees of a straight leg's knee are not a collapse): always from standing
_FROM_STANDING = ("hip_internal_rotation", "knee_external_rotation")
_CARE = "a sum of angles about different axes is not an angle; transverse components carry soft-tissue error as large as the motion"


def _components(ending: str) -> dict[str, tuple[str, int]]:
    """Return the stored angle of every component and its sign; `ending` takes all from standing."""
    return {
        name: (f"{angle}__static" if name in _FROM_STANDING else angle + ending, sign)
        for name, (angle, sign) in _STORED.items()
    }


def _index(ending: str, words: str) -> MetricSource:
    (first, sign), *others = _components(ending).values()
    return MetricSource(
        f"dynamic_valgus_index{ending}",
        f"dynamic valgus index{words}",
        "hip and knee collapse medially" + (", more than in the static trial" if ending else ""),
        f"joint coordinate systems of hip and knee ({CITATIONS['grood1983']})",
        "three-dimensional form of the index of Scholtes & Salsich 2017, Int J Sports Phys Ther 12:351; the plain sum of the "
        "four components is this software's",
        first,
        sign=sign,
        plus=tuple(others),
        validity=_CARE,
        note="sum of hip adduction, hip internal rotation, knee abduction and knee external rotation"
        + (
            ""
            if ending
            else "; both rotations count from the static trial, since their zero is a convention of the frames"
        ),
    )


def _share(index: MetricSource, angle: str, sign: int, window: str) -> Function:
    def share(cycles: xr.Dataset, options: Metrics) -> Array:
        total = Phase(index, cycles, window, options)
        part = value_at(sign * stored(cycles, "angle", angle), total.whole.peak_position())
        return 100.0 * part / np.where(total.peak >= options.least_index_deg, total.peak, np.nan)

    return share


INDICES = {"": _index("", ""), "__static": _index("__static", " from standing")}
for _ending, _curve in INDICES.items():
    for _window in WHOLE:
        for _component, (_angle, _sign) in _components(_ending).items():
            _words = _component.replace("_", " ")
            metric(
                f"dynamic_valgus_index_{_component}_share{_ending}__at_peak__{_window}",
                _share(_curve, _angle, _sign, _window),
                unit="%",
                title=f"share of {_words} in the {_curve.title}",
                definition=f"{_words} when the index is largest in {WINDOWS[_window].short}, as a share of the index; shares of "
                "the four components sum to 100 % and may be negative",
                positive=f"{_words} adds to the index",
                frame=_curve.frame,
                source=_curve.source,
                needs="angle",
                curve=_angle,
                tasks=CYCLE_TASKS if _window == "cycle" else None,
                validity=f"missing where the index is below {option('least_index_deg', 'degrees')}; {_CARE}",
            )
