"""Writing a drafted study: config and sheets with comments; nothing is overwritten, and a second time only rows are added."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from biomech.config import json_schema
from biomech.io.sheet_files import find_sheet
from biomech.io.sheet_reader import Sheet, read_sheet
from biomech.io.sheets import PARTICIPANT_COLUMNS, SESSION_COLUMNS, TRIAL_COLUMNS
from biomech.onboarding.draft import Draft, TrialRow
from biomech.scaffold import CONFIG

_TRIAL_CELLS = (
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
    "comment",
)
_PERSON_CELLS = ("participant", "sex", "mass_kg", "height_m", "group", "dominant_side", "age_years")
_KNOWN = {"participants": PARTICIPANT_COLUMNS, "sessions": SESSION_COLUMNS, "trials": TRIAL_COLUMNS}
_LEFT_OUT = "# left out: "
_HEADS = {
    "participants": "# One line per participant; mass in kg, lengths in m. Labels come from folders or files: where they say who a person is, "
    "rename them in all sheets.\n",
    "sessions": "# One line per visit; mass in kg, lengths in m. A filled cell replaces the participant's.\n",
    "trials": "# One line per C3D file; `comment` holds what was not sure, and nothing reads it. Lines that begin with # are left out.\n",
}


def known_files(folder: Path) -> tuple[set[str], set[tuple[str, str, str]], list[str]]:
    """Return what the sheet `trials` of a study holds: files (left out ones too), names of trials, and faults."""
    path = find_sheet(folder / "config", "trials")
    if not path.exists():
        return set(), set(), []
    sheet = _sheet(folder, "trials")
    files = {sheet.text(line, "file").replace("\\", "/") for line in sheet.lines}
    if path.suffix in (".tsv", ".txt"):
        for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines():
            if line.startswith(_LEFT_OUT):
                files.add(line.removeprefix(_LEFT_OUT).partition(" | ")[0])
    names = {tuple(sheet.text(line, c) or "1" for c in ("participant", "session", "trial")) for line in sheet.lines}
    return files, names, sheet.faults  # type: ignore[return-value]


def write_new(folder: Path, draft: Draft) -> list[Path]:
    """Write config, schema and sheets of a new study and return the files."""
    texts = {"config.yaml": config_text(draft), "schema.json": json_schema()}
    measures = sorted(
        {name for cells in draft.people.values() for name in cells} - {*_PERSON_CELLS, "comment"}, key=_order
    )
    people = _PERSON_CELLS[:4] + tuple(measures) + _PERSON_CELLS[4:] + ("comment",)
    texts["participants.tsv"] = _HEADS["participants"] + _table(people, draft.people.values(), header=True)
    if draft.visits:
        columns = ("participant", "session", "label", *sorted({c for v in draft.visits.values() for c in v} - {"participant", "session", "label", "comment"}, key=_order), "comment")  # fmt: skip
        texts["sessions.tsv"] = _HEADS["sessions"] + _table(columns, draft.visits.values(), header=True)
    texts["trials.tsv"] = _HEADS["trials"] + _trials(draft.trials)
    (folder / "config").mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in texts.items():
        path = folder / "config" / name
        with path.open("x", encoding="utf-8", newline="\n") as file:  # x: never over a file that is there
            file.write(text)
        written.append(path)
    return written


def add_rows(folder: Path, draft: Draft) -> list[Path]:
    """Add the rows that a study's sheets lack and return the files that were written.

    Sheets in other formats than tab-separated text stay as they are: the rows go into ``<sheet>_new.tsv`` next to them, to be copied over.
    """
    written = []
    rows: dict[str, list[dict[str, str]]] = {
        "participants": list(draft.people.values()),
        "sessions": list(draft.visits.values()),
        "trials": [_cells(row) for row in draft.trials if not row.left_out],
    }
    for name, cells in rows.items():
        path = find_sheet(folder / "config", name)
        if name == "sessions" and not path.exists():
            continue
        sheet = _sheet(folder, name)
        keys = {"participants": ("participant",), "sessions": ("participant", "session")}.get(name, ("file",))
        there = {tuple(sheet.text(line, key) for key in keys) for line in sheet.lines}
        cells = [row for row in cells if tuple(row[key] for key in keys) not in there]
        plain = _is_plain(path, sheet)
        columns = sheet.columns if plain else list(dict.fromkeys(column for row in cells for column in row))
        text = _table(columns, cells, header=bool(cells) and not plain) + (
            _left_out(draft.trials) if name == "trials" else ""
        )
        if not text:
            continue
        target = path if plain else path.with_name(f"{name}_new.tsv")
        before = path.read_bytes() if plain else b""
        gap = "\n" if before and not before.endswith((b"\n", b"\r")) else ""
        with target.open("a", encoding="utf-8", newline="\n") as file:
            file.write(gap + text)
        written.append(target)
    return written


def config_text(draft: Draft) -> str:
    """Return the text of the config: the template with the drafted options, each with the evidence above it."""
    text = CONFIG
    for option, value in draft.options.items():
        key = option.rpartition(".")[2]
        indent = "  " if "." in option else ""
        why = "".join(f"{indent}# {line}\n" for line in draft.why.get(option, ()))
        shown = json.dumps(value, ensure_ascii=False) if key == "folder" else value
        pattern = re.compile(rf"^{indent}{key}: \S+(.*)$", re.MULTILINE)
        found = pattern.search(text)
        if found is None:
            raise ValueError(f"the template of the config has no {option}")
        text = f"{text[: found.start()]}{why}{indent}{key}: {shown}{found[1]}{text[found.end() :]}"
    return text


def _sheet(folder: Path, name: str) -> Sheet:
    return read_sheet(find_sheet(folder / "config", name), _KNOWN[name], ())


def _is_plain(path: Path, sheet: Sheet) -> bool:
    """Whether lines can be added at the end of a sheet: tab-separated UTF-8."""
    return (
        path.suffix in (".tsv", ".txt")
        and sheet.separator == "tabs"
        and not path.read_bytes().startswith((b"\xff\xfe", b"\xfe\xff"))
    )


def _trials(rows: Sequence[TrialRow]) -> str:
    return _table(_TRIAL_CELLS, [_cells(row) for row in rows if not row.left_out], header=True) + _left_out(rows)


def _cells(row: TrialRow) -> dict[str, str]:
    return {
        column: "; ".join(row.comment) if column == "comment" else str(getattr(row, column, ""))
        for column in _TRIAL_CELLS
    }


def _left_out(rows: Iterable[TrialRow]) -> str:
    return "".join(f"{_LEFT_OUT}{row.file} | {_flat(row.left_out)}\n" for row in rows if row.left_out)


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, str]], header: bool) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    if header:
        writer.writerow(columns)
    for row in rows:
        writer.writerow([_flat(str(row.get(column, ""))) for column in columns])
    return out.getvalue()


def _flat(text: str) -> str:
    return " ".join(text.split())


def _order(column: str) -> tuple[int, str]:
    """Order of columns: mass and height first, then lengths without their side, left before right."""
    first = {"mass_kg": 0, "height_m": 1}
    return first.get(column, 2), re.sub(r"^(left|right)_(.*)", r"\2 \1", column)
