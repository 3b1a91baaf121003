"""Figures of a participant's curves: each session on its pages, and sessions over each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from biomech.io.csv_parquet import write_tsv
from biomech.report.curve_plots import Look, Series, draw_panel, panel_values
from biomech.report.events import cycle_events
from biomech.report.figure_page import Page, new_page, notes
from biomech.report.norms import Norm, activity, no_norm, norm_curve
from biomech.report.panels import PAGES, PANELS, Panel, percent_label, select, task_title
from biomech.report.scales import Scale, extent, scale_of
from biomech.report.style import (
    DEFAULT_COLOURS,
    SESSION_COLOUR,
    SESSION_LINE,
    SIDE_COLOURS,
    SIDE_LINE,
    FileNames,
    save,
    style,
)

INDEX_COLUMNS = ("file", "kind", "participant", "session", "task", "condition", "footwear", "n_cycles", "reference")
SIDES = ("left", "right", "both")
_COLUMN_TITLES = {"left": "Left side", "right": "Right side", "both": "Both sides"}
_ALIKE = ["session", "condition", "footwear", "side"]  # cycles of a participant and task that are averaged together
GROUP = ("participant", "task", "condition", "footwear")
_TEXTS = (*GROUP, "session", "label", "side", "trial", "emg_unit")  # what the figures use of a cycle
_NUMBERS = ("start", "end", "foot_off_percent", "bottom_percent")
_AGES = ("age_years", "age")


@dataclass(frozen=True)
class Options:
    """What the config's section `report` says of the pages of curves.

    Attributes
    ----------
    norms : bool
    panels : tuple of Panel
        In the order in which they stand.
    chosen : bool
        Whether the config named the panels; else those of one joint stay in their row.
    y_limits : {"fixed", "auto"}
    colours : str
        Key of `biomech.report.style.SIDE_COLOURS`.
    """

    norms: bool = True
    panels: tuple[Panel, ...] = PANELS
    chosen: bool = False
    y_limits: str = "fixed"
    colours: str = DEFAULT_COLOURS

    @classmethod
    def of(cls, report: Mapping) -> Options:
        """Return the options of the config's section; what it lacks keeps its default."""
        names = report.get("panels", ())
        return cls(
            bool(report.get("norms", True)),
            select(names),
            bool(names),
            report.get("y_limits", "fixed"),
            report.get("side_colours", DEFAULT_COLOURS),
        )

    def look(self, side: str) -> Look:
        """Return how a side is drawn."""
        return Look(side.capitalize(), SIDE_COLOURS[self.colours][side], SIDE_LINE[side])


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
        for figure, parts, row in _figures(_cycles(visits, options.panels), options, reference):
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
        One row per cycle: texts, times and the person's age (NaN where the sheets give none).
    percent : (101,) array
    curves : mapping
        Panel -> (cycle, 101) array, in the panel's sign; NaN where a visit lacks it.
    events : mapping
        Event -> (cycle,) percent.
    """

    about: pd.DataFrame
    percent: np.ndarray
    curves: dict[Panel, np.ndarray]
    events: dict[str, np.ndarray]


def _cycles(visits: Sequence[xr.Dataset], panels: Sequence[Panel]) -> _Cycles:
    filled = [one for one in visits if one.sizes.get("cycle") and "percent" in one.coords]
    if not filled:
        return _Cycles(pd.DataFrame(columns=list(GROUP)), np.empty(0), {}, {})
    about = pd.concat([_about(one) for one in filled], ignore_index=True)
    percent = filled[0]["percent"].to_numpy()
    curves = {}
    for panel in panels:
        parts = [panel_values(one, panel) for one in filled]
        if any(part is not None and np.isfinite(part).any() for part in parts):
            missing = [np.full((one.sizes["cycle"], len(percent)), np.nan) for one in filled]
            curves[panel] = np.concatenate(
                [gap if part is None else part for part, gap in zip(parts, missing, strict=True)]
            )
    return _Cycles(about, percent, curves, cycle_events(about))


def _about(visit: xr.Dataset) -> pd.DataFrame:
    n = visit.sizes["cycle"]
    columns = {name: visit[name].to_numpy() if name in visit.coords else np.full(n, "") for name in _TEXTS}
    about = pd.DataFrame(columns).astype(str)
    for name in _NUMBERS:
        about[name] = visit[name].to_numpy().astype(float) if name in visit.coords else np.nan
    age = next((visit[name].to_numpy() for name in _AGES if name in visit.coords), np.full(n, np.nan))
    return about.assign(age=pd.to_numeric(pd.Series(age), errors="coerce").to_numpy(float))


_Made = tuple[Figure, tuple[str, ...], dict]  # figure, parts of its name, row of the index


@dataclass(frozen=True)
class _Group:
    """Cycles of one participant, task, condition and footwear, with what its figures share."""

    cells: dict[str, str]
    rows: np.ndarray  # positions of the cycles
    age: float
    unit: str  # of the muscles' envelopes
    curves: dict[Panel, np.ndarray]  # panel -> curves of all cycles
    norms: dict[Panel, Norm | None]
    scales: dict[Panel, Scale]

    def reference(self, panels: Iterable[Panel]) -> Norm | None:
        """Return the reference whose population a page with these panels names."""
        return next((norm for panel in panels if (norm := self.norms[panel]) is not None), None)


def _figures(cycles: _Cycles, options: Options, own: pd.DataFrame | None) -> Iterator[_Made]:
    for group in _groups(cycles, options, own):
        of_group = cycles.about["session"].to_numpy()[group.rows]
        sessions = list(dict.fromkeys(of_group.tolist()))
        for session in sessions:
            yield from _session_figures(cycles, group, group.rows[of_group == session], session, options)
        if len(sessions) > 1 and (made := _comparison_figure(cycles, group, sessions, options)):
            yield made


def _groups(cycles: _Cycles, options: Options, own: pd.DataFrame | None) -> Iterator[_Group]:
    about, values, percent = cycles.about, cycles.curves, cycles.percent
    keys = list(about[list(GROUP)].itertuples(index=False, name=None))
    scales: dict[tuple, dict[Panel, Scale | None]] = {}
    for key in dict.fromkeys(keys):
        cells = dict(zip(GROUP, key, strict=True))
        rows = np.array([i for i, other in enumerate(keys) if other == key])
        age = float(about["age"].iloc[rows[0]])
        found = {p: _norm(p, cells["task"], percent, own, age) if options.norms else None for p in values}
        # one scale for all figures of a participant and task, so that they can be laid next to each other
        person = key[:2]
        mine = ((about["participant"] == key[0]) & (about["task"] == key[1])).to_numpy()
        units = set(about.loc[mine, "emg_unit"]) - {""}
        unit = units.pop() if len(units) == 1 else ""
        if person not in scales:
            kinds = about.loc[mine].groupby(_ALIKE, sort=False).ngroup().to_numpy()
            series = [kinds == kind for kind in range(kinds.max() + 1)]
            scales[person] = {
                p: scale_of(p, key[1], extent(curves[mine], series, found[p], p.factor), options.y_limits, unit)
                for p, curves in values.items()
            }
        shown = {p: scale for p, scale in scales[person].items() if scale is not None}
        yield _Group(cells, rows, age, unit, {p: values[p] for p in shown}, {p: found[p] for p in shown}, shown)


def _norm(panel: Panel, task: str, percent: np.ndarray, own: pd.DataFrame | None, age: float) -> Norm | None:
    return norm_curve(task, panel.variable, panel.quantity, percent, own, age)


def _session_figures(
    cycles: _Cycles, group: _Group, rows: np.ndarray, session: str, options: Options
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


def _pages(group: _Group, rows: np.ndarray, options: Options) -> dict[str, _Lines]:
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


def _comparison_figure(cycles: _Cycles, group: _Group, sessions: list[str], options: Options) -> _Made | None:
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


def _draw(page: Page, place, cycles: _Cycles, group: _Group, panel: Panel, chosen, last: bool):  # type: ignore[no-untyped-def]
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
    cycles: _Cycles,
    group: _Group,
    rows: np.ndarray,
    looks: list[Look],
    panels: list[Panel],
    n: int,
    notes: list[str],
    titled: bool = False,
) -> Page:
    events = [event for event, at in cycles.events.items() if np.isfinite(at[rows]).any()]
    return new_page(looks, events, group.cells["task"], group.reference(panels), n, notes, titled)


def _notes(group: _Group, panels: list[Panel], missing: list[Panel], options: Options) -> list[str]:
    task, norm = group.cells["task"], group.reference(panels)
    why = no_norm(task, group.age) if options.norms else ""
    lines = notes(panels, missing, [group.scales[panel] for panel in panels], task, norm, why)
    if any(panel.variable == "emg" and activity(task, panel.quantity, group.age) for panel in panels):
        lines.append(
            "Grey bar: usual activity, where the mean envelope of the reference lies above half of its range (Schwartz, "
            "Rozumalski & Trost 2008, J Biomech 41:1639-1650, children)."
        )
    return lines


def _present(group: _Group, panels: Sequence[Panel], rows: np.ndarray, sides: np.ndarray) -> list[str]:
    """Return the sides that have any curve (cycles of side `both` usually carry metrics only)."""
    if not panels:
        return []
    filled = np.any([np.isfinite(group.curves[panel][rows]).any(axis=1) for panel in panels], axis=0)
    return [side for side in SIDES if (filled & (sides == side)).any()]


_KINDS = {"kinematics": "joint angles", "kinetics": "forces, moments, powers", "emg": "muscle activity"}


def _title(group: _Group, sessions: Iterable[str], cycles: _Cycles, n: int, kinds: Iterable[str]) -> tuple[str, str]:
    names = [_session_name(cycles, group, session) for session in sessions]
    noun = "session" if len(names) == 1 else "sessions"
    cells = group.cells
    details = [task_title(cells["task"]).capitalize(), *(_KINDS[kind] for kind in kinds)]
    details += [f"condition: {cells['condition']}"] if cells["condition"] else []
    details += [f"footwear: {cells['footwear']}"] if cells["footwear"] else []
    details.append(f"{n} {'cycle' if n == 1 else 'cycles'}")
    return f"Participant {cells['participant']}  ·  {noun} {', '.join(names)}", "  ·  ".join(details)


def _session_name(cycles: _Cycles, group: _Group, session: str) -> str:
    """Return the session's label, with its date-free name where that differs."""
    about = cycles.about.iloc[group.rows]
    label = about.loc[about["session"] == session, "label"].iloc[0]
    return f"{session} ({label})" if label and label != session else str(session)


def _row(group: _Group, panels: Sequence[Panel], kind: str, session: str, n: int) -> dict:
    norm = group.reference(panels)
    text = f"{norm.population}; {norm.source}" if norm else ""
    return {**group.cells, "kind": kind, "session": session, "n_cycles": n, "reference": text}
