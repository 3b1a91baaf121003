"""Variance components of participants by measurements with cells missing, by restricted maximum likelihood (REML).

The model is ``value = mean + participant + measurement + residual`` with three variances, in lme4
``value ~ 1 + (1 | participant) + (1 | measurement)``. Without missing cells, and where no variance is at zero, the estimates are those of
the mean squares, so that the correlations are ICC(2,1) and ICC(3,1) of Shrout & Fleiss (McGraw & Wong 1996, Psychol Methods 1:30).

References
----------
Patterson & Thompson 1971, Biometrika 58:545 (REML); Satterthwaite 1946, Biometrics Bull 2:110 (degrees of freedom of a variance from the
information about it); Searle, Casella & McCulloch 1992, Variance Components, chapter 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from biomech.statistics.reliability import Estimate

Array = NDArray[np.float64]
_NEAR_ZERO = 1e-8  # of a variance relative to the residual: what the optimiser leaves at the edge
_EXACT = 1e-14  # of the variance of the values: what is left of rounding
_NONE = Estimate(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Components:
    """Variance components and what follows from them.

    Attributes
    ----------
    participant, measurement, residual : float
        Standard deviations.
    agreement, consistency : Estimate
        ICC(2,1) and ICC(3,1).
    sem : Estimate
        Standard error of measurement, without the differences between the measurements' means.
    deviance : float
        REML criterion, as `lme4::REMLcrit`.
    problem : str
        Why there are none.
    notes : tuple of str
    """

    participant: float = np.nan
    measurement: float = np.nan
    residual: float = np.nan
    agreement: Estimate = _NONE
    consistency: Estimate = _NONE
    sem: Estimate = _NONE
    deviance: float = np.nan
    problem: str = ""
    notes: tuple[str, ...] = ()


def variance_components(table: Array, confidence: float = 0.95) -> Components:
    """Return the variance components of a table with missing cells.

    Parameters
    ----------
    table : (n, k) array
        Participants by measurements; NaN where a cell is missing.
    confidence : float
        Of the intervals: of the correlations by the delta method on the scale of Fisher's z with
        the t of participants - 1 degrees of freedom (the normal one covers less in small samples); of the SEM from a chi-squared distribution with Satterthwaite's degrees of freedom.
    """
    table = np.asarray(table, dtype=float)
    person, column = np.nonzero(np.isfinite(table))
    y = table[person, column]
    several = int((np.bincount(person, minlength=len(table)) > 1).sum())
    if several < 3 or len(set(column)) < 2:
        return Components(problem=f"{several} participants with two measurements or more; at least 3 are needed")
    if np.ptp(y) <= 1e-12 * max(np.abs(y).max(), 1e-300):
        return Components(problem="zero variance: all values are the same")
    scale = float(y.std())
    parts = [(codes[:, None] == codes[None]).astype(float) for codes in (person, column)]
    eye = np.eye(len(y))
    z = (y - y.mean()) / scale
    cells = np.column_stack([person[:, None] == np.unique(person), column[:, None] == np.unique(column)]).astype(float)
    rest = z - cells @ np.linalg.lstsq(cells, z, rcond=None)[0]
    if not float(rest @ rest) > _EXACT * len(z):
        return Components(problem="zero residual variance: participants and measurements describe all values exactly")

    free = len(z) - 1

    def criterion(theta: Array) -> tuple[float, Array, float]:
        """Return the deviance, its gradient and the residual variance."""
        whole = eye + theta[0] ** 2 * parts[0] + theta[1] ** 2 * parts[1]
        inverse = np.linalg.inv(whole)
        ones = inverse.sum(axis=1)
        projected = inverse - np.outer(ones, ones) / ones.sum()
        rest = projected @ z
        square = max(float(z @ rest), 1e-300)
        deviance = np.linalg.slogdet(whole)[1] + np.log(ones.sum()) + free * np.log(square / free)
        slopes = [(projected * part).sum() - free * (rest @ part @ rest) / square for part in parts]
        return float(deviance), 2 * theta * np.array(slopes), square / free

    best = min(
        (
            optimize.minimize(
                lambda t: criterion(t)[:2],
                start,
                jac=True,
                method="L-BFGS-B",
                bounds=[(0, 1e4)] * 2,
                options={"ftol": 1e-15, "gtol": 1e-9},
            )
            for start in ((1.0, 0.3), (3.0, 1.0), (0.2, 0.2))
        ),
        key=lambda found: found.fun,
    )
    ratios = np.where(best.x**2 < _NEAR_ZERO, 0.0, best.x**2)
    deviance, _, residual = criterion(np.sqrt(ratios))
    sizes = np.array([ratios[0] * residual, ratios[1] * residual, residual])
    notes = tuple(
        f"variance of {name} estimated at zero" for name, size in zip(_NAMES, sizes, strict=False) if size == 0
    )
    covariance = _covariance(sizes, [*parts, eye])
    sds = np.sqrt(sizes) * scale
    return Components(
        float(sds[0]),
        float(sds[1]),
        float(sds[2]),
        _correlation(sizes, covariance, np.array([0.0, 1.0, 1.0]), confidence, several),
        _correlation(sizes, covariance, np.array([0.0, 0.0, 1.0]), confidence, several),
        _error(float(sds[2]), 2 * sizes[2] ** 2 / covariance[2, 2], confidence),
        float(deviance + free * (1 + np.log(2 * np.pi)) + 2 * free * np.log(scale)),
        notes=notes,
    )


_NAMES = ("participants", "measurements")


def _covariance(sizes: Array, parts: list[Array]) -> Array:
    """Return the covariance of the estimated variances, from the expected information; of one at zero it is zero."""
    inverse = np.linalg.inv(np.tensordot(sizes, parts, axes=1))
    ones = inverse.sum(axis=1)
    projected = inverse - np.outer(ones, ones) / ones.sum()
    there = np.flatnonzero(sizes > 0)
    products = [projected @ parts[i] for i in there]
    information = np.array([[(a * b.T).sum() / 2 for b in products] for a in products])
    out = np.zeros((3, 3))
    out[np.ix_(there, there)] = np.linalg.inv(information)
    return out


def _correlation(sizes: Array, covariance: Array, error: Array, confidence: float, people: int) -> Estimate:
    """Return participants' variance as a share of it and the errors, with an interval on the scale of a log ratio."""
    wrong = float(error @ sizes)
    value = float(sizes[0] / (sizes[0] + wrong))
    if sizes[0] == 0:
        return Estimate(value, np.nan, np.nan, "variance of participants at zero: no interval")
    # two measurements of one participant: (1 + icc) / (1 - icc), as of Fisher's z
    ratio = 1 + 2 * sizes[0] / wrong
    gradient = 2 / wrong * np.array([1.0, 0.0, 0.0]) - 2 * sizes[0] / wrong**2 * error
    spread = float(np.sqrt(gradient @ covariance @ gradient)) / ratio
    half = float(special.stdtrit(people - 1, 0.5 + confidence / 2)) * spread
    low, high = (float((f - 1) / (f + 1)) for f in (ratio * np.exp(-half), ratio * np.exp(half)))
    return Estimate(value, low, high)


def _error(sd: float, df: float, confidence: float) -> Estimate:
    low, high = df / stats.chi2.ppf([0.5 + confidence / 2, 0.5 - confidence / 2], df)
    return Estimate(sd, float(sd * np.sqrt(low)), float(sd * np.sqrt(high)))
