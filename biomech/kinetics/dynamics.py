"""Newton-Euler inverse dynamics of a leg, from the ground upwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rotations import rotate, transpose
from biomech.signals.derivatives import derivative

Array = NDArray[np.float64]


class JointLoads(NamedTuple):
    """Net action of the proximal on the distal segment at each joint, lab axes.

    Attributes
    ----------
    force : ndarray, shape (n, ..., s, 3)
        N.
    moment : ndarray, shape (n, ..., s, 3)
        N m, about the joint centre.
    """

    force: Array
    moment: Array


def inverse_dynamics(
    rotation: ArrayLike,
    origin: ArrayLike,
    angular_velocity: ArrayLike,
    joint: ArrayLike,
    mass: ArrayLike,
    com: ArrayLike,
    inertia: ArrayLike,
    force: ArrayLike,
    moment: ArrayLike,
    rate_hz: float,
    gravity_m_s2: float = 9.81,
    smooth: Callable[[Array], Array] | None = None,
) -> JointLoads:
    """Joint forces and moments of a chain of segments on which one external wrench acts at its free end.

    The wrench is taken about the lab origin, so that no centre of pressure is divided out. Written about the lab
    origin, the balance of the chain up to a segment is a plain sum over the segments beneath it::

        F = sum m (a - g) - F_ext        M = sum [d/dt(I w) + c x m (a - g)] - M_ext - P x F

    with c the centres of mass and P the joint centre.

    Parameters
    ----------
    rotation : array_like, shape (n, ..., s, 3, 3)
        Segment axes as columns, time first; segments from the free end (foot) to the most proximal (thigh).
    origin : array_like, shape (n, ..., s, 3)
        Segment origins, m.
    angular_velocity : array_like, shape (n, ..., s, 3)
        rad/s in lab axes.
    joint : array_like, shape (n, ..., s, 3)
        Centre of the joint at the proximal end of each segment, m.
    mass : array_like, shape (..., s)
        kg.
    com : array_like, shape (..., s, 3)
        Centre of mass in the segment's frame, m.
    inertia : array_like, shape (..., s, 3, 3)
        Tensor about the centre of mass in the segment's frame, kg m^2.
    force, moment : array_like, shape (n, ..., 3)
        External force (N) on the most distal segment and its moment about the lab origin (N m). Zero where nothing
        acts; NaN where it is not known, which makes that frame's result NaN.
    rate_hz : float
        Frames per second.
    gravity_m_s2 : float
        Gravity acts along -y.
    smooth : callable, optional
        Low-pass along time of what accelerations are derived from (centres of mass, angular momenta); None derives them
        from the poses as they are. Places and directions are never smoothed here.

    Returns
    -------
    JointLoads
        NaN where a pose of the segment, or of one distal to it, is missing or has too few neighbours for its
        acceleration.

    References
    ----------
    Winter DA (2009). Biomechanics and Motor Control of Human Movement, 4th ed., chapter 7 (Newton-Euler equations).
    Dumas R, Aissaoui R, de Guise JA (2004). Comput Methods Biomech Biomed Engin 7:159-166 (wrench notation).
    """
    rotation, origin, joint = (np.asarray(v, float) for v in (rotation, origin, joint))
    omega = np.asarray(angular_velocity, float)
    mass = np.asarray(mass, float)
    centre = origin + rotate(rotation, com)
    # Minus gravity, which points along -y.
    angular_momentum = rotate(rotation @ np.asarray(inertia, float) @ transpose(rotation), omega)
    smooth_centre, smooth_momentum = (v if smooth is None else smooth(v) for v in (centre, angular_momentum))
    inertial = mass[..., None] * (derivative(smooth_centre, rate_hz, order=2) + np.array([0.0, gravity_m_s2, 0.0]))
    about_origin = derivative(smooth_momentum, rate_hz) + np.cross(centre, inertial)
    total = np.cumsum(inertial, axis=-2) - np.asarray(force, float)[..., None, :]
    total_moment = np.cumsum(about_origin, axis=-2) - np.asarray(moment, float)[..., None, :]
    return JointLoads(total, total_moment - np.cross(joint, total))
