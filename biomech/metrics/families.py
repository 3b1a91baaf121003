"""What most metrics are made of: curves of the cycles, and the statistics that angles and moments share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.metrics.registry import Function, metric
from biomech.metrics.windows import WINDOWS, Cut, cut, knee_flexion_peak_position, value_at
from biomech.tasks import TASKS

Array = NDArray[np.float64]

STRIDES = tuple(task for task, spec in TASKS.items() if spec.cycle == "stride")
CYCLE_TASKS = tuple(task for task, spec in TASKS.items() if spec.cycle in ("squat", "steady"))
SQUATS = tuple(task for task, spec in TASKS.items() if spec.cycle == "squat")


@dataclass(frozen=True)
class Curve:
    """A curve that metrics are read from.

    Attributes
    ----------
    name : str
        First part of the metrics' names.
    title : str
        In words.
    positive : str
        Meaning of a positive value.
    frame : str
        Plane or frame.
    source : str
    variable, quantity : str
        Where it lies in the cycles.
    sign : {1, -1}
        From the stored to this quantity.
    moment_frame : str
        Frame of a moment; empty for an angle.
    unit : str
    validity : str
    """

    name: str
    title: str
    positive: str
    frame: str
    source: str
    quantity: str
    variable: str = "angle"
    sign: int = 1
    moment_frame: str = ""
    unit: str = "degree"
    validity: str = ""

    def of(self, cycles: xr.Dataset) -> Array:
        """Return the curve of every cycle, shape (cycle, percent); NaN where the cycles do not have it."""
        shape = (cycles.sizes["cycle"], cycles.sizes["percent"])
        if self.variable not in cycles or self.quantity not in cycles["quantity"].to_numpy():
            return np.full(shape, np.nan)
        picked = cycles[self.variable].sel(quantity=self.quantity)
        if self.moment_frame:
            picked = picked.sel(frame=self.moment_frame)
        return self.sign * picked.transpose("cycle", "percent").to_numpy()


_STATISTICS = {
    "peak": ("peak", "largest value in {window}"),
    "minimum": ("minimum", "smallest value in {window}"),
    "range": ("range", "largest less smallest value in {window}"),
    "mean": ("mean", "mean over {window}"),
    "first_peak": ("first peak", "largest value in the first half of {window}"),
    "second_peak": ("second peak", "largest value in the second half of {window}"),
    "at_foot_strike": ("at foot strike", "value at the start of {window} (foot strike)"),
    "at_peak_knee_flexion": (
        "at peak knee flexion",
        "value when the knee is most flexed in {window}",
    ),
}
KNEE_FLEXION = "knee_flexion"


def statistic(curve: Curve, name: str, window: str) -> Function:
    """Return the function of a statistic of a curve in a window; see `biomech.metrics.registry.metric`."""

    def of_cut(cycles: xr.Dataset, windows_ms: float) -> Array:
        first, last = WINDOWS[window].bounds(cycles, windows_ms)
        y = curve.of(cycles)
        half = (first + last) / 2
        if name == "first_peak":
            return cut(y, first, half).peak()
        if name == "second_peak":
            return cut(y, half, last).peak()
        if name == "at_foot_strike":
            return value_at(y, first)
        if name == "at_peak_knee_flexion":
            flexion = cycles["angle"].sel(quantity=KNEE_FLEXION).transpose("cycle", "percent").to_numpy()
            return value_at(y, knee_flexion_peak_position(flexion, first, last, window))
        simple: Cut = cut(y, first, last)
        return {"peak": simple.peak, "minimum": simple.minimum, "range": simple.range, "mean": simple.mean}[name]()

    return of_cut


def _part(name: str, window: str) -> str:
    acceptance = name == "at_peak_knee_flexion" and window == "stance"
    return ("the first 60 % of " if acceptance else "") + WINDOWS[window].short


def register(curve: Curve, wanted: Iterable[tuple[str, str]], tasks: tuple[str, ...] | None = None) -> None:
    """Register statistics of a curve.

    Parameters
    ----------
    curve : Curve
    wanted : iterable of (statistic, window)
    tasks : tuple of str, optional
        Only these tasks, instead of all that have the window.
    """
    for name, window in wanted:
        short, definition = _STATISTICS[name]
        metric(
            f"{curve.name}__{name}__{window}",
            unit=curve.unit,
            title=f"{curve.title}, {short}",
            definition=definition.format(window=_part(name, window)),
            positive=curve.positive,
            frame=curve.frame,
            source=curve.source,
            needs="moment" if curve.variable == "moment" else "angle",
            curve=curve.quantity,
            tasks=tasks if tasks is not None else (CYCLE_TASKS if window == "cycle" else None),
            validity=curve.validity,
        )(statistic(curve, name, window))


WHOLE = ("stance", "contact", "cycle")
ANGLE_STATISTICS: tuple[tuple[str, str], ...] = (
    *(("peak", window) for window in WHOLE),
    *(("range", window) for window in WHOLE),
    ("at_foot_strike", "stance"),
    ("at_foot_strike", "contact"),
    ("at_peak_knee_flexion", "stance"),
    ("at_peak_knee_flexion", "contact"),
)
