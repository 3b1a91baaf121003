"""Figure of the reliability of a curve: mean, error of measurement and ICC at every point."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from biomech.report.statistics_data import Line
from biomech.report.statistics_figures import draw, handle, titled, with_unit, with_zero

_HEIGHTS = (1.3, 1.15, 1.15)


def curve_reliability(
    points: pd.DataFrame, summary: Mapping[str, float], title: str, subtitle: str, labels: tuple[str, str]
) -> Figure:
    """Draw the mean curve, SEM and ICC(2,1) at every point, with their pointwise intervals.

    Parameters
    ----------
    points : pd.DataFrame
        Rows of `curve_reliability.csv` of one curve.
    summary : mapping
        ``curve_sem`` and ``cmc``, drawn and named in the legend where they are given.
    title, subtitle : str
    labels : tuple of str
        Of the horizontal and the vertical axis.
    """
    unit = str(points["unit"].iloc[0])
    width, top, gap = 5.6, 0.95, 0.16
    height = top + sum(_HEIGHTS) + 2 * gap + 0.5
    figure = titled(width, height, title, subtitle)
    panels, at = [], height - top
    for size in _HEIGHTS:
        at -= size
        panels.append(figure.add_axes((0.75 / width, at / height, (width - 0.95) / width, size / height)))
        at -= gap
    percent = points["percent"].to_numpy(float)
    names = (("mean", "mean", "mean"), ("sem", "sem_low", "sem_high"), ("icc_2_1", "icc_low", "icc_high"))
    for axes, columns, place in zip(panels, names, (0, 5, 1), strict=True):
        value, low, high = (points[name].to_numpy(float) for name in columns)
        draw(axes, percent, Line(columns[0], 0, value, low, high), place, band=columns[1] != columns[0])
        axes.set_xlim(0, 100)
    panels[0].set_ylabel(with_unit(labels[1], unit))
    with_zero(panels[0])
    panels[1].set_ylabel(with_unit("SEM", unit))
    panels[1].set_ylim(bottom=0)
    panels[2].set_ylabel("ICC(2,1)")
    panels[2].set_ylim(min(0.0, float(points["icc_2_1"].min())), 1)
    for axes in panels[:-1]:
        axes.set_xticklabels([])
    panels[-1].set_xlabel(labels[0])
    more = f", CMC {summary['cmc']:.3f}" if "cmc" in summary else ""
    whole = f", of the whole curve {summary['curve_sem']:.2g} {unit}" if "curve_sem" in summary else ""
    handles = [handle(0, f"mean of all participants and measurements{more}")]
    handles += [handle(5, f"SEM with pointwise interval{whole}"), handle(1, "ICC(2,1) with pointwise interval")]
    place_at = (0.12 / width, 1 - 0.48 / height)
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=place_at, ncols=2, fontsize=6.5, borderaxespad=0)
    return figure
