"""The study's sheets: participants, sessions and trials, checked together before any job runs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from biomech.config import Config, config_faults, parse_config, read_config
from biomech.errors import StudyError
from biomech.io.body_columns import ANTHROPOMETRY, CLINICAL, HEIGHT_M, MASS_KG
from biomech.io.sheet_cells import NOT_IN_PATHS, file_cell, relabel_cell, token_cell
from biomech.io.sheet_files import find_sheet
from biomech.io.sheet_names import (
    Known,
    case_faults,
    joined_faults,
    known_people,
    known_visits,
    level_faults,
    trial_faults,
)
from biomech.io.sheet_reader import Line, Sheet, free_columns, read_sheet
from biomech.own_tasks import own_tasks
from biomech.schema import CYCLE_VALUES, ROLES, SIDES, VARIABLES
from biomech.tasks import TASKS, Task

Cell = str | float | int | bool | None


class Row(BaseModel):
    """A checked row; free columns travel in `free`."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Trial(Row):
    """One row of trials.tsv."""

    trial: str
    file: str
    role: Literal["static", "functional", "dynamic"]
    task: str
    condition: str = ""
    footwear: str = ""
    side: Literal["left", "right", "both"] = "both"
    relabel: dict[str, str] = Field(default_factory=dict, description="file label -> label to use instead")
    contacts: str = Field("", description="manual plate-to-foot assignment, e.g. `1:right 2@0.2-0.9:left 3:none`")
    progression: str = Field("", description="walking windows of turning trials, e.g. `0-1.5:+x 1.5-3:-z`")
    free: dict[str, Cell] = Field(default_factory=dict)


class Session(Row):
    """One session of one participant with everything that the stages need of the sheets."""

    participant: str
    session: str
    label: str = ""
    sex: Literal["female", "male", "unknown"] = "unknown"
    mass_kg: float | None = None
    height_m: float | None = None
    group: str = ""
    dominant_side: Literal["left", "right", ""] = ""
    flat_foot: bool | None = Field(None, description="instead of the config's subject.flat_foot; None keeps it")
    anthropometry: dict[str, float] = Field(
        default_factory=dict,
        description="e.g. left_leg_length_m, right_knee_width_m, inter_asis_distance_m, left_thigh_rotation_deg",
    )
    clinical: dict[str, float] = Field(
        default_factory=dict, description="examined by hand, e.g. left_craig_test_deg, right_navicular_drop_m"
    )
    covariates: dict[str, Cell] = Field(
        default_factory=dict, description="clinical and free columns of participant and session"
    )
    trials: tuple[Trial, ...] = ()


@dataclass(frozen=True)
class Study:
    """A checked study: what to compute, from what, and how.

    Parameters
    ----------
    folder : Path
        The study folder, in which `config/` lies.
    config : Config
        With every default filled in.
    sessions : tuple of Session
        In the order of trials.tsv, with the trials that are included.
    data_folder : Path
        Folder of the recordings; relative if `folder` is.
    tasks : mapping
        Tasks of the lab's own, by name.
    notes : tuple of str
        What the sheets say in words other than the plain ones, and how it was understood.
    """

    folder: Path
    config: Config
    sessions: tuple[Session, ...]
    data_folder: Path
    tasks: Mapping[str, Task] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def visits(self) -> dict[str, tuple[Session, ...]]:
        """The sessions of every participant, in the order of trials.tsv: found at once among thousands."""
        found: dict[str, tuple[Session, ...]] = {}
        for session in self.sessions:
            found[session.participant] = (*found.get(session.participant, ()), session)
        return found


_BODY = ("mass_kg", "height_m", "flat_foot", *ANTHROPOMETRY)
PARTICIPANT_COLUMNS = ("participant", "sex", "group", "dominant_side", *_BODY, *CLINICAL)
SESSION_COLUMNS = ("participant", "session", "label", *_BODY, *CLINICAL)
TRIAL_COLUMNS = [
    "participant",
    "session",
    "trial",
    "file",
    "role",
    "task",
    "condition",
    "footwear",
    "side",
    "include",
    "relabel",
    "contacts",
    "progression",
]
# names of the tidy datasets: a free column of one of these names would overwrite or be confused with it
RESERVED = frozenset(
    {*PARTICIPANT_COLUMNS, *SESSION_COLUMNS, *TRIAL_COLUMNS, *VARIABLES, *CYCLE_VALUES}
    | set(
        [
            "cycle",
            "percent",
            "quantity",
            "frame",
            "axis",
            "time",
            "joint",
            "segment",
            "marker",
            "rep",
            "start",
            "end",
            "foot_off_percent",
            "bottom_percent",
            "cutoff_hz",
            "event_source",
            "moment_valid",
            "moment_reason",
        ]
    )
    | set(
        [
            "metric",
            "value",
            "unit",
            "reason",
            "statistic",
            "window",
            "session_label",
            "stage",
            "level",
            "code",
            "item",
            "message",
            "action",
        ]
    )
)
_YES, _NO = ("yes", "true", "1", "y", "x"), ("no", "false", "0", "n")
_CONTACTS = re.compile(r"\d+(?:@\d+(?:\.\d+)?-\d+(?:\.\d+)?)?:(left|right|none)")
_PROGRESSION = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?):(auto|[+-][xyz])")


def read_study(folder: Path, environ: Mapping[str, str] = os.environ, values: dict[str, Any] | None = None) -> Study:
    """Read and check the config and the sheets of a study folder.

    Parameters
    ----------
    folder : Path
        Holds `config/config.yaml` and the sheets `participants`, `trials` and, if wanted, `sessions` in `config/`, each as
        ``.tsv``, ``.csv`` or ``.xlsx``.
    environ : mapping, optional
        ``BIOMECH_DATA`` replaces the config's data folder.
    values : dict, optional
        Config values in place of the file's.

    Raises
    ------
    StudyError
        With every fault of the config and of all sheets. An absent C3D file is none: its trial is skipped later.
    """
    faults: list[str] = []
    if values is None:
        try:
            values = read_config(folder / "config" / "config.yaml")
        except StudyError as error:
            faults += error.faults
    faults += config_faults(values)
    config = Config() if faults else parse_config(values)
    data_folder = Path(environ["BIOMECH_DATA"]) if environ.get("BIOMECH_DATA") else folder / config.data.folder
    source = "BIOMECH_DATA" if environ.get("BIOMECH_DATA") else "config: `data.folder`"
    if not faults and not data_folder.is_dir():
        faults.append(f"{source}: the folder of the recordings, {data_folder}, does not exist")
    elif not faults and NOT_IN_PATHS.search(str(data_folder)):
        faults.append(f"{source}: a path cannot hold {{ }} < or >, which workflows give a meaning; found {data_folder}")
    sessions, sheet_faults, notes = read_noted_sheets(folder / "config")
    faults += sheet_faults
    if faults:
        raise StudyError(faults)
    return Study(folder, config, sessions, data_folder, own_tasks(), tuple(notes))


def read_sheets(folder: Path) -> tuple[tuple[Session, ...], list[str]]:
    """Return the sessions of the sheets in `folder` and every fault of the sheets."""
    sessions, faults, _ = read_noted_sheets(folder)
    return sessions, faults


def read_noted_sheets(folder: Path) -> tuple[tuple[Session, ...], list[str], list[str]]:
    """Return the sessions of the sheets in `folder`, every fault of the sheets, and what was understood in other words."""
    people = read_sheet(find_sheet(folder, "participants"), PARTICIPANT_COLUMNS, ["participant"])
    visits = None
    if (path := find_sheet(folder, "sessions")).exists():
        visits = read_sheet(path, SESSION_COLUMNS, ["participant", "session"])
    trials = read_sheet(find_sheet(folder, "trials"), TRIAL_COLUMNS, ["participant", "trial", "file", "role", "task"])
    persons = _participants(people)
    known = known_people(people, persons)
    visit_rows = _visits(visits, known) if visits else None
    sessions = _sessions(trials, persons, visit_rows, known, known_visits(visits, visit_rows))
    sheets = [people, *([visits] if visits else []), trials]
    faults = [fault for sheet in sheets for fault in sheet.faults]
    return (() if faults else sessions), faults, [note for sheet in sheets for note in sheet.notes]


def _participants(sheet: Sheet) -> dict[str, dict[str, Any]]:
    free = free_columns(sheet, PARTICIPANT_COLUMNS, RESERVED)
    case_faults(sheet, "participant", lambda line: (sheet.text(line, "participant"),))
    level_faults(sheet)
    out: dict[str, dict[str, Any]] = {}
    for line in sheet.lines:
        name = sheet.label(line, "participant")
        if line.number in sheet.unnamed:
            continue  # its other cells are not where they belong, or nobody's
        if name in out:
            sheet.fault(f"participant {name!r} appears twice", line)
            continue
        out[name] = {
            "sex": sheet.choice(line, "sex", ("female", "male", "unknown"), default="unknown"),
            "group": sheet.text(line, "group"),
            "dominant_side": sheet.choice(line, "dominant_side", SIDES, default=""),
            **_body(sheet, line),
            **_examined(sheet, line, {column: cells[line.number] for column, cells in free.items()}),
        }
    return out


def _visits(sheet: Sheet, people: Known) -> dict[tuple[str, str], dict[str, Any]]:
    free = free_columns(sheet, SESSION_COLUMNS, RESERVED)
    case_faults(sheet, "session", lambda line: (sheet.text(line, "participant"), sheet.text(line, "session")))
    out: dict[tuple[str, str], dict[str, Any]] = {}
    for line in sheet.lines:
        key = (sheet.label(line, "participant"), sheet.label(line, "session"))
        if line.number in sheet.unnamed:
            continue
        if key in out:
            sheet.fault(f"session {key[1]!r} of participant {key[0]!r} appears twice", line)
            continue
        people.check(sheet, line, key[:1], f"participant {key[0]!r}")
        out[key] = {
            "label": sheet.text(line, "label"),
            **_body(sheet, line),
            **_examined(sheet, line, {column: cells[line.number] for column, cells in free.items()}),
        }
    return out


def _sessions(
    sheet: Sheet,
    persons: dict[str, dict[str, Any]],
    visits: dict[tuple[str, str], dict[str, Any]] | None,
    people: Known,
    known_sessions: Known,
) -> tuple[Session, ...]:
    inherited = {c for row in [*persons.values(), *(visits or {}).values()] for c in row["covariates"]}
    free = free_columns(sheet, TRIAL_COLUMNS, RESERVED | inherited)
    trial_faults(sheet)
    groups: dict[tuple[str, str], dict[str, Trial]] = {}
    seen: set[tuple[str, str, str]] = set()
    owner: dict[str, str] = {}
    for line in sheet.lines:
        participant, trial = sheet.label(line, "participant"), sheet.label(line, "trial")
        session = sheet.label(line, "session") if sheet.text(line, "session") else "1"
        if line.number not in sheet.unnamed:
            people.check(sheet, line, (participant,), f"participant {participant!r}")
            if participant in persons:
                what = f"session {session!r} of participant {participant!r}"
                known_sessions.check(sheet, line, (participant, session), what)
        if (participant, session, trial) in seen:
            sheet.fault(f"trial {trial!r} of participant {participant!r}, session {session!r}, appears twice", line)
            continue
        seen.add((participant, session, trial))
        row = _trial(sheet, line, trial, {column: cells[line.number] for column, cells in free.items()})
        include = sheet.choice(line, "include", (*_YES, *_NO), default="yes")
        if row is None or include in _NO:
            continue
        if owner.setdefault(row.file, participant) != participant:
            sheet.fault(f"file {row.file!r} is a trial of participant {owner[row.file]!r} already", line, "file")
        groups.setdefault((participant, session), {})[trial] = row
    joined_faults(sheet, seen)
    if not groups and not sheet.faults:
        sheet.fault("no trial to process: the sheet has no row whose `include` is yes or empty")
    return tuple(_session(key, persons.get(key[0]), (visits or {}).get(key), rows) for key, rows in groups.items())


def _session(
    key: tuple[str, str], person: dict[str, Any] | None, visit: dict[str, Any] | None, trials: dict[str, Trial]
) -> Session:
    person, visit = person or {}, visit or {}
    merged: dict[str, Any] = {
        **person,
        "label": visit.get("label", ""),
        **{name: visit[name] for name in ("mass_kg", "height_m", "flat_foot") if visit.get(name) is not None},
    }
    for name in (
        "anthropometry",
        "clinical",
        "covariates",
    ):  # an empty cell of the session leaves the participant's standing
        own, theirs = visit.get(name, {}), person.get(name, {})
        merged[name] = {**theirs, **{k: v for k, v in own.items() if v is not None or k not in theirs}}
    # faulty cells were reported: the model is built unchecked so that all faults come together
    return Session.model_construct(participant=key[0], session=key[1], **merged, trials=tuple(trials.values()))


def _trial(sheet: Sheet, line: Line, name: str, free: dict[str, Cell]) -> Trial | None:
    before = len(sheet.faults)
    role = sheet.choice(line, "role", ROLES)
    before_task = len(sheet.faults)
    task = sheet.choice(line, "task", TASKS, default=role if role in ("static", "functional") else None)
    if len(sheet.faults) > before_task:
        pass  # reported
    elif (role == "static") != (task == "static") and role in ROLES:
        sheet.fault(f"role {role!r} does not go with task {task!r}", line, "task")
    cells: dict[str, Any] = {
        "file": file_cell(sheet, line),
        "condition": sheet.text(line, "condition"),
        "footwear": sheet.text(line, "footwear"),
        "side": sheet.choice(line, "side", (*SIDES, "both"), default="both"),
        "relabel": relabel_cell(sheet, line),
        "contacts": token_cell(sheet, line, "contacts", _CONTACTS, "1:right 2:left 3:none"),
        "progression": token_cell(sheet, line, "progression", _PROGRESSION, "0-1.5:+x 1.5-3:-z"),
    }
    if len(sheet.faults) > before:
        return None
    return Trial(trial=name, role=role, task=task, free=free, **cells)  # type: ignore[arg-type]


def _body(sheet: Sheet, line: Line) -> dict[str, Any]:
    sizes = {
        name: sheet.number(line, name, low, high, "degrees" if name.endswith("_deg") else "m")
        for name, (low, high) in ANTHROPOMETRY.items()
    }
    flat = sheet.choice(line, "flat_foot", (*_YES, *_NO), default="")
    return {
        "flat_foot": flat in _YES if flat else None,
        "mass_kg": sheet.number(line, "mass_kg", *MASS_KG, "kg"),
        "height_m": sheet.number(line, "height_m", *HEIGHT_M, "m"),
        "anthropometry": {name: size for name, size in sizes.items() if size is not None},
    }


def _examined(sheet: Sheet, line: Line, free: dict[str, Cell]) -> dict[str, Any]:
    """Return the clinical cells; they travel with the free columns too, into the tidy tables."""
    cells = {name: sheet.number(line, name, low, high, unit) for name, (low, high, unit) in CLINICAL.items()}
    columns: dict[str, Cell] = {name: cell for name, cell in cells.items() if name in sheet.columns}
    return {
        "clinical": {name: cell for name, cell in cells.items() if cell is not None},
        "covariates": {**free, **columns},
    }
