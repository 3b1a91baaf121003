"""A mixed model of one person's repetitions: one slope, a random level per trial, and an interval for few of both.

The models of groups of people (`biomech.statistics.mixed`) have several nested random effects and are fitted by iteration. Here there
are one ratio of variances, hundreds of short series a session, and few trials: the ratio is found on a line in a millisecond,
nothing can fail to converge, and the degrees of freedom are Satterthwaite's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from biomech.statistics.reliability import mdc95

Array = NDArray[np.float64]

CONFIDENCE = 0.95
# ratios of the trials' variance to the repetitions' that are tried before the best is refined; 0 is always among them
_GRID = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, 49)])
_REFINE = 30


@dataclass(frozen=True)
class Slope:
    """A slope with its interval.

    Attributes
    ----------
    value, low, high : float
        Per unit of x; the interval is NaN where nothing is left to estimate the error from.
    se, df : float
        Standard error and Satterthwaite's degrees of freedom.
    sd_repetition, sd_trial : float
        Within and between trials, of y.
    n, n_trials : int
    """

    value: float
    low: float
    high: float
    se: float
    df: float
    sd_repetition: float
    sd_trial: float
    n: int
    n_trials: int


def mixed_slope(y: ArrayLike, x: ArrayLike, trial: ArrayLike, random_from: int) -> Slope:
    """Fit ``y = a + b x + trial + e`` by restricted maximum likelihood and return b.

    Parameters
    ----------
    y, x : array_like, (n,)
        None missing.
    trial : array_like, (n,)
        Label of the trial that each repetition is from. With one trial this is ordinary least squares.
    random_from : int
        Fewer trials are fixed levels.

    Notes
    -----
    The likelihood is profiled over the ratio of the two variances, which is one number, so that nothing can fail to converge.
    Degrees of freedom by Satterthwaite from the information matrix of the variances. Fewer than `random_from` trials are
    fixed levels (the limit of a large variance between trials), if x changes within them.

    References
    ----------
    Satterthwaite 1946, Biometrics Bull 2:110; Giesbrecht & Burns 1985, Biometrics 41:477.
    """
    y, x = np.array(y, dtype=np.float64), np.array(x, dtype=np.float64)
    block = np.asarray(np.unique(np.asarray(trial), return_inverse=True)[1], dtype=np.intp)
    size = np.bincount(block).astype(float)
    n, k = len(y), len(size)
    bad = Slope(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, n, k)
    if n < 3 or not np.ptp(x) > 0:
        return bad
    if 1 < k < random_from and n > k + 1:
        own_x, own_y = x - (np.bincount(block, x) / size)[block], y - (np.bincount(block, y) / size)[block]
        if (spread := float(own_x @ own_x)) > 1e-12:
            slope, df = float(own_x @ own_y) / spread, n - k - 1.0
            error = float(np.sum((own_y - slope * own_x) ** 2)) / df
            return _slope(slope, np.sqrt(error / spread), df, np.sqrt(error), np.nan, n, k)
    sums = _Sums(np.asarray(y - y.mean(), dtype=np.float64), np.asarray(x - x.mean(), dtype=np.float64), block, size)
    ratio = 0.0
    if 1 < k < n:
        likelihood = [sums.restricted(r)[0] for r in _GRID]
        best = int(np.argmax(likelihood))
        low, high = _GRID[max(best - 1, 0)], _GRID[min(best + 1, len(_GRID) - 1)]
        ratio = _golden(sums, low, high)
        if sums.restricted(0.0)[0] >= sums.restricted(ratio)[0]:
            ratio = 0.0
    _, slope, variance_x, error = sums.restricted(ratio)
    if not error > 0:
        return bad
    se = float(np.sqrt(error * variance_x))
    df = _satterthwaite(sums, ratio, error) if ratio > 0 else float(n - 2)
    return _slope(slope, se, df, np.sqrt(error), np.sqrt(ratio * error), n, k)


def _slope(value: float, se: float, df: float, sd: float, sd_trial: float, n: int, k: int) -> Slope:
    half = float(stdtrit(df, (1 + CONFIDENCE) / 2)) * float(se)
    return Slope(value, value - half, value + half, float(se), df, float(sd), float(sd_trial), n, k)


@dataclass(frozen=True)
class Difference:
    """A difference of two means with its interval and the minimal detectable change.

    Attributes
    ----------
    value, low, high : float
        Second less first.
    mdc : float
        Minimal detectable change at 95 %; NaN where it cannot be known.
    df : float
    sd_repetition : float
        Pooled, within the two groups.
    n : (int, int)
        Repetitions of both.
    trials : (int, int)
    """

    value: float
    low: float
    high: float
    mdc: float
    df: float
    sd_repetition: float
    n: tuple[int, int]
    trials: tuple[int, int]

    @property
    def detected(self) -> bool:
        """Whether the difference is beyond the minimal detectable change."""
        return bool(abs(self.value) > self.mdc)


def difference(
    first: ArrayLike,
    second: ArrayLike,
    first_trial: ArrayLike,
    second_trial: ArrayLike,
    session_sem: float,
    apart: bool,
) -> Difference:
    """Compare the means of two groups of repetitions of one person.

    Parameters
    ----------
    first, second : array_like, (n,)
        None missing.
    first_trial, second_trial : array_like, (n,)
        Label of each one's trial.
    session_sem : float
        Standard error of measurement between sessions, in the unit of the values; NaN where it is not known.
    apart : bool
        Markers were applied again between the two (sessions, legs): the error between sessions is part of the difference.

    Notes
    -----
    ``SEM^2 = s_session^2 + s_repetition^2 / n`` and ``MDC95 = 1.96 sqrt(2) SEM``, with n of its own for either group and
    Student's t in place of 1.96, since the repetitions' SD is an estimate. With three trials or more that do not hold both
    groups the means of trials are compared, which have the variance between trials in them. With one trial each that variance is
    unknown: the error between sessions takes its place, which is larger; where that is unknown too, so is the change.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    names = [np.asarray(x).astype(str) for x in (first_trial, second_trial)]
    n, trials = (len(a), len(b)), (len(set(names[0].tolist())), len(set(names[1].tolist())))
    apart_trials = not set(names[0].tolist()) & set(names[1].tolist())
    value = float(b.mean() - a.mean()) if min(n) else np.nan
    bad = Difference(value, np.nan, np.nan, np.nan, np.nan, np.nan, n, trials)
    if min(n) < 2:
        return bad
    pooled = _pooled(a, b)
    units: list[Array] = [a, b]
    if apart_trials and sum(trials) >= 3:
        units = [_trial_means(x, own) for x, own in zip((a, b), names, strict=True)]
        value = float(units[1].mean() - units[0].mean())
    df = len(units[0]) + len(units[1]) - 2.0
    variance = _pooled(*units) * (1 / len(units[0]) + 1 / len(units[1]))
    factor = float(stdtrit(df, (1 + CONFIDENCE) / 2))
    half = factor * float(np.sqrt(variance))
    single = apart_trials and sum(trials) < 3
    mdc = float(np.hypot(half, mdc95(session_sem))) if apart or single else half
    return Difference(value, value - half, value + half, mdc, df, float(np.sqrt(pooled)), n, trials)


def _trial_means(values: Array, trial: NDArray[np.str_]) -> Array:
    return np.array([values[trial == one].mean() for one in dict.fromkeys(trial.tolist())])


def _pooled(a: Array, b: Array) -> float:
    rest = np.sum((a - a.mean()) ** 2) + np.sum((b - b.mean()) ** 2)
    return float(rest / (len(a) + len(b) - 2))


class _Sums:
    """What the likelihood needs of the data: sums over all and over trials."""

    def __init__(self, y: Array, x: Array, block: NDArray[np.intp], size: Array) -> None:
        self.y, self.x, self.block, self.size = y, x, block, size
        self.design = np.stack([np.ones_like(x), x], axis=1)
        self.block_design = np.stack([np.bincount(block, column, len(size)) for column in self.design.T], axis=1)
        self.block_y = np.bincount(block, y, len(size))

    def restricted(self, ratio: float) -> tuple[float, float, float, float]:
        """Return restricted log-likelihood, slope, its variance over the error variance, and the error variance."""
        shrink = ratio / (1 + ratio * self.size)  # of V^-1 = I - shrink * ones within a trial
        information = self.design.T @ self.design - (self.block_design.T * shrink) @ self.block_design
        right = self.design.T @ self.y - (self.block_design.T * shrink) @ self.block_y
        inverse = np.linalg.inv(information)
        beta = inverse @ right
        rest = self.y @ self.y - shrink @ self.block_y**2 - right @ beta
        df = len(self.y) - 2
        error = max(float(rest) / df, 0.0)
        if error <= 1e-300:
            return -np.inf, float(beta[1]), float(inverse[1, 1]), 0.0
        logdet = float(np.sum(np.log1p(ratio * self.size)) + np.linalg.slogdet(information)[1])
        return -0.5 * (df * np.log(error) + logdet), float(beta[1]), float(inverse[1, 1]), error


def _golden(sums: _Sums, low: float, high: float) -> float:
    g = (np.sqrt(5.0) - 1) / 2
    a, b = low, high
    for _ in range(_REFINE):
        c, d = b - g * (b - a), a + g * (b - a)
        if sums.restricted(c)[0] >= sums.restricted(d)[0]:
            b = d
        else:
            a = c
    return (a + b) / 2


def _satterthwaite(sums: _Sums, ratio: float, error: float) -> float:
    """Return the degrees of freedom of the slope; no matrix of repetitions by repetitions is made.

    With Z the repetitions' trials, ``V^-1 = (I - Z S Z') / error`` and ``P = V^-1 - W C W'``, where ``W = V^-1 X`` and C is
    the covariance of the coefficients.
    """
    shrink, n = ratio / (1 + ratio * sums.size), len(sums.y)
    w = (sums.design - (shrink[:, None] * sums.block_design)[sums.block]) / error
    covariance = np.linalg.inv(sums.design.T @ w)
    own = (1 - shrink * sums.size) / error  # V^-1 Z = Z own
    w_of_trials = own[:, None] * sums.block_design  # Z' W
    within = np.diag(sums.size * own) - w_of_trials @ covariance @ w_of_trials.T  # Z' P Z
    by_trial = -w @ covariance @ w_of_trials.T  # P Z
    by_trial[np.arange(n), sums.block] += own[sums.block]
    cross = covariance @ (w.T @ w)
    inverse_w = (w - (shrink[:, None] * w_of_trials)[sums.block]) / error  # V^-1 W
    whole = (
        (n - len(own)) / error**2 + own @ own - 2 * np.trace(covariance @ (w.T @ inverse_w)) + np.trace(cross @ cross)
    )
    both = np.sum(by_trial**2)
    fisher = 0.5 * np.array([[np.sum(within**2), both], [both, whole]])
    half, half_of_trials = covariance @ w.T, covariance @ w_of_trials.T
    gradient = np.array([half_of_trials[1] @ half_of_trials[1], half[1] @ half[1]])
    spread = gradient @ np.linalg.solve(fisher, gradient)
    df = 2 * covariance[1, 1] ** 2 / spread if spread > 0 else n - 2.0
    return float(np.clip(df, 1.0, n - 2.0))
