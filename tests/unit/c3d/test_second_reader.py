"""Points and analog values from the data section of a file, against ezc3d's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import c3d
import ezc3d
import numpy as np
import pytest

from biomech.c3d.raw import read_raw
from biomech.c3d.writer import write_c3d
from biomech.errors import TrialError

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


def readable(path: Path) -> bool:
    """Whether the file is read here and by ezc3d."""
    try:
        read_raw(path)
        opened(path)
    except (TrialError, OSError, RuntimeError, ValueError, IndexError):  # ezc3d raises whatever its C++ code throws
        return False
    return True


def differing(path: Path) -> list[str]:
    """What is not exactly ezc3d's; nothing for a file that one of both does not read."""
    if not readable(path):
        return []
    raw, file = read_raw(path), opened(path)
    pairs = {"points": (raw.points, file.get_points()[:3])}
    # ezc3d takes offsets without their sign, and those above 32,767 for others
    if not (raw.numbers("ANALOG", "OFFSET") < 0).any() and (raw.analog.size or file.get_analogs().size):
        pairs["analog"] = raw.analog, file.get_analogs()[0]
    return [
        name
        for name, (own, asked) in pairs.items()
        if own.shape != asked.shape or not np.array_equal(own.astype("f4"), asked.astype("f4"), equal_nan=True)
    ]


def step_mm(points: np.ndarray) -> float:
    """Median way of a marker from frame to frame along an axis."""
    return float(np.nanmedian(np.abs(np.diff(points, axis=2))))


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
    assert differing(path) == []
    raw = read_raw(path)
    np.testing.assert_array_equal(raw.points.T, points.astype(np.float32))
    general = more.get("parameters", {}).get("ANALOG", {}).get("GEN_SCALE", 1.0)
    # stored in single precision with an offset of up to 2047 steps of 0.1
    expected = general * more.get("analog", ANALOG)
    np.testing.assert_allclose(raw.analog.T.ravel(), expected.ravel(), rtol=1e-5, atol=1e-4)


def test_frames_that_the_parameters_promise_and_the_file_lacks(tmp_path: Path) -> None:
    write(tmp_path / "a.c3d", parameters={"POINT": {"FRAMES": 4 * N}})
    assert differing(tmp_path / "a.c3d") == [] and read_raw(tmp_path / "a.c3d").points.shape == (3, 4, N)


@pytest.mark.parametrize(
    ("rate_hz", "ratio"),
    [(59.94, 30), (29.97, 7), (33.3333, 3), (66.6667, 11), (128.3, 9), (149.85, 12), (166.667, 50)],
)
def test_rates_whose_ratio_is_a_little_less_than_a_whole_number(tmp_path: Path, rate_hz: float, ratio: int) -> None:
    # in single precision; ezc3d rounds the ratio down and begins every frame but the first at a wrong place
    points, analog = RNG.normal(loc=1000.0, size=(N, 4, 3)), RNG.normal(size=(N * ratio, 3))
    rates = {"rate_hz": rate_hz, "analog_rate_hz": rate_hz * ratio}
    names = {"analog_labels": list("abc"), "analog_units": ["V"] * 3}
    write_c3d(tmp_path / "a.c3d", labels=list("ABCD"), points_mm=points, analog=analog, **names, **rates)
    assert opened(tmp_path / "a.c3d").header().nbAnalogByFrame() == ratio - 1
    raw = read_raw(tmp_path / "a.c3d")
    np.testing.assert_array_equal(raw.points.T, points.astype(np.float32))
    np.testing.assert_array_equal(raw.analog.T, analog.astype(np.float32))
    assert raw.analog_rate_hz == pytest.approx(ratio * rate_hz, rel=1e-6) and raw.rate_hz == np.float32(rate_hz)


def test_an_analog_rate_that_is_missing_is_that_of_the_header(tmp_path: Path) -> None:
    points = write(tmp_path / "a.c3d", parameters={"ANALOG": {"RATE": 0.0}})
    assert opened(tmp_path / "a.c3d").header().nbAnalogByFrame() == 0
    raw = read_raw(tmp_path / "a.c3d")
    np.testing.assert_array_equal(raw.points.T, points.astype(np.float32))
    np.testing.assert_array_equal(raw.analog.T, ANALOG.astype(np.float32))
    assert raw.analog_rate_hz == 1000.0


def test_channels_that_are_left_over_in_the_parameters(tmp_path: Path) -> None:
    none = {"analog": np.zeros((N, 0)), "analog_labels": [], "analog_units": [], "analog_rate_hz": 100.0}
    lists = {"USED": 2, "SCALE": [1.0, 1.0], "OFFSET": [0, 0]}
    for rate in (0.0, 1000.0):  # ezc3d takes analog values for points with the second
        points = write(tmp_path / "a.c3d", **none, parameters={"ANALOG": {**lists, "RATE": rate}})
        raw = read_raw(tmp_path / "a.c3d")
        np.testing.assert_array_equal(raw.points.T, points.astype(np.float32))
        assert raw.analog.size == 0 and raw.analog_rate_hz == 0.0
    assert differing(tmp_path / "a.c3d") == ["points", "analog"]


def test_channels_that_the_header_does_not_know_of(tmp_path: Path) -> None:
    write(tmp_path / "a.c3d")
    whole = bytearray((tmp_path / "a.c3d").read_bytes())
    whole[4:6] = whole[18:20] = bytes(2)  # analog values and samples a frame
    (tmp_path / "a.c3d").write_bytes(whole)
    with pytest.raises(TrialError, match="expected 3 analog channels at 1000 Hz, as the group ANALOG says") as error:
        read_raw(tmp_path / "a.c3d")
    assert error.value.code == "mixed_rates"


def test_analog_values_that_the_parameters_do_not_know_of(tmp_path: Path) -> None:
    write(tmp_path / "a.c3d", parameters={"ANALOG": {"USED": 0}})
    with pytest.raises(TrialError, match="channels of ANALOG:USED, found 30 analog values a frame in the header"):
        read_raw(tmp_path / "a.c3d")


def test_recordings_of_the_example() -> None:
    paths = sorted((EXAMPLE / "P01").rglob("*.c3d"))
    assert len(paths) > 10 and all(readable(path) for path in paths)
    assert {path.name: wrong for path in paths if (wrong := differing(path))} == {}


@pytest.mark.realdata
def test_real_recordings(realdata: Path) -> None:
    paths = [path for path in realdata.rglob("*") if path.suffix.lower() == ".c3d"]
    found = {path.name: wrong for path in paths if (wrong := differing(path))}
    # `differing` has nothing to say of a file that is refused, or that ezc3d does not read (SGI/MIPS)
    assert sum(readable(path) for path in paths) >= 75
    # the first has no ANALOG:RATE, so that ezc3d takes its analog values for points; the others have no POINT:SCALE or USED
    odd = {
        "dynamic.C3D": ["points", "analog"],
        "standing.C3D": ["points", "analog"],
        "phasespace_sample.c3d": ["points"],
    }
    assert found == {"type1.C3D": ["points", "analog"], **odd}
    path = next(path for path in paths if path.name == "type1.C3D")
    assert step_mm(read_raw(path).points) < 5 and step_mm(opened(path).get_points()[:3]) > 100


# SGI/MIPS files, and files without POINT:SCALE or POINT:USED
NOT_OF_EZC3D = ["Eb015si", "Eb015sr", "sgi_int", "sgi_real", "dynamic", "standing", "phasespace_sample"]


@pytest.mark.realdata
@pytest.mark.filterwarnings("ignore")  # the package's remarks on missing parameters
def test_files_that_ezc3d_does_not_read_against_another_reader(realdata: Path) -> None:
    paths = [path for path in realdata.rglob("*") if path.stem in NOT_OF_EZC3D]
    assert len(paths) == len(NOT_OF_EZC3D)
    for path in paths:
        with path.open("rb") as file:
            frames = [(points, analog) for _, points, analog in c3d.Reader(file).read_frames()]
        raw, points = read_raw(path), np.stack([points for points, _ in frames])
        np.testing.assert_allclose(raw.points.T, np.where(points[..., 3:4] < 0, np.nan, points[..., :3]), rtol=1e-6)
        if raw.analog.size:
            expected = np.concatenate([analog for _, analog in frames], axis=1)
            np.testing.assert_allclose(raw.analog, expected, rtol=1e-5, atol=1e-5)
