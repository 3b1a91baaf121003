"""Header, parameters and size of a file against each other: what is read, what is read with a row, what is refused."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezc3d
import numpy as np
import pytest

from biomech.c3d.raw import RawC3d, read_raw
from biomech.c3d.recording_file import Recording, read_c3d
from biomech.c3d.writer import write_c3d
from biomech.errors import TrialError

_spec = importlib.util.spec_from_file_location("plain_c3d", Path(__file__).with_name("plain_c3d.py"))
assert _spec and _spec.loader
plain_c3d = sys.modules["plain_c3d"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(plain_c3d)

EXAMPLE = Path(__file__).parents[3] / "data_example"
WALK = (EXAMPLE / "P01" / "pre" / "walk1.c3d").read_bytes()
N, POINTS, CHANNELS, RATIO = 40, 5, 3, 4
RNG = np.random.default_rng(8)
PLACES = RNG.normal([0, 0, 1000], 300, (POINTS, 3)) + RNG.normal(scale=10, size=(N, POINTS, 3))
PLACES[3:9, 1] = np.nan
ANALOG = RNG.normal(scale=100.0, size=(N * RATIO, CHANNELS))
NO_ANALOG = np.zeros((N * RATIO, 0))


def read(folder: Path, data: bytes) -> Recording:
    (folder / "a.c3d").write_bytes(data)
    return read_c3d(folder / "a.c3d")


def refused(folder: Path, data: bytes) -> TrialError:
    with pytest.raises(TrialError) as error:
        read(folder, data)
    assert str(error.value).startswith("a.c3d: expected") or error.value.code == "truncated"
    assert error.value.action
    return error.value


def codes(recording: Recording | RawC3d) -> list[str]:
    """Codes of the rows, that of the second reader left out, which is there where it has read and nowhere else."""
    found = [note[1] for note in recording.notes]
    assert found.count("second_reader") == (recording.reader != "ezc3d")
    return [code for code in found if code != "second_reader"]


def encoded(groups: dict[str, dict[str, Any]] | None = None, **more: Any) -> bytes:
    return plain_c3d.encode(more.pop("points", PLACES), more.pop("analog", ANALOG), groups or {}, **more)


def names(data: bytes) -> list[tuple[int, int]]:
    """Where the names of groups and parameters lie in a file, and how long they are."""
    at, found = 512 + 4, []
    while data[at]:
        found.append((at + 2, data[at]))
        after = at + 2 + data[at]
        step = int.from_bytes(data[after : after + 2], "little")
        if not step:
            break
        at = after + step
    return found


def renamed(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    for at, length in names(data):
        data = data[:at] + change(data[at : at + length]) + data[at + length :]
    return data


@pytest.mark.parametrize("processor", [84, 85, 86])
@pytest.mark.parametrize("real", [True, False])
def test_every_storage_gives_the_values_that_were_stored(tmp_path: Path, processor: int, real: bool) -> None:
    recording = read(tmp_path, encoded(processor=processor, real=real))
    stored = PLACES if real else np.round(PLACES / 0.1) * 0.1
    expected = np.stack([stored[..., 0], stored[..., 2], -stored[..., 1]], axis=-1) / 1000
    np.testing.assert_allclose(recording.position, expected, atol=2e-7)  # single precision of 1 m
    np.testing.assert_allclose(recording.analog, np.round(ANALOG / 0.01) * 0.01, rtol=1e-6, atol=1e-6)
    assert recording.analog_rate_hz == 400.0 and codes(recording) == []
    assert (recording.reader == "ezc3d") == (processor == 84)


def test_unsigned_and_negative_offsets_of_whole_numbers(tmp_path: Path) -> None:
    counts = np.array([[0, 100, 32768, 65535]] * RATIO * N, dtype=float)[:, :CHANNELS]
    high = encoded({"ANALOG": {"FORMAT": ["UNSIGNED"], "OFFSET": [32768] * 3}}, analog=counts * 0.01, real=False)
    assert read(tmp_path, high).analog[0] == pytest.approx((counts[0] - 32768) * 0.01)
    low = encoded({"ANALOG": {"OFFSET": [-100] * 3}}, analog=np.zeros((N * RATIO, 3)), real=False)
    assert read(tmp_path, low).analog[0] == pytest.approx([1.0] * 3)


@pytest.mark.parametrize("change", [bytes.lower, bytes.title, bytes.swapcase])
def test_names_compare_without_case(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    # ezc3d ends the process on some of these
    (tmp_path / "b.c3d").write_bytes(WALK)
    found, expected = read(tmp_path, renamed(WALK, change)), read_c3d(tmp_path / "b.c3d")
    assert len(expected.plates) == 2 and len(found.plates) == 2 and len(names(WALK)) > 30
    np.testing.assert_array_equal(found.position, expected.position)
    np.testing.assert_array_equal(found.analog, expected.analog)
    np.testing.assert_array_equal(found.plates[1].corners, expected.plates[1].corners)
    assert found.marker_names == expected.marker_names and found.analog_units == expected.analog_units
    assert found.event_rows == expected.event_rows and codes(found) == codes(expected)
    assert expected.reader == "ezc3d" and found.reader.endswith("is not in capitals")


def test_a_text_without_dimensions(tmp_path: Path) -> None:
    groups = {"SUBJECTS": {"NAMES": "A", "USED": 1}, "POINT": {"UNITS": "m"}, "MANUFACTURER": {"COMPANY": "x"}}
    recording = read(tmp_path, encoded(groups, points=PLACES / 1000))
    assert recording.position[0, 0, 1] == pytest.approx(PLACES[0, 0, 2] / 1000)


@pytest.mark.parametrize("path", sorted((EXAMPLE / "P01" / "pre").glob("*.c3d")), ids=lambda path: path.stem)
def test_a_file_of_the_example_saved_by_ezc3d(tmp_path: Path, path: Path) -> None:
    ezc3d.c3d(str(path)).write(str(tmp_path / "a.c3d"))
    saved = read_raw(tmp_path / "a.c3d")
    assert saved.reader == "ezc3d"
    assert saved.numbers("ANALOG", "BITS").size == 0 and "BITS" in saved.parameters["ANALOG"]
    same_numbers(path, tmp_path / "a.c3d")
    assert codes(read_c3d(tmp_path / "a.c3d")) == codes(read_c3d(path))


def same_numbers(one: Path, other: Path) -> None:
    a, b = read_raw(one), read_raw(other)
    np.testing.assert_array_equal(a.points.astype(np.float32), b.points.astype(np.float32))
    assert a.analog.shape == b.analog.shape
    if a.analog.size:  # ezc3d stores value / scale + offset in single precision
        np.testing.assert_allclose(a.analog, b.analog, rtol=1e-5, atol=1e-6 * np.nanmax(np.abs(a.analog)))
    assert (a.rate_hz, a.analog_rate_hz, a.first_frame) == (b.rate_hz, b.analog_rate_hz, b.first_frame)


@pytest.mark.realdata
def test_recordings_saved_by_ezc3d(realdata: Path, tmp_path: Path) -> None:
    count = 0
    for path in sorted(realdata.rglob("*")):
        # ezc3d takes the offsets of this one, above 32,767, for others and stores other values
        if path.suffix.lower() != ".c3d" or path.name == "128analogchannels.c3d":
            continue
        try:
            read_raw(path)
            ezc3d.c3d(str(path)).write(str(tmp_path / "a.c3d"))
        except (TrialError, OSError, RuntimeError, ValueError, IndexError, KeyError, ZeroDivisionError):
            continue  # refused as it is, or not read or not written by ezc3d
        same_numbers(path, tmp_path / "a.c3d")
        count += 1
    assert count >= 60


@pytest.mark.parametrize("name", ["SCALE", "OFFSET", "GEN_SCALE"])
@pytest.mark.parametrize("value", [None, [], float("nan")])
def test_a_scale_is_missing(tmp_path: Path, name: str, value: Any) -> None:
    error = refused(tmp_path, encoded({"ANALOG": {name: value}}))
    assert error.code == "unscaled_channels" and f"expected ANALOG:{name}" in str(error)
    # where there is no channel, nothing is missing
    assert read(tmp_path, encoded({"ANALOG": {name: value}}, analog=NO_ANALOG)).analog.size == 0


@pytest.mark.parametrize("name", ["BITS", "FORMAT", "DESCRIPTIONS", "LABELS", "UNITS"])
@pytest.mark.parametrize("value", [None, [], np.zeros(0)])
def test_parameters_that_no_value_depends_on_may_be_empty_or_missing(tmp_path: Path, name: str, value: Any) -> None:
    recording = read(tmp_path, encoded({"ANALOG": {name: value}}))
    np.testing.assert_allclose(recording.analog[:2], np.round(ANALOG[:2], 2), rtol=1e-6, atol=1e-6)


def test_a_channel_whose_scale_is_zero_is_named(tmp_path: Path) -> None:
    recording = read(tmp_path, encoded({"ANALOG": {"SCALE": [0.01, 0.0, 0.01]}}))
    assert ("info", "channel_scale", "channels 2") in [note[:3] for note in recording.notes]
    assert not recording.analog[:, 1].any() and recording.analog[:, 0].any()


@pytest.mark.parametrize("real", [True, False])
def test_a_wrong_number_of_frames_in_one_place_is_named(tmp_path: Path, real: bool) -> None:
    wanted = read(tmp_path, encoded(real=real)).position
    trial = {"ACTUAL_START_FIELD": [1, 0], "ACTUAL_END_FIELD": [N, 0]}
    for groups, header in [
        ({"POINT": {"FRAMES": 10}}, {}),
        ({"POINT": {"FRAMES": 4 * N}}, {}),
        ({}, {4: 10}),
        ({}, {4: 200}),
        ({"TRIAL": {**trial, "ACTUAL_END_FIELD": [10, 0]}}, {}),
        ({"TRIAL": {**trial, "ACTUAL_END_FIELD": [N, 1]}}, {}),
    ]:
        recording = read(tmp_path, encoded(groups, real=real, header=header))
        np.testing.assert_array_equal(recording.position, wanted)
        assert codes(recording) == ["frames_disagree"], (groups, header)
        assert f"{N} frames" in recording.notes[0][3]


def test_frames_that_do_not_fill_the_file_are_refused(tmp_path: Path) -> None:
    for frames, last in [(10, 10), (10, 12), (None, 5)]:
        error = refused(tmp_path, encoded({"POINT": {"FRAMES": frames}}, header={4: last}))
        assert error.code == "frames_disagree" and f"{last} in the header" in str(error)
    error = refused(tmp_path, encoded() + bytes([1]) * 2000)
    assert error.code == "frames_disagree" and "in the header" in str(error)
    assert refused(tmp_path, encoded()[:-700]).code == "truncated"


def test_zeros_after_the_last_frame_are_no_frames(tmp_path: Path) -> None:
    wanted = read(tmp_path, encoded()).position
    for zeros, expected in ((512, []), (5000, ["frames_padding"])):
        recording = read(tmp_path, encoded() + bytes(zeros))
        np.testing.assert_array_equal(recording.position, wanted)
        assert codes(recording) == expected


LONG = 66_000


@pytest.mark.parametrize(("first", "n_frames"), [(1, LONG), (70_001, 50), (65_500, 100), (200_000, LONG)])
def test_more_than_65535_frames(tmp_path: Path, first: int, n_frames: int) -> None:
    # two points: a frame of 32 bytes, so that the rest of the last block has room for several
    points = np.linspace(0, 500, 6 * n_frames).reshape(n_frames, 2, 3) + np.array([[0, 0, 900], [300, 0, 100]])
    write_c3d(tmp_path / "a.c3d", labels=["A", "B"], points_mm=points, rate_hz=100.0, first_frame=first)
    raw = read_raw(tmp_path / "a.c3d")
    assert raw.points.shape == (3, 2, n_frames) and raw.first_frame == first and codes(raw) == []
    np.testing.assert_array_equal(raw.points.T, points.astype(np.float32))


@pytest.mark.parametrize("last", [45, 60])
def test_of_several_numbers_that_fill_the_last_block_most_places_decide(tmp_path: Path, last: int) -> None:
    points = RNG.normal(1000, 100, (50, 1, 3))  # 16 bytes a frame, 800 bytes, 14 frames of room after them
    none = np.zeros((50, 0))
    trial = {"TRIAL": {"ACTUAL_START_FIELD": [1, 0], "ACTUAL_END_FIELD": [50, 0]}}
    (tmp_path / "a.c3d").write_bytes(encoded(trial, points=points, analog=none, header={4: last}))
    raw = read_raw(tmp_path / "a.c3d")
    assert raw.points.shape[2] == 50 and codes(raw) == ["frames_disagree"]


def test_a_first_frame_that_header_and_parameters_deny_is_named(tmp_path: Path) -> None:
    trial = {"ACTUAL_START_FIELD": [101, 0], "ACTUAL_END_FIELD": [100 + N, 0]}
    recording = read(tmp_path, encoded({"TRIAL": trial}))
    assert recording.first_frame == 1 and codes(recording) == ["first_frame_disagrees"]


@pytest.mark.parametrize("block", [0, 1, 2, 4, 200])
def test_data_that_begin_elsewhere_are_refused(tmp_path: Path, block: int) -> None:
    begins = int.from_bytes(encoded()[16:18], "little")
    assert begins == 3
    error = refused(tmp_path, encoded(header={8: block}))
    assert (
        error.code == "data_start" and f"block {block} in the header" in str(error) and f"block {begins}" in str(error)
    )
    if block:  # 0 in the parameters says nothing
        error = refused(tmp_path, encoded({"POINT": {"DATA_START": block}}))
        assert error.code == "data_start" and f"POINT:DATA_START block {block}" in str(error)
    # both name the same wrong block: it lies in the parameters, or frames do not fill the rest
    both = refused(tmp_path, encoded({"POINT": {"DATA_START": block}}, header={8: block}))
    assert both.code == ("data_start" if block < begins else "truncated")


def test_the_first_block_may_be_missing_from_the_parameters(tmp_path: Path) -> None:
    assert codes(read(tmp_path, encoded({"POINT": {"DATA_START": None}}))) == []


@pytest.mark.parametrize("rate", [0.5, 60_000.0, float("inf"), -100.0])
def test_rates_that_no_laboratory_has(tmp_path: Path, rate: float) -> None:
    for data in (encoded(rate=rate), encoded(rate=rate, analog=NO_ANALOG)):
        error = refused(tmp_path, data)
        assert error.code == "bad_rate" and "expected a marker rate of 1 to 50000 Hz" in str(error)


@pytest.mark.parametrize("rate", [-200.0, 0.01, 70_000.0])
def test_a_rate_of_the_parameters_that_cannot_be_is_not_replaced_by_the_header(tmp_path: Path, rate: float) -> None:
    assert refused(tmp_path, encoded({"POINT": {"RATE": rate}})).code == "bad_rate"


@pytest.mark.parametrize("rate", [None, 0.0])
def test_the_header_has_the_rate_if_the_parameters_do_not(tmp_path: Path, rate: float | None) -> None:
    recording = read(tmp_path, encoded({"POINT": {"RATE": rate}}, rate=120.0))
    assert (recording.rate_hz, recording.analog_rate_hz) == (120.0, 480.0) and codes(recording) == []


def test_an_analog_rate_beyond_the_range(tmp_path: Path) -> None:
    error = refused(tmp_path, encoded(rate=20_000.0))
    assert error.code == "bad_rate" and "80000" in str(error)
    assert (
        read(tmp_path, encoded(rate=12_500.0, points=np.broadcast_to(PLACES[0], PLACES.shape))).analog_rate_hz
        == 50_000.0
    )


def test_two_marker_rates_are_named(tmp_path: Path) -> None:
    recording = read(tmp_path, encoded({"POINT": {"RATE": 200.0}, "ANALOG": {"RATE": 800.0}}))
    assert recording.rate_hz == 200.0
    assert [note[:2] for note in recording.notes] == [("warning", "rate_disagrees")]


def test_two_scales_of_whole_numbers_are_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, encoded({"POINT": {"SCALE": 0.05}}, real=False))
    assert error.code == "point_scale" and "0.1 and 0.05" in str(error)
    # of floating-point numbers no scale is used
    assert codes(read(tmp_path, encoded({"POINT": {"SCALE": -5.0}}))) == []


@pytest.mark.parametrize("real", [True, False])
def test_whole_or_floating_point_is_told_by_the_size_of_the_file(tmp_path: Path, real: bool) -> None:
    sign = 1.0 if real else -1.0
    wanted = read(tmp_path, encoded(real=real))
    found = read(tmp_path, encoded({"POINT": {"SCALE": sign * 0.1}}, real=real))
    np.testing.assert_array_equal(found.position, wanted.position)
    assert codes(found) == ["scale_disagrees"]


def test_a_parameter_that_is_jumped_over_is_damage(tmp_path: Path) -> None:
    data = bytearray(encoded())
    at = data.index(b"\x05\x02SCALE")  # length of the name, group ANALOG
    after = at + 7
    step = int.from_bytes(data[after : after + 2], "little")
    following = at + 7 + step
    more = following + 2 + data[following]
    longer = step + 2 + data[following] + int.from_bytes(data[more : more + 2], "little")
    data[after : after + 2] = longer.to_bytes(2, "little")
    error = refused(tmp_path, bytes(data))
    assert error.code == "unreadable" and "'SCALE'" in str(error) and "jumped over" in str(error)


def test_more_parameters_than_the_file_counts_blocks(tmp_path: Path) -> None:
    whole = encoded({"LAB": {f"P{i}": ["text of a parameter"] for i in range(40)}})
    assert whole[514] >= 3
    short = whole[:514] + bytes([1]) + whole[515:]
    assert read(tmp_path, short).marker_names == read(tmp_path, whole).marker_names
    assert len(read_raw(tmp_path / "a.c3d").parameters["LAB"]) == 40


def test_messages_are_for_people(tmp_path: Path) -> None:
    error = refused(tmp_path, b"name,x,y,z\n" * 200)
    assert error.code == "not_c3d" and "byte" not in str(error) and "50" not in str(error)


def test_a_channel_of_a_plate_whose_scale_is_zero_warns(tmp_path: Path) -> None:
    plate = {"USED": 1, "TYPE": [2], "CHANNEL": np.array([[2], [3]])}
    groups = {"ANALOG": {"SCALE": [0.01, 0.0, 0.01]}, "FORCE_PLATFORM": plate}
    notes = [note for note in read(tmp_path, encoded(groups)).notes if note[1] == "channel_scale"]
    assert [note[:3] for note in notes] == [("warning", "channel_scale", "channels 2")]
    assert "force plates" in notes[0][3]


def test_a_wrong_number_of_channels_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path, encoded({"ANALOG": {"USED": 1}}, header={9: RATIO}))
    assert error.code == "frames_disagree"
    assert f"1 analog channels of {RATIO} samples" in str(error) and f"{RATIO * CHANNELS} analog values" in str(error)
