import numpy as np
import pytest

from biomech.outcomes.windows import knee_flexion_peak_position, slice_window, value_at

PERCENT = np.linspace(0, 100, 101)


def test_statistics_of_a_parabola_between_grid_points():
    """y = -(x - 40.3)^2: the window [10.5, 30.25] rises to its last bound, [20, 60] holds the vertex."""
    y = np.tile(-((PERCENT - 40.3) ** 2), (2, 1))
    part = slice_window(y, [10.5, 20.0], [30.25, 60.0])
    # linear between grid points: at 30.25 it lies within h^2/8 max|y''| = 0.25 of the parabola
    np.testing.assert_allclose(part.peak()[0], -((30.25 - 40.3) ** 2), atol=0.25)
    np.testing.assert_allclose(part.peak()[1], -((40 - 40.3) ** 2), atol=1e-12)
    assert part.peak_position().tolist() == [30.25, 40.0]
    np.testing.assert_allclose(part.minimum()[0], -((10.5 - 40.3) ** 2), atol=0.25)
    np.testing.assert_allclose(part.range(), part.peak() - part.minimum())


def test_the_mean_of_a_line_is_exact():
    y = np.stack([3 * PERCENT + 1, -PERCENT])
    part = slice_window(y, [10.3, 0.0], [51.9, 100.0])
    np.testing.assert_allclose(part.mean(), [3 * (10.3 + 51.9) / 2 + 1, -50.0], atol=1e-10)


@pytest.mark.parametrize(("missing", "complete"), [(9, True), (10, False), (15, False), (20, False), (21, True)])
def test_a_missing_value_counts_inside_the_window_only(missing, complete):
    y = PERCENT.copy()
    y[missing] = np.nan
    part = slice_window(y[None], [10.0], [20.0])
    assert part.complete.tolist() == [complete]
    assert np.isnan(part.peak()[0]) != complete


def test_a_bound_beside_a_missing_value_outside_is_left_out():
    y = PERCENT.copy()
    y[21] = np.nan
    part = slice_window(y[None], [10.5], [20.5])
    assert part.complete.all() and part.peak().tolist() == [20.0] and part.minimum().tolist() == [10.5]


def test_a_window_that_does_not_exist_or_lies_between_two_points():
    y = np.stack([PERCENT] * 3)
    part = slice_window(y, [np.nan, 10.2, 0.0], [50.0, 10.8, np.nan])
    assert part.complete.tolist() == [False, True, False]
    np.testing.assert_allclose(part.peak()[1], 10.8)
    y[1, 11] = np.nan
    assert not slice_window(y, [0, 10.2, 0], [1, 10.8, 1]).complete[1]
    assert slice_window(np.empty((0, 101)), [], []).peak().shape == (0,)


def test_values_at_a_position():
    y = np.stack([PERCENT**2, PERCENT**2, PERCENT**2])
    y[1, 51] = np.nan
    np.testing.assert_array_equal(value_at(y, [100.0, 50.0, np.nan]), [10000.0, 2500.0, np.nan])
    np.testing.assert_allclose(value_at(y, [50.5, 49.5, 0.5]), [2550.5, 2450.5, 0.5])
    assert np.isnan(value_at(y, [0, 50.5, 101])).tolist() == [False, True, True]


def test_stance_peaks_of_knee_flexion_are_those_of_weight_acceptance():
    """Two bumps: 18 degrees at 15 %, and pre-swing flexion that is higher, up to foot off at 62 %."""
    y = 18 * np.exp(-(((PERCENT - 15) / 6) ** 2)) + 60 * np.exp(-(((PERCENT - 72) / 10) ** 2))
    assert knee_flexion_peak_position(y[None], [0.0], [62.0], "stance", 0.6).tolist() == [15.0]
    assert knee_flexion_peak_position(y[None], [0.0], [62.0], "contact", 0.6).tolist() == [62.0]
    assert knee_flexion_peak_position(y[None], [0.0], [62.0], "stance", 1.0).tolist() == [62.0]
