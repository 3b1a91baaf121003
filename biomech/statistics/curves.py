"""Statistical parametric mapping of one mean curve per participant and condition, by the package spm1d.

References
----------
Pataky 2010, J Biomech 43:1976 (random field theory on curves); Pataky, Robinson & Vanrenterghem 2013, J Biomech 46:2394
(vectors); Nichols & Holmes 2002, Hum Brain Mapp 15:1 (permutation).
"""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_CALLS = {
    "paired": "ttest_paired",
    "group": "ttest2",
    "anova": "anova1",
    "anova_repeated": "anova1rm",
    "regression": "regress",
    "hotelling_paired": "hotellings_paired",
    "hotelling_group": "hotellings2",
}
_STATISTIC = {"anova": "F", "anova_repeated": "F", "hotelling_paired": "T2", "hotelling_group": "T2"}


@dataclass(frozen=True)
class Field:
    """Outcome of a test along a curve.

    Attributes
    ----------
    statistic : (points,) array
    threshold : float
        Critical value; for t tests its negative holds too.
    clusters : list of dict
        ``start``, ``end`` (positions in points), ``extreme`` and ``p``.
    p : float
        Smallest p of a stretch; NaN if the statistic stays within the threshold everywhere.
    df : str
    name : str
        t, F or T2.
    smallest_p : float
        Of a permutation test; NaN for random field theory.
    problem : str
        Why there is no test.
    """

    statistic: Array
    threshold: float
    clusters: list[dict[str, float]] = field(default_factory=list)
    p: float = np.nan
    df: str = ""
    name: str = "t"
    smallest_p: float = np.nan
    problem: str = ""


def curve_test(
    test: str,
    samples: Sequence[Array],
    *,
    alpha: float,
    subjects: Array | None = None,
    covariate: Array | None = None,
    permutations: int = 0,
    seed: int = 0,
) -> Field:
    """Test curves.

    Parameters
    ----------
    test : str
        A key of `_CALLS`.
    samples : sequence of (n, points) or (n, points, components) array
        Of paired tests and repeated conditions in the same order of participants.
    alpha : float
        Two-sided level over the whole curve.
    subjects : array, optional
        Not used but by `anova_repeated`: the participant of every row of the joined samples.
    covariate : (n,) array, optional
        Of a regression.
    permutations : int
        Greater than 0: threshold and p from at most so many permutations.
    seed : int
        Of random permutations.
    """
    import spm1d

    joined = np.concatenate(samples) if len(samples) > 1 else samples[0]
    nothing = np.full(joined.shape[1], np.nan)
    scale = max(float(np.abs(joined).max()), 1e-300)
    spread = (samples[0] - samples[1]) if test.endswith("paired") else joined
    if (spread.std(axis=0) <= 1e-9 * scale).any():
        return Field(nothing, np.nan, problem="zero variance at some percent of the cycle: no test")
    arguments, options = _arguments(test, samples, joined, subjects, covariate)
    ways = _ways(test, [len(sample) for sample in samples])
    smallest = np.nan
    if permutations:
        smallest = (
            (2 / ways if test in ("paired", "regression") else 1 / ways) if ways <= permutations else 1 / permutations
        )
        if smallest > alpha:
            return Field(
                nothing, np.nan, problem=f"smallest attainable p is {smallest:.3g}, above the level {alpha:.3g}"
            )
    module = spm1d.stats.nonparam if permutations else spm1d.stats
    two_tailed = {} if test in _STATISTIC else {"two_tailed": True}
    sampled = (
        {"iterations": -1 if ways <= permutations else permutations, "force_iterations": True} if permutations else {}
    )
    state = np.random.get_state()  # noqa: NPY002 - spm1d draws from the global generator
    np.random.seed(seed)  # noqa: NPY002
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), _older_numpy():
            warnings.simplefilter("ignore")
            options = {} if permutations else options
            found = getattr(module, _CALLS[test])(*arguments, **options)
            inference = found.inference(alpha, **two_tailed, **sampled)
    except Exception as error:  # a package's failure on these data is a reason, not the end of the study
        return Field(nothing, np.nan, problem=f"spm1d could not compute it: {type(error).__name__}: {error}")
    finally:
        np.random.set_state(state)  # noqa: NPY002
    clusters = [_cluster(item, np.asarray(inference.z, float)) for item in inference.clusters]
    df = getattr(found, "df", None)
    return Field(
        np.asarray(inference.z, float),
        float(np.max(inference.zstar)),
        clusters,
        min((item["p"] for item in clusters), default=np.nan),
        "" if df is None else ", ".join(f"{float(x):g}" for x in df if test in _STATISTIC or x != 1),
        _STATISTIC.get(test, "t"),
        smallest,
    )


@contextlib.contextmanager
def _older_numpy() -> Iterator[None]:
    """Give spm1d's permutation tests the two names of NumPy that version 2.4 took away."""
    module: Any = np
    present, older = module.percentile, not hasattr(module, "trapz")

    def percentile(*args: Any, interpolation: str | None = None, **options: Any) -> Any:
        return present(*args, **options, **({"method": interpolation} if interpolation else {}))

    module.percentile = percentile
    if older:
        module.trapz = np.trapezoid
    try:
        yield
    finally:
        module.percentile = present
        if older:
            del module.trapz


def _arguments(
    test: str, samples: Sequence[Array], joined: Array, subjects: Array | None, covariate: Array | None
) -> tuple[list[Any], dict[str, Any]]:
    if test == "regression":
        return [joined, covariate], {}
    if test.startswith("anova"):
        conditions = np.repeat(np.arange(len(samples)), [len(sample) for sample in samples])
        repeated = [subjects] if test == "anova_repeated" else []
        return [joined, conditions, *repeated], ({} if repeated else {"equal_var": True})
    return list(samples), ({"equal_var": False} if test == "group" else {})


def _ways(test: str, sizes: Sequence[int]) -> float:
    if test in ("paired", "hotelling_paired"):
        return 2.0 ** sizes[0]
    if test == "regression":
        return float(math.factorial(min(sizes[0], 150)))
    if test == "anova_repeated":
        return float(math.factorial(len(sizes))) ** min(sizes[0], 50)
    ways, left = 1.0, sum(sizes)
    for size in sizes:
        ways *= math.comb(left, size)
        left -= size
    return ways


def _cluster(item: Any, z: Array) -> dict[str, float]:
    start, end = (float(x) for x in item.endpoints)
    within = z[math.ceil(start) : math.floor(end) + 1]
    extreme = within[np.argmax(np.abs(within))] if len(within) else np.nan
    return {"start": start, "end": end, "extreme": float(extreme), "p": float(item.P)}
