"""Least-squares pose of a rigid set of points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rotations import frame

Array = NDArray[np.float64]


class RigidFit(NamedTuple):
    """Pose of a template on measured points, frame by frame.

    Attributes
    ----------
    rotation : ndarray, shape (..., 3, 3)
        Axes of the template's frame as columns.
    origin : ndarray, shape (..., 3)
        Its origin, in the unit of the points.
    residual : ndarray, shape (...)
        Weighted root mean square distance between points and fitted template.
    spread : ndarray, shape (...)
        Second singular value of the centred template of the points used, per square root of their number: near zero
        when they lie on a line.
    n_markers : ndarray of int, shape (...)
        Points used.
    """

    rotation: Array
    origin: Array
    residual: Array
    spread: Array
    n_markers: NDArray[np.int64]


def fit_pose(template: ArrayLike, points: ArrayLike, weights: ArrayLike | None = None) -> RigidFit:
    """Least-squares rigid pose of `template` on `points` for all frames at once.

    Missing points (NaN) have no weight. The result is always a proper rotation, never a reflection.

    Parameters
    ----------
    template : array_like, shape (m, 3)
        Points in the segment's frame; a NaN point is never used.
    points : array_like, shape (..., m, 3)
        Measured points; leading dims are frames and anything else.
    weights : array_like, optional, broadcastable to (..., m)
        Non-negative weights; 1 by default.

    Returns
    -------
    RigidFit
        NaN pose, residual and spread where fewer than three points are usable; a collinear set gives a pose that is
        not unique, which `spread` shows.

    Raises
    ------
    ValueError
        If the shapes do not agree.

    References
    ----------
    Söderkvist & Wedin 1993, J Biomech 26:1473 (singular value solution with the determinant that excludes reflections);
    Kabsch 1976, Acta Cryst A32:922.
    """
    x = np.asarray(template, float)
    y = np.asarray(points, float)
    if x.ndim != 2 or x.shape[-1] != 3 or y.shape[-2:] != x.shape:
        raise ValueError(f"expected template (m, 3) and points (..., m, 3), found {x.shape} and {y.shape}")
    lead, (m, _) = y.shape[:-2], x.shape
    y = np.ascontiguousarray(np.moveaxis(y.reshape(-1, m, 3), 0, -1))  # frames last: every product runs over them
    w = np.broadcast_to(1.0 if weights is None else np.asarray(weights, float), (*lead, m)).reshape(-1, m).T
    known = ~np.isnan(x).any(axis=-1)
    used = ~np.isnan(y[:, 0] + y[:, 1] + y[:, 2]) & known[:, None] & (w > 0)
    n = used.sum(axis=0)
    enough = n >= 3
    # Weightless points must not carry NaN into the sums; frames without enough points get a pose of zeros.
    w, y = np.where(used, w, 0.0), np.where(used[:, None], y, 0.0)
    centre = x[known].mean(axis=0) if known.any() else np.zeros(3)  # a template far from its origin would cost digits
    x = np.where(known[:, None], x - centre, 0.0)
    total = np.where(enough, w.sum(axis=0), 1.0)
    xm = x.T @ w / total
    ym = (w[:, None] * y).sum(axis=0) / total
    yc = y - ym
    matrix = np.tensordot(x, w[:, None] * yc, axes=(0, 0))
    rotation = np.moveaxis(nearest_rotation(matrix.transpose(2, 1, 0)), 0, -1)
    error = yc + (rotation * xm).sum(axis=1) - np.tensordot(x, rotation, axes=(1, 1))
    origin = ym - (rotation * (xm + centre[:, None])).sum(axis=1)
    residual = np.sqrt((w * (error * error).sum(axis=1)).sum(axis=0) / total)
    spread = _spread(np.asarray(template, float), used.T)
    rotation[..., ~enough] = np.nan
    return RigidFit(
        np.ascontiguousarray(np.moveaxis(rotation, -1, 0)).reshape(*lead, 3, 3),
        np.ascontiguousarray(np.where(enough, origin, np.nan).T).reshape(*lead, 3),
        np.where(enough, residual, np.nan).reshape(lead),
        np.where(enough, spread, np.nan).reshape(lead),
        n.reshape(lead),
    )


def triad_pose(template: ArrayLike, points: ArrayLike) -> RigidFit:
    """Pose of a template of three points by the frame that goes through them in turn, not by least squares.

    The first point is met exactly; the line from midway between the other two to it gives the first axis, the plane of
    the three the second. Errors of the first point go wholly into the pose, which is why a least-squares fit is better;
    programs that build technical frames so are repeated by it.

    Parameters
    ----------
    template : array_like, shape (3, 3)
        Points in the segment's frame, one a row.
    points : array_like, shape (..., 3, 3)
        Measured points, one a row.

    Returns
    -------
    RigidFit
        As of `fit_pose`; the residual is that of this pose. NaN unless all three points are there and apart.

    References
    ----------
    Cappozzo A et al. (1995). Clin Biomech 10:171-178 (technical frames of three markers).
    """
    x, y = np.asarray(template, float), np.asarray(points, float)
    if x.shape != (3, 3) or y.shape[-2:] != (3, 3):
        raise ValueError(f"expected template (3, 3) and points (..., 3, 3), found {x.shape} and {y.shape}")

    def axes(p: Array) -> Array:
        middle = (p[..., 1, :] + p[..., 2, :]) / 2
        return frame(p[..., 0, :] - middle, p[..., 2, :] - p[..., 1, :], "yz")

    rotation = axes(y) @ axes(x).T
    origin = y[..., 0, :] - (rotation @ x[0])
    error = y - (origin[..., None, :] + x @ np.swapaxes(rotation, -1, -2))
    residual = np.sqrt((error * error).sum(axis=(-2, -1)) / 3)
    seen = np.isfinite(residual)
    spread = np.full(residual.shape, np.nan)
    if np.isfinite(x).all():
        spread[seen] = _spread(x, np.ones((1, 3), bool))
    return RigidFit(rotation, origin, residual, spread, np.where(seen, 3, 0).astype(np.int64))


def axial_pose(template: ArrayLike, points: ArrayLike) -> tuple[Array, Array, Array]:
    """Pose of a segment by the line through its two joint centres and the turn about it that one marker shows.

    The proximal centre is met exactly, the long axis lies in the line of both centres, and the plane of that line and the
    marker stands as in the template. So the marker has a say in nothing but the axial rotation, as the thigh wand of the
    conventional gait model.

    Parameters
    ----------
    template : array_like, shape (3, 3)
        Proximal joint centre, distal joint centre and marker in the segment's frame, one a row.
    points : array_like, shape (..., 3, 3)
        The same as measured.

    Returns
    -------
    rotation : ndarray, shape (..., 3, 3)
        The segment's axes as columns; NaN unless all three points are there and not on a line.
    origin : ndarray, shape (..., 3)
    distance : ndarray, shape (...)
        Of the marker from the line: the smaller it is, the more an error of the marker turns the segment.

    References
    ----------
    Kadaba MP et al. (1990). J Orthop Res 8:383-392 (thigh by joint centres and a wand); Davis RB et al. (1991). Hum Mov Sci
    10:575-587.
    """
    x, y = np.asarray(template, float), np.asarray(points, float)
    if x.shape != (3, 3) or y.shape[-2:] != (3, 3):
        raise ValueError(f"expected template (3, 3) and points (..., 3, 3), found {x.shape} and {y.shape}")

    def axes(p: Array) -> Array:
        return frame(p[..., 0, :] - p[..., 1, :], p[..., 2, :] - p[..., 1, :], "yz")

    measured = axes(y)
    rotation = measured @ axes(x).T
    distance = np.einsum("...i,...i->...", measured[..., :, 2], y[..., 2, :] - y[..., 1, :])
    return rotation, y[..., 0, :] - rotation @ x[0], distance


def nearest_rotation(matrix: ArrayLike) -> Array:
    """Rotation R with the largest ``trace(R^T A)``, never a reflection, of matrices A = sum of y x^T.

    With A = U S V^T that is ``U diag(1, 1, det(U V^T)) V^T``.

    Parameters
    ----------
    matrix : array_like, shape (..., 3, 3)
        Finite.

    Returns
    -------
    ndarray, shape (..., 3, 3)

    References
    ----------
    Kabsch 1976, Acta Cryst A32:922 (the determinant that excludes reflections).
    """
    u, _, vt = np.linalg.svd(np.asarray(matrix, float))
    u[..., :, 2] *= np.linalg.det(u @ vt)[..., None]
    return np.asarray(u @ vt)


def _spread(template: Array, used: NDArray[np.bool_]) -> Array:
    """Second singular value per sqrt(n) of the visible template; one decomposition per pattern of visibility."""
    rows = used.reshape(-1, used.shape[-1])
    if rows.all():
        patterns, inverse = rows[:1], np.zeros(len(rows), int)
    else:
        # as bytes, because sorting whole rows is slow
        bits = np.ascontiguousarray(np.packbits(rows, axis=1))
        codes = bits.view(np.dtype((np.void, bits.shape[1]))).reshape(-1)
        _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        patterns = rows[first]
    value = np.zeros(len(patterns))
    for index, pattern in enumerate(patterns):
        x = template[pattern]
        if len(x) >= 3:
            value[index] = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)[1] / np.sqrt(len(x))
    return value[inverse.reshape(-1)].reshape(used.shape[:-1])
