"""Powers of hip, knee and ankle: generation and absorption."""

from __future__ import annotations

from biomech.outcomes.families import MetricSource
from biomech.quantities import quantity

_WINTER = (
    "power = net joint moment times joint angular velocity, work = its time integral: Winter 1983, Clin Orthop 175:147"
)
POWERS = tuple(
    MetricSource(
        f"{joint}_power_{way}",
        f"{joint} power {way}",
        f"the {joint} {words} power",
        quantity("power", f"{joint}_total").frame,
        _WINTER,
        f"{joint}_total",
        variable="power",
        sign=sign,
        unit="W kg-1",
        validity="missing where the foot stands without a valid force plate",
    )
    for joint in ("hip", "knee", "ankle")
    for way, sign, words in (("generation", 1, "generates"), ("absorption", -1, "absorbs"))
)
