"""Which stored axes of a lab's recordings point up and forward: proposed from bodies, force plates and screen parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biomech.c3d.plate_types import plate_frame
from biomech.c3d.recording_file import Recording, lab_rotation
from biomech.config import Lab
from biomech.model.landmark_names import Reading, read_labels, table

Array = NDArray[np.float64]
AXES = ("+x", "-x", "+y", "-y", "+z", "-z")
_SAMPLES = 40  # frames looked at
_UPPER, _LOWER = {"pelvis", "trunk", "thorax", "head"}, {"shank", "foot"}
#: Largest angle between a direction and the axis that it names, degrees. Chosen: a body leans less, axes are 90 degrees apart.
_NEAR_DEG = 35.0
_TRAVEL_M = 1.0  # a person who goes further shows the walkway


@dataclass(frozen=True)
class AxesProposal:
    """Proposed axes of a lab, as `lab.up` and `lab.forward` of the config.

    Parameters
    ----------
    up, forward : str
        Stored axes such as ``+z``.
    sure : bool
        Whether bodies with known labels stand along `up`, or plates and the height of the markers agree on it, and nothing
        physical contradicts it.
    evidence : tuple of str
        One sentence for each source, those that disagree included.
    """

    up: str
    forward: str
    sure: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class _Directions:
    """Directions of one recording in stored axes, unit vectors; None where it does not show them."""

    body: Array | None
    extent: Array | None
    plate: Array | None
    facing: Array | None
    travel: Array | None


def propose_axes(recordings: Sequence[Recording], lab: Lab | None = None) -> AxesProposal:
    """Propose the axes of a lab from some of its recordings.

    Parameters
    ----------
    recordings : sequence of Recording
        Of one lab; statics and walks show most.
    lab : Lab, optional
        The axes with which the recordings were read.

    Returns
    -------
    AxesProposal
        Up is where pelvis and trunk lie from shanks and feet (median over frames and recordings); without known labels the
        normal of the force plates on the side of the markers, else the axis along which the markers of a frame extend most.
        Forward is where the bodies face (from their left and right markers), else where they travel.
    """
    to_stored = lab_rotation(lab or Lab()).T
    shown = [_directions(recording, to_stored) for recording in recordings]
    screens = [recording.screen for recording in recordings if all(recording.screen)]
    evidence: list[str] = []
    body = _vote([one.body for one in shown], "pelvis and trunk lie over the feet", evidence)
    plates = _vote([one.plate for one in shown], "the markers lie over the force plates", evidence)
    extent = _vote([one.extent for one in shown], "the markers extend most", evidence)
    up = body or plates or extent or (screens[0][1] if screens else "+z")
    agreed = body or (plates if plates == extent else None)
    sure = agreed is not None and (plates is None or plates[1] == agreed[1])
    across = [name for name in AXES if name[1] != up[1]]
    facing = _vote([_level(one.facing, up) for one in shown], "the bodies face", evidence)
    travel = _vote([_level(one.travel, up) for one in shown], "the bodies travel", evidence)
    screen = next((x for x, y in screens if y == up and x[1] != up[1]), None)
    forward = facing or travel or screen or across[0]
    evidence += [
        f"X_SCREEN and Y_SCREEN say forward {x} and up {y} ({count} of {len(recordings)} recordings)"
        + ("" if y == up else ", which the recordings contradict" if agreed else ", which nothing confirms")
        for (x, y), count in Counter(screens).most_common()
    ]
    return AxesProposal(
        up, forward, sure, tuple(evidence) or ("the recordings show no direction; +z is the usual one",)
    )


def _vote(directions: Sequence[Array | None], words: str, evidence: list[str]) -> str | None:
    """Return the axis that most recordings name, and say so with the angle from it; None if none does."""
    names = [(axis, off) for direction in directions if direction is not None for axis, off in [_nearest(direction)]]
    near = Counter(axis for axis, off in names if off <= _NEAR_DEG)
    if not near:
        if names:
            evidence.append(f"{words} along no stored axis ({names[0][1]:.0f} degrees from {names[0][0]})")
        return None
    axis, count = max(near.items(), key=lambda item: (item[1], item[0][0] == "+"))
    off = float(np.median([angle for name, angle in names if name == axis]))
    evidence.append(f"{words} along {axis} in {count} of {len(names)} recordings ({off:.0f} degrees from the axis)")
    return axis


def _nearest(direction: Array) -> tuple[str, float]:
    """Return the signed axis nearest to a unit vector, and the angle between them in degrees."""
    place = int(np.argmax(np.abs(direction)))
    name = ("+" if direction[place] > 0 else "-") + "xyz"[place]
    return name, float(np.degrees(np.arccos(min(1.0, abs(float(direction[place]))))))


def _level(direction: Array | None, up: str) -> Array | None:
    """Return the horizontal part of a direction as a unit vector; None where it points up or down."""
    if direction is None:
        return None
    flat = direction * np.array([axis != up[1] for axis in "xyz"])
    size = float(np.linalg.norm(flat))
    return flat / size if size > 0.5 else None


def _directions(recording: Recording, to_stored: Array) -> _Directions:
    position = recording.position[:: max(1, len(recording.position) // _SAMPLES)] @ to_stored.T
    found = read_labels(recording.marker_names)[1]
    corners = [plate.corners @ to_stored.T for plate in recording.plates]
    up = _body(position, recording.marker_names, found)
    return _Directions(
        up,
        _extent(position),
        _plates(position, corners),
        _facing(position, recording.marker_names, found, up),
        _travel(position),
    )


def _body(position: Array, names: Sequence[str], found: dict[str, Reading]) -> Array | None:
    bodies = [_body_of(found[name]) if name in found else "" for name in names]
    upper, lower = (np.array([body in group for body in bodies], bool) for group in (_UPPER, _LOWER))
    return _unit(_mean(position, upper) - _mean(position, lower)) if upper.any() and lower.any() else None


def _body_of(reading: Reading) -> str:
    return reading.landmark if reading.cluster else str(table()["landmarks"][reading.landmark]["body"])


def _extent(position: Array) -> Array | None:
    """Return the axis along which the markers of a frame lie widest apart, on the side away from the origin."""
    there = position[np.isfinite(position[..., 0]).sum(axis=1) >= 5]
    if not len(there):
        return None
    size = np.median(np.nanmax(there, axis=1) - np.nanmin(there, axis=1), axis=0)
    order = np.argsort(size)
    if size[order[-1]] < 1.2 * size[order[-2]]:
        return None
    out = np.zeros(3)
    out[order[-1]] = 1.0 if np.nanmedian(there[..., order[-1]]) > 0 else -1.0
    return out


def _plates(position: Array, corners: Sequence[Array]) -> Array | None:
    markers = position[np.isfinite(position[..., 0])]
    if not corners or not len(markers):
        return None
    normal = plate_frame(corners[0])[0][:, 2]
    side = float((np.median(markers, axis=0) - corners[0].mean(axis=0)) @ normal)
    return normal * (1.0 if side > 0 else -1.0) if np.isfinite(normal).all() else None


def _facing(position: Array, names: Sequence[str], found: dict[str, Reading], up: Array | None) -> Array | None:
    """Return where a body looks: up crossed with the way from its left markers to its right ones."""
    if up is None:
        return None
    place = {
        (found[name].side, found[name].landmark): i
        for i, name in enumerate(names)
        if name in found and not found[name].cluster
    }
    pairs = [
        (left, place["right", landmark])
        for (side, landmark), left in place.items()
        if side == "left" and ("right", landmark) in place
    ]
    if not pairs:
        return None
    left, right = (np.array(column) for column in zip(*pairs, strict=True))
    way = (position[:, right] - position[:, left]).reshape(-1, 3)
    way = way[np.isfinite(way[:, 0])]
    return _unit(np.cross(up, way.sum(axis=0))) if len(way) else None


def _travel(position: Array) -> Array | None:
    whole = np.flatnonzero(np.isfinite(position[..., 0]).any(axis=1))
    if len(whole) < 2:
        return None
    both = np.isfinite(position[whole[0], :, 0]) & np.isfinite(position[whole[-1], :, 0])
    way = (position[whole[-1]] - position[whole[0]])[both]
    moved = np.median(way, axis=0) if len(way) else np.zeros(3)
    return _unit(moved) if np.linalg.norm(moved) > _TRAVEL_M else None


def _mean(position: Array, chosen: NDArray[np.bool_]) -> Array:
    """Return the mean of some markers over all frames that hold them, NaN if none does."""
    points = position[:, chosen].reshape(-1, 3)
    points = points[np.isfinite(points[:, 0])]
    return points.mean(axis=0) if len(points) else np.full(3, np.nan)


def _unit(vector: Array) -> Array | None:
    size = float(np.linalg.norm(vector))
    return vector / size if np.isfinite(size) and size > 0 else None
