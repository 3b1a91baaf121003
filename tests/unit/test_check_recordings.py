"""`biomech check` opens every recording: each fault is planted in simulated ones, named once, and cured where that is certain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from biomech.cli import main
from biomech.errors import StudyError
from biomech.pipeline.preflight import load_study
from biomech.study_check.axes import stop_at_wrong_axes
from tests.unit.pipeline.faulty_study import Recordings, record, relabelled, without, write_sheets

ROWS = [
    (person, "1", trial, f"{person}/{trial}.c3d", *role)
    for person in ("P1", "P2")
    for trial, role in (("stand", ("static", "")), ("walk", ("dynamic", "walking")), ("again", ("dynamic", "walking")))
]
PEOPLE = ["P1\tfemale\t65\t1.7\t", "P2\tfemale\t65\t1.7\t"]
COMMENT = "# our lab's file\n"


@pytest.fixture(scope="module")
def recordings() -> Recordings:
    return record()


@pytest.fixture
def study(recordings: Recordings, tmp_path: Path):
    """Two people with a static trial and two walks; returns the folder, with options and other recordings where they are given."""

    def write(people: list[str] = PEOPLE, rows=ROWS, files=None, **config) -> Path:
        for person in ("P1", "P2"):
            made = {"stand": recordings.static, "walk": recordings.walk}
            walk = recordings.walk.markers.copy()
            walk[:, :, 0] += 0.001 if person == "P1" else 0.002  # no two recordings are the same
            made["again"] = replace(recordings.walk, markers=walk)
            if person == "P2":
                made = {name: replace(motion, markers=motion.markers + 1e-4) for name, motion in made.items()}
            for name, motion in (made | (files or {}).get(person, {})).items():
                motion.write(tmp_path / "data" / person / f"{name}.c3d")
        write_sheets(tmp_path, people, rows, **config)
        path = tmp_path / "config" / "config.yaml"
        path.write_text(COMMENT + path.read_text())
        return tmp_path

    return write


def checked(folder: Path, capsys, *options: str) -> tuple[int, str]:
    code = main(["check", str(folder), *options])
    return code, capsys.readouterr().out


def state(out: str, trial: str) -> str:
    (line,) = [line for line in out.splitlines() if line.startswith(f"  {trial} ")]
    return line.removeprefix(f"  {trial} ").strip()


def test_a_study_without_a_fault_is_ready_and_drawn(study, capsys) -> None:
    folder = study()
    code, out = checked(folder, capsys, "--strict")
    assert code == 0, out
    assert "Trials: 6 ready, 0 with a doubt, 0 cannot" in out and state(out, "P2 1 again") == "ready"
    assert (folder / "results" / "check" / "statics-1.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("lab", "fixed"),
    [
        ({"up": "+y", "forward": "+x"}, ["up: +z", "forward: +x"]),
        ({"up": "+x", "forward": "+z"}, ["up: +z", "forward: +y"]),  # forward has to make room
        ({"up": "-z", "forward": "+x"}, ["up: +z", "forward: +x"]),
    ],
)
def test_wrong_axes_are_one_error_before_any_job_and_are_cured(study, capsys, lab, fixed) -> None:
    folder = study(lab=lab)
    code, out = checked(folder, capsys)
    assert code == 1 and out.count("wrong_axes: ") == 1 and "0 ready, 0 with a doubt, 6 cannot" in out
    assert f"lab.up is {lab['up']}, but the recordings show +z up" in out and "where: P1 1, P2 1" in out
    assert "segment_axes" not in out and "static_not_upright" not in out, "what follows from it is not listed"
    with pytest.raises(StudyError, match=r"data\.wrong_axes: warn"):
        stop_at_wrong_axes(load_study(folder))
    code, out = checked(folder, capsys, "--fix", "--yes")
    assert "changed: config.yaml: " in out
    text = (folder / "config" / "config.yaml").read_text()
    assert text.startswith(COMMENT) and all(line in text.replace("'", "") for line in fixed), text
    assert checked(folder, capsys, "--strict")[0] == 0
    stop_at_wrong_axes(load_study(folder))


def test_nothing_is_written_without_a_yes(study, capsys, monkeypatch) -> None:
    folder = study(lab={"up": "+y", "forward": "+x"})
    before = (folder / "config" / "config.yaml").read_bytes()
    monkeypatch.setattr("builtins.input", lambda words: "n")
    _, out = checked(folder, capsys, "--fix")
    assert "left as it is: config.yaml: lab.up=+z" in out
    assert (folder / "config" / "config.yaml").read_bytes() == before


def test_a_run_may_begin_where_the_user_knows_better_or_one_session_agrees(study, recordings) -> None:
    wrong = {"up": "+y", "forward": "+x"}
    stop_at_wrong_axes(load_study(study(lab=wrong, data={"folder": "data", "wrong_axes": "warn"})))
    lying = recordings.static.markers[..., [0, 2, 1]] * [1, 1, -1]  # stored with y up
    stop_at_wrong_axes(load_study(study(lab=wrong, files={"P2": {"stand": replace(recordings.static, markers=lying)}})))


def test_one_session_with_other_axes_costs_itself(study, recordings, capsys) -> None:
    turned = recordings.static.markers[..., [0, 2, 1]] * [1, -1, 1]
    code, out = checked(study(files={"P2": {"stand": replace(recordings.static, markers=turned)}}), capsys)
    assert code == 1 and "where: P2 1" in out and "3 ready" in out and state(out, "P1 1 walk") == "ready"


def test_a_marker_set_that_does_not_fit_is_named_with_one_that_does(study, capsys) -> None:
    folder = study(markerset="plug_in_gait")
    code, out = checked(folder, capsys)
    assert code == 1 and "ERROR wrong_markerset: marker set plug_in_gait lacks markers" in out
    assert "cast_lower_limb fits it" in out and "6 cannot" in out
    assert out.count("missing_marker:") <= 1


def test_exchanged_labels_a_missing_marker_and_a_wrong_mass(study, recordings, capsys) -> None:
    exchanged = relabelled(recordings.static, LLFE="RLFE", RLFE="LLFE")
    _, out = checked(study(files={"P1": {"stand": exchanged}}), capsys)
    assert "swapped_labels" in out and state(out, "P2 1 walk") == "ready" and state(out, "P1 1 walk") != "ready"
    folder = study(files={"P1": {"stand": exchanged}})
    _, out = checked(folder, capsys, "--fix", "--yes")
    assert "changed: trials.tsv, column relabel of P1 1 stand: " in out
    assert "swapped_labels" not in checked(folder, capsys)[1]
    exchanged = relabelled(
        recordings.static, LMM="RMM", RMM="LMM"
    )  # only the static has them: no distance of a movement shows it
    _, out = checked(study(files={"P1": {"stand": exchanged}}), capsys)
    assert (
        "labels_contradicted" in out and "LMM" in out and state(out, "P2 1 walk") == "ready" != state(out, "P1 1 walk")
    )
    bare = without(recordings.walk, "LASI")
    _, out = checked(study(files={"P1": {"again": bare}}), capsys)
    assert "missing_marker: marker set cast_lower_limb expects LASI" in out and "where: P1 1 again" in out
    assert state(out, "P1 1 walk") == "ready" and state(out, "P1 1 again") == "with a doubt: missing_marker"
    _, out = checked(study(people=["P1\tfemale\t95\t1.7\t", PEOPLE[1]]), capsys)
    assert "mass_differs" in out and "where: P1 1" in out


def test_a_plate_that_lies_elsewhere(study, recordings, capsys) -> None:
    plates = tuple(replace(plate, centre=(plate.centre[0], plate.centre[1] + 1.5)) for plate in recordings.walk.plates)
    moved = replace(recordings.walk, plates=plates)
    _, out = checked(study(files={"P1": {"walk": moved, "again": moved}}), capsys)
    assert "contact_no_foot: " in out and "where: P1 1 walk" in out
    assert state(out, "P1 1 walk") != "ready" and state(out, "P2 1 walk") == "ready"


def test_damaged_and_absent_files_cost_themselves(study, capsys) -> None:
    folder = study()
    path = folder / "data" / "P1" / "walk.c3d"
    path.write_bytes(path.read_bytes()[:2000])
    (folder / "data" / "P1" / "again.c3d").rename(folder / "data" / "P1" / "Again.c3d")
    (folder / "data" / "P2" / "stand.c3d").write_bytes(b"")
    code, out = checked(folder, capsys)
    assert code == 1 and state(out, "P1 1 walk").startswith("cannot") and state(out, "P1 1 stand") == "ready"
    assert state(out, "P1 1 again") == "cannot: file_missing" and "there is Again.c3d" in out
    assert state(out, "P2 1 walk").startswith("cannot"), "its static trial is empty"
    checked(folder, capsys, "--fix", "--yes")
    assert "P1/Again.c3d" in (folder / "config" / "trials.tsv").read_text()
    assert state(checked(folder, capsys)[1], "P1 1 again") == "ready"


def test_only_movements_and_the_same_file_for_two_people(study, recordings, capsys) -> None:
    rows = [row for row in ROWS if row[:3] != ("P2", "1", "stand")]
    code, out = checked(study(rows=rows), capsys)
    assert code == 1 and "ERROR missing_static" in out and "where: P2 1" in out
    assert state(out, "P2 1 walk") == "cannot: missing_static" and state(out, "P1 1 walk") == "ready"
    _, out = checked(study(files={"P1": {"again": recordings.walk}, "P2": {"walk": recordings.walk}}), capsys)
    assert "the same recording of different participants" in out


def test_a_fault_of_the_software_costs_one_session(study, capsys, monkeypatch) -> None:
    from biomech.study_check import recordings as module

    real = module.axes_cause

    def fails(study, session):
        if session.participant == "P1":
            raise ValueError("planted")
        return real(study, session)

    monkeypatch.setattr(module, "axes_cause", fails)
    code, out = checked(study(), capsys)
    assert code == 1 and "internal_error: P1, session 1 cannot be checked: ValueError: planted" in out
    assert state(out, "P1 1 walk") == "cannot: internal_error" and state(out, "P2 1 walk") == "ready"


@pytest.mark.parametrize(("mark", "ending"), [("\t", "\n"), (";", "\r\n")])
def test_a_relabel_cell_is_written_where_the_sheet_has_no_such_column(tmp_path: Path, mark: str, ending: str) -> None:
    from biomech.study_check.causes import Fix
    from biomech.study_check.cures import apply_fixes

    rows = ["# a comment", "participant,trial,file", "P1,stand,s.c3d", "P1,walk,w.c3d"]
    (tmp_path / "config").mkdir()
    path = tmp_path / "config" / "trials.csv"
    path.write_bytes((ending.join(rows).replace(",", mark) + ending).encode())
    fix = Fix(relabel=(("P1", "1", "stand"), "A=B; B=A"))
    wanted = "A=B; B=A" if mark == "\t" else ""
    (line,) = apply_fixes(tmp_path, [fix], lambda words: True)
    if not wanted:  # a semicolon would end the cell
        assert line.startswith("could not be written")
        return
    assert line.startswith("changed: ")
    assert path.read_text().splitlines() == [
        "# a comment",
        "participant\ttrial\tfile\trelabel",
        "P1\tstand\ts.c3d\tA=B; B=A",
        "P1\twalk\tw.c3d\t",
    ]
