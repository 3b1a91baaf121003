"""The stage `model`: one subject model per static trial of a session."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from biomech.config import Config
from biomech.errors import TrialError
from biomech.io.sheets import Session
from biomech.model.calibration import (
    SideModel,
    calibrate_side,
    mean_points,
    missing_markers_error,
    place_hip,
    still_window,
)
from biomech.model.frames import build
from biomech.model.functional_trials import place_functional_hip, turn_knee_axis
from biomech.model.markerset_parts import LANDMARKS, OPPOSITE, PARAMETERS
from biomech.model.markersets import MarkerSet
from biomech.model.outliers import still_static, without_outliers
from biomech.model.parameters import collect, complete, disagreeing, measure
from biomech.model.swaps import Swap, attribute, bodies, find_swaps, lengths
from biomech.quality import Quality
from biomech.schema import AXES, SIDES, label

WARN_STATIC_SPEED_M_S = 0.10


def model_session(
    raw: xr.DataTree,
    session: Session,
    markerset: MarkerSet,
    config: Config,
    quality: Quality,
    on_error: str = "skip",
) -> xr.DataTree:
    """Build the subject model from every static trial of a session.

    Parameters
    ----------
    raw : DataTree
        Of the stage ingest, one group per trial.
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
    DataTree
        One group per static trial with ``template(side, segment, marker, axis)``,
        ``landmark_local(side, segment, landmark, axis)``, ``segment_mass``, ``segment_com``, ``segment_inertia``,
        ``parameter(side, name)`` with ``parameter_unit`` and ``parameter_source``; all in the segments' own axes with z
        lateral. What a side or segment lacks is NaN. Empty, with a quality row, if no static trial is usable.
    """
    return xr.DataTree.from_dict(dict(model_trials(raw, session, markerset, config, quality, on_error)))


def model_trials(
    raw: xr.DataTree,
    session: Session,
    markerset: MarkerSet,
    config: Config,
    quality: Quality,
    on_error: str = "skip",
) -> Iterator[tuple[str, xr.Dataset]]:
    """Build the models one by one; see `model_session`. Yields name and dataset of every static trial."""
    roles = {trial.trial: trial for trial in session.trials}
    recorded = {name: group for name, group in raw.children.items() if name in roles}
    functional = [name for name in recorded if roles[name].role == "functional"]
    recorded |= {name: without_outliers(markerset, recorded[name], config.kinematics) for name in functional}
    statics = [name for name in recorded if roles[name].role == "static"]
    if not statics:
        error = TrialError(
            "expected a static trial, found none that could be read: no model, so no joint angles or moments",
            code="missing_static",
            action="add a standing trial with role static to trials.tsv, or mend the one named in the rows of stage ingest",
        )
        if on_error == "stop":
            raise error
        quality.add_error(error)
    for name in statics:
        try:
            chosen = markerset.with_rearfoot(config.subject.rearfoot)
            yield name, _model_trial(name, recorded, session, chosen, config, quality)
        except TrialError as error:
            if on_error == "stop":
                raise
            quality.add_error(error, trial=name)


def parameters_of(model: xr.Dataset, side: str) -> dict[str, float]:
    """Return the subject parameters of one side in m and rad; those that are not known are left out."""
    one = model["parameter"].sel(side=side)
    return {
        str(name): float(np.radians(value) if unit == "degree" else value)
        for name, value, unit in zip(one["name"].values, one.values, model["parameter_unit"].values, strict=True)
        if np.isfinite(value)
    }


def _model_trial(
    name: str,
    recorded: Mapping[str, Any],
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
    static = still_static(markerset, name, recorded, dynamic, config.kinematics, quality)
    labels = [str(item) for item in static["marker"].values]
    position = static["marker_position"].values
    where = f"static trial {name} ({static.attrs.get('file', trials[name].file)})"
    present = [item for i, item in enumerate(labels) if np.isfinite(position[:, i]).all(axis=-1).any()]
    missing = {side: markerset.missing(present, "static", side) for side in SIDES}
    if not markerset.resolve(present):
        raise missing_markers_error(markerset, labels, missing["right"][:5] or missing["left"][:5], where)
    for side in SIDES:
        if missing[side]:
            error = missing_markers_error(markerset, labels, missing[side], f"{where}, {side} side")
            quality.add_error(error, trial=name, item=", ".join(missing[side]))
    _check_labels(name, recorded, session, markerset, config, quality)

    rate_hz = float(static.attrs.get("rate_hz", 100.0))
    own = sorted({labels.index(item) for item in markerset.resolve(present).values()})
    window, speed = still_window(position[:, own], rate_hz)
    if speed > WARN_STATIC_SPEED_M_S:
        quality.add(
            "warning",
            "static_not_still",
            f"{where}: the calmest stretch still moves at {speed:.2f} m/s; expected below {WARN_STATIC_SPEED_M_S:g}",
            trial=name,
            action="record a quiet standing trial",
            value=speed,
            unit="m s-1",
        )
    points = {side: markerset.side_points(labels, position, side) for side in SIDES}
    means = {side: mean_points(points[side], window) for side in SIDES}

    for item, values in disagreeing({t: _processing(recorded[t]) for t in dynamic}).items():
        message = f"movement trials store {item} differently ({', '.join(values)}; m, rad, kg); the first is used"
        action = "write the value into participants.tsv, or keep the trials in sessions of their own"
        quality.add("warning", "parameters_differ", message, trial=name, item=item, action=action)
    parameters, body = collect(
        session.anthropometry,
        [_processing(recorded[t]) for t in (*dynamic, name)],
        config.subject.marker_diameter_m / 2,
    )
    mass_kg, height_m = _body(session, body, name, quality)
    method = config.subject.hip_centre if config.subject.hip_centre != "markerset" else markerset.hip_centre
    measured = {}
    for side in SIDES:
        # hip and chords need parameters that are not known yet; what rests on markers alone is enough here
        marks = build(markerset, means[side], parameters[side].value).landmarks
        measured[side] = measure(markerset, means[side], marks, parameters[side].value["marker_radius"])
    complete(parameters, measured)
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
        sides[side] = calibrate_side(
            markerset,
            {n: p[window] if markerset.calibration == "anatomical" else p for n, p in points[side].items()},
            means[side],
            parameters[side],
            mass_kg=mass_kg,
            sex=session.sex,
            inertia=config.subject.inertia,
            flat_foot=config.subject.flat_foot,
            foot_model=config.kinematics.foot_model,
        )
        effects.append(turn_knee_axis(sides[side], *movement))
        _report(sides[side], side, name, markerset, missing[side], quality)
    if not any(model.built.frames for model in sides.values()):
        raise missing_markers_error(markerset, labels, missing["right"] or missing["left"] or ["markers"], where)
    data = _dataset(sides, markerset)
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


def _processing(trial: Any) -> Mapping[str, Any] | None:
    group = json.loads(str(trial.attrs.get("parameters") or "{}")).get("PROCESSING")
    return group if isinstance(group, dict) else None


def _body(session: Session, stored: Mapping[str, float], trial: str, quality: Quality) -> tuple[float, float]:
    """Mass and height from the sheet, else from the C3D; NaN with a row where neither has them."""
    out = []
    for name, unit, given in (("mass", "kg", session.mass_kg), ("height", "m", session.height_m)):
        if given is not None:
            out.append(float(given))
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


def _report(model: SideModel, side: str, trial: str, markerset: MarkerSet, told: list[str], quality: Quality) -> None:
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
        if name not in markerset.segments or set(labels) <= set(told) or (name == "trunk" and side != SIDES[0]):
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


def _check_labels(
    name: str,
    recorded: Mapping[str, Any],
    session: Session,
    markerset: MarkerSet,
    config: Config,
    quality: Quality,
) -> None:
    """Compare distances within rigid bodies between this static trial and the movement trials of its footwear."""
    trials = {trial.trial: trial for trial in session.trials}
    same_body = bodies(markerset)

    def measured(trial: str) -> Any:
        data = recorded[trial]
        return lengths(markerset, [str(item) for item in data["marker"].values], data["marker_position"].values)

    static = measured(name)
    statics = [t for t in recorded if trials[t].role == "static"]
    found, rest = {}, {}
    for trial in recorded:
        if trials[trial].role == "static" or not recorded[trial].sizes.get("marker"):
            continue
        if len(statics) > 1 and trials[trial].footwear != trials[name].footwear:
            continue
        movement = measured(trial)
        swaps, others = find_swaps(static, movement, same_body, config.kinematics.static_swap_tolerance)
        found[trial], rest[trial] = (movement, swaps), others
    verdict = attribute(markerset, static, found)
    for swap in verdict.static:
        _swap_row(swap, name, True, markerset, quality)
    for trial, swaps in verdict.movement.items():
        for swap in swaps:
            _swap_row(swap, trial, False, markerset, quality)
    for trial, others in rest.items():
        if others:
            worst = others[0]
            quality.add(
                "warning",
                "marker_moved",
                f"{worst.first} and {worst.second} are {worst.static_m * 1000:.0f} mm apart in static trial {name} and "
                f"{worst.movement_m * 1000:.0f} mm in {trial} ({len(others)} distances differ in all); no exchange of "
                "two labels explains it",
                trial=trial,
                item=f"{worst.first}, {worst.second}",
                action="look whether a marker was moved, lost or mislabelled between both trials",
                value=worst.movement_m - worst.static_m,
                unit="m",
            )


def _swap_row(swap: Swap, trial: str, in_static: bool, markerset: MarkerSet, quality: Quality) -> None:
    tracked = {marker for segment in markerset.segments for marker in markerset.cluster_of(segment)}
    needed = {n for n, m in markerset.markers.items() if m.required in ("always", "dynamic")} | tracked
    concerned = {marker for _, marker in markerset.resolve([swap.first, swap.second])}
    harmful = in_static or bool(needed & concerned)
    told = "; ".join(
        f"{d.first} to {d.second} {d.static_m * 1000:.0f} mm in the static against {d.movement_m * 1000:.0f} mm in movement"
        for d in swap.evidence[:3]
    )
    quality.add(
        "error" if harmful else "warning",
        "swapped_labels",
        f"labels {swap.first} and {swap.second} are swapped in trial {trial}: {told}",
        trial=trial,
        item=f"{swap.first}, {swap.second}",
        action=f"write `{swap.first}={swap.second}; {swap.second}={swap.first}` into the relabel cell of trial {trial} in trials.tsv",
        value=swap.evidence[0].static_m - swap.evidence[0].movement_m if swap.evidence else None,
        unit="m",
    )


def _dataset(sides: Mapping[str, SideModel], markerset: MarkerSet) -> xr.Dataset:
    """Put both sides into labelled arrays; what is missing is NaN."""
    segments = list(markerset.segments)
    markers = list(dict.fromkeys(m for s in segments for m in markerset.cluster_of(s)))
    landmarks = [name for name in LANDMARKS if any(name in markerset.segments[s].landmarks for s in segments)]
    inertial = [s for s in ("thigh", "shank_proximal", "foot") if s in segments]
    template = np.full((2, len(segments), len(markers), 3), np.nan)
    local = np.full((2, len(segments), len(landmarks), 3), np.nan)
    mass = np.full((2, len(inertial)), np.nan)
    com = np.full((2, len(inertial), 3), np.nan)
    tensor = np.full((2, len(inertial), 3, 3), np.nan)
    values = np.full((2, len(PARAMETERS)), np.nan)
    sources = np.full((2, len(PARAMETERS)), "", dtype=object)
    for i, side in enumerate(SIDES):
        model = sides[side]
        for j, segment in enumerate(segments):
            for name, place in model.template.get(segment, {}).items():
                template[i, j, markers.index(name)] = place
            for name, place in model.landmark.get(segment, {}).items():
                local[i, j, landmarks.index(name)] = place
        for j, segment in enumerate(inertial):
            if segment in model.inertia:
                mass[i, j] = model.inertia[segment].mass
                com[i, j], tensor[i, j] = model.inertia[segment].com, model.inertia[segment].tensor
        for j, (name, unit) in enumerate(PARAMETERS.items()):
            number = model.parameters.value.get(name, np.nan)
            values[i, j] = np.degrees(number) if unit == "degree" else number
            sources[i, j] = model.parameters.source.get(name, "")
    coords: dict[str, Any] = {"side": list(SIDES), "segment": segments, "axis": list(AXES)}
    inertia_coords = {"side": list(SIDES), "segment": inertial}
    arrays = {
        "template": xr.DataArray(template, {**coords, "marker": markers}, ("side", "segment", "marker", "axis")),
        "landmark_local": xr.DataArray(
            local, {**coords, "landmark": landmarks}, ("side", "segment", "landmark", "axis")
        ),
        "segment_mass": xr.DataArray(mass, inertia_coords, ("side", "segment")),
        "segment_com": xr.DataArray(com, {**inertia_coords, "axis": list(AXES)}, ("side", "segment", "axis")),
        "segment_inertia": xr.DataArray(
            tensor, {**inertia_coords, "row": list(AXES), "column": list(AXES)}, ("side", "segment", "row", "column")
        ),
    }
    # one segment coordinate for all: those without inertia are NaN
    data = xr.Dataset({
        name: label(array.reindex(segment=segments) if "segment" in array.dims else array, name)
        for name, array in arrays.items()
    })  # fmt: skip
    names = list(PARAMETERS)
    data["parameter"] = label(xr.DataArray(values, {"side": list(SIDES), "name": names}, ("side", "name")), "parameter")
    data["parameter_unit"] = ("name", np.array(list(PARAMETERS.values()), dtype=object))
    data["parameter_source"] = (("side", "name"), sources)
    return data
