"""Write the table of docs/findings.md: how often the planted order of hip and foot is named.

    python docs/sequence_table.py [--participants 100]

Every simulated participant squats on one leg; `biomech.simulate.coupling` gives the angle curves with the noise that the
pipeline leaves of default cameras and plates, and `biomech.findings.sequence` the verdict with the default config.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from biomech.config import Config
from biomech.findings.sequence import judge
from biomech.metrics.sequence import course_lag_ms, of_pairs, onset_lead_ms
from biomech.simulate.coupling import coupled_squats

PAGE = Path(__file__).with_name("findings.md")
BEGIN, END = "<!-- sequence table -->", "<!-- end of the sequence table -->"
# planted leads, s: from and to
CLASSES = {"top_down": (0.03, 0.08), "bottom_up": (-0.08, -0.03), "simultaneous": (-0.005, 0.005)}
PAIR = ("hip_adduction", "rearfoot_eversion")


def verdicts(planted: str, participants: int, seed: int = 0) -> tuple[Counter[str], np.ndarray]:
    """How often each verdict is given to one class, and the errors of the mean leads by lag and by onset, ms."""
    config, counts, errors = Config().findings, Counter[str](), []
    for number in range(participants):
        own = 1000 * seed + 100_000 * list(CLASSES).index(planted) + number
        lead = float(np.random.default_rng([own, 3]).uniform(*CLASSES[planted]))
        cycles = coupled_squats(lead, own)
        lag = of_pairs(cycles, *PAIR, "cycle", course_lag_ms)
        onset = of_pairs(cycles, *PAIR, "cycle", onset_lead_ms)
        counts[judge(lag, onset, config.sequence, config.bootstrap_draws, config.seed, str(own)).name] += 1
        errors.append((np.mean(lag) - 1000 * lead, np.nanmean(onset) - 1000 * lead))
    return counts, np.array(errors)


def table(participants: int) -> str:
    """The page's table."""
    names = [*CLASSES, "indeterminate"]
    lines = [
        f"| planted ({participants} participants each, 10 repetitions) | "
        + " | ".join(names)
        + " | error of the mean lag, ms "
        "(median, 95 % of all below) | error of the mean onset lead, ms |",
        "|---|" + "---|" * (len(names) + 2),
    ]
    for planted, (low, high) in CLASSES.items():
        counts, errors = verdicts(planted, participants)
        sizes = [f"{np.median(np.abs(e)):.1f}, {np.percentile(np.abs(e), 95):.1f}" for e in errors.T]
        words = f"{planted}, lead {1000 * low:g} to {1000 * high:g} ms"
        lines.append(
            f"| {words} | " + " | ".join(str(counts[name]) for name in names) + f" | {sizes[0]} | {sizes[1]} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Put the table between its marks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=100)
    made = table(parser.parse_args().participants)
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + made + "\n" + END + rest.split(END)[1], encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main()
