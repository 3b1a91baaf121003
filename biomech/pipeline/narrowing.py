"""Dependencies of each job's result: params as JSON-ready values, narrowed to the options and cells that it uses.

An option or a cell that a job does not use never reruns it; an edit of code reruns the jobs whose packages it can reach.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import biomech
from biomech.columns import AGE_COLUMNS
from biomech.config import Config, metrics_asked_for, parse_config
from biomech.config.section import BY_TASK
from biomech.config.variants import BASE, variant_values
from biomech.io.sheets import Session, Study
from biomech.own_tasks import registered, row_values
from biomech.pipeline.own import own_hash
from biomech.pipeline.stages import SPECS, STAGES

# each may use those before it
PACKAGES: tuple[str, ...] = ("quantities", "c3d", "io", "geometry", "signals", "model", "kinematics", "kinetics")
PACKAGES += (
    "conventions",
    "muscles",
    "events",
    "outcomes",
    "study",
    "statistics",
    "findings",
    "report",
    "export",
    "html_report",
)
# modules next to the packages, which all of them may use
GROUND_FLOOR = (
    "__init__",
    "columns",
    "errors",
    "joints",
    "quality",
    "own_tasks",
    "schema",
    "task_groups",
    "tasks",
    "units",
)
_HOME = Path(biomech.__file__).parent
_STAGE_JOBS, _OTHER_JOBS = ("own.py", "reading.py", "run.py"), ("session_jobs.py", "study_jobs.py")
# their values travel to the jobs as params, or they serve no stage: an edit there must not rerun every study
_HASHED = (".py", ".csv", ".j2", ".js", ".css")
_NOT_HASHED = {"sheets.py", "sheet_cells.py", "sheet_names.py", "body_columns.py", "tables.py", "writer.py"}


def trial_hashes(study: Study, session: Session) -> dict[str, str]:
    """Return the SHA-256 of every trial's recording (and of its sidecars), ``absent`` where there is none; kept from run to run."""
    files, hashes = _hashed(study, [session])
    return {trial.trial: " ".join(hashes[path] for path in files[trial.file]) for trial in session.trials}


def hash_recordings(study: Study) -> None:
    """Hash the recordings of all sessions in one go, so that `trial_hashes` finds them; the file of hashes is written once."""
    _hashed(study, study.sessions)


def _hashed(study: Study, sessions: Iterable[Session]) -> tuple[dict[str, list[Path]], dict[Path, str]]:
    """Return the files of every recording, and the hash of every file."""
    from biomech.io.bids_files import companions
    from biomech.io.recording_hash import recording_hashes

    files = {trial.file: companions(study.data_folder / trial.file) for one in sessions for trial in one.trials}
    every = dict.fromkeys(path for paths in files.values() for path in paths)
    return files, recording_hashes(every, study.folder / ".snakemake" / "biomech-recordings.json")


def config_of(study: Study, variant: str = BASE) -> Config:
    """Return the config of a study, or that of one of its variants."""
    if variant == BASE:
        return study.config
    with registered(study.tasks):
        return _variant_config(study.config.model_dump_json(), variant)


@cache
def _variant_config(config: str, variant: str) -> Config:
    return parse_config(variant_values(json.loads(config), variant))


def variant_names(study: Study) -> list[str]:
    """Return the base and all variants, in the order of the config."""
    return [BASE, *study.config.variants]


def shared_variant_of(study: Study, stage: str, variant: str = BASE) -> str:
    """Return the name under which a stage's results of a variant lie.

    That of the first variant (the base before all others) in which nothing that the stage depends on, itself or through
    the stages before it, is different: results are computed once and shared.
    """
    if variant == BASE:
        return BASE
    wanted = _upstream_config(stage, config_of(study, variant))
    return next(name for name in variant_names(study) if _upstream_config(stage, config_of(study, name)) == wanted)


def export_params(study: Study, session: Session) -> dict[str, dict[str, Any]]:
    """Return what a session's files for other programs depend on, apart from the stages' results."""
    dump = study.config.model_dump(mode="json")
    narrowed = stage_session(session, "kinematics") | {"height_m": session.height_m}
    return {
        "config": {name: dump[name] for name in ("export", "lab", "kinematics")},
        "session": narrowed,
        "source": _source("export", study, session),
    }


def report_params(study: Study, session: Session) -> dict[str, Any]:
    """Return what a session's report depends on, apart from its input files: sections of the config, cells of the sheets."""
    dump = study.config.model_dump(mode="json")
    chosen = {
        name: dump["report"][name]
        for name in ("norms", "panels", "y_limits", "side_colours", "reference_curves", "pdf")
    }
    whole = session.model_dump(mode="json")
    cells = ("participant", "session", "label", "group", "sex", "mass_kg", "height_m", "dominant_side")
    age = {name: cell for name, cell in whole["covariates"].items() if name in AGE_COLUMNS}
    kept = ("trial", "role", "task", "condition", "footwear", "side")
    trials = [{"file": ""} | {name: trial[name] for name in kept} for trial in whole["trials"]]
    return {
        "config": {"report": chosen, "profile_scores": dump["profile_scores"]},
        "session": {name: whole[name] for name in cells} | {"covariates": age, "trials": trials},
        "source": _source("html_report", study, session),
    }


def _upstream_config(stage: str, config: Config) -> dict[str, Any]:
    """Return all that a stage's result depends on of the config, the stages before it included."""
    spec = SPECS[stage]
    chosen = _options(stage, config) | ({"markerset": config.markerset} if spec.markerset else {})
    for before in spec.reads:
        chosen |= _upstream_config(before, config)
    return chosen


def _options(stage: str, config: Config) -> dict[str, Any]:
    """Return the config sections of a stage; the metrics that findings and statistics ask for are named in `metrics.also`."""
    options = config.model_dump(mode="json", include=set(SPECS[stage].sections))
    return options | (
        {"metrics": options["metrics"] | {"also": metrics_asked_for(config)}} if stage == "metrics" else {}
    )


def stage_param_names(stage: str) -> tuple[str, ...]:
    """Return the names of `stage_params`."""
    spec = SPECS[stage]
    extra = {"data": "data_folder" in spec.arguments, "markerset": spec.markerset, "visits": spec.gives == "findings"}
    return ("config", "session", "source", *(name for name, given in extra.items() if given))


def stage_params(study: Study, session: Session, stage: str, key: str = BASE) -> dict[str, Any]:
    """Return everything apart from its input files that a stage's result depends on, as JSON-ready values.

    Parameters
    ----------
    study : Study
    session : Session
        Of the study.
    stage : str
        A key of `biomech.pipeline.stages.SPECS`.
    key : str
        The variant whose options it gets.
    """
    spec, config = SPECS[stage], config_of(study, key)
    options = _of_tasks(_options(stage, config), study, session)
    options["data"] = {"on_error": config.data.on_error}
    params: dict[str, Any] = {
        "config": options,
        "session": stage_session(session, stage),
        "source": _source(stage, study, session),
    }
    if "data_folder" in spec.arguments:
        params["data"] = {"folder": str(study.data_folder), "sha256": trial_hashes(study, session)}
    if spec.markerset:
        name = config.markerset
        params["markerset"] = {"name": name, "sha256": markerset_hash(name, study.folder)}
    if spec.gives == "findings":
        params["visits"] = [one.session for one in study.visits[session.participant]]
    return params


def stage_session(session: Session, stage: str) -> dict[str, Any]:
    """Return the session as JSON-ready values, narrowed to the cells that a stage uses.

    Parameters
    ----------
    session : Session
        As read from the sheets.
    stage : str
        A key of `biomech.pipeline.stages.SPECS`.
    """
    whole = session.model_dump(mode="json")
    spec = SPECS[stage]
    used, kept = {"participant", "session", *spec.session_cells}, set(spec.trial_cells)
    needed = {"trial": "", "file": "", "role": "dynamic", "task": ""}  # a trial cannot do without these
    trials = []
    for trial in whole["trials"]:
        cells = kept | set(spec.functional_cells) if trial["role"] == "functional" else kept
        trials.append(needed | {name: cell for name, cell in trial.items() if name in cells})
    return {name: cell for name, cell in whole.items() if name in used} | {"trials": trials if kept else []}


def reads_metrics(name: str) -> bool:
    """Return whether a stage, or a job of a package, may read the registry of metrics."""
    return package_of(name) in ("outcomes", "study", "statistics", "findings", "report", "html_report")


def reads_tasks(name: str) -> bool:
    """Return whether a stage, or a job of a package, may read the registry of tasks."""
    return package_of(name) != "io"


def _source(name: str, study: Study, session: Session | None = None) -> dict[str, str]:
    """Return the hash of the code that a job runs, and of the lab's own metrics, else own tasks, where it may read them."""
    out = {"sha256": source_hash(name)}
    if reads_metrics(name):
        own = own_hash(study.folder)
        return out | ({"own_metrics": own} if own else {})
    tasks = {
        task: row_values(row) for task, row in study.tasks.items() if session is None or task in _tasks_of(session)
    }
    if not tasks or not reads_tasks(name):
        return out
    return out | {"own_tasks": hashlib.sha256(json.dumps(tasks, sort_keys=True).encode()).hexdigest()[:16]}


def _tasks_of(session: Session) -> set[str]:
    return {trial.task for trial in session.trials}


def _of_tasks(options: dict[str, Any], study: Study, session: Session) -> dict[str, Any]:
    """Leave out what options hold for the lab's own tasks that a session does not have."""
    others = set(study.tasks) - _tasks_of(session)
    if not others:
        return options
    out = dict(options)
    for section in set(BY_TASK) & set(out):
        by_task = {
            name: {task: value for task, value in out[section][name].items() if task not in others}
            for name in BY_TASK[section]
        }
        out[section] = out[section] | by_task
    return out


def package_of(name: str) -> str:
    """Return the package that holds a stage's function; a package is its own."""
    return SPECS[name].package if name in SPECS else name


@cache
def source_hash(name: str) -> str:
    """Return a hash of the code that a stage (or a job of a package) runs: its own package and those below it."""
    package = package_of(name)
    files = [_HOME / f"{name}.py" for name in GROUND_FLOOR]
    files += [_HOME / "pipeline" / file for file in (_STAGE_JOBS if name in STAGES else _STAGE_JOBS + _OTHER_JOBS)]
    for below in PACKAGES[: PACKAGES.index(package) + 1]:
        files += [file for suffix in _HASHED for file in sorted((_HOME / below).rglob(f"*{suffix}"))]
    total = hashlib.sha256(SPECS[name].function.encode() if name in SPECS else b"")
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


def study_param_names(job: str) -> tuple[str, ...]:
    """Return the names of `study_params`: a workflow is read without their values, which take hashes of the code."""
    return (*_STUDY_JOBS[job][2], "source")


def study_params(study: Study, job: str, variant: str = BASE) -> dict[str, Any]:
    """Return what a job of the whole study depends on, apart from its input files, as JSON-ready values.

    Parameters
    ----------
    study : Study
    job : str
        A key of `biomech.pipeline.study_jobs.STUDY_JOBS`.
    variant : str
        Whose options it gets.
    """
    package, about, _ = _STUDY_JOBS[job]
    return about(study, config_of(study, variant)) | {"source": _source(package, study)}


def _config(**sections: Any) -> dict[str, Any]:
    return {"config": sections}


def _report(config: Config, *names: str) -> dict[str, Any]:
    options = config.report.model_dump(mode="json")
    return {name: options[name] for name in names}


def _notes(study: Study, config: Config) -> dict[str, Any]:
    return {"sheet_notes": list(study.notes)}


def _nothing(study: Study, config: Config) -> dict[str, Any]:
    return {}


def _sessions(study: Study, config: Config) -> dict[str, Any]:
    """Every session of the sheets, those without results included."""
    return {"sessions": [[one.participant, one.session, one.label] for one in study.sessions]}


def _analyses(section: str) -> Callable[[Study, Config], dict[str, Any]]:
    """The statistics or the profile scores, with the lab's own reference curves."""

    def params(study: Study, config: Config) -> dict[str, Any]:
        own = config.model_dump(mode="json", include={section})
        return _config(**own, report=_report(config, "reference_curves"))

    return params


def _whole_config(study: Study, config: Config) -> dict[str, Any]:
    """All but sections that change no number; the data folder may bear the name of a person."""
    kept = config.model_dump(mode="json", exclude={"data", "export", "report"})
    return _config(**kept, report=_report(config, "reference_curves"))


def _overview(study: Study, config: Config) -> dict[str, Any]:
    norms = {"metric_norms": config.findings.model_dump(mode="json")["norms"]}
    return _config(**_report(config, "formats", "norms", "side_colours"), **norms)


def _methods(study: Study, config: Config) -> dict[str, Any]:
    """Config and marker set."""
    from biomech.model.markersets import load_markerset

    about = load_markerset(config.markerset, study.folder)
    facts = {name: getattr(about, name) for name in ("title", "sources", "hip_centre", "hip_offset", "calibration")}
    facts |= {"sources": list(about.sources), "tracking": about.tracking_of_segments()}
    kept = config.model_dump(mode="json", exclude={"data", "report", "export", "findings"})
    return {"config": kept, "markerset": facts}


def _bids(study: Study, config: Config) -> dict[str, Any]:
    about = set(Session.model_fields) - {"anthropometry", "clinical", "flat_foot", "trials"}
    cells = {"trial", "file", "role", "task", "condition", "footwear", "side"}
    dump = config.model_dump(mode="json")["muscles"]
    return _config(muscles={name: dump[name] for name in ("channels", "notch_hz")}) | {
        "sessions": [
            session.model_dump(mode="json", include=dict.fromkeys(about, True) | {"trials": {"__all__": cells}})
            for session in study.sessions
        ]
    }


_CONFIG = ("config",)
# of every job of the study: the package whose code it runs, what else it depends on, and the names of that
_STUDY_JOBS: dict[str, tuple[str, Callable[[Study, Config], dict[str, Any]], tuple[str, ...]]] = {
    "study": ("study", _notes, ("sheet_notes",)),
    "outcomes": ("statistics", _nothing, ()),
    # the package of the report holds the published reference curves
    "statistics": ("report", _analyses("statistics"), _CONFIG),
    "profile_scores": ("report", _analyses("profile_scores"), _CONFIG),
    "figures": (
        "report",
        lambda _, config: {"config": config.report.model_dump(mode="json", exclude={"pdf"})},
        _CONFIG,
    ),
    "overview": ("report", _overview, _CONFIG),
    "methods": ("report", _methods, ("config", "markerset")),
    "provenance": ("study", _whole_config, _CONFIG),
    "variants": ("study", _nothing, ()),
    "comparison": ("report", lambda _, config: _config(**_report(config, "formats")), _CONFIG),
    "statistics_report": ("report", lambda _, config: _config(**_report(config, "formats")), _CONFIG),
    "profile_figures": ("report", lambda _, config: _config(**_report(config, "formats", "side_colours")), _CONFIG),
    "report": ("report", _nothing, ()),
    "study_report": ("html_report", _sessions, ("sessions",)),
    "bids": ("export", _bids, ("config", "sessions")),
    "zarr": ("export", _nothing, ()),
}
