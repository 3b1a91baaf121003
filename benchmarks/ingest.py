"""Time of a session's ingest, writing included, relative to ezc3d alone: `python -m benchmarks.ingest`.

The bound is 1.3, of processor time. Start of the process and imports do not count, on either side. The ratio of the times that
pass is printed next to it, and is smaller: the hashes of the recordings are taken on a second core, where there is one.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from itertools import count
from pathlib import Path

import ezc3d

from benchmarks.measure import least_times, load
from benchmarks.session import write_session
from biomech.pipeline.narrowing import stage_params
from biomech.pipeline.preflight import load_study
from biomech.pipeline.run import run_stage


def measure(trials: int = 20, repeats: int = 9, strides: int = 10) -> float:
    """Print and return the ratio."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        files = write_session(folder, trials, strides)
        study = load_study(folder)
        params = stage_params(study, study.sessions[0], "ingest")
        runs = count()

        def reference() -> None:
            for file in files:
                recording = ezc3d.c3d(str(file))
                recording["data"]["points"], recording["data"]["analogs"]

        def ingest() -> None:
            # each time a file that is not there yet, as in a first run: putting one over another writes it to disk at once
            name = f"raw{next(runs)}"
            outputs = {"data": folder / name, "quality": folder / f"{name}.quality.tsv"}
            run_stage("ingest", {}, outputs, params, folder)

        def remove() -> None:
            # what stays fills memory that a virtual machine must first ask its host for, which is not a cost of ingest
            for left in folder.glob("raw*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()

        times = least_times({"ezc3d": reference, "ingest": ingest}, repeats, after=remove)
    (processor, taken), (processor_alone, taken_alone) = times["ingest"], times["ezc3d"]
    print(
        f"ingest: {processor / processor_alone:.2f} x ezc3d alone (bound 1.3): {1000 * processor / trials:.1f} against "
        f"{1000 * processor_alone / trials:.1f} ms a file; {taken / taken_alone:.2f} x by the time that passes; "
        f"{trials} files; {load()}"
    )
    return processor / processor_alone


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    measure(arguments.trials, arguments.repeats)
