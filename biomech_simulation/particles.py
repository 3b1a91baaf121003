"""Mass of the body as particles: each rigid segment becomes six, with the same mass, centre and inertia tensor.

Dynamics of particles needs neither angular velocities nor tensors, so it shares nothing with an inverse dynamics of
rigid bodies; what both must agree on is only the physics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from biomech.model.anthropometry import Inertia, segment_inertia
from biomech_simulation.participant import Participant, anatomy, landmarks

Array = NDArray[np.float64]

ELBOW_FLEXION_DEG = 25.0
# of stature: joint-to-joint lengths of the samples that the inertia table was made from
# (Dumas & Wojtusch 2018, table 2; statures 1.61 m and 1.77 m of McConville 1980 and Young 1983)
_UPPER_LENGTHS = {
    "female": {"abdomen": 0.078, "thorax": 0.200, "head_neck": 0.151, "upper_arm": 0.156, "forearm": 0.153, "hand": 0.044},
    "male": {"abdomen": 0.085, "thorax": 0.189, "head_neck": 0.157, "upper_arm": 0.156, "forearm": 0.160, "hand": 0.045},
}  # fmt: skip


@dataclass(frozen=True)
class Particles:
    """Particles of one rigid body.

    Parameters
    ----------
    mass : (k,) array
        kg.
    place : (k, 3) array
        In body coordinates, m.
    """

    mass: Array
    place: Array


def upper_lengths(participant: Participant) -> dict[str, float]:
    """Joint-to-joint lengths of trunk, head and arm segments, m."""
    return {name: part * participant.height_m for name, part in _UPPER_LENGTHS[participant.sex].items()}


def shoulder(participant: Participant) -> Array:
    """Right shoulder in trunk coordinates (origin at the lumbar joint), m."""
    lengths = upper_lengths(participant)
    h = participant.height_m
    return np.array([-0.010 * h, lengths["abdomen"] + lengths["thorax"] - 0.035 * h, 0.108 * h])


def body_particles(participant: Participant) -> dict[str, Particles]:
    """Particles of pelvis, trunk (with head), arm, thigh, shank and foot (right side, z lateral).

    The legs have the masses of the table; pelvis, trunk, head and arms share what is left of the body mass in the
    table's proportions (the printed fractions add up to a little more than 1).
    """
    lengths = upper_lengths(participant)
    points = landmarks(participant)["forefoot"]
    foot_length = float(np.linalg.norm((points["M1"] + points["M5"]) / 2))
    legs = {
        "thigh": _inertia(participant, "thigh", participant.thigh),
        "shank": _inertia(participant, "shank", participant.shank),
        "foot": _inertia(participant, "foot", foot_length),
    }
    pelvis_length = float(np.linalg.norm((participant.hip - participant.lumbar)[:2]))
    upper = {"pelvis": _inertia(participant, "pelvis", pelvis_length)}
    upper |= {name: _inertia(participant, name, length) for name, length in lengths.items()}
    arms = ("upper_arm", "forearm", "hand")
    total = sum(part.mass * (2 if name in arms else 1) for name, part in upper.items())
    scale = (participant.mass_kg - 2 * sum(part.mass for part in legs.values())) / total

    identity = np.eye(3)
    # thoracic and cervical joint lie half a chest depth in front of T12 and C7, so behind the line upwards from L5
    thoracic = np.array([-0.030 * participant.height_m, lengths["abdomen"], 0.0])
    cervical = np.array([-0.015 * participant.height_m, lengths["abdomen"] + lengths["thorax"], 0.0])
    elbow = np.array([0.0, -lengths["upper_arm"], 0.0])
    bend = Rotation.from_euler("Z", ELBOW_FLEXION_DEG, degrees=True).as_matrix()
    wrist = elbow + bend @ [0.0, -lengths["forearm"], 0.0]
    return {
        "pelvis": _join([(upper["pelvis"], identity, participant.lumbar)], scale),
        "trunk": _join(
            [
                (upper["abdomen"], identity, thoracic),
                (upper["thorax"], identity, cervical),
                (upper["head_neck"], identity, cervical),
            ],
            scale,
        ),
        "arm": _join(
            [
                (upper["upper_arm"], identity, np.zeros(3)),
                (upper["forearm"], bend, elbow),
                (upper["hand"], bend, wrist),
            ],
            scale,
        ),
        "thigh": _join([(legs["thigh"], identity, np.zeros(3))]),
        "shank": _join([(legs["shank"], identity, np.zeros(3))]),
        "foot": _join([(legs["foot"], anatomy(participant).foot, np.zeros(3))]),
    }


def _inertia(participant: Participant, segment: str, length: float) -> Inertia:
    return segment_inertia(segment, participant.sex, participant.mass_kg, length, "dumas")


def _join(parts: list[tuple[Inertia, Array, Array]], scale: float = 1.0) -> Particles:
    split = [_six(part, rotation, origin) for part, rotation, origin in parts]
    return Particles(scale * np.concatenate([m for m, _ in split]), np.concatenate([x for _, x in split]))


def _six(part: Inertia, rotation: Array, origin: Array) -> tuple[Array, Array]:
    """Six particles on the principal axes: each pair carries the body's second moment of mass along its axis."""
    spread = 0.5 * np.trace(part.tensor) * np.eye(3) - part.tensor
    second, axes = np.linalg.eigh(spread)
    arms = axes.T * np.sqrt(3.0 * np.maximum(second, 0.0) / part.mass)[:, None]
    local = part.com + np.concatenate([arms, -arms])
    return np.full(6, part.mass / 6), origin + local @ rotation.T
