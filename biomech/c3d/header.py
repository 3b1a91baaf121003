"""Header block of a C3D file, and constants shared by the readers of the other blocks.

Layout: C3D format user guide (Motion Lab Systems, 2008), chapter "the header section".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from biomech.c3d.parameters import MIPS, floats
from biomech.errors import TrialError

BLOCK = 512
FULL = 65535  # what two bytes hold: a header that has reached it says nothing
EVENTS_MARK = 12345  # word of the header that says that events follow, with labels of four characters
EXPORT_AGAIN = "copy the file again from the recording system, or export it again"

Note = tuple[str, str, str, str]  # level, code, item, message


@dataclass(frozen=True)
class Header:
    """The words of a header that say where parameters and data are, as stored."""

    parameter_start: int
    n_points: int
    per_frame: int
    first: int
    last: int
    scale: float
    data_start: int
    samples: int
    rate_hz: float


def read_header(header: bytes, processor: int) -> Header:
    """Return the words of the first block of a file."""
    words = struct.unpack(f"{'>' if processor == MIPS else '<'}10H", header[:20])
    scale, rate = floats(header[12:16] + header[20:24], processor).tolist()
    return Header(max(header[0], 1), words[1], words[2], words[3], words[4], scale, words[8], words[9], rate)


def truncated(path: Path, expected: int, found: int) -> TrialError:
    """Return the error of a file that ends too early."""
    return TrialError(
        f"{path.name}: the file is cut off: expected at least {expected} bytes, found {found}",
        code="truncated",
        action=EXPORT_AGAIN,
    )
