"""The command `biomech run`: Snakemake on the workflow of the package, with one line of progress for each job."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from biomech.errors import BiomechError
from biomech.shipped import home

# what Snakemake says of itself; all else is shown
_HIDDEN = re.compile(
    r"\s*$|\[\w{3} \w{3} [\d :]+\]|Select jobs to execute|Execute \d+ jobs|Finished job|Using workflow specific profile"
    r"|Using shell|Assuming unrestricted|Building DAG|Provided cores|Rules claiming|Conda environments"
    r"|Waiting for more resources|host: |The flag 'directory' used in rule|Complete log|Elapsed time|localrule all|    (input|jobid|resources): "
    r"|Job stats:|job +count|-+ +-+$|\w+ +\d+$"
)
_JOB = re.compile(r"Job \d+: (.+)")
_DONE = re.compile(r"(\d+) of (\d+) steps")
_TOTAL = re.compile(r"total +(\d+)$")
_DRY = {"-n", "--dry-run", "--dryrun"}


def command(study: Path, cores: int | None = None, arguments: Sequence[str] = ()) -> list[str]:
    """Return the command line that processes a study.

    Parameters
    ----------
    study : Path
        The study folder.
    cores : int, optional
        By default all.
    arguments : sequence of str
        Further arguments of Snakemake.

    Raises
    ------
    BiomechError
        If the folder holds no config.
    """
    if not (study / "config" / "config.yaml").is_file():
        raise BiomechError(
            f"{study / 'config' / 'config.yaml'} is missing: expected a study folder; `biomech new {study}` starts one, "
            "`biomech example FOLDER` writes one to try"
        )
    program = home()
    line = [sys.executable, "-m", "snakemake", "--snakefile", str(program / "Snakefile")]
    line += ["--workflow-profile", str(program / "profiles" / "default"), "--directory", str(study)]
    return [*line, *(["--cores", str(cores)] if cores else []), *arguments]


def run(study: Path, cores: int | None = None, arguments: Sequence[str] = (), full: bool = False) -> int:
    """Process a study and print the progress; parameters and errors as of `command`.

    Parameters
    ----------
    full : bool
        Print everything that Snakemake prints; so it is in a dry run.

    Returns
    -------
    int
        Exit code of Snakemake.
    """
    line = command(study, cores, arguments)
    if full or _DRY & set(arguments):
        return subprocess.run(line).returncode
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
    ) as child:
        assert child.stdout is not None
        try:
            for text in progress(child.stdout, time.monotonic):
                print(text, flush=True)
        except KeyboardInterrupt:  # Snakemake got it too: it ends its jobs and says so
            for text in child.stdout:
                print(text, end="")
    return child.returncode


def progress(lines: Iterable[str], clock: Callable[[], float]) -> Iterator[str]:
    """Yield what a person reads of Snakemake's lines: each job with its place and the time left, errors, and the ending.

    Parameters
    ----------
    lines : iterable of str
    clock : callable
        Seconds; the time left is that of the jobs done so far, for each job that is left.
    """
    started, begun, done, total, plain = clock(), 0, 0, 0, False
    for text in (line.rstrip("\r\n") for line in lines):
        if found := _DONE.match(text):
            done, total = int(found[1]), int(found[2])
        elif found := _TOTAL.match(text):
            total = int(found[1])
        elif found := _JOB.match(text):
            begun += 1
            left = (clock() - started) / done * (total - done) if done else None
            yield f"[{begun:>{len(str(total))}}/{total}] {found[1]}{'' if left is None else f'   ({_words(left)} left)'}"
        elif plain or not _HIDDEN.match(text):
            plain = plain or text.startswith("Done.")  # the ending has its own blank lines
            if not (plain and text.startswith(("Complete log", "Elapsed time"))):
                yield text


def _words(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
