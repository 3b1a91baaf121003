"""Time series of one side from which cycles are found; NaN where a trial does not have them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Array = NDArray[np.float64]

# angles that are a stored one the other way round
_OPPOSITE = {
    "knee_extension": "knee_flexion",
    "hip_extension": "hip_flexion",
    "hip_abduction": "hip_adduction",
    "hip_external_rotation": "hip_internal_rotation",
    "ankle_plantarflexion": "ankle_dorsiflexion",
}


def get_angle(kinematics: xr.Dataset, side: str, quantity: str) -> Array:
    """Return an angle's curve, degrees, shape (n,); all NaN if the trial does not have it."""
    if "angle" not in kinematics or quantity not in kinematics["quantity"].to_numpy():
        return np.full(kinematics.sizes["time"], np.nan)
    return kinematics["angle"].sel(side=side, quantity=quantity).to_numpy()


def get_movement(kinematics: xr.Dataset, side: str, name: str) -> Array:
    """Return the curve of an angle of `biomech.config.detection.RepetitionAngle`, degrees, shape (n,); NaN if the trial has none."""
    return -get_angle(kinematics, side, _OPPOSITE[name]) if name in _OPPOSITE else get_angle(kinematics, side, name)


def mean_of_both(left: Array, right: Array) -> Array:
    """Mean of two curves; where one is missing, the other moved by half their usual difference."""
    difference = left - right
    usual = float(np.median(difference[np.isfinite(difference)])) if np.isfinite(difference).any() else 0.0
    moved = np.stack([left - usual / 2, right + usual / 2])
    present = np.isfinite(moved)
    count = present.sum(axis=0)
    return np.where(count > 0, np.where(present, moved, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def get_pelvis_origin(kinematics: xr.Dataset) -> Array:
    """Pelvis origin, which both sides share; from whichever side has it. m, shape (n, 3)."""
    if "origin" not in kinematics or "pelvis" not in kinematics["segment"].to_numpy():
        return np.full((kinematics.sizes["time"], 3), np.nan)
    origin = kinematics["origin"].sel(segment="pelvis").transpose("side", "time", "axis").to_numpy()
    return np.where(np.isfinite(origin[0]), origin[0], origin[-1])


def get_ankle_height(kinematics: xr.Dataset, side: str) -> Array:
    """Return the height of an ankle centre, m, shape (n,); all NaN if the trial does not have it."""
    if "joint_centre" not in kinematics:
        return np.full(kinematics.sizes["time"], np.nan)
    return kinematics["joint_centre"].sel(side=side, joint="ankle", axis="y").to_numpy()


def get_landmark(kinematics: xr.Dataset, side: str, landmark: str) -> Array:
    """Return the position of a landmark, m, shape (n, 3); all NaN if the trial does not have it."""
    if "landmark_position" not in kinematics or landmark not in kinematics["landmark"].to_numpy():
        return np.full((kinematics.sizes["time"], 3), np.nan)
    return kinematics["landmark_position"].sel(side=side, landmark=landmark).transpose("time", "axis").to_numpy()


def get_stance_state(kinetics: xr.Dataset | None, side: str, n: int) -> Array:
    """Return the stance state of a foot (0 swing, 1 on a valid plate, 2 next to one), shape (n,); NaN without kinetics."""
    if kinetics is None or "contact" not in kinetics:
        return np.full(n, np.nan)
    return kinetics["contact"].sel(side=side).to_numpy().astype(float)


def other_side(side: str) -> str:
    """Return the opposite side."""
    return "left" if side == "right" else "right"
