"""Noise-free synthetic walking through the default filters against the truth that the simulator wrote.

Markers and forces both lose what lies above 12 Hz. Bound: stance moments within 0.02 N m/kg RMS of truth, in every
component and frame. Without filters the same walks are within 0.003 N m/kg (measured; see `test_truth_walking`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.joints import JOINTS
from tests.pipeline import Results, run_session
from tests.walks import recorded, recorded_session

MOMENTS = tuple(quantity for joint in JOINTS if joint.name in ("hip", "knee", "ankle") for quantity in joint.quantities)
BOUND = 0.02  # N m/kg


@pytest.fixture(scope="module", params=[1, 2], ids=["woman-valgus", "man-neutral"])
def walked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, xr.Dataset]:
    folder = Path(tmp_path_factory.mktemp("filtered"))
    session = recorded_session(request.param, folder)
    return run_session(session, parse_config({}), folder), recorded(request.param)[1].truth


def test_default_filters_are_on(walked: tuple[Results, xr.Dataset]) -> None:
    kinetics = walked[0].kinetics["walk"]
    assert kinetics.attrs["marker_cutoff_hz"] == 12.0
    assert kinetics.attrs["force_cutoff_hz"] == 12.0


@pytest.mark.parametrize("quantity", MOMENTS)
def test_stance_moments_are_near_truth(walked: tuple[Results, xr.Dataset], quantity: str) -> None:
    results, truth = walked
    kinetics = results.kinetics["walk"]
    ours = kinetics["moment"].sel(side=truth["side"], frame=truth["frame"], quantity=quantity)
    error = (ours - truth["moment"].sel(quantity=quantity)).values
    on_plate = (kinetics["contact"].sel(side=truth["side"]) == 1).values
    for number, side in enumerate(truth["side"].values):
        stance = error[on_plate[:, number], number]
        assert len(stance) > 50
        assert np.isfinite(stance).all()
        rms = np.sqrt(np.mean(stance**2, axis=0))
        assert rms.max() < BOUND, f"{side}: RMS per frame {dict(zip(truth['frame'].values, rms.round(4), strict=True))}"


def test_filters_bend_angles_by_less_than_a_degree(walked: tuple[Results, xr.Dataset]) -> None:
    """Every frame and quantity; a fifth of the 5 degrees between sessions (McGinley et al. 2009)."""
    results, truth = walked
    ours = results.kinematics["walk"]["angle"].sel(quantity=truth["quantity"], side=truth["side"])
    assert np.abs(ours.values - truth["angle"].values).max() < 1.0
