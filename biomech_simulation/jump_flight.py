"""Paths of the feet in the flights of a jump that keep a natural course of the knees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline, CubicHermiteSpline, CubicSpline

from biomech_simulation.gait import Body
from biomech_simulation.jump_body import Motions, ankle, jumping_body, leg_length
from biomech_simulation.jump_plan import Jump

Array = NDArray[np.float64]

_FLIGHT_KNOT_S = 0.009
_END_KNOTS_S = (0.005,) * 6  # from the touches on
_LOOSE_S, _LOOSE = 0.02, 0.5  # how near a touch, and how much, the feet may leave their course
_RINGING = 0.2  # price of a jerk of the feet in flight
_FASTEST = 16.0  # rad/s, knees at a touch: more is a sign of a bad guess
_STRAIGHT_DEG, _SOFT_DEG = 13.0, 19.0  # knees in flight


def flight_of_feet(plan: Jump, clock: Array, motions: Motions, start: str, end: str) -> BSpline:
    """Spline of the prints through one flight, in which the knees keep a natural course.

    Parameters
    ----------
    plan : Jump
    clock : (n,) array
        Times of the motions, s.
    motions : Motions
        As they are; of the prints within the flight, half is kept.
    start, end : str
        Touches between which the feet fly (`Jump.times`).

    Returns
    -------
    BSpline
        Of `Motions.print_` over time.
    """
    t = plan.times
    first, last = t[start], t[end]
    landed = (plan.distance_m, 0.0, 0.0)
    place = [(0.0, plan.box_m, 0.0) if start == "box_off" else landed, landed]
    body = jumping_body(plan, clock, motions)
    inside = (clock > first) & (clock < last)
    time = clock[inside]
    hip, foot = middle(plan, body, "thigh"), middle(plan, body, "foot")
    knee, tilt = knee_flexion(plan, body), np.arctan2(foot[:, 0] - hip[:, 0], hip[:, 1] - foot[:, 1])
    before, after = clock <= first, clock >= last
    ends = []
    for curve in (knee, tilt, foot[:, 2]):
        ends.append(
            [
                _edge(clock[before][-6:], curve[before][-6:], first),
                _edge(clock[after][:6], curve[after][:6], last),
            ]
        )
    course = _unload(ends[0][0], ends[0][1], first, last)(time)
    lean_, outward = (
        CubicSpline([first, last], [a, b], bc_type=((1, a_rate), (1, b_rate)))(time)
        for (a, a_rate), (b, b_rate) in ends[1:]
    )
    length = np.sqrt(leg_length(plan, course) ** 2 - _frontal(plan, body, inside) ** 2)
    goal = np.stack(
        [hip[inside, 0] + length * np.sin(lean_), hip[inside, 1] - length * np.cos(lean_), outward], axis=-1
    )
    pitch = plan.pitch(time)
    goal = goal - ankle(plan, pitch, np.zeros((len(time), 3)))
    goal = 0.5 * (goal + motions.print_[inside])  # feet and pelvis chase each other: step by step

    ends_ = np.cumsum(_END_KNOTS_S)
    between = np.linspace(
        first + ends_[-1], last - ends_[-1], 1 + round((last - first - 2 * ends_[-1]) / _FLIGHT_KNOT_S)
    )
    outside = _END_KNOTS_S[0] * np.arange(1, 7)
    knots = np.concatenate([[first, last], first + ends_, last - ends_, between[1:-1], first - outside, last + outside])
    knots = np.sort(knots)
    count = len(knots) - 6
    coefficients = np.zeros((count, 3))
    early = knots[:count] < first - 1e-9  # acts before the flight
    late = ~early & (knots[6 : count + 6] > last + 1e-9)
    free = ~early & ~late
    coefficients[early], coefficients[late] = place
    basis = BSpline.design_matrix(time, knots, 5).toarray()
    smooth = _RINGING * np.diff(np.eye(count), 3, axis=0)
    trust = np.clip(np.minimum(time - first, last - time) / _LOOSE_S, _LOOSE, 1.0)[:, None]
    design = np.concatenate([trust * basis, smooth])
    target = np.concatenate([trust * goal, np.zeros((len(smooth), 3))]) - design @ coefficients
    coefficients[free] = np.linalg.lstsq(design[:, free], target, rcond=None)[0]
    return BSpline(knots, coefficients, 5)


def middle(plan: Jump, body: Body, segment: str) -> Array:
    """Origin of a segment, averaged over the working legs in the right-leg world, (n, 3) m."""
    return np.asarray(np.mean([body.origin[(side, segment)] for side in plan.working], axis=0))


def knee_flexion(plan: Jump, body: Body) -> Array:
    """Flexion of the working knees, averaged, rad."""
    person, out = plan.participant, []
    for side in plan.working:
        squared = ((body.origin[(side, "thigh")] - body.origin[(side, "foot")]) ** 2).sum(axis=1)
        cosine = (squared - person.thigh**2 - person.shank**2) / (2 * person.thigh * person.shank)
        out.append(np.arccos(np.clip(cosine, -1, 1)))
    return np.mean(out, axis=0)


def _frontal(plan: Jump, body: Body, inside: NDArray[np.bool_]) -> Array:
    across = [body.origin[(s, "thigh")][inside, 2] - body.origin[(s, "foot")][inside, 2] for s in plan.working]
    return np.asarray(np.mean(across, axis=0))


def _unload(start: tuple[float, float], end: tuple[float, float], first: float, last: float) -> CubicHermiteSpline:
    """Course of the knees through a flight from value and slope at both touches: straightened, soft between, straightened.

    A leg that nearly stops to lengthen as it takes off, and begins to shorten just before it lands, touches without a blow.
    """
    straight, soft = np.radians(_STRAIGHT_DEG), np.radians(_SOFT_DEG)
    spans = [
        min(0.4 * (last - first), 2.8 * max(value - straight, 0.01) / max(abs(slope), 0.1))
        for value, slope in (start, end)
    ]
    times = [first, first + spans[0], 0.5 * (first + last), last - spans[1], last]
    values = [start[0], straight, soft, straight, end[0]]
    return CubicHermiteSpline(times, values, [start[1], 0.0, 0.0, 0.0, end[1]])


def _edge(time: Array, curve: Array, at: float) -> tuple[float, float]:
    """Value and slope of a curve at the end of some samples, by a quadratic through them."""
    fit = np.polynomial.Polynomial.fit(time, curve, 2)
    return float(fit(at)), float(np.clip(fit.deriv()(at), -_FASTEST, _FASTEST))
