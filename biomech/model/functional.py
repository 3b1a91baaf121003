"""Functional calibration: centres and axes of rotation from movement.

Kernels only; `model.functional_trials` reads the trials. Poses of both segments may be given in any frames fixed to them: the
result is in those frames. Frames with a NaN are left out. All lengths in m.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rigid import fit_pose
from biomech.geometry.rotations import cardan, rotate, rotation_vector, rotation_y, transpose
from biomech.model.precision import random_error

Array = NDArray[np.float64]
MAX_TURN_RAD = np.radians(30.0)


class Centre(NamedTuple):
    """A centre of rotation.

    Attributes
    ----------
    proximal, distal : ndarray (3,)
        In the frames of both segments; `distal` is NaN if the method does not give it.
    residual : float
        Root mean square disagreement over the frames, m.
    range_rad : float
        How far the distal segment turned against the proximal one: the second largest extent of its directions, the one
        that decides how well the centre is determined.
    n_frames : int
    random_error : float
        Expected distance from the true centre by chance (root mean square), m: from range, frames and how long residuals
        last. Skin that moves in step with the joint is no chance and comes on top.
    """

    proximal: Array
    distal: Array
    residual: float
    range_rad: float
    n_frames: int
    random_error: float = np.nan


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


def score(
    proximal_rotation: ArrayLike, proximal_origin: ArrayLike, distal_rotation: ArrayLike, distal_origin: ArrayLike
) -> Centre:
    """Symmetrical centre of rotation estimation.

    Least squares of ``R_i c_i + t_i = R_j c_j + t_j`` over all frames.

    Parameters
    ----------
    proximal_rotation, distal_rotation : array_like, shape (n, 3, 3)
    proximal_origin, distal_origin : array_like, shape (n, 3)

    Returns
    -------
    Centre
        NaN with fewer than 10 complete frames.

    References
    ----------
    Ehrig, Taylor, Duda & Heller 2006, J Biomech 39:2798, Eq. 12-14.
    """
    ri, ti, rj, tj = _complete(proximal_rotation, proximal_origin, distal_rotation, distal_origin)
    if len(ti) < 10:
        return Centre(np.full(3, np.nan), np.full(3, np.nan), np.nan, np.nan, len(ti))
    matrix = np.concatenate([ri, -rj], axis=2).reshape(-1, 6)
    solution = np.linalg.lstsq(matrix, (tj - ti).reshape(-1), rcond=None)[0]
    a, b = solution[:3], solution[3:]
    apart = ri @ a + ti - rj @ b - tj
    residual = float(np.sqrt((apart**2).sum(axis=1).mean()))
    return Centre(a, b, residual, _extent(ri, rj), len(ti), _error(np.concatenate([ri, -rj], axis=2), apart))


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
    ri, ti, rj, tj = _complete(proximal_rotation, proximal_origin, distal_rotation, distal_origin)
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


def sphere_fit(points: ArrayLike) -> Centre:
    """Centre of the spheres on which markers of the distal segment move, in the proximal segment's frame.

    The linear least-squares solution, freed of the bias that noise gives it, is refined by geometric least squares: the
    distances of the markers from their own radii.

    Parameters
    ----------
    points : array_like, shape (n, m, 3)
        Markers of the distal segment in the frame of the proximal one; NaN where missing. Each marker needs 10 frames.

    Returns
    -------
    Centre
        `residual` is the root mean square of the distances from the spheres; `distal` is NaN. NaN without a marker.

    References
    ----------
    Gamage & Lasenby 2002, J Biomech 35:87, Eq. 9 (linear solution); Halvorsen 2003, J Biomech 36:999 (bias and its
    iterative compensation; the term is derived anew for isotropic noise: ``b - 2 s² sum(mean v - c)``).
    """
    v = np.asarray(points, float)
    seen = np.isfinite(v).all(axis=-1)
    keep = seen.sum(axis=0) >= 10
    v, seen = v[:, keep], seen[:, keep]
    nowhere = np.full(3, np.nan)
    if not keep.any():
        return Centre(nowhere, nowhere, np.nan, np.nan, 0)
    count = seen.sum(axis=0)
    v0 = np.where(seen[..., None], v, 0.0)
    mean = v0.sum(axis=0) / count[:, None]
    d = np.where(seen[..., None], v - mean, 0.0)  # about the means: the same equations, better conditioned
    covariance = np.einsum("kpi,kpj,p->pij", d, d, 1.0 / count)
    matrix = covariance.sum(axis=0)
    square = (d**2).sum(axis=-1)
    # with v = mean + d, the equation 2 A c = b becomes 2 A_p (c - mean_p) = third moment_p, summed over markers
    third = np.einsum("kpi,kp,p->i", d, square, 1.0 / count)
    right = third + 2 * np.einsum("pij,pj->i", covariance, mean)
    centre = np.linalg.solve(2 * matrix, right)
    for _ in range(50):
        radial = np.where(seen, np.linalg.norm(v0 - centre, axis=-1), 0.0)
        radius = radial.sum(axis=0) / count
        variance = float((np.where(seen, radial - radius, 0.0) ** 2).sum() / max(count.sum() - len(count) - 3, 1))
        new = np.linalg.solve(2 * matrix, right - 2 * variance * (mean - centre).sum(axis=0))
        step, centre = np.linalg.norm(new - centre), new
        if step < 1e-9:
            break
    centre, slope, error = _geometric(v0, seen, centre)
    radial = np.linalg.norm(v0 - centre, axis=-1)
    residual = float(np.sqrt((error**2).sum() / count.sum()))
    middle = (v0 - centre) / np.where(seen, radial, 1.0)[..., None]
    ranges = [_spread_of(middle[seen[:, p], p]) for p in range(v.shape[1])]
    n_frames = int(seen.any(axis=1).sum())
    return Centre(centre, nowhere, residual, float(np.median(ranges)), n_frames, _error(slope, error))


def _geometric(v: Array, seen: NDArray[np.bool_], centre: Array) -> tuple[Array, Array, Array]:
    """Minimise the distances of markers from their own spheres by Gauss-Newton; the radii follow from the centre.

    Returns the centre, the slopes (n, m, 3) and the distances from the spheres (n, m).
    """
    count = seen.sum(axis=0)
    for _ in range(50):
        away = v - centre
        distance = np.linalg.norm(away, axis=-1)
        towards = np.where(seen[..., None], away / np.where(distance > 0, distance, 1.0)[..., None], 0.0)
        radius = np.where(seen, distance, 0.0).sum(axis=0) / count
        slope = np.where(seen[..., None], towards - towards.sum(axis=0) / count[:, None], 0.0)
        error = np.where(seen, distance - radius, 0.0)
        step = np.linalg.lstsq(slope.reshape(-1, 3), error.reshape(-1), rcond=None)[0]
        centre = centre + step
        if np.linalg.norm(step) < 1e-9:
            break
    return centre, slope, error


def ball_fit(points: ArrayLike, template: ArrayLike) -> Centre:
    """Centre of a ball joint from the markers of the distal segment as one rigid body.

    Least squares of the distances of the markers from a rigid template that turns about a centre fixed in both segments:
    the most likely centre where every marker wobbles on its own. The wobble tilts a pose that is fitted first, and with it
    `score`; here it has no such lever, and the template says more than the spheres of `sphere_fit`, from which it starts.

    Parameters
    ----------
    points : array_like, shape (n, m, 3)
        Markers of the distal segment in the frame of the proximal one; NaN where missing.
    template : array_like, shape (m, 3)
        The same markers in a frame fixed to the distal segment.

    Returns
    -------
    Centre
        `distal` is in the template's frame; `residual` is the root mean square distance of markers from the template. NaN
        without two markers in 10 frames each.

    References
    ----------
    The joint of Lu & O'Connor 1999, J Biomech 32:129, with its place as a further unknown; cf. Reinbolt et al. 2005,
    J Biomech 38:621 (joint parameters by two-level optimisation).
    """
    first = sphere_fit(points)
    y, x = np.asarray(points, float), np.asarray(template, float)
    seen = np.isfinite(y).all(axis=-1) & np.isfinite(x).all(axis=-1)
    enough = seen.sum(axis=1) >= 2
    y, seen = y[enough], seen[enough]
    if not np.isfinite(first.proximal).all() or len(y) < 10:
        return first._replace(proximal=np.full(3, np.nan), residual=np.nan)
    weight = seen[..., None].astype(float)
    y, x = np.where(seen[..., None], y, 0.0), np.where(np.isfinite(x), x, 0.0)
    centre = first.proximal
    whole = seen.all(axis=1) if seen.all(axis=1).any() else seen.sum(axis=1) >= 3
    pose = fit_pose(x, np.where(weight > 0, y, np.nan)[whole])
    own = np.nanmean(rotate(transpose(pose.rotation), centre - pose.origin), axis=0)
    residual = np.nan
    for _ in range(100):
        a, b = x - own, weight * (y - centre)
        u, _, vt = np.linalg.svd(np.swapaxes(b, -1, -2) @ a)
        u[..., :, 2] *= np.linalg.det(u @ vt)[..., None]
        rotation = u @ vt
        turned = weight * (a @ transpose(rotation))
        error = (b - turned).reshape(len(y), -1, 1)
        residual = float(np.sqrt((error**2).sum() / seen.sum()))
        # the frame's own rotation is free: what it could take up of error and slopes is projected out
        swing = np.cross(np.eye(3), turned[..., None, :]).swapaxes(-1, -2).reshape(len(y), -1, 3)
        slopes = np.concatenate(
            [weight[..., None] * np.eye(3), -weight[..., None] * rotation[:, None]], axis=-1
        ).reshape(len(y), -1, 6)
        both = np.concatenate([slopes, error], axis=-1)
        left = both - swing @ (np.linalg.pinv(swing) @ both)
        step = np.linalg.lstsq(left[..., :6].reshape(-1, 6), left[..., 6].reshape(-1), rcond=None)[0]
        centre, own = centre + step[:3], own + step[3:]
        if np.abs(step).max() < 1e-9:
            break
    return Centre(centre, own, residual, first.range_rad, len(y), _error(left[..., :6], left[..., 6]))


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


def _complete(*arrays: ArrayLike) -> tuple[Array, ...]:
    values = [np.asarray(a, float) for a in arrays]
    known = np.logical_and.reduce([np.isfinite(a).all(axis=tuple(range(1, a.ndim))) for a in values])
    return tuple(a[known] for a in values)


def _error(slopes: Array, error: Array) -> float:
    """Expected distance by chance of a centre, the first three unknowns."""
    return float(np.sqrt(np.trace(random_error(slopes, error)[:3, :3])))


def _extent(ri: Array, rj: Array) -> float:
    """Second largest range of movement of a rotation: of its rotation vectors about the mean, along principal directions."""
    relative = transpose(ri) @ rj
    u, _, vt = np.linalg.svd(relative.mean(axis=0))
    u[:, 2] *= np.linalg.det(u @ vt)
    vectors = rotation_vector(transpose(u @ vt) @ relative)
    return _spread_of(vectors)


def _spread_of(vectors: Array) -> float:
    """Second largest extent (2nd to 98th percentile) of a cloud along its principal directions."""
    centred = vectors - vectors.mean(axis=0)
    _, _, vt = np.linalg.svd(centred, full_matrices=False)
    low, high = np.percentile(centred @ vt.T, [2, 98], axis=0)
    return float(np.sort(high - low)[-2])
