# What all rules share: the checked study, paths, and the params of each stage.
import sys
from pathlib import Path

from biomech import jobs, stages
from biomech.config.variants import BASE
from biomech.errors import BiomechError, StudyError
from biomech.io import study_lock


def checked_study():
    """The study of the working directory; `--config` and `--configfile` override its config. All faults at once."""
    try:
        return stages.load_study(Path(), overrides=config)
    except StudyError as error:
        sys.exit(str(error))  # the message alone: a traceback would bury it


STUDY = checked_study()
SESSIONS = {
    (session.participant, session.session): session for session in STUDY.sessions
}
PARTICIPANTS = list(dict.fromkeys(participant for participant, _ in SESSIONS))
SESSION_FOLDER = "results/sessions/{participant}/{session}"
FINDINGS_JSON = f"{SESSION_FOLDER}/findings/{{key}}.json"
FINDINGS_QUALITY = f"{SESSION_FOLDER}/findings/{{key}}.quality.tsv"
VARIANTS = list(STUDY.config.variants)
VARIANT_FOLDERS = ["results", *(f"results/variants/{variant}" for variant in VARIANTS)]
SOURCE = {
    package: {"sha256": stages.source_hash(package)}
    for package in ("study", "statistics", "report", "export")
}
REPORT = STUDY.config.report.model_dump(mode="json")
FORMATS = {"formats": REPORT["formats"]}  # all that most rules take of it
OVERVIEW = {name: REPORT[name] for name in ("formats", "norms", "side_colours")} | {
    "metric_norms": STUDY.config.findings.model_dump(mode="json")["norms"]
}
PROFILES = STUDY.config.profile_scores.reference != "none"
METHODS = stages.methods_params(STUDY)
METHODS_FILES = {
    "markdown": "results/methods.md",
    "latex": "results/methods.tex",
    "bibtex": "results/methods.bib",
    "supplement": "results/methods_supplement.md",
}


def findings_pages():
    """Every session's page of findings, of the base."""
    return [
        f"results/sessions/{participant}/{session}/findings/{BASE}.md"
        for participant, session in SESSIONS
    ]


def statistics_results(name="results.parquet", folders=("results",)):
    """A file of the statistical results, if the config names analyses."""
    analyses = getattr(STUDY.config, "statistics", None)
    return [f"{folder}/statistics/{name}" for folder in folders] if analyses else []


def findings_targets():
    """Every session's page of findings, of the base and of every variant that has one of its own."""
    keys = dict.fromkeys(
        stages.key_of(STUDY, "findings", variant) for variant in [BASE, *VARIANTS]
    )
    return [
        f"results/sessions/{participant}/{session}/findings/{key}.md"
        for participant, session in SESSIONS
        for key in keys
    ]


def statistics_targets():
    """The tables of results, of the base and of every variant, where the config names analyses."""
    folders = {BASE: "results"} | {
        name: f"results/variants/{name}" for name in VARIANTS
    }
    return [
        f"{folder}/statistics/results.parquet"
        for name, folder in folders.items()
        if stages.config_of(STUDY, name).statistics
    ]


def profile_targets():
    """The tables of profile scores, of the base and of every variant, where the config names a reference."""
    folders = dict(zip([BASE, *VARIANTS], VARIANT_FOLDERS))
    return [
        f"{folder}/profile_scores.parquet"
        for name, folder in folders.items()
        if stages.config_of(STUDY, name).profile_scores.reference != "none"
    ]


def outcome_targets():
    """The tables of outcomes, of the base and of every variant."""
    return [f"{folder}/outcomes.csv" for folder in VARIANT_FOLDERS]


TARGETS = [
    "results/study.nc",
    "results/report.md",
    *outcome_targets(),
    *[f"{folder}/provenance.json" for folder in VARIANT_FOLDERS],
    *(["results/figures/index.tsv"] if STUDY.config.report.figures else []),
    *(["results/variants.nc", "results/variants/comparison.md"] if VARIANTS else []),
    *stages.export_targets(STUDY),
    *findings_targets(),
    *statistics_targets(),
    *profile_targets(),
]


wildcard_constraints:
    participant="[A-Za-z0-9][A-Za-z0-9-]*",
    session="[A-Za-z0-9][A-Za-z0-9-]*",
    key="[A-Za-z0-9][A-Za-z0-9-]*",
    variant="[A-Za-z0-9][A-Za-z0-9-]*",


def data_of(stage):
    """Results of a stage, its wildcards open: a file, or a folder with a file for each trial."""
    spec = stages.STAGES[stage]
    path = f"{SESSION_FOLDER}/{spec.results('{key}')}"
    return path if spec.flat else directory(path)


def needed(stage):
    """Results of an earlier stage that serve the variant of the wildcard `key`."""

    def path(wildcards):
        key = stages.key_of(STUDY, stage, wildcards.key)
        return data_of(stage).replace("{key}", key)

    return path


def quality_of(stage):
    """Quality table of a stage, its wildcards open."""
    return f"{SESSION_FOLDER}/{stages.STAGES[stage].folder}/{{key}}.quality.tsv"


def log_of(stage):
    """Log of a stage, its wildcards open."""
    return f"logs/{{participant}}/{{session}}/{stage}.{{key}}.log"


def benchmark_of(stage):
    """Time and memory of a stage, its wildcards open."""
    return f"logs/{{participant}}/{{session}}/{stage}.{{key}}.benchmark.tsv"


def param(stage, name):
    """One of the params of a stage, for the session that the wildcards name."""

    def value(wildcards):
        session = SESSIONS[wildcards.participant, wildcards.session]
        return stages.stage_params(STUDY, session, stage, wildcards.key)[name]

    return value


def visits_of(wildcards):
    """Sessions of the participant that the wildcard names, in the order of the sheets."""
    return [
        session
        for participant, session in SESSIONS
        if participant == wildcards.participant
    ]


def of_visits(wildcards, stage, key):
    """Results of a stage for every session of the participant that the wildcard names."""
    return [
        data_of(stage).format(
            participant=wildcards.participant, session=session, key=key
        )
        for session in visits_of(wildcards)
    ]


def metrics_of_visits(wildcards):
    """Metrics of every session of a participant."""
    return of_visits(
        wildcards, "metrics", stages.key_of(STUDY, "metrics", wildcards.key)
    )


def cycles_of_visits(wildcards):
    """Cycles of every session of a participant, of the base."""
    return of_visits(wildcards, "cycles", stages.key_of(STUDY, "cycles", BASE))


def recordings(wildcards):
    """The session's C3D files that are there; an absent one is a row of the quality table, not an error."""
    return stages.recordings(STUDY, SESSIONS[wildcards.participant, wildcards.session])


def message(stage):
    """What a person reads when a stage starts."""
    variant = " (variant {wildcards.key})" if VARIANTS else ""
    return f"{{wildcards.participant}}, session {{wildcards.session}}: {stages.STAGES[stage].title}{variant}"


def every_session(pattern, stage, variant=BASE):
    """A stage's pattern filled in for every session, in the order of the sheets (so that pre comes before post)."""
    key = stages.key_of(STUDY, stage, variant)
    return [
        pattern.format(participant=participant, session=session, key=key)
        for participant, session in SESSIONS
    ]


def study_inputs(variant=BASE):
    """What the study's files are made from: cycles, metrics, findings and the quality tables of all stages."""
    return {
        "cycles": every_session(data_of("cycles"), "cycles", variant),
        "metrics": every_session(data_of("metrics"), "metrics", variant),
        "findings": every_session(FINDINGS_JSON, "findings", variant),
        "quality": [
            table
            for stage in stages.STAGES
            for table in every_session(quality_of(stage), stage, variant)
        ]
        + every_session(FINDINGS_QUALITY, "findings", variant),
    }


def variant_inputs(wildcards):
    """As `study_inputs`, of the variant that the wildcard names."""
    return study_inputs(wildcards.variant)


def of_variants(name):
    """One of the study's files of the base and of every variant, in the order of the config."""
    return [f"{folder}/{name}" for folder in VARIANT_FOLDERS]


def study_outputs(folder):
    """The study's files; those of a variant lie in a folder of their own."""
    return {
        "dataset": f"{folder}/study.nc",
        "metrics_parquet": f"{folder}/metrics.parquet",
        "metrics_csv": f"{folder}/metrics.csv",
        "metrics_wide_parquet": f"{folder}/metrics_wide.parquet",
        "metrics_wide_csv": f"{folder}/metrics_wide.csv",
        "contrasts_parquet": f"{folder}/contrasts.parquet",
        "contrasts_csv": f"{folder}/contrasts.csv",
        "symmetry_parquet": f"{folder}/symmetry.parquet",
        "symmetry_csv": f"{folder}/symmetry.csv",
        "metrics_by_participant": directory(f"{folder}/metrics"),
        "quality": f"{folder}/quality.tsv",
        "dictionary": f"{folder}/data_dictionary.csv",
    }


def whole_config(variant=BASE):
    """The config, but for sections that change no number; the data folder may bear the name of a person."""
    own = stages.config_of(STUDY, variant)
    kept = own.model_dump(mode="json", exclude={"data", "export", "report"})
    return kept | {"report": {"reference_curves": own.report.reference_curves}}


def provenance_inputs(folder, variant=BASE):
    """All tables and datasets of the study, and what was read of every session: its attributes hold the recordings' hashes."""
    config = stages.config_of(STUDY, variant)
    results = [*study_outputs(folder).values(), *outcome_outputs(folder).values()]
    if config.statistics:
        results += statistics_outputs(folder).values()
    if config.profile_scores.reference != "none":
        results += [f"{folder}/profile_scores.{kind}" for kind in ("csv", "parquet")]
    if variant == BASE:
        results += METHODS_FILES.values()
    return {
        "results": results,
        "raw": every_session(data_of("ingest"), "ingest", variant),
    }


def outcome_outputs(folder):
    """Mean, SD and number of cycles per participant, session and condition, for statistics programs."""
    return {
        "csv": f"{folder}/outcomes.csv",
        "xlsx": f"{folder}/outcomes.xlsx",
        "dictionary": f"{folder}/outcomes_dictionary.csv",
        "by_task": directory(f"{folder}/outcomes"),
    }


def statistics_outputs(folder):
    """Files of the analyses; those of a variant lie in a folder of their own."""
    return {
        "results": f"{folder}/statistics/results.parquet",
        "results_csv": f"{folder}/statistics/results.csv",
        "values": f"{folder}/statistics/values.csv",
        "clusters": f"{folder}/statistics/clusters.csv",
        "scores": f"{folder}/statistics/profile_scores.csv",
        "points": f"{folder}/statistics/curve_reliability.csv",
        "curves": f"{folder}/statistics/curves.nc",
    }


def reference_curves():
    """The lab's own reference curves, if the config names a file."""
    own = STUDY.config.report.reference_curves
    return [own] if own else []


def export_inputs():
    """What a session's files for other programs are made from: results of the base, the other wildcards open."""
    return {
        stage: data_of(stage).replace("{key}", BASE) for stage in stages.EXPORT_READS
    }


def export_param(name):
    """One of the params of a session's files for other programs."""

    def value(wildcards):
        session = SESSIONS[wildcards.participant, wildcards.session]
        return stages.export_params(STUDY, session)[name]

    return value


def bids_inputs():
    """What the study's BIDS datasets are made from: results of the base, of every session."""
    return {
        stage: [
            data_of(stage).format(participant=participant, session=session, key=BASE)
            for participant, session in SESSIONS
        ]
        for stage in stages.BIDS_READS
    }


def claim_study():
    """Keep a second run out; unlike Snakemake's own lock this one does not outlive a killed run."""
    try:
        study_lock.hold(Path(".snakemake/biomech.lock"))
    except BiomechError as error:
        sys.exit(str(error))


def print_ending():
    """Say where the results are and how much of them is doubtful."""
    print(jobs.ending(Path(), STUDY))
    if jobs.fails(Path(), STUDY.config.data.fail_on):
        print(f"Exit code 1, as `data.fail_on: {STUDY.config.data.fail_on}` asks for.")
        sys.exit(1)


def print_failure():
    """Say what to do after a failed job."""
    print(jobs.failure(Path()))
