"""Sheets as people save them: what is read, what is tolerated, and every fault that must be named."""

from __future__ import annotations

from pathlib import Path

import pytest

from biomech.errors import StudyError
from biomech.io.sheet_reader import parse_number, read_sheet
from biomech.io.sheets import RESERVED, Session, Study, read_sheets, read_study

PARTICIPANTS = """\
participant\tsex\tmass_kg\theight_m\tgroup\tdominant_side\tleft_leg_length_m\tage_years\tpain
P01\tfemale\t61.5\t1.68\ttraining\tright\t0.86\t23\tnone
P02\tmale\t\t\tcontrol\t\t\t31\t
"""
SESSIONS = """\
participant\tsession\tlabel\tmass_kg\tpain
P01\tpre\tbefore\t\t
P01\tpost\tafter\t62.5\tmild
P02\tpre\t\t\tsevere
"""
TRIALS = """\
participant\tsession\ttrial\tfile\trole\ttask\tcondition\tfootwear\tside\tinclude\trelabel\tcontacts\tprogression\tspeed
P01\tpre\tstatic\tP01/static.c3d\tstatic\t\t\tshod\t\t\tLLM=LMM; LMM=LLM\t\t\t
P01\tpre\twalk1\tP01/walk1.c3d\tdynamic\twalking\tfast\tshod\t\tyes\t\t1:right 2:left\t0-1.5:+x 1.5-3:-z\t1.5
P01\tpre\twalk2\tP01/walk2.c3d\tdynamic\twalking\tfast\tshod\t\tno\t\t\t\t1.6
P01\tpost\tsquat\tP01/squat.c3d\tdynamic\tsingle_leg_squat\t\t\tleft\t\t\t\t\t
P02\tpre\twalk1\tP02\\walk1.c3d\tdynamic\twalking\t\t\t\t\t\t\t\t1
"""


def study_of(
    folder: Path,
    *,
    config: str = "data: {folder: data}\n",
    participants: str | bytes = PARTICIPANTS,
    sessions: str | None = SESSIONS,
    trials: str | bytes = TRIALS,
) -> Study:
    (folder / "config").mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    texts = {
        "config.yaml": config,
        "participants.tsv": participants,
        "sessions.tsv": sessions,
        "trials.tsv": trials,
    }
    for name, text in texts.items():
        if text is not None:
            (folder / "config" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_study(folder, environ={})


def faults_of(folder: Path, **texts: str | bytes | None) -> list[str]:
    with pytest.raises(StudyError) as error:
        study_of(folder, **texts)  # type: ignore[arg-type]
    return error.value.faults


def rows(*lines: str) -> str:
    return "participant\ttrial\tfile\trole\ttask\n" + "".join("\t".join(line.split()) + "\n" for line in lines)


ONE_PERSON = {"participants": "participant\nP01\n", "sessions": None}


def test_a_study_is_read_with_everything_in_it(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    assert [(s.participant, s.session) for s in study.sessions] == [("P01", "pre"), ("P01", "post"), ("P02", "pre")]
    before, after, other = study.sessions
    assert (before.label, before.sex, before.mass_kg, before.height_m) == ("before", "female", 61.5, 1.68)
    assert (before.group, before.dominant_side) == ("training", "right")
    assert before.anthropometry == {"left_leg_length_m": 0.86}
    assert before.covariates == {"age_years": 23.0, "pain": "none"}
    assert (after.mass_kg, after.covariates["pain"]) == (62.5, "mild"), (
        "a filled session cell replaces the participant's"
    )
    assert (other.mass_kg, other.height_m, other.covariates["pain"]) == (None, None, "severe")
    static, walk = before.trials
    assert (static.task, static.relabel) == ("static", {"LLM": "LMM", "LMM": "LLM"})
    assert (walk.condition, walk.contacts, walk.progression) == ("fast", "1:right 2:left", "0-1.5:+x 1.5-3:-z")
    assert walk.free == {"speed": 1.5} and static.free == {"speed": None}
    assert after.trials[0].side == "left"
    assert other.trials[0].file == "P02/walk1.c3d", "a path written on Windows"
    assert study.data_folder == tmp_path / "data"
    assert Session.model_validate(before.model_dump(mode="json")) == before


def test_offsets_markers_and_feet_can_be_given_per_person_and_visit(tmp_path: Path) -> None:
    participants = (
        "participant\tflat_foot\tmarker_diameter_m\tleft_thigh_rotation_deg\tright_shank_rotation_deg\tleft_ankle_abadd_deg"
        "\tleft_static_plantar_flexion_deg\tright_static_rotation_offset_deg\n"
        "P01\tno\t0.0095\t0\t-3.5\t2\t4\t-1\nP02\tyes\t\t\t\t\t\t\n"
    )
    sessions = "participant\tsession\tflat_foot\tmarker_diameter_m\nP01\tpre\t\t\nP01\tpost\tyes\t0.014\nP02\tpre\t\t\n"
    pre, post, other = study_of(tmp_path, participants=participants, sessions=sessions).sessions
    offsets = {
        "left_thigh_rotation_deg": 0.0,  # a zero is a value
        "right_shank_rotation_deg": -3.5,
        "left_ankle_abadd_deg": 2.0,
        "left_static_plantar_flexion_deg": 4.0,
        "right_static_rotation_offset_deg": -1.0,
    }
    assert pre.anthropometry == offsets | {"marker_diameter_m": 0.0095}
    assert post.anthropometry == offsets | {"marker_diameter_m": 0.014}
    assert (pre.flat_foot, post.flat_foot, other.flat_foot, other.anthropometry) == (False, True, True, {})
    assert Session.model_validate(pre.model_dump(mode="json")) == pre
    assert study_of(tmp_path).sessions[0].flat_foot is None


def test_sessions_sheet_is_optional_and_the_session_is_1(tmp_path: Path) -> None:
    study = study_of(tmp_path, **ONE_PERSON, trials=rows("P01 walk a.c3d dynamic walking"))
    assert [(s.session, s.label) for s in study.sessions] == [("1", "")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_spreadsheets_add_does_no_harm(tmp_path: Path, encoding: str) -> None:
    text = TRIALS.replace("\n", "\t\t\r\n\r\n").replace("fast", ' "fast" ').replace("shod", '"shod"')
    text = "# a comment\r\n" + text.replace("walk1", " walk1\u00a0 ", 1)
    study = study_of(tmp_path, trials=text.encode(encoding))
    assert [t.trial for s in study.sessions for t in s.trials] == ["static", "walk1", "squat", "walk1"]
    assert study.sessions[0].trials[0].footwear == "shod"


def test_the_data_folder_comes_from_the_environment_first(tmp_path: Path) -> None:
    study_of(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert read_study(tmp_path, environ={"BIOMECH_DATA": str(elsewhere)}).data_folder == elsewhere
    with pytest.raises(StudyError, match="BIOMECH_DATA"):
        read_study(tmp_path, environ={"BIOMECH_DATA": str(tmp_path / "nowhere")})


def test_an_absent_recording_is_no_fault_but_an_absent_data_folder_is(tmp_path: Path) -> None:
    study_of(tmp_path)
    (fault,) = faults_of(tmp_path, config="data: {folder: dta}\n")
    assert "dta" in fault and "does not exist" in fault


def test_faults_of_config_and_all_sheets_come_together(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        config="signals: {gap_max: 0.1}\nlab: {up: z}\n",
        participants=PARTICIPANTS.replace("1.68", "168").replace("female", "femal"),
        sessions=SESSIONS.replace("post", "pre"),
        trials=TRIALS.replace("single_leg_squat", "single_leg_squad").replace("dynamic", "dynmic", 1),
    )
    text = "\n".join(faults)
    for part in (
        "`signals.gap_max` (did you mean 'gap_max_s'?)",
        "`lab.up`",
        "participants.tsv line 2, column sex: unknown 'femal' (did you mean 'female'?)",
        "participants.tsv line 2, column height_m: expected 0.3 to 2.6 m, found 168 (looks like centimetres: write 1.68)",
        "sessions.tsv line 3: session 'pre' of participant 'P01' appears twice",
        "trials.tsv line 3, column role: unknown 'dynmic' (did you mean 'dynamic'?)",
        "trials.tsv line 5, column task: unknown 'single_leg_squad' (did you mean 'single_leg_squat'?)",
    ):
        assert part in text, f"{part}\nnot in\n{text}"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("mass_kg\tP01\t620", "looks like newtons: write 63.2"),
        ("mass_kg\tP01\t62500", "looks like grams: write 62.5"),
        ("mass_kg\tP01\t620,5", "looks like newtons: write 63.25"),
        ("mass_kg\tP01\t1,062,5", "expected a number in kg"),
        ("mass_kg\tP01\tsixty", "expected a number in kg"),
        ("mass_kg\tP01\tinf", "expected a number in kg"),
        ("mass_kg\tP01\t-60", "expected 2 to 300 kg"),
        ("height_m\tP01\t1780", "looks like millimetres: write 1.78"),
        ("left_knee_width_m\tP01\t105", "looks like millimetres: write 0.105"),
        ("marker_diameter_m\tP01\t14", "looks like millimetres: write 0.014"),
        ("left_thigh_rotation_deg\tP01\t90", "expected -60 to 60 degrees, found 90"),
        ("flat_foot\tP01\tflat", "flat_foot: expected one of yes, true"),
        ("heigth_m\tP01\t1.7", "did you mean 'height_m'"),
        ("Height (cm)\tP01\t1.7", "expected 0.3 to 2.6 m, found 0.017"),
        ("left_knee_widht_m\tP01\t0.1", "did you mean 'left_knee_width_m'"),
        ("dominant_side\tP01\tRihgt", "did you mean 'right'"),
        ("Q angle\tP01\t12", "for example 'Q_angle'"),
        ("trial\tP01\t1", "has a meaning elsewhere"),
        ("moment\tP01\t1", "has a meaning elsewhere"),
        ("metric\tP01\t1", "has a meaning elsewhere"),
    ],
)
def test_a_fault_of_the_participants_is_named(tmp_path: Path, cells: str, expected: str) -> None:
    column, name, value = cells.split("\t")
    faults = faults_of(
        tmp_path,
        participants=f"participant\t{column}\n{name}\t{value}\n",
        sessions=None,
        trials=rows("P01 walk a.c3d dynamic walking"),
    )
    assert len(faults) == 1, faults
    assert expected in faults[0]


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("file", "../other/a.c3d", "must stay inside the data folder"),
        ("file", "sub/../../a.c3d", "must stay inside the data folder"),
        ("file", "/etc/passwd", "must stay inside the data folder"),
        ("file", r"C:\data\a.c3d", "must stay inside the data folder"),
        ("file", "", "found an empty cell"),
        ("trial", "walk 1", "letters, digits, hyphens and underscores"),
        ("trial", "_walk", "for example 'walk'"),
        ("trial", "..", "letters, digits, hyphens and underscores"),
        ("trial", "", "found an empty cell"),
        ("participant", "P1", "not in participants.tsv (did you mean 'P01'?)"),
        ("role", "", "expected one of static, functional, dynamic; found an empty cell"),
        ("role", "static", "does not go with task 'walking'"),
        ("task", "", "found an empty cell"),
        ("task", "static", "does not go with task 'static'"),
        ("side", "Lefd", "did you mean 'left'"),
        ("include", "maybe", "expected one of yes"),
        ("relabel", "LLM->LMM", "expected `old=new; old=new`"),
        ("relabel", "A=B; A=C", "renamed twice"),
        ("relabel", "A=C; B=C", "two labels become 'C'"),
        ("contacts", "1:rigth", "expected entries like `1:right 2:left 3:none`"),
        ("progression", "0-1:x", "expected entries like `0-1.5:+x 1.5-3:-z`"),
    ],
)
def test_a_fault_of_the_trials_is_named(tmp_path: Path, column: str, cell: str, expected: str) -> None:
    columns = ["participant", "trial", "file", "role", "task", "side", "include", "relabel", "contacts", "progression"]
    row = dict.fromkeys(columns, "") | {
        "participant": "P01",
        "trial": "walk",
        "file": "a.c3d",
        "role": "dynamic",
        "task": "walking",
    }
    row[column] = cell
    text = "\t".join(columns) + "\n" + "\t".join(row.values()) + "\n"
    faults = faults_of(tmp_path, **ONE_PERSON, trials=text)
    assert len(faults) == 1, faults
    assert faults[0].startswith(f"trials.tsv line 2, column {column}: ") or column in ("role", "task", "participant")
    assert expected in faults[0]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("P01 w a.c3d dynamic walking", "P01 w b.c3d dynamic walking"), "trial 'w' of participant 'P01'"),
        ((), "no trial to process"),
    ],
)
def test_rows_that_do_not_fit_each_other(tmp_path: Path, lines: tuple[str, ...], expected: str) -> None:
    (fault,) = faults_of(tmp_path, **ONE_PERSON, trials=rows(*lines))
    assert expected in fault


def test_a_participant_given_twice_and_a_file_of_two_participants(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        participants="participant\nP01\nP01\nP02\n",
        sessions=None,
        trials=rows("P01 w a.c3d dynamic walking", "P02 w a.c3d dynamic walking"),
    )
    assert ["participant 'P01' appears twice" in faults[0], "'a.c3d' is a trial of participant 'P01'" in faults[1]] == [
        True,
        True,
    ]


def test_a_session_that_the_sessions_sheet_lacks(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, trials=TRIALS.replace("\tpost\t", "\tpots\t"))
    assert faults == [
        "trials.tsv line 5: session 'pots' of participant 'P01' is not in sessions.tsv (did you mean 'post'?)"
    ]


def test_a_free_column_of_two_sheets_is_a_fault(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, trials=TRIALS.replace("speed", "pain"))
    assert len(faults) == 1 and "'pain'" in faults[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "the sheet is empty"),
        (b"participant trial file role task\nP01 w a.c3d dynamic walking\n", "column 'trial' is missing"),
        (b"participant\ttrial\tfile\trole\n", "column 'task' is missing"),
        (b"participant\ttrial\tfile\trole\ttask\ttask\n", "column 'task' appears twice"),
        (b"participant\ttrial\tfile\trole\ttask\nP01\tw\ta\tdynamic\twalking\textra\n", "more cells"),
        (b'participant\ttrial\tfile\trole\ttask\nP01\t"w\ta\tdynamic\twalking\nP01\tv\tb\t\t\n', "is not closed"),
        ("participant\ttrial\tfile\trole\ttask\nP01\tw\tGrö\u00dfe".encode("latin-1"), "UTF-8"),
    ],
)
def test_a_sheet_that_cannot_be_used(tmp_path: Path, text: bytes, expected: str) -> None:
    faults = faults_of(tmp_path, **ONE_PERSON, trials=text)
    assert any(expected in fault for fault in faults), faults


def test_a_missing_sheet_is_a_fault(tmp_path: Path) -> None:
    study_of(tmp_path)
    (tmp_path / "config" / "participants.tsv").unlink()
    sessions, faults = read_sheets(tmp_path / "config")
    assert sessions == () and "participants.tsv" in faults[0] and "is missing" in faults[0]


def test_comment_columns_stay_in_the_sheet(tmp_path: Path) -> None:
    study = study_of(tmp_path, participants=PARTICIPANTS.replace("pain", "comment"), sessions=None)
    assert study.sessions[0].covariates == {"age_years": 23.0}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", 1.5),
        ("-3", -3.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("007", None),
        ("1 2", None),
        ("0x1F", None),
        ("", None),
    ],
)
def test_numbers_are_plain(text: str, value: float | None) -> None:
    assert parse_number(text) == value


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("# first\n\nx\ty\n\n1\t2\n3\t4\n")
    assert [line.number for line in read_sheet(path, ["x", "y"], []).lines] == [5, 6]


def test_names_of_the_tidy_datasets_are_reserved() -> None:
    assert {"cycle", "percent", "angle", "metric", "value", "mass_kg", "trial", "foot_off_percent"} <= RESERVED


def test_an_examination_is_typed_and_travels_with_the_tables(tmp_path: Path) -> None:
    participants = "participant\tleft_craig_test_deg\tright_navicular_drop_m\nP01\t22\t0.009\nP02\t\t\n"
    sessions = "participant\tsession\tleft_craig_test_deg\nP01\tpre\t\nP01\tpost\t24.5\nP02\tpre\t\n"
    pre, post, other = study_of(tmp_path, participants=participants, sessions=sessions).sessions
    assert pre.clinical == {"left_craig_test_deg": 22.0, "right_navicular_drop_m": 0.009}
    assert post.clinical["left_craig_test_deg"] == 24.5 and other.clinical == {}
    assert post.covariates["left_craig_test_deg"] == 24.5 and other.covariates["left_craig_test_deg"] is None


def test_scores_and_lengths_travel_with_the_tables(tmp_path: Path) -> None:
    names = (
        "left_ober_test_deg",
        "left_adductor_length_deg",
        "right_foot_posture_index",
        "left_pain_nrs",
        "beighton_score",
    )
    head = "\t".join(names)
    participants = f"participant\t{head}\nP01\t-5\t40\t7\t3\t4\nP02\t\t\t\t\t\n"
    pre, *_, other = study_of(tmp_path, participants=participants, sessions=None).sessions
    assert [pre.covariates[name] for name in names] == [-5, 40, 7, 3, 4]
    assert not other.clinical and all(other.covariates[name] is None for name in names)


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("left_craig_test_deg", "95", "expected -30 to 70 degrees, found 95"),
        ("right_navicular_drop_m", "8", "expected -0.005 to 0.04 m, found 8"),
        ("right_hip_abduction_strength_nm_kg", "strong", "expected a number in N·m/kg, found 'strong'"),
        ("left_foot_posture_index", "14", "expected -12 to 12 points, found 14"),
        ("left_thomas_test_deg", "80", "expected -60 to 50 degrees, found 80"),
        ("left_pain_nrs", "11", "expected 0 to 10 points, found 11"),
        ("beighton_score", "10", "expected 0 to 9 points, found 10"),
        ("right_hip_extension_strength_nm_kg", "180", "expected 0 to 6 N·m/kg, found 180"),
        ("left_craigs_test_deg", "12", "did you mean 'left_craig_test_deg'"),
    ],
)
def test_a_fault_of_an_examination_is_named(tmp_path: Path, column: str, cell: str, expected: str) -> None:
    participants = f"participant\t{column}\nP01\t{cell}\nP02\t\n"
    assert expected in "\n".join(faults_of(tmp_path, participants=participants, sessions=None))
