"""The conventional gait model: joint centres by the chord construction, knee alignment device, foot offsets.

Everything in the mirrored-right world (z lateral), vectorised over frames, with the signs of the parameters as the
conventional gait model stores them in a C3D (`PROCESSING`), equal on both sides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rotations import transpose, unit

Array = NDArray[np.float64]


def chord(
    proximal: ArrayLike,
    lateral: ArrayLike,
    wand: ArrayLike,
    offset_m: ArrayLike,
    rotation_rad: ArrayLike = 0.0,
    abadd_rad: ArrayLike = 0.0,
) -> Array:
    """Joint centre J from the proximal joint centre P, the lateral marker K and the wand or thigh marker T.

    First J0: it lies at `offset_m` from K with a right angle P-J0-K, and about the axis from J0 to P the angle from
    J0->K to J0->T is ``-rotation_rad`` (z lateral), which for 0 puts J0 into the plane P, K, T on the side away from T.
    Then the arm K-J0 turns about K in the plane P, J0, K by `abadd_rad`, towards P if positive: J.

    Parameters
    ----------
    proximal, lateral, wand : array (..., 3)
        P, K and T, m, mirrored-right world.
    offset_m : float or array (...)
        Half the joint's width plus the marker's radius.
    rotation_rad : float or array (...)
        ThighRotation or ShankRotation of the conventional gait model.
    abadd_rad : float or array (...)
        AnkleAbAdd of the conventional gait model.

    Returns
    -------
    array (..., 3)
        J; NaN where a point is missing or P and K are closer than the offset.

    Notes
    -----
    The triangle P, J0, K has two known sides and a right angle, so J0 lies on a circle about P-K. With the angle
    ``t`` on that circle the condition on the wand is ``A sin t + B cos t + C = 0``, which has a closed solution.
    The turn by AnkleAbAdd is what Nexus does (1e-4 mm on recordings with a knee alignment device); a right angle of
    ``90 degrees + AnkleAbAdd`` at J itself would lie up to 0.1 mm next to it.

    References
    ----------
    Davis et al. 1991, Hum Mov Sci 10:575-587; Kadaba et al. 1990, J Orthop Res 8:383-392.
    """
    P, K, T = (np.asarray(v, dtype=np.float64) for v in (proximal, lateral, wand))
    d, phi, abadd = (np.asarray(v, dtype=np.float64) for v in (offset_m, -np.asarray(rotation_rad), abadd_rad))
    line = P - K
    L = np.linalg.norm(line, axis=-1)
    e = unit(line)
    to_wand = T - K
    t1 = np.sum(to_wand * e, axis=-1)
    E = unit(t1[..., None] * e - to_wand)  # across the line, away from the wand
    F = np.cross(e, E)
    t2 = -np.sum(to_wand * E, axis=-1)

    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.sqrt(L**2 - d**2)
        a = d**2 / L
        h = np.sqrt(d**2 - a**2)
        # About the axis u from J0 to P: sine and cosine part of the angle from J0->K to J0->T, both times p.
        # With q = J0.T = a t1 - h t2 cos t:  sine = -L h t2 sin t;  cosine / p = d^2 - q = c0 + c1 cos t
        c0 = d**2 - a * t1
        c1 = h * t2
        A = -L * h * t2 / p * np.cos(phi)
        B = -c1 * np.sin(phi)
        C = -c0 * np.sin(phi)
        base = np.arctan2(A, B)
        spread = np.arccos(-C / np.hypot(A, B))
    roots = np.stack(np.broadcast_arrays(base + spread, base - spread), axis=-1)
    roots = np.angle(np.exp(1j * roots))
    sine, cosine = (-L * h * t2 / p)[..., None] * np.sin(roots), c0[..., None] + c1[..., None] * np.cos(roots)
    right_way = cosine * np.cos(phi)[..., None] + sine * np.sin(phi)[..., None] > 0
    cost = np.where(right_way, np.abs(roots), np.abs(roots) + 10.0)
    angle = np.take_along_axis(roots, np.argmin(np.where(np.isnan(cost), np.inf, cost), axis=-1)[..., None], axis=-1)
    across = np.cos(angle) * E + np.sin(angle) * F
    turned = np.arccos(np.clip(d / L, -1.0, 1.0)) - abadd  # angle at K between K-P and K-J
    return K + (d * np.cos(turned))[..., None] * e + (d * np.sin(turned))[..., None] * across


def wand_rotation(proximal: ArrayLike, joint: ArrayLike, lateral: ArrayLike, wand: ArrayLike) -> Array:
    """ThighRotation or ShankRotation of a joint centre: the angle from J->K to J->T about the axis from J to P, negated.

    Without AnkleAbAdd `chord` with this rotation returns the joint centre; with it the centre is up to 0.1 mm off, as
    in Nexus, whose construction takes AnkleAbAdd a little differently than its static calibration measures it.

    Parameters
    ----------
    proximal, joint, lateral, wand : array (..., 3)
        P, J, K and T, mirrored-right world.

    Returns
    -------
    array (...)
        rad, -pi to pi.
    """
    P, J, K, T = (np.asarray(v, dtype=np.float64) for v in (proximal, joint, lateral, wand))
    u = unit(P - J)
    k, t = K - J, T - J
    k, t = (v - np.sum(v * u, axis=-1, keepdims=True) * u for v in (k, t))
    return -np.arctan2(np.sum(u * np.cross(k, t), axis=-1), np.sum(k * t, axis=-1))


def angle_abadd(proximal: ArrayLike, joint: ArrayLike, lateral: ArrayLike) -> Array:
    """AnkleAbAdd: the angle P-J-K minus 90 degrees, rad, shape (...)."""
    P, J, K = (np.asarray(v, dtype=np.float64) for v in (proximal, joint, lateral))
    cosine = np.sum(unit(P - J) * unit(K - J), axis=-1)
    return np.arccos(np.clip(cosine, -1.0, 1.0)) - np.pi / 2


def knee_device(axis_marker: ArrayLike, first: ArrayLike, second: ArrayLike, lateral: ArrayLike) -> Array:
    """Virtual lateral knee marker of a knee alignment device.

    The device holds three markers at the ends of three equal arms at right angles, which meet at the knee's lateral
    epicondyle; so the corner lies on the normal of their plane through their centroid.

    Parameters
    ----------
    axis_marker, first, second : array (..., 3)
        KAX (the arm along the knee axis), KD1 and KD2, m.
    lateral : array (..., 3)
        Direction away from the body (pelvis z): the corner lies on the other side of the markers' plane.

    Returns
    -------
    array (..., 3)
    """
    a, b, c = (np.asarray(v, dtype=np.float64) for v in (axis_marker, first, second))
    centroid = (a + b + c) / 3
    normal = unit(np.cross(b - a, c - a))
    side = sum(np.linalg.norm(v, axis=-1) for v in (a - b, b - c, c - a)) / 3
    towards = -np.sign(np.sum(np.asarray(lateral) * normal, axis=-1))
    # corner of a cube's vertex figure: side = arm * sqrt(2), height of the corner above the face = arm / sqrt(3)
    return centroid + (towards * side / np.sqrt(6.0))[..., None] * normal


def tibial_torsion(shank: ArrayLike, knee_axis: ArrayLike) -> Array:
    """TibialTorsion: turn of the torsioned shank about its long axis that brings z over the knee axis.

    Parameters
    ----------
    shank : array (..., 3, 3)
        Torsioned (malleolar) shank frame.
    knee_axis : array (..., 3)
        Lateral axis of the knee (thigh z in the static).

    Returns
    -------
    array (...)
        rad; negative where the malleolar axis is external to the knee axis, as the conventional gait model stores it.
    """
    v = np.einsum("...ji,...j->...i", np.asarray(shank, dtype=np.float64), np.asarray(knee_axis, dtype=np.float64))
    # untorsioned = torsioned turned about y by -torsion, which sends z to (sin(-torsion), 0, cos(-torsion))
    return -np.arctan2(v[..., 0], v[..., 2])


def foot_offsets(foot: ArrayLike, heel: ArrayLike, toe: ArrayLike, flat: bool = True) -> tuple[Array, Array]:
    """StaticPlantFlex and StaticRotOff of a standing foot.

    Parameters
    ----------
    foot : array (..., 3, 3)
        Uncorrected foot frame (x from ankle centre to toe, y in the shank's sense).
    heel, toe : array (..., 3)
        m, lab heights along y.
    flat : bool
        The sole is flat on the floor: the heel is taken at the toe's height.

    Returns
    -------
    plantar_flexion, rotation : array (...)
        rad.
    """
    toe = np.asarray(toe, dtype=np.float64)
    start = np.array(heel, dtype=np.float64)
    if flat:
        start[..., 1] = toe[..., 1]
    w = np.einsum("...ij,...j->...i", transpose(np.asarray(foot, dtype=np.float64)), unit(toe - start))
    return np.arctan2(w[..., 1], w[..., 0]), -np.arcsin(np.clip(w[..., 2], -1.0, 1.0))
