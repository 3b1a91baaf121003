"""Vertical scales of the figures: fixed by quantity and task, so that one page can be held against another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biomech.report.norms import Norm
from biomech.report.panels import Panel
from biomech.tasks import TASKS

MIN_BAND = 3  # curves; fewer have no standard deviation worth a band
_STEPS = 6  # a fixed scale is widened to round numbers, which are at most a sixth of its length apart
_SLACK = 0.05  # of a step: less than a line's width beyond the end widens nothing

# Scales in the panel's sign and unit. Keys of the inner tables: a task, a kind of cycle, or "" for all others. Walking
# as reports of the conventional gait model draw it (pelvis, hip and knee moments: chosen within them); others chosen so
# that healthy young adults fit.
_Range = tuple[float, float]
_PLANES: _Range = (-30.0, 30.0)  # frontal and transverse angles, and the trunk and pelvis in walking
_BENT: dict[str, _Range] = {"": _PLANES, "squat": (-20, 70), "landing": (-20, 70), "steady": (-20, 70)}
FIXED: dict[str, dict[str, _Range]] = {
    "angle.pelvis_anterior_tilt": _BENT,
    "angle.trunk_flexion": _BENT,
    "angle.hip_flexion": {"": (-20, 70), "squat": (-10, 130), "landing": (-10, 110)},
    "angle.knee_flexion": {"": (-15, 75), "running": (-15, 135), "squat": (-10, 140), "landing": (-10, 120)},
    "angle.ankle_dorsiflexion": {"": _PLANES, "squat": (-20, 50), "landing": (-40, 50)},
    "moment.hip_flexion": {"": (-2, 3), "running": (-3, 4), "squat": (-1, 3), "landing": (-3, 6)},
    "moment.hip_adduction": {"": (-1, 2), "running": (-1.5, 3), "landing": (-2, 4)},
    "moment.hip_internal_rotation": {"": (-0.5, 0.5), "running": (-1, 1), "landing": (-1.5, 1.5)},
    "moment.knee_flexion": {"": (-1, 1.5), "running": (-1.5, 4), "squat": (-1, 3), "landing": (-1, 5)},
    "moment.knee_abduction": {"": (-1, 1), "running": (-1, 2), "landing": (-2, 2)},
    "moment.knee_internal_rotation": {"": (-0.5, 0.5), "running": (-1, 1), "landing": (-1, 1)},
    "moment.ankle_dorsiflexion": {"": (-1, 3), "running": (-1, 4), "squat": (-1, 2), "landing": (-1, 4)},
    "moment.ankle_inversion": {"": (-1, 1)},
    "moment.ankle_internal_rotation": {"": (-0.5, 0.5), "running": (-1, 1), "landing": (-1, 1)},
    "power.hip_total": {"": (-3, 3), "running": (-10, 15), "landing": (-30, 30)},
    "power.knee_total": {"": (-3, 3), "running": (-20, 15), "squat": (-5, 5), "landing": (-40, 30)},
    "power.ankle_total": {"": (-2, 5), "running": (-15, 25), "landing": (-30, 30)},
    "distance.knee_medial_to_hip_ankle_line": {"": (-60, 60), "squat": (-100, 100), "landing": (-100, 100)},
    "ground_reaction.x": {"": (-0.3, 0.3), "running": (-0.6, 0.6), "landing": (-1, 1)},
    "ground_reaction.y": {"": (-0.1, 1.5), "running": (-0.25, 3.5), "landing": (-0.5, 5)},
    "ground_reaction.z": {"": (-0.2, 0.2), "running": (-0.4, 0.4), "landing": (-1, 1)},
}


@dataclass(frozen=True)
class Scale:
    """Lower and upper end of a vertical axis.

    Attributes
    ----------
    low, high : float
    usual : tuple of float, optional
        The fixed scale, if curves went beyond it and made this one wider.
    """

    low: float
    high: float
    usual: _Range | None = None


def fixed_scale(panel: Panel, task: str, unit: str = "") -> _Range | None:
    """Return the fixed scale of a panel in a task; None where there is none.

    Parameters
    ----------
    panel : Panel
    task : str
    unit : str
        Of the muscles' envelopes; only those in percent have a scale.
    """
    if panel.variable == "emg":
        return (0.0, 100.0) if unit.startswith("%") else None
    kind = TASKS[task].cycle if task in TASKS else ""
    kind = "squat" if kind == "repetition" else kind
    table = FIXED.get(panel.name.removesuffix("__static"))
    if table is None:
        return _PLANES if panel.variable == "angle" else None
    return next(table[key] for key in (task, kind, "") if key in table)


def scale_of(panel: Panel, task: str, extent: _Range | None, y_limits: str = "fixed", unit: str = "") -> Scale | None:
    """Return the vertical scale of a panel; None without values.

    Parameters
    ----------
    panel : Panel
    task : str
    extent : tuple of float, optional
        Least and largest value that is drawn (`extent`).
    y_limits : {"fixed", "auto"}
        ``auto`` spans what is drawn.
    unit : str
        Of the muscles' envelopes.
    """
    if extent is None:
        return None
    low, high = extent
    usual = fixed_scale(panel, task, unit) if y_limits == "fixed" else None
    if usual is None:
        margin = max(0.05 * (high - low), 1e-3)
        return Scale(0.0 if panel.variable == "emg" and low >= 0 else low - margin, high + margin)
    step = _round((usual[1] - usual[0]) / _STEPS)
    low, high = low + _SLACK * step, high - _SLACK * step
    if usual[0] <= low and high <= usual[1]:
        return Scale(*usual)
    return Scale(
        usual[0] if usual[0] <= low else math.floor(low / step) * step,
        usual[1] if high <= usual[1] else math.ceil(high / step) * step,
        usual,
    )


def _round(length: float) -> float:
    """Return the largest of 1, 2, 2.5, 5 times a power of ten that is not larger."""
    power = 10.0 ** math.floor(math.log10(length) + 1e-9)
    return max(factor * power for factor in (1, 2, 2.5, 5) if factor * power <= length * (1 + 1e-9))


def extent(values: np.ndarray, series: Sequence[np.ndarray], norm: Norm | None, factor: float = 1.0) -> _Range | None:
    """Return the least and largest value of all curves, of the bands of each series and of the reference.

    Parameters
    ----------
    values : (n, 101) array
        All curves of the panel.
    series : sequence of (n,) bool arrays
        Which curves are averaged together.
    norm : Norm, optional
        The reference, multiplied by `factor`.
    """
    parts = [values]
    for rows in series:
        if rows.sum() < MIN_BAND or not np.isfinite(values[rows]).any():
            continue
        known = values[rows][:, np.isfinite(values[rows]).sum(axis=0) >= MIN_BAND]
        mean, sd = np.nanmean(known, axis=0), np.nanstd(known, axis=0, ddof=1)
        parts += [mean - sd, mean + sd]
    finite = np.concatenate([part[np.isfinite(part)] for part in parts])
    if not finite.size:
        return None
    if norm is not None:
        mean, sd = factor * norm.mean, abs(factor) * norm.sd
        finite = np.concatenate([finite, mean - sd, mean + sd])
    return float(finite.min()), float(finite.max())
