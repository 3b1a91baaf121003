"""Items of the Landing Error Scoring System: one landing without an error, then one error at a time.

Every metric is ``less_..__error__contact``; the sum and the number of items are ``__value__contact``.
"""

import numpy as np
import pytest
import xarray as xr

from biomech.events.cycle_curves import QUANTITIES
from biomech.outcomes import METRICS
from biomech.outcomes.landing_errors import ITEMS
from biomech.quantities import MEASURES
from tests.unit.outcomes.test_metrics_session import PERCENT, made_up, run, value

# contact, peak knee flexion at 60 %, take-off
GOOD = {
    "knee_flexion": (35, 95, 20),
    "hip_flexion": (40, 80, 15),
    "hip_flexion__static": (35, 75, 10),
    "trunk_flexion": (15, 35, 10),
    "trunk_flexion__static": (14, 34, 9),
    "trunk_ipsilateral_lean": (1, 2, 1),
    "foot_progression_in": (-8, -10, -8),
}
FAR = {
    "knee_medial_to_second_toe": (-0.01, 0.03, 0.0),
    "knee_medial_to_first_metatarsal": (-0.04, -0.01, -0.03),
    "first_metatarsal_outside_acromion": (-0.05, -0.03, -0.03),
    "fifth_metatarsal_inside_acromion": (-0.04, -0.05, -0.05),
}
ERRORS = {
    "knee_flexion_at_contact": ({"knee_flexion": (29, 95, 20)}, {}),
    "hip_flexion_at_contact": ({"hip_flexion__static": (-1, 60, 0)}, {}),
    "trunk_flexion_at_contact": ({"trunk_flexion__static": (-2, 20, 0)}, {}),
    "knee_medial_at_contact": ({}, {"knee_medial_to_second_toe": (0.01, 0.03, 0.0)}),
    "lateral_trunk_lean_at_contact": ({"trunk_ipsilateral_lean": (-6, 0, 0)}, {}),
    "toe_out": ({"foot_progression_in": (-20, -31, -20)}, {}),
    "toe_in": ({"foot_progression_in": (31, 10, 0)}, {}),
    "knee_flexion_displacement": ({"knee_flexion": (35, 79, 20)}, {}),
    "hip_flexion_displacement": ({"hip_flexion": (60, 55, 15)}, {}),
    "trunk_flexion_displacement": ({"trunk_flexion": (20, 18, 10)}, {}),
    "medial_knee_displacement": ({}, {"knee_medial_to_first_metatarsal": (-0.04, 0.005, -0.03)}),
    "heel_first": ({}, {}),
    # when the heel is down, at 12 %: 4 mm outside, though 5 mm inside at contact
    "wide_stance": ({}, {"first_metatarsal_outside_acromion": (-0.005, 0.04, 0.04)}),
    "narrow_stance": ({}, {"fifth_metatarsal_inside_acromion": (0.03, 0.03, 0.03)}),
}


def landing(angles=None, distances=None, heel_down=12.0):
    cycles = made_up(("drop_vertical_jump",), foot_off=100.0, bottom=60.0, heel_down_percent=heel_down)
    line = lambda points: np.interp(PERCENT, [0, 60, 100], points)  # noqa: E731
    for name, points in (GOOD | (angles or {})).items():
        cycles["angle"].to_numpy()[0, :, QUANTITIES.index(name)] = line(points)
    table = np.full((1, 101, len(MEASURES)), np.nan)
    for name, points in (FAR | (distances or {})).items():
        table[0, :, list(MEASURES).index(name)] = line(points)
    return cycles.assign(distance=(("cycle", "percent", "measure"), table)).assign_coords(measure=list(MEASURES))


def errors_of(out: xr.Dataset) -> set[str]:
    return {item.name for item in ITEMS if value(out, f"less_{item.name}__error__contact") == 1}


def test_a_good_landing_has_no_error():
    out, _ = run(landing())
    assert errors_of(out) == set() and value(out, "less_sum__value__contact") == 0
    assert value(out, "less_items_scored__value__contact") == len(ITEMS) == 14


@pytest.mark.parametrize("name", list(ERRORS))
def test_one_error_at_a_time(name):
    out, _ = run(landing(*ERRORS[name], heel_down=0.0 if name == "heel_first" else 12.0))
    assert errors_of(out) == {name} and value(out, "less_sum__value__contact") == 1


def test_what_was_not_measured_is_not_scored():
    cycles = landing({"knee_flexion": (20, 50, 20)})
    for name in ("trunk_flexion", "trunk_flexion__static", "trunk_ipsilateral_lean"):
        cycles["angle"].to_numpy()[0, :, QUANTITIES.index(name)] = np.nan
    out, _ = run(cycles)
    assert value(out, "less_items_scored__value__contact") == 11 and value(out, "less_sum__value__contact") == 2
    assert np.isnan(value(out, "less_trunk_flexion_at_contact__error__contact"))
    assert all("less_" + item.name + "__error__contact" in METRICS for item in ITEMS) and set(ERRORS) == {
        i.name for i in ITEMS
    }


def both_legs(left: xr.Dataset, right: xr.Dataset, apart_s: float = 0.0) -> xr.Dataset:
    right = right.assign_coords(
        side=("cycle", ["right"]), cycle=["c_right"], start=right["start"] + apart_s, end=right["end"] + apart_s
    )
    return run(xr.concat([left, right], "cycle"))[0].isel(cycle=-1)


def test_of_both_legs_an_item_is_an_error_where_either_leg_makes_it():
    stiff, turned = landing(*ERRORS["knee_flexion_displacement"]), landing(*ERRORS["toe_out"])
    for left, right, errors in ((landing(), landing(), 0), (stiff, turned, 2), (stiff, stiff, 1)):
        out = both_legs(left, right)
        assert str(out["side"].to_numpy()) == "both"
        assert float(out["value"].sel(metric="less_sum_both_legs__value__contact")) == errors
        assert float(out["value"].sel(metric="less_items_scored_both_legs__value__contact")) == 15
        assert float(out["value"].sel(metric="less_asymmetric_contact__error__contact")) == 0


@pytest.mark.parametrize(("apart_s", "heels", "error"), [(0.03, (12, 12), 0), (0.05, (12, 12), 1), (0.0, (0, 12), 1)])
def test_contacts_are_symmetric_in_time_and_in_heel_or_toe(apart_s, heels, error):
    out = both_legs(landing(heel_down=float(heels[0])), landing(heel_down=float(heels[1])), apart_s)
    assert float(out["value"].sel(metric="less_asymmetric_contact__error__contact")) == error


def test_an_item_that_one_leg_lacks_is_scored_of_both_only_if_the_other_makes_the_error():
    for left_turn, scored in ((-20, 13), (-31, 14)):
        right = landing({"foot_progression_in": (np.nan, np.nan, np.nan)})
        out = both_legs(landing({"foot_progression_in": (-20, left_turn, -20)}), right)
        # turned in is not known of the right foot in either
        assert float(out["value"].sel(metric="less_items_scored_both_legs__value__contact")) == scored
