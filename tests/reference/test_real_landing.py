"""Landings and a side cut of one person, end to end: first landing only, plausible curves, the labelling fault noticed.

Ranges: values of landing studies widened to what one healthy person can do (peak knee flexion 40 to 110 degrees,
vertical force 1 to 5 body weights a leg: Nilstad 2011, Noyes 2005 and the standing knee angle of this recording).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.io.sheets import read_study
from tests.pipeline import Results, run_session

pytestmark = pytest.mark.realdata
STUDY = Path(__file__).parents[1] / "studies" / "landing"


@pytest.fixture(scope="module")
def landing(realdata: Path) -> Results:
    study = read_study(STUDY, environ={"BIOMECH_DATA": str(realdata)})
    return run_session(study.sessions[0], study.config, realdata)


def test_each_landing_and_cut_gives_its_cycles(landing: Results) -> None:
    cycles = landing.cycles
    found = sorted(zip(cycles["trial"].values.tolist(), cycles["side"].values.tolist(), strict=True))
    assert found == [("cut", "right"), ("doubleleg", "left"), ("doubleleg", "right"), ("singleleg", "left")]


@pytest.mark.parametrize(("trial", "latest"), [("doubleleg", 1.7), ("singleleg", 0.85), ("cut", 0.2)])
def test_the_first_landing_is_the_cycle(landing: Results, trial: str, latest: float) -> None:
    """Both landings hold a second one near the end of the file; times read off the plates' vertical force."""
    starts = landing.cycles["start"].where(landing.cycles["trial"] == trial, drop=True)
    assert float(starts.max()) < latest


def test_curves_are_plausible(landing: Results) -> None:
    angle = landing.cycles["angle"]
    flexion = angle.sel(quantity="knee_flexion").max("percent").values
    assert ((flexion > 40) & (flexion < 110)).all()
    assert np.isfinite(landing.cycles["moment"].sel(frame="jcs", quantity="knee_abduction").values).mean() > 0.95
    weights = landing.cycles["ground_reaction"].sel(axis="y").max("percent").values / 9.81
    assert ((weights > 1.0) & (weights < 5.0)).all()
    # the knee bends under an extensor moment, the foot dorsiflexes
    moment = landing.cycles["moment"].sel(frame="jcs", quantity="knee_flexion").min("percent").values
    assert (moment < -1.0).all()
    dorsiflexion = angle.sel(quantity="ankle_dorsiflexion")
    assert (dorsiflexion.max("percent") - dorsiflexion.isel(percent=0) > 5).all()


def test_swapped_labels_in_the_static_are_noticed(realdata: Path) -> None:
    """Source: the recording itself; heel to toe is 184 mm in the static against 240 mm in the movements."""
    study = read_study(STUDY, environ={"BIOMECH_DATA": str(realdata)})
    session = study.sessions[0]
    unrepaired = session.model_copy(
        update={"trials": tuple(t.model_copy(update={"relabel": {}}) for t in session.trials)}
    )
    quality = run_session(unrepaired, study.config, realdata).quality
    found = quality[quality["code"] == "swapped_labels"]
    assert len(found) >= 1
    assert {"L.Heel", "L.Ankle"} == set(found.iloc[0]["item"].replace(",", " ").split())
    assert "relabel" in found.iloc[0]["action"]


def test_no_swap_is_reported_once_repaired(landing: Results) -> None:
    assert "swapped_labels" not in set(landing.quality["code"])
