"""A child's knee adduction moment against the one stored in the file and against OpenSim's inverse dynamics.

Bounds: in-file 0.7 N m RMS, correlation 0.99, peak of every stance within 3 %; OpenSim 1.6 N m and 0.92. The left is beyond
OpenSim's bound as stored (1.9 N m, 0.914): that result does not follow from the files next to it, which OpenSim's own rerun
shows (1.4 N m from it); with the recorded ground reaction both sides are within.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from validation import opensim_engine, opensim_walk
from validation.chain import run_study
from validation.pairs import Pair

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def in_file(realdata: Path) -> list[Pair]:
    return list(opensim_walk.in_file("", realdata))


def test_knee_adduction_moment_equals_the_files(in_file: list[Pair]) -> None:
    moments = [pair for pair in in_file if pair.quantity == opensim_walk.MOMENT]
    assert [len(pair.peaks) for pair in moments] == [1, 2]
    for pair in moments:
        assert set(pair.asked) == {"rms", "correlation", "peak"}
        assert pair.within == "yes", f"{pair.side}: RMS {pair.rms:.2f}, r {pair.correlation:.4f}, peaks {pair.peaks}"


def test_joint_centres_and_angles_of_the_files_model(in_file: list[Pair]) -> None:
    centres = [pair for pair in in_file if pair.quantity.endswith("centre")]
    assert len(centres) == 12 and max(pair.worst for pair in centres) < 0.02  # mm
    rebuilt = [pair for pair in in_file if pair.quantity.endswith("rebuilt")]
    assert len(rebuilt) == 12 and max(pair.rms for pair in rebuilt) < 0.15  # degrees
    # rigid segments and segments that are rebuilt from the joint centres are up to 1.6 degrees apart
    rigid = [pair for pair in in_file if pair.quantity in ("hip", "knee")]
    assert len(rigid) == 12 and max(pair.rms for pair in rigid) < 2.0


def test_the_files_accelerations_are_those_of_a_smoothed_path(realdata: Path, in_file: list[Pair]) -> None:
    """The ankle force in swing, that is the foot's inertia, follows 5 Hz and not the poses as they are."""
    smooth = {pair.side: pair for pair in in_file if pair.quantity == "ankle force in swing"}
    (trees,) = run_study(opensim_walk.STUDY, realdata, kinetics={"acceleration_cutoff_hz": None})
    force = trees.kinetics["walk"]["joint_force"].sel(joint="ankle")
    for side, pair in smooth.items():
        rough = np.linalg.norm(force.sel(side=side).values, axis=-1)
        rough = np.where(np.isfinite(pair.ours), rough, np.nan)
        as_recorded = Pair("", "", "", "", side, "N/kg", rough, pair.theirs)
        assert pair.rms < 0.03 and as_recorded.rms > 0.05


def test_opensims_stored_result(realdata: Path) -> None:
    pairs = {pair.side: pair for pair in opensim_walk.inverse_dynamics("", realdata)}
    assert pairs["right"].within == "yes"
    assert pairs["left"].rms < 2.0 and pairs["left"].correlation > 0.9


@pytest.mark.skipif(not opensim_engine.available(), reason="OpenSim is not installed (extra `validation`)")
def test_opensim_run_anew(realdata: Path) -> None:
    pairs = list(opensim_walk.rerun("", realdata))
    ours = [pair for pair in pairs if pair.source == "recorded forces"]
    assert len(ours) == 2 and all(pair.within == "yes" for pair in ours)
    stored = {pair.quantity + pair.side: pair for pair in pairs if pair.source == "stored files"}
    # what the rerun of its own files shows: motion, masses and total force are those of the stored result, moments are not
    assert stored["OpenSim's lumbar extension moment"].worst < 1e-3
    assert stored["OpenSim's vertical force left over at the pelvis"].rms < 1.0
    assert stored["OpenSim's knee adduction momentleft"].rms > 1.2
