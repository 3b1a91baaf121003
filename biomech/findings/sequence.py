"""Top-down or bottom-up: whether hip or foot begins, with everything that speaks for and against beside the verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.findings import Sequence
from biomech.config.outcomes import Coordination
from biomech.findings.bootstrap import bootstrap
from biomech.findings.finding import Finding, number
from biomech.findings.material import Group, Material, groups, values
from biomech.metrics import coordination
from biomech.metrics.leads import COARSE, Correlation, chance, onset
from biomech.metrics.sequence import PAIRS, SEQUENCE_WINDOWS, course, windowed
from biomech.tasks import TASKS

Array = NDArray[np.float64]

_DEFAULT = Coordination()
_NORMAL_95 = 1.959964
_WORDS = {
    "top_down": "{Proximal} runs ahead of {distal}: a pattern consistent with a lead of the hip (top-down)",
    "bottom_up": "{Distal} runs ahead of {proximal}: a pattern consistent with a lead of the foot (bottom-up)",
    "simultaneous": "{Proximal} and {distal} go together: a lead of either is smaller than {resolution:g} ms (simultaneous)",
    "indeterminate": "Whether {proximal} or {distal} leads stays open (indeterminate): {reason}",
}
_SOURCE = (
    "lag of best cross-correlation of the two angles per repetition; interval with what skin and misplaced markers shift "
    "(`findings.sequence.systematic_ms`); thresholds `findings.sequence`; coordination after Chang "
    "et al. 2008, J Biomech 41:3101, and Lamb & Stöckl 2014, Clin Biomech 29:484"
)


@dataclass(frozen=True)
class Verdict:
    """Which of two movements leads.

    Attributes
    ----------
    name : {"top_down", "bottom_up", "simultaneous", "indeterminate"}
    lead, low, high : float
        Mean lead of the proximal movement and its 95 % interval, what is systematic included, ms.
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


GAIT = "in gait hip and foot have courses of different form, whose lag is no lead; compare it between legs and visits"


@dataclass(frozen=True)
class Leads:
    """What every repetition says of the order of two movements, (repetitions,) arrays.

    Attributes
    ----------
    lag_ms : array
        Lead of the proximal movement, ms; NaN where there is none.
    correlation, chance : array
        Of the two courses at that lag; share of circular shifts with one as large.
    excursion_deg : array
        Of the smaller of the two movements.
    onset_ms : array
        Lead of its onset, ms.
    """

    lag_ms: Array
    correlation: Array
    chance: Array
    excursion_deg: Array
    onset_ms: Array


def leads(cycles: xr.Dataset, pair: tuple[str, str], window: str, settings: Coordination = _DEFAULT) -> Leads:
    """Return the leads of all cycles for a pair of proximal and distal quantity."""
    (a, length), (b, _) = (windowed(cycles, name, window) for name in pair)
    found = course(a, b, length, settings)
    alike = np.full(len(a), np.nan)
    for i, n in enumerate(length):  # circular shifts go round a window of one length
        own = Correlation(found.lag[i], found.r[i], found.reach[i])
        alike[i] = chance(a[i, :n:COARSE], b[i, :n:COARSE], own)
    excursion = np.minimum(np.ptp(a, axis=-1), np.ptp(b, axis=-1))
    onset_ms = 1000.0 * (onset(b, settings) - onset(a, settings))
    return Leads(1000.0 * found.lag, found.r, alike, excursion, onset_ms)


def judge(found: Leads, settings: Sequence, draws: int, seed: int, name: str) -> Verdict:
    """Give the verdict of one person, task and side.

    ``top_down`` or ``bottom_up`` where the interval of the mean lag lies beyond the equivalence bounds; else ``simultaneous``
    where it lies within the resolution to both sides; else ``indeterminate``, as where a movement is too small or the
    courses differ in form.

    Parameters
    ----------
    found : Leads
    settings : Sequence
    draws, seed, name
        As of `biomech.findings.bootstrap.bootstrap`.
    """
    lags = found.lag_ms[np.isfinite(found.lag_ms)]
    lead, low, high = bootstrap(lags, draws, seed, f"{name} lag")
    half = float(np.hypot((high - low) / 2, _NORMAL_95 * settings.systematic_ms))
    verdict = Verdict("indeterminate", lead, lead - half, lead + half, len(lags))
    size, alike = (_mean(values) for values in (found.excursion_deg, found.correlation))
    if size < settings.least_excursion_deg:
        reason = f"the smaller movement has less than {settings.least_excursion_deg:g} degrees"
        return replace(verdict, reason=reason)
    if verdict.n < settings.least_repetitions:
        return replace(verdict, reason=f"fewer than {settings.least_repetitions} repetitions have a lead")
    if alike < settings.least_correlation:
        reason = f"courses of different form (correlation below {settings.least_correlation:g}) have no lead"
        return replace(verdict, reason=reason)
    if verdict.low > settings.equivalence_ms:
        return replace(verdict, name="top_down")
    if verdict.high < -settings.equivalence_ms:
        return replace(verdict, name="bottom_up")
    if -settings.resolution_ms <= verdict.low and verdict.high <= settings.resolution_ms:
        return replace(verdict, name="simultaneous")
    reason = (
        f"the interval neither lies beyond {settings.equivalence_ms:g} ms on one side nor within "
        f"{settings.resolution_ms:g} ms on both"
    )
    return replace(verdict, reason=reason)


def sequence(material: Material) -> list[Finding]:
    """Return one verdict per task, condition, footwear and side.

    Parameters
    ----------
    material : Material
    """
    settings = material.config.findings.sequence
    pair = (settings.proximal, settings.distal)
    out: list[Finding] = []
    known = material.cycles["quantity"].to_numpy().tolist() if "quantity" in material.cycles.coords else []
    if not set(pair) <= set(known):
        return out
    angles = material.cycles[["angle"]].sel(quantity=list(pair)).load()
    for group in groups(angles):
        window = next((name for name, tasks in SEQUENCE_WINDOWS.items() if group.task in tasks), None)
        if window is None or group.task == "single_leg_stance":
            continue
        cycles = angles.isel(cycle=group.index)
        curves = cycles["angle"].transpose("cycle", "percent", "quantity").to_numpy()
        if not np.isfinite(curves).all(axis=1).all(axis=1).any():
            continue  # a marker set without a rearfoot has no sequence: the metrics give that reason
        out.append(_finding(material, group, cycles, window, curves))
    return out


def _finding(material: Material, group: Group, cycles: xr.Dataset, window: str, curves: Array) -> Finding:
    settings, draws, seed = (getattr(material.config.findings, n) for n in ("sequence", "bootstrap_draws", "seed"))
    pair = (settings.proximal, settings.distal)
    label = f"sequence {group.place}"
    found = leads(cycles, pair, window, material.config.metrics.coordination)
    verdict = judge(found, settings, draws, seed, label)
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
    proximal, distal = (_named(name) for name in pair)
    words = {"proximal": proximal, "distal": distal, "Proximal": _capital(proximal), "Distal": _capital(distal)}
    alike, size = _mean(found.correlation), _mean(found.excursion_deg)
    return Finding(
        "sequence",
        **group.place,
        sentence=_WORDS[verdict.name].format(**words, resolution=settings.resolution_ms, reason=verdict.reason)
        + ". Lead of the hip",
        value=verdict.lead,
        low=verdict.low,
        high=verdict.high,
        unit="ms",
        n=verdict.n,
        norm=f"leads whose interval lies beyond {settings.equivalence_ms:g} ms have a direction, those within "
        f"{settings.resolution_ms:g} ms have none; no population norm is known",
        source=_SOURCE,
        beside=f"r {number(alike)}, smaller movement {number(size)} degree" if np.isfinite(alike + size) else "",
        evidence={"verdict": verdict.name, "resolution_ms": settings.resolution_ms}
        | {
            "mean_correlation_of_the_courses": alike,
            "mean_share_of_circular_shifts_as_alike": _mean(found.chance),
            "mean_excursion_of_the_smaller_movement_deg": size,
        }
        | _other_pairs(material, group, window, pair, found.onset_ms)
        | _coupling(curves, cycles, material.config.metrics.coordination),
    )


def _other_pairs(
    material: Material, group: Group, window: str, pair: tuple[str, str], onset_ms: Array
) -> dict[str, Any]:
    """Leads by other measures and of other pairs, with their intervals: those of other pairs are in the metrics."""
    draws, seed = material.config.findings.bootstrap_draws, material.config.findings.seed
    out: dict[str, Any] = {"lead_of_onset_ms": _interval(onset_ms, draws, seed, f"onset {group.place}")}
    alike = next((g for g in groups(material.metrics) if g.place == group.place), group)
    for other in (p for p in PAIRS if p != pair):
        lags = values(material.metrics, f"{other[0]}_to_{other[1]}__course_lag__{window}", alike)
        if len(lags):
            key = f"lag_of_{other[1]}_after_{other[0]}_ms"
            out[key] = _interval(lags, draws, seed, f"{key} {group.place}")
    return out


def _named(quantity: str) -> str:
    """Return a quantity in words: what it is measured against stands in `docs/findings.md`."""
    return quantity.removesuffix("_by_shank").removesuffix("_floor").replace("_", " ")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def _interval(values: Array, draws: int, seed: int, name: str) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    mean, low, high = bootstrap(known, draws, seed, name)
    return {"mean": mean, "low": low, "high": high, "repetitions": len(known)}


def _coupling(curves: Array, cycles: xr.Dataset, settings: Coordination) -> dict[str, Any]:
    """Vector coding and relative phase over repetitions, on the 101 points of the cycle."""
    whole = np.isfinite(curves).all(axis=(1, 2))
    proximal, distal = curves[whole, :, 0], curves[whole, :, 1]
    step = (cycles["end"] - cycles["start"]).to_numpy().astype(float)[whole] / 100.0
    gamma = coordination.coupling_angle(proximal, distal, step, settings)
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
