"""Samples of marker trajectories that no body can have made: spikes, frozen values, ghosts, exchanged labels.

A marker that jumps to another place changes its place by much more from one frame to the next than just before and just
after; a person's movement changes the velocity, even on impact, but not the place. Such steps cut a trajectory into
pieces; the short piece between two steps is wrong. Nothing is filled here: wrong samples become missing ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rigid import fit_pose
from biomech.geometry.rotations import rotate
from biomech.signals.filters import runs

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Frames on each side of a step whose velocity counts.
_REACH = 2
#: Next to a step that counts, a smaller one counts too: the other end of the same fault in noise.
_WEAK = 0.6
#: The threshold rises by so many times the step that 95 % of the other markers' samples stay below, in so many frames on
#: each side: impact, fast feet and a low rate. Landings, running and gait, thinned out to 50 Hz, need less than this.
_SHARED, _USUAL, _AROUND = 3.5, 0.95, 5
#: Equal steps in a row that make a marker a frozen one, and so many if it is known by its neighbours' movement only.
_STILL, _STILL_BESIDE = 3, 5
#: A marker so far from the median of all markers is not a marker of the person.
_FAR_M = 4.0
#: Over a gap a marker keeps its place among three others of its body to so many thresholds and residuals of their fit.
_PLACE, _RESIDUALS, _SPREAD_M = 2.0, 3.0, 0.015
#: Without these its velocity may have changed against its neighbours by so much, and longer gaps say nothing.
_ACROSS_M_S, _ACROSS_S = 2.0, 0.25
#: A piece that is a larger share of what is seen may as well be the right one.
_SHARE = 1 / 3
#: Good samples between two wrong intervals that last no longer than the longer one of them, nor than this, go with them.
_BETWEEN_S = 0.1


@dataclass
class Step:
    """A step of one marker that was left as it is, because both pieces next to it are long.

    Attributes
    ----------
    marker : int
    frame : int
        First frame after the step.
    size_m : float
    """

    marker: int
    frame: int
    size_m: float


@dataclass
class Outliers:
    """What `find_outliers` found.

    Attributes
    ----------
    position : ndarray, shape (n, m, 3)
        Exchanged labels put right, wrong samples NaN; everything else unchanged.
    removed : ndarray of bool, shape (n, m)
        Samples that were recorded and are NaN now.
    size_m : ndarray, shape (m,)
        Largest distance of a marker's wrong samples from the straight line between the good ones next to them, m; 0
        where nothing was removed, NaN where no sample is left to compare with.
    exchanged : list of (int, int, int, int)
        Two markers, first frame and one past the last in which each carried the other's label.
    steps : list of Step
        Steps that could not be settled.
    """

    position: Array
    removed: Flags
    size_m: Array
    exchanged: list[tuple[int, int, int, int]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def find_outliers(position: ArrayLike, rate_hz: float, bodies: ArrayLike, step_m: float, longest_s: float) -> Outliers:
    """Find samples that the markers cannot have had; see the module.

    Parameters
    ----------
    position : array_like, shape (n, m, 3)
        Unfiltered markers, m, NaN where missing.
    rate_hz : float
    bodies : array_like of int, shape (m,)
        Markers with the same number lie on one body: what they have in common is movement. A marker alone has a number of
        its own.
    step_m : float
        Smallest step, m, of the marker itself and against the others of its body.
    longest_s : float
        Longest piece between two steps, or between a step and the end, that is removed.

    Returns
    -------
    Outliers
    """
    x = np.array(position, float)
    n, m = x.shape[:2]
    out = Outliers(x, np.zeros((n, m), bool), np.zeros(m))
    if n < 2 * _REACH + 1 or not m:
        return out
    before = x.copy()
    x[_far(x)] = np.nan
    groups = np.asarray(bodies)
    x[_frozen(x, groups, step_m)] = np.nan
    for _ in range(3):
        edges, weak, velocity = _edges(x, groups, step_m)
        if not out.exchanged and edges.any():
            out.exchanged = _exchange(x, edges, velocity, step_m)
            if out.exchanged:
                edges, weak, velocity = _edges(x, groups, step_m)
        left, changed = [], False
        for k in np.flatnonzero(edges.any(axis=0) | _has_gap(x)):
            wrong, steps = _pieces(x, int(k), edges[:, k], weak[:, k], groups, rate_hz, step_m, longest_s)
            left += steps
            changed |= bool(wrong.any())
            x[wrong, k] = np.nan
        out.steps = left
        if not changed:
            break
    swapped = before.copy()
    for one, other, start, stop in out.exchanged:
        swapped[start:stop, [one, other]] = swapped[start:stop, [other, one]]
    out.removed = ~np.isnan(swapped[..., 0]) & np.isnan(x[..., 0])
    for k in np.flatnonzero(out.removed.any(axis=0)):
        out.size_m[k] = _distance(swapped[:, k], x[:, k], out.removed[:, k])
    return out


def _far(x: Array) -> Flags:
    """Samples that lie metres away from all others."""
    low, high = np.nanmin(x, initial=np.inf), np.nanmax(x, initial=-np.inf)
    if high - low < _FAR_M:  # the whole trial fits in
        return np.zeros(x.shape[:2], bool)
    seen = ~np.isnan(x[..., 0])
    middle = np.zeros((len(x), 1, 3))
    some = seen.any(axis=1)
    middle[some, 0] = np.nanmedian(x[some], axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(((x - middle) ** 2).sum(axis=-1) > _FAR_M**2)


def _frozen(x: Array, groups: NDArray[np.int_], step_m: float) -> Flags:
    """Repeated values: all but the first of a run that ends with a jump, or during which the body's others move away."""
    bad = np.zeros(x.shape[:2], bool)
    same = (x[1:] == x[:-1]).all(axis=-1)
    if len(same) < _STILL:
        return bad
    several = same[: -_STILL + 1] & same[1 : len(same) - _STILL + 2] & same[_STILL - 1 :]
    for k in np.flatnonzero(several.any(axis=0)):
        mates = np.flatnonzero((groups == groups[k]) & (np.arange(x.shape[1]) != k))
        for first, last in runs(same[:, k]):  # frames first to last are equal
            if last - first < _STILL:
                continue
            leaves = last + 1 < len(x) and np.linalg.norm(x[last + 1, k] - x[last, k]) > step_m / 3
            away = False
            if last - first >= _STILL_BESIDE and len(mates):
                moved = np.linalg.norm(x[first : last + 1, mates] - x[first, mates], axis=-1)
                away = bool((moved.max(axis=0) > step_m).all())
            if leaves or away:
                moves = x[max(first - 1, 0) : first + 1, k] - x[max(first - 2, 0) : first, k] if first else x[:0, k]
                entered = len(moves) == 2 and np.linalg.norm(moves[1] - moves[0]) > step_m
                bad[first + (not entered) : last + 1, k] = True
    return bad


def _edges(x: Array, groups: NDArray[np.int_], step_m: float) -> tuple[Flags, Flags, Array]:
    """Steps from the frame before to each frame, smaller ones of the same markers, and the velocity around these frames.

    Shapes (n, m), (n, m) and (n, m, 3); the velocity is in m per frame, NaN where nothing steps.
    """
    n, m = x.shape[:2]
    velocity = np.full(x.shape, np.nan)
    edges, weak = np.zeros((n, m), bool), np.zeros((n, m), bool)
    moves = np.diff(x, axis=0)
    # a step cannot differ from the median of five by more than from the steps just before and after it
    change = np.zeros((n, m, 3))
    change[1:-1] = np.nan_to_num(np.diff(moves, axis=0)) ** 2
    bound = np.maximum(change[:-1], change[1:]).sum(axis=-1)
    columns = np.flatnonzero((bound > step_m**2).any(axis=0))
    if not len(columns):
        return edges, weak, velocity
    frames = np.flatnonzero((bound[:, columns] > (_WEAK * step_m) ** 2).any(axis=1))
    near, place = np.unique(np.clip(frames[:, None] + np.arange(-_AROUND, _AROUND + 1), 0, n - 2), return_inverse=True)
    place = place.reshape(len(frames), -1)
    velocity[near + 1] = _running_median(moves, near)
    jump = moves[near] - velocity[near + 1]
    around = np.sqrt((jump * jump).sum(axis=-1))[place]
    jump, size = jump[place[:, _AROUND]], around[:, _AROUND]
    for k in columns:
        mates = np.flatnonzero((groups == groups[k]) & (np.arange(m) != k))
        least = size[:, k]
        if len(mates):
            common = np.nan_to_num(_nanmedian(np.moveaxis(jump[:, mates], 1, -1)))
            least = np.minimum(least, np.linalg.norm(jump[:, k] - common, axis=-1))
        shared = _SHARED * _usual(np.delete(around, k, axis=-1).reshape(len(frames), -1))
        with np.errstate(invalid="ignore"):
            edges[frames + 1, k] = least > np.maximum(step_m, _WEAK * step_m + shared)
            weak[frames + 1, k] = least > _WEAK * step_m + shared
    return edges, weak, velocity


def _running_median(moves: Array, frames: NDArray[np.intp]) -> Array:
    """Median of a step and the two before and after it, at some frames; NaN where fewer than three of these are known."""
    edge = np.full((_REACH, *moves.shape[1:]), np.nan)
    padded = np.concatenate([edge, moves, edge])
    stack = np.stack([padded[frames + i] for i in range(2 * _REACH + 1)], axis=-1)
    middle = _nanmedian(stack)
    middle[(~np.isnan(stack)).sum(axis=-1) < 3] = np.nan
    return middle


def _usual(size: Array) -> Array:
    """Size below which most of the known ones in each row lie, 0 where none is known."""
    ordered = np.sort(size, axis=-1)  # NaN comes last
    last = (_USUAL * ((~np.isnan(size)).sum(axis=-1) - 1)).astype(int)
    return np.nan_to_num(ordered[np.arange(len(size)), np.maximum(last, 0)]) if size.shape[1] else np.zeros(len(size))


def _nanmedian(x: Array) -> Array:
    """Median over the last axis without NaN; NaN where all are. Faster than numpy's on short axes."""
    if not x.shape[-1]:
        return np.full(x.shape[:-1], np.nan)
    ordered = np.sort(x, axis=-1)  # NaN comes last
    count = (~np.isnan(x)).sum(axis=-1)[..., None]
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, x.shape[-1] - 1)
    return np.asarray(np.take_along_axis(ordered, low, -1) + np.take_along_axis(ordered, high, -1))[..., 0] / 2


def _has_gap(x: Array) -> Flags:
    """Markers that are missing between two frames in which they are seen."""
    seen = ~np.isnan(x[..., 0])
    return np.asarray(
        (np.diff(seen.astype(np.int8), axis=0) == 1).any(axis=0)
        & (np.diff(seen.astype(np.int8), axis=0) == -1).any(axis=0)
    )


def _exchange(x: Array, edges: Flags, velocity: Array, step_m: float) -> list[tuple[int, int, int, int]]:
    """Put exchanged labels right, in place: two markers that each go on where the other one was going."""
    events: dict[tuple[int, int], list[int]] = {}
    for frame in np.flatnonzero(edges.sum(axis=1) >= 2):
        marks = np.flatnonzero(edges[frame])
        expected = x[frame - 1, marks] + velocity[frame, marks]
        # how far marker i lies from where marker j was going
        off = np.linalg.norm(x[frame, marks][:, None] - expected[None], axis=-1)
        best = off.argmin(axis=1)
        for i, j in enumerate(best):
            if i < j and best[j] == i and max(off[i, j], off[j, i]) < max(step_m, 0.2 * off[i, i]):
                events.setdefault((int(marks[i]), int(marks[j])), []).append(int(frame))
    out = []
    for (one, other), frames in events.items():
        # labels change places at every event: which of both states is the right one is decided by its length
        bounds = np.array([0, *frames, len(x)])
        odd = (
            [(int(a), int(b)) for a, b in zip(bounds[1:-1:2], bounds[2::2], strict=True)]
            if len(frames) % 2
            else [(int(a), int(b)) for a, b in zip(bounds[1:-1:2], bounds[2:-1:2], strict=True)]
        )
        even = [(int(a), int(b)) for a, b in zip(bounds[:-1:2], bounds[1::2], strict=False)]
        chosen = odd if sum(b - a for a, b in odd) <= len(x) / 2 else even
        for start, stop in chosen:
            x[start:stop, [one, other]] = x[start:stop, [other, one]]
            out.append((one, other, start, stop))
    return out


def _pieces(
    x: Array,
    k: int,
    edges: Flags,
    weak: Flags,
    groups: NDArray[np.int_],
    rate_hz: float,
    step_m: float,
    longest_s: float,
) -> tuple[Flags, list[Step]]:
    """Wrong frames of one marker, and the steps that stay: the shortest piece next to a step goes, one after the other."""
    n = len(x)
    y = x.copy() if edges.any() else x
    points = y[:, k]
    mates = np.flatnonzero((groups == groups[k]) & (np.arange(x.shape[1]) != k))
    seen = np.flatnonzero(~np.isnan(points[:, 0]))
    # a step is its last frame before, its first frame after, its size, and whether it proves a fault by itself
    steps = []
    for edge in np.flatnonzero(weak) if edges.any() else []:
        steps.append(
            (int(edge) - 1, int(edge), float(np.linalg.norm(points[edge] - points[edge - 1])), bool(edges[edge]))
        )
    holes = np.flatnonzero(np.diff(seen) > 1)
    gaps = [(int(seen[i]), int(seen[i + 1])) for i in holes]
    steps += [(a, b, size, True) for a, b in gaps if (size := _break(y, k, mates, a, b, rate_hz, step_m))]
    steps.sort()
    wrong = np.zeros(n, bool)
    while steps:
        starts, ends = [int(seen[0]), *(s[1] for s in steps)], [*(s[0] for s in steps), int(seen[-1])]
        proven = [s[3] for s in steps]
        next_to_proven = [a or b for a, b in zip([False, *proven], [*proven, False], strict=True)]
        lengths = np.array([b - a + 1 for a, b in zip(starts, ends, strict=True)])
        i = int(np.argmin(np.where(next_to_proven, lengths, n + 1)))
        inner = {0: 1, len(steps): len(steps) - 1}.get(i, i)
        beyond = 0 < inner < len(steps) and inner != i and lengths[inner] <= longest_s * rate_hz
        # a fault may begin just after the start: then the piece before it goes on behind it
        if beyond and not _break(y, k, mates, ends[inner - 1], starts[inner + 1], rate_hz, step_m):
            i = inner
        if not any(proven) or lengths[i] > longest_s * rate_hz or lengths[i] > _SHARE * lengths.sum():
            break
        here = slice(starts[i], ends[i] + 1)
        wrong[here] |= ~np.isnan(points[here, 0])
        points[here] = np.nan
        seen = np.flatnonzero(~np.isnan(points[:, 0]))
        if 0 < i < len(steps):
            last, first = steps[i - 1][0], steps[i][1]
            size = _break(y, k, mates, last, first, rate_hz, step_m)
            steps[i - 1 : i + 1] = [(last, first, size, True)] if size else []
        else:
            del steps[min(i, len(steps) - 1)]
    if wrong.any():
        wrong |= _between(wrong, _BETWEEN_S * rate_hz) & ~np.isnan(x[:, k, 0])
    return wrong, [Step(k, b, size) for _, b, size, proof in steps if proof]


def _break(x: Array, k: int, mates: NDArray[np.int_], last: int, first: int, rate_hz: float, step_m: float) -> float:
    """Size (m) of a marker's step over a gap that its body's movement does not explain; 0 where it may well do."""
    known = mates[~np.isnan(x[[last, first]][:, mates, 0]).any(axis=0)]
    gap_s = (first - last) / rate_hz
    size, bound = 0.0, np.inf
    if gap_s <= _ACROSS_S:
        own = np.array([k, *known])
        moved = x[first, own] - x[last, own] - (first - last) * _mean_velocity(x[:, own], last, first)
        step = moved[0] - (np.median(moved[1:], axis=0) if len(known) else 0.0)
        size, bound = float(min(np.linalg.norm(step), np.linalg.norm(moved[0]))), step_m + _ACROSS_M_S * gap_s
        if size <= step_m:
            return 0.0
    if len(known) >= 3:
        fit = fit_pose(x[last, known], x[first, known])
        if fit.spread >= _SPREAD_M:
            size = float(np.linalg.norm(x[first, k] - rotate(fit.rotation, x[last, k]) - fit.origin))
            bound = _PLACE * step_m + _RESIDUALS * float(fit.residual)
    return size if size > bound else 0.0


def _mean_velocity(x: Array, last: int, first: int) -> Array:
    """Mean of the velocities just before and just after a gap, m per frame; one of both, or zero, where only that is known."""
    around = [_nanmedian(np.diff(x[max(last - 3, 0) : last + 1], axis=0).transpose(1, 2, 0)),
              _nanmedian(np.diff(x[first : first + 4], axis=0).transpose(1, 2, 0))]  # fmt: skip
    before, after = around
    mean = (before + after) / 2
    mean = np.where(np.isnan(mean), before, mean)
    return np.nan_to_num(np.where(np.isnan(mean), after, mean))


def _between(wrong: Flags, longest: float) -> Flags:
    """Short intervals between two wrong ones of which one is longer."""
    out = np.zeros(len(wrong), bool)
    intervals = runs(wrong)
    lengths = intervals[:, 1] - intervals[:, 0]
    space = intervals[1:, 0] - intervals[:-1, 1]
    for i in np.flatnonzero(space <= np.minimum(np.maximum(lengths[1:], lengths[:-1]), longest)):
        out[intervals[i, 1] : intervals[i + 1, 0]] = True
    return out


def _distance(before: Array, after: Array, removed: Flags) -> float:
    """Largest distance of removed samples from the line through the ones next to them; NaN if none is left."""
    known = np.flatnonzero(~np.isnan(after[:, 0]))
    if not len(known):
        return float("nan")
    wanted = np.flatnonzero(removed)
    line = np.stack([np.interp(wanted, known, after[known, axis]) for axis in range(3)], axis=-1)
    return float(np.linalg.norm(before[wanted] - line, axis=-1).max())
