"""A planted order of hip and foot is named through markers with all default errors of the simulator.

`docs/sequence_table.py` does the same with 100 participants of each class; here are few, of other seeds. A class is right where
the truth is that of the true curves (`benchmarks.sequence`, by least squares, which the pipeline does not use).
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.sequence import CLASSES, Outcome, jumpers, outcome, planted_leads, squats, true_lead_ms, wrong
from biomech.simulate.errors import Errors

SEED = 5
SQUATTERS = 12
NAMES = [name for name in CLASSES if name != "between"]


@pytest.fixture(scope="module")
def squatted() -> dict[str, list[Outcome]]:
    return {
        name: [
            outcome("single_leg_squat", lead, 100_000 * SEED + 1000 * number + k)
            for k, lead in enumerate(planted_leads(name, SQUATTERS, SEED))
        ]
        for number, name in enumerate(NAMES)
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_squats_is_named(squatted: dict[str, list[Outcome]], name: str) -> None:
    """At 95 % right and 1 % wrong each, fewer than 9 of 12 right have a chance of 2 in 10,000, two wrong of 6 in 1,000."""
    found = [one.verdict for one in squatted[name]]
    assert found.count(name) >= 9, found
    assert sum(map(wrong, squatted[name])) <= 1


def test_leads_of_squats_are_within_10_ms(squatted: dict[str, list[Outcome]]) -> None:
    """At 95 % within 10 ms, fewer than 30 of 36 have a chance of 1 in 500; intervals hold the truth in about 95 %."""
    every = [one for group in squatted.values() for one in group]
    errors = np.abs([one.found - one.true for one in every])
    assert (errors <= 10).sum() >= 30 and np.median(errors) < 5
    assert sum(one.low <= one.true <= one.high for one in every) >= 30
    assert np.median([abs(one.true - one.planted) for one in every]) < 4  # sway bends the true curves


def test_the_order_of_drop_jumps_is_named() -> None:
    """One body and four jumps, the fewest that give a verdict; in the table 296 of 300 are right and none is wrong."""
    library = jumpers(1, 4, SEED)
    for lead, name in ((55.0, "top_down"), (-55.0, "bottom_up"), (0.0, "simultaneous")):
        one = outcome("drop_vertical_jump", lead, SEED, library)
        assert one.verdict == name and one.found == pytest.approx(one.true, abs=10)


def test_without_errors_the_lead_is_that_of_the_true_curves() -> None:
    for lead in (-40.0, 10.0, 60.0):
        one = outcome("single_leg_squat", lead, SEED, errors=Errors.none())
        assert one.found == pytest.approx(one.true, abs=2.0)


def test_the_true_lead_moves_as_planted() -> None:
    """The independent reading of the true curves: 30 ms more planted are 30 ms more read."""
    plain, later = (squats(lead, SEED)[1][0].truth for lead in (0.0, 0.03))
    read = [true_lead_ms(truth, 1.0, 3.0) for truth in (plain, later)]
    assert read[1] - read[0] == pytest.approx(30.0, abs=2.0)
