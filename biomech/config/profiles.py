"""Scores of a whole gait pattern, per session and leg."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from biomech.config.section import Section


class ProfileScores(Section):
    """Gait Profile Score, movement analysis profile and Gait Deviation Index of every leg of every session in walking."""

    reference: Literal["none", "norms", "controls"] = Field(
        "none",
        description="What the curves are held against: `norms`, the curves that ship or `report.reference_curves`, where they fit the age; "
        "`controls`, the study's own. `none` writes no table. The Gait Deviation Index needs controls.",
    )
    controls: dict[str, str] = Field(
        default_factory=dict,
        description="Columns of the sheets with the level that makes a cycle one of a control, for example `{group: control}` or "
        "`{group: control, footwear: barefoot}`.",
    )
    min_controls: int = Field(
        5,
        ge=2,
        le=1000,
        description="Fewer control participants give no reference. Chosen: their mean curve must hold.",
    )
    gdi_min_legs: int = Field(
        20,
        ge=16,
        le=10000,
        description="Fewer control legs (one mean stride per leg and session) give no Gait Deviation Index. Chosen: more than its 15 "
        "features.",
    )

    @model_validator(mode="after")
    def _with_controls(self) -> ProfileScores:
        if self.reference == "controls" and not self.controls:
            raise ValueError("`reference: controls` needs `controls`, for example {group: control}")
        return self
