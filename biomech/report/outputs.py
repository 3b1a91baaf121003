"""The figures of a study from its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from biomech.io.reference_curves import read_reference_curves
from biomech.io.store import open_dataset, provenance
from biomech.io.table_files import read_parquet
from biomech.report.figures import study_figures


def write_figures(
    dataset: Path | str,
    metrics: Path | str | None,
    folder: Path | str,
    report: Mapping[str, Any],
    root: Path | str | None = None,
) -> list[Path]:
    """Draw all figures of a study.

    Parameters
    ----------
    dataset : Path
        ``study.nc``.
    metrics : Path, optional
        ``metrics.parquet``; without it there is no overview of headline outcomes.
    folder : Path
        Where the figures and ``index.tsv`` go.
    report : mapping
        Section `report` of the config: ``formats`` and ``norms``.
    root : Path, optional
        The study folder; the figures' provenance names the files relative to it.
    """
    table: pd.DataFrame | None = read_parquet(Path(metrics)) if metrics else None
    inputs = [Path(path) for path in (dataset, metrics) if path]
    made_from = provenance("figures", {"report": dict(report)}, inputs, root)
    own = str(report.get("reference_curves", ""))
    reference = read_reference_curves(Path(root or ".") / own) if own else None
    with open_dataset(dataset) as study:  # a figure takes few of the curves
        return study_figures(
            study, Path(folder), tuple(report["formats"]), bool(report["norms"]), table, made_from, reference
        )
