"""One panel of curves: single cycles, mean and standard deviation, events, published reference."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import IdentityTransform

from biomech.quantities import Ends
from biomech.report.events import MARKS, event_name
from biomech.report.norms import Norm
from biomech.report.panels import DIMENSION, FRAME, Panel
from biomech.report.scales import MIN_BAND, Scale
from biomech.report.style import NORM_EDGE, NORM_FACE, WIDENED

BAND_ALPHA = 0.22
MIN_FILLED = 0.95  # share of a curve that a cycle needs to enter the mean
MAX_SINGLE = 40  # single cycles drawn per curve; more of them only make the file big
_PATHS = {
    mark.marker: MarkerStyle(mark.marker).get_path().transformed(MarkerStyle(mark.marker).get_transform())
    for mark in MARKS.values()
}
_SMALL: dict[str, Any] = {"fontsize": 5.8, "color": "#444444"}


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
    events : mapping
        Key of `biomech.report.events.MARKS` -> (n,) percent of the same cycles.
    by_stance : bool
        Whether a cycle is judged by its stance alone: over ground, the next strike of a foot that met its plate often
        falls next to it, so that moments end a little before the cycle does.
    """

    look: Look
    curves: np.ndarray
    events: Mapping[str, np.ndarray] = field(default_factory=dict)
    by_stance: bool = False

    @property
    def whole(self) -> np.ndarray:
        """Which cycles the mean is taken over: those with values in at least `MIN_FILLED` of the curve or stance."""
        percent = np.linspace(0, 100, self.curves.shape[1])
        foot_off = self.events.get("foot_off", np.full(len(self.curves), np.nan))
        end = np.where(np.isfinite(foot_off) & self.by_stance, foot_off, 100.0)
        needed = percent <= end[:, None]
        filled = (np.isfinite(self.curves) & needed).sum(axis=1)
        return filled >= MIN_FILLED * needed.sum(axis=1)

    @property
    def averaged(self) -> np.ndarray:
        """The cycles of `whole`."""
        return self.curves[self.whole]

    @property
    def seen(self) -> np.ndarray:
        """Cycles with any value at all."""
        return self.curves[~np.isnan(self.curves).all(axis=1)]


def panel_values(study: xr.Dataset, panel: Panel) -> np.ndarray | None:
    """Return the curves of a panel for all cycles, (cycle, 101), in the panel's sign and unit; None if there are none.

    Panels of the stance are NaN after foot off.
    """
    dimension = DIMENSION.get(panel.variable, "quantity")
    if panel.variable not in study or dimension not in study.coords:
        return None
    data = study[panel.variable]
    if panel.quantity not in data[dimension].to_numpy():
        return None
    data = data.sel({dimension: panel.quantity})
    if "frame" in data.dims:
        if FRAME not in data["frame"].to_numpy():
            return None
        data = data.sel(frame=FRAME)
    values = panel.factor * data.transpose("cycle", "percent").to_numpy()
    if panel.until_foot_off:
        swing = study["percent"].to_numpy() > study["foot_off_percent"].to_numpy()[:, None]
        values = np.where(swing, np.nan, values)
    return values


def draw_panel(
    axes: Axes,
    panel: Panel,
    percent: np.ndarray,
    series: Sequence[Series],
    norm: Norm | None,
    scale: Scale,
    unit: str | None = None,
    active: Sequence[tuple[float, float]] = (),
) -> None:
    """Draw one panel: reference behind, bands, single cycles, means, events; name it and both ends of its axis.

    Parameters
    ----------
    unit : str, optional
        Instead of the panel's own.
    active : sequence of tuple
        Intervals of percent in which a muscle is usually active: a bar at the top.
    """
    if norm is not None:
        mean, sd = panel.factor * norm.mean, abs(panel.factor) * norm.sd
        axes.fill_between(percent, mean - sd, mean + sd, facecolor=NORM_FACE, edgecolor=NORM_EDGE, lw=0.5)
    if active:
        bars = [(first, last - first) for first, last in active]
        top = axes.get_xaxis_transform()
        axes.broken_barh(bars, (0.955, 0.045), transform=top, facecolor=NORM_EDGE, lw=0, zorder=0.5)
    if scale.low < 0 < scale.high:
        axes.axhline(0, color="#8A8A8A", lw=0.5, zorder=1.1)
    for one in series:
        _draw_series(axes, percent, one)
    _draw_events(axes, series)
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_ylim(scale.low, scale.high)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=(1, 2, 2.5, 3, 5, 10)))
    axes.text(0, 1.025, panel.title, transform=axes.transAxes, va="bottom", fontsize=6.7, fontweight="bold")
    axes.text(1, 1.025, _counts(series), transform=axes.transAxes, ha="right", va="bottom", **_SMALL)
    label_ends(axes, panel.ends, panel.unit if unit is None else unit)
    if scale.usual:
        low, high = scale.usual
        axes.spines["left"].set(color=WIDENED, linewidth=1.6)
        text = f"↕ usual {low:g} to {high:g}".replace("-", "−")
        axes.text(0.985, 0.985, text, transform=axes.transAxes, ha="right", va="top", fontsize=5.8, color=WIDENED)


def label_ends(axes: Axes, ends: Ends, unit: str) -> None:
    """Write the unit next to the vertical axis, and at its ends what they mean."""
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "right", "rotation": 90}
    axes.annotate(unit, (0, 0.5), (-32, 0), va="center", fontsize=6.2, **place)
    for words, at, side in ((ends.positive, 1.0, "top"), (ends.negative, 0.0, "bottom")):
        if words:
            axes.annotate(words, (0, at), (-24.5, 0), va=side, **place, **_SMALL)


def legend_entries(looks: Sequence[Look], events: Sequence[str], task: str) -> tuple[list, list[str]]:
    """Return handles and labels of the legend's first block: every series, single cycles, events as they are drawn."""
    handles: list = []
    labels: list[str] = []
    for look in looks:
        band = Patch(facecolor=look.colour, alpha=BAND_ALPHA, lw=0)
        handles.append((band, Line2D([0], [0], color=look.colour, linestyle=look.line, lw=1.6)))
        labels.append(f"{look.name}: mean ± SD")
    handles.append(tuple(Line2D([0], [0], color=look.colour, lw=0.5) for look in looks[:1]))
    labels.append("single cycles")
    for event in events:
        handles.append(tuple(_sign(event, look.colour, ms=4.0) for look in looks))
        labels.append(f"{event_name(event, task)}{' (and line)' if MARKS[event].line else ''}")
    return handles, labels


def _sign(event: str, colour: str, ms: float) -> Line2D:
    mark = MARKS[event]
    fill = colour if mark.filled else "white"
    return Line2D([0], [0], ls="", marker=mark.marker, ms=ms, mfc=fill, mec=colour, mew=0.7)


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
        if len(averaged) >= MIN_BAND:
            sd = together.std(axis=0, ddof=1)
            axes.fill_between(percent, mean - sd, mean + sd, color=one.look.colour, alpha=BAND_ALPHA, lw=0, zorder=1.5)
        # dashes on top, or a solid line would hide them where both agree
        zorder = 3 if one.look.line == "-" else 3.1
        axes.plot(percent, mean, color=one.look.colour, linestyle=one.look.line, lw=1.5, zorder=zorder)


def _draw_events(axes: Axes, series: Sequence[Series]) -> None:
    """Draw the mean of every event: signs in a row for each series, so that none hides another, and lines for some."""
    found = [
        (event, float(percent[np.isfinite(percent)].mean()), place, one.look)
        for place, one in enumerate(series)
        if len(one.seen)
        for event, percent in one.events.items()
        if np.isfinite(percent).any()
    ]
    if not found:
        return
    over_all = axes.get_xaxis_transform()
    # the dashed ones on top, or those of the other side would hide them
    lined = sorted((item for item in found if MARKS[item[0]].line), key=lambda item: item[3].line != "-")
    lines = LineCollection(
        [[(at, 0), (at, 1)] for _, at, _, _ in lined],
        colors=[look.colour for *_, look in lined],
        linestyles=[look.line for *_, look in lined],
        linewidths=0.8,
        transform=over_all,
        zorder=1.2,
    )
    signs = PathCollection(
        [_PATHS[MARKS[event].marker] for event, *_ in found],
        sizes=[7.0],
        offsets=[(at, 0.035 + 0.06 * place) for _, at, place, _ in found],
        offset_transform=over_all,
        facecolors=[look.colour if MARKS[event].filled else "white" for event, _, _, look in found],
        edgecolors=[look.colour for *_, look in found],
        linewidths=0.7,
        zorder=4,
    )
    signs.set(transform=IdentityTransform(), clip_on=False)
    axes.add_collection(lines, autolim=False)
    axes.add_collection(signs, autolim=False)
