"""Joint moments and powers on clinical axes.

A moment is internal: the action of the proximal on the distal segment. Its three components carry the names of the
joint's three angles, and each is positive when it tends to move the joint in the direction of that name.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rotations import transpose, unit
from biomech.joints import Joint
from biomech.schema import MOMENT_FRAMES

Array = NDArray[np.float64]

# Rows of a frame's axes in the order sagittal (z), frontal (x), transverse (y) of every joint's components.
_CLINICAL = (2, 0, 1)
# Sine of the angle between flexion and long axis below which the three joint axes no longer span space.
_GIMBAL = 1e-6


def joint_axes(proximal: ArrayLike, distal: ArrayLike) -> Array:
    """Axes of the joint coordinate system.

    Parameters
    ----------
    proximal, distal : array_like, shape (..., 3, 3)
        Segment axes as columns.

    Returns
    -------
    ndarray, shape (..., 3, 3)
        Rows: flexion axis (z of the proximal segment), floating axis, long axis (y of the distal segment), in lab
        axes. They are not orthogonal: only the floating axis is perpendicular to both others.

    References
    ----------
    Grood ES, Suntay WJ (1983). J Biomech Eng 105:136-144.
    """
    flexion = np.asarray(proximal, float)[..., :, 2]
    long = np.asarray(distal, float)[..., :, 1]
    return np.stack([flexion, unit(np.cross(long, flexion)), long], axis=-2)


def clinical_moments(moment: ArrayLike, proximal: ArrayLike, distal: ArrayLike, lab: ArrayLike, joint: Joint) -> Array:
    """Components of a joint's internal moment on the axes of every moment frame.

    ``jcs`` is the orthogonal projection on the three axes of the joint coordinate system, that is the generalised
    force of each joint angle; it does not add up to the vector as axes of a Cartesian frame would. ``proximal`` and
    ``distal`` are the axes of the adjoining segments. ``lab`` is the vertical and the direction of progression: plain
    lab axes would turn flexion into extension for whoever walks the other way.

    Parameters
    ----------
    moment : array_like, shape (..., 3)
        Action of the proximal on the distal segment, in the right-leg world, any unit.
    proximal, distal, lab : array_like, shape (..., 3, 3)
        Axes as columns, x forward, y up, z lateral.
    joint : Joint
        Row of `biomech.joints.JOINTS`: names and signs.

    Returns
    -------
    ndarray, shape (..., 3, 4)
        Quantities in the order of ``joint.quantities`` by frames in the order of `biomech.schema.MOMENT_FRAMES`.

    References
    ----------
    Desroches G, Cheze L, Dumas R (2010). J Biomech Eng 132:114503 (moment on joint axes); Derrick TR et al. (2020).
    J Biomech 99:109533 (ISB recommendation: say internal or external, and the frame).
    """
    vector = np.asarray(moment, float)[..., None]
    frames = {"jcs": joint_axes(proximal, distal)}
    for name, axes in (("proximal", proximal), ("distal", distal), ("lab", lab)):
        frames[name] = transpose(axes)[..., _CLINICAL, :]
    return np.concatenate([_signed(frames[name] @ vector, joint) for name in MOMENT_FRAMES], axis=-1)


def joint_power(moment: ArrayLike, proximal: ArrayLike, distal: ArrayLike, relative_velocity: ArrayLike) -> Array:
    """Power of a joint moment, split over the joint's three angles, and in total.

    Each component is the moment's projection on a joint axis times the rate of that joint angle, so that the three add
    up to the total ``M . (w_distal - w_proximal)`` exactly.

    Parameters
    ----------
    moment : array_like, shape (..., 3)
        Action of the proximal on the distal segment, N m or N m/kg.
    proximal, distal : array_like, shape (..., 3, 3)
        Segment axes as columns.
    relative_velocity : array_like, shape (..., 3)
        Angular velocity of the distal relative to the proximal segment in lab axes, rad/s.

    Returns
    -------
    ndarray, shape (..., 4)
        Power of flexion, of the floating axis, of rotation about the long axis, and total; W or W/kg, positive when
        generated. The components are NaN at gimbal lock.
    """
    moment, velocity = np.asarray(moment, float), np.asarray(relative_velocity, float)
    axes = joint_axes(proximal, distal)
    one, two, three = axes[..., 0, :], axes[..., 1, :], axes[..., 2, :]
    volume = (one * np.cross(two, three)).sum(axis=-1)
    volume = np.where(np.abs(volume) > _GIMBAL, volume, np.nan)
    dual = np.stack([np.cross(two, three), np.cross(three, one), np.cross(one, two)], axis=-2)
    rates = (dual @ velocity[..., None])[..., 0] / volume[..., None]
    parts = (axes @ moment[..., None])[..., 0] * rates
    return np.concatenate([parts, (moment * velocity).sum(axis=-1, keepdims=True)], axis=-1)


def _signed(components: Array, joint: Joint) -> Array:
    return components * np.array([component.sign for component in joint.components], float)[:, None]
