"""Stances of a foot that goes from plate to plate: when it stands, and how often it strikes."""

from __future__ import annotations

import numpy as np

from biomech.kinetics import checks
from biomech.kinetics.contacts import Contact, stance_state
from biomech.quality import Quality
from tests.unit.kinetics.test_contacts import OPTIONS, TIME, N, foot


def test_a_strike_between_two_frames_belongs_to_the_stance() -> None:
    """The heel loads one plate for 7 ms, in which no frame falls, and then the other one: the frame between is stance."""
    for reason, valid, state in (("", True, 1), ("part", False, 2)):
        loads = [(0, 0.602, 0.609), (1, 0.613, 1.0)]
        stance = [
            Contact(k, k + 1, *load, "right" if valid else "none", valid, reason, ("right",)) for k, *load in loads
        ]
        found = stance_state(TIME, "right", stance, np.zeros(N, dtype=bool), foot(0, 0), OPTIONS.max_foot_height_m)
        assert (found[(TIME > 0.602) & (TIME < 0.999)] == state).all() and not found[TIME < 0.6].any()


def test_two_stances_on_halves_are_no_three_strikes() -> None:
    """Mean force from the first strike to the third is body weight; from one half to the next one it is anything."""
    force, state = np.full(N, 900.0), np.ones((N, 2))
    loads = [(0, 0.1, 0.3), (1, 0.28, 0.6), (0, 1.1, 1.3), (1, 1.28, 1.6), (2, 1.75, 1.9)]
    contacts = [Contact(k, k + 1, start, end, "right", True, "", ("right",)) for k, start, end in loads]
    for stances, rows in ((contacts[:4], 0), (contacts, 1)):
        quality = Quality("P", "1", "kinetics")
        checks.body_weight(force, state, TIME, stances, "walking", 600.0, "walk", quality)
        assert len(quality.rows) == rows
