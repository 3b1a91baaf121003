"""Reader of a recording in any supported format: C3D, or Motion-BIDS where the file is a ``…_motion.tsv``."""

from __future__ import annotations

from pathlib import Path

from biomech.c3d.recording_file import Recording, read_c3d
from biomech.config import Lab
from biomech.io.bids_files import is_motion


def read_recording(
    path: Path | str, lab: Lab | None = None, relabel: dict[str, str] | None = None, needs_markers: bool = True
) -> Recording:
    """Read a recording; parameters and errors as of `biomech.c3d.recording_file.read_c3d` and `biomech.io.bids_motion.read_motion`."""
    if is_motion(path):
        from biomech.io.bids_motion import read_motion  # here: a study of C3D files does not need it

        return read_motion(path, lab, relabel, needs_markers)
    return read_c3d(path, lab, relabel, needs_markers)
