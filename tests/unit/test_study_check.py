"""`biomech check` looks at files and people: every doubt is made from the example and must be a line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from biomech.cli import main
from biomech.model.markersets import load_markerset, shipped
from biomech.study_check.markersets import try_markerset

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "data_example"
MARKERSETS = Path(load_markerset.__code__.co_filename).parent / "markersets"
FILES = ("P01/pre/static", "P01/pre/walk1", "P02/pre/static", "P02/pre/walk1", "P04/pre/static", "P04/pre/walk1")
PEOPLE = {"P01": ("female", "65.5", "1.70"), "P02": ("male", "68.9", "1.76"), "P04": ("male", "72.1", "1.82")}
HEAD = "participant\tsession\ttrial\tfile\trole\ttask\n"


@pytest.fixture
def study(tmp_path: Path):
    """Write a study of P01 and P04 and return what `biomech check` prints and its exit code."""
    (tmp_path / "config" / "markersets").mkdir(parents=True)
    for name in FILES:
        target = tmp_path / "data" / f"{name}.c3d"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(EXAMPLE / f"{name}.c3d", target)

    def check(capsys, *lines: tuple[str, str, str], people=PEOPLE, markerset: str = "cast_lower_limb"):
        body = "".join(
            f"{person}\tpre\t{trial}\t{file}\t{'static' if trial.startswith('static') else 'dynamic'}\t"
            f"{'static' if trial.startswith('static') else 'walking'}\n"
            for person, trial, file in lines
        )
        sheet = "".join("\t".join((name, *cells)) + "\n" for name, cells in people.items())
        (tmp_path / "config" / "config.yaml").write_text(f"data: {{folder: data}}\nmarkerset: {markerset}\n")
        (tmp_path / "config" / "participants.tsv").write_text("participant\tsex\tmass_kg\theight_m\n" + sheet)
        (tmp_path / "config" / "trials.tsv").write_text(HEAD + body)
        code = main(["check", str(tmp_path)])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return tmp_path, check


def lines_of(person: str, walk: str = "", static: str = "") -> tuple[tuple[str, str, str], ...]:
    return (
        (person, "static", static or f"{person}/pre/static.c3d"),
        (person, "walk1", walk or f"{person}/pre/walk1.c3d"),
    )


def test_a_clean_study_has_no_doubt(study, capsys) -> None:
    code, out = study[1](capsys, *lines_of("P01"), *lines_of("P04"))
    assert code == 0 and "Config and sheets: no fault. Participants: 2, sessions: 2, trials: 4." in out
    assert "No fault in any recording." in out and "Trials: 4 ready, 0 with a doubt, 0 cannot" in out


def test_the_same_recording_of_one_person_under_two_names(study, capsys) -> None:
    folder, check = study
    shutil.copyfile(folder / "data/P01/pre/walk1.c3d", folder / "data/P01/pre/walk2.c3d")
    code, out = check(capsys, *lines_of("P01"), ("P01", "walk2", "P01/pre/walk2.c3d"))
    assert code == 0
    assert "the same recording is used 2 times: P01/pre/walk1.c3d" in out and "P01/pre/walk2.c3d" in out


def test_the_same_recording_of_two_persons(study, capsys) -> None:
    folder, check = study
    shutil.copyfile(folder / "data/P01/pre/walk1.c3d", folder / "data/P04/pre/walk1.c3d")
    _, out = check(capsys, *lines_of("P01"), *lines_of("P04"))
    assert "the same recording of different participants is used 2 times" in out
    assert "P01, session pre, trial walk1" in out and "P04, session pre, trial walk1" in out


def test_files_of_one_size_and_other_content_are_not_the_same(study, capsys) -> None:
    folder, check = study
    raw = bytearray((folder / "data/P01/pre/walk1.c3d").read_bytes())
    raw[-600] ^= 1
    (folder / "data/P01/pre/walk2.c3d").write_bytes(raw)
    _, out = check(capsys, *lines_of("P01"), ("P01", "walk2", "P01/pre/walk2.c3d"))
    assert "the same recording" not in out


@pytest.mark.parametrize(
    ("person", "static", "cells", "expected"),
    [
        ("P01", "P04/pre/static.c3d", PEOPLE["P01"], "probably another person's"),
        ("P01", "", ("female", "65.5", "1.07"), "height_m says 1.07 m"),
        ("P01", "", ("female", "65.5", "2.10"), "height_m says 2.10 m"),
    ],
)
def test_a_person_who_is_somebody_else(study, capsys, person, static, cells, expected) -> None:
    code, out = study[1](capsys, *lines_of(person, static=static), people=PEOPLE | {person: cells})
    assert code == 0 and expected in out and f"where: {person} pre" in out
    assert "0 ready, 2 with a doubt" in out


def test_a_static_that_belongs_to_another_participant_of_the_sheet(study, capsys) -> None:
    """Both names are in the sheet, and P04's file is also P04's: the sheet itself refuses that."""
    code, out = study[1](capsys, *lines_of("P04"), *lines_of("P01", static="P04/pre/static.c3d"))
    assert code == 1 and "is a trial of participant 'P04' already" in out


def test_two_statics_for_one_footwear(study, capsys) -> None:
    folder, check = study
    shutil.copyfile(EXAMPLE / "P01/post/static.c3d", folder / "data/P01/pre/static2.c3d")
    _, out = check(capsys, *lines_of("P01"), ("P01", "static2", "P01/pre/static2.c3d"))
    assert "WARNING several_statics: expected one static trial for footwear (empty), found static, static2" in out


def test_an_absent_file_whose_name_differs_in_case(study, capsys) -> None:
    _, out = study[1](capsys, *lines_of("P01", walk="P01/pre/Walk1.c3d"))
    if "absent" in out:  # where upper and lower case are the same, the file is there
        assert "there is walk1.c3d, which differs in upper and lower case" in out


WRONG = [
    ("first: {x: [heel_flat, mid_heads]}", "first: {x: [mid_heads, heel_flat]}", "foot", "x axis points back"),
    ("second: {z: [MFE, LFE]}}\n    landmarks: {hip", "second: {z: [LFE, MFE]}}\n    landmarks: {hip", "thigh", "medially"),
    ('LM: {labels: ["{s}LM"]', 'LM: {labels: ["{s}MM"]', "shank_distal", "medially"),
    ("first: {y: [lower_trunk, upper_trunk]}", "first: {y: [upper_trunk, lower_trunk]}", "trunk", "y axis points down"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "segment", "words"), WRONG, ids=[w[2] for w in WRONG])
def test_a_wrong_own_set_is_a_fault_before_any_recording(study, capsys, old, new, segment, words) -> None:
    folder, check = study
    text = (MARKERSETS / "cast_lower_limb.yaml").read_text(encoding="utf-8")
    if segment == "shank_distal":
        text = text.replace('MM: {labels: ["{s}MM"]', 'MM: {labels: ["{s}LM"]')
    assert old in text
    (folder / "config/markersets/mine.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    code, out = check(capsys, *lines_of("P01"), markerset="mine")
    assert (
        code == 1
        and f"marker set mine: on a standing synthetic person, {'' if segment == 'trunk' else 'right '}{segment}: "
        in out
    )
    assert words in out and "rests on" in out


def test_an_own_set_that_is_not_used_yet_is_checked_too(study, capsys) -> None:
    folder, check = study
    (folder / "config/markersets/next.yaml").write_bytes("title: Füße".encode("latin-1"))
    code, out = check(capsys, *lines_of("P01"))
    assert code == 1 and "marker set next, line 1" in out


def test_markers_that_the_synthetic_person_does_not_wear_are_said(study, capsys) -> None:
    folder, check = study
    text = (MARKERSETS / "cast_lower_limb.yaml").read_text(encoding="utf-8").replace("SK4", "QQ4")
    (folder / "config/markersets/mine.yaml").write_text(text, encoding="utf-8")
    code, out = check(capsys, *lines_of("P01"))
    assert code == 0 and "does not wear QQ4" in out


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_set_stands_upright(name: str) -> None:
    assert try_markerset(load_markerset(name)) == ([], [])
