"""Tables and figures of the statistical results, from the files that the analyses wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from biomech.io.csv_parquet import read_parquet, write_tsv
from biomech.io.store import open_dataset, provenance
from biomech.outcomes import METRICS
from biomech.report.panels import percent_label, task_title
from biomech.report.statistics_clouds import raincloud, scatter
from biomech.report.statistics_data import curve_test, level_values
from biomech.report.statistics_figures import bland_altman, curves_with_clusters, forest, with_unit
from biomech.report.statistics_tables import SKIPPED, outcome_title, side_title, write_tables
from biomech.report.statistics_waveforms import curve_reliability
from biomech.report.style import FileNames, save, style
from biomech.study.statistics_columns import STATISTICS_FIGURE_COLUMNS

MAX_ROWS = 30  # of one forest plot
INDEX_COLUMNS = tuple(STATISTICS_FIGURE_COLUMNS)
_SCENE = ("outcome", "side", "task")
_POINTS = ("percent", "mean", "icc_2_1", "icc_low", "icc_high", "sem", "sem_low", "sem_high", "mdc95")
_NUMBERS = ("start_percent", "end_percent", "extreme", "threshold", "p")


def write_statistics(
    results: Path,
    values: Path,
    clusters: Path,
    curves: Path,
    folder: Path,
    formats: Sequence[str] = ("svg", "png"),
    root: Path | str | None = None,
    points: Path | None = None,
) -> None:
    """Write tables (CSV, Markdown, LaTeX) and figures of all analyses.

    Figures are drawn from what the tests handed over, not from the study's tables: they show what was tested.

    Parameters
    ----------
    results : Path
        Table of results (Parquet), one row per estimate.
    values : Path
        Participants' values behind the estimates (CSV).
    clusters : Path
        Intervals of curves beyond the threshold (CSV).
    curves : Path
        Mean curves, differences and test statistics (NetCDF).
    folder : Path
        ``tables/`` and ``figures/`` go here, with ``figures/index.tsv``.
    formats : sequence of {"svg", "png", "pdf"}
        File formats of figures.
    root : Path, optional
        The study folder; inputs are named relative to it in the figures' provenance.
    points : Path, optional
        Reliability of curves at every point (CSV).
    """
    table = read_parquet(results)
    write_tables(table, folder / "tables")
    inputs = [results, values, clusters, curves, *([points] if points else [])]
    made_from = provenance("statistics figures", {}, inputs, root)
    at_points = _text(points, _POINTS) if points else pd.DataFrame()
    names, index = FileNames(), []
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    with open_dataset(curves) as opened:
        tests = opened.load()
    with style():
        own = _text(values, ("value",)), _text(clusters, _NUMBERS)
        for figure, row in statistics_figures(table, *own, tests, at_points):
            name = names.name(row["kind"], row["analysis"], row["outcome"], row["side"], row["task"], row["contrast"])
            save(figure, folder / "figures", name, formats, made_from)
            index.append({**row, "file": f"{name}.{formats[0]}"})
    write_tsv(pd.DataFrame(index, columns=list(INDEX_COLUMNS)), folder / "figures" / "index.tsv")


def _text(path: Path, numbers: Sequence[str]) -> pd.DataFrame:
    """Read a table whose cells are text as they are (a level may be called None, NA or 01), but for some columns."""
    if not Path(path).stat().st_size:
        return pd.DataFrame()
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for name in table.columns:
        if name in numbers:
            table[name] = pd.to_numeric(table[name], errors="coerce")
        else:  # an apostrophe keeps spreadsheets from running what looks like a formula
            guarded = table[name].str.match(r"^'[=+\-@\t\r]")
            table[name] = table[name].where(~guarded, table[name].str[1:])
    return table


def statistics_figures(
    results: pd.DataFrame,
    values: pd.DataFrame,
    clusters: pd.DataFrame,
    tests: xr.Dataset,
    points: pd.DataFrame | None = None,
) -> Iterator[tuple[Figure, dict[str, str]]]:
    """Yield every figure with its row of the index."""
    done = results[results["status"] != SKIPPED]
    for name, rows in done.groupby("analysis", sort=False):
        yield from _forests(str(name), rows)
        for scene, some in rows.groupby(list(_SCENE), sort=False, dropna=False):
            cells = {"analysis": str(name), **dict(zip(_SCENE, map(str, scene), strict=True))}
            kind = str(some["kind"].iloc[0])
            if kind == "spm":
                yield from _curves(cells, some, clusters, tests)
            elif kind == "association":
                yield from _scatters(cells, some, values)
            elif kind == "reliability":
                yield from _agreement(cells, some, values)
                yield from _waveforms(cells, some, points if points is not None else pd.DataFrame())
            else:
                yield from _clouds(cells, some, values)


def _forests(name: str, rows: pd.DataFrame) -> Iterator[tuple[Figure, dict[str, str]]]:
    rows = rows[rows["estimate"].notna() & rows["low"].notna() & rows["high"].notna()]
    for unit, same in rows.groupby("unit", sort=False):
        for page, first in enumerate(range(0, len(same), MAX_ROWS), 1):
            part = same.iloc[first : first + MAX_ROWS]
            levels = sorted({f"{100 * level:g} %" for level in part["confidence"].dropna()})
            tasks = [task_title(task) for task in dict.fromkeys(part["task"]) if task]
            notes = [f"{' and '.join(levels)} confidence intervals" if levels else "intervals", ", ".join(tasks)]
            notes += [f"page {page} of {-(-len(same) // MAX_ROWS)}" if len(same) > MAX_ROWS else ""]
            outcomes = [outcome_title(one) for one in dict.fromkeys(part["outcome"])]
            title = "; ".join(outcomes[:3]) + (f" and {len(outcomes) - 3} more" if len(outcomes) > 3 else "")
            figure = forest(part, title, "  ·  ".join(filter(None, [*notes, name])))
            row = {"kind": "forest", "analysis": name, "outcome": "", "side": "", "task": "", "contrast": str(unit)}
            yield figure, row


def _subtitle(cells: Mapping[str, str], *more: str) -> str:
    about = ", ".join(
        part for part in (side_title(cells["side"]), task_title(cells["task"]) if cells["task"] else "") if part
    )
    return "  ·  ".join(filter(None, [about, *more, cells["analysis"]]))


def _clouds(
    cells: Mapping[str, str], rows: pd.DataFrame, values: pd.DataFrame
) -> Iterator[tuple[Figure, dict[str, str]]]:
    """Yield a raincloud plot of every contrast of two levels."""
    title, seen = outcome_title(cells["outcome"]), set()
    for row in rows.to_dict("records"):
        # further rows of a contrast (equivalence, symmetry index) are of the same values
        if not row["level_a"] or not row["level_b"] or not np.isfinite(row["estimate"]) or row["contrast"] in seen:
            continue
        seen.add(row["contrast"])
        table, factor, design = level_values(values, row)
        if table.shape[1] != 2:
            continue
        contrast = str(row["contrast"])
        figure = raincloud(table, row, design, str(row["unit"]), title, _subtitle(cells, f"by {factor}"), title)
        yield figure, {"kind": "raincloud", **cells, "contrast": contrast}


def _scatters(
    cells: Mapping[str, str], rows: pd.DataFrame, values: pd.DataFrame
) -> Iterator[tuple[Figure, dict[str, str]]]:
    """Yield a scatter plot of every pair of quantities."""
    title = outcome_title(cells["outcome"])
    for contrast, some in rows.groupby("contrast", sort=False):
        lines = {str(row["term"]): row for row in some.to_dict("records")}
        first = next(iter(lines.values()))
        other = str(contrast).removeprefix("with ")
        table, _, _ = level_values(values, first | {"level_b": other, "level_a": f"{cells['outcome']} (outcome)"})
        if table.shape[1] == 2:
            unit = METRICS[cells["outcome"]].unit if cells["outcome"] in METRICS else ""
            other_unit = METRICS[other].unit if other in METRICS else ""
            labels = (with_unit(outcome_title(other), other_unit), with_unit(title, unit))
            figure = scatter(table, lines, f"{title}, with {outcome_title(other)}", _subtitle(cells), labels)
            yield figure, {"kind": "scatter", **cells, "contrast": str(contrast)}


def _agreement(
    cells: Mapping[str, str], rows: pd.DataFrame, values: pd.DataFrame
) -> Iterator[tuple[Figure, dict[str, str]]]:
    """Yield the Bland–Altman plot of every pair of measurements."""
    lines = {str(row["term"]): row for row in rows.to_dict("records")}
    if (bias := lines.get("bias")) is None:
        return
    table, _, _ = level_values(values, bias)
    if table.shape[1] == 2:
        figure = bland_altman(table, lines, str(bias["unit"]), outcome_title(cells["outcome"]), _subtitle(cells))
        yield figure, {"kind": "bland-altman", **cells, "contrast": str(bias["contrast"])}


def _waveforms(
    cells: Mapping[str, str], rows: pd.DataFrame, points: pd.DataFrame
) -> Iterator[tuple[Figure, dict[str, str]]]:
    """Yield the reliability of a curve at every point."""
    if points.empty:
        return
    same = [points[name] == cells[name] for name in ("analysis", *_SCENE)]
    own = points[pd.concat(same, axis=1).all(axis=1)]
    if own.empty:
        return
    known = rows[rows["estimate"].notna()]
    summary = dict(zip(known["term"], known["estimate"].astype(float), strict=True))
    variable, _, quantity = cells["outcome"].partition(".")
    title = outcome_title(quantity)
    labels = (percent_label(cells["task"]), title)
    figure = curve_reliability(own, summary, f"{title}: reliability", _subtitle(cells, variable), labels)
    yield figure, {"kind": "curve-reliability", **cells, "contrast": ""}


def _curves(
    cells: Mapping[str, str], rows: pd.DataFrame, clusters: pd.DataFrame, tests: xr.Dataset
) -> Iterator[tuple[Figure, dict[str, str]]]:
    for row in rows[rows["contrast"].fillna("") != ""].to_dict("records"):
        test = curve_test(tests, row)
        if test is None:
            continue
        found = clusters
        if len(found):
            same = [clusters[name] == str(row[name]) for name in ("analysis", *_SCENE, "contrast")]
            found = clusters[pd.concat(same, axis=1).all(axis=1)]
        title, contrast = outcome_title(cells["outcome"]), str(row["contrast"])
        figure = curves_with_clusters(
            test,
            found,
            str(row["unit"]),
            f"{title}: {contrast.replace(' - ', ' − ')}",
            _subtitle(cells, str(row.get("test") or "")),
            (percent_label(cells["task"]), title),
        )
        yield figure, {"kind": "curves", **cells, "contrast": contrast}
