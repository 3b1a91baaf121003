"""One page of panels: title and legend above, panels in a grid, notes below. Lengths in inches."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.legend_handler import HandlerTuple

from biomech.report.curve_plots import MIN_FILLED, Look, legend_entries, norm_entry
from biomech.report.norms import Norm
from biomech.report.panels import FRAME, Panel
from biomech.report.scales import MIN_BAND, Scale
from biomech.report.style import A4
from biomech.tasks import TASKS

FOOTER = 0.45  # without its notes
_NOTE_LINE = 0.11
ROW = 1.47
LEGEND_LINE = 0.16
_LEFT = 0.035


@dataclass(frozen=True)
class Page:
    """A page of panels below a title and a legend."""

    figure: Figure
    height: float
    header: float
    footer: float
    rows: int

    def grid(self, columns: int, wspace: float) -> GridSpec:
        """Return the grid of panels between header and footer."""
        bottom, top = self.footer / self.height, 1 - self.header / self.height
        return self.figure.add_gridspec(
            self.rows, columns, left=0.090, right=0.985, bottom=bottom, top=top, wspace=wspace, hspace=0.30
        )

    def write_title(self, title: str, subtitle: str) -> None:
        """Write the two lines of the title."""
        self.figure.text(_LEFT, 1 - 0.30 / self.height, title, fontsize=11, fontweight="bold", va="baseline")
        self.figure.text(_LEFT, 1 - 0.48 / self.height, subtitle, fontsize=8.5, va="baseline", color="#333333")


def new_page(
    looks: Sequence[Look],
    events: Sequence[str],
    task: str,
    norm: Norm | None,
    rows: int,
    notes: Sequence[str],
    titled: bool = False,
) -> Page:
    """Lay out a page: legend in four columns, the reference population on a line of its own, notes at the bottom.

    Parameters
    ----------
    rows : int
        Of panels.
    notes : sequence of str
        Each begins a line.
    titled : bool
        Leave room for titles of the columns.
    """
    handles, labels = legend_entries(looks, events, task)
    columns = 3 if any(len(label) > 30 for label in labels) else 4
    legend_rows = -(-len(handles) // columns)
    header = 0.80 + LEGEND_LINE * (legend_rows + (norm is not None)) + (0.18 if titled else 0)
    lines = [line for note in notes for line in textwrap.wrap(note, 170)]
    footer = FOOTER + _NOTE_LINE * len(lines)
    height = header + ROW * rows + footer
    figure = Figure(figsize=(A4[0], height))
    place: dict[str, Any] = {
        "loc": "upper left", "handlelength": 3.0, "borderaxespad": 0, "labelspacing": 0.25, "borderpad": 0,
    }  # fmt: skip
    top = 1 - 0.58 / height
    # a series is band and line over each other, an event one sign for each series
    over, aside = HandlerTuple(ndivide=1), HandlerTuple(ndivide=None, pad=0.4)
    figure.legend(
        handles,
        labels,
        ncols=columns,
        bbox_to_anchor=(_LEFT, top),
        columnspacing=1.5,
        handler_map={handle: over if i <= len(looks) else aside for i, handle in enumerate(handles)},
        **place,
    )
    if norm is not None:
        patch, text = norm_entry(norm)
        figure.legend([patch], [text], bbox_to_anchor=(_LEFT, top - LEGEND_LINE * legend_rows / height), **place)
    figure.text(_LEFT, 0.06 / height, "\n".join(lines), fontsize=5.8, color="#444444", va="bottom", linespacing=1.3)
    return Page(figure, height, header, footer, rows)


def notes(
    shown: Sequence[Panel],
    missing: Sequence[Panel],
    scales: Sequence[Scale],
    task: str,
    norm: Norm | None,
    no_norm: str,
) -> list[str]:
    """Return what a page says at its foot."""
    curve = "curve (moments, powers, forces: of stance)" if any(p.by_stance for p in shown) else "curve"
    text = f"n: cycles with values in at least {MIN_FILLED:.0%} of the {curve}; others are single lines only. "
    text += f"No band from fewer than {MIN_BAND}."
    if any(panel.variable == "moment" for panel in shown):
        text += f" Moments per body mass, in the joint coordinate system ({FRAME}); internal unless named external."
    until = [panel.title.lower() for panel in shown if panel.until_foot_off]
    if task in TASKS and TASKS[task].cycle == "stride" and until:
        text += f" {_listed(until).capitalize()}: stance only."
    if any(scale.usual for scale in scales):
        text += " ↕: the curves need more than the usual scale of this task, which is named."
    lines = [text]
    if norm is not None:
        lines.append(f"Reference: {norm.source}; its SD is that of each point of the cycle.")
    elif no_norm:
        lines.append(no_norm)
    if missing:
        lines.append(f"No data: {', '.join(_named(panel) for panel in missing)}.")
    return lines


def _named(panel: Panel) -> str:
    return f"{panel.title} ({panel.ends.positive}/{panel.ends.negative})" if panel.ends.positive else panel.title


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
