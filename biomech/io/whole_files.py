"""Files and folders that appear complete or not at all, even if the program is killed while it writes."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any


@contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `path` to write to; it takes the place of `path` when the block ends without error.

    What a killed program left of the same file is removed, so that it does not stay among the results for good.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_parts(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path | str) -> Iterator[Path]:
    """Give a temporary folder next to `path` to write to, as `whole_file` does for a file; an older folder is replaced."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_parts(path)
    temporary, old = (path.with_name(f".{path.name}.{os.getpid()}.{kind}part") for kind in ("", "old."))
    temporary.mkdir()
    try:
        yield temporary
        if path.exists():  # a folder with files cannot be replaced in one step
            os.replace(path, old)
        os.replace(temporary, path)
    finally:
        _remove_parts(path)


def _remove_parts(path: Path) -> None:
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink(missing_ok=True)


class WholeFile:
    """A file that is written in a ``with`` block, of which `_file` is the open library's file.

    Parameters
    ----------
    path : Path
    """

    _file: Any

    def __init__(self, path: Path | str) -> None:
        self._whole = whole_file(path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file and put it in its place, or remove it after an error."""
        try:
            self._file.close()
        except BaseException as failed:
            self._whole.__exit__(type(failed), failed, failed.__traceback__)
            raise
        self._whole.__exit__(kind, error, trace)
