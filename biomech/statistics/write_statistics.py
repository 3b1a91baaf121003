"""Files of the statistics: tables of results, of clusters and of single participants' scores, and curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.columns import ColumnSpec
from biomech.config.statistics import Analysis
from biomech.io.csv_parquet import read_parquet_where, write_csv, write_parquet
from biomech.io.store import provenance, write_dataset
from biomech.statistics.engine import run_analyses
from biomech.statistics.result_rows import table_of
from biomech.statistics.spm_analyses import CurveResult
from biomech.study.reading import open_study
from biomech.study.statistics_columns import (
    CLUSTER_COLUMNS,
    CURVE_COORDINATES,
    CURVE_FIELDS,
    CURVE_LABELS,
    CURVE_LEVELS,
    CURVE_NUMBERS,
    POINT_COLUMNS,
    SCORE_COLUMNS,
    VALUE_COLUMNS,
)

Array = NDArray[np.float64]


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
        ``results_csv``, ``results`` (Parquet), ``values``, ``clusters``, ``scores`` (CSV) and ``curves`` (NetCDF); ``points`` (CSV), where it is named.
    analyses : sequence of Analysis
    config : mapping
        JSON-ready, for the provenance.
    norm : callable
        See `biomech.statistics.engine.run_analyses`.
    root : Path, optional
        The study folder.
    """
    names = {name for analysis in analyses for name in [*analysis.outcomes, *getattr(analysis, "against", [])]}
    with open_study(study) as dataset:
        found = run_analyses(analyses, read_parquet_where(metrics, "metric", names), dataset, norm)
    made_from = provenance("statistics", dict(config), [metrics, study], root)
    results = table_of(found.rows)
    write_parquet(results, outputs["results"], made_from)
    write_csv(results, outputs["results_csv"])
    write_csv(table_of(found.values, VALUE_COLUMNS), outputs["values"])
    write_csv(table_of(found.clusters, CLUSTER_COLUMNS), outputs["clusters"])
    write_csv(table_of(found.scores, SCORE_COLUMNS), outputs["scores"])
    if "points" in outputs:
        write_csv(table_of(found.points, POINT_COLUMNS), outputs["points"])
    write_dataset(curves_dataset(found.curves).assign_attrs(made_from), outputs["curves"])


def curves_dataset(curves: Sequence[CurveResult]) -> xr.Dataset:
    """Return all tests along curves: dimensions ``test`` and ``percent``, what each test is of as coordinates of ``test``."""
    percent = curves[0].percent if curves else np.arange(101.0)
    shape = (len(curves), len(percent))
    out = xr.Dataset(coords={"percent": ("percent", percent, _about(CURVE_COORDINATES["percent"], units=True))})
    for name, column_spec in CURVE_FIELDS.items():
        values = np.array([getattr(item, name) for item in curves], dtype=float).reshape(shape)
        out[name] = (("test", "percent"), values, _about(column_spec, units=True))
    for name, column_spec in CURVE_NUMBERS.items():
        values = np.array([getattr(item, name) for item in curves], dtype=float)
        out[name] = ("test", values, _about(column_spec, units=True))
    for name in CURVE_LABELS:
        values = np.array([item.labels[name] for item in curves], dtype=np.str_)
        out = out.assign_coords({name: ("test", values if len(curves) else np.array([], dtype="U1"))})
    for name, own in {"statistic": "test", "design": "design", "confidence": "confidence"}.items():
        labels = np.array([getattr(item, own) for item in curves]) if curves else np.array([], dtype="U1")
        out = out.assign_coords({name: ("test", labels, _about(CURVE_COORDINATES[name]))})
    return _with_levels(out, curves)


def _with_levels(out: xr.Dataset, curves: Sequence[CurveResult]) -> xr.Dataset:
    """Add the mean curve of every level of every test: dimension ``level``, with the place of its test."""
    levels = [(i, level) for i, item in enumerate(curves) for level in item.levels]
    shape = (len(levels), out.sizes["percent"])
    for name, column_spec in CURVE_LEVELS.items():
        values = np.array([getattr(level, name.removeprefix("level_")) for _, level in levels], dtype=float)
        out[name] = (("level", "percent"), values.reshape(shape), _about(column_spec, units=True))
    names = np.array([level.name for _, level in levels], dtype=np.str_) if levels else np.array([], dtype="U1")
    coordinates = {
        "level_test": np.array([i for i, _ in levels], dtype=np.int64),
        "level_name": names,
        "level_n": np.array([level.n for _, level in levels], dtype=np.int64),
    }
    return out.assign_coords(
        {name: ("level", values, _about(CURVE_COORDINATES[name])) for name, values in coordinates.items()}
    )


def _about(column_spec: ColumnSpec, units: bool = False) -> dict[str, str]:
    return {"long_name": column_spec.meaning} | ({"units": column_spec.unit} if units else {})
