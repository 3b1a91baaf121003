"""Write the table of docs/findings.md: how often the planted order of hip and foot is named.

    python docs/sequence_table.py [--sessions 100] [--seed 2]     # of curves
    python docs/sequence_table.py --c3d 20 [--seed 8]             # through C3D files: sessions of each class, 3 s each

Angle curves of squats with the noise of a recording (`biomech_simulation.coupling`), and the same through C3D files and every stage
with errors of skin and marker placement (`benchmarks/sequence.py`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.sequence import VERDICTS, Outcome, judged, simulate, wrong
from benchmarks.sequence import table as benchmark_table
from biomech.config import Config
from biomech_simulation.coupling import coupled_squats

PAGE = Path(__file__).with_name("findings.md")
RANGES = ((-80, -60), (-60, -40), (-40, -15), (-15, 15), (15, 40), (40, 60), (60, 80))
REPETITIONS = 5
# these curves have no errors of skin and placement, which the interval therefore need not hold
CLEAN = Config.model_validate({"findings": {"sequence": {"systematic_ms": 4.0}}})


def outcomes(low: float, high: float, sessions: int, seed: int) -> list[Outcome]:
    """Judge sessions whose planted leads lie in a range, ms."""
    out = []
    for number in range(sessions):
        lead = float(np.random.default_rng([seed, number, 17]).uniform(low, high))
        cycles = coupled_squats(lead / 1000, 10_000 * seed + number, REPETITIONS)
        out.append(Outcome(lead, lead, *judged(cycles, CLEAN)))
    return out


def table(sessions: int, seed: int) -> str:
    """Return the table in Markdown."""
    head = [
        "planted lead, ms",
        "sessions",
        *VERDICTS,
        "wrong",
        "error, ms: median, 90 % below",
        "truth in the interval",
    ]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for low, high in RANGES:
        group = outcomes(low, high, sessions, seed)
        names = [one.verdict for one in group]
        error = np.abs([one.found - one.true for one in group])
        held = np.mean([one.low <= one.true <= one.high for one in group])
        cells = [f"{low} to {high}", str(len(group)), *(str(names.count(name)) for name in VERDICTS)]
        cells += [str(sum(map(wrong, group))), f"{np.median(error):.1f}, {np.percentile(error, 90):.1f}"]
        lines.append("| " + " | ".join([*cells, f"{100 * held:.0f} %"]) + " |")
    return "\n".join(lines)


def main() -> None:
    """Put the table between its marks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--c3d", type=int, default=0)
    asked = parser.parse_args()
    if asked.c3d:
        task = "single_leg_squat"
        put("C3D sequence table", benchmark_table({task: simulate(task, asked.c3d, asked.seed)}))
    else:
        put("sequence table", table(asked.sessions, asked.seed))


def put(name: str, made: str) -> None:
    """Put a table between its marks."""
    begin, end = f"<!-- {name} -->", f"<!-- end of the {name} -->"
    before, rest = PAGE.read_text(encoding="utf-8").split(begin)
    PAGE.write_text(before + begin + "\n" + made + "\n" + end + rest.split(end)[1], encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main()
