"""Centre of mass that gives a planned centre of pressure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_banded

Array = NDArray[np.float64]


def lean(target: Array, stiffness: Array, step_s: float) -> Array:
    """Path of the centre of mass that makes the zero-moment point follow `target`.

    A body whose floor presses at p moves by ``x'' = (F / (m h)) (x - p)``. Solved as a boundary-value problem, it does
    not fall over: it leans ahead of time. In flight the stiffness is 0 and the path straight.

    Parameters
    ----------
    target : (n,) or (n, k) array
        m; what it is where the stiffness is 0 has no effect.
    stiffness : (n,) array
        Vertical force over mass times height of the centre of mass, 1/s2; not 0 everywhere.

    Returns
    -------
    array of the shape of `target`
        Level at both ends.
    """
    n = len(target)
    load = stiffness * step_s**2
    bands = np.zeros((3, n))
    bands[0, 1:] = bands[2, :-1] = -1.0
    bands[1] = 2.0 + load
    bands[1, [0, -1]] -= 1.0
    right = target * load.reshape((-1,) + (1,) * (target.ndim - 1))
    return np.asarray(solve_banded((1, 1), bands, right))


def bell(u: Array) -> Array:
    """Smooth hump from 0 at u = 0 to 1 at u = 0.5 and back at u = 1, four continuous derivatives."""
    x = np.clip(np.asarray(u, dtype=float), 0.0, 1.0)
    return (4.0 * x * (1.0 - x)) ** 5


def ease(u: Array) -> Array:
    """Rise from 0 at u = 0 to 1 at u = 1 with four continuous derivatives."""
    x = np.clip(np.asarray(u, dtype=float), 0.0, 1.0)
    return x**5 * (126.0 + x * (-420.0 + x * (540.0 + x * (-315.0 + x * 70.0))))


def glide(u: Array, soft: float) -> Array:
    """Rise from 0 at u = 0 to 1 at u = 1 at an even speed but for its ends, three continuous derivatives.

    Parameters
    ----------
    u : array
    soft : float
        Share of the way in which the speed grows, and in which it fades: above 0, at most 0.5.
    """
    x = np.clip(np.asarray(u, dtype=float), 0.0, 1.0)
    grown = np.clip(x / soft, 0.0, 1.0)
    left = np.clip((1.0 - x) / soft, 0.0, 1.0)
    even = np.clip(x - soft, 0.0, 1.0 - 2.0 * soft)
    return np.asarray((soft * (_grown(grown) + 0.5 - _grown(left)) + even) / (1.0 - soft))


def _grown(s: Array) -> Array:
    """Integral of a smooth rise from 0 to 1 with two continuous derivatives: 0 to 0.5."""
    return np.asarray(s**4 * (2.5 - 3.0 * s + s * s))
