"""Restricted maximum likelihood (REML) of linear mixed models whose random effects all lie within participants.

The covariance of the values is ``sigma² (I + sum_k psi_k K_k)``: every random effect has a ratio psi of its variance to that of
the residual. The deviance is profiled over the fixed effects and sigma and is minimised over the factors theta of the ratios
(``psi = theta²``; a level correlated with a slope has the three entries of a Cholesky factor), as in lme4 (Bates, Maechler,
Bolker & Walker 2015, J Stat Softw 67(1), section 3.4), here with its exact gradient and from several starts. Newton steps in
psi then go to where the gradient is zero, or points outwards at a variance of zero; a fit that does not get there is none.

Values of different participants are independent, so that all is computed in blocks of one participant each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]

_STARTS = (1.0, 0.1, 5.0, 50.0)  # of theta; the first is lme4's
_DECREMENT = 1e-7  # what the deviance could still fall by, to first order
_ZERO = 1e-10  # of a ratio: what is left of rounding
_STEPS = 100
_SLOPE_GRADIENT = 1e-3  # of the deviance by theta, where a level and a slope are perfectly correlated


@dataclass(frozen=True)
class Reml:
    """Where the restricted likelihood is at its maximum.

    Attributes
    ----------
    ratios : (parts,) array
        (Co)variances divided by the residual variance; zero at the edge.
    residual : float
        Residual variance.
    deviance : float
        REML criterion, as `lme4::REMLcrit`.
    decrement : float
        What the criterion could still fall by, by its gradient; close to zero at the maximum.
    problem : str
        Why there is no maximum.
    """

    ratios: Array
    residual: float
    deviance: float
    decrement: float
    problem: str = ""


class _Criterion:
    """Deviance and gradient, in blocks of one participant each; short blocks are filled with rows of zeros."""

    def __init__(self, y: Array, design: Array, parts: Sequence[Array], groups: NDArray[np.intp]) -> None:
        rows = [np.flatnonzero(groups == g) for g in range(groups.max() + 1)]
        most, count = max(map(len, rows)), len(rows)
        self.n, self.p = design.shape
        self.y, self.x = np.zeros((count, most)), np.zeros((count, most, self.p))
        self.parts = np.zeros((len(parts), count, most, most))
        for i, at in enumerate(rows):
            self.y[i, : len(at)] = y[at]
            self.x[i, : len(at)] = design[at]
            for k, part in enumerate(parts):
                self.parts[k, i, : len(at), : len(at)] = part[np.ix_(at, at)]
        self.eye = np.eye(most)

    def __call__(self, psi: Array) -> tuple[float, Array, Array]:
        """Return deviance without its constant, its gradient, and the average information (both by psi)."""
        whole = self.eye + np.tensordot(psi, self.parts, axes=1)
        try:
            low = np.linalg.cholesky(whole)
            inverse = np.linalg.inv(whole)
            vx, vy = inverse @ self.x, np.einsum("bij,bj->bi", inverse, self.y)
            cross = np.einsum("bip,biq->pq", self.x, vx)
            cov = np.linalg.inv(cross)
        except np.linalg.LinAlgError:
            return np.inf, np.full(len(psi), np.nan), np.eye(len(psi))
        beta = cov @ np.einsum("bip,bi->p", self.x, vy)
        py = vy - vx @ beta
        square = float((self.y * py).sum())
        if square <= 0:
            return np.inf, np.full(len(psi), np.nan), np.eye(len(psi))
        free = self.n - self.p
        deviance = 2 * np.log(np.einsum("bii->bi", low)).sum() + np.linalg.slogdet(cross)[1] + free * np.log(square)
        kpy = np.einsum("kbij,bj->kbi", self.parts, py)
        trace = np.einsum("bij,kbij->k", inverse, self.parts)
        trace = trace - np.einsum("kbpq,pq->k", np.swapaxes(vx, 1, 2) @ self.parts @ vx, cov, optimize=True)
        sums = np.einsum("kbi,bi->k", kpy, py)
        gradient = trace - free * sums / square
        pk = np.einsum("bij,kbj->kbi", inverse, kpy)
        pk = pk - np.einsum("bip,kp->kbi", vx, np.einsum("bip,kbi->kp", vx, kpy) @ cov)
        average = free * np.einsum("kbi,lbi->kl", kpy, pk) / square - free * np.outer(sums, sums) / square**2
        return float(deviance), gradient, average

    def residual(self, psi: Array) -> float:
        """Return the residual variance."""
        inverse = np.linalg.inv(self.eye + np.tensordot(psi, self.parts, axes=1))
        vx, vy = inverse @ self.x, np.einsum("bij,bj->bi", inverse, self.y)
        cross = np.einsum("bip,biq->pq", self.x, vx)
        beta = np.linalg.solve(cross, np.einsum("bip,bi->p", self.x, vy))
        return float((self.y * (vy - vx @ beta)).sum() / (self.n - self.p))


def _ratios(theta: Array, slope: bool) -> tuple[Array, Array]:
    """Return psi and its derivatives (psi, theta); with a slope, the last three are variance of it, covariance and level.

    Parts are ordered level, other effects, slope, covariance.
    """
    psi, jacobian = theta**2, np.diag(2 * theta)
    if slope:
        level, own, shared = theta[0], theta[-2], theta[-1]
        psi[-2], psi[-1] = shared**2 + own**2, level * shared
        jacobian[-2] = jacobian[-1] = 0
        jacobian[-2, -2], jacobian[-2, -1] = 2 * own, 2 * shared
        jacobian[-1, 0], jacobian[-1, -1] = shared, level
    return psi, jacobian


def _theta(psi: Array, slope: bool) -> Array:
    theta = np.sqrt(np.maximum(psi, 0))
    if slope:
        theta[-1] = psi[-1] / theta[0] if theta[0] > 0 else 0.0
        theta[-2] = np.sqrt(max(psi[-2] - theta[-1] ** 2, 0.0))
    return theta


def _inside(psi: Array, slope: bool) -> bool:
    positive = psi[:-1] if slope else psi
    return bool((positive >= 0).all()) and (not slope or psi[0] * psi[-2] >= psi[-1] ** 2)


def _newton(
    criterion: Callable[[Array], tuple[float, Array, Array]], psi: Array, slope: bool
) -> tuple[Array, float, float]:
    """Go to the minimum along steps of the average information; a variance that would be negative stays at zero.

    Returns
    -------
    psi, deviance, decrement
    """
    signed = np.zeros(len(psi), dtype=bool)
    signed[-1:] = slope
    psi = np.where(~signed & (psi < _ZERO), 0.0, psi)  # what an optimiser leaves at the edge
    if not _inside(psi, slope):
        psi[-1] = 0.0
    value, gradient, average = criterion(psi)
    decrement = np.inf
    for _ in range(_STEPS):
        free = signed | (psi > 0) | (gradient < 0)
        if slope and (psi[0] == 0 or psi[-2] == 0):
            free[-1] = False
        if not free.any():
            return psi, value, 0.0
        step = np.zeros(len(psi))
        at = np.ix_(free, free)
        unit = 1 / np.sqrt(np.maximum(np.diag(average)[free], np.finfo(float).tiny))  # ratios differ by orders of size
        scaled = np.linalg.lstsq(average[at] * np.outer(unit, unit), gradient[free] * unit, rcond=1e-10)[0]
        step[free] = -scaled * unit
        decrement = float(abs(gradient @ step))
        if decrement < _DECREMENT:
            break
        straight = np.zeros(len(psi))  # down the gradient, where the step is barred by a variance at zero
        straight[free] = -gradient[free] * unit**2
        moved = False
        for direction in (step, straight):
            size = 1.0
            while size > 1e-8 and not moved:
                near = psi + size * direction
                near[~signed] = np.maximum(near[~signed], 0)
                if _inside(near, slope):
                    tried = criterion(near)
                    if tried[0] < value:
                        psi, moved = near, True
                        value, gradient, average = tried
                size /= 2
        if not moved:
            break
    return psi, value, decrement


def maximum(y: Array, design: Array, parts: Sequence[Array], groups: NDArray[np.intp], slope: bool = False) -> Reml:
    """Return the (co)variances of a mixed model at the maximum of the restricted likelihood.

    Parameters
    ----------
    y : (n,) array
    design : (n, p) array
        Of full rank.
    parts : sequence of (n, n) array
        What every (co)variance multiplies, zero between participants; none for a model without random effects.
    groups : (n,) array of int
        The participant of every value, 0, 1, 2, ...
    slope : bool
        The last two parts are the variance of a slope and its covariance with the first part, the level.
    """
    scale = float(np.std(y - design @ np.linalg.lstsq(design, y, rcond=None)[0]))
    criterion = _Criterion(y / scale, design, parts, groups)
    constant = (criterion.n - criterion.p) * (1 + np.log(2 * np.pi / (criterion.n - criterion.p)) + 2 * np.log(scale))
    if not parts:
        nothing = np.zeros(0)
        whole = np.zeros((0,))
        deviance = _Criterion(y / scale, design, [np.zeros((len(y), len(y)))], groups)(np.zeros(1))[0]
        return Reml(nothing, criterion.residual(whole) * scale**2, deviance + constant, 0.0)

    def by_theta(theta: Array) -> tuple[float, Array]:
        psi, jacobian = _ratios(theta, slope)
        value, gradient, _ = criterion(psi)
        return (value, jacobian.T @ gradient) if np.isfinite(value) else (1e300, np.zeros(len(theta)))

    k = len(parts)
    bounds: list[tuple[float | None, float | None]] = [(0, None)] * k
    if slope:
        bounds[-1] = (None, None)
    best: tuple[float, float, Array] | None = None
    starts = [np.full(k, start) for start in _STARTS]
    if not slope and k > 1:  # one effect large and the others small, for a criterion with several minima
        starts += [np.where(np.arange(k) == i, 3.0, 0.05) for i in range(k)]
        starts += [np.where(np.arange(k) == i, 0.05, 3.0) for i in range(k)]
    for first in starts:
        if slope:
            first[-1] = 0.0
        found = minimize(
            by_theta, first, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14, "gtol": 1e-8}
        )
        psi, value, decrement = _newton(criterion, _ratios(found.x, slope)[0], slope)
        if slope and decrement >= _DECREMENT and _perfect(psi):
            size = np.abs(by_theta(_theta(psi, slope))[1]).max()
            decrement = 0.0 if size < _SLOPE_GRADIENT and _outwards(criterion(psi)[1]) else decrement
        if np.isfinite(value) and (best is None or value < best[0] - 1e-9):
            best = (value, decrement, psi)
    if best is None:
        return Reml(np.full(k, np.nan), np.nan, np.nan, np.nan, "the restricted likelihood cannot be computed")
    value, decrement, psi = best
    problem = ""
    if not decrement < 10 * _DECREMENT:
        problem = f"the restricted likelihood (REML) has no maximum that was reached: its deviance still falls by {decrement:.2g}"
    return Reml(psi, criterion.residual(psi) * scale**2, value + constant, decrement, problem)


def _perfect(psi: Array) -> bool:
    return bool(psi[-1] ** 2 >= (1 - 1e-6) * psi[0] * psi[-2])


def _outwards(gradient: Array) -> bool:
    """Return whether no other covariance of level and slope has a smaller deviance, to first order."""
    matrix = np.array([[gradient[0], gradient[-1] / 2], [gradient[-1] / 2, gradient[-2]]])
    low, high = np.linalg.eigvalsh(matrix)
    return bool(low >= -1e-3 * max(abs(high), 1e-3))
