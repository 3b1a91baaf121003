"""The report of all comparisons: a table of numbers, a page and figures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

from validation.comparisons import Comparison
from validation.pairs import Pair

mpl.use("Agg")
import matplotlib.pyplot as plt

COLUMNS = ("comparison", "quantity", "plane", "side", "unit", "n", "rms", "bias", "correlation", "bound", "within")


def summary(pairs: Iterable[Pair]) -> pd.DataFrame:
    """One row for every pair; the recording is part of the comparison's name."""
    rows = [
        {
            "comparison": f"{pair.comparison}: {pair.source}",
            **{name: getattr(pair, name) for name in COLUMNS[1:]},
        }
        for pair in pairs
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("rms", "bias", "correlation", "bound"):
        table[name] = [f"{value:.5g}" if np.isfinite(value) else "" for value in table[name]]
    return table


def page(results: dict[Comparison, list[Pair] | str], figures: dict[str, list[str]]) -> str:
    """`docs/validation.md`."""
    lines = [
        "# Validation",
        "",
        "Angles and moments against other systems, on recordings that were made elsewhere. `snakemake validation` makes this",
        "page, its figures and `validation/results/summary.csv` (one row per recording, quantity, plane and side) anew from the",
        "recordings in `../shared/data`, or the folder that the environment variable `BIOMECH_DATA` names. Differences are ours",
        "minus theirs, over the frames (or the 101 points of a mean cycle) where both exist. Nothing is fitted to a reference.",
        "",
        "| comparison | asked | rows within | worst RMS |",
        "|---|---|---|---|",
    ]
    for comparison, pairs in results.items():
        if isinstance(pairs, str):
            lines.append(f"| {comparison.title} | {comparison.asked} | not run: {pairs} | |")
            continue
        bounded = [pair for pair in pairs if np.isfinite(pair.bound) and pair.n]
        met = sum(pair.within == "yes" for pair in bounded)
        worst = max(bounded or [p for p in pairs if p.n], key=lambda pair: pair.rms / (pair.bound if bounded else 1))
        what = f"{worst.rms:.3g} {worst.unit} ({worst.source}, {worst.side} {worst.quantity} {worst.plane})".replace(
            " )", ")"
        )
        counted = f"{met} of {len(bounded)}" if bounded else "reported"
        lines.append(
            f"| [{comparison.title}](#{_anchor(comparison.title)}) | {comparison.asked} | {counted} | {what} |"
        )
    for comparison, pairs in results.items():
        if isinstance(pairs, str):
            continue
        lines += ["", f"## {comparison.title}", "", f"Asked: {comparison.asked}.", ""]
        lines += ["What differs, and why:", ""]
        lines += [f"- {cause}" for cause in comparison.causes]
        lines += ["", *_table(pairs), ""]
        lines += [f"![{comparison.title}](validation/{name})" for name in figures.get(comparison.name, [])]
    lines += ["", *_MISSING]
    return "\n".join(lines) + "\n"


#: What is compared by tests rather than here.
_MISSING = [
    "## Compared elsewhere",
    "",
    "Synthetic recordings with known truth: `tests/reference/test_truth_*.py`. Conversions to and from these systems'",
    "conventions (order, signs, frames, units): `biomech.conventions`, tested against their definitions in",
    "`tests/unit/conventions`.",
]


def _table(pairs: list[Pair]) -> list[str]:
    """Mean and worst over the recordings, for each quantity, plane and side."""
    groups: dict[tuple[str, str, str, str], list[Pair]] = {}
    for pair in pairs:
        if pair.n:
            groups.setdefault((pair.quantity, pair.plane, pair.side, pair.unit), []).append(pair)
    lines = [
        "| quantity | plane | side | unit | recordings | RMS mean | RMS worst | bias mean | correlation least | bound |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for (quantity, plane, side, unit), members in groups.items():
        rms = [pair.rms for pair in members]
        correlations = [pair.correlation for pair in members if np.isfinite(pair.correlation)]
        bound = members[0].bound
        lines.append(
            f"| {quantity} | {plane} | {side} | {unit} | {len(members)} | {np.mean(rms):.4f} | {np.max(rms):.4f} "
            f"| {np.mean([pair.bias for pair in members]):+.4f} | {min(correlations, default=np.nan):.4f} "
            f"| {'' if np.isnan(bound) else f'{bound:g}'} |"
        )
    return lines


def draw(name: str, pairs: list[Pair], folder: Path) -> list[str]:
    """Overlay figure and Bland-Altman plot of one comparison; returns the files' names."""
    pairs = [pair for pair in pairs if pair.n]
    keys = list(dict.fromkeys((pair.quantity, pair.plane) for pair in pairs))
    folder.mkdir(parents=True, exist_ok=True)
    columns = min(6, len(keys))
    rows = -(-len(keys) // columns)
    size = (2.6 * columns, 2.0 * rows)
    files = []
    for kind in ("overlay", "bland_altman"):
        figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
        for axis in axes.flat[len(keys) :]:
            axis.set_visible(False)
        for axis, key in zip(axes.flat, keys, strict=False):
            members = [pair for pair in pairs if (pair.quantity, pair.plane) == key]
            (_overlay if kind == "overlay" else _bland_altman)(axis, members)
            axis.set_title(f"{key[0]} {key[1]} ({members[0].unit})", fontsize=7)
            axis.tick_params(labelsize=6)
            for spine in ("top", "right"):
                axis.spines[spine].set_visible(False)
        label = {
            "overlay": "theirs (grey) and ours (left blue, right red), first recording; frame or percent of cycle",
            "bland_altman": "ours minus theirs against their mean, all recordings; mean and 1.96 SD",
        }
        figure.supxlabel(label[kind], fontsize=7)
        file = f"{name}_{kind}.png"
        figure.savefig(folder / file, dpi=70, metadata={"Software": None})
        plt.close(figure)
        files.append(file)
    return files


_COLOURS = {"left": "#1f5fa8", "right": "#c0392b"}


def _overlay(axis: plt.Axes, members: list[Pair]) -> None:
    for pair in [pair for pair in members if pair.source == members[0].source]:
        axis.plot(pair.theirs, color="0.65", linewidth=2.5)
        axis.plot(pair.ours, color=_COLOURS[pair.side], linewidth=0.9)


def _bland_altman(axis: plt.Axes, members: list[Pair]) -> None:
    for pair in members:
        both = np.isfinite(pair.ours) & np.isfinite(pair.theirs)
        step = max(1, int(both.sum()) // 100)
        mean, difference = (pair.ours + pair.theirs)[both][::step] / 2, (pair.ours - pair.theirs)[both][::step]
        axis.plot(mean, difference, ".", color=_COLOURS[pair.side], markersize=1.2, rasterized=True)
    every = np.concatenate([pair.difference for pair in members])
    for offset, style in ((0.0, "-"), (1.96, ":"), (-1.96, ":")):
        axis.axhline(every.mean() + offset * every.std(), color="0.2", linewidth=0.7, linestyle=style)


def _anchor(title: str) -> str:
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")
