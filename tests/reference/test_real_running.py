"""Treadmill running against the Visual3D curves published with it (Fukuchi 2017, PeerJ 5:e3298).

Bound: hip, knee and ankle sagittal angles of the ensemble mean within 5 degrees RMS.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from biomech.io.sheets import read_study
from tests.pipeline import Results, run_session

pytestmark = pytest.mark.realdata
STUDY = Path(__file__).parents[1] / "studies" / "running"
SAGITTAL = {"hip_flexion": "hip", "knee_flexion": "knee", "ankle_dorsiflexion": "ankle"}


@pytest.fixture(scope="module")
def run(realdata: Path) -> Results:
    study = read_study(STUDY, environ={"BIOMECH_DATA": str(realdata)})
    return run_session(study.sessions[0], study.config, realdata)


@pytest.fixture(scope="module")
def visual3d(realdata: Path) -> pd.DataFrame:
    return pd.read_csv(realdata / "running_visual3d" / "RBDS001processed.txt", sep="\t")


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("quantity", list(SAGITTAL))
def test_sagittal_angles_agree_with_visual3d(run: Results, visual3d: pd.DataFrame, quantity: str, side: str) -> None:
    strides = run.cycles["angle"].sel(quantity=quantity).where(run.cycles["side"] == side, drop=True)
    assert strides.sizes["cycle"] >= 30
    ours = strides.mean("cycle").values
    theirs = visual3d[f"{side[0].upper()}{SAGITTAL[quantity]}AngZ35"].to_numpy()
    rms = np.sqrt(np.mean((ours - theirs) ** 2))
    assert rms < 5.0, f"{side} {quantity}: RMS {rms:.2f} degrees"
    assert np.corrcoef(ours, theirs)[0, 1] > 0.98


@pytest.mark.parametrize("side", ["left", "right"])
def test_vertical_force_agrees_with_visual3d(run: Results, visual3d: pd.DataFrame, side: str) -> None:
    """Peak vertical force within 5 % (Visual3D normalises by body mass, N/kg)."""
    force = run.cycles["ground_reaction"].sel(axis="y").where(run.cycles["side"] == side, drop=True)
    theirs = visual3d[f"{side[0].upper()}grfY35"].max()
    assert float(force.mean("cycle").max()) == pytest.approx(theirs, rel=0.05)
