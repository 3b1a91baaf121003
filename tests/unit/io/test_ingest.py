"""A session of written files: one group per trial, bad files reported and left out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from biomech.c3d.writer import PlateDefinition, write_c3d
from biomech.config import Config
from biomech.errors import TrialError
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, Trial
from biomech.io.trial_files import TrialFolder, write_trials
from biomech.quality import Quality

N, RATIO = 50, 10
CORNERS = [[0.0, 400, 0], [500, 400, 0], [500, 0, 0], [0, 0, 0]]  # z of the plate points down
ANGLES = np.arange(3.0 * N).reshape(N, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    rng = np.random.default_rng(3)
    points = rng.normal([0, 0, 1000], 300, (3, 3)) + rng.normal(scale=10, size=(N, 3, 3))
    analog = np.zeros((N * RATIO, 12))
    analog[200:300, 2] = analog[200:300, 8] = -800.0
    plates = [PlateDefinition(2, range(1, 7), CORNERS, [0, 0, -40])]
    plates += [PlateDefinition(4, range(7, 13), np.add(CORNERS, [600, 0, 0]), [0, 0, -30], np.eye(6))]
    write_c3d(
        folder / "walk.c3d",
        labels=["LASI", "RASI", "LKNE", "LKneeAngles"],
        points_mm=np.concatenate([points, ANGLES[:, None]], axis=1),
        point_groups={"ANGLES": ["LKneeAngles"]},
        rate_hz=100.0,
        analog=analog,
        analog_rate_hz=1000.0,
        analog_labels=[f"c{i}" for i in range(12)],
        analog_units=(["N"] * 3 + ["Nmm"] * 3) * 2,
        plates=plates,
        events=[(0.2, "Foot Strike", "Left")],
        parameters={"PROCESSING": {"Bodymass": 70.0}, "SUBJECTS": {"NAMES": ["Anna Example"]}},
        first_frame=301,
    )
    write_c3d(folder / "static.c3d", labels=["LASI", "RASI", "LKNE"], points_mm=points, rate_hz=200.0)
    (folder / "broken.c3d").write_bytes((folder / "walk.c3d").read_bytes()[:5000])
    return folder


def session(*files: str) -> Session:
    trials = [Trial(trial=name, file=f"{name}.c3d", role="dynamic", task="walking") for name in files]
    return Session(participant="P01", session="pre", trials=tuple(trials))


def test_session_survives_bad_files_and_goes_to_disk_and_back(folder: Path, tmp_path: Path) -> None:
    quality = Quality("P01", "pre", "ingest")
    trials = ingest_session(session("static", "broken", "absent", "walk"), folder, Config(), quality)
    assert list(trials) == ["static", "walk"]
    table = quality.table().set_index("trial")
    assert table.loc["broken", "code"] == "truncated" and table.loc["absent", "code"] == "file_missing"
    assert "mixed_rates" in table["code"].tolist()
    assert "no_plates" in table.loc[["static"], "code"].tolist()

    write_trials(tmp_path / "base", trials.items())
    files = list((tmp_path / "base").iterdir())
    assert len(files) == 3 and not any(b"Anna" in file.read_bytes() for file in files)
    assert not table.to_csv().count("Anna")
    back = TrialFolder(tmp_path / "base")
    walk = back["walk"]
    sizes = {"time": N, "marker": 3, "axis": 3, "analog_time": 500, "channel": 12, "plate": 2, "corner": 4}
    assert dict(walk.sizes) == sizes | {"event": 1, "output": 1, "component": 3}
    np.testing.assert_array_equal(walk["time"], np.arange(N) / 100.0)
    np.testing.assert_array_equal(walk["analog_time"], np.arange(500) / 1000.0)
    np.testing.assert_array_equal(walk["reference_output"][:, 0], ANGLES)
    # 800 N up at the sensors' centre of each plate: at x = 0.25 and 0.85 m, z = −0.2 m (stored y = 0.2 m)
    assert walk["plate_force"].isel(analog_time=250).values == pytest.approx(np.array([[0, 800, 0]] * 2), abs=1e-9)
    about_origin = np.array([[0.2 * 800, 0, 0.25 * 800], [0.2 * 800, 0, 0.85 * 800]])
    assert walk["plate_moment"].isel(analog_time=250).values == pytest.approx(about_origin, abs=1e-4)
    assert walk["plate_force"].dtype == float and walk["analog"].dtype == np.float32
    assert walk["event_time"].item() == pytest.approx(0.2, abs=1e-6)
    assert (walk["event_name"].item(), walk["event_side"].item()) == ("foot_strike", "left")
    assert json.loads(walk.attrs["parameters"])["PROCESSING"] == {"Bodymass": [70.0]}
    assert walk.attrs["rate_hz"] == 100.0 and walk.attrs["first_frame"] == 301 and walk.attrs["task"] == "walking"
    static = back["static"]
    assert static.sizes["plate"] == static.sizes["event"] == static.sizes["output"] == static.sizes["channel"] == 0


def test_stop_raises(folder: Path) -> None:
    with pytest.raises(TrialError, match="cut off"):
        ingest_session(session("broken", "walk"), folder, Config(), Quality("P01", "pre", "ingest"), "stop")


def test_session_without_any_trial_gives_a_valid_empty_folder(folder: Path, tmp_path: Path) -> None:
    quality = Quality("P01", "pre", "ingest")
    write_trials(tmp_path / "base", ingest_session(session("absent"), folder, Config(), quality).items())
    assert not TrialFolder(tmp_path / "base")
    assert quality.table()["code"].tolist() == ["file_missing", "no_trials"]


def test_maximal_contractions_need_no_markers_and_others_do(tmp_path: Path) -> None:
    signal = np.random.default_rng(1).standard_normal((N * RATIO, 1))
    write_c3d(
        tmp_path / "mvc.c3d",
        labels=[],
        points_mm=np.zeros((N, 0, 3)),
        rate_hz=100.0,
        analog=signal,
        analog_rate_hz=1000.0,
        analog_labels=["LGMED"],
        analog_units=["V"],
    )
    trials = [
        Trial(trial="strong", file="mvc.c3d", role="functional", task="functional", condition="mvc"),
        Trial(trial="MVC2", file="mvc.c3d", role="functional", task="functional"),
        Trial(trial="hip", file="mvc.c3d", role="functional", task="functional", condition="hip"),
        Trial(trial="walk", file="mvc.c3d", role="dynamic", task="walking"),
    ]
    quality = Quality("P01", "pre", "ingest")
    read = ingest_session(Session(participant="P01", session="pre", trials=tuple(trials)), tmp_path, Config(), quality)
    assert list(read) == ["strong", "MVC2"]
    assert [(row["trial"], row["code"], row["level"]) for row in quality.rows] == [
        ("hip", "no_points", "error"),
        ("walk", "no_points", "error"),
    ]
    assert "condition `mvc`" in quality.rows[0]["action"]
    write_trials(tmp_path / "raw", read.items())
    back = TrialFolder(tmp_path / "raw")["strong"]
    assert back["analog"].values == pytest.approx(signal, abs=1e-6)
    assert back.sizes["marker"] == 0 and back.attrs["analog_rate_hz"] == 1000.0
