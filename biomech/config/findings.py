"""Section about the findings pages: norms, thresholds and their sources."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from biomech.config.section import Section, did_you_mean
from biomech.tasks import TASKS


class Norm(Section):
    """What a metric is held against."""

    mean: float = Field(description="Mean of the population.")
    sd: float = Field(gt=0, description="Standard deviation between its members.")
    population: str = Field(min_length=3, description="Who they are and what they did.")
    source: str = Field(min_length=3, description="Where it was published.")


_NAKAGAWA = ("40 healthy men and women, single-leg squat", "Nakagawa et al. 2012, J Orthop Sports Phys Ther 42:491")
_HEIDERSCHEIT = (
    "45 healthy recreational runners at their own pace",
    "Heiderscheit et al. 2011, Med Sci Sports Exerc 43:296",
)
_SCHWARTZ = (
    "children of 4 to 17 years, free speed (no adult norm with a stated population is at hand)",
    "Schwartz et al. 2008, J Biomech 41:1639",
)
_KAM = ("29 healthy adults of 21 years", "PLoS One 2017, 12:e0179260")
_NORMS: dict[str, dict[str, tuple[float, float, tuple[str, str]]]] = {
    "single_leg_squat": {
        "contralateral_pelvic_drop__peak__cycle": (7.4, 3.8, _NAKAGAWA),
        "trunk_ipsilateral_lean__peak__cycle": (6.7, 3.0, _NAKAGAWA),
        "hip_adduction__peak__cycle": (10.8, 5.6, _NAKAGAWA),
        "knee_abduction__peak__cycle": (5.8, 3.4, _NAKAGAWA),
    },
    "running": {
        "hip_adduction__peak__stance": (10.4, 3.3, _HEIDERSCHEIT),
        "hip_internal_rotation__peak__stance": (0.4, 4.3, _HEIDERSCHEIT),
    },
    "walking": {
        "contralateral_pelvic_drop__peak__stance": (4.1, 2.1, _SCHWARTZ),
        "hip_adduction__peak__stance": (5.2, 3.4, _SCHWARTZ),
        "external_knee_adduction_moment__first_peak__stance": (0.45, 0.09, _KAM),
    },
    "drop_vertical_jump": {
        "knee_abduction__peak__contact": (
            3.1,
            4.5,
            (
                "elite female footballers, largest valgus angle in a drop jump",
                "Nilstad et al. 2011, Br J Sports Med 45:310",
            ),
        ),
    },
}


class Sequence(Section):
    """Which of hip and foot leads."""

    proximal: Literal[
        "hip_adduction", "hip_internal_rotation", "contralateral_pelvic_drop", "thigh_internal_rotation"
    ] = Field(
        "hip_adduction",
        description="Movement of the hip that the verdict rests on; all pairs stand beside it as evidence. Frontal angles of the "
        "hip are repeatable, transverse ones suffer from soft tissue (McGinley 2009, Gait Posture 29:360).",
    )
    distal: Literal["rearfoot_eversion", "shank_internal_rotation", "forefoot_supination"] = Field(
        "rearfoot_eversion", description="Movement of the foot or shank that the verdict rests on."
    )
    equivalence_ms: float = Field(
        15.0,
        gt=0,
        le=200,
        description="An interval of the lead within plus or minus this is called simultaneous; a lead must be larger to have a "
        "direction. Chosen: three frames at 200 Hz.",
    )
    least_repetitions: int = Field(
        4, ge=3, le=100, description="Fewer repetitions with a lead give no verdict. Chosen: intervals are wide below."
    )


class Findings(Section):
    """Pages of findings, one a participant and session."""

    bootstrap_draws: int = Field(
        2000, ge=200, le=20000, description="Resamples of the repetitions behind every 95 % interval."
    )
    seed: int = Field(0, ge=0, le=2**31, description="Of the random numbers; the same seed gives the same intervals.")
    sequence: Sequence = Field(default_factory=Sequence, description="Which of hip and foot leads.")
    norms: dict[str, dict[str, Norm | None]] = Field(
        default_factory=dict,
        validate_default=True,
        description="Task, then metric: mean, SD, population and source that it is held against. Those left out keep their "
        "defaults; null takes one away.",
    )

    @field_validator("norms")
    @classmethod
    def _with_defaults(cls, value: dict[str, dict[str, Norm | None]]) -> dict[str, dict[str, Norm | None]]:
        unknown = [task for task in value if task not in TASKS]
        if unknown:
            raise ValueError("; ".join(f"unknown task {name!r}{did_you_mean(name, TASKS)}" for name in unknown))
        out: dict[str, dict[str, Norm | None]] = {
            task: {
                metric: Norm(mean=mean, sd=sd, population=population, source=source)
                for metric, (mean, sd, (population, source)) in table.items()
            }
            for task, table in _NORMS.items()
        }
        for task, table in value.items():
            out[task] = out.get(task, {}) | table
        return out
