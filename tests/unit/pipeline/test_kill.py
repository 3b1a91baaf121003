"""A run killed at any stage and started again ends with the bytes of an undisturbed one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from tests.unit.pipeline.faulty_study import Recordings, write_sheets
from tests.unit.pipeline.small_study import Workflow

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills a whole process group by SIGKILL")
# the first trace of each of these: what is being written, and what has just been written
MOMENTS = (
    "sessions/P1/1/raw/.base.*|sessions/P1/1/raw/base",
    "sessions/P1/1/kinematics/base",
    "sessions/P1/1/cycles/base.nc",
    ".study.nc.*|study.nc",
)


@pytest.fixture(scope="module")
def study(recordings: Recordings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One session of one walk, not run yet."""
    folder = tmp_path_factory.mktemp("killed")
    recordings.write(folder / "data")
    rows = [("P1", "1", "stand", "static.c3d", "static", ""), ("P1", "1", "walk", "walk.c3d", "dynamic", "walking")]
    write_sheets(folder, ["P1\tfemale\t65\t1.7\t"], rows, report={"formats": ["svg"]})
    return folder


#: Up to the last of the moments; what comes after it is written the same way.
UNTIL = ("--until", "study")


def start(workflow: Workflow, study: Path) -> subprocess.Popen[str]:
    """Start a run in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--directory", str(study), *UNTIL],
        cwd=workflow.program,
        env={**os.environ, "PYTHONPATH": str(workflow.program), "BIOMECH_DATA": ""},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def kill_at(workflow: Workflow, study: Path, patterns: str) -> bool:
    """Kill a run as soon as one of the files appears; return whether it was still at work."""
    run = start(workflow, study)
    limit = time.monotonic() + 120
    while run.poll() is None and time.monotonic() < limit:
        if any(next((study / "results").glob(pattern), None) for pattern in patterns.split("|")):
            break
        time.sleep(0.002)
    working = run.poll() is None
    if working:
        os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    return working


def contents(study: Path) -> dict[str, str]:
    files = sorted(path for path in (study / "results").rglob("*") if path.is_file())
    return {path.relative_to(study).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_killed_run_started_again_gives_the_same_bytes(workflow: Workflow, study: Path, tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(study, undisturbed)
    done = workflow.run(*UNTIL, study=undisturbed)
    assert done.returncode == 0, done.stdout
    for moment in MOMENTS:
        assert kill_at(workflow, study, moment), f"the run was over before {moment}"
    done = workflow.run(*UNTIL, study=study)  # the plain command: no lock to lift, nothing to clean up
    assert done.returncode == 0, done.stdout
    assert contents(study) == contents(undisturbed)
    assert workflow.would_run(*UNTIL, study=study) == {}


def test_a_second_run_at_the_same_time_is_kept_out(workflow: Workflow, study: Path, tmp_path: Path) -> None:
    busy = tmp_path / "busy"
    shutil.copytree(study, busy, ignore=shutil.ignore_patterns("results", ".snakemake", "logs"))
    first = start(workflow, busy)
    try:
        limit = time.monotonic() + 60
        while not (busy / ".snakemake" / "biomech.lock").exists() and time.monotonic() < limit:
            time.sleep(0.01)
        done = workflow.run(study=busy)
        assert done.returncode != 0 and "another run is at work in" in done.stdout, done.stdout
        assert str(busy) in done.stdout and "wait until it has ended" in done.stdout and "Traceback" not in done.stdout
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
