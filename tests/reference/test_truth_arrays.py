"""The pipeline on the simulator's float64 arrays, past C3D: nothing but arithmetic between marker and angle.

Noise-free, unfiltered; hip centres obey the regression of the marker set. Bounds: 1e-6 degree, 1e-9 m.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.config import parse_config
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, Trial
from biomech.kinematics.session import kinematics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from biomech_simulation.jump import drop_jump
from biomech_simulation.motion import Motion
from biomech_simulation.squat import squat
from biomech_simulation.study import example_participant
from tests.walks import recorded

TASKS = {
    "static": "static",
    "walk": "walking",
    "sls-left": "single_leg_squat",
    "dls": "double_leg_squat",
    "jump": "drop_vertical_jump",
}
CONFIG = parse_config({"signals": {"cutoff_hz": dict.fromkeys(TASKS.values())}, "force_plates": {"zero": "none"}})


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    folder: Path = tmp_path_factory.mktemp("arrays")
    person = example_participant(1)
    still, moving = recorded(1)
    motions: dict[str, Motion] = {
        "static": still,
        "walk": moving,
        "sls-left": squat(person, "single_leg_squat", "left", repetitions=1, rate_hz=100.0, seed=1),
        "dls": squat(person, "double_leg_squat", repetitions=1, rate_hz=100.0, seed=2),
        "jump": drop_jump(person, rate_hz=100.0, seed=3),
    }
    rows = tuple(
        Trial(
            trial=name,
            file=f"{name}.c3d",
            role="static" if name == "static" else "dynamic",
            task=task,
            side="left" if name == "sls-left" else "both",
        )
        for name, task in TASKS.items()
    )
    session = Session(participant="P01", session="1", sex=person.sex, mass_kg=65.0, height_m=1.7, trials=rows)
    for name, motion in motions.items():
        motion.write(folder / f"{name}.c3d")
    quality = Quality("P01", "1", "test")
    raw = ingest_session(session, folder, CONFIG, quality, on_error="stop")
    for name, motion in motions.items():  # the float32 of the file gives way to what the simulator holds
        exact = raw[name]["marker_position"].copy()
        exact.loc[{"marker": list(motion.labels)}] = motion.markers
        raw[name] = raw[name].assign(marker_position=exact)
    markerset = load_markerset(CONFIG.markerset)
    model = model_session(raw, session, markerset, CONFIG, quality, on_error="stop")
    kinematics = kinematics_session(raw, model, session, markerset, CONFIG, quality, on_error="stop")
    return kinematics, {name: motion.truth for name, motion in motions.items()}


@pytest.mark.parametrize("trial", list(TASKS))
def test_angles_equal_truth_to_a_millionth_of_a_degree(compared, trial: str) -> None:  # type: ignore[no-untyped-def]
    kinematics, truth = compared[0][trial], compared[1][trial]
    ours = kinematics["angle"].sel(quantity=truth["quantity"], side=truth["side"]).values
    error = np.abs(ours - truth["angle"].values)
    assert np.isfinite(error).all()
    worst = str(truth["quantity"].values[np.unravel_index(error.argmax(), error.shape)[2]])
    assert error.max() < 1e-6, f"{trial}: {worst} is off by {error.max():.2e} degrees"


@pytest.mark.parametrize("trial", list(TASKS))
def test_joint_centres_equal_truth_to_a_nanometre(compared, trial: str) -> None:  # type: ignore[no-untyped-def]
    kinematics, truth = compared[0][trial], compared[1][trial]
    ours = kinematics["joint_centre"].sel(joint=truth["joint"], side=truth["side"]).values
    assert np.abs(ours - truth["joint_centre"].values).max() < 1e-9
