"""Evidence table of a page: left and right of each measure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from biomech.findings.finding import Finding, number
from biomech.findings.summary import place_words
from biomech.findings.weighing import NO_COLLAPSE, VOTING, in_words
from biomech.schema import SIDES
from biomech.tasks import TASKS

ROWS = 12  # of the first table
CHANGES = 6  # rows of the second
_ORDER = {topic: k for k, topic in enumerate(("cause", "sequence", "gluteal", "fatigue", "muscles"))}
_CLASSES = {
    "uncompensated": "drop",
    "trunk_lean": "lean",
    "rotational": "rotation",
    "mixed": "several",
    "none": "none large",
}


def side_by_side(findings: Sequence[Finding], shod: bool) -> list[str]:
    """Return the table of measures with their values on both legs, and what they are held against."""
    rows: dict[str, dict[str, str]] = {}
    for one in sorted(findings, key=lambda one: _ORDER.get(one.topic, len(_ORDER))):
        for name, text, against in _pieces(one, shod):
            row = rows.setdefault(name, {})
            row.setdefault(one.side, text)
            row.setdefault("against", against)
    if not rows:
        return []
    shown = list(rows.items())
    lines = ["| evidence | left | right | held against |", "| --- | --- | --- | --- |"]
    for name, row in shown[:ROWS]:
        lines.append(f"| {name} | {' | '.join(row.get(side, '–') for side in SIDES)} | {row['against'] or '–'} |")
    if len(shown) > ROWS:
        lines += ["", f"In the JSON file: {len(shown) - ROWS} more."]
    return [*lines, ""]


def changes(findings: Sequence[Finding], shod: bool) -> list[str]:
    """Return the table of differences that are beyond the minimal detectable change, and how many are not."""
    found = [one for one in findings if one.topic == "conditions"]
    beyond = sorted((one for one in found if one.evidence["beyond_mdc95"]), key=lambda one: -one.size)
    unjudged = sum(one.evidence["beyond_mdc95"] is None for one in found)
    lines = []
    if beyond:
        lines = [
            "| difference beyond MDC95 | task | from | to | change | MDC95 |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
    for one in beyond[:CHANGES]:
        e = one.evidence
        what = f"{one.title}, {e['against'] or 'no condition'} to {e['of'] or 'no condition'}"
        task = place_words((one.task, one.condition, one.footwear), shod) + (
            f", {one.side}" if one.side in SIDES else ""
        )
        lines.append(
            f"| {what} | {task} | {number(e['first'])} | {number(e['second'])} | {number(one.value)} "
            f"({number(one.low)} to {number(one.high)}) {one.unit} | {number(e['mdc95'])} |"
        )
    judged = len(found) - unjudged
    rest = [f"{len(beyond)} of {judged} differences of legs, conditions and visits are beyond MDC95"] * bool(judged)
    rest += [f"{unjudged} cannot be judged, their MDC95 is not known"] * bool(unjudged)
    if rest:
        lines += [""] * bool(lines) + ["; ".join(rest) + ".", ""]
    return lines


def notes(findings: Sequence[Finding]) -> list[str]:
    """Return what was not used, and doubts about the knee axis, each once."""
    norms: dict[str, list[str]] = {}
    for one in findings:
        if text := one.evidence.get("norm_not_used"):
            of = str(one.evidence.get("metric", "limits of pelvis and trunk")).split("__")[0].replace("_", " ")
            norms.setdefault(str(text).removeprefix("limits: "), []).append(of)
    axes: dict[str, list[str]] = {}
    for one in findings:
        if text := one.evidence.get("knee_axis_note"):
            axes.setdefault(str(text), []).append(one.side)
    return [
        *(f"- Norm not used ({', '.join(dict.fromkeys(of))}): {text}." for text, of in norms.items()),
        *(f"- Knee axis, {' and '.join(dict.fromkeys(sides))}: {text}." for text, sides in axes.items()),
    ]


def _pieces(one: Finding, shod: bool) -> Iterable[tuple[str, str, str]]:
    """Yield name, value and what it is held against, of every row that a finding adds."""
    task = place_words((one.task, one.condition, one.footwear), shod)
    if one.topic == "cause":
        for name, value in one.evidence["growth_weighed_deg"].items():
            limit = one.evidence["large_from_deg"].get(name)
            if limit is not None and one.evidence["verdict"] not in NO_COLLAPSE:
                yield f"{in_words(name)} beyond standing, {task}", f"{number(value)}°", f"large from {number(limit)}°"
        for name, m in one.evidence["measures"].items():
            if name in VOTING or not m["low"] <= m["value"] <= m["high"]:
                unit, factor = _unit(name)
                value, low, high = (m[key] * factor for key in ("value", "low", "high"))
                yield in_words(name), f"{number(value)}{unit}", f"{low:g} to {high:g}{unit}"
    elif one.topic == "sequence" and math.isfinite(one.value) and TASKS[one.task].cycle != "stride":
        interval = f" ({number(one.low)} to {number(one.high)})" if math.isfinite(one.high - one.low) else ""
        yield f"hip ahead of foot, {task}", f"{number(one.value)}{interval} ms", _bound(one.norm)
    elif one.topic == "gluteal" and one.evidence["class"]:
        yield (
            f"pelvis and trunk, {task}",
            _CLASSES.get(one.evidence["class"], one.evidence["class"]),
            "drop, lean, hip ranges",
        )
    elif one.topic == "muscles" and str(one.evidence["metric"]).split("__")[1] == "onset":
        muscle = one.evidence["metric"].split("__")[0].removesuffix("_emg").replace("_", " ")
        yield f"{muscle} onset, {task}", f"{number(one.value)} s", ""
    elif one.topic == "fatigue" and not one.counted_as:
        yield (
            f"{one.title}, trend, {task}",
            f"{number(one.value)} {one.unit}",
            f"whole {one.norm.removeprefix('whole ')}",
        )


def _bound(norm: str) -> str:
    """Return the bound of an order in time, of the words of the finding."""
    found = re.search(r"beyond ([\d.]+ ms)", norm)
    return f"order beyond {found[1]}" if found else ""


def _unit(name: str) -> tuple[str, float]:
    """Return the unit of a measure on the page, and what its value is multiplied by: lengths are small, in mm."""
    units = {"_deg": ("°", 1.0), "_nm_kg": (" N·m/kg", 1.0), "_m": (" mm", 1000.0)}
    return next((unit for ending, unit in units.items() if name.endswith(ending)), ("", 1.0))
