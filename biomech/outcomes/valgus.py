"""Angles of medial collapse: pelvis, hip, knee, and the frontal plane projection angle."""

from __future__ import annotations

from biomech.outcomes.families import MetricSource, curve_of

_TRANSVERSE = (
    "soft tissue moves the {segments} markers: the error of transverse {joint} angles is as large as the motion"
)
_CROSS_TALK = "cross-talk from flexion if the knee axis is misplaced: see the knee axis check in the quality table"
_FOOT = "needs heel and toe markers"

ANGLES: tuple[MetricSource, ...] = (
    curve_of("angle", "pelvis_anterior_tilt"),
    curve_of("angle", "trunk_ipsilateral_lean", "needs trunk markers"),
    curve_of("angle", "contralateral_pelvic_drop"),
    curve_of("angle", "hip_adduction"),
    curve_of("angle", "hip_internal_rotation", _TRANSVERSE.format(segments="thigh", joint="hip")),
    curve_of("angle", "knee_abduction", _CROSS_TALK),
    curve_of("angle", "knee_internal_rotation", _TRANSVERSE.format(segments="thigh and shank", joint="knee")),
    curve_of("angle", "fppa"),
    curve_of("angle", "fppa_pelvis"),
    curve_of("angle", "fppa_foot", _FOOT),
    curve_of("angle", "shank_medial_lean_from_foot", _FOOT),
)
BY_NAME = {curve.name: curve for curve in ANGLES}

FLEXION = curve_of("angle", "knee_flexion")
