"""Conventional gait models of two more laboratories: conventions exactly, and QCMAS' model to 0.01 degrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from validation.comparisons import COMPARISONS
from validation.pairs import Pair

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def pairs(realdata: Path) -> list[Pair]:
    (comparison,) = [c for c in COMPARISONS if c.name == "plug_in_gait_other_labs"]
    return list(comparison.pairs(comparison.name, realdata))


def test_angles_of_the_axes_that_the_files_store(pairs: list[Pair]) -> None:
    """Order, signs and units of hip and knee angles, on both sides, from axes that we did not find."""
    own = [pair for pair in pairs if pair.quantity.endswith("of stored axes")]
    assert len(own) == 2 * 2 * 2 * 3
    assert all(pair.within == "yes" and pair.n > 200 for pair in own)


def test_qcmas_with_its_marker_radius_and_hip_centre(pairs: list[Pair]) -> None:
    found = [pair for pair in pairs if pair.source == "QCMAS walk" and pair.quantity in ("pelvis", "hip", "knee")]
    assert len(found) == 18
    assert max(pair.rms for pair in found) < 0.01
    # foot offsets of the file are not those of its static trial
    ankle = [pair for pair in pairs if pair.source == "QCMAS walk" and pair.quantity == "ankle"]
    assert max(pair.rms for pair in ankle) < 0.25
