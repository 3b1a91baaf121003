"""The methods section in print: Markdown, LaTeX and BibTeX, with the citations that its texts hold as keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from biomech.report.formatting import escape
from biomech.report.references import bibliography, bibtex, long_citation, short_citation

_CITATION = re.compile(r"\{@([\w,]+)\}")
_NOTE = (
    "Written from the config and from what the run used. Analyses with all their options, what was left out, and every setting with an "
    "effect are in `methods_supplement.md`."
)
_SUPPLEMENT_NOTE = (
    "What the methods section (`methods.md`) has no room for. Settings without an effect in this run are left out."
)


def methods_markdown(paragraphs: Sequence[tuple[str, str]]) -> str:
    """Return the section as Markdown, citations as author and year, references at the end."""
    parts = ["# Methods", _NOTE]
    parts += [f"**{heading}.** {_cited(text, _author_year)}" for heading, text in paragraphs]
    return "\n\n".join([*parts, *_references(text for _, text in paragraphs)]) + "\n"


def supplement_markdown(parts: Sequence[tuple[str, str]]) -> str:
    """Return the supplement as Markdown, with its own references."""
    text = ["# Supplement to the methods", _SUPPLEMENT_NOTE]
    text += [f"## {heading}\n\n{_cited(part, _author_year)}" for heading, part in parts]
    return "\n\n".join([*text, *_references(part for _, part in parts)]) + "\n"


def _references(texts: Iterable[str]) -> list[str]:
    lines = sorted(map(long_citation, cited_keys(texts)), key=str.casefold)
    return ["## References", "\n".join(f"- {line}" for line in lines)] if lines else []


def methods_latex(paragraphs: Sequence[tuple[str, str]]) -> str:
    """Return the section as LaTeX that cites from `methods.bib` by ``\\cite``."""
    lines = [rf"\paragraph{{{escape(heading)}}} " + _latex(text) for heading, text in paragraphs]
    return "\n\n".join(lines) + "\n"


def methods_bibtex(paragraphs: Sequence[tuple[str, str]]) -> str:
    """Return the BibTeX of everything that the section cites."""
    return bibtex(cited_keys(text for _, text in paragraphs))


def cited_keys(texts: Iterable[str]) -> list[str]:
    """Return the keys that texts cite, each once.

    Raises
    ------
    KeyError
        For a key that the bibliography lacks.
    """
    keys = dict.fromkeys(key for text in texts for group in _CITATION.findall(text) for key in group.split(","))
    for key in keys:
        bibliography()[key]
    return list(keys)


def _cited(text: str, printed: Callable[[list[str]], str]) -> str:
    return _CITATION.sub(lambda match: printed(match.group(1).split(",")), text)


def _author_year(keys: list[str]) -> str:
    return f"({'; '.join(short_citation(key) for key in keys)})"


def _latex(text: str) -> str:
    pieces = _CITATION.split(text)
    out = []
    for i, piece in enumerate(pieces):
        out.append(rf"\cite{{{piece}}}" if i % 2 else escape(piece.replace("`", "")))
    return "".join(out)
