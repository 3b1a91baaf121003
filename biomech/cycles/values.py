"""Numbers of a whole cycle beside its bounds: speed, and what unfiltered force says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Cycles
from biomech.cycles.curves import pelvis_of
from biomech.cycles.landing_force import landing_force
from biomech.cycles.normalise import normalise
from biomech.cycles.repetitions import Repetition
from biomech.schema import CYCLE_VALUES, SIDES
from biomech.tasks import Task

Array = NDArray[np.float64]

# where in stance the toe stands still, as shares of stance
_FLAT_FOOT = (0.2, 0.7)


def cycle_values(
    raw: xr.Dataset | None,
    kinematics: xr.Dataset,
    kinetics: xr.Dataset | None,
    cycles: Sequence[Repetition],
    task: Task,
    mass_kg: float | None,
    settings: Cycles,
) -> dict[str, Array]:
    """Return the numbers of a trial's cycles.

    Parameters
    ----------
    raw, kinematics, kinetics : xr.Dataset
        The trial's groups; `raw` and `kinetics` may be missing.
    cycles : sequence of Repetition
    task : biomech.tasks.Task
    mass_kg : float or None
        Body mass.
    settings : biomech.config.Cycles

    Returns
    -------
    dict of str to ndarray, shape (cycle,)
        Every name of `biomech.schema.CYCLE_VALUES`; NaN where a cycle has none.
    """
    out = {name: np.full(len(cycles), np.nan) for name in CYCLE_VALUES}
    rate = float(kinematics.attrs["rate_hz"])
    for side in SIDES:
        mine = [i for i, cycle in enumerate(cycles) if cycle.side == side]
        if mine:
            out["speed_m_s"][mine] = _speeds(kinematics, side, [cycles[i] for i in mine], rate)
    return out | landing_force(raw, kinetics, cycles, task, mass_kg, settings)


def _speeds(kinematics: xr.Dataset, side: str, cycles: Sequence[Repetition], rate: float) -> Array:
    """Pelvis against the standing foot, so that a treadmill's belt counts as ground; NaN for what is no stride."""
    out = np.full(len(cycles), np.nan)
    if "landmark_position" not in kinematics or "toe" not in kinematics["landmark"].to_numpy():
        return out
    forward = kinematics["progression"].transpose("time", "axis").to_numpy()
    toe = kinematics["landmark_position"].sel(side=side, landmark="toe").transpose("time", "axis").to_numpy()
    pelvis = pelvis_of(kinematics)
    for i, c in enumerate(cycles):
        if not c.start < c.foot_off < c.end:
            continue
        flat = [c.start + share * (c.foot_off - c.start) for share in _FLAT_FOOT]
        first = normalise(np.concatenate([pelvis, toe, forward], axis=1), rate, [c.start, flat[0]], [c.end, flat[1]])
        heading = first[:, 0, 6:9]
        travel = first[:, -1, :6] - first[:, 0, :6]
        body = (travel[0, :3] * heading[0]).sum() / (c.end - c.start)
        foot = (travel[1, 3:] * heading[1]).sum() / (flat[1] - flat[0])
        out[i] = body - foot
    return out
