"""Calibration of one side from a static trial: still window, parameters, templates, landmarks, inertia."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.config import Subject
from biomech.errors import TrialError
from biomech.geometry.rotations import rotate, transpose
from biomech.model import oxford_foot
from biomech.model.anthropometry import Inertia, segment_inertia
from biomech.model.conventional import calibrate_conventional
from biomech.model.frames import Built, build
from biomech.model.joint_centres import hip_centre
from biomech.model.markerset_parts import PARAMETERS
from biomech.model.markersets import MarkerSet, nearest_labels
from biomech.model.parameters import Parameters

Array = NDArray[np.float64]
INERTIA_SEGMENTS = {"thigh": "thigh", "shank_proximal": "shank", "foot": "foot"}
STILL_SPEED_M_S = 0.05
STILL_MIN_S = 0.25


@dataclass
class SideModel:
    """What the static trial gives for one side, mirrored-right convention (z lateral).

    Parameters
    ----------
    template : dict
        Segment to marker to place in the segment's frame, array (3,), m.
    landmark : dict
        Segment to landmark to place in the segment's frame, array (3,), m.
    inertia : dict
        Segment to `Inertia`, its centre of mass counted from the frame's origin.
    parameters : Parameters
    built : Built
        Frames and landmarks of the mean posture, with what was replaced or missing.
    notes : list of (level, code, item, message, action)
        What the quality table should say.
    """

    template: dict[str, dict[str, Array]] = field(default_factory=dict)
    landmark: dict[str, dict[str, Array]] = field(default_factory=dict)
    inertia: dict[str, Inertia] = field(default_factory=dict)
    parameters: Parameters = field(default_factory=Parameters)
    built: Built = field(default_factory=Built)
    notes: list[tuple[str, str, str, str, str]] = field(default_factory=list)


def still_window(position: ArrayLike, rate_hz: float) -> tuple[slice, float]:
    """Longest interval of a static trial in which the subject stands still.

    Parameters
    ----------
    position : array (n, m, 3)
        Markers, m.
    rate_hz : float

    Returns
    -------
    window : slice
        The longest run of frames whose median marker speed stays below 0.05 m/s; if none lasts 0.25 s, the calmest
        0.25 s (or the whole trial where it is shorter).
    speed : float
        Median marker speed in the window, m/s.
    """
    x = np.asarray(position, dtype=np.float64)
    n = len(x)
    span = max(1, round(0.1 * rate_hz))
    least = max(1, round(STILL_MIN_S * rate_hz))
    if n <= max(span, 2):
        return slice(0, n), 0.0
    # displacement over 0.1 s, so that marker noise does not count as speed
    steps = np.linalg.norm(x[span:] - x[:-span], axis=-1) * rate_hz / span
    seen = np.isfinite(steps)
    speed = np.full(len(steps), np.inf)
    some = seen.any(axis=1)
    speed[some] = np.nanmedian(np.where(seen, steps, np.nan)[some], axis=1)
    calm = np.concatenate([[0], (speed < STILL_SPEED_M_S).astype(int), [0]])
    starts, ends = np.flatnonzero(np.diff(calm) == 1), np.flatnonzero(np.diff(calm) == -1)
    if len(starts) and (ends - starts).max() + span >= min(least, n):
        longest = int(np.argmax(ends - starts))
        window = slice(int(starts[longest]), int(ends[longest]) + span)
    elif n <= least or not some.any():
        window = slice(0, n)
    else:
        width = max(1, least - span)
        finite = np.where(np.isfinite(speed), speed, np.nanmax(speed[np.isfinite(speed)]))
        sums = np.convolve(finite, np.ones(width), mode="valid")
        start = int(np.argmin(sums))
        window = slice(start, start + width + span)
    inside = speed[window.start : max(window.stop - span, window.start + 1)]
    inside = inside[np.isfinite(inside)]
    return window, float(np.median(inside)) if len(inside) else float("nan")


def mean_points(points: Mapping[str, Array], window: slice) -> dict[str, Array]:
    """Mean position of every marker over the window, array (1, 3).

    Frames in which every marker is seen are preferred, so that sway moves all markers alike; a marker seen in less
    than half of the window has no say in that. Markers that those frames lack are averaged over their own.
    """
    seen = {name: np.asarray(np.isfinite(value[window]).all(axis=-1)) for name, value in points.items()}
    seen = {name: flags for name, flags in seen.items() if flags.any()}
    often = [flags for flags in seen.values() if flags.mean() >= 0.5]
    common = np.logical_and.reduce(often) if often else np.array(True)
    frames = {name: flags & common if (flags & common).any() else flags for name, flags in seen.items()}
    return {name: points[name][window][chosen].mean(axis=0, keepdims=True) for name, chosen in frames.items()}


def place_hip(parameters: Parameters, method: str, markerset: MarkerSet, sex: str, subject: Subject) -> None:
    """Add hip_x, hip_y, hip_z (pelvis frame, m) by the chosen regression, in place.

    Parameters
    ----------
    parameters : Parameters
        Of one side, with the measures that the method needs.
    method : str
        One of `joint_centres.HIP_METHODS`.
    markerset : MarkerSet
    sex : {"female", "male", "unknown"}
    subject : config.Subject
        `hip_offset` and `marker_base_m`.

    Raises
    ------
    TrialError
        A measure that the regression needs is missing.
    """
    offset = markerset.hip_offset if subject.hip_offset == "markerset" else subject.hip_offset
    soft = parameters.value["marker_radius"] + subject.marker_base_m if offset == "marker" else 0.0
    centre = hip_centre(method, parameters.value, marker_offset_m=soft, sex=sex)
    for axis, number in zip("xyz", centre, strict=True):
        parameters.put(f"hip_{axis}", float(number), method)


def calibrate_side(
    markerset: MarkerSet,
    points: Mapping[str, Array],
    mean: Mapping[str, Array],
    parameters: Parameters,
    *,
    mass_kg: float,
    sex: str,
    inertia: str,
    flat_foot: bool = True,
    foot_model: str = "markerset",
    foot_offsets: str = "static",
    difference_deg: float = 1.0,
) -> SideModel:
    """Build the model of one side on the mean static posture.

    Parameters
    ----------
    markerset : MarkerSet
    points : mapping
        Static markers, arrays (n, 3), mirrored-right world.
    mean : mapping
        Their means, arrays (1, 3).
    parameters : Parameters
        Of this side, hip centre included where it is known; the conventional gait model adds its own.
    mass_kg : float
        NaN gives NaN inertia.
    sex, inertia : str
        For `model.anthropometry.segment_inertia`.
    flat_foot, foot_offsets, difference_deg
        For the conventional gait model, see `calibrate_conventional`.
    foot_model : {"markerset", "oxford"}
        ``oxford`` adds the landmarks of the Oxford Foot Model to the parameters.
    """
    notes = []
    if markerset.calibration == "conventional":
        notes = calibrate_conventional(markerset, mean, points, parameters, flat_foot, foot_offsets, difference_deg)
    if foot_model == "oxford":
        for name, number in oxford_foot.static_parameters(points).items():
            parameters.offer(name, number, "static")
    for name in PARAMETERS:
        if name not in parameters.value and name.startswith(("thigh_", "shank_", "tibial_", "ankle_abadd", "static_")):
            parameters.put(name, 0.0, "default")
    side = SideModel(parameters=parameters, notes=notes)
    side.built = build(markerset, mean, parameters.value)
    known = {**side.built.landmarks, **mean}
    for name, (rotation, origin) in side.built.frames.items():
        back = transpose(rotation)

        def local(point: Array, back: Array = back, origin: Array = origin) -> Array:
            return rotate(back, point - origin)[0]

        side.template[name] = {m: local(known[m]) for m in markerset.cluster_of(name) if m in known}
        side.landmark[name] = {
            landmark: local(known[point])
            for landmark, point in markerset.segments[name].landmarks.items()
            if point in known
        }
    for name, segment in INERTIA_SEGMENTS.items():
        if name in side.built.frames:
            length, start, replaced = _extent(name, side, inertia)
            if replaced:
                notes.append(("info", "segment_length", name, replaced, ""))
            if np.isfinite(length):
                values = segment_inertia(segment, sex, mass_kg, length, inertia)  # type: ignore[arg-type]
                com = start + values.com
                if inertia == "dempster" and name == "foot" and "second_metatarsal_head" in side.landmark[name]:
                    # its line runs from the ankle down to the metatarsal head, not along the sole
                    com = start + np.linalg.norm(values.com) / length * (
                        side.landmark[name]["second_metatarsal_head"] - start
                    )
                side.inertia[name] = Inertia(values.mass, com, values.tensor)
    return side


def _extent(segment: str, side: SideModel, method: str) -> tuple[float, Array, str]:
    """Length of a segment as its inertia method counts it, where that length starts, and what had to replace it."""
    marks = side.landmark[segment]
    nowhere = np.full(3, np.nan)
    if segment != "foot":
        start, end = ("hip", "knee") if segment == "thigh" else ("knee", "ankle")
        a, b = marks.get(start, nowhere), marks.get(end, nowhere)
        return float(np.linalg.norm(b - a)), a, ""
    ankle, heel, toe = (marks.get(name, nowhere) for name in ("ankle", "heel", "toe"))
    if method == "de_leva":
        return float(np.linalg.norm(toe - heel)), heel, "foot length counted from heel to toe marker"
    if method == "plug_in_gait":
        return float(np.linalg.norm(toe - heel)) - side.parameters.value["marker_radius"], ankle, ""
    if method == "dempster" and "second_metatarsal_head" in marks:
        return float(np.linalg.norm(marks["second_metatarsal_head"] - ankle)), ankle, ""
    heads = [marks[name] for name in ("first_metatarsal_head", "fifth_metatarsal_head") if name in marks]
    if len(heads) == 2:
        return float(np.linalg.norm(np.mean(heads, axis=0) - ankle)), ankle, ""
    return (
        float(np.linalg.norm(toe - ankle)),
        ankle,
        "no markers on metatarsal heads 1 and 5: foot length for inertia counted from ankle centre to toe marker",
    )


def missing_markers_error(markerset: MarkerSet, labels: list[str], missing: list[str], where: str) -> TrialError:
    """Return the error that names missing markers, the file, and the nearest labels in it."""
    parts = []
    for label in missing:
        near = nearest_labels(label, labels)
        parts.append(f"{label} (nearest labels there: {', '.join(near)})" if near else label)
    return TrialError(
        f"{where}: marker set {markerset.name} expects {'; '.join(parts)}, found none",
        code="missing_marker",
        action="label the marker, rename it by a `relabel` entry in trials.tsv (for example "
        f"`theirs={missing[0]}`), or choose the marker set that fits",
    )
