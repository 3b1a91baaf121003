"""Pelvis and trunk compensation in single-leg stance: classes of gluteal compensation."""

from __future__ import annotations

import numpy as np

from biomech.config.findings import Gluteal
from biomech.findings.bootstrap import bootstrap
from biomech.findings.finding import Finding, number
from biomech.findings.inputs import FindingInputs, groups, repeated
from biomech.findings.norms import outside_ages, person
from biomech.tasks import TASKS

_WORDS = {
    "uncompensated": "The opposite side of the pelvis drops and the trunk does not lean over the leg (uncompensated)",
    "trunk_lean": "The trunk leans over the leg and the pelvis stays level (trunk lean)",
    "rotational": "Pelvis and trunk stay level, the hip turns in and adducts (rotational)",
    "mixed": "More than one of drop, lean and rotation is large (mixed)",
    "none": "Neither drop, lean nor rotation of the hip is large",
}
_METRICS = {
    "drop_deg": "contralateral_pelvic_drop__peak",
    "lean_deg": "trunk_ipsilateral_lean__peak",
    "rotation_range_deg": "hip_internal_rotation__range",
    "adduction_range_deg": "hip_adduction__range",
}

_BESIDE = {"lean_deg": "lean", "rotation_range_deg": "range of rotation", "adduction_range_deg": "of adduction"}


def classify(found: dict[str, float], limits: Gluteal) -> str:
    """Return the class of one leg.

    Parameters
    ----------
    found : dict
        ``drop_deg``, ``lean_deg``, ``rotation_range_deg``, ``adduction_range_deg``; what was not measured is NaN and not
        large.
    limits : Gluteal
    """
    large = {name: found[name] > getattr(limits, name) for name in _METRICS}
    turns = large["rotation_range_deg"] and large["adduction_range_deg"]
    several = int(large["drop_deg"]) + int(large["lean_deg"]) + int(turns)
    if several > 1:
        return "mixed"
    return (
        "uncompensated"
        if large["drop_deg"]
        else "trunk_lean"
        if large["lean_deg"]
        else "rotational"
        if turns
        else "none"
    )


def gluteal(inputs: FindingInputs) -> list[Finding]:
    """Return one finding per side of the tasks that have limits.

    Parameters
    ----------
    inputs : FindingInputs
    """
    settings, out = inputs.config.findings, []
    for group in groups(inputs.metrics):
        limits = settings.gluteal.get(group.task)
        if limits is None:
            continue
        phases = {phase.name for phase in TASKS[group.task].phases}
        window = next((name for name in ("stance", "contact") if name in phases), "cycle")
        series = {name: repeated(inputs.metrics, f"{metric}__{window}", group) for name, metric in _METRICS.items()}
        own = series["drop_deg"]
        if not len(own):
            continue
        found = {name: float(np.mean(x.values)) if len(x) else np.nan for name, x in series.items()}
        label = f"gluteal {group.place}"
        drop, low, high = bootstrap(own.values, settings.bootstrap_draws, settings.seed, label, trials=own.trials)
        if reason := outside_ages(limits.ages, person(inputs)):
            out.append(
                Finding(
                    "gluteal",
                    **group.place,
                    sentence="Pelvis and trunk are not classed, as no limits fit. Contralateral pelvic drop, peak",
                    value=drop,
                    low=low,
                    high=high,
                    unit="degree",
                    n=len(own),
                    norm=f"none fits (limits: {reason})",
                    source=limits.source,
                    evidence={"class": "", **found, "norm_not_used": f"limits: {reason}"},
                )
            )
            continue
        name = classify(found, limits)
        unknown = [key for key, value in found.items() if not np.isfinite(value)]
        out.append(
            Finding(
                "gluteal",
                **group.place,
                sentence=f"{_WORDS[name]}. Contralateral pelvic drop, peak",
                value=drop,
                low=low,
                high=high,
                unit="degree",
                n=len(own),
                norm=f"large beyond: drop {limits.drop_deg:g}, trunk lean {limits.lean_deg:g}, range of hip rotation "
                f"{limits.rotation_range_deg:g} and of hip adduction {limits.adduction_range_deg:g} degree",
                source=limits.source,
                beside=", ".join(
                    f"{words} {number(found[name])} degree"
                    for name, words in _BESIDE.items()
                    if np.isfinite(found[name])
                ),
                evidence={"class": name, **found, **({"not_measured": unknown} if unknown else {})},
            )
        )
    return out
