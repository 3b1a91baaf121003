"""Plan of a drop vertical jump: ground reaction over time, and positions of the feet.

The force of the floor comes first: pulses whose double integral is the path of the centre of mass, so that flight is
ballistic exactly and force begins and ends without a step. Bodies that move so are found in `jump_body`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from scipy.interpolate import BSpline, PchipInterpolator

from biomech.schema import SIDES
from biomech_simulation.balance import ease
from biomech_simulation.participant import Participant

Array = NDArray[np.float64]

G = 9.81
STAND_S = 0.35  # before anything moves, and after it has stopped
HOP_S = 1.0  # from standing on the box to leaving it
SETTLE_S = 1.75  # second landing, until standing
_KNOT_S = 0.010
# pitch of the feet around a touch, deg: s from the touch, then for bodies that come down at 1.87 and at 2.46 m/s. The ankle goes
# on downwards while the forefoot is stopped by the floor, so that the knee bends evenly through the touch
_SPEEDS_M_S = (1.87, 2.46)
_TOUCH_DOWN = np.array([
    (-0.12, -36.0, -36.0), (-0.08, -37.2, -37.2), (-0.07, -39.8, -39.8), (-0.06, -42.3, -42.4), (-0.05, -44.3, -44.3),
    (-0.04, -46.4, -46.8), (-0.03, -45.8, -45.5), (-0.02, -46.6, -47.2), (-0.01, -37.5, -32.1), (0.0, -28.4, -19.7),
    (0.01, -21.5, -12.0), (0.02, -15.1, -5.8), (0.03, -9.9, -2.3), (0.04, -5.7, -0.3), (0.05, -2.7, 0.0),
    (0.06, -0.8, 0.0), (0.07, 0.0, 0.0),
])  # fmt: skip
# and as the forefoot leaves the floor
_PUSH_OFF = (
    (-0.15, 0.0), (-0.10, -2.5), (-0.06, -10.0), (-0.03, -22.0), (0.0, -37.0), (0.03, -48.0), (0.07, -50.0), (0.14, -43.0),
)  # fmt: skip


@dataclass(frozen=True)
class Pulse:
    """A smooth pulse ``s^rise (1 - s)^fall`` of height 1 between two times, s running from 0 to 1."""

    start: float
    length: float
    rise: int
    fall: int

    def integrals(self, time: Array) -> tuple[Array, Array, Array]:
        """Value, first and second integral over time; beyond its end the second goes on along a straight line."""
        top = self.rise / (self.rise + self.fall)
        shape = Polynomial([0, 1]) ** self.rise * Polynomial([1, -1]) ** self.fall
        shape = shape / shape(top)
        once = shape.integ()
        twice = once.integ()
        s = np.clip((time - self.start) / self.length, 0.0, 1.0)
        beyond = np.maximum(time - self.start - self.length, 0.0)
        first = once(s) * self.length
        return shape(s), first, twice(s) * self.length**2 + beyond * once(1.0) * self.length


@dataclass(frozen=True)
class Step(Pulse):
    """A smooth rise from 0 to 1 within `length`, the integral of a pulse."""

    def integrals(self, time: Array) -> tuple[Array, Array, Array]:
        """Value, first and second integral over time."""
        shape = Polynomial([0, 1]) ** self.rise * Polynomial([1, -1]) ** self.fall
        once = shape.integ()
        once = once / once(1.0)
        twice = once.integ()
        thrice = twice.integ()
        s = np.clip((time - self.start) / self.length, 0.0, 1.0)
        beyond = np.maximum(time - self.start - self.length, 0.0)
        length = self.length
        return (
            once(s),
            twice(s) * length + beyond,
            thrice(s) * length**2 + beyond * twice(1.0) * length + beyond**2 / 2,
        )


@dataclass(frozen=True)
class Heights:
    """Height of the centre of mass above the ground of the feet, m."""

    standing: float
    box_off: float
    first_on: float
    first_off: float
    second_on: float


@dataclass(frozen=True)
class Jump:
    """A planned drop vertical jump.

    Parameters
    ----------
    box_m, distance_m : float
        Height of the box; how far before it the feet land.
    contact_s : float
        First landing, from the first to the last touch.
    take_off_m_s, hop_m_s : float
        Upward speed of the centre of mass when the feet leave the floor, and the box.
    """

    participant: Participant
    box_m: float
    distance_m: float
    contact_s: float
    take_off_m_s: float
    hop_m_s: float
    width_m: float
    toe_out: float
    asymmetry: float
    heights: Heights
    end_s: float

    task = "drop_vertical_jump"
    working: ClassVar[tuple[str, ...]] = SIDES  # legs that bear the body
    flights: ClassVar[tuple[tuple[str, str], ...]] = (("box_off", "first_on"), ("first_off", "second_on"))

    @property
    def times(self) -> dict[str, float]:
        """First and last touches, s."""
        h = self.heights
        box_off = STAND_S + HOP_S
        fall = self.box_m + h.box_off - h.first_on
        first_on = box_off + (self.hop_m_s + np.sqrt(self.hop_m_s**2 + 2 * G * fall)) / G
        first_off = first_on + self.contact_s
        fall = h.first_off - h.second_on
        second_on = first_off + (self.take_off_m_s + np.sqrt(self.take_off_m_s**2 + 2 * G * fall)) / G
        return {
            "box_off": box_off,
            "first_on": float(first_on),
            "first_off": float(first_off),
            "second_on": float(second_on),
        }

    def vertical(self, time: Array) -> tuple[Array, Array]:
        """Height of the centre of mass (m) and the floor's force per mass (m/s2)."""
        t, h = self.times, self.heights
        ends = {"box_off": (self.hop_m_s, self.box_m + h.box_off), "first_off": (self.take_off_m_s, h.first_off)}
        known: list[tuple[Pulse, float]] = []
        known += [(Step(-10.0, 1.0, 4, 4), G), (Step(t["box_off"] - 0.16, 0.16, 3, 3), -G)]
        free = [(Pulse(STAND_S, 0.75 * HOP_S, 4, 4), Pulse(STAND_S + 0.35 * HOP_S, 0.65 * HOP_S, 5, 3))]
        goals = [(t["box_off"], *ends["box_off"])]
        if "first_on" in t:
            start, lasts = t["first_on"], self.contact_s
            known.append((Pulse(start, 0.15, 2, 4), 35.0))
            free.append((Pulse(start, lasts, 3, 4), Pulse(start, lasts, 4, 3)))
            goals.append((t["first_off"], *ends["first_off"]))
        start = t["second_on"]
        known += [(Step(start, 0.20, 3, 3), G), (Pulse(start, 0.14, 2, 4), 24.0 if "first_on" in t else 32.0)]
        free.append((Pulse(start, 0.32, 3, 4), Pulse(start + 0.15, SETTLE_S - 0.15, 4, 5)))
        goals.append((start + SETTLE_S, 0.0, h.standing))
        base = self.box_m + h.standing
        # pulses of known size, then two of each contact that make its end come right
        for pair, (end, speed, height) in zip(free, goals, strict=True):
            columns = np.array([[p.integrals(np.array([end]))[k][0] for p in pair] for k in (1, 2)])
            _, at_speed, at_height = _course(known, np.array([end]), base)
            want = np.array([speed - at_speed[0], height - at_height[0]])
            known += list(zip(pair, np.linalg.solve(columns, want), strict=True))
        force, _, height_ = _course(known, time, base)
        return height_, np.where(self.in_contact(time), force, 0.0)

    def in_contact(self, time: Array) -> NDArray[np.bool_]:
        """Whether the feet touch the box or the floor."""
        t = self.times
        return ~np.any([(time > t[off]) & (time < t[on]) for off, on in self.flights], axis=0)

    def floor(self, time: Array) -> Array:
        """Height of the ground under the feet, m."""
        return np.where(time < self.times["box_off"] + 0.02, self.box_m, 0.0)

    def pitch(self, time: Array) -> Array:
        """Pitch of the feet against the floor, rad, toes up positive."""
        t = self.times
        nodes = [
            (t["box_off"] - 0.20, 0.0),
            (t["box_off"] - 0.11, -9.0),
            (t["box_off"], -33.0),
        ]
        if t[self.flights[0][1]] + _TOUCH_DOWN[0, 0] > t["box_off"] + 0.07:  # off a low box the next touch comes first
            nodes.append((t["box_off"] + 0.06, -44.0))
        for _, touch in self.flights:
            if touch == "second_on" and "first_off" in t:
                nodes += [(t["first_off"] + dt, deg) for dt, deg in _PUSH_OFF]
            nodes += self._touch_down(touch)
        # knots at the touches themselves, so that every landing has the same course
        last = _spline(self.end_s, nodes, at=t["second_on"])(time)
        if "first_on" not in t:
            return np.asarray(last)
        first = _spline(self.end_s, nodes, at=t["first_on"])(time)
        return np.asarray(first + (last - first) * ease((time - t["first_off"]) / (t["second_on"] - t["first_off"])))

    def _touch_down(self, touch: str) -> list[tuple[float, float]]:
        """Nodes of the pitch around a touch (s, deg), by the speed at which the body comes down."""
        h = self.heights
        dropped = touch == self.flights[0][1]
        fall = (self.box_m + h.box_off if dropped else h.first_off) - getattr(h, touch)
        start = self.hop_m_s if dropped else self.take_off_m_s
        speed = np.sqrt(start**2 + 2 * G * fall)
        slow, fast = _SPEEDS_M_S
        late, soft, hard = _TOUCH_DOWN.T
        pitch = np.minimum(soft + (hard - soft) * (speed - slow) / (fast - slow), 0.0)
        return list(zip(self.times[touch] + late, pitch, strict=True))

    def arms(self) -> BSpline:
        """Forward swing of the arms, rad."""
        t = self.times
        nodes = [
            (STAND_S, 0.0),
            (STAND_S + 0.45, -25.0),
            (t["box_off"], 15.0),
            (t["first_on"] - 0.02, 25.0),
            (t["first_on"] + 0.40 * self.contact_s, -25.0),
            (t["first_off"], 95.0),
            (t["first_off"] + 0.12, 120.0),
            (t["second_on"], 75.0),
            (t["second_on"] + 0.35, 25.0),
            (t["second_on"] + 1.1, 0.0),
        ]
        return _spline(self.end_s, nodes, smooth=4)

    def trunk(self) -> BSpline:
        """Flexion of the trunk beyond standing that is sought, rad."""
        t = self.times
        nodes = [
            (STAND_S, 0.0),
            (t["box_off"] - 0.35, 20.0),
            (t["box_off"], 12.0),
            (t["first_on"], 14.0),
            (t["first_on"] + 0.48 * self.contact_s, 34.0),
            (t["first_off"], 8.0),
            (0.5 * (t["first_off"] + t["second_on"]), 6.0),
            (t["second_on"], 12.0),
            (t["second_on"] + 0.28, 32.0),
            (t["second_on"] + 1.3, 0.0),
        ]
        return _spline(self.end_s, nodes, smooth=4)

    def onset(self, side: str, part: Literal["hip", "foot"]) -> float:
        """When the valgus pattern of a part begins in the first landing, s."""
        return self.times[self.flights[0][1]] - 0.02 + self.participant.pattern(side).late_s(part)

    def bent(self, time: Array, late_s: float = 0.0) -> Array:
        """Course of what a leg does in a landing: 0 before and after, 1 at the lowest point."""
        t = self.times
        first = _hump(time, t["first_on"] - 0.02 + late_s, t["first_off"] + late_s, 0.45)
        second = _hump(time, t["second_on"] - 0.02 + late_s, t["second_on"] + 0.9 + late_s, 0.32)
        return first + 0.8 * second


@dataclass(frozen=True)
class Landing(Jump):
    """A planned drop landing: from the box straight into the landing after which the body stands."""

    task = "double_leg_drop_landing"
    flights: ClassVar[tuple[tuple[str, str], ...]] = (("box_off", "second_on"),)

    @property
    def times(self) -> dict[str, float]:
        """First and last touches, s."""
        box_off = STAND_S + HOP_S
        fall = self.box_m + self.heights.box_off - self.heights.second_on
        lasts = (self.hop_m_s + np.sqrt(self.hop_m_s**2 + 2 * G * fall)) / G
        return {"box_off": box_off, "second_on": float(box_off + lasts)}

    def arms(self) -> BSpline:
        """Forward swing of the arms, rad."""
        t = self.times
        nodes = [
            (STAND_S, 0.0),
            (STAND_S + 0.45, -25.0),
            (t["box_off"], 15.0),
            (t["second_on"], 35.0),
            (t["second_on"] + 0.35, 25.0),
            (t["second_on"] + 1.1, 0.0),
        ]
        return _spline(self.end_s, nodes, smooth=4)

    def trunk(self) -> BSpline:
        """Flexion of the trunk beyond standing that is sought, rad."""
        t = self.times
        nodes = [
            (STAND_S, 0.0),
            (t["box_off"] - 0.35, 20.0),
            (t["box_off"], 12.0),
            (t["second_on"], 14.0),
            (t["second_on"] + 0.28, 34.0),
            (t["second_on"] + 1.3, 0.0),
        ]
        return _spline(self.end_s, nodes, smooth=4)

    def bent(self, time: Array, late_s: float = 0.0) -> Array:
        """Course of what a leg does in the landing: 0 before and after, 1 at the lowest point."""
        start = self.times["second_on"]
        return _hump(time, start - 0.02 + late_s, start + 0.9 + late_s, 0.32)


@dataclass(frozen=True)
class LeftLanding(Landing):
    """The same on the left leg alone, on the box too; the other hangs behind with a bent knee."""

    task = "single_leg_drop_landing"
    working: ClassVar[tuple[str, ...]] = ("left",)


@dataclass(frozen=True)
class RightLanding(LeftLanding):
    """The same on the right leg."""

    working: ClassVar[tuple[str, ...]] = ("right",)


def _course(known: list[tuple[Pulse, float]], time: Array, base: float) -> tuple[Array, Array, Array]:
    """Force per mass, speed and height from rest at `base`."""
    shifted = np.asarray(time, dtype=float)
    force, speed, height = np.zeros_like(shifted), -G * shifted, base - G * shifted**2 / 2
    for pulse, weight in known:
        if isinstance(pulse, Step) and pulse.start < 0:
            force, speed, height = force + weight, speed + weight * shifted, height + weight * shifted**2 / 2
            continue
        value, once, twice = pulse.integrals(shifted)
        force, speed, height = force + weight * value, speed + weight * once, height + weight * twice
    return force, speed, height


def _hump(time: Array, start: float, end: float, top: float) -> Array:
    """Hump of height 1 with its top at a part of the way, four continuous derivatives."""
    fall = 5.0 * (1.0 - top) / top if top <= 0.5 else 5.0
    rise = 5.0 if top <= 0.5 else 5.0 * top / (1.0 - top)
    s = np.clip((time - start) / (end - start), 0.0, 1.0)
    return np.asarray((s / top) ** rise * ((1.0 - s) / (1.0 - top)) ** fall)


def _spline(end: float, nodes: list[tuple[float, float]], smooth: int = 1, at: float = 0.0) -> BSpline:
    """Quintic B-spline near a course through nodes (s, deg): level where they are level, four continuous derivatives.

    One of its knots is at the time `at`.
    """
    knot = _KNOT_S * smooth
    times, values = np.array(nodes).T
    course = PchipInterpolator(np.r_[-10.0, times, end + 10.0], np.r_[values[0], values, values[-1]])
    knots = np.arange(-1.0, end + 1.0, knot) + at % knot
    centres = knots[3:-3]  # of the splines of degree 5
    return BSpline(knots, np.radians(course(centres)), 5)
