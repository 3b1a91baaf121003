"""Number of frames of a C3D file, and number of the first one."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np

from biomech.c3d.header import BLOCK, FULL, Header, Note, truncated
from biomech.c3d.parameters import Section
from biomech.errors import TrialError


def read_frames(
    path: Path, header: Header, section: Section, start: int, size: int, width: int, notes: list[Note]
) -> tuple[int, int]:
    """Return the number of the first frame and how many frames there are.

    The header's numbers end at 65,535; beyond, TRIAL:ACTUAL_START_FIELD and ACTUAL_END_FIELD hold them in two words. The number
    that is used must fill the file but for the rest of its last block.

    Parameters
    ----------
    path : Path
        The file.
    header, section : Header, Section
        What it says.
    start, size, width : int
        Bytes before the first frame, of the file, and of a frame.
    notes : list
        Gets a row for every place that says something else.

    Raises
    ------
    TrialError
        ``truncated``, ``frames_disagree``.
    """
    first, stated = header.first, {}
    if FULL not in (header.first, header.last):
        stated["the header"] = max(header.last - header.first + 1, 0)
    ends = [section.numbers("TRIAL", f"ACTUAL_{name}_FIELD") for name in ("START", "END")]
    actual = [int(_long(end)) for end in ends] if all(_is_number(end) for end in ends) else [0, 0]
    if 0 < actual[0] <= actual[1]:
        stated["TRIAL:ACTUAL_START_FIELD and ACTUAL_END_FIELD"] = actual[1] - actual[0] + 1
        if actual[0] != first and (FULL in (header.first, header.last) or actual[0] % (FULL + 1) == first):
            first = actual[0]
        elif actual[0] != first:
            text = (
                f"the header says that the first frame is {first}, which is used; TRIAL:ACTUAL_START_FIELD says {actual[0]}. "
                "Events may lie at wrong times: check them"
            )
            notes.append(("warning", "first_frame_disagrees", "TRIAL:ACTUAL_START_FIELD", text))
    for name in ("LONG_FRAMES", "FRAMES"):
        frames = section.word("POINT", name)
        if 0 < frames < math.inf and frames == int(frames) and frames != FULL:
            stated[f"POINT:{name}"] = int(frames)
    if not width:
        return first, next(iter(stated.values()), 0)

    room = size - start
    filling = {source: number for source, number in stated.items() if number and 0 <= room - number * width < BLOCK}
    if not filling:
        filling = _padded(path, stated, start, size, width, notes)
    # of several, which frames shorter than a block allow, what most of them say: padding must not pass for frames
    counts = Counter(stated.values())
    source, number = max(filling.items(), key=lambda item: (counts[item[1]], -item[1]))
    denied = [f"{other} {count}" for other, count in stated.items() if count != number]
    if denied:
        text = (
            f"{source} says {number} frames, which fill the file and are read; found others in {', '.join(denied)}. Check that "
            "the trial is complete"
        )
        notes.append(("warning", "frames_disagree", "", text))
    return first, number


def _padded(path: Path, stated: dict[str, int], start: int, size: int, width: int, notes: list[Note]) -> dict[str, int]:
    """Return the frames of a file that ends with more zeros than its last block has; refuse any other that they do not fill."""
    room = size - start
    if stated and (most := max(stated.values())) * width > room and min(stated.values()) * width > room - BLOCK:
        raise truncated(path, start + most * width, size)
    if len(set(stated.values())) == 1:
        end = start + next(iter(stated.values())) * width
        if end <= size and _only_zeros(path, end):
            if size - end > BLOCK:  # ezc3d adds a block to data that end with one
                text = f"{size - end} bytes of zeros after the last frame were left out"
                notes.append(("info", "frames_padding", "", text))
            return stated
    if not stated and room // width and room % width < BLOCK <= width:  # else padding might pass for frames
        return {"the size of the file": room // width}
    found = ", ".join(f"{number} in {source}" for source, number in stated.items()) or "none in header or parameters"
    raise TrialError(
        f"{path.name}: expected a number of frames that fills the file, found room for {max(room, 0) // width} frames, but {found}",
        code="frames_disagree",
        action="open the file in the software that wrote it: if it is whole there, export it again",
    )


def _only_zeros(path: Path, start: int) -> bool:
    with path.open("rb") as file:
        file.seek(start)
        return not any(file.read())


def _is_number(values: np.ndarray) -> bool:
    return bool(values.size and np.isfinite(values[:2]).all())


def _long(values: np.ndarray) -> float:
    """Return a number of one value, or of two words, the low one first."""
    words = values[:2] if len(values) == 1 else values[:2] % (FULL + 1)
    return float(words @ [1, FULL + 1][: len(words)])
