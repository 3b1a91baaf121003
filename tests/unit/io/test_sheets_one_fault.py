"""A mistake in the sheets is one fault, however many lines it touches; names that a file system takes for others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.io.test_sheets import faults_of, rows, study_of

MANY = rows(*(f"{p} w{i} {p}{i}.c3d dynamic walking" for p in ("P01", "P02", "P03") for i in range(6)))


@pytest.mark.parametrize(
    "broken",
    [
        "P02,male,70",  # commas instead of tabs
        "P02;male;70",
        "P02  male  70",  # blanks instead of tabs
        "\tP02\tmale\t70",  # a tab too much
        "P 02 P02\tmale\t70",
        '"P02\tmale\t70',  # a quotation mark that is not closed: the lines after it are lost too
    ],
)
def test_a_broken_line_of_the_participants_is_one_fault(tmp_path: Path, broken: str) -> None:
    people = f"participant\tsex\tmass_kg\nP01\tfemale\t60\n{broken}\nP03\tmale\t80\n"
    faults = faults_of(tmp_path, participants=people, sessions=None, trials=MANY)
    assert len(faults) == 1, faults
    assert "participants.tsv" in faults[0] and "3" in faults[0]


@pytest.mark.parametrize("broken", ["P02,pre", "\tP02\tpre", "P02\t"])
def test_a_broken_line_of_the_sessions_is_one_fault(tmp_path: Path, broken: str) -> None:
    visits = f"participant\tsession\nP01\t1\n{broken}\nP03\t1\n"
    faults = faults_of(tmp_path, participants="participant\nP01\nP02\nP03\n", sessions=visits, trials=MANY)
    assert len(faults) == 1, faults
    assert faults[0].startswith("sessions.tsv") and "line 3" in faults[0]


def test_a_participant_that_is_missing_is_one_fault_for_all_trials(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, participants="participant\nP01\nP03\n", sessions=None, trials=MANY)
    assert "participant 'P02' is not in participants.tsv" in fault and "6 lines name it" in fault


def test_a_faulty_label_is_one_fault_for_all_trials(tmp_path: Path) -> None:
    trials = MANY.replace("P02\t", "P.02\t")
    (fault,) = faults_of(tmp_path, participants="participant\nP01\nP02\nP03\n", sessions=None, trials=trials)
    assert "trials.tsv line 8, column participant" in fault and "'P.02'" in fault


@pytest.mark.parametrize("name", ["CON", "aux", "Nul", "PRN", "COM1", "lpt9"])
@pytest.mark.parametrize("column", ["participant", "session", "trial"])
def test_names_that_windows_keeps_are_faults(tmp_path: Path, name: str, column: str) -> None:
    cells = {
        "participant": "P01",
        "session": "pre",
        "trial": "walk",
        "file": "a.c3d",
        "role": "dynamic",
        "task": "walking",
    }
    cells[column] = name
    people = f"participant\n{name if column == 'participant' else 'P01'}\n"
    trials = "\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n"
    faults = faults_of(tmp_path, participants=people, sessions=None, trials=trials)
    assert all("Windows keeps for a device" in fault and repr(name) in fault for fault in faults)
    # the participant is named by the line of participants.tsv and that of trials.tsv
    assert len(faults) == (2 if column == "participant" else 1)


def test_names_near_a_reserved_one_are_no_faults(tmp_path: Path) -> None:
    study = study_of(tmp_path, participants="participant\nCON1\n", sessions=None, trials=rows("CON1 COM a.c3d dynamic walking"))  # fmt: skip
    assert study.sessions[0].participant == "CON1"


@pytest.mark.parametrize(
    ("people", "trials", "expected"),
    [
        ("P01\np01\n", rows("P01 w a.c3d dynamic walking"), "participants.tsv line 3: participant 'p01' and 'P01' (line 2)"),
        ("P01\n", rows("P01 w a.c3d dynamic walking", "P01 W b.c3d dynamic walking"), "trials.tsv line 3: trial 'W' and 'w' (line 2)"),
        ("P01\n", rows("P01 w a.c3d dynamic walking", "P01 v A.c3d dynamic walking"), "trials.tsv line 3: file 'A.c3d' and 'a.c3d' (line 2)"),
        ("P01\n", rows("P01 w a.c3d dynamic walking", "P01 v b.c3d dynamic walking").replace("task\n", "task\tsession\n").replace("a.c3d\tdynamic\twalking", "a.c3d\tdynamic\twalking\tPre").replace("b.c3d\tdynamic\twalking", "b.c3d\tdynamic\twalking\tpre"), "session 'pre' and 'Pre' (line 2)"),
        ("P01\n", rows("P01 w a.c3d dynamic walking", "P01 v b.c3d dynamic walking").replace("task\n", "task\tfootwear\n").replace("a.c3d\tdynamic\twalking", "a.c3d\tdynamic\twalking\tShod").replace("b.c3d\tdynamic\twalking", "b.c3d\tdynamic\twalking\tshod"), "footwear 'shod' and 'Shod' (line 2)"),
    ],
)  # fmt: skip
def test_names_that_differ_only_in_case_are_one_fault(tmp_path: Path, people: str, trials: str, expected: str) -> None:
    (fault,) = faults_of(tmp_path, participants="participant\n" + people, sessions=None, trials=trials)
    assert expected in fault and "differ only in upper and lower case" in fault


def test_the_same_trial_name_in_two_sessions_is_no_fault(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    assert [trial.trial for session in study.sessions for trial in session.trials].count("walk1") == 2
