"""What a run does about changed, crashing and missing recordings, and how it ends."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
import xarray as xr

from biomech.io.child_process import CAN_FORK
from biomech.io.store import read_quality
from tests.unit.pipeline.faulty_study import Recordings, write_sheets
from tests.unit.pipeline.small_study import Workflow

WALK = ("walk.c3d", "dynamic", "walking")
STAND = ("stand", "static.c3d", "static", "")
NO_PICTURES = {"report": {"figures": False}}


def study_of(folder: Path, recordings: Recordings, rows: list[tuple[str, ...]], **config: object) -> Path:
    recordings.write(folder / "data")
    people = sorted({row[0] for row in rows})
    write_sheets(folder, [f"{person}\tfemale\t65\t1.7\t" for person in people], rows, **NO_PICTURES, **config)
    return folder


def _dies(module: Path, function: str, when: str, signal: int) -> None:
    """Let a function of the program's copy end its process."""
    with module.open("a") as file:
        file.write(
            f"\n\n_real_{function} = {function}\n\n\ndef {function}(*arguments, **options):\n"
            f"    if {when}:\n        import os\n        os.kill(os.getpid(), {signal})\n"
            f"    return _real_{function}(*arguments, **options)\n"
        )


@pytest.mark.skipif(not CAN_FORK, reason="stages run in their own process where the system can fork")
def test_a_crash_costs_one_recording_and_the_run_says_so(
    workflow: Workflow, recordings: Recordings, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    shutil.copytree(workflow.program, program)
    _dies(program / "biomech" / "c3d" / "recording_file.py", "read_c3d", "'crash' in str(arguments[0])", 11)
    # and one whose kinematics die as a whole
    _dies(
        program / "biomech" / "kinematics" / "session.py",
        "kinematics_trials",
        "options['session'].participant == 'P2'",
        9,
    )
    rows = [
        ("P1", "1", *STAND),
        ("P1", "1", "good", *WALK),
        ("P1", "1", "bad", "crash.c3d", "dynamic", "walking"),
        ("P2", "1", "stand", "static2.c3d", "static", ""),
        ("P2", "1", "lost", "walk2.c3d", "dynamic", "walking"),
    ]
    study = study_of(tmp_path / "study", recordings, rows)
    for name, copy in (("walk", "crash"), ("walk", "walk2"), ("static", "static2")):
        shutil.copy(study / "data" / f"{name}.c3d", study / "data" / f"{copy}.c3d")
    (study / "results" / "sessions" / "Gone" / "1").mkdir(parents=True)

    done = Workflow(program, study).run("--config", "fail_on=error")
    assert done.returncode == 1, done.stdout
    assert "Exit code 1, as `data.fail_on: error` asks for." in done.stdout
    assert "P1, 1, bad (crash.c3d): crash.c3d: expected a readable C3D file" in done.stdout
    assert "Not in the sheets any more: results/sessions/Gone" in done.stdout
    assert (study / "results" / "report.md").is_file()
    with xr.open_dataset(study / "results" / "study.nc") as cycles:
        assert set(cycles["trial"].values.tolist()) == {"good"}
    quality = read_quality(study / "results" / "quality.tsv")
    errors = quality[quality["level"] == "error"].set_index("participant")
    assert errors.loc["P1", "code"] == "reader_crashed" and "SIGSEGV" in errors.loc["P1", "message"]
    assert "crashed" in errors.loc[["P2"], "code"].tolist()
    assert errors.loc[["P2"], "message"].str.contains("stage kinematics was ended by signal SIGKILL").any()


def test_a_study_without_a_cycle_ends_with_a_report_that_says_why(
    workflow: Workflow, recordings: Recordings, tmp_path: Path
) -> None:
    study = study_of(
        tmp_path, recordings, [("P1", "1", *STAND), ("P1", "1", "walk", "empty.c3d", "dynamic", "walking")]
    )
    (study / "data" / "empty.c3d").write_bytes(b"")
    (study / "config" / "config.yaml").write_text("data: {folder: data}\n")  # with figures, too
    done = workflow.run(study=study)
    assert done.returncode == 0, done.stdout
    page = (study / "results" / "report.md").read_text()
    assert "No cycle was found in any recording" in page and "empty.c3d: expected a C3D file, found 0 bytes" in page


def test_a_changed_recording_is_noticed_whatever_its_time_says(finished: tuple[Workflow, str], tmp_path: Path) -> None:
    workflow, _ = finished
    path = next((workflow.study / "data").rglob("walk1.c3d"))
    before, state = path.read_bytes(), path.stat()
    try:
        path.write_bytes(before[:-100] + bytes([before[-100] ^ 1]) + before[-99:])
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns - 10**15))  # restored with its old time
        assert workflow.would_run()["ingest"] == 1
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert workflow.would_run() == {}


def test_options_of_data_may_be_given_by_their_name(workflow: Workflow) -> None:
    done = workflow.run("--dry-run", "--config", "on_error=stop")
    assert done.returncode != 0 and "absent.c3d" in done.stdout and "`data.on_error` is `stop`" in done.stdout


def test_no_file_of_results_holds_the_path_of_a_recording(finished: tuple[Workflow, str]) -> None:
    workflow, _ = finished
    path = next((workflow.study / "data").rglob("walk1.c3d")).relative_to(workflow.study / "data")
    assert len(path.parts) > 1
    for file in (workflow.study / "results").rglob("*"):
        if file.is_file():
            assert str(path).encode() not in file.read_bytes(), file


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_stopped_run_says_how_to_go_on(workflow: Workflow, recordings: Recordings, tmp_path: Path) -> None:
    import signal
    import subprocess
    import time

    study = study_of(tmp_path, recordings, [("P1", "1", *STAND), ("P1", "1", "walk", *WALK)])
    run = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--directory", str(study)],
        cwd=workflow.program,
        env={**os.environ, "PYTHONPATH": str(workflow.program), "BIOMECH_DATA": ""},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    limit = time.monotonic() + 120
    while run.poll() is None and time.monotonic() < limit and not (study / "results" / "sessions").exists():
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGINT)
    printed, _ = run.communicate(timeout=120)
    assert run.returncode != 0
    assert "It was stopped (Ctrl-C), or a job failed" in printed and "run the same command again" in printed
