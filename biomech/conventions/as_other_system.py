"""Whole trials as another system would have stored them: ``LHipAngles``, ``RKneeMoment`` and their like."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.conventions.convert import angles_to, convention, moments_to, quantities_of
from biomech.geometry.mirror import to_right
from biomech.geometry.rotations import cardan, frame, transpose
from biomech.schema import SIDES

Array = NDArray[np.float64]


def angle_outputs(kinematics: xr.Dataset, name: str, ankle_sequence: str = "ZXY") -> xr.DataArray:
    """Angles of a trial in the convention of another system.

    Parameters
    ----------
    kinematics : Dataset
        One trial of the stage kinematics.
    name : str
        A key of `biomech.conventions.rules.CONVENTIONS`.
    ankle_sequence : {"ZXY", "ZYX"}
        `kinematics.ankle_sequence` of the config.

    Returns
    -------
    DataArray, dims (time, output, component)
        Degrees; outputs such as ``LKneeAngles``. Plug-in Gait also has ``LPelvisAngles``, read against its own
        progression axis, and ``LFootProgressAngles``.
    """
    rule = convention(name)
    values: dict[str, Array] = {}
    for side in SIDES:
        one = kinematics["angle"].sel(side=side)
        for joint, stem in rule.output.items():
            if joint != "pelvis":
                ours = one.sel(quantity=list(quantities_of(joint))).values
                values[f"{side[0].upper()}{stem}Angles"] = angles_to(name, joint, ours, side, ankle_sequence)
        if "pelvis" in rule.output:
            values |= _progression_outputs(kinematics, side)
    return _outputs(values, kinematics["time"].values, "degree")


def moment_outputs(kinetics: xr.Dataset, name: str) -> xr.DataArray:
    """Moments of a trial in the convention of another system.

    Parameters
    ----------
    kinetics : Dataset
        One trial of the stage kinetics.
    name : str
        A key of `biomech.conventions.rules.CONVENTIONS`.

    Returns
    -------
    DataArray, dims (time, output, component)
        Outputs such as ``LKneeMoment``, in the other system's unit (Plug-in Gait: N mm/kg).
    """
    rule = convention(name)
    values = {}
    for side in SIDES:
        one = kinetics["moment"].sel(side=side, frame=rule.moment_frame)
        for joint in rule.moment:
            ours = one.sel(quantity=list(quantities_of(joint))).values
            values[f"{side[0].upper()}{rule.output[joint]}Moment"] = moments_to(name, joint, ours, side)
    return _outputs(values, kinetics["time"].values, "N mm kg-1" if rule.moment_factor == 1000 else "N m kg-1")


def plug_in_gait_progression(pelvis_origin: Array) -> Array:
    """Direction of progression of Plug-in Gait: the horizontal lab axis along which the pelvis moved further.

    Parameters
    ----------
    pelvis_origin : ndarray, shape (n, 3)
        m, lab (y up); displacement from the first to the last frame that is not NaN.

    Returns
    -------
    ndarray, shape (3,)
        One of +-x, +-z; NaN without a pelvis.
    """
    seen = pelvis_origin[np.isfinite(pelvis_origin).all(axis=-1)]
    if not len(seen):
        return np.full(3, np.nan)
    way = (seen[-1] - seen[0]) * np.array([1.0, 0.0, 1.0])
    axis = int(np.argmax(np.abs(way)))
    return np.where(np.arange(3) == axis, np.where(way[axis] < 0, -1.0, 1.0), 0.0)


def _progression_outputs(kinematics: xr.Dataset, side: str) -> dict[str, Array]:
    """Pelvis (tilt first) and foot against Plug-in Gait's progression axis."""
    one = kinematics.sel(side=side)
    direction = plug_in_gait_progression(one["origin"].sel(segment="pelvis").values)
    walking = to_right(side, frame(np.array([0.0, 1.0, 0.0]), direction, "yx"), "rotation")
    pelvis, foot = (to_right(side, one["rotation"].sel(segment=s).values, "rotation") for s in ("pelvis", "foot"))
    tilt, obliquity, rotation = np.moveaxis(np.degrees(cardan(transpose(walking) @ pelvis, "ZXY")), -1, 0)
    # Plug-in Gait's foot has x up, y left, z backward in a progression frame x forward, y left, z up: Y-X-Z there.
    x, y, z = (transpose(walking) @ foot)[..., 0].T
    heading = -np.degrees(np.arcsin(np.clip(z, -1, 1)))
    pitch = np.degrees(np.arctan2(-x, -y))
    letter = side[0].upper()
    return {
        f"{letter}PelvisAngles": np.stack([-tilt, -obliquity, rotation], axis=-1),
        f"{letter}FootProgressAngles": np.stack([pitch, np.full_like(pitch, np.nan), heading], axis=-1),
    }


def _outputs(values: dict[str, Array], time: Array, units: str) -> xr.DataArray:
    stacked = np.stack(list(values.values()), axis=1)
    coords = {"time": time, "output": np.array(list(values), dtype=object), "component": [1, 2, 3]}
    return xr.DataArray(stacked, dims=("time", "output", "component"), coords=coords, attrs={"units": units})
