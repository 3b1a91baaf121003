"""Write the table of simulated studies of docs/statistics.md from docs/statistics_simulations.csv.

    python docs/statistics_table.py

`python benchmarks/statistics_simulations.py` makes the rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

PAGE = Path(__file__).with_name("statistics.md")
ROWS = Path(__file__).with_name("statistics_simulations.csv")
START, END = "<!-- simulated studies: start -->", "<!-- simulated studies: end -->"


FALSE_POSITIVES = ("false positives", "false positives at the margin")
FOUND = ("power", "found equivalent")


def table(rows: pd.DataFrame) -> str:
    """Return the table in Markdown, one row for each analysis of a design, and the limits; shares outside them have a star."""
    heads = ("studies", "design", "analysis", "false positives", "found where planted", "intervals that hold the truth")
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    for _, own in rows.groupby(["section", "design", "analysis"], sort=False):
        found = own.to_dict("records")
        section, design, analysis = (str(found[0][name]) for name in ("section", "design", "analysis"))
        how = section.removeprefix("curves, ") if section.startswith("curves, ") else ""
        wrong = [_share(row) for row in found if row["measure"] in FALSE_POSITIVES]
        right = [_share(row) + _nominal(row) for row in found if row["measure"] in FOUND]
        held = [_share(row) + _interval(row) for row in found if row["measure"] not in (*FALSE_POSITIVES, *FOUND)]
        shares = ("; ".join(cells) for cells in (wrong, right, held))
        cells = (f"{own['studies'].iloc[0]:,}", design, ", ".join(filter(None, (analysis, how))), *shares)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", _limits(rows)])


def _share(row: Mapping[Hashable, Any]) -> str:
    known = row["nominal"] == row["nominal"]
    outside = known and not row["low"] <= row["share"] <= row["high"]
    return f"{100 * row['share']:.1f} %{' *' if outside else ''}"


def _nominal(row: Mapping[Hashable, Any]) -> str:
    return f" (nominal {100 * row['nominal']:.1f} %)" if row["nominal"] == row["nominal"] else ""


def _interval(row: Mapping[Hashable, Any]) -> str:
    if row["measure"] == "interval of Hedges g":
        return " of Hedges g"
    return " (nominal 90 %)" if row["measure"] == "interval of 90 %" else ""


def _limits(rows: pd.DataFrame) -> str:
    """Return the limits for the nominal shares of false positives and of intervals, by the number of studies."""
    parts = []
    for studies, own in rows[rows["nominal"].isin([0.05, 0.9, 0.95])].groupby("studies"):
        of = own.drop_duplicates("nominal").sort_values("nominal").to_dict("records")
        each = [f"{100 * x['low']:.1f} to {100 * x['high']:.1f} % for {100 * x['nominal']:.0f} %" for x in of]
        parts.append(f"{studies:,} studies: {', '.join(each)}")
    return f"Limits (99 % of simulations of a nominal share lie within), {'; '.join(parts)}."


def with_table(page: str, rows: pd.DataFrame) -> str:
    """Return the page with the table between its marks."""
    before, rest = page.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n\n{table(rows)}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), pd.read_csv(ROWS)), encoding="utf-8")
