"""Distances of noise-free synthetic squats against the points of the simulator: joint centres of its truth, markers as placed.

What is expected is written in lab axes with plain geometry, each leg in its own words: nothing is mirrored, and nothing of the
pipeline's kinematics is used. C3D holds float32 mm and poses are fits to four and more markers, which leaves 1e-6 m; curves are
read between frames of 100 Hz by a cubic spline on both sides.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from biomech.config import parse_config
from biomech.io.sheets import Trial
from biomech_simulation.motion import Motion
from biomech_simulation.squat import squat
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static
from tests.pipeline import Results, run_session, session_of

Array = NDArray[np.float64]

TRIALS = {
    "sls-left": ("single_leg_squat", "left"),
    "sls-right": ("single_leg_squat", "right"),
    "dls": ("double_leg_squat", "both"),
}
UNFILTERED = {
    "signals": {"cutoff_hz": {task: None for task in ("static", "single_leg_squat", "double_leg_squat")}},
    "force_plates": {"zero": "none"},
}
TOLERANCE_M = 1e-5
UP = np.array([0.0, 1.0, 0.0])


@pytest.fixture(scope="module")
def squatted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, dict[str, Motion]]:
    folder: Path = tmp_path_factory.mktemp("distances")
    person = example_participant(1)
    motions = {
        name: squat(person, task, "left" if side == "left" else "right", repetitions=2, rate_hz=100.0, seed=seed)  # type: ignore[arg-type]
        for seed, (name, (task, side)) in enumerate(TRIALS.items())
    }
    for name, motion in {"static": static(person), **motions}.items():
        motion.write(folder / f"{name}.c3d")
    session = session_of(
        person,
        *(
            Trial(trial=name, file=f"{name}.c3d", role="dynamic", task=task, side=side)  # type: ignore[arg-type]
            for name, (task, side) in TRIALS.items()
        ),
    )
    return run_session(session, parse_config(UNFILTERED), folder), motions


def to_the_right(ahead: Array) -> Array:
    """Horizontal unit vector to the right of somebody who faces along `ahead`."""
    right = np.cross(ahead, UP)
    return right / np.linalg.norm(right, axis=-1, keepdims=True)


def along(vector: Array, direction: Array) -> Array:
    return (vector * direction).sum(axis=-1)


def expected(motion: Motion, side: str) -> dict[str, Array]:
    """Every measure of one side at the frames of the recording, m."""

    def marker(name: str) -> Array:
        return motion.markers[:, motion.labels.index(name)]

    def centre(of: str, joint: str) -> Array:
        return motion.truth["joint_centre"].sel(side=of, joint=joint).transpose("time", "axis").to_numpy()

    letter, inside = ("R", -1.0) if side == "right" else ("L", 1.0)  # the right leg's inside is on its left
    hip, knee, ankle = (centre(side, joint) for joint in ("hip", "knee", "ankle"))
    heel, toe, first, fifth, navicular = (marker(letter + name) for name in ("CALD", "M2", "M1", "M5", "NAV"))
    front = (marker("LASI") + marker("RASI")) / 2
    facing = front - (marker("LPSI") + marker("RPSI")) / 2
    progression = motion.truth["progression"].transpose("time", "axis").to_numpy()

    # the frontal plane of progression, seen as (inside, up): how far the knee is from the nearest point of the line
    inward = inside * to_the_right(progression)
    seen = {name: np.stack([along(p, inward), p[:, 1]], axis=-1) for name, p in (("h", hip), ("k", knee), ("a", ankle))}
    line = seen["a"] - seen["h"]
    share = along(seen["k"] - seen["h"], line) / along(line, line)
    off = seen["k"] - (seen["h"] + share[:, None] * line)
    medial_to_line = np.sign(off[:, 0]) * np.hypot(off[:, 0], off[:, 1])

    across_foot = inside * to_the_right(toe - heel)
    sole = np.cross(first - heel, fifth - heel)
    sole *= np.sign(sole[:, 1:2]) / np.linalg.norm(sole, axis=-1, keepdims=True)  # feet stand or hang: upwards
    apart = {
        f"{joint}_separation": along(centre("right", joint) - centre("left", joint), to_the_right(progression))
        for joint in ("hip", "knee", "ankle")
    }
    return {
        "knee_medial_to_hip_ankle_line": medial_to_line,
        "knee_medial_to_second_toe": along(knee - heel, across_foot),
        "knee_medial_to_first_metatarsal": along(knee - first, across_foot),
        "knee_medial_to_hip": along(knee - hip, inside * to_the_right(facing)),
        "foot_width": np.linalg.norm(first - fifth, axis=-1),
        "navicular_height": along(navicular - heel, sole),
        "pelvis_height": front[:, 1],
        **apart,
    }


@pytest.mark.parametrize(
    ("trial", "side"), [("sls-left", "left"), ("sls-right", "right"), ("dls", "left"), ("dls", "right")]
)
def test_distances_equal_truth(squatted: tuple[Results, dict[str, Motion]], trial: str, side: str) -> None:
    results, motions = squatted
    cycles, motion = results.cycles, motions[trial]
    curves = expected(motion, side)
    others = set(cycles["measure"].to_numpy().tolist()) - set(curves)
    assert others == {"first_metatarsal_outside_acromion", "fifth_metatarsal_inside_acromion"}, (
        "no shoulder is simulated"
    )
    assert set(curves) < set(cycles["measure"].to_numpy().tolist())
    assert np.ptp(curves["knee_medial_to_second_toe"]) > 0.01 and np.ptp(curves["knee_medial_to_hip_ankle_line"]) > 0.01
    mine = np.flatnonzero(((cycles["trial"] == trial) & (cycles["side"] == side)).to_numpy())
    assert len(mine) == 2
    worst: dict[str, float] = {}
    for i in mine:
        cycle = cycles.isel(cycle=i)
        percent = cycle["percent"].to_numpy()
        at = float(cycle["start"]) + percent / 100 * float(cycle["end"] - cycle["start"])
        for name, curve in curves.items():
            found = cycle["distance"].sel(measure=name).to_numpy()
            assert np.isfinite(found).all(), name
            error = np.abs(found - CubicSpline(motion.truth["time"].to_numpy(), curve)(at)).max()
            worst[name] = max(worst.get(name, 0.0), float(error))
    over = {name: error for name, error in worst.items() if not error < TOLERANCE_M}
    assert not over, f"off by more than {TOLERANCE_M:g} m: {over}"
