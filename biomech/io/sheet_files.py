"""Sheets as files: tab-separated text, CSV with commas or semicolons, and workbooks; rows of text whatever the format."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

#: Endings of a sheet's file, in the order in which they are looked for.
SUFFIXES = (".tsv", ".csv", ".xlsx", ".txt")
_SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas"}


@dataclass
class Rows:
    """Rows of a file, as text.

    Parameters
    ----------
    rows : list of (int, list of str)
        Line (of a workbook: row) number and cells; empty rows and those that begin with ``#`` are left out.
    separator : str
        What separates cells, in words; empty for a workbook.
    faults, notes : list of str
        What makes the file unusable, and what was understood although it is not the plain form.
    """

    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    separator: str = ""
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_sheet(folder: Path, name: str) -> Path:
    """Return the file of a sheet: ``<name>.tsv``, ``.csv``, ``.xlsx`` or ``.txt``; the first that is there, else the ``.tsv``."""
    return next((path for path in sheet_paths(folder, name)), folder / f"{name}.tsv")


def sheet_paths(folder: Path, name: str) -> list[Path]:
    """Return every file of a sheet that is there; more than one is a fault (`read_rows` reports it)."""
    paths = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
    return [path for path in paths if path.is_file()]


def read_rows(path: Path) -> Rows:
    """Read a sheet's file.

    Parameters
    ----------
    path : Path
        A workbook by its ending ``.xlsx``, else text: UTF-8, or UTF-16 as spreadsheets save "Unicode text".

    Returns
    -------
    Rows
        With faults where the file cannot be used.
    """
    others = [other.name for other in sheet_paths(path.parent, path.stem) if other.name != path.name]
    if others:
        return Rows(
            faults=[f"{', '.join(others)} is there as well; keep one of them, so that it is clear which counts"]
        )
    if path.suffix.lower() == ".xlsx":
        return _workbook(path)
    try:
        text = _decode(path.read_bytes())
    except FileNotFoundError:
        return Rows(faults=[f"{path} is missing; `biomech new` writes an example to start from"])
    except (UnicodeDecodeError, OSError) as error:
        return Rows(faults=[f"{path} cannot be read as UTF-8 text ({error}); save it as UTF-8, tab-separated"])
    separator = separator_of(text)
    rows = list(_lines(text, separator))
    for number, cells in rows:
        if any("\n" in cell or "\r" in cell for cell in cells) and any(separator in cell for cell in cells):
            fault = f"line {number}: a quotation mark is not closed, so the lines after it run into its cell"
            return Rows(separator=_SEPARATORS[separator], faults=[fault])
        if separator == "\t" and any("\t" in cell for cell in cells):
            fault = f"line {number}: a quotation mark is not closed, so the lines after it run into its cell"
            return Rows(separator=_SEPARATORS[separator], faults=[fault])
    found = Rows([(number, [plain(cell) for cell in cells]) for number, cells in rows], _SEPARATORS[separator])
    if separator != "\t" and path.suffix.lower() != ".csv":
        found.notes.append(f"cells are separated by {found.separator}, and were read so")
    return found


def plain(cell: str) -> str:
    """Return a cell without outer blanks, non-breaking spaces and line breaks."""
    return " ".join(cell.split())


def _decode(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    return raw.decode("utf-8-sig")


def separator_of(text: str) -> str:
    """Return what separates the cells of the first line that counts: a tab if it holds one, else a semicolon, else a comma."""
    first = next(
        (line for line in re.split(r"\r\n|\r|\n", text) if line.strip(" \t;,") and not line.startswith("#")), ""
    )
    return next((mark for mark in _SEPARATORS if mark in first), "\t")


def _lines(text: str, separator: str) -> Iterable[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quotechar='"')
    before = 0
    for row in reader:
        number, before = before + 1, reader.line_num
        if any(map(plain, row)) and not row[0].startswith("#"):
            yield number, row


def _workbook(path: Path) -> Rows:
    """Read one sheet of a workbook: that of the file's name, else the only filled one, else the first."""
    from openpyxl import load_workbook  # here: a study of text files does not need it, and its import takes a while

    found = Rows()
    try:
        stored = load_workbook(path, data_only=True)
        typed = load_workbook(path)
    except Exception as error:  # a damaged archive, XML or style raises whatever openpyxl's readers throw
        found.faults.append(
            f"{path} cannot be read as an Excel workbook ({type(error).__name__}: {error}); save it again as .xlsx, or as CSV"
        )
        return found
    filled = [sheet for sheet in stored.worksheets if sheet.max_row > 1 or sheet["A1"].value is not None]
    if not filled:
        return found
    named = [sheet for sheet in filled if sheet.title.casefold() == path.stem.casefold()]
    sheet = (named or filled)[0]
    if len(filled) > 1:
        rest = ", ".join(repr(other.title) for other in filled if other is not sheet)
        found.notes.append(f"of the workbook's sheets, {sheet.title!r} is read; not read: {rest}")
    merged = [str(area) for area in sheet.merged_cells.ranges]
    if merged:
        found.faults.append(
            f"merged cells {', '.join(merged[:5])}{' ...' if len(merged) > 5 else ''}: only one row would get the value; unmerge "
            "them and write it into every cell"
        )
        return found
    formulas: list[str] = []
    dates: list[str] = []
    for values, originals in zip(sheet.iter_rows(), typed[sheet.title].iter_rows(), strict=True):
        texts = []
        for value, original in zip(values, originals, strict=True):
            if original.data_type == "f":
                formulas.append(str(value.coordinate))
                if value.value is None or value.data_type == "e":
                    found.faults.append(_formula_fault(value.coordinate, value.value))
            elif value.data_type == "e":
                found.faults.append(
                    f"cell {value.coordinate} holds the error {value.value}; correct it in the workbook"
                )
            if isinstance(value.value, (datetime, date, time)):
                dates.append(f"{value.coordinate} ({_text(value.value)})")
            texts.append(plain(_text(value.value)))
        if any(texts) and not texts[0].startswith("#"):
            found.rows.append((values[0].row, texts))
    if formulas and not found.faults:
        found.notes.append(f"the stored values of formulas are used, in {_some(formulas)}")
    if dates:
        found.notes.append(f"dates are read as text, in {_some(dates)}; if no date was meant, format the cells as text")
    return found


def _formula_fault(cell: str, value: Any) -> str:
    what = "whose value is not stored in the file" if value is None else f"whose value is {value}"
    return (
        f"cell {cell} holds a formula {what}; open the workbook in a spreadsheet program and save it, or type the value"
    )


def _some(cells: list[str]) -> str:
    return f"{', '.join(cells[:5])}{f' and {len(cells) - 5} more cells' if len(cells) > 5 else ''}"


def _text(value: Any) -> str:
    """Return a cell's value as one would type it: 1 for 1.0, yes for TRUE, a date as year-month-day."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else value.isoformat(sep=" ")
    return str(value)
