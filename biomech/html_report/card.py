"""The answer card: headline outcomes of every task and leg with what they are held against, and the sentences of the findings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from biomech.findings.answers import sentences
from biomech.findings.finding import Finding
from biomech.findings.measures import SUMMARY, Measure
from biomech.findings.page import typeset
from biomech.findings.summary import Shown, chosen, place_words, printed
from biomech.report.overview import span
from biomech.schema import SIDES

Place = tuple[str, str, str]  # task, condition, footwear
_UNITS = {"°": "degree", "N·m/kg": "N m kg-1"}  # of a measure's column to that of the data contract
TOPICS: dict[str, str] = {
    "size": "Size of the collapse and of all that has a norm",
    "cause": "Structure or function",
    "sequence": "Timing of hip and foot",
    "gluteal": "Pelvis and trunk",
    "muscles": "Muscles",
    "fatigue": "Trend over the repetitions",
    "conditions": "Differences of legs, conditions, footwear and visits",
}


def answer_sentences(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Return the sentence for each question, its confidence, and the topic of its evidence."""
    shod = len({one.footwear for one in findings}) > 1
    return [
        {
            "question": one.question,
            "confidence": one.confidence,
            "text": typeset(one.text[:1].upper() + one.text[1:]) + ".",
            "topic": one.topic,
        }
        for one in sentences(findings, shod)
    ]


def evidence(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return all findings by topic, each with value, interval, norm and source as text."""
    out = []
    for topic, title in TOPICS.items():
        rows = [_evidence_row(one) for one in findings if one.topic == topic]
        if rows:
            out.append({"topic": topic, "title": title, "rows": rows})
    return out


def _evidence_row(one: Finding) -> dict[str, str]:
    interval = f"{one.low:.3g} to {one.high:.3g}" if math.isfinite(one.high - one.low) else ""
    return {
        "where": ", ".join(filter(None, (place_words((one.task, one.condition, one.footwear), True), one.side))),
        "sentence": typeset(one.sentence),
        "value": typeset(f"{one.value:.3g} {one.unit}") if math.isfinite(one.value) else "",
        "interval": typeset(interval),
        "n": str(one.n) if one.n else "",
        "norm": typeset(one.norm),
        "source": one.source,
    }


def cards(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return a card for every task, condition and footwear: a row for each measure, its legs, norm, last visit and MDC95.

    Parameters
    ----------
    findings : sequence of Finding
        Of all topics: those of ``size`` give the values, those of ``conditions`` the minimal detectable changes.

    Returns
    -------
    list of dict
        Numbers are in the unit of the row; places on its axis (``at``) in percent of the axis.
    """
    sizes = [one for one in findings if one.topic == "size"]
    shod = len({one.footwear for one in findings}) > 1
    out = []
    for place in dict.fromkeys(_place(one) for one in sizes):
        legs = {side: [one for one in sizes if _place(one) == place and one.side == side] for side in SIDES}
        rows = [row for measure in SUMMARY if (row := _row(measure, place, legs, findings))]
        if rows:
            out.append({"title": place_words(place, shod), "place": list(place), "rows": rows})
    return out


def _place(one: Finding) -> Place:
    return one.task, one.condition, one.footwear


def _row(
    measure: Measure, place: Place, legs: dict[str, list[Finding]], findings: Sequence[Finding]
) -> dict[str, Any] | None:
    shown = {side: found for side, own in legs.items() if (found := chosen(measure, own))}
    if not shown:
        return None
    cells = {side: _cell(measure, one) for side, one in shown.items()}
    norm = next((held for one in shown.values() if (held := _norm(measure, one))), None)
    between = {side: _mdc(measure, one, place, ("visits",), (side,), findings) for side, one in shown.items()}
    of_legs = next(
        (m for one in shown.values() if (m := _mdc(measure, one, place, ("legs",), ("both",), findings))), None
    )
    known = [value for value in (*between.values(), of_legs) if value is not None]
    mdc = max(known, default=math.nan)
    numbers = [
        cell[key] for cell in cells.values() for key in ("value", "low", "high", "last") if cell[key] is not None
    ]
    numbers += [norm["mean"] - 2 * norm["sd"], norm["mean"] + 2 * norm["sd"]] if norm else []
    low, high = span(np.array([*numbers, 0.0]), _UNITS.get(measure.unit, measure.unit), mdc)
    _place_on_axis(cells, norm, low, high)
    return {
        "title": measure.title,
        "unit": measure.unit,
        "cells": cells,
        "norm": norm,
        "mdc_legs": _text(of_legs, measure),
        "mdc_visits": _text(max((m for m in between.values() if m is not None), default=None), measure),
        "mdc_width": 100 * mdc / (high - low) if math.isfinite(mdc) else None,
        "zero": 100 * -low / (high - low),
        "ends": [printed(low, measure), printed(high, measure)],
        "no_norm": next((str(t) for one in shown.values() if (t := one.finding.evidence.get("norm_not_used"))), ""),
    }


def _cell(measure: Measure, shown: Shown) -> dict[str, Any]:
    one, factor = shown.finding, measure.factor * shown.sign
    ends = sorted((one.low * factor, one.high * factor))
    known = all(map(math.isfinite, ends))
    before = one.evidence.get("last_visit")
    last = float(before["value"]) * factor if before else None
    relation = {"larger": 1, "smaller": -1}.get(str(one.evidence.get("relation", "")), 0) * shown.sign
    return {
        "value": one.value * factor,
        "low": ends[0] if known else None,
        "high": ends[1] if known else None,
        "text": printed(one.value * factor, measure),
        "interval": f"{printed(ends[0], measure)} to {printed(ends[1], measure)}" if known else "",
        "n": one.n,
        "relation": relation,
        "metric": str(one.evidence["metric"]),
        "last": last,
        "last_text": "" if last is None else printed(last, measure),
        "last_session": str(before["session"]) if before else "",
    }


def _norm(measure: Measure, shown: Shown) -> dict[str, Any] | None:
    held = shown.finding.evidence.get("norm")
    if not held:
        return None
    mean, sd = float(held["mean"]) * measure.factor * shown.sign, float(held["sd"]) * measure.factor
    return {
        "mean": mean,
        "sd": sd,
        "text": f"{printed(mean, measure)} (SD {printed(sd, measure)})",
        "who": typeset(shown.finding.norm.split(", ", 1)[-1]),
        "source": shown.finding.source,
    }


def _mdc(
    measure: Measure,
    shown: Shown,
    place: Place,
    kinds: tuple[str, ...],
    sides: tuple[str, ...],
    findings: Sequence[Finding],
) -> float | None:
    """Return the minimal detectable change of a measure in a kind of contrast, in the row's unit; None where it is not known."""
    metric = shown.finding.evidence["metric"]
    for one in findings:
        if one.topic != "conditions" or one.evidence["metric"] != metric or one.evidence["contrast"] not in kinds:
            continue
        mdc = one.evidence["mdc95"]
        if _place(one) == place and one.side in sides and mdc is not None and math.isfinite(float(mdc)):
            return float(mdc) * measure.factor
    return None


def _text(value: float | None, measure: Measure) -> str:
    return "" if value is None else printed(value, measure)


def _place_on_axis(cells: dict[str, dict[str, Any]], norm: dict[str, Any] | None, low: float, high: float) -> None:
    """Add the places of all numbers on the row's axis, in percent of it."""

    def at(value: float | None) -> float | None:
        return None if value is None else round(100 * (value - low) / (high - low), 2)

    for cell in cells.values():
        cell["at"] = {key: at(cell[key]) for key in ("value", "low", "high", "last")}
    if norm:
        mean, sd = norm["mean"], norm["sd"]
        norm["at"] = {"mean": at(mean), "low": at(mean - sd), "high": at(mean + sd)}
        norm["at"] |= {"low2": at(mean - 2 * sd), "high2": at(mean + 2 * sd)}
