"""What every angle, moment and power means, and which direction is positive."""

from __future__ import annotations

from dataclasses import dataclass

from biomech.kinematics.joints import JOINTS, QUANTITIES, SEGMENT_ANGLES, STATIC_SUFFIX, Joint
from biomech.kinematics.measures import MEASURES
from biomech.kinematics.oxford_foot import ARCH, OXFORD_QUANTITIES, TRIPLES
from biomech.kinetics.moments import MOMENT_QUANTITIES, POWER_QUANTITIES, TOTAL_POWERS
from biomech.schema import VARIABLES

_PLANES = ("sagittal", "frontal", "transverse")
_GROOD = "Grood & Suntay 1983, J Biomech Eng 105:136"
_BAKER = "Baker 2001, Gait Posture 13:1"
_STEBBINS = "Stebbins et al. 2006, Gait Posture 23:401"
_DESROCHES = "Desroches et al. 2010, J Biomech Eng 132"

# Direction that is positive, where the name alone might be read in two ways. Both sides have the same signs.
POSITIVE: dict[str, str] = {
    "pelvis_anterior_tilt": "front of the pelvis down",
    "contralateral_pelvic_drop": "opposite side of the pelvis lower",
    "pelvis_internal_rotation": "this side of the pelvis forward",
    "trunk_flexion": "trunk leans forward",
    "trunk_ipsilateral_lean": "trunk leans to this side",
    "trunk_contralateral_rotation": "trunk turns to the opposite side",
    "hip_flexion": "thigh forward",
    "hip_adduction": "thigh towards the midline",
    "hip_internal_rotation": "thigh turns inwards",
    "knee_flexion": "shank backward",
    "knee_abduction": "valgus: shank away from the midline",
    "knee_internal_rotation": "shank turns inwards on the thigh",
    "ankle_dorsiflexion": "toes up",
    "ankle_inversion": "sole turns inwards",
    "ankle_internal_rotation": "toes turn inwards",
    "rearfoot_dorsiflexion": "front of the rearfoot up",
    "rearfoot_eversion": "sole of the heel turns outwards",
    "rearfoot_internal_rotation": "front of the rearfoot turns inwards",
    "forefoot_dorsiflexion": "forefoot up",
    "forefoot_supination": "inner border of the forefoot up",
    "forefoot_adduction": "forefoot turns inwards",
    "foot_progression_in": "toe-in",
    "foot_progression_in_cardan": "toe-in",
    "thigh_internal_rotation": "front of the thigh turns inwards",
    "shank_internal_rotation": "front of the shank turns inwards",
    "fppa_pelvis": "valgus: knee on the inner side of the line from hip to ankle",
    "fppa_foot": "valgus: knee on the inner side of the line from hip to ankle",
    "shank_medial_lean_from_foot": "knee over the inside of the foot",
    "rearfoot_eversion_floor": "sole of the heel turns outwards",
    "hip_adduction_by_shank": "thigh towards the midline",
    "fppa": "valgus: knee on the inner side of the line from hip to ankle",
    "foot_pronation_index": "pronation",
    "oxford_hindfoot_dorsiflexion": "front of the hindfoot up",
    "oxford_hindfoot_internal_rotation": "front of the hindfoot turns inwards",
    "oxford_hindfoot_inversion": "sole of the heel turns inwards",
    "oxford_forefoot_dorsiflexion": "forefoot up",
    "oxford_forefoot_adduction": "forefoot turns inwards",
    "oxford_forefoot_supination": "inner border of the forefoot up",
    "oxford_forefoot_tibia_dorsiflexion": "forefoot up",
    "oxford_forefoot_tibia_adduction": "forefoot turns inwards",
    "oxford_forefoot_tibia_supination": "inner border of the forefoot up",
    "oxford_hallux_dorsiflexion": "big toe up",
    "oxford_hallux_adduction": "big toe turns towards the midline of the body",
    "oxford_arch_height_index": "higher arch, always positive",
}

_DERIVED = {
    "foot_progression_in": ("angle of the foot's long axis to the direction of progression", "progression", ""),
    "foot_progression_in_cardan": (
        "angle of the foot's long axis to the vertical plane of progression, as Plug-in Gait and norms of gait have it: smaller than "
        "foot_progression_in where the foot points down",
        "progression",
        "Plug-in Gait Reference Guide: YXZ Cardan angles of the progression frame",
    ),
    "fppa": (
        "frontal-plane projection angle of hip, knee and ankle centre",
        "progression",
        "Herrington & Munro 2010, Phys Ther Sport 11:56",
    ),
    "thigh_internal_rotation": ("rotation of the thigh about the vertical", "progression", _BAKER),
    "shank_internal_rotation": ("rotation of the proximal shank about the vertical", "progression", _BAKER),
    "fppa_pelvis": (
        "frontal-plane projection angle, seen along the heading of the pelvis",
        "vertical plane across the pelvis's heading",
        "Herrington & Munro 2010, Phys Ther Sport 11:56",
    ),
    "fppa_foot": (
        "frontal-plane projection angle, seen along the foot's line from heel to second toe",
        "vertical plane across the foot's line",
        "Herrington & Munro 2010, Phys Ther Sport 11:56",
    ),
    "shank_medial_lean_from_foot": (
        "angle of the shank against the vertical plane through the foot's line",
        "foot's line, up, lateral",
        "knee over second toe: Ageberg 2010, BMC Musculoskelet Disord 11:265",
    ),
    "rearfoot_eversion_floor": (
        "rise of the rearfoot's lateral axis above the level",
        "rearfoot against the floor",
        _BAKER,
    ),
    "hip_adduction_by_shank": (
        "adduction of the line from the hip centre to the knee centre that the shank carries",
        "pelvis",
        _GROOD,
    ),
    "foot_pronation_index": (
        "sum of rearfoot eversion, foot abduction and dorsiflexion; an index of this software, not a joint angle",
        "progression",
        "",
    ),
}


@dataclass(frozen=True)
class Quantity:
    """One value of the coordinate ``quantity`` in one variable."""

    name: str
    variable: str
    meaning: str
    unit: str
    positive: str
    frame: str
    source: str


def all_quantities() -> list[Quantity]:
    """Return every angle, moment, power and distance of the contract."""
    angles = [_angle(name) for name in QUANTITIES]
    angles += [_oxford(name + end) for end in ("", STATIC_SUFFIX) for name in OXFORD_QUANTITIES]
    moments = [_kinetic(name, "moment") for name in MOMENT_QUANTITIES]
    powers = [_kinetic(name, "power") for name in POWER_QUANTITIES]
    unit = VARIABLES["distance"].units
    distances = [Quantity(m.name, "distance", m.title, unit, m.positive, m.frame, m.source) for m in MEASURES.values()]
    return [*angles, *moments, *powers, *distances]


def positive_direction(quantity: str) -> str:
    """Return the direction in which a quantity is positive."""
    base = quantity.removesuffix(STATIC_SUFFIX)
    if base in POSITIVE:
        return POSITIVE[base]
    for middle in ("_shank_distal", "_shank_proximal", "_shank"):
        if base.replace(middle, "") in POSITIVE:
            return POSITIVE[base.replace(middle, "")]
    raise KeyError(f"no positive direction is stated for the quantity {quantity!r}; add it to POSITIVE")


def _angle(name: str) -> Quantity:
    base = name.removesuffix(STATIC_SUFFIX)
    if base in _DERIVED:
        meaning, frame, source = _DERIVED[base]
    else:
        joint, plane = _joint_of(base)
        meaning = f"{plane} angle of {joint.distal} in {joint.proximal}"
        frame = f"Cardan {'ZXY or ZYX (config)' if joint.sequence == 'option' else joint.sequence}"
        source = _BAKER if joint.sequence == "YXZ" else _GROOD
    if name != base:
        meaning += ", minus its mean in the static trial"
    return Quantity(name, "angle", meaning, VARIABLES["angle"].units, positive_direction(base), frame, source)


def _oxford(name: str) -> Quantity:
    base = name.removesuffix(STATIC_SUFFIX)
    if base == ARCH:
        meaning, frame = "height of the first metatarsal's base above the plane of the standing forefoot", ""
    else:
        proximal, distal = next(pair for pair, names in TRIPLES.items() if base in names)
        meaning, frame = f"Oxford Foot Model, {distal} in {proximal}", "Cardan ZYX of the model's own segments"
    if name != base:
        meaning += ", minus its mean in the static trial"
    unit = "percent of foot length" if base == ARCH else VARIABLES["angle"].units
    return Quantity(name, "angle", meaning, unit, positive_direction(base), frame, _STEBBINS)


def _kinetic(name: str, variable: str) -> Quantity:
    unit = VARIABLES[variable].units
    if name in TOTAL_POWERS:
        joint_name = name.removesuffix("_total")
        return Quantity(
            name, variable, f"power of the {joint_name}: moment times angular velocity", unit, "generated", "", ""
        )
    joint, plane = _joint_of(name)
    if variable == "power":
        meaning = f"power of the {plane} {joint.name} moment (share of the joint's power about this axis)"
        return Quantity(name, variable, meaning, unit, "generated", "jcs", _DESROCHES)
    meaning = f"internal {plane} {joint.name} moment: action of the proximal on the distal segment"
    positive = f"tends to move the joint so: {positive_direction(name)}"
    return Quantity(
        name, variable, meaning, unit, positive, "coordinate frame: jcs, proximal, distal or lab", _DESROCHES
    )


def _joint_of(name: str) -> tuple[Joint, str]:
    for joint in (*SEGMENT_ANGLES, *JOINTS):
        if name in joint.quantities:
            return joint, _PLANES[joint.quantities.index(name)]
    raise KeyError(f"the quantity {name!r} belongs to no joint")
