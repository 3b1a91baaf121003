"""Angles of the Oxford Foot Model as the reference computes them (`kinematics.foot_model: oxford`)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.geometry.mirror import to_right
from biomech.geometry.rotations import cardan, rotate, transpose, unwrap_nan
from biomech.joints import ARCH, OXFORD_TRIPLES
from biomech.kinematics.tracking import Markers, SideModel
from biomech.model.joint_centres import davis
from biomech.model.markersets import MarkerSet
from biomech.model.oxford_foot import (
    HIP_BETA_RAD,
    HIP_THETA_RAD,
    LANDMARK_CARRIER,
    arch_height,
    recognise_runs,
    segments,
    stabilised,
    tibia,
)
from biomech.quantities import OXFORD_QUANTITIES
from biomech.schema import SIDES

Array = NDArray[np.float64]


def oxford_foot(
    points: Mapping[str, Array],
    pelvis: tuple[Array, Array],
    parameters: Mapping[str, float],
    other: Mapping[str, float],
    heel_runs: int = 1,
) -> dict[str, Array]:
    """All outputs of the foot model for one side.

    Parameters
    ----------
    points : mapping
        Markers, arrays (n, 3), mirrored-right, m.
    pelvis : tuple of ndarray
        Rotation (n, 3, 3) and origin (n, 3) of the conventional pelvis, mirrored-right.
    parameters, other : mapping
        Subject parameters of this and the other side (the foot model's tibia uses the mean widths of both).
    heel_runs : int
        See `biomech.model.oxford_foot.stabilised`.

    Returns
    -------
    dict
        `OXFORD_QUANTITIES` to arrays (n,); degrees, the arch height index in percent of foot length; NaN where missing.
    """
    n = len(pelvis[1])
    out = {name: np.full(n, np.nan) for name in OXFORD_QUANTITIES}
    landmarks = {
        name: np.array([parameters[key] for key in landmark_names(name)])
        for name in LANDMARK_CARRIER
        if set(landmark_names(name)) <= set(parameters)
    }
    markers = stabilised(points, heel_runs)
    rotations, carried = segments(markers, landmarks, parameters["marker_radius"])
    needed = {"leg_length_mean", "asis_trochanter_distance", "pelvis_width", "knee_width", "ankle_width"}
    if needed <= set(parameters) and {"THI", "KNE", "TIB", "ANK"} <= set(points):
        centre = davis(parameters, HIP_THETA_RAD, HIP_BETA_RAD)
        offsets = [
            (parameters[name] + other.get(name, parameters[name])) / 4 + parameters["marker_radius"]
            for name in ("knee_width", "ankle_width")
        ]
        rotations |= tibia(points, pelvis[1] + rotate(pelvis[0], centre), *offsets)
    for (proximal, distal), names in OXFORD_TRIPLES.items():
        if proximal in rotations and distal in rotations:
            angles = np.degrees(cardan(transpose(rotations[proximal]) @ rotations[distal], "ZYX"))
            for name, values in zip(names, np.moveaxis(unwrap_nan(angles, axis=0, period=360.0), -1, 0), strict=True):
                if name:
                    out[name] = values
    length = parameters.get("oxford_foot_length", np.nan)
    if {"P1Mlat", "D1Mlat"} <= set(carried) and {"P1M", "D5M", "P5M"} <= set(markers):
        out[ARCH] = 100 * arch_height(markers, carried) / length
    return out


def of_trial(
    data: xr.Dataset,
    markers: Markers,
    markerset: MarkerSet,
    models: Mapping[str, SideModel],
    pelvis: Mapping[str, tuple[Array, Array]],
) -> dict[str, dict[str, Array]]:
    """Outputs of every side of a trial that has a pelvis; see `oxford_foot`.

    Parameters
    ----------
    data : Dataset
        The trial's raw dataset: a stored stabilised heel (HE1) shows how often the reference ran.
    markers : Markers
    markerset : MarkerSet
    models : mapping of side to SideModel
    pelvis : mapping of side to (rotation, origin)
        Mirrored-right.
    """
    labels = data["marker"].values.tolist()
    out = {}
    for side in SIDES:
        if side not in models or side not in pelvis:
            continue
        points = markers.for_side(markerset, side)
        heel = f"{markerset.sides[side]}HE1"
        runs = 1
        if heel in labels:
            runs = recognise_runs(points, to_right(side, data["marker_position"].sel(marker=heel).values))
        other = models.get(SIDES[1 - SIDES.index(side)])
        out[side] = oxford_foot(
            points, pelvis[side], models[side].parameters, other.parameters if other else {}, heel_runs=runs
        )
    return out


def landmark_names(landmark: str) -> tuple[str, str, str]:
    """Subject parameters that hold a landmark of the foot model: its place in its technical frame, m."""
    return f"oxford_{landmark.lower()}_x", f"oxford_{landmark.lower()}_y", f"oxford_{landmark.lower()}_z"
