"""OpenSim as an independent engine: joint moments of the same body, motion and forces; inverse kinematics of the same markers.

Needs the extra `validation`; skipped where OpenSim is not installed. Bound of the moments: 0.5 % of the joint's peak.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import multibody
from biomech.kinematics.optimisation import fit_chain
from validation import opensim_engine

pytestmark = pytest.mark.skipif(
    not opensim_engine.available(), reason="OpenSim is not installed (extra `validation`): no independent engine"
)


def test_joint_moments_equal_opensims() -> None:
    table = opensim_engine.compare(*opensim_engine.simulated_walking(strides=2))
    assert len(table) == 18 and (table["n"] > 100).all()
    assert table["worst_of_peak"].max() < opensim_engine.BOUND, table.to_string()


def test_inverse_kinematics_equals_opensims() -> None:
    """Same chain, markers with 1 mm noise: both minimise the same sum of squares, OpenSim to its accuracy."""
    chain = multibody.leg()
    points = chain.marker_positions(multibody.movement(100))
    points = points + np.random.default_rng(1).normal(scale=0.001, size=points.shape)
    ours = fit_chain(chain, points, chain.start(*multibody.separate(chain, points))).coordinates
    _, theirs = multibody.opensim_rate(chain, points, accuracy=1e-9, repeats=1)

    def cost(q: np.ndarray) -> np.ndarray:
        return ((points - chain.marker_positions(q)) ** 2).sum(axis=(1, 2))

    assert (cost(ours) <= cost(theirs) * (1 + 1e-9)).all()
    assert np.degrees(np.abs(ours - theirs)[:, 3:]).max() < 0.01
