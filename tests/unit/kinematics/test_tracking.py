"""Marker repair and segment poses on clusters whose motion is known."""

import numpy as np
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from biomech.config import parse_config
from biomech.kinematics.tracking import (
    canonical,
    fill_from_cluster,
    find_markers,
    read_model,
    repair,
    smooth,
    track_side,
)
from biomech.model.markerset_parts import Tracking

RNG = np.random.default_rng(8)
N = 60
TEMPLATE = RNG.normal(scale=0.06, size=(4, 3))


def motion(n=N):
    t = np.linspace(0, 1, n)[:, None]
    R = Rotation.from_rotvec(t * [0.3, -0.8, 1.1]).as_matrix()
    return R, t * [1.0, 0.1, 0.4] + [0, 0.5, 0]


def cluster(n=N):
    R, p = motion(n)
    return TEMPLATE @ R.swapaxes(-1, -2) + p[:, None]


def test_a_rigid_cluster_is_filled_exactly_inside_and_beyond_the_ends():
    truth = cluster()
    seen = truth.copy()
    seen[:5, 0] = np.nan
    seen[20:45, 1] = np.nan
    seen[55:, 2] = np.nan
    filled, flags = fill_from_cluster(seen, TEMPLATE, 0.02, 0.01)
    assert_allclose(filled, truth, atol=1e-12)
    assert_allclose(flags, np.isnan(seen).any(-1))


def test_a_displaced_marker_joins_the_recorded_samples_without_a_step():
    """Skin moved the marker 12 mm before and 4 mm after the gap: in between it goes straight from one to the other."""
    truth = cluster()
    R, _ = motion()
    offset = np.interp(np.arange(N), [19, 45], [0.012, 0.004])
    truth[:, 3] += R[..., 0] * offset[:, None]
    seen = truth.copy()
    seen[20:45, 3] = np.nan
    filled, flags = fill_from_cluster(seen, TEMPLATE, 0.02, 0.01)
    assert_allclose(filled, truth, atol=1e-12)
    assert flags.sum() == 25


def test_where_the_frames_beside_a_gap_fit_badly_the_next_good_ones_are_taken():
    truth = cluster()
    R, _ = motion()
    truth[:, 3] += R[..., 0] * np.interp(np.arange(N), [17, 46], [0.012, 0.004])[:, None]
    seen = truth.copy()
    seen[20:45, 3] = np.nan
    for frame in (18, 19, 45):
        seen[frame, 0] += [0.1, 0, 0]  # of the others
        seen[frame, 3] += [0.1, 0, 0]
    seen[16, 0] = np.nan  # too few others: no frame to go by
    filled, flags = fill_from_cluster(seen, TEMPLATE, 0.02, 0.01)
    assert flags[:, 3].sum() == 25
    assert_allclose(filled[20:45, 3], truth[20:45, 3], atol=1e-12)


def test_two_markers_of_four_missing_at_once_are_not_guessed():
    seen = cluster()
    seen[10:20, :2] = np.nan
    filled, flags = fill_from_cluster(seen, TEMPLATE, 0.02, 0.01)
    assert not flags.any()
    assert np.isnan(filled[10:20, :2]).all()


def test_others_on_a_line_or_fitting_badly_fill_nothing():
    line = TEMPLATE.copy()
    line[1:] = [[0, 0, 0], [0, 0.05, 0], [0, 0.1, 0.001]]
    R, p = motion()
    seen = line @ R.swapaxes(-1, -2) + p[:, None]
    seen[10:20, 0] = np.nan
    assert not fill_from_cluster(seen, line, 0.02, 0.01)[1].any()
    bent = cluster()
    bent[:, 2] += [0.1, 0, 0]
    bent[10:20, 0] = np.nan
    assert not fill_from_cluster(bent, TEMPLATE, 0.02, 0.01)[1].any()


def test_find_markers_names_sides_and_midline_and_drops_the_unseen(person):
    labels = ["LASI", "rth1", "C7", "CLAV", "XYZ", "RTH2"]
    position = np.zeros((3, 6, 3))
    position[:, 5] = np.nan
    position[1, 0, 2] = np.nan
    found = find_markers(person.markerset, labels, position)
    assert sorted(found.names) == ["C7", "IJ", "left_ASI", "right_TH1"]
    # one missing coordinate makes the sample missing
    assert np.isnan(found.position[1, found.names.index("left_ASI")]).all()


def test_opposite_markers_are_those_of_the_other_side(person):
    assert canonical(person.markerset, "left", "ASI_opposite") == "right_ASI"
    assert canonical(person.markerset, "right", "ASI_opposite") == "left_ASI"
    assert canonical(person.markerset, "left", "C7") == "C7"


def found_of(person, raw):
    return find_markers(person.markerset, list(raw.marker.values), raw.marker_position.values)


def test_repair_uses_clusters_first_then_splines_and_flags_both(person, walk):
    _, raw, _ = walk
    models = {side: read_model(person.model(), side) for side in ("left", "right")}
    truth = found_of(person, raw)
    broken = found_of(person, raw)
    thigh, acromion = broken.names.index("left_TH2"), broken.names.index("left_TH3")
    broken.position[30:80, thigh] = np.nan
    broken.position[100:105, [thigh, acromion]] = np.nan  # two of four: splines of 50 ms
    broken.position[120:140, [thigh, acromion]] = np.nan  # too long for a spline
    config = parse_config({})
    found = repair(broken, models, person.markerset, 100.0, config.signals, config.kinematics)
    assert_allclose(found.position[30:80, thigh], truth.position[30:80, thigh], atol=1e-12)
    # spline through 10 ms samples of a movement below 2 Hz
    assert_allclose(found.position[100:105], truth.position[100:105], atol=1e-4)
    assert found.filled[30:80, thigh].all()
    assert found.filled[100:105, acromion].all()
    assert np.isnan(found.position[120:140, [thigh, acromion]]).all()
    assert found.filled.sum() == 50 + 10
    off = parse_config({"signals": {"cluster_fill": False}})
    plain = repair(broken, models, person.markerset, 100.0, off.signals, off.kinematics)
    assert np.isnan(plain.position[30:80, thigh]).all()


def test_smooth_keeps_gaps_and_flags(person, walk):
    _, raw, _ = walk
    found = found_of(person, raw)
    found.position[10:60, 0] = np.nan
    out = smooth(found, 100.0, 6.0, parse_config({}).signals)
    assert np.isnan(out.position[10:60, 0]).all()
    assert np.isfinite(out.position[:, 1]).all()
    assert out.filled is found.filled


def test_poses_and_landmarks_are_those_of_the_truth_on_both_sides(person, walk):
    _, raw, poses = walk
    markers = found_of(person, raw)
    for side in ("left", "right"):
        model = read_model(person.model(), side)
        found = track_side(
            markers.for_side(person.markerset, side), model, person.markerset, parse_config({}).kinematics, 150
        )
        R, p = poses[side]
        assert set(found.rotation) == set(R)
        for segment in R:
            assert_allclose(found.rotation[segment], R[segment], atol=1e-10)
            assert_allclose(found.origin[segment], p[segment], atol=1e-10)
            assert not found.lost[segment]
        assert_allclose(found.landmark["thigh"]["knee"], p["shank_proximal"], atol=1e-10)


def test_a_triad_meets_its_first_marker_where_a_fit_does_not(person, walk):
    """Both follow a rigid thigh; one marker that slips by a centimetre leaves the triad's first marker in place."""
    _, raw, poses = walk
    thigh = person.markerset.segments["thigh"]
    in_turn = thigh.model_copy(update={"tracking": Tracking(triad=("TH3", "TH1", "TH2"))})
    markerset = person.markerset.model_copy(update={"segments": {**person.markerset.segments, "thigh": in_turn}})
    assert markerset.is_triad("thigh") and not markerset.is_triad("shank_proximal")
    assert markerset.cluster_of("thigh") == ("TH3", "TH1", "TH2")
    config, model = parse_config({}).kinematics, read_model(person.model(), "left")
    markers = found_of(person, raw)
    found = track_side(markers.for_side(markerset, "left"), model, markerset, config, 150)
    assert_allclose(found.rotation["thigh"], poses["left"][0]["thigh"], atol=1e-10)
    assert_allclose(found.origin["thigh"], poses["left"][1]["thigh"], atol=1e-10)
    markers.position[:, markers.names.index("left_TH1")] += 0.01
    points = markers.for_side(markerset, "left")
    found = track_side(points, model, markerset, config, 150)
    names, template = model.templates["thigh"]
    local = template[names.index("TH3")]
    placed = found.origin["thigh"] + found.rotation["thigh"] @ local
    assert_allclose(placed, points["TH3"], atol=1e-12)


def test_a_pose_is_lost_with_its_reason(person, walk):
    _, raw, _ = walk
    markers = found_of(person, raw)
    name = {n: i for i, n in enumerate(markers.names)}
    markers.position[:10, [name["left_TH1"], name["left_TH2"]]] = np.nan
    markers.position[50:70, name["left_TH4"]] += 0.15
    model = read_model(person.model(), "left")
    found = track_side(
        markers.for_side(person.markerset, "left"), model, person.markerset, parse_config({}).kinematics, 150
    )
    assert found.lost["thigh"] == {"markers": 10, "residual": 20}
    lost = np.isnan(found.rotation["thigh"]).any((1, 2))
    assert lost.sum() == 30
    assert np.isnan(found.landmark["thigh"]["knee"][lost]).all()
    assert np.isfinite(found.residual["thigh"][50:70]).all()
    thin = parse_config({"kinematics": {"min_spread_m": 0.09}}).kinematics
    found = track_side(markers.for_side(person.markerset, "left"), model, person.markerset, thin, 150)
    assert found.lost["shank_proximal"] == {"spread": 150}


def test_a_side_without_calibration_has_no_model(person):
    model = person.model()
    model["template"].loc[{"side": "left"}] = np.nan
    model["landmark_local"].loc[{"side": "left"}] = np.nan
    assert read_model(model, "left") is None
    assert read_model(model, "right").parameters == {"leg_length": 0.9}


def test_angles_among_the_parameters_become_radians(person):
    model = person.model()
    model["parameter_unit"] = (("name",), np.array(["degree"], object))
    model["parameter"][:] = 180.0
    assert_allclose(read_model(model, "right").parameters["leg_length"], np.pi)
