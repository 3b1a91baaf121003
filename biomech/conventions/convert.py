"""Conversion of angles and moments to and from the conventions of other systems."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.conventions.rules import CONVENTIONS, Convention, Slots
from biomech.geometry.rotations import cardan, from_cardan, transpose, unwrap_nan
from biomech.joints import JOINTS, SEGMENT_ANGLES, Joint
from biomech.kinetics.moments import joint_axes

Array = NDArray[np.float64]

_ROWS: dict[str, Joint] = {joint.name: joint for joint in (*SEGMENT_ANGLES, *JOINTS)}
# Our components stand sagittal, frontal, transverse.


def convention(name: str) -> Convention:
    """Return a convention by name.

    Raises
    ------
    ValueError
        With the known names.
    """
    if name not in CONVENTIONS:
        raise ValueError(f"convention: expected one of {', '.join(CONVENTIONS)}, found {name!r}")
    return CONVENTIONS[name]


def quantities_of(joint: str) -> tuple[str, str, str]:
    """Names of our three angles of a joint (and of its moments): sagittal, frontal, transverse."""
    return _ROWS[joint].quantities


def angles_to(name: str, joint: str, angles: ArrayLike, side: str, ankle_sequence: str = "ZXY") -> Array:
    """Turn our three angles of a joint into the components that another system stores.

    The rotation matrix is rebuilt, so differing Cardan sequences are converted exactly.

    Parameters
    ----------
    name : str
        A key of `CONVENTIONS`.
    joint : {"pelvis", "hip", "knee", "ankle"}
    angles : array_like, shape (n, 3) or (..., 3)
        Degrees, in the order of `quantities_of`.
    side : {"left", "right"}
    ankle_sequence : {"ZXY", "ZYX"}
        `kinematics.ankle_sequence` that made our angles.

    Returns
    -------
    ndarray, shape of `angles`
        Degrees, in the order and with the signs of the other system.
    """
    rule, row = convention(name), _ROWS[joint]
    rotation = _matrix(np.asarray(angles, float), row, row.sequence_of(ankle_sequence))
    theirs = _degrees(rotation, rule.sequence[joint])
    slots = rule.angle[joint]
    return np.stack([slot.of(side) * theirs[slot.axis] for slot in slots], axis=-1)


def angles_from(name: str, joint: str, stored: ArrayLike, side: str, ankle_sequence: str = "ZXY") -> Array:
    """Turn stored components of another system into our three angles of a joint; the inverse of `angles_to`."""
    rule, row = convention(name), _ROWS[joint]
    values = np.asarray(stored, float)
    letters: dict[str, Array] = {slot.axis: slot.of(side) * values[..., k] for k, slot in enumerate(rule.angle[joint])}
    sequence = rule.sequence[joint]
    rotation = from_cardan(np.radians(np.stack([letters[axis] for axis in sequence], axis=-1)), sequence)
    ours = _degrees(rotation, row.sequence_of(ankle_sequence))
    return np.stack([c.sign * ours[c.axis] for c in row.components], axis=-1)


def moments_to(name: str, joint: str, moments: ArrayLike, side: str) -> Array:
    """Turn our internal moments into the components that another system stores.

    Parameters
    ----------
    name : str
        A key of `CONVENTIONS`.
    joint : {"hip", "knee", "ankle"}
    moments : array_like, shape (..., 3)
        N m/kg, in the order of `quantities_of`, in the frame ``convention(name).moment_frame``
        (``moment.sel(frame=...)`` of the stage kinetics; see `moment_frame` to come from another frame).
    side : {"left", "right"}

    Returns
    -------
    ndarray, shape of `moments`
        In the other system's unit, order and signs.
    """
    rule = convention(name)
    return rule.moment_factor * _reordered(np.asarray(moments, float), _ROWS[joint], rule.moment[joint], side)


def moments_from(name: str, joint: str, stored: ArrayLike, side: str) -> Array:
    """Turn stored components into our internal moments, N m/kg, in the frame of the convention; inverse of `moments_to`."""
    rule, row = convention(name), _ROWS[joint]
    values = np.asarray(stored, float) / rule.moment_factor
    letters = {slot.axis: slot.of(side) * values[..., k] for k, slot in enumerate(rule.moment[joint])}
    return np.stack([c.sign * letters[c.axis] for c in row.components], axis=-1)


def moment_frame(
    joint: str, moments: ArrayLike, proximal: ArrayLike, distal: ArrayLike, source: str, target: str
) -> Array:
    """Bring a joint's moment components from one frame to another.

    Parameters
    ----------
    joint : {"hip", "knee", "ankle"}
    moments : array_like, shape (..., 3)
        Our internal moments in the order of `quantities_of`, any unit.
    proximal, distal : array_like, shape (..., 3, 3)
        Mirrored-right axes of the two segments.
    source, target : {"proximal", "distal", "jcs"}
        ``jcs`` is the orthogonal projection on the joint's rotation axes, which are not at right angles: the vector is
        rebuilt by their dual base.

    Returns
    -------
    ndarray, shape of `moments`
    """
    signs = np.array([c.sign for c in _ROWS[joint].components], float)
    right = np.asarray(moments, float) * signs
    vector = np.linalg.solve(_axes(proximal, distal, source), right[..., None])
    return signs * (_axes(proximal, distal, target) @ vector)[..., 0]


def _axes(proximal: ArrayLike, distal: ArrayLike, name: str) -> Array:
    if name == "jcs":
        return joint_axes(proximal, distal)
    if name not in ("proximal", "distal"):
        raise ValueError(f"frame: expected proximal, distal or jcs, found {name!r}")
    return transpose(proximal if name == "proximal" else distal)[..., (2, 0, 1), :]


def _matrix(angles: Array, row: Joint, sequence: str) -> Array:
    letters: dict[str, Array] = {c.axis: c.sign * angles[..., k] for k, c in enumerate(row.components)}
    return from_cardan(np.radians(np.stack([letters[axis] for axis in sequence], axis=-1)), sequence)


def _degrees(rotation: Array, sequence: str) -> dict[str, Array]:
    angles = np.degrees(cardan(rotation, sequence))
    if angles.ndim > 1:
        angles = unwrap_nan(angles, axis=0, period=360.0)
    return {axis: angles[..., k] for k, axis in enumerate(sequence)}


def _reordered(values: Array, row: Joint, slots: Slots, side: str) -> Array:
    right = {c.axis: c.sign * values[..., k] for k, c in enumerate(row.components)}
    return np.stack([slot.of(side) * right[slot.axis] for slot in slots], axis=-1)
