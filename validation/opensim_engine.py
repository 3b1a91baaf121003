"""An independent engine: the same body, motion and forces through OpenSim's API, and its generalised forces.

OpenSim computes accelerations and moments by its own recursion (Simbody) from joint coordinates and their derivatives; biomech
differentiates positions of segments and sums wrenches about the lab's origin. What both share is the input: segment masses,
centres of mass and inertia, joint centres, the movement, and the ground's wrench on the foot.

``python -m validation.opensim_engine`` prints the comparison on simulated walking; it needs the extra ``validation``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline
from scipy.spatial.transform import Rotation

from biomech.geometry.mirror import to_right
from validation.pairs import PLANES, Pair, cut_to

Array = NDArray[np.float64]

BOUND = 0.005  # of the joint's peak moment
COMPONENTS = {
    "hip": (("hip_flexion", 1), ("hip_adduction", 1), ("hip_internal_rotation", 1)),
    "knee": (("knee_flexion", -1), ("knee_abduction", -1), ("knee_internal_rotation", 1)),
    "ankle": (("ankle_dorsiflexion", 1), ("ankle_inversion", 1), ("ankle_internal_rotation", 1)),
}
_AXES = {"X": (1, 0, 0), "Y": (0, 1, 0), "Z": (0, 0, 1)}


def available() -> bool:
    """Return whether OpenSim can be imported."""
    return importlib.util.find_spec("opensim") is not None


def moment_pairs(
    comparison: str, model: xr.Dataset, motion: xr.Dataset, kinetics: xr.Dataset, gravity_m_s2: float = 9.81
) -> Iterator[Pair]:
    """Compare joint moments of both sides with OpenSim's; the worst sample is bounded by a share of the joint's peak.

    Parameters
    ----------
    comparison : str
    model, motion, kinetics : Dataset
        Of one static trial and one movement trial, stages model, kinematics and kinetics; unfiltered, so that both engines get
        the same forces.
    gravity_m_s2 : float
    """
    for side in ("left", "right"):
        theirs = engine_moments(model, motion, kinetics, side, gravity_m_s2)
        ours = kinetics["moment"].sel(side=side, frame="jcs")
        for joint, components in COMPONENTS.items():
            both = [
                (ours.sel(quantity=q).values.copy(), sign * theirs[joint][:, k])
                for k, (q, sign) in enumerate(components)
            ]
            # ends of the trial: biomech differentiates with fewer neighbours there
            known = np.logical_and.reduce([np.isfinite(a) & np.isfinite(b) for a, b in both])
            known[:5] = known[-5:] = False
            bound = BOUND * max(float(np.abs(b[known]).max()) for _, b in both)
            for plane, (a, b) in zip(PLANES, both, strict=True):
                yield Pair(
                    comparison, "simulated walk", f"{joint} moment", plane, side, "N m/kg", cut_to(known, a), b, worst_bound=bound
                )  # fmt: skip


def compare(model: xr.Dataset, motion: xr.Dataset, kinetics: xr.Dataset, gravity_m_s2: float = 9.81) -> pd.DataFrame:
    """Return a row per side, joint and plane: rms and worst difference as shares of the joint's peak; see `moment_pairs`."""
    rows = []
    for pair in moment_pairs("", model, motion, kinetics, gravity_m_s2):
        peak = pair.worst_bound / BOUND
        rows.append({
            "side": pair.side,
            "quantity": pair.quantity,
            "plane": pair.plane,
            "n": pair.n,
            "peak": peak,
            "rms_of_peak": pair.rms / peak,
            "worst_of_peak": pair.worst / peak,
        })  # fmt: skip
    return pd.DataFrame(rows)


def engine_moments(
    model: xr.Dataset, motion: xr.Dataset, kinetics: xr.Dataset, side: str, gravity_m_s2: float = 9.81
) -> dict[str, Array]:
    """Generalised forces of hip, knee and ankle by OpenSim, N m/kg, (n, 3) each for the joint's Z, X and Y rotation.

    Both sides are computed as a right leg, in the mirrored world.
    """
    import opensim

    opensim.Logger.removeFileSink()
    one, own = model.sel(side=side), motion.sel(side=side)
    rotation = {
        s: to_right(side, own["rotation"].sel(segment=s).values, "rotation")
        for s in ("pelvis", "thigh", "shank_proximal", "shank_distal", "foot")
    }
    start = to_right(side, own["origin"].sel(segment="pelvis").values)
    force = to_right(side, kinetics["ground_reaction"].sel(side=side).values)
    moment = to_right(side, kinetics["ground_reaction_moment"].sel(side=side).values, "axial")
    held = np.median(np.swapaxes(rotation["shank_proximal"], -1, -2) @ rotation["shank_distal"], axis=0)

    angles = np.concatenate(
        [
            _angles(None, rotation["pelvis"], "YXZ"),
            start,
            _angles(rotation["pelvis"], rotation["thigh"], "ZXY"),
            _angles(rotation["thigh"], rotation["shank_proximal"], "ZXY"),
            _angles(rotation["shank_distal"], rotation["foot"], "ZXY"),
        ],
        axis=1,
    )
    body, names = _build(opensim, one, held, gravity_m_s2)
    state = body.initSystem()
    solver = opensim.InverseDynamicsSolver(body)
    columns = _in_order(body, state, names)

    rate = float(motion.attrs["rate_hz"])
    time = np.arange(len(angles)) / rate
    out = np.full((len(angles), len(names)), np.nan)
    known = np.flatnonzero(np.isfinite(angles).all(axis=1))
    spline = make_interp_spline(time[known], angles[known], k=5)
    q, u, a = (spline(time) if d == 0 else spline.derivative(d)(time) for d in range(3))
    foot = body.getBodySet().get("foot").getMobilizedBodyIndex()
    weights = {
        segment: (
            body.getBodySet().get(name).getMobilizedBodyIndex(),
            float(one["segment_mass"].sel(segment=segment)),
            one["segment_com"].sel(segment=segment).values,
        )
        for name, segment in (("thigh", "thigh"), ("shank", "shank_proximal"), ("foot", "foot"))
    }
    still = opensim.Vector(len(names), 0.0)
    for frame in known:
        if not np.isfinite(force[frame]).all():
            continue
        state.setQ(_vector(opensim, q[frame, columns]))
        state.setU(_vector(opensim, u[frame, columns]))
        body.realizeVelocity(state)
        # the solver takes all forces on the bodies, weight included, about their origins
        place = body.getBodySet().get("foot").getPositionInGround(state)
        about_foot = moment[frame] - np.cross([place.get(k) for k in range(3)], force[frame])
        nothing = opensim.SpatialVec(opensim.Vec3(0), opensim.Vec3(0))
        pushes = opensim.VectorOfSpatialVec(body.getNumBodies() + 1, nothing)
        for segment, (number, mass, com) in weights.items():
            push = np.array([0.0, -gravity_m_s2 * mass, 0.0])
            turning = np.cross(rotation[segment][frame] @ com, push)
            if number == foot:
                push, turning = push + force[frame], turning + about_foot
            pushes.set(number, opensim.SpatialVec(_vec3(opensim, turning), _vec3(opensim, push)))
        answer = solver.solve(state, _vector(opensim, a[frame, columns]), still, pushes)
        out[frame, columns] = [answer.get(k) for k in range(len(names))]
    whole = float(model.attrs["mass_kg"])
    return {joint: out[:, 6 + 3 * k : 9 + 3 * k] / whole for k, joint in enumerate(COMPONENTS)}


def _build(opensim: Any, one: xr.Dataset, held: Array, gravity_m_s2: float) -> tuple[Any, list[str]]:
    """OpenSim's model of one leg, and its coordinates: pelvis turns and place, then hip, knee, ankle."""
    body = opensim.Model()
    body.setGravity(opensim.Vec3(0, -gravity_m_s2, 0))
    parent: Any = body.getGround()
    names: list[str] = []
    at, no_turn = np.zeros(3), np.zeros(3)
    chain = (
        ("pelvis", "pelvis", "YXZ", at, no_turn, at),
        ("thigh", "hip", "ZXY", _place(one, "pelvis", "hip"), no_turn, _place(one, "thigh", "hip")),
        ("shank", "knee", "ZXY", _place(one, "thigh", "knee"), no_turn, _place(one, "shank_proximal", "knee")),
        (
            "foot",
            "ankle",
            "ZXY",
            _place(one, "shank_proximal", "ankle"),
            Rotation.from_matrix(held).as_euler("XYZ"),
            _place(one, "foot", "ankle"),
        ),
    )
    for segment, joint, sequence, place, turn, own in chain:
        source = "shank_proximal" if segment == "shank" else segment
        if segment == "pelvis":
            mass, com, tensor = 1.0, np.zeros(3), 0.01 * np.eye(3)
        else:
            mass, com, tensor = (
                one[v].sel(segment=source).values for v in ("segment_mass", "segment_com", "segment_inertia")
            )
        inertia = opensim.Inertia(*(float(tensor[i, j]) for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))))
        link = opensim.Body(segment, float(mass), _vec3(opensim, com), inertia)
        body.addBody(link)
        transform = opensim.SpatialTransform()
        for k, letter in enumerate(sequence):
            names.append(f"{joint}_{letter}")
            _free(opensim, transform.updTransformAxis(k), names[-1], _AXES[letter])
        for k, letter in enumerate("XYZ"):
            axis = transform.updTransformAxis(3 + k)
            if segment == "pelvis":
                names.append(f"{joint}_t{letter}")
                _free(opensim, axis, names[-1], _AXES[letter])
            else:
                axis.set_function(opensim.Constant(0.0))
        turned, none = _vec3(opensim, turn), opensim.Vec3(0)
        body.addJoint(
            opensim.CustomJoint(
                joint, parent, _vec3(opensim, place), turned, link, _vec3(opensim, own), none, transform
            )
        )
        parent = link
    body.finalizeConnections()
    return body, names


def _free(opensim: Any, axis: Any, name: str, direction: tuple[int, int, int]) -> None:
    axis.setCoordinateNames(opensim.ArrayStr(name, 1))
    axis.setAxis(opensim.Vec3(*direction))
    axis.set_function(opensim.LinearFunction(1.0, 0.0))


def _in_order(body: Any, state: Any, names: list[str]) -> list[int]:
    """Coordinate at every place of the engine's vectors: each is set to its own number and found again."""
    coordinates = body.getCoordinateSet()
    for number, name in enumerate(names):
        coordinates.get(name).setValue(state, 1e-3 * (number + 1), False)
    q = state.getQ()
    return [round(1e3 * q.get(k)) - 1 for k in range(len(names))]


def _angles(proximal: Array | None, distal: Array, sequence: str) -> Array:
    relative = distal if proximal is None else np.swapaxes(proximal, -1, -2) @ distal
    out = np.full((len(relative), 3), np.nan)
    known = np.isfinite(relative).all(axis=(-2, -1))
    out[known] = np.unwrap(Rotation.from_matrix(relative[known]).as_euler(sequence), axis=0)
    return out


def _place(one: xr.Dataset, segment: str, landmark: str) -> Array:
    return np.asarray(one["landmark_local"].sel(segment=segment, landmark=landmark).values, float)


def _vec3(opensim: Any, values: Any) -> Any:
    return opensim.Vec3(*(float(v) for v in values))


def _vector(opensim: Any, values: Any) -> Any:
    out = opensim.Vector(len(values), 0.0)
    for k, value in enumerate(values):
        out.set(k, float(value))
    return out


def simulated_walking(strides: int = 4, rate_hz: float = 200.0) -> tuple[xr.Dataset, xr.Dataset, xr.Dataset]:
    """Model, kinematics and kinetics of a synthetic walker, unfiltered."""
    import tempfile
    from pathlib import Path

    from biomech.config import parse_config
    from biomech.io.ingest import ingest_session
    from biomech.io.sheets import Session, Trial
    from biomech.kinematics.session import kinematics_session
    from biomech.kinetics.session import kinetics_session
    from biomech.model.markersets import load_markerset
    from biomech.model.session import model_session
    from biomech.quality import Quality
    from biomech_simulation.study import example_participant
    from biomech_simulation.walking import static, walk

    person = example_participant(2)
    trials = (
        Trial(trial="static", file="static.c3d", role="static", task="static"),
        Trial(trial="walk", file="walk.c3d", role="dynamic", task="walking"),
    )
    session = Session(
        participant=person.name,
        session="1",
        sex=person.sex,
        mass_kg=person.mass_kg,
        height_m=person.height_m,
        trials=trials,
    )
    config = parse_config({
        "signals": {"cutoff_hz": {"walking": None, "static": None}},
        "force_plates": {"zero": "none"},
        "kinematics": {"method": "multibody"},  # a movement that the joints of both engines allow
    })  # fmt: skip
    markerset = load_markerset("cast_lower_limb")
    quality = Quality(person.name, "1", "validation")
    with tempfile.TemporaryDirectory() as folder:
        static(person, rate_hz=rate_hz).write(Path(folder) / "static.c3d")
        walk(person, strides=strides, rate_hz=rate_hz, analog_rate_hz=5 * rate_hz, plates=4).write(
            Path(folder) / "walk.c3d"
        )
        raw = ingest_session(session, Path(folder), config, quality, on_error="stop")
        model = model_session(raw, session, markerset, config, quality, on_error="stop")
        kinematics = kinematics_session(raw, model, session, markerset, config, quality, on_error="stop")
        kinetics = kinetics_session(raw, model, kinematics, session, config, quality, on_error="stop")
    return model["static"], kinematics["walk"], kinetics["walk"]


def main() -> None:
    """Print the comparison."""
    if not available():
        print("OpenSim is not installed: `pip install opensim` (the extra `validation`)")
        return
    table = compare(*simulated_walking())
    print(table.round(5).to_string(index=False))
    worst = table["worst_of_peak"].max()
    print(f"worst difference {100 * worst:.3f} % of the joint's peak (bound {100 * BOUND:g} %)")


if __name__ == "__main__":
    main()
