"""Mistakes of labs are noticed by a row that names them."""

from __future__ import annotations

import os

import pytest

from tests.robustness.mistakes import MISTAKES
from tests.robustness.outcome import GOOD
from tests.robustness.situation import run_all

NOTICED = 54  # of 54


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each mistake runs in a process of its own, made by fork")
def test_mistakes_are_noticed() -> None:
    outcomes = {situation.title: outcome for situation, outcome in run_all(MISTAKES)}
    missed = {title: outcome for title, outcome in outcomes.items() if outcome.kind not in GOOD}
    assert len(outcomes) == 54
    assert len(outcomes) - len(missed) >= NOTICED, missed
