"""Findings as JSON for programs and as a page for people."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from biomech.findings.finding import AND_SOURCE, Finding, number
from biomech.tasks import TASKS

TOPICS: dict[str, str] = {
    "size": "How large is the collapse",
    "sequence": "Timing: hip or foot first",
    "cause": "Structural or functional",
    "gluteal": "How pelvis and trunk answer on one leg",
    "muscles": "Muscle timing and activation",
    "fatigue": "Over the repetitions",
    "conditions": "Between conditions, visits and legs",
}

# evidence that is weighed, and its heading
READINGS: dict[str, str] = {
    "for_structural": "for structure",
    "against_structural": "against structure",
    "for_functional": "for function",
    "against_functional": "against function",
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


def markdown(findings: Sequence[Finding], participant: str, session: str, label: str = "", details: str = "") -> str:
    """Return the findings as one page: topic by topic, each sentence followed by number, interval, norm and source.

    What is said of several tasks or legs is said once, with the number of each; sources stand at the end and are numbered.

    Parameters
    ----------
    findings : sequence of Finding
        In the order of the page within each topic.
    participant, session, label : str
        Whose visit it is.
    details : str
        Name of the JSON file that holds all evidence.
    """
    visit = f"session {session}" + (f" ({label})" if label and label != session else "")
    lines = [f"# Findings: {participant}, {visit}", ""]
    if not findings:
        lines += [
            "Nothing could be said of this session; the quality table gives the reasons.",
            "",
            "---",
            "",
            FOOT,
            "",
        ]
        return "\n".join(lines)
    worn = {finding.footwear for finding in findings}
    shod = len(worn) > 1
    lines.append(
        "Means over n repetitions, in brackets their 95 % interval."
        + f" All {max(worn)}." * (max(worn) > "" and not shod)
    )
    lines += [f"All evidence: `{details}`.", ""] if details else [""]
    sources: dict[str, int] = {}
    elsewhere = f"the numbers are in `{details}`" if details else "the numbers are in the JSON file"
    for topic in _in_order(finding.topic for finding in findings):
        own = [finding for finding in findings if finding.topic == topic]
        lines += [f"## {TOPICS.get(topic, topic)}", ""]
        lines += [f"- {text}" for text in (*sentences(own, sources, shod), *counted(own, sources, shod, elsewhere))]
        lines += [*_table_of_evidence(own, shod), ""]
    lines += ["## Sources", "", *(f"{k}. {_typeset(text)}" for text, k in sources.items()), ""]
    return "\n".join([*lines, "---", "", FOOT, ""])


def sentences(findings: Sequence[Finding], sources: dict[str, int], shod: bool = True) -> list[str]:
    """Return one text for every different sentence, with the numbers of all tasks and legs that it is true of.

    Parameters
    ----------
    findings : sequence of Finding
        Of one topic.
    sources : dict
        Source to its number on the page; gets those that are new.
    shod : bool
        Whether the footwear is named.
    """
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in (one for one in findings if not one.counted_as):
        alike.setdefault((finding.sentence, finding.source), []).append(finding)
    out = []
    for (sentence, source), members in alike.items():
        norms = {finding.norm for finding in members}
        shared = norms.pop() if len(norms) == 1 else None
        end = "" if shared is None else f" Norm: {shared or 'none known'}."
        numbers = _numbers(members, shared, shod)
        out.append(_typeset(f"{sentence.rstrip('.')}: {numbers}.{end}") + _cited(source, sources))
    return out


def counted(findings: Sequence[Finding], sources: dict[str, int], shod: bool, elsewhere: str) -> list[str]:
    """Return one text for all findings of which the page says how many there are, with the largest of them.

    Parameters
    ----------
    findings, sources, shod
        As of `sentences`.
    elsewhere : str
        Where the others can be read.
    """
    alike: dict[str, list[Finding]] = {}
    for finding in (one for one in findings if one.counted_as):
        alike.setdefault(finding.counted_as, []).append(finding)
    out = []
    for sentence, members in alike.items():
        of = ", ".join(dict.fromkeys(_small(finding) for finding in members))
        text = f"{sentence}; {len(members)} comparison{'s' * (len(members) > 1)}, of {of}; {elsewhere}."
        known = [finding for finding in members if math.isfinite(finding.size)]
        if not known:
            out.append(_typeset(text) + _cited(members[0].source, sources))
            continue
        nearest = max(known, key=lambda finding: finding.size)
        numbers = _numbers([nearest], None, shod)
        text += f" Nearest to it comes {_small(nearest)}: {numbers}."
        out.append(_typeset(text) + _cited(nearest.source, sources))
    return out


def _small(finding: Finding) -> str:
    """Return what was measured, to stand within a sentence; the peak of it is understood."""
    return finding.title[0].lower() + finding.title[1:].removesuffix(", peak")


def _cited(source: str, sources: dict[str, int]) -> str:
    numbers = [str(sources.setdefault(one, len(sources) + 1)) for one in source.split(AND_SOURCE)]
    return f" [{', '.join(numbers)}]"


def _numbers(findings: Sequence[Finding], shared_norm: str | None, shod: bool) -> str:
    """Return the numbers of all places: ``walking left 4.3 ..., right 4.9 ...; single-leg squat left ...``."""
    places: dict[str, list[str]] = {}
    for finding in findings:
        task = _place(finding, shod)
        side = finding.side if finding.side in ("left", "right") else ""
        norm = "" if finding.norm == shared_norm else finding.norm or "no norm known"
        places.setdefault(task, []).append(f"{side} {_number(finding, norm)}".strip())
    return "; ".join(f"{task} {', '.join(texts)}".lstrip() for task, texts in places.items())


def _place(finding: Finding, shod: bool) -> str:
    task = TASKS[finding.task].title if finding.task in TASKS else finding.task.replace("_", " ")
    return " ".join(filter(None, (finding.condition, finding.footwear * shod, task)))


def _number(finding: Finding, norm: str) -> str:
    inside = []
    if math.isfinite(finding.low) and math.isfinite(finding.high):
        inside.append(f"{number(finding.low)} to {number(finding.high)}")
    inside += [f"n {finding.n}"] * bool(finding.n) + list(filter(None, (finding.beside, norm)))
    text = f"{number(finding.value)} {finding.unit}".rstrip() if math.isfinite(finding.value) else "no number"
    return text + (f" ({'; '.join(inside)})" if inside else "")


def _table_of_evidence(findings: Sequence[Finding], shod: bool) -> list[str]:
    """Return the evidence for and against each reading as a table, each piece once with the legs and tasks it is of."""
    readings = [name for name in READINGS if any(name in finding.evidence for finding in findings)]
    if not readings:
        return []
    everywhere = {(_place(finding, shod), finding.side) for finding in findings}
    lines = ["", "| reading | evidence |", "|---|---|"]
    for name in readings:
        where: dict[str, list[tuple[str, str]]] = {}
        for finding in findings:
            for text in finding.evidence.get(name, ()):
                where.setdefault(text, []).append((_place(finding, shod), finding.side))
        pieces = [f"{text} ({_of(places, everywhere)})" for text, places in where.items()]
        lines.append(_typeset(f"| {READINGS[name]} | {'; '.join(pieces) or 'none'} |"))
    return lines


def _of(places: Sequence[tuple[str, str]], everywhere: set[tuple[str, str]]) -> str:
    """Return legs and tasks in words; all tasks of a leg are not listed."""
    sides = dict.fromkeys(side for _, side in places)
    whole = all({task for task, s in everywhere if s == side} == {t for t, s in places if s == side} for side in sides)
    if whole:
        return " and ".join(sides)
    tasks: dict[str, list[str]] = {}
    for task, side in places:
        tasks.setdefault(task, []).append(side)
    return ", ".join(f"{task} {' and '.join(sides)}" for task, sides in tasks.items())


def _typeset(text: str) -> str:
    """Return text with signs in place of words: ``-2.0 degree`` becomes a minus sign, the number and a degree sign."""
    text = re.sub(r"(?<=[\d)]) degrees?\b(?! of freedom)", "°", text)
    text = text.replace("N m kg-1", "N·m/kg").replace("N m", "N·m")
    return re.sub(r"(?<![\w)])-(?=\d)", "\N{MINUS SIGN}", text)


def _in_order(topics: Iterable[str]) -> list[str]:
    found = set(topics)
    return [*(topic for topic in TOPICS if topic in found), *sorted(found - set(TOPICS))]
