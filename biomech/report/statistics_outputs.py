"""Tables and figures of the statistical results, from the files that the analyses wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from biomech.io.store import open_dataset, provenance
from biomech.io.table_files import read_parquet, read_parquet_where, write_tsv
from biomech.report.panels import percent_label, task_title
from biomech.report.statistics_data import (
    curve_rows,
    levels_factor,
    metric_rows,
    participant_curves,
    participant_levels,
)
from biomech.report.statistics_figures import bland_altman, curves_with_clusters, forest, raincloud
from biomech.report.statistics_tables import SKIPPED, outcome_title, write_tables
from biomech.report.style import FileNames, save, style
from biomech.schema import VARIABLES

MAX_ROWS = 30  # of one forest plot
INDEX_COLUMNS = ("file", "kind", "analysis", "outcome", "side", "task", "contrast")
_SCENE = ("outcome", "side", "task")


def write_statistics(
    results: Path,
    clusters: Path | None,
    metrics: Path,
    dataset: Path,
    folder: Path,
    formats: Sequence[str] = ("svg", "png"),
    root: Path | str | None = None,
    curves: Path | None = None,
) -> None:
    """Write tables (CSV, Markdown, LaTeX) and figures of all analyses.

    Parameters
    ----------
    results : Path
        Table of results (Parquet), one row per estimate.
    clusters : Path, optional
        Stretches of curves beyond the threshold (CSV).
    metrics, dataset : Path
        ``metrics.parquet`` and ``study.nc``, for the values behind the estimates.
    folder : Path
        ``tables/`` and ``figures/`` go here, with ``figures/index.tsv``.
    formats : sequence of {"svg", "png", "pdf"}
        File formats of figures.
    root : Path, optional
        The study folder; inputs are named relative to it in the figures' provenance.
    curves : Path, optional
        ``curves.nc`` of the statistics: the test statistics along the curves, drawn below them.
    """
    table = read_parquet(results)
    stretches = pd.read_csv(clusters) if clusters and Path(clusters).stat().st_size else pd.DataFrame()
    write_tables(table, folder / "tables")
    made_from = provenance("statistics figures", {}, [results, metrics, dataset], root)
    names, index = FileNames(), []
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    values = read_parquet_where(metrics, "metric", set(table["outcome"].astype(str)))
    tests = None
    if curves is not None:
        with open_dataset(curves) as opened:
            tests = opened.load()
    with style(), open_dataset(dataset) as study:
        for figure, row in statistics_figures(table, stretches, values, study, tests):
            name = names.name(row["kind"], row["analysis"], row["outcome"], row["side"], row["task"], row["contrast"])
            save(figure, folder / "figures", name, formats, made_from)
            index.append({**row, "file": f"{name}.{formats[0]}"})
    write_tsv(pd.DataFrame(index, columns=list(INDEX_COLUMNS)), folder / "figures" / "index.tsv")


def statistics_figures(
    results: pd.DataFrame,
    clusters: pd.DataFrame,
    metrics: pd.DataFrame,
    study: xr.Dataset,
    tests: xr.Dataset | None = None,
) -> Iterator[tuple[Figure, dict[str, str]]]:
    """Yield every figure with its row of the index."""
    done = results[results["status"] != SKIPPED]
    for name, rows in done.groupby("analysis", sort=False):
        yield from _forests(str(name), rows)
        for scene, some in rows.groupby(list(_SCENE), sort=False):
            cells = {"analysis": str(name), **dict(zip(_SCENE, map(str, scene), strict=True))}
            if str(some["kind"].iloc[0]) == "spm":
                yield from _curves(cells, some, clusters, study, tests)
            else:
                yield from _participants(cells, some, metrics)


def _forests(name: str, rows: pd.DataFrame) -> Iterator[tuple[Figure, dict[str, str]]]:
    rows = rows[rows["estimate"].notna() & rows["low"].notna() & rows["high"].notna()]
    for unit, same in rows.groupby("unit", sort=False):
        for page, first in enumerate(range(0, len(same), MAX_ROWS), 1):
            part = same.iloc[first : first + MAX_ROWS]
            levels = sorted({f"{100 * level:g} %" for level in part["confidence"].dropna()})
            tasks = [task_title(task) for task in dict.fromkeys(part["task"]) if task]
            notes = [f"{' and '.join(levels)} intervals" if levels else "intervals", ", ".join(tasks)]
            notes += [f"page {page} of {-(-len(same) // MAX_ROWS)}" if len(same) > MAX_ROWS else ""]
            figure = forest(part, name, "  ·  ".join(filter(None, notes)))
            row = {"kind": "forest", "analysis": name, "outcome": "", "side": "", "task": "", "contrast": str(unit)}
            yield figure, row


def _participants(
    cells: Mapping[str, str], rows: pd.DataFrame, metrics: pd.DataFrame
) -> Iterator[tuple[Figure, dict[str, str]]]:
    """Yield raincloud plots of contrasts, and Bland–Altman plots of reliability between two sessions."""
    values = metric_rows(metrics, cells["outcome"], cells["task"], cells["side"])
    if values.empty:
        return
    unit = str(values["unit"].iloc[0])
    title = outcome_title(cells["outcome"])
    about = ", ".join(part for part in (cells["side"], task_title(cells["task"]) if cells["task"] else "") if part)
    subtitle = f"{cells['analysis']}  ·  {about}"
    if str(rows["kind"].iloc[0]) == "reliability":
        sessions = list(dict.fromkeys(values["session"].astype(str)))
        if len(sessions) >= 2:
            pair = (sessions[0], sessions[1])
            table = participant_levels(values, "session", pair)
            if table.shape[1] == 2 and len(table.dropna()):
                figure = bland_altman(table, unit, title, subtitle)
                yield figure, {"kind": "bland-altman", **cells, "contrast": " - ".join(pair)}
        return
    seen = set()
    for row in rows.to_dict("records"):
        levels = (str(row["level_b"] or ""), str(row["level_a"] or ""))
        if not all(levels) or levels in seen:
            continue
        seen.add(levels)
        factor = levels_factor(values, levels)
        if factor is None:
            continue
        table = participant_levels(values, factor, levels)
        figure = raincloud(table, unit, title, f"{subtitle}  ·  by {factor}", title)
        yield figure, {"kind": "raincloud", **cells, "contrast": " - ".join(reversed(levels))}


def _curves(
    cells: Mapping[str, str], rows: pd.DataFrame, clusters: pd.DataFrame, study: xr.Dataset, tests: xr.Dataset | None
) -> Iterator[tuple[Figure, dict[str, str]]]:
    curves = curve_rows(study, cells["outcome"])
    about = pd.DataFrame({str(n): c.to_numpy() for n, c in study.coords.items() if c.dims == ("cycle",)})
    for contrast, some in rows[rows["contrast"].fillna("") != ""].groupby("contrast", sort=False):
        found = clusters
        if len(found):
            same = [
                clusters[name].fillna("").astype(str) == cells[name] for name in ("analysis", "outcome", "side", "task")
            ]
            found = clusters[pd.concat(same, axis=1).all(axis=1) & (clusters["contrast"] == contrast)]
        field = None if tests is None else _field(tests, cells, str(contrast))
        pair = (str(some["level_b"].iloc[0] or ""), str(some["level_a"].iloc[0] or ""))
        levels = pair if all(pair) else tuple(str(contrast).split(" = "))
        factor = levels_factor(about, levels) if len(levels) > 1 else None
        by_level: dict[str, pd.DataFrame] = {}
        if factor is not None and curves is not None and curves.sizes["cycle"]:
            by_level = participant_curves(curves, cells["task"], cells["side"], factor, levels)
        if field is None and not by_level:
            continue
        names = [name.split(".", 1)[-1] for name in cells["outcome"].split("+")]
        variable = cells["outcome"].split(".")[0]
        unit = ""
        if curves is not None:
            unit = str(
                study[variable].attrs.get("units") or (VARIABLES[variable].units if variable in VARIABLES else "")
            )
        title = ", ".join(outcome_title(name) for name in names)
        side = ", ".join(part for part in (cells["side"], task_title(cells["task"]) if cells["task"] else "") if part)
        figure = curves_with_clusters(
            by_level,
            found,
            unit,
            f"{title}: {str(contrast).replace(' - ', ' − ')}",
            f"{cells['analysis']}  ·  {side}  ·  {variable}",
            (percent_label(cells["task"]), title),
            field,
        )
        yield figure, {"kind": "curves", **cells, "contrast": str(contrast)}


def _field(tests: xr.Dataset, cells: Mapping[str, str], contrast: str) -> pd.DataFrame | None:
    """Return percent, statistic and threshold of one test; nothing if there is none, or it is not of these curves alone."""
    wanted = {name: cells[name] for name in ("analysis", "outcome", "side", "task")} | {"contrast": contrast}
    same = np.ones(tests.sizes["test"], dtype=bool)
    for name, value in wanted.items():
        same &= tests[name].to_numpy().astype(str) == value
    if same.sum() != 1:
        return None
    one = tests.isel(test=int(same.argmax()))
    table = {"percent": one["percent"].to_numpy(), "statistic": one["spm"].to_numpy()}
    return pd.DataFrame(table).assign(threshold=float(one["threshold"]), name=str(one["statistic"].item()))


def pictures(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the index of figures that `write_statistics` wrote."""
    path = folder / "figures" / "index.tsv"
    return pd.read_csv(path, sep="\t", keep_default_na=False).to_dict("records") if path.is_file() else []  # type: ignore[return-value]
