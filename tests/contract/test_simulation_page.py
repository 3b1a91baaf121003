"""docs/simulation.md lists every error with its default, and how far the results are from the truth."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

from biomech.tasks import TASKS
from biomech_simulation.errors import Errors
from biomech_simulation.study import RECORDERS

DOCS = Path(__file__).parents[2] / "docs"
UPDATE = "run: python docs/error_table.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("error_table", DOCS / "error_table.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def page() -> str:
    return (DOCS / "simulation.md").read_text(encoding="utf-8")


def test_the_page_shows_the_default_of_every_error(tool: ModuleType, page: str) -> None:
    default, small = Errors(), Errors.instruments()
    for option in fields(Errors):
        row = f"| `{option.name}` | {getattr(default, option.name)} | {getattr(small, option.name)} | {option.metadata['meaning']} |"
        assert row in page, UPDATE


def test_every_task_and_quantity_has_its_error(tool: ModuleType, page: str) -> None:
    """Not the numbers, which take minutes to make, but that they are there and finite."""
    shown = page.split(f"<!-- {tool.RESULTS}: begin -->")[1].split(f"<!-- {tool.RESULTS}: end -->")[0]
    for task in RECORDERS:
        assert task in TASKS
        assert task == "functional" or f"{task}: all" in shown, UPDATE
    rows = {row.split("`")[1]: row for row in shown.splitlines() if row.startswith("| `")}
    for name in (*tool.ANGLES, *tool.MOMENTS, "hip", "knee", "ankle"):
        assert re.search(r"\d\.\d+ \(\d+\.\d+\)", rows[name]), UPDATE
    assert "nan" not in shown
