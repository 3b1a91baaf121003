"""The tables of stages and jobs fit together, and a path has one meaning."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from biomech.config.variants import BASE
from biomech.io.sheets import Study
from biomech.pipeline import targets
from biomech.pipeline.narrowing import _STUDY_JOBS, stage_param_names, stage_params, study_param_names, study_params
from biomech.pipeline.preflight import load_study
from biomech.pipeline.session_jobs import SESSION_JOBS
from biomech.pipeline.stages import BIDS_READS, EXPORT_READS, SPECS, STAGES
from biomech.pipeline.study_jobs import STUDY_JOBS

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def study() -> Study:
    variants = {"slow": {"signals": {"cutoff_hz": {"walking": 4}}}, "early": {"metrics": {"windows_ms": 50}}}
    return load_study(ROOT, {}, overrides={"variants": variants})


def test_a_stage_reads_those_before_it() -> None:
    names = list(SPECS)
    for place, stage in enumerate(SPECS.values()):
        assert set(stage.reads) <= set(names[:place]), stage.name
    assert set(BIDS_READS) | set(EXPORT_READS) <= set(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_names_the_arguments_of_its_function(stage: str) -> None:
    spec = STAGES[stage]
    given = {STAGES[name].argument for name in spec.reads} | {"session", "config", "quality", *spec.arguments}
    assert given == set(inspect.signature(spec.load()).parameters)


def test_every_job_of_the_study_has_its_params_and_one_function() -> None:
    assert set(_STUDY_JOBS) == {*STUDY_JOBS, "figures"}
    assert not {*SESSION_JOBS} & {*STUDY_JOBS} and not {*STAGES} & {*SESSION_JOBS, *STUDY_JOBS}
    rules = "".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    assert not [name for name in STUDY_JOBS if f"\nrule {name}:\n" not in rules]


@pytest.mark.parametrize("stage", SPECS)
def test_the_names_of_params_are_told_without_them(study: Study, stage: str) -> None:
    assert set(stage_param_names(stage)) == set(stage_params(study, study.sessions[0], stage))


def test_the_names_of_params_of_the_study_are_told_without_them(study: Study) -> None:
    told = {job: set(study_param_names(job)) for job in _STUDY_JOBS}
    assert told == {job: set(study_params(study, job)) for job in _STUDY_JOBS}


def test_a_variant_has_a_folder_of_its_own_and_back() -> None:
    assert targets.home_of(BASE) == "" and targets.home_of("slow") == "/variants/slow"
    assert [targets.variant_of(targets.home_of(name)) for name in (BASE, "slow")] == [BASE, "slow"]


def test_a_variant_reads_results_that_it_shares(study: Study) -> None:
    first = study.sessions[0]
    home = f"results/sessions/{first.participant}/{first.session}"

    def read(stage: str, variant: str) -> dict[str, str]:
        return targets.stage_inputs(study, stage, first.participant, first.session, variant)

    assert read("kinematics", "slow") == {"ingest": f"{home}/raw/base", "model": f"{home}/model/base"}
    assert read("metrics", "early")["cycles"] == f"{home}/cycles/base.nc"
    assert read("metrics", "slow")["cycles"] == f"{home}/cycles/slow.nc"
    visits = [one.session for one in study.sessions if one.participant == first.participant]
    assert [Path(path).parts[3] for path in read("findings", "early")["visits"]] == visits
    assert read("ingest", BASE) == {"c3d": targets.recordings(study, first)} and read("ingest", BASE)["c3d"]


def test_a_run_makes_every_page_and_table_once(study: Study) -> None:
    made = targets.targets(study)
    assert len(made) == len(set(made))
    for home in ("", "/variants/slow", "/variants/early"):
        assert {f"results{home}/outcomes.csv", f"results{home}/statistics/results.parquet"} <= set(made)
    pages = {Path(path).name for path in made if "findings" in path}
    assert pages == {"base.md", "slow.md", "early.md"}


def test_folders_are_told_from_files(study: Study) -> None:
    folders = {name for name, path in targets.study_outputs("").items() if targets.is_folder(path)}
    assert folders == {"metrics_by_participant"}
    assert {stage for stage in STAGES if targets.is_folder(targets.data_of(stage))} == {
        stage for stage, spec in STAGES.items() if not spec.flat
    }


def test_an_option_of_a_variant_reaches_its_jobs_alone(study: Study) -> None:
    assert study_params(study, "provenance", "slow") != study_params(study, "provenance")
    assert study_params(study, "statistics", "slow") == study_params(study, "statistics")
