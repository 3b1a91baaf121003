# What all rules share: the checked study, paths, and the params of each stage.
import sys
from pathlib import Path

from biomech import jobs, stages
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
SESSION_FOLDER = "results/sessions/{participant}/{session}"
SOURCE = {
    package: {"sha256": stages.source_hash(package)} for package in ("study", "report")
}
REPORT = STUDY.config.report.model_dump(mode="json")
TARGETS = [
    "results/study.nc",
    *(["results/figures"] if STUDY.config.report.figures else []),
]


wildcard_constraints:
    participant="[A-Za-z0-9][A-Za-z0-9-]*",
    session="[A-Za-z0-9][A-Za-z0-9-]*",


def data_of(stage):
    """File with the results of a stage, its wildcards open."""
    return f"{SESSION_FOLDER}/{stages.STAGES[stage].folder}/base.nc"


def quality_of(stage):
    """Quality table of a stage, its wildcards open."""
    return f"{SESSION_FOLDER}/{stages.STAGES[stage].folder}/base.quality.tsv"


def log_of(stage):
    """Log of a stage, its wildcards open."""
    return f"logs/{{participant}}/{{session}}/{stage}.log"


def benchmark_of(stage):
    """Time and memory of a stage, its wildcards open."""
    return f"logs/{{participant}}/{{session}}/{stage}.benchmark.tsv"


def param(stage, name):
    """One of the params of a stage, for the session that the wildcards name."""

    def value(wildcards):
        session = SESSIONS[wildcards.participant, wildcards.session]
        return stages.stage_params(STUDY, session, stage)[name]

    return value


def recordings(wildcards):
    """The session's C3D files that are there; an absent one is a row of the quality table, not an error."""
    return stages.recordings(STUDY, SESSIONS[wildcards.participant, wildcards.session])


def message(stage):
    """What a person reads when a stage starts."""
    return f"{{wildcards.participant}}, session {{wildcards.session}}: {stages.STAGES[stage].title}"


def every_session(pattern):
    """A pattern filled in for every session, in the order of the sheets (so that pre comes before post)."""
    return [
        pattern.format(participant=participant, session=session)
        for participant, session in SESSIONS
    ]


def claim_study():
    """Keep a second run out; unlike Snakemake's own lock this one does not outlive a killed run."""
    try:
        study_lock.hold(Path(".snakemake/biomech.lock"))
    except BiomechError as error:
        sys.exit(str(error))


def print_ending():
    """Say where the results are and how much of them is doubtful."""
    print(jobs.ending(Path()))


def print_failure():
    """Say what to do after a failed job."""
    print(jobs.failure(Path()))
