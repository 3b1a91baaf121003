"""Treadmill running against the Visual3D curves published with it (Fukuchi 2017, PeerJ 5:e3298).

Bound: hip, knee and ankle sagittal angles of the ensemble mean within 5 degrees RMS. Visual3D cut its strides where the
10 Hz filtered vertical force crosses 20 N, about 1 % of a stride before the unfiltered force does, so these curves are
cut there too: the comparison is of angles, not of events.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from biomech.events.normalise import normalise
from biomech.io.sheets import read_study
from biomech.signals.filters import lowpass
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


def visual3d_strikes(run: Results, side: str) -> np.ndarray:
    """Times of the first marker frame after the filtered force of this foot crosses 20 N, s."""
    raw, kinetics = run.raw["run35"], run.kinetics["run35"]
    force = lowpass(
        raw["plate_force"].sel(axis="y").isel(plate=0).values, raw.attrs["analog_rate_hz"], 10.0, correction="plain"
    )
    up = np.flatnonzero((force[:-1] < 20.0) & (force[1:] >= 20.0)) + 1
    times = np.ceil(up / raw.attrs["analog_rate_hz"] * raw.attrs["rate_hz"] - 1e-9) / raw.attrs["rate_hz"]
    starts = kinetics["contact_start"].values[kinetics["contact_foot"].values == side]
    return np.array([t for t in times if np.abs(starts - t).min() < 0.05])


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("quantity", list(SAGITTAL))
def test_sagittal_angles_agree_with_visual3d(run: Results, visual3d: pd.DataFrame, quantity: str, side: str) -> None:
    strikes = visual3d_strikes(run, side)
    assert len(strikes) >= 30
    rate = run.raw["run35"].attrs["rate_hz"]
    angle = run.kinematics["run35"]["angle"].sel(side=side, quantity=quantity).values
    ours = np.nanmean(normalise(angle, rate, strikes[:-1], strikes[1:]), axis=0)
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
