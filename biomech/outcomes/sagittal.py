"""Sagittal angles of hip, ankle and trunk, and rotations of pelvis and trunk: peaks, ranges and values at events."""

from __future__ import annotations

from biomech.outcomes.families import Curve

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
