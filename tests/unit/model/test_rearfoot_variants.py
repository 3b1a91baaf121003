"""The rearfoot's axes by three foot models, on a calcaneus placed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.config import parse_config
from biomech.errors import TrialError
from biomech.geometry.rotations import unit
from biomech.model.frames import landmarks_and_frames
from biomech.model.markersets import load_markerset

# right heel, x forward, y up, z lateral, m; inner and outer points at different heights, heel line leaning inward
POINTS = {
    "CALD": [0.0, 0.02, 0.0], "CALP": [0.01, 0.06, -0.008], "ST": [0.05, 0.05, -0.025], "PT": [0.05, 0.04, 0.03],
    "B5": [0.11, 0.02, 0.03],
}  # fmt: skip


def axes(variant: str) -> np.ndarray:
    markerset = load_markerset("cast_lower_limb").with_rearfoot(variant)
    points = {name: np.array([place]) for name, place in POINTS.items()}
    return landmarks_and_frames(markerset, points, {})[1]["rearfoot"][0][0]


def test_each_model_takes_its_own_landmarks() -> None:
    p = {name: np.array(place) for name, place in POINTS.items()}
    middle = (p["ST"] + p["PT"]) / 2
    heel = (p["CALD"] + p["CALP"]) / 2
    amsterdam, rizzoli, oxford = (axes(name) for name in ("amsterdam", "rizzoli", "oxford"))
    np.testing.assert_allclose(axes("markerset"), amsterdam)
    np.testing.assert_allclose(amsterdam[:, 0], unit(middle - heel), atol=1e-12)
    # the heel line lies in the Amsterdam model's sagittal plane, the line of ST and PT in Rizzoli's transverse plane
    assert np.dot(amsterdam[:, 2], p["CALP"] - p["CALD"]) == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(rizzoli[:, 0], unit(middle - p["CALP"]), atol=1e-12)
    assert np.dot(rizzoli[:, 1], p["PT"] - p["ST"]) == pytest.approx(0, abs=1e-12)
    # the Oxford model's long axis is level
    assert oxford[1, 0] == pytest.approx(0, abs=1e-12)
    # what one model calls everted by the heel line, another reads from two points on either side of it
    tilt = [np.degrees(np.arcsin(one[1, 2])) for one in (amsterdam, rizzoli)]
    assert abs(tilt[0] - tilt[1]) > 5


def test_a_set_without_the_variant_says_which_it_has() -> None:
    with pytest.raises(TrialError, match="plug_in_gait defines no rearfoot 'rizzoli'"):
        load_markerset("plug_in_gait").with_rearfoot("rizzoli")
    assert parse_config({"subject": {"rearfoot": "rizzoli"}}).subject.rearfoot == "rizzoli"
