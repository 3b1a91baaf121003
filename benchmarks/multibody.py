"""Multi-body optimisation: frames per second on one core, alone and against OpenSim's inverse kinematics.

``python -m benchmarks.multibody`` prints both, with the same chain (pelvis, thigh, shank, foot: 15 coordinates), the same 16
markers with 1 mm noise and the same frames. Processor time is counted, so that other work on the machine does not enter.
OpenSim (extra ``validation``) is left out, with a word, where it is not installed.
"""

from __future__ import annotations

import importlib.util
import os
import time
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one core; before numpy is imported
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from biomech.geometry.rigid import fit_pose
from biomech.kinematics.chain import Body, Chain, Dof
from biomech.kinematics.optimisation import fit_chain

Array = NDArray[np.float64]

NOISE_M = 0.001
LEAST_FRAMES_PER_S = 5000.0
LEAST_RATIO = 40.0
#: Convergence of OpenSim's solver: the default of its inverse kinematics tool.
OPENSIM_ACCURACY = 1e-5
PLACES = ((0.0, 0.0, 0.0), (-0.046, -0.083, 0.086), (0.0, -0.41, 0.0), (0.0, -0.41, 0.0))
SEQUENCES = ("YXZ", "ZXY", "ZXY", "ZXY")
_AXES = {"X": (1.0, 0.0, 0.0), "Y": (0.0, 1.0, 0.0), "Z": (0.0, 0.0, 1.0)}


def clusters() -> list[Array]:
    """Four markers per segment, 4 to 15 cm apart."""
    pelvis = np.array([[0, 0, 0.12], [0, 0, -0.12], [-0.15, 0, 0.05], [-0.15, 0, -0.05]])
    thigh = np.array([[0.075, -0.16, 0.03], [0.02, -0.19, 0.085], [0.068, -0.27, 0.04], [-0.015, -0.25, 0.08]])
    shank = np.array([[0.045, -0.12, 0.012], [0.0, -0.14, 0.058], [0.04, -0.24, 0.01], [-0.005, -0.22, 0.052]])
    foot = np.array([[-0.05, -0.03, 0.0], [0.13, -0.04, -0.04], [0.11, -0.05, 0.05], [0.06, 0.0, -0.035]])
    return [pelvis, thigh, shank, foot]


def leg() -> Chain:
    """Pelvis with six coordinates, hip, knee and ankle with three each."""
    bodies = []
    for number, (markers, place, sequence) in enumerate(zip(clusters(), PLACES, SEQUENCES, strict=True)):
        dofs = [Dof("translation", axis) for axis in _AXES.values()] if number == 0 else []
        dofs += [Dof("rotation", _AXES[letter]) for letter in sequence]
        bodies.append(Body(f"body{number}", number - 1, tuple(dofs), markers, place=np.array(place)))
    return Chain(bodies)


def movement(n: int) -> Array:
    """Coordinates (n, 15) of a leg that swings at 200 frames/s."""
    t = np.arange(n) / 200.0
    q = np.zeros((n, 15))
    q[:, 0], q[:, 1], q[:, 2] = 1.2 * t, 0.95 + 0.02 * np.sin(12 * t), 0.03 * np.sin(6 * t)
    for column, (mean, size) in enumerate(
        [(0, 5), (0, 4), (-10, 3), (10, 25), (0, 6), (3, 5), (-30, 28), (0, 3), (-4, 5), (0, 15), (0, 5), (-3, 5)]
    ):
        q[:, 3 + column] = np.radians(mean + size * np.sin(6.3 * t + column))
    return q


def separate(chain: Chain, points: Array) -> tuple[dict[str, Array], dict[str, Array]]:
    """Poses of every segment on its own."""
    fits = {b.name: fit_pose(b.markers, points[:, c]) for b, c in zip(chain.bodies, chain.columns, strict=True)}
    return {n: f.rotation for n, f in fits.items()}, {n: f.origin for n, f in fits.items()}


def ours(chain: Chain, points: Array, repeats: int = 5) -> tuple[float, Array]:
    """Frames per second of the fit from the separate poses, best of some runs, and its coordinates."""
    poses = separate(chain, points)
    best, coordinates = np.inf, np.empty(0)
    for _ in range(repeats):
        began = time.process_time()
        coordinates = fit_chain(chain, points, chain.start(*poses), huber_m=0.015).coordinates
        best = min(best, time.process_time() - began)
    return len(points) / best, coordinates


def opensim_rate(
    chain: Chain, points: Array, accuracy: float = OPENSIM_ACCURACY, repeats: int = 2
) -> tuple[float, Array]:
    """Frames per second of OpenSim's inverse kinematics on the same chain and markers, and its coordinates."""
    import opensim

    opensim.Logger.setLevelString("off")
    opensim.Logger.removeFileSink()
    model, names = _opensim_model(opensim, chain)
    table = opensim.TimeSeriesTableVec3()
    table.setColumnLabels([f"m{k}" for k in range(chain.n_markers)])
    for frame, row in enumerate(points):
        values = opensim.RowVectorVec3(chain.n_markers)
        for k, point in enumerate(row):
            values[k] = _vec3(opensim, point)
        table.appendRow(frame / 200.0, values)
    reference = opensim.MarkersReference(table, opensim.SetMarkerWeights())
    coordinates = model.getCoordinateSet()
    best, found = np.inf, np.zeros((len(points), len(names)))
    for _ in range(repeats):
        state = model.initSystem()
        solver = opensim.InverseKinematicsSolver(model, reference, opensim.SimTKArrayCoordinateReference())
        solver.setAccuracy(accuracy)
        state.setTime(0.0)
        solver.assemble(state)
        spent = 0.0
        for frame in range(len(points)):
            state.setTime(frame / 200.0)
            began = time.process_time()
            solver.track(state)
            spent += time.process_time() - began
            found[frame] = [coordinates.get(name).getValue(state) for name in names]
        best = min(best, spent)
    return len(points) / best, found


def _opensim_model(opensim: Any, chain: Chain) -> tuple[Any, list[str]]:
    model, names = opensim.Model(), []
    parent: Any = model.getGround()
    for body, sequence in zip(chain.bodies, SEQUENCES, strict=True):
        link = opensim.Body(body.name, 1.0, opensim.Vec3(0), opensim.Inertia(0.1, 0.1, 0.1))
        model.addBody(link)
        transform = opensim.SpatialTransform()
        for place, letter in enumerate("XYZ"):
            axis = transform.updTransformAxis(3 + place)
            if body.parent < 0:
                names.append(f"{body.name}_t{letter}")
                _free(opensim, axis, names[-1], letter)
            else:
                axis.set_function(opensim.Constant(0.0))
        for place, letter in enumerate(sequence):
            names.append(f"{body.name}_{letter}")
            _free(opensim, transform.updTransformAxis(place), names[-1], letter)
        zero = opensim.Vec3(0)
        model.addJoint(
            opensim.CustomJoint(
                f"joint_{body.name}", parent, _vec3(opensim, body.place), zero, link, zero, zero, transform
            )
        )
        for point in body.markers:
            model.addMarker(opensim.Marker(f"m{model.getMarkerSet().getSize()}", link, _vec3(opensim, point)))
        parent = link
    model.finalizeConnections()
    return model, names


def _free(opensim: Any, axis: Any, name: str, letter: str) -> None:
    axis.setCoordinateNames(opensim.ArrayStr(name, 1))
    axis.setAxis(_vec3(opensim, _AXES[letter]))
    axis.set_function(opensim.LinearFunction(1.0, 0.0))


def _vec3(opensim: Any, values: Any) -> Any:
    return opensim.Vec3(*(float(v) for v in values))


def main(n: int = 8000, n_opensim: int = 1000) -> None:
    """Print the rates, their ratio, and how far both solutions are apart."""
    chain, q = leg(), movement(n)
    clean = chain.marker_positions(q)
    exact = fit_chain(chain, clean, chain.start(*separate(chain, clean))).coordinates
    print(f"noise-free: largest angle error {np.degrees(np.abs(exact - q)[:, 3:]).max():.1e} degree (bound 1e-5)")
    points = clean + np.random.default_rng(1).normal(scale=NOISE_M, size=clean.shape)
    rate, found = ours(chain, points)
    print(
        f"biomech, {chain.n_coordinates} coordinates, {chain.n_markers} markers, 1 mm noise: {rate:,.0f} frames/s (bound {LEAST_FRAMES_PER_S:,.0f})"
    )
    if importlib.util.find_spec("opensim") is None:
        print("OpenSim is not installed (extra `validation`): no ratio")
        return
    theirs, other = opensim_rate(chain, points[:n_opensim])
    apart = np.degrees(np.abs(other - found[:n_opensim])[:, 3:])
    print(
        f"OpenSim inverse kinematics, accuracy {OPENSIM_ACCURACY:g}: {theirs:,.0f} frames/s; ratio {rate / theirs:.0f} "
        f"(bound {LEAST_RATIO:g}); angles differ by {np.sqrt((apart**2).mean()):.3f} degrees RMS"
    )


if __name__ == "__main__":
    main()
