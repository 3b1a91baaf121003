"""A thigh that follows two carried joint centres and one lateral marker: its pose, its knee axis, and faults of such a set."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml
from scipy.spatial.transform import Rotation

from biomech.config import Config, parse_config
from biomech.errors import StudyError
from biomech.geometry.rigid import axial_pose
from biomech.geometry.rotations import cardan, transpose
from biomech.io.sheets import Session, Trial
from biomech.kinematics.tracking import Poses, read_model, track_side
from biomech.model.axial_tracking import carriers_first
from biomech.model.markersets import MarkerSet, load_markerset, parse_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from biomech.schema import AXES, SIDES
from biomech_simulation.functional import knee_bends, star_arc
from biomech_simulation.motion import Motion
from biomech_simulation.participant import Participant
from biomech_simulation.walking import static, walk
from tests.stage_results import parameters_of

PERSON = Participant()
SHIPPED = (resources.files("biomech.model") / "markersets" / "cast_lower_limb.yaml").read_text(encoding="utf-8")
AXIAL = {"proximal": "pelvis.hip", "distal": "shank_proximal.knee", "marker": "TH2"}


def own_set(**axial: str) -> MarkerSet:
    """The shipped set of clusters with a single marker on the thigh that counts in movement."""
    values = yaml.safe_load(SHIPPED)
    values["segments"]["thigh"]["tracking"] = {"axial": AXIAL | axial}
    return parse_markerset(yaml.safe_dump(values), "own")


def raw(motion: Motion, role: str, task: str = "", keep: tuple[str, ...] | None = None) -> xr.Dataset:
    position = motion.markers.copy()
    labels = np.array(motion.labels, object)
    if keep is not None:  # markers of the thigh that a movement shows
        kept = [label[1:] in keep or label[1:] not in ("TH1", "TH2", "TH3", "TH4", "LFE", "MFE") for label in labels]
        position, labels = position[:, kept], labels[kept]
    return xr.Dataset(
        {"marker_position": (("time", "marker", "axis"), position)},
        coords={"marker": labels, "axis": list(AXES)},
        attrs={"rate_hz": motion.rate_hz, "role": role, "task": task or role, "file": "x.c3d", "parameters": "{}"},
    )


def standing(turn_deg: float) -> xr.Dataset:
    """The standing trial, its epicondyle markers turned outwards about the long axis of the thigh."""
    motion = static(PERSON)
    data = raw(motion, "static")
    for side in SIDES:
        hip, knee = (motion.truth["joint_centre"].sel(side=side, joint=j).values[0] for j in ("hip", "knee"))
        angle = np.radians(-turn_deg if side == "right" else turn_deg)
        turn = Rotation.from_rotvec(angle * (hip - knee) / np.linalg.norm(hip - knee)).as_matrix()
        for name in ("LFE", "MFE"):
            where = {"marker": f"{side[0].upper()}{name}"}
            data["marker_position"].loc[where] = knee + (data["marker_position"].loc[where].values - knee) @ turn.T
    return data


@pytest.fixture(scope="module")
def movements() -> dict[str, Motion]:
    arcs = {f"hip-{s}": star_arc(PERSON, s, duration_s=6.0) for s in SIDES}
    return arcs | {f"knee-{s}": knee_bends(PERSON, s, duration_s=10.0) for s in SIDES}


def model_of(
    movements: dict[str, Motion], markerset: MarkerSet, subject: dict[str, Any], turn_deg: float = 0.0
) -> tuple[xr.Dataset, list[dict[str, Any]]]:
    """Model of the person with exact hip centres; knee trials show one marker on the thigh, the star-arcs all."""
    rows = [Trial(trial="stand", file="s.c3d", role="static", task="static")]
    tree = {"stand": standing(turn_deg)}
    for name, motion in movements.items():
        rows.append(Trial(trial=name, file="m.c3d", role="functional", task="functional", side=name.split("-")[1]))
        tree[name] = raw(motion, "functional", keep=None if name.startswith("hip") else ("TH2",))
    session = Session(participant="P", session="1", sex="female", mass_kg=62.0, height_m=1.68, trials=tuple(rows))
    quality = Quality("P", "1", "model")
    config = parse_config({"subject": {"hip_functional": "ball", "functional_distance_m": 0.1, **subject}})
    tree = model_session(tree, session, markerset, config, quality, "stop")
    return tree["stand"], quality.rows


def followed(model: xr.Dataset, markerset: MarkerSet, motion: Motion, keep: tuple[str, ...] | None, side: str) -> Poses:
    data = raw(motion, "dynamic", keep=keep)
    points = markerset.side_points(data["marker"].values, data["marker_position"].values, side)
    own = read_model(model, side)
    assert own is not None
    return track_side(points, own, markerset, Config().kinematics, data.sizes["time"])


def test_one_marker_and_two_joint_centres_give_the_thigh_that_a_cluster_gives(movements: dict[str, Motion]) -> None:
    """The simulated thigh is rigid, its hip and knee are points of the neighbours as well."""
    whole, single = load_markerset("cast_lower_limb"), own_set()
    models = [model_of(movements, markerset, {})[0] for markerset in (whole, single)]
    for side in SIDES:
        cluster = followed(models[0], whole, movements[f"knee-{side}"], None, side)
        axial = followed(models[1], single, movements[f"knee-{side}"], ("TH2",), side)
        np.testing.assert_allclose(axial.rotation["thigh"], cluster.rotation["thigh"], atol=1e-6)
        np.testing.assert_allclose(axial.origin["thigh"], cluster.origin["thigh"], atol=1e-6)
        assert axial.lost["thigh"] == {} and "thigh" not in axial.residual


@pytest.mark.parametrize("method", ["least_varus", "pca", "sara"])
@pytest.mark.parametrize("planted", [15.0, -12.0])
def test_a_wrong_knee_axis_is_found_in_movement(movements: dict[str, Motion], method: str, planted: float) -> None:
    markerset = own_set()
    model, rows = model_of(movements, markerset, {"knee_axis": method}, planted)
    assert sum(row["code"] == "knee_axis_turned" for row in rows) == 2
    right, _ = model_of(movements, markerset, {})
    for side in SIDES:
        turn = np.degrees(parameters_of(model, side)["knee_axis_turn"])
        assert turn == pytest.approx(planted, abs=0.3)
        # and the knee bends without abduction in it, as with markers in their right place
        knee = []
        for one in (model, right):
            poses = followed(one, markerset, movements[f"knee-{side}"], ("TH2",), side)
            relative = transpose(poses.rotation["thigh"]) @ poses.rotation["shank_proximal"]
            knee.append(np.degrees(cardan(relative, "ZXY")))
        assert np.abs(knee[0] - knee[1]).max() < 0.4


def test_strides_serve_where_no_functional_trial_is() -> None:
    """The knee of the walker truly abducts in swing, which both take for cross-talk alike: they agree with each other."""
    motion = walk(PERSON, strides=4, rate_hz=100.0)
    noisy = replace(
        motion, markers=motion.markers + 0.001 * np.random.default_rng(0).standard_normal(motion.markers.shape)
    )
    trials = (
        Trial(trial="stand", file="s.c3d", role="static", task="static"),
        Trial(trial="walk", file="w.c3d", role="dynamic", task="walking"),
    )
    session = Session(participant="P", session="1", sex="female", mass_kg=62.0, height_m=1.68, trials=trials)
    config = parse_config({"subject": {"knee_axis": "least_varus"}})
    turns = {}
    for markerset, keep in ((load_markerset("cast_lower_limb"), None), (own_set(), ("TH2",))):
        tree = {"stand": standing(15.0), "walk": raw(noisy, "dynamic", "walking", keep)}
        model = model_session(tree, session, markerset, config, Quality("P", "1", "model"), "stop")["stand"]
        turns[markerset.name] = [np.degrees(parameters_of(model, side)["knee_axis_turn"]) for side in SIDES]
    np.testing.assert_allclose(turns["own"], turns["cast_lower_limb"], atol=0.5)
    np.testing.assert_allclose(turns["own"], 15.0, atol=3.0)


def test_without_a_knee_axis_from_movement_the_planted_error_stays(movements: dict[str, Motion]) -> None:
    model, rows = model_of(movements, own_set(), {}, 15.0)
    assert not any(row["code"].startswith("knee_axis") for row in rows)
    poses = followed(model, own_set(), movements["knee-left"], ("TH2",), "left")
    abduction = np.degrees(cardan(transpose(poses.rotation["thigh"]) @ poses.rotation["shank_proximal"], "ZXY"))[:, 1]
    assert np.ptp(abduction) > 8.0


def test_the_marker_tells_the_axial_rotation_and_nothing_else() -> None:
    template = np.array([[0.0, 0.0, 0.0], [0.0, -0.4, 0.0], [0.02, -0.25, 0.08]])
    turn = Rotation.from_euler("zxy", [25, -10, 40], degrees=True).as_matrix()
    points = template @ turn.T + [1.0, 2.0, 3.0]
    rotation, origin, distance = axial_pose(template, points)
    np.testing.assert_allclose(rotation, turn, atol=1e-12)
    np.testing.assert_allclose(origin, [1, 2, 3], atol=1e-12)
    assert distance == pytest.approx(np.hypot(0.02, 0.08))
    # along the bone and away from it: no effect; round it: by the angle
    away = np.array([0.02, 0.0, 0.08])
    round_it = Rotation.from_euler("y", 7, degrees=True).as_matrix()
    for change, expected in (([0, 0.03, 0], np.eye(3)), (0.1 * away, np.eye(3)), (round_it @ away - away, round_it)):
        moved = points.copy()
        moved[2] += turn @ np.asarray(change)
        np.testing.assert_allclose(axial_pose(template, moved)[0], turn @ expected, atol=1e-12)
    stack = np.stack([points, points, points])
    stack[1, 2] = np.nan
    stack[2, 2] = stack[2, 0]  # on the line
    assert np.isfinite(axial_pose(template, stack)[0]).all(axis=(1, 2)).tolist() == [True, False, False]


def test_frames_without_the_marker_or_with_it_on_the_bones_line_are_lost(movements: dict[str, Motion]) -> None:
    markerset = own_set()
    model, _ = model_of(movements, markerset, {})
    motion = movements["knee-left"]
    markers = motion.markers.copy()
    column = list(motion.labels).index("LTH2")
    hip, knee = (motion.truth["joint_centre"].sel(side="left", joint=joint).values for joint in ("hip", "knee"))
    markers[10:20, column] = np.nan
    markers[30:35, column] = (hip + knee)[30:35] / 2 + [0.0, 0.0, 0.004]
    poses = followed(model, markerset, replace(motion, markers=markers), ("TH2",), "left")
    lost = np.isnan(poses.rotation["thigh"]).any(axis=(1, 2))
    assert np.flatnonzero(lost).tolist() == [*range(10, 20), *range(30, 35)]
    assert poses.lost["thigh"] == {"axial": 10, "spread": 5}


@pytest.mark.parametrize(
    ("axial", "reported"),
    [
        ({"marker": "TH9"}, "axial.marker 'TH9' is not a marker of this set"),
        ({"proximal": "pelvs.hip"}, "did you mean 'pelvis.hip'"),
        ({"distal": "shank_proximal.kne"}, "segments.shank_proximal.landmarks lacks 'kne'"),
        ({"distal": "shank_proximal.ankle"}, "segments.thigh.landmarks lacks 'ankle'"),
        ({"proximal": "shank_proximal.knee"}, "are the same joint centre"),
        ({"proximal": "thigh.hip"}, "carried by segments that follow thigh themselves"),
        ({"proximal": "hip"}, "not a joint centre that a segment carries, such as `pelvis.hip`"),
    ],
)
def test_a_fault_of_such_a_set_is_named(axial: dict[str, str], reported: str) -> None:
    with pytest.raises(StudyError) as error:
        own_set(**axial)
    assert reported in str(error.value)


def test_two_segments_that_carry_each_other_are_a_fault() -> None:
    values = yaml.safe_load(SHIPPED)
    values["segments"]["thigh"]["tracking"] = {"axial": AXIAL}
    values["segments"]["shank_proximal"]["tracking"] = {
        "axial": {"proximal": "thigh.knee", "distal": "foot.ankle", "marker": "SK1"}
    }
    values["segments"]["shank_distal"]["tracking"] = {"cluster": ["SK1", "SK2", "SK3"]}
    with pytest.raises(StudyError, match="markers of its own"):
        parse_markerset(yaml.safe_dump(values), "own")


def test_segments_come_after_those_that_carry_their_joint_centres() -> None:
    markerset = own_set()
    order = carriers_first(markerset.segments)
    assert sorted(order) == sorted(markerset.segments)
    assert order.index("thigh") > order.index("shank_proximal")
    shipped = load_markerset("cast_lower_limb")
    assert carriers_first(shipped.segments) == list(shipped.segments)
