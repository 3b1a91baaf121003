"""Powers of hip, knee and ankle: peaks of generation and absorption, and the work done in a phase."""

from __future__ import annotations

from biomech.metrics.families import WHOLE, Curve, register

_WINTER = (
    "power = net joint moment times joint angular velocity, work = its time integral: Winter 1983, Clin Orthop 175:147"
)
_FRAME = "all three axes of the joint together; a scalar"
_PLATE = "missing where the foot stands without a valid force plate"
JOINTS = ("hip", "knee", "ankle")
PHASES = (*WHOLE, "swing", "descent", "ascent")

for _joint in JOINTS:
    for _way, _sign, _words in (("generation", 1, "generates"), ("absorption", -1, "absorbs")):
        _curve = Curve(
            f"{_joint}_power_{_way}",
            f"{_joint} power {_way}",
            f"the {_joint} {_words} power",
            _FRAME,
            _WINTER,
            f"{_joint}_total",
            variable="power",
            sign=_sign,
            unit="W kg-1",
            validity=_PLATE,
        )
        register(_curve, [("peak", window) for window in (*WHOLE, "swing")])
        register(_curve, [("work", window) for window in PHASES])
