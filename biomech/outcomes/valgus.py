"""Angles of medial collapse: pelvis, hip, knee, and the frontal plane projection angle."""

from __future__ import annotations

from biomech.outcomes.families import Curve

_JOINT_AXES = "joint coordinate system of the {joint} (Grood & Suntay 1983, J Biomech Eng 105:136)"
_VIDEO = "Herrington & Munro 2010, Phys Ther Sport 11:56, with joint centres in place of video markers"
_TRANSVERSE = "soft tissue moves the thigh markers: the error of transverse hip angles is as large as the motion"

ANGLES: tuple[Curve, ...] = (
    Curve(
        "pelvis_anterior_tilt",
        "anterior pelvic tilt",
        "the front of the pelvis is lower",
        "sagittal plane of the pelvis against the direction of progression (rotation, obliquity, tilt)",
        "Baker 2001, Gait Posture 13:1",
        "pelvis_anterior_tilt",
    ),
    Curve(
        "trunk_ipsilateral_lean",
        "ipsilateral trunk lean",
        "the trunk leans towards this side",
        "frontal plane of the trunk against the direction of progression (rotation, obliquity, tilt)",
        "Nakagawa 2012, J Orthop Sports Phys Ther 42:491",
        "trunk_ipsilateral_lean",
        validity="needs trunk markers",
    ),
    Curve(
        "contralateral_pelvic_drop",
        "contralateral pelvic drop",
        "the opposite side of the pelvis is lower",
        "frontal plane of the pelvis against the direction of progression (rotation, obliquity, tilt)",
        "Baker 2001, Gait Posture 13:1",
        "contralateral_pelvic_drop",
    ),
    Curve(
        "hip_adduction",
        "hip adduction",
        "the thigh is adducted against the pelvis",
        f"floating axis of the {_JOINT_AXES.format(joint='hip')}",
        "Wu 2002, J Biomech 35:543",
        "hip_adduction",
    ),
    Curve(
        "hip_internal_rotation",
        "hip internal rotation",
        "the thigh is rotated internally against the pelvis",
        f"long axis of the thigh in the {_JOINT_AXES.format(joint='hip')}",
        "Wu 2002, J Biomech 35:543",
        "hip_internal_rotation",
        validity=_TRANSVERSE,
    ),
    Curve(
        "knee_abduction",
        "knee abduction",
        "valgus: the shank is abducted against the thigh",
        f"floating axis of the {_JOINT_AXES.format(joint='knee')}, proximal shank frame",
        "Grood & Suntay 1983, J Biomech Eng 105:136",
        "knee_abduction",
        validity="cross-talk from flexion if the knee axis is misplaced: see the knee axis check in the quality table",
    ),
    Curve(
        "knee_internal_rotation",
        "knee internal rotation",
        "the shank is rotated internally against the thigh",
        f"long axis of the shank in the {_JOINT_AXES.format(joint='knee')}, proximal shank frame",
        "Grood & Suntay 1983, J Biomech Eng 105:136",
        "knee_internal_rotation",
        validity=_TRANSVERSE.replace("thigh", "thigh and shank").replace("hip", "knee"),
    ),
    Curve(
        "fppa",
        "frontal plane projection angle",
        "valgus: the knee centre lies medial to the line from hip to ankle centre",
        "plane normal to the direction of progression",
        _VIDEO,
        "fppa",
    ),
    Curve(
        "fppa_pelvis",
        "frontal plane projection angle in the pelvis's plane",
        "valgus: the knee centre lies medial to the line from hip to ankle centre",
        "vertical plane across the heading of the pelvis",
        _VIDEO,
        "fppa_pelvis",
    ),
    Curve(
        "fppa_foot",
        "frontal plane projection angle in the foot's plane",
        "valgus: the knee centre lies medial to the line from hip to ankle centre",
        "vertical plane across the foot's line from heel to second toe",
        _VIDEO,
        "fppa_foot",
        validity="needs heel and toe markers",
    ),
    Curve(
        "shank_medial_lean_from_foot",
        "knee over second toe, angle",
        "the knee centre lies inside of the vertical plane through the foot's line",
        "shank axis against the vertical plane through the foot's line from heel to second toe",
        "knee over second toe: Ageberg 2010, BMC Musculoskelet Disord 11:265, as an angle",
        "shank_medial_lean_from_foot",
        validity="needs heel and toe markers",
    ),
)
BY_NAME = {curve.name: curve for curve in ANGLES}

FLEXION = Curve(
    "knee_flexion",
    "knee flexion",
    "the knee is flexed",
    f"medial-lateral axis of the thigh in the {_JOINT_AXES.format(joint='knee')}, proximal shank frame",
    "Grood & Suntay 1983, J Biomech Eng 105:136",
    "knee_flexion",
)
