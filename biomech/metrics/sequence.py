"""Per repetition: does the hip or the foot come first, and how do the two go together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.metrics import coordination
from biomech.metrics.coordination import COARSE, STEP_S
from biomech.metrics.families import duration_of, stored
from biomech.metrics.registry import metric
from biomech.metrics.windows import WINDOWS

Array = NDArray[np.float64]

# the window in which both movements go to their peak and back, by kind of task
SEQUENCE_WINDOWS: tuple[str, ...] = ("stance", "contact", "cycle")
JOINT_PAIRS: tuple[tuple[str, str], ...] = (
    ("hip_adduction", "rearfoot_eversion"),
    ("hip_internal_rotation", "rearfoot_eversion"),
    ("contralateral_pelvic_drop", "rearfoot_eversion"),
    ("thigh_internal_rotation", "shank_internal_rotation"),
)
# hip and foot with nothing between them that moves both: a shank that leans inward with the hip turns the rearfoot against it
APART_PAIRS: tuple[tuple[str, str], ...] = (
    ("hip_adduction_by_shank", "rearfoot_eversion_floor"),
    ("contralateral_pelvic_drop", "rearfoot_eversion_floor"),
    ("hip_internal_rotation", "rearfoot_eversion_floor"),
    ("hip_adduction_by_shank", "forefoot_supination"),
)
PAIRS = (*APART_PAIRS, *JOINT_PAIRS)
TIMES = ("onset_lead", "velocity_onset_lead", "course_lag", "velocity_lag")
_CHANG = "Chang et al. 2008, J Biomech 41:3101, with the arctangent of two arguments"
_LAMB = "Lamb & Stöckl 2014, Clin Biomech 29:484"
_ONSET = (
    f"onset: beyond {100 * coordination.ONSET_SHARE:g} % of the excursion from the lowest point before the peak to the peak, "
    f"for {1000 * coordination.HOLD_S:g} ms"
)
_SMALL = (
    f"missing where either movement is smaller than {coordination.LEAST_EXCURSION_DEG:g} degrees; soft tissue shifts single "
    "repetitions of slow movements by tens of ms"
)

Two = Callable[[Array, Array, float], float]


def windowed(cycles: xr.Dataset, quantity: str, window: str) -> list[Array]:
    """Return an angle of every cycle inside a window, every millisecond; arrays of NaN where it is missing.

    Parameters
    ----------
    cycles : xr.Dataset
    quantity : str
        Of ``angle``.
    window : str
        Key of `biomech.metrics.windows.WINDOWS`.
    """
    first, last = WINDOWS[window].bounds(cycles, 100.0)
    return coordination.each_in_time(stored(cycles, "angle", quantity), first, last, duration_of(cycles))


def of_pairs(cycles: xr.Dataset, proximal: str, distal: str, window: str, function: Two) -> Array:
    """Return one number per cycle from both curves and the length of the window (s), shape (cycle,)."""
    pairs = zip(windowed(cycles, proximal, window), windowed(cycles, distal, window), strict=True)
    return np.array([function(a, b, (len(a) - 1) * STEP_S) for a, b in pairs], dtype=float)


def onset_lead_ms(a: Array, b: Array, _: float) -> float:
    """Onset of the distal movement less that of the proximal one, ms."""
    return 1000.0 * float(coordination.onset(b) - coordination.onset(a))


def course(a: Array, b: Array) -> coordination.Correlation:
    """Lagged cross-correlation of two angles that have a value every millisecond."""
    return coordination.correlation(a[::COARSE], b[::COARSE], step_s=COARSE * STEP_S)


def course_lag_ms(a: Array, b: Array, _: float) -> float:
    """Lag of the distal angle after the proximal one at which both agree best, ms."""
    return 1000.0 * float(course(a, b).lag)


def _velocities(a: Array, b: Array) -> coordination.Correlation:
    proximal, distal = coordination.velocity(a)[::COARSE], coordination.velocity(b)[::COARSE]
    return coordination.correlation(proximal, distal, step_s=COARSE * STEP_S)


def _phase(name: str) -> Two:
    def share(a: Array, b: Array, _: float) -> float:
        step = 10
        gamma = coordination.coupling_angle(a[::step], b[::step], step * STEP_S)
        return float(coordination.phase_shares(gamma)[name])

    return share


@dataclass(frozen=True)
class _Statistic:
    """One number of a pair of movements."""

    unit: str
    title: str
    definition: str
    positive: str
    source: str
    function: Two
    validity: str = _SMALL


_FIRST = "the proximal movement comes first"
_STATISTICS: dict[str, _Statistic] = {
    "onset_lead": _Statistic(
        "ms",
        "lead of onset",
        f"onset of the distal less onset of the proximal movement; {_ONSET}",
        _FIRST,
        "thresholds of this software",
        onset_lead_ms,
    ),
    "onset_lead_percent": _Statistic(
        "%",
        "lead of onset, % of the window",
        "`onset_lead` over the length of {window}",
        _FIRST,
        "thresholds of this software",
        lambda a, b, s: 0.1 * onset_lead_ms(a, b, s) / s if s > 0 else np.nan,
    ),
    "velocity_onset_lead": _Statistic(
        "ms",
        "lead of onset by velocity",
        f"as `onset_lead`, with onset where the angular velocity passes {100 * coordination.ONSET_SHARE:g} % of its largest "
        "on the way to the peak",
        _FIRST,
        "thresholds of this software",
        lambda a, b, _: 1000.0 * float(coordination.velocity_onset(b) - coordination.velocity_onset(a)),
    ),
    "course_lag": _Statistic(
        "ms",
        "lag of the course",
        "lag within 150 ms at which the z-scored angles correlate best over {window}",
        _FIRST,
        "cross-correlation; Li & Caldwell 1999, J Electromyogr Kinesiol 9:385",
        course_lag_ms,
        "missing where the best lag is the largest that was tried, or the correlation there is below 0.5",
    ),
    "velocity_lag": _Statistic(
        "ms",
        "lag of the velocities",
        "lag within 150 ms at which the z-scored angular velocities correlate best over {window}",
        _FIRST,
        "cross-correlation; Li & Caldwell 1999, J Electromyogr Kinesiol 9:385",
        lambda a, b, _: 1000.0 * float(_velocities(a, b).lag),
        "missing where the best lag is the largest that was tried, or the correlation there is below 0.5",
    ),
    "velocity_correlation": _Statistic(
        "1",
        "correlation of the velocities",
        "correlation of the angular velocities at `velocity_lag`",
        "both go the same way",
        "cross-correlation; Li & Caldwell 1999, J Electromyogr Kinesiol 9:385",
        lambda a, b, _: float(_velocities(a, b).r),
        "",
    ),
    **{
        f"{name}_share": _Statistic(
            "%",
            f"{words} coordination",
            f"share of the moving samples of {{window}} whose coupling angle is in the {words} bin (45 degrees)",
            "always positive",
            _CHANG,
            _phase(name),
            "missing where both together stay slower than 5 degrees/s; depends on the sizes of the two movements",
        )
        for name, words in (("proximal", "proximal-phase"), ("distal", "distal-phase"), ("in_phase", "in-phase"))
    },
    "mean_relative_phase": _Statistic(
        "degree",
        "mean absolute relative phase",
        "mean absolute continuous relative phase over {window}",
        "always positive",
        _LAMB,
        lambda a, b, _: float(np.mean(np.abs(coordination.relative_phase(a[::COARSE], b[::COARSE])))),
        "",
    ),
}


def _register(proximal: str, distal: str, statistic: str, window: str) -> None:
    item = _STATISTICS[statistic]
    words = f"{proximal.replace('_', ' ')} to {distal.replace('_', ' ')}"

    def of_cycles(cycles: xr.Dataset, _: float) -> Array:
        return of_pairs(cycles, proximal, distal, window, item.function)

    metric(
        f"{proximal}_to_{distal}__{statistic}__{window}",
        unit=item.unit,
        title=f"{words}, {item.title}",
        definition=item.definition.format(window=WINDOWS[window].short),
        positive=item.positive,
        frame="those of the two angles",
        source=item.source,
        needs="angle",
        curve=distal,
        validity=item.validity,
    )(of_cycles)


for _pairs, _names in ((JOINT_PAIRS, tuple(_STATISTICS)), (APART_PAIRS, TIMES)):
    for _pair in _pairs:
        for _window in SEQUENCE_WINDOWS:
            for _name in _names:
                _register(*_pair, _name, _window)
