"""Trends over repetitions, and one person's conditions, footwear, visits and legs against each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import xarray as xr

from biomech.findings.finding import AND_SOURCE, Finding, number
from biomech.findings.inputs import Array, FindingInputs, Group, groups
from biomech.findings.mixed import Difference, difference, mixed_slope
from biomech.outcomes import METRICS, Metric
from biomech.statistics.reliability import mdc95

_SATTERTHWAITE = "linear mixed model, trials random (fixed where few), Satterthwaite 1946, Biometrics Bull 2:110"
_MDC = "MDC95 = 1.96 sqrt(2) SEM, SEM^2 = s_session^2 + s_repetition^2 / n; Weir 2005, J Strength Cond Res 19:231"
_WINDOWS = ("stance", "contact", "cycle")


def fatigue(inputs: FindingInputs) -> list[Finding]:
    """Return the trend of every watched metric over repetitions and minutes, per task, condition, footwear and side.

    Parameters
    ----------
    inputs : FindingInputs
    """
    settings, metrics, out = inputs.config.findings, inputs.metrics, []
    for group in groups(metrics):
        for name, item in _watched(inputs, metrics, group.task):
            y, place = _values(metrics, name, group)
            if len(y) < settings.trend_min_repetitions:
                continue
            trial = metrics["trial"].to_numpy()[place].astype(str)
            rep = np.arange(len(y), dtype=float)
            minute = metrics["start"].to_numpy()[place].astype(float) / 60.0
            trend, per_minute = (mixed_slope(y, x, trial, settings.trend_random_trials) for x in (rep, minute))
            if not np.isfinite(trend.low):
                continue
            change = trend.value * (len(y) - 1)
            mdc = mdc95(trend.sd_repetition)
            clear = trend.low > 0 or trend.high < 0
            words = "rises" if trend.value > 0 else "falls"
            size = "by more than" if abs(change) > mdc else "by less than"
            sentence = (
                f"{_title(item.title)} {words} over the repetitions, in all {size} one repetition can differ from another"
                if clear
                else f"{_title(item.title)} shows no trend over the repetitions beyond their scatter"
            )
            out.append(
                Finding(
                    "fatigue",
                    **group.place,
                    sentence=sentence,
                    value=trend.value,
                    low=trend.low,
                    high=trend.high,
                    unit=f"{item.unit} per repetition",
                    n=trend.n,
                    norm=f"whole change {number(change)} {item.unit}, MDC95 of one repetition {number(mdc)} {item.unit}",
                    source=_SATTERTHWAITE,
                    evidence={
                        "metric": name,
                        "degrees_of_freedom": trend.df,
                        "trials": trend.n_trials,
                        f"per_minute_{item.unit}": per_minute.value,
                        "per_minute_low": per_minute.low,
                        "per_minute_high": per_minute.high,
                        "whole_change": change,
                        "mdc95": mdc,
                        "beyond_mdc95": bool(clear and abs(change) > mdc),
                    },
                    counted_as="" if clear else "No trend over the repetitions beyond their scatter",
                    title=item.title,
                    size=abs(trend.value) / max(trend.high - trend.value, 1e-300),
                )
            )
    return out


def conditions(inputs: FindingInputs) -> list[Finding]:
    """Return footwear, conditions, visits and legs against each other, each with all else equal.

    Parameters
    ----------
    inputs : FindingInputs
    """
    settings, metrics = inputs.config.findings, inputs.metrics
    found = list(groups(metrics))
    out: list[Finding] = []
    for field, wanted in (("footwear", (settings.footwear_reference,)), ("condition", settings.condition_reference)):
        for reference, other in _pairs(found, field, wanted):
            names = (getattr(other, field), getattr(reference, field))
            title = " against ".join(name or "without a name" for name in names)
            out += _contrast(inputs, metrics, reference, metrics, other, field, names, title, apart=False)
    for reference, other in _pairs(found, "side", ("right",)):  # left less right, as the metrics of both sides
        title, names = "left against right", (other.side, reference.side)
        out += _contrast(inputs, metrics, reference, metrics, other, "legs", names, title, apart=True)
    visits, visit = list(inputs.visits), inputs.session.session
    if visit in visits and visits[0] != visit:
        first = inputs.visits[visits[0]]
        known = {(g.task, g.condition, g.footwear, g.side): g for g in groups(first)}
        for group in found:
            before = known.get((group.task, group.condition, group.footwear, group.side))
            if before is not None:
                title, names = f"session {visit} against session {visits[0]}", (visit, visits[0])
                out += _contrast(inputs, first, before, metrics, group, "visits", names, title, apart=True)
    return out


def _pairs(found: list[Group], field: str, wanted: tuple[str, ...]) -> Iterator[tuple[Group, Group]]:
    """Yield groups that differ in one field only, the reference first; groups of both sides have no other leg."""
    rest = [name for name in ("task", "condition", "footwear", "side") if name != field]
    families: dict[tuple[str, ...], list[Group]] = {}
    for group in found:
        if not (field == "side" and group.side == "both"):
            families.setdefault(tuple(getattr(group, name) for name in rest), []).append(group)
    for members in families.values():
        reference = next((g for w in wanted for g in members if getattr(g, field) == w), members[0])
        yield from ((reference, other) for other in members if other is not reference)


def _contrast(
    inputs: FindingInputs,
    first: xr.Dataset,
    reference: Group,
    second: xr.Dataset,
    other: Group,
    kind: str,
    names: tuple[str, str],
    title: str,
    apart: bool,
) -> list[Finding]:
    settings, out = inputs.config.findings, []
    for name, item in _watched(inputs, second, other.task):
        (a, place_a), (b, place_b) = _values(first, name, reference), _values(second, name, other)
        if min(len(a), len(b)) < settings.contrast_min_repetitions:
            continue
        if "_emg__" in name and _units(first, place_a) != _units(second, place_b):
            continue
        trial_a, trial_b = (
            np.char.add(f"{k if kind == 'visits' else ''}", data["trial"].to_numpy()[place].astype(str))
            for k, data, place in (("a", first, place_a), ("b", second, place_b))
        )
        sem = settings.session_sem.get(item.quantity)
        if sem is not None and not sem.covers(other.task):
            sem = None  # an error of gait says nothing of squats and landings
        found = difference(a, b, trial_a, trial_b, sem.sem if sem else np.nan, apart)
        if not np.isfinite(found.low):
            continue
        place = replace(other, side="both") if kind == "legs" else other
        out.append(
            Finding(
                "conditions",
                **place.place,
                sentence=f"{_title(item.title)}, {title}: {_verdict(found)}",
                value=found.value,
                low=found.low,
                high=found.high,
                unit=item.unit,
                n=sum(found.n),
                norm=f"MDC95 {number(found.mdc)} {item.unit}" if np.isfinite(found.mdc) else "",
                source=_MDC + (f"{AND_SOURCE}s_session: {sem.source}" if sem and found.mdc > 0 and apart else ""),
                evidence={
                    "metric": name,
                    "contrast": kind,
                    "of": names[0],
                    "against": names[1],
                    "first": float(a.mean()),
                    "second": float(b.mean()),
                    "n": list(found.n),
                    "trials": list(found.trials),
                    "degrees_of_freedom": found.df,
                    "sd_of_repetitions": found.sd_repetition,
                    "mdc95": found.mdc,
                    "beyond_mdc95": found.detected if np.isfinite(found.mdc) else None,
                },
                counted_as="" if found.detected else f"{_title(title)}: {_verdict(found)}",
                title=item.title,
                size=abs(found.value) / found.mdc if found.mdc > 0 else np.nan,
            )
        )
    return out


def _verdict(found: Difference) -> str:
    if not np.isfinite(found.mdc):
        return "not judged, as the error between trials or sessions is not known"
    if not found.detected:
        return "no difference beyond the minimal detectable change (MDC95)"
    return ("larger" if found.value > 0 else "smaller") + ", beyond the minimal detectable change (MDC95)"


def _watched(inputs: FindingInputs, metrics: xr.Dataset, task: str) -> Iterator[tuple[str, Metric]]:
    known = set(metrics["metric"].to_numpy().astype(str).tolist())
    for stem in inputs.config.findings.watched:
        for window in _WINDOWS:
            name = f"{stem}__{window}"
            if name in known and name in METRICS and task in METRICS[name].tasks:
                yield name, METRICS[name]
                break


def _values(metrics: xr.Dataset, name: str, group: Group) -> tuple[Array, np.ndarray]:
    """Return the values of a group that are not missing, and their places on ``cycle``."""
    if name not in metrics["metric"].to_numpy():
        return np.zeros(0), np.zeros(0, dtype=int)
    found = metrics["value"].sel(metric=name).to_numpy()[group.index]
    known = np.isfinite(found)
    return found[known].astype(float), group.index[known]


def _units(metrics: xr.Dataset, place: np.ndarray) -> set[str]:
    return set(metrics["emg_unit"].to_numpy()[place].astype(str).tolist()) if "emg_unit" in metrics.coords else set()


def _title(text: str) -> str:
    return text[0].upper() + text[1:]
