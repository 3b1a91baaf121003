"""Timing of hip and foot on the way into the collapse: which of the two moves first. Order in time is not a cause."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.findings import Sequence
from biomech.config.outcomes import Metrics
from biomech.findings.bootstrap import bootstrap
from biomech.findings.finding import Finding, number
from biomech.findings.inputs import FindingInputs, Group, groups, repeated, trials_of
from biomech.findings.interventions import Effect, effects
from biomech.outcomes import coordination
from biomech.outcomes.hip_foot_timing import PAIRS, SEQUENCE_WINDOWS, course, way_in_ends, windowed
from biomech.outcomes.onset_lag import COARSE, STEP_S, Correlation, chance
from biomech.outcomes.pooled import pooled
from biomech.outcomes.windows import WINDOWS
from biomech.tasks import TASKS

Array = NDArray[np.float64]
Whole = NDArray[np.int_]

_NORMAL_95 = 1.959964
_POINTS = 101
_WORDS = {
    "top_down": "{Proximal} begins {size:.0f} ms before {distal} on the way into the collapse (timing, not cause)",
    "bottom_up": "{Distal} begins {size:.0f} ms before {proximal} on the way into the collapse (timing, not cause)",
    "simultaneous": "{Proximal} and {distal} go together on the way into the collapse: neither is {resolution:g} ms ahead",
    "indeterminate": "The order of {proximal} and {distal} stays open: {reason}",
}
_SOURCE = (
    "times of the rise of both angles from its start to its peak, averaged over the repetitions; interval over repetitions and trials "
    "(jackknife) with what skin and misplaced markers shift (`findings.sequence.systematic_ms`); thresholds `findings.sequence`; "
    "coupling after Chang et al. 2008, J Biomech 41:3101"
)


@dataclass(frozen=True)
class Verdict:
    """Which of two movements comes first.

    Attributes
    ----------
    name : {"top_down", "bottom_up", "simultaneous", "indeterminate"}
        Hip first, foot first, together, open. The names are of the order in time.
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


GAIT = "in gait hip and foot have courses of different form, whose times are not an order; compare them between legs and visits"


@dataclass(frozen=True)
class Leads:
    """What every repetition says of the order of two movements, (repetitions,) arrays.

    Attributes
    ----------
    lag_ms : array
        Lead of the proximal movement, ms: lag at which the two rises agree best, averaged over the repetitions before it is sought
        (`biomech.outcomes.pooled`: what each contributes); NaN where there is none.
    correlation, chance : array
        Of the two rises at their lag of best agreement; share of circular shifts with one as large.
    excursion_deg : array
        Of the smaller of the two rises.
    onset_ms : array
        Lead at the beginning of the rise (`Coordination.onset_share`), ms.
    half_ms : array, optional
        Lead at half of the rise (mean over `HALF`), ms.
    late_ms : array, optional
        Lead near the peak (`LATE` of the rise), ms.
    trials : array of str, optional
        The trial of each repetition.
    zero_lag_r : array, optional
        Correlation of the two angles over the rise without a lag.
    """

    lag_ms: Array
    correlation: Array
    chance: Array
    excursion_deg: Array
    onset_ms: Array
    half_ms: Array = field(default_factory=lambda: np.zeros(0))
    late_ms: Array = field(default_factory=lambda: np.zeros(0))
    trials: NDArray[np.str_] | None = None
    zero_lag_r: Array = field(default_factory=lambda: np.zeros(0))


def leads(
    cycles: xr.Dataset,
    pair: tuple[str, str],
    window: str,
    options: Metrics,
    trials: NDArray[np.str_] | None = None,
) -> Leads:
    """Return the leads of all cycles for a pair of proximal and distal quantity, on the way into the collapse only.

    The way goes from the start of the window to the lowest point (squats and landings) or the largest knee flexion of weight
    acceptance (gait); a peak may lie as much later as the largest lag that is sought (`Coordination.largest_lag_s`). How the
    angles return has no part in it.
    """
    settings = options.coordination
    (a, length), (b, _) = (windowed(cycles, name, window) for name in pair)
    bottom = _bottom(cycles, window, length, options.acceptance_share)
    last = np.minimum(bottom + round(settings.largest_lag_s / STEP_S), length - 1)
    with np.errstate(invalid="ignore"):
        excursion = np.minimum(*(_rise(curve, last) for curve in (a, b)))
    alike, zero, r = (np.full(len(a), np.nan) for _ in range(3))
    for i, n in enumerate(bottom + 1):  # each way in has a length of its own
        if not np.isfinite(a[i, :n] + b[i, :n]).all() or n < 10 * COARSE:
            continue
        one = course(a[i : i + 1, :n], b[i : i + 1, :n], np.array([n]), settings)
        r[i] = one.r[0]
        alike[i] = chance(a[i, :n:COARSE], b[i, :n:COARSE], Correlation(one.lag[0], one.r[0], one.reach[0]))
        if min(np.ptp(a[i, :n]), np.ptp(b[i, :n])) > 0:
            zero[i] = np.corrcoef(a[i, :n], b[i, :n])[0, 1]
    times = pooled(a, b, bottom, last, settings)
    return Leads(times[0], r, alike, excursion, times[1], times[2], times[3], trials, zero)


def _bottom(cycles: xr.Dataset, window: str, length: Whole, acceptance_share: float) -> Whole:
    """Return the sample of every cycle's window at which the way into the collapse ends; its middle where nothing says so."""
    first, end = WINDOWS[window].bounds(cycles, 100.0)
    at = way_in_ends(cycles, window, acceptance_share)
    share = np.where(np.isfinite(at) & (end > first), (at - first) / np.where(end > first, end - first, 1.0), 0.5)
    return np.clip(np.round(share * (length - 1)), 2, length - 1).astype(int)


def _rise(curve: Array, last: Whole) -> Array:
    """Return the excursion from the lowest point before the peak to the peak, degrees."""
    place = np.arange(curve.shape[-1])
    own = place <= last[:, None]
    peak = np.where(own, curve, -np.inf).argmax(axis=1)
    low = np.where(place <= peak[:, None], curve, np.inf).min(axis=1)
    return np.where(np.isfinite(curve).all(axis=1), curve[np.arange(len(curve)), peak] - low, np.nan)


def judge(found: Leads, settings: Sequence, draws: int, seed: int, name: str) -> Verdict:
    """Give the verdict of one person, task and side.

    ``top_down`` or ``bottom_up`` where the interval of the mean lead lies beyond the equivalence bounds, half of the rise comes in
    the same order and neither beginning nor peak lies on the other side with its interval over the repetitions; else ``simultaneous`` where it lies within the resolution to both sides and
    none of these shows an order; else ``indeterminate``, as where a movement is too small or the courses differ
    in form.

    Parameters
    ----------
    found : Leads
    settings : Sequence
    draws, seed, name
        As of `biomech.findings.bootstrap.bootstrap`.
    """
    lead, low, high, n = _over_repetitions(found.lag_ms, found.trials, settings, draws, seed, f"{name} lag")
    verdict = Verdict("indeterminate", lead, low, high, n)
    size, alike = (_mean(values) for values in (found.excursion_deg, found.correlation))
    if size < settings.least_excursion_deg:
        reason = f"the smaller movement has less than {settings.least_excursion_deg:g} degrees"
        return replace(verdict, reason=reason)
    if verdict.n < settings.least_repetitions:
        return replace(verdict, reason=f"fewer than {settings.least_repetitions} repetitions have a lead")
    if alike < settings.least_correlation:
        reason = f"courses of different form (correlation below {settings.least_correlation:g}) have no order"
        return replace(verdict, reason=reason)
    ends = {
        words: _interval(values, found.trials, draws, seed, f"{name} {words}")
        for words, values in (("beginning", found.onset_ms), ("half", found.half_ms), ("peak", found.late_ms))
        if np.isfinite(values).any()
    }
    bound = settings.equivalence_ms
    sign = 1 if verdict.low > bound else -1 if verdict.high < -bound else 0
    if sign:
        against = [words for words, one in ends.items() if _against(sign, one, words == "half")]
        if against:
            reason = f"the whole rise shows another order than its {' and '.join(against)}"
            return replace(verdict, reason=reason)
        return replace(verdict, name="top_down" if sign > 0 else "bottom_up")
    if -settings.resolution_ms <= verdict.low and verdict.high <= settings.resolution_ms:
        far = settings.resolution_ms + _NORMAL_95 * settings.systematic_ms
        ahead = [words for words, one in ends.items() if one["low"] > far or one["high"] < -far]
        if ahead:
            reason = f"over the whole rise they go together, at its {' and '.join(ahead)} they do not"
            return replace(verdict, reason=reason)
        return replace(verdict, name="simultaneous")
    reason = (
        f"the interval neither lies beyond {settings.equivalence_ms:g} ms on one side nor within "
        f"{settings.resolution_ms:g} ms on both"
    )
    return replace(verdict, reason=reason)


def _against(sign: int, lead: dict[str, Any], half: bool) -> bool:
    """Whether a part of the rise has another order: half of it on its mean, its ends where their scatter leaves no doubt."""
    return bool(sign * lead["mean"] <= 0 and (half or lead["low"] * lead["high"] > 0 or not np.isfinite(lead["low"])))


def _over_repetitions(
    values: Array, trials: NDArray[np.str_] | None, settings: Sequence, draws: int, seed: int, name: str
) -> tuple[float, float, float, int]:
    """Return mean, interval with what is systematic, and number of those that are known."""
    known = np.isfinite(values)
    own = None if trials is None else trials[known]
    mean, low, high = bootstrap(values[known], draws, seed, name, trials=own)
    half = float(np.hypot((high - low) / 2, _NORMAL_95 * settings.systematic_ms))
    return mean, mean - half, mean + half, int(known.sum())


def sequence(inputs: FindingInputs) -> list[Finding]:
    """Return one verdict per task, condition, footwear and side.

    Parameters
    ----------
    inputs : FindingInputs
    """
    settings = inputs.config.findings.sequence
    pair = (settings.proximal, settings.distal)
    out: list[Finding] = []
    known = inputs.cycles["quantity"].to_numpy().tolist() if "quantity" in inputs.cycles.coords else []
    if not set(pair) <= set(known):
        return out
    wanted = [*pair, *(name for name in ("knee_flexion",) if name in known)]
    angles = inputs.cycles[["angle"]].sel(quantity=wanted).load()
    intervened = effects(inputs)
    for group in groups(angles):
        window = next((name for name, tasks in SEQUENCE_WINDOWS.items() if group.task in tasks), None)
        if window is None or TASKS[group.task].cycle in ("steady", "repetition"):
            continue
        cycles = angles.isel(cycle=group.index)
        curves = cycles["angle"].sel(quantity=list(pair)).transpose("cycle", "percent", "quantity").to_numpy()
        if not np.isfinite(curves).all(axis=1).all(axis=1).any():
            continue  # a marker set without a rearfoot has no sequence: the metrics give that reason
        place = (group.task, group.condition, group.footwear, group.side)
        out.append(_finding(inputs, group, cycles, window, intervened.get(place, [])))
    return out


def _finding(inputs: FindingInputs, group: Group, cycles: xr.Dataset, window: str, intervened: list[Effect]) -> Finding:
    settings, draws, seed = (getattr(inputs.config.findings, n) for n in ("sequence", "bootstrap_draws", "seed"))
    pair = (settings.proximal, settings.distal)
    label = f"sequence {group.place}"
    found = leads(cycles, pair, window, inputs.config.metrics, trials_of(inputs.cycles, group))
    verdict = judge(found, settings, draws, seed, label)
    if TASKS[group.task].cycle == "stride":
        # curves of different form have an order in time in everybody's gait, whether anything collapses or not
        verdict = replace(verdict, name="indeterminate", reason=GAIT)
    if verdict.name == "indeterminate":
        inputs.quality.add(
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
        sentence=_WORDS[verdict.name].format(
            **words, resolution=settings.resolution_ms, reason=verdict.reason, size=abs(verdict.lead)
        )
        + "".join(f". What speaks for a cause: {one.words}" for one in intervened if one.beyond)
        + ". Time by which the hip is ahead over the rise",
        value=verdict.lead,
        low=verdict.low,
        high=verdict.high,
        unit="ms",
        n=verdict.n,
        norm=f"an order where the interval lies beyond {settings.equivalence_ms:g} ms and beginning, half and peak do not contradict it; "
        "no population norm is known",
        source=_SOURCE,
        beside=f"r {number(alike)}, smaller movement {number(size)} degree" if np.isfinite(alike + size) else "",
        evidence={"verdict": verdict.name, "reason": verdict.reason, "resolution_ms": settings.resolution_ms}
        | {"effects_of_conditions_and_footwear": [one.words for one in intervened]}
        | {
            "mean_correlation_of_the_courses": alike,
            "mean_share_of_circular_shifts_as_alike": _mean(found.chance),
            "mean_excursion_of_the_smaller_movement_deg": size,
            "lead_at_the_beginning_ms": _interval(found.onset_ms, found.trials, draws, seed, f"onset {group.place}"),
            "lead_at_half_of_the_rise_ms": _interval(found.half_ms, found.trials, draws, seed, f"half {group.place}"),
            "lead_near_the_peak_ms": _interval(found.late_ms, found.trials, draws, seed, f"late {group.place}"),
            "zero_lag_correlation_of_the_descent": _mean(found.zero_lag_r),
        }
        | _other_pairs(inputs, group, window, pair)
        | _coupling(cycles, pair, window, inputs.config.metrics),
    )


def _other_pairs(inputs: FindingInputs, group: Group, window: str, pair: tuple[str, str]) -> dict[str, Any]:
    """Lags of other pairs on the way in, with their intervals: they are in the metrics."""
    draws, seed = inputs.config.findings.bootstrap_draws, inputs.config.findings.seed
    out: dict[str, Any] = {}
    alike = next((g for g in groups(inputs.metrics) if g.place == group.place), group)
    for other in (p for p in PAIRS if p != pair):
        own = "stance" if window == "stance" else "descent"
        lags = repeated(inputs.metrics, f"{other[0]}_to_{other[1]}__course_lag__{own}", alike)
        if len(lags):
            key = f"lag_of_{other[1]}_after_{other[0]}_ms"
            out[key] = _interval(lags.values, lags.trials, draws, seed, f"{key} {group.place}")
    return out


def _named(quantity: str) -> str:
    """Return a quantity in words: what it is measured against is in `docs/findings.md`."""
    return quantity.removesuffix("_by_shank").removesuffix("_floor").replace("_", " ")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def _interval(values: Array, trials: NDArray[np.str_] | None, draws: int, seed: int, name: str) -> dict[str, Any]:
    known = np.isfinite(values)
    mean, low, high = bootstrap(values[known], draws, seed, name, trials=None if trials is None else trials[known])
    return {"mean": mean, "low": low, "high": high, "repetitions": int(known.sum())}


def _coupling(cycles: xr.Dataset, pair: tuple[str, str], window: str, options: Metrics) -> dict[str, dict[str, float]]:
    """Vector coding of the descent over repetitions, on 101 points from the start of the window to its lowest point."""
    (a, length), (b, _) = (windowed(cycles, name, window) for name in pair)
    bottom = _bottom(cycles, window, length, options.acceptance_share)
    own = np.arange(a.shape[1]) <= bottom[:, None]
    whole = np.flatnonzero((np.isfinite(a + b) | ~own).all(axis=1))
    if not len(whole):
        return {}
    share = np.linspace(0.0, 1.0, _POINTS)
    proximal, distal = (
        np.stack([np.interp(share * bottom[i], np.arange(curve.shape[1]), curve[i]) for i in whole]) for curve in (a, b)
    )
    gamma = coordination.coupling_angle(proximal, distal, bottom[whole] * STEP_S / (_POINTS - 1), options.coordination)
    shares = {
        f"{name}_percent": float(np.nanmean(values)) if np.isfinite(values).any() else np.nan
        for name, values in coordination.phase_shares(gamma).items()
    }
    moves = np.isfinite(gamma).sum(axis=0) >= max(2, len(gamma) / 2)
    varies = coordination.coupling_variability(gamma)[moves] if len(gamma) > 1 else np.zeros(0)
    return {
        "vector_coding_of_the_descent": shares
        | {"variability_of_the_coupling_angle_deg": float(varies.mean()) if varies.size else np.nan}
    }
