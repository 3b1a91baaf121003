"""Markers that move as one rigid body, found from a movement trial alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

#: Chosen: distances within a thigh, a shank or a foot vary by 1 to 6 mm in seven public recordings of walking, running and landing,
#: those across a joint by more than 10 mm.
RIGID_SD_M = 0.008
_FRAMES = 200
_SEEN = 0.5  # of the frames; a marker seen less is not judged


def distance_spread(position: ArrayLike) -> NDArray[np.float64]:
    """Return the standard deviation over time of the distance between any two markers.

    Parameters
    ----------
    position : array (n, m, 3)
        m; at most 200 evenly spaced frames are looked at.

    Returns
    -------
    array (m, m)
        m; NaN where two markers are seen together in fewer than half of the frames.
    """
    x = np.asarray(position, dtype=np.float64)
    x = x[np.unique(np.linspace(0, max(len(x) - 1, 0), min(len(x), _FRAMES)).round().astype(int))]
    distance = np.linalg.norm(x[:, :, None] - x[:, None, :], axis=-1)
    known = np.isfinite(distance)
    count = known.sum(axis=0)
    mean = np.where(known, distance, 0).sum(axis=0) / np.maximum(count, 1)
    variance = np.where(known, (distance - mean) ** 2, 0).sum(axis=0) / np.maximum(count, 1)
    return np.where(count >= max(_SEEN * len(x), 2), np.sqrt(variance), np.nan)


def rigid_groups(
    labels: Sequence[str], movements: Sequence[tuple[Sequence[str], ArrayLike]], tolerance_m: float = RIGID_SD_M
) -> list[tuple[str, ...]]:
    """Group markers whose distances stay the same in every movement trial.

    Parameters
    ----------
    labels : sequence of str
        Markers to group.
    movements : sequence of (labels, array (n, m, 3))
        Movement trials, m. A person who stands is rigid as a whole, so statics are of no use.
    tolerance_m : float
        Largest standard deviation of a distance within a group.

    Returns
    -------
    list of tuple of str
        Groups of two and more in the order of `labels` (complete linkage: every pair of a group is within the tolerance).
    """
    worst = np.full((len(labels), len(labels)), np.nan)
    for names, position in movements:
        column = {name: i for i, name in reversed(list(enumerate(names)))}
        there = [i for i, label in enumerate(labels) if label in column]
        chosen = np.asarray(position, dtype=np.float64)[:, [column[labels[i]] for i in there]]
        block = np.ix_(there, there)
        worst[block] = np.fmax(worst[block], distance_spread(chosen))
    if len(labels) < 2:
        return []
    np.fill_diagonal(worst, 0.0)
    apart = np.nan_to_num(worst, nan=1.0)
    number = fcluster(linkage(squareform(apart, checks=False), "complete"), tolerance_m, "distance")
    groups = [
        tuple(label for label, k in zip(labels, number, strict=True) if k == one) for one in dict.fromkeys(number)
    ]
    return [group for group in groups if len(group) > 1]
