"""Stick figures: what is connected, which way it faces, where the force acts, and files that are what they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from biomech.c3d.writer import write_c3d
from biomech.cli import main
from biomech.errors import TrialError
from biomech.report.stick_figure import FORCE_SCALE_M_PER_N, animate, contact_sheet, scene
from biomech_simulation.functional import star_arc
from biomech_simulation.motion import Plate
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static

PERSON = example_participant(1)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """0.2 s on a plate that bears 600 N at a known point."""
    motion = static(PERSON, duration_s=0.2, rate_hz=100.0, plates=[Plate((-1.2, 0.0))])
    force = np.tile([0.0, 600.0, 0.0], (200, 1, 1))
    moment = np.cross([-1.15, 0.0, 0.08], force)
    path = tmp_path_factory.mktemp("sticks") / "standing.c3d"
    replace(motion, analog_rate_hz=1000.0, plate_force=force, plate_moment=moment).write(path)
    return path


def test_legs_hang_from_the_true_hips(standing: Path) -> None:
    """Hip centres of the drawing are those of Harrington's regressions, which the participant obeys: 1e-5 m in C3D."""
    drawn = scene(standing)
    truth = static(PERSON, duration_s=0.2, rate_hz=100.0).truth["joint_centre"].sel(joint="hip")
    for side in ("left", "right"):
        legs = [line for owner, line in drawn.sticks if owner == side and line.shape[1] == 3]
        assert any(np.abs(leg[:, 0] - truth.sel(side=side).values).max() < 1e-5 for leg in legs)
    assert drawn.ahead == pytest.approx([1.0, 0.0, 0.0], abs=0.05)


def test_force_starts_where_the_plate_is_pressed(standing: Path) -> None:
    arrow = scene(standing).forces[0]
    assert arrow[5, 0] == pytest.approx([-1.15, 0.0, 0.08], abs=1e-3)
    assert np.linalg.norm(arrow[5, 1] - arrow[5, 0]) == pytest.approx(600 * FORCE_SCALE_M_PER_N, rel=0.01)
    assert np.isfinite(arrow).all()


def test_pictures_are_pictures_and_the_same_each_time(tmp_path: Path) -> None:
    path = tmp_path / "hip.c3d"
    star_arc(PERSON, "left", duration_s=0.6).write(path)
    drawn = scene(path)
    animate(drawn, tmp_path / "a.gif", frames_per_s=10.0)
    animate(drawn, tmp_path / "b.gif", frames_per_s=10.0)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    with Image.open(tmp_path / "a.gif") as picture:
        assert picture.n_frames == 6  # type: ignore[attr-defined]
        assert picture.info["duration"] == 100
    contact_sheet(drawn, tmp_path / "sheet.png", columns=4)
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.width > picture.height
        assert len(np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)) > 20


def test_gaps_and_unknown_labels_are_drawn_too(tmp_path: Path) -> None:
    points = np.tile(np.random.default_rng(1).uniform(0, 1000, (4, 3)), (20, 1, 1))
    points[3:9, 0] = np.nan
    points[12] = np.nan
    path = tmp_path / "anything.c3d"
    write_c3d(path, labels=["A", "B", "C", "D"], points_mm=points, rate_hz=50.0)
    drawn = scene(path)
    assert drawn.sticks == []
    assert contact_sheet(drawn, tmp_path / "sheet.png", columns=3).stat().st_size > 1000


def test_command(standing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["animate", str(standing), str(tmp_path / "x.png"), "--study", str(tmp_path)]) == 0
    assert (tmp_path / "x.png").is_file()
    assert main(["animate", str(standing), str(tmp_path / "x.avi"), "--study", str(tmp_path)]) == 1
    assert "ends in .gif or .png" in capsys.readouterr().err
    assert main(["animate", str(tmp_path / "absent.c3d"), str(tmp_path / "x.gif"), "--study", str(tmp_path)]) == 1
    assert "absent.c3d" in capsys.readouterr().err
    write_c3d(tmp_path / "none.c3d", labels=[], points_mm=np.zeros((5, 0, 3)), rate_hz=50.0)
    with pytest.raises(TrialError, match="markers"):
        scene(tmp_path / "none.c3d")
