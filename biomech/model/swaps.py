"""Two labels swapped: found by comparing distances within rigid bodies between static and movement trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.model.markerset_parts import BENDING, ONE_FOR_BOTH
from biomech.model.markersets import MarkerSet
from biomech.schema import SIDES

Array = NDArray[np.float64]

FRAMES_COMPARED = 60
#: Differences below this are skin and noise, however short the distance is.
LEAST_DIFFERENCE_M = 0.02


@dataclass(frozen=True)
class Difference:
    """A distance within a body that two trials do not share; lengths in m."""

    first: str
    second: str
    static_m: float
    movement_m: float


@dataclass(frozen=True)
class Swap:
    """Two labels whose exchange makes the distances agree.

    Parameters
    ----------
    first, second : str
        Labels as in the file.
    evidence : tuple of Difference
        The distances that gave them away, largest relative difference first.
    """

    first: str
    second: str
    evidence: tuple[Difference, ...]


@dataclass(frozen=True)
class Lengths:
    """Distances between all markers of a trial.

    Parameters
    ----------
    labels : tuple of str
        Label of every marker of `keys`, empty where the trial lacks it.
    distance : array (m, m)
        Median over frames, m; NaN where one of both is missing.
    """

    labels: tuple[str, ...]
    distance: Array


@dataclass
class Verdict:
    """Swaps of the static trial, and of single movement trials by name."""

    static: list[Swap] = field(default_factory=list)
    movement: dict[str, list[Swap]] = field(default_factory=dict)


def _keys(markerset: MarkerSet) -> list[tuple[str, str]]:
    return [(s, n) for n, m in markerset.markers.items() for s in (("left",) if m.midline else SIDES)]


def body_of(markerset: MarkerSet) -> list[tuple[str, str]]:
    """Return the rigid body of every marker and its side (empty for pelvis, trunk and head), in the order of `Lengths`."""
    body = {name: marker.body for name, marker in markerset.markers.items()}
    return [(body[n], "" if body[n] in ONE_FOR_BOTH else s) for s, n in _keys(markerset)]


def bodies(markerset: MarkerSet) -> NDArray[np.bool_]:
    """Return which pairs of markers lie on one rigid body of one side (pelvis, trunk and head: both sides)."""
    body = body_of(markerset)
    # trunk and arms bend, so their distances prove nothing
    return np.array(
        [[a == b and i != j and a[0] not in BENDING for j, b in enumerate(body)] for i, a in enumerate(body)]
    )


def sample(position: ArrayLike) -> Array:
    """Return 60 evenly spaced frames of positions (n, m, 3), or all where there are fewer."""
    x = np.asarray(position, dtype=np.float64)
    return x[np.unique(np.linspace(0, max(len(x) - 1, 0), min(len(x), FRAMES_COMPARED)).round().astype(int))]


def lengths(markerset: MarkerSet, labels: Sequence[str], position: ArrayLike) -> Lengths:
    """Median distances between the marker set's markers in one trial.

    Parameters
    ----------
    markerset : MarkerSet
    labels : sequence of str, length m
    position : array (n, m, 3)
        m; an evenly spaced sample of 60 frames is compared.
    """
    x = sample(position)
    found = markerset.resolve(labels)
    keys = _keys(markerset)
    column = {label: i for i, label in reversed(list(enumerate(labels)))}
    cloud = np.full((len(x), len(keys), 3), np.nan)
    for i, key in enumerate(keys):
        if key in found:
            cloud[:, i] = x[:, column[found[key]]]
    distance = np.linalg.norm(cloud[:, :, None] - cloud[:, None, :], axis=-1)
    seen = np.isfinite(distance).any(axis=0)
    median = np.full(distance.shape[1:], np.nan)
    median[seen] = np.nanmedian(distance[:, seen], axis=0)
    return Lengths(tuple(found.get(key, "") for key in keys), median)


def find_swaps(
    static: Lengths, movement: Lengths, same_body: NDArray[np.bool_], tolerance: float
) -> tuple[list[Swap], list[Difference]]:
    """Find the exchanges of labels in `static` that make its distances those of `movement`.

    Parameters
    ----------
    static, movement : Lengths
    same_body : array of bool (m, m)
        From `bodies`.
    tolerance : float
        Relative difference of a distance that counts.

    Returns
    -------
    swaps : list of Swap
        In order of weight. An exchange is believed only if it settles every distance of both markers, and at least
        two that did not agree before.
    rest : list of Difference
        Distances that still differ, largest first.
    """
    swaps: list[Swap] = []
    order = np.arange(len(static.labels))
    # a marker that only the static trial has (a medial epicondyle) may have taken the label of one that both have
    there = np.isfinite(np.diagonal(static.distance))
    for _ in range(4):
        bad = _differing(static.distance[np.ix_(order, order)], movement.distance, same_body, tolerance)
        if not bad.any():
            break
        suspects = np.flatnonzero(bad.any(axis=0))
        best: tuple[float, int, int] | None = None
        for i in suspects:
            for j in np.flatnonzero(there[order]):
                if i == j or (j in suspects and j < i):
                    continue
                trial = order.copy()
                trial[[i, j]] = trial[[j, i]]
                after = static.distance[np.ix_(trial, trial)]
                left = _differing(after, movement.distance, same_body, tolerance)
                settled = bad[[i, j]].sum() - left[[i, j]].sum()
                if left[[i, j]].any() or settled < 2:
                    continue
                with np.errstate(invalid="ignore"):
                    relative = np.abs(after - movement.distance)[[i, j]] / movement.distance[[i, j]]
                cost = float(np.nanmean(relative[same_body[[i, j]]])) - float(settled)
                if best is None or cost < best[0]:
                    best = (cost, int(i), int(j))
        if best is None:
            break
        one, two = best[1:]
        evidence = _differences(static, movement, order, bad, (one, two))
        swaps.append(Swap(static.labels[order[one]], static.labels[order[two]], tuple(evidence)))
        order[[one, two]] = order[[two, one]]
    bad = _differing(static.distance[np.ix_(order, order)], movement.distance, same_body, tolerance)
    return swaps, _differences(static, movement, order, bad, tuple(range(len(order))))


def attribute(markerset: MarkerSet, static: Lengths, found: Mapping[str, tuple[Lengths, list[Swap]]]) -> Verdict:
    """Distinguish swaps of the static from swaps of single movement trials.

    What more than half of several movement trials find lies in the static trial; what fewer find lies in those. With
    one movement trial that says nothing, so the trial whose distances differ more between the two sides is at fault.

    Parameters
    ----------
    markerset : MarkerSet
    static : Lengths
    found : mapping
        Movement trial to its lengths and to the swaps that its comparison with the static gave.
    """
    first: dict[frozenset[str], Swap] = {}
    votes: dict[frozenset[str], list[str]] = {}
    for trial, (_, swaps) in found.items():
        for swap in swaps:
            key = frozenset((swap.first, swap.second))
            first.setdefault(key, swap)
            votes.setdefault(key, []).append(trial)
    verdict = Verdict()
    for key, trials in votes.items():
        if len(found) > 1:
            in_static = 2 * len(trials) > len(found)
        else:
            movement = found[trials[0]][0]
            in_static = _asymmetry(markerset, static, first[key]) >= _asymmetry(markerset, movement, first[key])
        if in_static:
            verdict.static.append(first[key])
        else:
            for trial in trials:
                verdict.movement.setdefault(trial, []).append(first[key])
    return verdict


def _asymmetry(markerset: MarkerSet, trial: Lengths, swap: Swap) -> float:
    """Mean difference of the evidence's distances from those of the other side, m; 0 where there is no other side."""
    keys = _keys(markerset)
    index = {label: i for i, label in enumerate(trial.labels) if label}
    other = {k: keys.index((SIDES[1 - SIDES.index(s)], n)) if (SIDES[1 - SIDES.index(s)], n) in keys else k
             for k, (s, n) in enumerate(keys)}  # fmt: skip
    gaps = [
        abs(trial.distance[i, j] - trial.distance[other[i], other[j]])
        for i, j in ((index.get(d.first, -1), index.get(d.second, -1)) for d in swap.evidence)
        if i >= 0 and j >= 0
    ]
    seen = [gap for gap in gaps if np.isfinite(gap)]
    return float(np.mean(seen)) if seen else 0.0


def _differing(a: Array, b: Array, same_body: NDArray[np.bool_], tolerance: float) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        gap = np.abs(a - b)
        return same_body & (gap > tolerance * np.minimum(a, b)) & (gap > LEAST_DIFFERENCE_M)


def _differences(
    static: Lengths, movement: Lengths, order: NDArray[np.intp], bad: NDArray[np.bool_], of: tuple[int, ...]
) -> list[Difference]:
    pairs = [(i, j) for i, j in np.argwhere(np.triu(bad)) if i in of or j in of]
    rows = [
        Difference(
            static.labels[order[i]],
            static.labels[order[j]],
            float(static.distance[order[i], order[j]]),
            float(movement.distance[i, j]),
        )
        for i, j in pairs
    ]
    return sorted(rows, key=lambda d: -abs(d.static_m - d.movement_m) / d.movement_m)
