"""Cells of trials.tsv with a form of their own: paths, labels to rename, entries of contacts and progression."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from biomech.io.sheet_reader import Line, Sheet

NOT_IN_PATHS = re.compile(r"[<>{}]")


def file_cell(sheet: Sheet, line: Line) -> str:
    """Return the path of a recording, relative to the data folder, with forward slashes."""
    text = sheet.text(line, "file").replace("\\", "/")
    path = PurePosixPath(text)
    if not text:
        sheet.fault("expected the C3D file's path in the data folder, found an empty cell", line, "file")
    elif path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:|~", text):
        sheet.fault(f"the path must stay inside the data folder; found {text!r}", line, "file")
    elif NOT_IN_PATHS.search(text):
        sheet.fault(f"a path cannot hold {{ }} < or >, which workflows give a meaning; rename {text!r}", line, "file")
    return str(path)


def relabel_cell(sheet: Sheet, line: Line) -> dict[str, str]:
    """Return the labels of the cell `relabel`: as stored to the one to use instead."""
    out: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in sheet.text(line, "relabel").split(";"))):
        old, _, new = (part.strip() for part in pair.partition("="))
        if not old or not new or "=" in new:
            sheet.fault(f"expected `old=new; old=new`, found {pair!r}", line, "relabel")
        elif old in out:
            sheet.fault(f"label {old!r} is renamed twice", line, "relabel")
        else:
            out[old] = new
    twice = sorted({new for new in out.values() if list(out.values()).count(new) > 1})
    if twice:
        sheet.fault(f"two labels become {', '.join(map(repr, twice))}", line, "relabel")
    return out


def token_cell(sheet: Sheet, line: Line, column: str, pattern: re.Pattern[str], example: str) -> str:
    """Return a cell of entries separated by blanks, each of which must match a pattern."""
    text = sheet.text(line, column)
    wrong = [token for token in text.split() if not pattern.fullmatch(token)]
    if wrong:
        sheet.fault(f"expected entries like `{example}`, found {', '.join(map(repr, wrong))}", line, column)
    return text
