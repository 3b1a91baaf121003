"""Top-down or bottom-up: whether hip or foot begins, with everything that speaks for and against beside the verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.findings import Sequence
from biomech.findings.bootstrap import bootstrap
from biomech.findings.finding import Finding
from biomech.findings.material import Group, Material, groups
from biomech.metrics import coordination
from biomech.metrics.sequence import PAIRS, SEQUENCE_WINDOWS, course_lag_ms, of_pairs, onset_lead_ms
from biomech.metrics.windows import tasks_of
from biomech.tasks import TASKS

Array = NDArray[np.float64]

_WORDS = {
    "top_down": "The {proximal} runs ahead of the {distal}: a pattern consistent with a lead of the hip (top-down)",
    "bottom_up": "The {distal} runs ahead of the {proximal}: a pattern consistent with a lead of the foot (bottom-up)",
    "simultaneous": "The {proximal} and the {distal} go together within {equivalence:g} ms (simultaneous)",
    "indeterminate": "Whether the {proximal} or the {distal} leads stays open (indeterminate): {reason}",
}
_SOURCE = (
    "lag of best cross-correlation of the two angles per repetition; thresholds `findings.sequence`; coordination after Chang "
    "et al. 2008, J Biomech 41:3101, and Lamb & Stöckl 2014, Clin Biomech 29:484"
)


@dataclass(frozen=True)
class Verdict:
    """Which of two movements leads.

    Attributes
    ----------
    name : {"top_down", "bottom_up", "simultaneous", "indeterminate"}
    lead, low, high : float
        Mean lead of the proximal movement and its 95 % interval, ms.
    n : int
        Repetitions with a lead.
    reason : str
        Why the verdict is open; else empty.
    """

    name: str
    lead: float
    low: float
    high: float
    n: int
    reason: str = ""


GAIT = (
    "in gait hip and foot each have a course of their own, of different form, so their lag alone is no lead; compare it between "
    "legs, conditions and visits"
)


def judge(lag_ms: Array, onset_ms: Array, settings: Sequence, draws: int, seed: int, name: str) -> Verdict:
    """Give the verdict of one person, task and side.

    ``simultaneous`` where the interval of the mean lag lies within the equivalence bounds; ``top_down`` or ``bottom_up``
    where it excludes 0 and the mean lies beyond the bounds, unless the onsets' interval lies wholly on the other side;
    else ``indeterminate``.

    Parameters
    ----------
    lag_ms, onset_ms : (repetitions,) array
        Leads of the proximal movement by lag and by onset, ms; NaN where a repetition has none.
    settings : Sequence
    draws, seed, name
        As of `biomech.findings.bootstrap.bootstrap`.
    """
    lags, onsets = lag_ms[np.isfinite(lag_ms)], onset_ms[np.isfinite(onset_ms)]
    lead, low, high = bootstrap(lags, draws, seed, f"{name} lag")
    n, bound = len(lags), settings.equivalence_ms
    if n < settings.least_repetitions:
        reason = f"{n} repetitions have a lead, {settings.least_repetitions} are needed"
        return Verdict("indeterminate", lead, low, high, n, reason)
    if -bound <= low and high <= bound:
        return Verdict("simultaneous", lead, low, high, n)
    if low <= 0 <= high or abs(lead) <= bound:
        reason = f"the interval neither lies within {bound:g} ms nor excludes a lead of that size on one side"
        return Verdict("indeterminate", lead, low, high, n, reason)
    _, first, last = bootstrap(onsets, draws, seed, f"{name} onset")
    if len(onsets) >= settings.least_repetitions and (last < 0 < lead or lead < 0 < first):
        return Verdict("indeterminate", lead, low, high, n, "lag and onsets contradict each other")
    return Verdict("top_down" if lead > 0 else "bottom_up", lead, low, high, n)


def sequence(material: Material) -> list[Finding]:
    """Return one verdict per task, condition, footwear and side.

    Parameters
    ----------
    material : Material
    """
    settings = material.config.findings.sequence
    pair = (settings.proximal, settings.distal)
    out = []
    for group in groups(material.cycles):
        window = next((w for w in SEQUENCE_WINDOWS if group.task in tasks_of(w)), None)
        if window is None or group.task == "single_leg_stance":
            continue
        cycles = material.cycles.isel(cycle=group.index)
        if not all(name in cycles["quantity"].to_numpy() for name in pair):
            continue
        curves = cycles["angle"].sel(quantity=list(pair)).transpose("cycle", "percent", "quantity").to_numpy()
        if not np.isfinite(curves).all(axis=1).all(axis=1).any():
            continue  # a marker set without a rearfoot has no sequence: the metrics give that reason
        out.append(_finding(material, group, cycles, window, curves))
    return out


def _finding(material: Material, group: Group, cycles: xr.Dataset, window: str, curves: Array) -> Finding:
    settings, draws, seed = (getattr(material.config.findings, n) for n in ("sequence", "bootstrap_draws", "seed"))
    pair = (settings.proximal, settings.distal)
    label = f"sequence {group.place}"
    lag = of_pairs(cycles, *pair, window, course_lag_ms)
    onset = of_pairs(cycles, *pair, window, onset_lead_ms)
    verdict = judge(lag, onset, settings, draws, seed, label)
    if TASKS[group.task].cycle == "stride":
        # a lag of curves of different form is there in everybody's gait, whoever leads a collapse
        verdict = replace(verdict, name="indeterminate", reason=GAIT)
    if verdict.name == "indeterminate":
        material.quality.add(
            "info",
            "sequence_indeterminate",
            f"{group.task}, {group.side}: {verdict.reason}",
            item=group.side,
            value=verdict.lead,
            unit="ms",
        )
    words = {"proximal": pair[0].replace("_", " "), "distal": pair[1].replace("_", " ")}
    return Finding(
        "sequence",
        **group.place,
        sentence=_WORDS[verdict.name].format(**words, equivalence=settings.equivalence_ms, reason=verdict.reason)
        + "; lead of the hip",
        value=verdict.lead,
        low=verdict.low,
        high=verdict.high,
        unit="ms",
        n=verdict.n,
        norm=f"equivalence bounds of {settings.equivalence_ms:g} ms to both sides; no population norm is known",
        source=_SOURCE,
        evidence={"verdict": verdict.name}
        | _other_pairs(material, group, cycles, window, pair, onset)
        | _coupling(curves, cycles),
    )


def _other_pairs(
    material: Material, group: Group, cycles: xr.Dataset, window: str, pair: tuple[str, str], onset: Array
) -> dict[str, Any]:
    """Leads by other measures and of other pairs, with their intervals."""
    draws, seed = material.config.findings.bootstrap_draws, material.config.findings.seed
    out: dict[str, Any] = {"lead_of_onset_ms": _interval(onset, draws, seed, f"onset {group.place}")}
    for other in (p for p in PAIRS if p != pair):
        lags = of_pairs(cycles, *other, window, course_lag_ms)
        if np.isfinite(lags).any():
            key = f"lag_of_{other[1]}_after_{other[0]}_ms"
            out[key] = _interval(lags, draws, seed, f"{key} {group.place}")
    return out


def _interval(values: Array, draws: int, seed: int, name: str) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    mean, low, high = bootstrap(known, draws, seed, name)
    return {"mean": mean, "low": low, "high": high, "repetitions": len(known)}


def _coupling(curves: Array, cycles: xr.Dataset) -> dict[str, Any]:
    """Vector coding and relative phase over repetitions, on the 101 points of the cycle."""
    whole = np.isfinite(curves).all(axis=(1, 2))
    proximal, distal = curves[whole, :, 0], curves[whole, :, 1]
    step = (cycles["end"] - cycles["start"]).to_numpy().astype(float)[whole] / 100.0
    gamma = coordination.coupling_angle(proximal, distal, step)
    shares = {
        name: float(np.nanmean(share)) if np.isfinite(share).any() else np.nan
        for name, share in coordination.phase_shares(gamma).items()
    }
    moves = np.isfinite(gamma).sum(axis=0) >= max(2, len(gamma) / 2)
    varies = coordination.coupling_variability(gamma)[moves] if len(gamma) > 1 else np.zeros(0)
    crp = coordination.relative_phase(proximal, distal)
    return {
        "coupling_angle_shares_percent": shares,
        "variability_of_the_coupling_angle_deg": float(varies.mean()) if varies.size else np.nan,
        "mean_absolute_relative_phase_deg": float(coordination.mean_relative_phase(crp)),
        "deviation_phase_deg": float(coordination.deviation_phase(crp)) if len(crp) > 1 else np.nan,
    }
