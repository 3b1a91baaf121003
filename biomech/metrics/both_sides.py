"""Metrics of both legs at once: separation of the knees, jump height, left against right."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.constants import g

from biomech.metrics import distances, foot, loads, valgus  # noqa: F401  registered before they are compared
from biomech.metrics.families import WHOLE, peak_knee_flexion, stored
from biomech.metrics.registry import METRICS, Metric, PairFunction, metric, shares_repetitions
from biomech.metrics.windows import WINDOWS, cut, tasks_of, value_at

Array = NDArray[np.float64]

_WINDOWS = ("contact", "cycle")
_NOYES = "Noyes 2005, Am J Sports Med 33:197 (normalised knee separation distance), with joint centres"
# distance that the knees' is divided by
RATIOS = {"hip": "hip centres", "ankle": "ankle centres"}
# what is compared between the legs: one number a family, at its peak
COMPARED = (
    "contralateral_pelvic_drop",
    "hip_adduction",
    "hip_internal_rotation",
    "knee_abduction",
    "knee_flexion",
    "fppa",
    "knee_medial_to_second_toe",
    "rearfoot_eversion",
    "external_knee_abduction_moment",
    "external_knee_adduction_moment",
    "external_knee_flexion_moment",
    "external_hip_adduction_moment",
    "vertical_ground_reaction",
)


def separation_ratio(cycles: xr.Dataset, other: str) -> Array:
    """Distance between the knees over that between the hips or ankles, shape (cycle, percent)."""
    below = stored(cycles, "distance", f"{other}_separation")
    return stored(cycles, "distance", "knee_separation") / np.where(np.abs(below) > 0, below, np.nan)


def _ratio(other: str, name: str, window: str) -> PairFunction:
    def ratio(left: xr.Dataset, right: xr.Dataset, windows_ms: float) -> Array:
        first, last = WINDOWS[window].bounds(left, windows_ms)
        curve = separation_ratio(left, other)
        if name == "at_foot_strike":
            return value_at(curve, first)
        if name == "at_peak_knee_flexion":
            return value_at(curve, peak_knee_flexion(left, first, last, window))
        return cut(curve, first, last).minimum()

    return ratio


_RATIO_STATISTICS = {
    "minimum": "smallest ratio in {window}",
    "at_foot_strike": "ratio at the start of {window} (foot strike)",
    "at_peak_knee_flexion": "ratio when the left knee is most flexed in {window}",
}
for _other, _points in RATIOS.items():
    for _window in _WINDOWS:
        for _name, _definition in _RATIO_STATISTICS.items():
            if _name == "at_foot_strike" and _window == "cycle":
                continue
            metric(
                f"knee_{_other}_separation_ratio__{_name}__{_window}",
                unit="1",
                title=f"knee over {_other} separation, {_name.replace('_', ' ')}",
                definition=_definition.format(window=WINDOWS[_window].short)
                + f": distance between the knee centres over that between the {_points}",
                positive="below 1 the knees are closer together",
                frame="frontal plane of progression",
                source=_NOYES if _other == "hip" else _NOYES + ", over the ankles",
                needs="distance",
                curve="knee_separation",
                tasks=tuple(
                    t for t in tasks_of(_window) if shares_repetitions(t) and (_window != "cycle" or "squat" in t)
                ),
                both_sides=True,
            )(_ratio(_other, _name, _window))


@metric(
    "jump_height__value__contact",
    unit="m",
    title="jump height",
    definition="g t² / 8 of the flight time t after the contact (g = 9.80665 m/s2)",
    positive="always positive",
    frame="lab, vertical",
    source="flight-time method: Linthorne 2001, Am J Phys 69:1198",
    needs="events",
    tasks=("drop_vertical_jump",),
    validity="needs take-off and landing on plates; landing with bent legs makes it too large",
    both_sides=True,
)
def jump_height(left: xr.Dataset, right: xr.Dataset, _: float) -> Array:
    """Height of the jump after the drop, m."""
    return g * left["flight_time"].to_numpy().astype(float) ** 2 / 8


def _difference(item: Metric) -> PairFunction:
    def difference(left: xr.Dataset, right: xr.Dataset, windows_ms: float) -> Array:
        return item.function(left, windows_ms) - item.function(right, windows_ms)

    return difference


for _quantity in COMPARED:
    for _window in WHOLE:
        _item = METRICS.get(f"{_quantity}__peak__{_window}")
        _tasks = () if _item is None else tuple(task for task in _item.tasks if shares_repetitions(task))
        if _item is None or not _tasks:
            continue
        metric(
            f"{_quantity}_left_minus_right__peak__{_window}",
            unit=_item.unit,
            title=f"{_item.title}, left minus right",
            definition=f"`{_item.name}` of the left side less that of the right one in the same repetition",
            positive="larger on the left",
            frame=_item.frame,
            source=_item.source,
            needs=_item.needs,
            curve=_item.curve,
            tasks=_tasks,
            person=_item.person,
            validity="; ".join(
                part
                for part in (
                    _item.validity,
                    "compare its mean with the minimal detectable change (`mdc95` in `contrasts.csv`)",
                )
                if part
            ),
            both_sides=True,
        )(_difference(_item))
