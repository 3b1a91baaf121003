"""Effect of a cue, a wedge or a shoe on the collapse: evidence about its origin."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from biomech.findings.collapse import MEASURES, Place
from biomech.findings.conditions import conditions
from biomech.findings.finding import number
from biomech.findings.inputs import FindingInputs

_KINDS = ("condition", "footwear")


@dataclass(frozen=True)
class Effect:
    """One measure of the collapse with an intervention against without.

    Attributes
    ----------
    words : str
    beyond : bool
        Whether it is beyond the minimal detectable change.
    """

    words: str
    beyond: bool


def effects(inputs: FindingInputs) -> dict[Place, list[Effect]]:
    """Return the effects of recorded conditions and footwear on the collapse; each bears on both of the two that it compares.

    Parameters
    ----------
    inputs : FindingInputs
    """
    if "metric" not in inputs.metrics.coords:
        return {}
    findings = inputs.config.findings
    watched = tuple(f"{name}__peak" for name in (*MEASURES, "hip_adduction", "rearfoot_eversion"))
    config = inputs.config.model_copy(update={"findings": findings.model_copy(update={"watched": watched})})
    out: dict[Place, list[Effect]] = {}
    for found in conditions(replace(inputs, config=config)):
        kind, mdc = str(found.evidence["contrast"]), float(found.evidence["mdc95"])
        if kind not in _KINDS or not np.isfinite(mdc):
            continue
        of, against = (str(found.evidence[name]) or "no named condition" for name in ("of", "against"))
        quantity = str(found.evidence["metric"]).split("__")[0]
        way = "larger" if found.value > 0 else "smaller"
        beyond = abs(found.value) > mdc
        effect = Effect(
            f"{MEASURES.get(quantity, quantity.replace('_', ' '))} is {number(abs(found.value))} {found.unit} {way} with {of} than with "
            f"{against} ({'beyond' if beyond else 'within'} MDC95 {number(mdc)} {found.unit})",
            beyond,
        )
        for name in (str(getattr(found, kind)), str(found.evidence["against"])):
            place = {"condition": found.condition, "footwear": found.footwear} | {kind: name}
            out.setdefault((found.task, place["condition"], place["footwear"], found.side), []).append(effect)
    return out
