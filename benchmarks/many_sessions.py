"""A study of up to 1,000 sessions, all but its computing: `python -m benchmarks.many_sessions [--sessions 100 300 1000]`.

The study is the example copied under new names of participants, its C3D files as hard links. Measured are processor
seconds and the largest process of a dry run (bounds: 60 s and 500 MB for 1,000 sessions), and of a job's start: from the
start of Snakemake, as a cluster starts it, to the call of the stage's function.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.measure import alone, growth, load
from biomech.io.csv_parquet import read_tsv, write_tsv

SESSIONS = (100, 300, 1000)
BOUND_S, BOUND_MB = 60.0, 500.0
ROOT = Path(__file__).parents[1]


def write_study(folder: Path, sessions: int) -> None:
    """Write a study of `sessions` sessions (rounded up to whole copies of the example) into a folder that does not exist."""
    sheets = {name: read_tsv(ROOT / "config" / f"{name}.tsv") for name in ("participants", "sessions", "trials")}
    copies = -(-sessions // len(sheets["sessions"]))
    shutil.copytree(ROOT / "config", folder / "config")
    for name, sheet in sheets.items():
        parts = []
        for k in range(copies):
            part = sheet.assign(participant=[renamed(who, k) for who in sheet["participant"]])
            if "file" in part:
                part["file"] = [f"{renamed(file[:3], k)}{file[3:]}" for file in sheet["file"]]
            parts.append(part)
        write_tsv(pd.concat(parts, ignore_index=True), folder / "config" / f"{name}.tsv")
    for k in range(copies):
        for file in sheets["trials"]["file"]:
            linked = folder / "data_example" / f"{renamed(file[:3], k)}{file[3:]}"
            linked.parent.mkdir(parents=True, exist_ok=True)
            try:
                linked.hardlink_to(ROOT / "data_example" / file)
            except OSError:  # another disk
                shutil.copy(ROOT / "data_example" / file, linked)


def renamed(participant: str, copy: int) -> str:
    """Return the name of a participant (``P01``) in a copy of the example."""
    return f"{participant}{copy:03d}"


def measure(sessions: Sequence[int] = SESSIONS) -> pd.DataFrame:
    """Print and return processor seconds and memory of a dry run, and a job's start, for every number of sessions."""
    rows = {}
    for n in sessions:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "study"
            write_study(folder, n)
            seconds, peak = alone(run, [*snakemake(folder), "--dry-run", "--quiet", "all"])
            started, whole, job_peak = alone(start_job, folder)
        rows[n] = {"dry_run_s": seconds, "dry_run_mb": peak, "job_start_s": started, "job_s": whole, "job_mb": job_peak}
        print(
            f"{n} sessions: dry run {seconds:.0f} s of a processor, {peak:.0f} MB; a job begins its stage after "
            f"{started:.1f} s (clock), takes {whole:.1f} s of a processor with a stage of about 1 s, {job_peak:.0f} MB",
            flush=True,
        )
    table = pd.DataFrame(rows).T
    print(growth(table["dry_run_s"].to_dict()) + load())
    return table


def snakemake(folder: Path) -> list[str]:
    """Return the command that reads the workflow for a study folder."""
    profile = ROOT / "profiles" / "default"
    line = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    return [*line, "--workflow-profile", str(profile)]


def run(command: Sequence[str]) -> tuple[float, float]:
    """Run a command; return seconds of the processor and the largest memory of a process in MB."""
    import resource  # not on Windows

    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def start_job(folder: Path) -> tuple[float, float, float]:
    """Run the first stage of one session as a job of a run that has read the study.

    Returns
    -------
    tuple of float
        Seconds by the clock until the stage's function is called (then its log is opened), processor seconds of the whole
        job, and the largest memory of a process in MB.
    """
    who, session = renamed("P02", 0), "post"
    wanted = f"ingest:participant={who},session={session},key=base"
    started = time.time()
    options = ["--mode", "subprocess", "--target-jobs", wanted, "--allowed-rules", "ingest", "--force", "--nolock"]
    seconds, peak = run([*snakemake(folder), "--cores", "1", *options])
    log = folder / "logs" / who / session / "ingest.base.log"
    return log.stat().st_mtime - started, seconds, peak


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=list(SESSIONS))
    measure(parser.parse_args().sessions)
