"""The study's sheets: participants, sessions and trials, checked together before any job runs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Cell = str | float | int | bool | None


class Row(BaseModel):
    """A checked row; free columns travel in `free`."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Trial(Row):
    """One row of trials.tsv."""

    trial: str
    file: str
    role: Literal["static", "functional", "dynamic"]
    task: str
    condition: str = ""
    footwear: str = ""
    side: Literal["left", "right", "both"] = "both"
    relabel: dict[str, str] = Field(default_factory=dict, description="file label -> label to use instead")
    contacts: str = Field("", description="manual plate-to-foot assignment, e.g. `1:right 2:left 3:none`")
    progression: str = Field("", description="walking windows of turning trials, e.g. `0-1.5:+x 1.5-3:-z`")
    free: dict[str, Cell] = Field(default_factory=dict)


class Session(Row):
    """One session of one participant with everything that the stages need of the sheets."""

    participant: str
    session: str
    label: str = ""
    sex: Literal["female", "male", "unknown"] = "unknown"
    mass_kg: float | None = None
    height_m: float | None = None
    group: str = ""
    dominant_side: Literal["left", "right", ""] = ""
    anthropometry: dict[str, float] = Field(
        default_factory=dict, description="e.g. left_leg_length_m, right_knee_width_m, inter_asis_distance_m"
    )
    covariates: dict[str, Cell] = Field(default_factory=dict, description="clinical and free columns of participant and session")
    trials: tuple[Trial, ...] = ()
