"""Ground reaction of the whole body, from the motion of its particles, shared by the feet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biomech.schema import SIDES
from biomech_simulation.balance import ease, glide
from biomech_simulation.curves import PAD, differentiate
from biomech_simulation.gait import DUTY, STRIKE_PHASE, Body, Gait, contact_x, foot_motion
from biomech_simulation.participant import Participant
from biomech_simulation.particles import Particles, body_particles

Array = NDArray[np.float64]

# phase from which on the pressure is under the forefoot; it travels there at an even speed below that of the body: where it
# overtook the body, the force would brake a second time in single support, and hip and knee moments turn with it
FOREFOOT = 0.45
# the floor's force points to a place in the trunk, so far above the centre of mass (Maus et al. 2010, Nat Commun 1:70;
# Vielemeyer et al. 2019, J Exp Biol 222: 0.02 to 0.4 m)
PIVOT_M = 0.18
GRAVITY = np.array([0.0, -9.81, 0.0])
_BOTH = ("pelvis", "trunk")


@dataclass(frozen=True)
class Momentum:
    """Particles of the whole body in lab axes and the force that each needs.

    Parameters
    ----------
    mass : (k,) array
        kg.
    place, force : (n, k, 3) arrays
        m; N, mass times acceleration less gravity.
    segment : list of (segment, side)
        One a particle; pelvis and trunk have side "".
    """

    mass: Array
    place: Array
    force: Array
    segment: list[tuple[str, str]]

    def part(self, segments: tuple[str, ...], side: str) -> Array:
        """Which particles belong to these segments of one side."""
        return np.array([name in segments and own == side for name, own in self.segment])


def momentum(participant: Participant, body: Body, step_s: float, periodic_shift: Array | None = None) -> Momentum:
    """Place every particle and differentiate twice.

    Parameters
    ----------
    body : Body
        At equal steps; `curves.PAD` further samples at each end, unless `periodic_shift` is given.
    periodic_shift : (3,) array, optional
        The samples are one stride, after which everything is displaced so far.
    """
    sets = body_particles(participant)
    pieces: list[tuple[Particles, Array, tuple[str, str]]] = []
    for name, particles in sets.items():
        for side in ("",) if name in _BOTH else SIDES:
            pieces.append((particles, body.place(name, side or "right", particles.place), (name, side)))
    mass = np.concatenate([p.mass for p, _, _ in pieces])
    place = np.concatenate([x for _, x, _ in pieces], axis=1)
    segment = [key for p, _, key in pieces for _ in p.mass]
    if periodic_shift is None:
        acceleration = differentiate(place, step_s, 2)
        place = place[PAD:-PAD]
    else:
        ramp = np.arange(len(place))[:, None, None] / len(place) * periodic_shift
        acceleration = differentiate(place - ramp, step_s, 2, periodic=True)
    return Momentum(mass, place, mass[:, None] * (acceleration - GRAVITY), segment)


def ground_wrench(state: Momentum) -> tuple[Array, Array]:
    """Force of the floor on the body and its moment about the lab origin, (n, 3) each."""
    return state.force.sum(axis=1), np.cross(state.place, state.force).sum(axis=1)


def zero_moment_point(force: Array, moment: Array) -> Array:
    """Point of the floor about which the wrench has only a vertical moment: (n, 2) as X, Z."""
    return np.stack([moment[:, 2], -moment[:, 0]], axis=-1) / force[:, 1:2]


def loading(phase: Array) -> Array:
    """Share of the body's weight on the foot whose phases these are; those of both feet add up to 1."""
    own = phase % 1.0
    double = DUTY - 0.5
    return ease(own / double) * (1.0 - ease((own - 0.5) / double))


def planned_pressure(gait: Gait, side: str, phase: Array) -> Array:
    """Where the floor should press on a foot during its contact, (n, 2) as lab X, Z; meaningless in swing."""
    sole = gait.participant.sole
    own = phase - STRIKE_PHASE[side]
    pitch, _, print_ = foot_motion(gait, side, phase)
    stance = own % 1.0
    along = contact_x(sole, pitch, glide(stance / FOREFOOT, 0.35))
    across = sole.half_width * (
        0.10 * np.sin(2 * np.pi * np.clip(stance / DUTY, 0, 1)) ** 1 - 0.10 * ease(stance / DUTY)
    )
    yaw = -gait.toe_out
    x = print_[:, 0] + np.cos(yaw) * along + np.sin(yaw) * across
    z = print_[:, 2] - np.sin(yaw) * along + np.cos(yaw) * across
    return np.stack([x, z * (1.0 if side == "right" else -1.0)], axis=-1)


def planned_zero_moment_point(gait: Gait, phase: Array) -> Array:
    """The zero-moment point at which each foot presses where it should."""
    share = loading(phase)[:, None]
    return share * planned_pressure(gait, "right", phase) + (1 - share) * planned_pressure(gait, "left", phase)


def share_between_feet(
    gait: Gait, phase: Array, state: Momentum, turned_by: tuple[float, Array] | None = None
) -> dict[str, dict[str, Array]]:
    """Split the wrench of the floor between the feet.

    Each foot takes its share of the vertical force; its horizontal force points from its centre of pressure to the
    body's centre of mass, so the foot behind pushes and the foot in front brakes; what is then left of the horizontal
    force and of the vertical moment is split as the vertical force is. The sum is the body's wrench exactly.

    Parameters
    ----------
    turned_by : (float, (3,) array), optional
        Heading (rad) and shift of the motion against the gait's own axes.

    Returns
    -------
    dict
        For each side ``force`` (n, 3) and ``moment`` about the lab origin (n, 3), ``pressure`` (n, 3, NaN in swing),
        ``free_moment`` (n,), N, N·m, m, lab axes.
    """
    heading, offset = turned_by or (0.0, np.zeros(3))
    turn = np.array([[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]])
    plan = {side: planned_pressure(gait, side, phase) @ turn.T + offset[[0, 2]] for side in SIDES}
    loads = {side: loading(phase - STRIKE_PHASE[side]) for side in SIDES}
    return split_wrench(state, plan, loads, pivot_m=PIVOT_M)


def split_wrench(
    state: Momentum,
    plan: dict[str, Array],
    shares: dict[str, Array],
    towards_centre: float = 1.0,
    floor_m: Array | float = 0.0,
    pivot_m: float = 0.0,
) -> dict[str, dict[str, Array]]:
    """Split the body's wrench between feet that should press at `plan`; see `share_between_feet`.

    Parameters
    ----------
    plan : dict
        Lab X and Z of each foot's intended centre of pressure, (n, 2), m.
    shares : dict
        Share of each foot in the vertical force, (n,); both 0 in flight, else they add up to 1.
    towards_centre : float
        How far a foot's horizontal force points to the centre of mass (1) or is just its share of the whole (0).
    floor_m : (n,) array or float
        Height of the ground, m.
    pivot_m : float
        How far above the centre of mass the point lies to which a foot's force points.
    """
    force, moment = ground_wrench(state)
    floor = np.broadcast_to(np.asarray(floor_m, dtype=float), force.shape[:1])
    moment = moment - np.cross(floor[:, None] * [0.0, 1.0, 0.0], force)  # about the origin of that ground
    mass_centre = np.einsum("k,nki->ni", state.mass, state.place) / state.mass.sum() - floor[:, None] * [0.0, 1.0, 0.0]
    planned = sum(shares[side][:, None] * plan[side] for side in SIDES)
    loaded = (shares["left"] + shares["right"] > 0)[:, None]
    residual = np.where(loaded, zero_moment_point(np.where(loaded, force, [0.0, 1.0, 0.0]), moment) - planned, 0.0)
    feet: dict[str, dict[str, Array]] = {}
    for side in SIDES:
        point = plan[side] + residual
        pressure = np.stack([point[:, 0], np.zeros(len(point)), point[:, 1]], axis=-1)
        vertical = shares[side] * force[:, 1]
        slope = towards_centre * (mass_centre - pressure) / (mass_centre[:, 1:2] + pivot_m)
        feet[side] = {"pressure": pressure, "force": vertical[:, None] * slope}
        feet[side]["force"][:, 1] = vertical
    rest = force - feet["left"]["force"] - feet["right"]["force"]
    for side in SIDES:
        feet[side]["force"] = feet[side]["force"] + shares[side][:, None] * rest * [1.0, 0.0, 1.0]
    arms = {side: np.cross(feet[side]["pressure"], feet[side]["force"]) for side in SIDES}
    twist = (moment - arms["left"] - arms["right"])[:, 1]
    lift = floor[:, None] * [0.0, 1.0, 0.0]
    for side in SIDES:
        foot = feet[side]
        foot["free_moment"] = shares[side] * twist
        foot["moment"] = arms[side] + foot["free_moment"][:, None] * [0.0, 1.0, 0.0] + np.cross(lift, foot["force"])
        foot["pressure"] = np.where((shares[side] > 0)[:, None], foot["pressure"] + lift, np.nan)
    return feet


def joint_moments(state: Momentum, feet: dict[str, dict[str, Array]], centres: dict[str, dict[str, Array]]) -> dict:
    """Force and moment that the body above exerts on all below each joint.

    Every particle beyond the joint needs its force; the floor gives a part of it and the joint the rest.

    Parameters
    ----------
    centres : dict
        ``centres[side][joint]`` (n, 3), lab axes, m.

    Returns
    -------
    dict
        ``[side][joint]`` -> (force (n, 3) N, moment about the joint centre (n, 3) N·m), lab axes.
    """
    beyond = {"ankle": ("foot",), "knee": ("foot", "shank"), "hip": ("foot", "shank", "thigh")}
    out: dict[str, dict[str, tuple[Array, Array]]] = {}
    for side in SIDES:
        out[side] = {}
        for joint, segments in beyond.items():
            inside = state.part(segments, side)
            centre = centres[side][joint]
            need = np.cross(state.place[:, inside] - centre[:, None], state.force[:, inside]).sum(axis=1)
            floor = feet[side]["moment"] - np.cross(centre, feet[side]["force"])
            out[side][joint] = (state.force[:, inside].sum(axis=1) - feet[side]["force"], need - floor)
    return out
