"""Results of people and sessions that the sheets no longer name."""

from __future__ import annotations

import shutil
from pathlib import Path

from biomech.io.sheets import Study


def leftover_folders(study: Study) -> list[Path]:
    """Return the folders of results and logs of participants and sessions that are not in the sheets, relative to the study's.

    Parameters
    ----------
    study : Study
    """
    sessions = {(session.participant, session.session) for session in study.sessions}
    people = {participant for participant, _ in sessions}
    found = [
        path
        for parent in ("results/sessions", "results/figures/participants", "logs")
        for path in _folders(study.folder / parent)
        if path.name not in people and (parent != "logs" or (study.folder / "results/sessions" / path.name).is_dir())
    ]
    for participant in people:
        for path in _folders(study.folder / "results/sessions" / participant):
            if (participant, path.name) not in sessions:
                found.append(path)
    return sorted(path.relative_to(study.folder) for path in found)


def remove_leftovers(study: Study) -> list[Path]:
    """Remove what `leftover_folders` names, and return it."""
    folders = leftover_folders(study)
    for folder in folders:
        shutil.rmtree(study.folder / folder)
    return folders


def _folders(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if path.is_dir()] if parent.is_dir() else []
