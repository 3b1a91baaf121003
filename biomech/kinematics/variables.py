"""The variables of a trial's kinematics, made from markers, poses and angles."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech import schema
from biomech.geometry.mirror import to_right
from biomech.geometry.rotations import angular_velocity
from biomech.joints import CENTRE_CARRIER, STATIC_SUFFIX
from biomech.kinematics.angles import relative_to_static
from biomech.kinematics.measures import separation, side_distances
from biomech.kinematics.tracking import Markers, Poses
from biomech.model.markersets import MarkerSet
from biomech.quantities import MEASURES, OXFORD_QUANTITIES, QUANTITIES, SEPARATIONS

Array = NDArray[np.float64]


def marker_variables(markers: Markers) -> dict[str, Any]:
    """Return positions (time, marker, axis) in m, lab axes, and what was filled (time, marker)."""
    clean = xr.DataArray(markers.position, dims=("time", "marker", "axis"))
    filled = xr.DataArray(markers.filled.astype(np.int8), dims=("time", "marker"))
    return {
        "marker_clean": schema.with_contract_attrs(clean, "marker_clean"),
        "marker_filled": schema.with_contract_attrs(filled, "marker_filled"),
    }


def pose_variables(poses: dict[str, Poses], landmarks: list[str], rate_hz: float) -> dict[str, Any]:
    """Return segment poses, joint centres and landmarks of both sides, lab axes, m and degrees/s.

    Parameters
    ----------
    poses : mapping
        Side to poses, mirrored-right.
    landmarks : list of str
        Names along the dimension of landmarks.
    rate_hz : float
        Rate of the frames.
    """
    n = next(len(r) for one in poses.values() for r in one.rotation.values())
    sides, segments, joints = schema.SIDES, schema.SEGMENTS, schema.JOINT_CENTRES
    rotation = np.full((n, len(sides), len(segments), 3, 3), np.nan)
    origin = np.full((n, len(sides), len(segments), 3), np.nan)
    residual, spread = (np.full((n, len(sides), len(segments)), np.nan) for _ in range(2))
    centre = np.full((n, len(sides), len(joints), 3), np.nan)
    landmark = np.full((n, len(sides), len(landmarks), 3), np.nan)
    for i, side in enumerate(sides):
        one = poses.get(side, Poses())
        for j, segment in enumerate(segments):
            if segment in one.rotation:
                rotation[:, i, j] = to_right(side, one.rotation[segment], "rotation")
                origin[:, i, j] = to_right(side, one.origin[segment])
            residual[:, i, j] = one.residual.get(segment, np.nan)
            spread[:, i, j] = one.spread.get(segment, np.nan)
        for j, name in enumerate(joints):
            centre[:, i, j] = to_right(side, joint_centres(one).get(name, np.nan * np.ones(3)))
        carried = carried_landmarks(one)
        for j, name in enumerate(landmarks):
            landmark[:, i, j] = to_right(side, carried.get(name, np.nan * np.ones(3)))
    values = {
        "rotation": rotation,
        "origin": origin,
        "fit_residual": residual,
        "fit_condition": spread,
        "joint_centre": centre,
        "landmark_position": landmark,
        "angular_velocity": np.degrees(angular_velocity(rotation, rate_hz)),
    }
    return {
        name: schema.with_contract_attrs(xr.DataArray(value, dims=schema.VARIABLES[name].dims), name)
        for name, value in values.items()
    }


def angle_variable(
    angles: dict[str, dict[str, Array]],
    quantities: list[str],
    reference: dict[str, dict[str, float]],
    n_frames: int,
) -> xr.DataArray:
    """Return angles (time, side, quantity) in degrees, those against the static trial included.

    Parameters
    ----------
    angles : mapping
        Side -> quantity -> (n_frames,) array, degrees.
    quantities : list of str
        As `angle_names` gives them.
    reference : mapping
        Side -> quantity -> mean of the static trial, degrees.
    n_frames : int
    """
    out = np.full((n_frames, len(schema.SIDES), len(quantities)), np.nan)
    for i, side in enumerate(schema.SIDES):
        if side in angles:
            values = angles[side] | relative_to_static(angles[side], reference.get(side, {}))
            for k, name in enumerate(quantities):
                if name in values:
                    out[:, i, k] = values[name]
    return schema.with_contract_attrs(xr.DataArray(out, dims=("time", "side", "quantity")), "angle")


def distance_variable(
    poses: dict[str, Poses], markers: Markers, markerset: MarkerSet, direction: Array
) -> xr.DataArray:
    """Return the distances of `MEASURES` (time, side, measure) in m; `direction` (n, 3) is that of progression, lab axes."""
    out = np.full((len(direction), len(schema.SIDES), len(MEASURES)), np.nan)
    names = list(MEASURES)
    points = {
        side: _measured_landmarks(one, markers.for_side(markerset, side), markerset) for side, one in poses.items()
    }
    nowhere = np.full_like(direction, np.nan)
    for i, side in enumerate(schema.SIDES):
        if side in poses:
            pelvis = poses[side].rotation.get("pelvis", np.full((len(direction), 3, 3), np.nan))
            own = side_distances(points[side], pelvis, to_right(side, direction))
            out[:, i, [names.index(name) for name in own]] = np.stack(list(own.values()), axis=-1)
    for name, joint in SEPARATIONS.items():
        left, right = (to_right(side, points.get(side, {}).get(joint, nowhere)) for side in ("left", "right"))
        out[:, :, names.index(name)] = separation(right, left, direction)[:, None]
    return schema.with_contract_attrs(xr.DataArray(out, dims=("time", "side", "measure")), "distance")


def angle_names(angles: dict[str, dict[str, Array]]) -> list[str]:
    """Return the quantities of the trial's angles: the fixed ones, then those of the foot model that it has."""
    more = [name for name in OXFORD_QUANTITIES if any(name in one for one in angles.values())]
    return [*QUANTITIES, *more, *(name + STATIC_SUFFIX for name in more)]


def joint_centres(poses: Poses) -> dict[str, Array]:
    """Hip, knee and ankle centre of one side, each carried by the segment of `CENTRE_CARRIER`, mirrored-right."""
    out = {}
    for name, carrier in CENTRE_CARRIER.items():
        carried = poses.landmark.get(carrier, {})
        if name in carried:
            out[name] = carried[name]
    return out


def carried_landmarks(poses: Poses) -> dict[str, Array]:
    """Landmarks of one side; if several segments carry one, that of the segment that carries
    the joint centre, else the first in the order of segments."""
    out: dict[str, Array] = {}
    for segment in schema.SEGMENTS:
        for name, position in poses.landmark.get(segment, {}).items():
            out.setdefault(name, position)
    return out | joint_centres(poses)


def _measured_landmarks(poses: Poses, markers: dict[str, Array], markerset: MarkerSet) -> dict[str, Array]:
    """Landmarks of one side and its pelvis' origin; the navicular as its marker moves, for its segment hides the arch.

    A heel moves with the rearfoot and toes with the forefoot: the foot as one segment, fitted to both, shifts the foot's line at
    the knee by 2 mm while the heel everts by 6 degrees. It stands in where the part of the foot is not seen. (Angles and
    moments keep the foot as one segment: so do the programs whose results they are compared with.)
    """
    out: dict[str, Array] = {}
    for segment in schema.SEGMENTS:
        for name, position in poses.landmark.get(segment, {}).items():
            out[name] = np.where(np.isfinite(position), position, out.get(name, np.nan))
    out |= joint_centres(poses)
    if "pelvis" in poses.origin:
        out["pelvis"] = poses.origin["pelvis"]
    named = {name: marker for part in markerset.segments.values() for name, marker in part.landmarks.items()}
    if (marker := named.get("navicular")) in markers:
        out["navicular"] = markers[marker]
    return out
