"""Soft-tissue errors: markers placed next to their landmark, and skin that moves over the bone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from biomech.geometry.rigid import fit_pose
from biomech.schema import SIDES
from biomech_simulation.gait import MIRROR
from biomech_simulation.motion import Motion
from biomech_simulation.participant import Participant, landmarks
from biomech_simulation.walking import static

Array = NDArray[np.float64]

# standard deviation of a palpated landmark along each axis, mm, before `Errors.misplacement` scales it
PALPATION_MM = {
    "ASI": 5.0, "PSI": 5.0, "LFE": 4.0, "MFE": 4.0, "FH": 3.0, "TT": 3.0, "LM": 2.5, "MM": 2.5,
    "CALP": 2.0, "CALD": 2.0, "ST": 2.0, "PT": 2.0, "NAV": 2.0, "B1": 2.0, "B2": 2.0, "B5": 2.0, "M1": 2.0, "M2": 2.0,
    "M5": 2.0, "C7": 4.0, "T8": 5.0, "IJ": 3.0, "PX": 4.0,
}  # fmt: skip
# largest rotation (deg) and shift (mm) of the skin of a segment against the bone, before `Errors.soft_tissue` scales them
SKIN = {"thigh": (10.0, 15.0), "shank": (7.0, 10.0)}
# bony landmarks have less beneath their skin; the rest of a segment's markers are its cluster
_SHARE = {"LFE": 0.8, "MFE": 0.8, "FH": 0.5, "TT": 0.3, "LM": 0.3, "MM": 0.3}
# joint angles that drive the skin, and by how many degrees it is well stretched
_DRIVERS = {
    "thigh": {"hip_flexion": 40.0, "hip_adduction": 15.0, "hip_internal_rotation": 15.0, "knee_flexion": 60.0},
    "shank": {"knee_flexion": 60.0, "knee_internal_rotation": 15.0, "ankle_dorsiflexion": 20.0},
}
_WOBBLE_HZ = (1.0, 6.0)
_WOBBLE_WAVES = 12


@dataclass(frozen=True)
class RigidBody:
    """Markers of one rigid body.

    Parameters
    ----------
    side, segment : str
        The pelvis and the trunk count as right.
    names, labels : tuple of str
        Landmarks, and the markers' labels in a file.
    points : (k, 3) array
        In body coordinates of the side's right-leg world, m.
    """

    side: str
    segment: str
    names: tuple[str, ...]
    labels: tuple[str, ...]
    points: Array


def misplaced(motion: Motion, scale: float, random: np.random.Generator) -> Motion:
    """Put every marker of a landmark next to it, by the same way in every trial for which `random` starts alike.

    Markers of clusters are left alone: where they are does not matter.

    Parameters
    ----------
    scale : float
        Times `PALPATION_MM`.
    """
    markers = motion.markers.copy()
    for body in bodies(motion.participant):
        sizes = np.array([PALPATION_MM.get(name, 0.0) for name in body.names])
        shift = 0.001 * scale * sizes[:, None] * random.standard_normal((len(sizes), 3))
        columns, kept = _columns(motion, body)
        turn, _ = _pose(body, kept, motion.markers[:, columns])
        markers[:, columns] += np.einsum("nij,kj->nki", turn, shift[kept]) * _mirror(body.side)
    return replace(motion, markers=markers)


def skin_moved(motion: Motion, scale: float, deformation_m: float, random: np.random.Generator) -> Motion:
    """Move the skin of thighs and shanks over the bone as the joints bend.

    Each of a segment's six degrees of freedom follows a mixture of its own of the angles of the joints at both ends,
    saturating where the skin is stretched; the mixtures are drawn again for every participant and session, since no two
    people's skin moves alike (Leardini et al. 2005, Gait Posture 21:212). In standing the skin is where it belongs.

    Parameters
    ----------
    scale : float
        Times the rotations and shifts of `SKIN`.
    deformation_m : float
        Largest movement of each marker of its own, along a direction of its own, in step with the joints.

    References
    ----------
    Bonci et al. 2014, J Biomech 47:2354 (thigh artefact linear in hip and knee angles); Andersen et al. 2012, Gait Posture
    35:606 (rigid motion governs the artefact).
    """
    standing = static(motion.participant, duration_s=0.02).truth["angle"].isel(time=0)
    markers = motion.markers.copy()
    for body in bodies(motion.participant):
        if body.segment not in SKIN:
            continue
        turn_deg, shift_mm = SKIN[body.segment]
        drivers = _DRIVERS[body.segment]
        mixture = _directions(random, (6, len(drivers)))
        size = np.concatenate(
            [np.radians(turn_deg) * _directions(random, (1, 3))[0], 0.001 * shift_mm * _directions(random, (1, 3))[0]]
        )
        own_mixture = _directions(random, (len(body.names), len(drivers)))
        own_way = _directions(random, (len(body.names), 3))
        angles = motion.truth["angle"].sel(side=body.side, quantity=list(drivers)).values
        rest = standing.sel(side=body.side, quantity=list(drivers)).values
        interval = (angles - rest) / np.array(list(drivers.values()))
        motions = scale * size * np.tanh(interval @ mixture.T)
        deformation = deformation_m * np.tanh(interval @ own_mixture.T)[..., None] * own_way

        columns, kept = _columns(motion, body)
        turn, origin = _pose(body, kept, motion.markers[:, columns])
        share = np.array([_SHARE.get(name, 1.0) for name in body.names])
        middle = body.points[share == 1.0].mean(axis=0)
        skin = Rotation.from_rotvec(motions[:, :3]).as_matrix()
        local = (
            np.einsum("nij,kj->nki", skin, body.points[kept] - middle)
            + middle
            + motions[:, None, 3:]
            + deformation[:, kept]
        )
        moved = np.einsum("nij,nkj->nki", turn, local) + origin[:, None]
        ideal = np.einsum("nij,kj->nki", turn, body.points[kept]) + origin[:, None]
        markers[:, columns] += share[kept, None] * (moved - ideal) * _mirror(body.side)
    return replace(motion, markers=markers)


def wobbled(motion: Motion, size_m: float, random: np.random.Generator) -> Motion:
    """Let each marker wobble on its own, smoothly, between 1 and 6 Hz; `size_m` is its standard deviation per axis."""
    n, m = motion.markers.shape[:2]
    time = np.arange(n) / motion.rate_hz
    frequency = random.uniform(*_WOBBLE_HZ, (_WOBBLE_WAVES, m, 3))
    phase = random.uniform(0, 2 * np.pi, (_WOBBLE_WAVES, m, 3))
    wave = np.zeros((n, m, 3))
    for f, p in zip(frequency, phase, strict=True):
        wave += np.cos(2 * np.pi * f * time[:, None, None] + p)
    return replace(motion, markers=motion.markers + size_m * np.sqrt(2 / _WOBBLE_WAVES) * wave)


def bodies(participant: Participant) -> list[RigidBody]:
    """Every rigid body that carries markers; a pelvis carries those of both sides, the forefoot the navicular."""
    out = []
    segments = landmarks(participant)
    segments["forefoot"] = segments.pop("midfoot") | segments["forefoot"]
    for segment, points in segments.items():
        names, places = tuple(points), np.stack(list(points.values()))
        if segment == "trunk":
            out.append(RigidBody("right", segment, names, names, places))
        elif segment == "pelvis":
            labels = tuple(side[0].upper() + name for side in SIDES for name in names)
            both = np.concatenate([places * _mirror(side) for side in SIDES])
            out.append(RigidBody("right", segment, names * len(SIDES), labels, both))
        else:
            out += [RigidBody(s, segment, names, tuple(s[0].upper() + n for n in names), places) for s in SIDES]
    return out


def _columns(motion: Motion, body: RigidBody) -> tuple[list[int], list[int]]:
    """Columns of the body's markers that the recording has, and which of the body's markers these are."""
    there = [i for i, label in enumerate(body.labels) if label in motion.labels]
    return [motion.labels.index(body.labels[i]) for i in there], there


def _pose(body: RigidBody, kept: list[int], markers: Array) -> tuple[Array, Array]:
    """Rotation and origin of a rigid body in its side's right-leg world, from its error-free markers."""
    fit = fit_pose(body.points[kept], markers * _mirror(body.side))
    return fit.rotation, fit.origin


def _directions(random: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Random unit vectors along the last axis."""
    vectors = random.standard_normal(shape)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def _mirror(side: str) -> Array:
    return MIRROR if side == "left" else np.ones(3)
