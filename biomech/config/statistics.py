"""Section of named analyses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from biomech.config.statistics_base import Analysis as Analysis
from biomech.config.statistics_base import Compared


class Descriptives(Analysis):
    """Mean, standard deviation, median and range between participants."""

    kind: Literal["descriptives"]
    by: str | list[str] = Field(
        "",
        description="Factor, or factors together ([group, session]), whose levels are described one by one; empty: all together.",
    )
    characteristics: list[str] = Field(
        default_factory=list,
        max_length=30,
        description="Columns of the sheets that describe the participants (a table 1): numbers get mean, SD, median and range, texts "
        "the number of participants of each level.",
    )

    @property
    def by_factors(self) -> list[str]:
        """The factors of `by`."""
        listed = [self.by] if isinstance(self.by, str) else self.by
        return [name for name in listed if name]

    @property
    def factors_used(self) -> list[str]:
        """Columns that the analysis compares or conditions on."""
        return [*self.by_factors, *self.characteristics]


class Reliability(Analysis):
    """Intraclass correlations, standard error of measurement, minimal detectable change, agreement; of metrics or of curves."""

    kind: Literal["reliability"]
    between: str = Field(
        "session",
        min_length=1,
        description="What the measurements are: means of `session`s, or of the levels of another column (a rater, device or condition "
        "of trials or sessions); or the first repetitions of one session (`repetition`).",
    )
    levels: list[str] = Field(
        default_factory=list,
        description="Levels that are compared, or the session whose repetitions are; empty: all.",
    )
    repetitions: int = Field(
        3, ge=2, le=50, description="Between repetitions: how many of each participant; those with fewer are left out."
    )
    repeated_pairs: bool = Field(
        False,
        description="Limits of agreement of single cycles instead of means, where two levels (devices, raters) measured the same cycles: "
        "the first cycle of a participant's leg and session under one level is paired with the first under the other, and so on.",
    )

    incomplete: Literal["leave_out", "keep"] = Field(
        "leave_out",
        description="Participants without all measurements: left out, or kept, with variance components by REML "
        "(`value ~ 1 + (1 | participant) + (1 | session)` in lme4) instead of mean squares: ICC(2,1), ICC(3,1), SEM and MDC95.",
    )

    @model_validator(mode="after")
    def _pairs_of_levels(self) -> Reliability:
        if self.repeated_pairs and self.between == "repetition":
            raise ValueError("repeated_pairs: needs `between` a column with two levels")
        if self.curves and self.repeated_pairs:
            raise ValueError("repeated_pairs: is for metrics; reliability of curves has no limits of agreement")
        if self.incomplete == "keep" and (self.curves or self.repeated_pairs or self.between == "repetition"):
            raise ValueError("incomplete: `keep` is for means of metrics: `between` a column, without `repeated_pairs`")
        return self

    @property
    def factors_used(self) -> list[str]:
        """Columns that the analysis compares or conditions on."""
        return [] if self.between in ("session", "repetition") else [self.between]

    @property
    def levels_used(self) -> dict[str, list[str]]:
        """Levels that the analysis names, by factor."""
        column = "session" if self.between == "repetition" else self.between
        return super().levels_used | ({column: self.levels} if self.levels else {})


class Comparison(Compared):
    """Paired conditions or groups, one value per participant and condition."""

    kind: Literal["comparison"]
    design: Literal["paired", "group"] = Field(
        description="`paired`: the same participants under both levels; `group`: different participants."
    )
    method: Literal["t", "permutation", "rank"] = Field(
        "t",
        description="Student's t of differences, Welch's t of groups; permutation of signs (of pairs those of differences, of groups those "
        "of deviations from the common mean), which assumes a symmetric distribution of any shape; or Wilcoxon's signed ranks and rank sum (Mann-Whitney), with the Hodges-Lehmann estimate.",
    )
    pairs: Literal["reference", "all"] = Field(
        "reference", description="Each level with the reference, or all pairs of levels."
    )
    checks: bool = Field(
        False,
        description="Shapiro-Wilk and Brown-Forsythe tests of the assumptions of t tests. They do not choose the test.",
    )
    equivalence_margin: float | None = Field(
        None,
        gt=0,
        description="Difference, in the outcome's unit, below which levels count as equivalent: two one-sided t tests.",
    )
    symmetry_index: bool = Field(
        False,
        description="Limb symmetry index of paired levels, 100 × level / reference, for the factors injury, dominance and side.",
    )
    smallest_effect: float | None = Field(
        None,
        gt=0,
        description="Difference, in the outcome's unit, for which the sample size of a next study is worked out.",
    )
    power: float = Field(0.8, ge=0.5, le=0.99, description="Of that sample size.")

    @model_validator(mode="after")
    def _of_pairs(self) -> Comparison:
        if self.matched_by and self.design != "paired":
            raise ValueError("matched_by: needs `design: paired`, as the pairs are compared within themselves")
        if self.symmetry_index and (self.design != "paired" or self.factor not in ("injury", "dominance", "side")):
            raise ValueError("symmetry_index: needs `design: paired` and the factor injury, dominance or side")
        return self


class Association(Analysis):
    """Correlation or regression of one value per participant with another outcome, a score or a baseline."""

    kind: Literal["association"]
    against: list[str] = Field(
        min_length=1,
        max_length=50,
        description="Metrics, or columns of numbers of the sheets (a score, the age), that every outcome is set against.",
    )
    method: Literal["pearson", "spearman", "regression"] = Field(
        "pearson", description="Pearson's r, Spearman's rho, or the slope of a linear regression on the other quantity."
    )
    against_where: dict[str, str | list[str]] = Field(
        default_factory=dict,
        description="Cycles of the other quantity, as `where` for the outcome: `{session: pre}` makes it a baseline; empty: as `where`.",
    )
    change: list[str] = Field(
        default_factory=list,
        description="Two sessions: the outcome is the second minus the first, of the participants who have both.",
    )

    @property
    def levels_used(self) -> dict[str, list[str]]:
        """Levels that the analysis names, by factor."""
        out = super().levels_used | ({"session": list(self.change)} if self.change else {})
        for name, wanted in self.against_where.items():
            out[name] = [*out.get(name, []), *([wanted] if isinstance(wanted, str) else wanted)]
        return out

    @model_validator(mode="after")
    def _two_sessions(self) -> Association:
        if self.change and (len(self.change) != 2 or self.change[0] == self.change[1]):
            raise ValueError("change: needs two different sessions, the first one and the later one")
        return self


class MixedModel(Analysis):
    """Linear mixed model of factors and covariates with participant, side and session as random effects."""

    kind: Literal["mixed_model"]
    factors: list[str] = Field(
        min_length=1, max_length=4, description="Columns with levels, for example [group, session]."
    )
    covariates: list[str] = Field(
        default_factory=list,
        max_length=5,
        description="Columns of numbers, one value a participant, or of each session or condition; they are centred on their mean.",
    )
    interactions: bool = Field(True, description="All interactions of the factors; false: main effects only.")
    random_slopes: list[str] = Field(
        default_factory=list,
        max_length=1,
        description="A covariate that varies within participants and whose effect differs between them: a slope of each, "
        "correlated with the level (lme4: `(1 + x | participant)`). A factor is refused here: one that varies within participants "
        "has a random effect of each of its levels anyway (`(1 | participant:factor)`), as session and side have, where the data "
        "carry it.",
    )
    degrees_of_freedom: Literal["satterthwaite", "containment"] = Field(
        "satterthwaite",
        description="Of tests and intervals: Satterthwaite's (Giesbrecht & Burns 1985; Fai & Cornelius 1996), or those of the "
        "stratum in which an effect varies (Pinheiro & Bates 2000). The same for balanced data.",
    )
    marginal_means: bool = Field(
        False,
        description="Estimated marginal means of all levels and their combinations, with intervals: every level of the other factors "
        "has the same weight, covariates are at their mean.",
    )
    simple_effects: bool = Field(
        False,
        description="Contrasts of each factor within every combination of levels of the others (post - pre in each group); their p "
        "values are a family of their own.",
    )
    pairs: Literal["reference", "all"] = Field(
        "reference", description="Contrasts of each level with the reference, or of all pairs of levels."
    )
    trend: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Factor to three or more of its levels in order, `{session: [pre, mid, post]}`: their linear trend, per step.",
    )
    baseline: str = Field(
        "",
        description="A session whose value of the outcome, of the same participant (and leg, with `sides: each`), is the covariate "
        "`baseline`; the other sessions are the outcome (analysis of covariance).",
    )
    covariate_by: dict[str, str] = Field(
        default_factory=dict,
        description="Covariate to the factor whose levels may have different slopes: `{age: group}`; also of `baseline`.",
    )
    unequal_spread: str = Field(
        "",
        description="A factor between participants (group) whose levels differ in spread: each has variances of its own, of the random "
        "effects and of the residual. Needed where such levels differ in size, too.",
    )
    references: dict[str, str] = Field(
        default_factory=dict, description="Factor to its reference level; else the first one of the sheets."
    )

    @property
    def factors_used(self) -> list[str]:
        """Columns that the analysis compares or conditions on."""
        return [*self.factors, *self.covariates]

    @property
    def levels_used(self) -> dict[str, list[str]]:
        """Levels that the analysis names, by factor."""
        out = super().levels_used
        for name, level in [*self.references.items(), *([("session", self.baseline)] if self.baseline else [])]:
            out[name] = [*out.get(name, []), level]
        for name, levels in self.trend.items():
            out[name] = [*out.get(name, []), *levels]
        return out

    @model_validator(mode="after")
    def _known_slopes(self) -> MixedModel:
        for name in self.random_slopes:
            if name in self.factors:
                raise ValueError(
                    f"random_slopes: {name!r} is a factor: it has a random effect of each of its levels anyway, if it varies "
                    "within participants; leave it out, or name a covariate"
                )
            if name not in self.covariates:
                raise ValueError(f"random_slopes: {name!r} is none of `covariates`")
        return self

    @model_validator(mode="after")
    def _own_spread(self) -> MixedModel:
        if not self.unequal_spread:
            return self
        if self.unequal_spread not in self.factors:
            raise ValueError(f"unequal_spread: {self.unequal_spread!r} is none of `factors`")
        if self.random_slopes or self.degrees_of_freedom != "satterthwaite":
            raise ValueError("unequal_spread: is not for random_slopes, nor for degrees_of_freedom: containment")
        return self

    @model_validator(mode="after")
    def _known_terms(self) -> MixedModel:
        known = [*self.covariates, *(["baseline"] if self.baseline else [])]
        for name, factor in self.covariate_by.items():
            if name not in known:
                raise ValueError(f"covariate_by: {name!r} is none of `covariates`")
            if factor not in self.factors:
                raise ValueError(f"covariate_by: {factor!r} is none of `factors`")
        for name, levels in self.trend.items():
            if name not in self.factors:
                raise ValueError(f"trend: {name!r} is none of `factors`")
            if len(set(levels)) < 3:
                raise ValueError(f"trend: needs three levels of {name!r} in order, found {', '.join(levels) or 'none'}")
        if self.baseline and "baseline" in self.covariates:
            raise ValueError("baseline: a column of `covariates` has this name")
        if self.simple_effects and (len(self.factors) < 2 or not self.interactions):
            raise ValueError("simple_effects: needs two factors or more and their interactions")
        return self


class Spm(Compared):
    """Statistical parametric mapping of one mean curve per participant and condition (Pataky 2010)."""

    kind: Literal["spm"]
    factor: str = Field("", description="Column that is compared; left out for a regression.")
    test: Literal[
        "paired",
        "group",
        "anova",
        "anova_repeated",
        "anova_mixed",
        "anova_two_repeated",
        "regression",
        "hotelling_paired",
        "hotelling_group",
    ] = Field(
        description="t of pairs or groups, F of several groups or of repeated conditions, F of two factors and their interaction "
        "(`anova_mixed`: `factor` between participants, `second_factor` within; `anova_two_repeated`: both within), regression on a "
        "covariate, or Hotelling's T2 of two or three curves together (all outcomes are the components of one vector)."
    )
    second_factor: str = Field(
        "",
        description="Of tests of two factors: the second one, which varies within participants (session, condition).",
    )
    covariate: str = Field("", description="Column of numbers, of a regression.")
    nonparametric: bool = Field(
        False, description="Threshold from permutations instead of random field theory: for few or skewed curves."
    )

    @property
    def factors_used(self) -> list[str]:
        """Columns that the analysis compares or conditions on."""
        return [name for name in (self.factor, self.second_factor, self.covariate, self.matched_by) if name]

    @property
    def two_way(self) -> bool:
        """Whether two factors and their interaction are tested."""
        return self.test in ("anova_mixed", "anova_two_repeated")

    @model_validator(mode="after")
    def _complete(self) -> Spm:
        if self.two_way and (not self.second_factor or self.second_factor == self.factor):
            raise ValueError(f"the test {self.test!r} needs `factor` and another `second_factor`")
        if self.second_factor and not self.two_way:
            raise ValueError("second_factor: is of the tests `anova_mixed` and `anova_two_repeated`")
        if self.two_way and self.nonparametric:
            raise ValueError(
                f"nonparametric: {self.test!r} has its threshold from random field theory only; leave it out, or compare the factors one by one"
            )
        if self.matched_by and self.test not in ("paired", "hotelling_paired"):
            raise ValueError("matched_by: needs `test: paired` or `hotelling_paired`, which compare within pairs")
        if self.test == "regression" and not self.covariate:
            raise ValueError("a regression needs `covariate`")
        if self.test != "regression" and not self.factor:
            raise ValueError(f"the test {self.test!r} needs `factor`")
        if self.test.startswith("hotelling") and not 2 <= len(self.outcomes) <= 3:
            raise ValueError(f"Hotelling's T2 takes two or three curves, found {len(self.outcomes)}")
        return self


class ProfileScore(Analysis):
    """Distance of a participant's mean curves from those of a reference (Gait Profile Score; Baker 2009)."""

    kind: Literal["profile_score"]
    title: str = Field(
        "",
        max_length=40,
        description="What the score of all curves together is called; empty: `gps` if they are the nine of the Gait Profile Score "
        "(Baker 2009) and all have a reference, else `profile_score`. No other set of curves is called `gps`.",
    )
    reference: Literal["norms", "controls"] = Field(
        "norms",
        description="The published curves that ship (or `report.reference_curves`), or the study's own controls.",
    )
    controls: dict[str, str] = Field(
        default_factory=dict, description="Levels of the control group, for example `{group: control}`."
    )
    by: str = Field("", description="Factor whose levels are described one by one; empty: all together.")

    @property
    def factors_used(self) -> list[str]:
        """Columns that the analysis compares or conditions on."""
        return [self.by] if self.by else []

    @property
    def levels_used(self) -> dict[str, list[str]]:
        """Levels that the analysis names, by factor."""
        return super().levels_used | {name: [level] for name, level in self.controls.items()}

    @model_validator(mode="after")
    def _with_controls(self) -> ProfileScore:
        if self.reference == "controls" and not self.controls:
            raise ValueError("`reference: controls` needs `controls`, for example {group: control}")
        return self


AnyAnalysis = Annotated[
    Descriptives | Reliability | Comparison | Association | MixedModel | Spm | ProfileScore, Field(discriminator="kind")
]
Statistics = Annotated[
    list[AnyAnalysis],
    Field(
        description="Named analyses of metrics and curves; their results lie in `results/statistics`. One mean per participant and "
        "condition: cycles, trials and legs are never counted as participants."
    ),
]
