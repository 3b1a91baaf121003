"""Folders of recordings as laboratories keep them, made of the example's synthetic sessions."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

EXAMPLE = Path(__file__).parents[3] / "data_example"
#: File to where it comes from in the example: two people with blanks and umlauts, of whom one came twice.
LAB: dict[str, str] = {
    "Müller Anna/Visit 1/Static 01.c3d": "P01/pre/static.c3d",
    "Müller Anna/Visit 1/Gehen 1.c3d": "P01/pre/walk1.c3d",
    "Müller Anna/Visit 1/single leg squat links.c3d": "P01/pre/squat-left.c3d",
    "Müller Anna/Visit 1/drop jump_1.c3d": "P01/pre/jump1.c3d",
    "Müller Anna/Visit 2/Static 01.c3d": "P01/post/static.c3d",
    "Müller Anna/Visit 2/Gehen 1.c3d": "P01/post/walk1.c3d",
    "Weiß_B/Visit 1/trial03.c3d": "P02/pre/walk1.c3d",
    "Weiß_B/Visit 1/trial01.c3d": "P02/pre/static.c3d",
    "Weiß_B/Visit 1/SquatR.c3d": "P02/pre/squat-right.c3d",
}


def fill(folder: Path, files: Mapping[str, str] = LAB) -> Path:
    """Copy files of the example into a folder."""
    for name, source in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(EXAMPLE / source, target)
    return folder
