"""Knee moments of a child: stored in the C3D by Cleveland's model, and of OpenSim's inverse dynamics."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from biomech.kinetics.session import kinetics_session
from validation.chain import Trees
from validation.pairs import PLANES, Array, Pair, cut_to

IN_FILE_BOUND, OPENSIM_BOUND = 0.7, 1.6  # N m


def with_unfiltered_force(trees: Trees) -> Trees:
    """Kinetics anew from filtered markers and force as good as unfiltered (400 Hz), which the file's moments look like."""
    cutoffs = {task: 400.0 for task in trees.config.signals.cutoff_hz}
    signals = trees.config.signals.model_copy(update={"cutoff_hz": cutoffs})
    config = trees.config.model_copy(update={"signals": signals})
    kinetics = kinetics_session(
        trees.raw, trees.model, trees.kinematics, trees.session, config, trees.quality, on_error="stop"
    )
    return replace(trees, kinetics=kinetics)


def stored_pairs(comparison: str, trees: Trees) -> list[Pair]:
    """External knee adduction moment on the malleolar shank frame against the file's, and its angles, where both exist."""
    raw, kinetics = trees.raw["walk"].to_dataset(), trees.kinetics["walk"].to_dataset()
    stored = raw["reference_output"]
    angle = trees.kinematics["walk"].to_dataset()["angle"]
    names = {
        "hip": ("hip_flexion", "hip_adduction", "hip_internal_rotation"),
        "knee": ("knee_flexion", "knee_abduction", "knee_internal_rotation"),
    }
    signs = {"hip": (1, 1, 1), "knee": (1, -1, 1)}
    pairs = []
    for side in ("left", "right"):
        stance = kinetics["contact"].sel(side=side).values == 1
        output = f"{side[0].upper()}KneeMoment"
        mass = float(kinetics.attrs["mass_kg"])
        ours = kinetics["moment"].sel(side=side, quantity="knee_abduction", frame="distal").values * mass
        theirs = stored.sel(output=output).values[:, 1] / 1000 * mass
        pairs.append(
            Pair(comparison, "trial1", "knee adduction moment", "frontal", side, "N m", cut_to(stance, ours), theirs, IN_FILE_BOUND)
        )  # fmt: skip
        for joint, quantities in names.items():
            for k, plane in enumerate(PLANES):
                mine = signs[joint][k] * angle.sel(side=side, quantity=quantities[k]).values
                other = stored.sel(output=f"{side[0].upper()}{joint.capitalize()}Angles").values[:, k]
                pairs.append(Pair(comparison, "trial1", joint, plane, side, "degree", mine, other))
    return pairs


def opensim_pairs(comparison: str, trees: Trees, data_folder: Path) -> list[Pair]:
    """External knee adduction moment on the floating axis against OpenSim's inverse dynamics."""
    table = read_storage(data_folder / "walking_opensim" / "trial1" / "inverse_dynamics.sto")
    kinetics = trees.kinetics["walk"].to_dataset()
    time, mass = kinetics["time"].values, float(kinetics.attrs["mass_kg"])
    pairs = []
    for side in ("left", "right"):
        stance = kinetics["contact"].sel(side=side).values == 1
        ours = kinetics["moment"].sel(side=side, quantity="knee_abduction", frame="jcs").values * mass
        theirs = -np.interp(time, table["time"], table[f"knee_adduction_{side[0]}_moment"], left=np.nan, right=np.nan)
        pairs.append(
            Pair(comparison, "trial1", "knee adduction moment", "frontal", side, "N m", cut_to(stance, ours), theirs, OPENSIM_BOUND)
        )  # fmt: skip
    return pairs


def read_storage(path: Path) -> pd.DataFrame:
    """Read an OpenSim table (.sto, .mot)."""
    lines = path.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip().lower() == "endheader") + 1
    return pd.read_csv(path, sep=r"\s+", skiprows=start)


def peak_ratio(pair: Pair) -> Array:
    """Ours over theirs at the peak of every stance; one number for each run of samples where both exist."""
    both = np.isfinite(pair.ours) & np.isfinite(pair.theirs)
    edges = np.flatnonzero(np.diff(np.r_[0, both.astype(int), 0])).reshape(-1, 2)
    return np.array([pair.ours[a:b].max() / pair.theirs[a:b].max() for a, b in edges if b - a > 20])
