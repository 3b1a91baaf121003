"""Spatio-temporal outcomes of strides: cadence, steps, supports, clearance of the toe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.metrics.families import STRIDES, duration_of
from biomech.metrics.registry import metric

Array = NDArray[np.float64]

WALKING = tuple(task for task in STRIDES if task != "running")
_LEVEL = ("walking", "running")
_HUXHAM = "Huxham 2006, Gait Posture 23:159 (footprints along and across the line of the stride, straight or turning)"
_EVENTS = "foot strikes and foot offs of both feet; `event_source` says what they were found from"
_OTHER = "missing without foot strike and foot off of the other foot in the stride"
_HEELS = "missing without heel landmarks, or without the other foot's strike in the stride"


@dataclass(frozen=True)
class _Row:
    name: str
    unit: str
    title: str
    definition: str
    positive: str
    frame: str
    source: str
    validity: str
    tasks: tuple[str, ...]
    value: Callable[[xr.Dataset], Array]


def _of(cycles: xr.Dataset, name: str) -> Array:
    return cycles[name].to_numpy().astype(float)


def _seconds(cycles: xr.Dataset, percent: Array) -> Array:
    return percent / 100.0 * duration_of(cycles)


def _first_double(cycles: xr.Dataset) -> Array:
    return _of(cycles, "opposite_off_percent")


def _second_double(cycles: xr.Dataset) -> Array:
    return _of(cycles, "foot_off_percent") - _of(cycles, "opposite_strike_percent")


def _single(cycles: xr.Dataset) -> Array:
    return _of(cycles, "opposite_strike_percent") - _of(cycles, "opposite_off_percent")


def _swing(cycles: xr.Dataset) -> Array:
    return 100.0 - _of(cycles, "foot_off_percent")


def _step(cycles: xr.Dataset) -> Array:
    return _seconds(cycles, 100.0 - _of(cycles, "opposite_strike_percent"))


_NONE, _NO_SIGN, _STRIDE_PERCENT = "none", "always positive", "as a share of the stride"
_ROWS = (
    _Row(
        "cadence__value__cycle",
        "steps min-1",
        "cadence",
        "two steps per stride time",
        _NO_SIGN,
        _NONE,
        "steps per minute",
        "",
        STRIDES,
        lambda c: 120.0 / duration_of(c),
    ),
    _Row(
        "step_time__value__cycle",
        "s",
        "step time",
        "time from the other foot's strike to this foot's next strike, which ends the stride",
        _NO_SIGN,
        _NONE,
        _EVENTS,
        "missing without the other foot's strike in the stride",
        STRIDES,
        _step,
    ),
    _Row(
        "swing_time__value__swing",
        "s",
        "swing time",
        "time from foot off to the next foot strike",
        _NO_SIGN,
        _NONE,
        _EVENTS,
        "",
        STRIDES,
        lambda c: _seconds(c, _swing(c)),
    ),
    _Row(
        "swing_share__value__cycle",
        "%",
        "swing share",
        f"swing {_STRIDE_PERCENT}",
        _NO_SIGN,
        _NONE,
        _EVENTS,
        "missing where no foot off was found",
        STRIDES,
        _swing,
    ),
    _Row(
        "initial_double_support__value__cycle",
        "%",
        "initial double support",
        f"foot strike to the other foot's foot off, {_STRIDE_PERCENT}",
        "both feet stand",
        _NONE,
        _EVENTS,
        _OTHER,
        WALKING,
        _first_double,
    ),
    _Row(
        "terminal_double_support__value__cycle",
        "%",
        "terminal double support",
        f"the other foot's strike to foot off, {_STRIDE_PERCENT}",
        "both feet stand",
        _NONE,
        _EVENTS,
        _OTHER,
        WALKING,
        _second_double,
    ),
    _Row(
        "double_support__value__cycle",
        "%",
        "double support",
        f"initial and terminal double support together, {_STRIDE_PERCENT}",
        "both feet stand",
        _NONE,
        _EVENTS,
        _OTHER,
        WALKING,
        lambda c: _first_double(c) + _second_double(c),
    ),
    _Row(
        "double_support_time__value__cycle",
        "s",
        "double support time",
        "initial and terminal double support together",
        "both feet stand",
        _NONE,
        _EVENTS,
        _OTHER,
        WALKING,
        lambda c: _seconds(c, _first_double(c) + _second_double(c)),
    ),
    _Row(
        "single_support__value__cycle",
        "%",
        "single support",
        f"the other foot's foot off to its next strike, {_STRIDE_PERCENT}",
        "this foot stands alone",
        _NONE,
        _EVENTS,
        _OTHER,
        WALKING,
        _single,
    ),
    _Row(
        "single_support_time__value__cycle",
        "s",
        "single support time",
        "time from the other foot's foot off to its next strike",
        "this foot stands alone",
        _NONE,
        _EVENTS,
        _OTHER,
        WALKING,
        lambda c: _seconds(c, _single(c)),
    ),
    _Row(
        "stride_length__value__cycle",
        "m",
        "stride length",
        "horizontal distance between the heel's places at the two foot strikes; on a treadmill the belt counts as ground",
        _NO_SIGN,
        "horizontal, along the line of the stride",
        _HUXHAM,
        "missing without a heel landmark",
        _LEVEL,
        lambda c: _of(c, "stride_length_m"),
    ),
    _Row(
        "step_length__value__cycle",
        "m",
        "step length",
        "distance of the heel's place at the strike that ends the stride ahead of the other heel's place at its own strike, along the "
        "line of the stride; on a treadmill the belt counts as ground",
        "this foot is placed ahead of the other one",
        "horizontal, along the line of the stride",
        _HUXHAM,
        _HEELS,
        _LEVEL,
        lambda c: _of(c, "step_length_m"),
    ),
    _Row(
        "step_width__value__cycle",
        "m",
        "step width",
        "distance of the other heel's place at its strike from the line between this heel's places at both its strikes",
        "the other foot is on its own side of the line; negative: the feet cross",
        "horizontal, across the line of the stride",
        _HUXHAM,
        _HEELS,
        _LEVEL,
        lambda c: _of(c, "step_width_m"),
    ),
    _Row(
        "toe_clearance__minimum__swing",
        "m",
        "minimum toe clearance",
        "lowest height of the toe landmark in mid-swing (the dip between its highest points of early and late swing) above its height "
        "in flat-footed stance (`cycles.detection.flat_foot_share`)",
        "the toe is above its place on the ground",
        "lab, vertical",
        "Moosabhoy & Gard 2006, Gait Posture 24:493 (local minimum half-way through swing)",
        "missing without a toe landmark, and where the toe's height has no dip in mid-swing",
        ("walking",),
        lambda c: _of(c, "toe_clearance_m"),
    ),
)


def _register(row: _Row) -> None:
    metric(
        row.name,
        unit=row.unit,
        title=row.title,
        definition=row.definition,
        positive=row.positive,
        frame=row.frame,
        source=row.source,
        needs="events",
        tasks=row.tasks,
        validity=row.validity,
    )(lambda cycles, _: row.value(cycles))


for _row in _ROWS:
    _register(_row)
