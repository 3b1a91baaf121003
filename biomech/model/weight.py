"""Weight on the plates while a person stands still, against the mass in the sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biomech.geometry.mirror import to_right
from biomech.model.markersets import MarkerSet
from biomech.quality import Quality
from biomech.schema import SIDES

Array = NDArray[np.float64]
GRAVITY_M_S2 = 9.81
#: Speed of the markers below which a person stands, shortest interval of it, and spread of the force in it.
_STILL_M_S, _STILL_S, _STEADY = 0.05, 0.4, 0.02
#: A foot whose lowest marker is so much higher than the other's does not stand.
_RAISED_M = 0.05
#: Below this share of the weight the plates are off, which their own rows report.
_UNLOADED = 0.1


def check_mass(
    recorded: Mapping[str, Any],
    sampled: Mapping[str, tuple[list[str], Any]],
    trials: Iterable[str],
    markerset: MarkerSet,
    mass_kg: float,
    tolerance: float,
    quality: Quality,
) -> None:
    """Warn where the plates weigh somebody else than the sheet says.

    Parameters
    ----------
    recorded : mapping
        Trial to its dataset of the stage ingest.
    sampled : mapping
        Trial to its labels and evenly spaced positions (n, m, 3), m.
    trials : iterable of str
        The static trial first; the first trial in which the person stands still on plates is weighed.
    markerset : MarkerSet
    mass_kg : float
        NaN where nobody gave it.
    tolerance : float
        Relative difference that is not reported.
    quality : Quality
    """
    if not np.isfinite(mass_kg):
        return
    for trial in trials:
        if trial not in sampled or not recorded[trial].sizes.get("plate"):
            continue
        found = weight_on_plates(recorded[trial], *sampled[trial], markerset)
        if found is None:
            continue
        weight_n, plates, whole = found
        weighed = weight_n / GRAVITY_M_S2
        ratio = weighed / mass_kg - 1
        if weighed < _UNLOADED * mass_kg or (ratio < 0 and not whole):
            continue
        if abs(ratio) > tolerance:
            quality.add(
                "warning",
                "mass_differs",
                f"mass_kg says {mass_kg:.1f} kg; standing still in trial {trial} the person weighs {weighed:.1f} kg on plate "
                f"{', '.join(map(str, plates))} ({100 * ratio:+.0f} %, expected within {100 * tolerance:.0f} %). Moments per kg are off by as much",
                trial=trial,
                item="mass_kg",
                action="look whether mass_kg is right in participants.tsv, whether the recording is this person's, and whether "
                "the plates were set to zero and are calibrated",
                value=weighed - mass_kg,
                unit="kg",
            )
        return


def weight_on_plates(
    data: Any, labels: list[str], position: Array, markerset: MarkerSet
) -> tuple[float, list[int], bool] | None:
    """Return the vertical force under a person who stands still.

    Parameters
    ----------
    data : Dataset
        Of the stage ingest.
    labels : list of str
    position : array (n, m, 3)
        Evenly spaced frames of the trial, m.
    markerset : MarkerSet

    Returns
    -------
    weight : float
        Mean sum over the plates under the feet, N.
    plates : list of int
        Their numbers.
    whole : bool
        Whether every marker of every standing foot lies above a plate.
        None where nobody stands still for 0.4 s, no foot is on a plate or the force is not steady.
    """
    time = data["time"].values
    spell = _quiet(position, float(time[-1] - time[0]))
    if spell is None:
        return None
    feet = _standing_feet(labels, position[spell], markerset)
    if not len(feet):
        return None
    on = _inside(feet, np.asarray(data["plate_corner"].values, float))
    used = on.any(axis=0)
    if not used.any():
        return None
    step = (time[-1] - time[0]) / max(len(position) - 1, 1)
    start, end = time[0] + spell.start * step, time[0] + (spell.stop - 1) * step
    clock = data["analog_time"].values
    force = data["plate_force"].values[(clock >= start) & (clock <= end)][:, used, 1].sum(axis=1)
    mean = float(np.mean(force)) if len(force) else np.nan
    if not np.isfinite(mean) or np.std(force) > _STEADY * abs(mean):
        return None
    return mean, [int(number) for number in data["plate"].values[used]], bool(on.any(axis=1).all())


def _quiet(position: Array, duration_s: float) -> slice | None:
    """Longest interval of evenly spaced frames in which most markers keep still."""
    if len(position) < 3 or not duration_s > 0:
        return None
    step_s = duration_s / (len(position) - 1)
    moved = np.linalg.norm(np.diff(position, axis=0), axis=-1) / step_s
    seen = np.isfinite(moved)
    with np.errstate(invalid="ignore"):
        still = np.sum(seen & (moved < _STILL_M_S), axis=1) > 0.9 * np.maximum(seen.sum(axis=1), 1)
    edges = np.diff(np.concatenate([[0], still.astype(int), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not len(starts):
        return None
    longest = int(np.argmax(ends - starts))
    if (ends[longest] - starts[longest]) * step_s < _STILL_S:
        return None
    return slice(int(starts[longest]), int(ends[longest]) + 1)


def _standing_feet(labels: list[str], position: Array, markerset: MarkerSet) -> Array:
    """Mean markers of the feet that stand, (m, 3), lab axes."""
    feet = {}
    for side in SIDES:
        points = markerset.side_points(labels, position, side)
        own = [
            np.nanmean(to_right(side, value), axis=0)
            for name, value in points.items()
            if name in markerset.markers and markerset.markers[name].body == "foot"
        ]
        if own:
            feet[side] = np.array(own)
    if not feet:
        return np.zeros((0, 3))
    floor = min(foot[:, 1].min() for foot in feet.values())
    return np.concatenate([foot for foot in feet.values() if foot[:, 1].min() < floor + _RAISED_M])


def _inside(points: Array, corners: Array) -> NDArray[np.bool_]:
    """Whether points (m, 3) lie above plates with corners (p, 4, 3), seen from above, (m, p)."""
    flat, edge = points[:, None, None, ::2], corners[None, :, :, ::2]
    along = np.roll(edge, -1, axis=2) - edge
    to = flat - edge
    turn = along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0]
    return np.asarray((turn >= 0).all(axis=-1) | (turn <= 0).all(axis=-1))
