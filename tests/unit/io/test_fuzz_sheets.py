"""Nonsense in sheets and config: a study that can be used, or every fault reported; never any other exception."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from biomech.config import Config, parse_config, read_config
from biomech.errors import StudyError
from biomech.io.sheet_reader import LABEL
from biomech.io.sheets import PARTICIPANT_COLUMNS, SESSION_COLUMNS, TRIAL_COLUMNS, Session
from biomech.pipeline.narrowing import stage_params
from biomech.pipeline.preflight import load_study
from biomech.pipeline.stages import STAGES

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
CELLS = st.one_of(
    st.sampled_from(["P1", "P2", "pre", "static", "dynamic", "walking", "left", "a.c3d", "yes", "no", "70", "1.7", "", "NA"]),
    st.sampled_from(["=1+1", "../../x", "C:\\x", "<b>", '"', '"x', "a\tb", "#", "1e999", "1,5", "-0", "०", "A=B;B=A", "1:right", "0-1:+x"]),
    st.floats().map(str),
    TEXT,
)  # fmt: skip
# as spreadsheets and editors save
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-8", "utf-8"])
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n"])


def fuzz(examples: int) -> Any:
    """The same examples in every run; BIOMECH_FUZZ=20 takes twenty times as many, for a longer look."""
    return settings(
        derandomize=True,
        max_examples=examples * int(os.environ.get("BIOMECH_FUZZ", "1")),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "data").mkdir()
    (folder / "config").mkdir()
    return folder


@st.composite
def sheets(draw: st.DrawFn, known: tuple[str, ...], required: tuple[str, ...]) -> bytes:
    """A table whose header is mostly right and whose cells are anything."""
    columns = [name for name in required if draw(st.integers(0, 9))]
    columns += draw(st.lists(st.sampled_from(known) | TEXT, max_size=4))
    rows = draw(st.lists(st.lists(CELLS, min_size=len(columns), max_size=len(columns) + 1), max_size=4))
    text = draw(ENDS).join("\t".join(row) for row in [columns, *rows])
    return text.encode(draw(ENCODINGS))


PARTICIPANTS = sheets(PARTICIPANT_COLUMNS, ("participant",))
SESSIONS = st.none() | sheets(SESSION_COLUMNS, ("participant", "session"))
TRIALS = sheets(tuple(TRIAL_COLUMNS), ("participant", "session", "trial", "file", "role", "task"))
GOOD_PARTICIPANTS = b"participant\tmass_kg\nP1\t70\nP2\t\n"
GOOD_TRIALS = b"participant\ttrial\tfile\trole\ttask\nP1\ta\ta.c3d\tdynamic\twalking\n"


def check(study: Path, config: bytes, participants: bytes, sessions: bytes | None, trials: bytes) -> None:
    folder = study / "config"
    (folder / "config.yaml").write_bytes(config)
    (folder / "participants.tsv").write_bytes(participants)
    (folder / "sessions.tsv").unlink(missing_ok=True)
    if sessions is not None:
        (folder / "sessions.tsv").write_bytes(sessions)
    (folder / "trials.tsv").write_bytes(trials)
    try:
        found = load_study(study, {})
    except StudyError as error:
        assert error.faults and all(fault.strip() for fault in error.faults)
        assert all("\n" not in fault and len(fault) < 1010 for fault in error.faults), error.faults
        return
    assert found.sessions
    for session in found.sessions:
        # what becomes a folder stays within the study, and everything travels as JSON
        assert LABEL.fullmatch(session.participant) and LABEL.fullmatch(session.session)
        assert Session.model_validate(json.loads(json.dumps(session.model_dump(mode="json")))) == session
        for trial in session.trials:
            path = (found.data_folder / trial.file).resolve()
            assert path.is_relative_to(found.data_folder.resolve()) and LABEL.fullmatch(trial.trial)
        for stage in STAGES:
            json.dumps(stage_params(found, session, stage), allow_nan=False)


@fuzz(150)
@given(participants=PARTICIPANTS, sessions=SESSIONS, trials=TRIALS)
def test_sheets_of_any_content(study: Path, participants: bytes, sessions: bytes | None, trials: bytes) -> None:
    check(study, b"", participants, sessions, trials)


@fuzz(150)
@given(
    cells=st.lists(CELLS, min_size=len(TRIAL_COLUMNS), max_size=len(TRIAL_COLUMNS)), free=st.lists(CELLS, max_size=3)
)
def test_one_trial_of_any_content(study: Path, cells: list[str], free: list[str]) -> None:
    row = dict(zip(TRIAL_COLUMNS, cells, strict=True))
    row |= {"participant": "P1", "session": "1", "trial": "a", "file": "a.c3d", "role": "dynamic", "task": "walking"}
    odd = next((i for i, cell in enumerate(cells) if cell), 0) % len(TRIAL_COLUMNS)
    row[TRIAL_COLUMNS[odd]] = cells[odd]  # one cell of the needed ones is odd, and all of the others
    lines = ["\t".join([*row, "free"]), *("\t".join([*row.values(), cell]) for cell in free or [""])]
    check(study, b"", GOOD_PARTICIPANTS, None, "\n".join(lines).encode())


@fuzz(40)
@given(participants=st.binary(max_size=200), trials=st.binary(max_size=200))
@example(participants=b"\xff\xfe\x00", trials=b"\x00")
@example(participants=b'"' * 999, trials=b"\t" * 999)
def test_sheets_of_any_bytes(study: Path, participants: bytes, trials: bytes) -> None:
    check(study, b"", participants, None, trials)


def keys(schema: dict[str, Any]) -> list[str]:
    """Every name that the config knows."""
    names = list(schema.get("properties", {}))
    return names + [name for part in schema.get("$defs", {}).values() for name in part.get("properties", {})]


KEYS = (
    st.sampled_from([*keys(Config.model_json_schema()), "walking", "cutof_hz"])
    | st.sampled_from(list(Config.model_fields))
    | TEXT
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXT, st.dates(), st.binary(max_size=5),
    st.sampled_from(["+z", "stop", "../x", "force", "svg", -1, 0, 1e400, "{x}"]),
)  # fmt: skip
TREES = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=4), max_leaves=12
)
SECTIONS = {
    name: keys(part.annotation.model_json_schema())
    for name, part in Config.model_fields.items()
    if hasattr(part.annotation, "model_json_schema")
}
CONFIGS = st.fixed_dictionaries(
    {}, optional={name: st.dictionaries(st.sampled_from(known) | TEXT, TREES, max_size=3) | TREES for name, known in SECTIONS.items()}
)  # fmt: skip


@fuzz(150)
@given(values=CONFIGS | TREES)
def test_configs_of_any_values(values: Any) -> None:
    try:
        config = parse_config(values)
    except StudyError as error:
        assert all("\n" not in fault and len(fault) < 1010 for fault in error.faults), error.faults
    else:
        dump = config.model_dump(mode="json")
        assert parse_config(json.loads(json.dumps(dump))) == config


BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefghijk", "bcdefghijkl", strict=True)
)


@fuzz(80)
@given(
    text=(
        st.dictionaries(KEYS, TREES, max_size=3).map(lambda tree: yaml.safe_dump(tree).encode())
        | st.binary(max_size=100)
        | TEXT.map(str.encode)
    )
)
@example(text=b"signals: {gap_max_s: " + b"9" * 5000 + b"}")
@example(text=b"data: 2001-99-99")
@example(text=b"[" * 3000)
@example(text=b"a: &a {<<: *a}")
@example(text=b"? [a]\n: 1")
@example(text=b"? {a: b}\n: 1")
@example(text=b"data: !!python/object/apply:os.system [exit]")
@example(text=(BOMB + "data: *l\nsignals: {cutoff_hz: *l}\n").encode())
@example(text=(BOMB + "metrics: {plausible: {walking: {x: *l}}}\n").encode())
def test_config_files_of_any_text(study: Path, text: bytes) -> None:
    check(study, text, GOOD_PARTICIPANTS, None, GOOD_TRIALS)
    try:
        read_config(study / "config" / "config.yaml")
    except StudyError as error:
        assert "config.yaml" in str(error)
