"""Cutting the curves of one trial into its cycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.events.landing_force import contact_table
from biomech.events.normalise import N_POINTS, Interpolation, nearest, normalise
from biomech.events.repetitions import Repetition
from biomech.io.trial_files import Trials, only
from biomech.quantities import QUANTITIES as ANGLES
from biomech.schema import AXES, MOMENT_FRAMES, SIDES, VARIABLES

Array = NDArray[np.float64]

# One index serves angles, moments and powers; a quantity that one of them lacks is NaN in it.
QUANTITIES: tuple[str, ...] = (*ANGLES, "hip_total", "knee_total", "ankle_total")
CURVES: dict[str, tuple[str, ...]] = {
    "angle": ("quantity",),
    "moment": ("quantity", "frame"),
    "power": ("quantity",),
    "ground_reaction": ("axis",),
    "contact": (),
    "distance": ("measure",),
    "lever_arm": (),
    "emg": ("muscle",),
}
_STAGE_OF = {"angle": "kinematics", "distance": "kinematics", "emg": "muscles"}  # all others: kinetics


Labels = Mapping[str, Sequence[str]]


def labels_of(stages: Sequence[Trials]) -> dict[str, tuple[str, ...]]:
    """Return the labels of every dimension of the curves: the canonical ones, then those that only these stages have."""
    known: dict[str, dict[str, None]] = {"quantity": dict.fromkeys(QUANTITIES), "measure": {}, "muscle": {}}
    for trials in stages:
        for trial in only(trials, ()).values():
            for dim, names in known.items():
                if dim in trial.coords:
                    names.update(dict.fromkeys(trial[dim].to_numpy().tolist()))
    return {dim: tuple(names) for dim, names in known.items()} | {"frame": MOMENT_FRAMES, "axis": AXES}


def cut(
    kinematics: xr.Dataset,
    kinetics: xr.Dataset | None,
    cycles: Sequence[Repetition],
    mass_kg: float | None,
    labels: Labels,
    method: Interpolation,
    muscles: xr.Dataset | None = None,
) -> dict[str, Array]:
    """Cut a trial's curves into its cycles.

    Parameters
    ----------
    kinematics, kinetics, muscles : xr.Dataset
        The trial's groups; all but `kinematics` may be missing.
    cycles : sequence of Repetition
    mass_kg : float or None
        Body mass; unknown, the ground reaction is NaN.
    labels : mapping
        Labels of the result's dimensions, as `labels_of` gives them.
    method : {"linear", "cubic"}

    Returns
    -------
    dict of str to ndarray
        Every name of `CURVES`, shape (cycle, percent, ...) with the labels of its last dims; NaN where the
        trial has nothing.
    """
    rate = float(kinematics.attrs["rate_hz"])
    groups = {"kinematics": kinematics, "kinetics": kinetics, "muscles": muscles}
    out = {
        name: np.full((len(cycles), N_POINTS, *(len(labels[d]) for d in dims)), np.nan) for name, dims in CURVES.items()
    }
    for side in SIDES:
        mine = [i for i, cycle in enumerate(cycles) if cycle.side == side]
        if not mine:
            continue
        start = np.array([cycles[i].start for i in mine], dtype=float)
        end = np.array([cycles[i].end for i in mine], dtype=float)
        for name, dims in CURVES.items():
            source = groups[_STAGE_OF.get(name, "kinetics")]
            if source is None or name not in source or not source[name].size:
                continue
            time = VARIABLES[name].dims[0]
            series = source[name].sel(side=side).transpose(time, *dims)
            if name == "contact":
                out[name][mine] = nearest(series.to_numpy(), rate, start, end)
                continue
            values = series.to_numpy()
            if name == "ground_reaction":
                values = _in_progression(values, kinematics, side) / (mass_kg if mass_kg else np.nan)
            own_rate = float(source.attrs["emg_rate_hz"]) if name == "emg" else rate
            resampled = normalise(values, own_rate, start, end, method=method)
            index = [np.array([labels[d].index(x) for x in series[d].to_numpy().tolist()], int) for d in dims]
            out[name][np.ix_(np.array(mine), np.arange(N_POINTS), *index)] = resampled
    return out


def plate_validity(
    kinetics: xr.Dataset | None, cycles: Sequence[Repetition], curves: dict[str, Array]
) -> dict[str, list[Any]]:
    """Say for every cycle whether all of its ground contact has a valid plate, and if not, why.

    Of a stride the stance before foot off counts: the next stance begins another cycle.

    Returns
    -------
    dict
        ``moment_valid`` (1 or 0) and ``moment_reason`` (empty if valid), one entry a cycle.
    """
    valid, reasons = [], []
    contacts = contact_table(kinetics) if kinetics is not None else None
    for i, cycle in enumerate(cycles):
        stance = (cycle.foot_off if np.isfinite(cycle.foot_off) else cycle.end) - cycle.start
        points = int(np.floor((N_POINTS - 1) * stance / (cycle.end - cycle.start))) + 1
        contact = curves["contact"][i, :points]
        known = contact[np.isfinite(contact)]
        if contacts is None or not len(known):
            valid.append(0)
            reasons.append("no kinetics")
            continue
        valid.append(int(not (known == 2).any()))
        reasons.append("" if valid[-1] else _plate_reason(contacts, cycle))
    return {"moment_valid": valid, "moment_reason": reasons}


def emg_units(muscles: xr.Dataset | None, cycles: Sequence[Repetition]) -> dict[str, list[Any]]:
    """Return ``emg_unit``, one text a cycle: the unit of its side's envelopes, by muscle where they differ, or empty."""
    text = {side: "" for side in SIDES}
    if muscles is not None and "emg_unit" in muscles:
        for side in SIDES:
            units = muscles["emg_unit"].sel(side=side)
            named = {str(m): str(u) for m, u in zip(units["muscle"].values, units.values, strict=True) if str(u)}
            same = len(set(named.values())) == 1
            text[side] = next(iter(named.values())) if same else "; ".join(f"{m} {u}" for m, u in named.items())
    return {"emg_unit": [text[cycle.side] for cycle in cycles]}


def _in_progression(force: Array, kinematics: xr.Dataset, side: str) -> Array:
    """Lab vectors (n, 3) along the direction of progression, up and lateral."""
    forward = kinematics["progression"].transpose("time", "axis").to_numpy()
    up = np.array([0.0, 1.0, 0.0])
    lateral = np.cross(forward, up) * (1.0 if side == "right" else -1.0)
    return np.stack([(force * forward).sum(-1), force[:, 1], (force * lateral).sum(-1)], axis=-1)


def _plate_reason(contacts: pd.DataFrame, cycle: Repetition) -> str:
    """Return the reasons of the rejected plate contacts of this foot that overlap the cycle."""
    start, end, foot, valid, reason = (contacts[n].to_numpy() for n in ("start", "end", "foot", "valid", "reason"))
    rejected = (start < cycle.end) & (end > cycle.start) & ~valid & ((foot == cycle.side) | (foot == "none"))
    reasons = dict.fromkeys(str(r) for r in reason[rejected] if str(r))
    return "; ".join(reasons) if reasons else "the foot stood without a valid plate"
