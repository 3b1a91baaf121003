"""Centre of mass of the body, of known places and masses."""

from __future__ import annotations

import numpy as np
import xarray as xr

from biomech.kinematics.body_centre import body_centre

SIDES, LEG = ["left", "right"], ["thigh", "shank_proximal", "foot"]
MASS = {"thigh": 9.0, "shank_proximal": 3.0, "foot": 1.0}


def made_up() -> tuple[xr.Dataset, xr.Dataset]:
    """One frame: each leg straight down, every centre of mass 0.2 m below its frame and 0.03 m lateral; the trunk leans by 0.1 m."""
    segments = ["pelvis", "trunk", *LEG]
    origin, com = np.zeros((1, 2, 5, 3)), np.full((2, 5, 3), np.nan)
    origin[0, :, 1] = (0.0, 1.4, 0.1)
    for i, out in enumerate((-1, 1)):
        origin[0, i, 2:] = [(0, 0.9, 0.1 * out), (0, 0.5, 0.1 * out), (0.05, 0.1, 0.1 * out)]
        com[i, 2:] = (0.0, -0.2, 0.03)
    centre = np.zeros((1, 2, 1, 3))
    centre[0, :, 0] = [(0, 0.9, -0.1), (0, 0.9, 0.1)]
    motion = xr.Dataset(
        {
            "origin": (("time", "side", "segment", "axis"), origin),
            "rotation": (("time", "side", "segment", "row", "column"), np.tile(np.eye(3), (1, 2, 5, 1, 1))),
            "joint_centre": (("time", "side", "joint", "axis"), centre),
        },
        coords={"side": SIDES, "segment": segments, "joint": ["hip"], "landmark": np.array([], dtype=object)},
    )
    mass = np.array([[np.nan, np.nan, *MASS.values()]] * 2)
    body = xr.Dataset(
        {"segment_mass": (("side", "segment"), mass), "segment_com": (("side", "segment", "axis"), com)},
        coords={"side": SIDES, "segment": segments},
        attrs={"mass_kg": 66.0},
    )
    return motion, body


def test_the_centre_is_the_weighted_mean_of_the_parts() -> None:
    motion, body = made_up()
    # above the legs: 40 kg at 0.626 of the way from (0, 0.9, 0) to (0, 1.4, 0.1)
    forward = 2 * 1.0 * 0.05 / 66.0
    up = (40 * (0.9 + 0.626 * 0.5) + 2 * (9 * 0.7 + 3 * 0.3 - 1 * 0.1)) / 66.0
    right = 40 * 0.626 * 0.1 / 66.0  # the legs mirror each other, their centres of mass too
    np.testing.assert_allclose(body_centre(motion, body), [[forward, up, right]], atol=1e-12)


def test_without_mass_or_trunk_there_is_none() -> None:
    motion, body = made_up()
    assert np.isnan(body_centre(motion, body.assign_attrs(mass_kg=np.nan))).all()
    assert np.isnan(body_centre(motion, body.sel(segment=["pelvis", *LEG]))).all()
    lost = motion.copy(deep=True)
    lost["origin"].loc[{"segment": "foot"}] = np.nan
    assert np.isnan(body_centre(lost, body)).all()
    no_trunk = motion.copy(deep=True)
    no_trunk["origin"].loc[{"segment": "trunk"}] = np.nan
    assert np.isnan(body_centre(no_trunk, body)).all()
