"""docs/robustness.md says what becomes of every situation; a part of them is run here, all with BIOMECH_ALL_SITUATIONS=1."""

from __future__ import annotations

import os

import pytest

from docs import robustness
from tests.robustness.catalogue import SITUATIONS
from tests.robustness.mistakes import MISTAKES
from tests.robustness.situation import Situation, run_all

_EVERY = 12


def _rows_of_page() -> dict[tuple[str, str], tuple[str, str]]:
    """Heading and title to the outcome and its codes."""
    found, kind = {}, ""
    for line in robustness.PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            kind = line.lstrip("# ").lower()
        parts = [part.strip() for part in line.split(" | ")]
        if line.startswith("| ") and len(parts) == len(robustness.HEAD):
            found[kind, parts[0].removeprefix("| ")] = (parts[1], parts[2])
    return found


def _check(situations: list[Situation]) -> None:
    page = _rows_of_page()
    other = {}
    for situation, outcome in run_all(situations):
        title, kind, codes, _ = (cell.translate(robustness._PLAIN) for cell in robustness.cells((situation, outcome)))
        if page.get((situation.kind.lower(), title)) != (kind, codes):
            other[situation.name] = (kind, codes, page.get((situation.kind.lower(), title)))
    assert not other, f"run: python -m docs.robustness; {other}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each situation runs in a process of its own, made by fork")
def test_a_part_of_the_situations() -> None:
    _check(SITUATIONS[::_EVERY])


@pytest.mark.skipif("BIOMECH_ALL_SITUATIONS" not in os.environ, reason="takes minutes: set BIOMECH_ALL_SITUATIONS=1")
def test_all_situations() -> None:
    _check([*SITUATIONS, *MISTAKES])


def test_every_situation_stands_on_the_page_once() -> None:
    titles = [(s.kind.lower(), s.title.translate(robustness._PLAIN)) for s in [*SITUATIONS, *MISTAKES]]
    assert len(set(titles)) == len(titles)
    assert set(titles) == {
        key for key in _rows_of_page() if key[0] not in ("situations", "recordings as labs make them")
    } - {(key[0], "situation") for key in _rows_of_page()}
