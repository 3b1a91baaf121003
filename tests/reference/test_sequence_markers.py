"""Orders of hip and foot through markers with all default errors of the simulator.

The truth is that of the true curves on the way into the collapse (`benchmarks.sequence`, by code that the pipeline does not use). What
the simulator plants moves the foot's curve as a whole; hip and foot rise in different forms, so on the way in the foot is mostly ahead.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.sequence import CLASSES, Outcome, outcome, planted_leads, squats, true_lead_ms, true_rise_lead_ms, wrong
from biomech.simulate.errors import Errors

SEED = 5
SQUATTERS = 2
NAMES = [name for name in CLASSES if name != "between"]


@pytest.fixture(scope="module")
def squatted() -> list[Outcome]:
    return [
        outcome("single_leg_squat", lead, 100_000 * SEED + 1000 * number + k)
        for number, name in enumerate(NAMES)
        for k, lead in enumerate(planted_leads(name, SQUATTERS, SEED))
    ]


def test_no_order_is_named_that_the_true_curves_do_not_have(squatted: list[Outcome]) -> None:
    assert sum(map(wrong, squatted)) == 0, squatted


def test_leads_go_with_those_of_the_true_curves(squatted: list[Outcome]) -> None:
    """Of single repetitions they scatter by 30 to 70 ms; the mean of 8 of a person is some 35 ms off."""
    errors = np.abs([one.found - one.true for one in squatted])
    assert np.median(errors) < 50


def test_without_errors_the_lead_has_the_sign_of_the_true_curves() -> None:
    for lead in (-60.0, 80.0):
        one = outcome("single_leg_squat", lead, SEED, errors=Errors.none())
        assert one.found == pytest.approx(one.true, abs=25.0)


def test_the_true_lead_moves_as_planted() -> None:
    """The independent reading of the true curves: 30 ms more planted are 30 ms more read."""
    plain, later = (squats(lead, SEED)[1][0].truth for lead in (0.0, 0.03))
    for read in ([true_lead_ms(truth, 1.0, 3.0) for truth in (plain, later)],):
        assert read[1] - read[0] == pytest.approx(30.0, abs=2.0)
    rises = [true_rise_lead_ms(truth, 0.5, 1.6) for truth in (plain, later)]
    assert rises[1] - rises[0] == pytest.approx(30.0, abs=12.0)
