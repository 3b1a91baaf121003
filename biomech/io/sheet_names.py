"""Names in the sheets: those that two lines write differently, that no folder can bear, or that another sheet lacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from biomech.config import did_you_mean
from biomech.io.sheet_reader import Line, Sheet

#: Columns whose cells are levels of the study: the same word in another case would silently be another level.
LEVELS = ("group", "condition", "footwear")


class Known:
    """What a sheet says of its names: those that are there, and lines that could not be understood.

    Parameters
    ----------
    sheet : Sheet or None
        The sheet that lists the names; None where the study has none.
    columns : tuple of str
        Columns that make a name.
    names : iterable of tuple of str
        Names that were understood.
    """

    def __init__(self, sheet: Sheet | None, columns: tuple[str, ...], names: Iterable[tuple[str, ...]]) -> None:
        self.sheet, self.columns, self.names = sheet, columns, set(names)
        self.reported: set[tuple[str, ...]] = set()

    def explained(self, name: tuple[str, ...]) -> bool:
        """Whether a fault of the listing sheet explains that a name is missing: the user gets that one alone."""
        if self.sheet is None or name in self.reported:
            return True
        if self.sheet.faults and not self.sheet.lines:
            return True
        broken = [" ".join(line.cells.values()) for line in self.sheet.lines if line.number in self.sheet.unnamed]
        return any(re.search(rf"(?<![\w-]){re.escape(name[0])}(?![\w-])", text) for text in broken)

    def check(self, sheet: Sheet, line: Line, name: tuple[str, ...], what: str) -> None:
        """Report a name that is not listed, once for all lines of all sheets that use it."""
        if not all(name) or name in self.names or self.explained(name):
            return
        self.reported.add(name)
        assert self.sheet is not None
        near = [known[-1] for known in self.names if known[:-1] == name[:-1]]
        uses = sum(tuple(sheet.text(other, c) for c in self.columns) == name for other in sheet.lines)
        more = f"; {uses} lines name it" if uses > 1 else ""
        column = "participant" if len(name) == 1 else ""
        sheet.fault(f"{what} is not in {self.sheet.name}{did_you_mean(name[-1], near)}{more}", line, column)


def case_faults(sheet: Sheet, what: str, name_of: Callable[[Line], tuple[str, ...]]) -> None:
    """Report names that differ from an earlier line's only in upper and lower case, each once.

    Parameters
    ----------
    sheet : Sheet
    what : str
        What is named, for the message: ``participant``.
    name_of : callable
        Line to the name's parts; the last is compared without case, the others must be equal without case too.
    """
    first: dict[tuple[str, ...], tuple[str, int]] = {}
    reported: set[tuple[str, ...]] = set()
    for line in sheet.lines:
        name = name_of(line)
        if not name[-1]:
            continue
        known, number = first.setdefault(tuple(part.casefold() for part in name), (name[-1], line.number))
        if known != name[-1] and name not in reported:
            reported.add(name)
            sheet.fault(
                f"{what} {name[-1]!r} and {known!r} (line {number}) differ only in upper and lower case; write them alike, or "
                "rename one: Windows and macOS take both for the same name",
                line,
            )


def level_faults(sheet: Sheet) -> None:
    """Report levels of group, condition and footwear that differ only in upper and lower case."""
    for column in LEVELS:
        if column in sheet.columns:
            case_faults(sheet, column, lambda line, column=column: (sheet.text(line, column),))  # type: ignore[misc]


def trial_faults(sheet: Sheet) -> None:
    """Report names of trials.tsv that differ only in upper and lower case."""
    case_faults(sheet, "session", lambda line: (sheet.text(line, "participant"), sheet.text(line, "session")))
    case_faults(sheet, "trial", lambda line: tuple(sheet.text(line, c) for c in ("participant", "session", "trial")))
    case_faults(sheet, "file", lambda line: (sheet.text(line, "file").replace("\\", "/"),))
    level_faults(sheet)


def joined_faults(sheet: Sheet, names: Iterable[tuple[str, str, str]]) -> None:
    """Report trials whose names become the same when participant, session and trial are joined by ``_``.

    Cycles and exported files are named so: trial ``c`` of ``a``, session ``b_x``, and of ``a_b``, session ``x``, would be one.
    """
    first: dict[str, tuple[str, str, str]] = {}
    for name in sorted(names):
        other = first.setdefault("_".join(name).casefold(), name)
        if tuple(map(str.casefold, other)) != tuple(map(str.casefold, name)):
            sheet.fault(
                f"participant, session and trial {', '.join(other)} and {', '.join(name)} give the same name {'_'.join(name)!r} in "
                "results; rename one of them"
            )


def known_people(sheet: Sheet, persons: Mapping[str, Any]) -> Known:
    """Return the participants of participants.tsv."""
    return Known(sheet, ("participant",), ((name,) for name in persons))


def known_visits(sheet: Sheet | None, visits: Mapping[tuple[str, str], Any] | None) -> Known:
    """Return the sessions of sessions.tsv."""
    return Known(sheet, ("participant", "session"), visits or ())
