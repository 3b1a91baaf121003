"""From bodies and forces to a recorded trial with its truth; common to every task."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.schema import JOINT_CENTRES, SIDES
from biomech_simulation.curves import PAD, differentiate
from biomech_simulation.dynamics import Momentum, joint_moments
from biomech_simulation.gait import Body
from biomech_simulation.motion import STATIC_ONLY, Motion, Plate, place_markers
from biomech_simulation.participant import Participant
from biomech_simulation.truth import (
    MOMENTS,
    QUANTITIES,
    joint_centres,
    segment_frames,
    side_angles,
    side_moments,
    side_powers,
    truth_dataset,
)
from biomech_simulation.turns import rot_y

Array = NDArray[np.float64]
Feet = dict[str, dict[str, Array]]
Event = tuple[float, str, str, float]  # s over the threshold, name, side, s of the first or last touch


def samples(body: Body, index: NDArray[np.int_]) -> Body:
    """Some of the samples of a body."""
    return Body({k: v[index] for k, v in body.rotation.items()}, {k: v[index] for k, v in body.origin.items()})


def moving_truth(
    participant: Participant,
    body: Body,
    state: Momentum,
    feet: Feet,
    progression: Array,
    analog_rate_hz: float,
    frames_at: NDArray[np.int_],
    on_plate: dict[str, NDArray[np.int_]],
) -> xr.Dataset:
    """Truth at the marker frames; rates of angles from the denser samples.

    Parameters
    ----------
    body : Body
        At the analog rate, `curves.PAD` further samples at each end.
    state, feet : Momentum, dict
        Without those, from `dynamics.momentum` and `dynamics.split_wrench`.
    progression : (3, 3) array
        Frame of the direction of progression.
    frames_at : (n,) array
        Samples of the marker frames.
    on_plate : dict
        Plate (from 0) under each foot at each sample, -1 for none.
    """
    centres = joint_centres(body)
    frames = segment_frames(participant, body, progression)
    inner = slice(PAD, -PAD)
    moments = joint_moments(state, feet, {s: {j: centres[s][j][inner] for j in JOINT_CENTRES} for s in SIDES})
    columns: dict[str, list[Array]] = {}
    for side in SIDES:
        angles = side_angles(frames[side], centres[side], side)
        turning = np.unwrap(np.radians(np.stack([angles[name] for name in MOMENTS], axis=-1)), axis=0)
        rates = differentiate(turning, 1.0 / analog_rate_hz, 1)[frames_at]
        here = PAD + frames_at
        own = {name: value[here] for name, value in frames[side].items()}
        per_kg = {j: moments[side][j][1][frames_at] / participant.mass_kg for j in JOINT_CENTRES}
        components = side_moments(own, per_kg, side)
        force = feet[side]["force"][frames_at]
        code = np.where(on_plate[side][frames_at] >= 0, 1.0, 2.0)
        for name, value in {
            "angle": np.stack([angles[q][here] for q in QUANTITIES], axis=-1),
            "joint_centre": np.stack([centres[side][j][here] for j in JOINT_CENTRES], axis=1),
            "moment": components,
            "power": side_powers(rates, components),
            "joint_force": np.stack([moments[side][j][0][frames_at] for j in JOINT_CENTRES], axis=1)
            / participant.mass_kg,
            "ground_reaction": force,
            "ground_reaction_moment": feet[side]["moment"][frames_at],
            "centre_of_pressure": feet[side]["pressure"][frames_at],
            "contact": np.where(force[:, 1] > 0, code, 0.0),
        }.items():
            columns.setdefault(name, []).append(value)
    values = {name: np.stack(sides, axis=1) for name, sides in columns.items()}
    values["progression"] = np.tile(progression[:, 0], (len(frames_at), 1))
    return truth_dataset(frames_at / analog_rate_hz, values, {})


def on_the_spot(
    participant: Participant,
    body: Body,
    state: Momentum,
    feet: Feet,
    on_plate: dict[str, NDArray[np.int_]],
    plates: tuple[Plate, ...],
    rate_hz: float,
    analog_rate_hz: float,
    events: Sequence[Event],
    attrs: dict[str, str | float],
    progression: Array | None = None,
) -> Motion:
    """Recording of a task whose every sample is at hand.

    `progression` is the (3, 3) frame of where the body goes; without it the task goes nowhere, and what is read against
    progression is read against the pelvis's heading.
    """
    frames_at = np.arange(0, len(state.place), round(analog_rate_hz / rate_hz))
    if progression is None:
        ahead = body.rotation["pelvis"][PAD + frames_at][:, [0, 2], 0]
        ahead = (ahead / np.linalg.norm(ahead, axis=1, keepdims=True)).mean(axis=0)
        progression = rot_y(np.asarray(np.arctan2(-ahead[1], ahead[0])))
    truth = moving_truth(participant, body, state, feet, progression, analog_rate_hz, frames_at, on_plate)
    truth = truth.assign(event_table(events))
    truth.attrs |= {
        "participant": participant.name,
        "sex": participant.sex,
        "mass_kg": participant.mass_kg,
        "height_m": participant.height_m,
    } | attrs
    shape = (len(state.place), len(plates), 3)
    force, moment = np.zeros(shape), np.zeros(shape)
    for side in SIDES:
        for number in range(len(plates)):
            mine = (on_plate[side] == number)[:, None]
            force[:, number] += mine * feet[side]["force"]
            moment[:, number] += mine * feet[side]["moment"]
    markers = place_markers(participant, samples(body, PAD + frames_at), STATIC_ONLY)
    stored = tuple((t, name, side) for t, name, side, _ in events if name.startswith("foot_"))
    return Motion(participant, *markers, rate_hz, analog_rate_hz, plates, force, moment, truth, stored)


def event_table(events: Sequence[Event]) -> dict[str, xr.Variable]:
    """Events as variables of the truth."""
    rows = sorted(events)
    seconds = {"units": "s"}
    return {
        "event_time": xr.Variable(
            "event", np.array([r[0] for r in rows], float), seconds | {"long_name": "event, by force where it has one"}
        ),
        "event_contact_time": xr.Variable(
            "event",
            np.array([r[3] for r in rows], float),
            seconds | {"long_name": "contact begins or ends, with no load yet"},
        ),
        "event_name": xr.Variable("event", np.array([r[1] for r in rows], dtype=object)),
        "event_side": xr.Variable("event", np.array([r[2] for r in rows], dtype=object)),
    }
