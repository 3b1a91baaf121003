"""Posture in the static trial: directions of the body, inclination of thigh, shank and trunk, knee flexion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biomech.geometry.rotations import unit
from biomech.model.calibration import SideModel
from biomech.model.markerset_parts import OPPOSITE
from biomech.model.markersets import MarkerSet

Array = NDArray[np.float64]
_UP = np.array([0.0, 1.0, 0.0])
#: Inclination beyond which a segment is upside down and no posture, degrees.
UPSIDE_DOWN_DEG = 120.0


@dataclass(frozen=True)
class Posture:
    """Standing posture of one side, degrees; NaN where markers are missing.

    Parameters
    ----------
    thigh, shank, trunk : float
        Inclination against the vertical.
    knee : float
        Angle between thigh and shank, 0 for a straight leg.
    """

    thigh: float
    shank: float
    trunk: float
    knee: float

    def beyond(self, limit_deg: float) -> dict[str, float]:
        """Return what is bent or inclined by more than a limit, in words, to its angle."""
        details = {
            "knee bent": self.knee,
            "thigh inclined": self.thigh,
            "shank inclined": self.shank,
            "trunk inclined": self.trunk,
        }
        return {name: angle for name, angle in details.items() if angle > limit_deg}


def posture_of(side: SideModel, mean: Mapping[str, Array], markerset: MarkerSet) -> Posture:
    """Return the posture of one side from its joint centres and the trunk's frame.

    Parameters
    ----------
    side : SideModel
    mean : mapping
        Mean static markers, arrays (1, 3), mirrored-right world.
    markerset : MarkerSet
    """
    hip, knee, ankle = (centre(side, mean, markerset, name) for name in ("hip", "knee", "ankle"))
    thigh, shank = unit(hip - knee), unit(knee - ankle)
    trunk = side.built.frames.get("trunk")
    up = trunk[0][0][:, 1] if trunk is not None else np.full(3, np.nan)
    return Posture(_between(thigh, _UP), _between(shank, _UP), _between(up, _UP), _between(thigh, shank))


def centre(side: SideModel, mean: Mapping[str, Array], markerset: MarkerSet, joint: str) -> Array:
    """Return a joint centre of the mean posture, array (3,), m; NaN where the set or the markers lack it."""
    known = {**side.built.landmarks, **mean}
    for segment in ("thigh", "shank_proximal"):
        name = markerset.segments[segment].landmarks.get(joint, "") if segment in markerset.segments else ""
        if name in known:
            return np.asarray(known[name], float)[0]
    return np.full(3, np.nan)


def body_axes(mean: Mapping[str, Array]) -> Array | None:
    """Directions forward, up and lateral of a standing person, from the markers that both sides have.

    Parameters
    ----------
    mean : mapping
        Mean static markers, arrays (1, 3), mirrored-right world; the other side's end in ``_opposite``.

    Returns
    -------
    array (3, 3) or None
        As columns. Lateral is the horizontal part of the sum of all vectors from the other side's marker to this
        side's, so two exchanged markers do not turn it. None where no marker has its opposite.
    """
    pairs = [point[0] - mean[name + OPPOSITE][0] for name, point in mean.items() if name + OPPOSITE in mean]
    lateral = np.sum(pairs, axis=0) * [1.0, 0.0, 1.0] if pairs else np.zeros(3)
    if not np.linalg.norm(lateral) > 0:
        return None
    lateral = unit(lateral)
    return np.column_stack([np.cross(_UP, lateral), _UP, lateral])


def _between(a: Array, b: Array) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b, -1.0, 1.0))))
