"""Checks of segment axes in standing: directions that only a faulty marker set or exchanged labels give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biomech.geometry.rotations import transpose
from biomech.model.calibration import SideModel
from biomech.model.markerset_parts import OPPOSITE, Frame
from biomech.model.markersets import MarkerSet
from biomech.model.posture import UPSIDE_DOWN_DEG, body_axes, posture_of
from biomech.quality import Quality
from biomech.schema import SIDES

Array = NDArray[np.float64]
CODES = ("segment_axes", "standing_angle", "segment_upside_down")
#: Segment to the one that its standing angle is counted from; none: the body's own directions.
_PARENT = {
    "thigh": "pelvis", "shank_proximal": "thigh", "shank_distal": "thigh", "foot": "shank_distal",
    "rearfoot": "shank_distal", "forefoot": "shank_distal",
}  # fmt: skip
#: Largest angles of standing, degrees: far beyond the largest of 20 real static trials (44 sagittal, 13 frontal, 40
#: transverse), near enough for an axis that is exchanged or reversed.
LARGEST_DEG = {"sagittal": 60.0, "frontal": 45.0, "transverse": 60.0}
#: Inclination beyond which a static trial does not show a standing person, so that only the lateral axes can be judged.
_STANDS_DEG = 45.0
_WRONG = ("x axis points back", "y axis points down", "z axis points medially")


@dataclass(frozen=True)
class FrameFault:
    """One fault of a segment's frame.

    Parameters
    ----------
    code : str
        One of `CODES`.
    segment : str
    text : str
        What is wrong.
    value : float
        Angle, degrees.
    """

    code: str
    segment: str
    text: str
    value: float


def frame_faults(side: SideModel, mean: Mapping[str, Array], markerset: MarkerSet) -> list[FrameFault]:
    """Return what is wrong with the frames of one side in the mean standing posture.

    Parameters
    ----------
    side : SideModel
    mean : mapping
        Mean static markers, arrays (1, 3), mirrored-right world.
    markerset : MarkerSet

    Returns
    -------
    list of FrameFault
        An axis that points back, down or medially; else a standing angle beyond `LARGEST_DEG` (Cardan ZXY from the
        segment above); a thigh or shank whose lower end is above its upper one.
    """
    posture = posture_of(side, mean, markerset)
    faults = [
        FrameFault("segment_upside_down", segment, f"its {lower} lies above its {upper}", angle)
        for segment, angle, upper, lower in (
            ("thigh", posture.thigh, "hip centre", "knee centre"),
            ("shank_proximal", posture.shank, "knee centre", "ankle centre"),
        )
        if angle > UPSIDE_DOWN_DEG
    ]
    body = body_axes(mean)
    if body is None or faults:
        return faults
    # sitting or lying: the segments point elsewhere by right, only sideways they still must agree
    stands = not any(angle > _STANDS_DEG for angle in (posture.thigh, posture.shank))
    leans = _STANDS_DEG < posture.trunk <= UPSIDE_DOWN_DEG
    axes = {name: pose[0][0] for name, pose in side.built.frames.items() if np.isfinite(pose[0]).all()}
    wrong: set[str] = set()

    def upright(name: str) -> bool:
        return stands and not (leans and name == "trunk")

    for name, rotation in axes.items():
        along = np.diag(body.T @ rotation)
        if name == "shank_distal" and np.array_equal(rotation, axes.get("shank_proximal", np.zeros(0))):
            continue
        bad = [text for axis, text in enumerate(_WRONG) if along[axis] < 0 and (axis == 2 or upright(name))]
        if bad:
            wrong.add(name)
            angle = float(np.degrees(np.arccos(np.clip(along.min(), -1, 1))))
            faults.append(FrameFault("segment_axes", name, f"its {' and its '.join(bad)}", angle))
    for name, rotation in axes.items():
        parent = _PARENT.get(name)
        above = body if parent is None else axes.get(parent)
        if not upright(name) or above is None or name in wrong or parent in wrong:
            continue
        for (plane, limit), angle in zip(LARGEST_DEG.items(), _cardan(transpose(above) @ rotation), strict=True):
            if abs(angle) > limit:
                message = f"its {plane} angle against {'the ' + parent if parent else 'the direction of the body'} is {angle:.0f} degrees"
                faults.append(FrameFault("standing_angle", name, message, float(angle)))
    return faults


def report_frames(
    sides: Mapping[str, SideModel],
    means: Mapping[str, Mapping[str, Array]],
    trial: str,
    markerset: MarkerSet,
    quality: Quality,
) -> None:
    """Write an error row for every fault of `frame_faults`; the trunk, which both sides share, once."""
    reported: set[tuple[str, str]] = set()
    for side in SIDES:
        for fault in frame_faults(sides[side], means[side], markerset):
            whose = fault.segment if fault.segment in ("trunk", "pelvis") else f"{side} {fault.segment}"
            if (whose, fault.code) in reported:
                continue
            reported.add((whose, fault.code))
            markers = ", ".join(
                markers_of(markerset, fault.segment, side, {**sides[side].built.landmarks, **means[side]})
            )
            quality.add(
                "error",
                fault.code,
                f"{whose}: in static trial {trial} {fault.text}; a standing person's x axis points forward, y up and z "
                f"laterally, and angles stay below {LARGEST_DEG['sagittal']:.0f} degrees ({LARGEST_DEG['frontal']:.0f} in the "
                f"frontal plane). The frame rests on {markers or 'other segments'}",
                trial=trial,
                item=whose,
                action=f"look whether these labels are exchanged in the recording, and at the frame of {fault.segment} in marker "
                f"set {markerset.name} (order of the points, axis of `first` and `second`); the angles of this segment "
                "are not to be used",
                value=fault.value,
                unit="degree",
            )


def markers_of(markerset: MarkerSet, segment: str, side: str, known: Mapping[str, object]) -> list[str]:
    """Return the labels of the markers on which the axes of a segment's frame rest, in the order of the file."""
    out: dict[str, None] = {}
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        bare = name.removesuffix(OPPOSITE)
        if bare in markerset.markers:
            owner = side if bare == name else SIDES[1 - SIDES.index(side)]
            out[markerset.label_of(owner, bare)] = None
        elif name in markerset.landmarks:
            ops = markerset.alternatives(name)
            used = next((op for op in ops if all(n in known or "." in n for n in op.names())), ops[0])
            for other in used.names():
                visit(other)
        elif "." in name and name.split(".")[0] in markerset.segments:
            spec = _used(markerset.segments[name.split(".")[0]].frames, known)
            for other in [spec.origin] if name.endswith(".origin") else spec.names()[1:]:
                visit(other)

    for name in _used(markerset.segments[segment].frames, known).names()[1:]:
        visit(name)
    return list(out)


def _used(frames: tuple[Frame, ...], known: Mapping[str, object]) -> Frame:
    return next((f for f in frames if all(n in known or "." in n for n in f.names())), frames[0])


def _cardan(rotation: Array) -> tuple[float, float, float]:
    """Angles about z, x and y in turn, degrees."""
    x = np.arcsin(np.clip(rotation[2, 1], -1.0, 1.0))
    z = np.arctan2(-rotation[0, 1], rotation[1, 1])
    y = np.arctan2(-rotation[2, 0], rotation[2, 2])
    return float(np.degrees(z)), float(np.degrees(x)), float(np.degrees(y))
