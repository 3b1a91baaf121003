"""A recorded cue, wedge or shoe is the evidence for a cause; an order in time is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from biomech.findings.interventions import effects
from biomech.findings.sequence import sequence
from tests.unit.findings.test_cause import NEAR, recorded
from tests.unit.findings.test_sequence import entered


def test_effects_bear_on_both_that_are_compared() -> None:
    found = effects(recorded({("", "shoe"): 20 + NEAR, ("hip_cue", "shoe"): 8 + NEAR, ("", "wedge"): 19.9 + NEAR}))
    assert set(found) == {
        ("single_leg_squat", c, f, "left") for c, f in (("", "shoe"), ("hip_cue", "shoe"), ("", "wedge"))
    }
    cued = next(one for one in found["single_leg_squat", "hip_cue", "shoe", "left"] if "hip_cue" in one.words)
    assert cued.beyond and cued.words.startswith(
        "knee abduction is 12.0 degree smaller with hip_cue than with no named condition"
    )
    wedged = next(one for one in found["single_leg_squat", "", "shoe", "left"] if "wedge" in one.words)
    assert not wedged.beyond and "within MDC95" in wedged.words


@pytest.mark.parametrize(("size", "reported"), [(8.0, True), (19.9, False)])
def test_the_line_of_the_order_tells_what_the_cue_did(size: float, reported: bool) -> None:
    given = recorded({("", ""): 20 + NEAR, ("hip_cue", ""): size + NEAR})
    cycles = entered(0.06).assign_coords(side=("cycle", np.full(8, "left")))
    (one,) = sequence(replace(given, cycles=cycles))
    assert one.evidence["verdict"] == "top_down" and "timing, not cause" in one.sentence
    assert len(one.evidence["effects_of_conditions_and_footwear"]) == 1
    assert ("What speaks for a cause: knee abduction is 12.0 degree smaller with hip_cue" in one.sentence) == reported


def test_without_an_intervention_nothing_speaks_for_a_cause() -> None:
    given = recorded({("", ""): 20 + NEAR})
    cycles = entered(0.06).assign_coords(side=("cycle", np.full(8, "left")))
    (one,) = sequence(replace(given, cycles=cycles))
    assert one.evidence["effects_of_conditions_and_footwear"] == [] and "speaks for" not in one.sentence
