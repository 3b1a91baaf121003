"""Rigid groups of markers in a movement trial."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.model.clusters import RIGID_SD_M, distance_spread, rigid_groups

LABELS = ["a1", "a2", "a3", "b1", "b2", "b3", "lone"]


def moving(noise_m: float = 0.0, seed: int = 0) -> np.ndarray:
    """Two bodies that turn differently, and a marker that goes its own way, (100, 7, 3)."""
    random = np.random.default_rng(seed)
    angle = np.linspace(0, 2, 100)
    local = random.uniform(-0.1, 0.1, (6, 3))
    turn = np.zeros((100, 3, 3))
    turn[:, 2, 2] = 1
    turn[:, 0, 0] = turn[:, 1, 1] = np.cos(angle)
    turn[:, 0, 1], turn[:, 1, 0] = -np.sin(angle), np.sin(angle)
    first = local[:3] @ turn.transpose(0, 2, 1)
    second = local[3:] + np.array([0.3, 0, 0]) + np.zeros((100, 1, 1))
    lone = np.stack([np.zeros(100), 0.2 * angle, np.zeros(100)], axis=-1)[:, None]
    return np.concatenate([first, second, lone], axis=1) + noise_m * random.standard_normal((100, 7, 3))


@pytest.mark.parametrize("noise_m", [0.0, 0.002])
def test_markers_of_one_body_are_one_group(noise_m: float) -> None:
    assert rigid_groups(LABELS, [(LABELS, moving(noise_m))]) == [("a1", "a2", "a3"), ("b1", "b2", "b3")]


def test_the_worst_trial_counts_and_standing_proves_nothing() -> None:
    still = np.repeat(moving()[:1], 50, axis=0)
    assert rigid_groups(LABELS, [(LABELS, still)]) == [tuple(LABELS)]
    assert rigid_groups(LABELS, [(LABELS, still), (LABELS, moving())]) == [("a1", "a2", "a3"), ("b1", "b2", "b3")]


def test_a_marker_that_is_seen_too_little_is_in_no_group() -> None:
    position = moving()
    position[10:, 0] = np.nan
    assert rigid_groups(LABELS, [(LABELS, position)]) == [("a2", "a3"), ("b1", "b2", "b3")]


def test_markers_of_other_trials_and_single_markers_are_left_alone() -> None:
    assert rigid_groups(["a1", "absent"], [(LABELS, moving())]) == []
    assert rigid_groups(["a1"], [(LABELS, moving())]) == []


def test_the_spread_is_that_of_the_distance() -> None:
    position = np.zeros((4, 2, 3))
    position[:, 1, 0] = [0.1, 0.2, 0.1, 0.2]
    assert distance_spread(position)[0, 1] == pytest.approx(0.05)
    assert RIGID_SD_M == 0.008
