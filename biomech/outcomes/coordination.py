"""Coordination of two movements: vector coding and relative phase, NumPy over repetitions.

Curves are angles in degrees whose positive direction is that of the medial collapse.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import fft, ifft

from biomech.config.outcomes import Coordination

Array = NDArray[np.float64]

# Chang et al. 2008, J Biomech 41:3101: bins of 45 degrees about the axes and diagonals of the angle-angle plot
PHASES = ("proximal", "in_phase", "distal", "anti_phase")


def coupling_angle(
    proximal: ArrayLike, distal: ArrayLike, step_s: float | ArrayLike, settings: Coordination | None = None
) -> Array:
    """Direction of the angle-angle plot from each sample to the next.

    Parameters
    ----------
    proximal, distal : (..., n) array
        degree.
    step_s : float or (...,) array
        Time between samples.
    settings : Coordination, optional
        ``still_deg_s``.

    Returns
    -------
    (..., n - 1) array
        degree, 0 to 360: 0 proximal alone, 90 distal alone; NaN where both together are slower than ``still_deg_s``.

    References
    ----------
    Chang et al. 2008, J Biomech 41:3101, with the arctangent of two arguments: that of the quotient, as printed, cannot
    distinguish opposite directions.
    """
    settings = settings or Coordination()
    x, y = (np.diff(np.asarray(v, dtype=float), axis=-1) for v in (proximal, distal))
    still = np.hypot(x, y) < settings.still_deg_s * np.asarray(step_s, dtype=float)[..., None]
    return np.where(still, np.nan, np.mod(np.degrees(np.arctan2(y, x)), 360.0))


def phase_shares(angle: ArrayLike) -> dict[str, Array]:
    """Share of each coordination phase in the samples that move, %.

    Parameters
    ----------
    angle : (..., n) array
        Of `coupling_angle`.

    Returns
    -------
    dict of str to (...,) array
        Keys of `PHASES`; NaN where nothing moves.
    """
    gamma = np.asarray(angle, dtype=float)
    seen = np.isfinite(gamma)
    sector = np.floor(np.mod(np.where(seen, gamma, 0.0) + 22.5, 180.0) / 45.0)
    with np.errstate(invalid="ignore"):
        return {
            name: 100.0 * ((sector == k) & seen).sum(axis=-1) / np.where(seen.any(axis=-1), seen.sum(axis=-1), np.nan)
            for k, name in enumerate(PHASES)
        }


def coupling_variability(angle: ArrayLike, axis: int = 0) -> Array:
    """Variability of coupling angles over repetitions, degrees: ``(180 / pi) sqrt(2 (1 - |mean direction|))``.

    References
    ----------
    Batschelet 1981, Circular Statistics in Biology (angular deviation); Hamill et al. 2000, Clin Biomech 15:45.
    """
    return np.degrees(np.sqrt(2.0 * (1.0 - np.minimum(np.abs(_resultant(angle, axis)), 1.0))))


def relative_phase(proximal: ArrayLike, distal: ArrayLike) -> Array:
    """Continuous relative phase, proximal less distal, degrees within +-180; positive where the proximal is ahead.

    Both curves are centred on the middle of their range; the phase is that of the analytic signal, computed over a curve
    continued by its mirror image on both sides.

    Parameters
    ----------
    proximal, distal : (..., n) array
        degree; a missing sample makes the repetition missing.

    References
    ----------
    Lamb & Stöckl 2014, Clin Biomech 29:484.
    """
    return phase_difference(phase(proximal), phase(distal))


def phase(curve: ArrayLike) -> Array:
    """Phase of the analytic signal, rad; see `relative_phase`."""
    y = np.asarray(curve, dtype=float)
    n = y.shape[-1]
    whole = np.isfinite(y).all(axis=-1, keepdims=True)
    safe = np.where(whole, y, 0.0)
    centred = safe - (safe.max(axis=-1, keepdims=True) + safe.min(axis=-1, keepdims=True)) / 2
    # with its mirror image it is periodic without a jump, and stays centred
    phase = np.angle(_analytic(np.concatenate([centred, centred[..., -2:0:-1]], axis=-1)))[..., :n]
    return np.where(whole, phase, np.nan)


def _analytic(x: Array) -> NDArray[np.complex128]:
    """Analytic signal of an even number of samples: `scipy.signal.hilbert`, without the second that its import takes."""
    spectrum, half = fft(x, axis=-1), x.shape[-1] // 2
    spectrum[..., 1:half] *= 2.0
    spectrum[..., half + 1 :] = 0.0
    return np.asarray(ifft(spectrum, axis=-1))


def phase_difference(proximal: Array, distal: Array) -> Array:
    """Difference of two phases (rad), degrees within +-180."""
    return np.degrees(np.angle(np.exp(1j * (proximal - distal))))


def _resultant(angle: ArrayLike, axis: int) -> NDArray[np.complex128]:
    """Mean of unit vectors along an axis, over what is not missing; NaN where all is."""
    gamma = np.asarray(angle, dtype=float)
    seen = np.isfinite(gamma)
    vectors = np.where(seen, np.exp(1j * np.radians(np.where(seen, gamma, 0.0))), 0.0)
    count = seen.sum(axis=axis)
    return np.asarray(np.where(count > 0, vectors.sum(axis=axis) / np.maximum(count, 1), np.nan + 0j))
