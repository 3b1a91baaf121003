"""The entries of a marker set as its file holds them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from biomech.model.markerset_parts import Marker, Op, Segment, Strict


class Entries(Strict):
    """The entries of a marker set; `biomech.model.markersets.MarkerSet` checks them against each other."""

    name: str
    title: str
    sources: tuple[str, ...] = ()
    hip_centre: str = Field(description="Hip centre method that belongs to this model.")
    hip_offset: Literal["marker", "none"] = Field(
        "marker", description="`marker`: the ASIS points are marker centres, so regressions shift back by the radius."
    )
    calibration: Literal["anatomical", "conventional"] = Field(
        "anatomical",
        description="`conventional` also finds wand rotations and foot offsets of the conventional gait model.",
    )
    sides: dict[str, str] = Field(
        default={"left": "L", "right": "R"}, description="Letter or text that replaces {s} on each side."
    )
    markers: dict[str, Marker]
    landmarks: dict[str, Op | tuple[Op, ...]] = Field(default_factory=dict)
    segments: dict[str, Segment]

    def alternatives(self, landmark: str) -> tuple[Op, ...]:
        """Return the ops of a landmark, in order of preference."""
        ops = self.landmarks[landmark]
        return (ops,) if isinstance(ops, Op) else ops
