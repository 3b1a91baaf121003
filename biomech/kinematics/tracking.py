"""From recorded markers to segment poses: repair, filter, rigid fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from biomech.config import Kinematics, Signals
from biomech.geometry.mirror import to_right
from biomech.geometry.rigid import RigidFit, axial_pose, fit_pose, triad_pose
from biomech.geometry.rotations import rotate, transpose
from biomech.model.axial_tracking import carriers, carriers_first
from biomech.model.frames import landmarks_and_frames
from biomech.model.markerset_parts import Axial
from biomech.model.markersets import OPPOSITE, MarkerSet
from biomech.schema import SIDES
from biomech.signals.filters import lowpass
from biomech.signals.gaps import fill_spline

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class SideModel:
    """What the static trial says about one side, mirrored-right and in the units of the kernels (m, rad).

    Attributes
    ----------
    templates : dict of str to (names, ndarray (k, 3))
        Tracking markers of each segment in the segment's frame.
    landmarks : dict of str to dict of str to ndarray (3,)
        Landmarks and joint centres in the frame of each segment.
    parameters : dict of str to float
    """

    templates: dict[str, tuple[list[str], Array]]
    landmarks: dict[str, dict[str, Array]]
    parameters: dict[str, float]


@dataclass
class Markers:
    """Markers of a trial under their canonical names: ``left_LFE``, ``right_LFE``, or ``C7`` on the midline.

    Attributes
    ----------
    names : list of str
        Canonical names, of markers that the recording shows at least once.
    position : ndarray, shape (n, m, 3)
        m, lab axes.
    filled : ndarray of bool, shape (n, m)
        Samples that were not recorded.
    """

    names: list[str]
    position: Array
    filled: Flags

    def for_side(self, markerset: MarkerSet, side: str) -> dict[str, Array]:
        """Return the markers as one side's kernels know them: mirrored-right, the other side's as ``_opposite``."""
        column = {name: i for i, name in enumerate(self.names)}
        names = [n + end for n, m in markerset.markers.items() for end in ("",) + (() if m.midline else (OPPOSITE,))]
        wanted = {name: canonical(markerset, side, name) for name in names}
        return {n: to_right(side, self.position[:, column[c]]) for n, c in wanted.items() if c in column}


@dataclass
class Poses:
    """Segment poses and landmarks of one side, mirrored-right.

    Attributes
    ----------
    rotation, origin : dict of str to ndarray, shape (n, 3, 3) and (n, 3)
        Of every segment that could be followed; NaN in lost frames.
    residual, spread : dict of str to ndarray, shape (n,)
        Of segments followed by a cluster, m; lost frames keep their values.
    landmark : dict of str to dict of str to ndarray (n, 3)
        Landmarks per carrying segment.
    lost : dict of str to dict of str to int
        Frames lost per segment and reason: ``markers``, ``axial``, ``residual``, ``spread``.
    """

    rotation: dict[str, Array] = field(default_factory=dict)
    origin: dict[str, Array] = field(default_factory=dict)
    residual: dict[str, Array] = field(default_factory=dict)
    spread: dict[str, Array] = field(default_factory=dict)
    landmark: dict[str, dict[str, Array]] = field(default_factory=dict)
    lost: dict[str, dict[str, int]] = field(default_factory=dict)


def canonical(markerset: MarkerSet, side: str, name: str) -> str:
    """Name of a marker that does not depend on whose side it is seen from.

    Parameters
    ----------
    markerset : MarkerSet
    side : {"left", "right"}
    name : str
        Marker of the marker set; ``<name>_opposite`` is the one of the other side.
    """
    if name.endswith(OPPOSITE):
        name = name.removesuffix(OPPOSITE)
        side = SIDES[1 - SIDES.index(side)]
    return name if markerset.markers[name].midline else f"{side}_{name}"


def find_markers(markerset: MarkerSet, labels: Iterable[str], position: ArrayLike) -> Markers:
    """Take the marker set's markers out of a recording.

    Parameters
    ----------
    markerset : MarkerSet
    labels : iterable of str, length m
    position : array_like, shape (n, m, 3)
        m, lab axes.

    Returns
    -------
    Markers
        Without labels that the marker set does not know and without markers that are never seen.
    """
    values = np.asarray(position, float)
    column: dict[str, int] = {}
    for i, label in enumerate(labels):
        column.setdefault(label, i)
    seen = np.isfinite(values[..., 0] + values[..., 1] + values[..., 2])
    found: dict[str, int] = {}
    for (side, name), label in markerset.resolve(column).items():
        if seen[:, column[label]].any():
            found[canonical(markerset, side, name)] = column[label]
    chosen = values[:, list(found.values())].copy()
    # A sample with one missing coordinate is missing.
    chosen[np.isnan(chosen[..., 0] + chosen[..., 1] + chosen[..., 2])] = np.nan
    return Markers(list(found), chosen, np.zeros(chosen.shape[:2], bool))


def read_model(model: xr.Dataset, side: str) -> SideModel | None:
    """Take one side out of a model group; None if the static trial gave nothing for it."""
    if side not in model["side"].values:
        return None
    one = model.sel(side=side)
    templates: dict[str, tuple[list[str], Array]] = {}
    for segment in one["segment"].values:
        values = one["template"].sel(segment=segment).values
        seen = np.isfinite(values).all(axis=-1)
        if seen.any():
            templates[str(segment)] = ([str(m) for m in one["marker"].values[seen]], values[seen])
    landmarks: dict[str, dict[str, Array]] = {}
    for segment in one["segment"].values:
        local = one["landmark_local"].sel(segment=segment)
        points = {str(k): v for k, v in zip(one["landmark"].values, local.values, strict=True) if np.isfinite(v).all()}
        if points:
            landmarks[str(segment)] = points
    if not landmarks:
        return None
    units = one["parameter_unit"].values if "parameter_unit" in one else [""] * one.sizes.get("name", 0)
    parameters = {
        str(name): float(np.radians(value) if unit == "degree" else value)
        for name, value, unit in zip(one["name"].values, one["parameter"].values, units, strict=True)
        if np.isfinite(value)
    }
    return SideModel(templates, landmarks, parameters)


def fill_from_cluster(
    points: ArrayLike, template: ArrayLike, max_residual_m: float, min_spread_m: float
) -> tuple[Array, Flags]:
    """Fill missing markers of a rigid cluster from at least three others of it.

    The marker keeps its place relative to the others: across a gap that place goes straight from the last one seen
    before to the first one seen after, so the filled interval joins the recorded ones without a step; beyond the first
    and last sample it is held.

    Parameters
    ----------
    points : array_like, shape (n, m, 3)
    template : array_like, shape (m, 3)
    max_residual_m, min_spread_m : float
        Frames in which the others fit worse, or lie nearly on a line, fill nothing.

    Returns
    -------
    filled : ndarray, shape (n, m, 3)
    flags : ndarray of bool, shape (n, m)
        Samples that were filled.
    """
    x = np.asarray(template, float)
    out = np.array(points, float)
    source = out.copy()
    flags = np.zeros(out.shape[:2], bool)
    missing = np.isnan(source).any(axis=-1)
    if out.shape[1] < 4:
        return out, flags
    for k in np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)):
        others = np.delete(np.arange(out.shape[1]), k)
        lost = missing[:, k]
        enough = (~missing[:, others]).sum(axis=1) >= 3
        # gaps and the frames next to them do; where one of these is no good, those further away are looked at too
        for frames in (_with_neighbours(lost, enough), np.flatnonzero(enough)):
            fit = fit_pose(x[others], source[np.ix_(frames, others)])
            good = (fit.residual <= max_residual_m) & (fit.spread >= min_spread_m)
            if good[~lost[frames]].all():
                break
        known, wanted = np.flatnonzero(good & ~lost[frames]), np.flatnonzero(good & lost[frames])
        if known.size and wanted.size:
            local = rotate(transpose(fit.rotation[known]), source[frames[known], k] - fit.origin[known])
            place = np.stack([np.interp(frames[wanted], frames[known], local[:, axis]) for axis in range(3)], axis=-1)
            out[frames[wanted], k] = rotate(fit.rotation[wanted], place) + fit.origin[wanted]
            flags[frames[wanted], k] = True
    return out, flags


def _with_neighbours(lost: Flags, usable: Flags) -> NDArray[np.intp]:
    """Usable frames that are lost, and of each the nearest usable one before and after that is not."""
    wanted, known = np.flatnonzero(lost & usable), np.flatnonzero(~lost & usable)
    place = np.searchsorted(known, wanted)
    return np.unique(np.concatenate([wanted, known[place[place > 0] - 1], known[place[place < len(known)]]]))


def repair(
    markers: Markers,
    models: Mapping[str, SideModel],
    markerset: MarkerSet,
    rate_hz: float,
    signals: Signals,
    kinematics: Kinematics,
) -> Markers:
    """Fill gaps: first from the other markers of a cluster, then by spline; every filled sample is flagged.

    Parameters
    ----------
    markers : Markers
    models : mapping of side to SideModel
        For the templates; empty fills by spline only.
    markerset : MarkerSet
    rate_hz : float
    signals, kinematics : config sections

    Returns
    -------
    Markers
    """
    position, filled = markers.position.copy(), markers.filled.copy()
    column = {name: i for i, name in enumerate(markers.names)}
    if signals.cluster_fill:
        clusters = [(side, names, x) for side, model in models.items() for names, x in model.templates.values()]
        # The smaller cluster of two that share a marker (rearfoot, whole foot) is the more rigid one: it fills first.
        for side, names, template in sorted(clusters, key=lambda cluster: len(cluster[1])):
            own = [canonical(markerset, side, name) for name in names]
            present = [i for i, name in enumerate(own) if name in column]
            columns = [column[own[i]] for i in present]
            if len(present) < 4 or not np.isnan(position[:, columns]).any():
                continue
            better, flags = fill_from_cluster(
                to_right(side, position[:, columns]),
                template[present],
                kinematics.max_residual_m,
                kinematics.min_spread_m,
            )
            position[:, columns] = to_right(side, better)
            filled[:, columns] |= flags
    position, flags = fill_spline(position, rate_hz, signals.gap_max_s)
    return Markers(markers.names, position, filled | flags)


def smooth(markers: Markers, rate_hz: float, cutoff_hz: float | None, signals: Signals) -> Markers:
    """Low-pass the marker positions at the task's cutoff (None leaves them)."""
    position = lowpass(markers.position, rate_hz, cutoff_hz, signals.filter_order, signals.cutoff_correction, axis=0)
    return Markers(markers.names, position, markers.filled)


def _fit(
    markerset: MarkerSet, segment: str, template: dict[str, Array], points: Mapping[str, Array], nowhere: Array
) -> RigidFit:
    """Pose of one segment on its markers, the way that the marker set asks for."""
    in_turn = markerset.is_triad(segment)
    names = list(markerset.cluster_of(segment)) if in_turn else list(template)
    local = np.stack([template.get(name, np.full(3, np.nan)) for name in names])
    measured = np.stack([points.get(name, nowhere) for name in names], axis=1)
    return triad_pose(local, measured) if in_turn else fit_pose(local, measured)


def _axial(
    axial: Axial, segment: str, points: Mapping[str, Array], model: SideModel, poses: Poses, nowhere: Array
) -> tuple[Array, Array, Array] | None:
    """Pose of a segment on the joint centres that its neighbours carry, and the marker's distance from their line."""
    names, template = model.templates.get(segment, ([], nowhere))
    own = model.landmarks.get(segment, {})
    ends = carriers(axial)
    if axial.marker not in names or any(landmark not in own for _, landmark in ends):
        return None
    local = np.stack([*(own[landmark] for _, landmark in ends), template[names.index(axial.marker)]])
    centres = [poses.landmark.get(carrier, {}).get(landmark, nowhere) for carrier, landmark in ends]
    return axial_pose(local, np.stack([*centres, points.get(axial.marker, nowhere)], axis=1))


def track_side(
    points: Mapping[str, Array], model: SideModel, markerset: MarkerSet, config: Kinematics, n_frames: int
) -> Poses:
    """Poses of all segments of one side, and the landmarks that they carry.

    Parameters
    ----------
    points : mapping of str to ndarray, shape (n, 3)
        Mirrored-right markers (`Markers.for_side`).
    model : SideModel
    markerset : MarkerSet
    config : Kinematics
        Bounds of residual and spread; frames beyond them lose the segment's pose.
    n_frames : int

    Returns
    -------
    Poses
    """
    poses = Poses()
    direct: tuple[dict[str, Array], dict[str, tuple[Array, Array]]] | None = None
    nowhere = np.full((n_frames, 3), np.nan)
    for segment in carriers_first(markerset.segments):
        axial = markerset.axial_of(segment)
        if markerset.is_direct(segment):
            if direct is None:
                direct = landmarks_and_frames(markerset, dict(points), model.parameters, stage="dynamic")
            if segment not in direct[1]:
                continue
            rotation, origin = direct[1][segment]
            lost = {"markers": int(np.isnan(rotation).any(axis=(-2, -1)).sum())}
        elif axial is not None:
            found_pose = _axial(axial, segment, points, model, poses, nowhere)
            if found_pose is None:
                continue
            rotation, origin, distance = found_pose
            unseen, thin = np.isnan(distance), distance < config.min_spread_m
            rotation[thin], origin[thin] = np.nan, np.nan
            lost = {"axial": int(unseen.sum()), "spread": int(thin.sum())}
        elif segment in model.templates:
            names, template = model.templates[segment]
            fit = _fit(markerset, segment, dict(zip(names, template, strict=True)), points, nowhere)
            poses.residual[segment], poses.spread[segment] = fit.residual, fit.spread
            unseen = np.isnan(fit.residual)
            # NaN compares false: a frame without a fit counts as unseen only.
            loose, thin = fit.residual > config.max_residual_m, fit.spread < config.min_spread_m
            bad = (loose | thin) & ~unseen
            rotation, origin = fit.rotation, fit.origin
            rotation[bad], origin[bad] = np.nan, np.nan
            lost = {"markers": int(unseen.sum()), "residual": int(loose.sum()), "spread": int((thin & ~loose).sum())}
        else:
            continue
        poses.rotation[segment], poses.origin[segment] = rotation, origin
        poses.lost[segment] = {reason: count for reason, count in lost.items() if count}
        poses.landmark[segment] = {
            name: origin + rotate(rotation, local) for name, local in model.landmarks.get(segment, {}).items()
        }
        if direct is not None and markerset.is_direct(segment):
            known = {**points, **direct[0]}
            found = markerset.segments[segment].landmarks
            poses.landmark[segment] |= {name: known[point] for name, point in found.items() if point in known}
    return poses
