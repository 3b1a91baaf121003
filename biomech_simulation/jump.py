"""Drops off a box: landing on two plates and standing there, or jumping up at once and landing again."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from biomech.errors import BiomechError
from biomech.schema import FOOT_OFF, FOOT_STRIKE, SIDES
from biomech_simulation.curves import PAD
from biomech_simulation.dynamics import Momentum, momentum, split_wrench
from biomech_simulation.gait import Body
from biomech_simulation.jump_body import planned_pressure, shares
from biomech_simulation.jump_plan import SETTLE_S, STAND_S, Heights, Jump, Landing, LeftLanding, RightLanding
from biomech_simulation.jump_solve import Solver, solve
from biomech_simulation.motion import Motion, Plate
from biomech_simulation.participant import Participant
from biomech_simulation.trial import Event, on_the_spot, samples

Array = NDArray[np.float64]

EVENT_THRESHOLD_N = 20.0
TOWARDS_CENTRE = 0.4  # how far forces lean inwards
_TOUCH_N = 0.1  # of both feet; less is not a contact
_PRESSURE_N = 10.0  # a centre of pressure of less says nothing


def drop_jump(
    participant: Participant,
    *,
    box_height_m: float = 0.30,
    contact_s: float = 0.37,
    take_off_m_s: float = 1.8,
    asymmetry: float = 0.0,
    rate_hz: float = 200.0,
    analog_rate_hz: float = 1000.0,
    plate_type: Literal[2, 4] = 2,
    seed: int | None = None,
) -> Motion:
    """Drop from a box onto two plates, jump up at once and land again, without any error of measurement.

    The box is not a plate: what it bears is truth, but not recorded. Both feet leave and land together, forefoot first, and
    never slide; in flight the centre of mass follows gravity and the angular momentum stays.

    Parameters
    ----------
    box_height_m : float
        0.20 to 0.40.
    contact_s : float
        First landing to take-off for a height of 1.68 m; changes with the root of the height.
    take_off_m_s : float
        Upward speed of the centre of mass as the feet leave the floor.
    asymmetry : float
        What the right foot bears beyond half, as a part of the whole.
    seed : int, optional
        Vary contact, take-off, width and asymmetry as trials of one person do.

    Raises
    ------
    BiomechError
        If a setting is impossible or no jump is found.
    """
    _possible("drop jump", box_height_m, asymmetry, rate_hz, analog_rate_hz)
    solver = solve(_plan(participant, box_height_m, contact_s, take_off_m_s, asymmetry, seed), analog_rate_hz)
    return recorded(solver, rate_hz, plate_type)


def drop_landing(
    participant: Participant,
    *,
    box_height_m: float = 0.30,
    asymmetry: float = 0.0,
    rate_hz: float = 200.0,
    analog_rate_hz: float = 1000.0,
    plate_type: Literal[2, 4] = 2,
    seed: int | None = None,
) -> Motion:
    """Drop from a box onto two plates and stand there, as in `drop_jump` without the jump (task double_leg_drop_landing).

    Parameters
    ----------
    box_height_m : float
        0.20 to 0.40.
    asymmetry : float
        What the right foot bears beyond half, as a part of the whole.
    seed : int, optional
        Vary width and asymmetry as trials of one person do.

    Raises
    ------
    BiomechError
        If a setting is impossible or no landing is found.
    """
    _possible("drop landing", box_height_m, asymmetry, rate_hz, analog_rate_hz)
    jump = _plan(participant, box_height_m, 0.37, 1.8, asymmetry, seed)
    plan = Landing(**jump.__dict__)
    solver = solve(replace(plan, end_s=_end(plan)), analog_rate_hz)
    return recorded(solver, rate_hz, plate_type)


def single_leg_landing(
    participant: Participant,
    side: Literal["left", "right"] = "right",
    *,
    box_height_m: float = 0.30,
    rate_hz: float = 200.0,
    analog_rate_hz: float = 1000.0,
    plate_type: Literal[2, 4] = 2,
    seed: int | None = None,
) -> Motion:
    """Stand on one leg on a box, drop off it onto a plate and stand there on the same leg (task single_leg_drop_landing).

    As `drop_landing`; the other leg hangs behind with a bent knee.

    Parameters
    ----------
    side : str
        The leg.
    box_height_m : float
        0.20 to 0.40.
    seed : int, optional
        Vary the landing as trials of one person do.

    Raises
    ------
    BiomechError
        If a setting is impossible or no landing is found.
    """
    if side not in SIDES:
        raise BiomechError(f"drop landing: expected side left or right, found {side!r}")
    _possible("drop landing", box_height_m, 0.0, rate_hz, analog_rate_hz)
    jump = _plan(participant, box_height_m, 0.37, 1.8, 0.0, seed)
    plan = (RightLanding if side == "right" else LeftLanding)(**jump.__dict__)
    solver = solve(replace(plan, end_s=_end(plan), toe_out=float(np.radians(6.0))), analog_rate_hz)
    return recorded(solver, rate_hz, plate_type)


def _possible(what: str, box_m: float, asymmetry: float, rate_hz: float, analog_rate_hz: float) -> None:
    if not 0.20 <= box_m <= 0.40 or abs(asymmetry) > 0.2:
        raise BiomechError(
            f"{what}: expected a box of 0.20 to 0.40 m and an asymmetry within 0.2, found {box_m:g} and {asymmetry:g}"
        )
    ratio = round(analog_rate_hz / rate_hz)
    if abs(ratio * rate_hz - analog_rate_hz) > 1e-9 or analog_rate_hz < 500:
        raise BiomechError(f"{what}: expected an analog rate of at least 500 Hz and a multiple of {rate_hz:g} Hz")


def _end(plan: Jump) -> float:
    """When the body has stood for a while, s."""
    return float(np.ceil(10 * (plan.times["second_on"] + SETTLE_S + STAND_S)) / 10)


def with_leads(solver: Solver, lead_s: Mapping[str, float]) -> Solver:
    """Return the same jump with another lead of the hip over the foot on some sides, s.

    The lead moves the eversion of the rearfoot in time, which carries no mass of its own, so nothing is sought again.
    """
    person = solver.plan.participant
    patterns = {side: replace(person.pattern(side), hip_lead_s=lead) for side, lead in lead_s.items()}
    other = copy(solver)
    other.replan(replace(solver.plan, participant=replace(person, patterns={**person.patterns, **patterns})))
    return other


def recorded(solver: Solver, rate_hz: float, plate_type: Literal[2, 4] = 2) -> Motion:
    """Record a jump that was found (`biomech_simulation.jump_solve.solve`), as `drop_jump` does.

    Parameters
    ----------
    solver : Solver
        On the samples of the plates, or on more.
    rate_hz : float
        Of the markers; a part of that of the samples.
    plate_type : int
    """
    plan, participant = solver.plan, solver.plan.participant
    every = solver.every
    step = every * solver.step
    analog_rate_hz = round(1.0 / step, 6)
    ratio = round(analog_rate_hz / rate_hz)
    n = round(plan.end_s * rate_hz) * ratio
    first = int(np.flatnonzero(solver.time >= -1e-9)[0])
    kept = first + every * np.arange(-PAD, n + PAD)
    body, time = samples(solver.body(), kept), solver.time[kept]
    state = momentum(participant, body, step)
    inner = time[PAD:-PAD]
    feet = bear(plan, inner, state)
    plates, on_plate = _plates(plan, inner, feet, plate_type)
    attrs: dict[str, str | float] = {
        "task": plan.task,
        "side": plan.working[0] if len(plan.working) == 1 else "both",
        "box_height_m": plan.box_m,
    }
    if "first_off" in plan.times:
        attrs["jump_height_m"] = plan.take_off_m_s**2 / 19.62
    events = _events(plan, inner, feet, body)
    return on_the_spot(participant, body, state, feet, on_plate, plates, rate_hz, analog_rate_hz, events, attrs)


def bear(plan: Jump, time: Array, state: Momentum) -> dict[str, dict[str, Array]]:
    """Wrench of box or floor on each foot; exactly zero in flight."""
    _, force = plan.vertical(time)
    loaded = force * plan.participant.mass_kg > _TOUCH_N
    load = {side: share * loaded for side, share in shares(plan, time).items()}
    aims = {side: planned_pressure(plan, side, time) for side in SIDES}
    feet = split_wrench(state, aims, load, TOWARDS_CENTRE, plan.floor(time))
    for foot in feet.values():
        foot["pressure"] = np.where(foot["force"][:, 1:2] > _PRESSURE_N, foot["pressure"], np.nan)
    return feet


def _plan(
    participant: Participant, box_m: float, contact_s: float, take_off: float, asymmetry: float, seed: int | None
) -> Jump:
    vary = np.zeros(4)
    if seed is not None:
        vary = np.clip(np.random.default_rng(seed).standard_normal(4), -2, 2)
    h = participant.height_m
    plan = Jump(
        participant,
        box_m,
        0.25 * h,
        float(contact_s * np.sqrt(h / 1.68) * (1 + 0.015 * vary[0])),
        float(take_off * (1 + 0.02 * vary[1])),
        0.10,
        0.155 * h * float(1 + 0.04 * vary[2]),
        float(np.radians(15.0)),
        asymmetry + 0.01 * float(vary[3]),
        Heights(0.566 * h, 0.545 * h, 0.582 * h, 0.615 * h, 0.602 * h),
        0.0,
    )
    return replace(plan, end_s=_end(plan))


def _plates(
    plan: Jump, time: Array, feet: dict[str, dict[str, Array]], plate_type: int
) -> tuple[tuple[Plate, ...], dict[str, NDArray[np.int_]]]:
    """Two plates side by side where the feet land, the left foot over the first."""
    sole = plan.participant.sole
    x = round(plan.distance_m + (sole.back + sole.tip) / 2, 2)
    plates = tuple(Plate((x, z), type=plate_type, turned=z > 0) for z in (-0.26, 0.26))
    below = plan.floor(time) == 0.0
    on = {s: np.where(below & (feet[s]["force"][:, 1] > 0), k, -1) for k, s in enumerate(SIDES)}
    return plates, on


def _events(plan: Jump, time: Array, feet: dict[str, dict[str, Array]], body: Body) -> list[Event]:
    """Touches with the times at which a foot bears more, or less, than the usual threshold; lowest point; onsets."""
    touches = {
        name: event for flight in plan.flights for name, event in zip(flight, (FOOT_OFF, FOOT_STRIKE), strict=True)
    }
    landed = plan.times[plan.flights[0][1]]
    left = plan.times.get("first_off", plan.end_s)
    rows: list[Event] = []
    height = body.origin["pelvis"][PAD:-PAD, 1]
    for side in plan.working:
        vertical = feet[side]["force"][:, 1]
        above = vertical > EVENT_THRESHOLD_N
        changes = np.flatnonzero(above[1:] != above[:-1])
        at = time[changes] + (EVENT_THRESHOLD_N - vertical[changes]) / (vertical[changes + 1] - vertical[changes]) * (
            time[1] - time[0]
        )
        for (name, event), by_force in zip(touches.items(), at, strict=True):
            rows.append((float(by_force), event, side, plan.times[name]))
        landing = (time > landed) & (time < left)
        lowest = float(time[landing][height[landing].argmin()])
        rows.append((lowest, "lowest_point", side, lowest))
        own = plan.participant.pattern(side)
        if own.hip_internal_rotation_deg or own.knee_abduction_deg or own.rearfoot_eversion_deg:
            for name, start in (
                ("hip_pattern_onset", plan.onset(side, "hip")),
                ("foot_pattern_onset", plan.onset(side, "foot")),
            ):
                rows.append((start, name, side, start))
    return rows
