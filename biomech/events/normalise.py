"""Cutting time series into cycles of 101 points, and curves of cycles over an angle instead of time."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Interpolation = Literal["linear", "cubic"]

N_POINTS = 101
# A boundary this near to a frame (in frames) is the frame: rounding of times must not pull in a missing neighbour.
_SNAP = 1e-6


def percent_grid(n_points: int = N_POINTS) -> Array:
    """Return the positions of a normalised cycle, 0 to 100 %, shape (n_points,)."""
    return np.linspace(0.0, 100.0, n_points)


def normalise(
    values: ArrayLike,
    rate_hz: float,
    start: ArrayLike,
    end: ArrayLike,
    *,
    n_points: int = N_POINTS,
    method: Interpolation = "cubic",
) -> Array:
    """Resample every cycle of a time series to the same number of points.

    Parameters
    ----------
    values : array_like, shape (n, ...)
        Samples, the first one at time 0.
    rate_hz : float
        Sampling rate.
    start, end : array_like, shape (k,)
        Bounds of the cycles, s; they may fall between samples.
    n_points : int
        Points of a cycle, both bounds included.
    method : {"linear", "cubic"}
        Lagrange interpolation through the two or four nearest samples, exact for polynomials of degree 1 or 3.
        Where a missing or absent sample is in the way, the four samples are shifted; where that does not help,
        the two samples around the point serve.

    Returns
    -------
    ndarray, shape (k, n_points, ...)
        NaN where a sample next to the point is NaN, and outside the recording: nothing is bridged or extrapolated.
    """
    values = np.asarray(values, dtype=float)
    base, fraction, outside = _positions(len(values), rate_hz, start, end, n_points)
    if len(values) < 2:
        return np.full((*base.shape, *values.shape[1:]), np.nan)
    out = _lagrange(values, base, fraction, (0, 1))
    if method == "cubic" and len(values) > 3:
        unset = np.ones(out.shape, dtype=bool)
        for first in (-1, -2, 0):
            inside = (base + first >= 0) & (base + first + 3 < len(values))
            candidate = _lagrange(values, np.where(inside, base, 2), fraction, range(first, first + 4))
            usable = unset & np.isfinite(candidate) & _trail(inside, out.ndim)
            out = np.where(usable, candidate, out)
            unset &= ~usable
            if not unset.any():
                break
    out[outside] = np.nan
    return out


def nearest(
    values: ArrayLike, rate_hz: float, start: ArrayLike, end: ArrayLike, *, n_points: int = N_POINTS
) -> NDArray:
    """Take the nearest sample for every point of every cycle; for flags, which have no values in between.

    Parameters are those of `normalise`. Returns an array of shape (k, n_points, ...), NaN outside the recording.
    """
    values = np.asarray(values, dtype=float)
    base, fraction, outside = _positions(len(values), rate_hz, start, end, n_points)
    if not len(values):
        return np.full((*base.shape, *values.shape[1:]), np.nan)
    out = values[np.minimum(base + (fraction >= 0.5), len(values) - 1)].copy()
    out[outside] = np.nan
    return out


def over_angle(
    curves: ArrayLike, angle: ArrayLike, first: ArrayLike, last: ArrayLike, levels: ArrayLike, *, rising: bool
) -> Array:
    """Read curves of cycles where an angle passes given levels, in one phase of the cycle.

    Rising, a level counts where the angle first reaches it in the phase; falling, where it leaves it for the last time.
    So a pause or a small return on the way does not matter, and time reversed gives the same.

    Parameters
    ----------
    curves : array_like, shape (cycle, points, ...)
        On an even grid of 0 to 100 % of each cycle.
    angle : array_like, shape (cycle, points)
        On the same grid.
    first, last : array_like, shape (cycle,)
        Bounds of the phase, percent; NaN where the cycle does not have it.
    levels : array_like, shape (k,)
        Unit of `angle`.
    rising : bool

    Returns
    -------
    ndarray, shape (cycle, k, ...)
        Linear between grid points. NaN where the angle does not pass the level in the phase, where a sample of the angle
        is missing in the phase, and where a sample of the curve next to the passage is.
    """
    y, x = np.asarray(curves, dtype=float), np.asarray(angle, dtype=float)
    steps = x.shape[1] - 1
    a, b = (np.asarray(bound, dtype=float)[:, None] / 100.0 * steps for bound in (first, last))
    grid = np.arange(steps + 1)
    position = np.full((len(x), len(np.asarray(levels))), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        # the grid points around the phase are needed as well: its bounds fall between them
        complete = (np.isfinite(x) | (grid <= a - 1) | (grid >= b + 1)).all(axis=1, keepdims=True) & (a <= b)
        before, after = x[:, :-1], x[:, 1:]
        for k, level in enumerate(np.asarray(levels, dtype=float)):
            passes = (before < level) & (after >= level) if rising else (before >= level) & (after < level)
            here = grid[:-1] + (level - before) / (after - before)
            # exactly at a bound counts, whatever rounding says
            passes &= (here >= a - _SNAP) & (here <= b + _SNAP) & complete
            one = np.where(passes, here, np.inf).min(axis=1) if rising else np.where(passes, here, -np.inf).max(axis=1)
            position[:, k] = np.where(np.isfinite(one), one, np.nan)
    found = np.isfinite(position)
    place = np.where(found, position, 0.0)
    base = np.clip(np.floor(place).astype(np.intp), 0, steps - 1)
    out = _linear_rows(y, base, place - base)
    out[~found] = np.nan
    return out


def _positions(
    n: int, rate_hz: float, start: ArrayLike, end: ArrayLike, n_points: int
) -> tuple[NDArray[np.intp], Array, NDArray[np.bool_]]:
    """Return the sample before every point, the fraction to the next, and which points lie outside the recording."""
    first, last = np.asarray(start, dtype=float)[:, None], np.asarray(end, dtype=float)[:, None]
    position = (first + (last - first) * np.linspace(0.0, 1.0, n_points)) * rate_hz
    whole = np.round(position)
    position = np.where(np.abs(position - whole) < _SNAP, whole, position)
    outside = ~((position >= 0) & (position <= n - 1))
    position = np.where(outside, 0.0, position)
    base = np.clip(np.floor(position).astype(np.intp), 0, max(n - 2, 0))
    return base, position - base, outside


def _linear_rows(curves: Array, base: NDArray[np.intp], fraction: Array) -> Array:
    """Interpolate each curve linearly at its own positions; a sample of weight zero does not count, NaN or not."""
    rows = np.arange(len(curves))[:, None]
    out = np.zeros((*base.shape, *curves.shape[2:]))
    for node, weight in ((0, 1.0 - fraction), (1, fraction)):
        sample = curves[rows, base + node]
        weight = _trail(weight, sample.ndim)
        out += np.where(weight == 0.0, 0.0, weight * sample)
    return out


def _lagrange(values: Array, base: NDArray[np.intp], fraction: Array, nodes: tuple[int, ...] | range) -> Array:
    """Interpolate through the samples at `base` + each node; a sample of weight zero does not count, NaN or not."""
    out = np.zeros((*base.shape, *values.shape[1:]))
    for node in nodes:
        weight = np.ones_like(fraction)
        for other in nodes:
            if other != node:
                weight = weight * (fraction - other) / (node - other)
        sample = values[np.clip(base + node, 0, len(values) - 1)]
        weight = _trail(weight, sample.ndim)
        out += np.where(weight == 0.0, 0.0, weight * sample)
    return out


def _trail(array: NDArray, ndim: int) -> NDArray:
    """Append dimensions of size one."""
    return array.reshape(array.shape + (1,) * (ndim - array.ndim))
