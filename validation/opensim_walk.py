"""Knee moments of a child: stored in the C3D by Cleveland's model, and of OpenSim's inverse dynamics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from biomech.geometry.mirror import to_right
from biomech.geometry.rotations import cardan, frame, transpose
from validation import opensim_rerun
from validation.chain import Results, run_study
from validation.opensim_storage import read_storage
from validation.pairs import PLANES, Array, Pair, cut_to

STUDY, SOURCE, MOMENT = "opensim_walk", "trial1", "knee adduction moment"
#: Coordinates at 6 Hz; forces at 20 Hz without a correction for the two passes, which is 16 Hz with it (found from the file).
OPENSIM_SIGNALS: dict[str, Any] = {"cutoff_hz": {"walking": 6.0}, "force_cutoff_hz": {"walking": 16.0}}
OPENSIM_BOUNDS = {"bound": 1.6, "correlation_bound": 0.92}  # N m


def in_file(comparison: str, data_folder: Path) -> Iterator[Pair]:
    """Compare knee adduction moment (malleolar shank frame), angles, joint centres and inertia with the file's."""
    (trees,) = run_study(STUDY, data_folder)
    raw, kinetics = trees.raw["walk"], trees.kinetics["walk"]
    motion = trees.kinematics["walk"]
    stored, marker = raw["reference_output"], raw["marker_position"]
    mass = float(kinetics.attrs["mass_kg"])
    names = {
        "hip": ("hip_flexion", "hip_adduction", "hip_internal_rotation"),
        "knee": ("knee_flexion", "knee_abduction", "knee_internal_rotation"),
    }
    signs = {"hip": (1, 1, 1), "knee": (1, -1, 1)}
    for side in ("left", "right"):
        letter = side[0].upper()
        stance = kinetics["contact"].sel(side=side).values == 1
        ours = kinetics["moment"].sel(side=side, quantity="knee_abduction", frame="distal").values * mass
        theirs = stored.sel(output=f"{letter}KneeMoment").values[:, 1] / 1000 * mass
        yield Pair(
            comparison, SOURCE, MOMENT, "frontal", side, "N m", cut_to(stance, ours), theirs,
            bound=0.7, correlation_bound=0.99, peak_bound=3.0,
        )  # fmt: skip
        # in swing, the ankle carries nothing but the foot: what is left there is how accelerations were made
        swing = (kinetics["contact"].sel(side=side).values == 0) & _unloaded(stored, letter)
        force = kinetics["joint_force"].sel(side=side, joint="ankle").values
        there = np.linalg.norm(stored.sel(output=f"{letter}AnkleForce").values.astype(float), axis=-1)
        mine = np.linalg.norm(force, axis=-1)
        yield Pair(comparison, SOURCE, "ankle force in swing", "", side, "N/kg", cut_to(swing, mine), there)
        for joint, point in (("knee", "KJC"), ("ankle", "AJC")):
            place = motion["joint_centre"].sel(side=side, joint=joint).values
            other = marker.sel(marker=letter + point).values
            for k, axis in enumerate("xyz"):
                yield Pair(
                    comparison, SOURCE, f"{joint} centre", axis, side, "mm", 1000 * place[:, k], 1000 * other[:, k], bound=0.05
                )  # fmt: skip
        rebuilt = _rebuilt_angles(motion, side)
        for joint, quantities in names.items():
            other = stored.sel(output=f"{letter}{joint.capitalize()}Angles").values
            for k, plane in enumerate(PLANES):
                angle = signs[joint][k] * motion["angle"].sel(side=side, quantity=quantities[k]).values
                yield Pair(comparison, SOURCE, joint, plane, side, "degree", angle, other[:, k])
            for k, plane in enumerate(PLANES):
                name = f"{joint}, segments rebuilt"
                yield Pair(comparison, SOURCE, name, plane, side, "degree", rebuilt[joint][:, k], other[:, k])


def inverse_dynamics(comparison: str, data_folder: Path) -> Iterator[Pair]:
    """Compare the knee adduction moment on the floating axis with OpenSim's stored inverse dynamics."""
    (trees,) = run_study(
        STUDY,
        data_folder,
        signals=OPENSIM_SIGNALS,
        kinetics={"acceleration_cutoff_hz": None, "joint_centres": "proximal_segment"},
    )
    table = read_storage(_folder(data_folder) / "trial1" / "inverse_dynamics.sto")
    yield from _against(comparison, trees, table, SOURCE)


def rerun(comparison: str, data_folder: Path) -> Iterator[Pair]:
    """Run OpenSim's inverse dynamics again: on the files next to the stored result, and on the recorded ground reaction.

    The first shows whether the stored result follows from its files; the second is compared with ours.
    """
    (trees,) = run_study(
        STUDY,
        data_folder,
        signals=OPENSIM_SIGNALS,
        kinetics={"acceleration_cutoff_hz": None, "joint_centres": "proximal_segment"},
    )
    folder = _folder(data_folder)
    stored = read_storage(folder / "trial1" / "inverse_dynamics.sto")
    again = opensim_rerun.inverse_dynamics(folder, read_storage(folder / "trial1" / "grf.mot"))
    recorded = opensim_rerun.inverse_dynamics(folder, opensim_rerun.recorded_forces(trees.raw["walk"]))
    yield from _against(comparison, trees, recorded, "recorded forces", **OPENSIM_BOUNDS)
    time = stored["time"].to_numpy()
    for column, quantity, side, unit in (
        ("knee_adduction_l_moment", f"OpenSim's {MOMENT}", "left", "N m"),
        ("knee_adduction_r_moment", f"OpenSim's {MOMENT}", "right", "N m"),
        ("pelvis_ty_force", "OpenSim's vertical force left over at the pelvis", "", "N"),
        ("lumbar_extension_moment", "OpenSim's lumbar extension moment", "", "N m"),
    ):
        sign = -1 if "adduction" in column else 1
        rerun = sign * np.interp(time, again["time"], again[column])
        yield Pair(comparison, "stored files", quantity, "", side, unit, rerun, sign * stored[column].to_numpy())


def _rebuilt_angles(motion: xr.Dataset, side: str) -> dict[str, Array]:
    """Hip and knee angles of thigh and shank whose long axes join the centres again in every frame, as the file's model has them.

    A rigid segment carries both its centres; here the hip is carried by the pelvis, the knee by the thigh's markers, the
    ankle by the shank's.
    """
    pelvis = to_right(side, motion["rotation"].sel(side=side, segment="pelvis").values, "rotation")
    hip, knee, ankle = (
        to_right(side, motion["joint_centre"].sel(side=side, joint=joint).values) for joint in ("hip", "knee", "ankle")
    )
    epicondyle, malleolus = (
        to_right(side, motion["landmark_position"].sel(side=side, landmark=f"lateral_{name}").values)
        for name in ("epicondyle", "malleolus")
    )
    thigh, shank = frame(hip - knee, epicondyle - knee, "yz"), frame(knee - ankle, malleolus - ankle, "yz")
    out = {}
    for joint, proximal, distal, flexion in (("hip", pelvis, thigh, 1), ("knee", thigh, shank, -1)):
        out[joint] = np.degrees(cardan(transpose(proximal) @ distal, "ZXY")) * [flexion, 1, 1]
    return out


def _against(comparison: str, trees: Results, table: pd.DataFrame, source: str, **bounds: float) -> Iterator[Pair]:
    kinetics = trees.kinetics["walk"]
    time, mass = kinetics["time"].values, float(kinetics.attrs["mass_kg"])
    for side in ("left", "right"):
        stance = kinetics["contact"].sel(side=side).values == 1
        ours = kinetics["moment"].sel(side=side, quantity="knee_abduction", frame="jcs").values * mass
        theirs = -np.interp(time, table["time"], table[f"knee_adduction_{side[0]}_moment"], left=np.nan, right=np.nan)
        yield Pair(
            comparison, source, MOMENT, "frontal", side, "N m", cut_to(stance, ours), theirs, **(bounds or OPENSIM_BOUNDS)
        )  # fmt: skip


def _unloaded(stored: Any, letter: str) -> Any:
    return np.abs(stored.sel(output=f"{letter}GroundReactionForce").values).sum(axis=-1) == 0


def _folder(data_folder: Path) -> Path:
    return data_folder / "walking_opensim"
