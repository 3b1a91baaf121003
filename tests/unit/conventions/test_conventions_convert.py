"""Conversions against the other systems' definitions, written out with scipy on their own axes."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.transform import Rotation

from biomech.conventions.as_other_system import angle_outputs, moment_outputs, plug_in_gait_progression
from biomech.conventions.convert import angles_from, angles_to, moment_frame, moments_from, moments_to, quantities_of
from biomech.conventions.rules import CONVENTIONS
from biomech.joints import JOINTS, SEGMENT_ANGLES
from biomech.kinematics.angles import joint_angles
from biomech.kinetics.moments import clinical_moments
from biomech.quantities import POWER_QUANTITIES, QUANTITIES
from biomech.schema import MOMENT_FRAMES, SEGMENTS, SIDES

ROWS = {joint.name: joint for joint in (*SEGMENT_ANGLES, *JOINTS)}
MIRROR = np.diag([1.0, 1.0, -1.0])
PIG = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], float)  # columns: its X, Y, Z in our unmirrored axes
PIG_FOOT = np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]], float)  # X up, Y left, Z backward
V3D = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], float)  # X right, Y forward, Z up


def poses(seed: int = 1, n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Unmirrored axes of two segments, the distal one within 50 degrees of the proximal one."""
    rng = np.random.default_rng(seed)
    proximal = Rotation.random(n, random_state=seed).as_matrix()
    return proximal, proximal @ Rotation.from_euler("ZXY", rng.uniform(-50, 50, (n, 3)), degrees=True).as_matrix()


def ours(joint: str, side: str, proximal: np.ndarray, distal: np.ndarray, ankle: str = "ZXY") -> np.ndarray:
    if side == "left":
        proximal, distal = (MIRROR @ R @ MIRROR for R in (proximal, distal))
    angles = joint_angles(ROWS[joint], proximal, distal, ankle)
    return np.stack([angles[q] for q in quantities_of(joint)], axis=-1)


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs((a - b + 180) % 360 - 180).max())


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("joint", ["pelvis", "hip", "knee", "ankle"])
def test_plug_in_gait_angles_by_its_own_definition(joint: str, side: str) -> None:
    proximal, distal = poses()
    s = 1 if side == "left" else -1
    theirs = (proximal @ PIG).transpose(0, 2, 1) @ distal @ (PIG_FOOT if joint == "ankle" else PIG)
    a, b, c = Rotation.from_matrix(theirs).as_euler("YXZ", degrees=True).T
    expected = {
        "pelvis": (a, s * b, -s * c), "hip": (-a, -s * b, -s * c), "knee": (a, -s * b, -s * c), "ankle": (-90 - a, -s * c, -s * b),
    }[joint]  # fmt: skip
    for ankle in ("ZXY", "ZYX"):
        mine = angles_to("plug_in_gait", joint, ours(joint, side, proximal, distal, ankle), side, ankle)
        assert apart(mine, np.stack(expected, axis=-1)) < 1e-9


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("joint", ["hip", "knee", "ankle"])
def test_visual3d_angles_by_its_own_definition(joint: str, side: str) -> None:
    proximal, distal = poses(2)
    theirs = Rotation.from_matrix((proximal @ V3D).transpose(0, 2, 1) @ distal @ V3D).as_euler("XYZ", degrees=True)
    mine = angles_to("visual3d", joint, ours(joint, side, proximal, distal, "ZYX"), side, "ZYX")
    assert apart(mine, theirs) < 1e-9


@pytest.mark.parametrize("name", list(CONVENTIONS))
@pytest.mark.parametrize("side", SIDES)
def test_there_and_back(name: str, side: str) -> None:
    rng = np.random.default_rng(3)
    rule = CONVENTIONS[name]
    for joint in rule.angle:
        for ankle in ("ZXY", "ZYX"):
            angles = rng.uniform(-60, 60, (30, 3))
            back = angles_from(name, joint, angles_to(name, joint, angles, side, ankle), side, ankle)
            assert apart(back, angles) < 1e-9
    for joint in rule.moment:
        moments = rng.normal(size=(30, 3))
        there = moments_to(name, joint, moments, side)
        np.testing.assert_allclose(moments_from(name, joint, there, side), moments, atol=1e-12)
        np.testing.assert_allclose(np.abs(there).sum(), rule.moment_factor * np.abs(moments).sum())


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("joint", "axes", "expected"),
    [
        # signs of Plug-in Gait's outputs for the moment vector of the left (s = 1) or right (s = -1) distal segment
        ("hip", PIG, lambda m, s: (m[1], s * m[0], s * m[2])),
        ("knee", PIG, lambda m, s: (-m[1], s * m[0], s * m[2])),
        ("ankle", PIG_FOOT, lambda m, s: (m[1], -s * m[2], s * m[0])),
    ],
)
def test_plug_in_gait_moments_by_its_own_definition(joint: str, axes: np.ndarray, expected, side: str) -> None:
    proximal, distal = poses(4)
    moment = np.random.default_rng(5).normal(size=(len(distal), 3))
    s = 1 if side == "left" else -1
    theirs = np.einsum("nij,ni->nj", distal @ axes, moment)
    p, d, m = proximal, distal, moment
    if side == "left":
        p, d, m = MIRROR @ proximal @ MIRROR, MIRROR @ distal @ MIRROR, -moment @ MIRROR
    components = clinical_moments(m, p, d, np.broadcast_to(np.eye(3), p.shape), ROWS[joint])
    mine = moments_to("plug_in_gait", joint, components[..., MOMENT_FRAMES.index("distal")], side)
    np.testing.assert_allclose(mine, 1000 * np.stack(expected(theirs.T, s), axis=-1), atol=1e-9)


def test_moments_change_frames_and_come_back() -> None:
    proximal, distal = poses(6)
    moment = np.random.default_rng(7).normal(size=(len(distal), 3))
    parts = clinical_moments(moment, proximal, distal, np.broadcast_to(np.eye(3), proximal.shape), ROWS["knee"])
    for source in ("proximal", "distal", "jcs"):
        for target in ("proximal", "distal", "jcs"):
            moved = moment_frame("knee", parts[..., MOMENT_FRAMES.index(source)], proximal, distal, source, target)
            np.testing.assert_allclose(moved, parts[..., MOMENT_FRAMES.index(target)], atol=1e-10)
    with pytest.raises(ValueError, match="proximal, distal or jcs"):
        moment_frame("knee", parts[..., 0], proximal, distal, "shank", "distal")


def test_progression_axis_is_the_longer_way() -> None:
    way = np.array([[np.nan] * 3, [0.0, 1.0, 0.0], [1.0, 1.5, -0.9], [1.2, 1.0, -3.0], [np.nan] * 3])
    np.testing.assert_array_equal(plug_in_gait_progression(way), [0, 0, -1])
    assert np.isnan(plug_in_gait_progression(way[:1])).all()


def test_outputs_of_a_trial() -> None:
    """A person who walks along -z with the pelvis turned 10 degrees inward and feet 7 degrees out on either side."""
    n = 3
    walking = Rotation.from_euler("Y", 90, degrees=True).as_matrix()  # x forward becomes -z
    rotation = np.full((n, 2, len(SEGMENTS), 3, 3), np.nan)
    rotation[:, 1, SEGMENTS.index("pelvis")] = walking @ Rotation.from_euler("Y", 10, degrees=True).as_matrix()
    rotation[:, 0, SEGMENTS.index("pelvis")] = rotation[:, 1, SEGMENTS.index("pelvis")]
    for i, toe_out in enumerate((7, -7)):
        rotation[:, i, SEGMENTS.index("foot")] = walking @ Rotation.from_euler("Y", toe_out, degrees=True).as_matrix()
    origin = np.zeros((n, 2, len(SEGMENTS), 3))
    origin[..., 2] = -np.arange(n)[:, None, None]
    angle = np.zeros((n, 2, len(QUANTITIES)))
    coords = {"time": np.arange(n) / 100, "side": list(SIDES), "segment": list(SEGMENTS), "quantity": list(QUANTITIES)}
    trial = xr.Dataset(
        {
            "rotation": (("time", "side", "segment", "row", "column"), rotation),
            "origin": (("time", "side", "segment", "axis"), origin),
            "angle": (("time", "side", "quantity"), angle),
        },
        coords=coords,
    )
    out = angle_outputs(trial, "plug_in_gait")
    np.testing.assert_allclose(out.sel(output="RPelvisAngles"), np.tile([0, 0, 10], (n, 1)), atol=1e-9)
    np.testing.assert_allclose(out.sel(output="LPelvisAngles"), np.tile([0, 0, -10], (n, 1)), atol=1e-9)
    for letter in "LR":
        feet = out.sel(output=f"{letter}FootProgressAngles", component=[1, 3])
        np.testing.assert_allclose(feet, np.tile([-90, -7], (n, 1)), atol=1e-9)
    moment = np.zeros((n, 2, len(POWER_QUANTITIES), len(MOMENT_FRAMES)))
    moment[:, :, POWER_QUANTITIES.index("knee_abduction"), MOMENT_FRAMES.index("distal")] = 0.4
    kinetics = xr.Dataset(
        {"moment": (("time", "side", "quantity", "frame"), moment)},
        coords={
            "time": coords["time"],
            "side": list(SIDES),
            "quantity": list(POWER_QUANTITIES),
            "frame": list(MOMENT_FRAMES),
        },
    )
    knees = moment_outputs(kinetics, "plug_in_gait")
    assert knees.attrs["units"] == "N mm kg-1"
    for letter in "LR":
        np.testing.assert_allclose(knees.sel(output=f"{letter}KneeMoment"), np.tile([0, 400, 0], (n, 1)), atol=1e-9)


def test_unknown_convention_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="plug_in_gait"):
        angles_to("vicon", "hip", np.zeros((2, 3)), "left")
