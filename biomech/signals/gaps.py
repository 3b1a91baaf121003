"""Filling of short gaps in marker trajectories."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.signals.filters import runs


def fill_spline(x: ArrayLike, rate_hz: float, gap_max_s: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Fill gaps of at most `gap_max_s` by a cubic spline through the recorded samples of the same marker.

    A sample counts as missing if any of its three coordinates is. Only gaps with recorded samples on both sides are
    filled: nothing is extrapolated before the first or beyond the last recorded sample. Longer gaps stay NaN whole.

    Parameters
    ----------
    x : array_like, (n, ..., 3)
        Positions in any unit of length, NaN where missing.
    rate_hz : float
        Sampling rate, Hz.
    gap_max_s : float
        Longest gap to fill: the number of missing samples divided by the rate, s.

    Returns
    -------
    filled : ndarray, (n, ..., 3)
        Positions; recorded samples unchanged, partly missing ones NaN or filled in all three coordinates.
    flags : ndarray of bool, (n, ...)
        True where a sample was filled.
    """
    filled = np.array(x, dtype=float)
    if filled.ndim < 2 or filled.shape[-1] != 3:
        raise ValueError(f"x: expected shape (n, ..., 3), found {filled.shape}")
    n = filled.shape[0]
    points = filled.reshape(n, -1, 3)
    missing = ~np.isfinite(points).all(axis=-1)
    points[missing] = np.nan
    flags = np.zeros(missing.shape, dtype=bool)
    longest = int(np.floor(gap_max_s * rate_hz + 1e-9))
    for k in np.flatnonzero(missing.any(axis=0)):
        for start, stop in runs(missing[:, k]):
            if start > 0 and stop < n and stop - start <= longest:
                flags[start:stop, k] = True
        if flags[:, k].any():
            from scipy.interpolate import CubicSpline  # here: its import takes a third of a second

            known = np.flatnonzero(~missing[:, k])
            wanted = np.flatnonzero(flags[:, k])
            points[wanted, k] = CubicSpline(known, points[known, k], axis=0)(wanted)
    return points.reshape(filled.shape), flags.reshape(filled.shape[:-1])
