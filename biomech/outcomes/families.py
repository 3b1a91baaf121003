"""Curves that metrics are read from, and the statistics of a curve in a phase of its cycle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.outcomes import Metrics
from biomech.outcomes.memory import once
from biomech.outcomes.option_text import option
from biomech.outcomes.windows import WINDOWS, WindowSlice, knee_flexion_peak_position, slice_window, value_at
from biomech.quantities import quantity as row_of

Array = NDArray[np.float64]
Need = Literal["angle", "moment", "power", "ground_reaction", "distance", "lever_arm", "emg", "events"]

WHOLE = ("stance", "contact", "cycle")
KNEE_FLEXION = "knee_flexion"
GRAVITY_M_S2 = 9.81
_LABELS = {"distance": "measure", "ground_reaction": "axis", "emg": "muscle", "emg_before": "muscle"}


@dataclass(frozen=True)
class MetricSource:
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
    over : str
        Quantity that it is divided by.
    of_person : str
        A moment in another unit than N m kg-1: ``bwh`` (per cent of body weight times height) or ``nm`` (N m).
    from_standing : bool
        A distance less its value in the static trial.
    loaded : bool
        In landings it is read from when the heel is down: the foot in the air says nothing about the foot on the ground.
    note : str
        Addition to the definitions of its statistics.
    person : tuple of str
        Cells of the participant that it needs.
    both_sides : bool
        One curve for both legs.
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
    over: str = ""
    of_person: Literal["", "bwh", "nm"] = ""
    from_standing: bool = False
    loaded: bool = False
    note: str = ""
    person: tuple[str, ...] = ()
    both_sides: bool = False

    def of(self, cycles: xr.Dataset) -> Array:
        """Return the curve of every cycle, shape (cycle, percent); NaN where the cycles do not have it."""
        total = self.sign * stored(cycles, self.variable, self.quantity, self.moment_frame)
        for quantity, factor in self.plus:
            total = total + factor * stored(cycles, self.variable, quantity, self.moment_frame)
        if self.from_standing:
            total = total - self.sign * _standing(cycles, self.quantity)[:, None]
        if self.over:
            below = stored(cycles, self.variable, self.over, self.moment_frame)
            total = total / np.where(np.abs(below) > 0, below, np.nan)
        return total * scale(cycles, self.of_person)[:, None] if self.of_person else total


def curve_of(variable: Need, name: str, validity: str = "", *, loaded: bool = False) -> MetricSource:
    """Return the curve of an angle, a power or a distance, with title, sign, frame, unit and source of its row in `biomech.quantities`."""
    row = row_of(variable, name)
    return MetricSource(
        name,
        row.title,
        row.positive,
        row.frame,
        row.source,
        name,
        variable=variable,
        unit=row.unit,
        validity=validity,
        loaded=loaded,
    )


def turned(curve: MetricSource, name: str, title: str) -> MetricSource:
    """Return the curve of a row with its sign turned, under the name of its other end."""
    word = row_of(curve.variable, curve.quantity).ends.negative
    return replace(
        curve, name=name, title=title, positive=f"{word}: the opposite of `{curve.quantity}`", sign=-curve.sign
    )


def relative(curve: MetricSource) -> MetricSource:
    """Return the curve measured from the standing trial of the same footwear."""
    return replace(
        curve,
        name=f"{curve.name}__static",
        title=f"{curve.title} from standing",
        positive=f"{curve.positive}, more than in the static trial",
        quantity=f"{curve.quantity}__static",
        plus=tuple((f"{name}__static", factor) for name, factor in curve.plus),
    )


def stored(cycles: xr.Dataset, variable: str, quantity: str = "", moment_frame: str = "") -> Array:
    """Return a curve of every cycle as it is stored, shape (cycle, percent); NaN where the cycles do not have it."""
    return once(
        cycles, ("stored", variable, quantity, moment_frame), lambda: _read(cycles, variable, quantity, moment_frame)
    )


def _read(cycles: xr.Dataset, variable: str, quantity: str, moment_frame: str) -> Array:
    place = {}
    for dim, name in ((_LABELS.get(variable, "quantity"), quantity), ("frame", moment_frame)):
        if variable not in cycles.variables or (name and name not in cycles.indexes.get(dim, ())):
            return np.full((cycles.sizes["cycle"], cycles.sizes["percent"]), np.nan)
        if name:
            place[dim] = cycles.indexes[dim].get_loc(name)
    # without its dozens of coordinates, which would be cut along
    return cycles.variables[variable].isel(place).transpose("cycle", "percent").to_numpy()


def _standing(cycles: xr.Dataset, measure: str) -> Array:
    """Return a distance in the static trial of every cycle, shape (cycle,)."""
    if "distance_standing" not in cycles or measure not in cycles["measure"].to_numpy():
        return np.full(cycles.sizes["cycle"], np.nan)
    return cycles["distance_standing"].sel(measure=measure).to_numpy()


def scale(cycles: xr.Dataset, unit: str) -> Array:
    """Factor from N m kg-1 to another unit for every cycle, shape (cycle,).

    Parameters
    ----------
    cycles : xr.Dataset
        With ``mass_kg`` and ``height_m`` on ``cycle``.
    unit : {"bwh", "nm"}
        Per cent of body weight times height (g = 9.81 m/s2), or N m; NaN where mass or height is unknown.
    """
    mass = number(cycles, "mass_kg")
    if unit == "nm":
        return mass
    return np.where(np.isfinite(mass), 100.0, np.nan) / (GRAVITY_M_S2 * number(cycles, "height_m"))


def number(cycles: xr.Dataset, name: str) -> Array:
    """Return a number that every cycle has, shape (cycle,)."""
    return cycles.variables[name].to_numpy().astype(float)


def duration_of(cycles: xr.Dataset) -> Array:
    """Length of every cycle, s."""
    return number(cycles, "end") - number(cycles, "start")


def bounds(cycles: xr.Dataset, window: str, options: Metrics) -> tuple[Array, Array]:
    """First and last percent of a window in every cycle, shape (cycle,) each."""
    return once(
        cycles, ("bounds", window, options.windows_ms), lambda: WINDOWS[window].bounds(cycles, options.windows_ms)
    )


def slope(curve: Array, duration: Array) -> Array:
    """Rate of change per second: differences over two neighbouring points, one-sided at the ends; (cycle, percent)."""
    if not len(curve):
        return curve
    step = duration[:, None] / (curve.shape[1] - 1)
    return np.gradient(curve, axis=1) / step


def peak_knee_flexion(cycles: xr.Dataset, window: str, options: Metrics) -> Array:
    """Percent of the largest knee flexion in a window, shape (cycle,)."""
    flexion, share = stored(cycles, "angle", KNEE_FLEXION), options.acceptance_share
    return once(
        cycles,
        ("peak knee flexion", window, options.windows_ms, share),
        lambda: knee_flexion_peak_position(flexion, *bounds(cycles, window, options), window, share),
    )


class Phase:
    """One curve in one window of all cycles: what its statistics are read from, each part computed once.

    Attributes
    ----------
    curve : ndarray, shape (cycle, percent)
    start : ndarray, shape (cycle,)
        Percent at which the window starts.
    first, last : ndarray, shape (cycle,)
        Percent between which the curve is read: from when the heel is down for a curve that is `MetricSource.loaded`.
    """

    def __init__(self, curve: MetricSource, cycles: xr.Dataset, window: str, options: Metrics) -> None:
        self.curve = curve.of(cycles)
        self.start, self.last = bounds(cycles, window, options)
        self.first = self.start
        if curve.loaded and window == "contact":
            flat = number(cycles, "heel_down_percent")
            self.first = np.where(np.isfinite(flat), flat, self.first)
        self._cycles, self._place = cycles, (window, options)

    @cached_property
    def whole(self) -> WindowSlice:
        """The curve cut to the window."""
        return slice_window(self.curve, self.first, self.last)

    @cached_property
    def halves(self) -> tuple[WindowSlice, WindowSlice]:
        """The curve cut to the first and to the second half of the window."""
        half = (self.first + self.last) / 2
        return slice_window(self.curve, self.first, half), slice_window(self.curve, half, self.last)

    @cached_property
    def peak(self) -> Array:
        """Largest value, shape (cycle,)."""
        return self.whole.peak()

    @cached_property
    def seconds(self) -> Array:
        """Length of one percent of the cycle, s."""
        return duration_of(self._cycles) / 100.0

    def between_peaks(self) -> Array:
        """Smallest value between the largest ones of both halves."""
        return slice_window(self.curve, *(half.peak_position() for half in self.halves)).minimum()

    def fastest_rise(self) -> Array:
        """Largest rate of change, per s."""
        return slice_window(slope(self.curve, 100.0 * self.seconds), self.first, self.last).peak()

    def at_peak_knee_flexion(self) -> Array:
        """Value where the knee is most flexed."""
        return value_at(self.curve, peak_knee_flexion(self._cycles, *self._place))

    def share_positive(self) -> Array:
        """Per cent of the window over which the value is positive."""
        length = self.last - self.first
        return 100.0 * self.whole.positive_length() / np.where(length > 0, length, np.nan)


@dataclass(frozen=True)
class Statistic:
    """One number of a curve in a window.

    Attributes
    ----------
    title : str
    definition : str
        With ``{window}`` and ``{start}``.
    value : callable
        From the curve in the window to one value per cycle.
    unit : callable
        From the unit of the curve to that of the number.
    """

    title: str
    definition: str
    value: Callable[[Phase], Array]
    unit: Callable[[str], str] = str


STATISTICS: dict[str, Statistic] = {
    "peak": Statistic("peak", "largest value in {window}", lambda p: p.peak),
    "minimum": Statistic("minimum", "smallest value in {window}", lambda p: p.whole.minimum()),
    "range": Statistic("range", "largest less smallest value in {window}", lambda p: p.peak - p.whole.minimum()),
    "excursion": Statistic(
        "excursion",
        "largest value in {window} less the value at its start",
        lambda p: p.peak - value_at(p.curve, p.first),
    ),
    "time_to_peak": Statistic(
        "time to peak",
        "time from {start} to the largest value in {window}",
        lambda p: (p.whole.peak_position() - p.start) * p.seconds,
        lambda unit: "s",
    ),
    "peak_velocity": Statistic(
        "peak velocity",
        "fastest increase in {window}, from differences over 2 % of the cycle",
        Phase.fastest_rise,
        lambda unit: f"{unit} s-1",
    ),
    "mean": Statistic("mean", "mean over {window}", lambda p: p.whole.mean()),
    "impulse": Statistic(
        "impulse",
        "time integral of the positive part over {window}",
        lambda p: p.whole.positive_integral() * p.seconds,
        lambda unit: unit.replace("N m", "N m s").replace("BW", "BW s"),
    ),
    "work": Statistic(
        "work",
        "time integral of the positive part over {window}",
        lambda p: p.whole.positive_integral() * p.seconds,
        lambda unit: unit.replace("W", "J"),
    ),
    "share_positive": Statistic(
        "share of time positive",
        "share of {window} over which the value is positive",
        Phase.share_positive,
        lambda unit: "%",
    ),
    "first_peak": Statistic("first peak", "largest value in the first half of {window}", lambda p: p.halves[0].peak()),
    "second_peak": Statistic(
        "second peak", "largest value in the second half of {window}", lambda p: p.halves[1].peak()
    ),
    "minimum_between_peaks": Statistic(
        "minimum between the peaks",
        "smallest value between the largest one of the first and that of the second half of {window}",
        Phase.between_peaks,
    ),
    "at_foot_strike": Statistic(
        "at foot strike",
        "value at the start of {window} (foot strike)",
        lambda p: value_at(p.curve, p.start),
    ),
    "at_peak_knee_flexion": Statistic(
        "at peak knee flexion", "value when the knee is most flexed in {window}", Phase.at_peak_knee_flexion
    ),
}


def words_of(curve: MetricSource, statistic: str, window: str) -> str:
    """Return the definition of a statistic of a curve in a window."""
    words = WINDOWS[window].short
    part = words
    if statistic == "at_peak_knee_flexion" and window == "stance":
        part = f"the first {option('acceptance_share', '%', 100)} of {words}"
    elif curve.loaded and window == "contact" and not statistic.startswith("at_"):
        part = "contact once the heel is down (within `cycles.heel_down_m` of its lowest height)"
    definition = STATISTICS[statistic].definition.format(window=part, start=f"the start of {words}")
    return definition + (f"; {curve.note}" if curve.note else "")
