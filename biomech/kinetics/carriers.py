"""Segments that carry the joint centres about which moments are taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from biomech.config import Kinetics

Array = NDArray[np.float64]

# Proximal and distal segment of each joint.
ENDS = {"hip": ("pelvis", "thigh"), "knee": ("thigh", "shank"), "ankle": ("shank", "foot")}


def carriers(options: Kinetics) -> dict[str, str]:
    """Return the segment that carries each joint centre (hip, knee and ankle); ``both`` is midway between the two."""
    if options.joint_centres == "by_joint":
        return {"hip": options.hip_centre, "knee": options.knee_centre, "ankle": options.ankle_centre}
    k = 0 if options.joint_centres == "proximal_segment" else 1
    return {joint: ends[k] for joint, ends in ENDS.items()}


def carriers_text(options: Kinetics) -> str:
    """Return in words what carries each joint centre: ``hip by pelvis, knee midway between thigh and shank, …``."""
    ends = {joint: " and ".join(pair) for joint, pair in ENDS.items()}
    return ", ".join(
        f"{joint} midway between {ends[joint]}" if part == "both" else f"{joint} by {part}"
        for joint, part in carriers(options).items()
    )


def moment_centres(origin: Array, centre: Array, joints: tuple[str, ...], options: Kinetics) -> Array:
    """Return the points that moments are taken about.

    Parameters
    ----------
    origin, centre : ndarray, (n, joint, 3)
        Origins of the distal segments, and joint centres that the proximal segments carry, m.
    joints : tuple of str
        Names along the second dimension.
    options : Kinetics
        Section of the config.

    Returns
    -------
    ndarray, (n, joint, 3)
    """
    chosen = carriers(options)
    weight = np.array([{ENDS[joint][0]: 0.0, "both": 0.5, ENDS[joint][1]: 1.0}[chosen[joint]] for joint in joints])
    points: Array = np.where(
        weight[:, None] == 0.5, (origin + centre) / 2, np.where(weight[:, None] == 1, origin, centre)
    )
    return points
