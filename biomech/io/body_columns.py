"""Columns of the sheets about a body (measurements, offsets, examinations), with the possible range of each."""

from __future__ import annotations

from biomech.schema import SIDES

MASS_KG = (2.0, 300.0)
HEIGHT_M = (0.3, 2.6)
_SIDED_M = {
    "leg_length_m": (0.1, 1.4),
    "knee_width_m": (0.03, 0.25),
    "ankle_width_m": (0.02, 0.16),
    "asis_trochanter_m": (0.0, 0.25),
    "sole_delta_m": (-0.05, 0.1),
    "foot_length_m": (0.05, 0.45),
}
# offsets of the conventional gait model; zero is a value, an empty cell none
_SIDED_DEG = {
    f"{name}_deg": (-60.0, 60.0)
    for name in (
        "thigh_rotation",
        "shank_rotation",
        "tibial_torsion",
        "ankle_abadd",
        "static_plantar_flexion",
        "static_rotation_offset",
    )
}
ANTHROPOMETRY: dict[str, tuple[float, float]] = {
    "marker_diameter_m": (0.002, 0.05),
    "inter_asis_distance_m": (0.08, 0.45),
    "pelvis_depth_m": (0.05, 0.35),
    **{f"{side}_{name}": limits for side in SIDES for name, limits in (_SIDED_M | _SIDED_DEG).items()},
}
# examined by hand, per side; name to range and unit. Ranges hold what is anatomically possible, not what is usual
_CLINICAL: dict[str, tuple[float, float, str]] = {
    "hip_internal_rotation_range_deg": (-10.0, 100.0, "degrees"),
    "hip_external_rotation_range_deg": (-10.0, 100.0, "degrees"),
    "craig_test_deg": (-30.0, 70.0, "degrees"),
    "thigh_foot_angle_deg": (-60.0, 60.0, "degrees"),
    "ankle_dorsiflexion_range_deg": (-20.0, 70.0, "degrees"),
    "navicular_drop_m": (-0.005, 0.04, "m"),
    "hip_abduction_strength_nm_kg": (0.0, 5.0, "N·m/kg"),
    "hip_external_rotation_strength_nm_kg": (0.0, 3.0, "N·m/kg"),
    "hip_extension_strength_nm_kg": (0.0, 6.0, "N·m/kg"),
    "thomas_test_deg": (-60.0, 50.0, "degrees"),
    "ober_test_deg": (-50.0, 60.0, "degrees"),
    "adductor_length_deg": (0.0, 100.0, "degrees"),
    "foot_posture_index": (-12.0, 12.0, "points"),
    "pain_nrs": (0.0, 10.0, "points"),
}
CLINICAL = {f"{side}_{name}": limits for side in SIDES for name, limits in _CLINICAL.items()} | {
    "beighton_score": (0.0, 9.0, "points")
}
