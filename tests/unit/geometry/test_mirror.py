"""Mirroring against the physics it must respect."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from biomech.geometry.mirror import mirror_axial, mirror_points, mirror_rotations, mirror_tensor, to_right
from biomech.geometry.rotations import cardan, from_cardan, rotate

RNG = np.random.default_rng(1)


def test_a_moment_of_mirrored_lever_and_force_is_the_mirrored_moment():
    r, f = RNG.normal(size=(2, 50, 3))
    assert_allclose(mirror_axial(np.cross(r, f)), np.cross(mirror_points(r), mirror_points(f)), atol=1e-14)


def test_points_carried_by_a_mirrored_rotation_are_the_mirrored_points():
    R = from_cardan(RNG.normal(size=(50, 3)), "ZXY")
    v = RNG.normal(size=(50, 3))
    assert_allclose(mirror_points(rotate(R, v)), rotate(mirror_rotations(R), mirror_points(v)), atol=1e-14)


def test_angular_momentum_of_a_mirrored_body_is_the_mirrored_one():
    half = RNG.normal(size=(20, 3, 3))
    inertia = half @ half.swapaxes(-1, -2)
    w = RNG.normal(size=(20, 3))
    assert_allclose(mirror_axial(rotate(inertia, w)), rotate(mirror_tensor(inertia), mirror_axial(w)), atol=1e-13)


def test_mirroring_negates_the_second_and_third_zxy_angle():
    angles = RNG.uniform(-1, 1, size=(50, 3))
    assert_allclose(cardan(mirror_rotations(from_cardan(angles, "ZXY")), "ZXY"), angles * [1, -1, -1], atol=1e-14)


@pytest.mark.parametrize(("kind", "shape"), [("point", 3), ("axial", 3), ("rotation", (3, 3)), ("tensor", (3, 3))])
def test_to_right_is_its_own_inverse_and_leaves_the_right_side_alone(kind, shape):
    x = RNG.normal(size=(4, *np.atleast_1d(shape)))
    assert np.array_equal(to_right("left", to_right("left", x, kind), kind), x)
    assert np.array_equal(to_right("right", x, kind), x)
    assert not np.array_equal(to_right("left", x, kind), x)


def test_unknown_side_or_kind_is_refused():
    with pytest.raises(ValueError, match="side"):
        to_right("both", np.zeros(3))
    with pytest.raises(ValueError, match="kind"):
        to_right("left", np.zeros(3), "vector")
