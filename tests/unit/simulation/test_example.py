"""What is planted in the people of the example stands in their truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from biomech_simulation.example import LEAD_S, OPTIONS, example_people
from biomech_simulation.shorter import cut
from biomech_simulation.squat import squat
from biomech_simulation.study import Enrolled, with_less
from biomech_simulation.walking import static

PEOPLE = {one.participant.name: one for one in example_people()}
USUAL = 12.0  # degrees of projection angle that none of the legs without a collapse comes near


def _squat(one: Enrolled, part: float = 1.0, side: str = "right") -> xr.Dataset:
    """Truth of two repetitions as the example records them."""
    person = with_less(one.participant, part * OPTIONS.bent_share)
    patterns = {
        s: replace(p, rearfoot_eversion_deg=OPTIONS.bent_share * p.rearfoot_eversion_deg)
        for s, p in person.patterns.items()
    }
    return squat(
        replace(person, patterns=patterns),
        "single_leg_squat",
        side,  # type: ignore[arg-type]
        repetitions=2,
        repetition_s=OPTIONS.repetition_s,
        rest_s=OPTIONS.rest_s,
        rate_hz=100.0,
    ).truth


def _peak(truth: xr.Dataset, quantity: str, side: str = "right") -> float:
    return float(truth["angle"].sel(side=side, quantity=quantity).max())


def _standing(one: Enrolled, quantity: str, side: str = "right") -> float:
    return float(static(one.participant, rate_hz=100.0).truth["angle"].sel(side=side, quantity=quantity)[0])


def _lead(truth: xr.Dataset, mark: str) -> np.ndarray:
    """How long before the foot the hip passes a mark of its rise, s."""
    times = truth["event_time"].values
    hip, foot = (np.sort(times[truth["event_name"].values == f"{part}_rise_{mark}"]) for part in ("hip", "foot"))
    return foot - hip


@pytest.fixture(scope="module")
def truths() -> dict[str, xr.Dataset]:
    return {name: _squat(one) for name, one in PEOPLE.items()}


def test_three_right_legs_collapse_and_no_other(truths: dict[str, xr.Dataset]) -> None:
    for name, one in PEOPLE.items():
        assert (_peak(truths[name], "fppa") > USUAL) == (name != "P04")
        assert _peak(_squat(one, side="left"), "fppa", "left") < 0.6 * USUAL


def test_p01_comes_from_the_hip_and_goes_with_a_cue_and_training(truths: dict[str, xr.Dataset]) -> None:
    one = PEOPLE["P01"]
    grown = _peak(truths["P01"], "knee_abduction") - _standing(one, "knee_abduction")
    assert grown > 8
    assert abs(_standing(one, "knee_abduction")) < 1
    for mark in ("onset", "half", "peak"):
        np.testing.assert_allclose(_lead(truths["P01"], mark), LEAD_S, atol=0.005)
    assert one.cue is not None
    for part in (one.cue, one.remaining["post"]):
        assert _peak(_squat(one, part), "fppa") < _peak(truths["P01"], "fppa") - 8.4, "minimal detectable change"


def test_p02_stands_so_and_nothing_changes_it(truths: dict[str, xr.Dataset]) -> None:
    one = PEOPLE["P02"]
    for quantity, most in (("knee_abduction", 3.0), ("hip_internal_rotation", 1.0)):
        assert _standing(one, quantity) > 0.5 * _peak(truths["P02"], quantity)
        assert _peak(truths["P02"], quantity) - _standing(one, quantity) < most
    assert one.cue == 1.0
    assert not one.remaining
    assert float(one.sheet["right_craig_test_deg"]) > 15 > float(one.sheet["left_craig_test_deg"])
    assert one.participant.tibial_torsion_deg == one.sheet["right_tibial_torsion_deg"] > 30


def test_p03_begins_at_the_foot(truths: dict[str, xr.Dataset]) -> None:
    for mark in ("onset", "half", "peak"):
        np.testing.assert_allclose(_lead(truths["P03"], mark), -LEAD_S, atol=0.005)
    everted = {
        n: _peak(truths[n], "rearfoot_eversion_floor") - _standing(PEOPLE[n], "rearfoot_eversion_floor") for n in PEOPLE
    }
    assert everted["P03"] > 11
    assert max(everted[n] for n in ("P01", "P02", "P04")) < 9
    assert PEOPLE["P03"].participant.arch_drop_m == 0.010
    assert not PEOPLE["P03"].remaining


def test_all_are_of_the_same_sheet() -> None:
    assert [one.participant.name for one in PEOPLE.values()] == ["P01", "P02", "P03", "P04"]
    columns = [set(one.sheet) for one in PEOPLE.values()]
    assert columns[0] == columns[2] == columns[3] < columns[1]


def test_a_stretch_of_a_motion_is_the_same_motion() -> None:
    """Frames, plate samples, truth and events from 0.5 s on, counted from there."""
    whole = squat(PEOPLE["P04"].participant, "single_leg_squat", repetitions=1, rate_hz=100.0)
    part = cut(whole, 0.5, 2.0)
    assert part.markers.shape[0] == part.truth.sizes["time"] == 150
    np.testing.assert_array_equal(part.markers, whole.markers[50:200])
    np.testing.assert_array_equal(part.plate_force, whole.plate_force[500:2000])
    np.testing.assert_array_equal(part.truth["angle"].values, whole.truth["angle"].values[50:200])
    assert float(part.truth["time"][0]) == 0.0
    assert part.truth["time"].attrs == whole.truth["time"].attrs
    start = whole.truth["event_name"].values == "squat_start"
    np.testing.assert_allclose(
        part.truth["event_time"].values[part.truth["event_name"].values == "squat_start"],
        whole.truth["event_time"].values[start] - 0.5,
    )
    assert "squat_end" not in part.truth["event_name"].values
