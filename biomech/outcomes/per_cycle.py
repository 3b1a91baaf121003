"""Outcomes that are one number a cycle from the start: times, steps, loading rates, and balance on one leg."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from biomech.outcomes.families import GRAVITY_M_S2, Array, duration_of, number
from biomech.outcomes.loads import PLATE
from biomech.outcomes.registry import metric
from biomech.task_groups import LEVEL_GAIT, LEVEL_WALKING, ONE_LEG_STANCE, REPEATED, STRIDES, WALKING, WITH_TAKE_OFF

_LEVEL, _ONE_LEG = LEVEL_GAIT, ONE_LEG_STANCE
_NO_SIGN = "always positive"
_OF_STRIDE = "as a share of the stride"
_BOUNDS = "bounds of the cycle; `event_source` says what they were found from"
_EVENTS = "foot strikes and foot offs of both feet; `event_source` says what they were found from"
_HUXHAM = "Huxham 2006, Gait Posture 23:159 (footprints along and across the line of the stride, straight or turning)"
_CROWELL = "Crowell & Davis 2011, Clin Biomech 26:78, without their filter"
_HOF = "Hof 2005, J Biomech 38:1"
_MANCINI = "Mancini 2012, J Neuroeng Rehabil 9:59 (path, mean velocity and range of the centre of pressure)"
_OTHER = "missing without foot strike and foot off of the other foot in the stride"
_NO_STRIKE = "missing without the other foot's strike in the stride"
_NO_OFF = "missing where no foot off was found"
_HEELS = "missing without heel landmarks, or without the other foot's strike in the stride"
_MARGIN = "needs a marker at the head of the fifth metatarsal, the pelvis, and in strides the other foot's events"
_PRESSURE = f"{PLATE}; filtered with the markers' cutoff"
_IMPACT = "missing without an impact peak, or where the cycle does not begin with a valid contact"
_ALONG = "horizontal, along the line of the stride"
_ACROSS = "horizontal, across the line of the stride"


def _add(
    name: str,
    unit: str,
    title: str,
    definition: str,
    value: str | Callable[[xr.Dataset], Array],
    source: str,
    tasks: Sequence[str] | None,
    validity: str = "",
    *,
    positive: str = _NO_SIGN,
    frame: str = "none",
    **more: Any,
) -> None:
    """Register a number of the cycles, given its name there or how it follows from others."""
    about: dict[str, Any] = {"unit": unit, "title": title, "definition": definition, "source": source}
    about |= {"validity": validity, "positive": positive, "frame": frame, "needs": "events", "tasks": tasks} | more
    metric(name, lambda cycles, _: number(cycles, value) if isinstance(value, str) else value(cycles), **about)


def _first_double(cycles: xr.Dataset) -> Array:
    return number(cycles, "opposite_off_percent")


def _second_double(cycles: xr.Dataset) -> Array:
    return number(cycles, "foot_off_percent") - number(cycles, "opposite_strike_percent")


def _double(cycles: xr.Dataset) -> Array:
    return _first_double(cycles) + _second_double(cycles)


def _single(cycles: xr.Dataset) -> Array:
    return number(cycles, "opposite_strike_percent") - number(cycles, "opposite_off_percent")


def _swing(cycles: xr.Dataset) -> Array:
    return 100.0 - number(cycles, "foot_off_percent")


def _in_seconds(percent: Callable[[xr.Dataset], Array]) -> Callable[[xr.Dataset], Array]:
    return lambda cycles: percent(cycles) / 100.0 * duration_of(cycles)


def _in_body_weights(name: str, cycles: xr.Dataset) -> Array:
    return number(cycles, name) / GRAVITY_M_S2


def _until_take_off(cycles: xr.Dataset) -> Array:
    return np.where(np.isfinite(number(cycles, "foot_off_percent")), duration_of(cycles), np.nan)


_step = _in_seconds(lambda c: 100.0 - number(c, "opposite_strike_percent"))
_stance = _in_seconds(lambda c: number(c, "foot_off_percent"))
# fmt: off
_add(
    "stride_time__value__cycle", "s", "stride time",
    "time from foot strike to the next foot strike of the same foot", duration_of, _BOUNDS, STRIDES,
)
_add(
    "repetition_time__value__cycle", "s", "repetition time",
    "time from the start to the end of a repetition", duration_of, _BOUNDS, REPEATED,
)
_add(
    "steady_time__value__cycle", "s", "steady time",
    "length of the steady window of single-leg stance", duration_of, _BOUNDS, _ONE_LEG,
)
_add(
    "contact_time__value__contact", "s", "contact time",
    "time from foot contact to take-off", _until_take_off, _BOUNDS, WITH_TAKE_OFF,
    "missing where the contact ends without a take-off",
)
_add(
    "contact_time__value__stance", "s", "stance time",
    "time from foot strike to foot off", _stance, _BOUNDS, None,
)
_add(
    "stance_share__value__cycle", "%", "stance share",
    "foot off as a share of the stride", "foot_off_percent", _BOUNDS, STRIDES, _NO_OFF,
)
_add(
    "speed__mean__cycle", "m s-1", "speed",
    "mean speed of the pelvis over the cycle less the speed of the toe in mid-stance, so that a treadmill's belt counts as ground",
    "speed_m_s", "travel of the pelvis origin between the cycle's bounds", STRIDES, "missing without foot off or toe landmark",
    positive="along the direction of progression", frame="direction of progression",
)
_add(
    "cadence__value__cycle", "steps min-1", "cadence",
    "two steps per stride time", lambda c: 120.0 / duration_of(c), "steps per minute", STRIDES,
)
_add(
    "step_time__value__cycle", "s", "step time",
    "time from the other foot's strike to this foot's next strike, which ends the stride", _step, _EVENTS, STRIDES, _NO_STRIKE,
)
_add(
    "swing_time__value__swing", "s", "swing time",
    "time from foot off to the next foot strike", _in_seconds(_swing), _EVENTS, STRIDES,
)
_add(
    "swing_share__value__cycle", "%", "swing share", f"swing {_OF_STRIDE}", _swing, _EVENTS, STRIDES, _NO_OFF,
)
_add(
    "initial_double_support__value__cycle", "%", "initial double support",
    f"foot strike to the other foot's foot off, {_OF_STRIDE}", _first_double, _EVENTS, WALKING, _OTHER,
    positive="both feet stand",
)
_add(
    "terminal_double_support__value__cycle", "%", "terminal double support",
    f"the other foot's strike to foot off, {_OF_STRIDE}", _second_double, _EVENTS, WALKING, _OTHER,
    positive="both feet stand",
)
_add(
    "double_support__value__cycle", "%", "double support",
    f"initial and terminal double support together, {_OF_STRIDE}", _double, _EVENTS, WALKING, _OTHER,
    positive="both feet stand",
)
_add(
    "double_support_time__value__cycle", "s", "double support time",
    "initial and terminal double support together", _in_seconds(_double), _EVENTS, WALKING, _OTHER,
    positive="both feet stand",
)
_add(
    "single_support__value__cycle", "%", "single support",
    f"the other foot's foot off to its next strike, {_OF_STRIDE}", _single, _EVENTS, WALKING, _OTHER,
    positive="this foot stands alone",
)
_add(
    "single_support_time__value__cycle", "s", "single support time",
    "time from the other foot's foot off to its next strike", _in_seconds(_single), _EVENTS, WALKING, _OTHER,
    positive="this foot stands alone",
)
_add(
    "stride_length__value__cycle", "m", "stride length",
    "horizontal distance between the heel's places at the two foot strikes; on a treadmill the belt counts as ground",
    "stride_length_m", _HUXHAM, _LEVEL, "missing without a heel landmark", frame=_ALONG,
)
_add(
    "step_length__value__cycle", "m", "step length",
    "distance of the heel's place at the strike that ends the stride ahead of the other heel's place at its own strike, along the "
    "line of the stride; on a treadmill the belt counts as ground",
    "step_length_m", _HUXHAM, _LEVEL, _HEELS, frame=_ALONG, positive="this foot is placed ahead of the other one",
)
_add(
    "step_width__value__cycle", "m", "step width",
    "distance of the other heel's place at its strike from the line between this heel's places at both its strikes",
    "step_width_m", _HUXHAM, _LEVEL, _HEELS, frame=_ACROSS,
    positive="the other foot is on its own side of the line; negative: the feet cross",
)
_add(
    "toe_clearance__minimum__swing", "m", "minimum toe clearance",
    "lowest height of the toe landmark in mid-swing (the dip between its highest points of early and late swing) above its height "
    "in flat-footed stance (`cycles.detection.flat_foot_share`)",
    "toe_clearance_m", "Moosabhoy & Gard 2006, Gait Posture 24:493 (local minimum half-way through swing)", LEVEL_WALKING,
    "missing without a toe landmark, and where the toe's height has no dip in mid-swing",
    positive="the toe is above its place on the ground", frame="lab, vertical",
)
for _window in ("stance", "contact"):
    for _statistic, _number, _words in (
        ("peak", "vertical_loading_rate", "steepest rise"),
        ("mean", "vertical_loading_rate_average", "mean rise"),
    ):
        _add(
            f"vertical_loading_rate__{_statistic}__{_window}", "BW s-1", f"vertical loading rate, {_words}",
            f"{_words} of the unfiltered vertical force between 20 and 80 % of its impact peak, in body weights (g = 9.81 m/s2) per second",
            partial(_in_body_weights, _number), _CROWELL, None, _IMPACT,
            positive="the force rises", frame="lab, vertical", person=("mass_kg",),
        )
_add(
    "margin_of_stability__minimum__cycle", "m", "mediolateral margin of stability, smallest",
    "smallest distance of the extrapolated centre of mass (x + v / sqrt(g / l), l its height) from the head of the fifth "
    "metatarsal, across the direction of progression, while this leg stands alone (single support of a stride, the steady window of "
    "single-leg stance); x is the centre of mass of legs and trunk, or the middle between the anterior superior iliac spines: the column "
    "`mass_centre_of_segments` says which",
    "margin_of_stability_m", _HOF, LEVEL_WALKING | _ONE_LEG, _MARGIN,
    positive="the extrapolated centre of mass is inside of the foot's outer border",
    frame="horizontal, across the direction of progression",
)
for _name, _unit, _title, _definition, _value in (
    ("path__value", "m", "path of the centre of pressure", "horizontal path over the steady window", "pressure_path_m"),
    (
        "velocity__mean", "m s-1", "mean velocity of the centre of pressure",
        "horizontal path over the length of the steady window", lambda c: number(c, "pressure_path_m") / duration_of(c),
    ),
    (
        "ap__range", "m", "range of the centre of pressure, forward",
        "largest less smallest position along the direction of progression in the steady window", "pressure_range_ap_m",
    ),
    (
        "ml__range", "m", "range of the centre of pressure, sideways",
        "largest less smallest position across the direction of progression in the steady window", "pressure_range_ml_m",
    ),
):
    _add(
        f"pressure_{_name}__cycle", _unit, _title, _definition, _value, _MANCINI, _ONE_LEG, _PRESSURE,
        positive="the centre of pressure moves", frame="horizontal",
    )
# fmt: on
