"""Muscle activity bursts: above a baseline (double threshold), with the most likely onset and offset of each.

Finding and timing are apart. A threshold on a smoothed signal finds bursts, but is crossed some way up the rise, and a zero-lag
filter smears strong bursts ahead of themselves. The edge of each burst is therefore estimated from the signal as it was recorded,
filtered in one direction: the change of variance that makes the samples around the crossing most likely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.signals.emg import band_passed, linear_envelope, one_way
from biomech.signals.filters import runs

Array = NDArray[np.float64]

# sizes of the full burst that are tried, of its power some way inside
_SIZES = (0.5, 0.7, 1.0, 1.4, 2.0)


@dataclass(frozen=True)
class Rule:
    """What both methods share; see `biomech.config.muscles.Muscles` for each (`band_hz` is its ``band_pass_hz``, `cutoff_hz` its
    ``onset_cutoff_hz``).

    Gaps up to `gap_max_s` are closed, then bursts shorter than `burst_min_s` dropped.
    """

    band_hz: tuple[float, float] = (20.0, 450.0)
    notch_hz: float | None = None
    notch_width_hz: float = 4.0
    cutoff_hz: float = 50.0
    baseline_s: float = 0.3
    baseline_alike_sd: float = 1.5
    baseline_alike_spread: float = 1.75
    baseline_margin_s: float = 0.02
    burst_min_s: float = 0.05
    gap_max_s: float = 0.03
    rises_s: tuple[float, ...] = (0.001, 0.01, 0.02, 0.03, 0.04, 0.05)
    falls_s: tuple[float, ...] = (0.001, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15)
    independent_hz: float = 600.0


@dataclass(frozen=True)
class Baseline:
    """Mean and SD of the quiet signal, in its unit, and which samples it is made of."""

    mean: float
    sd: float
    quiet: NDArray[np.bool_]


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


def baseline(smooth: ArrayLike, rate_hz: float, rule: Rule | None = None) -> Baseline | None:
    """Return mean and SD of the quietest interval and all that are alike; None where no interval is complete.

    The quietest interval alone is the smallest of many: in noise its mean and SD are too small, and bursts are found where none are.
    An interval is alike where its mean is above that one's by at most ``baseline_alike_sd`` of its SDs and its SD is at most
    ``baseline_alike_spread`` times as large. The last interval that is alike may hold the first ms of a burst, whose few large values
    weigh in an SD; so ``baseline_margin_s`` is left off each side that something louder follows.

    Parameters
    ----------
    smooth : array_like, (n,)
        Smoothed rectified signal or energy, NaN where missing.
    rate_hz : float
    rule : Rule, optional
        ``baseline_…``.
    """
    rule = rule or Rule()
    x = np.asarray(smooth, dtype=float)
    n = max(round(rule.baseline_s * rate_hz), 2)
    starts, means, spreads = [], [], []
    for a, b in runs(np.isfinite(x)).tolist():
        if b - a >= n:
            # less a constant, since squares of it would hide a small spread
            piece = x[a:b] - x[a:b].mean()
            total, square = (np.concatenate([[0.0], np.cumsum(v)]) for v in (piece, piece**2))
            mean, power = (total[n:] - total[:-n]) / n, (square[n:] - square[:-n]) / n
            starts.append(np.arange(a, b - n + 1))
            means.append(mean + x[a:b].mean())
            spreads.append(np.sqrt(np.maximum(power - mean**2, 0.0)))
    if not starts:
        return None
    start, mean, spread = (np.concatenate(v) for v in (starts, means, spreads))
    least = int(mean.argmin())
    alike = mean <= mean[least] + rule.baseline_alike_sd * spread[least]
    alike &= spread <= rule.baseline_alike_spread * spread[least]
    alike[least] = True
    edges = np.zeros(len(x) + 1)
    np.add.at(edges, start[alike], 1.0)
    np.add.at(edges, start[alike] + n, -1.0)
    quiet = np.cumsum(edges[:-1]) > 0
    margin = round(rule.baseline_margin_s * rate_hz)
    louder = np.flatnonzero(np.isfinite(x) & ~quiet)
    if margin and len(louder):
        near = np.zeros(len(x) + 1)
        np.add.at(near, np.maximum(louder - margin, 0), 1.0)
        np.add.at(near, np.minimum(louder + margin + 1, len(x)), -1.0)
        inner = quiet & (np.cumsum(near[:-1]) == 0)
        quiet = inner if inner.sum() > 1 else quiet
    return Baseline(float(x[quiet].mean()), float(x[quiet].std(ddof=1)), quiet)


def above(
    smooth: ArrayLike, rate_hz: float, threshold: float, burst_min_s: float, gap_max_s: float
) -> NDArray[np.intp]:
    """Return first and one past last sample of every burst above a threshold: gaps closed, then short ones dropped."""
    x = np.asarray(smooth, dtype=float)
    merged: list[list[int]] = []
    with np.errstate(invalid="ignore"):
        found = runs(x > threshold).tolist()
    for a, b in found:
        if merged and a - merged[-1][1] <= gap_max_s * rate_hz and np.isfinite(x[merged[-1][1] : a]).all():
            merged[-1][1] = b
        else:
            merged.append([a, b])
    kept = [(a, b) for a, b in merged if b - a >= burst_min_s * rate_hz]
    return np.array(kept, dtype=np.intp).reshape(-1, 2)


def rise_start(
    signal: ArrayLike,
    rate_hz: float,
    crossing: int,
    quiet_power: float,
    rises_s: tuple[float, ...] = Rule.rises_s,
    independent_hz: float = Rule.independent_hz,
) -> float:
    """Return the most likely sample at which a signal leaves its baseline, near where a threshold was crossed.

    Before it the samples are normal with the variance of the baseline, after it the variance grows by a burst whose size rises
    along ``3 u^2 - 2 u^3``. Time, length of the rise and size of the burst are unknown; the estimate is the median of the time
    over all of them, each weighed by its likelihood (and all alike before).

    Parameters
    ----------
    signal : array_like, (n,)
        Band-passed in one direction, without gaps; from the end of the burst before to the end of this one.
    rate_hz : float
    crossing : int
        Sample of the crossing.
    quiet_power : float
        Variance of the baseline.
    rises_s : tuple of float
        Lengths that a rise may have, s.
    independent_hz : float
        Of neighbouring samples so many a second count as independent.

    References
    ----------
    Staude G, Wolf W (1999). Objective motor response onset detection in surface myoelectric signals. Med Eng Phys 21:449-467, and
    Staude GH (2001). Precise onset detection of human motor responses using a whitening filter and the log-likelihood-ratio
    test. IEEE Trans Biomed Eng 48:1292-1305: a likelihood ratio with a dynamic profile of the variance. The median in place of
    the maximum is an addition: it is steadier at low signal-to-noise.
    """
    x = np.asarray(signal, dtype=float)
    longest, crossing = max(rises_s), int(crossing)
    first = max(crossing - round((2 * longest + 0.02) * rate_hz), 0)
    last = min(crossing + round((longest + 0.03) * rate_hz), len(x))
    power = x[first:last] ** 2
    latest = max(min(crossing + round((longest + 0.01) * rate_hz), last) - first, 1)
    inside = x[crossing:][round(0.6 * longest * rate_hz) : round((0.6 * longest + 0.1) * rate_hz)]
    full = max(float(np.mean((inside if len(inside) else x[crossing:]) ** 2)) - quiet_power, 0.2 * quiet_power)
    # Of each start the log-likelihood of all samples. The variance depends on the time since the start alone: sums of its
    # logarithms are cumulative, those of power over variance a correlation.
    since, start = np.arange(len(power)), np.arange(latest)
    before = start * np.log(quiet_power) + (power.cumsum() - power)[:latest] / quiet_power
    likelihood = np.empty((len(rises_s), len(_SIZES), latest))
    for k, rise in enumerate(rises_s):
        u = np.minimum(since / (rise * rate_hz), 1.0)
        profile = (u * u * (3.0 - 2.0 * u)) ** 2
        for m, size in enumerate(_SIZES):
            variance = quiet_power + size * full * profile
            logs = np.log(variance).cumsum()[len(power) - 1 - start]
            squares = np.correlate(power, 1.0 / variance, "full")[len(power) - 1 :][:latest]
            likelihood[k, m] = -0.5 * (before + logs + squares)
    likelihood *= min(independent_hz / rate_hz, 1.0)
    weight = np.exp(likelihood - likelihood.max()).sum(axis=(0, 1)).cumsum()
    return float(first + np.searchsorted(weight, 0.5 * weight[-1]))


def hodges_bui(signal: ArrayLike, rate_hz: float, threshold_sd: float = 3.0, rule: Rule | None = None) -> Array:
    """Return bursts (burst, 2) in s: the rectified, low-passed signal above its baseline by a number of SDs.

    Parameters
    ----------
    signal : array_like, (n,)
        As recorded, NaN where missing.
    rate_hz : float
    threshold_sd : float
    rule : Rule, optional

    Returns
    -------
    ndarray, (burst, 2)
        Onset and offset, s. NaN where the recording begins or ends, or has a gap, within the burst.

    References
    ----------
    Hodges PW, Bui BH (1996). A comparison of computer-based methods for the determination of onset of muscle contraction
    using electromyography. Electroencephalogr Clin Neurophysiol 101:511-519. They find bursts; `rise_start` times them.
    """
    rule = rule or Rule()
    smooth = linear_envelope(_detected(signal, rate_hz, rule), rate_hz, rule.cutoff_hz)
    return _timed(signal, smooth, rate_hz, threshold_sd, rule)


def teager_kaiser_bursts(
    signal: ArrayLike,
    rate_hz: float,
    threshold_sd: float = 4.0,
    band_hz: tuple[float, float] = (30.0, 300.0),
    rule: Rule | None = None,
) -> Array:
    """Return bursts (burst, 2) in s as `hodges_bui` does, from the smoothed Teager-Kaiser energy in a band of its own.

    References
    ----------
    Li X, Zhou P, Aruin AS (2007). Teager-Kaiser energy operation of surface EMG improves muscle activity onset detection.
    Ann Biomed Eng 35:1532-1538.
    """
    rule = rule or Rule()
    energy = teager_kaiser(band_passed(_detected(signal, rate_hz, rule), rate_hz, band_hz))
    return _timed(signal, linear_envelope(energy, rate_hz, rule.cutoff_hz), rate_hz, threshold_sd, rule)


def _detected(signal: ArrayLike, rate_hz: float, rule: Rule) -> Array:
    return band_passed(signal, rate_hz, rule.band_hz, rule.notch_hz, rule.notch_width_hz)


def _timed(signal: ArrayLike, smooth: Array, rate_hz: float, threshold_sd: float, rule: Rule) -> Array:
    quiet = baseline(smooth, rate_hz, rule)
    if quiet is None or not quiet.sd > 0:
        return np.zeros((0, 2))
    threshold = quiet.mean + threshold_sd * quiet.sd
    found = above(smooth, rate_hz, threshold, rule.burst_min_s, rule.gap_max_s)
    chain = (signal, rate_hz, rule.band_hz, rule.notch_hz, rule.notch_width_hz)
    forward, backward = one_way(*chain), one_way(*chain, backward=True)
    last_sample = len(smooth) - 1
    # from the end of time an offset is an onset
    onsets = _starts(forward, smooth, found, quiet.quiet, rate_hz, rule.rises_s, rule.independent_hz)
    offsets = _starts(
        backward[::-1],
        smooth[::-1],
        len(smooth) - found[::-1, ::-1],
        quiet.quiet[::-1],
        rate_hz,
        rule.falls_s,
        rule.independent_hz,
    )
    return np.column_stack([onsets, last_sample + 1 - offsets[::-1]]) / rate_hz


def _starts(
    x: Array,
    smooth: Array,
    found: NDArray[np.intp],
    quiet: NDArray[np.bool_],
    rate_hz: float,
    rises_s: tuple[float, ...],
    independent_hz: float,
) -> Array:
    """Return the sample at which each burst starts, NaN where the signal is missing before it."""
    power = float(np.mean(x[quiet] ** 2))
    known = runs(np.isfinite(smooth))
    out = np.full(len(found), np.nan)
    for k, (a, b) in enumerate(found.tolist()):
        begin = int(known[np.searchsorted(known[:, 0], a, "right") - 1, 0])
        if a > begin:
            begin = max(begin, int(found[k - 1, 1]) if k else 0)
            out[k] = begin + rise_start(x[begin:b], rate_hz, a - begin, power, rises_s, independent_hz)
    return out
