"""A study's memory does not grow with its sessions, and its time grows as they do.

The full measure (200 sessions) is `python -m benchmarks.collect`; this is the same with small sessions.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.measure import alone
from benchmarks.memory import study_outputs
from biomech.io.store import write_dataset, write_quality
from biomech.quality import Quality
from tests.made_up_study import session_cycles, session_metrics

FEW, MANY = 10, 60
# the whole dataset of the many, with all its NaN, takes 0.2 MB a cycle; what may grow are columns on `cycle`
CYCLES_A_SIDE = 8
MOST_GROWTH_MB = 25.0


def make(folder: Path, n: int) -> None:
    for i in range(n):
        session = session_cycles(f"P{i:03d}", seed=i, n_cycles=CYCLES_A_SIDE, covariates={"age_years": 20.0 + i})
        write_dataset(session, folder / f"c{i}.nc", compress=True)
        write_dataset(session_metrics(session), folder / f"m{i}.nc", compress=True)
        write_quality(Quality(f"P{i:03d}", "pre", "cycles").table(), folder / f"q{i}.tsv")


def collect(folder: Path, n: int) -> tuple[float, float]:
    """Processor seconds and largest memory (MB) of this process."""
    import resource
    import time

    from biomech.study.write_study import write_study

    names = {"cycles": "c{}.nc", "metrics": "m{}.nc", "quality": "q{}.tsv"}
    inputs = {kind: [folder / name.format(i) for i in range(n)] for kind, name in names.items()}
    outputs = study_outputs(folder / f"results{n}")
    start = time.process_time()
    write_study(inputs, outputs, folder)
    return time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def compare(folder: Path, n: int) -> tuple[float, float]:
    """The same of three variants put together and compared, each a copy of the collected study."""
    import resource
    import time

    from biomech.pipeline.study_jobs import run_comparison, run_variants

    base = folder / f"results{n}"
    homes = [base, base / "variants" / "one", base / "variants" / "two"]
    for home in homes[1:]:
        home.mkdir(parents=True)
        for name in ("study.nc", "metrics.parquet"):
            (home / name).symlink_to(base / name)
    whole = {"dataset": base / "variants.nc", "metrics": base / "variants" / "metrics.parquet"}
    outputs = {name: base / f"comparison_{name}.csv" for name in ("shifts", "changes", "conclusions")}
    outputs |= {"page": base / "comparison.md", "figures": base / "figures"}
    studies = [home / "study.nc" for home in homes]
    start = time.process_time()
    run_variants({"studies": studies, "metrics": [home / "metrics.parquet" for home in homes]}, whole, {}, folder)
    joined = {name: [path] for name, path in whole.items()}
    run_comparison(joined | {"studies": studies}, outputs, {"config": {"formats": ["svg"]}}, folder)
    return time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.skipif(sys.platform == "win32", reason="the largest memory of a process is read by `resource`")
def test_memory_is_flat_and_time_linear(tmp_path: Path) -> None:
    make(tmp_path, MANY)
    for call in (collect, compare):
        figures = {n: alone(call, tmp_path, n) for n in (FEW, MANY)}
        (few_s, few_mb), (many_s, many_mb) = figures[FEW], figures[MANY]
        print(call.__name__, figures)
        assert many_mb - few_mb < MOST_GROWTH_MB, figures
        assert many_s < 1.5 * few_s * MANY / FEW, figures
