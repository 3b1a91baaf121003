"""Synthetic walking and standing: the public way to a `Motion`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from biomech.errors import BiomechError
from biomech.schema import FOOT_OFF, FOOT_STRIKE, JOINT_CENTRES, SIDES
from biomech_simulation.curves import PAD
from biomech_simulation.dynamics import momentum, share_between_feet
from biomech_simulation.fit import fit_gait, refit_gait, starting_gait
from biomech_simulation.gait import DUTY, STRIKE_PHASE, Gait, assemble, standing_curves, walking_body
from biomech_simulation.motion import STATIC_ONLY, Motion, Plate, place_markers, turned
from biomech_simulation.participant import Participant
from biomech_simulation.trial import event_table, moving_truth, samples
from biomech_simulation.truth import (
    QUANTITIES,
    joint_centres,
    segment_frames,
    side_angles,
    truth_dataset,
)
from biomech_simulation.turns import rot_x, rot_y, rot_z

Array = NDArray[np.float64]

EVENT_THRESHOLD_N = 20.0
START_PHASE = 0.30  # of the right stride, at the first frame
_PLATE_GAP_M = 0.05


def usual_gait(
    participant: Participant,
    speed_m_s: float | None = None,
    cadence: float | None = None,
    step_width_m: float = 0.09,
    toe_out_deg: float = 7.0,
) -> Gait:
    """Fit a periodic walk to a participant.

    Parameters
    ----------
    speed_m_s : float, optional
        Left out: the step is 0.375 of the height.
    cadence : float, optional
        Steps per minute, rounded so that a stride lasts a whole number of 0.01 s. Left out: 107 for a height of 1.68 m,
        falling with the root of the height.
    step_width_m, toe_out_deg : float
        Between the ankles' lines of progression; both feet.

    Raises
    ------
    BiomechError
        If no walk is found in which the centre of pressure stays under the feet.
    """
    cadence = cadence or 107.0 * np.sqrt(1.68 / participant.height_m)
    stride_s = round(120.0 / cadence, 2)
    speed_m_s = speed_m_s or 0.75 * participant.height_m / stride_s
    gait = fit_gait(starting_gait(participant, speed_m_s, 120.0 / stride_s, step_width_m, toe_out_deg))
    return gait


def vary(gait: Gait, seed: int) -> Gait:
    """Return a walk that differs from `gait` as two trials of one person do (2 to 5 %), fitted again."""
    random = np.random.default_rng(seed)
    stride_s = round(gait.stride_s * (1 + 0.012 * random.standard_normal()), 2)
    return refit_gait(
        replace(
            gait,
            stride_s=stride_s,
            stride_m=gait.stride_m * (1 + 0.012 * random.standard_normal()),
            step_width_m=gait.step_width_m + 0.006 * random.standard_normal(),
            toe_out=gait.toe_out + np.radians(0.8) * random.standard_normal(),
            variation=1 + 0.06 * random.standard_normal(),
        )
    )


def walk(
    participant: Participant,
    *,
    strides: int = 5,
    rate_hz: float = 200.0,
    analog_rate_hz: float = 1000.0,
    heading_deg: float = 0.0,
    plates: int | Sequence[Plate] = 2,
    plate_type: Literal[2, 4] = 2,
    gait: Gait | None = None,
    seed: int | None = None,
) -> Motion:
    """Walk in a straight line over force plates, without any error of measurement.

    Parameters
    ----------
    strides : int
        Length of the recording in strides; each side has one complete stride less.
    rate_hz : float
        Markers; a multiple of 100 Hz, so that the recording holds whole strides and the pelvis's displacement is the
        direction of progression exactly.
    analog_rate_hz : float
        A multiple of `rate_hz`.
    heading_deg : float
        Walking direction, to the left of lab X.
    plates : int or sequence of Plate
        How many plates of 0.6 m by 0.5 m lie in a row about the lab origin (successive steps of the middle of the
        recording land on them), or the plates themselves.
    gait : Gait, optional
        From `usual_gait`; fitted here if left out.
    seed : int, optional
        Vary the gait by `vary`.

    Returns
    -------
    Motion
    """
    ratio = round(analog_rate_hz / rate_hz)
    if rate_hz % 100 or abs(ratio * rate_hz - analog_rate_hz) > 1e-9:
        raise BiomechError(
            f"walk: expected a marker rate that is a multiple of 100 Hz and an analog rate that is a multiple of it, "
            f"found {rate_hz:g} Hz and {analog_rate_hz:g} Hz"
        )
    gait = gait or usual_gait(participant)
    if seed is not None:
        gait = vary(gait, seed)
    n_frames = round(strides * gait.stride_s * rate_hz) + 1
    sample = np.arange(-PAD, n_frames * ratio + PAD)
    time = sample / analog_rate_hz
    phase = START_PHASE + time / gait.stride_s
    body = walking_body(gait, phase * gait.stride_s)
    floor = _row(plates, plate_type) if isinstance(plates, int) else tuple(plates)
    steps = _steps(gait, phase[PAD], phase[-PAD - 1])
    offset = _over_plates(gait, steps, len(floor), heading_deg)
    body = turned(body, heading_deg, offset)

    state = momentum(participant, body, 1.0 / analog_rate_hz)
    inner = phase[PAD:-PAD]
    feet = share_between_feet(gait, inner, state, turned_by=(np.radians(heading_deg), offset))
    on_plate = _recorded(feet, inner, floor)
    frames_at = np.arange(n_frames) * ratio
    markers = [place_markers(participant, samples(body, PAD + frames_at), STATIC_ONLY)]
    progression = rot_y(np.radians(heading_deg))
    truth = moving_truth(participant, body, state, feet, progression, analog_rate_hz, frames_at, on_plate)
    events, table = _events(gait, inner, feet, analog_rate_hz, (n_frames - 1) / rate_hz)
    truth = truth.assign(table)
    truth.attrs |= {
        "participant": participant.name,
        "sex": participant.sex,
        "mass_kg": participant.mass_kg,
        "height_m": participant.height_m,
        "task": "walking",
        "speed_m_s": gait.stride_m / gait.stride_s,
        "heading_deg": heading_deg,
    }
    shape = (len(inner), len(floor), 3)
    force, moment = np.zeros(shape), np.zeros(shape)
    for side in SIDES:
        for number in range(len(floor)):
            mine = (on_plate[side] == number)[:, None]
            force[:, number] += mine * feet[side]["force"]
            moment[:, number] += mine * feet[side]["moment"]
    return Motion(participant, *markers[0], rate_hz, analog_rate_hz, floor, force, moment, truth, tuple(events))


def static(
    participant: Participant, *, duration_s: float = 1.0, rate_hz: float = 200.0, plates: Sequence[Plate] = ()
) -> Motion:
    """Stand still on the floor next to the plates, for calibration.

    Angles of segments in the progression frame are read against the heading of the pelvis, as for any task on the spot.
    """
    posture = participant.posture
    n = round(duration_s * rate_hz)
    still = np.zeros(n)
    turn = np.radians(posture.pelvis_internal_rotation)
    pelvis = (
        rot_y(still + turn)
        @ rot_x(still - np.radians(posture.pelvis_drop))
        @ rot_z(still - np.radians(posture.pelvis_anterior_tilt))
    )
    trunk = rot_y(still) @ rot_x(still) @ rot_z(still - np.radians(posture.trunk_flexion))
    # both legs must reach the floor, also the one that stands more bent in the frontal plane
    varus = max((-np.radians(participant.stands(side).knee_abduction) for side in SIDES), key=abs)
    knee = np.radians(posture.knee_flexion)
    length = np.sqrt(
        participant.thigh**2
        + participant.shank**2
        + 2 * participant.thigh * participant.shank * np.cos(knee) * np.cos(varus)
    )
    hip = pelvis[0] @ participant.hip
    ankle = np.array([0.0, participant.ankle_height, posture.foot_distance_m / 2])
    # ankle centres under the hip centres and the right knee bent as the posture says
    ahead = 0.03
    height = ankle[1] + np.sqrt(length**2 - ahead**2 - (hip[2] - ankle[2]) ** 2) - hip[1]
    centre = np.stack([still + ahead - hip[0], still + height, still], axis=-1)
    legs = {
        side: (
            still - np.radians(posture.toe_out),
            still,
            np.tile(ankle, (n, 1)),
            standing_curves(participant, side, n),
        )
        for side in SIDES
    }
    body = turned(assemble(participant, pelvis, centre, trunk, legs), 0.0, np.array([-1.2, 0.0, 0.0]))
    centres = joint_centres(body)
    frames = segment_frames(participant, body, rot_y(np.asarray(_heading(pelvis[0]))))
    angles = {side: side_angles(frames[side], {j: centres[side][j] for j in JOINT_CENTRES}, side) for side in SIDES}
    values = {
        "angle": np.stack([np.stack([angles[s][q] for q in QUANTITIES], axis=-1) for s in SIDES], axis=1),
        "joint_centre": np.stack([np.stack([centres[s][j] for j in JOINT_CENTRES], axis=1) for s in SIDES], axis=1),
        "progression": np.tile(frames["right"]["progression"][0][:, 0], (n, 1)),
    }
    attrs: dict[str, str | float] = {"participant": participant.name, "sex": participant.sex, "task": "static"}
    attrs |= {"mass_kg": participant.mass_kg, "height_m": participant.height_m}
    truth = truth_dataset(np.arange(n) / rate_hz, values, attrs)
    empty = np.zeros((n, len(plates), 3))
    return Motion(participant, *place_markers(participant, body), rate_hz, rate_hz, tuple(plates), empty, empty, truth)


def _heading(pelvis: Array) -> float:
    return float(np.arctan2(-pelvis[2, 0], pelvis[0, 0]))


def _row(count: int, plate_type: int) -> tuple[Plate, ...]:
    pitch = 0.60 + _PLATE_GAP_M
    return tuple(Plate(((i - (count - 1) / 2) * pitch, 0.0), type=plate_type, turned=bool(i % 2)) for i in range(count))


def _steps(gait: Gait, first: float, last: float) -> list[tuple[float, str]]:
    """Phases and sides of the contacts that lie wholly within the recording."""
    found = [
        (stride + STRIKE_PHASE[side], side)
        for stride in range(int(np.floor(first)) - 1, int(np.ceil(last)) + 1)
        for side in SIDES
        if stride + STRIKE_PHASE[side] >= first and stride + STRIKE_PHASE[side] + DUTY <= last
    ]
    return sorted(found)


def _over_plates(gait: Gait, steps: list[tuple[float, str]], count: int, heading_deg: float) -> Array:
    """Shift that brings the middle footprints over a row of plates about the lab origin."""
    used = steps[max((len(steps) - count) // 2, 0) :][: max(count, 1)]
    sole = gait.participant.sole
    x = np.mean([phase * gait.stride_m for phase, _ in used]) + (sole.back + sole.tip) / 2
    middle = rot_y(np.radians(heading_deg)) @ np.array([x, 0.0, 0.0])
    return np.asarray(-middle)


def _recorded(
    feet: dict[str, dict[str, Array]], phase: Array, plates: tuple[Plate, ...]
) -> dict[str, NDArray[np.int_]]:
    """Plate (from 0) that bears each foot at each sample, -1 for none: all of a contact's pressure must lie on it."""
    out = {}
    for side in SIDES:
        contact = np.floor(phase - STRIKE_PHASE[side]).astype(int)
        loaded = feet[side]["force"][:, 1] > 0
        out[side] = np.full(len(phase), -1)
        for stride in np.unique(contact[loaded]):
            mine = loaded & (contact == stride)
            x, z = feet[side]["pressure"][mine, 0], feet[side]["pressure"][mine, 2]
            for number, plate in enumerate(plates):
                if plate.contains(x, z).all():
                    out[side][mine] = number
    return out


def _events(gait: Gait, phase: Array, feet: dict[str, dict[str, Array]], analog_rate_hz: float, end_s: float):  # type: ignore[no-untyped-def]
    """Contact events of the recording and the same at the usual force threshold."""
    rows = []
    for side in SIDES:
        own = phase - STRIKE_PHASE[side]
        force = feet[side]["force"][:, 1]
        above = force > EVENT_THRESHOLD_N
        for name, at in ((FOOT_STRIKE, 0.0), (FOOT_OFF, DUTY)):
            for stride in range(int(np.ceil(own[0] - at)), int(np.floor(own[-1] - at)) + 1):
                time = (stride + at - own[0]) * gait.stride_s
                near = np.arange(len(own))[np.abs(own - stride - at) < 0.08]
                change = near[1:][above[near][1:] != above[near][:-1]]
                crossing = np.nan
                if len(change):
                    i = change[0]
                    crossing = (i - 1 + (EVENT_THRESHOLD_N - force[i - 1]) / (force[i] - force[i - 1])) / analog_rate_hz
                if time <= end_s and np.isfinite(crossing):
                    rows.append((time, name, side, crossing))
    rows.sort()
    table = event_table([(t20, name, side, t) for t, name, side, t20 in rows])
    return [(t, n, s) for _, n, s, t in rows], table
