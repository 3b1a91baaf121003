"""Clusters that slid on the limb between the static trial and a movement trial: shape kept, place changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biomech.geometry.rigid import RigidFit, fit_pose
from biomech.model.calibration import SideModel
from biomech.model.markersets import MarkerSet
from biomech.quality import Quality
from biomech.schema import SIDES

Array = NDArray[np.float64]
#: Joints at the ends of the segments that carry clusters, with the segment on the other side.
_ENDS = {
    "thigh": (("hip", "pelvis"), ("knee", "shank_proximal")),
    "shank_proximal": (("knee", "thigh"), ("ankle", "foot")),
}
#: Frames near the static's joint angles are compared: soft tissue moves least there. The nearest quarter, degrees more.
_NEAR_PERCENT, _NEAR_DEG = 25.0, 5.0
_MIN_FRAMES = 5


def slides(
    side: SideModel, markerset: MarkerSet, moving: Mapping[str, Mapping[str, Array]]
) -> dict[str, dict[str, Array]]:
    """Return how far the clusters of thigh and shank lie from their place in the static trial.

    Parameters
    ----------
    side : SideModel
        Templates and joint centres of the static trial.
    markerset : MarkerSet
    moving : mapping
        Movement trial to marker to array (n, 3), m, mirrored-right world.

    Returns
    -------
    dict
        Segment to movement trial to array (3,), m, in the segment's own axes: the shift of both joint centres that it
        carries against those that its neighbours carry, as far as both ends agree (a slide moves both alike; soft tissue
        and a joint centre in the wrong place do not). Segments without a cluster, or with a neighbour without one, are
        left out.
    """
    points, spans = _joined(moving)
    wanted = {*_ENDS, *(other for ends in _ENDS.values() for _, other in ends)} & set(side.template)
    fits = {name: fit for name in wanted if (fit := _fit(side, markerset, name, points)) is not None}
    out: dict[str, dict[str, Array]] = {}
    for segment, ends in _ENDS.items():
        gaps = [_gap(side, fits, segment, other, joint) for joint, other in ends]
        for trial, span in spans.items():
            shifts = [_shift(gap[0][span], gap[1][span]) for gap in gaps if gap is not None]
            found = [shift for shift in shifts if shift is not None]
            if len(found) < len(ends):
                continue
            both = found[0] + found[1]
            length = float(np.linalg.norm(both))
            along = both / length if length else both
            out.setdefault(segment, {})[trial] = along * max(0.0, min(float(found[0] @ along), float(found[1] @ along)))
    return out


def _joined(moving: Mapping[str, Mapping[str, Array]]) -> tuple[dict[str, Array], dict[str, slice]]:
    """Put the trials one after the other, NaN where one lacks a marker: one fit serves all."""
    spans, start = {}, 0
    for trial, points in moving.items():
        count = len(next(iter(points.values()), ()))
        spans[trial] = slice(start, start + count)
        start += count
    names = dict.fromkeys(name for points in moving.values() for name in points)
    joined = {name: np.full((start, 3), np.nan) for name in names}
    for trial, points in moving.items():
        for name, value in points.items():
            joined[name][spans[trial]] = value
    return joined, spans


def _fit(side: SideModel, markerset: MarkerSet, segment: str, points: Mapping[str, Array]) -> RigidFit | None:
    places = side.template[segment]
    names = [name for name in markerset.cluster_of(segment) if name in places and name in points]
    if len(names) < 3:
        return None
    return fit_pose(np.stack([places[n] for n in names]), np.stack([points[n] for n in names], axis=-2))


def _gap(
    side: SideModel, fits: Mapping[str, RigidFit], segment: str, other: str, joint: str
) -> tuple[Array, Array] | None:
    """Place of the segment's joint centre against its neighbour's, segment axes, (n, 3), m; turn from the static, (n,)."""
    if segment not in fits or other not in fits:
        return None
    own, theirs = side.landmark[segment].get(joint), side.landmark[other].get(joint)
    if own is None or theirs is None:
        return None
    one, two = fits[segment], fits[other]
    gap = one.origin + one.rotation @ own - two.origin - two.rotation @ theirs
    static = side.built.frames[segment][0][0].T @ side.built.frames[other][0][0]
    moved = np.einsum("nji,njk->nik", one.rotation, two.rotation) @ static.T
    turned = np.degrees(np.arccos(np.clip((np.trace(moved, axis1=-2, axis2=-1) - 1) / 2, -1.0, 1.0)))
    return np.einsum("nji,nj->ni", one.rotation, gap), turned


def _shift(gap: Array, turned: Array) -> Array | None:
    """Median gap of the frames that are nearest to the static's joint angles, (3,), m."""
    seen = np.isfinite(gap).all(axis=-1) & np.isfinite(turned)
    if seen.sum() < _MIN_FRAMES:
        return None
    near = seen & (turned <= np.percentile(turned[seen], _NEAR_PERCENT) + _NEAR_DEG)
    return np.asarray(np.median(gap[near], axis=0))


def report_slides(
    sides: Mapping[str, SideModel],
    trial: str,
    moving: Mapping[str, tuple[list[str], Any]],
    markerset: MarkerSet,
    limit_m: float,
    quality: Quality,
) -> None:
    """Write a row for every cluster that lies elsewhere than in the static trial.

    Parameters
    ----------
    sides : mapping
        Side to SideModel.
    trial : str
        The static trial.
    moving : mapping
        Movement trial to its labels and positions (n, m, 3), m; a sample of its frames is enough.
    markerset : MarkerSet
    limit_m : float
        Slides below it are soft tissue.
    quality : Quality
    """
    for side in SIDES:
        points = {name: markerset.side_points(labels, at, side) for name, (labels, at) in moving.items()}
        found = slides(sides[side], markerset, {name: seen for name, seen in points.items() if seen})
        for segment, by_trial in found.items():
            far = {name: shift for name, shift in by_trial.items() if np.linalg.norm(shift) > limit_m}
            if not far:
                continue
            shift = np.median(list(far.values()), axis=0)
            clusters = ", ".join(_labels(markerset, side, markerset.cluster_of(segment)))
            what = "shank" if segment == "shank_proximal" else segment
            quality.add(
                "warning",
                "cluster_slid",
                f"the cluster of the {side} {what} ({clusters}) keeps its shape, but lies {1000 * np.linalg.norm(shift):.0f} mm "
                f"from its place in static trial {trial} ({_direction(shift)}) in {', '.join(far)}; below "
                f"{1000 * limit_m:.0f} mm is soft tissue. Joint centres and axes that it carries are off by as much",
                trial=next(iter(far)) if len(far) == 1 else trial,
                item=f"{side} {segment}",
                action="use a static trial recorded after the cluster slid (or before, for the trials before), or leave these trials out",
                value=float(np.linalg.norm(shift)),
                unit="m",
            )


def _direction(shift: Array) -> str:
    words = (("forward", "back"), ("up", "down"), ("laterally", "medially"))
    axis = int(np.argmax(np.abs(shift)))
    return f"mostly {words[axis][0 if shift[axis] > 0 else 1]}"


def _labels(markerset: MarkerSet, side: str, names: Iterable[str]) -> list[str]:
    return [markerset.label_of(side, name) for name in names if name in markerset.markers]
