"""Items of the Landing Error Scoring System that motion capture can score, of each leg and of both, with their sum and number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.outcomes import Metrics
from biomech.outcomes.families import Need, bounds, number, peak_knee_flexion, stored
from biomech.outcomes.registry import metric
from biomech.outcomes.windows import slice_window, value_at
from biomech.task_groups import BOTH_LEG_LANDINGS

Array = NDArray[np.float64]

KNEE_FLEXED_DEG, FOOT_TURNED_DEG, KNEE_BENDS_DEG = 30.0, 30.0, 45.0
_PADUA = "Padua 2009, Am J Sports Med 37:1996; wording of the items as Mauntel 2017, J Athl Train 52:1002, scores them"
NOT_SCORED = "joint displacement and overall impression (a rater's judgement)"


@dataclass(frozen=True)
class Item:
    """One item: an error (1) or none (0) in every cycle, NaN where it cannot be scored."""

    name: str
    title: str
    error: str
    needs: Need
    curve: str
    score: Callable[[xr.Dataset, Metrics], Array]


def _angle(cycles: xr.Dataset, name: str) -> Array:
    return stored(cycles, "angle", name)


def _at_contact(curve: Array) -> Array:
    return value_at(curve, np.zeros(len(curve)))


def _at_bottom(cycles: xr.Dataset, curve: Array, options: Metrics) -> Array:
    return value_at(curve, peak_knee_flexion(cycles, "contact", options))


def _largest(cycles: xr.Dataset, curve: Array, options: Metrics) -> Array:
    """Largest value from contact to peak knee flexion."""
    first, _ = bounds(cycles, "contact", options)
    return slice_window(curve, first, peak_knee_flexion(cycles, "contact", options)).peak()


def _once_down(cycles: xr.Dataset, measure: str) -> Array:
    """A distance when the heel comes down, and the whole foot stands."""
    return value_at(stored(cycles, "distance", measure), number(cycles, "heel_down_percent"))


def _error(value: Array, error: NDArray[np.bool_]) -> Array:
    return np.where(np.isfinite(value), error.astype(float), np.nan)


def _above(value: Array, limit: float) -> Array:
    with np.errstate(invalid="ignore"):
        return _error(value, value > limit)


def _at_most(value: Array, limit: float) -> Array:
    with np.errstate(invalid="ignore"):
        return _error(value, value <= limit)


def _flexes(name: str) -> Callable[[xr.Dataset, Metrics], Array]:
    def score(cycles: xr.Dataset, options: Metrics) -> Array:
        curve = _angle(cycles, name)
        return _at_most(_at_bottom(cycles, curve, options) - _at_contact(curve), 0.0)

    return score


def _lean(cycles: xr.Dataset, options: Metrics) -> Array:
    return _above(np.abs(_at_contact(_angle(cycles, "trunk_ipsilateral_lean"))), options.less_lean_deg)


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
        lambda c, _: _at_most(number(c, "heel_down_percent"), 0.0),
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
    Item(
        "wide_stance",
        "stance wider than the shoulders",
        "the whole foot stands outside of a line down from the tip of the shoulder once the heel is down",
        "distance",
        "first_metatarsal_outside_acromion",
        lambda c, _: _above(_once_down(c, "first_metatarsal_outside_acromion"), 0.0),
    ),
    Item(
        "narrow_stance",
        "stance narrower than the shoulders",
        "the whole foot stands inside of a line down from the tip of the shoulder once the heel is down",
        "distance",
        "fifth_metatarsal_inside_acromion",
        lambda c, _: _above(_once_down(c, "fifth_metatarsal_inside_acromion"), 0.0),
    ),
)


def _contacts_differ(left: xr.Dataset, right: xr.Dataset, options: Metrics) -> Array:
    """1 where the feet do not land at one time, or not both with the heel or both with the toes first."""
    apart = np.abs(number(left, "start") - number(right, "start"))
    heels = [_at_most(number(one, "heel_down_percent"), 0.0) for one in (left, right)]
    known = np.where(np.isfinite(heels).all(axis=0), apart, np.nan)
    return _error(known, (apart > options.less_contact_s) | (heels[0] != heels[1]))


def scores(cycles: xr.Dataset, options: Metrics, right: xr.Dataset | None = None) -> Array:
    """Return the scores of all items, shape (item, cycle): 1 error, 0 none, NaN not scored.

    With the right cycles of the same repetitions an item is an error where either leg makes it, as raters score it, and is
    not scored where neither leg makes it and one of them is not seen; the symmetry of the contacts is added.
    """
    found = np.stack([item.score(cycles, options) for item in ITEMS])
    if right is None:
        return found
    other = scores(right, options)
    either = np.where(np.fmax(found, other) == 1, 1.0, found + other)
    return np.concatenate([either, _contacts_differ(cycles, right, options)[None]])


def total(*cycles_and_options: Any) -> Array:
    """Sum of the errors of the items that could be scored, shape (cycle,); NaN without any."""
    found = _scores(*cycles_and_options)
    return np.where(np.isfinite(found).any(axis=0), np.nansum(found, axis=0), np.nan)


def count(*cycles_and_options: Any) -> Array:
    """Items that could be scored, shape (cycle,)."""
    return np.isfinite(_scores(*cycles_and_options)).sum(axis=0).astype(float)


def _scores(*cycles_and_options: Any) -> Array:
    *sides, options = cycles_and_options
    return scores(sides[0], options, *sides[1:])


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
        tasks=BOTH_LEG_LANDINGS,
        validity="missing where its curve or marker is missing" if _item.needs == "events" else "",
    )
metric(
    "less_asymmetric_contact__error__contact",
    _contacts_differ,
    unit="1",
    title="LESS item, symmetry of the contacts",
    definition="1 where one foot lands more than `metrics.less_contact_s` before the other, or one with the heel (or flat) and the other "
    "with the toes first, else 0",
    positive="1 is an error",
    frame="none",
    source=_PADUA,
    needs="events",
    tasks=BOTH_LEG_LANDINGS,
    validity="missing where a heel is not seen",
    both_sides=True,
)
for _legs, _of, _n in (("", "this leg", len(ITEMS)), ("_both_legs", "either leg", len(ITEMS) + 1)):
    for _name, _title, _definition, _function in (
        ("less_sum", "LESS items, sum of errors", f"errors of {_of} in the {_n} items that are scored", total),
        ("less_items_scored", "LESS items that were scored", f"how many of the {_n} items have a score", count),
    ):
        metric(
            f"{_name}{_legs}__value__contact",
            _function,
            unit="1",
            title=f"{_title}{', both legs' if _legs else ''}",
            definition=f"{_definition}; never scored: {NOT_SCORED}{'' if _legs else ', and of one leg the symmetry of the contacts'}",
            positive="more errors" if _function is total else "more items",
            frame="none",
            source=_PADUA,
            needs="events",
            tasks=BOTH_LEG_LANDINGS,
            validity="not the score of 17 items: compare it only where the same items were scored",
            both_sides=bool(_legs),
        )
