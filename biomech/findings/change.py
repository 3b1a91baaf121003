"""Change of the collapse with a condition, between visits or over the repetitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from biomech.config.findings import Cause
from biomech.findings.conditions import conditions, fatigue
from biomech.findings.finding import Finding
from biomech.findings.inputs import FindingInputs

Place = tuple[str, str, str, str]  # task, condition, footwear, side


@dataclass(frozen=True)
class Change:
    """One contrast or trend of a quantity of the collapse, in degrees.

    Attributes
    ----------
    kind : {"condition", "visits", "fatigue"}
    quantity : str
    words : str
        What was held against what.
    value : float
        Second less first; of a trend the whole change over the repetitions.
    mdc : float
        Minimal detectable change at 95 %; NaN where it is not known.
    low, high : float
        Interval of a trend's slope per repetition; of a contrast, of its value.
    """

    kind: str
    quantity: str
    words: str
    value: float
    mdc: float
    low: float
    high: float


@dataclass(frozen=True)
class Weighed:
    """What changes speak for.

    Attributes
    ----------
    functional, against_functional, unchanged : list of str
        ``unchanged`` agrees with structure and does not show it: a cue can also be missed.
    """

    functional: list[str] = field(default_factory=list)
    against_functional: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


def changes(inputs: FindingInputs) -> dict[Place, list[Change]]:
    """Return the changes that bear on each group of cycles; a contrast of conditions bears on both.

    Parameters
    ----------
    inputs : FindingInputs
    """
    findings = inputs.config.findings
    watched = tuple(f"{name}__peak" for name in findings.cause.large_dynamic_deg)
    config = inputs.config.model_copy(update={"findings": findings.model_copy(update={"watched": watched})})
    own = replace(inputs, config=config)
    counted, out = findings.cause.change_kinds, dict[Place, list[Change]]()
    for found in conditions(own) if {"condition", "visits"} & set(counted) else ():
        kind = str(found.evidence["contrast"])
        if kind not in counted or (kind == "condition" and not _counts(found, findings.cause.change_conditions)):
            continue
        change = _change(kind, found, found.value, _title(kind, found))
        place = (found.task, found.condition, found.footwear, found.side)
        out.setdefault(place, []).append(change)
        if kind == "condition":
            reference = (found.task, str(found.evidence["against"]), found.footwear, found.side)
            out.setdefault(reference, []).append(change)
    for found in fatigue(own) if "fatigue" in counted else ():
        change = _change("fatigue", found, float(found.evidence["whole_change"]), f"over {found.n} repetitions")
        out.setdefault((found.task, found.condition, found.footwear, found.side), []).append(change)
    return out


def weigh_changes(found: Iterable[Change], peaks: Mapping[str, float], settings: Cause) -> Weighed:
    """Weigh the changes of one leg in one task.

    Parameters
    ----------
    found : iterable of Change
    peaks : mapping
        Mean peak of each quantity, degrees. Where it is below `Cause.least_peak_deg` there is no collapse that could change.
    settings : Cause
    """
    out = Weighed()
    for change in found:
        peak = peaks.get(change.quantity, float("nan"))
        if not peak >= settings.least_peak_deg:
            continue
        large, name = abs(change.value) >= settings.least_change_deg, change.quantity.replace("_", " ")
        if change.kind == "fatigue":
            slope = f"slope {change.low:.2f} to {change.high:.2f} degree per repetition"
            if change.low > 0 and large:
                out.functional.append(f"{name} rises by {change.value:.1f} degree {change.words} ({slope})")
            elif change.low <= 0:
                out.against_functional.append(f"{name} shows no rise {change.words} ({slope})")
            continue
        text = f"by {change.value:.1f} degree, {change.words} (MDC95 {change.mdc:.1f} degree)"
        if abs(change.value) > change.mdc:
            if large:
                out.functional.append(f"{name} changes {text}")
        elif change.mdc <= settings.unchanged_mdc_share * peak:
            out.unchanged.append(f"{name} does not change beyond error: {text}")
    return out


def _change(kind: str, found: Finding, value: float, words: str) -> Change:
    quantity = str(found.evidence["metric"]).split("__")[0]
    return Change(kind, quantity, words, value, float(found.evidence["mdc95"]), found.low, found.high)


def _counts(found: Finding, named: tuple[str, ...]) -> bool:
    return not named or found.condition in named or str(found.evidence["against"]) in named


def _title(kind: str, found: Finding) -> str:
    before, unnamed = str(found.evidence["against"]), "no named condition"
    if kind == "visits":
        return f"this session against session {before}"
    return f"{found.condition or unnamed} against {before or unnamed}"
