"""docs/robustness.md says what becomes of every situation; a part of them is run here, all with BIOMECH_ALL_SITUATIONS=1."""

from __future__ import annotations

import os

import pytest

from docs import robustness
from tests.robustness.catalogue import SITUATIONS
from tests.robustness.mistakes import MISTAKES
from tests.robustness.situation import Situation, run_all

_EVERY = 12


def _key(situation: Situation) -> tuple[str, str]:
    return situation.kind.lower(), robustness.plain(situation.title)


def _rows_of_page() -> dict[tuple[str, str], tuple[str, str]]:
    """Kind and title to the outcome and the codes."""
    kinds = {situation.kind.lower() for situation in [*SITUATIONS, *MISTAKES]}
    found, kind = {}, ""
    for line in robustness.PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            kind = line.lstrip("# ").lower()
        parts = [part.strip() for part in line.removeprefix("|").split(" | ")]
        if kind in kinds and len(parts) == len(robustness.HEAD) and parts[0] not in (robustness.HEAD[0], "---"):
            found[kind, parts[0]] = (parts[1], parts[2])
    return found


def _check(situations: list[Situation]) -> None:
    page, other = _rows_of_page(), {}
    for situation, outcome in run_all(situations):
        _, kind, codes, _ = map(robustness.plain, robustness.cells((situation, outcome)))
        if page.get(_key(situation)) != (kind, codes):
            other[situation.name] = (kind, codes, page.get(_key(situation)))
    assert not other, f"run: python -m docs.robustness; now and on the page: {other}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each situation runs in a process of its own, made by fork")
def test_a_part_of_the_situations() -> None:
    _check(SITUATIONS[::_EVERY])


@pytest.mark.skipif("BIOMECH_ALL_SITUATIONS" not in os.environ, reason="takes minutes: set BIOMECH_ALL_SITUATIONS=1")
def test_all_situations() -> None:
    _check([*SITUATIONS, *MISTAKES])


def test_every_situation_stands_on_the_page_once() -> None:
    keys = [_key(situation) for situation in [*SITUATIONS, *MISTAKES]]
    assert len(set(keys)) == len(keys)
    assert set(_rows_of_page()) == set(keys)
