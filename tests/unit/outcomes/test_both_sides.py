"""Rows of both sides: which repetitions they have, what is in them, and what is not."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.outcomes.session import pairs_of_sides
from biomech.quantities import MEASURES
from tests.unit.outcomes.test_metrics_session import made_up, run, value


def squats(**coords):
    """Two repetitions: the right cycle of the second is missing."""
    cycles = made_up(
        ("double_leg_squat",) * 3, foot_off=np.nan, bottom=50.0, side=["left", "right", "left"], rep=[1, 1, 2], **coords
    )
    names = ["P01_pre_t_left_1", "P01_pre_t_right_1", "P01_pre_t_left_2"]
    distance = np.full((3, 101, len(MEASURES)), 0.2)
    distance[:, 50, list(MEASURES).index("knee_separation")] = 0.1
    return cycles.assign_coords(cycle=names, measure=list(MEASURES)).assign(
        distance=(("cycle", "percent", "measure"), distance)
    )


def test_only_repetitions_with_both_sides_have_a_row_of_both():
    left, right = pairs_of_sides(squats())
    assert left["cycle"].to_numpy().tolist() == ["P01_pre_t_left_1"]
    assert right["cycle"].to_numpy().tolist() == ["P01_pre_t_right_1"]
    strides = made_up(("walking",) * 2, side=["left", "right"], rep=[1, 1])
    assert pairs_of_sides(strides)[0].sizes["cycle"] == 0


def test_a_row_of_both_sides_has_the_metrics_of_both_sides_only():
    cycles = squats(start=[2.0, 1.9, 4.0])
    cycles["angle"].loc[{"cycle": "P01_pre_t_right_1", "quantity": "hip_adduction"}] -= 3
    out, _ = run(cycles)
    assert out["cycle"].to_numpy().tolist()[3:] == ["P01_pre_t_both_1"]
    assert out["side"].to_numpy().tolist() == ["left", "right", "left", "both"]
    assert float(out["start"][3]) == 1.9
    assert value(out, "knee_hip_separation_ratio__minimum__cycle", 3) == pytest.approx(0.5)
    assert value(out, "hip_adduction_left_minus_right__peak__cycle", 3) == pytest.approx(3)
    assert np.isnan(value(out, "hip_adduction__peak__cycle", 3))
    reason = out["reason"].sel(metric="hip_adduction__peak__cycle")
    assert str(reason[3].to_numpy()) == "not defined for both sides at once" and str(reason[0].to_numpy()) == ""
    alone = out["reason"].sel(metric="knee_hip_separation_ratio__minimum__cycle")
    assert set(alone[:3].to_numpy().tolist()) == {"not defined for one side alone"}
