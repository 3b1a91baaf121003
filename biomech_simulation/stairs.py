"""Stairs, up or down, foot over foot: feet that stand on steps, a pelvis that keeps the balance, legs solved in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline, make_interp_spline

from biomech.errors import BiomechError
from biomech.schema import FOOT_OFF, FOOT_STRIKE, SIDES
from biomech_simulation.balance import ease, glide, lean
from biomech_simulation.curves import PAD, smoothstep
from biomech_simulation.dynamics import Momentum, ground_wrench, momentum, split_wrench, zero_moment_point
from biomech_simulation.gait import MIRROR, Body, assemble, contact_x, foot_path, standing_curves
from biomech_simulation.motion import Motion, Plate
from biomech_simulation.participant import Participant
from biomech_simulation.trial import Event, on_the_spot
from biomech_simulation.turns import rot_x, rot_z

Array = NDArray[np.float64]

EVENT_THRESHOLD_N = 20.0
MAX_IMBALANCE_M = 0.002
_COARSE_HZ = 100.0
_MARGIN_S = 1.0
_STAND_S = 1.0  # before the first foot lifts, and after the last has landed
_STEP_S = 0.8
_DOUBLE = 0.25  # of a step, with both feet down
_HEEL_DEG, _HEEL_OFF_S, _HEEL_ON_S = 28.0, 0.25, 0.20  # heel off before the foot leaves, and down after toes landed
_SHIFT_S = 0.4  # until pelvis, trunk and leg stand as they do on one leg
_SOFT = 0.26  # share of a way in which a foot in the air gets to its speed
_CLEAR_M = 0.05  # over the higher of two steps
_STRAIGHT_DEG, _STANDING_DEG = 10.0, 14.0  # of the knee that reaches farthest, and of both in standing
_RISE_S, _RISE_LASTS_S = (0.0, -0.5), 0.75  # of the pelvis after a foot has landed on the next step, up and down


@dataclass(frozen=True)
class Stairs:
    """Where each foot stands, and when it moves.

    Parameters
    ----------
    strikes, offs : dict
        For each side the instants at which it lands, and at which it leaves for that landing, s.
    levels : dict
        For each side the steps on which it stands in turn, one more than it has strikes; 0 is the floor.
    landings : (steps,) array
        When the first foot lands on each step, s.
    """

    participant: Participant
    down: bool
    rise_m: float
    run_m: float
    width_m: float
    toe_out: float
    strikes: dict[str, Array]
    offs: dict[str, Array]
    levels: dict[str, Array]
    landings: Array
    end_s: float

    def stands(self, side: str, time: Array) -> Array:
        """Where a flat foot would stand below its ankle, in its right-leg world, (n, 3) m."""
        way, height = self.places(side), self.rise_m * self.levels[side]
        x, y = np.full_like(time, way[0]), np.full_like(time, height[0])
        for k, (off, strike) in enumerate(zip(self.offs[side], self.strikes[side], strict=True)):
            u = (time - off) / (strike - off)
            x += (way[k + 1] - way[k]) * glide((u - 0.03) / 0.97, _SOFT)
            # over the edge of the higher step before it comes down on the next one; the longer way takes the longer time
            top = max(height[k], height[k + 1]) + _CLEAR_M
            rises, falls = (0.4, 0.75) if self.down else (0.75, 0.4)
            y += (top - height[k]) * glide(u / rises, _SOFT) - (top - height[k + 1]) * glide(
                (u - 1.0 + falls) / falls, _SOFT
            )
        return np.stack([x, y, np.full_like(time, self.width_m / 2)], axis=-1)

    def pitch(self, side: str, time: Array) -> Array:
        """Pitch of a foot, rad, toes up positive: the heel rises before the foot leaves; downstairs the toes land first."""
        risen = np.zeros_like(time)
        for off, strike in zip(self.offs[side], self.strikes[side], strict=True):
            up = ease((time - off + _HEEL_OFF_S) / (_HEEL_OFF_S + 0.05))
            back = (time - strike) / _HEEL_ON_S if self.down else (time - off - 0.05) / (0.6 * (strike - off))
            risen += up - ease(back)
        return np.asarray(-np.radians(_HEEL_DEG) * risen)

    def ankle(self, side: str, time: Array) -> Array:
        """Ankle centre of a foot that rolls over its forefoot on its print, in its right-leg world, (n, 3) m."""
        pitch = self.pitch(side, time)
        rolled = foot_path(self.participant.sole, pitch, np.zeros_like(pitch))
        out = np.stack(
            [np.cos(self.toe_out) * rolled[:, 0], rolled[:, 1], np.sin(self.toe_out) * rolled[:, 0]], axis=-1
        )
        return np.asarray(out + self.stands(side, time))

    def on_forefoot(self, side: str, time: Array) -> Array:
        """How far the pressure is under the forefoot: 1 while the heel is off, 0 on a foot that stands flat."""
        forward = np.zeros_like(time)
        for off, strike in zip(self.offs[side], self.strikes[side], strict=True):
            back = (time - strike - _HEEL_ON_S * self.down) / 0.25
            forward += ease((time - off + _HEEL_OFF_S + 0.30) / 0.30) - ease(back)
        return forward

    def places(self, side: str) -> Array:
        """How far ahead a foot stands in turn, m."""
        levels = self.levels[side].astype(float)
        return self.run_m * (levels[0] - levels if self.down else levels)

    def share(self, side: str, time: Array) -> Array:
        """Share of the body's weight on a foot; both add up to 1."""
        right = np.full_like(time, 0.5)
        moves = sorted((off, s) for s in SIDES for off in self.offs[s])
        before = 0.5
        for off, mover in moves:
            # the load leaves a foot within the double support before it lifts
            after = 0.0 if mover == "right" else 1.0
            right += (after - before) * smoothstep((time - off + self._double_s) / self._double_s)
            before = after
        last = max(self.strikes[s][-1] for s in SIDES)
        right += (0.5 - before) * smoothstep((time - last) / self._double_s)
        return right if side == "right" else 1.0 - right

    def alone(self, side: str, time: Array) -> Array:
        """0 on both feet, 1 while the other foot is in the air."""
        other = "left" if side == "right" else "right"
        spans = zip(self.offs[other] - self._double_s, self.strikes[other] + self._double_s, strict=True)
        courses = [ease((time - start) / _SHIFT_S) * ease((end - time) / _SHIFT_S) for start, end in spans]
        return np.asarray(np.sum(courses, axis=0))

    @property
    def _double_s(self) -> float:
        return _DOUBLE * _STEP_S

    def pressure(self, side: str, time: Array) -> Array:
        """Where the step should press on a foot, (n, 2) as lab X and Z."""
        place = self.stands(side, time)
        back = 0.5 if self.down else 0.7  # upstairs the forefoot bears more
        along = contact_x(
            self.participant.sole, self.pitch(side, time), back + (1.0 - back) * self.on_forefoot(side, time)
        )
        x = place[:, 0] + np.cos(self.toe_out) * along
        z = place[:, 2] + np.sin(self.toe_out) * along
        return np.stack([x, z * (1.0 if side == "right" else -1.0)], axis=-1)

    def stepped(self, side: str, time: Array) -> Array:
        """Height of the step that bears a foot, m; between two of them where it bears nothing."""
        height = self.rise_m * self.levels[side].astype(float)
        out = np.full_like(time, height[0])
        for k, (off, strike) in enumerate(zip(self.offs[side], self.strikes[side], strict=True)):
            out += (height[k + 1] - height[k]) * (time > 0.5 * (off + strike))
        return out


def stairs(
    participant: Participant,
    task: Literal["stairs_up", "stairs_down"] = "stairs_up",
    *,
    steps: int = 5,
    rise_m: float = 0.15,
    run_m: float = 0.29,
    rate_hz: float = 200.0,
    analog_rate_hz: float = 1000.0,
    plate_type: Literal[2, 4] = 2,
) -> Motion:
    """Climb or descend stairs foot over foot, from standing to standing, without any error of measurement.

    Up, feet land flat; down, on the forefoot; both leave over the forefoot, and in the end the last foot comes next to the
    other. The first step of each side stands on a plate of its own, whose surface is the step. The pelvis is moved until
    the zero-moment point lies where the feet should press. The valgus pattern comes in single support.

    Parameters
    ----------
    steps : int
        At least 3.
    rise_m, run_m : float
        Height and depth of a step: 0.10 to 0.20 and 0.24 to 0.34.

    Raises
    ------
    BiomechError
        If a setting is impossible or no balanced motion is found.
    """
    if steps < 3 or not 0.10 <= rise_m <= 0.20 or not 0.24 <= run_m <= 0.34:
        raise BiomechError(
            f"stairs: expected at least 3 steps, a rise of 0.10 to 0.20 m and a run of 0.24 to 0.34 m, found {steps}, "
            f"{rise_m:g} and {run_m:g}"
        )
    ratio = round(analog_rate_hz / rate_hz)
    if abs(ratio * rate_hz - analog_rate_hz) > 1e-9:
        raise BiomechError(f"stairs: expected an analog rate that is a multiple of {rate_hz:g} Hz")
    plan = _plan(participant, task == "stairs_down", steps, rise_m, run_m)
    time = np.arange(-PAD, round(plan.end_s * rate_hz) * ratio + PAD) / analog_rate_hz
    body = climbing_body(plan, time, _balanced(plan)(time))
    state = momentum(participant, body, 1.0 / analog_rate_hz)
    inner = time[PAD:-PAD]
    feet = bear(plan, inner, state)
    plates, on_plate = _plates(plan, inner, feet, plate_type)
    attrs: dict[str, str | float] = {"task": task, "side": "both", "rise_m": rise_m, "run_m": run_m}
    events = _events(plan, inner, feet)
    rates = rate_hz, analog_rate_hz
    return on_the_spot(participant, body, state, feet, on_plate, plates, *rates, events, attrs, np.eye(3))


def bear(plan: Stairs, time: Array, state: Momentum) -> dict[str, dict[str, Array]]:
    """Wrench of the steps on each foot: forces in proportion to the load, so that their common point has the mean height."""
    load = {s: plan.share(s, time) for s in SIDES}
    heights = {s: plan.stepped(s, time) for s in SIDES}
    mean = load["left"] * heights["left"] + load["right"] * heights["right"]
    feet = split_wrench(state, {s: plan.pressure(s, time) for s in SIDES}, load, 0.0, mean)
    for side in SIDES:
        lift = np.stack([0 * mean, heights[side] - mean, 0 * mean], axis=-1)
        feet[side]["pressure"] = feet[side]["pressure"] + lift
        feet[side]["moment"] = feet[side]["moment"] + np.cross(lift, feet[side]["force"])
    return feet


def climbing_body(plan: Stairs, time: Array, place: Array) -> Body:
    """Poses of all bodies; `place` is the origin of the pelvis, (n, 3) m, or its X and Z, whose height is then chosen."""
    person, posture = plan.participant, plan.participant.posture
    on_one = {s: plan.alone(s, time) for s in SIDES}
    drop, aside = np.zeros_like(time), np.zeros_like(time)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        drop += sign * person.pattern(side).drop_deg * on_one[side]
        aside += sign * (1.0 + person.pattern(side).trunk_lean_deg) * on_one[side]
    moving = _moving(plan, time)
    flexion = posture.trunk_flexion + (4.0 if plan.down else 18.0) * moving
    tilt = posture.pelvis_anterior_tilt + (1.0 if plan.down else 5.0) * moving
    pelvis = rot_x(-np.radians(drop)) @ rot_z(-np.radians(tilt))
    trunk = rot_x(np.radians(aside)) @ rot_z(-np.radians(flexion))
    legs = {}
    for side in SIDES:
        own, one = person.pattern(side), on_one[side]
        given = standing_curves(person, side, len(time))
        given["hip_internal_rotation"] = given["hip_internal_rotation"] + np.radians(
            own.hip_internal_rotation_deg * one
        )
        given["knee_adduction"] = given["knee_adduction"] - np.radians(own.knee_abduction_deg * one)
        usual = 4.0 * (not person.rigid_midfoot)
        given["rearfoot_eversion"] = given["rearfoot_eversion"] + np.radians((usual + own.rearfoot_eversion_deg) * one)
        given["arch_drop"] = person.arch_drop_m * one
        pitch = plan.pitch(side, time)
        legs[side] = (np.full_like(time, -plan.toe_out), pitch, plan.ankle(side, time), given)
    if place.shape[1] == 2:
        place = np.stack([place[:, 0], _height(plan, time, place, pelvis), place[:, 1]], axis=-1)
    return assemble(person, pelvis, place, trunk, legs)


def _height(plan: Stairs, time: Array, place: Array, pelvis: Array) -> Array:
    """Height of the origin of the pelvis: it goes evenly from step to step, low enough that no leg has to reach too far, m."""
    person = plan.participant
    highest = np.full((2, len(time)), np.inf)
    for side in SIDES:
        mirror = MIRROR if side == "left" else np.ones(3)
        hip = (pelvis @ (person.hip * mirror)) * mirror
        ankle = plan.ankle(side, time)
        ahead = place[:, 0] + hip[:, 0] - ankle[:, 0]
        across = place[:, 1] * mirror[2] + hip[:, 2] - ankle[:, 2]
        for k, knee in enumerate((_STRAIGHT_DEG, _STANDING_DEG)):
            reach = np.sqrt(np.maximum(_length(person, knee) ** 2 - ahead**2 - across**2, 0.0))
            highest[k] = np.minimum(highest[k], ankle[:, 1] + reach - hip[:, 1])
    even = plan.levels["left"][0] * plan.rise_m + np.zeros_like(time)
    for landing in plan.landings:
        even += (-1 if plan.down else 1) * plan.rise_m * ease((time - landing - _RISE_S[plan.down]) / _RISE_LASTS_S)
    even += min((highest[1] - even)[[0, -1]])
    moving = _moving(plan, time)
    lower = np.max((even - highest[0])[moving > 0.1] / moving[moving > 0.1])
    return np.asarray(even - max(lower, 0.0) * moving)


def _length(person: Participant, knee_deg: float) -> float:
    """Hip to ankle at a flexion of the knee, m."""
    cosine = np.cos(np.radians(knee_deg))
    return float(np.sqrt(person.thigh**2 + person.shank**2 + 2 * person.thigh * person.shank * cosine))


def _moving(plan: Stairs, time: Array) -> Array:
    """0 while standing at both ends, 1 between."""
    return ease((time - 0.2 * _STAND_S) / (0.8 * _STAND_S)) * ease(
        (plan.end_s - 0.2 * _STAND_S - time) / (0.8 * _STAND_S)
    )


def _plan(participant: Participant, down: bool, steps: int, rise_m: float, run_m: float) -> Stairs:
    # each foot passes the other: right to 1, left to 2, and in the end next to it
    order: list[tuple[str, int]] = [(SIDES[(k + 1) % 2], k + 1) for k in range(steps)]
    order.append(("left" if order[-1][0] == "right" else "right", steps))
    if down:
        order = [(side, steps - level) for side, level in order]
    strikes: dict[str, list[float]] = {s: [] for s in SIDES}
    offs: dict[str, list[float]] = {s: [] for s in SIDES}
    levels = {s: [steps if down else 0] for s in SIDES}
    for k, (side, level) in enumerate(order):
        off = _STAND_S + k * _STEP_S
        offs[side].append(off)
        strikes[side].append(off + (1 - _DOUBLE) * _STEP_S)
        levels[side].append(level)
    end = _STAND_S + len(order) * _STEP_S + _STAND_S
    return Stairs(
        participant,
        down,
        rise_m,
        run_m,
        0.075 * participant.height_m,
        float(np.radians(8.0)),
        {s: np.array(v) for s, v in strikes.items()},
        {s: np.array(v) for s, v in offs.items()},
        {s: np.array(v) for s, v in levels.items()},
        np.sort(np.concatenate([strikes[s] for s in SIDES]))[:-1],
        float(np.ceil(10 * end) / 10),
    )


def _balanced(plan: Stairs) -> BSpline:
    """Path of the pelvis over time on which the zero-moment point lies where the feet should press."""
    count = int(np.ceil((plan.end_s + 2 * _MARGIN_S) * _COARSE_HZ)) + 1
    time = -_MARGIN_S + np.arange(count) / _COARSE_HZ
    inner = time[PAD:-PAD]
    load = {s: plan.share(s, inner) for s in SIDES}
    target = np.sum([load[s][:, None] * plan.pressure(s, inner) for s in SIDES], axis=0)
    mean = np.sum([load[s] * plan.stepped(s, inner) for s in SIDES], axis=0)
    weight = plan.participant.mass_kg
    place = lean(target, np.full(len(inner), 9.81 / 0.95), 1.0 / _COARSE_HZ) - [0.03, 0.0]
    place = np.pad(place, ((PAD, PAD), (0, 0)), mode="edge")
    worst = np.inf
    for _ in range(15):
        body = climbing_body(plan, time, place)
        state = momentum(plan.participant, body, 1.0 / _COARSE_HZ)
        force, moment = ground_wrench(state)
        moment = moment - np.cross(mean[:, None] * [0.0, 1.0, 0.0], force)
        error = target - zero_moment_point(force, moment)
        worst = float(np.abs(error[(inner > -0.1) & (inner < plan.end_s + 0.1)]).max())
        if worst < 1e-5 or not np.isfinite(worst):
            break
        height = state.place[:, :, 1] @ state.mass / state.mass.sum() - mean
        place = place + np.pad(
            lean(error, force[:, 1] / (weight * height), 1.0 / _COARSE_HZ), ((PAD, PAD), (0, 0)), mode="edge"
        )
    if not worst < MAX_IMBALANCE_M:
        raise BiomechError(
            f"found no way over the stairs for {plan.participant.name} in balance (off by {1000 * worst:.0f} mm); choose lower steps"
        )
    return make_interp_spline(time, body.origin["pelvis"], k=5)


def _plates(
    plan: Stairs, time: Array, feet: dict[str, dict[str, Array]], plate_type: int
) -> tuple[tuple[Plate, ...], dict[str, NDArray[np.int_]]]:
    """One plate in the first step of each side."""
    sole = plan.participant.sole
    plates, on = [], {}
    for number, side in enumerate(SIDES):
        ahead = float(plan.places(side)[1] + (sole.back + sole.tip) / 2)
        centre = (round(ahead, 2), 0.14 if side == "right" else -0.14)
        height = float(plan.rise_m * plan.levels[side][1])
        plates.append(Plate(centre, (0.28, 0.26), plate_type, height_m=height))
        stands = (time > plan.strikes[side][0]) & (time < plan.offs[side][1])
        on[side] = np.where(stands & (feet[side]["force"][:, 1] > 0), number, -1)
    return tuple(plates), on


def _events(plan: Stairs, time: Array, feet: dict[str, dict[str, Array]]) -> list[Event]:
    """Strikes and offs of each foot: where its force passes 20 N, and the touch."""
    rows: list[Event] = []
    for side in SIDES:
        above = feet[side]["force"][:, 1] > EVENT_THRESHOLD_N
        passed = time[np.flatnonzero(above[1:] != above[:-1])]
        for name, touches in ((FOOT_STRIKE, plan.strikes[side]), (FOOT_OFF, plan.offs[side])):
            rows += [(float(passed[np.abs(passed - t).argmin()]), name, side, float(t)) for t in touches]
    return rows
