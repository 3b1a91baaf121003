"""Loads: external joint moments, in three units and three frames, and the lever arm of the ground reaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from biomech.outcomes.families import MetricSource
from biomech.quantities import CITATIONS, LOADS, Load
from biomech.quantities import LEVER_ARM as _ARM

PLATE = "missing where the foot stands without a valid force plate"
_SOURCE = f"external = minus the internal net moment of inverse dynamics ({CITATIONS['dumas2004']})"


def _moment(load: Load) -> MetricSource:
    """Return an external moment: the opposite of the internal one that is stored."""
    return MetricSource(
        load.name,
        load.name.replace("_", " "),
        f"{load.positive}; a peak below zero: it never does",
        load.frame,
        _SOURCE,
        load.quantity,
        variable="moment",
        sign=load.sign,
        moment_frame="jcs",
        unit="N m kg-1",
        validity=PLATE,
    )


# the internal abduction moment of the knee resists an external adduction moment of the same size
MOMENTS: dict[str, MetricSource] = {
    name: _moment(LOADS[name])
    for name in (
        "knee_adduction",
        "knee_abduction",
        "hip_adduction",
        "knee_flexion",
        "ankle_dorsiflexion",
        "hip_flexion",
        "hip_extension",
        "knee_extension",
        "ankle_plantarflexion",
        "hip_internal_rotation",
        "hip_external_rotation",
        "knee_internal_rotation",
        "knee_external_rotation",
        "ankle_inversion",
        "ankle_eversion",
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


def _in_units(curve: MetricSource) -> tuple[MetricSource, ...]:
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
LEVER_ARM = MetricSource(
    _ARM.name,
    _ARM.title,
    _ARM.positive,
    _ARM.frame,
    _ARM.source,
    "",
    variable="lever_arm",
    unit=_ARM.unit,
    validity=f"{PLATE}, or with less than `contacts.cop_threshold_n`",
)
