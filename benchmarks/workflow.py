"""A session cold, end to end, from C3D to figures: `python -m benchmarks.workflow [--trials 15 30 60]`.

The bounds are 90 s on two cores and 1.5 GB for 60 trials, and no growth of memory over trials. Time is that of the whole
command, start of Snakemake and of every job included. Memory is the largest of any process; that of every stage is then
measured in a process of its own, because Snakemake's own figures are samples that can miss a peak.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import load
from benchmarks.session import write_session
from biomech import stages

BOUND_S, BOUND_MB = 90.0, 1500.0
ROOT = Path(__file__).parents[1]


def measure(trials: int, strides: int = 10, cores: int = 2) -> dict[str, float]:
    """Run one session; print and return seconds, processor seconds and peak memory in MB."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        # Processes of their own: a process begins with the largest memory of the one that started it.
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            pool.apply(write_session, (folder, trials, strides))
        with context.Pool(1) as pool:
            figures = pool.apply(_run, (folder, cores))
        names = [*stages.STAGES, "study", "figures"]
        memory = {}
        for name in names:
            with context.Pool(1) as pool:
                memory[name] = pool.apply(_stage, (folder, name))
    seconds, processor, peak = figures
    print(
        f"{trials} trials end to end: {seconds:.0f} s = {seconds / BOUND_S:.2f} x the bound ({processor:.0f} s of the "
        f"processors), {peak:.0f} MB = {peak / BOUND_MB:.2f} x the bound; {load()}"
    )
    print("  peak of every stage, MB: " + ", ".join(f"{name} {value:.0f}" for name, value in memory.items()))
    return {"seconds": seconds, "processor_seconds": processor, "peak_mb": peak, **memory}


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


def _stage(folder: Path, name: str) -> float:
    """Run one stage again on the results that are there, and return the largest memory of this process in MB."""
    import resource

    from biomech import jobs

    study = stages.load_study(folder)
    session = study.sessions[0]
    home = folder / "results" / "sessions" / session.participant / session.session
    data = {stage: home / spec.folder / "base.nc" for stage, spec in stages.STAGES.items()}
    again = folder / "again"
    if name in stages.STAGES:
        inputs = {stage: data[stage] for stage in stages.STAGES[name].reads}
        outputs = {"data": again / "base.nc", "quality": again / "base.quality.tsv"}
        jobs.run(name, inputs, outputs, stages.stage_params(study, session, name), folder)
    elif name == "study":
        inputs = {"cycles": [data["cycles"]], "metrics": [data["metrics"]]}
        tables = [path.with_name("base.quality.tsv") for path in data.values()]
        names = ("dataset", "metrics_parquet", "metrics_csv", "quality", "dictionary", "provenance")
        jobs.run_study({**inputs, "quality": tables}, {name: again / name for name in names}, folder)
    else:
        results = {"dataset": folder / "results" / "study.nc", "metrics": folder / "results" / "metrics.parquet"}
        jobs.run_figures(results, again / "figures", study.config.report.model_dump(mode="json"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[15, 30, 60])
    for number in parser.parse_args().trials:
        measure(number)
