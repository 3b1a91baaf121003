"""Kinematics of one session: every trial's clean markers, segment poses and angles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech import schema
from biomech.config import Config
from biomech.errors import TrialError
from biomech.geometry.mirror import to_right
from biomech.io.sheets import Session, Trial
from biomech.io.trial_files import Trials
from biomech.kinematics import checks, multibody, outliers, oxford_foot
from biomech.kinematics.angles import side_angles
from biomech.kinematics.body_centre import body_centre
from biomech.kinematics.progression import parse_windows, progression
from biomech.kinematics.tracking import (
    Markers,
    Poses,
    SideModel,
    find_markers,
    read_model,
    repair,
    smooth,
    track_side,
)
from biomech.kinematics.variables import (
    angle_names,
    angle_variable,
    carried_landmarks,
    distance_variable,
    marker_variables,
    pose_variables,
)
from biomech.model.calibration import still_window
from biomech.model.markersets import MarkerSet
from biomech.model.outliers import in_static
from biomech.quality import Quality
from biomech.quantities import MEASURES

Array = NDArray[np.float64]


class Subject(NamedTuple):
    """The static model that a trial uses: the static trial's name and its sides."""

    static: str
    footwear: str
    sides: dict[str, SideModel]
    body: xr.Dataset
    standing: dict[str, multibody.Standing]  # filled by the static trial, which is computed first


def kinematics_session(
    raw: Trials,
    model: Trials,
    session: Session,
    markerset: MarkerSet,
    config: Config,
    quality: Quality,
    on_error: str = "skip",
) -> dict[str, xr.Dataset]:
    """Compute the kinematics of every trial of a session.

    Static trials come first: their mean angles, while the person stands still, are the reference of
    ``<quantity>__static``. A trial uses the model of
    the static trial with its footwear, or else the first one (reported in quality). Functional trials keep clean markers
    only. A side without a model is NaN.

    Parameters
    ----------
    raw, model : mapping of str to xr.Dataset
        Of the stages ingest and model.
    session : Session
    markerset : MarkerSet
    config : Config
        Sections `signals` and `kinematics` are used.
    quality : Quality
        Receives a row for everything filled, lost or doubtful.
    on_error : {"skip", "stop"}
        ``stop`` raises the first trial's error, ``skip`` makes it a quality row.

    Returns
    -------
    dict of str to xr.Dataset
        One dataset per trial, in the order of `raw`; variables of the stage ``kinematics`` in `biomech.schema.VARIABLES`.

    Raises
    ------
    TrialError
        With ``on_error="stop"`` only.
    """
    done = dict(kinematics_trials(raw, model, session, markerset, config, quality, on_error))
    return {name: done[name] for name in raw if name in done}


def kinematics_trials(
    raw: Trials,
    model: Trials,
    session: Session,
    markerset: MarkerSet,
    config: Config,
    quality: Quality,
    on_error: str = "skip",
) -> Iterator[tuple[str, xr.Dataset]]:
    """Compute trial by trial, static ones first; see `kinematics_session`. Yields name and dataset of every trial."""
    rows = {trial.trial: trial for trial in session.trials}
    subjects = _subjects(model)
    if not subjects and raw:
        quality.add(
            "error",
            "no_model",
            "expected a model from a static trial, found none: markers are cleaned, no pose or angle can be computed",
            action="see the messages of stage `model`; a session needs one usable static trial",
        )
    if config.kinematics.method == "multibody":
        multibody.report_joints(config.multibody, quality)
    references: dict[str, dict[str, dict[str, float]]] = {}
    moves: dict[str, list[tuple[Array, Array]]] = {side: [] for side in schema.SIDES}
    for name in sorted(raw, key=lambda trial: trial not in subjects):
        dataset = None
        with quality.guard(name, on_error=on_error):
            data = raw[name]
            if not data.sizes.get("marker"):
                continue  # maximal contractions, recorded without markers
            row = rows.get(name) or _row_from(name, data)
            subject = _subject_for(name, row, subjects, quality)
            dataset = _trial(data, row, subject, references, markerset, config, quality, moves)
        if dataset is not None:
            yield name, dataset
    for side, pairs in moves.items():
        checks.knee_axis(pairs, side, quality)


def _subjects(model: Trials) -> dict[str, Subject]:
    out = {}
    for name, data in model.items():
        sides = {side: one for side in schema.SIDES if (one := read_model(data, side)) is not None}
        if sides:
            out[name] = Subject(name, str(data.attrs.get("footwear", "")), sides, data, {})
    return out


def _subject_for(name: str, row: Trial, subjects: dict[str, Subject], quality: Quality) -> Subject | None:
    if name in subjects:
        return subjects[name]
    if not subjects:
        return None
    for subject in subjects.values():
        if subject.footwear == row.footwear:
            return subject
    subject = next(iter(subjects.values()))
    quality.add(
        "info",
        "static_footwear",
        f"no static trial with footwear {row.footwear!r}; the one of {subject.static!r} ({subject.footwear!r}) is used",
        trial=name,
        item=subject.static,
        action="record a static trial per footwear: angles of the foot relative to standing depend on the shoe",
    )
    return subject


def _row_from(name: str, data: xr.Dataset) -> Trial:
    """Row of a trial that the sheet no longer has, from what was recorded next to its data."""
    attrs = data.attrs
    return Trial(trial=name, file="", role=attrs["role"], task=str(attrs["task"]))


def _trial(
    data: xr.Dataset,
    row: Trial,
    subject: Subject | None,
    references: dict[str, dict[str, dict[str, float]]],
    markerset: MarkerSet,
    config: Config,
    quality: Quality,
    moves: dict[str, list[tuple[Array, Array]]],
) -> xr.Dataset:
    """Kinematics of one trial; adds its means to `references` if it is static, its knees to `moves` if it moves."""
    rate = float(data.attrs["rate_hz"])
    time = data["time"].values
    labels = [str(label) for label in data["marker"].values]
    cutoff = config.signals.cutoff_hz.get(row.task)
    found = find_markers(markerset, labels, data["marker_position"].values)
    sides = subject.sides if subject else {}
    file = Path(row.file).name or row.trial
    if not found.names or not len(time):
        raise TrialError(
            f"{file}: expected visible markers of the marker set {markerset.name!r}, found none of them among "
            f"{len(labels)} labels and {len(time)} frames",
            code="no_markers",
            action="check `markerset` in config.yaml and the labels of the file",
        )
    checks.missing_markers(found, labels, markerset, sides, row.trial, row.role, file, quality)
    judged = in_static(config.kinematics, len(time) / rate) if row.role == "static" else config.kinematics
    found, wrong = outliers.remove(found, sides, markerset, rate, judged)
    if row.role != "functional":
        found = outliers.leave_out_noisy(found, wrong, sides, markerset, judged, row.trial, quality)
    repaired = repair(found, sides, markerset, rate, config.signals, config.kinematics)
    outliers.report(wrong, repaired, time, row.trial, row.role, judged, quality)
    checks.gaps(repaired, row.trial, rate, quality)
    markers = smooth(repaired, rate, cutoff, config.signals)
    out = marker_variables(markers)
    # coordinates are added here once, not at every variable: making and comparing them would take as long as the angles
    coords: dict[str, Any] = {
        "marker": np.array(markers.names, dtype=object),
        "time": ("time", time, {"units": "s"}),
        "axis": list(schema.AXES),
    }
    if subject is not None and row.role != "functional":
        poses = {
            side: track_side(markers.for_side(markerset, side), one, markerset, config.kinematics, len(time))
            for side, one in sides.items()
        }
        poses = _constrained(poses, subject, found, markers, rate, markerset, config, row.trial, quality)
        checks.poses(poses, row.trial, config.kinematics, quality)
        if not any(np.isfinite(r).any() for one in poses.values() for r in one.rotation.values()):
            raise TrialError(
                f"{file}: expected at least three markers of one segment, found none with so many",
                code="no_pose",
                action="check the labels of the file against the static trial and the marker set",
            )
        landmarks = sorted({name for one in poses.values() for own in one.landmark.values() for name in own})
        out |= pose_variables(poses, landmarks, rate)
        direction = _progression(poses, time, rate, row, config, quality)
        out["progression"] = schema.with_contract_attrs(xr.DataArray(direction, dims=("time", "axis")), "progression")
        angles = {side: _side_angles(side, one, direction, config) for side, one in poses.items()}
        if config.kinematics.foot_model == "oxford":
            pelvis = {s: (p.rotation["pelvis"], p.origin["pelvis"]) for s, p in poses.items() if "pelvis" in p.rotation}
            for side, foot in oxford_foot.of_trial(data, markers, markerset, sides, pelvis).items():
                angles[side] |= foot
        if row.trial == subject.static:
            # The same quiet interval that the model was made from.
            still, _ = still_window(found.position, rate)
            references[subject.static] = {side: _means(values, still) for side, values in angles.items()}
        reference = references.get(subject.static, {})
        quantities = angle_names(angles)
        out["angle"] = angle_variable(angles, quantities, reference, len(time))
        out["distance"] = distance_variable(poses, markers, markerset, direction)
        checks.gimbal(angles, row.trial, config.kinematics, quality)
        if row.role == "dynamic":
            checks.facing(poses, row.trial, quality)
            outliers.report_drifts(found, sides, markerset, config.kinematics, row.trial, quality)
            for side, one in poses.items():
                if {"thigh", "shank_proximal"} <= one.rotation.keys():
                    checks.keep_knee(moves[side], one.rotation["thigh"], one.rotation["shank_proximal"])
        coords |= {
            "side": list(schema.SIDES),
            "segment": list(schema.SEGMENTS),
            "joint": list(schema.JOINT_CENTRES),
            "landmark": np.array(landmarks, dtype=object),
            "row": list(schema.AXES),
            "column": list(schema.AXES),
            "quantity": np.array(quantities, dtype=object),
            "measure": np.array(list(MEASURES), dtype=object),
        }
    dataset = xr.Dataset(out, coords=coords)
    if subject is not None and "origin" in dataset:
        centre = body_centre(dataset, subject.body)
        dataset["centre_of_mass"] = schema.with_contract_attrs(
            xr.DataArray(centre, dims=("time", "axis")), "centre_of_mass"
        )
    dataset.attrs = {
        "static": subject.static if subject else "",
        "cutoff_hz": np.nan if cutoff is None else float(cutoff),
        "rate_hz": rate,
        "task": row.task,
        "role": row.role,
        "footwear": row.footwear,
        "method": config.kinematics.method,
    }
    return dataset


def _constrained(
    poses: dict[str, Poses],
    subject: Subject,
    found: Markers,
    markers: Markers,
    rate_hz: float,
    markerset: MarkerSet,
    config: Config,
    trial: str,
    quality: Quality,
) -> dict[str, Poses]:
    """Poses by the method of the config: as they are, or those of the chain of pelvis and legs."""
    kinematics, options = config.kinematics, config.multibody
    if kinematics.method == "sixdof":
        return poses
    if trial == subject.static:
        still, _ = still_window(found.position, rate_hz)
        subject.standing.update(multibody.standing(poses, still))
    return multibody.constrain(
        poses, subject.sides, subject.standing, markers, markerset, kinematics, options, trial, quality
    )


def _progression(
    poses: dict[str, Poses], time: Array, rate_hz: float, row: Trial, config: Config, quality: Quality
) -> Array:
    nowhere = np.full((len(time), 3, 3), np.nan)
    rotation, origin = nowhere, nowhere[..., 0]
    for side, one in poses.items():
        # Both sides carry the same pelvis; the second side is used only where the first has no pose.
        if "pelvis" in one.rotation and np.isnan(rotation).all():
            rotation = to_right(side, one.rotation["pelvis"], "rotation")
            origin = to_right(side, one.origin["pelvis"])
    direction = progression(time, origin, rotation, rate_hz, row.task, parse_windows(row.progression))
    checks.heading(rotation, direction, row.trial, row.progression, rate_hz, config.kinematics, quality)
    return direction


def _side_angles(side: str, poses: Poses, direction: Array, config: Config) -> dict[str, Array]:
    points = carried_landmarks(poses)
    if "knee" in (of_shank := poses.landmark.get("shank_proximal", {})):
        points["knee_of_shank"] = of_shank["knee"]
    return side_angles(poses.rotation, points, to_right(side, direction), config.kinematics.ankle_sequence)


def _means(angles: dict[str, Array], still: slice) -> dict[str, float]:
    cut = {name: values[still] for name, values in angles.items()}
    return {name: float(np.nanmean(v)) if np.isfinite(v).any() else np.nan for name, v in cut.items()}
