"""Tables of joints and segments: frames, Cardan sequence, signs, and both directions of every angle.

Every frame has x anterior, y proximal and z lateral (the left leg is mirrored first), so one row serves both sides. A new
Cardan angle is a row here: kinematics, data dictionary, figures, metrics and the table of `docs/conventions.md`, which a
test runs, read it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

STATIC_SUFFIX = "__static"


class Ends(NamedTuple):
    """Words for the positive and the negative end of an axis."""

    positive: str
    negative: str

    def turned(self) -> Ends:
        """Return the ends of the same quantity with the other sign."""
        return Ends(self.negative, self.positive)


NEITHER = Ends("", "")  # of what has one direction, or none


@dataclass(frozen=True)
class Component:
    """One angle of a Cardan triple.

    Attributes
    ----------
    quantity : str
        Name, saying the positive direction.
    axis : {"X", "Y", "Z"}
        Letter of the rotation in the sequence.
    sign : {1, -1}
        Sign that turns the right-handed angle of a right leg into the quantity.
    ends : Ends
        Words for both ends of the angle's axis.
    positive : str
        The positive movement.
    moves : str
        Point and direction of the distal segment that show it: ``front moves up``.
    muscles : Ends
        Muscles that make the internal moment of the same name, positive and negative; empty words without a moment.
    load : Ends
        Movement that the external moment tends to make, positive and negative.
    title : str
        In words; the name if empty.
    short : str
        Title of a figure; `title` if empty.
    """

    quantity: str
    axis: Literal["X", "Y", "Z"]
    sign: int
    ends: Ends
    positive: str
    moves: str
    muscles: Ends = NEITHER
    load: Ends = NEITHER
    title: str = ""
    short: str = ""


@dataclass(frozen=True)
class Joint:
    """Rotation of a distal in a proximal segment.

    Attributes
    ----------
    name : str
    proximal, distal : str
        Segments as in `biomech.schema.SEGMENTS`; ``progression`` is the frame of the walking direction.
    sequence : str
        Intrinsic Cardan sequence; ``option`` takes the one of `config.kinematics.ankle_sequence`.
    components : tuple of Component
        In the order sagittal, frontal, transverse.
    """

    name: str
    proximal: str
    distal: str
    sequence: Literal["ZXY", "YXZ", "option"]
    components: tuple[Component, Component, Component]

    @property
    def quantities(self) -> tuple[str, str, str]:
        """Names of the three angles: sagittal, frontal, transverse."""
        first, second, third = self.components
        return first.quantity, second.quantity, third.quantity

    def sequence_of(self, ankle_sequence: str) -> str:
        """Sequence with the option filled in."""
        return ankle_sequence if self.sequence == "option" else self.sequence


FLEXION, DORSIFLEXION = Ends("flexion", "extension"), Ends("dorsiflexion", "plantarflexion")
ADDUCTION, ROTATION = Ends("adduction", "abduction"), Ends("internal", "external")
INVERSION, SUPINATION = Ends("inversion", "eversion"), Ends("supination", "pronation")
VALGUS = Ends("valgus", "varus")
_FLEXORS, _ROTATORS = Ends("flexor", "extensor"), Ends("int. rotator", "ext. rotator")


def _with_shank(joint: Joint, shank: Literal["shank_proximal", "shank_distal"]) -> Joint:
    """Return a joint of the shank with the other one of both shank frames: between them lies the tibial torsion."""
    frame = f" ({shank.removeprefix('shank_')} shank frame)"
    first, second, third = (
        replace(
            one,
            quantity=f"{one.quantity}_{shank}",
            positive=f"as {one.quantity}{note}: {one.positive}",
            title=(one.title or one.quantity.replace("_", " ")) + frame,
            short="",
        )
        for one, note in zip(joint.components, ("", "", ", less the external tibial torsion"), strict=True)
    )
    below = joint.proximal.startswith("shank")
    return replace(
        joint,
        name=f"{joint.name}_{shank}",
        proximal=shank if below else joint.proximal,
        distal=joint.distal if below else shank,
        components=(first, second, third),
    )


# Grood & Suntay 1983 (J Biomech Eng 105:136) is the ZXY sequence; both shank frames are kept for knee and ankle, because
# tibial torsion lies between them.
_HIP = Joint("hip", "pelvis", "thigh", "ZXY", (
    Component("hip_flexion", "Z", 1, FLEXION, "thigh moves forward", "bottom moves forward", _FLEXORS, FLEXION),
    Component("hip_adduction", "X", 1, ADDUCTION, "thigh moves towards the other leg", "bottom moves inward",
              Ends("adductor", "abductor"), ADDUCTION),
    Component("hip_internal_rotation", "Y", 1, ROTATION, "front of the thigh turns inward", "front moves inward",
              _ROTATORS, ROTATION, short="hip rotation"),
))  # fmt: skip
_KNEE = Joint("knee", "thigh", "shank_proximal", "ZXY", (
    Component("knee_flexion", "Z", -1, FLEXION, "shank moves backward", "bottom moves backward", _FLEXORS, FLEXION),
    Component("knee_abduction", "X", -1, VALGUS, "valgus: shank moves outward", "bottom moves outward",
              Ends("abductor", "adductor"), ADDUCTION.turned()),
    Component("knee_internal_rotation", "Y", 1, ROTATION, "front of the shank turns inward", "front moves inward",
              _ROTATORS, ROTATION, short="knee rotation"),
))  # fmt: skip
_ANKLE = Joint("ankle", "shank_distal", "foot", "option", (
    Component("ankle_dorsiflexion", "Z", 1, DORSIFLEXION, "toes rise", "front moves up",
              Ends("dorsiflexor", "plantarflexor"), DORSIFLEXION),
    Component("ankle_inversion", "X", 1, INVERSION, "sole turns to face the other foot", "bottom moves inward",
              Ends("invertor", "evertor"), INVERSION),
    Component("ankle_internal_rotation", "Y", 1, ROTATION, "toes turn inward (foot adduction)", "front moves inward",
              _ROTATORS, ROTATION),
))  # fmt: skip
JOINTS: tuple[Joint, ...] = (
    _HIP,
    _KNEE,
    _with_shank(_KNEE, "shank_distal"),
    _ANKLE,
    _with_shank(_ANKLE, "shank_proximal"),
    Joint("rearfoot", "shank_distal", "rearfoot", "option", (
        Component("rearfoot_dorsiflexion", "Z", 1, DORSIFLEXION, "front of the heel bone rises", "front moves up"),
        Component("rearfoot_eversion", "X", -1, INVERSION.turned(), "underside of the heel turns outward (pronation)",
                  "bottom moves outward"),
        Component("rearfoot_internal_rotation", "Y", 1, ROTATION, "front of the heel bone turns inward", "front moves inward"),
    )),
    Joint("forefoot", "rearfoot", "forefoot", "option", (
        Component("forefoot_dorsiflexion", "Z", 1, DORSIFLEXION, "forefoot rises against the rearfoot (lower arch)", "front moves up"),
        Component("forefoot_supination", "X", 1, SUPINATION, "underside of the forefoot turns inward", "bottom moves inward"),
        Component("forefoot_adduction", "Y", 1, ADDUCTION, "toes turn inward against the rearfoot", "front moves inward"),
    )),
    Joint("forefoot_shank", "shank_distal", "forefoot", "option", (
        Component("forefoot_shank_dorsiflexion", "Z", 1, DORSIFLEXION, "forefoot rises against the shank", "front moves up"),
        Component("forefoot_shank_supination", "X", 1, SUPINATION, "underside of the forefoot turns inward", "bottom moves inward"),
        Component("forefoot_shank_adduction", "Y", 1, ADDUCTION, "toes turn inward against the shank", "front moves inward"),
    )),
)  # fmt: skip

# Segments in the progression frame: rotation, obliquity, tilt (Baker 2001, Gait Posture 13:1).
SEGMENT_ANGLES: tuple[Joint, ...] = (
    Joint("pelvis", "progression", "pelvis", "YXZ", (
        Component("pelvis_anterior_tilt", "Z", -1, Ends("anterior", "posterior"), "front of the pelvis sinks", "front moves down",
                  title="anterior pelvic tilt", short="pelvic tilt"),
        Component("contralateral_pelvic_drop", "X", -1, Ends("drop", "hike"), "opposite side of the pelvis is lower (this side is up)",
                  "inner side moves down"),
        Component("pelvis_internal_rotation", "Y", 1, ROTATION, "this side of the pelvis is in front", "outer side moves forward",
                  title="pelvis rotation", short="pelvic rotation"),
    )),
    Joint("trunk", "progression", "trunk", "YXZ", (
        Component("trunk_flexion", "Z", -1, Ends("forward", "backward"), "trunk leans forward", "top moves forward"),
        Component("trunk_ipsilateral_lean", "X", 1, Ends("this side", "other side"), "trunk leans towards this side",
                  "top moves outward", title="ipsilateral trunk lean", short="trunk lean"),
        Component("trunk_contralateral_rotation", "Y", 1, Ends("other side", "this side"),
                  "front of the trunk turns towards the opposite side", "front moves inward", title="trunk rotation"),
    )),
)  # fmt: skip

KINETIC_JOINTS: tuple[Joint, ...] = (_HIP, _KNEE, _ANKLE)

# The segment that carries each joint centre: its own motion against the neighbouring segment is soft tissue.
CENTRE_CARRIER = {"hip": "pelvis", "knee": "thigh", "ankle": "shank_proximal"}

#: Oxford Foot Model: proximal and distal segment of each triple, and the names of flexion (z), rotation (y), tilt about the
#: long axis (x).
OXFORD_TRIPLES: dict[tuple[str, str], tuple[str, str, str | None]] = {
    ("tibia", "hindfoot"): (
        "oxford_hindfoot_dorsiflexion",
        "oxford_hindfoot_internal_rotation",
        "oxford_hindfoot_inversion",
    ),
    ("hindfoot", "forefoot"): (
        "oxford_forefoot_dorsiflexion",
        "oxford_forefoot_adduction",
        "oxford_forefoot_supination",
    ),
    ("tibia", "forefoot"): (
        "oxford_forefoot_tibia_dorsiflexion",
        "oxford_forefoot_tibia_adduction",
        "oxford_forefoot_tibia_supination",
    ),
    # one marker on the hallux: its rotation about the long axis is that of the forefoot
    ("forefoot", "hallux"): ("oxford_hallux_dorsiflexion", "oxford_hallux_adduction", None),
}
ARCH = "oxford_arch_height_index"
