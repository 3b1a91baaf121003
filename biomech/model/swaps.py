"""Two labels swapped: found by comparing distances within rigid bodies between static and movement trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

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
    lies_in : {"", "static", "movement"}
        Whose labels are exchanged, where only one of both explains the distances: between two bodies that move against each
        other they are steady in the static trial alone. Empty where both do.
    """

    first: str
    second: str
    evidence: tuple[Difference, ...]
    lies_in: str = ""


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
    """Find the exchanges of labels that make the distances of a static and a movement trial equal.

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
    pair = _Pair(static, movement, same_body, tolerance)
    for _ in range(4):
        bad = pair.differing()
        if not bad.any():
            break
        best: tuple[float, int, int, str] | None = None
        suspects = np.flatnonzero(bad.any(axis=0))
        for i in suspects.tolist():
            for j in np.flatnonzero(pair.there()).tolist():
                if i == j or (j in suspects and j < i):
                    continue
                costs = {which: pair.exchanged(which, i, j).cost(bad, i, j) for which in ("static", "movement")}
                known = {which: cost for which, cost in costs.items() if cost is not None}
                if not known:
                    continue
                which = min(known, key=lambda one: known[one])
                if best is None or known[which] < best[0]:
                    best = (known[which], i, j, which if len(known) == 1 else "")
        if best is None:
            break
        _, one, two, lies_in = best
        evidence = pair.differences(bad, (one, two))
        swaps.append(Swap(pair.label(one), pair.label(two), tuple(evidence), lies_in))
        pair = pair.exchanged(lies_in or "static", one, two)
    return swaps, pair.differences(pair.differing(), tuple(range(len(static.labels))))


@dataclass(frozen=True)
class _Pair:
    """A static and a movement trial whose labels are compared, some exchanged in one of them."""

    static: Lengths
    movement: Lengths
    same_body: NDArray[np.bool_]
    tolerance: float

    def exchanged(self, which: str, i: int, j: int) -> _Pair:
        """Return both with two markers exchanged in one of them."""
        trial = self.static if which == "static" else self.movement
        order = np.arange(len(trial.labels))
        order[[i, j]] = order[[j, i]]
        distance = trial.distance[np.ix_(order, order)]
        if which == "static":
            return replace(self, static=Lengths(tuple(trial.labels[k] for k in order), distance))
        return replace(self, movement=Lengths(trial.labels, distance))

    def there(self) -> NDArray[np.bool_]:
        # a marker that only the static trial has (a medial epicondyle) may have taken the label of one that both have
        return np.isfinite(np.diagonal(self.static.distance))

    def label(self, i: int) -> str:
        return self.static.labels[i]

    def differing(self) -> NDArray[np.bool_]:
        return _differing(self.static.distance, self.movement.distance, self.same_body, self.tolerance)

    def cost(self, before: NDArray[np.bool_], i: int, j: int) -> float | None:
        """Return how well an exchange of two markers explains what differed before it, less is better; None if it does not."""
        left = self.differing()
        settled = before[[i, j]].sum() - left[[i, j]].sum()
        if left[[i, j]].any() or settled < 2:
            return None
        with np.errstate(invalid="ignore"):
            relative = np.abs(self.static.distance - self.movement.distance)[[i, j]] / self.movement.distance[[i, j]]
        return float(np.nanmean(relative[self.same_body[[i, j]]])) - float(settled)

    def differences(self, bad: NDArray[np.bool_], of: tuple[int, ...]) -> list[Difference]:
        pairs = [(i, j) for i, j in np.argwhere(np.triu(bad)) if i in of or j in of]
        rows = [
            Difference(
                self.static.labels[i],
                self.static.labels[j],
                float(self.static.distance[i, j]),
                float(self.movement.distance[i, j]),
            )
            for i, j in pairs
        ]
        return sorted(rows, key=lambda d: -abs(d.static_m - d.movement_m) / d.movement_m)


def attribute(markerset: MarkerSet, static: Lengths, found: Mapping[str, tuple[Lengths, list[Swap]]]) -> Verdict:
    """Distinguish swaps of the static from swaps of single movement trials.

    An exchange between two bodies says whose it is (`Swap.lies_in`). Of others, what more than half of several movement trials find
    lies in the static trial; what fewer find lies in those. With one movement trial that says nothing, so the trial whose distances
    differ more between the two sides is at fault.

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
        if first[key].lies_in:
            in_static = first[key].lies_in == "static"
        elif len(found) > 1:
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
