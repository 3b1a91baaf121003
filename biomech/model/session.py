"""The stage `model`: one subject model per static trial of a session."""

from __future__ import annotations

import copy
import json
from collections import ChainMap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from biomech.config import Config
from biomech.errors import TrialError
from biomech.io.sheets import Session
from biomech.io.trial_files import Trials, only
from biomech.model.calibration import (
    SideModel,
    calibrate_side,
    mean_points,
    missing_markers_error,
    place_hip,
    still_window,
)
from biomech.model.cluster_checks import report_slides
from biomech.model.dataset import model_dataset
from biomech.model.frame_checks import report_frames
from biomech.model.functional_trials import place_functional_hip, turn_knee_axis
from biomech.model.label_checks import check_labels
from biomech.model.marker_size import diameter_effect, report_unknown_diameter, with_smaller_markers
from biomech.model.markerset_parts import OPPOSITE
from biomech.model.markersets import MarkerSet
from biomech.model.outliers import still_static, without_outliers
from biomech.model.parameters import Parameters, collect, complete, disagreeing, measure_sides
from biomech.model.person_checks import (
    check_height,
    check_posture,
    check_unit,
    same_recordings,
    several_statics,
)
from biomech.model.posture import posture_of
from biomech.model.sources import report_differences
from biomech.model.swaps import sample
from biomech.model.weight import check_mass
from biomech.quality import Quality
from biomech.schema import SIDES

WARN_STATIC_SPEED_M_S = 0.10
# what is read of a trial
_RAW = ("marker_position", "plate_force", "plate_corner")
# Mass or height of the sheet and of the C3D file differ by less in one person, clothes and shoes included.
_SAME_BODY = 0.05


def model_session(
    raw: Trials,
    session: Session,
    markerset: MarkerSet,
    config: Config,
    quality: Quality,
    on_error: str = "skip",
) -> dict[str, xr.Dataset]:
    """Build the subject model from every static trial of a session.

    Parameters
    ----------
    raw : mapping of str to xr.Dataset
        Of the stage ingest.
    session : Session
        Sex, mass, height, anthropometry and the roles of the trials.
    markerset : MarkerSet
    config : Config
        Sections `subject` and `kinematics`.
    quality : Quality
        Gets a row for everything missing, replaced or doubtful.
    on_error : {"skip", "stop"}
        `stop` raises the first TrialError instead of reporting it.

    Returns
    -------
    dict of str to xr.Dataset
        One dataset per static trial with ``template(side, segment, marker, axis)``,
        ``landmark_local(side, segment, landmark, axis)``, ``segment_mass``, ``segment_com``, ``segment_inertia``,
        ``parameter(side, name)`` with ``parameter_unit`` and ``parameter_source``; all in the segments' own axes with z
        lateral. What a side or segment lacks is NaN. Empty, with a quality row, if no static trial is usable.
    """
    return dict(model_trials(raw, session, markerset, config, quality, on_error))


def model_trials(
    raw: Trials,
    session: Session,
    markerset: MarkerSet,
    config: Config,
    quality: Quality,
    on_error: str = "skip",
) -> Iterator[tuple[str, xr.Dataset]]:
    """Build the models one by one; see `model_session`. Yields name and dataset of every static trial."""
    roles = {trial.trial: trial for trial in session.trials}
    read = only(raw, _RAW, roles)
    functional = [name for name in read if roles[name].role == "functional"]
    cleaned = {name: without_outliers(markerset, read[name], config.kinematics) for name in functional}
    recorded = ChainMap(cleaned, read)  # type: ignore[arg-type]
    statics = [name for name in recorded if roles[name].role == "static"]
    if not statics:
        error = TrialError(
            "expected a static trial, found none that could be read: no model, so no joint angles or moments",
            code="missing_static",
            action="add a standing trial with role static to trials.tsv, or fix the one named in the rows of stage ingest",
        )
        if on_error == "stop":
            raise error
        quality.add_error(error)
    # a few frames of every trial distinguish labels, persons and clusters, whichever static they are compared with
    sampled = {
        name: ([str(item) for item in data["marker"].values], sample(data["marker_position"].values))
        for name, data in recorded.items()
        if data.sizes.get("marker") and data.sizes.get("time")
    }
    same_recordings(sampled, session.trials, quality)
    several_statics(session.trials, recorded, quality)
    for name in statics:
        data = None
        with quality.guard(name, on_error=on_error):
            chosen = markerset.with_rearfoot(config.subject.rearfoot)
            data = _model_trial(name, recorded, sampled, session, chosen, config, quality)
        if data is not None:
            yield name, data


def _model_trial(
    name: str,
    recorded: Mapping[str, Any],
    sampled: Mapping[str, tuple[list[str], Any]],
    session: Session,
    markerset: MarkerSet,
    config: Config,
    quality: Quality,
) -> xr.Dataset:
    trials = {trial.trial: trial for trial in session.trials}
    several = sum(trial.role == "static" for trial in session.trials) > 1
    dynamic = [
        t
        for t in recorded
        if trials[t].role != "static" and (not several or trials[t].footwear == trials[name].footwear)
    ]
    stored = {t: _processing(recorded[t]) for t in (*dynamic, name)}
    for item, values in disagreeing({t: stored[t] for t in dynamic}).items():
        message = f"movement trials store {item} differently ({', '.join(values)}; m, rad, kg); the first is used"
        action = "write the value into participants.tsv, or keep the trials in sessions of their own"
        quality.add("warning", "parameters_differ", message, trial=name, item=item, action=action)
    parameters, body = collect(
        session.anthropometry,
        stored,
        None if (diameter_m := config.subject.marker_diameter_m) is None else diameter_m / 2,
    )
    mass_kg, height_m = _body(session, body, name, quality)
    where = f"static trial {name} ({Path(trials[name].file).name})"
    _check_unit(markerset, recorded[name], parameters, height_m, where)  # sizes of outliers are in metres
    static = still_static(markerset, name, recorded, dynamic, config.kinematics, quality)
    labels = [str(item) for item in static["marker"].values]
    position = static["marker_position"].values
    present = [item for i, item in enumerate(labels) if np.isfinite(position[:, i]).all(axis=-1).any()]
    missing = {side: markerset.missing(present, "static", side) for side in SIDES}
    if not markerset.resolve(present):
        raise missing_markers_error(markerset, labels, missing["right"][:5] or missing["left"][:5], where)
    for side in SIDES:
        if missing[side]:
            error = missing_markers_error(markerset, labels, missing[side], f"{where}, {side} side")
            quality.add_error(error, trial=name, item=", ".join(missing[side]))
    misfits = check_labels(name, sampled, session, markerset, config, quality) if name in sampled else set()

    rate_hz = float(static.attrs.get("rate_hz", 100.0))
    own = sorted({labels.index(item) for item in markerset.resolve(present).values()})
    window, speed = still_window(position[:, own], rate_hz)
    if speed > WARN_STATIC_SPEED_M_S:
        quality.add(
            "warning",
            "static_not_still",
            f"{where}: the calmest interval still moves at {speed:.2f} m/s; expected below {WARN_STATIC_SPEED_M_S:g}",
            trial=name,
            action="record a quiet standing trial",
            value=speed,
            unit="m s-1",
        )
    points = {side: markerset.side_points(labels, position, side) for side in SIDES}
    means = {side: mean_points(points[side], window) for side in SIDES}

    method = config.subject.hip_centre if config.subject.hip_centre != "markerset" else markerset.hip_centre
    assumed = copy.deepcopy(parameters) if parameters[SIDES[0]].source["marker_radius"] == "assumed" else None
    complete(parameters, measure_sides(markerset, means, parameters))
    choices: dict[str, Any] = {
        "mass_kg": mass_kg,
        "sex": session.sex,
        "inertia": config.subject.inertia,
        "flat_foot": config.subject.flat_foot if session.flat_foot is None else session.flat_foot,
        "foot_model": config.kinematics.foot_model,
        "foot_offsets": config.subject.foot_offsets,
        "difference_deg": config.subject.source_difference_deg,
    }
    for side in SIDES:
        kept = points[side].items()
        points[side] = {n: p[window] if markerset.calibration == "anatomical" else p for n, p in kept}
    sides: dict[str, SideModel] = {}
    effects = []
    for side in SIDES:
        if "pelvis_width" in parameters[side].value and means[side]:
            try:
                place_hip(parameters[side], method, markerset, session.sex, config.subject)
            except TrialError as error:
                quality.add_error(error, trial=name, item=f"{side} hip")
        movement = (side, trials[name], recorded, session, markerset, means[side], config.subject, quality)
        if means[side]:
            place_functional_hip(parameters[side], *movement)
        sides[side] = calibrate_side(markerset, points[side], means[side], parameters[side], **choices)
        effects.append(turn_knee_axis(sides[side], *movement))
        _report(sides[side], side, name, markerset, missing[side], quality)
    if not any(model.built.frames for model in sides.values()):
        raise missing_markers_error(markerset, labels, missing["right"] or missing["left"] or ["markers"], where)
    conventional = markerset.calibration == "conventional"
    report_differences(parameters, config.subject, conventional, name, quality, compared=dynamic)
    if assumed is not None:
        others = with_smaller_markers(assumed, sides, markerset, points, means, method, config.subject, choices)
        report_unknown_diameter(*diameter_effect(markerset, sides, others), name, quality)
    postures = {side: posture_of(sides[side], means[side], markerset) for side in SIDES}
    check_posture(postures, name, config.subject.upright_deg, quality)
    report_frames(sides, means, name, markerset, quality)
    check_height(sides, height_m, name, config.subject.height_tolerance, quality)
    moving = {t: sampled[t] for t in dynamic if t in sampled and t not in misfits}
    check_mass(recorded, sampled, (name, *moving), markerset, mass_kg, config.subject.mass_tolerance, quality)
    report_slides(sides, name, moving, markerset, config.kinematics.cluster_slide_m, quality)
    data = model_dataset(sides, markerset)
    data.attrs = {
        "footwear": trials[name].footwear,
        "markerset": markerset.name,
        "hip_centre": method,
        "hip_functional": config.subject.hip_functional,
        "knee_axis": config.subject.knee_axis,
        "knee_axis_effect": "; ".join(filter(None, effects)),
        "mass_kg": mass_kg,
        "height_m": height_m,
        "sex": session.sex,
        "inertia": config.subject.inertia,
        "static_start_s": window.start / rate_hz,
        "static_end_s": window.stop / rate_hz,
    }
    return data


def _check_unit(
    markerset: MarkerSet, static: Any, parameters: Mapping[str, Parameters], height_m: float, where: str
) -> None:
    labels, position = [str(item) for item in static["marker"].values], static["marker_position"].values
    whole = slice(0, len(position))
    means = {side: mean_points(markerset.side_points(labels, position, side), whole) for side in SIDES}
    check_unit(measure_sides(markerset, means, parameters), height_m, where)


def _processing(trial: Any) -> Mapping[str, Any] | None:
    group = json.loads(str(trial.attrs.get("parameters") or "{}")).get("PROCESSING")
    return group if isinstance(group, dict) else None


def _body(session: Session, stored: Mapping[str, float], trial: str, quality: Quality) -> tuple[float, float]:
    """Mass and height from the sheet, else from the C3D; NaN with a row where neither has them."""
    out = []
    for name, unit, given in (("mass", "kg", session.mass_kg), ("height", "m", session.height_m)):
        if given is not None:
            out.append(float(given))
            if name in stored and abs(stored[name] / given - 1) > _SAME_BODY:
                quality.add(
                    "warning",
                    "parameter_sources_differ",
                    f"{name}_{unit}: {given:g} {unit} (the sheets) is used, against {stored[name]:g} {unit} (C3D)",
                    trial=trial,
                    item=f"{name}_{unit}",
                    action=f"look whether {name}_{unit} is right in participants.tsv, and whether the files are this person's",
                    value=stored[name] - given,
                    unit=unit,
                )
        elif name in stored:
            quality.add(
                "info",
                f"{name}_from_c3d",
                f"{name} is missing in the sheet; the C3D's {stored[name]:g} {unit} is used",
                trial=trial,
                value=stored[name],
                unit=unit,
            )
            out.append(stored[name])
        else:
            lost = (
                "segment masses and moments are NaN" if name == "mass" else "moments in %BW height cannot be computed"
            )
            quality.add(
                "warning",
                f"missing_{name}",
                f"expected {name}_{unit} in participants.tsv, found none: {lost}",
                trial=trial,
                action=f"fill in {name}_{unit} for participant {session.participant}",
            )
            out.append(float("nan"))
    if session.sex == "unknown":
        quality.add(
            "info",
            "sex_unknown",
            "sex is unknown: segment inertia is the mean of the female and male tables",
            trial=trial,
            action="fill in sex in participants.tsv",
        )
    return out[0], out[1]


def _report(model: SideModel, side: str, trial: str, markerset: MarkerSet, used: list[str], quality: Quality) -> None:
    """Write the rows of one side; segments lost to markers that were reported already get none of their own."""
    for level, code, item, message, action in model.notes:
        quality.add(level, code, f"{side}: {message}", trial=trial, item=f"{side} {item}", action=action)  # type: ignore[arg-type]
    for name, missing in model.built.fallbacks.items():
        if name in markerset.segments or any(name in s.landmarks.values() for s in markerset.segments.values()):
            quality.add(
                "info",
                "fallback_definition",
                f"{side} {name} is built by its next definition, as {', '.join(_labels(markerset, side, missing))} "
                "is missing",
                trial=trial,
                item=f"{side} {name}",
            )
    for name, missing in model.built.absent.items():
        labels = _labels(markerset, side, missing)
        if name not in markerset.segments or set(labels) <= set(used) or (name == "trunk" and side != SIDES[0]):
            continue
        whose = name if name == "trunk" else f"{side} {name}"
        quality.add(
            "info" if name in ("trunk", "rearfoot", "forefoot") else "warning",
            "segment_missing",
            f"{whose} cannot be built and is NaN: {', '.join(labels)} is missing",
            trial=trial,
            item=whose,
            action="add what is missing, or ignore this if the segment is not wanted",
        )


def _labels(markerset: MarkerSet, side: str, names: list[str]) -> list[str]:
    out = []
    for name in names:
        bare = name.removesuffix(OPPOSITE)
        owner = side if bare == name else SIDES[1 - SIDES.index(side)]
        out.append(markerset.label_of(owner, bare) if bare in markerset.markers else name)
    return list(dict.fromkeys(out))
