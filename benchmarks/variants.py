"""Variants of a study of hundreds of sessions: `python -m benchmarks.variants [--sessions 50 100 200] [--variants 3]`.

The demands are those of the study itself: a peak memory under 1 GB for 200 sessions, and time that grows linearly. The
sessions are those of `benchmarks.collect`; every further variant is a copy of the collected study with other numbers on
every curve and value. Measured is everything that reads all sessions once more: the dataset and table of all variants,
the base's analyses, their report, and the comparison of the variants, each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd

from benchmarks.collect import BOUND_MB, NOISE, collect, make_sessions
from benchmarks.measure import alone, growth, load
from benchmarks.memory import study_outputs
from biomech.io.csv_parquet import parquet_appender, parquet_blocks
from biomech.io.cycles_file import ROWS_A_CHUNK
from biomech.pipeline import study_jobs as jobs

SESSIONS = (50, 100, 200)
CONFIG = {
    "statistics": [
        {"name": "visits", "kind": "comparison", "design": "paired", "outcomes": ["hip_adduction__peak__stance"]},
        {"name": "legs", "kind": "mixed_model", "outcomes": ["knee_flexion__peak__stance"], "factors": ["session"]},
        {"name": "curve", "kind": "spm", "test": "paired", "outcomes": ["angle.hip_adduction", "angle.knee_abduction"]},
    ]
}
for _analysis in CONFIG["statistics"]:
    _analysis |= {"task": "walking"} | ({"sides": "each"} if "factors" in _analysis else {"factor": "session"})

JOBS = ("variants", "statistics", "statistics report", "comparison")


def measure(sessions: Sequence[int] = SESSIONS, variants: int = 3, trials: int = 4) -> pd.DataFrame:
    """Print and return processor seconds and peak memory in MB of every job for every number of sessions."""
    rows = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        alone(make_sessions, folder, max(sessions), trials)
        for n in sessions:
            alone(collect, folder, n)
            study = folder / f"collected{n}"
            alone(vary, study, variants)
            for job in JOBS:
                seconds, peak = rows[n, job] = alone(run, study, job)
                print(
                    f"{n} sessions, {variants} variants, {job}: {seconds:.1f} s of a processor, "
                    f"{peak:.0f} MB = {peak / BOUND_MB:.2f} x the bound",
                    flush=True,
                )
            shutil.rmtree(study)
    table = pd.DataFrame(rows, index=["seconds", "peak_mb"]).T
    for job in JOBS:
        print(f"{job}: {growth(table.xs(job, level=1)['seconds'].to_dict())}{load()}")
    return table


def vary(study: Path, variants: int) -> None:
    """Write further variants of a collected study next to it."""
    rng = np.random.default_rng(0)
    for i in range(1, variants):
        target = study / "variants" / f"cutoff-{i}"
        target.mkdir(parents=True)
        shutil.copy(study / "study.nc", target)
        with netCDF4.Dataset(target / "study.nc", "a") as file:
            config = json.loads(file.getncattr("config"))
            config["signals"] = config.get("signals", {}) | {"cutoff_hz": {"walking": 6.0 + i}}
            file.setncattr("config", json.dumps(config))
            for stored in file.variables.values():
                if len(stored.dimensions) > 1 and stored.dtype is not str and stored.dtype.kind == "f":
                    for first in range(0, len(stored), ROWS_A_CHUNK):
                        values = np.ma.filled(stored[first : first + ROWS_A_CHUNK], np.nan)
                        stored[first : first + len(values)] = values + NOISE * rng.normal(size=values.shape)
        with parquet_appender(target / "metrics.parquet") as append:
            for block in parquet_blocks(study / "metrics.parquet"):
                append(block.assign(value=block["value"] + NOISE * rng.normal(size=len(block))))


def run(study: Path, job: str) -> tuple[float, float]:
    """Run one job on a collected study; return processor seconds and the largest memory of this process in MB."""
    import resource  # not on Windows

    names = study_outputs(Path())
    homes = [study, *sorted((study / "variants").glob("cutoff-*"))]
    studies, metrics = ([home / names[kind] for home in homes] for kind in ("dataset", "metrics_parquet"))
    base = {"dataset": studies[0], "metrics": metrics[0]}
    whole = {"dataset": study / "variants.nc", "metrics": study / "variants" / "metrics.parquet"}
    statistics = study / "statistics"
    results = {
        "results": statistics / "results.parquet",
        "clusters": statistics / "clusters.csv",
        "curves": statistics / "curves.nc",
    }
    results["values"] = statistics / "values.csv"
    report = {"formats": ["svg", "png"]}
    start = time.process_time()
    if job == "variants":
        jobs.run_variants({"studies": studies, "metrics": metrics}, whole, {}, study)
    elif job == "statistics":
        others = {"results_csv": statistics / "results.csv", "scores": statistics / "profile_scores.csv"}
        jobs.run_statistics(_listed(base), results | others, {"config": CONFIG}, study)
    elif job == "statistics report":
        jobs.run_statistics_report(_listed(results), {"folder": statistics / "report"}, {"config": report}, study)
    else:
        tables = {name: study / f"comparison_{name}.csv" for name in ("shifts", "changes", "conclusions")}
        outputs = {"page": study / "comparison.md", "figures": study / "comparison_figures", **tables}
        given = _listed(whole) | {"studies": studies, "results": [results["results"]]}
        jobs.run_comparison(given, outputs, {"config": report}, study)
    return time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _listed(files: dict[str, Path]) -> dict[str, list[Path]]:
    return {name: [path] for name, path in files.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=list(SESSIONS))
    parser.add_argument("--variants", type=int, default=3)
    arguments = parser.parse_args()
    measure(arguments.sessions, arguments.variants)
