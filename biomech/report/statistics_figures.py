"""Figures of statistical results: forest plots, Bland–Altman plots, curves with suprathreshold clusters."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from biomech.report.formatting import number, unit_text
from biomech.report.statistics_data import CurveTest, Line
from biomech.report.statistics_tables import estimate_text, interval_text, outcome_title, side_title, term_title

LEVEL_COLOUR = ("#004A80", "#D98200", "#009E73", "#CC79A7", "#56B4E9", "#000000")
LEVEL_LINE: tuple[Any, ...] = ("-", (0, (4.5, 1.6)), (0, (1.2, 1.4)), (0, (6, 1.5, 1.2, 1.5)), (0, (9, 2)), (0, (2, 2)))
CLUSTER = "#D5D5D5"


def forest(rows: pd.DataFrame, title: str, subtitle: str) -> Figure:
    """Draw estimates of one unit with their intervals below each other.

    Parameters
    ----------
    rows : pd.DataFrame
        Rows of the table of results, all of one unit, with an estimate.
    title, subtitle : str
    """
    labels = [_row_label(row) for row in rows.to_dict("records")]
    texts = [
        f"{estimate_text(row)}" + (f" ({band})" if (band := interval_text(row)) else "")
        for row in rows.to_dict("records")
    ]
    left, right = 0.058 * max(map(len, labels)) + 0.25, 0.062 * max(map(len, texts)) + 0.2
    width, height = max(left + 3.0 + right, 5.5), 0.8 + 0.27 * len(rows) + 0.5
    figure = titled(width, height, title, subtitle)
    axes = figure.add_axes((left / width, 0.45 / height, (width - left - right) / width, 0.27 * len(rows) / height))
    y = np.arange(len(rows))
    estimate = rows["estimate"].to_numpy(float)
    axes.hlines(y, rows["low"], rows["high"], color=LEVEL_COLOUR[0], lw=1.4, zorder=2)
    axes.plot(estimate, y, ls="", marker="s", ms=4.5, color=LEVEL_COLOUR[0], zorder=3)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(y, labels)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.06)
    if (rows["contrast"].fillna("") != "").all():
        axes.plot(0, 0, ls="", marker="")  # a difference is read against none
    low, high = axes.get_xlim()
    if low <= 0 <= high:
        axes.axvline(0, color="#555555", lw=0.7, zorder=1)
    for place, text in zip(y, texts, strict=True):
        axes.text(1.02, float(place), text, transform=axes.get_yaxis_transform(), va="center", fontsize=6.5)
    unit = unit_text(str(rows["unit"].iloc[0]))
    axes.set_xlabel(f"estimate ({unit})" if unit else "estimate")
    return figure


def bland_altman(
    values: pd.DataFrame, lines: Mapping[str, Mapping[Any, Any]], unit: str, title: str, subtitle: str
) -> Figure:
    """Draw the difference of two measurements over their mean, with mean difference and limits of agreement.

    Parameters
    ----------
    values : pd.DataFrame
        One row per participant and two columns, the second minus the first as in the table of results.
    lines : mapping
        ``bias``, ``limit_of_agreement_low`` and ``limit_of_agreement_high`` to their rows of the table: estimate, low and high.
    unit, title, subtitle : str
    """
    first, second = values.columns[:2]
    both = values.dropna()
    mean, difference = both.mean(axis=1).to_numpy(), (both[second] - both[first]).to_numpy()
    figure = titled(5.4, 3.7, title, subtitle)
    axes = figure.add_axes((0.135, 0.15, 0.63, 0.66))
    axes.plot(mean, difference, ls="", marker="o", ms=4.5, mfc=LEVEL_COLOUR[0], mec="black", mew=0.4, zorder=3)
    axes.axhline(0, color="#8A8A8A", lw=0.5, zorder=0.5)
    for term, name in _AGREEMENT.items():
        row = lines.get(term)
        if row is None or not np.isfinite(row["estimate"]):
            continue
        colour, line = ("black", "-") if term == "bias" else ("#D55E00", (0, (4.5, 1.6)))
        if np.isfinite(row["low"]) and np.isfinite(row["high"]):
            axes.axhspan(row["low"], row["high"], color=colour, alpha=0.10, lw=0, zorder=0)
        axes.axhline(row["estimate"], color=colour, linestyle=line, lw=1.0, zorder=2)
        text = f"{name}: {number(row['estimate'], unit)}"
        place = axes.get_yaxis_transform()
        axes.text(1.015, row["estimate"], text, transform=place, va="center", fontsize=6.5, color=colour)
    axes.set_xlabel(with_unit(f"mean of {first} and {second}", unit))
    axes.set_ylabel(with_unit(f"{second} − {first}", unit))
    axes.margins(x=0.1)
    return figure


_AGREEMENT = {"bias": "mean", "limit_of_agreement_high": "+1.96 SD", "limit_of_agreement_low": "−1.96 SD"}


def curves_with_clusters(
    test: CurveTest, clusters: pd.DataFrame, unit: str, title: str, subtitle: str, labels: tuple[str, str]
) -> Figure:
    """Draw the mean curves that were tested, their difference with its interval, and the statistic with its threshold.

    Mean curves have intervals between participants where levels are of different ones; of the same participants, only the
    difference has one.

    Parameters
    ----------
    test : CurveTest
    clusters : pd.DataFrame
        ``start_percent``, ``end_percent`` and ``p`` of suprathreshold clusters.
    unit, title, subtitle : str
    labels : tuple of str
        Of the horizontal and the vertical axis.
    """
    heights = [*([1.75] if test.levels else []), *([1.3] if test.difference else []), 1.15]
    width, top, gap = 5.6, 0.95, 0.16
    height = top + sum(heights) + gap * (len(heights) - 1) + 0.5
    figure = titled(width, height, title, subtitle)
    panels, at = [], height - top
    for size in heights:
        at -= size
        panels.append(figure.add_axes((0.75 / width, at / height, (width - 0.95) / width, size / height)))
        at -= gap
    confidence = f"{100 * test.confidence:g} % CI"
    handles: list[Any] = []
    if test.levels:
        for i, level in enumerate(test.levels):
            band = confidence if not test.within and draw(panels[0], test.percent, level, i) else ""
            if test.within:
                draw(panels[0], test.percent, level, i, band=False)
            parts = [f"{level.name}: mean" if level.name else "mean", band, f"n = {level.n}"]
            handles.append(handle(i, ", ".join(filter(None, parts))))
        panels[0].set_ylabel(with_unit(labels[1], unit))
    if test.difference is not None:
        below = panels[-2]
        draw(below, test.percent, test.difference, 5)
        below.axhline(0, color="#8A8A8A", lw=0.5, zorder=0.5)
        below.set_ylabel(with_unit("difference", unit))
        handles.append(handle(5, f"{test.difference.name.replace(' - ', ' − ')}: mean, {confidence}"))
    handles += _statistic(panels[-1], test)
    for panel in panels:
        for row in clusters.to_dict("records"):
            panel.axvspan(row["start_percent"], row["end_percent"], color=CLUSTER, lw=0, zorder=0)
        panel.set_xlim(0, 100)
        with_zero(panel)
    for panel in panels[:-1]:
        panel.set_xticklabels([])
    panels[-1].set_xlabel(labels[0])
    if len(clusters):
        handles.append(Patch(facecolor=CLUSTER, label="suprathreshold cluster"))
        for row in clusters.to_dict("records"):
            middle = (row["start_percent"] + row["end_percent"]) / 2
            text = f"p {'< 0.001' if row['p'] < 0.0005 else '= ' + format(row['p'], '.3f')}"
            place = panels[0].get_xaxis_transform()
            panels[0].text(middle, 1.005, text, transform=place, fontsize=6, ha="center", va="bottom")
    else:
        handles.append(Line2D([], [], ls="", label="no suprathreshold cluster"))
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.12 / width, 1 - 0.48 / height),
        ncols=2,
        fontsize=6.5,
        borderaxespad=0,
        columnspacing=1.2,
    )
    return figure


def draw(axes: Axes, percent: np.ndarray, line: Line, place: int, band: bool = True) -> bool:
    """Draw a curve, and its interval if there is one; return whether there is."""
    colour = LEVEL_COLOUR[place % 6]
    known = band and bool(np.isfinite(line.low).all())
    if known:
        axes.fill_between(percent, line.low, line.high, color=colour, alpha=0.22, lw=0, zorder=1.5)
    axes.plot(percent, line.mean, color=colour, linestyle=_dashes(place), lw=1.5, zorder=3)
    return known


def _dashes(place: int) -> Any:
    return "-" if place == 5 else LEVEL_LINE[place % 6]  # 5: the difference


def handle(place: int, label: str) -> Line2D:
    """Return the entry of the legend for the curve of a place (5: the difference)."""
    return Line2D([], [], color=LEVEL_COLOUR[place % 6], linestyle=_dashes(place), lw=1.5, label=label)


def _statistic(axes: Axes, test: CurveTest) -> list[Line2D]:
    """Draw the statistic with its threshold; F and T² have one, t has two."""
    axes.plot(test.percent, test.statistic, color="black", lw=1.2, zorder=3)
    signs = (1, -1) if test.name.startswith("t") else (1,)
    axes.set_ylabel(test.name or "test statistic")
    if not np.isfinite(test.threshold):
        return []
    for sign in signs:
        line = np.full(len(test.percent), sign * test.threshold)
        axes.plot(test.percent, line, color="#D55E00", lw=0.9, ls=(0, (4.5, 1.6)))
    text = f"critical value {'±' if len(signs) > 1 else ''}{test.threshold:.2f}"
    return [Line2D([], [], color="#D55E00", lw=0.9, ls=(0, (4.5, 1.6)), label=text)]


def _row_label(row: Mapping[Any, Any]) -> str:
    parts = [outcome_title(row["outcome"]), side_title(row["side"]), term_title(row)]
    text = "  ".join(part for part in parts if part)
    return text if len(text) <= 90 else f"{text[:88]}…"


def titled(width: float, height: float, title: str, subtitle: str) -> Figure:
    """Return a figure with a title and a line below it; sizes in inches."""
    figure = Figure(figsize=(width, height))
    figure.text(0.15 / width, 1 - 0.25 / height, _fit(title, width, 10), fontsize=10, fontweight="bold")
    figure.text(0.15 / width, 1 - 0.41 / height, _fit(subtitle, width, 7.5), fontsize=7.5, color="#333333")
    return figure


def _fit(text: str, width: float, size: float) -> str:
    return textwrap.shorten(text, max(int((width - 0.3) * 72 / (0.58 * size)), 20), placeholder=" …")


def with_unit(label: str, unit: str) -> str:
    """Return a label of an axis with its unit."""
    shown = unit_text(unit)
    return f"{label} ({shown})" if shown else label


def with_zero(axes: Axes) -> None:
    """Draw a thin line at zero if the axis holds it."""
    low, high = axes.get_ylim()
    if low < 0 < high:
        axes.axhline(0, color="#8A8A8A", lw=0.5, zorder=0.5)
