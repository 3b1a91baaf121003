"""The true angles, moments and powers of a synthetic motion, computed from its bodies and particles.

Written apart from the pipeline's kinematics and kinetics: Cardan angles by SciPy, joint moments from the momentum of
particles, joint velocities from the joint angles themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from biomech.schema import AXES, JOINT_CENTRES, MOMENT_FRAMES, SIDES, with_contract_attrs
from biomech_simulation.gait import MIRROR, Body
from biomech_simulation.participant import Participant, anatomy, landmarks, rearfoot_pose

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Angle:
    """Three Cardan angles between two frames: (name, sign) of those about z, x, y."""

    proximal: str
    distal: str
    sequence: str
    names: tuple[tuple[str, int], tuple[str, int], tuple[str, int]]


def _triple(proximal: str, distal: str, flexion: str, frontal: str, rotation: str, sequence: str = "ZXY") -> _Angle:
    """Read names with a leading minus as the opposite of the right-handed angle."""
    names = [(name.lstrip("-"), -1 if name.startswith("-") else 1) for name in (flexion, frontal, rotation)]
    return _Angle(proximal, distal, sequence, (names[0], names[1], names[2]))


ANGLES = (
    _triple("progression", "pelvis", "-pelvis_anterior_tilt", "-contralateral_pelvic_drop", "pelvis_internal_rotation", "YXZ"),
    _triple("progression", "trunk", "-trunk_flexion", "trunk_ipsilateral_lean", "trunk_contralateral_rotation", "YXZ"),
    _triple("pelvis", "thigh", "hip_flexion", "hip_adduction", "hip_internal_rotation"),
    _triple("thigh", "shank_proximal", "-knee_flexion", "-knee_abduction", "knee_internal_rotation"),
    _triple("thigh", "shank_distal", "-knee_flexion_shank_distal", "-knee_abduction_shank_distal", "knee_internal_rotation_shank_distal"),
    _triple("shank_distal", "foot", "ankle_dorsiflexion", "ankle_inversion", "ankle_internal_rotation"),
    _triple("shank_proximal", "foot", "ankle_dorsiflexion_shank_proximal", "ankle_inversion_shank_proximal", "ankle_internal_rotation_shank_proximal"),
    _triple("shank_distal", "rearfoot", "rearfoot_dorsiflexion", "-rearfoot_eversion", "rearfoot_internal_rotation"),
    _triple("rearfoot", "forefoot", "forefoot_dorsiflexion", "forefoot_supination", "forefoot_adduction"),
    _triple("shank_distal", "forefoot", "forefoot_shank_dorsiflexion", "forefoot_shank_supination", "forefoot_shank_adduction"),
)  # fmt: skip
_KINETIC = {"hip": ANGLES[2], "knee": ANGLES[3], "ankle": ANGLES[5]}
QUANTITIES = (
    *(name for angle in ANGLES for name, _ in angle.names),
    "foot_progression_in",
    "foot_progression_in_cardan",
    "fppa",
    "foot_pronation_index",
    "rearfoot_eversion_floor",
    "hip_adduction_by_shank",
)
MOMENTS = tuple(name for angle in _KINETIC.values() for name, _ in angle.names)


def segment_frames(participant: Participant, body: Body, progression: Array) -> dict[str, dict[str, Array]]:
    """Anatomical frames of each side in its right-leg world, (n, 3, 3); `progression` is a (3, 3) frame."""
    fixed = anatomy(participant)
    out = {}
    for side in SIDES:
        flip = np.outer(MIRROR, MIRROR) if side == "left" else np.ones((3, 3))
        turns = {name: body.rotation[(side, name)] for name in ("thigh", "shank", "foot", "rearfoot")}
        out[side] = {
            "progression": np.broadcast_to(progression * flip, turns["thigh"].shape),
            "pelvis": body.rotation["pelvis"] * flip,
            "trunk": body.rotation["trunk"] * flip,
            "thigh": turns["thigh"],
            "shank_proximal": turns["shank"],
            "shank_distal": turns["shank"] @ fixed.shank_distal,
            "foot": turns["foot"] @ _whole_foot(participant, body, side) @ fixed.foot,
            "rearfoot": turns["rearfoot"] @ fixed.rearfoot,
            "forefoot": turns["foot"] @ fixed.forefoot,
        }
    return out


def _whole_foot(participant: Participant, body: Body, side: str) -> Array:
    """Turn of a foot whose midfoot moves, taken as one segment, in foot coordinates: (n, 3, 3).

    One rigid segment is then a matter of definition: here the least-squares rotation from the standing to the present
    places of its markers (Arun et al. 1987, IEEE PAMI 9:698), the identity while the midfoot is as in standing.
    """
    foot, ankle = body.rotation[(side, "foot")], body.origin[(side, "foot")]
    points = landmarks(participant)
    turn, shift = rearfoot_pose(participant, np.radians(participant.posture.rearfoot_eversion))
    now, standing = [], []
    for segment in ("rearfoot", "midfoot", "forefoot"):
        own = np.stack(list(points[segment].values()))
        standing.append(own @ turn.T + shift if segment == "rearfoot" else own)
        if segment == "forefoot":
            now.append(np.broadcast_to(own, (len(foot), *own.shape)))
            continue
        relative = np.swapaxes(foot, 1, 2) @ body.rotation[(side, segment)]
        place = np.einsum("nji,nj->ni", foot, body.origin[(side, segment)] - ankle)
        now.append(np.einsum("nij,kj->nki", relative, own) + place[:, None])
    before, after = np.concatenate(standing), np.concatenate(now, axis=1)
    cross = np.einsum("nki,kj->nij", after - after.mean(axis=1, keepdims=True), before - before.mean(axis=0))
    left, _, right = np.linalg.svd(cross)
    return np.asarray(left @ right)


def joint_centres(body: Body) -> dict[str, dict[str, Array]]:
    """Hip, knee and ankle centres in lab axes, (n, 3) m: the origins of thigh, shank and foot."""
    segments = dict(zip(JOINT_CENTRES, ("thigh", "shank", "foot"), strict=True))
    return {
        side: {joint: body.origin[(side, segment)] * _mirror(side) for joint, segment in segments.items()}
        for side in SIDES
    }


def side_angles(frames: dict[str, Array], centres: dict[str, Array], side: str) -> dict[str, Array]:
    """Every angle of one side, degrees, (n,) each."""
    out = {}
    for angle in ANGLES:
        cardan = _cardan(frames[angle.proximal], frames[angle.distal], angle.sequence)
        for (name, sign), axis in zip(angle.names, "ZXY", strict=True):
            out[name] = sign * cardan[:, angle.sequence.index(axis)]
    axes = frames["progression"]
    ahead = np.einsum("nij,ni->nj", axes, frames["foot"][:, :, 0])
    out["foot_progression_in"] = np.degrees(np.arctan2(-ahead[:, 2], ahead[:, 0]))
    out["foot_progression_in_cardan"] = np.degrees(np.arctan2(-ahead[:, 2], np.hypot(ahead[:, 0], ahead[:, 1])))
    hip, knee, ankle = (np.einsum("nij,ni->nj", axes, centres[joint] * _mirror(side)) for joint in JOINT_CENTRES)
    tilts = [np.arctan2(a[:, 2] - b[:, 2], a[:, 1] - b[:, 1]) for a, b in ((hip, knee), (knee, ankle))]
    out["fppa"] = np.degrees(tilts[0] - tilts[1])
    out["foot_pronation_index"] = (
        out["rearfoot_eversion"] - out["rearfoot_internal_rotation"] + out["rearfoot_dorsiflexion"]
    )
    against_floor = _cardan(axes, frames["rearfoot"], "YXZ")  # heading, obliquity, tilt
    out["rearfoot_eversion_floor"] = -against_floor[:, 1]
    out["hip_adduction_by_shank"] = out["hip_adduction"]  # bones: thigh and shank meet in one knee centre
    return out


def side_moments(frames: dict[str, Array], lab_moments: dict[str, Array], side: str) -> Array:
    """Components of the joint moments (n, quantity, frame), in the unit of `lab_moments` (hip, knee, ankle; (n, 3))."""
    blocks = []
    for joint, angle in _KINETIC.items():
        vector = lab_moments[joint] * (_mirror(side) * -1.0 if side == "left" else 1.0)
        axes = _joint_axes(frames[angle.proximal], frames[angle.distal])
        rows = {"jcs": np.stack(axes, axis=1)}
        for name in ("proximal", "distal", "lab"):
            segment = "progression" if name == "lab" else getattr(angle, name)
            rows[name] = np.swapaxes(frames[segment], 1, 2)[:, [2, 0, 1]]
        signs = np.array([sign for _, sign in angle.names])
        blocks.append(np.stack([signs * np.einsum("nki,ni->nk", rows[f], vector) for f in MOMENT_FRAMES], axis=-1))
    return np.concatenate(blocks, axis=1)


def side_powers(rates: Array, moments: Array) -> Array:
    """Power of each moment (n, 9): generalised force times rate of the joint angle; a joint's three add up to its power.

    Parameters
    ----------
    rates : (n, 9) array
        Time derivatives of the angles `MOMENTS`, rad/s.
    moments : (n, 9, 4) array
        From `side_moments`.
    """
    return moments[:, :, MOMENT_FRAMES.index("jcs")] * rates


def truth_dataset(time: Array, values: dict[str, Array], attrs: dict[str, str | float]) -> xr.Dataset:
    """Put truth under the names, dims and units of the data contract; what is absent stays absent."""
    coords: dict[str, object] = {"time": ("time", time, {"units": "s"}), "side": list(SIDES)}
    dims = {
        "angle": ("time", "side", "quantity"),
        "joint_centre": ("time", "side", "joint", "axis"),
        "ground_reaction": ("time", "side", "axis"),
        "ground_reaction_moment": ("time", "side", "axis"),
        "centre_of_pressure": ("time", "side", "axis"),
        "contact": ("time", "side"),
        "joint_force": ("time", "side", "joint", "axis"),
        "progression": ("time", "axis"),
    }
    arrays = {
        name: with_contract_attrs(xr.DataArray(values[name], dims=d), name)
        for name, d in dims.items()
        if name in values
    }
    coords |= {"quantity": list(QUANTITIES), "joint": list(JOINT_CENTRES), "axis": list(AXES)}
    for name, extra in (("moment", ("frame",)), ("power", ())):
        if name in values:
            # on the dim of the angles, NaN where an angle has no moment
            full = np.full((*values[name].shape[:2], len(QUANTITIES), *values[name].shape[3:]), np.nan)
            full[:, :, [QUANTITIES.index(quantity) for quantity in MOMENTS]] = values[name]
            arrays[name] = with_contract_attrs(xr.DataArray(full, dims=("time", "side", "quantity", *extra)), name)
            coords |= {"frame": list(MOMENT_FRAMES)} if extra else {}
    return xr.Dataset(arrays, coords=coords, attrs=attrs)


def _cardan(proximal: Array, distal: Array, sequence: str) -> Array:
    relative = np.swapaxes(proximal, 1, 2) @ distal
    return np.asarray(Rotation.from_matrix(relative).as_euler(sequence, degrees=True))


def _joint_axes(proximal: Array, distal: Array) -> tuple[Array, Array, Array]:
    """Grood & Suntay 1983 (J Biomech Eng 105:136): flexion axis, floating axis, long axis."""
    flexion, long = proximal[:, :, 2], distal[:, :, 1]
    floating = np.cross(long, flexion)
    return flexion, floating / np.linalg.norm(floating, axis=1, keepdims=True), long


def _mirror(side: str) -> Array:
    return MIRROR if side == "left" else np.ones(3)
