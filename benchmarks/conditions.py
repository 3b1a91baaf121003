"""Coverage of trend intervals and false alarms of contrasts: `docs/conditions.md`.

``python benchmarks/conditions.py [simulations]``
"""

from __future__ import annotations

import sys

import numpy as np

from biomech.config.findings import Findings
from biomech.findings.mixed import difference, mixed_slope

TRENDS = ((1, 5), (1, 10), (2, 5), (3, 5), (3, 10), (6, 3), (10, 2))
CONTRASTS = ((1, 5), (2, 3), (3, 5), (5, 5))


def trend_coverage(trials: int, repetitions: int, sd_trial: float, n: int, seed: int = 1, slope: float = 0.2) -> float:
    """Share of simulations in which the 95 % interval holds the planted slope; the repetitions' SD is 1."""
    random = np.random.default_rng([seed, trials, repetitions, int(10 * sd_trial)])
    trial = np.repeat(np.arange(trials), repetitions)
    x, held = np.arange(len(trial), dtype=float), 0
    for _ in range(n):
        y = 5 + slope * x + sd_trial * random.standard_normal(trials)[trial] + random.standard_normal(len(x))
        found = mixed_slope(y, x, trial, Findings().trend_random_trials)
        held += found.low <= slope <= found.high
    return held / n


def alarms(trials: int, repetitions: int, sd_trial: float, sem: float, apart: bool, n: int, seed: int = 1) -> float:
    """Share of simulations without any difference in which one is reported as beyond the MDC.

    `sem` is planted as error between the two where markers were placed again (`apart`), and given to the method in any case.
    """
    random = np.random.default_rng([seed, trials, repetitions, int(10 * sd_trial), apart])
    trial, count = np.repeat(np.arange(trials), repetitions), 0
    for _ in range(n):
        groups = []
        for _ in range(2):
            level = sem * random.standard_normal() if apart else 0.0
            groups.append(level + sd_trial * random.standard_normal(trials)[trial] + random.standard_normal(len(trial)))
        names = (np.char.add("a", trial.astype(str)), np.char.add("b", trial.astype(str)))
        count += difference(*groups, *names, sem, apart).detected
    return count / n


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print("| trials x repetitions | SD between trials | slope held |\n|---|---|---|")
    for design in TRENDS:
        for sd in (0.0, 0.5, 1.5):
            print(f"| {design[0]} x {design[1]} | {sd:g} | {100 * trend_coverage(*design, sd, number):.1f} % |")
    print(
        "\n| trials x repetitions, each | SD between trials | alarms | SEM 1, markers applied again |\n|---|---|---|---|"
    )
    for design in CONTRASTS:
        for sd in (0.0, 0.5, 1.0):
            same = alarms(*design, sd, 1.0, False, number)
            print(
                f"| {design[0]} x {design[1]} | {sd:g} | {100 * same:.1f} % | {100 * alarms(*design, sd, 1.0, True, number):.1f} % |"
            )
