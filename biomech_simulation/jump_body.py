"""Bodies of a drop jump: poses from planned and solved values, and the centre of pressure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biomech.schema import SIDES
from biomech_simulation.functional import hanging_leg
from biomech_simulation.gait import MIRROR, Body, assemble, contact_x, foot_path, standing_curves
from biomech_simulation.jump_plan import Jump
from biomech_simulation.turns import rot_x, rot_y, rot_z

Array = NDArray[np.float64]

_LEAST_KNEE_DEG, _SOFT_M = 7.0, 0.006  # a leg in flight; it is drawn up softly before it gets that straight
_HANGING_DEG = 10.0, -2.0, 80.0  # a leg that does not work: flexion and adduction of the hip, flexion of the knee
_PELVIS_SHARE = 0.55  # of the trunk's flexion


@dataclass(frozen=True)
class Motions:
    """What is found, at every sample.

    Parameters
    ----------
    centre : (n, 3) array
        Origin of the pelvis, m.
    turn : (n, 3) array
        Flexion of the trunk beyond standing, lean to the right and rotation to the left of pelvis and trunk, rad.
    print_ : (n, 3) array
        Where the flat foot would stand below the ankle: lab X, height and how far outwards of its place, m.
    """

    centre: Array
    turn: Array
    print_: Array


def jumping_body(plan: Jump, time: Array, found: Motions) -> Body:
    """Poses of all bodies."""
    person, posture = plan.participant, plan.participant.posture
    flexion, aside, left = found.turn.T
    pelvis = (
        rot_y(left)
        @ rot_x(aside - np.radians(posture.pelvis_drop))
        @ rot_z(-np.radians(posture.pelvis_anterior_tilt) - _PELVIS_SHARE * flexion)
    )
    trunk = rot_y(left) @ rot_x(aside) @ rot_z(-np.radians(posture.trunk_flexion) - flexion)
    pitch, arms = plan.pitch(time), plan.arms()(time)
    legs, curves = {}, {}
    for side in SIDES:
        own, stands = person.pattern(side), person.stands(side)
        usual = plan.bent(time)
        # usual course and pattern of a part come equally early or late, so that the whole has one lead
        hip, foot = (plan.bent(time, own.late_s(part)) for part in ("hip", "foot"))
        given = {
            "hip_internal_rotation": np.radians(
                stands.hip_internal_rotation + 2.0 * hip + own.hip_internal_rotation_deg * hip
            ),
            "knee_adduction": np.radians(-stands.knee_abduction - 1.0 * hip - own.knee_abduction_deg * hip),
            "knee_internal_rotation": np.radians(stands.knee_internal_rotation + 6.0 * usual),
            "rearfoot_eversion": np.radians(
                posture.rearfoot_eversion + 9.0 * foot * (not person.rigid_midfoot) + own.rearfoot_eversion_deg * foot
            ),
            "arch_drop": person.arch_drop_m * foot,
            "arm_flexion": arms + np.radians(4.0),
        }
        place = ankle(plan, pitch, found.print_)
        mirror = MIRROR if side == "left" else np.ones(3)
        hip_centre = (found.centre + pelvis @ (person.hip * mirror)) * mirror
        place = np.where(plan.in_contact(time)[:, None], place, _within_reach(plan, hip_centre, place))
        legs[side] = (np.full_like(time, -plan.toe_out), pitch, place, given)
        curves[side] = given
    body = assemble(person, pelvis, found.centre, trunk, legs)
    for side in [side for side in SIDES if side not in plan.working]:
        still = standing_curves(person, side, len(time)) | {"arm_flexion": curves[side]["arm_flexion"]}
        flexion_, adduction, knee = (np.full_like(time, angle) for angle in _HANGING_DEG)
        body = hanging_leg(person, body, side, flexion_, adduction, knee, still)
    return body


def _within_reach(plan: Jump, hip: Array, place: Array) -> Array:
    """Ankles in flight, drawn towards the hip where the leg would get too straight; others stay exactly."""
    soft = _SOFT_M
    longest = leg_length(plan, np.radians(_LEAST_KNEE_DEG))
    reach = place - hip
    length = np.linalg.norm(reach, axis=1, keepdims=True)
    x = np.clip((length - longest + soft) / (2 * soft), 0.0, 1.0)
    # integral of a smooth rise from 0 to 1: nothing at first, in the end all that is too long
    drawn = 2 * soft * x**6 * (21.0 + x * (-60.0 + x * (67.5 + x * (-35.0 + x * 7.0)))) + np.maximum(
        length - longest - soft, 0
    )
    return np.asarray(place - reach / length * drawn)


def leg_length(plan: Jump, knee: Array | float) -> Any:
    """Distance from hip to ankle at a flexion of the knee (rad), m."""
    thigh, shank = plan.participant.thigh, plan.participant.shank
    return np.sqrt(thigh**2 + shank**2 + 2 * thigh * shank * np.cos(knee))


def ankle(plan: Jump, pitch: Array, print_: Array) -> Array:
    """Ankle centre of a foot that rolls over its forefoot where it stands, in its right-leg world, (n, 3) m."""
    rolled = foot_path(plan.participant.sole, pitch, np.zeros_like(pitch))
    along, across = np.cos(plan.toe_out) * rolled[:, 0], np.sin(plan.toe_out) * rolled[:, 0]
    z = across + plan.width_m / 2 + print_[:, 2]
    return np.stack([along + print_[:, 0], rolled[:, 1] + print_[:, 1], z], axis=-1)


def pressure_along(plan: Jump, time: Array) -> Array:
    """Where the floor presses along a foot, from below its ankle, m: at the forefoot first and last, else further back."""
    t = plan.times
    back = np.zeros_like(time)
    spans = [(-10.0, t["box_off"] - 0.16), (t["second_on"] + 0.04, 1e3)]
    if "first_on" in t:
        spans.append((t["first_on"] + 0.04, t["first_off"] - 0.10))
    for start, end in spans:
        width = 0.14 if start < 0 or end > 100 else 0.10
        up, down = (np.clip((time - a) / width, 0, 1) for a in (start, end - width))
        back += _smooth(up) * (1.0 - _smooth(down))
    progress = 1.0 - 0.50 * back
    return contact_x(plan.participant.sole, plan.pitch(time), progress)


def _smooth(s: Array) -> Array:
    return s**3 * (10.0 - 15.0 * s + 6.0 * s * s)


def planned_pressure(plan: Jump, side: str, time: Array) -> Array:
    """Where the floor should press on one foot, (n, 2) as lab X and Z."""
    along = pressure_along(plan, time)
    x = np.where(time < plan.times["box_off"] + 0.02, 0.0, plan.distance_m) + np.cos(plan.toe_out) * along
    z = plan.width_m / 2 + np.sin(plan.toe_out) * along
    return np.stack([x, z * (1.0 if side == "right" else -1.0)], axis=-1)


def shares(plan: Jump, time: Array) -> dict[str, Array]:
    """Share of each foot in the vertical force; both 0 in flight."""
    touch = plan.in_contact(time).astype(float)
    right = 0.5 + plan.asymmetry
    if len(plan.working) == 1:
        right = float(plan.working == ("right",))
    return {"left": touch * (1.0 - right), "right": touch * right}
