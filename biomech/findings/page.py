"""Findings as JSON for programs and as a page of at most 600 words for people."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from biomech.findings.answers import answers
from biomech.findings.evidence import changes, notes, side_by_side
from biomech.findings.finding import Finding
from biomech.findings.summary import HEAD, table

FOOT = (
    "Patterns of movement, not diagnoses. No measure of knee valgus has been shown to predict an injury in an individual: knee abduction "
    "moments (Hewett 2005, Am J Sports Med 33:492) and medial knee displacement (Krosshaug 2016, Am J Sports Med 44:874) were related to "
    "later ACL injury in cohorts, neither as a screening test; a meta-analysis found none that separated later injured from uninjured "
    "(Cronström 2020, BMC Musculoskelet Disord 21:563)."
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
    """Return the findings as one page: a summary, one sentence for each question, the evidence, what was not used.

    Parameters
    ----------
    findings : sequence of Finding
        Of all topics.
    participant, session, label : str
        Whose visit it is.
    details : str
        Name of the JSON file that holds all numbers, with the source of each.
    """
    visit = f"session {session}" + (f" ({label})" if label and label != session else "")
    lines = [f"# Findings: {participant}, {visit}", ""]
    if not findings:
        lines += ["No finding could be made for this session; the quality table gives the reasons.", ""]
        return "\n".join([*lines, "---", "", FOOT, ""])
    worn = {finding.footwear for finding in findings}
    shod = len(worn) > 1
    first = table([one for one in findings if one.topic == "size"], shod)
    if first:
        lines += [f"{HEAD}{f' All {max(worn)}.' if max(worn) and not shod else ''}", "", *first]
    lines += ["## Answers", "", *answers(findings, shod), ""]
    parts = [*side_by_side(findings, shod), *changes(findings, shod), *notes(findings)]
    lines += ["## Evidence", "", *parts, ""] if parts else []
    where = f"`{details}`" if details else "the JSON file"
    lines += [f"All numbers with the source of each: {where}.{_norm_sources(findings)}", ""]
    return typeset("\n".join([*lines, "---", "", FOOT, ""]))


def _norm_sources(findings: Sequence[Finding]) -> str:
    """Return authors and year of the norms that values were held against."""
    used = [one.source for one in findings if one.topic == "size" and one.evidence.get("norm")]
    short = dict.fromkeys(", ".join(part.strip() for part in text.split(",")[:2]) for text in used)
    return f" Norms: {'; '.join(short)}." if short else ""


def typeset(text: str) -> str:
    """Return text with signs in place of words: ``-2.0 degree`` becomes a minus sign, the number and a degree sign."""
    text = re.sub(r"(?<=[\d)]) degrees?\b(?! of freedom)", "°", text)
    text = text.replace("N m kg-1", "N·m/kg").replace("N m", "N·m")
    return re.sub(r"(?<![\w)])-(?=\d)", "\N{MINUS SIGN}", text)
