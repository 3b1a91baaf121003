"""Section about the findings pages: norms, thresholds and their sources."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from biomech.config.cause import Cause, Range
from biomech.config.norms import NORMS, Norm
from biomech.config.section import Section, check_tasks

__all__ = ["Cause", "Findings", "Gluteal", "Norm", "Range", "Sem", "Sequence"]


class Sequence(Section):
    """Which of hip and foot leads."""

    proximal: Literal[
        "hip_adduction_by_shank",
        "hip_adduction",
        "hip_internal_rotation",
        "contralateral_pelvic_drop",
        "thigh_internal_rotation",
    ] = Field(
        "hip_adduction_by_shank",
        description="Movement of the hip that the verdict rests on; all pairs are listed next to it as evidence. Its thigh axis ends in the "
        "knee centre that the shank carries: skin moves most at the thigh (Leardini et al. 2005, Gait Posture 21:212) and "
        "shifts hip_adduction in time. Transverse angles suffer more (McGinley 2009, Gait Posture 29:360).",
    )
    distal: Literal[
        "rearfoot_eversion_floor",
        "rearfoot_eversion",
        "forefoot_supination",
        "forefoot_dorsiflexion",
        "shank_internal_rotation",
    ] = Field(
        "rearfoot_eversion_floor",
        description="Movement of the foot or shank that the verdict rests on: the rearfoot against the floor (as Monaghan et al. 2013, "
        "Gait Posture 38:8), for against the shank it inverts when the hip adducts over a foot that stays flat. "
        "forefoot_supination is the rearfoot against the forefoot, forefoot_dorsiflexion the arch that lowers.",
    )
    equivalence_ms: float = Field(
        5.0,
        gt=0,
        le=200,
        description="A lead has a direction where its interval lies wholly beyond plus or minus this. Chosen: one frame at 200 Hz.",
    )
    resolution_ms: float = Field(
        50.0,
        gt=0,
        le=300,
        description="Hip and foot are called simultaneous where the lead's interval lies within plus or minus this; at least "
        "equivalence_ms. Chosen: what systematic_ms alone leaves on both sides, and two thirds more.",
    )
    systematic_ms: float = Field(
        15.0,
        ge=0,
        le=100,
        description="What skin and misplaced markers shift the lead of one person in all repetitions alike, standard deviation; it widens "
        "the interval, for the scatter of repetitions does not hold it. Measured on simulated squats with default errors "
        "(benchmarks/sequence.py): the intervals hold the true lead in 95 % of sessions.",
    )
    least_excursion_deg: float = Field(
        3.0,
        ge=0,
        le=30,
        description="Mean excursion of the smaller of the two movements, below which there is no verdict. Chosen: twice what skin and "
        "misplaced markers leave of frontal angles (docs/simulation.md).",
    )
    least_correlation: float = Field(
        0.8,
        ge=0.5,
        lt=1,
        description="Mean correlation of the two courses at the best lag, below which the curves are not time-shifted copies and get no "
        "verdict. Chosen: an eighth below what simulated squats have with default errors.",
    )
    least_repetitions: int = Field(
        4, ge=3, le=100, description="Fewer repetitions with a lead give no verdict. Chosen: intervals are wide below."
    )

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Sequence:
        if self.resolution_ms < self.equivalence_ms:
            raise ValueError(
                f"resolution_ms must be at least equivalence_ms ({self.equivalence_ms:g}), found {self.resolution_ms:g}"
            )
        return self


class Gluteal(Section):
    """Limits of one task's gluteal compensation classes: beyond them a movement is large."""

    drop_deg: float = Field(ge=0, le=60, description="Peak contralateral pelvic drop.")
    lean_deg: float = Field(ge=0, le=60, description="Peak ipsilateral trunk lean.")
    rotation_range_deg: float = Field(ge=0, le=90, description="Range of hip internal rotation.")
    adduction_range_deg: float = Field(ge=0, le=90, description="Range of hip adduction.")
    source: str = Field(min_length=3, description="Where the limits come from.")
    ages: tuple[float, float] | None = Field(
        None,
        description="Youngest and oldest age in years that the limits fit; others, and people whose age the sheets do not give, are "
        "not classed. Null: all ages.",
    )


_GLUTEAL: dict[str, tuple[float, float, float, float, str, tuple[float, float]]] = {
    "single_leg_squat": (
        15.0, 12.7, 15.0, 22.0,
        "mean + 2 SD of controls (Nakagawa et al. 2012, J Orthop Sports Phys Ther 42:491); range of rotation chosen",
        (18.0, 45.0),
    ),
    "walking": (
        8.3, 6.0, 20.0, 18.0,
        "drop: mean + 2 SD (Schwartz et al. 2008, J Biomech 41:1639, children); all others chosen",
        (4.0, 17.0),
    ),
}  # fmt: skip


class Sem(Section):
    """Error of a metric between sessions."""

    sem: float = Field(ge=0, description="Standard error of measurement between sessions, in the metric's unit.")
    source: str = Field(min_length=3, description="Where it was published or measured.")
    tasks: tuple[str, ...] = Field((), description="Tasks that it was measured in, and is used for. Empty: all.")

    def covers(self, task: str) -> bool:
        """Whether it was measured in a task."""
        return not self.tasks or task in self.tasks


_GAIT = ("walking",)
_MCGINLEY = "review of gait: errors between sessions of 2 to 5 degrees; middle of it ({}), McGinley et al. 2009, Gait Posture 29:360"
_SEMS: dict[str, tuple[float, str, tuple[str, ...]]] = {
    "contralateral_pelvic_drop": (2.0, _MCGINLEY.format("its lower end for the pelvis"), _GAIT),
    "trunk_ipsilateral_lean": (2.0, _MCGINLEY.format("its lower end for the trunk"), _GAIT),
    "hip_adduction": (3.0, _MCGINLEY.format("frontal plane"), _GAIT),
    "hip_internal_rotation": (5.0, _MCGINLEY.format("its upper end for rotations"), _GAIT),
    "knee_abduction": (3.0, _MCGINLEY.format("frontal plane"), _GAIT),
    "rearfoot_eversion": (3.0, _MCGINLEY.format("frontal plane"), _GAIT),
    "fppa": (
        3.0,
        "Munro et al. 2012, J Sport Rehabil 21:7: 2.7 to 3.0 degrees between days, video",
        ("single_leg_squat", "drop_vertical_jump", "single_leg_drop_landing"),
    ),
}


class Findings(Section):
    """Pages of findings, one a participant and session."""

    bootstrap_draws: int = Field(
        2000, ge=200, le=20000, description="Resamples of the repetitions behind every 95 % interval."
    )
    seed: int = Field(0, ge=0, le=2**31, description="Of the random numbers; the same seed gives the same intervals.")
    sequence: Sequence = Field(default_factory=Sequence, description="Which of hip and foot leads.")
    cause: Cause = Field(default_factory=Cause, description="Structural or functional.")
    gluteal: dict[str, Gluteal] = Field(
        default_factory=dict,
        validate_default=True,
        description="Task to limits of the gluteal compensation classes. Those left out keep their defaults.",
    )
    watched: tuple[str, ...] = Field(
        (
            "contralateral_pelvic_drop__peak",
            "trunk_ipsilateral_lean__peak",
            "hip_adduction__peak",
            "hip_internal_rotation__peak",
            "knee_abduction__peak",
            "rearfoot_eversion__peak",
            "fppa__peak",
            "external_knee_abduction_moment__peak",
            "gluteus_medius_emg__onset",
        ),
        description="Quantity and statistic of the metrics that trends and contrasts are computed for, over the longest window "
        "of the task (stance, contact or cycle). Every one more is one more chance of a false alarm of 1 in 20.",
    )
    trend_min_repetitions: int = Field(
        5, ge=4, le=100, description="Fewest repetitions of a task, condition, footwear and side for a trend."
    )
    trend_random_trials: int = Field(
        6,
        ge=2,
        le=100,
        description="From so many trials on they are a random level of a trend, with fewer fixed levels. Chosen: of fewer their variance is "
        "hardly known, and intervals held the truth in as little as 86 % of simulations (docs/conditions.md).",
    )
    contrast_min_repetitions: int = Field(3, ge=2, le=100, description="Fewest repetitions on each side of a contrast.")
    footwear_reference: str = Field(
        "barefoot", description="Footwear that the others are held against, where the session has it; else the first."
    )
    condition_reference: tuple[str, ...] = Field(
        ("", "natural", "usual"), description="Conditions that cued and other ones are held against; else the first."
    )
    session_sem: dict[str, Sem | None] = Field(
        default_factory=dict,
        validate_default=True,
        description="Quantity to its standard error of measurement between sessions, used for the tasks that it was measured in. Those left out keep their defaults; null "
        "takes one away: changes between visits and legs are then not judged.",
    )
    norms: dict[str, dict[str, Norm | None]] = Field(
        default_factory=dict,
        validate_default=True,
        description="Task, then metric: mean, SD, population and source that it is held against. Those left out keep their "
        "defaults; null takes one away.",
    )

    @field_validator("session_sem")
    @classmethod
    def _with_sems(cls, value: dict[str, Sem | None]) -> dict[str, Sem | None]:
        defaults: dict[str, Sem | None] = {
            name: Sem(sem=sem, source=source, tasks=tasks) for name, (sem, source, tasks) in _SEMS.items()
        }
        return defaults | value

    @field_validator("norms")
    @classmethod
    def _with_defaults(cls, value: dict[str, dict[str, Norm | None]]) -> dict[str, dict[str, Norm | None]]:
        check_tasks(value)
        out: dict[str, dict[str, Norm | None]] = {
            task: {metric: Norm(mean=mean, sd=sd, **whom) for metric, (mean, sd, whom) in table.items()}
            for task, table in NORMS.items()
        }
        for task, table in value.items():
            out[task] = out.get(task, {}) | table
        return out

    @field_validator("gluteal")
    @classmethod
    def _gluteal_defaults(cls, value: dict[str, Gluteal]) -> dict[str, Gluteal]:
        check_tasks(value)
        names = list(Gluteal.model_fields)
        known = {task: Gluteal(**dict(zip(names, row, strict=True))) for task, row in _GLUTEAL.items()}
        return known | value
