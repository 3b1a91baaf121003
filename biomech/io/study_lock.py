"""One run at a time in a study folder, by a lock that ends with the process that holds it, however it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

from biomech.errors import BiomechError

_HELD: dict[Path, IO[str]] = {}  # an open file is what holds the lock


def hold(path: Path) -> None:
    """Lock a file until this process ends; it is made if it is not there.

    Raises
    ------
    BiomechError
        If another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a", encoding="utf-8")
    try:
        _lock(file)
    except (BlockingIOError, PermissionError):
        file.close()
        raise BiomechError(
            f"another run is at work in {path.resolve().parent.parent}: wait until it has ended, or stop it"
        ) from None
    except OSError:
        pass  # some network drives know no locks; a second run at the same time is then the user's to avoid
    _HELD[path.resolve()] = file


def _lock(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
