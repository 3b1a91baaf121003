"""Plan of a drop vertical jump: what the floor does, when, and where the feet are.

The force of the floor comes first: pulses whose double integral is the path of the centre of mass, so that flight is
ballistic exactly and force begins and ends without a step. Bodies that move so are found in `jump_body`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from scipy.interpolate import BSpline, PchipInterpolator

from biomech.simulate.balance import ease
from biomech.simulate.participant import Participant

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
        box = STAND_S
        # (pulse, weight) of known size first, then two pulses of each contact that make its end come right
        known: list[tuple[Pulse, float]] = [
            (Step(-10.0, 1.0, 4, 4), G),
            (Step(t["box_off"] - 0.16, 0.16, 3, 3), -G),
            (Pulse(t["first_on"], 0.15, 2, 4), 35.0),
            (Step(t["second_on"], 0.20, 3, 3), G),
            (Pulse(t["second_on"], 0.14, 2, 4), 24.0),
        ]
        free = [
            (Pulse(box, 0.75 * HOP_S, 4, 4), Pulse(box + 0.35 * HOP_S, 0.65 * HOP_S, 5, 3)),
            (Pulse(t["first_on"], self.contact_s, 3, 4), Pulse(t["first_on"], self.contact_s, 4, 3)),
            (Pulse(t["second_on"], 0.32, 3, 4), Pulse(t["second_on"] + 0.15, SETTLE_S - 0.15, 4, 5)),
        ]
        ends = [t["box_off"], t["first_off"], t["second_on"] + SETTLE_S]
        goals = [
            (self.hop_m_s, self.box_m + h.box_off),
            (self.take_off_m_s, h.first_off),
            (0.0, h.standing),
        ]
        base = self.box_m + h.standing
        for pair, end, (speed, height) in zip(free, ends, goals, strict=True):
            # what is known so far, and what two free pulses must add to it
            columns = np.array([[p.integrals(np.array([end]))[k][0] for p in pair] for k in (1, 2)])
            _, at_speed, at_height = _course(known, np.array([end]), base)
            want = np.array([speed - at_speed[0], height - at_height[0]])
            known += list(zip(pair, np.linalg.solve(columns, want), strict=True))
        force, _, height_ = _course(known, time, base)
        for a, b in ((t["box_off"], t["first_on"]), (t["first_off"], t["second_on"])):
            force = np.where((time > a) & (time < b), 0.0, force)
        return height_, force

    def in_contact(self, time: Array) -> NDArray[np.bool_]:
        """Whether the feet touch the box or the floor."""
        t = self.times
        return ~(((time > t["box_off"]) & (time < t["first_on"])) | ((time > t["first_off"]) & (time < t["second_on"])))

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
            (t["box_off"] + 0.06, -44.0),
            *self._touch_down("first_on"),
            *[(t["first_off"] + dt, deg) for dt, deg in _PUSH_OFF],
            *self._touch_down("second_on"),
        ]
        # knots at the touches themselves, so that every landing has the same course
        first, second = (_spline(self.end_s, nodes, at=t[touch])(time) for touch in ("first_on", "second_on"))
        return np.asarray(first + (second - first) * ease((time - t["first_off"]) / (t["second_on"] - t["first_off"])))

    def _touch_down(self, touch: str) -> list[tuple[float, float]]:
        """Nodes of the pitch around a touch (s, deg), by the speed at which the body comes down."""
        h = self.heights
        fall = self.box_m + h.box_off - h.first_on if touch == "first_on" else h.first_off - h.second_on
        start = self.hop_m_s if touch == "first_on" else self.take_off_m_s
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
        return self.times["first_on"] - 0.02 + self.participant.pattern(side).late_s(part)

    def bent(self, time: Array, late_s: float = 0.0) -> Array:
        """Course of what a leg does in a landing: 0 before and after, 1 at the lowest point."""
        t = self.times
        first = _hump(time, t["first_on"] - 0.02 + late_s, t["first_off"] + late_s, 0.45)
        second = _hump(time, t["second_on"] - 0.02 + late_s, t["second_on"] + 0.9 + late_s, 0.32)
        return first + 0.8 * second


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
