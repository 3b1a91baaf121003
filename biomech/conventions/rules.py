"""Angles and moments of other systems, as tables in the axes of this project.

Everything speaks of a right leg with x anterior, y proximal and z lateral; a left leg is mirrored first, so a sign that is
anatomical (adduction positive on both sides) needs no side, and one that follows the right-hand rule on both sides is
marked ``mirrored``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AxisLetter = Literal["X", "Y", "Z"]


@dataclass(frozen=True)
class Slot:
    """One stored component.

    Attributes
    ----------
    axis : {"X", "Y", "Z"}
        Our axis of the rotation or of the moment's component (Z flexion, X frontal, Y long axis).
    sign : {1, -1}
        Right-handed rotation of a right leg times `sign` = what is stored.
    mirrored : bool
        The left leg is stored with the other sign (right-hand rule on both sides).
    """

    axis: AxisLetter
    sign: int
    mirrored: bool = False

    def of(self, side: str) -> int:
        """Sign of one side."""
        return -self.sign if self.mirrored and side == "left" else self.sign


Slots = tuple[Slot, Slot, Slot]


@dataclass(frozen=True)
class Convention:
    """How another system resolves, orders, signs and scales what it stores.

    Attributes
    ----------
    name, title, source : str
    sequence : dict of str to str
        Joint (row of `biomech.joints`) to intrinsic Cardan sequence in our axis letters.
    angle : dict of str to Slots
        Joint to the stored components in their order.
    moment_frame : {"distal", "proximal", "jcs"}
        Frame in which its moments are resolved; ``jcs`` is the orthogonal projection on the joint's rotation axes.
    moment : dict of str to Slots
        Joint to the stored components; the signs refer to the internal moment.
    moment_factor : float
        Stored number = factor times N m/kg.
    output : dict of str to str
        Joint to the stem of the output's name.
    """

    name: str
    title: str
    source: str
    sequence: dict[str, str]
    angle: dict[str, Slots]
    moment_frame: Literal["distal", "proximal", "jcs"]
    moment: dict[str, Slots]
    moment_factor: float
    output: dict[str, str]


def _slots(text: str) -> Slots:
    """Read ``"+Z -X +Y*"``: sign, axis, and a star where the left leg is stored with the other sign."""
    one, two, three = (
        Slot(item[1], -1 if item[0] == "-" else 1, item.endswith("*"))  # type: ignore[arg-type]
        for item in text.split()
    )
    return one, two, three


#: Plug-in Gait (Vicon). Its axes are X anterior, Y left, Z up and its Cardan sequence Y-X-Z, which is our Z-X-Y; the foot's
#: Z runs backward along the foot, so that its rotation about the long axis stands second in the sequence's result and is
#: stored as a right foot's on both sides: component 2 of the ankle is eversion. The pelvis is tilt first.
PLUG_IN_GAIT = Convention(
    name="plug_in_gait",
    title="Vicon Plug-in Gait",
    source="Davis et al. 1991, Hum Mov Sci 10:575-587; signs, order and units as found in Nexus C3D outputs",
    sequence={"pelvis": "ZXY", "hip": "ZXY", "knee": "ZXY", "ankle": "ZYX"},
    angle={
        "pelvis": _slots("-Z -X +Y"),
        "hip": _slots("+Z +X +Y"),
        "knee": _slots("-Z +X +Y"),
        "ankle": _slots("+Z -X +Y"),
    },
    moment_frame="distal",
    moment={
        "hip": _slots("-Z -X -Y"),
        "knee": _slots("+Z -X -Y"),
        "ankle": _slots("-Z -X -Y"),
    },
    moment_factor=1000.0,  # labelled Nmm, stored per kg body mass
    output={"pelvis": "Pelvis", "hip": "Hip", "knee": "Knee", "ankle": "Ankle"},
)

#: Visual3D's defaults: segments X to the right, Y forward, Z up on both sides, Cardan X-Y-Z (our Z-X-Y), right-hand rule.
VISUAL3D = Convention(
    name="visual3d",
    title="Visual3D (defaults: Cardan X-Y-Z, right-hand rule, moments in the proximal segment)",
    source="HAS-Motion Visual3D documentation: joint angle, joint moment",
    sequence={"hip": "ZXY", "knee": "ZXY", "ankle": "ZXY"},
    angle={joint: _slots("+Z +X* +Y*") for joint in ("hip", "knee", "ankle")},
    moment_frame="proximal",
    moment={joint: _slots("+Z +X* +Y*") for joint in ("hip", "knee", "ankle")},
    moment_factor=1.0,
    output={"hip": "Hip", "knee": "Knee", "ankle": "Ankle"},
)

#: Curves of the running data set of Fukuchi et al. 2017: lab Y up, segments X forward, Y up, Z right, Cardan Z-X-Y, and
#: the negations of its pipeline, so that the columns X, Y, Z are frontal, long axis, flexion with equal signs on both sides.
#: Moments are dot products with the (not orthogonal) rotation axes.
VISUAL3D_RUNNING = Convention(
    name="visual3d_running",
    title="Visual3D with the template of Fukuchi et al. 2017 (treadmill running)",
    source="Fukuchi et al. 2017, PeerJ 5:e3298, template and pipeline published with the data",
    sequence={"hip": "ZXY", "knee": "ZXY", "ankle": "ZXY"},
    angle={
        "hip": _slots("+X +Y +Z"),
        "knee": _slots("+X +Y -Z"),
        "ankle": _slots("+X +Y +Z"),
    },
    moment_frame="jcs",
    moment={
        "hip": _slots("-X -Y +Z"),
        "knee": _slots("-X -Y +Z"),
        "ankle": _slots("-X -Y -Z"),
    },
    moment_factor=1.0,
    output={"hip": "hip", "knee": "knee", "ankle": "ankle"},
)

CONVENTIONS: dict[str, Convention] = {c.name: c for c in (PLUG_IN_GAIT, VISUAL3D, VISUAL3D_RUNNING)}
