"""Is a file a C3D file, is it whole, and do its header, its parameters and its size agree? Refused with a reason if not."""

from __future__ import annotations

from pathlib import Path

from biomech.c3d.header import BLOCK, EXPORT_AGAIN, read_header, truncated
from biomech.c3d.layout import Layout, read_layout
from biomech.c3d.parameters import Section, read_section
from biomech.errors import TrialError

_MARK = 0x50  # second byte of every C3D file
_MOST_BLOCKS = 255


def check_file(path: Path) -> tuple[Layout, Section, bytes]:
    """Check a C3D file before its data are read.

    Returns
    -------
    layout : Layout
        What header, parameters and size of the file say together.
    section : Section
        The parameters.
    header : bytes
        The first block.

    Raises
    ------
    TrialError
        Codes ``file_missing``, ``file_empty``, ``not_c3d``, ``truncated``, ``unreadable`` and those of
        `biomech.c3d.layout.read_layout`.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(BLOCK)
            section = b""
            if len(header) == BLOCK and header[1] == _MARK:
                file.seek(max(header[0] - 1, 0) * BLOCK)
                section = file.read(_MOST_BLOCKS * BLOCK)
    except OSError as error:
        reason = "it does not exist" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise TrialError(
            f"{path.name}: expected a C3D file, but {reason}",
            code="file_missing",
            action="check the `file` column of trials.tsv and the data folder",
        ) from None
    if size == 0:
        raise TrialError(f"{path.name}: expected a C3D file, found 0 bytes", code="file_empty", action=EXPORT_AGAIN)
    if len(header) < 2 or header[1] != _MARK:
        raise TrialError(
            f"{path.name}: expected a C3D file, found a file that does not begin like one",
            code="not_c3d",
            action="give the path of a C3D file; other formats must be exported to C3D first",
        )
    if len(header) < BLOCK or len(section) < 4:
        raise truncated(path, 2 * BLOCK, size)
    words = read_header(header, section[3])
    # some software writes more parameters than the number of blocks says; the data begin after them
    blocks = max(section[2], words.data_start - header[0], 1)
    if len(section) < section[2] * BLOCK:
        raise truncated(path, (header[0] - 1 + section[2]) * BLOCK, size)
    parameters = read_section(section[: blocks * BLOCK])
    if parameters.damage:
        raise TrialError(
            f"{path.name}: expected a list of parameters (labels, units, rates), found it damaged at {parameters.damage}",
            code="unreadable",
            action=EXPORT_AGAIN,
        )
    return read_layout(path, words, parameters, size), parameters, header
