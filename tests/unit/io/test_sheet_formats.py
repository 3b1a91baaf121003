"""Sheets in other formats and words: CSV, workbooks, decimal commas, synonyms; what was understood is always reported."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from biomech.io.sheet_reader import read_sheet
from biomech.io.sheets import PARTICIPANT_COLUMNS, TRIAL_COLUMNS, Session, read_noted_sheets

PEOPLE = [
    ["Subject", "Gender", "Weight", "Height (cm)", "Dominant leg"],
    ["P_01", "w", "61,5", "168", "R"],
    ["P2", "M", "80", "", ""],
]
VISITS = [["Subject", "Visit", "Gewicht"], ["P_01", "pre_1", ""], ["P_01", "post_1", "62,25"], ["P2", "pre_1", ""]]
TRIALS = [
    ["participant", "Session", "Trial", "Filename", "Role", "Task", "Side", "Include", "speed"],
    ["P_01", "pre_1", "stat_1", "Grün Haus/stat 1.c3d", "Static", "", "", "", ""],
    ["P_01", "pre_1", "squat_L", "b.c3d", "Dynamic", "Single leg squat", "L", "ja", "1,5"],
    ["P_01", "post_1", "walk_1", "c.c3d", "DYNAMIC", "Gait", "", "yes", "2"],
    ["P2", "pre_1", "walk_1", "d.c3d", "dynamic", "walking", "b", "nein", "2.5"],
]  # fmt: skip
FORMATS = ["tsv", "csv,", "csv;", "txt", "xlsx"]


def workbook(path: Path, rows: list[list[Any]], title: str = "Sheet1") -> Workbook:
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return book


def write(folder: Path, name: str, rows: list[list[str]], kind: str) -> Path:
    path = folder / f"{name}.{kind.rstrip(',;')}"
    if kind == "xlsx":
        workbook(
            path,
            [[float(c.replace(",", ".")) if c.replace(",", "").isdigit() else c or None for c in row] for row in rows],
        )
        return path
    mark = kind[-1] if kind[-1] in ",;" else "\t"
    text = "\n".join(mark.join(f'"{cell}"' if mark in cell else cell for cell in row) for row in rows)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def noted(folder: Path) -> tuple[tuple[Session, ...], list[str]]:
    sessions, faults, notes = read_noted_sheets(folder)
    assert not faults, faults
    return sessions, notes


@pytest.mark.parametrize("trials", FORMATS)
@pytest.mark.parametrize("people", FORMATS)
def test_every_format_and_word_means_the_same(tmp_path: Path, people: str, trials: str) -> None:
    write(tmp_path, "participants", PEOPLE, people)
    write(tmp_path, "sessions", VISITS, people)
    write(tmp_path, "trials", TRIALS, trials)
    (pre, post), notes = noted(tmp_path)
    assert (pre.participant, pre.session, post.session) == ("P_01", "pre_1", "post_1")
    assert (pre.sex, pre.mass_kg, pre.height_m, pre.dominant_side) == ("female", 61.5, 1.68, "right")
    assert post.mass_kg == 62.25
    static, squat = pre.trials
    assert (static.role, static.task, static.file) == ("static", "static", "Grün Haus/stat 1.c3d")
    assert (squat.role, squat.task, squat.side, squat.free) == ("dynamic", "single_leg_squat", "left", {"speed": 1.5})
    assert post.trials[0].task == "walking"
    text = "\n".join(notes)
    for part in ("`Weight` is read as mass_kg", "`Height (cm)` is read as height_m, times 0.01", "`w` as female", "`L` as left", "`Gait` as walking"):  # fmt: skip
        assert part in text, text


def test_plain_sheets_have_no_notes(tmp_path: Path) -> None:
    write(tmp_path, "participants", [["participant", "sex", "mass_kg"], ["P1", "female", "61.5"]], "tsv")
    rows = [["participant", "trial", "file", "role", "task"], ["P1", "w", "a.c3d", "dynamic", "walking"]]
    write(tmp_path, "trials", rows, "csv,")
    assert noted(tmp_path)[1] == []


def test_two_files_of_one_sheet_are_a_fault(tmp_path: Path) -> None:
    for kind in ("tsv", "xlsx"):
        write(tmp_path, "participants", PEOPLE, kind)
    write(tmp_path, "trials", TRIALS, "tsv")
    faults = read_noted_sheets(tmp_path)[1]
    assert any("participants.xlsx is there as well" in fault for fault in faults), faults


def test_two_words_for_one_column_are_a_fault(tmp_path: Path) -> None:
    path = write(tmp_path, "participants", [["participant", "Weight", "Mass"], ["P1", "60", "61"]], "tsv")
    sheet = read_sheet(path, PARTICIPANT_COLUMNS, ["participant"])
    assert len(sheet.faults) == 1 and "'Weight', 'Mass' all mean 'mass_kg'" in sheet.faults[0]


def test_a_word_stays_a_free_column_where_the_column_is_there(tmp_path: Path) -> None:
    path = write(tmp_path, "participants", [["participant", "mass_kg", "weight"], ["P1", "60", "x"]], "tsv")
    sheet = read_sheet(path, PARTICIPANT_COLUMNS, ["participant"])
    assert (sheet.columns, sheet.faults, sheet.notes) == (["participant", "mass_kg", "weight"], [], [])


def test_merged_cells_are_refused_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "trials.xlsx"
    book = workbook(path, [["participant", "trial"], ["P1", "a"], [None, "b"]])
    book.active.merge_cells("A2:A3")
    book.save(path)
    (fault,) = read_sheet(path, TRIAL_COLUMNS, ["participant"]).faults
    assert "merged cells A2:A3" in fault and "unmerge" in fault


def test_a_formula_without_a_stored_value_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "participants.xlsx"
    workbook(path, [["participant", "mass_kg"], ["P1", "=30*2"]])
    (fault,) = read_sheet(path, PARTICIPANT_COLUMNS, ["participant"]).faults
    assert "cell B2 holds a formula whose value is not stored" in fault and "type the value" in fault


def test_the_stored_value_of_a_formula_is_used_and_noted(tmp_path: Path) -> None:
    """openpyxl stores no values of formulas: that of a spreadsheet program is written into the archive."""
    import zipfile

    plain, path = tmp_path / "plain.xlsx", tmp_path / "participants.xlsx"
    workbook(plain, [["participant", "mass_kg"], ["P1", "=30*2"]])
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v />", b"<v>60</v>").replace(b"<v></v>", b"<v>60</v>"))
    sheet = read_sheet(path, PARTICIPANT_COLUMNS, ["participant"])
    assert sheet.faults == [] and sheet.lines[0].cells["mass_kg"] == "60"
    assert "stored values of formulas are used, in B2" in "\n".join(sheet.notes)


def test_dates_numbers_and_truths_of_a_workbook_are_text(tmp_path: Path) -> None:
    path = tmp_path / "trials.xlsx"
    workbook(path, [["participant", "session", "trial", "include"], [7.0, date(2024, 5, 3), 1.5, True]])
    sheet = read_sheet(path, TRIAL_COLUMNS, [])
    assert list(sheet.lines[0].cells.values()) == ["7", "2024-05-03", "1.5", "yes"]
    assert "dates are read as text, in B2 (2024-05-03)" in "\n".join(sheet.notes)


def test_the_sheet_of_the_files_name_is_read_and_the_others_named(tmp_path: Path) -> None:
    path = tmp_path / "participants.xlsx"
    book = workbook(path, [["x"], ["y"]], "Notes")
    for row in (["participant"], ["P1"]):
        (book["Participants"] if "Participants" in book.sheetnames else book.create_sheet("Participants")).append(row)
    book.save(path)
    sheet = read_sheet(path, PARTICIPANT_COLUMNS, ["participant"])
    assert [line.cells for line in sheet.lines] == [{"participant": "P1"}]
    assert "not read: 'Notes'" in "\n".join(sheet.notes)


def test_a_damaged_workbook_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "participants.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    (fault,) = read_sheet(path, PARTICIPANT_COLUMNS, ["participant"]).faults
    assert "cannot be read as an Excel workbook" in fault


def test_names_that_join_to_one_are_a_fault(tmp_path: Path) -> None:
    write(tmp_path, "participants", [["participant"], ["a"], ["a_b"]], "tsv")
    rows = [["participant", "session", "trial", "file", "role", "task"]]
    rows += [["a", "b_c", "w", "1.c3d", "dynamic", "walking"], ["a_b", "c", "w", "2.c3d", "dynamic", "walking"]]
    write(tmp_path, "trials", rows, "tsv")
    faults = read_noted_sheets(tmp_path)[1]
    assert len(faults) == 1 and "'a_b_c_w'" in faults[0]
