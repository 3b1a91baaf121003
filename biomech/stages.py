"""The stages of a session as a workflow runs them: what each reads, which options and cells it gets, and its one call.

A workflow engine needs nothing else: `load_study` checks everything before any job, `stage_params` gives what a job's
result depends on, and `run` reads the inputs, calls the stage's function and writes its two outputs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import xarray as xr

import biomech
from biomech.config import Config, parse_config, read_config
from biomech.errors import BiomechError, StudyError, TrialError
from biomech.io.sheets import Session, Study, read_sheets, read_study, stage_session
from biomech.quality import Quality

PACKAGES = ("io", "geometry", "signals", "model", "kinematics", "kinetics", "cycles", "metrics", "study", "report")
_HOME = Path(biomech.__file__).parent
# their values travel to the jobs as params, or they serve no stage: an edit there must not rerun every study
_NOT_HASHED = {"sheets.py", "tables.py", "c3d_write.py"}


@dataclass(frozen=True)
class Stage:
    """One stage of a session.

    Parameters
    ----------
    folder : str
        Folder of its files under the session's.
    reads : tuple of str
        Stages whose results it reads, in the order of its function's arguments.
    sections : tuple of str
        Config sections that it uses; it is given no others.
    title : str
        What a person reads while it runs.
    flat : bool
        Its result is one dataset, not one group per trial.
    """

    folder: str
    reads: tuple[str, ...]
    sections: tuple[str, ...]
    title: str
    markerset: bool = False
    flat: bool = False


RESULTS = {
    "study.nc": "every cycle as time-normalised curves, with all covariates",
    "metrics.csv": "one row per cycle and metric (metrics.parquet: the same)",
    "quality.tsv": "everything dropped, filled, repaired or doubtful",
    "data_dictionary.csv": "what every variable, metric and column means",
    "figures": "curves per participant and condition",
    "sessions": "what each stage computed, per session",
}

STAGES: dict[str, Stage] = {
    "ingest": Stage("raw", (), ("lab", "force_plates"), "reading C3D files"),
    "model": Stage("model", ("ingest",), ("subject", "kinematics"), "subject model", markerset=True),
    "kinematics": Stage(
        "kinematics", ("ingest", "model"), ("signals", "kinematics"), "poses and joint angles", markerset=True
    ),
    "kinetics": Stage(
        "kinetics",
        ("ingest", "model", "kinematics"),
        ("signals", "contacts", "kinetics"),
        "contacts, joint moments and powers",
    ),
    "cycles": Stage(
        "cycles", ("ingest", "kinematics", "kinetics"), ("cycles", "contacts"), "events and cycles", flat=True
    ),
    "metrics": Stage("metrics", ("cycles",), ("metrics",), "metrics", flat=True),
}


def load_study(
    folder: Path, environ: Mapping[str, str] = os.environ, overrides: Mapping[str, Any] | None = None
) -> Study:
    """Read a study and check all that can be checked before any job; see `biomech.io.sheets.read_study`.

    Parameters
    ----------
    folder : Path
        The study folder.
    environ : mapping, optional
        ``BIOMECH_DATA`` replaces the config's data folder.
    overrides : mapping, optional
        Config values laid over those of the file.

    Raises
    ------
    StudyError
        With every fault of config, sheets and marker set, and, where ``on_error`` is ``stop``, every absent recording.
    """
    try:
        values = read_config(folder / "config" / "config.yaml")
    except StudyError as error:
        raise StudyError([*error.faults, *read_sheets(folder / "config")[1]]) from None
    if isinstance(values, dict):
        values = _laid_over(values, overrides or {})
    name = values.get("markerset", Config().markerset) if isinstance(values, dict) else None
    faults = _markerset_faults(folder, name)
    try:
        study = read_study(folder, environ, values)
    except StudyError as error:
        raise StudyError([*error.faults, *faults]) from None
    if study.config.data.on_error == "stop":
        faults += [
            f"trials.tsv: {study.data_folder / trial.file} of trial {trial.trial!r} ({session.participant}, session "
            f"{session.session}) does not exist, and `data.on_error` is `stop`"
            for session in study.sessions
            for trial in session.trials
            if not (study.data_folder / trial.file).is_file()
        ]
    if faults:
        raise StudyError(faults)
    return study


def recordings(study: Study, session: Session) -> list[Path]:
    """Return the session's C3D files that exist, each once, in the order of the sheet."""
    files = dict.fromkeys(study.data_folder / trial.file for trial in session.trials)
    return [path for path in files if path.is_file()]


def stage_params(study: Study, session: Session, stage: str) -> dict[str, dict[str, Any]]:
    """Return everything apart from its input files that a stage's result depends on, as JSON-ready values."""
    spec, dump = STAGES[stage], study.config.model_dump(mode="json")
    options: dict[str, Any] = {name: dump[name] for name in spec.sections}
    options["data"] = {"on_error": study.config.data.on_error}
    params = {
        "config": options,
        "session": stage_session(session, stage),
        "source": {"sha256": source_hash(stage)},
    }
    if stage == "ingest":
        params["data"] = {"folder": str(study.data_folder)}
    if spec.markerset:
        name = study.config.markerset
        params["markerset"] = {"name": name, "sha256": markerset_hash(name, study.folder)}
    return params


@cache
def source_hash(stage: str) -> str:
    """Return a hash of the code that a stage (or package) runs: its own package and those below it."""
    package = "io" if stage == "ingest" else stage
    files = [_HOME / name for name in ("__init__.py", "errors.py", "quality.py", "schema.py", "stages.py")]
    for name in PACKAGES[: PACKAGES.index(package) + 1]:
        files += sorted((_HOME / name).rglob("*.py")) + sorted((_HOME / name).rglob("*.csv"))
    total = hashlib.sha256()
    for file in files:
        if file.name not in _NOT_HASHED:
            # line ends differ between checkouts on Windows and elsewhere
            content = file.read_bytes().replace(b"\r\n", b"\n")
            total.update(f"{file.relative_to(_HOME).as_posix()} {hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()[:16]


@cache
def markerset_hash(name: str, folder: Path) -> str:
    """Return a hash of a marker set as it is understood: its file's comments and blanks do not matter."""
    from biomech.model.markersets import load_markerset

    return hashlib.sha256(load_markerset(name, folder).model_dump_json().encode()).hexdigest()[:16]


def run(
    stage: str, inputs: Mapping[str, Path], outputs: Mapping[str, Path], params: Mapping[str, Any], folder: Path
) -> None:
    """Run one stage of one session: read, compute, write.

    Parameters
    ----------
    stage : str
        A key of `STAGES`.
    inputs : mapping
        File of every stage in `Stage.reads`.
    outputs : mapping
        ``data`` (NetCDF) and ``quality`` (table) to write.
    params : mapping
        As `stage_params` gives them.
    folder : Path
        The study folder.

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
    read = {name: (store.read_dataset if STAGES[name].flat else store.read_tree)(inputs[name]) for name in spec.reads}
    job = _Job(session, config, quality, config.data.on_error, params, folder, [read[name] for name in spec.reads])
    result = _guarded(job, _CALLS[stage], spec.flat)
    result.attrs.update(store.provenance(stage, params["config"], *_provenance_inputs(stage, params, inputs, folder)))
    (store.write_dataset if spec.flat else store.write_tree)(result, outputs["data"])
    store.write_quality(quality.table(), outputs["quality"])


@contextlib.contextmanager
def logged(path: str | Path) -> Iterator[None]:
    """Send everything that is printed to a log; an error of the study ends the process with its message alone."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    failed = True
    with (
        open(path, "w", encoding="utf-8", buffering=1) as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
    ):
        try:
            yield
            failed = False
        except BiomechError as error:
            action = getattr(error, "action", "")
            print(f"{error}{f' ({action})' if action else ''}")
        except Exception:
            traceback.print_exc()
    if failed:
        sys.exit(1)


def run_study(inputs: Mapping[str, Sequence[Path]], outputs: Mapping[str, Path], folder: Path) -> None:
    """Join all sessions into the study's dataset and tables.

    Parameters
    ----------
    inputs : mapping
        Lists of files: ``cycles``, ``metrics``, ``quality``.
    outputs : mapping
        ``dataset``, ``metrics_parquet``, ``metrics_csv``, ``quality`` and ``dictionary`` to write.
    folder : Path
        The study folder.
    """
    raise NotImplementedError


def run_figures(dataset: Path, folder: Path, report: Mapping[str, Any]) -> None:
    """Draw the study's figures into `folder`; `report` is the config's section."""
    raise NotImplementedError


def ending(folder: Path) -> str:
    """Return what a person is told after a run: where the results are and how much of them is doubtful."""
    results = folder / "results"
    lines = ["", f"Done. The results are in {results.resolve()}:"]
    for name, meaning in RESULTS.items():
        if (results / name).exists():
            lines.append(f"  {name:<22}{meaning}")
    counts = _quality_counts(results / "quality.tsv")
    if counts:
        lines += ["", f"Quality: {counts}."]
    return "\n".join(lines)


def failure(folder: Path) -> str:
    """Return what a person is told after a failed run."""
    return "\n".join(
        [
            "",
            f"A job failed; its message stands above and in {(folder / 'logs').resolve()}.",
            "Results of the other jobs are kept: mend the cause and run the same command again.",
        ]
    )


def _quality_counts(path: Path) -> str:
    from biomech.io.store import read_quality

    if not path.is_file():
        return ""
    levels = read_quality(path)["level"].value_counts()
    names = {"error": "error", "warning": "warning", "info": "note"}
    counts = {name: int(levels.get(level, 0)) for level, name in names.items()}
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())


def _laid_over(values: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(values)
    for key, value in overrides.items():
        below = out.get(key)
        out[key] = _laid_over(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return out


@dataclass
class _Job:
    """What a stage's function is called with."""

    session: Session
    config: Config
    quality: Quality
    on_error: str
    params: Mapping[str, Any]
    folder: Path
    read: Sequence[Any]

    def markerset(self) -> Any:
        from biomech.model.markersets import load_markerset

        return load_markerset(self.params["markerset"]["name"], self.folder)


def _ingest(job: _Job) -> xr.DataTree:
    from biomech.io.ingest import ingest_session

    data_folder = Path(job.params["data"]["folder"])
    return ingest_session(job.session, data_folder, job.config, job.quality, job.on_error)


def _model(job: _Job) -> xr.DataTree:
    from biomech.model.session import model_session

    return model_session(*job.read, job.session, job.markerset(), job.config, job.quality, job.on_error)


def _kinematics(job: _Job) -> xr.DataTree:
    from biomech.kinematics.session import kinematics_session

    return kinematics_session(*job.read, job.session, job.markerset(), job.config, job.quality, job.on_error)


def _kinetics(job: _Job) -> xr.DataTree:
    from biomech.kinetics.session import kinetics_session

    return kinetics_session(*job.read, job.session, job.config, job.quality, job.on_error)


def _cycles(job: _Job) -> xr.Dataset:
    from biomech.cycles.session import cycles_session

    return cycles_session(*job.read, job.session, job.config, job.quality, job.on_error)


def _metrics(job: _Job) -> xr.Dataset:
    from biomech.metrics.session import metrics_session

    return metrics_session(*job.read, job.session, job.config, job.quality)


_CALLS: dict[str, Callable[[_Job], Any]] = {
    "ingest": _ingest,
    "model": _model,
    "kinematics": _kinematics,
    "kinetics": _kinetics,
    "cycles": _cycles,
    "metrics": _metrics,
}


def _guarded(job: _Job, call: Callable[[_Job], Any], flat: bool) -> Any:
    """Call a stage; what it cannot compute becomes a quality row and an empty result, unless the run must stop."""
    try:
        return call(job)
    except TrialError as error:
        if job.on_error == "stop":
            raise
        job.quality.add_error(error)
    except (MemoryError, OSError, ImportError):
        raise  # the machine or the installation, not the data: the job must fail, and run again
    except Exception as error:
        if job.on_error == "stop":
            raise
        traceback.print_exc()
        job.quality.add(
            "error",
            "internal_error",
            f"{type(error).__name__}: {error}",
            action="this is a fault of the software, met on these data: please report it with the log of this job",
        )
    return xr.Dataset() if flat else xr.DataTree()


def _provenance_inputs(
    stage: str, params: Mapping[str, Any], inputs: Mapping[str, Path], folder: Path
) -> tuple[list[Path], Path]:
    if stage == "ingest":
        data_folder = Path(params["data"]["folder"])
        files = dict.fromkeys(data_folder / trial["file"] for trial in params["session"]["trials"])
        return list(files), data_folder
    return [Path(inputs[name]) for name in STAGES[stage].reads], folder


def _markerset_faults(folder: Path, name: Any) -> list[str]:
    from biomech.model.markersets import load_markerset

    if not isinstance(name, str):
        return []  # reported with the config
    try:
        load_markerset(name, folder)
    except StudyError as error:
        return error.faults
    return []
