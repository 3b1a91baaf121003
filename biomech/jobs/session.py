"""The jobs of one session: a stage, its page of findings, its files for other programs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import xarray as xr

from biomech.config import Config, parse_config
from biomech.io.sheets import Session
from biomech.io.trial_files import TrialFolder, write_trials
from biomech.quality import Quality
from biomech.stages import FINDINGS, STAGES

TrialByTrial = Iterator[tuple[str, xr.Dataset]]
T = TypeVar("T")


def run(
    stage: str,
    inputs: Mapping[str, Path],
    outputs: Mapping[str, Path],
    params: Mapping[str, Any],
    folder: Path,
    each_apart: bool = False,
) -> None:
    """Run one stage of one session: read, compute, write.

    Parameters
    ----------
    stage : str
        A key of `STAGES`.
    inputs : mapping
        File, or folder of trials, of every stage in `Stage.reads`.
    outputs : mapping
        ``data`` (NetCDF, or a folder of it) and ``quality`` (table) to write.
    params : mapping
        As `stage_params` gives them.
    folder : Path
        The study folder.
    each_apart : bool
        Read each recording in a process of its own first: one that ends the process is left out. Slower.

    Raises
    ------
    BiomechError
        Only where ``on_error`` is ``stop``; else a session that fails gives empty outputs and a quality row.
    """
    from biomech.io import store

    spec = STAGES[stage]
    session = Session.model_validate(params["session"])
    config = parse_config(dict(params["config"]))
    quality = Quality(session.participant, session.session, stage)
    with contextlib.ExitStack() as files, ThreadPoolExecutor(1) as beside:
        read = [_read(name, inputs[name], files) for name in spec.reads]
        # every file carries all choices behind it, those of the stages before it too
        sections = store.shared_config(item.attrs for item in read) | dict(params["config"])
        # a session's inputs are up to a gigabyte: their hashes are taken while the stage works
        origin = beside.submit(_provenance, stage, sections, params, inputs, folder)
        job = _Job(session, config, quality, config.data.on_error, params, folder, read, each_apart)
        if stage == "cycles":
            _write_cycles(job, outputs["data"], origin.result)
        elif spec.flat:
            result = xr.Dataset()
            with job.quality.guard(on_error=job.on_error):
                result = _DATASETS[stage](job)
            store.write_dataset(result.assign_attrs(origin.result()), outputs["data"], compress=True)
        else:
            who = {"participant": session.participant, "session": session.session}
            trials = _as_far_as_possible(job, _TRIALS[stage])
            write_trials(outputs["data"], trials, lambda: who | origin.result())
    store.write_quality(quality.table(), outputs["quality"])


def run_findings(
    inputs: Mapping[str, Any], outputs: Mapping[str, Path], params: Mapping[str, Any], folder: Path
) -> None:
    """Write a session's page of findings.

    Parameters
    ----------
    inputs : mapping
        File of every stage in `FINDINGS.reads`, and ``visits``: the metrics of every session of the participant.
    outputs : mapping
        ``json``, ``page`` (Markdown) and ``quality``.
    params : mapping
        As `stage_params` gives them, and ``visits``: the names of those sessions.
    folder : Path
        The study folder.
    """
    from biomech.findings.material import Material
    from biomech.findings.page import json_text, markdown
    from biomech.findings.session import findings_session
    from biomech.io import store

    session = Session.model_validate(params["session"])
    config = parse_config(dict(params["config"]))
    quality = Quality(session.participant, session.session, "findings")
    with contextlib.ExitStack() as files, ThreadPoolExecutor(1) as beside:
        visits = {
            str(name): files.enter_context(store.open_dataset(path, without="reason"))
            for name, path in zip(params["visits"], inputs["visits"], strict=True)
        }
        read = {name: _read(name, Path(inputs[name]), files) for name in FINDINGS.reads if name != "metrics"}
        read["metrics"] = files.enter_context(store.open_dataset(inputs["metrics"], without="reason"))
        hashed = [Path(inputs[name]) for name in FINDINGS.reads]
        origin = beside.submit(store.provenance, "findings", dict(params["config"]), hashed, folder)
        found = findings_session(Material(session, config, quality, **read, visits=visits))
    about = {"participant": session.participant, "session": session.session, "label": session.label}
    store.write_text(json_text(found, about | {"provenance": origin.result()}), outputs["json"])
    store.write_text(markdown(found, **about, details=Path(outputs["json"]).name), outputs["page"])
    store.write_quality(quality.table(), outputs["quality"])


def run_export(inputs: Mapping[str, Path], folder: Path, params: Mapping[str, Any]) -> None:
    """Write a session's trials as files of other programs.

    Parameters
    ----------
    inputs : mapping
        ``ingest``, ``model``, ``kinematics``, ``kinetics`` and ``cycles``.
    folder : Path
        Where they go.
    params : mapping
        As `biomech.stages.export_params` gives them.
    """
    from biomech.export.session import export_session
    from biomech.io import store

    session = Session.model_validate(params["session"])
    with contextlib.ExitStack() as files:
        raw, model, kinematics, kinetics = (
            TrialFolder(inputs[name]) for name in ("ingest", "model", "kinematics", "kinetics")
        )
        cycles = files.enter_context(store.open_dataset(inputs["cycles"]))
        config = parse_config(dict(params["config"]))
        export_session(raw, kinematics, kinetics, cycles, session, config, folder, model)


@dataclass
class _Job:
    """What a stage's function is called with."""

    session: Session
    config: Config
    quality: Quality
    on_error: Literal["skip", "stop"]
    params: Mapping[str, Any]
    folder: Path
    read: Sequence[Any]
    each_apart: bool = False

    def markerset(self) -> Any:
        from biomech.model.markersets import load_markerset

        return load_markerset(self.params["markerset"]["name"], self.folder)


def _read(stage: str, path: Path, files: contextlib.ExitStack) -> Any:
    from biomech.io import store

    return files.enter_context(store.open_dataset(path)) if STAGES[stage].flat else TrialFolder(path)


def _ingest(job: _Job) -> TrialByTrial:
    from biomech.io.ingest import ingest_trials

    data_folder = Path(job.params["data"]["folder"])
    return ingest_trials(job.session, data_folder, job.config, job.quality, job.on_error, job.each_apart)


def _model(job: _Job) -> TrialByTrial:
    from biomech.model.session import model_trials

    (raw,) = job.read
    return model_trials(raw, job.session, job.markerset(), job.config, job.quality, on_error=job.on_error)


def _kinematics(job: _Job) -> TrialByTrial:
    from biomech.kinematics.session import kinematics_trials

    raw, model = job.read
    return kinematics_trials(raw, model, job.session, job.markerset(), job.config, job.quality, on_error=job.on_error)


def _kinetics(job: _Job) -> TrialByTrial:
    from biomech.kinetics.session import kinetics_trials

    raw, model, kinematics = job.read
    return kinetics_trials(raw, model, kinematics, job.session, job.config, job.quality, on_error=job.on_error)


def _muscles(job: _Job) -> TrialByTrial:
    from biomech.muscles.session import muscles_trials

    (raw,) = job.read
    return muscles_trials(raw, job.session, job.config, job.quality, on_error=job.on_error)


def _write_cycles(job: _Job, path: Path, origin: Callable[[], Mapping[str, str]]) -> None:
    from biomech.events.dataset import TrialCycles, write_cycles
    from biomech.events.session import cycles_trials, session_labels
    from biomech.events.weight import weighed

    raw, kinematics, kinetics, muscles = job.read
    labels = session_labels()
    with job.quality.guard(on_error=job.on_error):
        labels = session_labels(kinematics, kinetics, muscles)

    def parts(job: _Job) -> Iterator[TrialCycles]:
        found = cycles_trials(
            raw,
            kinematics,
            kinetics,
            job.session,
            job.config,
            job.quality,
            labels,
            on_error=job.on_error,
            muscles=muscles,
        )
        return weighed(found, job.session.mass_kg, job.quality)

    write_cycles(job.session, _as_far_as_possible(job, parts), labels, path, origin)


def _metrics(job: _Job) -> xr.Dataset:
    from biomech.outcomes.session import metrics_session

    cycles, model, kinematics, muscles = job.read
    return metrics_session(
        cycles, job.session, job.config, job.quality, model=model, kinematics=kinematics, muscles=muscles
    )


_TRIALS: dict[str, Callable[[_Job], TrialByTrial]] = {
    "ingest": _ingest,
    "model": _model,
    "kinematics": _kinematics,
    "kinetics": _kinetics,
    "muscles": _muscles,
}
_DATASETS: dict[str, Callable[[_Job], xr.Dataset]] = {"metrics": _metrics}


def _as_far_as_possible(job: _Job, call: Callable[[_Job], Iterator[T]]) -> Iterator[T]:
    with job.quality.guard(on_error=job.on_error):
        yield from call(job)


def _provenance(
    stage: str, sections: Mapping[str, Any], params: Mapping[str, Any], inputs: Mapping[str, Path], folder: Path
) -> dict[str, str]:
    from biomech.io import store

    if stage == "ingest":
        # by trial: a path may bear the name of a person
        return store.provenance(stage, sections) | {
            "input_sha256": json.dumps(dict(params["data"]["sha256"]), sort_keys=True)
        }
    return store.provenance(stage, sections, [Path(inputs[name]) for name in STAGES[stage].reads], folder)
