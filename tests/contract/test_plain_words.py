"""Code, messages and pages use the field's terms and plain English: home-made words and forms are not used again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# what people read of the project: code with its comments, docstrings and messages, options, workflow and pages
WHERE = (
    "biomech/**/*.py",
    "biomech/**/*.yaml",
    "biomech_simulation/*.py",
    "validation/*.py",
    "benchmarks/*.py",
    "workflow/**/*",
    "Snakefile",
    "config/*.yaml",
    "docs/**/*.py",
    "docs/**/*.md",
    "*.md",
)
# a word, as a whole and in any case, and what is written instead
WORDS: dict[str, str] = {
    "told": "reported, printed",
    "tells?": "shows, decides, reports (tell apart: distinguish)",
    "said": "reported, stated",
    "anew": "again",
    "mend(?:s|ed|ing)?": "fix",
    "besides?": "next to; in addition to",
    "in earnest": "the figure that is meant",
    "stretch(?:es)?": "interval; of a test along a curve: cluster",
    r"stands? for": "means, represents",
    r"stands? in (?:the|a|one|its|their|this) (?:file|table|text|column|sheet|supplement|dictionary|page|section)": "is in",
    r"(?<!there )(?:is|are) no (?!longer|more\b|less\b|good\b|better\b|different\b)\w+": "is not a",
    "t test of pairs": "paired-samples t test",
    "crosstalk": "cross-talk",
}
# file, word, and why it may be there
ALLOWED: dict[tuple[str, str], str] = {
    ("biomech/findings/finding.py", "beside"): "a field of the findings' JSON files",
    ("biomech/findings/gluteal.py", "beside"): "a field of the findings' JSON files",
    ("biomech/findings/sequence.py", "beside"): "a field of the findings' JSON files",
    ("docs/findings.md", "beside"): "a field of the findings' JSON files",
    ("biomech/io/csv_parquet.py", "tell"): "a method of Python's files",
    ("biomech_simulation/errors.py", "stretch"): "skin is stretched",
    ("docs/joint_models.md", "stretch"): "skin is stretched",
    ("docs/simulation.md", "stretch"): "skin is stretched",
}
PATTERN = re.compile(rf"\b(?:{'|'.join(f'(?P<w{i}>{word})' for i, word in enumerate(WORDS))})\b", re.IGNORECASE)
# a comment or quoted sentence that goes on in the next line is one text
_JOIN = re.compile(r"(?:\s*\")?\s*\n\s*(?:#:? |f?\"|> |- )?\s*")


def found_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield every forbidden word of a text and what is written instead."""
    for match in PATTERN.finditer(_JOIN.sub(" ", text)):
        yield match[0], list(WORDS.values())[int(str(match.lastgroup)[1:])]


def test_no_home_made_words() -> None:
    faults, used = [], set()
    for pattern in WHERE:
        for path in sorted(ROOT.glob(pattern)):
            if not path.is_file():
                continue
            name = path.relative_to(ROOT).as_posix()
            for word, instead in found_in(path.read_text(encoding="utf-8")):
                if (name, word.lower()) in ALLOWED:
                    used.add((name, word.lower()))
                else:
                    faults.append(f"{name}: {word!r}; write: {instead}")
    assert not faults, "\n".join(faults)
    assert used == set(ALLOWED), "entries of the list that are not needed any more"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The user is told; a zero stands for nothing.", ["told", "stands for"]),
        ("That is no\n    # measurement", ["is no measurement"]),
        ('"which are "\n    "no evidence"', ["are no evidence"]),
        ("There is no plate, and it is no longer needed. tell_apart, mendable, bestretched", []),
    ],
)
def test_words_are_found_across_lines(text: str, words: list[str]) -> None:
    assert [word for word, _ in found_in(text)] == words
