"""The checked study, kept for the jobs of a run: each of them is a process of its own that would check it again.

A run writes it; a job reads it where nothing that it was made from has changed since, and checks the study itself otherwise.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pydantic

import biomech
from biomech.config import Config
from biomech.errors import StudyError
from biomech.io.child_process import run_apart
from biomech.io.sheets import Session, Study
from biomech.io.software import source_sha256
from biomech.io.whole_files import whole_file

PLACE = Path(".snakemake", "biomech-study.json")


class _Kept(pydantic.BaseModel):
    """The file: a study, and what it was made from."""

    made_from: str
    data_folder: str
    config: Config
    sessions: tuple[Session, ...]
    notes: tuple[str, ...]


def study_of_run(folder: Path, overrides: Mapping[str, Any], checks: bool) -> Study:
    """Return the study of a run, or of a job that a run has started.

    Parameters
    ----------
    folder : Path
        The study folder.
    overrides : mapping
        See `biomech.pipeline.preflight.load_study`.
    checks : bool
        This is the run itself: it checks the study and keeps it for its jobs, and hashes all recordings.

    Raises
    ------
    StudyError
        See `biomech.pipeline.preflight.load_study`.
    """
    if checks:  # a run lives long: what only the checks need, 120 MB of packages, goes with a child process
        run_apart(partial(_check_and_keep, folder, overrides))
    if known := kept_study(folder, overrides):
        return known
    from biomech.pipeline.preflight import load_study

    return load_study(folder, overrides=overrides)


def _check_and_keep(folder: Path, overrides: Mapping[str, Any]) -> None:
    from biomech.pipeline.narrowing import hash_recordings
    from biomech.pipeline.preflight import load_study

    (folder / PLACE).unlink(missing_ok=True)
    with suppress(StudyError):  # whoever asked checks again, and gets it
        study = load_study(folder, overrides=overrides)
        keep(study, overrides)
        hash_recordings(study)


def keep(study: Study, overrides: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> bool:
    """Write a checked study for the jobs of this run; return whether that was possible.

    Parameters
    ----------
    study : Study
    overrides, environ : mapping
        With which it was loaded; see `biomech.pipeline.preflight.load_study`.
    """
    kept = _Kept.model_construct(
        made_from=_made_from(study.folder, overrides, environ),
        data_folder=str(study.data_folder),
        config=study.config,
        sessions=study.sessions,
        notes=study.notes,
    )
    text = kept.model_dump_json()
    if study.tasks:
        return False  # a task of the lab's own is code, which every job registers and checks
    if _Kept.model_validate_json(text).model_dump_json() != text:
        return False  # what a job would read is not what was checked
    try:
        with whole_file(study.folder / PLACE) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError:
        return False
    return True


def kept_study(folder: Path, overrides: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Study | None:
    """Return the study that a run has checked and kept, or None where config, sheets or program differ from those of the run.

    Parameters
    ----------
    folder : Path
        The study folder.
    overrides, environ : mapping
        See `biomech.pipeline.preflight.load_study`.
    """
    try:
        kept = _Kept.model_validate_json((folder / PLACE).read_bytes())
    except (OSError, pydantic.ValidationError):
        return None
    if kept.made_from != _made_from(folder, overrides, environ):
        return None
    return Study(folder, kept.config, kept.sessions, Path(kept.data_folder), notes=kept.notes)


def _made_from(folder: Path, overrides: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Return a hash of all that a checked study is made from: files of `config/`, options of the call, the program."""
    given = json.dumps(overrides, sort_keys=True, default=str), environ.get("BIOMECH_DATA", "")
    program = source_sha256(Path(biomech.__file__).parent), pydantic.VERSION
    return hashlib.sha256("\n".join([*given, *program, *_files(folder / "config")]).encode()).hexdigest()


def _files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"{path.relative_to(folder).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}"
