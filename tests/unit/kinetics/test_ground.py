"""Filtered ground reaction and centre of pressure."""

from __future__ import annotations

import numpy as np

from biomech.config import Signals
from biomech.kinetics.contacts import Contact
from biomech.kinetics.ground import centres_of_pressure, filter_plates, ground_reaction

CORNERS = np.array(
    [[[0, 0, 0], [0.6, 0, 0], [0.6, 0, 0.4], [0, 0, 0.4]], [[1, 0.1, 0], [1.6, 0.1, 0], [1.6, 0.1, 0.4], [1, 0.1, 0.4]]]
)


def test_centre_of_pressure_of_a_known_wrench():
    rng = np.random.default_rng(0)
    point = np.stack(
        [rng.uniform(0, 0.6, (50, 2)), np.broadcast_to([0.0, 0.1], (50, 2)), rng.uniform(0, 0.4, (50, 2))], -1
    )
    force = rng.normal(size=(50, 2, 3)) * [50, 0, 50] + [0, 600, 0]
    free = np.zeros((50, 2, 3))
    free[..., 1] = rng.normal(size=(50, 2)) * 5
    moment = np.cross(point, force) + free
    assert np.allclose(centres_of_pressure(force, moment, CORNERS, 50), point, atol=1e-12)
    assert np.isnan(centres_of_pressure(0.05 * force, 0.05 * moment, CORNERS, 50)).all()


def test_centre_of_pressure_on_a_slope():
    angle = 0.2
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    corners = CORNERS[:1] @ turn.T
    point = turn @ [0.2, 0, 0.3]
    force = turn @ [30.0, 500, -20]
    moment = np.cross(point, force) + turn @ [0, 4.0, 0]
    assert np.allclose(centres_of_pressure(force[None], moment[None], corners[:, ::-1], 50)[0], point, atol=1e-12)


def test_wrench_goes_to_the_feet():
    n, ratio = 100, 10
    t = np.arange(n * ratio) / 1000
    force = np.zeros((n * ratio, 2, 3))
    force[200:601, 0, 1] = 700 * np.sin(np.pi * (t[200:601] - 0.2) / 0.4)
    force[:, 1, 1] = 350
    moment = np.cross(np.array([[0.3, 0, 0.2], [1.3, 0.1, 0.1]]), force)
    contacts = [
        Contact(0, 1, 0.2, 0.6, "right", True, ""),
        Contact(1, 2, 0.0, 0.5, "left", True, "manual"),
        Contact(1, 2, 0.5, 1.0, "none", False, "double"),
    ]
    code = np.zeros((n, 2))
    code[:51, 0], code[51:, 0] = 1, 2
    code[20:61, 1] = 1
    plates = filter_plates(force, moment, 1000, 15.0, Signals())
    ground = ground_reaction(plates, CORNERS, contacts, code, 100, 50)
    assert np.allclose(ground.force[:50, 0], [0, 350, 0], atol=1e-6)
    assert np.isnan(ground.force[51:, 0]).all() and np.isnan(ground.moment[51:, 0]).all()
    # Zero in swing, although the filter smears the force over the ends of the contact.
    assert plates.force[195, 0, 1] > 1
    assert not ground.force[:20, 1].any() and not ground.force[61:, 1].any()
    assert np.allclose(ground.centre_of_pressure[25:56, 1], [0.3, 0, 0.2], atol=1e-6)
    assert np.allclose(ground.centre_of_pressure[5:45, 0], [1.3, 0.1, 0.1], atol=1e-6)
    assert np.isnan(ground.centre_of_pressure[:20, 1]).all() and np.isnan(ground.centre_of_pressure[51:, 0]).all()


def test_two_plates_under_one_foot_add_up():
    force = np.zeros((1000, 2, 3))
    force[:, 0, 1], force[:, 1, 1] = 300, 100
    level = CORNERS.copy()
    level[1, :, 1] = 0
    moment = np.cross(np.array([[0.5, 0, 0.2], [1.1, 0, 0.2]]), force)
    contacts = [Contact(k, k + 1, 0.0, 1.0, "left", True, "manual") for k in (0, 1)]
    plates = filter_plates(force, moment, 1000, None, Signals())
    ground = ground_reaction(plates, level, contacts, np.array([[1.0, 0.0]] * 100), 100, 50)
    assert np.allclose(ground.force[:, 0, 1], 400)
    assert np.allclose(ground.centre_of_pressure[:, 0], [0.65, 0, 0.2])


def test_no_plates():
    plates = filter_plates(np.zeros((50, 0, 3)), np.zeros((50, 0, 3)), 100, 12, Signals())
    ground = ground_reaction(plates, np.zeros((0, 4, 3)), [], np.array([[0.0, 2.0]] * 50), 100, 50)
    assert not ground.force[:, 0].any() and np.isnan(ground.force[:, 1]).all()
