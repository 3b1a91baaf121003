"""What a run does before its first job: keep others out, look whether the lab's axes can be right, keep the outcomes for comparison."""

from __future__ import annotations

from pathlib import Path

from biomech.io import study_lock
from biomech.io.sheets import Study
from biomech.outcomes_diff import keep_before
from biomech.study_check.axes import stop_at_wrong_axes


def claim(study: Study) -> None:
    """Hold the lock of the study in the working directory, check the axes of its recordings, and keep the last run's outcomes.

    Raises
    ------
    BiomechError
        Another run is at work, or the static trials contradict `lab.up`.
    """
    study_lock.hold(Path(".snakemake/biomech.lock"))
    stop_at_wrong_axes(study)
    keep_before(Path("results"))
