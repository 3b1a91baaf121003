"""The pages of curves as plain values: single cycles, what their means are of, events, references, scales, visits before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from biomech.html_report.packed import packed
from biomech.report.curve_groups import CurveGroup, Cycles, Options, curve_groups, read_cycles
from biomech.report.curve_plots import MIN_FILLED, Look, Series
from biomech.report.events import MARKS, event_name
from biomech.report.norms import Norm, activity, no_norm
from biomech.report.panels import PAGES, Panel, percent_label, task_title
from biomech.report.scales import MIN_BAND, extent
from biomech.schema import SIDES

PAGE_TITLES = {"kinematics": "Joint angles", "kinetics": "Forces, moments, powers", "emg": "Muscle activity"}
_COLUMNS = 3
_SIDES = (*SIDES, "both")
_LOOK = Look("", "", "-")


def curve_pages(
    visits: Sequence[xr.Dataset], session: str, options: Options, own: pd.DataFrame | None = None
) -> list[dict[str, Any]]:
    """Return the pages of one session, one for each task, condition and footwear.

    Parameters
    ----------
    visits : sequence of xr.Dataset
        Cycles of the participant's sessions, in order: this one and those before it.
    session : str
        Whose single cycles are shown; of the others the mean alone.
    options : Options
        What is drawn, and how.
    own : pd.DataFrame, optional
        A lab's own reference curves.

    Returns
    -------
    list of dict
        JSON-ready; curves are packed (`biomech.html_report.packed`) in the panel's sign and unit, shape (cycles, 101).
    """
    cycles = read_cycles(visits, options.panels)
    if not len(cycles.percent):
        return []
    of_session = cycles.about["session"].to_numpy() == session
    pages: list[dict[str, Any]] = []
    for group in curve_groups(cycles, options, own):
        rows = group.rows[of_session[group.rows]]
        if page := _page(cycles, group, rows, options):
            pages.append(page | {"id": f"curves-{len(pages)}"})
    return pages


def _page(cycles: Cycles, group: CurveGroup, rows: np.ndarray, options: Options) -> dict[str, Any] | None:
    shown = {p: values[rows] for p, values in group.curves.items() if np.isfinite(values[rows]).any()}
    if not shown:
        return None
    cells, task = group.cells, group.cells["task"]
    about = cycles.about.iloc[rows]
    norm = group.reference(list(shown))
    return {
        "task": task,
        "condition": cells["condition"],
        "footwear": cells["footwear"],
        "title": ", ".join(filter(None, (task_title(task), cells["condition"], cells["footwear"]))),
        "percent_label": percent_label(task),
        "percent": [float(value) for value in cycles.percent],
        "sides": [side for side in _SIDES if (about["side"] == side).any()],
        "cycles": [
            {"trial": str(one.trial), "side": str(one.side), "start": _plain(one.start), "end": _plain(one.end)}
            for one in about.itertuples(index=False)
        ],
        "events": [
            {"event": name, "words": event_name(name, task), "filled": MARKS[name].filled, "line": MARKS[name].line}
            | {"at": [_plain(value) for value in at[rows]]}
            for name, at in cycles.events.items()
            if np.isfinite(at[rows]).any()
        ],
        "sections": _sections(cycles, group, rows, shown, options),
        "reference": f"{norm.population}; {norm.source}" if norm else "",
        "no_reference": "" if norm or not options.norms else no_norm(task, group.age),
        "least_in_band": MIN_BAND,
        "least_filled_percent": round(100 * MIN_FILLED),
    }


def _sections(
    cycles: Cycles, group: CurveGroup, rows: np.ndarray, shown: dict[Panel, np.ndarray], options: Options
) -> list[dict[str, Any]]:
    """Return joint angles, loads and muscles; the planes of one joint stay in their row, with None where one is missing."""
    sections = []
    for kind in PAGES:
        of_page = [panel for panel in options.panels if panel.page == kind]
        fill = options.chosen or kind == "emg"
        places: list[Panel | None] = [p if p in shown else None for p in of_page if p in shown or not fill]
        lines = [places[first : first + _COLUMNS] for first in range(0, len(places), _COLUMNS)]
        panels = [
            None if panel is None else _panel(cycles, group, rows, panel, shown[panel])
            for line in lines
            if any(line)
            for panel in [*line, *[None] * (_COLUMNS - len(line))]
        ]
        if panels:
            missing = [panel.title for panel in of_page if panel not in shown and kind != "emg"]
            sections.append({"kind": kind, "title": PAGE_TITLES[kind], "panels": panels, "missing": missing})
    return sections


def _panel(cycles: Cycles, group: CurveGroup, rows: np.ndarray, panel: Panel, values: np.ndarray) -> dict[str, Any]:
    scale, norm = group.scales[panel], group.norms[panel]
    emg = panel.variable == "emg"
    return {
        "name": panel.name,
        "title": panel.title,
        "unit": group.unit if emg else panel.unit,
        "up": panel.ends.positive,
        "down": panel.ends.negative,
        "curves": packed(values),
        "whole": [bool(one) for one in _series(cycles, rows, panel, values).whole],
        "scale": [float(scale.low), float(scale.high)],
        "usual": [float(end) for end in scale.usual] if scale.usual else None,
        "extent": _extent(group, panel, values, norm),
        "norm": _norm(panel, norm),
        "active": [list(map(float, part)) for part in activity(group.cells["task"], panel.quantity, group.age)]
        if emg
        else [],
        "before": _before(cycles, group, rows, panel),
    }


def _series(cycles: Cycles, rows: np.ndarray, panel: Panel, values: np.ndarray) -> Series:
    return Series(_LOOK, values, {event: at[rows] for event, at in cycles.events.items()}, panel.by_stance)


def _extent(group: CurveGroup, panel: Panel, values: np.ndarray, norm: Norm | None) -> list[float]:
    """Return the vertical axis that spans what is drawn."""
    low, high = extent(values, [], norm, panel.factor) or (0.0, 1.0)
    margin = max(0.05 * (high - low), 1e-3)
    return [low - margin, high + margin]


def _norm(panel: Panel, norm: Norm | None) -> dict[str, Any] | None:
    if norm is None:
        return None
    return {
        "mean": packed(panel.factor * norm.mean),
        "sd": packed(abs(panel.factor) * norm.sd),
        "population": norm.population,
        "source": norm.source,
    }


def _before(cycles: Cycles, group: CurveGroup, rows: np.ndarray, panel: Panel) -> list[dict[str, Any]]:
    """Return the mean of every other visit and side, and of how many cycles it is."""
    own = set(rows.tolist())
    others = np.array([row for row in group.rows if row not in own], dtype=int)
    about, out = cycles.about.iloc[others], []
    for session in dict.fromkeys(about["session"]):
        for side in _SIDES:
            chosen = others[((about["session"] == session) & (about["side"] == side)).to_numpy()]
            averaged = _series(cycles, chosen, panel, group.curves[panel][chosen]).averaged
            if len(averaged):
                together = np.where(np.isnan(averaged).any(axis=0), np.nan, averaged)
                mean = together.mean(axis=0)
                out.append({"session": str(session), "side": side, "n": len(averaged), "mean": packed(mean)})
    return out


def _plain(value: Any) -> float | None:
    number = float(value)
    return round(number, 4) if np.isfinite(number) else None
