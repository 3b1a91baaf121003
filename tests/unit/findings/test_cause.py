"""A structural, a functional and a mixed participant are distinguished, from synthetic markers on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config, parse_config
from biomech.config.findings import Cause, Gluteal
from biomech.findings.cause import cause, examined, tibial_torsion, weigh
from biomech.findings.change import Change, changes
from biomech.findings.gluteal import classify, gluteal
from biomech.findings.inputs import FindingInputs
from biomech.io.sheets import Session, Trial
from biomech.quality import Quality
from biomech_simulation.participant import Participant, Pattern, Posture
from biomech_simulation.squat import squat
from biomech_simulation.walking import static
from tests.pipeline import run_session

SETTINGS = Cause()
TURNED_BONES = {"left_craig_test_deg": 29.0, "right_craig_test_deg": 29.0}
USUAL_BONES = {"left_craig_test_deg": 12.0, "right_craig_test_deg": 12.0}
for _side in ("left", "right"):
    TURNED_BONES |= {f"{_side}_hip_internal_rotation_range_deg": 65.0, f"{_side}_hip_external_rotation_range_deg": 25.0}
    USUAL_BONES |= {f"{_side}_hip_internal_rotation_range_deg": 42.0, f"{_side}_hip_external_rotation_range_deg": 45.0}
STRUCTURE = Posture(knee_abduction=14.0)
MOVES = Pattern(
    hip_adduction_deg=5, hip_internal_rotation_deg=14, knee_abduction_deg=16, rearfoot_eversion_deg=3, pelvic_drop_deg=2
)
PEOPLE = {
    "structural": (Participant("P01", tibial_torsion_deg=41.0, posture=STRUCTURE), TURNED_BONES),
    "functional": (Participant("P02", patterns={"right": MOVES, "left": MOVES}), USUAL_BONES),
    "mixed": (
        Participant("P03", tibial_torsion_deg=41.0, posture=STRUCTURE, patterns={"right": MOVES, "left": MOVES}),
        TURNED_BONES,
    ),
    "no_collapse": (Participant("P04"), TURNED_BONES),
}


def material_of(person: Participant, clinical: dict[str, float], folder: Path) -> FindingInputs:
    static(person, rate_hz=100).write(folder / "static.c3d")
    squat(person, "single_leg_squat", "right", repetitions=4, repetition_s=2.3, rate_hz=100, seed=3).write(
        folder / "squat.c3d"
    )
    trials = (
        Trial(trial="static", file="static.c3d", role="static", task="static"),
        Trial(trial="squat", file="squat.c3d", role="dynamic", task="single_leg_squat", side="right"),
    )
    session = Session(participant=person.name, session="1", mass_kg=62.0, height_m=1.68, trials=trials)
    session = session.model_copy(update={"clinical": clinical, "covariates": {"age_years": 25}})
    done = run_session(session, Config(), folder)
    quality = Quality(person.name, "1", "findings")
    return FindingInputs(session, Config(), quality, done.cycles, done.metrics, done.model, done.kinematics, {}, {})


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FindingInputs]:
    return {
        name: material_of(person, clinical, tmp_path_factory.mktemp(name))
        for name, (person, clinical) in PEOPLE.items()
    }


@pytest.mark.parametrize("planted", PEOPLE)
def test_what_was_planted_is_named(materials: dict[str, FindingInputs], planted: str) -> None:
    (found,) = cause(materials[planted])
    assert found.evidence["verdict"] == planted, found.evidence
    assert found.side == "right" and found.unit == "degree" and found.n == 4 and found.source


def test_the_evidence_stands_beside_the_verdict(materials: dict[str, FindingInputs]) -> None:
    (found,) = cause(materials["mixed"])
    structural = " ".join(found.evidence["for_structural"])
    for words in ("Craig's test 29.0", "hip rotation middle 20.0", "tibial torsion 41", "knee abduction standing 14.0"):
        assert words in structural, structural
    assert "hip internal rotation grows" in " ".join(found.evidence["for_functional"]) or (
        "knee abduction grows" in " ".join(found.evidence["for_functional"])
    )
    (usual,) = cause(materials["functional"])
    assert not usual.evidence["for_structural"] and len(usual.evidence["against_structural"]) >= 4


def test_standing_measures_are_those_of_the_participant(materials: dict[str, FindingInputs]) -> None:
    trial = materials["structural"].kinematics["static"]
    for side in ("left", "right"):
        torsion = tibial_torsion(trial["rotation"].sel(side=side), side)
        assert torsion == pytest.approx(41.0, abs=0.1)
    (found,) = cause(materials["structural"])
    share = found.evidence["standing_share_of_the_peak_percent"]["knee_abduction"]
    dynamic = found.evidence["peak_less_standing_deg"]["knee_abduction"]
    assert share == pytest.approx(100 * 14.0 / (14.0 + dynamic), abs=0.5)


def test_weighing_by_hand() -> None:
    usual = {"craig_test_deg": 12.0}
    still = {"knee_abduction": 1.0, "hip_internal_rotation": 0.0}
    small, large = {"knee_abduction": 3.0, "hip_internal_rotation": 2.0}, {"knee_abduction": 9.0}
    assert weigh(usual, still, small, {}, SETTINGS).verdict == "undetermined"
    assert weigh(usual, still, large, {}, SETTINGS).verdict == "functional"
    assert weigh({"craig_test_deg": 29.0}, still, small, {}, SETTINGS).verdict == "structural"
    assert weigh({"craig_test_deg": 29.0}, still, large, {}, SETTINGS).verdict == "mixed"
    # half of the peak is there in standing
    below = weigh(usual, {"knee_abduction": 4.0}, {"knee_abduction": 1.5}, {}, SETTINGS).against_functional
    assert below == ["knee abduction stays 2.5 degree below its standing value (large from 6 above it)"]
    shared = weigh({}, {"knee_abduction": 8.0}, {"knee_abduction": 12.9}, {}, SETTINGS)
    assert shared.verdict == "structural" and "62 %" in shared.structural[0]
    assert weigh({}, {}, {}, {}, SETTINGS).verdict == "undetermined", "nothing known is not evidence"
    weak = Cause(strength_low_nm_kg=1.0)
    assert weigh(usual, still, small, {}, weak, 0.8).verdict == "functional"
    uneven = {"knee_abduction": 6.0, "knee_abduction__static": 0.5}
    assert weigh(usual, still, small, uneven, SETTINGS).verdict == "functional"
    assert weigh(usual, still, small, {**uneven, "knee_abduction__static": 7.0}, SETTINGS).verdict == "undetermined"


def test_the_middle_of_hip_rotation_needs_both_ranges() -> None:
    ranges = {"left_hip_internal_rotation_range_deg": 60.0, "left_hip_external_rotation_range_deg": 20.0}
    assert examined(ranges, "left")["hip_rotation_middle_deg"] == 20.0
    assert "hip_rotation_middle_deg" not in examined({"left_hip_internal_rotation_range_deg": 60.0}, "left")
    assert examined(ranges, "right") == {}


LIMITS = Gluteal(drop_deg=15, lean_deg=12, rotation_range_deg=15, adduction_range_deg=22, source="test")


@pytest.mark.parametrize(
    ("drop", "lean", "rotation", "adduction", "expected"),
    [
        (18, 5, 5, 5, "uncompensated"),
        (5, 14, 5, 5, "trunk_lean"),
        (5, 5, 18, 25, "rotational"),
        (5, 5, 18, 5, "none"),
        (18, 14, 5, 5, "mixed"),
        (18, 5, 18, 25, "mixed"),
        (5, np.nan, 5, np.nan, "none"),
    ],
)
def test_gluteal_classes(drop: float, lean: float, rotation: float, adduction: float, expected: str) -> None:
    names = ("drop_deg", "lean_deg", "rotation_range_deg", "adduction_range_deg")
    assert classify(dict(zip(names, (drop, lean, rotation, adduction), strict=True)), LIMITS) == expected


def test_a_planted_drop_and_a_planted_lean_are_classed(tmp_path: Path) -> None:
    drop = Participant(patterns={"right": Pattern(pelvic_drop_deg=12.0)})
    lean = replace(drop, patterns={"right": Pattern(trunk_lean_deg=13.0, pelvic_drop_deg=0.0)})
    for name, person in (("uncompensated", drop), ("trunk_lean", lean)):
        folder = tmp_path / name
        folder.mkdir()
        given = material_of(person, {}, folder)
        (found,) = gluteal(given)
        assert found.evidence["class"] == name, found.evidence
        child = replace(given, metrics=given.metrics.assign_coords(age_years=("cycle", np.full(4, 9.0))))
        (unclassed,) = gluteal(child)
        assert unclassed.evidence["class"] == "" and "18 to 45 years, not 9" in unclassed.evidence["norm_not_used"]


def test_a_standing_angle_opposite_to_the_peak_has_no_share_but_is_said_so() -> None:
    reading = weigh({}, {"knee_abduction": -3.0}, {"knee_abduction": 9.0}, {}, Config().findings.cause)
    assert reading.against_structural == ["knee abduction is opposite in standing (-3.0 degree)"]
    assert reading.verdict == "functional"


STILL = {"knee_abduction": 1.0}
STRUCTURAL = ({"craig_test_deg": 29.0}, STILL, {"knee_abduction": 5.0})  # bones outside, little movement
FUNCTIONAL = ({"craig_test_deg": 12.0}, STILL, {"knee_abduction": 9.0})
MIXED = ({"craig_test_deg": 29.0}, STILL, {"knee_abduction": 9.0})
OPEN = ({"craig_test_deg": 12.0}, STILL, {"knee_abduction": 5.0})
NONE = ({"craig_test_deg": 12.0}, STILL, {"knee_abduction": 3.0})  # no collapse that could change


def change(value: float, mdc: float, kind: str = "condition", low: float = np.nan) -> Change:
    return Change(kind, "knee_abduction", "cued against natural", value, mdc, low, 1.0)


@pytest.mark.parametrize(
    ("found", "verdicts"),
    [
        # verdicts of the structural, functional, mixed and open case, and of the one without a collapse
        ([], "structural functional mixed undetermined undetermined"),
        ([change(-4.0, 1.5)], "mixed functional mixed functional undetermined"),
        ([change(-4.0, 1.5, "visits")], "mixed functional mixed functional undetermined"),
        ([change(0.5, 1.5)], "structural functional mixed undetermined undetermined"),  # unchanged makes no verdict
        ([change(-4.0, 8.0)], "structural functional mixed undetermined undetermined"),  # within a large error
        ([change(-1.0, 0.5)], "structural functional mixed undetermined undetermined"),  # sure and small
        ([change(-4.0, np.nan)], "structural functional mixed undetermined undetermined"),  # its error is not known
        ([change(4.0, 2.0, "fatigue", 0.1)], "mixed functional mixed functional undetermined"),
        ([change(4.0, 2.0, "fatigue", -0.1)], "structural functional mixed undetermined undetermined"),
        ([change(-4.0, 2.0, "fatigue", -0.9)], "structural functional mixed undetermined undetermined"),  # it falls
        ([change(1.0, 2.0, "fatigue", 0.1)], "structural functional mixed undetermined undetermined"),  # by little
    ],
)
def test_what_changes_is_weighed_by_hand(found: list[Change], verdicts: str) -> None:
    people = (STRUCTURAL, FUNCTIONAL, MIXED, OPEN, NONE)
    assert [weigh(*one, {}, SETTINGS, found=found).verdict for one in people] == verdicts.split()


def test_what_does_not_change_stands_with_structure_only_where_a_change_would_have_been_seen() -> None:
    seen = weigh(*MIXED, {}, SETTINGS, found=[change(0.5, 4.5)])  # 4.5 is half of the peak of 9
    assert seen.structural[-1] == (
        "knee abduction does not change beyond error: by 0.5 degree, cued against natural (MDC95 4.5 degree)"
    )
    for unseen in (change(0.5, 4.6), change(0.5, np.nan)):
        assert weigh(*MIXED, {}, SETTINGS, found=[unseen]) == weigh(*MIXED, {}, SETTINGS)


NEAR = np.array([0.0, 0.3, -0.3, 0.2, -0.2, 0.1])


def recorded(cells: dict[tuple[str, str], np.ndarray], settings: Cause = SETTINGS) -> FindingInputs:
    """Left squats; cells: condition and footwear to peaks of knee abduction, one trial each."""
    keys = [key for key, values in cells.items() for _ in values]
    values = np.concatenate(list(cells.values()))
    metrics = xr.Dataset(
        {"value": (("cycle", "metric"), values[:, None])},
        coords={
            "metric": ["knee_abduction__peak__cycle"],
            "start": ("cycle", 3.0 * np.arange(len(values))),
            "task": ("cycle", ["single_leg_squat"] * len(values)),
            "side": ("cycle", ["left"] * len(values)),
            "age_years": ("cycle", np.full(len(values), 25.0)),
            "condition": ("cycle", [key[0] for key in keys]),
            "footwear": ("cycle", [key[1] for key in keys]),
            "trial": ("cycle", ["_".join(key) for key in keys]),
        },
    )
    sem = {"sem": 3.0, "source": "a laboratory's own squats"}
    config = parse_config({"findings": {"session_sem": {"knee_abduction": sem}}})
    config = config.model_copy(update={"findings": config.findings.model_copy(update={"cause": settings})})
    empty = {}
    session = Session(participant="P1", session="1", trials=())
    return FindingInputs(
        session, config, Quality("P1", "1", "findings"), metrics, metrics, empty, empty, empty, {"1": metrics}
    )


def test_changes_are_those_of_the_contrasts_and_trends() -> None:
    cells = {("", "shod"): 20 + NEAR, ("cued", "shod"): 8 + NEAR, ("", "barefoot"): 30 + NEAR}
    found = changes(recorded(cells))
    plain, cued, bare = (
        {c.kind: c for c in found[("single_leg_squat", *cell, "left")]}
        for cell in (("", "shod"), ("cued", "shod"), ("", "barefoot"))
    )
    assert set(plain) == set(cued) == {"condition", "fatigue"} and set(bare) == {"fatigue"}, "footwear does not vote"
    assert plain["condition"] == cued["condition"]
    assert plain["condition"].value == pytest.approx(-12) and plain["condition"].mdc > 3
    assert plain["condition"].words == "cued against no named condition"
    assert abs(plain["fatigue"].value) < 0.5
    # 2 degrees per repetition
    (rising,) = changes(recorded({("", ""): 10 + NEAR + 2.0 * np.arange(6)})).values()
    assert rising[0].low > 0 and rising[0].value == pytest.approx(10, abs=0.5)


def test_kinds_and_conditions_can_be_left_out() -> None:
    cells = {("", ""): 20 + NEAR, ("brace", ""): 8 + NEAR, ("cued", ""): 9 + NEAR}
    only = changes(recorded(cells, Cause(change_kinds=("condition",), change_conditions=("cued",))))
    assert {key[1]: [c.words for c in value] for key, value in only.items()} == {
        "": ["cued against no named condition"],
        "cued": ["cued against no named condition"],
    }
    assert changes(recorded(cells, Cause(change_kinds=()))) == {}


def test_a_recorded_cue_reaches_the_verdict_and_its_evidence() -> None:
    (plain, cued) = cause(recorded({("", ""): 20 + NEAR, ("cued", ""): 8 + NEAR}))
    # 20 degrees are beyond the norm of 12.6, 8 are not: what the cue did is listed with both
    assert [found.evidence["verdict"] for found in (plain, cued)] == ["functional", "no_collapse"]
    assert "changes by -12.0 degree" in " ".join(plain.evidence["for_functional"])
    for found in (plain, cued):
        assert {c["kind"] for c in found.evidence["changes"]} == {"condition", "fatigue"}
    (alone,) = cause(recorded({("", ""): (20 + NEAR)[:4]}))
    assert alone.evidence["verdict"] == "undetermined" and alone.evidence["changes"] == []
