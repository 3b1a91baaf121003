"""Checks of `biomech check` beyond config and sheets: the study's own marker sets on a synthetic person, and the files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from biomech.config import Config
from biomech.errors import StudyError
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, Study, Trial
from biomech.model.frame_checks import CODES as FRAME_CODES
from biomech.model.label_checks import CODES as LABEL_CODES
from biomech.model.markersets import MarkerSet, load_markerset, shipped
from biomech.model.person_checks import CODES as PERSON_CODES
from biomech.model.session import model_session
from biomech.model.stander import PLACES
from biomech.quality import Quality
from biomech.schema import SIDES

_FRAMES = 60
#: Movement trials of a session that are compared with its static: enough to decide whose fault a difference is.
_MOVING = 3
#: Markers of a knee alignment device stand instead of a lateral knee marker; nobody wears both.
_DEVICE = {"KAX", "KD1", "KD2"}


def own_markersets(folder: Path) -> list[str]:
    """Return the names of the marker sets in ``config/markersets/`` of a study folder."""
    return sorted(path.stem for path in (folder / "config" / "markersets").glob("*.yaml"))


def markerset_faults(folder: Path) -> tuple[list[str], list[str]]:
    """Build every own marker set of a study on a standing synthetic person.

    Parameters
    ----------
    folder : Path
        The study folder.

    Returns
    -------
    faults : list of str
        Faults of the files, and frames that point where no segment of a standing person points.
    notes : list of str
        Markers that the synthetic person does not wear, so that what rests on them could not be tried.
    """
    faults: list[str] = []
    notes: list[str] = []
    for name in own_markersets(folder):
        try:
            markerset = load_markerset(name, folder)
        except StudyError as error:
            faults += error.faults
            continue
        wrong, unknown = try_markerset(markerset)
        faults += [f"marker set {name}: {line}" for line in wrong]
        if unknown:
            notes.append(
                f"marker set {name}: the synthetic person does not wear {', '.join(unknown)}; what rests on them is checked with "
                "the first static trial"
            )
    return faults, notes


def try_markerset(markerset: MarkerSet) -> tuple[list[str], list[str]]:
    """Build one marker set on a standing synthetic person; see `markerset_faults`."""
    places = _places(markerset)
    labels, position = [], []
    for name, place in places.items():
        marker = markerset.markers[name]
        for side in ("right",) if marker.midline else SIDES:
            labels.append(markerset.label_of(side, name))
            position.append(np.array(place) * [1.0, 1.0, 1.0 if side == "right" else -1.0])
    unknown = [name for name in markerset.markers if name not in places and name not in _DEVICE]
    if not labels:
        return [], unknown
    data = xr.Dataset(
        {"marker_position": (("time", "marker", "axis"), np.repeat(np.array(position)[None], _FRAMES, axis=0))},
        coords={"marker": labels, "time": np.arange(_FRAMES) / 100},
        attrs={"rate_hz": 100.0, "file": "the synthetic person", "parameters": "{}"},
    )
    sizes = (("knee_width_m", 0.1), ("ankle_width_m", 0.07), ("leg_length_m", 0.92), ("asis_trochanter_m", 0.07))
    session = Session(
        participant="synthetic", session="1", sex="female", mass_kg=60.0, height_m=1.8,
        trials=(Trial(trial="standing", file="standing.c3d", role="static", task="static"),),
        anthropometry={f"{side}_{name}": size for side in SIDES for name, size in sizes} | {"pelvis_depth_m": 0.16},
    )  # fmt: skip
    quality = Quality("synthetic", "1", "model")
    model_session({"standing": data}, session, markerset, Config(), quality)
    wrong = [row for row in quality.rows if row["code"] in FRAME_CODES]
    # both legs are alike, so what is wrong on one is wrong on both
    right = [row for row in wrong if not row["item"].startswith("left ")]
    return [
        f"on a standing synthetic person, {row['message'].replace('in static trial standing ', '')}; look at the order of the "
        f"points and the axes of `first` and `second` of this segment"
        for row in right or wrong
    ], unknown


def _places(markerset: MarkerSet) -> dict[str, tuple[float, float, float]]:
    """Places of a set's markers: by a label that a shipped set gives to one marker only, else by the marker's name."""
    by_label = _shipped_labels()
    out = {}
    for name, marker in markerset.markers.items():
        if name in _DEVICE:
            continue
        known = [by_label[label.casefold()] for label in marker.labels[:1] if label.casefold() in by_label]
        if known:
            out[name] = known[0]
        elif name in PLACES:
            out[name] = PLACES[name]
    return out


def _shipped_labels() -> dict[str, tuple[float, float, float]]:
    """Labels of the shipped sets to their place; those that mean different places in two sets are left out."""
    found: dict[str, set[tuple[float, float, float]]] = {}
    for name in shipped():
        for marker, spec in load_markerset(name).markers.items():
            for label in spec.labels:
                if marker in PLACES:
                    found.setdefault(label.casefold(), set()).add(PLACES[marker])
    return {label: next(iter(places)) for label, places in found.items() if len(places) == 1}


def same_files(study: Study) -> list[str]:
    """Return a line for every recording that the study holds twice, under whatever name.

    Parameters
    ----------
    study : Study

    Returns
    -------
    list of str
        Files with the same content (SHA-256) and the trials that use them. One file given as several functional trials
        of a session is meant so and left out.
    """
    uses: dict[Path, list[tuple[Session, Trial]]] = {}
    for session in study.sessions:
        for trial in session.trials:
            path = study.data_folder / trial.file
            if path.is_file():
                uses.setdefault(path, []).append((session, trial))
    lines = []
    for paths in _equal(uses):
        users = [use for path in paths for use in uses[path]]
        functional = any(trial.role == "functional" for _, trial in users)
        if len(users) < 2 or (len(paths) == 1 and functional and len({id(session) for session, _ in users}) == 1):
            continue
        people = {session.participant for session, _ in users}
        listed = ", ".join(
            f"{trial.file} ({s.participant}, session {s.session}, trial {trial.trial})" for s, trial in users
        )
        whose = "of different participants " if len(people) > 1 else ""
        lines.append(
            f"the same recording {whose}is used {len(users)} times: {listed}; correct the column file, or write `no` into include"
        )
    return lines


def _equal(paths: Iterable[Path]) -> list[list[Path]]:
    """Put files of the same content together; only files of the same size are read."""
    by_size: dict[int, list[Path]] = {}
    for path in paths:
        by_size.setdefault(path.stat().st_size, []).append(path)
    groups = []
    for alike in by_size.values():
        by_hash: dict[str, list[Path]] = {}
        for path in alike:
            key = _sha256(path) if len(alike) > 1 else ""
            by_hash.setdefault(key, []).append(path)
        groups += list(by_hash.values())
    return groups


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def people(study: Study) -> list[str]:
    """Compare the recordings of every session with the person in the sheet, as stage model does, on a few trials.

    Parameters
    ----------
    study : Study

    Returns
    -------
    list of str
        What is doubtful. Sessions whose static trial is absent are left out; what cannot be read is the run's to say.
    """
    markerset = load_markerset(study.config.markerset, study.folder)
    lines = []
    for session in study.sessions:
        there = [trial for trial in session.trials if (study.data_folder / trial.file).is_file()]
        static = [trial for trial in there if trial.role == "static"]
        moving = [trial for trial in there if trial.role == "dynamic"][:_MOVING]
        if not static:
            continue
        few = session.model_copy(update={"trials": (*static, *moving)})
        quality = Quality(session.participant, session.session, "model")
        try:
            raw = ingest_session(few, study.data_folder, study.config, Quality("", "", "ingest"))
            model_session(raw, few, markerset, study.config, quality)
        except Exception as error:  # a doubtful file must not end the check of the others
            lines.append(
                f"cannot be compared ({type(error).__name__}: {error}): {session.participant}, {session.session}"
            )
        lines += [
            f"{session.participant}, session {session.session}: {row['message']}; {row['action']}"
            for row in quality.rows
            if row["code"] in (*PERSON_CODES, *FRAME_CODES, *LABEL_CODES)
        ]
    return lines


def statics(study: Study) -> list[str]:
    """Return a line for every session with two static trials of one footwear."""
    lines = []
    for session in study.sessions:
        by_footwear: dict[str, list[str]] = {}
        for trial in session.trials:
            if trial.role == "static":
                by_footwear.setdefault(trial.footwear, []).append(trial.trial)
        lines += [
            f"{len(names)} static trials for footwear {footwear or '(empty)'}, {names[0]} is used: {', '.join(names)} "
            f"({session.participant}, session {session.session})"
            for footwear, names in by_footwear.items()
            if len(names) > 1
        ]
    return lines


def other_case(path: Path) -> str:
    """Return the name of a file that differs from an absent one only in upper and lower case; empty if there is none."""
    if not path.parent.is_dir():
        return ""
    return next((p.name for p in sorted(path.parent.iterdir()) if p.name.casefold() == path.name.casefold()), "")
