"""Cures that are certain, written into the config and the sheets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from biomech.errors import BiomechError
from biomech.io.sheet_files import find_sheet
from biomech.option_edit import set_option
from biomech.study_check.causes import Cause, Fix


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
    path = find_sheet(folder, sheet.partition(".")[0])
    if path.suffix.lower() == ".xlsx":
        raise BiomechError(f"{path.name} is a workbook: write {new} into column {column} there")
    raw = path.read_bytes()
    before, after = old.encode(), new.encode()
    if raw.count(before) != 1:
        raise BiomechError(f"{path.name} holds {old} {raw.count(before)} times: write {new} into column {column} there")
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(raw.replace(before, after))
    os.replace(temporary, path)
