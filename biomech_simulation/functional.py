"""Functional trials, markers only: the star-arc movement of a hip and bending of a knee, standing on the other leg.

The moving leg is prescribed by its joint angles, so its centres of rotation are known exactly; the standing leg is solved
between the pelvis and a foot that does not move.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from biomech.errors import BiomechError
from biomech.schema import JOINT_CENTRES, SIDES
from biomech_simulation.gait import MIRROR, Body, assemble, standing_curves
from biomech_simulation.motion import STATIC_ONLY, Motion, place_markers
from biomech_simulation.participant import Participant, rearfoot_pose
from biomech_simulation.truth import QUANTITIES, joint_centres, segment_frames, side_angles, truth_dataset
from biomech_simulation.turns import rot_x, rot_y, rot_z

Array = NDArray[np.float64]

# the recording begins and ends with the leg lifted: hip and knee a little bent, the pelvis hiked, the foot clear of the floor
_LIFTED = (18.0, -3.0)  # hip flexion and adduction, deg
_LIFTED_KNEE_DEG = 22.0
_HIKE_DEG = 6.0
_STANCE_KNEE_DEG = 7.0
_OVER_STANCE_FOOT = 0.65  # of the way of the pelvis to above the standing foot
# share of the recording, hip flexion, hip adduction: forward and back, out and in, then a circle; the ranges of about 55 and
# 37 degrees are above the 30 to 40 at which functional hip centres settle (Camomilla et al. 2006, J Biomech 39:1096)
_STAR_ARC = np.array(
    [
        (0.00, *_LIFTED),
        (0.04, *_LIFTED),
        (0.15, 48.0, -4.0),
        (0.30, -8.0, -5.0),
        (0.40, 17.0, -5.0),
        (0.50, 18.0, -32.0),
        (0.60, 22.0, 2.0),
        (0.66, 36.0, -4.0),
        (0.72, 30.0, -19.0),
        (0.78, 13.0, -26.0),
        (0.84, -1.0, -18.0),
        (0.90, 4.0, -5.0),
        (0.96, *_LIFTED),
        (1.00, *_LIFTED),
    ]
)
_KNEE_DEG = (12.0, 95.0)
_BENDS = 3


def star_arc(participant: Participant, side: str, *, duration_s: float = 5.0, rate_hz: float = 100.0) -> Motion:
    """Flex and extend, abduct and adduct, then circle the hip of one leg: the movement for a functional hip centre.

    The hip is a perfect ball joint.

    Parameters
    ----------
    side : {"left", "right"}
        The leg that moves.
    duration_s, rate_hz : float
        Length of the recording; rate of the markers.

    Returns
    -------
    Motion
        Markers only, with true angles and joint centres.
    """
    part = np.linspace(0.0, 1.0, round(duration_s * rate_hz))
    flexion, adduction = CubicSpline(_STAR_ARC[:, 0], _STAR_ARC[:, 1:], bc_type="clamped")(part).T
    knee = np.full_like(part, _LIFTED_KNEE_DEG) - 0.2 * (flexion - _LIFTED[0])
    return _on_one_leg(participant, side, rate_hz, flexion, adduction, knee, "star_arc")


def knee_bends(participant: Participant, side: str, *, duration_s: float = 5.0, rate_hz: float = 100.0) -> Motion:
    """Bend the knee of a hanging leg and interval it again, three times: the movement for a functional knee axis.

    The knee is a perfect hinge about the transverse axis of the thigh.

    Parameters
    ----------
    side : {"left", "right"}
        The leg that moves.
    duration_s, rate_hz : float
        Length of the recording; rate of the markers.

    Returns
    -------
    Motion
        Markers only, with true angles and joint centres.
    """
    part = np.linspace(0.0, 1.0, round(duration_s * rate_hz))
    bent = 0.5 - 0.5 * np.cos(2 * np.pi * _BENDS * np.clip((part - 0.04) / 0.92, 0.0, 1.0))
    knee = _KNEE_DEG[0] + (_KNEE_DEG[1] - _KNEE_DEG[0]) * bent
    flexion = 12.0 - 6.0 * bent
    return _on_one_leg(participant, side, rate_hz, flexion, np.full_like(part, -4.0), knee, "knee_bends")


def _on_one_leg(
    participant: Participant, side: str, rate_hz: float, flexion: Array, adduction: Array, knee: Array, movement: str
) -> Motion:
    """Move one leg by its hip and knee angles (deg) while the other stands."""
    if side not in SIDES:
        raise BiomechError(f"simulate: expected side left or right, found {side!r}")
    n, posture = len(flexion), participant.posture
    still = np.zeros(n)
    # angles of the pelvis and trunk as for a moving right leg, mirrored for a left one: pelvis and trunk yield to the leg
    sign = 1.0 if side == "right" else -1.0
    hike = _HIKE_DEG - 0.08 * adduction
    pelvis = rot_x(sign * np.radians(hike) * -1.0) @ rot_z(
        -np.radians(posture.pelvis_anterior_tilt - 0.08 * (flexion - _LIFTED[0]))
    )
    trunk = rot_x(sign * np.radians(-3.0 + 0.15 * adduction)) @ rot_z(-np.radians(posture.trunk_flexion + still))
    stance = "left" if side == "right" else "right"
    ankle = np.array([0.0, participant.ankle_height, posture.foot_distance_m / 2])
    centre = _above_stance(participant, pelvis, ankle, stance)
    yaw = still - np.radians(posture.toe_out)
    given = {s: standing_curves(participant, s, n) for s in SIDES}
    body = assemble(
        participant, pelvis, centre, trunk, {s: (yaw, still, np.tile(ankle, (n, 1)), given[s]) for s in SIDES}
    )
    body = hanging_leg(participant, body, side, flexion, adduction, knee, given[side])
    truth = _truth(participant, body, rate_hz)
    truth.attrs |= {"task": "functional", "movement": movement, "side": side}
    empty = np.zeros((n, 0, 3))
    markers = place_markers(participant, body, STATIC_ONLY)
    return Motion(participant, *markers, rate_hz, rate_hz, (), empty, empty, truth)


def _above_stance(participant: Participant, pelvis: Array, ankle: Array, stance: str) -> Array:
    """Origin of the pelvis over time, (n, 3): near above the standing foot, the standing knee a little bent."""
    mirror = MIRROR if stance == "left" else np.ones(3)
    hip = (pelvis @ (participant.hip * mirror)) * mirror
    knee = np.radians(_STANCE_KNEE_DEG)
    thigh, shank = participant.thigh, participant.shank
    length = np.sqrt(thigh**2 + shank**2 + 2 * thigh * shank * np.cos(knee))
    aside, ahead = _OVER_STANCE_FOOT * ankle[2], 0.02
    across = aside + hip[:, 2] - ankle[2]
    height = ankle[1] + np.sqrt(length**2 - ahead**2 - across**2)
    return np.stack([ahead - hip[:, 0], height - hip[:, 1], np.full(len(hip), aside)], axis=-1) * mirror


def hanging_leg(
    participant: Participant,
    body: Body,
    side: str,
    flexion: Array,
    adduction: Array,
    knee: Array,
    given: dict[str, Array],
) -> Body:
    """Replace one leg by one that hangs from its hip with these angles; the foot keeps its place on the shank."""
    posture = participant.stands(side)
    flip = np.outer(MIRROR, MIRROR) if side == "left" else np.ones((3, 3))
    turn, hip = body.rotation["pelvis"] * flip, body.origin[(side, "thigh")]
    thigh = turn @ rot_z(np.radians(flexion)) @ rot_x(np.radians(adduction)) @ rot_y(given["hip_internal_rotation"])
    shank = thigh @ rot_z(-np.radians(knee)) @ rot_x(given["knee_adduction"]) @ rot_y(given["knee_internal_rotation"])
    toe_out = posture.toe_out + posture.hip_internal_rotation + posture.knee_internal_rotation
    relaxed = np.radians(-0.10 * (knee - _LIFTED_KNEE_DEG) + 8.0)
    foot = shank @ rot_z(relaxed) @ rot_y(np.full_like(knee, -np.radians(toe_out)))
    everted, shift = rearfoot_pose(participant, given["rearfoot_eversion"])
    knee_centre = hip - participant.thigh * thigh[..., 1]
    ankle = knee_centre - participant.shank * shank[..., 1]
    rotation = body.rotation | {
        (side, "thigh"): thigh,
        (side, "shank"): shank,
        (side, "foot"): foot,
        (side, "rearfoot"): foot @ everted,
        (side, "midfoot"): foot,
    }
    origin = body.origin | {
        (side, "shank"): knee_centre,
        (side, "foot"): ankle,
        (side, "rearfoot"): ankle + np.einsum("nij,nj->ni", foot, shift),
        (side, "midfoot"): ankle,
    }
    return Body(rotation, origin)


def _truth(participant: Participant, body: Body, rate_hz: float):  # type: ignore[no-untyped-def]
    """Angles and joint centres; the progression frame is the mean heading of the pelvis, as for any task on the spot."""
    ahead = body.rotation["pelvis"][:, [0, 2], 0]
    ahead = (ahead / np.linalg.norm(ahead, axis=1, keepdims=True)).mean(axis=0)
    progression = rot_y(np.asarray(np.arctan2(-ahead[1], ahead[0])))
    centres = joint_centres(body)
    frames = segment_frames(participant, body, progression)
    angles = {s: side_angles(frames[s], {j: centres[s][j] for j in JOINT_CENTRES}, s) for s in SIDES}
    n = len(body.origin["pelvis"])
    values = {
        "angle": np.stack([np.stack([angles[s][q] for q in QUANTITIES], axis=-1) for s in SIDES], axis=1),
        "joint_centre": np.stack([np.stack([centres[s][j] for j in JOINT_CENTRES], axis=1) for s in SIDES], axis=1),
        "progression": np.tile(progression[:, 0], (n, 1)),
    }
    attrs: dict[str, str | float] = {"participant": participant.name, "sex": participant.sex}
    attrs |= {"mass_kg": participant.mass_kg, "height_m": participant.height_m}
    return truth_dataset(np.arange(n) / rate_hz, values, attrs)
