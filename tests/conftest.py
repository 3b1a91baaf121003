"""Shared fixtures: the recordings that lie outside the project, and small helpers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

# One thread of linear algebra a process, as Snakemake gives a job, set before NumPy is imported: threads of several
# processes wait for each other, and a fit of a mixed model takes several times as long.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

REALDATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# files that share one run of the workflow go to one process; they take longest
_ONE_RUN = ("tests/unit/pipeline/test_workflow.py", "tests/unit/pipeline/test_runs.py")
# then those of more than 20 s each: a long file that comes last keeps one process busy while the others wait
_LONG = (
    *_ONE_RUN,
    "tests/robustness/test_mistakes.py",
    "tests/reference/test_example_findings.py",
    "tests/unit/pipeline/test_bad_input.py",
    "tests/unit/pipeline/test_kill.py",
    "tests/contract/test_robustness_page.py",
    "tests/reference/test_sequence_markers.py",
    "tests/unit/benchmarks/test_benchmarks_run.py",
    "tests/reference/test_properties.py",
    "tests/contract/test_metrics.py",
    "tests/contract/test_narrow_params.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give whole files to the processes, as `--dist loadfile` does, and the files of `_ONE_RUN` to the same one."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return _ONE_RUN[0] if file in _ONE_RUN else file

    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {file: k for k, file in enumerate(_LONG)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))
    if REALDATA.is_dir():
        return
    skip = pytest.mark.skip(reason=f"real recordings not found: {REALDATA} is missing")
    for item in items:
        if "realdata" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Folder of the real recordings; only for tests marked `realdata`."""
    return REALDATA
