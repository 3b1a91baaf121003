"""The Oxford Foot Model on feet placed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from biomech.geometry.rotations import cardan, transpose
from biomech.model import oxford_foot as oxford
from biomech.model.parameters import from_processing

# a right foot flat on the floor, x forward, y up, z lateral, m
FOOT = {
    "HEE": [0.0, 0.03, 0.0], "PCA": [0.005, 0.07, 0.0], "CPG": [-0.02, 0.05, 0.0], "LCA": [0.03, 0.03, 0.03],
    "STL": [0.03, 0.04, -0.03], "P1M": [0.12, 0.05, -0.03], "P5M": [0.11, 0.025, 0.03], "TOE": [0.17, 0.04, 0.0],
    "D1M": [0.18, 0.025, -0.045], "D5M": [0.16, 0.025, 0.045], "HLX": [0.22, 0.025, -0.045],
}  # fmt: skip
RADIUS = 0.005
REAR = ("HEE", "PCA", "CPG", "LCA", "STL")


def standing(n: int = 5) -> dict[str, np.ndarray]:
    return {name: np.tile(place, (n, 1)).astype(float) for name, place in FOOT.items()}


def test_stabilising_a_rigid_foot_changes_nothing() -> None:
    turn = Rotation.from_euler("ZYX", np.random.default_rng(1).uniform(-40, 40, (30, 3)), degrees=True)
    points = {name: turn.apply(place) + 0.3 for name, place in FOOT.items()}
    for name, place in oxford.stabilised(points).items():
        np.testing.assert_allclose(place, points[name], atol=1e-12)


def test_stabilising_halves_a_single_markers_error_and_fills_gaps() -> None:
    points = standing(101)
    points["HEE"][50] += [0.0, 0.0, 0.004]
    points["LCA"][20] = np.nan
    out = oxford.stabilised(points)
    # the mean place over 100 frames (the gap counts nowhere) moves by a hundredth of the error
    assert out["HEE"][50, 2] == pytest.approx(0.004 / 2 + 0.004 / 200, abs=1e-9)
    np.testing.assert_allclose(out["LCA"][20], FOOT["LCA"], atol=1e-3)
    twice = oxford.stabilised(points, heel_runs=2)
    assert twice["HEE"][50, 2] == pytest.approx(0.004 / 4 + 3 * 0.004 / 400, abs=1e-9)
    assert oxford.recognise_runs(points, twice["HEE"]) == 2
    assert oxford.recognise_runs(points, twice["HEE"] + [0.0, 0.001, 0.0]) == 2  # cropped after the model ran
    assert oxford.recognise_runs(points, np.random.default_rng(2).normal(size=(101, 3))) == 1


@pytest.mark.parametrize(("axis", "component", "sign"), [("Z", 0, 1), ("Y", 1, 1), ("X", 2, 1)])
def test_a_turned_forefoot_reads_as_it_was_turned(axis: str, component: int, sign: int) -> None:
    """Ten degrees up, inward, or inner border up, about the axes of the hindfoot."""
    points = standing()
    landmarks = oxford.static_landmarks(points)
    turn = Rotation.from_euler(axis, 10, degrees=True)
    moved = {name: p if name in REAR else turn.apply(p) for name, p in points.items()}
    before, after = (oxford.segments(oxford.stabilised(p), landmarks, RADIUS)[0] for p in (points, moved))
    rear = before["hindfoot"]
    np.testing.assert_allclose(after["hindfoot"], rear, atol=1e-12)
    # the hindfoot stands level and straight here, so its axes are the lab's but for the heel's slope seen from above
    np.testing.assert_allclose(rear[..., 1, 1], 1, atol=1e-3)
    relative = (
        transpose(before["forefoot"]) @ transpose(np.broadcast_to(turn.as_matrix(), rear.shape)) @ after["forefoot"]
    )
    np.testing.assert_allclose(np.degrees(cardan(relative, "ZYX")), 0, atol=1e-9)
    change = [np.degrees(cardan(transpose(rear) @ one["forefoot"], "ZYX"))[0, component] for one in (before, after)]
    assert sign * (change[1] - change[0]) == pytest.approx(10, abs=1.5)


def test_arch_height_is_that_of_the_standing_foot_and_falls_with_the_arch() -> None:
    points = standing()
    landmarks = oxford.static_landmarks(points)
    heights = []
    for drop in (0.0, 0.004):
        moved = points | {"P1M": points["P1M"] - [0.0, drop, 0.0]}
        # markers as they are: stabilisation would halve the drop
        _, carried = oxford.segments(moved, landmarks, RADIUS)
        heights.append(oxford.arch_height(moved, carried)[0])
    # plane of D1M, D5M, P5M is level at 25 mm
    assert heights[0] == pytest.approx(0.025, abs=1e-12)
    assert heights[0] - heights[1] == pytest.approx(0.004, abs=1e-12)


def test_flat_options_take_the_other_markers_height() -> None:
    points = standing()
    points["D1M"][:, 1] += 0.006
    frames = oxford.technical_frames(oxford.stabilised(points))
    rotation, origin = frames["forefoot"]
    for flat, height in ((False, 0.031), (True, 0.025)):
        local = oxford.static_landmarks(points, flat_forefoot=flat)["D1M0"]
        assert (origin[0] + rotation[0] @ local)[1] == pytest.approx(height, abs=1e-12)


def test_landmarks_of_the_file_are_mirrored_on_the_left() -> None:
    stored = {"%LPCAX": -5.0, "%LPCAY": -41.0, "%LPCAZ": -3.2, "%RPCAY": 41.5, "%RMMAX": 1.0, "LFootLength": 170.0}
    out = from_processing(stored, {"left": "L", "right": "R"})
    assert out["left"] == {
        "oxford_pca_x": -0.005, "oxford_pca_y": 0.041, "oxford_pca_z": -0.0032, "oxford_foot_length": 0.17,
    }  # fmt: skip
    assert out["right"] == {"oxford_pca_y": 0.0415}
