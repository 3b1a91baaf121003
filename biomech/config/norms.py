"""Norms of outcomes: published means and standard deviations, and whom they fit."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from biomech.config.section import Section


class Norm(Section):
    """What a metric is held against, and whom it fits."""

    mean: float = Field(description="Mean of the population.")
    sd: float = Field(gt=0, description="Standard deviation between its members.")
    population: str = Field(min_length=3, description="Who they are and what they did.")
    source: str = Field(min_length=3, description="Where it was published.")
    ages: tuple[float, float] | None = Field(
        None,
        description="Youngest and oldest age in years that it fits; others, and people whose age the sheets do not give (free column "
        "`age_years`), are not held against it. Null: all ages.",
    )
    sex: Literal["any", "female", "male"] = Field("any", description="Whom it fits.")
    footwear: Literal["any", "barefoot", "shod"] = Field(
        "any", description="Footwear that it fits; any where the source pooled it or does not say."
    )
    model: str = Field("", description="How it was measured: joint angles of which model, or video; for the reader.")

    @field_validator("ages")
    @classmethod
    def _in_order(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and not 0 <= value[0] <= value[1]:
            raise ValueError(f"expected the youngest age, then the oldest, found {value[0]:g} and {value[1]:g}")
        return value


_ADULTS = (18.0, 45.0)  # chosen: the samples are of young adults
_NAKAGAWA: dict[str, Any] = {
    "population": "40 healthy men and women, single-leg squat",
    "source": "Nakagawa et al. 2012, J Orthop Sports Phys Ther 42:491",
    "ages": _ADULTS,
    "model": "3D joint angles",
}
_HEIDERSCHEIT: dict[str, Any] = {
    "population": "45 healthy recreational runners at their own pace",
    "source": "Heiderscheit et al. 2011, Med Sci Sports Exerc 43:296",
    "ages": _ADULTS,
    "footwear": "shod",
    "model": "3D joint angles",
}
_SCHWARTZ: dict[str, Any] = {
    "population": "children of 4 to 17 years, free speed",
    "source": "Schwartz et al. 2008, J Biomech 41:1639",
    "ages": (4.0, 17.0),
    "footwear": "barefoot",
    "model": "conventional gait model",
}
_KAM: dict[str, Any] = {
    "population": "29 healthy adults of 21 years, walking",
    "source": "Ota et al. 2017, PLoS One 12:e0179260",
    "ages": _ADULTS,
    "model": "3D joint moments",
}
_NILSTAD: dict[str, Any] = {
    "population": "136 elite female footballers, largest valgus angle in a drop jump",
    "source": "Nilstad et al. 2011, Br J Sports Med 45:310 (congress abstract)",
    "ages": _ADULTS,
    "sex": "female",
    "model": "3D joint angles",
}
NORMS: dict[str, dict[str, tuple[float, float, dict[str, Any]]]] = {
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
    "drop_vertical_jump": {"knee_abduction__peak__contact": (3.1, 4.5, _NILSTAD)},
}
