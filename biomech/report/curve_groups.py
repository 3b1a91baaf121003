"""Curves of a participant's cycles, grouped as pages show them, with the reference and the scale of every panel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from biomech.columns import AGE_COLUMNS
from biomech.report.curve_plots import Look, panel_values
from biomech.report.events import cycle_events
from biomech.report.norms import Norm, norm_curve
from biomech.report.panels import PANELS, Panel, select
from biomech.report.scales import Scale, extent, scale_of
from biomech.report.style import DEFAULT_COLOURS, SIDE_COLOURS, SIDE_LINE

_ALIKE = ["session", "condition", "footwear", "side"]  # cycles of a participant and task that are averaged together
GROUP = ("participant", "task", "condition", "footwear")
_TEXTS = (*GROUP, "session", "label", "side", "trial", "emg_unit")  # what the figures use of a cycle
_NUMBERS = ("start", "end", "foot_off_percent", "bottom_percent")


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


@dataclass(frozen=True)
class Cycles:
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


def read_cycles(visits: Sequence[xr.Dataset], panels: Sequence[Panel]) -> Cycles:
    """Read the curves of panels, and what is drawn of every cycle, of all visits; only what is needed is read."""
    filled = [one for one in visits if one.sizes.get("cycle") and "percent" in one.coords]
    if not filled:
        return Cycles(pd.DataFrame(columns=list(GROUP)), np.empty(0), {}, {})
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
    return Cycles(about, percent, curves, cycle_events(about))


def _about(visit: xr.Dataset) -> pd.DataFrame:
    n = visit.sizes["cycle"]
    columns = {name: visit[name].to_numpy() if name in visit.coords else np.full(n, "") for name in _TEXTS}
    about = pd.DataFrame(columns).astype(str)
    for name in _NUMBERS:
        about[name] = visit[name].to_numpy().astype(float) if name in visit.coords else np.nan
    age = next((visit[name].to_numpy() for name in AGE_COLUMNS if name in visit.coords), np.full(n, np.nan))
    return about.assign(age=pd.to_numeric(pd.Series(age), errors="coerce").to_numpy(float))


@dataclass(frozen=True)
class CurveGroup:
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


def curve_groups(cycles: Cycles, options: Options, own: pd.DataFrame | None) -> Iterator[CurveGroup]:
    """Yield the cycles of every participant, task, condition and footwear, with norms and scales.

    Parameters
    ----------
    cycles : Cycles
    options : Options
    own : pd.DataFrame, optional
        A lab's own reference curves.
    """
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
        yield CurveGroup(cells, rows, age, unit, {p: values[p] for p in shown}, {p: found[p] for p in shown}, shown)


def _norm(panel: Panel, task: str, percent: np.ndarray, own: pd.DataFrame | None, age: float) -> Norm | None:
    return norm_curve(task, panel.variable, panel.quantity, percent, own, age)
