"""Errors of force plates: their place in the file, offset, drift, noise and the end of their range."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from biomech_simulation.motion import Motion

Array = NDArray[np.float64]

_ARM_M = 0.1  # moments get the errors of forces times this
_MOMENT_RANGE_M = 0.3


def shifted(motion: Motion, size_m: float, random: np.random.Generator) -> Motion:
    """Let the file say that each plate lies elsewhere; the signals stay, so the load seems to be displaced as well."""
    shift = size_m * random.standard_normal((len(motion.plates), 2))
    plates = tuple(
        replace(plate, centre=(plate.centre[0] + float(x), plate.centre[1] + float(z)))
        for plate, (x, z) in zip(motion.plates, shift, strict=True)
    )
    arm = np.stack([shift[:, 0], np.zeros(len(shift)), shift[:, 1]], axis=-1)
    return replace(motion, plates=plates, plate_moment=motion.plate_moment + np.cross(arm, motion.plate_force))


def offset_and_drift(motion: Motion, offset_n: float, drift_n_s: float, random: np.random.Generator) -> Motion:
    """Add an offset and a linear drift to every component of every plate."""
    time = np.arange(len(motion.plate_force)) / motion.analog_rate_hz
    steady, slope = random.standard_normal((2, 2, len(motion.plates), 3))
    error = offset_n * steady[:, None] + drift_n_s * slope[:, None] * time[:, None, None]
    return _added(motion, error[0], error[1])


def noise(motion: Motion, size_n: float, random: np.random.Generator) -> Motion:
    """Add white noise to every component of every plate."""
    error = size_n * random.standard_normal((2, *motion.plate_force.shape))
    return _added(motion, error[0], error[1])


def saturated(motion: Motion, range_n: float | None) -> Motion:
    """Cut off what lies beyond a plate's range."""
    if not range_n:
        return motion
    limits = range_n * np.array([0.5, 1.0, 0.5])
    centre = _centres(motion)
    own = motion.plate_moment - np.cross(centre, motion.plate_force)
    force = np.clip(motion.plate_force, -limits, limits)
    own = np.clip(own, -_MOMENT_RANGE_M * range_n, _MOMENT_RANGE_M * range_n)
    return replace(motion, plate_force=force, plate_moment=own + np.cross(centre, force))


def _added(motion: Motion, force: Array, moment: Array) -> Motion:
    """Forces of the error, and moments about the middle of each plate in units of force times `_ARM_M`."""
    more = _ARM_M * moment + np.cross(_centres(motion), force)
    return replace(motion, plate_force=motion.plate_force + force, plate_moment=motion.plate_moment + more)


def _centres(motion: Motion) -> Array:
    return np.array([plate.middle for plate in motion.plates])
