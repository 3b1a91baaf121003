"""From marker positions to landmarks and anatomical frames, as a marker set describes them.

Names are resolved on demand and once: a frame asks for its points, a landmark for its own, and so on. Of several
alternatives the first whose points are present is taken, and that is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rotations import frame as axes_from
from biomech.geometry.rotations import rotate, rotation_x, rotation_y, rotation_z, unit
from biomech.model import plug_in_gait
from biomech.model.markerset_parts import Between, Frame, Normal, Offset, Op, PlaneFit, Vector
from biomech.model.markersets import MarkerSet

Array = NDArray[np.float64]
Pose = tuple[Array, Array]
_AXES = {"x": 0, "y": 1, "z": 2}
_TURN = {"x": rotation_x, "y": rotation_y, "z": rotation_z}


class _Absent(Exception):
    """Something that a point or frame needs is not there."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(dict.fromkeys(names))
        super().__init__(", ".join(self.names))


@dataclass
class Built:
    """What could be built of one side of one trial.

    Parameters
    ----------
    landmarks : dict
        Landmark name of the marker set to array (n, 3), m, mirrored-right world.
    frames : dict
        Segment to rotation (n, 3, 3) (axes as columns) and origin (n, 3), mirrored-right world.
    fallbacks : dict
        Landmark or segment that had to take another than its first definition, with the missing names.
    absent : dict
        Segment or landmark that could not be built, with the missing markers and parameters.
    """

    landmarks: dict[str, Array] = field(default_factory=dict)
    frames: dict[str, Pose] = field(default_factory=dict)
    fallbacks: dict[str, list[str]] = field(default_factory=dict)
    absent: dict[str, list[str]] = field(default_factory=dict)


def landmarks_and_frames(
    markerset: MarkerSet,
    points: Mapping[str, ArrayLike],
    parameters: Mapping[str, float],
    stage: str = "static",
) -> tuple[dict[str, Array], dict[str, Pose]]:
    """Landmarks and segment frames from the markers of one side.

    Parameters
    ----------
    markerset : MarkerSet
    points : mapping
        Marker name to array (n, 3), m, mirrored-right world (`MarkerSet.side_points`); the other side's markers end
        in ``_opposite``.
    parameters : mapping
        Subject parameters of this side, m and rad (`model.session.parameters_of`).
    stage : {"static", "dynamic"}
        In movement only segments with direct tracking are built, and nothing that rests on the static posture
        (heights, lab axes).

    Returns
    -------
    landmarks : dict
        Every landmark whose points are present, plus the markers themselves, arrays (n, 3).
    frames : dict
        Segment to (rotation (n, 3, 3), origin (n, 3)); z lateral. What cannot be built is left out.
    """
    built = build(markerset, points, parameters, stage)
    return built.landmarks, built.frames


def build(
    markerset: MarkerSet, points: Mapping[str, ArrayLike], parameters: Mapping[str, float], stage: str = "static"
) -> Built:
    """Do the same as `landmarks_and_frames`, and say what was replaced and what is missing."""
    work = _Builder(markerset, points, parameters, static=stage == "static")
    for name in markerset.segments:
        if stage == "static" or markerset.is_direct(name):
            try:
                work.out.frames[name] = work.frame(name)
            except _Absent as absent:
                work.out.absent[name] = absent.names
    for name in markerset.landmarks:
        try:
            work.point(name)
        except _Absent as absent:
            work.out.absent[name] = absent.names
    work.out.landmarks = dict(work.points)
    return work.out


class _Builder:
    """Memory of one call; nothing of it outlives the call."""

    def __init__(
        self, markerset: MarkerSet, points: Mapping[str, ArrayLike], parameters: Mapping[str, float], *, static: bool
    ) -> None:
        self.set = markerset
        self.points: dict[str, Array] = {}
        for name, value in points.items():
            array = np.asarray(value, dtype=np.float64)
            if np.isfinite(array).all(axis=-1).any():
                self.points[name] = array
        self.parameters = parameters
        self.static = static
        self.failed: dict[str, list[str]] = {}
        self.poses: dict[str, Pose] = {}
        self.out = Built()

    # -- points ------------------------------------------------------------------------------------------------
    def point(self, name: str) -> Array:
        if name in self.points:
            return self.points[name]
        if name in self.failed:
            raise _Absent(self.failed[name])
        if name.endswith(".origin"):
            return self.frame(name.removesuffix(".origin"))[1]
        if name not in self.set.landmarks:
            raise _Absent([name])
        missing: list[str] = []
        for number, op in enumerate(self.set.alternatives(name)):
            try:
                value = self.landmark(op)
            except _Absent as absent:
                missing += absent.names
                continue
            if number:
                self.out.fallbacks[name] = list(dict.fromkeys(missing))
            self.points[name] = value
            return value
        self.failed[name] = list(dict.fromkeys(missing))
        raise _Absent(missing)

    def all(self, names: Iterable[str]) -> list[Array]:
        found, missing = [], []
        for name in names:
            try:
                found.append(self.point(name))
            except _Absent as absent:
                missing += absent.names
        if missing:
            raise _Absent(missing)
        return found

    def parameter(self, *names: str) -> list[float]:
        values = [float(self.parameters.get(name, np.nan)) for name in names]
        missing = [f"parameter {name}" for name, value in zip(names, values, strict=True) if not np.isfinite(value)]
        if missing:
            raise _Absent(missing)
        return values

    def landmark(self, op: Op) -> Array:
        """Position by one op."""
        if op.use:
            return self.point(op.use)
        if op.midpoint:
            return np.mean(self.all(op.midpoint), axis=0)
        if op.between:
            return self.between(op.between)
        if op.offset:
            return self.moved(op.offset)
        if op.project_on_plane:
            point, a, b, c = self.all([op.project_on_plane.point, *op.project_on_plane.plane])
            normal = unit(np.cross(b - a, c - a))
            return point - np.sum((point - a) * normal, axis=-1, keepdims=True) * normal
        if op.project_on_line:
            point, a, b = self.all([op.project_on_line.point, *op.project_on_line.line])
            along = unit(b - a)
            return a + np.sum((point - a) * along, axis=-1, keepdims=True) * along
        if op.at_height_of:
            self.only_static()
            point, level = self.all(op.at_height_of)
            return np.stack([point[..., 0], level[..., 1], point[..., 2]], axis=-1)
        if op.hip_centre:
            local = np.array(self.parameter("hip_x", "hip_y", "hip_z"))
            rotation, origin = self.frame(op.hip_centre)
            return origin + rotate(rotation, local)
        if op.chord:
            proximal, lateral, wand = self.all([op.chord.proximal, op.chord.lateral, op.chord.wand])
            width, radius, turn = self.parameter(op.chord.width, "marker_radius", op.chord.rotation)
            abadd = self.parameter(op.chord.abadd)[0] if op.chord.abadd else 0.0
            return plug_in_gait.chord(proximal, lateral, wand, width / 2 + radius, turn, abadd)
        assert op.knee_device
        axis_marker, first, second = self.all(op.knee_device)
        lateral = self.frame("pelvis")[0][..., :, 2]
        return plug_in_gait.knee_device(axis_marker, first, second, lateral)

    def between(self, spec: Between) -> Array:
        a, b = self.all(spec.points)
        value = a + spec.fraction * (b - a)
        if spec.radii:
            value = value + spec.radii * self.parameter("marker_radius")[0] * unit(b - a)
        return value

    def moved(self, spec: Offset) -> Array:
        distance = spec.distance_m + (spec.radii * self.parameter("marker_radius")[0] if spec.radii else 0.0)
        return self.point(spec.point) + distance * unit(self.vector(spec.along))

    # -- vectors and frames ------------------------------------------------------------------------------------
    def vector(self, spec: Vector) -> Array:
        """Vector (not of length one) by its description."""
        if isinstance(spec, str):
            owner, _, axis = spec.partition(".")
            if owner == "lab":
                self.only_static()
                return np.eye(3)[_AXES[axis]]
            return self.frame(owner)[0][..., :, _AXES[axis]]
        if isinstance(spec, Normal):
            a, b, c = self.all(spec.normal)
            return np.cross(b - a, c - a)
        if isinstance(spec, PlaneFit):
            return self.plane_normal(spec)
        start, end = self.all(spec)
        return end - start

    def plane_normal(self, spec: PlaneFit) -> Array:
        cloud = np.stack(np.broadcast_arrays(*self.all(spec.plane_fit)), axis=-2)
        start, end = self.all(spec.towards)
        centred = cloud - cloud.mean(axis=-2, keepdims=True)
        missing = np.asarray(~np.isfinite(centred).all(axis=(-1, -2)))
        covariance = np.einsum("...ki,...kj->...ij", centred, centred)
        # eigenvalues ascend, so the first vector is the direction of least spread
        normal = np.linalg.eigh(np.where(missing[..., None, None], 0.0, covariance))[1][..., :, 0]
        normal = normal * np.where(np.sum(normal * (end - start), axis=-1, keepdims=True) < 0, -1.0, 1.0)
        return np.where(missing[..., None], np.nan, normal)

    def frame(self, segment: str) -> Pose:
        """Frame of a segment by the first alternative that is possible."""
        if segment in self.poses:
            return self.poses[segment]
        if f"{segment}." in self.failed:
            raise _Absent(self.failed[f"{segment}."])
        missing: list[str] = []
        for number, spec in enumerate(self.set.segments[segment].frames):
            try:
                pose = self.pose(spec)
            except _Absent as absent:
                missing += absent.names
                continue
            if number:
                self.out.fallbacks[segment] = list(dict.fromkeys(missing))
            self.poses[segment] = pose
            return pose
        self.failed[f"{segment}."] = list(dict.fromkeys(missing))
        raise _Absent(missing)

    def pose(self, spec: Frame) -> Pose:
        if spec.like:
            rotation = self.frame(spec.like)[0]
        else:
            assert spec.first and spec.second
            (first,), (second,) = spec.first.values(), spec.second.values()
            missing: list[str] = []
            vectors = []
            for vector in (first, second):
                try:
                    vectors.append(self.vector(vector))
                except _Absent as absent:
                    missing += absent.names
            if missing:
                raise _Absent(missing)
            a, b = np.broadcast_arrays(*vectors)
            rotation = axes_from(a, b, spec.order)
        for turn in spec.turn:
            ((axis, name),) = turn.items()
            (angle,) = self.parameter(name.lstrip("-"))
            rotation = rotation @ _TURN[axis](-angle if name.startswith("-") else angle)
        origin = self.point(spec.origin)
        gap = np.asarray(~np.isfinite(origin).all(axis=-1))
        rotation = np.where(gap[..., None, None], np.nan, rotation)
        return rotation, np.where(np.asarray(np.isfinite(rotation).all(axis=(-1, -2)))[..., None], origin, np.nan)

    def only_static(self) -> None:
        if not self.static:
            raise _Absent(["the standing posture"])
