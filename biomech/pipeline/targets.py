"""Paths of a study's results relative to its folder: the targets of a run, inputs and outputs of each job.

Wildcards of a workflow are in braces: ``participant``, ``session``, ``key`` (the variant whose stage result serves), and
``home``: empty for the base, ``/variants/NAME`` for a variant.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from biomech.config.variants import BASE
from biomech.io.sheets import Session, Study
from biomech.pipeline.narrowing import config_of, shared_variant_of, variant_names
from biomech.pipeline.stages import BIDS_READS, REPORT_READS, SPECS, STAGES

SESSION = "results/sessions/{participant}/{session}"
SESSION_REPORT = f"{SESSION}/report.html"
METHODS = {
    "markdown": "results/methods.md",
    "latex": "results/methods.tex",
    "bibtex": "results/methods.bib",
    "supplement": "results/methods_supplement.md",
}
COMPARISON = {
    "page": "results/variants/comparison.md",
    "shifts": "results/variants/comparison_metrics.csv",
    "changes": "results/variants/comparison_changes.csv",
    "conclusions": "results/variants/comparison_conclusions.csv",
    "figures": "results/variants/comparison_figures",
}


def home_of(variant: str) -> str:
    """Return the value of the wildcard ``home`` of a variant."""
    return "" if variant == BASE else f"/variants/{variant}"


def variant_of(home: str) -> str:
    """Return the variant of a value of the wildcard ``home``."""
    return home.rpartition("/")[2] or BASE


def homes(study: Study) -> list[str]:
    """Return ``home`` of the base and of every variant, in the order of the config."""
    return [home_of(variant) for variant in variant_names(study)]


def is_folder(path: str) -> bool:
    """Whether an output is a folder: all files have a suffix."""
    return not Path(path).suffix


def data_of(stage: str) -> str:
    """Return the result of a stage, its wildcards open: a file, or a folder with a file for each trial."""
    return f"{SESSION}/{SPECS[stage].path}"


def stage_outputs(stage: str) -> dict[str, str]:
    """Return the files of a stage, or of the findings, their wildcards open."""
    data = data_of(stage)
    place = data.partition(".")[0]
    quality = {"quality": f"{place}.quality.tsv"}
    if stage == "findings":
        return {"json": data, "page": f"{place}.md"} | quality
    return {"data": data} | quality


def of_session(pattern: str, stage: str, study: Study, participant: str, session: str, variant: str = BASE) -> str:
    """Fill in a stage's pattern with the result that serves a variant of one session."""
    return pattern.format(participant=participant, session=session, key=shared_variant_of(study, stage, variant))


def of_sessions(pattern: str, stage: str, study: Study, variant: str = BASE, participant: str = "") -> list[str]:
    """Fill in a stage's pattern for every session (of one participant), in the order of the sheets: pre before post."""
    key = shared_variant_of(study, stage, variant)
    return [
        pattern.format(participant=one.participant, session=one.session, key=key)
        for one in (study.visits[participant] if participant else study.sessions)
    ]


def stage_inputs(study: Study, stage: str, participant: str, session: str, variant: str) -> dict[str, Any]:
    """Return what a stage of a session reads; the first one reads recordings, the findings all visits of the participant."""
    spec, names = SPECS[stage], (study, participant, session, variant)
    read: dict[str, Any] = {name: of_session(data_of(name), name, *names) for name in spec.reads}
    if "data_folder" in spec.arguments:
        read["c3d"] = recordings(study, session_of(study, participant, session))
    if stage == "findings":
        read["visits"] = of_sessions(data_of("metrics"), "metrics", study, variant, participant)
    return read


def session_of(study: Study, participant: str, session: str) -> Session:
    """Return a session of the sheets."""
    return next(one for one in study.visits[participant] if one.session == session)


def recordings(study: Study, session: Session) -> list[Path]:
    """Return the session's C3D files that exist, each once; an absent one is a row of the quality table, not an error."""
    files = dict.fromkeys(study.data_folder / trial.file for trial in session.trials)
    return [path for path in files if path.is_file()]


def export_inputs(stages: Iterable[str]) -> dict[str, str]:
    """Return what a session's files for other programs are made from: results of the base, the other wildcards open."""
    return {stage: data_of(stage).replace("{key}", BASE) for stage in stages}


def session_report_inputs(study: Study, participant: str, session: str) -> dict[str, Any]:
    """Return what a session's report is made from: results of the base, and the cycles of the visits up to this one."""
    names = (study, participant, session)
    read: dict[str, Any] = {stage: of_session(data_of(stage), stage, *names) for stage in REPORT_READS}
    read["findings"] = of_session(data_of("findings"), "findings", *names)
    read["quality"] = [of_session(stage_outputs(stage)["quality"], stage, *names) for stage in [*STAGES, "findings"]]
    visits = of_sessions(data_of("cycles"), "cycles", study, participant=participant)
    read["visits"] = visits[: visits.index(read["cycles"]) + 1]
    return read | {"reference": reference_curves(study)}


def session_reports(study: Study) -> list[str]:
    """Return the report of every session, in the order of the sheets."""
    return [SESSION_REPORT.format(participant=one.participant, session=one.session) for one in study.sessions]


def bids_inputs(study: Study) -> dict[str, list[str]]:
    """Return what the study's BIDS datasets are made from: results of the base, of every session."""
    return {stage: of_sessions(data_of(stage), stage, study) for stage in BIDS_READS}


def study_inputs(study: Study, variant: str = BASE) -> dict[str, list[str]]:
    """Return what the study's files are made from: cycles, metrics, findings and the quality tables of all stages."""
    out = {name: of_sessions(data_of(name), name, study, variant) for name in ("cycles", "metrics")}
    out["findings"] = of_sessions(stage_outputs("findings")["json"], "findings", study, variant)
    tables = {stage: stage_outputs(stage)["quality"] for stage in [*STAGES, "findings"]}
    out["quality"] = [file for stage, table in tables.items() for file in of_sessions(table, stage, study, variant)]
    return out


def study_outputs(home: str) -> dict[str, str]:
    """Return the study's dataset and tables."""
    names = ("metrics", "metrics_wide", "contrasts", "symmetry")
    tables = {f"{name}_{kind}": f"results{home}/{name}.{kind}" for name in names for kind in ("parquet", "csv")}
    return {
        "dataset": f"results{home}/study.nc",
        **tables,
        "metrics_by_participant": f"results{home}/metrics",
        "quality": f"results{home}/quality.tsv",
        "dictionary": f"results{home}/data_dictionary.csv",
    }


def outcome_outputs(home: str) -> dict[str, str]:
    """Return mean, SD and number of cycles per participant, session and condition, for statistics programs."""
    return {
        "csv": f"results{home}/outcomes.csv",
        "xlsx": f"results{home}/outcomes.xlsx",
        "dictionary": f"results{home}/outcomes_dictionary.csv",
        "by_task": f"results{home}/outcomes",
    }


def statistics_outputs(home: str) -> dict[str, str]:
    """Return the files of the analyses."""
    folder = f"results{home}/statistics"
    return {
        "results": f"{folder}/results.parquet",
        "results_csv": f"{folder}/results.csv",
        "values": f"{folder}/values.csv",
        "clusters": f"{folder}/clusters.csv",
        "scores": f"{folder}/profile_scores.csv",
        "points": f"{folder}/curve_reliability.csv",
        "curves": f"{folder}/curves.nc",
    }


def profile_outputs(home: str) -> dict[str, str]:
    """Return the tables of profile scores."""
    return {kind: f"results{home}/profile_scores.{kind}" for kind in ("csv", "parquet")}


def statistics_inputs(home: str, study: Study) -> dict[str, Any]:
    """Return what analyses are made from."""
    files = study_outputs(home)
    return {"metrics": files["metrics_parquet"], "dataset": files["dataset"], "reference": reference_curves(study)}


def provenance_inputs(study: Study, variant: str = BASE) -> dict[str, list[str]]:
    """Return all tables and datasets of the study, and what was read of every session, with the hashes of its recordings."""
    home, config = home_of(variant), config_of(study, variant)
    files = [study_outputs(home), outcome_outputs(home)]
    files += [statistics_outputs(home)] if config.statistics else []
    files += [profile_outputs(home)] if config.profile_scores.reference != "none" else []
    files += [METHODS] if variant == BASE else []
    raw = of_sessions(data_of("ingest"), "ingest", study, variant)
    return {"results": [path for some in files for path in some.values()], "raw": raw}


def report_inputs(study: Study) -> dict[str, Any]:
    """Return what the page that leads through the results is made from; empty where the config asks for none."""
    config, files = study.config, study_outputs("")
    results = statistics_results(study)
    profiles = config.profile_scores.reference != "none"
    wanted = {
        "figures": ("results/figures/index.tsv", config.report.figures),
        "statistics": ("results/statistics_report", bool(results)),
        "profiles": ("results/profile_scores.parquet", profiles),
        "profile_figures": ("results/profile_figures", profiles and config.report.figures),
        "comparison": (COMPARISON["page"], bool(config.variants)),
    }
    return {
        "dataset": files["dataset"],
        "metrics": files["metrics_parquet"],
        "quality": files["quality"],
        "methods": METHODS["markdown"],
        "findings": findings_pages(study, BASE),
        "results": results,
        **{name: [path] if asked else [] for name, (path, asked) in wanted.items()},
    }


def study_report_inputs(study: Study) -> dict[str, Any]:
    """Return what the study's HTML report is made from; empty where the config asks for none."""
    names = ("dataset", "metrics", "quality", "methods", "results", "statistics", "figures", "comparison")
    read = {name: files for name, files in report_inputs(study).items() if name in names}
    return read | {"contrasts": study_outputs("")["contrasts_parquet"]}


def reference_curves(study: Study) -> list[str]:
    """Return the lab's own reference curves, if the config names a file."""
    own = study.config.report.reference_curves
    return [own] if own else []


def statistics_results(study: Study, name: str = "results", every_variant: bool = False) -> list[str]:
    """Return a file of the statistical results (of every variant), if the config names analyses."""
    places = homes(study) if every_variant else [""]
    return [statistics_outputs(home)[name] for home in places] if study.config.statistics else []


def findings_pages(study: Study, variant: str) -> list[str]:
    """Return every session's page of findings that serves a variant."""
    return of_sessions(stage_outputs("findings")["page"], "findings", study, variant)


def export_targets(study: Study) -> list[str]:
    """Return the folders for other programs that the config asks for."""
    formats = study.config.export.formats
    folders = [f"{SESSION}/export".format(participant=s.participant, session=s.session) for s in study.sessions]
    per_study = {"bids": "results/bids", "zarr": "results/study.zarr"}
    wanted = [target for name, target in per_study.items() if name in formats]
    return [*(folders if {"c3d", "opensim"} & set(formats) else []), *wanted]


def targets(study: Study) -> list[str]:
    """Return all that a run makes, of the base and of every variant."""
    out = [study_outputs("")["dataset"], "results/report.md", "results/report.html"]
    out += session_reports(study)
    out += [outcome_outputs(home)["csv"] for home in homes(study)]
    out += [f"results{home}/provenance.json" for home in homes(study)]
    out += ["results/figures/index.tsv"] if study.config.report.figures else []
    out += ["results/variants.nc", COMPARISON["page"]] if study.config.variants else []
    out += export_targets(study)
    for variant in variant_names(study):
        home, config = home_of(variant), config_of(study, variant)
        out += findings_pages(study, variant)
        out += [statistics_outputs(home)["results"]] if config.statistics else []
        out += [profile_outputs(home)["parquet"]] if config.profile_scores.reference != "none" else []
    return list(dict.fromkeys(out))
