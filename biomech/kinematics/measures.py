"""Distances of one leg, in metres: the table of measures, and how each is computed in the right-leg world (z lateral).

Like an angle, a measure is a row of a table (`MEASURES`), with a row of its own in `docs/conventions.md` that a test runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.kinematics.angles import progression_frame

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """One distance or position.

    Attributes
    ----------
    name : str
        Says the positive direction.
    title : str
        In words.
    positive : str
        What a positive value means.
    frame : str
        Plane or direction in which it is taken.
    source : str
        Where the definition comes from.
    """

    name: str
    title: str
    positive: str
    frame: str
    source: str


_FOOT = "horizontal plane, across the foot's line from heel to second toe"
_FRONTAL = "frontal plane of progression"
_KROSSHAUG = "medial knee displacement of Krosshaug 2016, Am J Sports Med 44:874, with joint centres"
_SEPARATION = "separation distances of Noyes 2005, Am J Sports Med 33:197, between joint centres"
_ACROSS = "horizontal, across the direction of progression"
_STANCE_WIDTH = "a line down from the tip of the shoulder: stance width of Padua 2009, Am J Sports Med 37:1996, in the wording of Mauntel 2017"

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "knee_medial_to_hip_ankle_line",
            "distance of the knee centre from the line between hip and ankle centre",
            "the knee lies inside of the line (valgus)",
            _FRONTAL,
            _KROSSHAUG,
        ),
        Measure(
            "knee_medial_to_second_toe",
            "distance of the knee centre from the foot's line, from heel to second toe",
            "the knee is inside of the second toe",
            _FOOT,
            "knee over second toe: visual criterion of Ageberg 2010, BMC Musculoskelet Disord 11:265, as a distance",
        ),
        Measure(
            "knee_medial_to_first_metatarsal",
            "distance of the knee centre from the line through the first metatarsal head, parallel to the foot's line",
            "the knee is inside of the first metatarsal head",
            _FOOT,
            "knee medial to the foot: visual criterion of Ageberg 2010, BMC Musculoskelet Disord 11:265, as a distance",
        ),
        Measure(
            "knee_medial_to_hip",
            "distance of the knee centre from the sagittal plane through the hip centre",
            "the knee lies inside of the hip",
            "horizontal, across the heading of the pelvis",
            _KROSSHAUG + ", in the pelvis's plane",
        ),
        Measure(
            "foot_width",
            "distance between first and fifth metatarsal head",
            "always positive",
            "space",
            "width of the forefoot, to compare distances between feet",
        ),
        Measure(
            "navicular_height",
            "height of the navicular above the line from heel to first metatarsal head",
            "the navicular is above the line",
            "direction normal to the plane of heel, first and fifth metatarsal head",
            "dynamic navicular drop: Nielsen 2009, J Foot Ankle Res 2:12, above the foot's own plane in place of the floor",
        ),
        Measure(
            "hip_separation",
            "distance between both hip centres, across the direction of progression",
            "the right one is to the right of the left one",
            _FRONTAL,
            _SEPARATION,
        ),
        Measure(
            "knee_separation",
            "distance between both knee centres, across the direction of progression",
            "the right one is to the right of the left one",
            _FRONTAL,
            _SEPARATION,
        ),
        Measure(
            "ankle_separation",
            "distance between both ankle centres, across the direction of progression",
            "the right one is to the right of the left one",
            _FRONTAL,
            _SEPARATION,
        ),
        Measure(
            "pelvis_height",
            "height of the pelvis origin",
            "above the lab's floor",
            "lab, vertical",
            "position of the pelvis origin",
        ),
        Measure(
            "first_metatarsal_outside_acromion",
            "distance of the first metatarsal head from the sagittal plane through the acromion of its side",
            "the whole foot stands outside of the shoulder",
            _ACROSS,
            _STANCE_WIDTH,
        ),
        Measure(
            "fifth_metatarsal_inside_acromion",
            "distance of the fifth metatarsal head from the sagittal plane through the acromion of its side",
            "the whole foot stands inside of the shoulder",
            _ACROSS,
            _STANCE_WIDTH,
        ),
    )
}
SEPARATIONS = {f"{joint}_separation": joint for joint in ("hip", "knee", "ankle")}


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
