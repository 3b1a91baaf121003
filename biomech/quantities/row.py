"""The row type of the tables of quantities."""

from __future__ import annotations

from dataclasses import dataclass

from biomech.joints import Ends
from biomech.schema import VARIABLES

#: Citation keys (those of `biomech/report/references.bib` where it has the publication) and the publications in short.
CITATIONS: dict[str, str] = {
    "ageberg2010": "Ageberg 2010, BMC Musculoskelet Disord 11:265",
    "baker2001": "Baker 2001, Gait Posture 13:1",
    "desroches2010": "Desroches et al. 2010, J Biomech Eng 132",
    "dumas2004": "Dumas 2004, CMBBE 7:159",
    "grood1983": "Grood & Suntay 1983, J Biomech Eng 105:136",
    "herrington2010": "Herrington & Munro 2010, Phys Ther Sport 11:56",
    "hunt2006": "Hunt 2006, J Biomech 39:2213",
    "krosshaug2016": "Krosshaug 2016, Am J Sports Med 44:874",
    "leardini2007": "Leardini 2007, Gait Posture 25:453",
    "nielsen2009": "Nielsen 2009, J Foot Ankle Res 2:12",
    "noyes2005": "Noyes 2005, Am J Sports Med 33:197",
    "padua2009": "Padua 2009, Am J Sports Med 37:1996",
    "schwartz2008curves": "Schwartz 2008, J Biomech 41:1639",
    "stebbins2006": "Stebbins et al. 2006, Gait Posture 23:401",
}


@dataclass(frozen=True)
class Quantity:
    """One curve: a value of the coordinate ``quantity``, ``measure`` or ``axis`` in one variable.

    Attributes
    ----------
    name : str
        Says the positive direction.
    variable : str
        Variable of `biomech.schema.VARIABLES` that holds it.
    title : str
        In words.
    meaning : str
        What it is.
    positive : str
        The positive movement or place.
    ends : Ends
        Words for both ends of its axis.
    frame : str
        Plane, axes or sequence in which it is taken.
    cited : str
        Key of `CITATIONS`; empty without a publication.
    note : str
        Addition to the source, or text in place of a publication; ``{}`` means the publication.
    own_unit : str
        Unit, where it is not that of the variable.
    short : str
        Title of a figure; `title` if empty.
    formula, shown : str
        How it is computed, and the movement that shows it, for `docs/conventions.md`.
    """

    name: str
    variable: str
    title: str
    meaning: str
    positive: str
    ends: Ends
    frame: str = ""
    cited: str = ""
    note: str = "{}"
    own_unit: str = ""
    short: str = ""
    formula: str = ""
    shown: str = ""

    @property
    def unit(self) -> str:
        """Unit of the stored values."""
        return self.own_unit or VARIABLES[self.variable].units

    @property
    def source(self) -> str:
        """Publication or convention that defines it."""
        return self.note.format(CITATIONS.get(self.cited, ""))

    @property
    def heading(self) -> str:
        """Title of a figure."""
        words = self.short or self.title
        return words[:1].upper() + words[1:]


def rows(*rows: Quantity) -> dict[str, Quantity]:
    """Return a table of rows by their names."""
    return {row.name: row for row in rows}
