"""Missing values as other systems write them, and markers in a wrong unit, made from recordings of the example."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.c3d.missing import find_held, find_lost_frames
from biomech.c3d.raw import read_raw
from biomech.c3d.recording_file import Recording, read_c3d
from biomech.c3d.writer import write_c3d
from biomech.config import Lab
from biomech.errors import TrialError

PRE = Path(__file__).parents[3] / "data_example" / "P01" / "pre"
LABELS = read_raw(PRE / "walk1.c3d").texts("POINT", "LABELS")
LTH1 = LABELS.index("LTH1")
AT = slice(150, 175)


def walk(trial: str = "walk1") -> tuple[np.ndarray, list[str]]:
    """Points (frame, marker, axis) in mm as stored, and their labels."""
    raw = read_raw(PRE / f"{trial}.c3d")
    return raw.points.T.astype(float), raw.texts("POINT", "LABELS")


def written(folder: Path, points: np.ndarray, labels: list[str] = LABELS, **more: object) -> Recording:
    write_c3d(folder / "a.c3d", labels=labels, points_mm=points, rate_hz=100.0, **more)  # type: ignore[arg-type]
    return read_c3d(folder / "a.c3d")


def notes(recording: Recording) -> list[tuple[str, str, str]]:
    return [note[:3] for note in recording.notes]


@pytest.mark.parametrize("value", [9999.0, -9999.0, 99999.0, 999999.0, -999999.0, 9999999.0, -1000.0, 3.0e38])
def test_a_number_that_stands_for_a_missing_marker(tmp_path: Path, value: float) -> None:
    points, _ = walk()
    points[AT, LTH1] = value
    points[20, 3] = value
    recording = written(tmp_path, points)
    assert np.isnan(recording.position[AT, LTH1]).all() and np.isnan(recording.position[20, 3]).all()
    named = ", ".join([LABELS[3], "LTH1"] if LTH1 > 3 else ["LTH1", LABELS[3]])
    assert notes(recording) == [("info", "placeholder_missing", named)]
    assert "26 samples" in recording.notes[0][3] and f"{np.float32(value):g}" in recording.notes[0][3]
    # nothing else is taken out
    points[AT, LTH1] = points[20, 3] = np.nan
    np.testing.assert_array_equal(recording.position, written(tmp_path, points).position)


@pytest.mark.parametrize("value", [-9999.0, 999999.0])
def test_on_one_axis_it_is_missing_as_well(tmp_path: Path, value: float) -> None:
    points, _ = walk()
    points[AT, LTH1, 2] = value
    recording = written(tmp_path, points)
    assert np.isnan(recording.position[AT, LTH1]).all()
    assert notes(recording) == [("info", "placeholder_missing", "LTH1")]


def test_exact_zeros_are_missing_and_a_marker_on_an_axis_is_not(tmp_path: Path) -> None:
    points, _ = walk()
    points[AT, LTH1] = 0.0
    points[AT, 3, 1] = 0.0
    recording = written(tmp_path, points)
    assert np.isnan(recording.position[AT, LTH1]).all() and np.isfinite(recording.position[AT, 3]).all()
    assert notes(recording) == [("info", "zeros_missing", "LTH1")] and "25 samples" in recording.notes[0][3]


def test_a_marker_beyond_ten_metres_is_none(tmp_path: Path) -> None:
    points, _ = walk()
    points[..., 0] += 9990.0 - points[0, 0, 0]  # the walkway lies ten metres from the origin
    assert notes(written(tmp_path, points)) == []


@pytest.mark.parametrize("frames", [4, 25])
def test_the_last_value_again_and_again(tmp_path: Path, frames: int) -> None:
    points, _ = walk()
    points[150 : 150 + frames, LTH1] = points[150, LTH1]
    recording = written(tmp_path, points)
    missing = np.isnan(recording.position[:, LTH1, 0]) & np.isfinite(points[:, LTH1, 0])
    assert np.flatnonzero(missing).tolist() == list(range(151, 150 + frames))  # frame 150 was measured
    assert notes(recording) == [("warning", "held_value", "LTH1")] and f"{frames - 1} samples" in recording.notes[0][3]


def test_the_last_value_up_to_the_end(tmp_path: Path) -> None:
    points, _ = walk()
    points[-40:, LTH1] = points[-40, LTH1]
    recording = written(tmp_path, points)
    assert np.isnan(recording.position[-39:, LTH1]).all() and np.isfinite(recording.position[-40, LTH1]).all()


def test_markers_that_truly_stand_still_stay(tmp_path: Path) -> None:
    points, labels = walk()
    n = len(points)
    wand = np.tile([500.0, 300.0, 15.0], (n, 1))  # lies on the floor from beginning to end
    corner = np.tile([400.0, 400.0, 0.0], (n, 1))
    unloaded = np.tile([250.0, 200.0, 0.0], (n, 1))  # a point computed from a plate: back at rest after each step
    unloaded[100:160] += np.linspace([100, 0, 0], [120, 200, 0], 60)
    unloaded[200:260] -= np.linspace([100, 0, 0], [120, 200, 0], 60)
    shoe = np.array([0.0, 0, 40]) + np.outer(np.clip(np.abs(np.arange(n) - 170) - 20, 0, None) ** 2 / 100, [10.0, 0, 1])
    added = np.stack([wand, corner, unloaded, shoe], axis=1)
    recording = written(tmp_path, np.concatenate([points, added], axis=1), [*labels, "WAND", "FP1", "COP1", "SHOE"])
    assert np.isfinite(recording.position[:, -4:]).all() and notes(recording) == []


def test_whole_millimetres_repeat_by_chance() -> None:
    # a foot that comes to rest, stored in steps of 1 mm: equal values are not a sign of a lost marker
    random = np.random.default_rng(3)
    slow = np.cumsum(random.normal(0.3, 0.2, (200, 6, 3)), axis=0)
    position = np.round(slow) * 1e-3
    notes: list[tuple[str, str, str, str]] = []
    held = find_held(position, 1e-3, [f"M{i}" for i in range(6)], notes)
    assert (position[1:] == position[:-1]).all(axis=2).any() and not held.any() and notes == []


def test_all_markers_repeated_together_are_not_lost(tmp_path: Path) -> None:
    points, _ = walk()
    recording = written(tmp_path, np.repeat(points[::5], 5, axis=0)[: len(points)])  # a slower camera, copied
    assert "held_value" not in [note[1] for note in recording.notes]


@pytest.mark.parametrize("path", sorted(PRE.parent.parent.rglob("*.c3d")), ids=lambda path: "-".join(path.parts[-3:]))
def test_the_example_has_none(path: Path) -> None:
    assert not {"placeholder_missing", "held_value", "wide_markers", "zeros_missing"} & {
        note[1] for note in read_c3d(path).notes
    }


@pytest.mark.realdata
def test_recordings_have_none(realdata: Path) -> None:
    """Recordings of laboratories in which a marker is missing say so by its residual; zeros come where they are known."""
    found, count = {}, 0
    for path in sorted(realdata.rglob("*")):
        if path.suffix.lower() == ".c3d":
            try:
                recording = read_c3d(path)
            except TrialError:
                continue
            count += 1
            named = {note[1]: note[2] for note in recording.notes}
            if named.keys() & {"placeholder_missing", "held_value", "wide_markers"}:
                found[path.name] = named
    assert count >= 75
    # ten markers up to five metres apart and 14 plates: no person
    assert found.keys() == {"128analogchannels.c3d"} and "wide_markers" in found["128analogchannels.c3d"]


# --- the unit -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trial", ["static", "walk1", "jump1", "squat-left", "hip-right"])
@pytest.mark.parametrize(
    ("stored", "true"), [("cm", "mm"), ("m", "mm"), ("mm", "cm"), ("mm", "m"), ("m", "cm"), ("cm", "m")]
)
def test_a_wrong_unit_is_refused_and_the_likely_one_named(tmp_path: Path, trial: str, stored: str, true: str) -> None:
    points, labels = walk(trial)
    factor = {"mm": 1.0, "cm": 0.1, "m": 0.001}[true]
    write_c3d(tmp_path / "a.c3d", labels=labels, points_mm=points * factor, rate_hz=100.0, point_units=stored)
    with pytest.raises(
        TrialError, match=f"with the unit {stored}: the unit of the file is wrong; it is likely {true}"
    ) as error:
        read_c3d(tmp_path / "a.c3d")
    assert error.value.code == "bad_unit" and f"lab.point_unit: {true}" in error.value.action
    right = read_c3d(tmp_path / "a.c3d", Lab(point_unit=true))  # type: ignore[arg-type]
    np.testing.assert_allclose(right.position, read_c3d(PRE / f"{trial}.c3d").position, atol=1e-6)


def test_a_long_walkway_is_no_large_body(tmp_path: Path) -> None:
    points, _ = walk()
    points[..., 0] += np.linspace(-8000, 8000, len(points))[:, None]
    assert notes(written(tmp_path, points)) == []


def test_the_markers_of_a_foot_are_no_wrong_unit(tmp_path: Path) -> None:
    points, labels = walk("static")
    foot = [index for index, label in enumerate(labels) if label in ("LCALP", "LST", "LPT", "LM1", "LB2", "LB5")]
    assert len(foot) == 6
    assert notes(written(tmp_path, points[:, foot], [labels[index] for index in foot])) == []


def test_lost_frames_are_named_where_they_are() -> None:
    points = np.nan_to_num(walk()[0], nan=0.0) / 1000
    seen = np.where(np.isnan(walk()[0]), np.nan, points)
    for first, count in [(60, 5), (150, 20)]:
        found: list = []
        cut = np.concatenate([seen[:first], seen[first + count :]])
        assert not find_lost_frames(cut, 100.0, found).any()
        ((level, code, item, text),) = found
        assert (level, code, item) == ("warning", "frames_lost", f"frame {first + 1}")
        assert f"{first / 100:.2f} s" in text
    found = []
    assert not find_lost_frames(seen, 100.0, found).any() and not found


def test_a_recording_that_stood_still_and_leaps_on() -> None:
    seen = walk()[0] / 1000
    seen[150:161] = seen[150]
    found: list = []
    repeated = find_lost_frames(seen, 100.0, found)
    assert np.flatnonzero(repeated).tolist() == list(range(151, 161))
    assert [note[:3] for note in found] == [("warning", "frames_repeated", "frame 152")]


@pytest.mark.parametrize("trial", ["static", "walk1", "jump1", "squat-right"])
def test_no_frames_are_lost_in_the_example(trial: str) -> None:
    for every in (1, 2):  # a low rate makes the steps longer, not uneven
        found: list = []
        assert not find_lost_frames(walk(trial)[0][::every] / 1000, 100.0 / every, found).any() and not found
