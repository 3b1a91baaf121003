"""A file is whole or absent, whatever stops the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from biomech.io.csv_parquet import write_bytes
from biomech.io.whole_files import whole_file


def test_the_old_content_stays_until_the_new_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "table.tsv"
    write_bytes(b"old", target)
    with pytest.raises(RuntimeError), whole_file(target) as temporary:
        temporary.write_bytes(b"half of the n")
        assert target.read_bytes() == b"old"
        raise RuntimeError
    assert target.read_bytes() == b"old" and list(target.parent.iterdir()) == [target]
    write_bytes(b"new", target)
    assert target.read_bytes() == b"new" and list(target.parent.iterdir()) == [target]


def test_what_a_killed_program_left_is_removed(tmp_path: Path) -> None:
    target, left, other = (tmp_path / name for name in ("a[1].nc", ".a[1].nc.4711.part", ".b.nc.4711.part"))
    for path in (left, other):
        path.write_bytes(b"half")
    write_bytes(b"new", target)
    assert not left.exists() and other.exists()
