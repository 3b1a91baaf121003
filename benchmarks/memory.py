"""Memory over the number of trials of a session, every stage in a process of its own: `python -m benchmarks.memory`.

The demand is that memory does not grow with trials. It is measured as the peak resident memory of each stage for the
first 15, 30 and 60 of the same recordings; growth is that from fewest to most. `--recordings FOLDER` makes the recordings
there, or uses those that are there.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.measure import alone, load
from benchmarks.session import write_session
from biomech.io.csv_parquet import read_tsv, write_tsv
from biomech.pipeline import run, session_jobs, study_jobs
from biomech.pipeline.narrowing import stage_params
from biomech.pipeline.preflight import load_study
from biomech.pipeline.stages import STAGES

TRIALS = (15, 30, 60)
ALL = (*STAGES, "study", "figures", "overview")


def measure(trials: Sequence[int] = TRIALS, recordings: Path | None = None, only: Sequence[str] = ()) -> pd.DataFrame:
    """Print and return the peak memory in MB of every stage (rows: numbers of trials, then the growth)."""
    names = [name for name in ALL if not only or name in only]
    with tempfile.TemporaryDirectory() as scratch:
        source = recordings or Path(scratch) / "all"
        if not (source / "config" / "trials.tsv").is_file():
            alone(write_session, source, max(trials))
        rows = {}
        for n in trials:
            folder = Path(scratch) / str(n)
            _first(source, folder, n)
            rows[n] = {name: alone(run_stage, folder, name) for name in ALL}
            print(f"{n} trials, peak MB: " + ", ".join(f"{name} {rows[n][name]:.0f}" for name in names), flush=True)
            shutil.rmtree(folder)
    table = pd.DataFrame(rows).T[names]
    growth = table.loc[max(trials)] - table.loc[min(trials)]
    print(
        f"growth from {min(trials)} to {max(trials)} trials, MB: "
        + ", ".join(f"{k} {v:.0f}" for k, v in growth.items())
    )
    print(load())
    return table


def run_stage(folder: Path, name: str) -> float:
    """Run one stage of a study's only session, and return the largest memory of this process in MB."""
    import resource  # not on Windows

    study = load_study(folder)
    session = study.sessions[0]
    results = folder / "results"
    home = results / "sessions" / session.participant / session.session
    data = {stage: home / spec.path.format(key="base") for stage, spec in STAGES.items()}
    if name in STAGES:
        inputs = {stage: data[stage] for stage in STAGES[name].reads}
        outputs = {"data": data[name], "quality": data[name].with_name("base.quality.tsv")}
        run.run_stage(name, inputs, outputs, stage_params(study, session, name), folder)
    elif name == "study":
        tables = [path.with_name("base.quality.tsv") for path in data.values()]
        inputs = {"cycles": [data["cycles"]], "metrics": [data["metrics"]], "quality": tables}
        study_jobs.run_study(inputs, study_outputs(results), {}, folder)
    elif name == "figures":
        report = study.config.report.model_dump(mode="json")
        drawn = {"folder": results / "figures" / "P"}
        session_jobs.run_figures({"visits": [data["cycles"]]}, drawn, {"config": report}, folder)
    else:
        made = {"metrics": [results / "metrics.parquet"], "figures": [results / "figures" / "P"]}
        outputs = {"folder": results / "figures" / "overview", "index": results / "figures" / "index.tsv"}
        report = study.config.report.model_dump(mode="json")
        study_jobs.run_overview(made, outputs, {"config": report}, folder)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def study_outputs(results: Path) -> dict[str, Path]:
    """Return the files of a study as its rule names them."""
    return {
        "dataset": results / "study.nc",
        "metrics_parquet": results / "metrics.parquet",
        "metrics_csv": results / "metrics.csv",
        "metrics_wide_parquet": results / "metrics_wide.parquet",
        "metrics_wide_csv": results / "metrics_wide.csv",
        "contrasts_parquet": results / "contrasts.parquet",
        "contrasts_csv": results / "contrasts.csv",
        "symmetry_parquet": results / "symmetry.parquet",
        "symmetry_csv": results / "symmetry.csv",
        "metrics_by_participant": results / "metrics",
        "quality": results / "quality.tsv",
        "dictionary": results / "data_dictionary.csv",
    }


def _first(source: Path, folder: Path, n: int) -> None:
    """Make a study of the first `n` recordings of another."""
    shutil.copytree(source / "config", folder / "config")
    write_tsv(read_tsv(source / "config" / "trials.tsv").head(n), folder / "config" / "trials.tsv")
    (folder / "data").symlink_to(source / "data")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=list(TRIALS))
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="stages to print")
    arguments = parser.parse_args()
    measure(arguments.trials, arguments.recordings, arguments.only)
