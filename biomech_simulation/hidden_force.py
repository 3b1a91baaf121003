"""Force of a leg's motion above the usual cutoff of 12 Hz: a walk fitted to have little of it is measured well."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from biomech_simulation.gait import Gait

Array = NDArray[np.float64]

# a zero-lag filter of 12 Hz passes 1 / (1 + (f / 15 Hz)^4): Butterworth, second order, forwards and backwards
_FILTER_HZ = 15.0
_LEG_MASS = (0.13, 0.046, 0.011)  # thigh, shank and foot as shares of the body, roughly


def hidden_force(gait: Gait, hip: Array, ankle: Array, pitch: Array, lean: Array, knee: Array) -> Array:
    """Force that moves a leg in the side view, per body mass, as far as a usual filter would remove it.

    A thirtieth of the whole force is added: a leg should not be swung harder than need be.

    Parameters
    ----------
    hip, ankle : (n, 3) arrays
        Joint centres over one stride, m.
    pitch, lean, knee : (n,) arrays
        Of the foot (toe up), of the line from ankle to hip (forwards) and knee flexion, rad.

    Returns
    -------
    (n, 2) array
        Along X and Y, N/kg.
    """
    participant = gait.participant
    thigh = knee * participant.shank / (participant.thigh + participant.shank) - lean
    points = [hip[:, :2]]
    for angle, length in ((thigh, participant.thigh), (thigh - knee, participant.shank)):
        points.append(points[-1] + length * np.stack([np.sin(angle), -np.cos(angle)], axis=-1))
    along = np.stack([np.cos(pitch), np.sin(pitch)], axis=-1)
    below = np.stack([np.sin(pitch), -np.cos(pitch)], axis=-1)
    centres = (
        0.57 * points[0] + 0.43 * points[1],
        0.58 * points[1] + 0.42 * points[2],
        ankle[:, :2] + 0.06 * along + 0.03 * below,
    )
    moved = sum(share * centre for share, centre in zip(_LEG_MASS, centres, strict=True))
    steady = np.arange(len(pitch))[:, None] / len(pitch) * [sum(_LEG_MASS) * gait.stride_m, 0.0]
    frequency = np.arange(len(pitch) // 2 + 1) / gait.stride_s
    ratio = (frequency / _FILTER_HZ) ** 4
    gain = (2 * np.pi * frequency) ** 2 * (0.03 + ratio / (1 + ratio))
    return np.fft.irfft(np.fft.rfft(moved - steady, axis=0) * gain[:, None], len(pitch), axis=0)
