"""Angles of medial collapse: pelvis, hip, knee, and the frontal plane projection angle."""

from __future__ import annotations

from biomech.metrics.families import ANGLE_STATISTICS, SQUATS, WHOLE, Curve, register

_JOINT_AXES = "joint coordinate system of the {joint} (Grood & Suntay 1983, J Biomech Eng 105:136)"
_TRANSVERSE = "soft tissue moves the thigh markers: the error of transverse hip angles is as large as the motion"

ANGLES: tuple[Curve, ...] = (
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
        "Herrington & Munro 2010, Phys Ther Sport 11:56, with joint centres in place of video markers",
        "fppa",
    ),
)

FLEXION = Curve(
    "knee_flexion",
    "knee flexion",
    "the knee is flexed",
    f"medial-lateral axis of the thigh in the {_JOINT_AXES.format(joint='knee')}, proximal shank frame",
    "Grood & Suntay 1983, J Biomech Eng 105:136",
    "knee_flexion",
)


def relative(curve: Curve) -> Curve:
    """Return the curve measured from the standing trial of the same footwear."""
    return Curve(
        f"{curve.name}__static",
        f"{curve.title} from standing",
        f"{curve.positive}, more than in the static trial",
        curve.frame,
        curve.source,
        f"{curve.quantity}__static",
        validity=curve.validity,
    )


for _curve in ANGLES:
    register(_curve, ANGLE_STATISTICS)
    register(_curve, [("at_peak_knee_flexion", "cycle")], SQUATS)
    register(_curve, [("mean", "cycle")], ("single_leg_stance",))
    register(relative(_curve), [("peak", window) for window in WHOLE])
register(ANGLES[3], [("minimum", window) for window in WHOLE])
register(FLEXION, [*(("peak", window) for window in (*WHOLE, "swing")), *(("range", window) for window in WHOLE)])
register(FLEXION, [("at_foot_strike", "stance"), ("at_foot_strike", "contact"), ("first_peak", "stance")])
