"""Motion of the feet relative to the ground: height, speed, plate outlines, and stance without a force plate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from biomech.signals.derivatives import derivative
from biomech.signals.filters import runs

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

HORIZONTAL = [0, 2]
# Points of the sole in the order of `FootMotion.sole`; heel and toe always stand first.
SOLE = ("heel", "toe", "first_metatarsal_head", "fifth_metatarsal_head")
# Where heel and toe are put on the foot's long axis, from the ankle centre, for marker sets without such landmarks, m.
_HEEL_X, _TOE_X = -0.05, 0.15
# A pelvis that travels slower than this on average does not walk over the ground.
_TRAVEL_M_S = 0.3


@dataclass(frozen=True)
class FootMotion:
    """Points of one foot during a trial.

    Parameters
    ----------
    sole : ndarray, (n, p, 3)
        Heel, toe and other points near the ground, m, lab.
    ankle : ndarray, (n, 3)
        Ankle centre, m, lab.
    lift : ndarray, (n, p)
        Height of the sole points above their height in standing, m.
    speed : ndarray, (n, p)
        Horizontal speed of the sole points against the ground (or the foot's own belt), m/s.
    """

    sole: Array
    ankle: Array
    lift: Array
    speed: Array

    @property
    def tracked(self) -> Mask:
        """Frames in which heel, toe and ankle are known, (n,)."""
        heel, toe = np.isfinite(self.sole[:, 0]).all(axis=1), np.isfinite(self.sole[:, 1]).all(axis=1)
        return np.logical_and.reduce([heel, toe, np.isfinite(self.ankle).all(axis=1)])

    def low(self, max_height_m: float, level_m: float = 0.0) -> Mask:
        """Sole points nearer than `max_height_m` to a ground at the height `level_m`, (n, p); False where unknown."""
        # A surface below the lab's zero is taken at zero: a static recorded on it has the same offset.
        return self.lift - max(level_m, 0.0) < max_height_m

    def slow(self, max_speed_m_s: float) -> Mask:
        """Sole points slower than `max_speed_m_s`, (n, p); False where unknown."""
        return self.speed < max_speed_m_s


def feet_motion(
    kinematics: xr.Dataset,
    standing: Mapping[str, Array],
    rate_hz: float,
    max_height_m: float,
    stance_speed_m_s: float,
) -> dict[str, FootMotion]:
    """Return the motion of both feet of a trial.

    Parameters
    ----------
    kinematics : Dataset
        One trial's group of the kinematics stage.
    standing : mapping of side to ndarray (p,)
        Of `standing_heights`. Where there is none the lowest 5 % of the trial count as standing.
    rate_hz : float
        Frames per second.
    max_height_m, stance_speed_m_s : float
        What counts as low and slow, for the speed of a treadmill's belt.

    Returns
    -------
    dict of str to FootMotion
        ``left`` and ``right``, in lab axes.
    """
    sides = [str(side) for side in kinematics["side"].values]
    points = {side: _points(kinematics, side) for side in sides}
    lift = {side: _lift(points[side][0], standing.get(side)) for side in sides}
    velocity = {side: derivative(points[side][0], rate_hz)[..., HORIZONTAL] for side in sides}
    # Both sides carry the same pelvis; one is used where the other has none.
    first, second = (kinematics["origin"].sel(side=side, segment="pelvis").values for side in (sides[0], sides[-1]))
    pelvis = np.where(np.isfinite(first), first, second)
    pelvis_velocity = derivative(pelvis, rate_hz)[..., HORIZONTAL]
    low = {side: velocity[side][lift[side] < max_height_m] for side in sides}
    # Each belt of a treadmill may run at a speed of its own, and each foot walks on one of them.
    ground = {side: belt_velocity(low[side], pelvis_velocity, stance_speed_m_s) for side in sides}
    return {
        side: FootMotion(
            sole=points[side][0],
            ankle=points[side][1],
            lift=lift[side],
            speed=np.linalg.norm(velocity[side] - ground[side], axis=-1),
        )
        for side in sides
    }


def standing_heights(static: xr.Dataset) -> dict[str, Array]:
    """Return the median height of the sole points in a static trial, side to (p,), m; NaN where it is not known."""
    sides = [str(side) for side in static["side"].values]
    return {side: _column(np.nanmedian, _points(static, side)[0][..., 1]) for side in sides}


def by_label(data: xr.Dataset, name: str, side: str, dim: str) -> dict[str, Array]:
    """Return one side of a variable by its labels along `dim`; views, without xarray's way to each of them.

    Parameters
    ----------
    data : Dataset
        With ``name(time, side, dim, ...)``.
    name, side, dim : str
    """
    values = data[name].transpose("time", "side", dim, ...).values[:, data["side"].values.tolist().index(side)]
    return {str(label): values[:, k] for k, label in enumerate(data[dim].values.tolist())}


def belt_velocity(low_velocity: ArrayLike, pelvis_velocity: ArrayLike, stance_speed_m_s: float) -> Array:
    """Return the horizontal velocity of the ground: zero, or that of a treadmill's belt.

    The pelvis of somebody on a treadmill stays where it is while the feet, when low, mostly move with the belt.

    Parameters
    ----------
    low_velocity : array_like, (k, 2)
        Horizontal velocities of sole points while they are low, m/s.
    pelvis_velocity : array_like, (n, 2)
        Horizontal velocity of the pelvis, m/s.
    stance_speed_m_s : float
        Feet slower than this stand on firm ground.

    Returns
    -------
    ndarray, (2,)
        m/s.
    """
    low, pelvis = np.asarray(low_velocity, float), np.asarray(pelvis_velocity, float)
    low, pelvis = low[np.isfinite(low).all(axis=-1)], pelvis[np.isfinite(pelvis).all(axis=-1)]
    if len(low) == 0 or len(pelvis) == 0:
        return np.zeros(2)
    belt = np.median(low, axis=0)
    on_belt = np.linalg.norm(belt) > stance_speed_m_s and np.linalg.norm(pelvis.mean(axis=0)) < _TRAVEL_M_S
    return belt if on_belt else np.zeros(2)


def kinematic_stance(
    foot: FootMotion, rate_hz: float, max_height_m: float, stance_speed_m_s: float, min_duration_s: float, level: bool
) -> Mask:
    """Return the frames in which a point of the sole is low and slow.

    Parameters
    ----------
    foot : FootMotion
    rate_hz : float
        Frames per second.
    max_height_m, stance_speed_m_s : float
        What counts as low and slow.
    min_duration_s : float
        Shorter interruptions are closed, then shorter stances dropped.
    level : bool
        The ground is at the height of the static trial; on stairs it is not, and speed alone decides.

    Returns
    -------
    ndarray of bool, (n,)
    """
    on = foot.slow(stance_speed_m_s)
    if level:
        on = on & foot.low(max_height_m)
    stance: Mask = np.array(on.any(axis=1), dtype=bool)
    shortest = min_duration_s * rate_hz
    for start, stop in runs(~stance & foot.tracked):
        if stop - start < shortest and start > 0 and stop < len(stance):
            stance[start:stop] = True
    for start, stop in runs(stance):
        # A stance cut by the ends of the recording may be the rest of a long one.
        if stop - start < shortest and start > 0 and stop < len(stance):
            stance[start:stop] = False
    return stance


def outside(points: ArrayLike, corners: ArrayLike) -> Array:
    """Horizontal distance by which points lie outside a convex outline; negative inside.

    Parameters
    ----------
    points : array_like, (..., 3)
        m, lab.
    corners : array_like, (c, 3)
        Corners of the outline in any order, m, lab.

    Returns
    -------
    ndarray, (...)
        Largest of the distances to the edges' lines, m; NaN where a point is missing.
    """
    flat = np.asarray(corners, float)[:, HORIZONTAL]
    centred = flat - flat.mean(axis=0)
    around = flat[np.argsort(np.arctan2(centred[:, 1], centred[:, 0]))]
    edge = np.roll(around, -1, axis=0) - around
    # Turned counter-clockwise, so the outward normal is the edge turned clockwise.
    normal = np.stack([edge[:, 1], -edge[:, 0]], axis=-1) / np.linalg.norm(edge, axis=-1, keepdims=True)
    relative = np.asarray(points, float)[..., None, HORIZONTAL] - around
    return (relative * normal).sum(axis=-1).max(axis=-1)


def distance_to_line(points: ArrayLike, start: ArrayLike, end: ArrayLike) -> Array:
    """Horizontal distance of points from the line piece between `start` and `end`, (..., 3) each; shape (...)."""
    p, a, b = (np.asarray(v, float)[..., HORIZONTAL] for v in (points, start, end))
    along = b - a
    length = (along**2).sum(axis=-1)
    part = np.clip(((p - a) * along).sum(axis=-1) / np.where(length > 0, length, 1.0), 0.0, 1.0)
    return np.linalg.norm(p - a - part[..., None] * along, axis=-1)


def _points(kinematics: xr.Dataset, side: str) -> tuple[Array, Array]:
    """Return the sole points (n, p, 3) and the ankle centre (n, 3) of a side."""
    ankle = by_label(kinematics, "joint_centre", side, "joint")["ankle"]
    origin = by_label(kinematics, "origin", side, "segment")["foot"]
    forward = by_label(kinematics, "rotation", side, "segment")["foot"][..., 0]
    fallback = {"heel": origin + _HEEL_X * forward, "toe": origin + _TOE_X * forward}
    known = by_label(kinematics, "landmark_position", side, "landmark") if "landmark_position" in kinematics else {}
    sole = []
    for name in SOLE:
        found = known.get(name)
        if found is not None and np.isfinite(found).any():
            sole.append(found)
        else:
            sole.append(fallback.get(name, np.full(ankle.shape, np.nan)))
    return np.stack(sole, axis=1), ankle


def _lift(sole: Array, standing: Array | None) -> Array:
    """Return the height of the points (n, p, 3) above their height in standing (p,)."""
    height = sole[..., 1]
    if standing is None:
        standing = np.full(height.shape[1], np.nan)
    lowest = _column(lambda v: np.nanquantile(v, 0.05), height)
    return height - np.where(np.isfinite(standing), standing, lowest)


def _column(function, values: Array) -> Array:  # type: ignore[no-untyped-def]
    """Apply a NaN-ignoring statistic to the columns of (n, p) that hold a number; NaN for the others."""
    some = np.isfinite(values).any(axis=0)
    out = np.full(values.shape[1], np.nan)
    out[some] = [function(values[:, k]) for k in np.flatnonzero(some)]
    return out
