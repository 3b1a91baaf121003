"""Overview of a study: headline outcomes of every participant, side and session as dots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from biomech.io.table_files import parquet_blocks
from biomech.report.panels import HEADLINES, Headline, headlines, task_title
from biomech.report.style import SESSION_MARKER, SIDE_COLOUR

PER_PAGE = 12  # participants
_WINDOWS = ("stance", "contact", "cycle", "descent")  # of several windows, the first of these is shown
SIDES = ("left", "right", "both")
_UNITS = {"degree": "°", "N m kg-1": "N·m/kg", "1": ""}


_READ = ("participant", "session", "label", "task", "condition", "footwear", "side", "cycle", "metric", "value", "unit")


def read_headlines(metrics: Path | str) -> pd.DataFrame:
    """Read the headline outcomes alone from a long table of metrics (Parquet), some rows at a time."""
    starts = tuple({start for headline in HEADLINES for start in headline.metrics})
    blocks = parquet_blocks(Path(metrics), columns=_READ)
    return pd.concat([block[block["metric"].str.startswith(starts)] for block in blocks], ignore_index=True)


def overview_figures(metrics: pd.DataFrame | None) -> Iterator[tuple[Figure, tuple[str, ...], dict]]:
    """Yield one figure per task, condition and footwear (and per 12 participants) with its name and index row."""
    if metrics is None or metrics.empty:
        return
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
            figure = _figure(part, these, shown, _title(str(task), str(condition), str(footwear), pages))
            row = {"kind": "overview", "participant": ", ".join(map(str, these)), "task": task, "condition": condition}
            row |= {"footwear": footwear, "n_cycles": part["cycle"].nunique(), "reference": ""}
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


def _figure(table: pd.DataFrame, people: list, shown: list[tuple[Headline, str]], subtitle: str) -> Figure:
    height = 1.35 + 1.75 * len(shown)
    figure = Figure(figsize=(8.27, height))
    figure.text(0.035, 1 - 0.30 / height, "Headline outcomes", fontsize=11, fontweight="bold")
    figure.text(0.035, 1 - 0.48 / height, subtitle, fontsize=8.5, color="#333333")
    sessions = list(dict.fromkeys(table["session"]))
    sides = [side for side in SIDES if (table["side"] == side).any()]
    handles = _handles(table, sessions, sides)
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
        len(shown), 1, left=0.105, right=0.975, bottom=0.55 / height, top=1 - 1.12 / height, hspace=0.32
    )
    for i, (headline, name) in enumerate(shown):
        axes = figure.add_subplot(grid[i])
        part = table[table["metric"] == name]
        _dots(axes, part, people, sessions, sides)
        unit = str(part["unit"].iloc[0])
        unit = _UNITS.get(unit, unit)
        axes.set_ylabel(f"{headline.positive} ({unit})" if unit else headline.positive, labelpad=3)
        axes.text(0, 1.03, headline.title, transform=axes.transAxes, fontsize=8, fontweight="bold", va="bottom")
        axes.text(1, 1.03, name, transform=axes.transAxes, fontsize=5.8, color="#444444", ha="right", va="bottom")
        axes.set_xticks(range(len(people)), people if i == len(shown) - 1 else [""] * len(people))
        if i == len(shown) - 1:
            axes.set_xlabel("Participant")
    return figure


def _dots(axes: Axes, table: pd.DataFrame, people: list, sessions: list, sides: list[str]) -> None:
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
                    mec=SIDE_COLOUR[side],
                    mew=0.5,
                    alpha=0.7,
                )
                means.append((x + 0.1 * step, values.mean(), k))
            if means:
                axes.plot(*zip(*[m[:2] for m in means], strict=True), color=SIDE_COLOUR[side], lw=0.9, zorder=2.5)
            for x, mean, k in means:
                axes.plot(
                    x, mean, marker=SESSION_MARKER[k % 6], ms=6, mfc=SIDE_COLOUR[side], mec="black", mew=0.7, zorder=3
                )
    axes.set_xlim(-0.5, len(people) - 0.5)
    axes.tick_params(axis="x", length=0)
    low, high = axes.get_ylim()
    if low < 0 < high:
        axes.axhline(0, color="#8A8A8A", lw=0.5, zorder=0.5)


def _handles(table: pd.DataFrame, sessions: list, sides: list[str]) -> list[Line2D]:
    handles = [
        Line2D([], [], marker="o", ls="", ms=6, mfc=SIDE_COLOUR[side], mec="black", mew=0.7, label=side.capitalize())
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
