"""Figures of statistical results: forest plots, raincloud and spaghetti plots, Bland–Altman, curves with clusters."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy.stats import gaussian_kde, t

from biomech.report.statistics_tables import estimate_text, outcome_title, term_title
from biomech.report.text_tables import interval, number, unit_text

LEVEL_COLOUR = ("#004A80", "#D98200", "#009E73", "#CC79A7", "#56B4E9", "#000000")
LEVEL_LINE: tuple[Any, ...] = ("-", (0, (4.5, 1.6)), (0, (1.2, 1.4)), (0, (6, 1.5, 1.2, 1.5)), (0, (9, 2)), (0, (2, 2)))
MIN_CLOUD = 8  # participants below which a density would be invented
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
        f"{estimate_text(row)}" + (f" ({band})" if (band := interval(row["low"], row["high"], row["unit"])) else "")
        for row in rows.to_dict("records")
    ]
    left, right = 0.058 * max(map(len, labels)) + 0.25, 0.062 * max(map(len, texts)) + 0.2
    width, height = max(left + 3.0 + right, 5.5), 0.8 + 0.27 * len(rows) + 0.5
    figure = _titled(width, height, title, subtitle)
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


def raincloud(values: pd.DataFrame, unit: str, title: str, subtitle: str, label: str) -> Figure:
    """Draw participants' values per level: density, box and dots; those of one participant are joined (spaghetti).

    Parameters
    ----------
    values : pd.DataFrame
        One row per participant, one column per level; missing where a participant has not that level.
    unit : str
    title, subtitle, label : str
        The label is that of the vertical axis, without unit.
    """
    levels = list(values.columns)
    width, height = max(1.1 + 1.5 * len(levels), 4.6), 4.0
    figure = _titled(width, height, title, subtitle)
    axes = figure.add_axes((0.75 / width, 0.62 / height, (width - 0.9) / width, (height - 1.3) / height))
    paired = values.dropna()
    for row in paired.to_numpy():
        axes.plot(np.arange(len(levels)) + 0.0, row, color="#9A9A9A", lw=0.6, zorder=1)
    ticks = []
    for i, level in enumerate(levels):
        own = values[level].dropna().to_numpy()
        ticks.append(f"{level}\nn = {len(own)}")
        if not len(own):
            continue
        colour, outward = LEVEL_COLOUR[i % 6], -1 if i == 0 else 1
        axes.plot(np.full(len(own), i), own, ls="", marker="o", ms=3.6, mfc=colour, mec="black", mew=0.4, zorder=3)
        at = i + 0.14 * outward
        if len(own) >= 3:
            axes.boxplot(
                own,
                positions=[at],
                widths=0.09,
                showfliers=False,
                patch_artist=True,
                manage_ticks=False,
                boxprops={"facecolor": colour, "alpha": 0.45, "lw": 0.6},
                medianprops={"color": "black", "lw": 1.0},
                whiskerprops={"lw": 0.6},
                capprops={"lw": 0.6},
            )
        if len(own) >= MIN_CLOUD and np.ptp(own) > 0:
            grid = np.linspace(own.min() - 0.1 * np.ptp(own), own.max() + 0.1 * np.ptp(own), 200)
            density = gaussian_kde(own)(grid)
            edge = i + 0.22 * outward
            axes.fill_betweenx(
                grid, edge, edge + 0.22 * outward * density / density.max(), color=colour, alpha=0.45, lw=0.5, zorder=1
            )
    axes.set_xlim(-0.6, len(levels) - 0.4)
    axes.set_xticks(range(len(levels)), ticks)
    axes.tick_params(axis="x", length=0)
    _with_zero(axes)
    axes.set_ylabel(_with_unit(label, unit))
    notes = ["dots: participants; box: median and quartiles"]
    notes += ["lines join one participant" if len(paired) and len(levels) > 1 else ""]
    if min(values.notna().sum()) < MIN_CLOUD:
        notes.append(f"no density for fewer than {MIN_CLOUD} participants")
    figure.text(0.15 / width, 0.1 / height, "; ".join(filter(None, notes)), fontsize=5.8, color="#444444")
    return figure


def bland_altman(values: pd.DataFrame, unit: str, title: str, subtitle: str) -> Figure:
    """Draw the difference of two levels over their mean, with mean difference and limits of agreement.

    Limits are mean difference ± 1.96 standard deviations of the differences (Bland & Altman 1986), drawn with the 95 %
    intervals of all three (standard errors sd/√n and √3 sd/√n) where three participants or more have both.
    """
    first, second = values.columns[:2]
    both = values.dropna()
    mean, difference = both.mean(axis=1).to_numpy(), (both[first] - both[second]).to_numpy()
    figure = _titled(5.4, 3.7, title, subtitle)
    axes = figure.add_axes((0.135, 0.15, 0.63, 0.66))
    axes.plot(mean, difference, ls="", marker="o", ms=4.5, mfc=LEVEL_COLOUR[0], mec="black", mew=0.4, zorder=3)
    axes.axhline(0, color="#8A8A8A", lw=0.5, zorder=0.5)
    if len(both) >= 3:
        bias, sd = float(difference.mean()), float(difference.std(ddof=1))
        half = t.ppf(0.975, len(both) - 1) * sd / np.sqrt(len(both))
        lines = (
            ("mean", bias, half),
            ("+1.96 SD", bias + 1.96 * sd, half * np.sqrt(3)),
            ("−1.96 SD", bias - 1.96 * sd, half * np.sqrt(3)),
        )
        for name, at, band in lines:
            colour, line = ("black", "-") if name == "mean" else ("#D55E00", (0, (4.5, 1.6)))
            axes.axhspan(at - band, at + band, color=colour, alpha=0.10, lw=0, zorder=0)
            axes.axhline(at, color=colour, linestyle=line, lw=1.0, zorder=2)
            text = f"{name}: {number(at, unit)}"
            axes.text(1.015, at, text, transform=axes.get_yaxis_transform(), va="center", fontsize=6.5, color=colour)
    axes.set_xlabel(_with_unit(f"mean of {first} and {second}", unit))
    axes.set_ylabel(_with_unit(f"{first} − {second}", unit))
    axes.margins(x=0.1)
    return figure


def curves_with_clusters(
    curves: Mapping[str, pd.DataFrame],
    clusters: pd.DataFrame,
    unit: str,
    title: str,
    subtitle: str,
    labels: tuple[str, str],
    field: pd.DataFrame | None = None,
) -> Figure:
    """Draw mean curves of each level with 95 % intervals, and where the test's statistic passes its threshold.

    Parameters
    ----------
    curves : mapping
        Per level, one row per participant over percent; empty for a test of vectors or of a slope, of which only the
        statistic is drawn.
    clusters : pd.DataFrame
        ``start_percent``, ``end_percent`` and ``p`` of stretches beyond the threshold.
    unit, title, subtitle : str
    labels : tuple of str
        Of the horizontal and the vertical axis.
    field : pd.DataFrame, optional
        ``percent``, ``statistic``, ``threshold`` and ``name`` (with degrees of freedom) of the test, drawn below.
    """
    height = 3.6 if field is None else 5.2 if curves else 2.75
    width = 5.6
    figure = _titled(width, height, title, subtitle)
    below = 0.0 if field is None else 1.45
    upper = (
        figure.add_axes((0.75 / width, (0.55 + below) / height, (width - 0.95) / width, 2.05 / height))
        if curves
        else None
    )
    handles: list[Any] = []
    for i, (level, table) in enumerate(curves.items()):
        if upper is None or not len(table):
            continue
        percent, mean = table.columns.to_numpy(float), table.mean().to_numpy()
        colour, line = LEVEL_COLOUR[i % 6], LEVEL_LINE[i % 6]
        if len(table) > 1:
            half = t.ppf(0.975, len(table) - 1) * table.std(ddof=1).to_numpy() / np.sqrt(len(table))
            upper.fill_between(percent, mean - half, mean + half, color=colour, alpha=0.22, lw=0, zorder=1.5)
        upper.plot(percent, mean, color=colour, linestyle=line, lw=1.5, zorder=3)
        handles.append(
            Line2D(
                [], [], color=colour, linestyle=line, lw=1.5, label=f"{level}: mean, 95 % interval, n = {len(table)}"
            )
        )
    panels = [] if upper is None else [upper]
    if field is not None:
        panels.append(figure.add_axes((0.75 / width, 0.5 / height, (width - 0.95) / width, 1.15 / height)))
        lower = panels[-1]
        lower.plot(field["percent"], field["statistic"], color="black", lw=1.2, zorder=3)
        name = str(field["name"].iloc[0]) if "name" in field else "test statistic"
        # F and T² have one threshold
        signs = (1, -1) if name.startswith("t(") or (field["statistic"] < 0).any() else (1,)
        for sign in signs:
            lower.plot(field["percent"], sign * field["threshold"], color="#D55E00", lw=0.9, ls=(0, (4.5, 1.6)))
        critical = float(field["threshold"].iloc[0])
        if np.isfinite(critical):
            text = f"critical value {'±' if len(signs) > 1 else ''}{critical:.2f}"
            handles.append(Line2D([], [], color="#D55E00", lw=0.9, ls=(0, (4.5, 1.6)), label=text))
        lower.set_ylabel(name)
        if upper is not None:
            upper.set_xticklabels([])
    for panel in panels:
        for row in clusters.to_dict("records"):
            panel.axvspan(row["start_percent"], row["end_percent"], color=CLUSTER, lw=0, zorder=0)
        panel.set_xlim(0, 100)
        _with_zero(panel)
    panels[-1].set_xlabel(labels[0])
    if upper is not None:
        upper.set_ylabel(_with_unit(labels[1], unit))
    if len(clusters):
        handles.append(Patch(facecolor=CLUSTER, label="beyond the threshold"))
        for row in clusters.to_dict("records"):
            middle = (row["start_percent"] + row["end_percent"]) / 2
            text = f"p {'< 0.001' if row['p'] < 0.0005 else '= ' + format(row['p'], '.3f')}"
            panels[0].text(
                middle, 1.005, text, transform=panels[0].get_xaxis_transform(), fontsize=6, ha="center", va="bottom"
            )
    else:
        handles.append(Line2D([], [], ls="", label="nothing beyond the threshold"))
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.12 / width, 1 - 0.5 / height),
        ncols=2,
        fontsize=6.5,
        borderaxespad=0,
        columnspacing=1.2,
    )
    return figure


def _row_label(row: Mapping[Any, Any]) -> str:
    parts = [outcome_title(row["outcome"]), str(row["side"] or ""), term_title(row)]
    text = "  ".join(part for part in parts if part)
    return text if len(text) <= 90 else f"{text[:88]}…"


def _titled(width: float, height: float, title: str, subtitle: str) -> Figure:
    figure = Figure(figsize=(width, height))
    figure.text(0.15 / width, 1 - 0.25 / height, _fit(title, width, 10), fontsize=10, fontweight="bold")
    figure.text(0.15 / width, 1 - 0.41 / height, _fit(subtitle, width, 7.5), fontsize=7.5, color="#333333")
    return figure


def _fit(text: str, width: float, size: float) -> str:
    return textwrap.shorten(text, max(int((width - 0.3) * 72 / (0.58 * size)), 20), placeholder=" …")


def _with_unit(label: str, unit: str) -> str:
    shown = unit_text(unit)
    return f"{label} ({shown})" if shown else label


def _with_zero(axes: Axes) -> None:
    low, high = axes.get_ylim()
    if low < 0 < high:
        axes.axhline(0, color="#8A8A8A", lw=0.5, zorder=0.5)


def level_order(levels: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return levels in the order in which they are known (that of the study), the others last."""
    return sorted(levels, key=lambda level: list(known).index(level) if level in known else len(known))
