"""One sentence for each question of a page: size, leg, timing, structure, change, with a word for its confidence.

The confidence counts pieces of evidence that agree (chosen): ``high`` from two measures or tasks on, ``moderate`` with one, ``low``
where others contradict, ``open`` where nothing could be judged.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from biomech.findings.collapse import MEASURES
from biomech.findings.finding import Finding, number
from biomech.findings.summary import place_words
from biomech.findings.weighing import NO_COLLAPSE
from biomech.tasks import TASKS

MOST = 2  # pieces of evidence that a sentence names; the others are counted
_ORDERS = ("top_down", "bottom_up", "simultaneous")
_READING = {
    "structural": "consistent with structure",
    "functional": "consistent with function",
    "mixed": "structure and movement both take part",
    "undetermined": "the evidence is not enough",
}
_KINDS = {"visits": "since {against}", "condition": "{of} against {against}", "footwear": "{of} against {against}"}


@dataclass(frozen=True)
class Answer:
    """The answer to one question of a page.

    Attributes
    ----------
    question, confidence, text : str
        The text has no full stop.
    topic : str
        Topic of the findings that it rests on.
    """

    question: str
    confidence: str
    text: str
    topic: str


def answers(findings: Sequence[Finding], shod: bool) -> list[str]:
    """Return the sentences as lines of Markdown, each with its question and its confidence; parameters as of `sentences`."""
    return [f"- **{one.question}** ({one.confidence}): {one.text}." for one in sentences(findings, shod)]


def sentences(findings: Sequence[Finding], shod: bool) -> list[Answer]:
    """Return one sentence for each question.

    Parameters
    ----------
    findings : sequence of Finding
        All of a session.
    shod : bool
        Whether the footwear is named.
    """
    questions: dict[str, tuple[str, Callable[[Sequence[Finding], bool], tuple[str, str]]]] = {
        "Size": ("cause", _size),
        "Leg": ("conditions", _leg),
        "Timing": ("sequence", _timing),
        "Structure": ("cause", _structure),
        "Change": ("conditions", _change),
    }
    out = []
    for question, (topic, answer) in questions.items():
        text, confidence = answer(findings, shod)
        out.append(Answer(question, confidence, text, topic))
    return out


def _of(findings: Sequence[Finding], topic: str) -> list[Finding]:
    return [one for one in findings if one.topic == topic]


def _where(finding: Finding, shod: bool) -> str:
    task = place_words((finding.task, finding.condition, finding.footwear), shod)
    return f"{finding.side} leg, {task}" if finding.side in ("left", "right") else task


def _places(findings: Sequence[Finding], shod: bool) -> str:
    """Return tasks and legs in words: ``walking (left, right) and single-leg squat (left)``."""
    sides: dict[str, list[str]] = {}
    for one in findings:
        sides.setdefault(place_words((one.task, one.condition, one.footwear), shod), []).append(one.side)
    return "; ".join(f"{task} ({', '.join(dict.fromkeys(legs))})" for task, legs in sides.items())


def _unpublished(findings: Sequence[Finding]) -> str:
    """Say which of the tasks are the lab's own: nothing is published for them."""
    rows = dict.fromkeys(TASKS[one.task] for one in findings if one.task in TASKS and TASKS[one.task].origin)
    return "".join(
        f"; {row.title} is a task of the lab's own, for which this software holds no published values" for row in rows
    )


def _size(findings: Sequence[Finding], shod: bool) -> tuple[str, str]:
    text, confidence = _size_of(findings, shod)
    return text + _unpublished(_of(findings, "cause")), confidence


def _size_of(findings: Sequence[Finding], shod: bool) -> tuple[str, str]:
    judged = _of(findings, "cause")
    present = [one for one in judged if one.evidence["verdict"] not in NO_COLLAPSE]
    absent = [one for one in judged if one.evidence["verdict"] == "no_collapse"]
    unknown = [one for one in judged if one.evidence["verdict"] == "not_judged"]
    if present:
        first = sorted(present, key=lambda one: -len(one.evidence["collapse"]))
        texts = [": ".join([_where(one, shod), *one.evidence["collapse"][:1]]) for one in first[:MOST]]
        more = f"; also {_places(first[MOST:], shod)}" if first[MOST:] else ""
        pieces = sum(len(one.evidence["collapse"]) for one in present)
        return f"the knee collapses inward, {'; '.join(texts)}{more}", "high" if pieces > 1 else "moderate"
    if absent:
        pieces = max(len(one.evidence["no_collapse"]) for one in absent)
        text = f"no knee points inward, or not beyond a norm, the other leg or the first visit: {_places(absent, shod)}"
        text += f"; not judged: {_places(unknown, shod)}" if unknown else ""
        return text, "high" if pieces > 1 else "moderate"
    if unknown:
        return f"not judged, no norm fits and no other leg or visit can be compared: {_places(unknown, shod)}", "open"
    return "no frontal plane measure of a leg", "open"


def _contrasts(findings: Sequence[Finding], kinds: tuple[str, ...], stems: tuple[str, ...] = ()) -> list[Finding]:
    own = [one for one in _of(findings, "conditions") if one.evidence["contrast"] in kinds]
    return [one for one in own if not stems or str(one.evidence["metric"]).split("__")[0] in stems]


def _amount(one: Finding) -> str:
    low, high = sorted(math.copysign(1.0, one.value) * end for end in (one.low, one.high))
    return (
        f"{number(abs(one.value))} {one.unit} ({number(low)} to {number(high)}), MDC95 {number(one.evidence['mdc95'])}"
    )


def _nearest(found: Sequence[Finding]) -> list[Finding]:
    """Return contrasts from the one that is farthest beyond its MDC95."""
    return sorted(found, key=lambda one: -one.size if math.isfinite(one.size) else 0.0)


def _none_beyond(found: Sequence[Finding], what: str) -> tuple[str, str]:
    judged = [one for one in found if one.evidence["beyond_mdc95"] is not None]
    if not judged:
        return f"not judged, the error between sessions or trials is not known for {what}", "open"
    nearest = _nearest(judged)[0]
    what = f"{_lower(nearest)}, {_amount(nearest)}"
    if len(judged) == 1:
        return f"the only comparison is not beyond MDC95: {what}", "moderate"
    return f"none of {len(judged)} comparisons is beyond MDC95; nearest: {what}", "high"


def _leg(findings: Sequence[Finding], shod: bool) -> tuple[str, str]:
    found = _contrasts(findings, ("legs",), tuple(MEASURES))
    if not found:
        return "one leg, or too few repetitions of both, nothing to compare", "open"
    beyond = _nearest([one for one in found if one.evidence["beyond_mdc95"]])
    if not beyond:
        return _none_beyond(found, "these measures")
    larger = ["left" if one.value > 0 else "right" for one in beyond]
    texts = [
        f"{_lower(one)} is larger on the {leg} by {_amount(one)} in {place_words((one.task, one.condition, one.footwear), shod)}"
        for one, leg in zip(beyond[:MOST], larger, strict=False)
    ]
    confidence = "low" if len(set(larger)) > 1 else "high" if len(beyond) > 1 else "moderate"
    return "; ".join(texts) + _more(beyond), confidence


def _more(found: Sequence[Finding]) -> str:
    return f"; {len(found) - MOST} more beyond MDC95" if len(found) > MOST else ""


def _lower(one: Finding) -> str:
    return one.title[0].lower() + one.title[1:].removesuffix(", peak")


def _timing(findings: Sequence[Finding], shod: bool) -> tuple[str, str]:
    found = _of(findings, "sequence")
    named = [one for one in found if one.evidence["verdict"] in _ORDERS]
    if named:
        texts = [
            f"{_where(one, shod)}: {_first_words(one)} ({number(one.low)} to {number(one.high)} ms)"
            for one in named[:MOST]
        ]
        kinds = {(one.side, one.evidence["verdict"]) for one in named}
        sides = [side for side, _ in kinds]
        confidence = "low" if len(sides) > len(set(sides)) else "high" if len(named) > 1 else "moderate"
        more = f"; named for {len(named) - MOST} more" if len(named) > MOST else ""
        return f"{'; '.join(texts)}{more}", confidence
    if not found:
        return "no rearfoot and hip angle of one movement, no order of hip and foot", "open"
    of_one_course = [one for one in found if TASKS[one.task].cycle != "stride"]
    reasons = Counter(str(one.evidence["reason"]) for one in of_one_course or found)
    text = "; ".join(f"{reason} ({count} of {reasons.total()})" for reason, count in reasons.most_common(MOST))
    return f"no order of hip and foot: {text}", "open"


def _first_words(one: Finding) -> str:
    text = one.sentence.split(". ")[0].replace(" on the way into the collapse", "")
    return text[0].lower() + text[1:]


def _structure(findings: Sequence[Finding], shod: bool) -> tuple[str, str]:
    found = [one for one in _of(findings, "cause") if one.evidence["verdict"] not in NO_COLLAPSE]
    if not found:
        return "not weighed, as no knee is known to collapse inward", "open"
    texts, pieces = [], []
    for one in found[:MOST]:
        verdict = str(one.evidence["verdict"])
        evidence = [*one.evidence["for_structural"], *one.evidence["for_functional"]]
        because = f": {evidence[0]}" if evidence else ""
        pieces.append(len(evidence))
        texts.append(f"{_where(one, shod)}, {_READING[verdict]}{because}")
    missing = list(dict.fromkeys(name for one in found for name in one.evidence["not_measured"]))
    verdicts = {(one.side, one.evidence["verdict"]) for one in found}
    sides = [side for side, _ in verdicts]
    if all(one.evidence["verdict"] == "undetermined" for one in found):
        confidence = "open"
    elif len(sides) > len(set(sides)) or any(one.evidence["verdict"] == "mixed" for one in found):
        confidence = "low"
    else:
        confidence = "moderate" if missing or max(pieces) < 2 else "high"
    text = "; ".join(texts) + (f"; {len(found) - MOST} more in the evidence" if len(found) > MOST else "")
    return text + (f"; not measured: {', '.join(missing)}" if missing else ""), confidence


def _change(findings: Sequence[Finding], shod: bool) -> tuple[str, str]:
    found = _contrasts(findings, tuple(_KINDS))
    if not found:
        return "one visit and one condition, nothing to compare", "open"
    beyond = _nearest([one for one in found if one.evidence["beyond_mdc95"]])
    if not beyond:
        against = _listed_kinds(found)
        text, confidence = _none_beyond(found, "them")
        return f"{against}: {text}", confidence
    texts = []
    for one in beyond[:MOST]:
        words = _KINDS[str(one.evidence["contrast"])].format(
            of=one.evidence["of"] or "no condition", against=one.evidence["against"] or "no condition"
        )
        way = "larger" if one.value > 0 else "smaller"
        texts.append(f"{words}, {_lower(one)} is {way} by {_amount(one)} ({_where(one, shod)})")
    return "; ".join(texts) + _more(beyond), "high" if len(beyond) > 1 else "moderate"


def _listed_kinds(found: Sequence[Finding]) -> str:
    """Return what was compared, in words."""
    words = [
        _KINDS[str(one.evidence["contrast"])].format(
            of=one.evidence["of"] or "no condition", against=one.evidence["against"] or "no condition"
        )
        for one in found
    ]
    return ", ".join(dict.fromkeys(words))
