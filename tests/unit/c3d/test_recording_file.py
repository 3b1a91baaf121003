"""Reading C3D files that were written with known content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.c3d.recording_file import lab_rotation, read_c3d
from biomech.c3d.writer import PlateDefinition, write_c3d
from biomech.config import Lab
from biomech.errors import TrialError

RNG = np.random.default_rng(11)
LABELS = ["LASI", "RASI", "LKNE", "RKNE"]
N = 30


def points(n_markers: int = len(LABELS)) -> np.ndarray:
    """Positions in mm, raw axes (X forward, Y left, Z up), about a metre above the floor."""
    places = RNG.normal(scale=300, size=(n_markers, 3)) + np.array([0, 0, 1000])
    return places + RNG.normal(scale=10, size=(N, n_markers, 3))


def write(path: Path, labels: list[str] = LABELS, data: np.ndarray | None = None, **more: object) -> np.ndarray:
    data = points(len(labels)) if data is None else data
    write_c3d(path, labels=labels, points_mm=data, rate_hz=100.0, **more)  # type: ignore[arg-type]
    return data


def positions(path: Path, **more: object) -> np.ndarray:
    return read_c3d(path, **more).markers.transpose("time", "channel", "axis").values[..., :3]  # type: ignore[arg-type]


def codes(recording) -> list[str]:
    return [note[1] for note in recording.notes]


def test_markers_in_metres_and_lab_axes(tmp_path: Path) -> None:
    data = write(tmp_path / "a.c3d")
    recording = read_c3d(tmp_path / "a.c3d")
    # lab X = stored x, lab Y (up) = stored z, lab Z (right) = minus stored y; single precision of 1 m is 6e-8
    expected = np.stack([data[..., 0], data[..., 2], -data[..., 1]], axis=-1) / 1000
    assert positions(tmp_path / "a.c3d") == pytest.approx(expected, abs=2e-7)
    assert recording.markers.dims == ("axis", "channel", "time")
    assert recording.markers.channel.values.tolist() == LABELS
    np.testing.assert_array_equal(recording.markers.time, np.arange(N) / 100.0)
    assert recording.storage == "Intel, floating-point" and recording.notes == []


@pytest.mark.parametrize(("unit", "factor"), [("mm", 1.0), ("cm", 10.0), ("m", 1000.0), ("mete", 1000.0)])
def test_unit_of_the_file(tmp_path: Path, unit: str, factor: float) -> None:
    data = points()
    write(tmp_path / "mm.c3d", data=data)
    write(tmp_path / "u.c3d", data=data / factor, point_units=unit)
    assert positions(tmp_path / "u.c3d") == pytest.approx(positions(tmp_path / "mm.c3d"), abs=1e-6)


def test_frames_that_are_mixed_up_are_refused(tmp_path: Path) -> None:
    data = points()
    write(tmp_path / "a.c3d", data=data)
    assert codes(read_c3d(tmp_path / "a.c3d")) == []
    # as by a reader that takes a frame for longer than it is: every frame begins some values later than the one before
    mixed = [np.roll(frame, 3 * number) for number, frame in enumerate(data.reshape(N, -1))]
    write(tmp_path / "b.c3d", data=np.reshape(mixed, data.shape))
    error = refused(tmp_path / "b.c3d")
    assert error.code == "mixed_frames" and "from one frame to the next" in str(error)


def test_fast_movements_and_shaking_markers_are_no_mixed_frames(tmp_path: Path) -> None:
    sprint = points()
    sprint[..., 0] += 1000 * 12 * np.arange(N)[:, None] / 50  # 12 m/s at 50 Hz: 24 cm a frame
    write_c3d(tmp_path / "a.c3d", labels=LABELS, points_mm=sprint, rate_hz=50.0)
    shaking = points() + RNG.normal(scale=20, size=(N, len(LABELS), 3))  # at 2000 Hz: 100 m/s
    write_c3d(tmp_path / "b.c3d", labels=LABELS, points_mm=shaking, rate_hz=2000.0)
    assert codes(read_c3d(tmp_path / "a.c3d")) == codes(read_c3d(tmp_path / "b.c3d")) == []


def test_unknown_unit_is_refused_and_can_be_given(tmp_path: Path) -> None:
    data = write(tmp_path / "a.c3d", point_units="furlong")
    with pytest.raises(TrialError, match="expected POINT:UNITS mm, cm or m, found 'furlong'") as error:
        read_c3d(tmp_path / "a.c3d")
    assert error.value.code == "bad_unit"
    assert positions(tmp_path / "a.c3d", lab=Lab(point_unit="mm"))[..., 1] == pytest.approx(
        data[..., 2] / 1000, abs=1e-6
    )


@pytest.mark.parametrize("unit", ["m", "mm"])
def test_wrong_unit_is_noticed_from_the_size_of_the_person(tmp_path: Path, unit: str) -> None:
    write(tmp_path / "a.c3d", data=points() * (1.0 if unit == "m" else 1e-3), point_units=unit)
    with pytest.raises(TrialError, match="the unit of the file is wrong"):
        read_c3d(tmp_path / "a.c3d")


@pytest.mark.parametrize(
    ("up", "forward", "stored", "expected"),
    [
        ("+z", "+x", (1, 2, 3), (1, 3, -2)),
        ("+y", "+x", (1, 2, 3), (1, 2, 3)),
        ("+z", "-y", (1, 2, 3), (-2, 3, -1)),
        ("+z", "+y", (1, 2, 3), (2, 3, 1)),
        ("-z", "-x", (1, 2, 3), (-1, -3, -2)),
    ],
)
def test_lab_rotation(up: str, forward: str, stored: tuple, expected: tuple) -> None:
    rotation = lab_rotation(Lab(up=up, forward=forward))  # type: ignore[arg-type]
    assert (rotation @ stored).tolist() == list(expected)
    assert np.linalg.det(rotation) == 1.0


def test_axes_of_the_screen(tmp_path: Path) -> None:
    data = write(tmp_path / "a.c3d", screen=("+Y", "+Z"))
    found = positions(tmp_path / "a.c3d", lab=Lab(axes="screen"))
    assert found == pytest.approx(np.stack([data[..., 1], data[..., 2], data[..., 0]], axis=-1) / 1000, abs=2e-7)
    write(tmp_path / "b.c3d", screen=("", ""))
    with pytest.raises(TrialError, match="X_SCREEN") as error:
        read_c3d(tmp_path / "b.c3d", Lab(axes="screen"))
    assert error.value.code == "no_screen"


def test_wrong_lab_axes_are_noticed(tmp_path: Path) -> None:
    corners = [[500, 500, 0], [0, 500, 0], [0, 0, 0], [500, 0, 0]]
    plate = PlateDefinition(2, range(1, 7), corners, [0, 0, -40])
    six = {"analog": np.zeros((N, 6)), "analog_labels": list("abcdef"), "analog_units": ["N"] * 3 + ["Nmm"] * 3}
    write(tmp_path / "a.c3d", plates=[plate], **six)
    assert "lab_axes" not in codes(read_c3d(tmp_path / "a.c3d"))
    assert "lab_axes" in codes(read_c3d(tmp_path / "a.c3d", Lab(up="+y", forward="+x")))
    assert "lab_axes" in codes(read_c3d(tmp_path / "a.c3d", Lab(up="-z", forward="+x")))


def test_invisible_points_and_exact_zeros_are_missing(tmp_path: Path) -> None:
    data = points()
    data[3, 1] = np.nan
    data[5:8, 2] = 0.0
    write(tmp_path / "a.c3d", data=data)
    found = positions(tmp_path / "a.c3d")
    missing = np.isnan(found).all(axis=2)
    assert np.argwhere(missing).tolist() == [[3, 1], [5, 2], [6, 2], [7, 2]]
    assert np.isnan(found).any(axis=2).sum() == 4
    recording = read_c3d(tmp_path / "a.c3d")
    assert ("info", "zeros_missing", "LKNE") in [note[:3] for note in recording.notes]


def test_more_than_255_labels(tmp_path: Path) -> None:
    labels = [f"M{i}" for i in range(600)]
    data = write(tmp_path / "a.c3d", labels=labels)
    recording = read_c3d(tmp_path / "a.c3d")
    assert recording.markers.channel.values.tolist() == labels
    assert recording.markers.sel(channel="M599", axis="y").values == pytest.approx(data[:, 599, 2] / 1000, abs=2e-7)


def test_subject_prefix_blanks_and_duplicates(tmp_path: Path) -> None:
    write(tmp_path / "a.c3d", labels=["Anna Example:LASI", "Anna Example:RASI  ", "Anna Example:LKNE", "LKNE", ""])
    recording = read_c3d(tmp_path / "a.c3d")
    assert recording.markers.channel.values.tolist() == ["LASI", "RASI", "LKNE", "LKNE_2"]
    assert codes(recording) == ["unlabelled_points", "duplicate_label"]
    assert "Anna" not in str(recording)


def test_two_people_in_one_file_are_refused_without_naming_them(tmp_path: Path) -> None:
    write(tmp_path / "a.c3d", labels=[f"{who}:{label}" for who in ("Anna", "Bob") for label in LABELS])
    with pytest.raises(TrialError, match="expected the markers of one person") as error:
        read_c3d(tmp_path / "a.c3d")
    assert error.value.code == "several_subjects"
    assert "Anna" not in str(error.value) and "Bob" not in str(error.value)


def test_relabel_swaps(tmp_path: Path) -> None:
    write(tmp_path / "a.c3d")
    before = read_c3d(tmp_path / "a.c3d").markers
    after = read_c3d(tmp_path / "a.c3d", relabel={"LKNE": "RKNE", "RKNE": "LKNE", "LASI": "LASIS"}).markers
    np.testing.assert_array_equal(after.sel(channel="RKNE"), before.sel(channel="LKNE"))
    np.testing.assert_array_equal(after.sel(channel="LKNE"), before.sel(channel="RKNE"))
    np.testing.assert_array_equal(after.sel(channel="LASIS"), before.sel(channel="LASI"))


@pytest.mark.parametrize(
    ("relabel", "code"), [({"LKNEE": "X"}, "relabel_unknown"), ({"LKNE": "RKNE"}, "relabel_double")]
)
def test_relabel_that_does_not_fit(tmp_path: Path, relabel: dict, code: str) -> None:
    write(tmp_path / "a.c3d")
    with pytest.raises(TrialError, match="KNE") as error:
        read_c3d(tmp_path / "a.c3d", relabel=relabel)
    assert error.value.code == code


def test_model_outputs_are_kept_apart_unchanged(tmp_path: Path) -> None:
    labels = [*LABELS, "LKneeAngles", "LKneeMoment", "Foo"]
    groups = {"ANGLES": ["LKneeAngles"], "MOMENTS": ["LKneeMoment"], "WIDGETS": ["Foo"]}
    data = points(len(labels))
    data[2, 4] = np.nan
    data[3, 4] = 0.0  # an angle may well be zero
    write(
        tmp_path / "a.c3d",
        labels=labels,
        data=data,
        point_groups=groups,
        parameters={"POINT": {"ANGLE_UNITS": ["deg"]}},
    )
    recording = read_c3d(tmp_path / "a.c3d")
    assert recording.markers.channel.values.tolist() == LABELS
    outputs = recording.outputs
    assert outputs.names == ["LKneeAngles", "LKneeMoment", "Foo"]
    assert outputs.groups == ["ANGLES", "MOMENTS", "WIDGETS"]
    assert outputs.units == ["deg", "Nmm", ""]
    np.testing.assert_array_equal(outputs.values, data[:, 4:].astype("f4"))  # neither rotated nor scaled


def test_events_are_counted_from_the_first_stored_frame(tmp_path: Path) -> None:
    events = [(0.2, "Foot Strike", "Right"), (0.1, "Toe Off", "Left"), (0.25, "LHS", ""), (9.0, "Foot Off", "Left")]
    events += [(0.28, "Clap", "General"), (0.15, "", "RTO")]
    write(tmp_path / "a.c3d", events=events, first_frame=7001)  # 70 s: minutes and seconds both matter
    recording = read_c3d(tmp_path / "a.c3d")
    found = recording.events
    assert found["name"].tolist() == ["foot_off", "foot_off", "foot_strike", "foot_strike", "Clap"]
    assert found["side"].tolist() == ["left", "right", "right", "left", "general"]
    # seconds are stored in single precision: 10 s to 5e-7 s
    assert found["time"].to_numpy() == pytest.approx([0.1, 0.15, 0.2, 0.25, 0.28], abs=1e-6)
    assert recording.first_frame == 7001
    assert codes(recording) == ["events_outside", "events_not_understood"]


def test_analogs_keep_their_units_and_scale(tmp_path: Path) -> None:
    analog = RNG.normal(size=(N * 10, 3))
    write(
        tmp_path / "a.c3d",
        analog=analog,
        analog_labels=["EMG", "EMG", ""],
        analog_units=["V", "mV", "N"],
        analog_rate_hz=1000.0,
        analog_scale=[0.5, 2.0, -1.0],
        analog_offset=[100, 0, 7],
    )
    recording = read_c3d(tmp_path / "a.c3d")
    assert recording.analogs.channel.values.tolist() == ["EMG", "EMG_2", "channel_3"]
    assert recording.analog_units == ["V", "mV", "N"]
    assert recording.analogs.transpose("time", "channel").values == pytest.approx(analog, abs=1e-5)
    np.testing.assert_array_equal(recording.analogs.time, np.arange(N * 10) / 1000.0)


def test_negative_analog_offset_which_ezc3d_misreads(tmp_path: Path) -> None:
    analog = RNG.normal(size=(N, 2))
    two = {"analog": analog, "analog_labels": ["a", "b"], "analog_units": ["V", "V"], "analog_offset": [-100, 50]}
    data = write(tmp_path / "a.c3d", parameters={"PROCESSING": {"Bodymass": 70.5}}, events=[(0.1, "LHS", "")], **two)
    recording = read_c3d(tmp_path / "a.c3d")
    assert recording.analogs.transpose("time", "channel").values == pytest.approx(analog, abs=1e-5)
    np.testing.assert_allclose(recording.markers.sel(axis="y").values.T, data[..., 2] / 1000, atol=2e-7)
    assert recording.parameters == {"PROCESSING": {"Bodymass": [70.5]}}
    assert recording.events["name"].tolist() == ["foot_strike"]


def test_subject_parameters_without_names(tmp_path: Path) -> None:
    groups = {
        "PROCESSING": {"Bodymass": 70.5, "Height": 1750.0, "Physician": ["Dr Who"]},
        "SUBJECTS": {"USED": 1, "NAMES": ["Anna Example"]},
        "ANALYSIS": {"VALUES": np.array([1.2]), "NAMES": ["Speed"], "UNITS": ["m/s"], "SUBJECTS": ["Anna"]},
    }
    write(tmp_path / "a.c3d", parameters=groups)
    found = read_c3d(tmp_path / "a.c3d").parameters
    assert found["PROCESSING"] == {"Bodymass": [70.5], "Height": [1750.0]}
    assert found["SUBJECTS"] == {"USED": [1.0]}
    assert found["ANALYSIS"]["NAMES"] == ["Speed"] and found["ANALYSIS"]["VALUES"] == pytest.approx([1.2])
    assert "Anna" not in str(found) and "Who" not in str(found)


# --- plates --------------------------------------------------------------------------------------------------------

CORNERS = [[500.0, 400, 0], [0, 400, 0], [0, 0, 0], [500, 0, 0]]


def test_unusable_plates_are_named_and_the_others_go_on(tmp_path: Path) -> None:
    good = PlateDefinition(2, range(1, 7), CORNERS, [0, 0, -40], np.eye(6))
    bad = [
        PlateDefinition(6, range(1, 7), CORNERS, [0, 0, -40], np.eye(6)),
        PlateDefinition(2, range(1, 6), CORNERS, [0, 0, -40], np.eye(6)),
        PlateDefinition(2, range(1, 7), np.zeros((4, 3)), [0, 0, -40], np.eye(6)),
        PlateDefinition(3, range(1, 9), CORNERS, [0, 0, -40], np.eye(6)),
        PlateDefinition(4, range(1, 7), CORNERS, [0, 0, -40], np.zeros((6, 6))),
    ]
    analog = {
        "analog": np.ones((N, 8)),
        "analog_labels": list("abcdefgh"),
        "analog_units": ["N"] * 3 + ["Nmm"] * 3 + ["N"] * 2,
    }
    write(tmp_path / "a.c3d", plates=[*bad, good], **analog)
    recording = read_c3d(tmp_path / "a.c3d")
    assert [plate.number for plate in recording.plates] == [6]
    assert [(note[2], note[1]) for note in recording.notes] == [
        ("plate 1", "plate_unsupported"),
        ("plate 2", "plate_channels"),
        ("plate 3", "plate_corners"),
        ("plate 4", "plate_origin"),
        ("plate 5", "plate_cal_matrix"),
    ]


# --- bad files -----------------------------------------------------------------------------------------------------


def refused(path: Path) -> TrialError:
    with pytest.raises(TrialError) as error:
        read_c3d(path)
    assert path.name in str(error.value) and error.value.action
    return error.value


def test_bad_files_are_refused_with_a_code(tmp_path: Path) -> None:
    write(tmp_path / "good.c3d")
    whole = (tmp_path / "good.c3d").read_bytes()
    assert refused(tmp_path / "absent.c3d").code == "file_missing"
    for name, content, code in [
        ("empty", b"", "file_empty"),
        ("text", b"this is a text file, " * 99, "not_c3d"),
        ("stub", whole[:700], "truncated"),
        ("cut", whole[:-600], "truncated"),
    ]:
        (tmp_path / f"{name}.c3d").write_bytes(content)
        assert refused(tmp_path / f"{name}.c3d").code == code
    found = str(refused(tmp_path / "cut.c3d"))
    assert f"found {len(whole) - 600}" in found and "expected at least" in found


def test_damaged_parameters_do_not_take_the_process_down(tmp_path: Path) -> None:
    write(tmp_path / "good.c3d")
    whole = bytearray((tmp_path / "good.c3d").read_bytes())
    whole[600:700] = bytes(RNG.integers(0, 256, 100, dtype=np.uint8))
    (tmp_path / "bad.c3d").write_bytes(bytes(whole))
    assert refused(tmp_path / "bad.c3d").code == "unreadable"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"SCALE": [0.5, 0.5]}, "expected ANALOG:SCALE of each of the 3 analog channels, found 2"),
        ({"SCALE": 0.5}, "expected ANALOG:SCALE of each of the 3 analog channels, found 1"),
        ({"OFFSET": [0], "OFFSET2": [0]}, "expected ANALOG:OFFSET of each of the 3 analog channels, found 2"),
    ],
)
def test_channels_without_a_scale_or_offset_are_refused(tmp_path: Path, given: dict[str, object], found: str) -> None:
    # ezc3d reads on in its memory behind the end of the list, and gives numbers that change from run to run
    three = {"analog": np.ones((N, 3)), "analog_labels": list("abc"), "analog_units": ["V"] * 3}
    write(tmp_path / "a.c3d", parameters={"ANALOG": given}, **three)
    error = refused(tmp_path / "a.c3d")
    assert error.code == "unscaled_channels" and found in str(error)


def test_scales_and_offsets_may_go_on_in_a_second_list(tmp_path: Path) -> None:
    three = {"analog": np.ones((N, 3)), "analog_labels": list("abc"), "analog_units": ["V"] * 3}
    lists = {"SCALE": [1.0, 2.0], "SCALE2": [4.0], "OFFSET": [0], "OFFSET2": [0, 0]}
    write(tmp_path / "a.c3d", parameters={"ANALOG": lists}, **three)
    assert read_c3d(tmp_path / "a.c3d").analog[0].tolist() == [1.0, 2.0, 4.0]


def test_analog_rate_that_is_no_multiple_is_refused(tmp_path: Path) -> None:
    six = {"analog": np.zeros((N * 10, 1)), "analog_labels": ["a"], "analog_units": ["V"], "analog_rate_hz": 1000.0}
    write(tmp_path / "a.c3d", parameters={"ANALOG": {"RATE": 1024.0}}, **six)
    error = refused(tmp_path / "a.c3d")
    assert error.code == "mixed_rates" and "1024" in str(error)


def test_file_without_points_is_refused(tmp_path: Path) -> None:
    write_c3d(tmp_path / "a.c3d", labels=[], points_mm=np.zeros((N, 0, 3)), rate_hz=100.0)
    assert refused(tmp_path / "a.c3d").code == "no_points"


def test_writer_gives_the_same_bytes(tmp_path: Path) -> None:
    data = points()
    for name in ("a.c3d", "b.c3d"):
        write(tmp_path / name, data=data, events=[(0.1, "Foot Off", "Left")])
    assert (tmp_path / "a.c3d").read_bytes() == (tmp_path / "b.c3d").read_bytes()
