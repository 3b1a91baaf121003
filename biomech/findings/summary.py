"""Summary table of a page: measures of the collapse by task and leg."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from biomech.findings.finding import Finding, number
from biomech.findings.measures import SUMMARY, Measure
from biomech.schema import SIDES
from biomech.tasks import TASKS

LINES = 12  # of the table: what more was measured is in the JSON file
HEAD = "Mean±half of the 95 % interval; ▲ above, ▼ below the norm (mean ± 2 SD) beyond all error; [ ] last visit."

Place = tuple[str, str, str]  # task, condition, footwear


@dataclass(frozen=True)
class Shown:
    """The finding that one cell of the table shows, and the sign that it is shown with."""

    finding: Finding
    sign: int


def table(findings: Sequence[Finding], shod: bool) -> list[str]:
    """Return the table as lines of Markdown; none where nothing was measured.

    Parameters
    ----------
    findings : sequence of Finding
        Topic ``size``; `evidence` says ``metric``, ``relation`` to the norm and ``last_visit``.
    shod : bool
        Whether the footwear is named.
    """
    cells: dict[tuple[Place, str], dict[str, Shown]] = {}
    for place in dict.fromkeys(_place(one) for one in findings):
        for side in SIDES:
            own = [one for one in findings if _place(one) == place and one.side == side]
            found = {measure.title: cell for measure in SUMMARY if (cell := chosen(measure, own))}
            if found:
                cells[place, side] = found
    columns = [m for m in SUMMARY if any(m.title in row for row in cells.values())]
    if not columns:
        return []
    head = ["task", "leg", *(f"{m.title}, {m.unit}" for m in columns)]
    lines: list[list[str]] = []
    left_out: list[str] = []
    for place in dict.fromkeys(place for place, _ in cells):
        rows = []
        for side in (s for s in SIDES if (place, s) in cells):
            own_cells = cells[place, side]
            rows.append([side, *(_cell(m, own_cells.get(m.title)) for m in columns)])
        norms = [
            _norm(m, [cells[place, s][m.title] for s in SIDES if m.title in cells.get((place, s), {})]) for m in columns
        ]
        if any(norms):
            rows.append(["norm", *(text or "–" for text in norms)])
        if len(lines) + len(rows) > LINES:
            left_out.append(place_words(place, shod))
            continue
        lines += [[place_words(place, shod) if not k else "", *row] for k, row in enumerate(rows)]
    out = [_row(head), _row(["---"] * len(head)), *map(_row, lines), ""]
    if left_out:
        out += [f"Also measured, in the JSON file: {', '.join(left_out)}.", ""]
    return out


def place_words(place: Place, shod: bool) -> str:
    """Return task, condition and footwear in words."""
    task, condition, footwear = place
    name = TASKS[task].title if task in TASKS else task.replace("_", " ")
    return ", ".join(filter(None, (name, condition, footwear * shod)))


def _place(finding: Finding) -> Place:
    return finding.task, finding.condition, finding.footwear


def chosen(measure: Measure, findings: Sequence[Finding]) -> Shown | None:
    """Return the finding of topic ``size`` that shows a measure of one leg and task; None where there is none."""
    for choice in measure.choices:
        own = [
            Shown(one, choice[stem])
            for one in findings
            if (stem := str(one.evidence.get("metric", "")).rsplit("__", 1)[0]) in choice and math.isfinite(one.value)
        ]
        if own:
            return max(own, key=lambda shown: abs(shown.finding.value))
    return None


def _cell(measure: Measure, shown: Shown | None) -> str:
    if shown is None:
        return "–"
    one, factor = shown.finding, measure.factor * shown.sign
    text = printed(one.value * factor, measure)
    if math.isfinite(one.high - one.low):
        text += f"±{printed((one.high - one.low) / 2 * measure.factor, measure)}"
    relation = {"larger": 1, "smaller": -1}.get(str(one.evidence.get("relation", "")), 0) * shown.sign
    text += {1: "▲", -1: "▼", 0: ""}[relation]
    before = one.evidence.get("last_visit")
    if before:
        text += f" [{printed(float(before['value']) * factor, measure)}]"
    return text


def _norm(measure: Measure, shown: Sequence[Shown]) -> str:
    """Return mean and SD of the norm that cells were held against; one norm for both legs."""
    for cell in shown:
        held = cell.finding.evidence.get("norm")
        if held:
            mean, sd = (float(held[key]) * measure.factor for key in ("mean", "sd"))
            return f"{printed(mean * cell.sign, measure)} (SD {printed(sd, measure)})"
    return ""


def printed(value: float, measure: Measure) -> str:
    """Return a value in the measure's unit, without it, with as many places as the unit deserves."""
    if measure.unit == "mm":
        return f"{value:.0f}".replace("-0", "0") if abs(value) < 0.5 else f"{value:.0f}".replace("-", "\N{MINUS SIGN}")
    return number(value) if measure.unit != "°" else _one_decimal(value)


def _one_decimal(value: float) -> str:
    text = f"{value:.1f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else text.lstrip("-")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
