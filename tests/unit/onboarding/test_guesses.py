"""Guesses one at a time: names, contents that contradict them, people by body size, masses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from biomech.onboarding.asking import Nobody
from biomech.onboarding.body import mass_of, weighed_mass
from biomech.onboarding.content import Content, content_of
from biomech.onboarding.guess import Guess
from biomech.onboarding.people import owners
from biomech.onboarding.questions import ask_measures
from biomech.onboarding.roles import use_of
from biomech.onboarding.survey import Look, survey
from biomech.onboarding.words import is_visit, label_of, read_name
from tests.unit.onboarding.folders import EXAMPLE

STILL = Content(True, 1.5, 0.0, 0.0, 0, "", 0, {}, "both", 1)
WALK = Content(False, 1.5, 4.0, 1.3, 3, "events", 0, {"left": 55.0, "right": 56.0}, "both", 1)
SQUAT = Content(False, 1.5, 0.2, 0.1, 0, "", 0, {"left": 70.0, "right": 30.0}, "left", 1)
LANDING = Content(False, 1.5, 0.4, 0.3, 0, "", 2, {"left": 70.0, "right": 68.0}, "both", 2)


@pytest.fixture(scope="module")
def looks() -> list[Look]:
    return survey(EXAMPLE, [f"{p}/pre/{name}.c3d" for p in ("P01", "P02", "P04") for name in ("static", "walk1")])


@pytest.mark.parametrize(
    ("name", "task", "side"),
    [
        ("singleLegLanding", "single_leg_drop_landing", ""),
        ("SL_squat_R_03", "", "right"),
        ("single leg squat links 2", "single_leg_squat", "left"),
        ("DVJ_1", "drop_vertical_jump", ""),
        ("Gehen 1", "walking", ""),
        ("RunT35", "running", ""),
        ("side cut L", "side_cut", "left"),
        ("MH0222_BP01", "", ""),
        ("RCH.08", "", ""),
        ("Lars_03", "", ""),
    ],
)  # fmt: skip
def test_names_say_tasks_and_sides(name: str, task: str, side: str) -> None:
    said = read_name(name)
    assert (said.task, said.side) == (task, side)


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("walk.c3d", WALK, ("dynamic", "walking", "", "")),
        ("trial1.c3d", WALK, ("dynamic", "walking", "", "")),
        ("walk.c3d", STILL, ("dynamic", "walking", "", "task")),
        ("walk.c3d", LANDING, ("dynamic", "walking", "", "task")),
        ("static.c3d", STILL, ("static", "static", "", "")),
        ("static.c3d", WALK, ("static", "static", "", "task")),
        ("A01.c3d", STILL, ("static", "static", "", "")),
        ("running.c3d", WALK, ("dynamic", "running", "", "task")),
        ("sls squat left.c3d", SQUAT, ("dynamic", "single_leg_squat", "left", "")),
        ("sls squat right.c3d", SQUAT, ("dynamic", "single_leg_squat", "", "side")),
        ("sls squat.c3d", SQUAT, ("dynamic", "single_leg_squat", "", "side")),
        ("squat.c3d", SQUAT, ("dynamic", "single_leg_squat", "", "task")),
        ("double leg squat.c3d", SQUAT, ("dynamic", "double_leg_squat", "", "task")),
        ("x.c3d", LANDING, ("dynamic", "drop_vertical_jump", "", "task")),
        ("MVC glut.c3d", None, ("functional", "functional", "", "")),
        ("emg.c3d", None, ("functional", "functional", "", "task")),
        ("func hip R.c3d", SQUAT, ("functional", "functional", "right", "")),
        ("functional.c3d", SQUAT, ("functional", "functional", "", "task")),
    ],
)
def test_names_and_contents_that_disagree_are_not_sure(
    file: str, content: Content | None, expected: tuple[str, ...]
) -> None:
    guess = use_of(file, content)
    use = guess.value
    assert (use.role, use.task, use.side, use.unsure) == expected, guess.evidence
    assert guess.sure == (not use.unsure) and guess.evidence


@pytest.mark.parametrize(("name", "visit"), [("pre", True), ("Visit 2", True), ("2024-05-03", True), ("V1", True), ("Anna", False), ("M", False), ("P01x", False)])  # fmt: skip
def test_visits(name: str, visit: bool) -> None:
    assert is_visit(name) == visit


def test_labels_of_names() -> None:
    assert [label_of(name) for name in ("Müller, Anna", "_x", "Ørsted", "###")] == ["Mueller-Anna", "x", "rsted", "x"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["A/pre/x.c3d", "A/post/x.c3d"], {("A", "pre"), ("A", "post")}),
        (["P1/x/a.c3d", "P1/y/a.c3d", "P2/x/a.c3d", "P2/y/a.c3d"], {("P1", "x"), ("P1", "y"), ("P2", "x"), ("P2", "y")}),
        (["control/Anna/a.c3d", "training/Bea/a.c3d"], {("Anna", "1"), ("Bea", "1")}),
        (["Static03/a.c3d", "trial1/a.c3d"], {("Lab", "1")}),
        (["S01/a.c3d", "S02/a.c3d"], {("S01", "1"), ("S02", "1")}),
        (["Müller/a.c3d", "Mueller/a.c3d"], {("Mueller", "1"), ("Mueller-2", "1")}),
    ],
)  # fmt: skip
def test_people_and_visits_from_folders(files: list[str], expected: set[tuple[str, str]]) -> None:
    found = owners([Look(file) for file in files], "Lab")
    assert {(guess.value.participant, guess.value.session) for guess in found.values()} == expected


def test_bodies_tell_people_apart_where_nothing_else_does(looks: list[Look]) -> None:
    nameless = [replace(look, file=f"{i}.c3d", subject="") for i, look in enumerate(looks)]
    found = owners(nameless, "Lab")
    assert [found[f"{i}.c3d"].value.participant for i in range(6)] == [
        "Lab-1",
        "Lab-1",
        "Lab-2",
        "Lab-2",
        "Lab-3",
        "Lab-3",
    ]
    assert not any(guess.sure for guess in found.values())
    assert all("the size of their bodies" in guess.evidence for guess in found.values())


def test_subjects_whose_names_differ_in_the_kind_of_trial_are_one(looks: list[Look]) -> None:
    one = [
        replace(looks[i], file=f"{i}.c3d", subject=f"Full Body {kind}") for i, kind in enumerate(("Static", "Dynamic"))
    ]
    guesses = list(owners(one, "Lab").values())
    assert len({guess.value.participant for guess in guesses}) == 1 and not guesses[0].sure
    assert "distances within their segments agree" in guesses[0].evidence


def test_contents_of_the_example() -> None:
    static, walk, squat, jump = map(content_of, survey(EXAMPLE / "P01/pre", ["static.c3d", "walk1.c3d", "squat-left.c3d", "jump1.c3d"]))  # fmt: skip
    assert static and walk and squat and jump
    assert static.still and not any(one.still for one in (walk, squat, jump))
    assert walk.travel_m > 1.5 and walk.strides >= 2 and not walk.flights
    assert squat.standing == "left" and squat.knee_flexion_deg["left"] > 50 and not squat.flights
    assert jump.flights >= 1 and jump.standing == "both"


def test_what_plates_weigh_is_never_sure(looks: list[Look]) -> None:
    static = looks[0]
    assert static.recording is not None
    loaded = replace(static, force=np.full((len(static.recording.position), 2), 327.0))
    weighed = weighed_mass([(loaded, STILL)])
    assert (weighed.value, weighed.sure) == (66.7, False) and "654 N on 2 plates" in weighed.evidence
    assert weighed_mass([(static, STILL), (loaded, WALK)]).value is None
    kept, told = ask_measures({("A", "1"): {"mass_kg": Guess(66.7, False, weighed.evidence)}}, Nobody())
    assert kept == {("A", "1"): {}} and "UNSURE mass_kg 66.7: 654 N" in told["A", "1"]


def test_a_stored_mass_that_the_plates_contradict_is_not_sure() -> None:
    stored = Guess(81.0, True, "stored in the C3D files")
    assert mass_of(stored, Guess(80.0, False, "plates")) == stored
    doubted = mass_of(stored, Guess(69.7, False, "684 N on 2 plates"))
    assert (doubted.value, doubted.sure) == (81.0, False) and "684 N" in doubted.evidence
