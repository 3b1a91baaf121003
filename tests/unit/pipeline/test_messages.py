"""The edges of a run in one process: what a trial may cost, what messages say, what is left over."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from biomech.cli import main
from biomech.errors import TrialError
from biomech.io.child_process import CAN_FORK, run_apart
from biomech.io.store import write_quality
from biomech.pipeline.messages import fails, logged, of_the_system
from biomech.quality import Quality


def test_an_unexpected_exception_costs_its_trial_and_names_it() -> None:
    quality = Quality("P01", "pre", "kinematics")
    done = []
    for trial in ("walk1", "walk2", "walk3"):
        with quality.guard(trial, item=f"{trial}.c3d"):
            if trial == "walk2":
                raise ZeroDivisionError("odd")
            done.append(trial)
    assert done == ["walk1", "walk3"]
    (row,) = quality.table().to_dict("records")
    assert (row["level"], row["code"], row["trial"], row["item"]) == ("error", "internal_error", "walk2", "walk2.c3d")
    assert "trial walk2 (walk2.c3d): ZeroDivisionError: odd" in row["message"]


@pytest.mark.parametrize("error", [TrialError("bad", code="bad"), ValueError("odd")])
def test_stop_raises_what_skip_reports(error: Exception) -> None:
    quality = Quality("P01", "pre", "kinematics")
    with pytest.raises(type(error)), quality.guard("walk", on_error="stop"):
        raise error
    assert not quality.rows


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.ENOSPC, "full")])
def test_faults_of_the_machine_are_raised(error: Exception) -> None:
    with pytest.raises(type(error)), Quality("P01", "pre", "kinematics").guard("walk"):
        raise error


@pytest.mark.skipif(not CAN_FORK, reason="no fork here")
def test_a_child_process_may_die() -> None:
    assert run_apart(lambda: None) == ""
    assert run_apart(lambda: os.kill(os.getpid(), signal.SIGKILL)) == "signal SIGKILL"
    with pytest.raises(SystemExit) as end:
        run_apart(lambda: exec("raise SystemExit(3)"))
    assert end.value.code == 3


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "results/study.nc"), ["results/study.nc", "disk is full"]),
        (PermissionError(errno.EACCES, "denied", "a.part", None, "metrics.csv"), ["metrics.csv", "another program"]),
        (OSError(errno.EIO, "Input/output error", "walk.c3d"), ["walk.c3d", "Input/output error"]),
    ],
)
def test_errors_of_the_system_say_what_to_do(error: OSError, words: list[str]) -> None:
    text = of_the_system(error)
    assert all(word in text for word in [*words, "run the same command again"]), text


def test_a_full_disk_ends_a_job_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "job.log"
    with pytest.raises(SystemExit), logged(log):
        raise OSError(errno.ENOSPC, "No space left on device", "results/study.nc")
    assert "the disk is full; free some space" in log.read_text()


def test_a_full_disk_is_seen_through_the_words_of_hdf5(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    with pytest.raises(SystemExit), logged(log):
        raise RuntimeError(
            "Can't flush (file write failed: errno = 28, error message = 'No space left on device', buf = 0x1)"
        )
    assert "the disk is full; free some space" in log.read_text().splitlines()[-1]
    with pytest.raises(SystemExit), logged(log):
        raise RuntimeError("NetCDF: HDF error")  # for another reason
    assert "disk is full" not in log.read_text()


@pytest.mark.parametrize(
    ("level", "fail_on", "expected"),
    [
        ("error", "never", False),
        ("error", "error", True),
        ("warning", "error", False),
        ("warning", "warning", True),
        ("error", "warning", True),
        ("info", "warning", False),
    ],
)
def test_fail_on(tmp_path: Path, level: str, fail_on: str, expected: bool) -> None:
    row = {"participant": "P01", "level": level, "code": "x", "message": "y"}
    write_quality(pd.DataFrame([row]), tmp_path / "results" / "quality.tsv")
    assert fails(tmp_path, fail_on) is expected  # type: ignore[arg-type]


def test_leftovers_are_named_and_removed_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "config" / "config.yaml").write_text("data: {folder: data}\n")
    (tmp_path / "config" / "participants.tsv").write_text("participant\tsex\nP01\tfemale\n")
    row = "P01\tpre\twalk\twalk.c3d\tdynamic\twalking"
    (tmp_path / "config" / "trials.tsv").write_text(f"participant\tsession\ttrial\tfile\trole\ttask\n{row}\n")
    for place in ("sessions/P01/pre", "sessions/P01/post", "sessions/P09/pre", "figures/participants/P09"):
        (tmp_path / "results" / place).mkdir(parents=True)
    gone = {"results/sessions/P01/post", "results/sessions/P09", "results/figures/participants/P09"}
    assert main(["clean", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert all(place in printed for place in gone) and "--yes" in printed
    assert (tmp_path / "results/sessions/P09").is_dir()
    assert main(["clean", str(tmp_path), "--yes"]) == 0
    assert not any((tmp_path / place).exists() for place in gone)
    assert (tmp_path / "results/sessions/P01/pre").is_dir()
