"""Sheets and config of a study, as rows and options that are not written yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from biomech.io.sheet_cells import NOT_IN_PATHS
from biomech.io.sheet_files import plain
from biomech.io.sheet_reader import RESERVED_NAMES
from biomech.onboarding.words import is_trial_word, label_of


@dataclass
class TrialRow:
    """One row of the sheet `trials`.

    Parameters
    ----------
    participant, session, trial, file, role, task, condition, side, include : str
        Cells.
    comment : list of str
        What is unsure, for the column `comment`, which nothing reads.
    left_out : str
        Why the row is a comment of the sheet, not a row; empty for a row.
    """

    participant: str
    session: str
    file: str
    role: str = ""
    task: str = ""
    condition: str = ""
    side: str = ""
    include: str = ""
    trial: str = ""
    comment: list[str] = field(default_factory=list)
    left_out: str = ""


@dataclass
class Draft:
    """What a study is made of.

    Parameters
    ----------
    options : dict
        Dotted option to value: ``data.folder``, ``markerset``, ``lab.up``, ``lab.forward``.
    why : dict
        Option to the sentences on which it rests.
    people : dict
        Participant to cells of its row, ``comment`` among them.
    visits : dict
        (participant, session) to cells, where anybody has several visits.
    trials : list of TrialRow
    doubts : list of str
        What the user should know, in sentences.
    """

    options: dict[str, str] = field(default_factory=dict)
    why: dict[str, list[str]] = field(default_factory=dict)
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    visits: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    trials: list[TrialRow] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def name_trials(rows: list[TrialRow], taken: set[tuple[str, str, str]] | None = None) -> None:
    """Give every row a trial name that is unique in its session: that of the file, if need be with that of its folder.

    Parameters
    ----------
    rows : list of TrialRow
    taken : set of (participant, session, trial), optional
        Names that a sheet holds already.
    """
    used = {tuple(part.casefold() for part in name) for name in taken or set()}
    stems: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (row.participant, row.session, PurePosixPath(row.file).stem.casefold())
        stems[key] = stems.get(key, 0) + 1
    for row in rows:
        path = PurePosixPath(row.file)
        name = label_of(path.stem)
        if stems[row.participant, row.session, path.stem.casefold()] > 1 and path.parent.name:
            folder = label_of(path.parent.name)
            name = folder if is_trial_word(path.parent.name) else f"{folder}_{name}"
        if name.casefold() in RESERVED_NAMES:
            name += "-1"
        unique, number = name, 1
        while (row.participant.casefold(), row.session.casefold(), unique.casefold()) in used:
            number += 1
            unique = f"{name}-{number}"
        used.add((row.participant.casefold(), row.session.casefold(), unique.casefold()))
        row.trial = unique


def path_fault(file: str, seen: set[str]) -> str:
    """Return why a sheet cannot hold a path; empty if it can. `seen` collects the paths without case."""
    if NOT_IN_PATHS.search(file):
        return "its path holds { } < or >, which workflows give a meaning; rename it"
    if plain(file) != file or "\\" in file:
        return "its path holds a tab, a backslash, or blanks in a row or at an end; rename it"
    if file.casefold() in seen:
        return "another file differs from it only in upper and lower case; rename one of them"
    seen.add(file.casefold())
    return ""
