"""Kinetics of one session: contacts, ground reaction, joint forces, moments and powers of every trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech import schema
from biomech.config import Config, Signals
from biomech.geometry.mirror import to_right
from biomech.geometry.rotations import frame
from biomech.io.sheets import Session, Trial
from biomech.io.trial_files import Trials, only
from biomech.joints import KINETIC_JOINTS
from biomech.kinetics import checks, plate_review
from biomech.kinetics.carriers import carriers_text, moment_centres
from biomech.kinetics.contacts import (
    Contact,
    add_support_off_the_floor,
    assign_contacts,
    loaded_intervals,
    parse_contacts,
    stance_state,
)
from biomech.kinetics.dynamics import inverse_dynamics
from biomech.kinetics.feet import FootMotion, by_label, feet_motion, kinematic_stance, standing_heights
from biomech.kinetics.ground import (
    GroundReaction,
    PlateWrench,
    centres_of_pressure,
    filter_plates,
    frontal_lever_arm,
    ground_reaction,
)
from biomech.kinetics.moments import clinical_moments, joint_power
from biomech.kinetics.next_plates import NextPlates
from biomech.kinetics.plate_checks import PlateView, without_missing
from biomech.kinetics.plug_in_gait import plug_in_gait_dynamics, spline_smoothing
from biomech.kinetics.whole_steps import not_of_a_stance
from biomech.quality import Quality
from biomech.quantities import MOMENT_QUANTITIES, POWER_QUANTITIES
from biomech.signals.derivatives import derivative
from biomech.signals.filters import lowpass
from biomech.tasks import TASKS

Array = NDArray[np.float64]

# Segments of the dynamic chain from the ground upwards, and the joint at the proximal end of each.
CHAIN = ("foot", "shank_proximal", "thigh")
CHAIN_JOINTS = ("ankle", "knee", "hip")

# what is read of a trial
_RAW = ("plate_force", "plate_moment", "plate_corner")
_MOTION = ("rotation", "origin", "angular_velocity", "joint_centre", "landmark_position", "progression")


def kinetics_session(
    raw: Trials,
    model: Trials,
    kinematics: Trials,
    session: Session,
    config: Config,
    quality: Quality,
    on_error: str = "skip",
) -> dict[str, xr.Dataset]:
    """Compute the kinetics of every trial of a session that has poses.

    Moments are internal and per body mass. They are NaN while a foot stands without a valid plate; in swing, the
    external force is zero and the moments exist. Forces and moments of the plates are filtered about the lab origin
    with the markers' cutoff (unless `signals.force_cutoff_hz` differs) before they are cut to the contacts.

    Parameters
    ----------
    raw, model, kinematics : mapping of str to xr.Dataset
        Of the stages ingest, model and kinematics.
    session : Session
    config : Config
        Sections `signals`, `contacts` and `kinetics` are used.
    quality : Quality
        Receives a row for every contact that cannot be used and for everything that keeps moments from being computed.
    on_error : {"skip", "stop"}
        ``stop`` raises the first trial's error, ``skip`` makes it a quality row.

    Returns
    -------
    dict of str to xr.Dataset
        One dataset per trial; variables of the stage ``kinetics`` in `biomech.schema.VARIABLES`. The coordinate
        ``quantity`` serves moments and powers: moments are NaN at the three ``*_total``.

    Raises
    ------
    TrialError
        With ``on_error="stop"`` only.
    """
    return dict(kinetics_trials(raw, model, kinematics, session, config, quality, on_error))


def kinetics_trials(
    raw: Trials,
    model: Trials,
    kinematics: Trials,
    session: Session,
    config: Config,
    quality: Quality,
    on_error: str = "skip",
) -> Iterator[tuple[str, xr.Dataset]]:
    """Compute trial by trial; see `kinetics_session`. Yields name and dataset of every trial."""
    rows = {trial.trial: trial for trial in session.trials}
    unknown_mass: set[str] = set()
    tasks: set[str] = set()
    known: dict[str, tuple[xr.Dataset, dict[str, Array]]] = {}  # of every static trial
    plates, poses = only(raw, _RAW), only(kinematics, _MOTION)
    for name, motion in poses.items():
        if "rotation" not in motion or name not in raw:
            continue
        task = str(motion.attrs["task"])
        if task not in tasks:
            tasks.add(task)
            checks.unequal_cutoffs(config.signals, task, quality)
        dataset = None
        with quality.guard(name, on_error=on_error):
            static = str(motion.attrs["static"])
            if static not in known:
                known[static] = model[static], standing_heights(poses[static]) if static in poses else {}
            subject, standing = known[static]
            mass = _body_mass(subject, session)
            if not np.isfinite(mass) and static not in unknown_mass:
                unknown_mass.add(static)
                checks.missing_mass(static, quality)
            row = rows.get(name) or Trial(trial=name, file="", role="dynamic", task=str(motion.attrs["task"]))
            dataset = _trial(plates[name], subject, motion, standing, row, mass, config, quality)
        if dataset is not None:
            yield name, dataset


def _trial(
    raw: xr.Dataset,
    subject: xr.Dataset,
    motion: xr.Dataset,
    standing: dict[str, Array],
    row: Trial,
    mass: float,
    config: Config,
    quality: Quality,
) -> xr.Dataset:
    rate, task = float(motion.attrs["rate_hz"]), str(motion.attrs["task"])
    time = motion["time"].values
    options = config.contacts
    manual = parse_contacts(row.contacts)
    feet = feet_motion(motion, standing, rate, options.max_foot_height_m, options.stance_speed_m_s)
    numbers, corners = _plates(raw)
    cutoff = config.signals.force_cutoff(task)
    analog_rate = float(raw.attrs.get("analog_rate_hz", np.nan))
    if len(numbers) == 0 or not analog_rate > 0:
        numbers, corners, analog_rate = numbers[:0], corners[:0], rate
        plates = PlateWrench(np.zeros((len(time), 0, 3)), np.zeros((len(time), 0, 3)), rate, True)
        intervals, small, short = loaded_intervals(np.zeros((0, 0)), analog_rate, numbers, options)
        checks.no_plates(row.trial, quality)
    else:
        unfiltered = raw["plate_force"].values
        plates = filter_plates(unfiltered, raw["plate_moment"].values, analog_rate, cutoff, config.signals)
        vertical = (plates.force if options.force == "filtered" else unfiltered)[..., 1]
        intervals, small, short = loaded_intervals(vertical, analog_rate, numbers, options)
    checks.manual_contacts(manual, numbers, intervals, row.trial, quality)
    force, moment = plates.at_frames(rate, len(time))
    cop = centres_of_pressure(force, moment, corners, options.cop_threshold_n)
    level = not TASKS[task].stepped
    more = None
    if level and len(numbers) > 1 and len(time) > 1:
        wrench = unfiltered, raw["plate_moment"].values, vertical, analog_rate
        more = NextPlates(numbers, corners, *wrench, time, feet, cutoff, config.signals, options)
    contacts = assign_contacts(intervals, time, corners, cop, feet, manual, options, level, small, more)
    contacts = without_missing(contacts, plates.force, plates.rate_hz)
    stances = {side: _stance(feet[side], rate, task, config) for side in schema.SIDES}
    states = np.stack(
        [stance_state(time, s, contacts, stances[s], feet[s], options.max_foot_height_m, level) for s in schema.SIDES],
        axis=1,
    )
    rising = derivative(motion["origin"].sel(segment="pelvis").values, rate, order=2)[..., 1]
    rising = np.where(np.isfinite(rising[:, 0]), rising[:, 0], rising[:, 1])
    state = add_support_off_the_floor(states, [feet[side] for side in schema.SIDES], rising, rate, options)
    checks.noisy_plates(not_of_a_stance(short, contacts), intervals, row.trial, quality)
    checks.contacts(contacts, task, row.trial, quality)
    weight = mass * config.kinetics.gravity_m_s2
    if len(numbers):
        view = PlateView(time, numbers, corners, force, cop, feet, stances, motion["progression"].values, task, weight)
        plate_review.review(
            view, plates, contacts, intervals, state, (motion, subject, mass), options, row.trial, quality
        )
    ground = ground_reaction(plates, corners, contacts, state, rate, options.cop_threshold_n)
    checks.body_weight(force[..., 1].sum(axis=1), state, time, contacts, task, weight, row.trial, quality)
    out = _ground_variables(ground, state)
    out |= _contact_variables(contacts)
    checks.knee_centres(motion, task, row.trial, quality)
    if config.kinetics.method == "plug_in_gait":
        checks.rough_markers(motion["joint_centre"].values, config.kinetics, row.trial, quality)
    out["lever_arm"] = _lever_arm(motion, ground, options.cop_threshold_n)
    out |= _joint_variables(motion, subject, ground, mass, rate, config)
    coords = {
        "time": ("time", time, {"units": "s"}),
        "side": list(schema.SIDES),
        "axis": list(schema.AXES),
        "joint": list(schema.JOINT_CENTRES),
        "quantity": np.array(POWER_QUANTITIES, dtype=object),
        "frame": list(schema.MOMENT_FRAMES),
    }
    dataset = xr.Dataset(out, coords=coords)
    dataset.attrs = {
        **{key: motion.attrs[key] for key in ("static", "rate_hz", "task", "role", "footwear") if key in motion.attrs},
        "marker_cutoff_hz": float(motion.attrs.get("cutoff_hz", np.nan)),
        "force_cutoff_hz": np.nan if cutoff is None else float(cutoff),
        "acceleration_cutoff_hz": float(config.kinetics.acceleration_cutoff_hz or np.nan),
        "mass_kg": mass,
        "joint_centres": carriers_text(config.kinetics),
        "method": config.kinetics.method,
        "moment_convention": "internal: proximal on distal segment, positive towards the quantity's direction",
    }
    return dataset


def _stance(foot: FootMotion, rate: float, task: str, config: Config) -> NDArray[np.bool_]:
    """Return the stance of a foot as its motion shows it."""
    options = config.contacts
    return kinematic_stance(
        foot,
        rate,
        options.max_foot_height_m,
        options.stance_speed_m_s,
        options.min_duration_s,
        level=not TASKS[task].stepped,
    )


def _plates(raw: xr.Dataset) -> tuple[NDArray[np.int64], Array]:
    """Numbers and corners (plates, 4, 3) of the plates; empty if there are none."""
    if raw.sizes.get("plate", 0) == 0 or "plate_force" not in raw or raw.sizes.get("analog_time", 0) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros((0, 4, 3))
    numbers = raw["plate"].values if "plate" in raw.coords else np.arange(1, raw.sizes["plate"] + 1)
    return numbers.astype(np.int64), raw["plate_corner"].values


def _body_mass(subject: xr.Dataset, session: Session) -> float:
    mass = subject.attrs.get("mass_kg", session.mass_kg)
    return float("nan") if mass is None else float(mass)


def _ground_variables(ground: GroundReaction, state: Array) -> dict[str, xr.DataArray]:
    dims = ("time", "side", "axis")
    return {
        "ground_reaction": schema.with_contract_attrs(xr.DataArray(ground.force, dims=dims), "ground_reaction"),
        "ground_reaction_moment": schema.with_contract_attrs(
            xr.DataArray(ground.moment, dims=dims), "ground_reaction_moment"
        ),
        "centre_of_pressure": schema.with_contract_attrs(
            xr.DataArray(ground.centre_of_pressure, dims=dims), "centre_of_pressure"
        ),
        "contact": schema.with_contract_attrs(xr.DataArray(state, dims=("time", "side")), "contact"),
    }


def _lever_arm(motion: xr.Dataset, ground: GroundReaction, threshold_n: float) -> xr.DataArray:
    knee = motion["joint_centre"].sel(joint="knee")
    arms = [
        frontal_lever_arm(
            ground.force[:, i],
            ground.moment[:, i],
            knee.sel(side=side).values,
            motion["progression"].values,
            side,
            threshold_n,
        )
        for i, side in enumerate(schema.SIDES)
    ]
    return schema.with_contract_attrs(xr.DataArray(np.stack(arms, axis=1), dims=("time", "side")), "lever_arm")


def _contact_variables(contacts: list[Contact]) -> dict[str, xr.DataArray]:
    columns: dict[str, Any] = {
        "contact_start": np.array([c.start for c in contacts], float),
        "contact_end": np.array([c.end for c in contacts], float),
        "contact_plate_number": np.array([c.number for c in contacts], np.int64),
        "contact_foot": np.array([c.foot for c in contacts], object),
        "contact_valid": np.array([c.valid for c in contacts], np.int8),
        "contact_reason": np.array([c.reason for c in contacts], object),
    }
    return {
        name: schema.with_contract_attrs(xr.DataArray(v, dims="plate_contact"), name) for name, v in columns.items()
    }


def _joint_variables(
    motion: xr.Dataset, subject: xr.Dataset, ground: GroundReaction, mass: float, rate: float, config: Config
) -> dict[str, xr.DataArray]:
    """Joint forces, moments and powers of both sides, each computed as a right leg."""
    options = config.kinetics
    n, quantities = motion.sizes["time"], list(POWER_QUANTITIES)
    sides, frames = schema.SIDES, schema.MOMENT_FRAMES
    joint_force = np.full((n, len(sides), len(CHAIN_JOINTS), 3), np.nan)
    moment = np.full((n, len(sides), len(quantities), len(frames)), np.nan)
    power = np.full((n, len(sides), len(quantities)), np.nan)
    along = motion["progression"].values
    walking = frame(np.broadcast_to([0.0, 1.0, 0.0], along.shape), along, "yx")
    smoothing = spline_smoothing(motion["joint_centre"].values, options) if options.method == "plug_in_gait" else 0.0
    for i, side in enumerate(sides):
        if side not in subject["side"].values:
            continue
        body = subject.sel(side=side, segment=list(CHAIN))
        rotation, spin, origins = (
            by_label(motion, name, side, "segment") for name in ("rotation", "angular_velocity", "origin")
        )
        centres = by_label(motion, "joint_centre", side, "joint")
        rotation = {s: to_right(side, r, "rotation") for s, r in rotation.items()}
        spin = {s: to_right(side, np.radians(v), "axial") for s, v in spin.items()}
        origin = to_right(side, np.stack([origins[s] for s in CHAIN], axis=1))
        centre = to_right(side, np.stack([centres[j] for j in CHAIN_JOINTS], axis=1))
        wrench = to_right(side, ground.force[:, i]), to_right(side, ground.moment[:, i], "axial")
        axes = np.stack([rotation[s] for s in CHAIN], axis=1)
        if options.method == "plug_in_gait":
            loads = plug_in_gait_dynamics(
                axes,
                centre,
                _foot_length(by_label(motion, "landmark_position", side, "landmark"), body),
                mass,
                *wrench,
                rate,
                options.gravity_m_s2,
                smoothing,
            )
        else:
            loads = inverse_dynamics(
                axes,
                origin,
                np.stack([spin[s] for s in CHAIN], axis=1),
                moment_centres(origin, centre, CHAIN_JOINTS, options),
                body["segment_mass"].values,
                body["segment_com"].values,
                body["segment_inertia"].values,
                *wrench,
                rate,
                options.gravity_m_s2,
                _smoothing(options.acceleration_cutoff_hz, rate, config.signals),
            )
        lab = to_right(side, walking, "rotation")
        for joint in KINETIC_JOINTS:
            k = CHAIN_JOINTS.index(joint.name)
            proximal, distal = rotation[joint.proximal], rotation[joint.distal]
            net = loads.moment[:, k] / mass
            rows = [quantities.index(q) for q in joint.quantities]
            moment[:, i, rows] = clinical_moments(net, proximal, distal, lab, joint)
            power[:, i, [*rows, quantities.index(f"{joint.name}_total")]] = joint_power(
                net, proximal, distal, spin[joint.distal] - spin[joint.proximal]
            )
            j = schema.JOINT_CENTRES.index(joint.name)
            joint_force[:, i, j] = to_right(side, loads.force[:, k] / mass)
    assert set(MOMENT_QUANTITIES) < set(quantities)
    return {
        "joint_force": schema.with_contract_attrs(
            xr.DataArray(joint_force, dims=("time", "side", "joint", "axis")), "joint_force"
        ),
        "moment": schema.with_contract_attrs(
            xr.DataArray(moment, dims=("time", "side", "quantity", "frame")), "moment"
        ),
        "power": schema.with_contract_attrs(xr.DataArray(power, dims=("time", "side", "quantity")), "power"),
    }


def _smoothing(cutoff_hz: float | None, rate_hz: float, signals: Signals) -> Callable[[Array], Array] | None:
    if cutoff_hz is None:
        return None
    return lambda x: lowpass(x, rate_hz, cutoff_hz, signals.filter_order, signals.cutoff_correction)


def _foot_length(landmarks: dict[str, Array], body: xr.Dataset) -> float:
    """Mean distance from heel to toe marker in a trial less the marker radius, m; NaN without both markers."""
    if not {"heel", "toe"} <= landmarks.keys():
        return float("nan")
    distance = np.linalg.norm(landmarks["toe"] - landmarks["heel"], axis=-1)
    seen = np.isfinite(distance)
    radius = float(body["parameter"].sel(name="marker_radius"))
    return float(distance[seen].mean()) - radius if seen.any() else float("nan")
