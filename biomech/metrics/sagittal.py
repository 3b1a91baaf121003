"""Sagittal angles of hip, ankle and trunk, and rotations of pelvis and trunk: peaks, ranges and values at events."""

from __future__ import annotations

from biomech.metrics.families import REPEATED, STRIDES, WHOLE, Curve, register
from biomech.metrics.valgus import BY_NAME, FLEXION

_GROOD = "Grood & Suntay 1983, J Biomech Eng 105:136"
_JCS = "medial-lateral axis of the {segment} in the joint coordinate system of the {joint}"
_PROGRESSION = "{plane} plane of the {segment} against the direction of progression (rotation, obliquity, tilt)"
_BAKER = "Baker 2001, Gait Posture 13:1"
_TRUNK = "needs trunk markers"

HIP_FLEXION = Curve(
    "hip_flexion",
    "hip flexion",
    "the thigh is flexed against the pelvis",
    _JCS.format(segment="pelvis", joint="hip"),
    _GROOD,
    "hip_flexion",
)
HIP_EXTENSION = Curve(
    "hip_extension",
    "hip extension",
    "the thigh is extended against the pelvis",
    HIP_FLEXION.frame,
    _GROOD,
    "hip_flexion",
    sign=-1,
)
DORSIFLEXION = Curve(
    "ankle_dorsiflexion",
    "ankle dorsiflexion",
    "the foot is dorsiflexed against the shank",
    _JCS.format(segment="distal shank", joint="ankle"),
    _GROOD,
    "ankle_dorsiflexion",
)
PLANTARFLEXION = Curve(
    "ankle_plantarflexion",
    "ankle plantarflexion",
    "the foot is plantarflexed against the shank",
    DORSIFLEXION.frame,
    _GROOD,
    "ankle_dorsiflexion",
    sign=-1,
)
TRUNK_FLEXION = Curve(
    "trunk_flexion",
    "trunk flexion",
    "the trunk leans forward",
    _PROGRESSION.format(plane="sagittal", segment="trunk"),
    _BAKER,
    "trunk_flexion",
    validity=_TRUNK,
)
PELVIS_ROTATION = Curve(
    "pelvis_internal_rotation",
    "pelvis rotation",
    "this side of the pelvis is in front",
    _PROGRESSION.format(plane="transverse", segment="pelvis"),
    _BAKER,
    "pelvis_internal_rotation",
)
TRUNK_ROTATION = Curve(
    "trunk_contralateral_rotation",
    "trunk rotation",
    "the front of the trunk turns towards the opposite side",
    _PROGRESSION.format(plane="transverse", segment="trunk"),
    _BAKER,
    "trunk_contralateral_rotation",
    validity=_TRUNK,
)

AT_CONTACT = (("at_foot_strike", "stance"), ("at_foot_strike", "contact"))
AT_PEAK_FLEXION = (("at_peak_knee_flexion", "contact"),)
_PEAKS = tuple(("peak", window) for window in WHOLE)
_RANGES = tuple(("range", window) for window in WHOLE)

for _curve in (HIP_FLEXION, DORSIFLEXION, TRUNK_FLEXION):
    register(_curve, (*_PEAKS, *_RANGES, *AT_CONTACT, *AT_PEAK_FLEXION))
    register(_curve, [("at_peak_knee_flexion", "cycle")], REPEATED)
for _curve in (HIP_FLEXION, DORSIFLEXION):
    register(_curve, [("peak", "swing")])
register(DORSIFLEXION, [("mean", "swing")])
register(HIP_EXTENSION, [("peak", "stance"), ("peak", "cycle")], STRIDES)
register(PLANTARFLEXION, [("peak", "stance"), ("peak", "swing"), ("peak", "contact")])
register(FLEXION, [("minimum", "stance"), ("minimum", "contact"), ("at_peak_knee_flexion", "stance")])
for _curve in (PELVIS_ROTATION, TRUNK_ROTATION):
    register(_curve, (*_PEAKS, *_RANGES, *AT_CONTACT))
register(BY_NAME["pelvis_anterior_tilt"], [("mean", "stance")])
register(TRUNK_FLEXION, [("mean", "stance")])
