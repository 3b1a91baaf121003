"""Finite differences against polynomials and exponentials."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.signals.derivatives import derivative

RATE = 50.0
T = np.arange(40) / RATE


@pytest.mark.parametrize("order", [1, 2])
def test_exact_for_quadratics_edges_included(order):
    a, b, c = 3.0, -2.0, 0.7
    x = a * T**2 + b * T + c
    expected = 2 * a * T + b if order == 1 else np.full_like(T, 2 * a)
    assert np.allclose(derivative(x, RATE, order), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("where", "ratio"), [(0, 4), (1, 4), (-2, 4), (-1, 4), (None, 16)])
def test_convergence(order, where, ratio):
    """Halving the step divides the error by 4 at the edges (second order) and by 16 inside (fourth order)."""

    def error(rate):
        t = np.arange(0, 1 + 0.5 / rate, 1 / rate)
        i = len(t) // 2 if where is None else where
        return abs(derivative(np.exp(3 * t), rate, order) - 3.0**order * np.exp(3 * t))[i]

    coarse = 100 if where is None else 400
    assert error(coarse) / error(2 * coarse) == pytest.approx(ratio, rel=0.05)


def test_gaps():
    x = T**2
    x[10] = np.nan
    x[14:20] = np.nan
    for order in (1, 2):
        y = derivative(x, RATE, order)
        finite = np.isfinite(y)
        assert not finite[10]
        assert not finite[14:20].any()
        assert finite[:10].all() and finite[20:].all()
        # The run 11..13 has three samples: enough for the first derivative, at its ends too short for the second.
        assert finite[11:14].tolist() == ([True] * 3 if order == 1 else [False, True, False])
        exact = 2 * T if order == 1 else np.full_like(T, 2.0)
        assert np.allclose(y[finite], exact[finite], atol=1e-9)


def test_short_and_shaped():
    assert np.isnan(derivative([1.0, 2.0], RATE)).all()
    assert derivative(np.empty((0, 3)), RATE).shape == (0, 3)
    x = np.stack([T, T**2, -T], axis=-1)[None]
    assert np.allclose(derivative(x, RATE, axis=1)[0, :, 0], 1.0)
