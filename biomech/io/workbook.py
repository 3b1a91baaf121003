"""Excel workbooks: text stays text, and the same content gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from biomech.io.csv_parquet import tidy, write_bytes

_WHEN = datetime(1980, 1, 1)  # the earliest that a zip archive can say
_LONGEST_CELL = 32_767  # characters, of Excel


def write_workbook(sheets: Mapping[str, pd.DataFrame], path: Path) -> Path:
    """Write tables as sheets of a workbook (``.xlsx``), the first line of each being its header.

    Numbers are numbers, missing values empty cells, and text is text, also where it begins like a formula. Control characters, which
    the format cannot hold, are left out.

    Parameters
    ----------
    sheets : mapping
        Name of the sheet to its table.
    path : Path
        The file.
    """
    book = Workbook(write_only=True)
    book.properties.created = _WHEN
    for title, table in sheets.items():
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        sheet.append([_text(sheet, str(name), bold=True) for name in table.columns])
        columns = [_cells(column) for _, column in tidy(table).items()]
        for row in zip(*columns, strict=True):
            sheet.append([_text(sheet, cell) if isinstance(cell, str) else cell for cell in row])
    content = io.BytesIO()
    book.save(content)
    return write_bytes(_without_times(content.getvalue()), path)


def _cells(column: pd.Series) -> list[str | float | int | bool | None]:
    if pd.api.types.is_numeric_dtype(column):
        return [None if cell != cell else cell for cell in column.tolist()]
    return [cell or None for cell in column.tolist()]


def _text(sheet: object, text: str, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text)[:_LONGEST_CELL])
    cell.data_type = "s"  # or `=1+1` would be a formula
    if bold:
        cell.font = Font(bold=True)
    return cell


def _without_times(content: bytes) -> bytes:
    """Return an archive whose files and properties all say the same time: openpyxl writes that of the run."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(
                    rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + f"{_WHEN:%Y-%m-%dT%H:%M:%SZ}".encode(), data
                )
            info = zipfile.ZipInfo(name, _WHEN.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)
    return out.getvalue()
