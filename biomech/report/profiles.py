"""Movement analysis profile: distance of each curve of a leg from the reference, next to that of the reference's people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from biomech.columns import PROFILE_VARIABLES
from biomech.io.csv_parquet import read_parquet, write_tsv
from biomech.report.figures import INDEX_COLUMNS
from biomech.report.panels import task_title
from biomech.report.style import DEFAULT_COLOURS, NORM_EDGE, NORM_FACE, SIDE_COLOURS, FileNames, save, style
from biomech.schema import SIDES

PER_PAGE = 4  # sessions on one page
LEAST_DEG = 20.0  # a shorter scale would make noise look large
_WIDTH = 0.4
_TITLES = (
    *("Pelvis\ntilt", "Pelvis\nobliquity", "Pelvis\nrotation", "Hip\nflexion", "Hip\nadduction", "Hip\nrotation"),
    *("Knee\nflexion", "Ankle\ndorsiflexion", "Foot\nprogression", "GPS"),
)


def write_profile_figures(table: Path, folder: Path, report: Mapping[str, Any], made_from: Mapping[str, str]) -> None:
    """Draw the movement analysis profiles of a study, with a list of the figures in ``index.tsv``.

    Parameters
    ----------
    table : Path
        ``profile_scores.parquet``.
    folder : Path
        Made if it is not there.
    report : mapping
        Section `report` of the config: ``formats`` and ``side_colours``.
    made_from : mapping
        Provenance.
    """
    folder.mkdir(parents=True, exist_ok=True)
    colours, formats = SIDE_COLOURS[report.get("side_colours", DEFAULT_COLOURS)], tuple(report["formats"])
    names, rows = FileNames(), []
    with style():
        for figure, parts, row in profile_figures(read_parquet(table), colours):
            name = names.name("profile", *parts)
            save(figure, folder, name, formats, made_from)
            rows.append({"kind": "profile", "file": f"{name}.{formats[0]}", **row})
    write_tsv(pd.DataFrame(rows, columns=list(INDEX_COLUMNS)), folder / "index.tsv")


def profile_figures(
    table: pd.DataFrame, colours: Mapping[str, str]
) -> Iterator[tuple[Figure, tuple[str, ...], dict[str, Any]]]:
    """Yield a page for every participant, condition and footwear (and `PER_PAGE` sessions), its name and its row of the index.

    Bars from 0 to the score of a curve, left and right, and the Gait Profile Score of the leg at the end; the grey bar behind them
    is what people of the reference have (as the dark part of the bars of Baker 2009, Gait Posture 30:265, fig. 1).

    Parameters
    ----------
    table : DataFrame
        As `biomech.statistics.session_profiles.session_profiles` gives it.
    colours : mapping
        Side to colour.
    """
    legs = table[table["side"].isin(SIDES) & table[list(PROFILE_VARIABLES)].notna().any(axis=1)]
    same = ["participant", "task", "condition", "footwear"]
    for (who, task, condition, footwear), rows in legs.groupby(same, sort=False):
        sessions = list(dict.fromkeys(rows["session"]))
        for first in range(0, len(sessions), PER_PAGE):
            shown = sessions[first : first + PER_PAGE]
            some = rows[rows["session"].isin(shown)]
            about = "  ·  ".join(filter(None, (str(who), task_title(str(task)), str(condition), str(footwear))))
            more = f"page{first // PER_PAGE + 1}" if len(sessions) > PER_PAGE else ""
            index = {"participant": who, "session": ", ".join(map(str, shown)), "task": task, "condition": condition}
            index |= {"footwear": footwear, "n_cycles": some["n_cycles"].sum(), "reference": some["reference"].iloc[0]}
            yield _page(some, shown, about, colours), (str(who), str(condition), str(footwear), more), index


def _page(rows: pd.DataFrame, sessions: list[str], about: str, colours: Mapping[str, str]) -> Figure:
    height = 1.25 + 1.9 * len(sessions)
    figure = Figure(figsize=(8.27, height))
    figure.text(0.035, 1 - 0.30 / height, "Movement analysis profile", fontsize=11, fontweight="bold")
    figure.text(0.035, 1 - 0.48 / height, about, fontsize=8.5, color="#333333")
    usual = "Grey: root mean square over the people of the reference"
    figure.text(0.035, 0.06 / height, f"{usual}: {rows['reference'].iloc[0]}.", fontsize=5.8, color="#444444")
    handles = [
        Patch(fc=colours[side], hatch=h, ec="white", label=side.capitalize())
        for side, h in zip(SIDES, ("///", ""), strict=True)
    ]
    handles.append(Patch(fc=NORM_FACE, ec=NORM_EDGE, label="People of the reference"))
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.028, 1 - 0.55 / height), ncols=3)
    bounds = {"left": 0.09, "right": 0.975, "bottom": 0.55 / height, "top": 1 - 0.95 / height}
    grid = figure.add_gridspec(len(sessions), 1, hspace=0.35, **bounds)
    top = max(LEAST_DEG, 1.08 * float(np.nanmax(rows[[*PROFILE_VARIABLES, "gps"]].to_numpy(float))))
    for i, session in enumerate(sessions):
        axes = figure.add_subplot(grid[i])
        _bars(axes, rows[rows["session"] == session], colours)
        axes.set(xlim=(-0.6, len(_TITLES) - 0.4), ylim=(0, top), ylabel="RMS distance (degrees)")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.text(0, 1.03, f"session {session}", transform=axes.transAxes, fontsize=8, fontweight="bold", va="bottom")
        axes.set_xticks(range(len(_TITLES)), _TITLES if i == len(sessions) - 1 else [""] * len(_TITLES))
        axes.tick_params(axis="x", length=0)
        axes.axvline(len(_TITLES) - 1.5, color="#8A8A8A", lw=0.5)
    return figure


def _bars(axes: Axes, rows: pd.DataFrame, colours: Mapping[str, str]) -> None:
    """Draw both legs of one session."""
    names = [*PROFILE_VARIABLES, "gps"]
    for row in rows.to_dict("records"):
        side = str(row["side"])
        place = np.arange(len(names)) + _WIDTH / 2 * (-1 if side == "left" else 1)
        value, usual = (np.array([row[f"{start}{name}"] for name in names], float) for start in ("", "usual_"))
        hatch = "///" if side == "left" else None
        axes.bar(place, value, 0.8 * _WIDTH, color=colours[side], hatch=hatch, ec="white", lw=0.4, zorder=2)
        axes.bar(place, usual, 1.15 * _WIDTH, color=NORM_FACE, zorder=1)
        axes.hlines(usual, place - 0.575 * _WIDTH, place + 0.575 * _WIDTH, color="black", lw=0.8, zorder=3)
        for x, y in zip(place[np.isfinite(value)], value[np.isfinite(value)], strict=True):
            axes.text(x, y, f"{y:.0f}" if y >= 9.95 else f"{y:.1f}", ha="center", va="bottom", fontsize=5.5, zorder=4)
