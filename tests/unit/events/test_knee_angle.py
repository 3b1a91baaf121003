"""Curves over an angle: known functions of the angle come back at every level, descent and ascent apart."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.cli import main
from biomech.events.knee_angle import knee_flexion_table, over_knee_flexion
from biomech.events.normalise import over_angle
from biomech.io.store import write_dataset

PERCENT = np.linspace(0, 100, 101)
LEVELS = np.arange(0.0, 100.0, 5.0)


def squat(bottom=43.7, standing=18.0, deep=83.0):
    """Flexion that rises to `deep` at `bottom` percent and returns, straight, so that linear reading is exact."""
    return standing + (deep - standing) * np.where(
        bottom >= PERCENT, PERCENT / bottom, (100 - PERCENT) / (100 - bottom)
    )


def test_descent_and_ascent_are_read_apart_and_exactly():
    bottoms = np.array([43.7, 60.0])
    angle = np.stack([squat(43.7), squat(60.0, deep=70.0)])
    down = bottoms[:, None] >= PERCENT
    curve = np.where(down, 2 * angle + 1, -3 * angle)[..., None] * np.array([1.0, 10.0])
    zero, hundred = np.zeros(2), np.full(2, 100.0)
    descent = over_angle(curve, angle, zero, bottoms, LEVELS, rising=True)
    ascent = over_angle(curve, angle, bottoms, hundred, LEVELS, rising=False)
    for found, truth in ((descent, 2 * LEVELS + 1), (ascent, -3 * LEVELS)):
        for i, top in enumerate((80.0, 70.0)):
            # the step of 1 % that holds the bottom mixes both phases, 43.7 %: levels above 81 degrees
            known = (LEVELS >= 20) & ((top if i == 0 else 65.0) >= LEVELS)
            np.testing.assert_allclose(found[i][known], truth[known, None] * [1.0, 10.0], atol=1e-9)
            assert np.isnan(found[i][(LEVELS < 18) | (top < LEVELS)]).all()


def test_a_small_return_on_the_way_does_not_matter():
    down = np.concatenate([np.linspace(10, 42, 20), np.linspace(42, 38, 10), np.linspace(38, 90, 71)])[None]
    time = PERCENT[None]
    first = over_angle(time, down, [0.0], [100.0], [40.0], rising=True)
    assert first[0, 0] == pytest.approx(19 * 30 / 32)  # the first time, not the third
    last = over_angle(time, down[:, ::-1], [0.0], [100.0], [40.0], rising=False)
    assert last[0, 0] == pytest.approx(100 - first[0, 0])  # time reversed: the mirror image


def test_missing_samples_stay_missing():
    angle = squat(50.0)[None]
    curve = PERCENT[None].copy()
    curve[0, 25] = np.nan
    found = over_angle(curve, angle, [0.0], [50.0], LEVELS, rising=True)[0]
    at = 50 * (LEVELS - 18) / 65
    nearby = np.abs(at - 25) < 1
    assert nearby.any() and np.isnan(found[nearby]).all()
    seen = (at >= 0) & (LEVELS <= 80) & ~nearby
    np.testing.assert_allclose(found[seen], at[seen], atol=1e-9)
    angle[0, 10] = np.nan
    assert np.isnan(over_angle(PERCENT[None], angle, [0.0], [50.0], LEVELS, rising=True)).all()
    assert np.isfinite(over_angle(PERCENT[None], angle, [50.0], [100.0], LEVELS, rising=False)).any()
    assert np.isnan(over_angle(PERCENT[None], angle, [np.nan], [50.0], LEVELS, rising=True)).all()
    assert over_angle(np.zeros((0, 101, 3)), np.zeros((0, 101)), [], [], LEVELS, rising=True).shape == (0, 20, 3)


@pytest.fixture
def cycles() -> xr.Dataset:
    """A squat, a landing that ends at its lowest point, and a stride."""
    flexion = np.stack([squat(50.0), np.linspace(22, 71, 101), 30 + 20 * np.sin(PERCENT / 16)])
    angle = np.stack([flexion, 0.1 * flexion], axis=-1)
    return xr.Dataset(
        {
            "angle": (("cycle", "percent", "quantity"), angle, {"units": "degree"}),
            "moment": (("cycle", "percent", "quantity", "frame"), 0.01 * angle[..., None], {"units": "N m kg-1"}),
        },
        coords={
            "cycle": ["P01_1_s_left_1", "P01_1_d_left_1", "P01_1_w_left_1"],
            "percent": PERCENT,
            "quantity": ["knee_flexion", "knee_abduction"],
            "frame": ["jcs"],
            "task": ("cycle", ["single_leg_squat", "single_leg_drop_landing", "walking"]),
            "participant": ("cycle", ["P01"] * 3),
            "side": ("cycle", ["left"] * 3),
            "rep": ("cycle", [1, 1, 1]),
            "bottom_percent": ("cycle", [50.0, 100.0, np.nan]),
        },
    )


@pytest.mark.parametrize("variable", ["angle", "moment"])
def test_every_variable_of_cycles_can_be_read_over_knee_flexion(cycles: xr.Dataset, variable: str) -> None:
    found = over_knee_flexion(cycles, variable)
    assert found.name == f"{variable}_by_knee_flexion" and found.dims[:3] == ("cycle", "phase", "knee_flexion")
    assert found["cycle"].values.tolist() == ["P01_1_s_left_1", "P01_1_d_left_1"]  # a stride has no descent
    assert found["knee_flexion"].values.tolist() == list(range(0, 85, 5)) and found.attrs == cycles[variable].attrs
    knee = found.sel(quantity="knee_abduction").squeeze() / (0.1 if variable == "angle" else 0.001)
    for cycle, phase, low, high in (("s", "descent", 20, 80), ("s", "ascent", 20, 80), ("d", "descent", 25, 70)):
        one = knee.sel(cycle=f"P01_1_{cycle}_left_1", phase=phase)
        inside = (one["knee_flexion"] >= low) & (one["knee_flexion"] <= high)
        np.testing.assert_allclose(one[inside], one["knee_flexion"][inside], atol=1e-9)
        assert np.isnan(one[~inside]).all()
    assert np.isnan(knee.sel(cycle="P01_1_d_left_1", phase="ascent")).all()
    with pytest.raises(ValueError, match="angle"):
        over_knee_flexion(cycles, "power")
    with pytest.raises(ValueError, match="above 0"):
        over_knee_flexion(cycles, step_deg=0.0)
    assert over_knee_flexion(cycles.isel(cycle=[]), variable).sizes["cycle"] == 0


def test_the_table_holds_the_same_and_the_command_writes_it(
    cycles: xr.Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = knee_flexion_table(cycles, step_deg=10.0)
    row = table[(table["cycle"] == "P01_1_s_left_1") & (table["phase"] == "ascent") & (table["knee_flexion"] == 50)]
    assert row.set_index("quantity")["value"].to_dict() == pytest.approx({"knee_flexion": 50.0, "knee_abduction": 5.0})
    assert set(table["unit"]) == {"degree"} and table["value"].notna().all()
    write_dataset(cycles, tmp_path / "study.nc")
    arguments = ["by-knee-flexion", str(tmp_path / "study.nc"), str(tmp_path / "out.csv"), "--step", "10"]
    assert main(arguments) == 0
    written = pd.read_csv(tmp_path / "out.csv")
    assert len(written) == len(table) and list(written.columns) == list(table.columns)
    assert main([*arguments, "--quantity", "knee_abduction"]) == 0
    chosen = pd.read_csv(tmp_path / "out.csv")
    assert set(chosen["quantity"]) == {"knee_abduction"} and len(chosen) == len(table) / 2
    assert main([*arguments[:3], "--quantity", "knee_abducton"]) == 1
    assert "did you mean 'knee_abduction'?" in capsys.readouterr().err
    assert main([*arguments[:3], "--variable", "emg"]) == 1
    assert "one of ['angle', 'moment']" in capsys.readouterr().err


def test_many_cycles_are_read_some_at_a_time(cycles: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = knee_flexion_table(cycles)
    monkeypatch.setattr("biomech.events.knee_angle._BLOCK", 1)
    pd.testing.assert_frame_equal(knee_flexion_table(cycles), whole)
    assert knee_flexion_table(cycles.isel(cycle=[])).empty
