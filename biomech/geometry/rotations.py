"""Rotation matrices: Cardan angles, axes from two vectors, rotation vectors, angular velocity.

Matrices hold the axes of the moving frame as columns. Missing frames are NaN and stay NaN; nothing here loops over
frames. The Cardan formulas are closed forms, because SciPy's `Rotation` raises on a stack that holds one NaN frame;
the tests compare every sequence with SciPy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_INDEX = {"X": 0, "Y": 1, "Z": 2, "x": 0, "y": 1, "z": 2}
_SMALL = 1e-12


def rotation_x(angle: ArrayLike) -> Array:
    """Rotation about x by `angle` (rad, any shape); shape (..., 3, 3)."""
    return _elementary(angle, 0)


def rotation_y(angle: ArrayLike) -> Array:
    """Rotation about y by `angle` (rad, any shape); shape (..., 3, 3)."""
    return _elementary(angle, 1)


def rotation_z(angle: ArrayLike) -> Array:
    """Rotation about z by `angle` (rad, any shape); shape (..., 3, 3)."""
    return _elementary(angle, 2)


def cardan(R: ArrayLike, sequence: str) -> Array:
    """Cardan angles of rotation matrices.

    ``R = R_i(a) R_j(b) R_k(c)`` for the intrinsic sequence *ijk* of three different axes.

    Parameters
    ----------
    R : array_like, shape (..., 3, 3)
        Rotation of the distal in the proximal frame; NaN where missing.
    sequence : str
        Three different letters, for example ``"ZXY"`` (intrinsic).

    Returns
    -------
    ndarray, shape (..., 3)
        Angles (a, b, c) in rad, in the order of the sequence. a and c lie in (-pi, pi], b in [-pi/2, pi/2]. Where b
        reaches +-pi/2 (gimbal lock) a and c are finite, yet only their sum or difference has a meaning.

    Raises
    ------
    ValueError
        If the sequence is not a permutation of XYZ.

    References
    ----------
    Grood & Suntay 1983, J Biomech Eng 105:136 (ZXY as joint coordinate system); Baker 2001, Gait Posture 13:1 (YXZ).
    """
    i, j, k, sign = _permutation(sequence)
    R = np.asarray(R, float)
    a = np.arctan2(-sign * R[..., j, k], R[..., k, k])
    # atan2 keeps full precision near +-90 degrees, where the arcsine loses half of its digits.
    b = np.arctan2(sign * R[..., i, k], np.hypot(R[..., i, i], R[..., i, j]))
    c = np.arctan2(-sign * R[..., i, j], R[..., i, i])
    out = np.stack([a, b, c], axis=-1)
    out[np.isnan(R).any(axis=(-2, -1))] = np.nan
    return out


def from_cardan(angles: ArrayLike, sequence: str) -> Array:
    """Rotation matrices of Cardan angles; the inverse of `cardan`.

    Parameters
    ----------
    angles : array_like, shape (..., 3)
        rad, in the order of the sequence.
    sequence : str
        Intrinsic sequence, for example ``"ZXY"``.

    Returns
    -------
    ndarray, shape (..., 3, 3)
    """
    i, j, k, _ = _permutation(sequence)
    angles = np.asarray(angles, float)
    return _elementary(angles[..., 0], i) @ _elementary(angles[..., 1], j) @ _elementary(angles[..., 2], k)


def frame(first: ArrayLike, second: ArrayLike, order: str) -> Array:
    """Right-handed axes from two vectors.

    Parameters
    ----------
    first, second : array_like, shape (..., 3)
        `first` becomes the axis named by the first letter of `order` exactly; `second` turns the frame about it until
        the axis of the second letter is as near to `second` as possible.
    order : str
        Two different letters of x, y, z; for example ``"yz"``.

    Returns
    -------
    ndarray, shape (..., 3, 3)
        Axes as columns; NaN where a vector is missing, zero, or both are parallel.

    Raises
    ------
    ValueError
        If `order` is not two different letters of xyz.
    """
    if len(order) != 2 or order[0] == order[1] or any(letter not in _INDEX for letter in order):
        raise ValueError(f"order: expected two different letters of xyz, found {order!r}")
    a, b = _INDEX[order[0]], _INDEX[order[1]]
    c = 3 - a - b
    sign = 1.0 if (b - a) % 3 == 1 else -1.0
    first, second = np.broadcast_arrays(np.asarray(first, float), np.asarray(second, float))
    along = unit(first)
    third = sign * unit(np.cross(along, unit(second)))
    out = np.empty((*along.shape, 3))
    out[..., a] = along
    out[..., b] = sign * np.cross(third, along)
    out[..., c] = third
    out[np.isnan(out).any(axis=(-2, -1))] = np.nan
    return out


def unit(v: ArrayLike) -> Array:
    """Vectors of length one, shape (..., 3); NaN where the length is zero."""
    v = np.asarray(v, float)
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    return v / np.where(length > _SMALL, length, np.nan)


def transpose(R: ArrayLike) -> Array:
    """Transpose the last two dims: the inverse of rotation matrices, shape (..., 3, 3)."""
    return np.swapaxes(np.asarray(R, float), -1, -2)


def rotate(R: ArrayLike, v: ArrayLike) -> Array:
    """``R v`` with broadcasting over leading dims: (..., 3, 3) and (..., 3) give (..., 3)."""
    return (np.asarray(R, float) @ np.asarray(v, float)[..., None])[..., 0]


def rotation_vector(R: ArrayLike) -> Array:
    """Rotation vectors (axis times angle, rad) of matrices; the logarithm of SO(3).

    Parameters
    ----------
    R : array_like, shape (..., 3, 3)

    Returns
    -------
    ndarray, shape (..., 3)
        Angle in [0, pi). Within about 1e-6 rad of a half turn the direction is lost; this is meant for the small turn
        between neighbouring frames.
    """
    R = np.asarray(R, float)
    s = 0.5 * np.stack([R[..., 2, 1] - R[..., 1, 2], R[..., 0, 2] - R[..., 2, 0], R[..., 1, 0] - R[..., 0, 1]], axis=-1)
    sine = np.linalg.norm(s, axis=-1)
    cosine = 0.5 * (np.trace(R, axis1=-2, axis2=-1) - 1.0)
    # angle / sine tends to 1 for small angles.
    scale = np.where(sine > 1e-9, np.arctan2(sine, cosine) / np.where(sine > 1e-9, sine, 1.0), 1.0)
    return s * scale[..., None]


def angular_velocity(R: ArrayLike, rate_hz: float) -> Array:
    """Angular velocity of frames in the lab, from their rotation matrices.

    Around each frame the rotation vector of its neighbours relative to it is differenced: the time derivative of that
    vector is the angular velocity exactly, so the error is only that of the differences (fourth order inside, second
    order next to an end or a gap). A turn at constant velocity comes out exactly; the skew part of dR/dt R^T would be
    too small by sin(x)/x, x the turn between frames.

    Parameters
    ----------
    R : array_like, shape (n, ..., 3, 3)
        Time first; NaN where missing.
    rate_hz : float
        Frames per second, above 0.

    Returns
    -------
    ndarray, shape (n, ..., 3)
        rad/s in lab axes. NaN where R is missing or has no neighbour.
    """
    R = np.asarray(R, float)
    n = len(R)
    dt = 1.0 / rate_hz
    back, ahead = (np.full((2, *R.shape[:-1]), np.nan) for _ in range(2))
    for step in (1, 2):
        if n > step:
            turn = rotation_vector(R[step:] @ transpose(R[:-step]))
            ahead[step - 1, :-step] = turn
            back[step - 1, step:] = -turn
    central = (ahead[0] - back[0]) / (2 * dt)
    fourth = (8 * (ahead[0] - back[0]) - (ahead[1] - back[1])) / (12 * dt)
    forward = (4 * ahead[0] - ahead[1]) / (2 * dt)
    backward = -(4 * back[0] - back[1]) / (2 * dt)
    out = fourth
    for other in (central, forward, backward, ahead[0] / dt, -back[0] / dt):
        out = np.where(np.isnan(out), other, out)
    return out


def unwrap_nan(angle: ArrayLike, axis: int = 0, period: float = 2 * np.pi) -> Array:
    """Unwrap angles over gaps, leaving the gaps NaN.

    Parameters
    ----------
    angle : array_like
        Angles, NaN where missing.
    axis : int
        Axis of time.
    period : float
        2*pi for rad, 360 for degree.

    Returns
    -------
    ndarray
        Continuous angles; each curve is shifted by whole periods so that its median lies in (-period/2, period/2].
    """
    x = np.moveaxis(np.asarray(angle, float), axis, 0)
    if x.shape[0] == 0:
        return np.moveaxis(x, 0, axis).copy()
    missing = np.isnan(x)
    index = np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1))
    last = np.maximum.accumulate(np.where(missing, -1, index), axis=0)
    # Before the first sample there is nothing to carry forward: use the first sample itself.
    first = np.argmin(missing, axis=0)[None]
    held = np.take_along_axis(x, np.where(last < 0, first, last), axis=0)
    out = np.unwrap(held, axis=0, period=period)
    out[missing] = np.nan
    out -= period * np.ceil(_nanmedian(out) / period - 0.5)
    return np.moveaxis(out, 0, axis)


def _nanmedian(x: Array) -> Array:
    """Median over the first axis, 0 where a curve is all NaN (without NumPy's warning)."""
    empty = np.isnan(x).all(axis=0)
    return np.where(empty, 0.0, np.nanmedian(np.where(empty, 0.0, x), axis=0))


def _elementary(angle: ArrayLike, axis: int) -> Array:
    angle = np.asarray(angle, float)
    c, s = np.cos(angle), np.sin(angle)
    j, k = (axis + 1) % 3, (axis + 2) % 3
    out = np.zeros((*angle.shape, 3, 3))
    out[..., axis, axis] = np.where(np.isnan(angle), np.nan, 1.0)
    out[..., j, j] = c
    out[..., k, k] = c
    out[..., j, k] = -s
    out[..., k, j] = s
    return out


def _permutation(sequence: str) -> tuple[int, int, int, float]:
    if len(sequence) != 3 or sorted(sequence.upper()) != ["X", "Y", "Z"]:
        raise ValueError(f"sequence: expected a permutation of XYZ, found {sequence!r}")
    i, j, k = (_INDEX[letter] for letter in sequence)
    return i, j, k, 1.0 if (j - i) % 3 == 1 else -1.0
