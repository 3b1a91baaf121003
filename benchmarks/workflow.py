"""A session cold, end to end, from C3D to figures: `python -m benchmarks.workflow [--trials 60]`.

The bounds are 90 s on two cores and 1.5 GB for 60 trials. Time is that of the whole command, start of Snakemake and of
every job included. Memory is the largest of any process; `benchmarks.memory` distinguishes the stages, because Snakemake's
own figures are samples that can miss a peak.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import alone, load
from benchmarks.session import write_session

BOUND_S, BOUND_MB = 90.0, 1500.0
ROOT = Path(__file__).parents[1]


def measure(trials: int, strides: int = 10, cores: int = 2) -> dict[str, float]:
    """Run one session; print and return seconds, processor seconds and peak memory in MB."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        alone(write_session, folder, trials, strides)
        seconds, processor, peak = alone(_run, folder, cores)
    print(
        f"{trials} trials end to end: {seconds:.0f} s = {seconds / BOUND_S:.2f} x the bound ({processor:.0f} s of the "
        f"processors), {peak:.0f} MB = {peak / BOUND_MB:.2f} x the bound; {load()}"
    )
    return {"seconds": seconds, "processor_seconds": processor, "peak_mb": peak}


def _run(folder: Path, cores: int) -> tuple[float, float, float]:
    import resource  # not on Windows

    snakemake = shutil.which("snakemake", path=str(Path(sys.executable).parent)) or "snakemake"
    start = time.perf_counter()
    subprocess.run(
        [snakemake, "--directory", str(folder), "--cores", str(cores)], check=True, capture_output=True, cwd=ROOT
    )
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[60])
    for number in parser.parse_args().trials:
        measure(number)
