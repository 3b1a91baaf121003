"""Collecting a study of hundreds of sessions: `python -m benchmarks.collect [--sessions 25 50 100 200]`.

The demands: 200 sessions with a peak memory under 1 GB, and time that grows linearly. One synthetic session (3 walks,
about 50 cycles) is computed from its C3D files; the others are copies with a participant of their own and noise on every
curve and value, so that nothing compresses better than in life. Each number of sessions is collected in a process of its
own, everything that a study has: dataset, tables, dictionary, provenance.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.measure import alone, growth, load
from benchmarks.memory import run_stage, study_outputs
from benchmarks.session import write_session
from biomech.io.store import read_dataset, read_quality, write_dataset, write_quality
from biomech.pipeline.stages import STAGES
from biomech.pipeline.study_jobs import run_study

BOUND_MB = 1000.0
SESSIONS = (25, 50, 100, 200)
VISITS = ("pre", "post")
NOISE = 0.01  # of the spread of each variable


def measure(sessions: Sequence[int] = SESSIONS, trials: int = 4) -> pd.DataFrame:
    """Print and return processor seconds and peak memory in MB for every number of sessions."""
    rows = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        alone(make_sessions, folder, max(sessions), trials)
        for n in sessions:
            seconds, peak, cycles = alone(collect, folder, n)
            rows[n] = {"seconds": seconds, "peak_mb": peak, "cycles": cycles}
            print(
                f"{n} sessions, {cycles} cycles: {seconds:.1f} s of a processor = {1000 * seconds / n:.0f} ms a session, "
                f"{peak:.0f} MB = {peak / BOUND_MB:.2f} x the bound",
                flush=True,
            )
    table = pd.DataFrame(rows).T
    print(growth(table["seconds"].to_dict()) + load())
    return table


def make_sessions(folder: Path, n: int, trials: int) -> None:
    """Compute one session, and write `n` like it."""
    write_session(folder / "one", trials)
    for stage in STAGES:
        alone(run_stage, folder / "one", stage)
    home = next((folder / "one" / "results" / "sessions").glob("*/*"))
    kept = {stage: home / spec.path.format(key="base") for stage, spec in STAGES.items()}
    data = {stage: read_dataset(kept[stage]) for stage in ("cycles", "metrics")}
    quality = {stage: read_quality(path.with_name("base.quality.tsv")) for stage, path in kept.items()}
    rng = np.random.default_rng(0)
    for i in range(n):
        participant, session = f"P{i // len(VISITS) + 1:03d}", VISITS[i % len(VISITS)]
        target = folder / "sessions" / f"{i:04d}"
        for stage, dataset in data.items():
            write_dataset(_like(dataset, participant, session, rng), target / f"{stage}.nc", compress=True)
        for stage, table in quality.items():
            write_quality(table.assign(participant=participant, session=session), target / f"{stage}.quality.tsv")


def collect(folder: Path, n: int) -> tuple[float, float, int]:
    """Collect the first `n` sessions; return processor seconds, the largest memory of this process in MB, and cycles."""
    import resource  # not on Windows

    homes = [folder / "sessions" / f"{i:04d}" for i in range(n)]
    inputs = {kind: [home / f"{kind}.nc" for home in homes] for kind in ("cycles", "metrics")}
    inputs["quality"] = [home / f"{stage}.quality.tsv" for stage in STAGES for home in homes]
    outputs = study_outputs(folder / f"collected{n}")
    start = time.process_time()
    run_study(inputs, outputs, {"sheet_notes": []}, folder)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with xr.open_dataset(outputs["dataset"]) as study:
        return seconds, peak, study.sizes["cycle"]


def _like(dataset: xr.Dataset, participant: str, session: str, rng: np.random.Generator) -> xr.Dataset:
    """Return a copy of a session with another name and other numbers."""
    out = dataset.copy(deep=True)
    for name, variable in out.data_vars.items():
        if variable.dtype.kind == "f" and name != "contact" and np.isfinite(variable).any():
            spread = float(np.nanstd(variable.to_numpy()))
            out[name] = variable.copy(data=variable.to_numpy() + NOISE * spread * rng.normal(size=variable.shape))
    n = out.sizes["cycle"]
    names = [f"{participant}_{session}_" + "_".join(str(c).split("_")[2:]) for c in out["cycle"].to_numpy()]
    return out.assign_coords(
        participant=("cycle", np.full(n, participant)),
        session=("cycle", np.full(n, session)),
        label=("cycle", np.full(n, session)),
        cycle=("cycle", np.array(names)),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=list(SESSIONS))
    measure(parser.parse_args().sessions)
