"""Least-squares pose of a rigid set of points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
        not unique, which `spread` tells.

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
    w = np.ones(x.shape[0]) if weights is None else np.asarray(weights, float)
    visible = ~(np.isnan(y).any(axis=-1) | np.isnan(x).any(axis=-1))
    w = np.where(visible & (w > 0), w, 0.0)
    used = w > 0
    n = used.sum(axis=-1)
    enough = n >= 3
    # Weightless points must not carry NaN into the sums; frames without enough points get unit weights of zeros.
    x0 = np.where(used[..., None], x, 0.0)
    y0 = np.where(used[..., None], y, 0.0)
    total = np.where(enough, w.sum(axis=-1), 1.0)
    xm = (w[..., None] * x0).sum(axis=-2) / total[..., None]
    ym = (w[..., None] * y0).sum(axis=-2) / total[..., None]
    xc = np.where(used[..., None], x0 - xm[..., None, :], 0.0)
    yc = np.where(used[..., None], y0 - ym[..., None, :], 0.0)
    wy = w[..., None] * yc
    u, _, vt = np.linalg.svd(np.swapaxes(wy, -1, -2) @ xc)
    u[..., :, 2] *= np.linalg.det(u @ vt)[..., None]
    rotation = u @ vt
    origin = ym - (rotation @ xm[..., None])[..., 0]
    error = np.where(used[..., None], yc - xc @ np.swapaxes(rotation, -1, -2), 0.0)
    residual = np.sqrt((w * (error**2).sum(axis=-1)).sum(axis=-1) / total)
    spread = _spread(x, used)

    rotation[~enough] = np.nan
    return RigidFit(
        rotation,
        np.where(enough[..., None], origin, np.nan),
        np.where(enough, residual, np.nan),
        np.where(enough, spread, np.nan),
        n,
    )


def _spread(template: Array, used: NDArray[np.bool_]) -> Array:
    """Second singular value per sqrt(n) of the visible template; one decomposition per pattern of visibility."""
    patterns, inverse = np.unique(used.reshape(-1, used.shape[-1]), axis=0, return_inverse=True)
    value = np.zeros(len(patterns))
    for index, pattern in enumerate(patterns):
        x = template[pattern]
        if len(x) >= 3:
            value[index] = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)[1] / np.sqrt(len(x))
    return value[inverse.reshape(-1)].reshape(used.shape[:-1])
