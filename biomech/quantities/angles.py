"""The angles: of joints and segments, made from their Cardan rows, those with a formula of their own, and the Oxford Foot Model's."""

from __future__ import annotations

from dataclasses import replace

from biomech.joints import (
    ADDUCTION,
    ARCH,
    DORSIFLEXION,
    INVERSION,
    JOINTS,
    OXFORD_TRIPLES,
    ROTATION,
    SEGMENT_ANGLES,
    STATIC_SUFFIX,
    SUPINATION,
    VALGUS,
    Ends,
    Joint,
)
from biomech.quantities.row import Quantity, rows

PLANES = ("sagittal", "frontal", "transverse")
_SHANKS = {"shank_proximal": "proximal shank", "shank_distal": "distal shank"}
# axes of the joint coordinate system, in the order of the components
_AXES = ("medial-lateral axis of the {proximal}", "floating axis", "long axis of the {distal}")


def words_of_segment(segment: str) -> str:
    """Return the name of a segment in words."""
    return _SHANKS.get(segment, segment)


def _cardan(joint: Joint, plane: int) -> Quantity:
    part = joint.components[plane]
    proximal, distal = words_of_segment(joint.proximal), words_of_segment(joint.distal)
    if joint.sequence == "YXZ":
        frame = f"{PLANES[plane]} plane of the {distal} against the direction of progression (Cardan YXZ: rotation, obliquity, tilt)"
    elif joint.sequence == "option":
        frame = f"joint coordinate system of {distal} in {proximal} (Cardan ZXY or ZYX: `kinematics.ankle_sequence`)"
    else:
        axis = _AXES[plane].format(proximal=proximal, distal=distal)
        frame = f"{axis} in the joint coordinate system of {distal} in {proximal} (Cardan {joint.sequence})"
    return Quantity(
        part.quantity,
        "angle",
        part.title or part.quantity.replace("_", " "),
        f"{PLANES[plane]} angle of {distal} in {proximal}",
        part.positive,
        part.ends,
        frame,
        "baker2001" if joint.sequence == "YXZ" else "grood1983",
        short=part.short,
        formula=("+" if part.sign > 0 else "−") + part.axis,
        shown=f"{joint.distal}: {part.moves}",
    )


_HEEL_TOE = "vertical plane across the foot's line from heel to second toe"
_PROJECTION = "{}, with joint centres in place of video markers"
_DERIVED: tuple[Quantity, ...] = (
    Quantity(
        "foot_progression_in", "angle", "foot progression",
        "angle of the foot's long axis to the direction of progression",
        "toe-in: the foot's long axis, seen from above, points inward", Ends("toe-in", "toe-out"),
        "foot in progression, horizontal plane", "schwartz2008curves", "{} (internal positive)",
        formula="atan2(−z, x) of the foot's x axis", shown="foot: front moves inward",
    ),
    Quantity(
        "foot_progression_in_cardan", "angle", "foot progression (Cardan angle)",
        "angle of the foot's long axis to the vertical plane of progression, as Plug-in Gait and norms of gait have it: smaller than "
        "foot_progression_in where the foot points down",
        "toe-in: the foot's long axis leans inward out of the vertical plane of progression", Ends("toe-in", "toe-out"),
        "foot in progression", note="Plug-in Gait Reference Guide: YXZ Cardan angles of the progression frame",
        formula="asin(−z) of the foot's x axis", shown="foot: front moves inward",
    ),
    Quantity(
        "thigh_internal_rotation", "angle", "thigh internal rotation", "rotation of the thigh about the vertical",
        "front of the thigh turns inward", ROTATION, "thigh in progression", "baker2001",
        formula="atan2(x, z) of the thigh's z axis", shown="thigh: front moves inward",
    ),
    Quantity(
        "shank_internal_rotation", "angle", "shank internal rotation", "rotation of the proximal shank about the vertical",
        "front of the shank turns inward", ROTATION, "proximal shank in progression", "baker2001",
        formula="atan2(x, z) of the proximal shank's z axis", shown="shank_proximal: front moves inward",
    ),
    Quantity(
        "fppa", "angle", "frontal plane projection angle",
        "frontal plane projection angle of hip, knee and ankle centre, seen along the direction of progression",
        "valgus: knee centre inside of the line from hip to ankle centre", VALGUS,
        "plane normal to the direction of progression", "herrington2010", _PROJECTION, short="frontal projection angle",
        formula="atan2(z_H−z_K, y_H−y_K) + atan2(z_A−z_K, y_K−y_A) of the hip, knee and ankle centres",
        shown="knee centre: moves inward",
    ),
    Quantity(
        "fppa_pelvis", "angle", "frontal plane projection angle in the pelvis's plane",
        "frontal plane projection angle, seen along the heading of the pelvis",
        "valgus: knee centre inside of the line from hip to ankle centre", VALGUS,
        "vertical plane across the heading of the pelvis (horizontal direction of its x axis)", "herrington2010", _PROJECTION,
        formula="as fppa", shown="knee centre: moves inward",
    ),
    Quantity(
        "fppa_foot", "angle", "frontal plane projection angle in the foot's plane",
        "frontal plane projection angle, seen along the foot's line from heel to second toe",
        "valgus: knee centre inside of the line from hip to ankle centre", VALGUS,
        _HEEL_TOE, "herrington2010", _PROJECTION, formula="as fppa", shown="knee centre: moves inward",
    ),
    Quantity(
        "shank_medial_lean_from_foot", "angle", "knee over second toe, angle",
        "angle of the shank against the vertical plane through the foot's line",
        "knee over the inside of the foot: the shank leans inward from the vertical plane through the foot's line",
        Ends("medial", "lateral"), "foot's line from heel to second toe (horizontal), up, lateral", "ageberg2010",
        "knee over second toe: {}, as an angle",
        formula="asin(−z / length) of ankle to knee centre", shown="shank axis: top moves inward",
    ),
    Quantity(
        "rearfoot_eversion_floor", "angle", "rearfoot eversion against the floor", "rise of the rearfoot's lateral axis above the level",
        "underside of the heel turns outward, whatever the shank does", INVERSION.turned(), "rearfoot against the floor", "baker2001",
        formula="asin(y) of the rearfoot's z axis", shown="rearfoot: bottom moves outward",
    ),
    Quantity(
        "hip_adduction_by_shank", "angle", "hip adduction by the shank",
        "adduction of the line from the hip centre to the knee centre that the shank carries: the skin of the thigh has no part in it",
        "as hip_adduction: the line moves towards the other leg", ADDUCTION, "pelvis", "grood1983",
        formula="asin(z / length) of knee to hip centre", shown="thigh axis: bottom moves inward",
    ),
    Quantity(
        "foot_pronation_index", "angle", "foot pronation index",
        "sum of rearfoot eversion, foot abduction and dorsiflexion; an index of this software, not an angle about an axis",
        "pronation: sum of its three components", SUPINATION.turned(), "rearfoot in distal shank", note="",
        formula="rearfoot_eversion − rearfoot_internal_rotation + rearfoot_dorsiflexion",
        shown="rearfoot: bottom moves outward; rearfoot: front moves outward; rearfoot: front moves up",
    ),
)  # fmt: skip

# Oxford Foot Model: positive movement and words of both ends
_OXFORD: dict[str, tuple[str, Ends]] = {
    "oxford_hindfoot_dorsiflexion": ("front of the hindfoot up", DORSIFLEXION),
    "oxford_hindfoot_internal_rotation": ("front of the hindfoot turns inward", ROTATION),
    "oxford_hindfoot_inversion": ("sole of the heel turns inward", INVERSION),
    "oxford_forefoot_dorsiflexion": ("forefoot up", DORSIFLEXION),
    "oxford_forefoot_adduction": ("forefoot turns inward", ADDUCTION),
    "oxford_forefoot_supination": ("inner border of the forefoot up", SUPINATION),
    "oxford_forefoot_tibia_dorsiflexion": ("forefoot up", DORSIFLEXION),
    "oxford_forefoot_tibia_adduction": ("forefoot turns inward", ADDUCTION),
    "oxford_forefoot_tibia_supination": ("inner border of the forefoot up", SUPINATION),
    "oxford_hallux_dorsiflexion": ("big toe up", DORSIFLEXION),
    "oxford_hallux_adduction": ("big toe turns towards the midline of the body", ADDUCTION),
}


def _oxford() -> tuple[Quantity, ...]:
    angles = tuple(
        Quantity(
            name, "angle", name.replace("_", " ").capitalize(), f"Oxford Foot Model, {distal} in {proximal}", *_OXFORD[name],
            "Cardan ZYX of the model's own segments", "stebbins2006",
        )
        for (proximal, distal), names in OXFORD_TRIPLES.items() for name in names if name
    )  # fmt: skip
    arch = Quantity(
        ARCH, "angle", "Oxford arch height index", "height of the first metatarsal's base above the plane of the standing forefoot",
        "higher arch, always positive", Ends("higher", "lower"), "standing forefoot", "stebbins2006", own_unit="percent of foot length",
    )  # fmt: skip
    return (*angles, arch)


def standing_of(quantity: Quantity) -> Quantity:
    """Return the quantity less its mean in the static trial."""
    return replace(
        quantity,
        name=quantity.name + STATIC_SUFFIX,
        title=f"{quantity.title} from standing",
        meaning=f"{quantity.meaning}, minus its mean in the static trial",
        short=f"{quantity.name.replace('_', ' ')} less standing",
    )


_BASE = rows(*(_cardan(joint, k) for joint in (*SEGMENT_ANGLES, *JOINTS) for k in range(3)), *_DERIVED)
_OXFORD_ROWS = rows(*_oxford())
BASE_QUANTITIES: tuple[str, ...] = tuple(_BASE)
QUANTITIES: tuple[str, ...] = (*BASE_QUANTITIES, *(name + STATIC_SUFFIX for name in BASE_QUANTITIES))
OXFORD_QUANTITIES: tuple[str, ...] = tuple(_OXFORD_ROWS)
ANGLES: dict[str, Quantity] = {
    **_BASE,
    **rows(*map(standing_of, _BASE.values())),
    **_OXFORD_ROWS,
    **rows(*map(standing_of, _OXFORD_ROWS.values())),
}
