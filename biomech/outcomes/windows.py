"""Windows of a cycle and the statistics that are read from them; NumPy over (cycle, percent)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """A part of a cycle.

    Attributes
    ----------
    name : str
        As in a metric's name.
    short : str
        In a word or two.
    title : str
        What it is.
    kinds : tuple of str
        Kinds of cycle (`biomech.tasks.Task.cycle`) that have it.
    bounds : callable
        From the cycles and the length of the early window (ms) to first and last percent, each of shape (cycle,).
    missing : str
        Why a cycle of these kinds can lack it.
    """

    name: str
    short: str
    title: str
    kinds: tuple[str, ...]
    bounds: Callable[[xr.Dataset, float], tuple[Array, Array]]
    missing: str = ""


def _zeros(cycles: xr.Dataset) -> Array:
    return np.zeros(cycles.sizes["cycle"])


def _coordinate(cycles: xr.Dataset, name: str) -> Array:
    return cycles.variables[name].to_numpy().astype(float)


def _early(cycles: xr.Dataset, early_window_ms: float) -> tuple[Array, Array]:
    duration = _coordinate(cycles, "end") - _coordinate(cycles, "start")
    off = _coordinate(cycles, "foot_off_percent")
    share = 100.0 * early_window_ms / 1000.0 / duration
    return _zeros(cycles), np.minimum(share, np.where(np.isfinite(off), off, 100.0))


WINDOWS: dict[str, Window] = {
    window.name: window
    for window in (
        Window(
            "cycle",
            "the cycle",
            "all of it",
            ("stride", "squat", "repetition", "landing", "steady"),
            lambda c, _: (_zeros(c), _zeros(c) + 100),
        ),
        Window(
            "stance",
            "stance",
            "foot strike to foot off",
            ("stride",),
            lambda c, _: (_zeros(c), _coordinate(c, "foot_off_percent")),
            "no foot off was found in the cycle",
        ),
        Window(
            "swing",
            "swing",
            "foot off to the next foot strike",
            ("stride",),
            lambda c, _: (_coordinate(c, "foot_off_percent"), _zeros(c) + 100),
            "no foot off was found in the cycle",
        ),
        Window(
            "contact",
            "contact",
            "foot contact to take-off, or to the lowest point where the task or the recording has no take-off",
            ("landing",),
            lambda c, _: (_zeros(c), _zeros(c) + 100),
        ),
        Window(
            "first_100_ms", "the first 100 ms", "100 ms from foot strike or foot contact", ("stride", "landing"), _early
        ),
        # lies before the curves of the cycle: `biomech.outcomes.emg_bursts` hands on what was measured in it
        Window(
            "pre_activation",
            "pre-activation",
            "the last 100 ms (`muscles.pre_activation_s`) before foot strike or foot contact",
            ("stride", "landing"),
            lambda c, _: (_zeros(c), _zeros(c)),
        ),
        Window(
            "descent",
            "descent",
            "the start (foot contact in landings) to the lowest point",
            ("squat", "repetition", "landing"),
            lambda c, _: (_zeros(c), _coordinate(c, "bottom_percent")),
            "no lowest point was found in the cycle",
        ),
        Window(
            "bottom",
            "the bottom",
            "knee flexion (repeated movements: their angle) near its largest (`cycles.bottom_range_deg`)",
            ("squat", "repetition", "landing"),
            lambda c, _: (_coordinate(c, "bottom_start_percent"), _coordinate(c, "bottom_end_percent")),
            "no lowest point was found in the cycle, or knee flexion (the angle of the movement) is missing",
        ),
        Window(
            "ascent",
            "ascent",
            "the lowest point to the end (take-off in jumps and cuts)",
            ("squat", "repetition", "landing"),
            lambda c, _: (_coordinate(c, "bottom_percent"), _zeros(c) + 100),
            "no lowest point was found in the cycle",
        ),
    )
}


@dataclass(frozen=True)
class WindowSlice:
    """A curve cut to a window: the grid points inside it and the values at its two bounds.

    Attributes
    ----------
    values : ndarray, shape (cycle, percent + 2)
        First bound, grid, last bound; linear between grid points at the bounds.
    position : ndarray, same shape
        Percent.
    inside : ndarray of bool, same shape
    complete : ndarray of bool, shape (cycle,)
        The window exists and no value inside it is missing.
    """

    values: Array
    position: Array
    inside: NDArray[np.bool_]
    complete: NDArray[np.bool_]

    def peak(self) -> Array:
        """Largest value; NaN where not complete."""
        return self._of(np.where(self.inside, self.values, -np.inf).max(axis=1))

    def minimum(self) -> Array:
        """Smallest value; NaN where not complete."""
        return self._of(np.where(self.inside, self.values, np.inf).min(axis=1))

    def range(self) -> Array:
        """Largest less smallest value; NaN where not complete."""
        return self.peak() - self.minimum()

    def mean(self) -> Array:
        """Mean over time (trapezoids); NaN where not complete."""
        position, _, inside = self._in_order()
        both = inside[:, 1:] & inside[:, :-1]
        total = np.where(both, np.diff(position, axis=1), 0.0).sum(axis=1)
        return self.integral() / np.where(total > 0, total, np.nan)

    def integral(self) -> Array:
        """Integral over position (trapezoids), unit times percent; NaN where not complete."""
        position, values, inside = self._in_order()
        both = inside[:, 1:] & inside[:, :-1]
        width = np.where(both, np.diff(position, axis=1), 0.0)
        return self._of((width * np.where(both, (values[:, 1:] + values[:, :-1]) / 2, 0.0)).sum(axis=1))

    def positive_integral(self) -> Array:
        """Integral of the positive part over position, exact for straight pieces; NaN where not complete."""
        return self._of(self._positive_pieces()[1].sum(axis=1))

    def positive_length(self) -> Array:
        """Percent of the cycle over which the value is positive; NaN where not complete."""
        return self._of(self._positive_pieces()[0].sum(axis=1))

    def _positive_pieces(self) -> tuple[Array, Array]:
        position, values, inside = self._in_order()
        both = inside[:, 1:] & inside[:, :-1]
        width = np.where(both, np.diff(position, axis=1), 0.0)
        a, b = (np.where(both, part, 0.0) for part in (values[:, :-1], values[:, 1:]))
        high, low = np.maximum(a, b), np.minimum(a, b)
        share = np.where(low >= 0, (high > 0).astype(float), high / np.where(high > low, high - low, 1.0))
        share = np.clip(share, 0.0, 1.0)
        height = np.where(low >= 0, (a + b) / 2, share * np.maximum(high, 0.0) / 2)
        return width * share, width * height

    def _in_order(self) -> tuple[Array, Array, NDArray[np.bool_]]:
        order = np.argsort(np.where(self.inside, self.position, np.inf), axis=1, kind="stable")
        position, values = (np.take_along_axis(part, order, axis=1) for part in (self.position, self.values))
        return position, values, np.take_along_axis(self.inside, order, axis=1)

    def peak_position(self) -> Array:
        """Percent of the largest value (the first of equals); NaN where not complete."""
        index = np.where(self.inside, self.values, -np.inf).argmax(axis=1)
        return self._of(np.take_along_axis(self.position, index[:, None], axis=1)[:, 0])

    def _of(self, values: Array) -> Array:
        return np.where(self.complete, values, np.nan)


def slice_window(curve: ArrayLike, first: ArrayLike, last: ArrayLike) -> WindowSlice:
    """WindowSlice curves to a window whose bounds may fall between grid points.

    Parameters
    ----------
    curve : array_like, shape (cycle, percent)
        On a grid of 0 to 100 %.
    first, last : array_like, shape (cycle,)
        Bounds, percent; NaN where the cycle has no such window.

    Returns
    -------
    WindowSlice
        A bound whose neighbour outside the window is missing is left out; a missing value inside makes it incomplete.
    """
    y = np.asarray(curve, dtype=float)
    a, b = np.asarray(first, dtype=float), np.asarray(last, dtype=float)
    n, points = y.shape
    grid = np.linspace(0.0, 100.0, points)
    exists = np.isfinite(a) & np.isfinite(b) & (a <= b)
    a, b = np.where(exists, a, 0.0), np.where(exists, b, 0.0)
    inside = (grid >= a[:, None]) & (grid <= b[:, None])
    bounds = np.stack([value_at(y, a), value_at(y, b)], axis=1)
    usable = np.isfinite(bounds) | (inside.sum(axis=1) == 0)[:, None]
    values = np.concatenate([bounds[:, :1], y, bounds[:, 1:]], axis=1)
    position = np.concatenate([a[:, None], np.broadcast_to(grid, (n, points)), b[:, None]], axis=1)
    used = np.concatenate([usable[:, :1], inside, usable[:, 1:]], axis=1)
    complete = exists & (np.isfinite(values) | ~used).all(axis=1)
    return WindowSlice(values, position, used, complete)


def value_at(curve: ArrayLike, percent: ArrayLike) -> Array:
    """Value of each curve at one position, linear between grid points.

    Parameters
    ----------
    curve : array_like, shape (cycle, percent)
    percent : array_like, shape (cycle,)
        0 to 100.

    Returns
    -------
    ndarray, shape (cycle,)
        NaN where `percent` or a grid point that it needs is.
    """
    y = np.asarray(curve, dtype=float)
    position = np.asarray(percent, dtype=float) / 100.0 * (y.shape[1] - 1)
    known = np.isfinite(position) & (position >= 0) & (position <= y.shape[1] - 1)
    place = np.where(known, position, 0.0)
    base = np.minimum(np.floor(place).astype(int), y.shape[1] - 2)
    fraction = place - base
    rows = np.arange(len(y))
    out = np.where(fraction < 1, (1 - fraction) * y[rows, base], 0.0)
    out = out + np.where(fraction > 0, fraction * y[rows, base + 1], 0.0)
    return np.where(known, out, np.nan)


def knee_flexion_peak_position(
    flexion: ArrayLike, first: ArrayLike, last: ArrayLike, window: str, share: float
) -> Array:
    """Percent of the largest knee flexion of a window; in stance, of this first share of it (weight acceptance)."""
    a, b = np.asarray(first, dtype=float), np.asarray(last, dtype=float)
    return slice_window(flexion, a, a + share * (b - a) if window == "stance" else b).peak_position()
