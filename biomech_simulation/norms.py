"""Curves that a usual walker follows; the synthetic walk is fitted to them, so it comes near them, not onto them.

Schwartz, Rozumalski & Trost 2008 (J Biomech 41:1639), children walking at free speed, mean curves read every 10 % of
the stride. The pitch of the foot against the floor is our own outline: strike at 20 degrees, flat, push-off. So is the turn of
the heel about the line where it stands, made so that the rearfoot on the shank does what people's do: slightly inverted
before the foot strikes, most everted near 38 % of stance, inverted to push off (McPoil & Cornwall 1994, Foot Ankle Int 15:141).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator

from biomech_simulation.curves import fit_fourier, fourier

Array = NDArray[np.float64]

_TEN = np.linspace(0, 1, 11)
WAVEFORMS_DEG = {
    "contralateral_pelvic_drop": [0.8, 3.4, 3.4, 0.3, -0.5, -0.7, -3.3, -3.4, -0.4, 0.4, 0.6],
    "hip_flexion": [36, 33, 23, 11, 2, -5, -1, 18, 32, 37, 35],
    "hip_adduction": [-1.6, 3.7, 5.0, 3.2, 2.4, 0.8, -5.2, -6.3, -3.1, -2.2, -1.6],
    "knee_flexion": [6, 19, 16, 10, 6, 12, 34, 58, 50, 19, 5],
    "ankle_dorsiflexion": [-2.1, -2.1, 5.2, 8.6, 11.1, 10.4, -13.8, -11.2, 1.1, 1.0, -2.3],
}
_PITCH_DEG = (
    [0.375, 0.40, 0.45, 0.50, 0.55, 0.60, 0.63, 0.68, 0.73, 0.80, 0.86, 0.92, 0.96, 1.00, 1.03, 1.06, 1.09, 1.125],
    [0.0, -1.0, -7.0, -18.0, -33.0, -52.0, -60.0, -62.0, -51.0, -26.0, -4.0, 11.0, 16.0, 15.5, 11.0, 6.0, 2.0, 0.0],
)

_EVERTED_DEG = (
    [0.00, 0.05, 0.10, 0.17, 0.25, 0.33, 0.42, 0.52, 0.60, 0.67, 0.76, 0.86, 0.94, 1.00],
    [-10.5, -9.0, -6.1, -2.4, -0.5, -0.7, -2.6, -6.2, -9.3, -10.1, -8.9, -9.3, -10.3, -10.5],
)


def waveform(quantity: str, phase: ArrayLike) -> Any:
    """Mean curve of a usual walker at phases from the same side's foot strike, degrees."""
    values = np.array(WAVEFORMS_DEG[quantity], dtype=float)
    values[0] = values[-1] = (values[0] + values[-1]) / 2
    return CubicSpline(_TEN, values, bc_type="periodic")(np.asarray(phase) % 1.0)


def foot_pitch(phase: ArrayLike) -> Any:
    """Pitch of the foot against the floor, toe up positive, degrees."""
    start, end = _PITCH_DEG[0][0], _PITCH_DEG[0][-1]
    wrapped = (np.asarray(phase) - start) % 1.0 + start
    return PchipInterpolator(*_PITCH_DEG)(np.minimum(wrapped, end))


def _odd(values: Array, harmonics: int) -> Array:
    """Fourier coefficients of the part that changes its sign half a stride later."""
    coefficients = fit_fourier(values, harmonics)
    coefficients[1::2] = 0.0
    return coefficients


PELVIC_DROP = _odd(waveform("contralateral_pelvic_drop", np.arange(100) / 100), 5)
_EVERTED = fit_fourier(CubicSpline(*_EVERTED_DEG, bc_type="periodic")(np.arange(200) / 200), 7)
_EVERTED_MEAN = float(CubicSpline(*_EVERTED_DEG, bc_type="periodic")(np.arange(200) / 200).mean())


def everted(phase: ArrayLike) -> Any:
    """Eversion of the heel beyond standing, degrees."""
    return _EVERTED_MEAN + fourier(phase, _EVERTED)
