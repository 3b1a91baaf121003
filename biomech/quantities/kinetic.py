"""Moments and powers of the joints, external moments, ground reaction and its lever arm."""

from __future__ import annotations

from dataclasses import dataclass

from biomech.joints import ADDUCTION, KINETIC_JOINTS, Ends, Joint
from biomech.quantities.angles import PLANES
from biomech.quantities.row import Quantity, rows
from biomech.schema import VARIABLES


def _moment(joint: Joint, plane: int) -> Quantity:
    part = joint.components[plane]
    return Quantity(
        part.quantity,
        "moment",
        f"{part.quantity.replace('_', ' ')} moment",
        f"internal {PLANES[plane]} {joint.name} moment: action of the proximal on the distal segment",
        f"tends to move the joint so: {part.positive}",
        part.muscles,
        "coordinate frame: jcs, proximal, distal or lab",
        "desroches2010",
        short=f"{joint.name} moment, {PLANES[plane]}",
        shown=f"{joint.distal}: {part.moves}",
    )


def _power(joint: Joint, plane: int) -> Quantity:
    part, words = joint.components[plane], f"power of the {PLANES[plane]} {joint.name} moment"
    return Quantity(
        part.quantity,
        "power",
        f"{part.quantity.replace('_', ' ')} power",
        f"{words} (share of the joint's power about this axis)",
        "generated",
        _GENERATED,
        "jcs",
        "desroches2010",
    )


_GENERATED = Ends("generated", "absorbed")
MOMENTS: dict[str, Quantity] = rows(*(_moment(joint, k) for joint in KINETIC_JOINTS for k in range(3)))
TOTAL_POWERS: tuple[str, ...] = tuple(f"{joint.name}_total" for joint in KINETIC_JOINTS)
POWERS: dict[str, Quantity] = rows(
    *(_power(joint, k) for joint in KINETIC_JOINTS for k in range(3)),
    *(
        Quantity(
            f"{joint.name}_total", "power", f"{joint.name} power", f"power of the {joint.name}: moment times angular velocity",
            "generated", _GENERATED, "all three axes of the joint together; a scalar",
        )
        for joint in KINETIC_JOINTS
    ),
)  # fmt: skip
MOMENT_QUANTITIES: tuple[str, ...] = tuple(MOMENTS)
POWER_QUANTITIES: tuple[str, ...] = tuple(POWERS)

_FORCE_FRAME = "progression frame: x forward, y up, z lateral"
FORCES: dict[str, Quantity] = rows(
    *(
        Quantity(
            axis, "ground_reaction", f"ground reaction, {words}", f"ground reaction force on the foot, {words}",
            f"the ground pushes {ends.positive}", ends, _FORCE_FRAME, own_unit="N kg-1",
        )
        for axis, words, ends in (
            ("x", "fore–aft", Ends("forward", "backward")),
            ("y", "vertical", Ends("up", "down")),
            ("z", "lateral", Ends("lateral", "medial")),
        )
    )
)  # fmt: skip
LEVER_ARM = Quantity(
    "knee_adduction_lever_arm", "lever_arm", "frontal lever arm of the ground reaction at the knee", VARIABLES["lever_arm"].long_name,
    "the force passes inside of the knee centre and tends to adduct the knee", ADDUCTION, VARIABLES["lever_arm"].frame, "hunt2006",
    "moment of the ground reaction about the knee, per frontal force: {}",
)  # fmt: skip


@dataclass(frozen=True)
class Load:
    """An external moment: minus the internal moment of a quantity, named after the movement that it tends to make.

    Attributes
    ----------
    joint, movement : str
        ``knee``, ``adduction``.
    quantity : str
        Internal moment that it is read from.
    sign : {1, -1}
        Factor from the internal to this moment.
    ends : Ends
        Movements that its positive and its negative values tend to make.
    also : str
        Another word for the positive one: ``varus``.
    frame : str
        Axis of the joint coordinate system.
    """

    joint: str
    movement: str
    quantity: str
    sign: int
    ends: Ends
    also: str
    frame: str

    @property
    def name(self) -> str:
        """Name of the curve."""
        return f"external_{self.joint}_{self.movement}_moment"

    @property
    def positive(self) -> str:
        """What a positive value means."""
        word = self.movement.replace("_", " ") + (f" ({self.also})" if self.also else "")
        return f"the load tends to move the {self.joint} into {word}"


def _loads(joint: Joint, plane: int) -> tuple[Load, ...]:
    part = joint.components[plane]
    axis = ("medial-lateral axis", "floating axis", "long axis")[plane]
    turn = "_rotation" if plane == 2 else ""
    return tuple(
        Load(
            joint.name,
            load.positive + turn,
            part.quantity,
            sign,
            load,
            words.positive if words != load else "",
            f"projected on the axes of the joint coordinate system ({axis})",
        )
        for sign, load, words in ((-1, part.load, part.ends), (1, part.load.turned(), part.ends.turned()))
    )


#: Every external moment, by joint and movement.
LOADS: dict[str, Load] = {
    f"{load.joint}_{load.movement}": load
    for joint in KINETIC_JOINTS
    for plane in range(len(PLANES))
    for load in _loads(joint, plane)
}
