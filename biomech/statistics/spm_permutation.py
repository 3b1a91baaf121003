"""Permutation tests of curves: t, F and Hotelling's T², every participant's whole curve (or vector of curves) at a time.

A permutation may only exchange what the null hypothesis makes exchangeable: the sign of a participant's whole difference,
of two groups the sign of a participant's whole deviation from the common mean (groups may differ in variance), of several
groups the group of a whole participant, the conditions within a participant, or who has which value of a covariate. spm1d 0.4.55
does otherwise: for all permutations of a two-sided test it takes their first half, which equals the other half only if
groups are of one size; the signs of a vector's components it flips one by one, though only whole vectors are exchangeable;
repeated conditions it permutes across participants.

References
----------
Nichols & Holmes 2002, Hum Brain Mapp 15:1 (largest statistic, and integral of a cluster, over permutations); Hotelling
1931, Ann Math Stat 2:360; Pataky, Robinson & Vanrenterghem 2013, J Biomech 46:2394 (T² along curves).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from biomech.statistics.welch import flipped_vectors, flipped_welch

Array = NDArray[np.float64]
_AT_A_TIME = 500  # permutations in memory
_SMALLEST = 1e-10  # eigenvalue of the components' correlation matrix below which they count as dependent
_PAIRED = ("paired", "hotelling_paired")
_TWO_GROUPS = ("group", "hotelling_group")


def n_permutations(test: str, sizes: Sequence[int]) -> float:
    """Return how many permutations a test has; `sizes` are the numbers of participants of every sample."""
    if test in _PAIRED:
        return 2.0 ** sizes[0]
    if test in _TWO_GROUPS:
        return 2.0 ** sum(sizes)
    if test == "regression":
        return float(math.factorial(min(sizes[0], 150)))
    if test == "anova_repeated":
        return float(math.factorial(len(sizes))) ** min(sizes[0], 50)
    found, left = 1.0, sum(sizes)
    for size in sizes:
        found *= math.comb(left, size)
        left -= size
    return found


def smallest_p(test: str, sizes: Sequence[int], most: int) -> float:
    """Return the smallest p that a test can reach with at most so many permutations.

    Whatever the data are, all signs turned, and the names of conditions or of groups of one size exchanged, give the same
    statistic.
    """
    alike = 1.0
    if test in _PAIRED or test in _TWO_GROUPS:
        alike = 2.0
    elif test != "regression" and len(set(sizes)) == 1:
        alike = float(math.factorial(len(sizes)))
    return max(1 / most, alike / n_permutations(test, sizes))


def permutation_distribution(
    test: str, samples: Sequence[Array], covariate: Array | None, most: int, seed: int
) -> Array:
    """Return the statistic along the curve under permutations, the first of which is the data as they are.

    Parameters
    ----------
    test : {'paired', 'group', 'regression', 'anova', 'anova_repeated', 'hotelling_paired', 'hotelling_group'}
    samples : sequence of (n, points) or (n, points, components) array
        Of paired tests and repeated conditions in the same order of participants.
    covariate : (n,) array, optional
        Of a regression.
    most : int
        If there are no more permutations than that, all of them are taken; else so many are drawn.
    seed : int

    Returns
    -------
    (permutations, points) array
        t with its sign (of groups: Welch's, see `flipped_welch`), F, or T² (of groups: without a common covariance).

    Raises
    ------
    ValueError
        If the components are linearly dependent at some point, or participants are too few for them.

    Notes
    -----
    Every test but those of two groups is of means ``d = W y``, with weights ``W`` of each permutation. Permutations leave the sum of squares and
    products ``S`` of ``y`` (differences; deviations from the common mean, or of repeated conditions from each participant's)
    as it is, so all that changes is ``h``, the sum of ``d S⁻¹ dᵀ`` over means: the statistic is ``f h / (1 - h)``, by the
    decomposition of squares or, of vectors, by the update of an inverse by a matrix of rank one; of t its root.
    """
    samples = [sample if sample.ndim == 3 else sample[:, :, None] for sample in samples]
    sizes = [len(sample) for sample in samples]
    if test in _TWO_GROUPS:
        return _two_groups(samples, most, seed)
    data = _deviations(test, samples)
    chosen = _weights(test, sizes, covariate, most, np.random.default_rng(seed))
    components = data.shape[2]
    df, factor = _freedom(test, sizes)
    if df < components:
        raise ValueError(f"{len(data)} curves are too few for vectors of {components} components")
    scale = np.sqrt((data**2).mean(axis=0))
    data = data / np.where(scale > 0, scale, 1)
    squares = np.einsum("npi,npj->pij", data, data)
    if (np.linalg.eigvalsh(squares / len(data)) < _SMALLEST).any():
        raise ValueError("the components are linearly dependent at some percent of the cycle")
    inverse = np.linalg.inv(squares)
    out = []
    for block in np.array_split(chosen, math.ceil(len(chosen) / _AT_A_TIME)):
        mean = np.einsum("mgn,npi->mgpi", block, data)
        h = np.einsum("mgpi,pij,mgpj->mp", mean, inverse, mean, optimize=True)
        field = df * factor * h / np.maximum(1 - h, np.finfo(float).eps)
        out.append(np.sign(mean[:, 0, :, 0]) * np.sqrt(field) if test in ("paired", "regression") else field)
    return np.concatenate(out)


def _two_groups(samples: Sequence[Array], most: int, seed: int) -> Array:
    """Return Welch's t, or T² without a common covariance, with signs of whole participants' deviations turned."""
    signs = _signs(sum(map(len, samples)), most, np.random.default_rng(seed))
    blocks = np.array_split(signs, math.ceil(len(signs) / _AT_A_TIME))
    if samples[0].shape[2] == 1:
        a, b = (sample[:, :, 0] for sample in samples)
        return np.concatenate([flipped_welch(block, a, b) for block in blocks])
    if problem := vector_problem(samples):
        raise ValueError(problem)
    return np.concatenate([flipped_vectors(block, *samples) for block in blocks])


def vector_problem(samples: Sequence[Array]) -> str:
    """Return why two groups of vectors (participants, points, components) have no T² without a common covariance."""
    components, least = samples[0].shape[2], min(map(len, samples))
    if least <= components:
        return f"{least} curves in a group are too few for vectors of {components} components"
    data = np.concatenate([sample - sample.mean(axis=0) for sample in samples])
    scale = np.sqrt((data**2).mean(axis=0))
    data = data / np.where(scale > 0, scale, 1)
    if (np.linalg.eigvalsh(np.einsum("npi,npj->pij", data, data) / len(data)) < _SMALLEST).any():
        return "the components are linearly dependent at some percent of the cycle"
    return ""


def degrees_of_freedom(test: str, sizes: Sequence[int], components: int) -> str:
    """Return the degrees of freedom as they are reported: of t those of the error, of F and T² both."""
    df, _ = _freedom(test, sizes)
    if test.startswith("anova"):
        return f"{len(sizes) - 1}, {df}"
    return f"{components}, {df}" if test.startswith("hotelling") else f"{df}"


def permuted_inference(fields: Array, alpha: float) -> tuple[float, list[dict[str, float]]]:
    """Return the threshold at a level over the whole curve, and the clusters of the first field beyond it with p.

    Parameters
    ----------
    fields : (permutations, points) array
        Of `permutation_distribution`; of t both signs count.
    alpha : float

    Returns
    -------
    threshold : float
        A share of permutations of at most `alpha` is somewhere beyond it.
    list of dict
        ``start``, ``end``, ``extreme`` and ``p``: the share of permutations with a cluster of the same or a larger
        integral, at most `alpha`.
    """
    size = np.abs(fields)
    largest = size.max(axis=1)
    threshold = float(np.quantile(largest, 1 - alpha, method="higher"))
    beyond = clusters(size[0], threshold)
    if beyond:
        reached = size[largest > threshold]
        integrals = np.array([max(item["integral"] for item in clusters(row, threshold)) for row in reached])
    for item in beyond:
        item["p"] = min(alpha, float((integrals >= item.pop("integral") * (1 - 1e-9)).sum() / len(fields)))
        within = fields[0, math.ceil(item["start"]) : math.floor(item["end"]) + 1]
        item["extreme"] = float(within[np.argmax(np.abs(within))])
    return threshold, beyond


def clusters(field: Array, threshold: float) -> list[dict[str, float]]:
    """Return the clusters of a curve above a threshold: ends, between points, and integral of what is above it."""
    above = np.concatenate([[False], field > threshold, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1])
    found = []
    for first, last in zip(edges[::2], edges[1::2] - 1, strict=True):
        excess = field[first : last + 1] - threshold
        x, y = list(range(first, last + 1)), list(excess)
        if first > 0:
            x.insert(0, first - excess[0] / (field[first] - field[first - 1]))
            y.insert(0, 0.0)
        if last < len(field) - 1:
            x.append(last + excess[-1] / (field[last] - field[last + 1]))
            y.append(0.0)
        found.append({"start": float(x[0]), "end": float(x[-1]), "integral": float(np.trapezoid(y, x))})
    return found


def _deviations(test: str, samples: Sequence[Array]) -> Array:
    """Return what is permuted, so that its sum of squares does not depend on the permutation."""
    if test in _PAIRED:
        return samples[0] - samples[1]
    if test == "anova_repeated":
        whole = np.stack(samples)
        return np.concatenate(whole - whole.mean(axis=0))
    joined = np.concatenate(samples)
    return joined - joined.mean(axis=0)


def _freedom(test: str, sizes: Sequence[int]) -> tuple[int, float]:
    """Return the degrees of freedom of the error, and what turns a ratio of sums of squares into one of means."""
    n, k = sum(sizes), len(sizes)
    if test in _PAIRED:
        return sizes[0] - 1, 1.0
    if test == "regression":
        return n - 2, 1.0
    if test == "anova_repeated":
        return (sizes[0] - 1) * (k - 1), 1 / (k - 1)
    return n - k, 1 / (k - 1)


def _weights(test: str, sizes: Sequence[int], covariate: Array | None, most: int, random: np.random.Generator) -> Array:
    """Return the weights of every permutation: (permutations, means, curves), the first of them the data as they are."""
    every = n_permutations(test, sizes) <= most
    n, k = sum(sizes), len(sizes)
    if test in _PAIRED:
        return _signs(sizes[0], most, random)[:, None] / math.sqrt(sizes[0])
    if test == "regression":
        assert covariate is not None
        x = covariate - covariate.mean()
        x = x / math.sqrt(float(x @ x))
        orders = np.array(list(itertools.permutations(range(n)))) if every else _drawn(np.arange(n), most, random)
        return x[orders][:, None]
    labels = _within(sizes[0], k, every, most, random) if test == "anova_repeated" else _labels(sizes, most, random)
    return (labels[:, None] == np.arange(k)[:, None]) / np.sqrt(np.array(sizes, dtype=float))[:, None]


def _signs(n: int, most: int, random: np.random.Generator) -> Array:
    """Return signs of n participants, all ways if there are no more than `most`; the first has none turned."""
    if 2.0**n <= most:
        return np.array(list(itertools.product((1.0, -1.0), repeat=n)))
    signs = random.choice([1.0, -1.0], size=(most, n))
    signs[0] = 1
    return signs


def _labels(sizes: Sequence[int], most: int, random: np.random.Generator) -> NDArray[np.intp]:
    """Return the group of every participant under permutations, the first as it is."""
    if n_permutations("anova", sizes) <= most:
        return np.array(list(_labellings(sizes)))
    return _drawn(np.repeat(np.arange(len(sizes)), sizes), most, random)


def _drawn(values: NDArray, most: int, random: np.random.Generator) -> NDArray:
    """Return random orders of some values, the first as they are."""
    out = random.permuted(np.tile(values, (most, 1)), axis=1)
    out[0] = values
    return out


def _labellings(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Yield every way to give groups of these sizes to as many participants, the first in order."""

    def fill(labels: list[int], group: int) -> Iterator[list[int]]:
        if group == len(sizes):
            yield labels
            return
        free = [i for i, label in enumerate(labels) if label < 0]
        for chosen in itertools.combinations(free, sizes[group]):
            taken = set(chosen)
            yield from fill([group if i in taken else label for i, label in enumerate(labels)], group + 1)

    yield from fill([-1] * sum(sizes), 0)


def _within(people: int, conditions: int, every: bool, most: int, random: np.random.Generator) -> NDArray:
    """Return the condition of every curve, one condition after the other, with conditions exchanged within participants."""
    if every:
        orders = np.array(
            list(itertools.product(itertools.permutations(range(conditions)), repeat=people))
        )  # permutation, participant, condition
    else:
        orders = _drawn(np.arange(conditions), most * people, random).reshape(most, people, conditions)
        orders[0] = np.arange(conditions)
    return orders.swapaxes(1, 2).reshape(len(orders), conditions * people)
