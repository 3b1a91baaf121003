"""A study as BIDS datasets (Brain Imaging Data Structure 1.11): the recordings as raw dataset, joint angles as derivative."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from biomech import __version__
from biomech.config.muscles import Muscles
from biomech.errors import StudyError
from biomech.export.bids_motion import write_angles, write_raw
from biomech.io.bids_names import MISSING, PLATES_KEY, alphanumeric
from biomech.io.csv_parquet import FORMULA_STARTS, cell_text, write_bytes
from biomech.io.sheets import Session
from biomech.io.trial_files import Trials

BIDS_VERSION = "1.11.1"
DERIVATIVE = Path("derivatives") / "biomech"
_SEX = {"female": "F", "male": "M", "unknown": MISSING}
_US = {"Name": "biomech", "Version": __version__, "Description": "marker-based motion capture pipeline"}
_README = f"""# Marker-based motion capture

Tracking system `optical`: labelled marker positions as recorded, in the axes of the laboratory (X forward, Y up, Z right).

Tracking system `forceplates`: force and moment of every plate, offsets removed. BIDS has no place for the corners of a plate: they stand
in `_motion.json` under `{PLATES_KEY}`, as number and corners in metres, in the order of the C3D format.

`emg/` holds the surface EMG that was recorded with them. Trials of a task are numbered (`run-`); `_scans.tsv` says which trial of the
study each is. `derivatives/biomech` holds joint angles.
"""
_DERIVED_README = """# Joint angles and joint centres

Computed from the raw dataset two folders above. Angles are positive in the direction that their name says; events are those of the cycles.
"""
_KNOWN: dict[str, dict[str, Any]] = {
    "sex": {"Description": "sex of the participant", "Levels": {"F": "female", "M": "male"}},
    "group": {"Description": "group of the participant"},
    "dominant_side": {"Description": "dominant side", "Levels": {"left": "left", "right": "right"}},
    "label": {"Description": "label of the session, such as pre or post"},
    "mass_kg": {"Description": "body mass at the session", "Units": "kg"},
    "height_m": {"Description": "body height", "Units": "m"},
}


def bids_tables(sessions: Sequence[Session]) -> dict[str, str]:
    """Return the files of a study's participants and sessions: relative path to text.

    Participants and sessions lose their hyphens (BIDS labels are letters and digits); a column that is the same in all
    sessions of everybody is listed with the participants, all others with the sessions. Missing cells are ``n/a``.

    Parameters
    ----------
    sessions : sequence of Session
        In the order of the sheets.

    Raises
    ------
    StudyError
        If two participants, or two sessions of one, become the same label without their hyphens.
    """
    people: dict[str, list[Session]] = {}
    for session in sessions:
        people.setdefault(session.participant, []).append(session)
    _refuse_equal("participants", list(people))
    for name, mine in people.items():
        _refuse_equal(f"sessions of {name}", [session.session for session in mine])
    rows = {(s.participant, s.session): _cells(s) for s in sessions}
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    fixed = [
        name
        for name in columns
        if name != "label"
        and all(len({rows[p, s.session].get(name, MISSING) for s in mine}) == 1 for p, mine in people.items())
    ]
    changing = [name for name in columns if name not in fixed]
    first = {name: rows[name, mine[0].session] for name, mine in people.items()}
    out = {
        "dataset_description.json": _json(
            {
                "Name": "marker-based motion capture",
                "BIDSVersion": BIDS_VERSION,
                "DatasetType": "raw",
                "GeneratedBy": [_US],
            }
        ),
        "README.md": _README,
        f"{DERIVATIVE.as_posix()}/dataset_description.json": _json(
            {
                "Name": "joint angles and joint centres",
                "BIDSVersion": BIDS_VERSION,
                "DatasetType": "derivative",
                "GeneratedBy": [_US],
                "SourceDatasets": [{"URL": "../../"}],
            }
        ),
        f"{DERIVATIVE.as_posix()}/README.md": _DERIVED_README,
        "participants.tsv": _tsv(
            ["participant_id", *fixed],
            [[f"sub-{alphanumeric(name)}", *(first[name].get(c, MISSING) for c in fixed)] for name in people],
        ),
        "participants.json": _json(_described(fixed)),
        "sessions.json": _json(_described(changing)),
    }
    for name, mine in people.items():
        label = alphanumeric(name)
        out[f"sub-{label}/sub-{label}_sessions.tsv"] = _tsv(
            ["session_id", *changing],
            [
                [f"ses-{alphanumeric(s.session)}", *(rows[name, s.session].get(c, MISSING) for c in changing)]
                for s in mine
            ],
        )
    return out


def write_bids(
    sessions: Sequence[Session],
    folder: Path,
    results: Iterable[tuple[Trials, Trials, pd.DataFrame]],
    muscles: Muscles,
) -> None:
    """Write a study: `bids_tables`, the recordings, and joint angles under ``derivatives/biomech``.

    Parameters
    ----------
    sessions : sequence of Session
        In the order of the sheets, with their trials.
    folder : Path
        Of the raw dataset.
    results : iterable of (mapping, mapping, DataFrame)
        For every session: trials of the stages ingest and kinematics, and its cycles (see `biomech.export.session.cycle_table`).
    muscles : Muscles
        Which analog channels are EMG.

    Raises
    ------
    StudyError
        See `bids_tables`; tasks of one session whose labels become the same cannot occur.
    """
    for name, text in bids_tables(sessions).items():
        write_bytes(text.encode("utf-8"), folder / name)
    for session, (raw, kinematics, cycles) in zip(sessions, results, strict=True):
        write_raw(folder, raw, session, muscles)
        write_angles(folder / DERIVATIVE, kinematics, cycles, session)


def _cells(session: Session) -> dict[str, str]:
    own: dict[str, Any] = {
        "sex": _SEX[session.sex],
        "group": session.group,
        "dominant_side": session.dominant_side,
        "label": session.label,
        "mass_kg": session.mass_kg,
        "height_m": session.height_m,
    }
    return {name: _text(value) for name, value in (own | dict(session.covariates)).items()}


def _text(value: Any) -> str:
    text = " ".join(cell_text(value).split())
    risky = text.startswith(FORMULA_STARTS) and not isinstance(value, int | float)
    return f"'{text}" if risky else text or MISSING


def _described(columns: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {name: _KNOWN.get(name, {"Description": f"column {name} of the study's sheets"}) for name in columns}


def _refuse_equal(what: str, names: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if (other := seen.setdefault(alphanumeric(name), name)) != name:
            raise StudyError(
                [f"export bids: {what} {other!r} and {name!r} are the same label without hyphens: rename one"]
            )


def _tsv(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "".join("\t".join(cells) + "\n" for cells in [head, *rows])


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
