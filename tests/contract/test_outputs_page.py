"""docs/outputs.md says what the code writes."""

from pathlib import Path

import pytest

from biomech.study.documentation import with_tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "outputs.md"


def test_generated_tables_are_up_to_date():
    text = PAGE.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run: python -m biomech.study.documentation docs/outputs.md"


def test_a_page_without_markers_is_refused():
    with pytest.raises(ValueError, match="markers"):
        with_tables("no tables here")
