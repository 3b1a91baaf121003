"""Tab-separated sheets as people really save them, and their cells; every fault is collected, none raised."""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from biomech.config import did_you_mean

MISSING = frozenset({"", "na", "n/a", "nan"})
IGNORED_COLUMNS = frozenset({"comment", "comments", "note", "notes", "remark", "remarks"})
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
# names that Windows keeps for its devices, with any extension: no folder or file there can bear them
RESERVED_NAMES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10)}
)
_PLAIN_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d*)?([eE][+-]?\d+)?|[+-]?\.\d+([eE][+-]?\d+)?")
_NEAR = 0.85  # similarity above which an unknown column is taken for a misspelt one
_SYNONYMS = {
    "mass": "mass_kg",
    "weight": "mass_kg",
    "weight_kg": "mass_kg",
    "body_mass": "mass_kg",
    "body_mass_kg": "mass_kg",
    "height": "height_m",
    "height_cm": "height_m",
    "height_mm": "height_m",
    "stature": "height_m",
    "gender": "sex",
    "subject": "participant",
    "filename": "file",
}


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
    """

    name: str
    columns: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unnamed: set[int] = field(default_factory=set)
    _told: set[tuple[str, str]] = field(default_factory=set)

    def fault(self, message: str, line: Line | None = None, column: str = "") -> None:
        """Note a fault, saying where it is."""
        where = self.name
        if line is not None:
            where += f" line {line.number}"
        if column:
            where += f", column {column}"
        self.faults.append(f"{where}: {message}")

    def text(self, line: Line, column: str) -> str:
        """Return a cell without outer blanks; empty where the column is absent."""
        return line.cells.get(column, "")

    def choice(self, line: Line, column: str, known: Iterable[str], *, default: str | None = None) -> str:
        """Return a cell that must be one of `known`; `default` means an empty one, None forbids it."""
        value, names = self.text(line, column), list(known)
        if not value and default is not None:
            return default
        if value not in names:
            self.fault(unknown(value, names), line, column)
        return value

    def label(self, line: Line, column: str) -> str:
        """Return a cell that names a folder: letters, digits and hyphens only. A wrong one is reported once."""
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
            return f"expected a label, found an empty cell{'; is the line shifted by a tab?' if shifted else ''}"
        if not LABEL.fullmatch(value):
            better = re.sub(r"[^A-Za-z0-9]+", "-", value).strip("-")
            hint = f"; for example {better!r}" if better and better.isascii() else ""
            if re.search(r"[,;]| {2}", value):
                hint = "; cells are separated by tabs, not by commas, semicolons or blanks"
            return f"labels are made of letters, digits and hyphens and begin with a letter or digit; found {value!r}{hint}"
        if value.casefold() in RESERVED_NAMES:
            return f"{value!r} is a name that Windows keeps for a device, so no folder can bear it; rename it, for example {value + '-1'!r}"
        return ""

    def number(self, line: Line, column: str, low: float, high: float, unit: str) -> float | None:
        """Return a number between `low` and `high`, or None where the cell is empty."""
        value = self.text(line, column)
        if value.lower() in MISSING:
            return None
        number = parse_number(value)
        if number is None:
            comma = parse_number(value.replace(",", "."))
            hint = f"; write {value.replace(',', '.')} with a decimal point" if comma is not None else ""
            self.fault(f"expected a number in {unit}, found {value!r}{hint}", line, column)
        elif not low <= number <= high:
            self.fault(
                f"expected {low:g} to {high:g} {unit}, found {number:g}{_unit_hint(number, low, high, unit)}",
                line,
                column,
            )
        return number


def read_sheet(path: Path, known: Iterable[str], required: Iterable[str]) -> Sheet:
    """Read a tab-separated sheet; a byte-order mark, quotes, outer blanks and empty lines do no harm.

    Parameters
    ----------
    path : Path
        UTF-8 (or UTF-16, as spreadsheets save "Unicode text"); lines that begin with ``#`` are left out.
    known, required : iterable of str
        Columns with a meaning, and those that must be there. Columns outside `known` are free ones.

    Returns
    -------
    Sheet
        With its faults; without lines where the header cannot be used.
    """
    sheet, known = Sheet(path.name), list(known)
    try:
        text = _decode(path.read_bytes())
    except FileNotFoundError:
        sheet.fault(f"{path} is missing; `biomech new` writes an example to start from")
        return sheet
    except (UnicodeDecodeError, OSError) as error:
        sheet.fault(f"{path} cannot be read as UTF-8 text ({error}); save it as UTF-8, tab-separated")
        return sheet
    rows = list(_rows(text))
    for number, cells in rows:
        if any("\t" in cell for cell in cells):
            sheet.fault(f"line {number}: a quotation mark is not closed, so the lines after it run into its cell")
            return sheet
    rows = [(number, [_plain(cell) for cell in cells]) for number, cells in rows]
    if not rows:
        sheet.fault("the sheet is empty; its first line must name the columns")
        return sheet
    _, header = rows[0]
    while header and not header[-1]:
        header.pop()
    sheet.columns = header
    if len(header) == 1 and re.search(r"[,;]", header[0]):
        sheet.fault("cells must be separated by tabs; the first line holds commas or semicolons instead")
        sheet.columns = []
        return sheet
    _check_header(sheet, header, known, list(required))
    for number, cells in rows[1:]:
        if any(cells[len(header) :]):
            sheet.fault(
                f"line {number} has more cells than the first line has columns ({len(header)}); is it shifted by a tab?"
            )
            sheet.unnamed.add(number)
        sheet.lines.append(Line(number, dict(zip(header, cells + [""] * len(header), strict=False))))
    return sheet


def parse_number(text: str) -> float | None:
    """Return a finite number, or None; codes with leading zeros such as ``007`` are text."""
    if not _PLAIN_NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


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
        numeric = all(parse_number(cell) is not None for cell in filled)
        free[column] = {
            number: None if cell.lower() in MISSING else parse_number(cell) if numeric else cell
            for number, cell in text.items()
        }
    return free


def _decode(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    return raw.decode("utf-8-sig")


def _rows(text: str) -> Iterable[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t", quotechar='"')
    before = 0
    for row in reader:
        number, before = before + 1, reader.line_num
        if any(map(_plain, row)) and not row[0].startswith("#"):
            yield number, row


def _plain(cell: str) -> str:
    """Return a cell without outer blanks, non-breaking spaces and line breaks."""
    return " ".join(cell.split())


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
        meant = _SYNONYMS.get(column.lower())
        if meant not in absent:
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
