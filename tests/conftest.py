"""Shared fixtures: the recordings that lie outside the project, and small helpers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# One thread of linear algebra a process, as Snakemake gives a job, set before NumPy is imported: threads of several
# processes wait for each other, and a fit of a mixed model takes several times as long.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

REALDATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
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
