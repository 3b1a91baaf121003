"""Functional trials, markers only: the star-arc movement of a hip and bending of a knee, standing on the other leg.

The moving leg is prescribed by its joint angles, so its centres of rotation are known exactly; the standing leg is solved
between the pelvis and a foot that does not move.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biomech.errors import BiomechError
from biomech.schema import JOINT_CENTRES, SIDES
from biomech.simulate.curves import smoothstep
from biomech.simulate.gait import MIRROR, Body, assemble
from biomech.simulate.motion import STATIC_ONLY, Motion, place_markers
from biomech.simulate.participant import Participant, rearfoot_pose
from biomech.simulate.truth import QUANTITIES, joint_centres, segment_frames, side_angles, truth_dataset
from biomech.simulate.turns import rot_x, rot_y, rot_z

Array = NDArray[np.float64]

# hip angles of the star-arc, deg; ranges of 53 and 36 degrees are above the 30 to 40 at which functional hip centres settle
_FLEXION, _EXTENSION = 40.0, -13.0
_ABDUCTION, _ADDUCTION = 33.0, 3.0
_ARC = (22.0, 20.0)  # half axes of the circumduction: flexion, adduction
_ARC_CENTRE = (10.0, -16.0)
_LIFTED_KNEE_DEG, _LIFTED_HIP_DEG = 22.0, 13.0  # keeps the foot clear of the floor
_HIKE_DEG = 5.0
_KNEE_RANGE_DEG = (12.0, 95.0)


@dataclass(frozen=True)
class _Moving:
    """Angles of the moving leg over time, degrees, and how its hip is carried."""

    hip_flexion: Array
    hip_adduction: Array
    hip_internal_rotation: Array
    knee_flexion: Array
    ankle_dorsiflexion: Array
    trunk_lean: Array


def star_arc(participant: Participant, side: str, *, duration_s: float = 5.0, rate_hz: float = 100.0) -> Motion:
    """Flex and extend, abduct and adduct, then circle the hip of one leg: the movement for a functional hip centre.

    Parameters
    ----------
    side : {"left", "right"}
        The leg that moves.
    duration_s, rate_hz : float
        Length of the recording, and of the markers.

    Returns
    -------
    Motion
        Markers only, with true angles and joint centres. The hip is a perfect ball joint.

    References
    ----------
    Camomilla et al. 2006, J Biomech 39:1096 (star-arc movement; range of movement that hip centres need).
    """
    time = _time(duration_s, rate_hz)
    part = time / duration_s
    lift = _plateau(part, 0.02, 0.10, 0.90, 0.98)
    # each phase starts and ends in the lifted posture: one swing forward and back, one out and in, one and a half circles
    swing = _phase(part, 0.10, 0.36)
    aside = _phase(part, 0.36, 0.58)
    circle = _phase(part, 0.58, 0.90)
    inside = [(part >= a) & (part < b) for a, b in ((0.10, 0.36), (0.36, 0.58), (0.58, 0.90))]
    flexion, adduction = np.zeros_like(part), np.zeros_like(part)
    flexion += inside[0] * (_one_way(swing, 0.5) * (_FLEXION - _LIFTED_HIP_DEG) + _one_way(swing, -0.5) * (_EXTENSION - _LIFTED_HIP_DEG))
    adduction += inside[1] * (-_one_way(aside, 0.5) * _ABDUCTION + _one_way(aside, -0.5) * _ADDUCTION)
    turns = 2 * np.pi * 1.0 * smoothstep(circle)
    grow = _plateau(circle, 0.0, 0.2, 0.8, 1.0)
    flexion += inside[2] * grow * (_ARC_CENTRE[0] - _LIFTED_HIP_DEG + _ARC[0] * np.cos(turns))
    adduction += inside[2] * grow * (_ARC_CENTRE[1] + _ARC[1] * np.sin(turns))
    return Motion  # type: ignore[return-value]
