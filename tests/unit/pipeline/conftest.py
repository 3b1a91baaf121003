"""One small study, run once for all tests of the workflow."""

from __future__ import annotations

import shutil

import pytest

from tests.unit.pipeline.faulty_study import Recordings, record
from tests.unit.pipeline.small_study import ROOT, Workflow, write_small_study


@pytest.fixture(scope="session")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """The program and the small study, not run yet."""
    program = tmp_path_factory.mktemp("program")
    for name in ("biomech", "workflow", "profiles"):
        shutil.copytree(ROOT / name, program / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", program)
    study = tmp_path_factory.mktemp("study")
    write_small_study(study)
    return Workflow(program, study)


@pytest.fixture(scope="session")
def finished(workflow: Workflow) -> tuple[Workflow, str]:
    """The study after its first run, and what was printed."""
    done = workflow.run()
    assert done.returncode == 0, done.stdout
    return workflow, done.stdout


@pytest.fixture(scope="session")
def recordings() -> Recordings:
    """One person standing and walking a few strides, to be spoilt in many ways."""
    return record()
