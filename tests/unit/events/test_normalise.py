import numpy as np
import pytest

from biomech.events.normalise import nearest, normalise, percent_grid

RATE = 100.0


def _times(start, end):
    return np.asarray(start)[:, None] + (np.asarray(end) - np.asarray(start))[:, None] * percent_grid() / 100


@pytest.mark.parametrize(("method", "degree"), [("linear", 1), ("cubic", 3)])
def test_polynomials_of_its_order_are_exact_between_frames_and_at_the_edges(method, degree):
    t = np.arange(120) / RATE
    coefficients = np.random.default_rng(0).normal(size=(degree + 1, 3))
    poly = np.stack([np.polyval(c, t) for c in coefficients.T], axis=-1)
    start, end = np.array([0.0, 0.1234, 0.9]), np.array([0.777, 1.0001, 1.19])
    out = normalise(poly, RATE, start, end, method=method)
    expected = np.stack([np.polyval(c, _times(start, end)) for c in coefficients.T], axis=-1)
    assert out.shape == (3, 101, 3)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12)


def test_cubic_of_a_sine_is_as_near_as_its_error_bound():
    """Error of four-point interpolation in the middle interval: 9/384 h^4 max|f''''| = 2.4e-2 (2 pi f h)^4."""
    t = np.arange(200) / RATE
    start, end = np.array([0.5031]), np.array([1.4977])
    out = normalise(np.sin(2 * np.pi * t), RATE, start, end)
    assert np.abs(out - np.sin(2 * np.pi * _times(start, end))).max() < 9 / 384 * (2 * np.pi / RATE) ** 4 * 1.01


@pytest.mark.parametrize("method", ["linear", "cubic"])
def test_a_missing_frame_stays_missing_and_nothing_else_does(method):
    t = np.arange(201) / RATE
    y = t**3 if method == "cubic" else t.copy()
    truth = lambda x: x**3 if method == "cubic" else x  # noqa: E731
    y[100] = np.nan
    times = _times([0.0], [2.0])  # every 0.02 s: frame 100 is point 50
    out = normalise(y, RATE, [0.0], [2.0], method=method)
    assert np.flatnonzero(np.isnan(out[0])).tolist() == [50]
    np.testing.assert_allclose(np.delete(out[0], 50), np.delete(truth(times[0]), 50), atol=1e-12)
    # between frames: both points next to the gap's frame are missing, the others exact
    times = _times([0.005], [1.005])
    out = normalise(y, RATE, [0.005], [1.005], method=method)
    missing = np.abs(times[0] - 1.0) < 0.01
    np.testing.assert_array_equal(np.isnan(out[0]), missing)
    np.testing.assert_allclose(out[0][~missing], truth(times[0][~missing]), atol=1e-12)


def test_frames_on_the_bounds_do_not_need_their_missing_neighbours():
    y = np.full(50, np.nan)
    y[10:21] = 7.0
    out = normalise(y, 30.0, [10 / 30.0], [20 / 30.0])
    np.testing.assert_allclose(out, 7.0, atol=1e-12)


def test_nothing_is_extrapolated():
    out = normalise(np.ones(11), 10.0, [-0.1, 0.5], [0.9, 1.5])
    assert np.isnan(out[0, :10]).all() and np.isnan(out[1, 51:]).all()
    np.testing.assert_allclose(out[0, 10:], 1.0, atol=1e-12)
    np.testing.assert_allclose(out[1, :51], 1.0, atol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_short_recordings_and_no_cycles(n):
    out = normalise(np.ones((n, 4)), 10.0, [0.0], [0.1])
    assert out.shape == (1, 101, 4) and (np.isfinite(out).all() == (n >= 2))
    assert normalise(np.ones((n, 4)), 10.0, [], []).shape == (0, 101, 4)


def test_flags_are_taken_from_the_nearest_frame():
    flags = np.array([0, 0, 1, 1, 2.0])
    out = nearest(flags, 1.0, [0.0], [4.0])
    assert set(np.unique(out)) == {0.0, 1.0, 2.0}
    assert out[0, 37] == 0 and out[0, 38] == 1  # 1.48 s and 1.52 s
    assert np.isnan(nearest(flags, 1.0, [3.0], [5.0])[0, -1])
