"""A recording's hash is computed once, and again when the file was written to."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from biomech.io import recording_hash
from biomech.io.recording_hash import ABSENT, recording_hashes


def test_hashes_are_kept_and_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, gone, known = tmp_path / "one.c3d", tmp_path / "gone.c3d", tmp_path / "known" / "hashes.json"
    one.write_bytes(b"first")
    read: list[Path] = []
    real = recording_hash.sha256
    monkeypatch.setattr(recording_hash, "sha256", lambda path: (read.append(path), real(path))[1])
    expected = {one: hashlib.sha256(b"first").hexdigest(), gone: ABSENT}
    assert recording_hashes([one, gone], known) == expected
    recording_hash._hash.cache_clear()  # another process
    assert recording_hashes([one, gone], known) == expected and len(read) == 1
    before = one.stat()
    one.write_bytes(b"other")  # as long, and with the old time
    os.utime(one, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert recording_hashes([one], known) == {one: hashlib.sha256(b"other").hexdigest()}
    known.write_text("{damaged")
    assert recording_hashes([one], known) == {one: hashlib.sha256(b"other").hexdigest()}
