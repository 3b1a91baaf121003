"""Selection of the norm that fits a person and a group of cycles, with reasons for those that do not."""

from __future__ import annotations

import math
from dataclasses import dataclass

from biomech.columns import AGE_COLUMNS
from biomech.config.norms import Norm
from biomech.findings.inputs import FindingInputs, Group, of_person


@dataclass(frozen=True)
class Person:
    """What decides whether a norm fits.

    Attributes
    ----------
    age : float
        Years; NaN where the sheets do not give it.
    sex : str
        ``female``, ``male`` or ``unknown``.
    """

    age: float
    sex: str


def person(inputs: FindingInputs) -> Person:
    """Return age and sex as the sheets give them: free column ``age_years`` (or ``age``), column ``sex``."""
    age = of_person(inputs.metrics, AGE_COLUMNS)
    sex = inputs.session.sex
    if sex == "unknown" and "sex" in inputs.metrics.coords and inputs.metrics["sex"].size:
        sex = str(inputs.metrics["sex"].to_numpy().ravel()[0])  # type: ignore[assignment]
    return Person(age, str(sex))


def misfit(norm: Norm, who: Person, footwear: str) -> str:
    """Return why a norm does not fit, in a few words; empty where it fits.

    What the sheets do not say fits a norm that does not ask for it, and no other.

    Parameters
    ----------
    norm : Norm
    who : Person
    footwear : str
        Of the cycles, as in the sheets; ``barefoot`` or the name of what was worn.
    """
    if reason := outside_ages(norm.ages, who):
        return f"it is {reason}"
    if norm.sex != "any" and norm.sex != who.sex:
        return f"it is of one sex ({norm.sex}); here: {who.sex}"
    worn = "" if not footwear else "barefoot" if footwear == "barefoot" else "shod"
    if norm.footwear != "any" and norm.footwear != worn:
        return f"it was measured {norm.footwear}; here: {footwear or 'footwear not in the sheets'}"
    return ""


def outside_ages(ages: tuple[float, float] | None, who: Person) -> str:
    """Return why a person's age does not fit the youngest and the oldest of a sample; empty where it does."""
    if ages is None:
        return ""
    youngest, oldest = ages
    if not math.isfinite(who.age):
        return f"of people of {youngest:g} to {oldest:g} years, and the sheets give no age_years"
    if not youngest <= who.age < oldest + 1:
        return f"of people of {youngest:g} to {oldest:g} years, not {who.age:g}"
    return ""


def norm_of(inputs: FindingInputs, group: Group, metric: str) -> tuple[Norm | None, str]:
    """Return the norm of a metric for a group of cycles, or nothing and what does not fit.

    Parameters
    ----------
    inputs : FindingInputs
    group : Group
    metric : str
        Full name.

    Returns
    -------
    norm : Norm or None
    reason : str
        Which norm was not used and why; empty where one fits or none is known.
    """
    known = inputs.config.findings.norms.get(group.task, {}).get(metric)
    if known is None:
        return None, ""
    reason = misfit(known, person(inputs), group.footwear)
    return (None, f"{known.population}: {reason}") if reason else (known, "")
