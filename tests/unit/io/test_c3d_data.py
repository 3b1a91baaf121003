"""Points and analog values from the data section of a file, against ezc3d's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ezc3d
import numpy as np
import pytest

from biomech.errors import TrialError
from biomech.io.c3d_data import read_data
from biomech.io.c3d_raw import read_raw
from biomech.io.c3d_write import write_c3d

EXAMPLE = Path(__file__).parents[3] / "data_example"
N, RATIO = 30, 10
RNG = np.random.default_rng(5)
ANALOG = RNG.normal(scale=100.0, size=(N * RATIO, 3))


def opened(path: Path) -> Any:
    return ezc3d.ezc3d.c3d(str(path), ezc3d.ezc3d.Options())


def write(path: Path, **more: Any) -> np.ndarray:
    points = RNG.normal(scale=300.0, size=(N, 4, 3)) + 1000.0
    points[3:9, 1] = np.nan
    more = {"analog": ANALOG, "analog_labels": list("abc"), "analog_units": ["V"] * 3, "analog_rate_hz": 1000.0, **more}
    write_c3d(path, labels=list("ABCD"), points_mm=points, rate_hz=100.0, **more)
    return points


def differing(path: Path) -> list[str]:
    """What is not exactly ezc3d's; nothing for a file that is not read with it."""
    try:
        raw = read_raw(path)
    except TrialError:
        return []
    if not raw.reader.startswith("ezc3d"):
        return []
    file = opened(path)
    pairs = {"points": (raw.points, file.get_points()[:3])}
    if raw.reader == "ezc3d":
        pairs["analog"] = raw.analog, file.get_analogs()[0]
    return [name for name, (own, asked) in pairs.items() if not np.array_equal(own, asked, equal_nan=True)]


def direct(path: Path) -> bool:
    """Whether the data section is read, and not asked of ezc3d, which gives float64."""
    return read_data(path, opened(path))[0].dtype == np.float32


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"analog_scale": [0.25, 0.1, -3e-3], "analog_offset": [0, 2047, 7]},
        {"analog_scale": [0.25, 0.1, -3e-3], "parameters": {"ANALOG": {"GEN_SCALE": 0.3}}},
        {"analog_rate_hz": 100.0, "analog": ANALOG[:N]},
        {"analog": np.zeros((N, 0)), "analog_labels": [], "analog_units": [], "analog_rate_hz": 100.0},
        {"first_frame": 301},
    ],
)
def test_what_was_written_is_read(tmp_path: Path, more: dict[str, Any]) -> None:
    path = tmp_path / "a.c3d"
    points = write(path, **more)
    assert direct(path) and differing(path) == []
    raw = read_raw(path)
    np.testing.assert_array_equal(raw.points.T, points.astype(np.float32))
    general = more.get("parameters", {}).get("ANALOG", {}).get("GEN_SCALE", 1.0)
    # stored in single precision with an offset of up to 2047 steps of 0.1
    np.testing.assert_allclose(raw.analog.T, general * more.get("analog", ANALOG), rtol=1e-5, atol=1e-4)


def test_a_negative_scale_of_points_alone_says_floating_point(tmp_path: Path) -> None:
    write(tmp_path / "a.c3d", parameters={"POINT": {"SCALE": 0.5}})
    assert not direct(tmp_path / "a.c3d")


def test_frames_that_the_parameters_promise_and_the_file_lacks(tmp_path: Path) -> None:
    write(tmp_path / "a.c3d", parameters={"POINT": {"FRAMES": 4 * N}})
    assert differing(tmp_path / "a.c3d") == [] and read_raw(tmp_path / "a.c3d").points.shape == (3, 4, N)


def test_recordings_of_the_example() -> None:
    paths = sorted((EXAMPLE / "P01").rglob("*.c3d"))
    assert len(paths) > 10 and all(direct(path) for path in paths)
    assert {path.name: wrong for path in paths if (wrong := differing(path))} == {}


@pytest.mark.realdata
def test_real_recordings(realdata: Path) -> None:
    paths = [path for path in realdata.rglob("*") if path.suffix.lower() == ".c3d"]
    assert {str(path.relative_to(realdata)): wrong for path in paths if (wrong := differing(path))} == {}
