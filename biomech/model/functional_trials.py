"""Functional trials in the subject model: a hip centre and a knee axis from movement, or the reason why not.

A functional trial says by its condition which joint it moves, ``hip`` or ``knee`` (without a condition the beginning of its
name says it), and by its side which leg; without a side it counts for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biomech.config import Subject
from biomech.geometry.rigid import RigidFit, axial_pose, fit_pose
from biomech.geometry.rotations import rotate, rotation_y, transpose
from biomech.io.sheets import Session, Trial
from biomech.model import functional, knee_axis
from biomech.model.axial_tracking import carriers
from biomech.model.calibration import SideModel
from biomech.model.frames import build
from biomech.model.markersets import OPPOSITE, MarkerSet
from biomech.model.parameters import Parameters
from biomech.quality import Quality
from biomech.tasks import TASKS

Array = NDArray[np.float64]
_METHOD = {"score": "SCoRE", "sphere": "sphere fit", "ball": "rigid ball fit"}
_TURN = {"sara": "the functional axis", "least_varus": "least varus variance", "pca": "principal components"}


class Unusable(Exception):
    """Why a functional result is not used; the message is for the quality table."""


def trials_of(joint: str, side: str, trials: Sequence[Trial], footwear: str) -> list[str]:
    """Names of the functional trials of a joint and side: those of the footwear, or else all.

    Parameters
    ----------
    joint : {"hip", "knee"}
    side : {"left", "right"}
    trials : sequence of Trial
        Those that could be read.
    footwear : str
        Of the static trial.
    """
    fit = [t for t in trials if t.role == "functional" and t.side in (side, "both")]
    fit = [t for t in fit if (t.condition or t.trial).lower().startswith(joint)]
    return [t.trial for t in fit if t.footwear == footwear] or [t.trial for t in fit]


def place_functional_hip(
    parameters: Parameters,
    side: str,
    static: Trial,
    recorded: Mapping[str, Any],
    session: Session,
    markerset: MarkerSet,
    mean: Mapping[str, Array],
    subject: Subject,
    quality: Quality,
) -> None:
    """Replace the regression's hip centre by the functional one where that is good enough, in place.

    Parameters
    ----------
    parameters : Parameters
        Of one side, the regression's hip centre included where it is known.
    side : {"left", "right"}
    static : Trial
    recorded : mapping
        Trial name to raw dataset.
    session : Session
    markerset : MarkerSet
    mean : mapping
        Mean static markers, arrays (1, 3), mirrored-right.
    subject : config.Subject
    quality : Quality
        Says what was used, or why the regression stays.
    """
    method = subject.hip_functional
    if method == "none":
        return
    old = np.array([parameters.value.get(f"hip_{axis}", np.nan) for axis in "xyz"])
    try:
        names = trials_of("hip", side, [t for t in session.trials if t.trial in recorded], static.footwear)
        if not names:
            raise Unusable(f"no functional trial of the hip (condition `hip`) and side `{side}` could be read")
        found, centre = _hip(
            method, [_points(recorded[n], markerset, side) for n in names], markerset, mean, parameters
        )
        distance = float(np.linalg.norm(centre - old))
        details = (
            f"residual {1000 * found.residual:.1f} mm, range {np.degrees(found.range_rad):.0f} degrees, "
            f"{1000 * distance:.0f} mm from the regression, {found.n_frames} frames of {', '.join(names)}; expected random "
            f"error {1000 * found.random_error:.1f} mm"
        )
        for bad, bound in (
            (found.residual > subject.functional_residual_m, f"residual above {1000 * subject.functional_residual_m:g} mm"),
            (np.degrees(found.range_rad) < subject.functional_range_deg, f"range below {subject.functional_range_deg:g} degrees"),
            (distance > subject.functional_distance_m, f"more than {1000 * subject.functional_distance_m:g} mm from the regression"),
        ):  # fmt: skip
            if bad:
                raise Unusable(f"{bound} ({details})")
    except Unusable as reason:
        quality.add(
            "warning",
            "functional_hip_fallback",
            f"{side}: the functional hip centre ({_METHOD[method]}) is not used, the regression stays: {reason}",
            trial=static.trial,
            item=f"{side} hip",
            action="record ten seconds of a slow star-arc, of 30 degrees and more in every direction, and give it role "
            "`functional`, condition `hip` and its side in trials.tsv",
        )
        return
    for axis, number in zip("xyz", centre, strict=True):
        parameters.put(f"hip_{axis}", float(number), method)
    quality.add(
        "info",
        "functional_hip",
        f"{side} hip centre by {_METHOD[method]}: {details}",
        trial=static.trial,
        item=f"{side} hip",
        value=distance if np.isfinite(distance) else None,
        unit="m",
    )
    if not found.random_error <= subject.functional_error_m:
        quality.add(
            "warning",
            "functional_hip_imprecise",
            f"{side} hip centre by {_METHOD[method]}: expected random error {1000 * found.random_error:.1f} mm, above "
            f"{1000 * subject.functional_error_m:g} mm; one such centre in twenty is off by more than twice that",
            trial=static.trial,
            item=f"{side} hip",
            value=found.random_error if np.isfinite(found.random_error) else None,
            unit="m",
            action="record ten seconds and more, of 30 degrees and more in every direction; two trials of one leg count as one "
            "long one",
        )


def turn_knee_axis(
    model: SideModel,
    side: str,
    static: Trial,
    recorded: Mapping[str, Any],
    session: Session,
    markerset: MarkerSet,
    mean: Mapping[str, Array],
    subject: Subject,
    quality: Quality,
) -> str:
    """Turn the thigh frame about its long axis as movement says, in place; return what that does to angles.

    Parameters
    ----------
    model : SideModel
    side, static, recorded, session, markerset, mean, subject, quality
        As in `place_functional_hip`.

    Returns
    -------
    str
        The effect on hip and knee rotation; empty where nothing was turned.
    """
    method = subject.knee_axis
    if method == "markers":
        return ""
    try:
        turn, details = _knee(method, side, static, recorded, session, markerset, mean, model, subject)
        if abs(np.degrees(turn)) > subject.knee_axis_max_turn_deg:
            raise Unusable(
                f"a turn of {np.degrees(turn):.1f} degrees is not believed (bound {subject.knee_axis_max_turn_deg:g}; {details})"
            )
    except Unusable as reason:
        quality.add(
            "warning",
            "knee_axis_fallback",
            f"{side}: the knee axis by {_TURN[method]} is not used, the markers' axis stays: {reason}",
            trial=static.trial,
            item=f"{side} knee",
            action="record slow knee flexion beyond 60 degrees and give it role `functional`, condition `knee` and its side in "
            "trials.tsv",
        )
        return ""
    turned(model, turn)
    model.parameters.put("knee_axis_turn", turn, method)
    degrees = float(np.degrees(turn))
    effect = (
        f"{side} thigh frame turned {abs(degrees):.1f} degrees {'inwards' if turn >= 0 else 'outwards'} about its long axis: hip "
        f"internal rotation {degrees:+.1f} degrees, knee internal rotation {-degrees:+.1f} degrees (knee straight)"
    )
    quality.add(
        "info",
        "knee_axis_turned",
        f"{effect}; by {_TURN[method]}, {details}",
        trial=static.trial,
        item=f"{side} knee",
        value=degrees,
        unit="degree",
    )
    return effect


def turned(model: SideModel, turn: float) -> None:
    """Turn the thigh frame by an angle (rad) about its y axis, x inwards where positive, in place."""
    back = rotation_y(turn).T
    for table in (model.template, model.landmark):
        if "thigh" in table:
            table["thigh"] = {name: back @ place for name, place in table["thigh"].items()}
    rotation, origin = model.built.frames["thigh"]
    model.built.frames["thigh"] = (rotation @ rotation_y(turn), origin)


def _hip(
    method: str,
    movements: Sequence[Mapping[str, Array]],
    markerset: MarkerSet,
    mean: Mapping[str, Array],
    parameters: Parameters,
) -> tuple[functional.Centre, Array]:
    """Centre in the pelvis' static cluster, and in the pelvis frame."""
    frames = build(markerset, mean, parameters.value).frames
    if "pelvis" not in frames:
        raise Unusable("the static trial gives no pelvis frame")
    pelvis = _Cluster("pelvis", markerset, mean, movements, 3)
    thigh = _Cluster("thigh", markerset, mean, movements, 1 if method == "sphere" else 3)
    base = pelvis.pose()
    if method == "score":
        leg = thigh.pose()
        found = functional.score(base.rotation, base.origin, leg.rotation, leg.origin)
    else:
        seen = (thigh.points - base.origin[:, None]) @ base.rotation
        found = functional.sphere_fit(seen) if method == "sphere" else functional.ball_fit(seen, thigh.template)
    if not np.isfinite(found.proximal).all():
        raise Unusable("too few frames show the markers of pelvis and thigh")
    rotation, origin = frames["pelvis"]
    return found, rotate(transpose(rotation[0]), found.proximal + pelvis.middle - origin[0])


def _knee(
    method: str,
    side: str,
    static: Trial,
    recorded: Mapping[str, Any],
    session: Session,
    markerset: MarkerSet,
    mean: Mapping[str, Array],
    model: SideModel,
    subject: Subject,
) -> tuple[float, str]:
    """Turn of the thigh frame, rad, and how it was found."""
    if "thigh" not in model.template or not {"thigh", "shank_proximal"} <= set(model.built.frames):
        raise Unusable(
            f"marker set {markerset.name} follows the thigh neither by a cluster nor by its joints and a marker"
        )
    readable = [t for t in session.trials if t.trial in recorded]
    names = trials_of("knee", side, readable, static.footwear)
    if not names and method == "sara":
        raise Unusable(f"no functional trial of the knee (condition `knee`) and side `{side}` could be read")
    if not names:
        # landings and cuts are left out: there the knee may truly give way sideways as it bends
        usual = [t for t in readable if t.role == "dynamic" and _is_usual(str(recorded[t.trial].attrs.get("task", "")))]
        names = [t.trial for t in usual if t.footwear == static.footwear] or [t.trial for t in usual]
    if not names:
        raise Unusable("no functional trial of the knee and no strides or squats could be read")
    movements = [_points(recorded[n], markerset, side) for n in names]
    shank = _Cluster("shank_proximal", markerset, mean, movements, 3).pose()
    if markerset.axial_of("thigh"):
        thigh = _axial_thigh(markerset, mean, movements, model)
    else:
        thigh = _Cluster("thigh", markerset, mean, movements, 3).pose()
    axes = [model.built.frames[segment][0][0] for segment in ("thigh", "shank_proximal")]
    femur, tibia = thigh.rotation @ axes[0], shank.rotation @ axes[1]
    details = f"{', '.join(names)}"
    if method == "sara":
        found = knee_axis.sara(thigh.rotation, thigh.origin, shank.rotation, shank.origin)
        if not np.isfinite(found.quality):
            raise Unusable("too few frames show the markers of thigh and shank")
        extent, turn = found.range_rad, knee_axis.axis_turn(axes[0].T @ found.proximal)
        details = f"singular value ratio {found.quality:.2f}, {details}"
        if found.quality > subject.knee_axis_quality:
            raise Unusable(f"the singular value ratio is above {subject.knee_axis_quality:g} ({details})")
    else:
        extent = knee_axis.flexion_range(femur, tibia)
        turn = (knee_axis.least_varus_turn if method == "least_varus" else knee_axis.principal_turn)(femur, tibia)
    details = f"range {np.degrees(extent):.0f} degrees, {details}"
    if not np.isfinite(turn) or np.degrees(extent) < subject.knee_axis_range_deg:
        raise Unusable(f"the knee moves through less than {subject.knee_axis_range_deg:g} degrees ({details})")
    return turn, details


def _axial_thigh(
    markerset: MarkerSet, mean: Mapping[str, Array], movements: Sequence[Mapping[str, Array]], model: SideModel
) -> RigidFit:
    """Pose of the thigh, against the static trial, that two carried joint centres and one marker give."""
    axial = markerset.axial_of("thigh")
    assert axial is not None
    local, seen = [], []
    for segment, landmark in carriers(axial):
        if markerset.axial_of(segment) or segment not in markerset.segments:
            raise Unusable(f"the {segment}, which carries the {landmark}, has no markers of its own")
        carrier = _Cluster(segment, markerset, mean, movements, 3)
        place = model.built.landmarks.get(markerset.segments[segment].landmarks[landmark])
        if place is None or landmark not in model.landmark["thigh"]:
            raise Unusable(f"the static trial gives no centre of the {landmark}")
        local.append(model.landmark["thigh"][landmark])
        fit = carrier.pose()
        seen.append(fit.origin + rotate(fit.rotation, place[0] - carrier.middle))
    marker = _Cluster("thigh", markerset, mean, movements, 1, names=(axial.marker,))
    rotation, origin, _ = axial_pose(
        np.stack([*local, model.template["thigh"][axial.marker]]), np.stack([*seen, marker.points[:, 0]], axis=1)
    )
    still = model.built.frames["thigh"][0][0]
    nothing = np.full(len(origin), np.nan)
    return RigidFit(rotation @ still.T, origin, nothing, nothing, np.where(np.isfinite(origin[:, 0]), 3, 0))


def _is_usual(task: str) -> bool:
    return task in TASKS and TASKS[task].cycle in ("stride", "squat")


class _Cluster:
    """Markers of one segment in the static trial, about their middle, and in movements one after the other."""

    def __init__(
        self,
        segment: str,
        markerset: MarkerSet,
        mean: Mapping[str, Array],
        movements: Sequence[Mapping[str, Array]],
        least: int,
        names: Sequence[str] = (),
    ) -> None:
        body = "shank" if segment.startswith("shank") else segment
        own = [name for name, marker in markerset.markers.items() if marker.body == body]
        other = [f"{name}{OPPOSITE}" for name in own if body == "pelvis" and not markerset.markers[name].midline]
        tracking = () if markerset.axial_of(segment) else markerset.cluster_of(segment)
        names = [n for n in names or tracking or (*own, *other) if n in mean]
        names = [n for n in names if any(n in points for points in movements)]
        if len(names) < least:
            found = f"{len(names)} ({', '.join(names)})" if names else "none"
            raise Unusable(f"expected {least} markers or more of the {body} in static and movement, found {found}")
        places = np.concatenate([mean[name] for name in names])
        self.middle = places.mean(axis=0)
        self.template = places - self.middle
        stacks = []
        for points in movements:
            n = len(next(iter(points.values()))) if points else 0
            nowhere = np.full((n, 3), np.nan)
            stacks.append(np.stack([points.get(name, nowhere) for name in names], axis=1))
        self.points = np.concatenate(stacks)

    def pose(self) -> RigidFit:
        """Pose of the static cluster, moved to its middle, frame by frame."""
        return fit_pose(self.template, self.points)


def _points(data: Any, markerset: MarkerSet, side: str) -> dict[str, Array]:
    labels = [str(label) for label in data["marker"].values]
    return markerset.side_points(labels, data["marker_position"].values, side)
