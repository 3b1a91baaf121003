"""Sagittal angles of hip, ankle and trunk, and rotations of pelvis and trunk: peaks, ranges and values at events."""

from __future__ import annotations

from biomech.outcomes.families import curve_of, turned

_TRUNK = "needs trunk markers"

HIP_FLEXION = curve_of("angle", "hip_flexion")
HIP_EXTENSION = turned(HIP_FLEXION, "hip_extension", "hip extension")
DORSIFLEXION = curve_of("angle", "ankle_dorsiflexion")
PLANTARFLEXION = turned(DORSIFLEXION, "ankle_plantarflexion", "ankle plantarflexion")
TRUNK_FLEXION = curve_of("angle", "trunk_flexion", _TRUNK)
PELVIS_ROTATION = curve_of("angle", "pelvis_internal_rotation")
TRUNK_ROTATION = curve_of("angle", "trunk_contralateral_rotation", _TRUNK)
