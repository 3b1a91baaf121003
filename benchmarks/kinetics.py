"""Poses, joint angles and inverse dynamics of both legs, as arrays on one core: `python -m benchmarks.kinetics`.

From clean markers to rigid poses, all angles, angular velocities, joint forces, moments and powers of hip, knee and
ankle, both sides. The bound is 20,000 frames a second; a frame is a sample of time, both legs included.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import load, processor_times
from benchmarks.session import write_session
from biomech.geometry.mirror import to_right
from biomech.geometry.rotations import angular_velocity
from biomech.io.ingest import ingest_session
from biomech.joints import KINETIC_JOINTS
from biomech.kinematics.angles import progression_frame, side_angles
from biomech.kinematics.tracking import find_markers, read_model, repair, smooth, track_side
from biomech.kinematics.variables import joint_centres
from biomech.kinetics.dynamics import inverse_dynamics
from biomech.kinetics.moments import clinical_moments, joint_power
from biomech.kinetics.session import CHAIN, CHAIN_JOINTS
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.pipeline.preflight import load_study
from biomech.quality import Quality
from biomech.schema import SIDES

BOUND = 20_000


def measure(strides: int = 10, repeats: int = 7) -> float:
    """Print and return frames per second."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_session(folder, 2, strides)
        study = load_study(folder)
        session, config = study.sessions[0], study.config
        quality = Quality(session.participant, session.session, "benchmark")
        raw = ingest_session(session, study.data_folder, config, quality)
    markerset = load_markerset(config.markerset)
    model = model_session(raw, session, markerset, config, quality)["static"]
    trial = raw["walk01"]
    rate = float(trial.attrs["rate_hz"])
    sides = {side: read_model(model, side) for side in SIDES}
    found = find_markers(markerset, trial["marker"].values.tolist(), trial["marker_position"].values)
    clean = smooth(repair(found, sides, markerset, rate, config.signals, config.kinematics), rate, 12.0, config.signals)
    n = len(clean.position)
    points = {side: clean.for_side(markerset, side) for side in SIDES}
    direction = np.tile([1.0, 0.0, 0.0], (n, 1))
    # a wrench of plausible size: what it is does not change the time
    force, moment = np.tile([20.0, 600.0, -10.0], (n, 1)), np.tile([5.0, 1.0, -30.0], (n, 1))
    inertia = {side: model.sel(side=side, segment=list(CHAIN)) for side in SIDES}
    body = {
        side: [inertia[side][name].values for name in ("segment_mass", "segment_com", "segment_inertia")]
        for side in SIDES
    }

    def both_legs() -> list[Any]:
        out = []
        for side in SIDES:
            poses = track_side(points[side], sides[side], markerset, config.kinematics, n)
            centres = joint_centres(poses)
            along = to_right(side, direction)
            out.append(side_angles(poses.rotation, centres, along))
            segments = (*CHAIN, "pelvis", "shank_distal")
            turning = angular_velocity(np.stack([poses.rotation[s] for s in segments], axis=1), rate)
            spin = dict(zip(segments, np.moveaxis(turning, 1, 0), strict=True))
            loads = inverse_dynamics(
                np.stack([poses.rotation[s] for s in CHAIN], axis=1),
                np.stack([poses.origin[s] for s in CHAIN], axis=1),
                turning[:, : len(CHAIN)],
                np.stack([centres[joint] for joint in CHAIN_JOINTS], axis=1),
                *body[side],
                to_right(side, force),
                to_right(side, moment, "axial"),
                rate,
            )
            lab = progression_frame(along)
            for joint in KINETIC_JOINTS:
                net = loads.moment[:, CHAIN_JOINTS.index(joint.name)]
                proximal, distal = poses.rotation[joint.proximal], poses.rotation[joint.distal]
                out.append(clinical_moments(net, proximal, distal, lab, joint))
                out.append(joint_power(net, proximal, distal, spin[joint.distal] - spin[joint.proximal]))
        return out

    seconds = processor_times({"both legs": both_legs}, repeats)["both legs"]
    rate_of = n / seconds
    print(
        f"poses, angles and inverse dynamics of both legs: {rate_of:.0f} frames/s = {rate_of / BOUND:.2f} x the bound of "
        f"{BOUND} ({n} frames, {len(clean.names)} markers); {load()}"
    )
    return rate_of


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    measure(repeats=parser.parse_args().repeats)
