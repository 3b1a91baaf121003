"""The files of a study: absent ones, and those that are used twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from biomech.io.sheets import Session, Study, Trial

_SHOWN = 6


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
            f"{trial.file} ({s.participant}, session {s.session}, trial {trial.trial})" for s, trial in users[:_SHOWN]
        ) + (f" and {len(users) - _SHOWN} more" if len(users) > _SHOWN else "")
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


def other_case(path: Path) -> str:
    """Return the name of a file that differs from an absent one only in upper and lower case; empty if there is none."""
    if not path.parent.is_dir():
        return ""
    return next((p.name for p in sorted(path.parent.iterdir()) if p.name.casefold() == path.name.casefold()), "")
