"""A folder of trials: what is written is what is read back, with the same bytes every time, whole or not at all."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from xarray.backends.netCDF4_ import NetCDF4ArrayWrapper

from biomech.io.file_hash import sha256
from biomech.io.trial_files import TrialFolder, only, write_trials


def dataset(n: int = 4) -> xr.Dataset:
    return xr.Dataset(
        {
            "angle": (("time", "side"), np.arange(2.0 * n).reshape(n, 2), {"units": "degree"}),
            "reason": ("side", np.array(["too short", None], dtype=object)),
            "event_time": ("event", np.zeros(0), {"units": "s"}),
            "event_name": ("event", np.array([], dtype=object)),
            "valid": ("side", [True, False]),
        },
        coords={
            "time": ("time", np.arange(n) / 3.0, {"units": "s"}),
            "side": pd.Index(["left", "right"], dtype="string"),
            "place": ("time", np.arange(1.0 * n), {"units": "m"}),
        },
        attrs={"rate_hz": 3.0, "static": None, "bilateral": True, "config": {"b": 1, "a": 2}},
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_round_trip_in_the_order_of_writing(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "base"
    trials = {"walk2": dataset(4), "walk1": dataset(7), "empty": xr.Dataset()}
    write_trials(folder, trials.items(), lambda: {"stage": "test", "nothing": None, "config": {"b": 1, "a": 2}})
    back = TrialFolder(folder)
    assert list(back) == ["walk2", "walk1", "empty"] and len(back) == 3
    assert "walk1" in back and "walk3" not in back and back.get("walk3") is None
    assert back.attrs == {"stage": "test", "nothing": "", "config": '{"a": 2, "b": 1}'}
    one = back["walk2"]
    np.testing.assert_array_equal(one["angle"], dataset(4)["angle"])
    np.testing.assert_array_equal(one["time"], np.arange(4) / 3.0)  # exactly, or alignment drops frames
    assert one["reason"].to_numpy().tolist() == ["too short", ""]
    assert one["event_name"].shape == (0,) and one["event_time"].dtype == float
    assert one["valid"].dtype == bool and one["valid"].to_numpy().tolist() == [True, False]
    assert one["angle"].attrs == {"units": "degree"} and one["time"].attrs == {"units": "s"}
    assert set(one.coords) == {"time", "side", "place"} and one["angle"].sel(side="right").shape == (4,)
    assert one.attrs["static"] == "" and one.attrs["bilateral"] == 1
    assert json.loads(one.attrs["config"]) == {"a": 2, "b": 1}
    assert not back["empty"].variables


def test_a_trial_is_a_plain_netcdf_file(tmp_path: Path) -> None:
    write_trials(tmp_path / "base", [("walk", dataset())])
    with xr.open_dataset(tmp_path / "base" / "walk.nc") as opened:
        xr.testing.assert_identical(opened.load(), TrialFolder(tmp_path / "base")["walk"])


def test_attributes_of_every_kind_come_back(tmp_path: Path) -> None:
    attrs = {
        "text": "plain", "empty": "", "accents": "±3° é", "long": "x" * 100_000, "one": 1, "half": 0.5,
        "numbers": [1.0, 2.0], "words": ["a", "bc"], "array": np.arange(3), "nan": np.nan,
    } | {f"more{i:02d}": f"value {i}" for i in range(40)}  # fmt: skip
    one = xr.Dataset(
        {
            "scalar": ((), 3.5, {"units": "m"}),
            "words": ("word", np.array(["é", "", "b"], dtype=object), attrs),
            "flags": ("word", np.array([True, False, True])),
            "counts": (("word", "nothing"), np.zeros((3, 0), np.int16)),
        },
        {"name": ((), "text")},
        attrs,
    )
    write_trials(tmp_path / "base", [("one", one)])
    back = TrialFolder(tmp_path / "base")["one"]
    xr.testing.assert_equal(back, one)
    assert back["flags"].dtype == bool and back["counts"].dtype == np.int16
    for found in (back.attrs, back["words"].attrs):
        assert list(found) == list(attrs)
        for name, value in attrs.items():
            np.testing.assert_array_equal(found[name], value)


def test_some_variables_of_some_trials(tmp_path: Path) -> None:
    trials = {"a": dataset(4), "b": dataset(7), "c": dataset(5)}
    write_trials(tmp_path / "base", trials.items())
    folder = TrialFolder(tmp_path / "base")
    for source in (folder, dict(folder)):
        some = only(source, ["angle", "not_there"], ["c", "a", "d"])
        assert list(some) == ["a", "c"]
        xr.testing.assert_identical(some["a"], folder["a"][["angle"]].assign_coords(folder["a"].coords))
        assert not only(source, ())["b"].data_vars and set(only(source, ())["b"].coords) == {"time", "side", "place"}
    with pytest.raises(KeyError):
        only(folder, ["angle"], ["a"])["b"]


def test_what_is_not_asked_for_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_trials(tmp_path / "base", [("walk", dataset())])
    read: list[str] = []
    get = NetCDF4ArrayWrapper.__getitem__
    monkeypatch.setattr(
        NetCDF4ArrayWrapper, "__getitem__", lambda self, key: read.append(self.variable_name) or get(self, key)
    )
    only(TrialFolder(tmp_path / "base"), ["angle"])["walk"]
    assert "angle" in read and {"reason", "valid"}.isdisjoint(read)


def test_the_same_trials_give_the_same_bytes_at_another_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_trials(tmp_path / name, [("one", dataset(4)), ("two", dataset(5))], lambda: {"stage": "test"})
        time.sleep(1.1)  # HDF5's clock ticks in seconds
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert sha256(tmp_path / "a") == sha256(tmp_path / "b")


def test_the_hash_of_a_folder_is_that_of_its_contents(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    write_trials(folder, [("one", dataset(4))])
    before = sha256(folder)
    (folder / ".mark_of_a_workflow").write_text("")
    assert sha256(folder) == before
    (folder / "one.nc").rename(folder / "two.nc")
    assert sha256(folder) != before
    write_trials(folder, [("one", dataset(5))])
    assert sha256(folder) != before


def test_a_folder_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    write_trials(folder, [("one", dataset()), ("two", dataset())])
    before = contents(folder)

    def fails() -> object:
        yield "one", dataset(9)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_trials(folder, fails())
    assert contents(folder) == before and list(tmp_path.iterdir()) == [folder]
    write_trials(folder, [("three", dataset())])
    assert sorted(contents(folder)) == ["session.json", "three.nc"] and list(tmp_path.iterdir()) == [folder]


def test_a_folder_half_written_by_a_killed_program_is_no_result_and_goes(tmp_path: Path) -> None:
    left, other = tmp_path / ".base.4711.part", tmp_path / ".base2.4711.part"
    for folder in (left, other):
        folder.mkdir()
        (folder / "one.nc").write_bytes(b"half")
    with pytest.raises(FileNotFoundError):
        TrialFolder(tmp_path / "base")
    write_trials(tmp_path / "base", [("one", dataset())])
    assert not left.exists() and other.exists()


def test_a_stray_file_is_no_trial(tmp_path: Path) -> None:
    write_trials(tmp_path / "base", [("one", dataset())])
    (tmp_path / "base" / "two.nc").write_bytes(b"half")
    assert list(TrialFolder(tmp_path / "base")) == ["one"]


def test_a_damaged_trial_does_not_cost_the_others(tmp_path: Path) -> None:
    write_trials(tmp_path / "base", [("one", dataset()), ("two", dataset(5))])
    (tmp_path / "base" / "one.nc").write_bytes(b"half")
    folder = TrialFolder(tmp_path / "base")
    with pytest.raises(OSError):
        folder["one"]
    assert folder["two"].sizes["time"] == 5


def test_a_session_without_trials_is_valid(tmp_path: Path) -> None:
    write_trials(tmp_path / "base", (), lambda: {"stage": "test"})
    assert list(TrialFolder(tmp_path / "base")) == [] and TrialFolder(tmp_path / "base").attrs == {"stage": "test"}
