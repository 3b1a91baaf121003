"""Balance on one leg, against motions whose margin and path are known in closed form."""

import numpy as np
import pytest
import xarray as xr

from biomech.events.balance import balance_values, lateral_margin, path_length
from biomech.events.repetitions import Repetition

G, RATE = 9.80665, 200.0


def test_margin_of_a_still_and_of_a_moving_body():
    border, centre, side = np.array([[0, 0.0, 0.1]]), np.array([[0, 1.0, 0.04]]), np.array([[0, 0, 1.0]])
    assert lateral_margin(centre, np.zeros((1, 3)), border, side)[0] == pytest.approx(0.06)
    # 0.1 m/s outward of a pendulum of 1 m: the extrapolated centre is 0.1 / sqrt(9.81) farther out
    moving = lateral_margin(centre, np.array([[0.5, 0.2, 0.1]]), border, side)[0]
    assert moving == pytest.approx(0.06 - 0.1 / np.sqrt(G))


@pytest.mark.parametrize(("side", "out"), [("right", 1.0), ("left", -1.0)])
def test_a_body_that_sways_as_an_inverted_pendulum(side, out):
    """Sway A sin(wt) about a middle m: x + v / w0 has the amplitude A sqrt(1 + (w / w0)^2)."""
    time = np.arange(0, 4, 1 / RATE)
    sway, w, height = 0.02, 2 * np.pi * 0.5, 0.95
    centre = np.stack([0 * time, height + 0 * time, out * (0.03 + sway * np.sin(w * time))], axis=-1)
    border = np.tile([0.1, 0.0, out * 0.12], (len(time), 1))
    angle = np.linspace(0, 4 * np.pi, len(time))
    pressure = np.stack([0.02 * np.cos(angle), 0 * angle, 0.01 * np.sin(angle)], axis=-1)
    sides = ["left", "right"]
    motion = xr.Dataset(
        {
            "origin": (("time", "side", "segment", "axis"), np.stack([centre] * 2, 1)[:, :, None]),
            "landmark_position": (("time", "side", "landmark", "axis"), np.stack([border] * 2, 1)[:, :, None]),
            "progression": (("time", "axis"), np.tile([1.0, 0, 0], (len(time), 1))),
        },
        coords={"time": time, "side": sides, "segment": ["pelvis"], "landmark": ["fifth_metatarsal_head"]},
        attrs={"rate_hz": RATE},
    )
    force = xr.Dataset(
        {"centre_of_pressure": (("time", "side", "axis"), np.stack([pressure] * 2, 1))}, coords={"side": sides}
    )
    found = balance_values(motion, force, [Repetition(side, 1, 0.5, 3.4)], [(0.5, 3.4)])
    amplitude = sway * np.sqrt(1 + w**2 * height / G)
    assert found["margin_of_stability_m"][0] == pytest.approx(0.12 - 0.03 - amplitude, abs=1e-4)
    assert found["pressure_range_ap_m"][0] == pytest.approx(0.04, abs=1e-4)
    assert found["pressure_range_ml_m"][0] == pytest.approx(0.02, abs=1e-4)
    missing = balance_values(motion, None, [Repetition(side, 1, 0.5, 3.4)], [(0.5, np.nan)])
    assert all(np.isnan(values).all() for values in missing.values())


def test_length_of_a_path():
    turn = np.linspace(0, 2 * np.pi, 20001)
    circle = np.stack([0.05 * np.cos(turn), np.full_like(turn, 3.0), 0.05 * np.sin(turn)], axis=-1)
    assert path_length(circle) == pytest.approx(2 * np.pi * 0.05, rel=1e-6)
