"""Centres and axes of rotation from simulated functional movements, whose truth is prescribed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from biomech.geometry.rigid import fit_pose
from biomech.geometry.rotations import rotate, rotation_y, transpose
from biomech.model import functional, knee_axis
from biomech.model.precision import random_error

HIP = np.array([-0.046, -0.083, 0.086])
KNEE = np.array([0.0, -0.41, 0.0])
PELVIS = np.array([[0.0, 0, 0.12], [0, 0, -0.12], [-0.15, 0, 0.05], [-0.15, 0, -0.05]])
THIGH = np.array([[0.075, -0.16, 0.03], [0.02, -0.19, 0.085], [0.068, -0.27, 0.04], [-0.015, -0.25, 0.08]])
SHANK = np.array([[0.045, -0.12, 0.012], [0.0, -0.14, 0.058], [0.04, -0.24, 0.01], [-0.005, -0.22, 0.052]])
RATE = 100.0


def euler(sequence, *columns):
    return Rotation.from_euler(sequence, np.stack(np.broadcast_arrays(*columns), axis=-1), degrees=True).as_matrix()


def wobble(rng, n, m, sd):
    """Each marker on its own and smoothly, 1 to 6 Hz, with this standard deviation per axis."""
    time = np.arange(n) / RATE
    f, p = rng.uniform(1, 6, (6, m, 3)), rng.uniform(0, 2 * np.pi, (6, m, 3))
    return sd * np.sqrt(2 / 6) * np.cos(2 * np.pi * f[:, None] * time[:, None, None] + p[:, None]).sum(axis=0)


def pose(n):
    """A segment that sways."""
    t = np.arange(n) / RATE
    return euler("YXZ", 5 * np.sin(t), 4 * np.sin(1.3 * t), -10 + 5 * np.sin(0.7 * t)), np.stack(
        [0.02 * np.sin(t), 0.95 + 0 * t, 0.03 * np.sin(0.8 * t)], axis=-1
    )


def star_arc(n=1000, rng=None, noise=0.0, tissue=0.0):
    """Pelvis and thigh markers of a star-arc: five arms and a circle."""
    arms = n // 8
    angle = np.concatenate([np.repeat(np.pi / 4 * np.arange(5), arms), np.linspace(0, 2 * np.pi, n - 5 * arms)])
    size = np.concatenate([np.tile(np.sin(np.pi * np.arange(arms) / arms), 5), np.full(n - 5 * arms, 0.6)])
    flexion = size * np.where(np.cos(angle) > 0, 40, 20) * np.cos(angle)
    adduction = -35 * size * np.sin(angle)
    rp, pp = pose(n)
    rt = rp @ euler("ZXY", flexion, adduction, 5 * np.sin(np.arange(n) / 50))
    thigh = THIGH + (wobble(rng, n, 4, tissue) if tissue else 0.0) + np.zeros((n, 4, 3))
    pelvis_markers = pp[:, None] + PELVIS @ transpose(rp)
    thigh_markers = (pp + rotate(rp, HIP))[:, None] + thigh @ transpose(rt)
    if noise:
        pelvis_markers += rng.normal(scale=noise, size=pelvis_markers.shape)
        thigh_markers += rng.normal(scale=noise, size=thigh_markers.shape)
    return pelvis_markers, thigh_markers


def bending(axis, n=500, rng=None, noise=0.0, tissue=(0.0, 0.0)):
    """Thigh and shank markers of a knee that bends twice between 12 and 95 degrees about an axis of the thigh."""
    flexion = np.radians(12 + 83 * (1 - np.cos(2 * np.pi * np.arange(n) / (n / 2))) / 2)
    rt, pt = pose(n)
    rs = rt @ Rotation.from_rotvec(-flexion[:, None] * axis).as_matrix()
    thigh, shank = (
        x + (wobble(rng, n, 4, sd) if sd else np.zeros((n, 4, 3))) for x, sd in ((THIGH, tissue[0]), (SHANK, tissue[1]))
    )
    a = pt[:, None] + thigh @ transpose(rt)
    b = (pt + rotate(rt, KNEE))[:, None] + shank @ transpose(rs)
    if noise:
        a, b = a + rng.normal(scale=noise, size=a.shape), b + rng.normal(scale=noise, size=b.shape)
    return a, b


def hips(pelvis_markers, thigh_markers):
    p, t = fit_pose(PELVIS, pelvis_markers), fit_pose(THIGH, thigh_markers)
    seen_from_pelvis = (thigh_markers - p.origin[:, None]) @ p.rotation
    return {
        "score": functional.score(p.rotation, p.origin, t.rotation, t.origin),
        "sphere": functional.sphere_fit(seen_from_pelvis),
        "ball": functional.ball_fit(seen_from_pelvis, THIGH),
    }


@pytest.mark.parametrize("method", ["score", "sphere", "ball"])
def test_hip_centre_is_exact_without_noise(method):
    found = hips(*star_arc())[method]
    np.testing.assert_allclose(found.proximal, HIP, atol=1e-9)
    assert found.residual < 1e-9
    assert np.degrees(found.range_rad) > 30
    if method != "sphere":
        np.testing.assert_allclose(found.distal, 0, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_hip_centre_within_3_mm_under_wobble(seed):
    """1 mm noise, 5 mm wobble of each thigh marker (standard deviation), 10 s: the bound is 3 mm."""
    found = hips(*star_arc(1000, np.random.default_rng(seed), 0.001, 0.005))
    for method in ("sphere", "ball"):
        assert np.linalg.norm(found[method].proximal - HIP) < 0.003, method
    # wobble turns the cluster by degrees, and a pose fitted before the centre carries that along: the residual says so
    assert found["score"].residual > 0.010


def test_hip_centre_with_missing_markers():
    pelvis, thigh = star_arc(1000, np.random.default_rng(1), 0.0005)
    thigh[200:400, 0] = np.nan
    thigh[300:500, 2] = np.nan
    for method, one in hips(pelvis, thigh).items():
        np.testing.assert_allclose(one.proximal, HIP, atol=1e-3, err_msg=method)


def test_sphere_fit_is_free_of_bias():
    """A small range under large noise: the plain linear solution is 15 mm off, and so are none of these on average."""
    rng = np.random.default_rng(3)
    radii = np.array([[0.02, -0.2, 0.05], [-0.03, -0.25, 0.06], [0.05, -0.3, 0.0], [0.0, -0.15, 0.08]])
    errors = []
    for _ in range(20):
        turn = Rotation.from_rotvec(rng.normal(scale=0.15, size=(500, 3))).as_matrix()
        errors.append(
            functional.sphere_fit(HIP + radii @ transpose(turn) + rng.normal(scale=0.004, size=(500, 4, 3))).proximal
            - HIP
        )
    assert np.linalg.norm(np.mean(errors, axis=0)) < 3 * np.linalg.norm(np.std(errors, axis=0)) / np.sqrt(20)
    assert np.linalg.norm(np.mean(errors, axis=0)) < 0.002


def test_knee_axis():
    axis = np.array([0.1, 0.05, 1.0]) / np.linalg.norm([0.1, 0.05, 1.0])
    thigh, shank = (fit_pose(x, y) for x, y in zip((THIGH, SHANK), bending(axis), strict=True))
    found = knee_axis.sara(thigh.rotation, thigh.origin, shank.rotation, shank.origin)
    np.testing.assert_allclose(found.proximal, axis, atol=1e-9)
    np.testing.assert_allclose(found.distal, axis, atol=1e-9)
    assert np.linalg.norm(np.cross(found.point_proximal - KNEE, axis)) < 1e-9
    assert found.quality < 1e-9
    assert np.degrees(found.range_rad) == pytest.approx(83, abs=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_knee_axis_within_2_degrees_under_wobble(seed):
    """1 mm noise, wobble of 5 mm (thigh) and 3 mm (shank): the bound is 2 degrees."""
    axis = np.array([0.1, 0.05, 1.0]) / np.linalg.norm([0.1, 0.05, 1.0])
    markers = bending(axis, 500, np.random.default_rng(seed), 0.001, (0.005, 0.003))
    thigh, shank = (fit_pose(x, y) for x, y in zip((THIGH, SHANK), markers, strict=True))
    found = knee_axis.sara(thigh.rotation, thigh.origin, shank.rotation, shank.origin)
    assert np.degrees(np.arccos(abs(found.proximal @ axis))) < 2.0


@pytest.mark.parametrize("turn", [-12.0, 7.0])
def test_a_turned_thigh_is_turned_back(turn):
    """The knee is a true hinge; its thigh frame is turned about its long axis by a known angle."""
    flexion = np.linspace(5, 70, 300)
    thigh, _ = pose(300)
    shank = thigh @ euler("ZXY", -flexion, 1.0, 0.1 * flexion)
    askew = thigh @ rotation_y(np.radians(-turn))
    np.testing.assert_allclose(np.degrees(knee_axis.least_varus_turn(askew, shank)), turn, atol=1e-3)
    np.testing.assert_allclose(np.degrees(knee_axis.principal_turn(askew, shank)), turn, atol=0.05)
    axis = rotate(transpose(askew[0]), thigh[0, :, 2])
    np.testing.assert_allclose(np.degrees(knee_axis.axis_turn(-axis)), turn, atol=1e-9)


def test_too_little_gives_nothing():
    few = np.tile(np.eye(3), (5, 1, 1))
    assert np.isnan(functional.score(few, np.zeros((5, 3)), few, np.zeros((5, 3))).proximal).all()
    assert np.isnan(knee_axis.sara(few, np.zeros((5, 3)), few, np.zeros((5, 3))).quality)
    assert np.isnan(functional.sphere_fit(np.full((50, 3, 3), np.nan)).residual)
    assert np.isnan(functional.ball_fit(np.full((50, 3, 3), np.nan), THIGH[:3]).residual)
    assert np.isnan(knee_axis.least_varus_turn(few, few))
    assert np.isnan(knee_axis.principal_turn(few, few))


@pytest.mark.parametrize(("method", "low"), [("sphere", 0.5), ("ball", 0.5)])
def test_expected_random_error_is_that_of_many_trials(method, low):
    """Over many noisy trials: not smaller than the true scatter, nor thrice as large; shorter trials say so."""
    reported, was = {}, {}
    for n in (500, 1000):
        found = [hips(*star_arc(n, np.random.default_rng([n, seed]), 0.001, 0.005))[method] for seed in range(12)]
        reported[n] = np.sqrt(np.mean([one.random_error**2 for one in found]))
        was[n] = np.sqrt(np.mean([((one.proximal - HIP) ** 2).sum() for one in found]))
        assert low < reported[n] / was[n] < 3.0, (n, reported, was)
    assert reported[500] > 1.2 * reported[1000]


def test_expected_random_error_of_white_noise_is_the_textbook_one():
    """A straight line through independent errors: s² (X'X)^-1."""
    rng = np.random.default_rng(0)
    x = np.stack([np.ones(4000), np.linspace(-1, 1, 4000)], axis=-1)[:, None, :]
    found = np.mean([random_error(x, rng.normal(scale=2.0, size=(4000, 1))) for _ in range(60)], axis=0)
    expected = 4.0 * np.linalg.inv(x[:, 0].T @ x[:, 0])
    np.testing.assert_allclose(np.diag(found), np.diag(expected), rtol=0.2)
    assert np.isnan(random_error(np.ones((50, 1, 2)), np.ones((50, 1)))).all()


def test_expected_random_error_of_errors_that_last():
    """Errors that stay the same for 50 samples count as one: fifty times the variance of independent ones."""
    rng = np.random.default_rng(1)
    x = np.ones((5000, 1, 1))
    lasting = [random_error(x, np.repeat(rng.normal(size=(100, 1)), 50, axis=0))[0, 0] for _ in range(60)]
    assert np.mean(lasting) == pytest.approx(1 / 100, rel=0.25)
