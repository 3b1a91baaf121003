"""Six children processed end to end, against the Plug-in Gait outputs stored in their files.

Bounds of this comparison: sagittal hip, knee and ankle angles within 5 degrees RMS, first peak of the external knee
adduction moment within 0.05 N m/kg. Source: C3D files of `walking_pig_ofm` (Nexus 2.2.3).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.io.sheets import read_study
from tests.pipeline import Results, run_session

pytestmark = pytest.mark.realdata
CHILDREN = ("HC002D", "HC030A", "HC031A", "HC032A", "HC033A", "HC036A")
STUDY = Path(__file__).parents[1] / "studies" / "children"
SAGITTAL = {"hip_flexion": "HipAngles", "knee_flexion": "KneeAngles", "ankle_dorsiflexion": "AnkleAngles"}


@pytest.fixture(scope="module")
def children(realdata: Path) -> dict[str, Results]:
    study = read_study(STUDY, environ={"BIOMECH_DATA": str(realdata)})
    return {s.participant: run_session(s, study.config, realdata) for s in study.sessions}


@pytest.mark.parametrize("trial", ["straight", "turn"])
@pytest.mark.parametrize("child", CHILDREN)
def test_sagittal_angles_agree_with_the_file(children: dict[str, Results], child: str, trial: str) -> None:
    result = children[child]
    raw, kinematics = result.raw[trial], result.kinematics[trial]
    compared = 0
    for side in ("left", "right"):
        for quantity, output in SAGITTAL.items():
            ours = kinematics["angle"].sel(side=side, quantity=quantity).values
            theirs = raw["reference_output"].sel(output=side[0].upper() + output).isel(component=0).values
            both = np.isfinite(ours) & np.isfinite(theirs)
            assert both.sum() > 100, f"{child} {trial} {side} {quantity}: {both.sum()} frames to compare"
            rms = np.sqrt(np.mean((ours[both] - theirs[both]) ** 2))
            assert rms < 5.0, f"{child} {trial} {side} {quantity}: RMS {rms:.2f} degrees"
            compared += 1
    assert compared == 6


@pytest.mark.parametrize("child", CHILDREN)
def test_first_peak_of_the_knee_adduction_moment_agrees_with_the_file(children: dict[str, Results], child: str) -> None:
    result = children[child]
    raw, kinetics = result.raw["straight"], result.kinetics["straight"]
    compared = 0
    for side in ("left", "right"):
        # internal knee abduction moment in the shank's frame = external knee adduction moment, as Plug-in Gait resolves it
        ours = kinetics["moment"].sel(side=side, quantity="knee_abduction", frame="distal").values
        output = raw["reference_output"].sel(output=side[0].upper() + "KneeMoment").isel(component=1).values / 1000.0
        on_plate = kinetics["contact"].sel(side=side).values == 1
        edges = np.flatnonzero(np.diff(np.r_[0, on_plate.astype(int), 0]))
        for start, end in edges.reshape(-1, 2):
            half = slice(start, start + (end - start) // 2)
            if end - start < 30 or not np.isfinite(output[half]).all() or not np.isfinite(ours[half]).all():
                continue
            assert np.max(ours[half]) == pytest.approx(np.max(output[half]), abs=0.05), f"{child} {side}"
            compared += 1
    assert compared >= 1, f"{child}: no stance phase on a plate to compare"
