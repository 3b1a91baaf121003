"""Figures of a participant's curves: each session on a page, and sessions over each other."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.legend_handler import HandlerTuple

from biomech.io.table_files import write_tsv
from biomech.report.curves import MIN_FILLED, Look, Series, draw_panel, legend_entries, limits, norm_entry, panel_values
from biomech.report.norms import Norm, norm_curve
from biomech.report.panels import FRAME, PANELS, Panel, percent_label, task_title
from biomech.report.style import (
    A4,
    SESSION_COLOUR,
    SESSION_LINE,
    SIDE_COLOUR,
    SIDE_LINE,
    FileNames,
    save,
    style,
)
from biomech.tasks import TASKS

INDEX_COLUMNS = ("file", "kind", "participant", "session", "task", "condition", "footwear", "n_cycles", "reference")
SIDE_LOOKS = {side: Look(side.capitalize(), SIDE_COLOUR[side], SIDE_LINE[side]) for side in ("left", "right", "both")}
_COLUMN_TITLES = {"left": "Left side", "right": "Right side", "both": "Both sides"}
_ALIKE = ("session", "condition", "footwear", "side")  # cycles of a participant and task that are averaged together
KEY_PANELS = tuple(panel for panel in PANELS if panel.key)
FOOTER = 0.88  # inches below the panels
GROUP = ("participant", "task", "condition", "footwear")
ABOUT = (*GROUP, "session", "label", "side", "foot_off_percent")  # what the figures use of a cycle


def curve_figures(
    visits: Sequence[xr.Dataset],
    folder: Path,
    formats: Sequence[str] = ("svg", "png"),
    norms: bool = True,
    made_from: Mapping[str, str] | None = None,
    reference: pd.DataFrame | None = None,
) -> list[Path]:
    """Write all figures of curves and `index.tsv`, which lists them.

    Parameters
    ----------
    visits : sequence of xr.Dataset
        Cycles (`cycles` of the data contract, or a study) of every session, in the order in which they are shown; the
        curves that are drawn are read from them, all others left on disk.
    folder : Path
        Where the figures go.
    formats : sequence of {"svg", "png", "pdf"}
        File formats; the first one is named in the index.
    norms : bool
        Draw published reference bands where the task has them; the legend names the population.
    made_from : mapping, optional
        Provenance, written into the metadata of every file.
    reference : pd.DataFrame, optional
        A lab's own reference curves, drawn instead of the published ones where it has them.

    Returns
    -------
    list of Path
        The files, the index last.
    """
    folder = Path(folder)
    names, rows, paths = FileNames(), [], []
    with style():
        for figure, parts, row in _figures(_cycles(visits), norms, reference):
            name = names.name(*parts)
            paths += save(figure, folder, name, formats, made_from)
            rows.append({**row, "file": f"{name}.{formats[0]}"})
    index = pd.DataFrame(rows, columns=list(INDEX_COLUMNS))
    return [*paths, write_tsv(index, folder / "index.tsv")]


@dataclass(frozen=True)
class _Cycles:
    """Cycles of all visits, one after the other.

    Attributes
    ----------
    about : pd.DataFrame
        One row per cycle, with the columns of `ABOUT`.
    percent : (101,) array
    curves : mapping
        Panel -> (cycle, 101) array, in the panel's sign; NaN where a visit lacks it.
    """

    about: pd.DataFrame
    percent: np.ndarray
    curves: dict[Panel, np.ndarray]


def _cycles(visits: Sequence[xr.Dataset]) -> _Cycles:
    filled = [one for one in visits if one.sizes.get("cycle") and "percent" in one.coords]
    if not filled:
        return _Cycles(pd.DataFrame(columns=list(ABOUT)), np.empty(0), {})
    about = pd.concat([_about(one) for one in filled], ignore_index=True)
    percent = filled[0]["percent"].to_numpy()
    curves = {}
    for panel in PANELS:
        parts = [panel_values(one, panel) for one in filled]
        if any(part is not None for part in parts):
            missing = [np.full((one.sizes["cycle"], len(percent)), np.nan) for one in filled]
            curves[panel] = np.concatenate(
                [gap if part is None else part for part, gap in zip(parts, missing, strict=True)]
            )
    return _Cycles(about, percent, curves)


def _about(visit: xr.Dataset) -> pd.DataFrame:
    n = visit.sizes["cycle"]
    columns = {name: visit[name].to_numpy() if name in visit.coords else np.full(n, "") for name in ABOUT[:-1]}
    return pd.DataFrame(columns).astype(str).assign(foot_off_percent=visit["foot_off_percent"].to_numpy())


_Made = tuple[Figure, tuple[str, ...], dict]  # figure, parts of its name, row of the index


@dataclass(frozen=True)
class _Group:
    """Cycles of one participant, task, condition and footwear, with what its figures share."""

    cells: dict[str, str]
    rows: np.ndarray  # positions of the cycles
    curves: dict[Panel, np.ndarray]  # panel -> curves of all cycles
    norms: dict[Panel, Norm | None]
    limits: dict[Panel, tuple[float, float]]

    @property
    def reference(self) -> Norm | None:
        """The reference whose population the legend names."""
        return next((norm for norm in self.norms.values() if norm is not None), None)


def _figures(cycles: _Cycles, norms: bool, own: pd.DataFrame | None) -> Iterator[_Made]:
    for group in _groups(cycles, norms, own):
        of_group = cycles.about["session"].to_numpy()[group.rows]
        sessions = list(dict.fromkeys(of_group.tolist()))
        for session in sessions:
            made = _session_figure(cycles, group, group.rows[of_group == session], session)
            if made:
                yield made
        if len(sessions) > 1 and (made := _comparison_figure(cycles, group, sessions)):
            yield made


def _groups(cycles: _Cycles, norms: bool, own: pd.DataFrame | None) -> Iterator[_Group]:
    about, values, percent = cycles.about, cycles.curves, cycles.percent
    keys = list(about[list(GROUP)].itertuples(index=False, name=None))
    scales: dict[tuple, dict[Panel, tuple[float, float] | None]] = {}
    for key in dict.fromkeys(keys):
        cells = dict(zip(GROUP, key, strict=True))
        found = {p: norm_curve(cells["task"], p.variable, p.quantity, percent, own) if norms else None for p in values}
        # one scale for all figures of a participant and task, so that they can be laid beside each other
        person = key[:2]
        if person not in scales:
            mine = ((about["participant"] == key[0]) & (about["task"] == key[1])).to_numpy()
            kinds = list(about.loc[mine, list(_ALIKE)].itertuples(index=False, name=None))
            series = [np.array([kind == other for other in kinds]) for kind in dict.fromkeys(kinds)]
            scales[person] = {p: limits(curves[mine], series, found[p], p.sign) for p, curves in values.items()}
        rows = np.array([i for i, other in enumerate(keys) if other == key])
        shown = {p: scale for p, scale in scales[person].items() if scale is not None}
        yield _Group(cells, rows, {p: values[p] for p in shown}, {p: found[p] for p in shown}, shown)


def _session_figure(cycles: _Cycles, group: _Group, rows: np.ndarray, session: str) -> _Made | None:
    """One page: all panels of one session, left and right over each other."""
    sides, foot_off = (cycles.about[name].to_numpy()[rows] for name in ("side", "foot_off_percent"))
    present = _present(group, rows, sides)
    panels = list(group.curves)
    if not present:
        return None
    looks = [SIDE_LOOKS[side] for side in present]
    counts = [int((sides == side).sum()) for side in present]
    page = _page(group, looks, counts, bool(np.isfinite(foot_off).any()), -(-len(panels) // 3))
    _write_title(page, _title(group, [session], cycles, sum(counts)))
    grid = page.grid(3, wspace=0.46)
    for i, panel in enumerate(panels):
        axes = page.figure.add_subplot(grid[i // 3, i % 3])
        curves = group.curves[panel][rows]
        series = [
            Series(SIDE_LOOKS[side], curves[sides == side], foot_off[sides == side], panel.by_stance)
            for side in present
        ]
        draw_panel(axes, panel, cycles.percent, series, group.norms[panel], group.limits[panel])
        if i + 3 >= len(panels):
            axes.set_xlabel(percent_label(group.cells["task"]))
    cells = group.cells
    parts = (cells["participant"], session, cells["task"], cells["condition"], cells["footwear"], "curves")
    return page.figure, parts, _row(group, "curves", session, sum(counts))


def _comparison_figure(cycles: _Cycles, group: _Group, sessions: list[str]) -> _Made | None:
    """One page: the key panels, one column per side, sessions over each other."""
    sides, of_session = (cycles.about[name].to_numpy()[group.rows] for name in ("side", "session"))
    foot_off = cycles.about["foot_off_percent"].to_numpy()[group.rows]
    present = _present(group, group.rows, sides)
    panels = [panel for panel in group.curves if panel.key]
    if not panels or not present:
        return None
    looks = [
        Look(_session_name(cycles, group, session), SESSION_COLOUR[i % 6], SESSION_LINE[i % 6])
        for i, session in enumerate(sessions)
    ]
    counts = [int((np.isin(sides, present) & (of_session == session)).sum()) for session in sessions]
    page = _page(group, looks, counts, bool(np.isfinite(foot_off).any()), len(panels), KEY_PANELS)
    _write_title(page, _title(group, sessions, cycles, sum(counts)))
    grid = page.grid(len(present), wspace=0.28)
    for i, panel in enumerate(panels):
        curves = group.curves[panel][group.rows]
        for j, side in enumerate(present):
            axes = page.figure.add_subplot(grid[i, j])
            chosen = [(sides == side) & (of_session == session) for session in sessions]
            series = [
                Series(look, curves[mine], foot_off[mine], panel.by_stance)
                for look, mine in zip(looks, chosen, strict=True)
            ]
            draw_panel(axes, panel, cycles.percent, series, group.norms[panel], group.limits[panel])
            if i == 0:
                axes.set_title(_COLUMN_TITLES[side], fontsize=8.5, fontweight="bold", pad=11)
            if i == len(panels) - 1:
                axes.set_xlabel(percent_label(group.cells["task"]))
    cells = group.cells
    parts = (cells["participant"], cells["task"], cells["condition"], cells["footwear"], "sessions")
    return page.figure, parts, _row(group, "sessions", ", ".join(sessions), sum(counts))


def _present(group: _Group, rows: np.ndarray, sides: np.ndarray) -> list[str]:
    """Return the sides that have any curve (cycles of side `both` usually carry metrics only)."""
    filled = np.any([np.isfinite(curves[rows]).any(axis=1) for curves in group.curves.values()], axis=0)
    return [side for side in SIDE_LOOKS if (filled & (sides == side)).any()]


@dataclass(frozen=True)
class _Page:
    """A page of panels below a title and a legend; lengths in inches."""

    figure: Figure
    height: float
    header: float
    rows: int

    def grid(self, columns: int, wspace: float) -> GridSpec:
        """Return the grid of panels between header and footer."""
        bottom, top = FOOTER / self.height, 1 - self.header / self.height
        return self.figure.add_gridspec(
            self.rows, columns, left=0.105, right=0.975, bottom=bottom, top=top, wspace=wspace, hspace=0.40
        )


def _page(
    group: _Group,
    looks: Sequence[Look],
    counts: Sequence[int],
    foot_off: bool,
    rows: int,
    candidates: Sequence[Panel] = PANELS,
) -> _Page:
    """Lay out a page: legend in two columns, the reference population on a line of its own, notes at the bottom."""
    handles, labels = legend_entries(looks, counts, foot_off)
    norm = group.reference
    legend_rows = -(-len(handles) // 4)
    header = 0.80 + 0.16 * (legend_rows + (norm is not None)) + (0.18 if candidates is not PANELS else 0)
    height = header + 1.62 * rows + FOOTER
    figure = Figure(figsize=(A4[0], height))
    place: Any = {"loc": "upper left", "handlelength": 3.4, "borderaxespad": 0, "labelspacing": 0.25, "borderpad": 0}
    top = 1 - 0.58 / height
    figure.legend(
        handles,
        labels,
        ncols=4,
        bbox_to_anchor=(0.035, top),
        columnspacing=1.5,
        handler_map={tuple: HandlerTuple(ndivide=1)},
        **place,
    )
    if norm is not None:
        patch, text = norm_entry(norm)
        figure.legend([patch], [text], bbox_to_anchor=(0.035, top - 0.16 * legend_rows / height), **place)
    figure.text(
        0.035, 0.08 / height, _notes(group, candidates), fontsize=5.8, color="#444444", va="bottom", linespacing=1.3
    )
    return _Page(figure, height, header, rows)


def _write_title(page: _Page, title: tuple[str, str]) -> None:
    page.figure.text(0.035, 1 - 0.30 / page.height, title[0], fontsize=11, fontweight="bold", va="baseline")
    page.figure.text(0.035, 1 - 0.48 / page.height, title[1], fontsize=8.5, va="baseline", color="#333333")


def _notes(group: _Group, candidates: Sequence[Panel]) -> str:
    missing = [panel for panel in candidates if panel not in group.curves]
    shown = [panel for panel in candidates if panel in group.curves]
    notes = f"n: cycles with values in at least {MIN_FILLED:.0%} of the curve (moments: of stance); others are single lines only."
    if any(panel.variable == "moment" for panel in shown):
        notes += f" Moments per body mass, in the joint coordinate system ({FRAME})."
    if TASKS.get(group.cells["task"], TASKS["static"]).cycle == "stride" and any(p.until_foot_off for p in shown):
        names = " and ".join(p.title.lower() for p in shown if p.until_foot_off)
        notes += f" {names.capitalize()}: stance only."
    lines = textwrap.wrap(notes, 165)
    if group.reference:
        lines += textwrap.wrap(f"Reference: {group.reference.source}; its SD is averaged over the cycle.", 165)
    if missing:
        names = ", ".join(f"{panel.title} ({panel.positive})" for panel in missing)
        lines += textwrap.wrap(f"No data: {names}.", 165)
    return "\n".join(lines)


def _title(group: _Group, sessions: Iterable[str], cycles: _Cycles, n: int) -> tuple[str, str]:
    names = [_session_name(cycles, group, session) for session in sessions]
    noun = "session" if len(names) == 1 else "sessions"
    cells = group.cells
    details = [task_title(cells["task"]).capitalize()]
    details += [f"condition: {cells['condition']}"] if cells["condition"] else []
    details += [f"footwear: {cells['footwear']}"] if cells["footwear"] else []
    details.append(f"{n} {'cycle' if n == 1 else 'cycles'}")
    return f"Participant {cells['participant']}  ·  {noun} {', '.join(names)}", "  ·  ".join(details)


def _session_name(cycles: _Cycles, group: _Group, session: str) -> str:
    """Return the session's label, with its date-free name where that differs."""
    about = cycles.about.iloc[group.rows]
    label = about.loc[about["session"] == session, "label"].iloc[0]
    return f"{session} ({label})" if label and label != session else str(session)


def _row(group: _Group, kind: str, session: str, n: int) -> dict:
    norm = group.reference
    text = f"{norm.population}; {norm.source}" if norm else ""
    return {**group.cells, "kind": kind, "session": session, "n_cycles": n, "reference": text}
