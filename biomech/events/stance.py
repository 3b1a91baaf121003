"""Single-leg stance: the steady window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from biomech.config import Cycles
from biomech.events.repetitions import Found, Note, Repetition
from biomech.events.series import other_side
from biomech.signals.derivatives import derivative
from biomech.signals.filters import lowpass, runs

Array = NDArray[np.float64]


def steady_window(
    ankle_height: Mapping[str, Array], pelvis: Array, rate_hz: float, sides: Sequence[str], settings: Cycles
) -> Found:
    """Single-leg stance: the longest interval with the other foot up and the pelvis still.

    Parameters
    ----------
    ankle_height : mapping of str to ndarray, shape (n,)
        Height of both ankle centres, m.
    pelvis : ndarray, shape (n, 3)
        m; its speed is taken after smoothing at `steady_cutoff_hz`.
    rate_hz : float
    sides : sequence of str
        Standing sides wanted; each gives at most one cycle.
    settings : biomech.config.Cycles
    """
    found = Found()
    cutoff = settings.detection.steady_cutoff_hz
    smooth = lowpass(pelvis, rate_hz, cutoff if rate_hz > 4 * cutoff else None)
    speed = np.linalg.norm(derivative(smooth, rate_hz), axis=-1)
    for side in sides:
        other = other_side(side)
        with np.errstate(invalid="ignore"):
            lifted = ankle_height[other] - ankle_height[side] > settings.steady_foot_height_m
            steady = lifted & (speed < settings.steady_speed_m_s)
        spans = runs(steady)
        length = (spans[:, 1] - 1 - spans[:, 0]) / rate_hz
        if len(spans) and length.max() >= settings.steady_min_s - 1e-9:
            first, end = spans[int(length.argmax())]
            found.cycles.append(Repetition(side, 1, first / rate_hz, (end - 1) / rate_hz))
        elif len(sides) == 1:
            longest = float(length.max()) if len(spans) else 0.0
            found.notes.append(
                Note(
                    "warning",
                    "no_steady_window",
                    f"expected {settings.steady_min_s:g} s on the {side} leg with the other foot up and the pelvis slower "
                    f"than {settings.steady_speed_m_s:g} m/s, found {longest:.2f} s",
                    side,
                )
            )
    return found
