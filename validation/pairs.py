"""One curve of ours beside one of another system, and what they differ by."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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
    def within(self) -> str:
        """``yes``, ``no``, or empty where nothing is asked for."""
        if not np.isfinite(self.bound):
            return ""
        return "yes" if self.rms <= self.bound else "no"


PLANES = ("sagittal", "frontal", "transverse")


def cut_to(mask: NDArray[np.bool_], values: Array) -> Array:
    """Return the values with NaN outside the mask."""
    return np.where(mask, values, np.nan)
