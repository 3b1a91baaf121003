"""Mirroring in the sagittal plane, so that the left leg is computed by right-leg code.

With ``S = diag(1, 1, -1)``: points, forces and velocities become ``S v``, rotations ``S R S``, axial vectors (moments,
angular velocities) ``-S m`` and inertia tensors ``S I S``. Every mirroring is its own inverse. In the mirrored world z
is lateral for both legs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Kind = Literal["point", "rotation", "axial", "tensor"]

_POLAR = np.array([1.0, 1.0, -1.0])
_AXIAL = -_POLAR
_MATRIX = np.outer(_POLAR, _POLAR)


def mirror_points(v: ArrayLike) -> NDArray[np.float64]:
    """Mirror polar vectors (points, forces, velocities).

    Parameters
    ----------
    v : array_like, shape (..., 3)

    Returns
    -------
    ndarray, shape (..., 3)
    """
    out = np.array(v, float)
    out[..., 2] *= -1.0  # several times faster than a product with (1, 1, -1)
    return out


def mirror_rotations(R: ArrayLike) -> NDArray[np.float64]:
    """Mirror rotation matrices (segment axes as columns), shape (..., 3, 3)."""
    return np.asarray(R, float) * _MATRIX


def mirror_axial(m: ArrayLike) -> NDArray[np.float64]:
    """Mirror axial vectors (moments, angular velocities), shape (..., 3)."""
    return np.asarray(m, float) * _AXIAL


def mirror_tensor(I: ArrayLike) -> NDArray[np.float64]:
    """Mirror second-order tensors (inertia), shape (..., 3, 3)."""
    return np.asarray(I, float) * _MATRIX


_MIRROR: dict[str, Callable[[ArrayLike], NDArray[np.float64]]] = {
    "point": mirror_points,
    "rotation": mirror_rotations,
    "axial": mirror_axial,
    "tensor": mirror_tensor,
}


def to_right(side: str, x: ArrayLike, kind: Kind = "point") -> NDArray[np.float64]:
    """Bring a quantity of one side into the right-leg world; nothing changes for the right side.

    The same call brings it back, as mirroring is its own inverse.

    Parameters
    ----------
    side : {"left", "right"}
    x : array_like, shape (..., 3) or (..., 3, 3)
    kind : {"point", "rotation", "axial", "tensor"}

    Returns
    -------
    ndarray
        Same shape as `x`.

    Raises
    ------
    ValueError
        If `side` or `kind` is not one of those names.
    """
    if kind not in _MIRROR:
        raise ValueError(f"kind: expected one of {', '.join(_MIRROR)}, found {kind!r}")
    if side == "left":
        return _MIRROR[kind](x)
    if side == "right":
        return np.asarray(x, float)
    raise ValueError(f"side: expected 'left' or 'right', found {side!r}")
