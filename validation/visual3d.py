"""Visual3D curves of treadmill running (Fukuchi 2017), ensemble means over the strides of both legs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from biomech.conventions.as_other_system import angle_outputs, moment_outputs
from biomech.events.normalise import normalise
from biomech.signals.filters import lowpass
from validation.chain import Results
from validation.pairs import Array, Pair

NAME = "visual3d_running"
#: Columns X, Y, Z of the reference.
PLANES = ("frontal", "transverse", "sagittal")
MOMENT_BOUNDS = {"hip": 0.1, "knee": 0.03, "ankle": np.nan}
#: Least correlation of hip and knee angles.
CORRELATION_BOUND = 0.99
ANGLE_BOUNDS = {"hip": 1.5, "knee": 1.5, "ankle": np.nan}
POWER_BOUNDS = {"hip": np.nan, "knee": 0.2, "ankle": 0.2}


def running_pairs(comparison: str, trees: Results, data_folder: Path) -> list[Pair]:
    """Angles, moments and powers of both legs; the ankle's angles also after their bias is taken off."""
    curves = pd.read_csv(data_folder / "running_visual3d" / "RBDS001processed.txt", sep="\t")
    kinematics, kinetics = trees.kinematics["run35"], trees.kinetics["run35"]
    rate = float(kinematics.attrs["rate_hz"])
    angles, moments = angle_outputs(kinematics, NAME), moment_outputs(kinetics, NAME)
    pairs = []

    def add(quantity: str, plane: str, side: str, unit: str, ours: Array, column: str, bound: float) -> None:
        least = CORRELATION_BOUND if quantity in ("hip", "knee") else np.nan
        theirs = curves[column].to_numpy()
        pairs.append(Pair(comparison, "RBDS001 3.5 m/s", quantity, plane, side, unit, ours, theirs, bound, least))

    for side in ("left", "right"):
        strikes, letter = foot_strikes(trees, side), side[0].upper()

        def mean(values: Array, strikes: Array = strikes) -> Array:
            return np.nanmean(normalise(values, rate, strikes[:-1], strikes[1:]), axis=0)

        for joint in ("hip", "knee", "ankle"):
            angle = mean(angles.sel(output=f"{letter}{joint}Angles").values)
            moment = mean(moments.sel(output=f"{letter}{joint}Moment").values)
            for k, plane in enumerate(PLANES):
                axis = "XYZ"[k]
                column = f"{letter}{joint}Ang{axis}35"
                add(joint, plane, side, "degree", angle[:, k], column, ANGLE_BOUNDS[joint])
                if joint == "ankle":
                    unbiased = angle[:, k] - np.mean(angle[:, k] - curves[column].to_numpy())
                    add("ankle after bias", plane, side, "degree", unbiased, column, 1.0)
                column = f"{letter}{joint}Mom{axis}35"
                add(f"{joint} moment", plane, side, "N m/kg", moment[:, k], column, MOMENT_BOUNDS[joint])
            power = mean(kinetics["power"].sel(side=side, quantity=f"{joint}_total").values)
            add(f"{joint} power", "", side, "W/kg", power, f"{letter}{joint}Pow35", POWER_BOUNDS[joint])
        force = mean(kinetics["ground_reaction"].sel(side=side, axis="y").values) / kinetics.attrs["mass_kg"]
        add("vertical force", "", side, "N/kg", force, f"{letter}grfY35", np.nan)
    return pairs


def foot_strikes(trees: Results, side: str) -> Array:
    """Times of the first marker frame at or after the crossing of 20 N by the filtered force of this foot, s."""
    raw, kinetics = trees.raw["run35"], trees.kinetics["run35"]
    analog_rate, rate = float(raw.attrs["analog_rate_hz"]), float(raw.attrs["rate_hz"])
    force = lowpass(raw["plate_force"].sel(axis="y").isel(plate=0).values, analog_rate, 10.0, correction="plain")
    up = np.flatnonzero((force[:-1] < 20.0) & (force[1:] >= 20.0)) + 1
    times = np.ceil(up / analog_rate * rate - 1e-9) / rate
    starts = kinetics["contact_start"].values[kinetics["contact_foot"].values == side]
    return np.array([time for time in times if np.abs(starts - time).min() < 0.05])
