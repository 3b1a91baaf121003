"""The bibliography of generated methods sections: `references.bib`, read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

_ENTRY = re.compile(r"@(\w+)\{(\w+),\n(.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"  (\w+) = \{(.*)\},")
_ACCENT = re.compile(r"""\{?\\([`'"^~])\{?(\w)\}?\}?""")
_COMBINING = {"`": "\u0300", "'": "\u0301", '"': "\u0308", "^": "\u0302", "~": "\u0303"}


@lru_cache
def bibliography() -> dict[str, dict[str, str]]:
    """Return every entry by its key: its fields, and `kind` (article, book ...) and `source` (its BibTeX)."""
    text = files("biomech.report").joinpath("references.bib").read_text(encoding="utf-8")
    out = {}
    for match in _ENTRY.finditer(text):
        kind, key, body = match.groups()
        fields = dict(_FIELD.fullmatch(line).groups() for line in body.splitlines())  # type: ignore[union-attr,misc]
        out[key] = {**fields, "kind": kind, "source": match.group(0)}
    return out


def bibtex(keys: Iterable[str]) -> str:
    """Return the BibTeX of some entries, by key."""
    known = bibliography()
    return "\n\n".join(known[key]["source"] for key in sorted(set(keys))) + "\n"


def short_citation(key: str) -> str:
    """Return an entry as author and year: ``Wu et al. 2002``, ``Lu & O'Connor 1999``."""
    entry = bibliography()[key]
    names = [plain(name.split(",")[0]) for name in entry["author"].split(" and ")]
    if len(names) > 2:
        return f"{names[0]} et al. {entry['year']}"
    return f"{' & '.join(names)} {entry['year']}"


def long_citation(key: str) -> str:
    """Return an entry as one line of a list of references."""
    entry = bibliography()[key]
    authors = "; ".join(plain(name) for name in entry["author"].split(" and ")).replace("; others", "; et al.")
    where = entry.get("journal") or entry.get("booktitle") or entry.get("publisher", "")
    place = plain(where)
    if "volume" in entry:
        place += f" {entry['volume']}" + (f"({entry['number']})" if "number" in entry else "")
    if "pages" in entry:
        place += (
            f":{entry['pages'].replace('--', '–')}" if "volume" in entry else f", {entry['pages'].replace('--', '–')}"
        )
    return f"{authors} ({entry['year']}). {plain(entry['title'])}. {place}."


def plain(text: str) -> str:
    """Return BibTeX's text as plain Unicode."""
    import unicodedata

    ring = text.replace(r"{\AA}", "Å").replace(r"\&", "&").replace("---", "—").replace("--", "–")
    accents = _ACCENT.sub(lambda m: unicodedata.normalize("NFC", m.group(2) + _COMBINING[m.group(1)]), ring)
    return accents.replace("{", "").replace("}", "")
