"""Lists the quality rows of simulated people who were recorded by a careful lab: no fault was made, so a warning is a false alarm.

    python -m validation.simulated_rows OUT.tsv [PEOPLE]

The people's seed belongs to this script; no limit of a check was chosen with them in view. Every person walks, squats and jumps, with
the default errors of the simulator (skin, landmarks, cameras, plates, mass in the sheet), and runs through all stages.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from biomech.pipeline.preflight import load_study
from biomech_simulation.errors import Errors
from biomech_simulation.study import RECORDERS, write_study
from validation.run_stages import run_session

SEED = 140_001
TASKS = tuple(task for task in RECORDERS if task != "functional")


def simulated_rows(people: int = 8, processes: int = 2) -> pd.DataFrame:
    """Return the quality rows of all trials; columns ``participant``, ``trial``, ``level``, ``code``, ``item``, ``message``, ``trials``.

    ``trials`` is the number of recordings of that person, the same in each of their rows.
    """
    with tempfile.TemporaryDirectory(prefix="biomech-") as scratch:
        folder = Path(scratch)
        write_study(folder, people, ("pre",), trials=3, tasks=TASKS, errors=Errors(), seed=SEED)
        (folder / "config" / "config.yaml").write_text("{}\n", encoding="utf-8")
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(_of_session, [folder] * people, range(people)))
    return pd.concat(found, ignore_index=True)


def _of_session(folder: Path, number: int) -> pd.DataFrame:
    study = load_study(folder)
    session = study.sessions[number]
    table = run_session(study, session).quality
    columns = ["participant", "trial", "level", "code", "item", "message"]
    return table[columns].assign(trials=len(session.trials))


def main(arguments: list[str]) -> int:
    """Run the script; see the module's text."""
    if len(arguments) not in (1, 2):
        print(__doc__)
        return 2
    table = simulated_rows(*map(int, arguments[1:]))
    table.to_csv(arguments[0], sep="\t", index=False)
    print(table.groupby(["level", "code"]).size().to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
