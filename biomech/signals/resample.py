"""From the analog rate to the marker rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def to_marker_rate(
    x: ArrayLike, analog_rate_hz: float, rate_hz: float, n_frames: int, average: bool = False
) -> NDArray[np.float64]:
    """Return the analog signal at the instants of the marker frames, ``arange(n_frames) / rate_hz``.

    The signal must be filtered already (below half of `rate_hz`); it is read off at the frames, linearly between
    samples where the rates have no whole ratio. For unfiltered signals, `average` takes the mean of all samples within
    half a frame of each frame instead (11 samples at 1000 and 100 Hz), which is what Vicon Nexus hands to Plug-in Gait.

    Parameters
    ----------
    x : array_like, (n_samples, ...)
        Analog signal, NaN where missing.
    analog_rate_hz, rate_hz : float
        Rates of signal and frames, Hz.
    n_frames : int
        Number of marker frames.
    average : bool
        Mean over the frame instead of the sample at the frame; samples outside the recording are left out.

    Returns
    -------
    ndarray, (n_frames, ...)
        Signal at the frames, NaN for frames beyond the last sample.
    """
    signal = np.asarray(x, dtype=float)
    n = signal.shape[0]
    if n == 0 or n_frames == 0:
        return np.full((n_frames, *signal.shape[1:]), np.nan)
    ratio = analog_rate_hz / rate_hz
    # Rounded so that a whole number of samples is met exactly and not 1e-12 next to it.
    at = np.round(np.arange(n_frames) * ratio, 9)
    shape = (-1,) + (1,) * (signal.ndim - 1)
    if average and ratio > 1:
        first = np.clip(np.ceil(np.round(at - ratio / 2, 9)).astype(int), 0, n)
        last = np.clip(np.floor(np.round(at + ratio / 2, 9)).astype(int) + 1, 0, n)
        total = np.concatenate((np.zeros((1, *signal.shape[1:])), np.cumsum(np.nan_to_num(signal), axis=0)))
        absent = np.concatenate((np.zeros((1, *signal.shape[1:])), np.cumsum(~np.isfinite(signal), axis=0)))
        count = np.maximum(last - first, 1).reshape(shape)
        out = (total[last] - total[first]) / count
        out[(absent[last] - absent[first]) > 0] = np.nan
    else:
        low = np.clip(np.floor(at).astype(int), 0, n - 1)
        high = np.clip(low + 1, 0, n - 1)
        part = np.clip(at - low, 0.0, 1.0).reshape(shape)
        between = (1.0 - part) * signal[low] + part * signal[high]
        out = np.where(part == 0, signal[low], between)
    # Half a frame of tolerance: recordings often end some samples before the last frame's instant.
    out[at > n - 1 + ratio / 2] = np.nan
    return out
