"""What the simulations of statistics share: smooth noise, and a row of the table of results."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.ndimage import gaussian_filter1d


def noise(random: np.random.Generator, n: int, points: int, fwhm: float) -> np.ndarray:
    """Return n smooth curves of variance 1, with a full width at half maximum given as a share of the cycle."""
    width = points * fwhm / np.sqrt(8 * np.log(2))
    padded = random.normal(size=(n, 3 * points))
    return gaussian_filter1d(padded, width, axis=1)[:, points : 2 * points] * np.sqrt(2 * width * np.sqrt(np.pi))


def row(
    section: str, design: str, analysis: str, measure: str, nominal: float, studies: int, share: float
) -> dict[str, object]:
    """Return a row of the table: a share of studies with the limits that 99 % of simulations lie between if it is nominal."""
    low, high = stats.binom.interval(0.99, studies, nominal)
    cells = {"section": section, "design": design, "analysis": analysis, "measure": measure, "studies": studies}
    return cells | {"nominal": nominal, "share": share, "low": low / studies, "high": high / studies}
