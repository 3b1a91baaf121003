"""Pairs of a curve of this project and one of another system, and their differences."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from biomech.signals.filters import runs

Array = NDArray[np.float64]

_LEAST_STANCE = 20  # samples; shorter runs hold no peak


@dataclass
class Pair:
    """Two curves of the same quantity.

    Attributes
    ----------
    comparison, source, quantity, plane, side, unit : str
        `comparison` names the row of the report, `source` the recording.
    ours, theirs : ndarray, shape (n,)
        NaN where either is missing; such samples count nowhere.
    bound : float
        Largest RMS difference that is asked for; NaN where it is only reported.
    correlation_bound : float
        Least correlation that is asked for, or NaN.
    peak_bound : float
        Largest difference of the peak of any stance that is asked for, percent of theirs, or NaN.
    worst_bound : float
        Largest difference of any sample that is asked for, or NaN.
    """

    comparison: str
    source: str
    quantity: str
    plane: str
    side: str
    unit: str
    ours: Array = field(repr=False)
    theirs: Array = field(repr=False)
    bound: float = float("nan")
    correlation_bound: float = float("nan")
    peak_bound: float = float("nan")
    worst_bound: float = float("nan")

    @property
    def difference(self) -> Array:
        """Ours minus theirs, where both exist."""
        difference = np.asarray(self.ours, float) - np.asarray(self.theirs, float)
        return difference[np.isfinite(difference)]

    @property
    def n(self) -> int:
        """Samples at which both exist."""
        return len(self.difference)

    @property
    def rms(self) -> float:
        """Root mean square difference."""
        return float(np.sqrt(np.mean(self.difference**2))) if self.n else float("nan")

    @property
    def bias(self) -> float:
        """Mean difference."""
        return float(np.mean(self.difference)) if self.n else float("nan")

    @property
    def spread(self) -> float:
        """Standard deviation of the difference."""
        return float(np.std(self.difference)) if self.n else float("nan")

    @property
    def correlation(self) -> float:
        """Pearson's correlation; NaN where a curve does not vary."""
        both = np.isfinite(self.ours) & np.isfinite(self.theirs)
        a, b = np.asarray(self.ours)[both], np.asarray(self.theirs)[both]
        if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
            return float("nan")
        return float(np.corrcoef(a, b)[0, 1])

    @property
    def worst(self) -> float:
        """Largest difference of any sample."""
        return float(np.abs(self.difference).max()) if self.n else float("nan")

    @property
    def peaks(self) -> Array:
        """Difference of the peak of every stance, percent of theirs.

        A stance is a run of samples where both exist; its peak is the largest value that points as their largest one does.
        """
        ours, theirs = np.asarray(self.ours, float), np.asarray(self.theirs, float)
        known = np.isfinite(ours) & np.isfinite(theirs)
        out = []
        for start, stop in runs(known):
            if stop - start >= _LEAST_STANCE:
                mine, other = ours[start:stop], theirs[start:stop]
                sign = np.sign(other[np.abs(other).argmax()])
                out.append(100 * ((sign * mine).max() / (sign * other).max() - 1))
        return np.array(out)

    def trial_peak(self, sign: float = 1.0) -> tuple[float, float]:
        """Return the peak of the trial, ours and theirs: the largest value, with a `sign` of -1 the least one.

        Only samples where both exist count; NaN without any.
        """
        ours, theirs = np.asarray(self.ours, float), np.asarray(self.theirs, float)
        known = np.isfinite(ours) & np.isfinite(theirs)
        if not known.any():
            return np.nan, np.nan
        return float(sign * (sign * ours[known]).max()), float(sign * (sign * theirs[known]).max())

    @property
    def peak(self) -> float:
        """Difference of the peak, percent of theirs, of the stance where it is largest; NaN where no peak is asked for."""
        peaks = self.peaks if np.isfinite(self.peak_bound) else np.array([])
        return float(peaks[np.abs(peaks).argmax()]) if len(peaks) else float("nan")

    @property
    def asked(self) -> dict[str, bool]:
        """Whether each number that is asked for is within its bound: ``rms``, ``correlation``, ``peak``, ``worst``."""
        met = {
            "rms": (self.bound, self.rms <= self.bound),
            "correlation": (self.correlation_bound, self.correlation >= self.correlation_bound),
            "peak": (self.peak_bound, abs(self.peak) <= self.peak_bound),
            "worst": (self.worst_bound, self.worst <= self.worst_bound),
        }
        return {name: bool(answer) for name, (bound, answer) in met.items() if np.isfinite(bound)}

    @property
    def within(self) -> str:
        """``yes`` if all is within that is asked for, ``no``, or empty where nothing is asked for."""
        if not self.asked:
            return ""
        return "yes" if all(self.asked.values()) else "no"


PLANES = ("sagittal", "frontal", "transverse")


def cut_to(mask: NDArray[np.bool_], values: Array) -> Array:
    """Return the values with NaN outside the mask."""
    return np.where(mask, values, np.nan)
