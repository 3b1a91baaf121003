"""Two groups of curves without a common variance: Welch's t, and the T² of vectors without a common covariance.

References
----------
Welch 1947, Biometrika 34:28; Worsley, Taylor, Tomaiuolo & Lerch 2004, NeuroImage 23 Suppl 1:S189 (random fields of t); Janssen 1997,
Stat Probab Lett 36:9 (a permutation test of a statistic that is divided by its own standard error keeps its level where
variances differ); James 1954, Biometrika 41:19 (vectors); Krishnamoorthy & Yu 2004, Stat Probab Lett 66:161 (degrees of freedom
of Nel & van der Merwe 1986, made invariant).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]


def welch_field(a: Array, b: Array) -> tuple[Array, float, Array]:
    """Return Welch's t along curves, its degrees of freedom, and residuals whose smoothness is that of the field.

    Parameters
    ----------
    a, b : (n, points) arrays

    Returns
    -------
    t : (points,) array
        Mean of `a` minus mean of `b`, divided by its standard error.
    df : float
        Welch's, from both variances of the mean, each averaged along the curve as a share of their sum.
    residuals : (participants, points) array
        Of both groups, each with the weight that its group has in the variance of the difference, of unit length at every
        point.
    """
    weights = [1 / (len(x) * (len(x) - 1)) for x in (a, b)]
    rest = [np.sqrt(w) * (x - x.mean(axis=0)) for w, x in zip(weights, (a, b), strict=True)]
    va, vb = ((x**2).sum(axis=0) for x in rest)
    error = np.sqrt(va + vb)
    share = float((va / (va + vb)).mean())
    df = 1 / (share**2 / (len(a) - 1) + (1 - share) ** 2 / (len(b) - 1))
    return (a.mean(axis=0) - b.mean(axis=0)) / error, df, np.concatenate(rest) / error


def permuted_welch(labels: NDArray[np.intp], data: Array, df: float) -> Array:
    """Return Welch's t along curves under permutations, all on the scale of one number of degrees of freedom.

    A permutation mixes the groups, so that its t has other (mostly more) degrees of freedom than that of groups which differ in
    spread and size, and shorter tails. Every t therefore counts by its tail probability: it is turned into the t of `df` degrees
    of freedom that has the same one.

    Parameters
    ----------
    labels : (permutations, participants) array
        0 or 1: the group of every participant.
    data : (participants, points) array
    df : float
        Of the data as they are, see `welch_field`.

    Returns
    -------
    (permutations, points) array
    """
    data = data - data.mean(axis=0)
    first = (labels == 0).astype(float)
    means, errors, sizes = [], [], []
    for mask in (first, 1 - first):
        n = mask.sum(axis=1, keepdims=True)
        mean = mask @ data / n
        squares = np.maximum(mask @ data**2 - n * mean**2, 0)
        means.append(mean)
        errors.append(squares / (n * (n - 1)))
        sizes.append(n[:, 0])
    whole = np.maximum(errors[0] + errors[1], np.finfo(float).tiny)
    t = (means[0] - means[1]) / np.sqrt(whole)
    share = (errors[0] / whole).mean(axis=1)
    own = 1 / (share**2 / (sizes[0] - 1) + (1 - share) ** 2 / (sizes[1] - 1))
    tail = np.maximum(special.stdtr(own[:, None], -np.abs(t)), 1e-300)
    scaled = -np.sign(t) * special.stdtrit(df, tail)
    same = np.abs(own - df) < 1e-9 * df  # of the data as they are, to the last digit
    return np.where(same[:, None], t, scaled)


def vector_field(a: Array, b: Array) -> tuple[Array, float, Array]:
    """Return T² of two groups of vectors along the curve without a common covariance, its degrees of freedom, and residuals.

    Parameters
    ----------
    a, b : (n, points, components) arrays

    Returns
    -------
    t2 : (points,) array
        ``d' (Sa/na + Sb/nb)⁻¹ d`` (James 1954), with d the difference of the means.
    df : float
        Its second degrees of freedom after Krishnamoorthy & Yu 2004, equation 2.1, with the traces averaged along the curve; of
        one component they are Welch's.
    residuals : (participants, points, components) array
        Of both groups, each with the weight that its group has in the variance of the difference, of unit length at every
        point.
    """
    labels = np.repeat([0, 1], [len(a), len(b)])[None]
    t2, df = _vectors(labels, np.concatenate([a, b]))
    rest = np.concatenate([(x - x.mean(axis=0)) / np.sqrt(len(x) * (len(x) - 1)) for x in (a, b)])
    return t2[0], float(df[0]), rest / np.sqrt((rest**2).sum(axis=0))


def permuted_vectors(labels: NDArray[np.intp], data: Array, df: float) -> Array:
    """Return the T² of `vector_field` under permutations, by tail probability on the scale of `df`, as `permuted_welch` does.

    Parameters
    ----------
    labels : (permutations, participants) array
    data : (participants, points, components) array
    df : float
        Of the data as they are.
    """
    t2, own = _vectors(labels, data - data.mean(axis=0))
    c = data.shape[2]
    tail = special.fdtrc(c, (own - c + 1)[:, None], t2 * ((own - c + 1) / (own * c))[:, None])
    scaled = special.fdtri(c, df - c + 1, 1 - np.maximum(tail, 1e-12)) * df * c / (df - c + 1)
    same = np.abs(own - df) < 1e-9 * df
    return np.where(same[:, None] | (tail < 1e-12), t2, scaled)


def _vectors(labels: NDArray[np.intp], data: Array) -> tuple[Array, Array]:
    """Return T² (permutations, points) and its degrees of freedom of every permutation."""
    n, points, c = data.shape
    scale = np.sqrt(((data - data.mean(axis=0)) ** 2).mean(axis=0))
    data = data / np.where(scale > 0, scale, 1)
    squares = np.einsum("npi,npj->npij", data, data).reshape(n, -1)
    flat = data.reshape(n, -1)
    means, covariances, sizes = [], [], []
    for group in (0, 1):
        mask = (labels == group).astype(float)
        size = float(mask[0].sum())
        mean = (mask @ flat / size).reshape(-1, points, c)
        square = (mask @ squares).reshape(-1, points, c, c) - size * mean[..., :, None] * mean[..., None, :]
        means.append(mean)
        covariances.append(square / (size * (size - 1)))
        sizes.append(size)
    inverse = np.linalg.inv(covariances[0] + covariances[1])
    d = means[0] - means[1]
    t2 = np.einsum("mpi,mpij,mpj->mp", d, inverse, d)
    uncertain = np.zeros(len(labels))
    for covariance, size in zip(covariances, sizes, strict=True):
        share = covariance @ inverse
        traces = np.einsum("mpij,mpji->mp", share, share) + np.einsum("mpii->mp", share) ** 2
        uncertain += traces.mean(axis=1) / (size - 1)
    return t2, (c + c**2) / uncertain
