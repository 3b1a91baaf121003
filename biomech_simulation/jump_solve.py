"""Bodies that move as a planned jump wants: solved sample by sample, and by angular momentum over time.

Three things are given: the path of the centre of mass, the feet while they touch, and the moment of the floor about the
centre of mass (a lever times the vertical force, so that nothing turns the body in flight). Three are found: where the
pelvis is (so that the centre of mass is right), how pelvis and trunk turn (so that the angular momentum is right) and how
the feet travel in flight (so that the legs keep a natural posture).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline, CubicSpline, interp1d, make_interp_spline, make_lsq_spline

from biomech.errors import BiomechError
from biomech.schema import SIDES
from biomech_simulation.balance import ease, lean
from biomech_simulation.curves import PAD, differentiate
from biomech_simulation.gait import Body
from biomech_simulation.jump_body import Motions, jumping_body, leg_length, planned_pressure, shares
from biomech_simulation.jump_flight import flight_of_feet, knee_flexion
from biomech_simulation.jump_plan import HOP_S, SETTLE_S, Jump
from biomech_simulation.particles import Particles, body_particles

Array = NDArray[np.float64]

_TURN_SAMPLES = 2.5  # of the knots of the turns
_FINEST_HZ = 2000.0
_TO_REST_M = 1e-13  # centre of mass in its place
_TOUCH_KNEE_DEG = {"standing": 12.0, "box_off": 45.0, "first_on": 22.0, "first_off": 30.0, "second_on": 22.0}


@dataclass(frozen=True)
class Answer:
    """How a body answers to small changes, per sample: (n, 3, 3) arrays.

    Parameters
    ----------
    centre : array
        Move of the pelvis per move of the centre of mass.
    follow : array
        Move of the pelvis per turn that leaves the centre of mass where it is, m/rad.
    spin : array
        Angular momentum per rate of such a turn, kg m2.
    """

    centre: Array
    follow: Array
    spin: Array

    def at(self, before: Array, time: Array) -> Answer:
        """The same at other times."""
        return Answer(*(interp1d(before, v, axis=0)(time) for v in (self.centre, self.follow, self.spin)))


class Solver:
    """The unknown motions of a plan on a grid of samples, of which every `every`-th is recorded."""

    def __init__(self, plan: Jump, rate_hz: float, before: Solver | None = None, every: int = 1) -> None:
        self.plan, self.step, self.every = plan, 1.0 / rate_hz, every
        self.answer: Answer
        margin = PAD + round(0.1 * rate_hz)
        self.time = np.arange(-margin, round(plan.end_s * rate_hz) + margin) / rate_hz
        spacing = _TURN_SAMPLES * self.step
        inner = np.arange(self.time[0] + spacing, self.time[-1] - spacing, spacing)
        self.knots = np.concatenate([[self.time[0]] * 6, inner, [self.time[-1]] * 6])
        self.inside = ease((self.time + 0.08) / 0.06) * ease((plan.end_s + 0.08 - self.time) / 0.06)
        self.sets = _sets(plan)
        self.mass = np.concatenate([p.mass for p, _, _ in self.sets])
        self.travel: list[BSpline] = []
        self.replan(plan)
        self.lever = np.zeros(len(self._levers()))
        self.motions = self._standing()
        if before is None:
            self.learn(exactly=False)
        else:
            self.answer = before.answer.at(before.time, self.time)
            self.lever, self.travel = before.lever, before.travel
            old = before.motions
            at = [make_interp_spline(before.time, v, k=5)(self.time) for v in (old.centre, old.turn)]
            self.motions = Motions(at[0], self._smooth(at[1]), self._prints())

    def replan(self, plan: Jump) -> None:
        """Take another plan of the same length."""
        self.plan = plan
        self.height, self.force = plan.vertical(self.time)
        self.touch = plan.in_contact(self.time)

    def body(self) -> Body:
        """Poses as they are now."""
        return jumping_body(self.plan, self.time, self.motions)

    def place(self, motions: Motions) -> Array:
        """Every particle, (n, k, 3)."""
        body = jumping_body(self.plan, self.time, motions)
        return np.concatenate([body.place(name, side, p.place) for p, name, side in self.sets], axis=1)

    def centre_of_mass(self, place: Array) -> Array:
        """Centre of mass, (n, 3)."""
        return np.einsum("k,nki->ni", self.mass, place) / self.mass.sum()

    def learn(self, exactly: bool) -> None:
        """How centre of mass and angular momentum answer to the pelvis: by small changes of the motions as they are.

        While the guess is rough (a leg may still be too short, and then answers wildly), the whole body is taken to follow
        the pelvis.
        """
        place = self.place(self.motions)
        centre = self.centre_of_mass(place)
        moves, shifts = [], []
        for name in ("centre", "turn") if exactly else ("turn",):
            for k in range(3):
                nudge = np.zeros(3)
                nudge[k] = 1e-5
                changed = replace(self.motions, **{name: getattr(self.motions, name) + nudge})
                moves.append((self.place(changed) - place) / 1e-5)
                shifts.append(self.centre_of_mass(moves[-1]))
        if not exactly:
            spin = [np.cross(place - centre[:, None], m - s[:, None]) for m, s in zip(moves, shifts, strict=True)]
            columns = np.stack([np.einsum("k,nki->ni", self.mass, s) for s in spin], axis=-1)
            self.answer = Answer(np.broadcast_to(np.eye(3) / 0.87, columns.shape), np.zeros_like(columns), columns)
            return
        to_centre = np.linalg.inv(np.stack(shifts[:3], axis=-1))
        follow = -to_centre @ np.stack(shifts[3:], axis=-1)
        # what a turn does while the pelvis moves so that the centre of mass stays
        spins = []
        for k in range(3):
            move = moves[3 + k] + sum(follow[:, j, k][:, None, None] * moves[j] for j in range(3))
            spins.append(np.einsum("k,nki->ni", self.mass, np.cross(place - centre[:, None], move)))
        self.answer = Answer(to_centre, follow, np.stack(spins, axis=-1))

    def relax(self, times: int = 1) -> float:
        """Move and turn the pelvis towards the wanted centre of mass and angular momentum; return how far off both were."""
        off = np.inf
        for _ in range(times):
            miss = self._path() - self.centre_of_mass(self.place(self.motions))
            self._move(miss)
            place = self.place(self.motions)
            centre = self.centre_of_mass(place)
            # (in the margins nothing moves, and the ends of splines and differences must not make it)
            spin = (self._spin_wanted() - self._spin(place, centre)) * self.inside[:, None]
            rate = np.asarray(np.linalg.solve(self.answer.spin, spin[..., None]), dtype=float)[..., 0]
            if not np.isfinite(rate).all():
                raise BiomechError(f"found no jump of {self.plan.participant.name}: choose a lower box or jump")
            change = self._integral(rate)
            follow = np.einsum("nij,nj->ni", self.answer.follow, change)
            turn = self._smooth(np.clip(self.motions.turn + change, -1.0, 1.0))
            self.motions = replace(self.motions, centre=self.motions.centre + follow, turn=turn)
            off = float(max(np.abs(miss).max(), 0.1 * np.abs(spin).max()))
        self._move(self._path() - self.centre_of_mass(self.place(self.motions)))
        return off

    def settle(self) -> None:
        """Place the centre of mass exactly; rounding is all that a flight may have as a force."""
        self.learn(exactly=True)
        for _ in range(4):
            miss = self._path() - self.centre_of_mass(self.place(self.motions))
            self._move(miss)
            if np.abs(miss).max() < _TO_REST_M:
                break

    def _smooth(self, turn: Array) -> Array:
        """The same course in quintic splines: what neighbouring samples do against each other would otherwise grow."""
        return np.asarray(make_lsq_spline(self.time, turn, self.knots, 5)(self.time))

    def _move(self, miss: Array) -> None:
        step = np.einsum("nij,nj->ni", self.answer.centre, miss)
        self.motions = replace(self.motions, centre=self.motions.centre + step)

    def spread(self) -> None:
        """Let the feet travel in flight so that the knees keep a natural course."""
        self.travel = [flight_of_feet(self.plan, self.time, self.motions, *pair) for pair in self.plan.flights]
        self.motions = replace(self.motions, print_=self._prints())

    def aim(self) -> None:
        """Choose the levers of the floor's force with which the trunk flexes nearly as it should."""
        place = self.place(self.motions)
        centre = self.centre_of_mass(place)
        inertia = self.answer.spin[:, 2, 0]
        wanted = self.plan.trunk()(self.time)
        change = np.gradient(wanted - self.motions.turn[:, 0], self.step)
        needed = self._spin(place, centre)[:, 2] + inertia * change
        spins = np.stack([self._integral(self.mass.sum() * self.force * b) for b in self._levers()], axis=1)
        rows = self._integral(spins / inertia[:, None])
        goal = self._integral(needed / inertia)
        keep = 40.0 * len(rows) ** 0.5
        design = np.concatenate(
            [rows, keep * rows[-1:], keep * spins[-1:] / 5.0, 0.05 * np.eye(len(self.lever)) * len(rows) ** 0.5]
        )
        target = np.concatenate([goal, keep * goal[-1:], [0.0], np.zeros(len(self.lever))])
        self.lever = np.linalg.lstsq(design, target, rcond=None)[0]
        # nothing may turn the body that stands still at the end
        self.lever = self.lever - spins[-1] * (spins[-1] @ self.lever) / (spins[-1] @ spins[-1])

    def knees(self) -> dict[str, float]:
        """Mean flexion of the knees at the touches, rad."""
        knee = knee_flexion(self.plan, self.body())
        times = self.plan.times | {"standing": 0.0}
        return {name: float(np.interp(times[name], self.time, knee)) for name in times if name in _TOUCH_KNEE_DEG}

    def raise_touches(self, part: float) -> None:
        """Change the heights at the touches so that the knees are bent as they should be."""
        heights = {}
        for name, knee in self.knees().items():
            goal = np.radians(_TOUCH_KNEE_DEG[name])
            heights[name] = getattr(self.plan.heights, name) + part * float(
                leg_length(self.plan, goal) - leg_length(self.plan, knee)
            )
        self.replan(replace(self.plan, heights=replace(self.plan.heights, **heights)))

    def _path(self) -> Array:
        plan = self.plan
        pressure = self.pressure()
        wanted = pressure - np.stack([self._lever_now(), 0 * self.time], axis=-1)
        stiffness = self.force / (self.height - plan.floor(self.time))
        across = lean(wanted, stiffness, self.step)
        return np.stack([across[:, 0], self.height, across[:, 1]], axis=-1)

    def pressure(self) -> Array:
        """Where the floor presses on both feet together, (n, 2) as X and Z."""
        plan = self.plan
        per_foot = {side: planned_pressure(plan, side, self.time) for side in SIDES}
        load = shares(plan, self.time)
        return load["left"][:, None] * per_foot["left"] + load["right"][:, None] * per_foot["right"]

    def _lever_now(self) -> Array:
        return np.stack(self._levers(), axis=1) @ self.lever

    def _levers(self) -> list[Array]:
        """Bernstein polynomials over each contact; where the body stands, they begin and end without a step."""
        t = self.plan.times
        spans = [
            (t["box_off"] - HOP_S - 0.2, t["box_off"], 9, range(3, 10)),
            (t["second_on"], t["second_on"] + 0.8 * SETTLE_S, 7, range(5)),
        ]
        if "first_on" in t:
            spans.insert(1, (t["first_on"], t["first_off"], 4, range(5)))
        out = []
        for start, end, degree, which in spans:
            s = (self.time - start) / (end - start)
            inside = (s >= 0) & (s <= 1)
            s = np.clip(s, 0, 1)
            out += [np.where(inside, comb(degree, k) * s**k * (1 - s) ** (degree - k), 0.0) for k in which]
        return out

    def _spin_wanted(self) -> Array:
        about_z = self._integral(self.mass.sum() * self.force * self._lever_now())
        return np.stack([0 * about_z, 0 * about_z, about_z], axis=-1)

    def _spin(self, place: Array, centre: Array) -> Array:
        """Angular momentum about the centre of mass, (n, 3) kg m2/s."""
        arm = (place - centre[:, None])[PAD:-PAD]
        velocity = differentiate(place, self.step, 1)
        spin = np.einsum("k,nki->ni", self.mass, np.cross(arm, velocity))
        return np.pad(spin, ((PAD, PAD), (0, 0)))

    def _integral(self, rate: Array) -> Array:
        """Integral from the first sample, by the cubic through the samples (fourth order)."""
        return np.asarray(CubicSpline(self.time, rate).antiderivative()(self.time))

    def _standing(self) -> Motions:
        """A first guess: upright, the pelvis as far above the ground as the centre of mass says."""
        plan, n, t = self.plan, len(self.time), self.plan.times
        person, h = plan.participant, plan.heights
        off, on = plan.flights[0]
        x = plan.distance_m * np.clip((self.time - t[off]) / (t[on] - t[off]), 0, 1)
        length = person.ankle_height + 0.985 * (person.thigh + person.shank) - person.hip[1]
        centre = np.stack([x + 0.05, length + self.height - h.standing, np.zeros(n)], axis=-1)
        touch = np.interp(self.time, list(t.values()), [getattr(h, name) for name in t])
        lift = np.where(self.touch, plan.floor(self.time), self.height - touch)
        turn = np.stack([plan.trunk()(self.time), 0 * x, 0 * x], axis=-1)
        return Motions(centre, turn, np.stack([x, lift, 0 * x], axis=-1))

    def _prints(self) -> Array:
        """Prints of the feet: still while they touch, along the splines in flight."""
        t = self.plan.times
        out = np.stack([np.zeros_like(self.time), np.full_like(self.time, self.plan.box_m), 0 * self.time], axis=-1)
        for course, start, end in zip(self.travel, *zip(*self.plan.flights, strict=True), strict=True):
            later = self.time > t[start]
            out[later] = course(np.minimum(self.time[later], t[end]))
        return out


def solve(plan: Jump, rate_hz: float, coarse_hz: float = 250.0) -> Solver:
    """Find the motions of a plan: first roughly, heights and levers included, then on a grid finer than the recorded one."""
    rough = Solver(plan, coarse_hz)
    for number in range(10):
        rough.relax(1)
        rough.spread()
        rough.relax(1)
        if number > 2:
            rough.aim()
            rough.relax(1)
        if number < 8:
            rough.raise_touches(0.6)
            rough.learn(exactly=False)
    rough.learn(exactly=True)
    rough.relax(3)
    every = max(1, round(_FINEST_HZ / rate_hz))
    dense = Solver(rough.plan, every * rate_hz, rough, every)
    off = np.inf
    for _ in range(8):
        before, off = off, dense.relax()
        if off < 1e-5 or 0.8 * before < off < 1e-3:
            break
    if not off < 2e-3:
        raise BiomechError(
            f"found no jump of {plan.participant.name} (still {1000 * off:.3g} mm off); choose a lower box or jump"
        )
    dense.settle()
    return dense


def _sets(plan: Jump) -> list[tuple[Particles, str, str]]:
    out = []
    for name, particles in body_particles(plan.participant).items():
        for side in ("right",) if name in ("pelvis", "trunk") else SIDES:
            out.append((particles, name, side))
    return out
