"""Elementary rotations of stacks of angles."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def rot_x(a: ArrayLike) -> Array:
    """Rotation matrices about x."""
    return _rotation(a, 0)


def rot_y(a: ArrayLike) -> Array:
    """Rotation matrices about y."""
    return _rotation(a, 1)


def rot_z(a: ArrayLike) -> Array:
    """Rotation matrices about z."""
    return _rotation(a, 2)


def _rotation(a: ArrayLike, axis: int) -> Array:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    a = np.asarray(a, dtype=float)
    out = np.zeros((*a.shape, 3, 3))
    out[..., axis, axis] = 1.0
    out[..., i, i] = out[..., j, j] = np.cos(a)
    out[..., j, i] = np.sin(a)
    out[..., i, j] = -np.sin(a)
    return out
