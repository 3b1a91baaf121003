"""Two groups of curves without a common variance: Welch's t, and the T² of vectors without a common covariance.

References
----------
Welch 1947, Biometrika 34:28; Worsley, Taylor, Tomaiuolo & Lerch 2004, NeuroImage 23 Suppl 1:S189 (random fields of t); James 1954,
Biometrika 41:19 (vectors); Krishnamoorthy & Yu 2004, Stat Probab Lett 66:161 (degrees of freedom of Nel & van der Merwe 1986,
made invariant); Winkler, Ridgway, Webster, Smith & Nichols 2014, NeuroImage 92:381 (signs of the residuals of the null model, groups with
their own variances); Davidson & Flachaire 2008, J Econometrics 146:162 (the same as a wild bootstrap: two-point weights, residuals of
the null model); Graybill & Deal 1959, Biometrics 15:543 (common mean of groups that differ in variance).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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


def flipped_welch(signs: Array, a: Array, b: Array) -> Array:
    """Return Welch's t along curves with the signs of whole participants' deviations from the common mean turned.

    Groups keep their own variances, which exchanging participants between them would mix. The common mean weighs each group's mean
    by the inverse of its variance (averaged along the curve), so that the mean of a small group that varies much hardly
    counts.

    Parameters
    ----------
    signs : (ways, participants) array
        1 or -1 of every participant, those of `a` first; all 1 give the t of the data as they are.
    a, b : (n, points) arrays

    Returns
    -------
    (ways, points) array
    """
    a, b = _from_common_mean(a[:, :, None], b[:, :, None])
    means, errors = [], []
    for rest, own in ((a[:, :, 0], signs[:, : len(a)]), (b[:, :, 0], signs[:, len(a) :])):
        n = len(rest)
        mean = own @ rest / n
        means.append(mean)
        errors.append(np.maximum((rest**2).sum(axis=0) - n * mean**2, 0) / (n * (n - 1)))
    whole = np.maximum(errors[0] + errors[1], np.finfo(float).tiny)
    return (means[0] - means[1]) / np.sqrt(whole)


def _from_common_mean(a: Array, b: Array) -> tuple[Array, Array]:
    """Return the deviations of (participants, points, components) from the mean that both groups have without an effect."""
    va, vb = (x.var(axis=0, ddof=1) / len(x) for x in (a, b))
    share = float((va / np.maximum(va + vb, np.finfo(float).tiny)).mean())
    common = (1 - share) * a.mean(axis=0) + share * b.mean(axis=0)
    return a - common, b - common


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
    t2, df = _vectors(np.ones((1, len(a) + len(b))), *_from_common_mean(a, b))
    rest = np.concatenate([(x - x.mean(axis=0)) / np.sqrt(len(x) * (len(x) - 1)) for x in (a, b)])
    return t2[0], float(df[0]), rest / np.sqrt((rest**2).sum(axis=0))


def flipped_vectors(signs: Array, a: Array, b: Array) -> Array:
    """Return the T² of `vector_field` with the signs of whole participants' deviations turned, as `flipped_welch` does.

    Parameters
    ----------
    signs : (ways, participants) array
    a, b : (n, points, components) arrays
    """
    return _vectors(signs, *_from_common_mean(a, b))[0]


def _vectors(signs: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Return T² (ways, points) and its degrees of freedom of every way to turn signs of values."""
    _, points, c = a.shape
    whole = np.concatenate([a, b])
    scale = np.sqrt(((whole - whole.mean(axis=0)) ** 2).mean(axis=0))
    scale = np.where(scale > 0, scale, 1)
    means, covariances, sizes = [], [], []
    for values, own in ((a, signs[:, : len(a)]), (b, signs[:, len(a) :])):
        n, values = len(values), values / scale
        mean = (own @ values.reshape(n, -1) / n).reshape(-1, points, c)
        square = np.einsum("npi,npj->pij", values, values) - n * mean[..., :, None] * mean[..., None, :]
        means.append(mean)
        covariances.append(square / (n * (n - 1)))
        sizes.append(n)
    inverse = np.linalg.inv(covariances[0] + covariances[1])
    d = means[0] - means[1]
    t2 = np.einsum("mpi,mpij,mpj->mp", d, inverse, d)
    uncertain = np.zeros(len(signs))
    for covariance, size in zip(covariances, sizes, strict=True):
        share = covariance @ inverse
        traces = np.einsum("mpij,mpji->mp", share, share) + np.einsum("mpii->mp", share) ** 2
        uncertain += traces.mean(axis=1) / (size - 1)
    return t2, (c + c**2) / uncertain
