"""Figures of a participant's curves: each session on its pages, and sessions over each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from biomech.io.csv_parquet import write_tsv
from biomech.report.curve_groups import CurveGroup, Cycles, Options, curve_groups, read_cycles
from biomech.report.curve_plots import Look, Series, draw_panel
from biomech.report.figure_page import Page, new_page, notes
from biomech.report.norms import activity, no_norm
from biomech.report.panels import PAGES, Panel, percent_label, task_title
from biomech.report.style import (
    SESSION_COLOUR,
    SESSION_LINE,
    FileNames,
    save,
    style,
)

INDEX_COLUMNS = ("file", "kind", "participant", "session", "task", "condition", "footwear", "n_cycles", "reference")
SIDES = ("left", "right", "both")
_COLUMN_TITLES = {"left": "Left side", "right": "Right side", "both": "Both sides"}


def curve_figures(
    visits: Sequence[xr.Dataset],
    folder: Path,
    formats: Sequence[str] = ("svg", "png"),
    options: Options | None = None,
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
    options : Options, optional
        What is drawn, and how.
    made_from : mapping, optional
        Provenance, written into the metadata of every file.
    reference : pd.DataFrame, optional
        A lab's own reference curves, drawn instead of the published ones where it has them.

    Returns
    -------
    list of Path
        The files, the index last.
    """
    folder, options = Path(folder), options or Options()
    names, rows, paths = FileNames(), [], []
    with style():
        for figure, parts, row in _figures(read_cycles(visits, options.panels), options, reference):
            name = names.name(*parts)
            paths += save(figure, folder, name, formats, made_from)
            rows.append({**row, "file": f"{name}.{formats[0]}"})
    index = pd.DataFrame(rows, columns=list(INDEX_COLUMNS))
    return [*paths, write_tsv(index, folder / "index.tsv")]


_Made = tuple[Figure, tuple[str, ...], dict]  # figure, parts of its name, row of the index


def _figures(cycles: Cycles, options: Options, own: pd.DataFrame | None) -> Iterator[_Made]:
    for group in curve_groups(cycles, options, own):
        of_group = cycles.about["session"].to_numpy()[group.rows]
        sessions = list(dict.fromkeys(of_group.tolist()))
        for session in sessions:
            yield from _session_figures(cycles, group, group.rows[of_group == session], session, options)
        if len(sessions) > 1 and (made := _comparison_figure(cycles, group, sessions, options)):
            yield made


def _session_figures(
    cycles: Cycles, group: CurveGroup, rows: np.ndarray, session: str, options: Options
) -> Iterator[_Made]:
    """Make the pages of one session: angles, loads, muscles; left and right over each other."""
    sides = cycles.about["side"].to_numpy()[rows]
    for kind, lines in _pages(group, rows, options).items():
        panels = [panel for line in lines for panel in line if panel]
        present = _present(group, panels, rows, sides)
        looks = [options.look(side) for side in present]
        missing = [p for p in options.panels if p.page == kind != "emg" and p not in group.curves]
        page = _new_page(cycles, group, rows, looks, panels, len(lines), _notes(group, panels, missing, options))
        n = int(np.isin(sides, present).sum())
        kinds = [name for name in PAGES if any(panel.page == name for panel in panels)]
        page.write_title(*_title(group, [session], cycles, n, kinds))
        grid = page.grid(3, wspace=0.34)
        for i, line in enumerate(lines):
            for j, panel in enumerate(line):
                if panel:
                    chosen = [(look, rows[sides == side]) for look, side in zip(looks, present, strict=True)]
                    last = not any(j < len(below) and below[j] for below in lines[i + 1 :])
                    _draw(page, grid[i, j], cycles, group, panel, chosen, last)
        cells = group.cells
        parts = (cells["participant"], session, cells["task"], cells["condition"], cells["footwear"], kind)
        yield page.figure, parts, _row(group, panels, kind, session, n)


_Lines = list[list[Panel | None]]


def _pages(group: CurveGroup, rows: np.ndarray, options: Options) -> dict[str, _Lines]:
    """Return the rows of every page, three panels each, without pages and rows that have nothing to show.

    The panels of a joint stay in their row, unless the config names the panels. One row of muscles needs no page of its own.
    """
    pages: dict[str, _Lines] = {}
    for kind in PAGES:
        of_page = [panel for panel in options.panels if panel.page == kind]
        shown = [p for p in of_page if p in group.curves and np.isfinite(group.curves[p][rows]).any()]
        fill = options.chosen or kind == "emg"
        places: list[Panel | None] = [*shown] if fill else [panel if panel in shown else None for panel in of_page]
        lines = [places[first : first + 3] for first in range(0, len(places), 3)]
        pages[kind] = [line for line in lines if any(line)]
    if len(pages["emg"]) == 1 and pages["kinetics"]:
        pages["kinetics"] += pages.pop("emg")
    return {kind: lines for kind, lines in pages.items() if lines}


def _comparison_figure(cycles: Cycles, group: CurveGroup, sessions: list[str], options: Options) -> _Made | None:
    """One page: the key panels, one column per side, sessions over each other."""
    sides, of_session = (cycles.about[name].to_numpy()[group.rows] for name in ("side", "session"))
    panels = [panel for panel in group.curves if panel.key]
    present = _present(group, panels, group.rows, sides)
    if not present:
        return None
    looks = [
        Look(_session_name(cycles, group, session), SESSION_COLOUR[i % 6], SESSION_LINE[i % 6])
        for i, session in enumerate(sessions)
    ]
    page = _new_page(cycles, group, group.rows, looks, panels, len(panels), _notes(group, panels, [], options), True)
    n = int(np.isin(sides, present).sum())
    page.write_title(*_title(group, sessions, cycles, n, []))
    grid = page.grid(len(present), wspace=0.20)
    for i, panel in enumerate(panels):
        for j, side in enumerate(present):
            chosen = [
                (look, group.rows[(sides == side) & (of_session == session)])
                for look, session in zip(looks, sessions, strict=True)
            ]
            axes = _draw(page, grid[i, j], cycles, group, panel, chosen, i == len(panels) - 1)
            if i == 0:
                title = {"fontsize": 8.5, "fontweight": "bold", "ha": "center", "textcoords": "offset points"}
                axes.annotate(_COLUMN_TITLES[side], (0.5, 1), (0, 15), xycoords="axes fraction", **title)
    cells = group.cells
    parts = (cells["participant"], cells["task"], cells["condition"], cells["footwear"], "sessions")
    return page.figure, parts, _row(group, panels, "sessions", ", ".join(sessions), n)


def _draw(page: Page, place, cycles: Cycles, group: CurveGroup, panel: Panel, chosen, last: bool):  # type: ignore[no-untyped-def]
    """Draw a panel at its place in the grid; the lowest one of its column carries the labels of the cycle."""
    axes = page.figure.add_subplot(place)
    # an axis without a label needs no place for it, and labels that are never made need not be hidden: a tenth of the time
    axes.yaxis.set_label_coords(0, 0.5)
    if last:
        axes.set_xlabel(percent_label(group.cells["task"]), labelpad=1.5)
    else:
        axes.xaxis.set_label_coords(0.5, 0)
        axes.tick_params(labelbottom=False)
    series = [
        Series(look, group.curves[panel][rows], {e: at[rows] for e, at in cycles.events.items()}, panel.by_stance)
        for look, rows in chosen
    ]
    task, emg = group.cells["task"], panel.variable == "emg"
    active = activity(task, panel.quantity, group.age) if emg else ()
    unit = group.unit if emg else panel.unit
    draw_panel(axes, panel, cycles.percent, series, group.norms[panel], group.scales[panel], unit, active)
    return axes


def _new_page(
    cycles: Cycles,
    group: CurveGroup,
    rows: np.ndarray,
    looks: list[Look],
    panels: list[Panel],
    n: int,
    notes: list[str],
    titled: bool = False,
) -> Page:
    events = [event for event, at in cycles.events.items() if np.isfinite(at[rows]).any()]
    return new_page(looks, events, group.cells["task"], group.reference(panels), n, notes, titled)


def _notes(group: CurveGroup, panels: list[Panel], missing: list[Panel], options: Options) -> list[str]:
    task, norm = group.cells["task"], group.reference(panels)
    why = no_norm(task, group.age) if options.norms else ""
    lines = notes(panels, missing, [group.scales[panel] for panel in panels], task, norm, why)
    if any(panel.variable == "emg" and activity(task, panel.quantity, group.age) for panel in panels):
        lines.append(
            "Grey bar: usual activity, where the mean envelope of the reference lies above half of its range (Schwartz, "
            "Rozumalski & Trost 2008, J Biomech 41:1639-1650, children)."
        )
    return lines


def _present(group: CurveGroup, panels: Sequence[Panel], rows: np.ndarray, sides: np.ndarray) -> list[str]:
    """Return the sides that have any curve (cycles of side `both` usually carry metrics only)."""
    if not panels:
        return []
    filled = np.any([np.isfinite(group.curves[panel][rows]).any(axis=1) for panel in panels], axis=0)
    return [side for side in SIDES if (filled & (sides == side)).any()]


_KINDS = {"kinematics": "joint angles", "kinetics": "forces, moments, powers", "emg": "muscle activity"}


def _title(group: CurveGroup, sessions: Iterable[str], cycles: Cycles, n: int, kinds: Iterable[str]) -> tuple[str, str]:
    names = [_session_name(cycles, group, session) for session in sessions]
    noun = "session" if len(names) == 1 else "sessions"
    cells = group.cells
    details = [task_title(cells["task"]).capitalize(), *(_KINDS[kind] for kind in kinds)]
    details += [f"condition: {cells['condition']}"] if cells["condition"] else []
    details += [f"footwear: {cells['footwear']}"] if cells["footwear"] else []
    details.append(f"{n} {'cycle' if n == 1 else 'cycles'}")
    return f"Participant {cells['participant']}  ·  {noun} {', '.join(names)}", "  ·  ".join(details)


def _session_name(cycles: Cycles, group: CurveGroup, session: str) -> str:
    """Return the session's label, with its date-free name where that differs."""
    about = cycles.about.iloc[group.rows]
    label = about.loc[about["session"] == session, "label"].iloc[0]
    return f"{session} ({label})" if label and label != session else str(session)


def _row(group: CurveGroup, panels: Sequence[Panel], kind: str, session: str, n: int) -> dict:
    norm = group.reference(panels)
    text = f"{norm.population}; {norm.source}" if norm else ""
    return {**group.cells, "kind": kind, "session": session, "n_cycles": n, "reference": text}
