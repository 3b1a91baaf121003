"""The cycles of a session: one flat dataset of time-normalised curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Config
from biomech.errors import TrialError
from biomech.events.alignment import Events, find_bias, note_bias
from biomech.events.cycle_checks import Checked, check_cycles
from biomech.events.cycle_curves import Labels, cut, emg_units, labels_of, plate_validity
from biomech.events.cycle_scalars import cycle_values
from biomech.events.dataset import SessionCycles, TrialCycles, assemble, packed
from biomech.events.event_checks import checked_events
from biomech.events.events import EVENT_VARIABLES, merge_events, shifted, trial_events
from biomech.events.landing_force import contact_table
from biomech.events.landings import after_flight, cut_contact, landings
from biomech.events.refused_plates import offs_by_markers
from biomech.events.repetitions import Found, Note, strides
from biomech.events.series import (
    get_angle,
    get_ankle_height,
    get_movement,
    get_pelvis_origin,
    get_stance_state,
    mean_of_both,
)
from biomech.events.squats import repeated, split_angle, squats
from biomech.events.stance import steady_window
from biomech.events.weight import weighed
from biomech.io.sheets import Session, Trial
from biomech.io.trial_files import Trials, only
from biomech.quality import Quality
from biomech.schema import SIDES
from biomech.tasks import TASKS

Array = NDArray[np.float64]

# what the cycles of a trial are made of, by stage; reading everything takes twice as long
CYCLE_VARIABLES: dict[str, tuple[str, ...]] = {
    "raw": ("plate_force",),
    "kinematics": ("angle", "distance", "joint_centre", "landmark_position", "origin", "progression", "centre_of_mass"),
    "kinetics": (
        *("moment", "power", "ground_reaction", "contact", "lever_arm", "centre_of_pressure"),
        *(f"contact_{name}" for name in ("start", "end", "plate_number", "foot", "valid", "reason")),
    ),
}


def cycles_session(
    raw: Trials,
    kinematics: Trials,
    kinetics: Trials,
    session: Session,
    config: Config,
    quality: Quality,
    on_error: str = "skip",
    muscles: Trials | None = None,
) -> xr.Dataset:
    """Cut all movement trials of a session into cycles.

    Parameters
    ----------
    raw, kinematics, kinetics : mapping of str to xr.Dataset
        A trial without kinematics gives no cycles, one without kinetics NaN moments.
    session : Session
    config : Config
        Section `cycles` is used.
    quality : Quality
        Gets a row for every rejected repetition and every trial without cycles.
    on_error : {"skip", "stop"}
        Whether a trial that cannot be cut ends the run.
    muscles : mapping of str to xr.Dataset, optional
        The trials with EMG.

    Returns
    -------
    xr.Dataset
        Flat on ``cycle`` (text, ``participant_session_trial_side_rep``): ``angle(cycle, percent, quantity)`` degree,
        ``moment(cycle, percent, quantity, frame)`` N m kg-1, ``power(cycle, percent, quantity)`` W kg-1,
        ``ground_reaction(cycle, percent, axis)`` N kg-1 in the progression frame (x forward, y up, z lateral),
        ``contact(cycle, percent)``,
        ``distance(cycle, percent, measure)`` m, ``lever_arm(cycle, percent)`` m, ``emg(cycle, percent, muscle)``, and everything of the sheets as coordinates. Without cycles it has the same
        variables and dims with ``cycle`` of size 0.
    """
    found = session_cycles(raw, kinematics, kinetics, muscles, session, config, quality, on_error)
    return assemble(session, list(found.trials), found.labels)


def session_cycles(
    raw: Trials,
    kinematics: Trials,
    kinetics: Trials,
    muscles: Trials | None,
    session: Session,
    config: Config,
    quality: Quality,
    on_error: str = "skip",
) -> SessionCycles:
    """Cut all movement trials of a session into cycles, one trial in memory at a time; see `cycles_session`."""
    labels = labels_of([trials for trials in (kinematics, kinetics, muscles) if trials is not None])
    parts = cycles_trials(
        raw, kinematics, kinetics, session, config, quality, labels, on_error=on_error, muscles=muscles
    )
    return SessionCycles(labels, weighed(parts, session.mass_kg, quality))


def cycles_trials(
    raw: Trials,
    kinematics: Trials,
    kinetics: Trials,
    session: Session,
    config: Config,
    quality: Quality,
    labels: Labels,
    on_error: str = "skip",
    muscles: Trials | None = None,
) -> Iterator[TrialCycles]:
    """Cut all movement trials into cycles, one after the other; see `cycles_session`. Yields those of every trial with kinematics."""
    # twice through the trials, so that one at a time is in memory: the events of all come before the cycles of any
    events: dict[str, Events] = {}
    for trial in session.trials:
        with quality.guard(trial.trial, on_error=on_error):
            if (recording := _recording(trial, raw, kinematics, kinetics, EVENT_VARIABLES)) is not None:
                events[trial.trial] = find_events(recording, config)
    bias = find_bias([(trial.task, events[trial.trial]) for trial in session.trials if trial.trial in events], config)
    if {"force", "kinematic"} <= set(config.cycles.event_sources):
        note_bias(bias, quality)
    for trial in session.trials:
        cycles = None
        with quality.guard(trial.trial, on_error=on_error):
            recording = _recording(trial, raw, kinematics, kinetics, CYCLE_VARIABLES) if trial.trial in events else None
            if recording is not None:
                recording.events = events[trial.trial]
                activity = _group(muscles, trial.trial, ("emg", "emg_unit")) if muscles is not None else None
                bias_here = bias.get(trial.task, {})
                cycles = _trial_cycles(recording, activity, bias_here, session.mass_kg, labels, config, quality)
        if cycles is not None:
            yield cycles


def _trial_cycles(
    recording: Recording,
    activity: xr.Dataset | None,
    bias: dict[str, float],
    mass_kg: float | None,
    labels: Labels,
    config: Config,
    quality: Quality,
) -> TrialCycles:
    """Cut one trial into cycles, with a row for everything that is left out."""
    trial, motion = recording.trial, recording.kinematics
    recording.events, notes = usable_events(recording.events, recording, bias, config)
    found = find_repetitions(recording, bias, config)
    found, values = _checked(found, recording, mass_kg, config)
    method = config.cycles.interpolation
    curves = cut(motion, recording.kinetics, found.cycles, mass_kg, labels, method, activity)
    for note in notes + found.notes + offs_by_markers(found.cycles, recording.kinetics):
        quality.add(trial=trial.trial, **asdict(note))
    seen = np.isfinite(curves["angle"]).any(axis=(1, 2)).reshape(-1)
    for rep in (r for r, ok in zip(found.cycles, seen.tolist(), strict=True) if not ok):
        message = f"{rep.side} cycle at {rep.start:.2f} s: no angle could be computed in it; it is left out"
        quality.add("info", "untracked_cycle", message, trial=trial.trial, item=rep.side)
    kept = [r for r, ok in zip(found.cycles, seen.tolist(), strict=True) if ok]
    if not kept:
        quality.add(
            "warning",
            "no_cycles",
            f"no complete {TASKS[trial.task].cycle} of {trial.task} was found",
            trial=trial.trial,
            action="check the task and side in trials.tsv, and the events or force plates of the recording",
        )
    curves, values = ({name: column[seen] for name, column in group.items()} for group in (curves, values))
    validity = plate_validity(recording.kinetics, kept, curves) | emg_units(activity, kept)
    return TrialCycles(trial, kept, packed(curves), values, validity, _number(motion.attrs.get("cutoff_hz")))


@dataclass
class Recording:
    """A movement trial with what the earlier stages made of it and of its static trial, and its events by source."""

    trial: Trial
    raw: xr.Dataset | None
    kinematics: xr.Dataset
    kinetics: xr.Dataset | None
    standing: xr.Dataset | None
    events: Events = field(default_factory=dict)


def find_events(recording: Recording, config: Config) -> Events:
    """Find the events of one trial, by source; none where the task's cycles need none.

    Where those of the C3D file are wanted, plates and markers are asked too, wanted or not: they show which of them are wrong.
    """
    if TASKS[recording.trial.task].cycle not in ("stride", "landing"):
        return {}
    settings = config.cycles
    if "c3d" in settings.event_sources:
        every = list(dict.fromkeys([*settings.event_sources, "force", "kinematic"]))
        settings = settings.model_copy(update={"event_sources": every})
    return trial_events(recording.raw, recording.kinematics, recording.kinetics, recording.trial.task, settings)


def usable_events(
    events: Events, recording: Recording, bias: Mapping[str, float], config: Config
) -> tuple[Events, list[Note]]:
    """Return the events of the wanted sources without those of the C3D file that are denied, and the notes about these."""
    notes: list[Note] = []
    if recording.raw is not None and events:
        time = recording.kinematics["time"].to_numpy()
        first_s = (float(recording.raw.attrs.get("first_frame", 1)) - 1) / float(recording.kinematics.attrs["rate_hz"])
        strides = TASKS[recording.trial.task].cycle == "stride"
        found, notes = checked_events(shifted(events, bias), first_s, float(time[-1]), config.cycles, strides)
        events = events | {name: table for name, table in found.items() if name == "c3d"}
    return {name: table for name, table in events.items() if name in config.cycles.event_sources}, notes


def find_repetitions(recording: Recording, bias: dict[str, float], config: Config) -> Found:
    """Find the cycles of one trial by the rule of its task.

    Raises
    ------
    TrialError
        If a task of one leg does not say, and the recording does not show, which leg it is; or if no angle is named for
        the condition of repetitions.
    """
    settings, trial, kinematics = config.cycles, recording.trial, recording.kinematics
    task, sides = TASKS[trial.task], _sides(trial)
    rate = float(kinematics.attrs["rate_hz"])
    if task.cycle == "stride":
        tables = shifted(recording.events, bias).values()
        return strides(merge_events(list(tables), settings.merge_s, settings.stride_min_s), sides, settings)
    if task.cycle == "landing":
        return _landings(recording, config)
    if task.cycle == "repetition":
        angle = split_angle(task, trial.condition, settings)
        return repeated({side: get_movement(kinematics, side, angle) for side in sides}, angle, rate, settings)
    ankles = {side: get_ankle_height(kinematics, side) for side in SIDES}
    if task.cycle == "steady":
        return steady_window(ankles, get_pelvis_origin(kinematics), rate, sides, settings)
    if task.bilateral:
        both = [get_angle(kinematics, side, "knee_flexion") for side in SIDES]
        return squats(mean_of_both(*both), rate, sides, settings, get_pelvis_origin(kinematics)[:, 1])
    if len(sides) > 1:
        sides = (_standing_side(ankles, settings.steady_foot_height_m),)
    return squats(
        get_angle(kinematics, sides[0], "knee_flexion"), rate, sides, settings, get_pelvis_origin(kinematics)[:, 1]
    )


def _landings(recording: Recording, config: Config) -> Found:
    """Find the landings of a trial: after a flight in drop landings, in the turn in cuts."""
    settings, kinematics, trial = config.cycles, recording.kinematics, recording.trial
    task, sides, rate = TASKS[trial.task], _sides(trial), float(kinematics.attrs["rate_hz"])
    events = merge_events(list(recording.events.values()), settings.merge_s)
    loaded = _loaded(recording.kinetics) if task.bilateral else []
    notes: list[Note] = []
    if task.asks("no_flight"):
        n = kinematics.sizes["time"]
        contact = np.stack([get_stance_state(recording.kinetics, side, n) for side in SIDES], axis=-1)
        events, loaded, notes = after_flight(events, contact, rate, settings, loaded)
    pelvis = get_pelvis_origin(kinematics)
    if task.asks("no_cut") and settings.first_landing_only:
        turning = cut_contact(events, pelvis, rate, sides, settings)
        if turning is not None:
            sides = (turning[0],)
            events = events[events["time"] >= turning[1] - settings.merge_s]
    found = landings(
        events,
        {side: get_angle(kinematics, side, "knee_flexion") for side in SIDES},
        pelvis[:, 1],
        rate,
        sides,
        settings,
        take_off=task.take_off,
        bilateral=task.bilateral,
        loaded=loaded,
    )
    return Found(found.cycles, notes + found.notes)


def _checked(
    found: Found, recording: Recording, mass_kg: float | None, config: Config
) -> tuple[Found, dict[str, Array]]:
    """Return the cycles that the rules of their task leave, with the rules' notes, and the numbers of these cycles."""
    task, settings = TASKS[recording.trial.task], config.cycles
    values = cycle_values(
        recording.raw,
        recording.kinematics,
        recording.kinetics,
        recording.standing,
        found.cycles,
        task,
        mass_kg,
        settings,
        found.events,
        split_angle(task, recording.trial.condition, settings),
    )
    sides = _sides(recording.trial)
    kept, notes = check_cycles(
        Checked(found.cycles, values, sides, recording.kinematics, recording.kinetics, task, settings)
    )
    cycles = [cycle for cycle, ok in zip(found.cycles, kept.tolist(), strict=True) if ok]
    return Found(cycles, found.notes + notes, found.events), {name: column[kept] for name, column in values.items()}


def _sides(trial: Trial) -> tuple[str, ...]:
    return SIDES if trial.side == "both" else (trial.side,)


def _loaded(kinetics: xr.Dataset | None) -> list[float]:
    """Return when feet came down on plates during the recording, s; plate loads not caused by a foot are ignored."""
    if kinetics is None:
        return []
    table = contact_table(kinetics)
    return [float(row.start) for row in table.itertuples() if row.start > 0 and row.reason != "no_foot"]  # type: ignore[arg-type, operator]


def _recording(
    trial: Trial, raw: Trials, kinematics: Trials, kinetics: Trials, wanted: Mapping[str, Sequence[str]]
) -> Recording | None:
    """Return some variables of a movement trial's groups; None if it has no cycles by its task, or no kinematics."""
    task = TASKS[trial.task]
    if trial.role != "dynamic" or task.cycle == "none":
        return None
    motion = _group(kinematics, trial.trial, wanted["kinematics"])
    if motion is None or "angle" not in motion or not motion.sizes.get("time"):
        return None
    groups = [_group(trials, trial.trial, wanted[name]) for trials, name in ((raw, "raw"), (kinetics, "kinetics"))]
    static = str(motion.attrs.get("static", "")) if task.asks("no_heel_touch") else ""
    return Recording(trial, groups[0], motion, groups[1], _group(kinematics, static, ("landmark_position",)))


def _group(trials: Trials, name: str, variables: Sequence[str]) -> xr.Dataset | None:
    """Return a trial with these of its variables, and all coordinates."""
    return only(trials, variables, [name])[name] if name in trials else None


def _standing_side(ankle_height: dict[str, Array], least_m: float) -> str:
    difference = ankle_height["left"] - ankle_height["right"]
    known = difference[np.isfinite(difference)]
    middle = float(np.median(known)) if len(known) else 0.0
    if abs(middle) < least_m:
        raise TrialError(
            f"expected one standing leg, found both ankles at the same height (median difference {1000 * middle:.0f} mm)",
            code="side_unknown",
            action="fill the `side` column of trials.tsv for this trial",
        )
    return "right" if middle > 0 else "left"


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan
