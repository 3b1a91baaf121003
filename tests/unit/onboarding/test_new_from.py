"""`biomech new --from`: folders as laboratories keep them, good and bad ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from biomech.cli import main
from biomech.errors import BiomechError
from biomech.io.sheets import Study, read_study
from biomech.onboarding.asking import Nobody
from biomech.onboarding.new import start_study
from tests.unit.onboarding.folders import LAB, fill


class Scripted:
    """Answers by the first word of its script that a question holds; Enter for the others."""

    def __init__(self, **script: str) -> None:
        self.script, self.answers, self.asked = script, 0, []

    def choose(self, question: str, default: str, choices: Sequence[str] = ()) -> str | None:
        self.answers += 1
        self.asked.append(question)
        return next((answer for word, answer in self.script.items() if word in question), default)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("Labor Süd") / "Aufnahmen 2024")


@pytest.fixture(scope="module")
def study(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("study")
    before = _content(lab)
    start_study(folder, lab, Nobody())
    assert _content(lab) == before, "recordings are never changed"
    return read_study(folder, environ={})


def _content(folder: Path) -> dict[str, str]:
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_people_visits_roles_tasks_and_sides_are_found(study: Study) -> None:
    found = {
        (session.participant, session.session, trial.trial): (trial.role, trial.task, trial.side)
        for session in study.sessions
        for trial in session.trials
    }
    assert found == {
        ("Mueller-Anna", "Visit-1", "Static-01"): ("static", "static", "both"),
        ("Mueller-Anna", "Visit-1", "Gehen-1"): ("dynamic", "walking", "both"),
        ("Mueller-Anna", "Visit-1", "single-leg-squat-links"): ("dynamic", "single_leg_squat", "left"),
        ("Mueller-Anna", "Visit-1", "drop-jump_1"): ("dynamic", "drop_vertical_jump", "both"),
        ("Mueller-Anna", "Visit-2", "Static-01"): ("static", "static", "both"),
        ("Mueller-Anna", "Visit-2", "Gehen-1"): ("dynamic", "walking", "both"),
        ("Weiss_B", "Visit-1", "trial03"): ("dynamic", "walking", "both"),
        ("Weiss_B", "Visit-1", "trial01"): ("static", "static", "both"),
    }, "a squat whose name leaves one or two legs open is not included"


def test_the_data_stay_where_they_are_and_axes_and_markers_are_found(study: Study, lab: Path) -> None:
    assert study.data_folder == lab and study.config.markerset == "cast_lower_limb"
    assert (study.config.lab.up, study.config.lab.forward[1]) == ("+z", "x")
    text = (study.folder / "config" / "config.yaml").read_text(encoding="utf-8")
    assert (
        "# pelvis and trunk lie over the feet along +z" in text and "all labels that it needs are in the files" in text
    )
    assert not study.notes, "what is written needs no interpretation"


def test_what_is_unsure_is_a_comment(study: Study) -> None:
    text = (study.folder / "config" / "trials.tsv").read_text(encoding="utf-8")
    (squat,) = [line for line in text.splitlines() if "SquatR" in line]
    assert "\tno\t" in squat and "UNSURE task: 'squat' in its name leaves the task open" in squat


def test_questions_are_few_and_their_answers_count(lab: Path, tmp_path: Path) -> None:
    asker = Scripted(**{"Which leg": "right", "SquatR": "single_leg_squat"})
    started = start_study(tmp_path, lab, asker)
    assert asker.answers == 2, asker.asked
    loaded = read_study(tmp_path, environ={})
    by_name = {trial.trial: trial for session in loaded.sessions for trial in session.trials}
    assert (by_name["SquatR"].task, by_name["SquatR"].side) == ("single_leg_squat", "right")
    assert not any("unsure" in doubt for doubt in started.draft.doubts)


def test_a_second_run_adds_only_new_files(tmp_path: Path) -> None:
    source = fill(tmp_path / "data", {k: v for k, v in LAB.items() if "Visit 2" not in k and "Weiß" not in k})
    start_study(tmp_path / "s", source, Nobody())
    config = tmp_path / "s" / "config"
    edited = (config / "trials.tsv").read_text(encoding="utf-8").replace("Gehen-1", "my-walk")
    (config / "trials.tsv").write_text(edited, encoding="utf-8")
    options = (config / "config.yaml").read_bytes()
    assert start_study(tmp_path / "s", source, Nobody()).written == [], "nothing is new"
    fill(source, {"Weiß_B/Static.c3d": "P02/pre/static.c3d", "Müller Anna/Visit 1/Gehen 2.c3d": "P01/pre/walk2.c3d"})
    written = start_study(tmp_path / "s", source, Nobody()).written
    assert [path.name for path in written] == ["participants.tsv", "trials.tsv"]
    now = (config / "trials.tsv").read_text(encoding="utf-8")
    assert now.startswith(edited) and now.count("\n") == edited.count("\n") + 2
    assert (config / "config.yaml").read_bytes() == options
    assert {s.participant for s in read_study(tmp_path / "s", environ={}).sessions} == {"Mueller-Anna", "Weiss_B"}
    other = fill(tmp_path / "other", {"a.c3d": "P01/pre/static.c3d"})
    with pytest.raises(BiomechError, match="is a study of"):
        start_study(tmp_path / "s", other, Nobody())


def test_a_workbook_is_never_written_over(tmp_path: Path) -> None:
    source = fill(tmp_path / "data", {"P1/static.c3d": "P01/pre/static.c3d"})
    start_study(tmp_path / "s", source, Nobody())
    config = tmp_path / "s" / "config"
    book = Workbook()
    for line in (config / "trials.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        book.active.append(line.split("\t"))
    book.save(config / "trials.xlsx")
    (config / "trials.tsv").unlink()
    before = (config / "trials.xlsx").read_bytes()
    fill(source, {"P1/walk.c3d": "P01/pre/walk1.c3d"})
    (written,) = start_study(tmp_path / "s", source, Nobody()).written
    assert written.name == "trials_new.tsv" and "walk.c3d" in written.read_text(encoding="utf-8")
    assert (config / "trials.xlsx").read_bytes() == before


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "holds no C3D file, in no subfolder either; it holds 2 .mot"),
        ({"a.c3d": b""}, "none of the 1 C3D files in"),
    ],
)
def test_a_folder_from_which_nothing_can_start(tmp_path: Path, files: dict[str, bytes], expected: str) -> None:
    for name, content in {"a.mot": b"x", "b/c.mot": b"x", **files}.items():
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(content)
    with pytest.raises(BiomechError, match=expected):
        start_study(tmp_path / "s", tmp_path / "data", Nobody())
    assert not (tmp_path / "s").exists()


def test_a_folder_that_is_not_there_is_said_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "s"), "--from", str(tmp_path / "nowhere"), "--yes"]) == 1
    assert "does not exist; give the folder that holds the C3D files" in capsys.readouterr().err


def test_people_mixed_in_one_folder_are_told_apart_and_asked(tmp_path: Path) -> None:
    names = {f"{kind}{i}.c3d": f"{p}/pre/{kind}{'1' if kind == 'walk' else ''}.c3d" for i, p in enumerate(("P01", "P02", "P03")) for kind in ("static", "walk")}  # fmt: skip
    started = start_study(tmp_path / "s", fill(tmp_path / "mixed", names), Nobody())
    groups: dict[str, set[str]] = {}
    for row in started.draft.trials:
        groups.setdefault(row.participant, set()).add(row.file)
    assert sorted(map(sorted, groups.values())) == [[f"static{i}.c3d", f"walk{i}.c3d"] for i in range(3)]
    assert any("people in one folder, distinguished by subject names" in doubt for doubt in started.draft.doubts)


def test_people_are_told_apart_by_how_names_of_files_begin(tmp_path: Path) -> None:
    names = {
        "P01_static.c3d": "P01/pre/static.c3d",
        "P01_walk.c3d": "P01/pre/walk1.c3d",
        "P02_walk.c3d": "P02/pre/walk1.c3d",
    }
    started = start_study(tmp_path / "s", fill(tmp_path / "mixed", names), Nobody())
    assert {row.file: row.participant for row in started.draft.trials} == {n: n[:3] for n in names}
    text = "\n".join(started.draft.doubts)
    assert "P02, session 1: no standing (static) trial, so no angles; that of P01, session 1, does not serve" in text
    assert "2 people in one folder" in text


def test_a_static_of_somebody_else_is_doubted(tmp_path: Path) -> None:
    names = {"Anna/static.c3d": "P02/pre/static.c3d", "Anna/walk.c3d": "P01/pre/walk1.c3d"}
    started = start_study(tmp_path / "s", fill(tmp_path / "data", names), Nobody())
    assert any("seem to show two people" in doubt for doubt in started.draft.doubts)


def test_only_movements_and_unreadable_files_are_said(tmp_path: Path) -> None:
    source = fill(tmp_path / "data", {"Anna/walk.c3d": "P01/pre/walk1.c3d"})
    (source / "Anna" / "static (1).c3d").write_bytes(b"no C3D file")
    started = start_study(tmp_path / "s", source, Nobody())
    text = "\n".join(started.draft.doubts)
    assert "Anna, session 1: no standing (static) trial" in text
    assert "1 files cannot be read and are left out" in text and "does not begin like one" in text
    sheet = (tmp_path / "s" / "config" / "trials.tsv").read_text(encoding="utf-8")
    assert "# left out: Anna/static (1).c3d | " in sheet
    assert start_study(tmp_path / "s", source, Nobody()).written == [], "a file that was left out is not new"


def test_the_command_asks_and_prints_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    source = fill(
        tmp_path / "data", {"Anna/static.c3d": "P01/pre/static.c3d", "Anna/squat.c3d": "P01/pre/squat-left.c3d"}
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("what\nsingle_leg_squat\nleft\n" + 3 * "\n"))
    assert main(["new", str(tmp_path / "s"), "--from", str(source)]) == 0
    out = capsys.readouterr().out
    assert (
        "'what' is not one of them" in out
        and "1 single_leg_squat" in out
        and " answers. Next:" in out
        and f"biomech check {tmp_path / 's'}" in out
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["new", str(tmp_path / "t"), "--from", str(source)]) == 1
    assert "or give --yes" in capsys.readouterr().err
