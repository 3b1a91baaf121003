"""Least-squares pose against known poses and SciPy's solution of the same problem."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from biomech.geometry.rigid import fit_pose, nearest_rotation, triad_pose

RNG = np.random.default_rng(4)
TEMPLATE = RNG.normal(size=(5, 3)) * 0.05


def poses(n):
    return Rotation.random(n, random_state=np.random.default_rng(5)).as_matrix(), RNG.normal(size=(n, 3))


def points_of(R, p, template=TEMPLATE):
    return template @ np.swapaxes(R, -1, -2) + p[:, None]


def test_known_poses_come_back():
    R, p = poses(200)
    fit = fit_pose(TEMPLATE, points_of(R, p))
    assert_allclose(fit.rotation, R, atol=1e-12)
    assert_allclose(fit.origin, p, atol=1e-12)
    assert_allclose(fit.residual, 0, atol=1e-12)
    assert (fit.n_markers == 5).all()


def test_noisy_weighted_pose_equals_scipy_and_its_residual_is_the_rms_distance():
    R, p = poses(20)
    y = points_of(R, p) + RNG.normal(scale=0.005, size=(20, 5, 3))
    w = np.array([1.0, 2, 0.5, 1, 3])
    fit = fit_pose(TEMPLATE, y, w)
    for i in range(20):
        xm, ym = np.average(TEMPLATE, axis=0, weights=w), np.average(y[i], axis=0, weights=w)
        expected, _ = Rotation.align_vectors(y[i] - ym, TEMPLATE - xm, weights=w)
        assert_allclose(fit.rotation[i], expected.as_matrix(), atol=1e-9)
        error = y[i] - TEMPLATE @ fit.rotation[i].T - fit.origin[i]
        assert_allclose(fit.residual[i], np.sqrt((w * (error**2).sum(-1)).sum() / w.sum()), atol=1e-12)


def test_three_markers_seen_from_a_noisy_mirror_never_give_a_reflection():
    # Coplanar templates leave the sign of the third axis to the determinant.
    template = np.array([[0.0, 0, 0], [0.1, 0, 0], [0, 0.1, 0], [0.1, 0.12, 0]])
    R, p = poses(100)
    y = points_of(R, p, template) + RNG.normal(scale=0.01, size=(100, 4, 3))
    assert_allclose(np.linalg.det(fit_pose(template, y).rotation), 1.0)
    mirrored = points_of(R, p, TEMPLATE) * [1, 1, -1]
    assert_allclose(np.linalg.det(fit_pose(TEMPLATE, mirrored).rotation), 1.0)


def test_missing_markers_have_no_weight_and_too_few_give_nan():
    R, p = poses(3)
    y = points_of(R, p)
    y[0, 1] = np.nan
    y[1, [0, 2], 0] = np.nan
    y[2, :3] = np.nan
    fit = fit_pose(TEMPLATE, y)
    assert fit.n_markers.tolist() == [4, 3, 2]
    assert_allclose(fit.rotation[:2], R[:2], atol=1e-12)
    assert_allclose(fit.origin[:2], p[:2], atol=1e-12)
    for value in (fit.rotation[2], fit.origin[2], fit.residual[2], fit.spread[2]):
        assert np.isnan(value).all()


def test_columns_picked_from_many_markers_fit_like_a_copy_of_them():
    """More than eight markers, some hidden, in the memory order that picking columns leaves."""
    R, p = poses(20)
    template = np.random.default_rng(3).normal(size=(12, 3))
    points = points_of(R, p, template)
    points[4:7, 2] = np.nan
    picked = [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]
    fit, copy = (fit_pose(template[picked], x) for x in (points[:, picked], np.ascontiguousarray(points[:, picked])))
    assert_allclose(fit.rotation, R, atol=1e-12)
    assert_allclose(fit.spread, copy.spread, atol=1e-15)
    assert fit.n_markers.tolist() == [10 if 4 <= i < 7 else 11 for i in range(20)]


def test_a_marker_missing_from_the_template_is_never_used():
    R, p = poses(4)
    template = TEMPLATE.copy()
    y = points_of(R, p)
    template[3] = np.nan
    fit = fit_pose(template, y)
    assert (fit.n_markers == 4).all()
    assert_allclose(fit.rotation, R, atol=1e-12)


def test_spread_of_a_rectangle_and_of_a_line():
    # a x b rectangle: singular values of the centred corners are a and b (in that order of size), so spread = min / 2
    rectangle = np.array([[0.0, 0, 0], [0.2, 0, 0], [0.2, 0.06, 0], [0, 0.06, 0]])
    assert_allclose(fit_pose(rectangle, rectangle[None]).spread, 0.06 / 2)
    line = np.array([[0.0, 0, 0], [0.1, 0, 0], [0.3, 0, 0]])
    assert_allclose(fit_pose(line, line[None]).spread, 0, atol=1e-12)
    seen = np.broadcast_to(rectangle, (2, 4, 3)).copy()
    seen[1, 3] = np.nan
    three = rectangle[:3] - rectangle[:3].mean(0)
    expected = np.linalg.svd(three, compute_uv=False)[1] / np.sqrt(3)
    assert_allclose(fit_pose(rectangle, seen).spread, [0.03, expected])


def test_extra_leading_dims_pass_through():
    R, p = poses(6)
    y = points_of(R, p).reshape(2, 3, 5, 3)
    assert_allclose(fit_pose(TEMPLATE, y).rotation, R.reshape(2, 3, 3, 3), atol=1e-12)


def test_shapes_that_do_not_agree_are_refused():
    with pytest.raises(ValueError, match="expected template"):
        fit_pose(TEMPLATE, np.zeros((10, 4, 3)))


def test_a_triad_follows_a_rigid_body_as_the_fit_does():
    R, p = poses(200)
    three = TEMPLATE[:3]
    fit = triad_pose(three, points_of(R, p, three))
    assert_allclose(fit.rotation, R, atol=1e-12)
    assert_allclose(fit.origin, p, atol=1e-12)
    assert_allclose(fit.residual, 0, atol=1e-12)
    assert_allclose(fit.spread, fit_pose(three, points_of(R, p, three)).spread)


def test_a_triad_meets_its_first_point_its_axis_and_its_plane():
    R, p = poses(50)
    three = TEMPLATE[:3]
    y = points_of(R, p, three) + RNG.normal(scale=0.01, size=(50, 3, 3))
    fit = triad_pose(three, y)
    placed = points_of(fit.rotation, fit.origin, three)
    assert_allclose(placed[:, 0], y[:, 0], atol=1e-12)
    along, expected = (v[:, 0] - (v[:, 1] + v[:, 2]) / 2 for v in (placed, y))
    assert_allclose(np.cross(along, expected), 0, atol=1e-12)
    normal = np.cross(y[:, 1] - y[:, 0], y[:, 2] - y[:, 0])
    assert_allclose(((placed[:, 1] - placed[:, 0]) * normal).sum(-1), 0, atol=1e-12)
    assert (fit.residual >= fit_pose(three, y).residual - 1e-12).all()


def test_a_triad_needs_all_three_points():
    R, p = poses(4)
    y = points_of(R, p, TEMPLATE[:3])
    y[1, 2, 0] = np.nan
    fit = triad_pose(TEMPLATE[:3], y)
    assert np.isnan(fit.rotation[1]).all() and np.isnan(fit.residual[1]) and np.isnan(fit.spread[1])
    assert fit.n_markers.tolist() == [3, 0, 3, 3]
    with pytest.raises(ValueError):
        triad_pose(TEMPLATE, points_of(R, p))
    lost = triad_pose(np.full((3, 3), np.nan), y)
    assert np.isnan(lost.rotation).all() and np.isnan(lost.spread).all()


def test_no_frames_give_an_empty_fit():
    fit = fit_pose(TEMPLATE, np.zeros((0, 5, 3)))
    assert fit.rotation.shape == (0, 3, 3)
    assert fit.spread.shape == (0,)


@pytest.mark.parametrize("thickness", [1.0, 0.05, 0.0])
@pytest.mark.parametrize("noise", [0.0, 0.001, 0.02])
def test_nearest_rotation_is_that_of_the_singular_values(thickness, noise):
    rng = np.random.default_rng(8)
    x = rng.normal(size=(2000, 5, 3)) * [0.1, 0.08, 0.08 * thickness]
    x -= x.mean(axis=1, keepdims=True)
    y = x @ np.swapaxes(poses(2000)[0], -1, -2) + noise * rng.normal(size=x.shape)
    matrix = np.swapaxes(y - y.mean(axis=1, keepdims=True), -1, -2) @ x
    assert_allclose(nearest_rotation(matrix), by_singular_values(matrix), atol=1e-12)


def test_nearest_rotation_of_mirrored_thin_and_empty_matrices():
    rng = np.random.default_rng(9)
    matrix = rng.normal(size=(5000, 3, 3))
    s = np.linalg.svd(matrix, compute_uv=False)
    # a mirrored set has no single answer where its two smaller singular values are equal
    sure = (np.linalg.det(matrix) > 0) | (s[:, 1] - s[:, 2] > 1e-3)
    assert (np.linalg.det(matrix[sure]) < 0).sum() > 2000
    assert_allclose(nearest_rotation(matrix)[sure], by_singular_values(matrix)[sure], atol=1e-11)
    line = np.outer([1.0, 2, 3], [0.2, 0.1, 0])
    for odd in (line, np.zeros((3, 3)), np.diag([1.0, 1e-9, 0]), -np.eye(3)):
        R = nearest_rotation(odd)
        assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
        assert_allclose(np.linalg.det(R), 1.0)
    assert nearest_rotation(np.zeros((0, 3, 3))).shape == (0, 3, 3)


def by_singular_values(matrix):
    u, _, vt = np.linalg.svd(matrix)
    u[..., :, 2] *= np.linalg.det(u @ vt)[..., None]
    return u @ vt
