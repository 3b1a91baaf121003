"""Presence of a medial knee collapse: against the norm, the other leg or the first visit."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import stdtrit

from biomech.findings.bootstrap import bootstrap
from biomech.findings.conditions import conditions
from biomech.findings.finding import number
from biomech.findings.inputs import FindingInputs, Group, repeated
from biomech.findings.norms import norm_of

# what is called a medial collapse, and its unit on the page
MEASURES: dict[str, str] = {
    "fppa": "frontal plane projection angle",
    "knee_abduction": "knee abduction",
    "knee_medial_to_hip_ankle_line": "medial knee displacement",
}
WINDOWS = ("cycle", "stance", "contact")
Place = tuple[str, str, str, str]
NORMAL_95 = float(stdtrit(1e9, 0.975))


@dataclass(frozen=True)
class Collapse:
    """What the size of one leg's movement says.

    Attributes
    ----------
    larger : list of str
        In what, and by what measure, it is larger.
    alike : list of str
        Comparisons in which it is not.
    unused : list of str
        Norms and measures that were not used, and why.
    """

    larger: list[str] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    @property
    def present(self) -> bool:
        """Whether the knee collapses inward."""
        return bool(self.larger)

    @property
    def judged(self) -> bool:
        """Whether it could be held against anything."""
        return bool(self.larger or self.alike)


def against_others(inputs: FindingInputs) -> dict[Place, list[tuple[str, bool, str]]]:
    """Return what each leg's size is against the other leg and the first visit: quantity, whether larger, and words.

    Parameters
    ----------
    inputs : FindingInputs
    """
    findings = inputs.config.findings
    watched = tuple(f"{name}__peak" for name in MEASURES)
    config = inputs.config.model_copy(update={"findings": findings.model_copy(update={"watched": watched})})
    out: dict[Place, list[tuple[str, bool, str]]] = {}
    for found in conditions(replace(inputs, config=config)):
        kind, mdc = str(found.evidence["contrast"]), float(found.evidence["mdc95"])
        if kind not in ("legs", "visits") or not math.isfinite(mdc):
            continue
        quantity = str(found.evidence["metric"]).split("__")[0]
        pairs = [(found.side, 1.0, f"at the first visit ({found.evidence['against']})")]
        if kind == "legs":
            pairs = [("left", 1.0, "on the right leg"), ("right", -1.0, "on the left leg")]
        for side, sign, words in pairs:
            by = sign * found.value
            amount = f"{number(abs(by))} {found.unit}"
            text = f"{MEASURES[quantity]} is {amount} {'larger' if by > 0 else 'smaller'} than {words}"
            place = (found.task, found.condition, found.footwear, side)
            larger = by > mdc
            text += f" ({'beyond' if abs(by) > mdc else 'within'} MDC95 {number(mdc)} {found.unit})"
            out.setdefault(place, []).append((quantity, larger, text))
    return out


def collapse(
    inputs: FindingInputs,
    group: Group,
    others: Collection[tuple[str, bool, str]],
    blocked: Collection[str] = (),
) -> Collapse:
    """Judge the size of one leg's inward movement.

    The angles must reach `Cause.least_peak_deg` inward; frontal plane projection angle and displacement count only where hip
    adduction or knee abduction is inward at its peak, for a bent knee that points outward or inward is projected as well.

    Parameters
    ----------
    inputs : FindingInputs
    group : Group
        Of the metrics.
    others : collection
        Of this leg, as `against_others` gives them.
    blocked : collection of str
        Quantities that cannot be trusted in this session.
    """
    settings, out = inputs.config.findings, Collapse()
    peaks = {name: _mean_peak(inputs, group, name) for name in (*MEASURES, "hip_adduction")}
    frontal = [peaks[name] for name in ("hip_adduction", "knee_abduction") if np.isfinite(peaks[name])]
    angles: dict[str, bool] = {}
    for quantity, words in MEASURES.items():
        if not np.isfinite(peaks[quantity]):
            continue
        if quantity in blocked:
            out.unused.append(f"{words}: the knee axis is in doubt")
            continue
        least = settings.cause.least_peak_deg if quantity in ("fppa", "knee_abduction") else 0.0
        inward = peaks[quantity] >= least and (quantity == "knee_abduction" or not frontal or max(frontal) > 0)
        if quantity in ("fppa", "knee_abduction"):
            angles[f"{words} {peaks[quantity]:.1f} degree"] = inward
        for window in WINDOWS:
            _against_norm(inputs, group, f"{quantity}__peak__{window}", words, inward, out)
        for _, larger, text in (one for one in others if one[0] == quantity):
            if larger and not inward:
                text += ", and is not inward"
            (out.larger if larger and inward else out.alike).append(text)
    if angles and not any(angles.values()) and not out.larger:  # needs nothing to be held against
        how = (
            f"{settings.cause.least_peak_deg:g} degree inward with an adducted hip or an abducted knee are not reached"
        )
        out.alike.append(f"the knee does not point inward ({', '.join(angles)}: {how})")
    return out


def _against_norm(inputs: FindingInputs, group: Group, name: str, words: str, inward: bool, out: Collapse) -> None:
    settings = inputs.config.findings
    own = repeated(inputs.metrics, name, group)
    if not len(own):
        return
    norm, reason = norm_of(inputs, group, name)
    if norm is None:
        out.unused.extend([f"norm of {words} ({reason})"] if reason else [])
        return
    value, low, high = bootstrap(
        own.values, settings.bootstrap_draws, settings.seed, f"size {name} {group.place}", trials=own.trials
    )
    error = session_error(inputs, name.split("__")[0], group.task)
    half = np.hypot((high - low) / 2 if np.isfinite(high) else 0.0, NORMAL_95 * error)
    limit = norm.mean + settings.cause.collapse_norm_sd * norm.sd
    larger = inward and value - half > limit
    relation = "beyond" if larger else "not surely beyond" if value > limit else "within"
    text = (
        f"{words} {value:.1f} degree is {relation} the norm's mean + {settings.cause.collapse_norm_sd:g} SD, {limit:.1f} degree "
        f"({norm.population})"
    )
    (out.larger if larger else out.alike).append(text)


def session_error(inputs: FindingInputs, quantity: str, task: str) -> float:
    """Return the standard error of measurement between sessions; 0 where it is not known for this task."""
    sem = inputs.config.findings.session_sem.get(quantity)
    return sem.sem if sem is not None and sem.covers(task) else 0.0


def _mean_peak(inputs: FindingInputs, group: Group, name: str) -> float:
    for window in WINDOWS:
        own = repeated(inputs.metrics, f"{name}__peak__{window}", group)
        if len(own):
            return float(own.values.mean())
    return float("nan")
