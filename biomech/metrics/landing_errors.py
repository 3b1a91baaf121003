"""Items of the Landing Error Scoring System that motion capture can score, per leg, with their sum and their number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.metrics.families import bounds, peak_knee_flexion, stored
from biomech.metrics.registry import Need, metric
from biomech.metrics.windows import cut, option, value_at

Array = NDArray[np.float64]

TASKS = ("drop_vertical_jump", "double_leg_drop_landing")
KNEE_FLEXED_DEG, FOOT_TURNED_DEG, KNEE_BENDS_DEG = 30.0, 30.0, 45.0
_PADUA = "Padua 2009, Am J Sports Med 37:1996; wording of the items as Mauntel 2017, J Athl Train 52:1002, scores them"
NOT_SCORED = (
    "stance width (needs the shoulders), symmetry of the contacts (it is of both legs), joint displacement and overall impression "
    "(a rater's judgement)"
)


@dataclass(frozen=True)
class Item:
    """One item: an error (1) or none (0) in every cycle, NaN where it cannot be scored."""

    name: str
    title: str
    error: str
    needs: Need
    curve: str
    score: Callable[[xr.Dataset, float], Array]


def _angle(cycles: xr.Dataset, name: str) -> Array:
    return stored(cycles, "angle", name)


def _at_contact(curve: Array) -> Array:
    return value_at(curve, np.zeros(len(curve)))


def _at_bottom(cycles: xr.Dataset, curve: Array, windows_ms: float) -> Array:
    return value_at(curve, peak_knee_flexion(cycles, "contact", windows_ms))


def _largest(cycles: xr.Dataset, curve: Array, windows_ms: float) -> Array:
    """Largest value from contact to peak knee flexion."""
    first, _ = bounds(cycles, "contact", windows_ms)
    return cut(curve, first, peak_knee_flexion(cycles, "contact", windows_ms)).peak()


def _error(value: Array, error: NDArray[np.bool_]) -> Array:
    return np.where(np.isfinite(value), error.astype(float), np.nan)


def _above(value: Array, limit: float) -> Array:
    with np.errstate(invalid="ignore"):
        return _error(value, value > limit)


def _at_most(value: Array, limit: float) -> Array:
    with np.errstate(invalid="ignore"):
        return _error(value, value <= limit)


def _flexes(name: str) -> Callable[[xr.Dataset, float], Array]:
    def score(cycles: xr.Dataset, windows_ms: float) -> Array:
        curve = _angle(cycles, name)
        return _at_most(_at_bottom(cycles, curve, windows_ms) - _at_contact(curve), 0.0)

    return score


def _lean(cycles: xr.Dataset, _: float) -> Array:
    return _above(np.abs(_at_contact(_angle(cycles, "trunk_ipsilateral_lean"))), option(cycles, "less_lean_deg"))


ITEMS = (
    Item(
        "knee_flexion_at_contact",
        "knee flexion at contact",
        f"the knee is flexed by less than {KNEE_FLEXED_DEG:g} degrees at contact",
        "angle",
        "knee_flexion",
        lambda c, _: _above(-_at_contact(_angle(c, "knee_flexion")), -KNEE_FLEXED_DEG),
    ),
    Item(
        "hip_flexion_at_contact",
        "hip flexion at contact",
        "the hip is flexed no more than in standing at contact (thigh in line with the trunk)",
        "angle",
        "hip_flexion__static",
        lambda c, _: _at_most(_at_contact(_angle(c, "hip_flexion__static")), 0.0),
    ),
    Item(
        "trunk_flexion_at_contact",
        "trunk flexion at contact",
        "the trunk leans forward no more than in standing at contact",
        "angle",
        "trunk_flexion__static",
        lambda c, _: _at_most(_at_contact(_angle(c, "trunk_flexion__static")), 0.0),
    ),
    Item(
        "heel_first",
        "foot at contact",
        "the foot lands flat or heel first: the heel is down at contact (`cycles.heel_down_m`)",
        "events",
        "",
        lambda c, _: _at_most(c.variables["heel_down_percent"].to_numpy().astype(float), 0.0),
    ),
    Item(
        "knee_medial_at_contact",
        "medial knee position at contact",
        "the knee is inside of the foot's line at contact",
        "distance",
        "knee_medial_to_second_toe",
        lambda c, _: _above(_at_contact(stored(c, "distance", "knee_medial_to_second_toe")), 0.0),
    ),
    Item(
        "lateral_trunk_lean_at_contact",
        "lateral trunk flexion at contact",
        "the trunk leans to a side by more than `metrics.less_lean_deg` at contact",
        "angle",
        "trunk_ipsilateral_lean",
        _lean,
    ),
    Item(
        "toe_out",
        "foot turned out",
        f"the foot is turned out by more than {FOOT_TURNED_DEG:g} degrees between contact and peak knee flexion",
        "angle",
        "foot_progression_in",
        lambda c, w: _above(_largest(c, -_angle(c, "foot_progression_in"), w), FOOT_TURNED_DEG),
    ),
    Item(
        "toe_in",
        "foot turned in",
        f"the foot is turned in by more than {FOOT_TURNED_DEG:g} degrees between contact and peak knee flexion",
        "angle",
        "foot_progression_in",
        lambda c, w: _above(_largest(c, _angle(c, "foot_progression_in"), w), FOOT_TURNED_DEG),
    ),
    Item(
        "knee_flexion_displacement",
        "knee flexion displacement",
        f"the knee bends by less than {KNEE_BENDS_DEG:g} degrees from contact to its peak",
        "angle",
        "knee_flexion",
        lambda c, w: _above(
            _at_contact(_angle(c, "knee_flexion")) - _at_bottom(c, _angle(c, "knee_flexion"), w), -KNEE_BENDS_DEG
        ),
    ),
    Item(
        "hip_flexion_displacement",
        "hip flexion displacement",
        "the hip is flexed no more at peak knee flexion than at contact",
        "angle",
        "hip_flexion",
        _flexes("hip_flexion"),
    ),
    Item(
        "trunk_flexion_displacement",
        "trunk flexion displacement",
        "the trunk leans forward no more at peak knee flexion than at contact",
        "angle",
        "trunk_flexion",
        _flexes("trunk_flexion"),
    ),
    Item(
        "medial_knee_displacement",
        "medial knee displacement",
        "the knee comes over or inside of the first metatarsal head between contact and peak knee flexion",
        "distance",
        "knee_medial_to_first_metatarsal",
        lambda c, w: _above(_largest(c, stored(c, "distance", "knee_medial_to_first_metatarsal"), w), 0.0),
    ),
)


def scores(cycles: xr.Dataset, windows_ms: float) -> Array:
    """Return the scores of all items, shape (item, cycle): 1 error, 0 none, NaN not scored."""
    return np.stack([item.score(cycles, windows_ms) for item in ITEMS])


def total(cycles: xr.Dataset, windows_ms: float) -> Array:
    """Sum of the errors of the items that could be scored, shape (cycle,); NaN without any."""
    found = scores(cycles, windows_ms)
    return np.where(np.isfinite(found).any(axis=0), np.nansum(found, axis=0), np.nan)


def number(cycles: xr.Dataset, windows_ms: float) -> Array:
    """Items that could be scored, shape (cycle,)."""
    return np.isfinite(scores(cycles, windows_ms)).sum(axis=0).astype(float)


for _item in ITEMS:
    metric(
        f"less_{_item.name}__error__contact",
        _item.score,
        unit="1",
        title=f"LESS item, {_item.title}",
        definition=f"1 where {_item.error}, else 0",
        positive="1 is an error",
        frame="as the curve that it is scored from",
        source=_PADUA,
        needs=_item.needs,
        curve=_item.curve,
        tasks=TASKS,
        validity="missing where its curve or marker is missing" if _item.needs == "events" else "",
    )
for _name, _title, _definition, _function in (
    ("less_sum", "LESS items, sum of errors", f"errors of this leg in the {len(ITEMS)} items that are scored", total),
    ("less_items_scored", "LESS items that were scored", f"how many of the {len(ITEMS)} items have a score", number),
):
    metric(
        f"{_name}__value__contact",
        _function,
        unit="1",
        title=_title,
        definition=f"{_definition}; never scored: {NOT_SCORED}",
        positive="more errors" if _function is total else "more items",
        frame="none",
        source=_PADUA,
        needs="events",
        tasks=TASKS,
        validity="not the score of 17 items: compare it only where the same items were scored",
    )
