"""The report of all comparisons: a table of numbers, a page and figures."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

from biomech.report.style import SIDE_COLOUR
from validation.comparisons import Comparison
from validation.pairs import Pair

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.lines import Line2D

COLUMNS = (
    "comparison", "quantity", "plane", "side", "unit", "n", "rms", "bias", "correlation", "bound", "within",
    "correlation_bound", "peak", "peak_bound", "worst", "worst_bound",
)  # fmt: skip
_NUMBERS = ("rms", "bias", "correlation", "bound", "correlation_bound", "peak", "peak_bound", "worst", "worst_bound")


def summary(pairs: Iterable[Pair]) -> pd.DataFrame:
    """One row for every pair; the recording is part of the comparison's name.

    `bound` is of the RMS difference, `correlation_bound`, `peak_bound` and `worst_bound` of what they name; `peak` is the
    difference of the peak of that stance where it is largest, percent of theirs, `worst` the largest difference of any
    sample. `within` asks for all of them.
    """
    rows = [
        {
            "comparison": f"{pair.comparison}: {pair.source}",
            **{name: getattr(pair, name) for name in COLUMNS[1:]},
        }
        for pair in pairs
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in _NUMBERS:
        table[name] = [f"{_without_rounding(value):.5g}" if np.isfinite(value) else "" for value in table[name]]
    return table


def _without_rounding(value: float) -> float:
    """Return 0 for what is left of equal numbers: its digits are those of the order of sums."""
    return 0.0 if abs(value) < 1e-9 else value


def page(results: dict[Comparison, list[Pair] | str], figures: dict[str, list[str]]) -> str:
    """`docs/validation.md`."""
    lines = [
        "# Validation",
        "",
        "Angles and moments against other systems, on recordings that were made elsewhere. `snakemake validation` makes this",
        "page, its figures and `validation/results/summary.csv` (one row per recording, quantity, plane and side) again from the",
        "recordings in `../shared/data`, or the folder that the environment variable `BIOMECH_DATA` names. Differences are ours",
        "minus theirs, over the frames (or the 101 points of a mean cycle) where both exist. Nothing is fitted to a reference, two",
        "choices apart that were read from one and are named below: how the pelvis is followed in the run, and the smoothing of",
        "accelerations in the walk with Cleveland clusters, which was read from another signal than the one compared. OpenSim's",
        "parts need the extra `validation` and are left out, with a word, without it.",
        "",
        "| comparison | asked | rows within all bounds | nearest to (or furthest beyond) its bound; else largest RMS |",
        "|---|---|---|---|",
    ]
    for comparison, pairs in results.items():
        if isinstance(pairs, str):
            lines.append(f"| {comparison.title} | {comparison.asked} | not run: {pairs} | |")
            continue
        bounded = [pair for pair in pairs if pair.asked and pair.n]
        met = sum(pair.within == "yes" for pair in bounded)
        counted = f"{met} of {len(bounded)}" if bounded else "reported"
        lines.append(
            f"| [{comparison.title}](#{_anchor(comparison.title)}) | {comparison.asked} | {counted} | {_hardest(pairs)} |"
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
    "Synthetic recordings with known truth, from C3D to moments: `tests/reference/test_truth_*.py`. Conversions to and from these",
    "systems' conventions (order, signs, frames, units): `biomech.conventions`, tested against their definitions in",
    "`tests/unit/conventions`.",
]


def _hardest(pairs: list[Pair]) -> str:
    """The row that is nearest to a bound, or beyond it by most; where nothing is bounded that with the largest RMS."""
    best: tuple[float, Pair, str] | None = None
    for pair in [pair for pair in pairs if pair.n]:
        shares = {
            f"RMS {_number(pair.rms)} {pair.unit}": pair.rms / pair.bound,
            f"r {pair.correlation:.4f}": (1 - pair.correlation) / (1 - pair.correlation_bound),
            f"peak {pair.peak:+.1f} %": abs(pair.peak) / pair.peak_bound,
            f"worst {_number(pair.worst)} {pair.unit}": pair.worst / pair.worst_bound,
        }
        for label, share in shares.items():
            if np.isfinite(share) and (best is None or share > best[0]):
                best = share, pair, label
    if best is None:
        largest = max((pair for pair in pairs if pair.n), key=lambda pair: pair.rms)
        best = np.nan, largest, f"RMS {_number(largest.rms)} {largest.unit}"
    _, pair, label = best
    where = " ".join(word for word in (pair.side, pair.quantity, pair.plane) if word)
    return f"{label} ({pair.source}, {where})"


def _table(pairs: list[Pair]) -> list[str]:
    """Mean and worst over the recordings, for each quantity, plane and side."""
    groups: dict[tuple[str, str, str, str], list[Pair]] = {}
    split = any(pair.source in SEPARATE for pair in pairs)
    for pair in pairs:
        if pair.n:
            name = f"{pair.quantity} ({pair.source})" if split else pair.quantity
            groups.setdefault((name, pair.plane, pair.side, pair.unit), []).append(pair)
    peaks, worst = (any(np.isfinite(getattr(pair, name)) for pair in pairs) for name in ("peak_bound", "worst_bound"))
    head = [
        "quantity",
        "plane",
        "side",
        "unit",
        "recordings",
        "RMS mean",
        "RMS worst",
        "bias mean",
        "r least",
        "bounds",
    ]
    head += ["peak"] * peaks + ["worst sample"] * worst
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for (quantity, plane, side, unit), members in groups.items():
        rms = [pair.rms for pair in members]
        correlations = [pair.correlation for pair in members if np.isfinite(pair.correlation)]
        least = min(correlations, default=np.nan)
        row = [quantity, plane, side, unit, str(len(members)), _number(np.mean(rms)), _number(np.max(rms))]
        row += [
            f"{_without_rounding(np.mean([pair.bias for pair in members])):+.2g}",
            "" if np.isnan(least) else f"{least:.4f}",
        ]
        row.append(_bounds(members[0]))
        if peaks:
            largest = max((pair.peak for pair in members), key=abs)
            row.append("" if np.isnan(largest) else f"{largest:+.1f} %")
        if worst:
            row.append(_number(max(pair.worst for pair in members)))
        lines.append("| " + " | ".join(row) + " |")
    return lines


#: Sources within one comparison that are not repetitions of one another.
SEPARATE = frozenset({"recorded forces", "stored files", "10 s", "5 s", "RCH walk", "QCMAS walk"})


def _bounds(pair: Pair) -> str:
    label = {
        "{:g}": pair.bound,
        "r {:g}": pair.correlation_bound,
        "peak {:g} %": pair.peak_bound,
        "worst {:.2g}": pair.worst_bound,
    }
    return ", ".join(text.format(bound) for text, bound in label.items() if np.isfinite(bound))


def _number(value: float) -> str:
    """Three digits; nothing smaller than a millionth is distinguished from another."""
    return "< 1e-6" if 0 < value < 1e-6 else f"{value:.3g}"


def draw(name: str, pairs: list[Pair], folder: Path) -> list[str]:
    """Overlay figure and Bland-Altman plot of the peaks of one comparison; returns the files' names."""
    pairs = [pair for pair in pairs if pair.n]
    keys = _in_order((_shown(pair), pair.plane, pair.unit) for pair in pairs)
    folder.mkdir(parents=True, exist_ok=True)
    columns = min(6, len(keys))
    rows = -(-len(keys) // columns)
    files = []
    for kind, (panel, label) in _KINDS.items():
        figure, axes = plt.subplots(
            rows,
            columns,
            figsize=(max(4.6, 2.3 * columns + 0.4), 1.9 * rows + 0.8),
            squeeze=False,
            layout="constrained",
        )
        for axis in axes.flat[len(keys) :]:
            axis.set_visible(False)
        for axis, key in zip(axes.flat, keys, strict=False):
            members = [pair for pair in pairs if (_shown(pair), pair.plane, pair.unit) == key]
            panel(axis, members)
            axis.set_title(textwrap.fill(" ".join(key[:2]).strip(), 34), fontsize=7.5)
            axis.tick_params(labelsize=6)
            axis.spines[["top", "right"]].set_visible(False)
        apart = any(pair.source in SEPARATE for pair in pairs)
        figure.suptitle(label.format(source="each recording" if apart else pairs[0].source), fontsize=8)
        sides = [side for side in _COLOURS if any(pair.side == side for pair in pairs)]
        figure.legend(
            handles=_handles(kind, sides),
            loc="outside lower center",
            ncols=min(4, 2 * columns),
            fontsize=7,
            frameon=False,
        )
        file = f"{name}_{kind}.png"
        figure.savefig(folder / file, dpi=90, metadata={"Software": None})
        plt.close(figure)
        files.append(file)
    return files


_COLOURS = {name if name != "both" else "": colour for name, colour in SIDE_COLOUR.items()}
_THEIRS = "0.7"


def _shown(pair: Pair) -> str:
    return f"{pair.quantity}, {pair.source}" if pair.source in SEPARATE else pair.quantity


def _in_order(keys: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Angles first, then moments, then the rest; quantities as they come, their planes side by side."""
    known = list(dict.fromkeys(keys))
    names = list(dict.fromkeys(name for name, _, _ in known))
    planes = ["sagittal", "frontal", "transverse"]

    def place(key: tuple[str, str, str]) -> tuple[int, int, int]:
        name, plane, unit = key
        kind = 0 if unit == "degree" else 1 if unit.startswith("N m") else 2
        return kind, names.index(name), planes.index(plane) if plane in planes else 0

    return sorted(known, key=place)


def _handles(kind: str, sides: list[str]) -> list[Line2D]:
    names = {"left": "left", "right": "right", "": "both sides or none"}
    out = [Line2D([], [], color=_COLOURS[side], label=f"ours, {names[side]}", **_looks(kind, side)) for side in sides]
    if kind == "overlay":
        return [Line2D([], [], color=_THEIRS, linewidth=3, label="theirs"), *out]
    line = {"color": "0.2", "linewidth": 0.8}
    return [
        *out,
        Line2D([], [], label="mean difference", **line),
        Line2D([], [], linestyle=":", label="± 1.96 SD", **line),
    ]


def _looks(kind: str, side: str) -> dict[str, Any]:
    if kind == "overlay":
        return {"linewidth": 1.0, "linestyle": "--" if side == "left" else "-"}
    return {"marker": "o" if side == "left" else "s", "linestyle": "", "mfc": "none", "markersize": 4}


def _overlay(axis: plt.Axes, members: list[Pair]) -> None:
    """First recording, every side; gaps where either curve is missing."""
    for pair in [pair for pair in members if pair.source == members[0].source]:
        ours, theirs = np.asarray(pair.ours, float), np.asarray(pair.theirs, float)
        both = np.isfinite(ours) & np.isfinite(theirs)
        x = np.arange(len(ours))
        axis.plot(x, np.where(both, theirs, np.nan), color=_THEIRS, linewidth=2.6)
        axis.plot(x, np.where(both, ours, np.nan), color=_COLOURS[pair.side], **_looks("overlay", pair.side))
    axis.set_ylabel(members[0].unit, fontsize=6.5, labelpad=2)
    axis.set_xlabel("cycle (%)" if len(members[0].ours) == 101 else "frame", fontsize=6.5, labelpad=2)


def _bland_altman(axis: plt.Axes, members: list[Pair]) -> None:
    """Difference of the peak of every recording and side; a power of ten that all of them share is in the label.

    Samples of one trial follow one another and are not independent, so each curve gives one point. The peak is the largest
    value, or the least one where their curves reach further that way on average. Limits of agreement need three of them.
    """
    reach = [np.mean([pair.trial_peak(sign)[1] for pair in members]) for sign in (1.0, -1.0)]
    ours, theirs = np.array([pair.trial_peak(1.0 if reach[0] >= -reach[1] else -1.0) for pair in members]).T
    difference = ours - theirs
    largest = np.abs(difference).max()
    power = int(np.floor(np.log10(largest))) if largest > 0 else 0
    scale, shown = (10.0**power, rf"$10^{{{power}}}$ ") if power < -2 else (1.0, "")
    for side, colour in _COLOURS.items():
        mine = np.array([pair.side == side for pair in members])
        marker = "o" if side == "left" else "s"
        axis.plot((ours + theirs)[mine] / 2, difference[mine] / scale, marker, color=colour, markersize=2.5, mfc="none")
    offsets = ((0.0, "-"), (1.96, ":"), (-1.96, ":")) if len(members) >= _LEAST_LIMITS else ((0.0, "-"),)
    sd = difference.std(ddof=1) if len(members) >= _LEAST_LIMITS else 0.0
    for offset, style in offsets:
        axis.axhline((difference.mean() + offset * sd) / scale, color="0.2", linewidth=0.7, linestyle=style)
    axis.set_ylabel(f"difference ({shown}{members[0].unit})", fontsize=6.5, labelpad=2)
    axis.set_xlabel(f"mean of both ({members[0].unit}), n = {len(members)}", fontsize=6.5, labelpad=2)


_LEAST_LIMITS = 3  # points; fewer have no limits of agreement
_KINDS = {
    "overlay": (_overlay, "theirs and ours: {source}"),
    "bland_altman": (_bland_altman, "peak of every recording and side: ours minus theirs against the mean of both"),
}


def _anchor(title: str) -> str:
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")
