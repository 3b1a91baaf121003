"""The tables of joints and segments: which frames, which sequence, which sign.

Every frame has x anterior, y proximal and z lateral (the left leg is mirrored first), so one row serves both sides.
`docs/conventions.md` says each row in words and a test runs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sequence = Literal["ZXY", "ZYX", "YXZ"]

STATIC_SUFFIX = "__static"


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
    """

    quantity: str
    axis: Literal["X", "Y", "Z"]
    sign: int


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


def _joint(
    name: str,
    proximal: str,
    distal: str,
    sequence: Literal["ZXY", "YXZ", "option"],
    sagittal: tuple[str, int],
    frontal: tuple[str, int],
    transverse: tuple[str, int],
) -> Joint:
    return Joint(
        name,
        proximal,
        distal,
        sequence,
        (
            Component(sagittal[0], "Z", sagittal[1]),
            Component(frontal[0], "X", frontal[1]),
            Component(transverse[0], "Y", transverse[1]),
        ),
    )


# Grood & Suntay 1983 (J Biomech Eng 105:136) is the ZXY sequence; both shank frames are kept for knee and ankle, because
# tibial torsion lies between them.
JOINTS: tuple[Joint, ...] = (
    _joint("hip", "pelvis", "thigh", "ZXY", ("hip_flexion", 1), ("hip_adduction", 1), ("hip_internal_rotation", 1)),
    _joint("knee", "thigh", "shank_proximal", "ZXY", ("knee_flexion", -1), ("knee_abduction", -1), ("knee_internal_rotation", 1)),
    _joint("knee_shank_distal", "thigh", "shank_distal", "ZXY", ("knee_flexion_shank_distal", -1), ("knee_abduction_shank_distal", -1), ("knee_internal_rotation_shank_distal", 1)),
    _joint("ankle", "shank_distal", "foot", "option", ("ankle_dorsiflexion", 1), ("ankle_inversion", 1), ("ankle_internal_rotation", 1)),
    _joint("ankle_shank_proximal", "shank_proximal", "foot", "option", ("ankle_dorsiflexion_shank_proximal", 1), ("ankle_inversion_shank_proximal", 1), ("ankle_internal_rotation_shank_proximal", 1)),
    _joint("rearfoot", "shank_distal", "rearfoot", "option", ("rearfoot_dorsiflexion", 1), ("rearfoot_eversion", -1), ("rearfoot_internal_rotation", 1)),
    _joint("forefoot", "rearfoot", "forefoot", "option", ("forefoot_dorsiflexion", 1), ("forefoot_supination", 1), ("forefoot_adduction", 1)),
    _joint("forefoot_shank", "shank_distal", "forefoot", "option", ("forefoot_shank_dorsiflexion", 1), ("forefoot_shank_supination", 1), ("forefoot_shank_adduction", 1)),
)  # fmt: skip

# Segments in the progression frame: rotation, obliquity, tilt (Baker 2001, Gait Posture 13:1).
SEGMENT_ANGLES: tuple[Joint, ...] = (
    _joint("pelvis", "progression", "pelvis", "YXZ", ("pelvis_anterior_tilt", -1), ("contralateral_pelvic_drop", -1), ("pelvis_internal_rotation", 1)),
    _joint("trunk", "progression", "trunk", "YXZ", ("trunk_flexion", -1), ("trunk_ipsilateral_lean", 1), ("trunk_contralateral_rotation", 1)),
)  # fmt: skip

DERIVED: tuple[str, ...] = (
    "foot_progression_in",
    "foot_progression_in_cardan",
    "thigh_internal_rotation",
    "shank_internal_rotation",
    "fppa",
    "fppa_pelvis",
    "fppa_foot",
    "shank_medial_lean_from_foot",
    "rearfoot_eversion_floor",
    "hip_adduction_by_shank",
    "foot_pronation_index",
)

BASE_QUANTITIES: tuple[str, ...] = (
    *(quantity for joint in (*SEGMENT_ANGLES, *JOINTS) for quantity in joint.quantities),
    *DERIVED,
)
QUANTITIES: tuple[str, ...] = (*BASE_QUANTITIES, *(quantity + STATIC_SUFFIX for quantity in BASE_QUANTITIES))

# The segment that carries each joint centre: its own motion against the neighbouring segment is soft tissue.
CENTRE_CARRIER = {"hip": "pelvis", "knee": "thigh", "ankle": "shank_proximal"}
