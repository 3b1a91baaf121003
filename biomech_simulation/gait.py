"""Walking as a function of time: feet that roll on the floor, a pelvis that moves over them, legs solved in between.

All of a leg is computed as a right leg (z lateral); the left one is mirrored into that world and back. Angles are rad.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.schema import SIDES
from biomech_simulation.balance import ease
from biomech_simulation.curves import INTERVALS, bump, fourier, free_coefficients, spline
from biomech_simulation.norms import PELVIC_DROP, everted
from biomech_simulation.participant import Participant, Sole, rearfoot_pose
from biomech_simulation.particles import shoulder
from biomech_simulation.turns import rot_x, rot_y, rot_z

Array = NDArray[np.float64]

MIRROR = np.array([1.0, 1.0, -1.0])
STRIKE_PHASE = {"right": 0.0, "left": 0.5}
DUTY = 0.658  # last touch, share of the stride; the first and last 20 N lie 0.035 within the contact
FLAT = (0.13, 0.30)  # foot flat on the floor
PITCH_FREE = free_coefficients(FLAT[1], 1.0 + FLAT[0])
# a foot leaves its print, and is back on the next one, within a few per cent of the weight; as a
# quintic spline ends gently, it has by then all but stopped: below 5 mm/s while it bears more than 20 N
SWING_FREE = free_coefficients(39 / INTERVALS, 1.0 + 3 / INTERVALS)


@dataclass(frozen=True)
class Body:
    """Poses of rigid bodies over time, lab axes (X forward, Y up, Z right).

    Parameters
    ----------
    rotation, origin : dict
        ``pelvis``, ``trunk`` -> (n, 3, 3) and (n, 3); ``(side, segment)`` for ``arm``, ``thigh``, ``shank``, ``foot``,
        ``rearfoot``, ``midfoot`` -> the same in that side's right-leg world.
    """

    rotation: dict[str | tuple[str, str], Array]
    origin: dict[str | tuple[str, str], Array]

    def place(self, segment: str, side: str, points: Array) -> Array:
        """Points of a body of one side, (k, 3) in its coordinates, in lab axes: (n, k, 3)."""
        key = segment if segment in ("pelvis", "trunk") else (side, segment)
        mirror = MIRROR if side == "left" else np.ones(3)
        inner = mirror if isinstance(key, str) else np.ones(3)
        outer = np.ones(3) if isinstance(key, str) else mirror
        moved = np.einsum("nij,kj->nki", self.rotation[key], points * inner) + self.origin[key][:, None]
        return moved * outer


@dataclass(frozen=True)
class LegMotion:
    """Free coefficients and prescribed curves of one leg.

    Parameters
    ----------
    pitch : (INTERVALS,) array
        Spline of the foot's pitch (toe up positive), rad.
    swing : (INTERVALS, 3) array
        Spline of the displacement of the foot from one contact to the next, m.
    """

    pitch: Array
    swing: Array


@dataclass(frozen=True)
class Gait:
    """A periodic walk.

    Parameters
    ----------
    stride_s, stride_m : float
        Duration and length of a stride.
    pelvis : (harmonics, 3, 2) array
        Fourier coefficients of the motion of the pelvis about steady walking along X, Y, Z, m.
    pelvis_height : float
        Mean height of its origin, m.
    legs : dict
        `LegMotion` of each side.
    variation : float
        Multiplies the size of the prescribed curves (from trial to trial).
    nod : (harmonics, 2) array
        Fourier coefficients of the trunk's pitch on top of its usual course, rad.
    """

    participant: Participant
    stride_s: float
    stride_m: float
    step_width_m: float
    toe_out: float
    pelvis: Array
    pelvis_height: float
    pelvis_lead: float
    legs: dict[str, LegMotion]
    variation: float = 1.0
    nod: Array = field(default_factory=lambda: np.zeros((1, 2)))


def foot_path(sole: Sole, pitch: ArrayLike, blend: ArrayLike) -> Array:
    """Ankle centre of a foot that rolls, without sliding, about forefoot (blend 0) or heel (blend 1): (n, 2), m."""
    pitch = np.asarray(pitch, dtype=float)[..., None]
    cos, sin = np.cos(pitch), np.sin(pitch)
    ankles = []
    for x, radius in ((sole.ball, sole.ball_radius), (sole.heel, sole.heel_radius)):
        arm_x, arm_y = -x, sole.ankle_height - radius
        ankles.append(
            np.concatenate(
                [x - radius * pitch + cos * arm_x - sin * arm_y, radius + sin * arm_x + cos * arm_y], axis=-1
            )
        )
    weight = np.asarray(blend, dtype=float)[..., None]
    return (1 - weight) * ankles[0] + weight * ankles[1]


def blend_coefficients() -> Array:
    """Spline coefficients that turn to the heel during swing and, while the foot is flat, back to the forefoot."""
    coefficients = np.zeros(INTERVALS)
    swing = free_coefficients(DUTY, 1.0)
    coefficients[swing] = ease(np.linspace(0, 1, len(swing) + 2)[1:-1])
    coefficients[swing[-1] + 1 :] = 1.0
    flat = free_coefficients(*FLAT)
    coefficients[: flat[0]] = 1.0
    coefficients[flat] = np.linspace(1, 0, len(flat) + 2)[1:-1]
    return coefficients


def contact_x(sole: Sole, pitch: ArrayLike, progress: ArrayLike) -> Array:
    """Where a rolling foot touches the floor along its length; `progress` 0 heel, 1 forefoot, between while flat, m."""
    pitch, progress = np.asarray(pitch, dtype=float), np.asarray(progress, dtype=float)
    heel = sole.heel - sole.heel_radius * np.maximum(pitch, 0.0)
    ball = sole.ball - sole.ball_radius * np.minimum(pitch, 0.0)
    return (1 - progress) * heel + progress * ball


def solve_leg(
    reach: Array, thigh: float, shank: float, hip_rotation: Array, knee_adduction: Array, knee_rotation: Array
) -> tuple[Array, Array, Array, Array]:
    """Hip flexion, hip adduction and knee flexion that bring the ankle to `reach`, in closed form.

    Parameters
    ----------
    reach : (n, 3) array
        From hip to ankle centre in pelvis axes, m.
    hip_rotation, knee_adduction, knee_rotation : (n,) arrays
        Prescribed angles (internal, varus, internal positive), rad.

    Returns
    -------
    hip_flexion, hip_adduction, knee_flexion, excess : (n,) arrays
        rad; `excess` is positive where the leg is too short (the knee is then straight).
    """
    squared = np.einsum("ni,ni->n", reach, reach)
    cosine = (squared - thigh**2 - shank**2) / (2 * thigh * shank * np.cos(knee_adduction))
    knee = np.arccos(np.clip(cosine, -1.0, 1.0 - 1e-12))
    x = -shank * np.sin(knee) * np.cos(knee_adduction)
    y = -thigh - shank * np.cos(knee) * np.cos(knee_adduction)
    z = -shank * np.sin(knee_adduction)
    cos, sin = np.cos(hip_rotation), np.sin(hip_rotation)
    x, z = cos * x + sin * z, -sin * x + cos * z
    adduction = np.arctan2(z, -y) - np.arcsin(np.clip(reach[:, 2] / np.hypot(y, z), -1, 1))
    y = y * np.cos(adduction) - z * np.sin(adduction)
    flexion = np.arctan2(reach[:, 1], reach[:, 0]) - np.arctan2(y, x)
    return (flexion + np.pi) % (2 * np.pi) - np.pi, adduction, knee, np.maximum(cosine - 1.0, 0.0)


def prescribed(gait: Gait, side: str, phase: Array) -> dict[str, Array]:
    """Curves of one leg that are given, not solved; `phase` counts from that side's foot strike. rad.

    Baselines follow the waveforms of Schwartz et al. 2008 (J Biomech 41:1639); the valgus pattern adds a bump in stance.
    """
    pattern, posture = gait.participant.pattern(side), gait.participant.stands(side)
    stance = gait.variation * bump(phase, 0.24, 0.11)
    swing = bump(phase, 0.74, 0.09)
    loading = bump(phase, 0.15, 0.09)
    return {
        "hip_internal_rotation": np.radians(
            posture.hip_internal_rotation
            - 1.0
            + 3.0 * loading
            - 1.5 * swing
            + pattern.hip_internal_rotation_deg * stance
        ),
        "knee_adduction": np.radians(-posture.knee_abduction + 1.5 * swing - pattern.knee_abduction_deg * stance),
        "knee_internal_rotation": np.radians(posture.knee_internal_rotation + 4.0 * loading + 3.0 * swing),
        "rearfoot_eversion": np.radians(
            gait.participant.posture.rearfoot_eversion
            + pattern.rearfoot_eversion_deg * gait.variation * bump(phase, 0.27, 0.11)
            + (not gait.participant.rigid_midfoot) * everted(phase)
        ),
        "arch_drop": gait.participant.arch_drop_m * bump(phase, 0.30, 0.14),
        "arm_flexion": np.radians(-3.0 - 16.0 * np.cos(2 * np.pi * phase)),
    }


def standing_curves(participant: Participant, side: str, n: int) -> dict[str, Array]:
    """Curves of a leg that stands, as `prescribed`, for n samples. rad."""
    posture, still = participant.stands(side), np.zeros(n)
    return {
        "hip_internal_rotation": still + np.radians(posture.hip_internal_rotation),
        "knee_adduction": still - np.radians(posture.knee_abduction),
        "knee_internal_rotation": still + np.radians(posture.knee_internal_rotation),
        "rearfoot_eversion": still + np.radians(participant.posture.rearfoot_eversion),
        "arm_flexion": still,
    }


def pelvis_angles(gait: Gait, phase: Array) -> tuple[Array, Array, Array]:
    """Rotation to the left, drop of the right side and backward tilt (intrinsic Y, X, Z angles, rad)."""
    up = np.zeros_like(phase)
    for side in SIDES:
        pattern = gait.participant.pattern(side)
        own = phase - STRIKE_PHASE[side]
        extra = pattern.hip_adduction_deg - 0.5 * pattern.knee_abduction_deg
        usual = 0.5 * fourier(own, PELVIC_DROP)
        up = up + (1 if side == "right" else -1) * gait.variation * (usual + extra * bump(own, 0.20, 0.10))
    rotation = gait.variation * 4.0 * np.cos(2 * np.pi * (phase - 0.02))
    tilt = gait.participant.posture.pelvis_anterior_tilt + 1.0 * np.cos(4 * np.pi * (phase - 0.05))
    return np.radians(rotation), np.radians(-up), np.radians(-tilt)


def trunk_angles(gait: Gait, phase: Array) -> tuple[Array, Array, Array]:
    """Rotation to the left, lean to the right and backward lean of the trunk (intrinsic Y, X, Z angles, rad)."""
    lean = np.zeros_like(phase)
    for side in SIDES:
        own = phase - STRIKE_PHASE[side]
        size = 0.75 * np.sin(2 * np.pi * (own - 0.02)) + gait.participant.pattern(side).trunk_lean_deg * bump(
            own, 0.25, 0.10
        )
        lean = lean + (1 if side == "right" else -1) * size
    rotation = -4.0 * np.cos(2 * np.pi * (phase - 0.02))
    return (
        np.radians(rotation),
        np.radians(lean),
        np.radians(-gait.participant.posture.trunk_flexion) - fourier(phase, gait.nod),
    )


def foot_motion(gait: Gait, side: str, phase: Array) -> tuple[Array, Array, Array]:
    """Pitch (rad) and ankle centre of one foot in its right-leg world, and where its flat print lies: (n, 3), m."""
    leg = gait.legs[side]
    own = phase - STRIKE_PHASE[side]
    pitch = spline(own, leg.pitch)
    flat = spline(own, leg.swing, np.array([gait.stride_m, 0.0, 0.0]))
    flat = flat + np.array([STRIKE_PHASE[side] * gait.stride_m, 0.0, gait.step_width_m / 2])
    return pitch, ankle_path(gait, pitch, spline(own, blend_coefficients()), flat), flat


def ankle_path(gait: Gait, pitch: Array, blend: Array, flat: Array) -> Array:
    """Ankle centre of a foot that rolls on its print `flat` (below the ankle when the foot is flat): (n, 3), m."""
    yaw = -gait.toe_out
    rolled = foot_path(gait.participant.sole, pitch, blend)
    return np.stack([np.cos(yaw) * rolled[:, 0], rolled[:, 1], -np.sin(yaw) * rolled[:, 0]], axis=-1) + flat


def walking_body(gait: Gait, time: Array) -> Body:
    """Poses of all bodies at any times; time 0 is a right foot strike."""
    participant = gait.participant
    phase = np.asarray(time, dtype=float) / gait.stride_s
    turn, drop, tilt = pelvis_angles(gait, phase)
    pelvis = rot_y(turn) @ rot_x(drop) @ rot_z(tilt)
    centre = np.stack([fourier(phase, gait.pelvis[:, axis]) for axis in range(3)], axis=-1)
    centre = centre + np.stack(
        [gait.stride_m * phase + gait.pelvis_lead, np.full_like(phase, gait.pelvis_height), 0 * phase], axis=-1
    )
    legs = {}
    for side in SIDES:
        pitch, ankle, _ = foot_motion(gait, side, phase)
        legs[side] = (
            np.full_like(pitch, -gait.toe_out),
            pitch,
            ankle,
            prescribed(gait, side, phase - STRIKE_PHASE[side]),
        )
    turn, lean, back = trunk_angles(gait, phase)
    return assemble(participant, pelvis, centre, rot_y(turn) @ rot_x(lean) @ rot_z(back), legs)


def assemble(
    participant: Participant,
    pelvis: Array,
    centre: Array,
    trunk: Array,
    legs: dict[str, tuple[Array, Array, Array, dict[str, Array]]],
) -> Body:
    """Put the body together from pelvis and trunk poses and each foot's yaw, pitch, ankle centre and given curves."""
    rotation: dict[str | tuple[str, str], Array] = {"pelvis": pelvis, "trunk": trunk}
    lumbar = centre + pelvis @ participant.lumbar
    origin: dict[str | tuple[str, str], Array] = {"pelvis": centre, "trunk": lumbar}
    for side in SIDES:
        mirror = MIRROR if side == "left" else np.ones(3)
        flip = np.outer(mirror, mirror)
        yaw, pitch, ankle, given = legs[side]
        own_pelvis = pelvis * flip
        hip = centre * mirror + own_pelvis @ participant.hip
        reach = np.einsum("nji,nj->ni", own_pelvis, ankle - hip)
        flexion, adduction, knee, _ = solve_leg(
            reach,
            participant.thigh,
            participant.shank,
            given["hip_internal_rotation"],
            given["knee_adduction"],
            given["knee_internal_rotation"],
        )
        thigh = own_pelvis @ rot_z(flexion) @ rot_x(adduction) @ rot_y(given["hip_internal_rotation"])
        shank = thigh @ rot_z(-knee) @ rot_x(given["knee_adduction"]) @ rot_y(given["knee_internal_rotation"])
        foot = rot_y(yaw) @ rot_z(pitch)
        turn, shift = rearfoot_pose(participant, given["rearfoot_eversion"])
        own_trunk = trunk * flip
        arm = own_trunk @ rot_z(given["arm_flexion"]) @ rot_x(np.full_like(yaw, -np.radians(7.0)))
        rotation |= {
            (side, "thigh"): thigh,
            (side, "shank"): shank,
            (side, "foot"): foot,
            (side, "rearfoot"): foot @ turn,
            (side, "midfoot"): foot,
            (side, "arm"): arm,
        }
        origin |= {
            (side, "thigh"): hip,
            (side, "shank"): hip - participant.thigh * thigh[..., 1],
            (side, "foot"): ankle,
            (side, "rearfoot"): ankle + np.einsum("nij,nj->ni", foot, shift),
            (side, "midfoot"): ankle - given.get("arch_drop", np.zeros_like(yaw))[:, None] * foot[..., 1],
            (side, "arm"): lumbar * mirror + own_trunk @ shoulder(participant),
        }
    return Body(rotation, origin)
