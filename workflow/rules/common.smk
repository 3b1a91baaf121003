# What all rules share: the checked study, and its files and params as functions of the wildcards.
import sys
from functools import cache
from pathlib import Path

from biomech.errors import BiomechError, StudyError
from biomech.pipeline import kept_study, messages, narrowing, resources, targets
from biomech.pipeline.stages import EXPORT_READS, SPECS, STAGES

NAME = "[A-Za-z0-9][A-Za-z0-9_-]*"


def checked_study():
    """The study of the working directory; `--config` and `--configfile` override its config. All faults at once."""
    try:
        return kept_study.study_of_run(Path(), config, workflow.is_main_process)
    except StudyError as error:
        sys.exit(str(error))  # the message alone: a traceback would bury it


STUDY = checked_study()
VARIANT = " (variant {wildcards.key})" if STUDY.config.variants else ""


wildcard_constraints:
    participant=NAME,
    session=NAME,
    key=NAME,
    home=f"(/variants/{NAME})?",


def files(outputs):
    """Outputs by name, folders marked as such."""
    return {
        name: directory(path) if targets.is_folder(path) else path
        for name, path in outputs.items()
    }


def stage_inputs(stage):
    """What a stage reads for the session and variant that the wildcards name."""
    return lambda wildcards: targets.stage_inputs(STUDY, stage, *wildcards)


def of_session(function, names):
    """Params of the session (and variant) that the wildcards name, by name."""

    @cache
    def params(participant, session, *key):
        return function(STUDY, targets.session_of(STUDY, participant, session), *key)

    return {
        name: lambda wildcards, name=name: params(*wildcards)[name] for name in names
    }


def stage_params(stage):
    """What a stage depends on, by name."""

    params = lambda study, row, key: narrowing.stage_params(study, row, stage, key)
    return of_session(params, narrowing.stage_param_names(stage))


def study_params(job):
    """What a job of the whole study depends on, by name; of the variant that the wildcard `home` names, if it has one."""

    @cache
    def params(home):
        return narrowing.study_params(STUDY, job, targets.variant_of(home))

    return {
        name: lambda wildcards, name=name: params(wildcards.get("home", ""))[name]
        for name in narrowing.study_param_names(job)
    }


def of_home(function):
    """Inputs of the variant that the wildcard `home` names."""
    return lambda wildcards: function(STUDY, targets.variant_of(wildcards.home))


def claim_study():
    """Keep out a second run (a killed one does not), and one with wrong axes."""
    try:
        from biomech.study_check.before_run import claim

        claim(STUDY)
    except BiomechError as error:
        sys.exit(str(error))


def print_ending():
    """Describe all tables; say where the results are and how much of them is doubtful."""
    from biomech.pipeline.study_jobs import describe_tables

    describe_tables(Path())
    print(messages.ending(Path(), STUDY))
    if messages.fails(Path(), STUDY.config.data.fail_on):
        print(f"Exit code 1, as `data.fail_on: {STUDY.config.data.fail_on}` asks for.")
        sys.exit(1)
