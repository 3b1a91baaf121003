"""A chain of segments and joints: poses, analytic Jacobian and normal matrix of the markers on it, all frames at once.

The normal matrix is not made from the Jacobian of the markers but from the moments of the marker clouds: a cloud of
weighted points resists a small motion of its segment as a rigid body of those masses would, so the composite-body
recursion of robotics gives ``J^T W J`` in a fraction of the operations, exactly.

In the kernels frames are the last dim of every array; outside they are the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.geometry.rotations import cardan, rotate, rotation_vector, transpose

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Dof:
    """One coordinate of a joint.

    Attributes
    ----------
    kind : {"translation", "rotation"}
    axis : array-like (3,)
        Unit vector in the joint's frame as the coordinates before it have left it.
    target : float
        Where a soft constraint pulls, rad or m.
    stiffness : float
        Weight of the squared distance from `target` against squared marker distances, m² per rad² (or m² per m²):
        ``(sd of a marker / sd of the coordinate)²``. 0 leaves the coordinate free.
    """

    kind: Literal["translation", "rotation"]
    axis: tuple[float, float, float]
    target: float = 0.0
    stiffness: float = 0.0


@dataclass(frozen=True)
class Body:
    """A rigid segment and the joint that carries it.

    The joint's frame sits at `place` of the parent, turned by `before`; the coordinates move it, translations first;
    `after` turns it into the segment's frame, whose origin lies at `offset` of the segment's frame from the joint.

    Attributes
    ----------
    name : str
    parent : int
        Index of a body before it in the chain, -1 for the ground.
    dofs : tuple of Dof
    markers : ndarray (k, 3)
        In the segment's frame, m; k may be 0.
    place, offset : ndarray (3,)
    before, after : ndarray (3, 3)
    """

    name: str
    parent: int
    dofs: tuple[Dof, ...]
    markers: Array
    place: Array = field(default_factory=lambda: np.zeros(3))
    offset: Array = field(default_factory=lambda: np.zeros(3))
    before: Array = field(default_factory=lambda: np.eye(3))
    after: Array = field(default_factory=lambda: np.eye(3))


class Chain:
    """Bodies in an order in which every parent precedes its children.

    Parameters
    ----------
    bodies : sequence of Body

    Raises
    ------
    ValueError
        If a parent does not precede its child, or translations do not precede rotations.
    """

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.bodies = tuple(bodies)
        self.owner: list[int] = []  # body of every coordinate
        self.span: list[slice] = []  # coordinates of every body
        self.columns: list[slice] = []  # markers of every body
        marker = 0
        for index, body in enumerate(self.bodies):
            if not -1 <= body.parent < index:
                raise ValueError(f"{body.name}: expected a parent before it in the chain, found {body.parent}")
            kinds = [dof.kind for dof in body.dofs]
            if kinds != sorted(kinds, reverse=True):
                raise ValueError(f"{body.name}: expected translations before rotations, found {kinds}")
            self.span.append(slice(len(self.owner), len(self.owner) + len(kinds)))
            self.owner += [index] * len(kinds)
            self.columns.append(slice(marker, marker + len(body.markers)))
            marker += len(body.markers)
        self.n_markers = marker
        self.n_coordinates = len(self.owner)
        dofs = [dof for body in self.bodies for dof in body.dofs]
        self.target = np.array([dof.target for dof in dofs])
        self.stiffness = np.array([dof.stiffness for dof in dofs])
        self.above = [self._above(index) for index in range(len(self.bodies))]
        self.path = [np.concatenate([np.arange(self.span[b].start, self.span[b].stop) for b in a]) for a in self.above]
        self.turns = [[_turn(dof.axis) if dof.kind == "rotation" else None for dof in b.dofs] for b in self.bodies]

    def _above(self, index: int) -> list[int]:
        """Bodies from the root to this one."""
        parent = self.bodies[index].parent
        return [*(self._above(parent) if parent >= 0 else []), index]

    def start(self, rotation: Mapping[str, Array], origin: Mapping[str, Array]) -> Array:
        """Coordinates nearest to poses that need not agree with the joints, shape (n, c).

        Parameters
        ----------
        rotation, origin : mapping of body name to ndarray (n, 3, 3), (n, 3)
            For example of rigid fits segment by segment. A body without a pose takes its coordinates from the frames
            around, or its targets where it never has one.
        """
        n = len(next(iter(origin.values())))
        out = np.full((n, self.n_coordinates), np.nan)
        for index, body in enumerate(self.bodies):
            if body.name not in rotation:
                continue
            distal, at = np.asarray(rotation[body.name], float), np.asarray(origin[body.name], float)
            proximal, base = np.broadcast_to(np.eye(3), distal.shape), np.zeros_like(at)
            if body.parent >= 0:
                parent = self.bodies[body.parent].name
                if parent not in rotation:
                    continue
                proximal, base = np.asarray(rotation[parent], float), np.asarray(origin[parent], float)
            joint = proximal @ body.before
            relative = transpose(joint) @ distal @ body.after.T
            shift = rotate(transpose(joint), at - rotate(distal, body.offset) - base - rotate(proximal, body.place))
            axes = np.array([dof.axis for dof in body.dofs]).reshape(-1, 3)
            moves = [dof.kind == "translation" for dof in body.dofs]
            columns = np.arange(self.span[index].start, self.span[index].stop)
            if any(moves):
                out[:, columns[moves]] = shift @ np.linalg.pinv(axes[moves])
            turns = [dof.axis for dof in body.dofs if dof.kind == "rotation"]
            if turns:
                out[:, columns[np.logical_not(moves)]] = _angles(relative, turns)
        frames = np.arange(n)
        for column in range(self.n_coordinates):
            known = np.isfinite(out[:, column])
            values = np.interp(frames, frames[known], out[known, column]) if known.any() else self.target[column]
            out[:, column] = np.where(known, out[:, column], values)
        return out

    def poses(self, coordinates: ArrayLike) -> tuple[Array, Array]:
        """Rotations (n, bodies, 3, 3) and origins (n, bodies, 3) at given coordinates (n, c)."""
        q = np.ascontiguousarray(np.asarray(coordinates, float).T)
        rotation, origin, _, _ = self.forward(q)
        return np.moveaxis(np.stack(rotation), -1, 0), np.moveaxis(np.stack(origin), -1, 0)

    def marker_positions(self, coordinates: ArrayLike) -> Array:
        """Markers (n, m, 3), body after body, at given coordinates (n, c)."""
        rotation, origin = self.poses(coordinates)
        parts = [body.markers @ transpose(rotation[:, b]) + origin[:, b, None] for b, body in enumerate(self.bodies)]
        return np.concatenate(parts, axis=1)

    def jacobian(self, coordinates: ArrayLike) -> Array:
        """Analytic Jacobian of the markers, shape (n, m, 3, c): ``axis × (marker - centre)`` for a rotation."""
        q = np.ascontiguousarray(np.asarray(coordinates, float).T)
        _, _, omega, velocity = self.forward(q)
        x = self.marker_positions(coordinates)
        out = np.zeros((*x.shape, self.n_coordinates))
        for b, columns in enumerate(self.columns):
            for k in self.path[b]:
                w, v = omega[k].T[:, None], velocity[k].T[:, None]
                out[:, columns, :, k] = v + np.cross(w, x[:, columns])
        return out

    # -- kernels, frames last ---------------------------------------------------------------------------------------
    def forward(self, q: Array) -> tuple[list[Array], list[Array], Array, Array]:
        """Poses of the bodies, and the twist of every coordinate: angular velocity, velocity of the lab origin."""
        t = q.shape[1]
        rotation: list[Array] = []
        origin: list[Array] = []
        omega = np.zeros((self.n_coordinates, 3, t))
        velocity = np.zeros((self.n_coordinates, 3, t))
        sine, cosine = np.sin(q), np.cos(q)
        for index, body in enumerate(self.bodies):
            if body.parent >= 0:
                base = rotation[body.parent]
                centre = origin[body.parent] + _apply(base, body.place)
                turned = base.copy() if _is_one(body.before) else _compose(base, body.before)
            else:
                centre = np.repeat(body.place[:, None], t, axis=1)
                turned = np.repeat(body.before[:, :, None], t, axis=2)
            first = self.span[index].start
            for number, dof in enumerate(body.dofs):
                k = first + number
                turn = self.turns[index][number]
                if turn is None:
                    velocity[k] = _apply(turned, np.asarray(dof.axis, float))
                    centre = centre + velocity[k] * q[k]
                    continue
                along, frame = turn
                if frame is not None:
                    turned = _compose(turned, frame)
                omega[k] = turned[:, along]
                _cross(centre, omega[k], velocity[k])
                i, j = (along + 1) % 3, (along + 2) % 3
                second, third = turned[:, i].copy(), turned[:, j]
                turned[:, i] = cosine[k] * second + sine[k] * third
                turned[:, j] = cosine[k] * third - sine[k] * second
                if frame is not None:
                    turned = _compose(turned, frame.T)
            if not _is_one(body.after):
                turned = _compose(turned, body.after)
            rotation.append(turned)
            origin.append(centre + _apply(turned, body.offset) if body.offset.any() else centre)
        return rotation, origin, omega, velocity

    def moments(
        self, rotation: list[Array], origin: list[Array], points: Array, weights: Array, huber_m: float
    ) -> tuple[list[Array], Array]:
        """Moments of every body's cloud: weight 1, first 3, second 6, pull 3, turning pull 3; and the cost."""
        t = points.shape[-1]
        cost = np.zeros(t)
        out = []
        for b, body in enumerate(self.bodies):
            total = np.zeros((16, t))
            out.append(total)
            columns = self.columns[b]
            if columns.start == columns.stop:
                continue
            x = np.matmul(body.markers, rotation[b]) + origin[b][:, None]  # (3, k, t)
            w = weights[columns]
            r = points[:, columns] - x
            square = np.einsum("ckt,ckt->kt", r, r)
            if huber_m:
                distance = np.sqrt(square)
                far = distance > huber_m
                if far.any():
                    near = np.where(far, huber_m / np.where(far, distance, 1.0), 1.0)
                    square = np.where(far, 2 * huber_m * distance - huber_m**2, square)
                    cost += np.einsum("kt,kt->t", w, square)
                    w = w * near
                else:
                    cost += np.einsum("kt,kt->t", w, square)
            else:
                cost += np.einsum("kt,kt->t", w, square)
            total[0] = w.sum(axis=0)
            wx, wr = w * x, w * r
            total[1:4] = wx.sum(axis=1)
            for row, (i, j) in enumerate(((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))):
                np.einsum("kt,kt->t", wx[i], x[j], out=total[4 + row])
            total[10:13] = wr.sum(axis=1)
            for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
                total[13 + i] = np.einsum("kt,kt->t", x[j], wr[k]) - np.einsum("kt,kt->t", x[k], wr[j])
        return out, cost

    def normal(self, q: Array, points: Array, weights: Array, huber_m: float) -> tuple[Array, Array, Array]:
        """Normal matrix (c, c, t; lower half), right-hand side (c, t) and cost (t,) at `q` (c, t)."""
        rotation, origin, omega, velocity = self.forward(q)
        clouds, cost = self.moments(rotation, origin, points, weights, huber_m)
        for b in range(len(self.bodies) - 1, 0, -1):
            if self.bodies[b].parent >= 0:
                clouds[self.bodies[b].parent] += clouds[b]
        n, t = q.shape
        twist = np.concatenate([omega, velocity], axis=1)
        matrix = np.zeros((n, n, t))
        right = np.empty((n, t))
        for b, body in enumerate(self.bodies):
            mass, h, pull, turning = clouds[b][0], clouds[b][1:4], clouds[b][10:13], clouds[b][13:16]
            xx, yy, zz, yz, xz, xy = clouds[b][4:10]
            for k in range(self.span[b].start, self.span[b].stop):
                w, v = omega[k], velocity[k]
                moved = np.empty((6, t))
                turn = body.dofs[k - self.span[b].start].kind == "rotation"
                _cross(h, v, moved[:3])
                if turn:
                    moved[0] += (yy + zz) * w[0] - xy * w[1] - xz * w[2]
                    moved[1] += (xx + zz) * w[1] - xy * w[0] - yz * w[2]
                    moved[2] += (xx + yy) * w[2] - xz * w[0] - yz * w[1]
                    _cross(w, h, moved[3:])
                    moved[3:] += mass * v
                    right[k] = np.einsum("ct,ct->t", w, turning) + np.einsum("ct,ct->t", v, pull)
                else:
                    moved[3:] = mass * v
                    right[k] = np.einsum("ct,ct->t", v, pull)
                path = self.path[b][self.path[b] <= k]
                if len(path) == path[-1] + 1 - path[0]:  # a view where the path has no branch
                    np.einsum("jct,ct->jt", twist[path[0] : k + 1], moved, out=matrix[k, path[0] : k + 1])
                else:
                    matrix[k, path] = np.einsum("jct,ct->jt", twist[path], moved)
        if self.stiffness.any():
            away = q - self.target[:, None]
            index = np.arange(n)
            matrix[index, index] += self.stiffness[:, None]
            right -= self.stiffness[:, None] * away
            cost = cost + np.einsum("c,ct->t", self.stiffness, away**2)
        return matrix, right, cost


def _turn(axis: tuple[float, float, float]) -> tuple[int, Array | None]:
    """Coordinate axis that a rotation goes about, and the frame that must come before it if `axis` is none."""
    vector = np.asarray(axis, float)
    along = int(np.argmax(np.abs(vector)))
    if np.array_equal(vector, np.eye(3)[along]):
        return along, None
    z = vector / np.linalg.norm(vector)
    x = np.cross(np.eye(3)[int(np.argmin(np.abs(z)))], z)
    x /= np.linalg.norm(x)
    return 2, np.stack([x, np.cross(z, x), z], axis=1)


def _angles(relative: Array, axes: list[tuple[float, float, float]]) -> Array:
    """Rotations about given axes, one after the other, that come nearest to relative rotations (n, 3, 3)."""
    names = ["XYZ"[along] if frame is None else "" for along, frame in map(_turn, axes)]
    if len(set(names)) == 3 and all(names):
        return cardan(relative, "".join(names))
    basis = np.asarray(axes, float)
    return rotation_vector(relative) @ np.linalg.pinv(basis)


def _is_one(matrix: Array) -> bool:
    return bool(np.array_equal(matrix, np.eye(3)))


def _apply(rotation: Array, vector: Array) -> Array:
    """Rotations (3, 3, t) times one vector (3,)."""
    return vector[0] * rotation[:, 0] + vector[1] * rotation[:, 1] + vector[2] * rotation[:, 2]


def _compose(rotation: Array, matrix: Array) -> Array:
    """Rotations (3, 3, t) times one matrix (3, 3)."""
    return np.einsum("ijt,jk->ikt", rotation, matrix)


def _cross(a: Array, b: Array, out: Array) -> None:
    """Cross product of vectors (3, t), written to `out`."""
    np.multiply(a[1], b[2], out=out[0])
    out[0] -= a[2] * b[1]
    np.multiply(a[2], b[0], out=out[1])
    out[1] -= a[0] * b[2]
    np.multiply(a[0], b[1], out=out[2])
    out[2] -= a[1] * b[0]
