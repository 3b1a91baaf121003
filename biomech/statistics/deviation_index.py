"""The Gait Deviation Index: distance of a stride from those of controls, in a space of few features.

References
----------
Schwartz & Rozumalski 2008, Gait Posture 28:351.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEATURES = 15
_STEP = 2  # of 101 points, to the 51 of the article
_NOTHING = 1e-9  # numerical guard: of the size of a stride


def deviation_index(curves: Array, controls: NDArray[np.bool_], features: int = FEATURES) -> tuple[Array, float] | str:
    """Return the index of every leg, or why there is none.

    The features are the first singular vectors of all strides, controls and others, as in the article, which took them from
    strides of all its patients: those of controls alone cannot show what no control does. The index is 100 less 10 times the
    number of SDs of the controls by which the logarithm of the distance to their mean is above their average.

    Parameters
    ----------
    curves : (legs, 9, 101) array
        Angles, degrees; one stride, or mean stride, per leg.
    controls : (legs,) array of bool
    features : int
        How many; there can be no more than legs.

    Returns
    -------
    index : (legs,) array
        The controls' own have the mean 100 and the SD 10.
    share : float
        How much of the sum of squares of all strides the features hold, percent; the article has 98.
    """
    strides = curves[:, :, ::_STEP].reshape(len(curves), -1)
    _, size, directions = np.linalg.svd(strides, full_matrices=False)
    component = strides @ directions[:features].T
    distance = np.linalg.norm(component - component[controls].mean(axis=0), axis=1)
    if not (distance > _NOTHING * np.linalg.norm(strides, axis=1).max()).all():
        return "a leg has the mean curves of the controls"
    log = np.log(distance)
    spread = float(log[controls].std(ddof=1)) if controls.sum() > 1 else 0.0
    if not spread > 0:
        return "all controls are equally far from their mean"
    share = 100.0 * float((size[:features] ** 2).sum() / (size**2).sum())
    return 100.0 - 10.0 * (log - log[controls].mean()) / spread, share
