"""The knee axis check keeps a bounded number of frames, and judges by them as by all."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from biomech.kinematics import checks
from biomech.quality import Quality


def trial(seed: int, n: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """A knee that bends to 65 degrees with a thigh frame turned by 12 degrees, and 0.3 degrees of noise."""
    rng = np.random.default_rng(seed)
    flexion = -32.5 * (1 - np.cos(np.linspace(0, 20, n)))
    turned = Rotation.from_euler("y", 12.0, degrees=True).as_matrix()
    noise = Rotation.from_rotvec(np.radians(0.3) * rng.normal(size=(n, 3)))
    shank = (Rotation.from_euler("z", flexion[:, None], degrees=True) * noise).as_matrix()
    return np.tile(turned, (n, 1, 1)), shank


def judged(moves: list[tuple[np.ndarray, np.ndarray]]) -> float:
    quality = Quality("P01", "1", "kinematics")
    checks.knee_axis(moves, "left", quality)
    return float(quality.table()["value"].item())


def test_many_trials_are_judged_as_all_their_frames_would_be() -> None:
    trials = [trial(seed) for seed in range(60)]
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for thigh, shank in trials:
        checks.keep_knee(kept, thigh, shank)
        assert sum(len(one) for one, _ in kept) <= checks.KNEE_FRAMES
        assert all(one.base is None for pair in kept for one in pair), "a view keeps the whole trial alive"
    assert len(kept) == 60, "every trial has its say"
    assert abs(judged(kept) - judged(trials)) < 0.05
    assert abs(abs(judged(trials)) - 12.0) < 0.1


def test_few_frames_are_all_kept() -> None:
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for seed in range(5):
        checks.keep_knee(kept, *trial(seed))
    np.testing.assert_array_equal(
        np.concatenate([one for _, one in kept]), np.concatenate([trial(i)[1] for i in range(5)])
    )
