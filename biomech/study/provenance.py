"""`provenance.json`: inputs, options and software of a study's results."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4

from biomech.io.csv_parquet import write_bytes
from biomech.io.file_hash import sha256
from biomech.io.software import software
from biomech.io.trial_files import TrialFolder

_SETTINGS = (".yaml", ".yml", ".tsv", ".csv", ".xlsx")


def write_provenance(
    results: Sequence[Path], raw: Sequence[Path], config: Mapping[str, Any], path: Path, root: Path
) -> None:
    """Write software, config, and the hashes of recordings, settings and results.

    Parameters
    ----------
    results : sequence of Path
        Files, and folders of files, of the study.
    raw : sequence of Path
        Folders of what was read of every session: their attributes hold the hashes of the recordings.
    config : mapping
        The whole config, JSON-ready.
    path : Path
        The file to write: the same bytes for the same results, software and settings.
    root : Path
        The study folder; files are named relative to it.
    """
    sessions: dict[str, str] = {}
    for one in results:
        if one.suffix == ".nc":
            sessions |= json.loads(_attributes(one).get("input_sha256", "{}"))
    about = {
        "biomech_version": software()["version"],
        "software": software(),
        "config": dict(config),
        "config_sha256": _hashes(_settings(root / "config"), root),
        "recording_sha256": _recordings(raw),
        "input_sha256": sessions,
        "file_sha256": _hashes((file for one in results for file in _files(one)), path.parent),
    }
    write_bytes((json.dumps(about, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode(), path)


def _recordings(raw: Iterable[Path]) -> dict[str, str]:
    """Return the hash of every recording by participant, session and trial, as it was when it was read."""
    out: dict[str, str] = {}
    for folder in raw:
        attrs = TrialFolder(folder).attrs
        who = f"{attrs.get('participant', '')}/{attrs.get('session', '')}"
        out |= {f"{who}/{trial}": value for trial, value in json.loads(attrs.get("input_sha256", "{}")).items()}
    return out


def _attributes(path: Path) -> dict[str, str]:
    with netCDF4.Dataset(path) as file:
        return {name: str(file.getncattr(name)) for name in file.ncattrs()}


def _settings(folder: Path) -> list[Path]:
    """Return config, sheets, own marker sets and own reference curves."""
    return [path for path in sorted(folder.rglob("*")) if path.suffix in _SETTINGS and path.is_file()]


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _hashes(files: Iterable[Path], root: Path) -> dict[str, str]:
    return {_place(file, root): sha256(file) for file in files}


def _place(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name
