"""What most metrics are made of: curves of the cycles, and the statistics that angles and moments share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.config.outcomes import Metrics
from biomech.metrics.memory import once
from biomech.metrics.registry import Function, Need, metric
from biomech.metrics.windows import WINDOWS, Cut, cut, knee_flexion_peak_position, option, value_at
from biomech.tasks import TASKS

Array = NDArray[np.float64]

STRIDES = tuple(task for task, spec in TASKS.items() if spec.cycle == "stride")
CYCLE_TASKS = tuple(task for task, spec in TASKS.items() if spec.cycle in ("squat", "repetition", "steady"))
SQUATS = tuple(task for task, spec in TASKS.items() if spec.cycle == "squat")
REPEATED = tuple(task for task, spec in TASKS.items() if spec.cycle in ("squat", "repetition"))


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
    sign : float
        Factor from the stored to this quantity: 1 or -1, of forces over gravity.
    moment_frame : str
        Frame of a moment; empty for an angle.
    unit : str
    validity : str
    plus : tuple of (str, float)
        Further quantities that are added, with their factors.
    loaded : bool
        In landings it is read from when the heel is down: the foot in the air says nothing about the foot on the ground.
    """

    name: str
    title: str
    positive: str
    frame: str
    source: str
    quantity: str
    variable: Need = "angle"
    sign: float = 1
    moment_frame: str = ""
    unit: str = "degree"
    validity: str = ""
    plus: tuple[tuple[str, float], ...] = ()
    loaded: bool = False

    def of(self, cycles: xr.Dataset) -> Array:
        """Return the curve of every cycle, shape (cycle, percent); NaN where the cycles do not have it."""
        picked = stored(cycles, self.variable, self.quantity, self.moment_frame)
        total = self.sign * picked
        for quantity, factor in self.plus:
            total = total + factor * stored(cycles, self.variable, quantity, self.moment_frame)
        return total

    def bounds(self, cycles: xr.Dataset, window: str, windows_ms: float) -> tuple[Array, Array]:
        """Return first and last percent of a window for this curve; see `loaded`."""
        first, last = bounds(cycles, window, windows_ms)
        if self.loaded and window == "contact":
            flat = cycles.variables["heel_down_percent"].to_numpy().astype(float)
            first = np.where(np.isfinite(flat), flat, first)
        return first, last

    def cut(self, cycles: xr.Dataset, window: str, windows_ms: float) -> Cut:
        """Return the curve of every cycle cut to a window."""
        return once(
            cycles, (self, window, windows_ms), lambda: cut(self.of(cycles), *self.bounds(cycles, window, windows_ms))
        )

    @property
    def needs(self) -> Need:
        """Variable of the cycles that it is read from."""
        return self.variable


def stored(cycles: xr.Dataset, variable: str, quantity: str = "", moment_frame: str = "") -> Array:
    """Return a curve of every cycle as it is stored, shape (cycle, percent); NaN where the cycles do not have it."""
    return once(
        cycles, ("stored", variable, quantity, moment_frame), lambda: _read(cycles, variable, quantity, moment_frame)
    )


def _read(cycles: xr.Dataset, variable: str, quantity: str, moment_frame: str) -> Array:
    label = {"distance": "measure", "ground_reaction": "axis"}.get(variable, "quantity")
    labels = [(label, quantity), ("frame", moment_frame)]
    place = {
        dim: int(cycles.indexes[dim].get_indexer(pd.Index([name]))[0])
        for dim, name in labels
        if name and dim in cycles.indexes
    }
    if variable not in cycles or (quantity and place.get(label, -1) < 0):
        return np.full((cycles.sizes["cycle"], cycles.sizes["percent"]), np.nan)
    # without its dozens of coordinates, which would be cut along
    return cycles.variables[variable].isel(place).transpose("cycle", "percent").to_numpy()


def duration_of(cycles: xr.Dataset) -> Array:
    """Length of every cycle, s."""
    end, start = (cycles.variables[name].to_numpy().astype(float) for name in ("end", "start"))
    return end - start


def bounds(cycles: xr.Dataset, window: str, windows_ms: float) -> tuple[Array, Array]:
    """First and last percent of a window in every cycle, shape (cycle,) each."""
    return once(cycles, ("bounds", window, windows_ms), lambda: WINDOWS[window].bounds(cycles, windows_ms))


def slope(curve: Array, duration: Array) -> Array:
    """Rate of change per second: differences over two neighbouring points, one-sided at the ends; (cycle, percent)."""
    if not len(curve):
        return curve
    step = duration[:, None] / (curve.shape[1] - 1)
    return np.gradient(curve, axis=1) / step


_STATISTICS = {
    "peak": ("peak", "largest value in {window}"),
    "minimum": ("minimum", "smallest value in {window}"),
    "range": ("range", "largest less smallest value in {window}"),
    "excursion": ("excursion", "largest value in {window} less the value at its start"),
    "time_to_peak": ("time to peak", "time from {start} to the largest value in {window}"),
    "peak_velocity": ("peak velocity", "fastest increase in {window}, from differences over 2 % of the cycle"),
    "mean": ("mean", "mean over {window}"),
    "impulse": ("impulse", "time integral of the positive part over {window}"),
    "work": ("work", "time integral of the positive part over {window}"),
    "share_positive": ("share of time positive", "share of {window} over which the value is positive"),
    "first_peak": ("first peak", "largest value in the first half of {window}"),
    "second_peak": ("second peak", "largest value in the second half of {window}"),
    "minimum_between_peaks": (
        "minimum between the peaks",
        "smallest value between the largest one of the first and that of the second half of {window}",
    ),
    "at_foot_strike": ("at foot strike", "value at the start of {window} (foot strike)"),
    "at_peak_knee_flexion": (
        "at peak knee flexion",
        "value when the knee is most flexed in {window}",
    ),
}
_UNIT_OF = {
    "time_to_peak": lambda unit: "s",
    "peak_velocity": lambda unit: f"{unit} s-1",
    "impulse": lambda unit: unit.replace("N m", "N m s").replace("BW", "BW s"),
    "work": lambda unit: unit.replace("W", "J"),
    "share_positive": lambda unit: "%",
}
KNEE_FLEXION = "knee_flexion"


def statistic(curve: Curve, name: str, window: str) -> Function:
    """Return the function of a statistic of a curve in a window; see `biomech.metrics.registry.metric`."""

    def of_cut(cycles: xr.Dataset, windows_ms: float) -> Array:
        start, _ = bounds(cycles, window, windows_ms)
        first, last = curve.bounds(cycles, window, windows_ms)
        y = curve.of(cycles)
        if name in ("first_peak", "second_peak", "minimum_between_peaks"):
            return _of_halves(y, first, last, name)
        if name == "at_foot_strike":
            return value_at(y, start)
        if name == "at_peak_knee_flexion":
            return value_at(y, peak_knee_flexion(cycles, start, last, window))
        if name == "peak_velocity":
            return cut(slope(y, duration_of(cycles)), first, last).peak()
        piece = curve.cut(cycles, window, windows_ms)
        if name == "excursion":
            return piece.peak() - value_at(y, first)
        if name == "time_to_peak":
            return (piece.peak_position() - start) / 100.0 * duration_of(cycles)
        if name in ("impulse", "work"):
            return piece.positive_integral() / 100.0 * duration_of(cycles)
        if name == "share_positive":
            return 100.0 * piece.positive_length() / np.where(last > first, last - first, np.nan)
        return {"peak": piece.peak, "minimum": piece.minimum, "range": piece.range, "mean": piece.mean}[name]()

    return of_cut


def peak_knee_flexion(cycles: xr.Dataset, first: Array, last: Array, window: str) -> Array:
    """Percent of the largest knee flexion in a window, shape (cycle,)."""

    def find() -> Array:
        flexion = stored(cycles, "angle", KNEE_FLEXION)
        return knee_flexion_peak_position(flexion, first, last, window, option(cycles, "acceptance_share"))

    return once(cycles, ("peak knee flexion", window, first.tobytes(), last.tobytes()), find)


def _of_halves(y: Array, first: Array, last: Array, name: str) -> Array:
    half = (first + last) / 2
    early, late = cut(y, first, half), cut(y, half, last)
    if name == "minimum_between_peaks":
        return cut(y, early.peak_position(), late.peak_position()).minimum()
    return (early if name == "first_peak" else late).peak()


def _part(name: str, window: str, *, loaded: bool) -> str:
    if loaded and window == "contact" and not name.startswith("at_"):
        return "contact once the heel is down (within `cycles.heel_down_m` of its lowest height)"
    acceptance = name == "at_peak_knee_flexion" and window == "stance"
    share = f"the first {100 * Metrics().acceptance_share:g} % (`metrics.acceptance_share`) of "
    return (share if acceptance else "") + WINDOWS[window].short


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
            unit=_UNIT_OF[name](curve.unit) if name in _UNIT_OF else curve.unit,
            title=f"{curve.title}, {short}",
            definition=definition.format(
                window=_part(name, window, loaded=curve.loaded), start=f"the start of {WINDOWS[window].short}"
            ),
            positive=curve.positive,
            frame=curve.frame,
            source=curve.source,
            needs=curve.needs,
            curve="" if curve.variable == "ground_reaction" else curve.quantity,
            person=("mass_kg",) if curve.variable == "ground_reaction" else (),
            tasks=tasks if tasks is not None else (CYCLE_TASKS if window == "cycle" else None),
            validity=curve.validity,
        )(statistic(curve, name, window))


WHOLE = ("stance", "contact", "cycle")
# what a curve of valgus is asked: how much, how far from its start, how soon, how it stands at the events
COLLAPSE: tuple[tuple[str, str], ...] = tuple(
    (name, window) for name in ("excursion", "time_to_peak") for window in WHOLE
)
ANGLE_STATISTICS: tuple[tuple[str, str], ...] = (
    *(("peak", window) for window in WHOLE),
    *(("range", window) for window in WHOLE),
    ("at_foot_strike", "stance"),
    ("at_foot_strike", "contact"),
    ("at_peak_knee_flexion", "stance"),
    ("at_peak_knee_flexion", "contact"),
)
