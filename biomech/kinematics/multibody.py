"""Pelvis and legs as one chain: from the poses of separate segments to poses that joints allow.

The chain is built in the lab's axes, both legs on one pelvis. Trunk, rearfoot and forefoot stay as they were followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from biomech.config import Kinematics, Multibody
from biomech.geometry.mirror import to_right
from biomech.geometry.rigid import fit_pose
from biomech.geometry.rotations import cardan, from_cardan, rotate, transpose
from biomech.kinematics.chain import Body, Chain, Dof
from biomech.kinematics.optimisation import fit_chain
from biomech.kinematics.tracking import Markers, Poses, SideModel, canonical
from biomech.model.markersets import MarkerSet
from biomech.quality import Quality

Array = NDArray[np.float64]

X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
_UP, _IN = np.radians(42.0), np.radians(23.0)
#: Subtalar axis in the foot's frame (right leg: x forward, y up, z lateral), Inman 1976, The Joints of the Ankle.
SUBTALAR = (float(np.cos(_UP) * np.cos(_IN)), float(np.sin(_UP)), float(-np.cos(_UP) * np.sin(_IN)))
LEG = ("thigh", "shank_proximal", "foot")
JOINT_OF = {"thigh": ("pelvis", "hip"), "shank_proximal": ("thigh", "knee"), "foot": ("shank_proximal", "ankle")}


@dataclass
class Standing:
    """Relative rotations of one side in the static trial, mirrored-right; unknown ones are the identity."""

    knee: Array = field(default_factory=lambda: np.eye(3))  # shank_proximal in thigh
    ankle: Array = field(default_factory=lambda: np.eye(3))  # foot in shank_proximal


class Person(NamedTuple):
    """The chain of a person, and the canonical names of its markers, body after body."""

    chain: Chain
    markers: list[str]
    missing: list[str]  # segments that could not join


def standing(poses: Mapping[str, Poses], still: slice) -> dict[str, Standing]:
    """Mean posture of knee and ankle while the person stands still.

    Parameters
    ----------
    poses : mapping of side to Poses
        Of the static trial, every segment on its own.
    still : slice
        Frames in which the person stands still.
    """
    out = {}
    for side, one in poses.items():
        posture = Standing()
        for name, proximal, distal in (("knee", "thigh", "shank_proximal"), ("ankle", "shank_proximal", "foot")):
            if {proximal, distal} <= one.rotation.keys():
                relative = transpose(one.rotation[proximal][still]) @ one.rotation[distal][still]
                relative = relative[np.isfinite(relative).all(axis=(-2, -1))]
                if len(relative):
                    u, _, vt = np.linalg.svd(relative.mean(axis=0))
                    setattr(posture, name, u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt)
        out[side] = posture
    return out


def person(
    models: Mapping[str, SideModel], postures: Mapping[str, Standing], markerset: MarkerSet, options: Multibody
) -> Person | None:
    """Build the chain of pelvis and legs; None without a pelvis that a cluster follows.

    Parameters
    ----------
    models : mapping of side to SideModel
    postures : mapping of side to Standing
        What a hinge holds and a soft knee returns to.
    markerset : MarkerSet
    options : config.Multibody
    """
    bodies: list[Body] = []
    names: list[str] = []
    missing: list[str] = []
    for side, model in models.items():
        if not bodies and "pelvis" in model.templates:
            labels, template = model.templates["pelvis"]
            shifts = tuple(Dof("translation", axis) for axis in (X, Y, Z))
            turns = tuple(Dof("rotation", axis) for axis in (Y, X, Z))
            bodies.append(Body("pelvis", -1, shifts + turns, to_right(side, template)))
            names += [canonical(markerset, side, name) for name in labels]
    if not bodies:
        return None
    for side, model in models.items():
        parent = 0
        for segment in LEG:
            body = _leg_body(segment, side, parent, model, postures.get(side, Standing()), options)
            if body is None:
                missing.append(f"{side} {segment}")
                break
            bodies.append(body)
            names += [canonical(markerset, side, name) for name in model.templates[segment][0]]
            parent = len(bodies) - 1
    return Person(Chain(bodies), names, missing)


def constrain(
    poses: dict[str, Poses],
    models: Mapping[str, SideModel],
    postures: Mapping[str, Standing],
    markers: Markers,
    markerset: MarkerSet,
    config: Kinematics,
    options: Multibody,
    trial: str,
    quality: Quality,
) -> dict[str, Poses]:
    """Replace the poses of pelvis and legs by those of the chain that fits all markers best.

    Parameters
    ----------
    poses : dict of side to Poses
        Every segment on its own: the start of the fit, and the result for segments outside the chain.
    models : mapping of side to SideModel
    postures : mapping of side to Standing
    markers : Markers
        Clean markers of the trial.
    markerset : MarkerSet
    config, options : config sections
    trial : str
    quality : Quality

    Returns
    -------
    dict of side to Poses
        Same contents as by `tracking.track_side`; a pose is NaN where the markers seen leave it open, or where the segment's
        own markers fit worse than `max_residual_m`.
    """
    built = person(models, postures, markerset, options)
    if built is None or len(built.chain.bodies) == 1:
        quality.add(
            "warning",
            "multibody_unavailable",
            f"multi-body optimisation needs marker clusters on pelvis and thigh, which marker set {markerset.name} does not "
            "have or the static trial does not show: every segment is followed on its own",
            trial=trial,
            action="choose a marker set with clusters, or `kinematics.method: sixdof`",
        )
        return poses
    chain = built.chain
    column = {name: i for i, name in enumerate(markers.names)}
    points = np.full((len(markers.position), chain.n_markers, 3), np.nan)
    for i, name in enumerate(built.markers):
        if name in column:
            points[:, i] = markers.position[:, column[name]]
    rotation: dict[str, Array] = {}
    origin: dict[str, Array] = {}
    for body in chain.bodies:
        side, segment = _parts(body.name, poses)
        if segment in poses[side].rotation:
            rotation[body.name] = to_right(side, poses[side].rotation[segment], "rotation")
            origin[body.name] = to_right(side, poses[side].origin[segment])
    fit = fit_chain(chain, points, chain.start(rotation, origin), None, options.huber_m, config.min_spread_m)
    _report(built, fit.converged, np.asarray(np.isfinite(points).all(axis=-1).any(axis=1)), trial, quality)
    out = {}
    for side, one in poses.items():
        new = replace(
            one,
            rotation=dict(one.rotation),
            origin=dict(one.origin),
            residual=dict(one.residual),
            landmark=dict(one.landmark),
            lost=dict(one.lost),
        )
        for body in chain.bodies:
            segment = body.name.removeprefix(f"{side}_")
            if segment not in ("pelvis", *LEG):
                continue
            pose = (
                to_right(side, fit.rotation[body.name], "rotation"),
                to_right(side, fit.origin[body.name]),
                fit.residual[body.name],
            )
            for name in (
                segment,
                *(s for s in markerset.segments if markerset.segments[s].tracking.fixed_to == segment),
            ):
                _put(new, name, segment, pose, models[side], config.max_residual_m)
        out[side] = new
    return out


def _put(
    poses: Poses, name: str, segment: str, pose: tuple[Array, Array, Array], model: SideModel, max_residual_m: float
) -> None:
    """Write the pose of a body of the chain to one segment fixed to it, landmarks and lost frames included."""
    rotation, origin, residual = pose
    if name != segment:
        held = _held(model, segment, name)
        if held is None:
            return
        rotation, origin = rotation @ held[0], origin + rotate(rotation, held[1])
    unseen = np.isnan(rotation).any(axis=(-2, -1))
    with np.errstate(invalid="ignore"):
        loose = (residual > max_residual_m) & ~unseen
    rotation, origin = (
        np.where(loose[:, None, None], np.nan, rotation),
        np.where(loose[:, None], np.nan, origin),
    )
    poses.rotation[name], poses.origin[name], poses.residual[name] = rotation, origin, residual
    lost = {"markers": int(unseen.sum()), "residual": int(loose.sum())}
    poses.lost[name] = {reason: count for reason, count in lost.items() if count}
    poses.landmark[name] = {
        landmark: origin + rotate(rotation, local) for landmark, local in model.landmarks.get(name, {}).items()
    }


def _leg_body(
    segment: str, side: str, parent: int, model: SideModel, posture: Standing, options: Multibody
) -> Body | None:
    above, joint = JOINT_OF[segment]
    place, own = model.landmarks.get(above, {}).get(joint), model.landmarks.get(segment, {}).get(joint)
    if place is None or own is None or segment not in model.templates:
        return None
    ball = tuple(Dof("rotation", axis) for axis in (Z, X, Y))
    before, after = np.eye(3), np.eye(3)
    dofs = ball
    if segment == "shank_proximal":
        dofs, after = _knee(side, posture, options)
    elif segment == "foot" and options.ankle == "two_axes":
        held = _held(model, "shank_proximal", "shank_distal")
        distal = np.eye(3) if held is None else held[0]
        foot = distal.T @ posture.ankle  # foot in the distal shank, standing
        oblique = to_right(side, foot @ np.array(SUBTALAR), "axial")
        dofs = (Dof("rotation", Z), Dof("rotation", (float(oblique[0]), float(oblique[1]), float(oblique[2]))))
        before, after = to_right(side, distal, "rotation"), to_right(side, foot, "rotation")
    return Body(
        f"{side}_{segment}",
        parent,
        dofs,
        to_right(side, model.templates[segment][1]),
        place=to_right(side, place),
        offset=-to_right(side, own),
        before=before,
        after=after,
    )


def _knee(side: str, posture: Standing, options: Multibody) -> tuple[tuple[Dof, ...], Array]:
    """Coordinates of the knee, and what comes after them."""
    standing_angles = cardan(posture.knee, "ZXY")
    if options.knee == "hinge":
        held = from_cardan(np.array([0.0, *standing_angles[1:]]), "ZXY")
        return (Dof("rotation", Z),), to_right(side, held, "rotation")
    soft = options.knee_rotation_sd_deg
    stiffness = 0.0 if soft is None else (options.marker_sd_m / np.radians(soft)) ** 2
    # a mirrored rotation about x or y goes the other way
    sign = -1.0 if side == "left" else 1.0
    turns = (
        Dof("rotation", Z),
        Dof("rotation", X, sign * float(standing_angles[1]), stiffness),
        Dof("rotation", Y, sign * float(standing_angles[2]), stiffness),
    )
    if options.knee == "ball":
        return turns, np.eye(3)
    loose = options.knee_translation_sd_m
    pull = 0.0 if loose is None else (options.marker_sd_m / loose) ** 2
    return (*(Dof("translation", axis, 0.0, pull) for axis in (X, Y, Z)), *turns), np.eye(3)


def _held(model: SideModel, segment: str, fixed: str) -> tuple[Array, Array] | None:
    """Pose of a segment in the one that it is fixed to, from the markers that both templates hold."""
    if segment not in model.templates or fixed not in model.templates:
        return None
    names, template = model.templates[segment]
    others, fixed_template = model.templates[fixed]
    shared = [name for name in names if name in others]
    fit = fit_pose(
        fixed_template[[others.index(name) for name in shared]], template[[names.index(name) for name in shared]]
    )
    return None if np.isnan(fit.residual) else (fit.rotation, fit.origin)


def _parts(name: str, sides: Mapping[str, Poses]) -> tuple[str, str]:
    """Side and segment of a body; the pelvis is taken from the first side that has it."""
    for side in sides:
        if name.startswith(f"{side}_"):
            return side, name.removeprefix(f"{side}_")
    return next((side for side, one in sides.items() if name in one.rotation), next(iter(sides))), name


def _report(built: Person, converged: NDArray[np.bool_], seen: NDArray[np.bool_], trial: str, quality: Quality) -> None:
    stuck = int((~converged & seen).sum())
    if stuck:
        quality.add(
            "warning",
            "multibody_not_converged",
            f"the multi-body fit did not settle in {stuck} of {len(seen)} frames",
            trial=trial,
            action="look for swapped or jumping markers there",
            value=float(stuck),
            unit="frames",
        )
    for name in built.missing:
        quality.add(
            "warning",
            "multibody_segment",
            f"{name} has no joint centre or no cluster: it and what lies beyond it are followed on their own",
            trial=trial,
            item=name,
        )


def report_joints(options: Multibody, quality: Quality) -> None:
    """Say once a session what the chosen joints hide."""
    if options.knee == "hinge":
        quality.add(
            "warning",
            "hinge_knee",
            "the knee is a hinge: its abduction and rotation stay as they were in standing, whatever the person does, so this "
            "run cannot say anything about valgus",
            action="choose `multibody.knee: ball` or `free`, or `kinematics.method: sixdof`",
        )
    quality.add(
        "info",
        "multibody",
        f"pelvis and legs are fitted as one chain (hip ball, knee {options.knee}, ankle {options.ankle}): joints hide what moves "
        "in them; compare with `kinematics.method: sixdof` before drawing conclusions on frontal and transverse angles",
    )
