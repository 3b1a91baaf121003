"""Which files ezc3d reads, which the second reader, and that both give the same numbers."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biomech.c3d import raw, with_ezc3d
from biomech.c3d.check import check_file
from biomech.c3d.raw import RawC3d, read_raw
from biomech.c3d.second_reader import read_data
from biomech.errors import TrialError

_spec = importlib.util.spec_from_file_location("plain_c3d", Path(__file__).with_name("plain_c3d.py"))
assert _spec and _spec.loader
plain_c3d = sys.modules["plain_c3d"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(plain_c3d)

EXAMPLE = Path(__file__).parents[3] / "data_example"
N, POINTS, CHANNELS, RATIO = 20, 4, 3, 5
RNG = np.random.default_rng(21)
PLACES = RNG.normal(300, 200, (N, POINTS, 3))
PLACES[3:9, 1] = np.nan
ANALOG = RNG.normal(scale=100.0, size=(N * RATIO, CHANNELS))
NONE = np.zeros((N * RATIO, 0))


def encoded(groups: dict[str, dict[str, Any]] | None = None, **more: Any) -> bytes:
    return plain_c3d.encode(PLACES, more.pop("analog", ANALOG), groups or {}, **more)


def read(folder: Path, data: bytes) -> RawC3d:
    """Read a file, and hold it against the decoder that shares no code with the project."""
    (folder / "a.c3d").write_bytes(data)
    raw, plain = read_raw(folder / "a.c3d"), plain_c3d.decode(data)
    np.testing.assert_allclose(raw.points.T, plain.points, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(raw.analog.T, plain.analog, rtol=1e-5, atol=1e-4)
    rows = [note for note in raw.notes if note[1] == "second_reader"]
    if raw.reader == "ezc3d":
        assert not rows
    else:  # the row names the reason
        assert raw.reader.startswith("second reader: ") and len(rows) == 1
        assert rows[0][0] == "info" and raw.reader.removeprefix("second reader: ") in rows[0][3]
    return raw


def long_description(letters: int) -> bytes:
    """A parameter of 200 letters, of which the last become its description."""
    data = encoded({"LAB": {"X": ["x" * 200]}})
    at, left = data.index(b"\xff\x02\xc8\x01" + b"x" * 200), 200 - letters
    return data[: at + 2] + bytes([left, 1]) + b"x" * left + bytes([letters]) + b"d" * letters + data[at + 205 :]


def without_end() -> bytes:
    """The last parameter ends two bytes before its block does, which hold something else than the mark of the end."""
    for letters in range(1, 256):
        data = encoded({"LAB": {"X": ["x" * letters], "Y": ["y" * 200]}})
        if not any(data[1022:1024]) and data[1021] == 0 and data[1020:1021] == b"y":
            return data[:1022] + b"\1\1" + data[1024:]
    raise AssertionError


def test_ordinary_files_are_read_by_ezc3d(tmp_path: Path) -> None:
    for more in ({}, {"real": False}, {"analog": NONE}, {"first": 301}):
        assert read(tmp_path, encoded(**more)).reader == "ezc3d", more
    assert read(tmp_path, long_description(127)).reader == "ezc3d"
    paths = sorted(EXAMPLE.rglob("*.c3d"))
    assert len(paths) > 50 and {read_raw(path).reader for path in paths} == {"ezc3d"}


@pytest.mark.parametrize(
    ("groups", "more"),
    [
        ({"PROCESSING": {"Bodymass": 70.0}, "Manufacturer": {"Company": ["Vicon"]}, "Force_platform": {"Used": 0}}, {}),
        ({"ANALOG": {"BITS": np.zeros(0, dtype=int), "FORMAT": [], "LABELS": None}}, {}),
        ({"ANALOG": {"FORMAT": ["UNSIGNED"], "OFFSET": [0, 2047, 32767]}}, {}),
        ({"ANALOG": {"FORMAT": ["SIGNED"], "OFFSET": [0, 2047, 32767]}}, {"real": False}),
        ({"ANALOG": {"SCALE": [0.01], "SCALE2": [0.2, -3.0]}}, {}),
        ({"POINT": {"FRAMES": None, "DATA_START": None, "LABELS": []}}, {}),
        ({"ROTATION": {"USED": 0, "DATA_START": 9, "RATE": 100.0, "RATIO": 0}}, {}),
        ({"LAB": {"X": np.zeros((255, 255, 0))}}, {}),
    ],
)
def test_what_ezc3d_is_not_hindered_by(tmp_path: Path, groups: dict[str, dict[str, Any]], more: dict[str, Any]) -> None:
    assert read(tmp_path, encoded(groups, **more)).reader == "ezc3d"


def test_events_of_the_header_are_those_of_the_second_reader(tmp_path: Path) -> None:
    data = bytearray(encoded())
    data[298:302] = (12345).to_bytes(2, "little") + (3).to_bytes(2, "little")
    data[304:316] = np.array([0.02, 0.05, np.nan], "<f4").tobytes()
    data[396:412] = b"RHS LTO\0XX  no  "  # the third has no time, the fourth is not counted
    raw = read(tmp_path, bytes(data))
    expected = [(float(np.float32(0.02)), "RHS"), (float(np.float32(0.05)), "LTO")]
    assert raw.reader == "ezc3d" and raw.header_events == expected
    second = read(tmp_path, bytes(data).replace(b"\x06\x02ANALOG", b"\x06\x02Analog").replace(b"ANALOG", b"Analog"))
    assert second.reader != "ezc3d" and second.header_events == expected
    data[298:300] = bytes(2)
    assert read(tmp_path, bytes(data)).header_events == []


DAMAGE: list[tuple[Callable[[], bytes], str]] = [
    (lambda: encoded(processor=85), "not from an Intel processor"),
    (lambda: encoded(processor=86), "not from an Intel processor"),
    (lambda: long_description(128), "longer than 127 letters"),
    (lambda: encoded({"SUBJECTS": {"NAMES": "A"}}), "text NAMES has no dimensions"),
    (lambda: encoded({"LAB": {"X": np.zeros((255, 255, 255, 255, 0))}}), "empty parameter X has too many dimensions"),
    (lambda: encoded({"LABX": {"A": 1}, "LABY": {"A": 2}}).replace(b"LABY", b"LABX"), "comes twice"),
    (lambda: encoded().replace(b"SCALE", b"Scale"), "POINT:Scale is not in capitals"),
    (lambda: encoded().replace(b"OFFSET", b"offset"), "ANALOG:offset is not in capitals"),
    (lambda: encoded().replace(b"POINT", b"Point"), "Point is not in capitals"),
    (lambda: encoded({"SHADOW": {"A": 1}}), "group SHADOW"),
    (lambda: encoded({"ROTATION": {"USED": 1, "DATA_START": 9, "RATIO": 1}}), "holds rotations"),
    (lambda: encoded({"ROTATION": {"USED": 0, "DATA_START": np.zeros(0, dtype=int), "RATIO": 1}}), "holds rotations"),
    (lambda: encoded({"ROTATION": {"USED": 0, "DATA_START": 9, "RATIO": 30_000}}), "holds rotations"),
    (lambda: encoded({"POINT": {"FRAMES": np.zeros(0, dtype=int)}}), "POINT:FRAMES is not a whole number"),
    (lambda: encoded({"POINT": {"FRAMES": float(N)}}), "POINT:FRAMES is not a whole number"),
    (lambda: encoded({"POINT": {"USED": None}}), "POINT:USED is not the number of points"),
    (lambda: encoded({"POINT": {"SCALE": None}}), "POINT:SCALE is not one number"),
    (lambda: encoded({"POINT": {"SCALE": [-0.1, 0.1]}}), "POINT:SCALE is not one number"),
    (lambda: encoded({"POINT": {"RATE": None}}), "POINT:RATE is missing"),
    (lambda: encoded({"ANALOG": {"GEN_SCALE": []}}, analog=NONE), "ANALOG:GEN_SCALE is not a floating-point number"),
    (lambda: encoded({"ANALOG": {"USED": None}}), "ANALOG:USED is not the number"),
    (lambda: encoded({"ANALOG": {"RATE": None}}), "0 analog samples a frame"),
    (lambda: encoded({"ANALOG": {"RATE": 1e30}}, analog=NONE), "analog samples a frame"),
    (lambda: encoded(rate=50.04), "analog samples a frame, rounded down, not 5"),
    (lambda: encoded({"ANALOG": {"OFFSET": [0.0, 1.0, 2.0]}}), "ANALOG:OFFSET does not hold whole numbers"),
    (lambda: encoded({"ANALOG": {"SCALE": [1, 2, 3]}}), "ANALOG:SCALE does not hold floating-point numbers"),
    (lambda: encoded({"ANALOG": {"OFFSET": [0, -5, 0]}}), "negative ANALOG:OFFSET"),
    (lambda: encoded({"ANALOG": {"FORMAT": ["UNSIGNED"]}}, real=False, analog=np.abs(ANALOG)), "without a sign"),
]


@pytest.mark.parametrize(("data", "reason"), DAMAGE, ids=[f"{i} {reason}" for i, (_, reason) in enumerate(DAMAGE)])
def test_what_ezc3d_is_not_given(tmp_path: Path, data: Callable[[], bytes], reason: str) -> None:
    assert reason in read(tmp_path, data()).reader


def test_a_list_of_parameters_without_an_end(tmp_path: Path) -> None:
    (tmp_path / "a.c3d").write_bytes(without_end())  # ezc3d would take the data for parameters
    raw = read_raw(tmp_path / "a.c3d")
    assert raw.reader == "second reader: its list of parameters has no end"
    np.testing.assert_array_equal(raw.points.T, PLACES.astype("f4"))


def test_a_file_that_would_take_too_much_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(with_ezc3d, "_MOST_VALUES", N * (4 * POINTS + RATIO * CHANNELS))
    assert read(tmp_path, encoded()).reader == "ezc3d"
    monkeypatch.setattr(with_ezc3d, "_MOST_VALUES", N * (4 * POINTS + RATIO * CHANNELS) - 1)
    assert "more than 1 GB" in read(tmp_path, encoded()).reader


def test_where_ezc3d_raises_or_counts_otherwise_the_second_reader_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "reason_against", lambda *_: "")  # as if nothing were known of these
    assert "rounded" not in read(tmp_path, encoded(processor=86)).reader
    assert "MIPS" in read(tmp_path, encoded(processor=86)).reader
    found = read(tmp_path, encoded({"ANALOG": {"RATE": None}})).reader
    assert "ezc3d gives up: expected" in found


@pytest.mark.realdata
def test_recordings_that_ezc3d_reads(realdata: Path) -> None:
    readers = []
    for path in realdata.rglob("*"):
        if path.suffix.lower() != ".c3d":
            continue
        try:
            raw = read_raw(path)
        except TrialError:
            continue
        readers.append(raw.reader)
        if raw.reader == "ezc3d":
            points, analog = read_data(path, check_file(path)[0])
            np.testing.assert_array_equal(raw.points.astype("f4"), points.astype("f4"))
            np.testing.assert_array_equal(raw.analog.astype("f4"), analog.astype("f4"))
    # the others are of DEC or SGI/MIPS, or lack what ezc3d needs
    assert readers.count("ezc3d") >= 55
    assert sum(not reader.startswith(("ezc3d", "second reader: it is not from")) for reader in readers) <= 6
