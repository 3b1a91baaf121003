"""The session's kinematics by multi-body optimisation: same outputs, joints that hold, markers that may be missing."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from biomech import schema
from biomech.config import parse_config
from biomech.kinematics import multibody
from biomech.kinematics.session import kinematics_session
from biomech.kinematics.tracking import read_model

TWELVE = [
    f"{joint}_{name}"
    for joint, names in {
        "pelvis": ("anterior_tilt", "internal_rotation"),
        "hip": ("flexion", "adduction", "internal_rotation"),
        "knee": ("flexion", "abduction", "internal_rotation"),
        "ankle": ("dorsiflexion", "inversion", "internal_rotation"),
    }.items()
    for name in names
]


@pytest.fixture
def run(person, standing, session, quality):
    def go(walk, method="multibody", **options):
        config = parse_config({
            "signals": {"cutoff_hz": {"walking": None, "static": None}, "cluster_fill": False, "gap_max_s": 0},
            "kinematics": {"method": method},
            "multibody": options,
        })  # fmt: skip
        tree = kinematics_session(
            {"walk": walk, "stand": standing[1]},
            {"stand": person.model()},
            session,
            person.markerset,
            config,
            quality,
            on_error="stop",
        )
        return tree["walk"]

    return go


def codes(quality):
    return {row["code"] for row in quality.rows}


@pytest.mark.parametrize("knee", ["ball", "free"])
def test_noise_free_walking_gives_the_direct_angles(run, walk, quality, knee):
    """Bound: 1e-5 degree."""
    direct, chain = run(walk[1], "sixdof"), run(walk[1], knee=knee)
    assert list(direct) == list(chain)
    for name in direct:
        assert direct[name].dims == chain[name].dims
    for side in schema.SIDES:
        for quantity in TWELVE:
            pair = [d["angle"].sel(side=side, quantity=quantity).values for d in (direct, chain)]
            assert_allclose(pair[1], pair[0], atol=1e-5, err_msg=f"{side} {quantity}")
    assert_allclose(chain["joint_centre"], direct["joint_centre"], atol=1e-9)
    assert_allclose(chain["angle"], direct["angle"], atol=1e-5)
    assert "multibody" in codes(quality) and "hinge_knee" not in codes(quality)


def test_segments_meet_in_their_joints(run, walk):
    noisy = walk[1].copy(deep=True)
    noisy["marker_position"] += np.random.default_rng(1).normal(scale=0.004, size=noisy["marker_position"].shape)
    direct, chain = run(noisy, "sixdof"), run(noisy)

    def apart(data):
        # hip centre as the pelvis carries it, against the thigh's origin, which is the hip centre there
        return np.linalg.norm(
            data["joint_centre"].sel(joint="hip") - data["origin"].sel(segment="thigh"), axis=-1
        ).max()

    assert apart(direct) > 1e-3
    assert apart(chain) < 1e-12


def test_a_hinge_keeps_the_standing_abduction_and_warns(run, walk, quality):
    out = run(walk[1], knee="hinge")["angle"]
    for side in schema.SIDES:
        assert_allclose(out.sel(side=side, quantity="knee_abduction"), 0.0, atol=1e-8)  # 0 in standing
        assert_allclose(out.sel(side=side, quantity="knee_internal_rotation"), 0.0, atol=1e-8)
        flexion = out.sel(side=side, quantity="knee_flexion").values
        assert_allclose(flexion, -walk[0][side]["knee"][:, 0], atol=5.0)
    assert "hinge_knee" in codes(quality)


def test_soft_knee_lies_between_hinge_and_ball(run, walk):
    spread = {}
    for sd in (None, 2.0, 0.01):
        out = run(walk[1], knee="ball", knee_rotation_sd_deg=sd)["angle"].sel(quantity="knee_abduction")
        spread[sd] = float(np.abs(out).max())
    assert spread[None] > spread[2.0] > spread[0.01]
    assert spread[0.01] < 0.01


def test_ankle_of_two_axes(person, walk, run):
    """A foot that only goes about the malleolar axis from its standing posture is followed exactly; about others it is not."""
    angles, _, _ = walk
    path = np.array([0.0, 0.95, 0]) + np.arange(150)[:, None] / 100 * np.array([0.0, 0, -1.3])
    for side in schema.SIDES:
        angles[side]["ankle"][:, 1:] = [2.0, 0.0]  # as in standing
    raw = person.raw(person.poses(angles, path, 90.0))
    out = run(raw, ankle="two_axes")["angle"]
    for side in schema.SIDES:
        assert_allclose(out.sel(side=side, quantity="ankle_dorsiflexion"), angles[side]["ankle"][:, 0], atol=1e-6)
        assert_allclose(out.sel(side=side, quantity="ankle_inversion"), 2.0, atol=1e-6)


def test_subtalar_axis_turns_inversion_with_adduction(person):
    model = read_model(person.model(), "right")
    options = parse_config({"multibody": {"ankle": "two_axes"}}).multibody
    built = multibody.person({"right": model}, {"right": multibody.Standing()}, person.markerset, options)
    q = np.zeros((1, built.chain.n_coordinates))
    q[0, -1] = np.radians(10.0)
    rotation, _ = built.chain.poses(q)
    shank, foot = rotation[0, -2], rotation[0, -1]
    turn = Rotation.from_matrix(shank.T @ foot).as_rotvec(degrees=True)
    assert_allclose(np.linalg.norm(turn), 10.0, atol=1e-9)
    assert turn[0] > 6 and turn[1] > 6  # inversion with internal rotation


def test_two_markers_of_a_segment_are_enough(person, run, walk):
    """The direct method loses the shank, the chain holds it."""
    lost = walk[1].copy(deep=True)
    labels = [person.markerset.label_of("left", name) for name in person.markerset.cluster_of("shank_proximal")]
    lost["marker_position"].loc[{"marker": labels[:2]}] = np.nan
    direct, chain = run(lost, "sixdof")["angle"], run(lost)["angle"]
    knee = {"side": "left", "quantity": "knee_flexion"}
    assert np.isnan(direct.sel(knee)).all()
    assert_allclose(chain.sel(knee), -walk[0]["left"]["knee"][:, 0], atol=1e-5)


def test_no_clusters_no_chain(person, run, walk, quality):
    model = read_model(person.model(), "right")
    bare = type(model)({}, model.landmarks, model.parameters)
    config = parse_config({"kinematics": {"method": "multibody"}})
    poses = {"right": object()}
    out = multibody.constrain(
        poses, {"right": bare}, {}, None, person.markerset, config.kinematics, config.multibody, "walk", quality
    )
    assert out is poses
    assert "multibody_unavailable" in codes(quality)
