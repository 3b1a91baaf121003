"""Noise-free, unfiltered synthetic walking through C3D against the truth that the simulator wrote.

Truth is made by code that shares nothing with kinematics or kinetics. Bounds: angles 1e-3 degree (C3D holds float32 mm),
stance moments 0.003 N m/kg RMS in every component and frame, joint centres 1e-6 m.
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
UNFILTERED = {"signals": {"cutoff_hz": {"walking": None, "static": None}}, "force_plates": {"zero": "none"}}


@pytest.fixture(scope="module", params=[1, 2], ids=["woman-valgus", "man-neutral"])
def walked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Results, xr.Dataset, xr.Dataset]:
    folder = Path(tmp_path_factory.mktemp("truth"))
    session = recorded_session(request.param, folder)
    results = run_session(session, parse_config(UNFILTERED), folder)
    still, moving = recorded(request.param)
    return results, still.truth, moving.truth


def test_angles_equal_truth(walked: tuple[Results, xr.Dataset, xr.Dataset]) -> None:
    results, still, moving = walked
    for trial, truth in (("static", still), ("walk", moving)):
        ours = results.kinematics[trial]["angle"].sel(quantity=truth["quantity"], side=truth["side"])
        assert ours.shape == truth["angle"].shape
        error = np.abs(ours.values - truth["angle"].values)
        assert np.isfinite(error).all()
        worst = str(truth["quantity"].values[np.unravel_index(error.argmax(), error.shape)[2]])
        assert error.max() < 1e-3, f"{trial}: {worst} is off by {error.max():.2e} degrees"


def test_joint_centres_equal_truth(walked: tuple[Results, xr.Dataset, xr.Dataset]) -> None:
    results, _, truth = walked
    ours = results.kinematics["walk"]["joint_centre"].sel(joint=truth["joint"], side=truth["side"])
    assert np.abs(ours.values - truth["joint_centre"].values).max() < 1e-6


def test_stance_moments_equal_truth(walked: tuple[Results, xr.Dataset, xr.Dataset]) -> None:
    results, _, truth = walked
    kinetics = results.kinetics["walk"]
    ours = kinetics["moment"].sel(side=truth["side"], frame=truth["frame"])
    on_plate = (kinetics["contact"].sel(side=truth["side"]) == 1).values
    assert on_plate.sum(axis=0).min() > 50, "each foot has a stance on a plate"
    for quantity in MOMENTS:
        error = (ours.sel(quantity=quantity) - truth["moment"].sel(quantity=quantity)).values[on_plate]
        assert np.isfinite(error).all()
        rms = np.sqrt(np.mean(error**2, axis=0))
        assert rms.max() < 0.003, (
            f"{quantity}: RMS per frame {dict(zip(truth['frame'].values, rms.round(4), strict=True))}"
        )


def test_ground_reaction_and_pressure_equal_truth(walked: tuple[Results, xr.Dataset, xr.Dataset]) -> None:
    """Force within 1 N, centre of pressure within 1 mm, two frames from the contact's ends.

    The force of a frame is the mean of its analog samples, which differs from the instant by T²/24 of the second
    derivative: up to 0.8 N in loading, more where the force sets in (first two frames).
    """
    results, _, truth = walked
    kinetics = results.kinetics["walk"]
    on_plate = (kinetics["contact"].sel(side=truth["side"]) == 1).values
    inner = on_plate.copy()
    for shift in (1, 2):
        inner[shift:] &= on_plate[:-shift]
        inner[:-shift] &= on_plate[shift:]
    force = np.abs((kinetics["ground_reaction"] - truth["ground_reaction"]).values)[inner]
    assert force.max() < 1.0
    pressure = (kinetics["centre_of_pressure"] - truth["centre_of_pressure"]).values[inner][:, [0, 2]]
    assert np.isfinite(pressure).mean() > 0.8
    assert np.nanmax(np.abs(pressure)) < 1e-3


def test_events_equal_truth(walked: tuple[Results, xr.Dataset, xr.Dataset]) -> None:
    """Events from force within 3 ms (one analog sample and a half, float32) of the true crossing of 20 N."""
    results, _, truth = walked
    cycles = results.cycles
    assert cycles.sizes["cycle"] >= 4
    assert sum(str(s).startswith("force") for s in cycles["event_source"].values) >= 2
    for start, side, source in zip(
        cycles["start"].values, cycles["side"].values, cycles["event_source"].values, strict=True
    ):
        mine = (truth["event_name"].values == "foot_strike") & (truth["event_side"].values == side)
        if str(source).startswith("force"):
            assert np.abs(truth["event_time"].values[mine] - start).min() < 0.003
        else:  # estimated from markers
            assert np.abs(truth["event_time"].values[mine] - start).min() < 0.040
