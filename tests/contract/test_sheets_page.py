"""docs/sheets.md names every column and every word that the sheets know."""

from __future__ import annotations

from pathlib import Path

import pytest

from biomech.io.sheets import PARTICIPANT_COLUMNS, SESSION_COLUMNS, TRIAL_COLUMNS
from biomech.schema import ROLES, SIDES
from biomech.tasks import TASKS

PAGE = (Path(__file__).parents[2] / "docs" / "sheets.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("column", sorted({*PARTICIPANT_COLUMNS, *SESSION_COLUMNS, *TRIAL_COLUMNS}))
def test_every_column_is_explained(column: str) -> None:
    assert f"`{column.replace('right_', 'left_')}`" in PAGE  # the page writes one side out


@pytest.mark.parametrize("word", [*TASKS, *ROLES, *SIDES])
def test_every_word_is_listed(word: str) -> None:
    assert f"`{word}`" in PAGE
