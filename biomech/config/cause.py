"""Options of the verdict on structure and function."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from biomech.config.section import Section, did_you_mean


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
