"""The tables of `docs/outputs.md`, made from the contract: ``python -m biomech.study.documentation docs/outputs.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from biomech.columns import (
    CONTRAST_COLUMNS,
    CYCLE_COLUMNS,
    METRIC_VALUES,
    PROFILE_COLUMNS,
    QUALITY_COLUMNS,
    SYMMETRY_COLUMNS,
    TEXT,
    ColumnSpec,
)
from biomech.events.cycle_curves import labels_of
from biomech.events.dataset import assemble
from biomech.io.csv_parquet import write_bytes
from biomech.io.sheets import Session
from biomech.joints import STATIC_SUFFIX
from biomech.quantities import ANGLES, MEASURES, MOMENTS, POWERS
from biomech.schema import STAGES, VARIABLES
from biomech.study.dataset import ID_COLUMNS, TIMING_COLUMNS, collect_study
from biomech.study.dictionary import stage_file
from biomech.study.statistics_columns import STATISTICS_TABLES

START, END = "<!-- generated tables: start -->", "<!-- generated tables: end -->"


def tables() -> str:
    """Return all generated tables as Markdown."""
    parts = []
    for stage in STAGES:
        rows = [
            (f"`{name}`", f"({', '.join(v.dims)})", v.units or TEXT, v.long_name, v.frame)
            for name, v in VARIABLES.items()
            if v.stage == stage
        ]
        if rows:
            parts.append(
                f"### `{stage_file(stage)}`\n\n" + _table(("variable", "dims", "unit", "meaning", "frame"), rows)
            )
    parts.append(f"### `study.nc` and `{stage_file('cycles')}`\n\n" + _study_variables())
    angles = [q for q in ANGLES.values() if not q.name.endswith(STATIC_SUFFIX)]
    heads = ("quantity", "meaning", "positive", "frame")
    parts.append("### Angles\n\n" + _table(heads, [(f"`{q.name}`", q.meaning, q.positive, q.frame) for q in angles]))
    heads_distance = ("measure", "meaning", "positive", "frame")
    distances = [(f"`{q.name}`", q.meaning, q.positive, q.frame) for q in MEASURES.values()]
    parts.append("### Distances (m)\n\n" + _table(heads_distance, distances))
    kinetic = [*MOMENTS.values(), *POWERS.values()]
    heads_kinetic = ("quantity", "of", "unit", "meaning", "positive")
    kinetic_rows = [(f"`{q.name}`", f"`{q.variable}`", q.unit, q.meaning, q.positive) for q in kinetic]
    parts.append("### Moments and powers\n\n" + _table(heads_kinetic, kinetic_rows))
    parts.append("### Coordinates on `cycle`, and columns of `metrics`\n\n" + _described(_cycle_and_metric_columns()))
    parts.append("### Columns of `contrasts`\n\n" + _described(CONTRAST_COLUMNS))
    parts.append("### Columns of `symmetry`\n\n" + _described(SYMMETRY_COLUMNS))
    parts.append("### Columns of `profile_scores`\n\n" + _described(PROFILE_COLUMNS))
    parts.append("### Columns of `quality.tsv`\n\n" + _described(QUALITY_COLUMNS))
    for file, columns in STATISTICS_TABLES.items():
        if file.startswith("statistics/") and file.endswith(".csv"):
            parts.append(f"### Columns of `{file}`\n\n" + _described(columns))
    return "\n\n".join(parts)


def with_tables(text: str) -> str:
    """Return a page with the part between its two markers made again.

    Raises
    ------
    ValueError
        If a marker is missing.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"expected the markers {START} and {END}, each once and in this order")
    return f"{before}{START}\n\n{tables()}\n\n{END}{after}"


def _study_variables() -> str:
    """Describe the curves of a study as the cycles stage makes them, here of a session without trials."""
    study = collect_study([assemble(Session(participant="P01", session="1"), [], labels_of([]))])
    rows = [
        (
            f"`{name}`",
            f"({', '.join(map(str, v.dims))})",
            v.attrs.get("units") or VARIABLES[str(name)].units,
            v.attrs["long_name"],
            v.attrs.get("frame", ""),
        )
        for name, v in study.data_vars.items()
    ]
    return _table(("variable", "dims", "unit", "meaning", "frame"), rows)


def _cycle_and_metric_columns() -> dict[str, ColumnSpec]:
    first = {name: CYCLE_COLUMNS[name] for name in (*ID_COLUMNS, "cycle")}
    rest = {name: CYCLE_COLUMNS[name] for name in CYCLE_COLUMNS if name not in (*first, *TIMING_COLUMNS, "percent")}
    return first | METRIC_VALUES | {name: CYCLE_COLUMNS[name] for name in TIMING_COLUMNS} | rest


def _described(columns: Mapping[str, ColumnSpec]) -> str:
    return _table(("name", "unit", "meaning"), [(f"`{name}`", d.unit, d.meaning) for name, d in columns.items()])


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |".replace("|  |", "| |") for line in lines)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    write_bytes(with_tables(page.read_text(encoding="utf-8")).encode("utf-8"), page)
