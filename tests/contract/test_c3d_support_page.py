"""docs/c3d_support.md says what becomes of every sample file, and none crashes or hangs."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.realdata
def test_the_table_is_up_to_date(realdata: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DOCS)  # the reading processes look the module up there too
    c3d_support = importlib.import_module("c3d_support")
    page, table = c3d_support.PAGE.read_text(encoding="utf-8"), c3d_support.table(realdata / "c3d_samples")
    rows = [[cell.strip() for cell in line.split(" | ")] for line in table.splitlines()[2:]]
    assert len(rows) == len([path for path in (realdata / "c3d_samples").rglob("*") if path.suffix.lower() == ".c3d"])
    assert all(row[1] == "read" or row[1].startswith("refused: expected") for row in rows), rows
    assert c3d_support.with_table(page, table) == page, "run: python docs/c3d_support.py FOLDER"
