"""OpenSim opens what is exported: its Scale, inverse kinematics and inverse dynamics tools run on the set-up files as written.

Needs the extra `validation`; skipped where OpenSim is not installed. The generic model is small and made here: ten bodies
under the names of gait2392, whose sizes differ from the participant's.
"""

from __future__ import annotations

import contextlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biomech.config import parse_config
from biomech.export.session import export_session
from biomech.io.opensim_files import write_trc
from tests.pipeline import Results, run_session
from tests.walks import recorded_session

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("opensim") is None, reason="OpenSim is not installed (extra `validation`)"
)

# forces are written with six decimals (found: 7e-7 N), points too: 1 micrometre under 1 kN (found: 4e-4 N m)
FORCE_TOLERANCE_N = 1e-4
MOMENT_TOLERANCE_NM = 2e-3
# m: hip to hip, hip to knee, knee to ankle of the generic model; any, so that scaling has something to do
_HIPS, _THIGH, _SHANK = 0.10, 0.35, 0.45


def generic_model(path: Path) -> None:
    """Write torso, pelvis, femora, tibiae, tali and calcanei, three degrees of freedom at every joint but the subtalar one."""
    import opensim

    body = opensim.Model()
    body.setName("generic")

    def link(name: str, joint: str, parent: Any, place: tuple[float, float, float], mass: float) -> Any:
        made = opensim.Body(name, mass, opensim.Vec3(0, 0, 0), opensim.Inertia(0.05, 0.05, 0.05))
        body.addBody(made)
        zero = opensim.Vec3(0)
        if joint.startswith("subtalar"):
            body.addJoint(opensim.WeldJoint(joint, parent, opensim.Vec3(*place), zero, made, zero, zero))
            return made
        transform = opensim.SpatialTransform()
        for k, axis in enumerate(((0, 0, 1), (1, 0, 0), (0, 1, 0))):
            turn = transform.updTransformAxis(k)
            turn.setAxis(opensim.Vec3(*axis))
            turn.setCoordinateNames(opensim.ArrayStr(f"{joint}_{'zxy'[k]}", 1))
            turn.set_function(opensim.LinearFunction(1.0, 0.0))
        for k in range(3):
            move = transform.updTransformAxis(3 + k)
            if joint == "ground_pelvis":
                move.setCoordinateNames(opensim.ArrayStr(f"{joint}_t{'xyz'[k]}", 1))
                move.set_function(opensim.LinearFunction(1.0, 0.0))
            else:
                move.set_function(opensim.Constant(0.0))
        body.addJoint(opensim.CustomJoint(joint, parent, opensim.Vec3(*place), zero, made, zero, zero, transform))
        return made

    pelvis = link("pelvis", "ground_pelvis", body.getGround(), (0, 0, 0), 10.0)
    link("torso", "back", pelvis, (-0.1, 0.1, 0), 30.0)
    for letter, z in (("r", 1.0), ("l", -1.0)):
        femur = link(f"femur_{letter}", f"hip_{letter}", pelvis, (-0.07, -0.07, 0.5 * _HIPS * z), 8.0)
        tibia = link(f"tibia_{letter}", f"knee_{letter}", femur, (0, -_THIGH, 0), 3.0)
        talus = link(f"talus_{letter}", f"ankle_{letter}", tibia, (0, -_SHANK, 0), 0.1)
        link(f"calcn_{letter}", f"subtalar_{letter}", talus, (-0.04877, -0.04195, 0.00792 * z), 1.0)
    body.finalizeConnections()
    body.printToXML(str(path))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path, str]:
    """A walk, exported, scaled and solved by OpenSim's own tools: results, folder and name of the trial's files."""
    import opensim

    opensim.Logger.setLevelString("off")
    opensim.Logger.removeFileSink()
    folder = tmp_path_factory.mktemp("opensim")
    session = recorded_session(0, folder)
    results = run_session(session, parse_config({}), folder)
    config = parse_config({"export": {"formats": ["opensim"], "opensim_model": "small.osim"}})
    out = folder / "export"
    export_session(
        results.raw, results.kinematics, results.kinetics, results.cycles, session, config, out, results.model
    )
    generic_model(out / "small.osim")
    static = f"{session.participant}_{session.session}_static"
    stem = f"{session.participant}_{session.session}_walk"
    with contextlib.chdir(out):
        assert opensim.ScaleTool(f"{static}_scale_setup.xml").run()
        assert opensim.InverseKinematicsTool(f"{stem}_ik_setup.xml").run()
        assert opensim.InverseDynamicsTool(f"{stem}_id_setup.xml").run()
    return results, out, stem


def table(path: Path) -> dict[str, np.ndarray]:
    import opensim

    read = opensim.TimeSeriesTable(str(path))
    columns = {name: read.getDependentColumn(name).to_numpy() for name in read.getColumnLabels()}
    return {"time": np.asarray(read.getIndependentColumn()), **columns}


def test_the_scaled_model_has_the_participants_legs(ran: tuple[Results, Path, str]) -> None:
    import opensim

    results, folder, _ = ran
    scaled = opensim.Model(str(next(folder.glob("*_scaled.osim"))))
    state = scaled.initSystem()
    centres = results.kinematics["static"]["joint_centre"].median("time")

    def place(body: str) -> np.ndarray:
        return scaled.getBodySet().get(body).getPositionInGround(state).to_numpy()

    for side in ("left", "right"):
        hip, knee, ankle = (centres.sel(side=side, joint=joint).to_numpy() for joint in ("hip", "knee", "ankle"))
        theirs = [place(f"{bone}_{side[0]}") for bone in ("femur", "tibia", "talus")]
        ours = np.linalg.norm(hip - knee), np.linalg.norm(knee - ankle)
        found = np.linalg.norm(theirs[0] - theirs[1]), np.linalg.norm(theirs[1] - theirs[2])
        np.testing.assert_allclose(found, ours, atol=1e-3)
    assert scaled.getTotalMass(state) == pytest.approx(float(results.model["static"].attrs["mass_kg"]), rel=1e-3)


def test_inverse_kinematics_tracks_the_markers(ran: tuple[Results, Path, str]) -> None:
    _, folder, _ = ran
    (errors,) = folder.glob("*_ik_marker_errors.sto")
    # scaled to the participant and with its own markers, rigid segments follow simulated ones
    assert table(errors)["marker_error_RMS"].max() < 0.02


def test_inverse_dynamics_finds_the_ground_reaction_again(ran: tuple[Results, Path, str]) -> None:
    """What the loads add to the forces of the free pelvis is the ground reaction, and to its moments that about its origin."""
    import opensim

    results, folder, stem = ran
    with contextlib.chdir(folder):
        tool = opensim.InverseDynamicsTool(f"{stem}_id_setup.xml")
        tool.setExternalLoadsFileName("")
        tool.setOutputGenForceFileName("unloaded.sto")
        assert tool.run()
    loaded, unloaded = table(folder / f"{stem}_id.sto"), table(folder / "unloaded.sto")
    added = {name: unloaded[name] - loaded[name] for name in loaded}
    time = loaded["time"]
    kinetics = results.kinetics["walk"]
    frames = np.round(time * kinetics.attrs["rate_hz"]).astype(int)
    assert len(frames) > 50
    force = kinetics["ground_reaction"].sum("side", skipna=False).transpose("time", "axis").to_numpy()[frames]
    assert force[:, 1].max() > 500 and np.isfinite(force).all()
    for k, axis in enumerate("xyz"):
        np.testing.assert_allclose(added[f"ground_pelvis_t{axis}_force"], force[:, k], atol=FORCE_TOLERANCE_N)
    # the first turn of the pelvis is about the ground's z axis through its origin
    motion = table(folder / f"{stem}_ik.mot")
    rows = np.searchsorted(motion["time"], time - 1e-6)
    origin = np.stack([motion[f"ground_pelvis_t{axis}"][rows] for axis in "xyz"], axis=1)
    moment = kinetics["ground_reaction_moment"].sum("side", skipna=False).transpose("time", "axis").to_numpy()[frames]
    about = moment - np.cross(origin, force)
    np.testing.assert_allclose(added["ground_pelvis_z_moment"], about[:, 2], atol=MOMENT_TOLERANCE_NM)


def test_each_foot_carries_its_own_load(ran: tuple[Results, Path, str]) -> None:
    results, folder, stem = ran
    forces = table(folder / f"{stem}_forces.mot")
    kinetics = results.kinetics["walk"]
    assert all(np.isfinite(column).all() for column in forces.values())
    for side in ("left", "right"):
        ours = kinetics["ground_reaction"].sel(side=side).transpose("time", "axis").to_numpy()
        theirs = np.stack([forces[f"ground_force_{side[0]}_v{axis}"] for axis in "xyz"], axis=1)
        known = np.isfinite(ours).all(axis=1)
        np.testing.assert_allclose(theirs[known], ours[known], atol=1e-5)
        assert (~known).any() and not theirs[~known].any() and ours[known, 1].max() > 400
    markers = table_of_markers(folder / f"{stem}.trc")
    clean = results.kinematics["walk"]["marker_clean"]
    assert set(markers) == set(clean["marker"].to_numpy().tolist())
    for name, column in markers.items():
        np.testing.assert_allclose(column, clean.sel(marker=name).to_numpy(), atol=1e-6)


def test_opensim_reads_a_missing_marker_as_missing(tmp_path: Path) -> None:
    """One that is in the middle of the row: the markers after it keep their places."""
    position = np.arange(5 * 3 * 3, dtype=float).reshape(5, 3, 3) / 10
    position[1:3, 1] = np.nan
    markers = table_of_markers(write_trc(tmp_path / "gap.trc", ["a", "b", "c"], position, 100.0))
    for k, name in enumerate("abc"):
        np.testing.assert_allclose(markers[name], position[:, k], atol=1e-6)


def table_of_markers(path: Path) -> dict[str, np.ndarray]:
    import opensim

    read = opensim.TimeSeriesTableVec3(str(path))
    rows = read.getNumRows()
    columns = {name: read.getDependentColumn(name) for name in read.getColumnLabels()}
    return {
        name: np.array([[column[i].get(k) for k in range(3)] for i in range(rows)]) for name, column in columns.items()
    }
