"""Double- and single-leg squats: feet flat and still, knees that bend as asked, a pelvis that keeps the balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

from biomech.errors import BiomechError
from biomech.schema import SIDES
from biomech_simulation.balance import bell, ease, lean
from biomech_simulation.curves import PAD
from biomech_simulation.dynamics import Momentum, ground_wrench, momentum, split_wrench, zero_moment_point
from biomech_simulation.functional import hanging_leg
from biomech_simulation.gait import MIRROR, Body, assemble
from biomech_simulation.motion import Motion, Plate
from biomech_simulation.participant import Participant
from biomech_simulation.planted import with_orders
from biomech_simulation.squat_depths import DEPTHS, Task
from biomech_simulation.trial import Event, on_the_spot
from biomech_simulation.turns import rot_x, rot_y, rot_z

Array = NDArray[np.float64]

TOWARDS_CENTRE = 0.4  # how far forces lean inwards on two feet
_COARSE_HZ = 50.0  # squats hold nothing that needs more while the balance is sought
_MARGIN_S, _REST_S = 1.0, 0.8
_STANDING_KNEE_DEG = 8.0
MAX_IMBALANCE_M = 0.002
STEP_M = 0.10
# of the free foot in a step-down: before the standing one, above the step, nearer to the middle
_AHEAD_M, _CLEAR_M, _NEAR_M = 0.10, 0.05, -0.05


@dataclass(frozen=True)
class Squat:
    """One trial's plan.

    Parameters
    ----------
    task : str
    side : str
        Standing leg of a single-leg squat; both legs work in the other.
    start, duration, scale : (repetitions,) arrays
        s, s, and size of each repetition.
    width_m, toe_out : float
        Between the ankles; rad.
    sway : (k, 2, 3) array
        Amplitude (m), frequency (Hz) and phase of the wandering of the centre of pressure along X and Z.
    """

    participant: Participant
    task: str
    side: str
    start: Array
    duration: Array
    scale: Array
    width_m: float
    toe_out: float
    sway: Array
    asymmetry: float = 0.0

    @property
    def single(self) -> bool:
        """Whether one leg stands alone."""
        return self.task != "double_leg_squat"

    @property
    def step_m(self) -> float:
        """Height of what the standing foot stands on above the floor."""
        return STEP_M if self.task == "step_down" else 0.0

    @property
    def end_s(self) -> float:
        """Duration of the trial."""
        return float(np.ceil(10 * (self.start[-1] + self.duration[-1] + _REST_S)) / 10)

    def bent(self, time: Array) -> Array:
        """0 standing, 1 at the bottom of a usual squat: down, a moment's rest, up."""
        return self._course(time) @ self.scale

    def tapping(self, time: Array) -> Array:
        """0 standing, 1 at the bottom of every repetition, however deep it is."""
        return self._course(time).sum(axis=1)

    def _course(self, time: Array) -> Array:
        u = (time[:, None] - self.start) / self.duration
        return np.asarray(ease(u / 0.46) * ease((1.0 - u) / 0.46))

    def pattern(self, time: Array, side: str, part: Literal["hip", "foot"]) -> Array:
        """Course of the valgus pattern of one part of a leg, 1 at its height in the first repetition."""
        growth = (1.0 + self.participant.pattern(side).fatigue) ** np.arange(len(self.start))
        u = (time[:, None] - self.onset(side, part)) / self.duration
        return (growth * bell(u)).sum(axis=1)

    @property
    def eversion(self) -> dict[str, Array]:
        """Eversion beyond standing of the legs that work, at the bottom of each repetition, degrees."""
        person, growth = self.participant, np.arange(len(self.start))
        usual = DEPTHS[self.task].eversion * (not person.rigid_midfoot) * self.scale
        own = {s: person.pattern(s) for s in ([self.side] if self.single else SIDES)}
        return {s: usual + p.rearfoot_eversion_deg * (1.0 + p.fatigue) ** growth for s, p in own.items()}

    def onset(self, side: str, part: Literal["hip", "foot"]) -> Array:
        """When the pattern of a part begins in each repetition, s."""
        return np.asarray(self.start + self.participant.pattern(side).late_s(part))


def squat(
    participant: Participant,
    task: Task = "single_leg_squat",
    side: Literal["left", "right"] = "right",
    *,
    repetitions: int = 5,
    repetition_s: float = 2.6,
    rest_s: float = _REST_S,
    depth: float = 1.0,
    asymmetry: float = 0.0,
    rate_hz: float = 200.0,
    analog_rate_hz: float = 1000.0,
    plate_type: Literal[2, 4] = 2,
    seed: int | None = None,
) -> Motion:
    """Squat several times on one or both legs over two force plates, step down, or stand on one leg; no error of measurement.

    The knees bend as planned; pelvis and trunk follow; the pelvis is moved until the zero-moment point of the whole body
    lies under the standing foot (or where both feet press). Hip adduction follows from what the valgus pattern does to
    hip rotation, knee and pelvis over a foot that stays flat.

    Parameters
    ----------
    task : str
        A step-down is a squat on one leg on a step of 0.10 m, which stands on the plate; the other heel taps the floor at the bottom and
        bears nothing. In single-leg stance nothing but the valgus pattern and the sway moves: give it one long repetition.
    side : str
        Standing leg; of no effect on two legs.
    repetition_s, rest_s : float
        Duration of a repetition, and of the rest before it.
    depth : float
        Multiplies the depth (1: 69 degrees of knee flexion on one leg, 102 on two).
    asymmetry : float
        Two legs: what the right foot bears beyond half, as a part of the whole.
    seed : int, optional
        Vary the repetitions (3 %) and let the body sway; without it all are alike.

    Raises
    ------
    BiomechError
        If a setting is impossible or no balanced squat is found.
    """
    if task not in DEPTHS or side not in SIDES or repetitions < 1 or abs(asymmetry) > 0.2:
        raise BiomechError(
            f"squat: expected task {' or '.join(DEPTHS)}, side left or right, at least one repetition and an asymmetry "
            f"within 0.2, found {task!r}, {side!r}, {repetitions} and {asymmetry:g}"
        )
    ratio = round(analog_rate_hz / rate_hz)
    if abs(ratio * rate_hz - analog_rate_hz) > 1e-9:
        raise BiomechError(f"squat: expected an analog rate that is a multiple of {rate_hz:g} Hz")
    plan = _plan(participant, task, side, repetitions, repetition_s, rest_s, depth, asymmetry, seed)
    n_frames = round(plan.end_s * rate_hz)
    time = np.arange(-PAD, n_frames * ratio + PAD) / analog_rate_hz
    body = raised(squatting_body(plan, time, _balanced(plan)(time)), plan.step_m)
    body, order = with_orders(participant, body, time, plan.start, plan.start + plan.duration, plan.eversion)
    state = momentum(participant, body, 1.0 / analog_rate_hz)
    inner = time[PAD:-PAD]
    feet = bear(plan, inner, state)
    plates, on_plate = _plates(plan, feet, plate_type)
    attrs: dict[str, str | float] = {"task": task, "side": "both" if plan.single is False else side}
    return on_the_spot(
        participant,
        body,
        state,
        feet,
        on_plate,
        plates,
        rate_hz,
        analog_rate_hz,
        _events(plan, inner, body, order),
        attrs,
    )


def bear(plan: Squat, time: Array, state: Momentum) -> dict[str, dict[str, Array]]:
    """Wrench of the floor on each foot."""
    aims = {s: planned_pressure(plan, s, time) for s in SIDES}
    return split_wrench(state, aims, shares(plan, time), TOWARDS_CENTRE, plan.step_m)


def raised(body: Body, height_m: float) -> Body:
    """The same motion so much higher."""
    return Body(body.rotation, {name: place + np.array([0.0, height_m, 0.0]) for name, place in body.origin.items()})


def shares(plan: Squat, time: Array) -> dict[str, Array]:
    """Share of each foot in the vertical force."""
    if plan.single:
        return {s: np.full_like(time, float(s == plan.side)) for s in SIDES}
    right = 0.5 + plan.asymmetry * np.clip(plan.bent(time), 0.0, 1.0)
    return {"left": 1.0 - right, "right": right}


def planned_pressure(plan: Squat, side: str, time: Array) -> Array:
    """Where the floor should press on a foot, (n, 2) as lab X and Z: before the ankle, wandering a little."""
    sole, bent = plan.participant.sole, plan.bent(time)
    along = sole.heel + (sole.ball - sole.heel) * (0.40 + 0.08 * bent)
    across = -0.06 * sole.half_width * bent
    yaw = -plan.toe_out
    x = np.cos(yaw) * along + np.sin(yaw) * across
    z = plan.width_m / 2 - np.sin(yaw) * along + np.cos(yaw) * across
    sway = np.zeros((2, len(time)))
    if plan.sway.size:
        amplitude, frequency, phase = np.moveaxis(plan.sway, -1, 0)[..., None]
        sway = (amplitude * np.sin(2 * np.pi * frequency * time + phase)).sum(axis=0)
    return np.stack([x + sway[0], z * (1.0 if side == "right" else -1.0) + sway[1]], axis=-1)


def squatting_body(plan: Squat, time: Array, place: Array) -> Body:
    """Poses of all bodies; `place` is the X and Z of the origin of the pelvis, (n, 2) m."""
    person, posture, end = plan.participant, plan.participant.posture, DEPTHS[plan.task]
    bent = plan.bent(time)
    # what a part usually does comes as early or late as its pattern, so that its whole course has one lead
    usual_hip, usual_foot = (
        {s: plan.bent(time - person.pattern(s).late_s(part)) for s in SIDES} for part in ("hip", "foot")
    )
    hip, foot = ({s: plan.pattern(time, s, part) for s in SIDES} for part in ("hip", "foot"))
    sign = (1.0 if plan.side == "right" else -1.0) * plan.single
    own = person.pattern(plan.side)
    drop = sign * (posture.pelvis_drop + end.pelvic_drop * usual_hip[plan.side] + own.drop_deg * hip[plan.side])
    trunk_lean = sign * (1.0 + end.trunk_lean * usual_hip[plan.side] + own.trunk_lean_deg * hip[plan.side])
    if not plan.single:
        drop = np.full_like(time, posture.pelvis_drop)
    turn = posture.pelvis_internal_rotation * (sign if plan.single else 1.0) + sign * end.pelvis_rotation * bent
    tilt = posture.pelvis_anterior_tilt + end.pelvis_tilt * bent
    flexion = posture.trunk_flexion + end.trunk_flexion * bent
    # pelvis: positive drop lowers the side that does not stand, the left one where both do
    pelvis = rot_y(np.radians(turn)) @ rot_x(np.radians(-drop)) @ rot_z(np.radians(-tilt))
    trunk = rot_y(0.5 * np.radians(turn)) @ rot_x(np.radians(trunk_lean)) @ rot_z(np.radians(-flexion))
    legs, given = {}, {}
    for side in SIDES:
        pattern, stands = person.pattern(side), person.stands(side)
        works = float(not plan.single or side == plan.side)
        given[side] = {
            "hip_internal_rotation": np.radians(
                stands.hip_internal_rotation
                + works * (end.hip_rotation * usual_hip[side] + pattern.hip_internal_rotation_deg * hip[side])
            ),
            "knee_adduction": np.radians(
                -stands.knee_abduction
                - works * (end.knee_abduction * usual_hip[side] + pattern.knee_abduction_deg * hip[side])
            ),
            "knee_internal_rotation": np.radians(stands.knee_internal_rotation + works * end.knee_rotation * bent),
            "rearfoot_eversion": np.radians(
                posture.rearfoot_eversion
                + works
                * (
                    end.eversion * (not person.rigid_midfoot) * usual_foot[side]
                    + pattern.rearfoot_eversion_deg * foot[side]
                )
            ),
            "arch_drop": works * person.arch_drop_m * usual_foot[side],
            "arm_flexion": np.radians(4.0 + end.arm_flexion * bent),
        }
        ankle = np.tile([0.0, person.ankle_height, plan.width_m / 2], (len(time), 1))
        if plan.step_m and not works:  # before the step and above the floor
            down = (_CLEAR_M + plan.step_m) * plan.tapping(time)
            ankle += np.stack([_AHEAD_M + 0 * down, _CLEAR_M - down, _NEAR_M + 0 * down], axis=-1)
        legs[side] = (np.full_like(time, -plan.toe_out), np.zeros_like(time), ankle, given[side])
    flex = np.radians(_STANDING_KNEE_DEG + end.knee_flexion * bent)
    heights = [
        _height(person, pelvis, place, side, legs[side][2], flex, given[side]["knee_adduction"])
        for side in ([plan.side] if plan.single else SIDES)
    ]
    centre = np.stack([place[:, 0], np.mean(heights, axis=0), place[:, 1]], axis=-1)
    body = assemble(person, pelvis, centre, trunk, legs)
    if plan.single and not plan.step_m:
        free = "left" if plan.side == "right" else "right"
        body = hanging_leg(person, body, free, 6.0 + 24.0 * bent, -2.0 - 2.0 * bent, 76.0 + 16.0 * bent, given[free])
    return body


def _height(
    person: Participant, pelvis: Array, place: Array, side: str, ankle: Array, knee: Array, adduction: Array
) -> Array:
    """Height of the origin of the pelvis at which the knee of a leg bends so far, m."""
    mirror = MIRROR if side == "left" else np.ones(3)
    hip = (pelvis @ (person.hip * mirror)) * mirror
    squared = person.thigh**2 + person.shank**2 + 2 * person.thigh * person.shank * np.cos(knee) * np.cos(adduction)
    ahead = place[:, 0] + hip[:, 0] - ankle[:, 0]
    across = place[:, 1] * mirror[2] + hip[:, 2] - ankle[:, 2]
    return np.asarray(ankle[:, 1] - hip[:, 1] + np.sqrt(squared - ahead**2 - across**2))


def _plan(
    participant: Participant,
    task: str,
    side: str,
    repetitions: int,
    repetition_s: float,
    rest_s: float,
    depth: float,
    asymmetry: float,
    seed: int | None,
) -> Squat:
    spread, sway = np.zeros((3, repetitions)), np.zeros((0, 2, 3))
    if seed is not None:
        random = np.random.default_rng(seed)
        spread = np.clip(random.standard_normal((3, repetitions)), -2, 2)
        sway = np.stack(
            [
                random.uniform(0.0008, 0.002, (4, 2)),
                random.uniform(0.15, 0.9, (4, 2)),
                random.uniform(0, 2 * np.pi, (4, 2)),
            ],
            axis=-1,
        )
    duration = repetition_s * (1 + 0.04 * spread[0])
    rest = rest_s * (1 + 0.1 * spread[1])
    start = np.cumsum(rest) + np.concatenate([[0.0], np.cumsum(duration)[:-1]])
    single = task == "single_leg_squat"
    return Squat(
        participant,
        task,
        side,
        start,
        duration,
        depth * (1 + 0.03 * spread[2]),
        participant.posture.foot_distance_m if single else 0.17 * participant.height_m,
        np.radians(6.0 if single else 14.0),
        sway,
        asymmetry,
    )


def _balanced(plan: Squat):  # type: ignore[no-untyped-def]
    """Path of the pelvis (function of time) on which the zero-moment point lies where the feet should press."""
    # longer than the trial, so that what happens at the ends dies away outside it
    count = int(np.ceil((plan.end_s + 2 * _MARGIN_S) * _COARSE_HZ)) + 1
    time = -_MARGIN_S + np.arange(count) / _COARSE_HZ
    inner = time[PAD:-PAD]
    load = shares(plan, inner)
    target = sum(load[s][:, None] * planned_pressure(plan, s, inner) for s in SIDES)
    place = np.pad(target, ((PAD, PAD), (0, 0)), mode="edge") - [0.03, 0.0]
    for _ in range(12):
        body = squatting_body(plan, time, place)
        state = momentum(plan.participant, body, 1.0 / _COARSE_HZ)
        force, moment = ground_wrench(state)
        error = target - zero_moment_point(force, moment)
        worst = float(np.abs(error[(inner > -0.1) & (inner < plan.end_s + 0.1)]).max())
        if worst < 1e-5 or not np.isfinite(worst):
            break
        height = state.place[:, :, 1] @ state.mass / state.mass.sum()
        step = lean(error, force[:, 1] / (state.mass.sum() * height), 1.0 / _COARSE_HZ)
        place = place + np.pad(step, ((PAD, PAD), (0, 0)), mode="edge")
    if not worst < MAX_IMBALANCE_M:
        raise BiomechError(
            f"found no squat of {plan.participant.name} whose centre of pressure stays where it should (off by "
            f"{1000 * worst:.0f} mm); choose a smaller `depth` or slower repetitions"
        )
    return make_interp_spline(time, place, k=5)


def _plates(
    plan: Squat, feet: dict[str, dict[str, Array]], plate_type: int
) -> tuple[tuple[Plate, ...], dict[str, NDArray[np.int_]]]:
    """Two plates side by side, the left foot over the first; a foot in the air is over none."""
    plates = tuple(Plate((0.05, z), type=plate_type, turned=z > 0) for z in (-0.26, 0.26))
    on = {s: np.where(feet[s]["force"][:, 1] > 0, number, -1) for number, s in enumerate(SIDES)}
    return plates, on


def _events(plan: Squat, time: Array, body: Body, order: dict[tuple[str, int], dict[str, float]]) -> list[Event]:
    """Begin, bottom (deepest pelvis) and end of each repetition, and where the valgus pattern of each part begins.

    With an `Order`, onset, half and peak of the rise of hip adduction and eversion.
    """
    height = body.origin["pelvis"][PAD:-PAD, 1]
    rows: list[Event] = []
    for k, (start, duration) in enumerate(zip(plan.start, plan.duration, strict=True)):
        inside = np.flatnonzero((time >= start) & (time <= start + duration))
        bottom = float(time[inside[height[inside].argmin()]])
        for side in [plan.side] if plan.single else SIDES:
            marks = {"squat_start": start, "squat_bottom": bottom, "squat_end": start + duration}
            marks |= order.get((side, k), {})
            if (side, k) not in order and _size(plan.participant, side):
                marks |= {
                    "hip_pattern_onset": plan.onset(side, "hip")[k],
                    "foot_pattern_onset": plan.onset(side, "foot")[k],
                }
            rows += [(float(t), name, side, float(t)) for name, t in marks.items()]
    return rows


def _size(participant: Participant, side: str) -> float:
    own = participant.pattern(side)
    return sum(map(abs, (own.hip_internal_rotation_deg, own.knee_abduction_deg, own.drop_deg, own.trunk_lean_deg)))
