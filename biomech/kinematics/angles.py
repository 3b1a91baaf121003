"""Joint and segment angles of one side in the right-leg world (z lateral), in degrees.

The left side is mirrored before it comes here. Poses are dicts from segment name to rotation matrices with time first;
a segment that is absent or NaN gives NaN angles.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rotations import cardan, frame, transpose, unwrap_nan
from biomech.joints import JOINTS, SEGMENT_ANGLES, STATIC_SUFFIX, Joint
from biomech.model.knee_axis import least_varus_turn
from biomech.quantities import BASE_QUANTITIES

Array = NDArray[np.float64]

_UP = np.array([0.0, 1.0, 0.0])


def progression_frame(direction: ArrayLike) -> Array:
    """Axes of the progression frame: x along the horizontal `direction`, y up, z to the right.

    Parameters
    ----------
    direction : array_like, shape (..., 3)
        Direction of progression in lab axes; its vertical part is ignored.

    Returns
    -------
    ndarray, shape (..., 3, 3)
    """
    direction = np.asarray(direction, float)
    return frame(np.broadcast_to(_UP, direction.shape), direction, "yx")


def joint_angles(joint: Joint, proximal: ArrayLike, distal: ArrayLike, ankle_sequence: str = "ZXY") -> dict[str, Array]:
    """Angles of one row of the joint table.

    Parameters
    ----------
    joint : Joint
    proximal, distal : array_like, shape (n, ..., 3, 3)
        Mirrored-right segment axes in the (mirrored) lab.
    ankle_sequence : {"ZXY", "ZYX"}
        Sequence of the rows that leave it open.

    Returns
    -------
    dict of str to ndarray, shape (n, ...)
        Degrees. Joints are continuous over time (unwrapped over gaps, each curve's median within (-180, 180]); the
        middle angle of the sequence and all angles of segments in the progression frame lie within +-180.
    """
    sequence = joint.sequence_of(ankle_sequence)
    angles = np.degrees(cardan(transpose(proximal) @ np.asarray(distal, float), sequence))
    # The progression direction may jump between declared windows, so segment angles are not unwrapped over it.
    if joint.proximal != "progression":
        angles = unwrap_nan(angles, axis=0, period=360.0)
    return {c.quantity: c.sign * angles[..., sequence.index(c.axis)] for c in joint.components}


def foot_progression(foot: ArrayLike, progression: ArrayLike) -> Array:
    """Foot progression angle, toe-in positive.

    Parameters
    ----------
    foot, progression : array_like, shape (..., 3, 3)
        Axes of the foot and of the progression frame, mirrored-right.

    Returns
    -------
    ndarray, shape (...)
        Degrees in (-180, 180]: heading of the foot's long axis (x) seen from above, towards the other leg.
    """
    axis = np.einsum("...ji,...j->...i", np.asarray(progression, float), np.asarray(foot, float)[..., 0])
    return np.degrees(np.arctan2(-axis[..., 2], axis[..., 0]))


def foot_progression_cardan(foot: ArrayLike, progression: ArrayLike) -> Array:
    """Foot progression angle as Plug-in Gait and published norms have it, toe-in positive.

    The middle angle of the Cardan sequence that turns the progression frame into the foot: how far the foot's long axis leans out
    of the vertical plane of progression. It is that of `foot_progression` where the foot is level, and smaller the more it points
    down. Sixteen recorded walks of 9 people (Plug-in Gait `FootProgressAngles`) agree to 1e-4 degree, see docs/statistics.md.

    Parameters
    ----------
    foot, progression : array_like, shape (..., 3, 3)
        Axes of the foot and of the progression frame, mirrored-right.

    Returns
    -------
    ndarray, shape (...)
        Degrees, -90 to 90.

    References
    ----------
    Vicon, Plug-in Gait Reference Guide, angle outputs (progression angles are YXZ Cardan angles of the progression frame).
    """
    axis = np.einsum("...ji,...j->...i", np.asarray(progression, float), np.asarray(foot, float)[..., 0])
    return np.degrees(np.arcsin(np.clip(-axis[..., 2], -1.0, 1.0)))


def fppa(hip: ArrayLike, knee: ArrayLike, ankle: ArrayLike, axes: ArrayLike) -> Array:
    """Frontal plane projection angle, valgus positive (the knee medial to the line from hip to ankle).

    180 degrees minus the angle between thigh and shank, seen along the x axis of a frame: the direction of progression,
    the heading of the pelvis or that of the foot.

    Parameters
    ----------
    hip, knee, ankle : array_like, shape (..., 3)
        Joint centres, mirrored-right.
    axes : array_like, shape (..., 3, 3)
        Columns forward, up, lateral of the frame, mirrored-right.

    Returns
    -------
    ndarray, shape (...)
        Degrees.

    References
    ----------
    Herrington & Munro 2010, Phys Ther Sport 11:56 (two-dimensional definition from video).
    """
    knee = np.asarray(knee, float)
    axes = np.asarray(axes, float)
    thigh = np.einsum("...ji,...j->...i", axes, np.asarray(hip, float) - knee)
    shank = np.einsum("...ji,...j->...i", axes, np.asarray(ankle, float) - knee)
    return np.degrees(np.arctan2(thigh[..., 2], thigh[..., 1]) + np.arctan2(shank[..., 2], -shank[..., 1]))


def internal_rotation(segment: ArrayLike, progression: ArrayLike) -> Array:
    """Rotation of a thigh or shank about the vertical, against the direction of progression; front inward positive.

    Parameters
    ----------
    segment, progression : array_like, shape (..., 3, 3)
        Axes of the segment and of the progression frame, mirrored-right.

    Returns
    -------
    ndarray, shape (...)
        Degrees in (-180, 180]: heading of the segment's lateral axis seen from above, the first angle of the sequence
        rotation, obliquity, tilt (Baker 2001, Gait Posture 13:1), which a flexed thigh does not disturb.
    """
    axis = np.einsum("...ji,...j->...i", np.asarray(progression, float), np.asarray(segment, float)[..., 2])
    return np.degrees(np.arctan2(axis[..., 0], axis[..., 2]))


def medial_lean_from_foot(knee: ArrayLike, ankle: ArrayLike, foot_heading: ArrayLike) -> Array:
    """Angle of the shank against the vertical plane through the foot's line; the knee inside of it is positive.

    Parameters
    ----------
    knee, ankle : array_like, shape (..., 3)
        Joint centres, mirrored-right.
    foot_heading : array_like, shape (..., 3, 3)
        Columns along the foot's line (horizontal), up, lateral, mirrored-right.

    Returns
    -------
    ndarray, shape (...)
        Degrees in [-90, 90].
    """
    shank = np.asarray(knee, float) - np.asarray(ankle, float)
    outward = np.einsum("...i,...i->...", np.asarray(foot_heading, float)[..., 2], shank)
    return -np.degrees(np.arcsin(np.clip(outward / np.linalg.norm(shank, axis=-1), -1, 1)))


def eversion_floor(rearfoot: ArrayLike) -> Array:
    """Eversion of the rearfoot against the floor, not the shank: what the foot itself does.

    Parameters
    ----------
    rearfoot : array_like, shape (..., 3, 3)
        Axes of the rearfoot, mirrored-right.

    Returns
    -------
    ndarray, shape (...)
        Degrees in [-90, 90]: rise of the lateral axis above the level, the obliquity of the sequence rotation, obliquity,
        tilt (Baker 2001, Gait Posture 13:1); neither the foot's heading nor a heel that rises about that axis changes it.
    """
    return np.degrees(np.arcsin(np.clip(np.asarray(rearfoot, float)[..., 1, 2], -1, 1)))


def adduction_of_line(hip: ArrayLike, knee: ArrayLike, pelvis: ArrayLike) -> Array:
    """Hip adduction of the line between two joint centres: that of a thigh whose long axis the line is.

    Parameters
    ----------
    hip, knee : array_like, shape (..., 3)
        Joint centres, mirrored-right.
    pelvis : array_like, shape (..., 3, 3)
        Axes of the pelvis, mirrored-right.

    Returns
    -------
    ndarray, shape (...)
        Degrees in [-90, 90]: the middle angle of the sequence ZXY, which the rotation about the long axis does not enter.
    """
    axis = np.asarray(hip, float) - np.asarray(knee, float)
    outward = np.einsum("...i,...i->...", np.asarray(pelvis, float)[..., 2], axis)
    return np.degrees(np.arcsin(np.clip(outward / np.linalg.norm(axis, axis=-1), -1, 1)))


def pronation_index(angles: Mapping[str, Array]) -> Array:
    """Sum of the three components of pronation of the rearfoot against the distal shank, degrees.

    ``rearfoot_eversion - rearfoot_internal_rotation + rearfoot_dorsiflexion``: eversion, abduction and dorsiflexion.
    It is not an angle about an axis; the components are stored next to it.
    """
    return angles["rearfoot_eversion"] - angles["rearfoot_internal_rotation"] + angles["rearfoot_dorsiflexion"]


def side_angles(
    rotations: Mapping[str, Array],
    points: Mapping[str, Array],
    direction: ArrayLike,
    ankle_sequence: str = "ZXY",
) -> dict[str, Array]:
    """All angles of one side.

    Parameters
    ----------
    rotations : mapping of str to ndarray, shape (n, 3, 3)
        Mirrored-right axes of the segments that exist.
    points : mapping of str to ndarray, shape (n, 3)
        Mirrored-right joint centres ``hip``, ``knee``, ``ankle``, the knee centre as the shank carries it
        (``knee_of_shank``) and landmarks ``heel``, ``toe`` that exist.
    direction : array_like, shape (n, 3)
        Mirrored-right direction of progression.
    ankle_sequence : {"ZXY", "ZYX"}

    Returns
    -------
    dict of str to ndarray, shape (n,)
        Every quantity of `BASE_QUANTITIES`, degrees; NaN where something is missing.
    """
    axes = progression_frame(direction)
    n = len(axes)
    missing = np.full((n, 3, 3), np.nan)
    nowhere = np.full((n, 3), np.nan)
    poses = {"progression": axes, **rotations}
    out: dict[str, Array] = {}
    for joint in (*SEGMENT_ANGLES, *JOINTS):
        proximal, distal = poses.get(joint.proximal, missing), poses.get(joint.distal, missing)
        out |= joint_angles(joint, proximal, distal, ankle_sequence)
    out["foot_progression_in"] = foot_progression(poses.get("foot", missing), axes)
    out["foot_progression_in_cardan"] = foot_progression_cardan(poses.get("foot", missing), axes)
    for segment, name in (("thigh", "thigh"), ("shank_proximal", "shank")):
        out[f"{name}_internal_rotation"] = internal_rotation(poses.get(segment, missing), axes)
    hip, knee, ankle, heel, toe = (points.get(name, nowhere) for name in ("hip", "knee", "ankle", "heel", "toe"))
    pelvis, foot = progression_frame(poses.get("pelvis", missing)[..., 0]), progression_frame(toe - heel)
    for name, plane in (("fppa", axes), ("fppa_pelvis", pelvis), ("fppa_foot", foot)):
        out[name] = fppa(hip, knee, ankle, plane)
    out["shank_medial_lean_from_foot"] = medial_lean_from_foot(knee, ankle, foot)
    out["rearfoot_eversion_floor"] = eversion_floor(poses.get("rearfoot", missing))
    by_shank = points.get("knee_of_shank", nowhere)
    out["hip_adduction_by_shank"] = adduction_of_line(hip, by_shank, poses.get("pelvis", missing))
    out["foot_pronation_index"] = pronation_index(out)
    return {quantity: out[quantity] for quantity in BASE_QUANTITIES}


def relative_to_static(angles: Mapping[str, Array], static: Mapping[str, float]) -> dict[str, Array]:
    """Angles minus their mean in the static trial, under their own names.

    Parameters
    ----------
    angles : mapping of str to ndarray, shape (n,)
        Degrees.
    static : mapping of str to float
        Mean of each quantity in the static trial, degrees; absent or NaN gives NaN.

    Returns
    -------
    dict of str to ndarray
        ``<quantity>__static``; the median of each lies within +-180 degrees.
    """
    out = {}
    for quantity, values in angles.items():
        difference = values - static.get(quantity, np.nan)
        finite = difference[np.isfinite(difference)]
        turns = np.round(np.median(finite) / 360.0) if finite.size else 0.0
        out[quantity + STATIC_SUFFIX] = difference - 360.0 * turns
    return out


def gimbal_frames(angles: Mapping[str, Array], limit_deg: float, ankle_sequence: str = "ZXY") -> dict[str, int]:
    """Number of frames in which the middle angle of a sequence lies beyond `limit_deg`, per joint with any."""
    out = {}
    for joint in (*SEGMENT_ANGLES, *JOINTS):
        middle = joint.sequence_of(ankle_sequence)[1]
        quantity = next(c.quantity for c in joint.components if c.axis == middle)
        count = int((np.abs(angles[quantity]) > limit_deg).sum())
        if count:
            out[joint.name] = count
    return out


def cross_talk(thigh: ArrayLike, shank: ArrayLike) -> tuple[float, float, float]:
    """Knee axis check: how much of the knee's frontal angle is flexion seen from a turned thigh.

    Parameters
    ----------
    thigh, shank : array_like, shape (n, 3, 3)
        Mirrored-right axes, of frames from one or more movements; NaN frames are left out.

    Returns
    -------
    r_squared : float
        Squared correlation of knee abduction with knee flexion over 10 to 70 degrees of flexion.
    span_deg : float
        Range of knee abduction there, 2nd to 98th percentile.
    offset_deg : float
        Turn of the thigh frame about its long axis, within +-30 degrees, that makes the variance of knee abduction
        least; positive turns the thigh's x medially. All NaN with fewer than 50 frames or less than 20 degrees of
        flexion.

    References
    ----------
    Schache et al. 2006, Gait Posture 24:100; Baudet et al. 2014, PLoS One 9:e102098.
    """
    relative = transpose(thigh) @ np.asarray(shank, float)
    a, b, _ = np.moveaxis(np.degrees(cardan(relative, "ZXY")), -1, 0)
    with np.errstate(invalid="ignore"):
        used = (-a >= 10.0) & (-a <= 70.0)
    if used.sum() < 50 or np.ptp(a[used]) < 20.0:
        return np.nan, np.nan, np.nan
    a, b = a[used], b[used]
    span = float(np.diff(np.percentile(b, [2, 98]))[0])
    r = np.corrcoef(a, b)[0, 1] if b.std() > 0 else 0.0
    best = least_varus_turn(thigh, shank, np.radians(10.0), np.radians(70.0))
    return float(r**2), span, float(np.degrees(best))
