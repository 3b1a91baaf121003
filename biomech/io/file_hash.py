"""The hash of a file or a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, or ``absent``; of a folder, that of the names and hashes of its files."""
    if path.is_dir():
        # a workflow's marks are hidden files, and no content
        files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
        text = "".join(f"{file.relative_to(path).as_posix()} {sha256(file)}\n" for file in files)
        return hashlib.sha256(text.encode()).hexdigest()
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "absent"
