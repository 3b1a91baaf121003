"""Write the table of simulated studies of docs/statistics.md from docs/statistics_simulations.csv.

    python docs/statistics_table.py

`python benchmarks/statistics_simulations.py` makes the rows.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

PAGE = Path(__file__).with_name("statistics.md")
ROWS = Path(__file__).with_name("statistics_simulations.csv")
START, END = "<!-- simulated studies: start -->", "<!-- simulated studies: end -->"


def table(rows: pd.DataFrame) -> str:
    """Return the table in Markdown; shares outside their limits have a star."""
    lines = ["| studies | design | analysis | what | nominal | found | limits (99 %) |", "| --- |" + " --- |" * 6]
    for row in rows.to_dict("records"):
        known = row["nominal"] == row["nominal"]
        outside = known and not row["low"] <= row["share"] <= row["high"]
        limits = f"{100 * row['low']:.1f} to {100 * row['high']:.1f} %" if known else ""
        nominal = f"{100 * row['nominal']:.0f} %" if known else ""
        found = f"{100 * row['share']:.1f} %{' *' if outside else ''}"
        how = row["section"].removeprefix("curves, ") if row["section"].startswith("curves, ") else ""
        analysis = ", ".join(filter(None, (row["analysis"], how)))
        cells = (f"{row['studies']:,}", row["design"], analysis, row["measure"], nominal, found, limits)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def with_table(page: str, rows: pd.DataFrame) -> str:
    """Return the page with the table between its marks."""
    before, rest = page.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n\n{table(rows)}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), pd.read_csv(ROWS)), encoding="utf-8")
