"""Files of the statistics: tables of results, of clusters and of single participants' scores, and curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.statistics import Analysis
from biomech.io.store import provenance, write_dataset
from biomech.io.table_files import read_parquet_where, write_csv, write_parquet
from biomech.statistics.curve_analyses import CurveResult
from biomech.statistics.engine import run_analyses
from biomech.statistics.table import CLUSTER_COLUMNS, SCORE_COLUMNS, table_of
from biomech.study.reading import open_study

Array = NDArray[np.float64]

_LABELS = ("analysis", "outcome", "side", "task", "contrast", "level_a", "level_b")
_CURVES = {
    "mean": "difference of the levels' mean curves, level_a minus level_b",
    "low": "lower end of its pointwise interval",
    "high": "upper end of its pointwise interval",
    "mean_a": "mean curve of level_a",
    "mean_b": "mean curve of level_b",
    "spm": "test statistic along the curve",
}


def write_statistics(
    metrics: Path,
    study: Path,
    outputs: Mapping[str, Path],
    analyses: Sequence[Analysis],
    config: Mapping[str, Any],
    norm: Callable[[str, str, str, Array], tuple[Array, str] | None] | None = None,
    root: Path | None = None,
) -> None:
    """Run the analyses and write what they give.

    Parameters
    ----------
    metrics, study : Path
        The long table (Parquet) and dataset of the study.
    outputs : mapping
        ``results_csv``, ``results`` (Parquet), ``clusters``, ``scores`` (CSV) and ``curves`` (NetCDF).
    analyses : sequence of Analysis
    config : mapping
        JSON-ready, for the provenance.
    norm : callable
        See `biomech.statistics.engine.run_analyses`.
    root : Path, optional
        The study folder.
    """
    names = {outcome for analysis in analyses for outcome in analysis.outcomes}
    with open_study(study) as dataset:
        found = run_analyses(analyses, read_parquet_where(metrics, "metric", names), dataset, norm)
    made_from = provenance("statistics", dict(config), [metrics, study], root)
    results = table_of(found.rows)
    write_parquet(results, outputs["results"], made_from)
    write_csv(results, outputs["results_csv"])
    write_csv(table_of(found.clusters, CLUSTER_COLUMNS), outputs["clusters"])
    write_csv(table_of(found.scores, SCORE_COLUMNS), outputs["scores"])
    write_dataset(curves_dataset(found.curves).assign_attrs(made_from), outputs["curves"])


def curves_dataset(curves: Sequence[CurveResult]) -> xr.Dataset:
    """Return all tests along curves: dimensions ``test`` and ``percent``, what each test is of as coordinates of ``test``."""
    percent = curves[0].percent if curves else np.arange(101.0)
    shape = (len(curves), len(percent))
    out = xr.Dataset(coords={"percent": ("percent", percent, {"units": "%", "long_name": "position in the cycle"})})
    for name, meaning in _CURVES.items():
        values = np.array([getattr(item, name) for item in curves], dtype=float).reshape(shape)
        units = "1" if name == "spm" else "of the outcome"
        out[name] = (("test", "percent"), values, {"long_name": meaning, "units": units})
    for name, meaning in {"threshold": "critical value of spm", "p": "smallest p of a stretch beyond it"}.items():
        values = np.array([getattr(item, name) for item in curves], dtype=float)
        out[name] = ("test", values, {"long_name": meaning, "units": "1"})
    for name in _LABELS:
        values = np.array([item.labels[name] for item in curves], dtype=np.str_)
        out = out.assign_coords({name: ("test", values if len(curves) else np.array([], dtype="U1"))})
    names = np.array([item.test for item in curves], dtype=np.str_) if curves else np.array([], dtype="U1")
    about = {"long_name": "name of spm, with its degrees of freedom"}
    return out.assign_coords(statistic=("test", names, about))
