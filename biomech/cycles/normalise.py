"""Cutting time series into cycles of 101 points."""

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
        Where a missing or absent sample stands in the way, the four samples are shifted; where that does not help,
        the two samples around the point serve.

    Returns
    -------
    ndarray, shape (k, n_points, ...)
        NaN where a sample beside the point is NaN, and outside the recording: nothing is bridged or extrapolated.
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
