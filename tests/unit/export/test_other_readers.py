"""Exported C3D, TRC and MOT files in readers that are nobody's who wrote them: py-c3d and pyomeca."""

from __future__ import annotations

from typing import Any

import c3d
import numpy as np
import pyomeca
import pytest

from biomech.config import parse_config
from biomech.export.session import export_session
from tests.pipeline import Results, run_session
from tests.walks import recorded_session


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Results]:
    """Stem of the files of a walk, and its results."""
    folder = tmp_path_factory.mktemp("walk")
    session = recorded_session(0, folder)
    results = run_session(session, parse_config({}), folder)
    config = parse_config({"export": {"formats": ["c3d", "opensim"]}})
    trees = results.raw, results.kinematics, results.kinetics, results.cycles
    export_session(*trees, session, config, folder / "out", results.model)  # type: ignore[arg-type]
    return str(folder / "out" / f"{session.participant}_{session.session}_walk"), results


def read(path: str) -> tuple[Any, np.ndarray, np.ndarray]:
    """py-c3d's reader, points (n, points, 5) and analog channels (channels, samples)."""
    with open(path, "rb") as file:
        reader = c3d.Reader(file)
        frames = list(reader.read_frames())
    return reader, np.stack([points for _, points, _ in frames]), np.concatenate([a for _, _, a in frames], axis=1)


def test_py_c3d_reads_markers_angles_and_forces(exported: tuple[str, Results]) -> None:
    stem, results = exported
    reader, points, analog = read(f"{stem}.c3d")
    labels = [label.strip() for label in reader.point_labels]
    raw, kinematics = results.raw["walk"], results.kinematics["walk"]
    assert reader.point_rate == raw.attrs["rate_hz"] and reader.analog_rate == raw.attrs["analog_rate_hz"]
    markers = kinematics["marker_clean"]
    for name in markers["marker"].to_numpy().tolist():
        ours = 1000 * markers.sel(marker=name).to_numpy()
        theirs = points[:, labels.index(name)]
        known = np.isfinite(ours).all(axis=1)
        # stored in the lab's own axes: X forward, Z up, so Y left
        np.testing.assert_allclose(theirs[known][:, [0, 2, 1]] * [1, 1, -1], ours[known], atol=1e-3)
        assert (theirs[~known, 3] < 0).all(), "missing ones are invalid"
    knee = points[:, labels.index("LKneeAngles")]
    ours = kinematics["angle"].sel(side="left", quantity="knee_flexion").to_numpy()
    np.testing.assert_allclose(knee[knee[:, 3] >= 0, 0], ours[knee[:, 3] >= 0], atol=1e-4)
    channel = [label.strip() for label in reader.analog_labels].index("Plate1.Fz")
    vertical = raw["plate_force"].isel(plate=0).sel(axis="y").to_numpy()
    np.testing.assert_allclose(np.abs(analog[channel]), np.abs(vertical), atol=0.01)
    assert vertical.max() > 500


def test_pyomeca_reads_the_trc(exported: tuple[str, Results]) -> None:
    stem, results = exported
    found = pyomeca.Markers.from_trc(f"{stem}.trc", pandas_kwargs={"sep": "\t"})
    ours = results.kinematics["walk"]["marker_clean"]
    assert found.channel.to_numpy().tolist() == ours["marker"].to_numpy().tolist()
    assert float(found.rate) == results.kinematics["walk"].attrs["rate_hz"]
    theirs = found.isel(axis=slice(3)).transpose("time", "channel", "axis").to_numpy()
    np.testing.assert_allclose(theirs, ours.transpose("time", "marker", "axis").to_numpy(), atol=1e-6)


def test_pyomeca_reads_forces_and_angles(exported: tuple[str, Results]) -> None:
    stem, results = exported
    tabs = {"sep": "\t"}
    forces, angles = (
        pyomeca.Analogs.from_mot(f"{stem}_{kind}.mot", pandas_kwargs=tabs) for kind in ("forces", "angles")
    )
    reaction = results.kinetics["walk"]["ground_reaction"]
    for side in ("left", "right"):
        for axis in "xyz":
            ours = reaction.sel(side=side, axis=axis).to_numpy()
            theirs = forces.sel(channel=f"ground_force_{side[0]}_v{axis}").to_numpy()
            np.testing.assert_allclose(theirs, np.nan_to_num(ours), atol=1e-5)
        ours = results.kinematics["walk"]["angle"].sel(side=side, quantity="hip_adduction").to_numpy()
        np.testing.assert_allclose(angles.sel(channel=f"hip_adduction_{side[0]}").to_numpy(), ours, atol=1e-5)
