"""An MVC that only the EMG system recorded goes through all stages of an example session and is its reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from biomech.c3d.recording_file import read_c3d
from biomech.c3d.writer import write_c3d
from biomech.config import parse_config
from biomech.io.sheets import Session, Trial
from tests.pipeline import run_session

EXAMPLE = Path(__file__).parents[3] / "data_example" / "P01" / "pre"
CHANNELS = {"left": {"gluteus_medius": "LGMED"}}


def test_an_mvc_without_markers_is_the_reference(tmp_path: Path) -> None:
    """It is the squat's own EMG three times as strong, so that the envelope reaches a third of it and a bit more."""
    squat = read_c3d(EXAMPLE / "squat-left.c3d")
    signal = squat.analog[:, [squat.analog_names.index("LGMED")]].astype(float)
    write_c3d(
        tmp_path / "mvc.c3d",
        labels=[],
        points_mm=np.zeros((len(squat.time), 0, 3)),
        rate_hz=squat.rate_hz,
        analog=3 * signal,
        analog_rate_hz=squat.analog_rate_hz,
        analog_labels=["LGMED"],
        analog_units=["V"],
    )
    for name in ("static", "squat-left"):
        (tmp_path / f"{name}.c3d").write_bytes((EXAMPLE / f"{name}.c3d").read_bytes())
    trials = (
        Trial(trial="static", file="static.c3d", role="static", task="static"),
        Trial(trial="squat", file="squat-left.c3d", role="dynamic", task="single_leg_squat", side="left"),
        Trial(trial="mvc", file="mvc.c3d", role="functional", task="functional", condition="mvc"),
    )
    session = Session(participant="P01", session="pre", sex="female", mass_kg=65.5, height_m=1.7, trials=trials)
    config = parse_config({"muscles": {"channels": CHANNELS}})
    result = run_session(session, config, tmp_path)
    emg = result.muscles["squat"]
    assert emg["emg_unit"].sel(side="left").values.tolist() == ["%MVC"]
    # the largest mean over 0.5 s is a little below the peak
    assert 100 / 3 < float(emg["emg"].sel(side="left").max()) < 60
    assert "mvc" not in result.kinematics and result.cycles.sizes["cycle"] > 0
    assert not {code for code in result.quality["code"] if "emg" in code or code == "no_labels"}
