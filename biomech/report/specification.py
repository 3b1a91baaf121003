"""Figures of variants: the specification curve of one estimate, and shifts of headline metrics."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from biomech.config.variants import BASE
from biomech.report.style import SESSION_COLOUR, SESSION_MARKER

BASE_COLOUR, OTHER_COLOUR, PERSON_COLOUR = "#D55E00", "#004A80", "#9A9A9A"


def specification_curve(
    points: pd.DataFrame,
    options: pd.DataFrame,
    title: str,
    subtitle: str,
    label: str,
    people: pd.DataFrame | None = None,
) -> Figure:
    """Draw one estimate under every variant, sorted by size, above the options that make the variants.

    Parameters
    ----------
    points : pd.DataFrame
        One row per variant: ``variant``, ``estimate``, ``low``, ``high`` (missing without an interval).
    options : pd.DataFrame
        Of `biomech.study.variant_comparison.option_values`.
    title, subtitle, label : str
        What is estimated, of whom, and the label of the vertical axis with its unit.
    people : pd.DataFrame, optional
        Single participants behind the estimate: index names, columns variants.
    """
    points = points.sort_values("estimate", kind="stable").reset_index(drop=True)
    rows = [
        (str(name), str(value))
        for name in options.index
        for value in dict.fromkeys(options.loc[name, points["variant"]])
    ]
    shown = [[options.loc[name, variant] == value for variant in points["variant"]] for name, value in rows]
    texts = _row_texts(rows)
    above, below = 2.5, 0.21 * max(len(rows), 1) + 0.1
    names = 0.062 * max(map(len, points["variant"])) + 0.15
    height = 0.85 + above + below + names + 0.1
    left = max(0.062 * max([*map(len, texts), 0]) + 0.25, 1.0)
    width = max(left + 0.32 * len(points) + 0.5, 5.2)
    figure = Figure(figsize=(width, height))
    figure.text(0.15 / width, 1 - 0.27 / height, _fit(title, width, 10), fontsize=10, fontweight="bold")
    figure.text(0.15 / width, 1 - 0.44 / height, _fit(subtitle, width, 7.5), fontsize=7.5, color="#333333")
    box = (left / width, (width - left - 0.15) / width)
    top = figure.add_axes((box[0], (names + below + 0.2) / height, box[1], above / height))
    x = np.arange(len(points))
    is_base = (points["variant"] == BASE).to_numpy()
    if people is not None:
        for values in people[points["variant"]].to_numpy():
            top.plot(x, values, color=PERSON_COLOUR, lw=0.6, marker=".", ms=3, zorder=1)
    if points[["low", "high"]].notna().all(axis=1).any():
        for mine, colour in ((is_base, BASE_COLOUR), (~is_base, OTHER_COLOUR)):
            top.vlines(x[mine], points["low"][mine], points["high"][mine], color=colour, lw=1.2, zorder=2)
    estimate = points["estimate"].to_numpy(float)
    top.plot(x[~is_base], estimate[~is_base], ls="", marker="o", ms=5, color=OTHER_COLOUR, zorder=3)
    top.plot(x[is_base], estimate[is_base], ls="", marker="s", ms=6.5, color=BASE_COLOUR, mec="black", zorder=3)
    # zero is always in view: an axis cut to the points would make every difference look large
    low, high = top.get_ylim()
    margin = 0.05 * (max(high, 0) - min(low, 0))
    top.set_ylim(low if low < 0 else -margin, high if high > 0 else margin)
    top.axhline(0, color="#555555", lw=0.7, zorder=0.5)
    top.set_ylabel(label)
    top.set_xticks([])
    figure.legend(
        handles=_legend(points, people),
        loc="upper left",
        bbox_to_anchor=(0.12 / width, 1 - 0.5 / height),
        ncols=4,
        fontsize=6.5,
        handletextpad=0.4,
        columnspacing=1.2,
        borderaxespad=0,
    )
    bottom = figure.add_axes((box[0], (names + 0.1) / height, box[1], below / height))
    for i, there in enumerate(shown):
        bottom.plot(x, np.full(len(x), i), ls="", marker="o", ms=3, color="#DADADA", zorder=1)
        for mine, colour in ((is_base, BASE_COLOUR), (~is_base, OTHER_COLOUR)):
            bottom.plot(x[there & mine], np.full((there & mine).sum(), i), ls="", marker="o", ms=5, color=colour)
    for axes in (top, bottom):
        axes.set_xlim(-0.6, len(x) - 0.4)
    bottom.set_ylim(len(rows) - 0.4 if rows else 0.6, -0.6)
    bottom.set_yticks(range(len(rows)), texts)
    bottom.set_xticks(x, points["variant"], rotation=90)
    bottom.tick_params(length=0)
    for i in range(1, len(rows)):
        if rows[i][0] != rows[i - 1][0]:
            bottom.axhline(i - 0.5, color="#BBBBBB", lw=0.5)
    for spine in bottom.spines.values():
        spine.set_visible(False)
    return figure


def shift_figure(shifts: pd.DataFrame, names: pd.Series, title: str) -> Figure:
    """Draw how far metrics move from the base, in standard deviations between participants.

    Parameters
    ----------
    shifts : pd.DataFrame
        Rows of `biomech.study.variant_comparison.metric_shifts` of one task.
    names : pd.Series
        What each row is called on the vertical axis.
    title : str
    """
    rows = list(dict.fromkeys(names))
    variants = list(dict.fromkeys(shifts["variant"]))
    left, legend = 0.062 * max(map(len, rows)) + 0.3, 0.17 * -(-len(variants) // 3)
    height, width = 0.62 + legend + 0.26 * len(rows) + 0.5, left + 4.6
    figure = Figure(figsize=(width, height))
    figure.text(0.15 / width, 1 - 0.25 / height, _fit(title, width, 10), fontsize=10, fontweight="bold")
    axes = figure.add_axes((left / width, 0.5 / height, 4.35 / width, 0.26 * len(rows) / height))
    offsets = np.linspace(-0.28, 0.28, len(variants)) if len(variants) > 1 else np.zeros(1)
    for i, variant in enumerate(variants):
        mine = shifts["variant"] == variant
        axes.plot(
            shifts.loc[mine, "standardised_difference"],
            [rows.index(name) + offsets[i] for name in names[mine]],
            ls="",
            marker=SESSION_MARKER[i % 6],
            ms=4.5,
            color=SESSION_COLOUR[i % 6],
            mec="black",
            mew=0.4,
            label=variant,
            zorder=3,
        )
    axes.axvline(0, color="#555555", lw=0.7, zorder=1)
    for i in range(1, len(rows)):
        axes.axhline(i - 0.5, color="#E4E4E4", lw=0.5, zorder=0)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.08)
    axes.set_xlabel("mean difference from the base, in standard deviations between participants")
    figure.legend(
        loc="upper left",
        bbox_to_anchor=(0.12 / width, 1 - 0.36 / height),
        ncols=3,
        borderaxespad=0,
        handletextpad=0.3,
        columnspacing=1.4,
    )
    return figure


def _row_texts(rows: list[tuple[str, str]]) -> list[str]:
    """Return the labels of the options: the last two parts of the name, and the value."""
    return [f"{'.'.join(name.split('.')[-2:])} = {value}"[:60] for name, value in rows]


def _legend(points: pd.DataFrame, people: pd.DataFrame | None) -> list[Line2D]:
    with_interval = points[["low", "high"]].notna().all(axis=1).any()
    line = "-" if with_interval else ""
    entries = [
        Line2D([], [], ls=line, marker="s", ms=6, color=BASE_COLOUR, mec="black", label="base"),
        Line2D([], [], ls=line, marker="o", ms=5, color=OTHER_COLOUR, label="variants"),
    ]
    if people is not None:
        entries.append(Line2D([], [], color=PERSON_COLOUR, lw=0.6, marker=".", ms=3, label="single participants"))
    return entries


def _fit(text: str, width: float, size: float) -> str:
    """Shorten a line to the width of the page (inches) at a font size (points)."""
    return textwrap.shorten(text, max(int((width - 0.3) * 72 / (0.58 * size)), 20), placeholder=" …")
