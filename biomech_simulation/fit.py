"""Fit of the walk: coefficients by which joint angles come near a usual walker's while the feet bear the body."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from biomech.errors import BiomechError
from biomech.schema import SIDES
from biomech_simulation.curves import INTERVALS, fit_fourier, spline
from biomech_simulation.dynamics import planned_zero_moment_point
from biomech_simulation.gait import (
    DUTY,
    MIRROR,
    PITCH_FREE,
    STRIKE_PHASE,
    SWING_FREE,
    Gait,
    LegMotion,
    ankle_path,
    blend_coefficients,
    foot_motion,
    foot_path,
    pelvis_angles,
)
from biomech_simulation.gait_balance import FINE, GRAVITY_M_S2, HARMONICS, balance, balance_error, response
from biomech_simulation.hidden_force import hidden_force
from biomech_simulation.norms import foot_pitch, waveform
from biomech_simulation.participant import Participant
from biomech_simulation.turns import rot_x, rot_y, rot_z

Array = NDArray[np.float64]

_HEIGHT_HARMONICS = 6
_PHASES = np.arange(128) / 128
_PITCH = PITCH_FREE % INTERVALS
_BASIS = np.stack([spline(_PHASES, row) for row in np.eye(INTERVALS)], axis=1)
_WRAP = spline(_PHASES, np.zeros(INTERVALS), 1.0)  # strides that coefficients of the stride before lag behind
# the fit moves fewer unknowns than there are spline coefficients: nodes of a cubic through them, dense at the ends
_PITCH_NODES = np.array([0, 0.06, 0.12, 0.18, 0.24, 0.30, 0.36, 0.44, 0.52, 0.60, 0.68, 0.76, 0.84, 0.92, 1.0])
_SWING_NODES = np.array([0, 0.06, 0.14, 0.26, 0.40, 0.55, 0.70, 0.80, 0.88, 0.94, 1.0])
# what is tolerable between neighbouring phases: change of angular velocity, and tremor that a usual filter would remove
_BEND_DEG, _ROUGH_DEG = 0.05, 0.02
_HIDDEN_N_KG = 0.010
MAX_IMBALANCE_M = 0.02
_LATE = 0.02  # the usual curves begin with a load of some 20 N, the walker's phases with the first touch
_STARTS_M = (0.0, -0.008, 0.008, 0.004, -0.016, 0.016)


def starting_gait(
    participant: Participant,
    speed_m_s: float,
    cadence: float,
    step_width_m: float,
    toe_out_deg: float,
    variation: float = 1.0,
) -> Gait:
    """Return a walk with the usual foot pitch and a straight swing, the pelvis roughly above its feet; not yet fitted.

    Parameters
    ----------
    cadence : float
        Steps per minute.
    """
    stride_s = 120.0 / cadence
    stride_m = speed_m_s * stride_s
    phase = np.linspace(0, 1, 400, endpoint=False)
    basis = np.stack([spline(phase, row) for row in np.eye(INTERVALS)], axis=1)
    pitch = np.zeros(INTERVALS)
    pitch[_PITCH] = np.linalg.lstsq(basis[:, _PITCH], np.radians(foot_pitch(phase)), rcond=None)[0]
    swing = np.zeros((INTERVALS, 3))
    swing[SWING_FREE, 0] = stride_m * np.linspace(0, 1, len(SWING_FREE) + 2)[1:-1]
    swing[SWING_FREE[-1] + 1 :, 0] = stride_m
    pelvis = np.zeros((HARMONICS, 3, 2))
    pelvis[1, 1] = [-0.018, -0.010]
    length = participant.thigh + participant.shank
    gait = Gait(
        participant,
        stride_s,
        stride_m,
        step_width_m,
        np.radians(toe_out_deg),
        pelvis,
        participant.ankle_height + 0.975 * length - participant.hip[1],
        0.0,
        {side: LegMotion(pitch, swing) for side in SIDES},
        variation,
    )
    plan = planned_zero_moment_point(gait, FINE) - np.stack([stride_m * FINE, 0 * FINE], axis=-1)
    for column, axis in enumerate((0, 2)):
        gait.pelvis[:, axis] = fit_fourier(plan[:, column], HARMONICS) / response(gait)[:, column, None]
    return _usual_swing(replace(gait, pelvis_lead=float(plan[:, 0].mean()) - 0.8 * participant.hip[0]))


def _usual_swing(gait: Gait) -> Gait:
    """Let each foot swing about where the usual hip and knee angles put it."""
    participant = gait.participant
    phase = np.linspace(DUTY, 1.0, 60)
    hip, knee = np.radians(waveform("hip_flexion", phase)), np.radians(waveform("knee_flexion", phase))
    thigh = hip - np.radians(participant.posture.pelvis_anterior_tilt)
    shank = thigh - knee
    drop = participant.thigh * np.cos(thigh) + participant.shank * np.cos(shank)
    reach = participant.thigh * np.sin(thigh) + participant.shank * np.sin(shank)
    x = gait.stride_m * phase + gait.pelvis_lead + participant.hip[0] + reach
    y = gait.pelvis_height + participant.hip[1] + 0.01 - drop
    _, ankle, print_ = foot_motion(gait, "right", phase)
    rolled = ankle - print_
    basis = np.stack([spline(phase, row) for row in np.eye(INTERVALS)], axis=1)
    fixed = np.zeros(INTERVALS)
    fixed[SWING_FREE[-1] + 1 :] = gait.stride_m
    legs = {}
    for side in SIDES:
        swing = gait.legs[side].swing.copy()
        for axis, want in ((0, x - rolled[:, 0] - basis @ fixed), (1, y - rolled[:, 1])):
            design = np.concatenate([basis[:, SWING_FREE] @ _SWING_MAP, 0.01 * np.diff(_SWING_MAP, 2, axis=0)])
            target = np.concatenate([want, np.zeros(len(SWING_FREE) - 2)])
            swing[SWING_FREE, axis] = _SWING_MAP @ np.linalg.lstsq(design, target, rcond=None)[0]
        legs[side] = LegMotion(gait.legs[side].pitch, swing)
    return replace(gait, legs=legs)


def fit_gait(gait: Gait) -> Gait:
    """Fit swing, foot pitch and height of the pelvis to the usual curves; move the pelvis so that the feet bear it.

    Both in turns, the second with more and more detail: a rough walk must not be balanced to the last millisecond.
    """
    start = gait
    for rise in _STARTS_M:
        # far from any walk the fit can end in a leg that is too short: then from another height of the pelvis
        gait = _usual_swing(replace(start, pelvis_height=start.pelvis_height + rise)) if rise else start
        for _ in range(3):
            gait = _follow(gait, 12)
        if np.sqrt(np.mean(balance_error(gait, FINE) ** 2)) < 0.15:
            break
    for harmonics in (2, 4, 8, 12, 16, HARMONICS):
        gait = _follow(balance(gait, 4, harmonics), 12)
    return _checked(gait)


def refit_gait(gait: Gait) -> Gait:
    """Fit a walk that differs little from a fitted one; from the beginning, where the short way ends next to the feet."""
    swing = {
        side: LegMotion(leg.pitch, leg.swing * [gait.stride_m / leg.swing[-1, 0], 1.0, 1.0])
        for side, leg in gait.legs.items()
    }
    gait = start = replace(gait, legs=swing)
    for _ in range(2):
        gait = _follow(balance(gait, 4), 4)
    gait = balance(gait, 10)
    return gait if _imbalance_m(gait) <= MAX_IMBALANCE_M else fit_gait(start)


def _imbalance_m(gait: Gait) -> float:
    """Return how far the centre of pressure comes at most from where it should be."""
    return float(np.abs(balance_error(gait, FINE)).max())


def _checked(gait: Gait) -> Gait:
    gait = balance(gait, 10)
    error = _imbalance_m(gait)
    if not error <= MAX_IMBALANCE_M:
        raise BiomechError(
            f"simulate: found no walk of {gait.participant.name} at {gait.stride_m / gait.stride_s:.2f} m/s with steps of "
            f"{gait.stride_m / 2:.2f} m whose centre of pressure stays where it should (off by {1000 * error:.0f} mm); "
            "choose a speed and cadence nearer to 1.15 m/s and 108 steps/min for a height of 1.68 m"
        )
    return gait


@dataclass(frozen=True)
class _Task:
    """What of a fit does not change with its unknowns; side views of each leg."""

    gait: Gait
    hip: dict[str, Array]  # from the origin of the pelvis, own right-leg world
    phase: dict[str, Array]
    target: dict[str, dict[str, Array]]
    waves: Array
    lift: Array
    basis: Array  # of a spline, right side; the left is half a stride later
    blend: Array


def _follow(gait: Gait, iterations: int) -> Gait:
    """Near the usual curves in the side view: length and lean of the line from hip to ankle, pitch of the foot."""
    turn, drop, tilt = pelvis_angles(gait, _PHASES)
    pelvis = rot_y(turn) @ rot_x(drop) @ rot_z(tilt)
    angle = 2 * np.pi * _PHASES[:, None] * np.arange(1, _HEIGHT_HARMONICS + 1)
    omega = 2 * np.pi * np.arange(1, _HEIGHT_HARMONICS + 1) / gait.stride_s
    waves = np.stack([np.cos(angle), np.sin(angle)], axis=-1).reshape(len(_PHASES), -1)
    hip, phase, target = {}, {}, {}
    for side in SIDES:
        mirror = MIRROR if side == "left" else np.ones(3)
        hip[side] = (pelvis @ (gait.participant.hip * mirror)) * mirror
        own = phase[side] = _PHASES - STRIKE_PHASE[side]
        target[side] = {"knee_flexion": np.radians(np.hypot(waveform("knee_flexion", own - _LATE), 7.0))}
        target[side] |= {
            "hip_flexion": np.radians(waveform("hip_flexion", own - _LATE)),
            "ankle_dorsiflexion": np.radians(waveform("ankle_dorsiflexion", own - _LATE)),
            "pitch": np.radians(foot_pitch(own - _LATE)),
            "tilt": -tilt,
        }
    # (a knee that never comes near straight keeps the leg's inverse kinematics smooth)
    task = _Task(
        gait,
        hip,
        phase,
        target,
        waves,
        -waves * np.repeat(omega**2, 2),
        _BASIS,
        spline(_PHASES, blend_coefficients()),
    )
    return _unpack(gait, _minimise(task, _pack(gait), iterations))


def _minimise(task: _Task, x: Array, iterations: int) -> Array:
    """Levenberg-Marquardt; the two legs do not act on each other, so their derivatives are taken together."""
    start, damping, step = x, 1e-3, 1e-6
    residual, owner = _misfit(task, x, start)
    first, second = np.flatnonzero(owner == 0), np.flatnonzero(owner == 1)
    for _ in range(iterations):
        rates = np.zeros((len(x), len(residual)))  # of change, one row an unknown
        for row in range(_SHARED + _OWN):
            moved = x.copy()
            moved[row] += step
            if row >= _SHARED:
                moved[row + _OWN] += step
            change = (_misfit(task, moved, start)[0] - residual) / step
            if row < _SHARED:
                rates[row] = change
            else:
                rates[row, first], rates[row + _OWN, second] = change[first], change[second]
        normal, slope = _squared(rates), np.einsum("ij,j->i", rates, residual)
        while damping < 1e6:
            trial = x - np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-9), slope)
            new, _ = _misfit(task, trial, start)
            if new @ new < residual @ residual:
                break
            damping *= 5
        else:
            return x
        gain = 1.0 - (new @ new) / (residual @ residual)
        x, residual, damping = trial, new, damping / 5
        if gain < 1e-4:
            break
    return x


def _squared(rates: Array) -> Array:
    """``rates @ rates.T`` in pieces too small for BLAS to share among threads, which would wait for each other."""
    piece = 32
    padded = np.pad(rates, ((0, 0), (0, -rates.shape[1] % piece)))
    pieces = padded.reshape(len(rates), -1, piece).swapaxes(0, 1)
    return np.asarray((pieces @ pieces.swapaxes(1, 2).copy()).sum(axis=0))


def _nodes_to_coefficients(nodes: Array, count: int) -> Array:
    return CubicSpline(nodes, np.eye(len(nodes)))(np.linspace(0, 1, count))


_PITCH_MAP = _nodes_to_coefficients(_PITCH_NODES, len(PITCH_FREE))
_SWING_MAP = _nodes_to_coefficients(_SWING_NODES, len(SWING_FREE))
_SHARED = 1 + 2 * _HEIGHT_HARMONICS
_OWN = len(_PITCH_NODES) + 2 * len(_SWING_NODES)


def _pack(gait: Gait) -> Array:
    parts: list[Array] = [np.array([gait.pelvis_height]), gait.pelvis[:_HEIGHT_HARMONICS, 1].ravel()]
    for side in SIDES:
        leg = gait.legs[side]
        parts += [
            np.asarray(np.linalg.lstsq(_PITCH_MAP, leg.pitch[_PITCH], rcond=None)[0]),
            np.asarray(np.linalg.lstsq(_SWING_MAP, leg.swing[SWING_FREE, :2], rcond=None)[0]).ravel(),
        ]
    return np.concatenate(parts)


def _unpack(gait: Gait, x: Array) -> Gait:
    pelvis = gait.pelvis.copy()
    pelvis[:_HEIGHT_HARMONICS, 1] = x[1:_SHARED].reshape(-1, 2)
    legs = {}
    for number, side in enumerate(SIDES):
        own = x[_SHARED + number * _OWN : _SHARED + (number + 1) * _OWN]
        pitch, swing = gait.legs[side].pitch.copy(), gait.legs[side].swing.copy()
        pitch[_PITCH] = _PITCH_MAP @ own[: len(_PITCH_NODES)]
        swing[SWING_FREE, :2] = _SWING_MAP @ own[len(_PITCH_NODES) :].reshape(-1, 2)
        legs[side] = LegMotion(pitch, swing)
    return replace(gait, pelvis=pelvis, pelvis_height=float(x[0]), legs=legs)


def _misfit(task: _Task, x: Array, start: Array) -> tuple[Array, Array]:
    """Distance from the usual curves, in units of what is tolerable, and what must not happen at all.

    The knee enters by its squared angle, which is smooth where the leg is straight or too short.
    """
    gait = _unpack(task.gait, x)
    participant = gait.participant
    harmonics = x[1 : 1 + 2 * _HEIGHT_HARMONICS]
    centre = np.stack([gait.stride_m * _PHASES + gait.pelvis_lead, 0 * _PHASES + gait.pelvis_height, 0 * _PHASES], -1)
    for axis in (0, 2):
        centre[:, axis] += task.waves @ gait.pelvis[:_HEIGHT_HARMONICS, axis].ravel()
    centre[:, 1] += task.waves @ harmonics
    # two humps of the vertical force: the body rises and falls twice a stride
    lift = task.lift @ harmonics / GRAVITY_M_S2
    terms = [(lift - 0.18 * np.cos(4 * np.pi * (_PHASES - 0.055))) / 0.02, (x - start)[:_SHARED] * 0.05]
    owner = [np.full(sum(len(t) for t in terms), -1)]
    moved = (x - start)[_SHARED:].reshape(2, -1)
    for number, side in enumerate(SIDES):
        mirror = MIRROR if side == "left" else np.ones(3)
        own, want = task.phase[side], task.target[side]
        pitch, ankle = _foot(task, gait, side)
        leg = centre * mirror + task.hip[side] - ankle
        squared_length = np.einsum("ni,ni->n", leg, leg)
        thigh, shank = participant.thigh, participant.shank
        squared_knee = 2.0 * (1.0 - (squared_length - thigh**2 - shank**2) / (2 * thigh * shank))
        knee = np.sqrt((squared_knee + np.hypot(squared_knee, 0.003)) / 2)
        lean = np.arctan2(leg[:, 0], leg[:, 1])
        hip = want["tilt"] - lean + knee * shank / (thigh + shank)
        ankle_angle = pitch + lean + knee * thigh / (thigh + shank)
        stance = own % 1.0
        swing = stance > DUTY
        wanted_knee = 2.0 * (1.0 - np.cos(want["knee_flexion"]))
        knee_scale = np.radians(2.5) * (2 * want["knee_flexion"] + np.radians(2.5))
        ground = 0.02 * np.sin(np.pi * np.clip((stance - DUTY) / (1 - DUTY), 0, 1)) ** 2
        clearance = _clearance(participant, pitch, ankle[:, 1])
        hidden = hidden_force(gait, centre * mirror + task.hip[side], ankle, pitch, lean, knee)
        leg_terms = [
            (squared_knee - wanted_knee) / knee_scale * np.where(swing, 1.0, 1.7),
            np.minimum(squared_knee - np.radians(7.0) ** 2, 0.0) / np.radians(1.0) ** 2,
            (hip - want["hip_flexion"]) / np.radians(5.0),
            (ankle_angle - want["ankle_dorsiflexion"]) / np.radians(2.5),
            (pitch - want["pitch"]) / np.radians(3.0),
            (stance < 0.7) * (stance > 0.3) * np.maximum(pitch, 0.0) / np.radians(0.2),
            swing * np.minimum(clearance - ground, 0.0) / 0.001,
            np.diff(gait.legs[side].pitch[np.arange(_PITCH[0] - 3, _PITCH[0] + len(_PITCH) + 3) % INTERVALS], 3) * 5.0,
            np.diff(gait.legs[side].swing[SWING_FREE[0] - 3 : SWING_FREE[-1] + 4], 3, axis=0).ravel() * 5.0,
            _bend(knee - want["knee_flexion"]) / np.radians(_BEND_DEG),
            _bend(hip - want["hip_flexion"]) / np.radians(_BEND_DEG),
            _bend(_bend(knee)) / np.radians(_ROUGH_DEG),
            _bend(_bend(hip)) / np.radians(_ROUGH_DEG),
            hidden.ravel() / _HIDDEN_N_KG,
            gait.legs[side].swing[SWING_FREE[0], :2] / 0.0001,
            (gait.legs[side].swing[SWING_FREE[-1], :2] - [gait.stride_m, 0.0]) / 0.004,
            0.05 * moved[number],
        ]
        terms += leg_terms
        owner.append(np.full(sum(len(t) for t in leg_terms), number))
    return np.concatenate(terms), np.concatenate(owner)


def _foot(task: _Task, gait: Gait, side: str) -> tuple[Array, Array]:
    """Pitch and ankle centre as by `foot_motion`, from a ready-made basis."""
    motion, late = gait.legs[side], round(STRIKE_PHASE[side] * len(_PHASES))
    basis = np.roll(task.basis, late, axis=0)
    wrap = _WRAP if side == "right" else np.roll(_WRAP, late) - (np.arange(len(_PHASES)) < late)
    print_ = basis @ motion.swing
    print_[:, 0] += (wrap + STRIKE_PHASE[side]) * gait.stride_m
    print_[:, 2] += gait.step_width_m / 2
    pitch = basis @ motion.pitch
    return pitch, ankle_path(gait, pitch, np.roll(task.blend, late), print_)


def _bend(curve: Array) -> Array:
    """Second difference of a periodic curve; of the second again: small for what a leg does, large for tremor."""
    wide = np.concatenate([curve[-1:], curve, curve[:1]])
    return wide[:-2] - 2 * curve + wide[2:]


def _clearance(participant: Participant, pitch: Array, ankle_height: Array) -> Array:
    """Height of the lowest point of the sole above the floor, m."""
    rolling = [foot_path(participant.sole, pitch, np.full_like(pitch, part))[:, 1] for part in (0.0, 1.0)]
    return ankle_height - np.maximum(*rolling)
