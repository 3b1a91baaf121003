"""Smooth building blocks of the synthetic motion: quintic splines over the stride, bumps, high-order derivatives."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import BSpline

Array = NDArray[np.float64]

DEGREE = 5  # four continuous derivatives: accelerations have neither steps nor corners
INTERVALS = 64  # knots of one stride

# rows of the polynomial pieces of the cardinal quintic B-spline, highest power first (de Boor 1978, ch. IX)
_PIECES = np.stack(
    [
        np.polyfit(
            (x := np.linspace(0, 1, DEGREE + 1)),
            BSpline.basis_element(np.arange(DEGREE + 2))(x + DEGREE - k),
            DEGREE,
        )
        for k in range(DEGREE + 1)
    ],
    axis=1,
)
# central differences of eighth order (Fornberg 1988, Math Comp 51:699, table 1), offsets 0 to 4
_FIRST = np.array([0.0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
_SECOND = np.array([-205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560])
PAD = 4  # samples that `differentiate` needs beyond each end


def spline(phase: ArrayLike, coefficients: Array, jump: ArrayLike = 0.0) -> Array:
    """Evaluate a quintic spline over strides at any phase (1 = one stride).

    Parameters
    ----------
    phase : (...,) array
        In strides, not wrapped.
    coefficients : (INTERVALS, ...) array
        One a knot interval; coefficient `j` acts on phases from ``j/INTERVALS`` to ``(j + 6)/INTERVALS``.
    jump : array
        Rise from one stride to the next (0: periodic).
    """
    x = np.asarray(phase, dtype=float) * INTERVALS
    cell = np.floor(x).astype(int)
    u = (x - cell)[..., None]
    weights = np.stack([np.polyval(_PIECES[:, k], u[..., 0]) for k in range(DEGREE + 1)], axis=-1)
    index = cell[..., None] - DEGREE + np.arange(DEGREE + 1)
    stride, knot = np.divmod(index, INTERVALS)
    tail = (1,) * (coefficients.ndim - 1)
    values = coefficients[knot] + stride.reshape(stride.shape + tail) * np.asarray(jump, dtype=float)
    return np.einsum("...k,...k->...", weights, values) if not tail else np.einsum("...k,...kj->...j", weights, values)


def free_coefficients(start: float, end: float) -> NDArray[np.int_]:
    """Return the indices (not wrapped) of the coefficients that act only between two phases, `end` below 2."""
    index = np.arange(2 * INTERVALS)
    return index[(index >= np.round(start * INTERVALS, 9)) & (index + DEGREE + 1 <= np.round(end * INTERVALS, 9))]


def bump(phase: ArrayLike, centre: float, width: float) -> Array:
    """Return a periodic bell of height 1 (von Mises shape); `width` is its standard deviation in strides."""
    concentration = 1.0 / (2 * np.pi * width) ** 2
    return np.exp(concentration * (np.cos(2 * np.pi * (np.asarray(phase) - centre)) - 1.0))


def smoothstep(x: ArrayLike) -> Array:
    """Rise from 0 at x = 0 to 1 at x = 1 with two continuous derivatives."""
    s = np.clip(x, 0.0, 1.0)
    return s**3 * (10.0 - 15.0 * s + 6.0 * s * s)


def fourier(phase: ArrayLike, coefficients: Array) -> Array:
    """Sum ``a_k cos(2 pi k phase) + b_k sin(2 pi k phase)``, k from 1.

    Parameters
    ----------
    coefficients : (harmonics, 2) array
        Columns a and b.
    """
    angle = 2 * np.pi * np.asarray(phase, dtype=float)[..., None] * np.arange(1, len(coefficients) + 1)
    return np.cos(angle) @ coefficients[:, 0] + np.sin(angle) @ coefficients[:, 1]


def fit_fourier(values: Array, harmonics: int) -> Array:
    """Return the (harmonics, 2) coefficients of one period of equally spaced samples; the mean is left out."""
    spectrum = np.fft.rfft(values)[1 : harmonics + 1] * 2 / len(values)
    return np.column_stack([spectrum.real, -spectrum.imag])


def differentiate(x: Array, step_s: float, order: int, periodic: bool = False) -> Array:
    """First or second time derivative along axis 0 by eighth-order central differences.

    Parameters
    ----------
    x : (n + 2 * PAD, ...) array, or (n, ...) if `periodic`
    order : 1 or 2

    Returns
    -------
    (n, ...) array
    """
    if periodic:
        x = np.concatenate([x[-PAD:], x, x[:PAD]])
    n = len(x) - 2 * PAD
    sign, weights = (-1, _FIRST) if order == 1 else (1, _SECOND)
    total = weights[0] * x[PAD : PAD + n]
    for k in range(1, PAD + 1):
        total = total + weights[k] * (x[PAD + k : PAD + k + n] + sign * x[PAD - k : PAD - k + n])
    return total / step_s**order
