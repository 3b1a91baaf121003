"""The command line: what it prints, what it writes, and that a fault is a message and an exit code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.c3d.writer import write_c3d
from biomech.cli import main
from biomech.config import json_schema
from biomech.model.markersets import load_markerset, shipped
from biomech.model.recognition import recognise
from tests.unit.model.test_recognition import standing


def test_a_new_study_can_be_filled_in_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "study"
    assert main(["new", str(folder)]) == 0
    assert "biomech check" in capsys.readouterr().out
    assert main(["check", str(folder)]) == 1
    assert "no trial to process" in capsys.readouterr().err
    with (folder / "config" / "participants.tsv").open("a") as sheet:
        sheet.write("P01\tfemale\t\t1.7\ttraining\tright\n")
    with (folder / "config" / "trials.tsv").open("a") as sheet:
        sheet.write("P01\tpre\twalk\tP01/walk.c3d\tdynamic\twalking\n")
    assert main(["check", str(folder)]) == 1, "without a static trial nothing can be computed"
    printed = capsys.readouterr().out
    assert "Participants: 1, sessions: 1, trials: 1" in printed
    for part in ("absent, will be skipped", "expected a static trial", "no mass_kg", "P01 pre walk  cannot"):
        assert part in printed
    assert main(["check", "--strict", str(folder)]) == 1
    assert capsys.readouterr().out == printed
    assert main(["new", str(folder)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_faults_of_config_sheets_and_marker_set_come_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["new", str(tmp_path)])
    config = tmp_path / "config" / "config.yaml"
    config.write_text(config.read_text().replace("cast_lower_limb", "cast_lower_lim").replace("gap_max_s", "gap_max"))
    capsys.readouterr()
    assert main(["check", str(tmp_path)]) == 1
    printed = capsys.readouterr().err
    assert "3 faults" in printed
    for part in ("did you mean 'gap_max_s'?", "did you mean 'cast_lower_limb'?", "no trial to process"):
        assert part in printed


def test_strict_check_of_a_study_without_doubts_passes() -> None:
    example = Path(__file__).parents[2]
    assert main(["check", "--strict", str(example)]) == 0


def test_on_error_stop_makes_an_absent_recording_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["new", str(tmp_path)])
    config = tmp_path / "config" / "config.yaml"
    config.write_text(config.read_text().replace("on_error: skip", "on_error: stop"))
    (tmp_path / "config" / "participants.tsv").write_text("participant\nP01\n")
    (tmp_path / "config" / "trials.tsv").write_text(
        "participant\ttrial\tfile\trole\ttask\nP01\twalk\tw.c3d\tdynamic\twalking\n"
    )
    assert main(["check", str(tmp_path)]) == 1
    assert "w.c3d" in capsys.readouterr().err


def test_labels_says_what_a_file_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    markerset = load_markerset("cast_lower_limb")
    labels = list(dict.fromkeys(markerset.label_of(s, name) for name in markerset.markers for s in ("left", "right")))
    path = tmp_path / "static.c3d"
    points = np.tile(np.random.default_rng(0).uniform(100, 1000, (len(labels), 3)), (20, 1, 1))
    write_c3d(path, labels=labels, points_mm=points, rate_hz=200.0, events=[(0.05, "Foot Strike", "Right")])
    assert main(["labels", str(path)]) == 0
    printed = capsys.readouterr().out
    for part in ("20 at 200 Hz", "LASI", "right foot_strike 0.05 s", "markerset: cast_lower_limb"):
        assert part in printed


def test_labels_names_the_axes_statics_and_what_each_set_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, position = standing("plug_in_gait")
    stored = position[..., [0, 2, 1]] * [1000, -1000, 1000]  # x forward, y left, z up
    labels[labels.index("LTOE")] = "LSM"
    outputs = ["LKneeAngles", "PELO", "PELA", "PELL", "PELP"]
    points = np.concatenate([stored, np.ones((20, len(outputs), 3))], axis=1)
    (tmp_path / "data").mkdir()
    write_c3d(tmp_path / "data" / "static.c3d", labels=[*labels, *outputs], points_mm=points, rate_hz=100.0)
    moved = points + 500 * np.linspace(0, 1, 20)[:, None, None] * [1, 0, 0]
    write_c3d(tmp_path / "data" / "walk.c3d", labels=[*labels, *outputs], points_mm=moved, rate_hz=100.0)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text("lab: {up: +y, forward: +x}\n")
    assert main(["labels", str(tmp_path / "data"), "--study", str(tmp_path)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for part in (
        f"markers {len(labels)}: ", "5 points are results of a model", "axes up +z, forward +x", "left heel to toes: +x",
        "the study says lab.up: +y, the body stands along +z", "lacks LTOE (here LSM?)", "biomech markerset new my_lab --from",
        f"Static candidates: {tmp_path / 'data' / 'static.c3d'}",
    ):  # fmt: skip
        assert part in printed, part
    assert printed.endswith("static.c3d")
    assert main(["labels", str(tmp_path / "config")]) == 1
    assert "found none" in capsys.readouterr().err


def test_labels_of_something_else_is_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.c3d"
    path.write_text("no C3D at all, but long enough to look at " * 40)
    assert main(["labels", str(path)]) == 1
    assert "expected a C3D file" in capsys.readouterr().err


@pytest.mark.parametrize("name", shipped())
def test_a_complete_file_finds_its_marker_set(name: str) -> None:
    """Sets whose markers are part of another set may fit as well, but the set itself comes first."""
    markerset = load_markerset(name)
    labels = list(dict.fromkeys(markerset.label_of(s, m) for m in markerset.markers for s in ("left", "right")))
    best = recognise(labels)[0]
    assert (best.name, best.missing, best.share) == (name, (), 1.0)
    assert recognise(["unknown"]) == []


def test_the_schema_is_written(tmp_path: Path) -> None:
    path = tmp_path / "config" / "schema.json"
    assert main(["schema", str(path)]) == 0
    assert path.read_text() == json_schema()
