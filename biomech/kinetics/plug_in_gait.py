"""Inverse dynamics as Plug-in Gait computes them, shortcuts included, to be compared with its outputs.

Three things differ from textbook Newton-Euler dynamics, all found by comparison with the moments that Nexus stores:

- The angular velocity is read off a finite rotation. With Q the rotation from two frames before to two frames after, its
  components are the elements (3,2), (1,3), (2,1) of Q over the time between, as if Q were an infinitesimal rotation: the
  part of Q that is symmetric (half the product of two angles) leaks into the velocity.
- That vector, taken in the segment's axes of the middle frame, is turned to the lab, differentiated over four frames
  again, and turned back, so it is not quite the derivative of any one motion.
- Radii of gyration about the proximal end serve about the centre of mass (`biomech.model.anthropometry.PLUG_IN_GAIT`), and
  lengths of thigh and shank, with their inertia, change from frame to frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.config import Kinetics
from biomech.geometry.rotations import rotate, transpose
from biomech.kinetics.dynamics import JointLoads
from biomech.model.anthropometry import PLUG_IN_GAIT
from biomech.signals.derivatives import roughness, spline_derivative

Array = NDArray[np.float64]

_HALF = 2  # frames before and after
#: Weight of the light smoothing spline: at 27 Hz a recording at 100 Hz keeps 0.6 (see `spline_derivative`).
LIGHT = (1 / 0.6 - 1) / (2 * np.sin(np.pi * 0.27)) ** 6
#: Axes X, Y, Z of its segments as columns in ours (right leg): shank and thigh X forward, Y left, Z up; the foot's Z runs
#: backward and its X up.
_LEG = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
_FOOT = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
_AXES = np.stack([_FOOT, _LEG, _LEG])
_SEGMENTS = ("foot", "shank", "thigh")

#: Noise of joint centres of trajectories that nobody has smoothed, m.
NOISY_M = 1e-5


def plug_in_gait_dynamics(
    rotation: ArrayLike,
    joint: ArrayLike,
    foot_length_m: float,
    mass_kg: float,
    force: ArrayLike,
    moment: ArrayLike,
    rate_hz: float,
    gravity_m_s2: float = 9.81,
    smoothing: float = 0.0,
) -> JointLoads:
    """Joint forces and moments of one leg as Plug-in Gait has them.

    Parameters
    ----------
    rotation : array_like, shape (n, 3, 3, 3)
        Axes of foot, shank (untorsioned) and thigh, mirrored-right.
    joint : array_like, shape (n, 3, 3)
        Ankle, knee and hip centre, m.
    foot_length_m : float
        Mean distance from heel to toe marker in the trial, less one marker radius.
    mass_kg : float
        Body mass.
    force, moment : array_like, shape (n, 3)
        External force (N) and its moment about the lab origin (N m), unfiltered.
    rate_hz, gravity_m_s2 : float
    smoothing : float
        Weight of the spline that gives the accelerations, see `biomech.signals.derivatives.spline_derivative`.

    Returns
    -------
    JointLoads
        As of `biomech.kinetics.dynamics.inverse_dynamics`; NaN in the first and last four frames of a run.

    References
    ----------
    Davis et al. 1991, Hum Mov Sci 10:575-587; numerical details as found in outputs of Nexus 2.2 and earlier.
    """
    rotation, joint = np.asarray(rotation, float), np.asarray(joint, float)
    table = np.array([PLUG_IN_GAIT[segment] for segment in _SEGMENTS])
    mass, fraction, radius = table.T
    mass = mass * mass_kg
    distal = np.concatenate([joint[:, :1] + foot_length_m * rotation[:, :1, :, 0], joint[:, :-1]], axis=1)
    centre = joint + fraction[:, None] * (distal - joint)
    length = np.linalg.norm(distal - joint, axis=-1)

    inertial = mass[:, None] * (
        spline_derivative(centre, rate_hz, smoothing=smoothing) + np.array([0.0, gravity_m_s2, 0.0])
    )
    across = mass * (radius * length) ** 2
    about_origin = turning(rotation @ _AXES, across, rate_hz) + np.cross(centre, inertial)
    total = np.cumsum(inertial, axis=1) - np.asarray(force, float)[:, None]
    total_moment = np.cumsum(about_origin, axis=1) - np.asarray(moment, float)[:, None]
    return JointLoads(total, total_moment - np.cross(joint, total))


def spline_smoothing(centres: ArrayLike, options: Kinetics) -> float:
    """Return the smoothing of the spline for a trial: none, or the light one where joint centres are noisy.

    Parameters
    ----------
    centres : array_like, shape (n, ...)
        Joint centres, m.
    options : Kinetics
        Section of the config.
    """
    if options.plug_in_gait_spline != "by_noise":
        return LIGHT if options.plug_in_gait_spline == "smoothing" else 0.0
    return LIGHT if roughness(centres) > NOISY_M else 0.0


def turning(axes: ArrayLike, across: ArrayLike, rate_hz: float) -> Array:
    """Rate of change of the angular momentum of segments without inertia about their Z axis, Plug-in Gait's way.

    Parameters
    ----------
    axes : array_like, shape (n, s, 3, 3)
        Plug-in Gait's own X, Y, Z as columns.
    across : array_like, shape (n, s) or (s,)
        Moment of inertia about X and Y, kg m^2.
    rate_hz : float

    Returns
    -------
    ndarray, shape (n, s, 3)
        N m, in the axes in which `axes` are given; NaN in the first and last four frames.
    """
    axes = np.asarray(axes, float)
    back = transpose(axes)
    step = rate_hz / (2 * _HALF)
    finite = transpose(_shifted(axes, -_HALF)) @ _shifted(axes, _HALF)
    spin = step * np.stack([finite[..., 2, 1], finite[..., 0, 2], finite[..., 1, 0]], axis=-1)
    in_lab = rotate(axes, spin)
    faster = rotate(back, step * (_shifted(in_lab, _HALF) - _shifted(in_lab, -_HALF)))
    thin = np.array([1.0, 1.0, 0.0])
    turn = faster * thin + np.cross(spin, spin * thin)
    return rotate(axes, np.asarray(across, float)[..., None] * turn)


def _shifted(x: Array, frames: int) -> Array:
    """``out[i] = x[i + frames]``, NaN beyond the ends."""
    out = np.full(x.shape, np.nan)
    n = len(x)
    if abs(frames) < n:
        if frames >= 0:
            out[: n - frames] = x[frames:]
        else:
            out[-frames:] = x[:frames]
    return out
