"""Bodies with a planted `Order` of hip adduction and rearfoot eversion."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from biomech_simulation.gait import MIRROR, Body
from biomech_simulation.order import ordered_eversion, rise_events
from biomech_simulation.participant import Participant, rearfoot_pose

Array = NDArray[np.float64]


def with_orders(
    participant: Participant, body: Body, time: Array, start: Array, end: Array, size: Mapping[str, Array]
) -> tuple[Body, dict[tuple[str, int], dict[str, float]]]:
    """Turn the rearfoot of legs with an `Order`; it carries no mass of its own, so nothing else moves.

    Parameters
    ----------
    participant : Participant
    body : Body
        With any eversion.
    time : (n,) array
        Of its samples, s.
    start, end : (repetitions,) arrays
        s.
    size : mapping of side to (repetitions,) array
        Eversion beyond standing at the peak, degrees, of the legs that move.

    Returns
    -------
    Body
    dict of (side, repetition) to dict
        Times of onset, half and peak of the rise of hip adduction and eversion: ``hip_rise_onset`` and so on, s.
    """
    rotation, origin, marks = dict(body.rotation), dict(body.origin), {}
    for side, peak in size.items():
        order = participant.pattern(side).order
        if order is None:
            continue
        hip = hip_adduction(body, side)
        foot = ordered_eversion(order, time, hip, start, end, peak)
        turn, shift = rearfoot_pose(participant, np.radians(participant.posture.rearfoot_eversion + foot))
        whole = body.rotation[(side, "foot")]
        rotation[(side, "rearfoot")] = whole @ turn
        origin[(side, "rearfoot")] = body.origin[(side, "foot")] + np.einsum("nij,nj->ni", whole, shift)
        for k, bounds in enumerate(zip(start, end, strict=True)):
            marks[(side, k)] = {
                f"{part}_rise_{name}": at
                for part, course in (("hip", hip), ("foot", foot))
                for name, at in rise_events(time, course, *bounds).items()
            }
    return Body(rotation, origin), marks


def hip_adduction(body: Body, side: str) -> Array:
    """True hip adduction, degrees."""
    mirror = np.outer(MIRROR, MIRROR) if side == "left" else np.ones((3, 3))
    thigh = np.swapaxes(body.rotation["pelvis"] * mirror, 1, 2) @ body.rotation[(side, "thigh")]
    return np.asarray(Rotation.from_matrix(thigh).as_euler("ZXY", degrees=True)[:, 1])
