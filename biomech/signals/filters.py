"""Zero-lag Butterworth filter that knows about gaps and about the ends of a recording."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.errors import TrialError

Correction = Literal["prewarped", "plain", "none"]

# The padding reaches this many cutoff periods beyond each end: the transient of a 2nd-order pass has decayed to 2e-6.
_PAD_PERIODS = 3.0


def cutoff_corrected(cutoff_hz: float, rate_hz: float, order: int = 4, correction: Correction = "prewarped") -> float:
    """Return the cutoff to design one pass with, so that both passes together have the wanted cutoff.

    One pass of order ``n = order / 2`` run forwards and backwards has the gain ``1 / (1 + (w / wc)^2n)``; it is
    ``1 / sqrt(2)`` at ``w = wc (sqrt(2) - 1)^(1 / 2n)``, the factor 0.802 of a 4th-order filter.

    Parameters
    ----------
    cutoff_hz : float
        Wanted frequency of gain ``1 / sqrt(2)`` after both passes, Hz.
    rate_hz : float
        Sampling rate, Hz.
    order : int
        Order after both passes: 2, 4, 6 or 8.
    correction : {"prewarped", "plain", "none"}
        ``prewarped`` corrects the frequency ``tan(pi fc / fs)`` of the bilinear transform, which makes the gain at the
        cutoff exact; ``plain`` divides `cutoff_hz` itself (as Visual3D does); ``none`` changes nothing.

    Returns
    -------
    float
        Design frequency of a single pass, Hz.

    Raises
    ------
    TrialError
        If the cutoff (after correction) is not below half of the sampling rate.

    References
    ----------
    Winter DA (2009). Biomechanics and Motor Control of Human Movement, 4th ed., section 3.4.4.2.
    Robertson DGE, Dowling JJ (2003). Design and responses of Butterworth and critically damped digital filters.
    J Electromyogr Kinesiol 13:569-573.
    """
    if order not in (2, 4, 6, 8):
        raise ValueError(f"order: expected 2, 4, 6 or 8 (after both passes), found {order}")
    factor = (np.sqrt(2.0) - 1.0) ** (1.0 / order)
    design = float(cutoff_hz)
    if 0 < cutoff_hz < rate_hz / 2:
        if correction == "prewarped":
            design = float(np.arctan(np.tan(np.pi * cutoff_hz / rate_hz) / factor) * rate_hz / np.pi)
        elif correction == "plain":
            design = float(cutoff_hz / factor)
        elif correction != "none":
            raise ValueError(f"correction: expected prewarped, plain or none, found {correction!r}")
    if not 0 < design < rate_hz / 2:
        raise TrialError(
            f"expected a cutoff below half of the sampling rate ({rate_hz / 2:g} Hz), found {cutoff_hz:g} Hz"
            + (f" ({design:g} Hz after the correction for two passes)" if design != cutoff_hz else ""),
            code="cutoff_too_high",
            action="lower signals.cutoff_hz of this task in config.yaml, or set it to null to switch the filter off",
        )
    return design


def lowpass(
    x: ArrayLike,
    rate_hz: float,
    cutoff_hz: float | None,
    order: int = 4,
    correction: Correction = "prewarped",
    axis: int = 0,
) -> NDArray[np.float64]:
    """Low-pass with a zero-lag Butterworth filter; each run of finite samples is filtered on its own.

    Missing samples stay missing and recorded samples stay recorded: the filter neither fills nor removes any. The
    straight line through the first and last sample of a run is taken off before and put back after filtering, and the
    rest is continued by point reflection, so constants and ramps come out unchanged right up to the edges. A
    consequence is that the end samples of a run keep their recorded value, noise included; a run of one or two samples
    comes out unfiltered (and is too short for `biomech.signals.derivatives.derivative` to use).

    Parameters
    ----------
    x : array_like, (..., n, ...)
        Signal in any unit, NaN where missing.
    rate_hz : float
        Sampling rate, Hz.
    cutoff_hz : float or None
        Frequency of gain ``1 / sqrt(2)`` after both passes, Hz; None returns a copy.
    order : int
        Order after both passes: 2, 4, 6 or 8.
    correction : {"prewarped", "plain", "none"}
        See `cutoff_corrected`.
    axis : int
        Axis of time.

    Returns
    -------
    ndarray, shape of `x`
        Filtered signal, NaN where `x` is.

    Raises
    ------
    TrialError
        If the cutoff is not below half of the sampling rate.
    """
    from scipy.signal import butter  # half a second that jobs without filters need not wait

    signal = np.array(x, dtype=float)
    if cutoff_hz is None:
        return signal
    sos = butter(order // 2, cutoff_corrected(cutoff_hz, rate_hz, order, correction), fs=rate_hz, output="sos")
    pad = int(np.ceil(_PAD_PERIODS * rate_hz / cutoff_hz))
    moved = np.moveaxis(signal, axis, -1)
    rows = np.ascontiguousarray(moved).reshape(-1, moved.shape[-1])  # one signal a row: filters run along the memory
    finite = np.isfinite(rows)
    # Signals that miss the same samples are filtered together; most recordings have very few such patterns.
    for chosen in alike(finite.T):
        for start, stop in runs(finite[chosen[0]]):
            if stop - start > 2:
                rows[chosen, start:stop] = _filter_run(rows[chosen, start:stop], sos, pad)
    return np.ascontiguousarray(np.moveaxis(rows.reshape(moved.shape), -1, axis))


def alike(mask: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Return the columns of a mask (n, columns) in groups of equal ones."""
    groups: dict[bytes, list[int]] = {}
    for column, bits in enumerate(np.packbits(mask.T, axis=1)):
        groups.setdefault(bits.tobytes(), []).append(column)
    return [np.array(columns) for columns in groups.values()]


def runs(mask: ArrayLike) -> NDArray[np.intp]:
    """Return the runs of True in a mask.

    Parameters
    ----------
    mask : array_like of bool, (n,)

    Returns
    -------
    ndarray of int, (n_runs, 2)
        First sample and one past the last sample of each run.
    """
    padded = np.concatenate(([False], np.asarray(mask, dtype=bool), [False]))
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return edges.reshape(-1, 2)


def _filter_run(block: NDArray[np.float64], sos: NDArray[np.float64], pad: int) -> NDArray[np.float64]:
    from scipy.signal import sosfiltfilt

    n = block.shape[1]
    line = block[:, :1] + np.linspace(0.0, 1.0, n) * (block[:, -1:] - block[:, :1])
    return np.asarray(line + sosfiltfilt(sos, block - line, axis=-1, padtype="odd", padlen=min(pad, n - 1)))
