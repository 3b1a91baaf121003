"""Where subject parameters come from, in which unit, and in which order of trust."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.model.markersets import load_markerset
from biomech.model.parameters import collect, complete, disagreeing, from_processing, measure

GROUP = {
    "LKneeWidth": [102.0], "RKneeWidth": 104.0, "LLegLength": [830.0], "InterAsisDistance": [204.0], "RThighRotation": [-0.28],
    "LTibialTorsion": [0.0], "RLegLength": [0.0], "MarkerDiameter": [10.0], "Bodymass": [45.8], "Height": [1480.0],
    "LAsisTrocanterDistance": [80.0], "Name": ["text"], "Empty": [], "Pair": [1.0, 2.0],
}  # fmt: skip


def test_processing_is_converted_to_metres_and_radians() -> None:
    stored = from_processing(GROUP, {"left": "L", "right": "R"})
    assert stored["left"] == pytest.approx(
        {"knee_width": 0.102, "leg_length": 0.83, "tibial_torsion": 0.0, "asis_trochanter_distance": 0.08}
    )
    # a length of zero was never entered; an angle of zero is an angle
    assert stored["right"] == pytest.approx({"knee_width": 0.104, "thigh_rotation": -0.28})
    assert stored["body"] == pytest.approx(
        {"pelvis_width": 0.204, "marker_radius": 0.005, "mass": 45.8, "height": 1.48}
    )
    assert from_processing(None, {"left": "L"})["left"] == {}


def test_sheet_before_movement_file_before_static_before_markers() -> None:
    sides, body = collect(
        {"left_knee_width_m": 0.11, "inter_asis_distance_m": 0.21, "right_tibial_torsion_deg": 20.0},
        {
            "walk": {"LKneeWidth": 105, "RKneeWidth": 106},
            "static": {"RKneeWidth": 107, "LAnkleWidth": 60, "Bodymass": 50},
        },
        0.007,
    )
    assert (sides["left"].value["knee_width"], sides["left"].source["knee_width"]) == (0.11, "sheet")
    assert (sides["right"].value["knee_width"], sides["right"].source["knee_width"]) == (0.106, "C3D")
    assert sides["left"].value["ankle_width"] == 0.06 and "ankle_width" not in sides["right"].value
    assert sides["right"].value["pelvis_width"] == sides["left"].value["pelvis_width"] == 0.21
    # external torsion is positive in the sheet and negative in the conventional gait model
    assert sides["right"].value["tibial_torsion"] == pytest.approx(-np.radians(20))
    assert "tibial_torsion" not in sides["left"].value
    assert sides["left"].value["marker_radius"] == 0.007 and body == {"mass": 50.0}
    complete(sides, {"left": {"knee_width": 0.1, "leg_length": 0.8}, "right": {"leg_length": 0.9}})
    assert sides["left"].value["knee_width"] == 0.11
    assert sides["left"].value["leg_length_mean"] == pytest.approx(0.85)
    # 0.1288 * 800 - 48.56 mm (Davis et al. 1991)
    assert sides["left"].value["asis_trochanter_distance"] == pytest.approx(0.05448)


def test_lengths_are_measured_on_the_markers() -> None:
    points = {
        "ASI": (0, 1, 0.12), "ASI_opposite": (0, 1, -0.12), "PSI": (-0.16, 1, 0.05), "PSI_opposite": (-0.16, 1, -0.05),
        "MM": (0, 0.1, 0.12), "LM": (0, 0.1, 0.2), "LFE": (0, 0.5, 0.18), "MFE": (0, 0.5, 0.07),
    }  # fmt: skip
    arrays = {name: np.array([place], float) for name, place in points.items()}
    measured = measure(load_markerset("cast_lower_limb"), arrays, {}, 0.007)
    assert measured == pytest.approx(
        {"pelvis_width": 0.24, "pelvis_depth": 0.16, "leg_length": 0.9, "knee_width": 0.096, "ankle_width": 0.066}
    )


def test_movement_trials_that_store_different_values_are_named() -> None:
    groups = {"a": {"LKneeWidth": 100, "RKneeWidth": 100}, "b": {"LKneeWidth": 104, "RKneeWidth": 100}, "c": None}
    assert disagreeing(groups) == {"left knee_width": ["a 0.1", "b 0.104"]}
