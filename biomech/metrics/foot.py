"""Angles of the foot: rearfoot eversion and foot progression."""

from __future__ import annotations

from biomech.metrics.families import ANGLE_STATISTICS, SQUATS, WHOLE, Curve, register
from biomech.metrics.valgus import relative

REARFOOT_EVERSION = Curve(
    "rearfoot_eversion",
    "rearfoot eversion",
    "the rearfoot is everted against the shank",
    "floating axis of the joint coordinate system of the rearfoot and the distal shank frame",
    "Leardini 2007, Gait Posture 25:453 (rearfoot against shank); Grood & Suntay 1983, J Biomech Eng 105:136",
    "rearfoot_eversion",
    validity="the reference pose shifts it by several degrees: compare only within one marker set; needs rearfoot markers",
)
FOOT_PROGRESSION = Curve(
    "foot_progression_in",
    "foot progression",
    "toe-in: the foot's long axis points towards the other leg",
    "horizontal plane, against the direction of progression",
    "Schwartz 2008, J Biomech 41:1639 (internal positive)",
    "foot_progression_in",
)

register(REARFOOT_EVERSION, ANGLE_STATISTICS)
register(REARFOOT_EVERSION, [("at_peak_knee_flexion", "cycle")], SQUATS)
register(REARFOOT_EVERSION, [("mean", "cycle")], ("single_leg_stance",))
register(relative(REARFOOT_EVERSION), [("peak", window) for window in WHOLE])
register(FOOT_PROGRESSION, [("mean", window) for window in WHOLE])
