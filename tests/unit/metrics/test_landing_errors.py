"""Items of the Landing Error Scoring System: one landing without an error, then one error at a time.

Every metric is ``less_..__error__contact``; the sum and the number of items are ``__value__contact``.
"""

import numpy as np
import pytest
import xarray as xr

from biomech.cycles.curves import QUANTITIES
from biomech.kinematics.measures import MEASURES
from biomech.metrics import METRICS
from biomech.metrics.landing_errors import ITEMS
from tests.unit.metrics.test_metrics_session import PERCENT, made_up, run, value

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
FAR = {"knee_medial_to_second_toe": (-0.01, 0.03, 0.0), "knee_medial_to_first_metatarsal": (-0.04, -0.01, -0.03)}
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
    assert value(out, "less_items_scored__value__contact") == len(ITEMS) == 12


@pytest.mark.parametrize("name", list(ERRORS))
def test_one_error_at_a_time(name):
    out, _ = run(landing(*ERRORS[name], heel_down=0.0 if name == "heel_first" else 12.0))
    assert errors_of(out) == {name} and value(out, "less_sum__value__contact") == 1


def test_what_was_not_measured_is_not_scored():
    cycles = landing({"knee_flexion": (20, 50, 20)})
    for name in ("trunk_flexion", "trunk_flexion__static", "trunk_ipsilateral_lean"):
        cycles["angle"].to_numpy()[0, :, QUANTITIES.index(name)] = np.nan
    out, _ = run(cycles)
    assert value(out, "less_items_scored__value__contact") == 9 and value(out, "less_sum__value__contact") == 2
    assert np.isnan(value(out, "less_trunk_flexion_at_contact__error__contact"))
    assert all("less_" + item.name + "__error__contact" in METRICS for item in ITEMS) and set(ERRORS) == {
        i.name for i in ITEMS
    }
