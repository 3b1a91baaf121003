"""Metrics of both legs at once: separation of the knees, jump height, left against right."""

from __future__ import annotations

import xarray as xr
from scipy.constants import g

from biomech.config.outcomes import Metrics
from biomech.outcomes.families import WHOLE, Array, MetricSource, number
from biomech.outcomes.registry import METRICS, Metric, PairFunction, metric
from biomech.task_groups import JUMPS, SHARED_REPETITIONS

_NOYES = "Noyes 2005, Am J Sports Med 33:197 (normalised knee separation distance), with joint centres"
SEPARATIONS = tuple(
    MetricSource(
        f"knee_{other}_separation_ratio",
        f"knee over {other} separation",
        "below 1 the knees are closer together",
        "frontal plane of progression",
        source,
        "knee_separation",
        variable="distance",
        unit="1",
        over=f"{other}_separation",
        note=f"distance between the knee centres over that between the {other} centres; knee flexion is that of the left knee",
        both_sides=True,
    )
    for other, source in (("hip", _NOYES), ("ankle", f"{_NOYES}, over the ankles"))
)
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

metric(
    "jump_height__value__contact",
    lambda left, right, _: g * number(left, "flight_time") ** 2 / 8,
    unit="m",
    title="jump height",
    definition="g t² / 8 of the flight time t after the contact (g = 9.80665 m/s2)",
    positive="always positive",
    frame="lab, vertical",
    source="flight-time method: Linthorne 2001, Am J Phys 69:1198",
    needs="events",
    tasks=JUMPS,
    validity="needs take-off and landing on plates; landing with bent legs makes it too large",
    both_sides=True,
)


def _difference(item: Metric) -> PairFunction:
    def difference(left: xr.Dataset, right: xr.Dataset, options: Metrics) -> Array:
        return item.function(left, options) - item.function(right, options)

    return difference


def register_differences() -> None:
    """Register the difference between the legs of what is registered of one leg."""
    for quantity in COMPARED:
        for window in WHOLE:
            item = METRICS.get(f"{quantity}__peak__{window}")
            if item is None or not (tasks := item.tasks & SHARED_REPETITIONS):
                continue
            care = "compare its mean with the minimal detectable change (`mdc95` in `contrasts.csv`)"
            metric(
                f"{quantity}_left_minus_right__peak__{window}",
                _difference(item),
                unit=item.unit,
                title=f"{item.title}, left minus right",
                definition=f"`{item.name}` of the left side less that of the right one in the same repetition",
                positive="larger on the left",
                frame=item.frame,
                source=item.source,
                needs=item.needs,
                curve=item.curve,
                tasks=tasks,
                person=item.person,
                validity=f"{item.validity}; {care}" if item.validity else care,
                both_sides=True,
            )
