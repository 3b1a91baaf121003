"""Ops, alternatives and frames on points placed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from biomech.model.frames import build, landmarks_and_frames
from biomech.model.markersets import load_markerset, parse_markerset

TEMPLATE = """
title: t
hip_centre: bell
markers:
  A: {{labels: ["{{s}}A"], body: thigh}}
  B: {{labels: ["{{s}}B"], body: thigh}}
  C: {{labels: ["{{s}}C"], body: thigh}}
  D: {{labels: ["{{s}}D"], body: thigh}}
landmarks:
  p: {op}
segments:
  thigh:
    tracking: {{direct: true}}
    frames:
      - {frame}
"""
PLAIN = "{origin: A, first: {x: [A, B]}, second: {y: [A, C]}}"
POINTS = {k: np.array([v], float) for k, v in {"A": (1, 2, 3), "B": (3, 2, 3), "C": (1, 5, 3), "D": (2, 4, 7)}.items()}
TURN = Rotation.from_euler("xyz", [20, -50, 75], degrees=True)


def one(op: str, points: dict, parameters: dict | None = None, stage: str = "static") -> np.ndarray:
    markerset = parse_markerset(TEMPLATE.format(op=op, frame=PLAIN), "t")
    return build(markerset, points, parameters or {}, stage).landmarks["p"][0]


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("{use: A}", (1, 2, 3)),
        ("{midpoint: [A, B, C]}", (5 / 3, 3, 3)),
        ("{between: {points: [A, B], fraction: 0.25}}", (1.5, 2, 3)),
        ("{between: {points: [A, B], fraction: 0.5, radii: -0.5}}", (1.995, 2, 3)),
        ("{offset: {point: A, along: [A, C], distance_m: 0.5}}", (1, 2.5, 3)),
        ("{offset: {point: A, along: thigh.z, radii: 2}}", (1, 2, 3.02)),
        ("{offset: {point: A, along: {normal: [A, B, C]}, distance_m: 1}}", (1, 2, 4)),
        ("{project_on_plane: {point: D, plane: [A, B, C]}}", (2, 4, 3)),
        ("{project_on_line: {point: D, line: [A, C]}}", (1, 4, 3)),
    ],
)
def test_ops_anywhere_in_space(op: str, expected: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(one(op, POINTS, {"marker_radius": 0.01}), expected, atol=1e-12)
    # an op that names no lab axis turns with the points
    turned = {k: TURN.apply(v) + 5 for k, v in POINTS.items()}
    np.testing.assert_allclose(one(op, turned, {"marker_radius": 0.01}), TURN.apply(expected) + 5, atol=1e-12)


def test_height_is_that_of_the_lab_and_static_only() -> None:
    op = "{at_height_of: [D, A]}"
    np.testing.assert_allclose(one(op, POINTS), (2, 2, 7))
    markerset = parse_markerset(TEMPLATE.format(op=op, frame=PLAIN), "t")
    built = build(markerset, POINTS, {}, "dynamic")
    assert "p" not in built.landmarks and built.absent["p"] == ["the standing posture"]


def test_first_axis_is_exact_and_second_as_near_as_possible() -> None:
    points = {**POINTS, "C": np.array([[2.0, 5.0, 3.0]])}  # leans: not at right angles to A-B
    markerset = parse_markerset(TEMPLATE.format(op="{use: A}", frame=PLAIN), "t")
    rotation, origin = landmarks_and_frames(markerset, points, {})[1]["thigh"]
    np.testing.assert_allclose(rotation[0], np.eye(3), atol=1e-12)
    np.testing.assert_allclose(origin[0], (1, 2, 3))


def test_turns_follow_the_parameters_signs() -> None:
    frame = "{origin: A, first: {x: [A, B]}, second: {y: [A, C]}, turn: [{z: thigh_rotation}, {y: -shank_rotation}]}"
    markerset = parse_markerset(TEMPLATE.format(op="{use: A}", frame=frame), "t")
    parameters = {"thigh_rotation": 0.3, "shank_rotation": 0.2}
    rotation = landmarks_and_frames(markerset, POINTS, parameters)[1]["thigh"][0][0]
    np.testing.assert_allclose(rotation, Rotation.from_euler("ZY", [0.3, -0.2]).as_matrix(), atol=1e-12)
    assert build(markerset, POINTS, {}).absent["thigh"] == ["parameter thigh_rotation"]


def test_plane_fit_is_the_plane_of_least_squares() -> None:
    """Four points 1 mm off the plane z = 0.3 x, in pairs that cancel; A lies on the upper side, B on the lower."""
    xy = np.array([(0, 0), (1, 0), (0, 1), (1, 1)], float)
    normal = np.array([-0.3, 0, 1]) / np.hypot(0.3, 1)
    places = np.column_stack([xy, 0.3 * xy[:, 0]]) + np.array([1, -1, -1, 1])[:, None] * 0.001 * normal
    points = {name: place[None] for name, place in zip("ABCD", places, strict=True)}
    frame = "{origin: A, first: {x: {plane_fit: [A, B, C, D], towards: [B, A]}}, second: {y: [A, C]}}"
    markerset = parse_markerset(TEMPLATE.format(op="{use: A}", frame=frame), "t")
    rotation = landmarks_and_frames(markerset, points, {})[1]["thigh"][0][0]
    np.testing.assert_allclose(rotation[:, 0], normal, atol=1e-9)


def test_the_first_alternative_whose_points_are_there_wins_and_is_told() -> None:
    op = "[{midpoint: [A, D]}, {midpoint: [A, B]}]"
    markerset = parse_markerset(TEMPLATE.format(op=op, frame=PLAIN), "t")
    assert build(markerset, POINTS, {}).fallbacks == {}
    few = {k: v for k, v in POINTS.items() if k != "D"} | {"D": np.full((1, 3), np.nan)}
    built = build(markerset, few, {})
    np.testing.assert_allclose(built.landmarks["p"][0], (2, 2, 3))
    assert built.fallbacks == {"p": ["D"]}
    built = build(markerset, {"C": POINTS["C"]}, {})
    assert built.absent["thigh"] == ["A", "B"] and "thigh" not in built.frames


def test_a_gap_is_missing_in_its_frames_only() -> None:
    points = {k: np.repeat(v, 3, axis=0) for k, v in POINTS.items()}
    points["B"][1] = np.nan
    markerset = parse_markerset(TEMPLATE.format(op="{midpoint: [A, B]}", frame=PLAIN), "t")
    built = build(markerset, points, {})
    rotation, origin = built.frames["thigh"]
    assert np.isfinite(rotation[[0, 2]]).all() and np.isnan(rotation[1]).all() and np.isnan(origin[1]).all()
    assert np.isfinite(built.landmarks["p"][[0, 2]]).all() and np.isnan(built.landmarks["p"][1]).all()


def test_only_direct_segments_are_rebuilt_in_movement() -> None:
    markerset = load_markerset("plug_in_gait_oxford_foot")
    direct = {name for name in markerset.segments if markerset.is_direct(name)}
    assert direct == {"pelvis", "trunk", "thigh", "shank_proximal", "shank_distal", "foot"}
    assert markerset.cluster_of("rearfoot") == ("HEE", "LCA", "STL", "CPG")
    cast = load_markerset("cast_lower_limb")
    assert cast.cluster_of("shank_distal") == cast.cluster_of("shank_proximal") == ("SK1", "SK2", "SK3", "SK4")
    assert build(cast, {}, {}, "dynamic").frames == {}


def test_amsterdam_rearfoot_of_a_turned_heel() -> None:
    """Long axis through mid-heel and mid(ST, PT), vertical in the plane of both heel markers (Schallig et al. 2022)."""
    turn = Rotation.from_euler("ZXY", [8, -6, 12], degrees=True)
    local = {"CALD": (0, -0.02, 0), "CALP": (0, 0.02, 0), "ST": (0.05, -0.01, -0.03), "PT": (0.05, 0.01, 0.03)}
    points = {k: turn.apply([v]) + np.array([0.1, 0.05, 0.1]) for k, v in local.items()}
    rotation, origin = landmarks_and_frames(load_markerset("cast_lower_limb"), points, {})[1]["rearfoot"]
    np.testing.assert_allclose(rotation[0], turn.as_matrix(), atol=1e-12)
    np.testing.assert_allclose(origin[0], (0.1, 0.05, 0.1), atol=1e-12)
