"""Mixed models against lmerTest: 200 studies of each design in `tests/unit/statistics/lmertest_designs.py`.

    python benchmarks/mixed_models_lmertest.py

R is not needed: what it found lies in `tests/unit/statistics/lmertest_reference.csv`, with the script that made it next to it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from biomech.statistics.mixed import fit  # noqa: E402
from tests.unit.statistics.lmertest_designs import DESIGNS, study  # noqa: E402

REFERENCE = ROOT / "tests" / "unit" / "statistics" / "lmertest_reference.csv"


def compare(reference: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the reference with what the package finds; lmerTest's values have the suffix ``_r``."""
    rows = []
    for (design, number), terms in reference.groupby(["design", "study"], sort=False):
        table = study(str(design), int(number))
        factors = {name: sorted(table[name].unique()) for name in DESIGNS[str(design)][0]}
        found = fit(table, factors)
        for expected in terms.to_dict("records"):
            own = [row for row in found.rows if row["term"] == expected["term"] and "," in row.get("df", "")]
            single = [row for row in found.rows if row["term"] == expected["term"] and row.get("contrast")]
            values = (
                {"f": own[0]["statistic"], "p": own[0]["p"], "df2": float(own[0]["df"].split(",")[1])} if own else {}
            )
            if len(single) == 1:
                # R's coefficient of sum contrasts, the first level minus the mean: -1/2 per factor of our difference
                values["estimate"] = single[0]["estimate"] * (-0.5) ** (expected["term"].count(":") + 1)
            kept = {f"{name}_r": value for name, value in expected.items() if name not in ("design", "study", "term")}
            head = {"design": design, "study": number, "term": expected["term"], "problem": found.problem}
            rows.append(head | values | kept | {"deviance": found.deviance})
    return pd.DataFrame(rows)


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return, per design, the studies with all of F, df and estimates within 1 %, and how far the criteria are apart."""
    off = pd.concat(
        [(found[n] - found[f"{n}_r"]).abs() / found[f"{n}_r"].abs() for n in ("f", "df2", "estimate")], axis=1
    ).max(axis=1)
    apart = found["deviance"] - found["deviance_r"]
    by = (
        found.assign(off=off, apart=apart)
        .groupby(["design", "study"], sort=False)[["off", "apart", "singular_r"]]
        .max()
    )
    out = by.groupby("design", sort=False).agg(
        studies=("off", "size"),
        within=("off", lambda x: int((x < 0.01).sum())),
        worst=("off", "max"),
        singular=("singular_r", "sum"),
        lowest=("apart", "min"),
        highest=("apart", "max"),
    )
    return out.reset_index()


if __name__ == "__main__":
    result = compare(pd.read_csv(REFERENCE))
    print(summary(result).round(5).to_string(index=False))
    print("refused:", sorted(set(result["problem"]) - {""}) or "none")
