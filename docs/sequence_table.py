"""Write the table of docs/findings.md: how often the planted order of hip and foot is named.

    python docs/sequence_table.py [--participants 100] [--seed 2]

Simulated participants squat on one leg and jump off a box; their recordings, with all default errors, go through C3D files
and every stage (`benchmarks/sequence.py`). Thresholds were chosen on squats of seed 1 and on jumps of other bodies; leads, skin,
marker placement and noise of the table are of another seed, and its jumping bodies were used for nothing before.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.sequence import BODIES, REPETITIONS, TASKS, Outcome, jumpers, simulate, table

PAGE = Path(__file__).with_name("findings.md")
BODY_SEED = 1  # of the bodies that jump
BEGIN, END = "<!-- sequence table -->", "<!-- end of the sequence table -->"


def outcomes(task: str, participants: int, seed: int) -> dict[str, list[Outcome]]:
    """Simulate one task."""
    library = jumpers(BODIES, REPETITIONS[task], BODY_SEED) if task == "drop_vertical_jump" else []
    return simulate(task, participants, seed, library)


def main() -> None:
    """Put the table between its marks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2)
    asked = parser.parse_args()
    with ProcessPoolExecutor(len(TASKS)) as pool:
        jobs = {task: pool.submit(outcomes, task, asked.participants, asked.seed) for task in TASKS}
        made = table({task: job.result() for task, job in jobs.items()})
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + made + "\n" + END + rest.split(END)[1], encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main()
