"""Made-up studies whose mixed models were fitted with lmerTest; `lmertest_reference.csv` holds what it found.

    python tests/unit/statistics/lmertest_designs.py folder    # writes a CSV file of every study
    Rscript tests/unit/statistics/lmertest_reference.R folder tests/unit/statistics/lmertest_reference.csv

R, lme4 1.1-31 and lmerTest 3.1-3 made the table, of all 200 studies with legs, the first 30 with conditions and the first 60 of the
other designs; tests and package do without them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

STUDIES = 200
# design: fixed factors, and the random effects that R gets
DESIGNS: dict[str, tuple[tuple[str, ...], str]] = {
    "legs": (("group", "session"), "participant+participant:session+participant:side"),
    "unequal": (("group", "session"), "participant+participant:session+participant:side"),
    "three_sessions": (("group", "session"), "participant+participant:session+participant:side"),
    "no_legs": (("group", "session"), "participant"),
    "side": (
        ("side", "session"),
        "participant+participant:session+participant:side",
    ),
    "conditions": (
        ("condition", "session"),
        "participant+participant:session+participant:side+participant:condition"
        "+participant:session:side+participant:session:condition+participant:side:condition",
    ),
}


def study(design: str, number: int) -> pd.DataFrame:
    """Return one row per value: participant, group, session, side, condition, value.

    The spread between participants is 1 to 10 times that of the residual; other spreads are drawn, some of them are zero.
    """
    random = np.random.default_rng([list(DESIGNS).index(design), number])
    people = {"unequal": 20, "conditions": 10}.get(design, int(random.integers(10, 25)))
    sessions = ["pre", "mid", "post"] if design == "three_sessions" else ["pre", "post"]
    sides = ["average"] if design == "no_legs" else ["left", "right"]
    conditions = ["barefoot", "shod"] if design == "conditions" else [""]
    residual = 0.5
    person = residual * (1 + 9 * random.random())
    visit, leg, own, pair = residual * random.choice([0.0, 0.5, 1.0, 2.0], 4)
    shape = (people, len(sessions), len(sides), len(conditions))
    n, s, k, c = shape
    value = random.normal(0, person, (n, 1, 1, 1)) + random.normal(0, residual, shape)
    value = value + random.normal(0, visit, (n, s, 1, 1)) + random.normal(0, leg, (n, 1, k, 1))
    if c > 1:
        value = value + random.normal(0, own, (n, 1, 1, c)) + random.normal(0, pair, (n, s, 1, c))
    value[:, -1] += 0.5
    at = [axis.ravel() for axis in np.indices(shape)]
    cases = people // 3 if design == "unequal" else people // 2
    table = pd.DataFrame(
        {
            "participant": [f"P{i:02d}" for i in at[0]],
            "group": np.where(at[0] < cases, "case", "control"),
            "session": np.array(sessions)[at[1]],
            "side": np.array(sides)[at[2]],
            "condition": np.array(conditions)[at[3]],
            "value": np.round(value.ravel(), 6),
        }
    )
    if design == "unequal":  # a quarter of the visits and a fifth of the other legs are missing
        missed = (random.random((n, s)) < 0.25)[at[0], at[1]] | (random.random(len(table)) < 0.2)
        table = table[~missed]
    return table.reset_index(drop=True)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (factors, random_effects) in DESIGNS.items():
        for i in range(STUDIES):
            study(name, i).assign(fixed="*".join(factors), random=random_effects).to_csv(
                folder / f"{name}-{i:03d}.csv", index=False
            )
