"""docs/findings.md lists every threshold that was chosen, with its present value, and how often verdicts are false."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from biomech.config.findings import Findings
from biomech.findings import weighing

DOCS = Path(__file__).parents[2] / "docs"
UPDATE = "run: python -m docs.generate"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("findings_tables", DOCS / "findings_tables.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def page() -> str:
    return (DOCS / "findings.md").read_text(encoding="utf-8")


def table(page: str, name: str) -> list[str]:
    return page.split(f"<!-- {name} -->")[1].split(f"<!-- end of the {name} -->")[0].strip().splitlines()


def test_every_chosen_threshold_is_on_the_page(tool: ModuleType, page: str) -> None:
    rows = set(table(page, "thresholds table")[2:])
    expected = {tuple(chosen[:2]) for chosen in tool.chosen()}
    assert {tuple(row.strip("| ").split(" | ")[:2]) for row in rows} == expected, UPDATE


def test_the_table_finds_what_is_chosen_wherever_it_stands(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options, ranges with a chosen source, and thresholds in the code; what has a source is not among them."""
    rows = tool.thresholds()
    for name in (
        "findings.sequence.equivalence_ms",
        "findings.cause.ranges.craig_test_deg",
        "findings.gluteal.walking",
    ):
        assert f"`{name}`" in rows
    assert "knee_range_walking_deg" not in rows and "navicular_drop_m" not in rows
    assert sum("chosen" in (f.description or "").lower() for f in Findings.model_fields.values()) <= rows.count(
        "`findings."
    )
    monkeypatch.setattr(weighing, "_ENOUGH_WEAK", 3)
    assert "3 pieces" in tool.thresholds()


def test_false_verdicts_of_healthy_legs_are_within_5_percent(page: str) -> None:
    """The table as generated: 1,000 legs each."""
    rows = [row.split("|") for row in table(page, "healthy table")[2:]]
    assert [row[1].strip() for row in rows] == ["order", "cause"]
    for row in rows:
        assert int(row[2]) == 1000 and float(row[4].strip(" %")) <= 5.0


def test_the_tables_of_orders_are_there(page: str) -> None:
    for name in ("sequence table", "C3D sequence table"):
        rows = table(page, name)
        assert len(rows) > 5 and re.search(r"truth in the interval", rows[0])
