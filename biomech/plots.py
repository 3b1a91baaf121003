"""Curves with bands in one call, drawn as in the figures of the pipeline."""

from __future__ import annotations

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.legend_handler import HandlerTuple

from biomech.config import did_you_mean
from biomech.errors import BiomechError
from biomech.report.curve_plots import Look, Series, draw_panel, legend_entries
from biomech.report.panels import DIMENSION, FRAME, percent_label, select
from biomech.report.scales import extent, scale_of
from biomech.report.style import SESSION_COLOUR, SESSION_LINE, SIDE_COLOUR, SIDE_LINE, style
from biomech.study.reading import curve as read_curve
from biomech.study.reading import variable_of


def plot(
    data: xr.Dataset | xr.DataArray, quantity: str | None = None, *, by: str = "side", ax: Axes | None = None
) -> Axes:
    """Draw curves over the cycle: single cycles, their mean, and a band of one standard deviation.

    Parameters
    ----------
    data : xr.Dataset or xr.DataArray
        Cycles of `biomech.cycles`, or one curve of `StudyResults.curve`, dims (cycle, percent).
    quantity : str, optional
        Of a dataset: an angle such as ``knee_flexion``, or variable and quantity such as ``moment.knee_abduction``.
    by : str
        Column of the cycles; each of its values is drawn as one series.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    BiomechError
        If there is no such curve or column, or no value to draw.

    Examples
    --------
    >>> import biomech
    >>> files = biomech.example_files()
    >>> subject = biomech.calibrate(files["static"], mass_kg=65.5, height_m=1.70)
    >>> strides = biomech.cycles(subject, subject.process(files["walk1"], task="walking"))
    >>> axes = biomech.plot(strides, "knee_flexion")
    >>> axes.get_xlabel()
    'Gait cycle (%)'
    """
    curve = _curve(data, quantity)
    if by not in curve.coords or curve[by].dims != ("cycle",):
        known = [str(name) for name, coord in curve.coords.items() if coord.dims == ("cycle",)]
        raise BiomechError(f"cycles have no column {by!r}{did_you_mean(by, known)}")
    (panel,) = select([f"{curve.name}.{curve.attrs['quantity']}"])
    values = panel.factor * curve.transpose("cycle", "percent").to_numpy()
    column = curve[by].to_numpy()
    rows = {str(value): column == value for value in dict.fromkeys(column.tolist())}
    task = str(curve["task"].to_numpy()[0]) if curve.sizes["cycle"] else ""
    scale = scale_of(panel, task, extent(values, list(rows.values()), None))
    if scale is None:
        raise BiomechError(f"{panel.name}: expected curves to draw, found no value in {curve.sizes['cycle']} cycles")
    series = [
        Series(_look(by, name, place), values[chosen], by_stance=panel.by_stance)
        for place, (name, chosen) in enumerate(rows.items())
    ]
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(5.0, 3.2), layout="constrained")
        draw_panel(
            ax, panel, curve["percent"].to_numpy(), series, None, scale, panel.unit or str(curve.attrs.get("units", ""))
        )
        ax.set_xlabel(percent_label(task))
        handles, labels = legend_entries([one.look for one in series], [], task)
        over = HandlerTuple(ndivide=1)  # a series is band and line over each other
        ax.legend(handles, labels, handler_map=dict.fromkeys(handles, over), handlelength=3.0)
    return ax


def _curve(data: xr.Dataset | xr.DataArray, quantity: str | None) -> xr.DataArray:
    """Return the curve with the name of its variable, and its quantity as an attribute."""
    if isinstance(data, xr.DataArray):
        dim = DIMENSION.get(str(data.name), "quantity")
        if set(data.dims) != {"cycle", "percent"} or dim not in data.coords:
            raise BiomechError(f"expected one curve with dims (cycle, percent) and a {dim}, found dims {data.dims}")
        return data.assign_attrs(quantity=str(data[dim].item()))
    if quantity is None:
        raise BiomechError("expected the name of a curve, found none; for example biomech.plot(cycles, 'knee_flexion')")
    variable, label = variable_of(quantity)
    has_frame = variable in data and "frame" in data[variable].dims
    found = read_curve(data, variable, label, FRAME if has_frame else None)
    return found.assign_attrs(quantity=label)


def _look(by: str, name: str, place: int) -> Look:
    if by == "side":
        return Look(name.capitalize(), SIDE_COLOUR[name], SIDE_LINE[name])
    return Look(name or "(blank)", SESSION_COLOUR[place % len(SESSION_COLOUR)], SESSION_LINE[place % len(SESSION_LINE)])
