"""The study that a run keeps for its jobs: the same as the checked one, and read only while nothing has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from biomech.errors import StudyError
from biomech.pipeline import kept_study, preflight
from biomech.pipeline.narrowing import stage_params
from biomech.pipeline.stages import SPECS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "data_example").symlink_to(ROOT / "data_example")
    return tmp_path


def test_a_job_gets_the_study_of_the_run(folder, monkeypatch):
    checked = kept_study.study_of_run(folder, {}, checks=True)
    monkeypatch.setattr(preflight, "load_study", lambda *_, **__: pytest.fail("checked again"))
    known = kept_study.study_of_run(folder, {}, checks=False)
    assert known == checked and known.data_folder == checked.data_folder
    for stage in SPECS:  # 1 and 1.0 are equal, but not the same param
        ours, theirs = (repr(stage_params(study, study.sessions[0], stage)) for study in (known, checked))
        assert ours == theirs


@pytest.mark.parametrize(
    "change",
    [
        lambda folder, given: (folder / "config" / "config.yaml").open("a").write("\n# edited\n"),
        lambda folder, given: (
            (folder / "config" / "markersets").mkdir()
            or (folder / "config" / "markersets" / "own.yaml").write_text("a: 1")
        ),
        lambda folder, given: given["overrides"].update(on_error="stop"),
        lambda folder, given: given["environ"].update(BIOMECH_DATA=str(ROOT / "data_example")),
        lambda folder, given: (folder / kept_study.PLACE).write_text("{damaged"),
        lambda folder, given: (folder / kept_study.PLACE).unlink(),
    ],
    ids=["config", "file", "option", "environment", "damaged", "absent"],
)
def test_nothing_is_read_after_a_change(folder, change):
    given = {"overrides": {}, "environ": {}}
    assert kept_study.keep(preflight.load_study(folder, {}), **given)
    assert kept_study.kept_study(folder, **given)
    change(folder, given)
    assert kept_study.kept_study(folder, **given) is None


def test_another_program_checks_again(folder, monkeypatch):
    assert kept_study.keep(preflight.load_study(folder), {})
    monkeypatch.setattr(kept_study, "source_sha256", lambda home: "another")
    assert kept_study.kept_study(folder, {}) is None


def test_a_fault_that_came_during_a_run_is_found(folder):
    kept_study.study_of_run(folder, {}, checks=True)
    (folder / "config" / "trials.tsv").write_text("participant\ttrial\n")
    with pytest.raises(StudyError):
        kept_study.study_of_run(folder, {}, checks=False)
