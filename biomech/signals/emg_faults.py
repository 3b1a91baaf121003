"""Faults of a recorded EMG signal that no filter removes: mains hum, a clipped amplifier, parts without signal."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from biomech.signals.filters import runs

_RESOLUTIONS_HZ = (1.0, 2.0)  # the finer one for signals that have two intervals of that length, which a spectrum needs
_LINE = 1.5  # half width of a line (Hann window), in units of the resolution
_BESIDE = 8.0  # neighbours of a line reach so far from it
_PEAKED = 0.4  # share of its middle in a line: two thirds of one on a sample of the spectrum, half between two
_RAIL = 1e-3  # share of the half range in which a value is at the end of the range
_BELOW = 0.05  # and the share below it that a signal passes on its way there
_RAIL_MIN = 5  # samples
_LEVELS = 20  # a signal of fewer values stays at its extremes because it is stored coarsely


def hum_share(signal: ArrayLike, rate_hz: float, band_hz: tuple[float, float], mains_hz: float) -> float:
    """Share of a signal's power in a band that is a hum of the mains: its lines less what their neighbours let expect.

    Parameters
    ----------
    signal : array_like, (n,)
        NaN where missing; the longest recorded run is used.
    rate_hz : float
    band_hz : (float, float)
        Band over which power and harmonics are counted, Hz.
    mains_hz : float
        50 or 60.

    Returns
    -------
    float
        0 to 1; 0 for a signal of less than a second or without power, whose spectrum does not show lines.
    """
    from scipy.signal import welch  # here: its import takes half a second

    x = np.asarray(signal, dtype=float)
    pieces = runs(np.isfinite(x)).tolist()
    first, end = max(pieces, key=lambda piece: piece[1] - piece[0], default=(0, 0))
    resolution = next((r for r in _RESOLUTIONS_HZ if (end - first) * r >= 2 * rate_hz), None)
    if resolution is None:
        return 0.0
    n = round(rate_hz / resolution)
    frequency, power = welch(x[first:end], rate_hz, window="hann", nperseg=n)
    inside = (frequency >= band_hz[0]) & (frequency <= band_hz[1])
    total = float(power[inside].sum())
    if not total > 0:
        return 0.0
    nearest = np.abs(frequency - mains_hz * np.maximum(np.round(frequency / mains_hz), 1.0))
    line, neighbours = inside & (nearest <= _LINE * resolution), inside & (nearest > _LINE * resolution)
    neighbours &= nearest <= _BESIDE * resolution
    harmonic = np.maximum(np.round(frequency / mains_hz), 1.0).astype(int)
    size = int(harmonic.max()) + 1
    lines = np.bincount(harmonic[line], power[line], size)
    count, others = np.bincount(harmonic[line], minlength=size), np.bincount(harmonic[neighbours], minlength=size)
    middle = np.bincount(harmonic, np.where(inside & (nearest <= resolution / 2), power, 0.0), size)
    lines = np.where(middle >= _PEAKED * lines, lines, 0.0)  # what does not peak there is a line next to the mains
    expected = count * np.bincount(harmonic[neighbours], power[neighbours], size) / np.maximum(others, 1)
    return float(np.maximum(lines - expected, 0.0).sum() / total)


def clipped_share(signal: ArrayLike) -> float:
    """Share of the samples that lie at an end of the signal's range because the amplifier or converter goes no further.

    A signal that was not cut passes through the values just below its extremes more often than it stays at them.

    Parameters
    ----------
    signal : array_like, (n,)
        As recorded, in any unit, NaN where missing; not filtered.
    """
    x = np.asarray(signal, dtype=float)
    x = x[np.isfinite(x)]
    if levels(x) < _LEVELS:
        return 0.0
    clipped = 0
    half = (x.max() - x.min()) / 2
    for height in (x - x.min(), x.max() - x):  # from the lower end, from the upper end
        at_end = height <= _RAIL * half
        together = int((at_end[1:] & at_end[:-1]).sum())
        below = int(((height > _RAIL * half) & (height <= _BELOW * half)).sum())
        count = int(at_end.sum())
        if half > 0 and count >= _RAIL_MIN and together and count > below:
            clipped += count
    return clipped / len(x)


def levels(signal: ArrayLike) -> int:
    """Return how many different values a signal has."""
    x = np.asarray(signal, dtype=float)
    return len(np.unique(x[np.isfinite(x)]))


def still_seconds(signal: ArrayLike, rate_hz: float, shortest_s: float) -> float:
    """Return for how long a signal keeps exactly one value, s, in intervals of at least `shortest_s`: a lost or held signal.

    Parameters
    ----------
    signal : array_like, (n,)
        As recorded, not filtered; NaN counts as no value.
    rate_hz, shortest_s : float
    """
    x = np.asarray(signal, dtype=float)
    spans = runs(np.diff(x) == 0)
    lengths = spans[:, 1] - spans[:, 0] + 1
    return float(lengths[lengths >= shortest_s * rate_hz].sum()) / rate_hz
