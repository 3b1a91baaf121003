"""Overview of a study: headline outcomes of every participant, side and session as dots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from biomech.columns import AGE_COLUMNS
from biomech.config.norms import Norm
from biomech.findings.norms import Person, misfit
from biomech.io.csv_parquet import parquet_blocks, parquet_columns
from biomech.report.curve_plots import label_ends
from biomech.report.panels import HEADLINES, Headline, headlines, task_title
from biomech.report.style import DEFAULT_COLOURS, NORM_EDGE, NORM_FACE, SESSION_MARKER, SIDE_COLOURS

PER_PAGE = 12  # participants
_WINDOWS = ("stance", "contact", "cycle", "descent")  # of several windows, the first of these is shown
SIDES = ("left", "right", "both")


_READ = ("participant", "session", "label", "task", "condition", "footwear", "side", "cycle", "metric", "value", "unit")
_WHO = (*AGE_COLUMNS, "sex")  # read where the table has them
# The least that a vertical axis spans, so that noise does not fill it (chosen): of the order of a large clinical difference
_LEAST_SPAN = {"degree": 20.0, "N m kg-1": 0.5}
_MDC_SPANS = 2.5  # and at least so many minimal detectable changes


@dataclass(frozen=True)
class Yardsticks:
    """What the outcomes are held against.

    Attributes
    ----------
    norms : mapping
        Task -> metric -> norm.
    mdc95 : pd.Series
        Minimal detectable change between visits, by (task, metric): the median over participants and sides.
    colours : str
        Key of `biomech.report.style.SIDE_COLOURS`.
    """

    norms: Mapping[str, Mapping[str, Norm]] = field(default_factory=dict)
    mdc95: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    colours: str = DEFAULT_COLOURS

    def mdc(self, task: str, metric: str) -> float:
        """Return the minimal detectable change of a metric; NaN where it is not known."""
        return float(self.mdc95.get((task, metric), np.nan))


def yardsticks(report: Mapping[str, Any], contrasts: Path | str | None = None) -> Yardsticks:
    """Return what the overview holds its outcomes against.

    Parameters
    ----------
    report : mapping
        ``metric_norms`` (those of the config's section `findings`, left out with ``norms: false``) and ``side_colours``.
    contrasts : Path, optional
        ``contrasts.parquet``.
    """
    tables = report.get("metric_norms", {}) if report.get("norms", True) else {}
    norms = {
        task: {metric: Norm.model_validate(norm) for metric, norm in table.items() if norm}
        for task, table in tables.items()
    }
    mdc95 = pd.Series(dtype=float)
    if contrasts is not None:
        table = pd.read_parquet(contrasts, columns=["task", "metric", "contrast", "mdc95"])
        known = table[(table["contrast"] == "visits") & table["mdc95"].notna()]
        mdc95 = known.astype({"task": str, "metric": str}).groupby(["task", "metric"])["mdc95"].median()
    return Yardsticks(norms, mdc95, report.get("side_colours", DEFAULT_COLOURS))


def read_headlines(metrics: Path | str) -> pd.DataFrame:
    """Read the headline outcomes alone from a long table of metrics (Parquet), some rows at a time."""
    starts = tuple({start for headline in HEADLINES for start in headline.metrics})
    columns = [*_READ, *(name for name in _WHO if name in parquet_columns(Path(metrics)))]
    blocks = parquet_blocks(Path(metrics), columns=columns)
    return pd.concat([block[block["metric"].str.startswith(starts)] for block in blocks], ignore_index=True)


def overview_figures(
    metrics: pd.DataFrame | None, held: Yardsticks | None = None
) -> Iterator[tuple[Figure, tuple[str, ...], dict]]:
    """Yield one figure per task, condition and footwear (and per 12 participants) with its name and index row."""
    if metrics is None or metrics.empty:
        return
    held = held or Yardsticks()
    filled = metrics[metrics["value"].notna()]
    for (task, condition, footwear), table in filled.groupby(["task", "condition", "footwear"], sort=False):
        shown = [(headline, name) for headline in headlines(str(task)) if (name := headline_metric(table, headline))]
        if not shown:
            continue
        people = list(dict.fromkeys(table["participant"]))
        for page, first in enumerate(range(0, len(people), PER_PAGE), 1):
            these = people[first : first + PER_PAGE]
            part = table[table["participant"].isin(these)]
            pages = f"page {page} of {-(-len(people) // PER_PAGE)}" if len(people) > PER_PAGE else ""
            subtitle = _title(str(task), str(condition), str(footwear), pages)
            figure, named = _figure(part, these, shown, subtitle, held)
            row = {"kind": "overview", "participant": ", ".join(map(str, these)), "task": task, "condition": condition}
            row |= {"footwear": footwear, "n_cycles": part["cycle"].nunique(), "reference": "; ".join(named)}
            row["session"] = ", ".join(map(str, dict.fromkeys(part["session"])))
            parts = ("overview", str(task), str(condition), str(footwear), f"page{page}" if pages else "")
            yield figure, parts, row


def headline_metric(table: pd.DataFrame, headline: Headline) -> str | None:
    """Return the first metric of the headline that has values, by preference over the whole loaded phase."""
    names = list(dict.fromkeys(table["metric"]))
    for start in headline.metrics:
        found = [name for name in names if str(name).startswith(start)]
        if found:
            windows = [*_WINDOWS, *(str(name).rsplit("__", 1)[-1] for name in found)]
            return str(min(found, key=lambda name: windows.index(str(name).rsplit("__", 1)[-1])))
    return None


def _title(task: str, condition: str, footwear: str, pages: str) -> str:
    parts = [task_title(task).capitalize(), f"condition: {condition}" if condition else ""]
    parts += [f"footwear: {footwear}" if footwear else "", pages]
    return "  ·  ".join(part for part in parts if part)


def _figure(
    table: pd.DataFrame, people: list, shown: list[tuple[Headline, str]], subtitle: str, held: Yardsticks
) -> tuple[Figure, list[str]]:
    """Draw a page; also returns the populations of the norms that it shows."""
    task = str(table["task"].iloc[0])
    found = [_fitting(table, people, held.norms.get(task, {}).get(name)) for _, name in shown]
    named = list(dict.fromkeys(norm for *_, norm in found if norm))
    marks = any(np.isfinite(held.mdc(task, name)) for _, name in shown)
    notes = [f"Grey: mean ± SD of {norm}." for norm in named]
    if marks:
        notes.append(
            "Bar on the right: MDC95, the smallest change between visits that is larger than measurement error."
        )
    bottom = 0.55 + 0.11 * len(notes)
    height = 0.80 + 1.55 * len(shown) + bottom
    figure = Figure(figsize=(8.27, height))
    figure.text(0.035, 1 - 0.30 / height, "Headline outcomes", fontsize=11, fontweight="bold")
    figure.text(0.035, 1 - 0.48 / height, subtitle, fontsize=8.5, color="#333333")
    figure.text(0.035, 0.06 / height, "\n".join(notes), fontsize=5.8, color="#444444", va="bottom", linespacing=1.3)
    sessions = list(dict.fromkeys(table["session"]))
    sides = [side for side in SIDES if (table["side"] == side).any()]
    handles = _handles(table, sessions, sides, SIDE_COLOURS[held.colours])
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.028, 1 - 0.55 / height),
        ncols=len(handles) if len(handles) <= 6 else -(-len(handles) // 2),
        columnspacing=1.4,
        borderaxespad=0,
        labelspacing=0.3,
    )
    grid = figure.add_gridspec(
        len(shown), 1, left=0.105, right=0.975, bottom=bottom / height, top=1 - 1.02 / height, hspace=0.30
    )
    for i, ((headline, name), fits) in enumerate(zip(shown, found, strict=True)):
        axes = figure.add_subplot(grid[i])
        part = table[table["metric"] == name]
        unit, mdc = str(part["unit"].iloc[0]), held.mdc(task, name)
        bands = _draw_norm(axes, fits)
        _dots(axes, part, people, sessions, sides, SIDE_COLOURS[held.colours])
        low, high = span(np.concatenate([part["value"].to_numpy(float), bands]), unit, mdc)
        axes.set_ylim(low, high)
        if low < 0 < high:
            axes.axhline(0, color="#8A8A8A", lw=0.5, zorder=0.5)
        if np.isfinite(mdc):
            _draw_mdc(axes, mdc, (low + high) / 2, len(people))
        label_ends(axes, headline.ends, {"degree": "degrees", "N m kg-1": "N·m/kg", "1": ""}.get(unit, unit))
        axes.text(0, 1.03, headline.title, transform=axes.transAxes, fontsize=8, fontweight="bold", va="bottom")
        axes.text(1, 1.03, name, transform=axes.transAxes, fontsize=5.8, color="#444444", ha="right", va="bottom")
        axes.set_xticks(range(len(people)), people if i == len(shown) - 1 else [""] * len(people))
        if i == len(shown) - 1:
            axes.set_xlabel("Participant")
    return figure, named


def span(values: np.ndarray, unit: str, mdc: float) -> tuple[float, float]:
    """Return the ends of a vertical axis: it holds the values, and is never so short that noise would fill it.

    Parameters
    ----------
    values : (n,) array
        All that is drawn.
    unit : str
    mdc : float
        Minimal detectable change, NaN where unknown.
    """
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    least = np.nanmax([_LEAST_SPAN.get(unit, 0.0), _MDC_SPANS * mdc, 1.1 * (high - low), 1e-3])
    middle = (low + high) / 2
    return middle - least / 2, middle + least / 2


_Fits = tuple[Norm | None, list[int], str]  # norm, places of the people whom it fits, its population and source


def _fitting(table: pd.DataFrame, people: list, norm: Norm | None) -> _Fits:
    """Return whom of the people a norm fits."""
    if norm is None:
        return None, [], ""
    footwear, places = str(table["footwear"].iloc[0]), []
    for place, person in enumerate(people):
        first = table[table["participant"] == person].iloc[0]
        age = next((pd.to_numeric(first[name], errors="coerce") for name in AGE_COLUMNS if name in table), np.nan)
        sex = str(first["sex"]) if "sex" in table else "unknown"
        if not misfit(norm, Person(float(age), sex), footwear):
            places.append(place)
    return norm, places, f"{norm.population} ({norm.source})" if places else ""


def _draw_norm(axes: Axes, fits: _Fits) -> np.ndarray:
    """Draw the band behind those whom it fits, and return its ends."""
    norm, places, _ = fits
    if norm is None or not places:
        return np.empty(0)
    ends = np.array([norm.mean - norm.sd, norm.mean + norm.sd])
    for place in places:
        axes.fill_between([place - 0.5, place + 0.5], *ends, facecolor=NORM_FACE, lw=0, zorder=0.2)
        axes.hlines(norm.mean, place - 0.5, place + 0.5, color=NORM_EDGE, lw=0.8, zorder=0.3)
    return ends


def _draw_mdc(axes: Axes, mdc: float, middle: float, n: int) -> None:
    """Draw the minimal detectable change as a bar of its length at the right end."""
    x = n - 0.5 - 0.012 * n
    axes.errorbar([x], [middle], yerr=mdc / 2, color="black", lw=1.2, capsize=2.5, capthick=1.2, zorder=4)
    axes.annotate(
        "MDC95", (x, middle), (-3, 0), textcoords="offset points", ha="right", va="center", rotation=90, fontsize=5.8
    )


def _dots(
    axes: Axes, table: pd.DataFrame, people: list, sessions: list, sides: list[str], colours: Mapping[str, str]
) -> None:
    n_places = len(sides) * len(sessions) + len(sides) - 1  # one place left free between the sides
    step = 0.76 / max(n_places, 5)
    offsets = (np.arange(n_places) - (n_places - 1) / 2) * step
    for p, person in enumerate(people):
        if p:
            axes.axvline(p - 0.5, color="#DDDDDD", lw=0.5, zorder=0)
        for s, side in enumerate(sides):
            means = []
            for k, session in enumerate(sessions):
                chosen = (table["participant"] == person) & (table["side"] == side) & (table["session"] == session)
                values = table.loc[chosen, "value"].to_numpy()
                x = p + offsets[s * (len(sessions) + 1) + k]
                if not values.size:
                    continue
                axes.plot(
                    np.full(values.size, x - 0.25 * step),
                    values,
                    linestyle="",
                    marker=SESSION_MARKER[k % 6],
                    ms=2.4,
                    mfc="none",
                    mec=colours[side],
                    mew=0.5,
                    alpha=0.7,
                )
                means.append((x + 0.1 * step, values.mean(), k))
            if means:
                axes.plot(*zip(*[m[:2] for m in means], strict=True), color=colours[side], lw=0.9, zorder=2.5)
            for x, mean, k in means:
                axes.plot(
                    x, mean, marker=SESSION_MARKER[k % 6], ms=6, mfc=colours[side], mec="black", mew=0.7, zorder=3
                )
    axes.set_xlim(-0.5, len(people) - 0.5)
    axes.tick_params(axis="x", length=0)


def _handles(table: pd.DataFrame, sessions: list, sides: list[str], colours: Mapping[str, str]) -> list[Line2D]:
    handles = [
        Line2D([], [], marker="o", ls="", ms=6, mfc=colours[side], mec="black", mew=0.7, label=side.capitalize())
        for side in sides
    ]
    for k, session in enumerate(sessions):
        label = str(table.loc[table["session"] == session, "label"].iloc[0])
        name = f"{session} ({label})" if label and label != session else str(session)
        marker = SESSION_MARKER[k % 6]
        handles.append(Line2D([], [], marker=marker, ls="", ms=6, mfc="white", mec="black", label=f"session {name}"))
    handles.append(Line2D([], [], marker="o", ls="", ms=2.4, mfc="none", mec="#555555", mew=0.5, label="single cycles"))
    handles.append(
        Line2D(
            [],
            [],
            marker="o",
            ls="-",
            lw=0.9,
            ms=6,
            mfc="#555555",
            mec="black",
            color="#555555",
            label="mean, joined over sessions",
        )
    )
    return handles
