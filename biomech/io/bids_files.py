"""Files of a BIDS dataset that belong to a recording: entities in names, and the inheritance principle.

Specification: Brain Imaging Data Structure 1.11, "Common principles", sections "File name structure" and "The Inheritance Principle".
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from biomech.errors import TrialError

MOTION = "_motion.tsv"
_MOST_FOLDERS = 5  # from the data type's folder up to the dataset's


def is_motion(path: Path | str) -> bool:
    """Whether a file is a recording in Motion-BIDS by its name."""
    return str(path).endswith(MOTION)


def entities(path: Path) -> dict[str, str]:
    """Return the entities of a file's name: ``sub-P01_task-walking_motion.tsv`` is ``{sub: P01, task: walking}``."""
    pairs = [part.split("-", 1) for part in path.name.split(".")[0].split("_") if "-" in part]
    return {key: value for key, value in pairs}


def with_suffix(path: Path, ending: str, **changes: str | None) -> list[Path]:
    """Return the files that hold for a recording, the nearest first.

    Parameters
    ----------
    path : Path
        The recording.
    ending : str
        Such as ``_channels.tsv``.
    **changes : str or None
        Entities that the file must have instead; None: must not have.
    """
    wanted = {key: value for key, value in {**entities(path), **changes}.items() if value is not None}
    found = []
    for folder in folders(path):
        here = [
            (len(own), other)
            for other in folder.glob(f"*{ending}")
            if (own := entities(other)).items() <= wanted.items() and other.is_file()
        ]
        here += [(0, other)] if (other := folder / ending[1:]).is_file() else []
        found += [other for _, other in sorted(here, key=lambda pair: (-pair[0], pair[1].name))]
    return list(dict.fromkeys(found))


def folders(path: Path) -> list[Path]:
    """Return the folders from that of a recording up to the dataset's."""
    out = []
    for folder in list(path.resolve().parents)[:_MOST_FOLDERS]:
        out.append(folder)
        if (folder / "dataset_description.json").is_file():
            break
    return out


def read_sidecar(path: Path, ending: str, **changes: str | None) -> dict[str, Any]:
    """Return the merged sidecars of a recording: a key of a nearer file replaces that of one farther up.

    Raises
    ------
    TrialError
        ``bids_files``: one of them is not a JSON object.
    """
    out: dict[str, Any] = {}
    for file in reversed(with_suffix(path, ending, **changes)):
        try:
            values = json.loads(file.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            raise TrialError(
                f"{file.name}: expected a JSON file, found: {' '.join(str(error).split())[:200]}",
                code="bids_files",
                action="correct the file; the BIDS validator shows the place",
            ) from None
        if isinstance(values, dict):
            out |= values
    return out


def companions(path: Path) -> list[Path]:
    """Return every file whose content a Motion-BIDS recording is read from, itself first: an edit of any must be noticed."""
    if not is_motion(path):
        return [path]
    folder = path.parent
    session = folder.parent
    near = {key: value for key, value in entities(path).items() if key in ("sub", "ses", "task", "run", "acq")}
    companion_files = [
        other
        for place in (folder, session / "emg")
        for other in sorted(place.glob("*"))
        if other.is_file() and near.items() <= entities(other).items()
    ]
    above = [other for place in folders(path)[1:] for end in ("_motion.json", "_channels.tsv", "_channels.json")
             for other in sorted(place.glob(f"*{end}"))]  # fmt: skip
    return list(dict.fromkeys([path, *companion_files, *above]))
