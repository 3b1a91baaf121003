"""The methods section in print: Markdown, LaTeX and BibTeX, with the citations that its texts hold as keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from biomech.report.references import bibliography, bibtex, long_citation, short_citation
from biomech.report.text_tables import escape

_CITATION = re.compile(r"\{@([\w,]+)\}")
_NOTE = (
    "Written from the config and from what the run used; paste it, and shorten it where your journal allows. Numbers of "
    "options that stand at the end of a paragraph are thresholds and settings by their names in the config."
)


def methods_markdown(paragraphs: Sequence[tuple[str, str]]) -> str:
    """Return the section as Markdown, citations as author and year, references at the end."""
    parts = ["# Methods", _NOTE]
    parts += [f"**{heading}.** {_cited(text, _author_year)}" for heading, text in paragraphs]
    keys = cited_keys(text for _, text in paragraphs)
    parts += ["## References", "\n".join(f"- {line}" for line in sorted(map(long_citation, keys), key=str.casefold))]
    return "\n\n".join(parts) + "\n"


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
