"""A planted order of hip and foot is named through markers, as far as the errors of the simulator allow.

The truth is what the simulator stores of the true curves on the way down (`biomech_simulation.order`), for jumps read from them by code
that the pipeline does not use. `docs/findings.md` has the same with more participants.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.sequence import (
    CLASSES,
    Outcome,
    jumpers,
    ordered_lead_ms,
    outcome,
    planted_leads,
    squats,
    true_lead_ms,
    true_rise_lead_ms,
    wrong,
)
from biomech_simulation.errors import Errors

SEED = 5
SQUATTERS = 6
NAMES = [name for name in CLASSES if name != "between"]


def squatted(errors: Errors | None, number: int) -> dict[str, list[Outcome]]:
    return {
        name: [
            outcome("single_leg_squat", lead, 100_000 * SEED + 1000 * place + k, errors=errors)
            for k, lead in enumerate(planted_leads(name, number, SEED))
        ]
        for place, name in enumerate(NAMES)
    }


@pytest.fixture(scope="module")
def by_instruments() -> dict[str, list[Outcome]]:
    return squatted(Errors.instruments(), SQUATTERS)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_squats_is_named_through_cameras_and_plates(
    by_instruments: dict[str, list[Outcome]], name: str
) -> None:
    """Leads of 40 to 120 ms, half of them with another way back, the foot in a form of its own: at least 5 of 6, none wrong."""
    found = [one.verdict for one in by_instruments[name]]
    assert found.count(name) >= 5, by_instruments[name]
    assert sum(map(wrong, by_instruments[name])) == 0


def test_leads_through_cameras_and_plates_are_those_of_the_true_curves(
    by_instruments: dict[str, list[Outcome]],
) -> None:
    every = [one for group in by_instruments.values() for one in group]
    errors = np.abs([one.found - one.true for one in every])
    assert np.median(errors) < 8 and np.percentile(errors, 90) < 25
    assert sum(one.low <= one.true <= one.high for one in every) >= 17


def test_with_skin_and_misplaced_markers_the_interval_holds_the_truth_and_no_order_is_wrong() -> None:
    """At 95 % held, fewer than 10 of 12 have a chance of 1 in 50; at 2 % wrong, two of 12 one of 1 in 40."""
    every = [one for group in squatted(None, 4).values() for one in group]
    assert sum(one.low <= one.true <= one.high for one in every) >= 10, every
    assert sum(map(wrong, every)) <= 1, every
    assert np.median(np.abs([one.found - one.true for one in every])) < 40


def test_the_order_of_drop_jumps_is_named() -> None:
    """One body and four jumps, the fewest that give a verdict, with all default errors."""
    library = jumpers(1, 4, SEED)
    for lead, name in ((55.0, "top_down"), (-55.0, "bottom_up"), (0.0, "simultaneous")):
        one = outcome("drop_vertical_jump", lead, SEED, library)
        assert one.verdict == name and one.found == pytest.approx(one.true, abs=10)


def test_without_errors_the_lead_is_that_of_the_true_curves() -> None:
    for lead in (-40.0, 10.0, 60.0):
        one = outcome("single_leg_squat", lead, SEED, errors=Errors.none(), plain=True)
        assert one.found == pytest.approx(one.true, abs=2.0)


def test_the_true_lead_moves_as_planted() -> None:
    """Three readings of the true curves: 30 ms more planted are 30 ms more read."""
    plain, later = (squats(lead, SEED, plain=True)[1][0].truth for lead in (0.0, 0.03))
    read = [true_lead_ms(truth, 1.0, 3.0) for truth in (plain, later)]
    assert read[1] - read[0] == pytest.approx(30.0, abs=2.0)
    named = dict(zip(plain["event_name"].values[::-1], plain["event_time"].values[::-1], strict=True))
    bounds = named["squat_start"] - 0.2, named["squat_bottom"]
    rises = [true_rise_lead_ms(truth, *bounds) for truth in (plain, later)]
    assert rises[1] - rises[0] == pytest.approx(30.0, abs=2.0)
    assert ordered_lead_ms(plain) == pytest.approx(0.0, abs=1.0)
    assert ordered_lead_ms(later) == pytest.approx(30.0, abs=1.0)
