"""Effect of an unknown marker diameter on the joint centres of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biomech.config import Subject
from biomech.geometry.rotations import transpose
from biomech.model.calibration import SideModel, calibrate_side, place_hip
from biomech.model.markersets import MarkerSet
from biomech.model.parameters import ASSUMED_DIAMETER_M, Parameters, complete, measure_sides
from biomech.quality import Quality

Array = NDArray[np.float64]

#: The next smaller size on sale; its effect is what quality states.
OTHER_DIAMETER_M = 0.0095
#: Below this a model does not depend on the diameter.
_LEAST_M = 1e-4
_JOINTS = {"hip": "pelvis", "knee": "thigh", "ankle": "shank_proximal"}


def with_smaller_markers(
    parameters: dict[str, Parameters],
    sides: Mapping[str, SideModel],
    markerset: MarkerSet,
    points: Mapping[str, dict[str, Array]],
    means: Mapping[str, dict[str, Array]],
    method: str,
    subject: Subject,
    choices: dict[str, Any],
) -> dict[str, SideModel]:
    """Calibrate both sides again with markers of `OTHER_DIAMETER_M`; a functional hip centre stays where it was.

    Parameters
    ----------
    parameters : dict
        Side to what was known before the calibration; changed in place.
    sides : mapping
        Side to the model with the diameter that was assumed.
    markerset : MarkerSet
    points, means : mapping
        Side to its static markers, arrays (n, 3) and (1, 3).
    method : str
        Regression of the hip centre.
    subject : config.Subject
    choices : dict
        Further arguments of `calibrate_side`.

    Returns
    -------
    dict
        Side to its model.
    """
    for one in parameters.values():
        one.put("marker_radius", OTHER_DIAMETER_M / 2, "assumed")
    complete(parameters, measure_sides(markerset, means, parameters))
    out = {}
    for side, one in parameters.items():
        found = sides[side].parameters
        if found.source.get("hip_x") == method:
            place_hip(one, method, markerset, choices["sex"], subject)
        else:
            for name in ("hip_x", "hip_y", "hip_z"):
                one.put(name, found.value.get(name, np.nan), found.source.get(name, ""))
        out[side] = calibrate_side(markerset, points[side], means[side], one, **choices)
    return out


def diameter_effect(
    markerset: MarkerSet, sides: Mapping[str, SideModel], others: Mapping[str, SideModel]
) -> tuple[dict[str, float], float]:
    """Compare two calibrations of the same static trial that took the markers for different sizes.

    Parameters
    ----------
    markerset : MarkerSet
    sides, others : mapping
        Side to its model.

    Returns
    -------
    shift : dict
        Joint to the distance of its two centres, m, the larger of both sides; joints that either lacks are left out.
    turn : float
        Largest angle between a leg segment's two frames, rad.
    """
    shift: dict[str, float] = {}
    turn = 0.0
    for side, model in sides.items():
        other = others.get(side)
        if other is None:
            continue
        for joint, segment in _JOINTS.items():
            point = markerset.segments[segment].landmarks.get(joint) if segment in markerset.segments else None
            if point in model.built.landmarks and point in other.built.landmarks:
                gap = model.built.landmarks[point] - other.built.landmarks[point]
                shift[joint] = max(shift.get(joint, 0.0), float(np.linalg.norm(gap)))
        for segment in ("thigh", "shank_proximal", "shank_distal", "foot"):
            if segment in model.built.frames and segment in other.built.frames:
                relative = transpose(model.built.frames[segment][0]) @ other.built.frames[segment][0]
                cosine = (np.trace(relative, axis1=-2, axis2=-1) - 1) / 2
                turn = max(turn, float(np.arccos(np.clip(cosine, -1, 1)).max()))
    return {joint: size for joint, size in shift.items() if np.isfinite(size)}, turn


def report_unknown_diameter(shift: Mapping[str, float], turn: float, trial: str, quality: Quality) -> None:
    """Write a row that says what `OTHER_DIAMETER_M` instead of `ASSUMED_DIAMETER_M` would do, if it does anything.

    Parameters
    ----------
    shift, turn
        Of `diameter_effect`, m and rad.
    trial : str
        The static trial.
    quality : Quality
    """
    worst = max(shift.values(), default=0.0)
    if worst < _LEAST_M:
        return
    moved = ", ".join(f"{joint} centre {1000 * size:.1f} mm" for joint, size in shift.items() if size >= _LEAST_M)
    quality.add(
        "warning",
        "marker_diameter_unknown",
        f"the markers' diameter is unknown (expected in the sheets, in the config or in the C3D, found in none): "
        f"{1000 * ASSUMED_DIAMETER_M:g} mm is assumed. Markers of {1000 * OTHER_DIAMETER_M:g} mm would shift: {moved}; they would "
        f"turn a segment by up to {np.degrees(turn):.1f} degrees and change a joint moment by up to {1000 * worst:.1f} N m for "
        "every 1,000 N of ground reaction force",
        trial=trial,
        item="marker_diameter",
        action="measure a marker and write its diameter into the config (`subject.marker_diameter_m`) or, where it differs between "
        "people, into the column marker_diameter_m of participants.tsv",
        value=worst,
        unit="m",
    )
