"""Findings as JSON for programs and as a page for people."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from biomech.findings.finding import Finding

TOPICS: dict[str, str] = {
    "size": "How large is the collapse",
    "sequence": "Led from the hip or from the foot",
    "cause": "Structural or functional",
    "gluteal": "How pelvis and trunk answer on one leg",
    "muscles": "Muscle timing and activation",
    "fatigue": "Over the repetitions",
    "conditions": "Between conditions, visits and legs",
}

FOOT = (
    "These are patterns of movement, not diagnoses. None of these measures has been shown to predict an injury in an "
    "individual: one cohort related knee abduction moments in landing to later ACL injury (Hewett 2005, Am J Sports Med "
    "33:492), larger ones did not find a screening test in them (Krosshaug 2016, Am J Sports Med 44:874), and a "
    "meta-analysis found no measure of knee valgus that told later injured from uninjured (Cronström 2020, BMC "
    "Musculoskelet Disord 21:563)."
)


def json_text(findings: Sequence[Finding], about: Mapping[str, Any]) -> str:
    """Return the findings as JSON text.

    Parameters
    ----------
    findings : sequence of Finding
    about : mapping
        Participant, session and provenance, JSON-ready.
    """
    content = {**about, "findings": [finding.as_json() for finding in findings], "note": FOOT}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def markdown(findings: Sequence[Finding], participant: str, session: str, label: str = "") -> str:
    """Return the findings as one page: topic by topic, each sentence followed by number, interval, norm and source.

    Parameters
    ----------
    findings : sequence of Finding
        In the order of the page within each topic.
    participant, session, label : str
        Whose visit it is.
    """
    visit = f"session {session}" + (f" ({label})" if label and label != session else "")
    lines = [f"# Findings: {participant}, {visit}", ""]
    if not findings:
        lines += ["Nothing could be said of this session; the quality table gives the reasons.", ""]
    for topic in _in_order(finding.topic for finding in findings):
        lines += [f"## {TOPICS.get(topic, topic)}", ""]
        place = ""
        for finding in (f for f in findings if f.topic == topic):
            if (here := where(finding)) != place:
                lines += ([""] if lines[-1] else []) + ([f"**{here}**", ""] if here else [])
                place = here
            lines.append(f"- {line(finding)}")
        lines.append("")
    return "\n".join([*lines, "---", "", FOOT, ""])


def where(finding: Finding) -> str:
    """Return what a finding is about, in words: task, leg, condition, footwear."""
    side = {"left": "left leg", "right": "right leg", "both": "both legs"}.get(finding.side, finding.side)
    return ", ".join(filter(None, (finding.task.replace("_", " "), side, finding.condition, finding.footwear)))


def line(finding: Finding) -> str:
    """Return one finding as a line of text."""
    parts = [finding.sentence.rstrip(".")]
    if math.isfinite(finding.value):
        parts[0] += f": {number(finding.value)} {finding.unit}".rstrip()
        inside = []
        if math.isfinite(finding.low) and math.isfinite(finding.high):
            inside.append(f"95 % interval {number(finding.low)} to {number(finding.high)}")
        if finding.n:
            inside.append(f"{finding.n} repetition{'' if finding.n == 1 else 's'}")
        parts[0] += f" ({', '.join(inside)})" if inside else ""
    parts.append(f"Norm: {finding.norm}" if finding.norm else "Norm: none known")
    parts.append(f"Source: {finding.source}")
    text = ". ".join(parts) + "."
    rows = [f"  - {name.replace('_', ' ')}: {_shown(value)}" for name, value in finding.evidence.items()]
    return "\n".join([text, *rows])


def number(value: float) -> str:
    """Return a number as people read it: one decimal from 1 on, two below."""
    text = f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else text.lstrip("-")


def _shown(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, float):
        return number(value) if math.isfinite(value) else "unknown"
    if isinstance(value, list | tuple):
        return "; ".join(_shown(item) for item in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{str(name).replace('_', ' ')} {_shown(item)}" for name, item in value.items())
    return str(value)


def _in_order(topics: Iterable[str]) -> list[str]:
    found = set(topics)
    return [*(topic for topic in TOPICS if topic in found), *sorted(found - set(TOPICS))]
