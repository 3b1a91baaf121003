"""What a run does before its first job: keep others out, and look whether the lab's axes can be right."""

from __future__ import annotations

from pathlib import Path

from biomech.io import study_lock
from biomech.io.sheets import Study
from biomech.study_check.axes import stop_at_wrong_axes


def claim(study: Study) -> None:
    """Hold the lock of the study in the working directory, and check the axes of its recordings.

    Raises
    ------
    BiomechError
        Another run is at work, or the static trials contradict `lab.up`.
    """
    study_lock.hold(Path(".snakemake/biomech.lock"))
    stop_at_wrong_axes(study)
