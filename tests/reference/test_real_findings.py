"""Findings of real recordings say nothing beyond what was measured: children, a runner, landings and a cut, all healthy."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from biomech.findings.finding import Finding
from biomech.findings.inputs import FindingInputs
from biomech.findings.session import findings_session
from biomech.io.sheets import read_study
from biomech.quality import Quality
from tests.pipeline import run_session

pytestmark = pytest.mark.realdata
STUDIES = Path(__file__).parents[1] / "studies"
PEOPLE = (("running", 0), ("landing", 0), ("children", 0), ("children", 5))


@cache
def found(study: str, number: int, data: Path) -> tuple[Finding, ...]:
    read = read_study(STUDIES / study, environ={"BIOMECH_DATA": str(data)})
    session = read.sessions[number]
    done = run_session(session, read.config, data)
    quality = Quality(session.participant, session.session, "findings")
    return tuple(
        findings_session(
            FindingInputs(
                session, read.config, quality, done.cycles, done.metrics, done.model, done.kinematics, done.muscles,
                {session.session: done.metrics},
            )
        )
    )  # fmt: skip


@pytest.mark.parametrize(("study", "number"), PEOPLE)
def test_no_structure_or_function_of_a_healthy_leg(realdata: Path, study: str, number: int) -> None:
    causes = [one for one in found(study, number, realdata) if one.topic == "cause"]
    assert causes
    for one in causes:
        assert one.evidence["verdict"] in ("no_collapse", "not_judged"), one.sentence
        assert "tibial_torsion_deg" not in one.evidence["measures"] or study == "landing"


@pytest.mark.parametrize(("study", "number"), PEOPLE)
def test_no_order_is_named_in_gait_or_of_one_landing(realdata: Path, study: str, number: int) -> None:
    orders = [str(one.evidence["verdict"]) for one in found(study, number, realdata) if one.topic == "sequence"]
    assert set(orders) <= {"indeterminate"}, orders


def test_a_cut_without_adduction_is_no_collapse_and_the_turned_axis_is_said(realdata: Path) -> None:
    (cut,) = [one for one in found("landing", 0, realdata) if one.topic == "cause" and one.task == "side_cut"]
    assert cut.evidence["verdict"] == "no_collapse" and "knee axis turned by 18" in cut.sentence
