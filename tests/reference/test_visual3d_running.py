"""Treadmill running against Visual3D with the reference's own definitions (Fukuchi 2017, PeerJ 5:e3298), all planes.

Bounds on the RMS difference of ensemble means: hip and knee angles 1.5 degrees with a correlation of at least 0.99, ankle
angles 1 degree after the bias of its undocumented reference foot, knee moments 0.03 and hip moments 0.1 N m/kg, knee and
ankle power 0.2 W/kg.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from validation.chain import run_study
from validation.visual3d import running_pairs

pytestmark = pytest.mark.realdata


def test_run_agrees_with_visual3d(realdata: Path) -> None:
    (trees,) = run_study("running", realdata)
    pairs = running_pairs("", trees, realdata)
    assert len(pairs) == 2 * (3 * 7 + 3 + 1)
    checked = [pair for pair in pairs if np.isfinite(pair.bound)]
    assert len(checked) == 2 * (6 + 3 + 6 + 2)
    for pair in checked:
        assert pair.n == 101
        assert pair.rms <= pair.bound, f"{pair.side} {pair.quantity} {pair.plane}: RMS {pair.rms:.3f}"
        if pair.quantity in ("hip", "knee"):
            assert pair.correlation >= 0.99, f"{pair.side} {pair.quantity} {pair.plane}: r {pair.correlation:.4f}"
