"""Profile scores: distance of a participant's curves from a reference.

References
----------
Baker et al. 2009, Gait Posture 30:265: the Gait Variable Score is the root mean square difference of a curve from the mean of
the reference over the cycle, the Gait Profile Score of a leg that of nine of them together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GPS = "gps"
# Baker 2009: pelvic tilt, obliquity, rotation; hip flexion, adduction, rotation; knee flexion; ankle dorsiflexion; foot progression
GPS_CURVES = (
    "angle.pelvis_anterior_tilt",
    "angle.contralateral_pelvic_drop",
    "angle.pelvis_internal_rotation",
    "angle.hip_flexion",
    "angle.hip_adduction",
    "angle.hip_internal_rotation",
    "angle.knee_flexion",
    "angle.ankle_dorsiflexion",
    "angle.foot_progression_in_cardan",
)


def score_name(title: str, curves: Sequence[str]) -> tuple[str, str]:
    """Return what the score of some curves together is called, and what a reader must know of the name.

    Parameters
    ----------
    title : str
        As the config asks; empty for the name that the curves have. `gps` is only given to the nine curves of the Gait Profile
        Score, no more and no less: a score of others has other values, and the published ones are not a measure of it.
    curves : sequence of str
        Those with values and a reference.
    """
    if title not in ("", GPS):
        return title, ""
    lacking = [name for name in GPS_CURVES if name not in curves]
    more = [name for name in curves if name not in GPS_CURVES]
    if not lacking and not more:
        return GPS, "Gait Profile Score of the leg, all 9 variables of Baker 2009"
    note = f"no Gait Profile Score: {len(GPS_CURVES) - len(lacking)} of its 9 variables (Baker 2009) are in"
    note += f", without {', '.join(lacking)}" if lacking else ""
    note += f", and in addition {', '.join(more)}" if more else ""
    return "profile_score", note


def variable_scores(curves: Array, reference: Array) -> Array:
    """Return the root mean square distance of curves (..., points) from a reference (points,), in their unit.

    The last point of a cycle is the first of the next; it counts as the source counts it, like every other.
    """
    return np.sqrt(((curves - reference) ** 2).mean(axis=-1))


def profile_score(scores: Array) -> Array:
    """Return the root mean square of variable scores (..., variables); NaN where one of them is missing."""
    return np.sqrt((np.asarray(scores, float) ** 2).mean(axis=-1))
