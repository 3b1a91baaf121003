"""The weight of whole cycles against the sheet: each foot bears what it bears, together they bear the person."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from biomech.events.cycle_curves import CURVES
from biomech.events.dataset import TrialCycles
from biomech.events.normalise import N_POINTS
from biomech.events.repetitions import Repetition
from biomech.events.weight import weighed
from biomech.io.packed_cycles import pack
from biomech.io.sheets import Trial
from biomech.quality import Quality

MASS_KG, G = 70.0, 9.81
_REP = count(1)


def part(
    task: str, shares: dict[str, float], mass_kg: float, valid: int = 1, missing: slice | None = None
) -> TrialCycles:
    """One cycle a side: 60 % of stance, whose mean over the cycle is a share of the weight of a person of 70 kg."""
    cycles = [Repetition(side, next(_REP), 0.0, 1.1, source="force") for side in shares]
    reaction = np.zeros((len(cycles), N_POINTS, 3))
    stance = np.arange(N_POINTS - 1) < 60
    for i, share in enumerate(shares.values()):
        reaction[i, :-1, 1] = stance * share * MASS_KG * G / mass_kg / 0.6
        if missing is not None:
            reaction[i, missing] = np.nan
    validity = {"moment_valid": [valid] * len(cycles)}
    trial = Trial(trial="a", file="a.c3d", role="dynamic", task=task)
    assert "ground_reaction" in CURVES
    return TrialCycles(trial, cycles, {"ground_reaction": pack(reaction)}, {}, validity, 12.0)


def rows(*parts: TrialCycles, mass_kg: float | None) -> list[dict]:
    quality = Quality("P01", "pre", "cycles")
    assert list(weighed(parts, mass_kg, quality)) == list(parts)  # passed on as they are
    return quality.rows


@pytest.mark.parametrize("shares", [{"left": 0.5, "right": 0.5}, {"left": 0.35, "right": 0.65}])
@pytest.mark.parametrize(
    ("mass_kg", "reported"), [(70.0, False), (66.0, False), (75.0, False), (60.0, True), (85.0, True)]
)
def test_strides_of_both_feet_weigh_the_person(shares: dict[str, float], mass_kg: float, reported: bool) -> None:
    found = rows(part("walking", shares, mass_kg), mass_kg=mass_kg)
    assert [row["code"] for row in found] == ["mass_differs"] * reported
    if reported:
        assert found[0]["value"] == pytest.approx(MASS_KG - mass_kg, abs=0.01) and found[0]["unit"] == "kg"
        assert found[0]["level"] == "warning" and "70.0 kg" in found[0]["message"]


def test_a_squat_on_one_leg_weighs_the_person() -> None:
    assert not rows(part("single_leg_squat", {"right": 1.0}, 70.0), mass_kg=70.0)
    (row,) = rows(part("single_leg_squat", {"right": 1.0}, 85.0), mass_kg=85.0)
    assert row["value"] == pytest.approx(-15.0, abs=0.01)


def test_what_does_not_show_the_whole_weight_says_nothing() -> None:
    both = {"left": 0.5, "right": 0.5}
    assert not rows(part("walking", {"left": 0.5}, 140.0), mass_kg=140.0)  # one foot
    assert not rows(part("walking", both, 140.0, valid=0), mass_kg=140.0)
    assert not rows(part("walking", both, 140.0, missing=slice(20, 40)), mass_kg=140.0)  # a part of a stance
    assert not rows(part("drop_vertical_jump", both, 140.0), mass_kg=140.0)
    assert not rows(part("walking", both, 70.0), mass_kg=None)
    # the end of a cycle may be missing: the next step lies next to the plates
    assert len(rows(part("walking", both, 140.0, missing=slice(95, None)), mass_kg=140.0)) == 1
