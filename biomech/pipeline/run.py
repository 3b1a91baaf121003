"""Running a job: one stage of one session here, all others by their tables; outputs after a crash."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import xarray as xr

from biomech.config import Config, parse_config
from biomech.errors import StudyError
from biomech.io import store
from biomech.io.child_process import run_apart
from biomech.io.sheets import Session
from biomech.io.trial_files import write_trials
from biomech.pipeline.messages import logged
from biomech.pipeline.own import own_rows
from biomech.pipeline.reading import read_result
from biomech.pipeline.stages import STAGES, Stage
from biomech.quality import Quality

T = TypeVar("T")
Files = Mapping[str, Any]  # name to one path or a list of paths


def run_job(name: str, inputs: Files, outputs: Files, params: Mapping[str, Any], log: Path | str, folder: Path) -> None:
    """Run any job of a workflow: a stage, or a job of `biomech.pipeline.session_jobs` or `biomech.pipeline.study_jobs`.

    Parameters
    ----------
    name : str
        A key of `STAGES`, `SESSION_JOBS` or `STUDY_JOBS`.
    inputs : mapping
        Name to a file or a list of files.
    outputs : mapping
        Name to the file or folder to write.
    params : mapping
        As `biomech.pipeline.narrowing` gives them.
    log : Path
        Gets everything that is printed.
    folder : Path
        The study folder.

    Raises
    ------
    KeyError
        Where there is no such job.
    SystemExit
        Where the job failed for a reason of the machine or the config; its log says why.
    """
    reads_own = not {"own_metrics", "own_tasks"}.isdisjoint(params.get("source", {}))
    with own_rows(folder if reads_own else None) as faults:
        if faults:
            raise StudyError(faults)  # edited since the study was checked
        _run_job(name, inputs, outputs, params, log, folder)


def _run_job(
    name: str, inputs: Files, outputs: Files, params: Mapping[str, Any], log: Path | str, folder: Path
) -> None:
    if name in STAGES:
        run_stage_apart(name, inputs, outputs, params, folder, log)
        return
    from biomech.pipeline.session_jobs import SESSION_JOBS
    from biomech.pipeline.study_jobs import STUDY_JOBS

    job = (SESSION_JOBS | STUDY_JOBS)[name]
    with logged(log):
        job(_as_lists(inputs), {key: Path(path) for key, path in outputs.items()}, params, folder)


def run_stage_apart(
    stage: str, inputs: Files, outputs: Files, params: Mapping[str, Any], folder: Path, log: Path | str
) -> None:
    """Run one stage of one session as `run_stage` does, in a child process where the system can fork.

    If the process is killed or crashes, the session gets empty outputs and an error row. If that happens while
    recordings are read, each is read in a process of its own, so that only the one that does it is lost.

    Parameters
    ----------
    stage, inputs, outputs, params, folder
        See `run_stage`.
    log : Path
        Gets everything that is printed.

    Raises
    ------
    SystemExit
        Where the stage failed for a reason of the machine or the config; its log says why.
    """

    def work(each_apart: bool = False) -> None:
        with logged(log):
            run_stage(stage, inputs, outputs, params, folder, each_apart=each_apart)

    ended = run_apart(work)
    if ended and "each_apart" in STAGES[stage].arguments:
        ended = run_apart(partial(work, each_apart=True))
    if ended:
        with logged(log):
            _write_crash(STAGES[stage], ended, outputs, params)


def run_stage(
    stage: str, inputs: Files, outputs: Files, params: Mapping[str, Any], folder: Path, each_apart: bool = False
) -> None:
    """Run one stage of one session: read, compute, write.

    Parameters
    ----------
    stage : str
        A key of `STAGES`.
    inputs : mapping
        File, or folder of trials, of every stage in `Stage.reads`.
    outputs : mapping
        ``data`` (NetCDF, or a folder with one for each trial) and ``quality`` (table) to write.
    params : mapping
        As `biomech.pipeline.narrowing.stage_params` gives them.
    folder : Path
        The study folder.
    each_apart : bool
        Read each recording in a process of its own first: one that ends the process is left out. Slower.

    Raises
    ------
    BiomechError
        Only where ``on_error`` is ``stop``; else a session that fails gives empty outputs and a quality row.
    """
    spec = STAGES[stage]
    session = Session.model_validate(params["session"])
    config = parse_config(dict(params["config"]))
    quality = Quality(session.participant, session.session, stage)
    with contextlib.ExitStack() as files, ThreadPoolExecutor(1) as executor:
        read = {name: read_result(name, inputs[name], files) for name in spec.reads}
        # every file carries all choices behind it, those of the stages before it too
        sections = store.shared_config(item.attrs for item in read.values()) | dict(params["config"])
        # a session's inputs are up to a gigabyte: their hashes are taken while the stage works
        origin = executor.submit(_provenance, spec, sections, params, inputs, folder).result
        given = {STAGES[name].argument: result for name, result in read.items()}
        given |= _arguments(spec, config, params, folder, each_apart)
        call = partial(spec.load(), session=session, config=config, quality=quality, **given)
        guard = partial(quality.guard, on_error=config.data.on_error)
        _WRITERS[spec.gives](call, guard, session, Path(outputs["data"]), origin)
    store.write_quality(quality.table(), outputs["quality"])


def _arguments(
    spec: Stage, config: Config, params: Mapping[str, Any], folder: Path, each_apart: bool
) -> dict[str, Any]:
    """Return what `Stage.arguments` names."""
    out: dict[str, Any] = {}
    for name in spec.arguments:
        if name == "markerset":
            from biomech.model.markersets import load_markerset

            out[name] = load_markerset(params["markerset"]["name"], folder)
        else:
            out[name] = {
                "on_error": config.data.on_error,
                "data_folder": Path(params["data"]["folder"]) if "data" in params else None,
                "each_apart": each_apart,
            }[name]
    return out


Guard = Callable[[], contextlib.AbstractContextManager[None]]
Origin = Callable[[], Mapping[str, str]]


def _write_trials(call: Callable[[], Any], guard: Guard, session: Session, path: Path, origin: Origin) -> None:
    """Trial by trial, so that memory does not grow with their number."""
    who = {"participant": session.participant, "session": session.session}
    write_trials(path, _guarded(call, guard), lambda: who | dict(origin()))


def _write_dataset(call: Callable[[], Any], guard: Guard, session: Session, path: Path, origin: Origin) -> None:
    result = xr.Dataset()
    with guard():
        result = call()
    store.write_dataset(result.assign_attrs(origin()), path, compress=True)


def _write_cycles(call: Callable[[], Any], guard: Guard, session: Session, path: Path, origin: Origin) -> None:
    """Trial by trial too, appended to one dataset."""
    from biomech.events.dataset import SessionCycles, write_cycles

    found = SessionCycles()
    with guard():
        found = call()
    write_cycles(session, _guarded(lambda: found.trials, guard), found.labels, path, origin)


_WRITERS = {"trials": _write_trials, "cycles": _write_cycles, "dataset": _write_dataset}


def _guarded(call: Callable[[], Iterator[T]], guard: Guard) -> Iterator[T]:
    with guard():
        yield from call()


def _provenance(
    spec: Stage, sections: Mapping[str, Any], params: Mapping[str, Any], inputs: Files, folder: Path
) -> dict[str, str]:
    if "data" in params:
        # recordings are named by trial: a path may bear the name of a person
        hashes = json.dumps(dict(params["data"]["sha256"]), sort_keys=True)
        return store.provenance(spec.name, sections) | {"input_sha256": hashes}
    return store.provenance(spec.name, sections, [Path(inputs[name]) for name in spec.reads], folder)


def _write_crash(spec: Stage, ended: str, outputs: Files, params: Mapping[str, Any]) -> None:
    session = Session.model_validate(params["session"])
    quality = Quality(session.participant, session.session, spec.name)
    reason = "; the system does that where memory is short" if ended.endswith("SIGKILL") else ""
    quality.add(
        "error",
        "crashed",
        f"stage {spec.name} was ended by {ended}{reason}: nothing of it is computed for this session",
        action=f"delete results/sessions/{session.participant}/{session.session} and run again; if it happens again, "
        "leave trials out one by one (column `include` of trials.tsv), and report the file that does it",
    )
    if spec.flat:
        store.write_dataset(xr.Dataset(attrs={"stage": spec.name}), outputs["data"])
    else:
        write_trials(outputs["data"], (), lambda: {"stage": spec.name})
    store.write_quality(quality.table(), outputs["quality"])
    print(quality.rows[0]["message"])


def _as_lists(inputs: Files) -> dict[str, list[Path]]:
    paths: dict[str, Sequence[Any]] = {
        name: value if isinstance(value, (list, tuple)) else [value] for name, value in inputs.items()
    }
    return {name: [Path(path) for path in value] for name, value in paths.items()}
