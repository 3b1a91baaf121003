"""The tables of `docs/conventions.md`, made from `biomech.quantities`: ``python -m biomech.conventions.document docs/conventions.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from biomech.io.csv_parquet import write_bytes
from biomech.joints import JOINTS, SEGMENT_ANGLES
from biomech.quantities import ANGLES, BASE_QUANTITIES, MEASURES, MOMENTS
from biomech.quantities.angles import words_of_segment

_UNITS = {"N m kg-1": "N·m/kg"}
_JOINT_OF = {name: joint for joint in (*SEGMENT_ANGLES, *JOINTS) for name in joint.quantities}


def with_tables(text: str) -> str:
    """Return the page with the tables between their markers made again.

    Parameters
    ----------
    text : str
        The page, with a pair of comments ``generated NAME: start`` and ``: end`` for angles, distances and moments.

    Raises
    ------
    ValueError
        If a marker is missing.
    """
    for name, head, rows in (
        ("angles", ("quantity", "positive movement", "formula", "frame", "unit", "sequence", "shown by"), _angles()),
        ("distances", ("measure", "positive", "plane or direction", "shown by"), _distances()),
        ("moments", ("quantity", "made by", "unit", "tends to move"), _moments()),
    ):
        start, end = f"<!-- generated {name}: start -->", f"<!-- generated {name}: end -->"
        before, found, rest = text.partition(start)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"expected the markers {start} and {end}, each once and in this order")
        text = f"{before}{start}\n\n{_table(head, rows)}\n\n{end}{after}"
    return text


def _angles() -> Iterator[tuple[str, ...]]:
    for name in BASE_QUANTITIES:
        row, joint = ANGLES[name], _JOINT_OF.get(name)
        frame, sequence = row.frame, "–"
        if joint:
            frame = f"{words_of_segment(joint.distal)} in {words_of_segment(joint.proximal)}"
            sequence = joint.sequence_of("ankle")
        yield f"`{name}`", row.positive, row.formula, frame, row.unit, sequence, row.shown


def _distances() -> Iterator[tuple[str, ...]]:
    return ((f"`{row.name}`", row.positive, row.frame, row.shown) for row in MEASURES.values())


def _moments() -> Iterator[tuple[str, ...]]:
    for row in MOMENTS.values():
        made_by = row.ends.positive.replace("int. ", "internal ") + "s"
        yield f"`{row.name}`", made_by, _UNITS.get(row.unit, row.unit), row.shown


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = [tuple(head), *(tuple(row) for row in rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(cells[0]), *lines[1:]])


if __name__ == "__main__":
    page = Path(sys.argv[1])
    write_bytes(with_tables(page.read_text(encoding="utf-8")).encode("utf-8"), page)
