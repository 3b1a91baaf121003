"""Profile scores: how far a participant's curves lie from a reference.

References
----------
Baker et al. 2009, Gait Posture 30:265: the Gait Variable Score is the root mean square difference of a curve from the mean of
the reference over the cycle, the Gait Profile Score that of all curves together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def variable_scores(curves: Array, reference: Array) -> Array:
    """Return the root mean square distance of curves (..., points) from a reference (points,), in their unit.

    The last point of a cycle is the first of the next; it counts as the source counts it, like every other.
    """
    return np.sqrt(((curves - reference) ** 2).mean(axis=-1))


def profile_score(scores: Array) -> Array:
    """Return the root mean square of variable scores (..., variables); NaN where one of them is missing."""
    return np.sqrt((np.asarray(scores, float) ** 2).mean(axis=-1))
