"""Angles against SciPy, closed forms, and the symmetries they must have."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from biomech.geometry.mirror import mirror_points, mirror_rotations
from biomech.joints import JOINTS, SEGMENT_ANGLES
from biomech.kinematics.angles import (
    cross_talk,
    foot_progression,
    foot_progression_cardan,
    fppa,
    gimbal_frames,
    joint_angles,
    progression_frame,
    relative_to_static,
    side_angles,
)
from biomech.quantities import BASE_QUANTITIES, QUANTITIES
from biomech.schema import SEGMENTS

RNG = np.random.default_rng(6)
JOINT = {joint.name: joint for joint in (*JOINTS, *SEGMENT_ANGLES)}


def random_poses(n=40, spread=0.6):
    return {s: Rotation.from_rotvec(RNG.uniform(-spread, spread, (n, 3))).as_matrix() for s in SEGMENTS}


def random_centres(n=40):
    return {"hip": RNG.normal([0, 0.9, 0.1], 0.02, (n, 3)), "knee": RNG.normal([0, 0.5, 0.1], 0.02, (n, 3)),
            "ankle": RNG.normal([0, 0.1, 0.1], 0.02, (n, 3))}  # fmt: skip


def heading(n=40):
    yaw = RNG.uniform(-0.4, 0.4, n)
    return np.stack([np.cos(yaw), 0 * yaw, np.sin(yaw)], -1)


@pytest.mark.parametrize("name", list(JOINT))
def test_every_joint_equals_scipy(name):
    joint = JOINT[name]
    R = random_poses()
    proximal = R["pelvis"] if joint.proximal == "progression" else R[joint.proximal]
    distal = R["trunk"] if joint.distal == "pelvis" else R[joint.distal]
    for option in ("ZXY", "ZYX"):
        sequence = joint.sequence_of(option)
        expected = (Rotation.from_matrix(proximal).inv() * Rotation.from_matrix(distal)).as_euler(
            sequence, degrees=True
        )
        found = joint_angles(joint, proximal, distal, option)
        for component in joint.components:
            column = sequence.index(component.axis)
            assert_allclose(found[component.quantity], component.sign * expected[:, column], atol=1e-10)


def test_both_sides_of_a_mirrored_movement_are_equal():
    """A left leg that mirrors a right leg has the same angles: mirrored back, to the last digits."""
    R, centres, direction = random_poses(), random_centres(), heading()
    left = {s: mirror_rotations(pose) for s, pose in R.items()}
    again = side_angles(
        {s: mirror_rotations(pose) for s, pose in left.items()},
        {c: mirror_points(mirror_points(p)) for c, p in centres.items()},
        mirror_points(mirror_points(direction)),
    )
    for quantity, values in side_angles(R, centres, direction).items():
        assert_allclose(again[quantity], values, atol=1e-12)
    # and unmirrored left-leg angles differ from them by the sign of frontal and transverse components only
    for joint in (*JOINTS, *SEGMENT_ANGLES):
        proximal = progression_frame(direction) if joint.proximal == "progression" else R[joint.proximal]
        right = joint_angles(joint, proximal, R[joint.distal])
        plain = joint_angles(joint, mirror_rotations(proximal), left[joint.distal])
        for component in joint.components:
            sign = 1 if component.axis == "Z" else -1
            assert_allclose(plain[component.quantity], sign * right[component.quantity], atol=1e-10)


def test_turning_the_whole_lab_changes_nothing():
    R, centres, direction = random_poses(), random_centres(), heading()
    before = side_angles(R, centres, direction)
    for yaw in (0.7, np.pi / 2, 3.0, -2.0):
        Q = Rotation.from_rotvec([0, yaw, 0]).as_matrix()
        shift = np.array([3.0, 0.2, -7.0])
        after = side_angles(
            {s: Q @ pose for s, pose in R.items()}, {c: p @ Q.T + shift for c, p in centres.items()}, direction @ Q.T
        )
        for quantity in BASE_QUANTITIES:
            assert_allclose(after[quantity], before[quantity], atol=1e-10, err_msg=quantity)


def test_progression_frame_is_upright():
    R = progression_frame(np.array([[1.0, 0.3, 1.0]]))
    assert_allclose(R[0, :, 0], np.array([1, 0, 1]) / np.sqrt(2))
    assert_allclose(R[0, :, 1], [0, 1, 0])
    assert_allclose(R[0, :, 2], np.array([-1, 0, 1]) / np.sqrt(2), atol=1e-15)


def test_fppa_is_180_degrees_minus_the_included_angle():
    # knee 30 mm inside (z lateral, so negative) of a straight line, 0.4 m below the hip and 0.4 m above the ankle
    hip, ankle = np.array([0.0, 0.9, 0.1]), np.array([0.0, 0.1, 0.1])
    knee = np.array([0.25, 0.5, 0.07])  # forward position does not count
    u, v = (hip - knee)[1:], (ankle - knee)[1:]
    included = np.degrees(np.arccos(u @ v / np.linalg.norm(u) / np.linalg.norm(v)))
    assert_allclose(fppa(hip, knee, ankle, np.eye(3)), 180 - included)
    assert_allclose(fppa(hip, knee * [1, 1, 13 / 7], ankle, np.eye(3)), included - 180)


def test_foot_progression_is_the_heading_of_the_foot_whatever_its_pitch():
    yaw, pitch = np.radians(7.0), np.radians(-35.0)
    # toe-in turns the right foot about +y by a positive angle
    foot = Rotation.from_euler("YZX", [yaw, pitch, 0.3]).as_matrix()
    assert_allclose(foot_progression(foot, np.eye(3)), 7.0)


def test_the_cardan_foot_progression_is_the_lean_out_of_the_vertical_plane():
    """Equal to the heading of a level foot; of one that points straight down nothing but its lean is left."""
    for yaw, pitch, expected in ((7.0, 0.0, 7.0), (-12.0, 0.0, -12.0), (7.0, -60.0, 3.4934), (90.0, -60.0, 30.0)):
        foot = Rotation.from_euler("YZX", np.radians([yaw, pitch, 17.0])).as_matrix()
        assert_allclose(foot_progression_cardan(foot, np.eye(3)), expected, atol=1e-4)
        # as a Cardan sequence of the vertical plane: pitch about the lateral axis, then the angle, then the roll
        assert_allclose(foot_progression_cardan(foot, np.eye(3)), Rotation.from_matrix(foot).as_euler("ZYX", True)[1])


def test_pronation_index_is_the_sum_of_its_components():
    found = side_angles(random_poses(), random_centres(), heading())
    total = found["rearfoot_eversion"] - found["rearfoot_internal_rotation"] + found["rearfoot_dorsiflexion"]
    assert_allclose(found["foot_pronation_index"], total)


def test_missing_segments_give_nan_and_leave_the_others():
    R, centres, direction = random_poses(), random_centres(), heading()
    whole = side_angles(R, centres, direction)
    del R["rearfoot"], centres["ankle"]
    R["pelvis"][3] = np.nan
    found = side_angles(R, centres, direction)
    assert list(found) == list(BASE_QUANTITIES)
    for quantity in ("rearfoot_eversion", "forefoot_supination", "fppa", "foot_pronation_index"):
        assert np.isnan(found[quantity]).all()
    assert np.isnan(found["hip_flexion"][3])
    assert np.isfinite(np.delete(found["hip_flexion"], 3)).all()
    assert_allclose(found["knee_flexion"], whole["knee_flexion"])


def test_joint_angles_are_continuous_beyond_180_degrees():
    truth = np.linspace(100, 230, 60)
    R = Rotation.from_euler("ZXY", np.stack([truth, 0 * truth, 0 * truth], -1), degrees=True).as_matrix()
    R[20:23] = np.nan
    found = joint_angles(JOINT["hip"], np.eye(3)[None], R)["hip_flexion"]
    assert_allclose(found, np.where(np.isnan(R[:, 0, 0]), np.nan, truth), atol=1e-9)


def test_static_relative_angles_subtract_the_mean_and_drop_whole_turns():
    angles = {"hip_flexion": np.array([10.0, np.nan, 14.0]), "knee_flexion": np.array([179.0, 181.0, 180.0])}
    found = relative_to_static(angles, {"hip_flexion": 4.0, "knee_flexion": -175.0})
    assert_allclose(found["hip_flexion__static"], [6, np.nan, 10])
    assert_allclose(found["knee_flexion__static"], [-6, -4, -5])
    assert np.isnan(relative_to_static(angles, {})["hip_flexion__static"]).all()


def test_gimbal_frames_count_the_middle_angle():
    adduction = np.array([0.0, 80, -85, 89])
    R = random_poses(4, 0.01)
    R["pelvis"] = np.broadcast_to(np.eye(3), (4, 3, 3))
    R["thigh"] = Rotation.from_euler("ZXY", np.stack([0 * adduction, adduction, 0 * adduction], -1), True).as_matrix()
    R["shank_proximal"] = R["shank_distal"] = R["thigh"]
    R["foot"] = R["rearfoot"] = R["forefoot"] = R["thigh"]
    found = side_angles(R, random_centres(4), np.tile([1.0, 0, 0], (4, 1)))
    assert gimbal_frames(found, 75.0) == {"hip": 3}


def test_cross_talk_finds_the_turn_of_the_thigh_axis():
    """A pure hinge seen from a thigh frame turned by 12 degrees: the check says 12 back."""
    flexion = np.linspace(0, 90, 300)
    hinge = Rotation.from_euler("Z", -flexion[:, None], degrees=True)
    turn = Rotation.from_euler("Y", -12.0, degrees=True)
    thigh = np.broadcast_to(turn.as_matrix(), (300, 3, 3))
    r2, span, offset = cross_talk(thigh, hinge.as_matrix())
    assert offset == pytest.approx(12.0, abs=0.25)  # the search's step
    assert r2 > 0.9
    # sin(abduction) = sin(12) sin(flexion), 10 to 70 degrees
    limits = np.degrees(np.arcsin(np.sin(np.radians(12)) * np.sin(np.radians([10, 70]))))
    assert span == pytest.approx(np.ptp(limits), rel=0.06)
    straight = cross_talk(np.broadcast_to(np.eye(3), (300, 3, 3)), hinge.as_matrix())
    assert straight[2] == pytest.approx(0, abs=0.25)
    assert straight[1] < 1e-9


def test_cross_talk_needs_enough_flexion():
    flexion = np.linspace(0, 15, 200)
    R = Rotation.from_euler("Z", -flexion[:, None], degrees=True).as_matrix()
    assert np.isnan(cross_talk(np.broadcast_to(np.eye(3), (200, 3, 3)), R)).all()


def test_names_are_unique_and_each_has_its_static_relative():
    assert len(set(QUANTITIES)) == len(QUANTITIES) == 2 * len(BASE_QUANTITIES)
