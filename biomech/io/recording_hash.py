"""Hash of a recording's content, stored and computed again only after the file was written to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from biomech.io.file_hash import sha256
from biomech.io.whole_files import whole_file

ABSENT = "absent"


def recording_hashes(paths: Iterable[Path], known: Path | None = None) -> dict[Path, str]:
    """Return the SHA-256 of files, ``absent`` for those that cannot be read.

    A file is read again where its size, its time, the time of its last change of any kind or its place on the disk
    differs from what is in `known`: a copy that was put back with its old time is noticed too.

    Parameters
    ----------
    paths : iterable of Path
    known : Path, optional
        JSON file that keeps the hashes from one run to the next; made, or made again, where it is missing or damaged.

    Returns
    -------
    dict of Path to str
        In the order of `paths`.
    """
    stored = _stored(known, _state(known)) if known is not None else {}
    found: dict[Path, str] = {}
    new = {}
    for path in paths:
        state = _state(path)
        if state is None:
            found[path] = ABSENT
            continue
        place = str(path.resolve())
        before = stored.get(place)
        if not (isinstance(before, list) and len(before) == 2 and before[0] == list(state)):
            before = new[place] = [list(state), _hash(place, state)]
        found[path] = str(before[1])
    if known is not None and new:
        with whole_file(known) as temporary:
            temporary.write_text(
                json.dumps(_stored(known, _state(known)) | new, indent=0, sort_keys=True), encoding="utf-8"
            )
    return found


@cache
def _hash(place: str, state: tuple[int, ...]) -> str:
    """Return the hash of a file in a state that it is in now; each is computed once in a process."""
    return sha256(Path(place))


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


@lru_cache(maxsize=1)
def _stored(known: Path, state: tuple[int, ...] | None) -> dict[str, list]:
    """Return the hashes that a file keeps; it is parsed once in a process for each state that it is in."""
    try:
        values = json.loads(known.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
