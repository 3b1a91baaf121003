"""Time derivatives that know about gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Weights of samples at offset 0, +1, +2, +3 for the forward difference; mirrored for the backward one.
_CENTRAL = {1: (-0.5, 0.0, 0.5), 2: (1.0, -2.0, 1.0)}
_FORWARD = {1: (-1.5, 2.0, -0.5), 2: (2.0, -5.0, 4.0, -1.0)}


def derivative(x: ArrayLike, rate_hz: float, order: int = 1, axis: int = 0) -> NDArray[np.float64]:
    """Return the first or second time derivative by finite differences of second order.

    Central differences inside a run of finite samples, one-sided ones of the same order of accuracy at its ends (three
    samples for the first, four for the second derivative), NaN where a run is too short for them. Both are exact for
    polynomials of second degree.

    Parameters
    ----------
    x : array_like, (..., n, ...)
        Signal in any unit, NaN where missing.
    rate_hz : float
        Sampling rate, Hz.
    order : {1, 2}
        First or second derivative.
    axis : int
        Axis of time.

    Returns
    -------
    ndarray, shape of `x`
        Derivative, unit of `x` per s or per s squared; NaN where it cannot be had.

    References
    ----------
    Fornberg B (1988). Generation of finite difference formulas on arbitrarily spaced grids. Math Comput 51:699-706.
    """
    if order not in (1, 2):
        raise ValueError(f"order: expected 1 or 2, found {order}")
    signal = np.moveaxis(np.asarray(x, dtype=float), axis, 0)
    scale = float(rate_hz) ** order
    sign = -1.0 if order == 1 else 1.0
    out = _weighted(signal, _CENTRAL[order], -1)
    backward = tuple(sign * w for w in reversed(_FORWARD[order]))
    for weights, first in ((_FORWARD[order], 0), (backward, 1 - len(backward))):
        # A weight of zero still needs its sample: NaN times zero is NaN, so gaps are respected.
        out = np.where(np.isfinite(out) | ~np.isfinite(signal), out, _weighted(signal, weights, first))
    return np.moveaxis(np.where(np.isfinite(signal), out, np.nan) * scale, 0, axis)


def _weighted(x: NDArray[np.float64], weights: tuple[float, ...], first: int) -> NDArray[np.float64]:
    """Return ``sum_k weights[k] x[i + first + k]``, NaN where a sample lies outside the recording."""
    n, width = x.shape[0], len(weights)
    out = np.full(x.shape, np.nan)
    if n >= width:
        total = sum(w * x[k : n - width + 1 + k] for k, w in enumerate(weights))
        out[-first : n - width + 1 - first] = total
    return out
