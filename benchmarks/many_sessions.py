"""A study of up to 1,000 sessions, all but its computing: `python -m benchmarks.many_sessions [--sessions 100 300 1000]`.

The study is the example copied under new names of participants, its C3D files as hard links. Measured are processor
seconds and the largest process of a dry run (bounds: 60 s and 500 MB for 1,000 sessions), and the processor seconds of a
job's start: of Snakemake, as a cluster starts it, and of the stage's process, until the stage's function is called. Next to it
stands what a workflow of one rule and no study takes, which is Snakemake's own share. Needs `/proc` (Linux).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
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
            started, own = (least(start, Path(scratch)) for start in (start_job, start_of_snakemake))
        rows[n] = {"dry_run_s": seconds, "dry_run_mb": peak, "job_start_s": started, "snakemake_start_s": own}
        print(
            f"{n} sessions: dry run {seconds:.0f} s of a processor, {peak:.0f} MB; a job begins its stage after "
            f"{started:.1f} s of a processor, of which Snakemake takes {own:.1f} s without a study",
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


def least(start: Callable[[Path], float], scratch: Path, repeats: int = 3) -> float:
    """Return the least of some calls in s."""
    return min(start(scratch) for _ in range(repeats))


def start_job(scratch: Path) -> float:
    """Run the first stage of one session of ``scratch/study`` as a job of a run that has read the study; see `started`."""
    log = scratch / "study" / "logs" / renamed("P02", 0) / "post" / "ingest.base.log"
    wanted = f"ingest:participant={renamed('P02', 0)},session=post,key=base"
    return started([*snakemake(scratch / "study"), "--target-jobs", wanted], log, scratch)


def start_of_snakemake(scratch: Path) -> float:
    """Run the one job of a workflow that has nothing else; see `started`."""
    (scratch / "Snakefile").write_text('rule ingest:\n    output: "{name}.txt"\n    script: "job.py"\n')
    (scratch / "job.py").write_text('open(snakemake.output[0], "w").close()\n')
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(scratch / "Snakefile"),
        "--directory",
        str(scratch),
    ]
    return started([*command, "--target-jobs", "ingest:name=done"], scratch / "done.txt", scratch)


# a module that Python imports at its start: when the file is opened for writing, all processes from this one up to
# Snakemake write down their processor seconds
_CLOCK = """
import os, sys

def seconds_of(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK"), int(fields[1])

def clock(event, args):
    if event != "open" or not str(args[0]).endswith(os.environ["CLOCK_AT"]) or not set("wa") & set(args[1] or ""):
        return
    total, pid = 0.0, os.getpid()
    while pid != int(os.environ["CLOCK_ABOVE"]):
        seconds, pid = seconds_of(pid)
        total += seconds
    with open(os.environ["CLOCK_FILE"], "w") as file:
        file.write(str(total))

sys.addaudithook(clock)
"""


def started(command: Sequence[str], log: Path, scratch: Path) -> float:
    """Return processor seconds of Snakemake and its job, started as a cluster does, until the job opens a file."""
    (scratch / "clock").mkdir(exist_ok=True)
    (scratch / "clock" / "sitecustomize.py").write_text(_CLOCK)
    path = [str(scratch / "clock"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    clock = {"CLOCK_AT": log.name, "CLOCK_ABOVE": str(os.getpid()), "CLOCK_FILE": str(scratch / "clock" / "seconds")}
    options = ["--mode", "subprocess", "--allowed-rules", "ingest", "--force", "--cores", "1"]
    options += ["--nolock", "--no-hooks", "--ignore-incomplete", "--scheduler", "greedy"]
    environ = os.environ | clock | {"PYTHONPATH": os.pathsep.join(filter(None, path))}
    (scratch / "clock" / "seconds").unlink(missing_ok=True)
    subprocess.run([*command, *options], check=True, capture_output=True, cwd=ROOT, env=environ)
    return float((scratch / "clock" / "seconds").read_text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=list(SESSIONS))
    measure(parser.parse_args().sessions)
