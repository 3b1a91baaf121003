"""Plug-in Gait's numerical shortcuts against closed forms of simple rotations, and its dynamics against statics."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from biomech.kinetics.dynamics import inverse_dynamics
from biomech.kinetics.plug_in_gait import LIGHT, plug_in_gait_dynamics, turning
from biomech.model.anthropometry import PLUG_IN_GAIT
from biomech.signals.derivatives import roughness, spline_derivative

RATE = 100.0


def test_turning_about_one_fixed_axis() -> None:
    """About X the finite rotation of 4 frames has the element (3,2) sin(a(t+2) - a(t-2)); its rate over 4 frames again."""
    time = np.arange(40) / RATE
    angle = 0.3 * np.sin(7 * time)
    axes = Rotation.from_rotvec(angle[:, None] * [1, 0, 0]).as_matrix()[:, None]
    spin = np.full(40, np.nan)
    spin[2:-2] = np.sin(angle[4:] - angle[:-4]) * RATE / 4
    expected = np.full(40, np.nan)
    expected[4:-4] = 2.5 * (spin[6:-2] - spin[2:-6]) * RATE / 4
    found = turning(axes, np.array([2.5]), RATE)
    np.testing.assert_allclose(found[:, 0, 0], expected, atol=1e-9)
    np.testing.assert_allclose(found[4:-4, 0, 1:], 0, atol=1e-9)
    assert np.isnan(found[[3, -4]]).all()


def test_slow_turning_is_the_rate_of_angular_momentum() -> None:
    """The shortcuts vanish with the frame time: at 10 kHz a rod's moment is I e x e'' to 0.5 %."""
    rate = 10000.0
    time = np.arange(400) / rate
    angles = np.stack([0.4 * np.sin(3 * time), 0.5 * np.cos(2 * time), 0.3 * np.sin(5 * time + 1)], axis=-1)
    axes = Rotation.from_euler("YXZ", angles).as_matrix()[:, None]
    rod = axes[:, 0, :, 2]
    expected = np.cross(rod, spline_derivative(rod, rate))
    found = turning(axes, np.array([1.0]), rate)[:, 0]
    inside = slice(20, -20)
    np.testing.assert_allclose(found[inside], expected[inside], atol=0.005 * np.abs(expected[inside]).max())


@pytest.mark.parametrize("load", [0.0, 400.0])
def test_a_leg_at_rest_carries_what_stands_on_it(load: float) -> None:
    """Without motion both methods are statics: masses at their centres, the ground's force at a point."""
    n = 30
    rotation = np.tile(np.eye(3), (n, 3, 1, 1))
    joint = np.tile([[0.0, 0.08, 0.1], [0.02, 0.45, 0.1], [0.0, 0.85, 0.1]], (n, 1, 1))
    force = np.tile([0.0, load, 0.0], (n, 1))
    moment = np.cross([0.05, 0.0, 0.12], force)
    found = plug_in_gait_dynamics(rotation, joint, 0.2, 60.0, force, moment, RATE)
    table = np.array([PLUG_IN_GAIT[s] for s in ("foot", "shank", "thigh")])
    distal = np.stack([joint[0, 0] + [0.2, 0, 0], joint[0, 0], joint[0, 1]])
    com = table[:, 1:2] * (distal - joint[0])
    expected = inverse_dynamics(
        rotation, joint, np.zeros((n, 3, 3)), joint, 60 * table[:, 0], com, np.zeros((3, 3, 3)), force, moment, RATE
    )
    inside = slice(6, -6)
    np.testing.assert_allclose(found.force[inside], expected.force[inside], atol=1e-6)
    np.testing.assert_allclose(found.moment[inside], expected.moment[inside], atol=1e-6)


def test_spline_derivative_of_a_quintic_is_exact_and_knows_gaps() -> None:
    time = np.arange(60) / RATE
    x = np.stack([time**5 - 2 * time**3, np.sin(20 * time)], axis=-1)
    x[30, 1] = np.nan
    found = spline_derivative(x, RATE)
    np.testing.assert_allclose(found[:, 0], 20 * time**3 - 12 * time, atol=1e-6)
    np.testing.assert_allclose(found[5:25, 1], -400 * np.sin(20 * time[5:25]), atol=0.02)
    assert np.isnan(found[30, 1]) and np.isfinite(found[31:, 1]).all()
    assert np.isnan(spline_derivative(x[:5], RATE)).all()


def test_light_smoothing_spline_removes_nine_tenths_of_the_noise_and_leaves_movement() -> None:
    time = np.arange(600) / RATE
    movement = (0.1 * np.sin(2 * np.pi * 1.0 * time) + 0.01 * np.sin(2 * np.pi * 5.0 * time))[:, None]
    noise = 1e-4 * np.random.default_rng(0).normal(size=(600, 20))
    inside = slice(30, -30)
    true = spline_derivative(movement, RATE)[inside]
    smooth = spline_derivative(movement, RATE, smoothing=LIGHT)[inside]
    assert np.abs(smooth - true).max() < 2e-3 * np.abs(true).max()
    rough, light = (
        np.var(spline_derivative(movement + noise, RATE, smoothing=weight)[inside] - true) for weight in (0.0, LIGHT)
    )
    assert light < 0.12 * rough
    sine = np.sin(2 * np.pi * 27.0 * time)[:, None]
    kept = spline_derivative(sine, RATE, smoothing=LIGHT)[100:-100] / spline_derivative(sine, RATE)[100:-100]
    np.testing.assert_allclose(np.median(kept), 0.6, atol=1e-6)


def test_roughness_is_the_noise_and_not_the_movement() -> None:
    time = np.arange(300) / RATE
    movement = 0.3 * np.sin(2 * np.pi * 2.0 * time)[:, None] * np.ones(3)
    assert roughness(movement) < 2e-6
    noisy = movement + 1e-4 * np.random.default_rng(1).normal(size=movement.shape)
    noisy[100:120] = np.nan
    assert roughness(noisy) == pytest.approx(1e-4, rel=0.15)
    assert np.isnan(roughness(movement[:5]))
