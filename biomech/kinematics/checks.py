"""Quality checks of a trial's kinematics: missing markers, gaps, lost poses, doubtful axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from biomech.config import Kinematics
from biomech.kinematics.angles import cross_talk, gimbal_frames
from biomech.kinematics.progression import seconds_off_course
from biomech.kinematics.tracking import Markers, Poses, SideModel, canonical
from biomech.model.markersets import MarkerSet, nearest_labels
from biomech.quality import Quality
from biomech.schema import SIDES

Array = NDArray[np.float64]

# A pelvis turned away for less than this is a stumble or the swing of a running pelvis, not a turning trial.
OFF_COURSE_S = 0.5
# Frames of a session that the knee axis is judged by: what a percentile and a variance need, 3 MB a side.
KNEE_FRAMES = 20_000
# Methods of the knee axis check: Schache et al. 2006 (Gait Posture 24:100), Baudet et al. 2014 (PLoS One 9:e102098);
# the bounds are working values, not published ones.
CROSS_TALK_R2 = 0.3
CROSS_TALK_SPAN_DEG = 10.0
_CHAIN = ("pelvis", "thigh", "shank_proximal")
_NAMES = {"shank_proximal": "shank"}


def missing_markers(
    found: Markers,
    labels: Sequence[str],
    markerset: MarkerSet,
    models: Mapping[str, SideModel],
    trial: str,
    role: str,
    file: str,
    quality: Quality,
) -> None:
    """Report markers that the model tracks or the marker set requires, and a movement trial lacks or never shows.

    Missing markers of a static trial are the model's to report.
    """
    if role == "static":
        return
    resolved = markerset.resolve(labels)
    spare = [label for label in labels if label not in set(resolved.values())]
    seen: set[str] = set(found.names)
    for side in SIDES:
        tracked = {n for names, _ in models[side].templates.values() for n in names} if side in models else set()
        for name, marker in markerset.markers.items():
            own = canonical(markerset, side, name)
            if own in seen or (marker.required not in ("always", "dynamic") and name not in tracked):
                continue
            seen.add(own)
            label = markerset.label_of(side, name)
            if (side, name) in resolved:
                text = f"{file}: marker {resolved[side, name]!r} is in the file, but in no frame visible"
                action = "label it in the recording; the segment is followed by the other markers of its cluster"
            else:
                near = nearest_labels(label, spare)
                text = f"{file}: expected marker {label!r}, found no such label"
                text += f"; nearest unused labels: {', '.join(near)}" if near else ""
                action = "correct the label in the file, or add `label=expected label` to `relabel` in trials.tsv"
            quality.add("warning", "missing_marker", text, trial=trial, item=own, action=action)


def gaps(markers: Markers, trial: str, rate_hz: float, quality: Quality) -> None:
    """Report the filled samples of every marker, and the gaps that stay open between its first and last sample."""
    missing = np.asarray(np.isnan(markers.position).any(axis=-1))
    for k, name in enumerate(markers.names):
        count = int(markers.filled[:, k].sum())
        if count:
            quality.add(
                "info",
                "filled",
                f"{count} of {len(missing)} samples filled",
                trial=trial,
                item=name,
                value=float(count),
                unit="samples",
            )
        seen = np.flatnonzero(~missing[:, k])
        left = int(missing[seen[0] : seen[-1], k].sum()) if seen.size else 0
        if left:
            quality.add(
                "warning",
                "gap_left",
                f"{left} samples ({left / rate_hz:.2f} s) stay missing between the first and the last one seen",
                trial=trial,
                item=name,
                action="fill the gap in the capture software, or accept longer gaps in signals.gap_max_s",
                value=float(left),
                unit="samples",
            )


def poses(sides: Mapping[str, Poses], trial: str, config: Kinematics, quality: Quality) -> None:
    """Report loose clusters and lost poses, per side and segment."""
    reasons = {
        "markers": "fewer than three markers",
        "axial": "no joint centre at one end, or no marker",
        "residual": f"residual above {1000 * config.max_residual_m:g} mm",
        "spread": f"markers within {1000 * config.min_spread_m:g} mm of a line",
    }
    shared: set[str] = set()
    for side, one in sides.items():
        for segment, rotation in one.rotation.items():
            if segment in shared:
                continue
            # Both sides carry the same pelvis and trunk: one row says it.
            shared |= {segment} & {"pelvis", "trunk"}
            item = segment if segment in shared else f"{side} {segment}"
            residual = one.residual.get(segment)
            if residual is not None and np.isfinite(residual).any():
                median = float(np.nanmedian(residual))
                if median > config.warn_residual_m:
                    quality.add(
                        "warning",
                        "loose_cluster",
                        f"median residual of the rigid fit is {1000 * median:.1f} mm",
                        trial=trial,
                        item=item,
                        action="look for a displaced or swapped marker of this segment",
                        value=median,
                        unit="m",
                    )
            lost = np.asarray(np.isnan(rotation).any(axis=(-2, -1)))
            if not lost.any():
                continue
            seen = np.flatnonzero(~lost)
            inside = int(lost[seen[0] : seen[-1]].sum()) if seen.size else len(lost)
            why = "; ".join(f"{reasons[reason]} in {count}" for reason, count in one.lost.get(segment, {}).items())
            where = f"missing in {lost.sum()} of {len(lost)} frames ({inside} of them between seen ones)"
            where = where if seen.size else "found in no frame"
            quality.add(
                "warning" if inside else "info",
                "pose_lost",
                f"pose {where}: {why}",
                trial=trial,
                item=item,
                action="look at this segment's markers in the recording" if inside else "",
                value=float(lost.sum()),
                unit="frames",
            )


def facing(sides: Mapping[str, Poses], trial: str, quality: Quality) -> None:
    """Report neighbouring segments whose lateral axes point to opposite sides for most of a trial: labels of another side.

    A pelvis whose left and right labels are exchanged keeps all distances between its markers; it only lies upside down, or
    faces backwards.
    """
    found: dict[str, tuple[float, list[str]]] = {}
    for side, one in sides.items():
        for upper, lower in pairwise(_CHAIN):
            if upper not in one.rotation or lower not in one.rotation:
                continue
            cosine = (one.rotation[upper][..., 2] * one.rotation[lower][..., 2]).sum(axis=-1)
            cosine = cosine[np.isfinite(cosine)]
            middle = float(np.median(cosine)) if len(cosine) else 1.0
            if middle < 0:
                angle = float(np.degrees(np.arccos(max(middle, -1.0))))
                worst, pairs = found.get(upper, (0.0, []))
                found[upper] = (max(worst, angle), [*pairs, f"{side} {_NAMES.get(lower, lower)}"])
    for upper, (angle, others) in found.items():
        what = upper if upper == "pelvis" else _NAMES.get(upper, upper)
        quality.add(
            "error",
            "segment_facing",
            f"the lateral axes of {what} and {' and '.join(others)} point to opposite sides ({angle:.0f} degrees apart in the median): left "
            "and right labels, or medial and lateral ones, are exchanged in this trial or in its static trial",
            trial=trial,
            item=", ".join((what, *others)),
            action="exchange the labels in the recording, or write them into the relabel cell of this trial in trials.tsv; its angles are wrong",
            value=angle,
            unit="degree",
        )


def gimbal(angles: Mapping[str, Mapping[str, Array]], trial: str, config: Kinematics, quality: Quality) -> None:
    """Report joints whose middle Cardan angle comes near 90 degrees."""
    for side, values in angles.items():
        for joint, count in gimbal_frames(dict(values), config.gimbal_warn_deg, config.ankle_sequence).items():
            quality.add(
                "warning",
                "gimbal_lock",
                f"middle Cardan angle beyond {config.gimbal_warn_deg:g} degrees in {count} frames: the other two angles "
                "are ill-defined there",
                trial=trial,
                item=f"{side} {joint}",
                value=float(count),
                unit="frames",
            )


def heading(
    pelvis: Array, direction: Array, trial: str, windows: str, rate_hz: float, config: Kinematics, quality: Quality
) -> None:
    """Report a trial without direction of progression, or whose pelvis faces elsewhere for long."""
    known = np.asarray(np.isfinite(direction).all(axis=-1))
    if not known.all():
        what = "lies outside the declared windows" if windows and known.any() else "pelvis is never seen"
        quality.add(
            "warning",
            "no_progression",
            f"no direction of progression in {(~known).sum()} of {len(known)} frames ({what}): angles of pelvis and "
            "trunk, foot progression and FPPA are missing there",
            trial=trial,
            item="progression",
            action="let the windows in `progression` of trials.tsv cover the trial, or check the pelvis markers",
            value=float((~known).sum()),
            unit="frames",
        )
    away = seconds_off_course(pelvis, direction, rate_hz, config.heading_warn_deg)
    if away > OFF_COURSE_S and not windows:
        quality.add(
            "warning",
            "turning",
            f"pelvis faces more than {config.heading_warn_deg:g} degrees from the direction of progression for {away:.2f} s",
            trial=trial,
            item="progression",
            action="declare the walking windows in `progression` of trials.tsv, for example `0-1.5:+x 1.5-3:-z`",
            value=away,
            unit="s",
        )


def keep_knee(moves: list[tuple[Array, Array]], thigh: Array, shank: Array) -> None:
    """Add a trial to the movements of `knee_axis`; of many frames every second one stays, so that memory is bounded.

    Parameters
    ----------
    moves : list of (thigh, shank)
        Is added to, or thinned.
    thigh, shank : (n, 3, 3) array
        Mirrored-right rotations.
    """
    moves.append((thigh.copy(), shank.copy()))  # not a view that keeps all segments of the trial alive
    while sum(len(one) for one, _ in moves) > KNEE_FRAMES and any(len(one) > 1 for one, _ in moves):
        moves[:] = [(one[::2].copy(), other[::2].copy()) for one, other in moves]


def knee_axis(moves: Sequence[tuple[Array, Array]], side: str, quality: Quality) -> None:
    """Report cross-talk of knee flexion into knee abduction over all movements of a session.

    Parameters
    ----------
    moves : sequence of (thigh, shank)
        Mirrored-right rotations, shape (n, 3, 3) each, one pair a trial; see `keep_knee`.
    side : {"left", "right"}
    quality : Quality
    """
    if not moves:
        return
    r2, span, offset = cross_talk(np.concatenate([m[0] for m in moves]), np.concatenate([m[1] for m in moves]))
    if not np.isfinite(r2):
        return
    doubtful = r2 >= CROSS_TALK_R2 and span > CROSS_TALK_SPAN_DEG
    quality.add(
        "warning" if doubtful else "info",
        "knee_axis",
        f"knee abduction ranges over {span:.1f} degrees between 10 and 70 degrees of flexion, r² with flexion {r2:.2f}; "
        f"its variance is least with the thigh frame turned {abs(offset):.1f} degrees "
        f"{'inwards' if offset >= 0 else 'outwards'}",
        item=f"{side} knee",
        action="check the epicondyle markers of the static trial, and whether the cluster or the wand of the thigh was turned after it: "
        "such a turn would change hip rotation by as much the other way"
        if doubtful
        else "",
        value=offset,
        unit="degree",
    )
