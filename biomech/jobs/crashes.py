"""A stage in a process of its own: if that dies, its session is lost with a reason and the study goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from biomech.io.child_process import run_apart
from biomech.io.sheets import Session
from biomech.jobs.messages import logged
from biomech.jobs.session import run
from biomech.quality import Quality
from biomech.stages import STAGES


def run_stage(
    stage: str,
    inputs: Mapping[str, Path],
    outputs: Mapping[str, Path],
    params: Mapping[str, Any],
    folder: Path,
    log: Path | str,
) -> None:
    """Run one stage of one session as `biomech.jobs.run` does, in a child process where the system can fork.

    If the process is killed or crashes, the session gets empty outputs and an error row. If that happens while
    recordings are read, each is read in a process of its own, so that only the one that does it is lost.

    Parameters
    ----------
    stage, inputs, outputs, params, folder
        See `biomech.jobs.run`.
    log : Path
        Gets everything that is printed.

    Raises
    ------
    SystemExit
        Where the stage failed for a reason of the machine or the config; its log says why.
    """

    def work(each_apart: bool = False) -> None:
        with logged(log):
            run(stage, inputs, outputs, params, folder, each_apart=each_apart)

    ended = run_apart(work)
    if ended and stage == "ingest":
        ended = run_apart(lambda: work(each_apart=True))
    if ended:
        with logged(log):
            _write_crash(stage, ended, outputs, params)


def _write_crash(stage: str, ended: str, outputs: Mapping[str, Path], params: Mapping[str, Any]) -> None:
    from biomech.io import store
    from biomech.io.trial_files import write_trials

    session = Session.model_validate(params["session"])
    quality = Quality(session.participant, session.session, stage)
    reason = "; the system does that where memory is short" if ended.endswith("SIGKILL") else ""
    quality.add(
        "error",
        "crashed",
        f"stage {stage} was ended by {ended}{reason}: nothing of it is computed for this session",
        action=f"delete results/sessions/{session.participant}/{session.session} and run again; if it happens again, "
        "leave trials out one by one (column `include` of trials.tsv), and report the file that does it",
    )
    if STAGES[stage].flat:
        store.write_dataset(xr.Dataset(attrs={"stage": stage}), outputs["data"])
    else:
        write_trials(outputs["data"], (), lambda: {"stage": stage})
    store.write_quality(quality.table(), outputs["quality"])
    print(quality.rows[0]["message"])
