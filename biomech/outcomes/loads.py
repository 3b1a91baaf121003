"""Loads: external joint moments, in three units and three frames, and the lever arm of the ground reaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from biomech.outcomes.families import Curve

PLATE = "missing where the foot stands without a valid force plate"
_SOURCE = "external = minus the internal net moment of inverse dynamics (Dumas 2004, CMBBE 7:159)"
_MEDIAL, _FLOATING, _LONG = "medial-lateral axis", "floating axis", "long axis"


def _moment(joint: str, movement: str, quantity: str, sign: int, axis: str, effect: str) -> Curve:
    """Return an external moment: the opposite of the internal one that is stored."""
    return Curve(
        f"external_{joint}_{movement}_moment",
        f"external {joint} {movement.replace('_', ' ')} moment",
        f"the load tends to {effect}; a peak below zero: it never does",
        f"projected on the axes of the joint coordinate system ({axis})",
        _SOURCE,
        quantity,
        variable="moment",
        sign=sign,
        moment_frame="jcs",
        unit="N m kg-1",
        validity=PLATE,
    )


# the internal abduction moment of the knee resists an external adduction moment of the same size
MOMENTS: dict[str, Curve] = {
    f"{joint}_{movement}": _moment(joint, movement, quantity, sign, axis, effect)
    for joint, movement, quantity, sign, axis, effect in (
        ("knee", "adduction", "knee_abduction", 1, _FLOATING, "adduct the knee (varus)"),
        ("knee", "abduction", "knee_abduction", -1, _FLOATING, "abduct the knee (valgus)"),
        ("hip", "adduction", "hip_adduction", -1, _FLOATING, "adduct the hip"),
        ("knee", "flexion", "knee_flexion", -1, _MEDIAL, "flex the knee"),
        ("ankle", "dorsiflexion", "ankle_dorsiflexion", -1, _MEDIAL, "dorsiflex the ankle"),
        ("hip", "flexion", "hip_flexion", -1, _MEDIAL, "flex the hip"),
        ("hip", "extension", "hip_flexion", 1, _MEDIAL, "extend the hip"),
        ("knee", "extension", "knee_flexion", 1, _MEDIAL, "extend the knee"),
        ("ankle", "plantarflexion", "ankle_dorsiflexion", 1, _MEDIAL, "plantarflex the ankle"),
        ("hip", "internal_rotation", "hip_internal_rotation", -1, _LONG, "rotate internally the hip"),
        ("hip", "external_rotation", "hip_internal_rotation", 1, _LONG, "rotate externally the hip"),
        ("knee", "internal_rotation", "knee_internal_rotation", -1, _LONG, "rotate internally the knee"),
        ("knee", "external_rotation", "knee_internal_rotation", 1, _LONG, "rotate externally the knee"),
        ("ankle", "inversion", "ankle_inversion", -1, _FLOATING, "invert the ankle"),
        ("ankle", "eversion", "ankle_inversion", 1, _FLOATING, "evert the ankle"),
    )
}
KNEE_ADDUCTION, KNEE_ABDUCTION = MOMENTS["knee_adduction"], MOMENTS["knee_abduction"]
HIP_ADDUCTION = MOMENTS["hip_adduction"]
SAGITTAL = tuple(
    MOMENTS[name] for name in ("hip_flexion", "hip_extension", "knee_flexion", "knee_extension", "ankle_dorsiflexion")
)
IN_FRAMES = tuple(
    replace(
        curve,
        name=f"{curve.name}_{frame}",
        title=f"{curve.title} ({frame} frame)",
        frame=f"resolved in the {frame} segment's frame",
        moment_frame=frame,
    )
    for frame in ("proximal", "distal")
    for curve in (KNEE_ADDUCTION, KNEE_ABDUCTION)
)


def _in_units(curve: Curve) -> tuple[Curve, ...]:
    units: tuple[tuple[Literal["bwh", "nm"], str, str, tuple[str, ...]], ...] = (
        ("bwh", "%BW·height", "per cent of body weight times height: 100 M / (m g h)", ("mass_kg", "height_m")),
        ("nm", "N m", "not normalised: M of the whole leg, not per kg", ("mass_kg",)),
    )
    return tuple(
        replace(
            curve,
            name=f"{curve.name}_{suffix}",
            title=f"{curve.title} ({unit})",
            unit=unit,
            of_person=suffix,
            note=words,
            person=person,
            validity=f"{curve.validity}; missing without {' and '.join(cell.split('_')[0] for cell in person)}",
        )
        for suffix, unit, words, person in units
    )


ADDUCTION_IN_UNITS = (*_in_units(KNEE_ADDUCTION), *_in_units(HIP_ADDUCTION))
ABDUCTION_IN_UNITS = _in_units(KNEE_ABDUCTION)
LEVER_ARM = Curve(
    "knee_adduction_lever_arm",
    "frontal lever arm of the ground reaction at the knee",
    "the force passes inside of the knee centre and tends to adduct the knee",
    "frontal plane of progression",
    "moment of the ground reaction about the knee, per frontal force: Hunt 2006, J Biomech 39:2213",
    "",
    variable="lever_arm",
    unit="m",
    validity=f"{PLATE}, or with less than `contacts.cop_threshold_n`",
)
