"""Axis of the knee from movement, and the turn of the thigh frame that follows from it.

Kernels only; `model.functional_trials` reads the trials. Poses of both segments may be given in any frames fixed to them: the
result is in those frames. Frames with a NaN are left out. All lengths in m.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rotations import cardan, rotation_y, transpose
from biomech.model.functional import complete

Array = NDArray[np.float64]
MAX_TURN_RAD = np.radians(30.0)


class Axis(NamedTuple):
    """An axis of rotation.

    Attributes
    ----------
    proximal, distal : ndarray (3,)
        Unit vectors in the frames of both segments.
    point_proximal, point_distal : ndarray (3,)
        The axis' nearest points to the origins of both frames.
    quality : float
        Smallest singular value over the mean of the two before it: 0 for a perfect hinge, 1 for no hinge at all.
    range_rad : float
        Extent of the rotation about the axis.
    n_frames : int
    """

    proximal: Array
    distal: Array
    point_proximal: Array
    point_distal: Array
    quality: float
    range_rad: float
    n_frames: int


def sara(
    proximal_rotation: ArrayLike, proximal_origin: ArrayLike, distal_rotation: ArrayLike, distal_origin: ArrayLike
) -> Axis:
    """Symmetrical axis of rotation analysis.

    The direction that moves least in both segments is the last right singular vector of ``[R_i, -R_j]``; the point comes from
    the minimum-norm solution with the other five.

    Parameters
    ----------
    proximal_rotation, distal_rotation : array_like, shape (n, 3, 3)
    proximal_origin, distal_origin : array_like, shape (n, 3)

    Returns
    -------
    Axis
        The sign of the axis is that of its largest component in the proximal frame, both segments' alike. NaN with fewer than
        10 complete frames.

    References
    ----------
    Ehrig, Taylor, Duda & Heller 2007, J Biomech 40:2150, Eq. 6-10.
    """
    ri, ti, rj, tj = complete(proximal_rotation, proximal_origin, distal_rotation, distal_origin)
    if len(ti) < 10:
        nowhere = np.full(3, np.nan)
        return Axis(nowhere, nowhere, nowhere, nowhere, np.nan, np.nan, len(ti))
    matrix = np.concatenate([ri, -rj], axis=2).reshape(-1, 6)
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    a, b = vt[5, :3], vt[5, 3:]
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    sign = np.sign(a[np.argmax(np.abs(a))])
    a, b = sign * a, sign * b
    solution = vt[:5].T @ ((u[:, :5].T @ (tj - ti).reshape(-1)) / s[:5])
    points = [x - (x @ axis) * axis for x, axis in ((solution[:3], a), (solution[3:], b))]
    # a vector across the axis, fixed to the distal segment and seen from the proximal one
    across = np.cross(b, np.eye(3)[int(np.argmin(np.abs(b)))])
    seen = (transpose(ri) @ rj) @ (across / np.linalg.norm(across))
    first = seen[0] - (seen[0] @ a) * a
    angle = np.unwrap(np.arctan2(np.cross(first, seen) @ a, seen @ first))
    return Axis(a, b, points[0], points[1], float(2 * s[5] / (s[3] + s[4])), float(np.ptp(angle)), len(ti))


def least_varus_turn(thigh: ArrayLike, shank: ArrayLike, low_rad: float = 0.0, high_rad: float = np.pi / 2) -> float:
    """Turn of the thigh frame about its long axis that makes the variance of knee ab/adduction least.

    Parameters
    ----------
    thigh, shank : array_like, shape (n, 3, 3)
        Mirrored-right axes.
    low_rad, high_rad : float
        Frames with knee flexion in this range are used.

    Returns
    -------
    float
        rad, within +-30 degrees, positive where the thigh's x turns medially; NaN with fewer than 50 frames.

    References
    ----------
    Baker, Finney & Orr 1999, Hum Mov Sci 18:655; Schache et al. 2006, Gait Posture 24:100 (dynamic knee axis).
    """
    relative = _flexed(thigh, shank, low_rad, high_rad)
    if len(relative) < 50:
        return np.nan

    x, z = relative[:, 0, 1].copy(), relative[:, 2, 1].copy()

    def variance(turns: Array) -> Array:
        # sine of the ab/adduction of a thigh turned about y: third row of Ry(turn)^T R, second column; one turn at a time,
        # as a session may have a hundred thousand frames
        return np.array([np.arcsin(np.clip(np.sin(turn) * x + np.cos(turn) * z, -1, 1)).var() for turn in turns])

    grid = np.linspace(-MAX_TURN_RAD, MAX_TURN_RAD, 31)
    best = float(grid[np.argmin(variance(grid))])
    width = float(grid[1] - grid[0])
    while width > 1e-7:
        grid = np.clip(best + width * np.linspace(-1, 1, 11), -MAX_TURN_RAD, MAX_TURN_RAD)
        best = float(grid[np.argmin(variance(grid))])
        width /= 5
    return best


def principal_turn(thigh: ArrayLike, shank: ArrayLike) -> float:
    """Turn of the thigh frame about its long axis that takes the correlation of knee ab/adduction with flexion away.

    The first principal component of flexion and ab/adduction is flexion about the true axis; the angle by which it lies
    askew is the turn. The mixing of both angles is exact for small angles only, so turning and analysis are repeated.

    Parameters
    ----------
    thigh, shank : array_like, shape (n, 3, 3)
        Mirrored-right axes.

    Returns
    -------
    float
        rad, within +-30 degrees, positive where the thigh's x turns medially; NaN with fewer than 50 frames.

    References
    ----------
    Baudet et al. 2014, PLoS One 9:e102098 (principal components of the knee's angles).
    """
    relative = _flexed(thigh, shank, -np.pi, np.pi)
    if len(relative) < 50:
        return np.nan
    turn = 0.0
    for _ in range(50):
        a, b, _ = np.moveaxis(cardan(transpose(rotation_y(turn)) @ relative, "ZXY"), -1, 0)
        covariance = np.cov(a, b)
        # a thigh turned medially sees flexion (negative a) as adduction: b = b' + a tan(turn) for small angles
        askew = 0.5 * np.arctan2(2 * covariance[0, 1], covariance[0, 0] - covariance[1, 1])
        turn = float(np.clip(turn + askew, -MAX_TURN_RAD, MAX_TURN_RAD))
        if abs(askew) < 1e-7:
            break
    return turn


def flexion_range(thigh: ArrayLike, shank: ArrayLike) -> float:
    """Range of knee flexion, 2nd to 98th percentile, rad; NaN without a frame."""
    relative = transpose(thigh) @ np.asarray(shank, float)
    flexion = -cardan(relative[np.isfinite(relative).all(axis=(-2, -1))], "ZXY")[..., 0]
    return float(np.diff(np.percentile(flexion, [2, 98]))[0]) if flexion.size else np.nan


def axis_turn(axis: ArrayLike) -> float:
    """Turn of the thigh frame about its long axis (y) that brings its z under an axis given in it, rad.

    Parameters
    ----------
    axis : array_like (3,)
        In the thigh's frame, of either sign; positive turns x medially.
    """
    x, _, z = np.asarray(axis, float)
    if z < 0:
        x, z = -x, -z
    return float(np.arctan2(x, z))


def _flexed(thigh: ArrayLike, shank: ArrayLike, low_rad: float, high_rad: float) -> Array:
    relative = transpose(thigh) @ np.asarray(shank, float)
    flexion = -cardan(relative, "ZXY")[..., 0]
    with np.errstate(invalid="ignore"):
        return np.asarray(relative[(flexion >= low_rad) & (flexion <= high_rad)])
