"""Multi-body optimisation against prescribed coordinates, and its algebra against the plain Jacobian."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.geometry.rigid import fit_pose
from biomech.kinematics.chain import Body, Chain, Dof
from biomech.kinematics.optimisation import fit_chain

PLACES = [np.zeros(3), np.array([0, -0.08, 0.09]), np.array([0, -0.42, 0]), np.array([0, -0.41, 0])]
X, Y, Z = (1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)
AXES = {"X": X, "Y": Y, "Z": Z}


def turns(sequence, **soft):
    return tuple(Dof("rotation", AXES[letter], **soft) for letter in sequence)


SHIFTS = tuple(Dof("translation", axis) for axis in (X, Y, Z))


def leg(knee=None, ankle=None, seed=1):
    """Pelvis, thigh, shank, foot with four markers each; 15 coordinates with ball joints."""
    rng = np.random.default_rng(seed)
    clouds = [
        0.06 * np.array([[1, 0.3, 0], [-1, 0.5, 0.2], [0.1, -1, 0.6], [0.3, 0.4, -1.0]])
        + rng.normal(scale=0.02, size=(4, 3))
        for _ in range(4)
    ]
    return Chain([
        Body("pelvis", -1, SHIFTS + turns("YXZ"), clouds[0]),
        Body("thigh", 0, turns("ZXY"), clouds[1] + [0, -0.2, 0], place=PLACES[1]),
        Body("shank", 1, turns("ZXY") if knee is None else knee, clouds[2] + [0, -0.2, 0], place=PLACES[2]),
        Body("foot", 2, turns("ZXY") if ankle is None else ankle, clouds[3], place=PLACES[3]),
    ])  # fmt: skip


def movement(chain, n=300):
    t = np.linspace(0, 10, n)[:, None]
    k = np.arange(chain.n_coordinates)
    q = 0.15 * np.sin(t * (1 + 0.13 * k) + k)
    q[:, 0] += 0.3 * t[:, 0]
    q[:, 9] -= 0.6
    return q


def separate(chain, points):
    """Poses of every segment on its own."""
    fits = {b.name: fit_pose(b.markers, points[:, c]) for b, c in zip(chain.bodies, chain.columns, strict=True)}
    return {n: f.rotation for n, f in fits.items()}, {n: f.origin for n, f in fits.items()}


@pytest.fixture
def chain():
    return leg()


@pytest.mark.parametrize(
    "chain",
    [
        leg(),
        leg(knee=SHIFTS + turns("ZXY")),
        leg(knee=turns("Z"), ankle=(Dof("rotation", Z), Dof("rotation", (0.6, 0.64, 0.48)))),
    ],
    ids=["ball", "free", "hinge"],
)
def test_jacobian_and_normal_matrix(chain):
    q = movement(chain, 3)
    h = 1e-6
    steps = h * np.eye(chain.n_coordinates)
    numeric = np.stack(
        [(chain.marker_positions(q + s) - chain.marker_positions(q - s)) / (2 * h) for s in steps], axis=-1
    )
    jacobian = chain.jacobian(q)
    np.testing.assert_allclose(jacobian, numeric, atol=1e-9)
    rng = np.random.default_rng(2)
    points = chain.marker_positions(q) + rng.normal(scale=0.01, size=(3, 16, 3))
    weights = rng.uniform(0, 1, (3, 16))
    matrix, right, cost = chain.normal(q.T, points.transpose(2, 1, 0), weights.T, 0.0)
    error = points - chain.marker_positions(q)
    expected = np.einsum("tmck,tm,tmcl->klt", jacobian, weights, jacobian)
    np.testing.assert_allclose(np.tril(np.moveaxis(matrix, -1, 0)), np.tril(np.moveaxis(expected, -1, 0)), atol=1e-12)
    np.testing.assert_allclose(right, np.einsum("tmck,tm,tmc->kt", jacobian, weights, error), atol=1e-12)
    np.testing.assert_allclose(cost, np.einsum("tm,tmc->t", weights, error**2), atol=1e-12)


def test_noise_free_fit_is_exact(chain):
    """Bound: 1e-5 degree on noise-free arrays, from coordinates up to 17 degrees away and from the separate poses."""
    q = movement(chain)
    points = chain.marker_positions(q)
    far = fit_chain(chain, points, q + np.random.default_rng(3).uniform(-0.3, 0.3, q.shape))
    near = fit_chain(chain, points, chain.start(*separate(chain, points)))
    for fit in (far, near):
        assert fit.converged.all()
        np.testing.assert_allclose(np.degrees(fit.coordinates[:, 3:]), np.degrees(q[:, 3:]), atol=1e-5)
        np.testing.assert_allclose(fit.coordinates[:, :3], q[:, :3], atol=1e-9)
        assert max(np.nanmax(r) for r in fit.residual.values()) < 1e-9


def test_noisy_fit_is_the_least_squares_solution(chain):
    """At the solution no coordinate can lower the sum of squares, and joints hold exactly."""
    q = movement(chain)
    points = chain.marker_positions(q) + np.random.default_rng(4).normal(scale=0.003, size=(300, 16, 3))
    fit = fit_chain(chain, points, chain.start(*separate(chain, points)))
    assert fit.converged.all() and fit.iterations.max() < 10
    jacobian = chain.jacobian(fit.coordinates)
    error = points - chain.marker_positions(fit.coordinates)
    assert np.abs(np.einsum("tmck,tmc->tk", jacobian, error)).max() < 1e-6
    knee = fit.origin["thigh"] + np.einsum("tij,j->ti", fit.rotation["thigh"], PLACES[2])
    np.testing.assert_allclose(fit.origin["shank"], knee, atol=1e-12)
    np.testing.assert_allclose(np.degrees(fit.coordinates[:, 3:]), np.degrees(q[:, 3:]), atol=12.0)


def test_blocks_do_not_matter(chain, monkeypatch):
    q = movement(chain)
    points = chain.marker_positions(q) + np.random.default_rng(5).normal(scale=0.003, size=(300, 16, 3))
    start = chain.start(*separate(chain, points))
    whole = fit_chain(chain, points, start, huber_m=0.004)
    monkeypatch.setattr("biomech.kinematics.optimisation.BLOCK", 32)
    parts = fit_chain(chain, points, start, huber_m=0.004)
    np.testing.assert_allclose(parts.coordinates, whole.coordinates, atol=1e-8)


def test_missing_markers(chain):
    """Two markers of a segment, or none of a middle one, are enough where joints hold the rest."""
    q = movement(chain)
    points = chain.marker_positions(q)
    start = chain.start(*separate(chain, points))
    points[:100, 4:6] = np.nan  # two of the thigh left
    points[100:200, 8:11] = np.nan  # one of the shank
    points[200:250, 12:] = np.nan  # none of the foot
    points[250:] = np.nan
    fit = fit_chain(chain, points, start)
    foot = slice(12, 15)
    np.testing.assert_allclose(fit.coordinates[:200], q[:200], atol=1e-7)
    np.testing.assert_allclose(fit.coordinates[200:250, :12], q[200:250, :12], atol=1e-7)
    assert np.isnan(fit.coordinates[200:, foot]).all()
    assert np.isnan(fit.rotation["foot"][200:]).all() and np.isfinite(fit.rotation["shank"][:250]).all()
    assert np.isnan(fit.coordinates[250:]).all() and np.isnan(fit.origin["pelvis"][250:]).all()


def test_robust_weights(chain):
    """One marker 10 cm off: Huber's cost holds the others' solution to a fraction of the plain fit's error."""
    q = movement(chain)
    points = chain.marker_positions(q) + np.random.default_rng(6).normal(scale=0.0005, size=(300, 16, 3))
    points[:, 8] += [0.1, 0, 0]
    start = chain.start(*separate(chain, points))
    plain, robust = (fit_chain(chain, points, start, huber_m=c) for c in (0.0, 0.003))
    error = [np.abs(f.coordinates - q)[:, 9:12].max() for f in (plain, robust)]
    assert robust.converged.all()
    assert error[1] < 0.25 * error[0] and np.degrees(error[1]) < 5.0


def test_soft_constraints():
    """Between free (the separate pose) and stiff (the ball joint) a soft knee lets through what its stiffness says."""
    free = leg(knee=SHIFTS + turns("ZXY"))
    q = np.insert(movement(leg()), [9, 9, 9], [[0.01, -0.005, 0.008]], axis=1)
    points = free.marker_positions(q)
    shifts = []
    for stiffness in (0.0, 1.0, 1e6):
        soft = tuple(Dof("translation", axis, stiffness=stiffness) for axis in (X, Y, Z))
        chain = leg(knee=soft + turns("ZXY"))
        fit = fit_chain(chain, points, chain.start(*separate(chain, points)))
        assert fit.converged.all()
        shifts.append(np.linalg.norm(fit.coordinates[:, 9:12], axis=1).mean())
    assert shifts[0] == pytest.approx(np.linalg.norm([0.01, -0.005, 0.008]), abs=1e-9)
    assert shifts[0] > shifts[1] > shifts[2]
    assert shifts[2] < 1e-6


def test_hinge_and_two_axes():
    oblique = (0.67, 0.67, 0.32)
    ankle = (Dof("rotation", Z), Dof("rotation", tuple(np.array(oblique) / np.linalg.norm(oblique))))
    chain = leg(knee=turns("Z"), ankle=ankle)
    assert chain.n_coordinates == 12
    q = movement(chain)
    fit = fit_chain(chain, chain.marker_positions(q), chain.start(*separate(chain, chain.marker_positions(q))))
    np.testing.assert_allclose(fit.coordinates, q, atol=1e-8)


def test_impossible_chains():
    body = Body("a", 0, (), np.zeros((0, 3)))
    with pytest.raises(ValueError, match="parent before it"):
        Chain([body])
    with pytest.raises(ValueError, match="translations before rotations"):
        Chain([Body("a", -1, turns("Z") + SHIFTS, np.zeros((0, 3)))])
    with pytest.raises(ValueError, match="expected points"):
        fit_chain(leg(), np.zeros((2, 3, 3)), np.zeros((2, 15)))
