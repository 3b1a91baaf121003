"""Functional calibration: centres of rotation from movement.

Kernels only; `model.functional_trials` reads the trials. Poses of both segments may be given in any frames fixed to them: the
result is in those frames. Frames with a NaN are left out. All lengths in m.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rigid import fit_pose
from biomech.geometry.rotations import rotate, rotation_vector, transpose
from biomech.model.precision import random_error

Array = NDArray[np.float64]


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
        last. Skin that moves in step with the joint is not random and comes on top.
    """

    proximal: Array
    distal: Array
    residual: float
    range_rad: float
    n_frames: int
    random_error: float = np.nan


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
    ri, ti, rj, tj = complete(proximal_rotation, proximal_origin, distal_rotation, distal_origin)
    if len(ti) < 10:
        return Centre(np.full(3, np.nan), np.full(3, np.nan), np.nan, np.nan, len(ti))
    matrix = np.concatenate([ri, -rj], axis=2).reshape(-1, 6)
    solution = np.linalg.lstsq(matrix, (tj - ti).reshape(-1), rcond=None)[0]
    a, b = solution[:3], solution[3:]
    apart = ri @ a + ti - rj @ b - tj
    residual = float(np.sqrt((apart**2).sum(axis=1).mean()))
    return Centre(a, b, residual, _extent(ri, rj), len(ti), _error(np.concatenate([ri, -rj], axis=2), apart))


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
    iterative compensation; the term is derived again for isotropic noise: ``b - 2 s² sum(mean v - c)``).
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


def complete(*arrays: ArrayLike) -> tuple[Array, ...]:
    """Return arrays (n, ...) cut to the frames in which none of them misses a number."""
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
