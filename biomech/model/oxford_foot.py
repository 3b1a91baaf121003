"""The Oxford Foot Model as the reference computes it: stabilised markers, technical frames, landmarks, segments.

Everything in the mirrored-right world (x forward, y up, z lateral), vectorised over frames. Its own axes (Z along the foot
segments, X down) are not used: rotations come out on ours, and so do all angles.

References
----------
Stebbins J et al. (2006). Gait Posture 23:401-410. Carson MC et al. (2001). J Biomech 34:1299-1307.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rotations import frame, rotate, transpose, unit
from biomech.model.plug_in_gait import chord

Array = NDArray[np.float64]

#: Groups of four markers that stabilise one another, in cyclic order.
SHANK = ("ANK", "HFB", "TUB", "SHN")
HINDFOOT = ("HEE", "LCA", "STL", "CPG")
FOREFOOT = ("P1M", "D5M", "TOE", "P5M")
#: Landmark -> technical frame that carries it; what the reference stores as ``%LPCAX`` and so on.
LANDMARK_CARRIER = {
    "PCA": "hindfoot",
    "HFplantar": "hindfoot",
    "D1M0": "forefoot",
    "D1Mlat": "lateral",
    "P1Mlat": "lateral",
}
HIP_THETA_RAD, HIP_BETA_RAD = np.radians(28.4), np.radians(18.0)


def predicted(point: ArrayLike, q: ArrayLike, o: ArrayLike, w: ArrayLike) -> Array:
    """Where a marker should be if it were rigid with three others.

    Parameters
    ----------
    point : array_like, shape (n, 3)
        The marker; NaN where missing.
    q, o, w : array_like, shape (n, 3)
        The next three in the cyclic order of the group.

    Returns
    -------
    ndarray, shape (n, 3)
        Its mean place in the system of the three over all frames of the trial, carried by them: so the result of a frame
        depends on which other frames the trial has.
    """
    p, q, o, w = (np.asarray(v, float) for v in (point, q, o, w))
    axes = _system(q - o, o - w)
    local = rotate(transpose(axes), p - o)
    seen = np.isfinite(local).all(axis=-1)
    mean = local[seen].mean(axis=0) if seen.any() else np.full(3, np.nan)
    return o + rotate(axes, mean)


def stabilise(points: Mapping[str, Array], group: tuple[str, str, str, str]) -> dict[str, Array]:
    """Move each of four markers half way to where the other three say that it should be.

    Returns
    -------
    dict
        The four markers; the prediction where a marker is missing, the marker where there is no prediction.
    """
    nowhere = np.full_like(next(iter(points.values())), np.nan)
    own = [np.asarray(points.get(name, nowhere), float) for name in group]
    out = {}
    for i, name in enumerate(group):
        virtual = predicted(own[i], *(own[(i + k) % 4] for k in (1, 2, 3)))
        mean = (own[i] + virtual) / 2
        out[name] = np.where(np.isfinite(mean), mean, np.where(np.isfinite(own[i]), own[i], virtual))
    return out


def stabilised(points: Mapping[str, Array], heel_runs: int = 1) -> dict[str, Array]:
    """All markers with the three groups stabilised.

    Parameters
    ----------
    points : mapping
        Marker to array (n, 3).
    heel_runs : int
        How often the model ran on the same file: each run starts from the heel that the one before stored.
    """
    out = dict(points)
    for group in (SHANK, HINDFOOT, FOREFOOT):
        start = dict(points)
        if group is HINDFOOT and heel_runs > 1 and set(HINDFOOT) <= set(points):
            share = 0.5 ** (heel_runs - 1)
            virtual = predicted(*(points[name] for name in HINDFOOT))
            start["HEE"] = share * points["HEE"] + (1 - share) * virtual
        out |= {name: place for name, place in stabilise(start, group).items() if np.isfinite(place).any()}
    return out


def recognise_runs(points: Mapping[str, Array], stored: ArrayLike, tolerance_m: float = 2e-4, most: int = 8) -> int:
    """How often the reference ran its model on a file, recognised by the stabilised heel that it stores (HE1).

    A file that was cropped after the model ran has the heel off by a constant in the system of the other three markers,
    so it is the spread of the difference that decides.

    Parameters
    ----------
    points : mapping
        The original markers.
    stored : array_like, shape (n, 3)
        HE1, m, mirrored-right.
    tolerance_m : float
        Largest spread (standard deviation) of the difference that counts as recognised.
    most : int

    Returns
    -------
    int
        1 if no number of runs explains it.
    """
    if not set(HINDFOOT) <= set(points):
        return 1
    heel, (q, o, w) = points["HEE"], (points[name] for name in HINDFOOT[1:])
    virtual, back = predicted(heel, q, o, w), transpose(_system(q - o, o - w))
    spreads = []
    for share in 0.5 ** np.arange(1, most + 1):
        local = rotate(back, np.asarray(stored, float) - share * heel - (1 - share) * virtual)
        seen = np.isfinite(local).all(axis=-1)
        spreads.append(float(local[seen].std(axis=0).max()) if seen.any() else np.inf)
    best = int(np.argmin(spreads))
    return best + 1 if spreads[best] <= tolerance_m else 1


def technical_frames(points: Mapping[str, Array]) -> dict[str, tuple[Array, Array]]:
    """Technical frames of stabilised markers: name to (rotation, origin); those whose markers are absent are left out."""
    out = {}
    for name, origin, needed in (
        ("hindfoot", "HEE", ("HEE", "STL", "LCA")),
        ("forefoot", "P1M", ("P1M", "D5M", "TOE", "P5M")),
        ("lateral", "P5M", ("D5M", "P5M", "TOE")),
    ):
        if set(needed) <= set(points):
            a, b, c = (points[marker] for marker in needed[:3])
            if name == "hindfoot":
                first, second = a - (b + c) / 2, b - c
            elif name == "forefoot":
                first, second = a - b, c - points["P5M"]
            else:
                first, second = a - b, c - a
            out[name] = _system(first, second), points[origin]
    return out


def static_landmarks(
    points: Mapping[str, Array], flat_hindfoot: bool = True, flat_forefoot: bool = False
) -> dict[str, Array]:
    """Landmarks of the standing trial in their technical frames, means over its frames.

    Parameters
    ----------
    points : mapping
        Original markers of the static trial, arrays (n, 3), lab height along y.
    flat_hindfoot : bool
        HFplantar at the height of the heel marker (the older script always does so).
    flat_forefoot : bool
        D1M0 and D5M0 at the height of P5M.

    Returns
    -------
    dict
        Landmark to array (3,), m; what cannot be had is left out.
    """
    markers = stabilised(points)
    frames = technical_frames(markers)
    places: dict[str, Array] = {}
    if {"PCA", "HEE", "STL", "LCA", "P5M"} <= set(markers):
        places["PCA"] = markers["PCA"]
        middle = (markers["STL"] + markers["LCA"]) / 2
        plantar = _onto(markers["P5M"], markers["HEE"], markers["PCA"], middle)
        places["HFplantar"] = _at_height(plantar, markers["HEE"]) if flat_hindfoot else plantar
    if {"D1M", "P1M", "P5M"} <= set(markers):
        places["D1M0"] = _at_height(markers["D1M"], markers["P5M"]) if flat_forefoot else markers["D1M"]
        places["D1Mlat"], places["P1Mlat"] = places["D1M0"], markers["P1M"]
    out = {}
    for name, place in places.items():
        if LANDMARK_CARRIER[name] in frames:
            rotation, origin = frames[LANDMARK_CARRIER[name]]
            local = rotate(transpose(rotation), place - origin)
            seen = np.isfinite(local).all(axis=-1)
            if seen.any():
                out[name] = local[seen].mean(axis=0)
    return out


def static_parameters(points: Mapping[str, Array]) -> dict[str, float]:
    """Foot length (heel to toe marker) and landmarks of the standing trial as subject parameters, m."""
    out = {
        f"oxford_{name.lower()}_{axis}": float(number)
        for name, place in static_landmarks(points).items()
        for axis, number in zip("xyz", place, strict=True)
    }
    if {"HEE", "TOE"} <= set(points):
        length = np.linalg.norm(points["HEE"] - points["TOE"], axis=-1)
        if np.isfinite(length).any():
            out["oxford_foot_length"] = float(np.nanmean(length))
    return out


def tibia(points: Mapping[str, Array], hip: ArrayLike, knee_offset_m: float, ankle_offset_m: float) -> dict[str, Array]:
    """Femur and tibia of the foot model: the conventional gait model with widths averaged over both legs.

    Parameters
    ----------
    points : mapping
        Original markers THI, KNE, TIB, ANK.
    hip : array_like, shape (n, 3)
    knee_offset_m, ankle_offset_m : float
        Half the width (mean of both legs) plus the marker radius.

    Returns
    -------
    dict
        ``femur`` and ``tibia`` to rotations (n, 3, 3).
    """
    knee = chord(hip, points["KNE"], points["THI"], knee_offset_m)
    ankle = chord(knee, points["ANK"], points["TIB"], ankle_offset_m)
    return {
        "femur": frame(np.asarray(hip) - knee, points["KNE"] - knee, "yz"),
        "tibia": frame(knee - ankle, points["ANK"] - ankle, "yz"),
    }


def segments(
    points: Mapping[str, Array], landmarks: Mapping[str, Array], marker_radius_m: float
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Hindfoot, forefoot and hallux of a trial.

    Parameters
    ----------
    points : mapping
        Stabilised markers (`stabilised`).
    landmarks : mapping
        Of `static_landmarks`.
    marker_radius_m : float

    Returns
    -------
    rotations : dict
        ``hindfoot``, ``forefoot``, ``hallux`` to arrays (n, 3, 3), x forward, y up, z lateral.
    places : dict
        Landmarks carried by their technical frames, arrays (n, 3).
    """
    frames = technical_frames(points)
    carried = {
        name: frames[carrier][1] + rotate(frames[carrier][0], landmarks[name])
        for name, carrier in LANDMARK_CARRIER.items()
        if name in landmarks and carrier in frames
    }
    out: dict[str, Array] = {}
    if {"HFplantar", "PCA"} <= set(carried):
        heel = points["HEE"]
        out["hindfoot"] = frame(carried["HFplantar"] - heel, carried["PCA"] - heel, "xy")
    if "D1M0" in carried and {"D5M", "P5M", "P1M", "TOE"} <= set(points):
        plane = carried["D1M0"], points["D5M"], points["P5M"]
        toe, base = _onto(points["TOE"], *plane), _onto(points["P1M"], *plane)
        across = points["P5M"] - base
        width = np.linalg.norm(across, axis=-1, keepdims=True)
        middle = base + across * (width - marker_radius_m) / (2 * width)
        lateral = points["D5M"] - carried["D1M0"]
        out["forefoot"] = frame(toe - middle, lateral, "xz")
        if "HLX" in points:
            out["hallux"] = frame(points["HLX"] - carried["D1M0"], lateral, "xz")
    return out, carried


def arch_height(points: Mapping[str, Array], carried: Mapping[str, Array]) -> Array:
    """Height of the first metatarsal's base above where three lateral markers carry its standing place to, m, shape (n,)."""
    floor = _onto(carried["P1Mlat"], carried["D1Mlat"], points["D5M"], points["P5M"])
    return np.linalg.norm(points["P1M"] - floor, axis=-1)


def _system(first: Array, second: Array) -> Array:
    """Columns x = u(first), y = u(second x x), z = x x y."""
    x = unit(first)
    y = unit(np.cross(second, x))
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def _onto(point: Array, a: Array, b: Array, c: Array) -> Array:
    normal = unit(np.cross(b - a, c - a))
    return point - np.sum((point - a) * normal, axis=-1, keepdims=True) * normal


def _at_height(point: Array, of: Array) -> Array:
    out = np.array(point, float)
    out[..., 1] = of[..., 1]
    return out
