"""Raincloud plots of two levels with the mean difference that was tested, and scatter plots of two quantities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import gaussian_kde

from biomech.report.formatting import interval, number
from biomech.report.statistics_figures import LEVEL_COLOUR, titled, with_unit, with_zero

MIN_CLOUD = 8  # participants below which a density would be invented
_DIFFERENCE = "#4D4D4D"


def raincloud(
    values: pd.DataFrame,
    row: Mapping[Any, Any],
    design: str,
    unit: str,
    title: str,
    subtitle: str,
    label: str,
) -> Figure:
    """Draw participants' values per level and, next to them, the difference as the table of results has it.

    Parameters
    ----------
    values : pd.DataFrame
        One row per participant, one column per level, the reference first; missing where a participant has not that level.
    row : mapping
        Of the table of results: ``estimate``, ``low``, ``high``, ``confidence``, ``contrast``.
    design : str
        ``within``: values of one participant are joined, and their differences drawn as dots.
    unit, title, subtitle, label : str
        The label is that of the vertical axis, without unit.
    """
    levels = list(values.columns)
    left, right, height = 1.1 + 1.5 * len(levels), 2.3, 4.0
    width = left + right
    figure = titled(width, height, title, subtitle)
    below, tall = 0.62 / height, (height - 1.3) / height
    axes = figure.add_axes((0.75 / width, below, (left - 0.9) / width, tall))
    paired = values.dropna() if design == "within" else values.iloc[:0]
    for pair in paired.to_numpy():
        axes.plot(np.arange(len(levels)) + 0.0, pair, color="#9A9A9A", lw=0.6, zorder=1)
    ticks = []
    for i, level in enumerate(levels):
        own = values[level].dropna().to_numpy()
        ticks.append(f"{level}\nn = {len(own)}")
        _cloud(axes, own, i, -1 if i == 0 else 1, LEVEL_COLOUR[i % 6])
        if len(own):
            axes.plot([i - 0.09, i + 0.09], [own.mean()] * 2, color="black", lw=2.0, solid_capstyle="butt", zorder=4)
    axes.set_xlim(-0.6, len(levels) - 0.4)
    axes.set_xticks(range(len(levels)), ticks)
    axes.tick_params(axis="x", length=0)
    with_zero(axes)
    axes.set_ylabel(with_unit(label, unit))
    right_axes = figure.add_axes(((left + 0.65) / width, below, (right - 0.8) / width, tall))
    difference = (paired.iloc[:, 1] - paired.iloc[:, 0]).to_numpy() if len(levels) == 2 else np.zeros(0)
    _difference(right_axes, difference, row, unit)
    notes = ["dots: participants; bar: mean", "lines join one participant" if len(paired) else ""]
    notes.append(f"right: estimated difference with its {100 * float(row['confidence']):g} % interval")
    if min(values.notna().sum()) < MIN_CLOUD:
        notes.append(f"no density for fewer than {MIN_CLOUD}")
    figure.text(0.15 / width, 0.1 / height, "; ".join(filter(None, notes)), fontsize=5.8, color="#444444")
    return figure


def _difference(axes: Axes, dots: np.ndarray, row: Mapping[Any, Any], unit: str) -> None:
    """Draw the estimate of the table with its interval, and the participants' differences where they have them."""
    _cloud(axes, dots, -0.22, -1, _DIFFERENCE)
    estimate, low, high = (float(row[name]) for name in ("estimate", "low", "high"))
    if np.isfinite(low) and np.isfinite(high):
        axes.plot([0.12, 0.12], [low, high], color="black", lw=1.8, zorder=4)
    axes.plot([0.12], [estimate], ls="", marker="s", ms=6, color="black", zorder=5)
    axes.axhline(0, color="#8A8A8A", lw=0.7, zorder=0.5)
    axes.set_xlim(-0.75, 0.5)
    band = interval(low, high, unit)
    axes.set_xticks([0], [number(estimate, unit) + (f"\n({band})" if band else "")])
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel(with_unit(str(row["contrast"]).replace(" - ", " − "), unit))


def _cloud(axes: Axes, own: np.ndarray, at: float, outward: int, colour: str) -> None:
    """Draw dots, and their density where there are enough."""
    axes.plot(np.full(len(own), at), own, ls="", marker="o", ms=3.6, mfc=colour, mec="black", mew=0.4, zorder=3)
    if len(own) < MIN_CLOUD or not np.ptp(own) > 0:
        return
    grid = np.linspace(own.min() - 0.1 * np.ptp(own), own.max() + 0.1 * np.ptp(own), 200)
    density = gaussian_kde(own)(grid)
    edge = at + 0.14 * outward
    far = edge + 0.3 * outward * density / density.max()
    axes.fill_betweenx(grid, edge, far, color=colour, alpha=0.45, lw=0.5, zorder=1)


def scatter(
    values: pd.DataFrame, lines: Mapping[str, Mapping[Any, Any]], title: str, subtitle: str, labels: tuple[str, str]
) -> Figure:
    """Draw one quantity over another, one dot per participant, and the line of a regression if the table has one.

    Parameters
    ----------
    values : pd.DataFrame
        One row per participant: the other quantity, the outcome.
    lines : mapping
        Term to its row of the table of results: ``slope`` and ``intercept``, or a correlation.
    title, subtitle : str
    labels : tuple of str
        Of the horizontal and the vertical axis.
    """
    figure = titled(4.8, 3.9, title, subtitle)
    axes = figure.add_axes((0.15, 0.15, 0.8, 0.66))
    x, y = values.iloc[:, 0].to_numpy(), values.iloc[:, 1].to_numpy()
    axes.plot(x, y, ls="", marker="o", ms=4.5, mfc=LEVEL_COLOUR[0], mec="black", mew=0.4, zorder=3)
    if "slope" in lines and "intercept" in lines:
        ends = np.array([x.min(), x.max()])
        drawn = lines["intercept"]["estimate"] + lines["slope"]["estimate"] * ends
        axes.plot(ends, drawn, color="black", lw=1.4, zorder=2)
    row = next(iter(lines.values()))
    name = {"pearson_r": "r", "spearman_rho": "ρ", "slope": "slope"}.get(str(row["term"]), str(row["term"]))
    band = interval(row["low"], row["high"])
    text = f"{name} = {number(row['estimate'])}" + (f" ({band})" if band else "") + f", n = {len(values)}"
    axes.text(0.02, 1.02, text, transform=axes.transAxes, fontsize=7)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    return figure
