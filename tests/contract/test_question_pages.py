"""What the pages for users name exists: metrics, options, columns and files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from biomech.outcomes import METRICS
from biomech.study.documentation import CONTRAST_COLUMNS, METRIC_VALUES
from tests.contract.test_config import options

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(
    [*(DOCS / "questions").glob("*.md"), *(DOCS / f"{name}.md" for name in ("index", "tutorial", "troubleshooting"))]
)
OPTIONS = {path for path, _ in options()}
SECTIONS = {path.split(".")[0] for path in OPTIONS if "." in path}


def _code(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_metrics_and_options_exist(page: Path) -> None:
    for text in _code(page):
        if re.fullmatch(r"[a-z0-9_]+__[a-z0-9_]+__[a-z0-9_]+", text):
            assert text in METRICS, text
        name = text.split(":")[0]
        file = name.rsplit(".", 1)[-1] in ("csv", "tsv", "json", "md", "nc")
        if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", name) and name.split(".")[0] in SECTIONS and not file:
            assert any(option == name or option.startswith(f"{name}.") for option in OPTIONS), name


def test_columns_of_the_change_page_exist() -> None:
    page = (DOCS / "questions" / "change.md").read_text(encoding="utf-8")
    rows = [row.split("|")[1] for row in page.splitlines() if row.startswith("    | `")]
    columns = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert {"mdc95", "of"} <= columns <= set(CONTRAST_COLUMNS)
    assert "reason" in METRIC_VALUES


def test_every_question_says_where_to_read_and_what_not_to_conclude() -> None:
    for page in (DOCS / "questions").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert "\n## What not to conclude\n" in text and "`findings/base.md`" in text.replace(
            "results/sessions/PARTICIPANT/SESSION/", ""
        ), page.name
