"""Multi-body optimisation: joint coordinates of a chain of segments that fit all markers of a frame at once.

All frames are solved together by Gauss-Newton steps with Levenberg damping, in blocks that stay in the processor's cache.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rotations import transpose
from biomech.kinematics.chain import Array, Chain

MAX_ITERATIONS = 30
STEP_TOLERANCE = 1e-5  # rad or m; the step that is smaller is still taken, and the next would be its square
MAX_STEP = 0.5  # rad or m
BLOCK = (
    768  # frames solved together; their matrices fit the second-level cache, so other work on the machine disturbs less
)
_LEAST_DAMPING, _MOST_DAMPING = 1e-10, 1e8


class Fit(NamedTuple):
    """What the optimisation found.

    Attributes
    ----------
    coordinates : ndarray (n, c)
        rad and m, in the order of bodies and their dofs; NaN where the markers seen do not determine them.
    rotation, origin : dict of body name to ndarray (n, 3, 3), (n, 3)
        NaN where a coordinate that carries the body is.
    residual : dict of body name to ndarray (n,)
        Root mean square distance of the body's visible markers, m; NaN without any.
    iterations : ndarray of int (n,)
    converged : ndarray of bool (n,)
        The last step was smaller than `STEP_TOLERANCE`.
    """

    coordinates: Array
    rotation: dict[str, Array]
    origin: dict[str, Array]
    residual: dict[str, Array]
    iterations: NDArray[np.int64]
    converged: NDArray[np.bool_]


def fit_chain(
    chain: Chain,
    points: ArrayLike,
    start: ArrayLike,
    weights: ArrayLike | None = None,
    huber_m: float = 0.0,
    spread_m: float = 0.01,
) -> Fit:
    """Fit the chain to markers, all frames at once.

    Minimises ``sum w rho(|y - x(q)|) + sum stiffness (q - target)²`` per frame, rho being the square, or beyond
    `huber_m` Huber's linear continuation of it.

    Parameters
    ----------
    points : array_like, shape (n, m, 3)
        Measured markers, body after body as in `bodies`, m; NaN where missing.
    start : array_like, shape (n, c)
        For example from `Chain.start`.
    weights : array_like, optional, broadcastable to (n, m)
        Non-negative; 1 by default.
    huber_m : float
        Distance beyond which a marker's pull no longer grows, m; 0 for plain least squares.
    spread_m : float
        A movement of unit size (rad, m) that moves the markers seen by less than this, all together, is not
        determined by them.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If the shapes do not agree.

    References
    ----------
    Lu & O'Connor 1999, J Biomech 32:129 (global optimisation with joint constraints); Featherstone 2008, Rigid Body
    Dynamics Algorithms, ch. 6.2 (composite-rigid-body recursion, here for clouds of markers); Huber 1964, Ann Math
    Stat 35:73; Duprey et al. 2010, J Biomech 43:2858 (joint constraints compared).
    """
    y = np.asarray(points, float)
    q = np.asarray(start, float)
    if y.ndim != 3 or y.shape[1:] != (chain.n_markers, 3) or q.shape != (len(y), chain.n_coordinates):
        raise ValueError(
            f"expected points (n, {chain.n_markers}, 3) and start (n, {chain.n_coordinates}), found {y.shape} and {q.shape}"
        )
    w = np.broadcast_to(1.0 if weights is None else np.asarray(weights, float), y.shape[:2])
    seen = np.isfinite(y).all(axis=-1)
    w = np.where(seen, w, 0.0)
    y = np.where(seen[..., None], y, 0.0)
    out = np.array(q)
    iterations, converged = np.zeros(len(y), np.int64), np.zeros(len(y), bool)
    todo = np.arange(len(y))
    while len(todo):
        last = len(todo) <= BLOCK  # a single block goes on to the end
        for part in np.array_split(todo, -(-len(todo) // BLOCK)):
            best, count, done = _block(
                chain,
                np.ascontiguousarray(out[part].T),
                np.ascontiguousarray(y[part].transpose(2, 1, 0)),
                np.ascontiguousarray(w[part].T),
                huber_m,
                MAX_ITERATIONS - iterations[part],
                not last,
            )
            out[part] = best.T
            iterations[part] += count
            converged[part] = done
        todo = todo[~converged[todo] & (iterations[todo] < MAX_ITERATIONS)]
    lost = _undetermined(chain, out, y, w, spread_m)
    rotation, origin = chain.poses(out)
    residual: dict[str, Array] = {}
    for b, body in enumerate(chain.bodies):
        used = w[:, chain.columns[b]] > 0
        distance = y[:, chain.columns[b]] - body.markers @ transpose(rotation[:, b]) - origin[:, b, None]
        square = np.where(used, np.einsum("tki,tki->tk", distance, distance), 0.0).sum(axis=1)
        count = used.sum(axis=1)
        gone = lost[:, chain.path[b]].any(axis=1)
        residual[body.name] = np.where(gone | (count == 0), np.nan, np.sqrt(square / np.maximum(count, 1)))
        rotation[gone, b], origin[gone, b] = np.nan, np.nan
    out[lost] = np.nan
    places = range(len(chain.bodies))
    return Fit(
        out,
        {chain.bodies[b].name: rotation[:, b] for b in places},
        {chain.bodies[b].name: origin[:, b] for b in places},
        residual,
        iterations,
        converged,
    )


def _block(
    chain: Chain, q: Array, points: Array, weights: Array, huber_m: float, limit: NDArray[np.int64], leave: bool
) -> tuple[Array, NDArray[np.int64], NDArray[np.bool_]]:
    """Coordinates (c, t) of a block of frames, iterations and convergence.

    With `leave` the block ends when most of its frames have converged; the others go on in a block of their own kind.
    """
    t = q.shape[1]
    iterations, converged = np.zeros(t, np.int64), np.zeros(t, bool)
    damping = np.full(t, _LEAST_DAMPING)
    best = tried = q
    state: tuple[Array, Array, Array] | None = None
    for count in range(1, MAX_ITERATIONS + 1):
        new = chain.normal(tried, points, weights, huber_m)
        if state is not None:
            worse = new[2] > state[2] * (1 + 1e-9) + 1e-18
            if worse.any():
                # back to where the cost was lower, for a shorter step that turns towards steepest descent
                new = (
                    np.where(worse, state[0], new[0]),
                    np.where(worse, state[1], new[1]),
                    np.where(worse, state[2], new[2]),
                )
                tried = np.where(worse, best, tried)
                damping = np.where(worse, np.clip(1e2 * damping, 1e-4, _MOST_DAMPING), damping / 100)
                damping = np.maximum(damping, _LEAST_DAMPING)
        state, best = new, tried
        step = _solve(state[0], state[1], damping)
        size = np.abs(step).max(axis=0)
        if size.max() > MAX_STEP:
            step *= MAX_STEP / np.maximum(size, MAX_STEP)
        # a frame that has converged stays where it is
        step[:, converged] = 0.0
        tried = best + step
        iterations[~converged] = count
        converged |= size < STEP_TOLERANCE
        converged |= count >= limit
        if converged.all() or (leave and converged.mean() > 0.5):
            break
    return tried, iterations, converged & (iterations < limit)


def _undetermined(chain: Chain, q: Array, y: Array, w: Array, spread_m: float) -> NDArray[np.bool_]:
    """Coordinates (n, c) that the visible markers leave open."""
    lost = np.zeros(q.shape, bool)
    used = w > 0
    whole = used.all(axis=1)
    patterns, inverse = np.unique(used[~whole], axis=0, return_inverse=True)
    kinds = [(pattern, np.flatnonzero(~whole)[inverse.reshape(-1) == k]) for k, pattern in enumerate(patterns)]
    for pattern, frames in [(np.ones(used.shape[1], bool), np.flatnonzero(whole)), *kinds]:
        clouds = [b.markers[pattern[c]] for b, c in zip(chain.bodies, chain.columns, strict=True)]
        if not len(frames) or all(_is_spread(cloud, spread_m) for cloud in clouds):
            continue
        for part in np.array_split(frames, -(-len(frames) // BLOCK)):
            lower, _, _ = chain.normal(q[part].T, y[part].transpose(2, 1, 0), w[part].T, 0.0)
            value, vector = np.linalg.eigh(np.moveaxis(lower, -1, 0))
            weak = value < spread_m**2
            lost[part] = np.einsum("tkv,tv->tk", vector**2, weak) > 1e-2
    return lost


def _solve(matrix: Array, right: Array, damping: Array) -> Array:
    """Solve damped symmetric systems (c, c, t), lower halves given, by Cholesky's decomposition of all frames at once."""
    n, t = right.shape
    a = np.empty((n + 1, n, t))
    a[:n] = matrix
    a[n] = right
    index = np.arange(n)
    diagonal = matrix[index, index]
    # a coordinate that nothing determines gets a diagonal of its own, and no step, as its right-hand side is zero
    least = 1e-12 * diagonal.max(axis=0) + 1e-30
    a[index, index] = diagonal * (1 + damping) + least
    for j in range(n):
        root = 1.0 / np.sqrt(np.maximum(a[j, j], least))
        a[j, j] = root
        column = a[j + 1 :, j]
        column *= root
        for i in range(j + 1, n):
            # the rows from i on, of which the last is the right-hand side
            a[i:, i] -= a[i:, j] * a[i, j]
    step = a[n]
    for j in range(n - 1, -1, -1):
        step[j] *= a[j, j]
        step[:j] -= a[j, :j] * step[j]
    return step


def _is_spread(cloud: Array, spread_m: float) -> bool:
    """Whether a cloud of markers fixes its body by itself."""
    if len(cloud) < 3:
        return False
    return bool(np.linalg.svd(cloud - cloud.mean(axis=0), compute_uv=False)[1] >= spread_m * np.sqrt(len(cloud)))
