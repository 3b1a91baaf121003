"""Publications: what the code names has an entry, entries are whole, and those from memory are named."""

from __future__ import annotations

import re
from pathlib import Path

from biomech.report.references import bibliography, long_citation, short_citation

ROOT = Path(__file__).parents[2]

_AUTHOR = r"(?:[Vv]an (?:der |den )?|[Dd]e )?[A-Z][\w'-]+"
_PUBLICATION = re.compile(rf"({_AUTHOR})(?:(?:, {_AUTHOR})*,? (?:&|and) {_AUTHOR}| et al\.)? ((?:19|20)\d\d)\b")


def _publications() -> dict[str, str]:
    """Return the publications that the statistics name by author and year, and the key that each should have."""
    found = {}
    for path in (ROOT / "biomech" / "statistics").glob("*.py"):
        for match in _PUBLICATION.finditer(" ".join(path.read_text(encoding="utf-8").split())):
            found[match[0]] = re.sub("[^a-z]", "", match[1].lower()) + match[2]
    return found


def test_every_publication_that_the_statistics_name_has_an_entry() -> None:
    named = _publications()
    assert len(named) > 40 and named["Zou 2013"] == "zou2013" and named["Krishnamoorthy & Yu 2004"]
    missing = {text: key for text, key in named.items() if key not in bibliography()}
    assert not missing, missing


def test_every_key_of_the_code_is_in_the_bibliography_and_the_other_way_round() -> None:
    places = [*(ROOT / "biomech" / "report").glob("*.py"), *(ROOT / "biomech" / "statistics").glob("*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in places)
    cited = {key for group in re.findall(r"\{@([\w,]+)\}", source) for key in group.split(",")}
    cited |= set(re.findall(r"[\"',]([a-z]+(?:19|20)\d\d)(?=[\"',])", source))
    cited |= set(_publications().values())
    assert cited <= set(bibliography()), cited - set(bibliography())
    assert set(bibliography()) <= cited, "entries that nothing cites"


def test_every_entry_is_whole() -> None:
    text = (ROOT / "biomech" / "report" / "references.bib").read_text(encoding="utf-8")
    assert len(bibliography()) == text.count("\n@") > 40, "an entry that cannot be read"
    for key, entry in bibliography().items():
        assert re.fullmatch(r"[a-z]+(19|20)\d\d", key) and key.endswith(entry["year"])
        needed = {"article": ("journal", "volume", "pages"), "book": ("publisher",)}.get(
            entry["kind"], ("booktitle", "pages")
        )
        assert all(entry.get(name) for name in ("author", "title", "year", *needed)), key
        assert entry["source"].count("{") == entry["source"].count("}"), key
        assert not set("{}\\") & set(long_citation(key) + short_citation(key)), key
        first = short_citation(key).split()[0].lower()
        assert key.startswith(re.sub("[^a-z]", "", first.translate(str.maketrans("öüéè", "ouee")))[:4]), key


def test_entries_from_memory_are_told() -> None:
    """Each entry was either found in a second source, or stands on the page as one that was not."""
    text = (ROOT / "biomech" / "report" / "references.bib").read_text(encoding="utf-8")
    found, memory = (
        [key for line in re.findall(rf"^% {kind}: (.*)$", text, re.MULTILINE) for key in line.split()]
        for kind in ("found", "from memory")
    )
    assert sorted(found + memory) == sorted(bibliography()), "each in one of both lists, and once"
    page = " ".join((ROOT / "docs" / "statistics.md").read_text(encoding="utf-8").split())
    (reported,) = re.findall(r"taken from memory in part or whole: (.*?)\.", page)
    assert set(re.findall(r"`(\w+)`", reported)) == set(memory)
