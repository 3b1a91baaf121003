"""Time derivatives that know about gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.signals.filters import alike, runs

# Stencils by order of the derivative, best first: weights and the offset of the first one. Five points are accurate to
# fourth order; next to the end of a run three central points, and at the end itself one-sided ones, to second order.
_FORWARD = {1: (-1.5, 2.0, -0.5), 2: (2.0, -5.0, 4.0, -1.0)}
_STENCILS: dict[int, tuple[tuple[tuple[float, ...], int], ...]] = {
    1: (
        ((1 / 12, -8 / 12, 0.0, 8 / 12, -1 / 12), -2),
        ((-0.5, 0.0, 0.5), -1),
        (_FORWARD[1], 0),
        (tuple(-w for w in reversed(_FORWARD[1])), -2),
    ),
    2: (
        ((-1 / 12, 16 / 12, -30 / 12, 16 / 12, -1 / 12), -2),
        ((1.0, -2.0, 1.0), -1),
        (_FORWARD[2], 0),
        (tuple(reversed(_FORWARD[2])), -3),
    ),
}


def derivative(x: ArrayLike, rate_hz: float, order: int = 1, axis: int = 0) -> NDArray[np.float64]:
    """Return the first or second time derivative by finite differences.

    Central differences over five samples (error of fourth order) inside a run of finite samples; next to its ends
    central ones over three samples, and at its ends one-sided ones (error of second order; three samples for the first,
    four for the second derivative); NaN where a run is too short for them. All are exact for polynomials of second
    degree.

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
    if order not in _STENCILS:
        raise ValueError(f"order: expected 1 or 2, found {order}")
    signal = np.moveaxis(np.asarray(x, dtype=float), axis, 0)
    out = np.full(signal.shape, np.nan)
    for weights, first in _STENCILS[order]:
        # A weight of zero still needs its sample: NaN times zero is NaN, so gaps are respected.
        out = np.where(np.isfinite(out), out, _weighted(signal, weights, first))
    return np.moveaxis(out * float(rate_hz) ** order, 0, axis)


def _weighted(x: NDArray[np.float64], weights: tuple[float, ...], first: int) -> NDArray[np.float64]:
    """Return ``sum_k weights[k] x[i + first + k]``, NaN where a sample lies outside the recording."""
    n, width = x.shape[0], len(weights)
    out = np.full(x.shape, np.nan)
    if n >= width:
        total = sum(w * x[k : n - width + 1 + k] for k, w in enumerate(weights))
        out[-first : n - width + 1 - first] = total
    return out


def spline_derivative(
    x: ArrayLike, rate_hz: float, order: int = 2, degree: int = 5, axis: int = 0, smoothing: float = 0.0
) -> NDArray[np.float64]:
    """Return the exact derivative of a spline that interpolates every sample, or its smoothed value.

    Each run of samples that are finite in a column gets a spline of its own; runs of no more than `degree` samples are
    NaN.

    Parameters
    ----------
    x : array_like, (..., n, ...)
        Signal in any unit, NaN where missing.
    rate_hz : float
        Sampling rate, Hz.
    order : int
        Of the derivative, below `degree`.
    degree : int
        Odd; 5 (quintic) is what Plug-in Gait's linear accelerations follow.
    axis : int
        Axis of time.
    smoothing : float
        Weight of the squared third differences of the smoothed samples against their squared distances from the samples
        (a quintic smoothing spline on evenly spaced samples): a sine of w radians a sample keeps the share
        1 / (1 + smoothing (2 sin(w/2))^6). 0 interpolates.

    References
    ----------
    Woltring HJ (1986). Adv Eng Softw 8:104-113 (natural splines for movement data). Eilers PHC (2003). Anal Chem
    75:3631-3636 (the smoother on evenly spaced samples).
    """
    from scipy.interpolate import make_interp_spline  # here: its import takes a third of a second

    signal = np.moveaxis(np.asarray(x, dtype=float), axis, 0)
    columns = signal.reshape(signal.shape[0], -1)
    out = np.full(columns.shape, np.nan)
    finite = np.isfinite(columns)
    for chosen in alike(finite):
        for start, stop in runs(finite[:, chosen[0]]):
            if stop - start > degree:
                time = np.arange(stop - start) / float(rate_hz)
                values = columns[start:stop, chosen]
                if smoothing > 0:
                    values = _smoothed(values, smoothing)
                spline = make_interp_spline(time, values, k=degree)
                out[start:stop, chosen] = spline.derivative(order)(time)
    return np.moveaxis(out.reshape(signal.shape), 0, axis)


def _smoothed(x: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Return what minimises the squared distances from `x` (n, k) plus `weight` times the squared third differences."""
    from scipy.linalg import solveh_banded  # here: as above

    n = len(x)
    difference = np.array([-1.0, 3.0, -3.0, 1.0])
    bands = np.zeros((4, n))
    bands[0] = 1.0
    for offset in range(4):
        for first in range(4 - offset):
            # Row i of the differences has difference[j] in column i + j.
            bands[offset, first : first + n - 3] += weight * difference[first] * difference[first + offset]
    smooth: NDArray[np.float64] = solveh_banded(bands, x, lower=True)
    return smooth


def roughness(x: ArrayLike) -> float:
    """Return the standard deviation of white noise that explains the sixth differences of a signal.

    Parameters
    ----------
    x : array_like, (n, ...)
        Time first; NaN where missing.

    Returns
    -------
    float
        Unit of `x`: the median over the columns; NaN without seven samples in a row. Movement leaves next to nothing in
        differences of this order.
    """
    differences = np.diff(np.asarray(x, float).reshape(len(np.asarray(x)), -1), 6, axis=0)
    seen = np.isfinite(differences)
    columns = seen.any(axis=0)
    if not columns.any():
        return float("nan")
    # 924 is the sum of the squared weights of a sixth difference.
    squares = np.where(seen, differences, 0.0) ** 2
    return float(np.median(np.sqrt(squares.sum(axis=0)[columns] / (924.0 * seen.sum(axis=0)[columns]))))
