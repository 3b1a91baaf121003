"""Sheets as people really save them, and their cells; every fault is collected, none raised, and what was understood is noted."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from biomech.config import did_you_mean
from biomech.io.sheet_files import read_rows
from biomech.io.sheet_words import cell_meant, column_meant

MISSING = frozenset({"", "na", "n/a", "nan"})
IGNORED_COLUMNS = frozenset({"comment", "comments", "note", "notes", "remark", "remarks"})
#: A name of a participant, session or trial; the workflow's wildcards have the same form.
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
# names that Windows keeps for its devices, with any extension: no folder or file there can bear them
RESERVED_NAMES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10)}
)
_PLAIN_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d*)?([eE][+-]?\d+)?|[+-]?\.\d+([eE][+-]?\d+)?")
_NEAR = 0.85  # similarity above which an unknown column is taken for a misspelt one


@dataclass(frozen=True)
class Line:
    """One row of a sheet: its line number in the file and its cells by column."""

    number: int
    cells: dict[str, str]


@dataclass
class Sheet:
    """A sheet as read.

    Parameters
    ----------
    name : str
        File name, named in every fault.
    columns : list of str
        Header cells in their order.
    lines : list of Line
        Rows that are not empty.
    faults : list of str
        Everything that is wrong, one line each.
    unnamed : set of int
        Numbers of the lines whose label cannot be used: one fault says so, their other cells are nobody's.
    separator : str
        What separates the cells, in words; empty for a workbook.
    factors : dict
        Column to the factor of its numbers, where its header names another unit.
    """

    name: str
    columns: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unnamed: set[int] = field(default_factory=set)
    separator: str = "tabs"
    factors: dict[str, float] = field(default_factory=dict)
    _told: set[tuple[str, str]] = field(default_factory=set)
    _notes: list[str] = field(default_factory=list)
    _read_as: dict[str, dict[str, str]] = field(default_factory=dict)

    def fault(self, message: str, line: Line | None = None, column: str = "") -> None:
        """Note a fault, saying where it is."""
        where = self.name
        if line is not None:
            where += f" line {line.number}"
        if column:
            where += f", column {column}"
        self.faults.append(f"{where}: {message}")

    def note(self, message: str) -> None:
        """Note what was understood although it is not written in the plain form."""
        self._notes.append(f"{self.name}: {message}")

    @property
    def notes(self) -> list[str]:
        """Return what was understood, one line for each column whose words were read as others."""
        words = [
            f"{self.name}, column {column}: read {', '.join(f'`{word}` as {meaning}' for word, meaning in read.items())}"
            for column, read in self._read_as.items()
        ]
        return [*self._notes, *words]

    def _understand(self, column: str, word: str, meaning: str) -> None:
        self._read_as.setdefault(column, {})[word] = meaning

    def text(self, line: Line, column: str) -> str:
        """Return a cell without outer blanks; empty where the column is absent."""
        return line.cells.get(column, "")

    def choice(self, line: Line, column: str, known: Iterable[str], *, default: str | None = None) -> str:
        """Return a cell that must be one of `known`, or a word for one; `default` means an empty one, None forbids it."""
        value, names = self.text(line, column), list(known)
        if not value and default is not None:
            return default
        if value in names:
            return value
        meant = cell_meant(value, column, names)
        if meant is None:
            self.fault(unknown(value, names), line, column)
            return value
        self._understand(column, value, meant)
        return meant

    def label(self, line: Line, column: str) -> str:
        """Return a cell that names a folder: letters, digits, hyphens and underscores only. A wrong one is reported once."""
        value = self.text(line, column)
        wrong = "" if line.number in self.unnamed else self._label_fault(line, value)
        if wrong:
            self.unnamed.add(line.number)
            if not value or (column, value) not in self._told:
                self.fault(wrong, line, column)
            self._told.add((column, value))
        return value

    def _label_fault(self, line: Line, value: str) -> str:
        if not value:
            shifted = any(line.cells.values())
            return f"expected a label, found an empty cell{'; is the line shifted by a cell?' if shifted else ''}"
        if not LABEL.fullmatch(value):
            better = re.sub(r"[^A-Za-z0-9_]+", "-", value).strip("-_")
            hint = f"; for example {better!r}" if better and better.isascii() else ""
            if self.separator and re.search(r"[\t,;]| {2}", value):
                hint = f"; cells are separated by {self.separator} as in the first line, not by {_other_than(self.separator)}"
            return (
                "labels are made of letters, digits, hyphens and underscores and begin with a letter or digit; "
                f"found {value!r}{hint}"
            )
        if value.casefold() in RESERVED_NAMES:
            return f"{value!r} is a name that Windows keeps for a device, so no folder can bear it; rename it, for example {value + '-1'!r}"
        return ""

    def number(self, line: Line, column: str, low: float, high: float, unit: str) -> float | None:
        """Return a number between `low` and `high`, or None where the cell is empty."""
        value = self.text(line, column)
        if value.lower() in MISSING:
            return None
        number = parse_number(value)
        if number is None and (number := with_comma(value)) is not None:
            self._understand(column, value, f"{number:g} (decimal comma)")
        if number is None:
            self.fault(f"expected a number in {unit}, found {value!r}", line, column)
            return None
        number *= self.factors.get(column, 1.0)
        if not low <= number <= high:
            self.fault(
                f"expected {low:g} to {high:g} {unit}, found {number:g}{_unit_hint(number, low, high, unit)}",
                line,
                column,
            )
        return number


def read_sheet(path: Path, known: Iterable[str], required: Iterable[str]) -> Sheet:
    """Read a sheet; a byte-order mark, quotes, outer blanks and empty lines do no harm.

    Parameters
    ----------
    path : Path
        See `biomech.io.sheet_files.read_rows`; lines that begin with ``#`` are left out.
    known, required : iterable of str
        Columns with a meaning, and those that must be there. Columns outside `known` are free ones, unless their name is a
        word for a known one.

    Returns
    -------
    Sheet
        With its faults; without lines where the header cannot be used.
    """
    sheet, known, found = Sheet(path.name), list(known), read_rows(path)
    sheet.separator = found.separator
    for fault in found.faults:
        sheet.fault(fault)
    for note in found.notes:
        sheet.note(note)
    if found.faults:
        return sheet
    if not found.rows:
        sheet.fault("the sheet is empty; its first line must name the columns")
        return sheet
    _, header = found.rows[0]
    while header and not header[-1]:
        header.pop()
    sheet.columns = header = _understood(sheet, header, known)
    _check_header(sheet, header, known, list(required))
    for number, cells in found.rows[1:]:
        if any(cells[len(header) :]):
            sheet.fault(
                f"line {number} has more cells than the first line has columns ({len(header)}); is it shifted by a cell?"
            )
            sheet.unnamed.add(number)
        sheet.lines.append(Line(number, dict(zip(header, cells + [""] * len(header), strict=False))))
    return sheet


def _understood(sheet: Sheet, header: list[str], known: list[str]) -> list[str]:
    """Return the header with the known columns that its words mean; two words for one column stay, and are a fault."""
    absent = [column for column in known if column not in header]
    meant = {word: found for word in header if word not in known and (found := column_meant(word, absent))}
    for word, (column, factor) in meant.items():
        twins = [other for other, (theirs, _) in meant.items() if theirs == column]
        if len(twins) > 1:
            if word == twins[0]:
                sheet.fault(
                    f"columns {', '.join(map(repr, twins))} all mean {column!r}; keep one, or rename the others"
                )
            continue
        if factor != 1.0:
            sheet.factors[column] = factor
        times = f", times {factor:g}" if factor != 1.0 else ""
        sheet.note(f"column `{word}` is read as {column}{times}")
    alone = {word: column for word, (column, _) in meant.items() if [c for c, _ in meant.values()].count(column) == 1}
    return [alone.get(word, word) for word in header]


def parse_number(text: str) -> float | None:
    """Return a finite number, or None; codes with leading zeros such as ``007`` are text."""
    if not _PLAIN_NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def with_comma(text: str) -> float | None:
    """Return a number that is written with a decimal comma, or None."""
    return parse_number(text.replace(",", ".")) if text.count(",") == 1 and "." not in text else None


def _other_than(separator: str) -> str:
    others = [word for word in ("tabs", "commas", "semicolons", "blanks") if word != separator]
    return f"{', '.join(others[:-1])} or {others[-1]}"


def unknown(value: str, known: Iterable[str]) -> str:
    """Return what to say of a cell that is none of the known words."""
    names = list(known)
    near = did_you_mean(value.lower(), names)
    if near:
        return f"unknown {value!r}{near}"
    return f"expected one of {', '.join(names)}; found {repr(value) if value else 'an empty cell'}"


def free_columns(
    sheet: Sheet, known: Iterable[str], reserved: Iterable[str]
) -> dict[str, dict[int, str | float | None]]:
    """Return the free columns as ``column -> line number -> cell``.

    A column whose cells are all numbers or empty holds floats, any other one text; empty cells are None. Columns named
    ``comment`` or ``notes`` stay in the sheet.
    """
    known, reserved = set(known), set(reserved)
    free: dict[str, dict[int, str | float | None]] = {}
    for column in sheet.columns:
        if not column or column in known or column.lower() in IGNORED_COLUMNS:
            continue
        if column in reserved:
            sheet.fault(f"column {column!r} has a meaning elsewhere and cannot be a free column; rename it")
            continue
        if not column.isidentifier():
            better = re.sub(r"\W+", "_", column).strip("_")
            sheet.fault(
                f"free column {column!r}: use letters, digits and underscores, beginning with a letter; "
                f"for example {better!r}"
            )
            continue
        text = {line.number: sheet.text(line, column) for line in sheet.lines}
        filled = [cell for cell in text.values() if cell.lower() not in MISSING]
        commas = [cell for cell in filled if parse_number(cell) is None and with_comma(cell) is not None]
        numeric = all(parse_number(cell) is not None or cell in commas for cell in filled)
        if commas and numeric:
            sheet.note(
                f"column `{column}`: decimal commas are read as points ({commas[0]} as {with_comma(commas[0]):g})"
            )
        free[column] = {
            number: None if cell.lower() in MISSING else _number(cell) if numeric else cell
            for number, cell in text.items()
        }
    return free


def _number(cell: str) -> float | None:
    number = parse_number(cell)
    return with_comma(cell) if number is None else number


def _check_header(sheet: Sheet, header: list[str], known: list[str], required: list[str]) -> None:
    taken = set()
    for column in header:
        if column in header[: header.index(column)] or header.count(column) > 1:
            if column and column not in taken:
                sheet.fault(f"column {column!r} appears twice")
            taken.add(column)
    if "" in header:
        sheet.fault(f"column {header.index('') + 1} has no name")
    absent = [column for column in known if column not in header]
    mistaken = set()
    for column in header:
        if not column or column in known or column.lower() in IGNORED_COLUMNS:
            continue
        near = difflib.get_close_matches(column.lower(), absent, n=1, cutoff=_NEAR)
        meant = near[0] if near else None
        if meant:
            mistaken.add(meant)
            sheet.fault(f"unknown column {column!r} (did you mean {meant!r}?); a free column needs a name less like it")
    for column in required:
        if column in absent and column not in mistaken:
            sheet.fault(f"column {column!r} is missing; found {', '.join(filter(None, header))}")


def _unit_hint(number: float, low: float, high: float, unit: str) -> str:
    """Guess the unit that was meant: the first one in which the number lies in the range."""
    guesses = {
        "m": (("centimetres", 0.01), ("millimetres", 0.001), ("inches", 0.0254)),
        "kg": (("grams", 0.001), ("newtons", 1 / 9.81)),
    }
    for name, factor in guesses.get(unit, ()):
        if low <= number * factor <= high:
            return f" (looks like {name}: write {number * factor:.4g})"
    return ""
