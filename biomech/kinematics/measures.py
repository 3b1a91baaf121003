"""Computation of the distances of `biomech.quantities.MEASURES`, in the right-leg world (z lateral), in metres."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.kinematics.angles import progression_frame

Array = NDArray[np.float64]


def side_distances(points: Mapping[str, ArrayLike], pelvis: ArrayLike, direction: ArrayLike) -> dict[str, Array]:
    """All measures that one leg has by itself.

    Parameters
    ----------
    points : mapping of str to array_like, shape (n, 3)
        Mirrored-right joint centres and landmarks that exist: ``hip``, ``knee``, ``ankle``, ``heel``, ``toe``,
        ``first_metatarsal_head``, ``fifth_metatarsal_head``, ``navicular``, ``pelvis`` (origin), ``acromion``, m.
    pelvis : array_like, shape (n, 3, 3)
        Mirrored-right axes of the pelvis.
    direction : array_like, shape (n, 3)
        Mirrored-right direction of progression.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        Every name of `MEASURES` apart from `SEPARATIONS`, m; NaN where something is missing.
    """
    direction = np.asarray(direction, float)
    nowhere = np.full(direction.shape, np.nan)
    hip, knee, ankle, heel, toe, first, fifth, navicular, origin, acromion = (
        np.asarray(points.get(name, nowhere), float)
        for name in (
            "hip",
            "knee",
            "ankle",
            "heel",
            "toe",
            "first_metatarsal_head",
            "fifth_metatarsal_head",
            "navicular",
            "pelvis",
            "acromion",
        )
    )
    axes = progression_frame(direction)
    foot, heading = progression_frame(toe - heel), progression_frame(np.asarray(pelvis, float)[..., 0])
    over_toe = _medial(foot, knee - heel)
    return {
        "knee_medial_to_hip_ankle_line": medial_to_line(hip, knee, ankle, axes),
        "knee_medial_to_second_toe": over_toe,
        "knee_medial_to_first_metatarsal": over_toe - _medial(foot, first - heel),
        "knee_medial_to_hip": _medial(heading, knee - hip),
        "foot_width": np.linalg.norm(first - fifth, axis=-1),
        "navicular_height": height_above_foot(navicular, heel, first, fifth),
        "pelvis_height": origin[..., 1],
        "first_metatarsal_outside_acromion": -_medial(axes, first - acromion),
        "fifth_metatarsal_inside_acromion": _medial(axes, fifth - acromion),
    }


def medial_to_line(hip: ArrayLike, knee: ArrayLike, ankle: ArrayLike, axes: ArrayLike) -> Array:
    """Distance of the knee from the line between hip and ankle, both seen along the x axis of a frame; medial positive.

    Parameters
    ----------
    hip, knee, ankle : array_like, shape (..., 3)
        Joint centres, mirrored-right, m.
    axes : array_like, shape (..., 3, 3)
        Columns forward, up, lateral, mirrored-right.

    Returns
    -------
    ndarray, shape (...)
        m; ``((K - H)_z w_y - (K - H)_y w_z) / |w|`` with ``w = A - H``.
    """
    hip, axes = np.asarray(hip, float), np.asarray(axes, float)
    to_knee, line = (np.einsum("...ji,...j->...i", axes, np.asarray(p, float) - hip)[..., 1:] for p in (knee, ankle))
    cross = to_knee[..., 1] * line[..., 0] - to_knee[..., 0] * line[..., 1]
    return cross / np.linalg.norm(line, axis=-1)


def height_above_foot(navicular: ArrayLike, heel: ArrayLike, first: ArrayLike, fifth: ArrayLike) -> Array:
    """Height of the navicular above the line from heel to first metatarsal head, normal to the plane of the foot.

    Parameters
    ----------
    navicular, heel, first, fifth : array_like, shape (..., 3)
        Mirrored-right; `first` and `fifth` are metatarsal heads, m.

    Returns
    -------
    ndarray, shape (...)
        m, upwards positive in a standing foot.
    """
    heel = np.asarray(heel, float)
    normal = np.cross(np.asarray(fifth, float) - heel, np.asarray(first, float) - heel)
    normal = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    return np.einsum("...i,...i->...", np.asarray(navicular, float) - heel, normal)


def separation(right: ArrayLike, left: ArrayLike, direction: ArrayLike) -> Array:
    """Distance from the left to the right point across the direction of progression, in the lab (not mirrored), m."""
    lateral = progression_frame(direction)[..., 2]
    return np.einsum("...i,...i->...", np.asarray(right, float) - np.asarray(left, float), lateral)


def _medial(axes: Array, vector: Array) -> Array:
    return -np.einsum("...i,...i->...", axes[..., 2], vector)
