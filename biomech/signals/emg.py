"""Surface EMG: filters of the chain (pyomeca's), envelopes, and when a muscle is active.

The chain is that of textbooks: offset, band-pass, notch if wanted, rectification, envelope. Every step is one of pyomeca's
``.meca`` functions; the signal is continued by reflection before, since they have no padding long enough for 6 Hz.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyomeca
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from biomech.signals.filters import cutoff_corrected, runs

Array = NDArray[np.float64]

# order of one pass; both passes make the 4th order that papers state
_ORDER = 2
# the largest part of half the sampling rate that a band may reach: a Butterworth's bilinear transform ends at 1
_USABLE = 0.9
_PAD_PERIODS = 3.0
# A strong burst rings through zero-lag filters before it begins: what is below this share of the largest value is quiet.
_RINGING = 0.02


def usable_band(band_hz: tuple[float, float], rate_hz: float) -> tuple[float, float]:
    """Return the band that a sampling rate allows: its upper end is at most 0.9 of half the rate, Hz."""
    return band_hz[0], min(band_hz[1], _USABLE * rate_hz / 2)


def band_passed(
    signal: ArrayLike,
    rate_hz: float,
    band_hz: tuple[float, float],
    notch_hz: float | None = None,
    width_hz: float = 4.0,
) -> Array:
    """Take off the offset and keep a band, less the mains if wanted.

    Parameters
    ----------
    signal : array_like, (n,)
        In any unit, NaN where missing: each run of recorded samples is filtered on its own.
    rate_hz : float
    band_hz : (float, float)
        Of gain 1/2 after both passes of a 2nd-order Butterworth (4th order zero-lag), Hz.
    notch_hz : float, optional
        Middle of a band-stop.
    width_hz : float
        Its width.

    Returns
    -------
    ndarray, (n,)
        NaN where `signal` is, and in runs of fewer than ten samples.
    """
    low, high = usable_band(band_hz, rate_hz)

    def chain(piece: xr.DataArray) -> xr.DataArray:
        out = piece.meca.center().meca.band_pass(order=_ORDER, cutoff=[low, high], freq=rate_hz)
        if notch_hz is not None:
            stop = [notch_hz - width_hz / 2, notch_hz + width_hz / 2]
            out = out.meca.band_stop(order=_ORDER, cutoff=stop, freq=rate_hz)
        return out

    return _piecewise(signal, chain, rate_hz / low, rate_hz)


def linear_envelope(signal: ArrayLike, rate_hz: float, cutoff_hz: float) -> Array:
    """Rectify and low-pass (4th order zero-lag, gain 1/sqrt(2) at the cutoff after both passes); never negative.

    Parameters
    ----------
    signal : array_like, (n,)
        Band-passed, NaN where missing.
    rate_hz, cutoff_hz : float
    """
    design = cutoff_corrected(cutoff_hz, rate_hz)

    def chain(piece: xr.DataArray) -> xr.DataArray:
        return piece.meca.abs().meca.low_pass(order=_ORDER, cutoff=design, freq=rate_hz)

    return np.maximum(_piecewise(signal, chain, _PAD_PERIODS * rate_hz / cutoff_hz, rate_hz), 0.0)


def moving_rms(signal: ArrayLike, rate_hz: float, window_s: float) -> Array:
    """Moving root mean square, centred; shorter at the ends and beside gaps, NaN where the signal is."""
    return np.sqrt(np.maximum(moving_mean(np.square(np.asarray(signal, dtype=float)), rate_hz, window_s), 0.0))


def moving_mean(signal: ArrayLike, rate_hz: float, window_s: float) -> Array:
    """Mean over a centred window of the recorded samples in it, NaN where the signal is."""
    x = np.asarray(signal, dtype=float)
    half = max(round(window_s * rate_hz) // 2, 0)
    known = np.isfinite(x)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, x, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    first = np.maximum(np.arange(len(x)) - half, 0)
    last = np.minimum(np.arange(len(x)) + half + 1, len(x))
    return np.where(known, (total[last] - total[first]) / np.maximum(count[last] - count[first], 1), np.nan)


def largest_mean(envelope: ArrayLike, rate_hz: float, window_s: float) -> float:
    """Largest mean over a whole window of this length; NaN where no window is complete."""
    x = np.asarray(envelope, dtype=float)
    n = max(round(window_s * rate_hz), 1)
    best = [np.convolve(x[a:b], np.full(n, 1.0 / n), "valid").max() for a, b in runs(np.isfinite(x)) if b - a >= n]
    return float(max(best)) if best else np.nan


def teager_kaiser(signal: ArrayLike) -> Array:
    """Teager-Kaiser energy ``x(n)^2 - x(n-1) x(n+1)``: of ``A cos(w n)`` it is ``A^2 sin^2 w``; NaN at the ends.

    References
    ----------
    Kaiser JF (1990). On a simple algorithm to calculate the "energy" of a signal. ICASSP, 381-384.
    Solnik S et al. (2010). Teager-Kaiser energy operator signal conditioning improves EMG onset detection. Eur J Appl
    Physiol 110:489-498.
    """
    x = np.asarray(signal, dtype=float)
    out = np.full(len(x), np.nan)
    if len(x) > 2:
        out[1:-1] = x[1:-1] ** 2 - x[:-2] * x[2:]
    return out


@dataclass(frozen=True)
class Baseline:
    """Mean and SD of the quietest stretch, in the signal's unit."""

    mean: float
    sd: float
    start_s: float


def quietest(signal: ArrayLike, rate_hz: float, window_s: float) -> Baseline | None:
    """Return mean and SD of the stretch of this length with the smallest mean; None where no stretch is complete."""
    x = np.asarray(signal, dtype=float)
    n = max(round(window_s * rate_hz), 2)
    best: tuple[float, int] | None = None
    for a, b in runs(np.isfinite(x)).tolist():
        if b - a >= n:
            mean = np.convolve(x[a:b], np.full(n, 1.0 / n), "valid")
            place = int(mean.argmin())
            if best is None or mean[place] < best[0]:
                best = float(mean[place]), a + place
    if best is None:
        return None
    stretch = x[best[1] : best[1] + n]
    return Baseline(float(stretch.mean()), float(stretch.std(ddof=1)), best[1] / rate_hz)


def bursts(
    signal: ArrayLike,
    rate_hz: float,
    baseline: Baseline,
    threshold_sd: float,
    return_sd: float,
    burst_min_s: float,
    gap_max_s: float,
) -> Array:
    """Return when a smoothed signal is active: above an amplitude for long enough.

    Parameters
    ----------
    signal : array_like, (n,)
        Smoothed rectified EMG or Teager-Kaiser energy.
    rate_hz : float
    baseline : Baseline
    threshold_sd : float
        SDs above the baseline's mean that a burst must exceed.
    return_sd : float
        A burst reaches from where the signal last was below the mean plus this many SDs (or 2 % of the largest value) to where
        it first is again.
    burst_min_s, gap_max_s : float
        Gaps up to `gap_max_s` are closed, then bursts shorter than `burst_min_s` (above the amplitude) dropped.

    Returns
    -------
    ndarray, (burst, 2)
        Onset and offset, s. A burst that the recording's beginning or end cuts off has NaN there.
    """
    x = np.asarray(signal, dtype=float)
    with np.errstate(invalid="ignore"):
        found = runs(x > baseline.mean + threshold_sd * baseline.sd).tolist()
        largest = float(np.nanmax(x, initial=0.0))
        quiet = np.flatnonzero(~(x > max(baseline.mean + return_sd * baseline.sd, _RINGING * largest)))
    merged: list[list[int]] = []
    for a, b in found:
        if merged and a - merged[-1][1] <= gap_max_s * rate_hz and np.isfinite(x[merged[-1][1] : a]).all():
            merged[-1][1] = b
        else:
            merged.append([a, b])
    out: list[list[float]] = []
    for a, b in merged:
        if b - a < burst_min_s * rate_hz:
            continue
        before, after = np.searchsorted(quiet, a) - 1, np.searchsorted(quiet, b)
        known_start = before >= 0 and np.isfinite(x[quiet[before]])
        known_end = after < len(quiet) and np.isfinite(x[quiet[after]])
        start = (quiet[before] + 1) / rate_hz if known_start else np.nan
        end = quiet[after] / rate_hz if known_end else np.nan
        if (out and known_start and start < out[-1][1]) or (
            out and np.isnan(out[-1][1]) and not known_start and np.isfinite(x[int(a)])
        ):  # both reach back to the same quiet sample: one burst
            out[-1][1] = end
        else:
            out.append([start, end])
    return np.array(out, dtype=float).reshape(-1, 2)


def hodges_bui(
    signal: ArrayLike,
    rate_hz: float,
    *,
    cutoff_hz: float = 50.0,
    baseline_s: float = 0.3,
    threshold_sd: float = 3.0,
    return_sd: float = 1.0,
    burst_min_s: float = 0.05,
    gap_max_s: float = 0.03,
) -> Array:
    """Return bursts (burst, 2) in s from the rectified, low-passed signal against its quietest stretch.

    Parameters
    ----------
    signal : array_like, (n,)
        Band-passed.

    References
    ----------
    Hodges PW, Bui BH (1996). A comparison of computer-based methods for the determination of onset of muscle contraction
    using electromyography. Electroencephalogr Clin Neurophysiol 101:511-519. Going back from the crossing to the baseline
    is an addition.
    """
    smooth = linear_envelope(signal, rate_hz, cutoff_hz)
    baseline = quietest(smooth, rate_hz, baseline_s)
    if baseline is None or not baseline.sd > 0:
        return np.zeros((0, 2))
    return bursts(smooth, rate_hz, baseline, threshold_sd, return_sd, burst_min_s, gap_max_s)


def teager_kaiser_bursts(
    signal: ArrayLike,
    rate_hz: float,
    *,
    band_hz: tuple[float, float] = (30.0, 300.0),
    cutoff_hz: float = 50.0,
    baseline_s: float = 0.3,
    threshold_sd: float = 6.0,
    return_sd: float = 1.0,
    burst_min_s: float = 0.05,
    gap_max_s: float = 0.03,
) -> Array:
    """Return bursts (burst, 2) in s from the smoothed Teager-Kaiser energy against its quietest stretch.

    Parameters
    ----------
    signal : array_like, (n,)
        Raw or band-passed; it is band-passed to `band_hz` here.

    References
    ----------
    Li X, Zhou P, Aruin AS (2007). Teager-Kaiser energy operation of surface EMG improves muscle activity onset detection.
    Ann Biomed Eng 35:1532-1538.
    """
    energy = teager_kaiser(band_passed(signal, rate_hz, band_hz))
    smooth = linear_envelope(energy, rate_hz, cutoff_hz)
    baseline = quietest(smooth, rate_hz, baseline_s)
    if baseline is None or not baseline.sd > 0:
        return np.zeros((0, 2))
    return bursts(smooth, rate_hz, baseline, threshold_sd, return_sd, burst_min_s, gap_max_s)


def co_contraction(first: ArrayLike, second: ArrayLike) -> Array:
    """Rudolph's co-contraction per sample: ``low / high * (low + high)``, in the unit of the two; 0 where both are silent.

    References
    ----------
    Rudolph KS, Axe MJ, Snyder-Mackler L (2000). Dynamic stability after ACL injury: who can hop? Knee Surg Sports
    Traumatol Arthrosc 8:262-269.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    low, high = np.minimum(a, b), np.maximum(a, b)
    return np.where(high > 0, low / np.where(high > 0, high, 1.0), np.where(np.isnan(a + b), np.nan, 0.0)) * (
        low + high
    )


def _piecewise(signal: ArrayLike, chain: Callable[[xr.DataArray], xr.DataArray], pad: float, rate_hz: float) -> Array:
    x = np.asarray(signal, dtype=float)
    out = np.full(len(x), np.nan)
    for a, b in runs(np.isfinite(x)).tolist():
        n = b - a
        if n < 10:
            continue
        reach = min(int(np.ceil(_PAD_PERIODS * pad)), n - 1)
        piece = np.pad(x[a:b], reach, mode="reflect")
        time = np.arange(len(piece)) / rate_hz
        done = chain(pyomeca.Analogs(piece[None], channels=["emg"], time=time))
        out[a:b] = done.to_numpy()[0, reach : reach + n]
    return out
