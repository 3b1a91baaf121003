"""The figures of a study from its files: each participant's by itself, then the overview and the list of all."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from biomech.io.csv_parquet import read_tsv, write_tsv
from biomech.io.reference_curves import read_reference_curves
from biomech.io.store import open_dataset, provenance, write_text
from biomech.report.curve_groups import Options
from biomech.report.figures import INDEX_COLUMNS, curve_figures
from biomech.report.overview import overview_figures, read_headlines, yardsticks
from biomech.report.style import FileNames, save, style

INDEX = "index.tsv"
FAILED = "failed.txt"


def write_participant_figures(
    cycles: Sequence[Path | str],
    folder: Path | str,
    report: Mapping[str, Any],
    root: Path | str | None = None,
) -> list[Path]:
    """Draw the curves of one participant.

    Parameters
    ----------
    cycles : sequence of Path
        `cycles` of every session, in the order in which they are shown.
    folder : Path
        Where the figures and ``index.tsv`` go.
    report : mapping
        Section `report` of the config; without an option its default holds, ``formats`` apart.
    root : Path, optional
        The study folder; the figures' provenance names the files relative to it.
    """
    made_from = provenance("figures", {"report": dict(report)}, [Path(path) for path in cycles], root)
    own = str(report.get("reference_curves", ""))
    reference = read_reference_curves(Path(root or ".") / own) if own else None
    with contextlib.ExitStack() as files:
        visits = [files.enter_context(open_dataset(path)) for path in cycles]  # a figure takes few of the curves
        return curve_figures(visits, Path(folder), tuple(report["formats"]), Options.of(report), made_from, reference)


def no_figures(folder: Path | str, reason: str) -> None:
    """Write a folder of figures that holds none, with the reason in `FAILED`."""
    write_tsv(pd.DataFrame(columns=list(INDEX_COLUMNS)), Path(folder) / INDEX)
    write_text(f"No figures could be drawn: {reason}\n", Path(folder) / FAILED)


def write_overview(
    metrics: Path | str,
    participants: Sequence[Path | str],
    folder: Path | str,
    index: Path | str,
    report: Mapping[str, Any],
    root: Path | str | None = None,
    contrasts: Path | str | None = None,
) -> list[Path]:
    """Draw the overview of headline outcomes, and list all figures.

    Parameters
    ----------
    metrics : Path
        ``metrics.parquet``.
    participants : sequence of Path
        Folders of `write_participant_figures`.
    folder : Path
        Where the pages of the overview go.
    index : Path
        The list; its files are named relative to its folder.
    report : mapping
        ``formats``, and what `biomech.report.overview.yardsticks` takes.
    root : Path, optional
        The study folder.
    contrasts : Path, optional
        ``contrasts.parquet``, which knows the minimal detectable changes.

    Returns
    -------
    list of Path
        The files, the index last.
    """
    folder, index = Path(folder), Path(index)
    formats = tuple(report["formats"])
    files = [Path(metrics), *([Path(contrasts)] if contrasts else [])]
    made_from = provenance("figures", {"report": dict(report)}, files, root)
    tables = [_listed(Path(one), index.parent) for one in participants]
    names, rows, paths = FileNames(), [], []
    folder.mkdir(parents=True, exist_ok=True)
    with style():
        for figure, parts, row in overview_figures(read_headlines(metrics), yardsticks(report, contrasts)):
            name = names.name(*parts)
            paths += save(figure, folder, name, formats, made_from)
            rows.append({**row, "file": (folder / f"{name}.{formats[0]}").relative_to(index.parent).as_posix()})
    tables.append(pd.DataFrame(rows, columns=list(INDEX_COLUMNS)))
    filled = [table for table in tables if len(table)] or tables[-1:]
    return [*paths, write_tsv(pd.concat(filled, ignore_index=True), index)]


def _listed(folder: Path, above: Path) -> pd.DataFrame:
    table = read_tsv(folder / INDEX, text=list(INDEX_COLUMNS))
    return table.assign(file=[(folder / name).relative_to(above).as_posix() for name in table["file"]])
