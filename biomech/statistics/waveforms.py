"""Reliability of curves: similarity of a participant's repeated curves, and error and ICC along the cycle.

References
----------
Kadaba et al. 1989, J Orthop Res 7:849 (coefficient of multiple correlation). ICC and SEM at a point are those of single values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biomech.statistics.reliability import Estimate, icc, sem

Array = NDArray[np.float64]


def cmc(curves: Array) -> Array:
    """Return the coefficient of multiple correlation of repeated curves, without taking off any offset.

    Parameters
    ----------
    curves : (..., k, points) array
        k curves of one participant each: strides of a session, or mean curves of sessions.

    Returns
    -------
    (...) array
        0 to 1; NaN where the curves differ more than they vary along the cycle, so that there is no root, or do not vary at all.

    Notes
    -----
    ``sqrt(1 - v / V)``, with v the variance about the mean curve, of ``points (k - 1)`` degrees of freedom, and V that about the grand
    mean, of ``points k - 1``. It grows with the range of the curve: small angles have a low CMC at the same error.
    """
    values = np.asarray(curves, dtype=float)
    k, points = values.shape[-2:]
    about_curve = values - values.mean(axis=-2, keepdims=True)
    about_mean = values - values.mean(axis=(-2, -1), keepdims=True)
    within = (about_curve**2).sum(axis=(-2, -1)) / (points * (k - 1))
    total = (about_mean**2).sum(axis=(-2, -1)) / (points * k - 1)
    varies = total > (1e-12 * np.abs(values).max(initial=0.0)) ** 2
    square = 1 - within / np.where(varies, total, 1.0)
    return np.where(varies & (square >= 0), np.sqrt(np.maximum(square, 0)), np.nan)


@dataclass(frozen=True)
class Pointwise:
    """ICC(2,1) and standard error of measurement at every point, with intervals.

    Attributes
    ----------
    icc, icc_low, icc_high, sem, sem_low, sem_high : (points,) array
        The error in the unit of the curves.
    """

    icc: Array
    icc_low: Array
    icc_high: Array
    sem: Array
    sem_low: Array
    sem_high: Array

    @property
    def curve_sem(self) -> float:
        """Error of the curve as a whole: root mean square over the points."""
        return float(np.sqrt(np.mean(self.sem**2)))


def pointwise(curves: Array, confidence: float = 0.95) -> Pointwise:
    """Return ICC and error of measurement at every point.

    Parameters
    ----------
    curves : (participants, measurements, points) array
        Without missing values.
    confidence : float
        Of the intervals, of each point by itself.
    """
    tables = np.moveaxis(np.asarray(curves, dtype=float), -1, 0)
    correlations = _parts([icc(table, "2,1", confidence) for table in tables])
    errors = _parts([sem(table, confidence) for table in tables])
    return Pointwise(*correlations, *errors)


def _parts(found: list[Estimate]) -> tuple[Array, Array, Array]:
    value, low, high = np.array([(one.value, one.low, one.high) for one in found], dtype=float).reshape(-1, 3).T
    return value, low, high
