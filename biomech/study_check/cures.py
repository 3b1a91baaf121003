"""Cures that are certain, written into the config and the sheets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from biomech.errors import BiomechError
from biomech.io.sheet_files import find_sheet, separator_of
from biomech.option_edit import set_option
from biomech.study_check.causes import Cause, Fix, Place


def fixes_of(causes: Iterable[Cause]) -> list[Fix]:
    """Return the certain cures, each once; where two causes ask for different values of an option, neither is certain."""
    found = list(dict.fromkeys(cause.fix for cause in causes if cause.fix is not None))
    asked: dict[str, set[str]] = {}
    for fix in found:
        for assignment in fix.options:
            option, _, value = assignment.partition("=")
            asked.setdefault(option, set()).add(value)
    return [fix for fix in found if all(len(asked[one.partition("=")[0]]) == 1 for one in fix.options)]


def apply_fixes(study: Path, fixes: Iterable[Fix], agreed: Callable[[str], bool]) -> list[str]:
    """Apply cures after a yes each; comments and all other cells stay.

    Parameters
    ----------
    study : Path
        The study folder.
    fixes : iterable of Fix
        Of `fixes_of`.
    agreed : callable
        Receives what would change, and returns whether to do it.

    Returns
    -------
    list of str
        One line for each cure: what was changed, what was declined, or why it could not be written.
    """
    lines = []
    for fix in fixes:
        if not agreed(fix.words):
            lines.append(f"left as it is: {fix.words}")
            continue
        try:
            for assignment in fix.options:
                set_option(study, assignment)
            if fix.cell is not None:
                _set_cell(study / "config", *fix.cell)
            if fix.relabel is not None:
                _relabel(study / "config", *fix.relabel)
        except BiomechError as error:
            lines.append(f"could not be written: {fix.words}: {error}")
        else:
            lines.append(f"changed: {fix.words}")
    return lines


def _set_cell(folder: Path, sheet: str, column: str, old: str, new: str) -> None:
    """Replace the text of a cell in a sheet of text; the rest of the file keeps its bytes.

    Raises
    ------
    BiomechError
        Where the sheet is a workbook, or holds the old text not exactly once.
    """
    path = _text_sheet(folder, sheet.partition(".")[0], new, column)
    raw = path.read_bytes()
    before, after = old.encode(), new.encode()
    if raw.count(before) != 1:
        raise BiomechError(f"{path.name} holds {old} {raw.count(before)} times: write {new} into column {column} there")
    _replace(path, raw.replace(before, after))


def _relabel(folder: Path, place: Place, entries: str) -> None:
    """Add entries to the cell `relabel` of a trial, and the column where the sheet has none.

    Raises
    ------
    BiomechError
        Where the sheet is a workbook, has quoted cells, or names the trial not exactly once.
    """
    path = _text_sheet(folder, "trials", entries, "relabel")
    text = path.read_bytes().decode("utf-8-sig")
    mark, lines = separator_of(text), text.splitlines(keepends=True)
    table = [k for k, line in enumerate(lines) if line.strip() and not line.startswith("#")]
    cells = {k: lines[k].rstrip("\r\n").split(mark) for k in table}
    names = [name.strip() for name in cells[table[0]]]
    keys = [
        (name, value) for name, value in zip(("participant", "session", "trial"), place, strict=True) if name in names
    ]
    rows = [k for k in table[1:] if all(cells[k][names.index(name)].strip() == value for name, value in keys)]
    if len(rows) != 1 or len(keys) < 2 or '"' in text or mark in entries:
        raise BiomechError(
            f"{path.name}: the line of {' '.join(place)} is not found by its names: write {entries} into column relabel"
        )
    if "relabel" not in names:
        names.append("relabel")
        cells = {k: [*row, "relabel" if k == table[0] else ""] for k, row in cells.items()}
    row = cells[rows[0]]
    row += [""] * (len(names) - len(row))
    there = row[names.index("relabel")].strip()
    row[names.index("relabel")] = f"{there}; {entries}" if there else entries
    for k in table:
        ending = lines[k][len(lines[k].rstrip("\r\n")) :]
        lines[k] = mark.join(cells[k]) + ending
    _replace(path, "".join(lines).encode())


def _text_sheet(folder: Path, name: str, new: str, column: str) -> Path:
    path = find_sheet(folder, name)
    if path.suffix.lower() == ".xlsx":
        raise BiomechError(f"{path.name} is a workbook: write {new} into column {column} there")
    return path


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    os.replace(temporary, path)
