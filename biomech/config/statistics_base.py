"""Base classes and types of all kinds of named analyses."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from biomech.config.section import Label, Section

_CURVES = ("angle.", "moment.", "power.", "ground_reaction.", "distance.", "emg.")


class Analysis(Section):
    """What all kinds of analyses share."""

    name: Label = Field(description="Name of the analysis in the results; each only once.")
    outcomes: list[str] = Field(
        min_length=1,
        max_length=200,
        description="Metrics, or curves as `variable.quantity` (`angle.knee_abduction`; moments internal, in the joint coordinate "
        "system).",
    )
    task: str = Field("", description="Task; may be left out if the study has only one.")
    sides: Literal["average", "left", "right", "dominant", "non_dominant", "injured", "uninjured", "each"] = Field(
        "average",
        description="Which leg counts for a participant: the mean of both, one of them (injured by the column `injured_side`), or `each` (mixed models only: side "
        "within participant).",
    )
    where: dict[str, str | list[str]] = Field(
        default_factory=dict,
        description="Only cycles with these levels, for example `{footwear: barefoot}`; an empty text is an empty cell. Task, "
        "condition and footwear that are neither compared nor chosen here are not pooled: the analysis is refused.",
    )
    alpha: float = Field(0.05, ge=0.001, le=0.5, description="Level of tests; intervals have the confidence 1 - alpha.")
    adjustment: Literal["holm", "fdr", "none"] = Field(
        "holm",
        description="Of all p values of this analysis, one family: Holm 1979, or the false discovery rate of Benjamini & Hochberg "
        "1995.",
    )
    min_participants: int = Field(
        5,
        ge=2,
        le=100,
        description="Fewer participants (in a group, or with both conditions) give no test. Own choice: with 5 pairs the smallest "
        "two-sided exact p is 0.0625.",
    )
    seed: int = Field(0, ge=0, le=2**31, description="Of random permutations.")

    @property
    def curves(self) -> bool:
        """Whether the outcomes are curves."""
        return all(outcome.startswith(_CURVES) for outcome in self.outcomes)

    @property
    def factors_used(self) -> list[str]:
        """Columns that the analysis compares or conditions on."""
        return []

    @property
    def levels_used(self) -> dict[str, list[str]]:
        """Levels that the analysis names, by factor."""
        return {name: [wanted] if isinstance(wanted, str) else list(wanted) for name, wanted in self.where.items()}


class Compared(Analysis):
    """What comparisons share."""

    factor: str = Field(
        description="Column that is compared: session, condition, footwear, group, sex, side, dominance, injury (injured and "
        "uninjured leg, of the column `injured_side`), ..."
    )
    reference: str = Field(
        "", description="Level that the others are compared with; empty: the first one of the sheets."
    )
    levels: list[str] = Field(default_factory=list, description="Levels that are compared; empty: all.")
    matched_by: str = Field(
        "",
        description="Matched pairs: a column of participants.tsv in which both participants of a pair have the same entry, one of each "
        "level of `factor` (a group); they are tested as paired. Participants without an entry or a partner are left out.",
    )
    iterations: int = Field(
        2000,
        ge=200,
        le=20000,
        description="Most permutations; if there are no more than these, all of them are taken and the test is exact.",
    )

    @property
    def factors_used(self) -> list[str]:
        """Columns that the analysis compares or conditions on."""
        return [name for name in (self.factor, self.matched_by) if name]

    @property
    def levels_used(self) -> dict[str, list[str]]:
        """Levels that the analysis names, by factor."""
        named = [*self.levels, *([self.reference] if self.reference else [])]
        return super().levels_used | ({self.factor: named} if named and self.factor else {})
