"""Balance of a walk: centre of pressure as planned, and ground reaction directed at a point in the trunk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from biomech_simulation.curves import fit_fourier, fourier
from biomech_simulation.dynamics import PIVOT_M, ground_wrench, momentum, planned_zero_moment_point, zero_moment_point
from biomech_simulation.gait import Gait, walking_body

Array = NDArray[np.float64]

HARMONICS = 48
NODS = 16  # harmonics of the trunk's nod; none in the first, whose slowness would take large angles
FINE = np.arange(320) / 320
GRAVITY_M_S2 = 9.81
_TRUNK_M2 = 0.13  # how hard the trunk is to nod, kg m2 per kg of the body, roughly
_MOST_M = 0.05  # a step's moment over the body's weight


def response(gait: Gait) -> Array:
    """How much farther the floor's pressure swings than the body, per harmonic along X and Z: 1 + omega^2 h / g, (harmonics, 2).

    The body is taken as a cart on a table (Kajita et al. 2003, Proc IEEE ICRA, p. 1620); along X its force points higher.
    """
    height = gait.pelvis_height * 1.05 + np.array([PIVOT_M, 0.0])
    return np.asarray(1.0 + _omega(gait)[:, None] ** 2 * height / GRAVITY_M_S2)


def _omega(gait: Gait) -> Array:
    return np.asarray(2 * np.pi * np.arange(1, HARMONICS + 1) / gait.stride_s)


def balance_error(gait: Gait, phase: Array) -> Array:
    """How far the zero-moment point is from where the feet should press, (n, 2) as X, Z, m; one stride of phases."""
    return planned_zero_moment_point(gait, phase) - zero_moment_point(*_wrench(gait, phase)[:2])


def _wrench(gait: Gait, phase: Array) -> tuple[Array, Array, Array]:
    """Force of the floor, its moment about the lab origin, and the centre of mass, (n, 3) each."""
    body = walking_body(gait, phase * gait.stride_s)
    state = momentum(gait.participant, body, gait.stride_s / len(phase), np.array([gait.stride_m, 0.0, 0.0]))
    centre = np.einsum("k,nki->ni", state.mass, state.place) / state.mass.sum()
    return *ground_wrench(state), centre


def _errors(gait: Gait) -> tuple[Array, Array]:
    """What the pelvis and what the trunk have to put right.

    Returns
    -------
    error : (n, 2) array
        `balance_error` less what the trunk puts right, m.
    turning : (n,) array
        Moment about Z by which the force misses its pivot, harmonics of the nodding trunk only, N m.
    """
    force, moment, centre = _wrench(gait, FINE)
    about = moment[:, 2] - centre[:, 0] * force[:, 1] + centre[:, 1] * force[:, 0]
    turning = fourier(FINE, fit_fourier(-PIVOT_M * force[:, 0] - about, NODS) * (np.arange(NODS) > 0)[:, None])
    error = planned_zero_moment_point(gait, FINE) - zero_moment_point(force, moment)
    return error - np.stack([turning / force[:, 1], 0 * turning], axis=-1), turning


def balance(gait: Gait, iterations: int, harmonics: int = HARMONICS) -> Gait:
    """Move the pelvis along X and Z until the floor presses where it should, and nod until its force meets the pivot.

    A step that does not help (the knee of a nearly straight leg exaggerates it) is halved.
    """
    weight = GRAVITY_M_S2 * gait.participant.mass_kg
    inertia = _TRUNK_M2 * gait.participant.mass_kg * _omega(gait)[:NODS, None] ** 2
    (error, turning), gain = _errors(gait), 0.9
    for _ in range(iterations):
        pelvis, nod = gait.pelvis.copy(), np.zeros((NODS, 2))
        wanted = gain * np.clip(error, -0.15, 0.15)
        swing = response(gait)
        for column, axis in enumerate((0, 2)):
            correction = fit_fourier(wanted[:, column], HARMONICS) / swing[:, column, None]
            pelvis[:harmonics, axis] += correction[:harmonics]
        nods = fit_fourier(gain * np.clip(turning, -_MOST_M * weight, _MOST_M * weight), NODS) / inertia
        nod[:harmonics] = nods[:harmonics]
        nod[: len(gait.nod)] += gait.nod
        trial = replace(gait, pelvis=pelvis, nod=nod, pelvis_lead=gait.pelvis_lead + float(wanted[:, 0].mean()))
        new, turns = _errors(trial)
        if np.sum(new**2) + np.sum((turns / weight) ** 2) < np.sum(error**2) + np.sum((turning / weight) ** 2):
            gait, error, turning = trial, new, turns
        elif gain < 0.05:
            break
        else:
            gain /= 2
    return gait
