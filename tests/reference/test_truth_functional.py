"""Noise-free, unfiltered functional trials through C3D against their truth: angles 1e-3 degree, joint centres 1e-6 m.

They are processed as movement trials here; a pipeline run uses them for calibration only.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.config import parse_config
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Trial
from biomech.kinematics.session import kinematics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from biomech_simulation.functional import knee_bends, star_arc
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static
from tests.pipeline import session_of


@pytest.mark.parametrize("number", [1, 2], ids=["woman-valgus", "man-neutral"])
def test_angles_and_joint_centres_equal_truth(tmp_path: Path, number: int) -> None:
    person = example_participant(number)
    motions = {"static": static(person)}
    motions |= {f"hip-{side}": star_arc(person, side, rate_hz=200.0) for side in ("left", "right")}
    motions |= {f"knee-{side}": knee_bends(person, side, rate_hz=200.0) for side in ("left", "right")}
    for name, motion in motions.items():
        motion.write(tmp_path / f"{name}.c3d")
    session = session_of(
        person,
        *(
            Trial(
                trial=name,
                file=f"{name}.c3d",
                role="static" if name == "static" else "dynamic",
                task="static" if name == "static" else "functional",
            )
            for name in motions
        ),
    )
    config = parse_config({"signals": {"cutoff_hz": {"functional": None, "static": None}}})
    quality, markerset = Quality(person.name, "1", "truth"), load_markerset(config.markerset)
    raw = ingest_session(session, tmp_path, config, quality, on_error="stop")
    model = model_session(raw, session, markerset, config, quality, on_error="stop")
    results = kinematics_session(raw, model, session, markerset, config, quality, on_error="stop")
    for name, motion in motions.items():
        truth = motion.truth
        angle = results[name]["angle"].sel(quantity=truth["quantity"], side=truth["side"])
        # a foot that hangs may point away from any direction of progression: angles apart by a turn are one
        error = np.abs((angle.values - truth["angle"].values + 180.0) % 360.0 - 180.0)
        assert np.isfinite(error).all()
        # a shank that points backwards has hardly a frontal projection whose direction could be determined
        bent = truth["angle"].sel(quantity="knee_flexion").values > 60.0
        error[..., list(truth["quantity"].values).index("fppa")][bent] = 0.0
        worst = str(truth["quantity"].values[np.unravel_index(error.argmax(), error.shape)[2]])
        assert error.max() < 1e-3, f"{name}: {worst} is off by {error.max():.2e} degrees"
        centre = results[name]["joint_centre"].sel(joint=truth["joint"], side=truth["side"])
        assert np.abs(centre.values - truth["joint_centre"].values).max() < 1e-6
