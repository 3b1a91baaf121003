"""Random error of a least-squares estimate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

# Errors further apart in time than this share of the recording count as independent. Markers wobble over tenths of a second.
_MEMORY = 0.2


def random_error(slopes: ArrayLike, error: ArrayLike) -> Array:
    """Covariance of a least-squares estimate whose errors are alike from frame to frame.

    The sandwich ``H^-1 S H^-1`` with S the sum of the products of scores over neighbouring frames, weighted down linearly to
    zero over a fifth of the recording. It knows the range of motion (through the slopes), the number of frames and how long
    errors last; it does not know errors that go along with the movement itself, so it is a lower limit to the true error.

    Parameters
    ----------
    slopes : array_like, shape (n, k, p)
        Derivatives of the k residuals of every frame with respect to the p unknowns; zero where a residual is missing.
    error : array_like, shape (n, k)
        Residuals; zero where missing.

    Returns
    -------
    ndarray, shape (p, p)
        NaN if the unknowns are not determined.

    References
    ----------
    Newey WK, West KD (1987). Econometrica 55:703-708.
    """
    slopes, error = np.asarray(slopes, float), np.asarray(error, float)
    n, unknowns = len(slopes), slopes.shape[-1]
    flat = slopes.reshape(-1, unknowns)
    information = flat.T @ flat
    if n < 2 or np.linalg.matrix_rank(information) < unknowns:
        return np.full((unknowns, unknowns), np.nan)
    score = np.einsum("nki,nk->ni", slopes, error)
    memory = max(1, int(_MEMORY * n))
    # all lags at once: the spectrum of the scores, padded so that the ends do not meet
    size = 2 * n
    spectrum = np.fft.rfft(score, size, axis=0)
    products = np.fft.irfft(np.einsum("fi,fj->fij", spectrum, spectrum.conj()), size, axis=0)
    lags = np.arange(1, memory + 1)
    weight = 1.0 - lags / (memory + 1.0)
    later = np.einsum("l,lij->ij", weight, products[lags])
    total = products[0] + later + later.T
    inverse = np.linalg.inv(information)
    return np.asarray(inverse @ total @ inverse)
