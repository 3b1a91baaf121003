"""Section about the findings pages: norms, thresholds and their sources."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from biomech.config.norms import NORMS, Norm
from biomech.config.section import Section, did_you_mean
from biomech.tasks import TASKS


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
        description="Movement of the hip that the verdict rests on; all pairs stand beside it as evidence. Its thigh axis ends in the "
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
        description="Mean correlation of the two courses at the best lag, below which they are no one movement at two times and get no "
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


class Range(Section):
    """What is usual of an examined or standing measure."""

    low: float = Field(description="Smaller values are outside.")
    high: float = Field(description="Larger values are outside.")
    source: str = Field(min_length=3, description="Where the range comes from.")
    error: float = Field(
        0.0,
        ge=0,
        description="Standard error of one measurement, in the same unit: beyond a limit by less than 1.96 times as much is weak "
        "evidence, and one weak piece makes no verdict.",
    )
    ages: tuple[float, float] | None = Field(
        None,
        description="Youngest and oldest age in years that it fits, where the sheets give `age_years`. Null: all ages.",
    )


_RANGES: dict[str, tuple[float, float, str, float]] = {
    "craig_test_deg": (
        8.0,
        15.0,
        "adult range usually given for Craig's test (Magee, Orthopedic Physical Assessment); error chosen: examiners differ widely",
        5.0,
    ),
    "hip_rotation_middle_deg": (
        -15.0,
        15.0,
        "half of internal less external range; beyond 10 to 15 degrees suggests ante- or retroversion (chosen: 15; error chosen)",
        4.0,
    ),
    "thigh_foot_angle_deg": (
        -5.0,
        30.0,
        "Staheli et al. 1985, J Bone Joint Surg Am 67:39: mean 10, normal -5 to 30 from mid-childhood on; error chosen",
        4.0,
    ),
    "tibial_torsion_deg": (
        6.0,
        37.0,
        "chosen; by CT it is larger: 34.9, SD 8.6 (Pfeifer et al. 1995, In Vivo 9:257); error chosen",
        4.0,
    ),
    "hip_internal_rotation_standing_deg": (-15.0, 15.0, "chosen; the thigh's axis is placed to about 5 degrees", 5.0),
    "knee_abduction_standing_deg": (
        -5.0,
        5.0,
        "chosen; frontal angles of a standing knee lie within 8 degrees",
        2.0,
    ),
    "fppa_standing_deg": (-8.0, 8.0, "chosen; frontal angles of standing lie within 8 degrees", 2.0),
    "rearfoot_eversion_standing_deg": (-8.0, 10.0, "chosen; the zero of the marker set shifts it", 3.0),
    "pelvis_anterior_tilt_standing_deg": (
        0.0,
        22.5,
        "mean 12.5, SD 5.0 in children (Schwartz 2008, J Biomech 41:1639), plus or minus 2 SD",
        3.0,
    ),
    "foot_progression_in_standing_deg": (-25.0, 5.0, "chosen, about a toe-out of 8 degrees", 3.0),
    "ankle_dorsiflexion_range_deg": (35.0, 70.0, "chosen for the weight-bearing lunge", 3.0),
    "navicular_drop_m": (0.0, 0.010, "Nielsen et al. 2009, J Foot Ankle Res 2:12: upper limits of 10 to 15 mm", 0.001),
}
# bones turn until the end of growth
_RANGE_AGES = {
    "craig_test_deg": (16.0, 120.0),
    "hip_rotation_middle_deg": (16.0, 120.0),
    "thigh_foot_angle_deg": (7.0, 120.0),
    "tibial_torsion_deg": (16.0, 120.0),
}
_LARGE_DYNAMIC: dict[Literal["knee_abduction", "hip_internal_rotation"], float] = {
    "knee_abduction": 6.0,
    "hip_internal_rotation": 8.0,
}


class Cause(Section):
    """Structural or functional."""

    collapse_norm_sd: float = Field(
        2.0,
        gt=0,
        le=5,
        description="A knee collapses inward where frontal plane projection angle, knee abduction or medial displacement lie beyond the "
        "norm's mean by this many SD, interval and session error included, or beyond MDC95 of the other leg or the first visit. "
        "Without that there is no verdict. Chosen: 95 % of the norm's population lie within.",
    )
    knee_axis_error_deg: float = Field(
        5.0,
        ge=0,
        le=30,
        description="By so much the knee's axis may be turned where no walking shows its error: knee abduction that such a turn makes of "
        "flexion is taken off its growth. Chosen: palpated epicondyles differ by about as much between examiners.",
    )
    knee_range_walking_deg: float = Field(
        3.7,
        gt=0,
        le=30,
        description="Range of ab/adduction of the bones of the knee in walking; what markers show beyond it is error. Biplane "
        "radiography, 39 knees (PMC7477710).",
    )

    ranges: dict[str, Range] = Field(
        default_factory=dict,
        validate_default=True,
        description="What is usual of examined and standing measures, each with its source. Those left out keep their defaults.",
    )
    large_dynamic_deg: dict[Literal["knee_abduction", "hip_internal_rotation"], float] = Field(
        default_factory=lambda: dict(_LARGE_DYNAMIC),
        description="Peak less standing value from which a movement speaks for a functional pattern. Chosen: above the 5 degrees that "
        "differ between visits (McGinley 2009, Gait Posture 29:360).",
    )
    large_share: float = Field(
        0.5, gt=0, lt=1, description="Standing share of the peak from which it speaks for a structural pattern. Chosen."
    )
    least_peak_deg: float = Field(
        4.0,
        gt=0,
        le=30,
        description="Smaller peaks have no share: the quotient of two small angles says nothing. Chosen.",
    )
    side_difference_deg: float = Field(
        5.0,
        gt=0,
        le=30,
        description="Difference of the legs' dynamic parts, with statics alike, that speaks for a functional pattern. Chosen: the error "
        "between visits (McGinley 2009, Gait Posture 29:360).",
    )
    strength_low_nm_kg: float | None = Field(
        None,
        description="Hip abduction strength below which it speaks for a functional pattern; no norm fits every dynamometer, so none.",
    )

    change_kinds: tuple[Literal["condition", "visits", "fatigue"], ...] = Field(
        ("condition", "visits", "fatigue"),
        description="Changes of the collapse that are weighed: between conditions (a cue), between this visit and the first, and "
        "over the repetitions. Take visits away where bones or ligaments were operated on between them.",
    )
    change_conditions: tuple[str, ...] = Field(
        (),
        description="Conditions whose contrast is weighed, for example those with a cue; empty: all. A brace or insole also changes "
        "the movement and says nothing of function: leave it out.",
    )
    least_change_deg: float = Field(
        2.0,
        ge=0,
        le=30,
        description="A change speaks for a functional pattern from here on, if it is also beyond MDC95 (a trend: if the interval of "
        "its slope lies above 0). Chosen: the lower end of errors between visits (McGinley 2009, Gait Posture 29:360).",
    )
    unchanged_mdc_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="That nothing changed agrees with a structural pattern only where MDC95 is at most this share of the peak. "
        "Chosen: a collapse that halved would have been seen.",
    )

    @field_validator("ranges")
    @classmethod
    def _with_defaults(cls, value: dict[str, Range]) -> dict[str, Range]:
        unknown = [name for name in value if name not in _RANGES]
        if unknown:
            raise ValueError("; ".join(f"unknown measure {name!r}{did_you_mean(name, _RANGES)}" for name in unknown))
        known = {
            name: Range(low=low, high=high, source=where, error=error, ages=_RANGE_AGES.get(name))
            for name, (low, high, where, error) in _RANGES.items()
        }
        return known | value


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
        unknown = [task for task in value if task not in TASKS]
        if unknown:
            raise ValueError("; ".join(f"unknown task {name!r}{did_you_mean(name, TASKS)}" for name in unknown))
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
        unknown = [task for task in value if task not in TASKS]
        if unknown:
            raise ValueError("; ".join(f"unknown task {name!r}{did_you_mean(name, TASKS)}" for name in unknown))
        names = list(Gluteal.model_fields)
        known = {task: Gluteal(**dict(zip(names, row, strict=True))) for task, row in _GLUTEAL.items()}
        return known | value
