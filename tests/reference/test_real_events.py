"""Events and cycles of real recordings: kinematic estimates against force plates, and what treadmill and landings give.

Bounds: the estimates' published errors against force are about 15 to 30 ms for running strikes (Milner & Paquette 2015),
5 ms for running foot offs (Fellin 2010) and up to some frames for walking (Zeni 2008).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config.detection import Detection
from biomech.events.events import kinematic_bias, shifted, trial_events
from biomech.io.sheets import read_study
from tests.pipeline import Results, run_session

pytestmark = pytest.mark.realdata
STUDIES = Path(__file__).parents[1] / "studies"


def results(name: str, participant: str, realdata: Path) -> Results:
    study = read_study(STUDIES / name, environ={"BIOMECH_DATA": str(realdata)})
    session = next(s for s in study.sessions if s.participant == participant)
    return run_session(session, study.config, realdata)


def tables(result: Results, trial: str, task: str) -> dict:
    from biomech.config import Cycles

    groups = [tree[trial] for tree in (result.raw, result.kinematics, result.kinetics)]
    return trial_events(*groups, task, Cycles())


def differences(events: dict, name: str, reference: str) -> np.ndarray:
    """Nearest kinematic event of the same side minus each reference event, those within 0.2 s."""
    out = []
    for side in ("left", "right"):
        mine, theirs = (
            t.loc[(t["name"] == name) & (t["side"] == side), "time"].to_numpy()
            for t in (events["kinematic"], events[reference])
        )
        if len(mine) and len(theirs):
            apart = mine[None] - theirs[:, None]
            out.append(apart[np.arange(len(theirs)), np.abs(apart).argmin(axis=1)])
    found = np.concatenate(out)
    return found[np.abs(found) < 0.2]


@pytest.fixture(scope="module")
def run(realdata: Path) -> Results:
    return results("running", "RBDS001", realdata)


@pytest.mark.parametrize(("name", "bound"), [("foot_strike", 0.03), ("foot_off", 0.02)])
def test_running_events_agree_with_force(run: Results, name: str, bound: float) -> None:
    found = differences(tables(run, "run35", "running"), name, "force")
    assert len(found) >= 80
    assert abs(np.median(found)) < bound and found.std() < 0.01


def test_speed_of_the_treadmill_is_found(run: Results) -> None:
    """The belt ran at 3.5 m/s (Fukuchi 2017)."""
    assert float(run.cycles["speed_m_s"].mean()) == pytest.approx(3.5, rel=0.02)
    assert run.cycles.sizes["cycle"] >= 80 and set(run.cycles["event_source"].to_numpy()) == {"force"}


@pytest.mark.parametrize("child", ["HC031A", "HC033A"])
def test_walking_events_agree_with_those_of_the_laboratory(child: str, realdata: Path) -> None:
    """Straight walking and a quarter turn; after the correction by the plates, all within 5 frames of the C3D's events."""
    result = results("children", child, realdata)
    trials = [tables(result, trial, "walking") for trial in ("straight", "turn")]
    bias = kinematic_bias(trials, Detection())
    for events in trials:
        moved = shifted(events, bias)
        for name in ("foot_strike", "foot_off"):
            found = differences(moved, name, "c3d")
            assert len(found) >= 3 and np.abs(found).max() < 0.05, (child, name, found)
    assert -0.06 < bias["foot_strike"] < 0


@pytest.fixture(scope="module")
def landings(realdata: Path) -> Results:
    return results("landing", "L01", realdata)


def test_landings_and_cut_are_one_cycle_a_foot(landings: Results) -> None:
    cycles = landings.cycles
    found = list(zip(cycles["trial"].to_numpy().tolist(), cycles["side"].to_numpy().tolist(), strict=True))
    assert found == [("doubleleg", "left"), ("doubleleg", "right"), ("singleleg", "left"), ("cut", "right")]
    assert set(cycles["event_source"].to_numpy()) == {"force"} and (cycles["moment_valid"] == 1).all()
    both = cycles.isel(cycle=[0, 1])
    assert abs(float(both["start"][0] - both["start"][1])) < 0.05 and (both["rep"] == 1).all()


@pytest.mark.parametrize(
    ("trial", "task"),
    [("doubleleg", "double_leg_drop_landing"), ("singleleg", "single_leg_drop_landing"), ("cut", "side_cut")],
)
def test_landings_without_plates_begin_where_force_has_them(landings: Results, trial: str, task: str) -> None:
    """Strikes within 10 ms (2 frames of 200 Hz); take-offs within 40 ms: the knee goes on stretching in the air."""
    events = tables(landings, trial, task)
    for name, bound in (("foot_strike", 0.010), ("foot_off", 0.040)):
        found = differences(events, name, "force")
        assert len(found) >= 1 and np.abs(found).max() < bound, (name, found)


def test_a_landing_ends_where_the_knee_is_most_bent(landings: Results) -> None:
    cycles = landings.cycles.isel(cycle=[0, 1, 2])
    flexion = cycles["angle"].sel(quantity="knee_flexion")
    assert (flexion.argmax("percent") >= 99).all()
    for i, trial in enumerate(("doubleleg", "doubleleg", "singleleg")):
        curve: xr.DataArray = landings.kinematics[trial]["angle"].sel(
            side=str(cycles["side"].to_numpy()[i]), quantity="knee_flexion"
        )
        start = float(cycles["start"][i])
        after = curve.sel(time=slice(start, start + 0.4))
        assert float(after.max()) == pytest.approx(float(flexion[i].max()), abs=1.0), trial
