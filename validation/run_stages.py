"""All stages of one session by the jobs of the workflow, in a folder that is thrown away."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import xarray as xr

from biomech.io.sheets import Session, Study
from biomech.io.store import open_dataset, read_quality
from biomech.pipeline.narrowing import stage_params
from biomech.pipeline.run import run_stage
from biomech.pipeline.stages import STAGES


@dataclass
class SessionRun:
    """What the stages of one session gave.

    Parameters
    ----------
    cycles : xr.Dataset
        As the stage of that name writes it.
    quality : pd.DataFrame
        The rows of all stages.
    log : str
        What the jobs printed: the traceback of an unexpected exception.
    """

    cycles: xr.Dataset
    quality: pd.DataFrame
    log: str


def run_session(study: Study, session: Session, stages: Sequence[str] = tuple(STAGES)) -> SessionRun:
    """Run the stages of a session as the workflow does, a job each.

    Parameters
    ----------
    study : Study
        From `biomech.pipeline.preflight.load_study`.
    session : Session
        One of its sessions.
    stages : sequence of str
        In the order of `STAGES`; each needs those before it. ``cycles`` must be among them.

    Raises
    ------
    BiomechError
        Only where the study's ``on_error`` is ``stop``.
    """
    log = io.StringIO()
    with (
        TemporaryDirectory(prefix="biomech-") as folder,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
    ):
        files = {stage: Path(folder, Path(STAGES[stage].path.format(key=stage)).name) for stage in stages}
        tables = []
        for stage, path in files.items():
            inputs = {name: files[name] for name in STAGES[stage].reads}
            outputs = {"data": path, "quality": path.with_suffix(".tsv")}
            run_stage(stage, inputs, outputs, stage_params(study, session, stage), study.folder)
            tables.append(read_quality(outputs["quality"]))
        with open_dataset(files["cycles"]) as opened:
            cycles = opened.load()
    return SessionRun(cycles, pd.concat(tables, ignore_index=True), log.getvalue())
