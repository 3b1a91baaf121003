"""Centre of mass of the body against the force that moves it: the simulated forces are those of the simulated body's own parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from biomech.config import parse_config
from biomech.signals.derivatives import derivative
from biomech.signals.filters import lowpass
from tests.pipeline import run_session
from tests.walks import recorded_session


def test_it_moves_as_the_ground_pushes(tmp_path: Path) -> None:
    """Sideways force over mass is the acceleration of the centre of mass; the pelvis's is twice as far off."""
    session = recorded_session(1, tmp_path)
    assert session.mass_kg is not None
    found = run_session(session, parse_config({}), tmp_path)
    motion, kinetics = found.kinematics["walk"], found.kinetics["walk"]
    rate = float(motion.attrs["rate_hz"])
    force = np.nansum(kinetics["ground_reaction"].transpose("side", "time", "axis").to_numpy(), axis=0)
    pushed = lowpass(force[:, 2], rate, 6.0) / session.mass_kg
    pelvis = motion["origin"].sel(segment="pelvis", side="right").transpose("time", "axis").to_numpy()
    off = {}
    for name, place in (("body", motion["centre_of_mass"].to_numpy()), ("pelvis", pelvis)):
        moved = lowpass(derivative(derivative(place, rate), rate)[:, 2], rate, 6.0)
        whole = np.isfinite(moved) & (force[:, 1] > 0.8 * 9.81 * session.mass_kg)
        off[name] = float(np.sqrt(np.mean((moved - pushed)[whole] ** 2)))
    assert off["body"] < 0.15 and off["body"] < 0.6 * off["pelvis"], off
    margin = found.cycles["margin_of_stability_m"].to_numpy()
    assert np.isfinite(margin).any()
    assert (found.cycles["mass_centre_of_segments"].to_numpy()[np.isfinite(margin)] == 1).all()
