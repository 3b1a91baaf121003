"""The data dictionary: one row for every variable, coordinate, quantity, metric and column that is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pandas as pd
import xarray as xr

from biomech.columns import (
    CONTRAST_COLUMNS,
    DICTIONARY,
    DIMENSIONS,
    FIGURE_COLUMNS,
    METRIC_VALUES,
    PROFILE_COLUMNS,
    QUALITY_COLUMNS,
    SYMMETRY_COLUMNS,
    TEXT,
    ColumnSpec,
    describe_column,
)
from biomech.config import Metrics
from biomech.outcomes import METRICS
from biomech.outcomes.registry import EARLY
from biomech.outcomes.selection import short_name, title_of
from biomech.quality import COLUMNS as QUALITY
from biomech.quantities import ANGLES, MEASURES, MOMENTS, POWERS
from biomech.schema import STAGES, VARIABLES
from biomech.study.codes import levels
from biomech.study.dataset import METRIC_COLUMNS
from biomech.study.statistics_columns import (
    CURVE_COORDINATES,
    CURVE_FIELDS,
    CURVE_LEVELS,
    CURVE_NUMBERS,
    CURVES_FILE,
    STATISTICS_TABLES,
)

DICTIONARY_COLUMNS = (
    "name",
    "short_name",
    "label",
    "kind",
    "meaning",
    "unit",
    "levels",
    "positive",
    "frame",
    "source",
    "file",
)
KINDS = ("variable", "coordinate", "quantity", "metric", "column")
STUDY, QUALITY_FILE = "study.nc", "quality.tsv"
SYMMETRY_FILES = "symmetry.csv, symmetry.parquet"
PROFILE_FILES = "profile_scores.csv, profile_scores.parquet"
CONTRAST_FILES = "contrasts.csv, contrasts.parquet"
METRICS_FILES, WIDE_FILES = "metrics.csv, metrics.parquet, metrics/*.parquet", "metrics_wide.csv, metrics_wide.parquet"


def data_dictionary(study: xr.Dataset, metrics: pd.DataFrame, options: Metrics | None = None) -> pd.DataFrame:
    """Return the dictionary of a study.

    Parameters
    ----------
    study : xr.Dataset
        `biomech.study.dataset.collect_study`.
    metrics : pd.DataFrame
        `biomech.study.dataset.metrics_long`, or one row of every metric.
    options : Metrics, optional
        Section `metrics` of the study's config, for the definitions; by default its defaults.

    Returns
    -------
    pd.DataFrame
        Columns `DICTIONARY_COLUMNS`, one row per name, kind and file; `kind` is one of `KINDS`. The unit is ``text``
        for text, ``1`` for plain numbers; ``levels`` are those of `biomech.study.codes.levels`; ``file`` is relative to
        ``results``. In the wide tables a metric is a column, in the long ones a value of the column ``metric``.
    """
    rows = [*_session_variables(), *_study_variables(study), *_quantities(), *_metrics(metrics, options or Metrics())]
    rows += [*_table_columns(metrics, study), *_own_columns(), *_statistics()]
    return pd.DataFrame(rows, columns=list(DICTIONARY_COLUMNS))


def stage_file(stage: str) -> str:
    """Return where a stage writes, relative to ``results``."""
    path = STAGES[stage].format(key="*")
    return f"sessions/*/*/{path}" + ("" if path.endswith(".nc") else "/*.nc")


def _row(name: str, kind: str, meaning: str, unit: str, file: str, **more: str) -> dict[str, str]:
    return {"name": name, "kind": kind, "meaning": meaning, "unit": unit or TEXT, "file": file} | {
        key: more.get(key, "") for key in ("short_name", "label", "levels", "positive", "frame", "source")
    }


def _session_variables() -> Iterator[dict[str, str]]:
    for name, variable in VARIABLES.items():
        file = stage_file(variable.stage)
        more = {"frame": variable.frame, "source": variable.source}
        yield _row(name, "variable", variable.long_name, variable.units, file, **more)
    for name, described in DIMENSIONS.items():
        yield _row(name, "coordinate", described.meaning, described.unit, "sessions/*/*/*/*.nc, sessions/*/*/*/*/*.nc")


def _study_variables(study: xr.Dataset) -> Iterator[dict[str, str]]:
    both = f"{STUDY}, {stage_file('cycles')}"
    for name, variable in study.variables.items():
        known = VARIABLES.get(str(name))
        described = describe_column(str(name), numeric=variable.dtype.kind in "fiub")
        is_text = variable.dtype.kind in "UOT"
        unit = TEXT if is_text else str(variable.attrs.get("units") or (known.units if known else described.unit))
        meaning = str(variable.attrs.get("long_name") or (known.long_name if known else described.meaning))
        frame = str(variable.attrs.get("frame", known.frame if known else ""))
        kind = "coordinate" if name in study.coords else "variable"
        file = f"{both}, {stage_file('metrics')}" if variable.dims == ("cycle",) else both
        more = {"frame": frame, "source": known.source if known else "", "levels": levels(str(name), study)}
        yield _row(str(name), kind, meaning, unit, file, **more)


def _quantities() -> Iterator[dict[str, str]]:
    for quantity in (row for table in (ANGLES, MOMENTS, POWERS, MEASURES) for row in table.values()):
        file = f"{STUDY}, {stage_file('cycles')}, {stage_file(VARIABLES[quantity.variable].stage)}"
        more = {"positive": quantity.positive, "frame": quantity.frame, "source": quantity.source}
        meaning = f"{quantity.variable}: {quantity.meaning}"
        yield _row(quantity.name, "quantity", meaning, quantity.unit, file, **more)


def _metrics(metrics: pd.DataFrame, options: Metrics) -> Iterator[dict[str, str]]:
    for name in ("value", "unit", "reason"):
        yield _row(name, "variable", METRIC_VALUES[name].meaning, METRIC_VALUES[name].unit, stage_file("metrics"))
    file = f"{METRICS_FILES}, {WIDE_FILES}, {stage_file('metrics')}"
    units = dict(zip(metrics["metric"], metrics["unit"], strict=True))
    early = re.compile(r"first_[0-9_]+_ms$")  # the length of the early window is an option and part of the name
    used = {early.sub(EARLY, name): name for name in units}
    for name, item in ((name, item.explained(options)) for name, item in METRICS.items()):
        if item.needs == "emg" and name not in used:
            continue  # there are metrics for more muscles than anybody records
        meaning = ". ".join(part.rstrip(".") for part in (item.title, item.definition, item.validity) if part)
        more = {"positive": item.positive, "frame": item.frame, "source": item.source}
        own = used.get(name, name)
        more |= {"short_name": short_name(own), "label": f"{title_of(name).removesuffix(')')}, {item.unit})"}
        yield _row(own, "metric", meaning, item.unit, file, **more)
    for name in units:
        if early.sub(EARLY, name) not in METRICS:
            yield _row(name, "metric", "metric that this version of the software does not define", units[name], file)


def _table_columns(metrics: pd.DataFrame, study: xr.Dataset) -> Iterator[dict[str, str]]:
    for name in dict.fromkeys([*METRIC_COLUMNS, *map(str, metrics.columns)]):
        numeric = pd.api.types.is_numeric_dtype(metrics[name]) if name in metrics else None
        described = METRIC_VALUES.get(name) or describe_column(name, numeric=numeric)
        more = {"positive": described.positive, "levels": levels(name, study)}
        files = METRICS_FILES if name in ("metric", "value", "unit", "reason") else f"{METRICS_FILES}, {WIDE_FILES}"
        yield _row(name, "column", described.meaning, described.unit, files, **more)
    for name in QUALITY:
        own = QUALITY_COLUMNS[name]
        yield _row(
            name, "column", own.meaning, own.unit, QUALITY_FILE, levels=levels(name, study) if name == "level" else ""
        )


def _own_columns() -> Iterator[dict[str, str]]:
    tables: Iterable[tuple[dict, str]] = (
        (CONTRAST_COLUMNS, CONTRAST_FILES),
        (SYMMETRY_COLUMNS, SYMMETRY_FILES),
        (PROFILE_COLUMNS, PROFILE_FILES),
        (FIGURE_COLUMNS, "figures/index.tsv"),
        (DICTIONARY, "data_dictionary.csv"),
    )
    for columns, file in tables:
        for name, described in columns.items():
            yield _row(name, "column", described.meaning, described.unit, file)


def _statistics() -> Iterator[dict[str, str]]:
    """Yield one row for each quantity of the statistics, with all the tables that have it."""
    files: dict[tuple[str, ColumnSpec], list[str]] = {}
    for file, columns in STATISTICS_TABLES.items():
        for name, described in columns.items():
            files.setdefault((name, described), []).append(file)
    for (name, described), own in files.items():
        yield _row(name, "column", described.meaning, described.unit, ", ".join(own))
    for name, described in (CURVE_FIELDS | CURVE_NUMBERS | CURVE_LEVELS).items():
        yield _row(name, "variable", described.meaning, described.unit, CURVES_FILE)
    for name, described in CURVE_COORDINATES.items():
        yield _row(name, "coordinate", described.meaning, described.unit, CURVES_FILE)
