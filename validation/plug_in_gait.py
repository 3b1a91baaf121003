"""Vicon Plug-in Gait outputs that are stored in C3D files."""

from __future__ import annotations

import numpy as np

from biomech.conventions.as_other_system import angle_outputs, moment_outputs
from biomech.geometry.rotations import cardan, transpose, unit
from validation.chain import Results
from validation.pairs import PLANES, Array, Pair, cut_to

#: Largest RMS difference of moments in stance, N m/kg.
MOMENT_BOUNDS = {"ankle": 0.0015, "knee": 0.015, "hip": 0.015}
_JOINTS = ("Pelvis", "Hip", "Knee", "Ankle", "FootProgress")


def angle_pairs(comparison: str, trees: Results, trial: str, bound: float = np.nan, suffix: str = "") -> list[Pair]:
    """Angles of one trial, all joints, planes and sides that the file holds.

    Parameters
    ----------
    comparison : str
    trees : Results
    trial : str
    bound : float
        degree.
    suffix : str
        What follows the names of outputs in this file.
    """
    stored = trees.raw[trial]["reference_output"]
    ours = angle_outputs(trees.kinematics[trial], "plug_in_gait", trees.config.kinematics.ankle_sequence)
    pairs = []
    for side in ("left", "right"):
        for joint in _JOINTS:
            output = f"{side[0].upper()}{joint}Angles"
            if output + suffix not in stored["output"].values:
                continue
            for k, plane in enumerate(PLANES):
                if joint == "FootProgress" and plane == "frontal":
                    continue
                mine = ours.sel(output=output).values[:, k]
                theirs = stored.sel(output=output + suffix).values[:, k]
                # The left foot progression of who walks along +X is stored with half a turn added.
                period = 180.0 if joint == "FootProgress" else 360.0
                theirs = mine - ((mine - theirs + period / 2) % period - period / 2)
                name = {"FootProgress": "foot progression"}.get(joint, joint.lower())
                pairs.append(Pair(comparison, _source(trees, trial), name, plane, side, "degree", mine, theirs, bound))
    return pairs


def moment_pairs(comparison: str, trees: Results, trial: str, bounded: bool = False, suffix: str = "") -> list[Pair]:
    """Moments of one trial in N m/kg, in the frames where the foot stands on a valid plate, which the reference used too."""
    stored = trees.raw[trial]["reference_output"]
    kinetics = trees.kinetics[trial]
    ours = moment_outputs(kinetics, "plug_in_gait")
    pairs = []
    for side in ("left", "right"):
        stance = kinetics["contact"].sel(side=side).values == 1
        force = f"{side[0].upper()}GroundReactionForce{suffix}"
        if force in stored["output"].values:
            # it may have left a plate out: a second step of a foot, say
            stance &= np.abs(np.nan_to_num(stored.sel(output=force).values)).sum(axis=-1) > 0
        for joint, bound in MOMENT_BOUNDS.items():
            output = f"{side[0].upper()}{joint.capitalize()}Moment"
            if output + suffix not in stored["output"].values or not stance.any():
                continue
            for k, plane in enumerate(PLANES):
                mine, theirs = (
                    cut_to(stance, array.sel(output=name).values[:, k] / 1000)
                    for array, name in ((ours, output), (stored, output + suffix))
                )
                limit = bound if bounded else np.nan
                pairs.append(
                    Pair(
                        comparison, _source(trees, trial), f"{joint} moment", plane, side, "N m/kg", mine, theirs, limit
                    )
                )
    return pairs


def own_axes_pairs(comparison: str, trees: Results, trial: str, suffix: str = "") -> list[Pair]:
    """Hip and knee angles of the axes that the file itself stores (``LFEO``, ``LFEA``, ...) against its angles.

    Where they agree, the reference's convention is ours and what differs lies in how its axes were found.
    """
    raw = trees.raw[trial]
    stored, position = raw["reference_output"], raw["marker_position"]

    def axes(name: str) -> Array:
        origin, *ends = (position.sel(marker=f"{name}{suffix}{letter}").values for letter in "OALP")
        return np.stack([unit(end - origin) for end in ends], axis=-1)

    pairs = []
    for side, sign in (("left", 1), ("right", -1)):
        letter = side[0].upper()
        femur = axes(f"{letter}FE")
        for joint, proximal, distal, signs in (
            ("hip", axes("PEL"), femur, (-1, -sign, -sign)),
            ("knee", femur, axes(f"{letter}TI"), (1, -sign, -sign)),
        ):
            angles = np.degrees(cardan(transpose(proximal) @ distal, "YXZ")) * signs
            theirs = stored.sel(output=f"{letter}{joint.capitalize()}Angles{suffix}").values
            for k, plane in enumerate(PLANES):
                name = f"{joint} of stored axes"
                pairs.append(
                    Pair(
                        comparison, _source(trees, trial), name, plane, side, "degree", angles[:, k], theirs[:, k], 0.01
                    )
                )
    return pairs


def _source(trees: Results, trial: str) -> str:
    return f"{trees.session.participant} {trial}"
