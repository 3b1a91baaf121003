"""Depth of each kind of squat, and joint angles at the bottom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Task = Literal["single_leg_squat", "double_leg_squat", "step_down", "single_leg_stance"]


@dataclass(frozen=True)
class Depth:
    """What one kind of squat looks like at its bottom, degrees beyond standing.

    Single-leg: means of healthy men and women squatting to about 60 degrees (Nakagawa et al. 2012, J Orthop Sports Phys
    Ther 42:491: trunk lean 6.7, pelvic drop 7.4, hip adduction 10.8, knee abduction 5.8). Double-leg: our own outline of
    a squat to parallel with arms forward. What is not prescribed here follows from flat feet and balance.
    """

    knee_flexion: float
    pelvis_tilt: float
    trunk_flexion: float
    hip_rotation: float
    knee_abduction: float
    knee_rotation: float
    eversion: float
    arm_flexion: float
    pelvic_drop: float = 0.0
    trunk_lean: float = 0.0
    pelvis_rotation: float = 0.0


DEPTHS = {
    "single_leg_squat": Depth(61.0, 11.0, 22.0, -8.0, 1.0, 4.0, 5.0, 30.0, 4.5, 4.5, 3.0),
    "double_leg_squat": Depth(94.0, 19.0, 40.0, 4.0, 0.5, 4.0, 6.0, 75.0),
    # down from a low step until the other heel taps the floor; and standing still, in which nothing bends
    "step_down": Depth(64.0, 8.0, 16.0, -6.0, 1.0, 4.0, 5.0, 20.0, 4.0, 3.0, 2.0),
    "single_leg_stance": Depth(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
}
