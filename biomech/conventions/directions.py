"""Both ends of every quantity, in the words that stand on an axis: what positive and what negative values mean.

Typed once, here. The longer meanings of the data dictionary stand in `biomech.study.quantities`.
"""

from __future__ import annotations

from typing import NamedTuple


class Ends(NamedTuple):
    """Words for the positive and the negative end of an axis."""

    positive: str
    negative: str

    def turned(self) -> Ends:
        """Return the ends of the same quantity with the other sign."""
        return Ends(self.negative, self.positive)


# Part of an angle's or moment's name -> ends of the angle. The longest part that the name holds counts.
_MOVEMENTS: dict[str, Ends] = {
    "anterior_tilt": Ends("anterior", "posterior"),
    "pelvic_drop": Ends("drop", "hike"),
    "trunk_flexion": Ends("forward", "backward"),
    "ipsilateral_lean": Ends("this side", "other side"),
    "contralateral_rotation": Ends("other side", "this side"),
    "internal_rotation": Ends("internal", "external"),
    "flexion": Ends("flexion", "extension"),
    "dorsiflexion": Ends("dorsiflexion", "plantarflexion"),
    "adduction": Ends("adduction", "abduction"),
    "knee_abduction": Ends("valgus", "varus"),
    "inversion": Ends("inversion", "eversion"),
    "eversion": Ends("eversion", "inversion"),
    "supination": Ends("supination", "pronation"),
    "pronation": Ends("pronation", "supination"),
    "progression_in": Ends("toe-in", "toe-out"),
    "fppa": Ends("valgus", "varus"),
    "medial_lean": Ends("medial", "lateral"),
    "arch_height": Ends("higher", "lower"),
    "medial_to": Ends("medial", "lateral"),
    "outside_acromion": Ends("lateral", "medial"),
    "inside_acromion": Ends("medial", "lateral"),
    "separation": Ends("wider", "narrower"),
    "width": Ends("wider", "narrower"),
    "height": Ends("higher", "lower"),
}
# ... -> ends of the internal moment: the muscles that make it
_MOMENTS: dict[str, Ends] = {
    "internal_rotation": Ends("int. rotator", "ext. rotator"),
    "flexion": Ends("flexor", "extensor"),
    "dorsiflexion": Ends("dorsiflexor", "plantarflexor"),
    "adduction": Ends("adductor", "abductor"),
    "knee_abduction": Ends("abductor", "adductor"),
    "inversion": Ends("invertor", "evertor"),
}
# forces on the foot, in the direction of progression, up, and to the outside of the leg
_FORCES = {"x": Ends("forward", "backward"), "y": Ends("up", "down"), "z": Ends("lateral", "medial")}
_POWER = Ends("generated", "absorbed")


def ends(variable: str, quantity: str) -> Ends:
    """Return the words for both ends of a curve's axis.

    Parameters
    ----------
    variable : {"angle", "moment", "power", "ground_reaction", "distance", "emg"}
        As in the study dataset; moments are internal.
    quantity : str
        For example ``hip_adduction``, with or without ``__static``; an axis of the force, a measure or a muscle.

    Returns
    -------
    Ends
        Empty words for the activity of a muscle, which has one direction.

    Raises
    ------
    KeyError
        For a name that holds no movement.
    """
    if variable == "emg":
        return Ends("", "")
    if variable == "power":
        return _POWER
    if variable == "ground_reaction":
        return _FORCES[quantity]
    words = _MOMENTS if variable == "moment" else _MOVEMENTS
    held = [part for part in words if part in quantity]
    if not held:
        raise KeyError(f"no words for the ends of {variable}.{quantity}")
    return words[max(held, key=len)]
