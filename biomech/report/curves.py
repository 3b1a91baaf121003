"""One panel of curves: single cycles, mean and standard deviation, foot off, published reference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from biomech.report.norms import Norm
from biomech.report.panels import FRAME, Panel
from biomech.report.style import NORM_EDGE, NORM_FACE

BAND_ALPHA = 0.22
MIN_FILLED = 0.95  # share of a curve that a cycle needs to enter the mean
MAX_SINGLE = 40  # single cycles drawn per curve; more of them only make the file big


@dataclass(frozen=True)
class Look:
    """Colour and line style of one series, and its name in the legend."""

    name: str
    colour: str
    line: Any


@dataclass(frozen=True)
class Series:
    """Cycles of one panel that are drawn alike.

    Attributes
    ----------
    curves : (n, 101) array
        One row per cycle, NaN where missing.
    foot_off : (n,) array
        Foot off of the same cycles (%).
    by_stance : bool
        Whether a cycle is judged by its stance alone: over ground, the next strike of a foot that met its plate often
        falls beside it, so that moments end a little before the cycle does.
    """

    look: Look
    curves: np.ndarray
    foot_off: np.ndarray
    by_stance: bool = False

    @property
    def averaged(self) -> np.ndarray:
        """Cycles that the mean is taken over: those with values in at least `MIN_FILLED` of the curve or stance."""
        percent = np.linspace(0, 100, self.curves.shape[1])
        end = np.where(np.isfinite(self.foot_off) & self.by_stance, self.foot_off, 100.0)
        needed = percent <= end[:, None]
        filled = (np.isfinite(self.curves) & needed).sum(axis=1)
        return self.curves[filled >= MIN_FILLED * needed.sum(axis=1)]

    @property
    def seen(self) -> np.ndarray:
        """Cycles with any value at all."""
        return self.curves[~np.isnan(self.curves).all(axis=1)]


def panel_values(study: xr.Dataset, panel: Panel) -> np.ndarray | None:
    """Return the curves of a panel for all cycles, (cycle, 101), in the panel's sign; None if the study lacks them.

    Panels of the stance are NaN after foot off.
    """
    if panel.variable not in study or "quantity" not in study.coords:
        return None
    data = study[panel.variable]
    if panel.quantity not in data["quantity"].to_numpy():
        return None
    data = data.sel(quantity=panel.quantity)
    if "frame" in data.dims:
        if FRAME not in data["frame"].to_numpy():
            return None
        data = data.sel(frame=FRAME)
    values = panel.sign * data.transpose("cycle", "percent").to_numpy()
    if panel.until_foot_off:
        swing = study["percent"].to_numpy() > study["foot_off_percent"].to_numpy()[:, None]
        values = np.where(swing, np.nan, values)
    return values


def limits(
    values: np.ndarray, series: Sequence[np.ndarray], norm: Norm | None, sign: int = 1
) -> tuple[float, float] | None:
    """Return axis limits that hold all curves, the bands of each series and the reference; None if there is nothing.

    Parameters
    ----------
    values : (n, 101) array
        All curves of the panel.
    series : sequence of (n,) bool arrays
        Which curves are averaged together.
    norm : Norm, optional
        The reference, turned by `sign`.
    """
    parts = [values]
    for rows in series:
        if rows.sum() == 1 or not np.isfinite(values[rows]).any():
            continue
        known = values[rows][:, np.isfinite(values[rows]).sum(axis=0) > 1]
        mean, sd = np.nanmean(known, axis=0), np.nanstd(known, axis=0, ddof=1)
        parts += [mean - sd, mean + sd]
    finite = np.concatenate([part[np.isfinite(part)] for part in parts])
    if not finite.size:
        return None
    if norm is not None:
        finite = np.concatenate([finite, sign * norm.mean - norm.sd, sign * norm.mean + norm.sd])
    low, high = float(finite.min()), float(finite.max())
    margin = max(0.05 * (high - low), 1e-3)
    return low - margin, high + margin


def draw_panel(
    axes: Axes,
    panel: Panel,
    percent: np.ndarray,
    series: Sequence[Series],
    norm: Norm | None,
    y_limits: tuple[float, float],
) -> None:
    """Draw one panel: reference behind, bands, single cycles, means, foot off; labels the vertical axis."""
    if norm is not None:
        mean = panel.sign * norm.mean
        axes.fill_between(percent, mean - norm.sd, mean + norm.sd, facecolor=NORM_FACE, edgecolor=NORM_EDGE, lw=0.5)
    if y_limits[0] < 0 < y_limits[1]:
        axes.axhline(0, color="#8A8A8A", lw=0.5, zorder=1.1)
    for one in series:
        _draw_series(axes, percent, one)
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 20, 40, 60, 80, 100])
    axes.set_ylim(*y_limits)
    axes.set_ylabel(f"{panel.title}\n{panel.positive} ({panel.unit})", labelpad=2, linespacing=1.25)
    axes.text(
        1, 1.015, _counts(series), transform=axes.transAxes, ha="right", va="bottom", fontsize=5.8, color="#444444"
    )


def legend_entries(looks: Sequence[Look], counts: Sequence[int], foot_off: bool) -> tuple[list, list[str]]:
    """Return handles and labels of the legend's first block: every series with its n, single cycles, foot off."""
    handles: list = []
    labels: list[str] = []
    for look, n in zip(looks, counts, strict=True):
        band = Patch(facecolor=look.colour, alpha=BAND_ALPHA, lw=0)
        handles.append((band, Line2D([0], [0], color=look.colour, linestyle=look.line, lw=1.6)))
        labels.append(f"{look.name}: mean ± SD, n = {n} cycles" if n > 1 else f"{look.name}: n = {n} cycle")
    handles.append(Line2D([0], [0], color="#666666", lw=0.5))
    labels.append("single cycles")
    if foot_off:
        handles.append(Line2D([], [], color="#666666", ls="", marker="|", ms=9, mew=1.0))
        labels.append("mean foot off")
    return handles, labels


def norm_entry(norm: Norm) -> tuple[Patch, str]:
    """Return handle and label of the reference band; the label names the population."""
    label = f"Reference: {norm.population}; mean ± SD. {short(norm.source)}"
    return Patch(facecolor=NORM_FACE, edgecolor=NORM_EDGE, lw=0.5), label


def _counts(series: Sequence[Series]) -> str:
    """Return the number of cycles behind each mean, by name where names are short."""
    seen = [one for one in series if len(one.seen)]
    if {one.look.name for one in seen} <= {"Left", "Right", "Both"}:
        return "n: " + "  ".join(f"{one.look.name[0]} {len(one.averaged)}" for one in seen)
    named = "n: " + ", ".join(f"{one.look.name} {len(one.averaged)}" for one in seen)
    return named if len(named) <= 40 else "n: " + ", ".join(str(len(one.averaged)) for one in series)


def short(source: str) -> str:
    """Return a citation as author and year."""
    year = re.search(r"\b(19|20)\d\d\b", source)
    if not year:
        return source
    authors = re.split(r",\s*|\s*&\s*", source[: year.start()].strip())
    names = " & ".join(authors) if len(authors) < 3 else f"{authors[0]} et al."
    return f"{names} {year.group()}"


def _draw_series(axes: Axes, percent: np.ndarray, one: Series) -> None:
    seen, averaged = one.seen, one.averaged
    if not len(seen):
        return
    shown = seen[np.linspace(0, len(seen) - 1, min(len(seen), MAX_SINGLE)).round().astype(int)]
    # one line with breaks: many artists are slow
    x, y = np.tile(np.append(percent, np.nan), len(shown)), np.insert(shown, shown.shape[1], np.nan, axis=1).ravel()
    axes.plot(x, y, color=one.look.colour, lw=0.35, alpha=0.5, zorder=2)
    if len(averaged):
        # only where all of them have values, or the mean would jump where cycles come and go
        together = np.where(np.isnan(averaged).any(axis=0), np.nan, averaged)
        mean = together.mean(axis=0)
        if len(averaged) > 1:
            sd = together.std(axis=0, ddof=1)
            axes.fill_between(percent, mean - sd, mean + sd, color=one.look.colour, alpha=BAND_ALPHA, lw=0, zorder=1.5)
        # dashes on top, or a solid line would hide them where both agree
        zorder = 3 if one.look.line == "-" else 3.1
        axes.plot(percent, mean, color=one.look.colour, linestyle=one.look.line, lw=1.5, zorder=zorder)
    foot_off = one.foot_off[np.isfinite(one.foot_off)]
    if foot_off.size:
        axes.axvline(foot_off.mean(), color=one.look.colour, linestyle=one.look.line, lw=0.8, zorder=1.2)
