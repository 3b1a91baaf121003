"""Contact sheet of static trials: every person as a stick figure from the front and from the right side."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from biomech.io.csv_parquet import write_bytes
from biomech.report.stick_figure import Drawn, Scene, axes_of_views, plain_axes
from biomech.report.style import style

#: Static trials on one picture.
PER_SHEET = 24
_COLUMNS = 4
_NARROWEST_M = 0.35  # from the middle of a person to the edge of a view


def write_static_sheet(scenes: Sequence[tuple[Scene, str]], path: Path) -> Path:
    """Write a PNG with one cell for each static trial: from the front on the left, from the right side on the right.

    Parameters
    ----------
    scenes : sequence of (Scene, str)
        Of `biomech.report.stick_figure.scene`, at most `PER_SHEET`, and the lines above each.
    path : Path
        The picture to write.

    Returns
    -------
    Path
        The same.
    """
    columns = min(_COLUMNS, len(scenes))
    rows = math.ceil(len(scenes) / columns)
    with style():
        figure = Figure(figsize=(3.1 * columns, 3.4 * rows + 0.5))
        FigureCanvasAgg(figure)
        cells = figure.subfigures(rows, columns, squeeze=False).ravel()
        for cell, (scene, words) in zip(cells, scenes, strict=False):
            views = cell.subplots(1, 2)
            ahead, across = axes_of_views(scene.ahead)
            frame = len(scene.dots) // 2
            middle = np.nanmean(scene.dots[frame], axis=0)
            wide = max(
                _NARROWEST_M,
                float(np.nanmax(np.abs((scene.dots[frame] - middle) @ np.stack([across, ahead]).T))) + 0.05,
            )
            for axes, direction, name in zip(views, (across, ahead), ("front", "right side"), strict=True):
                Drawn(axes, scene, direction).show(frame)
                centre = float(middle @ direction)
                axes.set_xlim(centre - wide, centre + wide)
                plain_axes(axes, scene)
                axes.set_xlabel(name, fontsize=7)
            cell.suptitle(words, fontsize=7, x=0.04, ha="left", y=0.99)
            cell.subplots_adjust(left=0.02, right=0.98, top=0.84, bottom=0.06, wspace=0.02)
        figure.text(0.995, 0.002, "left leg red, right leg blue; force 1 m per 1000 N", fontsize=7, ha="right")
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=110, metadata={"Software": None})
    return write_bytes(stream.getvalue(), Path(path))
