"""The stages of a session as a workflow runs them: what each reads, and which options and cells it gets.

A workflow engine needs nothing else: `load_study` checks everything before any job, `stage_params` gives what a job's
result depends on (an option or a cell of a sheet that a stage does not use never reruns it), and `biomech.jobs` runs them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import biomech
from biomech.config import Config, Data, metrics_asked_for, parse_config, read_config
from biomech.config.variants import BASE, laid_over, variant_values
from biomech.errors import StudyError
from biomech.io.sheets import Session, Study, read_sheets, read_study
from biomech.preflight import emg_faults, markerset_faults, markersets, panel_faults, reference_faults, zarr_faults

# each may use those before it
PACKAGES: tuple[str, ...] = ("c3d", "io", "geometry", "signals", "model", "kinematics", "kinetics", "conventions")
PACKAGES += ("muscles", "events", "outcomes", "study", "statistics", "findings", "report", "export")
_PACKAGE_OF = {"ingest": "io", "cycles": "events", "metrics": "outcomes"}
_HOME = Path(biomech.__file__).parent
# their values travel to the jobs as params, or they serve no stage: an edit there must not rerun every study
_NOT_HASHED = {"sheets.py", "sheet_cells.py", "sheet_names.py", "body_columns.py", "tables.py", "writer.py"}


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
        Its result is one dataset in one file, not a folder with a file for each trial.
    """

    folder: str
    reads: tuple[str, ...]
    sections: tuple[str, ...]
    title: str
    markerset: bool = False
    flat: bool = False

    def results(self, key: str) -> str:
        """Return the path of its results under the session's folder: a file, or a folder of trials."""
        return f"{self.folder}/{key}{'.nc' if self.flat else ''}"


STAGES: dict[str, Stage] = {
    "ingest": Stage("raw", (), ("lab", "force_plates"), "reading C3D files"),
    "model": Stage("model", ("ingest",), ("subject", "kinematics"), "subject model", markerset=True),
    "kinematics": Stage(
        "kinematics",
        ("ingest", "model"),
        ("signals", "kinematics", "multibody"),
        "poses and joint angles",
        markerset=True,
    ),
    "kinetics": Stage(
        "kinetics",
        ("ingest", "model", "kinematics"),
        ("signals", "contacts", "kinetics"),
        "contacts, joint moments and powers",
    ),
    "muscles": Stage("emg", ("ingest",), ("muscles",), "muscle activity"),
    "cycles": Stage(
        "cycles", ("ingest", "kinematics", "kinetics", "muscles"), ("cycles",), "events and cycles", flat=True
    ),
    "metrics": Stage(
        "metrics", ("cycles", "model", "kinematics", "muscles"), ("metrics", "muscles"), "metrics", flat=True
    ),
}

# What is read from a session's stages and is no NetCDF: pages for people. Shared between variants like a stage.
FINDINGS = Stage(
    "findings", ("cycles", "metrics", "model", "kinematics", "muscles"), ("findings", "metrics"), "findings", flat=True
)
_SPECS = STAGES | {"findings": FINDINGS}


# cells of the sheets that each stage uses; all others travel at their defaults, so that an edited one reruns nothing
TRIAL_CELLS: dict[str, set[str]] = {
    "ingest": {"trial", "file", "role", "task", "relabel"},
    "model": {"trial", "file", "role", "footwear"},
    "kinematics": {"trial", "file", "role", "task", "footwear", "progression"},
    "kinetics": {"trial", "contacts"},
    "muscles": {"trial", "role", "task"},
    "cycles": {"trial", "role", "task", "condition", "footwear", "side", "free"},
    "metrics": set(),
    "findings": set(),
}
# cells that a stage uses of functional trials only
FUNCTIONAL_CELLS: dict[str, set[str]] = {
    "ingest": {"condition"},
    "model": {"condition", "side"},
    "muscles": {"condition"},
}
SESSION_CELLS: dict[str, set[str]] = {
    "ingest": set(),
    "model": {"sex", "mass_kg", "height_m", "flat_foot", "anthropometry"},
    "kinematics": set(),
    "kinetics": {"mass_kg"},
    "muscles": set(),
    "cycles": set(Session.model_fields) - {"anthropometry", "clinical", "flat_foot"},
    "metrics": set(),
    "findings": {"label", "clinical"},
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
        Config values laid over those of the file; an option of the section `data` may be given by its name alone, for
        example ``on_error``.

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
        values = laid_over(values, _in_sections(overrides or {}))
    faults = [fault for name in markersets(values) for fault in markerset_faults(folder, name)]
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
    if own := study.config.report.reference_curves:
        faults += reference_faults(folder / own)
    if study.config.report.panels:
        faults += panel_faults(study.config)
    if "zarr" in study.config.export.formats:
        faults += zarr_faults()
    if "bids" in study.config.export.formats and any(study.config.muscles.channels.values()):
        faults += emg_faults()
    if any((c := config_of(study, name)).statistics or c.profile_scores.controls for name in variant_names(study)):
        faults += _statistics_faults(study)
    if faults:
        raise StudyError(faults)
    return study


def recordings(study: Study, session: Session) -> list[Path]:
    """Return the session's C3D files that exist, each once, in the order of the sheet."""
    files = dict.fromkeys(study.data_folder / trial.file for trial in session.trials)
    return [path for path in files if path.is_file()]


def _in_sections(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Put options that are given by their name alone (`--config on_error=stop`) into the section `data`."""
    short = {
        name: value
        for name, value in overrides.items()
        if name in Data.model_fields and name not in Config.model_fields
    }
    rest = {name: value for name, value in overrides.items() if name not in short}
    return laid_over({"data": short}, rest) if short else rest


def trial_hashes(study: Study, session: Session) -> dict[str, str]:
    """Return the SHA-256 of every trial's recording (and of its sidecars), ``absent`` where there is none; kept from run to run."""
    from biomech.io.bids_files import companions
    from biomech.io.recording_hash import recording_hashes

    files = {trial.trial: companions(study.data_folder / trial.file) for trial in session.trials}
    every = dict.fromkeys(path for paths in files.values() for path in paths)
    hashes = recording_hashes(every, study.folder / ".snakemake" / "biomech-recordings.json")
    return {trial: " ".join(hashes[path] for path in paths) for trial, paths in files.items()}


def config_of(study: Study, variant: str = BASE) -> Config:
    """Return the config of a study, or that of one of its variants."""
    return study.config if variant == BASE else _variant_config(study.config.model_dump_json(), variant)


@cache
def _variant_config(config: str, variant: str) -> Config:
    return parse_config(variant_values(json.loads(config), variant))


def variant_names(study: Study) -> list[str]:
    """Return the base and all variants, in the order of the config."""
    return [BASE, *study.config.variants]


def key_of(study: Study, stage: str, variant: str = BASE) -> str:
    """Return the name under which a stage's results of a variant lie.

    That of the first variant (the base before all others) in which nothing that the stage depends on, itself or through
    the stages before it, is different: results are computed once and shared.
    """
    wanted = _choices(stage, config_of(study, variant))
    return next(name for name in variant_names(study) if _choices(stage, config_of(study, name)) == wanted)


BIDS_READS = ("ingest", "kinematics", "cycles")
EXPORT_READS = ("ingest", "model", "kinematics", "kinetics", "cycles")


def export_targets(study: Study) -> list[str]:
    """Return the folders for other programs that the config asks for, relative to the study's."""
    formats = study.config.export.formats
    folders = [f"results/sessions/{s.participant}/{s.session}/export" for s in study.sessions]
    per_study = {"bids": "results/bids", "zarr": "results/study.zarr"}
    wanted = [target for name, target in per_study.items() if name in formats]
    return [*(folders if {"c3d", "opensim"} & set(formats) else []), *wanted]


def methods_params(study: Study) -> dict[str, dict[str, Any]]:
    """Return what the methods section depends on, apart from the study's files: config and marker set."""
    from biomech.model.markersets import load_markerset

    kept = study.config.model_dump(mode="json", exclude={"data", "report", "export", "findings"})
    about = load_markerset(study.config.markerset, study.folder)
    facts = {name: getattr(about, name) for name in ("title", "sources", "hip_centre", "hip_offset", "calibration")}
    facts |= {"sources": list(about.sources), "tracking": about.tracking_of_segments()}
    return {"config": kept, "markerset": facts}


def export_params(study: Study, session: Session) -> dict[str, dict[str, Any]]:
    """Return what a session's files for other programs depend on, apart from the stages' results."""
    dump = study.config.model_dump(mode="json")
    narrowed = stage_session(session, "kinematics") | {"height_m": session.height_m}
    return {
        "config": {name: dump[name] for name in ("export", "lab", "kinematics")},
        "session": narrowed,
        "source": {"sha256": source_hash("export")},
    }


def bids_params(study: Study) -> dict[str, Any]:
    """Return what the study's BIDS datasets depend on, apart from the stages' results, as JSON-ready values."""
    about = set(Session.model_fields) - {"anthropometry", "clinical", "flat_foot", "trials"}
    cells = {"trial", "file", "role", "task", "condition", "footwear", "side"}
    return {
        "config": {
            "muscles": {
                name: study.config.model_dump(mode="json")["muscles"][name] for name in ("channels", "notch_hz")
            }
        },
        "sessions": [
            session.model_dump(mode="json", include=dict.fromkeys(about, True) | {"trials": {"__all__": cells}})
            for session in study.sessions
        ],
        "source": {"sha256": source_hash("export")},
    }


def _choices(stage: str, config: Config) -> dict[str, Any]:
    """Return all that a stage's result depends on of the config, the stages before it included."""
    spec = _SPECS[stage]
    chosen = _options(stage, config) | ({"markerset": config.markerset} if spec.markerset else {})
    for before in spec.reads:
        chosen |= _choices(before, config)
    return chosen


def _options(stage: str, config: Config) -> dict[str, Any]:
    """Return the config sections of a stage; the metrics that findings and statistics ask for are named in `metrics.also`."""
    options = config.model_dump(mode="json", include=set(_SPECS[stage].sections))
    return options | (
        {"metrics": options["metrics"] | {"also": metrics_asked_for(config)}} if stage == "metrics" else {}
    )


def stage_params(study: Study, session: Session, stage: str, key: str = BASE) -> dict[str, dict[str, Any]]:
    """Return everything apart from its input files that a stage's result depends on, as JSON-ready values.

    Parameters
    ----------
    study : Study
    session : Session
        Of the study.
    stage : str
        A key of `STAGES`, or ``findings``.
    key : str
        The variant whose options it gets.
    """
    spec, config = _SPECS[stage], config_of(study, key)
    options = _options(stage, config)
    options["data"] = {"on_error": config.data.on_error}
    params = {
        "config": options,
        "session": stage_session(session, stage),
        "source": {"sha256": source_hash(stage)},
    }
    if stage == "ingest":
        params["data"] = {"folder": str(study.data_folder), "sha256": trial_hashes(study, session)}
    if spec.markerset:
        name = config.markerset
        params["markerset"] = {"name": name, "sha256": markerset_hash(name, study.folder)}
    return params


def stage_session(session: Session, stage: str) -> dict[str, Any]:
    """Return the session as JSON-ready values, narrowed to the cells that a stage uses.

    Parameters
    ----------
    session : Session
        As read from the sheets.
    stage : str
        One of `biomech.schema.STAGES`.
    """
    whole = session.model_dump(mode="json")
    used, kept = {"participant", "session"} | SESSION_CELLS[stage], TRIAL_CELLS[stage]
    needed = {"trial": "", "file": "", "role": "dynamic", "task": ""}  # a trial cannot do without these
    trials = []
    for trial in whole["trials"]:
        cells = kept | FUNCTIONAL_CELLS.get(stage, set()) if trial["role"] == "functional" else kept
        trials.append(needed | {name: cell for name, cell in trial.items() if name in cells})
    return {name: cell for name, cell in whole.items() if name in used} | {"trials": trials if kept else []}


def package_of(stage: str) -> str:
    """Return the package that holds a stage's code."""
    return _PACKAGE_OF.get(stage, stage)


@cache
def source_hash(stage: str) -> str:
    """Return a hash of the code that a stage (or package) runs: its own package and those below it."""
    package = package_of(stage)
    files = [_HOME / name for name in ("__init__.py", "errors.py", "quality.py", "schema.py", "tasks.py", "units.py")]
    own = ["session.py"] if stage in _SPECS else ["session.py", "study.py"]
    files += [_HOME / "jobs" / name for name in own]
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


def _statistics_faults(study: Study) -> list[str]:
    from biomech.statistics.checks import statistics_faults

    faults = [statistics_faults(replace(study, config=config_of(study, name))) for name in variant_names(study)]
    return list(dict.fromkeys(fault for found in faults for fault in found))


def statistics_params(study: Study, variant: str = BASE, section: str = "statistics") -> dict[str, Any]:
    """Return what the statistics (or the profile scores) depend on, apart from the study's files, as JSON-ready values."""
    dump = config_of(study, variant).model_dump(mode="json")
    return {
        "config": {
            section: dump[section],
            "report": {"reference_curves": dump["report"]["reference_curves"]},
        },
        "source": {"sha256": source_hash("report")},  # it holds the published reference curves
    }
