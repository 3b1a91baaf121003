"""The findings of the example's eight visits say what was planted in its four people, and no more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.findings.finding import Finding
from biomech.findings.inputs import FindingInputs
from biomech.findings.page import markdown
from biomech.findings.session import findings_session
from biomech.io.sheets import read_study
from biomech.quality import Quality
from biomech_simulation.example import CRAIG_DEG, LEAD_S, TORSION_DEG, example_people
from tests.pipeline import run_session

ROOT = Path(__file__).parents[2]
PEOPLE = {one.participant.name: one for one in example_people()}
VISITS = [(person, visit) for person in PEOPLE for visit in ("pre", "post")]
ORDERS = ("top_down", "bottom_up")
SQUAT, JUMP, CUE = "single_leg_squat", "drop_vertical_jump", "knee-out-cue"
# planted and found may differ by the lead's systematic error (skin, misplaced markers: `findings.sequence.systematic_ms`, 15 ms)
# and by a frame at each end
LEAD_WITHIN_MS = 35.0
WITHIN_DEG = 1.0

Found = dict[tuple[str, str], list[Finding]]


@pytest.fixture(scope="module")
def done() -> tuple[Found, dict[tuple[str, str], str], dict[tuple[str, str], list[str]]]:
    """Findings, page and rows of doubt of every visit."""
    study = read_study(ROOT, environ={})
    results = {(s.participant, s.session): (s, run_session(s, study.config, study.data_folder)) for s in study.sessions}
    found, pages, doubts = {}, {}, {}
    for (person, visit), (session, own) in results.items():
        visits = {v: results[person, v][1].metrics for p, v in results if p == person}
        quality = Quality(person, visit, "findings")
        material = FindingInputs(
            session, study.config, quality, own.cycles, own.metrics, own.model, own.kinematics, own.muscles, visits
        )
        found[person, visit] = findings_session(material)
        pages[person, visit] = markdown(found[person, visit], person, visit, session.label, "base.json")
        rows = [row for row in (*own.quality.to_dict("records"), *quality.rows) if row["level"] != "info"]
        doubts[person, visit] = [f"{row['code']}: {row['message']}" for row in rows]
    return found, pages, doubts


@pytest.fixture(scope="module")
def found(done) -> Found:
    return done[0]


def true_fppa(person: str, visit: str, trial: str = "squat-right") -> float:
    """Largest true projection angle of every repetition, their mean, degrees."""
    truth = xr.load_dataset(ROOT / "data_example" / person / visit / f"{trial}.truth.nc")
    side = trial.split("-")[1]
    angle = truth["angle"].sel(side=side, quantity="fppa")
    at = {name: truth["event_time"].values[truth["event_name"].values == f"squat_{name}"] for name in ("start", "end")}
    bounds = zip(np.sort(at["start"]), np.sort(at["end"]), strict=True)
    return float(np.mean([float(angle.sel(time=slice(start, end)).max()) for start, end in bounds]))


def of(found: list[Finding], topic: str, **place: str) -> list[Finding]:
    return [one for one in found if one.topic == topic and all(getattr(one, k) == v for k, v in place.items())]


def one_of(found: list[Finding], topic: str, **place: str) -> Finding:
    (one,) = of(found, topic, **place)
    return one


def changed(found: list[Finding], contrast: str, **place: str) -> Finding:
    """The contrast of the projection angle in the squats of the right leg."""
    own = [
        one
        for one in of(found, "conditions", task=SQUAT, side="right", **place)
        if one.evidence["contrast"] == contrast
    ]
    (one,) = [one for one in own if one.evidence["metric"].startswith("fppa__peak")]
    return one


def answer(page: str, question: str) -> str:
    (line,) = [line for line in page.splitlines() if line.startswith(f"- **{question}**")]
    return line


@pytest.mark.parametrize("visit", VISITS, ids="-".join)
def test_size_is_the_true_one_in_both_legs(found: Found, visit: tuple[str, str]) -> None:
    for side in ("left", "right"):
        own = of(found[visit], "size", task=SQUAT, side=side, condition="")
        (size,) = [one.value for one in own if one.evidence["metric"] == "fppa__peak__cycle"]
        assert size == pytest.approx(true_fppa(*visit, f"squat-{side}"), abs=WITHIN_DEG)


@pytest.mark.parametrize("visit", VISITS, ids="-".join)
def test_three_right_legs_collapse_and_no_left_one(done, visit: tuple[str, str]) -> None:
    found, pages, _ = done
    person = visit[0]
    causes = of(found[visit], "cause", condition="")
    collapsed = {(one.task, one.side) for one in causes if one.evidence["collapse"]}
    tasks = {one.task for one in causes} & {SQUAT, JUMP}
    assert collapsed == (set() if person == "P04" else {(task, "right") for task in tasks})
    size, leg = answer(pages[visit], "Size"), answer(pages[visit], "Leg")
    assert ("the knee collapses inward, right leg, single-leg squat" in size) == (person != "P04")
    assert "left leg, " not in size
    assert ("larger on the right" in leg) == (person != "P04") and "larger on the left" not in leg


@pytest.mark.parametrize("visit", VISITS, ids="-".join)
def test_an_order_is_named_where_one_was_planted_and_nowhere_else(done, visit: tuple[str, str]) -> None:
    found, pages, _ = done
    person = visit[0]
    order = {"P01": ("top_down", LEAD_S), "P03": ("bottom_up", -LEAD_S)}.get(person)
    squats = of(found[visit], "sequence", task=SQUAT, side="right", condition="")
    if order is None:
        assert not {str(one.evidence["verdict"]) for one in of(found[visit], "sequence")} & set(ORDERS)
        assert " begins " not in answer(pages[visit], "Timing")
        return
    (squat,) = squats
    name, lead_s = order
    assert squat.evidence["verdict"] == name
    assert squat.value == pytest.approx(1000 * lead_s, abs=LEAD_WITHIN_MS)
    assert squat.low < 1000 * lead_s < squat.high
    first = {"top_down": "hip adduction begins", "bottom_up": "rearfoot eversion begins"}[name]
    assert f"right leg, single-leg squat: {first}" in answer(pages[visit], "Timing")
    for one in of(found[visit], "sequence"):  # jumps and the cued squat have the same order planted, left legs none
        assert one.evidence["verdict"] in (name, "indeterminate")
        assert one.side == "right" or one.evidence["verdict"] == "indeterminate"


def test_p01_moves_and_p02_is_built_so(done) -> None:
    found, pages, _ = done
    for person, verdict, words in (("P01", "functional", "function"), ("P02", "structural", "structure")):
        one = one_of(found[person, "pre"], "cause", task=SQUAT, side="right", condition="")
        assert one.evidence["verdict"] == verdict
        assert f"right leg, single-leg squat, consistent with {words}: " in answer(pages[person, "pre"], "Structure")
    bones = one_of(found["P02", "post"], "cause", task=SQUAT, side="right").evidence
    assert bones["verdict"] == "structural"
    assert bones["measures"]["craig_test_deg"]["value"] == CRAIG_DEG
    assert bones["measures"]["tibial_torsion_deg"]["value"] == pytest.approx(TORSION_DEG, abs=0.5)
    assert not bones["for_functional"]


def test_of_p03_neither_structure_nor_function_is_claimed_and_of_p04_nothing(done) -> None:
    found, pages, _ = done
    for visit in ("pre", "post"):
        one = one_of(found["P03", visit], "cause", task=SQUAT, side="right")
        assert one.evidence["verdict"] == "undetermined"
        assert "the evidence is not enough" in answer(pages["P03", visit], "Structure")
        assert {str(one.evidence["verdict"]) for one in of(found["P04", visit], "cause")} == {"no_collapse"}
        assert "not weighed" in answer(pages["P04", visit], "Structure")


def test_the_cue_takes_p01s_collapse_and_leaves_p02s(done) -> None:
    found, pages, _ = done
    for person in ("P01", "P02"):
        one = changed(found[person, "pre"], "condition", condition=CUE)
        planted = true_fppa(person, "pre", "squat-right-cue") - true_fppa(person, "pre")
        assert one.value == pytest.approx(planted, abs=WITHIN_DEG)
        assert one.evidence["beyond_mdc95"] is (person == "P01")
        reported = answer(pages[person, "pre"], "Change")
        assert (f"{CUE} against no condition, frontal plane projection angle is smaller" in reported) == (
            person == "P01"
        )
        assert ("is not beyond MDC95" in reported) == (person == "P02")


def test_training_changes_p01_and_nobody_else(done) -> None:
    found, pages, _ = done
    for person in PEOPLE:
        one = changed(found[person, "post"], "visits")
        planted = true_fppa(person, "post") - true_fppa(person, "pre")
        assert one.value == pytest.approx(planted, abs=WITHIN_DEG)
        assert one.evidence["beyond_mdc95"] is (person == "P01")
        assert ("frontal plane projection angle is smaller" in answer(pages[person, "post"], "Change")) == (
            person == "P01"
        )


def test_the_four_answers_differ(done) -> None:
    _, pages, _ = done
    reported = {person: tuple(answer(pages[person, "pre"], q) for q in ("Timing", "Structure")) for person in PEOPLE}
    assert len(set(reported.values())) == 4


@pytest.mark.parametrize("visit", VISITS, ids="-".join)
def test_nothing_of_the_clean_example_is_in_doubt(done, visit: tuple[str, str]) -> None:
    assert done[2][visit] == []
