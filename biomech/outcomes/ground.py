"""Ground reaction along and across the direction of progression, and stiffness of the leg."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.outcomes import Metrics
from biomech.outcomes.families import GRAVITY_M_S2, MetricSource, Phase, bounds, duration_of, number, stored
from biomech.outcomes.loads import PLATE
from biomech.outcomes.registry import Function, metric
from biomech.outcomes.windows import slice_window, value_at
from biomech.task_groups import LANDINGS, LEVEL_RUNNING, SQUATS, where

Array = NDArray[np.float64]

LEG_SHARE = 0.53  # leg length over body height: Winter 1979, as Morin 2005 (J Appl Biomech 21:167) takes it
_SOURCE = "body weight normalisation as in Schwartz 2008, J Biomech 41:1639; g = 9.81 m/s2"


def _force(name: str, axis: str, sign: int, positive: str, blunted: str = "") -> MetricSource:
    return MetricSource(
        f"{name}_ground_reaction",
        f"{name} ground reaction",
        positive,
        "progression frame: forward, up, lateral",
        _SOURCE,
        axis,
        variable="ground_reaction",
        sign=sign / GRAVITY_M_S2,
        unit="BW",
        validity=f"{PLATE}; low-pass filtered{blunted}",
        person=("mass_kg",),
    )


ALONG = (
    _force("braking", "x", -1, "the ground pushes backward"),
    _force("propulsive", "x", 1, "the ground pushes forward"),
    _force("medial", "z", -1, "the ground pushes towards the other leg"),
    _force("lateral", "z", 1, "the ground pushes away from the other leg"),
)
VERTICAL = _force("vertical", "y", 1, "the ground pushes up", ", so impact peaks are blunted: no loading rate")


def _sinking(cycles: xr.Dataset, window: str, options: Metrics) -> Array:
    """How far the pelvis sinks from the start of a window to its lowest point in it, m."""
    height = stored(cycles, "distance", "pelvis_height")
    first, last = bounds(cycles, window, options)
    return value_at(height, first) - slice_window(height, first, last).minimum()


def _stiffness(window: str, *, swept: bool) -> Function:
    def stiffness(cycles: xr.Dataset, options: Metrics) -> Array:
        force = Phase(VERTICAL, cycles, window, options).peak * GRAVITY_M_S2
        mass = number(cycles, "mass_kg")
        shorter = _sinking(cycles, window, options)
        if swept:
            leg = LEG_SHARE * number(cycles, "height_m")
            first, last = bounds(cycles, window, options)
            half = number(cycles, "speed_m_s") * (last - first) / 100.0 * duration_of(cycles) / 2
            shorter = shorter + leg - np.sqrt(np.where(half < leg, leg**2 - half**2, np.nan))
        return force * mass / 1000.0 / np.where(shorter > 0, shorter, np.nan)

    return stiffness


_LANDINGS = LANDINGS & where(lambda task: not task.asks("no_cut"))
_STIFF = "needs body mass; missing where the pelvis does not sink; the pelvis is taken as the centre of mass"
for _name, _title, _window, _tasks, _definition, _swept in (
    (
        "vertical_stiffness",
        "vertical stiffness",
        "stance",
        LEVEL_RUNNING,
        "largest vertical force of stance over the fall of the pelvis from foot strike to its lowest point",
        False,
    ),
    (
        "leg_stiffness",
        "leg stiffness",
        "stance",
        LEVEL_RUNNING,
        "largest vertical force of stance over the shortening of the leg: fall of the pelvis + L - sqrt(L² - (speed · contact time / 2)²), "
        f"with L = {LEG_SHARE:g} body heights",
        True,
    ),
    (
        "leg_stiffness",
        "leg stiffness",
        "contact",
        _LANDINGS,
        "largest vertical force of this foot over the fall of the pelvis from contact to its lowest point",
        False,
    ),
):
    metric(
        f"{_name}__value__{_window}",
        _stiffness(_window, swept=_swept),
        unit="kN m-1",
        title=_title,
        definition=_definition,
        positive="the leg is stiff",
        frame="lab, vertical",
        source="McMahon & Cheng 1990, J Biomech 23 Suppl 1:65; Farley & Gonzalez 1996, J Biomech 29:181",
        needs="ground_reaction",
        tasks=_tasks,
        person=("mass_kg", "height_m") if _swept else ("mass_kg",),
        validity=f"{PLATE}; {_STIFF}",
    )


metric(
    "pelvis_fall__value__contact",
    lambda cycles, options: _sinking(cycles, "contact", options),
    unit="m",
    title="vertical displacement of the pelvis",
    definition="height of the pelvis origin at foot contact less its smallest height during contact",
    positive="the pelvis sinks",
    frame="lab, vertical",
    source="travel of the pelvis origin, which is taken as the centre of mass",
    needs="distance",
    curve="pelvis_height",
)
metric(
    "squat_depth__value__cycle",
    lambda cycles, options: _sinking(cycles, "cycle", options),
    unit="m",
    title="squat depth",
    definition="height of the pelvis origin at the start of the repetition less its smallest height",
    positive="the pelvis sinks",
    frame="lab, vertical",
    source="travel of the pelvis; the depth in degrees is `knee_flexion__peak__cycle`",
    needs="distance",
    curve="pelvis_height",
    tasks=SQUATS,
)
